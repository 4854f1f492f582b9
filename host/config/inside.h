/*
 * config/inside.h - one setting, and the table of all: what the files of this module share, and its
 * tests see.
 */
#ifndef CONFIG_INSIDE_H
#define CONFIG_INSIDE_H

#include "config/config.h"

struct dotenv;

enum { SETTING_ALIASES = 2, SETTING_EXPECTED_SIZE = 200 };

struct setting;

/*
 * A type of value. read() writes the member on success; else false, with what was expected in
 * `expected`. print() appends the value for people.
 */
struct setting_type {
	bool (*read)(const struct setting *setting, const char *text, void *member,
		char expected[SETTING_EXPECTED_SIZE]);
	void (*print)(const struct setting *setting, const void *member, struct buf *to);
	void (*finish)(void *member); /* or NULL */
};

struct setting {
	const char *name;
	const char *aliases[SETTING_ALIASES];
	const struct setting_type *type;
	const char *help;
	const char *fallback; /* the default as text; "": not set, help says what happens then */
	const char *example;  /* what .env.example shows instead, uncommented; or NULL */
	uint32_t min, max;    /* numbers */
	const char *const *choices; /* of a choice; ends in NULL */
	char separator;             /* of a list */
	bool is_secret;             /* never shown; may also come from a file, NAME_FILE */
	size_t offset;              /* of its member in struct config */
};

extern const struct setting settings_table[];
extern const size_t settings_count;

extern const struct setting_type SETTING_NUMBER, SETTING_NUMBER_OR_OFF, SETTING_CHOICE,
	SETTING_LIST, SETTING_PATH, SETTING_URL, SETTING_PUBLIC_URL, SETTING_PROXY, SETTING_ADDRESS, SETTING_DIGITS, SETTING_READABLE,
	SETTING_TOKEN;

static inline void *setting_member(const struct setting *setting, struct config *config) {
	return (char *)config + setting->offset;
}

/* The setting that is spelled `name` (an alias, NAME_FILE of a secret), or NULL. */
const struct setting *setting_find(const char *name);

/* The nearest spelling of any setting, at most `most` edits away, or NULL. */
const char *setting_nearest(const char *name, size_t most);

enum { SPELLING_SIZE = 64 };

/* The spelling with this number; false when there is none. is_file: NAME_FILE. */
bool setting_spelling(
	const struct setting *setting, size_t number, char spelling[SPELLING_SIZE], bool *is_file);

/* ---- .env (dotenv.c) ---- */

enum { DOTENV_BYTES_MAX = 256 * 1024 };

struct dotenv_entry {
	char *name;
	char *value; /* wiped when it ends */
	unsigned line;
};

struct dotenv {
	const char *file; /* borrowed */
	struct dotenv_entry *entries;
	size_t count;
};

/*
 * Reads `length` bytes: lines "NAME=value" ("export" before it allowed), "#" comments on lines of
 * their own or after a blank, 'single' quotes as they are, "double" ones with \n \r \t \" \\ \$;
 * quoted values may span lines. A name that comes twice, a NUL, a stray quote: false, with file and
 * line in `error`. `file` is for the words.
 */
bool dotenv_read(struct dotenv *dotenv, const char *file, const char *bytes, size_t length,
	char error[CONFIG_ERROR_SIZE]) __attribute__((warn_unused_result));

/* The same from the file; one that is not there is empty, unless it `must_exist`. */
bool dotenv_load(struct dotenv *dotenv, const char *file, bool must_exist,
	char error[CONFIG_ERROR_SIZE]) __attribute__((warn_unused_result));
const struct dotenv_entry *dotenv_find(const struct dotenv *dotenv, const char *name);
void dotenv_finish(struct dotenv *dotenv);

/* ---- files that may hold secrets (secret.c) ---- */

enum { SECRET_BYTES_MAX = 64 * 1024 };

/* config_read_secret() of SECRET_BYTES_MAX at the most. */
char *secret_read(const char *path, char *error, size_t error_size)
	__attribute__((warn_unused_result));

/* What is wrong with `token` as a token, for "expected ..., found ..."; NULL: nothing. */
const char *secret_fault(const char *token);

/* ---- the JSON file (file.c) ---- */

/* Fills objects and sections from `path`. $env looks in `environment`, then in `dotenv`. */
bool config_read_file(struct config *config, const char *path, char *const *environment,
	const struct dotenv *dotenv, char error[CONFIG_ERROR_SIZE])
	__attribute__((warn_unused_result));

/* The value of `name` in a list like environ, inside it; or NULL. */
char *environment_find(char *const *environment, const char *name);

#endif
