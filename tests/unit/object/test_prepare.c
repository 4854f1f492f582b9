/* What an object's owner does with a record before it is written. */
#include "object/links_kit.h"

#include "base/log.h"

/* What prepare was called with last, and what it is to do. */
static struct {
	unsigned calls;
	json_t *record; /* as it came */
	bool is_part;
	void (*act)(json_t *record, json_t *errors);
	char log[4096];
} seen;

static void prepare(json_t *record, json_t *errors, bool is_part, void *ctx) {
	assert_ptr_equal(ctx, &seen);
	assert_int_equal(json_array_size(errors), 0);
	seen.calls++;
	json_decref(seen.record);
	seen.record = json_deep_copy(record);
	seen.is_part = is_part;
	if (seen.act != NULL) {
		seen.act(record, errors);
	}
}

static void keep_line(const char *line, void *ctx) {
	(void)ctx;
	snprintf(seen.log, sizeof(seen.log), "%s", line);
}

static int open_prepared(void **state) {
	set_up(state);
	plugin = (struct object_owner){.name = "test", .prepare = prepare, .ctx = &seen};
	contacts = open_contacts(
		"{\"properties\":{\"stage\":{\"oneOf\":[{\"const\":\"lead\",\"title\":\"A "
		"lead\"},{\"const\":\"won\",\"title\":\"Is won\"}]}}}");
	assert_non_null(open_with(&company, NULL));
	assert_non_null(open_with(&ticket, NULL));
	log_redirect(keep_line, NULL);
	return 0;
}

static int forget(void **state) {
	log_redirect(NULL, NULL);
	json_decref(seen.record);
	memset(&seen, 0, sizeof(seen));
	return tear_down(state);
}

static void end_all(void) {
	for (size_t i = 0; i < fake_operation_count(); i++) {
		(void)fake_finish(i, &(struct hubspot_result){.id = "7"});
	}
	assert_null(fake_request());
}

/* ---- it changes the record ---- */

static void change(json_t *record, json_t *errors) {
	(void)errors;
	json_object_set_new(record, "email", json_string("New@B.c"));
	json_object_set_new(record, "notes", json_string("far more than the schema allows"));
	json_object_set_new(record, "children", json_integer(3));
	json_object_set_new(record, "created_at", json_string("read only"));
	json_object_set_new(record, "other", json_true());
	json_object_del(record, "firstname");
	json_array_append_new(json_object_get(record, "hobbies"), json_string("go"));
}

static void test_what_it_leaves_is_written(void **state) {
	static const char body[] =
		"{\"email\":\"a@b.c\",\"firstname\":\"A\",\"hobbies\":[\"chess\"],"
		"\"associations\":{\"companies\":[{\"id\":\"8\"}]}}";
	(void)state;
	seen.act = change;
	assert_int_equal(fake_send(http, "POST", "/contacts", body), HTTP_LATER);
	assert_json(
		seen.record, "{\"email\":\"a@b.c\",\"firstname\":\"A\",\"hobbies\":[\"chess\"]}");
	assert_false(seen.is_part);
	assert_json(asked(0)->body,
		"{\"email\":\"new@b.c\",\"content\":\"far more than the schema allows\","
		"\"children\":\"3\",\"other\":\"true\",\"hobbies\":\"chess;go\"}");
	assert_string_equal(asked(0)->id, "new@b.c");
	assert_json(http_body(fake_request()), body); /* is others' too */
	assert_true(fake_finish(0, &(struct hubspot_result){.id = "7"}));
	assert_link(1, "7", "companies", "8");
	assert_true(fake_finish(1, &(struct hubspot_result){.failure = HUBSPOT_OK}));
	assert_int_equal(fake_reply()->status, 200);
	assert_int_equal(seen.calls, 1);
}

static void test_part_of_a_record(void **state) {
	(void)state;
	seen.act = change;
	fake_send(http, "PATCH", "/contacts/7", "{\"firstname\":\"A\"}");
	assert_json(seen.record, "{\"firstname\":\"A\"}");
	assert_true(seen.is_part);
	assert_int_equal(asked(0)->kind, HUBSPOT_UPDATE);
	assert_string_equal(asked(0)->id, "7");
	assert_string_equal(json_string_value(json_object_get(asked(0)->body, "email")), "New@B.c");
	end_all();
	fake_send(http, "PATCH", "/contacts/7",
		"{\"associations\":{\"companies\":[{\"id\":\"8\"}]}}");
	assert_int_equal(asked(1)->kind, HUBSPOT_READ);
	end_all();
	fake_send(http, "PATCH", "/contacts/7", "{}");
	assert_refused(422, "validation_failed");
	assert_int_equal(seen.calls, 1);
}

