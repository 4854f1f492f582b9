#include "object/pages_kit.h"

/* What HubSpot was asked last, but for the properties. */
static void assert_asked(const char *expected) {
	json_auto_t *body = json_deep_copy(asked(fake_operation_count() - 1)->body);
	json_object_del(body, "properties");
	assert_json(body, expected);
}

/* ---- whole searches ---- */

static void test_search(void **state) {
	(void)state;
	open_contacts(NULL);
	assert_int_equal(
		search("\"filters\":[{\"property\":\"notes\",\"operator\":\"EQ\",\"value\":"
		       "\"Hi\"},{\"property\":\"created_at\",\"operator\":\"has_property\"}],"
		       "\"query\":\"ada\",\"sort\":\"-created_at\",\"limit\":2"),
		HTTP_LATER);
	assert_int_equal(asked(0)->kind, HUBSPOT_RAW);
	assert_int_equal(asked(0)->flags, HUBSPOT_REPEATABLE);
	assert_string_equal(asked(0)->object, "POST {objects}/contacts/search");
	assert_int_equal(asked(0)->deadline_ms, FAKE_DEADLINE_MS);
	assert_string_equal(asked(0)->label, FAKE_REQUEST_ID);
	assert_json(asked(0)->body,
		"{\"filterGroups\":[{\"filters\":[{\"propertyName\":\"content\",\"operator\":"
		"\"EQ\","
		"\"value\":\"Hi\"},{\"propertyName\":\"createdate\",\"operator\":\"HAS_PROPERTY\"}]"
		"}],"
		"\"query\":\"ada\","
		"\"sorts\":[{\"propertyName\":\"createdate\",\"direction\":\"DESCENDING\"}],"
		"\"limit\":2,\"properties\":[\"createdate\",\"email\",\"firstname\",\"content\","
		"\"children\",\"income\",\"is_vip\",\"hobbies\",\"birthday\",\"tier\"]}");
	finish_as(200,
		"{\"total\":3,\"results\":[{\"id\":\"9\",\"properties\":{\"content\":\"hi\"}},"
		"{\"id\":\"4\",\"properties\":{\"income\":\"2.5\"}}],"
		"\"paging\":{\"next\":{\"after\":\"2\"}}}");
	assert_int_equal(fake_reply()->status, 200);
	assert_json(json_object_get(fake_reply()->body, "results"),
		"[{\"id\":\"9\",\"notes\":\"hi\"},{\"id\":\"4\",\"income\":2.5}]");
	assert_json(json_object_get(fake_reply()->body, "total"), "3");
	assert_string_not_equal(next_cursor(), "");
}

static void test_everything(void **state) {
	(void)state;
	open_contacts(NULL);
	static const char *const all[] = {"", "\"filters\":[]", "\"query\":\"\"", "\"after\":null",
		"\"after\":\"\"", "\"filter_groups\":[]"};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		assert_int_equal(search(all[i]), HTTP_LATER);
		assert_asked("{\"filterGroups\":[],\"sorts\":[{\"propertyName\":\"hs_object_id\","
			     "\"direction\":\"ASCENDING\"}],\"limit\":100}");
		finish_found(1, 0, 1, 0);
		assert_json(fake_reply()->body, "{\"total\":0,\"results\":[]}");
	}
}

static void test_groups(void **state) {
	(void)state;
	open_contacts(NULL);
	search("\"filter_groups\":[{\"filters\":[{\"property\":\"tier\",\"operator\":\"EQ\","
	       "\"value\":"
	       "\"gold\"}]},{\"filters\":[{\"property\":\"is_vip\",\"operator\":\"eq\",\"value\":"
	       "true}"
	       "]}]");
	assert_asked(
		"{\"filterGroups\":[{\"filters\":[{\"propertyName\":\"tier\",\"operator\":\"EQ\","
		"\"value\":\"gold\"}]},{\"filters\":[{\"propertyName\":\"is_vip\",\"operator\":"
		"\"EQ\",\"value\":\"true\"}]}],\"sorts\":[{\"propertyName\":\"hs_object_id\","
		"\"direction\":\"ASCENDING\"}],\"limit\":100}");
	finish_found(5, 100, 1, 250);
	/* The window holds in each group. */
	search_after(
		"\"filter_groups\":[{\"filters\":[{\"property\":\"tier\",\"operator\":\"EQ\","
		"\"value\":\"gold\"}]},{\"filters\":[{\"property\":\"is_vip\",\"operator\":\"eq\","
		"\"value\":true}]}]",
		next_cursor());
	const json_t *groups = json_object_get(asked(1)->body, "filterGroups");
	for (size_t i = 0; i < 2; i++) {
		const json_t *filters = json_object_get(json_array_get(groups, i), "filters");
		assert_int_equal(json_array_size(filters), 2);
		assert_json(json_array_get(filters, 1),
			"{\"propertyName\":\"hs_object_id\",\"operator\":\"GT\",\"value\":"
			"\"104\"}");
	}
	finish_found(105, 100, 1, 150);
	assert_json(json_object_get(fake_reply()->body, "total"), "250");
}

