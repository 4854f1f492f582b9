/*
 * hubspot/inside.h - what the files of this module share.
 *
 *     client > order > upsert > batch > transport        limit, fate: asked by batch, hold nothing
 *
 * An operation goes down the stages and its ending comes up; client.c holds the stages as a table.
 * A stage knows only its neighbours: stage_down() hands an operation to the next one, stage_up() to
 * the one above. What a stage keeps waiting stands in a list of its own.
 *
 * An operation is asked of HubSpot in steps (an upsert: read, then create or update); batch sees only
 * the step. It is detached when its caller has been answered (deadline, cancellation) while a call that
 * carries it was in flight: it keeps its place in order until that call ends, and goes no further.
 */
#ifndef HUBSPOT_INSIDE_H
#define HUBSPOT_INSIDE_H

#include "base/buf.h"
#include "base/list.h"
#include "hubspot/hubspot.h"
#include "loop/loop.h"

struct limit;
struct operation;
struct record;
struct token;
struct transport;

/* ---- refusal.c: HubSpot's error bodies -> our words ---- */

enum refusal_policy { REFUSAL_NO_POLICY, REFUSAL_TEN_SECONDLY, REFUSAL_SECONDLY, REFUSAL_DAILY };
enum { REFUSAL_ERRORS_MAX = 50, REFUSAL_MESSAGE_MAX = 500 };

struct refusal {
	char *category;       /* "VALIDATION_ERROR"; or NULL */
	char *message;        /* one sentence, without the JSON that HubSpot embeds; at most REFUSAL_MESSAGE_MAX bytes; or NULL */
	char *correlation_id; /* or NULL */
	char *existing_id;    /* the record that is in the way, decimal digits; or NULL */
	json_t *errors;       /* array of {"property","code","message"}; or NULL */
	enum refusal_policy policy; /* of a 429 */
};

/* Reads an error object (a whole body, or one entry of "errors" in a 207). Whatever is missing stays NULL: every
 * field is optional to HubSpot. `refusal` is overwritten. */
void refusal_read(const json_t *error, struct refusal *refusal);
void refusal_finish(struct refusal *refusal);

/* ---- token.c: the bearer token ---- */

struct token *token_create(const char *value, const char *file, char *error, size_t error_size);
void token_destroy(struct token *token);

/* Reads the file again. *changed tells whether the token is another one now. False, with one line in `error`: kept. */
bool token_reload(struct token *token, bool *changed, char *error, size_t error_size);

/* Counts up with every change, from 1. */
unsigned token_generation(const struct token *token);

/* Writes "Authorization: Bearer ..." to a new string; the caller wipes (memory_wipe) and frees it. NULL: no memory. */
char *token_header(const struct token *token);

/* ---- transport.c: one HTTP exchange with HubSpot; the only user of libcurl ---- */

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
	char *body;              /* or NULL */
	size_t body_length;
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
	bool is_retry_decided, may_retry; /* settle's: the budget is asked once a call */
	size_t input_count;      /* rows that stand in the request: equal reads share one */
	bool is_alone;           /* single call for one row, not HubSpot's batch form */
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

/* Drops what is in flight without `done`. */
void transport_destroy(struct transport *transport);

/* Starts the call; `done` runs later on the loop, once. False: no memory; `done` will not run. */
bool transport_send(struct transport *transport, struct call *call) __attribute__((warn_unused_result));

/* Ends a call in flight without `done`. Not from inside a `done`. */
void transport_abandon(struct transport *transport, struct call *call);

/* traffic.c: the bytes of one exchange, for libcurl to call with the traffic as `ctx`. */
struct traffic {
	struct call *call;
	size_t taken, header_bytes; /* of the request's body; of the reply */
	const char *complaint;      /* why the reply was not taken; or NULL */
};
void traffic_init(struct traffic *traffic, struct call *call); /* makes the call's end blank, too */
size_t traffic_read(char *to, size_t size, size_t count, void *ctx), traffic_write(char *bytes, size_t size, size_t count, void *ctx),
	traffic_header(char *line, size_t size, size_t count, void *ctx);

/* ---- limit.c: may a call start now, or when ---- */

struct limit_settings {
	uint32_t rate_limit;  /* calls per window, a ceiling; 0: 100 until a header says Max */
	bool is_unlimited;    /* no slots, no start rule, no hold but a server's 423 and 477 */
	uint32_t max_calls;   /* in flight at once, always */
};

enum { LIMIT_WINDOW_MS = 10000 };
#define LIMIT_NEVER UINT64_MAX /* not before a call in flight ends */

