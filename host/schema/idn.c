#include "schema/format.h"

#include <idn2.h>

#include "base/str.h"

/* IDNA 2008 is libidn2's, but for how right-to-left letters mix, RFC 5893, which it does not look
 * at when a label is registered. */
enum { LABEL_MAX = 63, LABEL_BYTES = 256 };

static bool is_rtl_letter(uint32_t c) {
	return (c >= 0x590 && c <= 0x8ff && !(c >= 0x660 && c <= 0x669) &&
		       !(c >= 0x6f0 && c <= 0x6f9)) ||
		(c >= 0xfb1d && c <= 0xfdff) || (c >= 0xfe70 && c <= 0xfeff) ||
		(c >= 0x10800 && c <= 0x10fff) || (c >= 0x1e800 && c <= 0x1efff);
}

static bool is_european_digit(uint32_t c) {
	return (c >= '0' && c <= '9') || (c >= 0x6f0 && c <= 0x6f9);
}

static bool is_arabic_digit(uint32_t c) {
	return c >= 0x660 && c <= 0x669;
}

/* RFC 5893, section 2, as far as letters and digits go: a label is of one direction, and one that
 * is written right to left begins with a letter and has digits of one kind. */
static bool is_of_one_direction(const char *text, bool *is_rtl) {
	const char *end = text + strlen(text);
	bool is_first = true, has_european = false, has_arabic = false, begins_rtl = false;
	bool has_ltr = false;
	*is_rtl = false;
	while (text < end) {
		uint32_t c = read_character(&text, end);
		bool is_right = is_rtl_letter(c);
		begins_rtl |= is_first && is_right;
		is_first = false;
		*is_rtl |= is_right;
		has_european |= is_european_digit(c);
		has_arabic |= is_arabic_digit(c);
		has_ltr |= c < 0x80 && is_letter((char)c);
	}
	return !*is_rtl || (begins_rtl && !has_ltr && !(has_european && has_arabic));
}

static bool check_label(char *label, size_t *ascii_length, bool *is_rtl) {
	bool is_ascii = str_starts_with(label, "xn--");
	const uint8_t *unicode = is_ascii ? NULL : (const uint8_t *)label;
	const uint8_t *ascii = is_ascii ? (const uint8_t *)label : NULL;
	uint8_t *registered = NULL;
	char *decoded = NULL;
	bool is_valid = idn2_register_u8(unicode, ascii, &registered, IDN2_NFC_INPUT) == IDN2_OK &&
		idn2_to_unicode_8z8z((const char *)registered, &decoded, 0) == IDN2_OK &&
		is_of_one_direction(decoded, is_rtl);
	if (is_valid) {
		*ascii_length = strlen((const char *)registered);
		is_valid = *ascii_length <= LABEL_MAX;
	}
	idn2_free(registered);
	idn2_free(decoded);
	return is_valid;
}

bool idn_is_label(const char *text, size_t length, size_t *ascii_length, bool *is_rtl) {
	char label[LABEL_BYTES];
	if (length == 0 || length >= sizeof(label) || memchr(text, '\0', length) != NULL) {
		return false;
	}
	memcpy(label, text, length);
	label[length] = '\0';
	if (is_made_of_ascii(label, length)) {
		str_lower(label);
	}
	return check_label(label, ascii_length, is_rtl);
}
