/*
 * Turns. libevent's loop is run one pass at a time (EVLOOP_ONCE); what a pass made ready runs
 * inside it, and between two passes the tasks run. A pass must not sleep while tasks wait, so it is
 * asked not to block then. The clock is read again inside the pass too, in the first callback after
 * sleeping: libevent has no hook there, so an event of our own of the highest priority would be
 * needed; instead every wrapper below calls loop_enter(), which costs 50 ns. So it is known when a
 * turn has begun to work, and how long it kept the others waiting.
 */
#include "loop/inside.h"

#include <event2/event.h>
#include <event2/thread.h>
#include <pthread.h>
#include <signal.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/metric.h"

enum { CALLERS_A_LOOK = 32, PRIORITIES = 2 };

struct posted {
	struct list link;
	loop_fn *run;
	void *ctx;
};

struct signal_watch {
	struct list link;
	struct loop *loop;
	struct event *event;
	loop_fn *run;
	void *ctx;
};

struct loop_fd {
	struct loop *loop;
	struct event *event;
	loop_fd_fn *ready;
	void *ctx;
};

struct loop {
	struct event_base *base;
	struct list tasks;
	struct list signals;
	bool is_stopping;
	uint64_t began_us; /* when this turn began to work; 0: the loop sleeps */
	struct metric *turns;
	struct resolver *resolver;

	pthread_mutex_t post_lock;
	struct list posts; /* under post_lock, with the next two */
	bool posts_are_closed;
	struct event *wake;
};

/* ---- how long turns take ---- */

