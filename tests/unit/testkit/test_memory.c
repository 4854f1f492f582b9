/* The HubSpot that remembers, asked by a plugin in its own words. */
#include "kit.h"

#include <jansson.h>

static const struct hsc_host *host;
static struct {
	int32_t error;
	int32_t status;
	uint32_t created;
	char id[32];
	char code[32];
	json_t *body;
	unsigned count;
} last;

static int init(const struct hsc_host *lent, void **state) {
	host = lent;
	*state = NULL;
	return 0;
}

static const struct hsc_plugin ASKER = {.size = sizeof(ASKER),
	.abi_major = HSC_ABI_MAJOR,
	.abi_minor = HSC_ABI_MINOR,
	.name = "asker",
	.version = "1",
	.init = init};

static void has_ended(const struct hsc_result *result, void *ctx) {
	(void)ctx;
	last.error = result->error;
	last.status = result->status;
	last.created = result->created;
	snprintf(last.id, sizeof(last.id), "%s", result->id != NULL ? result->id : "");
	const char *code = json_string_value(json_object_get(result->problem, "code"));
	snprintf(last.code, sizeof(last.code), "%s", code != NULL ? code : "");
	json_decref(last.body);
	last.body = json_incref(result->body);
	last.count++;
}

static int open_kit(void **state) {
	*state = open_with(&(struct hsck_options){.plugin = &ASKER, .hubspot = HSCK_REMEMBER});
	last.count = 0;
	return 0;
}

static int close_kit(void **state) {
	json_decref(last.body);
	last.body = NULL;
	close_clean(*state);
	return 0;
}

static int32_t ask(struct hsck *kit, struct hsc_operation operation, const char *body) {
	unsigned count = last.count;
	json_t *json = body != NULL ? json_loads(body, 0, NULL) : NULL;
	assert_true((body == NULL) == (json == NULL));
	operation.size = sizeof(operation);
	operation.body = json;
	assert_int_equal(host->hubspot->submit(host, &operation, has_ended, NULL, NULL), 0);
	assert_int_equal(last.count, count);
	hsck_run(kit);
	assert_int_equal(last.count, count + 1);
	json_decref(json);
	return last.error;
}

#define ASK(kit, body, ...) ask(kit, (struct hsc_operation){__VA_ARGS__}, body)

static const char *property(const char *name) {
	const char *value =
		json_string_value(json_object_get(json_object_get(last.body, "properties"), name));
	return value != NULL ? value : "(none)";
}

static size_t results(void) {
	return json_array_size(json_object_get(last.body, "results"));
}

static const char *result(size_t index) {
	return json_string_value(json_object_get(
		json_array_get(json_object_get(last.body, "results"), index), "id"));
}

static void test_writes_and_reads(void **state) {
	struct hsck *kit = *state;
	assert_int_equal(
		ASK(kit, "{\"name\":\"Acme\"}", .kind = HSC_CREATE, .object = "companies"), 0);
	assert_string_equal(last.id, "1");
	assert_int_equal(last.status, 201);
	assert_int_equal(
		ASK(kit, "{\"name\":\"Acme\",\"domain\":\"acme.example\"}", .kind = HSC_UPSERT,
			.object = "2-7", .id = "A1", .id_property = "number"),
		0);
	assert_int_equal(last.created, 1);
	assert_int_equal(ASK(kit, "{\"name\":\"Ajax\"}", .kind = HSC_UPSERT, .object = "2-7",
				 .id = "A1", .id_property = "number"),
		0);
	assert_int_equal(last.created, 0);
	assert_string_equal(last.id, "2");
	const char *const names[] = {"number", "hs_object_id", NULL};
	assert_int_equal(
		ASK(kit, NULL, .kind = HSC_READ, .object = "2-7", .id = "2", .properties = names),
		0);
	assert_string_equal(property("number"), "A1");
	assert_string_equal(property("hs_object_id"), "2");
	assert_string_equal(property("name"), "(none)");
	assert_int_equal(ASK(kit, "{\"name\":\"\"}", .kind = HSC_UPDATE, .object = "2-7",
				 .id = "A1", .id_property = "number"),
		0);
	assert_int_equal(ASK(kit, NULL, .kind = HSC_READ, .object = "2-7", .id = "2"), 0);
	assert_string_equal(property("name"), "(none)");
	assert_string_equal(property("domain"), "acme.example");
	assert_int_equal(
		ASK(kit, NULL, .kind = HSC_READ, .object = "companies", .id = "2"), HSC_EHUBSPOT);
	assert_int_equal(last.status, 404);
	assert_int_equal(ASK(kit, NULL, .kind = HSC_ARCHIVE, .object = "2-7", .id = "2"), 0);
	assert_int_equal(
		ASK(kit, "{\"name\":\"x\"}", .kind = HSC_UPDATE, .object = "2-7", .id = "2"),
		HSC_EHUBSPOT);
	assert_null(hsck_record(kit, "2-7", "2"));
	assert_non_null(hsck_record(kit, "companies", "1"));
}