static void test_wanted_properties(void **state) {
	(void)state;
	open_contacts(NULL);
	search("\"properties\":[\"notes\",\"id\",\"firstname\"]");
	assert_json(json_object_get(asked(0)->body, "properties"),
		"[\"content\",\"hs_object_id\",\"firstname\"]");
	finish_as(200,
		"{\"total\":1,\"results\":[{\"id\":\"9\",\"properties\":{\"content\":\"hi\","
		"\"createdate\":\"2026-09-01T08:30:00Z\",\"hs_object_id\":\"9\"}}]}");
	assert_json(
		fake_reply()->body, "{\"total\":1,\"results\":[{\"id\":\"9\",\"notes\":\"hi\"}]}");
	assert_fault("\"properties\":[\"email\",\"fristname\"]", "/properties/1", "enum");
	search("\"properties\":[\"email\",\"notes\",\"email\",\"email\",\"notes\"]");
	assert_json(json_object_get(asked(fake_operation_count() - 1)->body, "properties"),
		"[\"email\",\"content\"]");
	char many[16 + 501 * 8] = "\"properties\":[";
	for (size_t i = 0, length = strlen(many); i < 501; i++, length += 8) {
		snprintf(many + length, sizeof(many) - length, "\"email\"%s", i < 500 ? "," : "]");
	}
	assert_fault(many, "/properties", "maxItems");
	assert_fault("\"properties\":[\"content\"]", "/properties/0", "enum");
	assert_fault("\"properties\":[]", "/properties", "minItems");
}

static void test_whole_limit(void **state) {
	(void)state;
	open_contacts(NULL);
	search("\"limit\":2.0");
	assert_json(json_object_get(asked(0)->body, "limit"), "2");
	finish_found(1, 0, 1, 0);
}

static void test_sorts(void **state) {
	(void)state;
	open_contacts(NULL);
	static const struct {
		const char *sort, *sorts;
	} good[] = {
		{"\"notes\"", "[{\"propertyName\":\"content\",\"direction\":\"ASCENDING\"}]"},
		{"\"-id\"", "[{\"propertyName\":\"hs_object_id\",\"direction\":\"DESCENDING\"}]"},
		{"{\"property\":\"notes\"}",
			"[{\"propertyName\":\"content\",\"direction\":\"ASCENDING\"}]"},
		{"{\"property\":\"email\",\"direction\":\"DESCENDING\"}",
			"[{\"propertyName\":\"email\",\"direction\":\"DESCENDING\"}]"},
		{"{\"property\":\"email\",\"direction\":\"ascending\"}",
			"[{\"propertyName\":\"email\",\"direction\":\"ASCENDING\"}]"},
	};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char *members = str_format("\"sort\":%s", good[i].sort);
		search(members);
		free(members);
		assert_json(json_object_get(asked(i)->body, "sorts"), good[i].sorts);
		finish_found(1, 0, 1, 0);
	}
	assert_fault("\"sort\":\"-\"", "/sort", "enum");
	assert_fault("\"sort\":\"\"", "/sort", "enum");
	assert_fault("\"sort\":\"createdate\"", "/sort", "enum");
	assert_fault("\"sort\":{\"property\":\"x\"}", "/sort/property", "enum");
	assert_fault("\"sort\":{\"direction\":\"ascending\"}", "/sort/property", "required");
	assert_fault("\"sort\":{\"property\":\"email\",\"direction\":\"up\"}", "/sort/direction",
		"enum");
	assert_fault("\"sort\":[\"email\"]", "/sort", "type");
}

static void test_bad_bodies(void **state) {
	(void)state;
	open_contacts(NULL);
	assert_fault("\"filterGroups\":[]", "/filterGroups", "additionalProperties");
	assert_fault("\"limit\":0", "/limit", "minimum");
	assert_fault("\"limit\":1.5", "/limit", "type");
	assert_fault("\"limit\":201", "/limit", "maximum");
	assert_fault("\"limit\":\"10\"", "/limit", "type");
	assert_fault("\"after\":10", "/after", "type");
	assert_fault("\"query\":7", "/query", "type");
	assert_fault("\"filters\":{}", "/filters", "type");
	assert_fault("\"filters\":[7]", "/filters/0", "type");
	assert_fault(
		"\"filter_groups\":[{\"filters\":[]}]", "/filter_groups/0/filters", "minItems");
	assert_fault("\"filters\":[],\"filter_groups\":[]", "/filter_groups", "oneOf");
	fake_send(http, "POST", "/contacts/search", "[]");
	assert_refused(422, "validation_failed");
	fake_send(http, "POST", "/contacts/search", NULL);
	assert_refused(400, "invalid_json");
	fake_send(http, "POST", "/contacts/search?limit=1", "{}");
	assert_refused(400, "unknown_parameter");
}

