/* Associations, on whose behalf an operation goes, and each kind as a reply. */
#include "things.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, border_set_up, border_tear_down)

/* ---- links ---- */

static void both_ends_of_a_link_are_translated(void **state) {
	things_open(state);
	struct hsc_operation link = HSC_OPERATION(.kind = HSC_ASSOCIATE, .object = "things",
		.id = "1", .to_object = "boxes", .to_id = "2");
	assert_int_equal(things_submit(&link), 0);
	link.kind = HSC_DISSOCIATE;
	link.to_object = "contacts";
	assert_int_equal(things_submit(&link), 0);
	assert_int_equal(asked(0)->kind, HUBSPOT_LINK);
	assert_string_equal(asked(0)->object, "2-77");
	assert_string_equal(asked(0)->id, "1");
	assert_string_equal(asked(0)->to_object, "2-88");
	assert_string_equal(asked(0)->to_id, "2");
	assert_int_equal(asked(1)->kind, HUBSPOT_UNLINK);
	assert_string_equal(asked(1)->to_object, "contacts");
	fake_finish(0, &(struct hubspot_result){.failure = HUBSPOT_OK, .outcome = HUBSPOT_APPLIED});
	assert_int_equal(things.last.error, 0);
	assert_int_equal(things.last.reply_status, 204);
}

static void half_a_link_is_refused(void **state) {
	things_open(state);
	const struct hsc_operation cases[] = {
		HSC_OPERATION(.kind = HSC_ASSOCIATE, .object = "things", .id = "1",
			.to_object = "boxes"),
		HSC_OPERATION(.kind = HSC_DISSOCIATE, .object = "things", .id = "1", .to_id = "2"),
		HSC_OPERATION(.kind = HSC_ASSOCIATE, .object = "things", .to_object = "boxes",
			.to_id = "2"),
		HSC_OPERATION(.kind = HSC_ASSOCIATE, .object = "things", .id = "1",
			.id_property = "code", .to_object = "boxes", .to_id = "2"),
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(things_submit(&cases[i]), HSC_EINVAL);
	}
	assert_int_equal(fake_operation_count(), 0);
}

/* ---- on whose behalf ---- */

static const struct hsc_operation READ =
	HSC_OPERATION(.kind = HSC_READ, .object = "things", .id = "1");

static void a_plugin_by_itself_is_a_caller_of_its_own(void **state) {
	things_open(state);
	struct hsc_operation operation = READ;
	assert_int_equal(things_submit(&operation), 0);
	operation.flags = HSC_BULK;
	assert_int_equal(things_submit(&operation), 0);
	assert_int_equal(asked(0)->priority, HUBSPOT_NORMAL);
	assert_string_equal(asked(0)->caller.name, "plugin:probe");
	assert_int_equal(asked(0)->caller.weight, 1);
	assert_int_equal(asked(1)->priority, HUBSPOT_BULK);
}

static void a_request_lends_its_callers_share(void **state) {
	static const struct {
		enum http_priority given;
		enum hubspot_priority expected;
	} CASES[] = {{HTTP_INTERACTIVE, HUBSPOT_INTERACTIVE}, {HTTP_NORMAL, HUBSPOT_NORMAL},
		{HTTP_BULK, HUBSPOT_BULK}};
	struct border *border = things_open(state);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		const struct http_caller caller = {.name = "crm",
			.priority = CASES[i].given,
			.batch_priority = HTTP_BULK,
			.weight = 7};
		struct hsc_operation operation = READ;
		fake_set_caller(border->http, &caller, NULL);
		fake_send(border->http, "GET", "/take", NULL);
		operation.request = things.token;
		assert_string_equal(
			things.probe.host->http->caller(things.probe.host, things.token), "crm");
		assert_int_equal(things_submit(&operation), 0);
		operation.flags = HSC_BULK;
		assert_int_equal(things_submit(&operation), 0);
		assert_int_equal(asked(2 * i)->priority, CASES[i].expected);
		assert_string_equal(asked(2 * i)->caller.name, "crm");
		assert_int_equal(asked(2 * i)->caller.weight, 7);
		assert_int_equal(asked(2 * i + 1)->priority, HUBSPOT_BULK);
		things.probe.host->http->reply(things.probe.host, things.token, 204, NULL);
	}
	fake_set_caller(border->http, NULL, NULL);
	fake_send(border->http, "GET", "/take", NULL);
	assert_string_equal(things.probe.host->http->caller(things.probe.host, things.token), "");
	things.probe.host->http->reply(things.probe.host, things.token, 204, NULL);
}

