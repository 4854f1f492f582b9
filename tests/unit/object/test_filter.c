#include "object/pages_kit.h"

/* HubSpot's filters of a search with this one filter. */
static void assert_filter(const char *filter, const char *expected) {
	char *members = str_format("\"filters\":[%s]", filter);
	assert_int_equal(search(members), HTTP_LATER);
	free(members);
	const json_t *body = asked(fake_operation_count() - 1)->body;
	assert_json(json_object_get(
			    json_array_get(json_object_get(body, "filterGroups"), 0), "filters"),
		expected);
	finish_found(1, 0, 1, 0);
}

static void test_operators(void **state) {
	(void)state;
	open_contacts(NULL);
	static const char *const one[] = {
		"EQ", "NEQ", "LT", "LTE", "GT", "GTE", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"};
	for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++) {
		char *filter = str_format(
			"{\"property\":\"firstname\",\"operator\":\"%s\",\"value\":\"A*\"}",
			one[i]);
		char *expected = str_format("[{\"propertyName\":\"firstname\",\"operator\":\"%s\","
					    "\"value\":\"A*\"}]",
			one[i]);
		assert_filter(filter, expected);
		free(filter);
		free(expected);
	}
	assert_filter(
		"{\"property\":\"income\",\"operator\":\"Between\",\"value\":1,\"high_value\":2.5}",
		"[{\"propertyName\":\"income\",\"operator\":\"BETWEEN\",\"value\":\"1\","
		"\"highValue\":\"2.5\"}]");
	assert_filter("{\"property\":\"tier\",\"operator\":\"not_has_property\"}",
		"[{\"propertyName\":\"tier\",\"operator\":\"NOT_HAS_PROPERTY\"}]");
	assert_filter("{\"property\":\"id\",\"operator\":\"IN\",\"values\":[\"1\",2]}",
		"[{\"propertyName\":\"hs_object_id\",\"operator\":\"IN\",\"values\":[\"1\",\"2\"]}"
		"]");
}

static void test_wrong_shapes(void **state) {
	(void)state;
	open_contacts(NULL);
	static const struct {
		const char *filter, *field, *code;
	} bad[] = {
		{"\"operator\":\"EQ\"", "/value", "required"},
		{"\"operator\":\"EQ\",\"values\":[\"a\"]", "/values", "operator"},
		{"\"operator\":\"EQ\",\"value\":\"a\",\"high_value\":\"b\"", "/high_value",
			"operator"},
		{"\"operator\":\"BETWEEN\",\"value\":\"a\"", "/high_value", "required"},
		{"\"operator\":\"BETWEEN\",\"high_value\":\"a\"", "/value", "required"},
		{"\"operator\":\"IN\",\"value\":\"a\"", "/values", "required"},
		{"\"operator\":\"IN\",\"value\":\"a\"", "/value", "operator"},
		{"\"operator\":\"NOT_IN\",\"values\":[]", "/values", "minItems"},
		{"\"operator\":\"IN\",\"values\":\"a\"", "/values", "type"},
		{"\"operator\":\"HAS_PROPERTY\",\"value\":\"a\"", "/value", "operator"},
		{"\"operator\":\"LIKE\",\"value\":\"a\"", "/operator", "enum"},
		{"\"operator\":\"\",\"value\":\"a\"", "/operator", "enum"},
		{"\"operator\":7,\"value\":\"a\"", "/operator", "type"},
		{"\"value\":\"a\"", "/operator", "required"},
		{"\"operator\":\"EQ\",\"value\":null", "/value", "type"},
		{"\"operator\":\"EQ\",\"value\":[\"a\"]", "/value", "type"},
		{"\"operator\":\"EQ\",\"value\":\"\"", "/value", "type"},
		{"\"operator\":\"IN\",\"values\":[\"a\",null]", "/values/1", "type"},
		{"\"operator\":\"IN\",\"values\":[\"a\",\"\"]", "/values/1", "type"},
		{"\"operator\":\"BETWEEN\",\"value\":\"a\",\"highValue\":\"b\"", "/highValue",
			"additionalProperties"},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *members =
			str_format("\"filters\":[{\"property\":\"tier\",\"operator\":\"EQ\","
				   "\"value\":\"x\"},{\"property\":\"firstname\",%s}]",
				bad[i].filter);
		char *field = str_format("/filters/1%s", bad[i].field);
		assert_fault(members, field, bad[i].code);
		free(members);
		members = str_format(
			"\"filter_groups\":[{\"filters\":[{\"property\":\"firstname\",%s}]}"
			"]",
			bad[i].filter);
		free(field);
		field = str_format("/filter_groups/0/filters/0%s", bad[i].field);
		assert_fault(members, field, bad[i].code);
		free(members);
		free(field);
	}
	assert_int_equal(fake_operation_count(), 0);
}

