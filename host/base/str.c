#include "base/str.h"

#include <errno.h>
#include <stdarg.h>

#include "base/buf.h"

bool str_is_equal(const char *a, const char *b) {
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool str_starts_with(const char *text, const char *prefix) {
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool str_ends_with(const char *text, const char *suffix) {
	size_t length = strlen(text);
	size_t tail = strlen(suffix);
	return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

void str_lower(char *text) {
	for (; *text != '\0'; text++) {
		if (*text >= 'A' && *text <= 'Z') {
			*text = (char)(*text - 'A' + 'a');
		}
	}
}

bool str_to_uint(const char *text, uint64_t min, uint64_t max, uint64_t *value) {
	if (*text == '\0' || strspn(text, "0123456789") != strlen(text)) {
		return false;
	}
	errno = 0;
	unsigned long long number = strtoull(text, NULL, 10);
	if (errno != 0 || number < min || number > max) {
		return false;
	}
	*value = number;
	return true;
}

char *str_format(const char *format, ...) {
	char *text = NULL;
	va_list args;
	va_start(args, format);
	if (vasprintf(&text, format, args) < 0) {
		text = NULL;
	}
	va_end(args);
	return text;
}

static bool is_unreserved(unsigned char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		c == '-' || c == '.' || c == '_' || c == '~';
}

bool str_add_url_escaped(struct buf *to, const char *text) {
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (is_unreserved(c)) {
			buf_add_char(to, (char)c);
		} else {
			buf_printf(to, "%%%02X", c);
		}
	}
	return !to->is_failed;
}

static int hex_digit(char c) {
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool str_url_unescape(char *text) {
	char *to = text;
	for (const char *from = text; *from != '\0'; from++) {
		if (*from != '%') {
			*to++ = *from;
			continue;
		}
		int high = hex_digit(from[1]);
		int low = high < 0 ? -1 : hex_digit(from[2]);
		if (low < 0 || (high == 0 && low == 0)) {
			return false;
		}
		*to++ = (char)(high * 16 + low);
		from += 2;
	}
	*to = '\0';
	return true;
}

size_t str_distance(const char *a, const char *b, size_t most) {
	enum { LONGEST = 64 };
	size_t row[LONGEST + 1];
	size_t a_length = strlen(a);
	size_t b_length = strlen(b);
	size_t apart = a_length > b_length ? a_length - b_length : b_length - a_length;
	if (a_length > LONGEST || b_length > LONGEST || apart > most) {
		return most + 1;
	}
	for (size_t j = 0; j <= b_length; j++) {
		row[j] = j;
	}
	for (size_t i = 1; i <= a_length; i++) {
		size_t diagonal = row[0];
		size_t least = i; /* of this row; what follows is never less */
		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t change = diagonal + (a[i - 1] != b[j - 1]);
			size_t step = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
			diagonal = row[j];
			row[j] = change < step ? change : step;
			least = row[j] < least ? row[j] : least;
		}
		if (least > most) {
			return most + 1;
		}
	}
	return row[b_length] > most ? most + 1 : row[b_length];
}

size_t str_utf8_length(const char *text) {
	const unsigned char *s = (const unsigned char *)text;
	size_t length = s[0] < 0x80     ? 1
		: (s[0] & 0xe0) == 0xc0 ? 2
		: (s[0] & 0xf0) == 0xe0 ? 3
		: (s[0] & 0xf8) == 0xf0 ? 4
					: 0;
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	bool is_overlong = (length == 2 && s[0] < 0xc2) ||
		(length == 3 && s[0] == 0xe0 && s[1] < 0xa0) ||
		(length == 4 && s[0] == 0xf0 && s[1] < 0x90);
	bool is_no_character = (length == 3 && s[0] == 0xed && s[1] > 0x9f) ||
		(length == 4 && (s[0] > 0xf4 || (s[0] == 0xf4 && s[1] > 0x8f)));
	return is_overlong || is_no_character ? 0 : length;
}

bool str_is_utf8(const char *text) {
	while (*text != '\0') {
		size_t length = str_utf8_length(text);
		if (length == 0) {
			return false;
		}
		text += length;
	}
	return true;
}
