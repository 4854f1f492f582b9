#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/list.h"

struct thing {
	int number;
	struct list link;
};

static void expect_numbers(struct list *head, const int *numbers, size_t count) {
	size_t at = 0;
	list_for_each(thing, head, struct thing, link) {
		assert_true(at < count);
		assert_int_equal(thing->number, numbers[at]);
		at++;
	}
	assert_int_equal(at, count);
	assert_int_equal(list_length(head), count);
	assert_int_equal(list_is_empty(head), count == 0);
}

static void test_order(void **state) {
	(void)state;
	struct list head;
	struct thing things[4] = {{.number = 1}, {.number = 2}, {.number = 3}, {.number = 4}};
	list_init(&head);
	expect_numbers(&head, NULL, 0);
	assert_null(list_first(&head, struct thing, link));
	list_append(&head, &things[1].link);
	list_append(&head, &things[3].link);
	list_insert(&head, &things[0].link);
	list_insert(&things[1].link, &things[2].link);
	expect_numbers(&head, (const int[]){1, 2, 3, 4}, 4);
	assert_ptr_equal(list_first(&head, struct thing, link), &things[0]);
	list_remove(&things[1].link);
	list_remove(&things[1].link); /* safe again */
	list_remove(&things[3].link);
	expect_numbers(&head, (const int[]){1, 3}, 2);
	list_append(&head, &things[1].link);
	expect_numbers(&head, (const int[]){1, 3, 2}, 3);
}

static void test_removing_while_visiting(void **state) {
	(void)state;
	struct list head;
	struct thing things[5];
	list_init(&head);
	for (int i = 0; i < 5; i++) {
		things[i].number = i;
		list_append(&head, &things[i].link);
	}
	list_for_each_safe(thing, after, &head, struct thing, link) {
		if (thing->number % 2 == 0) {
			list_remove(&thing->link);
			thing->number = -1;
		}
	}
	expect_numbers(&head, (const int[]){1, 3}, 2);
	list_for_each_safe(thing, after, &head, struct thing, link) {
		list_remove(&thing->link);
	}
	expect_numbers(&head, NULL, 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_removing_while_visiting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
