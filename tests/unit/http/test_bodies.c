/* Bodies: what may be said of their type, how large they may be, and how large all of them
 * together. */
#include "bed.h"

#include "schema/schema.h"

enum { LIMIT = 1024 * 1024, ROUTE_LIMIT = 1000, BIG = 2 * LIMIT, HALF = LIMIT / 2 };

static struct schema *any_object;

static int handle_length(struct http_request *request, void *ctx) {
	struct bed *bed = ctx;
	size_t length = 0;
	http_raw_body(request, &length);
	count(&bed->counts[0]);
	json_t *body = json_pack("{s:I}", "length", (json_int_t)length);
	http_reply(request, 200, body);
	json_decref(body);
	return HTTP_REPLIED;
}

static int make(void **state) {
	char error[SCHEMA_ERROR_SIZE] = "";
	struct bed *bed = bed_create(NULL);
	json_t *definition = json_pack("{s:s}", "type", "object");
	any_object = schema_compile(definition, error);
	json_decref(definition);
	const struct http_route json = {.method = "POST",
		.path = "/json",
		.owner = "test",
		.handle = handle_length,
		.ctx = bed,
		.body_schema = any_object};
	assert_true(http_add_route(bed->http, &json, error, sizeof(error)));
	const struct http_route small = {.method = "POST",
		.path = "/small",
		.owner = "test",
		.flags = HTTP_ROUTE_RAW_BODY,
		.handle = handle_length,
		.ctx = bed,
		.max_body_bytes = ROUTE_LIMIT};
	assert_true(http_add_route(bed->http, &small, error, sizeof(error)));
	bed_route(bed, "POST", "/raw", HTTP_ROUTE_RAW_BODY, handle_length);
	*state = bed;
	return 0;
}

static int unmake(void **state) {
	bed_destroy(*state);
	schema_destroy(any_object);
	return 0;
}

/* ---- types ---- */

static const struct {
	const char *type;
	int status;
} TYPES[] = {
	{"application/json", 200},
	{"Application/JSON ; Charset=UTF-8", 200},
	{"application/json; profile=x", 200},
	{"application/json; v=1; charset=utf-8", 200},
	{"application/json;charset=\"utf-8\";profile=\"a; charset=latin1\"", 200},
	{"application/json; x=\"a\\\"b\";", 200},
	{"application/json; v=1; charset=latin1", 415},
	{"application/json; charset=utf-8; charset=latin1", 415},
	{"application/json; charset=\"utf-16\"", 415},
	{"application/json; x=\"open", 415},
	{"application/json; charset", 415},
	{"application/json, text/plain", 415},
	{"application/json-patch+json", 415},
	{"text/json", 415},
};

enum { TYPE_COUNT = sizeof(TYPES) / sizeof(TYPES[0]) };
static char replies[TYPE_COUNT][BED_TEXT];

static void client_types(struct bed *bed) {
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		ask_body(bed, "POST /json", TYPES[i].type, "{}", replies[i]);
	}
}

static void test_types(void **state) {
	bed_run(*state, client_types);
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		char line[16];
		snprintf(line, sizeof(line), "HTTP/1.1 %d ", TYPES[i].status);
		if (strncmp(replies[i], line, strlen(line)) != 0) {
			fail_msg(
				"%s: expected %d:\n%s", TYPES[i].type, TYPES[i].status, replies[i]);
		}
	}
}

/* ---- one that is too large ---- */

static void tell_filler(int fd, size_t length) {
	static const char filler[4096] = "";
	while (length > 0) {
		size_t piece = length < sizeof(filler) ? length : sizeof(filler);
		tell_bytes(fd, filler, piece);
		length -= piece;
	}
}

static int begin(const struct bed *bed, const char *path, size_t length) {
	char head[200];
	int fd = dial(bed);
	snprintf(head, sizeof(head),
		"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n", path, length);
	tell(fd, head);
	return fd;
}

/* A client that writes first and reads then. */
static void post(struct bed *bed, const char *path, size_t length, char *to) {
	int fd = begin(bed, path, length);
	tell_filler(fd, length);
	hear(fd, to);
	close(fd);
}

static void client_big(struct bed *bed) {
	const struct server *server = bed->http->server;
	post(bed, "/raw", LIMIT, bed->saw[0]);
	post(bed, "/raw", LIMIT + 1, bed->saw[1]);
	post(bed, "/raw", BIG, bed->saw[2]);
	post(bed, "/small", ROUTE_LIMIT, bed->saw[3]);
	post(bed, "/small", ROUTE_LIMIT + 1, bed->saw[4]);
	int fd = begin(bed, "/raw", 64 * LIMIT);
	tell_filler(fd, 8 * LIMIT);
	nap(100);
	bed->number[0] = (int)__atomic_load_n(&server->reading_bytes, __ATOMIC_SEQ_CST);
	close(fd);
	fd = dial(bed);
	tell(fd, "POST /raw HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (size_t i = 0; i < 4; i++) {
		tell(fd, "80000\r\n");
		tell_filler(fd, HALF);
		tell(fd, "\r\n");
	}
	tell(fd, "0\r\n\r\n");
	hear(fd, bed->saw[5]);
	close(fd);
}