struct limit *limit_create(const struct limit_settings *settings);
void limit_destroy(struct limit *limit);

/* 0: a call may start now; else the moment when it may, or LIMIT_NEVER. */
uint64_t limit_when(struct limit *limit, uint64_t now_ms);

/* Takes a slot for a call that starts now; only after limit_when() said 0. */
void limit_take(struct limit *limit, uint64_t now_ms);

/* The call ended: its slot is given back a window from now. `headers` and `policy` tell what was learned; `status` 0: no
 * reply. `random` in [0,1) spreads what many processes would do at once. */
void limit_give(struct limit *limit, uint64_t now_ms, int status, const struct call_headers *headers, enum refusal_policy policy,
	double random);

struct limit_state { uint32_t max, held, in_flight; uint64_t held_until_ms; /* a hold after 429, 423, 477; or 0 */ };
void limit_state(const struct limit *limit, uint64_t now_ms, struct limit_state *state);

/* ---- breaker.c: is HubSpot there at all; may one more call be sent again ---- */

enum { BREAKER_SECONDS = 10 };

struct breaker {
	enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_PROBING, BREAKER_RAMPING } state;
	uint64_t until_ms;       /* OPEN: the first probe; RAMPING: the end */
	uint64_t pause_ms;       /* of the next opening */
	uint64_t last_call_ms;
	unsigned failures_in_a_row;
	unsigned good_probes;
	unsigned probes_in_flight;
	struct breaker_second { uint64_t second; unsigned calls, failures; } seconds[BREAKER_SECONDS];
	int64_t budget;          /* thousandths of a retry */
	uint64_t refilled_ms;
};

void breaker_init(struct breaker *breaker);

/* 0: a call may start now; else the moment when one may, or LIMIT_NEVER: not before a probe has ended. */
uint64_t breaker_when(struct breaker *breaker, uint64_t now_ms);

/* Must a new row be refused at once? Then also after how long it is worth coming again. */
bool breaker_refuses(struct breaker *breaker, uint64_t now_ms, uint64_t *retry_after_ms);

void breaker_sent(struct breaker *breaker, uint64_t now_ms);

/* A call ended; a failure is one without a whole reply of HubSpot's, or a 5xx: never a 4xx. */
void breaker_ended(struct breaker *breaker, uint64_t now_ms, bool is_failure, double random);

/* Takes one retry from the budget; false: it is used up. Once a failed call, however many rows it carried. */
bool breaker_may_retry(struct breaker *breaker, uint64_t now_ms);

/* ---- fate.c: what a call's outcome means for one row ---- */

enum step { STEP_READ, STEP_CREATE, STEP_UPDATE, STEP_UPSERT, STEP_ARCHIVE, STEP_RAW };

struct fate_question {
	enum step step;
	bool is_repeatable;    /* STEP_RAW: may be sent twice */
	bool has_key;          /* STEP_CREATE: carries a value that HubSpot keeps unique */
	bool was_alone;        /* it was the only row, in the single form */
	enum call_class end;
	bool is_timeout;
	int status;            /* of the row when HubSpot gave it one, else of the call */
	bool is_readable;      /* answered, and the body was HubSpot's: what this step's reply must have was there */
	bool is_in_reply;      /* the row was in the reply's results or errors; a 2xx without it is unknown */
	bool has_new_token;    /* 401: the token has changed since the call was sent */
	uint64_t retry_after_ms;
	enum refusal_policy policy;
	unsigned attempts;     /* calls that carried this step, this one included */
	bool is_safe_again;    /* the whole operation, sent again by its caller, cannot do harm */
	uint64_t now_ms;
	uint64_t deadline_ms;
	double random;         /* [0,1) */
};

enum fate_verdict {
	FATE_DONE,     /* it happened */
	FATE_AGAIN,    /* send again, not before not_before_ms */
	FATE_ALONE,    /* send again in the single form, not before not_before_ms */
	FATE_LOOK_UP,  /* a create with a key that may have happened: look whether it did */
	FATE_GIVE_UP,  /* the end: failure, outcome, is_retryable, retry_after_ms */
};

struct fate {
	enum fate_verdict verdict;
	uint64_t not_before_ms;
	enum hubspot_failure failure;
	enum hubspot_outcome outcome;
	bool is_retryable;
	uint64_t retry_after_ms;
};

enum { FATE_TRIES = 7 };
struct fate fate_decide(const struct fate_question *question);

/* ---- the operation ---- */

