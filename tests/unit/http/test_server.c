/* Listeners and connections: addresses, the bound, internal listeners. */
#include "bed.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { BOUND = 4, CALLERS = 2 * BOUND, ROUNDS = 5 };

static int handle_reset(struct http_request *request, void *ctx) {
	(void)ctx;
	http_reply_reset(request);
	return HTTP_REPLIED;
}

static int make_with(void **state, const struct http_settings *settings) {
	struct bed *bed = bed_create(settings);
	bed_route(bed, "GET", "/hello", 0, handle_hello);
	bed_route(bed, "GET", "/inner", HTTP_ROUTE_INTERNAL, handle_hello);
	bed_route(bed, "GET", "/reset", 0, handle_reset);
	bed_route(bed, "GET", "/hold", HTTP_ROUTE_INTERNAL, handle_hold);
	*state = bed;
	return 0;
}

static int make(void **state) {
	return make_with(state, NULL);
}

static int make_bounded(void **state) {
	struct http_settings settings = bed_settings();
	settings.max_connections = BOUND;
	return make_with(state, &settings);
}

static int unmake(void **state) {
	bed_destroy(*state);
	return 0;
}

static const char hello[] = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";

/* ---- the bound ---- */

struct caller {
	struct bed *bed;
	int served;
	int redials;
};

/* Keeps its connection as long as it may, as a client library's pool does. */
static void *call_on(void *ctx) {
	struct caller *caller = ctx;
	char *reply = malloc(BED_TEXT);
	int fd = dial(caller->bed);
	for (int i = 0; i < ROUNDS; i++) {
		tell(fd, hello);
		hear(fd, reply);
		caller->served += strncmp(reply, "HTTP/1.1 200", 12) == 0;
		if (strstr(reply, "Connection: close") != NULL && i < ROUNDS - 1) {
			close(fd);
			fd = dial(caller->bed);
			caller->redials++;
		}
	}
	nap(300); /* holds on to it, idle */
	close(fd);
	free(reply);
	return NULL;
}

static void client_callers(struct bed *bed) {
	struct caller callers[CALLERS];
	pthread_t threads[CALLERS];
	for (size_t i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller){.bed = bed};
		pthread_create(&threads[i], NULL, call_on, &callers[i]);
	}
	for (size_t i = 0; i < CALLERS; i++) {
		pthread_join(threads[i], NULL);
		bed->number[0] += callers[i].served;
		bed->number[1] += callers[i].redials;
	}
}

static void test_twice_as_many_callers_as_connections(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_callers);
	assert_int_equal(bed->number[0], CALLERS * ROUNDS);
	assert_true(bed->number[1] > 0);
}

static void client_idlers(struct bed *bed) {
	int fds[CALLERS];
	char *reply = bed->saw[0];
	for (size_t i = 0; i < BOUND; i++) { /* they say nothing and take every place */
		fds[i] = dial(bed);
	}
	nap(50);
	for (size_t i = BOUND; i < CALLERS; i++) {
		fds[i] = dial(bed);
		tell(fds[i], hello);
	}
	for (size_t i = BOUND; i < CALLERS; i++) {
		hear(fds[i], reply);
		bed->number[0] += strncmp(reply, "HTTP/1.1 200", 12) == 0;
	}
	for (size_t i = 0; i < CALLERS; i++) {
		close(fds[i]);
	}
}

static void test_idle_ones_make_room(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_idlers);
	assert_int_equal(bed->number[0], BOUND);
}

static void client_busy(struct bed *bed) {
	int fds[BOUND + 1];
	for (size_t i = 0; i < BOUND; i++) {
		fds[i] = dial(bed);
		tell(fds[i], "GET /hold HTTP/1.1\r\nHost: localhost\r\n\r\n");
	}
	await(&bed->counts[0], BOUND);
	fds[BOUND] = dial(bed); /* in the kernel's backlog: nobody takes it */
	tell(fds[BOUND], hello);
	struct pollfd waits = {.fd = fds[BOUND], .events = POLLIN};
	bed->number[0] = poll(&waits, 1, 400);
	close(fds[0]); /* one leaves */
	hear(fds[BOUND], bed->saw[0]);
	for (size_t i = 1; i <= BOUND; i++) {
		close(fds[i]);
	}
}

static void test_busy_ones_keep_their_place(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_busy);
	assert_int_equal(bed->number[0], 0);
	assert_status(bed->saw[0], 200);
}

