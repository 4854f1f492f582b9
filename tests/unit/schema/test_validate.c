#include "ask.h"

struct fault_case {
	const char *schema, *valid, *invalid, *field, *code, *message;
};

static const struct fault_case CASES[] = {
	/* any type */
	{"{\"type\":\"string\"}", "\"\"", "1", "", "type", "must be a string"},
	{"{\"type\":\"integer\"}", "1.0", "1.5", "", "type", "must be an integer"},
	{"{\"type\":\"integer\"}", "1e300", "\"1\"", "", "type", "must be an integer"},
	{"{\"type\":\"number\"}", "1.5", "\"1.5\"", "", "type", "must be a number"},
	{"{\"type\":\"boolean\"}", "false", "0", "", "type", "must be true or false"},
	{"{\"type\":\"object\"}", "{}", "[]", "", "type", "must be an object"},
	{"{\"type\":\"array\"}", "[]", "{}", "", "type", "must be an array"},
	{"{\"type\":\"null\"}", "null", "false", "", "type", "must be null"},
	{"{\"type\":[\"string\",\"null\"]}", "null", "1", "", "type", "must be a string or null"},
	{"{\"enum\":[\"a\",1,null]}", "1.0", "\"b\"", "", "enum", "must be one of \"a\", 1, null"},
	{"{\"enum\":[{\"a\":1,\"b\":[2]}]}", "{\"b\":[2.0],\"a\":1}", "{\"a\":1,\"b\":[3]}", "",
		"enum", "must be {\"a\":1,\"b\":[2]}"},
	{"{\"const\":false}", "false", "0", "", "const", "must be false"},
	{"{\"const\":\"x\"}", "\"x\"", "\"X\"", "", "const", "must be \"x\""},
	{"{\"const\":[1,2]}", "[1,2.0]", "[2,1]", "", "const", "must be [1,2]"},
	{"{\"const\":[1]}", "[1]", "[1,1]", "", "const", "must be [1]"},
	{"{\"const\":{\"a\":1}}", "{\"a\":1}", "{\"b\":1}", "", "const", "must be {\"a\":1}"},
	{"{\"const\":9007199254740993}", "9007199254740993", "9007199254740992", "", "const",
		"must be 9007199254740993"},
	{"{\"const\":9007199254740993}", "9007199254740993", "9007199254740992.0", "", "const",
		"must be 9007199254740993"},
	/* numbers */
	{"{\"minimum\":5}", "5.0", "4.999", "", "minimum", "must be 5 or more"},
	{"{\"minimum\":0.5}", "\"text\"", "0", "", "minimum", "must be 0.5 or more"},
	{"{\"maximum\":-1}", "-1", "-0.5", "", "maximum", "must be -1 or less"},
	{"{\"maximum\":9223372036854775806}", "9223372036854775806", "9223372036854775807", "",
		"maximum", "must be 9223372036854775806 or less"},
	{"{\"exclusiveMinimum\":0}", "0.1", "0", "", "exclusiveMinimum", "must be more than 0"},
	{"{\"exclusiveMaximum\":10}", "9", "10.0", "", "exclusiveMaximum", "must be less than 10"},
	/* strings */
	{"{\"minLength\":1}", "\"\\u00e9\"", "\"\"", "", "minLength",
		"must be at least 1 character long"},
	{"{\"minLength\":2.0}", "[]", "\"\\ud83d\\ude00\"", "", "minLength",
		"must be at least 2 characters long"},
	{"{\"maxLength\":2}", "\"\\ud83d\\ude00\\u00e9\"", "\"abc\"", "", "maxLength",
		"must be at most 2 characters long"},
	{"{\"pattern\":\"^[a-z]+$\"}", "\"abc\"", "\"abc\\n\"", "", "pattern",
		"does not match the pattern ^[a-z]+$"},
	{"{\"format\":\"email\"}", "3", "\"a@b\"", "", "format", "must be a valid e-mail address"},
	/* arrays */
	{"{\"items\":{\"type\":\"integer\"}}", "[1,2.0]", "[1,\"2\"]", "/1", "type",
		"must be an integer"},
	{"{\"items\":false}", "[]", "[1]", "/0", "false", "is not allowed"},
	{"{\"minItems\":1}", "[1]", "[]", "", "minItems", "must have at least 1 item"},
	{"{\"maxItems\":2}", "{}", "[1,2,3]", "", "maxItems", "must have at most 2 items"},
	{"{\"uniqueItems\":true}", "[1,true,\"1\",[1],{\"a\":1},{\"b\":1},0,false]", "[1,2,1.0]",
		"", "uniqueItems", "must not have the same item twice"},
	{"{\"uniqueItems\":true}", "[[1,2],[2,1],[[1],2],\"\",[],{},null]",
		"[{\"a\":1,\"b\":2},{\"b\":2.0,\"a\":1}]", "", "uniqueItems",
		"must not have the same item twice"},
	/* objects */
	{"{\"properties\":{\"a\":{\"type\":\"null\"}}}", "{\"b\":1}", "{\"a\":1}", "/a", "type",
		"must be null"},
	{"{\"required\":[\"email\"]}", "{\"email\":null}", "{}", "/email", "required",
		"is required"},
	{"{\"minProperties\":1}", "{\"a\":1}", "{}", "", "minProperties",
		"must have at least 1 property"},
	{"{\"maxProperties\":1}", "\"text\"", "{\"a\":1,\"b\":2}", "", "maxProperties",
		"must have at most 1 property"},
	{"{\"additionalProperties\":{\"type\":\"string\"},\"properties\":{\"n\":{}}}",
		"{\"n\":1,\"x\":\"\"}", "{\"x\":1}", "/x", "type", "must be a string"},
	{"{\"additionalProperties\":false,\"properties\":{\"firstname\":{}}}", "{\"firstname\":1}",
		"{\"first_name\":1}", "/first_name", "additionalProperties",
		"is not a known property; did you mean \"firstname\"?"},
	{"{\"additionalProperties\":false,\"properties\":{\"firstname\":{}}}", "{}",
		"{\"colour\":1}", "/colour", "additionalProperties", "is not a known property"},
	{"{\"additionalProperties\":false}", "{}", "{\"a\":1}", "/a", "additionalProperties",
		"is not a known property"},
	/* core */
	{"{\"$ref\":\"#/$defs/t\",\"maxLength\":3,\"$defs\":{\"t\":{\"minLength\":2}}}", "\"abc\"",
		"\"a\"", "", "minLength", "must be at least 2 characters long"},
	{"{\"$ref\":\"#/$defs/t\",\"maxLength\":3,\"$defs\":{\"t\":{\"minLength\":2}}}", "\"ab\"",
		"\"abcd\"", "", "maxLength", "must be at most 3 characters long"},
	{"{\"properties\":{\"down\":{\"$ref\":\"#\"}},\"required\":[\"n\"]}",
		"{\"n\":1,\"down\":{\"n\":2}}", "{\"n\":1,\"down\":{}}", "/down/n", "required",
		"is required"},
	{"{\"$ref\":\"#/$defs/a~1b%25~0\",\"$defs\":{\"a/b%~\":{\"type\":\"null\"}}}", "null", "1",
		"", "type", "must be null"},
	{"{\"$ref\":\"#/properties/a\",\"properties\":{\"a\":{\"type\":\"object\"}}}", "{}", "1",
		"", "type", "must be an object"},
};

