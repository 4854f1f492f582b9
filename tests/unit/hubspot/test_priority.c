/* Who goes first: interactive rows before bulk, which rides, is never starved, and keeps the order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/clock.h"
#include "client_kit.h"

enum { BULK_MOST = 5000 };

static struct kit kit;
static struct told bulk[BULK_MOST];

static struct hubspot_settings settings;

/* What went in the calls so far: 'i' and 'b' for each row, a space after each call. */
static char led[4096];

static struct fake_reply watch(const struct call *call, unsigned number, void *ctx) {
	size_t length = strlen(led);
	(void)number;
	(void)ctx;
	list_for_each (row, &call->rows, const struct operation, link) {
		if (length < sizeof(led) - 1) {
			led[length++] = row->priority == HUBSPOT_BULK ? 'b' : 'i';
		}
	}
	if (length < sizeof(led) - 1) {
		led[length++] = ' ';
	}
	led[length] = '\0';
	return kit_ask_model(&kit, call);
}

static int start(void **state) {
	(void)state;
	settings = (struct hubspot_settings){.base_url = "http://127.0.0.1:1",
		.api_version = "2026-09",
		.token = "pat-test",
		.is_unlimited = true,
		.max_calls = 16,
		.timeout_ms = 5000,
		.default_deadline_ms = 60000,
		.max_waiting_rows = 10000};
	kit_start(&kit, &settings);
	fake_transport_answer(watch, NULL);
	led[0] = '\0';
	return 0;
}

static int stop(void **state) {
	(void)state;
	kit_stop(&kit);
	return 0;
}

static void start_again(void) {
	kit_stop(&kit);
	kit_start(&kit, &settings);
	fake_transport_answer(watch, NULL);
}

/* One call at a time, of so many rows. */
static void start_narrow(size_t row_ceiling) {
	settings.max_calls = 1;
	start_again();
	kit.client->row_ceiling = row_ceiling;
}

static void upsert_bulk(size_t number, const char *email) {
	kit.priority = HUBSPOT_BULK;
	kit_upsert(&kit, email, "bulk", &bulk[number]);
	kit.priority = HUBSPOT_INTERACTIVE;
}

static void upsert_many(size_t count) {
	for (size_t i = 0; i < count; i++) {
		char email[40];
		snprintf(email, sizeof(email), "bulk%zu@example.com", i);
		upsert_bulk(i, email);
	}
}

static void create(struct told *told, enum hubspot_priority priority) {
	kit.priority = priority;
	kit_submit(&kit, HUBSPOT_CREATE, NULL, NULL, json_pack("{ss}", "firstname", "Ada"), told);
	kit.priority = HUBSPOT_INTERACTIVE;
}

static const struct hubspot_caller nobody;

static bool has_room_for_bulk(size_t rows, uint64_t deadline_ms, uint64_t *retry_after_ms) {
	return hubspot_has_room_for(
		kit.client, rows, &nobody, HUBSPOT_BULK, deadline_ms, retry_after_ms);
}

static size_t ended(size_t count) {
	size_t ended = 0;
	for (size_t i = 0; i < count; i++) {
		assert_true(bulk[i].count <= 1);
		ended += bulk[i].count;
	}
	return ended;
}

static void an_interactive_row_does_not_wait_behind_bulk(void **state) {
	static struct told told[20];
	(void)state;
	settings.is_unlimited = false;
	settings.rate_limit = 190;
	start_again();
	upsert_many(BULK_MOST);
	fake_loop_run_ms(kit.loop, 1500); /* the burst is over */
	for (size_t i = 0; i < 20; i++) {
		char email[40];
		uint64_t begun_ms = clock_now_ms();
		snprintf(email, sizeof(email), "lone%zu@example.com", i);
		kit_upsert(&kit, email, "lone", &told[i]);
		fake_loop_run_ms(kit.loop, 137);
		fake_loop_run_ms(kit.loop, 200);
		assert_int_equal(told[i].failure, HUBSPOT_OK);
		assert_int_equal(told[i].count, 1);
		assert_true(told[i].at_ms - begun_ms <= 300); /* two calls, each in its turn */
		if (i == 0) {
			assert_true(ended(BULK_MOST) < BULK_MOST / 2);
		}
	}
	kit_settle(&kit);
	for (size_t i = 0; i < BULK_MOST; i++) {
		assert_int_equal(bulk[i].failure, HUBSPOT_OK);
	}
}

static void bulk_rides_in_free_places(void **state) {
	static struct told told[4];
	(void)state;
	start_narrow(10);
	for (size_t i = 0; i < 20; i++) {
		create(&bulk[i], HUBSPOT_BULK);
	}
	for (size_t i = 0; i < 4; i++) {
		create(&told[i], HUBSPOT_INTERACTIVE);
	}
	kit_settle(&kit);
	assert_string_equal(led, "iiiibbbbbb bbbbbbbbbb bbbb ");
	assert_true(bulk[0].at_ms < bulk[19].at_ms);
	assert_int_equal(bulk[5].at_ms, told[0].at_ms); /* the oldest of them ride */
}

