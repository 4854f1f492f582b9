/*
 * The Prefer header (RFC 7240): what a client would like, and may be refused.
 */
#include "object/write.h"

#include <strings.h>

#include "http/http.h"

static const char *skip_spaces(const char *at) {
	return at + strspn(at, " \t");
}

/* The length of the preference at `at`, its parameters included: a comma in quotes does not end it.
 */
static size_t preference_length(const char *at) {
	size_t length = 0;
	bool is_quoted = false;
	while (at[length] != '\0' && (is_quoted || at[length] != ',')) {
		is_quoted ^= at[length] == '"';
		length += at[length] == '\\' && is_quoted && at[length + 1] != '\0' ? 2 : 1;
	}
	return length;
}

/* The value of the preference "return" when that is what stands at `at`; or NULL. */
static const char *return_value(const char *at) {
	static const char name[] = "return";
	if (strncasecmp(at, name, strlen(name)) != 0) {
		return NULL;
	}
	at = skip_spaces(at + strlen(name));
	return *at == '=' ? skip_spaces(at + 1) : NULL;
}

static bool is_representation(const char *value) {
	static const char word[] = "representation";
	bool is_quoted = *value == '"';
	value += is_quoted;
	if (strncasecmp(value, word, strlen(word)) != 0) {
		return false;
	}
	value += strlen(word);
	return is_quoted ? *value == '"' : *value == '\0' || strchr(" \t,;", *value) != NULL;
}

/* Of several, the first one counts. */
bool prefers_record(const struct http_request *request) {
	const char *at = http_header(request, "Prefer");
	while (at != NULL && *at != '\0') {
		at = skip_spaces(at);
		const char *value = return_value(at);
		if (value != NULL) {
			return is_representation(value);
		}
		at += preference_length(at);
		at += *at == ',';
	}
	return false;
}
