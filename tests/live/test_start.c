/* What an operator is told at the start: in one line, naming the culprit, without a secret. */
#include "pair.h"

#include <signal.h>
#include <sys/stat.h>

enum { REFUSAL_LIMIT_MS = 15000, TOLD_LIMIT_MS = 5000 };

/* ---- starts that are refused before the port opens ---- */

static const struct {
	const char *what;
	const char *arguments[4];
	const char *changes[4];
	int code;
	const char *named[3]; /* what the line must hold */
} refusals[] = {
	{"no token", {NULL}, {"HUBSPOT_PRIVATE_APP_TOKEN", NULL}, 2,
		{"HUBSPOT_PRIVATE_APP_TOKEN", "--sandbox"}},
	{"the placeholder", {NULL}, {"HUBSPOT_PRIVATE_APP_TOKEN=YOUR_HUBSPOT_PRIVATE_APP_TOKEN"}, 2,
		{"HUBSPOT_PRIVATE_APP_TOKEN", "YOUR_HUBSPOT_PRIVATE_APP_TOKEN"}},
	{"a token with a space", {NULL}, {"HUBSPOT_PRIVATE_APP_TOKEN=pat-na1 secret"}, 2,
		{"HUBSPOT_PRIVATE_APP_TOKEN"}},
	{"nobody said who may call", {NULL}, {"CONNECTOR_ALLOW_ANONYMOUS"}, 2,
		{"hubspot-connector key new NAME --scope", "CONNECTOR_API_KEYS_FILE=",
			"CONNECTOR_ALLOW_ANONYMOUS"}},
	{"an unknown setting", {NULL}, {"CONNECTOR_MAX_CONECTIONS=5"}, 2,
		{"CONNECTOR_MAX_CONECTIONS", "CONNECTOR_MAX_CONNECTIONS"}},
	{"a word for a number", {NULL}, {"CONNECTOR_DRAIN_MS=soon"}, 2,
		{"CONNECTOR_DRAIN_MS", "soon"}},
	{"a number out of bounds", {NULL}, {"HUBSPOT_MAX_CALLS=0"}, 2, {"HUBSPOT_MAX_CALLS"}},
	{"a base URL in the clear", {NULL}, {"HUBSPOT_BASE_URL=http://api.hubapi.com"}, 2,
		{"HUBSPOT_BASE_URL"}},
	{"an unknown word", {NULL}, {"HUBSPOT_UPSERT=often"}, 2, {"HUBSPOT_UPSERT", "often"}},
	{"no such file", {NULL}, {"CONNECTOR_CONFIG=/nonexistent.json"}, 2, {"/nonexistent.json"}},
	{"an unknown option", {"serve", "--sandbx", NULL}, {NULL}, 2, {"--sandbx"}},
	{"an unknown command", {"sevre", NULL}, {NULL}, 2, {"sevre"}},
};

static void refused_in_one_line(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct process *process =
			host_start_refused(refusals[i].arguments, NULL, refusals[i].changes);
		int code = process_wait(process, REFUSAL_LIMIT_MS);
		if (code != refusals[i].code) {
			process_show(process);
			fail_msg("%s: expected exit %d, found %d", refusals[i].what,
				refusals[i].code, code);
		}
		const char *line = process_refusal(process);
		for (size_t j = 0; j < 3 && refusals[i].named[j] != NULL; j++) {
			if (strstr(line, refusals[i].named[j]) == NULL) {
				fail_msg("%s: expected \"%s\" in: %s", refusals[i].what,
					refusals[i].named[j], line);
			}
		}
		assert_null(strstr(line, "secret"));
		assert_null(strstr(line, TEST_TOKEN));
		process_destroy(process);
	}
}

static void a_port_that_is_taken(void **state) {
	char listen[64];
	(void)state;
	sandbox_start(&sandbox);
	snprintf(listen, sizeof(listen), "127.0.0.1:%u", (unsigned)sandbox.port);
	const char *arguments[] = {"sandbox", "--listen", listen, NULL};
	const char *environment[] = {"CONNECTOR_LOG_FORMAT=json", NULL};
	struct process *process = process_start(arguments, environment);
	assert_int_equal(process_wait(process, REFUSAL_LIMIT_MS), 1);
	assert_non_null(strstr(process_refusal(process), listen));
	process_destroy(process);
	host_stop(&sandbox);
}

static void a_check_with_the_sandbox_is_good(void **state) {
	const char *arguments[] = {"check", "--sandbox", NULL};
	const char *environment[] = {"CONNECTOR_LOG_FORMAT=json", NULL};
	(void)state;
	struct process *process = process_start(arguments, environment);
	assert_int_equal(process_wait(process, REFUSAL_LIMIT_MS), 0);
	assert_int_equal(process_count_text(process, "check failed"), 0);
	process_destroy(process);
}

/* ---- what HubSpot says of us ---- */