static void test_big_bodies(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_big);
	assert_status(bed->saw[0], 200);
	assert_refused(bed->saw[1], 413, "body_too_large");
	assert_refused(bed->saw[2], 413, "body_too_large"); /* by evhttp, and in our shape too */
	assert_has(bed->saw[2], "\r\nConnection: close\r\n");
	assert_has(bed->saw[2], "larger than any path takes");
	assert_status(bed->saw[3], 200);
	assert_refused(bed->saw[4], 413, "body_too_large");
	assert_has(bed->saw[4], "1000 bytes");
	assert_in_range(bed->number[0], 1, 2 * LIMIT); /* drained, not kept */
	assert_refused(bed->saw[5], 413, "body_too_large");
	assert_int_equal(bed->counts[0], 2);
	assert_has(bed->log, "\"status\":413");
}

/* ---- all that arrive together ---- */

static void client_together(struct bed *bed) {
	int fds[6];
	for (size_t i = 0; i < 6; i++) {
		fds[i] = begin(bed, "/raw", HALF);
		tell_filler(fds[i], HALF - 1);
		nap(100);
	}
	hear(fds[4], bed->saw[0]); /* two million bytes are full */
	hear(fds[5], bed->saw[1]);
	post(bed, "/raw", 100, bed->saw[2]); /* a small one goes between them */
	tell(fds[0], "x");
	hear(fds[0], bed->saw[3]);
	post(bed, "/raw", HALF, bed->saw[4]); /* there is room again */
	for (size_t i = 0; i < 6; i++) {
		close(fds[i]);
	}
	nap(100);
}

static void test_all_together(void **state) {
	struct bed *bed = *state;
	struct server *server = bed->http->server;
	bed_listen(bed, "127.0.0.1:0");
	server->reading_limit = 2 * LIMIT + 1000;
	bed_run(bed, client_together);
	assert_refused(bed->saw[0], 503, "out_of_memory");
	assert_has(bed->saw[0], "\r\nRetry-After: 1\r\n");
	assert_has(bed->saw[0], "\"retryable\":true");
	assert_refused(bed->saw[1], 503, "out_of_memory");
	assert_status(bed->saw[2], 200);
	assert_status(bed->saw[3], 200);
	assert_status(bed->saw[4], 200);
	assert_int_equal(bed->counts[0], 3);
	assert_int_equal(server->reading_bytes, 0);
	assert_has(bed->log, "\"status\":503");
}

/* Its last bytes are those that are too many: refused is refused, though it is whole now. */
static void client_last_drop(struct bed *bed) {
	post(bed, "/raw", 30000, bed->saw[0]);
	post(bed, "/raw", 10000, bed->saw[1]);
	nap(100);
}

static void test_refused_with_its_last_bytes(void **state) {
	struct bed *bed = *state;
	bed_listen(bed, "127.0.0.1:0");
	bed->http->server->reading_limit = 20000;
	bed_run(bed, client_last_drop);
	assert_refused(bed->saw[0], 503, "out_of_memory");
	assert_status(bed->saw[1], 200);
	assert_int_equal(bed->counts[0], 1);
	assert_int_equal(bed->http->server->reading_bytes, 0);
	assert_int_equal(table_count(&bed->http->server->table), 0);
}

static void client_held(struct bed *bed) {
	post(bed, "/raw", 1000, bed->saw[0]);
	post(bed, "/raw", 100, bed->saw[1]);
}

/* The bodies of all that waits are bounded together. */
static void test_held(void **state) {
	enum { OTHERS = 64 * 1024 * 1024 - 500 };
	struct bed *bed = *state;
	bed_listen(bed, "127.0.0.1:0");
	bed->http->held_bytes = OTHERS;
	bed_run(bed, client_held);
	assert_refused(bed->saw[0], 503, "busy");
	assert_has(bed->saw[0], "\r\nRetry-After: 1\r\n");
	assert_status(bed->saw[1], 200);
	assert_int_equal(bed->http->held_bytes, OTHERS);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_held, make, unmake),
		cmocka_unit_test_setup_teardown(test_types, make, unmake),
		cmocka_unit_test_setup_teardown(test_big_bodies, make, unmake),
		cmocka_unit_test_setup_teardown(test_all_together, make, unmake),
		cmocka_unit_test_setup_teardown(test_refused_with_its_last_bytes, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
