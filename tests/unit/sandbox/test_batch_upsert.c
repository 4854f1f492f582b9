#include "ask.h"

static void an_upsert_creates_then_updates(void **state) {
	static const char body[] =
		"{\"inputs\":[{\"id\":\"Ada@b.co\",\"idProperty\":\"email\","
		"\"objectWriteTraceId\":\"job\",\"properties\":{\"firstname\":\"Ada\"}}]}";
	(void)state;
	assert_int_equal(batch("upsert", body), 200);
	assert_int_equal(type_at("results.0.new"), JSON_TRUE);
	assert_text("results.0.properties.email", "ada@b.co");
	assert_text("results.0.objectWriteTraceId", "job");
	char id[32];
	snprintf(id, sizeof(id), "%s", text_at("results.0.id"));
	assert_int_equal(batch("upsert", body), 200);
	assert_int_equal(type_at("results.0.new"), JSON_FALSE);
	assert_text("results.0.id", id);
	/* A part merges, and a secondary address names the same contact without becoming the first.
	 */
	assert_int_equal(ask_about("PATCH", id, "",
				 "{\"properties\":{\"hs_additional_emails\":\"b@b.co\"}}"),
		200);
	assert_int_equal(batch("upsert",
				 "{\"inputs\":[{\"id\":\"b@b.co\",\"idProperty\":\"email\","
				 "\"properties\":{\"city\":\"Rom\"}}]}"),
		200);
	assert_text("results.0.id", id);
	assert_text("results.0.properties.firstname", "Ada");
	assert_text("results.0.properties.email", "ada@b.co");
	assert_text("results.0.properties.city", "Rom");
	assert_int_equal(creates(), 1);
}

static void an_upsert_needs_a_unique_property(void **state) {
	(void)state;
	assert_int_equal(batch("upsert",
				 "{\"inputs\":[{\"objectWriteTraceId\":\"1\",\"id\":\"Rom\","
				 "\"idProperty\":\"city\",\"properties\":{}}]}"),
		400);
	assert_text("message", "Unable to perform update/upsert by non-unique 0-1 property city");
	assert_int_equal(ask("POST", "/crm/v3/objects/companies/batch/upsert",
				 "{\"inputs\":[{\"id\":\"b.co\",\"idProperty\":\"domain\","
				 "\"properties\":{}}]}"),
		400);
	assert_text("message", "Unable to perform update/upsert by non-unique 0-2 property domain");
}

static void a_property_used_as_key_is_unique(void **state) {
	(void)state;
	control("{\"properties\":{\"contacts\":[\"ext_id\"]}}");
	assert_int_equal(ask("POST", CONTACTS, "{\"properties\":{\"ext_id\":\"K1\"}}"), 201);
	char id[32], end[96];
	snprintf(id, sizeof(id), "%s", text_at("id"));
	assert_int_equal(batch("upsert",
				 "{\"inputs\":[{\"id\":\"K1\",\"idProperty\":\"ext_id\","
				 "\"properties\":{\"city\":\"Rom\"}},"
				 "{\"id\":\"K2\",\"idProperty\":\"ext_id\",\"properties\":{"
				 "\"city\":\"Ulm\"}}]}"),
		200);
	assert_int_equal(json_array_size(at("results")), 2);
	assert_int_equal(creates(), 2);
	assert_int_equal(ask("POST", CONTACTS, "{\"properties\":{\"ext_id\":\"K1\"}}"), 400);
	assert_text("category", "VALIDATION_ERROR");
	assert_non_null(strstr(text_at("message"),
		"Cannot set PropertyValueCoordinates{portalId=44237313, objectTypeId=0-1, "
		"propertyName=ext_id, value=K1} on "));
	snprintf(end, sizeof(end), ". %s already has that value.", id);
	assert_non_null(strstr(text_at("message"), end));
}

static void an_upsert_after_archiving_makes_a_new_record(void **state) {
	(void)state;
	char id[32];
	make_contact("a@b.co", id);
	assert_int_equal(ask_about("DELETE", id, "", NULL), 204);
	assert_int_equal(batch("upsert",
				 "{\"inputs\":[{\"id\":\"a@b.co\",\"idProperty\":\"email\","
				 "\"properties\":{}}]}"),
		200);
	assert_int_equal(type_at("results.0.new"), JSON_TRUE);
	assert_string_not_equal(text_at("results.0.id"), id);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(an_upsert_creates_then_updates),
		TEST(an_upsert_needs_a_unique_property),
		TEST(a_property_used_as_key_is_unique),
		TEST(an_upsert_after_archiving_makes_a_new_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
