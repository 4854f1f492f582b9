/* The command line of hsc-check: options, exit codes, and that people and programs are told the
 * same. */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUN(...) run_check((const char *const[]){__VA_ARGS__, NULL})

static void assert_has(const char *text, const char *part) {
	if (strstr(text, part) == NULL) {
		fail_msg("\"%s\" is not in: %s", part, text);
	}
}

static void assert_has_not(const char *text, const char *part) {
	if (strstr(text, part) != NULL) {
		fail_msg("\"%s\" is in: %s", part, text);
	}
}

static void mistakes_are_code_2(void **state) {
	static const char *const LINES[][4] = {
		{NULL},
		{"--nonsense", "./aborts.so", NULL},
		{"--timeout", "soon", "./aborts.so", NULL},
		{"--timeout", "0", "./aborts.so", NULL},
		{"--only", "symbols,nonsense", "./aborts.so", NULL},
		{"--only", "route GET /nowhere", "./aborts.so", NULL},
		{"--config", "./nowhere.json", "./aborts.so", NULL},
		{"--config", "./aborts.so", "./aborts.so", NULL},
		{"./nowhere.so", NULL},
		{"./exports-two.so", "./nowhere.so", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++) {
		struct run run = run_check(LINES[i]);
		if (run.code != 2 || run.err[0] == '\0' || run.out[0] != '\0') {
			fail_msg("line %zu: code %d, %s%s", i, run.code, run.err, run.out);
		}
		run_finish(&run);
	}
}

static void help_is_no_mistake(void **state) {
	struct run run = RUN("--help");
	(void)state;
	assert_int_equal(run.code, 0);
	assert_has(run.out, "usage: hsc-check");
	run_finish(&run);
}

static void the_list_has_the_checks_and_the_routes(void **state) {
	struct run run = RUN("--list", HSC_PLUGINS "/contacts.so");
	static const char *const NAMES[] = {"\nsymbols ", "\nundefined ", "\nconstructors ",
		"\nabi ", "\nload_time ", "\nconfig ", "\nobjects ", "\nlife ", "\nfrozen ",
		"\nroute ", "\nroute POST /contacts\n", "\nroute DELETE /contacts/{id}\n"};
	(void)state;
	assert_int_equal(run.code, 0);
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		assert_has(run.out, NAMES[i]);
	}
	run_finish(&run);
}

static void only_those_asked_for_run(void **state) {
	struct run run =
		RUN("--json", "--only", "abi,route GET /replies-twice", "./replies-twice.so");
	const json_t *file = json_array_get(json_object_get(run.json, "files"), 0);
	(void)state;
	assert_int_equal(run.code, 1);
	assert_int_equal(json_array_size(json_object_get(file, "checks")), 2);
	assert_string_equal(run_verdict(&run, 0, "abi"), "ok");
	assert_string_equal(run_verdict(&run, 0, "route GET /replies-twice"), "fail");
	run_finish(&run);
	run = RUN("--only", "abi", "./replies-twice.so");
	assert_int_equal(run.code, 0);
	run_finish(&run);
}

static void the_worst_of_several_files_counts(void **state) {
	struct run run = RUN("--json", "--only", "symbols", "./exports-two.so", "./aborts.so");
	(void)state;
	assert_int_equal(run.code, 1);
	assert_string_equal(run_verdict(&run, 0, "symbols"), "fail");
	assert_string_not_equal(run_verdict(&run, 1, "symbols"), "fail");
	assert_false(json_is_true(json_object_get(run.json, "good")));
	assert_true(json_is_true(
		json_object_get(json_array_get(json_object_get(run.json, "files"), 1), "good")));
	run_finish(&run);
}

static void what_is_no_plugin_is_said_once(void **state) {
	struct run run = RUN("--json", HSC_FIXTURES "/text.so");
	(void)state;
	assert_int_equal(run.code, 1);
	assert_string_equal(run_verdict(&run, 0, "file"), "fail");
	assert_string_equal(run_verdict(&run, 0, "symbols"), "skipped");
	assert_string_equal(run_verdict(&run, 0, "route"), "skipped");
	assert_string_equal(
		json_string_value(json_object_get(run_find(&run, 0, "abi"), "needs")), "file");
	run_finish(&run);
}

static void another_machine_is_known(void **state) {
	struct run run = RUN("--json", "--only", "file", HSC_FIXTURES "/other-architecture.so");
	char *texts = run_texts(&run, 0, "file");
	(void)state;
	assert_int_equal(run.code, 1);
	assert_has(texts, "another machine");
	free(texts);
	run_finish(&run);
}

