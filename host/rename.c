#include "rename.h"

#include <ctype.h>

#include "base/buf.h"
#include "base/str.h"

static const char LETTERS[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

/* Targets of CMake's own, and paths of the host's. */
static const char *const KEPT[] = {"all", "clean", "help", "install", "package", "test", "docs",
	"healthz", "metrics", "readyz", "v1"};

static bool is_name(const char *text) {
	return *text >= 'a' && *text <= 'z' && strlen(text) <= RENAME_NAME_MAX &&
		text[strspn(text, LETTERS)] == '\0';
}

static bool is_kept(const char *name) {
	for (size_t i = 0; i < sizeof(KEPT) / sizeof(KEPT[0]); i++) {
		if (str_is_equal(KEPT[i], name)) {
			return true;
		}
	}
	return false;
}

/* ---- one of many ---- */

static const struct {
	const char *plural, *singular;
} ENDINGS[] = {{"ies", "y"}, {"sses", "ss"}, {"shes", "sh"}, {"ches", "ch"}, {"xes", "x"},
	{"ss", "ss"}, {"us", "us"}, {"is", "is"}, {"s", ""}};

static void make_singular(char one[RENAME_NAME_MAX + 1], const char *name) {
	snprintf(one, RENAME_NAME_MAX + 1, "%s", name);
	size_t length = strlen(name);
	for (size_t i = 0; i < sizeof(ENDINGS) / sizeof(ENDINGS[0]); i++) {
		size_t ending = strlen(ENDINGS[i].plural);
		if (length > ending && str_ends_with(name, ENDINGS[i].plural)) {
			snprintf(one + length - ending, ending + 1, "%s", ENDINGS[i].singular);
			return;
		}
	}
}

bool renaming_init(struct renaming *renaming, const char *name, const char *singular,
	char error[RENAME_ERROR_SIZE]) {
	if (!is_name(name)) {
		snprintf(error, RENAME_ERROR_SIZE,
			"a plugin's name is [a-z][a-z0-9-]{0,31}, found \"%.80s\"", name);
		return false;
	}
	if (is_kept(name)) {
		snprintf(error, RENAME_ERROR_SIZE,
			"no plugin can be called \"%s\": CMake or the connector has a use for it",
			name);
		return false;
	}
	if (singular != NULL && !is_name(singular)) {
		snprintf(error, RENAME_ERROR_SIZE,
			"--singular, the name of one record, is [a-z][a-z0-9-]{0,31}, found "
			"\"%.80s\"",
			singular);
		return false;
	}
	snprintf(renaming->name, sizeof(renaming->name), "%s", name);
	if (singular != NULL) {
		snprintf(renaming->one, sizeof(renaming->one), "%s", singular);
	} else {
		make_singular(renaming->one, name);
	}
	return true;
}

/* ---- words ---- */

/* Where a word stands, as far as its form depends on it. */
struct place {
	const char *text;
	bool is_c;
	bool is_string; /* of C */
};

static bool is_type(const struct place *place, const char *at) {
	static const char BEFORE[] = ".hubspot = \"";
	size_t length = sizeof(BEFORE) - 1;
	return (size_t)(at - place->text) >= length && memcmp(at - length, BEFORE, length) == 0;
}

static void add_word(struct buf *to, const char *word, char dash, bool is_capital) {
	for (const char *c = word; *c != '\0'; c++) {
		char letter = *c == '-' ? dash : *c;
		bool is_first = is_capital && c == word;
		buf_add_char(to, is_first ? (char)toupper((unsigned char)letter) : letter);
	}
}

/* Does `at` begin with this word, whole, its first letter in any case? */
static bool is_word(const struct place *place, const char *at, const char *word) {
	size_t length = strlen(word);
	bool is_start = at == place->text || isalpha((unsigned char)at[-1]) == 0;
	return is_start && tolower((unsigned char)*at) == *word &&
		strncmp(at + 1, word + 1, length - 1) == 0 &&
		isalpha((unsigned char)at[length]) == 0;
}

static size_t replace(const struct renaming *renaming, const struct place *place, const char *at,
	struct buf *to) {
	bool is_plural = is_word(place, at, renaming->plural);
	if (!is_plural && !is_word(place, at, renaming->singular)) {
		return 0;
	}
	size_t length = strlen(is_plural ? renaming->plural : renaming->singular);
	bool is_capital = isupper((unsigned char)*at) != 0;
	bool is_joined = at[length] == '_' || (at > place->text && at[-1] == '_');
	bool is_quoted = at > place->text && at[-1] == '"';
	bool is_symbol = is_joined || is_type(place, at) || (!is_plural && is_quoted) ||
		(place->is_c && (!place->is_string || !is_plural));
	char dash = is_symbol ? '_' : is_capital || !is_plural ? ' ' : '-';
	add_word(to, is_plural ? renaming->name : renaming->one, dash, is_capital);
	return length;
}

bool rename_text(const struct renaming *renaming, const char *text, bool is_c, struct buf *to) {
	struct place place = {.text = text, .is_c = is_c};
	for (const char *at = text; *at != '\0';) {
		size_t replaced = replace(renaming, &place, at, to);
		if (replaced > 0) {
			at += replaced;
			continue;
		}
		if (*at == '"' && (at == text || at[-1] != '\\')) {
			place.is_string = !place.is_string;
		} else if (*at == '\n') {
			place.is_string = false;
		}
		buf_add_char(to, *at++);
	}
	return !to->is_failed;
}
