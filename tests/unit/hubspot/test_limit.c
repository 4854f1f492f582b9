/* The limiter's rules one by one, in virtual time: start, slots, pace, holds. */
#include "limit_kit.h"

static void one_call_until_the_first_reply(void **state) {
	(void)state;
	make(0, false, 16);
	take(T0);
	assert_true(when(T0 + 5000) == LIMIT_NEVER);
	give(T0 + 5000, 0, rate(-1, -1)); /* no reply: still nothing is known */
	take(T0 + 5000);
	assert_true(when(T0 + 5000) == LIMIT_NEVER);
	give(T0 + 5100, 200, rate(190, 189));
	take(T0 + 5100);
	take(T0 + 5100);
}

static void a_slot_is_held_a_window_after_the_answer(void **state) {
	struct slots slots = {.in_flight = 2};
	size_t missing;
	(void)state;
	assert_true(slots_when(&slots, 2, 0, &missing) == LIMIT_NEVER);
	assert_int_equal(missing, 1);
	slots_hold(&slots, T0 + 3000, W);
	assert_in_range(slots_when(&slots, 2, 0, &missing), T0 + 3000 + W + 1, T0 + 3000 + W + 50);
	assert_true(slots_when(&slots, 2, 1, &missing) == LIMIT_NEVER);
	slots_hold(&slots, T0 + 4000, W);
	assert_in_range(slots_when(&slots, 2, 1, &missing), T0 + 4000 + W + 1, T0 + 4000 + W + 50);
	assert_int_equal(slots_when(&slots, 3, 0, &missing), 0);
	slots_expire(&slots, T0 + 3500 + W);
	assert_int_equal(slots.held, 1);
	assert_int_equal(slots_when(&slots, 2, 0, &missing), 0);
}

static void more_buckets_than_there_are_hold_longer_not_shorter(void **state) {
	static struct slots slots;
	(void)state;
	slots.in_flight = 3000;
	for (uint64_t i = 0; i < 3000; i++) {
		slots_hold(&slots, T0 + i * 20, 60000);
		slots_hold(&slots, T0 + i * 20, W);
		i += slots.in_flight == 0 ? 3000 : 0;
	}
	assert_int_equal(slots.held, 3000);
	slots_expire(&slots, T0 + 60000);
	assert_int_equal(slots.held, 3000);
	slots_expire(&slots, T0 + 1499 * 20 + 60000 + 200);
	assert_int_equal(slots.held, 0);
}

static void without_slots_it_waits_for_an_end(void **state) {
	(void)state;
	make(1, false, 16);
	begin(190);
	take(T0 + W + 500);
	assert_true(when(T0 + W + 600) == LIMIT_NEVER);
}

static void the_bound_in_flight_holds_always(void **state) {
	(void)state;
	make(0, true, 2);
	take(T0);
	take(T0);
	assert_true(when(T0) == LIMIT_NEVER);
	give(T0 + 1, 200, rate(-1, -1));
	take(T0 + 1);
}

static void unlimited_has_no_slots(void **state) {
	(void)state;
	make(0, true, 16);
	for (int i = 0; i < 1000; i++) {
		take(T0);
		refuse(T0, REFUSAL_TEN_SECONDLY, 0.5);
	}
	take(T0);
	assert_int_equal(state_at(T0).max, 0);
	assert_int_equal(state_at(T0).held, 0);
}

static void unlimited_still_heeds_423_and_477(void **state) {
	struct call_headers headers = rate(-1, -1);
	(void)state;
	make(0, true, 16);
	take(T0);
	give(T0, 423, headers);
	assert_int_equal(when(T0), T0 + 2000);
	take(T0 + 2000);
	headers.retry_after_ms = 7000;
	give(T0 + 2000, 477, headers);
	assert_int_equal(when(T0 + 2000), T0 + 9000);
}

static void without_headers_the_first_window_is_spaced(void **state) {
	uint64_t now_ms = T0;
	(void)state;
	make(0, false, 16);
	take(now_ms);
	give(now_ms, 200, rate(-1, -1));
	for (int i = 0; i < 50; i++) {
		uint64_t when_ms = when(now_ms);
		assert_in_range(when_ms, now_ms + W / 100, now_ms + W / 100 + 4);
		now_ms = when_ms;
		take(now_ms);
		give(now_ms, 200, rate(-1, -1));
	}
	assert_in_range(burst(T0 + W), 15, 20); /* over */
}

