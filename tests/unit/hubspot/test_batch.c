/* Lanes and calls: what shares a call, what waits, what is matched to whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/clock.h"
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

/* A script instead of the model: the same end for every call. */
static struct fake_reply script[8];

static struct fake_reply say(const struct call *call, unsigned number, void *ctx) {
	(void)call;
	(void)ctx;
	return script[number - 1 < 7 ? number - 1 : 7];
}

static void read_one(struct told *told) {
	kit_submit(&kit, HUBSPOT_READ, "501", NULL, NULL, told);
}

static void a_free_slot_sends_at_the_end_of_the_turn(void **state) {
	struct told told;
	(void)state;
	read_one(&told);
	assert_int_equal(fake_transport_calls(), 0);
	fake_loop_turn(kit.loop);
	assert_int_equal(fake_transport_calls(), 1);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_NOT_FOUND);
}

static void no_more_calls_than_the_bound_are_in_flight(void **state) {
	enum { COUNT = 40 };
	static struct told told[COUNT];
	struct hubspot_state now;
	(void)state;
	kit.client->row_ceiling = 1;
	for (int i = 0; i < COUNT; i++) {
		char email[32];
		snprintf(email, sizeof(email), "x%d@example.com", i);
		kit_upsert(&kit, email, "X", &told[i]);
	}
	fake_loop_turn(kit.loop);
	hubspot_state(kit.client, &now);
	assert_int_equal(now.in_flight, 16);
	assert_int_equal(now.waiting, COUNT);
	kit_settle(&kit);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(told[i].failure, HUBSPOT_OK);
	}
}

static void what_comes_in_one_turn_shares_a_call(void **state) {
	enum { COUNT = 250 };
	static struct told told[COUNT];
	(void)state;
	for (int i = 0; i < COUNT; i++) {
		char email[32];
		snprintf(email, sizeof(email), "x%d@example.com", i);
		kit_upsert(&kit, email, email, &told[i]);
	}
	kit_settle(&kit);
	for (int i = 0; i < COUNT; i++) {
		char email[32];
		snprintf(email, sizeof(email), "x%d@example.com", i);
		assert_int_equal(told[i].count, 1);
		assert_int_equal(told[i].failure, HUBSPOT_OK);
		assert_true(told[i].is_created);
		assert_string_equal(kit_stored(&kit, told[i].id, "email"),
			email); /* its own record, not a neighbour's */
	}
	assert_int_equal(kit_calls_to(&kit, "batch/read"), 3);
	assert_int_equal(kit_calls_to(&kit, "batch/create"), 3);
}

static void equal_reads_share_a_row(void **state) {
	enum { COUNT = 150 };
	static struct told told[COUNT];
	struct told made;
	(void)state;
	kit_upsert(&kit, "one@example.com", "One", &made);
	kit_settle(&kit);
	for (int i = 0; i < COUNT; i++) {
		kit_submit(&kit, HUBSPOT_READ, i % 2 ? "one@example.com" : "ONE@example.com",
			"email", NULL, &told[i]);
	}
	kit_settle(&kit);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(told[i].failure, HUBSPOT_OK);
		assert_string_equal(told[i].id, made.id);
	}
	assert_int_equal(kit_calls_to(&kit, "batch/read"), 2);
}

