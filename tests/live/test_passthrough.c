/* The passthrough: HubSpot's own paths, under the one limit and its retries. */
#include "pair.h"

enum { PATH_SIZE = 512 };

static const char objects[] = "/hubspot/crm/v3/objects/contacts";

/* After the host's own probes. */
static void start_it(void) {
	static const char *const arguments[] = {"serve", NULL};
	static const char *const changes[] = {"CONNECTOR_PLUGINS=contacts,passthrough", NULL};
	sandbox_start(&sandbox);
	struct answer answer;
	host_start(&host, arguments, sandbox.base, changes);
	ask(host.base, "GET", objects, NULL, 200, &answer);
	answer_finish(&answer);
	for (unsigned tries = 0; process_count_text(host.process, "scopes-probe") == 0; tries++) {
		assert_true(tries < 1000);
		pause_ms(5);
	}
}

static json_int_t calls(void) {
	json_t *state = sandbox_state(sandbox.base, NULL);
	json_int_t count = json_integer_value(json_object_get(state, "calls"));
	json_decref(state);
	return count;
}

static void it_is_there_only_when_named(void **state) {
	static const char *const arguments[] = {"serve", NULL};
	struct answer answer;
	(void)state;
	sandbox_start(&sandbox);
	host_start(&host, arguments, sandbox.base, NULL);
	ask(host.base, "GET", objects, NULL, 404, &answer);
	answer_finish(&answer);
	stop_pair();
}