/* An option by its value, however it was called; else as it was written. */
static void test_what_it_is_shown(void **state) {
	(void)state;
	fake_send(http, "POST", "/contacts",
		"{\"email\":\"A@b.c\",\"stage\":\"a LEAD\",\"notes\":\"\",\"income\":"
		"\"0.1000000000000000055\",\"birthday\":\"2000-01-02\"}");
	assert_json(seen.record,
		"{\"email\":\"A@b.c\",\"stage\":\"lead\",\"notes\":null,\"income\":"
		"\"0.1000000000000000055\",\"birthday\":\"2000-01-02\"}");
	assert_json(asked(0)->body,
		"{\"email\":\"a@b.c\",\"stage\":\"lead\",\"content\":\"\",\"income\":"
		"\"0.1000000000000000055\",\"birthday\":\"2000-01-02\"}");
	end_all();
}

static void test_only_what_met_the_schema(void **state) {
	(void)state;
	fake_send(http, "POST", "/contacts", "{\"email\":\"nobody\"}");
	assert_refused(422, "validation_failed");
	fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\",\"hobbies\":[\"a;b\"]}");
	assert_refused(422, "validation_failed");
	fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\",\"associations\":[]}");
	assert_refused(422, "validation_failed");
	assert_int_equal(json_array_size(json_object_get(fake_reply()->body, "errors")), 1);
	fake_send(http, "POST", "/contacts",
		"{\"email\":\"a@b.c\",\"associations\":{\"companies\":[{\"id\":\"x\"}]}}");
	assert_refused(422, "validation_failed");
	assert_int_equal(seen.calls, 0);
	assert_int_equal(fake_operation_count(), 0);
}

static void fill_in_the_key(json_t *record, json_t *errors) {
	(void)errors;
	json_object_set_new(record, "domain", json_string("https://WWW.b.c/"));
}

static void test_key_that_it_adds(void **state) {
	(void)state;
	seen.act = fill_in_the_key;
	assert_int_equal(fake_send(http, "POST", "/companies", "{\"name\":\"B\"}"), HTTP_LATER);
	assert_int_equal(asked(0)->kind, HUBSPOT_UPSERT);
	assert_string_equal(asked(0)->id, "b.c");
	end_all();
	seen.act = NULL;
	fake_send(http, "POST", "/companies", "{\"name\":\"B\"}");
	assert_refused(422, "validation_failed");
	assert_error("/domain", "required");
}

/* ---- it refuses the record ---- */

static void refuse_it(json_t *record, json_t *errors) {
	json_object_set_new(record, "firstname", json_string("changed, too"));
	json_array_append_new(errors,
		json_pack("{s:s, s:s, s:s, s:i}", "field", "/birthday", "code", "too_late",
			"message", "must be in the past", "more", 1));
	json_array_append_new(errors, json_string("what is this"));
	json_array_append_new(errors, json_pack("{s:n, s:s}", "field", "code", "odd"));
}

static void test_what_it_finds_wrong(void **state) {
	static const char errors[] =
		"[{\"field\":\"/birthday\",\"code\":\"too_late\",\"message\":\"must be in the "
		"past\"},{\"field\":\"\",\"code\":\"invalid\",\"message\":\"is refused\"},"
		"{\"field\":\"\",\"code\":\"odd\",\"message\":\"is refused\"}]";
	(void)state;
	seen.act = refuse_it;
	fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\"}");
	assert_refused(422, "validation_failed");
	assert_string_equal(reply_text("outcome"), "not_applied");
	assert_json(json_object_get(fake_reply()->body, "errors"), errors);
	fake_send(http, "PATCH", "/contacts/7", "{\"firstname\":\"A\"}");
	assert_refused(422, "validation_failed");
	assert_json(json_object_get(fake_reply()->body, "errors"), errors);
	assert_int_equal(fake_operation_count(), 0);
	assert_string_equal(seen.log, "");
}

static void refuse_often(json_t *record, json_t *errors) {
	(void)record;
	for (int i = 0; i < 10000; i++) {
		json_array_append_new(errors, json_object());
	}
}

static void test_too_much_that_is_wrong(void **state) {
	(void)state;
	seen.act = refuse_often;
	fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\"}");
	assert_refused(422, "validation_failed");
	size_t told = json_array_size(json_object_get(fake_reply()->body, "errors"));
	assert_in_range(told, 1, 100);
}

static void refuse_b(json_t *record, json_t *errors) {
	const char *name = json_string_value(json_object_get(record, "firstname"));
	if (str_is_equal(name, "B")) {
		refuse_it(record, errors);
	} else if (str_is_equal(name, "C")) {
		json_object_clear(record);
	}
}

static const char *result_text(size_t index, const char *name) {
	const json_t *results = json_object_get(fake_reply()->body, "results");
	const char *text = json_string_value(json_object_get(json_array_get(results, index), name));
	return text != NULL ? text : "";
}

