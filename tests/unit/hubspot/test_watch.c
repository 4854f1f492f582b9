/* The client's metrics: what is counted when it happens, what is read when somebody asks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/metric.h"
#include "client_kit.h"

static struct kit kit;

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

enum { NOT_TOLD = -1 };

/* The number of the metric (name and labels); counters live as long as the process, so tests look
 * at differences. */
static double told_of(const char *name) {
	struct buf text;
	char line[160];
	double value = NOT_TOLD;
	buf_init(&text, 4 * 1024 * 1024);
	metric_render(&text);
	snprintf(line, sizeof(line), "\n%s ", name);
	const char *at = strstr(buf_text(&text), line);
	if (at != NULL) {
		value = strtod(at + strlen(line), NULL);
	}
	buf_finish(&text);
	return value;
}

static struct expected {
	const char *name;
	double more;
	double before;
} * watched;

static double counted(const char *name) {
	double value = told_of(name);
	return value == NOT_TOLD ? 0 : value;
}

static void begin(struct expected *expected) {
	watched = expected;
	for (; expected->name != NULL; expected++) {
		expected->before = counted(expected->name);
	}
}

static void compare(void) {
	for (const struct expected *is = watched; is->name != NULL; is++) {
		double more = counted(is->name) - is->before;
		if (more < is->more - 1e-6 || more > is->more + 1e-6) {
			fail_msg("%s: %g more expected, %g found", is->name, is->more, more);
		}
	}
}

static struct fake_reply script[8];

static struct fake_reply say(const struct call *call, unsigned number, void *ctx) {
	(void)call;
	(void)ctx;
	return script[number - 1 < 7 ? number - 1 : 7];
}

static void read_one(struct told *told) {
	kit_submit(&kit, HUBSPOT_READ, "501", NULL, NULL, told);
}

static void upsert_many(struct told *told, size_t count) {
	for (size_t i = 0; i < count; i++) {
		char email[48];
		snprintf(email, sizeof(email), "x%zu@example.com", i);
		kit_upsert(&kit, email, "X", &told[i]);
	}
}

/* ---- what happens ---- */

#define CALLS "connector_hubspot_calls_total"
#define TOOK "connector_hubspot_call_duration_seconds"
#define FILL "connector_hubspot_call_rows"
#define ROWS "connector_hubspot_rows_total"
#define RETRIES "connector_hubspot_retries_total"

static void calls_and_rows_are_counted_by_step(void **state) {
	static struct told told;
	struct expected expected[] = {{CALLS "{step=\"read\",status=\"207\"}", 1, 0},
		{CALLS "{step=\"create\",status=\"201\"}", 1, 0},
		{CALLS "{step=\"update\",status=\"200\"}", 0, 0},
		{TOOK "_count{step=\"read\"}", 1, 0}, {TOOK "_sum{step=\"read\"}", 0.05, 0},
		{TOOK "_bucket{step=\"read\",le=\"0.025\"}", 0, 0},
		{TOOK "_bucket{step=\"read\",le=\"0.05\"}", 1, 0},
		{ROWS "{step=\"read\",end=\"refused\"}", 1, 0}, /* not there: so it is created */
		{ROWS "{step=\"create\",end=\"done\"}", 1, 0}, {RETRIES "{step=\"read\"}", 0, 0},
		{RETRIES "{step=\"create\"}", 0, 0}, {NULL, 0, 0}};
	(void)state;
	begin(expected);
	kit_upsert(&kit, "ada@example.com", "Ada", &told);
	kit_settle(&kit);
	assert_true(told.is_created);
	compare();
}

static void the_fill_of_batches_is_told(void **state) {
	enum { COUNT = 250 };
	static struct told told[COUNT];
	struct expected expected[] = {{FILL "_count{step=\"read\"}", 3, 0},
		{FILL "_sum{step=\"read\"}", 250, 0},
		{FILL "_bucket{step=\"read\",le=\"25\"}", 0, 0},
		{FILL "_bucket{step=\"read\",le=\"50\"}", 1, 0},
		{FILL "_bucket{step=\"read\",le=\"99\"}", 1, 0},
		{FILL "_bucket{step=\"read\",le=\"100\"}", 3, 0},
		{ROWS "{step=\"create\",end=\"done\"}", 250, 0}, {NULL, 0, 0}};
	(void)state;
	begin(expected);
	upsert_many(told, COUNT);
	kit_settle(&kit);
	compare();
}

