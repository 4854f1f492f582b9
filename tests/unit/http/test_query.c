/* A route that says what its query is: what meets its schema, and how a refusal names the rest. */
#include "bed.h"

#include "schema/schema.h"

static struct schema *schema;

/* With what the query asks for, still as text: the schema judges numbers, handlers read words. */
static int handle_asked(struct http_request *request, void *ctx) {
	(void)ctx;
	json_t *body = json_pack("{s:s?, s:s?}", "limit", http_query_param(request, "limit"),
		"name", http_query_param(request, "name"));
	http_reply(request, 200, body);
	json_decref(body);
	return HTTP_REPLIED;
}

static int make(void **state) {
	static const char TEXT[] =
		"{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"limit\"],"
		"\"properties\":{\"limit\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":100},"
		"\"ratio\":{\"type\":\"number\"},\"deep\":{\"type\":\"boolean\"},"
		"\"level\":{\"enum\":[1,2,\"high\"]},\"either\":{\"type\":[\"string\",\"integer\"]}"
		","
		"\"a/b~c\":{\"type\":\"integer\"},\"name\":{\"type\":\"string\",\"maxLength\":3}}}";
	char error[SCHEMA_ERROR_SIZE] = "";
	json_t *definition = json_loads(TEXT, 0, NULL);
	schema = schema_compile(definition, error);
	json_decref(definition);
	assert_string_equal(error, "");
	struct bed *bed = bed_create(NULL);
	const struct http_route route = {.method = "GET",
		.path = "/asked",
		.owner = "test",
		.query_schema = schema,
		.handle = handle_asked,
		.ctx = bed};
	assert_true(http_add_route(bed->http, &route, error, sizeof(error)));
	*state = bed;
	return 0;
}

static int unmake(void **state) {
	bed_destroy(*state);
	schema_destroy(schema);
	return 0;
}

static void client_good(struct bed *bed) {
	ask(bed, "GET /asked?limit=7&name=7", "\r\n", bed->saw[0]);
	ask(bed, "GET /asked?limit=1&ratio=-0.5e1&deep=true", "\r\n", bed->saw[1]);
	ask(bed, "GET /asked?limit=1&ratio=3&deep=false&level=2&either=x", "\r\n", bed->saw[2]);
	ask(bed, "GET /asked?level=high&%6Cimit=100&either=5&a%2Fb~c=5", "\r\n", bed->saw[3]);
	ask(bed, "HEAD /asked?limit=1", "\r\n", bed->saw[4]);
	ask(bed, "GET /asked?limit=1.0", "\r\n", bed->saw[5]);
}

static void what_meets_the_schema_is_served(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_good);
	assert_status(bed->saw[0], 200);
	assert_has(bed->saw[0], "{\"limit\":\"7\",\"name\":\"7\"}");
	for (size_t i = 1; i <= 5; i++) {
		assert_status(bed->saw[i], 200);
	}
}

static void client_bad(struct bed *bed) {
	static const char *const QUERIES[] = {"?name=abcd", "?limit=0", "?limit=seven",
		"?limit=1&lim=2", "?limit=1&limit=1", "?limit=1&deep=yes", "?limit=%207",
		"?limit=1&a%2Fb~c=x", "?limit=1&level=3", "?limit=null", "?limit=", ""};
	for (size_t i = 0; i < BED_SAW; i++) {
		char line[64];
		snprintf(line, sizeof(line), "GET /asked%s", QUERIES[i]);
		ask(bed, line, "\r\n", bed->saw[i]);
	}
}

static void expect_fault(const char *reply, const char *field, const char *code) {
	json_t *problem = assert_problem(reply, 400, "bad_query");
	const json_t *errors = json_object_get(problem, "errors");
	size_t index = 0;
	json_t *fault = NULL;
	bool is_there = false;
	json_array_foreach (errors, index, fault) {
		const char *text = json_string_value(json_object_get(fault, "field"));
		const char *kind = json_string_value(json_object_get(fault, "code"));
		assert_non_null(json_object_get(fault, "message"));
		is_there |= strcmp(text, field) == 0 && strcmp(kind, code) == 0;
	}
	if (!is_there) {
		fail_msg("no fault \"%s\" of %s in:\n%s", code, field, reply);
	}
	json_decref(problem);
}

static void what_does_not_is_named(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_bad);
	expect_fault(bed->saw[0], "limit", "required");
	expect_fault(bed->saw[0], "name", "maxLength"); /* all at once */
	expect_fault(bed->saw[1], "limit", "minimum");
	expect_fault(bed->saw[2], "limit", "type");
	expect_fault(bed->saw[3], "lim", "additionalProperties");
	expect_fault(bed->saw[4], "limit", "duplicate");
	expect_fault(bed->saw[5], "deep", "type");
	expect_fault(bed->saw[6], "limit", "type");
	expect_fault(bed->saw[7], "a/b~c", "type");
	expect_fault(bed->saw[8], "level", "enum");
	expect_fault(bed->saw[9], "limit", "type");
	expect_fault(bed->saw[10], "limit", "type");
	expect_fault(bed->saw[11], "limit", "required");
}

/* 500 of them, each of another name or all of one. */
static void ask_many(struct bed *bed, const char *one_name, char *saw) {
	char line[8000] = "GET /asked?limit=1";
	size_t length = strlen(line);
	for (int i = 0; i < 500; i++) {
		length += (size_t)(one_name != NULL
				? snprintf(line + length, sizeof(line) - length, "&%s=1", one_name)
				: snprintf(line + length, sizeof(line) - length, "&p%d=1", i));
	}
	char text[BED_TEXT];
	int fd = dial(bed);
	snprintf(text, sizeof(text), "%s HTTP/1.1\r\nHost: localhost\r\n\r\n", line);
	tell(fd, text);
	hear(fd, saw);
	close(fd);
}

static void client_many(struct bed *bed) {
	ask_many(bed, NULL, bed->saw[0]);
	ask_many(bed, "limit", bed->saw[1]);
}

static void many_strange_parameters_are_refused_once(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_many);
	for (size_t i = 0; i < 2; i++) {
		json_t *problem = assert_problem(bed->saw[i], 400, "bad_query");
		assert_int_equal(
			json_array_size(json_object_get(problem, "errors")), SCHEMA_ERRORS_MAX);
		json_decref(problem);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_meets_the_schema_is_served, make, unmake),
		cmocka_unit_test_setup_teardown(what_does_not_is_named, make, unmake),
		cmocka_unit_test_setup_teardown(
			many_strange_parameters_are_refused_once, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
