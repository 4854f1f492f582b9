#include "ask.h"

static void a_create_gives_the_whole_record(void **state) {
	(void)state;
	assert_int_equal(ask("POST", CONTACTS,
				 "{\"properties\":{\"email\":\"Ada@Example.COM\",\"firstname\":"
				 "\"Ada\",\"numemployees\":5}}"),
		201);
	assert_text("properties.email", "ada@example.com");
	assert_text("properties.numemployees", "5");
	assert_text("properties.lifecyclestage", "lead");
	assert_text("properties.createdate", "2026-09-21T14:13:20.123Z");
	assert_text("properties.lastmodifieddate", "2026-09-21T14:13:20.123Z");
	assert_text("createdAt", "2026-09-21T14:13:20.123Z");
	assert_string_equal(text_at("properties.hs_object_id"), text_at("id"));
	assert_int_equal(type_at("archived"), JSON_FALSE);
	assert_non_null(strstr(text_at("url"), "/record/0-1/171591"));
	assert_string_equal(reply.type, "application/json;charset=utf-8");
	assert_non_null(strstr(header("Location"), text_at("id")));
	const char *name;
	json_t *value;
	json_object_foreach (at("properties"), name, value) {
		assert_true(json_is_string(value));
	}
}

static void milliseconds_are_dropped_when_zero(void **state) {
	(void)state;
	now_ms = 877;
	char id[32];
	make_contact("a@b.co", id);
	assert_text("createdAt", "2026-09-21T14:13:21Z");
}

static void legacy_and_dated_paths_and_all_names_are_one(void **state) {
	static const char *const urls[] = {"/crm/v3/objects/contacts/",
		"/crm/objects/2026-03/contact/", "/crm/objects/2026-09/0-1/",
		"/crm/v3/objects/CONTACTS/"};
	(void)state;
	char id[32];
	make_contact("a@b.co", id);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		char url[128];
		snprintf(url, sizeof(url), "%s%s", urls[i], id);
		assert_int_equal(ask("GET", url, NULL), 200);
	}
	assert_int_equal(ask("GET", "/crm/objects/2025-01/contacts", NULL), 404);
	assert_int_equal(ask("GET", "/nowhere", NULL), 404);
	assert_int_equal(ask("PUT", CONTACTS, "{}"), 405);
}

static void types_are_known_custom_or_refused(void **state) {
	(void)state;
	assert_int_equal(ask("GET", "/crm/v3/objects/butterflies", NULL), 400);
	assert_text("message", "Unable to infer object type from: butterflies");
	assert_null(at("category"));
	assert_int_equal(ask("GET", "/crm/v3/objects/2-x", NULL), 400);
	assert_int_equal(
		ask("POST", "/crm/v3/objects/2-123", "{\"properties\":{\"whatever\":\"x\"}}"), 201);
	assert_text("properties.whatever", "x");
	assert_non_null(strstr(text_at("url"), "/record/2-123/"));
	assert_non_null(at("properties.hs_lastmodifieddate"));
	assert_null(at("properties.lastmodifieddate"));
	assert_int_equal(
		ask("POST", "/crm/v3/objects/notes", "{\"properties\":{\"hs_note_body\":\"x\"}}"),
		201);
	assert_non_null(at("properties.hs_createdate"));
}

static void a_read_gives_defaults_or_what_is_asked_for(void **state) {
	(void)state;
	char id[32];
	make_contact("a@b.co", id);
	assert_int_equal(ask_about("GET", id, "", NULL), 200);
	assert_int_equal(json_object_size(at("properties")), 6);
	assert_int_equal(type_at("properties.firstname"), JSON_NULL);
	assert_int_equal(
		ask_about("GET", id, "?properties=phone,nonsense&properties=city", NULL), 200);
	assert_int_equal(json_object_size(at("properties")), 5);
	assert_int_equal(type_at("properties.phone"), JSON_NULL);
	assert_int_equal(type_at("properties.city"), JSON_NULL);
	assert_null(at("properties.nonsense"));
	assert_null(at("properties.email"));
	assert_string_equal(text_at("properties.hs_object_id"), id);
}