/* Somebody always waits who goes first: bulk leads every twentieth call all the same. */
static void bulk_is_not_starved(void **state) {
	enum { INTERACTIVE = 200, BULK = 5 };
	static struct told told[INTERACTIVE];
	(void)state;
	start_narrow(1);
	for (size_t i = 0; i < BULK; i++) {
		create(&bulk[i], HUBSPOT_BULK);
	}
	for (size_t i = 0; i < INTERACTIVE; i++) {
		create(&told[i], HUBSPOT_INTERACTIVE);
	}
	kit_settle(&kit);
	size_t calls = 0, led_by_bulk = 0;
	for (const char *at = led; *at != '\0'; at += 2) {
		calls++;
		if (*at == 'b') {
			led_by_bulk++;
			assert_int_equal(calls, led_by_bulk * 20);
		}
	}
	assert_int_equal(led_by_bulk, BULK);
	assert_int_equal(calls, INTERACTIVE + BULK);
}

/* The turn is bulk's in a lane of its own, too; and a lane with none of it does not lose it. */
static void bulk_of_another_lane_has_its_turn(void **state) {
	enum { INTERACTIVE = 60 };
	static struct told told[INTERACTIVE];
	(void)state;
	start_narrow(1);
	for (size_t i = 0; i < INTERACTIVE; i++) {
		create(&told[i], HUBSPOT_INTERACTIVE);
	}
	kit.object = "companies";
	create(&bulk[0], HUBSPOT_BULK);
	create(&bulk[1], HUBSPOT_BULK);
	kit_settle(&kit);
	assert_int_equal(led[2 * 19], 'b');
	assert_int_equal(led[2 * 39], 'b');
	assert_int_equal(bulk[1].count, 1);
}

static void rows_that_go_again_keep_their_place(void **state) {
	(void)state;
	start_narrow(2);
	kit.odd_call = 0;
	kit_control(&kit, json_pack("{s{sisi}}", "fail", "next", 1, "status", 503));
	struct told told;
	upsert_many(6);
	kit_upsert(&kit, "ada@example.com", "Ada", &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_int_equal(told.attempts, 3);
	assert_int_equal(bulk[0].attempts, 3); /* it rode in the call that failed */
	assert_int_equal(bulk[0].at_ms, told.at_ms);
	for (size_t i = 1; i < 6; i++) {
		assert_int_equal(bulk[i].failure, HUBSPOT_OK);
		assert_int_equal(bulk[i].attempts, 2);
		assert_true(i == 1 || bulk[i].at_ms >= bulk[i - 1].at_ms);
	}
}

/* Among many that wait, one that comes back stands where it stood. */
static void a_row_returns_to_the_place_of_its_age(void **state) {
	enum { COUNT = 50 };
	(void)state;
	start_narrow(1);
	hubspot_hold(kit.client, true);
	for (size_t i = 0; i < COUNT; i++) {
		create(&bulk[i], HUBSPOT_BULK);
	}
	fake_loop_turn(kit.loop);
	const struct lane *lane = list_first(&kit.client->lanes, struct lane, link);
	static const size_t taken[] = {0, 49, 1, 25, 26, 48, 24, 0, 49};
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
		struct operation *row = lane_next(lane, NULL);
		for (size_t at = 0; at < taken[i]; at++) {
			row = lane_next(lane, row);
		}
		lane_leave(row);
		assert_int_equal(lane_row_count(lane), COUNT - 1);
		assert_true(lane_enter(row));
	}
	uint64_t age = 0;
	size_t count = 0;
	for (struct operation *row = NULL; (row = lane_next(lane, row)) != NULL; count++) {
		assert_true(row->sequence > age);
		age = row->sequence;
	}
	assert_int_equal(count, COUNT);
	assert_int_equal(lane_row_count(lane), COUNT);
	hubspot_hold(kit.client, false);
	kit_settle(&kit);
	assert_int_equal(ended(COUNT), COUNT);
}

/* The younger write waits for the older one, which goes as if it were as urgent. */
static void order_beats_priority(void **state) {
	struct told told, after;
	(void)state;
	start_narrow(10);
	upsert_many(200);
	upsert_bulk(200, "ada@example.com");
	upsert_bulk(201, "ADA@example.com");
	kit_upsert(&kit, "ada@example.com", "interactive", &told);
	upsert_bulk(202, "ada@example.com");
	fake_loop_run_ms(kit.loop, 500);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_true(bulk[200].is_created);
	assert_false(bulk[201].is_created);
	assert_false(told.is_created);
	assert_true(bulk[200].at_ms < bulk[201].at_ms && bulk[201].at_ms < told.at_ms);
	assert_true(ended(200) < 100);
	assert_string_equal(kit_stored(&kit, told.id, "firstname"), "interactive");
	kit_settle(&kit);
	assert_string_equal(kit_stored(&kit, told.id, "firstname"), "bulk");
	assert_true(bulk[202].at_ms > told.at_ms);
	kit_upsert(&kit, "ada@example.com", "last", &after);
	kit_settle(&kit);
	assert_string_equal(kit_stored(&kit, told.id, "firstname"), "last");
}

