/* What is on the wire: kept connections, pipelining, what evhttp refuses by itself, raw replies. */
#include "bed.h"

static int handle_reset(struct http_request *request, void *ctx) {
	(void)ctx;
	http_reply_reset(request);
	return HTTP_REPLIED;
}

static int handle_raw(struct http_request *request, void *ctx) {
	static const char bytes[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut";
	(void)ctx;
	http_reply_wire(request, bytes, sizeof(bytes) - 1);
	return HTTP_REPLIED;
}

static int handle_nothing(struct http_request *request, void *ctx) {
	(void)ctx;
	http_reply_wire(request, "", 0);
	return HTTP_REPLIED;
}

static int make(void **state) {
	struct bed *bed = bed_create(NULL);
	bed_route(bed, "GET", "/hello", 0, handle_hello);
	bed_route(bed, "GET", "/reset", 0, handle_reset);
	bed_route(bed, "GET", "/raw", 0, handle_raw);
	bed_route(bed, "GET", "/nothing", 0, handle_nothing);
	*state = bed;
	return 0;
}

static int unmake(void **state) {
	bed_destroy(*state);
	return 0;
}

static const char hello[] = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";

static void client_nonsense(struct bed *bed) {
	static const char *const nonsense[] = {"GET / HTTP/1.1\r\nHost\r\n\r\n",
		"BREW /pot HTTP/1.1\r\nHost: localhost\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n",
		"GET /hello HTTP/2.0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\nContent-Length: 1\r\n\r\n"};
	for (size_t i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		int fd = dial(bed);
		tell(fd, nonsense[i]);
		hear_all(fd, bed->saw[i]);
		close(fd);
	}
	ask(bed, "GET /hello", "\r\n", bed->saw[5]);
}

static void test_nonsense(void **state) {
	static const struct {
		int status;
		const char *code;
	} expected[] = {{400, "bad_request"}, {501, "method_not_implemented"}, {400, "bad_request"},
		{400, "bad_request"}, {417, "expectation_failed"}};
	struct bed *bed = *state;
	bed_run(bed, client_nonsense);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		char *end = strstr(bed->saw[i], "EOF");
		assert_non_null(end);
		*end = '\0';
		assert_lacks(bed->saw[i], "HTML");
		assert_refused(bed->saw[i], expected[i].status, expected[i].code);
	}
	assert_status(bed->saw[5], 200);
}

static void client_connection(struct bed *bed) {
	int fd = dial(bed);
	for (int i = 0; i < 3; i++) { /* kept alive */
		tell(fd, "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
		hear(fd, bed->saw[i]);
	}
	tell(fd,
		"GET /hello HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: one\r\n\r\n"
		"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: two\r\n\r\n"
		"GET /hello HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: three\r\nConnection: foo, "
		"close\r\n\r\n");
	hear_all(fd, bed->saw[3]);
	close(fd);
	fd = dial(bed);
	tell(fd,
		"HEAD /hello HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\r\n"
		"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
	hear_all(fd, bed->saw[4]);
	close(fd);
	fd = dial(bed);
	tell(fd, "GET /hello HTTP/1.0\r\nHost: localhost\r\n\r\n");
	hear_all(fd, bed->saw[5]);
	close(fd);
}

static void test_connections(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_connection);
	for (size_t i = 0; i < 3; i++) {
		assert_status(bed->saw[i], 200);
	}
	const char *one = strstr(bed->saw[3], "X-Request-Id: one");
	const char *two = strstr(bed->saw[3], "X-Request-Id: two");
	const char *three = strstr(bed->saw[3], "X-Request-Id: three");
	assert_true(one != NULL && two > one && three > two);
	assert_has(three, "Connection: close");
	assert_has(three, "EOF");
	assert_null(strstr(bed->saw[4] + 1, "HTTP/1.1")); /* a HEAD's body is no second request */
	assert_has(bed->saw[4], "Connection: close");
	assert_has(bed->saw[5], "200 OK");
	assert_has(bed->saw[5], "EOF");
}

static void client_raw(struct bed *bed) {
	static const char *const paths[] = {"/reset", "/raw", "/nothing"};
	for (size_t i = 0; i < 3; i++) {
		char text[100];
		int fd = dial(bed);
		tell(fd, hello); /* so that evhttp has a finished reply behind it */
		hear(fd, bed->saw[3]);
		snprintf(
			text, sizeof(text), "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", paths[i]);
		tell(fd, text);
		hear_all(fd, bed->saw[i]);
		close(fd);
	}
	nap(50);
	bed->number[0] = (int)http_pending(bed->http);
}

static void test_raw_replies(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_raw);
	assert_string_equal(bed->saw[0], "RESET");
	assert_string_equal(bed->saw[1], "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncutEOF");
	assert_string_equal(bed->saw[2], "EOF");
	assert_int_equal(bed->number[0], 0);
	assert_has(bed->log, "\"route\":\"/raw\"");
	assert_lacks(bed->log, "\"gone\":true");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_nonsense, make, unmake),
		cmocka_unit_test_setup_teardown(test_connections, make, unmake),
		cmocka_unit_test_setup_teardown(test_raw_replies, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
