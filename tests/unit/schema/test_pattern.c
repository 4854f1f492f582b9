#include "schema/inside.h"

#include "ask.h"
#include "base/clock.h"

static bool is_in(const struct pattern *pattern, const char *text, size_t length) {
	struct matcher *matcher = matcher_create();
	assert_non_null(matcher);
	bool found = pattern_is_found(pattern, matcher, text, length);
	matcher_destroy(matcher);
	return found;
}

static bool is_found(const char *expression, const char *text) {
	char error[PATTERN_ERROR_SIZE] = "";
	struct pattern *pattern = pattern_create(expression, error);
	if (pattern == NULL) {
		fail_msg("%s refused: %s", expression, error);
	}
	bool found = is_in(pattern, text, strlen(text));
	pattern_destroy(pattern);
	return found;
}

/* expression, a text it is found in, a text it is not found in (or NULL) */
static const char *const CASES[][3] = {
	{"b", "abc", "ac"},
	{"^a$", "a", "a\n"},
	{"^.$", "\xc3\xa9", "\r"},
	{"^.$", "\xf0\x9f\x98\x80", "\xe2\x80\xa8"},
	{"^\\d+$", "12", "\xd9\xa1"},
	{"^\\w$", "_", "\xc3\xa9"},
	{"^\\s$", "\xc2\xa0", "x"},
	{"^\\s$", "\xef\xbb\xbf", "\xc2\x85"},
	{"^\\S$", "x", "\xe2\x80\x83"},
	{"^[\\s]$", "\xe2\x80\xa9", "x"},
	{"^[\\S]$", "\xf0\x9f\x98\x80", "\xe3\x80\x80"},
	{"^[^\\S]$", "\xef\xbb\xbf", "x"},
	{"^[\\s\\S]+$", "a\n\xc2\xa0", NULL},
	{"^[\\d-x]$", "-", "y"},
	{"^\\v$", "\x0b", "\n"},
	{"^[\\v]$", "\x0b", "\n"},
	{"^\\u00e9\\x41\\u{1F600}$",
		"\xc3\xa9"
		"A\xf0\x9f\x98\x80",
		"eA"},
	{"^\\uD83D\\uDE00$", "\xf0\x9f\x98\x80", "x"},
	{"^[\\uD83D\\uDE00-\\u{1F602}]$", "\xf0\x9f\x98\x81", "x"},
	{"^\\p{Letter}$", "\xc3\xa9", "1"},
	{"^\\p{Lu}\\P{gc=Number}$", "Aa", "A1"},
	{"^\\p{Script=Greek}$", "\xce\xb1", "a"},
	{"^[\\p{digit}_]+$", "\xd9\xa1_", "a"},
	{"^(?:a|b)(?=c)(?!d)c(?<=c)(?<!x)$", "ac", "ad"},
	{"^(?<year>\\d{4})-\\k<year>$", "2026-2026", "2026-2025"},
	{"^(a)?\\1b$", "b", "ab"},
	{"^(a)(b)\\2\\1$", "abba", "abab"},
	{"^a{2}b{1,}?c{0,1}$", "aabb", "ab"},
	{"^a+?b*?c??$", "aab", "b"},
	{"^[]a]$", NULL, "a"},
	{"^[^]$", "\n", ""},
	{"^[[:alpha:]$", "[", "b"},
	{"^[.*+?(){}|]+$", ".*+?(){}|", "a"},
	{"^\\^\\$\\\\\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|\\/\\-\\_$", "^$\\.*+?()[]{}|/-_", "a"},
	{"^\\cJ\\0?$", "\n", "J"},
	{"\\bx\\B", "xy", "x y"},
	{"^[\\b]$", "\b", "b"},
	{"", "", NULL},
};

static void test_dialect(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		const char *const *one = CASES[i];
		if (one[1] != NULL && !is_found(one[0], one[1])) {
			fail_msg("%s not found in %s", one[0], one[1]);
		}
		if (one[2] != NULL && is_found(one[0], one[2])) {
			fail_msg("%s found in %s", one[0], one[2]);
		}
	}
}

static const char *const REFUSED[][2] = {
	{"(", "missing closing parenthesis"},
	{"a)", "unmatched"},
	{"[a", "missing terminating ]"},
	{"*", "quantifier"},
	{"a**", "a quantifier of a quantifier"},
	{"a++", "a quantifier of a quantifier"},
	{"a{2}{3}", "a quantifier of a quantifier"},
	{"a+?+", "a quantifier of a quantifier"},
	{"a{", "neither escaped nor"},
	{"a{3,2}", "out of order"},
	{"[z-a]", "out of order"},
	{"(*LIMIT_MATCH=1)a", "a group that ECMA-262 does not have"},
	{"(?i)a", "a group that ECMA-262 does not have"},
	{"(?>a)", "a group that ECMA-262 does not have"},
	{"(?R)", "a group that ECMA-262 does not have"},
	{"(?P<n>a)", "a group that ECMA-262 does not have"},
	{"(?#c)", "a group that ECMA-262 does not have"},
	{"\\Aa", "an escape that ECMA-262 does not have"},
	{"a\\z", "an escape that ECMA-262 does not have"},
	{"\\Qa\\E", "an escape that ECMA-262 does not have"},
	{"\\a", "an escape that ECMA-262 does not have"},
	{"[\\B]", "an escape that ECMA-262 does not have"},
	{"a\\", "ends in a backslash"},
	{"\\u12", "four hexadecimal digits"},
	{"\\u{110000}", "code point"},
	{"\\u{}", "code point and }"},
	{"\\ud800", "disallowed Unicode code point"},
	{"\\x4", "two hexadecimal digits"},
	{"\\c1", "followed by a letter"},
	{"\\01", "octal"},
	{"\\1", "non-existent"},
	{"[\\1]", "back reference in a class"},
	{"\\k", "name in angle brackets"},
	{"\\pL", "property in braces"},
	{"\\p{Nonsense}", "unknown property"},
};

