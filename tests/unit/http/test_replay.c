/* The store of idempotency keys: what it finds, how long, and what goes first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "http/replay.h"

enum { DAY_MS = 24 * 60 * 60 * 1000, BEGAN_MS = 1000 };

/* Never looked into: only that there is one. */
static char anybody;
static struct run *const somebody = (struct run *)(void *)&anybody;

static int make(void **state) {
	const struct replay_bounds bounds = {.keys = 4, .bytes = 100, .keep_ms = DAY_MS};
	clock_set_ms(BEGAN_MS);
	*state = replay_store_create(&bounds);
	return 0;
}

static int unmake(void **state) {
	replay_store_destroy(*state);
	return 0;
}

static struct replay *begin(struct replay_store *store, const char *caller, const char *key) {
	const struct replay_print print = {.digest = {1, 2}, .body_length = 3};
	return replay_begin(store, caller, key, &print, somebody);
}

static struct replay_reply reply_of(size_t header_bytes, size_t body_bytes) {
	struct replay_reply reply = {.status = 201,
		.block = calloc(1, header_bytes + body_bytes + 1),
		.header_bytes = header_bytes,
		.body_bytes = body_bytes};
	assert_non_null(reply.block);
	return reply;
}

static void keep(struct replay_store *store, struct replay *replay, size_t bytes) {
	struct replay_reply reply = reply_of(bytes / 2, bytes - bytes / 2);
	replay_keep(store, replay, &reply);
	assert_null(reply.block);
	assert_int_equal(reply.status, 0);
}

static struct replay *begin_kept(struct replay_store *store, const char *key, size_t bytes) {
	struct replay *replay = begin(store, "", key);
	assert_non_null(replay);
	keep(store, replay, bytes);
	replay->run = NULL;
	return replay;
}

static void test_finds_by_caller_and_key(void **state) {
	struct replay_store *store = *state;
	struct replay *ab_c = begin(store, "ab", "c");
	struct replay *a_bc = begin(store, "a", "bc");
	struct replay *none_abc = begin(store, "", "abc");
	assert_ptr_equal(replay_find(store, "ab", "c"), ab_c);
	assert_ptr_equal(replay_find(store, "a", "bc"), a_bc);
	assert_ptr_equal(replay_find(store, "", "abc"), none_abc);
	assert_null(replay_find(store, "abc", ""));
	assert_null(replay_find(store, "", "ABC"));
	assert_null(replay_find(store, "", "ab"));
	assert_false(ab_c->is_kept);
	assert_ptr_equal(ab_c->run, somebody);
	assert_int_equal(ab_c->print.body_length, 3);
	assert_int_equal(replay_key_count(store), 3);
	replay_forget(store, a_bc);
	assert_null(replay_find(store, "a", "bc"));
	assert_ptr_equal(replay_find(store, "ab", "c"), ab_c);
	assert_int_equal(replay_key_count(store), 2);
}

static void test_keeps_for_a_day(void **state) {
	struct replay_store *store = *state;
	struct replay *running = begin(store, "", "runs");
	clock_set_ms(BEGAN_MS + 500);
	struct replay *kept = begin_kept(store, "kept", 10);
	assert_int_equal(kept->kept_ms, BEGAN_MS + 500);
	clock_set_ms(BEGAN_MS + 500 + DAY_MS - 1);
	assert_ptr_equal(replay_find(store, "", "kept"), kept);
	clock_set_ms(BEGAN_MS + 500 + DAY_MS);
	assert_null(replay_find(store, "", "kept"));
	assert_int_equal(replay_kept_bytes(store), 0);
	assert_ptr_equal(replay_find(store, "", "runs"), running);
	assert_int_equal(replay_key_count(store), 1);
}

static void test_expires_unasked(void **state) {
	struct replay_store *store = *state;
	assert_true(replay_expire(store) == UINT64_MAX);
	begin_kept(store, "1", 10);
	clock_set_ms(BEGAN_MS + 400);
	struct replay *told = begin_kept(store, "2", 10);
	told->run = somebody; /* still being told to those that wait */
	clock_set_ms(BEGAN_MS + 1000);
	begin_kept(store, "3", 10);
	assert_int_equal(replay_expire(store), DAY_MS - 1000);
	clock_set_ms(BEGAN_MS + DAY_MS + 400);
	assert_int_equal(replay_expire(store), 600);
	assert_int_equal(replay_key_count(store), 2);
	assert_ptr_equal(replay_find(store, "", "2"), told);
	told->run = NULL;
	assert_int_equal(replay_expire(store), 600);
	assert_int_equal(replay_key_count(store), 1);
	clock_set_ms(BEGAN_MS + DAY_MS + 1000);
	assert_true(replay_expire(store) == UINT64_MAX);
	assert_int_equal(replay_kept_bytes(store), 0);
}

