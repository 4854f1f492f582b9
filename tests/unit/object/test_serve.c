#include "object/contact.h"

static const struct hubspot_operation *asked(size_t number) {
	assert_non_null(fake_operation(number));
	return &fake_operation(number)->asked;
}

static void finish_with(const struct hubspot_result *result) {
	assert_true(fake_finish(fake_operation_count() - 1, result));
	assert_null(fake_request());
}

static void open_keyless(void) {
	static const char schema[] = "{\"properties\":{\"subject\":{\"type\":\"string\"},\"tag\":{"
				     "\"type\":\"string\"}}}";
	assert_non_null(open_with(&(const struct hsc_object)HSC_OBJECT(.offers = HSC_OBJECT_ALL,
					  .path = "/line-items", .name = "line-item",
					  .hubspot = "line_items", .schema = schema),
		NULL));
}

/* ---- POST ---- */

static void test_upsert(void **state) {
	(void)state;
	open_contacts(NULL);
	assert_int_equal(fake_send(http, "POST", "/contacts",
				 "{\"email\":\"John.Doe@Example.com\",\"notes\":\"hi\"}"),
		HTTP_LATER);
	assert_int_equal(asked(0)->kind, HUBSPOT_UPSERT);
	assert_string_equal(asked(0)->object, "contacts");
	assert_string_equal(asked(0)->id, "john.doe@example.com");
	assert_string_equal(asked(0)->id_property, "email");
	assert_int_equal(asked(0)->deadline_ms, FAKE_DEADLINE_MS);
	assert_string_equal(asked(0)->label, FAKE_REQUEST_ID);
	assert_json(asked(0)->body, "{\"email\":\"john.doe@example.com\",\"content\":\"hi\"}");
	finish_with(&(struct hubspot_result){.id = "123", .is_created = true});
	assert_int_equal(fake_reply()->status, 201);
	char *text = json_dumps(fake_reply()->body, JSON_COMPACT);
	assert_string_equal(text,
		"{\"status\":\"success\",\"message\":\"Contact created "
		"successfully\",\"hubspot_contact_id\":\"123\","
		"\"id\":\"123\",\"action\":\"created\"}");
	free(text);
}

static void test_upsert_that_updates(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_send(http, "POST", "/contacts?mode=upsert", "{\"email\":\"a@b.c\"}");
	finish_with(&(struct hubspot_result){.id = "123"});
	assert_int_equal(fake_reply()->status, 200);
	assert_json(fake_reply()->body,
		"{\"status\":\"success\",\"message\":\"Contact updated successfully\","
		"\"hubspot_contact_id\":\"123\",\"id\":\"123\",\"action\":\"updated\"}");
}

static void test_modes(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_send(http, "POST", "/contacts?mode=create", "{\"email\":\"A@b.c\"}");
	assert_int_equal(asked(0)->kind, HUBSPOT_CREATE);
	assert_string_equal(asked(0)->id, "a@b.c");
	assert_string_equal(asked(0)->id_property, "email");
	finish_with(&(struct hubspot_result){.id = "1"});
	assert_int_equal(fake_reply()->status, 201);
	fake_send(http, "POST", "/contacts?mode=update", "{\"email\":\"A@b.c\"}");
	assert_int_equal(asked(1)->kind, HUBSPOT_UPDATE);
	assert_string_equal(asked(1)->id, "a@b.c");
	assert_string_equal(asked(1)->id_property, "email");
	finish_with(&(struct hubspot_result){.id = "1"});
	assert_int_equal(fake_reply()->status, 200);
	static const char *const bad[] = {
		"/contacts?mode=delete", "/contacts?mode=", "/contacts?mode=Create"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
			fake_send(http, "POST", bad[i], "{\"email\":\"a@b.c\"}"), HTTP_REPLIED);
		assert_refused(400, "invalid_parameter");
	}
	fake_send(http, "POST", "/contacts?mod=create", "{\"email\":\"a@b.c\"}");
	assert_refused(400, "unknown_parameter");
	fake_send(http, "POST", "/contacts?mode=create&mode=update", "{\"email\":\"a@b.c\"}");
	assert_refused(400, "duplicate_parameter");
	assert_int_equal(fake_operation_count(), 2);
}

