/* Token buckets, and wrong keys by address; the clock is the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "http/rate.h"

static size_t take_all(struct bucket *bucket, const struct rate *rate, uint64_t now_ms) {
	size_t taken = 0;
	while (bucket_take(bucket, rate, now_ms)) {
		taken++;
	}
	return taken;
}

static void a_bucket_is_full_and_fills_evenly(void **state) {
	const struct rate rate = {.requests = 100, .seconds = 10};
	struct bucket bucket = {.spent = 0};
	(void)state;
	assert_int_equal(bucket_left(&bucket, &rate, 5), 100);
	assert_int_equal(bucket_full_ms(&bucket, &rate, 5), 0);
	assert_int_equal(take_all(&bucket, &rate, 5), 100);
	assert_int_equal(bucket_left(&bucket, &rate, 5), 0);
	assert_int_equal(bucket_wait_ms(&bucket, &rate, 5), 100);
	assert_int_equal(bucket_full_ms(&bucket, &rate, 5), 10000);
	assert_false(bucket_take(&bucket, &rate, 104));
	assert_int_equal(bucket_wait_ms(&bucket, &rate, 104), 1);
	assert_int_equal(take_all(&bucket, &rate, 105), 1);
	assert_int_equal(take_all(&bucket, &rate, 1105), 10);
	assert_int_equal(take_all(&bucket, &rate, 1105 + 10000), 100);
	assert_int_equal(take_all(&bucket, &rate, 1105 + 10 * 10000), 100);
}

static void what_is_refused_costs_nothing(void **state) {
	const struct rate rate = {.requests = 1, .seconds = 1};
	struct bucket bucket = {.spent = 0};
	(void)state;
	assert_true(bucket_take(&bucket, &rate, 1000));
	for (uint64_t at = 1001; at < 2000; at++) {
		assert_false(bucket_take(&bucket, &rate, at));
		assert_int_equal(bucket_wait_ms(&bucket, &rate, at), 2000 - at);
	}
	assert_true(bucket_take(&bucket, &rate, 2000));
}

static void over_any_time_no_more_than_the_rate(void **state) {
	const struct rate rate = {.requests = 7, .seconds = 3};
	struct bucket bucket = {.spent = 0};
	size_t taken = 0;
	(void)state;
	for (uint64_t at = 0; at <= 300 * 1000; at += 13) {
		taken += bucket_take(&bucket, &rate, at) ? 1 : 0;
		assert_true(taken <= 7 + at * 7 / 3000);
	}
	assert_true(taken >= 7 + 699);
}

static void the_largest_rate_is_counted_right(void **state) {
	const struct rate rate = {.requests = RATE_REQUESTS_MAX, .seconds = RATE_SECONDS_MAX};
	struct bucket bucket = {.spent = 0};
	(void)state;
	assert_int_equal(take_all(&bucket, &rate, UINT64_MAX / 2), RATE_REQUESTS_MAX);
	assert_int_equal(bucket_wait_ms(&bucket, &rate, UINT64_MAX / 2), 87);
	assert_int_equal(
		bucket_full_ms(&bucket, &rate, UINT64_MAX / 2), RATE_SECONDS_MAX * 1000ull);
	assert_int_equal(bucket_left(&bucket, &rate, UINT64_MAX), RATE_REQUESTS_MAX);
}

static void a_clock_that_steps_back_gives_nothing(void **state) {
	const struct rate rate = {.requests = 2, .seconds = 1};
	struct bucket bucket = {.spent = 0};
	(void)state;
	assert_int_equal(take_all(&bucket, &rate, 5000), 2);
	assert_int_equal(take_all(&bucket, &rate, 1000), 0);
}

/* ---- wrong keys ---- */

static struct guesses guesses;

static int forget_all(void **state) {
	(void)state;
	guesses = (struct guesses){.places = {{.last_ms = 0}}};
	return 0;
}

static size_t guess_all(const char *peer, uint64_t now_ms, uint64_t *wait_ms) {
	size_t taken = 0;
	while (guess_take(&guesses, peer, now_ms, wait_ms)) {
		taken++;
	}
	return taken;
}

static void twenty_wrong_keys_then_one_a_second(void **state) {
	uint64_t wait_ms = 0;
	(void)state;
	assert_int_equal(guess_all("192.0.2.1", 1000, &wait_ms), 20);
	assert_int_equal(wait_ms, 1000);
	assert_int_equal(guess_all("192.0.2.1", 1999, &wait_ms), 0);
	assert_int_equal(wait_ms, 1);
	assert_int_equal(guess_all("192.0.2.1", 2000, &wait_ms), 1);
	assert_int_equal(guess_all("192.0.2.1", 2000 + 5000, &wait_ms), 5);
	assert_int_equal(guess_all("192.0.2.1", 2000 + 3600 * 1000, &wait_ms), 20);
}

static void addresses_are_told_apart(void **state) {
	static const char *const same[][2] = {{"192.0.2.1", "::ffff:192.0.2.1"},
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"},
		{"fe80::1%eth0", "fe80::2%lo"}, {"unix", "unix"}, {"unknown", "unknown"}};
	static const char *const other[][2] = {{"192.0.2.1", "192.0.2.2"},
		{"::ffff:192.0.2.1", "::ffff:192.0.2.2"}, {"2001:db8:1:2::1", "2001:db8:1:3::1"},
		{"unix", "unknown"}, {"::1", "127.0.0.1"}};
	uint64_t wait_ms = 0;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		forget_all(state);
		assert_int_equal(guess_all(same[i][0], 1, &wait_ms), 20);
		assert_int_equal(guess_all(same[i][1], 1, &wait_ms), 0);
	}
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		forget_all(state);
		assert_int_equal(guess_all(other[i][0], 1, &wait_ms), 20);
		assert_int_equal(guess_all(other[i][1], 1, &wait_ms), 20);
	}
}

static void name_address(char text[32], size_t i) {
	snprintf(text, 32, "10.%zu.%zu.1", i / 256, i % 256);
}

static void the_quietest_address_is_forgotten_first(void **state) {
	char peer[32];
	uint64_t wait_ms = 0;
	(void)state;
	for (size_t i = 0; i < GUESS_PLACES; i++) {
		name_address(peer, i);
		assert_int_equal(guess_all(peer, 1000 + i / 2, &wait_ms), 20);
	}
	const uint64_t now_ms = 1000 + GUESS_PLACES / 2; /* nobody has a token again */
	name_address(peer, 0);
	assert_false(guess_take(&guesses, peer, now_ms, &wait_ms)); /* heard of again */
	name_address(peer, GUESS_PLACES);
	assert_true(guess_take(&guesses, peer, now_ms, &wait_ms)); /* somebody makes room */
	name_address(peer, 0);
	assert_false(guess_take(&guesses, peer, now_ms, &wait_ms));
	name_address(peer, 2);
	assert_false(guess_take(&guesses, peer, now_ms, &wait_ms));
	name_address(peer, 1); /* it was the one */
	assert_true(guess_take(&guesses, peer, now_ms, &wait_ms));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bucket_is_full_and_fills_evenly),
		cmocka_unit_test(what_is_refused_costs_nothing),
		cmocka_unit_test(over_any_time_no_more_than_the_rate),
		cmocka_unit_test(the_largest_rate_is_counted_right),
		cmocka_unit_test(a_clock_that_steps_back_gives_nothing),
		cmocka_unit_test_setup(twenty_wrong_keys_then_one_a_second, forget_all),
		cmocka_unit_test(addresses_are_told_apart),
		cmocka_unit_test_setup(the_quietest_address_is_forgotten_first, forget_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
