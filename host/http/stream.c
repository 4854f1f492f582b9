/*
 * One connection: the bufferevent that evhttp reads and writes through, seen from outside. Its
 * input passes read_arrived() before evhttp reads it (the place for a guard of the framing), its
 * output write_begins() before it is sent.
 */
#include "http/connection.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

enum { PAGE_SIZE = 1024, SMALL_BYTES = 16 * 1024 };

static void log_page(struct peer *peer, int status, size_t length) {
	if (!peer->has_page && peer->gate->listener != HTTP_LISTEN_INTERNAL) {
		LOG_INFO("request", log_text("method", "-"), log_text("route", "-"),
			log_int("status", status), log_uint("bytes_out", length));
		tally_count(&peer->gate->server->http->astray, NULL, status,
			clock_now_ms() - peer->connection.since_ms);
	}
	peer->has_page = true;
}

static void write_page(struct peer *peer, struct evbuffer *output, int status) {
	char page[PAGE_SIZE];
	size_t length = reply_page(status, page, sizeof(page));
	peer->is_ours = true;
	evbuffer_drain(output, evbuffer_get_length(output));
	evbuffer_add(output, page, length);
	peer->is_ours = false;
	log_page(peer, status, length);
}

/* The status of an error reply that stands in `output`; 0 for anything else ("100 Continue"). */
static int page_status(struct evbuffer *output) {
	char start[] = "HTTP/1.1 nnn";
	ev_ssize_t length = sizeof(start) - 1;
	uint64_t status = 0;
	if (evbuffer_copyout(output, start, (size_t)length) != length ||
		!str_starts_with(start, "HTTP/1.") ||
		!str_to_uint(start + strlen("HTTP/1.1 "), 400, 599, &status)) {
		return 0;
	}
	return (int)status;
}

/* evhttp answers what it cannot read by itself, in HTML, and closes. It writes that page in several
 * pieces; after each the whole output is replaced with a reply of our shape. */
static void write_begins(
	struct evbuffer *output, const struct evbuffer_cb_info *change, void *ctx) {
	struct peer *peer = ctx;
	if (change->n_added > 0 && !peer->is_ours) {
		evbuffer_unfreeze(output, 1); /* a bufferevent lets nobody read what it will send */
		int status = page_status(output);
		if (status != 0) {
			write_page(peer, output, status);
		}
		evbuffer_freeze(output, 1);
	}
}

/* Past evhttp, which is still reading: nothing else is being written meanwhile. */
static void refuse_reading(struct peer *peer) {
	char page[PAGE_SIZE];
	size_t length = reply_page(503, page, sizeof(page));
	(void)send(peer_fd(peer), page, length, MSG_NOSIGNAL | MSG_DONTWAIT);
	log_page(peer, 503, length);
	peer_doom(peer, false);
}

/* What is arriving shares one bound. evhttp keeps no more of a request than the largest that a
 * route takes: what is drained is not counted on and on. */
static void count_bytes(struct peer *peer, size_t added) {
	struct server *server = peer->gate->server;
	size_t most = server->body_limit + server->http->settings.max_head_bytes;
	size_t bytes = peer->bytes + added < most ? peer->bytes + added : most;
	server->reading_bytes += bytes - peer->bytes;
	peer->bytes = bytes;
	if (server->reading_bytes > server->reading_limit && bytes > SMALL_BYTES &&
		peer->doom == DOOM_NONE) {
		refuse_reading(peer);
	}
}

void peer_forget_bytes(struct peer *peer) {
	peer->gate->server->reading_bytes -= peer->bytes;
	peer->bytes = 0;
}

static void read_arrived(struct evbuffer *input, const struct evbuffer_cb_info *change, void *ctx) {
	struct peer *peer = ctx;
	(void)input;
	loop_enter(peer->gate->server->http->loop);
	if (change->n_added > 0 && peer->connection.state == CONNECTION_IDLE) {
		table_move(&peer->gate->server->table, &peer->connection, CONNECTION_READING);
	}
	if (peer->gate->listener != HTTP_LISTEN_INTERNAL &&
		peer->connection.state == CONNECTION_READING) {
		count_bytes(peer, change->n_added);
	}
}

