/* One request at a time: what is refused, what is served, how the replies look. */
#include "bed.h"

#include "schema/schema.h"

static int handle_echo(struct http_request *request, void *ctx) {
	struct bed *bed = ctx;
	count(&bed->counts[1]);
	http_reply(request, 201, http_body(request));
	return HTTP_REPLIED;
}

static bool has_no_room(const struct http_request *request, uint64_t *retry_after_ms, void *ctx) {
	struct bed *bed = ctx;
	bed->counts[7] = http_deadline_ms(request) > clock_now_ms();
	*retry_after_ms = 2500;
	return false;
}

static int handle_asked(struct http_request *request, void *ctx) {
	const char *const names[] = {"mode", "q", NULL};
	size_t length = 0;
	(void)ctx;
	if (!http_check_query(request, names)) {
		return HTTP_REPLIED;
	}
	const void *raw = http_raw_body(request, &length);
	json_t *body = json_pack("{s:s, s:s?, s:s?, s:s?, s:s?, s:s, s:s, s:s%}", "method",
		http_method(request), "name", http_path_param(request, "name"), "rest",
		http_path_param(request, "rest"), "q", http_query_param(request, "q"), "agent",
		http_header(request, "user-agent"), "url", http_url(request), "id",
		http_request_id(request), "raw", raw, length);
	http_reply_header(request, "X-Mine", "yes");
	http_reply(request, 200, body);
	json_decref(body);
	return HTTP_REPLIED;
}

static int handle_broken(struct http_request *request, void *ctx) {
	(void)request;
	(void)ctx;
	return -5;
}

static int handle_forgetful(struct http_request *request, void *ctx) {
	(void)request;
	(void)ctx;
	return HTTP_REPLIED;
}

static int handle_slow(struct http_request *request, void *ctx) {
	nap(30);
	return handle_hello(request, ctx);
}

static int handle_headers(struct http_request *request, void *ctx) {
	struct bed *bed = ctx;
	bed->counts[2] = http_reply_header(request, "X-A", "1");
	bed->counts[3] = http_reply_header(request, "X A", "1");
	bed->counts[4] = http_reply_header(request, "X-B", "1\r\nX-C: 2");
	bed->counts[5] = http_reply_header(request, "", "1");
	bed->counts[6] = http_reply_header(request, "content-length", "1");
	http_reply_header(request, "Cache-Control", "max-age=9");
	http_reply_bytes(request, 200, "text/plain", "a\0b", 3);
	return HTTP_REPLIED;
}

static int handle_conflict(struct http_request *request, void *ctx) {
	json_t *hubspot = json_pack("{s:i}", "status", 409);
	const struct http_problem problem = {.status = 409,
		.code = "conflict",
		.message = "there is one",
		.is_retryable = true,
		.retry_after_ms = 1001,
		.existing_id = "17",
		.hubspot = hubspot};
	(void)ctx;
	http_refuse(request, &problem);
	json_decref(hubspot);
	return HTTP_REPLIED;
}

static struct schema *record_schema(void) {
	char error[SCHEMA_ERROR_SIZE] = "";
	json_t *definition = json_pack("{s:s, s:{s:{s:s}, s:{s:s}}, s:[s], s:b}", "type", "object",
		"properties", "email", "type", "string", "age", "type", "integer", "required",
		"email", "additionalProperties", 0);
	struct schema *schema = schema_compile(definition, error);
	json_decref(definition);
	if (schema == NULL) {
		fail_msg("%s", error);
	}
	return schema;
}

struct world {
	struct bed *bed;
	struct schema *schema;
};

static int make(void **state) {
	struct world *world = calloc(1, sizeof(*world));
	struct bed *bed = world->bed = bed_create(NULL);
	char error[200] = "";
	world->schema = record_schema();
	const struct http_route record = {.method = "POST",
		.path = "/records",
		.owner = "test",
		.handle = handle_echo,
		.ctx = bed,
		.body_schema = world->schema};
	assert_true(http_add_route(bed->http, &record, error, sizeof(error)));
	const struct http_route full = {.method = "POST",
		.path = "/full",
		.owner = "test",
		.handle = handle_echo,
		.ctx = bed,
		.has_room = has_no_room,
		.body_schema = world->schema};
	assert_true(http_add_route(bed->http, &full, error, sizeof(error)));
	bed_route(bed, "GET", "/hello", 0, handle_hello);
	bed_route(bed, "POST", "/bare", 0, handle_hello);
	bed_route(bed, "GET", "/hidden", HTTP_ROUTE_HIDDEN, handle_hello);
	bed_route(bed, NULL, "/raw/{name}/{rest...}", HTTP_ROUTE_RAW_BODY, handle_asked);
	bed_route(bed, "POST", "/broken", 0, handle_broken);
	bed_route(bed, "GET", "/forgetful", 0, handle_forgetful);
	bed_route(bed, "GET", "/slow", 0, handle_slow);
	bed_route(bed, "GET", "/headers", 0, handle_headers);
	bed_route(bed, "POST", "/conflict", 0, handle_conflict);
	*state = world;
	return 0;
}