static void what_goes_again_is_a_retry(void **state) {
	static struct told told;
	struct expected expected[] = {{CALLS "{step=\"read\",status=\"503\"}", 3, 0},
		{CALLS "{step=\"read\",status=\"200\"}", 1, 0}, {RETRIES "{step=\"read\"}", 3, 0},
		{ROWS "{step=\"read\",end=\"again\"}", 3, 0},
		{ROWS "{step=\"read\",end=\"done\"}", 1, 0}, {NULL, 0, 0}};
	(void)state;
	for (int i = 0; i < 3; i++) {
		script[i] = (struct fake_reply){
			.end = CALL_ANSWERED, .status = 503, .body = "<html>", .after_ms = 10};
	}
	script[3] = (struct fake_reply){.end = CALL_ANSWERED,
		.status = 200,
		.after_ms = 10,
		.body = "{\"status\":\"COMPLETE\",\"results\":[{\"id\":\"501\",\"properties\":{}}]"
			"}"};
	fake_transport_answer(say, NULL);
	begin(expected);
	read_one(&told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	compare();
}

static void calls_without_a_reply_say_why(void **state) {
	static struct told told;
	struct expected expected[] = {{CALLS "{step=\"read\",status=\"timeout\"}", 1, 0},
		{CALLS "{step=\"read\",status=\"broken\"}", 1, 0},
		{CALLS "{step=\"read\",status=\"not_sent\"}", 1, 0},
		{CALLS "{step=\"read\",status=\"other\"}", 1, 0},
		{CALLS "{step=\"read\",status=\"unsafe\"}", 1, 0},
		{ROWS "{step=\"read\",end=\"gave_up\"}", 1, 0}, {NULL, 0, 0}};
	(void)state;
	script[0] = (struct fake_reply){.end = CALL_UNKNOWN, .is_timeout = true, .after_ms = 10};
	script[1] = (struct fake_reply){.end = CALL_UNKNOWN, .after_ms = 10};
	script[2] = (struct fake_reply){.end = CALL_NOT_SENT, .after_ms = 10};
	script[3] = (struct fake_reply){.end = CALL_ANSWERED, .status = 599, .after_ms = 10};
	script[4] = (struct fake_reply){.end = CALL_UNSAFE, .after_ms = 10};
	fake_transport_answer(say, NULL);
	begin(expected);
	read_one(&told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_REFUSED);
	compare();
}

static void a_batch_taken_apart_is_no_retry(void **state) {
	static struct told told[4];
	struct expected expected[] = {{ROWS "{step=\"read\",end=\"apart\"}", 4, 0},
		{ROWS "{step=\"read\",end=\"again\"}", 0, 0}, {RETRIES "{step=\"read\"}", 0, 0},
		{CALLS "{step=\"read\",status=\"400\"}", 1, 0}, {NULL, 0, 0}};
	(void)state;
	kit.odd_call = 1;
	kit.odd = (struct fake_reply){.end = CALL_ANSWERED,
		.status = 400,
		.after_ms = 10,
		.body = "{\"status\":\"error\",\"category\":\"VALIDATION_ERROR\",\"message\":"
			"\"no\"}"};
	begin(expected);
	upsert_many(told, 4);
	kit_settle(&kit);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(told[i].failure, HUBSPOT_OK);
	}
	compare();
}

static void late_results_are_counted(void **state) {
	static struct told told;
	struct expected expected[] = {{"connector_hubspot_late_results_total", 1, 0}, {NULL, 0, 0}};
	(void)state;
	script[0] = (struct fake_reply){.end = CALL_ANSWERED,
		.status = 200,
		.after_ms = 30000,
		.body = "{\"status\":\"COMPLETE\",\"results\":[]}"};
	fake_transport_answer(say, NULL);
	begin(expected);
	read_one(&told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_DEADLINE);
	compare();
}

/* ---- what is so ---- */

static void expect_gauge(const char *name, double value) {
	double found = told_of(name);
	if (found < value - 1e-6 || found > value + 1e-6) {
		fail_msg("%s: %g expected, %g found", name, value, found);
	}
}

static const struct hubspot_settings ONE_CALL = {.base_url = "http://127.0.0.1:1",
	.api_version = "2026-09",
	.token = "pat-test",
	.is_unlimited = true,
	.max_calls = 1,
	.timeout_ms = 5000,
	.default_deadline_ms = 20000,
	.max_waiting_rows = 77};

#define WAITING "connector_hubspot_rows_waiting"
#define OLDEST "connector_hubspot_oldest_row_seconds"

static void waiting_rows_are_told_by_lane(void **state) {
	static struct told told[3];
	(void)state;
	kit_stop(&kit);
	kit_start(&kit, &ONE_CALL);
	kit.latency_ms = 3000;
	read_one(&told[0]);
	fake_loop_turn(kit.loop);
	for (int i = 1; i < 3; i++) {
		kit_submit(&kit, HUBSPOT_UPDATE, i == 1 ? "601" : "602", NULL,
			json_pack("{ss}", "firstname", "Ada"), &told[i]);
		fake_loop_run_ms(kit.loop, 1000);
	}
	expect_gauge(WAITING "{object=\"contacts\",step=\"update\"}", 2);
	expect_gauge(OLDEST "{object=\"contacts\",step=\"update\"}", 2);
	expect_gauge(WAITING "{object=\"contacts\",step=\"read\"}", 0);
	expect_gauge("connector_hubspot_operations_waiting", 3);
	expect_gauge("connector_hubspot_operations_limit", 77);
	expect_gauge("connector_hubspot_calls_in_flight", 1);
	kit_settle(&kit);
	expect_gauge(WAITING "{object=\"contacts\",step=\"update\"}", 0);
	expect_gauge(OLDEST "{object=\"contacts\",step=\"update\"}", 0);
	expect_gauge("connector_hubspot_operations_waiting", 0);
	expect_gauge("connector_hubspot_calls_in_flight", 0);
}