static void test_keywords(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		const struct fault_case *one = &CASES[i];
		expect_valid(one->schema, one->valid);
		expect_fault(one->schema, one->invalid, one->field, one->code, one->message);
	}
}

static void test_boolean_schemas(void **state) {
	(void)state;
	expect_valid("true", "{\"a\":[1]}");
	expect_fault("false", "null", "", "false", "is not allowed");
	expect_fault(
		"{\"properties\":{\"a\":false}}", "{\"a\":1}", "/a", "false", "is not allowed");
}

static void test_annotations_assert_nothing(void **state) {
	(void)state;
	expect_valid(
		"{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"$id\":\"urn:x\","
		"\"$comment\":\"c\",\"title\":\"t\",\"description\":\"d\",\"default\":1,"
		"\"examples\":[1],\"deprecated\":true,\"writeOnly\":true,\"readOnly\":true,"
		"\"x-hubspot-property\":\"content\",\"$defs\":{\"never\":false}}",
		"\"anything\"");
}

static const char RECORD[] =
	"{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"email\",\"id\"],"
	"\"$defs\":{\"stamp\":{\"type\":\"string\",\"readOnly\":true}},"
	"\"properties\":{\"id\":{\"type\":\"string\",\"readOnly\":true},"
	"\"created_at\":{\"$ref\":\"#/$defs/stamp\"},"
	"\"email\":{\"type\":\"string\",\"format\":\"email\"},\"age\":{\"type\":\"integer\","
	"\"minimum\":0},"
	"\"address\":{\"type\":\"object\",\"required\":[\"city\"],\"properties\":{\"city\":{}}}}}";

