/* One write at a time per record, in arrival order; deadlines and cancellation while waiting and in
 * flight. */
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

static void many_upserts_of_one_address_create_once(void **state) {
	enum { COUNT = 32 };
	struct told told[COUNT];
	unsigned created = 0;
	(void)state;
	for (int i = 0; i < COUNT; i++) {
		char name[16];
		snprintf(name, sizeof(name), "Name%d", i);
		kit_upsert(&kit, i % 2 ? "same@example.com" : "SAME@Example.com", name, &told[i]);
	}
	kit_settle(&kit);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(told[i].count, 1);
		assert_int_equal(told[i].failure, HUBSPOT_OK);
		assert_string_equal(told[i].id, told[0].id);
		created += told[i].is_created;
		assert_true(i == 0 || told[i].at_ms > told[i - 1].at_ms);
	}
	assert_int_equal(created, 1);
	assert_true(told[0].is_created);
	assert_string_equal(kit_stored(&kit, told[0].id, "firstname"), "Name31");
}

static void a_patch_by_id_and_an_upsert_by_address_are_one_record(void **state) {
	struct told made, patched, upserted;
	(void)state;
	kit_upsert(&kit, "one@example.com", "First", &made);
	kit_settle(&kit);
	kit.latency_ms = 500;
	kit_submit(&kit, HUBSPOT_UPDATE, made.id, NULL, json_pack("{ss}", "firstname", "Patched"),
		&patched);
	kit_upsert(&kit, "one@example.com", "Upserted", &upserted);
	kit_settle(&kit);
	assert_int_equal(patched.failure, HUBSPOT_OK);
	assert_int_equal(upserted.failure, HUBSPOT_OK);
	assert_true(upserted.at_ms > patched.at_ms);
	assert_string_equal(kit_stored(&kit, made.id, "firstname"), "Upserted");
}

static void after_an_archive_the_next_upsert_looks_again(void **state) {
	struct told made, archived, upserted;
	(void)state;
	kit_upsert(&kit, "gone@example.com", "First", &made);
	kit_settle(&kit);
	kit_upsert(&kit, "gone@example.com", "Again", &upserted); /* looks up at once ... */
	kit_submit(&kit, HUBSPOT_ARCHIVE, made.id, NULL, NULL,
		&archived); /* ... while this owns the id */
	kit_settle(&kit);
	assert_int_equal(archived.failure, HUBSPOT_OK);
	assert_int_equal(upserted.failure, HUBSPOT_OK);
	assert_true(upserted.is_created);
	assert_string_not_equal(upserted.id, made.id);
}

static void different_records_do_not_wait_for_each_other(void **state) {
	struct told a, b;
	(void)state;
	kit_upsert(&kit, "a@example.com", "A", &a);
	kit_upsert(&kit, "b@example.com", "B", &b);
	kit_settle(&kit);
	assert_int_equal(a.at_ms, b.at_ms);
}

static void the_hundred_and_second_is_refused_as_busy(void **state) {
	enum { COUNT = 102 };
	static struct told told[COUNT];
	(void)state;
	for (int i = 0; i < COUNT; i++) {
		kit_upsert(&kit, "busy@example.com", "X", &told[i]);
	}
	fake_loop_turn(kit.loop);
	assert_int_equal(told[COUNT - 1].count, 1);
	assert_int_equal(told[COUNT - 1].failure, HUBSPOT_BUSY);
	assert_int_equal(told[COUNT - 1].outcome, HUBSPOT_NOT_APPLIED);
	assert_int_equal(told[COUNT - 2].count, 0);
	kit_settle(&kit);
	assert_int_equal(told[COUNT - 2].failure, HUBSPOT_OK);
}

/* There was room for all of them when they came. */
static void bulk_waits_for_a_record_however_many(void **state) {
	enum { COUNT = 300 };
	static struct told told[COUNT];
	(void)state;
	kit.latency_ms = 10;
	kit.priority = HUBSPOT_BULK;
	for (int i = 0; i < COUNT; i++) {
		kit_upsert(&kit, "bulk@example.com", "X", &told[i]);
	}
	kit_settle(&kit);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(told[i].failure, HUBSPOT_OK);
	}
}

/* What it had found before it waited is another's by the time it may go. */
static void after_a_change_of_the_key_the_next_upsert_looks_again(void **state) {
	struct told made, patched, upserted;
	(void)state;
	kit_upsert(&kit, "old@example.com", "First", &made);
	kit_settle(&kit);
	kit_upsert(&kit, "old@example.com", "Other", &upserted); /* looks up at once ... */
	kit_submit(&kit, HUBSPOT_UPDATE, made.id, NULL,
		json_pack("{ssss}", "email", "new@example.com", "hs_additional_emails", ""),
		&patched); /* ... while this owns the id */
	kit_settle(&kit);
	assert_int_equal(patched.failure, HUBSPOT_OK);
	assert_int_equal(upserted.failure, HUBSPOT_OK);
	assert_int_equal(kit_calls_to(&kit, "batch/read"), 3);
}

