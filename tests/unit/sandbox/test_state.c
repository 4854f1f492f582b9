#include "ask.h"

/* What lasts: saved and loaded; and what does not: merged and forgotten records. */

static void what_is_saved_comes_back(void **state) {
	char contact[32], company[32], gone[32], url[256];
	(void)state;
	control("{\"properties\":{\"contacts\":[{\"name\":\"ext\",\"hasUniqueValue\":true}]},"
		"\"owners\":[{\"id\":\"7\",\"email\":\"z@b.co\"}],\"account\":{\"portalId\":77}}");
	make(CONTACTS, "{\"email\":\"a@b.co\",\"ext\":\"K1\",\"hubspot_owner_id\":\"7\"}", contact);
	make(CONTACTS, "{\"email\":\"gone@b.co\"}", gone);
	make(COMPANIES, "{\"name\":\"A\"}", company);
	assert_int_equal(ask_about("DELETE", gone, "", NULL), 204);
	snprintf(url, sizeof(url), CONTACTS "/%s/associations/default/companies/%s", contact,
		company);
	assert_int_equal(ask("PUT", url, NULL), 200);
	assert_int_equal(ask("POST", "/crm/v3/pipelines/tickets",
				 "{\"label\":\"More\",\"stages\":[{\"label\":\"A\"}]}"),
		201);
	assert_int_equal(ask("GET", "/__dump", NULL), 200);
	json_t *members = json_pack("{s:O}", "load", reply.json);
	tear_down(NULL);
	memset(&reply, 0, sizeof(reply));
	set_up(NULL);
	assert_null(model_control(model, members));
	json_decref(members);

	assert_int_equal(ask("GET", CONTACTS "/A@b.co?idProperty=email", NULL), 200);
	assert_text("id", contact);
	assert_int_equal(
		ask("GET", CONTACTS "/K1?idProperty=ext&associations=companies", NULL), 200);
	assert_text("associations.companies.results.0.id", company);
	assert_int_equal(ask_about("GET", gone, "?archived=true", NULL), 200);
	assert_int_equal(ask("POST", CONTACTS, "{\"properties\":{\"email\":\"a@b.co\"}}"), 409);
	assert_int_equal(ask("GET", "/crm/v3/pipelines/tickets", NULL), 200);
	assert_int_equal(json_array_size(at("results")), 2);
	assert_int_equal(ask("GET", "/crm/v3/owners", NULL), 200);
	assert_text("results.0.id", "7");
	assert_int_equal(ask("GET", "/account-info/v3/details", NULL), 200);
	assert_int_equal(number_at("portalId"), 77);
	/* New ids go on where the old ones ended. */
	char fresh[32];
	make(CONTACTS, "{\"email\":\"new@b.co\"}", fresh);
	assert_true(strtoull(fresh, NULL, 10) > strtoull(company, NULL, 10));
}

static void what_is_no_dump_is_refused(void **state) {
	static const char *const bad[] = {
		"{\"load\":1}",
		"{\"load\":{\"version\":2}}",
		"{\"load\":{\"version\":1,\"last_id\":5,\"types\":[{\"type\":\"butterflies\"}]}}",
		"{\"load\":{\"version\":1,\"last_id\":5,\"types\":[{\"type\":\"0-1\",\"own\":1}]}}",
		"{\"load\":{\"version\":1,\"last_id\":5,\"types\":[{\"type\":\"0-1\",\"records\":["
		"{\"id\":0,\"properties\":{}}]}]}}",
		"{\"load\":{\"version\":1,\"last_id\":5,\"types\":[{\"type\":\"0-1\",\"records\":["
		"{\"id\":2,\"properties\":{}},{\"id\":1,\"properties\":{}}]}]}}",
		"{\"load\":{\"version\":1,\"last_id\":5,\"types\":[{\"type\":\"0-1\",\"records\":["
		"{\"id\":2,\"properties\":{\"city\":5}}]}]}}",
		"{\"load\":{\"version\":1,\"last_id\":5,\"types\":[],\"owners\":5}}",
		"{\"load\":{\"version\":1,\"last_id\":5,\"types\":[],\"links\":{\"a\":5}}}",
		"{\"load\":{\"version\":1,\"last_id\":5,\"types\":[],\"links\":{\"a\":{\"b\":5}}}}",
		"{\"load\":{\"version\":1,\"last_id\":5,\"types\":[],\"labels\":{\"a\":{}}}}",
		"{\"load\":{\"version\":1,\"last_id\":5,\"types\":[{\"type\":\"0-1\",\"own\":{"
		"\"x\":1}}]}}",
		"{\"load\":{\"version\":1,\"last_id\":5,\"types\":[{\"type\":\"0-1\",\"merged\":{"
		"\"1\":1}}]}}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ask("POST", "/__control", bad[i]), 400);
		assert_non_null(strstr(text_at("message"), "load"));
	}
	char id[32];
	make(CONTACTS, "{\"email\":\"a@b.co\"}", id);
}

