#include "object/pages_kit.h"

/* What HubSpot was asked last, but for the properties. */
static void assert_asked(const char *expected) {
	json_auto_t *body = json_deep_copy(asked(fake_operation_count() - 1)->body);
	json_object_del(body, "properties");
	assert_json(body, expected);
}

/* ---- HubSpot's bounds ---- */

/* "filters": [`count` filters] */
static void add_filters(struct buf *to, int count) {
	buf_add_text(to, "\"filters\":[");
	for (int i = 0; i < count; i++) {
		buf_printf(to, "%s{\"property\":\"tier\",\"operator\":\"HAS_PROPERTY\"}",
			i > 0 ? "," : "");
	}
	buf_add_text(to, "]");
}

/* `groups` groups of `filters` filters. */
static char *groups_of(int groups, int filters) {
	struct buf text;
	buf_init(&text, 100000);
	buf_add_text(&text, "\"filter_groups\":[");
	for (int i = 0; i < groups; i++) {
		buf_add_text(&text, i > 0 ? ",{" : "{");
		add_filters(&text, filters);
		buf_add_text(&text, "}");
	}
	buf_add_text(&text, "]");
	return buf_take(&text);
}

static void test_bounds_of_filters(void **state) {
	(void)state;
	open_contacts(NULL);
	static const struct {
		int groups, filters;
		const char *field; /* NULL: taken */
	} cases[] = {{1, 6, NULL}, {3, 6, NULL}, {5, 3, NULL}, {5, 1, NULL},
		{1, 7, "/filter_groups/0/filters"}, {6, 1, "/filter_groups"},
		{4, 5, "/filter_groups"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *members = groups_of(cases[i].groups, cases[i].filters);
		if (cases[i].field != NULL) {
			assert_fault(members, cases[i].field, "maxItems");
		} else {
			assert_int_equal(search(members), HTTP_LATER);
			finish_found(1, 0, 1, 0);
		}
		free(members);
	}
}

static size_t length_of(const json_t *body) {
	char *text = json_dumps(body, JSON_COMPACT);
	size_t length = strlen(text);
	free(text);
	return length;
}

/* A search of about `length` bytes by one long value. */
static char *long_search(int length) {
	return str_format(
		"\"filters\":[{\"property\":\"notes\",\"operator\":\"EQ\",\"value\":\"%0*d\"}]",
		length, 1);
}

/* HubSpot takes 3,000 characters. Names of properties give way first, then nothing does. */
static void test_bounds_of_length(void **state) {
	(void)state;
	open_contacts(NULL);
	bool was_bare = false, was_refused = false;
	for (int length = 2500; length < 3000; length += 7) {
		char *members = long_search(length);
		int handled = search(members);
		free(members);
		if (handled == HTTP_REPLIED) {
			assert_refused(422, "validation_failed");
			assert_error("", "maxLength");
			was_refused = true;
			continue;
		}
		assert_false(was_refused);
		const struct hubspot_operation *operation = asked(fake_operation_count() - 1);
		assert_in_range(length_of(operation->body), 1, 3000);
		bool is_bare = json_array_size(json_object_get(operation->body, "properties")) == 1;
		assert_true(is_bare || !was_bare);
		was_bare = is_bare;
		finish_found(1, 0, 1, 0);
		hubspot = fake_hubspot_reset();
	}
	assert_true(was_bare && was_refused);
}

/* However a search is paged, its last page is not too long either. */
static void test_length_of_later_pages(void **state) {
	(void)state;
	open_contacts(NULL);
	for (int length = 2500; length < 2900; length += 3) {
		char *members = long_search(length);
		if (search(members) == HTTP_LATER) {
			finish_as(200,
				"{\"total\":5,\"results\":[{\"id\":\"18446744073709551615\"}]}");
			bool is_bare = fake_request() != NULL;
			if (is_bare) {
				finish_as(200, "{\"results\":[{\"id\":\"18446744073709551615\"}]}");
			}
			assert_int_equal(search_after(members, next_cursor()), HTTP_LATER);
			assert_in_range(
				length_of(asked(fake_operation_count() - 1)->body), 1, 3000);
			finish_found(1, 0, 1, 0);
		}
		free(members);
		hubspot = fake_hubspot_reset();
	}
}

/* A record that is not among those that were read has to be one that HubSpot says it has not. */
static void test_missing_when_read(void **state) {
	static const struct {
		const char *errors;
		int status;
	} cases[] = {
		{"{\"category\":\"OBJECT_NOT_FOUND\",\"context\":{\"ids\":[\"2\"]}}", 200},
		{"{\"category\":\"OBJECT_NOT_FOUND\"}", 200},
		{"{\"category\":\"OBJECT_NOT_FOUND\",\"context\":{\"ids\":[\"3\"]}}", 502},
		{"{\"category\":\"OBJECT_NOT_FOUND\",\"context\":{\"ids\":[\"9\"]}},"
		 "{\"category\":\"OBJECT_NOT_FOUND\",\"context\":{\"ids\":[\"2\"]}}",
			200},
		{"{\"category\":\"RATE_LIMITS\",\"context\":{\"ids\":[\"2\"]}}", 502},
		{"{\"category\":\"RATE_LIMITS\"}", 502},
		{"{}", 502},
	};
	(void)state;
	open_contacts(NULL);
	char *text = long_search(2720);
	char *members = str_format("\"query\":\"x\",\"limit\":200,%s", text);
	free(text);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		search(members);
		finish_found(1, 2, 1, 2);
		char *reply = str_format("{\"results\":[{\"id\":\"1\",\"properties\":{}}],"
					 "\"errors\":[%s]}",
			cases[i].errors);
		finish_as(207, reply);
		free(reply);
		assert_int_equal(fake_reply()->status, cases[i].status);
		assert_string_equal(
			reply_text("code"), cases[i].status == 200 ? "" : "hubspot_bad_reply");
	}
	free(members);
}

