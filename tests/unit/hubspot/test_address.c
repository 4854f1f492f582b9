/* Who a peer may be: URLs, names and addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <arpa/inet.h>
#include <cmocka.h>

#include "hubspot/exchange.h"

static void urls_are_read(void **state) {
	static const struct {
		const char *url, *host;
		uint16_t port;
	} CASES[] = {
		{"https://api.hubapi.com", "api.hubapi.com", 443},
		{"https://API.HubAPI.com/base/path:1", "api.hubapi.com", 443},
		{"https://api.hubapi.com.:8443/", "api.hubapi.com", 8443},
		{"http://127.0.0.1:8080", "127.0.0.1", 8080},
		{"http://localhost", "localhost", 80},
		{"https://[2001:DB8::1]:8443/x", "2001:db8::1", 8443},
		{"https://[::1]", "::1", 443},
		{"http://user:pass@word@proxy:3128", "proxy", 3128},
		{"https://a:65535", "a", 65535},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct origin origin;
		assert_true(origin_read(CASES[i].url, &origin));
		assert_string_equal(origin.host, CASES[i].host);
		assert_int_equal(origin.port, CASES[i].port);
	}
}

static void what_is_no_url(void **state) {
	static char long_one[400] = "https://";
	static const char *const CASES[] = {"", "api.hubapi.com", "https://", "https://:80", "https:///x", "https://a:", "https://a:0",
		"https://a:65536", "https://a:8080x", "https://a:123456", "https://[::1", "https://[]", "https://u@", long_one};
	(void)state;
	memset(long_one + strlen(long_one), 'x', 300);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct origin origin = {.port = 7};
		assert_false(origin_read(CASES[i], &origin));
		assert_int_equal(origin.port, 7);
	}
}

static void names(void **state) {
	static const struct {
		const char *host;
		bool is_address, is_localhost, is_public;
	} CASES[] = {
		{"api.hubapi.com", false, false, true},
		{"127.0.0.1", true, false, false},
		{"8.8.8.8", true, false, false},
		{"2606:4700::1", true, false, false},
		{"localhost", false, true, false},
		{"x.localhost", false, true, false},
		{"notlocalhost", false, false, false},
		{"sandbox", false, false, false},
		{"mock.corp.internal", false, false, false},
		{"mock.default.svc.cluster.local", false, false, false},
		{"mock.default.svc", false, false, false},
		{"internal.example.com", false, false, true},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		assert_int_equal(host_is_address(CASES[i].host), CASES[i].is_address);
		assert_int_equal(host_is_localhost(CASES[i].host), CASES[i].is_localhost);
		assert_int_equal(host_is_public(CASES[i].host), CASES[i].is_public);
	}
}

static bool is_private(const char *text) {
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
		return address_is_private((const struct sockaddr *)&v4);
	}
	assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
	return address_is_private((const struct sockaddr *)&v6);
}

/* Each block's first and last address. */
static void private_addresses(void **state) {
	static const char *const CASES[] = {"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255",
		"127.0.0.0", "127.255.255.255", "169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255",
		"192.0.0.0", "192.0.0.255", "192.168.0.0", "192.168.255.255", "224.0.0.0", "255.255.255.255", "::", "::1", "fc00::",
		"fdff::1", "fe80::1", "febf::1", "fec0::1", "ff00::", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.1.2.3",
		"64:ff9b::192.168.1.1", "::127.0.0.1"};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		assert_true(is_private(CASES[i]));
	}
}

static void public_addresses(void **state) {
	static const char *const CASES[] = {"1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "104.16.1.2",
		"126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255",
		"192.0.1.0", "192.167.255.255", "192.169.0.0", "223.255.255.255", "2606:4700::6810:102", "fbff::1", "fe7f::1",
		"::ffff:104.16.1.2", "64:ff9b::104.16.1.2", "64:ff9a::127.0.0.1"};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		assert_false(is_private(CASES[i]));
	}
	const struct sockaddr other = {.sa_family = AF_UNIX};
	assert_true(address_is_private(&other));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_read),
		cmocka_unit_test(what_is_no_url),
		cmocka_unit_test(names),
		cmocka_unit_test(private_addresses),
		cmocka_unit_test(public_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
