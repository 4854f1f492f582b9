/* The limiter's rules one by one, in virtual time. Against a server: test_limit_saturated.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "hubspot/inside.h"

enum { W = LIMIT_WINDOW_MS, T0 = 1000000 };

static struct limit *limit;

static void make(uint32_t rate_limit, bool is_unlimited, uint32_t max_calls) {
	limit = limit_create(&(struct limit_settings){
		.rate_limit = rate_limit, .is_unlimited = is_unlimited, .max_calls = max_calls});
}

static int stop(void **state) {
	(void)state;
	limit_destroy(limit);
	limit = NULL;
	return 0;
}

static struct call_headers rate(int64_t max, int64_t remaining) {
	return (struct call_headers){.rate_max = max, .rate_remaining = remaining, .rate_interval_ms = W,
		.daily_max = -1, .daily_remaining = -1};
}

static void take(uint64_t now_ms) {
	assert_int_equal(limit_when(limit, now_ms), 0);
	limit_take(limit, now_ms);
}

static void give(uint64_t now_ms, int status, struct call_headers headers) {
	limit_give(limit, now_ms, status, &headers, REFUSAL_NO_POLICY, 0);
}

static void refuse(uint64_t now_ms, enum refusal_policy policy, double random) {
	const struct call_headers none = rate(-1, -1);
	limit_give(limit, now_ms, 429, &none, policy, random);
}

static struct limit_state state_at(uint64_t now_ms) {
	struct limit_state now;
	limit_state(limit, now_ms, &now);
	return now;
}

/* The first call, answered by a server on which nobody else has called. */
static void begin(uint32_t max) {
	take(T0);
	give(T0, 200, rate(max, max - 1));
}

/* How many calls may start at once, all answered at once. */
static uint32_t burst(uint64_t now_ms) {
	uint32_t count = 0;
	while (limit_when(limit, now_ms) == 0) {
		limit_take(limit, now_ms);
		give(now_ms, 200, rate(-1, -1));
		count++;
		assert_true(count < 20000);
	}
	return count;
}

static void one_call_until_the_first_reply(void **state) {
	(void)state;
	make(0, false, 16);
	take(T0);
	assert_true(limit_when(limit, T0 + 5000) == LIMIT_NEVER);
	give(T0 + 5000, 0, rate(-1, -1)); /* no reply: still nothing is known */
	take(T0 + 5000);
	assert_true(limit_when(limit, T0 + 5000) == LIMIT_NEVER);
	give(T0 + 5100, 200, rate(190, 189));
	take(T0 + 5100);
	take(T0 + 5100);
}

static void a_slot_is_held_a_window_after_the_answer(void **state) {
	(void)state;
	make(2, false, 16);
	begin(190);
	take(T0 + 10);
	assert_true(limit_when(limit, T0 + 20) >= T0 + W);
	give(T0 + 3000, 200, rate(190, 188));
	uint64_t when_ms = limit_when(limit, T0 + 3000);
	assert_in_range(when_ms, T0 + W + 1, T0 + W + 50);
	take(when_ms);
	when_ms = limit_when(limit, when_ms);
	assert_in_range(when_ms, T0 + 3000 + W + 1, T0 + 3000 + W + 50);
}

static void without_slots_it_waits_for_an_end(void **state) {
	(void)state;
	make(1, false, 16);
	begin(190);
	take(T0 + W + 100);
	assert_true(limit_when(limit, T0 + W + 200) == LIMIT_NEVER);
}

static void the_bound_in_flight_holds_always(void **state) {
	(void)state;
	make(0, true, 2);
	take(T0);
	take(T0);
	assert_true(limit_when(limit, T0) == LIMIT_NEVER);
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
	assert_int_equal(limit_when(limit, T0), T0 + 2000);
	take(T0 + 2000);
	headers.retry_after_ms = 7000;
	give(T0 + 2000, 477, headers);
	assert_int_equal(limit_when(limit, T0 + 2000), T0 + 9000);
}

static void headers_set_the_maximum(void **state) {
	(void)state;
	make(0, false, 16);
	assert_int_equal(state_at(T0).max, 100);
	begin(190);
	assert_int_equal(state_at(T0).max, 190);
	take(T0);
	give(T0, 200, rate(110, 100)); /* the account was downgraded */
	assert_int_equal(state_at(T0).max, 110);
}

static void the_setting_is_a_ceiling(void **state) {
	(void)state;
	make(150, false, 16);
	begin(190);
	assert_int_equal(state_at(T0).max, 150);
	take(T0);
	give(T0, 200, rate(100, 98));
	assert_int_equal(state_at(T0).max, 100);
}

static void absurd_headers_are_not_believed(void **state) {
	static const int64_t ABSURD[] = {-1, 0, -190, 1000000000, INT64_MAX, INT64_MIN};
	(void)state;
	make(0, false, 16);
	begin(190);
	for (size_t i = 0; i < sizeof(ABSURD) / sizeof(ABSURD[0]); i++) {
		take(T0);
		give(T0, 200, rate(ABSURD[i], 5));
		assert_int_equal(state_at(T0).max, 190);
	}
}