static void transient_failures_are_repeated_with_growing_waits(void **state) {
	struct told told;
	uint64_t begun_ms = clock_now_ms();
	(void)state;
	for (int i = 0; i < 3; i++) {
		script[i] = (struct fake_reply){
			.end = CALL_ANSWERED, .status = 503, .body = "<html>", .after_ms = 10};
	}
	script[3] = (struct fake_reply){.end = CALL_ANSWERED,
		.status = 200,
		.after_ms = 10,
		.body = "{\"status\":\"COMPLETE\",\"results\":[{\"id\":\"501\",\"properties\":{"
			"\"firstname\":\"Ada\"}}]}"};
	fake_transport_answer(say, NULL);
	read_one(&told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_int_equal(told.attempts, 4);
	assert_string_equal(told.firstname, "Ada");
	assert_true(told.at_ms - begun_ms < 20000);
}

static void someone_elses_row_is_not_taken_for_ours(void **state) {
	struct told told;
	(void)state;
	for (int i = 0; i < 8; i++) {
		script[i] = (struct fake_reply){.end = CALL_ANSWERED,
			.status = 200,
			.after_ms = 10,
			.body = "{\"status\":\"COMPLETE\",\"results\":[{\"id\":\"777\","
				"\"properties\":{}}]}"};
	}
	fake_transport_answer(say, NULL);
	read_one(&told);
	kit_settle(&kit);
	assert_int_not_equal(told.failure, HUBSPOT_OK);
	assert_string_not_equal(told.id, "777");
}

static void a_written_row_is_matched_by_its_trace_id(void **state) {
	struct told told;
	(void)state;
	script[0] = (struct fake_reply){.end = CALL_ANSWERED,
		.status = 200,
		.after_ms = 10,
		.body = "{\"status\":\"COMPLETE\",\"results\":["
			"{\"id\":\"1\",\"objectWriteTraceId\":\"other\",\"properties\":{}},"
			"{\"id\":\"501\",\"objectWriteTraceId\":\"${trace}\",\"properties\":{"
			"\"firstname\":\"Ada\"}}]}"};
	fake_transport_answer(say, NULL);
	kit_submit(&kit, HUBSPOT_UPDATE, "501", NULL, json_pack("{ss}", "firstname", "Ada"), &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_string_equal(told.id, "501");
	assert_int_equal(fake_transport_calls(), 1);
}

static void a_row_missing_from_a_good_reply_is_asked_for_alone(void **state) {
	struct told told;
	(void)state;
	script[0] = (struct fake_reply){.end = CALL_ANSWERED,
		.status = 200,
		.after_ms = 10,
		.body = "{\"status\":\"COMPLETE\",\"results\":[]}"};
	script[1] = (struct fake_reply){.end = CALL_ANSWERED,
		.status = 200,
		.after_ms = 10,
		.body = "{\"id\":\"999\",\"properties\":{\"firstname\":\"Merged\"}}"};
	fake_transport_answer(say, NULL);
	kit_submit(&kit, HUBSPOT_UPDATE, "501", NULL, json_pack("{ss}", "firstname", "Ada"), &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_string_equal(told.id, "999"); /* the single form follows a merged id */
	assert_int_equal(fake_transport_calls(), 2);
}

static void a_dead_hubspot_ends_within_the_deadline(void **state) {
	struct told told;
	uint64_t begun_ms = clock_now_ms();
	(void)state;
	for (int i = 0; i < 8; i++) {
		script[i] = (struct fake_reply){.end = CALL_NOT_SENT, .after_ms = 1};
	}
	fake_transport_answer(say, NULL);
	kit_upsert(&kit, "ada@example.com", "Ada", &told);
	kit_settle(&kit);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.failure, HUBSPOT_UNREACHABLE);
	assert_int_equal(told.outcome, HUBSPOT_NOT_APPLIED);
	assert_true(told.is_retryable);
	assert_true(told.at_ms - begun_ms <= 20000);
	struct hubspot_state now;
	hubspot_state(kit.client, &now);
	assert_false(now.is_up);
}

static void create(struct told *told) {
	json_t *body = json_pack("{ss}", "firstname", "Ada");
	kit_submit(&kit, HUBSPOT_CREATE, NULL, NULL, body, told);
}

/* HubSpot slows down while ten wait for the one call that may be in flight: the place of those that
 * could not be answered in time is not lent to them. */
static void who_cannot_be_answered_in_time_is_not_sent(void **state) {
	enum { COUNT = 10 };
	static struct told told[COUNT];
	const struct hubspot_settings settings = {.base_url = "http://127.0.0.1:1",
		.api_version = "2026-09",
		.token = "pat-test",
		.is_unlimited = true,
		.max_calls = 1,
		.timeout_ms = 5000,
		.default_deadline_ms = 1450,
		.max_waiting_rows = 100};
	(void)state;
	kit_stop(&kit);
	kit_start(&kit, &settings);
	kit.client->row_ceiling = 1;
	kit.latency_ms = 100;
	create(&told[0]);
	kit_settle(&kit);
	kit.latency_ms = 1200;
	for (int i = 0; i < COUNT; i++) {
		create(&told[i]);
	}
	kit_settle(&kit);
	assert_int_equal(told[0].failure, HUBSPOT_OK);
	for (int i = 1; i < COUNT; i++) {
		assert_int_equal(told[i].failure, HUBSPOT_DEADLINE);
		assert_int_equal(told[i].outcome, HUBSPOT_NOT_APPLIED);
		assert_int_equal(told[i].attempts, 0);
		assert_true(told[i].at_ms < told[0].at_ms + 100);
	}
}

static void a_full_queue_refuses_the_next(void **state) {
	static const struct hubspot_settings SMALL = {.base_url = "http://127.0.0.1:1",
		.api_version = "2026-09",
		.token = "pat-test",
		.is_unlimited = true,
		.max_calls = 1,
		.timeout_ms = 5000,
		.default_deadline_ms = 20000,
		.max_waiting_rows = 3};
	static struct told told[4]; /* one of them ends when the kit stops */
	(void)state;
	kit_stop(&kit);
	kit_start(&kit, &SMALL);
	for (int i = 0; i < 4; i++) {
		read_one(&told[i]);
	}
	uint64_t retry_after_ms = 0;
	assert_false(hubspot_has_room(kit.client, &(struct hubspot_caller){0}, HUBSPOT_INTERACTIVE,
		clock_now_ms() + 20000, &retry_after_ms));
	assert_true(retry_after_ms > 0);
	fake_loop_turn(kit.loop);
	assert_int_equal(told[3].failure, HUBSPOT_BUSY);
	assert_true(told[3].is_retryable);
	assert_int_equal(told[2].count, 0);
}

static void a_raw_operation_passes_as_it_is(void **state) {
	struct told told = {0};
	(void)state;
	script[0] = (struct fake_reply){
		.end = CALL_ANSWERED, .status = 200, .after_ms = 10, .body = "{\"portalId\":1}"};
	kit_submit(&kit, HUBSPOT_RAW, NULL, NULL, NULL,
		&told); /* object "contacts" is no "METHOD /path" */
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_REFUSED);
	assert_true(wire_is_raw("GET /account-info/{version}/details"));
	assert_true(wire_is_raw("GET {objects}/contacts?limit=1"));
	assert_true(wire_is_raw("GET {owners}?email=a%40b.c"));
	assert_false(wire_is_raw("GET {owners}x"));
	assert_false(wire_is_raw("GET {tokens}/x"));
	assert_false(wire_is_raw("TRACE /x"));
	assert_false(wire_is_raw("GET /x y"));
	assert_false(wire_is_raw("GET /x\r\nHost: evil"));
}

static void a_hundred_calls_stay_under_the_limit(void **state) {
	static const struct hubspot_settings LIMITED = {.base_url = "http://127.0.0.1:1",
		.api_version = "2026-09",
		.token = "pat-test",
		.rate_limit = 190,
		.max_calls = 16,
		.timeout_ms = 5000,
		.default_deadline_ms = 60000,
		.max_waiting_rows = 10000};
	enum { COUNT = 100 };
	static struct told told[COUNT];
	(void)state;
	kit_stop(&kit);
	kit_start(&kit, &LIMITED);
	kit.client->row_ceiling = 1; /* one row a call: 200 calls, which the limit spreads */
	json_decref(kit_ask(&kit, "POST", "/__control", json_pack("{si}", "limit", 190)));
	for (int i = 0; i < COUNT; i++) {
		char email[32];
		snprintf(email, sizeof(email), "x%d@example.com", i);
		kit_upsert(&kit, email, "X", &told[i]);
	}
	kit_settle(&kit);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(told[i].failure, HUBSPOT_OK);
	}
	json_t *seen = kit_ask(&kit, "GET", "/__state", NULL);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(seen, "by_status"), "429")), 0);
	assert_int_equal(json_integer_value(json_object_get(seen, "creates")), COUNT);
	json_decref(seen);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(a_free_slot_sends_at_the_end_of_the_turn),
		TEST(no_more_calls_than_the_bound_are_in_flight),
		TEST(what_comes_in_one_turn_shares_a_call),
		TEST(equal_reads_share_a_row),
		TEST(transient_failures_are_repeated_with_growing_waits),
		TEST(someone_elses_row_is_not_taken_for_ours),
		TEST(a_written_row_is_matched_by_its_trace_id),
		TEST(a_row_missing_from_a_good_reply_is_asked_for_alone),
		TEST(a_dead_hubspot_ends_within_the_deadline),
		TEST(who_cannot_be_answered_in_time_is_not_sent),
		TEST(a_full_queue_refuses_the_next),
		TEST(a_raw_operation_passes_as_it_is),
		TEST(a_hundred_calls_stay_under_the_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
