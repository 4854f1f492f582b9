#include "ask.h"

/* The properties API, pipelines, owners, and who a token is. */

#define PROPERTIES "/crm/properties/2026-09/contacts"
#define PIPELINES "/crm/pipelines/2026-09/deals"
#define OWNERS "/crm/owners/2026-09"

static const char colour[] =
	"{\"name\":\"colour\",\"label\":\"Colour\",\"type\":\"enumeration\",\"fieldType\":"
	"\"select\",\"groupName\":\"contactinformation\",\"options\":["
	"{\"label\":\"Red\",\"value\":\"red\",\"displayOrder\":0,\"hidden\":false}]}";

static void standard_definitions_can_be_read(void **state) {
	(void)state;
	assert_int_equal(ask("GET", PROPERTIES "/lifecyclestage", NULL), 200);
	assert_text("type", "enumeration");
	assert_text("fieldType", "select");
	assert_text("groupName", "contactinformation");
	assert_int_equal(json_array_size(at("options")), 8);
	assert_text("options.2.label", "Marketing Qualified Lead");
	assert_text("options.2.value", "marketingqualifiedlead");
	assert_int_equal(type_at("hubspotDefined"), JSON_TRUE);
	assert_int_equal(type_at("modificationMetadata.readOnlyValue"), JSON_FALSE);
	assert_int_equal(ask("GET", PROPERTIES "/email", NULL), 200);
	assert_int_equal(type_at("hasUniqueValue"), JSON_TRUE);
	assert_int_equal(ask("GET", PROPERTIES "/createdate", NULL), 200);
	assert_int_equal(type_at("modificationMetadata.readOnlyValue"), JSON_TRUE);
	assert_text("type", "datetime");
	assert_int_equal(ask("GET", PROPERTIES "/hubspot_owner_id", NULL), 200);
	assert_int_equal(type_at("externalOptions"), JSON_TRUE);
	assert_int_equal(ask("GET", PROPERTIES "/nonsense", NULL), 404);
	assert_text("category", "OBJECT_NOT_FOUND");
	assert_int_equal(ask("GET", "/crm/v3/properties/butterflies", NULL), 400);
}

static void a_property_lives_from_create_to_delete(void **state) {
	(void)state;
	assert_int_equal(ask("POST", PROPERTIES, colour), 201);
	assert_int_equal(type_at("modificationMetadata.archivable"), JSON_TRUE);
	assert_null(at("hubspotDefined"));
	assert_int_equal(ask("POST", PROPERTIES, colour), 409);
	assert_text("category", "OBJECT_ALREADY_EXISTS");
	assert_text("subCategory", "Properties.PROPERTY_WITH_NAME_EXISTS");
	assert_text("message", "A property named 'colour' already exists.");
	char id[32];
	make(CONTACTS, "{\"colour\":\"red\"}", id);
	assert_int_equal(ask("POST", CONTACTS, "{\"properties\":{\"colour\":\"blue\"}}"), 400);
	/* New options stand in the place of the old ones. */
	assert_int_equal(ask("PATCH", PROPERTIES "/colour",
				 "{\"label\":\"Color\",\"options\":[{\"label\":\"Blue\",\"value\":"
				 "\"blue\",\"displayOrder\":0,\"hidden\":false}]}"),
		200);
	assert_text("label", "Color");
	assert_int_equal(ask("POST", CONTACTS, "{\"properties\":{\"colour\":\"blue\"}}"), 201);
	assert_int_equal(ask("POST", CONTACTS, "{\"properties\":{\"colour\":\"red\"}}"), 400);
	assert_int_equal(ask("DELETE", PROPERTIES "/colour", NULL), 204);
	assert_int_equal(ask("GET", PROPERTIES "/colour", NULL), 404);
	assert_int_equal(ask("DELETE", PROPERTIES "/colour", NULL), 404);
	assert_int_equal(ask("POST", CONTACTS, "{\"properties\":{\"colour\":\"blue\"}}"), 400);
	assert_text("errors.0.code", "PROPERTY_DOESNT_EXIST");
	assert_int_equal(ask("GET", PROPERTIES "?archived=true", NULL), 200);
	assert_int_equal(json_array_size(at("results")), 1);
	assert_int_equal(ask("POST", PROPERTIES, colour), 201);
	assert_int_equal(ask("GET", PROPERTIES "?archived=true", NULL), 200);
	assert_int_equal(json_array_size(at("results")), 0);
	assert_int_equal(ask_about("GET", id, "?properties=colour", NULL), 200);
	assert_text("properties.colour", "red");
}

