#include "border.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, border_set_up, border_tear_down)

static struct probe probe;
static const struct running *seen;
static struct running copy;

static int look(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)state;
	copy = *running_now();
	host->http->reply(host, request, 204, NULL);
	seen = running_now();
	assert_string_equal(seen->request_id, FAKE_REQUEST_ID); /* though the request has ended */
	return HSC_REPLIED;
}

static int dawdle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)state;
	clock_set_ms(clock_precise_ms() + 21);
	host->http->reply(host, request, 204, NULL);
	return HSC_REPLIED;
}

static int add_routes(const struct hsc_host *host) {
	const struct hsc_route one =
		HSC_ROUTE(.method = "GET", .path = "/look/{id}", .handle = look);
	const struct hsc_route two =
		HSC_ROUTE(.method = "GET", .path = "/dawdle", .handle = dawdle);
	assert_string_equal(running_now()->callback, "init");
	return host->http->add_route(host, &one) | host->http->add_route(host, &two);
}

static void what_runs_is_known(void **state) {
	struct border *border = *state;
	probe = (struct probe){.init = add_routes};
	assert_null(running_now());
	border_probe(border, &probe, NULL);
	assert_null(running_now());
	fake_send(border->http, "GET", "/look/1", NULL);
	assert_string_equal(copy.plugin, "probe");
	assert_string_equal(copy.callback, "handle");
	assert_string_equal(copy.route, "/look/{id}");
	assert_string_equal(copy.request_id, FAKE_REQUEST_ID);
	assert_null(copy.outer);
	assert_null(running_now());
}

static void a_slow_callback_is_told_with_all_it_is_about(void **state) {
	struct border *border = *state;
	probe = (struct probe){.init = add_routes};
	border_probe(border, &probe, NULL);
	clock_set_ms(1000);
	fake_send(border->http, "GET", "/dawdle", NULL);
	assert_int_equal(lines_with("\"event\":\"plugin held the "
				    "loop\",\"plugin\":\"probe\",\"callback\":\"handle\","
				    "\"route\":\"/dawdle\",\"request_id\":\"" FAKE_REQUEST_ID
				    "\",\"ms\":21}",
				 "\"level\":\"warn\""),
		1);
}

/* One in the other: the inner one is what runs, since the outer one began the loop is held. */
static void nested_callbacks(void **state) {
	const struct plugin outer_plugin = {.name = "outer"}, inner_plugin = {.name = "inner"};
	struct running outer, inner;
	(void)state;
	clock_set_ms(5000);
	running_enter(&outer, &outer_plugin, "done", NULL);
	clock_set_ms(5010);
	running_enter(&inner, &inner_plugin, "gone", NULL);
	assert_ptr_equal(running_now(), &inner);
	assert_int_equal(inner.began_ms, 5010);
	assert_int_equal(inner.held_ms, 5000);
	running_leave(&inner);
	assert_ptr_equal(running_now(), &outer);
	assert_string_equal(running_now()->request_id, "");
	assert_null(running_now()->route);
	running_leave(&outer);
	assert_null(running_now());
	assert_int_equal(lines_with("plugin held the loop", ""), 0); /* 10 ms are none */
}

/* ---- the watch, beside a thread that does not come back for a while ---- */

static atomic_uint told;
static char told_line[512];

static void keep_hold(const char *line, void *ctx) {
	(void)ctx;
	if (strstr(line, "plugin holds the loop") != NULL && atomic_fetch_add(&told, 1) == 0) {
		snprintf(told_line, sizeof(told_line), "%s", line);
	}
}

static void a_hold_is_told_while_it_lasts(void **state) {
	const struct plugin plugin = {.name = "sleeper"};
	struct running running;
	(void)state;
	clock_set_ms(10000);
	running_enter(&running, &plugin, "timer", NULL);
	clock_set_ms(13000); /* for the watch 3 s have passed when it looks first */
	log_redirect(keep_hold, NULL);
	running_watch();
	for (unsigned i = 0; i < 600 && atomic_load(&told) == 0; i++) {
		nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	}
	running_unwatch();
	running_unwatch();
	assert_int_equal(atomic_load(&told),
		1); /* again only when it has doubled, and here time stands still */
	assert_non_null(strstr(told_line,
		"\"level\":\"warn\",\"event\":\"plugin holds the loop\",\"plugin\":\"sleeper\","
		"\"callback\":\"timer\",\"ms\":3000}"));
	running_leave(&running);
}

/* Callbacks come and go while the watch looks at them; TSan and ASan look at us. */
static void the_watch_disturbs_nobody(void **state) {
	const struct plugin plugin = {.name = "busy"};
	(void)state;
	clock_set_ms(1);
	running_watch();
	for (unsigned round = 0; round < 200000; round++) {
		struct running running;
		running_enter(&running, &plugin, "post", NULL);
		running_leave(&running);
	}
	running_unwatch();
	assert_null(running_now());
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(what_runs_is_known),
		TEST(a_slow_callback_is_told_with_all_it_is_about),
		TEST(nested_callbacks),
		TEST(a_hold_is_told_while_it_lasts),
		TEST(the_watch_disturbs_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
