/*
 * The plugin good.so, compiled against the SDK alone, from load to stop; and the services of the
 * loop and the watch.
 */
#include "border.h"

#include <pthread.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/metric.h"

#define ONE(name) ((const char *const[]){name, NULL})
#define TEST(name) cmocka_unit_test_setup_teardown(name, border_set_up, border_tear_down)

static struct probe probe, other;
static unsigned runs;
static struct hsc_metric *counter;

static struct border *open_good(void **state) {
	struct border *border = *state;
	assert_true(border_load(border, ONE("good")));
	assert_true(plugins_start(border->plugins, border->error, sizeof(border->error)));
	return border;
}

static int last_code(struct border *border) {
	fake_send(border->http, "GET", "/good/last", NULL);
	return replied_code();
}

static int64_t hits(void) {
	return metric_value(
		metric_make(METRIC_COUNTER, "connector_plugin_hits_total", "plugin=\"good\"", ""));
}

static void echo(void **state) {
	struct border *border = open_good(state);
	int64_t before = hits();
	assert_int_equal(fake_send(border->http, "POST", "/good/echo", "{\"a\":1}"), HTTP_REPLIED);
	assert_int_equal(json_integer_value(json_object_get(fake_reply()->body, "a")), 1);
	assert_string_equal(
		json_string_value(json_object_get(fake_reply()->headers, "X-Good")), "yes");
	assert_int_equal(hits() - before, 1);
	fake_send(border->http, "POST", "/good/echo", "{\"b\":1}");
	assert_int_equal(fake_reply()->status, 422);
}

static void later(void **state) {
	struct border *border = open_good(state);
	assert_int_equal(fake_send(border->http, "GET", "/good/later", NULL), HTTP_LATER);
	fake_loop_run_ms(border->loop, 49);
	assert_int_equal(fake_reply()->count, 0);
	fake_loop_run_ms(border->loop, 2);
	assert_int_equal(fake_reply()->status, 204);
	assert_int_equal(last_code(border), 0);
}

static void later_to_nobody(void **state) {
	struct border *border = open_good(state);
	fake_send(border->http, "GET", "/good/later", NULL);
	fake_leave();
	fake_loop_run_ms(border->loop, 100);
	assert_int_equal(last_code(border), HSC_EGONE);
}

static void twice(void **state) {
	struct border *border = open_good(state);
	assert_int_equal(fake_send(border->http, "GET", "/good/twice", NULL), HTTP_REPLIED);
	assert_int_equal(last_code(border), HSC_ESTATE);
}

static void late_registration(void **state) {
	struct border *border = open_good(state);
	fake_send(border->http, "GET", "/good/late-registration", NULL);
	assert_int_equal(replied_code(), HSC_ESTATE);
}

static void pass(void **state) {
	struct border *border = open_good(state);
	json_t *record = json_pack("{s:s}", "id", "17");
	assert_int_equal(fake_send(border->http, "GET", "/good/pass/17", NULL), HTTP_LATER);
	assert_string_equal(fake_operation(0)->asked.id, "17");
	fake_finish(0,
		&(struct hubspot_result){
			.failure = HUBSPOT_OK, .status = 200, .id = "17", .record = record});
	json_decref(record);
	assert_int_equal(fake_reply()->status, 200);
	assert_string_equal(json_string_value(json_object_get(fake_reply()->body, "id")), "17");
}

static void a_thread_of_the_plugins(void **state) {
	struct border *border = open_good(state);
	int64_t before = misuses("good", "wrong_thread");
	assert_int_equal(fake_send(border->http, "GET", "/good/thread", NULL), HTTP_LATER);
	assert_int_equal(misuses("good", "wrong_thread") - before, 3);
	fake_loop_turn(border->loop);
	assert_int_equal(replied_code(), HSC_ESTATE);
	assert_int_equal(
		lines_with("a line from another thread at some time", "\"plugin\":\"good\""), 1);
}

/* ---- timers and posts ---- */

static void run(void *ctx) {
	runs += *(const unsigned *)ctx;
}

static const unsigned one = 1;

static void *once(void) {
	return (void *)(uintptr_t)&one;
}

static struct border *open_probe(void **state) {
	struct border *border = *state;
	probe = (struct probe){.init = NULL};
	other = (struct probe){.init = NULL};
	runs = 0;
	border_probe(border, &probe, &other);
	return border;
}

static void timers_fire_once_or_are_stopped(void **state) {
	struct border *border = open_probe(state);
	const struct hsc_loop *loop = probe.host->loop;
	int64_t before = misuses("probe", "stale_token");
	struct hsc_timer *fired = loop->after(probe.host, 10, run, once());
	struct hsc_timer *stopped = loop->after(probe.host, 10, run, once());
	loop->stop(other.host, stopped); /* not its own: nothing happens */
	loop->stop(probe.host, stopped);
	loop->stop(probe.host, stopped);
	fake_loop_run_ms(border->loop, 20);
	assert_int_equal(runs, 1);
	loop->stop(probe.host, fired);
	loop->stop(probe.host, NULL);
	assert_int_equal(misuses("probe", "stale_token") - before, 2);
	assert_null(loop->after(probe.host, 10, NULL, NULL));
	assert_int_equal(loop->now_ms(probe.host), clock_now_ms());
}

