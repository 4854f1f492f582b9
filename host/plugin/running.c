/*
 * What of a plugin runs now. The loop's thread keeps its callbacks in a chain, each link in the
 * frame of the function that made the call; `innermost` is the end of the chain.
 *
 * A crash report reads it where it stands. The watch reads it from a thread of its own while the
 * plugin runs on, so it announces itself first (`is_read`), and running_leave(), which has taken
 * its link out before it looks, waits for it before the link's memory is something else. Both sides
 * are sequentially consistent: either the watch sees the link gone, or the link's owner sees the
 * watch.
 */
#include "plugin/inside.h"

#include <signal.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/http.h"

enum { SLOW_MS = 20, LOOK_EVERY_MS = 1000, HELD_MS = 1000, TELL_EVERY_MS = 60000 };

static const struct running *_Atomic innermost;
static atomic_bool is_read;

static struct {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ends;
	bool is_running;
	bool is_ending; /* under the lock */
	uint64_t held_ms,
		tell_ms; /* the thread's: which hold, and how long it is when it is told next */
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* ---- the chain ---- */

void running_enter(struct running *running, const struct plugin *plugin, const char *callback,
	const struct http_request *http) {
	const struct running *outer = running_now();
	running->outer = outer;
	running->plugin = plugin->name;
	running->callback = callback;
	running->route = http != NULL ? http_route_of(http)->path : NULL;
	running->request_id[0] = '\0';
	if (http != NULL) {
		snprintf(running->request_id, sizeof(running->request_id), "%s",
			http_request_id(http));
	}
	running->began_ms = clock_precise_ms();
	running->held_ms = outer != NULL ? outer->held_ms : running->began_ms;
	atomic_store_explicit(&innermost, running, memory_order_release);
}

static void tell(const struct running *running, const char *event, uint64_t ms) {
	LOG_WARN(event, log_text("plugin", running->plugin),
		log_text("callback", running->callback), log_text("route", running->route),
		log_text("request_id", running->request_id[0] != '\0' ? running->request_id : NULL),
		log_uint("ms", ms));
}

void running_leave_quietly(const struct running *running) {
	atomic_store(&innermost, running->outer);
	while (atomic_load(&is_read)) {
		sched_yield();
	}
}

void running_leave(const struct running *running) {
	uint64_t took_ms = clock_precise_ms() - running->began_ms;
	running_leave_quietly(running);
	if (took_ms > SLOW_MS) {
		tell(running, "plugin held the loop", took_ms);
	}
}

const struct running *running_now(void) {
	return atomic_load_explicit(&innermost, memory_order_relaxed);
}

/* ---- the watch ---- */

/* Told at first after a second, then whenever it has doubled, then once a minute. */
static void judge(const struct running *running) {
	if (running->held_ms != watch.held_ms) {
		watch.held_ms = running->held_ms;
		watch.tell_ms = HELD_MS;
	}
	uint64_t for_ms = clock_precise_ms() - running->held_ms;
	if (for_ms >= watch.tell_ms) {
		tell(running, "plugin holds the loop", for_ms);
		watch.tell_ms = for_ms + (for_ms < TELL_EVERY_MS ? for_ms : TELL_EVERY_MS);
	}
}

static void look(void) {
	atomic_store(&is_read, true);
	const struct running *running = atomic_load(&innermost);
	if (running != NULL) {
		judge(running);
	}
	atomic_store(&is_read, false);
}

/* Sleeps until the next look; false: the watch ends. */
static bool sleep_on(void) {
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += LOOK_EVERY_MS / 1000;
	pthread_mutex_lock(&watch.lock);
	int error = 0;
	while (!watch.is_ending && error == 0) {
		error = pthread_cond_timedwait(&watch.ends, &watch.lock, &until);
	}
	bool goes_on = !watch.is_ending;
	pthread_mutex_unlock(&watch.lock);
	return goes_on;
}

static void *run_watch(void *ctx) {
	(void)ctx;
	while (sleep_on()) {
		look();
	}
	return NULL;
}

/* With every signal blocked: signals are for the loop's thread. */
static bool start_thread(void) {
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	bool is_started = pthread_create(&watch.thread, NULL, run_watch, NULL) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return is_started;
}

void running_watch(void) {
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&watch.ends, &monotonic);
	pthread_condattr_destroy(&monotonic);
	watch.is_ending = false;
	watch.is_running = start_thread();
	if (!watch.is_running) {
		pthread_cond_destroy(&watch.ends);
		LOG_WARN("a plugin that holds the loop will not be told of while it does",
			log_text("why", "no thread can be started"));
	}
}

void running_unwatch(void) {
	if (!watch.is_running) {
		return;
	}
	pthread_mutex_lock(&watch.lock);
	watch.is_ending = true;
	pthread_cond_signal(&watch.ends);
	pthread_mutex_unlock(&watch.lock);
	pthread_join(watch.thread, NULL);
	pthread_cond_destroy(&watch.ends);
	watch.is_running = false;
}
