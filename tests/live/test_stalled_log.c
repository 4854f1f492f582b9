/* A collector that has stopped reading our log: the host serves on, counts what it could not say,
 * and stops when it is told to. */
#include "kit.h"

#include <signal.h>

enum { REQUESTS = 1500, STOP_LIMIT = 10000 };

static struct host host;

/* Much more than a pipe and the host's own buffer hold; each is refused, and a line of the log. */
static void fill_the_pipe(void) {
	struct client *client = client_open(host.base);
	struct answer answer;
	for (size_t i = 0; i < REQUESTS; i++) {
		assert_true(client_ask(
			client, "GET", "/contacts/1?no=such&query=", NULL, NULL, 0, &answer));
		assert_int_equal(answer.status, 400);
		answer_finish(&answer);
	}
	client_close(client);
}

static void start(void) {
	host_start(&host, NULL, "http://127.0.0.1:9", NULL);
	process_stall_log(host.process, true);
	fill_the_pipe();
}

static void it_serves_on_and_tells_what_was_lost(void **state) {
	struct answer answer;
	(void)state;
	start();
	process_stall_log(host.process, false);
	for (uint64_t until_ms = now_ms() + 5000;
		process_count_text(host.process, "\"event\":\"log lines lost\"") == 0 &&
		now_ms() < until_ms;
		pause_ms(10)) {
		ask(host.base, "GET", "/healthz", NULL, 200, &answer);
		answer_finish(&answer);
	}
	assert_int_equal(process_count_text(host.process, "\"event\":\"log lines lost\""), 1);
	host_stop(&host);
}

static void it_stops_when_told(void **state) {
	(void)state;
	start();
	process_signal(host.process, SIGTERM);
	for (uint64_t until_ms = now_ms() + STOP_LIMIT;
		process_is_running(host.process) && now_ms() < until_ms;) {
		pause_ms(10);
	}
	assert_false(process_is_running(host.process));
	process_stall_log(host.process, false);
	assert_int_equal(process_wait(host.process, STOP_LIMIT), 0);
	host_clear(&host);
}

static int teardown(void **state) {
	(void)state;
	host_clear(&host);
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(it_serves_on_and_tells_what_was_lost, teardown),
		cmocka_unit_test_teardown(it_stops_when_told, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
