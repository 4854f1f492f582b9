#include "object/pages_kit.h"

static int list(const char *query) {
	char *target = str_format("/contacts%s", query);
	int handled = fake_send(http, "GET", target, NULL);
	free(target);
	return handled;
}

static int list_after(const char *query, const char *after) {
	char *target =
		str_format("/contacts?%s%safter=%s", query, *query != '\0' ? "&" : "", after);
	int handled = fake_send(http, "GET", target, NULL);
	free(target);
	return handled;
}

/* ---- all ---- */

static void test_all(void **state) {
	(void)state;
	open_contacts(NULL);
	assert_int_equal(list(""), HTTP_LATER);
	assert_int_equal(asked(0)->kind, HUBSPOT_RAW);
	assert_int_equal(asked(0)->flags, HUBSPOT_REPEATABLE);
	assert_string_equal(asked(0)->object,
		"GET {objects}/contacts?limit=100&properties=createdate,email,firstname,content,"
		"children,income,is_vip,hobbies,birthday,tier");
	assert_null(asked(0)->body);
	assert_int_equal(asked(0)->deadline_ms, FAKE_DEADLINE_MS);
	assert_string_equal(asked(0)->label, FAKE_REQUEST_ID);
	finish_as(200,
		"{\"results\":[{\"id\":\"1\",\"properties\":{\"email\":\"a@b.c\",\"content\":\"x\","
		"\"children\":\"2\",\"is_vip\":\"true\",\"hobbies\":\"a;b\",\"firstname\":null}},"
		"{\"id\":\"2\",\"properties\":{}}],"
		"\"paging\":{\"next\":{\"after\":\"3\",\"link\":\"https://x\"}}}");
	assert_int_equal(fake_reply()->status, 200);
	assert_json(json_object_get(fake_reply()->body, "results"),
		"[{\"id\":\"1\",\"email\":\"a@b.c\",\"notes\":\"x\",\"children\":2,\"is_vip\":true,"
		"\"hobbies\":[\"a\",\"b\"]},{\"id\":\"2\"}]");
	assert_int_equal(json_object_size(fake_reply()->body), 2);
	assert_int_equal(list_after("limit=7", next_cursor()), HTTP_LATER);
	assert_true(str_starts_with(asked(1)->object, "GET {objects}/contacts?limit=7&after=3&"));
	finish_as(200, "{\"results\":[]}");
	assert_json(fake_reply()->body, "{\"results\":[]}");
}

static void test_limits(void **state) {
	(void)state;
	open_contacts(NULL);
	static const char *const bad[] = {
		"?limit=0", "?limit=101", "?limit=ten", "?limit=", "?limit=-1", "?limit=1.5"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(list(bad[i]), HTTP_REPLIED);
		assert_refused(400, "invalid_parameter");
		assert_non_null(strstr(reply_text("message"), "limit"));
	}
	list("?limit=1");
	finish_as(200, "{\"results\":[]}");
	list("?limit=100&after=");
	assert_true(str_starts_with(asked(1)->object, "GET {objects}/contacts?limit=100&prop"));
	finish_as(200, "{\"results\":[]}");
	list("?emial=a@b.c");
	assert_refused(400, "unknown_parameter");
	list("?limit=1&limit=2");
	assert_refused(400, "duplicate_parameter");
	list("?createdate=1");
	assert_refused(400, "unknown_parameter");
	assert_int_equal(fake_operation_count(), 2);
}

/* HubSpot's own cursor may be any text. */
static void test_cursor_is_quoted(void **state) {
	(void)state;
	open_contacts(NULL);
	list("");
	finish_as(200, "{\"results\":[],\"paging\":{\"next\":{\"after\":\"a&b=./c\"}}}");
	char *escaped = NULL;
	struct buf text;
	buf_init(&text, 1000);
	str_add_url_escaped(&text, next_cursor());
	escaped = buf_take(&text);
	list_after("", escaped);
	free(escaped);
	assert_true(str_starts_with(
		asked(1)->object, "GET {objects}/contacts?limit=100&after=a%26b%3D.%2Fc&"));
	finish_as(200, "{\"results\":[]}");
}

