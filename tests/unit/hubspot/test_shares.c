/* Who gets how much of HubSpot's quota, among callers of one priority: by weight, whatever they
 * submit, and nobody for having waited, left, or asked for more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/clock.h"
#include "client_kit.h"

enum { ROWS_MOST = 4000, CALLERS = 3, PLACES = 10 };

/* Of each caller: what it submits, and how many of its rows have gone in calls, and calls of its
 * own. */
static struct kit kit;
static const struct hubspot_caller ada = {"ada", 1}, bob = {"bob", 1}, eve = {"eve", 3};
static struct told told[CALLERS][ROWS_MOST];
static size_t submitted[CALLERS], gone[CALLERS], calls[CALLERS];

static size_t number_of(const struct operation *row) {
	return (size_t)((const struct told *)row->ctx - told[0]) / ROWS_MOST;
}

static struct fake_reply count(const struct call *call, unsigned number, void *ctx) {
	const struct operation *first = list_first(&call->rows, const struct operation, link);
	(void)number;
	(void)ctx;
	calls[number_of(first)]++;
	list_for_each (row, &call->rows, const struct operation, link) {
		gone[number_of(row)]++;
	}
	return kit_ask_model(&kit, call);
}

/* One call at a time, of ten rows, every 50 ms. */
static int start(void **state) {
	static const struct hubspot_settings settings = {.base_url = "http://127.0.0.1:1",
		.api_version = "2026-09",
		.token = "pat-test",
		.is_unlimited = true,
		.max_calls = 1,
		.timeout_ms = 5000,
		.default_deadline_ms = 600000,
		.max_waiting_rows = 10000};
	(void)state;
	kit_start(&kit, &settings);
	kit.client->row_ceiling = PLACES;
	fake_transport_answer(count, NULL);
	for (size_t i = 0; i < CALLERS; i++) {
		submitted[i] = gone[i] = calls[i] = 0;
	}
	return 0;
}

static int stop(void **state) {
	(void)state;
	kit_stop(&kit);
	return 0;
}

static struct hubspot_handle *create(size_t number, const struct hubspot_caller *caller) {
	kit.caller = *caller;
	return kit_submit(&kit, HUBSPOT_CREATE, NULL, NULL, json_pack("{ss}", "firstname", "Ada"),
		&told[number][submitted[number]++]);
}

static void create_many(size_t number, const struct hubspot_caller *caller, size_t rows) {
	for (size_t i = 0; i < rows; i++) {
		create(number, caller);
	}
}

static void raw_many(size_t number, const struct hubspot_caller *caller, size_t rows) {
	kit.caller = *caller;
	kit.object = "GET {objects}/contacts?limit=1";
	for (size_t i = 0; i < rows; i++) {
		kit_submit(&kit, HUBSPOT_RAW, NULL, NULL, NULL, &told[number][submitted[number]++]);
	}
	kit.object = "contacts";
}

static void assert_between(size_t value, size_t least, size_t most) {
	if (value < least || value > most) {
		fail_msg("%zu is not in [%zu, %zu]", value, least, most);
	}
}

static void equal_weights_get_equal_rows(void **state) {
	(void)state;
	create_many(0, &ada, 2000);
	create_many(1, &bob, 500);
	for (size_t step = 0; step < 20; step++) {
		fake_loop_run_ms(kit.loop, 200);
		assert_between(gone[1] + PLACES, gone[0] - PLACES, gone[0] + 2 * PLACES);
	}
	assert_between(gone[0], 390, 450);
	kit_settle(&kit);
	assert_int_equal(gone[0], 2000);
	assert_int_equal(gone[1], 500);
}

/* A few at a time, one after the other, is as good as all at once. */
static void who_submits_little_by_little_gets_as_much(void **state) {
	(void)state;
	create_many(0, &ada, 2000);
	for (size_t step = 0; step < 100; step++) {
		while (submitted[1] < gone[1] + PLACES) {
			create(1, &bob);
		}
		fake_loop_run_ms(kit.loop, 50);
	}
	assert_between(gone[1], gone[0] * 95 / 100, gone[0] * 105 / 100);
	kit_settle(&kit);
}

