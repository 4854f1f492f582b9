#include "ask.h"

static const char *const REFUSED[][3] = {
	{"5", "#", "must be a schema"},
	{"{\"properties\":{\"a\":{\"minLenght\":1}}}", "#/properties/a",
		"the keyword \"minLenght\" is not known; did you mean \"minLength\"?"},
	{"{\"allOff\":[]}", "#", "the keyword \"allOff\" is not known; did you mean \"allOf\"?"},
	{"{\"definitions\":{}}", "#", "the keyword \"definitions\" is not known"},
	{"{\"allOf\":[]}", "#/allOf", "at least one schema"},
	{"{\"anyOf\":{}}", "#/anyOf", "at least one schema"},
	{"{\"oneOf\":[{},1]}", "#/oneOf/1", "must be a schema"},
	{"{\"not\":[]}", "#/not", "must be a schema"},
	{"{\"then\":1}", "#/then", "must be a schema"},
	{"{\"if\":1}", "#/if", "must be a schema"},
	{"{\"dependentSchemas\":{\"a\":[]}}", "#/dependentSchemas/a", "must be a schema"},
	{"{\"dependentRequired\":{\"a\":\"b\"}}", "#/dependentRequired", "arrays of names"},
	{"{\"dependentRequired\":{\"a\":[1]}}", "#/dependentRequired", "arrays of names"},
	{"{\"prefixItems\":[]}", "#/prefixItems", "at least one schema"},
	{"{\"contains\":0}", "#/contains", "must be a schema"},
	{"{\"minContains\":-1}", "#/minContains", "0 or more"},
	{"{\"contains\":{},\"maxContains\":\"1\"}", "#/maxContains", "0 or more"},
	{"{\"patternProperties\":{\"(\":{}}}", "#/patternProperties", "\"(\" is no pattern"},
	{"{\"patternProperties\":{\"a\":1}}", "#/patternProperties/a", "must be a schema"},
	{"{\"propertyNames\":1}", "#/propertyNames", "must be a schema"},
	{"{\"unevaluatedItems\":1}", "#/unevaluatedItems", "must be a schema"},
	{"{\"multipleOf\":0}", "#/multipleOf", "above 0"},
	{"{\"multipleOf\":\"1\"}", "#/multipleOf", "above 0"},
	{"{\"contentEncoding\":1}", "#/contentEncoding", "must be a string"},
	{"{\"contentSchema\":1}", "#/contentSchema", "must be a schema"},
	{"{\"$anchor\":\"1a\"}", "#/$anchor", "must be a name"},
	{"{\"$anchor\":\"a\",\"items\":{\"$anchor\":\"a\"}}", "#/items/$anchor", "a second place"},
	{"{\"$dynamicAnchor\":\"\"}", "#/$dynamicAnchor", "must be a name"},
	{"{\"$vocabulary\":{\"urn:x\":1}}", "#/$vocabulary", "true and false"},
	{"{\"$dynamicRef\":1}", "#/$dynamicRef", "must be a string"},
	{"{\"$dynamicRef\":\"#a\"}", "#/$dynamicRef", "leads nowhere"},
	{"{\"$schema\":\"http://json-schema.org/draft-07/schema#\"}", "#/$schema", "2020-12"},
	{"{\"$id\":5}", "#/$id", "must be a string"},
	{"{\"$id\":\"urn:x#a\"}", "#/$id", "must not have a fragment"},
	{"{\"$id\":\"urn:x\",\"items\":{\"$id\":\"urn:x\"}}", "#/items/$id", "there already"},
	{"{\"items\":{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\"}}",
		"#/items/$schema", "at the root"},
	{"{\"$schema\":5}", "#/$schema", "must be a string"},
	{"{\"$defs\":[]}", "#/$defs", "object of schemas"},
	{"{\"$defs\":{\"unused\":{\"type\":\"text\"}}}", "#/$defs/unused/type",
		"must be null, boolean"},
	{"{\"$ref\":\"other.json\"}", "#/$ref",
		"\"other.json\" leads nowhere: no schema of that URI"},
	{"{\"$ref\":\"#anchor\"}", "#/$ref", "\"#anchor\" leads nowhere"},
	{"{\"$ref\":1}", "#/$ref", "must be a string"},
	{"{\"allOf\":[{\"anyOf\":[{\"$ref\":\"#\"}]}]}", "#/allOf/0/anyOf/0/$ref",
		"leads back to itself"},
	{"{\"not\":{\"$ref\":\"#\"}}", "#/not/$ref", "leads back to itself"},
	{"{\"if\":{\"$ref\":\"#\"}}", "#/if/$ref", "leads back to itself"},
	{"{\"$ref\":\"#/$defs/none\"}", "#/$ref", "\"#/$defs/none\" leads nowhere"},
	{"{\"$ref\":\"#/$defs/~2\",\"$defs\":{\"~2\":{}}}", "#/$ref", "leads nowhere"},
	{"{\"$ref\":\"#/$defs/%zz\",\"$defs\":{}}", "#/$ref", "bad %-escape"},
	{"{\"$ref\":\"#/examples/01\",\"examples\":[{},{}]}", "#/$ref", "leads nowhere"},
	{"{\"$ref\":\"#/title\",\"title\":\"t\"}", "#/title", "must be a schema"},
	{"{\"$ref\":\"#/default/x\",\"default\":{\"x\":{\"foo\":1}}}", "#/default/x",
		"\"foo\" is not known"},
	{"{\"$ref\":\"#\"}", "#/$ref", "leads back to itself"},
	{"{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"$ref\":\"#/"
	 "$defs/a\"}}}",
		"#/$defs/a/$ref", "leads back to itself"},
	{"{\"title\":1}", "#/title", "must be a string"},
	{"{\"examples\":{}}", "#/examples", "must be an array"},
	{"{\"readOnly\":\"yes\"}", "#/readOnly", "must be true or false"},
	{"{\"deprecated\":1}", "#/deprecated", "must be true or false"},
	{"{\"type\":\"text\"}", "#/type", "must be null, boolean"},
	{"{\"type\":[]}", "#/type", "at least one type"},
	{"{\"type\":[\"string\",\"string\"]}", "#/type", "\"string\" twice"},
	{"{\"type\":5}", "#/type", "must be null, boolean"},
	{"{\"enum\":\"a\"}", "#/enum", "must be an array"},
	{"{\"enum\":[]}", "#/enum", "at least one value"},
	{"{\"minimum\":\"1\"}", "#/minimum", "must be a number"},
	{"{\"exclusiveMaximum\":true}", "#/exclusiveMaximum", "must be a number"},
	{"{\"minLength\":-1}", "#/minLength", "0 or more"},
	{"{\"maxLength\":1.5}", "#/maxLength", "0 or more"},
	{"{\"maxItems\":\"1\"}", "#/maxItems", "0 or more"},
	{"{\"minProperties\":1e300}", "#/minProperties", "0 or more"},
	{"{\"uniqueItems\":1}", "#/uniqueItems", "true or false"},
	{"{\"items\":[{}]}", "#/items", "must be a schema"},
	{"{\"pattern\":5}", "#/pattern", "must be a string"},
	{"{\"pattern\":\"(\"}", "#/pattern", "\"(\" is no pattern: missing closing parenthesis"},
	{"{\"format\":\"e-mail\"}", "#/format", "the format \"e-mail\" is not known"},
	{"{\"format\":1}", "#/format", "must be a string"},
	{"{\"properties\":[]}", "#/properties", "object of schemas"},
	{"{\"properties\":{\"a/b\":1}}", "#/properties/a~1b", "must be a schema"},
	{"{\"required\":\"a\"}", "#/required", "array of names"},
	{"{\"required\":[1]}", "#/required", "array of names"},
	{"{\"required\":[\"a\",\"a\"]}", "#/required", "same name twice"},
	{"{\"additionalProperties\":1}", "#/additionalProperties", "must be a schema"},
};

