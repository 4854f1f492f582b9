/* The token: what is taken, what is refused and in which words, and what a reload changes. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/log.h"
#include "hubspot/inside.h"

static char folder[] = "/tmp/hsc-token-XXXXXX";
static char path[64];
static char error[256];
static char last_line[512];

static void take_line(const char *line, void *ctx) {
	(void)ctx;
	snprintf(last_line, sizeof(last_line), "%s", line);
}

static int make_folder(void **state) {
	(void)state;
	log_redirect(take_line, NULL);
	return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state) {
	(void)state;
	unlink(path);
	log_redirect(NULL, NULL);
	return rmdir(folder);
}

static void put(const void *bytes, size_t length, mode_t mode) {
	snprintf(path, sizeof(path), "%s/token", folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, length), length);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void put_text(const char *text) {
	put(text, strlen(text), 0600);
}

static void assert_header(const struct token *token, const char *expected) {
	char *header = token_header(token);
	assert_string_equal(header, expected);
	free(header);
}

static void a_value_becomes_a_header(void **state) {
	bool is_changed = true;
	(void)state;
	struct token *token = token_create("pat-na1-1234", NULL, error, sizeof(error));
	assert_non_null(token);
	assert_header(token, "Authorization: Bearer pat-na1-1234");
	assert_int_equal(token_generation(token), 1);
	assert_true(token_reload(token, &is_changed, error, sizeof(error)));
	assert_false(is_changed);
	token_destroy(token);
}

static void one_line_end_is_trimmed(void **state) {
	static const char *const TEXTS[] = {"abc", "abc\n", "abc\r\n"};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		put_text(TEXTS[i]);
		struct token *token = token_create(NULL, path, error, sizeof(error));
		assert_non_null(token);
		assert_header(token, "Authorization: Bearer abc");
		token_destroy(token);
	}
}

/* None of them may be quoted in the error. */
static void what_is_no_token_is_refused(void **state) {
	static const char *const TEXTS[] = {"", "\n", "\r\n", "SECRET\n\n", "SECRET\r\nX: y", "SEC\tRET", "SEC RET",
		"SECRET\x7f", "SECR\xc3\x89T", "\nSECRET"};
	(void)state;
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		put_text(TEXTS[i]);
		error[0] = '\0';
		assert_null(token_create(NULL, path, error, sizeof(error)));
		assert_non_null(strstr(error, path));
		assert_null(strstr(error, "SEC"));
		error[0] = '\0';
		assert_null(token_create(TEXTS[i], NULL, error, sizeof(error)));
		assert_true(error[0] != '\0');
		assert_null(strstr(error, "SEC"));
	}
	put("ab\0cd", 5, 0600);
	assert_null(token_create(NULL, path, error, sizeof(error)));
	assert_null(token_create(NULL, NULL, error, sizeof(error)));
}

static void size_is_bounded(void **state) {
	char text[4200];
	(void)state;
	memset(text, 'x', sizeof(text));
	put(text, 4096, 0600);
	struct token *token = token_create(NULL, path, error, sizeof(error));
	assert_non_null(token);
	token_destroy(token);
	put(text, 4097, 0600);
	assert_null(token_create(NULL, path, error, sizeof(error)));
	assert_non_null(strstr(error, "longer than 4096"));
	put(text, sizeof(text), 0600);
	assert_null(token_create(NULL, path, error, sizeof(error)));
	text[sizeof(text) - 1] = '\0';
	assert_null(token_create(text, NULL, error, sizeof(error)));
}

static void who_may_touch_the_file_matters(void **state) {
	(void)state;
	put("abc\n", 4, 0602);
	assert_null(token_create(NULL, path, error, sizeof(error)));
	assert_non_null(strstr(error, "may write"));
	last_line[0] = '\0';
	put("abc\n", 4, 0604);
	struct token *token = token_create(NULL, path, error, sizeof(error));
	assert_non_null(token);
	assert_non_null(strstr(last_line, "read by everybody"));
	assert_null(strstr(last_line, "abc"));
	token_destroy(token);
}

static void what_is_no_file_is_refused(void **state) {
	(void)state;
	assert_null(token_create(NULL, "/nonexistent/token", error, sizeof(error)));
	assert_non_null(strstr(error, "No such file"));
	assert_null(token_create(NULL, folder, error, sizeof(error)));
	snprintf(path, sizeof(path), "%s/token", folder);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(token_create(NULL, path, error, sizeof(error))); /* and does not block */
	assert_non_null(strstr(error, "not a regular file"));
	unlink(path);
}

static void a_reload_takes_only_what_is_good(void **state) {
	bool is_changed = true;
	(void)state;
	put_text("first\n");
	struct token *token = token_create(NULL, path, error, sizeof(error));
	assert_non_null(token);
	assert_true(token_reload(token, &is_changed, error, sizeof(error)));
	assert_false(is_changed);
	put_text("second");
	assert_true(token_reload(token, &is_changed, error, sizeof(error)));
	assert_true(is_changed);
	assert_int_equal(token_generation(token), 2);
	assert_header(token, "Authorization: Bearer second");
	put_text("");
	assert_false(token_reload(token, &is_changed, error, sizeof(error)));
	unlink(path);
	assert_false(token_reload(token, &is_changed, error, sizeof(error)));
	assert_header(token, "Authorization: Bearer second");
	assert_int_equal(token_generation(token), 2);
	token_destroy(token);
}

static void a_body_is_filled_in(void **state) {
	static const struct {
		const char *body, *filled;
	} cases[] = {
		{"{\"tokenKey\":\"{token}\"}", "{\"tokenKey\":\"a\\\"b\\\\c\"}"},
		{"[\"{token}\",\"-{token}-\"]", "[\"a\\\"b\\\\c\",\"-a\\\"b\\\\c-\"]"},
		{"{\"tokenKey\":\"token\"}", "{\"tokenKey\":\"token\"}"},
		{"", ""},
	};
	(void)state;
	struct token *token = token_create("a\"b\\c", NULL, error, sizeof(error));
	assert_non_null(token);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *filled = token_fill(token, cases[i].body);
		assert_string_equal(filled, cases[i].filled);
		free(filled);
	}
	token_destroy(token);
}

static void destroy_takes_null(void **state) {
	(void)state;
	token_destroy(NULL);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_becomes_a_header),
		cmocka_unit_test(one_line_end_is_trimmed),
		cmocka_unit_test(what_is_no_token_is_refused),
		cmocka_unit_test(size_is_bounded),
		cmocka_unit_test(who_may_touch_the_file_matters),
		cmocka_unit_test(what_is_no_file_is_refused),
		cmocka_unit_test(a_reload_takes_only_what_is_good),
		cmocka_unit_test(a_body_is_filled_in),
		cmocka_unit_test(destroy_takes_null),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
