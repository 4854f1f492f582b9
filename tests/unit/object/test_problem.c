#include "object/contact.h"

#include "object/inside.h"

static struct http_problem problem;
static struct object_problem_memory memory;

static void explain(const struct object *object, const struct hubspot_result *result) {
	object_problem(object, result, &problem, &memory);
}

static void test_every_failure(void **state) {
	(void)state;
	static const struct {
		enum hubspot_failure failure;
		int status;
		const char *code;
		bool waits; /* has a Retry-After even when the result names none */
	} cases[] = {
		{HUBSPOT_CANCELLED, 503, "cancelled", false},
		{HUBSPOT_DEADLINE, 504, "deadline", false},
		{HUBSPOT_BUSY, 503, "busy", true},
		{HUBSPOT_UNREACHABLE, 503, "hubspot_unreachable", true},
		{HUBSPOT_NO_REPLY, 504, "hubspot_no_reply", false},
		{HUBSPOT_BAD_REPLY, 502, "hubspot_bad_reply", false},
		{HUBSPOT_SERVER_ERROR, 502, "hubspot_error", false},
		{HUBSPOT_LIMITED, 503, "hubspot_limited", true},
		{HUBSPOT_UNAUTHORIZED, 502, "hubspot_unauthorized", false},
		{HUBSPOT_FORBIDDEN, 502, "hubspot_forbidden", false},
		{HUBSPOT_INVALID, 422, "hubspot_invalid", false},
		{HUBSPOT_NOT_FOUND, 404, "not_found", false},
		{HUBSPOT_CONFLICT, 409, "conflict", false},
		{HUBSPOT_AMBIGUOUS, 409, "ambiguous_key", false},
		{HUBSPOT_REFUSED, 502, "hubspot_refused", false},
		{HUBSPOT_OUT_OF_MEMORY, 503, "unavailable", true},
	};
	assert_int_equal(sizeof(cases) / sizeof(cases[0]), HUBSPOT_OUT_OF_MEMORY - HUBSPOT_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		explain(NULL, &(struct hubspot_result){.failure = cases[i].failure});
		assert_int_equal(problem.status, cases[i].status);
		assert_string_equal(problem.code, cases[i].code);
		assert_true(strlen(problem.message) > 10);
		assert_int_equal(problem.retry_after_ms > 0, cases[i].waits);
		assert_null(problem.hubspot);
		assert_null(problem.errors);
		assert_false(problem.is_retryable);
		object_problem_finish(&memory);
		explain(NULL,
			&(struct hubspot_result){
				.failure = cases[i].failure, .retry_after_ms = 777});
		assert_int_equal(problem.retry_after_ms, 777);
		object_problem_finish(&memory);
	}
}

static void test_outcome_and_retryable(void **state) {
	(void)state;
	explain(NULL,
		&(struct hubspot_result){.failure = HUBSPOT_NO_REPLY, .outcome = HUBSPOT_UNKNOWN});
	assert_int_equal(problem.outcome, HTTP_UNKNOWN);
	object_problem_finish(&memory);
	explain(NULL,
		&(struct hubspot_result){.failure = HUBSPOT_BUSY,
			.outcome = HUBSPOT_NOT_APPLIED,
			.is_retryable = true});
	assert_int_equal(problem.outcome, HTTP_NOT_APPLIED);
	assert_true(problem.is_retryable);
	object_problem_finish(&memory);
	explain(NULL,
		&(struct hubspot_result){.failure = HUBSPOT_CANCELLED, .outcome = HUBSPOT_APPLIED});
	assert_int_equal(problem.outcome, HTTP_UNKNOWN);
	object_problem_finish(&memory);
}

static void test_errors_in_our_names(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	json_auto_t *errors = json_loads(
		"[{\"property\":\"content\",\"code\":\"INVALID_OPTION\",\"message\":\"no\"},"
		"{\"property\":\"a/"
		"b~c\",\"message\":\"what\"},{\"code\":\"X\",\"message\":\"all\"},{}]",
		0, NULL);
	const struct hubspot_result result = {.failure = HUBSPOT_INVALID,
		.status = 400,
		.category = "VALIDATION_ERROR",
		.correlation_id = "c-1",
		.message = "Property values were not valid",
		.errors = errors};
	explain(object, &result);
	assert_json(problem.errors,
		"[{\"field\":\"/notes\",\"code\":\"INVALID_OPTION\",\"message\":\"no\"},"
		"{\"field\":\"/a~1b~0c\",\"code\":\"invalid\",\"message\":\"what\"},"
		"{\"field\":\"\",\"code\":\"X\",\"message\":\"all\"},"
		"{\"field\":\"\",\"code\":\"invalid\",\"message\":\"\"}]");
	assert_json(problem.hubspot,
		"{\"status\":400,\"category\":\"VALIDATION_ERROR\",\"correlation_id\":\"c-1\"}");
	assert_string_equal(
		problem.message, "HubSpot refused the values: Property values were not valid");
	object_problem_finish(&memory);
	explain(NULL, &result);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(problem.errors, 0), "field")),
		"/content");
	object_problem_finish(&memory);
	assert_null(memory.errors);
	object_problem_finish(&memory);
}