static void test_bad_cursors(void **state) {
	(void)state;
	open_contacts(NULL);
	list("");
	finish_as(200, "{\"results\":[],\"paging\":{\"next\":{\"after\":\"33452\"}}}");
	char good[256];
	snprintf(good, sizeof(good), "%s", next_cursor());
	/* Each character counts. */
	for (size_t i = 0; good[i] != '\0'; i++) {
		char bad[256];
		snprintf(bad, sizeof(bad), "%s", good);
		bad[i] = bad[i] == '1' ? '2' : '1';
		assert_int_equal(list_after("", bad), HTTP_REPLIED);
		assert_refused(400, "invalid_parameter");
		assert_non_null(strstr(reply_text("message"), "after"));
	}
	for (size_t length = strlen(good); length-- > 1;) {
		char bad[256];
		snprintf(bad, sizeof(bad), "%.*s", (int)length, good);
		assert_int_equal(list_after("", bad), HTTP_REPLIED);
		assert_refused(400, "invalid_parameter");
	}
	static const char *const others[] = {
		"33452", ".", "l.", "l0123456789abcdef.", "x0123456789abcdef0.1", "0"};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(list_after("", others[i]), HTTP_REPLIED);
		assert_refused(400, "invalid_parameter");
	}
	/* It is this list's, and no other question's. */
	assert_int_equal(list_after("firstname=Ada", good), HTTP_REPLIED);
	assert_refused(400, "invalid_parameter");
	assert_int_equal(search_after("", good), HTTP_REPLIED);
	assert_refused(422, "validation_failed");
	assert_int_equal(list_after("", good), HTTP_LATER);
	finish_as(200, "{\"results\":[]}");
}

/* A list of another type is another question. */
static void test_cursor_of_another_object(void **state) {
	(void)state;
	open_contacts(NULL);
	struct hsc_object other = plain_contact;
	other.path = "/people";
	other.hubspot = "2-1";
	assert_non_null(open_with(&other, NULL));
	list("");
	finish_as(200, "{\"results\":[],\"paging\":{\"next\":{\"after\":\"3\"}}}");
	char *target = str_format("/people?after=%s", next_cursor());
	fake_send(http, "GET", target, NULL);
	free(target);
	assert_refused(400, "invalid_parameter");
}

/* ---- replies that cannot be right ---- */

static void test_bad_replies(void **state) {
	(void)state;
	open_contacts(NULL);
	static const char *const bad[] = {
		"{}",
		"[]",
		"{\"results\":{}}",
		"{\"results\":[{\"properties\":{}}]}",
		"{\"results\":[{\"id\":7}]}",
		"{\"results\":[{\"id\":\"x\"}]}",
		"{\"results\":[],\"paging\":{\"next\":{}}}",
		"{\"results\":[],\"paging\":{\"next\":{\"after\":\"\"}}}",
		"{\"results\":[],\"paging\":{\"next\":{\"after\":12}}}",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		list("");
		finish_as(200, bad[i]);
		assert_refused(502, "hubspot_bad_reply");
		assert_null(json_object_get(fake_reply()->body, "outcome"));
	}
	/* It would go on for ever. */
	list("");
	finish_as(200, "{\"results\":[],\"paging\":{\"next\":{\"after\":\"3\"}}}");
	list_after("", next_cursor());
	finish_as(200, "{\"results\":[],\"paging\":{\"next\":{\"after\":\"3\"}}}");
	assert_refused(502, "hubspot_bad_reply");
	list("");
	assert_true(
		fake_finish(fake_operation_count() - 1, &(struct hubspot_result){.status = 204}));
	assert_refused(502, "hubspot_bad_reply");
}

static void test_failures(void **state) {
	(void)state;
	open_contacts(NULL);
	list("");
	finish_failed(HUBSPOT_BUSY);
	assert_refused(503, "busy");
	list("");
	finish_failed(HUBSPOT_FORBIDDEN);
	assert_refused(502, "hubspot_forbidden");
	fake_hubspot_refuse(true);
	assert_int_equal(list(""), HTTP_REPLIED);
	assert_refused(503, "unavailable");
	assert_int_equal(list("?email=a@b.c"), HTTP_REPLIED);
	assert_refused(503, "unavailable");
	assert_int_equal(list("?tier=gold"), HTTP_REPLIED);
	assert_refused(503, "unavailable");
}

static void test_caller_leaves(void **state) {
	(void)state;
	open_contacts(NULL);
	list("");
	fake_leave();
	assert_true(fake_operation(0)->is_cancelled);
	assert_int_equal(fake_run_cancelled(), 1);
	assert_false(fake_reply()->was_sent);
}

/* ---- by a key ---- */

