/* sdk/check/example.h: what is made of a schema meets it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "example.h"

#include "base/buf.h"
#include "base/json.h"
#include "schema/schema.h"

static json_t *parse(const char *text) {
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
	if (value == NULL) {
		fail_msg("no JSON: %s", text);
	}
	return value;
}

static void what_is_made_is_valid(void **state) {
	static const char *const SCHEMAS[] = {
		"{}",
		"{\"type\":\"object\"}",
		"{\"type\":[\"null\",\"string\"]}",
		"{\"type\":\"string\",\"minLength\":30}",
		"{\"type\":\"string\",\"maxLength\":3}",
		"{\"type\":\"string\",\"minLength\":3,\"maxLength\":3}",
		"{\"type\":\"string\",\"format\":\"email\"}",
		"{\"type\":\"string\",\"format\":\"uri\"}",
		"{\"type\":\"string\",\"format\":\"date\"}",
		"{\"type\":\"string\",\"format\":\"date-time\"}",
		"{\"type\":\"string\",\"pattern\":\"^[A-Z]{2}-[0-9]{4,6}$\"}",
		"{\"type\":\"string\",\"pattern\":\"^[a-z]+$\",\"minLength\":12}",
		"{\"enum\":[\"red\",\"green\"]}",
		"{\"const\":{\"a\":[1]}}",
		"{\"type\":\"integer\"}",
		"{\"type\":\"integer\",\"minimum\":10}",
		"{\"type\":\"integer\",\"exclusiveMinimum\":10,\"maximum\":11}",
		"{\"type\":\"integer\",\"maximum\":-5}",
		"{\"type\":\"number\",\"exclusiveMinimum\":0,\"exclusiveMaximum\":0.5}",
		"{\"type\":\"number\",\"minimum\":0.5,\"maximum\":0.5}",
		"{\"type\":\"boolean\"}",
		"{\"type\":\"null\"}",
		"{\"type\":\"array\",\"items\":{\"type\":\"string\"},\"minItems\":3,"
		"\"uniqueItems\":true}",
		"{\"type\":\"array\",\"items\":{\"type\":\"integer\",\"minimum\":5},\"minItems\":3,"
		"\"uniqueItems\":true}",
		"{\"type\":\"array\",\"items\":{\"enum\":[\"a\",\"b\"]},\"minItems\":2,"
		"\"uniqueItems\":true}",
		"{\"type\":\"array\",\"maxItems\":0}",
		"{\"required\":[\"a\",\"b\"],\"properties\":{\"a\":{\"type\":\"string\"}}}",
		"{\"required\":[\"b\"],\"properties\":{\"b\":{\"$ref\":\"#/$defs/"
		"b\"}},\"$defs\":{\"b\":{\"minItems\":1}}}",
		"{\"properties\":{\"a\":{\"type\":\"object\",\"properties\":{\"b\":{\"$ref\":\"#\"}"
		"}}}}",
		"{\"type\":\"object\",\"required\":[\"known\"],\"properties\":{\"other\":{\"type\":"
		"\"integer\"}}}",
		"{\"minLength\":2,\"maxLength\":4}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(SCHEMAS) / sizeof(SCHEMAS[0]); i++) {
		for (unsigned how = 0; how < 4; how++) {
			char error[SCHEMA_ERROR_SIZE] = "";
			json_t *definition = parse(SCHEMAS[i]);
			struct schema *schema = schema_compile(definition, error);
			assert_string_equal(error, "");
			json_t *value = example_make(definition, how);
			json_t *errors = json_array();
			if (value == NULL || !schema_validate(schema, value, 0, errors)) {
				fail_msg("%s: %s", SCHEMAS[i],
					json_member_text(json_array_get(errors, 0), "message"));
			}
			json_decref(errors);
			json_decref(value);
			schema_destroy(schema);
			json_decref(definition);
		}
	}
}

static void assert_made(const char *schema, unsigned how, const char *expected) {
	json_t *definition = parse(schema);
	json_t *value = example_make(definition, how);
	struct buf text;
	buf_init(&text, 4096);
	json_write(&text, value);
	assert_string_equal(buf_text(&text), expected);
	buf_finish(&text);
	json_decref(value);
	json_decref(definition);
}

static void the_schema_is_asked_first(void **state) {
	(void)state;
	assert_made("{\"type\":\"string\",\"examples\":[\"Ada\",\"Bob\"]}", 0, "\"Ada\"");
	assert_made("{\"type\":\"string\",\"default\":\"x\",\"examples\":[\"Ada\"]}", 0, "\"x\"");
	assert_made("{\"enum\":[\"red\"],\"examples\":[\"green\"]}", 0, "\"green\"");
	assert_made("{\"const\":7,\"default\":8}", 0, "7");
	assert_made(
		"{\"oneOf\":[{\"const\":\"lead\",\"title\":\"Lead\"},{\"const\":\"customer\"}]}", 0,
		"\"lead\"");
	assert_made("{\"allOf\":[{\"type\":\"object\",\"properties\":{\"a\":{\"const\":1}}},{"
		    "\"properties\":{\"b\":{\"const\":2}}}]}",
		0, "{\"a\":1,\"b\":2}");
}

static void members_are_left_out_as_asked(void **state) {
	static const char SCHEMA[] = "{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{"
				     "\"a\":{\"const\":1},\"b\":{\"const\":2},"
				     "\"id\":{\"const\":3,\"readOnly\":true}}}";
	(void)state;
	assert_made(SCHEMA, 0, "{\"a\":1,\"b\":2,\"id\":3}");
	assert_made(SCHEMA, EXAMPLE_TO_SEND, "{\"a\":1,\"b\":2}");
	assert_made(SCHEMA, EXAMPLE_REQUIRED_ONLY, "{\"a\":1}");
	assert_made(
		"{\"examples\":[{\"a\":1,\"id\":2}],\"properties\":{\"id\":{\"readOnly\":true}}}",
		EXAMPLE_TO_SEND, "{\"a\":1}");
}

static void a_schema_without_end_ends(void **state) {
	json_t *definition = parse("{\"type\":\"object\",\"required\":[\"next\"],\"properties\":{"
				   "\"next\":{\"$ref\":\"#\"}}}");
	(void)state;
	json_decref(example_make(definition, 0));
	json_decref(definition);
}

/* Each text is judged by the module that judges patterns. */
static void texts_match_their_patterns(void **state) {
	static const struct {
		const char *pattern;
		size_t least;
	} CASES[] = {
		{"^$", 0},
		{"abc", 0},
		{"^a.c$", 0},
		{"^[0-9]+$", 0},
		{"^[0-9]+$", 20},
		{"^\\\\d{3}$", 0},
		{"^\\\\w+@\\\\w+\\\\.com$", 0},
		{"^(foo|bar)-[^a-z]$", 0},
		{"^(?:ab){2,}$", 9},
		{"^a?b*c+$", 5},
		{"^[A-Fa-f0-9]{8}(-[A-Fa-f0-9]{4}){3}$", 0},
		{"^\\\\+[1-9][0-9]{6,14}$", 12},
		{"^[\\\\w.-]{2,5}$", 4},
		{"^[^\\\\s]$", 0},
		{"^\\\\(\\\\)\\\\[\\\\]$", 0},
		{"^(?<name>x)y$", 0},
		{"^a{2}b{0}c{1,}$", 0},
		{"^[-a]$", 0},
		{"^x|y$", 0},
		{"^a+?$", 3},
		{"^((a|b)(c|(d|e)))f$", 0},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		char text[256];
		char error[SCHEMA_ERROR_SIZE] = "";
		snprintf(text, sizeof(text),
			"{\"type\":\"string\",\"pattern\":\"%s\",\"minLength\":%zu}",
			CASES[i].pattern, CASES[i].least);
		json_t *definition = parse(text);
		struct schema *schema = schema_compile(definition, error);
		assert_string_equal(error, "");
		char *made = example_text(json_member_text(definition, "pattern"), CASES[i].least);
		json_t *value = json_string(made != NULL ? made : "");
		if (made == NULL || !schema_validate(schema, value, 0, NULL)) {
			fail_msg("%s: \"%s\"", text, made != NULL ? made : "NULL");
		}
		json_decref(value);
		free(made);
		schema_destroy(schema);
		json_decref(definition);
	}
}

