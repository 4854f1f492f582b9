/*
 * Plugins that do wrong while they run. Some take the process with them: then the log says who it
 * was. The others are told of, counted, and everybody else is served.
 */
#include "pair.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

enum { END_LIMIT_MS = 20000, LINE_LIMIT_MS = 15000 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED true
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED false
#endif

static const char *hubspot(void) {
	return sandbox.process != NULL ? sandbox.base : "http://127.0.0.1:9"; /* nobody */
}

/* A host with this fixture beside the plugins that came with it; `section` is the fixture's in the
 * configuration, or NULL. */
static struct process *start_with(
	const char *name, const char *section, const char *const *changes) {
	static char folder[] = "/tmp/hsc-bad-XXXXXX";
	char file[256], config[256], path[128], setting[160];
	const char *all[8] = {NULL};
	size_t count = 0;
	snprintf(file, sizeof(file), "%s/%s.so", FIXTURES, name);
	const char *arguments[] = {"serve", "--plugin", file, NULL};
	if (section != NULL) {
		memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
		assert_non_null(mkdtemp(folder));
		snprintf(config, sizeof(config), "{\"plugins\": {\"%s\": %s}}", name, section);
		write_file(folder, "config.json", config, path, sizeof(path));
		snprintf(setting, sizeof(setting), "CONNECTOR_CONFIG=%s", path);
		all[count++] = setting;
	}
	while (changes != NULL && *changes != NULL && count < 7) {
		all[count++] = *changes++;
	}
	struct process *process = host_start_refused(arguments, hubspot(), all);
	if (section != NULL) {
		(void)process_wait_line(process, "plugin loaded", 0, START_LIMIT_MS);
		folder_remove(folder);
	}
	return process;
}

static void start_host(const char *name, const char *section, const char *const *changes) {
	host.process = start_with(name, section, changes);
	const json_t *ready = process_wait_line(host.process, "ready", 0, START_LIMIT_MS);
	const char *address = json_string_value(json_object_get(ready, "address"));
	if (address == NULL) {
		process_show(host.process);
		fail_msg("%s: the host is not ready", name);
	}
	host.port = (uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10);
	snprintf(host.base, sizeof(host.base), "http://127.0.0.1:%u", (unsigned)host.port);
}

static void expect_line(const char *text) {
	if (process_count_text(host.process, text) == 0) {
		process_show(host.process);
		fail_msg("no line has: %s", text);
	}
}

/* Sends one request that nobody answers. */
static void ask_in_vain(const char *path) {
	struct answer answer;
	static const char *const headers[] = {"X-Request-Id: last-words", NULL};
	struct client *client = client_open(host.base);
	client_ask(client, "GET", path, headers, NULL, 0, &answer);
	assert_int_equal(answer.status, 0);
	answer_finish(&answer);
	client_close(client);
}

/* By a signal; or by a sanitizer, whose turn comes after ours. */
static void expect_crash(void) {
	int code = process_wait(host.process, END_LIMIT_MS);
	bool is_by_sanitizer =
		IS_SANITIZED && code > 0 && process_count_text(host.process, "Sanitizer: ") > 0;
	if (code != PROCESS_CRASHED && !is_by_sanitizer) {
		process_show(host.process);
		fail_msg("expected a crash, found exit %d", code);
	}
}

/* ---- those that end the process ---- */

static void a_crash_names_plugin_route_and_request(void **state) {
	static const struct {
		const char *name;
		const char *section;
		const char *signal;
	} CASES[] = {
		{"crashes", NULL, "\"signal\":\"SIGSEGV\",\"address\":\"0x10\""},
		{"aborts", NULL, "\"signal\":\"SIGABRT\""},
		{"stack-overflow", NULL, "\"signal\":\"SIGSEGV\",\"address\":\"0x"},
		{"crashes", "{\"how\": \"bus\"}", "\"signal\":\"SIGBUS\",\"address\":\"0x"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		char path[64], names[256], frame[64];
		start_host(CASES[i].name, CASES[i].section, NULL);
		snprintf(path, sizeof(path), "/%s", CASES[i].name);
		snprintf(names, sizeof(names),
			"\"in\":\"a "
			"plugin\",\"plugin\":\"%s\",\"callback\":\"handle\",\"route\":\"%s\","
			"\"request_id\":\"last-words\"}",
			CASES[i].name, path);
		snprintf(frame, sizeof(frame), "/%s.so(+0x", CASES[i].name);
		ask_in_vain(path);
		expect_crash();
		expect_line("\"event\":\"crash\"");
		expect_line(CASES[i].signal);
		expect_line(names);
		expect_line(frame);
		host_clear(&host);
	}
}

static void a_crash_in_done_names_its_request(void **state) {
	(void)state;
	sandbox_start(&sandbox);
	start_host("crash-in-done", NULL, NULL);
	ask_in_vain("/crash-in-done");
	expect_crash();
	expect_line(
		"\"plugin\":\"crash-in-done\",\"callback\":\"done\",\"route\":\"/crash-in-done\","
		"\"request_id\":\"last-words\"}");
	host_clear(&host);
	host_stop(&sandbox);
}

static void a_crash_before_the_port_opens(void **state) {
	(void)state;
	host.process = start_with("crash-in-init", NULL, NULL);
	expect_crash();
	expect_line("\"plugin\":\"crash-in-init\",\"callback\":\"init\"}");
	assert_int_equal(process_count_text(host.process, "\"event\":\"ready\""), 0);
	host_clear(&host);
	host.process = start_with("crash-in-constructor", NULL, NULL);
	expect_crash();
	expect_line("\"plugin\":\"crash-in-constructor\",\"callback\":\"load\"}");
	host_clear(&host);
}

static void a_crash_at_the_very_end(void **state) {
	(void)state;
	start_host("crashes", "{\"in\": \"fini\"}", NULL);
	process_signal(host.process, SIGTERM);
	expect_crash();
	expect_line("\"plugin\":\"crashes\",\"callback\":\"fini\"}");
	host_clear(&host);
}

static void an_exit_is_no_clean_stop(void **state) {
	(void)state;
	start_host("exits", NULL, NULL);
	ask_in_vain("/exits");
	assert_int_equal(process_wait(host.process, END_LIMIT_MS), 1);
	expect_line("\"event\":\"exit() called\",\"in\":\"a "
		    "plugin\",\"plugin\":\"exits\",\"callback\":\"handle\","
		    "\"route\":\"/exits\",\"request_id\":\"last-words\"}");
	host_clear(&host);
	host.process = start_with("exit-in-init", NULL, NULL);
	assert_int_equal(process_wait(host.process, END_LIMIT_MS), 1);
	expect_line("\"plugin\":\"exit-in-init\",\"callback\":\"init\"}");
	host_clear(&host);
}

/* ---- those that do not ---- */

static const struct {
	const char *name;
	int status;       /* of what it is asked */
	const char *rule; /* that it breaks; or NULL */
} FAULTS[] = {
	{"replies-twice", 204, "second_reply"},
	{"replies-twice-later", 204, "second_reply"},
	{"never-replies", 504, NULL},
	{"throws-token-away", 500, "wrong_return"},
	{"invents-token", 204, "stale_token"},
	{"leaks", 204, NULL},
};

static void expect_misuse(const char *name, const char *rule) {
	struct answer answer;
	char counted[128];
	expect_line(rule);
	snprintf(counted, sizeof(counted),
		"connector_plugin_misuse_total{plugin=\"%s\",rule=\"%s\"} ", name, rule);
	ask(host.base, "GET", "/metrics", NULL, 200, &answer);
	const char *series = strstr(answer.text, counted);
	assert_non_null(series);
	assert_true(strtoul(series + strlen(counted), NULL, 10) >= 1);
	answer_finish(&answer);
}

static void each_fault_is_counted_and_the_rest_is_served(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(FAULTS) / sizeof(FAULTS[0]); i++) {
		struct answer answer;
		char path[64];
		start_host(FAULTS[i].name, NULL, NULL);
		snprintf(path, sizeof(path), "/%s", FAULTS[i].name);
		ask(host.base, "GET", path, NULL, FAULTS[i].status, &answer);
		answer_finish(&answer);
		if (FAULTS[i].rule != NULL) {
			(void)process_wait_line(host.process, "plugin misuse", 0, LINE_LIMIT_MS);
			expect_misuse(FAULTS[i].name, FAULTS[i].rule);
		}
		ask(host.base, "GET", "/healthz", NULL, 200, &answer);
		answer_finish(&answer);
		process_signal(host.process, SIGTERM);
		int code = process_wait(host.process, STOP_LIMIT_MS);
		bool is_leak = IS_SANITIZED &&
			strcmp(FAULTS[i].name, "leaks") == 0; /* LeakSanitizer's word */
		if (code != 0 && !is_leak) {
			process_show(host.process);
			fail_msg("%s: expected exit 0, found %d", FAULTS[i].name, code);
		}
		host_clear(&host);
	}
}

struct hold {
	bool is_block;
	int status;
	uint64_t ms;
};

static void ask_one(struct client *client, size_t index, void *ctx) {
	struct hold *holds = ctx;
	struct answer answer;
	static const char *const headers[] = {"X-Request-Id: long-one", NULL};
	if (index > 0) {
		pause_ms(100);
	}
	client_ask(client, "GET", index == 0 ? "/blocks-loop" : "/healthz",
		index == 0 ? headers : NULL, NULL, 0, &answer);
	holds[index].status = answer.status;
	answer_finish(&answer);
}

static void a_block_is_told_and_the_others_are_served_after_it(void **state) {
	struct hold holds[4] = {{.status = 0}};
	(void)state;
	start_host("blocks-loop", "{\"ms\": 300}", NULL);
	run_workers(host.base, 4, ask_one, holds);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(holds[i].status, i == 0 ? 204 : 200);
	}
	const json_t *line =
		process_wait_line(host.process, "plugin held the loop", 0, LINE_LIMIT_MS);
	assert_non_null(line);
	assert_true(json_has(line, "/plugin", "\"blocks-loop\""));
	assert_true(json_has(line, "/callback", "\"handle\""));
	assert_true(json_has(line, "/route", "\"/blocks-loop\""));
	assert_true(json_has(line, "/request_id", "\"long-one\""));
	assert_true(json_integer_value(json_object_get(line, "ms")) >= 300);
	host_stop(&host);
}