/* ---- as replies ---- */

static void relay_of(struct border *border, const struct hsc_operation *operation,
	const struct hubspot_result *result) {
	things.is_relaying = true;
	fake_send(border->http, "POST", "/take", NULL);
	struct hsc_operation of_request = *operation;
	of_request.request = things.token;
	assert_int_equal(things_submit(&of_request), 0);
	assert_true(fake_finish(fake_operation_count() - 1, result));
	assert_int_equal(fake_reply()->status, things.last.reply_status);
}

static const struct hsc_operation LIST = HSC_OPERATION(.kind = HSC_LIST, .object = "things"),
				  LINK = HSC_OPERATION(.kind = HSC_ASSOCIATE, .object = "things",
					  .id = "1", .to_object = "boxes", .to_id = "2"),
				  ARCHIVE = HSC_OPERATION(.kind = HSC_ARCHIVE, .object = "things",
					  .id = "1"),
				  RAW = HSC_OPERATION(.kind = HSC_RAW, .object = "GET /x");

static void each_kind_is_relayed_with_the_status_it_names(void **state) {
	struct border *border = things_open(state);
	json_t *page = json_loads("{\"results\":[]}", 0, NULL);
	json_t *record = json_loads("{\"id\":\"1\",\"properties\":{}}", 0, NULL);
	json_t *body = json_object();
	const struct hsc_operation create =
		HSC_OPERATION(.kind = HSC_CREATE, .object = "things", .body = body);
	const struct hsc_operation upsert = HSC_OPERATION(.kind = HSC_UPSERT, .object = "things",
		.id = "a", .id_property = "code", .body = body);
	const struct {
		const struct hsc_operation *operation;
		enum hubspot_failure failure;
		json_t *record;
		int status, error;
	} CASES[] = {
		{&LIST, HUBSPOT_OK, page, 200, 0},
		{&LINK, HUBSPOT_OK, NULL, 204, 0},
		{&ARCHIVE, HUBSPOT_OK, NULL, 204, 0},
		{&create, HUBSPOT_OK, record, 201, 0},
		{&upsert, HUBSPOT_OK, record, 200, 0},
		{&READ, HUBSPOT_OK, record, 200, 0},
		{&RAW, HUBSPOT_OK, record, 200, 0},
		{&RAW, HUBSPOT_OK, NULL, 204, 0},
		{&create, HUBSPOT_OK, NULL, 502, HSC_ENET}, /* of which record? */
		{&READ, HUBSPOT_OK, NULL, 502, HSC_ENET},
		{&LINK, HUBSPOT_NOT_FOUND, NULL, 404, HSC_EHUBSPOT},
		{&LIST, HUBSPOT_LIMITED, NULL, 503, HSC_EBUSY},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		relay_of(border, CASES[i].operation,
			&(struct hubspot_result){
				.failure = CASES[i].failure, .record = CASES[i].record});
		assert_int_equal(fake_reply()->status, CASES[i].status);
		assert_int_equal(things.last.error, CASES[i].error);
		assert_int_equal(things.last.problem == NULL, CASES[i].error == 0);
	}
	/* nothing was to be written */
	assert_null(json_object_get(things.last.problem, "outcome"));
	json_decref(page);
	json_decref(record);
	json_decref(body);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(both_ends_of_a_link_are_translated),
		TEST(half_a_link_is_refused),
		TEST(a_plugin_by_itself_is_a_caller_of_its_own),
		TEST(a_request_lends_its_callers_share),
		TEST(each_kind_is_relayed_with_the_status_it_names),
	};
	return cmocka_run_group_tests(tests, NULL, things_forget);
}