static void test_refused(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++) {
		char error[PATTERN_ERROR_SIZE] = "";
		struct pattern *pattern = pattern_create(REFUSED[i][0], error);
		if (pattern != NULL) {
			pattern_destroy(pattern);
			fail_msg("taken: %s", REFUSED[i][0]);
		}
		if (strstr(error, REFUSED[i][1]) == NULL) {
			fail_msg("%s: expected ... %s, found %s", REFUSED[i][0], REFUSED[i][1],
				error);
		}
	}
}

/* None of these can be told hopeless at a glance, as "(a+)+b" can in a text without a b. */
static void expect_soon(const char *expression, size_t length) {
	char error[PATTERN_ERROR_SIZE] = "";
	char *text = calloc(1, length + 1);
	assert_non_null(text);
	memset(text, 'a', length);
	struct pattern *pattern = pattern_create(expression, error);
	assert_non_null(pattern);
	uint64_t start_ms = clock_precise_ms();
	assert_false(is_in(pattern, text, length));
	assert_true(
		clock_precise_ms() - start_ms < 5000); /* unbounded they take minutes to years */
	pattern_destroy(pattern);
	free(text);
}

static void test_evil_patterns_give_up(void **state) {
	(void)state;
	expect_soon("^(a+)+[bc]$", 50);
	expect_soon("^(a|a)*[bc]$", 65536);
	expect_soon("^.*a*[bc]", 65536);
	expect_soon("(a+)+[bc]", 1000);
	expect_soon("(a*)*[bc]", 65536);
	expect_soon("a*[bc]", 65536);
	expect_soon("[ab]{0,900}a*[bc]", 65536);
	expect_soon("[ab]{0,9000}a*[bc]", 1000);
}

/* Each value alone gives up soon; many of them must not take that time each. */
static void test_many_evil_values_are_given_up(void **state) {
	(void)state;
	struct schema *schema = compile("{\"items\":{\"not\":{\"pattern\":\"a*[bc]\"}}}");
	static char text[65001];
	memset(text, 'a', sizeof(text) - 1);
	json_t *instance = json_array();
	json_t *value = json_string(text);
	for (int i = 0; i < 100000;
		i++) { /* with the time of each alone: half an hour at the least */
		json_array_append(instance, value);
	}
	json_decref(value);
	json_t *faults = json_array();
	assert_false(schema_validate(schema, instance, 0, faults));
	const json_t *last = json_array_get(faults, json_array_size(faults) - 1);
	assert_string_equal(json_member_text(last, "code"), "too_complex");
	json_decref(faults);
	json_decref(instance);
	schema_destroy(schema);
}

/* A text is searched by windows of places: none may be left out, none may split a character. The
 * last test: there is no way back to the real clock. */
static void test_every_place_is_tried(void **state) {
	(void)state;
	clock_set_ms(1); /* stands still, so that a slow machine gives up nothing */
	const size_t lengths[] = {1, 100, 129, 130, 4000, 20001};
	char error[PATTERN_ERROR_SIZE] = "";
	struct pattern *needle = pattern_create("x", error);
	struct pattern *last = pattern_create("[^a]$", error);
	struct pattern *end = pattern_create("$", error);
	assert_true(needle != NULL && last != NULL && end != NULL);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t length = lengths[i];
		char *text = malloc(length + 1);
		assert_non_null(text);
		for (size_t at = 0; at < length; at += length / 50 + 1) {
			memset(text, 'a', length);
			text[at] = 'x';
			assert_true(is_in(needle, text, length));
			text[at] = 'a';
			assert_false(is_in(needle, text, length));
			assert_true(is_in(end, text, length));
		}
		for (size_t at = 0; at + 1 < length; at += 2) {
			memcpy(text + at, "\xc3\xa9", 2);
		}
		assert_int_equal(is_in(last, text, length), length % 2 == 0);
		assert_false(is_in(needle, text, length));
		free(text);
	}
	pattern_destroy(needle);
	pattern_destroy(last);
	pattern_destroy(end);
}

static void test_long_values(void **state) {
	(void)state;
	static char text[70000];
	memset(text, 'a', sizeof(text));
	char error[PATTERN_ERROR_SIZE] = "";
	struct pattern *pattern = pattern_create("^[a-z]+$", error);
	assert_non_null(pattern);
	assert_true(is_in(pattern, text, 65536));
	assert_false(is_in(pattern, text, 65537));
	pattern_destroy(pattern);
}

static void test_an_expression_too_long(void **state) {
	(void)state;
	static char expression[70001];
	memset(expression, 'a', sizeof(expression) - 1);
	char error[PATTERN_ERROR_SIZE] = "";
	assert_null(pattern_create(expression, error));
	assert_string_equal(error, "it is too long");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialect),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_evil_patterns_give_up),
		cmocka_unit_test(test_many_evil_values_are_given_up),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_an_expression_too_long),
		cmocka_unit_test(test_every_place_is_tried),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
