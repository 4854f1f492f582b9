#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "fragment.h"

static const struct {
	const char *definition, *fragment;
} PAIRS[] = {
	{"{\"name\":\"a\",\"label\":\"A\",\"type\":\"string\",\"fieldType\":\"textarea\","
	 "\"description\":\"\"}",
		"{\"title\":\"A\",\"type\":\"string\"}"},
	{"{\"label\":\"N\",\"description\":\"How "
	 "many.\",\"type\":\"number\",\"fieldType\":\"number\"}",
		"{\"title\":\"N\",\"description\":\"How many.\",\"type\":\"number\"}"},
	{"{\"type\":\"bool\",\"fieldType\":\"booleancheckbox\"}", "{\"type\":\"boolean\"}"},
	{"{\"type\":\"date\"}", "{\"type\":\"string\",\"format\":\"date\"}"},
	{"{\"type\":\"datetime\"}", "{\"type\":\"string\",\"format\":\"date-time\"}"},
	{"{\"type\":\"phone_number\"}", "{\"type\":\"string\"}"},
	{"{}", "{\"type\":\"string\"}"},
	/* what cannot be written */
	{"{\"type\":\"number\",\"calculated\":true}", "{\"type\":\"number\",\"readOnly\":true}"},
	{"{\"type\":\"string\",\"calculated\":false,\"modificationMetadata\":{\"readOnlyValue\":"
	 "true}}",
		"{\"type\":\"string\",\"readOnly\":true}"},
	{"{\"type\":\"string\",\"modificationMetadata\":{\"readOnlyValue\":false,"
	 "\"readOnlyDefinition\":true}}",
		"{\"type\":\"string\"}"},
	/* options */
	{"{\"type\":\"enumeration\",\"fieldType\":\"radio\",\"options\":["
	 "{\"value\":\"a\",\"label\":\"A\"},{\"value\":\"b\",\"label\":\"B\",\"hidden\":true},"
	 "{\"value\":\"c\",\"label\":\"C\",\"archived\":true},{\"value\":\"\",\"label\":\"none\"},"
	 "{\"value\":\"d\"},7]}",
		"{\"type\":\"string\",\"oneOf\":[{\"const\":\"a\",\"title\":\"A\"},{\"const\":"
		"\"d\"}]}"},
	{"{\"type\":\"enumeration\",\"fieldType\":\"checkbox\",\"options\":[{\"value\":\"a\","
	 "\"label\":\"A\"}]}",
		"{\"type\":\"array\",\"items\":{\"type\":\"string\","
		"\"oneOf\":[{\"const\":\"a\",\"title\":\"A\"}]}}"},
	{"{\"type\":\"enumeration\",\"fieldType\":\"select\",\"externalOptions\":true,"
	 "\"options\":[{\"value\":\"a\"}]}",
		"{\"type\":\"string\"}"},
	{"{\"type\":\"enumeration\",\"fieldType\":\"checkbox\",\"options\":[]}",
		"{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"},
	{"{\"type\":\"enumeration\",\"fieldType\":\"select\",\"options\":[{\"value\":\"a\","
	 "\"hidden\":true}]}",
		"{\"type\":\"string\"}"},
	{"{\"type\":\"string\",\"fieldType\":\"checkbox\",\"options\":[{\"value\":\"a\"}]}",
		"{\"type\":\"string\"}"},
};

static void test_fragments(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(PAIRS) / sizeof(PAIRS[0]); i++) {
		json_t *definition = json_loads(PAIRS[i].definition, 0, NULL);
		json_t *expected = json_loads(PAIRS[i].fragment, 0, NULL);
		json_t *fragment = fragment_of(definition);
		assert_non_null(expected);
		if (!json_equal(fragment, expected)) {
			char *text = json_dumps(fragment, 0);
			fail_msg("%s became %s", PAIRS[i].definition, text);
		}
		json_decref(definition);
		json_decref(expected);
		json_decref(fragment);
	}
}

/* A hidden option is not offered, but its value may be there. */
static void test_options(void **state) {
	(void)state;
	json_t *definition =
		json_loads("{\"type\":\"enumeration\",\"fieldType\":\"select\",\"options\":["
			   "{\"value\":\"a\"},{\"value\":\"b\",\"hidden\":true},{\"value\":\"c\","
			   "\"archived\":true}]}",
			0, NULL);
	assert_true(definition_has_options(definition));
	assert_true(definition_has_option(definition, "a"));
	assert_true(definition_has_option(definition, "b"));
	assert_false(definition_has_option(definition, "c"));
	assert_false(definition_has_option(definition, "A"));
	json_object_set_new(definition, "externalOptions", json_true());
	assert_false(definition_has_options(definition));
	json_decref(definition);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fragments),
		cmocka_unit_test(test_options),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
