/* How long somebody waits for one answer while others flood, and how long alone: under the real
 * limit, with calls of 120 ms, and never a call more than HubSpot allows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/clock.h"
#include "client_kit.h"

enum { FLOOD = 10000, ASKED = 30, WINDOW_MS = 10000, CALLS_MOST = 4000 };

static struct kit kit;
static struct told told[ASKED];
static uint64_t sent_ms[CALLS_MOST];
static size_t calls;
static uint32_t rate;

/* ---- those who flood ---- */

static struct flood {
	struct hubspot_caller caller;
	enum hubspot_priority priority;
	size_t next, taken, refused;
} floods[2];

static void ended(const struct hubspot_result *result, void *ctx) {
	struct flood *flood = ctx;
	flood->refused += result->failure == HUBSPOT_BUSY;
	flood->taken += result->failure == HUBSPOT_OK;
}

/* All that it has places for wait again, and some more are refused. */
static void fill(struct flood *flood) {
	uint64_t retry_after_ms;
	size_t more = 5;
	while (hubspot_has_room(kit.client, &flood->caller, flood->priority, clock_now_ms() + 60000,
		       &retry_after_ms) ||
		more-- > 0) {
		char email[64];
		snprintf(email, sizeof(email), "%s%zu@example.com", flood->caller.name,
			flood->next++ % 20000);
		json_t *body = json_pack("{ssss}", "email", email, "firstname", "F");
		assert_true(hubspot_submit(kit.client,
			&(struct hubspot_operation){.kind = HUBSPOT_UPSERT,
				.flags = HUBSPOT_ID_ONLY,
				.priority = flood->priority,
				.caller = flood->caller,
				.object = "contacts",
				.id = email,
				.id_property = "email",
				.body = body},
			ended, flood, NULL));
		json_decref(body);
	}
}

/* ---- time ---- */

static struct fake_reply answer(const struct call *call, unsigned number, void *ctx) {
	(void)number;
	(void)ctx;
	assert_true(calls < CALLS_MOST);
	sent_ms[calls++] = clock_now_ms();
	return kit_ask_model(&kit, call);
}

static void start_with(enum hubspot_upsert upsert, uint32_t limit) {
	rate = limit;
	const struct hubspot_settings settings = {.base_url = "http://127.0.0.1:1",
		.api_version = "2026-09",
		.token = "pat-test",
		.rate_limit = limit,
		.upsert = upsert,
		.max_calls = 16,
		.timeout_ms = 5000,
		.default_deadline_ms = 60000,
		.max_waiting_rows = FLOOD};
	kit_start(&kit, &settings);
	kit.latency_ms = 120;
	kit_control(&kit, json_pack("{si}", "limit", (int)limit));
	fake_transport_answer(answer, NULL);
	memset(floods, 0, sizeof(floods));
	calls = 0;
}

static void stop(void) {
	json_t *seen = kit_ask(&kit, "GET", "/__state", NULL);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(seen, "by_status"), "429")), 0);
	json_decref(seen);
	size_t first = 0;
	for (size_t last = 0; last < calls; last++) {
		while (sent_ms[last] - sent_ms[first] >= WINDOW_MS) {
			first++;
		}
		assert_true(last - first < rate);
	}
	kit_stop(&kit);
}

static int by_size(const void *a, const void *b) {
	uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;
	return first < second ? -1 : first > second;
}

/* One asks, again and again, and the others flood all the time: its 95th percentile. */
static uint64_t ask(const struct hubspot_caller *caller, enum hubspot_priority priority) {
	static uint64_t waits_ms[ASKED];
	for (size_t i = 0; i < ASKED; i++) {
		char email[40];
		snprintf(email, sizeof(email), "lone%zu@example.com", i);
		kit.caller = *caller;
		kit.priority = priority;
		uint64_t begun_ms = clock_now_ms();
		kit_upsert(&kit, email, "Lone", &told[i]);
		for (size_t j = 0; j < 5 + i % 4; j++) {
			fake_loop_run_ms(kit.loop, 31 + i % 7);
			for (size_t k = 0; k < 2 && floods[k].caller.name != NULL; k++) {
				fill(&floods[k]);
			}
		}
		while (told[i].count == 0) {
			fake_loop_run_ms(kit.loop, 50);
		}
		assert_int_equal(told[i].failure, HUBSPOT_OK);
		waits_ms[i] = told[i].at_ms - begun_ms;
	}
	qsort(waits_ms, ASKED, sizeof(waits_ms[0]), by_size);
	return waits_ms[ASKED * 95 / 100];
}