static uint64_t read_us(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static struct metric *make_turns(void) {
	static const int64_t BOUNDS_US[] = {100, 250, 500, 1000, 2500, 5000, 10000, 20000, 50000,
		100000, 250000, 1000000, 5000000, 0};
	static const struct metric_family TURNS = {.type = METRIC_HISTOGRAM,
		.name = "connector_loop_turn_seconds",
		.help = "How long a turn of the event loop held up all else",
		.decimals = 6,
		.bounds = BOUNDS_US};
	return metric_make_of(&TURNS, NULL);
}

void loop_enter(struct loop *loop) {
	clock_update();
	if (loop->began_us == 0) {
		loop->began_us = read_us();
	}
}

static void end_turn(struct loop *loop) {
	metric_observe(loop->turns, (int64_t)(read_us() - loop->began_us));
	loop->began_us = 0;
}

/* ---- life ---- */

static void run_posts(evutil_socket_t fd, short what, void *ctx) {
	struct loop *loop = ctx;
	struct list taken;
	(void)fd;
	(void)what;
	list_init(&taken);
	loop_enter(loop);
	pthread_mutex_lock(&loop->post_lock);
	while (!list_is_empty(&loop->posts)) {
		struct list *link = loop->posts.next;
		list_remove(link);
		list_append(&taken, link);
	}
	pthread_mutex_unlock(&loop->post_lock);
	list_for_each_safe (post, after, &taken, struct posted, link) {
		list_remove(&post->link);
		post->run(post->ctx);
		free(post);
	}
}

struct loop *loop_create(void) {
	struct loop *loop = must_calloc(1, sizeof(*loop));
	struct event_config *config = event_config_new();
	evthread_use_pthreads();
	/* Two epoll_ctl calls a request fewer; no descriptor here is ever a dup of another. */
	event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
	/* Of what is ready, watched descriptors (HubSpot's replies) go before callers' sockets, and
	 * are looked for again after so many of these: else a flood of requests delays the very
	 * replies that make room. */
	event_config_set_max_dispatch_interval(config, NULL, CALLERS_A_LOOK, 1);
	loop->base = event_base_new_with_config(config);
	event_config_free(config);
	if (loop->base != NULL) {
		event_base_priority_init(loop->base, PRIORITIES);
	}
	list_init(&loop->tasks);
	list_init(&loop->signals);
	list_init(&loop->posts);
	pthread_mutex_init(&loop->post_lock, NULL);
	loop->turns = make_turns();
	if (loop->base == NULL ||
		(loop->wake = event_new(loop->base, -1, 0, run_posts, loop)) == NULL) {
		fputs("hubspot-connector: no event loop on this system\n", stderr);
		abort();
	}
	loop->resolver = resolver_create(loop);
	return loop;
}

void loop_destroy(struct loop *loop) {
	if (loop == NULL) {
		return;
	}
	list_for_each_safe (post, after, &loop->posts, struct posted, link) {
		free(post);
	}
	list_for_each_safe (watch, next, &loop->signals, struct signal_watch, link) {
		event_free(watch->event);
		free(watch);
	}
	event_free(loop->wake);
	resolver_destroy(loop->resolver);
	event_base_free(loop->base);
	pthread_mutex_destroy(&loop->post_lock);
	free(loop);
}

static void run_tasks(struct loop *loop) {
	struct list due;
	list_init(&due);
	while (!list_is_empty(&loop->tasks)) {
		struct list *link = loop->tasks.next;
		list_remove(link);
		list_append(&due, link);
	}
	while (!list_is_empty(
		&due)) { /* a task may cancel one that is due, so take them one by one */
		struct loop_task *task = list_first(&due, struct loop_task, link);
		list_remove(&task->link);
		task->run(task->ctx);
	}
}

void loop_run(struct loop *loop) {
	loop->is_stopping = false;
	loop_enter(loop);
	run_tasks(loop);
	while (!loop->is_stopping) {
		log_flush();
		end_turn(loop);
		event_base_loop(loop->base,
			EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY |
				(list_is_empty(&loop->tasks) ? 0 : EVLOOP_NONBLOCK));
		loop_enter(loop);
		run_tasks(loop);
	}
	log_flush();
	end_turn(loop);
}

void loop_stop(struct loop *loop) {
	loop->is_stopping = true;
	event_base_loopbreak(loop->base);
}

struct event_base *loop_event_base(struct loop *loop) {
	return loop->base;
}

struct resolver *loop_resolver(struct loop *loop) {
	return loop->resolver;
}

void loop_pass(struct loop *loop) {
	event_base_loop(loop->base, EVLOOP_NONBLOCK);
}

static void fire_timer(evutil_socket_t fd, short what, void *ctx) {
	struct loop_timer *timer = ctx;
	(void)fd;
	(void)what;
	loop_enter(timer->loop);
	timer->at_ms = 0;
	timer->fire(timer->ctx);
}

void loop_timer_init(struct loop_timer *timer, struct loop *loop, loop_fn *fire, void *ctx) {
	*timer = (struct loop_timer){.loop = loop, .fire = fire, .ctx = ctx};
	list_init(&timer->link);
}

bool loop_timer_start(struct loop_timer *timer, uint64_t delay_ms) {
	if (timer->event == NULL) {
		timer->event = event_new(timer->loop->base, -1, 0, fire_timer, timer);
	}
	if (timer->event == NULL) {
		return false;
	}
	const struct timeval delay = {.tv_sec = (time_t)(delay_ms / 1000),
		.tv_usec = (suseconds_t)(delay_ms % 1000) * 1000};
	timer->at_ms = clock_now_ms() + delay_ms;
	return event_add(timer->event, &delay) == 0;
}

void loop_timer_stop(struct loop_timer *timer) {
	timer->at_ms = 0;
	if (timer->event != NULL) {
		event_del(timer->event);
	}
}

bool loop_timer_is_running(const struct loop_timer *timer) {
	return timer->at_ms != 0;
}

void loop_timer_finish(struct loop_timer *timer) {
	timer->at_ms = 0;
	if (timer->event != NULL) {
		event_free(timer->event);
		timer->event = NULL;
	}
}

void loop_task_init(struct loop_task *task, struct loop *loop, loop_fn *run, void *ctx) {
	*task = (struct loop_task){.loop = loop, .run = run, .ctx = ctx};
	list_init(&task->link);
}

void loop_task_schedule(struct loop_task *task) {
	if (list_is_empty(&task->link)) {
		list_append(&task->loop->tasks, &task->link);
	}
}

void loop_task_cancel(struct loop_task *task) {
	list_remove(&task->link);
}

bool loop_post(struct loop *loop, loop_fn *run, void *ctx) {
	struct posted *post = calloc(1, sizeof(*post));
	if (post == NULL) {
		return false;
	}
	post->run = run;
	post->ctx = ctx;
	pthread_mutex_lock(&loop->post_lock);
	bool is_taken = !loop->posts_are_closed;
	if (is_taken) {
		list_append(&loop->posts, &post->link);
		event_active(loop->wake, EV_READ, 0);
	}
	pthread_mutex_unlock(&loop->post_lock);
	if (!is_taken) {
		free(post);
	}
	return is_taken;
}

void loop_close_posts(struct loop *loop) {
	pthread_mutex_lock(&loop->post_lock);
	loop->posts_are_closed = true;
	pthread_mutex_unlock(&loop->post_lock);
}

static void fd_ready(evutil_socket_t fd, short what, void *ctx) {
	struct loop_fd *watch = ctx;
	loop_enter(watch->loop);
	watch->ready(fd, (what & EV_READ ? LOOP_READ : 0) | (what & EV_WRITE ? LOOP_WRITE : 0),
		watch->ctx);
}

struct loop_fd *loop_fd_watch(struct loop *loop, int fd, int what, loop_fd_fn *ready, void *ctx) {
	struct loop_fd *watch = calloc(1, sizeof(*watch));
	if (watch == NULL) {
		return NULL;
	}
	*watch = (struct loop_fd){.loop = loop, .ready = ready, .ctx = ctx};
	short events = (short)((what & LOOP_READ ? EV_READ : 0) |
		(what & LOOP_WRITE ? EV_WRITE : 0) | EV_PERSIST);
	watch->event = event_new(loop->base, fd, events, fd_ready, watch);
	if (watch->event != NULL) {
		event_priority_set(watch->event, 0);
	}
	if (watch->event == NULL || event_add(watch->event, NULL) != 0) {
		loop_fd_unwatch(watch);
		return NULL;
	}
	return watch;
}

void loop_fd_unwatch(struct loop_fd *watch) {
	if (watch == NULL) {
		return;
	}
	if (watch->event != NULL) {
		event_free(watch->event);
	}
	free(watch);
}

static void signal_arrived(evutil_socket_t number, short what, void *ctx) {
	struct signal_watch *watch = ctx;
	(void)number;
	(void)what;
	loop_enter(watch->loop);
	watch->run(watch->ctx);
}

bool loop_on_signal(struct loop *loop, int signal_number, loop_fn *run, void *ctx) {
	struct signal_watch *watch = must_calloc(1, sizeof(*watch));
	*watch = (struct signal_watch){.loop = loop, .run = run, .ctx = ctx};
	watch->event = evsignal_new(loop->base, signal_number, signal_arrived, watch);
	list_append(&loop->signals, &watch->link);
	return watch->event != NULL && event_add(watch->event, NULL) == 0;
}
