#include "schema/format.h"

/*
 * A mailbox as people have them: RFC 5321's dot-string "@" domain, within its lengths, the domain
 * with a dot. Quoted local parts and address literals are lawful and are not taken: HubSpot refuses
 * them too. Nor does it take letters beyond ASCII; a domain that has them is written as punycode.
 */
enum { EMAIL_MAX = 254, LOCAL_MAX = 64, LABEL_MAX = 63 };

static bool is_letter_or_digit(char c) {
	return is_letter(c) || is_digit(c);
}

static bool is_atom_char(char c) {
	return is_letter_or_digit(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool is_dot_string(const char *text, size_t length) {
	if (length == 0 || length > LOCAL_MAX || text[0] == '.' || text[length - 1] == '.') {
		return false;
	}
	for (size_t i = 0; i < length; i++) {
		bool is_dot = text[i] == '.' && text[i + 1] != '.';
		if (!is_dot && !is_atom_char(text[i])) {
			return false;
		}
	}
	return true;
}

static bool is_label(const char *text, size_t length) {
	if (length == 0 || length > LABEL_MAX || text[0] == '-' || text[length - 1] == '-') {
		return false;
	}
	for (size_t i = 0; i < length; i++) {
		if (!is_letter_or_digit(text[i]) && text[i] != '-') {
			return false;
		}
	}
	return true;
}

static bool is_domain(const char *text, size_t length) {
	size_t start = 0;
	size_t labels = 0;
	for (size_t i = 0; i <= length; i++) {
		if (i < length && text[i] != '.') {
			continue;
		}
		if (!is_label(text + start, i - start)) {
			return false;
		}
		labels++;
		start = i + 1;
	}
	return labels >= 2;
}

const char *email_complain(const char *text, size_t length) {
	if (length > EMAIL_MAX) {
		return "must be a valid e-mail address, at most 254 characters long";
	}
	if (!is_made_of_ascii(text, length)) {
		return "must be a valid e-mail address in ASCII letters (an international domain "
		       "as punycode, xn--...)";
	}
	const char *at = memchr(text, '@', length);
	size_t local = at != NULL ? (size_t)(at - text) : 0;
	if (at == NULL || !is_dot_string(text, local) || !is_domain(at + 1, length - local - 1)) {
		return "must be a valid e-mail address";
	}
	return NULL;
}
