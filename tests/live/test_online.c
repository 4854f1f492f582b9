/* `check --online`: what an account lacks is told before a caller finds out. */
#include "printed.h"

static struct host sandbox;

static const char *const CHECK_ONLINE[] = {"check", "--online", NULL};

/* The end of a check that has found this many faults: each a line, and no "good". */
static void expect_faults(struct process *check, size_t count) {
	size_t found = process_count_text(check, "\"check failed\"");
	if (found != count) {
		process_show(check);
		fail_msg("expected %zu faults, found %zu", count, found);
	}
	for (size_t i = 0; i < process_line_count(check); i++) {
		assert_string_not_equal(process_line(check, i), "good");
	}
}

static void expect_good(struct process *check) {
	assert_int_equal(process_count_text(check, "\"check failed\""), 0);
	assert_string_equal(process_line(check, process_line_count(check) - 1), "good");
}

static void an_account_that_has_it_all(void **state) {
	(void)state;
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, "{\"limit\": 150, \"daily\": 5000}");
	struct process *check = run_printing(CHECK_ONLINE, sandbox.base, NULL, NULL, 0);
	expect_good(check);
	expect_line(check, "account 44237313", "SANDBOX");
	expect_line(check, "limit 150 calls in 10 s", "");
	expect_line(check, "limit 5000 calls a day", "used");
	expect_line(check, "object /contacts may be read and written", "");
	expect_line(check, "object /tickets has ", " properties");
	process_destroy(check);
	json_t *calls = sandbox_state(sandbox.base, NULL);
	assert_true(json_has(calls, "/creates", "0"));
	json_decref(calls);
	host_stop(&sandbox);
}

/* Those that a plugin names, and this account's type has not: remarks. */
static void properties_of_other_accounts(void **state) {
	static const char config[] = "{\"objects\": {\"contacts\": {\"hubspot\": \"2-4711\"}}}";
	char path[128];
	(void)state;
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, "{\"properties\": {\"2-4711\": [\"email\"]}}");
	write_file(process_folder(sandbox.process), "config.json", config, path, sizeof(path));
	struct process *check = run_printing(CHECK_ONLINE, sandbox.base, path, NULL, 0);
	expect_good(check);
	expect_line(check, "property not in the account", "\"hubspot\":\"fax\"");
	process_destroy(check);
	host_stop(&sandbox);
}

static void without_online_nothing_is_asked(void **state) {
	(void)state;
	static const char *const check_only[] = {"check", NULL};
	sandbox_start(&sandbox);
	struct process *check = run_printing(check_only, sandbox.base, NULL, NULL, 0);
	expect_good(check);
	process_destroy(check);
	json_t *calls = sandbox_state(sandbox.base, NULL);
	assert_true(json_has(calls, "/calls", "0"));
	json_decref(calls);
	host_stop(&sandbox);
}

static void with_the_built_in_sandbox(void **state) {
	(void)state;
	static const char *const arguments[] = {"check", "--online", "--sandbox", NULL};
	struct process *check = run_printing(arguments, NULL, NULL, NULL, 0);
	expect_good(check);
	expect_line(check, "account 44237313", "");
	process_destroy(check);
}

#define OPTION(value) "{\"value\": \"" value "\", \"label\": \"" value "\"}"
#define ENUMERATION(name, field)                                                                   \
	"{\"name\": \"" name "\", \"type\": \"enumeration\", \"fieldType\": \"" field "\", "       \
	"\"options\": [" OPTION("a") ", " OPTION("b") "]}"

/* What fits stands beside what does not. */
static void properties_that_are_not_as_expected(void **state) {
	(void)state;
	static const char account[] =
		"{\"properties\": {\"contacts\": ["
		"{\"name\": \"words\"}, {\"name\": \"tagged\"}, {\"name\": \"as_text\", \"type\": "
		"\"number\", \"fieldType\": \"number\"}, "
		"{\"name\": \"day\", \"type\": \"date\", \"fieldType\": \"date\"}, "
		"{\"name\": \"flag\", \"type\": \"enumeration\", \"fieldType\": "
		"\"booleancheckbox\", "
		"\"options\": [" OPTION("true") ", " OPTION("false") "]}, " ENUMERATION(
			"one", "select") ", " ENUMERATION("other", "radio") ", " ENUMERATION("many",
			"checkbox") ", " ENUMERATION("more", "checkbox") "]}}";
	static const char config[] =
		"{\"objects\": {\"contacts\": {\"properties\": {"
		"\"tea\": {\"type\": \"string\", \"x-hubspot-property\": \"favourite_tea\"}, "
		"\"words\": {\"type\": \"integer\"}, \"tagged\": {\"type\": \"array\"}, "
		"\"as_text\": {\"type\": \"string\"}, "
		"\"day\": {\"type\": \"string\", \"format\": \"date-time\"}, "
		"\"flag\": {\"type\": \"boolean\"}, "
		"\"one\": {\"type\": \"string\", \"enum\": [\"a\", \"c\"]}, "
		"\"other\": {\"type\": \"array\"}, "
		"\"many\": {\"type\": \"array\", \"items\": {\"type\": \"string\", "
		"\"oneOf\": [{\"const\": \"b\"}, {\"const\": \"d\"}]}}, "
		"\"more\": {\"type\": \"array\", \"items\": {\"type\": \"string\", "
		"\"enum\": [\"a\", \"b\"]}}}}}}";
	char path[128];
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, account);
	write_file(process_folder(sandbox.process), "config.json", config, path, sizeof(path));
	struct process *check = run_printing(CHECK_ONLINE, sandbox.base, path, NULL, 1);
	expect_faults(check, 6);
	expect_line(check, "property tea:", "the account has no favourite_tea");
	expect_line(
		check, "property words is of the type number here", "of the type string (text)");
	expect_line(check, "property day is of the type date-time here", "of the type date (date)");
	expect_line(check, "property other is of the type array here", "(radio)");
	expect_line(check, "property one:", "\\\"c\\\"");
	expect_line(check, "property many:", "\\\"d\\\"");
	assert_int_equal(process_count_text(check, "\"object\":\"contacts\",\"why\""), 6);
	process_destroy(check);
	host_stop(&sandbox);
}

