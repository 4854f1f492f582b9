/* SIGTERM in the middle of the work: what was accepted is replied to. And more callers than
 * connections. */
#include "pair.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { UPSERTS = 100, MAX_CONNECTIONS = 8, CALLERS = 2 * MAX_CONNECTIONS, ROUNDS = 25 };

static const char *const anonymous_sandbox[] = {
	"HUBSPOT_BASE_URL", "HUBSPOT_PRIVATE_APP_TOKEN", "CONNECTOR_ALLOW_ANONYMOUS", NULL};

struct load {
	const char *base;
	pthread_mutex_t lock;
	size_t replied;
	int statuses[UPSERTS];
	char what[UPSERTS][512];
};

static void upsert(struct client *client, size_t index, void *ctx) {
	struct load *load = ctx;
	struct answer answer;
	char body[96];
	int length = snprintf(body, sizeof(body), "{\"email\": \"stop.%zu@example.com\"}", index);
	client_ask(client, "POST", "/contacts", NULL, body, (size_t)length, &answer);
	pthread_mutex_lock(&load->lock);
	load->replied++;
	load->statuses[index] = answer.status;
	snprintf(load->what[index], sizeof(load->what[index]), "%s%s",
		answer.text == NULL ? "" : answer.text, answer.error);
	pthread_mutex_unlock(&load->lock);
	answer_finish(&answer);
}

static void *run_load(void *ctx) {
	struct load *load = ctx;
	run_workers(load->base, UPSERTS, upsert, load);
	return NULL;
}

static size_t replied(struct load *load) {
	pthread_mutex_lock(&load->lock);
	size_t count = load->replied;
	pthread_mutex_unlock(&load->lock);
	return count;
}

/* SIGTERM when about half of the upserts have been replied to; all of them must be created. */
static void stop_half_way(struct host *stopped) {
	struct load load = {.base = stopped->base, .lock = PTHREAD_MUTEX_INITIALIZER};
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, run_load, &load), 0);
	while (replied(&load) < UPSERTS / 2) {
		pause_ms(2);
	}
	size_t before = replied(&load);
	process_signal(stopped->process, SIGTERM);
	pthread_join(thread, NULL);
	assert_in_range(before, UPSERTS / 2, UPSERTS - 10);
	for (size_t i = 0; i < UPSERTS; i++) {
		if (load.statuses[i] != 201) {
			fail_msg("upsert %zu: expected 201, found %d %s", i, load.statuses[i],
				load.what[i]);
		}
	}
	assert_int_equal(process_wait(stopped->process, STOP_LIMIT_MS), 0);
	char *refused = raw_exchange(stopped->port, "", 0, 10);
	assert_null(refused);
}

static void with_the_sandbox_in_a_process_of_its_own(void **state) {
	(void)state;
	start_pair(NULL);
	sandbox_control(sandbox.base, "{\"latency_ms\": 150}");
	stop_half_way(&host);
	json_t *counts = sandbox_state(sandbox.base, NULL);
	assert_true(json_has(counts, "/records/contacts", "100"));
	assert_true(json_has(counts, "/creates", "100"));
	json_decref(counts);
	stop_pair();
}

static void with_the_sandbox_in_the_same_process(void **state) {
	static const char *const arguments[] = {"serve", "--sandbox", NULL};
	char control[96];
	(void)state;
	host_start(&host, arguments, NULL, anonymous_sandbox);
	snprintf(control, sizeof(control), "%s/sandbox", host.base);
	sandbox_control(control, "{\"limit\": \"off\", \"latency_ms\": 150}");
	stop_half_way(&host);
	host_stop(&host);
}

/* ---- more callers than connections ---- */

static void many_requests(struct client *client, size_t index, void *ctx) {
	struct load *load = ctx;
	for (size_t i = 0; i < ROUNDS; i++) {
		struct answer answer;
		char body[96];
		int length = snprintf(body, sizeof(body),
			"{\"email\": \"caller.%zu.%zu@example.com\"}", index, i);
		client_ask(client, "POST", "/contacts", NULL, body, (size_t)length, &answer);
		pthread_mutex_lock(&load->lock);
		load->replied += answer.status == 201;
		if (answer.status != 201) {
			snprintf(load->what[index], sizeof(load->what[index]), "%d %s%s",
				answer.status, answer.text == NULL ? "" : answer.text,
				answer.error);
		}
		pthread_mutex_unlock(&load->lock);
		answer_finish(&answer);
	}
}

static void twice_as_many_callers_as_connections(void **state) {
	static const char *const few[] = {"CONNECTOR_MAX_CONNECTIONS=8", NULL};
	(void)state;
	start_pair(few);
	struct load load = {.lock = PTHREAD_MUTEX_INITIALIZER};
	uint64_t begun_ms = now_ms();
	run_workers(host.base, CALLERS, many_requests, &load);
	for (size_t i = 0; i < CALLERS; i++) {
		if (load.what[i][0] != '\0') {
			fail_msg("caller %zu: %s", i, load.what[i]);
		}
	}
	assert_int_equal(load.replied, CALLERS * ROUNDS);
	assert_true(now_ms() - begun_ms < 20000);
	stop_pair();
}

