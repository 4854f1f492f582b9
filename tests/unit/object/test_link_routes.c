/* Associations by themselves: the routes. */
#include "object/links_kit.h"

static void test_put(void **state) {
	(void)state;
	assert_int_equal(fake_send(http, "PUT", "/contacts/7/companies/9", NULL), HTTP_LATER);
	assert_link(0, "7", "companies", "9");
	assert_true(fake_finish(0, &(struct hubspot_result){.id = "7"}));
	assert_int_equal(fake_reply()->status, 200);
	assert_json(fake_reply()->body,
		"{\"status\":\"success\",\"message\":\"Contact linked successfully\","
		"\"hubspot_contact_id\":\"7\",\"id\":\"7\",\"object\":\"companies\","
		"\"other_id\":\"9\",\"action\":\"linked\"}");
}

static void test_delete(void **state) {
	(void)state;
	fake_send(http, "DELETE", "/contacts/7/companies/9", NULL);
	assert_int_equal(asked(0)->kind, HUBSPOT_UNLINK);
	assert_string_equal(asked(0)->to_id, "9");
	assert_true(fake_finish(0, &(struct hubspot_result){.id = "7"}));
	assert_int_equal(fake_reply()->status, 204);
	assert_null(fake_reply()->body);
}

static void test_both_by_key(void **state) {
	(void)state;
	fake_send(http, "PUT",
		"/contacts/A@b.c/companies/b.c?id_property=email&other_id_property=domain", NULL);
	assert_int_equal(asked(0)->kind, HUBSPOT_READ);
	assert_string_equal(asked(0)->object, "contacts");
	assert_string_equal(asked(0)->id, "a@b.c");
	assert_int_equal(fake_operation_count(), 1);
	assert_true(fake_finish(0, &(struct hubspot_result){.id = "7"}));
	assert_string_equal(asked(1)->object, "companies");
	assert_string_equal(asked(1)->id_property, "domain");
	assert_true(fake_finish(1, &(struct hubspot_result){.id = "9"}));
	assert_link(2, "7", "companies", "9");
	assert_true(fake_finish(2, &(struct hubspot_result){.id = "7"}));
	assert_string_equal(reply_text("other_id"), "9");
	fake_send(http, "DELETE", "/contacts/7/companies/b.c?other_id_property=domain", NULL);
	json_auto_t *ids = json_loads("[\"3\",\"4\"]", 0, NULL);
	assert_true(fake_finish(3,
		&(struct hubspot_result){.failure = HUBSPOT_AMBIGUOUS,
			.outcome = HUBSPOT_NOT_APPLIED,
			.existing_ids = ids}));
	assert_refused(409, "ambiguous_key");
	assert_json(json_object_get(fake_reply()->body, "existing_ids"), "[\"3\",\"4\"]");
	assert_int_equal(fake_operation_count(), 4);
}

static void test_alone_and_wrong(void **state) {
	static const struct {
		const char *method, *target;
		int status;
	} cases[] = {
		{"PUT", "/contacts/7/deals/9", 404},
		{"GET", "/contacts/7/deals", 404},
		{"PUT", "/contacts/x/companies/9", 404},
		{"PUT", "/contacts/7/companies/b.c", 404},
		{"PUT", "/contacts/7/companies/9?other_id_property=email", 400},
		{"PUT", "/contacts/7/companies/9?id_property=domain", 400},
		{"GET", "/contacts/7/companies?other_id_property=domain", 400},
		{"GET", "/contacts/7/companies?limit=0", 400},
		{"GET", "/contacts/7/companies?limit=501", 400},
		{"GET", "/contacts/7/companies?after=2", 400},
		{"DELETE", "/contacts/7/companies/9?limit=1", 400},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
			fake_send(http, cases[i].method, cases[i].target, NULL), HTTP_REPLIED);
		assert_int_equal(fake_reply()->status, cases[i].status);
	}
	assert_int_equal(fake_operation_count(), 0);
	fake_send(http, "GET", "/contacts/7/deals", NULL);
	assert_non_null(strstr(reply_text("message"), "contacts, companies, tickets"));
	fake_hubspot_refuse(true);
	fake_send(http, "PUT", "/contacts/7/companies/9", NULL);
	assert_refused(503, "unavailable");
	fake_send(http, "PUT", "/contacts/7/companies/b.c?other_id_property=domain", NULL);
	assert_refused(503, "unavailable");
	fake_send(http, "GET", "/contacts/7/companies", NULL);
	assert_refused(503, "unavailable");
}

static void test_alone_and_failed(void **state) {
	(void)state;
	fake_send(http, "PUT", "/contacts/7/companies/9", NULL);
	assert_true(fake_finish(0, &nobody));
	assert_refused(404, "not_found");
	assert_string_equal(reply_text("outcome"), "not_applied");
	fake_send(http, "PUT", "/contacts/a@b.c/companies/9?id_property=email", NULL);
	assert_true(fake_finish(1, &nobody));
	assert_refused(404, "not_found");
	fake_send(http, "DELETE", "/contacts/7/companies/9", NULL);
	assert_true(fake_finish(2,
		&(struct hubspot_result){.failure = HUBSPOT_NO_REPLY,
			.outcome = HUBSPOT_UNKNOWN,
			.is_retryable = true}));
	assert_refused(504, "hubspot_no_reply");
	assert_string_equal(reply_text("outcome"), "unknown");
}