static void test_alone_in_its_batch(void **state) {
	(void)state;
	seen.act = refuse_b;
	fake_send(http, "POST", "/contacts/batch",
		"{\"inputs\":[{\"email\":\"a@b.c\",\"firstname\":\"A\"},"
		"{\"email\":\"b@b.c\",\"firstname\":\"B\"},{\"email\":\"c@b.c\",\"firstname\":"
		"\"C\"},"
		"{\"email\":\"nobody\"},{\"email\":\"d@b.c\"}]}");
	assert_int_equal(seen.calls, 4);
	assert_int_equal(fake_operation_count(), 2);
	assert_string_equal(asked(0)->id, "a@b.c");
	assert_string_equal(asked(1)->id, "d@b.c");
	end_all();
	assert_int_equal(fake_reply()->status, 207);
	assert_string_equal(result_text(0, "status"), "success");
	assert_string_equal(result_text(1, "code"), "validation_failed");
	assert_string_equal(result_text(2, "code"), "plugin_failed");
	assert_string_equal(result_text(3, "code"), "validation_failed");
	assert_string_equal(result_text(4, "status"), "success");
	const json_t *second = json_array_get(json_object_get(fake_reply()->body, "results"), 1);
	assert_string_equal(json_string_value(json_object_get(
				    json_array_get(json_object_get(second, "errors"), 0), "field")),
		"/birthday");
}

/* ---- it breaks the record ---- */

static void take_all(json_t *record, json_t *errors) {
	(void)errors;
	json_object_clear(record);
}

static void take_the_key(json_t *record, json_t *errors) {
	(void)errors;
	json_object_del(record, "email");
}

static void empty_the_key(json_t *record, json_t *errors) {
	(void)errors;
	json_object_set_new(record, "email", json_null());
}

static void assert_broken(const char *method, const char *target, const char *why) {
	seen.log[0] = '\0';
	fake_send(http, method, target, "{\"email\":\"a@b.c\",\"firstname\":\"A\"}");
	assert_refused(500, "plugin_failed");
	assert_string_equal(reply_text("outcome"), "not_applied");
	assert_non_null(strstr(seen.log, "plugin failed"));
	assert_non_null(strstr(seen.log, why));
	assert_non_null(strstr(seen.log, "test"));
	assert_non_null(strstr(seen.log, FAKE_REQUEST_ID));
}

static void test_broken(void **state) {
	(void)state;
	seen.act = take_all;
	assert_broken("POST", "/contacts", "left nothing");
	assert_broken("PATCH", "/contacts/7", "left nothing");
	seen.act = take_the_key;
	assert_broken("POST", "/contacts", "key");
	assert_broken("POST", "/contacts?mode=create", "key");
	seen.act = empty_the_key;
	assert_broken("POST", "/contacts?mode=update", "key");
	assert_int_equal(fake_operation_count(), 0);
	assert_int_equal(fake_send(http, "PATCH", "/contacts/7", "{\"email\":\"a@b.c\"}"),
		HTTP_LATER); /* a part may lack it, and may clear it */
	assert_json(asked(0)->body, "{\"email\":\"\"}");
	end_all();
}

/* A whole record may be empty where nothing identifies it. */
static void test_nothing_is_no_loss(void **state) {
	(void)state;
	fake_send(http, "POST", "/tickets", "{}");
	assert_int_equal(asked(0)->kind, HUBSPOT_CREATE);
	assert_int_equal(seen.calls, 1);
	end_all();
}

/* A link's record has no more than its key. */
static void test_not_for_a_record_that_a_link_creates(void **state) {
	(void)state;
	fake_send(http, "POST", "/contacts",
		"{\"email\":\"a@b.c\",\"associations\":{\"companies\":[{\"domain\":\"b.c\","
		"\"create\":true}]}}");
	assert_true(fake_finish(0, &(struct hubspot_result){.id = "7"}));
	assert_json(asked(1)->body, "{\"domain\":\"b.c\"}");
	assert_int_equal(seen.calls, 1);
	assert_true(fake_finish(1, &(struct hubspot_result){.id = "8"}));
	end_all();
}

#undef TEST
#define TEST(function) cmocka_unit_test_setup_teardown(function, open_prepared, forget)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_what_it_leaves_is_written),
		TEST(test_part_of_a_record),
		TEST(test_what_it_is_shown),
		TEST(test_only_what_met_the_schema),
		TEST(test_key_that_it_adds),
		TEST(test_what_it_finds_wrong),
		TEST(test_too_much_that_is_wrong),
		TEST(test_alone_in_its_batch),
		TEST(test_broken),
		TEST(test_nothing_is_no_loss),
		TEST(test_not_for_a_record_that_a_link_creates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
