/*
 * Three calls in ten go wrong, in every way there is, for as long as it takes to write STORM_ROWS
 * rows: how much of it do callers see, and what does it cost HubSpot?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "spoil.h"

enum { ROWS_A_SECOND = 100, FAULT_PERCENT = 30, LATENCY_MS = 120 };

struct storm {
	struct kit kit;
	struct dice dice;
	unsigned calls, faults, repeats; /* `repeats`: all of the call's rows had been sent before */
	uint64_t first_rows, again_rows; /* rows sent for the first time in their step, and again */
	bool was_open;			 /* the breaker, at any time */
};

struct caller {
	unsigned told;
	enum hubspot_failure failure;
};

static struct storm storm;

static uint64_t leave(const struct call *call, unsigned number, void *ctx) {
	bool is_repeat = true;
	(void)number;
	(void)ctx;
	list_for_each (row, &call->rows, struct operation, link) {
		storm.first_rows += row->tries == 1;
		storm.again_rows += row->tries > 1;
		is_repeat &= row->tries > 1;
	}
	storm.repeats += is_repeat;
	storm.was_open |= storm.kit.client->breaker.state != BREAKER_CLOSED;
	return LATENCY_MS / 2;
}

static struct fake_reply arrive(const struct call *call, unsigned number, void *ctx) {
	bool is_spoiled = dice_percent(&storm.dice, FAULT_PERCENT);
	(void)ctx;
	storm.calls = number;
	storm.faults += is_spoiled;
	return spoil_answer(&storm.kit, call, is_spoiled ? spoil_pick(&storm.dice) : NULL);
}

static void told(const struct hubspot_result *result, void *ctx) {
	struct caller *caller = ctx;
	caller->told++;
	caller->failure = result->failure;
}

static void start(enum hubspot_upsert upsert) {
	const struct hubspot_settings settings = {.base_url = "http://127.0.0.1:1",
		.api_version = "2026-09",
		.token = "pat-test",
		.rate_limit = 190,
		.upsert = upsert,
		.max_calls = 16,
		.timeout_ms = 5000,
		.default_deadline_ms = 20000,
		.max_waiting_rows = 10000};
	storm = (struct storm){.dice = {2026}};
	dice_rule_the_client(&storm.dice);
	kit_start(&storm.kit, &settings);
	storm.kit.latency_ms = LATENCY_MS / 2;
	json_decref(kit_ask(&storm.kit, "POST", "/__control", json_pack("{si}", "limit", 190)));
	fake_transport_answer(arrive, &storm);
	fake_transport_way(leave);
}

static void upsert(unsigned number, struct caller *caller) {
	char email[48];
	snprintf(email, sizeof(email), "person%u@example.com", number);
	json_t *body = json_pack("{ssss}", "email", email, "firstname", email);
	assert_true(hubspot_submit(storm.kit.client,
		&(struct hubspot_operation){.kind = HUBSPOT_UPSERT,
			.flags = HUBSPOT_ID_ONLY,
			.object = "contacts",
			.id = email,
			.id_property = "email",
			.body = body},
		told, caller, NULL));
	json_decref(body);
}

static unsigned rows_wanted(void) {
	const char *text = getenv("STORM_ROWS");
	return text != NULL ? (unsigned)strtoul(text, NULL, 10) : 100000;
}

static unsigned created_at_hubspot(void) {
	json_t *seen = kit_ask(&storm.kit, "GET", "/__state", NULL);
	unsigned count = (unsigned)json_integer_value(json_object_get(seen, "creates"));
	json_decref(seen);
	return count;
}

struct toll {
	unsigned failed;
	double failed_percent;
	double again_share;  /* rows sent again, for each that was sent for the first time */
	double repeat_share; /* the same of calls */
};

static struct toll count_toll(const struct caller *callers, unsigned rows) {
	struct toll toll = {0};
	unsigned by_failure[HUBSPOT_OUT_OF_MEMORY + 1] = {0};
	for (unsigned i = 0; i < rows; i++) {
		assert_int_equal(callers[i].told, 1);
		toll.failed += callers[i].failure != HUBSPOT_OK;
		by_failure[callers[i].failure]++;
	}
	for (unsigned i = 1; i <= HUBSPOT_OUT_OF_MEMORY; i++) {
		if (by_failure[i] > 0) {
			printf("  failure %u: %u\n", i, by_failure[i]);
		}
	}
	toll.failed_percent = 100.0 * toll.failed / rows;
	toll.again_share = (double)storm.again_rows / (double)storm.first_rows;
	toll.repeat_share = (double)storm.repeats / (storm.calls - storm.repeats);
	printf("%u rows in %u calls, %u of them faulty: %.3f %% failed, rows sent again %.2f, "
	       "calls %.2f\n",
		rows, storm.calls, storm.faults, toll.failed_percent, toll.again_share,
		toll.repeat_share);
	return toll;
}

/* Every third row is of a person that came before. */
static unsigned person(unsigned row) {
	return row % 3 == 2 ? row / 2 : row;
}

static unsigned persons(unsigned rows) {
	bool *is_seen = must_calloc(rows, sizeof(*is_seen));
	unsigned count = 0;
	for (unsigned i = 0; i < rows; i++) {
		count += !is_seen[person(i)];
		is_seen[person(i)] = true;
	}
	free(is_seen);
	return count;
}

static struct toll run(enum hubspot_upsert way) {
	unsigned rows = rows_wanted();
	struct caller *callers = must_calloc(rows, sizeof(*callers));
	start(way);
	for (unsigned i = 0; i < rows; i++) {
		upsert(person(i), &callers[i]);
		if (i % (ROWS_A_SECOND / 20) == 0) {
			fake_loop_run_ms(storm.kit.loop, 50);
		}
	}
	kit_settle(&storm.kit);
	struct toll toll = count_toll(callers, rows);
	assert_false(storm.was_open);
	assert_in_range(created_at_hubspot(), persons(rows) - toll.failed, persons(rows));
	assert_true(toll.again_share <= 0.45);
	assert_true(toll.repeat_share <= 0.45);
	kit_stop(&storm.kit);
	free(callers);
	return toll;
}

static void native_upserts(void **state) {
	(void)state;
	struct toll toll = run(HUBSPOT_UPSERT_NATIVE);
	assert_true(toll.failed_percent <= 0.2);
}

static void resolved_upserts(void **state) {
	(void)state;
	struct toll toll = run(HUBSPOT_UPSERT_RESOLVE);
	assert_true(toll.failed_percent <= 0.4);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(native_upserts),
		cmocka_unit_test(resolved_upserts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
