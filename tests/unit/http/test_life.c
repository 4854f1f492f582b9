/* Requests that are not replied to at once: deadlines, clients that leave, what is forgotten,
 * drains. */
#include "bed.h"

enum { GONE = 1, ENDED = 2, IDLE = 3, LATE_SENT = 4, SEEN_GONE = 5, HELD_OK = 6 };

static void on_gone(struct http_request *request, void *ctx) {
	struct bed *bed = ctx;
	__atomic_store_n(&bed->counts[SEEN_GONE], http_is_gone(request), __ATOMIC_SEQ_CST);
	count(&bed->counts[GONE]);
}

static void on_gone_reply(struct http_request *request, void *ctx) {
	struct bed *bed = ctx;
	bed->held = NULL;
	bed->counts[LATE_SENT] = http_reply(request, 200, NULL);
	count(&bed->counts[GONE]);
}

static void on_end(struct http_request *request, void *ctx) {
	struct bed *bed = ctx;
	(void)request;
	if (bed->held == request) {
		bed->held = NULL;
	}
	count(&bed->counts[ENDED]);
}

static int handle_wait(struct http_request *request, void *ctx) {
	http_on_gone(request, on_gone, ctx);
	http_on_end(request, on_end, ctx);
	return handle_hold(request, ctx);
}

static int handle_give_up(struct http_request *request, void *ctx) {
	http_on_gone(request, on_gone_reply, ctx);
	http_on_end(request, on_end, ctx);
	return handle_hold(request, ctx);
}

/* A late reply that first asks everything of a request whose client is gone. */
static void reply_late(void *ctx) {
	struct bed *bed = ctx;
	size_t length = 0;
	const char *raw = http_raw_body(bed->held, &length);
	bed->counts[HELD_OK] = length == 4 && memcmp(raw, "abcd", 4) == 0 &&
		strcmp(http_header(bed->held, "X-Mine"), "kept") == 0 &&
		strcmp(http_path_param(bed->held, "rest"), "a/b") == 0 &&
		strcmp(http_query_param(bed->held, "q"), "1") == 0 &&
		strcmp(http_url(bed->held), "/wait/a/b?q=1") == 0;
	http_reply_header(bed->held, "X-Late", "1");
	json_t *body = json_pack("{s:b}", "late", 1);
	bed->counts[LATE_SENT] = http_reply(bed->held, 200, body);
	json_decref(body);
}

static void on_idle(void *ctx) {
	struct bed *bed = ctx;
	bed->number[IDLE] = (int)http_pending(bed->http);
	count(&bed->counts[IDLE]);
}

static void drain(void *ctx) {
	struct bed *bed = ctx;
	http_close(bed->http, HTTP_LISTEN_PUBLIC);
	http_on_idle(bed->http, on_idle, bed);
}

static int make(void **state) {
	struct http_settings settings = bed_settings();
	settings.request_timeout_ms = 400;
	struct bed *bed = bed_create(&settings);
	bed->counts[LATE_SENT] = -1;
	bed_route(bed, NULL, "/wait/{rest...}", HTTP_ROUTE_RAW_BODY, handle_wait);
	bed_route(bed, "GET", "/give-up", 0, handle_give_up);
	bed_route(bed, "GET", "/hello", 0, handle_hello);
	bed_listen(bed, "127.0.0.1:0");
	*state = bed;
	return 0;
}

static int unmake(void **state) {
	bed_destroy(*state);
	return 0;
}

static const char wait_request[] =
	"POST /wait/a/b?q=1 HTTP/1.1\r\nHost: localhost\r\nX-Mine: kept\r\n"
	"Content-Length: 4\r\n\r\nabcd";

static void client_late(struct bed *bed) {
	int fd = dial(bed);
	tell(fd, wait_request);
	await(&bed->counts[0], 1);
	loop_post(bed->loop, reply_late, bed);
	hear(fd, bed->saw[0]);
	tell(fd, "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
	hear(fd, bed->saw[1]);
	close(fd);
}

static void test_later(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_late);
	assert_status(bed->saw[0], 200);
	assert_has(bed->saw[0], "\r\nX-Late: 1\r\n");
	assert_status(bed->saw[1], 200);
	assert_int_equal(bed->counts[LATE_SENT], 1);
	assert_int_equal(bed->counts[GONE], 0);
	assert_int_equal(bed->counts[ENDED], 1);
}

