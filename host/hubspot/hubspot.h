/*
 * hubspot/hubspot.h - towards HubSpot, layer 2: submit an operation, get one result.
 *
 * The client orders writes by record, looks up before it upserts, gathers rows into calls, stays under
 * HubSpot's rate limit, repeats what may be repeated and tells the truth about the rest. Names and
 * values are HubSpot's own here (object types, property names, strings).
 *
 * Every accepted operation ends with exactly one `done`, never inside hubspot_submit(): with its
 * result, with its deadline, or with its cancellation. Loop thread only.
 */
#ifndef HUBSPOT_HUBSPOT_H
#define HUBSPOT_HUBSPOT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct hubspot;
struct loop;

enum hubspot_upsert { HUBSPOT_UPSERT_AUTO,    /* a contact's email: resolve; another unique property: native */
                      HUBSPOT_UPSERT_RESOLVE, /* look up, then update by id or create */
                      HUBSPOT_UPSERT_NATIVE };/* HubSpot's batch/upsert */

struct hubspot_settings {
	const char *base_url;       /* "https://api.hubapi.com", no slash at the end */
	const char *api_version;    /* "2026-09", "2026-03" or "v3" */
	const char *token;          /* the token itself, or NULL: it is in token_file */
	const char *token_file;     /* read at start, on hubspot_reload() and when HubSpot says 401; or NULL */
	uint32_t rate_limit;        /* calls per 10 s, a ceiling; 0: 100, then what HubSpot's headers say */
	bool is_unlimited;          /* no slots at all: for tests */
	enum hubspot_upsert upsert;
	uint32_t max_calls;         /* in flight at once */
	uint32_t timeout_ms;        /* of a call with one row; a batch gets 3 s more */
	uint32_t default_deadline_ms; /* of an operation that names none */
	uint32_t max_waiting_rows;  /* more are refused as busy */
	const char *proxy;          /* "http://host:port", or NULL: none, whatever the environment says */
	const char *ca_file;        /* NULL: the system's */
};

/* `settings` is copied. NULL, and one line in `error`, when the token file cannot be used, or curl not be set up. */
struct hubspot *hubspot_create(struct loop *loop, const struct hubspot_settings *settings, char *error, size_t error_size);

/* Calls in flight are dropped; `done` of what is left runs first, as gone. */
void hubspot_destroy(struct hubspot *hubspot);

/* ---- operations ---- */

enum hubspot_kind { HUBSPOT_READ = 1, HUBSPOT_CREATE, HUBSPOT_UPDATE, HUBSPOT_UPSERT, HUBSPOT_ARCHIVE, HUBSPOT_RAW,
                    HUBSPOT_LINK,     /* `id` of `object` is associated with `to_id` of `to_object`, without a label; done when it is already */
                    HUBSPOT_UNLINK }; /* they are not any more, labels and all; done when they were not */

/* Who goes first. Those of a lower priority ride in the free places of a call, and lead one call in twenty of those for
 * which they wait; the order of writes to one record is kept whatever their priorities. */
enum hubspot_priority { HUBSPOT_INTERACTIVE, /* somebody waits for it */
                        HUBSPOT_NORMAL,      /* a program does */
                        HUBSPOT_BULK };      /* one of many; a tenth of the places to wait in is never theirs */

/* On whose behalf. Callers of one priority share HubSpot's quota, which is calls, by their weights, however much each of
 * them asks. None can take all places to wait in: while others wait it has at most four times what is free. */
struct hubspot_caller {
	const char *name;  /* who they are; NULL or "": nobody in particular, and these are one */
	uint32_t weight;   /* 0 counts as 1, and 1000 is the most */
};

enum { HUBSPOT_REPEATABLE = 1, /* a RAW operation that may be sent twice */
       HUBSPOT_ID_ONLY = 2,    /* of a written record only the id is wanted: its properties may be left out */
       HUBSPOT_PROBE = 4,      /* a RAW operation that goes out while the others are held, too */
       HUBSPOT_WITH_TOKEN = 8, /* RAW: "{token}" in the body's strings stands for the token, which the client fills in
                                  * right before it sends: for HubSpot's own question about a token */
       HUBSPOT_RECENT = 16 };  /* READ, for the id, by a key that only the search index knows: what was written lately counts
                                * though the index lacks it, and comes without its record */

/* May several records of this type have one value of this property, though records are looked up by it? HubSpot keeps a
 * company's domain in that way; only its search index knows it. */
static inline bool hubspot_is_shared(const char *object, const char *property) {
	bool is_company = strcmp(object, "companies") == 0 || strcmp(object, "0-2") == 0;
	return is_company && property != NULL && strcmp(property, "domain") == 0;
}

struct hubspot_operation {
	enum hubspot_kind kind;
	unsigned flags;
	enum hubspot_priority priority;
	struct hubspot_caller caller; /* the name is copied */
	const char *object;       /* "contacts"; RAW: "GET /account-info/{version}/details", "GET {owners}?limit=1": {version}, and the
	                           * paths of {objects}, {owners}, {pipelines} and {properties}, are filled in; {linked} is
	                           * {objects} where "/TYPE/ID/associations/..." is asked for */
	const char *id;           /* the record's id, or a value of id_property; CREATE: the value of the unique key, or NULL */
	const char *id_property;  /* NULL: `id` is the record's id; always so for LINK and UNLINK */
	const char *to_object;    /* LINK, UNLINK: the other end's type ... */
	const char *to_id;        /* ... and id */
	const char *const *properties; /* to be read, ends in NULL; NULL: HubSpot's defaults */
	json_t *body;             /* {"property": "value" or null}; RAW: any JSON; NULL: none. Kept by reference: do not change it */
	uint64_t deadline_ms;     /* on clock_now_ms(); 0: the settings' default from now */
	const char *label;        /* the request's id, for the log; or NULL */
};

