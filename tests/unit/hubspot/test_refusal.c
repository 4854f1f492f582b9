/* Refusals: the bodies that HubSpot is known to send, and those that nobody should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/json.h"
#include "hubspot/inside.h"

static struct refusal refusal;

static void read_text(const char *text) {
	char error[JSON_ERROR_SIZE];
	json_t *json = text != NULL ? json_read(text, strlen(text), 32, error) : NULL;
	refusal_read(json, &refusal);
	json_decref(json);
}

static int finish(void **state) {
	(void)state;
	refusal_finish(&refusal);
	return 0;
}

static void assert_text(const char *is, const char *expected) {
	if (expected == NULL) {
		assert_null(is);
	} else {
		assert_non_null(is);
		assert_string_equal(is, expected);
	}
}

static void assert_error(size_t index, const char *property, const char *code, const char *message) {
	const json_t *error = json_array_get(refusal.errors, index);
	assert_text(json_member_text(error, "property"), property);
	assert_text(json_member_text(error, "code"), code);
	assert_text(json_member_text(error, "message"), message);
}

static void the_documented_400(void **state) {
	(void)state;
	read_text("{\"status\":\"error\",\"message\":\"Property values were not valid: [{\\\"isValid\\\":false,"
		  "\\\"message\\\":\\\"Property \\\\\\\"testproperty\\\\\\\" does not exist\\\","
		  "\\\"error\\\":\\\"PROPERTY_DOESNT_EXIST\\\",\\\"name\\\":\\\"testproperty\\\","
		  "\\\"localizedErrorMessage\\\":\\\"x\\\",\\\"portalId\\\":1234}]\","
		  "\"correlationId\":\"8a3f6c3a-8296-4002-b0a6-2a06fecf7c0c\",\"errors\":[{\"message\":"
		  "\"Property \\\"testproperty\\\" does not exist\",\"code\":\"PROPERTY_DOESNT_EXIST\","
		  "\"context\":{\"propertyName\":[\"testproperty\"]}}],\"category\":\"VALIDATION_ERROR\"}");
	assert_text(refusal.category, "VALIDATION_ERROR");
	assert_text(refusal.message, "Property values were not valid");
	assert_text(refusal.correlation_id, "8a3f6c3a-8296-4002-b0a6-2a06fecf7c0c");
	assert_null(refusal.existing_id);
	assert_int_equal(json_array_size(refusal.errors), 1);
	assert_error(0, "testproperty", "PROPERTY_DOESNT_EXIST", "Property \"testproperty\" does not exist");
}

/* A row of a 207 has no errors[]: all is in the message. */
static void errors_inside_the_message(void **state) {
	(void)state;
	read_text("{\"category\":\"VALIDATION_ERROR\",\"message\":\"Property values were not valid: ["
		  "{\\\"isValid\\\":false,\\\"message\\\":\\\"Property \\\\\\\"missing\\\\\\\" does not exist\\\","
		  "\\\"error\\\":\\\"PROPERTY_DOESNT_EXIST\\\",\\\"name\\\":\\\"missing\\\"},"
		  "{\\\"isValid\\\":true,\\\"name\\\":\\\"fine\\\",\\\"message\\\":\\\"ok\\\"},"
		  "{\\\"isValid\\\":false,\\\"message\\\":\\\"was [not] one: {x}\\\",\\\"error\\\":\\\"INVALID_OPTION\\\","
		  "\\\"name\\\":\\\"stage\\\"}]\"}");
	assert_int_equal(json_array_size(refusal.errors), 2);
	assert_error(0, "missing", "PROPERTY_DOESNT_EXIST", "Property \"missing\" does not exist");
	assert_error(1, "stage", "INVALID_OPTION", "was [not] one: {x}");
	assert_text(refusal.message, "Property values were not valid");
}

static void a_cut_embedded_list_is_left_out(void **state) {
	(void)state;
	read_text("{\"message\":\"Property values were not valid: [{\\\"isValid\\\":false,\\\"mess\"}");
	assert_null(refusal.errors);
	assert_text(refusal.message, "Property values were not valid");
	refusal_finish(&refusal);
	read_text("{\"message\":\"Property values were not valid: [{\\\"a\\\":[1],\\\"mess\"}");
	assert_null(refusal.errors);
}

static void older_validation_results(void **state) {
	(void)state;
	read_text("{\"status\":\"error\",\"message\":\"Property values were not valid\",\"correlationId\":\"1-2\","
		  "\"validationResults\":[{\"isValid\":false,\"message\":\"Email address x@@y is invalid\","
		  "\"error\":\"INVALID_EMAIL\",\"name\":\"email\"}],\"requestId\":\"f00\"}");
	assert_null(refusal.category);
	assert_error(0, "email", "INVALID_EMAIL", "Email address x@@y is invalid");
}

