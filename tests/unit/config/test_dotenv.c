#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "config/inside.h"

static bool read_text(struct dotenv *dotenv, const char *text, char error[CONFIG_ERROR_SIZE]) {
	return dotenv_read(dotenv, "x.env", text, strlen(text), error);
}

static const struct {
	const char *text, *value; /* of A */
} GOOD[] = {
	{"A=1", "1"},
	{"A=1\n", "1"},
	{"A=1\r\n", "1"},
	{"A=", ""},
	{"A=\n", ""},
	{"A=   \n", ""},
	{" A = 1 \n", "1"},
	{"\tA=1", "1"},
	{"export A=1", "1"},
	{"export\t A=1", "1"},
	{"exported=2\nA=1", "1"},
	{"# A=2\nA=1 # one", "1"},
	{"A=1#2", "1#2"},
	{"A=#1", ""},
	{"A= # nothing", ""},
	{"A=a=b", "a=b"},
	{"A=a b  c", "a b  c"},
	{"A='a # b' # c", "a # b"},
	{"A='a\\n$b\"'", "a\\n$b\""},
	{"A=\"a\\nb\\r\\t\\\"\\\\\\$\"", "a\nb\r\t\"\\$"},
	{"A=\"a\\xb\"", "a\\xb"},
	{"A=\"two\nlines\"\nB=2", "two\nlines"},
	{"A=''", ""},
	{"A=\"\"\r\n", ""},
	{"A=a\\nb", "a\\nb"},
	{"\xef\xbb\xbf"
	 "A=1",
		"1"},
	{"\n\n  \n#\n#x\nA=\xc3\xa9", "\xc3\xa9"},
	{"_b1=2\nA=1", "1"},
};

static void test_good(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
		struct dotenv dotenv;
		char error[CONFIG_ERROR_SIZE] = "";
		if (!read_text(&dotenv, GOOD[i].text, error)) {
			fail_msg("refused: %s: %s", GOOD[i].text, error);
		}
		const struct dotenv_entry *entry = dotenv_find(&dotenv, "A");
		if (entry == NULL || strcmp(entry->value, GOOD[i].value) != 0) {
			fail_msg("%s: expected \"%s\", found \"%s\"", GOOD[i].text, GOOD[i].value,
				entry != NULL ? entry->value : "(none)");
		}
		dotenv_finish(&dotenv);
	}
}

static const struct {
	const char *text, *words;
} BAD[] = {
	{"A", "x.env, line 1: expected NAME=value"},
	{"A=1\n\nB\n", "x.env, line 3: expected NAME=value"},
	{"=1", "line 1: expected NAME=value"},
	{"1A=1", "expected NAME=value"},
	{"A-B=1", "expected NAME=value"},
	{"A B=1", "expected NAME=value"},
	{"export", "expected NAME=value"},
	{"export =1", "expected NAME=value"},
	{"A=1\nB=2\nA=3", "x.env, line 3: A is set twice, first on line 1"},
	{"A=\"1", "x.env, line 1: a quote is opened and never closed"},
	{"B=\"1\n2\"\nA='1\n2", "x.env, line 3: a quote is opened and never closed"},
	{"A=\"1\\\"", "never closed"},
	{"A=\"1\"2", "more after the closing quote"},
	{"A='1' 2", "more after the closing quote"},
	{"A='1'#2", "more after the closing quote"},
	{"A=1\"2\"", "a quote inside a value"},
};

static void test_bad(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct dotenv dotenv;
		char error[CONFIG_ERROR_SIZE] = "";
		if (read_text(&dotenv, BAD[i].text, error)) {
			dotenv_finish(&dotenv);
			fail_msg("taken: %s", BAD[i].text);
		}
		if (strstr(error, BAD[i].words) == NULL) {
			fail_msg("%s: expected ... %s, found %s", BAD[i].text, BAD[i].words, error);
		}
		assert_int_equal(dotenv.count, 0);
	}
}

static void test_nul_and_nothing(void **state) {
	(void)state;
	struct dotenv dotenv;
	char error[CONFIG_ERROR_SIZE] = "";
	assert_false(dotenv_read(&dotenv, "x.env", "A=1\nB=\0002", 8, error));
	assert_string_equal(error, "x.env, line 2: a NUL character is not allowed");
	assert_true(dotenv_read(&dotenv, "x.env", "", 0, error));
	assert_int_equal(dotenv.count, 0);
	assert_null(dotenv_find(&dotenv, "A"));
	dotenv_finish(&dotenv);
}

static void test_long_names(void **state) {
	(void)state;
	struct dotenv dotenv;
	char error[CONFIG_ERROR_SIZE] = "";
	char text[512];
	memset(text, 'A', sizeof(text));
	snprintf(text + 127, sizeof(text) - 127, "=1");
	assert_true(read_text(&dotenv, text, error));
	dotenv_finish(&dotenv);
	memset(text, 'A', sizeof(text));
	snprintf(text + 128, sizeof(text) - 128, "=1");
	assert_false(read_text(&dotenv, text, error));
	assert_non_null(strstr(error, "the name is too long"));
}

static void test_files(void **state) {
	(void)state;
	struct dotenv dotenv;
	char error[CONFIG_ERROR_SIZE] = "";
	char path[] = "/tmp/hsc-dotenv-XXXXXX";
	assert_true(dotenv_load(&dotenv, "/nonexistent/.env", false, error));
	assert_int_equal(dotenv.count, 0);
	assert_false(dotenv_load(&dotenv, "/nonexistent/.env", true, error));
	assert_non_null(strstr(error, "/nonexistent/.env cannot be read"));
	assert_false(dotenv_load(&dotenv, "/tmp", false, error));
	int fd = mkstemp(path);
	assert_int_equal(write(fd, "A=1\n\nB='x'\n", 11), 11);
	assert_true(dotenv_load(&dotenv, path, true, error));
	assert_int_equal(dotenv.count, 2);
	assert_string_equal(dotenv_find(&dotenv, "B")->value, "x");
	assert_int_equal(dotenv_find(&dotenv, "B")->line, 3);
	dotenv_finish(&dotenv);
	assert_int_equal(ftruncate(fd, DOTENV_BYTES_MAX + 1), 0);
	assert_false(dotenv_load(&dotenv, path, true, error));
	assert_non_null(strstr(error, "larger than 256 KiB"));
	close(fd);
	unlink(path);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_nul_and_nothing),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
