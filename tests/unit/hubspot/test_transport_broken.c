/* The loop has no memory or no descriptors for libcurl: its call ends, and the next one works. */
#include "transport_bed.h"

static unsigned failures; /* of the next so many watches or timers */

struct loop_fd *__real_loop_fd_watch(struct loop *on, int fd, int wanted, loop_fd_fn *ready, void *ctx);
struct loop_fd *__wrap_loop_fd_watch(struct loop *on, int fd, int wanted, loop_fd_fn *ready, void *ctx);

/* Only libcurl's sockets are refused: the server of this test has its own thread. */
struct loop_fd *__wrap_loop_fd_watch(struct loop *on, int fd, int wanted, loop_fd_fn *ready, void *ctx) {
	if (on == loop && failures > 0) {
		failures--;
		return NULL;
	}
	return __real_loop_fd_watch(on, fd, wanted, ready, ctx);
}

static void a_socket_that_cannot_be_watched_ends_its_call(void **state) {
	(void)state;
	failures = 1;
	assert_end(ask("POST", "/ok", "{}"), CALL_UNKNOWN, 0);
	assert_int_equal(failures, 0);
	assert_end(ask("POST", "/ok", "{}"), CALL_ANSWERED, 200);
}

static void all_calls_on_the_broken_connections_end(void **state) {
	(void)state;
	failures = 1;
	for (size_t i = 0; i < 5; i++) {
		begin(&calls[i], "POST", "/ok", "{}", 5000);
	}
	run();
	size_t unknown = 0;
	for (size_t i = 0; i < 5; i++) {
		unknown += calls[i].end == CALL_UNKNOWN;
	}
	assert_true(unknown >= 1);
	assert_end(ask("GET", "/ok", NULL), CALL_ANSWERED, 200);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_socket_that_cannot_be_watched_ends_its_call, start, stop),
		cmocka_unit_test_setup_teardown(all_calls_on_the_broken_connections_end, start, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