static int unmake(void **state) {
	struct world *world = *state;
	bed_destroy(world->bed);
	schema_destroy(world->schema);
	free(world);
	return 0;
}

static struct bed *run(void **state, void (*client)(struct bed *bed)) {
	struct world *world = *state;
	bed_run(world->bed, client);
	return world->bed;
}

static void client_paths(struct bed *bed) {
	ask(bed, "GET /hello?secret=1", "\r\n", bed->saw[0]);
	ask(bed, "GET /nowhere", "\r\n", bed->saw[1]);
	ask(bed, "DELETE /hello", "\r\n", bed->saw[2]);
	ask(bed, "OPTIONS /hello", "\r\n", bed->saw[3]);
	ask(bed, "HEAD /hello", "\r\n", bed->saw[4]);
	ask(bed, "GET /a%2fb", "\r\n", bed->saw[5]);
	ask(bed, "OPTIONS *", "\r\n", bed->saw[6]);
	ask(bed, "GET *", "\r\n", bed->saw[7]);
	ask(bed, "GET /v1/hello", "\r\n", bed->saw[8]);
	ask(bed, "GET /hello?a=%zz", "\r\n", bed->saw[9]);
	ask(bed, "PATCH /nowhere", "\r\n", bed->saw[10]);
}

static void test_paths(void **state) {
	struct bed *bed = run(state, client_paths);
	assert_status(bed->saw[0], 200);
	assert_has(bed->saw[0], "{\"hello\":\"world\"}");
	assert_lacks(bed->saw[0], "Connection: close");
	assert_lacks(bed->saw[0], "text/html");
	json_t *missing = assert_problem(bed->saw[1], 404, "not_found");
	assert_null(json_object_get(missing, "outcome"));
	json_decref(missing);
	assert_refused(bed->saw[2], 405, "method_not_allowed");
	assert_has(bed->saw[2], "\r\nAllow: OPTIONS, GET, HEAD\r\n");
	assert_status(bed->saw[3], 204);
	assert_has(bed->saw[3], "\r\nAllow: OPTIONS, GET, HEAD\r\n");
	assert_lacks(bed->saw[3], "\r\nContent-");
	assert_status(bed->saw[4], 200);
	assert_has(bed->saw[4], "\r\nContent-Length: 17\r\n");
	assert_string_equal(strstr(bed->saw[4], "\r\n\r\n"), "\r\n\r\n");
	assert_refused(bed->saw[5], 400, "bad_target");
	assert_status(bed->saw[6], 204);
	assert_refused(bed->saw[7], 400, "bad_target");
	assert_status(bed->saw[8], 200);
	assert_refused(bed->saw[9], 400, "bad_target");
	json_t *write = assert_problem(bed->saw[10], 404, "not_found");
	assert_string_equal(json_string_value(json_object_get(write, "outcome")), "not_applied");
	json_decref(write);
	assert_has(bed->log, "\"route\":\"/hello\"");
	assert_has(bed->log, "\"peer\":\"127.0.0.1\"");
	assert_lacks(bed->log, "secret");
	assert_lacks(bed->log, "nowhere");
}

