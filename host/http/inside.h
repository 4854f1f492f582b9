/*
 * http/inside.h - what the files of this module share; nobody else includes it. (What only those share that
 * deal with connections is in http/connection.h.)
 *
 *   listen.c   an address -> a listening descriptor
 *   server.c   evhttp: listeners, when to accept, the sweep that closes
 *   stream.c   one connection: its bytes, evhttp's own pages, raw replies, resets
 *   wire.c     one request and its reply on evhttp; the rest knows it as `struct exchange`
 *   table.c    which connections there are, and which of them must go
 *   target.c   the raw request-target -> decoded segments and query
 *   router.c   method + segments -> route + parameters
 *   access.c, its header: who may call; anonymous.c: without an API key
 *   api_keys.c, api_keys_read.c, api_keys_time.c, api_key.c, scope.c, their header: the keys, their file, what they may
 *   rate.c, guess.c, their header: how often
 *   tally.c    how many requests and connections, and how long they take
 *   check.c    the body against what its route declared
 *   request.c  a request's life; reading.c its first state
 *   idempotency.c, its header: one run for all requests with the same Idempotency-Key, and its reply again later
 *   replay.c, its header: the store of those keys and replies; digest.c, its header: are two requests the same?
 *   describe.c schemas of an API document
 *   ask.c      what a handler may ask of it
 *   reply.c    what it is answered
 *   http.c     the module as a whole
 */
#ifndef HTTP_INSIDE_H
#define HTTP_INSIDE_H

#include "base/list.h"
#include "base/metric.h"
#include "http/http.h"
#include "loop/loop.h"

struct access;
struct api_key;
struct api_keys;
struct exchange;
struct idempotency;
struct keyed_tally;
struct router;
struct run;
struct server;
struct table;

enum { REQUEST_ID_MAX = 64, SEGMENTS_MAX = 64, PATH_PARAMS_MAX = 8, ALLOW_SIZE = 128, PEER_SIZE = 72 };

/* ---- tally.c ---- */

/* The requests of one route; all zero for one that is not counted. */
struct tally {
	struct metric *requests; /* of callers without a key */
	struct metric *duration;
	struct keyed_tally *keyed;
};

/* `method` NULL: any. */
void tally_init(struct tally *tally, const char *method, const char *path);
void tally_finish(struct tally *tally);

/* `key` NULL: none. Status 0: there was none. */
void tally_count(const struct tally *tally, struct api_key *key, int status, uint64_t took_ms);

struct connection_tally {
	const struct table *table;
	struct metric *open;
	struct metric *limit;
	struct metric_reader reader;
};

/* Tells of the connections in `table`, until tally_connections_end(). */
void tally_connections(struct connection_tally *connections, const struct table *table);
void tally_connections_end(struct connection_tally *connections);

/* ---- http.c ---- */

struct http {
	struct loop *loop;
	struct http_settings settings;
	struct router *router;
	struct server *server;
	struct list requests; /* all that have not ended */
	struct tally astray;  /* those without a route */
	struct connection_tally connections;
	struct access *access;
	struct idempotency *idempotency;
	size_t held_bytes; /* of the bodies of all public requests that have not ended */
	uint64_t forget_ms;   /* after its deadline a request is forgotten */
	struct loop_task idle_task;
	void (*idle)(void *ctx);
	void *idle_ctx;
};

/* Looks again, at the end of this turn, whether nothing is pending any more. */
void http_look_idle(struct http *http);

/* ---- wire.c ---- */

/*
 * One request on the wire, in neutral terms. It lasts until its request drops it and its reply is written
 * (or its client is gone): two lives, either of which may end first.
 */
struct exchange {
	const char *method;
	const char *target; /* as sent; only until request_arrive() returns */
	const char *body;   /* contiguous; NULL when it is empty */
	size_t body_length;
	char peer[PEER_SIZE]; /* its address, "unix" or "unknown" */
	uint64_t begun_ms;  /* when its first byte came */
	enum http_listener listener;
	struct http_request *request; /* NULL once it has ended */
};

/* The first header of that name, or NULL; also when the client is gone. Valid until exchange_drop(). */
const char *exchange_header(const struct exchange *exchange, const char *name);
bool exchange_has_header_twice(const struct exchange *exchange, const char *name);
bool exchange_has_header_like(const struct exchange *exchange, const char *prefix);

struct reply_header {
	struct list link;
	char *value; /* in the same memory */
	char name[];
};

struct reply {
	int status;
	const char *reason;
	const struct list *headers;
	struct { const char *name, *value; } defaults[6]; /* unless `headers` has them, or the name is NULL */
	const void *bytes;
	size_t length;
	bool has_body;        /* false: 204 and the like, no Content-Length either */
	bool is_head;         /* the length is told, the bytes are not sent */
};

/* Each sends, once; false: the client was gone, or no memory. */
bool exchange_reply(struct exchange *exchange, const struct reply *reply);
bool exchange_wire(struct exchange *exchange, const void *bytes, size_t length);
bool exchange_reset(struct exchange *exchange);

/* The request has ended and will not ask again. */
void exchange_drop(struct exchange *exchange);