/* The one line of level `level` that holds both texts, after it has come. */
static void expect_told(const char *level, const char *one, const char *other) {
	char wanted[64];
	size_t found = 0;
	snprintf(wanted, sizeof(wanted), "\"level\":\"%s\"", level);
	for (uint64_t until_ms = now_ms() + TOLD_LIMIT_MS; found == 0 && now_ms() < until_ms;
		pause_ms(20)) {
		for (size_t i = 0; i < process_line_count(host.process); i++) {
			const char *line = process_line(host.process, i);
			found += strstr(line, wanted) != NULL && strstr(line, one) != NULL &&
				strstr(line, other) != NULL;
		}
	}
	if (found != 1) {
		process_show(host.process);
		fail_msg("expected one %s line with \"%s\" and \"%s\", found %zu", level, one,
			other, found);
	}
}

static void expect_ready(int status, const char *word) {
	struct answer answer;
	ask(host.base, "GET", "/readyz", NULL, status, &answer);
	expect(&answer, "/status", word);
	answer_finish(&answer);
}

static void a_good_account_is_told(void **state) {
	struct answer answer;
	(void)state;
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, "{\"account\": {\"portalId\": 12345678}}");
	host_start(&host, NULL, sandbox.base, NULL);
	expect_told("info", "\"event\":\"account\"", "12345678");
	ask(host.base, "GET", "/readyz", NULL, 200, &answer);
	assert_non_null(strstr(answer.text, "12345678"));
	answer_finish(&answer);
	stop_pair();
}

static void a_wrong_token(void **state) {
	struct answer answer;
	(void)state;
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, "{\"revoke\": \"" TEST_TOKEN "\"}");
	host_start(&host, NULL, sandbox.base, NULL);
	expect_told("error", "token", "401");
	expect_ready(503, "\"token_refused\"");
	ask(host.base, "POST", "/contacts", "{\"email\": \"a@example.com\"}", 502, &answer);
	expect(&answer, "/code", "\"hubspot_unauthorized\"");
	expect(&answer, "/outcome", "\"not_applied\"");
	expect(&answer, "/retryable", "false");
	assert_null(strstr(answer.text, TEST_TOKEN));
	answer_finish(&answer);
	assert_int_equal(process_count_text(host.process, TEST_TOKEN), 0);
	host_stop(&host);
	host_stop(&sandbox);
}

static void a_missing_scope(void **state) {
	struct answer answer;
	(void)state;
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, "{\"scopes\": [\"oauth\"]}");
	host_start(&host, NULL, sandbox.base, NULL);
	expect_told("warn", "scope missing", "crm.objects.contacts.write");
	assert_int_equal(process_count_text(host.process, TEST_TOKEN), 0);
	ask(host.base, "GET", "/readyz", NULL, 200, &answer);
	assert_true(json_array_size(json_at(answer.json, "/missing_scopes")) > 0);
	answer_finish(&answer);
	ask(host.base, "POST", "/contacts", "{\"email\": \"a@example.com\"}", 502, &answer);
	expect(&answer, "/code", "\"hubspot_forbidden\"");
	expect(&answer, "/hubspot/status", "403");
	answer_finish(&answer);
	host_stop(&host);
	host_stop(&sandbox);
}

static void a_foreign_account(void **state) {
	static const char *const foreign[] = {"HUBSPOT_ACCOUNT_ID=87654321", NULL};
	(void)state;
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, "{\"account\": {\"portalId\": 12345678}}");
	struct process *process = host_start_refused(NULL, sandbox.base, foreign);
	assert_int_equal(process_wait(process, REFUSAL_LIMIT_MS), 1);
	const char *line = process_refusal(process);
	assert_non_null(strstr(line, "87654321"));
	assert_non_null(strstr(line, "12345678"));
	process_destroy(process);
	host_stop(&sandbox);
}

static void hubspot_away(void **state) {
	static const char *const nowhere[] = {"HUBSPOT_TIMEOUT_MS=300", NULL};
	(void)state;
	host_start(&host, NULL, "http://127.0.0.1:9", nowhere); /* started all the same */
	struct answer answer;
	ask(host.base, "GET", "/healthz", NULL, 200, &answer);
	answer_finish(&answer);
	for (uint64_t until_ms = now_ms() + TOLD_LIMIT_MS; now_ms() < until_ms; pause_ms(50)) {
		ask(host.base, "GET", "/readyz", NULL, 200, &answer);
		bool is_down = json_has(answer.json, "/hubspot", "\"down\"");
		answer_finish(&answer);
		if (is_down) {
			host_stop(&host);
			return;
		}
	}
	fail_msg("GET /readyz never says that HubSpot is down");
}

/* ---- the token in a file ---- */

