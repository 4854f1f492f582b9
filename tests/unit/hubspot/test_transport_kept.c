/* Transport's connections: how many are kept, for whose token, and what a new one costs. */
#include "transport_bed.h"

static char token_file[] = "/tmp/hsc-token-XXXXXX";

static void write_token(const char *text) {
	FILE *file = fopen(token_file, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void change_token(const char *text) {
	char error[256];
	bool changed = false;
	write_token(text);
	assert_true(token_reload(token, &changed, error, sizeof(error)));
	assert_true(changed);
}

static int start_with_a_file(void **state) {
	char error[256];
	snprintf(token_file, sizeof(token_file), "/tmp/hsc-token-XXXXXX");
	int fd = mkstemp(token_file);
	assert_true(fd >= 0);
	close(fd);
	write_token("pat-old");
	start(state);
	token_destroy(token);
	token = token_create(NULL, token_file, error, sizeof(error));
	assert_non_null(token);
	make_transport("http://127.0.0.1", wire_server_port(server), NULL);
	return 0;
}

static int stop_with_a_file(void **state) {
	stop(state);
	unlink(token_file);
	return 0;
}

static void begin_many(size_t count, const char *path) {
	for (size_t i = 0; i < count; i++) {
		begin(&calls[i], "POST", path, "{}", 5000);
	}
}

static void at_most_so_many_are_kept(void **state) {
	(void)state;
	max_calls = 4;
	make_transport("http://127.0.0.1", wire_server_port(server), NULL);
	max_calls = 64;
	begin_many(20, "/ok");
	run();
	unsigned made = wire_server_connections(server);
	assert_true(made >= 4);
	assert_int_equal(wire_server_open(server, 4), 4);
	begin_many(4, "/ok");
	run();
	assert_int_equal(wire_server_connections(server), made); /* and used again */
	for (int i = 0; i < 10; i++) {
		assert_end(ask("DELETE", "/ok", NULL), CALL_ANSWERED, 200);
	}
	assert_int_equal(wire_server_open(server, 4), 4);
}

static void a_connection_carries_one_token(void **state) {
	char request[4096];
	(void)state;
	begin_many(3, "/ok");
	run();
	assert_int_equal(wire_server_open(server, 0), 3);
	change_token("pat-new");
	assert_end(ask("POST", "/ok", "{}"), CALL_ANSWERED, 200);
	assert_int_equal(calls[0].token_generation, 2);
	wire_server_last(server, request, sizeof(request));
	assert_non_null(strstr(request, "\r\nAuthorization: Bearer pat-new\r\n"));
	assert_int_equal(wire_server_connections(server), 4); /* a new one */
	loop_timer_start(&watchdog, 50);
	loop_run(loop);
	assert_int_equal(wire_server_open(server, 1), 1); /* and the others closed */
	assert_end(ask("POST", "/ok", "{}"), CALL_ANSWERED, 200);
	assert_int_equal(wire_server_connections(server), 4);
}

/* A call under way is not cut off: its connection is closed after it. */
static void an_old_token_ends_its_calls(void **state) {
	(void)state;
	begin(&calls[1], "POST", "/stall-late", "{}", 400);
	begin(&calls[2], "POST", "/slow", "{}", 5000);
	loop_timer_start(&watchdog, 50);
	loop_run(loop);
	change_token("pat-new");
	begin(&calls[0], "POST", "/ok", "{}", 5000);
	run();
	assert_end(&calls[0], CALL_ANSWERED, 200);
	assert_end(&calls[1], CALL_UNKNOWN, 200);
	assert_end(&calls[2], CALL_ANSWERED, 200);
	assert_int_equal(calls[1].token_generation, 1);
	assert_int_equal(calls[2].token_generation, 1);
	loop_timer_start(&watchdog, 50);
	loop_run(loop);
	assert_int_equal(wire_server_open(server, 1), 1);
	begin(&calls[1], "POST", "/stall", "{}", 5000);
	loop_timer_start(&watchdog, 50);
	loop_run(loop);
	change_token("pat-newer");
	begin(&calls[2], "POST", "/stall", "{}", 5000); /* of two tokens, at the destroy in stop() */
	expected = ended;
}

/* The authorities are read once: after the first connection nobody misses the file. (Else every new
 * connection reads and parses it: 22 ms with Debian's, on the loop.) */
static void authorities_are_read_once(void **state) {
	char aside[80];
	(void)state;
	assert_true(tls_peer_start(&tls_peer));
	snprintf(aside, sizeof(aside), "%s.aside", tls_peer.cert_file);
	make_transport("https://localhost", tls_peer.port, tls_peer.cert_file);
	assert_end(ask("GET", "/", NULL), CALL_ANSWERED, 200);
	assert_int_equal(rename(tls_peer.cert_file, aside), 0);
	enum call_class second = ask("GET", "/", NULL)->end; /* this peer closes after each reply */
	assert_int_equal(rename(aside, tls_peer.cert_file), 0);
	assert_int_not_equal(second, CALL_UNSAFE);
	assert_int_not_equal(second, CALL_NOT_SENT);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_with_a_file, stop_with_a_file)
		TEST(at_most_so_many_are_kept),
		TEST(a_connection_carries_one_token),
		TEST(an_old_token_ends_its_calls),
		TEST(authorities_are_read_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
