#include "connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, SWEEP_NS = 10000000, QUEUE_SIZE = 1 << 20 };

void die(const char *what) {
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

void *must_calloc(size_t count, size_t size) {
	void *memory = calloc(count, size);
	if (memory == NULL) {
		die("out of memory");
	}
	return memory;
}

uint64_t clock_ns(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- the clock ---- */

static void end_phase(struct loop *loop) {
	struct tally *tally = &loop->run->tallies[loop->phase];
	tally->to_ns = loop->now_ns;
	tally->cpu_to_us = cpu_us(loop->settings->pid);
}

static void start_phase(struct loop *loop, size_t phase) {
	while (phase < PHASES && loop->settings->phases[phase].seconds <= 0) {
		phase++;
	}
	loop->phase = phase;
	loop->queue_count = 0;
	if (phase == PHASES) {
		return;
	}
	struct tally *tally = &loop->run->tallies[phase];
	tally->from_ns = loop->now_ns;
	tally->cpu_from_us = cpu_us(loop->settings->pid);
	loop->phase_ends_ns =
		loop->now_ns + (uint64_t)(loop->settings->phases[phase].seconds * 1e9);
	loop->arrival_ns = loop->now_ns;
	if (phase > 0 && loop->series_from_ns == 0) {
		loop->series_from_ns = loop->now_ns;
	}
}

static void collect_arrivals(struct loop *loop) {
	uint64_t interval_ns = (uint64_t)(1e9 / loop->settings->phases[loop->phase].rate);
	while (loop->arrival_ns <= loop->now_ns && loop->queue_count < QUEUE_SIZE) {
		loop->queue[(loop->queue_first + loop->queue_count++) % QUEUE_SIZE] =
			loop->arrival_ns;
		loop->arrival_ns += interval_ns;
	}
	while (loop->queue_count > 0 && loop->idle_count > 0) {
		uint64_t due_ns = loop->queue[loop->queue_first];
		loop->queue_first = (loop->queue_first + 1) % QUEUE_SIZE;
		loop->queue_count--;
		connection_begin(loop, due_ns);
	}
}

static void start_requests(struct loop *loop) {
	if (is_over(loop)) {
		return;
	}
	if (!is_closed_loop(loop)) {
		collect_arrivals(loop);
		return;
	}
	/* Bounded: one that cannot even connect is idle again at once. */
	for (size_t i = loop->idle_count; i > 0; i--) {
		connection_begin(loop, loop->now_ns);
	}
}

static void sweep(struct loop *loop) {
	loop->swept_ns = loop->now_ns;
	for (unsigned i = 0; i < loop->settings->connections; i++) {
		struct connection *connection = &loop->connections[i];
		uint64_t limit_ns = loop->settings->timeout_ms * 1000000;
		if (connection->state == STATE_WAITING &&
			loop->now_ns - connection->sent_ns > limit_ns) {
			connection_lose(loop, connection, true);
		} else if (connection->state == STATE_PAUSED &&
			(is_over(loop) || !is_closed_loop(loop) ||
				loop->now_ns >= connection->resume_ns)) {
			connection_rest(loop, connection);
		}
	}
}

static void wait_for_events(struct loop *loop) {
	struct epoll_event events[EVENTS];
	uint64_t until_ns = loop->swept_ns + SWEEP_NS;
	if (!is_over(loop) && !is_closed_loop(loop) && loop->arrival_ns < until_ns &&
		loop->idle_count > 0) {
		until_ns = loop->arrival_ns;
	}
	uint64_t now_ns = clock_ns();
	struct timespec limit = {.tv_nsec = until_ns > now_ns ? (long)(until_ns - now_ns) : 0};
	int count = epoll_pwait2(loop->poll, events, EVENTS, &limit, NULL);
	if (count < 0 && errno != EINTR) {
		die("epoll_pwait2");
	}
	loop->now_ns = clock_ns();
	for (int i = 0; i < count; i++) {
		connection_event(loop, events[i].data.ptr, events[i].events);
	}
}

static void turn(struct loop *loop) {
	if (!is_over(loop) && loop->now_ns >= loop->phase_ends_ns) {
		end_phase(loop);
		start_phase(loop, loop->phase + 1);
	}
	start_requests(loop);
	wait_for_events(loop);
	if (loop->now_ns - loop->swept_ns >= SWEEP_NS) {
		sweep(loop);
	}
}

/* ---- life cycle ---- */

static void open_loop(struct loop *loop) {
	unsigned connections = loop->settings->connections;
	loop->connections = must_calloc(connections, sizeof(*loop->connections));
	loop->idle = must_calloc(connections, sizeof(*loop->idle));
	loop->queue = must_calloc(QUEUE_SIZE, sizeof(*loop->queue));
	loop->poll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->poll < 0) {
		die("epoll_create1");
	}
	for (unsigned i = 0; i < connections; i++) {
		loop->connections[i].fd = -1;
		loop->idle[loop->idle_count++] = &loop->connections[i];
	}
}

static void close_loop(struct loop *loop) {
	for (unsigned i = 0; i < loop->settings->connections; i++) {
		connection_close(&loop->connections[i]);
	}
	close(loop->poll);
	free(loop->connections);
	free(loop->idle);
	free(loop->queue);
}

/* Says so on standard output, and keeps still until standard input ends. */
static void hold(const struct loop *loop) {
	char byte;
	printf("{\"held\": %zu}\n", loop->replied_count);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0) {
	}
}

void loop_run(struct run *run) {
	struct loop loop = {.run = run, .settings = run->settings};
	open_loop(&loop);
	loop.now_ns = loop.swept_ns = clock_ns();
	start_phase(&loop, 0);
	while (!is_over(&loop) &&
		!(loop.settings->is_held && loop.replied_count == loop.settings->connections)) {
		turn(&loop);
	}
	if (loop.settings->is_held) {
		hold(&loop);
		loop.phase = PHASES;
	}
	uint64_t give_up_ns = loop.now_ns + loop.settings->drain_ms * 1000000;
	while (loop.busy_count > 0 && loop.now_ns < give_up_ns) {
		turn(&loop);
	}
	for (unsigned i = 0; i < loop.settings->connections; i++) {
		if (loop.connections[i].state == STATE_WAITING) {
			connection_lose(&loop, &loop.connections[i], true);
		}
	}
	close_loop(&loop);
}
