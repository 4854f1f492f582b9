/* The limiter's rules for the day: what is left is told, and a day that is over is probed. */
#include "limit_kit.h"

enum { DAY = 250000 };

static unsigned near, over;

static void count_lines(const char *line, void *ctx) {
	(void)ctx;
	near += strstr(line, "daily limit is near") != NULL;
	over += strstr(line, "daily limit is used up") != NULL;
}

static void begin_day(void) {
	make(0, false, 16);
	near = over = 0;
	log_redirect(count_lines, NULL);
	begin(190);
}

static struct call_headers day(int64_t max, int64_t remaining) {
	struct call_headers headers = rate(-1, -1);
	headers.daily_max = max;
	headers.daily_remaining = remaining;
	return headers;
}

static void call(uint64_t now_ms, struct call_headers headers) {
	take(now_ms);
	give(now_ms, 200, headers);
}

static void what_is_left_of_the_day_is_told(void **state) {
	(void)state;
	begin_day();
	assert_int_equal(state_at(T0).daily_max, -1);
	call(T0 + 1, day(DAY, 200000));
	assert_int_equal(state_at(T0).daily_max, DAY);
	assert_int_equal(state_at(T0).daily_remaining, 200000);
	give_ticket(take_kind(LIMIT_SEARCH, T0 + 2), T0 + 2, 200, day(DAY, 199999),
		REFUSAL_NO_POLICY, 0.5);
	assert_int_equal(state_at(T0).daily_remaining, 199999);
}

static void nonsense_of_the_day_is_not_believed(void **state) {
	static const int64_t NONSENSE[][2] = {
		{-1, 0}, {0, 0}, {DAY, -1}, {DAY, DAY + 1}, {DAY, INT64_MAX}, {-5, -5}};
	(void)state;
	begin_day();
	call(T0 + 1, day(DAY, 77));
	for (size_t i = 0; i < sizeof(NONSENSE) / sizeof(NONSENSE[0]); i++) {
		call(T0 + 100 * (i + 1), day(NONSENSE[i][0], NONSENSE[i][1]));
		assert_int_equal(state_at(T0).daily_remaining, 77);
	}
}

static void that_it_is_short_is_said_once(void **state) {
	(void)state;
	begin_day();
	call(T0 + 1000, day(DAY, DAY / 20 + 1));
	assert_int_equal(near, 0);
	call(T0 + 2000, day(DAY, DAY / 20 - 1));
	call(T0 + 3000, day(DAY, DAY / 20 - 2));
	assert_int_equal(near, 1);
	call(T0 + 4000, day(DAY, DAY - 1)); /* midnight */
	call(T0 + 5000, day(DAY, 5));
	assert_int_equal(near, 2);
}

static void a_day_that_is_over_is_probed_one_call_at_a_time(void **state) {
	(void)state;
	begin_day();
	give_ticket(take_kind(LIMIT_CALL, T0 + 1), T0 + 1, 429, day(-1, -1), REFUSAL_DAILY, 0.5);
	uint64_t when_ms = limit_when(limit, LIMIT_CALL, T0 + 1, 0);
	assert_int_equal(when_ms, T0 + 1 + 300000);
	assert_int_equal(limit_when(limit, LIMIT_SEARCH, T0 + 1, 0), when_ms);
	assert_int_equal(state_at(T0 + 1).held_until_ms, when_ms);
	assert_int_equal(limit_predict_ms(limit, LIMIT_CALL, T0 + 1, 0), 300000);
	struct limit_ticket probe = take_kind(LIMIT_SEARCH, when_ms);
	assert_true(limit_when(limit, LIMIT_CALL, when_ms, 0) == LIMIT_NEVER);
	give_ticket(probe, when_ms, 429, day(-1, -1), REFUSAL_DAILY, 0.5);
	when_ms = limit_when(limit, LIMIT_CALL, when_ms, 0);
	probe = take_kind(LIMIT_CALL, when_ms);
	give_ticket(probe, when_ms, 503, day(-1, -1), REFUSAL_NO_POLICY, 0.5); /* says nothing */
	probe = take_kind(LIMIT_CALL, when_ms + 1000);
	assert_true(limit_when(limit, LIMIT_CALL, when_ms + 1000, 0) == LIMIT_NEVER);
	give_ticket(probe, when_ms + 1000, 200, day(DAY, DAY - 1), REFUSAL_NO_POLICY, 0.5);
	take_kind(LIMIT_CALL, when_ms + 1000);
	take_kind(LIMIT_CALL, when_ms + 1000);
	assert_int_equal(over, 1);
}

static void the_last_call_of_the_day_ends_it(void **state) {
	(void)state;
	begin_day();
	struct limit_ticket early = take_kind(LIMIT_CALL, T0 + 1);
	call(T0 + 1, day(DAY, 0));
	assert_int_equal(limit_when(limit, LIMIT_CALL, T0 + 1, 0), T0 + 1 + 240000);
	/* overtaken: was counted before */
	give_ticket(early, T0 + 50, 200, day(DAY, 1), REFUSAL_NO_POLICY, 0);
	assert_int_equal(limit_when(limit, LIMIT_CALL, T0 + 50, 0), T0 + 1 + 240000);
}

static void probes_are_spread(void **state) {
	(void)state;
	for (int i = 0; i < 2; i++) {
		begin_day();
		struct limit_ticket ticket = take_kind(LIMIT_CALL, T0);
		give_ticket(ticket, T0, 429, day(-1, -1), REFUSAL_DAILY, i * 0.999);
		uint64_t after_ms = limit_when(limit, LIMIT_CALL, T0, 0) - T0;
		assert_in_range(after_ms, i == 0 ? 240000 : 359000, i == 0 ? 240000 : 360000);
		limit_destroy(limit);
	}
	limit = NULL;
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, stop)
		TEST(what_is_left_of_the_day_is_told),
		TEST(nonsense_of_the_day_is_not_believed),
		TEST(that_it_is_short_is_said_once),
		TEST(a_day_that_is_over_is_probed_one_call_at_a_time),
		TEST(the_last_call_of_the_day_ends_it),
		TEST(probes_are_spread),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