static void client_bodies(struct bed *bed) {
	ask_body(bed, "POST /records", "application/json", "{\"email\":\"a\"}", bed->saw[0]);
	ask_body(bed, "POST /records", "application/json; charset=UTF-8",
		"{\"age\":\"x\",\"other\":1}", bed->saw[1]);
	ask_body(bed, "POST /records", "application/json", "{\"email\":\"a\"", bed->saw[2]);
	ask_body(bed, "POST /records", "text/plain", "{\"email\":\"a\"}", bed->saw[3]);
	ask_body(bed, "POST /records", "application/json; charset=latin1", "{\"email\":\"a\"}",
		bed->saw[4]);
	ask(bed, "POST /records", "Content-Type: application/json\r\nContent-Length: 0\r\n\r\n",
		bed->saw[5]);
	ask_body(bed, "POST /bare", "application/json", "{}", bed->saw[6]);
	ask(bed, "POST /records",
		"Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: "
		"2\r\n\r\n{}",
		bed->saw[7]);
	ask_body(bed, "POST /records", "application/json", "{\"email\":\"a\",\"email\":\"b\"}",
		bed->saw[8]);
	ask_body(bed, "POST /records", "application/jsonp", "{\"email\":\"a\"}", bed->saw[9]);
	ask_body(bed, "POST /records", "application/json", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
		bed->saw[10]);
	ask(bed, "POST /records",
		"Content-Type: application/json\r\nTransfer-Encoding: "
		"chunked\r\n\r\nd\r\n{\"email\":\"a\"}\r\n0\r\n\r\n",
		bed->saw[11]);
}

static void test_bodies(void **state) {
	struct bed *bed = run(state, client_bodies);
	assert_status(bed->saw[0], 201);
	assert_has(bed->saw[0], "{\"email\":\"a\"}");
	json_t *invalid = assert_problem(bed->saw[1], 422, "validation_failed");
	assert_int_equal(json_array_size(json_object_get(invalid, "errors")), 3);
	assert_string_equal(json_string_value(json_object_get(invalid, "outcome")), "not_applied");
	json_decref(invalid);
	assert_refused(bed->saw[2], 400, "invalid_json");
	assert_refused(bed->saw[3], 415, "unsupported_media_type");
	assert_refused(bed->saw[4], 415, "unsupported_media_type");
	assert_refused(bed->saw[5], 400, "invalid_json");
	assert_refused(bed->saw[6], 400, "unexpected_body");
	assert_refused(bed->saw[7], 415, "unsupported_media_type");
	assert_refused(bed->saw[8], 400, "invalid_json");
	assert_refused(bed->saw[9], 415, "unsupported_media_type");
	assert_refused(bed->saw[10], 400, "invalid_json");
	assert_status(bed->saw[11], 201);
	assert_int_equal(bed->counts[1], 2);
}

static void client_no_room(struct bed *bed) {
	ask_body(bed, "POST /full", "application/json", "no JSON", bed->saw[0]);
}

static void test_no_room_is_told_before_the_body_is_read(void **state) {
	struct bed *bed = run(state, client_no_room);
	json_t *busy = assert_problem(bed->saw[0], 503, "busy");
	assert_true(json_is_true(json_object_get(busy, "retryable")));
	assert_string_equal(json_string_value(json_object_get(busy, "outcome")), "not_applied");
	json_decref(busy);
	assert_has(bed->saw[0], "\r\nRetry-After: 3\r\n");
	assert_int_equal(bed->counts[7], 1); /* it was told of a deadline to come */
	assert_int_equal(bed->counts[1], 0);
}

static void client_asked(struct bed *bed) {
	ask(bed, "PUT /raw/n%20m/a/b%25/c?q=x+y",
		"User-Agent: me\r\nX-Request-Id: a.B-9_\r\nContent-Length: 4\r\n\r\nabcd",
		bed->saw[0]);
	ask(bed, "GET /raw/n/", "X-Request-Id: bad id\r\n\r\n", bed->saw[1]);
	ask(bed, "GET /raw/n/?q=1&mode=2&q=3", "\r\n", bed->saw[2]);
	ask(bed, "GET /raw/n/?q=1&other=2", "\r\n", bed->saw[3]);
	ask(bed, "GET /raw/n/",
		"X-Request-Id: "
		"12345678901234567890123456789012345678901234567890123456789012345\r\n\r\n",
		bed->saw[4]);
	ask(bed, "GET /raw/n/", "X-Request-Id: \r\n\r\n", bed->saw[5]);
}

