/* Requests, time, threads, metrics: the host around a plugin that is linked into the test. */
#include "kit.h"

#include <jansson.h>
#include <pthread.h>
#include <time.h>

struct life {
	const struct hsc_host *host;
	struct hsc_request *waiting;
	struct hsc_metric *lines;
	struct hsc_metric *level;
	struct hsc_metric *spent;
	int gone;
	int ticks;
	int posts;
	int ended;
	int finished;
	pthread_t thread;
};

static struct life life;

static void was_gone(struct hsc_request *request, void *ctx) {
	assert_ptr_equal(request, life.waiting);
	assert_ptr_equal(ctx, &life);
	life.gone++;
}

static int wait(const struct hsc_host *host, struct hsc_request *request, void *state) {
	struct life *own = state;
	own->waiting = request;
	host->http->on_gone(host, request, was_gone, own);
	return HSC_LATER;
}

static void tick(void *ctx) {
	struct life *own = ctx;
	own->ticks++;
	if (own->ticks < 3) {
		own->host->loop->after(own->host, 1000, tick, own);
	}
}

static int burn(const struct hsc_host *host, struct hsc_request *request, void *state) {
	struct timespec now, began;
	(void)state;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &began);
	do {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	} while ((now.tv_sec - began.tv_sec) * 1000000000LL + now.tv_nsec - began.tv_nsec <
		30000000);
	host->http->reply(host, request, 204, NULL);
	return HSC_REPLIED;
}

static int echo(const struct hsc_host *host, struct hsc_request *request, void *state) {
	struct life *own = state;
	size_t length = 0;
	const void *bytes = host->http->raw_body(host, request, &length);
	host->watch->record(own->lines, 2);
	host->watch->record(own->level, 7);
	host->watch->record(own->spent, 0.25);
	host->http->reply_header(host, request, "X-Method", host->http->method(host, request));
	host->http->reply_bytes(host, request, 200, "application/octet-stream", bytes, length);
	return HSC_REPLIED;
}

static int fail_it(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)host;
	(void)request;
	(void)state;
	return HSC_ENOMEM;
}

static void was_posted(void *ctx) {
	((struct life *)ctx)->posts++;
}

static void *post_later(void *ctx) {
	struct life *own = ctx;
	const struct timespec pause = {.tv_nsec = 20000000};
	nanosleep(&pause, NULL);
	assert_int_equal(own->host->loop->post(own->host, was_posted, own), 0);
	return NULL;
}

static void has_ended(const struct hsc_result *result, void *ctx) {
	struct life *own = ctx;
	own->ended = result->error;
}

static int submit(const struct hsc_host *host, struct hsc_request *request, void *state) {
	const struct hsc_operation operation = HSC_OPERATION(.kind = HSC_READ, .object = "contacts",
		.id = "1", .request = request);
	host->hubspot->submit(host, &operation, has_ended, state, NULL);
	((struct life *)state)->waiting = request;
	return HSC_LATER;
}

static int init(const struct hsc_host *host, void **state) {
	const struct hsc_route routes[] = {
		HSC_ROUTE(.method = "GET", .path = "/life/wait", .timeout_ms = 5000,
			.handle = wait),
		HSC_ROUTE(.method = "GET", .path = "/life/burn", .handle = burn),
		HSC_ROUTE(.method = "POST", .path = "/life/echo", .flags = HSC_ROUTE_RAW_BODY,
			.handle = echo),
		HSC_ROUTE(.method = "GET", .path = "/life/fail", .handle = fail_it),
		HSC_ROUTE(.method = "GET", .path = "/life/submit", .handle = submit),
	};
	life = (struct life){.host = host};
	life.lines = host->watch->counter(host, "lines_total", "Lines.");
	life.level = host->watch->gauge(host, "level_count", "Level.");
	life.spent = host->watch->histogram(host, "spent_seconds", "Spent.");
	*state = &life;
	int error = 0;
	for (size_t i = 0; error == 0 && i < sizeof(routes) / sizeof(routes[0]); i++) {
		error = host->http->add_route(host, &routes[i]);
	}
	return error;
}

