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
	assert_int_equal(bed.asked[0].flags, HUBSPOT_REPEATABLE);
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

static void test_missing_scopes(void **state) {
	(void)state;
	api_add_object(bed.api, "/contacts", "contacts");
	api_add_object(bed.api, "/cars", "2-123/x");
	api_add_object(bed.api, "/deals", "deals");
	api_set_ready(bed.api);
	api_probe(bed.api);
	finish(0, HUBSPOT_OK, ACCOUNT);
	assert_int_equal(bed.count, 4);
	assert_string_equal(bed.asked[1].object, "GET {objects}/contacts?limit=1");
	assert_string_equal(bed.asked[2].object, "GET {objects}/2-123%2Fx?limit=1");
	finish(1, HUBSPOT_OK, "{}");
	finish(2, HUBSPOT_FORBIDDEN, NULL);
	finish(3, HUBSPOT_NOT_FOUND, NULL);
	assert_int_equal(logged("scope missing object=\"cars\""), 1);
	assert_int_equal(logged("scope not known object=\"deals\""), 1);
	assert_int_equal(get("/readyz"), 200);
	const json_t *missing = json_object_get(fake_reply()->body, "missing_scopes");
	assert_int_equal(json_array_size(missing), 1);
	assert_string_equal(json_member_text(json_array_get(missing, 0), "object"), "cars");
	assert_string_equal(
		json_member_text(json_array_get(missing, 0), "message"), "HubSpot's own words");

	api_probe(bed.api); /* the scope has been given */
	finish(4, HUBSPOT_OK, ACCOUNT);
	for (size_t i = 5; i < 8; i++) {
		finish(i, HUBSPOT_OK, "{}");
	}
	get("/readyz");
	assert_null(json_object_get(fake_reply()->body, "missing_scopes"));
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
		cmocka_unit_test_setup_teardown(test_missing_scopes, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(
			test_hidden_account_still_checks_scopes, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_probe_during_a_probe, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_submit_refused, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_drain_ends_it, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_without_hubspot, bed_open, bed_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
