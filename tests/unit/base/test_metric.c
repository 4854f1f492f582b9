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

static void test_real_gauges(void **state) {
	(void)state;
	static const struct {
		double value;
		const char *text;
	} TOLD[] = {{0, "0"}, {-2.5, "-2.5"}, {0.1, "0.1"}, {1e300, "1e+300"},
		{123456789.125, "123456789.125"}, {-1e-7, "-1e-07"}};
	struct metric *gauge = metric_make(METRIC_REAL, "test_real", "a=\"1\"", "Real.");
	expect_rendered("# TYPE test_real gauge\ntest_real{a=\"1\"} 0\n", true);
	for (size_t i = 0; i < sizeof(TOLD) / sizeof(TOLD[0]); i++) {
		char line[64];
		metric_set_real(gauge, TOLD[i].value);
		snprintf(line, sizeof(line), "\ntest_real{a=\"1\"} %s\n", TOLD[i].text);
		expect_rendered(line, true);
	}
	metric_set_real(gauge, 0.0 / 0.0);
	metric_set_real(gauge, -1.0 / 0.0);
	metric_set_real(NULL, 1);
	expect_rendered("\ntest_real{a=\"1\"} -1e-07\n", true);
	assert_null(metric_make(METRIC_GAUGE, "test_real", "a=\"2\"", "Real."));
}

static void test_a_histograms_lines_are_its_own(void **state) {
	(void)state;
	static const int64_t BOUNDS[] = {1, 2, 0};
	const struct metric_family first = {.type = METRIC_HISTOGRAM,
		.name = "test_mixed_seconds",
		.help = "Mixed.",
		.bounds = BOUNDS};
	struct metric_family second = first;
	second.name = "test_mixed_late_seconds";
	assert_non_null(metric_make_of(&first, NULL));
	assert_null(metric_make(METRIC_GAUGE, "test_mixed_seconds_sum", NULL, "A line."));
	assert_null(metric_make(METRIC_GAUGE, "test_mixed_seconds_count", NULL, "A line."));
	assert_null(metric_make(METRIC_REAL, "test_mixed_seconds_bucket", NULL, "A line."));
	assert_non_null(metric_make(METRIC_GAUGE, "test_mixed_seconds_sums", NULL, "None."));
	assert_non_null(metric_make(METRIC_GAUGE, "test_mixed_late_seconds_count", NULL, "First."));
	assert_null(metric_make_of(&second, NULL));
}

/* ---- decimals, cells, histograms ---- */

static void test_decimals(void **state) {
	(void)state;
	static const struct metric_family AGE = {
		.type = METRIC_GAUGE, .name = "test_age_seconds", .help = "Age.", .decimals = 3};
	static const struct {
		int64_t value;
		const char *text;
	} TOLD[] = {{0, "0"}, {1, "0.001"}, {10, "0.01"}, {1500, "1.5"}, {2000, "2"},
		{-1, "-0.001"}, {-62050, "-62.05"}, {INT64_MAX, "9223372036854775.807"},
		{INT64_MIN + 1, "-9223372036854775.807"}};
	struct metric *age = metric_make_of(&AGE, NULL);
	for (size_t i = 0; i < sizeof(TOLD) / sizeof(TOLD[0]); i++) {
		char line[64];
		metric_set(age, TOLD[i].value);
		snprintf(line, sizeof(line), "\ntest_age_seconds %s\n", TOLD[i].text);
		expect_rendered(line, true);
	}
}

static void test_unknown_gauges_are_left_out(void **state) {
	(void)state;
	struct metric *gauge = metric_make(METRIC_GAUGE, "test_unknown", NULL, "Unknown.");
	metric_set(gauge, METRIC_UNKNOWN);
	expect_rendered("# TYPE test_unknown gauge\n", true);
	expect_rendered("\ntest_unknown ", false);
	metric_set(gauge, 0);
	expect_rendered("\ntest_unknown 0\n", true);
}

static void test_cells(void **state) {
	(void)state;
	static const char *const VALUES[] = {"200", "404", "other", NULL};
	static const struct metric_family ANSWERS = {.type = METRIC_COUNTER,
		.name = "test_answers_total",
		.help = "Answers.",
		.label = "status",
		.values = VALUES};
	static const struct metric_family LEVELS = {.type = METRIC_GAUGE,
		.name = "test_levels",
		.help = "Levels.",
		.label = "status",
		.values = VALUES};
	struct metric *answers = metric_make_of(&ANSWERS, "route=\"/a/{id}\"");
	struct metric *levels = metric_make_of(&LEVELS, NULL);
	metric_add_at(answers, 2, 5);
	metric_add_at(answers, 3, 100); /* past the last: ignored */
	metric_set_at(levels, 1, 7);
	metric_set_at(levels, 0, METRIC_UNKNOWN);
	expect_rendered("# TYPE test_answers_total counter\n"
			"test_answers_total{route=\"/a/{id}\",status=\"other\"} 5\n"
			"# HELP test_levels Levels.\n# TYPE test_levels gauge\n"
			"test_levels{status=\"404\"} 7\ntest_levels{status=\"other\"} 0\n",
		true);
	metric_add_at(NULL, 0, 1);
	metric_set_at(NULL, 0, 1);
}

