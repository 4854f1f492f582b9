/* What an API document says of an object's routes. */
#include "object/contact.h"

#include "base/json.h"

static struct http_description description;

static int begin(void **state) {
	set_up(state);
	description = (struct http_description){.schemas = json_object(), .tags = json_object()};
	return 0;
}

static int end(void **state) {
	json_decref(description.operation);
	json_decref(description.schemas);
	json_decref(description.tags);
	return tear_down(state);
}

static struct object *opened(const struct hsc_object *declaration, const char *overrides) {
	json_auto_t *section = overrides != NULL ? json_loads(overrides, 0, NULL) : NULL;
	struct object *object =
		object_open(http, hubspot, declaration, &plugin, section, fault, sizeof(fault));
	assert_non_null(object);
	return object;
}

/* The operation, borrowed until the next one. */
static json_t *describe(const char *method, const char *path) {
	const struct http_route *route = fake_http_route(http, method, path);
	assert_non_null(route);
	json_decref(description.operation);
	description.operation = json_object();
	assert_true(route->describe(route, &description, route->ctx));
	return description.operation;
}

static json_t *schema(const char *name) {
	return json_object_get(description.schemas, name);
}

static json_t *properties(const char *name) {
	return json_object_get(schema(name), "properties");
}

static const char *text(const json_t *object, const char *name) {
	return json_member_text(object, name);
}

static bool replies(const json_t *operation, const char *status) {
	return json_object_get(json_object_get(operation, "responses"), status) != NULL;
}

static void test_names(void **state) {
	(void)state;
	opened(&plain_contact, NULL);
	assert_string_equal(
		text(describe("POST", "/contacts"), "operationId"), "createOrUpdateContact");
	assert_string_equal(text(description.operation, "summary"), "Create or update a contact");
	assert_string_equal(text(describe("GET", "/contacts/{id}"), "operationId"), "getContact");
	assert_string_equal(text(describe("GET", "/contacts"), "operationId"), "listContacts");
	assert_string_equal(
		text(describe("POST", "/contacts/search"), "operationId"), "searchContacts");
	assert_string_equal(
		text(describe("POST", "/contacts/batch"), "operationId"), "createOrUpdateContacts");
	assert_string_equal(json_string_value(json_array_get(
				    json_object_get(description.operation, "tags"), 0)),
		"contacts");
	assert_non_null(strstr(text(description.tags, "contacts"), "(Plugin test.)"));
}

/* Every route of every word, and no word is left in it. */
static void test_all_are_told(void **state) {
	(void)state;
	static const struct hsc_object invoices =
		HSC_OBJECT(.offers = HSC_OBJECT_ALL, .path = "/line-items", .name = "invoice_line",
			.hubspot = "2-1", .schema = contact_schema);
	opened(&invoices, NULL);
	static const char *const ROUTES[][2] = {{"POST", ""}, {"GET", ""}, {"GET", "/{id}"},
		{"PATCH", "/{id}"}, {"DELETE", "/{id}"}, {"POST", "/batch"}, {"POST", "/search"},
		{"GET", "/{id}/{object}"}, {"PUT", "/{id}/{object}/{other}"},
		{"DELETE", "/{id}/{object}/{other}"}};
	for (size_t i = 0; i < sizeof(ROUTES) / sizeof(ROUTES[0]); i++) {
		char path[64];
		snprintf(path, sizeof(path), "/line-items%s", ROUTES[i][1]);
		char *written = json_dumps(describe(ROUTES[i][0], path), 0);
		assert_null(strchr(written, '@'));
		assert_true(
			json_object_size(json_object_get(description.operation, "responses")) > 1);
		free(written);
	}
	char *schemas = json_dumps(description.schemas, 0);
	assert_null(strchr(schemas, '@'));
	free(schemas);
	assert_non_null(schema("InvoiceLineWritten"));
	assert_non_null(
		strstr(text(describe("GET", "/line-items/{id}"), "summary"), "an invoice line"));
	assert_string_equal(
		text(describe("POST", "/line-items"), "summary"), "Create an invoice line");
	assert_non_null(
		json_object_get(properties("InvoiceLineWritten"), "hubspot_invoice_line_id"));
}

static void test_schemas(void **state) {
	(void)state;
	opened(&plain_contact,
		"{\"properties\":{\"shoe_size\":{\"type\":\"integer\",\"examples\":[44]}}}");
	describe("POST", "/contacts");
	/* a record that is read has all of it, and needs an id alone */
	assert_non_null(json_object_get(properties("Contact"), "created_at"));
	assert_non_null(json_object_get(properties("Contact"), "shoe_size"));
	assert_int_equal(json_array_size(json_object_get(schema("Contact"), "required")), 1);
	assert_string_equal(
		text(json_object_get(properties("Contact"), "notes"), "x-hubspot-property"),
		"content");
	assert_string_equal(text(json_object_get(properties("Contact"), "birthday"), "$ref"),
		"#/components/schemas/Contact_day");
	assert_non_null(schema("Contact_day"));
	/* what is sent has nothing that is readOnly, and null where that clears */
	assert_null(json_object_get(properties("ContactPatch"), "created_at"));
	assert_null(json_object_get(properties("ContactPatch"), "id"));
	assert_non_null(json_object_get(properties("ContactPatch"), "shoe_size"));
	assert_string_equal(
		text(json_object_get(properties("ContactPatch"), "email"), "type"), "string");
	json_t *type =
		json_object_get(json_object_get(properties("ContactPatch"), "firstname"), "type");
	assert_string_equal(json_string_value(json_array_get(type, 1)), "null");
	assert_null(json_object_get(schema("ContactPatch"), "required"));
	assert_string_equal(json_string_value(json_array_get(
				    json_object_get(schema("ContactWrite"), "required"), 0)),
		"email");
	json_t *links = json_object_get(properties("Associations"), "contacts");
	assert_non_null(json_object_get(
		json_object_get(json_object_get(links, "items"), "properties"), "email"));
}

