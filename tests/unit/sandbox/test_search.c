#include "ask.h"

#define SEARCH CONTACTS "/search"

static int search(const char *body) {
	now_ms += 1000; /* five of them in a second are a matter of their own */
	return ask("POST", SEARCH, body);
}

/* The first names of the hits, in their order: "Ada Bob ". */
static const char *found(void) {
	static char names[256];
	size_t place;
	json_t *hit;
	names[0] = '\0';
	json_array_foreach (at("results"), place, hit) {
		const char *name = json_string_value(
			json_object_get(json_object_get(hit, "properties"), "firstname"));
		size_t length = strlen(names);
		snprintf(names + length, sizeof(names) - length, "%s ", name == NULL ? "-" : name);
	}
	return names;
}

static void make_people(void) {
	char id[32];
	control("{\"search_lag_ms\":0,\"properties\":{\"contacts\":["
		"{\"name\":\"points\",\"type\":\"number\"},{\"name\":\"born\",\"type\":\"date\"},"
		"{\"name\":\"seen\",\"type\":\"datetime\"}]}}");
	make(CONTACTS,
		"{\"firstname\":\"Ada\",\"email\":\"ada@math.example\",\"points\":\"9\","
		"\"born\":\"1815-12-10\",\"lifecyclestage\":\"customer\","
		"\"company\":\"Analytical Engines Ltd\"}",
		id);
	make(CONTACTS,
		"{\"firstname\":\"Bob\",\"email\":\"bob@shop.example\",\"points\":\"10\","
		"\"born\":\"1980-01-01\",\"seen\":\"2026-09-01T10:00:00Z\","
		"\"hs_additional_emails\":\"b2@shop.example\"}",
		id);
	make(CONTACTS,
		"{\"firstname\":\"Cleo\",\"email\":\"cleo@shop.example\",\"points\":\"-1\","
		"\"phone\":\"+49 30 901820\"}",
		id);
}

static void each_operator_finds_its_own(void **state) {
	static const struct {
		const char *filter, *names;
	} cases[] = {
		{"\"propertyName\":\"email\",\"operator\":\"EQ\",\"value\":\"ADA@math.example\"",
			"Ada "},
		{"\"propertyName\":\"email\",\"operator\":\"EQ\",\"value\":\"b2@shop.example\"",
			""},
		{"\"propertyName\":\"hs_additional_emails\",\"operator\":\"EQ\",\"value\":"
		 "\"b2@shop.example\"",
			"Bob "},
		{"\"propertyName\":\"lifecyclestage\",\"operator\":\"EQ\",\"value\":\"Customer\"",
			""},
		{"\"propertyName\":\"lifecyclestage\",\"operator\":\"EQ\",\"value\":\"customer\"",
			"Ada "},
		{"\"propertyName\":\"points\",\"operator\":\"NEQ\",\"value\":\"10.0\"",
			"Ada Cleo "},
		{"\"propertyName\":\"points\",\"operator\":\"LT\",\"value\":9", "Cleo "},
		{"\"propertyName\":\"points\",\"operator\":\"LTE\",\"value\":\"9\"", "Ada Cleo "},
		{"\"propertyName\":\"points\",\"operator\":\"GT\",\"value\":\"9\"", "Bob "},
		{"\"propertyName\":\"points\",\"operator\":\"GTE\",\"value\":9.0", "Ada Bob "},
		{"\"propertyName\":\"points\",\"operator\":\"BETWEEN\",\"value\":\"-1\","
		 "\"highValue\":\"9\"",
			"Ada Cleo "},
		{"\"propertyName\":\"born\",\"operator\":\"LT\",\"value\":\"315532800000\"",
			"Ada "},
		{"\"propertyName\":\"born\",\"operator\":\"LTE\",\"value\":\"1980-01-01\"",
			"Ada Bob "},
		{"\"propertyName\":\"seen\",\"operator\":\"EQ\",\"value\":"
		 "\"2026-09-01T12:00:00+02:00\"",
			"Bob "},
		{"\"propertyName\":\"email\",\"operator\":\"IN\",\"values\":"
		 "[\"ada@math.example\",\"cleo@shop.example\",\"x@y.example\"]",
			"Ada Cleo "},
		{"\"propertyName\":\"email\",\"operator\":\"IN\",\"values\":"
		 "[\"Ada@math.example\"]",
			""},
		{"\"propertyName\":\"company\",\"operator\":\"IN\",\"values\":"
		 "[\"analytical engines ltd\"]",
			"Ada "},
		{"\"propertyName\":\"email\",\"operator\":\"NOT_IN\",\"values\":"
		 "[\"ada@math.example\"]",
			"Bob Cleo "},
		{"\"propertyName\":\"born\",\"operator\":\"HAS_PROPERTY\"", "Ada Bob "},
		{"\"propertyName\":\"born\",\"operator\":\"NOT_HAS_PROPERTY\"", "Cleo "},
		{"\"propertyName\":\"email\",\"operator\":\"CONTAINS_TOKEN\",\"value\":"
		 "\"*@shop.example\"",
			"Bob Cleo "},
		{"\"propertyName\":\"company\",\"operator\":\"CONTAINS_TOKEN\",\"value\":"
		 "\"engines\"",
			"Ada "},
		{"\"propertyName\":\"company\",\"operator\":\"CONTAINS_TOKEN\",\"value\":"
		 "\"engine\"",
			""},
		{"\"propertyName\":\"company\",\"operator\":\"CONTAINS_TOKEN\",\"value\":"
		 "\"Engi*\"",
			"Ada "},
		{"\"propertyName\":\"email\",\"operator\":\"NOT_CONTAINS_TOKEN\",\"value\":"
		 "\"shop\"",
			"Ada "},
	};
	(void)state;
	make_people();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char body[512];
		snprintf(body, sizeof(body), "{\"filterGroups\":[{\"filters\":[{%s}]}]}",
			cases[i].filter);
		if (search(body) != 200) {
			fail_msg("%s: %s", cases[i].filter, reply.bytes);
		}
		if (strcmp(found(), cases[i].names) != 0) {
			fail_msg("%s: %s", cases[i].filter, found());
		}
		assert_int_equal(number_at("total"), json_array_size(at("results")));
	}
}

