#include "object/contact.h"

static int wait_for_it(struct http_request *request, void *ctx) {
	(void)request;
	(void)ctx;
	return HTTP_LATER;
}

/* A request of a plugin's own route waits; it is replied to with `result`. */
static void relay(const struct object *object, const char *method, enum hubspot_kind kind,
	const struct hubspot_result *result) {
	if (fake_http_route(http, NULL, "/mine") == NULL) {
		assert_true(http_add_route(http,
			&(struct http_route){.path = "/mine", .handle = wait_for_it}, fault,
			sizeof(fault)));
	}
	assert_int_equal(fake_send(http, method, "/mine", NULL), HTTP_LATER);
	object_relay(object, kind, fake_request(), result);
	assert_null(fake_request());
}

static void test_successes(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	json_auto_t *record = json_loads(
		"{\"id\":\"7\",\"properties\":{\"content\":\"x\",\"children\":\"2\"}}", 0, NULL);
	const struct hubspot_result result = {.id = "7", .record = record, .is_created = true};
	relay(object, "POST", HUBSPOT_READ, &result);
	assert_int_equal(fake_reply()->status, 200);
	assert_json(fake_reply()->body, "{\"id\":\"7\",\"notes\":\"x\",\"children\":2}");
	relay(object, "POST", HUBSPOT_UPSERT, &result);
	assert_int_equal(fake_reply()->status, 201);
	relay(object, "POST", HUBSPOT_CREATE, &(struct hubspot_result){.record = record});
	assert_int_equal(fake_reply()->status, 201);
	assert_string_equal(reply_text("hubspot_contact_id"), "7");
	relay(object, "POST", HUBSPOT_UPDATE, &result);
	assert_int_equal(fake_reply()->status, 200);
	assert_string_equal(reply_text("action"), "updated");
	relay(object, "POST", HUBSPOT_ARCHIVE, &result);
	assert_int_equal(fake_reply()->status, 204);
	relay(object, "GET", HUBSPOT_RAW, &result);
	assert_true(json_equal(fake_reply()->body, record));
}

static void test_without_object(void **state) {
	(void)state;
	json_auto_t *record =
		json_loads("{\"id\":\"7\",\"properties\":{\"content\":\"x\"}}", 0, NULL);
	relay(NULL, "GET", HUBSPOT_READ, &(struct hubspot_result){.id = "7", .record = record});
	assert_int_equal(fake_reply()->status, 200);
	assert_true(json_equal(fake_reply()->body, record));
	relay(NULL, "DELETE", HUBSPOT_ARCHIVE, &(struct hubspot_result){.id = "7"});
	assert_int_equal(fake_reply()->status, 204);
	assert_null(fake_reply()->body);
}

static void test_successes_that_tell_nothing(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	relay(object, "POST", HUBSPOT_UPSERT,
		&(struct hubspot_result){.status = 201, .is_created = true});
	assert_refused(502, "hubspot_bad_reply");
	assert_string_equal(reply_text("outcome"), "unknown");
	relay(object, "GET", HUBSPOT_READ, &(struct hubspot_result){.status = 200});
	assert_refused(502, "hubspot_bad_reply");
	assert_null(json_object_get(fake_reply()->body, "outcome"));
}

static void test_failures(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	const struct hubspot_result conflict = {.failure = HUBSPOT_CONFLICT,
		.outcome = HUBSPOT_NOT_APPLIED,
		.status = 409,
		.existing_id = "55",
		.message = "Contact already exists. Existing ID: 55"};
	relay(object, "POST", HUBSPOT_CREATE, &conflict);
	assert_refused(409, "conflict");
	assert_string_equal(reply_text("existing_id"), "55");
	assert_string_equal(reply_text("outcome"), "not_applied");
	assert_non_null(strstr(reply_text("message"), "Existing ID: 55"));
	const struct hubspot_result lost = {
		.failure = HUBSPOT_NO_REPLY, .outcome = HUBSPOT_UNKNOWN, .retry_after_ms = 1500};
	relay(object, "POST", HUBSPOT_CREATE, &lost);
	assert_refused(504, "hubspot_no_reply");
	assert_string_equal(reply_text("outcome"), "unknown");
	assert_int_equal(fake_reply()->retry_after_ms, 1500);
	relay(object, "GET", HUBSPOT_RAW, &lost);
	assert_null(json_object_get(fake_reply()->body, "outcome"));
	relay(object, "POST", HUBSPOT_READ, &lost);
	assert_string_equal(reply_text("outcome"), "not_applied");
	relay(NULL, "POST", HUBSPOT_RAW, &lost);
	assert_string_equal(reply_text("outcome"), "unknown");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_successes),
		TEST(test_without_object),
		TEST(test_successes_that_tell_nothing),
		TEST(test_failures),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
