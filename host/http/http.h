/*
 * http/http.h - towards our clients, layer 2: listeners, routes, requests, replies.
 *
 * A request is read, checked (route, API key and scope, content type, JSON, schema), handed to its route's
 * handler, and replied to exactly once. It lives until that reply, whatever happens meanwhile: when
 * the client leaves it is gone, when its deadline passes the host sends 504 for it; either way the
 * request is inert from then on: it can be asked, and http_reply() ends it without sending anything.
 * One that is never replied to is ended by the module 30 s after its deadline (counted, logged).
 * The 504 is sent 250 ms after the deadline: whoever works for the request under the same deadline
 * usually knows more about the outcome, and replies first. A client that shuts down its sending half
 * before the reply counts as gone.
 *
 * A POST with the header Idempotency-Key is carried out once: others with the same key, path and body wait for
 * its reply, and for 24 h get the same one (Idempotent-Replayed: true), unless its outcome is not_applied; handlers
 * know nothing of it. (Not on internal listeners, nor on HTTP_ROUTE_OPEN routes.) Such a request is not gone when its
 * client leaves, only at its deadline: the client is expected back. The keys are in memory: a restart forgets them.
 *
 * Every path is served under /v1 as well. OPTIONS is answered by itself (204, Allow). What evhttp
 * refuses before there is a request (broken HTTP, an unknown method, a body beyond every route's
 * limit) gets the same error shape.
 *
 * Order of life: http_create, http_use_api_keys (or not), http_add_route ..., http_listen ..., http_close, (idle), http_destroy.
 * Loop thread only. Nothing here knows HubSpot.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http;
struct http_request;
struct loop;
struct schema;

/* Who may call without an API key; with keys, whoever may not gets 401. */
enum http_anonymous { HTTP_ANONYMOUS_NO,  /* nobody: 401 */
                      HTTP_ANONYMOUS_LOOPBACK, /* from this machine: a loopback address or a unix socket, Host localhost, 127.0.0.1 or
                                                  * [::1], and no proxy header: else 403 */
                      HTTP_ANONYMOUS_ANY };

struct http_settings {
	uint32_t request_timeout_ms; /* from the first byte of a request to its reply; a client may ask for less */
	uint32_t idle_timeout_ms;    /* between two requests, and between two pieces of one */
	uint32_t max_body_bytes;
	uint32_t max_head_bytes;
	uint32_t max_connections;    /* of the public listeners together */
	enum http_anonymous anonymous;
};

/* `settings` is copied. Aborts when out of memory. */
struct http *http_create(struct loop *loop, const struct http_settings *settings);

/* Closes what is still open and frees everything; requests that wait are dropped without a reply. */
void http_destroy(struct http *http);

/* ---- API keys ---- */

/*
 * A keys file, in an operator's hands: {"keys": [{"name", "hash": "sha256:HEX", "scopes": ["contacts:write"], and where
 * wanted "priority" (interactive, normal, bulk; normal), "batch_priority" (bulk), "weight" (1 to 100; 1),
 * "rate": {"requests", "seconds"}, "created", "expires": "2027-01-01T00:00:00Z"}]}. Scopes are OBJECT:read, write, admin or
 * raw, "*" for any object; none includes another one.
 */
enum { HTTP_API_KEY_SIZE = 48, HTTP_API_KEY_HASH_SIZE = 72, HTTP_API_KEYS_MAX = 10000, HTTP_API_KEYS_BYTES_MAX = 4 * 1024 * 1024 };

/* A new key, of 256 random bits, and its hash for the file. False: no random bits. memory_wipe() the key. */
bool http_make_api_key(char key[HTTP_API_KEY_SIZE], char hash[HTTP_API_KEY_HASH_SIZE]) __attribute__((warn_unused_result));

/* The text of such a file as JSON, a new reference; or NULL, with one line in `error` that names `file`, the entry and
 * what is wrong with it. */
json_t *http_read_api_keys(const char *file, const char *text, size_t length, char *error, size_t error_size)
	__attribute__((warn_unused_result));

struct http_api_keys_change { size_t count, added, gone; };

/* From now on these are the keys (what http_read_api_keys() gave; kept, so nobody changes it), and a caller needs one, or must be
 * let in without. Requests under way keep theirs, and a key whose name and rate stay keeps what is left of it. `change` may
 * be NULL. False: no memory, and nothing has changed. */
bool http_use_api_keys(struct http *http, const json_t *keys, struct http_api_keys_change *change)
	__attribute__((warn_unused_result));

/* ---- routes ---- */

