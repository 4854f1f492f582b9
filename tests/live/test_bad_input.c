/* Whatever a stranger sends: the right status, the one error shape, all faults named at once, and
 * the host goes on. */
#include "pair.h"

static const struct {
	const char *what;
	const char *method, *path, *type, *body;
	int status;
	const char *code;
	const char *fields[4]; /* of the errors, in any order; the whole list */
} rows[] = {
	{"an address that is none", "POST", "/contacts", NULL, "{\"email\": \"not an address\"}",
		422, "validation_failed", {"/email"}},
	{"no address", "POST", "/contacts", NULL, "{\"firstname\": \"Ada\"}", 422,
		"validation_failed", {"/email"}},
	{"an unknown field", "POST", "/contacts", NULL,
		"{\"email\": \"a@example.com\", \"fristname\": \"Ada\"}", 422, "validation_failed",
		{"/fristname"}},
	{"wrong types", "POST", "/contacts", NULL,
		"{\"email\": \"a@example.com\", \"phone\": 5, \"city\": [\"Ulm\"]}", 422,
		"validation_failed", {"/phone", "/city"}},
	{"all faults at once", "POST", "/contacts", NULL,
		"{\"email\": \"a@\", \"zzz\": 1, \"city\": true, \"loyalty_points\": 1.5}", 422,
		"validation_failed", {"/email", "/zzz", "/city", "/loyalty_points"}},
	{"a field that only HubSpot writes", "POST", "/contacts", NULL,
		"{\"email\": \"a@example.com\", \"id\": \"5\"}", 422, "validation_failed", {"/id"}},
	{"no object", "POST", "/contacts", NULL, "[]", 422, "validation_failed", {""}},
	{"broken JSON", "POST", "/contacts", NULL, "{\"email\": \"a@example.com\"", 400,
		"invalid_json", {NULL}},
	{"two values", "POST", "/contacts", NULL, "{\"email\": \"a@example.com\"} {}", 400,
		"invalid_json", {NULL}},
	{"a member twice", "POST", "/contacts", NULL,
		"{\"email\": \"a@example.com\", \"email\": \"b@example.com\"}", 400, "invalid_json",
		{NULL}},
	{"broken UTF-8", "POST", "/contacts", NULL,
		"{\"email\": \"a@example.com\", \"city\": \"\xff\"}", 400, "invalid_json", {NULL}},
	{"a form", "POST", "/contacts", "Content-Type: application/x-www-form-urlencoded",
		"email=a@example.com", 415, "unsupported_media_type", {NULL}},
	{"an unknown path", "GET", "/contact", NULL, NULL, 404, "not_found", {NULL}},
	{"a path below", "GET", "/contacts/1/2/3/4", NULL, NULL, 404, "not_found", {NULL}},
	{"a wrong method", "PUT", "/contacts", NULL, "{}", 405, "method_not_allowed", {NULL}},
	{"nothing to patch", "PATCH", "/contacts/1", NULL, "{}", 422, "validation_failed", {"", NULL}},
};

static void expect_shape(const struct answer *answer, const char *method) {
	bool is_write = strcmp(method, "GET") != 0;
	expect(answer, "/status", "\"error\"");
	expect(answer, "/retryable", "false");
	assert_true(json_is_string(json_at(answer->json, "/message")));
	assert_string_equal(json_string_value(json_at(answer->json, "/request_id")),
		answer_header(answer, "x-request-id"));
	assert_string_equal(
		answer_header(answer, "content-type"), "application/json; charset=utf-8");
	if (is_write) {
		expect(answer, "/outcome", "\"not_applied\"");
	} else {
		expect_absent(answer, "/outcome");
	}
}

static bool names_field(const json_t *errors, const char *field) {
	size_t index;
	json_t *error;
	json_array_foreach (errors, index, error) {
		const char *name = json_string_value(json_object_get(error, "field"));
		if (name != NULL && strcmp(name, field) == 0 &&
			json_is_string(json_object_get(error, "code")) &&
			json_is_string(json_object_get(error, "message"))) {
			return true;
		}
	}
	return false;
}

