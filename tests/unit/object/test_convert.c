#include "object/contact.h"

#include <time.h>

#include "object/inside.h"
#include "schema/schema.h"

static char *overrides_with(const char *properties) {
	char *text = str_format("{\"properties\":{%s}}", properties);
	assert_non_null(text);
	return text;
}

static void assert_out(const struct object *object, const char *record, const char *expected) {
	json_auto_t *parsed = json_loads(record, 0, NULL);
	assert_non_null(parsed);
	json_auto_t *converted = object_to_hubspot(object, parsed);
	assert_json(converted, expected);
}

static void assert_in(const struct object *object, const char *record, const char *expected) {
	json_auto_t *parsed = json_loads(record, 0, NULL);
	assert_non_null(parsed);
	json_auto_t *converted = object_from_hubspot(object, parsed);
	assert_json(converted, expected);
}

static void test_names_out(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	assert_out(object,
		"{\"email\":\"A@b.c\",\"notes\":\"hi\",\"id\":\"1\",\"created_at\":\"x\"}",
		"{\"email\":\"A@b.c\",\"content\":\"hi\"}");
	assert_out(object, "{}", "{}");
	assert_out(object, "{\"not_declared\":1}", "{\"not_declared\":\"1\"}");
	assert_string_equal(object_property_name(object, "notes"), "content");
	assert_string_equal(object_property_name(object, "nobody"), "nobody");
}

static void test_values_out(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	assert_out(object, "{\"firstname\":null,\"notes\":\"\"}",
		"{\"firstname\":\"\",\"content\":\"\"}");
	assert_out(
		object, "{\"is_vip\":true,\"x\":false}", "{\"is_vip\":\"true\",\"x\":\"false\"}");
	assert_out(object, "{\"hobbies\":[\"a\",\"b c\"]}", "{\"hobbies\":\"a;b c\"}");
	assert_out(object, "{\"hobbies\":[]}", "{\"hobbies\":\"\"}");
	assert_out(object, "{\"x\":{\"a\":[1]}}", "{\"x\":\"{\\\"a\\\":[1]}\"}");
	assert_out(object, "{\"children\":9223372036854775807,\"x\":-9223372036854775808}",
		"{\"children\":\"9223372036854775807\",\"x\":\"-9223372036854775808\"}");
	assert_out(object, "{\"firstname\":\"J\\u00f6rg \\ud83d\\ude00 'n\"}",
		"{\"firstname\":\"J\\u00f6rg \\ud83d\\ude00 'n\"}");
}

static void test_reals_out(void **state) {
	(void)state;
	static const struct {
		double value;
		const char *text;
	} cases[] = {{0.1, "0.1"}, {0.1 + 0.2, "0.30000000000000004"},
		{1.0 / 3.0, "0.3333333333333333"}, {2.0, "2"}, {-0.0, "0"}, {0.0, "0"},
		{100.0, "100"}, {19.99, "19.99"}, {1e15, "1000000000000000"},
		{1e20, "100000000000000000000"}, {1e21, "1000000000000000000000"},
		{1.5e300, "1.5e+300"}, {-2.5e30, "-2500000000000000000000000000000"},
		{1.25e-9, "0.00000000125"}, {0.0000001, "0.0000001"}, {1e-8, "0.00000001"},
		{-1234.5678, "-1234.5678"}, {5e-324, "4.94065645841247e-324"},
		{123456789.123456789, "123456789.12345679"},
		{1.7976931348623157e308, "1.7976931348623157e+308"},
		{9007199254740993.0, "9007199254740992"}};
	struct object *object = open_contacts(NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_auto_t *record = json_pack("{s:f}", "income", cases[i].value);
		json_auto_t *converted = object_to_hubspot(object, record);
		const char *text = json_string_value(json_object_get(converted, "income"));
		assert_string_equal(text, cases[i].text);
		assert_true(strtod(text, NULL) == cases[i].value);
	}
}

/* A number is one only when a reply can say it as HubSpot did. */
static void test_reals_in(void **state) {
	(void)state;
	static const struct {
		const char *text;
		const char *json; /* NULL: it stays a string */
	} cases[] = {{"0.1", "0.1"}, {"-19.90", "-19.9"}, {"+1.5", "1.5"}, {"0.0", "0.0"},
		{"0.30000000000000004", "0.30000000000000004"}, {"1.50E+3", "1500.0"},
		{"100.250", "100.25"}, {"007.5", "7.5"}, {"1e300", "1e300"}, {".5", "0.5"},
		{"3.000000000000000000000000", "3.0"}, {"12345678901234567890.25", NULL},
		{"12345678901234567890", NULL}, {"0.1000000000000000055511151231257827", NULL},
		{"3.14159265358979323846", NULL}, {"1e400", NULL}, {"1.2.3", NULL}, {"e5", NULL},
		{"-", NULL}};
	struct object *object = open_contacts(NULL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_auto_t *record = json_pack("{s:{s:s}}", "properties", "income", cases[i].text);
		json_auto_t *converted = object_from_hubspot(object, record);
		const json_t *value = json_object_get(converted, "income");
		json_auto_t *expected = cases[i].json != NULL
			? json_loads(cases[i].json, JSON_DECODE_ANY, NULL)
			: json_string(cases[i].text);
		if (!json_equal(value, expected)) {
			fail_msg("%s is not what it should be", cases[i].text);
		}
	}
}

