/*
 * hubspot/call.h - one HTTP exchange with HubSpot: the call itself, transport and the token.
 */
#ifndef HUBSPOT_CALL_H
#define HUBSPOT_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/list.h"

struct hubspot;
struct loop;
struct token;
struct transport;

/* ---- token.c: the bearer token ---- */

struct token *token_create(const char *value, const char *file, char *error, size_t error_size);
void token_destroy(struct token *token);

/* Reads the file again. *changed tells whether the token is another one now. False, with one line in `error`: kept. */
bool token_reload(struct token *token, bool *changed, char *error, size_t error_size);

/* Counts up with every change, from 1. */
unsigned token_generation(const struct token *token);

/* Writes "Authorization: Bearer ..." to a new string; the caller wipes (memory_wipe) and frees it. NULL: no memory. */
char *token_header(const struct token *token);

/* A new string: `json` with "{token}" replaced by the token, wherever it stands in a string; the caller wipes and frees
 * it. NULL: no memory. */
char *token_fill(const struct token *token, const char *json);

/* ---- transport.c: one HTTP exchange with HubSpot; with its neighbours (exchange.h) the only user of libcurl ---- */

enum limit_kind { LIMIT_CALL, LIMIT_SEARCH };

/* limit.c's: what it knew when the call started. */
struct limit_ticket {
	enum limit_kind kind;
	uint64_t sent_ms;
	uint64_t taken; /* slots held or in flight, this one among them */
	uint64_t takes; /* so far, this one among them */
	bool is_association;
};

enum call_class {
	CALL_ANSWERED,  /* a whole reply came: see status */
	CALL_NOT_SENT,  /* no byte of the request can have been acted on: resolve, connect, TLS, or never started */
	CALL_UNKNOWN,   /* sent, and no whole reply: timeout, reset, empty, cut */
	CALL_UNSAFE,    /* the peer is not to be trusted: certificate or host name */
};

struct call_headers {
	int64_t rate_max;        /* X-HubSpot-RateLimit-Max; -1: absent or nonsense, as in the next four */
	int64_t rate_remaining;
	int64_t rate_interval_ms;
	int64_t daily_max;
	int64_t daily_remaining;
	uint64_t retry_after_ms; /* 0: absent or nonsense; at most 24 h */
	char correlation_id[64]; /* "" when absent */
};

struct call {
	struct list link;        /* transport's, while in flight */
	/* the request, set by batch; borrowed by transport until `done` */
	const char *method;      /* "GET", "POST", "PATCH", "DELETE" */
	char *path;              /* begins with a slash, comes after the base URL */
	char *body;              /* or NULL; in `request`, unless it is secret */
	size_t body_length;
	bool is_secret;          /* the token is in the body, which is owned, and wiped */
	uint32_t timeout_ms;
	void (*done)(struct call *call);
	/* the end, set by transport before `done` */
	enum call_class end;
	bool is_timeout;         /* CALL_UNKNOWN: no reply in time (else: broken) */
	int status;              /* 0 unless a status line came */
	struct call_headers headers;
	struct buf reply;        /* initialised by transport_send(); freed by the owner */
	char error[128];         /* libcurl's words, for the log; "" when answered */
	uint64_t sent_ms;        /* on clock_now_ms() */
	uint64_t ended_ms;
	unsigned token_generation; /* of the token it was sent with */
	void *exchange;          /* transport's own */
	/* batch's own */
	struct hubspot *client;
	struct list in_client;   /* of the client's calls */
	struct buf request;      /* the body while wire_write.c writes it */
	struct list rows;        /* operations, by their link */
	size_t row_count;
	bool are_many_left_out;  /* settle's: the reply says nothing of many rows */
	double random;           /* settle's: one for all rows, so that those that go again go together */
	uint64_t away_ms;        /* settle's: until HubSpot is asked again, when that is why a row may not go again */
	bool is_retry_decided, may_retry; /* settle's: the budget is asked once a call */
	size_t input_count;      /* rows that stand in the request: equal reads share one */
	bool is_alone;           /* single call for one row, not HubSpot's batch form */
	struct limit_ticket ticket;
};

struct transport_settings {
	const char *base_url;
	const char *proxy;
	const char *ca_file;
	const char *user_agent;
	uint32_t max_calls;
};

struct transport *transport_create(struct loop *loop, const struct transport_settings *settings, struct token *token, char *error,
	size_t error_size);

/* Drops what is in flight without `done`. Not from inside a `done`. */
void transport_destroy(struct transport *transport);

/* Starts the call; `done` runs later on the loop, once. False: no memory; `done` will not run. */
bool transport_send(struct transport *transport, struct call *call) __attribute__((warn_unused_result));

/* Ends a call in flight without `done`. Not from inside a `done`. */
void transport_abandon(struct transport *transport, struct call *call);

/* traffic.c: the bytes of one exchange, for libcurl to call with the traffic as `ctx`. */
struct traffic {
	struct call *call;
	bool is_begun;         /* the request has been on its way to the network */
	size_t header_bytes;   /* of the reply */
	const char *complaint; /* why the peer or its reply was not taken; or NULL */
};
void traffic_init(struct traffic *traffic, struct call *call); /* makes the call's end blank, too */
size_t traffic_write(char *bytes, size_t size, size_t count, void *ctx), traffic_header(char *line, size_t size, size_t count, void *ctx);

#endif
