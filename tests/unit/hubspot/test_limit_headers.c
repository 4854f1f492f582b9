/* What the limiter learns from replies: HubSpot's maximum, what others use, when to trust less. */
#include "limit_kit.h"

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

static void others_slots_count_for_a_window(void **state) {
	uint64_t now_ms = T0 + 1;
	(void)state;
	make(0, false, 16);
	take(T0);
	give(T0, 200, rate(190, 60)); /* 130 used, one by us */
	assert_int_equal(state_at(T0).held, 1);
	assert_in_range(state_at(T0).share, 57, 61);
	assert_int_equal(state_at(T0).foreign, 129);
	assert_in_range(run(&now_ms, T0 + W), 54, 60);
}

static void others_may_have_used_all(void **state) {
	(void)state;
	make(0, false, 16);
	take(T0);
	give(T0, 200, rate(190, 0));
	assert_in_range(when(T0), T0 + W, T0 + W + 50);
	assert_in_range(
		burst(T0 + W + 50), 1, 9); /* a part is ours: or we would never see them go */
}

static void others_stand_against_hubspots_maximum(void **state) {
	(void)state;
	make(100, false, 16);
	take(T0);
	give(T0, 200, rate(190, 130)); /* 60 used; 90 are spare above our ceiling */
	assert_int_equal(state_at(T0).share, 100);
}

static void a_nonsense_remainder_means_nothing(void **state) {
	static const int64_t REMAINING[] = {-1, -5, 191, INT64_MAX};
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		make(0, false, 16);
		take(T0);
		give(T0, 200, rate(190, REMAINING[i]));
		assert_int_equal(state_at(T0).share, 190);
		limit_destroy(limit);
	}
	limit = NULL;
}

/* Half a minute in which HubSpot counts `foreign` calls more than ours. */
static uint64_t with_foreign(uint64_t now_ms, int64_t foreign) {
	for (int i = 0; i < 300; i++) {
		if (when(now_ms) == 0) {
			take(now_ms);
			int64_t used = (int64_t)state_at(now_ms).held + 1 + foreign;
			give(now_ms, 200, rate(190, used < 190 ? 190 - used : 0));
		}
		now_ms += 100;
	}
	return now_ms;
}

static void foreign_calls_are_left_their_room(void **state) {
	(void)state;
	make(0, false, 16);
	begin(190);
	uint64_t now_ms = with_foreign(T0, 0);
	assert_int_equal(state_at(now_ms).share, 190);
	now_ms = with_foreign(now_ms, 50);
	assert_int_equal(state_at(now_ms).foreign, 50);
	assert_int_equal(state_at(now_ms).share, 190 - 50 - 2);
	take(now_ms);
	give(now_ms, 200, rate(190, 189 - state_at(now_ms).held));
	now_ms = with_foreign(now_ms + 100, 0); /* they are gone */
	now_ms = with_foreign(now_ms, 0);
	assert_int_equal(state_at(now_ms).share, 190);
}

static void foreign_calls_fade_by_half_in_five_seconds(void **state) {
	(void)state;
	make(0, false, 16);
	begin(190);
	uint64_t now_ms = with_foreign(T0, 100);
	for (int i = 0; i < 50; i++, now_ms += 100) {
		if (when(now_ms) == 0) {
			take(now_ms);
			give(now_ms, 200, rate(190, 189 - (int64_t)state_at(now_ms).held));
		}
	}
	assert_in_range(state_at(now_ms).foreign, 45, 56);
}

static void a_429_against_our_books_widens_the_guard(void **state) {
	uint64_t now_ms = T0 + 1000;
	(void)state;
	make(0, false, 16);
	begin(190);
	take(now_ms);
	take(now_ms);
	refuse(now_ms + 100, REFUSAL_TEN_SECONDLY, 0);
	refuse(now_ms + 101, REFUSAL_TEN_SECONDLY,
		0); /* of the same moment, and explained by now */
	assert_int_equal(state_at(now_ms).guard_ms, 250);
	assert_int_equal(state_at(now_ms).unexpected, 1);
	for (int i = 2; i < 10; i++) {
		now_ms += 120000;
		take(now_ms);
		give(now_ms, 200, rate(190, 189)); /* others are gone */
		now_ms += 2000;
		take(now_ms);
		refuse(now_ms, REFUSAL_TEN_SECONDLY, 0);
		assert_int_equal(state_at(now_ms).guard_ms, i < 6 ? 250 * i : 1500);
		assert_int_equal(state_at(now_ms).unexpected, i);
	}
	now_ms += 600001;
	take(now_ms);
	give(now_ms, 200, rate(190, 189));
	assert_int_equal(state_at(now_ms).guard_ms, 1450);
}

static void a_longer_window_is_believed(void **state) {
	struct call_headers headers = rate(190, 189);
	(void)state;
	make(1, false, 16);
	headers.rate_interval_ms = 1000;
	take(T0);
	give(T0, 200, headers);
	assert_true(when(T0) > T0 + W);
	uint64_t now_ms = when(T0);
	headers.rate_interval_ms = 30000;
	take(now_ms);
	give(now_ms, 200, headers); /* its own slot was measured by the old one */
	now_ms = when(now_ms);
	take(now_ms);
	give(now_ms, 200, headers);
	assert_in_range(when(now_ms), now_ms + 30000, now_ms + 30400);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, stop)
		TEST(headers_set_the_maximum),
		TEST(the_setting_is_a_ceiling),
		TEST(absurd_headers_are_not_believed),
		TEST(others_slots_count_for_a_window),
		TEST(others_may_have_used_all),
		TEST(others_stand_against_hubspots_maximum),
		TEST(a_nonsense_remainder_means_nothing),
		TEST(foreign_calls_are_left_their_room),
		TEST(foreign_calls_fade_by_half_in_five_seconds),
		TEST(a_429_against_our_books_widens_the_guard),
		TEST(a_longer_window_is_believed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
