/* Idempotency-Key: which requests are the same, that they run once, who takes part, for how long.
 */
#include "keyed.h"

#include "base/buf.h"

enum { FIFTY = 50, DAY_MS = 24 * 60 * 60 * 1000 };

static int make(void **state) {
	*state = keyed_bed(3000);
	return 0;
}

static int unmake(void **state) {
	bed_destroy(*state);
	return 0;
}

/* ---- once ---- */

static void client_again(struct bed *bed) {
	int fd = dial(bed);
	tell_keyed(fd, "POST /work?a=1", "k", "X-Request-Id: one\r\n", "create");
	hear(fd, bed->saw[0]);
	tell_keyed(fd, "POST /work?a=1", "k", "X-Request-Id: two\r\n", "create");
	hear(fd, bed->saw[1]);
	tell_keyed(fd, "POST /work?a=1", "k", "", "create");
	hear(fd, bed->saw[2]);
	tell_keyed(fd, "POST /work?a=1", "another", "", "create");
	hear(fd, bed->saw[3]);
	tell_keyed(fd, "POST /work?a=1", "K", "", "create");
	hear(fd, bed->saw[4]);
	close(fd);
}

static void test_same_key_same_reply(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_again);
	assert_status(bed->saw[0], 201);
	assert_false(is_replayed(bed->saw[0]));
	assert_has(bed->saw[0], "\r\nX-Request-Id: one\r\n");
	for (int i = 1; i <= 2; i++) {
		assert_status(bed->saw[i], 201);
		assert_true(is_replayed(bed->saw[i]));
		assert_string_equal(body_of(bed->saw[i]), body_of(bed->saw[0]));
		assert_has(bed->saw[i], "\r\nX-Kept: yes\r\n");
		assert_has(bed->saw[i], "\r\nContent-Type: application/json; charset=utf-8\r\n");
		assert_has(bed->saw[i], "\r\nCache-Control: no-store\r\n");
	}
	assert_has(bed->saw[1], "\r\nX-Request-Id: two\r\n");
	assert_lacks(bed->saw[2], "X-Request-Id: one");
	assert_has(body_of(bed->saw[3]), "\"run\":2");
	assert_has(body_of(bed->saw[4]), "\"run\":3");
	assert_false(is_replayed(bed->saw[3]) || is_replayed(bed->saw[4]));
	assert_int_equal(bed->counts[RUNS], 3);
	assert_has(bed->log, "\"request_id\":\"two\"");
	assert_has(bed->log, "\"replay_of\":\"one\"");
}

static void client_other(struct bed *bed) {
	int fd = dial(bed);
	tell_keyed(fd, "POST /work", "k", "", "create");
	hear(fd, bed->saw[0]);
	tell_keyed(fd, "POST /work", "k", "", "create2");
	hear(fd, bed->saw[1]);
	tell_keyed(fd, "POST /work?mode=create", "k", "", "create");
	hear(fd, bed->saw[2]);
	tell_keyed(fd, "POST /v1/work", "k", "", "create");
	hear(fd, bed->saw[3]);
	tell_keyed(fd, "POST /work", "k", "", "");
	hear(fd, bed->saw[4]);
	tell_keyed(fd, "POST /work", "k", "", "create");
	hear(fd, bed->saw[5]);
	close(fd);
}

static void test_another_request_is_refused(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_other);
	for (int i = 1; i <= 4; i++) {
		json_t *problem = assert_problem(bed->saw[i], 422, "idempotency_key_reused");
		assert_string_equal(
			json_string_value(json_object_get(problem, "outcome")), "not_applied");
		assert_true(json_is_false(json_object_get(problem, "retryable")));
		assert_false(is_replayed(bed->saw[i]));
		json_decref(problem);
	}
	assert_true(is_replayed(bed->saw[5]));
	assert_int_equal(bed->counts[RUNS], 1);
}

/* ---- fifty at once ---- */

static char fifty[FIFTY][BED_TEXT];

static void client_fifty(struct bed *bed) {
	int fds[FIFTY];
	for (int i = 0; i < FIFTY; i++) {
		fds[i] = dial(bed);
	}
	for (int i = 0; i < FIFTY; i++) {
		tell_keyed(fds[i], "POST /work", "one-of-fifty", "", "hold");
	}
	await_busy(bed, FIFTY);
	do_on_loop(bed, reply_created);
	for (int i = 0; i < FIFTY; i++) {
		hear(fds[i], fifty[i]);
		close(fds[i]);
	}
}

static void test_fifty_at_once(void **state) {
	struct bed *bed = *state;
	int replayed = 0;
	bed_run(bed, client_fifty);
	assert_int_equal(bed->counts[RUNS], 1);
	for (int i = 0; i < FIFTY; i++) {
		assert_status(fifty[i], 201);
		assert_string_equal(body_of(fifty[i]), "{\"action\":\"created\",\"run\":1}");
		replayed += is_replayed(fifty[i]) ? 1 : 0;
	}
	assert_int_equal(replayed, FIFTY - 1);
	assert_int_equal(http_pending(bed->http), 0);
}

/* ---- who takes part ---- */

static int handle_any(struct http_request *request, void *ctx) {
	struct bed *bed = ctx;
	count(&bed->counts[RUNS]);
	created(request, bed->counts[RUNS]);
	return HTTP_REPLIED;
}

static void client_apart(struct bed *bed) {
	ask_twice(bed, "PATCH /any", "k", "x", 0);
	ask_twice(bed, "PUT /any", "k", "", 2); /* a bad key would be no fault either */
	ask_twice(bed, "POST /open", "k", "x", 4);
	ask_twice(bed, "POST /hidden", "k", "x", 6);
	uint16_t public_port = bed->port;
	bed->port = (uint16_t)bed->number[1];
	ask_twice(bed, "POST /both", "k", "x", 8);
	bed->port = public_port;
	ask_keyed(bed, "k", "x", bed->saw[10]);
}