/* ---- replies ---- */

static void test_bad_replies(void **state) {
	(void)state;
	open_contacts(NULL);
	static const char *const bad[] = {
		"{\"results\":[]}",
		"{\"results\":[],\"total\":-1}",
		"{\"results\":[],\"total\":\"3\"}",
		"{\"total\":0}",
		"{\"results\":[{\"id\":\"1\"},{}],\"total\":2}",
		"{\"results\":[],\"total\":3}",
		"{\"results\":[],\"total\":0,\"paging\":{\"next\":{\"after\":\"2\"}}}",
		/* Not the order that was asked for: the next page would leave records out. */
		"{\"results\":[{\"id\":\"2\"},{\"id\":\"1\"}],\"total\":2}",
		"{\"results\":[{\"id\":\"10\"},{\"id\":\"9\"}],\"total\":2}",
		"{\"results\":[{\"id\":\"2\"},{\"id\":\"2\"}],\"total\":2}",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		search("");
		finish_as(200, bad[i]);
		assert_refused(502, "hubspot_bad_reply");
	}
	search("\"sort\":\"-id\"");
	finish_as(200, "{\"results\":[{\"id\":\"1\"},{\"id\":\"2\"}],\"total\":2}");
	assert_refused(502, "hubspot_bad_reply");
	search("\"sort\":\"email\"");
	finish_as(200, "{\"results\":[{\"id\":\"2\"},{\"id\":\"1\"}],\"total\":2}");
	assert_int_equal(fake_reply()->status, 200);
	/* From before the cursor. */
	search("");
	finish_found(5, 2, 1, 3);
	search_after("", next_cursor());
	finish_found(6, 1, 1, 1);
	assert_refused(502, "hubspot_bad_reply");
}

/* ---- each allocation fails once ---- */

static unsigned places; /* allocations so far */
static unsigned bad_place;

static void *scarce(size_t size) {
	return places++ == bad_place ? NULL : malloc(size);
}

/* Runs `work` where one allocation fails; gives how many there were. */
static unsigned run_scarcely(unsigned bad, void (*work)(json_t *about), json_t *about) {
	json_malloc_t plain_malloc = NULL;
	json_free_t plain_free = NULL;
	json_get_alloc_funcs(&plain_malloc, &plain_free);
	places = 0;
	bad_place = bad;
	json_set_alloc_funcs(scarce, plain_free);
	work(about);
	json_set_alloc_funcs(plain_malloc, plain_free);
	return places;
}

static void finish_all(json_t *reply) {
	(void)fake_finish(0, &(struct hubspot_result){.status = 200, .record = reply});
}

static void copy(json_t *body) {
	json_decref(json_deep_copy(body));
}

/* The whole page, or a refusal; never a part of it. */
static void test_out_of_memory(void **state) {
	(void)state;
	open_contacts(NULL);
	json_auto_t *reply = found(1, 20, 1, 40);
	search("\"properties\":[\"email\"]");
	unsigned count = run_scarcely(UINT32_MAX, finish_all, reply);
	assert_int_equal(fake_reply()->status, 200);
	count -= run_scarcely(UINT32_MAX, copy, fake_reply()->body); /* the fake's own */
	assert_in_range(count, 40, 1000);
	for (unsigned bad = 0; bad < count; bad++) {
		hubspot = fake_hubspot_reset();
		search("\"properties\":[\"email\"]");
		run_scarcely(bad, finish_all, reply);
		assert_null(fake_request());
		assert_int_equal(fake_reply()->status, 503);
	}
}

static void test_offer(void **state) {
	(void)state;
	struct hsc_object contact = plain_contact;
	contact.offers = HSC_OBJECT_LIST;
	assert_non_null(open_with(&contact, NULL));
	assert_int_equal(fake_http_route_count(http), 2);
	assert_null(fake_http_route(http, "GET", "/contacts")->body_schema);
	assert_non_null(fake_http_route(http, "POST", "/contacts/search")->body_schema);
}

static void test_refused_by_hubspot(void **state) {
	(void)state;
	open_contacts(NULL);
	search("");
	json_auto_t *errors = json_loads("[{\"property\":\"content\",\"code\":\"INVALID\","
					 "\"message\":\"no such operator\"}]",
		0, NULL);
	assert_true(fake_finish(0,
		&(struct hubspot_result){.failure = HUBSPOT_INVALID,
			.outcome = HUBSPOT_UNKNOWN,
			.status = 400,
			.category = "VALIDATION_ERROR",
			.message = "There was a problem with the request.",
			.errors = errors}));
	assert_refused(422, "hubspot_invalid");
	assert_error("/notes", "INVALID");
	assert_string_equal(reply_text("outcome"), "not_applied");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_search, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_everything, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_groups, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_wanted_properties, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_whole_limit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sorts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_bodies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_replies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_out_of_memory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_offer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused_by_hubspot, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
