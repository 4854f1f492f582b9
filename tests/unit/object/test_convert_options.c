/* Enumerations by value and by label, lists, numbers beyond JSON's, and all that is wrong at once.
 */
#include "object/contact.h"

#include "object/inside.h"
#include "schema/schema.h"

static const char overrides[] =
	"{\"properties\":{"
	"\"stage\":{\"type\":\"string\",\"x-hubspot-property\":\"lifecyclestage\",\"oneOf\":["
	"{\"const\":\"lead\",\"title\":\"Lead\"},"
	"{\"const\":\"customer\",\"title\":\"Paying customer\",\"description\":\"pays\"},"
	"{\"const\":\"old\",\"title\":\"Former\"},{\"const\":\"dead\",\"title\":\"former\"},"
	"{\"const\":\"Lead\",\"title\":\"Odd one\"},"
	"{\"const\":\"x1\",\"title\":\"Twice\"},{\"const\":\"x2\",\"title\":\"Twice\"}]},"
	"\"colours\":{\"type\":\"array\",\"items\":{\"oneOf\":[{\"const\":\"r\",\"title\":\"Red\"},"
	"{\"const\":\"g\",\"title\":\"Green\"}]}},"
	"\"shades\":{\"type\":\"array\",\"items\":{\"enum\":[\"dark\",\"light\"]}},"
	"\"level\":{\"oneOf\":[{\"const\":1,\"title\":\"Low\"},{\"const\":2,\"title\":\"High\"}],"
	"\"type\":\"integer\"}}}";

/* Accepts members beside an e-mail address. */
static json_t *accept(const struct object *object, const char *members, json_t *errors) {
	char *text = str_format("{\"email\":\"a@b.c\",%s}", members);
	json_auto_t *record = json_loads(text, 0, NULL);
	assert_non_null(record);
	free(text);
	json_auto_t *before = json_deep_copy(record);
	json_t *converted = record_accept(object, record, 0, errors);
	assert_true(json_equal(record, before)); /* it is the caller's */
	return converted;
}

static void assert_out(const struct object *object, const char *members, const char *sent) {
	json_auto_t *errors = json_array();
	json_auto_t *converted = accept(object, members, errors);
	if (converted != NULL) {
		json_object_del(converted, "email");
	}
	assert_json(converted, sent);
	assert_int_equal(json_array_size(errors), 0);
}

/* `expected`: "/field code, /field code" in order. */
static void assert_refused_for(
	const struct object *object, const char *members, const char *expected) {
	json_auto_t *errors = json_array();
	json_auto_t *converted = accept(object, members, errors);
	char told[1024] = "";
	size_t length = 0, index = 0;
	json_t *error = NULL;
	assert_null(converted);
	json_array_foreach (errors, index, error) {
		length += (size_t)snprintf(told + length, sizeof(told) - length, "%s%s %s",
			index > 0 ? ", " : "", json_string_value(json_object_get(error, "field")),
			json_string_value(json_object_get(error, "code")));
	}
	assert_string_equal(told, expected);
}

static void test_labels(void **state) {
	(void)state;
	static const struct {
		const char *given;
		const char *sent; /* NULL: refused */
	} cases[] = {
		{"lead", "lead"},
		{"Lead", "Lead"}, /* a value before a label */
		{"LEAD", "lead"},
		{"customer", "customer"},
		{"Paying customer", "customer"},
		{"paying CUSTOMER", "customer"},
		{"Former", "old"},
		{"former", "dead"},
		{"FORMER", NULL}, /* of two */
		{"Odd one", "Lead"},
		{"Twice", NULL},
		{"x2", "x2"},
		{"CUSTOMER", NULL}, /* a value is taken as it is */
		{" lead", NULL},
		{"nobody", NULL},
	};
	struct object *object = open_contacts(overrides);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *members = str_format("\"stage\":\"%s\"", cases[i].given);
		char *sent = str_format("{\"lifecyclestage\":\"%s\"}", cases[i].sent);
		if (cases[i].sent != NULL) {
			assert_out(object, members, sent);
		} else {
			assert_refused_for(object, members, "/stage enum");
		}
		free(sent);
		free(members);
	}
	assert_out(object, "\"level\":2", "{\"level\":\"2\"}");
	assert_out(object, "\"level\":\"High\"", "{\"level\":\"2\"}");
	assert_refused_for(object, "\"level\":3", "/level enum");
	assert_out(object, "\"tier\":\"gold\"", "{\"tier\":\"gold\"}");
	assert_refused_for(object, "\"tier\":\"Gold\"", "/tier enum");
}

