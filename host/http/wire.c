/*
 * One request and its reply on evhttp.
 */
#include "http/connection.h"

#include <sys/queue.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

struct wire {
	struct exchange exchange;
	struct evhttp_request *request; /* NULL once evhttp's has ended or is about to */
	struct peer *peer; /* NULL once the connection is gone or free for the next request */
	struct evkeyvalq headers; /* evhttp's, once its request has ended */
	struct evbuffer *body;    /* likewise */
	bool is_sent;
	bool is_kept;
};

static struct wire *wire_of(struct exchange *exchange) {
	return list_entry(exchange, struct wire, exchange);
}

bool wire_is_waiting(const struct wire *wire) {
	return !wire->is_sent;
}

void wire_close(struct wire *wire) {
	evhttp_connection_free(evhttp_request_get_connection(wire->request));
}

static void wire_free_if_done(struct wire *wire) {
	if (wire->request == NULL && wire->exchange.request == NULL) {
		evhttp_clear_headers(&wire->headers);
		if (wire->body != NULL) {
			evbuffer_free(wire->body);
		}
		free(wire);
	}
}

/* Moves what may still be asked for out of evhttp's request: the same memory, so pointers stay
 * good. evhttp looks once more for a "Connection" header after this, but must_close_after() has
 * told it. */
static void wire_keep(struct wire *wire) {
	struct evkeyvalq *headers = evhttp_request_get_input_headers(wire->request);
	TAILQ_CONCAT(&wire->headers, headers, next);
	if (wire->body != NULL) {
		evbuffer_add_buffer(wire->body, evhttp_request_get_input_buffer(wire->request));
	}
	wire->is_kept = true;
}

static void wire_end(struct wire *wire) {
	if (wire->exchange.request != NULL) {
		wire_keep(wire);
	}
	wire->peer = NULL;
	wire->request = NULL;
	wire_free_if_done(wire);
}

static void reply_written(struct evhttp_request *request, void *ctx) {
	struct wire *wire = ctx;
	struct peer *peer = wire->peer;
	(void)request;
	if (peer != NULL) {
		struct server *server = peer->gate->server;
		loop_enter(server->http->loop);
		bool has_more = evbuffer_get_length(bufferevent_get_input(peer->stream)) > 0;
		peer->wire = NULL;
		table_move(&server->table, &peer->connection,
			has_more ? CONNECTION_READING : CONNECTION_IDLE);
		if (peer->connection.is_closing) {
			loop_task_schedule(&server->tidy);
		}
		http_look_idle(server->http);
	}
	wire_end(wire);
}

static void wire_cut(struct wire *wire) {
	struct evhttp_request *request = wire->request;
	struct http_request *left = wire->is_sent ? NULL : wire->exchange.request;
	/* After an error in the middle evhttp has let go of the request without freeing it. */
	bool is_orphan = evhttp_request_get_connection(request) == NULL;
	wire_end(wire);
	if (is_orphan) {
		evhttp_request_free(request);
	}
	if (left != NULL) {
		request_leave(left);
	}
}

static void connection_closed(struct evhttp_connection *connection, void *ctx) {
	struct peer *peer = ctx;
	struct wire *wire = peer->wire;
	(void)connection;
	peer_release(peer);
	if (wire != NULL) {
		wire_cut(wire);
	}
}

static const char *method_name(enum evhttp_cmd_type command) {
	switch (command) {
	case EVHTTP_REQ_GET:
		return "GET";
	case EVHTTP_REQ_POST:
		return "POST";
	case EVHTTP_REQ_HEAD:
		return "HEAD";
	case EVHTTP_REQ_PUT:
		return "PUT";
	case EVHTTP_REQ_DELETE:
		return "DELETE";
	case EVHTTP_REQ_OPTIONS:
		return "OPTIONS";
	default:
		return "PATCH";
	}
}

static void name_peer(struct wire *wire, struct evhttp_connection *connection) {
	char *address = NULL;
	ev_uint16_t port = 0;
	evhttp_connection_get_peer(connection, &address, &port);
	bool is_unix = wire->peer->gate->unix_path != NULL;
	const char *name = is_unix ? "unix" : address != NULL ? address : "unknown";
	size_t length = strnlen(name, sizeof(wire->exchange.peer) - 1);
	memcpy(wire->exchange.peer, name, length);
}

static struct wire *wire_create(struct peer *peer, struct evhttp_request *request) {
	struct evbuffer *input = evhttp_request_get_input_buffer(request);
	size_t length = evbuffer_get_length(input);
	struct wire *wire = calloc(1, sizeof(*wire));
	if (wire == NULL) {
		return NULL;
	}
	wire->exchange =
		(struct exchange){.method = method_name(evhttp_request_get_command(request)),
			.target = evhttp_request_get_uri(request),
			.body = length == 0 ? NULL : (const char *)evbuffer_pullup(input, -1),
			.body_length = length,
			.begun_ms = peer->connection.since_ms,
			.listener = peer->gate->listener};
	wire->body = length == 0 ? NULL : evbuffer_new();
	TAILQ_INIT(&wire->headers);
	if (length > 0 && (wire->exchange.body == NULL || wire->body == NULL)) {
		if (wire->body != NULL) {
			evbuffer_free(wire->body);
		}
		free(wire);
		return NULL;
	}
	wire->request = request;
	wire->peer = peer;
	return wire;
}

