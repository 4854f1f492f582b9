#include "ask.h"

/* Faults, the control call, counts and the journal. */

static const char create[] = "{\"properties\":{\"email\":\"a@b.co\"}}";

static long long alive(void) {
	int fate = (int)reply.fate;
	int status = reply.status;
	assert_int_equal(ask("GET", "/__state", NULL), 200);
	assert_int_equal(reply.fate, MODEL_WHOLE);
	reply.fate = (enum model_fate)fate;
	reply.status = status;
	return json_integer_value(at("records.contacts"));
}

static void a_status_fault_has_no_effect(void **state) {
	(void)state;
	control("{\"fail\":{\"next\":2,\"status\":503,\"retry_after\":7}}");
	assert_int_equal(ask("POST", CONTACTS, create), 503);
	assert_string_equal(header("Retry-After"), "7");
	assert_text("status", "error");
	assert_int_equal(reply.fate, MODEL_WHOLE);
	assert_int_equal(ask("POST", CONTACTS, create), 503);
	assert_int_equal(alive(), 0);
	assert_int_equal(ask("POST", CONTACTS, create), 201);
	assert_null(header("Retry-After"));
}

static void bodies_need_not_be_json(void **state) {
	(void)state;
	control("{\"fail\":{\"status\":502,\"body\":\"html\"}}");
	assert_int_equal(ask("GET", CONTACTS, NULL), 502);
	assert_string_equal(reply.type, "text/html");
	assert_non_null(strstr(reply.bytes, "<h1>502 Error</h1>"));
	assert_null(reply.json);
	control("{\"fail\":{\"status\":504,\"body\":\"empty\"}}");
	assert_int_equal(ask("GET", CONTACTS, NULL), 504);
	assert_null(reply.bytes);
	assert_int_equal(reply.length, 0);
	control("{\"fail\":{\"status\":200}}");
	assert_int_equal(ask("POST", CONTACTS, create), 200);
	assert_int_equal(json_array_size(at("results")), 0);
	assert_int_equal(alive(), 0);
}

static void a_fault_may_be_a_limit(void **state) {
	(void)state;
	control("{\"fail\":{\"policy\":\"DAILY\"}}");
	control("{\"fail\":{\"policy\":\"SECONDLY\"}}");
	control("{\"fail\":{\"policy\":\"TEN_SECONDLY_ROLLING\",\"status\":429}}");
	assert_int_equal(ask("GET", CONTACTS, NULL), 429);
	assert_text("policyName", "DAILY");
	assert_int_equal(ask("GET", CONTACTS, NULL), 429);
	assert_text("message", "You have reached your secondly limit.");
	assert_text("category", "RATE_LIMITS");
	assert_null(at("policyName"));
	assert_int_equal(ask("GET", CONTACTS, NULL), 429);
	assert_text("policyName", "TEN_SECONDLY_ROLLING");
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
}

static void the_wire_breaks_before_or_after(void **state) {
	(void)state;
	control("{\"fail\":{\"how\":\"reset_before\"}}");
	ask("POST", CONTACTS, create);
	assert_int_equal(reply.fate, MODEL_RESET_BEFORE);
	assert_null(reply.bytes);
	assert_int_equal(alive(), 0);
	control("{\"fail\":{\"how\":\"hang\"}}");
	ask("POST", CONTACTS, create);
	assert_int_equal(reply.fate, MODEL_HANG);
	assert_int_equal(alive(), 0);
	control("{\"fail\":{\"how\":\"reset_after\"}}");
	ask("POST", CONTACTS, create);
	assert_int_equal(reply.fate, MODEL_RESET_AFTER);
	assert_int_equal(alive(), 1);
	control("{\"fail\":{\"how\":\"cut\"}}");
	assert_int_equal(ask("POST", CONTACTS, "{\"properties\":{\"email\":\"c@b.co\"}}"), 201);
	assert_int_equal(reply.fate, MODEL_CUT);
	assert_true(reply.length > 100);
	assert_int_equal(alive(), 2);
}

static void a_fault_may_wait_for_its_path(void **state) {
	(void)state;
	control("{\"fail\":{\"status\":500,\"path\":\"batch/read\"}}");
	assert_int_equal(ask("POST", CONTACTS, create), 201);
	assert_int_equal(ask("POST", CONTACTS "/batch/read", "{\"inputs\":[]}"), 500);
	assert_int_equal(ask("POST", CONTACTS "/batch/read", "{\"inputs\":[]}"), 200);
	control("{\"fail\":{\"next\":100,\"status\":500}}");
	assert_int_equal(ask("GET", CONTACTS, NULL), 500);
	control("{\"fail\":null}");
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
}

