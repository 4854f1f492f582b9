/* Who is refused when too much waits: the caller whose rows these are, and not the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/clock.h"
#include "client_kit.h"

enum { PLACES = 200, MOST = 12000, CALLERS = 4 };

static const struct hubspot_caller nobody, ada = {"ada", 1}, bob = {"bob", 1}, eve = {"eve", 1};
static struct kit kit;
static struct told told[CALLERS][MOST];
static size_t submitted[CALLERS];

static void start_with(uint32_t places, uint32_t rate_limit) {
	const struct hubspot_settings settings = {.base_url = "http://127.0.0.1:1",
		.api_version = "2026-09",
		.token = "pat-test",
		.is_unlimited = rate_limit == 0,
		.rate_limit = rate_limit,
		.max_calls = 16,
		.timeout_ms = 5000,
		.default_deadline_ms = 60000,
		.max_waiting_rows = places};
	kit_start(&kit, &settings);
	memset(submitted, 0, sizeof(submitted));
}

static int start(void **state) {
	(void)state;
	start_with(PLACES, 0);
	return 0;
}

static int stop(void **state) {
	(void)state;
	hubspot_hold(kit.client, false);
	kit_settle(&kit);
	kit_stop(&kit);
	return 0;
}

static void create(size_t number, const struct hubspot_caller *caller, size_t rows) {
	kit.caller = *caller;
	for (size_t i = 0; i < rows; i++) {
		kit_submit(&kit, HUBSPOT_CREATE, NULL, NULL, json_pack("{ss}", "firstname", "Ada"),
			&told[number][submitted[number]++]);
	}
}

static size_t count(size_t number, enum hubspot_failure failure) {
	size_t found = 0;
	for (size_t i = 0; i < submitted[number]; i++) {
		found += told[number][i].count == 1 && told[number][i].failure == failure;
	}
	return found;
}

/* How many of what was submitted waits: all else was refused as busy. */
static size_t taken(size_t number) {
	fake_loop_turn(kit.loop);
	for (size_t i = 0; i < submitted[number]; i++) {
		const struct told *row = &told[number][i];
		assert_true(row->count == 0 || row->failure == HUBSPOT_BUSY);
		assert_true(row->count == 0 || (row->is_retryable && row->retry_after_ms > 0));
	}
	return submitted[number] - count(number, HUBSPOT_BUSY);
}

static bool has_room(size_t rows, const struct hubspot_caller *caller) {
	uint64_t retry_after_ms;
	return hubspot_has_room_for(kit.client, rows, caller, HUBSPOT_INTERACTIVE,
		clock_now_ms() + 60000, &retry_after_ms);
}

static void nobody_in_particular_has_all_places(void **state) {
	(void)state;
	hubspot_hold(kit.client, true);
	assert_true(has_room(PLACES, &nobody));
	create(0, &nobody, PLACES + 10);
	assert_int_equal(taken(0), PLACES);
}

static void one_leaves_some_for_others(void **state) {
	(void)state;
	hubspot_hold(kit.client, true);
	create(0, &ada, PLACES + 10);
	assert_int_equal(taken(0), PLACES - PLACES / 20);
	assert_false(has_room(1, &ada));
	assert_true(has_room(1, &bob));
	create(1, &bob, 5);
	create(2, &eve, 3);
	assert_int_equal(taken(1), 5);
	assert_int_equal(taken(2), 3);
	hubspot_hold(kit.client, false);
	kit_settle(&kit);
	assert_int_equal(count(1, HUBSPOT_OK), 5);
}

/* Refused in the same turn, too: those who are do not stand in the places of others. */
static void who_is_refused_takes_no_place(void **state) {
	(void)state;
	hubspot_hold(kit.client, true);
	create(0, &ada, 5000);
	create(1, &bob, 2);
	assert_int_equal(taken(1), 2);
	assert_int_equal(taken(0), PLACES - PLACES / 20);
}

static void all_who_want_much_get_a_part(void **state) {
	(void)state;
	hubspot_hold(kit.client, true);
	for (size_t i = 0; i < PLACES; i++) {
		create(0, &ada, 1);
		create(1, &bob, 1);
	}
	size_t adas = taken(0), bobs = taken(1);
	assert_true(adas >= PLACES * 4 / 10 && adas <= PLACES / 2);
	assert_true(bobs >= PLACES * 4 / 10 && bobs <= PLACES / 2);
	create(2, &eve, 10);
	assert_int_equal(taken(2), 10);
}

/* Who came first and has more than its part waits until it has less; it loses nothing it has. */
static void who_has_most_is_refused_first(void **state) {
	(void)state;
	hubspot_hold(kit.client, true);
	create(0, &ada, PLACES);
	create(1, &bob, 1);
	assert_false(has_room(1, &ada));
	create(0, &ada, 1);
	assert_int_equal(taken(0), PLACES - PLACES / 20);
	assert_int_equal(taken(1), 1);
}