enum { HTTP_ROUTE_OPEN = 1,      /* no API key, no Host rule: health, or a plugin that authenticates by itself */
       HTTP_ROUTE_RAW_BODY = 2,  /* any content type, unparsed */
       HTTP_ROUTE_HIDDEN = 4,    /* no access-log line, no metrics */
       HTTP_ROUTE_INTERNAL = 8,  /* offered on internal listeners too */
       HTTP_ROUTE_ADMIN = 16 };  /* offered on admin listeners too */

/* What a handler returns: it has replied, it will reply later, or (negative) it failed and the host replies 500. */
enum { HTTP_REPLIED = 0, HTTP_LATER = 1 };

/* What an API document says of a route, all of OpenAPI 3.1; its owner adds what only he knows. */
struct http_description {
	json_t *operation; /* an Operation Object, empty at first: whoever reads it has words of his own for what stays out */
	json_t *schemas;   /* the document's components/schemas, by name */
	json_t *tags;      /* {"name": "description"}: those that the operations name */
};

struct http_route {
	const char *method; /* "GET", ...; NULL: any. HEAD is served by GET routes. */
	const char *path;   /* "/contacts/{id}"; a last segment "{rest...}" takes the tail, slashes included */
	const char *owner;  /* the plugin's name, or "host": for logs and messages */
	const char *summary; /* one line for people, or NULL */
	const char *scope;   /* what the caller's API key must hold: "contacts:write"; NULL: the path's first segment, read for GET and
	                      * HEAD, else write; "": any key will do. Not asked of HTTP_ROUTE_OPEN routes */
	unsigned flags;
	uint32_t timeout_ms;      /* 0: the settings' */
	uint32_t max_body_bytes;  /* 0: the settings' */
	const struct schema *body_schema; /* NULL: a body is refused with 400 (RAW_BODY: taken) */
	unsigned body_how;                /* SCHEMA_... */
	const struct schema *query_schema; /* what the query must meet, as an object; NULL: the handler looks at it */
	int (*handle)(struct http_request *request, void *ctx);
	void *ctx;
	/* Is there room for this request, by its deadline and its caller? Asked before its body is looked at, not to be replied
	 * to; false: 503 "busy", and *retry_after_ms is told. NULL: always. */
	bool (*has_room)(const struct http_request *request, uint64_t *retry_after_ms, void *ctx);
	/* Fills `description`; runs at start only, so allocations may abort. False: this route is in no document. NULL: there
	 * is nothing to add, and a hidden or internal route is in none. */
	bool (*describe)(const struct http_route *route, struct http_description *description, void *ctx);
};

/* Adds a route; strings are copied, schema and ctx borrowed for the life of `http`. Literal segments win over
 * parameters, parameters over a tail; the path decides before the method does. False, with one line in `error`: a bad path
 * or scope, or a path that is taken. */
bool http_add_route(struct http *http, const struct http_route *route, char *error, size_t error_size);

/* For those who describe: `schema` as a component called `name`, unless there is one. It is copied, and its
 * definitions become components, too; what it refers to in itself, by "#/..." or its "$id", is found there then.
 * "#/components/..." is the document's. */
void http_describe_schema(struct http_description *description, const char *name, const json_t *schema);

/* Every route, those of a path together, a path before the longer ones that begin with it. */
void http_each_route(const struct http *http, void (*visit)(const struct http_route *route, void *ctx), void *ctx);

/* ---- listening and stopping ---- */

/* Who calls there. A public listener obeys the connection bound, and asks who calls. An internal one (the host itself;
 * loopback only) knows no bound, no deadline, no access log, no metrics, and offers only HTTP_ROUTE_INTERNAL routes. An
 * admin one (the operator's probes) has 64 connections of its own, and offers only HTTP_ROUTE_ADMIN routes. Neither asks. */
enum http_listener { HTTP_LISTEN_PUBLIC, HTTP_LISTEN_INTERNAL, HTTP_LISTEN_ADMIN };

/* Listens on "ADDRESS:PORT" (port 0: a free one; IPv6 in brackets) or "unix:PATH". Writes the port to *port (may be NULL;
 * 0 for unix). False, with one line in `error`. */
bool http_listen(struct http *http, const char *address, enum http_listener listener, uint16_t *port, char *error,
	size_t error_size);

/* Closes all listeners of that kind; open connections end after their reply ("Connection: close"),
 * idle ones at once, and those on which a request has begun to arrive when it is not whole after 1 s. */
void http_close(struct http *http, enum http_listener listener);

/* Public requests that are arriving or have not been replied to, and replies not yet handed to the kernel.
 * Those that are gone do not count: nobody waits for them. */
size_t http_pending(const struct http *http);

