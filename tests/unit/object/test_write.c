/* One record's write, from what a caller sent to its answer: what comes after the write itself. */
#include "object/contact.h"
#include "object/write.h"

static const struct hubspot_operation *asked(size_t number) {
	assert_non_null(fake_operation(number));
	return &fake_operation(number)->asked;
}

static const struct hubspot_result created = {.id = "123", .is_created = true};

static json_t *contact_of_hubspot(void) {
	json_t *record = json_loads("{\"id\":\"123\",\"properties\":{\"email\":\"a@b.c\","
				    "\"content\":\"hi\",\"children\":\"2\"}}",
		0, NULL);
	assert_non_null(record);
	return record;
}

static const char *reply_header(const char *name) {
	return json_string_value(json_object_get(fake_reply()->headers, name));
}

static const char *first_warning(void) {
	const json_t *warnings = json_object_get(fake_reply()->body, "warnings");
	const char *code = json_string_value(json_object_get(json_array_get(warnings, 0), "code"));
	return code != NULL ? code : "";
}

static void post_preferring(const char *preference) {
	fake_set_header(http, "Prefer", preference);
	assert_int_equal(fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\"}"), HTTP_LATER);
}

/* ---- Prefer: return=representation ---- */

static void test_record_in_the_reply(void **state) {
	(void)state;
	open_contacts(NULL);
	post_preferring("return=representation");
	assert_true(fake_finish(0, &created));
	assert_non_null(fake_request());
	assert_int_equal(asked(1)->kind, HUBSPOT_READ);
	assert_string_equal(asked(1)->id, "123");
	assert_null(asked(1)->id_property);
	assert_string_equal(asked(1)->properties[0], "createdate");
	assert_int_equal(asked(1)->deadline_ms, FAKE_DEADLINE_MS);
	assert_string_equal(asked(1)->label, FAKE_REQUEST_ID);
	assert_int_equal(asked(1)->priority, HUBSPOT_INTERACTIVE);
	json_auto_t *record = contact_of_hubspot();
	assert_true(fake_finish(1, &(struct hubspot_result){.id = "123", .record = record}));
	assert_int_equal(fake_reply()->status, 201);
	assert_json(fake_reply()->body,
		"{\"status\":\"success\",\"message\":\"Contact created successfully\","
		"\"hubspot_contact_id\":\"123\",\"id\":\"123\",\"action\":\"created\",\"record\":"
		"{\"id\":\"123\",\"email\":\"a@b.c\",\"notes\":\"hi\",\"children\":2}}");
	assert_string_equal(reply_header("Preference-Applied"), "return=representation");
}

static void test_record_after_a_patch(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_set_header(http, "Prefer", "return=representation");
	fake_send(http, "PATCH", "/contacts/A%40B.c?id_property=email", "{\"notes\":\"hi\"}");
	assert_int_equal(asked(0)->kind, HUBSPOT_UPDATE);
	assert_string_equal(asked(0)->id, "a@b.c");
	assert_true(fake_finish(0, &(struct hubspot_result){.id = "123"}));
	assert_string_equal(asked(1)->id, "123");
	json_auto_t *record = contact_of_hubspot();
	assert_true(fake_finish(1, &(struct hubspot_result){.id = "123", .record = record}));
	assert_int_equal(fake_reply()->status, 200);
	assert_string_equal(reply_text("action"), "updated");
	assert_non_null(json_object_get(fake_reply()->body, "record"));
	assert_string_equal(reply_header("Preference-Applied"), "return=representation");
}

/* The record was written, whatever became of the reading. */
static void test_record_that_cannot_be_read(void **state) {
	static const enum hubspot_failure failures[] = {
		HUBSPOT_DEADLINE, HUBSPOT_BUSY, HUBSPOT_NOT_FOUND, HUBSPOT_UNREACHABLE};
	(void)state;
	open_contacts(NULL);
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		post_preferring("return=representation");
		assert_true(fake_finish(2 * i, &created));
		assert_true(
			fake_finish(2 * i + 1, &(struct hubspot_result){.failure = failures[i]}));
		assert_int_equal(fake_reply()->status, 201);
		assert_string_equal(reply_text("status"), "success");
		assert_string_equal(reply_text("id"), "123");
		assert_true(json_is_null(json_object_get(fake_reply()->body, "record")));
		assert_string_equal(first_warning(), "record_not_read");
		assert_null(reply_header("Preference-Applied"));
	}
	post_preferring("return=representation");
	fake_hubspot_refuse(true);
	assert_true(fake_finish(8, &created));
	assert_int_equal(fake_reply()->status, 201);
	assert_true(json_is_null(json_object_get(fake_reply()->body, "record")));
	assert_string_equal(first_warning(), "record_not_read");
}

