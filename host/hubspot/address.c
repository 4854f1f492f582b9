/*
 * Who the peer may be. A public name that leads to a private address is a mistake or an attack (a name
 * server that lies, DNS rebinding): TLS would refuse it too, but only after a connection into our own
 * network.
 */
#include "hubspot/exchange.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/str.h"

bool origin_read(const char *url, struct origin *origin) {
	const char *rest = strstr(url, "://");
	if (rest == NULL) {
		return false;
	}
	rest += strlen("://");
	const char *end = rest + strcspn(rest, "/?#");
	const char *at = memrchr(rest, '@', (size_t)(end - rest));
	rest = at != NULL ? at + 1 : rest;
	bool is_v6 = *rest == '[';
	rest += is_v6;
	size_t length = strcspn(rest, is_v6 ? "]/?#" : ":/?#");
	if (length == 0 || length >= sizeof(origin->host) || (is_v6 && rest[length] != ']')) {
		return false;
	}
	char digits[6] = "";
	uint64_t port = str_starts_with(url, "http:") ? 80 : 443;
	const char *colon = rest + length + is_v6;
	if (*colon == ':') {
		size_t count = (size_t)(end - colon) - 1;
		if (count >= sizeof(digits)) {
			return false;
		}
		memcpy(digits, colon + 1, count);
		if (!str_to_uint(digits, 1, UINT16_MAX, &port)) {
			return false;
		}
	}
	length -= rest[length - 1] == '.' && length > 1;
	*origin = (struct origin){.port = (uint16_t)port};
	memcpy(origin->host, rest, length);
	str_lower(origin->host);
	return true;
}

bool host_is_address(const char *host) {
	unsigned char bytes[sizeof(struct in6_addr)];
	return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

bool host_is_localhost(const char *host) {
	return str_is_equal(host, "localhost") || str_ends_with(host, ".localhost");
}

bool host_is_public(const char *host) {
	static const char *const OWN[] = {".home.arpa", ".internal", ".lan", ".local", ".localhost", ".svc", ".test"};
	for (size_t i = 0; i < sizeof(OWN) / sizeof(OWN[0]); i++) {
		if (str_ends_with(host, OWN[i])) {
			return false;
		}
	}
	return strchr(host, '.') != NULL && !host_is_address(host);
}

struct block {
	unsigned char prefix[12];
	unsigned bits;
};

static const struct block V4[] = {
	{{0}, 8},             /* this network */
	{{10}, 8},            /* one's own, with 172.16/12 and 192.168/16 */
	{{100, 64}, 10},      /* a provider's own */
	{{127}, 8},           /* loopback */
	{{169, 254}, 16},     /* link-local; a cloud's metadata */
	{{172, 16}, 12},
	{{192, 0, 0}, 24},    /* protocol assignments */
	{{192, 168}, 16},
	{{224}, 3},           /* multicast, reserved, broadcast */
};

static const struct block V6[] = {
	{{0xfc}, 7},          /* one's own */
	{{0xfe, 0x80}, 9},    /* link-local, site-local */
	{{0xff}, 8},          /* multicast */
};

/* What stands for an IPv4 address, its last four bytes: "::" (with :: and ::1), mapped, NAT64. */
static const struct block V4_IN_V6[] = {
	{{0}, 96},
	{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96},
	{{0, 0x64, 0xff, 0x9b}, 96},
};

static bool is_in(const struct block *block, const unsigned char *bytes) {
	size_t whole = block->bits / 8;
	unsigned rest = block->bits % 8;
	return memcmp(block->prefix, bytes, whole) == 0 &&
	       (rest == 0 || (block->prefix[whole] ^ bytes[whole]) >> (8 - rest) == 0);
}

static bool is_in_any(const struct block *blocks, size_t count, const unsigned char *bytes) {
	for (size_t i = 0; i < count; i++) {
		if (is_in(&blocks[i], bytes)) {
			return true;
		}
	}
	return false;
}

#define IS_IN(table, bytes) is_in_any(table, sizeof(table) / sizeof((table)[0]), bytes)

bool address_is_private(const struct sockaddr *address) {
	unsigned char bytes[sizeof(struct in6_addr)];
	if (address->sa_family == AF_INET) {
		memcpy(bytes, (const char *)address + offsetof(struct sockaddr_in, sin_addr), sizeof(struct in_addr));
		return IS_IN(V4, bytes);
	}
	if (address->sa_family == AF_INET6) {
		memcpy(bytes, (const char *)address + offsetof(struct sockaddr_in6, sin6_addr), sizeof(bytes));
		return IS_IN(V6, bytes) || (IS_IN(V4_IN_V6, bytes) && IS_IN(V4, bytes + 12));
	}
	return true;
}
