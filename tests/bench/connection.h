/*
 * tests/bench/connection.h - the loop's inside: its connections, each in one state at a time, and
 * the functions that alone move them. What a lost connection or a time-out left open is noted in
 * the record, never guessed.
 */
#ifndef BENCH_CONNECTION_H
#define BENCH_CONNECTION_H

#include "load.h"

enum { INPUT_SIZE = 16384 };

enum state { STATE_IDLE, STATE_WAITING, STATE_PAUSED };

struct connection {
	enum state state;
	int fd; /* -1: closed */
	struct task task;
	uint64_t due_ns, sent_ns, resume_ns;
	char out[REQUEST_SIZE];
	size_t out_length, out_sent;
	char in[INPUT_SIZE + 1];
	size_t in_length;
	bool has_replied;
};

struct loop {
	struct run *run;
	const struct settings *settings;
	struct connection *connections;
	struct connection **idle; /* a stack, for the open loop */
	size_t idle_count, busy_count, replied_count;
	uint64_t *queue; /* when the waiting arrivals were due: a ring */
	size_t queue_first, queue_count;
	int poll;
	size_t phase; /* PHASES: all over */
	uint64_t now_ns, phase_ends_ns, series_from_ns, swept_ns, arrival_ns;
};

/* Ends the process: a load generator that cannot go on has measured nothing. */
void die(const char *what);
void *must_calloc(size_t count, size_t size);

static inline bool is_over(const struct loop *loop) {
	return loop->phase == PHASES;
}

static inline bool is_closed_loop(const struct loop *loop) {
	return !is_over(loop) && loop->settings->phases[loop->phase].rate <= 0;
}

/* An idle connection sends the next request; `due_ns`: when that should have been. */
void connection_begin(struct loop *loop, uint64_t due_ns);

/* What epoll said of it. */
void connection_event(struct loop *loop, struct connection *connection, uint32_t events);

/* Its request ends without a reply, because it is late or because it broke. */
void connection_lose(struct loop *loop, struct connection *connection, bool is_late);

/* It has nothing to do from now on. */
void connection_rest(struct loop *loop, struct connection *connection);

void connection_close(struct connection *connection);

#endif
