#include "ask.h"

/* Any schema of the standard, and what the strict reading says to it. */

static struct schema_options standard = {.is_standard = true};

static struct schema *compile_standard(const char *text, const char *expected_error) {
	char error[SCHEMA_ERROR_SIZE] = "";
	json_t *definition = parse(text);
	struct schema *schema = schema_compile_with(definition, &standard, error);
	json_decref(definition);
	if (expected_error == NULL && schema == NULL) {
		fail_msg("refused: %s", error);
	}
	if (expected_error != NULL && (schema != NULL || strstr(error, expected_error) == NULL)) {
		fail_msg("expected %s, found %s", expected_error, error);
	}
	return schema;
}

static bool is_valid(const char *schema_text, const char *instance_text) {
	struct schema *schema = compile_standard(schema_text, NULL);
	json_t *instance = parse(instance_text);
	bool result = schema_validate(schema, instance, 0, NULL);
	json_decref(instance);
	schema_destroy(schema);
	return result;
}

static void add(const char *uri, const char *text) {
	char error[SCHEMA_ERROR_SIZE] = "";
	json_t *definition = parse(text);
	if (!schema_store_add((struct schema_store *)standard.store, uri, definition, error)) {
		fail_msg("%s", error);
	}
	json_decref(definition);
}

static int open_store(void **state) {
	(void)state;
	standard.store = schema_store_create();
	return 0;
}

static int close_store(void **state) {
	(void)state;
	schema_store_destroy((struct schema_store *)standard.store);
	standard = (struct schema_options){.is_standard = true};
	return 0;
}

static void test_the_unknown_is_an_annotation(void **state) {
	(void)state;
	assert_true(is_valid("{\"minLenght\":5,\"format\":\"colour\"}", "\"\""));
	assert_true(is_valid("{\"format\":\"ipv4\"}", "\"x\""));
	standard.asserts_format = true;
	assert_false(is_valid("{\"format\":\"ipv4\"}", "\"x\""));
	assert_true(is_valid("{\"format\":\"colour\"}", "\"x\""));
	assert_true(is_valid("{\"format\":\"email\"}", "\"\\\"a b\\\"@[127.0.0.1]\""));
	assert_false(is_valid("{\"format\":\"email\"}", "\"a\""));
	expect_refused("{\"minLenght\":5}", "#", "is not known");
	expect_fault("{\"format\":\"email\"}", "\"\\\"a b\\\"@[127.0.0.1]\"", "", "format",
		"must be a valid e-mail address");
}

static void test_earlier_drafts(void **state) {
	(void)state;
	assert_false(is_valid(
		"{\"$ref\":\"#/definitions/a\",\"definitions\":{\"a\":{\"type\":\"null\"}}}", "1"));
	assert_false(is_valid(
		"{\"$ref\":\"x\",\"definitions\":{\"a\":{\"$id\":\"x\",\"type\":\"null\"}}}", "1"));
	assert_false(is_valid("{\"dependencies\":{\"a\":[\"b\"]}}", "{\"a\":1}"));
	assert_false(
		is_valid("{\"dependencies\":{\"a\":{\"maxProperties\":1}}}", "{\"a\":1,\"b\":1}"));
	compile_standard("{\"dependencies\":{\"a\":1}}", "#/dependencies/a: must be a schema");
	compile_standard("{\"$schema\":\"http://json-schema.org/draft-07/schema#\"}",
		"nor a registered meta-schema");
}

static void test_the_draft_describes_itself(void **state) {
	(void)state;
	const char *meta = "{\"$ref\":\"https://json-schema.org/draft/2020-12/schema\"}";
	assert_true(is_valid(
		meta, "{\"properties\":{\"a\":{\"minLength\":1}},\"items\":{\"allOf\":[true]}}"));
	assert_false(is_valid(meta, "{\"properties\":{\"a\":{\"minLength\":-1}}}"));
	assert_false(is_valid(meta, "{\"items\":{\"allOf\":[{\"type\":\"text\"}]}}"));
	struct schema *strict = compile(meta);
	json_t *bad = parse("{\"allOf\":[{\"not\":{\"minItems\":\"1\"}}]}");
	assert_false(schema_validate(strict, bad, 0, NULL));
	json_decref(bad);
	schema_destroy(strict);
}

