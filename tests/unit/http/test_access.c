/* Who may call without an API key. */
#include "bed.h"
#include "http/access.h"

#include <ifaddrs.h>
#include <net/if.h>

static int make_for(void **state, enum http_anonymous anonymous) {
	struct http_settings settings = bed_settings();
	settings.anonymous = anonymous;
	struct bed *bed = bed_create(&settings);
	bed_route(bed, "GET", "/hello", 0, handle_hello);
	bed_route(bed, "GET", "/open", HTTP_ROUTE_OPEN, handle_hello);
	*state = bed;
	return 0;
}

static int make_loopback(void **state) {
	return make_for(state, HTTP_ANONYMOUS_LOOPBACK);
}

static int make_no(void **state) {
	return make_for(state, HTTP_ANONYMOUS_NO);
}

static int make_any(void **state) {
	return make_for(state, HTTP_ANONYMOUS_ANY);
}

static int unmake(void **state) {
	bed_destroy(*state);
	return 0;
}

static void client_local(struct bed *bed) {
	static const char *const requests[] = {"Host: localhost:8080\r\n", "Host: 127.0.0.1\r\n",
		"Host: [::1]:1\r\n", "Host: evil.example\r\n", "Host: localhost.evil.example\r\n",
		"Host: localhost:x\r\n", "", "Host: localhost\r\nX-Forwarded-For: 127.0.0.1\r\n",
		"Host: localhost\r\nForwarded: for=x\r\n", "Host: localhost\r\nVia: 1.1 x\r\n",
		"Host: localhost\r\nX-Real-IP: 1.2.3.4\r\n"};
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		int fd = dial(bed);
		tell(fd, "GET /hello HTTP/1.1\r\n");
		tell(fd, requests[i]);
		tell(fd, "\r\n");
		hear(fd, bed->saw[i]);
		close(fd);
	}
	int fd = dial(bed);
	tell(fd, "GET /open HTTP/1.1\r\nHost: evil.example\r\nVia: x\r\n\r\n");
	hear(fd, bed->saw[11]);
	close(fd);
}

static void test_anonymous_loopback(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_local);
	for (size_t i = 0; i < 3; i++) {
		assert_status(bed->saw[i], 200);
	}
	for (size_t i = 3; i < 11; i++) {
		assert_refused(bed->saw[i], 403, "anonymous_refused");
	}
	assert_status(bed->saw[11], 200);
}

static void test_anonymous_no(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_local);
	for (size_t i = 0; i < 11; i++) {
		assert_refused(bed->saw[i], 401, "key_required");
	}
	assert_status(bed->saw[11], 200);
}

static void test_anonymous_any(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_local);
	for (size_t i = 0; i < 12; i++) {
		assert_status(bed->saw[i], 200);
	}
}

/* A Host header is the caller's to choose, an address is not. */
static void test_who_is_near(void **state) {
	static const char *const near[] = {
		"127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "unix"};
	static const char *const far[] = {"10.0.0.1", "192.168.127.1", "::ffff:10.127.0.1",
		"2001:db8::127", "::", "fe80::1%lo", "::12", "unknown", ""};
	(void)state;
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
		assert_true(access_is_near(near[i]));
	}
	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		assert_false(access_is_near(far[i]));
	}
}

/* The address of a network card of this machine, when it has one: a peer beyond loopback. */
static struct in_addr own_address;

static bool find_own_address(void) {
	struct ifaddrs *all = NULL;
	bool is_found = false;
	assert_int_equal(getifaddrs(&all), 0);
	for (const struct ifaddrs *one = all; one != NULL; one = one->ifa_next) {
		if (one->ifa_addr != NULL && one->ifa_addr->sa_family == AF_INET &&
			(one->ifa_flags & (IFF_LOOPBACK | IFF_UP)) == IFF_UP) {
			own_address = ((const struct sockaddr_in *)(const void *)one->ifa_addr)->sin_addr;
			is_found = true;
		}
	}
	freeifaddrs(all);
	return is_found;
}

static void client_from_beyond(struct bed *bed) {
	const struct sockaddr_in where = {
		.sin_family = AF_INET, .sin_port = htons(bed->port), .sin_addr = own_address};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (const struct sockaddr *)&where, sizeof(where)) == 0) {
		tell(fd, "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
		hear(fd, bed->saw[0]);
	}
	close(fd);
	ask(bed, "GET /hello", "\r\n", bed->saw[1]);
}

static void test_host_header_is_not_enough(void **state) {
	struct bed *bed = *state;
	if (!find_own_address()) {
		skip();
	}
	bed_listen(bed, "0.0.0.0:0");
	bed_run(bed, client_from_beyond);
	assert_refused(bed->saw[0], 403, "anonymous_refused");
	assert_status(bed->saw[1], 200);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_anonymous_loopback, make_loopback, unmake),
		cmocka_unit_test_setup_teardown(test_anonymous_no, make_no, unmake),
		cmocka_unit_test_setup_teardown(test_anonymous_any, make_any, unmake),
		cmocka_unit_test(test_who_is_near),
		cmocka_unit_test_setup_teardown(
			test_host_header_is_not_enough, make_loopback, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
