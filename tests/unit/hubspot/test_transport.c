/* Transport, over real sockets: how each way a call can end is told, and that nothing is sent twice. */
#include "transport_bed.h"

/* ---- what goes out, what comes in ---- */

static void a_whole_exchange(void **state) {
	char request[4096];
	(void)state;
	const struct call *call = ask("POST", "/ok?archived=false", "{\"inputs\":[]}");
	assert_end(call, CALL_ANSWERED, 200);
	assert_string_equal(buf_text(&call->reply), "{\"id\":1}");
	assert_int_equal(call->token_generation, 1);
	assert_true(call->ended_ms >= call->sent_ms);
	wire_server_last(server, request, sizeof(request));
	assert_non_null(strstr(request, "POST /ok?archived=false HTTP/1.1\r\n"));
	assert_non_null(strstr(request, "\r\nAuthorization: Bearer pat-test-1\r\n"));
	assert_non_null(strstr(request, "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(request, "\r\nUser-Agent: hubspot-connector/test\r\n"));
	assert_non_null(strstr(request, "\r\nContent-Length: 13\r\n"));
	assert_null(strcasestr(request, "\r\nExpect"));
	assert_null(strcasestr(request, "\r\nAccept-Encoding"));
	assert_null(strcasestr(request, "\r\nTransfer-Encoding"));
	assert_true(str_ends_with(request, "\r\n\r\n{\"inputs\":[]}"));
}

static void every_method(void **state) {
	static const struct {
		const char *method;
		const char *body;
	} CASES[] = {{"GET", NULL}, {"POST", NULL}, {"POST", "{}"}, {"PATCH", "{}"}, {"PUT", "{}"}, {"DELETE", NULL},
		{"GET", NULL}};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		char request[4096], line[32];
		assert_end(ask(CASES[i].method, "/ok", CASES[i].body), CALL_ANSWERED, 200);
		wire_server_last(server, request, sizeof(request));
		snprintf(line, sizeof(line), "%s /ok HTTP/1.1\r\n", CASES[i].method);
		assert_true(str_starts_with(request, line));
		assert_int_equal(strcasestr(request, "Content-Type") != NULL, CASES[i].body != NULL);
		assert_true(str_ends_with(request, CASES[i].body != NULL ? "\r\n\r\n{}" : "\r\n\r\n"));
	}
}

static void a_large_body_arrives_whole(void **state) {
	enum { SIZE = 200000 };
	static char body[SIZE + 1], request[SIZE + 4096];
	(void)state;
	for (size_t i = 0; i < SIZE; i++) {
		body[i] = (char)('a' + i % 26);
	}
	assert_end(ask("POST", "/ok", body), CALL_ANSWERED, 200);
	wire_server_last(server, request, sizeof(request));
	assert_true(str_ends_with(request, body));
}

static void replies_of_all_shapes(void **state) {
	(void)state;
	assert_end(ask("GET", "/html", NULL), CALL_ANSWERED, 502);
	assert_string_equal(buf_text(&calls[0].reply), "<html></html>");
	assert_end(ask("DELETE", "/empty", NULL), CALL_ANSWERED, 204);
	assert_int_equal(calls[0].reply.length, 0);
	assert_end(ask("GET", "/chunks", NULL), CALL_ANSWERED, 200);
	assert_string_equal(buf_text(&calls[0].reply), "{\"a\":1}");
	assert_end(ask("GET", "/interim", NULL), CALL_ANSWERED, 200);
	assert_int_equal(calls[0].headers.retry_after_ms, 0); /* an interim reply's headers are not the reply's */
}

static void a_redirect_is_not_followed(void **state) {
	(void)state;
	assert_end(ask("GET", "/moved", NULL), CALL_ANSWERED, 302);
	assert_int_equal(wire_server_requests(server, "/ok"), 0);
}

static void headers_are_read(void **state) {
	(void)state;
	wire_server_add_headers(server, "x-hubspot-RATELIMIT-max: 190\r\nX-HubSpot-RateLimit-Remaining:  17 \r\n"
					"X-HubSpot-RateLimit-Interval-Milliseconds: 10000\r\nX-HubSpot-RateLimit-Daily: 650000\r\n"
					"X-HubSpot-RateLimit-Daily-Remaining: 0\r\nRetry-After: 12\r\n"
					"X-HubSpot-Correlation-Id: 8a3f6c3a-8296-4002\r\n");
	const struct call_headers *headers = &ask("GET", "/ok", NULL)->headers;
	assert_int_equal(headers->rate_max, 190);
	assert_int_equal(headers->rate_remaining, 17);
	assert_int_equal(headers->rate_interval_ms, 10000);
	assert_int_equal(headers->daily_max, 650000);
	assert_int_equal(headers->daily_remaining, 0);
	assert_int_equal(headers->retry_after_ms, 12000);
	assert_string_equal(headers->correlation_id, "8a3f6c3a-8296-4002");
}

/* ---- how calls fail ---- */

static void nobody_there_is_not_sent(void **state) {
	(void)state;
	make_transport("http://127.0.0.1", wire_server_closed_port(), NULL);
	assert_end(ask("POST", "/ok", "{}"), CALL_NOT_SENT, 0);
	assert_false(calls[0].is_timeout);
}

static void a_peer_that_speaks_no_tls_is_not_sent_to(void **state) {
	(void)state;
	make_transport("https://127.0.0.1", wire_server_port(server), NULL);
	begin(&calls[0], "POST", "/ok", "{}", 500);
	run();
	assert_int_equal(calls[0].end, CALL_NOT_SENT);
	assert_int_equal(wire_server_requests(server, "/"), 0);
}

/* A proxy's CONNECT is not the request, and carries no token. */
static void a_proxy_that_will_not_connect_is_not_sent_to(void **state) {
	char url[64], request[4096];
	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", wire_server_port(server));
	proxy = url;
	make_transport("https://api.hubapi.com", 443, NULL);
	proxy = NULL;
	assert_end(ask("POST", "/ok", "{}"), CALL_NOT_SENT, 0);
	wire_server_last(server, request, sizeof(request));
	assert_true(str_starts_with(request, "CONNECT api.hubapi.com:443 HTTP/1.1\r\n"));
	assert_null(strcasestr(request, "Authorization"));
}

static void the_environments_proxy_is_ignored(void **state) {
	char url[64];
	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", wire_server_closed_port());
	setenv("http_proxy", url, 1);
	setenv("ALL_PROXY", url, 1);
	assert_end(ask("GET", "/ok", NULL), CALL_ANSWERED, 200);
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
}

static void sent_and_no_whole_reply_is_unknown(void **state) {
	static const struct {
		const char *path;
		int status;
	} CASES[] = {{"/gone", 0}, {"/reset", 0}, {"/nonsense", 0}, {"/interim-then-gone", 0}, {"/cut", 200}, {"/cut-chunks", 201}};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		assert_end(ask("POST", CASES[i].path, "{}"), CALL_UNKNOWN, CASES[i].status);
		assert_false(calls[0].is_timeout);
		assert_end(ask("GET", CASES[i].path, NULL), CALL_UNKNOWN, CASES[i].status);
	}
}

