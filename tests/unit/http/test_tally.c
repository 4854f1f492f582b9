/* Requests and connections as metrics: what is counted where, once, and what is not. */
#include "bed.h"

#include "base/buf.h"
#include "keys_kit.h"

static struct made made[128];

/* The number on the line that begins with `name`, labels included; 0 when there is none. */
static long told(const char *name) {
	struct buf text;
	char line[200];
	long value = 0;
	buf_init(&text, 4 * 1024 * 1024);
	metric_render(&text);
	snprintf(line, sizeof(line), "\n%s ", name);
	const char *at = strstr(buf_text(&text), line);
	if (at != NULL) {
		value = strtol(at + strlen(line), NULL, 10);
	}
	buf_finish(&text);
	return value;
}

static long requests(const char *method, const char *route, const char *status) {
	char name[160];
	snprintf(name, sizeof(name),
		"connector_requests_total{method=\"%s\",route=\"%s\",status=\"%s\"}", method, route,
		status);
	return told(name);
}

static long durations(const char *method, const char *route) {
	char name[160];
	snprintf(name, sizeof(name),
		"connector_request_duration_seconds_count{method=\"%s\",route=\"%s\"}", method,
		route);
	return told(name);
}

static bool is_told(const char *part) {
	struct buf text;
	buf_init(&text, 4 * 1024 * 1024);
	metric_render(&text);
	bool is_there = strstr(buf_text(&text), part) != NULL;
	buf_finish(&text);
	return is_there;
}

static int handle_teapot(struct http_request *request, void *ctx) {
	(void)ctx;
	http_reply(request, 418, NULL);
	return HTTP_REPLIED;
}

static int handle_failure(struct http_request *request, void *ctx) {
	(void)request;
	(void)ctx;
	return -1;
}

static int handle_reset(struct http_request *request, void *ctx) {
	(void)ctx;
	http_reply_reset(request);
	return HTTP_REPLIED;
}

/* ---- by route and status ---- */

static void ask_all(struct bed *bed) {
	ask(bed, "GET /tally/1", "\r\n", bed->saw[0]);
	ask(bed, "GET /v1/tally/2?x=y", "\r\n", bed->saw[0]);
	ask(bed, "HEAD /tally/3", "\r\n", bed->saw[0]);
	ask(bed, "POST /tally/teapot", "Content-Length: 0\r\n\r\n", bed->saw[1]);
	ask(bed, "GET /tally/fails", "\r\n", bed->saw[2]);
	ask(bed, "GET /tally/any", "\r\n", bed->saw[3]);
	ask(bed, "DELETE /tally/any", "\r\n", bed->saw[3]);
	ask(bed, "GET /tally/resets", "\r\n", bed->saw[4]);
	ask(bed, "GET /tally/hidden", "\r\n", bed->saw[5]);
	ask(bed, "GET /no/such/%22path%22", "\r\n", bed->saw[6]);
	ask(bed, "PATCH /tally/1", "\r\n", bed->saw[7]);
	ask(bed, "GET /tally/1%00", "\r\n", bed->saw[8]);
	ask(bed, "BREW /tally/1", "\r\n", bed->saw[9]);
}

static void each_request_is_counted_with_its_route(void **state) {
	struct bed *bed = bed_create(NULL);
	(void)state;
	bed_route(bed, "GET", "/tally/{id}", 0, handle_hello);
	bed_route(bed, "POST", "/tally/teapot", 0, handle_teapot);
	bed_route(bed, "GET", "/tally/fails", 0, handle_failure);
	bed_route(bed, NULL, "/tally/any", 0, handle_hello);
	bed_route(bed, "GET", "/tally/resets", 0, handle_reset);
	bed_route(bed, "GET", "/tally/hidden", HTTP_ROUTE_HIDDEN, handle_hello);
	bed_run(bed, ask_all);
	assert_status(bed->saw[5], 200);
	assert_int_equal(requests("GET", "/tally/{id}", "200"), 3);
	assert_int_equal(durations("GET", "/tally/{id}"), 3);
	assert_int_equal(requests("POST", "/tally/teapot", "other"), 1);
	assert_int_equal(requests("GET", "/tally/fails", "500"), 1);
	assert_int_equal(requests("any", "/tally/any", "200"), 2);
	assert_int_equal(requests("GET", "/tally/resets", "none"), 1);
	assert_int_equal(requests("any", "none", "404"), 1);
	assert_int_equal(requests("any", "none", "405"), 1);
	assert_int_equal(requests("any", "none", "400"), 1);
	assert_int_equal(requests("any", "none", "501"), 1);
	assert_int_equal(durations("any", "none"), 4);
	assert_false(is_told("hidden"));
	assert_false(is_told("such"));
	bed_destroy(bed);
}