static void test_conflict(void **state) {
	(void)state;
	explain(NULL,
		&(struct hubspot_result){
			.failure = HUBSPOT_CONFLICT, .status = 409, .existing_id = "55"});
	assert_string_equal(problem.existing_id, "55");
	assert_json(problem.hubspot, "{\"status\":409}");
	object_problem_finish(&memory);
	explain(NULL, &(struct hubspot_result){.failure = HUBSPOT_INVALID, .status = 400});
	assert_int_equal(problem.status, 422);
	assert_null(problem.existing_id);
	object_problem_finish(&memory);
	/* HubSpot calls it a bad value, and names the record that has it */
	explain(NULL,
		&(struct hubspot_result){
			.failure = HUBSPOT_INVALID, .status = 400, .existing_id = "55"});
	assert_int_equal(problem.status, 409);
	assert_string_equal(problem.code, "conflict");
	assert_string_equal(problem.existing_id, "55");
	object_problem_finish(&memory);
	explain(NULL,
		&(struct hubspot_result){
			.failure = HUBSPOT_NOT_FOUND, .status = 404, .existing_id = "55"});
	assert_null(problem.existing_id);
	object_problem_finish(&memory);
}

static void test_warnings(void **state) {
	(void)state;
	struct object *object = open_contacts(NULL);
	json_auto_t *warnings =
		json_loads("[{\"property\":\"content\",\"code\":\"PROPERTY_VALUE_NORMALIZED\","
			   "\"message\":\"x\"},"
			   "{\"property\":\"other\",\"code\":\"C\",\"message\":\"y\"}]",
			0, NULL);
	json_auto_t *ours = object_warnings(object, &(struct hubspot_result){.warnings = warnings});
	assert_json(ours,
		"[{\"field\":\"/notes\",\"code\":\"PROPERTY_VALUE_NORMALIZED\",\"message\":\"x\"},"
		"{\"field\":\"/other\",\"code\":\"C\",\"message\":\"y\"}]");
	assert_null(object_warnings(object, &(struct hubspot_result){.id = "1"}));
}

static void test_whose_message_is_told(void **state) {
	(void)state;
	static const char scopes[] =
		"One or more of the following scopes are required: crm.objects.contacts.write";
	explain(NULL,
		&(struct hubspot_result){
			.failure = HUBSPOT_FORBIDDEN, .status = 403, .message = scopes});
	assert_non_null(strstr(problem.message, scopes));
	object_problem_finish(&memory);
	explain(NULL,
		&(struct hubspot_result){
			.failure = HUBSPOT_UNAUTHORIZED, .status = 401, .message = "pat-na1-x"});
	assert_string_equal(
		problem.message, "HubSpot refused the connector's token; tell its operator");
	object_problem_finish(&memory);
}

/* 500 characters, not bytes, and no character is cut in two. */
static void test_long_messages(void **state) {
	(void)state;
	char message[3 * 600 + 1] = "";
	for (size_t i = 0; i < 600; i++) {
		memcpy(message + 3 * i, "\xe2\x82\xac", 4);
	}
	json_auto_t *errors = json_pack("[{s:s}]", "message", message);
	explain(NULL,
		&(struct hubspot_result){.failure = HUBSPOT_INVALID,
			.status = 400,
			.message = message,
			.errors = errors});
	const char *told = strchr(problem.message, ':') + 2;
	assert_int_equal(strlen(told), 1500);
	assert_memory_equal(told, message, 1500);
	const json_t *error = json_array_get(problem.errors, 0);
	assert_int_equal(json_string_length(json_object_get(error, "message")), 1500);
	object_problem_finish(&memory);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_every_failure),
		TEST(test_outcome_and_retryable),
		TEST(test_errors_in_our_names),
		TEST(test_conflict),
		TEST(test_warnings),
		TEST(test_whose_message_is_told),
		TEST(test_long_messages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
