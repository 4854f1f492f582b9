#include "ask.h"

/* Replies to batches as they should not be, faults by chance, and modes that stay. */

static const char two[] = "{\"inputs\":["
			  "{\"objectWriteTraceId\":\"x\",\"properties\":{\"email\":\"x@b.co\"}},"
			  "{\"objectWriteTraceId\":\"y\",\"properties\":{\"email\":\"y@b.co\"}}]}";
static const char mixed[] = "{\"inputs\":["
			    "{\"objectWriteTraceId\":\"x\",\"properties\":{\"email\":\"x@b.co\"}},"
			    "{\"objectWriteTraceId\":\"y\",\"properties\":{\"email\":\"wrong\"}}]}";

static void strike(const char *how) {
	char body[128];
	snprintf(body, sizeof(body), "{\"fail\":{\"how\":\"%s\"}}", how);
	control(body);
}

static void an_empty_success_has_its_effect(void **state) {
	(void)state;
	strike("empty");
	assert_int_equal(batch("create", two), 200);
	assert_int_equal(json_array_size(at("results")), 0);
	assert_null(at("errors"));
	assert_int_equal(creates(), 2);
	strike("empty");
	assert_int_equal(batch("create", mixed), 200);
	assert_null(at("numErrors"));
}

static void a_row_may_be_missing_or_foreign(void **state) {
	(void)state;
	strike("drop_row");
	assert_int_equal(batch("create", two), 201);
	assert_int_equal(json_array_size(at("results")), 1);
	assert_int_equal(creates(), 2);
	strike("extra_row");
	assert_int_equal(batch("read",
				 "{\"idProperty\":\"email\",\"properties\":[\"email\"],"
				 "\"inputs\":[{\"id\":\"x@b.co\"}]}"),
		200);
	assert_int_equal(json_array_size(at("results")), 2);
	size_t place;
	json_t *row;
	int foreign = 0;
	json_array_foreach (at("results"), place, row) {
		foreign += strcmp(json_string_value(json_object_get(row, "id")), "1") == 0;
	}
	assert_int_equal(foreign, 1);
	/* What is no batch stays as it is, and so does a refusal. */
	strike("drop_row");
	assert_int_equal(ask("GET", "/account-info/v3/details", NULL), 200);
	assert_int_equal(number_at("portalId"), 44237313);
	strike("extra_row");
	assert_int_equal(batch("create", "{\"inputs\":{}}"), 400);
}

static void traces_may_be_left_out_or_ignored(void **state) {
	(void)state;
	strike("strip_traces");
	assert_int_equal(batch("create", mixed), 207);
	assert_null(at("results.0.objectWriteTraceId"));
	assert_null(at("errors.0.context"));
	assert_text("errors.0.category", "VALIDATION_ERROR");
	strike("ignore_traces");
	assert_int_equal(batch("upsert",
				 "{\"inputs\":["
				 "{\"objectWriteTraceId\":\"x\",\"id\":\"n@b.co\","
				 "\"idProperty\":\"email\",\"properties\":{}},"
				 "{\"objectWriteTraceId\":\"y\",\"id\":\"wrong\","
				 "\"idProperty\":\"email\",\"properties\":{}}]}"),
		400);
	assert_text("category", "VALIDATION_ERROR");
	assert_int_equal(creates(), 1);
	strike("ignore_traces");
	assert_int_equal(batch("create", two), 409);
	assert_int_equal(creates(), 1);
	control("{\"traces\":\"ignore\"}");
	assert_int_equal(batch("create", two), 409);
	control("{\"traces\":\"strip\"}");
	assert_int_equal(batch("create", two), 207);
	assert_null(at("errors.0.context.objectWriteTraceId"));
	assert_non_null(at("errors.0.context.existingId"));
	control("{\"traces\":\"honour\"}");
	assert_int_equal(batch("create", two), 207);
	assert_non_null(at("errors.0.context.objectWriteTraceId"));
}