static void a_deadline_while_waiting_sends_nothing(void **state) {
	struct told first, second;
	(void)state;
	kit.latency_ms = 15000;
	kit_upsert(&kit, "slow@example.com", "First", &first);
	kit_upsert(&kit, "slow@example.com", "Second", &second);
	kit_settle(&kit);
	assert_int_equal(second.failure, HUBSPOT_DEADLINE);
	assert_int_equal(second.outcome, HUBSPOT_NOT_APPLIED);
	assert_true(second.is_retryable);
	assert_int_equal(second.count, 1);
}

static void a_deadline_in_flight_keeps_the_place_until_the_call_ends(void **state) {
	struct told first, second;
	uint64_t begun_ms = clock_now_ms();
	(void)state;
	kit.latency_ms = 12000;
	kit_upsert(&kit, "slow@example.com", "First",
		&first); /* look-up 12 s, then a create: 20 s pass in it */
	fake_loop_run_ms(kit.loop, 19900);
	kit_upsert(&kit, "slow@example.com", "Second", &second);
	fake_loop_run_ms(kit.loop, 200);
	assert_int_equal(first.count, 1);
	assert_int_equal(first.failure, HUBSPOT_DEADLINE);
	assert_int_equal(first.outcome, HUBSPOT_UNKNOWN);
	assert_true(first.at_ms - begun_ms <= 20000);
	assert_int_equal(
		fake_transport_calls(), 2); /* the second still waits for the first one's call */
	kit.latency_ms = 100;
	kit_settle(&kit);
	assert_int_equal(second.failure, HUBSPOT_OK);
	assert_false(second.is_created);
	assert_int_equal(first.count, 1);
	assert_string_equal(kit_stored(&kit, second.id, "firstname"), "Second");
}

static void a_look_up_in_flight_at_the_deadline_wrote_nothing(void **state) {
	struct told told;
	(void)state;
	kit.latency_ms = 25000;
	kit_upsert(&kit, "slow@example.com", "First", &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_DEADLINE);
	assert_int_equal(told.outcome, HUBSPOT_NOT_APPLIED);
	assert_int_equal(fake_transport_calls(), 1); /* detached: no write follows */
}

static void cancelling_what_waits_sends_nothing(void **state) {
	struct told first, second;
	(void)state;
	kit_upsert(&kit, "c@example.com", "First", &first);
	struct hubspot_handle *handle = kit_upsert(&kit, "c@example.com", "Second", &second);
	hubspot_cancel(kit.client, handle);
	assert_int_equal(second.count, 0); /* not inside cancel */
	fake_loop_turn(kit.loop);
	assert_int_equal(second.count, 1);
	assert_int_equal(second.failure, HUBSPOT_CANCELLED);
	assert_int_equal(second.outcome, HUBSPOT_NOT_APPLIED);
	hubspot_cancel(kit.client, handle); /* stale: nothing happens */
	kit_settle(&kit);
	assert_int_equal(second.count, 1);
	assert_string_equal(kit_stored(&kit, first.id, "firstname"), "First");
}

static void destroying_the_client_tells_every_caller(void **state) {
	struct told told[4];
	(void)state;
	kit_upsert(&kit, "d@example.com", "A", &told[0]);
	kit_upsert(&kit, "d@example.com", "B", &told[1]);
	kit_upsert(&kit, "e@example.com", "C", &told[2]);
	fake_loop_run_ms(kit.loop, 60);
	kit_upsert(&kit, "f@example.com", "D", &told[3]);
	hubspot_destroy(kit.client);
	kit.client = NULL;
	for (int i = 0; i < 4; i++) {
		assert_int_equal(told[i].count, 1);
		assert_int_equal(told[i].failure, HUBSPOT_CANCELLED);
	}
}

static void count_idle(void *ctx) {
	++*(unsigned *)ctx;
}

static void idle_is_told_when_the_last_call_has_ended(void **state) {
	struct told told;
	unsigned idle = 0;
	(void)state;
	kit_upsert(&kit, "i@example.com", "A", &told);
	hubspot_on_idle(kit.client, count_idle, &idle);
	fake_loop_run_ms(kit.loop, 60);
	assert_int_equal(idle, 0);
	kit_settle(&kit);
	assert_int_equal(told.count, 1);
	assert_int_equal(idle, 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(many_upserts_of_one_address_create_once),
		TEST(a_patch_by_id_and_an_upsert_by_address_are_one_record),
		TEST(after_an_archive_the_next_upsert_looks_again),
		TEST(different_records_do_not_wait_for_each_other),
		TEST(the_hundred_and_second_is_refused_as_busy),
		TEST(bulk_waits_for_a_record_however_many),
		TEST(after_a_change_of_the_key_the_next_upsert_looks_again),
		TEST(a_deadline_while_waiting_sends_nothing),
		TEST(a_deadline_in_flight_keeps_the_place_until_the_call_ends),
		TEST(a_look_up_in_flight_at_the_deadline_wrote_nothing),
		TEST(cancelling_what_waits_sends_nothing),
		TEST(destroying_the_client_tells_every_caller),
		TEST(idle_is_told_when_the_last_call_has_ended),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