static const int64_t BOUNDS_MS[] = {5, 10, 2500, 0};
static const struct metric_family TOOK = {.type = METRIC_HISTOGRAM,
	.name = "test_took_seconds",
	.help = "Took.",
	.decimals = 3,
	.bounds = BOUNDS_MS};

static void test_histograms(void **state) {
	(void)state;
	struct metric *took = metric_make_of(&TOOK, "step=\"read\"");
	static const int64_t TIMES[] = {0, 5, 6, 2500, 2501, 99999};
	for (size_t i = 0; i < sizeof(TIMES) / sizeof(TIMES[0]); i++) {
		metric_observe(took, TIMES[i]);
	}
	metric_make_of(&TOOK, NULL);
	metric_observe(NULL, 1);
	expect_rendered("# HELP test_took_seconds Took.\n# TYPE test_took_seconds histogram\n"
			"test_took_seconds_bucket{step=\"read\",le=\"0.005\"} 2\n"
			"test_took_seconds_bucket{step=\"read\",le=\"0.01\"} 3\n"
			"test_took_seconds_bucket{step=\"read\",le=\"2.5\"} 4\n"
			"test_took_seconds_bucket{step=\"read\",le=\"+Inf\"} 6\n"
			"test_took_seconds_sum{step=\"read\"} 105.011\n"
			"test_took_seconds_count{step=\"read\"} 6\n"
			"test_took_seconds_bucket{le=\"0.005\"} 0\n",
		true);
}

static void test_a_family_has_one_shape(void **state) {
	(void)state;
	static const int64_t OTHER_BOUNDS[] = {5, 10, 0};
	struct metric_family other = TOOK;
	struct metric *took = metric_make_of(&TOOK, "step=\"write\"");
	assert_non_null(took);
	assert_ptr_equal(metric_make_of(&other, "step=\"write\""), took);
	other.bounds = OTHER_BOUNDS;
	assert_null(metric_make_of(&other, "step=\"write\""));
	other = TOOK;
	other.decimals = 6;
	assert_null(metric_make_of(&other, "step=\"other\""));
	assert_null(metric_make(METRIC_GAUGE, "test_took_seconds", NULL, "Took."));
}

/* ---- readers ---- */

static struct metric *depth;

static void read_depth(void *ctx) {
	metric_set(depth, (*(int *)ctx)++);
}

static void test_gauges_read_when_somebody_asks(void **state) {
	(void)state;
	struct metric_reader reader;
	int level = 40;
	depth = metric_make(METRIC_GAUGE, "test_depth", NULL, "Depth.");
	metric_on_render(&reader, read_depth, &level);
	expect_rendered("\ntest_depth 40\n", true);
	expect_rendered("\ntest_depth 41\n", true);
	metric_off_render(&reader);
	expect_rendered("\ntest_depth 41\n", true);
	assert_int_equal(level, 42);
}

/* ---- threads ---- */

enum { THREADS = 4, ADDS = 20000 };

struct shared {
	struct metric *counter;
	struct metric *histogram;
};

static void *add_many(void *ctx) {
	const struct shared *shared = ctx;
	for (int i = 0; i < ADDS; i++) {
		metric_add(shared->counter, 1);
		metric_observe(shared->histogram, i % 2 == 0 ? 1 : 3000);
	}
	return NULL;
}

static void test_any_thread_may_add(void **state) {
	(void)state;
	struct shared shared = {
		.counter = metric_make(METRIC_COUNTER, "test_threads_total", NULL, "Threads."),
		.histogram = metric_make_of(&TOOK, "step=\"threads\"")};
	pthread_t threads[THREADS];
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, add_many, &shared), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	assert_int_equal(metric_value(shared.counter), THREADS * ADDS);
	assert_int_equal(metric_value(shared.histogram), THREADS * ADDS / 2);
	expect_rendered("\ntest_took_seconds_count{step=\"threads\"} 80000\n", true);
	expect_rendered("\ntest_took_seconds_sum{step=\"threads\"} 120040\n", true);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adding_and_setting),
		cmocka_unit_test(test_families_stay_together),
		cmocka_unit_test(test_what_prometheus_would_not_take),
		cmocka_unit_test(test_a_family_has_one_type),
		cmocka_unit_test(test_real_gauges),
		cmocka_unit_test(test_a_histograms_lines_are_its_own),
		cmocka_unit_test(test_decimals),
		cmocka_unit_test(test_unknown_gauges_are_left_out),
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_histograms),
		cmocka_unit_test(test_a_family_has_one_shape),
		cmocka_unit_test(test_gauges_read_when_somebody_asks),
		cmocka_unit_test(test_any_thread_may_add),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
