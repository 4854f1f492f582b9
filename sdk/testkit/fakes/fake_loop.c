#include "fakes/fake_loop.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"

enum { TURNS_MAX = 10000 };

struct posted {
	struct list link;
	loop_fn *run;
	void *ctx;
};

struct loop_resolve {
	struct list link; /* in the loop's questions */
	struct loop_task task;
	loop_resolved_fn *done;
	void *ctx;
};

struct loop {
	struct list timers; /* earliest first */
	struct list questions;
	struct list tasks;
	pthread_mutex_t lock; /* of the next three */
	pthread_cond_t posted;
	struct list posts;
	bool posts_are_closed;
	uint64_t longest_us;
};

/* ---- callbacks ---- */

static uint64_t processor_us(void) {
	struct timespec time;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

void fake_loop_call(struct loop *loop, loop_fn *run, void *ctx) {
	uint64_t began_us = processor_us();
	run(ctx);
	uint64_t took_us = processor_us() - began_us;
	loop->longest_us = took_us > loop->longest_us ? took_us : loop->longest_us;
}

uint64_t fake_loop_longest_us(const struct loop *loop) {
	return loop->longest_us;
}

/* ---- the loop ---- */

struct loop *loop_create(void) {
	struct loop *loop = must_calloc(1, sizeof(*loop));
	list_init(&loop->timers);
	list_init(&loop->tasks);
	list_init(&loop->posts);
	list_init(&loop->questions);
	pthread_mutex_init(&loop->lock, NULL);
	pthread_cond_init(&loop->posted, NULL);
	clock_set_ms(1000000);
	return loop;
}

void loop_destroy(struct loop *loop) {
	if (loop != NULL) {
		list_for_each_safe (post, after, &loop->posts, struct posted, link) {
			free(post);
		}
		list_for_each_safe (question, next, &loop->questions, struct loop_resolve, link) {
			loop_resolve_cancel(question);
		}
		pthread_cond_destroy(&loop->posted);
		pthread_mutex_destroy(&loop->lock);
	}
	free(loop);
}

void loop_timer_init(struct loop_timer *timer, struct loop *loop, loop_fn *fire, void *ctx) {
	*timer = (struct loop_timer){.loop = loop, .fire = fire, .ctx = ctx};
	list_init(&timer->link);
}

bool loop_timer_start(struct loop_timer *timer, uint64_t delay_ms) {
	struct list *head = &timer->loop->timers;
	list_remove(&timer->link);
	timer->at_ms = clock_now_ms() + delay_ms;
	struct list *before = head->prev;
	while (before != head &&
		list_entry(before, struct loop_timer, link)->at_ms > timer->at_ms) {
		before = before->prev;
	}
	list_insert(before, &timer->link);
	return true;
}

void loop_timer_stop(struct loop_timer *timer) {
	timer->at_ms = 0;
	if (timer->link.next != NULL) {
		list_remove(&timer->link);
	}
}

bool loop_timer_is_running(const struct loop_timer *timer) {
	return timer->at_ms != 0;
}

void loop_timer_finish(struct loop_timer *timer) {
	loop_timer_stop(timer);
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
	struct posted *post = must_calloc(1, sizeof(*post));
	post->run = run;
	post->ctx = ctx;
	pthread_mutex_lock(&loop->lock);
	bool is_taken = !loop->posts_are_closed;
	if (is_taken) {
		list_append(&loop->posts, &post->link);
		pthread_cond_signal(&loop->posted);
	}
	pthread_mutex_unlock(&loop->lock);
	if (!is_taken) {
		free(post);
	}
	return is_taken;
}

void loop_close_posts(struct loop *loop) {
	pthread_mutex_lock(&loop->lock);
	loop->posts_are_closed = true;
	pthread_mutex_unlock(&loop->lock);
}

bool fake_loop_wait_post(struct loop *loop, uint32_t timeout_ms) {
	struct timespec end;
	int error = 0;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += timeout_ms / 1000;
	end.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&loop->lock);
	while (list_is_empty(&loop->posts) && error == 0) {
		error = pthread_cond_timedwait(&loop->posted, &loop->lock, &end);
	}
	bool is_there = !list_is_empty(&loop->posts);
	pthread_mutex_unlock(&loop->lock);
	return is_there;
}

