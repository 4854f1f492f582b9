#include "ask.h"

/* schema, valid, invalid, and the one fault of the latter */
static const char *const CASES[][6] = {
	{"{'allOf':[{'minLength':2},{'maxLength':3}]}", "'ab'", "'abcd'", "", "maxLength",
		"must be at most 3 characters long"},
	{"{'anyOf':[{'type':'string'},{'type':'null'}]}", "null", "1", "", "anyOf",
		"must be a string, or must be null"},
	{"{'anyOf':[{'type':'string'},{'type':'string'}]}", "''", "1", "", "anyOf",
		"must be a string"},
	{"{'anyOf':[false]}", "true", "1", "", "anyOf", "is not allowed"},
	{"{'oneOf':[{'minimum':5},{'maximum':7}]}", "9", "6", "", "oneOf",
		"must be of exactly one of its 2 forms, and is of forms 1 and 2"},
	{"{'oneOf':[{'type':'string'},{'type':'integer'}]}", "1", "1.5", "", "oneOf",
		"must be a string, or must be an integer"},
	{"{'not':{'type':'string'}}", "1", "'a'", "", "not", "must not be a string"},
	{"{'not':{'enum':['a','b']}}", "'c'", "'a'", "", "not", "must not be one of 'a', 'b'"},
	{"{'not':{'required':['a']}}", "{}", "{'a':1}", "", "not",
		"is of a form that is not allowed"},
	{"{'if':{'type':'string'},'then':{'minLength':2},'else':{'minimum':3}}", "'ab'", "'a'", "",
		"minLength", "must be at least 2 characters long"},
	{"{'if':{'type':'string'},'then':{'minLength':2},'else':{'minimum':3}}", "3", "2", "",
		"minimum", "must be 3 or more"},
	{"{'if':true,'then':false}", "1", "1", "", "false", "is not allowed"},
	{"{'dependentRequired':{'a':['b']}}", "{'a':1,'b':2}", "{'a':1}", "/b", "dependentRequired",
		"is required beside 'a'"},
	{"{'dependentSchemas':{'a':{'maxProperties':1}}}", "{'b':1,'c':2}", "{'a':1,'b':2}", "",
		"maxProperties", "must have at most 1 property"},
	{"{'prefixItems':[{'type':'null'}],'items':{'type':'string'}}", "[null,'a']",
		"[null,'a',1]", "/2", "type", "must be a string"},
	{"{'contains':{'type':'null'}}", "[1,null]", "[1]", "", "contains",
		"must have at least 1 item of a certain form"},
	{"{'contains':{'type':'null'},'minContains':2}", "[null,null]", "[null]", "", "minContains",
		"must have at least 2 items of a certain form"},
	{"{'contains':{'type':'null'},'minContains':0,'maxContains':1}", "[]", "[null,null]", "",
		"maxContains", "must have at most 1 item of a certain form"},
	{"{'patternProperties':{'^n_':{'type':'null'}},'additionalProperties':{'type':'string'}}",
		"{'n_a':null,'b':''}", "{'n_a':1}", "/n_a", "type", "must be null"},
	{"{'patternProperties':{'^n_':true},'additionalProperties':false}", "{'n_a':1}",
		"{'m_a':1}", "/m_a", "additionalProperties", "is not a known property"},
	{"{'propertyNames':{'maxLength':2}}", "{'ab':1}", "{'abc':1}", "/abc", "propertyNames",
		"has a name that must be at most 2 characters long"},
	{"{'propertyNames':false}", "{}", "{'a':1}", "/a", "propertyNames",
		"has a name that is not allowed"},
	{"{'allOf':[{'properties':{'a':true}}],'unevaluatedProperties':false}", "{'a':1}",
		"{'b':1}", "/b", "unevaluatedProperties", "is not a known property"},
	{"{'allOf':[{'properties':{'a':true}}],'unevaluatedProperties':{'type':'null'}}",
		"{'b':null}", "{'b':1}", "/b", "type", "must be null"},
	{"{'prefixItems':[true],'unevaluatedItems':false}", "[1]", "[1,2]", "/1",
		"unevaluatedItems", "is not allowed"},
	{"{'multipleOf':0.01}", "19.99", "0.001", "", "multipleOf", "must be a multiple of 0.01"},
	{"{'$ref':'#a','items':{'$anchor':'a','type':'null'}}", "null", "1", "", "type",
		"must be null"},
	{"{'$id':'http://x/y/"
	 "','properties':{'a':{'$ref':'z'}},'$defs':{'z':{'$id':'z','type':'null'}}}",
		"{'a':null}", "{'a':1}", "/a", "type", "must be null"},
	{"{'format':'ipv4'}", "'192.0.2.1'", "'192.0.2.256'", "", "format",
		"must be an IPv4 address, such as 192.0.2.1"},
};

