#include "http/idempotency.h"

#include <string.h>

static const char malformed[] =
	"Idempotency-Key must be 1 to 255 printable ASCII characters, or a quoted string of them";

static bool is_printable(char c) {
	return c >= 0x20 && c <= 0x7e;
}

/* A string of RFC 8941, after its first quote, and nothing behind it. */
static const char *read_quoted(const char *at, char key[IDEMPOTENCY_KEY_MAX + 1]) {
	size_t length = 0;
	for (; *at != '"' && length <= IDEMPOTENCY_KEY_MAX; at++) {
		if (*at == '\\') {
			at++;
			if (*at != '"' && *at != '\\') {
				return malformed;
			}
		}
		if (!is_printable(*at)) {
			return malformed;
		}
		if (length < IDEMPOTENCY_KEY_MAX) {
			key[length] = *at;
		}
		length++;
	}
	if (length == 0 || length > IDEMPOTENCY_KEY_MAX || at[1] != '\0') {
		return malformed;
	}
	key[length] = '\0';
	return NULL;
}

const char *idempotency_read_key(const char *value, char key[IDEMPOTENCY_KEY_MAX + 1]) {
	value += strspn(value, " \t");
	if (*value == '"') {
		return read_quoted(value + 1, key);
	}
	size_t length = strnlen(value, IDEMPOTENCY_KEY_MAX + 1);
	if (length == 0 || length > IDEMPOTENCY_KEY_MAX) {
		return malformed;
	}
	for (size_t i = 0; i < length; i++) {
		if (!is_printable(value[i])) {
			return malformed;
		}
	}
	memcpy(key, value, length + 1);
	return NULL;
}
