/* Lists and searches: how HubSpot is asked, and the page that comes back. */
#include "things.h"

#include <string.h>

#define TEST(name) cmocka_unit_test_setup_teardown(name, border_set_up, border_tear_down)

/* ---- lists ---- */

static void a_list_is_a_page_of_flat_records(void **state) {
	things_open(state);
	const struct hsc_operation list = HSC_OPERATION(.kind = HSC_LIST, .object = "things");
	assert_int_equal(things_submit(&list), 0);
	assert_int_equal(asked(0)->kind, HUBSPOT_RAW);
	assert_int_equal(asked(0)->flags, HUBSPOT_REPEATABLE);
	assert_string_equal(
		asked(0)->object, "GET {objects}/2-77?limit=100&properties=code,hs_size");
	assert_null(asked(0)->body);
	finish_with(0,
		"{\"results\":[{\"id\":\"1\",\"properties\":{\"code\":\"a\",\"hs_size\":\"5\"}}],"
		"\"paging\":{\"next\":{\"after\":\"7\",\"link\":\"https://x\"}}}");
	assert_int_equal(things.last.error, 0);
	assert_int_equal(things.last.reply_status, 200);
	assert_null(things.last.problem);
	expect_json(things.last.body,
		"{\"results\":[{\"id\":\"1\",\"code\":\"a\",\"size\":5}],"
		"\"paging\":{\"next\":{\"after\":\"7\"}}}");
}

static void a_list_says_where_it_begins_and_what_it_wants(void **state) {
	static const char *const names[] = {"size", NULL};
	things_open(state);
	json_t *body = json_pack("{s:i,s:s}", "limit", 3, "after", "a&b");
	const struct hsc_operation ours = HSC_OPERATION(.kind = HSC_LIST, .object = "things",
		.body = body, .properties = names);
	const struct hsc_operation theirs = HSC_OPERATION(.kind = HSC_LIST, .object = "p1_cars",
		.body = body, .properties = names);
	assert_int_equal(things_submit(&ours), 0);
	assert_int_equal(things_submit(&theirs), 0);
	json_decref(body);
	assert_string_equal(
		asked(0)->object, "GET {objects}/2-77?limit=3&after=a%26b&properties=hs_size");
	assert_string_equal(
		asked(1)->object, "GET {objects}/p1_cars?limit=3&after=a%26b&properties=size");
	finish_with(1, "{\"results\":[{\"id\":\"1\",\"properties\":{\"size\":\"5\"}}]}");
	expect_json(
		things.last.body, "{\"results\":[{\"id\":\"1\",\"properties\":{\"size\":\"5\"}}]}");
}

static void what_is_no_page_is_a_failure(void **state) {
	things_open(state);
	const struct hsc_operation list = HSC_OPERATION(.kind = HSC_LIST, .object = "things");
	assert_int_equal(things_submit(&list), 0);
	finish_with(0, "{\"results\":7}");
	assert_int_equal(things.last.error, HSC_ENET);
	assert_int_equal(things.last.reply_status, 502);
	assert_null(things.last.body);
	assert_null(
		json_object_get(things.last.problem, "outcome")); /* nothing was to be written */
}

static void a_bad_page_is_not_asked_for(void **state) {
	things_open(state);
	static const char *const BODIES[] = {"{\"limit\":0}", "{\"limit\":101}",
		"{\"limit\":\"5\"}", "{\"after\":7}", "{\"offset\":7}", "[]"};
	for (size_t i = 0; i < sizeof(BODIES) / sizeof(BODIES[0]); i++) {
		json_t *body = json_loads(BODIES[i], 0, NULL);
		const struct hsc_operation list =
			HSC_OPERATION(.kind = HSC_LIST, .object = "things", .body = body);
		assert_int_equal(things_submit(&list), HSC_EINVAL);
		json_decref(body);
	}
	char cursor[1026];
	memset(cursor, 'x', sizeof(cursor) - 1);
	cursor[sizeof(cursor) - 1] = '\0';
	json_t *body = json_pack("{s:s}", "after", cursor);
	const struct hsc_operation list =
		HSC_OPERATION(.kind = HSC_LIST, .object = "p1_cars", .body = body);
	assert_int_equal(things_submit(&list), HSC_EINVAL);
	json_decref(body);
	assert_int_equal(fake_operation_count(), 0);
}