/* evhttp has a whole request. */
void wire_arrived(struct evhttp_request *request, void *ctx) {
	struct gate *gate = ctx;
	struct evhttp_connection *connection = evhttp_request_get_connection(request);
	struct connection *known =
		table_find(&gate->server->table, evhttp_connection_get_bufferevent(connection));
	loop_enter(gate->server->http->loop);
	bool is_refused = known == NULL || peer_of(known)->doom != DOOM_NONE;
	struct wire *wire = is_refused ? NULL : wire_create(peer_of(known), request);
	if (wire == NULL) {
		evhttp_send_error(request, 503, NULL);
		return;
	}
	name_peer(wire, connection);
	wire->peer->wire = wire;
	peer_forget_bytes(wire->peer);
	table_move(&gate->server->table, known, CONNECTION_BUSY);
	evhttp_connection_set_closecb(connection, connection_closed, wire->peer);
	evhttp_request_set_on_complete_cb(request, reply_written, wire);
	request_arrive(gate->server->http, &wire->exchange);
}

static const struct evkeyvalq *headers_of(const struct wire *wire) {
	return wire->is_kept ? &wire->headers : evhttp_request_get_input_headers(wire->request);
}

const char *exchange_header(const struct exchange *exchange, const char *name) {
	const struct evkeyval *header;
	TAILQ_FOREACH(header, headers_of(wire_of((struct exchange *)exchange)), next) {
		if (((header->key[0] ^ name[0]) & ~0x20) == 0 &&
			strcasecmp(header->key, name) == 0) {
			return header->value;
		}
	}
	return NULL;
}

bool exchange_has_header_twice(const struct exchange *exchange, const char *name) {
	const struct evkeyval *header;
	size_t count = 0;
	TAILQ_FOREACH(header, headers_of(wire_of((struct exchange *)exchange)), next) {
		count += strcasecmp(header->key, name) == 0 ? 1 : 0;
	}
	return count > 1;
}

bool exchange_has_header_like(const struct exchange *exchange, const char *prefix) {
	const struct evkeyval *header;
	TAILQ_FOREACH(header, headers_of(wire_of((struct exchange *)exchange)), next) {
		if (strncasecmp(header->key, prefix, strlen(prefix)) == 0) {
			return true;
		}
	}
	return false;
}

/* Besides those that evhttp sees itself: it takes the header's value as one word, and it does not
 * read the body of a HEAD, whose bytes would be taken for the next request. */
static bool must_close_after(const struct wire *wire, const struct reply *reply) {
	const char *wish = exchange_header(&wire->exchange, "Connection");
	const struct gate *gate = wire->peer->gate;
	bool has_stray_body = reply->is_head &&
		(exchange_header(&wire->exchange, "Content-Length") != NULL ||
			exchange_header(&wire->exchange, "Transfer-Encoding") != NULL);
	return has_stray_body || (wish != NULL && strcasestr(wish, "close") != NULL) ||
		gate->bound == NULL ||
		(gate->listener == HTTP_LISTEN_PUBLIC && table_is_crowded(&gate->server->table));
}

static bool add_headers(struct wire *wire, const struct reply *reply) {
	struct evkeyvalq *to = evhttp_request_get_output_headers(wire->request);
	bool is_added = true;
	list_for_each (header, reply->headers, struct reply_header, link) {
		is_added = is_added && evhttp_add_header(to, header->name, header->value) == 0;
	}
	for (size_t i = 0; i < sizeof(reply->defaults) / sizeof(reply->defaults[0]); i++) {
		const char *name = reply->defaults[i].name;
		if (name != NULL && !reply_has_header(reply->headers, name)) {
			is_added = is_added &&
				evhttp_add_header(to, name, reply->defaults[i].value) == 0;
		}
	}
	if (must_close_after(wire, reply)) {
		is_added = is_added && evhttp_add_header(to, "Connection", "close") == 0;
	}
	if (reply->has_body) {
		char length[24];
		snprintf(length, sizeof(length), "%zu", reply->length);
		is_added = is_added && evhttp_add_header(to, "Content-Length", length) == 0;
	}
	return is_added;
}

bool exchange_reply(struct exchange *exchange, const struct reply *reply) {
	struct wire *wire = wire_of(exchange);
	if (wire->peer == NULL || wire->is_sent) {
		return false;
	}
	struct evbuffer *body = evbuffer_new();
	bool has_bytes = reply->has_body && !reply->is_head && reply->length > 0;
	if (body == NULL || (has_bytes && evbuffer_add(body, reply->bytes, reply->length) != 0) ||
		!add_headers(wire, reply)) {
		evhttp_clear_headers(evhttp_request_get_output_headers(wire->request));
		if (body != NULL) {
			evbuffer_free(body);
		}
		return false;
	}
	wire->is_sent = true;
	struct peer *peer = wire->peer;
	peer->is_ours = true;
	evhttp_send_reply(wire->request, reply->status, reply->reason, body);
	peer->is_ours = false;
	evbuffer_free(body);
	return true;
}

void exchange_drop(struct exchange *exchange) {
	struct wire *wire = wire_of(exchange);
	exchange->request = NULL;
	wire_free_if_done(wire);
}

bool exchange_wire(struct exchange *exchange, const void *bytes, size_t length) {
	struct wire *wire = wire_of(exchange);
	if (wire->peer == NULL || wire->is_sent) {
		return false;
	}
	wire->is_sent = true;
	peer_write_raw(wire->peer, bytes, length);
	return true;
}

bool exchange_reset(struct exchange *exchange) {
	struct wire *wire = wire_of(exchange);
	if (wire->peer == NULL || wire->is_sent) {
		return false;
	}
	wire->is_sent = true;
	peer_doom(wire->peer, true);
	return true;
}