static void assert_head(const char *path) {
	char request[PATH_SIZE + 128];
	snprintf(request, sizeof(request),
		"HEAD %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path);
	char *reply = raw_exchange(host.port, request, strlen(request), 5000);
	assert_non_null(reply);
	assert_int_equal(strncmp(reply, "HTTP/1.1 200 ", 13), 0);
	assert_string_equal(strstr(reply, "\r\n\r\n"), "\r\n\r\n");
	free(reply);
}

/* HubSpot's words in both directions, its statuses, and the query as it was sent. */
static void each_method_passes(void **state) {
	struct answer answer;
	char path[PATH_SIZE];
	(void)state;
	start_it();
	ask(host.base, "POST", objects, "{\"properties\": {\"email\": \"raw@example.com\"}}", 201,
		&answer);
	expect(&answer, "/properties/email", "\"raw@example.com\"");
	snprintf(path, sizeof(path), "%s/%s", objects,
		json_string_value(json_at(answer.json, "/id")));
	answer_finish(&answer);
	ask(host.base, "PATCH", path, "{\"properties\": {\"city\": \"Turin & \\u00fc\"}}", 200,
		&answer);
	answer_finish(&answer);
	ask(host.base, "GET",
		"/v1/hubspot/crm/v3/objects/contacts/"
		"raw%40example.com?idProperty=email&properties=city",
		NULL, 200, &answer);
	expect(&answer, "/properties/city", "\"Turin & \\u00fc\"");
	answer_finish(&answer);
	assert_head(path);
	ask(host.base, "DELETE", path, NULL, 204, &answer);
	answer_finish(&answer);
	ask(host.base, "GET", path, NULL, 404, &answer);
	expect(&answer, "/hubspot/status", "404");
	expect(&answer, "/retryable", "false");
	answer_finish(&answer);
	stop_pair();
}

/* What changes nothing goes again, what may have changed something does not. */
static void retries_are_by_method(void **state) {
	struct answer answer;
	(void)state;
	start_it();
	sandbox_control(
		sandbox.base, "{\"fail\": {\"next\": 1, \"status\": 502, \"body\": \"html\"}}");
	json_int_t before = calls();
	ask(host.base, "GET", objects, NULL, 200, &answer);
	answer_finish(&answer);
	assert_int_equal(calls() - before, 2);
	sandbox_control(sandbox.base, "{\"fail\": {\"next\": 1, \"how\": \"reset_after\"}}");
	before = calls();
	ask(host.base, "POST", objects, "{\"properties\": {\"email\": \"once@example.com\"}}", 504,
		&answer);
	expect(&answer, "/outcome", "\"unknown\"");
	answer_finish(&answer);
	assert_int_equal(calls() - before, 1);
	sandbox_control(sandbox.base, "{\"fail\": {\"next\": 1, \"how\": \"reset_after\"}}");
	ask(host.base, "POST", "/hubspot/crm/v3/objects/contacts/search", "{\"limit\": 1}", 200,
		&answer);
	answer_finish(&answer);
	stop_pair();
}

/* The limiter is the host's: what passes through here is counted with the rest, and HubSpot never
 * has to say no. */
static void the_limit_is_one(void **state) {
	struct answer answer;
	(void)state;
	start_it();
	ask(host.base, "GET", objects, NULL, 200, &answer);
	answer_finish(&answer);
	ask(host.base, "GET", "/metrics", NULL, 200, &answer);
	assert_non_null(strstr(answer.text, "connector_hubspot_calls_total{step=\"raw\""));
	answer_finish(&answer);
	assert_true(process_count_text(host.process, "/hubspot/{path...}") >= 1); /* and logged */
	stop_pair();
}

static void what_cannot_pass(void **state) {
	static const struct {
		const char *method, *path, *type, *body;
		int status;
		const char *code;
	} cases[] = {
		{"GET", "/hubspot/crm/../v3/objects", NULL, NULL, 400, NULL},
		{"GET", "/hubspot/crm/%2e%2e/v3", NULL, NULL, 400, NULL},
		{"GET", "/hubspot/..;/v3", NULL, NULL, 400, NULL},
		{"GET", "/hubspot/crm/v3?q={objects}", NULL, NULL, 400, NULL},
		{"GET", "/%68ubspot/crm/v3/objects/contacts", NULL, NULL, 400, "\"bad_path\""},
		{"POST", "/hubspot/crm/v3/objects/contacts", "application/json", "{\"a\":", 400,
			"\"bad_json\""},
		{"POST", "/hubspot/crm/v3/objects/contacts", "application/json",
			"{\"a\":1,\"a\":2}", 400, "\"bad_json\""},
		{"POST", "/hubspot/crm/v3/objects/contacts", "text/csv", "a,b", 415,
			"\"unsupported_media_type\""},
		{"POST", "/hubspot/crm/v3/objects/contacts", "application/jsonp", "{}", 415,
			"\"unsupported_media_type\""},
		{"GET", "/hubspot", NULL, NULL, 404, "\"not_found\""},
		{"TRACE", "/hubspot/crm", NULL, NULL, 405, NULL},
	};
	(void)state;
	start_it();
	json_int_t before = calls();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client *client = client_open(host.base);
		struct answer answer;
		char type[64];
		snprintf(type, sizeof(type), "Content-Type: %s",
			cases[i].type != NULL ? cases[i].type : "");
		const char *headers[] = {cases[i].type != NULL ? type : NULL, NULL};
		size_t length = cases[i].body != NULL ? strlen(cases[i].body) : 0;
		client_ask(client, cases[i].method, cases[i].path, headers, cases[i].body, length,
			&answer);
		bool is_expected = answer.status == cases[i].status ||
			(cases[i].status == 405 && answer.status == 501);
		if (!is_expected ||
			(cases[i].code != NULL && !json_has(answer.json, "/code", cases[i].code))) {
			fail_msg("case %zu: %d %s %s", i, answer.status, answer.text, answer.error);
		}
		answer_finish(&answer);
		client_close(client);
	}
	assert_int_equal(calls(), before);
	stop_pair();
}

static int teardown(void **state) {
	(void)state;
	clear_pair();
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, teardown)
		TEST(it_is_there_only_when_named),
		TEST(each_method_passes),
		TEST(retries_are_by_method),
		TEST(the_limit_is_one),
		TEST(what_cannot_pass),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
