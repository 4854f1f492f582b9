#include "ask.h"

/* Associations: one by one, in batches, inside a create, and shown by a read. */

#define LINKS "/crm/associations/2026-09/contacts/companies"

static char contact[32], company[32], second[32];

static void make_three(void) {
	make(CONTACTS, "{\"firstname\":\"Ada\"}", contact);
	make(COMPANIES, "{\"name\":\"A\"}", company);
	make(COMPANIES, "{\"name\":\"B\"}", second);
}

/* A call about contact's link to `to` under the path's `middle`. */
static int link_to(const char *method, const char *middle, const char *to, const char *body) {
	char url[256];
	snprintf(url, sizeof(url), "/crm/v4/objects/contacts/%s/associations/%s%s", contact, middle,
		to);
	return ask(method, url, body);
}

/* The type ids of the entry that links to `id`: "279 1 ". */
static const char *types_of(const char *list, const char *id) {
	static char text[128];
	size_t place;
	json_t *entry;
	text[0] = '\0';
	json_array_foreach (at(list), place, entry) {
		const json_t *own = json_object_get(entry, "toObjectId");
		char number[32];
		snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(own));
		const char *shown = json_is_string(own) ? json_string_value(own) : number;
		if (strcmp(shown, id) != 0) {
			continue;
		}
		size_t at_type;
		json_t *type;
		json_array_foreach (json_object_get(entry, "associationTypes"), at_type, type) {
			size_t length = strlen(text);
			snprintf(text + length, sizeof(text) - length, "%" JSON_INTEGER_FORMAT " ",
				json_integer_value(json_object_get(type, "typeId")));
		}
	}
	return text;
}

static void a_default_link_goes_both_ways(void **state) {
	char url[256];
	(void)state;
	make_three();
	snprintf(url, sizeof(url), CONTACTS "/%s/associations/default/companies/%s", contact,
		company);
	assert_int_equal(ask("PUT", url, NULL), 200);
	assert_text("status", "COMPLETE");
	assert_int_equal(json_array_size(at("results")), 2);
	const json_t *spec = at("results.0.associationSpec.associationTypeId");
	const json_t *back = at("results.1.associationSpec.associationTypeId");
	assert_int_equal(json_integer_value(spec) + json_integer_value(back), 279 + 280);
	assert_int_equal(ask("PUT", url, NULL), 200);
	/* The first company is the primary one as well. */
	snprintf(url, sizeof(url), CONTACTS "/%s/associations/companies", contact);
	assert_int_equal(ask("GET", url, NULL), 200);
	assert_int_equal(json_array_size(at("results")), 1);
	assert_text("results.0.toObjectId", company);
	assert_string_equal(types_of("results", company), "279 1 ");
	assert_text("results.0.associationTypes.0.category", "HUBSPOT_DEFINED");
	assert_int_equal(type_at("results.0.associationTypes.0.label"), JSON_NULL);
	assert_text("results.0.associationTypes.1.label", "Primary");
	snprintf(url, sizeof(url), "/crm/v4/objects/companies/%s/associations/contact", company);
	assert_int_equal(ask("GET", url, NULL), 200);
	assert_string_equal(types_of("results", contact), "280 2 ");
	assert_int_equal(number_at("results.0.toObjectId"), strtoll(contact, NULL, 10));
	/* The next one is not. */
	assert_int_equal(link_to("PUT", "default/companies/", second, NULL), 200);
	assert_int_equal(link_to("GET", "companies", "", NULL), 200);
	assert_string_equal(types_of("results", second), "279 ");
	assert_int_equal(link_to("DELETE", "companies/", company, NULL), 204);
	assert_int_equal(link_to("GET", "companies", "", NULL), 200);
	assert_int_equal(json_array_size(at("results")), 1);
	assert_int_equal(ask("GET", url, NULL), 200);
	assert_int_equal(json_array_size(at("results")), 0);
}

static void primary_is_one_at_a_time(void **state) {
	static const char primary[] =
		"[{\"associationCategory\":\"HUBSPOT_DEFINED\",\"associationTypeId\":1}]";
	(void)state;
	make_three();
	assert_int_equal(link_to("PUT", "default/companies/", company, NULL), 200);
	assert_int_equal(link_to("PUT", "companies/", second, primary), 201);
	assert_text("labels.0", "Primary");
	assert_text("fromObjectTypeId", "0-1");
	assert_int_equal(number_at("toObjectId"), strtoll(second, NULL, 10));
	assert_int_equal(link_to("GET", "companies", "", NULL), 200);
	assert_string_equal(types_of("results", company), "279 ");
	assert_string_equal(types_of("results", second), "279 1 ");
}