/* Two keys of one record: who waits for the record's id lifts its owner. */
static void urgency_reaches_the_owner_of_the_id(void **state) {
	struct told made, told;
	(void)state;
	start_narrow(10);
	kit_upsert(&kit, "ada@example.com", "Ada", &made);
	kit_settle(&kit);
	upsert_many(300);
	kit.priority = HUBSPOT_BULK;
	kit_submit(&kit, HUBSPOT_UPDATE, made.id, NULL, json_pack("{ss}", "firstname", "by id"),
		&bulk[300]);
	kit.priority = HUBSPOT_INTERACTIVE;
	uint64_t begun_ms = clock_now_ms();
	kit_upsert(&kit, "ada@example.com", "by key", &told);
	kit_settle(&kit);
	assert_true(told.at_ms - begun_ms <= 500);
	assert_true(bulk[300].at_ms < told.at_ms);
	assert_true(bulk[299].at_ms > told.at_ms);
	assert_string_equal(kit_stored(&kit, made.id, "firstname"), "by key");
}

static void each_is_told_its_own_wait(void **state) {
	uint64_t retry_after_ms = 0;
	(void)state;
	settings.is_unlimited = false;
	settings.rate_limit = 100;
	start_again();
	upsert_many(BULK_MOST);
	fake_loop_turn(kit.loop);
	uint64_t now_ms = clock_now_ms();
	assert_true(hubspot_has_room(
		kit.client, &nobody, HUBSPOT_INTERACTIVE, now_ms + 3000, &retry_after_ms));
	assert_false(has_room_for_bulk(1, now_ms + 3000, &retry_after_ms));
	assert_true(retry_after_ms > 3000);
	assert_true(has_room_for_bulk(1000, now_ms + 60000, &retry_after_ms));
	struct told told;
	kit_submit(&kit, HUBSPOT_READ, "1", NULL, NULL, &told);
	assert_int_equal(told.count, 0);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_NOT_FOUND);
}

static void bulk_never_fills_the_house(void **state) {
	struct told told, over;
	uint64_t retry_after_ms = 0;
	(void)state;
	settings.max_waiting_rows = 100;
	start_again();
	uint64_t deadline_ms = clock_now_ms() + 60000;
	assert_true(has_room_for_bulk(90, deadline_ms, &retry_after_ms));
	assert_false(has_room_for_bulk(91, deadline_ms, &retry_after_ms));
	assert_int_equal(retry_after_ms, 0); /* it will never be */
	upsert_many(80);
	assert_true(has_room_for_bulk(10, deadline_ms, &retry_after_ms));
	assert_false(has_room_for_bulk(11, deadline_ms, &retry_after_ms));
	assert_true(retry_after_ms > 0);
	for (size_t i = 80; i < 90; i++) {
		create(&bulk[i], HUBSPOT_BULK);
	}
	create(&over, HUBSPOT_BULK);
	kit_upsert(&kit, "ada@example.com", "Ada", &told);
	kit_settle(&kit);
	assert_int_equal(ended(90), 90);
	assert_int_equal(over.failure, HUBSPOT_BUSY);
	assert_true(over.is_retryable);
	assert_int_equal(told.failure, HUBSPOT_OK);
}

/* Its deadline passes while it waits for those before it: 504, and nothing was sent. */
static void bulk_that_is_too_late_is_not_sent(void **state) {
	static struct told told[60];
	(void)state;
	settings.default_deadline_ms = 1500;
	start_narrow(1);
	kit.latency_ms = 100;
	create(&told[0], HUBSPOT_INTERACTIVE);
	kit_settle(&kit);
	for (size_t i = 0; i < 14; i++) {
		create(&told[i], HUBSPOT_INTERACTIVE);
	}
	create(&bulk[0], HUBSPOT_BULK);
	kit.latency_ms = 400;
	kit_settle(&kit);
	assert_int_equal(bulk[0].failure, HUBSPOT_DEADLINE);
	assert_int_equal(bulk[0].outcome, HUBSPOT_NOT_APPLIED);
	assert_int_equal(bulk[0].attempts, 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(an_interactive_row_does_not_wait_behind_bulk),
		TEST(bulk_rides_in_free_places),
		TEST(bulk_is_not_starved),
		TEST(bulk_of_another_lane_has_its_turn),
		TEST(rows_that_go_again_keep_their_place),
		TEST(a_row_returns_to_the_place_of_its_age),
		TEST(order_beats_priority),
		TEST(urgency_reaches_the_owner_of_the_id),
		TEST(each_is_told_its_own_wait),
		TEST(bulk_never_fills_the_house),
		TEST(bulk_that_is_too_late_is_not_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
