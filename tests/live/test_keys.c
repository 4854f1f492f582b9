/* API keys asked for, limited and read again by the real host at work; and the listener that needs
 * none. */
#include "made_keys.h"

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

enum { WRONG = 1000, TURNS = 12, TOLD_LIMIT_MS = 15000, REFUSAL_LIMIT_MS = 15000 };

static void start_with_keys(void) {
	char setting[140];
	snprintf(setting, sizeof(setting), "CONNECTOR_API_KEYS_FILE=%s", file);
	const char *changes[] = {
		setting, "CONNECTOR_ALLOW_ANONYMOUS", "CONNECTOR_ADMIN_LISTEN=127.0.0.1:0", NULL};
	start_pair(changes);
}

static int ask_with(struct client *client, const char *method, const char *path, const char *key,
	const char *body, struct answer *answer) {
	char header[160];
	const char *headers[] = {header, NULL};
	snprintf(header, sizeof(header), "Authorization: Bearer %s", key);
	client_ask(client, method, path, key == NULL ? NULL : headers, body,
		body == NULL ? 0 : strlen(body), answer);
	return answer->status;
}

static void expect_status(
	struct client *client, const char *method, const char *path, const char *key, int status) {
	struct answer answer;
	int found = ask_with(client, method, path, key, NULL, &answer);
	if (found != status) {
		fail_msg("%s %s: expected %d, found %d %s", method, path, status, found,
			answer.text != NULL ? answer.text : answer.error);
	}
	answer_finish(&answer);
}

static void each_key_may_what_its_scopes_say(void **state) {
	static const char contact[] = "{\"email\": \"keys@example.com\"}";
	char writer[64], rated[64], operators[64];
	struct answer answer;
	(void)state;
	MAKE(writer, "writer", "--scope", "contacts:write");
	MAKE(rated, "rated", "--scope", "contacts:read", "--rate", "2/600s");
	MAKE(operators, "operators", "--scope", "connector:admin");
	start_with_keys();
	struct client *client = client_open(host.base);
	expect_status(client, "GET", "/contacts/1", NULL, 401);
	expect_status(client, "GET", "/contacts/1", "hsc_wrong", 401);
	expect_status(client, "GET", "/healthz", NULL, 200);
	expect_status(client, "GET", "/readyz", NULL, 200);
	expect_status(client, "GET", "/metrics", NULL, 401);
	expect_status(client, "GET", "/metrics", writer, 403);
	expect_status(client, "GET", "/metrics", operators, 200);
	assert_int_equal(ask_with(client, "POST", "/contacts", writer, contact, &answer), 201);
	answer_finish(&answer);
	assert_int_equal(ask_with(client, "GET", "/contacts/1", writer, NULL, &answer), 403);
	expect(&answer, "/code", "\"scope_missing\"");
	expect(&answer, "/errors/0/message", "\"contacts:read\"");
	answer_finish(&answer);
	assert_int_equal(ask_with(client, "GET", "/contacts/1", rated, NULL, &answer), 404);
	assert_string_equal(answer_header(&answer, "ratelimit-policy"), "\"default\";q=2;w=600");
	answer_finish(&answer);
	expect_status(client, "GET", "/contacts/1", rated, 404);
	assert_int_equal(ask_with(client, "GET", "/contacts/1", rated, NULL, &answer), 429);
	expect(&answer, "/code", "\"rate_limited\"");
	assert_non_null(answer_header(&answer, "retry-after"));
	answer_finish(&answer);
	client_close(client);
	expect_line(
		host.process, "\"route\":\"/contacts\",\"status\":201", "\"caller\":\"writer\"");
	assert_int_equal(process_count_text(host.process, "hsc_"), 0);
	stop_pair();
}

/* ---- the file is read again while requests run ---- */

struct stream {
	const char *key;
	bool is_over;
	size_t good;
	int wrong; /* a status that was not expected */
};

static void keep_asking(struct client *client, size_t index, void *ctx) {
	struct stream *stream = ctx;
	struct answer answer;
	(void)index;
	while (!__atomic_load_n(&stream->is_over, __ATOMIC_SEQ_CST)) {
		int status = ask_with(client, "GET", "/contacts/1", stream->key, NULL, &answer);
		answer_finish(&answer);
		if (status != 404) {
			__atomic_store_n(&stream->wrong, status, __ATOMIC_SEQ_CST);
		}
		__atomic_add_fetch(&stream->good, status == 404 ? 1 : 0, __ATOMIC_SEQ_CST);
	}
}

static void *ask_on(void *ctx) {
	run_workers(host.base, 4, keep_asking, ctx);
	return NULL;
}

static const json_t *reload(const char *event) {
	size_t from = process_line_count(host.process);
	process_signal(host.process, SIGHUP);
	const json_t *line = process_wait_line(host.process, event, from, TOLD_LIMIT_MS);
	assert_non_null(line);
	return line;
}