static void weights_are_ratios(void **state) {
	(void)state;
	create_many(0, &ada, 2000);
	create_many(2, &eve, 2000);
	fake_loop_run_ms(kit.loop, 8000);
	assert_between(gone[0] + gone[2], 1500, 1700);
	assert_between(gone[2], gone[0] * 3 * 95 / 100, gone[0] * 3 * 105 / 100);
	kit_settle(&kit);
}

static void idle_time_earns_nothing(void **state) {
	(void)state;
	create_many(0, &ada, 3000);
	create_many(1, &bob, 10);
	fake_loop_run_ms(kit.loop, 5000);
	size_t before[] = {gone[0], gone[1]};
	assert_int_equal(before[1], 10);
	create_many(1, &bob, 1000);
	fake_loop_run_ms(kit.loop, 2000);
	size_t more = gone[0] - before[0];
	assert_between(gone[1] - before[1], more - 2 * PLACES, more + 2 * PLACES);
	assert_true(more > 150);
	kit_settle(&kit);
}

/* Whoever has had more than its share does not lose that by having nothing here for a while. */
static void coming_back_wins_nothing(void **state) {
	(void)state;
	create_many(0, &ada, 3000);
	for (size_t round = 0; round < 40; round++) {
		size_t before = gone[1];
		create_many(1, &bob, 20);
		while (gone[1] < before + 20) {
			fake_loop_run_ms(kit.loop, 10);
		}
	}
	assert_int_equal(gone[1], 800);
	assert_true(gone[0] > 750);
	kit_settle(&kit);
}

/* HubSpot counts calls: a raw operation, which needs one for itself, is worth a full call of rows.
 */
static void calls_are_shared_out_and_not_rows(void **state) {
	(void)state;
	create_many(0, &ada, 2000);
	raw_many(1, &bob, 500);
	fake_loop_run_ms(kit.loop, 5000);
	assert_between(calls[1], calls[0] - 3, calls[0] + 3);
	assert_true(calls[0] > 40);
	assert_int_equal(gone[0], PLACES * calls[0]);
	assert_int_equal(gone[1], calls[1]);
	kit_settle(&kit);
}

/* Also of those that come one by one, and find that each had a call for itself. */
static void a_call_for_one_row_is_a_whole_call(void **state) {
	(void)state;
	create_many(0, &ada, 2000);
	for (size_t step = 0; step < 500; step++) {
		kit.object = "companies";
		if (submitted[1] <= gone[1]) {
			create(1, &bob);
		}
		kit.object = "contacts";
		if (submitted[2] <= gone[2]) {
			raw_many(2, &(struct hubspot_caller){"eve", 1}, 1);
		}
		fake_loop_run_ms(kit.loop, 10);
	}
	assert_between(calls[0], 31, 36);
	assert_between(calls[1], 31, 36);
	assert_between(calls[2], 31, 36);
	kit_settle(&kit);
}

static void one_more_lane_is_no_second_share(void **state) {
	(void)state;
	create_many(0, &ada, 2000);
	for (size_t i = 0; i < 1000; i++) {
		kit.object = i % 2 == 0 ? "companies" : "contacts";
		create(1, &bob);
	}
	kit.object = "contacts";
	fake_loop_run_ms(kit.loop, 5000);
	assert_between(gone[1], gone[0] - 4 * PLACES, gone[0] + 4 * PLACES);
	assert_true(gone[0] > 400);
	kit_settle(&kit);
}

/* What was never sent was never had: whoever gives up early is not made to wait for it. */
static void what_is_not_sent_costs_nothing(void **state) {
	static struct hubspot_handle *handles[1500];
	(void)state;
	create_many(0, &ada, 3000);
	for (size_t i = 0; i < 1500; i++) {
		handles[i] = create(1, &bob);
	}
	fake_loop_run_ms(kit.loop, 100);
	for (size_t i = 0; i < 1500; i++) {
		hubspot_cancel(kit.client, handles[i]);
	}
	fake_loop_run_ms(kit.loop, 1000);
	size_t before[] = {gone[0], gone[1]};
	create_many(1, &bob, 500);
	fake_loop_run_ms(kit.loop, 2000);
	size_t more = gone[0] - before[0];
	assert_between(gone[1] - before[1], more - 2 * PLACES, more + 2 * PLACES);
	kit_settle(&kit);
}

/* Of those that wait, some give up: the rest goes in the order of its arrival, and has its share.
 */
