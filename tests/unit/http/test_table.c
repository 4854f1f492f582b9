#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "http/connection.h"

enum { BOUND = 10, READ_MS = 5000 };

struct world {
	struct table table;
	struct connection some[BOUND + 1];
	int keys[BOUND + 1];
};

static int make(void **state) {
	struct world *world = calloc(1, sizeof(*world));
	clock_set_ms(1000);
	table_init(&world->table, BOUND, READ_MS);
	*state = world;
	return 0;
}

static int unmake(void **state) {
	free(*state);
	return 0;
}

static void add(struct world *world, size_t i, enum http_listener listener) {
	table_add(&world->table, &world->some[i], &world->keys[i], listener);
}

static void test_counts(void **state) {
	struct world *world = *state;
	for (size_t i = 0; i < BOUND; i++) {
		assert_false(table_is_full(&world->table, HTTP_LISTEN_PUBLIC));
		assert_false(table_is_crowded(&world->table));
		add(world, i, HTTP_LISTEN_PUBLIC);
	}
	assert_true(table_is_full(&world->table, HTTP_LISTEN_PUBLIC));
	assert_true(table_is_crowded(&world->table));
	assert_int_equal(table_pending(&world->table), 0);
	table_move(&world->table, &world->some[3], CONNECTION_READING);
	table_move(&world->table, &world->some[4], CONNECTION_BUSY);
	assert_int_equal(table_pending(&world->table), 2);
	table_move(&world->table, &world->some[4], CONNECTION_IDLE);
	assert_int_equal(table_pending(&world->table), 1);
	for (size_t i = 0; i < BOUND; i++) {
		assert_ptr_equal(table_find(&world->table, &world->keys[i]), &world->some[i]);
		table_remove(&world->table, &world->some[i]);
		assert_null(table_find(&world->table, &world->keys[i]));
	}
	assert_int_equal(table_pending(&world->table), 0);
	assert_int_equal(table_count(&world->table), 0);
}

static void test_internal_ones_do_not_count(void **state) {
	struct world *world = *state;
	for (size_t i = 0; i <= BOUND; i++) {
		add(world, i, HTTP_LISTEN_INTERNAL);
		table_move(&world->table, &world->some[i], CONNECTION_BUSY);
	}
	assert_false(table_is_full(&world->table, HTTP_LISTEN_PUBLIC));
	assert_int_equal(table_pending(&world->table), 0);
	assert_int_equal(table_count(&world->table), BOUND + 1);
}

static void test_admin_ones_have_a_bound_of_their_own(void **state) {
	struct world *world = *state;
	static struct connection some[TABLE_ADMIN_MAX];
	static int keys[TABLE_ADMIN_MAX];
	for (size_t i = 0; i < TABLE_ADMIN_MAX; i++) {
		assert_false(table_is_full(&world->table, HTTP_LISTEN_ADMIN));
		table_add(&world->table, &some[i], &keys[i], HTTP_LISTEN_ADMIN);
		table_move(&world->table, &some[i], CONNECTION_READING);
	}
	assert_true(table_is_full(&world->table, HTTP_LISTEN_ADMIN));
	assert_false(table_is_full(&world->table, HTTP_LISTEN_PUBLIC));
	assert_false(table_is_full(&world->table, HTTP_LISTEN_INTERNAL));
	assert_int_equal(table_pending(&world->table), 0);
	for (size_t i = 0; i < BOUND; i++) {
		add(world, i, HTTP_LISTEN_PUBLIC);
	}
	assert_true(table_is_full(&world->table, HTTP_LISTEN_PUBLIC));
	table_remove(&world->table, &some[7]);
	assert_false(table_is_full(&world->table, HTTP_LISTEN_ADMIN));
	size_t room = 5;
	clock_set_ms(1000 + READ_MS);
	assert_true(table_must_close(&world->table, &some[3], &room)); /* it reads too long */
	table_move(&world->table, &some[3], CONNECTION_IDLE);
	clock_set_ms(1000 + 2 * READ_MS);
	assert_false(table_must_close(&world->table, &some[3], &room)); /* makes no room for others */
}

static bool must_close(struct world *world, size_t i, size_t room) {
	return table_must_close(&world->table, &world->some[i], &room);
}

static void test_idle(void **state) {
	struct world *world = *state;
	size_t room = 1;
	add(world, 0, HTTP_LISTEN_PUBLIC);
	add(world, 1, HTTP_LISTEN_PUBLIC);
	clock_set_ms(1000 + TABLE_IDLE_MIN_MS - 1);
	assert_false(must_close(world, 0, 1));
	clock_set_ms(1000 + TABLE_IDLE_MIN_MS);
	assert_false(must_close(world, 0, 0));
	assert_true(table_must_close(&world->table, &world->some[0], &room));
	assert_int_equal(room, 0);
	assert_false(table_must_close(&world->table, &world->some[1], &room));
	world->some[1].is_closing = true;
	assert_true(table_must_close(&world->table, &world->some[1], &room));
}

static void test_reading(void **state) {
	struct world *world = *state;
	for (size_t i = 0; i < 3; i++) {
		add(world, i, i == 2 ? HTTP_LISTEN_INTERNAL : HTTP_LISTEN_PUBLIC);
		table_move(&world->table, &world->some[i], CONNECTION_READING);
	}
	world->some[1].is_closing = true;
	clock_set_ms(1000 + TABLE_READ_GRACE_MS - 1);
	assert_false(must_close(world, 1, 9));
	clock_set_ms(1000 + TABLE_READ_GRACE_MS);
	assert_true(must_close(world, 1, 9));
	assert_false(must_close(world, 0, 9));
	clock_set_ms(1000 + READ_MS);
	assert_true(must_close(world, 0, 9));
	assert_false(must_close(world, 2, 9));
}

static void test_busy_ones_stay(void **state) {
	struct world *world = *state;
	add(world, 0, HTTP_LISTEN_PUBLIC);
	table_move(&world->table, &world->some[0], CONNECTION_BUSY);
	world->some[0].is_closing = true;
	clock_set_ms(1000 * 1000);
	assert_false(must_close(world, 0, 9));
}

static void test_order_of_change(void **state) {
	struct world *world = *state;
	add(world, 0, HTTP_LISTEN_PUBLIC);
	add(world, 1, HTTP_LISTEN_PUBLIC);
	table_move(&world->table, &world->some[0], CONNECTION_IDLE);
	assert_ptr_equal(
		list_first(&world->table.connections, struct connection, link), &world->some[1]);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_counts, make, unmake),
		cmocka_unit_test_setup_teardown(test_internal_ones_do_not_count, make, unmake),
		cmocka_unit_test_setup_teardown(
			test_admin_ones_have_a_bound_of_their_own, make, unmake),
		cmocka_unit_test_setup_teardown(test_idle, make, unmake),
		cmocka_unit_test_setup_teardown(test_reading, make, unmake),
		cmocka_unit_test_setup_teardown(test_busy_ones_stay, make, unmake),
		cmocka_unit_test_setup_teardown(test_order_of_change, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