static void test_a_value_that_several_have(void **state) {
	struct hsck *kit = *state;
	hsck_put_record(kit, "companies", "{\"domain\":\"acme.example\"}");
	hsck_put_record(kit, "companies", "{\"domain\":\"acme.example\"}");
	assert_int_equal(ASK(kit, NULL, .kind = HSC_READ, .object = "companies",
				 .id = "acme.example", .id_property = "domain"),
		HSC_EHUBSPOT);
	assert_string_equal(last.code, "ambiguous_key");
	assert_int_equal(ASK(kit, "{\"name\":\"Acme\"}", .kind = HSC_UPSERT, .object = "companies",
				 .id = "acme.example", .id_property = "domain"),
		HSC_EHUBSPOT);
	assert_null(hsck_record(kit, "companies", "3"));
}

static void test_links(void **state) {
	struct hsck *kit = *state;
	hsck_put_record(kit, "contacts", "{\"email\":\"a@x.example\"}");
	hsck_put_record(kit, "deals", "{\"dealname\":\"Big\"}");
	hsck_put_record(kit, "deals", "{\"dealname\":\"Small\"}");
	for (int twice = 0; twice < 2; twice++) {
		assert_int_equal(ASK(kit, NULL, .kind = HSC_ASSOCIATE, .object = "contacts",
					 .id = "1", .to_object = "deals", .to_id = "2"),
			0);
	}
	assert_int_equal(ASK(kit, NULL, .kind = HSC_ASSOCIATE, .object = "deals", .id = "3",
				 .to_object = "contacts", .to_id = "1"),
		0);
	assert_int_equal(hsck_operation(kit, 0)->kind, HSC_ASSOCIATE);
	assert_string_equal(hsck_operation(kit, 0)->to_id, "2");
	assert_true(hsck_is_linked(kit, "deals", "2", "contacts", "1"));
	assert_true(hsck_is_linked(kit, "contacts", "1", "deals", "3"));
	assert_int_equal(
		ASK(kit, NULL, .kind = HSC_RAW,
			.object =
				"GET /crm/objects/{version}/contacts/1/associations/deals?limit=1"),
		0);
	assert_int_equal(results(), 1);
	assert_int_equal(
		ASK(kit, NULL, .kind = HSC_RAW,
			.object = "GET "
				  "/crm/v4/objects/contacts/1/associations/deals?limit=1&after=2"),
		0);
	assert_int_equal(results(), 1);
	assert_null(json_object_get(last.body, "paging"));
	assert_int_equal(ASK(kit, NULL, .kind = HSC_ASSOCIATE, .object = "deals", .id = "9",
				 .to_object = "contacts", .to_id = "1"),
		HSC_EHUBSPOT);
	assert_int_equal(ASK(kit, NULL, .kind = HSC_DISSOCIATE, .object = "deals", .id = "2",
				 .to_object = "contacts", .to_id = "1"),
		0);
	assert_false(hsck_is_linked(kit, "contacts", "1", "deals", "2"));
	assert_int_equal(ASK(kit, NULL, .kind = HSC_ARCHIVE, .object = "contacts", .id = "1"), 0);
	assert_false(hsck_is_linked(kit, "contacts", "1", "deals", "3"));
	assert_false(hsck_is_linked(kit, "deals", "3", "contacts", "1"));
}

