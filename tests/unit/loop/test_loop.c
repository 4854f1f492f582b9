/* The real loop: order within a turn, timers, work from other threads, descriptors, signals. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/metric.h"
#include "loop/loop.h"

/* A mark as a ctx: nobody writes to it. */
#define MARK(text) ((void *)(uintptr_t)(text))

static struct loop *loop;
static char trail[64];

static int start(void **state) {
	(void)state;
	loop = loop_create();
	trail[0] = '\0';
	return 0;
}

static int stop(void **state) {
	(void)state;
	loop_destroy(loop);
	return 0;
}

static void mark(const char *what) {
	size_t length = strlen(trail);
	snprintf(trail + length, sizeof(trail) - length, "%s", what);
}

static void mark_ctx(void *ctx) {
	mark(ctx);
}

static void mark_and_stop(void *ctx) {
	mark(ctx);
	loop_stop(loop);
}

static void timers_fire_in_order_of_time_and_once(void **state) {
	struct loop_timer a, b, c;
	uint64_t begun_ms = clock_precise_ms();
	(void)state;
	loop_timer_init(&a, loop, mark_ctx, (char[]){"a"});
	loop_timer_init(&b, loop, mark_and_stop, (char[]){"b"});
	loop_timer_init(&c, loop, mark_ctx, (char[]){"c"});
	assert_true(loop_timer_start(&b, 60));
	assert_true(loop_timer_start(&a, 20));
	assert_true(loop_timer_start(&c, 10));
	assert_true(loop_timer_start(&c, 40)); /* only the later call counts */
	loop_run(loop);
	assert_string_equal(trail, "acb");
	assert_true(clock_precise_ms() - begun_ms >= 55); /* libevent counts on a clock that is 4 ms coarse */
	assert_false(loop_timer_is_running(&a));
	loop_timer_finish(&a);
	loop_timer_finish(&b);
	loop_timer_finish(&c);
	loop_timer_finish(&c);
}

static void a_stopped_timer_does_not_fire(void **state) {
	struct loop_timer a, b;
	(void)state;
	loop_timer_init(&a, loop, mark_ctx, (char[]){"a"});
	loop_timer_init(&b, loop, mark_and_stop, (char[]){"b"});
	loop_timer_start(&a, 5);
	loop_timer_start(&b, 20);
	loop_timer_stop(&a);
	loop_run(loop);
	assert_string_equal(trail, "b");
	loop_timer_finish(&a);
	loop_timer_finish(&b);
}

static struct loop_task first, second, again;

static void schedule_again(void *ctx) {
	mark(ctx);
	loop_task_schedule(&again);
	loop_task_schedule(&again);
	loop_task_cancel(&second);
}

static void tasks_run_once_at_the_end_of_the_turn(void **state) {
	(void)state;
	loop_task_init(&first, loop, schedule_again, (char[]){"1"});
	loop_task_init(&second, loop, mark_ctx, (char[]){"2"});
	loop_task_init(&again, loop, mark_and_stop, (char[]){"3"});
	loop_task_schedule(&first);
	loop_task_schedule(&first);
	loop_task_schedule(&second);
	loop_run(loop);
	assert_string_equal(trail, "13");
}

static void *post_from_a_thread(void *ctx) {
	static char other[] = "", last[] = "!";
	(void)ctx;
	for (int i = 0; i < 1000; i++) {
		assert_true(loop_post(
			loop, i == 999 ? mark_and_stop : mark_ctx, i == 999 ? last : other));
	}
	return NULL;
}

static void posts_from_a_thread_run_in_order(void **state) {
	pthread_t thread;
	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, post_from_a_thread, NULL), 0);
	loop_run(loop);
	pthread_join(thread, NULL);
	assert_string_equal(trail, "!");
	loop_close_posts(loop);
	assert_false(loop_post(loop, mark_ctx, (char[]){"x"}));
}

static void read_ready(int fd, int ready, void *ctx) {
	char byte;
	assert_int_equal(ready, LOOP_READ);
	assert_int_equal(read(fd, &byte, 1), 1);
	mark(ctx);
	loop_stop(loop);
}

