/* Idempotency-Key: those that wait, and those of them that take over. */
#include "keyed.h"

static int make(void **state) {
	*state = keyed_bed(3000);
	return 0;
}

static int make_patient(void **state) {
	*state = keyed_bed(20000);
	return 0;
}

static int unmake(void **state) {
	bed_destroy(*state);
	return 0;
}

/* ---- taking over ---- */

static void client_takes_over(struct bed *bed) {
	int first = hold_keyed(bed, "k", "");
	int second = wait_keyed(bed, "k", "X-Request-Id: second\r\n");
	int third = wait_keyed(bed, "k", "");
	bed->number[0] = bed->counts[RUNS];
	await_replied(bed, reply_not_applied);
	hear(first, bed->saw[0]);
	await(&bed->counts[RUNS], 2);
	nap(50);
	bed->number[1] = bed->counts[RUNS];
	await_replied(bed, reply_created);
	hear(second, bed->saw[1]);
	hear(third, bed->saw[2]);
	ask_keyed(bed, "k", "hold", bed->saw[3]);
	close(first);
	close(second);
	close(third);
}

static void test_next_takes_over(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_takes_over);
	assert_int_equal(bed->number[0], 1);
	assert_int_equal(bed->number[1], 2);
	assert_refused(bed->saw[0], 503, "told");
	assert_has(bed->saw[0], "\r\nRetry-After: 2\r\n");
	assert_status(bed->saw[1], 201);
	assert_false(is_replayed(bed->saw[1]));
	assert_lacks(bed->saw[1], "Retry-After");
	for (int i = 2; i <= 3; i++) {
		assert_status(bed->saw[i], 201);
		assert_true(is_replayed(bed->saw[i]));
		assert_string_equal(body_of(bed->saw[i]), "{\"action\":\"created\",\"run\":2}");
	}
	assert_int_equal(bed->counts[RUNS], 2);
	assert_has(bed->log, "\"replay_of\":\"second\"");
}

/* Each is refused in turn, at once, inside the turn of the loop in which it took over. */
static void client_all_fail(struct bed *bed) {
	int fds[6];
	for (int i = 0; i < 6; i++) {
		fds[i] = i == 0 ? hold_keyed(bed, "k", "") : wait_keyed(bed, "k", "");
	}
	__atomic_store_n(&bed->counts[REFUSING], 1, __ATOMIC_SEQ_CST);
	await_replied(bed, reply_not_applied);
	for (int i = 0; i < 6; i++) {
		hear(fds[i], bed->saw[i]);
		close(fds[i]);
	}
}

static void test_all_fail_in_turn(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_all_fail);
	for (int i = 0; i < 6; i++) {
		assert_refused(bed->saw[i], 503, "told");
		assert_false(is_replayed(bed->saw[i]));
	}
	assert_int_equal(bed->counts[RUNS], 6);
}

static void client_unknown(struct bed *bed) {
	int first = hold_keyed(bed, "k", "");
	int second = wait_keyed(bed, "k", "");
	await_replied(bed, reply_unknown);
	hear(first, bed->saw[0]);
	hear(second, bed->saw[1]);
	ask_keyed(bed, "k", "hold", bed->saw[2]);
	close(first);
	close(second);
}

static void test_unknown_is_given_again(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_unknown);
	for (int i = 0; i <= 2; i++) {
		assert_refused(bed->saw[i], 504, "told");
		assert_has(bed->saw[i], "\"outcome\":\"unknown\"");
		assert_string_equal(body_of(bed->saw[i]), body_of(bed->saw[0]));
		assert_int_equal(is_replayed(bed->saw[i]), i > 0);
	}
	assert_int_equal(bed->counts[RUNS], 1);
}

/* ---- waiting ---- */

