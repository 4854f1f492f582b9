/* Operations that link the record they write. */
#include "things.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static json_t *body, *associations;

static int set_up(void **state) {
	body = json_object();
	associations = json_loads("{\"boxes\":[\"12\",\"13\"],\"p1_cars\":[\"14\"]}", 0, NULL);
	return border_set_up(state);
}

static int tear_down(void **state) {
	json_decref(body);
	json_decref(associations);
	return border_tear_down(state);
}

static struct hsc_operation upsert(void) {
	return (struct hsc_operation)HSC_OPERATION(.kind = HSC_UPSERT, .object = "things",
		.id = "a", .id_property = "code", .body = body, .associations = associations);
}

/* HubSpot has written the record 9. */
static void finish_write(size_t number) {
	assert_true(fake_finish(number,
		&(struct hubspot_result){.failure = HUBSPOT_OK,
			.outcome = HUBSPOT_APPLIED,
			.status = 201,
			.is_created = true,
			.attempts = 2,
			.id = "9"}));
}

static void finish_link(size_t number, enum hubspot_failure failure) {
	assert_true(fake_finish(number,
		&(struct hubspot_result){.failure = failure,
			.outcome = failure == HUBSPOT_OK ? HUBSPOT_APPLIED : HUBSPOT_NOT_APPLIED}));
}

static const char *member(size_t index, const char *name) {
	return json_string_value(
		json_object_get(json_array_get(things.last.associations, index), name));
}

static void expect_link(size_t index, const char *object, const char *id, const char *status) {
	assert_string_equal(member(index, "object"), object);
	assert_string_equal(member(index, "id"), id);
	assert_string_equal(member(index, "status"), status);
}

/* ---- links ---- */

static void each_link_is_made_once_the_record_is_there(void **state) {
	things_open(state);
	struct hsc_operation operation = upsert();
	operation.timeout_ms = 900;
	operation.flags = HSC_BULK;
	assert_int_equal(things_submit(&operation), 0);
	json_object_clear(associations); /* the host has its own */
	assert_int_equal(fake_operation_count(), 1);
	finish_write(0);
	assert_int_equal(things.done_count, 0);
	assert_int_equal(fake_operation_count(), 4);
	static const char *const TYPES[] = {"", "2-88", "2-88", "p1_cars"};
	static const char *const IDS[] = {"", "12", "13", "14"};
	for (size_t i = 1; i <= 3; i++) {
		assert_int_equal(asked(i)->kind, HUBSPOT_LINK);
		assert_string_equal(asked(i)->object, "2-77");
		assert_string_equal(asked(i)->id, "9");
		assert_string_equal(asked(i)->to_object, TYPES[i]);
		assert_string_equal(asked(i)->to_id, IDS[i]);
		assert_int_equal(asked(i)->priority, HUBSPOT_BULK);
		assert_int_equal(asked(i)->deadline_ms, asked(0)->deadline_ms);
		assert_string_equal(asked(i)->caller.name, "plugin:probe");
	}
	finish_link(3, HUBSPOT_OK);
	finish_link(1, HUBSPOT_OK);
	assert_int_equal(things.done_count, 0);
	finish_link(2, HUBSPOT_OK);
	assert_int_equal(things.done_count, 1);
	assert_int_equal(things.last.error, 0);
	assert_int_equal(things.last.created, 1);
	assert_int_equal(things.last.attempts, 2);
	assert_int_equal(things.last.outcome, HSC_APPLIED);
	assert_int_equal(things.last.reply_status, 201);
	assert_string_equal(things.last_id, "9");
	assert_int_equal(json_array_size(things.last.associations), 3);
	expect_link(0, "boxes", "12", "success");
	expect_link(1, "boxes", "13", "success");
	expect_link(2, "p1_cars", "14", "success");
}

