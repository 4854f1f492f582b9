#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"

static const struct {
	const char *text, *words;
} BAD[] = {
	{"", "empty"},
	{"  ", "line 1"},
	{"{\"a\":1", "the text ends too early"},
	{"[1,]", "not valid JSON"},
	{"{'a':1}", "not valid JSON"},
	{"NaN", "not valid JSON"},
	{"01", "not valid JSON"},
	{"1 2", "more after the value"},
	{"{} // comment", "more after the value"},
	{"{\"a\":1,\"a\":2}", "twice in one object"},
	{"{\"a\":{\"b\":1,\"b\":1}}", "twice in one object"},
	{"\"\\u0000\"", "NUL character"},
	{"{\"a\\u0000b\":1}", "NUL"},
	{"\"\xff\"", "not valid UTF-8"},
	{"\"\xc0\xaf\"", "not valid UTF-8"},
	{"\"\xed\xa0\x80\"", "not valid UTF-8"},
	{"\"\\ud800\"", "not valid JSON"},
	{"\"a\nb\"", "not valid JSON"},
	{"1e400", "number is too large"},
	{"9223372036854775808", "number is too large"},
	{"\xef\xbb\xbf{}", "byte order mark"},
	{"[[[[]]]]", "nested deeper than 3"},
	{"{\"a\":{\"b\":{\"c\":{}}}}", "nested deeper than 3"},
};

static void test_refused(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		char error[JSON_ERROR_SIZE] = "";
		json_t *value = json_read(BAD[i].text, strlen(BAD[i].text), 3, error);
		if (value != NULL) {
			json_decref(value);
			fail_msg("taken: %s", BAD[i].text);
		}
		if (strstr(error, BAD[i].words) == NULL) {
			fail_msg("%s: expected ... %s, found %s", BAD[i].text, BAD[i].words, error);
		}
	}
}

static void test_where(void **state) {
	(void)state;
	char error[JSON_ERROR_SIZE] = "";
	const char text[] = "{\n  \"secret\": oops\n}";
	assert_null(json_read(text, strlen(text), 3, error));
	assert_non_null(strstr(error, "line 2, column "));
	assert_null(strstr(error, "oops"));
	assert_null(strstr(error, "secret"));
}

static void test_taken(void **state) {
	(void)state;
	const char *const good[] = {"null", "-0", "1.5e3", "\"\"", " [ ] ", "[[[1]]]",
		"[[],[],[[]]]", "\"[[[[[\"", "\"\\\"[[[[[\\\\\"", "{\"\\\\\":[[1]]}",
		"\"\\ud83d\\ude00\"", "9223372036854775807", "\"\xf0\x9f\x98\x80\""};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char error[JSON_ERROR_SIZE] = "";
		json_t *value = json_read(good[i], strlen(good[i]), 3, error);
		if (value == NULL) {
			fail_msg("%s refused: %s", good[i], error);
		}
		json_decref(value);
	}
}

static void test_reads_no_further_than_its_length(void **state) {
	(void)state;
	char error[JSON_ERROR_SIZE] = "";
	json_t *value = json_read("[1]garbage", 3, 3, error);
	assert_non_null(value);
	json_decref(value);
	assert_null(json_read("[1]\0", 4, 3, error)); /* a NUL is more after the value */
	char *open = malloc(3); /* ends inside an escape: the depth count must not run on */
	assert_non_null(open);
	memcpy(open, "[\"\\", 3);
	assert_null(json_read(open, 3, 3, error));
	free(open);
}

static void test_a_bomb_of_brackets(void **state) {
	(void)state;
	enum { LENGTH = 1000000 };
	char error[JSON_ERROR_SIZE] = "";
	char *text = malloc(LENGTH);
	assert_non_null(text);
	memset(text, '[', LENGTH);
	assert_null(json_read(text, LENGTH, JSON_DEPTH_MAX, error));
	assert_string_equal(error, "nested deeper than 32");
	free(text);
}

static void test_member_text(void **state) {
	(void)state;
	json_t *object = json_pack("{s:s,s:i}", "name", "Ada", "age", 36);
	assert_string_equal(json_member_text(object, "name"), "Ada");
	assert_null(json_member_text(object, "age"));
	assert_null(json_member_text(object, "none"));
	assert_null(json_member_text(NULL, "name"));
	json_decref(object);
}

static void skip_steps_over_one_value(void **state) {
	static const struct {
		const char *text;
		size_t after;
	} cases[] = {
		{"{\"a\":[1,{\"c\":\"}\"}]},2", 19},
		{"[\"]\",\"\\\"\"] ", 10},
		{"\"a\\\"b\",", 6},
		{"12.5e3,", 6},
		{"true}", 4},
		{"{\"a\":", 5},
		{"\"a", 2},
		{"", 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			json_skip(cases[i].text, strlen(cases[i].text), 0), cases[i].after);
	}
}

static void a_string_comes_back_as_it_was(void **state) {
	static const char *const texts[] = {
		"", "plain", "\"quoted\" \\ back", "\n\t\x01\x1f\x7f", "\xc3\xa9 \xf0\x9f\x98\x80"};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char error[JSON_ERROR_SIZE];
		struct buf text;
		buf_init(&text, 1000);
		json_add_string(&text, texts[i]);
		json_t *read = json_read(buf_text(&text), text.length, 2, error);
		assert_string_equal(json_string_value(read), texts[i]);
		json_decref(read);
		buf_finish(&text);
	}
}

