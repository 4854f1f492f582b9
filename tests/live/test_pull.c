/* `properties pull`: what an account has of its own becomes a part of the configuration file. */
#include "printed.h"

static struct host sandbox, host;

#define OPTION(value, label) "{\"value\": \"" value "\", \"label\": \"" label "\"}"
#define CHOICE(value, label) "{\"const\": \"" value "\", \"title\": \"" label "\"}"

static const char OWN_PROPERTIES[] =
	"{\"properties\": {\"contacts\": ["
	"{\"name\": \"tea\", \"label\": \"Favourite tea\", \"description\": \"The kind.\"},"
	"{\"name\": \"points\", \"label\": \"Points\", \"type\": \"number\", \"fieldType\": "
	"\"number\"},"
	"{\"name\": \"vip\", \"type\": \"bool\", \"fieldType\": \"booleancheckbox\"},"
	"{\"name\": \"since\", \"type\": \"date\", \"fieldType\": \"date\"},"
	"{\"name\": \"seen_at\", \"type\": \"datetime\", \"fieldType\": \"date\"},"
	"{\"name\": \"shade\", \"type\": \"enumeration\", \"fieldType\": \"select\", \"options\": "
	"[" OPTION("r", "Red") "," OPTION(
		"g", "Green") ","
			      "{\"value\": \"u\", \"label\": \"Ultraviolet\", \"hidden\": true}]},"
			      "{\"name\": \"hobbies\", \"type\": \"enumeration\", \"fieldType\": "
			      "\"checkbox\", "
			      "\"options\": [" OPTION("chess", "Chess") "," OPTION(
				      "go", "Go") "]},"
						  "{\"name\": \"teacher\", \"type\": "
						  "\"enumeration\", \"fieldType\": \"select\", "
						  "\"externalOptions\": true}"
						  "]}}";

static const char FRAGMENTS[] =
	"{\"tea\": {\"title\": \"Favourite tea\", \"description\": \"The kind.\", \"type\": "
	"\"string\"},"
	"\"points\": {\"title\": \"Points\", \"type\": \"number\"},"
	"\"vip\": {\"title\": \"vip\", \"type\": \"boolean\"},"
	"\"since\": {\"title\": \"since\", \"type\": \"string\", \"format\": \"date\"},"
	"\"seen_at\": {\"title\": \"seen_at\", \"type\": \"string\", \"format\": \"date-time\"},"
	"\"shade\": {\"title\": \"shade\", \"type\": \"string\", \"oneOf\": [" CHOICE(
		"r", "Red") "," CHOICE("g",
		"Green") "]},"
			 "\"hobbies\": {\"title\": \"hobbies\", \"type\": \"array\", \"items\": "
			 "{\"type\": \"string\", "
			 "\"oneOf\": [" CHOICE("chess", "Chess") "," CHOICE(
				 "go", "Go") "]}},"
					     "\"teacher\": {\"title\": \"teacher\", \"type\": "
					     "\"string\"}}";

#define OWN_NAMES "tea,points,vip,since,seen_at,shade,hobbies,teacher"

static const char *const PULL_OWN[] = {
	"properties", "pull", "contacts", "--names", OWN_NAMES, NULL};
static const char *const PULL_CONTACTS[] = {"properties", "pull", "contacts", NULL};
static const char *const CHECK_ONLINE[] = {"check", "--online", NULL};

/* Writes a configuration file with these fragments for `object`. */
static void paste(const char *object, json_t *fragments, char path[128]) {
	json_t *config = json_pack("{s:{s:{s:O}}}", "objects", object, "properties", fragments);
	char *text = json_dumps(config, 0);
	write_file(process_folder(sandbox.process), "config.json", text, path, 128);
	free(text);
	json_decref(config);
}

static void a_config_with_it_is_good(const char *object, json_t *fragments) {
	char path[128];
	paste(object, fragments, path);
	struct process *check = run_printing(CHECK_ONLINE, sandbox.base, path, NULL, 0);
	process_destroy(check);
}

/* Written and read through a host that knows these fragments. */
static void values_keep_their_types(json_t *fragments) {
	static const char record[] = "{\"email\": \"a@example.com\", \"tea\": \"Assam\", "
				     "\"points\": 12.5, \"vip\": true, "
				     "\"since\": \"2026-09-01\", \"seen_at\": "
				     "\"2026-09-01T08:30:00Z\", \"shade\": \"g\", "
				     "\"hobbies\": [\"chess\", \"go\"]}";
	static const char *const names[] = {
		"tea", "points", "vip", "since", "seen_at", "shade", "hobbies"};
	char path[128], config[160];
	struct answer answer;
	json_t *sent = json_loads(record, 0, NULL);
	paste("contacts", fragments, path);
	snprintf(config, sizeof(config), "CONNECTOR_CONFIG=%s", path);
	const char *changes[] = {config, NULL};
	host_start(&host, NULL, sandbox.base, changes);
	ask(host.base, "POST", "/contacts", record, 201, &answer);
	answer_finish(&answer);
	ask(host.base, "GET", "/contacts/a@example.com?id_property=email", NULL, 200, &answer);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_true(json_equal(
			json_object_get(answer.json, names[i]), json_object_get(sent, names[i])));
	}
	answer_finish(&answer);
	ask(host.base, "PATCH", "/contacts/a@example.com?id_property=email", "{\"shade\": \"u\"}",
		422, &answer);
	expect(&answer, "/errors/0/field", "\"/shade\"");
	answer_finish(&answer);
	json_decref(sent);
	host_stop(&host);
}

