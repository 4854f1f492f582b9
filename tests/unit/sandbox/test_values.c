#include "ask.h"

/* Companies, deals and tickets; and what each kind of property takes. */

static int create(const char *url, const char *properties) {
	char body[1024];
	snprintf(body, sizeof(body), "{\"properties\":%s}", properties);
	return ask("POST", url, body);
}

static const char *const types[] = {"contacts", "companies", "deals", "tickets"};

static void every_standard_property_is_known(void **state) {
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char url[160];
		snprintf(url, sizeof(url), "/crm/v3/properties/%s", types[i]);
		assert_int_equal(ask("GET", url, NULL), 200);
		json_t *list = json_incref(at("results"));
		assert_true(json_array_size(list) > 50);
		size_t place;
		json_t *entry;
		json_array_foreach (list, place, entry) {
			const char *name = json_string_value(json_object_get(entry, "name"));
			snprintf(url, sizeof(url), "/crm/v3/properties/%s/%s", types[i], name);
			control("{\"limit\":\"off\"}");
			if (ask("GET", url, NULL) != 200) {
				fail_msg("%s is not found: are the rows in order?", url);
			}
			assert_text("name", name);
		}
		json_decref(list);
	}
}

static void unknown_properties_are_refused_everywhere(void **state) {
	(void)state;
	assert_int_equal(create(COMPANIES, "{\"name\":\"A\",\"nonsense\":\"1\"}"), 400);
	assert_text("errors.0.code", "PROPERTY_DOESNT_EXIST");
	assert_int_equal(
		create(DEALS, "{\"dealname\":\"A\",\"dealstage\":\"closedwon\",\"nonsense\":1}"),
		400);
	assert_text("errors.0.code", "PROPERTY_DOESNT_EXIST");
	assert_int_equal(create(TICKETS, "{\"hs_pipeline_stage\":\"1\",\"nonsense\":1}"), 400);
	assert_text("errors.0.code", "PROPERTY_DOESNT_EXIST");
}

static void a_company_needs_a_name_or_a_domain(void **state) {
	(void)state;
	assert_int_equal(create(COMPANIES, "{\"city\":\"Rom\"}"), 400);
	assert_text("message", "The property values provided are invalid");
	assert_text("errors.0.code", "MISSING_REQUIRED_PROPERTY");
	assert_text("errors.0.message", "A value for name must be provided");
	assert_text("errors.0.context.propertyName.0", "name");
	assert_int_equal(
		ask("POST", "/crm/v3/objects/companies", "{\"properties\":{\"name\":\"\"}}"), 400);
	assert_text("message", "Error creating COMPANY. Some required properties were not set.");
	assert_text("context.properties.0", "name");
	assert_int_equal(create(COMPANIES, "{\"domain\":\"b.co\"}"), 201);
	assert_text("properties.lifecyclestage", "lead");
	/* The same domain makes a second company. */
	char id[32], again[32];
	make(COMPANIES, "{\"domain\":\"b.co\",\"hs_additional_domains\":\"c.co;d.co\"}", id);
	make(COMPANIES, "{\"name\":\"B\"}", again);
	assert_string_not_equal(id, again);
	char url[128];
	snprintf(url, sizeof(url), COMPANIES "/%s", id);
	assert_int_equal(ask("PATCH", url, "{\"properties\":{\"domain\":\"\"}}"), 200);
	assert_int_equal(ask("GET", url, NULL), 200);
	assert_int_equal(json_object_size(at("properties")), 5);
	assert_int_equal(type_at("properties.domain"), JSON_NULL);
}

