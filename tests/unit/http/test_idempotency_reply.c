/* Idempotency-Key: which replies are kept, what of them, and what they look like again. */
#include "keyed.h"

#include "schema/schema.h"

static int make(void **state) {
	*state = keyed_bed(3000);
	return 0;
}

static int unmake(void **state) {
	bed_destroy(*state);
	return 0;
}

/* ---- which replies are kept ---- */

static const struct {
	int status;
	const char *outcome; /* in a body of the plugin's own; NULL: none */
	bool is_kept;
} own_replies[] = {{200, NULL, true}, {207, NULL, true}, {207, "not_applied", false}, {302, NULL, true}, {400, NULL, false},
	{409, NULL, false}, {429, NULL, false}, {500, NULL, true}, {502, NULL, true},
	{503, NULL, false}, {504, NULL, true}, {409, "unknown", true}, {503, "unknown", true},
	{500, "not_applied", false}, {504, "not_applied", false}, {200, "not_applied", true},
	{500, "nonsense", true}};
enum { OWN_REPLIES = sizeof(own_replies) / sizeof(own_replies[0]) };

static int handle_own(struct http_request *request, void *ctx) {
	struct bed *bed = ctx;
	size_t length = 0;
	const unsigned char *which = http_raw_body(request, &length);
	count(&bed->counts[RUNS]);
	json_t *body = json_pack(
		"{s:s, s:s*}", "status", "error", "outcome", own_replies[*which - 'a'].outcome);
	http_reply(request, own_replies[*which - 'a'].status, body);
	json_decref(body);
	return HTTP_REPLIED;
}

static int handle_problem(struct http_request *request, void *ctx) {
	struct bed *bed = ctx;
	count(&bed->counts[RUNS]);
	refused(request, 502, is_body(request, "unknown") ? HTTP_UNKNOWN : HTTP_OUTCOME_NONE);
	return HTTP_REPLIED;
}

static void client_outcomes(struct bed *bed) {
	for (int i = 0; i < OWN_REPLIES; i++) {
		char which[2] = {(char)('a' + i), '\0'};
		ask_twice(bed, "POST /own", which, which, 0);
		bool is_kept = is_replayed(bed->saw[1]);
		if (is_kept != own_replies[i].is_kept || is_replayed(bed->saw[0])) {
			bed->number[0] = i + 1;
		}
	}
	ask_twice(bed, "POST /problem", "p1", "unknown", 0);
	ask_twice(bed, "POST /problem", "p2", "plain", 2);
	ask_twice(bed, "POST /work", "w1", "fail", 4);
	ask_twice(bed, "POST /work", "w2", "none", 6);
	ask_twice(bed, "POST /work", "w3", "text", 8);
	ask_keyed(bed, "w4", "reset", bed->saw[10]);
	ask_keyed(bed, "w4", "reset", bed->saw[11]);
}

static void test_outcomes(void **state) {
	struct bed *bed = *state;
	bed_route(bed, "POST", "/own", HTTP_ROUTE_RAW_BODY, handle_own);
	bed_route(bed, "POST", "/problem", HTTP_ROUTE_RAW_BODY, handle_problem);
	bed_run(bed, client_outcomes);
	assert_int_equal(bed->number[0], 0);
	assert_refused(bed->saw[0], 502, "told");
	assert_refused(bed->saw[1], 502, "told");
	assert_true(is_replayed(bed->saw[1]));
	assert_string_equal(body_of(bed->saw[1]), body_of(bed->saw[0])); /* its request_id too */
	assert_refused(bed->saw[3], 502, "told");
	assert_false(is_replayed(bed->saw[3]));
	assert_refused(bed->saw[5], 500, "internal_error");
	assert_true(is_replayed(bed->saw[5]));
	assert_status(bed->saw[7], 204);
	assert_true(is_replayed(bed->saw[7]));
	assert_lacks(bed->saw[7], "\r\nContent-");
	assert_status(bed->saw[9], 202);
	assert_true(is_replayed(bed->saw[9]));
	assert_has(bed->saw[8], "\r\nX-Request-Id: the-handlers-own\r\n");
	assert_lacks(bed->saw[9], "the-handlers-own");
	assert_has(bed->saw[9], "\r\nLocation: /work/1\r\n");
	assert_has(bed->saw[9], "\r\nContent-Type: text/plain\r\n");
	assert_has(bed->saw[9], "\r\nContent-Length: 3\r\n");
	assert_memory_equal(body_of(bed->saw[9]), "a\xff\xfe", 3);
	assert_string_equal(bed->saw[10], "RESET");
	assert_refused(bed->saw[11], 500, "reply_lost");
	assert_true(is_replayed(bed->saw[11]));
	assert_has(bed->saw[11], "\"outcome\":\"unknown\"");
}

/* What is refused before the handler sees it is never kept, and what is kept needs no room. */
static bool room(const struct http_request *request, uint64_t *retry_after_ms, void *ctx) {
	const struct bed *bed = ctx;
	(void)request;
	*retry_after_ms = 1000;
	return bed->counts[RUNS] == 0;
}