static void many_timers(void **state) {
	struct border *border = open_probe(state);
	struct hsc_timer *timers[200];
	for (unsigned i = 0; i < 200; i++) {
		timers[i] = probe.host->loop->after(probe.host, 10, run, once());
		assert_non_null(timers[i]);
	}
	for (unsigned i = 0; i < 200; i += 2) {
		probe.host->loop->stop(probe.host, timers[i]);
	}
	fake_loop_run_ms(border->loop, 20);
	assert_int_equal(runs, 100);
}

static void a_post_runs_later_and_not_after_the_end(void **state) {
	struct border *border = open_probe(state);
	const struct hsc_loop *loop = probe.host->loop;
	assert_int_equal(loop->post(probe.host, run, once()), 0);
	assert_int_equal(runs, 0);
	fake_loop_turn(border->loop);
	assert_int_equal(runs, 1);
	assert_int_equal(loop->post(probe.host, NULL, NULL), HSC_EINVAL);
	assert_int_equal(loop->post(NULL, run, once()), HSC_EINVAL);
	assert_int_equal(loop->post(probe.host, run, once()), 0);
	loop_close_posts(border->loop);
	assert_int_equal(loop->post(probe.host, run, once()), HSC_ESTATE);
	fake_loop_turn(border->loop);
	assert_int_equal(runs, 2); /* what was taken still runs */
}

static void what_waits_at_the_end_is_dropped(void **state) {
	struct border *border = open_probe(state);
	assert_int_equal(probe.host->loop->post(probe.host, run, once()), 0);
	assert_non_null(probe.host->loop->after(probe.host, 0, run, once()));
	plugins_stop(border->plugins);
	border->plugins = NULL;
	assert_int_equal(runs, 0);
}

static void dawdle(void *ctx) {
	(void)ctx;
	clock_set_ms(clock_now_ms() + 21);
}

static void a_slow_callback_is_logged_with_its_plugin(void **state) {
	struct border *border = open_probe(state);
	probe.host->loop->after(probe.host, 1, dawdle, NULL);
	fake_loop_run_ms(border->loop, 5);
	assert_int_equal(lines_with("plugin held the loop", "\"plugin\":\"probe\""), 1);
	probe.host->loop->post(probe.host, dawdle, NULL);
	probe.host->loop->after(probe.host, 1, run, once());
	fake_loop_run_ms(border->loop, 50);
	assert_int_equal(lines_with("plugin held the loop", ""), 2);
}

/* ---- watch ---- */

static int count(const struct hsc_host *host) {
	counter = host->watch->counter(host, "things_total", "Things.");
	assert_non_null(counter);
	assert_ptr_equal(host->watch->counter(host, "things_total", "Things."), counter);
	assert_null(host->watch->counter(host, "things", "No _total."));
	assert_null(host->watch->counter(host, "_total", "No name."));
	assert_null(host->watch->counter(host, "Things_total", "A capital."));
	assert_null(host->watch->counter(host, "misuse_total", "The host's."));
	assert_null(host->watch->counter(host, "two_total", "Two\nlines."));
	assert_null(host->watch->counter(host, NULL, "No name."));
	return 0;
}

static void a_counter_takes_parts(void **state) {
	struct border *border = *state;
	struct buf text;
	probe = (struct probe){.init = count};
	border_probe(border, &probe, NULL);
	for (int i = 0; i < 4; i++) {
		probe.host->watch->record(counter, 0.25);
	}
	probe.host->watch->record(counter, 2);
	int64_t before = misuses("probe", "bad_argument");
	probe.host->watch->record(counter, -1);
	probe.host->watch->record(counter, 0.0 / 0.0);
	probe.host->watch->record(NULL, 1);
	assert_int_equal(misuses("probe", "bad_argument") - before, 2);
	buf_init(&text, 100000);
	metric_render(&text);
	assert_non_null(
		strstr(buf_text(&text), "connector_plugin_things_total{plugin=\"probe\"} 3\n"));
	buf_finish(&text);
}

static void lines_carry_their_plugin(void **state) {
	open_probe(state);
	int64_t before = misuses("probe", "bad_argument");
	hsc_log(probe.host, HSC_WARN, NULL, "two\nlines %d", 7);
	assert_int_equal(lines_with("two\\u000alines 7", "\"level\":\"warn\""), 1);
	assert_int_equal(lines_with("two\\u000alines 7", "\"plugin\":\"probe\""), 1);
	probe.host->watch->log(probe.host, 9, NULL, "an odd level");
	probe.host->watch->log(probe.host, HSC_INFO, NULL, NULL);
	assert_int_equal(misuses("probe", "bad_argument") - before, 2);
	assert_int_equal(lines_with("an odd level", "\"plugin\":\"probe\""), 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(echo),
		TEST(later),
		TEST(later_to_nobody),
		TEST(twice),
		TEST(late_registration),
		TEST(pass),
		TEST(a_thread_of_the_plugins),
		TEST(timers_fire_once_or_are_stopped),
		TEST(many_timers),
		TEST(a_post_runs_later_and_not_after_the_end),
		TEST(what_waits_at_the_end_is_dropped),
		TEST(a_slow_callback_is_logged_with_its_plugin),
		TEST(a_counter_takes_parts),
		TEST(lines_carry_their_plugin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