static void named_properties_go_there_and_back(void **state) {
	(void)state;
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, OWN_PROPERTIES);
	struct process *pull = run_printing(PULL_OWN, sandbox.base, NULL, NULL, 0);
	json_t *printed = printed_json(pull);
	json_t *expected = json_loads(FRAGMENTS, 0, NULL);
	assert_non_null(expected);
	assert_true(json_equal(printed, expected));
	expect_line(pull, "\"properties pulled\"", "\"count\":8,\"hubspot_defined\":0");
	expect_line(pull, "objects.contacts.properties", "\"account\":\"44237313\"");
	process_destroy(pull);
	a_config_with_it_is_good("contacts", printed);
	values_keep_their_types(printed);
	json_decref(expected);
	json_decref(printed);
	host_stop(&sandbox);
}

static void all_but_what_the_plugin_has(void **state) {
	(void)state;
	struct answer answer;
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, "{\"properties\": {\"contacts\": [\"tea\", \"gone\"]}}");
	struct client *client = client_open(sandbox.base);
	static const char *const token[] = {"Authorization: Bearer " TEST_TOKEN, NULL};
	assert_true(client_ask(client, "DELETE", "/crm/properties/2026-09/contacts/gone", token,
		NULL, 0, &answer));
	assert_int_equal(answer.status, 204);
	answer_finish(&answer);
	client_close(client);
	struct process *pull = run_printing(PULL_CONTACTS, sandbox.base, NULL, NULL, 0);
	json_t *printed = printed_json(pull);
	process_destroy(pull);
	assert_non_null(json_object_get(printed, "tea"));
	assert_true(json_has(printed, "/currentlyinworkflow/readOnly", "true"));
	static const char *const absent[] = {"gone", "email", "hs_lead_status", "lead_status",
		"createdate", "hs_object_id", "id"};
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		assert_null(json_object_get(printed, absent[i]));
	}
	a_config_with_it_is_good("contacts", printed);
	json_decref(printed);
	host_stop(&sandbox);
}

/* The operator's name stays, whatever else stands in the file; a name that is ours is not lent. */
static void names_that_are_taken_or_chosen(void **state) {
	(void)state;
	char path[128];
	static const char config[] =
		"{\"objects\": {\"deals\": {\"key\": \"budget\", \"properties\": {"
		"\"budget\": {\"type\": \"nonsense\", \"x-hubspot-property\": \"budget__c\"}, "
		"\"currency\": {\"x-hubspot-property\": \"currency\"}}}}}";
	static const char *const pull_deals[] = {"properties", "pull", "deals", "--names",
		"name, budget,budget__c, associations,stage,currency,name,deal_currency_code",
		NULL};
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base,
		"{\"properties\": {\"deals\": [\"name\", \"budget__c\", \"associations\", "
		"\"currency\"]}}");
	write_file(process_folder(sandbox.process), "config.json", config, path, sizeof(path));
	struct process *pull = run_printing(pull_deals, sandbox.base, path, NULL, 0);
	json_t *printed = printed_json(pull);
	process_destroy(pull);
	assert_int_equal(json_object_size(printed), 6);
	assert_true(json_has(printed, "/hubspot_name/x-hubspot-property", "\"name\""));
	assert_true(json_has(printed, "/budget/x-hubspot-property", "\"budget__c\""));
	assert_true(json_has(printed, "/budget/type", "\"string\""));
	assert_true(
		json_has(printed, "/hubspot_associations/x-hubspot-property", "\"associations\""));
	assert_true(json_has(printed, "/currency/x-hubspot-property", "\"currency\""));
	assert_true(json_has(printed, "/deal_currency_code/title", "\"Deal Currency Code\""));
	assert_true(json_has(printed, "/stage/x-hubspot-property", "\"dealstage\""));
	a_config_with_it_is_good("deals", printed);
	json_decref(printed);
	host_stop(&sandbox);
}

static void with_the_built_in_sandbox(void **state) {
	(void)state;
	static const char *const pull_tickets[] = {"properties", "pull", "tickets", "--sandbox",
		"--names", "hs_ticket_priority", NULL};
	struct process *pull = run_printing(pull_tickets, NULL, NULL, NULL, 0);
	json_t *printed = printed_json(pull);
	assert_true(json_has(printed, "/priority/oneOf/0/const", "\"LOW\""));
	json_decref(printed);
	process_destroy(pull);
}

/* ---- what goes wrong: one line, and nothing on standard output ---- */

static void expect_refused(struct process *process, const char *one, const char *other) {
	const char *line = process_refusal(process);
	if (strstr(line, one) == NULL || strstr(line, other) == NULL) {
		fail_msg("expected \"%s\" and \"%s\" in: %s", one, other, line);
	}
	process_destroy(process);
}