/* The line comes while nothing else does; then the process is killed, as an operator would. */
static void a_block_for_ever_is_told_while_it_lasts(void **state) {
	(void)state;
	start_host("blocks-loop", "{\"ms\": 60000}", NULL);
	char request[128];
	int length = snprintf(request, sizeof(request),
		"GET /blocks-loop HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: endless\r\n\r\n");
	free(raw_exchange(host.port, request, (size_t)length, 50));
	const json_t *line =
		process_wait_line(host.process, "plugin holds the loop", 0, LINE_LIMIT_MS);
	assert_non_null(line);
	assert_true(json_has(line, "/plugin", "\"blocks-loop\""));
	assert_true(json_has(line, "/route", "\"/blocks-loop\""));
	assert_true(json_has(line, "/request_id", "\"endless\""));
	process_signal(host.process, SIGABRT); /* the report says where it hangs */
	expect_crash();
	expect_line("\"signal\":\"SIGABRT\",\"sent_by\":\"");
	expect_line("\"request_id\":\"endless\"}");
	expect_line("/blocks-loop.so(+0x");
	host_clear(&host);
}

static void an_endless_chain_of_operations_ends_with_the_host(void **state) {
	struct answer answer;
	(void)state;
	sandbox_start(&sandbox);
	start_host("recurses-in-done", NULL, NULL);
	ask(host.base, "GET", "/recurses-in-done", NULL, 204, &answer);
	answer_finish(&answer);
	ask(host.base, "POST", "/contacts", "{\"email\": \"beside.a.chain@example.com\"}", 201,
		&answer);
	answer_finish(&answer);
	host_stop(&host);
	host_stop(&sandbox);
}

