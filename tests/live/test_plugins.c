/* Plugins that do not fit: each is refused with its one line, and the host does not crash. */
#include "pair.h"

enum { REFUSAL_LIMIT_MS = 15000 };

static const struct {
	const char *file;
	const char *named[3]; /* what the line must hold, besides the file */
} refusals[] = {
	{"wrong-major.so", {"expected plugin ABI 1, at most 1.0", "found 2.0", "upgrade"}},
	{"old-major.so", {"expected plugin ABI 1, at most 1.0", "found 0.0", "rebuild"}},
	{"newer-minor.so", {"at most 1.0", "found 1.1", "upgrade"}},
	{"small-size.so", {"expected", "found 16"}},
	{"no-symbol.so", {"hsc_plugin"}},
	{"missing-symbol.so", {"expected a shared object with all its symbols"}},
	{"missing-library.so", {"libhsc-that-nobody-has.so.7"}},
	{"other-architecture.so", {"another architecture"}},
	{"text.so", {"not a shared object"}},
	{"empty.so", {"not a shared object"}},
	{"failing-init.so", {"expected init() to return 0", "HSC_ENOMEM"}},
	{"submits-in-init.so", {"expected init() to return 0", "HSC_ESTATE"}},
	{"bad-schema.so", {"minimun"}},
	{"bad-object.so", {"absent"}},
	{"bad-name.so", {"expected a name"}},
	{"misnamed.so", {"expected the file name somebody.so"}},
	{"reserved-route.so", {"/metrics"}},
	{"duplicate-route.so", {"/twice/"}},
	{"not-there.so", {"cannot be read"}},
};

static void path_of(const char *file, char path[256]) {
	snprintf(path, 256, "%s/%s", FIXTURES, file);
}

static void each_is_refused_with_its_line(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		char path[256];
		path_of(refusals[i].file, path);
		const char *arguments[] = {"serve", "--plugin", path, NULL};
		struct process *process = host_start_refused(arguments, NULL, NULL);
		int code = process_wait(process, REFUSAL_LIMIT_MS);
		if (code != 1) {
			process_show(process);
			fail_msg("%s: expected exit 1, found %d", refusals[i].file, code);
		}
		const char *line = process_refusal(process);
		if (strstr(line, refusals[i].file) == NULL) {
			fail_msg("the line does not name %s: %s", refusals[i].file, line);
		}
		for (size_t j = 0; j < 3 && refusals[i].named[j] != NULL; j++) {
			if (strstr(line, refusals[i].named[j]) == NULL) {
				fail_msg("%s: expected \"%s\" in: %s", refusals[i].file,
					refusals[i].named[j], line);
			}
		}
		process_destroy(process);
	}
}

/* Named as optional, it is left out with a warning that says the same, and the rest serves. */
static void what_may_fail_is_left_out(void **state) {
	static const char *const files[] = {"failing-init.so", "text.so", "wrong-major.so"};
	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct answer answer;
		char path[256], optional[128];
		path_of(files[i], path);
		snprintf(optional, sizeof(optional), "CONNECTOR_PLUGINS_OPTIONAL=other,%.*s",
			(int)strlen(files[i]) - 3, files[i]);
		const char *arguments[] = {"serve", "--plugin", path, NULL};
		const char *changes[] = {optional, NULL};
		sandbox_start(&sandbox);
		host_start(&host, arguments, sandbox.base, changes);
		assert_true(process_count_text(host.process, files[i]) >= 1);
		assert_true(process_count_text(host.process, "\"level\":\"warn\"") >= 1);
		ask(host.base, "POST", "/contacts", "{\"email\": \"left.out@example.com\"}", 201,
			&answer);
		answer_finish(&answer);
		ask(host.base, "GET", "/left-behind", NULL, 404, &answer);
		answer_finish(&answer);
		host_stop(&host);
		host_stop(&sandbox);
	}
}

static void a_third_party_serves_beside_contacts(void **state) {
	struct answer answer;
	char path[256];
	(void)state;
	path_of("good.so", path);
	const char *arguments[] = {"serve", "--plugin", path, NULL};
	sandbox_start(&sandbox);
	host_start(&host, arguments, sandbox.base, NULL);
	ask(host.base, "GET", "/good/later", NULL, 204, &answer);
	answer_finish(&answer);
	ask(host.base, "POST", "/contacts", "{\"email\": \"beside@example.com\"}", 201, &answer);
	answer_finish(&answer);
	ask(host.base, "GET", "/good/twice", NULL, 200,
		&answer); /* replies twice: the second is refused and counted */
	answer_finish(&answer);
	ask(host.base, "GET", "/metrics", NULL, 200, &answer);
	assert_non_null(strstr(answer.text, "connector_plugin_misuse_total{plugin=\"good\""));
	answer_finish(&answer);
	host_stop(&host);
	host_stop(&sandbox);
}

static int teardown(void **state) {
	(void)state;
	clear_pair();
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_refused_with_its_line),
		cmocka_unit_test_teardown(what_may_fail_is_left_out, teardown),
		cmocka_unit_test_teardown(a_third_party_serves_beside_contacts, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