static void test_values_in(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	assert_in(object,
		"{\"id\":\"7\",\"archived\":false,\"properties\":{\"email\":\"a@b.c\",\"content\":"
		"\"hi\",\"children\":\"3\","
		"\"income\":\"12.5\",\"is_vip\":\"true\",\"hobbies\":\"a;b "
		"c\",\"createdate\":\"2026\",\"other\":\"x\"}}",
		"{\"id\":\"7\",\"created_at\":\"2026\",\"email\":\"a@b.c\",\"notes\":\"hi\","
		"\"children\":3,\"income\":12.5,"
		"\"is_vip\":true,\"hobbies\":[\"a\",\"b c\"]}");
	assert_in(object,
		"{\"id\":\"7\",\"properties\":{\"firstname\":\"\",\"children\":null,\"hobbies\":\";"
		"a\"}}",
		"{\"id\":\"7\",\"hobbies\":[\"a\"]}");
	assert_in(object, "{\"id\":\"7\"}", "{\"id\":\"7\"}");
}

static void test_what_does_not_fit_stays_text(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	static const char *const texts[] = {"many", "3 ", " 3", "0x10", "3.5",
		"99999999999999999999", "1e400", "--1", "nan", "."};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_auto_t *record = json_pack("{s:{s:s}}", "properties", "children", texts[i]);
		json_auto_t *flat = object_from_hubspot(object, record);
		assert_string_equal(json_string_value(json_object_get(flat, "children")), texts[i]);
	}
	assert_in(object,
		"{\"properties\":{\"children\":\"5.0\",\"income\":\"1e400\",\"is_vip\":\"yes\"}}",
		"{\"children\":5,\"income\":\"1e400\",\"is_vip\":\"yes\"}");
	static const char *const beyond[] = {
		"0.1e-99999999999999999999", "10e99999999999999999999"};
	for (size_t i = 0; i < 2; i++) { /* their exponents are no number at all */
		json_auto_t *record = json_pack("{s:{s:s}}", "properties", "income", beyond[i]);
		json_auto_t *flat = object_from_hubspot(object, record);
		assert_string_equal(json_string_value(json_object_get(flat, "income")), beyond[i]);
	}
	assert_in(object, "{\"properties\":{\"children\":\"-12\",\"income\":\"40\"}}",
		"{\"children\":-12,\"income\":40}");
	assert_in(object, "{\"properties\":{\"firstname\":\"12\",\"children\":4}}",
		"{\"firstname\":\"12\",\"children\":4}");
}

static void test_round_trip(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	static const char record[] =
		"{\"email\":\"a@b.c\",\"firstname\":\"O'Neill\",\"notes\":\"n\",\"children\":-7,"
		"\"income\":0.1,\"is_vip\":false,\"hobbies\":[\"x\",\"y\"],\"birthday\":\"2000-01-"
		"31\"}";
	json_auto_t *parsed = json_loads(record, 0, NULL);
	json_auto_t *outside = json_object();
	json_object_set_new(outside, "properties", object_to_hubspot(object, parsed));
	json_auto_t *back = object_from_hubspot(object, outside);
	assert_json(back, record);
}

static void test_key_values(void **state) {
	(void)state;
	char *overrides = overrides_with(
		"\"mail\":{\"type\":\"string\",\"x-hubspot-property\":\"work_email\"}");
	struct object *object = open_contacts(overrides);
	free(overrides);
	char *email = object_key_value(object, "email", "John.DOE@Example.COM");
	char *other = object_key_value(object, "mail", "John.DOE@Example.COM");
	assert_string_equal(email, "john.doe@example.com");
	assert_string_equal(other, "John.DOE@Example.COM");
	free(email);
	free(other);
}