static void test_by_key(void **state) {
	(void)state;
	open_contacts(NULL);
	assert_int_equal(list("?email=Ada%40Example.com"), HTTP_LATER);
	assert_int_equal(asked(0)->kind, HUBSPOT_READ);
	assert_string_equal(asked(0)->object, "contacts");
	assert_string_equal(asked(0)->id, "ada@example.com");
	assert_string_equal(asked(0)->id_property, "email");
	assert_string_equal(asked(0)->properties[1], "email");
	finish_as(200, "{\"id\":\"7\",\"properties\":{\"email\":\"ada@example.com\"}}");
	assert_int_equal(fake_reply()->status, 200);
	assert_json(
		fake_reply()->body, "{\"results\":[{\"id\":\"7\",\"email\":\"ada@example.com\"}]}");
	list("?email=nobody@example.com&limit=5");
	finish_failed(HUBSPOT_NOT_FOUND);
	assert_int_equal(fake_reply()->status, 200);
	assert_json(fake_reply()->body, "{\"results\":[]}");
	list("?email=nobody@example.com");
	finish_failed(HUBSPOT_DEADLINE);
	assert_refused(504, "deadline");
	list("?id=17");
	assert_int_equal(asked(3)->kind, HUBSPOT_READ);
	assert_string_equal(asked(3)->id, "17");
	assert_null(asked(3)->id_property);
	finish_as(200, "{\"id\":\"17\",\"properties\":{}}");
	assert_json(fake_reply()->body, "{\"results\":[{\"id\":\"17\"}]}");
	static const char *const bad[] = {"?email=", "?id=", "?id=x", "?id=123456789012345678901",
		"?email=a@b.c&firstname=Ada", "?email=a@b.c&id=1", "?email=a@b.c&after=x",
		"?email=a@b.c&limit=0"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(list(bad[i]), HTTP_REPLIED);
		assert_refused(400, "invalid_parameter");
	}
	assert_int_equal(fake_operation_count(), 4);
}

/* HubSpot lets many companies have one domain. */
static void test_shared_key_is_searched(void **state) {
	(void)state;
	static const char schema[] = "{\"properties\":{\"domain\":{\"type\":\"string\"}}}";
	assert_non_null(
		open_with(&(const struct hsc_object)HSC_OBJECT(.offers = HSC_OBJECT_ALL,
				  .path = "/companies", .name = "company", .hubspot = "companies",
				  .key = "domain", .schema = schema),
			NULL));
	fake_send(http, "GET", "/companies?domain=b.c", NULL);
	assert_string_equal(asked(0)->object, "POST {objects}/companies/search");
	finish_found(1, 2, 1, 2);
	assert_json(fake_reply()->body, "{\"results\":[{\"id\":\"1\"},{\"id\":\"2\"}]}");
}

/* ---- by other values ---- */

static void test_by_values(void **state) {
	(void)state;
	open_contacts(NULL);
	assert_int_equal(list("?firstname=Ada&birthday=1970-01-02&is_vip=true&children=2&limit=50"),
		HTTP_LATER);
	assert_string_equal(asked(0)->object, "POST {objects}/contacts/search");
	assert_int_equal(asked(0)->flags, HUBSPOT_REPEATABLE);
	json_auto_t *body = json_deep_copy(asked(0)->body);
	json_object_del(body, "properties");
	assert_json(body,
		"{\"filterGroups\":[{\"filters\":["
		"{\"propertyName\":\"firstname\",\"operator\":\"EQ\",\"value\":\"Ada\"},"
		"{\"propertyName\":\"children\",\"operator\":\"EQ\",\"value\":\"2\"},"
		"{\"propertyName\":\"is_vip\",\"operator\":\"EQ\",\"value\":\"true\"},"
		"{\"propertyName\":\"birthday\",\"operator\":\"EQ\",\"value\":\"86400000\"}]}],"
		"\"sorts\":[{\"propertyName\":\"hs_object_id\",\"direction\":\"ASCENDING\"}],"
		"\"limit\":50}");
	finish_found(3, 50, 2, 51);
	assert_int_equal(json_object_size(fake_reply()->body), 2);
	list_after("firstname=Ada&birthday=1970-01-02&is_vip=true&children=2", next_cursor());
	const json_t *filters = json_object_get(
		json_array_get(json_object_get(asked(1)->body, "filterGroups"), 0), "filters");
	assert_json(json_array_get(filters, 4),
		"{\"propertyName\":\"hs_object_id\",\"operator\":\"GT\",\"value\":\"101\"}");
	finish_found(102, 1, 1, 1);
	assert_json(fake_reply()->body, "{\"results\":[{\"id\":\"102\"}]}");
}

