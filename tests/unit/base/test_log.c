#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"

struct kept {
	char line[8192];
	int count;
};

static void keep(const char *line, void *ctx) {
	struct kept *kept = ctx;
	snprintf(kept->line, sizeof(kept->line), "%s", line);
	kept->count++;
}

static void listen(struct kept *kept, enum log_level level, enum log_format format) {
	*kept = (struct kept){.count = 0};
	log_setup(level, format);
	log_redirect(keep, kept);
}

static void test_text(void **state) {
	(void)state;
	struct kept kept;
	listen(&kept, LOG_INFO, LOG_TEXT);
	LOG_WARN("plugin refused", log_text("file", "a \"b\".so"), log_text("none", NULL),
		log_int("left", -5), log_uint("most", UINT64_MAX), log_bool("is_late", false));
	assert_int_equal(kept.count, 1);
	assert_string_equal(kept.line + strlen("2026-09-01T08:30:00.123Z"),
		" warn  plugin refused file=\"a \\\"b\\\".so\" left=-5 most=18446744073709551615 "
		"is_late=false");
	assert_int_equal(kept.line[4], '-');
	assert_int_equal(kept.line[23], 'Z');
}

static void test_json_is_json(void **state) {
	(void)state;
	struct kept kept;
	char error[JSON_ERROR_SIZE];
	listen(&kept, LOG_INFO, LOG_JSON);
	LOG_INFO("a \"quoted\" \\ event",
		log_text("text", "tab\there \x1b[31m \xff\xc3\xa9\xed\xa0\x80 \x7f"),
		log_int("int", INT64_MIN), log_bool("yes", true));
	json_t *line = json_read(kept.line, strlen(kept.line), 2, error);
	assert_non_null(line);
	assert_string_equal(json_member_text(line, "level"), "info");
	assert_string_equal(json_member_text(line, "event"), "a \"quoted\" \\ event");
	assert_string_equal(json_member_text(line, "text"),
		"tab\there \x1b[31m \xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd \x7f");
	assert_true(json_integer_value(json_object_get(line, "int")) == INT64_MIN);
	assert_true(json_is_true(json_object_get(line, "yes")));
	assert_null(strchr(kept.line, '\x1b'));
	json_decref(line);
}

static void test_a_line_is_one_line(void **state) {
	(void)state;
	struct kept kept;
	listen(&kept, LOG_INFO, LOG_TEXT);
	LOG_INFO("two\nlines",
		log_text("x",
			"a\r\nb\xc2\x85\xc2\x9b"
			"2J"));
	assert_int_equal(kept.count, 1);
	assert_non_null(
		strstr(kept.line, "two\\u000alines x=\"a\\u000d\\u000ab\\u0085\\u009b2J\""));
}

static void test_levels(void **state) {
	(void)state;
	struct kept kept;
	listen(&kept, LOG_WARN, LOG_TEXT);
	LOG_DEBUG("no");
	LOG_INFO("no");
	assert_int_equal(kept.count, 0);
	LOG_WARN("yes");
	LOG_ERROR("yes");
	assert_int_equal(kept.count, 2);
	assert_false(log_is_on(LOG_INFO));
	assert_true(log_is_on(LOG_WARN));
}

static void test_long_lines_are_cut(void **state) {
	(void)state;
	struct kept kept;
	char error[JSON_ERROR_SIZE];
	char text[6000];
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	listen(&kept, LOG_INFO, LOG_JSON);
	LOG_INFO("much", log_text("text", text));
	json_t *line = json_read(kept.line, strlen(kept.line), 2, error);
	assert_non_null(line);
	assert_string_equal(json_member_text(line, "event"), "much");
	assert_true(json_is_true(json_object_get(line, "cut")));
	json_decref(line);
	LOG_INFO(text);
	assert_int_equal(kept.count, 2);
	assert_true(strlen(kept.line) < 4096);
	assert_non_null(strstr(kept.line, "\"cut\":true"));
}