static void filters_join_and_groups_part(void **state) {
	(void)state;
	make_people();
	assert_int_equal(
		search("{\"filterGroups\":[{\"filters\":["
		       "{\"propertyName\":\"points\",\"operator\":\"GT\",\"value\":\"0\"},"
		       "{\"propertyName\":\"firstname\",\"operator\":\"EQ\",\"value\":\"bob\"}]},"
		       "{\"filters\":[{\"propertyName\":\"phone\",\"operator\":"
		       "\"HAS_PROPERTY\"}]}]}"),
		200);
	assert_string_equal(found(), "Bob Cleo ");
	assert_int_equal(search("{\"filters\":[{\"propertyName\":\"firstname\",\"operator\":\"EQ\","
				"\"value\":\"Ada\"}]}"),
		200);
	assert_string_equal(found(), "Ada ");
	assert_int_equal(search("{}"), 200);
	assert_string_equal(found(), "Ada Bob Cleo ");
	assert_null(at("results.0.url"));
	assert_int_equal(json_object_size(at("results.0.properties")), 6);
}

static void words_are_looked_for_in_the_usual_properties(void **state) {
	(void)state;
	make_people();
	assert_int_equal(search("{\"query\":\"shop\"}"), 200);
	assert_string_equal(found(), "Bob Cleo ");
	assert_int_equal(search("{\"query\":\"engines analytical\"}"), 200);
	assert_string_equal(found(), "Ada ");
	assert_int_equal(search("{\"query\":\"901820\"}"), 200);
	assert_string_equal(found(), "Cleo ");
	assert_int_equal(search("{\"query\":\"customer\"}"), 200);
	assert_string_equal(found(), "");
	assert_int_equal(number_at("total"), 0);
}

static void one_sort_orders_by_kind(void **state) {
	(void)state;
	make_people();
	assert_int_equal(search("{\"sorts\":[\"points\"]}"), 200);
	assert_string_equal(found(), "Cleo Ada Bob ");
	assert_int_equal(search("{\"sorts\":[\"-points\"]}"), 200);
	assert_string_equal(found(), "Bob Ada Cleo ");
	assert_int_equal(
		search("{\"sorts\":[{\"propertyName\":\"born\",\"direction\":\"DESCENDING\"}]}"),
		200);
	assert_string_equal(found(), "Bob Ada Cleo ");
	assert_int_equal(search("{\"sorts\":[\"points\",\"born\"]}"), 400);
	assert_int_equal(search("{\"sorts\":[\"nonsense\"]}"), 400);
	assert_int_equal(search("{\"sorts\":[{\"propertyName\":1}]}"), 400);
}

