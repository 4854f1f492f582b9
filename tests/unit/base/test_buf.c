#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

static void test_appends(void **state) {
	(void)state;
	struct buf buf;
	buf_init(&buf, 1000);
	assert_string_equal(buf_text(&buf), "");
	assert_true(buf_add(&buf, "abc", 2));
	assert_true(buf_add_char(&buf, '-'));
	assert_true(buf_add_text(&buf, "x"));
	assert_true(buf_printf(&buf, "[%d %s]", 7, "seven"));
	assert_true(buf_add(&buf, NULL, 0));
	assert_string_equal(buf_text(&buf), "ab-x[7 seven]");
	assert_int_equal(buf.length, 13);
	buf_finish(&buf);
}

static void test_grows_to_its_ceiling_and_not_past(void **state) {
	(void)state;
	struct buf buf;
	buf_init(&buf, 300);
	for (int i = 0; i < 300; i++) {
		assert_true(buf_add_char(&buf, (char)('a' + i % 26)));
	}
	assert_int_equal(strlen(buf_text(&buf)), 300);
	assert_int_equal(buf_text(&buf)[299], 'a' + 299 % 26);
	assert_false(buf_add_char(&buf, 'x'));
	assert_true(buf.is_failed);
	assert_string_equal(buf_text(&buf), "");
	assert_false(buf_add_text(&buf, "")); /* what follows is ignored */
	assert_false(buf_printf(&buf, "%d", 1));
	assert_null(buf_take(&buf));
	assert_true(buf_add_text(&buf, "again"));
	assert_string_equal(buf_text(&buf), "again");
	buf_finish(&buf);
}

static void test_refuses_lengths_that_overflow(void **state) {
	(void)state;
	struct buf buf;
	buf_init(&buf, 100);
	assert_true(buf_add_text(&buf, "0123456789"));
	assert_false(buf_add(&buf, "", SIZE_MAX));
	assert_true(buf.is_failed);
	buf_clear(&buf);
	assert_false(buf.is_failed);
	assert_true(buf_printf(&buf, "%0100d", 5));
	assert_int_equal(buf.length, 100);
	assert_false(buf_printf(&buf, "%s", "x"));
	buf_finish(&buf);
}

static void test_clear_keeps_the_memory(void **state) {
	(void)state;
	struct buf buf;
	buf_init(&buf, 100);
	buf_add_text(&buf, "first");
	const char *before = buf.bytes;
	buf_clear(&buf);
	assert_int_equal(buf.length, 0);
	assert_string_equal(buf_text(&buf), "");
	buf_add_text(&buf, "2nd");
	assert_ptr_equal(buf.bytes, before);
	assert_string_equal(buf_text(&buf), "2nd");
	buf_finish(&buf);
}

static void test_take(void **state) {
	(void)state;
	struct buf buf;
	buf_init(&buf, 100);
	char *empty = buf_take(&buf);
	assert_string_equal(empty, "");
	free(empty);
	buf_add_text(&buf, "mine");
	char *mine = buf_take(&buf);
	assert_int_equal(buf.length, 0);
	buf_add_text(&buf, "theirs");
	assert_string_equal(mine, "mine");
	free(mine);
	buf_finish(&buf);
	buf_finish(&buf);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_appends),
		cmocka_unit_test(test_grows_to_its_ceiling_and_not_past),
		cmocka_unit_test(test_refuses_lengths_that_overflow),
		cmocka_unit_test(test_clear_keeps_the_memory),
		cmocka_unit_test(test_take),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