static void keys_may_come_in_lower_case(void **state) {
	(void)state;
	control("{\"properties\":{\"contacts\":[{\"name\":\"ext\",\"hasUniqueValue\":true}]}}");
	strike("lower_case");
	assert_int_equal(batch("upsert",
				 "{\"inputs\":[{\"id\":\"K-1\",\"idProperty\":\"ext\","
				 "\"properties\":{\"city\":\"ROM\"}}]}"),
		200);
	assert_text("results.0.properties.ext", "k-1");
	assert_text("results.0.properties.city", "ROM");
	char url[128];
	snprintf(url, sizeof(url), CONTACTS "/%s?properties=ext", text_at("results.0.id"));
	assert_int_equal(ask("GET", url, NULL), 200);
	assert_text("properties.ext", "K-1");
}

static void headers_and_correlation_may_be_missing(void **state) {
	(void)state;
	strike("no_rate_headers");
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	assert_null(header("X-HubSpot-RateLimit-Max"));
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	assert_non_null(header("X-HubSpot-RateLimit-Max"));
	control("{\"rate_headers\":false}");
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	assert_null(header("X-HubSpot-RateLimit-Daily"));
	control("{\"rate_headers\":true}");
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	assert_non_null(header("X-HubSpot-RateLimit-Daily"));
	strike("no_correlation");
	assert_int_equal(ask("GET", CONTACTS "/42", NULL), 404);
	assert_null(at("correlationId"));
	assert_text("message", "resource not found");
}

static void chance_strikes_a_share_of_the_calls(void **state) {
	int counts[600] = {0};
	int resets = 0;
	(void)state;
	control("{\"limit\":\"off\",\"fail\":{\"rate\":0.3,\"kinds\":[503,\"reset_before\","
		"\"DAILY\",477],\"retry_after\":2}}");
	for (int i = 0; i < 2000; i++) {
		int status = ask("GET", CONTACTS, NULL);
		resets += reply.fate == MODEL_RESET_BEFORE;
		if (reply.fate == MODEL_WHOLE) {
			counts[status]++;
		}
		if (status == 429) {
			assert_text("policyName", "DAILY");
		}
		if (status == 477) {
			assert_string_equal(header("Retry-After"), "2");
		}
	}
	assert_true(counts[200] > 1300 && counts[200] < 1500);
	assert_true(counts[503] > 100 && counts[477] > 100 && counts[429] > 100 && resets > 100);
	assert_int_equal(counts[200] + counts[503] + counts[477] + counts[429] + resets, 2000);
	control("{\"fail\":null}");
	for (int i = 0; i < 100; i++) {
		assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	}
}

static void a_rate_of_nothing_and_of_everything(void **state) {
	(void)state;
	control("{\"fail\":{\"rate\":0}}");
	control("{\"fail\":{\"rate\":0,\"next\":1}}");
	control("{\"fail\":{\"rate\":1,\"next\":2,\"status\":502}}");
	assert_int_equal(ask("GET", CONTACTS, NULL), 502);
	assert_int_equal(ask("GET", CONTACTS, NULL), 502);
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	control("{\"fail\":{\"next\":3,\"kinds\":[\"hang\"]}}");
	for (int i = 0; i < 3; i++) {
		ask("GET", CONTACTS, NULL);
		assert_int_equal(reply.fate, MODEL_HANG);
	}
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
}

static void the_same_seed_strikes_the_same_calls(void **state) {
	char first[201], second[201];
	(void)state;
	for (int round = 0; round < 2; round++) {
		char *statuses = round == 0 ? first : second;
		control("{\"reset\":true,\"limit\":\"off\",\"fail\":{\"rate\":0.5}}");
		for (int i = 0; i < 200; i++) {
			statuses[i] = ask("GET", CONTACTS, NULL) == 200 ? '.' : 'x';
		}
		statuses[200] = '\0';
	}
	assert_string_equal(first, second);
	assert_non_null(strchr(first, 'x'));
}