static void pages_go_by_offset_up_to_ten_thousand(void **state) {
	(void)state;
	make_people();
	assert_int_equal(search("{\"limit\":2}"), 200);
	assert_int_equal(number_at("total"), 3);
	assert_text("paging.next.after", "2");
	assert_int_equal(
		search("{\"limit\":2,\"after\":\"2\",\"properties\":[\"firstname\"]}"), 200);
	assert_string_equal(found(), "Cleo ");
	assert_null(at("paging"));
	assert_int_equal(json_object_size(at("results.0.properties")), 4);
	assert_int_equal(search("{\"limit\":200,\"after\":9800}"), 200);
	assert_int_equal(search("{\"limit\":200,\"after\":9801}"), 400);
	assert_text("category", "VALIDATION_ERROR");
	assert_int_equal(search("{\"limit\":201}"), 400);
	assert_int_equal(search("{\"limit\":0}"), 400);
	assert_int_equal(search("{\"after\":\"x\"}"), 400);
}

static char *filters(int groups, int each) {
	json_t *list = json_array();
	for (int i = 0; i < groups; i++) {
		json_t *group = json_array();
		for (int k = 0; k < each; k++) {
			json_array_append_new(group,
				json_pack("{s:s,s:s}", "propertyName", "city", "operator",
					"HAS_PROPERTY"));
		}
		json_array_append_new(list, json_pack("{s:o}", "filters", group));
	}
	json_t *body = json_pack("{s:o}", "filterGroups", list);
	char *text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	return text;
}

static void a_search_has_its_bounds(void **state) {
	static const struct {
		int groups, each, status;
	} cases[] = {{5, 3, 200}, {6, 1, 400}, {1, 6, 200}, {1, 7, 400}, {3, 6, 200}, {4, 5, 400}};
	static const char *const bad[] = {
		"{\"filters\":[{\"propertyName\":\"nonsense\",\"operator\":\"HAS_PROPERTY\"}]}",
		"{\"filters\":[{\"propertyName\":\"city\",\"operator\":\"LIKE\",\"value\":\"x\"}]}",
		"{\"filters\":[{\"propertyName\":\"city\",\"operator\":\"EQ\"}]}",
		"{\"filters\":[{\"propertyName\":\"city\",\"operator\":\"IN\",\"value\":\"x\"}]}",
		"{\"filters\":[{\"propertyName\":\"city\",\"operator\":\"IN\",\"values\":[1]}]}",
		"{\"filters\":[{\"propertyName\":\"city\",\"operator\":\"BETWEEN\",\"value\":\"x\"}"
		"]}",
		"{\"filters\":[{\"operator\":\"EQ\",\"value\":\"x\"}]}",
		"{\"filterGroups\":[{}]}",
		"{\"filters\":[{\"propertyName\":\"associations.x\",\"operator\":\"EQ\",\"value\":"
		"\"1\"}]}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *body = filters(cases[i].groups, cases[i].each);
		assert_int_equal(search(body), cases[i].status);
		free(body);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(search(bad[i]), 400);
		assert_text("category", "VALIDATION_ERROR");
	}
	char long_one[3100];
	memset(long_one, 'x', sizeof(long_one));
	memcpy(long_one, "{\"query\":\"", 10);
	memcpy(long_one + 3096, "\"}", 3);
	assert_int_equal(search(long_one), 400);
}

