/*
 * Keys files, written in a test: entries of made keys, whose text stays at hand.
 */
#ifndef TESTS_UNIT_HTTP_KEYS_KIT_H
#define TESTS_UNIT_HTTP_KEYS_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "http/api_keys.h"

struct made {
	char key[HTTP_API_KEY_SIZE];
	char hash[HTTP_API_KEY_HASH_SIZE];
};

static inline struct made make_key(void) {
	struct made made;
	assert_true(http_make_api_key(made.key, made.hash));
	return made;
}

/* An entry; `more` is NULL or what follows its scopes, such as "\"weight\": 3". */
static inline char *entry_of(const struct made *made, const char *name, const char *scopes, const char *more) {
	char *text = NULL;
	assert_true(asprintf(&text, "{\"name\": \"%s\", \"hash\": \"%s\", \"scopes\": [%s]%s%s}", name,
			    made->hash, scopes, more != NULL ? ", " : "", more != NULL ? more : "") > 0);
	return text;
}

/* The file with these entries, which are freed; the last one is NULL. */
static inline json_t *file_of(char *entries[]) {
	char error[400] = "";
	static char text[32 * 1024];
	size_t used = (size_t)snprintf(text, sizeof(text), "{\"keys\": [");
	for (size_t i = 0; entries[i] != NULL; i++) {
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i == 0 ? "" : ", ", entries[i]);
		free(entries[i]);
	}
	snprintf(text + used, sizeof(text) - used, "]}");
	json_t *keys = http_read_api_keys("keys.json", text, strlen(text), error, sizeof(error));
	if (keys == NULL) {
		fail_msg("%s", error);
	}
	return keys;
}

#endif