static int start(const struct hsc_host *host, void *state) {
	host->loop->after(host, 1000, tick, state);
	return 0;
}

static void fini(void *state) {
	((struct life *)state)->finished++;
}

static const struct hsc_plugin LIFE = {.size = sizeof(LIFE),
	.abi_major = HSC_ABI_MAJOR,
	.abi_minor = HSC_ABI_MINOR,
	.name = "life",
	.version = "1",
	.init = init,
	.start = start,
	.fini = fini};

static int open_kit(void **state) {
	*state = open_with(&(struct hsck_options){.plugin = &LIFE});
	return 0;
}

static int close_kit(void **state) {
	close_clean(*state);
	assert_int_equal(life.finished, 1);
	return 0;
}

static void reply_late(int expected) {
	assert_int_equal(life.host->http->reply(life.host, life.waiting, 204, NULL), expected);
}

static void test_what_the_host_answers_by_itself(void **state) {
	struct hsck *kit = *state;
	assert_reply(hsck_ask(kit, "GET", "/nowhere", NULL), 404, "code", "not_found");
	struct hsck_request *request = hsck_ask(kit, "DELETE", "/life/echo", NULL);
	assert_reply(request, 405, "code", "method_not_allowed");
	assert_holds(hsck_header(request, "Allow"), "POST");
	assert_int_equal(hsck_status(hsck_ask(kit, "OPTIONS", "/life/echo", NULL)), 204);
	assert_int_equal(hsck_status(hsck_ask(kit, "GET", "/life/wait", "{}")), 400);
	assert_reply(hsck_ask(kit, "GET", "/life/fail", NULL), 500, "code", "internal_error");
	assert_int_equal(hsck_logged(kit, "handler failed"), 1);
}

static void test_raw_bytes(void **state) {
	struct hsck *kit = *state;
	const struct hsck_header headers[] = {
		{"Content-Type", "application/octet-stream"}, {NULL, NULL}};
	struct hsck_request *request =
		hsck_send(kit, "POST", "/v1/life/echo", headers, "a\0b\xff", 4);
	assert_int_equal(hsck_status(request), 200);
	assert_int_equal(hsck_reply(request)->length, 4);
	assert_memory_equal(hsck_reply(request)->bytes, "a\0b\xff", 4);
	assert_string_equal(hsck_header(request, "x-method"), "POST");
	assert_string_equal(hsck_header(request, "Content-Length"), "4");
	assert_null(hsck_header(request, "X-Nothing"));
}

static void test_the_client_leaves(void **state) {
	struct hsck *kit = *state;
	struct hsck_request *request = hsck_request(kit, "GET", "/life/wait", NULL);
	hsck_leave(request);
	hsck_leave(request);
	assert_int_equal(life.gone, 1);
	assert_false(hsck_has_ended(request));
	reply_late(HSC_EGONE);
	assert_true(hsck_has_ended(request));
	assert_null(hsck_reply(request));
	assert_int_equal(hsck_status(request), 0);

	struct hsck_request *replied = hsck_request(kit, "GET", "/life/wait", NULL);
	reply_late(0);
	hsck_leave(replied);
	assert_int_equal(life.gone, 1);
	assert_int_equal(hsck_status(replied), 204);
}

static void test_leaving_cancels_what_was_asked_of_hubspot(void **state) {
	struct hsck *kit = *state;
	struct hsck_request *request = hsck_request(kit, "GET", "/life/submit", NULL);
	hsck_leave(request);
	assert_true(hsck_operation(kit, 0)->is_cancelled);
	assert_false(hsck_answer(kit, 0, &(struct hsck_answer){.id = "1"}));
	assert_int_equal(life.ended, 0);
	hsck_run(kit);
	assert_int_equal(life.ended, HSC_EGONE);
	assert_true(hsck_operation(kit, 0)->has_ended);
	reply_late(HSC_EGONE);
}

