/*
 * The quick way to read plain JSON, which most bodies are: strings without escapes, whole numbers,
 * no member twice, not deep. jansson reads a character at a time through a callback and copies each
 * string twice; that was a seventh of all that a record costs. With anything that is not plain, and
 * with every fault, the text is jansson's to read and to complain of: so nothing is taken here that
 * jansson would refuse or read otherwise.
 */
#include "base/json.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"

enum { PLAIN_DEPTH_MAX = 16, PLAIN_DIGITS_MAX = 18, UTF8_BYTES_MAX = 4 };

struct plain {
	const char *at, *end;
	unsigned depth;
};

static json_t *read_value(struct plain *plain);

static bool is_space(char c) {
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_space(struct plain *plain) {
	while (plain->at < plain->end && is_space(*plain->at)) {
		plain->at++;
	}
}

static bool take(struct plain *plain, char c) {
	skip_space(plain);
	if (plain->at == plain->end || *plain->at != c) {
		return false;
	}
	plain->at++;
	return true;
}

/* The bytes between two quotes, of which the first is next. */
static bool take_string(struct plain *plain, const char **bytes, size_t *length) {
	if (!take(plain, '"')) {
		return false;
	}
	const char *at = plain->at;
	while (at < plain->end && *at != '"') {
		unsigned char c = (unsigned char)*at;
		bool has_room = plain->end - at >= UTF8_BYTES_MAX; /* it may look at so many */
		size_t step = c < 0x80 ? 1 : has_room ? str_utf8_length(at) : 0;
		if (c < 0x20 || c == '\\' || step == 0) {
			return false;
		}
		at += step;
	}
	*bytes = plain->at;
	*length = (size_t)(at - plain->at);
	plain->at = at < plain->end ? at + 1 : at;
	return at < plain->end;
}

static json_t *read_string(struct plain *plain) {
	const char *bytes;
	size_t length;
	return take_string(plain, &bytes, &length) ? json_stringn_nocheck(bytes, length) : NULL;
}

static bool ends_number(const struct plain *plain) {
	char c = plain->at < plain->end ? *plain->at : ' ';
	return is_space(c) || c == ',' || c == ']' || c == '}';
}

static json_t *read_integer(struct plain *plain) {
	bool is_negative = *plain->at == '-';
	plain->at += is_negative;
	const char *first = plain->at;
	json_int_t number = 0;
	while (plain->at < plain->end && *plain->at >= '0' && *plain->at <= '9' &&
		plain->at - first < PLAIN_DIGITS_MAX) {
		number = number * 10 + (*plain->at++ - '0');
	}
	bool is_plain = plain->at > first && (*first != '0' || plain->at - first == 1) &&
		ends_number(plain) && !(is_negative && number == 0);
	return is_plain ? json_integer(is_negative ? -number : number) : NULL;
}

static json_t *read_word(struct plain *plain, const char *word, json_t *value) {
	size_t length = strlen(word);
	if ((size_t)(plain->end - plain->at) < length || memcmp(plain->at, word, length) != 0) {
		return NULL;
	}
	plain->at += length;
	return ends_number(plain) ? value : NULL; /* these three are not counted */
}

static bool read_member(struct plain *plain, json_t *object) {
	const char *name;
	size_t length;
	size_t before = json_object_size(object);
	if (!take_string(plain, &name, &length) || !take(plain, ':')) {
		return false;
	}
	return json_object_setn_new_nocheck(object, name, length, read_value(plain)) == 0 &&
		json_object_size(object) > before;
}

static bool read_members(struct plain *plain, json_t *object) {
	if (take(plain, '}')) {
		return true;
	}
	do {
		if (!read_member(plain, object)) {
			return false;
		}
	} while (take(plain, ','));
	return take(plain, '}');
}

static bool read_items(struct plain *plain, json_t *array) {
	if (take(plain, ']')) {
		return true;
	}
	do {
		if (json_array_append_new(array, read_value(plain)) != 0) {
			return false;
		}
	} while (take(plain, ','));
	return take(plain, ']');
}

static json_t *read_nested(struct plain *plain) {
	bool is_object = *plain->at++ == '{';
	json_t *nested = is_object ? json_object() : json_array();
	bool is_plain = nested != NULL && ++plain->depth <= PLAIN_DEPTH_MAX &&
		(is_object ? read_members(plain, nested) : read_items(plain, nested));
	plain->depth--;
	if (!is_plain) {
		json_decref(nested);
		return NULL;
	}
	return nested;
}

static json_t *read_value(struct plain *plain) {
	skip_space(plain);
	switch (plain->at < plain->end ? *plain->at : '\0') {
	case '"':
		return read_string(plain);
	case '{':
	case '[':
		return read_nested(plain);
	case 't':
		return read_word(plain, "true", json_true());
	case 'f':
		return read_word(plain, "false", json_false());
	case 'n':
		return read_word(plain, "null", json_null());
	default:
		return plain->at < plain->end ? read_integer(plain) : NULL;
	}
}

json_t *json_read_plain(const char *text, size_t length, size_t depth) {
	struct plain plain = {.at = text, .end = text + length};
	json_t *value = depth >= PLAIN_DEPTH_MAX ? read_value(&plain) : NULL;
	skip_space(&plain);
	if (value != NULL && plain.at != plain.end) {
		json_decref(value);
		return NULL;
	}
	return value;
}