/* Runs `write_lines` with standard error going into a file, and returns what came out. */
static char *standard_error_of(void (*write_lines)(void)) {
	FILE *file = tmpfile();
	assert_non_null(file);
	int saved = dup(STDERR_FILENO);
	assert_true(saved >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
	write_lines();
	dup2(saved, STDERR_FILENO);
	close(saved);
	struct buf out;
	buf_init(&out, 1 << 24);
	char part[4096];
	size_t length;
	rewind(file);
	while ((length = fread(part, 1, sizeof(part), file)) > 0) {
		buf_add(&out, part, length);
	}
	fclose(file);
	return buf_take(&out);
}

enum { MANY = 5000 };

static void write_many(void) {
	char text[101];
	memset(text, 'y', 100);
	text[100] = '\0';
	for (int i = 0; i < MANY; i++) {
		LOG_INFO("line", log_int("number", i), log_text("text", text));
	}
	log_flush();
}

static void test_the_buffer_loses_nothing(void **state) {
	(void)state;
	log_redirect(NULL, NULL);
	log_setup(LOG_INFO, LOG_JSON);
	char *out = standard_error_of(write_many);
	int count = 0;
	for (char *line = out, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		char wanted[32];
		snprintf(wanted, sizeof(wanted), "\"number\":%d,", count++);
		*end = '\0';
		assert_non_null(strstr(line, wanted));
		assert_int_equal(end[-1], '}');
	}
	assert_int_equal(count, MANY);
	free(out);
}

static void write_info(void) {
	LOG_INFO("quiet");
}

static void write_warning(void) {
	LOG_WARN("loud");
}

static void test_warnings_flush(void **state) {
	(void)state;
	log_redirect(NULL, NULL);
	log_setup(LOG_INFO, LOG_TEXT);
	char *before = standard_error_of(write_info);
	assert_string_equal(before, "");
	char *after = standard_error_of(write_warning);
	const char *quiet = strstr(after, "quiet\n");
	assert_non_null(quiet);
	assert_non_null(strstr(quiet, "loud\n"));
	free(before);
	free(after);
}

/* A full disk: what it does not take is counted, by lines, and stops nobody. */
static void test_lines_that_are_lost(void **state) {
	(void)state;
	uint64_t before = log_lost();
	log_redirect(NULL, NULL);
	log_setup(LOG_INFO, LOG_JSON);
	fflush(stderr);
	int kept = dup(STDERR_FILENO);
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(kept >= 0 && full >= 0);
	assert_int_equal(dup2(full, STDERR_FILENO), STDERR_FILENO);
	LOG_INFO("one");
	LOG_INFO("two");
	LOG_WARN("three"); /* writes all that is kept back */
	LOG_INFO("four");
	log_flush();
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(full);
	assert_int_equal(log_lost() - before, 4);
	log_flush();
	assert_int_equal(log_lost() - before, 4);
}

/* All that is in the pipe now. */
static void drain(int pipe, struct buf *to) {
	struct pollfd in = {.fd = pipe, .events = POLLIN};
	char piece[4096];
	while (poll(&in, 1, 0) == 1) {
		ssize_t length = read(pipe, piece, sizeof(piece));
		assert_true(length > 0);
		buf_add(to, piece, (size_t)length);
	}
}

static size_t count_text(const char *text, const char *wanted) {
	size_t count = 0;
	for (const char *at = strstr(text, wanted); at != NULL; at = strstr(at + 1, wanted)) {
		count++;
	}
	return count;
}

/* A reader who has stalled: nobody waits for him, and he is told what he has missed. */
static void test_a_pipe_that_nobody_reads(void **state) {
	enum { LINES = 3000 };
	(void)state;
	struct buf seen;
	int ends[2];
	uint64_t before = log_lost();
	buf_init(&seen, 1024 * 1024);
	log_redirect(NULL, NULL);
	log_setup(LOG_INFO, LOG_TEXT);
	fflush(stderr);
	int kept = dup(STDERR_FILENO);
	assert_true(kept >= 0);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
	alarm(20); /* a write that blocks would hang here for good */
	LOG_WARN("flows"); /* and tells what was lost before */
	drain(ends[0], &seen);
	buf_clear(&seen);
	for (unsigned i = 0; i < LINES; i++) {
		LOG_WARN("stalled", log_uint("number", i), log_text("padding", "0123456789 0123456789"));
	}
	uint64_t lost = log_lost() - before;
	drain(ends[0], &seen);
	log_flush(); /* what has waited */
	drain(ends[0], &seen);
	LOG_WARN("flows again");
	drain(ends[0], &seen);
	alarm(0);
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(ends[0]);
	close(ends[1]);
	char told[64];
	snprintf(told, sizeof(told), "warn  log lines lost count=%u\n", (unsigned)lost);
	assert_in_range(lost, 1, LINES - 1);
	assert_int_equal(count_text(buf_text(&seen), " warn  stalled number="), LINES - lost);
	assert_int_equal(count_text(buf_text(&seen), "\n"), LINES - lost + 2);
	assert_int_equal(count_text(buf_text(&seen), told), 1);
	assert_int_equal(count_text(buf_text(&seen), "flows again"), 1);
	assert_int_equal(log_lost() - before, lost);
	buf_finish(&seen);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_json_is_json),
		cmocka_unit_test(test_a_line_is_one_line),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_long_lines_are_cut),
		cmocka_unit_test(test_the_buffer_loses_nothing),
		cmocka_unit_test(test_warnings_flush),
		cmocka_unit_test(test_lines_that_are_lost),
		cmocka_unit_test(test_a_pipe_that_nobody_reads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