static void test_all_faults_are_named(void **state) {
	(void)state;
	json_t *faults = faults_of(RECORD,
		"{\"emial\":1,\"email\":\"x\",\"age\":-1,\"address\":{},\"created_at\":5}", 0);
	assert_int_equal(json_array_size(faults), 6);
	expect_fault_at(faults, 0, "/email", "format", "must be a valid e-mail address");
	expect_fault_at(faults, 1, "/age", "minimum", "must be 0 or more");
	expect_fault_at(faults, 2, "/address/city", "required", "is required");
	expect_fault_at(faults, 3, "/created_at", "type", "must be a string");
	expect_fault_at(faults, 4, "/id", "required", "is required");
	expect_fault_at(faults, 5, "/emial", "additionalProperties",
		"is not a known property; did you mean \"email\"?");
	json_decref(faults);
}

static void test_a_wrong_type_is_one_fault(void **state) {
	(void)state;
	expect_fault("{\"type\":\"string\",\"enum\":[\"a\"],\"minLength\":1}", "5", "", "type",
		"must be a string");
}

static void test_partial_spares_the_root_only(void **state) {
	(void)state;
	json_t *faults = faults_of(RECORD, "{}", SCHEMA_PARTIAL);
	assert_int_equal(json_array_size(faults), 0);
	json_decref(faults);
	faults = faults_of(RECORD, "{\"address\":{},\"age\":\"1\"}", SCHEMA_PARTIAL);
	assert_int_equal(json_array_size(faults), 2);
	expect_fault_at(faults, 0, "/address/city", "required", "is required");
	expect_fault_at(faults, 1, "/age", "type", "must be an integer");
	json_decref(faults);
	faults = faults_of("{\"$ref\":\"#/$defs/r\",\"$defs\":{\"r\":{\"required\":[\"a\"]}}}",
		"{}", SCHEMA_PARTIAL);
	assert_int_equal(json_array_size(faults), 0);
	json_decref(faults);
}

static void test_read_only(void **state) {
	(void)state;
	const char *instance = "{\"id\":7,\"created_at\":\"now\",\"email\":\"a@b.cd\"}";
	json_t *faults = faults_of(RECORD, instance, SCHEMA_REFUSE_READ_ONLY);
	assert_int_equal(json_array_size(faults), 2);
	expect_fault_at(faults, 0, "/id", "readOnly", "cannot be written");
	expect_fault_at(faults, 1, "/created_at", "readOnly", "cannot be written");
	json_decref(faults);
	expect_fault(RECORD, instance, "/id", "type", "must be a string");
	/* readOnly: false, and a readOnly root, which is no member */
	faults = faults_of("{\"readOnly\":true,\"properties\":{\"a\":{\"readOnly\":false}}}",
		"{\"a\":1}", SCHEMA_REFUSE_READ_ONLY);
	assert_int_equal(json_array_size(faults), 0);
	json_decref(faults);
}

static void test_what_cannot_be_written_is_not_required_of_a_writer(void **state) {
	(void)state;
	json_t *faults = faults_of(RECORD, "{\"email\":\"a@b.cd\"}", SCHEMA_REFUSE_READ_ONLY);
	assert_int_equal(json_array_size(faults), 0);
	json_decref(faults);
	expect_fault(RECORD, "{\"email\":\"a@b.cd\"}", "/id", "required", "is required");
	faults = faults_of(RECORD, "{}", SCHEMA_REFUSE_READ_ONLY);
	assert_int_equal(json_array_size(faults), 1);
	expect_fault_at(faults, 0, "/email", "required", "is required");
	json_decref(faults);
}

static void test_pointers_are_escaped(void **state) {
	(void)state;
	expect_fault("{\"additionalProperties\":{\"items\":{\"type\":\"null\"}}}",
		"{\"a/b~c\":[null,1]}", "/a~1b~0c/1", "type", "must be null");
	expect_fault("{\"additionalProperties\":false}", "{\"\":1}", "/", "additionalProperties",
		"is not a known property");
}

static void test_values_are_never_quoted(void **state) {
	(void)state;
	json_t *faults =
		faults_of("{\"items\":{\"enum\":[\"a\"],\"pattern\":\"^b\",\"format\":\"uri\","
			  "\"maxLength\":2,\"const\":\"c\"}}",
			"[\"SECRET\"]", 0);
	char *text = json_dumps(faults, 0);
	assert_int_equal(json_array_size(faults), 5);
	assert_null(strstr(text, "SECRET"));
	free(text);
	json_decref(faults);
}

static void test_faults_are_capped(void **state) {
	(void)state;
	struct schema *schema = compile("{\"items\":{\"type\":\"null\"}}");
	json_t *instance = json_array();
	for (int i = 0; i < 5000; i++) {
		json_array_append_new(instance, json_integer(i));
	}
	json_t *faults = json_pack("[s]", "what stood there before");
	assert_false(schema_validate(schema, instance, 0, faults));
	assert_int_equal(json_array_size(faults), 1 + SCHEMA_ERRORS_MAX);
	expect_fault_at(faults, SCHEMA_ERRORS_MAX, "/99", "type", "must be null");
	json_decref(faults);
	json_decref(instance);
	schema_destroy(schema);
}

