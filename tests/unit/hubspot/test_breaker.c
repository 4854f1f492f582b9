/* Is HubSpot there at all? The decider by itself, and the client before a HubSpot that is away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/clock.h"
#include "client_kit.h"
#include "spoil.h"

/* ---- the decider ---- */

static void fail_times(struct breaker *breaker, uint64_t at_ms, unsigned times) {
	for (unsigned i = 0; i < times; i++) {
		breaker_sent(breaker, at_ms);
		breaker_ended(breaker, at_ms, true, 0);
	}
}

static void succeed(struct breaker *breaker, uint64_t at_ms) {
	breaker_sent(breaker, at_ms);
	breaker_ended(breaker, at_ms, false, 0);
}

static void ten_failures_in_a_row_open_it(void **state) {
	struct breaker breaker;
	uint64_t wait_ms;
	(void)state;
	breaker_init(&breaker);
	fail_times(&breaker, 1000, 9);
	assert_int_equal(breaker.state, BREAKER_CLOSED);
	assert_false(breaker_refuses(&breaker, 1000, &wait_ms));
	fail_times(&breaker, 1000, 1);
	assert_int_equal(breaker.state, BREAKER_OPEN);
	assert_true(breaker_refuses(&breaker, 2000, &wait_ms));
	assert_int_equal(wait_ms, 4000);
	assert_int_equal(breaker_when(&breaker, 2000), 6000);
}

static void a_success_between_starts_the_count_anew(void **state) {
	struct breaker breaker;
	(void)state;
	breaker_init(&breaker);
	for (int i = 0; i < 20; i++) {
		fail_times(&breaker, 1000 + (uint64_t)i * 11000,
			9); /* too few to judge the ten seconds by */
		succeed(&breaker, 1000 + (uint64_t)i * 11000);
	}
	assert_int_equal(breaker.state, BREAKER_CLOSED);
}

static void three_of_four_open_it_and_one_of_three_does_not(void **state) {
	struct breaker breaker;
	(void)state;
	breaker_init(&breaker);
	for (uint64_t i = 0; i < 3000; i++) {
		if (i % 3 == 0) {
			fail_times(&breaker, 50 * i, 1);
		} else {
			succeed(&breaker, 50 * i);
		}
	}
	assert_int_equal(breaker.state, BREAKER_CLOSED);
	for (uint64_t i = 0; i < 400 && breaker.state == BREAKER_CLOSED; i++) {
		uint64_t at_ms = 200000 + 50 * i;
		if (i % 5 == 0) {
			succeed(&breaker, at_ms);
		} else {
			fail_times(&breaker, at_ms, 1);
		}
	}
	assert_int_equal(breaker.state, BREAKER_OPEN);
}

static void it_probes_one_at_a_time_and_waits_longer_each_time(void **state) {
	struct breaker breaker;
	uint64_t at_ms = 1000, pause_ms = 5000;
	(void)state;
	breaker_init(&breaker);
	fail_times(&breaker, at_ms, 10);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(breaker_when(&breaker, at_ms), at_ms + pause_ms);
		at_ms += pause_ms;
		assert_int_equal(breaker_when(&breaker, at_ms), 0);
		breaker_sent(&breaker, at_ms);
		assert_int_equal(breaker_when(&breaker, at_ms), LIMIT_NEVER);
		breaker_ended(&breaker, at_ms, true, 0);
		pause_ms = pause_ms * 2 < 60000 ? pause_ms * 2 : 60000;
	}
}

static void three_good_probes_let_the_pace_grow(void **state) {
	struct breaker breaker;
	uint64_t at_ms = 6000, first_ms, last_ms;
	(void)state;
	breaker_init(&breaker);
	fail_times(&breaker, 1000, 10);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(breaker_when(&breaker, at_ms), 0);
		succeed(&breaker, at_ms);
	}
	assert_int_equal(breaker.state, BREAKER_RAMPING);
	first_ms = breaker_when(&breaker, at_ms) - at_ms;
	at_ms += 9900;
	breaker_sent(&breaker, at_ms);
	last_ms = breaker_when(&breaker, at_ms) - at_ms;
	assert_in_range(first_ms, 400, 500);
	assert_in_range(last_ms, 40, 60);
	assert_int_equal(breaker_when(&breaker, at_ms + 200), 0);
	assert_int_equal(breaker.state, BREAKER_CLOSED);
}

