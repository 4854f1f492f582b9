/*
 * Each of tests/plugins/faulty is found out, by the check that is there for it, and by no other:
 * the table says which.
 */
#include "kit.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 160, CHECKS_MAX = 4 };

static const struct fault {
	const char *name;
	const char
		*check; /* must fail; "*" at its end: the plugin's route, whose path is its name */
	const char *text;           /* stands in what it says */
	const char *others;         /* that fail with it, or may: names between commas; or NULL */
	const char *option, *value; /* of the command line; or NULL */
} FAULTS[] = {
	{"exports-two", "symbols", "exports_two_helper", NULL, NULL, NULL},
	{"exports-nothing", "symbols", "does not export hsc_plugin", "abi", NULL, NULL},
	{"calls-exit", "undefined", "exit()", NULL, NULL, NULL},
	{"calls-fork", "undefined", "fork()", NULL, NULL, NULL},
	{"calls-system", "undefined", "system()", NULL, NULL, NULL},
	{"calls-setenv", "undefined", "setenv()", NULL, NULL, NULL},
	{"calls-signal", "undefined", "signal()", NULL, NULL, NULL},
	{"calls-curl", "undefined", "curl_easy_init()", NULL, NULL, NULL},
	{"calls-libevent", "undefined", "event_get_version()", NULL, NULL, NULL},
	{"calls-alloc-funcs", "undefined", "json_set_alloc_funcs()", NULL, NULL, NULL},
	/* Where nothing else has loaded that library, it does not load at all. */
	{"names-no-library", "undefined", "cbrt", "abi", NULL, NULL},
	{"has-constructor", "constructors", "begin_early()", NULL, NULL, NULL},
	{"executable-stack", "constructors", "executable stack", NULL, NULL, NULL},
	{"text-relocations", "constructors", "text relocations", NULL, NULL, NULL},
	{"loose-path", "constructors", "\"lib\"", NULL, NULL, NULL},
	{"wrong-abi", "abi", "is built for ABI", NULL, NULL, NULL},
	{"bad-name", "abi", ".name is not of the form", NULL, NULL, NULL},
	{"other-name", "abi", "somebody-else", NULL, NULL, NULL},
	{"no-version", "abi", ".version", NULL, NULL, NULL},
	{"bad-config-schema", "config", "config_schema: #/type", NULL, NULL, NULL},
	{"impossible-config", "config", "no configuration that meets config_schema could be made",
		NULL, NULL, NULL},
	{"bad-object-schema", "objects", "minimun", NULL, NULL, NULL},
	{"wrong-example", "objects", "/properties/size", NULL, NULL, NULL},
	{"crashes-in-init", "objects", "init()", NULL, NULL, NULL},
	{"exits-in-init", "objects", "ends the whole process", "undefined", NULL, NULL},
	{"slow-init", "load_time", "ms of processor time", NULL, "--only", "abi,load_time"},
	{"leaks-in-init", "life", "leaks", NULL, NULL, NULL},
	{"leaves-a-descriptor", "life", "/dev/null", NULL, NULL, NULL},
	{"leaves-a-thread", "life", "threads", NULL, NULL, NULL},
	{"init-only-once", "life", "HSC_ESTATE", "route*", NULL, NULL},
	{"holds-its-timer", "life", "stale_token", "route*", NULL, NULL},
	{"registers-late", "frozen", "after init() has returned", NULL, NULL, NULL},
	{"registers-in-handler", "route*", "late_registration", NULL, NULL, NULL},
	{"leaks-per-request", "route*", "when HubSpot says ok: memory leaks", NULL, NULL, NULL},
	{"leaks-on-500", "route*", "when HubSpot says 500: memory leaks", NULL, NULL, NULL},
	{"leaks-a-descriptor", "route*", "/dev/null", NULL, NULL, NULL},
	{"replies-twice", "route*", "second_reply", NULL, NULL, NULL},
	{"replies-twice-later", "route*", "second_reply", NULL, NULL, NULL},
	{"replies-from-a-thread", "route*", "wrong_thread", NULL, NULL, NULL},
	{"never-replies", "route*", "forgotten_reply", NULL, NULL, NULL},
	{"replies-to-junk-never", "route*",
		"1 KiB of junk, when HubSpot says ok: a request is never replied to", NULL, NULL,
		NULL},
	{"forgets-on-500", "route*", "when HubSpot says 500: a request is never replied to", NULL,
		NULL, NULL},
	{"forgets-second-step", "route*", "after one operation", NULL, NULL, NULL},
	{"forgets-when-gone", "route*", "when the client leaves before the reply", NULL, NULL,
		NULL},
	{"uses-dead-request", "route*", "stale_token", NULL, NULL, NULL},
	{"wrong-return", "route*", "wrong_return", NULL, NULL, NULL},
	{"fails-when-ok", "route*", "the reply is 500", NULL, NULL, NULL},
	{"slow-callback", "route*", "a callback keeps the loop for", NULL, NULL, NULL},
	{"crashes-on-garbage", "route*", "when HubSpot answers garbage", NULL, NULL, NULL},
	{"crashes-when-gone", "route*", "when the client leaves before the reply", NULL, NULL,
		NULL},
	{"aborts", "route*", "signal 6", NULL, NULL, NULL},
	{"hangs", "route*", "hangs: ", NULL, "--timeout", "5"},
};

enum { FAULTS_COUNT = sizeof(FAULTS) / sizeof(FAULTS[0]) };