/* Rows that were let in together come one by one, some later; others may have come since. */
static void what_was_let_in_is_taken(void **state) {
	(void)state;
	hubspot_hold(kit.client, true);
	create(1, &bob, 20);
	size_t rows = PLACES;
	while (!has_room(rows, &ada)) {
		rows--;
	}
	assert_true(rows > PLACES * 6 / 10);
	create(1, &bob, 2);
	create(0, &ada, rows);
	assert_int_equal(taken(0), rows);
}

static void what_never_has_room_is_told_so(void **state) {
	uint64_t retry_after_ms = 1;
	(void)state;
	assert_false(hubspot_has_room_for(kit.client, PLACES, &ada, HUBSPOT_INTERACTIVE,
		clock_now_ms() + 60000, &retry_after_ms));
	assert_int_equal(retry_after_ms, 0);
	assert_true(has_room(PLACES - PLACES / 20, &ada));
	create(1, &bob, 1);
	assert_false(hubspot_has_room_for(kit.client, PLACES - PLACES / 20, &ada,
		HUBSPOT_INTERACTIVE, clock_now_ms() + 60000, &retry_after_ms));
	assert_true(retry_after_ms > 0);
}

static struct fake_reply away(const struct call *call, unsigned number, void *ctx) {
	(void)call;
	(void)number;
	(void)ctx;
	return (struct fake_reply){.end = CALL_NOT_SENT, .after_ms = 1};
}

/* Whatever its priority; who waits for one answer is told by the operation. */
static void a_batch_has_no_room_while_hubspot_is_away(void **state) {
	uint64_t retry_after_ms = 0;
	(void)state;
	fake_transport_answer(away, NULL);
	create(0, &ada, 1);
	for (size_t i = 0; i < 60 && kit.client->breaker.state != BREAKER_OPEN; i++) {
		create(0, &ada, 1);
		fake_loop_run_ms(kit.loop, 500);
	}
	assert_int_equal(kit.client->breaker.state, BREAKER_OPEN);
	for (size_t i = 0; i < PRIORITIES; i++) {
		assert_false(hubspot_has_room_for(kit.client, 2, &ada, (enum hubspot_priority)i,
			clock_now_ms() + 60000, &retry_after_ms));
		assert_true(retry_after_ms > 0);
	}
	assert_true(hubspot_has_room(
		kit.client, &ada, HUBSPOT_INTERACTIVE, clock_now_ms() + 60000, &retry_after_ms));
}

/* A caller that floods waits for its own rows, and who comes beside it does not. */
static void each_caller_is_told_its_own_wait(void **state) {
	uint64_t retry_after_ms = 0;
	(void)state;
	kit_stop(&kit);
	start_with(10000, 100);
	create(0, &ada, 8000);
	fake_loop_turn(kit.loop);
	uint64_t soon_ms = clock_now_ms() + 2000;
	for (size_t i = 0; i < 2; i++) {
		const struct hubspot_caller *light = i == 0 ? &bob : &eve;
		assert_true(hubspot_has_room(
			kit.client, light, HUBSPOT_INTERACTIVE, soon_ms, &retry_after_ms));
	}
	assert_false(
		hubspot_has_room(kit.client, &ada, HUBSPOT_INTERACTIVE, soon_ms, &retry_after_ms));
	assert_true(retry_after_ms > 3000);
	/* before the last of its thousand rows there are as many of the other's */
	assert_true(hubspot_has_room_for(
		kit.client, 1000, &bob, HUBSPOT_INTERACTIVE, soon_ms + 3000, &retry_after_ms));
	assert_false(hubspot_has_room_for(
		kit.client, 1000, &bob, HUBSPOT_INTERACTIVE, soon_ms - 1000, &retry_after_ms));
	/* and it is not behind what comes below it, but what comes below is behind all that */
	assert_false(hubspot_has_room(kit.client, &bob, HUBSPOT_NORMAL, soon_ms, &retry_after_ms));
	kit.caller = bob;
	struct told *row = &told[1][submitted[1]++];
	kit_submit(&kit, HUBSPOT_READ, "1", NULL, NULL, row);
	uint64_t begun_ms = clock_now_ms();
	kit_settle(&kit);
	assert_int_equal(row->failure, HUBSPOT_NOT_FOUND);
	assert_true(row->at_ms - begun_ms < 1000);
	assert_int_equal(count(0, HUBSPOT_OK), 8000);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(nobody_in_particular_has_all_places),
		TEST(one_leaves_some_for_others),
		TEST(who_is_refused_takes_no_place),
		TEST(all_who_want_much_get_a_part),
		TEST(who_has_most_is_refused_first),
		TEST(what_was_let_in_is_taken),
		TEST(what_never_has_room_is_told_so),
		TEST(a_batch_has_no_room_while_hubspot_is_away),
		TEST(each_caller_is_told_its_own_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