/* Its thread asks for more even when its plugin has ended; the process ends as if nothing were. */
static void who_asks_after_the_stop_is_refused(void **state) {
	struct answer answer;
	(void)state;
	start_host("replies-after-stop", NULL, NULL);
	ask(host.base, "GET", "/replies-after-stop", NULL, 504, &answer);
	answer_finish(&answer);
	process_signal(host.process, SIGTERM);
	int code = process_wait(host.process, STOP_LIMIT_MS);
	if (code != 0) {
		process_show(host.process);
		fail_msg("expected exit 0, found %d", code);
	}
	expect_line("\"rule\":\"wrong_thread\"");
	host_clear(&host);
}

/* ---- files that others could change ---- */

/* A copy of good.so in a folder of its own, which everybody may write. */
static void copy_good(char folder[64], char file[96]) {
	char command[512];
	snprintf(folder, 64, "/tmp/hsc-trust-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(file, 96, "%s/good.so", folder);
	snprintf(command, sizeof(command), "cp '%s/good.so' '%s'", FIXTURES, file);
	assert_int_equal(system(command), 0);
	assert_int_equal(chmod(folder, 0777), 0);
}

static void who_is_strict_refuses(
	const char *file, const char *folder, const char *const *changes) {
	const char *arguments[] = {"serve", "--plugin", file, NULL};
	struct process *process = host_start_refused(arguments, NULL, changes);
	int code = process_wait(process, END_LIMIT_MS);
	const char *line = process_refusal(process);
	if (code != 1 || strstr(line, file) == NULL || strstr(line, folder) == NULL ||
		strstr(line, "mode 0777; type: chmod o-w '") == NULL) {
		process_show(process);
		fail_msg("expected exit 1 and what to type, found %d: %s", code, line);
	}
	process_destroy(process);
}

static void a_plugin_that_others_could_change(void **state) {
	static const char *const strict[] = {"CONNECTOR_STRICT_PLUGINS=1", NULL};
	static const char *const systemd[] = {"CONNECTOR_STRICT_PLUGINS", /* not set */
		"INVOCATION_ID=0123456789abcdef0123456789abcdef", NULL};
	static const char *const never[] = {"CONNECTOR_STRICT_PLUGINS=0", NULL};
	static const char *const sandbox_only[] = {"HUBSPOT_BASE_URL", "HUBSPOT_PRIVATE_APP_TOKEN",
		"CONNECTOR_ALLOW_ANONYMOUS", "CONNECTOR_STRICT_PLUGINS=1", NULL};
	char folder[64], file[96];
	(void)state;
	copy_good(folder, file);
	who_is_strict_refuses(file, folder, strict);
	who_is_strict_refuses(file, folder, systemd);
	const char *arguments[] = {"serve", "--plugin", file, NULL};
	host_start(&host, arguments, hubspot(), never);
	expect_line("\"level\":\"warn\",\"event\":\"others could change a plugin\"");
	host_stop(&host);
	const char *with_sandbox[] = {"serve", "--sandbox", "--plugin", file, NULL};
	host_start(&host, with_sandbox, NULL, sandbox_only);
	assert_int_equal(process_count_text(host.process, "others could change a plugin"), 1);
	host_stop(&host);
	folder_remove(folder);
}

static int teardown(void **state) {
	(void)state;
	clear_pair();
	return 0;
}

int main(void) {
#define TEST(name) cmocka_unit_test_teardown(name, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_crash_names_plugin_route_and_request),
		TEST(a_crash_in_done_names_its_request),
		TEST(a_crash_before_the_port_opens),
		TEST(a_crash_at_the_very_end),
		TEST(an_exit_is_no_clean_stop),
		TEST(each_fault_is_counted_and_the_rest_is_served),
		TEST(a_block_is_told_and_the_others_are_served_after_it),
		TEST(a_block_for_ever_is_told_while_it_lasts),
		TEST(an_endless_chain_of_operations_ends_with_the_host),
		TEST(who_asks_after_the_stop_is_refused),
		TEST(a_plugin_that_others_could_change),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