static void test_who_takes_part(void **state) {
	struct bed *bed = *state;
	char error[200] = "";
	uint16_t port = 0;
	bed_route(bed, NULL, "/any", HTTP_ROUTE_RAW_BODY, handle_any);
	bed_route(bed, "POST", "/open", HTTP_ROUTE_RAW_BODY | HTTP_ROUTE_OPEN, handle_any);
	bed_route(bed, "POST", "/both", HTTP_ROUTE_RAW_BODY | HTTP_ROUTE_INTERNAL, handle_any);
	bed_route(bed, "POST", "/hidden", HTTP_ROUTE_RAW_BODY | HTTP_ROUTE_HIDDEN, handle_any);
	assert_true(http_listen(bed->http, "127.0.0.1:0", HTTP_LISTEN_INTERNAL, &port, error, sizeof(error)));
	bed->number[1] = port;
	bed_run(bed, client_apart);
	for (int i = 0; i < 10; i++) {
		assert_status(bed->saw[i], 201);
		assert_int_equal(is_replayed(bed->saw[i]), i == 7);
	}
	assert_refused(bed->saw[10], 422,
		"idempotency_key_reused"); /* by /hidden: it has a key like any other */
	assert_int_equal(bed->counts[RUNS], 9);
}

/* ---- metrics ---- */

/* The number on the line that begins with `name`; 0 when there is none. */
static long told(const char *name) {
	struct buf text;
	char line[160];
	buf_init(&text, 4 * 1024 * 1024);
	metric_render(&text);
	snprintf(line, sizeof(line), "\n%s ", name);
	const char *at = strstr(buf_text(&text), line);
	long value = at == NULL ? 0 : strtol(at + strlen(line), NULL, 10);
	buf_finish(&text);
	return value;
}

static long told_of(const char *end) {
	char name[120];
	snprintf(name, sizeof(name), "connector_idempotency_requests_total{end=\"%s\"}", end);
	return told(name);
}

static void client_counted(struct bed *bed) {
	ask_keyed(bed, "1", "create", bed->saw[0]);
	ask_keyed(bed, "1", "create", bed->saw[0]);
	ask_keyed(bed, "1", "create", bed->saw[0]);
	ask_keyed(bed, "1", "other", bed->saw[0]);
	ask_keyed(bed, "", "create", bed->saw[0]);
	ask_keyed(bed, "2", "create", bed->saw[0]);
	ask(bed, "POST /work", "Content-Length: 6\r\n\r\ncreate", bed->saw[0]);
	int first = hold_keyed(bed, "3", "");
	int second = wait_keyed(bed, "3", "X-Request-Timeout-Ms: 50\r\n");
	hear(second, bed->saw[0]);
	do_on_loop(bed, reply_not_applied);
	hear(first, bed->saw[0]);
	close(first);
	close(second);
}

static void test_metrics(void **state) {
	static const char *const ends[] = {
		"first", "replayed", "reused", "malformed", "late", "busy"};
	static const long wanted[] = {3, 2, 1, 1, 1, 0};
	long before[6];
	for (int i = 0; i < 6; i++) {
		before[i] = told_of(ends[i]);
	}
	bed_run(*state, client_counted);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(told_of(ends[i]) - before[i], wanted[i]);
	}
	assert_int_equal(told("connector_idempotency_keys"), 2);
	assert_in_range(told("connector_idempotency_kept_bytes"), 2 * 50, 2 * 300);
}

/* ---- a day ---- */

static void set_almost_a_day(void *ctx) {
	struct bed *bed = ctx;
	clock_set_ms(clock_now_ms() + DAY_MS - 1000);
	count(&bed->counts[REPLIED]);
}

static void set_a_second(void *ctx) {
	struct bed *bed = ctx;
	clock_set_ms(clock_now_ms() + 1000);
	count(&bed->counts[REPLIED]);
}

static void client_a_day(struct bed *bed) {
	ask_keyed(bed, "k", "create", bed->saw[0]);
	do_on_loop(bed, set_almost_a_day);
	await(&bed->counts[REPLIED], 1);
	ask_keyed(bed, "k", "create", bed->saw[1]);
	do_on_loop(bed, set_a_second);
	await(&bed->counts[REPLIED], 2);
	ask_keyed(bed, "k", "create", bed->saw[2]);
	ask_keyed(bed, "k", "create", bed->saw[3]);
}

static void test_a_day(void **state) {
	struct bed *bed = *state;
	clock_set_ms(5000);
	bed_run(bed, client_a_day);
	assert_true(is_replayed(bed->saw[1]));
	assert_has(body_of(bed->saw[1]), "\"run\":1");
	assert_false(is_replayed(bed->saw[2]));
	assert_has(body_of(bed->saw[2]), "\"run\":2");
	assert_true(is_replayed(bed->saw[3]));
	assert_has(body_of(bed->saw[3]), "\"run\":2");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_same_key_same_reply, make, unmake),
		cmocka_unit_test_setup_teardown(test_another_request_is_refused, make, unmake),
		cmocka_unit_test_setup_teardown(test_fifty_at_once, make, unmake),
		cmocka_unit_test_setup_teardown(test_who_takes_part, make, unmake),
		cmocka_unit_test_setup_teardown(test_metrics, make, unmake),
		cmocka_unit_test_setup_teardown(
			test_a_day, make, unmake), /* the last: it owns the clock */
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