static void a_record_is_found_by_either_address(void **state) {
	(void)state;
	assert_int_equal(ask("POST", CONTACTS,
				 "{\"properties\":{\"email\":\"a@b.co\",\"hs_additional_emails\":"
				 "\"B@b.co;c@b.co\"}}"),
		201);
	assert_int_equal(ask("GET", CONTACTS "/A%40B.co?idProperty=email", NULL), 200);
	assert_int_equal(ask("GET", CONTACTS "/c@b.co?idProperty=email", NULL), 200);
	assert_int_equal(ask("PATCH", CONTACTS "/b%40b.co?idProperty=email",
				 "{\"properties\":{\"city\":\"Rom\"}}"),
		200);
	assert_text("properties.city", "Rom");
	assert_text("properties.email", "a@b.co");
	assert_int_equal(ask("GET", CONTACTS "/d@b.co?idProperty=email", NULL), 404);
	assert_int_equal(ask("GET", CONTACTS "/Rom?idProperty=city", NULL), 400);
	assert_text("message", "Unable to perform update/upsert by non-unique 0-1 property city");
}

static void both_forms_of_not_found(void **state) {
	(void)state;
	assert_int_equal(ask("GET", CONTACTS "/42", NULL), 404);
	assert_text("message", "resource not found");
	assert_null(at("category"));
	assert_int_equal(ask("PATCH", CONTACTS "/abc", "{\"properties\":{}}"), 404);
	assert_text("category", "OBJECT_NOT_FOUND");
	assert_text("message", "Object not found.  objectId are usually numeric.");
	assert_text("context.id.0", "abc");
	assert_int_equal(ask("DELETE", CONTACTS "/42", NULL), 404);
	assert_int_equal(ask("GET", CONTACTS "/99999999999999999999999", NULL), 404);
}

static void an_address_belongs_to_one_contact(void **state) {
	(void)state;
	char first[32], second[32], message[96];
	make_contact("a@b.co", first);
	assert_int_equal(ask_about("PATCH", first, "",
				 "{\"properties\":{\"hs_additional_emails\":\"x@b.co\"}}"),
		200);
	make_contact("c@b.co", second);
	snprintf(message, sizeof(message), "Contact already exists. Existing ID: %s", first);
	assert_int_equal(ask("POST", CONTACTS, "{\"properties\":{\"email\":\"A@b.co\"}}"), 409);
	assert_text("message", message);
	assert_text("category", "CONFLICT");
	assert_null(at("context"));
	assert_int_equal(ask("POST", CONTACTS, "{\"properties\":{\"email\":\"x@b.co\"}}"), 409);
	assert_text("message", message);
	assert_int_equal(ask("POST", CONTACTS,
				 "{\"properties\":{\"email\":\"n@b.co\",\"hs_additional_emails\":"
				 "\"a@b.co\"}}"),
		409);
	assert_int_equal(
		ask_about("PATCH", second, "", "{\"properties\":{\"email\":\"a@b.co\"}}"), 409);
	assert_text("message", message);
	/* One's own is no conflict, and a left one is free. */
	assert_int_equal(
		ask_about("PATCH", first, "", "{\"properties\":{\"email\":\"a@b.co\"}}"), 200);
	assert_int_equal(
		ask_about("PATCH", first, "", "{\"properties\":{\"email\":\"new@b.co\"}}"), 200);
	assert_int_equal(
		ask_about("PATCH", second, "", "{\"properties\":{\"email\":\"a@b.co\"}}"), 200);
	assert_int_equal(ask("POST", CONTACTS, "{\"properties\":{\"email\":\"c@b.co\"}}"), 201);
}

static void one_error_names_all_bad_properties(void **state) {
	(void)state;
	assert_int_equal(ask("POST", CONTACTS,
				 "{\"properties\":{\"bogus\":\"1\",\"email\":\"x@@y\","
				 "\"createdate\":\"1\",\"lifecyclestage\":\"Lead\"}}"),
		400);
	assert_text("category", "VALIDATION_ERROR");
	assert_text("errors.0.code", "PROPERTY_DOESNT_EXIST");
	assert_text("errors.0.message", "Property \"bogus\" does not exist");
	assert_text("errors.0.context.propertyName.0", "bogus");
	assert_text("errors.1.code", "INVALID_EMAIL");
	assert_text("errors.1.message", "Email address x@@y is invalid");
	assert_text("errors.2.code", "READ_ONLY_VALUE");
	assert_text("errors.3.code", "INVALID_OPTION");
	assert_int_equal(json_array_size(at("errors")), 4);
	const char *list = strchr(text_at("message"), '[');
	assert_non_null(list);
	json_t *embedded = json_loads(list, 0, NULL);
	assert_int_equal(json_array_size(embedded), 4);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(embedded, 0), "name")), "bogus");
	assert_int_equal(
		json_integer_value(json_object_get(json_array_get(embedded, 0), "portalId")),
		44237313);
	json_decref(embedded);
	assert_int_equal(ask("GET", "/__state", NULL), 200);
	assert_int_equal(number_at("creates"), 0);
}

