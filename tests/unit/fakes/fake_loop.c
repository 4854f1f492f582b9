#include "fakes/fake_loop.h"

#include "base/clock.h"
#include "base/memory.h"

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
	struct list posts;
	bool posts_are_closed;
};

struct loop *loop_create(void) {
	struct loop *loop = must_calloc(1, sizeof(*loop));
	list_init(&loop->timers);
	list_init(&loop->tasks);
	list_init(&loop->posts);
	list_init(&loop->questions);
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
	if (loop->posts_are_closed) {
		return false;
	}
	struct posted *post = must_calloc(1, sizeof(*post));
	post->run = run;
	post->ctx = ctx;
	list_append(&loop->posts, &post->link);
	return true;
}

void loop_close_posts(struct loop *loop) {
	loop->posts_are_closed = true;
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

static void run_posts(struct loop *loop) {
	while (!list_is_empty(&loop->posts)) {
		struct posted *post = list_first(&loop->posts, struct posted, link);
		list_remove(&post->link);
		post->run(post->ctx);
		free(post);
	}
}

void fake_loop_turn(struct loop *loop) {
	for (int turns = 0; turns < 10000; turns++) {
		struct list due;
		run_posts(loop);
		if (list_is_empty(&loop->tasks)) {
			return;
		}
		list_init(&due);
		while (!list_is_empty(&loop->tasks)) {
			struct list *link = loop->tasks.next;
			list_remove(link);
			list_append(&due, link);
		}
		while (!list_is_empty(&due)) {
			struct loop_task *task = list_first(&due, struct loop_task, link);
			list_remove(&task->link);
			task->run(task->ctx);
		}
	}
	abort(); /* tasks schedule each other for ever */
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
	timer->fire(timer->ctx);
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
