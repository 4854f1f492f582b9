/*
 * evhttp, and all that must be done around it.
 *
 * Who ends what. A connection has two holders: evhttp, and the table through a reference to its
 * bufferevent; ours is given back when evhttp calls connection_closed(), or, for a connection on
 * which no request has ever been whole (evhttp offers no callback for those), when the sweep finds
 * that evhttp has taken its callbacks off it. A wire (one exchange) has two holders as well:
 * evhttp's request, until the reply is written or the connection closes, and ours, until
 * exchange_drop(). When evhttp's goes first its headers and body move to the wire, so the request
 * can still be asked.
 *
 * Clients that leave. While a reply is pending evhttp watches nothing, and an EV_CLOSED event of
 * our own would not do: a reset comes as EPOLLERR, which libevent reports as readable and writable
 * only, so that event never fires and the loop spins (measured: a whole core). Instead one poll()
 * for all busy connections, ten times a second. A client that only shuts down its sending half
 * counts as gone: nothing tells it from one that has left. Never enable EV_READ in a handler: a
 * pipelined request then ends the process.
 */
#include "http/connection.h"

#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

enum {
	SWEEP_MS = 100,
	ACCEPT_PAUSE_MS = 200,
	ACCEPT_LOG_MS = 1000,
	BODY_SLACK = 4 * 1024,
	READING_BYTES_MAX = 64 * 1024 * 1024
};

/* ---- accepting ---- */

void server_update_gates(struct server *server) {
	bool is_paused = loop_timer_is_running(&server->resume);
	list_for_each (gate, &server->gates, struct gate, link) {
		if (gate->bound == NULL) {
			continue;
		}
		struct evconnlistener *listener = evhttp_bound_socket_get_listener(gate->bound);
		if (is_paused || table_is_full(&server->table, gate->listener)) {
			evconnlistener_disable(listener);
		} else {
			evconnlistener_enable(listener);
		}
	}
}

static void accept_resume(void *ctx) {
	server_update_gates(ctx);
}

/* The error callback of a listener gets evhttp's own ctx, so its gate has to be looked for. */
static struct list gates_by_listener = {&gates_by_listener, &gates_by_listener};

static struct gate *gate_of(const struct evconnlistener *listener) {
	list_for_each (gate, &gates_by_listener, struct gate, by_listener) {
		if (gate->bound != NULL &&
			evhttp_bound_socket_get_listener(gate->bound) == listener) {
			return gate;
		}
	}
	return NULL;
}

static void accept_failed(struct evconnlistener *listener, void *ctx) {
	int why = EVUTIL_SOCKET_ERROR();
	struct gate *gate = gate_of(listener);
	(void)ctx;
	if (gate == NULL) {
		return;
	}
	struct server *server = gate->server;
	loop_enter(server->http->loop);
	if (server->accept_logged_ms == 0 ||
		clock_now_ms() - server->accept_logged_ms >= ACCEPT_LOG_MS) {
		server->accept_logged_ms = clock_now_ms();
		LOG_WARN("cannot accept connections", log_text("why", strerror(why)));
	}
	loop_timer_start(&server->resume, ACCEPT_PAUSE_MS);
	server_update_gates(server);
}

/* ---- closing ---- */

/* How many more idle ones may go in this sweep: none unless somebody waits in the kernel's backlog.
 */
static size_t room_needed(const struct server *server) {
	if (!table_is_full(&server->table, HTTP_LISTEN_PUBLIC)) {
		return 0;
	}
	list_for_each (gate, &server->gates, struct gate, link) {
		if (gate->bound != NULL && gate->listener == HTTP_LISTEN_PUBLIC) {
			struct pollfd waiting = {
				.fd = evhttp_bound_socket_get_fd(gate->bound), .events = POLLIN};
			if (poll(&waiting, 1, 0) == 1) {
				return server->table.bound / 10 + 1;
			}
		}
	}
	return 0;
}

static void tidy(void *ctx) {
	struct server *server = ctx;
	size_t room = room_needed(server);
	list_for_each_safe (
		connection, after, &server->table.connections, struct connection, link) {
		struct peer *peer = peer_of(connection);
		if (peer_is_freed(peer)) {
			peer_release(peer);
		} else if (peer->doom != DOOM_NONE && peer->wire != NULL) {
			peer_close_busy(peer);
		} else if (peer->doom != DOOM_NONE) {
			peer_close_quiet(peer);
		} else if (table_must_close(&server->table, connection, &room)) {
			peer_close_quiet(peer);
		}
	}
}

static bool is_waiting(struct connection *connection) {
	const struct wire *wire = connection == NULL ? NULL : peer_of(connection)->wire;
	return wire != NULL && wire_is_waiting(wire);
}

static size_t list_waiting(const struct server *server, struct pollfd *polls, const void **keys) {
	size_t count = 0;
	list_for_each (connection, &server->table.connections, struct connection, link) {
		if (is_waiting(connection)) {
			keys[count] = connection->key;
			polls[count++] = (struct pollfd){
				.fd = peer_fd(peer_of(connection)), .events = POLLRDHUP};
		}
	}
	return count;
}

static void find_gone(struct server *server) {
	size_t most = table_count(&server->table);
	struct pollfd *polls = calloc(most + 1, sizeof(*polls));
	const void **keys = calloc(most + 1, sizeof(*keys));
	size_t count = polls == NULL || keys == NULL ? 0 : list_waiting(server, polls, keys);
	int left = count == 0 ? 0 : poll(polls, (nfds_t)count, 0);
	for (size_t i = 0; left > 0 && i < count; i++) {
		struct connection *connection =
			polls[i].revents == 0 ? NULL : table_find(&server->table, keys[i]);
		if (is_waiting(connection)) {
			peer_close_busy(peer_of(connection));
		}
	}
	free(polls);
	free(keys);
}