static void what_it_does_not_know_is_not_guessed(void **state) {
	static const char *const PATTERNS[] = {"^(?=a)a$", "(?!x)", "(?<=a)b", "(a)\\1", "(a", "a)",
		"[a", "*", "a**", "\\", "\\p{L}"};
	(void)state;
	for (size_t i = 0; i < sizeof(PATTERNS) / sizeof(PATTERNS[0]); i++) {
		char *made = example_text(PATTERNS[i], 0);
		if (made != NULL) {
			fail_msg("%s: \"%s\"", PATTERNS[i], made);
		}
	}
}

static void note_place(const char *place, const json_t *schema, const json_t *value, void *ctx) {
	struct buf *places = ctx;
	(void)schema;
	buf_printf(places, "%s=%" JSON_INTEGER_FORMAT " ", place, json_integer_value(value));
}

static void promises_are_found_at_every_depth(void **state) {
	json_t *definition = parse("{\"default\":0,\"properties\":{\"a\":{\"examples\":[1,2]},"
				   "\"b\":{\"items\":{\"default\":3}}},"
				   "\"$defs\":{\"c\":{\"default\":4}},\"oneOf\":[{\"default\":5}],"
				   "\"additionalProperties\":{\"default\":6}}");
	struct buf places;
	(void)state;
	buf_init(&places, 4096);
	example_each(definition, note_place, &places);
	assert_string_equal(buf_text(&places),
		"=0 /properties/a=1 /properties/a=2 /properties/b/items=3 /$defs/c=4 "
		"/additionalProperties=6 /oneOf/0=5 ");
	buf_finish(&places);
	json_decref(definition);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_made_is_valid),
		cmocka_unit_test(the_schema_is_asked_first),
		cmocka_unit_test(members_are_left_out_as_asked),
		cmocka_unit_test(a_schema_without_end_ends),
		cmocka_unit_test(texts_match_their_patterns),
		cmocka_unit_test(what_it_does_not_know_is_not_guessed),
		cmocka_unit_test(promises_are_found_at_every_depth),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