static void test_the_store(void **state) {
	(void)state;
	add("http://x/a",
		"{\"$defs\":{\"n\":{\"type\":\"null\"},\"b\":{\"$id\":\"b\",\"$anchor\":\"t\","
		"\"items\":"
		"{\"$ref\":\"a#/$defs/n\"}}}}");
	assert_false(is_valid("{\"$ref\":\"http://x/a#/$defs/n\"}", "1"));
	assert_false(
		is_valid("{\"$ref\":\"http://x/b\"}", "[1]")); /* inside a: registered with it */
	assert_true(is_valid("{\"$ref\":\"http://x/b#t\"}", "[null]"));
	assert_true(is_valid("{\"$id\":\"http://x/c\",\"$ref\":\"b\"}", "[null]"));
	standard.base_uri = "http://x/y";
	assert_false(is_valid("{\"$ref\":\"b\"}", "[1]"));
	compile_standard("{\"$ref\":\"b#none\"}", "\"b#none\" leads nowhere");
	compile_standard("{\"$ref\":\"none\"}", "no schema of that URI is registered");
	add("http://x/bad",
		"{\"$defs\":{\"a\":{\"type\":5}}}"); /* is not looked into before it is used */
	compile_standard("{\"$ref\":\"bad\"}", "http://x/bad#/$defs/a/type: must be");
	add("http://x/a", "{\"$defs\":{\"n\":true}}"); /* the last one counts */
	assert_true(is_valid("{\"$ref\":\"http://x/a#/$defs/n\"}", "1"));
}

static void test_the_store_refuses(void **state) {
	(void)state;
	struct schema_store *store = (struct schema_store *)standard.store;
	char error[SCHEMA_ERROR_SIZE];
	json_t *good = json_object(), *bad = json_integer(5), *deep = json_object();
	for (int i = 0; i < 300; i++) {
		deep = json_pack("{s:o}", "not", deep);
	}
	const char *const uris[] = {"", "x", "/x", "http://x/#a", ":x"};
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		assert_false(schema_store_add(store, uris[i], good, error));
		assert_non_null(strstr(error, "is no absolute URI"));
	}
	assert_false(schema_store_add(store, "urn:x", bad, error));
	assert_non_null(strstr(error, "must be a schema"));
	assert_false(schema_store_add(store, "urn:x", deep, error));
	assert_non_null(strstr(error, "nested deeper than 256"));
	json_decref(good);
	json_decref(bad);
	json_decref(deep);
	schema_store_destroy(NULL);
}

static void test_vocabularies(void **state) {
	(void)state;
	add("http://x/core",
		"{\"$vocabulary\":{\"https://json-schema.org/draft/2020-12/vocab/core\":true,"
		"\"https://json-schema.org/draft/2020-12/vocab/"
		"applicator\":true,\"urn:mine\":false}}");
	add("http://x/own", "{\"$vocabulary\":{\"urn:mine\":true}}");
	add("http://x/format",
		"{\"$vocabulary\":{\"https://json-schema.org/draft/2020-12/vocab/"
		"format-assertion\":true}}");
	add("http://x/none", "{}");
	assert_true(is_valid("{\"$schema\":\"http://x/core\",\"type\":\"null\"}", "1"));
	assert_false(is_valid("{\"$schema\":\"http://x/core\",\"not\":{}}", "1"));
	assert_false(is_valid("{\"$schema\":\"http://x/none\",\"type\":\"null\"}", "1"));
	assert_false(is_valid("{\"$schema\":\"http://x/format\",\"format\":\"ipv4\"}", "\"x\""));
	/* an embedded resource has a dialect of its own */
	assert_false(
		is_valid("{\"$schema\":\"http://x/core\",\"allOf\":[{\"$id\":\"urn:y\",\"$schema\":"
			 "\"https://json-schema.org/draft/2020-12/schema\",\"type\":\"null\"}]}",
			"1"));
	assert_true(is_valid(
		"{\"$schema\":\"http://x/core\",\"allOf\":[{\"$id\":\"urn:y\",\"type\":\"null\"}]}",
		"1"));
	compile_standard("{\"$schema\":\"http://x/own\"}", "needs the vocabulary \"urn:mine\"");
}