static void labels_are_made_and_replaced(void **state) {
	char body[256];
	(void)state;
	make_three();
	assert_int_equal(ask("GET", LINKS "/labels", NULL), 200);
	assert_int_equal(json_array_size(at("results")), 2);
	assert_int_equal(ask("POST", LINKS "/labels", "{\"label\":\"Boss\"}"), 400);
	assert_int_equal(
		ask("POST", LINKS "/labels",
			"{\"label\":\"Boss\",\"inverseLabel\":\"Firm\",\"name\":\"boss\"}"),
		200);
	assert_text("results.0.category", "USER_DEFINED");
	assert_text("results.1.label", "Firm");
	long long boss = number_at("results.0.typeId");
	long long firm = number_at("results.1.typeId");
	assert_true(boss > 0 && firm > 0 && boss != firm);
	snprintf(body, sizeof(body),
		"[{\"associationCategory\":\"USER_DEFINED\",\"associationTypeId\":%lld}]", boss);
	assert_int_equal(link_to("PUT", "companies/", company, body), 201);
	assert_text("labels.0", "Boss");
	assert_int_equal(link_to("PUT", "companies/", company,
				 "[{\"associationCategory\":\"HUBSPOT_DEFINED\","
				 "\"associationTypeId\":279}]"),
		201);
	assert_int_equal(json_array_size(at("labels")), 0);
	assert_int_equal(link_to("GET", "companies", "", NULL), 200);
	assert_string_equal(types_of("results", company), "279 1 ");
	assert_int_equal(link_to("PUT", "companies/", company, body), 201);
	char url[256];
	snprintf(url, sizeof(url), "/crm/v4/objects/companies/%s/associations/contacts", company);
	assert_int_equal(ask("GET", url, NULL), 200);
	char expected[64];
	snprintf(expected, sizeof(expected), "280 2 %lld ", firm);
	assert_string_equal(types_of("results", contact), expected);
	/* Renamed, taken off, deleted. */
	snprintf(body, sizeof(body), "{\"associationTypeId\":%lld,\"label\":\"Chief\"}", boss);
	assert_int_equal(ask("PUT", LINKS "/labels", body), 204);
	assert_int_equal(
		ask("PUT", LINKS "/labels", "{\"associationTypeId\":1,\"label\":\"x\"}"), 404);
	snprintf(body, sizeof(body),
		"{\"inputs\":[{\"from\":{\"id\":\"%s\"},\"to\":{\"id\":\"%s\"},\"types\":["
		"{\"associationCategory\":\"USER_DEFINED\",\"associationTypeId\":%lld}]}]}",
		contact, company, boss);
	assert_int_equal(
		ask("POST", "/crm/v4/associations/contacts/companies/batch/labels/archive", body),
		204);
	assert_int_equal(link_to("GET", "companies", "", NULL), 200);
	assert_string_equal(types_of("results", company), "279 1 ");
	snprintf(url, sizeof(url), LINKS "/labels/%lld", boss);
	assert_int_equal(ask("DELETE", url, NULL), 204);
	assert_int_equal(ask("DELETE", url, NULL), 404);
	assert_int_equal(link_to("PUT", "companies/", company,
				 "[{\"associationCategory\":\"USER_DEFINED\","
				 "\"associationTypeId\":99}]"),
		400);
	assert_int_equal(link_to("PUT", "companies/", company, "[]"), 400);
}

static void a_link_needs_two_records(void **state) {
	char url[256];
	(void)state;
	make_three();
	assert_int_equal(link_to("PUT", "default/companies/", "42", NULL), 404);
	assert_int_equal(link_to("PUT", "default/companies/", "x", NULL), 404);
	assert_int_equal(link_to("PUT", "default/butterflies/", company, NULL), 400);
	assert_text("message", "Unable to infer object type from: butterflies");
	assert_int_equal(link_to("PUT", "default/contacts/", contact, NULL), 400);
	assert_non_null(strstr(text_at("message"), "cannot be associated to itself"));
	assert_int_equal(link_to("PUT", "default/companies/", company, NULL), 200);
	snprintf(url, sizeof(url), COMPANIES "/%s", company);
	assert_int_equal(ask("DELETE", url, NULL), 204);
	assert_int_equal(link_to("GET", "companies", "", NULL), 200);
	assert_int_equal(json_array_size(at("results")), 0);
}