/* ---- a list that is too wide for one call ---- */

enum { MANY = 400 };

static const char **many_names(void) {
	static char names[MANY][32];
	static const char *list[MANY + 1];
	for (size_t i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "a_property_with_a_long_name_%03zu", i);
		list[i] = names[i];
	}
	return list;
}

static struct border *ask_wide(void **state) {
	struct border *border = things_open(state);
	const struct hsc_operation list = HSC_OPERATION(.kind = HSC_LIST, .object = "things",
		.properties = many_names(), .timeout_ms = 700, .flags = HSC_BULK);
	assert_int_equal(things_submit(&list), 0);
	assert_string_equal(
		asked(0)->object, "GET {objects}/2-77?limit=100&properties=hs_object_id");
	finish_with(0,
		"{\"results\":[{\"id\":\"1\",\"properties\":{}},{\"id\":\"2\",\"properties\":{}},"
		"{\"id\":\"3\",\"properties\":{}}],\"paging\":{\"next\":{\"after\":\"4\"}}}");
	assert_int_equal(things.done_count, 0);
	assert_int_equal(fake_operation_count(), 4);
	return border;
}

static void a_wide_list_is_read_record_by_record(void **state) {
	ask_wide(state);
	for (size_t i = 1; i <= 3; i++) {
		assert_int_equal(asked(i)->kind, HUBSPOT_READ);
		assert_int_equal(asked(i)->priority, HUBSPOT_BULK);
		assert_int_equal(asked(i)->deadline_ms, asked(0)->deadline_ms);
		assert_string_equal(asked(i)->object, "2-77");
		assert_string_equal(asked(i)->caller.name, "plugin:probe");
		assert_string_equal(asked(i)->properties[MANY - 1], many_names()[MANY - 1]);
	}
	assert_string_equal(asked(2)->id, "2");
	finish_with(3, "{\"id\":\"3\",\"properties\":{\"hs_size\":\"3\"}}");
	fake_finish(2, &(struct hubspot_result){.failure = HUBSPOT_NOT_FOUND, .status = 404});
	assert_int_equal(things.done_count, 0);
	finish_with(1, "{\"id\":\"1\",\"properties\":{\"hs_size\":\"1\"}}");
	assert_int_equal(things.done_count, 1);
	expect_json(things.last.body,
		"{\"results\":[{\"id\":\"1\",\"size\":1},{\"id\":\"3\",\"size\":3}],"
		"\"paging\":{\"next\":{\"after\":\"4\"}}}");
}

static void a_wide_list_lacks_no_record_without_saying_so(void **state) {
	ask_wide(state);
	finish_with(1, "{\"id\":\"1\",\"properties\":{}}");
	fake_finish(2, &(struct hubspot_result){.failure = HUBSPOT_BUSY, .retry_after_ms = 900});
	fake_finish(3, &(struct hubspot_result){.failure = HUBSPOT_DEADLINE});
	assert_int_equal(things.done_count, 1);
	assert_int_equal(things.last.error, HSC_EBUSY); /* the first failure is the list's */
	assert_int_equal(things.last.retry_after_ms, 900);
}

static void a_read_that_brings_nothing_is_a_failure(void **state) {
	ask_wide(state);
	finish_with(1, "{\"id\":\"1\",\"properties\":{}}");
	fake_finish(2, &(struct hubspot_result){.failure = HUBSPOT_OK});
	finish_with(3, "{\"id\":\"3\",\"properties\":{}}");
	assert_int_equal(things.last.error, HSC_ENET);
	assert_null(things.last.body);
}