static void test_write_that_failed(void **state) {
	(void)state;
	open_contacts(NULL);
	post_preferring("return=representation");
	assert_true(fake_finish(0,
		&(struct hubspot_result){.failure = HUBSPOT_BUSY,
			.outcome = HUBSPOT_NOT_APPLIED,
			.is_retryable = true,
			.retry_after_ms = 1500}));
	assert_int_equal(fake_operation_count(), 1);
	assert_refused(503, "busy");
	assert_string_equal(reply_text("request_id"), FAKE_REQUEST_ID);
	assert_string_equal(reply_text("outcome"), "not_applied");
	assert_string_equal(reply_header("Retry-After"), "2");
	assert_null(reply_header("Preference-Applied"));
}

static void test_preferences(void **state) {
	static const struct {
		const char *header;
		bool wants_record;
	} forms[] = {
		{"return=representation", true},
		{"Return = \"Representation\"", true},
		{"respond-async, return=representation", true},
		{"wait=10;foo=\"a,return=minimal\", return=representation; x=1", true},
		{"foo=\"a\\\"b,\",return=representation", true},
		{"return=representation,return=minimal", true},
		{"return=minimal", false},
		{"return=minimal, return=representation", false},
		{"return=representations", false},
		{"return=\"representation", false},
		{"returns=representation", false},
		{"return", false},
		{"return=", false},
		{"foo=\"return=representation\"", false},
		{"foo=\"x, return=representation", false},
		{",,", false},
		{"", false},
	};
	(void)state;
	open_contacts(NULL);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t before = fake_operation_count();
		post_preferring(forms[i].header);
		assert_true(fake_finish(before, &created));
		if ((fake_operation_count() == before + 2) != forms[i].wants_record) {
			fail_msg("Prefer: %s", forms[i].header);
		}
		if (forms[i].wants_record) {
			assert_true(fake_finish(before + 1,
				&(struct hubspot_result){.failure = HUBSPOT_NOT_FOUND}));
		}
		assert_null(fake_request());
	}
}

static void test_left_before_it_was_read(void **state) {
	(void)state;
	open_contacts(NULL);
	post_preferring("return=representation");
	assert_true(fake_finish(0, &created));
	fake_leave();
	assert_true(fake_operation(1)->is_cancelled);
	assert_int_equal(fake_run_cancelled(), 1);
	assert_int_equal(fake_reply()->count, 1);
	assert_false(fake_reply()->was_sent);
}

/* The write was done when its caller left: nothing more is asked of HubSpot. */
static void test_left_before_it_was_written(void **state) {
	(void)state;
	open_contacts(NULL);
	post_preferring("return=representation");
	fake_leave();
	assert_true(fake_finish(0, &created));
	assert_int_equal(fake_operation_count(), 1);
	assert_int_equal(fake_reply()->count, 1);
	assert_false(fake_reply()->was_sent);
}

/* ---- an owner by e-mail ---- */

static void open_with_owner(void) {
	open_contacts("{\"properties\":{\"hubspot_owner_id\":{\"type\":\"string\"}}}");
}

static void finish_owner(size_t number, const char *results) {
	json_auto_t *record = json_loads(results, 0, NULL);
	assert_non_null(record);
	assert_int_equal(asked(number)->kind, HUBSPOT_RAW);
	assert_true(fake_finish(number, &(struct hubspot_result){.record = record}));
}

static void test_owner_is_looked_up_first(void **state) {
	(void)state;
	open_with_owner();
	assert_int_equal(fake_send(http, "PATCH", "/contacts/5",
				 "{\"hubspot_owner_id\":\"first@example.com\"}"),
		HTTP_LATER);
	finish_owner(0, "{\"results\":[{\"id\":\"77\",\"email\":\"first@example.com\"}]}");
	assert_int_equal(asked(1)->kind, HUBSPOT_UPDATE);
	assert_string_equal(asked(1)->id, "5");
	assert_json(asked(1)->body, "{\"hubspot_owner_id\":\"77\"}");
	assert_true(fake_finish(1, &(struct hubspot_result){.id = "5"}));
	assert_int_equal(fake_reply()->status, 200);
}