static void test_domains(void **state) {
	static const struct {
		const char *written, *compared;
	} domains[] = {{"example.com", "example.com"}, {"Example.COM", "example.com"},
		{"https://www.example.com/about?x=1", "example.com"},
		{"www.example.com.", "example.com"}, {"www.com", "www.com"},
		{"http://WWW.com./", "www.com"}, {"example.com:8080", "example.com"},
		{"https://www.example.com.:443/x:1", "example.com"}, {":8080", ":8080"},
		{"www.example.com:", "example.com"}, {"x1.example:80x", "x1.example:80x"},
		{"http://shop.example.com#top", "shop.example.com"}, {"https://", "https://"},
		{"", ""}};
	(void)state;
	char *overrides = overrides_with("\"domain\":{\"type\":\"string\"}");
	struct object *object = open_contacts(overrides);
	free(overrides);
	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		char *key = object_key_value(object, "domain", domains[i].written);
		assert_string_equal(key, domains[i].compared);
		free(key);
	}
}

/* Takes the record: is all that is told of it told soon? */
static void assert_soon(const struct object *object, json_t *record) {
	enum { SOON_MS = 1000 };
	json_auto_t *errors = json_array();
	clock_t began = clock();
	assert_null(record_accept(object, record, 0, errors));
	assert_in_range((clock() - began) * 1000 / CLOCKS_PER_SEC, 0, SOON_MS);
	assert_int_equal(json_array_size(errors), SCHEMA_ERRORS_MAX);
	json_decref(record);
}

/* Once no more errors would be told, nobody looks for them. */
static void test_enough_is_wrong(void **state) {
	enum { COUNT = 200000 };
	(void)state;
	char *overrides = overrides_with("\"many\":{\"type\":\"array\",\"items\":{}}");
	struct object *object = open_contacts(overrides);
	free(overrides);
	json_t *items = json_array();
	json_t *members = json_pack("{s:s}", "email", "a@b.c");
	for (int i = 0; i < COUNT; i++) {
		char name[16];
		snprintf(name, sizeof(name), "x%d", i);
		json_array_append_new(items, json_object());
		json_object_set_new(members, name, json_object());
	}
	assert_soon(object, json_pack("{s:s, s:o}", "email", "a@b.c", "many", items));
	assert_soon(object, members);
}

static void test_types_of_lists_and_refs(void **state) {
	(void)state;
	char *overrides = overrides_with("\"a\":{\"type\":[\"integer\",\"number\"]},\"b\":{"
					 "\"type\":[\"string\",\"integer\"]},"
					 "\"c\":{\"type\":[\"null\",\"boolean\"]},\"d\":{}");
	struct object *object = open_contacts(overrides);
	free(overrides);
	assert_in(object,
		"{\"properties\":{\"a\":\"1.5\",\"b\":\"1\",\"c\":\"true\",\"d\":\"1\","
		"\"birthday\":\"2000-01-31\"}}",
		"{\"a\":1.5,\"b\":\"1\",\"c\":true,\"d\":\"1\",\"birthday\":\"2000-01-31\"}");
}

static size_t allocations_left;

static void *scarce_malloc(size_t size) {
	return allocations_left == 0 ? NULL : (allocations_left--, malloc(size));
}

/* Every allocation of jansson's fails once: the answer is NULL, or whole. */
static void test_out_of_memory(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	static const char whole[] =
		"{\"email\":\"a@b.c\",\"children\":\"1\",\"income\":\"0.5\",\"hobbies\":\"a;b\"}";
	json_auto_t *record = json_loads(
		"{\"email\":\"a@b.c\",\"children\":1,\"income\":0.5,\"hobbies\":[\"a\",\"b\"]}", 0,
		NULL);
	size_t failures = 0;
	for (;; failures++) {
		allocations_left = failures;
		json_set_alloc_funcs(scarce_malloc, free);
		json_auto_t *converted = object_to_hubspot(object, record);
		json_set_alloc_funcs(malloc, free);
		if (converted != NULL) {
			assert_json(converted, whole);
			break;
		}
	}
	assert_true(failures > 4);
	json_auto_t *outside = json_pack(
		"{s:s, s:{s:s, s:s}}", "id", "7", "properties", "email", "a@b.c", "firstname", "x");
	for (failures = 0;; failures++) {
		allocations_left = failures;
		json_set_alloc_funcs(scarce_malloc, free);
		json_auto_t *flat = object_from_hubspot(object, outside);
		json_set_alloc_funcs(malloc, free);
		if (flat != NULL) {
			assert_json(flat, "{\"id\":\"7\",\"email\":\"a@b.c\",\"firstname\":\"x\"}");
			break;
		}
	}
	assert_true(failures > 2);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_names_out),
		TEST(test_values_out),
		TEST(test_reals_out),
		TEST(test_reals_in),
		TEST(test_values_in),
		TEST(test_what_does_not_fit_stays_text),
		TEST(test_round_trip),
		TEST(test_key_values),
		TEST(test_domains),
		TEST(test_enough_is_wrong),
		TEST(test_types_of_lists_and_refs),
		TEST(test_out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
