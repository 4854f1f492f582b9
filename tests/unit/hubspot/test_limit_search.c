/* The limiter's rules for searches: slots and a pace of their own, and never in the way of others.
 */
#include "hubspot/inside.h"
#include "limit_kit.h"

static void searches_are_spaced_and_five_a_second(void **state) {
	struct limit_ticket searches[64];
	uint64_t begun_ms[64];
	uint64_t now_ms = T0;
	size_t first = 0, count = 0;
	(void)state;
	make(0, false, 16);
	for (; now_ms < T0 + 10000; now_ms++) { /* each takes 300 ms */
		while (first < count && begun_ms[first] + 300 <= now_ms) {
			give_ticket(searches[first++], now_ms, 200, rate(-1, -1), REFUSAL_NO_POLICY,
				0.5);
		}
		if (limit_when(limit, LIMIT_SEARCH, now_ms, 0) == 0) {
			begun_ms[count] = now_ms;
			searches[count++] = take_kind(LIMIT_SEARCH, now_ms);
		}
	}
	assert_in_range(count, 36, 41); /* five in 1.3 s */
	for (size_t i = 1; i < count; i++) {
		assert_true(begun_ms[i] - begun_ms[i - 1] >= 200);
		assert_true(i < 5 || begun_ms[i] - begun_ms[i - 5] >= 1300);
	}
}

static void searches_take_no_slots_of_others(void **state) {
	(void)state;
	make(0, false, 16);
	begin(190);
	give_ticket(take_kind(LIMIT_SEARCH, T0 + 1), T0 + 100, 200, rate(-1, -1), REFUSAL_NO_POLICY,
		0.5);
	assert_int_equal(state_at(T0 + 100).held, 1);
	assert_int_equal(state_at(T0 + 100).searches, 1);
	assert_int_equal(state_at(T0 + 1200).searches, 0);
	assert_int_equal(state_at(T0 + 1200).max, 190); /* and teach nothing of the rate */
}

static void a_search_that_must_wait_holds_up_no_other(void **state) {
	(void)state;
	make(0, false, 16);
	begin(190);
	struct limit_ticket search = take_kind(LIMIT_SEARCH, T0 + 1);
	assert_int_equal(limit_when(limit, LIMIT_SEARCH, T0 + 1, 0), T0 + 201);
	struct limit_ticket other = take_kind(LIMIT_CALL, T0 + 1);
	give_ticket(search, T0 + 100, 429, rate(-1, -1), REFUSAL_SECONDLY, 0.5);
	assert_int_equal(limit_when(limit, LIMIT_SEARCH, T0 + 300, 0), T0 + 1100);
	give_ticket(other, T0 + 100, 200, rate(-1, -1), REFUSAL_NO_POLICY, 0.5);
	take_kind(LIMIT_CALL, T0 + 100);
	assert_int_equal(state_at(T0 + 100).held_until_ms, 0);
	take_kind(LIMIT_SEARCH, T0 + 1100);
}

static void a_search_does_not_wait_for_the_first_reply(void **state) {
	(void)state;
	make(0, false, 16);
	take_kind(LIMIT_CALL, T0);
	assert_true(limit_when(limit, LIMIT_CALL, T0, 0) == LIMIT_NEVER);
	give_ticket(
		take_kind(LIMIT_SEARCH, T0), T0 + 10, 200, rate(-1, -1), REFUSAL_NO_POLICY, 0.5);
	assert_true(
		limit_when(limit, LIMIT_CALL, T0 + 10, 0) == LIMIT_NEVER); /* still nothing is known */
}

static void a_429_without_a_policy_is_a_searchs_own(void **state) {
	struct call_headers headers = rate(-1, -1);
	(void)state;
	make(0, false, 16);
	begin(190);
	headers.retry_after_ms = 5000;
	give_ticket(take_kind(LIMIT_SEARCH, T0), T0, 429, headers, REFUSAL_NO_POLICY, 0.5);
	assert_int_equal(limit_when(limit, LIMIT_SEARCH, T0, 0), T0 + 5000);
	take_kind(LIMIT_CALL, T0 + 1);
}

static void a_raw_search_is_a_search(void **state) {
	(void)state;
	make(0, false, 16);
	assert_int_equal(lane_kind(STEP_SEARCH, "companies"), LIMIT_SEARCH);
	assert_int_equal(lane_kind(STEP_RAW, "POST {objects}/contacts/search"), LIMIT_SEARCH);
	assert_int_equal(lane_kind(STEP_RAW, "GET {objects}/search"), LIMIT_CALL);
	assert_int_equal(lane_kind(STEP_RAW, "POST {objects}/contacts"), LIMIT_CALL);
	assert_int_equal(lane_kind(STEP_READ, "search"), LIMIT_CALL);
}

static void the_bound_in_flight_is_of_both(void **state) {
	(void)state;
	make(0, true, 3);
	take_kind(LIMIT_SEARCH, T0);
	take_kind(LIMIT_CALL, T0);
	struct limit_ticket last = take_kind(LIMIT_SEARCH, T0); /* unlimited: no spacing */
	assert_true(limit_when(limit, LIMIT_CALL, T0, 0) == LIMIT_NEVER);
	assert_true(limit_when(limit, LIMIT_SEARCH, T0, 0) == LIMIT_NEVER);
	give_ticket(last, T0, 429, rate(-1, -1), REFUSAL_SECONDLY, 0.5);
	take_kind(LIMIT_SEARCH, T0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, stop)
		TEST(searches_are_spaced_and_five_a_second),
		TEST(searches_take_no_slots_of_others),
		TEST(a_search_that_must_wait_holds_up_no_other),
		TEST(a_search_does_not_wait_for_the_first_reply),
		TEST(a_429_without_a_policy_is_a_searchs_own),
		TEST(a_raw_search_is_a_search),
		TEST(the_bound_in_flight_is_of_both),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