static void words_that_are_wrong(void **state) {
	(void)state;
	static const struct {
		const char *arguments[7];
		const char *one, *other;
	} wrong[] = {
		{{"properties", "pull", "contact", "--sandbox", NULL}, "\\\"contact\\\"",
			"did you mean contacts?"},
		{{"properties", "pull", "contacts", NULL}, "no HubSpot token", "--sandbox"},
		{{"properties", "pull", "--sandbox", NULL}, "missing", "properties pull"},
		{{"properties", "push", "contacts", NULL}, "expected pull", "push"},
		{{"properties", NULL}, "expected pull", "\\\"\\\""},
		{{"properties", "pull", "contacts", "--names", ",", NULL}, "missing", "--names"},
		{{"check", "--names", "a", NULL}, "check does not take", "--names"},
		{{"serve", "--online", NULL}, "serve does not take", "--online"},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		expect_refused(run_printing(wrong[i].arguments, NULL, NULL, NULL, 2), wrong[i].one,
			wrong[i].other);
	}
}

static void a_name_that_is_none(void **state) {
	(void)state;
	static const char *const pull[] = {
		"properties", "pull", "contacts", "--names", "tea,compny", NULL};
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, "{\"properties\": {\"contacts\": [\"tea\"]}}");
	expect_refused(run_printing(pull, sandbox.base, NULL, NULL, 1), "\\\"compny\\\"",
		"did you mean company?");
	host_stop(&sandbox);
}

static void hubspot_says_no(void **state) {
	(void)state;
	static const char *const other_account[] = {"HUBSPOT_ACCOUNT_ID=87654321", NULL};
	static const char *const same_account[] = {"HUBSPOT_ACCOUNT_ID=44237313", NULL};
	sandbox_start(&sandbox);
	expect_refused(run_printing(PULL_CONTACTS, sandbox.base, NULL, other_account, 1),
		"87654321", "44237313");
	process_destroy(run_printing(PULL_CONTACTS, sandbox.base, NULL, same_account, 0));
	sandbox_control(sandbox.base, "{\"scopes\": [\"crm.objects.contacts.read\"]}");
	expect_refused(run_printing(PULL_CONTACTS, sandbox.base, NULL, NULL, 1),
		"lacks crm.schemas.contacts.read", "403");
	sandbox_control(sandbox.base, "{\"scopes\": null}");
	sandbox_control(sandbox.base, "{\"revoke\": \"" TEST_TOKEN "\"}");
	expect_refused(run_printing(PULL_CONTACTS, sandbox.base, NULL, NULL, 1),
		"HUBSPOT_PRIVATE_APP_TOKEN", "401");
	host_stop(&sandbox);
}

static void hubspot_talks_nonsense(void **state) {
	(void)state;
	static const char *const soon[] = {"HUBSPOT_DEADLINE_MS=1500", NULL};
	static const char *const bodies[] = {"json", "html", "empty"};
	sandbox_start(&sandbox);
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		char fault[128];
		snprintf(fault, sizeof(fault),
			"{\"reset\": true, \"fail\": {\"next\": 99, \"status\": 200, "
			"\"body\": \"%s\", \"path\": \"/crm/properties\"}}",
			bodies[i]);
		sandbox_control(sandbox.base, fault);
		expect_refused(run_printing(PULL_CONTACTS, sandbox.base, NULL, soon, 1),
			"the properties of contacts", "200");
	}
	host_stop(&sandbox);
}

static void hubspot_does_not_answer(void **state) {
	(void)state;
	static const char *const soon[] = {
		"HUBSPOT_DEADLINE_MS=1500", "HUBSPOT_TIMEOUT_MS=300", NULL};
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, "{\"fail\": {\"next\": 99, \"how\": \"hang\"}}");
	expect_refused(run_printing(PULL_CONTACTS, sandbox.base, NULL, soon, 1),
		"no answer in time", sandbox.base);
	host_stop(&sandbox);
}

static void hubspot_is_away(void **state) {
	(void)state;
	static const char *const soon[] = {"HUBSPOT_DEADLINE_MS=800", NULL};
	struct process *pull = run_printing(PULL_CONTACTS, "http://127.0.0.1:9", NULL, soon, 1);
	expect_refused(pull, "properties not pulled", "http://127.0.0.1:9");
}

static int teardown(void **state) {
	(void)state;
	host_clear(&host);
	host_clear(&sandbox);
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(named_properties_go_there_and_back, teardown),
		cmocka_unit_test_teardown(all_but_what_the_plugin_has, teardown),
		cmocka_unit_test_teardown(names_that_are_taken_or_chosen, teardown),
		cmocka_unit_test(with_the_built_in_sandbox),
		cmocka_unit_test(words_that_are_wrong),
		cmocka_unit_test_teardown(a_name_that_is_none, teardown),
		cmocka_unit_test_teardown(hubspot_says_no, teardown),
		cmocka_unit_test_teardown(hubspot_talks_nonsense, teardown),
		cmocka_unit_test_teardown(hubspot_does_not_answer, teardown),
		cmocka_unit_test(hubspot_is_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