static void wait_for_more(const struct stream *stream) {
	size_t before = __atomic_load_n(&stream->good, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&stream->good, __ATOMIC_SEQ_CST) < before + 8 &&
		__atomic_load_n(&stream->wrong, __ATOMIC_SEQ_CST) == 0) {
		pause_ms(2);
	}
}

static void read_again_while_requests_run(void **state) {
	char steady[64], other[64];
	pthread_t thread;
	(void)state;
	MAKE(steady, "steady", "--scope", "contacts:read");
	start_with_keys();
	struct stream stream = {.key = steady};
	assert_int_equal(pthread_create(&thread, NULL, ask_on, &stream), 0);
	struct client *client = client_open(host.base);
	for (int i = 0; i < TURNS / 2; i++) {
		MAKE(other, "other-app", "--scope", "contacts:read");
		expect_status(client, "GET", "/contacts/1", other, 401);
		const json_t *line = reload("API keys read again");
		assert_true(json_has(line, "/keys", "2") && json_has(line, "/added", "1") &&
			json_has(line, "/gone", "0"));
		expect_status(client, "GET", "/contacts/1", other, 404);
		KEY(0, "revoke", "other-app");
		expect_status(client, "GET", "/contacts/1", other, 404); /* until it is told */
		line = reload("API keys read again");
		assert_true(json_has(line, "/keys", "1") && json_has(line, "/added", "0") &&
			json_has(line, "/gone", "1"));
		expect_status(client, "GET", "/contacts/1", other, 401);
		wait_for_more(&stream);
	}
	write_file(folder, "keys.json", "{\"keys\": [{\"name\": \"x\"}]}", NULL, 0);
	const json_t *line = reload("API keys not read again, the old ones stay");
	assert_non_null(strstr(json_string_value(json_object_get(line, "why")),
		"keys.json: keys[0] \"x\": \"hash\" is missing"));
	wait_for_more(&stream);
	__atomic_store_n(&stream.is_over, true, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
	client_close(client);
	assert_int_equal(stream.wrong, 0);
	stop_pair();
}

/* ---- a thousand wrong keys ---- */

static void who_guesses_slows_nobody_else(void **state) {
	char steady[64];
	size_t refused = 0, slowed = 0;
	(void)state;
	MAKE(steady, "steady", "--scope", "contacts:read");
	start_with_keys();
	struct client *guesser = client_open(host.base), *client = client_open(host.base);
	for (size_t i = 0; i < WRONG; i++) {
		struct answer answer;
		char guess[32];
		snprintf(guess, sizeof(guess), "hsc_guess%zu", i);
		int status = ask_with(guesser, "GET", "/contacts/1", guess, NULL, &answer);
		refused += status == 401 ? 1 : 0;
		slowed += status == 429 ? 1 : 0;
		if (status == 429) {
			expect(&answer, "/code", "\"too_many_wrong_keys\"");
			assert_non_null(answer_header(&answer, "retry-after"));
		}
		answer_finish(&answer);
		if (i % 10 == 0) {
			expect_status(client, "GET", "/contacts/1", steady, 404);
		}
	}
	assert_int_equal(refused + slowed, WRONG);
	assert_true(refused >= 20 && slowed > 0);
	client_close(guesser);
	client_close(client);
	assert_int_equal(process_count_text(host.process, "hsc_"), 0);
	stop_pair();
}

/* ---- the admin listener ---- */

static void admin_address(char base[64]) {
	const json_t *line = process_wait_line(host.process, "admin listener", 0, TOLD_LIMIT_MS);
	assert_non_null(line);
	snprintf(base, 64, "http://%s", json_string_value(json_object_get(line, "address")));
}

struct slow {
	struct client *client;
	const char *key;
	int status;
};

static void *ask_slowly(void *ctx) {
	struct slow *slow = ctx;
	struct answer answer;
	slow->status = ask_with(slow->client, "GET", "/contacts/1", slow->key, NULL, &answer);
	answer_finish(&answer);
	return NULL;
}

static int64_t calls_of_the_sandbox(void) {
	json_t *counts = sandbox_state(sandbox.base, NULL);
	int64_t calls = json_integer_value(json_object_get(counts, "calls"));
	json_decref(counts);
	return calls;
}

static void the_admin_listener_needs_no_key(void **state) {
	char key[64], base[64];
	struct answer answer;
	pthread_t asker;
	(void)state;
	MAKE(key, "app", "--scope", "contacts:read");
	start_with_keys();
	admin_address(base);
	ask(base, "GET", "/metrics", NULL, 200, &answer);
	assert_non_null(strstr(answer.text, "\nconnector_api_keys 1\n"));
	answer_finish(&answer);
	ask(base, "GET", "/healthz", NULL, 200, &answer);
	answer_finish(&answer);
	ask(base, "GET", "/readyz", NULL, 200, &answer);
	answer_finish(&answer);
	ask(base, "GET", "/contacts/1", NULL, 404, &answer);
	answer_finish(&answer);
	ask(base, "POST", "/contacts", "{}", 404, &answer);
	answer_finish(&answer);
	/* It tells of the stop until the requests have ended. */
	sandbox_control(sandbox.base, "{\"latency_ms\": 3000}");
	int64_t before = calls_of_the_sandbox();
	struct slow slow = {.client = client_open(host.base), .key = key};
	assert_int_equal(pthread_create(&asker, NULL, ask_slowly, &slow), 0);
	while (calls_of_the_sandbox() == before) {
		pause_ms(5);
	}
	process_signal(host.process, SIGTERM);
	assert_non_null(process_wait_line(host.process, "stopping", 0, TOLD_LIMIT_MS));
	ask(base, "GET", "/readyz", NULL, 503, &answer);
	expect(&answer, "/status", "\"draining\"");
	answer_finish(&answer);
	pthread_join(asker, NULL);
	assert_int_equal(slow.status, 404);
	client_close(slow.client);
	assert_int_equal(process_wait(host.process, STOP_LIMIT_MS), 0);
	sandbox_control(sandbox.base, "{\"latency_ms\": 0}");
	stop_pair();
}

/* ---- starts that are refused, and what check says ---- */

static void expect_refused(const char *words) {
	char setting[140];
	snprintf(setting, sizeof(setting), "CONNECTOR_API_KEYS_FILE=%s", file);
	const char *changes[] = {setting, NULL};
	struct process *process = host_start_refused(NULL, NULL, changes);
	int code = process_wait(process, REFUSAL_LIMIT_MS);
	const char *line = process_refusal(process);
	if (code != 2 || strstr(line, words) == NULL || strstr(line, "keys.json") == NULL ||
		strstr(line, "CONNECTOR_API_KEYS_FILE") == NULL) {
		fail_msg("exit %d, \"%s\" expected: %s", code, words, line);
	}
	process_destroy(process);
}

static void a_bad_file_is_refused_at_the_start(void **state) {
	(void)state;
	expect_refused("No such file");
	write_file(folder, "keys.json", "{", NULL, 0);
	expect_refused("keys.json: ");
	write_file(folder, "keys.json", "{\"keys\": [{\"name\": \"a\"}]}", NULL, 0);
	expect_refused("keys[0] \\\"a\\\": \\\"hash\\\" is missing");
	assert_int_equal(chmod(file, 0602), 0);
	expect_refused("writable by others");
	assert_int_equal(unlink(file), 0);
	assert_int_equal(mkfifo(file, 0600), 0);
	expect_refused("no regular file");
}

static void without_any_key_it_starts_and_warns(void **state) {
	(void)state;
	write_file(folder, "keys.json", "{\"keys\": []}", NULL, 0);
	start_with_keys();
	struct client *client = client_open(host.base);
	expect_status(client, "GET", "/contacts/1", NULL, 401);
	expect_status(client, "GET", "/healthz", NULL, 200);
	client_close(client);
	expect_line(host.process, "\"level\":\"warn\"", "no API key is known");
	stop_pair();
}

static void check_tells_the_keys_and_no_hash(void **state) {
	char key[64], setting[140];
	(void)state;
	MAKE(key, "app", "--scope", "contacts:write", "--scope", "deals:read");
	MAKE(key, "tool", "--scope", "*:read");
	snprintf(setting, sizeof(setting), "CONNECTOR_API_KEYS_FILE=%s", file);
	const char *words[] = {"check", NULL};
	const char *environment[] = {"CONNECTOR_LOG_FORMAT=json",
		"HUBSPOT_PRIVATE_APP_TOKEN=" TEST_TOKEN, setting, NULL};
	struct process *process = process_start(words, environment);
	assert_int_equal(process_wait(process, PRINTED_LIMIT_MS), 0);
	expect_line(process, "API keys: 2", "");
	expect_line(process, "  app: contacts:write, deals:read", "");
	expect_line(process, "  tool: *:read", "");
	assert_int_equal(process_count_text(process, "sha256"), 0);
	process_destroy(process);
	write_file(folder, "keys.json", "{}", NULL, 0);
	process = process_start(words, environment);
	assert_int_equal(process_wait(process, PRINTED_LIMIT_MS), 1);
	process_destroy(process);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			each_key_may_what_its_scopes_say, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			read_again_while_requests_run, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			who_guesses_slows_nobody_else, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			the_admin_listener_needs_no_key, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			a_bad_file_is_refused_at_the_start, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			without_any_key_it_starts_and_warns, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			check_tells_the_keys_and_no_hash, make_folder, remove_folder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