static void others_slots_count_as_held(void **state) {
	(void)state;
	make(0, false, 16);
	take(T0);
	give(T0, 200, rate(190, 60)); /* 130 used, one by us */
	assert_int_equal(state_at(T0).held, 130);
	assert_int_equal(burst(T0 + 1), 60);
	assert_in_range(limit_when(limit, T0 + 1), T0 + W, T0 + W + 50);
	assert_int_equal(state_at(T0 + W + 100).held, 0);
}

static void others_stand_against_hubspots_maximum(void **state) {
	(void)state;
	make(100, false, 16);
	take(T0);
	give(T0, 200, rate(190, 130)); /* 60 used; 90 are spare above our ceiling */
	assert_int_equal(burst(T0), 99);
}

static void a_nonsense_remainder_holds_nothing(void **state) {
	static const int64_t REMAINING[] = {-1, -5, 191, INT64_MAX};
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		make(0, false, 16);
		take(T0);
		give(T0, 200, rate(190, REMAINING[i]));
		assert_int_equal(state_at(T0).held, 1);
		limit_destroy(limit);
	}
	limit = NULL;
}

static void without_headers_the_first_window_is_spaced(void **state) {
	uint64_t now_ms = T0;
	(void)state;
	make(0, false, 16);
	take(now_ms);
	give(now_ms, 200, rate(-1, -1));
	for (int i = 0; i < 50; i++) {
		uint64_t when_ms = limit_when(limit, now_ms);
		assert_int_equal(when_ms, now_ms + W / 100);
		now_ms = when_ms;
		take(now_ms);
		give(now_ms, 200, rate(-1, -1));
	}
	now_ms = T0 + W;
	assert_true(burst(now_ms) >= 40); /* over: all that is free, at once */
}

static void late_headers_end_the_spacing(void **state) {
	(void)state;
	make(0, false, 16);
	take(T0);
	give(T0, 200, rate(-1, -1));
	take(T0 + 100);
	give(T0 + 100, 200, rate(190, 100)); /* 90 used, two by us */
	assert_int_equal(state_at(T0 + 100).held, 90);
	assert_int_equal(burst(T0 + 100), 100);
}

static void a_longer_window_is_believed(void **state) {
	struct call_headers headers = rate(190, 189);
	(void)state;
	make(1, false, 16);
	headers.rate_interval_ms = 1000;
	take(T0);
	give(T0, 200, headers);
	assert_true(limit_when(limit, T0) > T0 + W);
	uint64_t now_ms = limit_when(limit, T0);
	headers.rate_interval_ms = 30000;
	take(now_ms);
	give(now_ms, 200, headers); /* its own slot was measured by the old one */
	now_ms = limit_when(limit, now_ms);
	take(now_ms);
	give(now_ms, 200, headers);
	assert_in_range(limit_when(limit, now_ms), now_ms + 30000, now_ms + 30100);
}

static void a_429_holds_everything(void **state) {
	(void)state;
	make(0, false, 16);
	begin(190);
	take(T0 + 4000);
	refuse(T0 + 4000, REFUSAL_TEN_SECONDLY, 0.5);
	uint64_t when_ms = limit_when(limit, T0 + 4000);
	assert_in_range(when_ms, T0 + W + 500, T0 + W + 550); /* our oldest slot, and the spread */
	assert_int_equal(state_at(T0 + 4000).held_until_ms, when_ms);
	assert_int_equal(limit_when(limit, when_ms), 0);
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
	assert_int_equal(limit_when(limit, T0), T0 + 60000);
}

static void a_search_limit_holds_nothing(void **state) {
	(void)state;
	make(0, false, 16);
	begin(190);
	take(T0);
	refuse(T0, REFUSAL_SECONDLY, 0.5);
	take(T0);
}

static void the_daily_limit_is_probed_one_call_at_a_time(void **state) {
	(void)state;
	make(0, false, 16);
	begin(190);
	take(T0);
	refuse(T0, REFUSAL_DAILY, 0.5);
	uint64_t when_ms = limit_when(limit, T0);
	assert_int_equal(when_ms, T0 + 300000);
	take(when_ms);
	assert_true(limit_when(limit, when_ms) == LIMIT_NEVER);
	refuse(when_ms, REFUSAL_DAILY, 0);
	assert_int_equal(limit_when(limit, when_ms), when_ms + 240000);
	when_ms += 240000;
	take(when_ms);
	give(when_ms, 200, rate(190, 189));
	take(when_ms);
	take(when_ms);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, stop)
		TEST(one_call_until_the_first_reply),
		TEST(a_slot_is_held_a_window_after_the_answer),
		TEST(without_slots_it_waits_for_an_end),
		TEST(the_bound_in_flight_holds_always),
		TEST(unlimited_has_no_slots),
		TEST(unlimited_still_heeds_423_and_477),
		TEST(headers_set_the_maximum),
		TEST(the_setting_is_a_ceiling),
		TEST(absurd_headers_are_not_believed),
		TEST(others_slots_count_as_held),
		TEST(others_stand_against_hubspots_maximum),
		TEST(a_nonsense_remainder_holds_nothing),
		TEST(without_headers_the_first_window_is_spaced),
		TEST(late_headers_end_the_spacing),
		TEST(a_longer_window_is_believed),
		TEST(a_429_holds_everything),
		TEST(a_429_with_a_time_is_heeded),
		TEST(a_search_limit_holds_nothing),
		TEST(the_daily_limit_is_probed_one_call_at_a_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
