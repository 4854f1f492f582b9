/* A plugin that is none of an object's: raw bodies, any method, replies that no honest server
 * sends. */
#include "kit.h"

#include <jansson.h>

static const char CONTACTS[] = "/sandbox/crm/objects/2026-09/contacts";

static int open_sandbox(void **state) {
	*state = open_with(&(struct hsck_options){
		.file = PLUGIN("sandbox"), .config = "{\"latency_ms\": 50}"});
	return 0;
}

static int close_kit(void **state) {
	close_clean(*state);
	return 0;
}

static struct hsck_request *call(
	struct hsck *kit, const char *method, const char *url, const char *body) {
	const struct hsck_header headers[] = {{"Authorization", "Bearer pat-na1-sandbox"},
		{"Content-Type", "application/json"}, {NULL, NULL}};
	return hsck_send(kit, method, url, headers, body, body != NULL ? strlen(body) : 0);
}

static void test_a_record_after_its_latency(void **state) {
	struct hsck *kit = *state;
	struct hsck_request *request =
		call(kit, "POST", CONTACTS, "{\"properties\":{\"email\":\"a@x.example\"}}");
	hsck_pass(kit, 49);
	assert_null(hsck_reply(request));
	hsck_pass(kit, 1);
	assert_reply(request, 201, "properties.email", "a@x.example");
	assert_non_null(hsck_header(request, "X-HubSpot-Correlation-Id"));
}

static void test_the_client_leaves_meanwhile(void **state) {
	struct hsck *kit = *state;
	struct hsck_request *request = call(kit, "GET", CONTACTS, NULL);
	hsck_leave(request);
	hsck_pass(kit, 100);
	assert_true(hsck_has_ended(request));
	assert_null(hsck_reply(request));
}

static void arm(struct hsck *kit, const char *fault) {
	char body[256];
	snprintf(body, sizeof(body), "{\"fail\":{\"how\":\"%s\"}}", fault);
	struct hsck_request *request = call(kit, "POST", "/sandbox/__control", body);
	hsck_pass(kit, 100);
	if (hsck_status(request) != 200) {
		fail_msg("%s", hsck_reply(request)->bytes);
	}
}

static void test_replies_of_no_honest_server(void **state) {
	struct hsck *kit = *state;
	arm(kit, "reset_before");
	struct hsck_request *request = call(kit, "GET", CONTACTS, NULL);
	hsck_pass(kit, 100);
	assert_true(hsck_reply(request)->is_reset);
	assert_int_equal(hsck_status(request), 0);
	arm(kit, "cut");
	request = call(kit, "GET", CONTACTS, NULL);
	hsck_pass(kit, 100);
	assert_true(hsck_reply(request)->is_raw);
	assert_holds(hsck_reply(request)->bytes, "HTTP/1.1 200");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_sandbox, close_kit)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_a_record_after_its_latency),
		TEST(test_the_client_leaves_meanwhile),
		TEST(test_replies_of_no_honest_server),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