static void test_asking(void **state) {
	struct bed *bed = run(state, client_asked);
	assert_status(bed->saw[0], 200);
	assert_has(bed->saw[0], "\r\nX-Mine: yes\r\n");
	assert_has(bed->saw[0], "\r\nX-Request-Id: a.B-9_\r\n");
	assert_has(bed->saw[0],
		"{\"method\":\"PUT\",\"name\":\"n m\",\"rest\":\"a/b%/c\",\"q\":\"x "
		"y\",\"agent\":\"me\","
		"\"url\":\"/raw/n%20m/a/b%25/c?q=x+y\",\"id\":\"a.B-9_\",\"raw\":\"abcd\"}");
	assert_status(bed->saw[1], 200);
	assert_lacks(bed->saw[1], "bad id");
	assert_has(bed->saw[1], "\"rest\":\"\"");
	assert_refused(bed->saw[2], 400, "duplicate_parameter");
	assert_refused(bed->saw[3], 400, "unknown_parameter");
	assert_has(bed->saw[3], "other");
	assert_lacks(bed->saw[4], "1234567890123456789012345678901234567890");
	const char *id = strstr(bed->saw[5], "X-Request-Id: ");
	assert_non_null(id);
	assert_int_equal(strspn(id + 14, "0123456789abcdef"), 32);
}

static void client_failures(struct bed *bed) {
	ask(bed, "POST /broken", "Content-Length: 0\r\n\r\n", bed->saw[0]);
	ask(bed, "GET /forgetful", "\r\n", bed->saw[1]);
	ask(bed, "GET /slow", "\r\n", bed->saw[2]);
	ask(bed, "GET /headers", "\r\n", bed->saw[3]);
	ask(bed, "POST /conflict", "Content-Length: 0\r\n\r\n", bed->saw[4]);
	ask(bed, "GET /hidden", "\r\n", bed->saw[5]);
	ask(bed, "GET /hello", "X-Request-Timeout-Ms: 0\r\n\r\n", bed->saw[6]);
	ask(bed, "GET /hello", "X-Request-Timeout-Ms: 60001\r\n\r\n", bed->saw[7]);
	ask(bed, "GET /hello", "X-Request-Timeout-Ms: 5s\r\n\r\n", bed->saw[8]);
	ask(bed, "GET /hello", "X-Request-Timeout-Ms: 60000\r\n\r\n", bed->saw[9]);
}

static void test_failures(void **state) {
	struct metric *failures = metric_make(
		METRIC_COUNTER, "connector_handler_failures_total", "owner=\"test\"", "");
	struct metric *forgotten = metric_make(
		METRIC_COUNTER, "connector_requests_forgotten_total", "owner=\"test\"", "");
	int64_t failures_before = metric_value(failures);
	int64_t forgotten_before = metric_value(forgotten);
	struct bed *bed = run(state, client_failures);
	assert_refused(bed->saw[0], 500, "internal_error");
	assert_refused(bed->saw[1], 500, "internal_error");
	assert_int_equal(metric_value(failures) - failures_before, 1);
	assert_int_equal(metric_value(forgotten) - forgotten_before, 1);
	assert_status(bed->saw[2], 200);
	assert_has(bed->log, "slow handler");
	assert_has(bed->log, "\"route\":\"/slow\"");
	assert_status(bed->saw[3], 200);
	assert_has(bed->saw[3], "\r\nX-A: 1\r\n");
	assert_has(bed->saw[3], "\r\nContent-Type: text/plain\r\n");
	assert_has(bed->saw[3], "\r\nCache-Control: max-age=9\r\n");
	assert_lacks(bed->saw[3], "no-store");
	assert_lacks(bed->saw[3], "X-C:");
	assert_has(bed->saw[3], "\r\nContent-Length: 3\r\n");
	assert_true(bed->counts[2]);
	for (size_t i = 3; i <= 6; i++) {
		assert_false(bed->counts[i]);
	}
	json_t *conflict = assert_problem(bed->saw[4], 409, "conflict");
	assert_has(bed->saw[4], "\r\nRetry-After: 2\r\n");
	assert_true(json_is_true(json_object_get(conflict, "retryable")));
	assert_string_equal(json_string_value(json_object_get(conflict, "existing_id")), "17");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(conflict, "hubspot"), "status")),
		409);
	json_decref(conflict);
	assert_status(bed->saw[5], 200);
	assert_lacks(bed->log, "hidden");
	assert_refused(bed->saw[6], 400, "bad_header");
	assert_refused(bed->saw[7], 400, "bad_header");
	assert_refused(bed->saw[8], 400, "bad_header");
	assert_status(bed->saw[9], 200);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_paths, make, unmake),
		cmocka_unit_test_setup_teardown(test_bodies, make, unmake),
		cmocka_unit_test_setup_teardown(test_asking, make, unmake),
		cmocka_unit_test_setup_teardown(
			test_no_room_is_told_before_the_body_is_read, make, unmake),
		cmocka_unit_test_setup_teardown(test_failures, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
