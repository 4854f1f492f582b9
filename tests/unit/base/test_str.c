#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/str.h"

static void test_equality(void **state) {
	(void)state;
	char copy[] = "abc";
	assert_true(str_is_equal("abc", copy));
	assert_false(str_is_equal("abc", "abd"));
	assert_false(str_is_equal("abc", "ab"));
	assert_true(str_is_equal(NULL, NULL));
	assert_false(str_is_equal(NULL, ""));
	assert_false(str_is_equal("", NULL));
}

static void test_starts_and_ends(void **state) {
	(void)state;
	assert_true(str_starts_with("contacts", "con"));
	assert_true(str_starts_with("con", ""));
	assert_false(str_starts_with("co", "con"));
	assert_true(str_ends_with("a.so", ".so"));
	assert_true(str_ends_with("", ""));
	assert_false(str_ends_with("so", ".so"));
	assert_false(str_ends_with("a.so.1", ".so"));
}

static void test_lower_is_ascii_only(void **state) {
	(void)state;
	char text[] = "AZaz@[`{\xc3\x89";
	str_lower(text);
	assert_string_equal(text, "azaz@[`{\xc3\x89");
}

static void test_numbers(void **state) {
	(void)state;
	uint64_t value = 77;
	const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "1.0", "0x10", "ten",
		"18446744073709551616", "4", "10000"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(str_to_uint(bad[i], 5, 9999, &value));
		assert_int_equal(value, 77);
	}
	assert_false(str_to_uint("18446744073709551616", 0, UINT64_MAX, &value));
	assert_true(str_to_uint("18446744073709551615", 0, UINT64_MAX, &value));
	assert_true(value == UINT64_MAX);
	assert_true(str_to_uint("5", 5, 9999, &value));
	assert_int_equal(value, 5);
	assert_true(str_to_uint("009999", 5, 9999, &value));
	assert_int_equal(value, 9999);
}

static void test_format(void **state) {
	(void)state;
	char *text = str_format("%s-%05d", "id", 42);
	assert_string_equal(text, "id-00042");
	free(text);
}

static void test_url_escaping_and_back(void **state) {
	(void)state;
	char all[256];
	for (int c = 1; c < 256; c++) {
		all[c - 1] = (char)c;
	}
	all[255] = '\0';
	struct buf buf;
	buf_init(&buf, 1024);
	assert_true(str_add_url_escaped(&buf, all));
	assert_int_equal(strspn(buf_text(&buf),
				 "%-._~0123456789abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
		buf.length);
	char *text = buf_take(&buf);
	assert_true(str_url_unescape(text));
	assert_string_equal(text, all);
	free(text);
	assert_true(str_add_url_escaped(&buf, "a b/c?\xc3\xa9~"));
	assert_string_equal(buf_text(&buf), "a%20b%2Fc%3F%C3%A9~");
	buf_finish(&buf);
	buf_init(&buf, 5);
	assert_false(str_add_url_escaped(&buf, "//"));
	buf_finish(&buf);
}

static void test_bad_escapes(void **state) {
	(void)state;
	const char *const bad[] = {"%", "a%4", "%zz", "%4z", "%00", "ok%20%0", "%%20"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[16];
		snprintf(text, sizeof(text), "%s", bad[i]);
		assert_false(str_url_unescape(text));
	}
	char plus[] = "a+b%2fc%2F";
	assert_true(str_url_unescape(plus));
	assert_string_equal(plus, "a+b/c/");
}

static void test_distance(void **state) {
	(void)state;
	assert_int_equal(str_distance("email", "email", 3), 0);
	assert_int_equal(str_distance("emial", "email", 3), 2);
	assert_int_equal(str_distance("first_name", "firstname", 3), 1);
	assert_int_equal(str_distance("kitten", "sitting", 3), 3);
	assert_int_equal(str_distance("kitten", "sitting", 2), 3);
	assert_int_equal(str_distance("", "abc", 3), 3);
	assert_int_equal(str_distance("abc", "", 2), 3);
	assert_int_equal(str_distance("", "", 0), 0);
	assert_int_equal(str_distance("a", "b", 0), 1);
	assert_int_equal(str_distance("abcdefgh", "hgfedcba", 3), 4);
	assert_int_equal(str_distance("xabcdef", "abcdefx", 3), 2);
	char longer[66];
	memset(longer, 'a', 65);
	longer[65] = '\0';
	assert_int_equal(str_distance(longer, longer + 1, 3), 4); /* too long to be compared */
	assert_int_equal(str_distance(longer + 1, longer + 2, 3), 1);
}

static void test_utf8(void **state) {
	static const char *const good[] = {
		"", "a", "\xc3\xbc", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", NULL};
	static const char *const bad[] = {"\x80", "a\xc3", "\xc0\x80", "\xe0\x80\x80",
		"\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xff", NULL};
	(void)state;
	for (size_t i = 0; good[i] != NULL; i++) {
		assert_true(str_is_utf8(good[i]));
	}
	for (size_t i = 0; bad[i] != NULL; i++) {
		assert_false(str_is_utf8(bad[i]));
	}
	assert_int_equal(str_utf8_length("\xe2\x82\xac..."), 3);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_equality),
		cmocka_unit_test(test_starts_and_ends),
		cmocka_unit_test(test_lower_is_ascii_only),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_url_escaping_and_back),
		cmocka_unit_test(test_bad_escapes),
		cmocka_unit_test(test_distance),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