static void a_wrong_control_call_names_its_fault(void **state) {
	static const struct {
		const char *body, *named;
	} bad[] = {
		{"{\"bogus\":1}", "bogus"},
		{"{\"limit\":5,\"lmit\":5}", "lmit"},
		{"[]", "JSON object"},
		{"{", "JSON object"},
		{"{\"limit\":0}", "limit"},
		{"{\"limit\":\"on\"}", "limit"},
		{"{\"daily\":\"x\"}", "daily"},
		{"{\"latency_ms\":-1}", "latency_ms"},
		{"{\"reset\":false}", "reset"},
		{"{\"revoke\":1}", "revoke"},
		{"{\"revoke\":[1]}", "revoke"},
		{"{\"accept\":[]}", "accept"},
		{"{\"scopes\":\"x\"}", "scopes"},
		{"{\"scopes\":[1]}", "scopes"},
		{"{\"properties\":[]}", "properties"},
		{"{\"properties\":{\"butterflies\":[]}}", "properties"},
		{"{\"properties\":{\"contacts\":[1]}}", "properties"},
		{"{\"account\":1}", "account"},
		{"{\"seed\":{}}", "seed"},
		{"{\"seed\":[{\"type\":\"butterflies\"}]}", "seed"},
		{"{\"seed\":[{\"type\":\"contacts\",\"properties\":{\"bogus\":\"1\"}}]}", "seed"},
		{"{\"fail\":1}", "fail"},
		{"{\"fail\":{\"nxt\":1}}", "none of next"},
		{"{\"fail\":{\"next\":0}}", "fail.next"},
		{"{\"fail\":{\"status\":99}}", "fail.status"},
		{"{\"fail\":{\"body\":\"xml\"}}", "fail.body"},
		{"{\"fail\":{\"how\":\"never\"}}", "fail.how"},
		{"{\"fail\":{\"path\":1}}", "fail.path"},
		{"{\"fail\":{\"retry_after\":\"1\"}}", "fail.retry_after"},
		{"{\"fail\":{\"policy\":\"\"}}", "fail.policy"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ask("POST", "/__control", bad[i].body), 400);
		assert_non_null(strstr(text_at("message"), bad[i].named));
	}
	/* An unknown member stops the call before anything of it is done. */
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	assert_string_equal(header("X-HubSpot-RateLimit-Max"), "190");
	assert_int_equal(ask("GET", "/__control", NULL), 405);
	assert_int_equal(ask("GET", "/__nothing", NULL), 404);
	for (int i = 0; i < 64; i++) {
		control("{\"fail\":{\"path\":\"nowhere\"}}");
	}
	assert_int_equal(ask("POST", "/__control", "{\"fail\":{}}"), 400);
}

static void latency_is_given_to_the_caller(void **state) {
	(void)state;
	control("{\"latency_ms\":250}");
	assert_int_equal(reply.delay_ms, 0);
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	assert_int_equal(reply.delay_ms, 250);
	authorization = NULL;
	assert_int_equal(ask("GET", CONTACTS, NULL), 401);
	assert_int_equal(reply.delay_ms, 250);
	assert_int_equal(ask("GET", "/__state", NULL), 200);
	assert_int_equal(reply.delay_ms, 0);
}

static void properties_are_registered(void **state) {
	(void)state;
	assert_int_equal(ask("POST", CONTACTS, "{\"properties\":{\"custom_x\":\"1\"}}"), 400);
	control("{\"properties\":{\"contacts\":[\"custom_x\",\"email\",{\"name\":\"ext\","
		"\"hasUniqueValue\":true}]}}");
	assert_int_equal(
		ask("POST", CONTACTS, "{\"properties\":{\"custom_x\":\"1\",\"ext\":\"k\"}}"), 201);
	assert_int_equal(
		ask("POST", CONTACTS, "{\"properties\":{\"custom_x\":\"1\",\"ext\":\"k\"}}"), 400);
	assert_int_equal(ask("GET", CONTACTS "/k?idProperty=ext&properties=custom_x", NULL), 200);
	assert_text("properties.custom_x", "1");
	char id[32];
	make_contact("a@b.co", id);
	assert_int_equal(ask("POST", CONTACTS, create), 409);
}

