/* While nobody knows whose account it is: probes go, the rest waits. And a question with the token in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/clock.h"
#include "client_kit.h"

#define PROBE "GET /account-info/{version}/details"

static struct kit kit;

static void keep_failure(const struct hubspot_result *result, void *ctx) {
	struct told *told = ctx;
	told->count++;
	told->failure = result->failure;
	told->outcome = result->outcome;
	told->at_ms = clock_now_ms();
}

static void submit_raw(const char *object, unsigned flags, json_t *body, struct told *told) {
	*told = (struct told){.count = 0};
	assert_true(hubspot_submit(kit.client,
		&(struct hubspot_operation){
			.kind = HUBSPOT_RAW, .flags = flags, .object = object, .body = body},
		keep_failure, told, NULL));
}

static void only_probes_go_while_held(void **state) {
	struct told upsert = {.count = 0}, raw, same, probe;
	(void)state;
	kit_start(&kit, NULL);
	hubspot_hold(kit.client, true);
	kit_upsert(&kit, "ada@example.com", "Ada", &upsert);
	submit_raw("POST {objects}/contacts", 0, NULL, &raw);
	submit_raw(PROBE, 0, NULL, &same); /* the same question, by somebody else */
	submit_raw(PROBE, HUBSPOT_PROBE, NULL, &probe);
	fake_loop_run_ms(kit.loop, 1000);
	assert_int_equal(probe.count, 1);
	assert_int_equal(probe.failure, HUBSPOT_OK);
	assert_int_equal(upsert.count + raw.count + same.count, 0);
	assert_string_equal(kit.paths, "GET /account-info/2026-09/details\n");
	hubspot_hold(kit.client, false);
	kit_settle(&kit);
	assert_int_equal(upsert.count, 1);
	assert_int_equal(upsert.failure, HUBSPOT_OK);
	assert_true(upsert.is_created);
	assert_int_equal(raw.count, 1);
	assert_int_equal(same.count, 1);
	kit_stop(&kit);
}

static void what_is_held_keeps_its_deadline(void **state) {
	struct told upsert = {.count = 0}, raw;
	(void)state;
	kit_start(&kit, NULL);
	uint64_t begun_ms = clock_now_ms();
	hubspot_hold(kit.client, true);
	kit_upsert(&kit, "ada@example.com", "Ada", &upsert);
	submit_raw("POST {objects}/contacts", 0, NULL, &raw);
	fake_loop_run_ms(kit.loop, 60000);
	assert_int_equal(upsert.count, 1);
	assert_int_equal(upsert.failure, HUBSPOT_DEADLINE);
	assert_int_equal(upsert.outcome, HUBSPOT_NOT_APPLIED);
	assert_true(upsert.is_retryable);
	assert_int_equal(upsert.at_ms - begun_ms, 20000);
	assert_int_equal(raw.failure, HUBSPOT_DEADLINE);
	assert_int_equal(raw.outcome, HUBSPOT_NOT_APPLIED);
	assert_int_equal(fake_transport_calls(), 0);
	hubspot_hold(kit.client, false);
	fake_loop_run_ms(kit.loop, 1000);
	assert_int_equal(fake_transport_calls(), 0);
	kit_stop(&kit);
}

/* One call is on its way when the hold begins: it is not called back, but it is not repeated either. */
static void what_would_go_again_waits(void **state) {
	struct told upsert = {.count = 0};
	(void)state;
	kit_start(&kit, NULL);
	kit.odd_call = 1;
	kit.odd = (struct fake_reply){
		.end = CALL_ANSWERED, .status = 502, .body = "oh", .after_ms = 50};
	kit_upsert(&kit, "ada@example.com", "Ada", &upsert);
	fake_loop_run_ms(kit.loop, 20);
	assert_int_equal(fake_transport_calls(), 1);
	hubspot_hold(kit.client, true);
	fake_loop_run_ms(kit.loop, 10000);
	assert_int_equal(fake_transport_calls(), 1);
	hubspot_hold(kit.client, false);
	kit_settle(&kit);
	assert_int_equal(upsert.failure, HUBSPOT_OK);
	kit_stop(&kit);
}

static char sent[256];

static struct fake_reply note_body(const struct call *call, unsigned number, void *ctx) {
	(void)number;
	(void)ctx;
	assert_int_equal(strlen(call->body), call->body_length);
	snprintf(sent, sizeof(sent), "%s", call->body);
	return (struct fake_reply){.end = CALL_ANSWERED, .status = 200, .body = "{}"};
}

static void the_token_is_filled_in_when_it_is_sent(void **state) {
	struct told told;
	(void)state;
	kit_start(&kit, NULL);
	fake_transport_answer(note_body, NULL);
	json_t *body = json_pack("{s:s}", "tokenKey", "{token}");
	submit_raw("POST /introspect", HUBSPOT_WITH_TOKEN, body, &told);
	kit_settle(&kit);
	assert_string_equal(sent, "{\"tokenKey\":\"pat-test\"}");
	submit_raw("POST /introspect", 0, body, &told);
	kit_settle(&kit);
	assert_string_equal(sent, "{\"tokenKey\":\"{token}\"}");
	assert_string_equal(json_string_value(json_object_get(body, "tokenKey")), "{token}");
	json_decref(body);
	kit_stop(&kit);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_probes_go_while_held),
		cmocka_unit_test(what_is_held_keeps_its_deadline),
		cmocka_unit_test(what_would_go_again_waits),
		cmocka_unit_test(the_token_is_filled_in_when_it_is_sent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