/* All that is wrong is told at once. */
static void test_all_faults(void **state) {
	(void)state;
	open_contacts(NULL);
	search("\"filters\":[{\"property\":\"fristname\",\"operator\":\"IS\",\"value\":\"x\"},"
	       "{\"property\":\"birthday\",\"operator\":\"BETWEEN\",\"value\":\"soon\","
	       "\"high_value\":\"later\"}],\"sort\":\"x\",\"properties\":[\"y\"]");
	assert_refused(422, "validation_failed");
	assert_string_equal(reply_text("message"), "this is no valid search for a contact");
	assert_error("/filters/0/property", "enum");
	assert_error("/filters/0/operator", "enum");
	assert_error("/filters/1/value", "type");
	assert_error("/filters/1/high_value", "type");
	assert_error("/sort", "enum");
	assert_error("/properties/0", "enum");
	const json_t *errors = json_object_get(fake_reply()->body, "errors");
	assert_int_equal(json_array_size(errors), 6);
	assert_string_equal(json_member_text(json_array_get(errors, 0), "message"),
		"is not a known property; did you mean \"firstname\"?");
}

static void test_values_by_type(void **state) {
	(void)state;
	open_contacts("{\"properties\":{\"seen_at\":{\"type\":\"string\",\"format\":\"date-time\"},"
		      "\"stage\":{\"oneOf\":[{\"const\":\"Hot-1\",\"title\":\"Hot lead\"},"
		      "{\"const\":\"cold\",\"title\":\"Cold\"}]},"
		      "\"hubspot_owner_id\":{\"type\":\"string\"}}}");
	static const struct {
		const char *property, *value, *sent;
	} good[] = {
		{"birthday", "\"1970-01-02\"", "86400000"},
		{"birthday", "\"1969-12-31\"", "-86400000"},
		{"seen_at", "\"1970-01-01T01:00:00+01:00\"", "0"},
		{"seen_at", "\"2026-09-01T08:30:00.5Z\"", "1788251400500"},
		{"children", "2", "2"},
		{"children", "\"2\"", "2"},
		{"income", "0.1", "0.1"},
		{"income", "-1e3", "-1000"},
		{"is_vip", "false", "false"},
		{"is_vip", "\"true\"", "true"},
		{"firstname", "7", "7"},
		{"hobbies", "\"Chess\"", "Chess"},
		{"hubspot_owner_id", "\"77\"", "77"},
		{"stage", "\"Hot lead\"", "Hot-1"},
		{"stage", "\"Hot-1\"", "Hot-1"},
		{"stage", "\"of the account\"", "of the account"},
	};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char *filter = str_format("{\"property\":\"%s\",\"operator\":\"GTE\",\"value\":%s}",
			good[i].property, good[i].value);
		char *expected = str_format(
			"[{\"propertyName\":\"%s\",\"operator\":\"GTE\",\"value\":\"%s\"}]",
			good[i].property, good[i].sent);
		assert_filter(filter, expected);
		free(filter);
		free(expected);
	}
	static const struct {
		const char *property, *value;
	} bad[] = {
		{"birthday", "\"2026-02-29\""},
		{"birthday", "1788251400500"},
		{"birthday", "\"2026-09-01T00:00:00Z\""},
		{"seen_at", "\"2026-09-01\""},
		{"seen_at", "\"2026-09-01T08:30:00\""},
		{"children", "\"two\""},
		{"children", "true"},
		{"income", "\"1,5\""},
		{"income", "\"0x10\""},
		{"income", "\"nan\""},
		{"income", "\"1e999\""},
		{"income", "\" 1\""},
		{"hubspot_owner_id", "\"ada@example.com\""},
		{"is_vip", "1"},
		{"is_vip", "\"True\""},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *members = str_format("\"filters\":[{\"property\":\"%s\",\"operator\":\"EQ\","
					   "\"value\":%s}]",
			bad[i].property, bad[i].value);
		assert_fault(members, "/filters/0/value", "type");
		free(members);
	}
	/* Words are looked for in the text of a value, whatever its type. */
	assert_filter(
		"{\"property\":\"seen_at\",\"operator\":\"CONTAINS_TOKEN\",\"value\":\"2026*\"}",
		"[{\"propertyName\":\"seen_at\",\"operator\":\"CONTAINS_TOKEN\",\"value\":\"2026*"
		"\"}]");
}