/* More records than one read takes. */
static void test_bare_results_are_read(void **state) {
	(void)state;
	open_contacts(NULL);
	char *members = str_format("%s,\"limit\":200", "\"query\":\"x\"");
	char *text = long_search(2720);
	char *both = str_format("%s,%s", members, text);
	search(both);
	free(members);
	free(text);
	free(both);
	assert_json(json_object_get(asked(0)->body, "properties"), "[\"hs_object_id\"]");
	finish_found(1, 150, 1, 150);
	assert_string_equal(asked(1)->object, "POST {objects}/contacts/batch/read");
	assert_int_equal(json_array_size(json_object_get(asked(1)->body, "inputs")), 100);
	assert_int_equal(json_array_size(json_object_get(asked(1)->body, "properties")), 10);
	finish_found(100, 100, -1, 0);
	assert_int_equal(json_array_size(json_object_get(asked(2)->body, "inputs")), 50);
	finish_found(101, 50, 1, 0);
	assert_int_equal(fake_operation_count(), 3);
	const json_t *results = json_object_get(fake_reply()->body, "results");
	assert_int_equal(json_array_size(results), 150);
	for (size_t i = 0; i < 150; i++) {
		const char *id = json_member_text(json_array_get(results, i), "id");
		assert_int_equal(strtol(id, NULL, 10), i + 1);
	}
}

/* ---- paging ---- */

