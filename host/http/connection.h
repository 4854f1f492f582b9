/*
 * http/connection.h - connections: what listen.c, server.c, stream.c, wire.c and table.c share, and http.c, which
 * starts and stops them. Nobody else includes it.
 */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include "http/inside.h"

struct bufferevent;
struct event_base;
struct evhttp;
struct evhttp_bound_socket;
struct evhttp_request;
struct wire;

/* ---- listen.c ---- */

/*
 * Opens a listening, non-blocking descriptor for "ADDRESS:PORT", "[IPV6]:PORT" or "unix:PATH"; -1 with one
 * line in `error`. *port is 0 for unix. Accepted TCP sockets inherit TCP_NODELAY and SO_KEEPALIVE.
 */
int listen_open(const char *address, bool must_be_loopback, uint16_t *port, char *error, size_t error_size);

/* The path of "unix:PATH", or NULL. */
const char *listen_unix_path(const char *address);

/* ---- table.c: the connections, without any evhttp in it ---- */

enum connection_state { CONNECTION_IDLE,    /* between two requests, or before the first byte */
                        CONNECTION_READING, /* a request has begun to arrive */
                        CONNECTION_BUSY,    /* from its arrival until its reply is written */
                        CONNECTION_STATES };

struct connection {
	struct list link;   /* in the order of their last change of state */
	struct list bucket;
	const void *key;
	enum http_listener listener;
	bool is_closing;    /* its listener is closed */
	enum connection_state state;
	uint64_t since_ms;  /* in this state */
};

enum { TABLE_BUCKETS = 1024, TABLE_ADMIN_MAX = 64 };

struct table {
	struct list connections;
	struct list buckets[TABLE_BUCKETS];
	size_t count[CONNECTION_STATES]; /* of the public ones */
	size_t bound;                    /* of the public ones together */
	size_t admin;                    /* those of admin listeners, TABLE_ADMIN_MAX at the most */
	uint64_t read_timeout_ms;        /* for one whole request to arrive */
};

void table_init(struct table *table, size_t bound, uint64_t read_timeout_ms);
void table_add(struct table *table, struct connection *connection, const void *key,
	enum http_listener listener);
void table_remove(struct table *table, struct connection *connection);
struct connection *table_find(const struct table *table, const void *key);
void table_move(struct table *table, struct connection *connection, enum connection_state state);

/* Is there no room for another connection of such a listener? */
bool table_is_full(const struct table *table, enum http_listener listener);

/* More than 90 % full: from here on a reply closes its connection, so that those who wait get their turn. */
bool table_is_crowded(const struct table *table);

/* All of them, whoever's. */
size_t table_count(const struct table *table);

/* Requests that have begun to arrive, or whose reply is not written yet, on public connections. */
size_t table_pending(const struct table *table);

/*
 * Must this one be closed now? Idle ones whose listener is closed; readers that had TABLE_READ_GRACE_MS since
 * then, or have been at it for longer than a request may take; and, with *room > 0 places needed for those
 * who wait, the idle ones that stand first, which takes one off *room. Internal ones know only the first rule, admin ones not the last.
 */
enum { TABLE_READ_GRACE_MS = 1000, TABLE_IDLE_MIN_MS = 200 };
bool table_must_close(const struct table *table, const struct connection *connection, size_t *room);

/* ---- wire.c: the rest of it is in inside.h ---- */

/* evhttp has a whole request, from the gate `ctx`. */
void wire_arrived(struct evhttp_request *request, void *ctx);
bool wire_is_waiting(const struct wire *wire);

/* Frees evhttp's connection under it. */
void wire_close(struct wire *wire);

/* ---- stream.c ---- */

struct peer { /* a connection, as evhttp's side sees it */
	struct connection connection;
	struct gate *gate;
	struct bufferevent *stream;
	struct wire *wire; /* while busy */
	bool is_ours;      /* what is written now is our reply, not a page of evhttp's */
	bool has_page;
	enum { DOOM_NONE, DOOM_CLOSE, DOOM_RESET } doom;
	size_t bytes;      /* of a request that is arriving, as counted in server->reading_bytes */
};

static inline struct peer *peer_of(struct connection *connection) {
	return list_entry(connection, struct peer, connection);
}

/* evhttp's bufferevent for a connection just accepted at `gate`, entered in the table; NULL: no memory. */
struct bufferevent *stream_create(struct event_base *base, void *gate);

/* Takes it out of the table and gives our reference back. */
void peer_release(struct peer *peer);

/* What it has read is no longer arriving. */
void peer_forget_bytes(struct peer *peer);

/* Has evhttp freed its side without telling us? */
bool peer_is_freed(const struct peer *peer);
int peer_fd(const struct peer *peer);

/* Writes bytes past evhttp, then closes. */
void peer_write_raw(struct peer *peer, const void *bytes, size_t length);

/* Closes at the end of the turn: inside one of evhttp's callbacks its connections cannot be freed. */
void peer_doom(struct peer *peer, bool is_reset);

/* Close it now: a busy one (as a reset when it was so doomed), or one without a whole request. */
void peer_close_busy(struct peer *peer);
void peer_close_quiet(struct peer *peer);

/* ---- server.c ---- */

struct gate { /* one listener with an evhttp of its own: else none could tell whose connection it is */
	struct list link;
	struct list by_listener; /* among all of the process */
	struct server *server;
	struct evhttp *evhttp;
	struct evhttp_bound_socket *bound; /* NULL once closed */
	char *unix_path;
	enum http_listener listener;
};

struct server {
	struct http *http;
	struct list gates;
	struct table table;
	size_t body_limit;
	size_t reading_bytes; /* of all requests that are arriving on public listeners */
	size_t reading_limit; /* beyond it a request that is not small is refused with 503 while it arrives */
	struct loop_timer sweep;
	struct loop_timer resume; /* running: accepting has failed and pauses */
	uint64_t accept_logged_ms;
	struct loop_task tidy;
};

/* A connection has come or gone: listen on, or let them wait. */
void server_update_gates(struct server *server);
void server_start_sweep(struct server *server);

struct server *server_create(struct http *http);
void server_destroy(struct server *server);
bool server_listen(struct server *server, const char *address, enum http_listener listener, uint16_t *port,
	char *error, size_t error_size);
void server_close(struct server *server, enum http_listener listener);
size_t server_pending(const struct server *server);

/* A route may take `max_body_bytes`: what is larger than any route's limit is not kept but drained, and refused with
 * 413 when it is whole, so that a client which writes first and reads then gets to know why. */
void server_allow_body(struct server *server, size_t max_body_bytes);

#endif
