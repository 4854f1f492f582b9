/* Random enough: shares stay in their range and fill it, bits do not repeat. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/random.h"

static void shares_fill_their_range(void **state) {
	unsigned tenths[10] = {0};
	(void)state;
	for (int i = 0; i < 10000; i++) {
		double share = random_share();
		assert_true(share >= 0 && share < 1);
		tenths[(int)(share * 10)]++;
	}
	for (int i = 0; i < 10; i++) {
		assert_in_range(tenths[i], 700, 1300);
	}
}

static void bits_do_not_come_again_in_order(void **state) {
	uint32_t first[8], later[8];
	(void)state;
	for (int i = 0; i < 8; i++) {
		first[i] = random_bits();
	}
	for (int i = 0; i < 248; i++) { /* into the next pool */
		random_bits();
	}
	for (int i = 0; i < 8; i++) {
		later[i] = random_bits();
	}
	assert_memory_not_equal(first, later, sizeof(first));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shares_fill_their_range),
		cmocka_unit_test(bits_do_not_come_again_in_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
