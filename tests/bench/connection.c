#include "connection.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PAUSE_NS = 100000000 }; /* after a refusal that does not say how long */

/* ---- records ---- */

static struct record *new_record(struct run *run) {
	if (run->record_count == run->record_room) {
		run->record_room = run->record_room * 2 + 1024;
		run->records = realloc(run->records, run->record_room * sizeof(struct record *));
		if (run->records == NULL) {
			die("out of memory");
		}
	}
	return run->records[run->record_count++] = must_calloc(1, sizeof(struct record));
}

/* A record that is there for certain is written once more; then comes the next one. */
static void choose_task(struct run *run, struct task *task) {
	if (task->record != NULL && task->version == 1 && task->record->acknowledged == 1) {
		task->version = 2;
		return;
	}
	task->record = new_record(run);
	task->number = run->record_count - 1;
	task->version = 1;
}

/* ---- counting ---- */

static struct tally *tally_now(struct loop *loop) {
	return is_over(loop) ? NULL : &loop->run->tallies[loop->phase];
}

static void count_second(struct loop *loop, uint32_t *series) {
	uint64_t second = (loop->now_ns - loop->series_from_ns) / 1000000000;
	if (loop->series_from_ns > 0 && second < SERIES_MAX && !is_over(loop)) {
		series[second]++;
	}
}

static void note_wrong(
	struct loop *loop, const struct connection *connection, const struct reply *reply) {
	if (loop->run->wrong_total++ == 0) {
		snprintf(loop->run->first_wrong, WRONG_SIZE, "record %u version %u: %d %.300s",
			(unsigned)connection->task.number, (unsigned)connection->task.version,
			reply->status, reply->body);
	}
}

/* ---- one connection ---- */

void connection_close(struct connection *connection) {
	if (connection->fd >= 0) {
		close(connection->fd);
		connection->fd = -1;
	}
	connection->in_length = 0;
}

void connection_rest(struct loop *loop, struct connection *connection) {
	connection->state = STATE_IDLE;
	loop->busy_count--;
	if (!loop->settings->is_held || !connection->has_replied) {
		loop->idle[loop->idle_count++] = connection;
	}
}

void connection_lose(struct loop *loop, struct connection *connection, bool is_late) {
	struct tally *tally = tally_now(loop);
	connection->task.record->possible = connection->task.version;
	connection_close(connection);
	if (tally != NULL) {
		tally->lost += !is_late;
		tally->timed_out += is_late;
	}
	connection_rest(loop, connection);
}

static void push_out(struct loop *loop, struct connection *connection) {
	while (connection->out_sent < connection->out_length) {
		ssize_t sent = send(connection->fd, connection->out + connection->out_sent,
			connection->out_length - connection->out_sent, MSG_NOSIGNAL);
		if (sent < 0 && (errno == EAGAIN || errno == ENOTCONN)) {
			return; /* edge-triggered: EPOLLOUT comes */
		}
		if (sent < 0) {
			connection_lose(loop, connection, false);
			return;
		}
		connection->out_sent += (size_t)sent;
	}
}

static bool open_fd(struct loop *loop, struct connection *connection) {
	connection->fd = wire_connect(loop->settings->port);
	if (connection->fd < 0) {
		return false;
	}
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = connection};
	return epoll_ctl(loop->poll, EPOLL_CTL_ADD, connection->fd, &event) == 0;
}

/* Takes an idle connection: the top of the stack. */
void connection_begin(struct loop *loop, uint64_t due_ns) {
	struct connection *connection = loop->idle[--loop->idle_count];
	loop->busy_count++;
	connection->state = STATE_WAITING;
	connection->due_ns = due_ns;
	connection->sent_ns = loop->now_ns;
	choose_task(loop->run, &connection->task);
	connection->out_length =
		loop->settings->work->write(&connection->task, loop->settings, connection->out);
	connection->out_sent = 0;
	if (connection->out_length >= REQUEST_SIZE) {
		die("a request is too long");
	}
	if (connection->fd < 0 && !open_fd(loop, connection)) {
		connection_lose(loop, connection, false);
		return;
	}
	push_out(loop, connection);
}

static void settle(struct connection *connection, enum verdict verdict, const struct reply *reply) {
	struct record *record = connection->task.record;
	if (verdict == REPLY_GOOD) {
		record->acknowledged = connection->task.version;
	} else if (!work_is_not_applied(reply)) {
		record->possible = connection->task.version;
	}
}

/* A well-behaved caller waits as long as it is told to. */
static void pause_or_rest(struct loop *loop, struct connection *connection, enum verdict verdict,
	const struct reply *reply) {
	if (verdict == REPLY_GOOD || !is_closed_loop(loop)) {
		connection_rest(loop, connection);
		return;
	}
	double told = fmin(reply->retry_after_s, loop->settings->pause_most_s);
	connection->state = STATE_PAUSED;
	connection->resume_ns = loop->now_ns + (told < 0 ? PAUSE_NS : (uint64_t)(told * 1e9));
}

static void on_reply(struct loop *loop, struct connection *connection, const struct reply *reply) {
	enum verdict verdict = loop->settings->work->check(&connection->task, reply);
	struct tally *tally = tally_now(loop);
	if (tally != NULL) {
		tally_reply(tally, verdict, reply, loop->now_ns - connection->due_ns);
	}
	if (verdict == REPLY_GOOD) {
		count_second(loop, loop->run->good_by_second);
	} else if (verdict == REPLY_REFUSED) {
		count_second(loop, loop->run->refused_by_second);
	} else if (verdict == REPLY_WRONG) {
		note_wrong(loop, connection, reply);
	}
	settle(connection, verdict, reply);
	loop->replied_count += !connection->has_replied;
	connection->has_replied = true;
	if (reply->is_closing) {
		connection_close(connection);
	}
	pause_or_rest(loop, connection, verdict, reply);
}

static void read_reply(struct loop *loop, struct connection *connection) {
	struct reply reply;
	size_t used;
	connection->in[connection->in_length] = '\0';
	enum parse parse = wire_parse(connection->in, connection->in_length, &reply, &used);
	if (parse == PARSE_BROKEN || (parse == PARSE_DONE && used != connection->in_length)) {
		reply = (struct reply){.status = 0, .body = connection->in, .is_closing = true};
		note_wrong(loop, connection, &reply);
		connection_lose(loop, connection, false);
	} else if (parse == PARSE_DONE) {
		connection->in_length = 0;
		on_reply(loop, connection, &reply);
	}
}

/* False: the other side has closed, or there is more than there should be. */
static bool pull_in(struct connection *connection) {
	while (connection->in_length < INPUT_SIZE) {
		ssize_t got = recv(connection->fd, connection->in + connection->in_length,
			INPUT_SIZE - connection->in_length, 0);
		if (got < 0) {
			return errno == EAGAIN;
		}
		if (got == 0) {
			return false;
		}
		connection->in_length += (size_t)got;
	}
	return false;
}

void connection_event(struct loop *loop, struct connection *connection, uint32_t events) {
	if (connection->fd < 0) {
		return; /* closed earlier in this turn */
	}
	if (connection->state == STATE_WAITING && (events & EPOLLOUT) != 0) {
		push_out(loop, connection);
	}
	if (connection->fd < 0 || (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0) {
		return;
	}
	bool is_open = pull_in(connection);
	if (connection->state == STATE_WAITING && connection->in_length > 0) {
		read_reply(loop, connection);
	}
	if (!is_open && connection->fd >= 0) {
		if (connection->state == STATE_WAITING) {
			connection_lose(loop, connection, false);
		} else {
			connection_close(connection);
		}
	}
}