static void a_deal_stands_in_a_stage(void **state) {
	(void)state;
	assert_int_equal(create(DEALS, "{\"amount\":\"5\"}"), 400);
	assert_int_equal(json_array_size(at("errors")), 2);
	assert_int_equal(create(DEALS, "{\"dealname\":\"A\",\"dealstage\":\"Closed Won\"}"), 400);
	assert_text("errors.0.code", "INVALID_OPTION");
	assert_text("errors.0.context.propertyName.0", "dealstage");
	assert_non_null(strstr(text_at("errors.0.message"), "value: \"closedwon\""));
	assert_int_equal(create(DEALS,
				 "{\"dealname\":\"A\",\"dealstage\":\"closedwon\","
				 "\"pipeline\":\"other\"}"),
		400);
	assert_text("errors.0.context.propertyName.0", "pipeline");
	assert_int_equal(create(DEALS,
				 "{\"dealname\":\"A\",\"dealstage\":\"contractsent\","
				 "\"amount\":1500.5}"),
		201);
	assert_text("properties.pipeline", "default");
	assert_text("properties.amount", "1500.5");
	assert_text("properties.hs_deal_stage_probability", "0.9");
	assert_text("properties.hs_is_closed", "false");
	char url[128];
	snprintf(url, sizeof(url), DEALS "/%s", text_at("id"));
	assert_int_equal(ask("PATCH", url, "{\"properties\":{\"dealstage\":\"closedwon\"}}"), 200);
	assert_text("properties.hs_is_closed_won", "true");
	assert_int_equal(ask("PATCH", url, "{\"properties\":{\"dealstage\":\"nowhere\"}}"), 400);
	assert_int_equal(ask("PATCH", url, "{\"properties\":{\"amount\":\"7\"}}"), 200);
	assert_text("properties.hs_is_closed_won", "true");
	assert_int_equal(ask("PATCH", url, "{\"properties\":{\"hs_is_closed\":\"true\"}}"), 400);
	assert_text("errors.0.code", "READ_ONLY_VALUE");
}

static void a_ticket_needs_its_stage_alone(void **state) {
	(void)state;
	assert_int_equal(create(TICKETS, "{\"subject\":\"Broken\"}"), 400);
	assert_text("errors.0.message", "A value for hs_pipeline_stage must be provided");
	assert_int_equal(create(TICKETS, "{\"hs_pipeline_stage\":4}"), 201);
	assert_text("properties.hs_pipeline", "0");
	assert_text("properties.hs_is_closed", "true");
	assert_string_equal(text_at("properties.hs_ticket_id"), text_at("id"));
	assert_int_equal(create(TICKETS,
				 "{\"hs_pipeline_stage\":\"1\",\"hs_ticket_priority\":"
				 "\"high\"}"),
		400);
	assert_text("errors.0.code", "INVALID_OPTION");
	assert_int_equal(create(TICKETS,
				 "{\"hs_pipeline_stage\":\"1\",\"hs_ticket_priority\":"
				 "\"HIGH\",\"hs_ticket_category\":\"PRODUCT_ISSUE;"
				 "BILLING_ISSUE\"}"),
		201);
}

/* One property of each kind, of contacts. */
static void make_kinds(void) {
	control("{\"properties\":{\"contacts\":["
		"{\"name\":\"a_date\",\"type\":\"date\",\"fieldType\":\"date\"},"
		"{\"name\":\"a_moment\",\"type\":\"datetime\",\"fieldType\":\"date\"},"
		"{\"name\":\"a_number\",\"type\":\"number\",\"fieldType\":\"number\"},"
		"{\"name\":\"a_bool\",\"type\":\"bool\",\"fieldType\":\"booleancheckbox\"},"
		"{\"name\":\"one\",\"type\":\"enumeration\",\"fieldType\":\"select\",\"options\":["
		"{\"label\":\"A\",\"value\":\"a\"},{\"label\":\"B\",\"value\":\"b\"}]},"
		"{\"name\":\"many\",\"type\":\"enumeration\",\"fieldType\":\"checkbox\","
		"\"options\":["
		"{\"label\":\"A\",\"value\":\"a\"},{\"label\":\"B\",\"value\":\"b\"},"
		"{\"label\":\"C\",\"value\":\"c\"}]}]}}");
}