static void links_come_in_batches(void **state) {
	char body[512];
	(void)state;
	make_three();
	snprintf(body, sizeof(body),
		"{\"inputs\":[{\"from\":{\"id\":\"%s\"},\"to\":{\"id\":\"%s\"}},"
		"{\"from\":{\"id\":\"%s\"},\"to\":{\"id\":\"nonsense\"}}]}",
		contact, company, contact);
	assert_int_equal(ask("POST", LINKS "/batch/associate/default", body), 207);
	assert_int_equal(json_array_size(at("results")), 2);
	assert_text("errors.0.subCategory", "crm.associations.INVALID_IDENTIFIER");
	assert_text("errors.0.message", "nonsense is not a valid ID");
	assert_text("errors.0.context.id.0", "nonsense");
	snprintf(body, sizeof(body),
		"{\"inputs\":[{\"from\":{\"id\":\"%s\"},\"to\":{\"id\":%s},\"types\":["
		"{\"associationCategory\":\"HUBSPOT_DEFINED\",\"associationTypeId\":1}]}]}",
		contact, second);
	assert_int_equal(ask("POST", LINKS "/batch/create", body), 201);
	assert_text("results.0.toObjectId", second);
	assert_text("results.0.labels.0", "Primary");
	char lonely[32];
	make(CONTACTS, "{\"firstname\":\"Eve\"}", lonely);
	snprintf(body, sizeof(body), "{\"inputs\":[{\"id\":\"%s\"},{\"id\":\"%s\"}]}", contact,
		lonely);
	assert_int_equal(ask("POST", LINKS "/batch/read", body), 207);
	assert_int_equal(json_array_size(at("results")), 1);
	assert_text("results.0.from.id", contact);
	assert_int_equal(json_array_size(at("results.0.to")), 2);
	assert_string_equal(types_of("results.0.to", company), "279 ");
	assert_text("errors.0.subCategory", "crm.associations.NO_ASSOCIATIONS_FOUND");
	assert_text("errors.0.context.fromObjectId.0", lonely);
	snprintf(body, sizeof(body),
		"{\"inputs\":[{\"from\":{\"id\":\"%s\"},\"to\":[{\"id\":\"%s\"},{\"id\":\"1\"}]}]}",
		contact, company);
	assert_int_equal(ask("POST", LINKS "/batch/archive", body), 200);
	assert_int_equal(
		ask("POST", "/crm/v4/associations/contacts/companies/batch/archive", body), 204);
	assert_int_equal(link_to("GET", "companies", "", NULL), 200);
	assert_int_equal(json_array_size(at("results")), 1);
	snprintf(body, sizeof(body),
		"{\"inputs\":[{\"from\":{\"id\":\"%s\"},\"to\":{\"id\":\"%s\"}}]}", company,
		company);
	assert_int_equal(
		ask("POST", "/crm/v4/associations/companies/companies/batch/associate/default",
			body),
		207);
	assert_non_null(strstr(text_at("errors.0.message"), "cannot be associated to itself"));
}

static void a_long_list_of_links_is_paged(void **state) {
	(void)state;
	char ids[5][32], url[256];
	make(COMPANIES, "{\"name\":\"A\"}", company);
	for (int i = 0; i < 5; i++) {
		make(CONTACTS, "{\"firstname\":\"Ada\"}", ids[i]);
		snprintf(url, sizeof(url), COMPANIES "/%s/associations/default/contacts/%s",
			company, ids[i]);
		assert_int_equal(ask("PUT", url, NULL), 200);
	}
	snprintf(url, sizeof(url), COMPANIES "/%s/associations/contacts?limit=3", company);
	assert_int_equal(ask("GET", url, NULL), 200);
	assert_int_equal(json_array_size(at("results")), 3);
	assert_text("paging.next.after", ids[3]);
	snprintf(url, sizeof(url), COMPANIES "/%s/associations/contacts?limit=3&after=%s", company,
		ids[3]);
	assert_int_equal(ask("GET", url, NULL), 200);
	assert_int_equal(json_array_size(at("results")), 2);
	assert_null(at("paging"));
}