static void merged_records_live_on_in_one(void **state) {
	char first[32], lost[32], company[32], body[256], survivor[32], url[256];
	(void)state;
	make(CONTACTS, "{\"email\":\"a@b.co\",\"city\":\"Rom\"}", first);
	make(CONTACTS, "{\"email\":\"c@b.co\",\"city\":\"Ulm\",\"zip\":\"1\"}", lost);
	make(COMPANIES, "{\"name\":\"A\"}", company);
	snprintf(url, sizeof(url), CONTACTS "/%s/associations/default/companies/%s", lost, company);
	assert_int_equal(ask("PUT", url, NULL), 200);
	snprintf(body, sizeof(body), "{\"primaryObjectId\":\"%s\",\"objectIdToMerge\":\"%s\"}",
		first, lost);
	assert_int_equal(ask("POST", CONTACTS "/merge", body), 200);
	snprintf(survivor, sizeof(survivor), "%s", text_at("id"));
	assert_text("properties.city", "Rom");
	assert_text("properties.zip", "1");
	assert_text("properties.hs_additional_emails", "c@b.co");
	assert_string_not_equal(survivor, first);
	/* Both ids name the survivor alone, but not in a batch. */
	assert_int_equal(ask_about("GET", first, "?associations=companies", NULL), 200);
	assert_text("id", survivor);
	assert_text("associations.companies.results.0.id", company);
	assert_int_equal(ask_about("PATCH", lost, "", "{\"properties\":{\"zip\":\"2\"}}"), 200);
	assert_text("id", survivor);
	snprintf(body, sizeof(body), "{\"inputs\":[{\"id\":\"%s\",\"properties\":{}}]}", lost);
	assert_int_equal(batch("update", body), 207);
	assert_int_equal(ask("GET", CONTACTS "/c@b.co?idProperty=email", NULL), 200);
	assert_text("id", survivor);
	/* And again. */
	char third[32];
	make(CONTACTS, "{\"email\":\"d@b.co\"}", third);
	snprintf(body, sizeof(body), "{\"primaryObjectId\":\"%s\",\"objectIdToMerge\":\"%s\"}",
		third, survivor);
	assert_int_equal(ask("POST", CONTACTS "/merge", body), 200);
	char last[32];
	snprintf(last, sizeof(last), "%s", text_at("id"));
	assert_int_equal(ask_about("GET", first, "", NULL), 200);
	assert_text("id", last);
	snprintf(body, sizeof(body), "{\"primaryObjectId\":\"%s\",\"objectIdToMerge\":\"%s\"}",
		last, last);
	assert_int_equal(ask("POST", CONTACTS "/merge", body), 400);
	assert_int_equal(ask("POST", CONTACTS "/merge", "{\"primaryObjectId\":\"42\"}"), 404);
}

static void a_forgotten_record_leaves_nothing(void **state) {
	char id[32];
	(void)state;
	make(CONTACTS, "{\"email\":\"a@b.co\",\"city\":\"Rom\"}", id);
	assert_int_equal(ask("POST", CONTACTS "/gdpr-delete",
				 "{\"objectId\":\"a@b.co\",\"idProperty\":\"email\"}"),
		204);
	assert_int_equal(ask_about("GET", id, "", NULL), 404);
	assert_int_equal(ask_about("GET", id, "?archived=true&properties=city,email", NULL), 200);
	assert_int_equal(type_at("properties.city"), JSON_NULL);
	assert_int_equal(type_at("properties.email"), JSON_NULL);
	make(CONTACTS, "{\"email\":\"a@b.co\"}", id);
	assert_int_equal(ask("POST", CONTACTS "/gdpr-delete", "{\"objectId\":\"42\"}"), 404);
	assert_int_equal(ask("POST", CONTACTS "/gdpr-delete", "{}"), 400);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(what_is_saved_comes_back),
		TEST(what_is_no_dump_is_refused),
		TEST(merged_records_live_on_in_one),
		TEST(a_forgotten_record_leaves_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