static void late_headers_end_the_spacing(void **state) {
	(void)state;
	make(0, false, 16);
	take(T0);
	give(T0, 200, rate(-1, -1));
	take(T0 + 110);
	give(T0 + 110, 200, rate(190, 100)); /* 90 used, two by us */
	assert_in_range(state_at(T0 + 110).share, 98, 102);
	assert_in_range(burst(T0 + 2000), 15, 20);
}

static void a_burst_then_evenly(void **state) {
	uint64_t now_ms = T0 + 1;
	(void)state;
	make(0, false, 16);
	begin(190);
	assert_in_range(run(&now_ms, T0 + 2), 16, 20);
	uint32_t spaced = run(&now_ms, T0 + 1002);
	assert_in_range(spaced, 16, 19);
	assert_in_range(burst(T0 + 60000), 17, 20); /* rested */
}

static void a_small_quota_has_a_small_burst(void **state) {
	(void)state;
	make(30, false, 16);
	begin(190);
	assert_int_equal(burst(T0 + 5000), 6);
	limit_destroy(limit);
	make(3, false, 16);
	begin(190);
	assert_int_equal(burst(T0 + 5000), 1);
}

static void a_429_holds_everything(void **state) {
	(void)state;
	make(0, false, 16);
	begin(190);
	take(T0 + 4000);
	refuse(T0 + 4000, REFUSAL_TEN_SECONDLY, 0.5);
	uint64_t when_ms = when(T0 + 4000);
	assert_in_range(when_ms, T0 + W + 500, T0 + W + 550); /* our oldest slot, and the spread */
	assert_int_equal(state_at(T0 + 4000).held_until_ms, when_ms);
	assert_int_equal(when(when_ms), 0);
	assert_int_equal(state_at(when_ms).held_until_ms, 0);
}

static void a_429_with_a_time_is_heeded(void **state) {
	struct call_headers headers = rate(-1, -1);
	(void)state;
	make(0, false, 16);
	begin(190);
	take(T0);
	headers.retry_after_ms = 60000;
	give(T0, 429, headers);
	assert_int_equal(when(T0), T0 + 60000);
}

static void after_a_hold_they_do_not_all_go_at_once(void **state) {
	(void)state;
	make(0, false, 16);
	begin(190);
	take(T0 + 4000);
	refuse(T0 + 4000, REFUSAL_TEN_SECONDLY, 0);
	uint64_t now_ms = when(T0 + 4000);
	assert_int_equal(burst(now_ms), 1);
}

static void a_lock_and_a_move_hold_all(void **state) {
	struct call_headers headers = rate(-1, -1);
	(void)state;
	make(0, false, 16);
	begin(190);
	take(T0 + 1000);
	give(T0 + 1000, 423, headers);
	assert_int_equal(limit_when(limit, LIMIT_CALL, T0 + 1000, 0), T0 + 3000);
	assert_int_equal(limit_when(limit, LIMIT_SEARCH, T0 + 1000, 0), T0 + 3000);
	take(T0 + 3000);
	give(T0 + 3000, 477, headers);
	assert_int_equal(limit_when(limit, LIMIT_CALL, T0 + 3000, 0), T0 + 63000);
	headers.retry_after_ms = 3600000;
	take(T0 + 63000);
	give(T0 + 63000, 477, headers);
	assert_int_equal(limit_when(limit, LIMIT_SEARCH, T0 + 63000, 0), T0 + 3663000);
	assert_int_equal(state_at(T0 + 63000).held_until_ms, T0 + 3663000);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, stop)
		TEST(one_call_until_the_first_reply),
		TEST(a_slot_is_held_a_window_after_the_answer),
		TEST(more_buckets_than_there_are_hold_longer_not_shorter),
		TEST(without_slots_it_waits_for_an_end),
		TEST(the_bound_in_flight_holds_always),
		TEST(unlimited_has_no_slots),
		TEST(unlimited_still_heeds_423_and_477),
		TEST(without_headers_the_first_window_is_spaced),
		TEST(late_headers_end_the_spacing),
		TEST(a_burst_then_evenly),
		TEST(a_small_quota_has_a_small_burst),
		TEST(a_429_holds_everything),
		TEST(a_429_with_a_time_is_heeded),
		TEST(after_a_hold_they_do_not_all_go_at_once),
		TEST(a_lock_and_a_move_hold_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
