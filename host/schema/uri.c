#include "schema/format.h"

/* RFC 3986, section 3: URI = scheme ":" hier-part [ "?" query ] [ "#" fragment ]. A scheme must be
 * there: "example.com" and "/path" are references, not URIs. RFC 3987 adds characters beyond ASCII.
 */

enum charset { ASCII, UNICODE, UNICODE_PRIVATE };

/* unreserved / sub-delims, or one of `more`. */
static bool is_plain(char c, const char *more) {
	return is_letter(c) || is_digit(c) ||
		(c != '\0' && (strchr("-._~!$&'()*+,;=", c) || strchr(more, c)));
}

/* ucschar; iprivate for queries */
static bool is_international(uint32_t c, enum charset charset) {
	bool is_last_two = (c & 0xfffe) == 0xfffe;
	if ((c >= 0xe000 && c <= 0xf8ff) || (c >= 0xf0000 && c <= 0x10ffff)) {
		return charset == UNICODE_PRIVATE && !is_last_two;
	}
	return charset != ASCII &&
		((c >= 0xa0 && c <= 0xd7ff) || (c >= 0xf900 && c <= 0xfdcf) ||
			(c >= 0xfdf0 && c <= 0xffef) ||
			(c >= 0x10000 && c <= 0xeffff && !is_last_two &&
				!(c >= 0xe0000 && c < 0xe1000)));
}

/* Is [from, to) made of plain characters, those of `more`, and percent escapes? */
static bool is_made_of(const char *from, const char *to, const char *more, enum charset charset) {
	while (from < to) {
		if (*from == '%') {
			if (to - from < 3 || !is_hex(from[1]) || !is_hex(from[2])) {
				return false;
			}
			from += 3;
		} else if ((unsigned char)*from < 0x80) {
			if (!is_plain(*from++, more)) {
				return false;
			}
		} else if (!is_international(read_character(&from, to), charset)) {
			return false;
		}
	}
	return true;
}

/* The first of `set` in [from, to), or `to`. */
static const char *find(const char *from, const char *to, const char *set) {
	while (from < to && (*from == '\0' || strchr(set, *from) == NULL)) {
		from++;
	}
	return from;
}

/* "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ) */
static bool is_future_address(const char *from, const char *to) {
	const char *dot = find(from, to, ".");
	if (from == to || (*from != 'v' && *from != 'V') || dot - from < 2 || to - dot < 2) {
		return false;
	}
	for (const char *c = from + 1; c < dot; c++) {
		if (!is_hex(*c)) {
			return false;
		}
	}
	return find(dot, to, "%") == to && is_made_of(dot + 1, to, ":", ASCII);
}

static bool is_port(const char *from, const char *to) {
	while (from < to && is_digit(*from)) {
		from++;
	}
	return from == to;
}

/* [ userinfo "@" ] host [ ":" port ] */
static bool is_authority(const char *from, const char *to, enum charset charset) {
	const char *at = find(from, to, "@");
	if (at < to) {
		if (!is_made_of(from, at, ":", charset)) {
			return false;
		}
		from = at + 1;
	}
	const char *host_end = find(from, to, ":");
	if (from < to && *from == '[') {
		const char *bracket = find(from, to, "]");
		if (bracket == to ||
			(!is_future_address(from + 1, bracket) &&
				!is_ipv6(from + 1, (size_t)(bracket - from - 1)))) {
			return false;
		}
		host_end = bracket + 1;
	} else if (!is_made_of(from, host_end, "", charset)) {
		return false;
	}
	return host_end == to || (*host_end == ':' && is_port(host_end + 1, to));
}

static bool is_scheme(const char *from, const char *to) {
	if (from == to || !is_letter(*from)) {
		return false;
	}
	for (const char *c = from; c < to; c++) {
		if (!is_letter(*c) && !is_digit(*c) && strchr("+-.", *c) == NULL) {
			return false;
		}
	}
	return true;
}

/* [ "//" authority ] path [ "?" query ] [ "#" fragment ] */
static bool is_rest(const char *from, const char *end, enum charset charset) {
	const char *fragment = find(from, end, "#");
	const char *query = find(from, fragment, "?");
	enum charset of_query = charset == ASCII ? ASCII : UNICODE_PRIVATE;
	if (query - from >= 2 && from[0] == '/' && from[1] == '/') {
		const char *path = find(from + 2, query, "/");
		if (!is_authority(from + 2, path, charset)) {
			return false;
		}
		from = path;
	}
	return is_made_of(from, query, "/:@", charset) &&
		(query == fragment || is_made_of(query + 1, fragment, "/?:@", of_query)) &&
		(fragment == end || is_made_of(fragment + 1, end, "/?:@", charset));
}

/* Where the part after "scheme:" begins, or NULL. */
static const char *after_scheme(const char *text, const char *end) {
	const char *colon = find(text, end, ":/?#");
	return colon < end && *colon == ':' && is_scheme(text, colon) ? colon + 1 : NULL;
}

static bool is_uri(const char *text, size_t length, enum charset charset) {
	const char *rest = after_scheme(text, text + length);
	return rest != NULL && is_rest(rest, text + length, charset);
}

/* Without a scheme, the first segment has no colon: "a:b" would have one. */
static bool is_reference(const char *text, size_t length, enum charset charset) {
	const char *end = text + length;
	const char *colon = find(text, end, ":/?#");
	bool is_relative = colon == end || *colon != ':';
	return is_relative ? is_rest(text, end, charset) : is_uri(text, length, charset);
}

const char *uri_complain(const char *text, size_t length) {
	return is_uri(text, length, ASCII)
		? NULL
		: "must be a valid URI with its scheme, such as https://example.com/";
}

const char *uri_reference_complain(const char *text, size_t length) {
	return is_reference(text, length, ASCII)
		? NULL
		: "must be a valid URI or a relative reference, such as /path?query";
}

const char *iri_complain(const char *text, size_t length) {
	return is_uri(text, length, UNICODE)
		? NULL
		: "must be a valid IRI with its scheme, such as https://example.com/";
}

const char *iri_reference_complain(const char *text, size_t length) {
	return is_reference(text, length, UNICODE)
		? NULL
		: "must be a valid IRI or a relative reference, such as /path?query";
}