static void client_waiter_is_late(struct bed *bed) {
	int first = hold_keyed(bed, "k", "");
	uint64_t began_ms = clock_precise_ms();
	int second = wait_keyed(bed, "k", "X-Request-Timeout-Ms: 100\r\n");
	hear(second, bed->saw[0]);
	bed->number[0] = (int)(clock_precise_ms() - began_ms);
	await_replied(bed, reply_created);
	hear(first, bed->saw[1]);
	tell_keyed(second, "POST /work", "k", "", "hold");
	hear(second, bed->saw[2]);
	close(first);
	close(second);
}

static void test_waiter_has_its_own_deadline(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_waiter_is_late);
	json_t *problem = assert_problem(bed->saw[0], 504, "deadline");
	assert_true(json_is_true(json_object_get(problem, "retryable")));
	assert_string_equal(json_string_value(json_object_get(problem, "outcome")), "unknown");
	json_decref(problem);
	assert_has(bed->saw[0], "\r\nRetry-After: 1\r\n");
	assert_in_range(bed->number[0], 340, 900);
	assert_status(bed->saw[1], 201);
	assert_true(is_replayed(bed->saw[2]));
	assert_int_equal(bed->counts[RUNS], 1);
}

static void client_waiter_leaves(struct bed *bed) {
	int first = hold_keyed(bed, "k", "");
	int second = wait_keyed(bed, "k", "X-Request-Id: impatient\r\n");
	int third = wait_keyed(bed, "k", "");
	close(second);
	nap(250);
	await_replied(bed, reply_not_applied);
	hear(first, bed->saw[0]);
	await(&bed->counts[RUNS], 2);
	await_replied(bed, reply_created);
	hear(third, bed->saw[1]);
	close(first);
	close(third);
}

static void test_waiter_leaves(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_waiter_leaves);
	assert_status(bed->saw[1], 201);
	assert_false(is_replayed(bed->saw[1]));
	assert_int_equal(bed->counts[RUNS], 2);
	assert_int_equal(bed->counts[GONE], 0);
	const char *line = strstr(bed->log, "\"request_id\":\"impatient\"");
	assert_non_null(line);
	assert_memory_equal(strstr(line, "\"gone\":"), "\"gone\":true", 11);
}

/* It is to take over at the end of the turn, and leaves, or is too late, before. */
static void refuse_and_leave(void *ctx) {
	struct bed *bed = ctx;
	struct http_request *next = list_entry(bed->held->link.next, struct http_request, link);
	refused(bed->held, 503, HTTP_NOT_APPLIED);
	if (bed->number[1] == 0) {
		request_leave(next);
	} else {
		idempotency_give_up(next);
	}
	count(&bed->counts[REPLIED]);
}

static void client_next_leaves(struct bed *bed) {
	int first = hold_keyed(bed, "k", "");
	int second = wait_keyed(bed, "k", "");
	int third = wait_keyed(bed, "k", "");
	await_replied(bed, refuse_and_leave);
	await(&bed->counts[RUNS], 2);
	await_replied(bed, reply_created);
	hear(third, bed->saw[0]);
	if (bed->number[1] != 0) {
		hear(second, bed->saw[1]);
	}
	close(first);
	close(second);
	close(third);
	nap(250);
}

static void test_next_leaves_before_its_turn(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_next_leaves);
	assert_status(bed->saw[0], 201);
	assert_false(is_replayed(bed->saw[0]));
	assert_int_equal(bed->counts[RUNS], 2);
}

static void test_next_is_late_before_its_turn(void **state) {
	struct bed *bed = *state;
	bed->number[1] = 1;
	bed_run(bed, client_next_leaves);
	assert_status(bed->saw[0], 201);
	assert_refused(bed->saw[1], 504, "deadline");
	assert_has(bed->saw[1], "\"outcome\":\"not_applied\"");
	assert_int_equal(bed->counts[RUNS], 2);
}

