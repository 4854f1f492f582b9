/*
 * printed.h - commands that print and end, run towards a sandbox in a process of its own.
 */
#ifndef LIVE_PRINTED_H
#define LIVE_PRINTED_H

#include "kit.h"

enum { PRINTED_LIMIT_MS = 40000, PRINTED_SIZE = 65536, PRINTED_WORDS = 16 };

/*
 * Runs `hubspot-connector ARGUMENTS` to its end, with a token, towards the HubSpot at `hubspot` and
 * with the configuration file `config`; NULL: without that. `changes` comes first in the
 * environment; it ends in NULL, or is NULL. Its exit code must be `code`, and the token nowhere.
 */
static inline struct process *run_printing(const char *const *arguments, const char *hubspot,
	const char *config, const char *const *changes, int code) {
	char address[160], file[160];
	const char *environment[PRINTED_WORDS] = {NULL};
	size_t count = 0;
	for (size_t i = 0; changes != NULL && changes[i] != NULL; i++) {
		environment[count++] = changes[i];
	}
	environment[count++] = "CONNECTOR_LOG_FORMAT=json";
	environment[count++] = "CONNECTOR_ALLOW_ANONYMOUS=loopback";
	if (hubspot != NULL) {
		snprintf(address, sizeof(address), "HUBSPOT_BASE_URL=%s", hubspot);
		environment[count++] = address;
		environment[count++] = "HUBSPOT_PRIVATE_APP_TOKEN=" TEST_TOKEN;
	}
	if (config != NULL) {
		snprintf(file, sizeof(file), "CONNECTOR_CONFIG=%s", config);
		environment[count++] = file;
	}
	struct process *process = process_start(arguments, environment);
	int found = process_wait(process, PRINTED_LIMIT_MS);
	if (found != code) {
		process_show(process);
		fail_msg("expected exit %d, found %d", code, found);
	}
	assert_int_equal(process_count_text(process, TEST_TOKEN), 0);
	assert_int_equal(process_count_text(process, "Sanitizer"), 0);
	return process;
}

static inline bool is_log_line(const char *line) {
	return strncmp(line, "{\"time\"", 7) == 0;
}

/* The JSON on its standard output; a new reference. */
static inline json_t *printed_json(struct process *process) {
	static char text[PRINTED_SIZE];
	size_t length = 0;
	text[0] = '\0';
	for (size_t i = 0; i < process_line_count(process); i++) {
		const char *line = process_line(process, i);
		if (!is_log_line(line) && length < sizeof(text)) {
			length += (size_t)snprintf(
				text + length, sizeof(text) - length, "%s\n", line);
		}
	}
	assert_true(length < sizeof(text));
	json_error_t error;
	json_t *json = json_loads(text, 0, &error);
	if (json == NULL) {
		process_show(process);
		fail_msg("no JSON: %s, line %d", error.text, error.line);
	}
	return json;
}

/* One line, and no other, has all of these. */
static inline void expect_line(struct process *process, const char *one, const char *other) {
	size_t found = 0;
	for (size_t i = 0; i < process_line_count(process); i++) {
		const char *line = process_line(process, i);
		found += strstr(line, one) != NULL && strstr(line, other) != NULL;
	}
	if (found != 1) {
		process_show(process);
		fail_msg("expected one line with \"%s\" and \"%s\", found %zu", one, other, found);
	}
}

#endif
