#include "schema/format.h"

/* RFC 5321's Mailbox: a dot-string or a quoted string, "@", and a domain or an address in brackets.
 * RFC 6531 adds characters beyond ASCII to both sides. */
enum { LOCAL_MAX = 64 };

static bool is_atom_char(char c, bool takes_unicode) {
	bool is_beyond = (unsigned char)c >= 0x80;
	return is_letter(c) || is_digit(c) || (is_beyond && takes_unicode) ||
		(c != '\0' && !is_beyond && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool is_dot_string(const char *text, size_t length, bool takes_unicode) {
	bool is_after_dot = true;
	for (size_t i = 0; i < length; i++) {
		bool is_dot = text[i] == '.';
		if (is_dot ? is_after_dot : !is_atom_char(text[i], takes_unicode)) {
			return false;
		}
		is_after_dot = is_dot;
	}
	return !is_after_dot;
}

static bool is_quotable(char c, bool takes_unicode) {
	return (c >= ' ' && c <= '~') || ((unsigned char)c >= 0x80 && takes_unicode);
}

/* The length of the quoted string that `text` begins with; 0: it begins with none. */
static size_t quoted_length(const char *text, size_t length, bool takes_unicode) {
	size_t i = 1;
	while (i < length && text[i] != '"') {
		i += text[i] == '\\';
		if (i >= length || !is_quotable(text[i], takes_unicode)) {
			return 0;
		}
		i++;
	}
	return i < length ? i + 1 : 0;
}

/* "[192.0.2.1]" or "[IPv6:2001:db8::1]" */
static bool is_literal(const char *text, size_t length) {
	static const char IPV6[] = "IPv6:";
	size_t prefix = sizeof(IPV6) - 1;
	if (length < 2 || text[0] != '[' || text[length - 1] != ']') {
		return false;
	}
	text++;
	length -= 2;
	if (length > prefix && strncasecmp(text, IPV6, prefix) == 0) {
		return is_ipv6(text + prefix, length - prefix);
	}
	return is_ipv4(text, length);
}

static bool is_mailbox(const char *text, size_t length, bool takes_unicode) {
	bool is_quoted = length > 0 && text[0] == '"';
	const char *at = is_quoted ? NULL : memchr(text, '@', length);
	size_t local = is_quoted ? quoted_length(text, length, takes_unicode)
		: at != NULL     ? (size_t)(at - text)
				 : 0;
	if (local == 0 || local > LOCAL_MAX || local + 1 >= length || text[local] != '@' ||
		(!is_quoted && !is_dot_string(text, local, takes_unicode))) {
		return false;
	}
	const char *domain = text + local + 1;
	size_t domain_length = length - local - 1;
	return domain[0] == '[' ? is_literal(domain, domain_length)
		: takes_unicode ? is_idn_hostname(domain, domain_length)
				: is_hostname(domain, domain_length);
}

const char *mailbox_complain(const char *text, size_t length) {
	return is_mailbox(text, length, false) ? NULL : "must be a valid e-mail address";
}

const char *idn_mailbox_complain(const char *text, size_t length) {
	return is_mailbox(text, length, true) ? NULL : "must be a valid e-mail address";
}