static void each_kind_has_its_own_refusal(void **state) {
	static const struct {
		const char *name, *value, *code;
	} bad[] = {
		{"a_number", "\"1,000\"", "INVALID_INTEGER"},
		{"a_number", "\"five\"", "INVALID_INTEGER"},
		{"a_number", "\"1.2.3\"", "INVALID_INTEGER"},
		{"a_number", "\".\"", "INVALID_INTEGER"},
		{"a_number", "\"1e5\"", "INVALID_INTEGER"},
		{"a_bool", "\"yes\"", "INVALID_OPTION"},
		{"a_bool", "\"True\"", "INVALID_OPTION"},
		{"one", "\"A\"", "INVALID_OPTION"},
		{"one", "\"a;b\"", "INVALID_OPTION"},
		{"many", "\"a;d\"", "INVALID_OPTION"},
		{"a_date", "\"2026-02-30\"", "INVALID_DATE"},
		{"a_date", "\"tomorrow\"", "INVALID_DATE"},
		{"a_date", "1579179660000", "INVALID_DATE"},
		{"a_date", "\"2026-01-02T00:00:01Z\"", "INVALID_DATE"},
		{"a_moment", "\"2019-05-13T12:05:53.602759Z\"", "INVALID_LONG"},
		{"a_moment", "\"soon\"", "INVALID_LONG"},
		{"a_moment", "\"2026-01-02T03:04:05\"", "INVALID_LONG"},
		{"a_moment", "\"2026-01-02T25:04:05Z\"", "INVALID_LONG"},
		{"hubspot_owner_id", "\"1\"", "INVALID_OWNER_ID"},
		{"hs_lead_status", "\"New\"", "INVALID_OPTION"},
		{"hs_object_id", "\"1\"", "READ_ONLY_VALUE"},
	};
	(void)state;
	make_kinds();
	control("{\"limit\":\"off\"}");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char body[256];
		snprintf(body, sizeof(body), "{\"properties\":{\"%s\":%s}}", bad[i].name,
			bad[i].value);
		assert_int_equal(ask("POST", "/crm/v3/objects/contacts", body), 400);
		assert_text("errors.0.code", bad[i].code);
		assert_text("errors.0.context.propertyName.0", bad[i].name);
		assert_int_equal(json_array_size(at("errors")), 1);
	}
	assert_int_equal(ask("POST", "/crm/v3/objects/contacts",
				 "{\"properties\":{\"a_date\":1579179660000}}"),
		400);
	assert_text("errors.0.message", "1579179660000 is at 13:1:0.0 UTC, not midnight!");
}

static void each_kind_is_kept_in_its_own_form(void **state) {
	static const struct {
		const char *name, *value, *kept;
	} good[] = {
		{"a_number", "1", "1"},
		{"a_number", "\"-1.50\"", "-1.50"},
		{"a_number", "0.1", "0.1"},
		{"a_number", "1e20", "100000000000000000000.000000000000000"},
		{"a_bool", "true", "true"},
		{"a_bool", "\"false\"", "false"},
		{"one", "\"b\"", "b"},
		{"many", "\"c;a\"", "c;a"},
		{"a_date", "\"2015-05-01\"", "2015-05-01"},
		{"a_date", "1430438400000", "2015-05-01"},
		{"a_date", "-86400000", "1969-12-31"},
		{"a_date", "\"2024-02-29\"", "2024-02-29"},
		{"a_moment", "0", "1970-01-01T00:00:00Z"},
		{"a_moment", "\"2026-01-02T03:04:05.678+02:00\"", "2026-01-02T01:04:05.678Z"},
		{"a_moment", "\"2026-01-02T03:04:05.6Z\"", "2026-01-02T03:04:05.600Z"},
		{"a_moment", "\"2026-01-02\"", "2026-01-02T00:00:00Z"},
		{"hubspot_owner_id", "41629779", "41629779"},
		{"hs_lead_status", "\"NEW\"", "NEW"},
		{"hs_buying_role", "\"CHAMPION;END_USER\"", "CHAMPION;END_USER"},
	};
	(void)state;
	make_kinds();
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char body[256], path[64];
		snprintf(body, sizeof(body), "{\"properties\":{\"%s\":%s}}", good[i].name,
			good[i].value);
		if (ask("POST", "/crm/v3/objects/contacts", body) != 201) {
			fail_msg("%s: %s", body, reply.bytes);
		}
		snprintf(path, sizeof(path), "properties.%s", good[i].name);
		assert_text(path, good[i].kept);
		assert_null(at("warnings"));
	}
}

static void a_leading_semicolon_appends(void **state) {
	(void)state;
	make_kinds();
	char id[32];
	make(CONTACTS, "{\"many\":\"b\"}", id);
	assert_int_equal(ask_about("PATCH", id, "", "{\"properties\":{\"many\":\";a;b\"}}"), 200);
	assert_text("properties.many", "b;a");
	assert_int_equal(ask_about("PATCH", id, "", "{\"properties\":{\"many\":\"c\"}}"), 200);
	assert_text("properties.many", "c");
	assert_int_equal(ask_about("PATCH", id, "", "{\"properties\":{\"many\":\"\"}}"), 200);
	assert_int_equal(ask_about("PATCH", id, "", "{\"properties\":{\"many\":\";a\"}}"), 200);
	assert_text("properties.many", "a");
}