static void the_account_edits_options_of_standard_ones(void **state) {
	(void)state;
	assert_int_equal(
		ask("POST", CONTACTS, "{\"properties\":{\"hs_lead_status\":\"HOT\"}}"), 400);
	assert_int_equal(ask("PATCH", PROPERTIES "/hs_lead_status",
				 "{\"options\":[{\"label\":\"Hot\",\"value\":\"HOT\","
				 "\"displayOrder\":0,\"hidden\":false}]}"),
		200);
	assert_int_equal(
		ask("POST", CONTACTS, "{\"properties\":{\"hs_lead_status\":\"HOT\"}}"), 201);
	assert_int_equal(
		ask("POST", CONTACTS, "{\"properties\":{\"hs_lead_status\":\"NEW\"}}"), 400);
	assert_int_equal(ask("DELETE", PROPERTIES "/hs_lead_status", NULL), 400);
	assert_int_equal(ask("GET", PROPERTIES, NULL), 200);
	size_t place;
	json_t *entry;
	int seen = 0;
	json_array_foreach (at("results"), place, entry) {
		const char *name = json_string_value(json_object_get(entry, "name"));
		seen += strcmp(name, "hs_lead_status") == 0;
	}
	assert_int_equal(seen, 1);
}

static void a_unique_property_identifies(void **state) {
	(void)state;
	assert_int_equal(ask("POST", PROPERTIES,
				 "{\"name\":\"ext\",\"label\":\"Ext\",\"type\":\"string\","
				 "\"fieldType\":\"text\",\"groupName\":\"contactinformation\","
				 "\"hasUniqueValue\":true}"),
		201);
	char id[32];
	make(CONTACTS, "{\"ext\":\"K1\"}", id);
	assert_int_equal(ask("POST", CONTACTS, "{\"properties\":{\"ext\":\"K1\"}}"), 400);
	assert_int_equal(ask("GET", CONTACTS "/K1?idProperty=ext", NULL), 200);
	assert_text("id", id);
}

static void bad_definitions_are_refused(void **state) {
	static const char *const bad[] = {
		"{}",
		"{\"name\":\"x\",\"label\":\"X\",\"type\":\"string\",\"fieldType\":\"text\"}",
		"{\"name\":\"x\",\"label\":\"X\",\"type\":\"string\",\"fieldType\":\"date\","
		"\"groupName\":\"contactinformation\"}",
		"{\"name\":\"x\",\"label\":\"X\",\"type\":\"word\",\"fieldType\":\"text\","
		"\"groupName\":\"contactinformation\"}",
		"{\"name\":\"X\",\"label\":\"X\",\"type\":\"string\",\"fieldType\":\"text\","
		"\"groupName\":\"contactinformation\"}",
		"{\"name\":\"x\",\"label\":\"X\",\"type\":\"string\",\"fieldType\":\"text\","
		"\"groupName\":\"nowhere\"}",
		"{\"name\":\"x\",\"label\":\"X\",\"type\":\"enumeration\",\"fieldType\":\"select\","
		"\"groupName\":\"contactinformation\"}",
		"{\"name\":\"x\",\"label\":\"X\",\"type\":\"enumeration\",\"fieldType\":\"select\","
		"\"groupName\":\"contactinformation\",\"options\":[{\"label\":\"A\",\"value\":"
		"\"a\"}]}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ask("POST", PROPERTIES, bad[i]), 400);
		assert_text("category", "VALIDATION_ERROR");
	}
	/* Only dated versions ask for the order of options. */
	assert_int_equal(ask("POST", "/crm/v3/properties/contacts", bad[7]), 201);
}

static void properties_come_in_batches(void **state) {
	char body[1024];
	(void)state;
	snprintf(body, sizeof(body), "{\"inputs\":[%s,{\"name\":\"bad\"}]}", colour);
	assert_int_equal(ask("POST", PROPERTIES "/batch/create", body), 207);
	assert_text("results.0.name", "colour");
	assert_text("errors.0.category", "VALIDATION_ERROR");
	assert_int_equal(ask("POST", PROPERTIES "/batch/read",
				 "{\"inputs\":[{\"name\":\"colour\"},{\"name\":\"city\"},"
				 "{\"name\":\"nonsense\"}]}"),
		207);
	assert_int_equal(json_array_size(at("results")), 2);
	assert_int_equal(ask("POST", PROPERTIES "/batch/archive",
				 "{\"inputs\":[{\"name\":\"colour\"},{\"name\":\"nonsense\"}]}"),
		204);
	assert_int_equal(ask("GET", PROPERTIES "/colour", NULL), 404);
}

