/* Searches and pages of those who ask HubSpot by themselves: converted as the routes convert them.
 */
#include "object/pages_kit.h"

static json_t *searched(const struct object *object, const char *text, json_t *errors) {
	json_auto_t *search = json_loads(text, 0, NULL);
	assert_non_null(search);
	return object_search_to_hubspot(object, search, errors);
}

static void assert_search(const struct object *object, const char *text, const char *wanted) {
	json_auto_t *errors = json_array();
	json_auto_t *body = searched(object, text, errors);
	assert_json(errors, "[]");
	assert_json(body, wanted);
}

static void assert_wrong(
	const struct object *object, const char *text, const char *field, const char *code) {
	json_auto_t *errors = json_array();
	assert_null(searched(object, text, errors));
	assert_true(json_array_size(errors) > 0);
	const json_t *first = json_array_get(errors, 0);
	assert_string_equal(json_string_value(json_object_get(first, "field")), field);
	assert_string_equal(json_string_value(json_object_get(first, "code")), code);
	assert_true(json_string_length(json_object_get(first, "message")) > 0);
}

static const char all_names[] =
	"[\"createdate\",\"email\",\"firstname\",\"content\",\"children\",\"income\",\"is_vip\","
	"\"hobbies\",\"birthday\",\"tier\"]";

static void test_search(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	char *wanted = str_format("{\"filterGroups\":[],\"sorts\":[{\"propertyName\":"
				  "\"hs_object_id\",\"direction\":\"ASCENDING\"}],"
				  "\"limit\":100,\"properties\":%s}",
		all_names);
	assert_search(object, "{}", wanted);
	assert_search(object, "{\"after\":null}", wanted);
	assert_search(object, "{\"after\":\"\",\"query\":\"\"}", wanted);
	free(wanted);
	assert_search(object,
		"{\"filters\":[{\"property\":\"birthday\",\"operator\":\"gte\",\"value\":"
		"\"2000-01-01\"},{\"property\":\"notes\",\"operator\":\"IN\",\"values\":[\"A\"]}],"
		"\"query\":\"ada\",\"sort\":\"-notes\",\"properties\":[\"notes\",\"id\"],"
		"\"limit\":7,\"after\":\"9900\"}",
		"{\"filterGroups\":[{\"filters\":[{\"propertyName\":\"birthday\",\"operator\":"
		"\"GTE\",\"value\":\"946684800000\"},{\"propertyName\":\"content\",\"operator\":"
		"\"IN\",\"values\":[\"A\",\"a\"]}]}],\"query\":\"ada\",\"sorts\":[{"
		"\"propertyName\":\"content\",\"direction\":\"DESCENDING\"}],\"properties\":["
		"\"content\",\"hs_object_id\"],\"limit\":7,\"after\":\"9900\"}");
	assert_search(object,
		"{\"filter_groups\":[{\"filters\":[{\"property\":\"tier\",\"operator\":"
		"\"HAS_PROPERTY\"}]},{\"filters\":[{\"property\":\"is_vip\",\"operator\":\"EQ\","
		"\"value\":true}]}],\"properties\":[\"tier\"]}",
		"{\"filterGroups\":[{\"filters\":[{\"propertyName\":\"tier\",\"operator\":"
		"\"HAS_PROPERTY\"}]},{\"filters\":[{\"propertyName\":\"is_vip\",\"operator\":"
		"\"EQ\",\"value\":\"true\"}]}],\"sorts\":[{\"propertyName\":\"hs_object_id\","
		"\"direction\":\"ASCENDING\"}],\"properties\":[\"tier\"],\"limit\":100}");
}

static void test_search_that_is_wrong(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	assert_wrong(object, "[]", "", "type");
	assert_wrong(object, "{\"where\":1}", "/where", "additionalProperties");
	assert_wrong(object, "{\"limit\":201}", "/limit", "maximum");
	assert_wrong(object, "{\"sort\":\"nothing\"}", "/sort", "enum");
	assert_wrong(object, "{\"properties\":[\"content\"]}", "/properties/0", "enum");
	assert_wrong(object,
		"{\"filters\":[{\"property\":\"birthday\",\"operator\":\"EQ\",\"value\":\"x\"}]}",
		"/filters/0/value", "type");
	json_auto_t *errors = json_array();
	assert_null(object_search_to_hubspot(object, NULL, errors));
	assert_int_equal(json_array_size(errors), 1);
}