static void test_refused(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++) {
		expect_refused(REFUSED[i][0], REFUSED[i][1], REFUSED[i][2]);
	}
}

static json_t *nest(json_t *value, int depth) {
	for (int i = 0; i < depth; i++) {
		value = json_pack("{s:o}", "items", value);
	}
	return value;
}

static void test_depth(void **state) {
	(void)state;
	char error[SCHEMA_ERROR_SIZE] = "";
	json_t *fits = nest(json_object(), 63);
	struct schema *schema = schema_compile(fits, error);
	assert_non_null(schema);
	schema_destroy(schema);
	json_decref(fits);
	const int depths[] = {64, 2000};
	for (int i = 0; i < 2; i++) {
		json_t *deep = nest(json_object(), depths[i]);
		assert_null(schema_compile(deep, error));
		assert_non_null(strstr(error, "nested deeper than 64"));
		json_decref(deep);
	}
	json_t *in_value = json_pack("{s:o}", "default", nest(json_array(), 64));
	assert_null(schema_compile(in_value, error));
	assert_non_null(strstr(error, "nested deeper than 64"));
	json_decref(in_value);
}

static void test_a_chain_of_refs(void **state) {
	(void)state;
	char error[SCHEMA_ERROR_SIZE] = "";
	const int lengths[] = {200, 300};
	for (int i = 0; i < 2; i++) {
		json_t *defs = json_object();
		for (int at = 0; at < lengths[i]; at++) {
			char name[16], target[32];
			snprintf(name, sizeof(name), "d%d", at);
			snprintf(target, sizeof(target), "#/$defs/d%d", at + 1);
			bool is_last = at + 1 == lengths[i];
			json_object_set_new(defs, name,
				is_last ? json_pack("{s:s}", "type", "null")
					: json_pack("{s:s}", "$ref", target));
		}
		json_t *definition = json_pack("{s:s,s:o}", "$ref", "#/$defs/d0", "$defs", defs);
		struct schema *schema = schema_compile(definition, error);
		assert_int_equal(schema != NULL, lengths[i] < 256);
		if (schema != NULL) {
			assert_true(schema_validate(schema, json_null(), 0, NULL));
			assert_false(schema_validate(schema, json_true(), 0, NULL));
		}
		schema_destroy(schema);
		json_decref(definition);
	}
	assert_non_null(strstr(error, "too many others"));
}

