#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"

static void expect_iso(uint64_t wall_ms, const char *expected) {
	char text[CLOCK_ISO_SIZE];
	memset(text, 'x', sizeof(text));
	clock_format_iso(wall_ms, text);
	assert_string_equal(text, expected);
}

static void test_iso(void **state) {
	(void)state;
	expect_iso(0, "1970-01-01T00:00:00.000Z");
	expect_iso(951827696007, "2000-02-29T12:34:56.007Z");
	expect_iso(1788251400123, "2026-09-01T08:30:00.123Z");
	expect_iso(UINT64_MAX, "584556019-04-03T14:25:51.615Z");
}

static void wait_a_little(void) {
	const struct timespec pause = {.tv_nsec = 5000000};
	nanosleep(&pause, NULL);
}

static void test_now_stands_still_until_updated(void **state) {
	(void)state;
	uint64_t first_ms = clock_now_ms();
	assert_true(first_ms > 0);
	wait_a_little();
	assert_true(clock_now_ms() == first_ms);
	assert_true(clock_precise_ms() >= first_ms + 4);
	clock_update();
	assert_true(clock_now_ms() >= first_ms + 4);
}

static void test_wall_clock_is_of_this_age(void **state) {
	(void)state;
	assert_true(clock_wall_ms() > UINT64_C(1577836800000)); /* 2020 */
}

/* Last: there is no way back to the real clock. */
static void test_a_test_owns_time(void **state) {
	(void)state;
	clock_set_ms(0);
	assert_int_equal(clock_now_ms(), 0);
	clock_set_ms(5000);
	wait_a_little();
	clock_update();
	assert_int_equal(clock_now_ms(), 5000);
	assert_int_equal(clock_precise_ms(), 5000);
	clock_set_ms(4000);
	assert_int_equal(clock_now_ms(), 4000);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_iso),
		cmocka_unit_test(test_now_stands_still_until_updated),
		cmocka_unit_test(test_wall_clock_is_of_this_age),
		cmocka_unit_test(test_a_test_owns_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