static void a_wide_list_can_be_cut_short(void **state) {
	struct border *border = ask_wide(state);
	plugins_stop(border->plugins);
	border->plugins = NULL;
	assert_int_equal(things.done_count, 1);
	assert_int_equal(things.last.error, HSC_EGONE);
	assert_int_equal(fake_run_cancelled(), 3); /* heard by nobody, and freed */
	assert_int_equal(things.done_count, 1);
}

/* ---- searches ---- */

static void a_search_is_translated(void **state) {
	things_open(state);
	json_t *body = json_loads("{\"filters\":[{\"property\":\"size\",\"operator\":\"GT\","
				  "\"value\":4}],\"limit\":2}",
		0, NULL);
	const struct hsc_operation search =
		HSC_OPERATION(.kind = HSC_SEARCH, .object = "things", .body = body);
	assert_int_equal(things_submit(&search), 0);
	json_decref(body);
	assert_int_equal(asked(0)->kind, HUBSPOT_RAW);
	assert_int_equal(asked(0)->flags, HUBSPOT_REPEATABLE);
	assert_string_equal(asked(0)->object, "POST {objects}/2-77/search");
	const json_t *group = json_array_get(json_object_get(asked(0)->body, "filterGroups"), 0);
	const json_t *filter = json_array_get(json_object_get(group, "filters"), 0);
	assert_string_equal(json_string_value(json_object_get(filter, "propertyName")), "hs_size");
	assert_int_equal(json_integer_value(json_object_get(asked(0)->body, "limit")), 2);
	finish_with(
		0, "{\"total\":1,\"results\":[{\"id\":\"1\",\"properties\":{\"hs_size\":\"5\"}}]}");
	expect_json(things.last.body, "{\"total\":1,\"results\":[{\"id\":\"1\",\"size\":5}]}");
}

static void a_search_asks_for_the_named_properties(void **state) {
	static const char *const names[] = {"size", NULL};
	things_open(state);
	json_t *body = json_pack("{s:s}", "query", "x");
	const struct hsc_operation ours = HSC_OPERATION(.kind = HSC_SEARCH, .object = "things",
		.body = body, .properties = names);
	const struct hsc_operation theirs = HSC_OPERATION(.kind = HSC_SEARCH, .object = "p1_cars",
		.body = body, .properties = names);
	assert_int_equal(things_submit(&ours), 0);
	assert_int_equal(things_submit(&theirs), 0);
	expect_json(json_object_get(asked(0)->body, "properties"), "[\"hs_size\"]");
	expect_json(asked(1)->body, "{\"query\":\"x\",\"properties\":[\"size\"]}");
	assert_int_equal(json_object_size(body), 1); /* the plugin's own is as it was */
	json_decref(body);
}

static void a_bad_search_is_refused(void **state) {
	things_open(state);
	json_t *body = json_loads(
		"{\"filters\":[{\"property\":\"colour\",\"operator\":\"EQ\",\"value\":\"x\"}]}", 0,
		NULL);
	struct hsc_operation search =
		HSC_OPERATION(.kind = HSC_SEARCH, .object = "things", .body = body);
	int64_t before = misuses("probe", "bad_argument");
	assert_int_equal(things_submit(&search), HSC_EINVAL);
	assert_int_equal(misuses("probe", "bad_argument") - before, 1);
	assert_int_equal(lines_with("plugin misuse", "/filters/0/property"), 1);
	search.body = NULL;
	assert_int_equal(things_submit(&search), HSC_EINVAL);
	assert_int_equal(fake_operation_count(), 0);
	json_decref(body);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(a_list_is_a_page_of_flat_records),
		TEST(a_list_says_where_it_begins_and_what_it_wants),
		TEST(what_is_no_page_is_a_failure),
		TEST(a_bad_page_is_not_asked_for),
		TEST(a_wide_list_is_read_record_by_record),
		TEST(a_wide_list_lacks_no_record_without_saying_so),
		TEST(a_read_that_brings_nothing_is_a_failure),
		TEST(a_wide_list_can_be_cut_short),
		TEST(a_search_is_translated),
		TEST(a_search_asks_for_the_named_properties),
		TEST(a_bad_search_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, things_forget);
}