static void client_checked(struct bed *bed) {
	static const char type[] = "Content-Type: application/json\r\n";
	int fd = dial(bed);
	tell_keyed(fd, "POST /checked", "k", type, "{\"a\":1");
	hear(fd, bed->saw[0]);
	tell_keyed(fd, "POST /checked", "k", type, "{\"a\":\"x\"}");
	hear(fd, bed->saw[1]);
	tell_keyed(fd, "POST /checked", "k", type, "{\"a\":1}");
	hear(fd, bed->saw[2]);
	tell_keyed(fd, "POST /checked", "k", type, "{\"a\":1}");
	hear(fd, bed->saw[3]);
	tell_keyed(fd, "POST /checked", "new", type, "{\"a\":1}");
	hear(fd, bed->saw[4]);
	close(fd);
}

static void test_refusals_are_not_kept(void **state) {
	struct bed *bed = *state;
	char error[SCHEMA_ERROR_SIZE + 200] = "";
	json_t *text = json_loads(
		"{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}}}", 0, NULL);
	struct schema *schema = schema_compile(text, error);
	assert_non_null(schema);
	const struct http_route route = {.method = "POST",
		.path = "/checked",
		.owner = "test",
		.body_schema = schema,
		.handle = handle_work,
		.has_room = room,
		.ctx = bed};
	assert_true(http_add_route(bed->http, &route, error, sizeof(error)));
	bed_run(bed, client_checked);
	assert_refused(bed->saw[0], 400, "invalid_json");
	assert_refused(bed->saw[1], 422, "validation_failed");
	assert_status(bed->saw[2], 201);
	assert_status(bed->saw[3], 201);
	assert_true(is_replayed(bed->saw[3]));
	assert_refused(bed->saw[4], 503, "busy");
	assert_int_equal(bed->counts[RUNS], 1);
	schema_destroy(schema);
	json_decref(text);
}

/* ---- large replies ---- */

static int handle_large(struct http_request *request, void *ctx) {
	struct bed *bed = ctx;
	size_t size = (size_t)bed->number[0];
	char *bytes = calloc(1, size);
	count(&bed->counts[RUNS]);
	http_reply_bytes(request, 200, "application/octet-stream", bytes, size);
	free(bytes);
	return HTTP_REPLIED;
}

static size_t ask_large(struct bed *bed, const char *key, char *head) {
	static char sink[64 * 1024];
	int fd = dial(bed);
	size_t total = 0;
	tell_keyed(fd, "POST /large", key, "Connection: close\r\n", "x");
	hear_until(fd, head, false, true);
	for (ssize_t got; (got = recv(fd, sink, sizeof(sink), 0)) > 0;) {
		total += (size_t)got;
	}
	close(fd);
	return total;
}

static void client_large(struct bed *bed) {
	bed->number[0] = 1000000;
	bed->number[1] = (int)ask_large(bed, "1", bed->saw[0]);
	bed->number[2] = (int)ask_large(bed, "1", bed->saw[1]);
	bed->number[0] = IDEMPOTENCY_BYTES_MAX - 200;
	bed->number[3] = (int)ask_large(bed, "2", bed->saw[2]);
	bed->number[4] = (int)ask_large(bed, "2", bed->saw[3]);
	bed->number[0] = IDEMPOTENCY_BYTES_MAX + 1;
	bed->number[5] = (int)ask_large(bed, "3", bed->saw[4]);
	ask_large(bed, "3", bed->saw[5]);
	ask_large(bed, "2", bed->saw[6]);
	bed->number[0] = 10;
	ask_large(bed, "1", bed->saw[7]);
}

static void test_large_replies(void **state) {
	struct bed *bed = *state;
	bed_route(bed, "POST", "/large", HTTP_ROUTE_RAW_BODY, handle_large);
	bed_run(bed, client_large);
	assert_int_equal(bed->number[1], 1000000);
	assert_int_equal(bed->number[2], 1000000);
	assert_true(is_replayed(bed->saw[1]));
	assert_int_equal(bed->number[3], IDEMPOTENCY_BYTES_MAX - 200);
	assert_int_equal(bed->number[4], IDEMPOTENCY_BYTES_MAX - 200);
	assert_true(is_replayed(bed->saw[3]));
	assert_int_equal(bed->number[5], IDEMPOTENCY_BYTES_MAX + 1); /* sent, but not kept */
	assert_status(bed->saw[5], 500);
	assert_true(is_replayed(bed->saw[5]));
	assert_true(is_replayed(bed->saw[6]));
	assert_false(is_replayed(bed->saw[7])); /* it made room for the second */
	assert_int_equal(bed->counts[RUNS], 4);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_outcomes, make, unmake),
		cmocka_unit_test_setup_teardown(test_refusals_are_not_kept, make, unmake),
		cmocka_unit_test_setup_teardown(test_large_replies, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