static void writes_lock_only_when_asked_to(void **state) {
	static const char body[] = "{\"inputs\":[{\"id\":\"x@b.co\",\"idProperty\":\"email\","
				   "\"properties\":{}},{\"id\":\"y@b.co\",\"idProperty\":\"email\","
				   "\"properties\":{}}]}";
	(void)state;
	control("{\"limit\":\"off\"}");
	for (int i = 0; i < 2000; i++) {
		assert_int_equal(batch("upsert", body), 200);
	}
	control("{\"write_lock\":5}");
	assert_int_equal(batch("upsert", body), 200);
	assert_int_equal(batch("upsert", body), 200);
	assert_int_equal(batch("upsert", body), 423);
	now_ms += 1999;
	assert_int_equal(batch("upsert", body), 423);
	assert_int_equal(batch("read", "{\"inputs\":[]}"), 200);
	now_ms += 1;
	assert_int_equal(batch("upsert", body), 200);
	now_ms += 1000;
	assert_int_equal(batch("upsert", body), 200);
	assert_int_equal(batch("upsert", body), 200);
	control("{\"write_lock\":\"off\"}");
	assert_int_equal(batch("upsert", body), 200);
}

static void partial_upserts_may_be_refused(void **state) {
	static const char part[] = "{\"inputs\":[{\"id\":\"x@b.co\",\"idProperty\":\"email\","
				   "\"properties\":{\"city\":\"Rom\"}}]}";
	(void)state;
	control("{\"partial_upsert\":\"refuse\"}");
	assert_int_equal(batch("upsert", part), 400);
	assert_int_equal(batch("upsert",
				 "{\"inputs\":[{\"id\":\"x@b.co\",\"idProperty\":\"email\","
				 "\"properties\":{\"email\":\"x@b.co\",\"city\":\"Rom\"}}]}"),
		200);
	control("{\"partial_upsert\":\"merge\"}");
	assert_int_equal(batch("upsert", part), 200);
}

static void a_test_may_set_faults_without_a_request(void **state) {
	(void)state;
	json_t *members = json_pack("{s:{s:s},s:s}", "fail", "how", "drop_row", "traces", "strip");
	assert_null(model_control(model, members));
	json_decref(members);
	assert_int_equal(batch("create", two), 201);
	assert_int_equal(json_array_size(at("results")), 1);
	assert_null(at("results.0.objectWriteTraceId"));
	members = json_pack("{s:s}", "traces", "perhaps");
	assert_non_null(model_control(model, members));
	json_decref(members);
	members = json_pack("{s:i}", "bogus", 1);
	assert_non_null(model_control(model, members));
	json_decref(members);
}

static void wrong_modes_name_their_fault(void **state) {
	static const struct {
		const char *body, *named;
	} bad[] = {
		{"{\"search_lag_ms\":-1}", "search_lag_ms"},
		{"{\"search_flap_ms\":\"x\"}", "search_flap_ms"},
		{"{\"search_limit\":101}", "search_limit"},
		{"{\"search_429\":\"x\"}", "search_429"},
		{"{\"traces\":1}", "traces"},
		{"{\"partial_upsert\":1}", "partial_upsert"},
		{"{\"rate_headers\":1}", "rate_headers"},
		{"{\"retry_after\":1}", "retry_after"},
		{"{\"write_lock\":true}", "write_lock"},
		{"{\"owners\":{}}", "owners"},
		{"{\"owners\":[{}]}", "owners"},
		{"{\"load\":{}}", "load"},
		{"{\"fail\":{\"rate\":2}}", "fail.rate"},
		{"{\"fail\":{\"kinds\":[]}}", "fail.kinds"},
		{"{\"fail\":{\"kinds\":[\"bogus\"]}}", "fail.kinds"},
		{"{\"fail\":{\"kinds\":[99]}}", "fail.kinds"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ask("POST", "/__control", bad[i].body), 400);
		assert_non_null(strstr(text_at("message"), bad[i].named));
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(an_empty_success_has_its_effect),
		TEST(a_row_may_be_missing_or_foreign),
		TEST(traces_may_be_left_out_or_ignored),
		TEST(keys_may_come_in_lower_case),
		TEST(headers_and_correlation_may_be_missing),
		TEST(chance_strikes_a_share_of_the_calls),
		TEST(a_rate_of_nothing_and_of_everything),
		TEST(the_same_seed_strikes_the_same_calls),
		TEST(writes_lock_only_when_asked_to),
		TEST(partial_upserts_may_be_refused),
		TEST(a_test_may_set_faults_without_a_request),
		TEST(wrong_modes_name_their_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