static void sweep(void *ctx) {
	struct server *server = ctx;
	find_gone(server);
	tidy(server);
	if (!list_is_empty(&server->table.connections)) {
		loop_timer_start(&server->sweep, SWEEP_MS);
	}
}

void server_start_sweep(struct server *server) {
	if (!loop_timer_is_running(&server->sweep)) {
		loop_timer_start(&server->sweep, SWEEP_MS);
	}
}

/* ---- the server ---- */

struct server *server_create(struct http *http) {
	struct server *server = must_calloc(1, sizeof(*server));
	server->http = http;
	list_init(&server->gates);
	table_init(
		&server->table, http->settings.max_connections, http->settings.request_timeout_ms);
	loop_timer_init(&server->sweep, http->loop, sweep, server);
	loop_timer_init(&server->resume, http->loop, accept_resume, server);
	loop_task_init(&server->tidy, http->loop, tidy, server);
	server_allow_body(server, http->settings.max_body_bytes);
	return server;
}

static void gate_close(struct gate *gate) {
	if (gate->bound != NULL) {
		evhttp_del_accept_socket(gate->evhttp, gate->bound);
		gate->bound = NULL;
		if (gate->unix_path != NULL) {
			unlink(gate->unix_path);
		}
	}
}

void server_destroy(struct server *server) {
	loop_timer_finish(&server->sweep);
	loop_timer_finish(&server->resume);
	list_for_each_safe (gate, after, &server->gates, struct gate, link) {
		gate_close(gate);
		evhttp_free(gate->evhttp);
		gate->evhttp = NULL;
	}
	list_for_each_safe (connection, next, &server->table.connections, struct connection, link) {
		peer_release(peer_of(connection));
	}
	list_for_each_safe (old, last, &server->gates, struct gate, link) {
		list_remove(&old->by_listener);
		free(old->unix_path);
		free(old);
	}
	loop_task_cancel(&server->tidy);
	free(server);
}

void server_allow_body(struct server *server, size_t max_body_bytes) {
	if (max_body_bytes > server->body_limit) {
		server->body_limit = max_body_bytes;
	}
	size_t a_few = server->body_limit * 4;
	server->reading_limit = a_few > READING_BYTES_MAX ? a_few : READING_BYTES_MAX;
	list_for_each (gate, &server->gates, struct gate, link) {
		evhttp_set_max_body_size(
			gate->evhttp, (ev_ssize_t)(server->body_limit + BODY_SLACK));
	}
}

static struct evhttp *evhttp_create(struct gate *gate, const struct http_settings *settings) {
	struct evhttp *evhttp = evhttp_new(loop_event_base(gate->server->http->loop));
	const struct timeval idle = {.tv_sec = settings->idle_timeout_ms / 1000,
		.tv_usec = (settings->idle_timeout_ms % 1000) * 1000};
	if (evhttp == NULL) {
		return NULL;
	}
	evhttp_set_allowed_methods(evhttp,
		EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD | EVHTTP_REQ_PUT |
			EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS | EVHTTP_REQ_PATCH);
	evhttp_set_default_content_type(evhttp, NULL);
	evhttp_set_flags(evhttp, EVHTTP_SERVER_LINGERING_CLOSE); /* what is too large is drained */
	evhttp_set_max_headers_size(evhttp, (ev_ssize_t)settings->max_head_bytes);
	if (gate->listener != HTTP_LISTEN_INTERNAL) {
		evhttp_set_timeout_tv(evhttp, &idle);
	}
	evhttp_set_bevcb(evhttp, stream_create, gate);
	evhttp_set_gencb(evhttp, wire_arrived, gate);
	return evhttp;
}

bool server_listen(struct server *server, const char *address, enum http_listener listener,
	uint16_t *port, char *error, size_t error_size) {
	uint16_t bound_port = 0;
	int fd = listen_open(
		address, listener == HTTP_LISTEN_INTERNAL, &bound_port, error, error_size);
	if (fd < 0) {
		return false;
	}
	struct gate *gate = must_calloc(1, sizeof(*gate));
	*gate = (struct gate){.server = server, .listener = listener};
	gate->unix_path =
		listen_unix_path(address) == NULL ? NULL : must_strdup(listen_unix_path(address));
	struct evconnlistener *accepting = evconnlistener_new(loop_event_base(server->http->loop),
		NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	gate->evhttp = evhttp_create(gate, &server->http->settings);
	gate->bound = gate->evhttp == NULL || accepting == NULL
		? NULL
		: evhttp_bind_listener(gate->evhttp, accepting);
	if (gate->bound == NULL) {
		fputs("hubspot-connector: out of memory\n", stderr);
		abort();
	}
	evconnlistener_set_error_cb(accepting, accept_failed);
	list_init(&gate->link);
	list_init(&gate->by_listener);
	list_append(&server->gates, &gate->link);
	list_append(&gates_by_listener, &gate->by_listener);
	server_allow_body(server, 0);
	if (port != NULL) {
		*port = bound_port;
	}
	return true;
}

void server_close(struct server *server, enum http_listener listener) {
	list_for_each (gate, &server->gates, struct gate, link) {
		if (gate->listener == listener) {
			gate_close(gate);
		}
	}
	list_for_each (connection, &server->table.connections, struct connection, link) {
		if (connection->listener == listener && !connection->is_closing) {
			connection->is_closing = true;
			if (connection->state == CONNECTION_READING) {
				connection->since_ms = clock_now_ms(); /* its grace begins now */
			}
		}
	}
	loop_task_schedule(&server->tidy);
}

size_t server_pending(const struct server *server) {
	return table_pending(&server->table);
}