static void each_row_of_the_table(void **state) {
	struct client *client = client_open(host.base);
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *headers[] = {rows[i].type, NULL};
		struct answer answer;
		size_t fields = 0;
		client_ask(client, rows[i].method, rows[i].path, headers, rows[i].body,
			rows[i].body == NULL ? 0 : strlen(rows[i].body), &answer);
		const char *code = json_string_value(json_at(answer.json, "/code"));
		const json_t *errors = json_at(answer.json, "/errors");
		if (answer.status != rows[i].status || code == NULL ||
			strcmp(code, rows[i].code) != 0) {
			fail_msg("%s: expected %d %s, found %d: %s%s", rows[i].what, rows[i].status,
				rows[i].code, answer.status, answer.text == NULL ? "" : answer.text,
				answer.error);
		}
		expect_shape(&answer, rows[i].method);
		for (; fields < 4 && rows[i].fields[fields] != NULL; fields++) {
			if (!names_field(errors, rows[i].fields[fields])) {
				fail_msg("%s: nothing about %s: %s", rows[i].what,
					rows[i].fields[fields], answer.text);
			}
		}
		if (json_array_size(errors) != fields) {
			fail_msg("%s: expected %zu errors: %s", rows[i].what, fields, answer.text);
		}
		answer_finish(&answer);
	}
	client_close(client);
}

static void a_wrong_method_is_told_the_right_ones(void **state) {
	struct answer answer;
	(void)state;
	ask(host.base, "PUT", "/contacts/1", "{}", 405, &answer);
	const char *allow = answer_header(&answer, "allow");
	assert_non_null(allow);
	assert_non_null(strstr(allow, "GET"));
	assert_non_null(strstr(allow, "PATCH"));
	assert_non_null(strstr(allow, "DELETE"));
	assert_null(strstr(allow, "PUT"));
	answer_finish(&answer);
}

static void an_unknown_field_is_helped(void **state) {
	struct answer answer;
	(void)state;
	ask(host.base, "POST", "/contacts",
		"{\"email\": \"a@example.com\", \"fristname\": \"Ada\"}", 422, &answer);
	assert_non_null(strstr(answer.text, "firstname"));
	assert_non_null(strstr(answer.text, "objects.contacts.properties"));
	answer_finish(&answer);
}

static void a_body_of_two_megabytes(void **state) {
	enum { SIZE = 2 * 1024 * 1024 };
	char *body = malloc(SIZE + 1);
	struct answer answer;
	(void)state;
	assert_non_null(body);
	memset(body, 'x', SIZE);
	body[SIZE] = '\0';
	int head = snprintf(body, SIZE, "{\"email\": \"a@example.com\", \"city\": \"");
	body[head] = 'x';
	memcpy(body + SIZE - 2, "\"}", 2);
	ask(host.base, "POST", "/contacts", body, 413, &answer);
	expect(&answer, "/code", "\"body_too_large\"");
	expect_shape(&answer, "POST");
	answer_finish(&answer);
	free(body);
}

/* A body of `depth` arrays in one another. */
static void a_deep_body(void **state) {
	enum { DEPTH = 5000 };
	char body[2 * DEPTH + 1];
	struct answer answer;
	(void)state;
	memset(body, '[', DEPTH);
	memset(body + DEPTH, ']', DEPTH);
	body[sizeof(body) - 1] = '\0';
	ask(host.base, "POST", "/contacts", body, 400, &answer);
	expect(&answer, "/code", "\"invalid_json\"");
	answer_finish(&answer);
}

static void what_is_not_even_http(void **state) {
	static const char *const texts[] = {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"GET\r\n\r\n", "hello\r\n\r\n",
		"POST /contacts HTTP/1.1\r\nHost: localhost\r\nContent-Length: banana\r\n\r\n",
		"GET /contacts/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", "\r\n\r\n\r\n"};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char *reply = raw_exchange(host.port, texts[i], strlen(texts[i]), 300);
		assert_non_null(reply);
		assert_null(strstr(reply, " 200 "));
		free(reply);
	}
}

/* Runs last: after all that, the host serves as before, and nothing of it has reached HubSpot. */
static void the_host_goes_on(void **state) {
	struct answer answer;
	(void)state;
	json_t *before = sandbox_state(sandbox.base, NULL);
	assert_true(json_has(before, "/creates", "0"));
	assert_true(json_has(before, "/updates", "0"));
	json_decref(before);
	ask(host.base, "POST", "/contacts", "{\"email\": \"a@example.com\"}", 201, &answer);
	answer_finish(&answer);
}

static int setup(void **state) {
	(void)state;
	start_pair(NULL);
	return 0;
}

static int teardown(void **state) {
	(void)state;
	stop_pair();
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_of_the_table),
		cmocka_unit_test(a_wrong_method_is_told_the_right_ones),
		cmocka_unit_test(an_unknown_field_is_helped),
		cmocka_unit_test(a_body_of_two_megabytes),
		cmocka_unit_test(a_deep_body),
		cmocka_unit_test(what_is_not_even_http),
		cmocka_unit_test(the_host_goes_on),
	};
	int failed = cmocka_run_group_tests(tests, setup, teardown);
	clear_pair();
	return failed;
}