static void a_watched_descriptor_tells_when_it_is_readable(void **state) {
	int ends[2];
	(void)state;
	assert_int_equal(pipe(ends), 0);
	struct loop_fd *watch = loop_fd_watch(loop, ends[0], LOOP_READ, read_ready, (char[]){"r"});
	assert_non_null(watch);
	assert_int_equal(write(ends[1], "x", 1), 1);
	loop_run(loop);
	assert_string_equal(trail, "r");
	loop_fd_unwatch(watch);
	close(ends[0]);
	close(ends[1]);
}

static void raise_usr1(void *ctx) {
	(void)ctx;
	raise(SIGUSR1);
}

static void a_signal_runs_on_the_loop(void **state) {
	struct loop_task task;
	(void)state;
	assert_true(loop_on_signal(loop, SIGUSR1, mark_and_stop, (char[]){"s"}));
	loop_task_init(&task, loop, raise_usr1, NULL);
	loop_task_schedule(&task);
	loop_run(loop);
	assert_string_equal(trail, "s");
}

static uint64_t seen_ms[2];

static void see_first(void *ctx) {
	(void)ctx;
	seen_ms[0] = clock_now_ms();
	usleep(30000);
	seen_ms[1] = clock_now_ms();
	loop_stop(loop);
}

static void now_stands_still_within_a_callback(void **state) {
	struct loop_task task;
	(void)state;
	loop_task_init(&task, loop, see_first, NULL);
	loop_task_schedule(&task);
	loop_run(loop);
	assert_int_equal(seen_ms[0], seen_ms[1]);
}

static void busy(void *ctx) {
	(void)ctx;
	usleep(30000);
	loop_stop(loop);
}

/* How many turns took at most this long ("+Inf": all), and how long all together. */
static double told_of_turns(const char *line) {
	struct buf text;
	double value = -1;
	buf_init(&text, 1024 * 1024);
	metric_render(&text);
	const char *at = strstr(buf_text(&text), line);
	if (at != NULL) {
		value = strtod(at + strlen(line), NULL);
	}
	buf_finish(&text);
	return value;
}

static const char at_most_20_ms[] = "\nconnector_loop_turn_seconds_bucket{le=\"0.02\"} ";
static const char all_turns[] = "\nconnector_loop_turn_seconds_count ";
static const char all_seconds[] = "\nconnector_loop_turn_seconds_sum ";

/* The time slept is nobody's fault; the time worked is counted, whoever calls first: a timer, a
 * task, or a callback of libevent's own that says so. */
static void turns_are_measured_without_the_sleep(void **state) {
	struct loop_timer timer;
	double quick = told_of_turns(at_most_20_ms);
	double turns = told_of_turns(all_turns);
	double seconds = told_of_turns(all_seconds);
	(void)state;
	loop_timer_init(&timer, loop, mark_and_stop, (char[]){"t"});
	loop_timer_start(&timer, 200);
	loop_run(loop);
	assert_true(told_of_turns(all_turns) >= turns + 2); /* before the sleep, and after */
	assert_true(told_of_turns(all_seconds) - seconds < 0.15);
	turns = told_of_turns(all_turns) - turns;
	quick = told_of_turns(at_most_20_ms) - quick;
	assert_true(turns - quick <= 1); /* a machine may stumble once */
	loop_timer_finish(&timer);
}

static void a_long_turn_is_told(void **state) {
	struct loop_timer timer;
	struct loop_task task;
	double slow = told_of_turns(all_turns) - told_of_turns(at_most_20_ms);
	(void)state;
	loop_timer_init(&timer, loop, busy, NULL);
	loop_timer_start(&timer, 1);
	loop_run(loop);
	loop_task_init(&task, loop, busy, NULL);
	loop_task_schedule(&task);
	loop_run(loop);
	assert_true(told_of_turns(all_turns) - told_of_turns(at_most_20_ms) >= slow + 2);
	loop_timer_finish(&timer);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(timers_fire_in_order_of_time_and_once),
		TEST(a_stopped_timer_does_not_fire),
		TEST(tasks_run_once_at_the_end_of_the_turn),
		TEST(posts_from_a_thread_run_in_order),
		TEST(a_watched_descriptor_tells_when_it_is_readable),
		TEST(a_signal_runs_on_the_loop),
		TEST(now_stands_still_within_a_callback),
		TEST(turns_are_measured_without_the_sleep),
		TEST(a_long_turn_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
