#include "border.h"

static struct plugin mine, other;

static void a_token_finds_its_thing_and_nothing_else_does(void **state) {
	struct tokens tokens;
	enum token_fault fault;
	int thing = 1;
	(void)state;
	tokens_init(&tokens, TOKEN_TIMER);
	const void *token = tokens_take(&tokens, &mine, &thing);
	assert_non_null(token);
	assert_ptr_not_equal(token, &thing);
	assert_ptr_equal(tokens_find(&tokens, &mine, token, &fault), &thing);
	assert_int_equal(fault, TOKEN_GOOD);
	assert_null(tokens_find(&tokens, &other, token, &fault));
	assert_int_equal(fault, TOKEN_STALE);
	assert_null(tokens_find(&tokens, &mine, &thing, &fault)); /* an address */
	assert_null(tokens_find(&tokens, &mine, NULL, &fault));
	assert_null(tokens_find(&tokens, &mine, (const void *)UINTPTR_MAX, &fault));
	tokens_finish(&tokens);
}

static void an_ended_token_stays_stale_when_its_slot_is_used_again(void **state) {
	struct tokens tokens;
	enum token_fault fault;
	int things[1000];
	(void)state;
	tokens_init(&tokens, TOKEN_REQUEST);
	const void *first = tokens_take(&tokens, &mine, &things[0]);
	tokens_give(&tokens, first, true);
	assert_null(tokens_find(&tokens, &mine, first, &fault));
	assert_int_equal(fault, TOKEN_REPLIED);
	for (int i = 0; i < 1000; i++) {
		const void *token = tokens_take(&tokens, &mine, &things[i]);
		assert_ptr_not_equal(token, first);
		assert_null(tokens_find(&tokens, &mine, first, &fault));
		if (i < 500) {
			tokens_give(&tokens, token, false);
			tokens_give(&tokens, token, false); /* the second time is nothing */
		}
	}
	assert_true(tokens.count < 1024 + 1);
	tokens_finish(&tokens);
}

static void tables_of_two_kinds_do_not_mix(void **state) {
	struct tokens timers, requests;
	enum token_fault fault;
	int thing;
	(void)state;
	tokens_init(&timers, TOKEN_TIMER);
	tokens_init(&requests, TOKEN_REQUEST);
	const void *timer = tokens_take(&timers, &mine, &thing);
	assert_non_null(tokens_take(&requests, &mine, &thing));
	assert_null(tokens_find(&requests, &mine, timer, &fault));
	assert_ptr_equal(tokens_any(&timers, &mine), &thing);
	assert_null(tokens_any(&timers, &other));
	tokens_finish(&timers);
	tokens_finish(&requests);
}

static void paths(void **state) {
	static const struct {
		const char *path;
		const char *shape; /* NULL: refused */
	} CASES[] = {
		{"/contacts", "/contacts"},
		{"/contacts/{id}", "/contacts/{}"},
		{"/a/{b}/c/{d...}", "/a/{}/c/{...}"},
		{"/a.b-c_d~e", "/a.b-c_d~e"},
		{"", NULL},
		{"/", NULL},
		{"contacts", NULL},
		{"/contacts/", NULL},
		{"//contacts", NULL},
		{"/{}", NULL},
		{"/{a", NULL},
		{"/{a}b", NULL},
		{"/{a..}", NULL},
		{"/{a...}x", NULL},
		{"/{a...}/b", NULL},
		{"/a{b}", NULL},
		{"/a b", NULL},
		{"/a?b", NULL},
		{"/a%20b", NULL},
		{"/a\nb", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		char shape[64] = "";
		const char *fault = path_fault(CASES[i].path, shape);
		if (CASES[i].shape == NULL) {
			assert_non_null(fault);
		} else {
			assert_null(fault);
			assert_string_equal(shape, CASES[i].shape);
		}
	}
	assert_true(path_is_reserved("/v1"));
	assert_true(path_is_reserved("/v1/contacts"));
	assert_true(path_is_reserved("/docs/x"));
	assert_false(path_is_reserved("/v10"));
	assert_false(path_is_reserved("/documents"));
	assert_false(path_is_reserved("/contacts/v1"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_finds_its_thing_and_nothing_else_does),
		cmocka_unit_test(an_ended_token_stays_stale_when_its_slot_is_used_again),
		cmocka_unit_test(tables_of_two_kinds_do_not_mix),
		cmocka_unit_test(paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