/* ---- internal listeners ---- */

static void client_internal(struct bed *bed) {
	int fds[BOUND * 2];
	ask(bed, "GET /inner", "\r\n", bed->saw[0]);
	ask(bed, "GET /hello", "\r\n", bed->saw[1]);
	ask(bed, "GET /inner", "Via: x\r\n\r\n", bed->saw[2]);
	for (size_t i = 0; i < BOUND * 2; i++) {
		fds[i] = dial(bed);
		tell(fds[i], "GET /hold HTTP/1.1\r\nHost: localhost\r\n\r\n");
	}
	bed->number[0] = await(&bed->counts[0], BOUND * 2);
	bed->number[1] = (int)http_pending(bed->http);
	bed->number[2] = http_deadline_ms(bed->held) == UINT64_MAX;
	for (size_t i = 0; i < BOUND * 2; i++) {
		close(fds[i]);
	}
	nap(250);
}

static void test_internal(void **state) {
	struct bed *bed = *state;
	char error[200] = "";
	bed->http->forget_ms = 10;
	assert_true(http_listen(bed->http, "127.0.0.1:0", HTTP_LISTEN_INTERNAL, &bed->port, error, sizeof(error)));
	bed_run(bed, client_internal);
	assert_status(bed->saw[0], 200);
	assert_refused(bed->saw[1], 404, "not_found");
	assert_status(bed->saw[2], 200);
	assert_true(bed->number[0]);
	assert_int_equal(bed->number[1], 0);
	assert_true(bed->number[2]);
	assert_lacks(bed->log, "\"event\":\"request\"");
	assert_true(list_is_empty(&bed->http->requests)); /* all left, all forgotten */
}

/* ---- addresses ---- */

static bool can_listen(struct bed *bed, const char *address, enum http_listener listener) {
	char error[200] = "";
	bool is_listening =
		http_listen(bed->http, address, listener, NULL, error, sizeof(error));
	assert_int_equal(is_listening, error[0] == '\0');
	return is_listening;
}

static void test_bad_addresses(void **state) {
	static const char *const bad[] = {"", "8080", ":8080", "127.0.0.1",
		"127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:x", "::1:80", "[::1]", "[]:80",
		"[::1:80", "example.com:80", "unix:", "unix:/nowhere/at/all", "300.1.1.1:80"};
	struct bed *bed = *state;
	char taken[40];
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		print_message("%s\n", bad[i]);
		assert_false(can_listen(bed, bad[i], HTTP_LISTEN_PUBLIC));
	}
	assert_false(can_listen(bed, "0.0.0.0:0", HTTP_LISTEN_INTERNAL));
	assert_true(can_listen(bed, "localhost:0", HTTP_LISTEN_INTERNAL));
	bed_listen(bed, "127.0.0.1:0");
	snprintf(taken, sizeof(taken), "127.0.0.1:%u", bed->port);
	assert_false(can_listen(bed, taken, HTTP_LISTEN_PUBLIC));
}

static void client_six(struct bed *bed) {
	const struct sockaddr_in6 where = {.sin6_family = AF_INET6,
		.sin6_port = htons(bed->port),
		.sin6_addr = in6addr_loopback};
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	if (connect(fd, (const struct sockaddr *)&where, sizeof(where)) == 0) {
		tell(fd, "GET /hello HTTP/1.1\r\nHost: [::1]:80\r\n\r\n");
		hear(fd, bed->saw[0]);
	}
	close(fd);
}

static void test_ipv6(void **state) {
	struct bed *bed = *state;
	char error[200] = "";
	if (!http_listen(bed->http, "[::1]:0", HTTP_LISTEN_PUBLIC, &bed->port, error, sizeof(error))) {
		print_message("no IPv6 here: %s\n", error);
		skip();
	}
	bed_run(bed, client_six);
	assert_status(bed->saw[0], 200);
	assert_has(bed->log, "\"peer\":\"::1\"");
}

static void unix_path(char *path, size_t size) {
	snprintf(path, size, "/tmp/hsc-test-%d.sock", (int)getpid());
}