static void test_bad_values(void **state) {
	(void)state;
	open_contacts(NULL);
	static const struct {
		const char *query, *message;
	} bad[] = {
		{"?birthday=soon", "birthday: must be a date"},
		{"?birthday=2026-02-30", "birthday: there is no such date"},
		{"?children=two", "children: must be a number"},
		{"?is_vip=yes", "is_vip: must be true or false"},
		{"?firstname=", "firstname: must not be empty"},
		{"?firstname=a&notes=a&children=1&income=1&is_vip=true&hobbies=a&tier=gold",
			"at most 6 properties"},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(list(bad[i].query), HTTP_REPLIED);
		assert_refused(400, "invalid_parameter");
		assert_non_null(strstr(reply_text("message"), bad[i].message));
	}
	assert_int_equal(fake_operation_count(), 0);
}

/* ---- more properties than an address can hold ---- */

static struct object *open_wide(void) {
	json_auto_t *overrides = json_pack("{s:{}}", "properties");
	for (int i = 0; i < 600; i++) {
		char name[32];
		snprintf(name, sizeof(name), "a_rather_long_name_%d", i);
		json_object_set_new(json_object_get(overrides, "properties"), name,
			json_pack("{s:s}", "type", "string"));
	}
	char *text = json_dumps(overrides, 0);
	struct object *object = open_contacts(text);
	free(text);
	return object;
}

static void test_many_properties(void **state) {
	(void)state;
	open_wide();
	list("?limit=3");
	assert_string_equal(
		asked(0)->object, "GET {objects}/contacts?limit=3&properties=hs_object_id");
	finish_as(200,
		"{\"results\":[{\"id\":\"1\"},{\"id\":\"2\"},{\"id\":\"3\"}],"
		"\"paging\":{\"next\":{\"after\":\"4\"}}}");
	assert_string_equal(asked(1)->object, "POST {objects}/contacts/batch/read");
	assert_int_equal(asked(1)->flags, HUBSPOT_REPEATABLE);
	assert_json(json_object_get(asked(1)->body, "inputs"),
		"[{\"id\":\"1\"},{\"id\":\"2\"},{\"id\":\"3\"}]");
	assert_int_equal(json_array_size(json_object_get(asked(1)->body, "properties")), 610);
	finish_as(207,
		"{\"results\":[{\"id\":\"3\",\"properties\":{\"email\":\"c@b.c\"}},"
		"{\"id\":\"1\",\"properties\":{\"email\":\"a@b.c\"}}],"
		"\"errors\":[{\"category\":\"OBJECT_NOT_FOUND\"}]}");
	assert_json(json_object_get(fake_reply()->body, "results"),
		"[{\"id\":\"1\",\"email\":\"a@b.c\"},{\"id\":\"3\",\"email\":\"c@b.c\"}]");
	assert_string_not_equal(next_cursor(), "");
	/* One that is missing, and nobody says why. */
	list("");
	finish_as(200, "{\"results\":[{\"id\":\"1\"},{\"id\":\"2\"}]}");
	finish_as(200, "{\"results\":[{\"id\":\"1\",\"properties\":{}}]}");
	assert_refused(502, "hubspot_bad_reply");
	list("");
	finish_as(200, "{\"results\":[{\"id\":\"1\"}]}");
	finish_failed(HUBSPOT_LIMITED);
	assert_refused(503, "hubspot_limited");
	list("");
	finish_as(200, "{\"results\":[]}");
	assert_json(fake_reply()->body, "{\"results\":[]}");
	list("");
	fake_hubspot_refuse(true);
	finish_as(200, "{\"results\":[{\"id\":\"1\"}]}");
	assert_refused(503, "unavailable");
}

static void test_caller_leaves_between(void **state) {
	(void)state;
	open_wide();
	list("");
	finish_as(200, "{\"results\":[{\"id\":\"1\"}]}");
	fake_leave();
	assert_true(fake_operation(1)->is_cancelled);
	assert_int_equal(fake_run_cancelled(), 1);
	assert_false(fake_reply()->was_sent);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cursor_is_quoted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_cursors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cursor_of_another_object, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_replies, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failures, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_caller_leaves, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_by_key, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_shared_key_is_searched, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_by_values, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_values, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many_properties, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_caller_leaves_between, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
