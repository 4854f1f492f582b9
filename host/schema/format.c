#include "schema/format.h"

#include "base/str.h"

static const struct format FORMATS[] = {
	{"date-time", date_time_complain, COSTS_BY_BYTE},
	{"date", date_complain, COSTS_BY_BYTE},
	{"time", time_complain, COSTS_BY_BYTE},
	{"duration", duration_complain, COSTS_BY_BYTE},
	{"email", mailbox_complain, COSTS_BY_LABEL},
	{"idn-email", idn_mailbox_complain, COSTS_BY_LABEL},
	{"hostname", hostname_complain, COSTS_BY_LABEL},
	{"idn-hostname", idn_hostname_complain, COSTS_BY_LABEL},
	{"ipv4", ipv4_complain, COSTS_BY_BYTE},
	{"ipv6", ipv6_complain, COSTS_BY_BYTE},
	{"uri", uri_complain, COSTS_BY_BYTE},
	{"uri-reference", uri_reference_complain, COSTS_BY_BYTE},
	{"iri", iri_complain, COSTS_BY_BYTE},
	{"iri-reference", iri_reference_complain, COSTS_BY_BYTE},
	{"uuid", uuid_complain, COSTS_BY_BYTE},
	{"uri-template", uri_template_complain, COSTS_BY_BYTE},
	{"json-pointer", json_pointer_complain, COSTS_BY_BYTE},
	{"relative-json-pointer", relative_json_pointer_complain, COSTS_BY_BYTE},
	{"regex", regex_complain, COSTS_AS_PATTERN},
};

/* What our own schemas mean by "email": they feed HubSpot. */
static const struct format STRICT_EMAIL = {"email", email_complain, COSTS_BY_BYTE};

const struct format *format_find(const char *name, bool is_strict) {
	if (is_strict && str_is_equal(name, STRICT_EMAIL.name)) {
		return &STRICT_EMAIL;
	}
	for (size_t i = 0; i < sizeof(FORMATS) / sizeof(FORMATS[0]); i++) {
		if (str_is_equal(FORMATS[i].name, name)) {
			return &FORMATS[i];
		}
	}
	return NULL;
}

/* Labels of international names are libidn2's: some microseconds each. */
static bool has_international(const char *text, size_t length) {
	return !is_made_of_ascii(text, length) || strcasestr(text, "xn--") != NULL;
}

size_t format_steps(const struct format *format, const char *text, size_t length) {
	size_t steps = length / 4;
	if (format->cost == COSTS_AS_PATTERN) {
		steps = length * 4;
	} else if (format->cost == COSTS_BY_LABEL && has_international(text, length)) {
		steps = length * 40;
	}
	return steps;
}

/* RFC 6901: "" or segments, each after a slash, ~ only as ~0 and ~1. */
static bool is_pointer(const char *at, const char *end) {
	bool is_valid = at == end || *at == '/';
	for (; at < end && is_valid; at++) {
		is_valid = *at != '~' || (at + 1 < end && (at[1] == '0' || at[1] == '1'));
	}
	return is_valid;
}

const char *json_pointer_complain(const char *text, size_t length) {
	return is_pointer(text, text + length) ? NULL
					       : "must be a JSON pointer, such as /items/0/name";
}

/* How many levels up; then a pointer, or # for the name there. */
const char *relative_json_pointer_complain(const char *text, size_t length) {
	const char *at = text, *end = text + length;
	while (at < end && is_digit(*at)) {
		at++;
	}
	bool is_number = at > text && (text[0] != '0' || at == text + 1);
	bool is_name = at + 1 == end && *at == '#';
	return is_number && (is_name || is_pointer(at, end))
		? NULL
		: "must be a relative JSON pointer, such as 1/name";
}

const char *regex_complain(const char *text, size_t length) {
	return strlen(text) == length && pattern_is_expression(text)
		? NULL
		: "must be a regular expression by ECMA-262";
}
