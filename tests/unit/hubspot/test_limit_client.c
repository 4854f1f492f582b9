/* What the client makes of the limiter's answers: who may go goes, who cannot in time is told so at
 * once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/clock.h"
#include "client_kit.h"

static const struct hubspot_settings LIMITED = {.base_url = "http://127.0.0.1:1",
	.api_version = "2026-09",
	.token = "pat-test",
	.rate_limit = 190,
	.max_calls = 16,
	.timeout_ms = 5000,
	.default_deadline_ms = 20000,
	.max_waiting_rows = 100000};

static struct kit kit;

static int start(void **state) {
	(void)state;
	kit_start(&kit, &LIMITED);
	return 0;
}

static int stop(void **state) {
	(void)state;
	kit_stop(&kit);
	return 0;
}

static int status;
static unsigned searches, others;

static struct fake_reply say(const struct call *call, unsigned number, void *ctx) {
	bool is_search = strstr(call->path, "/search") != NULL;
	(void)number;
	(void)ctx;
	searches += is_search;
	others += !is_search;
	return (struct fake_reply){
		.end = CALL_ANSWERED, .status = status, .body = "{}", .after_ms = 100};
}

static void script(int wanted) {
	status = wanted;
	searches = others = 0;
	fake_transport_answer(say, NULL);
}

static void ended(const struct hubspot_result *result, void *ctx) {
	struct told *told = ctx;
	told->count++;
	told->failure = result->failure;
	told->at_ms = clock_now_ms();
	told->is_retryable = result->is_retryable && result->retry_after_ms > 0;
}

static void ask(const char *what, struct told *told) {
	*told = (struct told){0};
	assert_true(hubspot_submit(kit.client,
		&(struct hubspot_operation){
			.kind = HUBSPOT_RAW, .object = what, .flags = HUBSPOT_REPEATABLE},
		ended, told, NULL));
}

static void searches_that_wait_hold_up_nothing_else(void **state) {
	static struct told told[8];
	(void)state;
	script(200);
	for (int i = 0; i < 4; i++) { /* the searches are older */
		ask("POST {objects}/contacts/search", &told[i]);
	}
	for (int i = 4; i < 8; i++) {
		ask("GET {objects}/contacts/1", &told[i]);
	}
	uint64_t begun_ms = clock_now_ms();
	fake_loop_turn(kit.loop);
	assert_int_equal(searches, 1);
	assert_int_equal(others, 1); /* the first, which all others wait for */
	kit_settle(&kit);
	assert_int_equal(searches, 4);
	assert_int_equal(others, 4);
	assert_in_range(told[3].at_ms - begun_ms, 700, 800); /* the last of four, 200 ms apart */
	for (int i = 4; i < 8; i++) {
		assert_true(told[i].at_ms - begun_ms <= 400);
	}
}

static void who_cannot_wait_that_long_is_told_at_once(void **state) {
	static struct told told[3];
	(void)state;
	script(477); /* for a minute */
	for (int i = 0; i < 3; i++) {
		ask("GET {objects}/contacts/1", &told[i]);
	}
	uint64_t begun_ms = clock_now_ms();
	kit_settle(&kit);
	assert_int_equal(others, 1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(told[i].count, 1);
		assert_int_equal(told[i].failure, HUBSPOT_LIMITED);
		assert_true(told[i].is_retryable);
		assert_true(told[i].at_ms - begun_ms <= 200);
	}
	ask("GET {objects}/contacts/1", &told[0]);
	fake_loop_turn(kit.loop);
	assert_int_equal(told[0].failure, HUBSPOT_BUSY);
	assert_int_equal(others, 1);
}

/* 19 calls a second: of a thousand, some 390 have their turn within twenty seconds. */
static void a_turn_that_cannot_come_is_refused_at_once(void **state) {
	enum { COUNT = 1000 };
	static struct told told[COUNT];
	unsigned refused = 0, done = 0;
	(void)state;
	script(200);
	ask("GET {objects}/contacts/1", &told[0]);
	kit_settle(&kit);
	for (int i = 0; i < COUNT; i++) {
		ask("GET {objects}/contacts/1", &told[i]);
	}
	fake_loop_turn(kit.loop);
	for (int i = 0; i < COUNT; i++) {
		refused += told[i].failure == HUBSPOT_BUSY && told[i].is_retryable;
	}
	assert_in_range(refused, 560, 660);
	kit_settle(&kit);
	for (int i = 0; i < COUNT; i++) {
		done += told[i].count == 1 && told[i].failure == HUBSPOT_OK;
	}
	assert_true(
		done + refused >= COUNT - 20); /* hardly anyone was promised what did not come */
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(searches_that_wait_hold_up_nothing_else),
		TEST(who_cannot_wait_that_long_is_told_at_once),
		TEST(a_turn_that_cannot_come_is_refused_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