static void a_link_that_fails_does_not_fail_the_operation(void **state) {
	struct border *border = things_open(state);
	struct hsc_operation operation = upsert();
	things.is_relaying = true;
	fake_send(border->http, "POST", "/take", NULL);
	operation.request = things.token;
	assert_int_equal(things_submit(&operation), 0);
	finish_write(0);
	assert_string_equal(asked(1)->label, FAKE_REQUEST_ID);
	finish_link(1, HUBSPOT_OK);
	finish_link(2, HUBSPOT_NOT_FOUND);
	finish_link(3, HUBSPOT_DEADLINE);
	assert_int_equal(things.last.error, 0);
	assert_null(things.last.problem);
	assert_int_equal(things.last.reply_status, 207);
	expect_link(1, "boxes", "13", "error");
	assert_string_equal(member(1, "code"), "not_found");
	assert_string_equal(member(1, "outcome"), "not_applied");
	assert_string_equal(member(1, "request_id"), FAKE_REQUEST_ID);
	assert_string_equal(member(2, "code"), "deadline");
	assert_int_equal(fake_reply()->status, 207);
	assert_true(json_equal(
		json_object_get(fake_reply()->body, "associations"), things.last.associations));
	assert_string_equal(
		json_string_value(json_object_get(fake_reply()->body, "hubspot_thing_id")), "9");
	assert_string_equal(
		json_string_value(json_object_get(fake_reply()->body, "action")), "created");
}

static void a_record_that_is_not_written_is_not_linked(void **state) {
	things_open(state);
	struct hsc_operation operation = upsert();
	assert_int_equal(things_submit(&operation), 0);
	fake_finish(0, &(struct hubspot_result){.failure = HUBSPOT_INVALID, .status = 400});
	assert_int_equal(things.done_count, 1);
	assert_int_equal(things.last.error, HSC_EHUBSPOT);
	assert_null(things.last.associations);
	assert_int_equal(fake_operation_count(), 1);
}

static void no_links_are_none(void **state) {
	things_open(state);
	struct hsc_operation operation = upsert();
	json_object_clear(associations);
	assert_int_equal(things_submit(&operation), 0);
	finish_write(0);
	assert_int_equal(things.done_count, 1);
	assert_null(things.last.associations);
}

static void a_link_that_cannot_be_asked_for_is_told(void **state) {
	things_open(state);
	struct hsc_operation operation = upsert();
	assert_int_equal(things_submit(&operation), 0);
	fake_hubspot_refuse(true);
	finish_write(0);
	fake_hubspot_refuse(false);
	assert_int_equal(things.done_count, 1);
	assert_int_equal(things.last.error, 0);
	assert_int_equal(things.last.reply_status, 207);
	expect_link(2, "p1_cars", "14", "error");
	assert_string_equal(member(2, "code"), "unavailable");
}

static void a_record_of_hubspots_own_type_is_linked_too(void **state) {
	struct border *border = things_open(state);
	struct hsc_operation operation = HSC_OPERATION(.kind = HSC_CREATE, .object = "p1_cars",
		.body = body, .associations = associations);
	things.is_relaying = true;
	fake_send(border->http, "POST", "/take", NULL);
	operation.request = things.token;
	assert_int_equal(things_submit(&operation), 0);
	json_t *record = json_pack("{s:s,s:{}}", "id", "5", "properties");
	fake_finish(0,
		&(struct hubspot_result){.failure = HUBSPOT_OK, .status = 201, .record = record});
	assert_string_equal(asked(1)->object, "p1_cars");
	assert_string_equal(asked(1)->id, "5");
	for (size_t i = 1; i <= 3; i++) {
		finish_link(i, HUBSPOT_OK);
	}
	assert_int_equal(fake_reply()->status, 200);
	assert_string_equal(json_string_value(json_object_get(fake_reply()->body, "id")), "5");
	assert_int_equal(json_array_size(json_object_get(fake_reply()->body, "associations")), 3);
	assert_null(json_object_get(record, "associations")); /* it may be others' as well */
	json_decref(record);
}