static void test_what_it_does_not_do(void **state) {
	(void)state;
	static const struct hsc_object plain =
		HSC_OBJECT(.offers = HSC_OBJECT_UPSERT | HSC_OBJECT_CRUD, .path = "/contacts",
			.name = "contact", .hubspot = "contacts", .key = "email",
			.schema = contact_schema);
	opened(&plain, NULL);
	assert_false(replies(describe("POST", "/contacts"), "207"));
	assert_false(replies(description.operation, "500"));
	assert_true(replies(description.operation, "409"));
	assert_null(strstr(text(description.operation, "description"), "associations"));
	assert_null(json_object_get(properties("ContactPatch"), "associations"));
	assert_false(replies(describe("GET", "/contacts/{id}"), "409"));
}

static void never(json_t *record, json_t *errors, bool is_part, void *ctx) {
	(void)record;
	(void)errors;
	(void)is_part;
	(void)ctx;
}

static void test_what_others_do(void **state) {
	(void)state;
	static const struct hsc_object companies = HSC_OBJECT(.offers = HSC_OBJECT_ALL,
		.path = "/companies", .name = "company", .hubspot = "companies", .key = "domain",
		.schema = "{\"properties\":{\"domain\":{\"type\":\"string\"}}}");
	plugin.prepare = never;
	opened(&companies, NULL);
	assert_true(replies(describe("POST", "/companies"), "500"));
	assert_true(replies(description.operation, "207"));
	assert_true(
		replies(describe("GET", "/companies/{id}"), "409")); /* several have one domain */
}

/* Two objects may have one name, and one may be called as the document's own schemas are. */
static void test_nouns_that_are_taken(void **state) {
	(void)state;
	static const struct hsc_object leads = HSC_OBJECT(.offers = HSC_OBJECT_CRUD,
		.path = "/leads", .name = "contact", .hubspot = "leads", .schema = contact_schema);
	static const struct hsc_object problems = HSC_OBJECT(.offers = HSC_OBJECT_CRUD,
		.path = "/problems", .name = "problem", .hubspot = "2-3", .schema = contact_schema);
	opened(&plain_contact, NULL);
	opened(&leads, NULL);
	opened(&problems, NULL);
	assert_string_equal(text(describe("GET", "/contacts/{id}"), "operationId"), "getContacts");
	assert_string_equal(text(describe("GET", "/leads/{id}"), "operationId"), "getLeads");
	assert_string_equal(
		text(describe("GET", "/problems/{id}"), "operationId"), "getProblemRecord");
}

static void test_examples(void **state) {
	(void)state;
	static const struct hsc_object items = HSC_OBJECT(.offers = HSC_OBJECT_UPSERT,
		.path = "/items", .name = "item", .hubspot = "2-4",
		.schema = "{\"required\":[\"name\"],\"properties\":{"
			  "\"at\":{\"type\":\"string\",\"readOnly\":true,\"examples\":[\"x\"]},"
			  "\"name\":{\"type\":\"string\",\"examples\":[\"Pen\",\"Ink\"]},"
			  "\"kind\":{\"oneOf\":[{\"const\":\"a\",\"title\":\"A\"}]}}}");
	static const struct hsc_object wrong = HSC_OBJECT(.offers = HSC_OBJECT_UPSERT,
		.path = "/wrongs", .name = "wrong", .hubspot = "2-5",
		.schema = "{\"properties\":{\"n\":{\"type\":\"integer\",\"examples\":[\"one\"]}}}");
	opened(&items, NULL);
	opened(&wrong, NULL);
	json_t *body = json_object_get(describe("POST", "/items"), "requestBody");
	json_t *media = json_object_get(json_object_get(body, "content"), "application/json");
	json_auto_t *expected = json_pack("{s:s, s:s}", "name", "Pen", "kind", "a");
	assert_true(json_equal(json_object_get(media, "example"), expected));
	/* an example that does not meet its schema is none */
	body = json_object_get(describe("POST", "/wrongs"), "requestBody");
	media = json_object_get(json_object_get(body, "content"), "application/json");
	assert_non_null(json_object_get(media, "schema"));
	assert_null(json_object_get(media, "example"));
}

static void test_filters(void **state) {
	(void)state;
	opened(&plain_contact, NULL);
	json_t *parameters = json_object_get(describe("GET", "/contacts"), "parameters");
	assert_string_equal(text(json_array_get(parameters, 0), "name"), "limit");
	assert_string_equal(
		text(json_array_get(parameters, 2), "name"), "email"); /* the key comes first */
	size_t index = 0;
	json_t *parameter = NULL;
	size_t emails = 0;
	json_array_foreach (parameters, index, parameter) {
		emails += strcmp(text(parameter, "name"), "email") == 0;
		if (strcmp(text(parameter, "name"), "birthday") == 0) {
			assert_string_equal(
				text(json_object_get(parameter, "schema"), "format"), "date");
		}
	}
	assert_int_equal(emails, 1);
	assert_int_equal(index, 2 + 11);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_names),
		TEST(test_all_are_told),
		TEST(test_schemas),
		TEST(test_what_it_does_not_do),
		TEST(test_what_others_do),
		TEST(test_nouns_that_are_taken),
		TEST(test_examples),
		TEST(test_filters),
	};
	return cmocka_run_group_tests_name("object/describe", tests, NULL, NULL);
}