/* ---- how long ---- */

static int handle_slow(struct http_request *request, void *ctx) {
	nap(60);
	return handle_hello(request, ctx);
}

static void ask_slow(struct bed *bed) {
	ask(bed, "GET /tally/slow", "\r\n", bed->saw[0]);
}

static void durations_are_from_the_first_byte_to_the_reply(void **state) {
	struct bed *bed = bed_create(NULL);
	(void)state;
	bed_route(bed, "GET", "/tally/slow", 0, handle_slow);
	bed_run(bed, ask_slow);
#define SLOW "connector_request_duration_seconds_bucket{method=\"GET\",route=\"/tally/slow\",le="
	assert_int_equal(told(SLOW "\"0.05\"}"), 0);
	assert_int_equal(told(SLOW "\"2.5\"}"), 1);
	assert_int_equal(told(SLOW "\"+Inf\"}"), 1);
	bed_destroy(bed);
}

/* ---- ends that are no replies of the handler's ---- */

static void ask_and_leave(struct bed *bed) {
	int fd = dial(bed);
	tell(fd, "GET /tally/left HTTP/1.1\r\nHost: localhost\r\n\r\n");
	await(&bed->counts[0], 1);
	close(fd);
	await(&bed->counts[1], 1);
}

static void note_gone(struct http_request *request, void *ctx) {
	struct bed *bed = ctx;
	(void)request;
	count(&bed->counts[1]);
}

static int handle_left(struct http_request *request, void *ctx) {
	http_on_gone(request, note_gone, ctx);
	return handle_hold(request, ctx);
}

static void a_client_that_leaves_is_counted_once(void **state) {
	struct bed *bed = bed_create(NULL);
	(void)state;
	bed_route(bed, "GET", "/tally/left", 0, handle_left);
	bed_run(bed, ask_and_leave);
	http_reply(bed->held, 200, NULL); /* too late for anybody */
	assert_int_equal(requests("GET", "/tally/left", "none"), 1);
	assert_int_equal(requests("GET", "/tally/left", "200"), 0);
	assert_int_equal(durations("GET", "/tally/left"), 1);
	bed_destroy(bed);
}

static void ask_in_haste(struct bed *bed) {
	ask(bed, "GET /tally/late", "X-Request-Timeout-Ms: 20\r\n\r\n", bed->saw[0]);
}

static void a_deadline_is_counted_once(void **state) {
	struct bed *bed = bed_create(NULL);
	(void)state;
	bed_route(bed, "GET", "/tally/late", 0, handle_hold);
	bed_run(bed, ask_in_haste);
	assert_status(bed->saw[0], 504);
	http_reply(bed->held, 200, NULL);
	assert_int_equal(requests("GET", "/tally/late", "504"), 1);
	assert_int_equal(durations("GET", "/tally/late"), 1);
	bed_destroy(bed);
}

static void internal_requests_are_not_counted(void **state) {
	struct bed *bed = bed_create(NULL);
	uint16_t port = 0;
	char error[200] = "";
	(void)state;
	bed_route(bed, "GET", "/tally/slow", HTTP_ROUTE_INTERNAL, handle_hello);
	assert_true(http_listen(bed->http, "127.0.0.1:0", HTTP_LISTEN_INTERNAL, &port, error, sizeof(error)));
	bed->port = port;
	long before = durations("GET", "/tally/slow");
	bed_run(bed, ask_slow);
	assert_status(bed->saw[0], 200);
	assert_int_equal(durations("GET", "/tally/slow"), before);
	bed_destroy(bed);
}

/* ---- by key ---- */

enum { KEYS = 103 };