static void client_deadline(struct bed *bed) {
	uint64_t began_ms = clock_precise_ms();
	int fd = dial(bed);
	tell(fd, wait_request);
	hear(fd, bed->saw[0]);
	bed->number[0] = (int)(clock_precise_ms() - began_ms);
	close(fd);
	nap(50);
	loop_post(bed->loop, reply_late, bed);
	await(&bed->counts[ENDED], 1);
	began_ms = clock_precise_ms();
	ask(bed, "GET /wait/x", "X-Request-Timeout-Ms: 20\r\n\r\n", bed->saw[1]);
	bed->number[1] = (int)(clock_precise_ms() - began_ms);
}

static void test_deadline(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_deadline);
	json_t *problem = assert_problem(bed->saw[0], 504, "deadline");
	assert_string_equal(json_string_value(json_object_get(problem, "outcome")), "unknown");
	assert_true(json_is_false(json_object_get(problem, "retryable")));
	json_decref(problem);
	assert_in_range(bed->number[0], 640, 1500);
	assert_int_equal(bed->counts[SEEN_GONE], 1);
	assert_int_equal(bed->counts[HELD_OK], 1);
	assert_int_equal(bed->counts[LATE_SENT], 0);
	problem = assert_problem(bed->saw[1], 504, "deadline");
	assert_true(json_is_true(json_object_get(problem, "retryable")));
	assert_null(json_object_get(problem, "outcome"));
	json_decref(problem);
	assert_in_range(bed->number[1], 260, 600);
	assert_int_equal(bed->counts[GONE], 2);
}

static void leave(struct bed *bed, bool is_reset) {
	const struct linger at_once = {.l_onoff = 1};
	int fd = dial(bed);
	tell(fd, wait_request);
	await(&bed->counts[0], 1);
	if (is_reset) {
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	}
	close(fd);
	await(&bed->counts[GONE], 1);
	loop_post(bed->loop, reply_late, bed);
	await(&bed->counts[ENDED], 1);
}

static void client_leaves(struct bed *bed) {
	leave(bed, false);
}

static void client_resets(struct bed *bed) {
	leave(bed, true);
}

static void assert_left(struct bed *bed) {
	assert_int_equal(bed->counts[GONE], 1);
	assert_int_equal(bed->counts[SEEN_GONE], 1);
	assert_int_equal(bed->counts[HELD_OK], 1);
	assert_int_equal(bed->counts[LATE_SENT], 0);
	assert_int_equal(bed->counts[ENDED], 1);
	assert_int_equal(http_pending(bed->http), 0);
	assert_has(bed->log, "\"gone\":true");
}

static void test_client_leaves(void **state) {
	bed_run(*state, client_leaves);
	assert_left(*state);
}

static void test_client_resets(void **state) {
	bed_run(*state, client_resets);
	assert_left(*state);
}

static void client_gives_up(struct bed *bed) {
	int fd = dial(bed);
	tell(fd, "GET /give-up HTTP/1.1\r\nHost: localhost\r\n\r\n");
	await(&bed->counts[0], 1);
	close(fd);
	await(&bed->counts[ENDED], 1);
	ask(bed, "GET /give-up", "\r\n", bed->saw[0]); /* and by the deadline */
	await(&bed->counts[ENDED], 2);
}

static void test_reply_inside_gone(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_gives_up);
	assert_refused(bed->saw[0], 504, "deadline");
	assert_int_equal(bed->counts[GONE], 2);
	assert_int_equal(bed->counts[ENDED], 2);
	assert_int_equal(bed->counts[LATE_SENT], 0);
}

static void client_forgotten(struct bed *bed) {
	ask(bed, "GET /wait/x", "X-Request-Timeout-Ms: 10\r\n\r\n", bed->saw[0]);
	await(&bed->counts[ENDED], 1);
}

static void test_forgotten(void **state) {
	struct bed *bed = *state;
	struct metric *forgotten = metric_make(
		METRIC_COUNTER, "connector_requests_forgotten_total", "owner=\"test\"", "");
	int64_t before = metric_value(forgotten);
	bed->http->forget_ms = 400;
	bed_run(bed, client_forgotten);
	assert_status(bed->saw[0], 504);
	assert_int_equal(bed->counts[ENDED], 1);
	assert_int_equal(metric_value(forgotten) - before, 1);
	assert_has(bed->log, "request forgotten");
	assert_has(bed->log, "\"owner\":\"test\"");
}

static void client_stays(struct bed *bed) {
	int fd = dial(bed);
	tell(fd, wait_request);
	await(&bed->counts[0], 1);
	bed->number[0] = fd; /* the test ends with the request open */
}

static void test_destroy_with_open_requests(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_stays);
	int fd = bed->number[0];
	assert_int_equal(http_pending(bed->http), 1);
	close(fd);
}

