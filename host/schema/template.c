#include "schema/format.h"

/* RFC 6570, section 2: literals, and expressions in braces: an operator, then names with modifiers.
 */

/* Steps over a percent escape, or a character that a name may have. */
static bool read_name_char(const char **at, const char *end) {
	if (*at < end && **at == '%') {
		bool is_escape = end - *at >= 3 && is_hex((*at)[1]) && is_hex((*at)[2]);
		*at += 3;
		return is_escape;
	}
	bool is_name = *at < end && (is_letter(**at) || is_digit(**at) || **at == '_');
	(*at)++;
	return is_name;
}

/* varname = varchar *( ["."] varchar ) */
static bool read_name(const char **at, const char *end) {
	if (!read_name_char(at, end)) {
		return false;
	}
	while (*at < end && strchr(",:*}", **at) == NULL) {
		*at += **at == '.';
		if (!read_name_char(at, end)) {
			return false;
		}
	}
	return *at < end;
}

/* "*", or ":" and a number from 1 to 9999 */
static bool read_modifier(const char **at, const char *end) {
	if (**at == '*') {
		(*at)++;
	} else if (**at == ':') {
		const char *number = ++*at;
		while (*at < end && is_digit(**at)) {
			(*at)++;
		}
		return *at > number && *at - number <= 4 && *number != '0' && *at < end;
	}
	return *at < end;
}

/* After the "{"; steps over the "}". */
static bool read_expression(const char **at, const char *end) {
	if (*at < end && **at != '\0' && strchr("+#./;?&=,!@|", **at) != NULL) {
		bool is_reserved = strchr("=,!@|", **at) != NULL;
		(*at)++;
		if (is_reserved) {
			return false;
		}
	}
	for (;;) {
		if (!read_name(at, end) || !read_modifier(at, end)) {
			return false;
		}
		char next = *(*at)++;
		if (next != ',') {
			return next == '}';
		}
	}
}

static bool read_literal(const char **at, const char *end) {
	unsigned char c = (unsigned char)**at;
	if (c == '%') {
		bool is_escape = end - *at >= 3 && is_hex((*at)[1]) && is_hex((*at)[2]);
		*at += 3;
		return is_escape;
	}
	(*at)++;
	return c > ' ' && c != 0x7f && strchr("\"<>\\^`{|}", c) == NULL;
}

const char *uri_template_complain(const char *text, size_t length) {
	const char *at = text, *end = text + length;
	bool is_valid = true;
	while (at < end && is_valid) {
		if (*at == '{') {
			at++;
			is_valid = read_expression(&at, end);
		} else {
			is_valid = read_literal(&at, end);
		}
	}
	return is_valid ? NULL : "must be a URI template, such as /contacts/{id}";
}