static void fill(struct hsck *kit) {
	hsck_put_record(kit, "things", "{\"name\":\"Blue chair\",\"price\":\"9\"}");
	hsck_put_record(kit, "things", "{\"name\":\"red table\",\"price\":\"100\"}");
	hsck_put_record(kit, "things", "{\"name\":\"Green chair\"}");
	hsck_put_record(kit, "things", "{\"name\":\"yellow lamp\",\"price\":\"20.5\"}");
}

#define FIND(filter) "{\"filterGroups\":[{\"filters\":[" filter "]}]}"
#define PRICE(operator, rest) "{\"propertyName\":\"price\",\"operator\":\"" operator"\"" rest "}"
#define NAME(operator, value)                                                                      \
	"{\"propertyName\":\"name\",\"operator\":\"" operator"\",\"value\":\"" value "\"}"

static const struct {
	const char *body;
	const char *ids;
} SEARCHES[] = {
	{"{}", "1 2 3 4"},
	{FIND(PRICE("EQ", ",\"value\":9")), "1"},
	{FIND(PRICE("EQ", ",\"value\":\"100\"")), "2"},
	{FIND(PRICE("NEQ", ",\"value\":\"100\"")), "1 3 4"},
	{FIND(PRICE("GT", ",\"value\":\"9\"")), "2 4"},
	{FIND(PRICE("GTE", ",\"value\":\"9.0\"")), "1 2 4"},
	{FIND(PRICE("LT", ",\"value\":\"20.5\"")), "1"},
	{FIND(PRICE("LTE", ",\"value\":\"20.5\"")), "1 4"},
	{FIND(PRICE("BETWEEN", ",\"value\":\"10\",\"highValue\":\"100\"")), "2 4"},
	{FIND(PRICE("IN", ",\"values\":[\"9\",\"20.5\"]")), "1 4"},
	{FIND(PRICE("NOT_IN", ",\"values\":[\"9\",\"20.5\"]")), "2 3"},
	{FIND(PRICE("HAS_PROPERTY", "")), "1 2 4"},
	{FIND(PRICE("NOT_HAS_PROPERTY", "")), "3"},
	{FIND(PRICE("SOUNDS_LIKE", "")), ""},
	{FIND(NAME("CONTAINS_TOKEN", "CHAIR")), "1 3"},
	{FIND(NAME("CONTAINS_TOKEN", "hair")), ""},
	{FIND(NAME("CONTAINS_TOKEN", "ye*")), "4"},
	{FIND(NAME("NOT_CONTAINS_TOKEN", "chair")), "2 4"},
	{FIND(NAME("CONTAINS_TOKEN", "chair") "," PRICE("HAS_PROPERTY", "")), "1"},
	{"{\"filterGroups\":[{\"filters\":[" NAME("EQ", "red table") "]},{\"filters\":[" PRICE(
		 "EQ", ",\"value\":\"9\"") "]}]}",
		"1 2"},
	{"{\"query\":\"lam\"}", "4"},
	{"{\"sorts\":[{\"propertyName\":\"price\",\"direction\":\"DESCENDING\"}]}", "2 4 1 3"},
	{"{\"sorts\":[\"name\"]}", "1 3 2 4"},
	{"{\"limit\":2,\"after\":\"1\"}", "2 3"},
	{"{\"limit\":2,\"after\":\"9\"}", ""},
};

static void test_searches(void **state) {
	struct hsck *kit = *state;
	fill(kit);
	for (size_t i = 0; i < sizeof(SEARCHES) / sizeof(SEARCHES[0]); i++) {
		char ids[64] = "";
		assert_int_equal(ASK(kit, SEARCHES[i].body, .kind = HSC_RAW,
					 .object = "POST /crm/objects/{version}/things/search"),
			0);
		for (size_t j = 0; j < results(); j++) {
			size_t length = strlen(ids);
			snprintf(ids + length, sizeof(ids) - length, "%s%s", j > 0 ? " " : "",
				result(j));
		}
		if (strcmp(ids, SEARCHES[i].ids) != 0) {
			fail_msg("%s: found \"%s\", not \"%s\"", SEARCHES[i].body, ids,
				SEARCHES[i].ids);
		}
	}
}