static void test_values_come_back_as_values(void **state) {
	(void)state;
	struct object *object = open_contacts(overrides);
	json_auto_t *record = json_loads("{\"properties\":{\"lifecyclestage\":\"customer\","
					 "\"colours\":\"g;r\",\"level\":\"1\","
					 "\"shades\":\"retired option;dark\"}}",
		0, NULL);
	json_auto_t *flat = object_from_hubspot(object, record);
	assert_json(flat,
		"{\"stage\":\"customer\",\"colours\":[\"g\",\"r\"],\"level\":1,"
		"\"shades\":[\"retired option\",\"dark\"]}");
}

static void test_lists(void **state) {
	(void)state;
	struct object *object = open_contacts(overrides);
	assert_out(object, "\"hobbies\":[\"b\",\"a\",\"b\",\"a b\"]", "{\"hobbies\":\"b;a;a b\"}");
	assert_out(object, "\"colours\":[\"Green\",\"r\",\"g\"]", "{\"colours\":\"g;r\"}");
	assert_out(object, "\"colours\":[]", "{\"colours\":\"\"}");
	assert_out(object, "\"shades\":[\"dark\"]", "{\"shades\":\"dark\"}");
	assert_refused_for(object, "\"shades\":[\"dark\",\"Dark\"]", "/shades/1 enum");
	assert_refused_for(
		object, "\"colours\":[\"Blue\",\"Red\",7]", "/colours/0 enum, /colours/2 enum");
	assert_refused_for(object, "\"hobbies\":[\"a;b\",\"c\",\"\",\";\"]",
		"/hobbies/0 pattern, /hobbies/2 pattern, /hobbies/3 pattern");
	assert_refused_for(object, "\"hobbies\":[1]", "/hobbies/0 type");
	assert_refused_for(object, "\"hobbies\":\"a\"", "/hobbies type");
}

/* What a plugin submits is not judged: nothing of it may tell HubSpot to append. */
static void test_lists_of_plugins(void **state) {
	(void)state;
	struct object *object = open_contacts(overrides);
	json_auto_t *record = json_loads(
		"{\"hobbies\":[\"\",\"a\",\"\",\"a\",\"b\"],\"stage\":\"odd ONE\"}", 0, NULL);
	json_auto_t *converted = object_to_hubspot(object, record);
	assert_json(converted, "{\"hobbies\":\"a;b\",\"lifecyclestage\":\"Lead\"}");
}

static void test_cleared(void **state) {
	(void)state;
	struct object *object = open_contacts(overrides);
	assert_out(object,
		"\"stage\":\"\",\"colours\":\"\",\"level\":\"\",\"children\":\"\",\"income\":\"\","
		"\"is_vip\":\"\",\"birthday\":\"\",\"tier\":\"\",\"notes\":\"\"",
		"{\"lifecyclestage\":\"\",\"colours\":\"\",\"level\":\"\",\"children\":\"\","
		"\"income\":\"\",\"is_vip\":\"\",\"birthday\":\"\",\"tier\":\"\",\"content\":"
		"\"\"}");
	assert_out(object, "\"stage\":null,\"colours\":null,\"level\":null,\"tier\":null",
		"{\"lifecyclestage\":\"\",\"colours\":\"\",\"level\":\"\",\"tier\":\"\"}");
	json_auto_t *errors = json_array();
	json_auto_t *required = json_loads("{\"email\":\"\"}", 0, NULL);
	assert_null(record_accept(object, required, 0, errors));
	assert_int_equal(json_array_size(errors), 1);
}