/* Calls `idle` (once, on the loop) when http_pending() is 0. */
void http_on_idle(struct http *http, void (*idle)(void *ctx), void *ctx);

/* ---- asking a request: borrowed strings, valid until the reply ---- */

const char *http_method(const struct http_request *request);
const char *http_path_param(const struct http_request *request, const char *name);  /* decoded; or NULL */
const char *http_query_param(struct http_request *request, const char *name);       /* decoded, the first one; or NULL */
const char *http_header(const struct http_request *request, const char *name);      /* or NULL */
const char *http_url(const struct http_request *request);                           /* path and query as sent */
const char *http_request_id(const struct http_request *request);
uint64_t http_deadline_ms(const struct http_request *request);  /* on clock_now_ms(); UINT64_MAX on an internal listener */
const void *http_raw_body(const struct http_request *request, size_t *length);
json_t *http_body(const struct http_request *request);                              /* borrowed, met its schema; or NULL */
const struct http_route *http_route_of(const struct http_request *request);
bool http_is_gone(const struct http_request *request);  /* the client left or got its 504 */

/* Who asks: what an API key's entry says. Its strings live as long as the request. */
enum http_priority { HTTP_INTERACTIVE, HTTP_NORMAL, HTTP_BULK };
struct http_caller {
	const char *name;                  /* of the key; "": without one */
	enum http_priority priority;       /* of its requests: without a key interactive ... */
	enum http_priority batch_priority; /* ... and of each record of a batch: bulk */
	uint32_t weight;                   /* its share beside callers of the same priority, 1 to 100; 1 without a key */
};
const struct http_caller *http_caller(const struct http_request *request);

/* Does the caller hold this scope? Whoever was let in without a key, and on listeners that ask nobody, does. On an
 * HTTP_ROUTE_OPEN route the key is judged only now. False: the request has been replied to, with 403 (401, 429). */
bool http_check_scope(struct http_request *request, const char *scope) __attribute__((warn_unused_result));

/* Names that the query may have (ends in NULL; NULL itself: none); another one is refused with 400 and its name.
 * True when all are known and none comes twice; false: the request has been replied to. */
bool http_check_query(struct http_request *request, const char *const *names) __attribute__((warn_unused_result));

/* Runs once, when the client leaves or the deadline passes before the reply. Replaces an earlier one; NULL: none. */
void http_on_gone(struct http_request *request, void (*gone)(struct http_request *request, void *ctx), void *ctx);

/* Runs once, right before the request's memory ends. For one borrower (the plugins' tokens). */
void http_on_end(struct http_request *request, void (*end)(struct http_request *request, void *ctx), void *ctx);

/* ---- replying: each of these ends the request; the pointer is dead after it ---- */

/* Adds a header to the reply; Cache-Control, Content-Type and X-Request-Id take the place of the host's own. False:
 * not a header name, a control character in the value, no memory, or one of Content-Length, Transfer-Encoding, Connection. */
bool http_reply_header(struct http_request *request, const char *name, const char *value);

/* `body` is borrowed; NULL: no body (204). True when it was sent, false when the client was gone. */
bool http_reply(struct http_request *request, int status, const json_t *body);
bool http_reply_bytes(struct http_request *request, int status, const char *type, const void *bytes, size_t length);

enum http_outcome { HTTP_OUTCOME_NONE, HTTP_NOT_APPLIED, HTTP_UNKNOWN };

/* The one error shape. Zero in a field leaves the member out; "request_id" and "retryable" are always there. */
struct http_problem {
	int status;
	const char *code;       /* "validation_failed" */
	const char *message;    /* one sentence */
	const json_t *errors;   /* array of {"field","code","message"}, borrowed; or NULL */
	bool is_retryable;
	enum http_outcome outcome; /* NONE on a write (not GET, HEAD): HTTP_NOT_APPLIED */
	uint64_t retry_after_ms;   /* > 0: Retry-After, rounded up to seconds */
	const char *existing_id;   /* on a conflict */
	const json_t *existing_ids; /* on an ambiguous key, borrowed; or NULL */
	const json_t *hubspot;     /* {"status","category","correlation_id"}, borrowed; or NULL */
};
bool http_refuse(struct http_request *request, const struct http_problem *problem);

/* The same as JSON, without sending: a new reference, NULL when out of memory. request_id may be NULL. */
json_t *http_problem_json(const struct http_problem *problem, const char *request_id);

/* Replies that no honest server sends, for simulators. End the request. */
bool http_reply_reset(struct http_request *request);
bool http_reply_wire(struct http_request *request, const void *bytes, size_t length);

#endif