/* 'a' for "a", so that the table can be read. */
static const char *quoted(const char *text, char *to, size_t size) {
	snprintf(to, size, "%s", text);
	for (char *c = to; *c != '\0'; c++) {
		*c = *c == '\'' ? '"' : *c;
	}
	return to;
}

static void test_keywords(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		char schema[256], valid[64], invalid[64], message[128];
		quoted(CASES[i][0], schema, sizeof(schema));
		if (strcmp(CASES[i][1], CASES[i][2]) != 0 && strcmp(CASES[i][1], "true") != 0) {
			expect_valid(schema, quoted(CASES[i][1], valid, sizeof(valid)));
		}
		expect_fault(schema, quoted(CASES[i][2], invalid, sizeof(invalid)), CASES[i][3],
			CASES[i][4], quoted(CASES[i][5], message, sizeof(message)));
	}
}

static json_t *ask(const char *schema_text, const char *instance_text, unsigned how) {
	char schema[512], instance[128];
	return faults_of(quoted(schema_text, schema, sizeof(schema)),
		quoted(instance_text, instance, sizeof(instance)), how);
}

static void expect_count(const char *schema, const char *instance, unsigned how, size_t count) {
	json_t *faults = ask(schema, instance, how);
	if (json_array_size(faults) != count) {
		fail_msg("%zu faults, not %zu: %s for %s", json_array_size(faults), count, instance,
			schema);
	}
	json_decref(faults);
}

/* A branch that fails inside the value is what the value is meant to be; its faults are told. */
static void test_the_nearest_form_tells_its_faults(void **state) {
	(void)state;
	json_t *faults = ask("{'anyOf':[{'type':'string'},{'properties':{'a':{'type':'null'},'b':{'"
			     "minimum':3}}},"
			     "{'properties':{'a':{'type':'null'},'b':{'minimum':1}}}]}",
		"{'a':1,'b':2}", 0);
	assert_int_equal(json_array_size(faults), 2);
	expect_fault_at(faults, 0, "", "anyOf",
		"is of none of its 3 forms; it comes nearest to form 3, whose faults follow");
	expect_fault_at(faults, 1, "/a", "type", "must be null");
	json_decref(faults);
	faults = ask("{'oneOf':[{'properties':{'a':{'type':'null'}}}]}", "{'a':1}", 0);
	assert_int_equal(json_array_size(faults), 1);
	expect_fault_at(faults, 0, "/a", "type", "must be null");
	json_decref(faults);
}

static void test_faults_of_forms_are_capped(void **state) {
	(void)state;
	struct schema *schema =
		compile("{\"anyOf\":[{\"items\":{\"type\":\"null\"}},{\"type\":\"null\"}]}");
	json_t *instance = json_array();
	for (int i = 0; i < 500; i++) {
		json_array_append_new(instance, json_integer(i));
	}
	json_t *faults = json_array();
	assert_false(schema_validate(schema, instance, 0, faults));
	assert_int_equal(json_array_size(faults), SCHEMA_ERRORS_MAX);
	json_decref(faults);
	json_decref(instance);
	schema_destroy(schema);
}