static void addresses_are_judged(void **state) {
	static const char *const bad[] = {
		"x", "@b.co", "a@", "a@b", "a@b.", "a@.co", "a b@c.co", "a@b..co", "a@b@c.co"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char body[128];
		snprintf(body, sizeof(body), "{\"properties\":{\"email\":\"%s\"}}", bad[i]);
		assert_int_equal(ask("POST", CONTACTS, body), 400);
		assert_text("errors.0.code", "INVALID_EMAIL");
	}
	char id[32];
	make_contact("o'neil+x@sub.example.co.uk", id);
}

static void bad_json_is_told_by_its_place(void **state) {
	static const char *const bad[] = {"", "{", "[]", "{\"properties\":[]}",
		"{\"properties\":{\"city\":{}}}", "{\"properties\":{\"city\":[\"a\"]}}", "{}",
		"{\"properties\":{\"city\":\"\xff\"}}"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ask("POST", CONTACTS, bad[i]), 400);
		assert_non_null(
			strstr(text_at("message"), "Invalid input JSON on line 1, column "));
		assert_null(at("category"));
	}
	assert_int_equal(ask("POST", CONTACTS, NULL), 400);
	assert_int_equal(ask("POST", CONTACTS,
				 "{\"properties\":{},\"associations\":[{\"to\":{\"id\":\"1\"}}]}"),
		400);
	assert_int_equal(ask("GET", CONTACTS "/%zz", NULL), 400);
	assert_int_equal(ask("GET", CONTACTS "/%00", NULL), 400);
	assert_int_equal(ask("GET", CONTACTS "/%ff", NULL), 400);
	assert_int_equal(ask("GET", CONTACTS "?properties=%", NULL), 400);
}

static void an_empty_string_clears(void **state) {
	(void)state;
	char id[32];
	make_contact("a@b.co", id);
	assert_int_equal(
		ask_about("PATCH", id, "", "{\"properties\":{\"city\":\"Rom\",\"zip\":\"1\"}}"),
		200);
	now_ms = 5000;
	assert_int_equal(
		ask_about("PATCH", id, "", "{\"properties\":{\"city\":\"\",\"zip\":null}}"), 200);
	assert_text("properties.city", "");
	assert_text("properties.lastmodifieddate", "2026-09-21T14:13:25.123Z");
	assert_text("properties.createdate", "2026-09-21T14:13:20.123Z");
	assert_int_equal(ask_about("GET", id, "?properties=city,zip", NULL), 200);
	assert_int_equal(type_at("properties.city"), JSON_NULL);
	assert_int_equal(type_at("properties.zip"), JSON_NULL);
	assert_int_equal(ask_about("PATCH", id, "", "{\"properties\":{\"email\":\"\"}}"), 200);
	assert_int_equal(ask("GET", CONTACTS "/a@b.co?idProperty=email", NULL), 404);
}

static void a_stage_only_moves_forward(void **state) {
	(void)state;
	char id[32];
	make_contact("a@b.co", id);
	assert_int_equal(
		ask_about("PATCH", id, "", "{\"properties\":{\"lifecyclestage\":\"customer\"}}"),
		200);
	assert_int_equal(
		ask_about("PATCH", id, "", "{\"properties\":{\"lifecyclestage\":\"lead\"}}"), 200);
	assert_text("properties.lifecyclestage", "customer");
	assert_int_equal(
		ask_about("PATCH", id, "", "{\"properties\":{\"lifecyclestage\":\"\"}}"), 200);
	assert_int_equal(
		ask_about("PATCH", id, "", "{\"properties\":{\"lifecyclestage\":\"lead\"}}"), 200);
	assert_text("properties.lifecyclestage", "lead");
}