static void test_long_names_are_cut(void **state) {
	(void)state;
	enum { LENGTH = 100001 };
	static char name[LENGTH + 1];
	name[0] = 'x';
	for (size_t i = 1; i < LENGTH;
		i += 2) { /* two-byte letters at odd places: byte 256 is inside one */
		name[i] = '\xc3';
		name[i + 1] = '\xa9';
	}
	struct schema *schema = compile("{\"additionalProperties\":false}");
	json_t *instance = json_object();
	assert_int_equal(json_object_set_new(instance, name, json_null()), 0);
	json_t *faults = json_array();
	assert_false(schema_validate(schema, instance, 0, faults));
	assert_int_equal(json_array_size(faults), 1);
	const char *field = json_member_text(json_array_get(faults, 0), "field");
	assert_non_null(field);
	assert_int_equal(strlen(field), 1 + 255 + 3);
	assert_memory_equal(field + 1, name, 255);
	json_decref(faults);
	json_decref(instance);
	schema_destroy(schema);
}

static json_t *nest(int depth) {
	json_t *value = json_object();
	for (int i = 0; i < depth; i++) {
		json_t *outer = json_object();
		json_object_set_new(outer, "down", value);
		value = outer;
	}
	return value;
}

/* Each level of the instance is two schemas: the member's, and the root that it refers to. */
static void test_recursion_is_bounded(void **state) {
	(void)state;
	struct schema *schema = compile("{\"properties\":{\"down\":{\"$ref\":\"#\"}}}");
	json_t *fits = nest(SCHEMA_NEST_MAX / 2 - 1);
	json_t *deep = nest(SCHEMA_NEST_MAX / 2);
	json_t *faults = json_array();
	assert_true(schema_validate(schema, fits, 0, faults));
	assert_false(schema_validate(schema, deep, 0, faults));
	assert_false(schema_validate(schema, deep, 0, NULL));
	assert_int_equal(json_array_size(faults), 1);
	expect_fault_at(faults, 0, "", "too_complex", "is nested too deeply");
	json_decref(faults);
	json_decref(fits);
	json_decref(deep);
	schema_destroy(schema);
}

static void test_unique_items_of_many(void **state) {
	(void)state;
	struct schema *schema = compile("{\"uniqueItems\":true}");
	json_t *instance = json_array();
	for (int i = 0; i < 100000; i++) {
		json_array_append_new(instance, json_integer(i));
	}
	assert_true(schema_validate(schema, instance, 0, NULL));
	json_array_append_new(instance, json_real(54321.0));
	assert_false(schema_validate(schema, instance, 0, NULL));
	json_decref(instance);
	schema_destroy(schema);
}

static void test_long_enum_is_told_short(void **state) {
	(void)state;
	json_t *values = json_array();
	for (int i = 0; i < 1000; i++) {
		json_array_append_new(values, json_integer(100000 + i));
	}
	json_t *definition = json_pack("{s:o}", "enum", values);
	char error[SCHEMA_ERROR_SIZE];
	struct schema *schema = schema_compile(definition, error);
	assert_non_null(schema);
	json_t *instance = json_integer(5);
	json_t *faults = json_array();
	assert_false(schema_validate(schema, instance, 0, faults));
	const char *message = json_member_text(json_array_get(faults, 0), "message");
	assert_true(strlen(message) < 450);
	assert_non_null(strstr(message, "must be one of 100000, 100001, "));
	assert_non_null(strstr(message, " others"));
	json_decref(faults);
	json_decref(instance);
	json_decref(definition);
	schema_destroy(schema);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keywords),
		cmocka_unit_test(test_boolean_schemas),
		cmocka_unit_test(test_annotations_assert_nothing),
		cmocka_unit_test(test_all_faults_are_named),
		cmocka_unit_test(test_a_wrong_type_is_one_fault),
		cmocka_unit_test(test_partial_spares_the_root_only),
		cmocka_unit_test(test_read_only),
		cmocka_unit_test(test_what_cannot_be_written_is_not_required_of_a_writer),
		cmocka_unit_test(test_pointers_are_escaped),
		cmocka_unit_test(test_values_are_never_quoted),
		cmocka_unit_test(test_faults_are_capped),
		cmocka_unit_test(test_long_names_are_cut),
		cmocka_unit_test(test_recursion_is_bounded),
		cmocka_unit_test(test_unique_items_of_many),
		cmocka_unit_test(test_long_enum_is_told_short),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