static void test_the_definition_is_only_borrowed(void **state) {
	(void)state;
	json_t *definition =
		parse("{\"properties\":{\"a\":{\"enum\":[[1]]}},\"required\":[\"a\"]}");
	char *before = json_dumps(definition, 0);
	char error[SCHEMA_ERROR_SIZE];
	struct schema *schema = schema_compile(definition, error);
	assert_non_null(schema);
	char *after = json_dumps(definition, 0);
	assert_string_equal(before, after);
	json_object_clear(definition);
	json_t *instance = parse("{\"a\":[1]}");
	json_t *empty = json_object();
	assert_true(schema_validate(schema, instance, 0, NULL));
	assert_false(schema_validate(schema, empty, 0, NULL));
	json_decref(empty);
	json_decref(instance);
	json_decref(definition);
	free(before);
	free(after);
	schema_destroy(schema);
}

static void test_destroy_takes_null(void **state) {
	(void)state;
	schema_destroy(NULL);
}

static void test_long_words_fit_the_error(void **state) {
	(void)state;
	static char name[5001];
	memset(name, 'k', sizeof(name) - 1);
	json_t *inner = json_object();
	json_object_set_new(inner, name, json_true());
	json_t *definition = json_object();
	json_t *properties = json_object();
	json_object_set_new(properties, name, inner);
	json_object_set_new(definition, "properties", properties);
	char error[SCHEMA_ERROR_SIZE];
	assert_null(schema_compile(definition, error));
	assert_true(strlen(error) < SCHEMA_ERROR_SIZE);
	assert_non_null(strstr(error, "the keyword \"kkk"));
	assert_non_null(strstr(error, "is not known"));
	json_decref(definition);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_a_chain_of_refs),
		cmocka_unit_test(test_the_definition_is_only_borrowed),
		cmocka_unit_test(test_destroy_takes_null),
		cmocka_unit_test(test_long_words_fit_the_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