/* Kinds of failure: what a caller needs to know to say it well. */
enum hubspot_failure {
	HUBSPOT_OK,
	HUBSPOT_CANCELLED,     /* by hubspot_cancel() or hubspot_destroy() */
	HUBSPOT_DEADLINE,      /* the operation's deadline passed */
	HUBSPOT_BUSY,          /* too much waits, of this caller, for this record or altogether, or its turn cannot come in time */
	HUBSPOT_UNREACHABLE,   /* no connection, after retries */
	HUBSPOT_NO_REPLY,      /* sent, and the connection broke or the call timed out */
	HUBSPOT_BAD_REPLY,     /* a reply that is not HubSpot's: cut, HTML, not JSON, a row missing */
	HUBSPOT_SERVER_ERROR,  /* 5xx, after retries */
	HUBSPOT_LIMITED,       /* 429, 423 or 477, and no time left to wait for it */
	HUBSPOT_UNAUTHORIZED,  /* 401: the token */
	HUBSPOT_FORBIDDEN,     /* 403: a scope is missing */
	HUBSPOT_INVALID,       /* 400, 422: the row's values */
	HUBSPOT_NOT_FOUND,     /* 404 */
	HUBSPOT_CONFLICT,      /* 409 */
	HUBSPOT_AMBIGUOUS,     /* several records carry the key, and it must be one; nothing was written */
	HUBSPOT_REFUSED,       /* any other 4xx, a redirect, or a peer that is not to be trusted */
	HUBSPOT_OUT_OF_MEMORY,
};

enum hubspot_outcome { HUBSPOT_APPLIED, HUBSPOT_NOT_APPLIED, HUBSPOT_UNKNOWN };

/* All borrowed, valid inside `done` (json_incref() what you keep). */
struct hubspot_result {
	enum hubspot_failure failure;
	enum hubspot_outcome outcome;
	int status;               /* HubSpot's, of the last call; 0: there was no reply */
	unsigned attempts;        /* calls that carried this operation, all steps together */
	bool is_created;          /* UPSERT */
	bool is_retryable;        /* sending exactly this again is safe and may succeed */
	uint64_t retry_after_ms;  /* 0: unknown */
	const char *id;           /* the record's, or NULL */
	json_t *record;           /* READ, and writes whose reply had it: HubSpot's record; RAW: the body; or NULL */
	const char *existing_id;  /* CONFLICT, when known; or NULL */
	json_t *existing_ids;     /* AMBIGUOUS: array of ids; or NULL */
	const char *category;     /* HubSpot's, or NULL */
	const char *message;      /* HubSpot's, in plain words, or NULL */
	const char *correlation_id; /* HubSpot's, of the last call; or NULL */
	json_t *errors;           /* array of {"property","code","message"} as HubSpot named them; or NULL */
	json_t *warnings;         /* the same, of what HubSpot remarks on the record that it wrote or read; or NULL */
};

typedef void hubspot_done_fn(const struct hubspot_result *result, void *ctx);

struct hubspot_handle; /* of an accepted operation; dead after `done` */

/* False: out of memory or stopped; nothing was accepted, `done` will not run. `handle` may be NULL. */
bool hubspot_submit(struct hubspot *hubspot, const struct hubspot_operation *operation, hubspot_done_fn *done, void *ctx,
	struct hubspot_handle **handle) __attribute__((warn_unused_result));

/* Would an operation with this deadline be taken now? False: its turn cannot come in time, and *retry_after_ms is when it
 * is worth coming again. For those who can say no before they spend anything. */
bool hubspot_has_room(struct hubspot *hubspot, const struct hubspot_caller *caller, enum hubspot_priority priority,
	uint64_t deadline_ms, uint64_t *retry_after_ms);

/* The same of `rows` operations at once, of a batch: it has no room while HubSpot is known to be away, either.
 * *retry_after_ms is 0 when there is never room for so many. */
bool hubspot_has_room_for(struct hubspot *hubspot, size_t rows, const struct hubspot_caller *caller,
	enum hubspot_priority priority, uint64_t deadline_ms, uint64_t *retry_after_ms);

/* While held, nothing but probes is sent: the rest waits, its deadlines run. What is in flight is not called back. For
 * the time in which nobody knows whose account the token opens. It begins not held. */
void hubspot_hold(struct hubspot *hubspot, bool is_held);

/* The caller no longer wants it: what is not sent is not sent, what is sent runs out unheard. `done` runs at the
 * end of this turn, with HUBSPOT_CANCELLED and the outcome as far as it is known. */
void hubspot_cancel(struct hubspot *hubspot, struct hubspot_handle *handle);

/* ---- watching and stopping ---- */

/* Reads the token file again; calls already sent keep the old token. False, with one line in `error`: the old one stays. */
bool hubspot_reload(struct hubspot *hubspot, char *error, size_t error_size);

/* Runs on the loop after every token change (by hubspot_reload() or after a 401). One listener. */
void hubspot_on_token_change(struct hubspot *hubspot, void (*changed)(void *ctx), void *ctx);

struct hubspot_state {
	size_t waiting;       /* operations accepted and not ended, detached ones included */
	size_t in_flight;     /* calls */
	bool is_up;           /* the last call that ended got a reply that was no 5xx; true before the first */
	bool is_token_refused;/* the last authenticated reply was a 401 */
};
void hubspot_state(const struct hubspot *hubspot, struct hubspot_state *state);

/* Calls `idle` (once, on the loop) when nothing waits and no call is in flight. */
void hubspot_on_idle(struct hubspot *hubspot, void (*idle)(void *ctx), void *ctx);

#endif