/* evhttp asks for the bufferevent of a connection it has just accepted. Without one of ours it
 * makes its own, and wire_arrived() then refuses the stranger. */
struct bufferevent *stream_create(struct event_base *base, void *ctx) {
	struct gate *gate = ctx;
	struct server *server = gate->server;
	struct peer *peer = calloc(1, sizeof(*peer));
	struct bufferevent *stream =
		peer == NULL ? NULL : bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (stream == NULL) {
		free(peer);
		return NULL;
	}
	loop_enter(server->http->loop);
	bufferevent_incref(stream);
	peer->gate = gate;
	peer->stream = stream;
	table_add(&server->table, &peer->connection, stream, gate->listener);
	peer->connection.is_closing = gate->bound == NULL;
	evbuffer_add_cb(bufferevent_get_input(stream), read_arrived, peer);
	evbuffer_add_cb(bufferevent_get_output(stream), write_begins, peer);
	server_start_sweep(server);
	if (table_is_full(&server->table, gate->listener)) {
		server_update_gates(server);
	}
	return stream;
}

void peer_release(struct peer *peer) {
	struct server *server = peer->gate->server;
	bool was_full = table_is_full(&server->table, peer->gate->listener);
	evbuffer_remove_cb(bufferevent_get_input(peer->stream), read_arrived, peer);
	evbuffer_remove_cb(bufferevent_get_output(peer->stream), write_begins, peer);
	table_remove(&server->table, &peer->connection);
	peer_forget_bytes(peer);
	bufferevent_decref(peer->stream);
	free(peer);
	if (was_full) {
		server_update_gates(server);
	}
	http_look_idle(server->http);
}

void peer_doom(struct peer *peer, bool is_reset) {
	peer->doom = is_reset ? DOOM_RESET : DOOM_CLOSE;
	loop_task_schedule(&peer->gate->server->tidy);
}

static void raw_written(struct bufferevent *stream, void *ctx) {
	(void)stream;
	peer_doom(ctx, false);
}

static void raw_failed(struct bufferevent *stream, short what, void *ctx) {
	(void)what;
	raw_written(stream, ctx);
}

void peer_write_raw(struct peer *peer, const void *bytes, size_t length) {
	peer->is_ours = true;
	bufferevent_setcb(peer->stream, NULL, raw_written, raw_failed, peer);
	if (length == 0 || bufferevent_write(peer->stream, bytes, length) != 0 ||
		bufferevent_enable(peer->stream, EV_WRITE) != 0) {
		peer_doom(peer, false);
	}
}

/* evhttp says goodbye with a FIN; only an aborted socket has none. */
static void abort_socket(int fd) {
	const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
	const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	if (connect(fd, &nobody, sizeof(nobody)) != 0) {
		shutdown(fd, SHUT_RDWR); /* a unix socket knows no reset */
	}
}

void peer_close_busy(struct peer *peer) {
	if (peer->doom == DOOM_RESET) {
		abort_socket(bufferevent_getfd(peer->stream));
	}
	wire_close(peer->wire);
}

/* Makes evhttp believe that the client has closed; it calls connection_closed() if it can. */
void peer_close_quiet(struct peer *peer) {
	struct server *server = peer->gate->server;
	struct bufferevent *stream = peer->stream;
	bufferevent_incref(stream);
	bufferevent_trigger_event(stream, BEV_EVENT_EOF | BEV_EVENT_READING, 0);
	if (table_find(&server->table, stream) != NULL) {
		peer_release(peer);
	}
	bufferevent_decref(stream);
}

bool peer_is_freed(const struct peer *peer) {
	bufferevent_data_cb on_read;
	bufferevent_data_cb on_write;
	bufferevent_event_cb on_event;
	void *ctx;
	bufferevent_getcb(peer->stream, &on_read, &on_write, &on_event, &ctx);
	return on_read == NULL && on_write == NULL && on_event == NULL;
}

int peer_fd(const struct peer *peer) {
	return bufferevent_getfd(peer->stream);
}