static void existing_ids(void **state) {
	static const struct {
		const char *text;
		const char *id;
	} CASES[] = {
		{"{\"status\":\"error\",\"message\":\"Contact already exists. Existing ID: 6001\",\"category\":\"CONFLICT\"}", "6001"},
		{"{\"category\":\"CONFLICT\",\"message\":\"Contact already exists. Existing ID: 1\","
		 "\"context\":{\"objectWriteTraceId\":[\"0\"],\"existingId\":[\"171591000198\"]}}", "171591000198"},
		{"{\"message\":\"Contact already exists\",\"category\":\"CONFLICT\"}", NULL},
		{"{\"message\":\"Contact already exists. Existing ID: \"}", NULL},
		{"{\"message\":\"Existing ID: 12345678901234567890123\"}", NULL},
		{"{\"message\":\"Existing ID: x12\",\"context\":{\"existingId\":[\"../1\"]}}", NULL},
		{"{\"context\":{\"existingId\":[]}}", NULL},
		{"{\"context\":{\"existingId\":\"77\"}}", "77"},
		{"{\"message\":\"Cannot set PropertyValueCoordinates{portalId=1, objectTypeId=0-1, propertyName=ext_id, "
		 "value=V} on 901. 501 already has that value.\",\"category\":\"VALIDATION_ERROR\"}", "501"},
		{"{\"message\":\" already has that value.\"}", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		read_text(CASES[i].text);
		assert_text(refusal.existing_id, CASES[i].id);
		refusal_finish(&refusal);
	}
}

static void policies(void **state) {
	static const struct {
		const char *text;
		enum refusal_policy policy;
		const char *category;
	} CASES[] = {
		{"{\"status\":\"error\",\"message\":\"You have reached your daily limit.\",\"errorType\":\"RATE_LIMIT\","
		 "\"policyName\":\"DAILY\"}", REFUSAL_DAILY, "RATE_LIMIT"},
		{"{\"message\":\"You have reached your ten_secondly_rolling limit.\",\"errorType\":\"RATE_LIMIT\","
		 "\"policyName\":\"TEN_SECONDLY_ROLLING\",\"groupName\":\"publicapi:x:1\"}", REFUSAL_TEN_SECONDLY, "RATE_LIMIT"},
		{"{\"message\":\"You have reached your ten_secondly_rolling limit.\"}", REFUSAL_TEN_SECONDLY, NULL},
		{"{\"message\":\"You have reached your secondly limit.\",\"category\":\"RATE_LIMITS\"}", REFUSAL_SECONDLY,
			"RATE_LIMITS"},
		{"{\"errorType\":\"RATE_LIMIT\",\"policyName\":\"SECONDLY\"}", REFUSAL_SECONDLY, "RATE_LIMIT"},
		{"{\"message\":\"You have reached your daily limit.\"}", REFUSAL_DAILY, NULL},
		{"{\"message\":\"Slow down\"}", REFUSAL_NO_POLICY, NULL},
		{"{\"policyName\":\"MONTHLY\",\"message\":\"your daily limit\"}", REFUSAL_NO_POLICY, NULL},
		{"{\"message\":\"\\\"daily_limit\\\" is a read only property\"}", REFUSAL_NO_POLICY, NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		read_text(CASES[i].text);
		assert_int_equal(refusal.policy, CASES[i].policy);
		assert_text(refusal.category, CASES[i].category);
		refusal_finish(&refusal);
	}
}

static void missing_scopes(void **state) {
	(void)state;
	read_text("{\"status\":\"error\",\"message\":\"This app hasn't been granted all required scopes to make this call.\","
		  "\"correlationId\":\"c\",\"errors\":[{\"message\":\"One or more of the following scopes are required.\","
		  "\"context\":{\"requiredGranularScopes\":[\"crm.schemas.deals.read\"]}}],"
		  "\"links\":{\"scopes\":\"https://developers.hubspot.com/scopes\"},\"category\":\"MISSING_SCOPES\"}");
	assert_text(refusal.category, "MISSING_SCOPES");
	assert_error(0, NULL, "MISSING_SCOPES", "One or more of the following scopes are required: crm.schemas.deals.read");
	refusal_finish(&refusal);
	read_text("{\"message\":\"Scopes, please\",\"context\":{\"requiredGranularScopes\":[\"a\",7,\"b\"]}}");
	assert_int_equal(json_array_size(refusal.errors), 1);
	assert_error(0, NULL, "MISSING_SCOPES", "Scopes, please: a, ?, b");
}

/* Where nothing else names the property, known sentences do. */
static void properties_in_sentences(void **state) {
	static const struct {
		const char *text;
		const char *property; /* NULL: no error */
	} CASES[] = {
		{"{\"message\":\"A value for firstname must be provided\"}", "firstname"},
		{"{\"message\":\"zip is required because of a conditional property rule based on [country]\"}", "zip"},
		{"{\"message\":\"Cannot set PropertyValueCoordinates{portalId=1, propertyName=ext_id, value=V} on 2. 3 already has "
		 "that value.\"}", "ext_id"},
		{"{\"message\":\"Property \\\"x.y\\\" does not exist\"}", "x.y"},
		{"{\"message\":\"\\\"p\\\" is a calculated property; its value cannot be set.\"}", "p"},
		{"{\"message\":\"no\",\"in\":\"properties.city\"}", "city"},
		{"{\"message\":\"no\",\"in\":\"body\"}", NULL},
		{"{\"message\":\"A value for the first name must be provided\"}", NULL},
		{"{\"message\":\"A value for  must be provided\"}", NULL},
		{"{\"message\":\"The zip code is required because of a conditional property rule\"}", NULL},
		{"{\"message\":\"resource not found\"}", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		read_text(CASES[i].text);
		if (CASES[i].property == NULL) {
			assert_null(refusal.errors);
		} else {
			assert_int_equal(json_array_size(refusal.errors), 1);
			assert_text(json_member_text(json_array_get(refusal.errors, 0), "property"), CASES[i].property);
		}
		refusal_finish(&refusal);
	}
}

static void warnings_are_bounded(void **state) {
	char value[1001] = "";
	(void)state;
	memset(value, 'a', 199);
	memcpy(value + 199, "\xc3\xa9", 3); /* the 200th byte is the first half of a letter */
	memset(value + 201, 'b', 700);
	json_t *list = json_array();
	for (int i = 0; i < 60; i++) {
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:{s:[s], s:s, s:s}}", "category", "C", "message", "m", "context",
				"propertyName", "p", "rawValue", value, "normalizedValue", "n"));
	}
	json_t *record = json_pack("{s:o}", "warnings", list);
	json_t *warnings = refusal_warnings(record);
	assert_int_equal(json_array_size(warnings), REFUSAL_ERRORS_MAX);
	assert_int_equal(strlen(json_member_text(json_array_get(warnings, 49), "message")), strlen("m:  became n") + 199);
	json_decref(warnings);
	json_decref(record);
	assert_null(refusal_warnings(NULL));
}