static void the_index_lags(void **state) {
	char id[32];
	(void)state;
	control("{\"search_lag_ms\":3000}");
	make(CONTACTS, "{\"firstname\":\"Ada\",\"city\":\"Rom\"}", id);
	assert_int_equal(search("{}"), 200);
	assert_int_equal(number_at("total"), 0);
	now_ms = 3000;
	assert_int_equal(ask("POST", SEARCH, "{}"), 200);
	assert_int_equal(number_at("total"), 1);
	/* A change shows later too; until then the record is found by what it was. */
	assert_int_equal(ask_about("PATCH", id, "", "{\"properties\":{\"city\":\"Ulm\"}}"), 200);
	static const char in_rome[] =
		"{\"filters\":[{\"propertyName\":\"city\",\"operator\":\"EQ\","
		"\"value\":\"Rom\"}],\"properties\":[\"city\"]}";
	assert_int_equal(search(in_rome), 200);
	assert_text("results.0.properties.city", "Rom");
	now_ms = 6000;
	assert_int_equal(ask("POST", SEARCH, in_rome), 200);
	assert_int_equal(number_at("total"), 0);
	assert_int_equal(ask_about("DELETE", id, "", NULL), 204);
	assert_int_equal(search("{}"), 200);
	assert_int_equal(number_at("total"), 0);
}

static void a_fresh_record_may_flap(void **state) {
	char id[32];
	int seen = 0;
	(void)state;
	control("{\"search_lag_ms\":0,\"search_flap_ms\":60000}");
	make(CONTACTS, "{\"firstname\":\"Ada\"}", id);
	for (int i = 0; i < 40; i++) {
		assert_int_equal(search("{}"), 200);
		seen += number_at("total") == 1;
	}
	assert_true(seen > 5 && seen < 35);
	now_ms = 61000;
	for (int i = 0; i < 20; i++) {
		assert_int_equal(search("{}"), 200);
		assert_int_equal(number_at("total"), 1);
	}
}

static void five_a_second_and_none_of_the_ten(void **state) {
	(void)state;
	control("{\"limit\":3}");
	for (int i = 0; i < 5; i++) {
		assert_int_equal(ask("POST", SEARCH, "{}"), 200);
		assert_null(header("X-HubSpot-RateLimit-Max"));
		assert_null(header("X-HubSpot-RateLimit-Daily"));
	}
	assert_int_equal(ask("POST", SEARCH, "{}"), 429);
	assert_text("message", "You have reached your secondly limit.");
	assert_text("category", "RATE_LIMITS");
	assert_null(at("policyName"));
	assert_null(header("Retry-After"));
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	assert_string_equal(header("X-HubSpot-RateLimit-Remaining"), "2");
	assert_string_equal(header("X-HubSpot-RateLimit-Daily-Remaining"), "624993");
	now_ms = 999;
	assert_int_equal(ask("POST", SEARCH, "{}"), 429);
	now_ms = 1000;
	assert_int_equal(ask("POST", SEARCH, "{}"), 200);
	control("{\"search_429\":\"policy\",\"search_limit\":1,\"retry_after\":true}");
	assert_int_equal(ask("POST", SEARCH, "{}"), 429);
	assert_text("policyName", "SECONDLY");
	assert_text("errorType", "RATE_LIMIT");
	assert_string_equal(header("Retry-After"), "1");
	control("{\"search_limit\":\"off\"}");
	for (int i = 0; i < 20; i++) {
		assert_int_equal(ask("POST", SEARCH, "{}"), 200);
	}
	control("{\"search_limit\":5,\"limit\":\"off\"}");
	for (int i = 0; i < 20; i++) {
		assert_int_equal(ask("POST", SEARCH, "{}"), 200);
	}
}

static void links_can_be_searched_by(void **state) {
	char contact[32], company[32], body[256];
	(void)state;
	make_people();
	make(CONTACTS, "{\"firstname\":\"Dan\"}", contact);
	make(COMPANIES, "{\"name\":\"A\"}", company);
	snprintf(body, sizeof(body), CONTACTS "/%s/associations/default/companies/%s", contact,
		company);
	assert_int_equal(ask("PUT", body, NULL), 200);
	snprintf(body, sizeof(body),
		"{\"filters\":[{\"propertyName\":\"associations.company\",\"operator\":\"EQ\","
		"\"value\":\"%s\"}]}",
		company);
	assert_int_equal(search(body), 200);
	assert_string_equal(found(), "Dan ");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(each_operator_finds_its_own),
		TEST(filters_join_and_groups_part),
		TEST(words_are_looked_for_in_the_usual_properties),
		TEST(one_sort_orders_by_kind),
		TEST(pages_go_by_offset_up_to_ten_thousand),
		TEST(a_search_has_its_bounds),
		TEST(the_index_lags),
		TEST(a_fresh_record_may_flap),
		TEST(five_a_second_and_none_of_the_ten),
		TEST(links_can_be_searched_by),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