static int dial_unix(void) {
	struct sockaddr_un where = {.sun_family = AF_UNIX};
	unix_path(where.sun_path, sizeof(where.sun_path));
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (connect(fd, (const struct sockaddr *)&where, sizeof(where)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void client_unix(struct bed *bed) {
	int fd = dial_unix();
	tell(fd, hello);
	hear(fd, bed->saw[0]);
	tell(fd, "GET /reset HTTP/1.1\r\nHost: localhost\r\n\r\n");
	hear_all(fd, bed->saw[1]);
	close(fd);
}

static void test_unix(void **state) {
	struct bed *bed = *state;
	char address[64] = "unix:";
	struct stat file;
	const char *path = address + 5;
	unix_path(address + 5, sizeof(address) - 5);
	struct sockaddr_un where = {.sun_family = AF_UNIX};
	unix_path(where.sun_path, sizeof(where.sun_path));
	int stale = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(stale, (const struct sockaddr *)&where, sizeof(where)), 0);
	close(stale); /* its file stays, nobody answers */
	bed->port = 1;
	assert_true(can_listen(bed, address, HTTP_LISTEN_PUBLIC));
	assert_int_equal(stat(path, &file), 0);
	assert_int_equal(file.st_mode & 0777, 0660);
	assert_false(can_listen(bed, address, HTTP_LISTEN_PUBLIC)); /* now somebody does */
	bed_run(bed, client_unix);
	assert_status(bed->saw[0], 200);
	assert_has(bed->saw[1], "EOF");
	assert_lacks(bed->saw[1], "HTTP");
	assert_has(bed->log, "\"peer\":\"unix\"");
	http_close(bed->http, HTTP_LISTEN_PUBLIC);
	assert_int_not_equal(stat(path, &file), 0);
}

static void test_unix_spares_other_files(void **state) {
	char address[64] = "unix:";
	struct stat file;
	unix_path(address + 5, sizeof(address) - 5);
	int fd = open(address + 5, O_CREAT | O_WRONLY, 0600);
	close(fd);
	assert_false(can_listen(*state, address, HTTP_LISTEN_PUBLIC));
	assert_int_equal(stat(address + 5, &file), 0);
	unlink(address + 5);
}

/* ---- no descriptors left ---- */

static int cpu_ms(void) {
	struct rusage used;
	getrusage(RUSAGE_SELF, &used);
	return (int)((used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000 +
		(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1000);
}

static void client_starved(struct bed *bed) {
	const struct sockaddr_in where = {.sin_family = AF_INET,
		.sin_port = htons(bed->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct rlimit usual;
	int low[64];
	getrlimit(RLIMIT_NOFILE, &usual);
	for (size_t i = 0; i < 64; i++) { /* no gap is left below the client's own */
		low[i] = dup(STDERR_FILENO);
	}
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	const struct rlimit tight = {.rlim_cur = (rlim_t)fd + 1, .rlim_max = usual.rlim_max};
	setrlimit(RLIMIT_NOFILE, &tight);
	if (connect(fd, (const struct sockaddr *)&where, sizeof(where)) == 0) {
		int before_ms = cpu_ms();
		nap(700);
		bed->number[0] = cpu_ms() - before_ms;
		setrlimit(RLIMIT_NOFILE, &usual);
		tell(fd, hello);
		hear(fd, bed->saw[0]);
	}
	setrlimit(RLIMIT_NOFILE, &usual);
	close(fd);
	for (size_t i = 0; i < 64; i++) {
		close(low[i]);
	}
}

static void test_no_descriptors(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_starved);
	assert_status(bed->saw[0], 200);
	assert_true(bed->number[0] < 200);
	char *line = strstr(bed->log, "cannot accept connections");
	assert_non_null(line);
	assert_null(strstr(line + 1,
		"cannot accept connections")); /* once a second, however often it is tried */
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_twice_as_many_callers_as_connections, make_bounded, unmake),
		cmocka_unit_test_setup_teardown(test_idle_ones_make_room, make_bounded, unmake),
		cmocka_unit_test_setup_teardown(
			test_busy_ones_keep_their_place, make_bounded, unmake),
		cmocka_unit_test_setup_teardown(test_internal, make_bounded, unmake),
		cmocka_unit_test_setup_teardown(test_bad_addresses, make, unmake),
		cmocka_unit_test_setup_teardown(test_ipv6, make, unmake),
		cmocka_unit_test_setup_teardown(test_unix, make, unmake),
		cmocka_unit_test_setup_teardown(test_unix_spares_other_files, make, unmake),
		cmocka_unit_test_setup_teardown(test_no_descriptors, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
