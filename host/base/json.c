#include "base/json.h"

#include <stdbool.h>

#include "base/buf.h"

enum { WRITE_DEPTH_MAX = 2048 };

/* The index after the string that begins at `i`, or `length` when it does not end. */
static size_t after_string(const char *text, size_t length, size_t i) {
	const char *begin = text + i + 1, *end = text + length, *quote = begin;
	while (begin < end && (quote = memchr(quote, '"', (size_t)(end - quote))) != NULL) {
		const char *back = quote;
		while (back > begin && back[-1] == '\\') {
			back--;
		}
		quote++;
		if ((quote - 1 - back) % 2 == 0) {
			return (size_t)(quote - text);
		}
	}
	return length;
}

/* Depth as brackets outside strings. */
static bool is_too_deep(const char *text, size_t length, size_t limit) {
	size_t depth = 0;
	for (size_t i = 0; i < length;) {
		char c = text[i];
		if (c == '"') {
			i = after_string(text, length, i);
			continue;
		}
		if ((c == '{' || c == '[') && ++depth > limit) {
			return true;
		}
		depth -= (c == '}' || c == ']') && depth > 0;
		i++;
	}
	return false;
}

static const char *describe(enum json_error_code code) {
	switch (code) {
	case json_error_premature_end_of_input:
		return "the text ends too early";
	case json_error_end_of_input_expected:
		return "there is more after the value";
	case json_error_invalid_utf8:
		return "not valid UTF-8";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "a NUL character (\\u0000) is not allowed";
	case json_error_duplicate_key:
		return "a member appears twice in one object";
	case json_error_numeric_overflow:
		return "a number is too large";
	case json_error_out_of_memory:
		return "out of memory";
	default:
		return "not valid JSON";
	}
}

json_t *json_read(const char *text, size_t length, size_t depth, char error[JSON_ERROR_SIZE]) {
	if (length == 0) {
		snprintf(error, JSON_ERROR_SIZE, "empty, a JSON value was expected");
		return NULL;
	}
	json_t *plain = json_read_plain(text, length, depth);
	if (plain != NULL) {
		return plain;
	}
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		snprintf(error, JSON_ERROR_SIZE, "starts with a byte order mark");
		return NULL;
	}
	if (is_too_deep(text, length, depth)) {
		snprintf(error, JSON_ERROR_SIZE, "nested deeper than %zu", depth);
		return NULL;
	}
	json_error_t fault;
	json_t *value = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &fault);
	if (value == NULL) {
		snprintf(error, JSON_ERROR_SIZE, "line %d, column %d: %s", fault.line, fault.column,
			describe(json_error_code(&fault)));
	}
	return value;
}

/* The index after the object or array that begins at `i`, or `length` when it does not end. */
static size_t after_brackets(const char *text, size_t length, size_t i) {
	static const bool stops[256] = {
		['"'] = true, ['{'] = true, ['['] = true, ['}'] = true, [']'] = true};
	size_t depth = 0;
	while (i < length) {
		char c = text[i];
		if (c == '"') {
			i = after_string(text, length, i);
			continue;
		}
		if (stops[(unsigned char)c]) {
			depth = c == '{' || c == '[' ? depth + 1 : depth - 1;
		}
		i++;
		if (depth == 0) {
			return i;
		}
	}
	return length;
}

size_t json_skip(const char *text, size_t length, size_t i) {
	if (i < length && text[i] == '"') {
		return after_string(text, length, i);
	}
	if (i < length && (text[i] == '{' || text[i] == '[')) {
		return after_brackets(text, length, i);
	}
	while (i < length && strchr(",]} \t\r\n", text[i]) == NULL) {
		i++;
	}
	return i;
}

static void add_string(struct buf *to, const char *text, size_t length) {
	const char *end = text + length;
	buf_add_char(to, '"');
	while (text < end) {
		size_t plain = 0;
		while (text + plain < end && (unsigned char)text[plain] >= 0x20 &&
			text[plain] != '"' && text[plain] != '\\') {
			plain++;
		}
		buf_add(to, text, plain);
		text += plain;
		if (text < end && (*text == '"' || *text == '\\')) {
			buf_add_char(to, '\\');
			buf_add_char(to, *text++);
		} else if (text < end) {
			buf_printf(to, "\\u%04x", (unsigned char)*text++);
		}
	}
	buf_add_char(to, '"');
}

void json_add_string(struct buf *to, const char *text) {
	add_string(to, text, strlen(text));
}

int json_real_digits(double value) {
	int digits = 15;
	for (; digits < 17; digits++) {
		char text[40];
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value) {
			break;
		}
	}
	return digits;
}

static void add_real(struct buf *to, double value) {
	char text[40];
	snprintf(text, sizeof(text), "%.*g", json_real_digits(value), value);
	buf_add_text(to, text);
	if (strpbrk(text, ".e") == NULL) {
		buf_add_text(to, ".0"); /* stays a real */
	}
}

static void write_value(struct buf *to, const json_t *value, size_t depth);

static void add_object(struct buf *to, const json_t *object, size_t depth) {
	const char *name;
	json_t *value;
	char separator = '{';
	json_object_foreach ((json_t *)object, name, value) {
		buf_add_char(to, separator);
		json_add_string(to, name);
		buf_add_char(to, ':');
		write_value(to, value, depth + 1);
		separator = ',';
	}
	buf_add_text(to, separator == '{' ? "{}" : "}");
}

static void add_array(struct buf *to, const json_t *array, size_t depth) {
	size_t index;
	json_t *value;
	buf_add_char(to, '[');
	json_array_foreach (array, index, value) {
		if (index > 0) {
			buf_add_char(to, ',');
		}
		write_value(to, value, depth + 1);
	}
	buf_add_char(to, ']');
}

static void write_value(struct buf *to, const json_t *value, size_t depth) {
	if (depth > WRITE_DEPTH_MAX || to->is_failed) { /* a plugin's may hold itself */
		to->is_failed = true;
		return;
	}
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		add_object(to, value, depth);
		break;
	case JSON_ARRAY:
		add_array(to, value, depth);
		break;
	case JSON_STRING:
		add_string(to, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
		buf_add_int(to, json_integer_value(value));
		break;
	case JSON_REAL:
		add_real(to, json_real_value(value));
		break;
	case JSON_TRUE:
		buf_add_text(to, "true");
		break;
	case JSON_FALSE:
		buf_add_text(to, "false");
		break;
	case JSON_NULL:
		buf_add_text(to, "null");
		break;
	}
}

void json_write(struct buf *to, const json_t *value) {
	write_value(to, value, 0);
}

const char *json_member_text(const json_t *object, const char *name) {
	return json_string_value(json_object_get(object, name));
}