static void groups_hold_properties(void **state) {
	(void)state;
	assert_int_equal(ask("GET", PROPERTIES "/groups", NULL), 200);
	assert_text("results.0.name", "contactinformation");
	assert_int_equal(
		ask("POST", PROPERTIES "/groups", "{\"name\":\"own\",\"label\":\"Own\"}"), 201);
	assert_int_equal(
		ask("POST", PROPERTIES "/groups", "{\"name\":\"own\",\"label\":\"Own\"}"), 409);
	assert_int_equal(ask("POST", PROPERTIES "/groups", "{\"name\":\"own2\"}"), 400);
	assert_int_equal(ask("PATCH", PROPERTIES "/groups/own", "{\"label\":\"Mine\"}"), 200);
	assert_int_equal(ask("GET", PROPERTIES "/groups/own", NULL), 200);
	assert_text("label", "Mine");
	assert_int_equal(ask("DELETE", PROPERTIES "/groups/own", NULL), 204);
	assert_int_equal(ask("GET", PROPERTIES "/groups/own", NULL), 404);
}

static void pipelines_have_their_stages(void **state) {
	(void)state;
	assert_int_equal(ask("GET", PIPELINES, NULL), 200);
	assert_text("results.0.id", "default");
	assert_text("results.0.createdAt", "1970-01-01T00:00:00Z");
	assert_int_equal(json_array_size(at("results.0.stages")), 7);
	assert_text("results.0.stages.5.metadata.probability", "1.0");
	assert_text("results.0.stages.5.metadata.isClosed", "true");
	assert_int_equal(ask("GET", "/crm/v3/pipelines/tickets/0/stages", NULL), 200);
	assert_text("results.3.metadata.ticketState", "CLOSED");
	assert_int_equal(ask("GET", PIPELINES "/default/stages/contractsent", NULL), 200);
	assert_text("label", "Contract Sent");
	assert_int_equal(ask("GET", PIPELINES "/default/stages/x", NULL), 404);
	assert_int_equal(ask("GET", PIPELINES "/x", NULL), 404);
	assert_int_equal(ask("GET", "/crm/v3/pipelines/contacts", NULL), 200);
	assert_int_equal(json_array_size(at("results")), 0);
}

static void a_pipeline_of_ones_own(void **state) {
	char id[32], stage[32], body[256], url[128];
	(void)state;
	assert_int_equal(ask("POST", PIPELINES, "{\"label\":\"Renewals\"}"), 400);
	assert_int_equal(ask("POST", PIPELINES,
				 "{\"label\":\"Renewals\",\"stages\":[{\"label\":"
				 "\"A\"}]}"),
		400);
	assert_int_equal(ask("POST", PIPELINES,
				 "{\"label\":\"Renewals\",\"displayOrder\":1,"
				 "\"stages\":[{\"label\":\"A\",\"displayOrder\":0,"
				 "\"metadata\":{\"probability\":0.5}}]}"),
		201);
	snprintf(id, sizeof(id), "%s", text_at("id"));
	snprintf(stage, sizeof(stage), "%s", text_at("stages.0.id"));
	assert_text("stages.0.metadata.probability", "0.5");
	snprintf(body, sizeof(body),
		"{\"properties\":{\"dealname\":\"D\",\"pipeline\":\"%s\",\"dealstage\":"
		"\"closedwon\"}}",
		id);
	assert_int_equal(ask("POST", DEALS, body), 400);
	snprintf(body, sizeof(body),
		"{\"dealname\":\"D\",\"pipeline\":\"%s\",\"dealstage\":\"%s\"}", id, stage);
	char deal[32];
	make(DEALS, body, deal);
	snprintf(url, sizeof(url), PIPELINES "/%s/stages/%s", id, stage);
	assert_int_equal(ask("DELETE", url, NULL), 400);
	assert_text("subCategory", "PipelineError.STAGE_ID_IN_USE");
	assert_text("context.objectIds.0", deal);
	assert_int_equal(ask("PATCH", url,
				 "{\"label\":\"B\",\"metadata\":{\"probability\":"
				 "\"0.7\"}}"),
		200);
	assert_text("label", "B");
	snprintf(url, sizeof(url), DEALS "/%s", deal);
	assert_int_equal(ask("DELETE", url, NULL), 204);
	snprintf(url, sizeof(url), PIPELINES "/%s/stages", id);
	assert_int_equal(
		ask("POST", url, "{\"label\":\"C\",\"metadata\":{\"probability\":\"1.0\"}}"), 201);
	assert_text("metadata.isClosed", "true");
	snprintf(url, sizeof(url), PIPELINES "/%s", id);
	assert_int_equal(ask("PATCH", url, "{\"label\":\"More\"}"), 200);
	assert_int_equal(ask("PUT", url, "{\"label\":\"Bare\"}"), 400);
	assert_int_equal(
		ask("PUT", url,
			"{\"label\":\"New\",\"displayOrder\":3,\"stages\":[{\"stageId\":\"only\","
			"\"label\":\"Only\",\"metadata\":{\"probability\":\"0.1\"}}]}"),
		200);
	assert_text("id", id);
	assert_int_equal(json_array_size(at("stages")), 1);
	assert_int_equal(ask("GET", url, NULL), 200);
	assert_text("stages.0.id", "only");
	assert_int_equal(ask("DELETE", url, NULL), 204);
	assert_int_equal(ask("GET", url, NULL), 404);
	/* Without any pipeline there is no deal. */
	assert_int_equal(ask("DELETE", PIPELINES "/default", NULL), 204);
	assert_int_equal(ask("POST", DEALS,
				 "{\"properties\":{\"dealname\":\"D\",\"dealstage\":"
				 "\"closedwon\"}}"),
		400);
	assert_text("errors.0.context.propertyName.0", "pipeline");
}

