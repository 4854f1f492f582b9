/* Transport and names: resolved off the loop, by a real name server; where a public name may not lead. */
#include "../fakes/name_server.h" /* first: the bed has a `server` of its own */

#include "transport_bed.h"

static struct name_server *names;

static int start_with_names(void **state) {
	start(state);
	names = name_server_start();
	loop_set_resolver(loop, names->resolv_conf, names->hosts);
	return 0;
}

static int stop_with_names(void **state) {
	stop(state);
	name_server_stop(names);
	return 0;
}

static void go_to(const char *origin) {
	make_transport(origin, wire_server_port(server), NULL);
}

static void a_name_is_resolved(void **state) {
	char request[4096], host[64];
	(void)state;
	go_to("http://Peer.Internal");
	assert_end(ask("POST", "/ok", "{}"), CALL_ANSWERED, 200);
	assert_end(ask("POST", "/ok", "{}"), CALL_ANSWERED, 200);
	assert_end(ask("DELETE", "/ok", NULL), CALL_ANSWERED, 200);
	assert_int_equal(names->questions, 2);
	assert_int_equal(wire_server_connections(server), 1);
	wire_server_last(server, request, sizeof(request));
	snprintf(host, sizeof(host), "\r\nHost: Peer.Internal:%d\r\n", wire_server_port(server));
	assert_non_null(strcasestr(request, host));
	make_transport("http://peer.internal.", wire_server_port(server), NULL);
	assert_end(ask("GET", "/ok", NULL), CALL_ANSWERED, 200); /* whatever libcurl makes of the dot */
}

static void the_hosts_file_counts(void **state) {
	(void)state;
	name_server_write(names->hosts, "127.0.0.1 wire.internal\n");
	go_to("http://wire.internal");
	assert_end(ask("GET", "/ok", NULL), CALL_ANSWERED, 200);
	assert_int_equal(names->questions, 0);
}

static void one_of_several_addresses_will_do(void **state) {
	(void)state;
	go_to("http://two.internal");
	for (size_t i = 0; i < 10; i++) {
		begin(&calls[i], "DELETE", "/ok", NULL, 5000);
	}
	run();
	for (size_t i = 0; i < 10; i++) {
		assert_end(&calls[i], CALL_ANSWERED, 200);
	}
	assert_int_equal(names->questions, 2); /* equal questions were one */
}

static void no_address_is_not_sent(void **state) {
	static const struct {
		const char *origin, *words;
	} CASES[] = {{"http://none.internal", "none.internal: the name does not exist"},
		{"http://nothing.example", "nothing.example: the name has no address"},
		{"http://broken.example", "broken.example: no name server has given an answer"}};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		go_to(CASES[i].origin);
		assert_end(ask("POST", "/ok", "{}"), CALL_NOT_SENT, 0);
		assert_string_equal(calls[0].error, CASES[i].words);
		assert_false(calls[0].is_timeout);
	}
}

static void addresses_and_localhost_are_asked_of_nobody(void **state) {
	static const char *const ORIGINS[] = {"http://127.0.0.1", "http://localhost", "http://x.localhost", "http://[::ffff:127.0.0.1]"};
	(void)state;
	names->is_mute = true;
	for (size_t i = 0; i < sizeof(ORIGINS) / sizeof(ORIGINS[0]); i++) {
		go_to(ORIGINS[i]);
		assert_end(ask("GET", "/ok", NULL), CALL_ANSWERED, 200);
	}
	assert_int_equal(names->questions, 0);
}

/* ---- a name server that never answers ---- */

static struct loop_timer heart;
static uint64_t last_beat_ms, worst_ms;
static unsigned beats, late_beats;

static void beat(void *ctx) {
	uint64_t at_ms = clock_precise_ms(), gap_ms = at_ms - last_beat_ms;
	(void)ctx;
	worst_ms = gap_ms > worst_ms ? gap_ms : worst_ms;
	beats++;
	late_beats += gap_ms > 20;
	last_beat_ms = at_ms;
	loop_timer_start(&heart, 1);
}

static void listen_to_the_heart(void) {
	worst_ms = beats = late_beats = 0;
	last_beat_ms = clock_precise_ms();
	loop_timer_init(&heart, loop, beat, NULL);
	loop_timer_start(&heart, 1);
}

static void abandon_two(void *ctx) {
	(void)ctx;
	transport_abandon(transport, &calls[2]);
	transport_abandon(transport, &calls[3]);
	transport_abandon(transport, &calls[3]); /* it has ended: nothing to do */
}