/* A read tells as a string what no number here holds exactly; a write takes it back. */
static void test_numbers_beyond(void **state) {
	(void)state;
	struct object *object = open_contacts(overrides);
	static const char *const exact[] = {"12345678901234567890.25", "12345678901234567890",
		"3.14159265358979323846", "-0.1000000000000000055511151231257827"};
	for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++) {
		json_auto_t *stored = json_pack("{s:{s:s}}", "properties", "income", exact[i]);
		json_auto_t *flat = object_from_hubspot(object, stored);
		assert_string_equal(json_string_value(json_object_get(flat, "income")), exact[i]);
		char *members = str_format("\"income\":\"%s\"", exact[i]);
		char *sent = str_format("{\"income\":\"%s\"}", exact[i]);
		assert_out(object, members, sent);
		free(sent);
		free(members);
	}
	assert_out(object, "\"children\":\"99999999999999999999\"",
		"{\"children\":\"99999999999999999999\"}");
	static const char *const refused[] = {"5", "19.99", "1e400", "1,5", "0x10", "NaN", " 1",
		"12345678901234567890.", "+12345678901234567890"};
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		char *members = str_format("\"income\":\"%s\"", refused[i]);
		assert_refused_for(object, members, "/income type");
		free(members);
	}
	assert_refused_for(object, "\"children\":\"1.00000000000000000001\"", "/children type");
	assert_out(object, "\"children\":9007199254740993,\"income\":-1e-7",
		"{\"children\":\"9007199254740993\",\"income\":\"-0.0000001\"}");
}

/* The bounds of the schema hold for it too. */
static void test_numbers_beyond_are_judged(void **state) {
	(void)state;
	struct object *object =
		open_contacts("{\"properties\":{\"share\":{\"type\":\"number\",\"maximum\":100}}}");
	assert_refused_for(object, "\"share\":\"12345678901234567890\"", "/share maximum");
	assert_out(object, "\"share\":\"0.12345678901234567890123\"",
		"{\"share\":\"0.12345678901234567890123\"}");
}

static void test_all_that_is_wrong(void **state) {
	(void)state;
	struct object *object = open_contacts(overrides);
	assert_refused_for(object,
		"\"id\":\"7\",\"stage\":\"boss\",\"hobbies\":[\"a;b\"],\"birthday\":\"2001-02-29\","
		"\"children\":1.5,\"is_vip\":\"yes\",\"content\":\"x\",\"who\":{\"a\":1}",
		"/id readOnly, /stage enum, /birthday format, /children type, /is_vip type, "
		"/content additionalProperties, /who additionalProperties, /hobbies/0 pattern");
}

static const char *message_for(const json_t *errors, const char *field) {
	size_t index = 0;
	json_t *error = NULL;
	json_array_foreach (errors, index, error) {
		if (str_is_equal(json_string_value(json_object_get(error, "field")), field)) {
			return json_string_value(json_object_get(error, "message"));
		}
	}
	return "";
}

static void test_hubspots_name_of_ours(void **state) {
	(void)state;
	struct object *object = open_contacts(overrides);
	json_auto_t *errors = json_array();
	assert_null(accept(object, "\"lifecyclestage\":\"lead\"", errors));
	assert_string_equal(message_for(errors, "/lifecyclestage"), "is called \"stage\" here");
	struct object *passing =
		open_with(&(const struct hsc_object){.size = sizeof(struct hsc_object),
				  .path = "/people",
				  .name = "person",
				  .hubspot = "contacts",
				  .key = "email",
				  .schema = contact_schema},
			"{\"unknown\":\"pass\"}");
	assert_non_null(passing);
	assert_refused_for(passing, "\"content\":\"x\"", "/content additionalProperties");
	assert_refused_for(
		passing, "\"other\":[\"a;b\"],\"more\":{}", "/other/0 pattern, /more type");
	assert_out(passing,
		"\"other\":[\"a\",\"b\"],\"n\":1.5,\"b\":false,\"s\":\"2026-09-01T08:30:00\"",
		"{\"other\":\"a;b\",\"n\":\"1.5\",\"b\":\"false\",\"s\":\"2026-09-01T08:30:00\"}");
}