/* How a step, and at last the operation, ended. Owned by the operation. */
struct ending {
	enum hubspot_failure failure;
	enum hubspot_outcome outcome;
	int status;
	bool is_created;
	bool is_retryable;
	bool is_look_up;       /* FATE_LOOK_UP: for upsert.c */
	uint64_t retry_after_ms;
	json_t *record;
	struct refusal refusal;
	char correlation_id[64];
};

enum { ROWS_MAX = 100, TRACE_ID_LENGTH = 16 };

enum place { PLACE_NONE, PLACE_ORDER, PLACE_UPSERT, PLACE_LANE, PLACE_CALL };

struct operation {
	struct list link;      /* of the list it waits in: a record's, a lane's, a call's */
	struct list all;       /* of the client's list of all operations */
	struct list deferred;  /* of the client's, while something waits for the end of the turn */
	bool is_submitting;    /* inside hubspot_submit(): `done` may not run */
	struct hubspot *client;
	size_t slot;           /* in the client's table of handles */
	unsigned generation;
	int stage;             /* index into the table of stages; -1 above the first */
	enum place place;      /* what it waits in */

	/* as submitted; strings are copies */
	enum hubspot_kind kind;
	unsigned flags;
	char *object;
	char *id;
	char *id_property;
	char **properties;     /* ends in NULL; or NULL */
	json_t *body;
	uint64_t submitted_ms;
	uint64_t deadline_ms;
	char *label;
	hubspot_done_fn *done; /* NULL once it has run: detached */
	void *ctx;
	struct loop_timer deadline;

	/* order's */
	struct record *key_record; /* owned or waited for */
	struct record *id_record;
	bool is_stale;         /* the owner before it archived the record: what was looked up no longer holds */

	/* upsert's */
	int state;             /* 0: not begun */
	unsigned look_ups;     /* begun so far */
	char *found_id;        /* the record's id, once known */
	json_t *found;         /* the record as the last look-up saw it */

	/* the step: what is asked of HubSpot now. Borrowed from above, valid until the step ends. */
	enum step step;
	const char *step_id;
	const char *step_id_property;
	const char *const *step_properties;
	json_t *step_body;     /* owned; or NULL */

	/* batch's */
	char trace_id[TRACE_ID_LENGTH + 1]; /* of this attempt; its last 4 digits are place_in_call */
	size_t place_in_call;
	uint32_t step_hash;    /* of step_id */
	struct operation *shares; /* an equal read in the same call whose input serves both; or NULL */
	const json_t *said;    /* borrowed from the reply while it is taken apart: the row's result ... */
	const json_t *said_error; /* ... or its entry in the errors */
	unsigned group;        /* of a batch that was refused: its rows go on apart from others; 0: none */
	uint64_t sequence;     /* age */
	uint64_t not_before_ms;
	unsigned tries;        /* of this step */
	unsigned attempts;     /* of all steps */
	bool must_be_alone;
	bool may_be_applied;   /* a write was sent and its fate is not known */

	struct ending ending;
};

/* ---- stages ---- */

struct stage {
	const char *name;
	void (*down)(struct operation *operation); /* arrives from above */
	void (*up)(struct operation *operation);   /* its ending arrives from below */
};

void stage_down(struct operation *operation);
void stage_up(struct operation *operation);

/* operation.c: memory, handles, results */
struct operation *operation_create(const struct hubspot_operation *wanted);
void operation_free(struct operation *operation);
bool operation_take_slot(struct hubspot *client, struct operation *operation);
struct hubspot_handle *operation_handle(const struct operation *operation);
/* NULL when it has ended. */
struct operation *operation_find(const struct hubspot *client, const struct hubspot_handle *handle);
/* Calls `done`, once, with what `ending` says; the operation is detached after it. */
void operation_run_done(struct operation *operation, const struct ending *ending);

/* Frees what the ending holds and zeroes it. */
void ending_clear(struct ending *ending);

/* Ends the operation here: fills the ending and sends it up. */
void operation_fail(struct operation *operation, enum hubspot_failure failure, enum hubspot_outcome outcome, bool is_retryable,
	uint64_t retry_after_ms);

extern const struct stage order_stage, upsert_stage, batch_stage;

/* order.c. upsert learned the record's id (found_id): true when the operation owns (object, id) now, and goes on; false
 * when it waits: it comes down into upsert again later (is_stale: an owner before it archived the record), or has been
 * refused because too many wait. */