static void test_windows(void **state) {
	(void)state;
	open_contacts(NULL);
	search("\"sort\":\"-id\",\"limit\":2");
	finish_as(200,
		"{\"total\":3,\"results\":[{\"id\":\"300\"},{\"id\":\"299\"}],"
		"\"paging\":{\"next\":{\"after\":\"2\"}}}");
	assert_json(json_object_get(fake_reply()->body, "total"), "3");
	char cursor[256];
	snprintf(cursor, sizeof(cursor), "%s", next_cursor());
	search_after("\"sort\":\"-id\"", cursor);
	assert_asked("{\"filterGroups\":[{\"filters\":[{\"propertyName\":\"hs_object_id\","
		     "\"operator\":\"LT\",\"value\":\"299\"}]}],\"sorts\":[{\"propertyName\":"
		     "\"hs_object_id\",\"direction\":\"DESCENDING\"}],\"limit\":100}");
	finish_found(7, 1, 1, 1);
	assert_json(fake_reply()->body, "{\"total\":3,\"results\":[{\"id\":\"7\"}]}");
	/* The cursor is good again, with another limit and other properties, and for nothing else.
	 */
	assert_int_equal(
		search_after("\"sort\":\"-id\",\"limit\":1,\"properties\":[\"email\"]", cursor),
		HTTP_LATER);
	finish_found(7, 1, 1, 1);
	static const char *const others[] = {"", "\"sort\":\"id\"", "\"sort\":\"-email\"",
		"\"sort\":\"-id\",\"query\":\"x\"",
		"\"filters\":[{\"property\":\"tier\",\"operator\":\"HAS_PROPERTY\"}]"};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(search_after(others[i], cursor), HTTP_REPLIED);
		assert_refused(422, "validation_failed");
		assert_error("/after", "cursor");
	}
	for (size_t i = 0; cursor[i] != '\0'; i++) {
		char bad[256];
		snprintf(bad, sizeof(bad), "%s", cursor);
		bad[i] = bad[i] == '5' ? '6' : '5';
		assert_int_equal(search_after("\"sort\":\"-id\"", bad), HTTP_REPLIED);
		assert_error("/after", "cursor");
	}
	search_after("\"sort\":\"-id\"", "299");
	assert_error("/after", "cursor");
}

/* An order of the caller's has HubSpot's wall, and says so. */
static void test_wall(void **state) {
	(void)state;
	open_contacts(NULL);
	static const char sorted[] = "\"sort\":\"email\",\"limit\":150";
	char cursor[256] = "";
	unsigned told = 0;
	while (told < 10000) {
		assert_int_equal(search_after(sorted, cursor), HTTP_LATER);
		const json_t *body = asked(fake_operation_count() - 1)->body;
		char after[16] = "";
		snprintf(after, sizeof(after), "%u", told);
		assert_string_equal(
			told == 0 ? "" : after, told == 0 ? "" : json_member_text(body, "after"));
		int limit = (int)json_integer_value(json_object_get(body, "limit"));
		assert_int_equal(limit, told == 9900 ? 100 : 150);
		finish_found((int)told + 1, limit, 1, 10001);
		told += (unsigned)limit;
		assert_json(json_object_get(fake_reply()->body, "total"), "10001");
		snprintf(cursor, sizeof(cursor), "%s", next_cursor());
		assert_string_not_equal(cursor, ""); /* never as if it were all */
		hubspot = fake_hubspot_reset();
	}
	assert_int_equal(search_after(sorted, cursor), HTTP_REPLIED);
	assert_refused(422, "search_window");
	assert_error("/after", "search_window");
	assert_non_null(strstr(reply_text("message"), "sort"));
	assert_true(json_is_false(json_object_get(fake_reply()->body, "retryable")));
	assert_int_equal(fake_operation_count(), 0);
}

/* So many that there is no room for a window's filter. */
static void test_wall_of_many_filters(void **state) {
	(void)state;
	open_contacts(NULL);
	static const struct {
		int groups, filters;
		bool has_wall;
	} cases[] = {{1, 6, true}, {3, 6, true}, {3, 5, false}, {1, 5, false}, {5, 3, true},
		{5, 2, false}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *members = groups_of(cases[i].groups, cases[i].filters);
		search(members);
		finish_found(1, 100, 1, 150);
		search_after(members, next_cursor());
		const json_t *body = asked(fake_operation_count() - 1)->body;
		assert_int_equal(cases[i].has_wall, json_object_get(body, "after") != NULL);
		finish_found(101, 50, 1, cases[i].has_wall ? 150 : 50);
		assert_string_equal(next_cursor(), "");
		assert_json(json_object_get(fake_reply()->body, "total"), "150");
		free(members);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_bounds_of_filters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bounds_of_length, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_length_of_later_pages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_missing_when_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bare_results_are_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_windows, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_wall, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_wall_of_many_filters, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