static void not_hubspots(void **state) {
	static const char *const TEXTS[] = {NULL, "[]", "\"no\"", "{}", "null",
		"{\"message\":17,\"category\":[],\"errors\":{},\"context\":[],\"correlationId\":{},\"policyName\":1}",
		"{\"errors\":[1,null,\"x\",{},{\"context\":{\"propertyName\":[1]}}]}", "{\"message\":\"\"}"};
	(void)state;
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		read_text(TEXTS[i]);
		assert_null(refusal.category);
		assert_null(refusal.message);
		assert_null(refusal.correlation_id);
		assert_null(refusal.existing_id);
		assert_null(refusal.errors);
		assert_int_equal(refusal.policy, REFUSAL_NO_POLICY);
		refusal_finish(&refusal);
	}
}

static void names_are_sane(void **state) {
	(void)state;
	read_text("{\"category\":\"A B\",\"correlationId\":\"a\\r\\nb\"}");
	assert_null(refusal.category);
	assert_null(refusal.correlation_id);
}

static void all_is_bounded(void **state) {
	char message[1001] = "";
	(void)state;
	memset(message, 'a', 499);
	memcpy(message + 499, "\xc3\xa9\n", 4); /* the 500th byte is the first half of a letter */
	memset(message + 502, 'b', 400);
	json_t *errors = json_array();
	for (int i = 0; i < 60; i++) {
		json_array_append_new(errors,
			json_pack("{s:s, s:s, s:{s:[s]}}", "message", message, "code", "C", "context", "propertyName", "p"));
	}
	json_t *json = json_pack("{s:s, s:o}", "message", message, "errors", errors);
	refusal_read(json, &refusal);
	json_decref(json);
	assert_int_equal(strlen(refusal.message), 499);
	assert_int_equal(json_array_size(refusal.errors), 50);
	assert_int_equal(strlen(json_member_text(json_array_get(refusal.errors, 49), "message")), 499);
}

static void control_characters_become_blanks(void **state) {
	(void)state;
	read_text("{\"message\":\"not one of: [label: \\\"P\\\"\\nvalue: \\\"Q\\\"\\n]\"}");
	assert_text(refusal.message, "not one of: [label: \"P\" value: \"Q\" ]");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_documented_400, finish),
		cmocka_unit_test_teardown(errors_inside_the_message, finish),
		cmocka_unit_test_teardown(a_cut_embedded_list_is_left_out, finish),
		cmocka_unit_test_teardown(older_validation_results, finish),
		cmocka_unit_test_teardown(existing_ids, finish),
		cmocka_unit_test_teardown(policies, finish),
		cmocka_unit_test_teardown(missing_scopes, finish),
		cmocka_unit_test_teardown(properties_in_sentences, finish),
		cmocka_unit_test_teardown(warnings_are_bounded, finish),
		cmocka_unit_test_teardown(not_hubspots, finish),
		cmocka_unit_test_teardown(names_are_sane, finish),
		cmocka_unit_test_teardown(all_is_bounded, finish),
		cmocka_unit_test_teardown(control_characters_become_blanks, finish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
