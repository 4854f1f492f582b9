/* POST path/batch: admission, the order of the inputs, one answer for each. */
#include "object/contact.h"
#include "object/inside.h"

#include "base/clock.h"
#include "base/memory.h"

static const struct hubspot_operation *asked(size_t number) {
	assert_non_null(fake_operation(number));
	return &fake_operation(number)->asked;
}

static const json_t *result_at(size_t index) {
	const json_t *result =
		json_array_get(json_object_get(fake_reply()->body, "results"), index);
	assert_int_equal(json_integer_value(json_object_get(result, "index")), index);
	return result;
}

static const char *text_at(size_t index, const char *member) {
	const char *text = json_string_value(json_object_get(result_at(index), member));
	return text != NULL ? text : "";
}

static void assert_counts(const char *status, int created, int updated, int failed) {
	const json_t *counts = json_object_get(fake_reply()->body, "counts");
	assert_string_equal(reply_text("status"), status);
	assert_int_equal(json_integer_value(json_object_get(counts, "created")), created);
	assert_int_equal(json_integer_value(json_object_get(counts, "updated")), updated);
	assert_int_equal(json_integer_value(json_object_get(counts, "failed")), failed);
	assert_int_equal(json_array_size(json_object_get(fake_reply()->body, "results")),
		created + updated + failed);
}

/* `count` contacts, x0@b.c and so on. */
static char *inputs_of(size_t count) {
	size_t size = 64 + count * 32;
	char *text = must_calloc(1, size);
	size_t length = (size_t)snprintf(text, size, "{\"inputs\":[");
	for (size_t i = 0; i < count; i++) {
		length += (size_t)snprintf(text + length, size - length,
			"%s{\"email\":\"x%zu@b.c\"}", i > 0 ? "," : "", i);
	}
	snprintf(text + length, size - length, "]}");
	return text;
}

static void test_answers_in_input_order(void **state) {
	(void)state;
	open_contacts(NULL);
	assert_int_equal(
		fake_send(http, "POST", "/contacts/batch",
			"{\"inputs\":[{\"email\":\"A@b.c\"},{\"email\":\"nobody\"},"
			"{\"email\":\"b@b.c\",\"notes\":\"hi\"},7,{\"email\":\"c@b.c\"}]}"),
		HTTP_LATER);
	assert_int_equal(fake_operation_count(), 3);
	assert_string_equal(asked(0)->id, "a@b.c");
	assert_string_equal(asked(1)->id, "b@b.c");
	assert_json(asked(1)->body, "{\"email\":\"b@b.c\",\"content\":\"hi\"}");
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(asked(i)->kind, HUBSPOT_UPSERT);
		assert_int_equal(asked(i)->priority, HUBSPOT_BULK);
		assert_int_equal(asked(i)->deadline_ms, FAKE_DEADLINE_MS);
		assert_string_equal(asked(i)->label, FAKE_REQUEST_ID);
	}
	assert_true(fake_finish(2,
		&(struct hubspot_result){.failure = HUBSPOT_BUSY,
			.outcome = HUBSPOT_NOT_APPLIED,
			.is_retryable = true,
			.retry_after_ms = 3100}));
	assert_true(fake_finish(1, &(struct hubspot_result){.id = "2"}));
	assert_non_null(fake_request());
	assert_true(fake_finish(0, &(struct hubspot_result){.id = "1", .is_created = true}));
	assert_null(fake_request());
	assert_int_equal(fake_reply()->status, 207);
	assert_counts("partial", 1, 1, 3);
	assert_json(result_at(0),
		"{\"status\":\"success\",\"message\":\"Contact created successfully\","
		"\"hubspot_contact_id\":\"1\",\"id\":\"1\",\"action\":\"created\",\"index\":0}");
	assert_string_equal(text_at(1, "code"), "validation_failed");
	assert_string_equal(text_at(1, "request_id"), FAKE_REQUEST_ID);
	assert_string_equal(text_at(1, "outcome"), "not_applied");
	const json_t *error = json_array_get(json_object_get(result_at(1), "errors"), 0);
	assert_string_equal(json_string_value(json_object_get(error, "field")), "/email");
	assert_string_equal(text_at(2, "action"), "updated");
	assert_string_equal(text_at(3, "code"), "validation_failed");
	assert_string_equal(text_at(4, "code"), "busy");
	assert_true(json_is_true(json_object_get(result_at(4), "retryable")));
	assert_string_equal(
		json_string_value(json_object_get(fake_reply()->headers, "Retry-After")), "4");
}