static void seeds_are_there_from_the_start(void **state) {
	(void)state;
	control("{\"seed\":[{\"type\":\"contacts\",\"properties\":{\"email\":\"a@b.co\"}},"
		"{\"type\":\"2-9\",\"properties\":{\"x\":\"y\"}}]}");
	assert_int_equal(json_array_size(at("ids")), 2);
	assert_int_equal(ask("POST", CONTACTS, create), 409);
	assert_int_equal(ask("GET", "/__state", NULL), 200);
	assert_int_equal(number_at("creates"), 0);
	assert_int_equal(json_integer_value(json_object_get(at("records"), "2-9")), 1);
	assert_int_equal(ask("GET", "/__state/contacts", NULL), 200);
	assert_text("results.0.properties.email", "a@b.co");
	assert_int_equal(ask("GET", "/__state/butterflies", NULL), 404);
}

static void calls_are_counted_and_remembered(void **state) {
	(void)state;
	char id[32];
	make_contact("a@b.co", id);
	assert_int_equal(ask_about("GET", id, "?properties=city", NULL), 200);
	assert_int_equal(ask_about("GET", "1", "", NULL), 404);
	assert_int_equal(ask("GET", "/random/path", NULL), 404);
	assert_int_equal(ask("POST", CONTACTS "/batch/read", "{\"inputs\":[]}"), 200);
	assert_int_equal(ask("GET", "/__state", NULL), 200);
	assert_int_equal(number_at("calls"), 5);
	assert_int_equal(number_at("creates"), 1);
	assert_int_equal(number_at("by_status.429"), 0);
	assert_int_equal(number_at("by_status.200"), 2);
	assert_int_equal(number_at("by_status.404"), 2);
	assert_int_equal(number_at("by_path.GET " CONTACTS "/{id}"), 2);
	assert_int_equal(number_at("by_path.POST " CONTACTS "/batch/read"), 1);
	assert_int_equal(number_at("by_path.other"), 1);
	assert_int_equal(ask("GET", "/__journal?last=4", NULL), 200);
	assert_int_equal(json_array_size(at("results")), 4);
	assert_text("results.3.path", CONTACTS "/batch/read");
	assert_text("results.3.method", "POST");
	assert_int_equal(number_at("results.1.status"), 404);
	assert_int_equal(ask("GET", "/__journal", NULL), 200);
	assert_int_equal(json_array_size(at("results")), 5);
	assert_text("results.0.effect.0", id);
	assert_int_equal(json_array_size(at("results.1.effect")), 0);
	assert_int_equal(ask("GET", "/__journal?last=x", NULL), 400);
}

static void the_journal_is_a_ring(void **state) {
	(void)state;
	control("{\"limit\":\"off\"}");
	for (int i = 0; i < 10050; i++) {
		char path[64];
		snprintf(path, sizeof(path), "/x/%d", i);
		assert_int_equal(ask("GET", path, NULL), 404);
	}
	assert_int_equal(ask("GET", "/__journal?last=99999", NULL), 200);
	assert_int_equal(json_array_size(at("results")), 10000);
	assert_text("results.0.path", "/x/50");
	assert_text("results.9999.path", "/x/10049");
	assert_int_equal(ask("GET", "/__state", NULL), 200);
	assert_int_equal(number_at("calls"), 10050);
	assert_int_equal(number_at("by_path.other"), 10050);
}

static void a_reset_forgets_everything(void **state) {
	(void)state;
	char id[32];
	make_contact("a@b.co", id);
	control("{\"limit\":1,\"latency_ms\":5,\"scopes\":[],\"fail\":{\"next\":9},\"properties\":{"
		"\"contacts\":[\"x\"]}}");
	control("{\"reset\":true,\"limit\":50}");
	assert_int_equal(ask("POST", CONTACTS, create), 201);
	assert_text("id", id);
	assert_int_equal(reply.delay_ms, 0);
	assert_string_equal(header("X-HubSpot-RateLimit-Max"), "50");
	assert_string_equal(header("X-HubSpot-RateLimit-Remaining"), "49");
	assert_int_equal(ask("POST", CONTACTS, "{\"properties\":{\"x\":\"1\"}}"), 400);
	assert_int_equal(ask("GET", "/__state", NULL), 200);
	assert_int_equal(number_at("calls"), 2);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(a_status_fault_has_no_effect),
		TEST(bodies_need_not_be_json),
		TEST(a_fault_may_be_a_limit),
		TEST(the_wire_breaks_before_or_after),
		TEST(a_fault_may_wait_for_its_path),
		TEST(a_wrong_control_call_names_its_fault),
		TEST(latency_is_given_to_the_caller),
		TEST(properties_are_registered),
		TEST(seeds_are_there_from_the_start),
		TEST(calls_are_counted_and_remembered),
		TEST(the_journal_is_a_ring),
		TEST(a_reset_forgets_everything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
