/* Associations in a write: what may be written, how the others are found, and what is told. */
#include "object/links_kit.h"

#include <time.h>

#include "schema/schema.h"

/* Posts a contact with these associations. */
static void post(const char *associations) {
	char body[1024];
	snprintf(body, sizeof(body), "{\"email\":\"a@b.c\",\"associations\":%s}", associations);
	fake_send(http, "POST", "/contacts", body);
}

static const struct hubspot_result created = {.id = "7", .is_created = true};
static const json_t *links(void) {
	return json_object_get(fake_reply()->body, "associations");
}

static const char *link_text(size_t index, const char *member) {
	const char *text =
		json_string_value(json_object_get(json_array_get(links(), index), member));
	return text != NULL ? text : "";
}

/* ---- what may be written ---- */

static void test_what_is_wrong(void **state) {
	static const struct {
		const char *associations, *field, *code;
	} cases[] = {
		{"[]", "/associations", "type"},
		{"{\"x/y~\":[]}", "/associations/x~1y~0", "additionalProperties"},
		{"{\"companies\":{}}", "/associations/companies", "type"},
		{"{\"companies\":[7]}", "/associations/companies/0", "type"},
		{"{\"companies\":[{}]}", "/associations/companies/0/id", "required"},
		{"{\"tickets\":[{\"subject\":\"x\"}]}", "/associations/tickets/0/subject",
			"additionalProperties"},
		{"{\"tickets\":[{\"create\":true}]}", "/associations/tickets/0/id", "required"},
		{"{\"companies\":[{\"id\":\"1\"},{\"id\":7}]}", "/associations/companies/1/id",
			"pattern"},
		{"{\"companies\":[{\"id\":\"\"}]}", "/associations/companies/0/id", "pattern"},
		{"{\"companies\":[{\"id\":\"07\"}]}", "/associations/companies/0/id", "pattern"},
		{"{\"companies\":[{\"id\":\"1 \"}]}", "/associations/companies/0/id", "pattern"},
		{"{\"companies\":[{\"id\":\"123456789012345678901\"}]}",
			"/associations/companies/0/id", "pattern"},
		{"{\"companies\":[{\"id\":\"1\",\"create\":true}]}",
			"/associations/companies/0/create", "additionalProperties"},
		{"{\"companies\":[{\"id\":\"1\",\"domain\":\"b.c\"}]}",
			"/associations/companies/0/domain", "additionalProperties"},
		{"{\"companies\":[{\"name\":\"B\"}]}", "/associations/companies/0/name",
			"additionalProperties"},
		{"{\"companies\":[{\"domain\":\"b.c\",\"create\":1}]}",
			"/associations/companies/0/create", "type"},
		{"{\"companies\":[{\"domain\":7}]}", "/associations/companies/0/domain", "type"},
		{"{\"companies\":[{\"domain\":\"\"}]}", "/associations/companies/0/domain",
			"required"},
		{"{\"companies\":[{\"domain\":null}]}", "/associations/companies/0/domain",
			"required"},
		{"{\"companies\":[{\"domain\":\"a.very.long.domain.example.com\"}]}",
			"/associations/companies/0/domain", "maxLength"},
		{"{\"contacts\":[{\"email\":\"nobody\"}]}", "/associations/contacts/0/email",
			"format"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		post(cases[i].associations);
		assert_refused(422, "validation_failed");
		assert_error(cases[i].field, cases[i].code);
		assert_int_equal(json_array_size(json_object_get(fake_reply()->body, "errors")), 1);
	}
	assert_int_equal(fake_operation_count(), 0);
}

static void test_enough_is_wrong(void **state) {
	enum { COUNT = 300000, SOON_MS = 1000 };
	json_auto_t *associations = json_object();
	json_auto_t *errors = json_array();
	(void)state;
	for (int i = 0; i < COUNT; i++) {
		char name[16];
		snprintf(name, sizeof(name), "x%d", i);
		json_object_set_new(associations, name, json_array());
	}
	clock_t began = clock();
	assert_false(links_check(associations, errors));
	assert_in_range((clock() - began) * 1000 / CLOCKS_PER_SEC, 0, SOON_MS);
	assert_int_equal(json_array_size(errors), SCHEMA_ERRORS_MAX);
}

static void test_all_faults_at_once(void **state) {
	(void)state;
	post("{\"deals\":[],\"companies\":[{\"id\":\"x\"},{\"id\":\"1\"},{\"domain\":7}]}");
	assert_error("/associations/deals", "additionalProperties");
	assert_error("/associations/companies/0/id", "pattern");
	assert_error("/associations/companies/2/domain", "type");
	const json_t *error = json_array_get(json_object_get(fake_reply()->body, "errors"), 0);
	assert_non_null(strstr(json_string_value(json_object_get(error, "message")),
		"contacts, companies, tickets"));
}

static void check_count(size_t count, bool are_too_many) {
	json_auto_t *associations = json_object();
	json_auto_t *errors = json_array();
	json_object_set_new(associations, "companies", json_array());
	json_object_set_new(associations, "tickets", json_array());
	for (size_t i = 0; i < count; i++) {
		json_array_append_new(
			json_object_get(associations, i % 2 == 0 ? "companies" : "tickets"),
			json_pack("{ss}", "id", "1"));
	}
	assert_int_equal(links_check(associations, errors), !are_too_many);
	assert_int_equal(json_array_size(errors), are_too_many);
}

static void test_no_more_than_a_hundred(void **state) {
	(void)state;
	check_count(LINKS_MAX, false);
	check_count(LINKS_MAX + 1, true);
}

/* One that is created must be whole. */
static void test_create_needs_all_that_is_required(void **state) {
	static const struct hsc_object deal = HSC_OBJECT(.offers = HSC_OBJECT_ALL, .path = "/deals",
		.name = "deal", .hubspot = "deals", .key = "code",
		.schema = "{\"type\":\"object\",\"required\":[\"stage\"],\"properties\":{"
			  "\"code\":{\"type\":\"string\"},\"stage\":{\"type\":\"string\"}}}");
	(void)state;
	assert_non_null(open_with(&deal, NULL));
	post("{\"deals\":[{\"code\":\"D1\",\"create\":true}]}");
	assert_error("/associations/deals/0/stage", "required");
	post("{\"deals\":[{\"code\":\"D1\",\"create\":false}]}");
	assert_int_equal(asked(0)->kind, HUBSPOT_UPSERT);
}

/* ---- in a write ---- */

static void test_by_id(void **state) {
	(void)state;
	post("{\"companies\":[{\"id\":\"9\"},{\"id\":\"10\"}],\"tickets\":[{\"id\":\"11\"}]}");
	assert_true(fake_finish(0, &created));
	assert_int_equal(fake_operation_count(), 4);
	assert_link(1, "7", "companies", "9");
	assert_link(2, "7", "companies", "10");
	assert_link(3, "7", "0-5", "11");
	assert_int_equal(asked(1)->priority, HUBSPOT_INTERACTIVE);
	assert_true(fake_finish(3, &(struct hubspot_result){.id = "7"}));
	assert_true(fake_finish(1, &(struct hubspot_result){.id = "7"}));
	assert_non_null(fake_request());
	assert_true(fake_finish(2, &(struct hubspot_result){.id = "7"}));
	assert_int_equal(fake_reply()->status, 201);
	assert_json(links(),
		"[{\"object\":\"companies\",\"id\":\"9\",\"status\":\"success\"},"
		"{\"object\":\"companies\",\"id\":\"10\",\"status\":\"success\"},"
		"{\"object\":\"tickets\",\"id\":\"11\",\"status\":\"success\"}]");
}

static void test_by_key(void **state) {
	(void)state;
	post("{\"companies\":[{\"domain\":\"b.c\"}],\"contacts\":[{\"email\":\"X@B.c\"}]}");
	assert_true(fake_finish(0, &created));
	assert_int_equal(asked(1)->kind, HUBSPOT_READ);
	assert_string_equal(asked(1)->object, "companies");
	assert_string_equal(asked(1)->id, "b.c");
	assert_string_equal(asked(1)->id_property, "domain");
	assert_int_equal(asked(1)->flags, HUBSPOT_RECENT);
	assert_null(asked(1)->properties[0]);
	assert_int_equal(asked(1)->deadline_ms, FAKE_DEADLINE_MS);
	assert_string_equal(asked(2)->id, "x@b.c");
	assert_true(fake_finish(1, &(struct hubspot_result){.id = "9"}));
	assert_link(3, "7", "companies", "9");
	assert_true(fake_finish(2, &(struct hubspot_result){.id = "8"}));
	assert_link(4, "7", "contacts", "8");
	assert_true(fake_finish(3, &(struct hubspot_result){.id = "7"}));
	assert_true(fake_finish(4, &(struct hubspot_result){.id = "7"}));
	assert_int_equal(fake_reply()->status, 201);
	assert_string_equal(link_text(1, "id"), "8");
}

static void test_missing_and_ambiguous(void **state) {
	(void)state;
	post("{\"companies\":[{\"domain\":\"b.c\"},{\"domain\":\"two.c\"},{\"id\":\"9\"}]}");
	assert_true(fake_finish(0, &created));
	assert_true(fake_finish(1, &nobody));
	json_auto_t *ids = json_loads("[\"3\",\"4\"]", 0, NULL);
	assert_true(fake_finish(2,
		&(struct hubspot_result){.failure = HUBSPOT_AMBIGUOUS,
			.outcome = HUBSPOT_NOT_APPLIED,
			.existing_ids = ids}));
	assert_true(fake_finish(3, &nobody));
	assert_int_equal(fake_operation_count(), 4);
	assert_int_equal(fake_reply()->status, 207);
	assert_string_equal(reply_text("action"), "created");
	assert_string_equal(link_text(0, "status"), "error");
	assert_string_equal(link_text(0, "code"), "not_found");
	assert_string_equal(link_text(0, "object"), "companies");
	assert_string_equal(link_text(0, "outcome"), "not_applied");
	assert_string_equal(link_text(0, "request_id"), FAKE_REQUEST_ID);
	assert_string_equal(link_text(0, "id"), "");
	assert_string_equal(link_text(1, "code"), "ambiguous_key");
	assert_json(json_object_get(json_array_get(links(), 1), "existing_ids"), "[\"3\",\"4\"]");
	assert_string_equal(link_text(2, "code"), "not_found");
	assert_string_equal(link_text(2, "id"), "9");
}

static void test_created_when_missing(void **state) {
	(void)state;
	post("{\"companies\":[{\"domain\":\"b.c\",\"create\":true},"
	     "{\"domain\":\"b.c\",\"create\":true},{\"domain\":\"b.c\"}]}");
	assert_true(fake_finish(0, &created));
	assert_int_equal(fake_operation_count(), 3); /* the second is the first one's equal */
	assert_int_equal(asked(1)->kind, HUBSPOT_UPSERT);
	assert_json(asked(1)->body, "{\"domain\":\"b.c\"}");
	assert_string_equal(asked(1)->id, "b.c");
	assert_int_equal(asked(2)->kind, HUBSPOT_READ);
	assert_true(fake_finish(1, &(struct hubspot_result){.id = "9", .is_created = true}));
	assert_true(fake_finish(2, &(struct hubspot_result){.id = "9"}));
	assert_int_equal(fake_operation_count(), 5);
	for (size_t i = 3; i < 5; i++) {
		assert_link(i, "7", "companies", "9");
		assert_true(fake_finish(i, &(struct hubspot_result){.id = "7"}));
	}
	assert_int_equal(fake_reply()->status, 201);
	assert_true(json_is_true(json_object_get(json_array_get(links(), 0), "created")));
	assert_null(json_object_get(json_array_get(links(), 1), "created"));
}

static void test_found_without_an_id(void **state) {
	(void)state;
	post("{\"companies\":[{\"domain\":\"b.c\"}]}");
	assert_true(fake_finish(0, &created));
	assert_true(fake_finish(1, &(struct hubspot_result){.id = NULL}));
	assert_int_equal(fake_reply()->status, 207);
	assert_string_equal(link_text(0, "code"), "hubspot_bad_reply");
}

static void test_no_room(void **state) {
	(void)state;
	post("{\"companies\":[{\"id\":\"9\"},{\"domain\":\"b.c\"}]}");
	fake_hubspot_refuse(true);
	assert_true(fake_finish(0, &created)); /* none of the links can begin */
	assert_int_equal(fake_reply()->status, 207);
	assert_true(json_is_null(links()));
	assert_string_equal(reply_text("action"), "created");
	fake_hubspot_refuse(false);
	post("{\"companies\":[{\"domain\":\"b.c\"},{\"id\":\"9\"}]}");
	assert_true(fake_finish(1, &created));
	fake_hubspot_refuse(true);
	assert_true(fake_finish(2, &(struct hubspot_result){.id = "8"}));
	assert_true(fake_finish(3, &(struct hubspot_result){.id = "7"}));
	assert_int_equal(fake_reply()->status, 207);
	assert_string_equal(link_text(0, "code"), "unavailable");
	assert_string_equal(link_text(0, "id"), "8");
	assert_true(json_is_true(json_object_get(json_array_get(links(), 0), "retryable")));
	assert_string_equal(link_text(1, "status"), "success");
}

static void test_client_leaves(void **state) {
	(void)state;
	post("{\"companies\":[{\"id\":\"9\"},{\"domain\":\"b.c\"},{\"domain\":\"b.c\"},"
	     "{\"domain\":\"d.e\"}]}");
	assert_true(fake_finish(0, &created));
	assert_int_equal(fake_operation_count(), 4);
	fake_leave();
	assert_true(fake_operation(1)->is_cancelled);
	assert_true(fake_operation(2)->is_cancelled);
	assert_true(fake_operation(3)->is_cancelled);
	assert_true(fake_finish(2, &(struct hubspot_result){.id = "9"})); /* it was on its way */
	assert_int_equal(fake_run_cancelled(), 2);
	assert_int_equal(fake_operation_count(), 4);
	assert_int_equal(fake_reply()->count, 1);
	assert_false(fake_reply()->was_sent);
	assert_null(fake_request());
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_wrong),
		TEST(test_enough_is_wrong),
		TEST(test_all_faults_at_once),
		TEST(test_no_more_than_a_hundred),
		TEST(test_create_needs_all_that_is_required),
		TEST(test_by_id),
		TEST(test_by_key),
		TEST(test_missing_and_ambiguous),
		TEST(test_created_when_missing),
		TEST(test_found_without_an_id),
		TEST(test_no_room),
		TEST(test_client_leaves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
