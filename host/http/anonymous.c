/* Who may call without an API key. */
#include "http/access.h"

#include <strings.h>

#include "base/str.h"

/* Behind a proxy everyone comes from 127.0.0.1: these headers give it away. */
static const char *const proxy_headers[] = {"Forwarded", "X-Real-IP", "Via"};

static bool is_port(const char *text) {
	uint64_t port;
	return *text == '\0' || (*text == ':' && str_to_uint(text + 1, 1, UINT16_MAX, &port));
}

/* A page of the web can make a browser call us, but under its own host's name (DNS rebinding). */
static bool is_local_host(const char *host) {
	static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
	for (size_t i = 0; host != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		size_t length = strlen(names[i]);
		if (strncasecmp(host, names[i], length) == 0 && is_port(host + length)) {
			return true;
		}
	}
	return false;
}

static bool came_through_proxy(const struct exchange *exchange) {
	for (size_t i = 0; i < sizeof(proxy_headers) / sizeof(proxy_headers[0]); i++) {
		if (exchange_header(exchange, proxy_headers[i]) != NULL) {
			return true;
		}
	}
	return exchange_has_header_like(exchange, "X-Forwarded-");
}

/* As getnameinfo() writes addresses: numeric, and IPv4 on an IPv6 listener with a prefix. */
bool access_is_near(const char *peer) {
	static const char mapped[] = "::ffff:";
	const char *four = str_starts_with(peer, mapped) ? peer + strlen(mapped) : peer;
	return strcmp(peer, "unix") == 0 || strcmp(peer, "::1") == 0 ||
		str_starts_with(four, "127.");
}

static bool is_direct(const struct exchange *exchange) {
	return access_is_near(exchange->peer) && is_local_host(exchange_header(exchange, "Host")) &&
		!came_through_proxy(exchange);
}

bool access_is_anonymous(const struct exchange *exchange, enum http_anonymous anonymous) {
	switch (anonymous) {
	case HTTP_ANONYMOUS_ANY:
		return true;
	case HTTP_ANONYMOUS_LOOPBACK:
		return is_direct(exchange);
	default:
		return false;
	}
}