static void test_oldest_finished_goes_first(void **state) {
	struct replay_store *store = *state;
	struct replay *slow = begin(store, "", "slow");
	begin_kept(store, "1", 10);
	begin_kept(store, "2", 10);
	keep(store, slow, 10); /* begun first, finished last */
	slow->run = NULL;
	begin_kept(store, "3", 10);
	assert_non_null(begin(store, "", "4"));
	assert_null(replay_find(store, "", "1"));
	assert_non_null(replay_find(store, "", "2"));
	assert_non_null(begin(store, "", "5"));
	assert_null(replay_find(store, "", "2"));
	assert_ptr_equal(replay_find(store, "", "slow"), slow);
	assert_non_null(begin(store, "", "6"));
	assert_null(replay_find(store, "", "slow"));
	assert_non_null(replay_find(store, "", "3"));
	assert_int_equal(replay_key_count(store), 4);
	assert_int_equal(replay_kept_bytes(store), 10);
}

static void test_what_runs_stays(void **state) {
	struct replay_store *store = *state;
	struct replay *told = begin_kept(store, "told", 10);
	told->run = somebody;
	begin(store, "", "1");
	begin(store, "", "2");
	begin(store, "", "3");
	assert_null(begin(store, "", "4"));
	assert_int_equal(replay_key_count(store), 4);
	told->run = NULL;
	assert_non_null(begin(store, "", "4"));
	assert_null(replay_find(store, "", "told"));
}

static void test_bytes_are_bounded(void **state) {
	struct replay_store *store = *state;
	begin_kept(store, "1", 40);
	begin_kept(store, "2", 60);
	assert_int_equal(replay_kept_bytes(store), 100);
	begin_kept(store, "3", 1);
	assert_null(replay_find(store, "", "1"));
	assert_int_equal(replay_kept_bytes(store), 61);
	const struct replay *all = begin_kept(store, "4", 100);
	assert_int_equal(replay_key_count(store), 1);
	assert_int_equal(all->reply.status, 201);
	assert_int_equal(all->reply.header_bytes + all->reply.body_bytes, 100);
	/* Larger than all room there is: only that there was a reply, and nobody had to go. */
	const struct replay *large = begin_kept(store, "5", 101);
	assert_int_equal(large->reply.status, 0);
	assert_null(large->reply.block);
	assert_int_equal(replay_key_count(store), 2);
	assert_int_equal(replay_kept_bytes(store), 100);
	begin_kept(store, "6", 0);
	assert_int_equal(replay_key_count(store), 3);
}

static void test_no_room_beside_what_is_told(void **state) {
	struct replay_store *store = *state;
	struct replay *told = begin_kept(store, "told", 80);
	told->run = somebody;
	assert_int_equal(begin_kept(store, "1", 30)->reply.status, 0);
	assert_int_equal(begin_kept(store, "2", 20)->reply.status, 201);
	assert_int_equal(replay_kept_bytes(store), 100);
	assert_ptr_equal(replay_find(store, "", "told"), told);
}

static void test_many(void **state) {
	const struct replay_bounds bounds = {.keys = 10000, .bytes = 100000, .keep_ms = DAY_MS};
	struct replay_store *store = replay_store_create(&bounds);
	char key[16];
	(void)state;
	for (int i = 0; i < 12000; i++) {
		snprintf(key, sizeof(key), "%d", i);
		begin_kept(store, key, 2);
	}
	assert_int_equal(replay_key_count(store), 10000);
	assert_int_equal(replay_kept_bytes(store), 20000);
	assert_null(replay_find(store, "", "1999"));
	assert_non_null(replay_find(store, "", "2000"));
	assert_non_null(replay_find(store, "", "11999"));
	replay_store_destroy(store);
	replay_store_destroy(NULL);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_finds_by_caller_and_key, make, unmake),
		cmocka_unit_test_setup_teardown(test_keeps_for_a_day, make, unmake),
		cmocka_unit_test_setup_teardown(test_expires_unasked, make, unmake),
		cmocka_unit_test_setup_teardown(test_oldest_finished_goes_first, make, unmake),
		cmocka_unit_test_setup_teardown(test_what_runs_stays, make, unmake),
		cmocka_unit_test_setup_teardown(test_bytes_are_bounded, make, unmake),
		cmocka_unit_test_setup_teardown(test_no_room_beside_what_is_told, make, unmake),
		cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
