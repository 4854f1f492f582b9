/* API keys on the command line: made, listed, revoked; and what stands in the way of their file. */
#include "made_keys.h"

#include <sys/stat.h>

enum { AT_ONCE = 8 };

static void made_listed_and_revoked(void **state) {
	char key[64], other[64];
	struct stat status;
	(void)state;
	MAKE(key, "app", "--scope", "contacts:write", "--scope", "contacts:read", "--rate",
		"100/10s", "--expires", "2099-01-01", "--priority", "interactive",
		"--batch-priority", "normal", "--weight", "7");
	assert_int_equal(stat(file, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	json_t *json = read_file();
	assert_true(json_has(json, "/keys/0/name", "\"app\""));
	assert_true(json_has(json, "/keys/0/scopes/1", "\"contacts:read\""));
	assert_true(json_has(json, "/keys/0/rate/requests", "100"));
	assert_true(json_has(json, "/keys/0/rate/seconds", "10"));
	assert_true(json_has(json, "/keys/0/expires", "\"2099-01-01T00:00:00Z\""));
	assert_true(json_has(json, "/keys/0/priority", "\"interactive\""));
	assert_true(json_has(json, "/keys/0/batch_priority", "\"normal\""));
	assert_true(json_has(json, "/keys/0/weight", "7"));
	assert_non_null(json_at(json, "/keys/0/created"));
	char *text = json_dumps(json, 0);
	assert_null(strstr(text, key));
	free(text);
	MAKE(other, "tool", "--scope", "*:read");
	assert_string_not_equal(key, other);
	json_t *after = read_file();
	assert_true(json_equal(
		json_at(json, "/keys/0"), json_at(after, "/keys/0"))); /* the rest stays */
	json_decref(json);
	json_decref(after);
	struct process *list = run_key((const char *const[]){"list", NULL}, 0);
	expect_line(list, "app: contacts:write, contacts:read", "rate 100/10s");
	expect_line(list, "tool: *:read", "created ");
	assert_int_equal(process_count_text(list, "sha256"), 0);
	process_destroy(list);
	KEY(0, "revoke", "app");
	assert_int_equal(count_keys(), 1);
	KEY(2, "revoke", "app");
	KEY(0, "revoke", "tool");
	assert_int_equal(count_keys(), 0);
}

static void a_wrong_word_changes_nothing(void **state) {
	static const struct {
		const char *words[8];
		const char *told;
	} wrong[] = {{{"new", "b"}, "--scope"},
		{{"new", "b", "--scope", "contacts:wirte"}, "contacts:wirte"},
		{{"new", "app", "--scope", "a:read"}, "name"},
		{{"new", "a b", "--scope", "a:read"}, "name"},
		{{"new", "b", "--scope", "a:read", "--rate", "100"}, "--rate"},
		{{"new", "b", "--scope", "a:read", "--rate", "0/10s"}, "--rate"},
		{{"new", "b", "--scope", "a:read", "--rate", "9999999/10s"}, "rate"},
		{{"new", "b", "--scope", "a:read", "--weight", "101"}, "weight"},
		{{"new", "b", "--scope", "a:read", "--weight", "-1"}, "--weight"},
		{{"new", "b", "--scope", "a:read", "--priority", "high"}, "priority"},
		{{"new", "b", "--scope", "a:read", "--expires", "2020-01-01"}, "past"},
		{{"new", "b", "--scope", "a:read", "--expires", "soon"}, "expires"},
		{{"new", "b", "--scope", "a:read", "--expires", "2099-02-30"}, "expires"}};
	char key[64];
	(void)state;
	MAKE(key, "app", "--scope", "a:read");
	json_t *before = read_file();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct process *process = run_key(wrong[i].words, 2);
		if (strstr(process_refusal(process), wrong[i].told) == NULL) {
			fail_msg("\"%s\" expected: %s", wrong[i].told, process_refusal(process));
		}
		assert_int_equal(process_count_text(process, "hsc_"), 0);
		process_destroy(process);
	}
	json_t *after = read_file();
	assert_true(json_equal(before, after));
	json_decref(before);
	json_decref(after);
}

/* A day's first moment is over: a key until then would be none. */
static void today_is_past(void **state) {
	char today[16];
	time_t now = time(NULL);
	struct tm utc;
	(void)state;
	assert_non_null(gmtime_r(&now, &utc));
	assert_int_equal(strftime(today, sizeof(today), "%Y-%m-%d", &utc), 10);
	KEY(2, "new", "app", "--scope", "a:read", "--expires", today);
	KEY(1, "list"); /* there is no file */
}

static void what_stands_in_the_way_of_the_file(void **state) {
	char real[96], key[64];
	struct stat status;
	(void)state;
	KEY(1, "list");
	KEY(1, "revoke", "app");
	write_file(folder, "keys.json", "{\"keys\": [], \"more\": 1}", NULL, 0);
	KEY(1, "new", "app", "--scope", "a:read");
	write_file(folder, "keys.json", "{\"keys\": []}", NULL, 0);
	assert_int_equal(chmod(file, 0666), 0);
	KEY(1, "new", "app", "--scope", "a:read");
	assert_int_equal(unlink(file), 0);
	assert_int_equal(mkfifo(file, 0600), 0);
	KEY(1, "new", "app", "--scope", "a:read"); /* and does not wait for a writer */
	assert_int_equal(unlink(file), 0);
	/* A link stays one, dangling or not, and its file keeps its mode. */
	snprintf(real, sizeof(real), "%s/real.json", folder);
	assert_int_equal(symlink("real.json", file), 0);
	MAKE(key, "app", "--scope", "a:read");
	assert_int_equal(chmod(real, 0640), 0);
	MAKE(key, "tool", "--scope", "a:read");
	assert_int_equal(lstat(file, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(stat(real, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0640);
	assert_int_equal(count_keys(), 2);
}

static void the_setting_names_the_file(void **state) {
	char setting[140];
	(void)state;
	snprintf(setting, sizeof(setting), "CONNECTOR_API_KEYS_FILE=%s", file);
	const char *environment[] = {"CONNECTOR_LOG_FORMAT=json", setting, NULL};
	const char *words[] = {"key", "new", "app", "--scope", "a:read", NULL};
	struct process *process = process_start(words, environment);
	assert_int_equal(process_wait(process, PRINTED_LIMIT_MS), 0);
	process_destroy(process);
	assert_int_equal(count_keys(), 1);
	environment[1] = NULL;
	process = process_start(words, environment);
	assert_int_equal(process_wait(process, PRINTED_LIMIT_MS), 2);
	assert_non_null(strstr(process_refusal(process), "CONNECTOR_API_KEYS_FILE"));
	process_destroy(process);
}

static void of_two_at_once_none_is_lost(void **state) {
	struct process *processes[AT_ONCE];
	char names[AT_ONCE][16], keys[AT_ONCE][64];
	(void)state;
	for (size_t i = 0; i < AT_ONCE; i++) {
		snprintf(names[i], sizeof(names[i]), "app%zu", i);
		const char *words[] = {"new", names[i], "--scope", "a:read", NULL};
		processes[i] = start_key(words);
	}
	for (size_t i = 0; i < AT_ONCE; i++) {
		assert_int_equal(process_wait(processes[i], PRINTED_LIMIT_MS), 0);
		read_key(processes[i], keys[i]);
		process_destroy(processes[i]);
	}
	assert_int_equal(count_keys(), AT_ONCE);
	for (size_t i = 0; i < AT_ONCE; i++) {
		KEY(0, "revoke", names[i]);
	}
	assert_int_equal(count_keys(), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			made_listed_and_revoked, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			a_wrong_word_changes_nothing, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(today_is_past, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			what_stands_in_the_way_of_the_file, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			the_setting_names_the_file, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(
			of_two_at_once_none_is_lost, make_folder, remove_folder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