static void test_object_without_key(void **state) {
	(void)state;
	open_keyless();
	fake_send(http, "POST", "/line-items", "{\"subject\":\"x\"}");
	assert_int_equal(asked(0)->kind, HUBSPOT_CREATE);
	assert_null(asked(0)->id);
	assert_null(asked(0)->id_property);
	finish_with(&(struct hubspot_result){.id = "9"});
	assert_int_equal(fake_reply()->status, 201);
	assert_string_equal(reply_text("message"), "Line item created successfully");
	assert_string_equal(reply_text("hubspot_line_item_id"), "9");
	fake_send(http, "POST", "/line-items?mode=create", "{\"subject\":\"x\"}");
	assert_int_equal(asked(1)->kind, HUBSPOT_CREATE);
	finish_with(&(struct hubspot_result){.id = "9"});
	fake_send(http, "POST", "/line-items?mode=update", "{\"subject\":\"x\"}");
	assert_refused(400, "invalid_parameter");
}

/* The operator names a key that the schema does not require. */
static void test_key_missing(void **state) {
	(void)state;
	open_contacts("{\"key\":\"nr\",\"properties\":{\"nr\":{\"type\":\"integer\",\"x-hubspot-"
		      "property\":\"customer_nr\"}}}");
	static const char *const bodies[] = {
		"{\"email\":\"a@b.c\"}", "{\"email\":\"a@b.c\",\"nr\":null}"};
	for (size_t i = 0; i < 2; i++) {
		fake_send(http, "POST", "/contacts", bodies[i]);
		assert_refused(422, "validation_failed");
		assert_error("/nr", "required");
		fake_send(http, "POST", "/contacts?mode=update", bodies[i]);
		assert_refused(422, "validation_failed");
	}
	fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\",\"nr\":17}");
	assert_string_equal(asked(0)->id, "17");
	assert_string_equal(asked(0)->id_property, "customer_nr");
	finish_with(&(struct hubspot_result){.id = "1"});
	fake_send(http, "POST", "/contacts?mode=create", "{\"email\":\"A@b.c\"}");
	assert_int_equal(asked(1)->kind, HUBSPOT_CREATE);
	assert_null(asked(1)->id);
	assert_json(asked(1)->body, "{\"email\":\"A@b.c\"}");
	finish_with(&(struct hubspot_result){.id = "1"});
}

static void test_bad_bodies(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_send(http, "POST", "/contacts",
		"{\"email\":\"nobody\",\"children\":\"two\",\"fristname\":\"x\",\"id\":\"1\","
		"\"tier\":\"lead\"}");
	assert_refused(422, "validation_failed");
	assert_error("/email", "format");
	assert_error("/children", "type");
	assert_error("/fristname", "additionalProperties");
	assert_error("/id", "readOnly");
	assert_error("/tier", "enum");
	assert_non_null(strstr(reply_text("message"), "objects.contacts.properties"));
	assert_string_equal(reply_text("outcome"), "not_applied");
	fake_send(http, "POST", "/contacts", "{\"firstname\":\"x\"}");
	assert_error("/email", "required");
	assert_null(strstr(reply_text("message"), "objects."));
	fake_send(http, "POST", "/contacts", "{\"email\":null}");
	assert_error("/email", "type");
	fake_send(http, "POST", "/contacts", "[]");
	assert_refused(422, "validation_failed");
	fake_send(http, "POST", "/contacts", NULL);
	assert_refused(400, "invalid_json");
	fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\",\"hobbies\":[\"a;b\"]}");
	assert_error("/hobbies/0", "pattern");
	assert_int_equal(fake_operation_count(), 0);
}

static void test_null_clears(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_send(http, "POST", "/contacts",
		"{\"email\":\"a@b.c\",\"firstname\":null,\"children\":null,\"income\":null,"
		"\"hobbies\":null,\"birthday\":null,\"tier\":null}");
	assert_json(asked(0)->body,
		"{\"email\":\"a@b.c\",\"firstname\":\"\",\"children\":\"\",\"income\":\"\","
		"\"hobbies\":\"\",\"birthday\":\"\",\"tier\":\"\"}");
	finish_with(&(struct hubspot_result){.id = "1"});
	fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\",\"birthday\":\"soon\"}");
	assert_error("/birthday", "format");
}