static void no_reply_in_time_is_a_timeout(void **state) {
	(void)state;
	begin(&calls[0], "POST", "/stall", "{}", 300);
	begin(&calls[1], "GET", "/stall-late", NULL, 300);
	run();
	for (size_t i = 0; i < 2; i++) {
		assert_end(&calls[i], CALL_UNKNOWN, i == 0 ? 0 : 200);
		assert_true(calls[i].is_timeout);
		assert_in_range(calls[i].ended_ms - calls[i].sent_ms, 250, 3000);
	}
}

static void too_much_is_cut_off(void **state) {
	(void)state;
	assert_end(ask("GET", "/huge-body", NULL), CALL_UNKNOWN, 200);
	assert_non_null(strstr(calls[0].error, "body is too large"));
	assert_end(ask("GET", "/huge-headers", NULL), CALL_UNKNOWN, 200);
	assert_non_null(strstr(calls[0].error, "headers are too large"));
}

/* The server closes a kept connection as soon as it has read the second request on it: libcurl alone would send it again. */
static void a_write_is_never_sent_twice(void **state) {
	static const char *const METHODS[] = {"POST", "PATCH", "PUT"};
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_end(ask(METHODS[i], "/once", "{}"), CALL_ANSWERED, 200);
		assert_end(ask(METHODS[i], "/once", "{}"), CALL_UNKNOWN, 0);
		assert_int_equal(wire_server_requests(server, "/once"), 2 * (i + 1));
	}
}

static void a_write_without_a_body_is_never_sent_twice(void **state) {
	static const char *const METHODS[] = {"POST", "DELETE"};
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_end(ask(METHODS[i], "/once", NULL), CALL_ANSWERED, 200);
		assert_end(ask(METHODS[i], "/once", NULL), CALL_UNKNOWN, 0);
		assert_int_equal(wire_server_requests(server, "/once"), 2 * (i + 1));
	}
}

