#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/buf.h"
#include "base/metric.h"

static void expect_rendered(const char *text, bool is_there) {
	struct buf buf;
	buf_init(&buf, 65536);
	metric_render(&buf);
	assert_false(buf.is_failed);
	if ((strstr(buf_text(&buf), text) != NULL) != is_there) {
		fail_msg("%s%s\n%s", is_there ? "missing: " : "there: ", text, buf_text(&buf));
	}
	buf_finish(&buf);
}

static void test_adding_and_setting(void **state) {
	(void)state;
	struct metric *counter = metric_make(METRIC_COUNTER, "test_adds_total", NULL, "Adds.");
	assert_non_null(counter);
	assert_int_equal(metric_value(counter), 0);
	metric_add(counter, 2);
	metric_add(counter, 40);
	assert_int_equal(metric_value(counter), 42);
	struct metric *gauge = metric_make(METRIC_GAUGE, "test_level", NULL, "A level.");
	metric_set(gauge, 7);
	metric_add(gauge, -9);
	assert_int_equal(metric_value(gauge), -2);
	expect_rendered("# HELP test_adds_total Adds.\n# TYPE test_adds_total "
			"counter\ntest_adds_total 42\n",
		true);
	expect_rendered(
		"# HELP test_level A level.\n# TYPE test_level gauge\ntest_level -2\n", true);
	metric_add(NULL, 1);
	metric_set(NULL, 1);
	assert_int_equal(metric_value(NULL), 0);
}

static void test_families_stay_together(void **state) {
	(void)state;
	struct metric *one =
		metric_make(METRIC_COUNTER, "test_rows_total", "plugin=\"one\"", "Rows.");
	metric_make(METRIC_COUNTER, "test_between_total", NULL, "Between.");
	struct metric *two = metric_make(
		METRIC_COUNTER, "test_rows_total", "plugin=\"two\",rule=\"x-y\"", "Rows.");
	metric_add(one, 1);
	metric_add(two, 2);
	assert_ptr_equal(
		metric_make(METRIC_COUNTER, "test_rows_total", "plugin=\"one\"", "Rows."), one);
	assert_ptr_not_equal(one, two);
	expect_rendered("# HELP test_rows_total Rows.\n# TYPE test_rows_total counter\n"
			"test_rows_total{plugin=\"one\"} 1\n"
			"test_rows_total{plugin=\"two\",rule=\"x-y\"} 2\n",
		true);
}

static void test_what_prometheus_would_not_take(void **state) {
	(void)state;
	const char *const names[] = {
		"", "9lives", "has space", "dash-ed", "Upper", "a{b=\"c\"}", "new\nline"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_null(metric_make(METRIC_COUNTER, names[i], NULL, "Help."));
	}
	const char *const labels[] = {"", "plugin", "plugin=", "plugin=one", "plugin=\"one",
		"=\"one\"", "plugin=\"o\nne\"", "plugin=\"o\\ne\"", "a=\"1\",", "a=\"1\"b=\"2\"",
		"a=\"1\"} 5\nx{b=\"2\"", "1a=\"1\"", "a=\"1\",,b=\"2\""};
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		assert_null(metric_make(METRIC_COUNTER, "test_refused_total", labels[i], "Help."));
	}
	assert_null(metric_make(METRIC_COUNTER, "test_refused_total", NULL, "Two\nlines."));
	expect_rendered("test_refused_total", false);
}

static void test_a_family_has_one_type(void **state) {
	(void)state;
	assert_non_null(metric_make(METRIC_GAUGE, "test_typed", "a=\"1\"", "Typed."));
	assert_null(metric_make(METRIC_COUNTER, "test_typed", "a=\"1\"", "Typed."));
	assert_null(metric_make(METRIC_COUNTER, "test_typed", "a=\"2\"", "Typed."));
	assert_non_null(metric_make(METRIC_GAUGE, "test_typed", "a=\"2\"", "Typed."));
}

enum { THREADS = 4, ADDS = 20000 };

static void *add_many(void *ctx) {
	for (int i = 0; i < ADDS; i++) {
		metric_add(ctx, 1);
	}
	return NULL;
}

static void test_any_thread_may_add(void **state) {
	(void)state;
	struct metric *counter =
		metric_make(METRIC_COUNTER, "test_threads_total", NULL, "Threads.");
	pthread_t threads[THREADS];
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, add_many, counter), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(metric_value(counter), THREADS * ADDS);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adding_and_setting),
		cmocka_unit_test(test_families_stay_together),
		cmocka_unit_test(test_what_prometheus_would_not_take),
		cmocka_unit_test(test_a_family_has_one_type),
		cmocka_unit_test(test_any_thread_may_add),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