static void ignore(const struct hubspot_result *result, void *ctx) {
	(void)result;
	(void)ctx;
}

/* Objects are named by plugins: one that makes up names does not grow the page without end. */
static void objects_are_bounded(void **state) {
	enum { OBJECTS = 60, KNOWN = 32 - 1 }; /* one is that of raw operations */
	static struct told told;
	double waiting = 0;
	(void)state;
	kit_stop(&kit);
	kit_start(&kit, &ONE_CALL);
	read_one(&told);
	fake_loop_turn(kit.loop);
	for (int i = 0; i < OBJECTS; i++) {
		char object[32];
		snprintf(object, sizeof(object), i == 0 ? "\"} 1\n%d" : "2-%d", i);
		const struct hubspot_operation operation = {
			.kind = HUBSPOT_READ, .object = object, .id = "1"};
		assert_true(hubspot_submit(kit.client, &operation, ignore, NULL, NULL));
	}
	told_of("x");
	for (int i = 1; i < OBJECTS; i++) {
		char name[96];
		snprintf(name, sizeof(name), WAITING "{object=\"2-%d\",step=\"read\"}", i);
		waiting += counted(name);
	}
	assert_int_equal(waiting, KNOWN);
	expect_gauge(WAITING "{object=\"other\",step=\"read\"}", OBJECTS - KNOWN);
	kit_settle(&kit);
	expect_gauge(WAITING "{object=\"other\",step=\"read\"}", 0);
}

#define BREAKER "connector_hubspot_breaker_state"

static void the_breaker_and_its_budget_are_told(void **state) {
	static struct told told[20];
	(void)state;
	expect_gauge(BREAKER "{state=\"closed\"}", 1);
	expect_gauge("connector_hubspot_retry_budget", 100);
	expect_gauge("connector_hubspot_up", 1);
	for (int i = 0; i < 8; i++) {
		script[i] = (struct fake_reply){.end = CALL_NOT_SENT, .after_ms = 1};
	}
	fake_transport_answer(say, NULL);
	kit.client->row_ceiling = 1;
	upsert_many(told, 20);
	fake_loop_run_ms(kit.loop, 100);
	expect_gauge("connector_hubspot_up", 0);
	expect_gauge(BREAKER "{state=\"closed\"}", 0);
	expect_gauge(BREAKER "{state=\"open\"}", 1);
	double left = told_of("connector_hubspot_retry_budget");
	assert_true(left > 80 && left < 100);
	kit_settle(&kit);
	fake_loop_run_ms(kit.loop, 80000); /* its longest pause; nobody asks it meanwhile */
	expect_gauge(BREAKER "{state=\"open\"}", 0);
	expect_gauge(BREAKER "{state=\"probing\"}", 1);
	expect_gauge("connector_hubspot_retry_budget", 100);
}

static void a_hold_is_told(void **state) {
	static struct told told;
	(void)state;
	expect_gauge("connector_hubspot_hold_seconds", 0);
	script[0] = (struct fake_reply){.end = CALL_ANSWERED,
		.status = 423,
		.after_ms = 10,
		.body = "{\"status\":\"error\",\"message\":\"locked\"}"};
	fake_transport_answer(say, NULL);
	read_one(&told);
	fake_loop_run_ms(kit.loop, 510);
	expect_gauge("connector_hubspot_hold_seconds", 1.5);
}

static void slots_are_told_where_there_are_any(void **state) {
	struct hubspot_settings limited = ONE_CALL;
	static struct told told;
	(void)state;
	assert_true(told_of("connector_hubspot_slots_held") == NOT_TOLD);
	assert_true(told_of("connector_hubspot_slots_limit") == NOT_TOLD);
	assert_true(told_of("connector_hubspot_daily_calls_used") == NOT_TOLD);
	limited.is_unlimited = false;
	limited.rate_limit = 50;
	kit_stop(&kit);
	kit_start(&kit, &limited);
	expect_gauge("connector_hubspot_slots_held", 0);
	expect_gauge("connector_hubspot_slots_limit", 50);
	read_one(&told);
	fake_loop_turn(kit.loop);
	expect_gauge("connector_hubspot_slots_held", 1); /* in flight */
	fake_loop_run_ms(kit.loop, 5000);
	expect_gauge("connector_hubspot_slots_held", 2); /* held after the answer; the id was asked for alone too */
	fake_loop_run_ms(kit.loop, 10000);
	expect_gauge("connector_hubspot_slots_held", 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(calls_and_rows_are_counted_by_step),
		TEST(the_fill_of_batches_is_told),
		TEST(what_goes_again_is_a_retry),
		TEST(calls_without_a_reply_say_why),
		TEST(a_batch_taken_apart_is_no_retry),
		TEST(late_results_are_counted),
		TEST(waiting_rows_are_told_by_lane),
		TEST(objects_are_bounded),
		TEST(the_breaker_and_its_budget_are_told),
		TEST(a_hold_is_told),
		TEST(slots_are_told_where_there_are_any),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