static void scopes_that_are_missing(void **state) {
	(void)state;
	static const char scopes[] =
		"{\"scopes\": [\"oauth\", \"crm.objects.contacts.read\", "
		"\"crm.schemas.contacts.read\", "
		"\"crm.objects.deals.read\", \"crm.objects.deals.write\", "
		"\"crm.objects.companies.read\", \"crm.objects.companies.write\", "
		"\"crm.schemas.companies.read\", \"tickets\", \"crm.schemas.tickets.read\"]}";
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, scopes);
	struct process *check = run_printing(CHECK_ONLINE, sandbox.base, NULL, NULL, 1);
	expect_faults(check, 2);
	expect_line(check, "\"object\":\"contacts\",\"why\"",
		"the token lacks crm.objects.contacts.write\"");
	expect_line(check, "\"object\":\"deals\",\"why\"", "lacks crm.schemas.deals.read");
	expect_line(check, "object /tickets may be read and written", "");
	process_destroy(check);
	host_stop(&sandbox);
}

/* Then reading is tried. */
static void scopes_that_are_not_listed(void **state) {
	(void)state;
	static const char hidden[] =
		"{\"fail\": {\"next\": 99, \"status\": 404, \"path\": \"access-token-info\"}}";
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, hidden);
	struct process *check = run_printing(CHECK_ONLINE, sandbox.base, NULL, NULL, 0);
	expect_good(check);
	expect_line(check, "object /deals may be read; whether it may be written", "");
	process_destroy(check);
	sandbox_control(sandbox.base,
		"{\"scopes\": [\"crm.objects.contacts.read\", \"crm.schemas.contacts.read\", "
		"\"crm.schemas.companies.read\", \"crm.schemas.deals.read\", "
		"\"crm.schemas.tickets.read\", \"crm.objects.companies.read\", "
		"\"crm.objects.deals.read\"]}");
	sandbox_control(sandbox.base, hidden);
	check = run_printing(CHECK_ONLINE, sandbox.base, NULL, NULL, 1);
	expect_faults(check, 1);
	expect_line(check, "\"object\":\"tickets\",\"why\"", "tickets");
	process_destroy(check);
	host_stop(&sandbox);
}

static void hubspot_says_no(void **state) {
	(void)state;
	static const char *const foreign[] = {"HUBSPOT_ACCOUNT_ID=87654321", NULL};
	static const char *const nobody[] = {"HUBSPOT_PRIVATE_APP_TOKEN=", NULL};
	sandbox_start(&sandbox);
	struct process *check = run_printing(CHECK_ONLINE, sandbox.base, NULL, foreign, 1);
	expect_faults(check, 1);
	expect_line(check, "87654321", "44237313");
	process_destroy(check);
	check = run_printing(CHECK_ONLINE, NULL, NULL, nobody, 1);
	expect_faults(check, 1);
	expect_line(check, "\"check failed\"", "there is no HubSpot token");
	process_destroy(check);
	sandbox_control(sandbox.base, "{\"revoke\": \"" TEST_TOKEN "\"}");
	check = run_printing(CHECK_ONLINE, sandbox.base, NULL, NULL, 1);
	expect_faults(check, 1);
	expect_line(check, "HubSpot refuses the token, HUBSPOT_PRIVATE_APP_TOKEN", "401");
	process_destroy(check);
	host_stop(&sandbox);
}

static int teardown(void **state) {
	(void)state;
	host_clear(&sandbox);
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(an_account_that_has_it_all, teardown),
		cmocka_unit_test_teardown(properties_of_other_accounts, teardown),
		cmocka_unit_test_teardown(without_online_nothing_is_asked, teardown),
		cmocka_unit_test(with_the_built_in_sandbox),
		cmocka_unit_test_teardown(properties_that_are_not_as_expected, teardown),
		cmocka_unit_test_teardown(scopes_that_are_missing, teardown),
		cmocka_unit_test_teardown(scopes_that_are_not_listed, teardown),
		cmocka_unit_test_teardown(hubspot_says_no, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
