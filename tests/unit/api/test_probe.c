#include "bed.h"

#include "base/json.h"

static const char *account_member(const char *name) {
	get("/readyz");
	return json_member_text(json_object_get(fake_reply()->body, "account"), name);
}

static void test_account_is_told(void **state) {
	(void)state;
	api_probe(bed.api);
	assert_int_equal(bed.count, 1);
	assert_string_equal(bed.asked[0].object, DETAILS);
	assert_int_equal(bed.asked[0].flags, HUBSPOT_REPEATABLE | HUBSPOT_PROBE);
	assert_false(bed.is_held); /* any account will do */
	finish(0, HUBSPOT_OK, ACCOUNT);
	assert_int_equal(logged("account id=\"44237313\" type=\"STANDARD\" region=\"eu1\""), 1);
	assert_string_equal(account_member("id"), "44237313");
	assert_string_equal(account_member("type"), "STANDARD");
	assert_string_equal(account_member("region"), "eu1");
	assert_null(account_member("currency"));
	fake_loop_run_ms(bed.loop, 600000);
	assert_int_equal(bed.count, 1);
}

static void test_asks_again_with_backoff(void **state) {
	(void)state;
	static const unsigned WAITS_MS[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
	api_probe(bed.api);
	for (size_t i = 0; i < sizeof(WAITS_MS) / sizeof(WAITS_MS[0]); i++) {
		assert_int_equal(bed.count, i + 1);
		finish(i, i % 2 == 0 ? HUBSPOT_UNREACHABLE : HUBSPOT_SERVER_ERROR, NULL);
		fake_loop_run_ms(bed.loop, WAITS_MS[i] - 1);
		assert_int_equal(bed.count, i + 1);
		fake_loop_run_ms(bed.loop, 1);
	}
	assert_int_equal(logged("account not known yet"), 1);
	finish(bed.count - 1, HUBSPOT_OK, ACCOUNT);
	assert_string_equal(account_member("id"), "44237313");
}

static void test_reply_without_id_is_no_account(void **state) {
	(void)state;
	static const char *const REPLIES[] = {"{}", "[]", "{\"portalId\":true}",
		"{\"portalId\":\"\"}",
		"{\"portalId\":\"1234567890123456789012345678901234567890\"}", NULL};
	api_probe(bed.api);
	for (size_t i = 0; i < sizeof(REPLIES) / sizeof(REPLIES[0]); i++) {
		finish(i, HUBSPOT_OK, REPLIES[i]);
		fake_loop_run_ms(bed.loop, 60000);
		assert_int_equal(bed.count, i + 2);
	}
	assert_null(account_member("id"));
}

static void test_refused_token_is_told_once(void **state) {
	(void)state;
	api_probe(bed.api);
	finish(0, HUBSPOT_UNAUTHORIZED, NULL);
	assert_int_equal(logged("error token refused"), 1);
	assert_int_equal(logged("token=\"THE_TOKEN\""), 1);
	fake_loop_run_ms(bed.loop, 1000);
	finish(1, HUBSPOT_UNAUTHORIZED, NULL);
	assert_int_equal(logged("token refused"), 1);
	api_probe(bed.api); /* a new token: news again */
	finish(2, HUBSPOT_UNAUTHORIZED, NULL);
	assert_int_equal(logged("token refused"), 2);
}

static void test_foreign_account(void **state) {
	(void)state;
	bed_reopen("5", true);
	api_add_object(bed.api, "/contacts", "contacts");
	api_set_ready(bed.api);
	api_probe(bed.api);
	finish(0, HUBSPOT_OK, ACCOUNT);
	assert_int_equal(bed.foreign, 1);
	assert_int_equal(bed.count, 1); /* its objects are not our business */
	assert_int_equal(logged("error wrong account"), 1);
	assert_int_equal(logged("expected=\"5\" found=\"44237313\""), 1);
	assert_int_equal(get("/readyz"), 503);
	assert_string_equal(json_member_text(fake_reply()->body, "status"), "wrong_account");
	bed_reopen("44237313", true);
	api_probe(bed.api);
	finish(0, HUBSPOT_OK, ACCOUNT);
	assert_int_equal(bed.foreign, 0);
	assert_int_equal(logged("wrong account"), 0);
}

static void test_hidden_account_still_checks_scopes(void **state) {
	(void)state;
	api_add_object(bed.api, "/contacts", "contacts");
	api_probe(bed.api);
	finish(0, HUBSPOT_FORBIDDEN, NULL);
	assert_int_equal(logged("warn  account hidden"), 1);
	assert_int_equal(bed.count, 2);
	fake_loop_run_ms(bed.loop, 600000);
	assert_int_equal(bed.count, 2);
}

/* ---- where an account is expected ---- */

static void test_held_until_confirmed(void **state) {
	(void)state;
	bed_reopen("44237313", true);
	assert_true(bed.is_held); /* before anything was asked */
	api_add_object(bed.api, "/contacts", "contacts");
	assert_int_equal(get("/readyz"), 503);
	assert_string_equal(json_member_text(fake_reply()->body, "status"), "starting");
	api_set_ready(bed.api);
	assert_int_equal(get("/readyz"), 503);
	assert_string_equal(json_member_text(fake_reply()->body, "status"), "account_unconfirmed");
	api_probe(bed.api);
	assert_true(bed.is_held);
	finish(0, HUBSPOT_OK, ACCOUNT);
	assert_false(bed.is_held);
	assert_int_equal(get("/readyz"), 200);
	assert_string_equal(account_member("id"), "44237313");
	api_probe(bed.api); /* the same token: its account is known */
	assert_false(bed.is_held);
}

static void test_what_does_not_tell_is_asked_again(void **state) {
	static const enum hubspot_failure FAILURES[] = {HUBSPOT_FORBIDDEN, HUBSPOT_SERVER_ERROR,
		HUBSPOT_UNAUTHORIZED, HUBSPOT_OK, HUBSPOT_UNREACHABLE, HUBSPOT_FORBIDDEN};
	static const unsigned WAITS_MS[] = {1000, 2000, 4000, 5000, 5000, 5000};
	(void)state;
	bed_reopen("44237313", true);
	api_add_object(bed.api, "/contacts", "contacts");
	api_set_ready(bed.api);
	api_probe(bed.api);
	for (size_t i = 0; i < sizeof(FAILURES) / sizeof(FAILURES[0]); i++) {
		assert_string_equal(bed.asked[i].object, DETAILS);
		finish(i, FAILURES[i], FAILURES[i] == HUBSPOT_OK ? "{}" : NULL);
		assert_true(bed.is_held);
		assert_int_equal(get("/readyz"), 503);
		fake_loop_run_ms(bed.loop, WAITS_MS[i] - 1);
		assert_int_equal(bed.count, i + 1);
		fake_loop_run_ms(bed.loop, 1);
		assert_int_equal(bed.count, i + 2);
	}
	assert_int_equal(logged("error account hidden"), 2);
	assert_int_equal(logged("nothing is sent: HUBSPOT_ACCOUNT_ID is set"), 2);
	finish(bed.count - 1, HUBSPOT_OK, ACCOUNT);
	assert_false(bed.is_held);
}

static void test_new_token_is_held(void **state) {
	(void)state;
	bed_reopen("44237313", true);
	api_set_ready(bed.api);
	api_probe(bed.api);
	finish(0, HUBSPOT_OK, ACCOUNT);
	api_token_changed(bed.api);
	api_probe(bed.api); /* as SIGHUP does, in the same turn */
	assert_true(bed.is_held);
	assert_int_equal(bed.count, 2);
	assert_int_equal(get("/readyz"), 503);
	assert_null(json_object_get(fake_reply()->body, "account"));
	finish(1, HUBSPOT_OK, "{\"portalId\":1}");
	assert_true(bed.is_held);
	assert_int_equal(bed.foreign, 1);
}

/* What is on its way was asked with the old token, and confirms nothing; not even in the same ms.
 */
static void test_answer_for_the_old_token(void **state) {
	(void)state;
	bed_reopen("44237313", true);
	api_probe(bed.api);
	api_token_changed(bed.api);
	api_probe(bed.api);
	assert_int_equal(bed.count, 1);
	finish(0, HUBSPOT_OK, ACCOUNT);
	assert_true(bed.is_held);
	assert_int_equal(bed.count, 2);
	finish(1, HUBSPOT_OK, "{\"portalId\":1}");
	assert_true(bed.is_held);
	assert_int_equal(bed.foreign, 1);
}

static void test_probe_during_a_probe(void **state) {
	(void)state;
	api_probe(bed.api);
	api_probe(bed.api); /* in the same turn: the one that is asked will do */
	fake_loop_run_ms(bed.loop, 5);
	api_probe(bed.api);
	api_probe(bed.api);
	assert_int_equal(bed.count, 1);
	finish(0, HUBSPOT_UNAUTHORIZED, NULL); /* of the old token */
	assert_int_equal(bed.count, 2);
	assert_int_equal(logged("token refused"), 0);
	finish(1, HUBSPOT_OK, ACCOUNT);
	assert_int_equal(bed.count, 2);
	assert_string_equal(account_member("id"), "44237313");
}

static void test_submit_refused(void **state) {
	(void)state;
	bed.is_refusing = true;
	api_probe(bed.api);
	assert_int_equal(bed.count, 0);
	bed.is_refusing = false;
	fake_loop_run_ms(bed.loop, 1000);
	assert_int_equal(bed.count, 1);
}

/* Nobody asks HubSpot anything, so the host does, until it has answered. */
static void test_hubspot_that_was_away_is_asked(void **state) {
	(void)state;
	api_probe(bed.api);
	finish(0, HUBSPOT_OK, ACCOUNT);
	size_t asked = bed.count;
	bed.state.is_up = true;
	fake_loop_run_ms(bed.loop, 60000);
	assert_int_equal(bed.count, asked);
	bed.state.is_up = false;
	bed.state.waiting = 1; /* somebody does */
	fake_loop_run_ms(bed.loop, 60000);
	assert_int_equal(bed.count, asked);
	bed.state.waiting = 0;
	fake_loop_run_ms(bed.loop, 5000);
	assert_int_equal(bed.count, asked + 1);
	bed.state.is_up = true;
	finish(asked, HUBSPOT_OK, ACCOUNT);
	fake_loop_run_ms(bed.loop, 60000);
	assert_int_equal(bed.count, asked + 1);
}

static void test_drain_ends_it(void **state) {
	(void)state;
	api_add_object(bed.api, "/contacts", "contacts");
	api_probe(bed.api);
	api_drain(bed.api);
	assert_true(bed.asked[0].is_cancelled);
	finish(0, HUBSPOT_CANCELLED, NULL);
	api_probe(bed.api);
	fake_loop_run_ms(bed.loop, 600000);
	assert_int_equal(bed.count, 1);

	bed_reopen(NULL, true);
	api_add_object(bed.api, "/contacts", "contacts");
	api_probe(bed.api);
	finish(0, HUBSPOT_OK, ACCOUNT);
	api_drain(bed.api);
	assert_true(bed.asked[1].is_cancelled);

	bed_reopen(NULL, true);
	api_probe(bed.api);
	finish(0, HUBSPOT_UNREACHABLE, NULL);
	api_drain(bed.api); /* the timer stops too */
	fake_loop_run_ms(bed.loop, 600000);
	assert_int_equal(bed.count, 1);
	api_drain(NULL);
	api_destroy(NULL);
}

static void test_without_hubspot(void **state) {
	(void)state;
	bed_reopen(NULL, false);
	api_probe(bed.api);
	fake_loop_run_ms(bed.loop, 600000);
	assert_int_equal(bed.count, 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_account_is_told, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_asks_again_with_backoff, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(
			test_reply_without_id_is_no_account, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(
			test_refused_token_is_told_once, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_foreign_account, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(
			test_hidden_account_still_checks_scopes, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_held_until_confirmed, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(
			test_what_does_not_tell_is_asked_again, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_new_token_is_held, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_answer_for_the_old_token, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_probe_during_a_probe, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_submit_refused, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(
			test_hubspot_that_was_away_is_asked, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_drain_ends_it, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_without_hubspot, bed_open, bed_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