bool order_take_id(struct operation *operation);
/* Gives the id back, for one that turned out to be another: the record was merged or archived. */
void order_give_id(struct operation *operation);
/* Takes it out of the queue it waits in. */
void order_withdraw(struct operation *operation);

/* batch.c. Puts the operation into the lane of its step; false: no memory. */
bool batch_enqueue(struct operation *operation);
/* How long a row that comes now would wait for its turn. */
uint64_t batch_predict_wait_ms(struct hubspot *client);
void batch_init(struct hubspot *client);
void batch_finish(struct hubspot *client);
void batch_withdraw(struct operation *operation);

/* fate's question is_safe_again, for the operation as a whole. */
bool operation_is_safe_again(const struct operation *operation);

/* isolate.c: was the batch refused as a whole, for what may be one row's fault? Then every row's group for the next try. */
bool isolate_applies(const struct call *call, const json_t *reply);
void isolate(const struct call *call, const json_t *reply);

/* settle.c: logs and counts the call; the limit's policy that a 429 names; then what becomes of every row. */
void settle_log(const struct call *call);
enum refusal_policy settle_policy(const struct call *call, const json_t *reply);
void settle_call(struct call *call, const json_t *reply, bool has_new_token);

/* A contact's secondary addresses, apart by semicolons. */
#define WIRE_ADDITIONAL_EMAILS "hs_additional_emails"

/* wire_write.c, wire_read.c: rows -> HubSpot's request; HubSpot's reply -> what became of each row. */
struct row_end {
	int status;            /* the row's own, or the call's */
	bool is_in_reply;
	bool is_readable;
	bool is_created;
	json_t *record;        /* new reference, or NULL */
	struct refusal refusal;
};
/* Is `text` "METHOD /path" as an HSC_RAW operation may send it: a known method, a path without control characters? */
bool wire_is_raw(const char *text);
/* Begins the request of a call whose first row is `first`: method, path, is_alone. False: no memory. */
bool wire_begin(struct call *call, const struct operation *first, const char *api_version);
/* Adds one row's input. False: the call is full, and unchanged. */
bool wire_add(struct call *call, const struct operation *row);
/* Completes the body, once all rows are in the call's list. False: no memory. */
bool wire_end(struct call *call);
/* Of a value that tells rows apart, without regard to case. */
uint32_t wire_hash(const char *value, size_t length);
/* The reply as JSON, or NULL when it is none. New reference. */
json_t *wire_read(const struct call *call);
/* Finds for each row of a batch what a 2xx `reply` says of it: said, said_error. */
void wire_match(struct call *call, const json_t *reply);
/* Does a refusal of the whole batch name rows? Their said_error is set. */
bool wire_names(const struct call *call, const json_t *reply);
/* What `reply` (borrowed, may be NULL) says of one row, after wire_match(); `row` is overwritten. */
void wire_row(const struct call *call, const json_t *reply, const struct operation *operation, struct row_end *row);
void row_end_finish(struct row_end *row);
/* The only place that knows HubSpot's versions: "/crm/objects/2026-09" or "/crm/v3/objects". */
void wire_objects_path(const char *api_version, char *path, size_t size);

struct hubspot {
	struct loop *loop;
	struct hubspot_settings settings;
	struct token *token;
	struct limit *limit;
	struct breaker breaker;
	struct transport *transport;
	struct list operations;       /* all, by `all` */
	struct operation **slots;     /* handles: index -> operation */
	size_t slot_count;
	unsigned generation;
	uint64_t sequence;
	size_t waiting;
	size_t in_flight;
	size_t row_ceiling;           /* inputs a call, at most ROWS_MAX */
	unsigned groups;              /* isolate's: counts up */
	struct record *records;       /* uthash: order's */
	struct list lanes;            /* batch's */
	size_t lane_rows;             /* in all lanes */
	struct list calls;            /* batch's: in flight, until taken apart */
	struct loop_task pump;
	struct loop_timer pump_later;
	struct loop_task deliver;     /* what may not run inside submit or cancel */
	struct list deferred;
	bool is_up;
	bool is_token_refused;
	void (*token_changed)(void *ctx);
	void *token_ctx;
	void (*idle)(void *ctx);
	void *idle_ctx;
	struct loop_task idle_task;
};

/* A random number in [0,1), for back-off. */
double hubspot_random(void);

/* client.c: tells hubspot_on_idle()'s listener when all is done. */
void client_check_idle(struct hubspot *client);

/* client.c: the token was refused by a call sent with `generation`: read it again; true when there is a new one now. */
bool client_renew_token(struct hubspot *client, unsigned generation);

#endif