static void a_token_file_is_read_again_on_sighup(void **state) {
	char path[128], setting[192];
	struct answer answer;
	(void)state;
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, "{\"revoke\": \"pat-na1-old\"}");
	write_file(process_folder(sandbox.process), "token", "pat-na1-old\n", path, sizeof(path));
	assert_int_equal(chmod(path, 0600), 0);
	snprintf(setting, sizeof(setting), "HUBSPOT_PRIVATE_APP_TOKEN_FILE=%s", path);
	const char *changes[] = {"HUBSPOT_PRIVATE_APP_TOKEN", setting, NULL};
	host_start(&host, NULL, sandbox.base, changes);
	expect_told("error", "token", "401");
	write_file(process_folder(sandbox.process), "token", "pat-na1-new\n", path, sizeof(path));
	process_signal(host.process, SIGHUP);
	expect_told("info", "\"event\":\"account\"", "SANDBOX");
	expect_ready(200, "\"ready\"");
	ask(host.base, "POST", "/contacts", "{\"email\": \"a@example.com\"}", 201, &answer);
	answer_finish(&answer);
	assert_int_equal(process_count_text(host.process, "pat-na1-"), 0);
	host_stop(&host);
	host_stop(&sandbox);
}

static void a_token_file_that_others_can_write(void **state) {
	char path[128], setting[192];
	(void)state;
	sandbox_start(&sandbox);
	write_file(process_folder(sandbox.process), "token", "pat-na1-new\n", path, sizeof(path));
	assert_int_equal(chmod(path, 0666), 0);
	snprintf(setting, sizeof(setting), "HUBSPOT_PRIVATE_APP_TOKEN_FILE=%s", path);
	const char *changes[] = {"HUBSPOT_PRIVATE_APP_TOKEN", setting, NULL};
	struct process *process = host_start_refused(NULL, sandbox.base, changes);
	assert_int_equal(process_wait(process, REFUSAL_LIMIT_MS), 2);
	assert_non_null(strstr(process_refusal(process), path));
	process_destroy(process);
	host_stop(&sandbox);
}

/* ---- who may call without a key ---- */

static void the_anonymous_rule(void **state) {
	static const char *const bad[] = {"Host: connector.example.com", "Host: 192.168.0.1",
		"Forwarded: for=1.2.3.4", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Host: x",
		"X-Real-IP: 1.2.3.4", "Via: 1.1 proxy"};
	static const char *const good[] = {
		"Host: localhost", "Host: 127.0.0.1:1234", "Host: [::1]:8080", "X-Other: 1"};
	struct client *client;
	struct answer answer;
	(void)state;
	start_pair(NULL);
	client = client_open(host.base);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *headers[] = {bad[i], NULL};
		client_ask(client, "GET", "/contacts/1", headers, NULL, 0, &answer);
		if (answer.status != 403) {
			fail_msg("%s: expected 403, found %d", bad[i], answer.status);
		}
		expect(&answer, "/code", "\"anonymous_refused\"");
		answer_finish(&answer);
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const char *headers[] = {good[i], NULL};
		client_ask(client, "GET", "/contacts/1", headers, NULL, 0, &answer);
		assert_int_equal(answer.status, 404);
		answer_finish(&answer);
	}
	const char *proxied[] = {"X-Forwarded-For: 1.2.3.4", NULL};
	client_ask(client, "GET", "/healthz", proxied, NULL, 0, &answer); /* for a balancer */
	assert_int_equal(answer.status, 200);
	answer_finish(&answer);
	client_close(client);
	stop_pair();
}

static void anybody_when_the_operator_says_so(void **state) {
	static const char *const any[] = {"CONNECTOR_ALLOW_ANONYMOUS=any", NULL};
	const char *headers[] = {"Host: connector.example.com", "X-Forwarded-For: 1.2.3.4", NULL};
	struct answer answer;
	(void)state;
	start_pair(any);
	struct client *client = client_open(host.base);
	client_ask(client, "GET", "/contacts/1", headers, NULL, 0, &answer);
	assert_int_equal(answer.status, 404);
	answer_finish(&answer);
	client_close(client);
	stop_pair();
}

static int teardown(void **state) {
	(void)state;
	clear_pair();
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_in_one_line),
		cmocka_unit_test_teardown(a_port_that_is_taken, teardown),
		cmocka_unit_test(a_check_with_the_sandbox_is_good),
		cmocka_unit_test_teardown(a_good_account_is_told, teardown),
		cmocka_unit_test_teardown(a_wrong_token, teardown),
		cmocka_unit_test_teardown(a_missing_scope, teardown),
		cmocka_unit_test_teardown(a_foreign_account, teardown),
		cmocka_unit_test_teardown(hubspot_away, teardown),
		cmocka_unit_test_teardown(a_token_file_is_read_again_on_sighup, teardown),
		cmocka_unit_test_teardown(a_token_file_that_others_can_write, teardown),
		cmocka_unit_test_teardown(the_anonymous_rule, teardown),
		cmocka_unit_test_teardown(anybody_when_the_operator_says_so, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
