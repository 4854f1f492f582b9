/* The queue against a plain sorted array: whatever enters and leaves, the order and the counts are
 * right, and it stays shallow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>

#include "hubspot/queue.h"

enum { NODES = 2000 };

static struct queue queue;
static struct queue_node nodes[NODES];
static struct queue_node *sorted[NODES];
static size_t count;
static uint64_t state;

static uint32_t roll(uint32_t under) {
	state = state * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(state >> 33) % under;
}

static bool is_before(const struct queue_node *node, const struct queue_node *other) {
	return node->turn != other->turn ? node->turn < other->turn : node->age < other->age;
}

static void enter(struct queue_node *node) {
	size_t at = count++;
	queue_enter(&queue, node);
	for (; at > 0 && is_before(node, sorted[at - 1]); at--) {
		sorted[at] = sorted[at - 1];
	}
	sorted[at] = node;
}

static void leave(size_t at) {
	queue_leave(&queue, sorted[at]);
	for (count--; at < count; at++) {
		sorted[at] = sorted[at + 1];
	}
}

static void compare(void) {
	const struct queue_node *node = queue.first;
	assert_int_equal(queue_count(&queue), count);
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal(node, sorted[i]);
		node = queue_next(node);
	}
	assert_null(node);
	assert_ptr_equal(queue.last, count > 0 ? sorted[count - 1] : NULL);
}

static size_t count_until(uint64_t turn) {
	size_t until = 0;
	while (until < count && sorted[until]->turn <= turn) {
		until++;
	}
	return until;
}

static size_t depth_of(const struct queue_node *node) {
	size_t left = node != NULL && node->left != NULL ? depth_of(node->left) : 0;
	size_t right = node != NULL && node->right != NULL ? depth_of(node->right) : 0;
	return node == NULL ? 0 : 1 + (left > right ? left : right);
}

static int start(void **cmocka_state) {
	(void)cmocka_state;
	queue = (struct queue){0};
	count = 0;
	state = 7;
	return 0;
}

static void nothing_is_nothing(void **cmocka_state) {
	(void)cmocka_state;
	assert_int_equal(queue_count(&queue), 0);
	assert_int_equal(queue_count_until(&queue, UINT64_MAX), 0);
	compare();
}

static void what_comes_and_goes_stays_in_order(void **cmocka_state) {
	size_t next = 0;
	(void)cmocka_state;
	for (unsigned step = 0; step < 6 * NODES; step++) {
		bool enters = count == 0 || (next < NODES && roll(100) < 60);
		if (enters && next < NODES) {
			nodes[next] = (struct queue_node){.turn = roll(50), .age = next};
			enter(&nodes[next++]);
		} else if (count > 0) {
			leave(roll(2) == 0 ? 0 : roll((uint32_t)count));
		}
		if (step % 64 == 0) {
			compare();
		}
		uint64_t turn = roll(52);
		assert_int_equal(queue_count_until(&queue, turn), count_until(turn));
	}
	compare();
	while (count > 0) {
		leave(roll((uint32_t)count));
	}
	compare();
}

/* As rows really come: each later than all before it, or earlier; of ages far apart. */
static void it_stays_shallow_whatever_the_order(void **cmocka_state) {
	static const struct {
		int64_t turns, ages;
	} STEPS[] = {{1, 1}, {-1, 1}, {0, 1}, {1, 987}, {1, 2584}, {-1, 65536}, {1, -1}};
	(void)cmocka_state;
	for (size_t i = 0; i < sizeof(STEPS) / sizeof(STEPS[0]); i++) {
		queue = (struct queue){0};
		for (size_t j = 0; j < NODES; j++) {
			int64_t at = (int64_t)j;
			nodes[j] = (struct queue_node){
				.turn = (uint64_t)(INT64_C(1000000) + at * STEPS[i].turns),
				.age = (uint64_t)(INT64_C(1000000) + at * STEPS[i].ages)};
			queue_enter(&queue, &nodes[j]);
		}
		assert_int_equal(queue_count(&queue), NODES);
		assert_true(depth_of(queue.root) < 40);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, start)
		TEST(nothing_is_nothing),
		TEST(what_comes_and_goes_stays_in_order),
		TEST(it_stays_shallow_whatever_the_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