static void ask_ok(struct client *client) {
	struct answer answer;
	client_ask(client, "GET", "/readyz", NULL, NULL, 0, &answer);
	if (answer.status != 200 || answer.ms > 3000) {
		fail_msg("expected 200 within 3 s, found, after %u ms: %d %s", (unsigned)answer.ms,
			answer.status, answer.error);
	}
	answer_finish(&answer);
}

/* Connections that stay open and idle must not keep others out. */
static void idle_callers_make_room(void **state) {
	static const char *const few[] = {"CONNECTOR_MAX_CONNECTIONS=8", NULL};
	struct client *clients[CALLERS];
	(void)state;
	start_pair(few);
	for (size_t i = 0; i < CALLERS; i++) {
		clients[i] = client_open(host.base);
	}
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < CALLERS; i++) {
			ask_ok(clients[i]);
		}
	}
	for (size_t i = 0; i < CALLERS; i++) {
		client_close(clients[i]);
	}
	stop_pair();
}

/* Nor connections that never say a word. */
static void silent_callers_make_room(void **state) {
	static const char *const few[] = {"CONNECTOR_MAX_CONNECTIONS=8", NULL};
	int silent[CALLERS];
	(void)state;
	start_pair(few);
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons(host.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	for (size_t i = 0; i < CALLERS; i++) {
		silent[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(
			connect(silent[i], (struct sockaddr *)&address, sizeof(address)), 0);
	}
	struct client *client = client_open(host.base);
	ask_ok(client);
	client_close(client);
	for (size_t i = 0; i < CALLERS; i++) {
		close(silent[i]);
	}
	stop_pair();
}

/* ---- a stop that cannot be a good one ---- */

static void *hang(void *ctx) {
	struct answer answer;
	struct client *client = client_open(host.base);
	const char body[] = "{\"email\": \"hang@example.com\"}";
	client_ask(client, "POST", "/contacts", NULL, body, strlen(body), &answer);
	client_close(client);
	*(int *)ctx = answer.status;
	answer_finish(&answer);
	return NULL;
}

static bool has_begun(void) {
	struct answer answer;
	ask(sandbox.base, "GET", "/__journal?last=1", NULL, 200, &answer);
	bool is_there = strstr(answer.text, "/batch/") != NULL;
	answer_finish(&answer);
	return is_there;
}

static void start_hanging(pthread_t *thread, int *status) {
	sandbox_control(sandbox.base,
		"{\"fail\": {\"next\": 50, \"how\": \"hang\", \"path\": \"/batch/\"}}");
	assert_int_equal(pthread_create(thread, NULL, hang, status), 0);
	while (!has_begun()) {
		pause_ms(10);
	}
}

static void a_second_sigterm_ends_at_once(void **state) {
	pthread_t thread;
	int status = -1;
	(void)state;
	start_pair(NULL);
	start_hanging(&thread, &status);
	process_signal(host.process, SIGTERM);
	assert_int_equal(process_wait(host.process, 300), PROCESS_RUNS);
	uint64_t begun_ms = now_ms();
	process_signal(host.process, SIGTERM);
	assert_int_equal(process_wait(host.process, STOP_LIMIT_MS), 1);
	assert_true(now_ms() - begun_ms < 3000);
	pthread_join(thread, NULL);
	assert_int_equal(status, 0);
	host_clear(&host);
	host_stop(&sandbox);
}

static void the_grace_has_an_end(void **state) {
	static const char *const soon[] = {"CONNECTOR_DRAIN_MS=500", NULL};
	pthread_t thread;
	int status = -1;
	(void)state;
	start_pair(soon);
	start_hanging(&thread, &status);
	uint64_t begun_ms = now_ms();
	process_signal(host.process, SIGTERM);
	assert_int_equal(process_wait(host.process, STOP_LIMIT_MS), 1);
	assert_in_range(now_ms() - begun_ms, 450, 4000);
	pthread_join(thread, NULL);
	host_clear(&host);
	host_stop(&sandbox);
}

static void an_idle_host_stops_at_once(void **state) {
	(void)state;
	start_pair(NULL);
	struct client *client = client_open(host.base);
	struct answer answer;
	assert_true(client_ask(client, "GET", "/healthz", NULL, NULL, 0,
		&answer)); /* and its connection stays open */
	answer_finish(&answer);
	uint64_t begun_ms = now_ms();
	process_signal(host.process, SIGINT);
	assert_int_equal(process_wait(host.process, STOP_LIMIT_MS), 0);
	assert_true(now_ms() - begun_ms < 3000);
	client_close(client);
	stop_pair();
}

static int teardown(void **state) {
	(void)state;
	clear_pair();
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(with_the_sandbox_in_a_process_of_its_own, teardown),
		cmocka_unit_test_teardown(with_the_sandbox_in_the_same_process, teardown),
		cmocka_unit_test_teardown(twice_as_many_callers_as_connections, teardown),
		cmocka_unit_test_teardown(idle_callers_make_room, teardown),
		cmocka_unit_test_teardown(silent_callers_make_room, teardown),
		cmocka_unit_test_teardown(a_second_sigterm_ends_at_once, teardown),
		cmocka_unit_test_teardown(the_grace_has_an_end, teardown),
		cmocka_unit_test_teardown(an_idle_host_stops_at_once, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