/* What is told, and is no fault. */
static const struct fault NOTES[] = {
	{"keeps-its-secret", "route*", "no body that meets its schema could be made", NULL, NULL,
		NULL},
	{"replies-otherwise", "route*", "does not meet reply_schema: /count", NULL, NULL, NULL},
	{"aborts", "undefined", "abort()", NULL, "--only", "undefined"},
	{"registers-late", "objects", "neither a route nor an object", NULL, "--only", "objects"},
};

enum { NOTES_COUNT = sizeof(NOTES) / sizeof(NOTES[0]) };

static bool is_check(const char *pattern, const char *check) {
	size_t length = strlen(pattern);
	return pattern[length - 1] == '*' ? strncmp(check, pattern, length - 1) == 0
					  : strcmp(check, pattern) == 0;
}

static bool is_one_of(const char *patterns, const char *check) {
	char one[PATH_BYTES];
	while (patterns != NULL && *patterns != '\0') {
		size_t length = strcspn(patterns, ",");
		snprintf(one, sizeof(one), "%.*s", (int)length, patterns);
		if (is_check(one, check)) {
			return true;
		}
		patterns += length + (patterns[length] == ',');
	}
	return false;
}

static void judge(const struct fault *fault, const struct run *run) {
	const json_t *file = json_array_get(json_object_get(run->json, "files"), 0);
	size_t index;
	const json_t *check;
	bool is_found = false;
	json_array_foreach (json_object_get(file, "checks"), index, check) {
		const char *name = json_string_value(json_object_get(check, "name"));
		char *texts = run_texts(run, 0, name);
		if (strcmp(run_verdict(run, 0, name), "fail") != 0) {
			free(texts);
			continue;
		}
		if (is_check(fault->check, name)) {
			is_found = is_found || strstr(texts, fault->text) != NULL;
			if (!is_found) {
				print_error("%s: %s does not say \"%s\", but: %s", fault->name,
					name, fault->text, texts);
			}
		} else if (!is_one_of(fault->others, name)) {
			fail_msg("%s: %s fails too: %s", fault->name, name, texts);
		}
		free(texts);
	}
	if (!is_found) {
		fail_msg("%s: %s has not found it: %s", fault->name, fault->check, run->out);
	}
}

static void is_found(void **state) {
	const struct fault *fault = *state;
	char file[PATH_BYTES];
	snprintf(file, sizeof(file), "./%s.so", fault->name);
	struct run run =
		run_check((const char *const[]){"--json", file, fault->option, fault->value, NULL});
	assert_non_null(run.json);
	assert_false(json_is_true(json_object_get(run.json, "good")));
	judge(fault, &run);
	assert_int_equal(run.code, 1);
	assert_string_equal(run.err, "");
	run_finish(&run);
}

static void is_noted(void **state) {
	const struct fault *fault = *state;
	char file[PATH_BYTES];
	snprintf(file, sizeof(file), "./%s.so", fault->name);
	struct run run =
		run_check((const char *const[]){"--json", file, fault->option, fault->value, NULL});
	const json_t *checks =
		json_object_get(json_array_get(json_object_get(run.json, "files"), 0), "checks");
	size_t index;
	const json_t *check;
	bool is_told = false;
	assert_int_equal(run.code, 0);
	json_array_foreach (checks, index, check) {
		const char *name = json_string_value(json_object_get(check, "name"));
		char *texts = run_texts(&run, 0, name);
		is_told = is_told ||
			(is_check(fault->check, name) && strstr(texts, fault->text) != NULL &&
				strcmp(run_verdict(&run, 0, name), "note") == 0);
		free(texts);
	}
	if (!is_told) {
		fail_msg("%s: %s", fault->name, run.out);
	}
	run_finish(&run);
}

static bool has_row(const char *name, size_t length) {
	for (size_t i = 0; i < FAULTS_COUNT + NOTES_COUNT; i++) {
		const char *known =
			i < FAULTS_COUNT ? FAULTS[i].name : NOTES[i - FAULTS_COUNT].name;
		if (strncmp(name, known, length) == 0 && known[length] == '\0') {
			return true;
		}
	}
	return false;
}

/* A faulty plugin without its row here would be tested by nobody. */
static void each_has_its_row(void **state) {
	DIR *folder = opendir(HSC_FAULTY);
	struct dirent *entry;
	size_t count = 0;
	(void)state;
	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		size_t length = strlen(entry->d_name);
		if (length > 3 && strcmp(entry->d_name + length - 3, ".so") == 0) {
			count++;
			if (!has_row(entry->d_name, length - 3)) {
				fail_msg("%s has no row", entry->d_name);
			}
		}
	}
	closedir(folder);
	assert_true(count >= FAULTS_COUNT);
}

int main(void) {
	struct CMUnitTest tests[FAULTS_COUNT + NOTES_COUNT + 1] = {
		cmocka_unit_test(each_has_its_row)};
	for (size_t i = 0; i < FAULTS_COUNT; i++) {
		tests[i + 1] = (struct CMUnitTest){.name = FAULTS[i].name,
			.test_func = is_found,
			.initial_state = (void *)(uintptr_t)&FAULTS[i]};
	}
	for (size_t i = 0; i < NOTES_COUNT; i++) {
		tests[FAULTS_COUNT + i + 1] = (struct CMUnitTest){.name = NOTES[i].name,
			.test_func = is_noted,
			.initial_state = (void *)(uintptr_t)&NOTES[i]};
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