/* "  FAIL  route GET /x": the words for people, by the verdicts for programs. */
static void both_outputs_say_the_same(void **state) {
	static const char *const SHOWN[][2] = {
		{"ok", "ok  "}, {"note", "NOTE"}, {"fail", "FAIL"}, {"skipped", "--  "}};
	static const char *const FILES[] = {"./aborts.so", "./exits-in-init.so", "./wrong-abi.so"};
	(void)state;
	for (size_t i = 0; i < sizeof(FILES) / sizeof(FILES[0]); i++) {
		struct run program = RUN("--json", FILES[i]);
		struct run people = RUN(FILES[i]);
		const json_t *file = json_array_get(json_object_get(program.json, "files"), 0);
		size_t index, lines = 0;
		const json_t *check, *finding;
		assert_int_equal(program.code, people.code);
		json_array_foreach (json_object_get(file, "checks"), index, check) {
			const char *verdict = json_string_value(json_object_get(check, "verdict"));
			for (size_t k = 0; k < sizeof(SHOWN) / sizeof(SHOWN[0]); k++) {
				if (strcmp(SHOWN[k][0], verdict) == 0) {
					char line[256];
					snprintf(line, sizeof(line), "\n  %s  %s", SHOWN[k][1],
						json_string_value(json_object_get(check, "name")));
					assert_has(people.out, line);
					lines++;
				}
			}
			size_t number;
			json_array_foreach (json_object_get(check, "findings"), number, finding) {
				assert_has(people.out,
					json_string_value(json_object_get(finding, "text")));
			}
		}
		assert_int_equal(lines, json_array_size(json_object_get(file, "checks")));
		assert_has(people.out, "\n  not good: ");
		run_finish(&program);
		run_finish(&people);
	}
}

static void write_file(const char *path, const char *text) {
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/* The same file as the host's own configuration: plugins.NAME, and objects. */
static void a_configuration_can_be_given(void **state) {
	char path[] = "/tmp/hsc-check-XXXXXX";
	int fd = mkstemp(path);
	(void)state;
	assert_true(fd >= 0);
	close(fd);
	write_file(path,
		"{\"plugins\": {\"impossible-config\": {\"secret\": \"abcdefgh1\"}, \"contacts\": "
		"{\"a\": 1}},"
		" \"objects\": {\"contacts\": {\"properties\": {\"shoe_size\": {\"type\": "
		"\"integer\"}}}}}");
	struct run run = RUN("--config", path, "./impossible-config.so");
	assert_int_equal(run.code, 0);
	run_finish(&run);
	/* A plugin that takes none is told so; the objects' part is the host's. */
	run = RUN("--json", "--config", path, HSC_PLUGINS "/contacts.so");
	assert_string_equal(run_verdict(&run, 0, "config"), "fail");
	run_finish(&run);
	write_file(path, "{\"plugins\": {\"impossible-config\": {\"secret\": \"short\"}}}");
	run = RUN("--json", "--only", "config", "--config", path, "./impossible-config.so");
	char *texts = run_texts(&run, 0, "config");
	assert_has(texts, "/secret");
	free(texts);
	run_finish(&run);
	write_file(path, "{\"objects\": {\"contacts\": {\"nonsense\": 1}}}");
	run = RUN("--json", "--only", "objects", "--config", path, HSC_PLUGINS "/contacts.so");
	texts = run_texts(&run, 0, "objects");
	assert_int_equal(run.code, 1);
	assert_has(texts, "nonsense");
	free(texts);
	run_finish(&run);
	unlink(path);
}

/* Beyond what runs, the plugin's output is its own: it must not get between ours. */
static void a_death_is_told_with_its_place(void **state) {
	struct run run = RUN("--json", "--only", "route", "./aborts.so");
	char *texts = run_texts(&run, 0, "route GET /aborts");
	(void)state;
	assert_has(texts, "at: GET without a body, when HubSpot says ok");
	assert_has_not(texts, "exit code");
	free(texts);
	run_finish(&run);
	run = RUN("--json", "--only", "objects", "./exits-in-init.so");
	texts = run_texts(&run, 0, "objects");
	assert_has(texts, "exit code 0, at: init()");
	free(texts);
	run_finish(&run);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_code_2),
		cmocka_unit_test(help_is_no_mistake),
		cmocka_unit_test(the_list_has_the_checks_and_the_routes),
		cmocka_unit_test(only_those_asked_for_run),
		cmocka_unit_test(the_worst_of_several_files_counts),
		cmocka_unit_test(what_is_no_plugin_is_said_once),
		cmocka_unit_test(another_machine_is_known),
		cmocka_unit_test(both_outputs_say_the_same),
		cmocka_unit_test(a_configuration_can_be_given),
		cmocka_unit_test(a_death_is_told_with_its_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