/* What a single request with the same body is answered with, and what one in a batch: the same. */
static void test_same_answers_as_alone(void **state) {
	static const struct hubspot_result results[] = {
		{.id = "1", .is_created = true},
		{.id = "1"},
		{.id = NULL},
		{.failure = HUBSPOT_CONFLICT, .status = 409, .existing_id = "9"},
		{.failure = HUBSPOT_INVALID, .status = 400, .message = "no", .category = "X"},
		{.failure = HUBSPOT_NO_REPLY, .outcome = HUBSPOT_UNKNOWN, .is_retryable = true},
		{.failure = HUBSPOT_DEADLINE, .outcome = HUBSPOT_NOT_APPLIED},
	};
	(void)state;
	open_contacts(NULL);
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++) {
		fake_send(http, "POST", "/contacts?mode=upsert", "{\"email\":\"a@b.c\"}");
		assert_true(fake_finish(2 * i, &results[i]));
		json_auto_t *alone = json_deep_copy(fake_reply()->body);
		json_object_set_new(alone, "index", json_integer(0));
		fake_send(http, "POST", "/contacts/batch?mode=upsert",
			"{\"inputs\":[{\"email\":\"a@b.c\"}]}");
		assert_true(fake_finish(2 * i + 1, &results[i]));
		assert_true(json_equal(result_at(0), alone));
	}
}

static void test_all_went_well(void **state) {
	enum { COUNT = 1000 };
	(void)state;
	open_contacts(NULL);
	char *body = inputs_of(COUNT);
	assert_int_equal(fake_send(http, "POST", "/contacts/batch", body), HTTP_LATER);
	free(body);
	assert_int_equal(fake_operation_count(), COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		char email[32];
		snprintf(email, sizeof(email), "x%zu@b.c", i);
		assert_string_equal(asked(i)->id, email);
		assert_true(fake_finish(i, &(struct hubspot_result){.id = email}));
	}
	assert_int_equal(fake_reply()->status, 200);
	assert_counts("success", 0, COUNT, 0);
	assert_string_equal(text_at(999, "id"), "x999@b.c");
	assert_null(json_object_get(fake_reply()->headers, "Retry-After"));
	assert_null(json_object_get(fake_reply()->headers, "Preference-Applied"));
}

static void test_all_failed(void **state) {
	(void)state;
	open_contacts(NULL);
	assert_int_equal(fake_send(http, "POST", "/contacts/batch",
				 "{\"inputs\":[{},[],null,{\"email\":\"a@b.c\",\"id\":\"1\"}]}"),
		HTTP_REPLIED);
	assert_int_equal(fake_reply()->status, 207);
	assert_counts("error", 0, 0, 4);
	assert_string_equal(reply_text("outcome"), "not_applied");
	assert_int_equal(fake_operation_count(), 0);
}

static void test_modes(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_send(http, "POST", "/contacts/batch?mode=create",
		"{\"inputs\":[{\"email\":\"a@b.c\"},{\"email\":\"b@b.c\"}]}");
	assert_int_equal(asked(0)->kind, HUBSPOT_CREATE);
	assert_int_equal(asked(1)->kind, HUBSPOT_CREATE);
	assert_true(fake_finish(
		0, &(struct hubspot_result){.failure = HUBSPOT_CONFLICT, .existing_id = "9"}));
	assert_true(fake_finish(1, &(struct hubspot_result){.id = "2"}));
	assert_counts("partial", 1, 0, 1);
	assert_null(json_object_get(fake_reply()->body, "outcome"));
	assert_string_equal(text_at(0, "existing_id"), "9");
	fake_send(http, "POST", "/contacts/batch?mode=update",
		"{\"inputs\":[{\"email\":\"a@b.c\"}]}");
	assert_int_equal(asked(2)->kind, HUBSPOT_UPDATE);
	assert_true(fake_finish(2, &(struct hubspot_result){.failure = HUBSPOT_NOT_FOUND}));
	assert_counts("error", 0, 0, 1);
	static const char *const bad[] = {"/contacts/batch?mode=delete", "/contacts/batch?mode="};
	for (size_t i = 0; i < 2; i++) {
		fake_send(http, "POST", bad[i], "{\"inputs\":[{\"email\":\"a@b.c\"}]}");
		assert_refused(400, "invalid_parameter");
	}
	fake_send(http, "POST", "/contacts/batch?limit=1", "{\"inputs\":[{\"email\":\"a@b.c\"}]}");
	assert_refused(400, "unknown_parameter");
}

static void test_bad_bodies(void **state) {
	static const struct {
		const char *body, *field, *code;
	} bad[] = {
		{"{}", "/inputs", "required"},
		{"{\"inputs\":{}}", "/inputs", "type"},
		{"{\"inputs\":null}", "/inputs", "type"},
		{"{\"inputs\":[]}", "/inputs", "minItems"},
		{"{\"inputs\":[{\"email\":\"a@b.c\"}],\"input\":1}", "/input",
			"additionalProperties"},
	};
	(void)state;
	open_contacts(NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
			fake_send(http, "POST", "/contacts/batch", bad[i].body), HTTP_REPLIED);
		assert_refused(422, "validation_failed");
		assert_error(bad[i].field, bad[i].code);
	}
	char *body = inputs_of(1001);
	fake_send(http, "POST", "/contacts/batch", body);
	free(body);
	assert_refused(422, "validation_failed");
	assert_error("/inputs", "maxItems");
	fake_send(http, "POST", "/contacts/batch", "[]");
	assert_refused(422, "validation_failed");
	assert_int_equal(fake_operation_count(), 0);
}