/* Turns stay under 20 ms; one in fifty may be late, for the machine has others to serve. libcurl's own
 * resolver would hold the loop for seconds. */
static void a_mute_name_server_stops_nothing(void **state) {
	struct loop_timer later;
	(void)state;
	names->is_mute = true;
	go_to("https://api.example");
	clock_update();
	begin(&calls[0], "POST", "/ok", "{}", 5000);
	begin(&calls[1], "POST", "/ok", "{}", 400);
	begin(&calls[2], "POST", "/ok", "{}", 5000);
	begin(&calls[3], "GET", "/ok", NULL, 5000);
	expected = 2;
	loop_timer_init(&later, loop, abandon_two, NULL);
	loop_timer_start(&later, 100);
	listen_to_the_heart();
	run();
	loop_timer_finish(&heart);
	loop_timer_finish(&later);
	for (size_t i = 0; i < 2; i++) {
		assert_end(&calls[i], CALL_NOT_SENT, 0);
		assert_false(calls[i].is_timeout);
	}
	assert_in_range(calls[0].ended_ms - calls[0].sent_ms, 1500, 3050);
	assert_in_range(calls[1].ended_ms - calls[1].sent_ms, 350, 500);
	assert_true(late_beats * 50 <= beats);
	assert_true(worst_ms < 400);
	uint64_t begun_ms = clock_precise_ms();
	begin(&calls[4], "POST", "/ok", "{}", 5000);
	transport_destroy(transport);
	transport = NULL;
	assert_true(clock_precise_ms() - begun_ms < 100);
}

/* ---- where a name may not lead ---- */

static void a_public_name_does_not_lead_inside(void **state) {
	(void)state;
	go_to("http://api.example");
	assert_end(ask("POST", "/ok", "{}"), CALL_NOT_SENT, 0);
	assert_non_null(strstr(calls[0].error, "private address"));
	assert_int_equal(wire_server_connections(server), 0);
	name_server_write(names->hosts, "127.0.0.1 hubspot.example\n::1 hubspot.example\n169.254.169.254 hubspot.example\n");
	go_to("http://hubspot.example");
	assert_end(ask("GET", "/ok", NULL), CALL_NOT_SENT, 0);
	assert_int_equal(wire_server_connections(server), 0);
}

static void a_proxy_may_be_inside(void **state) {
	char url[64], request[4096];
	(void)state;
	snprintf(url, sizeof(url), "http://user:pass@peer.internal:%d", wire_server_port(server));
	proxy = url;
	make_transport("https://api.example", 443, NULL);
	proxy = NULL;
	assert_end(ask("POST", "/ok", "{}"), CALL_NOT_SENT, 0);
	wire_server_last(server, request, sizeof(request));
	assert_true(str_starts_with(request, "CONNECT api.example:443 HTTP/1.1\r\n"));
	assert_int_equal(names->questions, 2); /* of the proxy alone */
}

/* ---- destroyed during everything ---- */

static void let_ms_pass(uint64_t ms) {
	loop_timer_start(&watchdog, ms);
	loop_run(loop);
}

static void destroyed_at_any_moment(void **state) {
	static const char *const ORIGINS[] = {"http://peer.internal", "http://two.internal", "https://peer.internal", "http://broken.example",
		"http://127.0.0.1"};
	static const char *const PATHS[] = {"/ok", "/stall", "/stall-late", "/huge-body", "/once", "/reset", "/chunks"};
	static char body[300000];
	(void)state;
	memset(body, 'x', sizeof(body) - 1);
	for (unsigned round = 0; round < 40; round++) {
		go_to(ORIGINS[round % 5]);
		for (size_t i = 0; i < 14; i++) {
			begin(&calls[i], i % 2 ? "POST" : "GET", PATHS[i % 7], i % 2 ? body : NULL, i % 3 ? 5000 : 5);
		}
		expected = CALLS_MAX + ended; /* more than will come */
		let_ms_pass(round / 5 * 2);
		transport_abandon(transport, &calls[round % 14]);
	}
	names->is_mute = true;
	go_to("http://four.example");
	begin(&calls[0], "GET", "/ok", NULL, 5000); /* resolving at the destroy in stop() */
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start_with_names, stop_with_names)
		TEST(a_name_is_resolved),
		TEST(the_hosts_file_counts),
		TEST(one_of_several_addresses_will_do),
		TEST(no_address_is_not_sent),
		TEST(addresses_and_localhost_are_asked_of_nobody),
		TEST(a_mute_name_server_stops_nothing),
		TEST(a_public_name_does_not_lead_inside),
		TEST(a_proxy_may_be_inside),
		TEST(destroyed_at_any_moment),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