/* ---- target.c ---- */

struct query_item {
	const char *name;
	const char *value;
};

struct target {
	char *text; /* owns what the others point into */
	const char *segments[SEGMENTS_MAX];
	size_t segment_count;
	struct query_item *query;
	size_t query_count;
};

enum target_fault { TARGET_OK, TARGET_BAD, TARGET_NO_MEMORY };

/* Splits `raw` on "/" and decodes each segment after; *why says in one sentence what is bad. */
enum target_fault target_parse(struct target *target, const char *raw, const char **why);
void target_finish(struct target *target);

/* ---- router.c ---- */

struct route {
	struct http_route declared; /* its strings are the router's own */
	char *params[PATH_PARAMS_MAX];
	size_t param_count;
	bool has_tail;
	struct metric *failures;
	struct metric *forgotten;
	struct tally tally;
	struct list link;
};

struct match {
	const struct route *route;              /* NULL: see the rest */
	bool is_known_path;                     /* another method would do: `allow` says which */
	char allow[ALLOW_SIZE];
	const char *values[PATH_PARAMS_MAX];    /* into the target; not the tail's */
	size_t tail_at;                         /* the index of the tail's first segment */
};

struct router *router_create(void);
void router_destroy(struct router *router);
struct route *router_add(struct router *router, const struct http_route *route, char *error, size_t error_size);
void router_each(const struct router *router, void (*visit)(const struct http_route *route, void *ctx), void *ctx);
void router_match(const struct router *router, const char *method, const struct target *target,
	enum http_listener listener, struct match *match);

/* ---- request.c ---- */

enum request_state { REQUEST_READING, REQUEST_CLAIMING, REQUEST_CHECKING, REQUEST_WORKING, REQUEST_REPLIED, REQUEST_GONE };

struct http_request {
	struct list link;
	struct http *http;
	struct exchange *exchange;
	enum request_state state;
	bool is_logged;
	bool *has_ended; /* of the function that runs the states, while it does */
	char id[REQUEST_ID_MAX + 1];
	char *url;
	struct target target;
	struct match match;
	char *tail;
	bool is_identified;     /* access.c has asked who calls */
	struct api_key *api_key; /* of its caller, in `api_keys`; or NULL */
	struct api_keys *api_keys;
	json_t *body;
	uint64_t deadline_ms;
	struct loop_timer timer; /* the deadline; after it, the time to be remembered */
	struct list headers;     /* of the reply: struct reply_header */
	struct run *run;         /* idempotency.c's: this request's, or the one it waits for; NULL: neither */
	struct list run_link;    /* among those that wait */
	enum http_outcome outcome; /* of the reply, as far as it says */
	bool has_left;           /* its client, while its run goes on */
	size_t held_bytes;       /* of its body, as counted in http->held_bytes */
	const char *replay_of;   /* the id of the request whose reply this one gets, or NULL */
	void (*gone)(struct http_request *request, void *ctx);
	void *gone_ctx;
	void (*end)(struct http_request *request, void *ctx);
	void *end_ctx;
};

/* server.c has one whole request; takes the exchange. */
void request_arrive(struct http *http, struct exchange *exchange);

/* server.c: the client left before its reply. */
void request_leave(struct http_request *request);

/* A request that waited in REQUEST_CLAIMING goes on. */
void request_go_on(struct http_request *request);

/* Ends it: callbacks, memory. */
void request_end(struct http_request *request);

bool request_is_write(const struct http_request *request);

/* One access-log line, and the count, once; status 0: the client left before a reply, or it was not one of ours. */
void request_log(struct http_request *request, int status, size_t bytes_out);

/* Writes a line when a callback has taken long: `began_ms` on clock_precise_ms(). */
void request_blame_slow(const struct route *route, const char *what, uint64_t began_ms);

/* ---- reading.c ---- */

/* The client's id for it, if it is sane, or one of our own. */
void request_name(struct http_request *request);

/* True: on to the next state. False: it has been replied to. */
bool request_read(struct http_request *request);

/* A new id of random hex digits. */
void request_id_make(char id[REQUEST_ID_MAX + 1]);

/* ---- check.c: true to go on; false: it has been refused ---- */

bool check_query(struct http_request *request);
bool check_body(struct http_request *request);
bool check_timeout(struct http_request *request, uint32_t *timeout_ms);

/* ---- reply.c ---- */

/* Sends without ending the request. */
bool reply_problem(struct http_request *request, const struct http_problem *problem);

/* A problem of three words. Ends the request; always false. */
bool reply_refuse(struct http_request *request, int status, const char *code, const char *message);

/* 503 that needs no memory of its own but the connection's. Ends the request; always false. */
bool reply_out_of_memory(struct http_request *request);

/* The same when there is no memory for the request itself. Drops the exchange. */
void reply_without_request(struct exchange *exchange);
void reply_forget_headers(struct http_request *request);
bool reply_has_header(const struct list *headers, const char *name); /* of struct reply_header */
const char *reply_reason(int status);

/* A whole reply for what evhttp refused by itself, as text; the length. */
size_t reply_page(int status, char *to, size_t size);

#endif