static void ask_with_keys(struct bed *bed) {
	char rest[120];
	for (size_t i = 0; i < 2 * KEYS; i++) {
		snprintf(rest, sizeof(rest), "X-API-Key: %s\r\n\r\n", made[i % KEYS].key);
		ask(bed, "GET /tally/keyed", rest, bed->saw[0]);
	}
	ask(bed, "GET /tally/keyed", "\r\n", bed->saw[1]);
	ask(bed, "GET /tally/keyed", "X-API-Key: hsc_wrong\r\n\r\n", bed->saw[2]);
}

static void a_hundred_keys_have_a_label_each(void **state) {
	struct bed *bed = bed_create(NULL);
	char *entries[KEYS + 1] = {NULL};
	(void)state;
	for (size_t i = 0; i < KEYS; i++) {
		char name[16];
		snprintf(name, sizeof(name), "key-%zu", i);
		made[i] = make_key();
		entries[i] = entry_of(&made[i], name, "\"*:read\"", NULL);
	}
	json_t *keys = file_of(entries);
	assert_true(http_use_api_keys(bed->http, keys, NULL));
	json_decref(keys);
	bed_route(bed, "GET", "/tally/keyed", 0, handle_hello);
	bed_run(bed, ask_with_keys);
	assert_status(bed->saw[0], 200);
	assert_status(bed->saw[1], 200);
	assert_status(bed->saw[2], 401);
#define KEYED "connector_requests_total{method=\"GET\",route=\"/tally/keyed\","
	assert_int_equal(told(KEYED "key=\"key-0\",status=\"200\"}"), 2);
	assert_int_equal(told(KEYED "key=\"key-99\",status=\"200\"}"), 2);
	assert_int_equal(told(KEYED "key=\"key-100\",status=\"200\"}"), 0);
	assert_int_equal(told(KEYED "key=\"other\",status=\"200\"}"), 2 * (KEYS - 100));
	assert_int_equal(requests("GET", "/tally/keyed", "200"), 1); /* without one */
	assert_int_equal(requests("GET", "/tally/keyed", "401"), 1);
	assert_int_equal(durations("GET", "/tally/keyed"), 2 * KEYS + 2);
	assert_int_equal(told("connector_api_keys"), KEYS);
	assert_int_equal(told("connector_api_key_refusals_total{why=\"wrong\"}"), 1);
	bed_destroy(bed);
}

/* ---- connections ---- */

static int handle_look(struct http_request *request, void *ctx) {
	struct bed *bed = ctx;
	bed->number[0] = (int)told("connector_connections_open{state=\"idle\"}");
	bed->number[1] = (int)told("connector_connections_open{state=\"reading\"}");
	bed->number[2] = (int)told("connector_connections_open{state=\"busy\"}");
	bed->number[3] = (int)told("connector_connections_limit");
	return handle_hello(request, ctx);
}

static void open_some(struct bed *bed) {
	int idle[2] = {dial(bed), dial(bed)};
	int reading = dial(bed);
	for (size_t i = 0; i < 2; i++) {
		tell(idle[i], "GET /tally/any HTTP/1.1\r\nHost: localhost\r\n\r\n");
		hear(idle[i], bed->saw[1]);
	}
	tell(reading, "GET /tally");
	nap(50);
	ask(bed, "GET /tally/look", "\r\n", bed->saw[0]);
	close(reading);
	close(idle[0]);
	close(idle[1]);
}

static void connections_are_told_by_state(void **state) {
	struct bed *bed = bed_create(NULL);
	(void)state;
	bed_route(bed, "GET", "/tally/look", 0, handle_look);
	bed_route(bed, "GET", "/tally/any", 0, handle_hello);
	bed_run(bed, open_some);
	assert_status(bed->saw[0], 200);
	assert_int_equal(bed->number[0], 2);
	assert_int_equal(bed->number[1], 1);
	assert_int_equal(bed->number[2], 1);
	assert_int_equal(bed->number[3], 100);
	bed_destroy(bed);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_request_is_counted_with_its_route),
		cmocka_unit_test(durations_are_from_the_first_byte_to_the_reply),
		cmocka_unit_test(a_client_that_leaves_is_counted_once),
		cmocka_unit_test(a_deadline_is_counted_once),
		cmocka_unit_test(internal_requests_are_not_counted),
		cmocka_unit_test(a_hundred_keys_have_a_label_each),
		cmocka_unit_test(connections_are_told_by_state),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