static void client_drain(struct bed *bed) {
	int idle = dial(bed);
	int busy = dial(bed);
	int reading = dial(bed);
	int slow = dial(bed);
	tell(idle, "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
	hear(idle, bed->saw[0]);
	tell(busy, wait_request);
	tell(reading, "GET /hel");
	tell(slow, "GET /hel");
	await(&bed->counts[0], 1);
	nap(20);
	loop_post(bed->loop, drain, bed);
	hear_all(idle, bed->saw[1]);
	bed->number[0] = dial(bed); /* refused */
	tell(reading, "lo HTTP/1.1\r\nHost: localhost\r\n\r\n");
	hear_all(reading, bed->saw[2]);
	nap(50);
	bed->number[1] = bed->counts[IDLE];
	loop_post(bed->loop, reply_late, bed);
	hear_all(busy, bed->saw[3]);
	hear_all(slow, bed->saw[4]); /* its second of grace, or 400 ms here */
	await(&bed->counts[IDLE], 1);
	close(idle);
	close(busy);
	close(reading);
	close(slow);
}

static void test_drain(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_drain);
	assert_status(bed->saw[0], 200);
	assert_string_equal(bed->saw[1], "EOF");
	assert_int_equal(bed->number[0], -1);
	assert_status(bed->saw[2], 200);
	assert_has(bed->saw[2], "Connection: close");
	assert_int_equal(bed->number[1], 0);
	assert_status(bed->saw[3], 200);
	assert_has(bed->saw[3], "Connection: close");
	assert_has(bed->saw[3], "EOF");
	assert_string_equal(bed->saw[4], "EOF");
	assert_int_equal(bed->counts[IDLE], 1);
	assert_int_equal(bed->number[IDLE], 0);
}

static void client_idle(struct bed *bed) {
	loop_post(bed->loop, drain, bed);
	await(&bed->counts[IDLE], 1);
}

static void test_drain_when_idle(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_idle);
	assert_int_equal(bed->counts[IDLE], 1);
}

/* A big reply to a reader that takes its time: idle only when the kernel has all of it. */
static int handle_big(struct http_request *request, void *ctx) {
	enum { SIZE = 8 * 1024 * 1024 };
	char *bytes = calloc(1, SIZE);
	(void)ctx;
	http_reply_bytes(request, 200, "application/octet-stream", bytes, SIZE);
	free(bytes);
	return HTTP_REPLIED;
}

static void client_big(struct bed *bed) {
	static char sink[64 * 1024];
	int fd = dial(bed);
	tell(fd, "GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n");
	hear_until(fd, bed->saw[0], false, true);
	loop_post(bed->loop, drain, bed);
	nap(100);
	bed->number[0] = bed->counts[IDLE];
	size_t total = 0;
	for (ssize_t got; (got = recv(fd, sink, sizeof(sink), 0)) > 0;) {
		total += (size_t)got;
	}
	bed->number[1] = (int)total;
	await(&bed->counts[IDLE], 1);
	close(fd);
}

static void test_drain_waits_for_writing(void **state) {
	struct bed *bed = *state;
	bed_route(bed, "GET", "/big", 0, handle_big);
	bed_run(bed, client_big);
	assert_int_equal(bed->number[0], 0);
	assert_int_equal(bed->number[1], 8 * 1024 * 1024);
	assert_int_equal(bed->counts[IDLE], 1);
}

static void client_slow(struct bed *bed) {
	int fd = dial(bed);
	uint64_t began_ms = clock_precise_ms();
	for (int i = 0; i < 40; i++) {
		tell(fd, i == 0 ? "G" : "E");
		struct pollfd closed = {.fd = fd, .events = POLLRDHUP};
		if (poll(&closed, 1, 50) > 0) {
			break;
		}
	}
	bed->number[0] = (int)(clock_precise_ms() - began_ms);
	close(fd);
}

static void test_slow_reader_is_cut(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_slow);
	assert_in_range(bed->number[0], 350, 1200);
	assert_int_equal(http_pending(bed->http), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_later, make, unmake),
		cmocka_unit_test_setup_teardown(test_deadline, make, unmake),
		cmocka_unit_test_setup_teardown(test_client_leaves, make, unmake),
		cmocka_unit_test_setup_teardown(test_client_resets, make, unmake),
		cmocka_unit_test_setup_teardown(test_reply_inside_gone, make, unmake),
		cmocka_unit_test_setup_teardown(test_forgotten, make, unmake),
		cmocka_unit_test_setup_teardown(test_destroy_with_open_requests, make, unmake),
		cmocka_unit_test_setup_teardown(test_drain, make, unmake),
		cmocka_unit_test_setup_teardown(test_drain_when_idle, make, unmake),
		cmocka_unit_test_setup_teardown(test_drain_waits_for_writing, make, unmake),
		cmocka_unit_test_setup_teardown(test_slow_reader_is_cut, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