static void test_admitted_whole_or_not_at_all(void **state) {
	(void)state;
	open_contacts(NULL);
	char *body = inputs_of(3);
	fake_hubspot_set_room(2, 10);
	assert_int_equal(fake_send(http, "POST", "/contacts/batch", body), HTTP_REPLIED);
	assert_refused(503, "busy");
	assert_true(json_is_true(json_object_get(fake_reply()->body, "retryable")));
	assert_int_equal(fake_reply()->retry_after_ms, 2500);
	fake_hubspot_set_room(2, 2);
	fake_send(http, "POST", "/contacts/batch", body);
	assert_refused(413, "batch_too_large");
	assert_true(json_is_false(json_object_get(fake_reply()->body, "retryable")));
	assert_int_equal(fake_operation_count(), 0);
	fake_hubspot_set_room(3, 3);
	assert_int_equal(fake_send(http, "POST", "/contacts/batch", body), HTTP_LATER);
	assert_int_equal(fake_operation_count(), 3);
	free(body);
	uint64_t retry_after_ms = 0;
	const struct http_route *route = fake_http_route(http, "POST", "/contacts/batch");
	assert_int_equal(route->timeout_ms, 60000);
	assert_int_equal(route->max_body_bytes, 8 * 1024 * 1024);
	assert_true(route->has_room(fake_request(), &retry_after_ms, route->ctx));
	fake_hubspot_set_room(0, 3);
	assert_false(route->has_room(fake_request(), &retry_after_ms, route->ctx));
}

static void test_client_leaves(void **state) {
	(void)state;
	open_contacts(NULL);
	char *body = inputs_of(5);
	fake_send(http, "POST", "/contacts/batch", body);
	free(body);
	assert_true(fake_finish(1, &(struct hubspot_result){.id = "1"}));
	fake_leave();
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(fake_operation(i)->is_cancelled, i != 1);
	}
	assert_true(fake_finish(3, &(struct hubspot_result){.id = "3"})); /* had been sent */
	assert_int_equal(fake_reply()->count, 0);
	assert_int_equal(fake_run_cancelled(), 3);
	assert_int_equal(fake_reply()->count, 1);
	assert_false(fake_reply()->was_sent);
	assert_counts("partial", 0, 2, 3);
	assert_null(fake_request());
}

static void test_client_that_takes_nothing(void **state) {
	(void)state;
	open_contacts(NULL);
	char *body = inputs_of(2);
	fake_hubspot_refuse(true);
	assert_int_equal(fake_send(http, "POST", "/contacts/batch", body), HTTP_REPLIED);
	free(body);
	assert_int_equal(fake_reply()->status, 207);
	assert_counts("error", 0, 0, 2);
	assert_string_equal(text_at(1, "code"), "unavailable");
}

static void test_records_in_the_reply(void **state) {
	(void)state;
	open_contacts(NULL);
	char *body = inputs_of(2);
	fake_set_header(http, "Prefer", "return=representation");
	fake_send(http, "POST", "/contacts/batch", body);
	free(body);
	assert_true(fake_finish(0, &(struct hubspot_result){.id = "1"}));
	assert_true(fake_finish(1, &(struct hubspot_result){.id = "2"}));
	json_auto_t *record =
		json_loads("{\"id\":\"2\",\"properties\":{\"email\":\"x1@b.c\"}}", 0, NULL);
	assert_true(fake_finish(3, &(struct hubspot_result){.id = "2", .record = record}));
	assert_true(fake_finish(2, &(struct hubspot_result){.failure = HUBSPOT_BUSY}));
	assert_int_equal(fake_reply()->status, 200); /* both were written */
	assert_counts("success", 0, 2, 0);
	assert_true(json_is_null(json_object_get(result_at(0), "record")));
	assert_json(json_object_get(result_at(1), "record"), "{\"id\":\"2\",\"email\":\"x1@b.c\"}");
	assert_string_equal(
		json_string_value(json_object_get(fake_reply()->headers, "Preference-Applied")),
		"return=representation");
}

/* ---- owners: nobody goes before all are ready, or the order would not be that of the body ---- */

