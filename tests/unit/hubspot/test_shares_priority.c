/* The three priorities side by side: who leads, who rides, and that none of them is starved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/clock.h"
#include "client_kit.h"

enum { MOST = 3000 };

static struct kit kit;
static struct told told[PRIORITIES][MOST];
static size_t submitted[PRIORITIES];

/* The rows of the calls so far, "inb", a space after each call. */
static char led[32768];
static size_t length;

static struct fake_reply watch(const struct call *call, unsigned number, void *ctx) {
	(void)number;
	(void)ctx;
	list_for_each (row, &call->rows, const struct operation, link) {
		led[length++] = "inb"[row->priority];
	}
	led[length++] = ' ';
	led[length] = '\0';
	return kit_ask_model(&kit, call);
}

static void start_with(uint32_t max_calls, size_t row_ceiling, uint32_t rate_limit) {
	const struct hubspot_settings settings = {.base_url = "http://127.0.0.1:1",
		.api_version = "2026-09",
		.token = "pat-test",
		.is_unlimited = rate_limit == 0,
		.rate_limit = rate_limit,
		.max_calls = max_calls,
		.timeout_ms = 5000,
		.default_deadline_ms = 600000,
		.max_waiting_rows = 10000};
	kit_start(&kit, &settings);
	kit.client->row_ceiling = row_ceiling;
	fake_transport_answer(watch, NULL);
	memset(submitted, 0, sizeof(submitted));
	length = 0;
	led[0] = '\0';
}

static int stop(void **state) {
	(void)state;
	kit_stop(&kit);
	return 0;
}

static void create(enum hubspot_priority priority, size_t rows) {
	kit.priority = priority;
	for (size_t i = 0; i < rows; i++) {
		kit_submit(&kit, HUBSPOT_CREATE, NULL, NULL, json_pack("{ss}", "firstname", "Ada"),
			&told[priority][submitted[priority]++]);
	}
}

static void lower_ones_ride_in_their_order(void **state) {
	(void)state;
	start_with(1, 10, 0);
	create(HUBSPOT_BULK, 12);
	create(HUBSPOT_NORMAL, 9);
	create(HUBSPOT_INTERACTIVE, 3);
	kit_settle(&kit);
	assert_string_equal(led, "iiinnnnnnn nnbbbbbbbb bbbb ");
}

/* How many calls `led` tells of; the longest row of them that `c` did not lead. */
static size_t count_calls(char c, size_t *longest) {
	size_t calls = 0, without = 0;
	*longest = 0;
	for (const char *at = led; *at != '\0'; at++) {
		bool is_first = at == led || at[-1] == ' ';
		if (is_first) {
			calls++;
			without = *at == c ? 0 : without + 1;
			*longest = without > *longest ? without : *longest;
		}
	}
	return calls;
}

/* While interactive rows wait all the time, each of the others leads one call in twenty. */
static void none_is_starved(void **state) {
	size_t longest;
	(void)state;
	start_with(1, 1, 0);
	create(HUBSPOT_BULK, 20);
	create(HUBSPOT_NORMAL, 20);
	create(HUBSPOT_INTERACTIVE, 400);
	fake_loop_run_ms(kit.loop, 300 * 50);
	size_t calls = count_calls('b', &longest);
	assert_true(calls >= 299);
	assert_int_equal(longest, 19);
	count_calls('n', &longest);
	assert_true(longest <= 19);
	size_t ended[PRIORITIES] = {0};
	for (size_t i = 0; i < 400; i++) {
		ended[0] += told[0][i].count;
	}
	assert_true(ended[0] >= 260); /* and the rest is theirs */
	kit_settle(&kit);
	for (size_t i = 0; i < 20; i++) {
		assert_int_equal(told[HUBSPOT_BULK][i].failure, HUBSPOT_OK);
		assert_int_equal(told[HUBSPOT_NORMAL][i].failure, HUBSPOT_OK);
	}
}

/* The floor is of what waits: with bulk alone below, it is the twentieth call. */
static void normal_goes_before_bulk_and_bulk_is_not_starved(void **state) {
	size_t longest;
	(void)state;
	start_with(1, 1, 0);
	create(HUBSPOT_BULK, 5);
	create(HUBSPOT_NORMAL, 200);
	kit_settle(&kit);
	count_calls('b', &longest);
	assert_true(longest >= 19);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(led[2 * (20 * i + 19)], 'b');
	}
}

