/* Who spends HubSpot's quota, and what waits at which priority, as operators are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/metric.h"
#include "client_kit.h"

#define ROWS "connector_hubspot_caller_rows_total"
#define CALLS "connector_hubspot_caller_calls_total"
#define WAITING "connector_hubspot_priority_rows_waiting"

enum { MANY = 250 };

static struct kit kit;
static struct told told[MANY];

static int start(void **state) {
	(void)state;
	kit_start(&kit, NULL);
	return 0;
}

static int stop(void **state) {
	(void)state;
	kit_stop(&kit);
	return 0;
}

/* Counters live as long as the process, so tests look at differences. 0: it is not there. */
static double value(const char *series) {
	struct buf text;
	char line[160];
	buf_init(&text, 4 * 1024 * 1024);
	metric_render(&text);
	snprintf(line, sizeof(line), "\n%s ", series);
	const char *at = strstr(buf_text(&text), line);
	double found = at != NULL ? strtod(at + strlen(line), NULL) : 0;
	buf_finish(&text);
	return found;
}

static size_t count(const char *text) {
	struct buf all;
	size_t found = 0;
	buf_init(&all, 4 * 1024 * 1024);
	metric_render(&all);
	for (const char *at = buf_text(&all); (at = strstr(at, text)) != NULL; at++) {
		found++;
	}
	buf_finish(&all);
	return found;
}

static void create(const char *name, enum hubspot_priority priority, size_t rows) {
	kit.caller = (struct hubspot_caller){name, 1};
	kit.priority = priority;
	for (size_t i = 0; i < rows; i++) {
		kit_submit(&kit, HUBSPOT_CREATE, NULL, NULL, json_pack("{ss}", "firstname", "Ada"),
			&told[i]);
	}
}

static void assert_near(double found, double wanted) {
	if (found < wanted - 1e-4 || found > wanted + 1e-4) {
		fail_msg("%g is not %g", found, wanted);
	}
}

/* Those who ride are carried for nothing. */
static void a_call_is_counted_by_its_parts(void **state) {
	static struct told lookup;
	(void)state;
	double before = value(CALLS "{caller=\"none\"}");
	create("shop", HUBSPOT_INTERACTIVE, 3);
	create("crm", HUBSPOT_INTERACTIVE, 1);
	create("import", HUBSPOT_BULK, 20);
	create(NULL, HUBSPOT_BULK, 5);
	kit_settle(&kit);
	assert_near(value(ROWS "{caller=\"shop\"}"), 3);
	assert_near(value(CALLS "{caller=\"shop\"}"), 0.75);
	assert_near(value(CALLS "{caller=\"crm\"}"), 0.25);
	assert_near(value(ROWS "{caller=\"import\"}"), 20);
	assert_near(value(CALLS "{caller=\"import\"}"), 0);
	assert_near(value(CALLS "{caller=\"none\"}") - before, 0);
	kit.caller = (struct hubspot_caller){"crm", 1};
	kit_upsert(&kit, "ada@example.com", "Ada", &lookup);
	kit_settle(&kit);
	assert_near(value(CALLS "{caller=\"crm\"}"), 2.25); /* the look-up and the create */
	assert_near(value(ROWS "{caller=\"crm\"}"), 3);
}

static void what_waits_is_told_by_priority(void **state) {
	(void)state;
	hubspot_hold(kit.client, true);
	create("shop", HUBSPOT_INTERACTIVE, 3);
	create("shop", HUBSPOT_NORMAL, 2);
	create("shop", HUBSPOT_BULK, 7);
	assert_near(value(WAITING "{priority=\"interactive\"}"), 3);
	assert_near(value(WAITING "{priority=\"normal\"}"), 2);
	assert_near(value(WAITING "{priority=\"bulk\"}"), 7);
	hubspot_hold(kit.client, false);
	kit_settle(&kit);
	assert_near(value(WAITING "{priority=\"bulk\"}"), 0);
}

static void labels_are_bounded(void **state) {
	char name[32];
	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "key-%zu", i);
		create(name, HUBSPOT_NORMAL, 1);
	}
	create("no \"label\"", HUBSPOT_NORMAL, 1);
	kit_settle(&kit);
	size_t labels = count(ROWS "{caller=\"key-");
	assert_true(labels > 90 && labels <= 100);
	assert_near(value(ROWS "{caller=\"other\"}"), (double)(MANY - labels + 1));
	assert_int_equal(count("label\""), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(a_call_is_counted_by_its_parts),
		TEST(what_waits_is_told_by_priority),
		TEST(labels_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
