#include "schema/format.h"

#include <arpa/inet.h>

bool is_digit(char c) {
	return c >= '0' && c <= '9';
}

bool is_letter(char c) {
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_hex(char c) {
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_made_of_ascii(const char *text, size_t length) {
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)text[i] >= 0x80) {
			return false;
		}
	}
	return true;
}

/* JSON strings are valid UTF-8 already; what is not, came from a plugin's own hands. */
uint32_t read_character(const char **text, const char *end) {
	const unsigned char *at = (const unsigned char *)*text;
	size_t left = (size_t)(end - *text);
	size_t more = at[0] < 0x80 ? 0 : at[0] < 0xe0 ? 1 : at[0] < 0xf0 ? 2 : 3;
	uint32_t character = more == 0 ? at[0] : at[0] & (0x3fu >> more);
	bool is_valid = left > more && (more == 0 || (at[0] >= 0xc2 && at[0] < 0xf5));
	for (size_t i = 1; is_valid && i <= more; i++) {
		is_valid = (at[i] & 0xc0) == 0x80;
		character = character << 6 | (at[i] & 0x3fu);
	}
	*text += is_valid ? more + 1 : 1;
	return is_valid ? character : 0x80000000u | at[0];
}

static bool is_address(int family, const char *text, size_t length) {
	char address[INET6_ADDRSTRLEN + 1];
	struct in6_addr binary;
	if (length >= sizeof(address) || memchr(text, '\0', length) != NULL) {
		return false;
	}
	memcpy(address, text, length);
	address[length] = '\0';
	return inet_pton(family, address, &binary) == 1;
}

bool is_ipv4(const char *text, size_t length) {
	return is_address(AF_INET, text, length);
}

bool is_ipv6(const char *text, size_t length) {
	return is_address(AF_INET6, text, length);
}