static void test_unknown_pass(void **state) {
	(void)state;
	open_contacts("{\"unknown\":\"pass\"}");
	fake_send(http, "POST", "/contacts",
		"{\"email\":\"a@b.c\",\"shoe_size\":42.5,\"is_tall\":true,\"tags\":[\"a\",\"b\"]}");
	assert_json(asked(0)->body,
		"{\"email\":\"a@b.c\",\"shoe_size\":\"42.5\",\"is_tall\":\"true\",\"tags\":\"a;"
		"b\"}");
	finish_with(&(struct hubspot_result){.id = "1"});
	fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\",\"deep\":{},\"mixed\":[1]}");
	assert_refused(422, "validation_failed");
	assert_error("/deep", "type");
	assert_error("/mixed/0", "type");
	fake_send(http, "POST", "/contacts",
		"{\"email\":\"a@b.c\",\"content\":\"x\",\"createdate\":\"x\",\"hs_object_id\":"
		"\"1\"}");
	assert_error("/content", "additionalProperties");
	assert_error("/createdate", "additionalProperties");
	assert_error("/hs_object_id", "additionalProperties");
	const json_t *error = json_array_get(json_object_get(fake_reply()->body, "errors"), 0);
	assert_string_equal(
		json_string_value(json_object_get(error, "message")), "is called \"notes\" here");
	assert_int_equal(fake_operation_count(), 1);
}

static void test_declared_property(void **state) {
	(void)state;
	open_contacts("{\"properties\":{\"shoe_size\":{\"type\":\"number\",\"maximum\":60}}}");
	fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\",\"shoe_size\":42.5}");
	assert_json(asked(0)->body, "{\"email\":\"a@b.c\",\"shoe_size\":\"42.5\"}");
	finish_with(&(struct hubspot_result){.id = "1"});
	fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\",\"shoe_size\":61}");
	assert_error("/shoe_size", "maximum");
}

/* ---- one record ---- */

static void test_read(void **state) {
	(void)state;
	open_contacts("{\"properties\":{\"shoe_size\":{\"type\":\"number\"}}}");
	assert_int_equal(fake_send(http, "GET", "/contacts/123", NULL), HTTP_LATER);
	assert_int_equal(asked(0)->kind, HUBSPOT_READ);
	assert_string_equal(asked(0)->id, "123");
	assert_null(asked(0)->id_property);
	assert_null(asked(0)->body);
	assert_string_equal(asked(0)->properties[0], "createdate");
	assert_string_equal(asked(0)->properties[3], "content");
	json_auto_t *record = json_loads(
		"{\"id\":\"123\",\"properties\":{\"email\":\"a@b.c\",\"shoe_size\":\"42.5\"}}", 0,
		NULL);
	finish_with(&(struct hubspot_result){.id = "123", .record = record});
	assert_int_equal(fake_reply()->status, 200);
	assert_json(fake_reply()->body, "{\"id\":\"123\",\"email\":\"a@b.c\",\"shoe_size\":42.5}");
}

static void test_by_another_property(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_send(http, "GET", "/contacts/John%40B.C?id_property=email", NULL);
	assert_string_equal(asked(0)->id, "john@b.c");
	assert_string_equal(asked(0)->id_property, "email");
	finish_with(&(struct hubspot_result){.failure = HUBSPOT_NOT_FOUND, .status = 404});
	assert_refused(404, "not_found");
	assert_null(json_object_get(fake_reply()->body, "outcome"));
	fake_send(
		http, "PATCH", "/contacts/Some%20Note?id_property=notes", "{\"firstname\":\"x\"}");
	assert_int_equal(asked(1)->kind, HUBSPOT_UPDATE);
	assert_string_equal(asked(1)->id, "Some Note");
	assert_string_equal(asked(1)->id_property, "content");
	finish_with(&(struct hubspot_result){.id = "5"});
	assert_int_equal(fake_reply()->status, 200);
	fake_send(http, "GET", "/contacts/77?id_property=id", NULL);
	assert_string_equal(asked(2)->id, "77");
	assert_null(asked(2)->id_property);
	finish_with(&(struct hubspot_result){.failure = HUBSPOT_NOT_FOUND});
	static const char *const bad[] = {
		"/contacts/1?id_property=", "/contacts/1?id_property=content"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		fake_send(http, "GET", bad[i], NULL);
		assert_refused(400, "invalid_parameter");
	}
	fake_send(http, "GET", "/contacts/1?idProperty=email", NULL);
	assert_refused(400, "unknown_parameter");
	assert_int_equal(fake_operation_count(), 3);
}

static void test_odd_ids(void **state) {
	(void)state;
	open_contacts(NULL);
	static const char *const odd[] = {"/contacts/abc", "/contacts/12x", "/contacts/-1",
		"/contacts/123456789012345678901", "/contacts/1%202", "/contacts/1.0",
		"/contacts/0123", "/contacts/a@b.c", "/contacts/x?id_property=id"};
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		fake_send(http, "GET", odd[i], NULL);
		assert_refused(404, "not_found");
		fake_send(http, "PATCH", odd[i], "{\"firstname\":\"x\"}");
		assert_refused(404, "not_found");
	}
	fake_send(http, "DELETE", "/contacts/abc", NULL);
	assert_refused(404, "not_found");
	assert_int_equal(fake_operation_count(), 0);
	fake_send(http, "GET", "/contacts/12345678901234567890", NULL);
	assert_int_equal(fake_operation_count(), 1);
}