static void test_alone_and_left(void **state) {
	(void)state;
	fake_send(http, "PUT", "/contacts/7/companies/9", NULL);
	fake_leave();
	assert_int_equal(fake_run_cancelled(), 1);
	fake_send(http, "PUT", "/contacts/a@b.c/companies/9?id_property=email", NULL);
	fake_leave();
	assert_true(fake_operation(1)->is_cancelled);
	assert_true(fake_finish(1, &(struct hubspot_result){.id = "7"}));
	assert_int_equal(fake_operation_count(), 2);
	assert_int_equal(fake_reply()->count, 2);
	assert_null(fake_request());
}

static const char *const page_one =
	"{\"results\":[{\"toObjectId\":9,\"associationTypes\":[{\"category\":\"HUBSPOT_DEFINED\","
	"\"typeId\":1,\"label\":\"Primary\"},{\"category\":\"HUBSPOT_DEFINED\",\"typeId\":279,"
	"\"label\":null}]},{\"toObjectId\":\"10\",\"associationTypes\":[]}],"
	"\"paging\":{\"next\":{\"after\":\"a&1\"}}}";

static void test_pages(void **state) {
	(void)state;
	json_auto_t *first = json_loads(page_one, 0, NULL);
	json_auto_t *last = json_loads("{\"results\":[]}", 0, NULL);
	char target[256];
	fake_send(http, "GET", "/contacts/7/tickets?limit=2", NULL);
	assert_int_equal(asked(0)->kind, HUBSPOT_RAW);
	assert_int_equal(asked(0)->flags, HUBSPOT_REPEATABLE);
	assert_string_equal(asked(0)->object, "GET {linked}/contacts/7/associations/0-5?limit=2");
	assert_true(fake_finish(0, &(struct hubspot_result){.record = first}));
	assert_int_equal(fake_reply()->status, 200);
	assert_json(json_object_get(fake_reply()->body, "results"),
		"[{\"id\":\"9\",\"types\":[{\"type_id\":1,\"category\":\"HUBSPOT_DEFINED\","
		"\"label\":\"Primary\"},{\"type_id\":279,\"category\":\"HUBSPOT_DEFINED\"}]},"
		"{\"id\":\"10\",\"types\":[]}]");
	const json_t *paging = json_object_get(fake_reply()->body, "paging");
	const char *after =
		json_string_value(json_object_get(json_object_get(paging, "next"), "after"));
	snprintf(target, sizeof(target), "/contacts/7/tickets?limit=2&after=%.*s%%26%s",
		(int)strcspn(after, "&"), after, after + strcspn(after, "&") + 1);
	fake_send(http, "GET", target, NULL);
	assert_string_equal(
		asked(1)->object, "GET {linked}/contacts/7/associations/0-5?limit=2&after=a%261");
	assert_true(fake_finish(1, &(struct hubspot_result){.record = last}));
	assert_json(fake_reply()->body, "{\"results\":[]}");
	memcpy(strstr(target, "/7/"), "/8/", 3); /* it is no page of another record */
	fake_send(http, "GET", target, NULL);
	assert_int_equal(fake_reply()->status, 400);
}

static void test_pages_by_key(void **state) {
	(void)state;
	json_auto_t *last = json_loads("{\"results\":[]}", 0, NULL);
	fake_send(http, "GET", "/contacts/A@b.c/companies?id_property=email", NULL);
	assert_string_equal(asked(0)->id, "a@b.c");
	assert_true(fake_finish(0, &(struct hubspot_result){.id = "7"}));
	assert_string_equal(
		asked(1)->object, "GET {linked}/contacts/7/associations/companies?limit=100");
	assert_true(fake_finish(1, &(struct hubspot_result){.record = last}));
	assert_int_equal(fake_reply()->status, 200);
	fake_send(http, "GET", "/contacts/7/companies", NULL);
	assert_true(fake_finish(2, &nobody));
	assert_refused(404, "not_found");
	assert_null(json_object_get(fake_reply()->body, "outcome"));
}

static void test_pages_of_nonsense(void **state) {
	static const char *const bodies[] = {"{}", "{\"results\":{}}", "{\"results\":[{}]}",
		"{\"results\":[{\"toObjectId\":\"\"}]}",
		"{\"results\":[{\"toObjectId\":\"1234567890123456789012345\"}]}", "[]"};
	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		json_auto_t *record = json_loads(bodies[i], 0, NULL);
		fake_send(http, "GET", "/contacts/7/companies", NULL);
		assert_true(fake_finish(i, &(struct hubspot_result){.record = record}));
		assert_refused(502, "hubspot_bad_reply");
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_put),
		TEST(test_delete),
		TEST(test_both_by_key),
		TEST(test_alone_and_wrong),
		TEST(test_alone_and_failed),
		TEST(test_alone_and_left),
		TEST(test_pages),
		TEST(test_pages_by_key),
		TEST(test_pages_of_nonsense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