/* What changes nothing is sent again at once, on another connection. */
static void a_read_goes_again_by_itself(void **state) {
	(void)state;
	assert_end(ask("GET", "/once", NULL), CALL_ANSWERED, 200);
	assert_end(ask("GET", "/once", NULL), CALL_ANSWERED, 200);
	assert_int_equal(wire_server_requests(server, "/once"), 3);
}

/* A peer that cannot prove who it is gets nothing, not even the token. */
static void certificates_are_looked_at(void **state) {
	(void)state;
	assert_true(tls_peer_start(&tls_peer));
	make_transport("https://localhost", tls_peer.port, tls_peer.cert_file);
	assert_end(ask("GET", "/", NULL), CALL_ANSWERED, 200);
	make_transport("https://localhost", tls_peer.port, NULL); /* of no authority that we know */
	assert_end(ask("POST", "/", "{}"), CALL_UNSAFE, 0);
	make_transport("https://127.0.0.1", tls_peer.port, tls_peer.cert_file); /* of another name */
	assert_end(ask("POST", "/", "{}"), CALL_UNSAFE, 0);
}

/* ---- many, and none ---- */

static void connections_are_kept(void **state) {
	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_end(ask("POST", "/ok", "{}"), CALL_ANSWERED, 200);
	}
	assert_int_equal(wire_server_connections(server), 1);
}

static void fifty_at_once(void **state) {
	static const char *const PATHS[] = {"/ok", "/html", "/cut", "/reset", "/chunks"};
	static const enum call_class ENDS[] = {CALL_ANSWERED, CALL_ANSWERED, CALL_UNKNOWN, CALL_UNKNOWN, CALL_ANSWERED};
	(void)state;
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < 50; i++) {
			begin(&calls[i], "POST", PATHS[i % 5], "{}", 5000);
		}
		run();
		for (size_t i = 0; i < 50; i++) {
			assert_int_equal(calls[i].end, ENDS[i % 5]);
		}
	}
	assert_int_equal(wire_server_requests(server, "/"), 150);
}

static void send_the_next(struct call *call) {
	if (call < &calls[5]) {
		begin(call + 1, "POST", "/ok", "{}", 5000);
		call[1].done = send_the_next;
	}
	done(call);
}

static void a_done_may_send(void **state) {
	(void)state;
	begin(&calls[0], "POST", "/ok", "{}", 5000);
	calls[0].done = send_the_next;
	run();
	assert_int_equal(ended, 6);
	assert_int_equal(wire_server_requests(server, "/ok"), 6);
	assert_int_equal(wire_server_connections(server), 1);
}

static void abandoned_calls_end_unheard(void **state) {
	(void)state;
	begin(&calls[0], "POST", "/stall", "{}", 5000);
	begin(&calls[1], "POST", "/ok", "{}", 5000);
	expected = 1;
	run();
	transport_abandon(transport, &calls[0]);
	transport_abandon(transport, &calls[0]); /* it has ended: nothing to do */
	assert_int_equal(ended, 1);
	begin(&calls[2], "POST", "/stall", "{}", 5000); /* in flight at the destroy in stop() */
	begin(&calls[3], "POST", "/ok", "{}", 5000);
	expected = 2;
	run();
}

static void a_missing_ca_file_is_told(void **state) {
	char error[256];
	(void)state;
	assert_null(transport_create(loop,
		&(struct transport_settings){.base_url = "https://127.0.0.1", .ca_file = "/nonexistent.pem", .user_agent = "x", .max_calls = 1},
		token, error, sizeof(error)));
	assert_non_null(strstr(error, "/nonexistent.pem"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(a_whole_exchange),
		TEST(every_method),
		TEST(a_large_body_arrives_whole),
		TEST(replies_of_all_shapes),
		TEST(a_redirect_is_not_followed),
		TEST(headers_are_read),
		TEST(nobody_there_is_not_sent),
		TEST(a_peer_that_speaks_no_tls_is_not_sent_to),
		TEST(a_proxy_that_will_not_connect_is_not_sent_to),
		TEST(the_environments_proxy_is_ignored),
		TEST(sent_and_no_whole_reply_is_unknown),
		TEST(no_reply_in_time_is_a_timeout),
		TEST(too_much_is_cut_off),
		TEST(a_write_is_never_sent_twice),
		TEST(a_write_without_a_body_is_never_sent_twice),
		TEST(a_read_goes_again_by_itself),
		TEST(certificates_are_looked_at),
		TEST(connections_are_kept),
		TEST(fifty_at_once),
		TEST(a_done_may_send),
		TEST(abandoned_calls_end_unheard),
		TEST(a_missing_ca_file_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