/* Where another priority leads, the highest ride first. */
static void the_highest_ride_where_bulk_leads(void **state) {
	(void)state;
	start_with(1, 5, 0);
	kit.object = "companies";
	create(HUBSPOT_INTERACTIVE, 5 * 19);
	kit.object = "contacts";
	create(HUBSPOT_BULK, 2);
	fake_loop_run_ms(kit.loop, 18 * 50 + 10); /* the nineteenth call is under way */
	create(HUBSPOT_INTERACTIVE, 1);
	create(HUBSPOT_NORMAL, 2);
	kit_settle(&kit);
	assert_string_equal(led + 19 * 6, "bbinn ");
}

/* Bulk that would start all calls there may be leaves one or two of them: who comes now goes now.
 */
static void a_call_is_left_for_who_comes(void **state) {
	(void)state;
	start_with(16, 10, 190);
	kit_control(&kit, json_pack("{si}", "limit", 190));
	kit.latency_ms = 120;
	create(HUBSPOT_INTERACTIVE, 1);
	kit_settle(&kit); /* the first call, which all wait for */
	create(HUBSPOT_BULK, 2500);
	fake_loop_run_ms(kit.loop, 1000);
	for (size_t i = 1; i <= 20; i++) {
		uint64_t begun_ms = clock_now_ms();
		create(HUBSPOT_INTERACTIVE, 1);
		fake_loop_run_ms(kit.loop, 323);
		assert_int_equal(told[0][i].count, 1);
		assert_int_equal(told[0][i].at_ms - begun_ms, 120);
	}
	kit_settle(&kit);
}

/* The same of the calls in flight, when HubSpot is slow. */
static void a_call_in_flight_is_left_for_who_comes(void **state) {
	(void)state;
	start_with(16, 1, 0);
	kit.latency_ms = 1000;
	create(HUBSPOT_BULK, 100);
	fake_loop_run_ms(kit.loop, 500);
	uint64_t begun_ms = clock_now_ms();
	create(HUBSPOT_INTERACTIVE, 1);
	create(HUBSPOT_NORMAL, 1);
	fake_loop_run_ms(kit.loop, 1000);
	assert_int_equal(told[HUBSPOT_INTERACTIVE][0].at_ms - begun_ms, 1000);
	assert_int_equal(kit.client->in_flight, 16 - HUBSPOT_BULK);
	kit_settle(&kit);
	assert_int_equal(told[HUBSPOT_NORMAL][0].failure, HUBSPOT_OK);
}

static const struct operation *last_operation(void) {
	return list_entry(kit.client->operations.prev, const struct operation, all);
}

/* One waits for the key of another, which has it and waits for the record's id: both they and the
 * owner of the id become as urgent. */
static void urgency_goes_all_the_way(void **state) {
	struct told made, by_id, by_key, urgent;
	(void)state;
	start_with(1, 10, 0);
	kit_upsert(&kit, "ada@example.com", "Ada", &made);
	kit_settle(&kit);
	kit.priority = HUBSPOT_BULK;
	kit_submit(&kit, HUBSPOT_UPDATE, made.id, NULL, json_pack("{ss}", "firstname", "by id"),
		&by_id);
	const struct operation *owner = last_operation();
	kit.priority = HUBSPOT_NORMAL;
	kit_upsert(&kit, "ada@example.com", "by key", &by_key);
	const struct operation *between = last_operation();
	fake_loop_turn(kit.loop); /* the look-up is under way */
	hubspot_hold(kit.client, true);
	fake_loop_run_ms(kit.loop, 60);
	assert_int_equal(between->place, PLACE_ORDER);
	assert_int_equal(owner->place, PLACE_LANE);
	assert_int_equal(owner->priority, HUBSPOT_NORMAL);
	kit.priority = HUBSPOT_INTERACTIVE;
	kit_upsert(&kit, "ada@example.com", "urgent", &urgent);
	assert_int_equal(between->priority, HUBSPOT_INTERACTIVE);
	assert_int_equal(owner->priority, HUBSPOT_INTERACTIVE);
	hubspot_hold(kit.client, false);
	kit_settle(&kit);
	assert_true(by_id.at_ms < by_key.at_ms && by_key.at_ms < urgent.at_ms);
	assert_string_equal(kit_stored(&kit, made.id, "firstname"), "urgent");
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, stop)
		TEST(lower_ones_ride_in_their_order),
		TEST(none_is_starved),
		TEST(normal_goes_before_bulk_and_bulk_is_not_starved),
		TEST(the_highest_ride_where_bulk_leads),
		TEST(a_call_is_left_for_who_comes),
		TEST(a_call_in_flight_is_left_for_who_comes),
		TEST(urgency_goes_all_the_way),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