static void an_archived_record_is_gone_and_its_address_free(void **state) {
	(void)state;
	char id[32];
	make_contact("a@b.co", id);
	assert_int_equal(ask_about("DELETE", id, "", NULL), 204);
	assert_null(reply.bytes);
	assert_string_equal(reply.type, "");
	assert_int_equal(ask_about("DELETE", id, "", NULL), 204);
	assert_int_equal(ask_about("GET", id, "", NULL), 404);
	assert_int_equal(ask_about("PATCH", id, "", "{\"properties\":{\"city\":\"x\"}}"), 404);
	assert_int_equal(ask_about("GET", id, "?archived=true", NULL), 200);
	assert_int_equal(type_at("archived"), JSON_TRUE);
	assert_text("archivedAt", "2026-09-21T14:13:20.123Z");
	assert_int_equal(ask("GET", CONTACTS "/a@b.co?idProperty=email", NULL), 404);
	char second[32];
	make_contact("a@b.co", second);
	assert_string_not_equal(id, second);
	assert_int_equal(ask("GET", "/__state", NULL), 200);
	assert_int_equal(number_at("records.contacts"), 1);
	assert_int_equal(number_at("archives"), 1);
}

static void a_list_is_paged_by_id(void **state) {
	(void)state;
	char ids[25][32], after[128];
	for (int i = 0; i < 25; i++) {
		char email[32];
		snprintf(email, sizeof(email), "a%d@b.co", i);
		make_contact(email, ids[i]);
	}
	assert_int_equal(ask_about("DELETE", ids[3], "", NULL), 204);
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	assert_int_equal(json_array_size(at("results")), 10);
	assert_text("results.0.id", ids[0]);
	assert_text("results.3.id", ids[4]);
	assert_text("paging.next.after", ids[11]);
	snprintf(after, sizeof(after), CONTACTS "?limit=14&after=%s&properties=city", ids[11]);
	assert_int_equal(ask("GET", after, NULL), 200);
	assert_int_equal(json_array_size(at("results")), 14);
	assert_text("results.0.id", ids[11]);
	assert_null(at("results.0.properties.email"));
	assert_null(at("paging"));
	assert_int_equal(ask("GET", CONTACTS "?archived=true", NULL), 200);
	assert_int_equal(json_array_size(at("results")), 1);
	assert_int_equal(ask("GET", CONTACTS "?limit=101", NULL), 400);
	assert_int_equal(ask("GET", CONTACTS "?limit=0", NULL), 400);
	assert_int_equal(ask("GET", CONTACTS "?after=x", NULL), 400);
}

static void there_is_an_end_to_the_memory(void **state) {
	(void)state;
	model_destroy(model);
	struct model_settings settings = model_defaults;
	settings.records_max = 2;
	model = model_create(&settings);
	assert_non_null(model);
	char id[32];
	make_contact("a@b.co", id);
	assert_int_equal(ask_about("DELETE", id, "", NULL), 204);
	make_contact("a@b.co", id);
	assert_int_equal(ask("POST", CONTACTS, "{\"properties\":{\"email\":\"c@b.co\"}}"), 507);
	assert_int_equal(ask("POST", CONTACTS "/batch/create",
				 "{\"inputs\":[{\"properties\":{\"email\":\"c@b.co\"}}]}"),
		507);
	assert_int_equal(ask_about("PATCH", id, "", "{\"properties\":{\"city\":\"x\"}}"), 200);
}

static void the_same_seed_says_the_same(void **state) {
	(void)state;
	char id[32], correlation[64];
	make_contact("a@b.co", id);
	snprintf(correlation, sizeof(correlation), "%s", header("X-HubSpot-Correlation-Id"));
	tear_down(NULL);
	memset(&reply, 0, sizeof(reply));
	set_up(NULL);
	char again[32];
	make_contact("a@b.co", again);
	assert_string_equal(id, again);
	assert_string_equal(correlation, header("X-HubSpot-Correlation-Id"));
	assert_int_equal(strlen(correlation), 36);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(a_create_gives_the_whole_record),
		TEST(milliseconds_are_dropped_when_zero),
		TEST(legacy_and_dated_paths_and_all_names_are_one),
		TEST(types_are_known_custom_or_refused),
		TEST(a_read_gives_defaults_or_what_is_asked_for),
		TEST(a_record_is_found_by_either_address),
		TEST(both_forms_of_not_found),
		TEST(an_address_belongs_to_one_contact),
		TEST(one_error_names_all_bad_properties),
		TEST(addresses_are_judged),
		TEST(bad_json_is_told_by_its_place),
		TEST(an_empty_string_clears),
		TEST(a_stage_only_moves_forward),
		TEST(an_archived_record_is_gone_and_its_address_free),
		TEST(a_list_is_paged_by_id),
		TEST(there_is_an_end_to_the_memory),
		TEST(the_same_seed_says_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