static void a_create_may_bring_its_links(void **state) {
	char body[512], url[256];
	(void)state;
	make_three();
	snprintf(body, sizeof(body),
		"{\"properties\":{\"dealname\":\"D\",\"dealstage\":\"contractsent\"},"
		"\"associations\":["
		"{\"to\":{\"id\":\"%s\"},\"types\":[{\"associationCategory\":\"HUBSPOT_DEFINED\","
		"\"associationTypeId\":3}]},{\"to\":{\"id\":%s},\"types\":[{"
		"\"associationCategory\":"
		"\"HUBSPOT_DEFINED\",\"associationTypeId\":341}]}]}",
		contact, company);
	assert_int_equal(ask("POST", DEALS, body), 201);
	snprintf(
		url, sizeof(url), DEALS "/%s?associations=contacts,company,tickets", text_at("id"));
	assert_int_equal(ask("GET", url, NULL), 200);
	assert_int_equal(json_object_size(at("associations")), 2);
	assert_text("associations.contacts.results.0.id", contact);
	assert_text("associations.contacts.results.0.type", "deal_to_contact");
	assert_text("associations.companies.results.0.type", "deal_to_company_unlabeled");
	assert_text("associations.companies.results.1.type", "deal_to_company");
	assert_int_equal(ask("GET", DEALS "?associations=contacts", NULL), 200);
	assert_text("results.0.associations.contacts.results.0.id", contact);
	assert_int_equal(ask("GET", DEALS "?associations=butterflies", NULL), 400);
	/* The wrong direction, or nobody, and nothing is created. */
	snprintf(body, sizeof(body),
		"{\"inputs\":[{\"objectWriteTraceId\":\"x\",\"properties\":{\"dealname\":\"D\","
		"\"dealstage\":\"contractsent\"},\"associations\":[{\"to\":{\"id\":\"%s\"},"
		"\"types\":["
		"{\"associationCategory\":\"HUBSPOT_DEFINED\",\"associationTypeId\":4}]}]}]}",
		contact);
	assert_int_equal(ask("POST", DEALS "/batch/create", body), 207);
	assert_text("errors.0.message", "One or more associations are invalid");
	assert_int_equal(ask("POST", DEALS,
				 "{\"properties\":{\"dealname\":\"D\",\"dealstage\":\"closedwon\"},"
				 "\"associations\":[{\"to\":{\"id\":\"42\"},\"types\":["
				 "{\"associationTypeId\":3}]}]}"),
		400);
	assert_int_equal(ask("GET", DEALS, NULL), 200);
	assert_int_equal(json_array_size(at("results")), 1);
}

static void companies_have_parents(void **state) {
	char url[256];
	(void)state;
	make_three();
	snprintf(url, sizeof(url), "/crm/v4/objects/companies/%s/associations/companies/%s",
		company, second);
	assert_int_equal(ask("PUT", url,
				 "[{\"associationCategory\":\"HUBSPOT_DEFINED\","
				 "\"associationTypeId\":13}]"),
		201);
	snprintf(url, sizeof(url), "/crm/v4/objects/companies/%s/associations/companies", second);
	assert_int_equal(ask("GET", url, NULL), 200);
	assert_string_equal(types_of("results", company), "450 14 ");
}

static void custom_types_have_ids_of_their_own(void **state) {
	char own[32], url[256];
	(void)state;
	make_three();
	make("/crm/v3/objects/2-77", "{\"x\":\"y\"}", own);
	snprintf(url, sizeof(url), "/crm/v4/objects/2-77/%s/associations/default/contacts/%s", own,
		contact);
	assert_int_equal(ask("PUT", url, NULL), 200);
	assert_text("results.0.associationSpec.associationCategory", "USER_DEFINED");
	assert_int_equal(link_to("GET", "2-77", "", NULL), 200);
	assert_int_equal(json_array_size(at("results")), 1);
}

static void the_oldest_form_still_works(void **state) {
	char url[256], body[256];
	(void)state;
	make_three();
	snprintf(url, sizeof(url),
		"/crm/v3/objects/contacts/%s/associations/companies/%s/"
		"contact_to_company",
		contact, company);
	assert_int_equal(ask("PUT", url, NULL), 200);
	assert_text("id", contact);
	snprintf(body, sizeof(body), "{\"inputs\":[{\"id\":\"%s\"}]}", contact);
	assert_int_equal(
		ask("POST", "/crm/v3/associations/contacts/companies/batch/read", body), 200);
	assert_text("results.0.to.0.id", company);
	assert_text("results.0.to.0.type", "contact_to_company");
	assert_int_equal(ask("DELETE", url, NULL), 204);
	assert_int_equal(link_to("GET", "companies", "", NULL), 200);
	assert_int_equal(json_array_size(at("results")), 0);
	snprintf(url, sizeof(url), "/crm/v3/objects/contacts/%s/associations/companies/%s/nonsense",
		contact, company);
	assert_int_equal(ask("PUT", url, NULL), 400);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(a_default_link_goes_both_ways),
		TEST(primary_is_one_at_a_time),
		TEST(labels_are_made_and_replaced),
		TEST(a_link_needs_two_records),
		TEST(links_come_in_batches),
		TEST(a_long_list_of_links_is_paged),
		TEST(a_create_may_bring_its_links),
		TEST(companies_have_parents),
		TEST(custom_types_have_ids_of_their_own),
		TEST(the_oldest_form_still_works),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
