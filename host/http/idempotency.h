/*
 * http/idempotency.h - the header Idempotency-Key, for http's own files: the work of a POST is done
 * once, and every request with the same key, by the same caller, gets its reply.
 *
 * Who takes part: every POST with the header, but not on an internal listener, nor on a route that
 * is HTTP_ROUTE_OPEN: it authenticates by itself, so whose key it is cannot be told, and one caller
 * might get what another was told. There the header is the handler's to read.
 *
 * What is kept: what was or may have been done, which is every reply but one whose outcome is
 * not_applied. A reply without an outcome (a plugin's own) is taken for one that says: applied
 * (below 400), not applied (4xx, 503), unknown (the other 5xx). So after not_applied the same key
 * may be sent again, and of those that wait the first one takes over: they never all run.
 *
 * A run (struct run) is the life of one key from its first request to its reply. Its request works
 * on after its client has left; its deadline ends it. The run ends with the request, whoever ended
 * it: what idempotency_hear() has heard by then is kept. That it was cut off without a reply is kept
 * too (as a 500 of outcome unknown), once its handler has been called. A reply that comes after the
 * 504 of the deadline takes its place, unless it knows no more than that.
 *
 * Those that wait hold their connection, and are told at the end of the turn; none runs inside
 * another one's reply.
 */
#ifndef HTTP_IDEMPOTENCY_H
#define HTTP_IDEMPOTENCY_H

#include "base/metric.h"
#include "http/http.h"

struct idempotency;
struct replay_reply;
struct replay_store;
struct reply;

enum {
	IDEMPOTENCY_KEYS_MAX = 10000,
	IDEMPOTENCY_BYTES_MAX = 16 * 1024 * 1024,         /* of the replies that are kept */
	IDEMPOTENCY_KEEP_MS = 24 * 60 * 60 * 1000,
	IDEMPOTENCY_WAITERS_MAX = 100,                    /* for one key */
	IDEMPOTENCY_WAITING_BYTES_MAX = 64 * 1024 * 1024, /* bodies of all that wait */
	IDEMPOTENCY_KEY_MAX = 255
};

/* Aborts when out of memory. */
struct idempotency *idempotency_create(struct http *http);

/* Forgets all keys; requests that take part go on without. NULL is nothing. */
void idempotency_destroy(struct idempotency *idempotency);

enum claim { CLAIM_GO,     /* it has no key, or is the first with it */
             CLAIM_WAIT,   /* another one runs; request_go_on() is called, or the request is replied to */
             CLAIM_ENDED };/* it has been replied to */

/* `caller` is whose key it is: "" while there is no telling them apart. */
enum claim idempotency_claim(struct http_request *request, const char *caller);

/* ---- of a request whose `run` is not NULL ---- */

/* Its handler is about to be called: from here on it may have been applied. */
void idempotency_work(struct http_request *request);

/* It has this reply, whether or not it could be sent; request->outcome tells what it says. */
void idempotency_hear(struct http_request *request, const struct reply *reply);

/* Its deadline has passed while it waited: replies, and ends it. */
void idempotency_give_up(struct http_request *request);

/* It ends: its reply is kept and told, or the next one takes over. */
void idempotency_release(struct http_request *request);

/* ---- idempotency_reply.c ---- */

/* What a reply's body in the one error shape says; HTTP_OUTCOME_NONE for any other. NULL is no body. */
enum http_outcome idempotency_outcome(const json_t *body);

/* Is a reply that says this kept? */
bool idempotency_is_kept(enum http_outcome outcome, int status);

/* Copies status, headers and body in the place of what `to` holds; left as it was when it is too large or there is no memory. */
void idempotency_copy(struct replay_reply *to, const struct reply *reply);

/* Replies with it, and ends the request. */
void idempotency_give(struct http_request *request, const struct replay_reply *reply);

/* ---- idempotency_key.c ---- */

/*
 * The key that the header's value says: 1 to 255 printable ASCII characters, as they are or as a
 * quoted string (RFC 8941: "\"" and "\\" are escaped); both forms of one text are the same key.
 * NULL; or, in one sentence, what is wrong.
 */
const char *idempotency_read_key(const char *value, char key[IDEMPOTENCY_KEY_MAX + 1]);

/* ---- tally.c ---- */

enum key_event { KEY_FIRST, KEY_REPLAYED, KEY_REUSED, KEY_MALFORMED, KEY_BUSY, KEY_LATE, KEY_EVENTS };

struct key_tally {
	const struct replay_store *store;
	struct metric *requests;
	struct metric *keys;
	struct metric *bytes;
	struct metric_reader reader;
};

void tally_keys(struct key_tally *tally, const struct replay_store *store);
void tally_keys_end(struct key_tally *tally);

#endif