static void client_many_wait(struct bed *bed) {
	int fds[IDEMPOTENCY_WAITERS_MAX + 2];
	const int count_of = IDEMPOTENCY_WAITERS_MAX + 2;
	fds[0] = hold_keyed(bed, "k", "");
	for (int i = 1; i < count_of - 1; i++) {
		fds[i] = dial(bed);
		tell_keyed(fds[i], "POST /work", "k", "", "hold");
	}
	await_busy(bed, count_of - 1);
	fds[count_of - 1] = dial(bed);
	tell_keyed(fds[count_of - 1], "POST /work", "k", "", "hold");
	hear(fds[count_of - 1], bed->saw[0]);
	await_replied(bed, reply_created);
	for (int i = 0; i < count_of - 1; i++) {
		hear(fds[i], bed->saw[1]);
		bed->number[0] += strncmp(bed->saw[1], "HTTP/1.1 201 ", 13) == 0 ? 1 : 0;
		close(fds[i]);
	}
	close(fds[count_of - 1]);
}

static void test_only_so_many_wait(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_many_wait);
	json_t *problem = assert_problem(bed->saw[0], 503, "busy");
	assert_string_equal(json_string_value(json_object_get(problem, "outcome")), "unknown");
	assert_true(json_is_true(json_object_get(problem, "retryable")));
	json_decref(problem);
	assert_int_equal(bed->number[0], IDEMPOTENCY_WAITERS_MAX + 1);
	assert_int_equal(bed->counts[RUNS], 1);
}

/* Those that wait keep their bodies, but not any number of bytes. */
enum { HEAVY_BYTES = 1024 * 1024, HEAVY_MOST = IDEMPOTENCY_WAITING_BYTES_MAX / HEAVY_BYTES };

static int tell_heavy(struct bed *bed) {
	static char filler[HEAVY_BYTES];
	char head[160];
	int fd = dial(bed);
	snprintf(head, sizeof(head),
		"POST /heavy HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: k\r\n"
		"Content-Length: %d\r\n\r\n",
		HEAVY_BYTES);
	tell(fd, head);
	tell_bytes(fd, filler, sizeof(filler));
	return fd;
}

static void client_heavy(struct bed *bed) {
	static int fds[HEAVY_MOST + 2];
	for (int i = 0; i < HEAVY_MOST + 2; i++) {
		fds[i] = tell_heavy(bed);
		await_busy(bed, i <= HEAVY_MOST ? i + 1 : i);
	}
	hear(fds[HEAVY_MOST + 1], bed->saw[0]);
	await_replied(bed, reply_created);
	for (int i = 0; i <= HEAVY_MOST; i++) {
		hear(fds[i], bed->saw[1]);
		bed->number[0] += strncmp(bed->saw[1], "HTTP/1.1 201 ", 13) == 0 ? 1 : 0;
		close(fds[i]);
	}
	close(fds[HEAVY_MOST + 1]);
	int again = tell_heavy(bed);
	hear(again, bed->saw[2]);
	close(again);
}

static void test_waiting_bodies_are_bounded(void **state) {
	struct bed *bed = *state;
	bed_route(bed, "POST", "/heavy", HTTP_ROUTE_RAW_BODY, handle_hold);
	bed_run(bed, client_heavy);
	assert_refused(bed->saw[0], 503, "busy");
	assert_int_equal(bed->number[0], HEAVY_MOST + 1);
	assert_true(is_replayed(bed->saw[2]));
	assert_int_equal(bed->counts[RUNS], 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_next_takes_over, make, unmake),
		cmocka_unit_test_setup_teardown(test_all_fail_in_turn, make, unmake),
		cmocka_unit_test_setup_teardown(test_unknown_is_given_again, make, unmake),
		cmocka_unit_test_setup_teardown(test_waiter_has_its_own_deadline, make, unmake),
		cmocka_unit_test_setup_teardown(test_waiter_leaves, make, unmake),
		cmocka_unit_test_setup_teardown(test_next_leaves_before_its_turn, make, unmake),
		cmocka_unit_test_setup_teardown(test_next_is_late_before_its_turn, make, unmake),
		cmocka_unit_test_setup_teardown(test_only_so_many_wait, make, unmake),
		cmocka_unit_test_setup_teardown(
			test_waiting_bodies_are_bounded, make_patient, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