static void test_values_in_lower_case(void **state) {
	(void)state;
	open_contacts("{\"properties\":{\"stage\":{\"oneOf\":[{\"const\":\"Hot-1\",\"title\":"
		      "\"Hot lead\"}]}}}");
	assert_filter("{\"property\":\"firstname\",\"operator\":\"IN\",\"values\":[\"ada\",\"Zoë\","
		      "\"ÄÖÜ ß\",\"ŁÓDŹ\",\"ΑΩ\",\"ЖЁ\",\"日本\"]}",
		"[{\"propertyName\":\"firstname\",\"operator\":\"IN\",\"values\":[\"ada\",\"Zoë\","
		"\"zoë\",\"ÄÖÜ ß\",\"äöü ß\",\"ŁÓDŹ\",\"łódź\",\"ΑΩ\",\"αω\",\"ЖЁ\",\"жё\","
		"\"日本\"]}]");
	assert_filter("{\"property\":\"stage\",\"operator\":\"NOT_IN\",\"values\":[\"Hot lead\"]}",
		"[{\"propertyName\":\"stage\",\"operator\":\"NOT_IN\",\"values\":[\"Hot-1\"]}]");
	assert_filter("{\"property\":\"birthday\",\"operator\":\"IN\",\"values\":[\"1970-01-01\"]}",
		"[{\"propertyName\":\"birthday\",\"operator\":\"IN\",\"values\":[\"0\"]}]");
}

static void test_unknown_properties(void **state) {
	(void)state;
	open_contacts("{\"unknown\":\"pass\"}");
	assert_filter("{\"property\":\"shoe_size\",\"operator\":\"IN\",\"values\":[42.5,\"XL\"]}",
		"[{\"propertyName\":\"shoe_size\",\"operator\":\"IN\",\"values\":[\"42.5\",\"XL\","
		"\"xl\"]}]");
	search("\"sort\":\"shoe_size\"");
	assert_json(json_object_get(asked(1)->body, "sorts"),
		"[{\"propertyName\":\"shoe_size\",\"direction\":\"ASCENDING\"}]");
	finish_found(1, 0, 1, 0);
	assert_fault("\"sort\":\"content\"", "/sort", "enum");
	assert_fault("\"sort\":\"hs_object_id\"", "/sort", "enum");
	assert_fault("\"filters\":[{\"property\":\"createdate\",\"operator\":\"HAS_PROPERTY\"}]",
		"/filters/0/property", "enum");
	/* A reply has no place for it. */
	assert_fault("\"properties\":[\"shoe_size\"]", "/properties/0", "enum");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_operators, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_wrong_shapes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_all_faults, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_values_by_type, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_values_in_lower_case, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unknown_properties, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