/* HubSpot takes 3,000 characters: who is given ids only would not know what he misses. */
static void test_search_that_is_too_long(void **state) {
	json_auto_t *overrides = json_pack("{s:{}}", "properties");
	(void)state;
	for (int i = 0; i < 200; i++) {
		char name[32];
		snprintf(name, sizeof(name), "a_rather_long_property_%d", i);
		json_object_set_new(json_object_get(overrides, "properties"), name,
			json_pack("{s:s}", "type", "string"));
	}
	char *text = json_dumps(overrides, 0);
	struct object *object = open_contacts(text);
	free(text);
	assert_wrong(object, "{}", "", "maxLength");
	json_auto_t *errors = json_array();
	json_auto_t *body = searched(object, "{\"properties\":[\"email\"]}", errors);
	assert_json(json_object_get(body, "properties"), "[\"email\"]");
	char *long_query = str_format("{\"properties\":[\"email\"],\"query\":\"%02980d\"}", 1);
	assert_wrong(object, long_query, "", "maxLength");
	free(long_query);
}

/* ---- pages ---- */

static json_t *paged(const struct object *object, const char *text) {
	json_auto_t *page = json_loads(text, 0, NULL);
	assert_non_null(page);
	return object_page_from_hubspot(object, page);
}

static void assert_page(const struct object *object, const char *text, const char *wanted) {
	json_auto_t *page = paged(object, text);
	assert_json(page, wanted);
}

static void test_page(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	assert_page(object, "{\"results\":[]}", "{\"results\":[]}");
	assert_page(object, "{\"total\":0,\"results\":[],\"paging\":null}",
		"{\"total\":0,\"results\":[]}");
	assert_page(object,
		"{\"total\":12,\"results\":[{\"id\":\"1\",\"properties\":{\"content\":\"hi\","
		"\"children\":\"2\",\"is_vip\":\"true\",\"hs_object_id\":\"1\"}},{\"id\":\"2\","
		"\"properties\":{\"email\":null}}],"
		"\"paging\":{\"next\":{\"after\":\"2\",\"link\":\"https://x\"}}}",
		"{\"total\":12,\"results\":[{\"id\":\"1\",\"notes\":\"hi\",\"children\":2,"
		"\"is_vip\":true},{\"id\":\"2\"}],\"paging\":{\"next\":{\"after\":\"2\"}}}");
}

static void test_page_of_an_unknown_object(void **state) {
	(void)state;
	assert_page(NULL,
		"{\"results\":[{\"id\":\"1\",\"properties\":{\"a\":\"2\"}},{\"any\":1}],\"more\":1,"
		"\"paging\":{\"next\":{\"after\":\"x\"}}}",
		"{\"results\":[{\"id\":\"1\",\"properties\":{\"a\":\"2\"}},{\"any\":1}],"
		"\"paging\":{\"next\":{\"after\":\"x\"}}}");
}

/* A short list that looks complete would be believed. */
static void test_page_that_makes_no_sense(void **state) {
	static const char *const pages[] = {"{}", "[]", "{\"results\":{}}", "{\"results\":null}",
		"{\"results\":[{}]}", "{\"results\":[null]}", "{\"results\":[\"1\"]}",
		"{\"results\":[{\"id\":7}]}", "{\"results\":[{\"id\":\"x\"}]}",
		"{\"results\":[],\"paging\":{\"next\":{}}}",
		"{\"results\":[],\"paging\":{\"next\":{\"after\":\"\"}}}",
		"{\"results\":[],\"paging\":{\"next\":{\"after\":7}}}"};
	(void)state;
	struct object *object = open_contacts(NULL);
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		json_auto_t *page = paged(object, pages[i]);
		if (page != NULL) {
			fail_msg("%s", pages[i]);
		}
	}
	assert_null(object_page_from_hubspot(object, NULL));
	assert_null(object_page_from_hubspot(NULL, NULL));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_search),
		TEST(test_search_that_is_wrong),
		TEST(test_search_that_is_too_long),
		TEST(test_page),
		TEST(test_page_of_an_unknown_object),
		TEST(test_page_that_makes_no_sense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
