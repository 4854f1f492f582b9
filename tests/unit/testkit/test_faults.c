/* What a plugin does wrong is told, and is no fault of the kit's. */
#include "kit.h"

static int open_good(void **state) {
	*state = open_with(&(struct hsck_options){.file = FIXTURE("good")});
	return 0;
}

static void test_a_second_reply(void **state) {
	struct hsck *kit = *state;
	assert_reply(hsck_ask(kit, "GET", "/good/twice", NULL), 200, "code", "0");
	assert_int_equal(hsck_misuses(kit, "second_reply"), 1);
	assert_int_equal(hsck_misuses(kit, "forgotten_reply"), 0);
	assert_int_equal(hsck_misuses(kit, NULL), 1);
	assert_reply(hsck_ask(kit, "GET", "/good/last", NULL), 200, "code", "-2");
	hsck_ask(kit, "GET", "/good/twice", NULL);
	assert_int_equal(hsck_misuses(kit, "second_reply"), 2);
	assert_holds(hsck_faults(kit), "rule broken: second_reply, times: 2, ");
	assert_true(hsck_logged(kit, "plugin misuse") >= 1);
	assert_holds(hsck_log(kit), "rule=\"second_reply\"");
	assert_holds(hsck_close(kit), "rule broken: second_reply, times: 2, ");

	/* The next one begins anew. */
	kit = open_with(&(struct hsck_options){.file = FIXTURE("good")});
	assert_int_equal(hsck_misuses(kit, NULL), 0);
	assert_string_equal(hsck_faults(kit), "");
	assert_int_equal(hsck_logged(kit, "plugin misuse"), 0);
	close_clean(kit);
}

static void test_a_forgotten_reply(void **state) {
	struct hsck *kit = *state;
	struct hsck_request *request = hsck_ask(kit, "GET", "/good/never", NULL);
	assert_string_equal(hsck_faults(kit), "GET /good/never: the plugin has not replied\n");
	hsck_pass(kit, 449);
	assert_null(hsck_reply(request));
	hsck_pass(kit, 1); /* the deadline, and what the host waits for a reply that knows more */
	assert_reply(request, 504, "code", "deadline");
	assert_false(hsck_has_ended(request));
	hsck_pass(kit, 30000);
	assert_true(hsck_has_ended(request));
	assert_int_equal(hsck_misuses(kit, "forgotten_reply"), 1);
	assert_holds(hsck_close(kit), "rule broken: forgotten_reply, times: 1, ");
}

static void test_what_is_left_at_the_end(void **state) {
	struct hsck *kit = *state;
	hsck_request(kit, "GET", "/good/pass/5", NULL);
	hsck_request(kit, "GET", "/good/never", NULL);
	assert_string_equal(hsck_close(kit),
		"GET /good/pass/5: the plugin has not replied\nGET /good/never: the plugin has not "
		"replied\n"
		"operation 0 (contacts 5): it has not ended\n");
}

static void test_other_rules(void **state) {
	struct hsck *kit = *state;
	assert_reply(hsck_ask(kit, "GET", "/good/late-registration", NULL), 200, "code", "-2");
	assert_int_equal(hsck_misuses(kit, "late_registration"), 1);
	assert_reply(hsck_ask(kit, "GET", "/good/thread", NULL), 200, "code", "-2");
	assert_int_equal(hsck_misuses(kit, "wrong_thread"), 3);
	assert_int_equal(hsck_misuses(kit, NULL), 4);
	const char *faults = hsck_close(kit);
	assert_holds(faults, "rule broken: late_registration, times: 1, ");
	assert_holds(faults, "rule broken: wrong_thread, times: 3, ");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_second_reply, open_good),
		cmocka_unit_test_setup(test_a_forgotten_reply, open_good),
		cmocka_unit_test_setup(test_what_is_left_at_the_end, open_good),
		cmocka_unit_test_setup(test_other_rules, open_good),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