/* What is tried and fails leaves nothing behind: neither faults nor marks. */
static void test_a_failed_branch_marks_nothing(void **state) {
	(void)state;
	const char *any = "{'anyOf':[{'properties':{'a':{'type':'null'}},'required':['b']},"
			  "{'properties':{'c':true}}],'unevaluatedProperties':false}";
	expect_count(any, "{'a':null,'b':1}", 0, 1); /* b: the first branch has marked a alone */
	expect_count(any, "{'c':1}", 0, 0);
	expect_count(any, "{'c':1,'a':null}", 0, 1);
	expect_count("{'not':{'not':{'properties':{'a':true}}},'unevaluatedProperties':false}",
		"{'a':1}", 0, 1);
	expect_count("{'if':{'properties':{'a':{'type':'null'}},'required':['a']},'"
		     "unevaluatedProperties':false}",
		"{'a':1}", 0, 1);
	expect_count("{'if':{'properties':{'a':{'type':'null'}},'required':['a']},'"
		     "unevaluatedProperties':false}",
		"{'a':null}", 0, 0);
	expect_count(
		"{'contains':{'type':'null'},'minContains':0,'unevaluatedItems':{'type':'string'}}",
		"[null,'a',null]", 0, 0);
	expect_count("{'properties':{'a':{'properties':{'b':true}}},'unevaluatedProperties':false}",
		"{'a':{'b':1},'b':1}", 0, 1);
}

static void test_read_only_and_branches(void **state) {
	(void)state;
	const unsigned how = SCHEMA_REFUSE_READ_ONLY;
	expect_count("{'properties':{'a':{'allOf':[{'readOnly':true}]}},'required':['a']}",
		"{'a':1}", how, 1);
	expect_count("{'properties':{'a':{'allOf':[{'readOnly':true}]}},'required':['a']}", "{}",
		how, 0);
	expect_count("{'properties':{'a':{'not':{'readOnly':true,'type':'null'}}}}", "{'a':null}",
		how, 1);
	expect_count(
		"{'properties':{'a':{'not':{'readOnly':true,'type':'null'}}}}", "{'a':1}", how, 0);
	expect_count(
		"{'properties':{'a':{'if':{'readOnly':true},'else':false}}}", "{'a':1}", how, 0);
	expect_count("{'propertyNames':{'readOnly':true}}", "{'a':1}", how, 0);
	expect_count("{'properties':{'a':{'anyOf':[{'readOnly':true},{'type':'null'}]}}}",
		"{'a':1}", how, 1);
	expect_count("{'properties':{'a':{'anyOf':[{'readOnly':true},{'type':'null'}]}},'required':"
		     "['a']}",
		"{}", how, 1);
}

static void test_a_patch_and_branches(void **state) {
	(void)state;
	const char *one = "{'oneOf':[{'required':['a']},{'required':['b']}]}";
	expect_count(one, "{'a':1}", SCHEMA_PARTIAL, 0);
	expect_count(one, "{'c':1}", SCHEMA_PARTIAL, 0);
	expect_count(one, "{'a':1,'b':1}", 0, 1);
	expect_count("{'properties':{'x':{'oneOf':[{'minimum':1},{'minimum':2}]}}}", "{'x':3}",
		SCHEMA_PARTIAL, 1);
	expect_count("{'dependentRequired':{'a':['b']}}", "{'a':1}", SCHEMA_PARTIAL, 0);
	expect_count("{'not':{'required':['a','b']}}", "{'a':1}", SCHEMA_PARTIAL, 0);
	expect_count("{'not':{'required':['a','b']}}", "{'a':1,'b':1}", SCHEMA_PARTIAL, 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keywords),
		cmocka_unit_test(test_the_nearest_form_tells_its_faults),
		cmocka_unit_test(test_faults_of_forms_are_capped),
		cmocka_unit_test(test_a_failed_branch_marks_nothing),
		cmocka_unit_test(test_read_only_and_branches),
		cmocka_unit_test(test_a_patch_and_branches),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
