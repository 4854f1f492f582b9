/*
 * place.h - a place to load settings in: an environment and a .env file of the test's own, the log
 * kept.
 */
#ifndef PLACE_H
#define PLACE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "config/inside.h"

enum { VARIABLES_MAX = 16 };

static char folder[64];
static char variables[VARIABLES_MAX][512];
static char *environment[VARIABLES_MAX + 1];
static size_t variable_count;
static char warnings[8192];
static struct config config;
static char error[CONFIG_ERROR_SIZE];
static struct config_sources sources;

static inline void keep_warning(const char *line, void *ctx) {
	(void)ctx;
	size_t length = strlen(warnings);
	snprintf(warnings + length, sizeof(warnings) - length, "%s\n", line);
}

static inline void set(const char *variable) {
	assert_true(variable_count < VARIABLES_MAX);
	snprintf(variables[variable_count], sizeof(variables[0]), "%s", variable);
	environment[variable_count] = variables[variable_count];
	environment[++variable_count] = NULL;
}

static inline void unset_all(void) {
	variable_count = 0;
	environment[0] = NULL;
	warnings[0] = '\0';
	error[0] = '\0';
	sources = (struct config_sources){.environment = environment};
}

/* The path of `name` in the test's folder; valid until the next call. */
static inline const char *path_of(const char *name) {
	static char path[256];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static inline void put(const char *name, const char *text, unsigned mode) {
	FILE *file = fopen(path_of(name), "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path_of(name), mode), 0);
}

static inline void set_path(const char *variable, const char *name) {
	char text[512];
	snprintf(text, sizeof(text), "%s=%s/%s", variable, folder, name);
	set(text);
}

/* A fresh folder, which is the working directory too. */
static inline int open_place(void **state) {
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/hsc-config-XXXXXX");
	log_setup(LOG_INFO, LOG_TEXT);
	log_redirect(keep_warning, NULL);
	unset_all();
	return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static inline int close_place(void **state) {
	(void)state;
	static const char *const NAMES[] = {".env", "my.env", "token", "link", "secret", "c.json"};
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		unlink(path_of(NAMES[i]));
	}
	log_redirect(NULL, NULL);
	return chdir("/") != 0 || rmdir(folder) != 0;
}

static inline void load(void) {
	if (!config_load(&config, &sources, error)) {
		fail_msg("refused: %s", error);
	}
}

/* Must be refused with a line that holds `words`. */
static inline void refuse(const char *words) {
	if (config_load(&config, &sources, error)) {
		config_finish(&config);
		fail_msg("taken, expected ... %s", words);
	}
	if (strstr(error, words) == NULL || strchr(error, '\n') != NULL) {
		fail_msg("expected ... %s, found %s", words, error);
	}
}

#endif
