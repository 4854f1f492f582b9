/* Who may call without an API key. */
#include "bed.h"

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

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_anonymous_loopback, make_loopback, unmake),
		cmocka_unit_test_setup_teardown(test_anonymous_no, make_no, unmake),
		cmocka_unit_test_setup_teardown(test_anonymous_any, make_any, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