static void giving_up_some_keeps_the_order_of_the_rest(void **state) {
	static struct hubspot_handle *handles[600];
	(void)state;
	create_many(0, &ada, 3000);
	for (size_t i = 0; i < 600; i++) {
		handles[i] = create(1, &bob);
	}
	fake_loop_turn(kit.loop);
	for (size_t i = 0; i < 600; i++) {
		if (i % 3 != 0) {
			hubspot_cancel(kit.client, handles[i]);
		}
	}
	fake_loop_run_ms(kit.loop, 60);
	create_many(1, &bob, 400);
	kit_settle(&kit);
	uint64_t last_ms = 0, last_number = 0;
	for (size_t i = 0; i < 1000; i++) {
		if (told[1][i].failure == HUBSPOT_OK) {
			uint64_t number = strtoull(told[1][i].id, NULL, 10);
			assert_true(told[1][i].at_ms >= last_ms && number > last_number);
			last_ms = told[1][i].at_ms;
			last_number = number;
		}
	}
	/* all 600 that stayed had gone when the other had little more */
	assert_between(last_ms - told[0][0].at_ms, 0, (600 * 2 + 600) / PLACES * 50);
}

static void everybody_gets_on(void **state) {
	(void)state;
	create_many(0, &ada, 1000);
	create_many(1, &bob, 1000);
	create_many(2, &eve, 1000);
	for (size_t step = 0; step < 30; step++) {
		size_t before[] = {gone[0], gone[1], gone[2]};
		fake_loop_run_ms(kit.loop, 200);
		for (size_t i = 0; i < CALLERS; i++) {
			assert_true(gone[i] > before[i]);
		}
	}
	kit_settle(&kit);
}

/* A row that waits for one of a caller who floods does not wait for all that this one has. */
static void a_record_that_is_waited_for_is_not_held_up(void **state) {
	struct told *light = &told[1][0];
	(void)state;
	create_many(0, &ada, 2000);
	kit.caller = ada;
	kit_upsert(&kit, "shared@example.com", "ada", &told[0][submitted[0]++]);
	uint64_t begun_ms = clock_now_ms();
	kit.caller = bob;
	kit_upsert(&kit, "shared@example.com", "bob", light);
	for (size_t i = 0; i < 40 && light->count == 0; i++) {
		fake_loop_run_ms(kit.loop, 50);
	}
	assert_int_equal(light->count, 1);
	assert_int_equal(light->failure, HUBSPOT_OK);
	assert_true(
		light->at_ms - begun_ms <= 500); /* four calls of theirs, and the one under way */
	assert_true(told[0][2000].is_created && !light->is_created);
	assert_true(told[0][2000].at_ms < light->at_ms);
	assert_true(gone[0] < 200);
	kit_settle(&kit);
}

/* Names come and go for years: few are kept, and those that have rows here all the time. */
static void those_who_owe_nothing_are_forgotten(void **state) {
	enum { NAMES = 3000 };
	char name[32];
	size_t known = 0;
	(void)state;
	for (size_t i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "key-%zu", i);
		submitted[0] = 0;
		create(0, &(struct hubspot_caller){name, 1});
		if (i == 0) {
			create_many(1, &bob, 10); /* known, busy or not */
		}
		fake_loop_run_ms(kit.loop, 200);
	}
	for (size_t i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "key-%zu", i);
		known += shares_find(kit.client->shares, &(struct hubspot_caller){name, 1}) != NULL;
	}
	assert_between(known, 1, 200);
	assert_null(shares_find(kit.client->shares, &(struct hubspot_caller){"key-0", 1}));
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(equal_weights_get_equal_rows),
		TEST(who_submits_little_by_little_gets_as_much),
		TEST(weights_are_ratios),
		TEST(idle_time_earns_nothing),
		TEST(coming_back_wins_nothing),
		TEST(calls_are_shared_out_and_not_rows),
		TEST(a_call_for_one_row_is_a_whole_call),
		TEST(one_more_lane_is_no_second_share),
		TEST(what_is_not_sent_costs_nothing),
		TEST(giving_up_some_keeps_the_order_of_the_rest),
		TEST(everybody_gets_on),
		TEST(a_record_that_is_waited_for_is_not_held_up),
		TEST(those_who_owe_nothing_are_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