static void test_patch(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_send(http, "PATCH", "/contacts/12", "{\"firstname\":null,\"income\":0.1}");
	assert_int_equal(asked(0)->kind, HUBSPOT_UPDATE);
	assert_string_equal(asked(0)->id, "12");
	assert_json(asked(0)->body, "{\"firstname\":\"\",\"income\":\"0.1\"}");
	finish_with(&(struct hubspot_result){.id = "12"});
	assert_int_equal(fake_reply()->status, 200);
	assert_string_equal(reply_text("action"), "updated");
	fake_send(http, "PATCH", "/contacts/12", "{}");
	assert_refused(422, "validation_failed");
	assert_non_null(strstr(reply_text("message"), "nothing to update"));
	assert_int_equal(json_array_size(json_object_get(fake_reply()->body, "errors")), 1);
	const json_t *error = json_array_get(json_object_get(fake_reply()->body, "errors"), 0);
	assert_string_equal(json_string_value(json_object_get(error, "field")), "");
	assert_string_equal(json_string_value(json_object_get(error, "code")), "minProperties");
	assert_non_null(json_object_get(error, "message"));
	fake_send(http, "PATCH", "/contacts/12", "{\"created_at\":\"x\"}");
	assert_error("/created_at", "readOnly");
	fake_send(http, "PATCH", "/contacts/12?mode=create", "{\"firstname\":\"x\"}");
	assert_refused(400, "unknown_parameter");
	assert_int_equal(fake_operation_count(), 1);
}

static void test_delete(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_send(http, "DELETE", "/contacts/12", NULL);
	assert_int_equal(asked(0)->kind, HUBSPOT_ARCHIVE);
	assert_string_equal(asked(0)->id, "12");
	finish_with(&(struct hubspot_result){.id = "12"});
	assert_int_equal(fake_reply()->status, 204);
	assert_null(fake_reply()->body);
	fake_send(http, "DELETE", "/contacts/a@b.c?id_property=email", NULL);
	assert_refused(400, "invalid_parameter");
	assert_non_null(strstr(reply_text("message"), "id only"));
	assert_int_equal(fake_operation_count(), 1);
}

/* ---- ends ---- */

static void test_gone_before_done(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\"}");
	assert_false(fake_operation(0)->is_cancelled);
	fake_leave();
	assert_true(fake_operation(0)->is_cancelled);
	assert_int_equal(fake_reply()->count, 0);
	assert_int_equal(fake_run_cancelled(), 1);
	assert_int_equal(fake_reply()->count, 1);
	assert_false(fake_reply()->was_sent);
	assert_null(fake_request());
	assert_refused(503, "cancelled");
}

/* The result was on its way when the client left: the reply is inert, and comes once. */
static void test_gone_and_done_in_one_turn(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_send(http, "GET", "/contacts/1", NULL);
	fake_leave();
	json_auto_t *record = json_loads("{\"id\":\"1\",\"properties\":{}}", 0, NULL);
	assert_true(fake_finish(0, &(struct hubspot_result){.id = "1", .record = record}));
	assert_int_equal(fake_run_cancelled(), 0);
	assert_int_equal(fake_reply()->count, 1);
	assert_false(fake_reply()->was_sent);
}

static void test_client_that_takes_nothing(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_hubspot_refuse(true);
	assert_int_equal(
		fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\"}"), HTTP_REPLIED);
	assert_refused(503, "unavailable");
	assert_true(json_is_true(json_object_get(fake_reply()->body, "retryable")));
	assert_string_equal(reply_text("outcome"), "not_applied");
	assert_int_equal(fake_send(http, "GET", "/contacts/1", NULL), HTTP_REPLIED);
	assert_refused(503, "unavailable");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_upsert),
		TEST(test_upsert_that_updates),
		TEST(test_modes),
		TEST(test_object_without_key),
		TEST(test_key_missing),
		TEST(test_bad_bodies),
		TEST(test_null_clears),
		TEST(test_unknown_pass),
		TEST(test_declared_property),
		TEST(test_read),
		TEST(test_by_another_property),
		TEST(test_odd_ids),
		TEST(test_patch),
		TEST(test_delete),
		TEST(test_gone_before_done),
		TEST(test_gone_and_done_in_one_turn),
		TEST(test_client_that_takes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