static void test_owner_who_is_nobody(void **state) {
	(void)state;
	open_with_owner();
	fake_send(http, "POST", "/contacts",
		"{\"email\":\"a@b.c\",\"hubspot_owner_id\":\"nobody@example.com\"}");
	finish_owner(0, "{\"results\":[]}");
	assert_int_equal(fake_operation_count(), 1);
	assert_refused(422, "validation_failed");
	assert_int_equal(json_array_size(json_object_get(fake_reply()->body, "errors")), 1);
	fake_send(http, "POST", "/contacts",
		"{\"email\":\"a@b.c\",\"hubspot_owner_id\":\"away@example.com\"}");
	assert_true(fake_finish(1,
		&(struct hubspot_result){.failure = HUBSPOT_NO_REPLY, .outcome = HUBSPOT_UNKNOWN}));
	assert_int_equal(fake_operation_count(), 2);
	assert_refused(504, "hubspot_no_reply");
	assert_string_equal(reply_text("outcome"), "not_applied");
}

static void test_left_while_the_owner_is_looked_up(void **state) {
	(void)state;
	open_with_owner();
	fake_send(http, "POST", "/contacts",
		"{\"email\":\"a@b.c\",\"hubspot_owner_id\":\"second@example.com\"}");
	fake_leave();
	finish_owner(0, "{\"results\":[{\"id\":\"78\",\"email\":\"second@example.com\"}]}");
	assert_int_equal(fake_operation_count(), 1);
	assert_int_equal(fake_reply()->count, 1);
	assert_false(fake_reply()->was_sent);
}

/* ---- one of a batch: it waits to be told to go ---- */

static struct answer last;
static unsigned told_count, ready_count;

static void told(const struct answer *answer, void *ctx) {
	(void)ctx;
	told_count++;
	json_decref(last.body);
	last = *answer;
	json_incref(last.body);
}

static void ready(void *ctx) {
	(void)ctx;
	ready_count++;
}

static struct write *start_waiting(struct object *object, const char *body) {
	json_auto_t *parsed = json_loads(body, 0, NULL);
	struct answer refused = {.status = 0};
	told_count = ready_count = 0;
	struct write *write = write_start(object,
		&(struct write_wanted){.body = parsed,
			.wants_record = true,
			.behalf = {.priority = HUBSPOT_BULK,
				.deadline_ms = 99,
				.label = "batch",
				.is_bulk = true},
			.ready = ready},
		told, NULL, &refused);
	assert_int_equal(refused.status, 0);
	assert_non_null(write);
	return write;
}

static void test_one_that_waits(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	struct answer refused;
	struct write *write = start_waiting(object, "{\"email\":\"A@b.c\"}");
	assert_true(write_is_ready(write));
	assert_int_equal(fake_operation_count(), 0);
	assert_true(write_go(write, &refused));
	assert_int_equal(asked(0)->priority, HUBSPOT_BULK);
	assert_int_equal(asked(0)->deadline_ms, 99);
	assert_string_equal(asked(0)->id, "a@b.c");
	assert_true(fake_finish(0, &created));
	assert_int_equal(asked(1)->priority, HUBSPOT_BULK);
	assert_int_equal(told_count, 0);
	assert_true(fake_finish(1, &(struct hubspot_result){.failure = HUBSPOT_NOT_FOUND}));
	assert_int_equal(told_count, 1);
	assert_int_equal(ready_count, 0);
	assert_int_equal(last.status, 201);
}

static void test_one_that_is_cancelled_while_it_waits(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	struct answer refused;
	struct write *write = start_waiting(object, "{\"email\":\"a@b.c\"}");
	write_cancel(write);
	assert_false(write_go(write, &refused));
	assert_int_equal(refused.status, 503);
	json_decref(refused.body);
	write = start_waiting(object, "{\"email\":\"a@b.c\"}");
	fake_hubspot_refuse(true);
	assert_false(write_go(write, &refused));
	assert_int_equal(refused.status, 503);
	assert_string_equal(
		json_string_value(json_object_get(refused.body, "code")), "unavailable");
	json_decref(refused.body);
	assert_int_equal(told_count, 0);
	assert_int_equal(fake_operation_count(), 0);
}

static int forget(void **state) {
	json_decref(last.body);
	last = (struct answer){.status = 0};
	owners_close();
	return tear_down(state);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, forget)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_record_in_the_reply),
		TEST(test_record_after_a_patch),
		TEST(test_record_that_cannot_be_read),
		TEST(test_write_that_failed),
		TEST(test_preferences),
		TEST(test_left_before_it_was_read),
		TEST(test_left_before_it_was_written),
		TEST(test_owner_is_looked_up_first),
		TEST(test_owner_who_is_nobody),
		TEST(test_left_while_the_owner_is_looked_up),
		TEST(test_one_that_waits),
		TEST(test_one_that_is_cancelled_while_it_waits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