static void cancelling_cuts_the_links_short(void **state) {
	things_open(state);
	struct hsc_operation operation = upsert();
	assert_int_equal(things_submit(&operation), 0);
	finish_write(0);
	finish_link(1, HUBSPOT_OK);
	things.probe.host->hubspot->cancel(things.probe.host, things.handle);
	things.probe.host->hubspot->cancel(things.probe.host, things.handle);
	assert_int_equal(things.done_count, 0);
	assert_int_equal(fake_run_cancelled(), 2);
	assert_int_equal(things.done_count, 1);
	assert_int_equal(things.last.error, HSC_EGONE);
	assert_int_equal(things.last.outcome, HSC_APPLIED); /* the record is there all the same */
	assert_string_equal(things.last_id, "9");
	expect_link(0, "boxes", "12", "success");
	expect_link(1, "boxes", "13", "error");
	assert_string_equal(member(1, "code"), "cancelled");
}

static void a_client_that_leaves_cuts_them_short_unless_they_are_to_finish(void **state) {
	struct border *border = things_open(state);
	struct hsc_operation operation = upsert();
	fake_send(border->http, "POST", "/take", NULL);
	operation.request = things.token;
	assert_int_equal(things_submit(&operation), 0);
	operation.flags = HSC_FINISH;
	assert_int_equal(things_submit(&operation), 0);
	finish_write(0);
	finish_write(1);
	fake_leave();
	for (size_t i = 2; i <= 7; i++) {
		assert_int_equal(fake_operation(i)->is_cancelled, i <= 4);
	}
	things.probe.host->http->reply(things.probe.host, things.token, 204, NULL);
	assert_int_equal(fake_run_cancelled(), 3);
	assert_int_equal(things.done_count, 1);
	for (size_t i = 5; i <= 7; i++) {
		finish_link(i, HUBSPOT_OK);
	}
	assert_int_equal(things.done_count, 2);
	assert_int_equal(things.last.error, 0);
}

static void stopping_in_the_middle_tells_of_the_record(void **state) {
	struct border *border = things_open(state);
	struct hsc_operation operation = upsert();
	assert_int_equal(things_submit(&operation), 0);
	finish_write(0);
	finish_link(1, HUBSPOT_OK);
	plugins_stop(border->plugins);
	border->plugins = NULL;
	assert_int_equal(things.done_count, 1);
	assert_int_equal(things.last.error, HSC_EGONE);
	assert_int_equal(things.last.outcome, HSC_APPLIED);
	assert_string_equal(things.last_id, "9");
	assert_int_equal(fake_run_cancelled(), 2);
	assert_int_equal(things.done_count, 1);
}

static void bad_associations_are_refused(void **state) {
	static const char *const BAD[] = {"[]", "{\"boxes\":\"12\"}", "{\"boxes\":[12]}",
		"{\"boxes\":[\"\"]}", "{\"\":[\"12\"]}"};
	things_open(state);
	struct hsc_operation operation = upsert();
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		json_t *bad = json_loads(BAD[i], 0, NULL);
		operation.associations = bad;
		assert_int_equal(things_submit(&operation), HSC_EINVAL);
		json_decref(bad);
	}
	json_t *ids = json_array();
	for (int i = 0; i < 101; i++) {
		json_array_append_new(ids, json_string("1"));
	}
	json_t *many = json_pack("{s:o}", "boxes", ids);
	operation.associations = many;
	assert_int_equal(things_submit(&operation), HSC_EINVAL);
	json_array_remove(ids, 0);
	assert_int_equal(things_submit(&operation), 0);
	operation.kind = HSC_ARCHIVE; /* links nothing */
	assert_int_equal(things_submit(&operation), HSC_EINVAL);
	json_decref(many);
	assert_int_equal(fake_operation_count(), 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(each_link_is_made_once_the_record_is_there),
		TEST(a_link_that_fails_does_not_fail_the_operation),
		TEST(a_record_that_is_not_written_is_not_linked),
		TEST(no_links_are_none),
		TEST(a_link_that_cannot_be_asked_for_is_told),
		TEST(a_record_of_hubspots_own_type_is_linked_too),
		TEST(cancelling_cuts_the_links_short),
		TEST(a_client_that_leaves_cuts_them_short_unless_they_are_to_finish),
		TEST(stopping_in_the_middle_tells_of_the_record),
		TEST(bad_associations_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, things_forget);
}