static void test_lists_and_other_paths(void **state) {
	struct hsck *kit = *state;
	fill(kit);
	assert_int_equal(
		ASK(kit, NULL, .kind = HSC_RAW,
			.object = "GET /crm/objects/{version}/things?limit=3&properties=price"),
		0);
	assert_int_equal(results(), 3);
	assert_string_equal(
		json_string_value(json_object_get(
			json_object_get(json_object_get(last.body, "paging"), "next"), "after")),
		"3");
	assert_null(json_object_get(
		json_object_get(
			json_array_get(json_object_get(last.body, "results"), 0), "properties"),
		"name"));
	assert_int_equal(ASK(kit, NULL, .kind = HSC_RAW,
				 .object = "GET /crm/v3/objects/things?limit=3&after=3"),
		0);
	assert_int_equal(results(), 1);
	assert_int_equal(ASK(kit, NULL, .kind = HSC_RAW,
				 .object = "GET /crm/objects/2026-09/things/2?properties=price"),
		0);
	assert_string_equal(property("price"), "100");
	assert_int_equal(
		ASK(kit, NULL, .kind = HSC_RAW, .object = "GET /crm/objects/{version}/things/99"),
		HSC_EHUBSPOT);
	assert_int_equal(
		ASK(kit, "{\"inputs\":[{\"id\":\"4\"},{\"id\":\"99\"}],\"properties\":[\"name\"]}",
			.kind = HSC_RAW, .object = "POST /crm/objects/{version}/things/batch/read"),
		0);
	assert_int_equal(results(), 1);
	assert_int_equal(json_array_size(json_object_get(last.body, "errors")), 1);
	assert_int_equal(
		ASK(kit, NULL, .kind = HSC_RAW, .object = "GET /crm/owners/{version}?limit=100"),
		0);
	assert_int_equal(results(), 0);
	assert_int_equal(
		ASK(kit, NULL, .kind = HSC_RAW, .object = "GET /crm/objects/{version}/things/%zz"),
		HSC_EHUBSPOT);
	static const char *const NOWHERE[] = {"POST /somewhere/else", "GET /crm",
		"GET /crm/objects", "GET /crm/objectss/{version}/things", "GET /crm/v3/things",
		"PUT /crm/objects/{version}/things/2"};
	for (size_t i = 0; i < sizeof(NOWHERE) / sizeof(NOWHERE[0]); i++) {
		assert_int_equal(
			ASK(kit, NULL, .kind = HSC_RAW, .object = NOWHERE[i]), HSC_EHUBSPOT);
	}
	assert_int_equal(last.status, 404);
}

static void test_lists_and_searches_of_the_contract(void **state) {
	struct hsck *kit = *state;
	fill(kit);
	assert_int_equal(ASK(kit, "{\"limit\":3}", .kind = HSC_LIST, .object = "things"), 0);
	assert_int_equal(hsck_operation(kit, 0)->kind, HSC_RAW);
	assert_int_equal(results(), 3);
	assert_int_equal(
		ASK(kit, "{\"limit\":3,\"after\":\"3\"}", .kind = HSC_LIST, .object = "things"), 0);
	assert_string_equal(result(0), "4");
	assert_int_equal(ASK(kit, FIND(PRICE("EQ", ",\"value\":\"9\"")), .kind = HSC_SEARCH,
				 .object = "things"),
		0);
	assert_int_equal(results(), 1);
	assert_string_equal(result(0), "1");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_kit, close_kit)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_writes_and_reads),
		TEST(test_a_value_that_several_have),
		TEST(test_links),
		TEST(test_searches),
		TEST(test_lists_and_other_paths),
		TEST(test_lists_and_searches_of_the_contract),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