static void the_budget_is_a_fifth_and_ten_a_second(void **state) {
	struct breaker breaker;
	unsigned granted = 0;
	(void)state;
	breaker_init(&breaker);
	assert_true(breaker_may_retry(&breaker, 1000));
	while (breaker_may_retry(&breaker, 1000)) {
		granted++;
	}
	assert_int_equal(granted, 99); /* the bucket holds a hundred */
	for (int i = 0; i < 50; i++) {
		breaker_sent(&breaker, 1000);
	}
	for (granted = 0; breaker_may_retry(&breaker, 1000); granted++) {
	}
	assert_int_equal(granted, 10);
	for (granted = 0; breaker_may_retry(&breaker, 3000); granted++) {
	}
	assert_int_equal(granted, 20);
}

/* ---- the client ---- */

static struct kit kit;
static bool is_away;
static uint64_t sent_ms[20000];
static unsigned sent;

static struct fake_reply answer(const struct call *call, unsigned number, void *ctx) {
	(void)number;
	(void)ctx;
	sent_ms[sent++] = clock_now_ms();
	if (is_away) {
		return (struct fake_reply){.end = CALL_NOT_SENT, .after_ms = 20};
	}
	return kit_ask_model(&kit, call);
}

static int start(void **state) {
	static const struct hubspot_settings LIMITED = {.base_url = "http://127.0.0.1:1",
		.api_version = "2026-09",
		.token = "pat-test",
		.rate_limit = 190,
		.max_calls = 16,
		.timeout_ms = 5000,
		.default_deadline_ms = 20000,
		.max_waiting_rows = 10000};
	static struct dice dice = {1};
	(void)state;
	dice_rule_the_client(&dice);
	kit_start(&kit, &LIMITED);
	fake_transport_answer(answer, NULL);
	is_away = true;
	sent = 0;
	return 0;
}

static int stop(void **state) {
	(void)state;
	kit_stop(&kit);
	return 0;
}

enum { CALLERS = 6000, EVERY_MS = 50 };
static struct told told[CALLERS];

static void call_in(unsigned from, unsigned to) {
	for (unsigned i = from; i < to; i++) {
		char email[32];
		snprintf(email, sizeof(email), "x%u@example.com", i);
		kit_upsert(&kit, email, "X", &told[i]);
		fake_loop_run_ms(kit.loop, EVERY_MS);
	}
}

static void a_dead_hubspot_is_probed_now_and_then(void **state) {
	unsigned probes = 0;
	(void)state;
	call_in(0, CALLERS); /* five minutes of it */
	uint64_t opened_ms = 0;
	for (unsigned i = 0; i < sent; i++) {
		if (opened_ms == 0 && i > 0 && sent_ms[i] - sent_ms[i - 1] >= 5000) {
			opened_ms = sent_ms[i - 1];
		}
		if (opened_ms != 0) {
			assert_true(sent_ms[i] - sent_ms[i - 1] >= 5000);
			probes++;
		}
	}
	assert_true(opened_ms != 0);
	assert_true(opened_ms - sent_ms[0] < 10000);
	assert_in_range(probes, 5, 60);
}

static void everyone_is_refused_at_once_meanwhile(void **state) {
	(void)state;
	call_in(0, 400);
	unsigned refused = 0;
	kit_settle(&kit); /* those that went as probes */
	for (unsigned i = 0; i < 400; i++) {
		assert_int_equal(told[i].count, 1);
		assert_int_equal(told[i].failure, HUBSPOT_UNREACHABLE);
		assert_int_equal(told[i].outcome, HUBSPOT_NOT_APPLIED);
		assert_true(told[i].is_retryable);
		refused += told[i].attempts == 0;
		if (told[i].attempts == 0) {
			assert_in_range(told[i].retry_after_ms, 1, 72000);
		}
	}
	assert_true(refused > 200);
}

static void when_it_is_back_callers_are_served_again(void **state) {
	(void)state;
	call_in(0, 300);
	is_away = false;
	call_in(300, 2000); /* the longest pause is over by then */
	assert_int_equal(kit.client->breaker.state, BREAKER_CLOSED);
	call_in(2000, 2100);
	kit_settle(&kit);
	for (unsigned i = 2000; i < 2100; i++) {
		assert_int_equal(told[i].failure, HUBSPOT_OK);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_failures_in_a_row_open_it),
		cmocka_unit_test(a_success_between_starts_the_count_anew),
		cmocka_unit_test(three_of_four_open_it_and_one_of_three_does_not),
		cmocka_unit_test(it_probes_one_at_a_time_and_waits_longer_each_time),
		cmocka_unit_test(three_good_probes_let_the_pace_grow),
		cmocka_unit_test(the_budget_is_a_fifth_and_ten_a_second),
		cmocka_unit_test_setup_teardown(a_dead_hubspot_is_probed_now_and_then, start, stop),
		cmocka_unit_test_setup_teardown(everyone_is_refused_at_once_meanwhile, start, stop),
		cmocka_unit_test_setup_teardown(
			when_it_is_back_callers_are_served_again, start, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
