/* Idempotency-Key and the end: clients that leave, deadlines, and the end of all. */
#include "keyed.h"

static int make(void **state) {
	*state = keyed_bed(3000);
	return 0;
}

static int make_hasty(void **state) {
	*state = keyed_bed(400);
	return 0;
}

static int unmake(void **state) {
	bed_destroy(*state);
	return 0;
}

/* ---- the first one leaves ---- */

static void look_pending(void *ctx) {
	struct bed *bed = ctx;
	bed->number[1] = (int)http_pending(bed->http);
}

static void client_first_leaves(struct bed *bed) {
	int first = hold_keyed(bed, "k", "");
	int second = wait_keyed(bed, "k", "");
	close(first);
	nap(300);
	bed->number[0] = bed->counts[GONE];
	do_on_loop(bed, look_pending);
	nap(20);
	await_replied(bed, reply_created);
	hear(second, bed->saw[0]);
	ask_keyed(bed, "k", "hold", bed->saw[1]);
	close(second);
}

static void test_first_leaves(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_first_leaves);
	assert_int_equal(bed->number[0], 0);
	assert_int_equal(bed->number[1], 1);
	for (int i = 0; i <= 1; i++) {
		assert_status(bed->saw[i], 201);
		assert_true(is_replayed(bed->saw[i]));
	}
	assert_int_equal(bed->counts[RUNS], 1);
	assert_int_equal(bed->counts[GONE], 0);
	assert_has(bed->log, "\"gone\":true");
}

static void client_first_leaves_refused(struct bed *bed) {
	int first = hold_keyed(bed, "k", "");
	close(first);
	nap(300);
	await_replied(bed, reply_not_applied);
	ask_keyed(bed, "k", "hold2", bed->saw[0]); /* nothing is left of it, not even its body */
}

/* A plugin's own refusal, without an outcome, after the client of its run has left. */
static void reply_own_conflict(void *ctx) {
	struct bed *bed = ctx;
	json_t *body = json_pack("{s:s}", "status", "error");
	http_reply(bed->held, 409, body);
	json_decref(body);
	count(&bed->counts[REPLIED]);
}

static void client_own_leaves(struct bed *bed) {
	int first = hold_keyed(bed, "k", "");
	close(first);
	nap(300);
	await_replied(bed, reply_own_conflict);
	ask_keyed(bed, "k", "hold", bed->saw[0]);
}

static void test_a_refusal_nobody_waits_for_is_not_kept(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_own_leaves);
	assert_false(is_replayed(bed->saw[0]));
}

static void test_first_leaves_and_nothing_was_applied(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_first_leaves_refused);
	assert_status(bed->saw[0], 201);
	assert_false(is_replayed(bed->saw[0]));
	assert_int_equal(bed->counts[RUNS], 2);
}

/* Away, it still has its deadline; the handler is told then, and what it says is kept. */
static void client_left_until_the_deadline(struct bed *bed) {
	int first = hold_keyed(bed, "k", "");
	uint64_t began_ms = clock_precise_ms();
	close(first);
	await(&bed->counts[GONE], 1);
	bed->number[0] = (int)(clock_precise_ms() - began_ms);
	await_replied(bed, reply_created);
	ask_keyed(bed, "k", "hold", bed->saw[0]);
}

static void test_first_is_away_until_its_deadline(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_left_until_the_deadline);
	assert_in_range(bed->number[0], 600, 1200);
	assert_status(bed->saw[0], 201);
	assert_true(is_replayed(bed->saw[0]));
	assert_int_equal(bed->counts[RUNS], 1);
}

/* ---- after the 504 ---- */

static void client_late_reply(struct bed *bed) {
	int first = hold_keyed(bed, "k", "");
	hear(first, bed->saw[0]);
	await(&bed->counts[GONE], 1);
	int second = wait_keyed(bed, "k", ""); /* it still runs */
	bed->number[0] = bed->counts[RUNS];
	do_on_loop(bed,
		bed->number[1] == 0           ? reply_created
			: bed->number[1] == 1 ? reply_unknown
					      : reply_not_applied);
	if (bed->number[1] == 2) {
		await(&bed->counts[RUNS], 2);
		await_replied(bed, reply_created);
	}
	hear(second, bed->saw[1]);
	close(first);
	close(second);
}

static void test_later_reply_is_kept_instead(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_late_reply);
	assert_refused(bed->saw[0], 504, "deadline");
	assert_int_equal(bed->number[0], 1);
	assert_status(bed->saw[1], 201);
	assert_true(is_replayed(bed->saw[1]));
	assert_has(bed->saw[1], "\r\nX-Kept: yes\r\n");
	assert_int_equal(bed->counts[RUNS], 1);
}

static void test_later_unknown_is_no_news(void **state) {
	struct bed *bed = *state;
	bed->number[1] = 1;
	bed_run(bed, client_late_reply);
	assert_refused(bed->saw[1], 504, "deadline");
	assert_true(is_replayed(bed->saw[1]));
	assert_string_equal(body_of(bed->saw[1]), body_of(bed->saw[0]));
}

