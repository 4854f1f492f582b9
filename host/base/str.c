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