static void send_with_owners(void) {
	open_contacts("{\"properties\":{\"hubspot_owner_id\":{\"type\":\"string\"}}}");
	assert_int_equal(
		fake_send(http, "POST", "/contacts/batch",
			"{\"inputs\":[{\"email\":\"a@b.c\",\"hubspot_owner_id\":\"one@b.c\"},"
			"{\"email\":\"a@b.c\"},{\"email\":\"c@b.c\",\"hubspot_owner_id\":\"two@b."
			"c\"}]}"),
		HTTP_LATER);
	assert_int_equal(fake_operation_count(), 2);
	assert_int_equal(asked(0)->kind, HUBSPOT_RAW);
	assert_int_equal(asked(0)->priority, HUBSPOT_BULK);
}

static void finish_owner(size_t number, const char *results) {
	json_auto_t *record = json_loads(results, 0, NULL);
	assert_non_null(record);
	assert_true(fake_finish(number, &(struct hubspot_result){.record = record}));
}

static void test_owners_first(void **state) {
	(void)state;
	send_with_owners();
	finish_owner(0, "{\"results\":[{\"id\":\"77\",\"email\":\"one@b.c\"}]}");
	assert_int_equal(fake_operation_count(), 2);
	finish_owner(1, "{\"results\":[]}");
	assert_int_equal(fake_operation_count(), 4);
	assert_json(asked(2)->body, "{\"email\":\"a@b.c\",\"hubspot_owner_id\":\"77\"}");
	assert_json(asked(3)->body, "{\"email\":\"a@b.c\"}");
	assert_true(fake_finish(2, &(struct hubspot_result){.id = "1", .is_created = true}));
	assert_true(fake_finish(3, &(struct hubspot_result){.id = "1"}));
	assert_counts("partial", 1, 1, 1);
	assert_string_equal(text_at(2, "code"), "validation_failed");
}

/* A look-up that hangs is given up long before the deadline, and the others go. */
static void test_owner_that_does_not_come(void **state) {
	(void)state;
	clock_set_ms(345);
	send_with_owners();
	assert_int_equal(asked(0)->deadline_ms, 345 + (FAKE_DEADLINE_MS - 345) / 3);
	finish_owner(0, "{\"results\":[{\"id\":\"77\",\"email\":\"one@b.c\"}]}");
	clock_set_ms(asked(1)->deadline_ms);
	assert_true(fake_finish(1, &(struct hubspot_result){.failure = HUBSPOT_DEADLINE}));
	assert_int_equal(fake_operation_count(), 4);
	assert_int_equal(asked(3)->deadline_ms, FAKE_DEADLINE_MS);
	assert_true(fake_finish(2, &(struct hubspot_result){.id = "1"}));
	assert_true(fake_finish(3, &(struct hubspot_result){.id = "1"}));
	assert_counts("partial", 0, 2, 1);
	assert_string_equal(text_at(2, "code"), "deadline");
	assert_string_equal(text_at(2, "outcome"), "not_applied");
}

/* A batch that waits for owners has its room already, though HubSpot knows nothing of it. */
static void test_room_of_those_that_wait_for_owners(void **state) {
	(void)state;
	fake_hubspot_set_room(5, 5);
	send_with_owners();
	char *body = inputs_of(3);
	assert_int_equal(fake_send(http, "POST", "/contacts/batch", body), HTTP_REPLIED);
	free(body);
	assert_refused(503, "busy");
	assert_int_equal(fake_operation_count(), 2);
	finish_owner(0, "{\"results\":[]}");
	finish_owner(1, "{\"results\":[]}");
	assert_int_equal(fake_operation_count(), 3); /* they are on their way */
	body = inputs_of(3);
	assert_int_equal(fake_send(http, "POST", "/contacts/batch", body), HTTP_LATER);
	free(body);
}

static void test_client_leaves_before_the_owners_are_known(void **state) {
	(void)state;
	send_with_owners();
	finish_owner(1, "{\"results\":[{\"id\":\"78\",\"email\":\"two@b.c\"}]}");
	fake_leave();
	finish_owner(0, "{\"results\":[{\"id\":\"77\",\"email\":\"one@b.c\"}]}");
	assert_int_equal(fake_operation_count(), 2);
	assert_int_equal(fake_reply()->count, 1);
	assert_false(fake_reply()->was_sent);
}

static int forget(void **state) {
	owners_close();
	return tear_down(state);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, forget)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_answers_in_input_order),
		TEST(test_same_answers_as_alone),
		TEST(test_all_went_well),
		TEST(test_all_failed),
		TEST(test_modes),
		TEST(test_bad_bodies),
		TEST(test_admitted_whole_or_not_at_all),
		TEST(test_client_leaves),
		TEST(test_client_that_takes_nothing),
		TEST(test_records_in_the_reply),
		TEST(test_owners_first),
		TEST(test_owner_that_does_not_come),
		TEST(test_room_of_those_that_wait_for_owners),
		TEST(test_client_leaves_before_the_owners_are_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