static const struct hubspot_caller lone = {"lone", 1};

static uint64_t alone_ms(enum hubspot_upsert upsert, uint32_t limit) {
	start_with(upsert, limit);
	uint64_t p95_ms = ask(&lone, HUBSPOT_INTERACTIVE);
	stop();
	return p95_ms;
}

/* Those who flood have begun some time ago. */
static void flood_with(enum hubspot_priority priority, size_t callers) {
	static const char *const NAMES[] = {"flood", "deluge"};
	for (size_t i = 0; i < callers; i++) {
		floods[i] = (struct flood){.caller = {NAMES[i], 1}, .priority = priority};
	}
	for (size_t round = 0; round < 15; round++) {
		for (size_t i = 0; i < callers; i++) {
			fill(&floods[i]);
		}
		fake_loop_run_ms(kit.loop, 100);
	}
}

/* How much longer it may take than alone, in percent. */
static void assert_within(uint64_t beside_ms, uint64_t alone, unsigned percent) {
	if (beside_ms * 100 > alone * percent) {
		fail_msg("%lu ms beside others, %lu ms alone", (unsigned long)beside_ms,
			(unsigned long)alone);
	}
	assert_true(floods[0].taken > 1000);
	assert_true(floods[0].refused > 100); /* it has all the places it may have */
}

static void compare(enum hubspot_upsert upsert, uint32_t limit, enum hubspot_priority priority,
	size_t callers, unsigned percent) {
	uint64_t alone = alone_ms(upsert, limit);
	start_with(upsert, limit);
	flood_with(priority, callers);
	assert_within(ask(&lone, HUBSPOT_INTERACTIVE), alone, percent);
	stop();
}

static void bulk_does_not_hold_up_who_waits(void **state) {
	(void)state;
	compare(HUBSPOT_UPSERT_NATIVE, 190, HUBSPOT_BULK, 1, 125);
	compare(HUBSPOT_UPSERT_RESOLVE, 190, HUBSPOT_BULK, 1, 125);
}

static void neither_at_a_smaller_limit(void **state) {
	(void)state;
	compare(HUBSPOT_UPSERT_NATIVE, 100, HUBSPOT_BULK, 1, 125);
	compare(HUBSPOT_UPSERT_RESOLVE, 100, HUBSPOT_BULK, 1, 125);
}

/* The slots that were used before it came are missing some seconds later. */
static void nor_when_it_begins_at_once(void **state) {
	(void)state;
	start_with(HUBSPOT_UPSERT_RESOLVE, 100);
	uint64_t alone = ask(&lone, HUBSPOT_INTERACTIVE);
	flood_with(HUBSPOT_BULK, 1);
	for (size_t i = 0; i < 3; i++) {
		assert_within(ask(&lone, HUBSPOT_INTERACTIVE), alone, 125);
	}
	stop();
}

static void nor_do_two_programs(void **state) {
	(void)state;
	compare(HUBSPOT_UPSERT_RESOLVE, 190, HUBSPOT_NORMAL, 2, 150);
}

/* One of their own priority shares their calls, and its turn is near. Writes that follow earlier
 * look-ups of theirs have theirs before. */
static void nor_does_one_of_the_same_priority(void **state) {
	(void)state;
	compare(HUBSPOT_UPSERT_NATIVE, 190, HUBSPOT_INTERACTIVE, 1, 200);
	compare(HUBSPOT_UPSERT_RESOLVE, 190, HUBSPOT_INTERACTIVE, 1, 300);
}

/* All the quota is used, whoever is spared. */
static void bulk_alone_is_as_fast_as_ever(void **state) {
	(void)state;
	start_with(HUBSPOT_UPSERT_NATIVE, 190);
	flood_with(HUBSPOT_BULK, 1);
	for (size_t i = 0; i < 180; i++) {
		fill(&floods[0]);
		fake_loop_run_ms(kit.loop, 100);
	}
	assert_true(calls >= 19 * 19 * 95 / 100);
	assert_true(floods[0].taken >= 100 * 19 * 18 * 95 / 100);
	stop();
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bulk_does_not_hold_up_who_waits),
		cmocka_unit_test(neither_at_a_smaller_limit),
		cmocka_unit_test(nor_when_it_begins_at_once),
		cmocka_unit_test(nor_do_two_programs),
		cmocka_unit_test(nor_does_one_of_the_same_priority),
		cmocka_unit_test(bulk_alone_is_as_fast_as_ever),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