static void test_later_not_applied_frees_the_key(void **state) {
	struct bed *bed = *state;
	bed->number[1] = 2;
	bed_run(bed, client_late_reply);
	assert_refused(bed->saw[0], 504, "deadline");
	assert_status(bed->saw[1], 201);
	assert_false(is_replayed(bed->saw[1]));
	assert_int_equal(bed->counts[RUNS], 2);
}

static void client_forgotten(struct bed *bed) {
	int first = hold_keyed(bed, "k", "");
	hear(first, bed->saw[0]);
	await(&bed->counts[ENDED], 1);
	ask_keyed(bed, "k", "hold", bed->saw[1]);
	close(first);
}

static void test_forgotten(void **state) {
	struct bed *bed = *state;
	bed->http->forget_ms = 400;
	bed_run(bed, client_forgotten);
	assert_refused(bed->saw[0], 504, "deadline");
	assert_refused(bed->saw[1], 504, "deadline");
	assert_true(is_replayed(bed->saw[1]));
	assert_string_equal(body_of(bed->saw[1]), body_of(bed->saw[0]));
	assert_int_equal(bed->counts[RUNS], 1);
}

/* ---- the end ---- */

static void client_all_stay(struct bed *bed) {
	bed->number[0] = hold_keyed(bed, "k", "");
	bed->number[1] = wait_keyed(bed, "k", "");
	bed->number[2] = wait_keyed(bed, "k", "");
	int left = hold_keyed(bed, "left", "");
	close(left);
	nap(250);
	ask_keyed(bed, "kept", "create", bed->saw[0]);
}

static void test_destroy_with_waiters(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_all_stay);
	assert_int_equal(http_pending(bed->http), 3);
	for (int i = 0; i < 3; i++) {
		close(bed->number[i]);
	}
}

/* The turn ends with one that is to take over, and with others that are to be told. */
static void reply_and_stop(void *ctx) {
	struct bed *bed = ctx;
	struct http_request *first = bed->held;
	refused(first, 503, HTTP_NOT_APPLIED);
	http_destroy(bed->http);
	bed->http = NULL;
	count(&bed->counts[REPLIED]);
}

static void client_cut_off(struct bed *bed) {
	int first = hold_keyed(bed, "k", "");
	int second = wait_keyed(bed, "k", "");
	await_replied(bed, reply_and_stop);
	hear_all(second, bed->saw[0]);
	close(first);
	close(second);
}

static void test_destroy_before_the_next_turn(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_cut_off);
	assert_int_equal(bed->counts[RUNS], 1);
	assert_true(strcmp(bed->saw[0], "EOF") == 0 || strcmp(bed->saw[0], "RESET") == 0);
}

static void on_idle(void *ctx) {
	struct bed *bed = ctx;
	count(&bed->counts[IDLE]);
}

static void drain(void *ctx) {
	struct bed *bed = ctx;
	http_close(bed->http, HTTP_LISTEN_PUBLIC);
	http_on_idle(bed->http, on_idle, bed);
}

static void client_drain(struct bed *bed) {
	int first = hold_keyed(bed, "k", "");
	int second = wait_keyed(bed, "k", "");
	do_on_loop(bed, drain);
	close(first);
	nap(250);
	bed->number[0] = bed->counts[IDLE];
	await_replied(bed, reply_not_applied);
	await(&bed->counts[RUNS], 2);
	await_replied(bed, reply_created);
	hear_all(second, bed->saw[0]);
	await(&bed->counts[IDLE], 1);
	close(second);
}

static void test_drain_waits_for_waiters(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_drain);
	assert_int_equal(bed->number[0], 0);
	assert_status(bed->saw[0], 201);
	assert_has(bed->saw[0], "\r\nConnection: close\r\n");
	assert_int_equal(bed->counts[IDLE], 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_first_leaves, make, unmake),
		cmocka_unit_test_setup_teardown(
			test_a_refusal_nobody_waits_for_is_not_kept, make, unmake),
		cmocka_unit_test_setup_teardown(
			test_first_leaves_and_nothing_was_applied, make, unmake),
		cmocka_unit_test_setup_teardown(
			test_first_is_away_until_its_deadline, make_hasty, unmake),
		cmocka_unit_test_setup_teardown(
			test_later_reply_is_kept_instead, make_hasty, unmake),
		cmocka_unit_test_setup_teardown(test_later_unknown_is_no_news, make_hasty, unmake),
		cmocka_unit_test_setup_teardown(
			test_later_not_applied_frees_the_key, make_hasty, unmake),
		cmocka_unit_test_setup_teardown(test_forgotten, make_hasty, unmake),
		cmocka_unit_test_setup_teardown(test_destroy_with_waiters, make, unmake),
		cmocka_unit_test_setup_teardown(test_destroy_before_the_next_turn, make, unmake),
		cmocka_unit_test_setup_teardown(test_drain_waits_for_waiters, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
