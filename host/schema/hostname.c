#include "schema/format.h"

#include <strings.h>

/* RFC 1123, section 2.1, and IDNA 2008 for what lies beyond: labels that are written xn--..., and,
 * in an idn-hostname, letters beyond ASCII and the other full stops that separate labels. */
enum { LABEL_MAX = 63, NAME_MAX_BYTES = 253, NAME_TEXT_MAX = 2048 };

struct name {
	size_t ascii_length; /* of its labels and what separates them */
	bool takes_unicode;
	bool has_rtl;
	bool has_digit_first;
};

static bool is_ascii_label(const struct name *name, const char *text, size_t length) {
	if (length > LABEL_MAX || text[0] == '-' || text[length - 1] == '-') {
		return false;
	}
	for (size_t i = 0; i < length; i++) {
		if (!is_letter(text[i]) && !is_digit(text[i]) && text[i] != '-') {
			return false;
		}
	}
	bool is_reserved = length >= 4 && text[2] == '-' && text[3] == '-';
	return !is_reserved || !name->takes_unicode;
}

static bool add_label(struct name *name, const char *text, size_t length) {
	bool is_rtl = false;
	size_t ascii_length = length;
	if (length == 0) {
		return false;
	}
	bool is_ascii = is_made_of_ascii(text, length);
	bool is_encoded = length >= 4 && strncasecmp(text, "xn--", 4) == 0;
	bool is_valid = is_ascii && !is_encoded ? is_ascii_label(name, text, length)
						: (is_ascii || name->takes_unicode) &&
			idn_is_label(text, length, &ascii_length, &is_rtl);
	name->ascii_length += ascii_length;
	name->has_rtl |= is_rtl;
	name->has_digit_first |= is_digit(text[0]);
	return is_valid;
}

/* RFC 3490, section 3.1: the ideographic, the fullwidth and the halfwidth full stop. */
static bool is_stop(uint32_t c, bool takes_unicode) {
	return c == '.' || (takes_unicode && (c == 0x3002 || c == 0xff0e || c == 0xff61));
}

static bool is_name(const char *text, size_t length, bool takes_unicode) {
	struct name name = {.takes_unicode = takes_unicode};
	const char *start = text, *at = text, *end = text + length;
	if (length == 0 || length > NAME_TEXT_MAX) {
		return false;
	}
	while (at < end) {
		const char *before = at;
		if (is_stop(read_character(&at, end), takes_unicode)) {
			if (!add_label(&name, start, (size_t)(before - start))) {
				return false;
			}
			name.ascii_length++;
			start = at;
		}
	}
	/* Where one label runs right to left, none may begin with a digit: RFC 5893, section 2. */
	return add_label(&name, start, (size_t)(end - start)) &&
		name.ascii_length <= NAME_MAX_BYTES && !(name.has_rtl && name.has_digit_first);
}

bool is_hostname(const char *text, size_t length) {
	return is_name(text, length, false);
}

bool is_idn_hostname(const char *text, size_t length) {
	return is_name(text, length, true);
}

const char *hostname_complain(const char *text, size_t length) {
	return is_hostname(text, length) ? NULL : "must be a hostname, such as www.example.com";
}

const char *idn_hostname_complain(const char *text, size_t length) {
	return is_idn_hostname(text, length)
		? NULL
		: "must be a hostname, such as www.example.com or b\xc3\xbc"
		  "cher.example";
}