static void values_are_written_as_they_are(void **state) {
	(void)state;
	json_t *value = json_pack("{s:[f,f,f,f],s:b,s:n,s:s%,s:{},s:[],s:I}", "reals", 0.1,
		0.1 + 0.2, 2.0, 1e300, "yes", 1, "none", "text", "a\0\"b", (size_t)4, "object",
		"array", "whole", (json_int_t)-9007199254740993);
	struct buf text;
	char error[JSON_ERROR_SIZE];
	buf_init(&text, 1000);
	json_write(&text, value);
	assert_string_equal(buf_text(&text),
		"{\"reals\":[0.1,0.30000000000000004,2.0,1e+300],\"yes\":true,\"none\":null,"
		"\"text\":\"a\\u0000\\\"b\",\"object\":{},\"array\":[],"
		"\"whole\":-9007199254740993}");
	json_t *plain = json_object_get(value, "reals");
	buf_clear(&text);
	json_write(&text, plain);
	json_t *read = json_read(buf_text(&text), text.length, 2, error);
	assert_true(json_equal(read, plain));
	assert_int_equal(json_real_digits(0.1), 15);
	assert_int_equal(json_real_digits(1.0 / 3.0), 16);
	assert_int_equal(json_real_digits(0.1 + 0.2), 17);
	json_decref(read);
	json_decref(value);
	buf_finish(&text);
}

static void what_holds_itself_is_not_written(void **state) {
	struct buf text;
	json_t *a = json_object();
	json_t *b = json_pack("{so}", "a", a);
	(void)state;
	assert_int_equal(json_object_set(a, "b", b), 0);
	buf_init(&text, 1 << 20);
	json_write(&text, b);
	assert_true(text.is_failed);
	buf_finish(&text);
	json_object_clear(a);
	json_decref(b);
}

/* ---- the quick way ---- */

static json_t *slowly(const char *text, size_t length) {
	return json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
}

/* Whatever it takes, jansson takes too, and makes the same of it. */
static bool is_plain(const char *text, size_t length) {
	json_t *plain = json_read_plain(text, length, JSON_DEPTH_MAX);
	json_t *whole = slowly(text, length);
	if (plain != NULL && (whole == NULL || !json_equal(plain, whole))) {
		fail_msg("taken otherwise: %.*s", (int)length, text);
	}
	bool is_taken = plain != NULL;
	json_decref(plain);
	json_decref(whole);
	return is_taken;
}

static const char *const plain_texts[] = {"{}", "[]", " { \"a\" : [ 1 , -2, true,false,null ] } ",
	"{\"name\":\"Gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 ...\",\"n\":999999999999999999}",
	"\"text\"", "0", "[[[[]]],{\"a\":{\"b\":{}}}]"};

static void plain_text_is_read_quickly(void **state) {
	static const char *const others[] = {"", "{", "{\"a\":1,\"a\":2}", "\"\\n\"", "1.5", "-0",
		"01", "1e3", "tru", "[1,]", "{\"a\"}", "[] []", "\"\xc3\"", "[1 2]",
		"9999999999999999999", "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "nul", "truex"};
	(void)state;
	for (size_t i = 0; i < sizeof(plain_texts) / sizeof(plain_texts[0]); i++) {
		assert_true(is_plain(plain_texts[i], strlen(plain_texts[i])));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_false(is_plain(others[i], strlen(others[i])));
	}
	assert_null(json_read_plain(
		"[]", 2, 1)); /* who allows so little is served by the careful one */
}

/* Plain texts with some bytes changed, in memory that ends where they do. */
static void spoilt_text_is_never_misread(void **state) {
	static const char bytes[] = "{}[]\",:0-9eE.\\ntu\xc3\xa4\x00 ";
	uint32_t seed = 1;
	size_t taken = 0;
	(void)state;
	for (size_t round = 0; round < 200000; round++) {
		const char *text =
			plain_texts[round % (sizeof(plain_texts) / sizeof(plain_texts[0]))];
		size_t length = strlen(text);
		char *spoilt = malloc(length);
		assert_non_null(spoilt);
		memcpy(spoilt, text, length);
		for (size_t i = 0; i < 1 + round % 3; i++) {
			seed = seed * 1664525 + 1013904223;
			spoilt[(seed >> 8) % length] = bytes[(seed >> 20) % (sizeof(bytes) - 1)];
		}
		taken += is_plain(spoilt, length);
		free(spoilt);
	}
	assert_true(taken > 1000 && taken < 199000);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_is_read_quickly),
		cmocka_unit_test(spoilt_text_is_never_misread),
		cmocka_unit_test(skip_steps_over_one_value),
		cmocka_unit_test(what_holds_itself_is_not_written),
		cmocka_unit_test(a_string_comes_back_as_it_was),
		cmocka_unit_test(values_are_written_as_they_are),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_where),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_reads_no_further_than_its_length),
		cmocka_unit_test(test_a_bomb_of_brackets),
		cmocka_unit_test(test_member_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