static void the_newest_version_normalises_and_warns(void **state) {
	(void)state;
	make_kinds();
	assert_int_equal(create(CONTACTS,
				 "{\"a_date\":1579179660000,\"a_moment\":"
				 "\"2019-05-13T12:05:53.602759Z\"}"),
		201);
	assert_text("properties.a_date", "2020-01-16");
	assert_text("properties.a_moment", "2019-05-13T12:05:53.602Z");
	assert_int_equal(json_array_size(at("warnings")), 2);
	assert_text("warnings.0.category", "PROPERTY_VALUE_NORMALIZED");
	assert_text("warnings.0.message", "a_date was normalized");
	assert_text("warnings.0.context.propertyName", "a_date");
	assert_text("warnings.0.context.rawValue", "1579179660000");
	assert_text("warnings.0.context.normalizedValue", "2020-01-16");
	assert_int_equal(create(CONTACTS, "{\"a_date\":\"2020-01-16T12:00:00Z\"}"), 201);
	assert_text("properties.a_date", "2020-01-16");
	assert_int_equal(create(CONTACTS, "{\"a_date\":\"never\"}"), 400);
	/* In a batch the warning stays with its row. */
	assert_int_equal(ask("POST", CONTACTS "/batch/create",
				 "{\"inputs\":[{\"objectWriteTraceId\":\"x\",\"properties\":"
				 "{\"a_date\":1579179660000}}]}"),
		201);
	assert_text("results.0.warnings.0.message", "a_date was normalized");
}

static void a_companys_stage_only_moves_forward(void **state) {
	(void)state;
	char id[32], url[128];
	make(COMPANIES, "{\"name\":\"A\",\"lifecyclestage\":\"customer\"}", id);
	snprintf(url, sizeof(url), COMPANIES "/%s", id);
	assert_int_equal(ask("PATCH", url, "{\"properties\":{\"lifecyclestage\":\"lead\"}}"), 200);
	assert_text("properties.lifecyclestage", "customer");
	assert_int_equal(ask("PATCH", url, "{\"properties\":{\"lifecyclestage\":\"Lead\"}}"), 400);
}

static void required_properties_count_in_batches_and_upserts(void **state) {
	(void)state;
	control("{\"properties\":{\"deals\":[{\"name\":\"ext\",\"hasUniqueValue\":true}]}}");
	assert_int_equal(
		ask("POST", DEALS "/batch/upsert",
			"{\"inputs\":[{\"id\":\"k\",\"idProperty\":\"ext\","
			"\"objectWriteTraceId\":\"1\",\"properties\":{\"amount\":\"5\"}},"
			"{\"id\":\"l\",\"idProperty\":\"ext\",\"objectWriteTraceId\":\"2\","
			"\"properties\":{\"dealname\":\"L\",\"dealstage\":\"closedlost\"}}]}"),
		207);
	assert_int_equal(json_array_size(at("results")), 1);
	assert_text("errors.0.message", "The property values provided are invalid");
	assert_text("errors.0.context.objectWriteTraceId.0", "1");
	/* What is there already needs nothing. */
	assert_int_equal(
		ask("POST", DEALS "/batch/upsert",
			"{\"inputs\":[{\"id\":\"l\",\"idProperty\":\"ext\","
			"\"objectWriteTraceId\":\"2\",\"properties\":{\"amount\":\"5\"}}]}"),
		200);
	assert_int_equal(type_at("results.0.new"), JSON_FALSE);
	assert_int_equal(ask("POST", "/crm/v3/objects/deals/batch/create",
				 "{\"inputs\":[{\"properties\":{\"dealname\":\"X\"}}]}"),
		400);
	assert_text("message", "Error creating DEAL. Some required properties were not set.");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(every_standard_property_is_known),
		TEST(unknown_properties_are_refused_everywhere),
		TEST(a_company_needs_a_name_or_a_domain),
		TEST(a_deal_stands_in_a_stage),
		TEST(a_ticket_needs_its_stage_alone),
		TEST(each_kind_has_its_own_refusal),
		TEST(each_kind_is_kept_in_its_own_form),
		TEST(a_leading_semicolon_appends),
		TEST(the_newest_version_normalises_and_warns),
		TEST(a_companys_stage_only_moves_forward),
		TEST(required_properties_count_in_batches_and_upserts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