static void owners_are_found(void **state) {
	(void)state;
	assert_int_equal(ask("GET", OWNERS, NULL), 200);
	assert_int_equal(json_array_size(at("results")), 2);
	assert_text("results.0.teams.0.name", "Sales Team");
	assert_int_equal(ask("GET", OWNERS "?email=ALAN@example.com", NULL), 200);
	assert_int_equal(json_array_size(at("results")), 1);
	assert_text("results.0.id", "41629780");
	assert_int_equal(ask("GET", OWNERS "?limit=1", NULL), 200);
	assert_text("paging.next.after", "1");
	assert_int_equal(ask("GET", OWNERS "?limit=1&after=1", NULL), 200);
	assert_text("results.0.firstName", "Alan");
	assert_null(at("paging"));
	assert_int_equal(ask("GET", OWNERS "?limit=0", NULL), 400);
	assert_int_equal(ask("GET", OWNERS "/41629779", NULL), 200);
	assert_text("email", "grace@example.com");
	assert_int_equal(ask("GET", OWNERS "/9586505?idProperty=userId", NULL), 200);
	assert_text("email", "alan@example.com");
	assert_int_equal(ask("GET", OWNERS "/9586505", NULL), 404);
	assert_int_equal(ask("GET", OWNERS "/41629781", NULL), 404);
	assert_int_equal(ask("GET", OWNERS "/41629781?archived=true", NULL), 200);
	assert_int_equal(type_at("userId"), JSON_NULL);
	control("{\"owners\":[{\"id\":\"7\",\"email\":\"z@b.co\"}]}");
	assert_int_equal(
		ask("POST", CONTACTS, "{\"properties\":{\"hubspot_owner_id\":\"7\"}}"), 201);
	assert_int_equal(
		ask("POST", CONTACTS, "{\"properties\":{\"hubspot_owner_id\":\"41629779\"}}"), 400);
}

static void scopes_guard_definitions_and_owners(void **state) {
	(void)state;
	control("{\"scopes\":[\"crm.objects.contacts.read\"]}");
	assert_int_equal(ask("GET", PROPERTIES, NULL), 403);
	assert_text("errors.0.context.requiredGranularScopes.0", "crm.schemas.contacts.read");
	assert_int_equal(ask("POST", PROPERTIES, colour), 403);
	assert_text("errors.0.context.requiredGranularScopes.0", "crm.schemas.contacts.write");
	assert_int_equal(ask("GET", OWNERS, NULL), 403);
	assert_text("errors.0.context.requiredGranularScopes.0", "crm.objects.owners.read");
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	assert_int_equal(ask("GET", CONTACTS "/1/associations/deals", NULL), 403);
	assert_text("errors.0.context.requiredGranularScopes.0", "crm.objects.deals.read");
}

static void a_token_tells_who_it_is(void **state) {
	static const char url[] = "/oauth/v2/private-apps/get/access-token-info";
	(void)state;
	assert_int_equal(ask("POST", url, "{\"tokenKey\":\"pat-na1-sandbox\"}"), 200);
	assert_int_equal(number_at("hubId"), 44237313);
	assert_true(json_array_size(at("scopes")) > 20);
	control("{\"scopes\":[\"crm.objects.contacts.read\"]}");
	assert_int_equal(ask("POST", url, "{\"tokenKey\":\"pat-na1-sandbox\"}"), 200);
	assert_int_equal(json_array_size(at("scopes")), 1);
	assert_int_equal(ask("POST", url, "{\"tokenKey\":\"nonsense\"}"), 404);
	authorization = NULL;
	assert_int_equal(ask("POST", url, "{\"tokenKey\":\"pat-na1-sandbox\"}"), 200);
	authorization = TOKEN;
	assert_int_equal(ask("POST", url, "{}"), 404);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(standard_definitions_can_be_read),
		TEST(a_property_lives_from_create_to_delete),
		TEST(the_account_edits_options_of_standard_ones),
		TEST(a_unique_property_identifies),
		TEST(bad_definitions_are_refused),
		TEST(properties_come_in_batches),
		TEST(groups_hold_properties),
		TEST(pipelines_have_their_stages),
		TEST(a_pipeline_of_ones_own),
		TEST(owners_are_found),
		TEST(scopes_guard_definitions_and_owners),
		TEST(a_token_tells_who_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
