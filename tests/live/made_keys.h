/*
 * made_keys.h - a folder with a keys file, and `hubspot-connector key` at work on it.
 */
#ifndef LIVE_MADE_KEYS_H
#define LIVE_MADE_KEYS_H

#include <unistd.h>

#include "pair.h"
#include "printed.h"

static char folder[64];
static char file[96]; /* keys.json in it */

static inline int make_folder(void **state) {
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/hsc-keys-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/keys.json", folder);
	return 0;
}

static inline int remove_folder(void **state) {
	(void)state;
	clear_pair();
	folder_remove(folder);
	return 0;
}

/* `words` end in NULL; --file comes on top. */
static inline struct process *start_key(const char *const *words) {
	static const char *const environment[] = {"CONNECTOR_LOG_FORMAT=json", NULL};
	const char *all[24] = {"key"};
	size_t count = 1;
	for (size_t i = 0; words[i] != NULL; i++) {
		all[count++] = words[i];
	}
	all[count++] = "--file";
	all[count++] = file;
	return process_start(all, environment);
}

static inline struct process *run_key(const char *const *words, int code) {
	struct process *process = start_key(words);
	int found = process_wait(process, PRINTED_LIMIT_MS);
	if (found != code) {
		process_show(process);
		fail_msg("expected exit %d, found %d", code, found);
	}
	return process;
}

#define KEY(code, ...) process_destroy(run_key((const char *const[]){__VA_ARGS__, NULL}, code))

static inline void read_key(struct process *process, char key[64]) {
	size_t printed = 0;
	for (size_t i = 0; i < process_line_count(process); i++) {
		const char *line = process_line(process, i);
		if (!is_log_line(line)) {
			printed++;
			snprintf(key, 64, "%.47s", line);
		}
	}
	assert_int_equal(printed, 1);
	assert_int_equal(strncmp(key, "hsc_", 4), 0);
	assert_int_equal(strlen(key), 47);
}

static inline void make_key(const char *const *words, char key[64]) {
	struct process *process = run_key(words, 0);
	read_key(process, key);
	assert_int_equal(process_count_text(process, key), 1);
	assert_int_equal(process_count_text(process, "SIGHUP"), 1);
	process_destroy(process);
}

#define MAKE(key, ...) make_key((const char *const[]){"new", __VA_ARGS__, NULL}, key)

static inline json_t *read_file(void) {
	json_error_t error;
	json_t *json = json_load_file(file, 0, &error);
	if (json == NULL) {
		fail_msg("%s", error.text);
	}
	return json;
}

static inline size_t count_keys(void) {
	json_t *json = read_file();
	size_t count = json_array_size(json_object_get(json, "keys"));
	json_decref(json);
	return count;
}

#endif