/* What a bad schema does to the validation of a small value has an end. */
static void expect_too_complex(const char *text, const char *instance_text) {
	struct schema *schema = compile_standard(text, NULL);
	json_t *instance = parse(instance_text);
	json_t *faults = json_array();
	assert_false(schema_validate(schema, instance, 0, faults));
	assert_false(schema_validate(schema, instance, 0, NULL));
	assert_int_equal(json_array_size(faults), 1);
	assert_string_equal(json_member_text(json_array_get(faults, 0), "code"), "too_complex");
	json_decref(faults);
	json_decref(instance);
	schema_destroy(schema);
}

static void test_endless_schemas_end(void **state) {
	(void)state;
	expect_too_complex("{\"$ref\":\"#\"}", "1");
	expect_too_complex("{\"not\":{\"$ref\":\"#\"}}", "1");
	expect_too_complex("{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}", "1");
	expect_too_complex("{\"$dynamicAnchor\":\"a\",\"allOf\":[{\"$dynamicRef\":\"#a\"},{\"$"
			   "dynamicRef\":\"#a\"}]}",
		"1");
	expect_too_complex(
		"{\"if\":{\"$ref\":\"#\"},\"then\":{\"$ref\":\"#\"},\"unevaluatedItems\":false}",
		"[1]");
	expect_too_complex("{\"dependentSchemas\":{\"a\":{\"$ref\":\"#\"}}}", "{\"a\":1}");
	expect_too_complex("{\"contains\":{\"not\":{\"$ref\":\"#/contains\"}}}", "[1]");
	assert_true(is_valid("{\"$defs\":{\"a\":{\"$ref\":\"#/$defs/a\"}}}", "1"));
	assert_true(is_valid("{\"dependentSchemas\":{\"a\":{\"$ref\":\"#\"}}}", "{\"b\":1}"));
}

/* d0 applies d1 twice, d1 d2 twice, ...: 2^40 of the last. */
static void test_doubling_schemas_end(void **state) {
	(void)state;
	const char *const kinds[] = {"allOf", "anyOf", "oneOf"};
	for (size_t kind = 0; kind < 3; kind++) {
		json_t *defs = json_pack("{s:{s:s}}", "d40", "type", "null");
		for (int i = 0; i < 40; i++) {
			char name[16], target[32];
			snprintf(name, sizeof(name), "d%d", i);
			snprintf(target, sizeof(target), "#/$defs/d%d", i + 1);
			json_object_set_new(defs, name,
				json_pack("{s:[{s:s},{s:s}]}", kinds[kind], "$ref", target, "$ref",
					target));
		}
		json_t *definition = json_pack("{s:s,s:o}", "$ref", "#/$defs/d0", "$defs", defs);
		char *text = json_dumps(definition, 0);
		struct schema *schema = compile_standard(text, NULL);
		/* allOf of true values, the others of false ones, try them all */
		json_t *instance = kind == 0 ? json_null() : json_integer(1);
		json_t *faults = json_array();
		assert_false(schema_validate(schema, instance, 0, faults));
		const json_t *last = json_array_get(faults, json_array_size(faults) - 1);
		assert_string_equal(json_member_text(last, "code"), "too_complex");
		json_decref(faults);
		json_decref(instance);
		schema_destroy(schema);
		free(text);
		json_decref(definition);
	}
}

static void test_depth(void **state) {
	(void)state;
	const int depths[] = {255, 256, 2000};
	for (size_t i = 0; i < 3; i++) {
		json_t *deep = json_object();
		for (int level = 0; level < depths[i]; level++) {
			deep = json_pack("{s:o}", "items", deep);
		}
		char error[SCHEMA_ERROR_SIZE] = "";
		struct schema *schema = schema_compile_with(deep, &standard, error);
		assert_int_equal(schema != NULL, depths[i] < 256);
		schema_destroy(schema);
		json_decref(deep);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_the_unknown_is_an_annotation, open_store, close_store),
		cmocka_unit_test_setup_teardown(test_earlier_drafts, open_store, close_store),
		cmocka_unit_test_setup_teardown(
			test_the_draft_describes_itself, open_store, close_store),
		cmocka_unit_test_setup_teardown(test_the_store, open_store, close_store),
		cmocka_unit_test_setup_teardown(test_the_store_refuses, open_store, close_store),
		cmocka_unit_test_setup_teardown(test_vocabularies, open_store, close_store),
		cmocka_unit_test_setup_teardown(test_endless_schemas_end, open_store, close_store),
		cmocka_unit_test_setup_teardown(test_doubling_schemas_end, open_store, close_store),
		cmocka_unit_test(test_depth),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