static void test_no_record_at_all(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	static const char *const texts[] = {"[]", "\"x\"", "7", "null"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_auto_t *errors = json_array();
		json_auto_t *body = json_loads(texts[i], JSON_DECODE_ANY, NULL);
		assert_null(record_accept(object, body, SCHEMA_PARTIAL, errors));
		assert_json(errors,
			"[{\"field\":\"\",\"code\":\"type\",\"message\":\"must be an object\"}]");
	}
}

/* At most as many as the schema tells. */
static void test_errors_are_bounded(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	json_auto_t *errors = json_array();
	json_auto_t *list = json_array();
	for (int i = 0; i < 300; i++) {
		json_array_append_new(list, json_string(";"));
	}
	json_auto_t *record = json_pack("{s:s, s:O}", "email", "a@b.c", "hobbies", list);
	assert_null(record_accept(object, record, 0, errors));
	assert_int_equal(json_array_size(errors), SCHEMA_ERRORS_MAX);
}

static void test_bad_options(void **state) {
	(void)state;
	assert_null(open_with(&plain_contact, "{\"properties\":{\"x\":{\"oneOf\":[]}}}"));
	assert_non_null(strstr(fault, "oneOf"));
	fault[0] = '\0';
}

/* A oneOf that is no list of options is the validator's: nothing is renamed by a label in it. */
static void test_other_forms(void **state) {
	(void)state;
	struct object *object = open_contacts("{\"properties\":{\"x\":{\"type\":\"string\",\"oneOf\":"
					     "[{\"const\":\"a\",\"title\":\"Label\",\"minLength\":1},{\"minLength\":9}]}}}");
	assert_refused_for(object, "\"x\":\"Label\"", "/x oneOf");
	assert_out(object, "\"x\":\"a\"", "{\"x\":\"a\"}");
}

static size_t allocations_left;

static void *scarce_malloc(size_t size) {
	return allocations_left == 0 ? NULL : (allocations_left--, malloc(size));
}

/* Every allocation of jansson's fails once: refused or whole, never half. */
static void test_out_of_memory(void **state) {
	(void)state;
	struct object *object = open_contacts(overrides);
	json_auto_t *record = json_loads(
		"{\"email\":\"a@b.c\",\"stage\":\"LEAD\",\"colours\":[\"Red\"],\"birthday\":\"\","
		"\"income\":\"12345678901234567890\"}",
		0, NULL);
	size_t failures = 0;
	for (;; failures++) {
		json_auto_t *errors = json_array();
		allocations_left = failures;
		json_set_alloc_funcs(scarce_malloc, free);
		json_auto_t *converted = record_accept(object, record, 0, errors);
		json_set_alloc_funcs(malloc, free);
		if (converted != NULL) {
			assert_json(converted,
				"{\"email\":\"a@b.c\",\"lifecyclestage\":\"lead\",\"colours\":"
				"\"r\","
				"\"birthday\":\"\",\"income\":\"12345678901234567890\"}");
			break;
		}
	}
	assert_true(failures > 8);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_labels),
		TEST(test_values_come_back_as_values),
		TEST(test_lists),
		TEST(test_lists_of_plugins),
		TEST(test_cleared),
		TEST(test_numbers_beyond),
		TEST(test_numbers_beyond_are_judged),
		TEST(test_all_that_is_wrong),
		TEST(test_hubspots_name_of_ours),
		TEST(test_no_record_at_all),
		TEST(test_errors_are_bounded),
		TEST(test_bad_options),
		TEST(test_other_forms),
		TEST(test_out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
