#include "schema/format.h"

const char *ipv4_complain(const char *text, size_t length) {
	return is_ipv4(text, length) ? NULL : "must be an IPv4 address, such as 192.0.2.1";
}

const char *ipv6_complain(const char *text, size_t length) {
	return is_ipv6(text, length) ? NULL : "must be an IPv6 address, such as 2001:db8::1";
}

const char *uuid_complain(const char *text, size_t length) {
	static const char SHAPE[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	bool is_valid = length == sizeof(SHAPE) - 1;
	for (size_t i = 0; is_valid && i < length; i++) {
		is_valid = SHAPE[i] == 'x' ? is_hex(text[i]) : text[i] == '-';
	}
	return is_valid ? NULL : "must be a UUID, such as f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
}
