#include "schema/inside.h"

#include <arpa/inet.h>

/* RFC 3986, section 3: URI = scheme ":" hier-part [ "?" query ] [ "#" fragment ]. A scheme must be
 * there: "example.com" and "/path" are references, not URIs. */

static const char *const COMPLAINT =
	"must be a valid URI with its scheme, such as https://example.com/";

static bool is_letter(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

static bool is_hex(char c) {
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* unreserved / sub-delims, or one of `more`. */
static bool is_plain(char c, const char *more) {
	return is_letter(c) || is_digit(c) ||
		(c != '\0' && (strchr("-._~!$&'()*+,;=", c) || strchr(more, c)));
}

/* Is [from, to) made of plain characters, those of `more`, and percent escapes? */
static bool is_made_of(const char *from, const char *to, const char *more) {
	while (from < to) {
		if (*from == '%') {
			if (to - from < 3 || !is_hex(from[1]) || !is_hex(from[2])) {
				return false;
			}
			from += 3;
		} else if (is_plain(*from++, more)) {
			continue;
		} else {
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
	return find(dot, to, "%") == to && is_made_of(dot + 1, to, ":");
}

static bool is_ip_literal(const char *from, const char *to) {
	char address[INET6_ADDRSTRLEN + 1];
	struct in6_addr binary;
	size_t length = (size_t)(to - from);
	if (is_future_address(from, to)) {
		return true;
	}
	if (length >= sizeof(address)) {
		return false;
	}
	memcpy(address, from, length);
	address[length] = '\0';
	return inet_pton(AF_INET6, address, &binary) == 1;
}

static bool is_port(const char *from, const char *to) {
	while (from < to && is_digit(*from)) {
		from++;
	}
	return from == to;
}

/* [ userinfo "@" ] host [ ":" port ] */
static bool is_authority(const char *from, const char *to) {
	const char *at = find(from, to, "@");
	if (at < to) {
		if (!is_made_of(from, at, ":")) {
			return false;
		}
		from = at + 1;
	}
	const char *host_end;
	if (from < to && *from == '[') {
		const char *bracket = find(from, to, "]");
		if (bracket == to || !is_ip_literal(from + 1, bracket)) {
			return false;
		}
		host_end = bracket + 1;
	} else {
		host_end = find(from, to, ":");
		if (!is_made_of(from, host_end, "")) {
			return false;
		}
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

/* [ "//" authority ] path */
static bool is_hier_part(const char *from, const char *to) {
	if (to - from >= 2 && from[0] == '/' && from[1] == '/') {
		const char *path = find(from + 2, to, "/");
		return is_authority(from + 2, path) && is_made_of(path, to, "/:@");
	}
	return is_made_of(from, to, "/:@");
}

const char *uri_complain(const char *text, size_t length) {
	const char *end = text + length;
	const char *colon = find(text, end, ":");
	if (colon == end || memchr(text, '\0', length) != NULL || !is_scheme(text, colon)) {
		return COMPLAINT;
	}
	const char *fragment = find(colon + 1, end, "#");
	const char *query = find(colon + 1, fragment, "?");
	bool is_valid = is_hier_part(colon + 1, query) &&
		(query == fragment || is_made_of(query + 1, fragment, "/?:@")) &&
		(fragment == end || is_made_of(fragment + 1, end, "/?:@"));
	return is_valid ? NULL : COMPLAINT;
}
