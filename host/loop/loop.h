/*
 * loop/loop.h - the one event loop, layer 1: timers, work at the end of a turn, work from other
 * threads, descriptors to watch, signals, names turned into addresses.
 *
 * One thread runs the loop and everything that is called from it; only loop_post() may be called
 * from elsewhere. A callback never runs inside the function that took it. A turn is: one "now"
 * (clock_update()), all that is ready, then the tasks put off to the turn's end, then the log is
 * flushed. The unit tests link sdk/testkit/fakes/fake_loop.c instead: the same functions in virtual
 * time.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
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

/* libevent's base, for the home of other libevent parts: http/server.c and its neighbours. */
struct event_base *loop_event_base(struct loop *loop);

/* Reads the clock, as every callback of this header has it done: for what libevent calls past it
 * (evhttp), first thing. The first such call after the loop has slept begins the turn that the
 * metric connector_loop_turn_seconds tells the length of. */
void loop_enter(struct loop *loop);

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

/* ---- names ---- */

enum { LOOP_ADDRESSES_MAX = 16, LOOP_ADDRESS_SIZE = 46 };

struct loop_addresses {
	size_t count;      /* 0: the name has no address, or none could be had */
	char text[LOOP_ADDRESSES_MAX][LOOP_ADDRESS_SIZE]; /* "2001:db8::1", "192.0.2.1"; IPv6 first */
	const char *error; /* why there is none; NULL while count > 0 */
};

/* `addresses` is borrowed for the call. */
typedef void loop_resolved_fn(const struct loop_addresses *addresses, void *ctx);
struct loop_resolve;

/* Looks `name` up, in /etc/hosts, then with the name servers of /etc/resolv.conf; both are read anew
 * each time. Nothing blocks; `done` runs later on the loop, once, in 2.5 s at the most. An answer is
 * fresh for 60 s; equal questions share one look-up. NULL: no memory; `done` will not run. */
struct loop_resolve *loop_resolve(
	struct loop *loop, const char *name, loop_resolved_fn *done, void *ctx);

/* The question's `done` will not run. Not after it has run; NULL is nothing. loop_destroy() does the
 * same to all that wait. */
void loop_resolve_cancel(struct loop_resolve *resolve);

/* What is known of `name` without waiting, until the end of this turn; NULL: ask loop_resolve(). An
 * answer of the last hour counts as known: when it is no longer fresh it is looked up behind the
 * caller's back, and stays when that fails, so a name server may be away for a while. */
const struct loop_addresses *loop_addresses(struct loop *loop, const char *name);

/* Tests: these files instead of /etc/resolv.conf ("nameserver 127.0.0.1:5353" is understood) and
 * /etc/hosts. Borrowed. */
void loop_set_resolver(struct loop *loop, const char *resolv_conf, const char *hosts);

#endif