static void test_the_deadline(void **state) {
	struct hsck *kit = *state;
	struct hsck_request *request = hsck_request(kit, "GET", "/life/wait", NULL);
	hsck_pass(kit, 5000);
	assert_null(hsck_reply(request));
	hsck_pass(kit, 250);
	assert_int_equal(hsck_status(request), 504);
	assert_int_equal(life.gone, 1);
	reply_late(HSC_EGONE);
	assert_true(hsck_has_ended(request));
	assert_int_equal(hsck_reply(request)->count, 1);
}

static void test_timers(void **state) {
	struct hsck *kit = *state;
	uint64_t began_ms = hsck_now_ms(kit);
	hsck_run(kit);
	assert_int_equal(life.ticks, 0);
	hsck_pass(kit, 999);
	assert_int_equal(life.ticks, 0);
	hsck_pass(kit, 1);
	assert_int_equal(life.ticks, 1);
	hsck_pass(kit, 10000);
	assert_int_equal(life.ticks, 3);
	assert_int_equal(hsck_now_ms(kit) - began_ms, 11000);
	assert_int_equal(life.host->loop->now_ms(life.host), hsck_now_ms(kit));
}

static void test_posts(void **state) {
	struct hsck *kit = *state;
	assert_false(hsck_wait_post(kit, 1));
	assert_int_equal(pthread_create(&life.thread, NULL, post_later, &life), 0);
	assert_true(hsck_wait_post(kit, 60000));
	assert_int_equal(life.posts, 1);
	pthread_join(life.thread, NULL);
	assert_int_equal(life.host->loop->post(life.host, was_posted, &life), 0);
	assert_int_equal(life.posts, 1);
	assert_true(hsck_turn(kit));
	assert_int_equal(life.posts, 2);
	assert_false(hsck_turn(kit));
}

static void test_metrics(void **state) {
	struct hsck *kit = *state;
	assert_true(hsck_metric(kit, "lines_total") == 0);
	hsck_ask(kit, "POST", "/life/echo", NULL);
	assert_true(hsck_metric(kit, "lines_total") == 2);
	assert_true(hsck_metric(kit, "connector_plugin_lines_total{plugin=\"life\"}") == 2);
	assert_true(hsck_metric(kit, "level_count") == 7); /* as it stands, whoever set it */
	life.host->watch->record(life.level, -7);
	assert_true(hsck_metric(kit, "level_count") == -7);
	assert_true(hsck_metric(kit, "spent_seconds_count") == 1);
	assert_true(hsck_metric(kit, "spent_seconds_sum") == 0.25);
	assert_true(hsck_metric(kit, "lines") < 0);
	assert_true(hsck_longest_us(kit) < 60000000);
	hsck_ask(kit, "GET", "/life/burn", NULL);
	assert_true(hsck_longest_us(kit) >= 30000);
}

/* At its end the host lets go of all: done() hears it, the plugin's reply would come too late. */
static void test_the_end_comes_before_the_answers(void **state) {
	struct hsck *kit = *state;
	hsck_request(kit, "GET", "/life/submit", NULL);
	assert_holds(hsck_close(kit), "operation 0 (contacts 1): it has not ended");
	assert_int_equal(life.ended, HSC_EGONE);
	assert_int_equal(life.finished, 1);
	*state = open_with(&(struct hsck_options){.plugin = &LIFE});
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_kit, close_kit)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_what_the_host_answers_by_itself),
		TEST(test_raw_bytes),
		TEST(test_the_client_leaves),
		TEST(test_leaving_cancels_what_was_asked_of_hubspot),
		TEST(test_the_deadline),
		TEST(test_timers),
		TEST(test_posts),
		TEST(test_metrics),
		TEST(test_the_end_comes_before_the_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
