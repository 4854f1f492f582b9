/*
 * loop/loop.h - the one event loop, layer 1: timers, work at the end of a turn, work from other
 * threads, descriptors to watch, signals.
 *
 * One thread runs the loop and everything that is called from it; only loop_post() may be called
 * from elsewhere. A callback never runs inside the function that took it. A turn is: one "now"
 * (clock_update()), all that is ready, then the tasks put off to the turn's end, then the log is
 * flushed. The unit tests link tests/unit/fake_loop.c instead: the same functions in virtual time.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

struct event;
struct event_base;
struct loop;

typedef void loop_fn(void *ctx);

/* Aborts when it cannot be made: there is nothing to run without it. */
struct loop *loop_create(void);
void loop_destroy(struct loop *loop);

/* Runs turns until loop_stop(); then returns. */
void loop_run(struct loop *loop);

/* Ends loop_run() at the end of this turn. */
void loop_stop(struct loop *loop);

/* libevent's base, for the two homes of other libevent parts: http/server.c and
 * hubspot/transport.c. */
struct event_base *loop_event_base(struct loop *loop);

/* ---- timers: embedded in their owner, no allocation after the first start ---- */

struct loop_timer {
	struct loop *loop;
	loop_fn *fire;
	void *ctx;
	struct event *event;
	uint64_t at_ms;	  /* when it fires, on clock_now_ms(); 0 while stopped */
	struct list link; /* for the fake loop */
};

void loop_timer_init(struct loop_timer *timer, struct loop *loop, loop_fn *fire, void *ctx);

/* Fires once, `delay_ms` from now; started again before that, only the later call counts. */
bool loop_timer_start(struct loop_timer *timer, uint64_t delay_ms);
void loop_timer_stop(struct loop_timer *timer);
bool loop_timer_is_running(const struct loop_timer *timer);

/* Stops it and frees what it holds; allowed on a zeroed timer, and inside its own callback. */
void loop_timer_finish(struct loop_timer *timer);

/* ---- tasks: once, at the end of this turn (of the next one, when scheduled by a task) ---- */

struct loop_task {
	struct loop *loop;
	loop_fn *run;
	void *ctx;
	struct list link;
};

void loop_task_init(struct loop_task *task, struct loop *loop, loop_fn *run, void *ctx);

/* Scheduling one that is already scheduled changes nothing. */
void loop_task_schedule(struct loop_task *task);
void loop_task_cancel(struct loop_task *task);

/* ---- from other threads ---- */

/* Runs `run` on the loop, soon and once. Any thread. False: no memory, or loop_close_posts() was
 * called. */
bool loop_post(struct loop *loop, loop_fn *run, void *ctx);

/* From now on loop_post() refuses; what was taken before still runs. */
void loop_close_posts(struct loop *loop);

/* ---- descriptors and signals ---- */

enum { LOOP_READ = 1, LOOP_WRITE = 2 };
typedef void loop_fd_fn(int fd, int ready, void *ctx);
struct loop_fd;

/* Calls `ready` whenever `fd` is readable or writable, as asked. NULL: no memory. Never closes the
 * descriptor. */
struct loop_fd *loop_fd_watch(struct loop *loop, int fd, int what, loop_fd_fn *ready, void *ctx);
void loop_fd_unwatch(struct loop_fd *watch);

/* Calls `run` on the loop for every `signal_number`; lives as long as the loop. */
bool loop_on_signal(struct loop *loop, int signal_number, loop_fn *run, void *ctx);

#endif