static void resolved(void *ctx) {
	const struct loop_addresses here = {.count = 1, .text = {"127.0.0.1"}};
	struct loop_resolve *question = ctx;
	loop_resolved_fn *done = question->done;
	void *done_ctx = question->ctx;
	loop_resolve_cancel(question);
	done(&here, done_ctx);
}

struct loop_resolve *loop_resolve(
	struct loop *loop, const char *name, loop_resolved_fn *done, void *ctx) {
	struct loop_resolve *question = must_calloc(1, sizeof(*question));
	(void)name;
	question->done = done;
	question->ctx = ctx;
	list_append(&loop->questions, &question->link);
	loop_task_init(&question->task, loop, resolved, question);
	loop_task_schedule(&question->task);
	return question;
}

void loop_resolve_cancel(struct loop_resolve *question) {
	if (question != NULL) {
		loop_task_cancel(&question->task);
		list_remove(&question->link);
		free(question);
	}
}

const struct loop_addresses *loop_addresses(struct loop *loop, const char *name) {
	(void)loop;
	(void)name;
	return NULL;
}

/* ---- turns and time ---- */

/* Moves all of `from`, whose head stays empty, to `to`. */
static void take_all(struct list *from, struct list *to) {
	list_init(to);
	while (!list_is_empty(from)) {
		struct list *link = from->next;
		list_remove(link);
		list_append(to, link);
	}
}

static bool run_posts(struct loop *loop) {
	struct list due;
	pthread_mutex_lock(&loop->lock);
	take_all(&loop->posts, &due);
	pthread_mutex_unlock(&loop->lock);
	bool was_there = !list_is_empty(&due);
	while (!list_is_empty(&due)) {
		struct posted *post = list_first(&due, struct posted, link);
		list_remove(&post->link);
		fake_loop_call(loop, post->run, post->ctx);
		free(post);
	}
	return was_there;
}

static bool run_tasks(struct loop *loop) {
	struct list due;
	take_all(&loop->tasks, &due);
	bool was_there = !list_is_empty(&due);
	while (!list_is_empty(&due)) {
		struct loop_task *task = list_first(&due, struct loop_task, link);
		list_remove(&task->link);
		fake_loop_call(loop, task->run, task->ctx);
	}
	return was_there;
}

bool fake_loop_turn_once(struct loop *loop) {
	bool had_posts = run_posts(loop);
	return run_tasks(loop) || had_posts;
}

void fake_loop_turn(struct loop *loop) {
	for (int turns = 0; turns < TURNS_MAX; turns++) {
		if (!fake_loop_turn_once(loop)) {
			return;
		}
	}
	fputs("fake_loop: tasks or posts schedule each other for ever\n", stderr);
	abort();
}

/* Fires the next timer that is due by `end_ms`; false when there is none. */
static bool fire_next(struct loop *loop, uint64_t end_ms) {
	struct loop_timer *timer = list_first(&loop->timers, struct loop_timer, link);
	if (timer == NULL || timer->at_ms > end_ms) {
		return false;
	}
	if (timer->at_ms > clock_now_ms()) {
		clock_set_ms(timer->at_ms);
	}
	list_remove(&timer->link);
	timer->at_ms = 0;
	fake_loop_call(loop, timer->fire, timer->ctx);
	fake_loop_turn(loop);
	return true;
}

void fake_loop_run_ms(struct loop *loop, uint64_t ms) {
	uint64_t end_ms = clock_now_ms() + ms;
	fake_loop_turn(loop);
	while (fire_next(loop, end_ms)) {
	}
	clock_set_ms(end_ms);
}

void fake_loop_run_dry(struct loop *loop, uint64_t ms) {
	uint64_t end_ms = clock_now_ms() + ms;
	fake_loop_turn(loop);
	while (fire_next(loop, end_ms)) {
	}
}
