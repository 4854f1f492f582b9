#include "schema/inside.h"

#include "ask.h"

/* RFC 3986, section 5.4, without fragments. */
static const char *const REFERENCES[][2] = {
	{"g:h", "g:h"},
	{"g", "http://a/b/c/g"},
	{"./g", "http://a/b/c/g"},
	{"g/", "http://a/b/c/g/"},
	{"/g", "http://a/g"},
	{"//g", "http://g"},
	{"?y", "http://a/b/c/d;p?y"},
	{"g?y", "http://a/b/c/g?y"},
	{"#s", "http://a/b/c/d;p?q"},
	{"g#s", "http://a/b/c/g"},
	{"g?y#s", "http://a/b/c/g?y"},
	{";x", "http://a/b/c/;x"},
	{"g;x", "http://a/b/c/g;x"},
	{"", "http://a/b/c/d;p?q"},
	{".", "http://a/b/c/"},
	{"./", "http://a/b/c/"},
	{"..", "http://a/b/"},
	{"../", "http://a/b/"},
	{"../g", "http://a/b/g"},
	{"../..", "http://a/"},
	{"../../", "http://a/"},
	{"../../g", "http://a/g"},
	{"../../../g", "http://a/g"},
	{"../../../../g", "http://a/g"},
	{"/./g", "http://a/g"},
	{"/../g", "http://a/g"},
	{"g.", "http://a/b/c/g."},
	{".g", "http://a/b/c/.g"},
	{"g..", "http://a/b/c/g.."},
	{"..g", "http://a/b/c/..g"},
	{"./../g", "http://a/b/g"},
	{"./g/.", "http://a/b/c/g/"},
	{"g/./h", "http://a/b/c/g/h"},
	{"g/../h", "http://a/b/c/h"},
	{"g;x=1/./y", "http://a/b/c/g;x=1/y"},
	{"g;x=1/../y", "http://a/b/c/y"},
	{"g?y/../x", "http://a/b/c/g?y/../x"},
	{"http:g", "http:g"},
};

static void expect_resolved(const char *base, const char *reference, const char *expected) {
	char *found = uri_resolve(base, reference);
	if (strcmp(found, expected) != 0) {
		fail_msg("%s from %s is %s, not %s", reference, base, found, expected);
	}
	free(found);
}

static void test_references(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(REFERENCES) / sizeof(REFERENCES[0]); i++) {
		expect_resolved("http://a/b/c/d;p?q", REFERENCES[i][0], REFERENCES[i][1]);
	}
	expect_resolved("", "a/../b", "/b");
	expect_resolved("", "", "");
	expect_resolved("", "urn:x:y", "urn:x:y");
	expect_resolved("urn:uuid:1", "#/a", "urn:uuid:1");
	expect_resolved("http://a", "b", "http://a/b");
	expect_resolved("x/y", "z", "x/z");
}

static void test_names(void **state) {
	(void)state;
	enum { COUNT = 2000 };
	struct names *names = names_create(COUNT);
	char name[64];
	size_t index;
	for (int i = 0; i < COUNT; i++) { /* of few lengths, alike in front and behind */
		snprintf(name, sizeof(name), "property_with_%d_a_long_name_indeed", i);
		names_add(names, name);
	}
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "property_with_%d_a_long_name_indeed", i);
		assert_true(names_find(names, name, &index));
		assert_int_equal(index, i);
	}
	assert_false(names_find(names, "", &index));
	assert_false(names_find(names, "property_with_2000_a_long_name_indeed", &index));
	assert_string_equal(names_nearest(names, "property_wit_7_a_long_name_indeed"),
		"property_with_7_a_long_name_indeed");
	assert_null(names_nearest(names, "unlike"));
	names_destroy(names);
	struct names *none = names_create(0);
	assert_false(names_find(none, "", &index));
	assert_null(names_nearest(none, "a"));
	names_destroy(none);
	names_destroy(NULL);
}

/* a number, a divisor, is it a multiple? */
static const struct {
	const char *number, *divisor;
	bool is_multiple;
} MULTIPLES[] = {
	{"0", "7", true},
	{"-0.0", "0.3", true},
	{"21", "7", true},
	{"22", "7", false},
	{"-21", "7", true},
	{"4.5", "1.5", true},
	{"35", "1.5", false},
	{"0.0075", "0.0001", true},
	{"0.00751", "0.0001", false},
	{"19.99", "0.01", true},
	{"0.3", "0.1", true},
	{"1.1", "0.1", true},
	{"4.35", "0.01", true},
	{"1e308", "0.5", true},
	{"1e308", "0.123456789", false},
	{"1e308", "1e-308", true},
	{"1e-308", "1e-308", true},
	{"3e-308", "2e-308", false},
	{"5e-324", "5e-324", true},
	{"1e-320", "1", false},
	{"12391239123", "1e-8", true},
	{"9223372036854775807", "9223372036854775807", true},
	{"9223372036854775806", "9223372036854775807", false},
	{"-9223372036854775808", "2", true},
	{"-9223372036854775808", "3", false},
	{"100", "1e2", true},
	{"150", "1e2", false},
	{"1e2", "100", true},
	{"1", "1e300", false},
	{"123456789012345678", "10", false},
	{"123456789012345670", "10", true},
};

static void test_multiples(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(MULTIPLES) / sizeof(MULTIPLES[0]); i++) {
		json_t *number = parse(MULTIPLES[i].number);
		json_t *divisor = parse(MULTIPLES[i].divisor);
		if (value_is_multiple(number, value_decimal(divisor)) != MULTIPLES[i].is_multiple) {
			fail_msg("%s by %s", MULTIPLES[i].number, MULTIPLES[i].divisor);
		}
		json_decref(number);
		json_decref(divisor);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_multiples),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
