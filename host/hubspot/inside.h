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

#include "base/list.h"
#include "hubspot/call.h"
#include "hubspot/decide.h"
#include "hubspot/hubspot.h"
#include "hubspot/queue.h"
#include "hubspot/shares.h"
#include "loop/loop.h"

struct operation;
struct metric;
struct record;
struct watch;

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
	struct list link;      /* of the list it stands in: a record's, a call's */
	struct queue_node in_queue; /* PLACE_LANE: of the lane's */
	struct lane *lane;     /* PLACE_LANE: this one */
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
	enum hubspot_priority priority; /* or a higher one, of an operation that waits for its record */
	bool is_bulk;          /* as submitted: one of many, for all of which there was room */
	char *object;
	char *id;
	char *id_property;
	char *to_object;       /* of a link, as the next two; or NULL */
	char *to_id;
	char *pair;            /* "1 2", its ids in the one order that both directions have */
	char **properties;     /* ends in NULL; or NULL */
	json_t *body;
	uint64_t submitted_ms;
	uint64_t in_lane_ms; /* since when it waits in its lane */
	uint64_t deadline_ms;
	char *label;
	hubspot_done_fn *done; /* NULL once it has run: detached */
	void *ctx;
	struct loop_timer deadline;

	/* order's */
	struct record *key_record; /* owned or waited for */
	struct record *id_record;
	struct list sharing;   /* of the id_record's owners, while it is linked with several at once */
	bool is_stale;         /* an owner before it archived the record, or changed the key: what was looked up no longer holds */

	/* upsert's */
	int state;             /* 0: not begun */
	unsigned look_ups;     /* begun so far */
	bool was_create_unknown; /* a create of ours may have happened, at whatever attempt: what is found may be ours */
	char *conflict_id;     /* of the record that stood in a create's way, and had to be looked for by the key; or NULL */
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
	struct operation *shares; /* an equal read or link in the same call whose input serves both; or NULL */
	unsigned said_count;   /* results that are this row's: a search may find several */
	json_t *said_ids;      /* owned: their ids, from the second on */
	const json_t *said;    /* borrowed from the reply while it is taken apart: the row's result ... */
	const json_t *said_error; /* ... or its entry in the errors */
	char *skimmed_id;      /* owned: the record's id, from a reply that was skimmed; or NULL */
	bool is_skimmed_new;
	unsigned group;        /* of a batch that was refused: its rows go on apart from others; 0: none */
	uint64_t sequence;     /* age */
	struct caller *caller; /* shares' */
	uint32_t weight;       /* the caller's, at least 1 */
	struct turns turns;
	uint64_t reserved;     /* in a lane: what the caller's account was charged for it */
	uint64_t not_before_ms;
	uint64_t step_not_before_ms; /* of the next step, set by the one before; 0: at once */
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
/* The id of the operation's record, as far as it is known; or NULL. */
const char *operation_record_id(const struct operation *operation);
/* Calls `done`, once, with what `ending` says; the operation is detached after it. */
void operation_run_done(struct operation *operation, const struct ending *ending);

/* Frees what the ending holds and zeroes it. */
void ending_clear(struct ending *ending);

/* Ends the operation here: fills the ending and sends it up. */
void operation_fail(struct operation *operation, enum hubspot_failure failure, enum hubspot_outcome outcome, bool is_retryable,
	uint64_t retry_after_ms);
/* The same for one that waits and does not go: only what an earlier attempt did may be unknown. */
void operation_refuse(struct operation *operation, enum hubspot_failure failure, uint64_t retry_after_ms);

extern const struct stage order_stage, upsert_stage, batch_stage;

/* order.c. upsert learned the record's id (found_id): true when the operation owns (object, id) now, and goes on; false
 * when it waits: it comes down into upsert again later (is_stale), or has been
 * refused because too many wait. */
bool order_take_id(struct operation *operation);
/* Gives the id back, for one that turned out to be another: the record was merged or archived. */
void order_give_id(struct operation *operation);
/* Takes it out of the queue it waits in. */
void order_withdraw(struct operation *operation);

/* lane.c: where steps wait that may share a call */
struct lane {
	struct list link;
	struct hubspot *client;
	enum step step;
	char *object;
	char *to_object;   /* of links; or NULL */
	char *id_property; /* or NULL */
	enum limit_kind kind;
	bool is_association; /* its calls count for the associations' own limit, too */
	struct queue rows[PRIORITIES]; /* operations */
};

/* Puts the operation into the lane of its step and has batch look at the end of the turn; false: no memory. */
bool lane_enter(struct operation *operation);
void lane_leave(struct operation *operation);
/* Makes the operation as urgent as `other`, which waits for it, also where it waits now. False: it is already. */
bool lane_lift(struct operation *operation, const struct operation *other);
/* How many rows wait in it. */
size_t lane_row_count(const struct lane *lane);
/* The rows in the order in which they go: those of the priority that leads the next call of the lane's kind before the
 * others, each in turn. The one after `row`, or the first (NULL); NULL: none. */
struct operation *lane_next(const struct lane *lane, const struct operation *row);
void lane_destroy(struct lane *lane);
/* May the row go, as far as it is up to itself: not before its time, and while the client is held only as a probe? */
bool lane_may_go(const struct operation *operation, uint64_t now_ms);
/* The first row that may go now, or NULL; lowers *next_ms to the moment when one that waits may. */
struct operation *lane_first_due(const struct lane *lane, uint64_t now_ms, uint64_t *next_ms);
/* When a call may go, by its kind and the priority that leads it; 0: now. */
struct moments { uint64_t now_ms, of[LIMIT_KINDS][PRIORITIES]; };
/* The lane whose first row that may go has its turn before all others' first rows; or NULL. One whose moment has not come
 * holds up no other, and lowers *next_ms. */
struct lane *lane_most_urgent(struct hubspot *client, const struct moments *moments, uint64_t *next_ms);
/* Which of HubSpot's limits a step counts for. */
enum limit_kind lane_kind(enum step step, const char *object);

/* room.c: how long one waits for its turn whose turn among those of its priority is this, and the calls that it comes with
 * besides; and is there a place for one more operation of this caller? */
uint64_t room_wait_ms(struct hubspot *client, enum limit_kind kind, enum hubspot_priority priority, uint64_t turn, size_t calls);
bool room_has_place(const struct hubspot *client, const struct hubspot_caller *caller, enum hubspot_priority priority);
/* Those in the lanes end, unsent: all of them, for HubSpot is away; or those whose time the pause is too long for that
 * HubSpot wants; or, of the rows that would go next from `lane`, those that cannot be answered in time. */
void room_refuse_all(struct hubspot *client);
void room_refuse_hopeless(struct hubspot *client);
void room_drop_late(struct hubspot *client, struct lane *lane, uint64_t now_ms);

/* batch.c */
void batch_init(struct hubspot *client);
void batch_finish(struct hubspot *client);
void batch_withdraw(struct operation *operation);

/* fate's question is_safe_again, for the operation as a whole. */
bool operation_is_safe_again(const struct operation *operation);

/* isolate.c: was the batch refused as a whole, for what may be one row's fault? Then every row's group for the next try. */
bool isolate_applies(const struct call *call, const json_t *reply);
void isolate(const struct call *call, const json_t *reply);
/* Does a good reply leave out many of its rows? Then groups for these, as after a refusal. After wire_match(). */
bool isolate_left_out(const struct call *call);

/* recent.c: the id that we wrote lately under an operation's key, or NULL; borrowed until the next call. One that has
 * written under such a key is noted. */
const char *recent_find(const struct operation *operation);
void recent_note(const struct operation *operation);
void recent_forget(const struct operation *operation);
/* Any operation has ended: an entry of a record that it archived, or whose key it changed, holds no longer. */
void recent_learn(const struct operation *operation);
/* A search has ended: one that still finds, under the key, the record that we took it from has found nobody. */
void recent_correct(struct operation *operation);
void recent_finish(struct hubspot *client);

/* A key that HubSpot does not keep unique: a company's domain, which only the search index knows. */
bool operation_has_soft_key(const struct operation *operation);

/* settle.c: logs and counts the call; the limit's policy that a 429 names; then what becomes of every row. Logs the ending of
 * an operation that has failed. */
void settle_log(const struct call *call);
void settle_log_failure(const struct operation *operation);
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
/* Adds the path of an area of HubSpot's, whose version has changed its place in it: "{objects}" or the like, which `text`
 * begins with. The length of that; 0: it is none, and nothing was added. */
size_t wire_add_area(struct buf *path, const char *api_version, const char *text);
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
/* wire_skim.c: takes the ids out of a good reply to a batch of writes of which only these are wanted: skimmed_id of
 * every row. False: not such a reply, or not as expected; it must be read. */
bool wire_skim(struct call *call);
/* Finds for each row of a batch what a 2xx `reply` says of it: said, said_error. */
void wire_match(struct call *call, const json_t *reply);
/* Does a refusal of the whole batch name rows? Their said_error is set. */
bool wire_names(const struct call *call, const json_t *reply);
/* wire_links.c: the same for links between records, where they differ from records. */
bool wire_is_link(enum step step);
void wire_link_path(struct buf *path, const char *api_version, const struct operation *first);
void wire_link_input(struct buf *body, const struct operation *row);
void wire_link_match(const struct call *call, const json_t *reply);
bool wire_link_names(const struct call *call, const json_t *reply);
/* Is it the same link, and not the one that goes back? */
bool wire_link_is_same(const struct operation *row, const struct operation *other);
/* Does an id of the row stand at the other end of a row of the call? Then they may not share it. */
bool wire_link_crosses(const struct call *call, const struct operation *row);
/* Does an error say that one of the two is no record at all? */
bool wire_link_is_to_nobody(const json_t *error);
/* What `reply` (borrowed, may be NULL) says of one row, after wire_match(); `row` is overwritten. */
void wire_row(const struct call *call, const json_t *reply, const struct operation *operation, struct row_end *row);
void row_end_finish(struct row_end *row);
/* The only place that knows HubSpot's versions: "/crm/objects/2026-09" or "/crm/v3/objects". */
void wire_objects_path(const char *api_version, char *path, size_t size);

/* watch.c: the client's metrics. Each is told what happened, once; STEP_NAMES is by step, and ends in NULL. */
enum { STEP_COUNT = STEP_RAW + 1 };
extern const char *const STEP_NAMES[];
struct watch *watch_create(struct hubspot *client);
void watch_destroy(struct watch *watch);
/* The call has ended, and still has its rows. */
void watch_call(const struct call *call);
/* A row's call has ended: the row's ending is filled; or it waits in its lane again; or so does the batch, in parts. */
void watch_row_ended(const struct operation *row), watch_row_again(const struct operation *row), watch_row_apart(const struct operation *row);
/* A row goes in a call, which so many rows of those that lead it share; 0: it only rides. By caller: its name is in the
 * labels of the first hundred. */
struct caller_metrics { struct metric *rows, *calls; };
struct caller_metrics watch_caller(struct watch *watch, const char *name);
void watch_sent(const struct caller_metrics *caller, size_t leading);
/* The operation ended after its caller had been answered. */
void watch_late(const struct operation *operation);

/* watch_gauges.c: what is so with the client, told while this lasts. */
struct gauges *gauges_create(struct hubspot *client);
void gauges_destroy(struct gauges *gauges);

struct hubspot {
	struct loop *loop;
	struct hubspot_settings settings;
	struct token *token;
	struct limit *limit;
	struct breaker breaker;
	struct shares *shares;
	struct watch *watch;
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
	struct recent *recent, *recent_ids; /* uthash: what was written lately by a key that only the search knows; the same by id */
	struct list lanes;            /* batch's */
	size_t lane_rows;             /* in all lanes */
	struct list calls;            /* batch's: in flight, until taken apart */
	struct list spares;           /* batch's: ended, for the next ones */
	size_t spare_count;
	struct loop_task pump;
	struct loop_timer pump_later;
	struct loop_task deliver;     /* what may not run inside submit or cancel */
	struct list deferred;
	bool is_held;                 /* only probes go */
	bool is_closed;               /* takes no more operations */
	bool is_up;
	bool is_token_refused;
	void (*token_changed)(void *ctx);
	void *token_ctx;
	void (*idle)(void *ctx);
	void *idle_ctx;
	struct loop_task idle_task;
};

/* client.c: tells hubspot_on_idle()'s listener when all is done. */
void client_check_idle(struct hubspot *client);

/* client.c: the token was refused by a call sent with `generation`: read it again; true when there is a new one now. */
bool client_renew_token(struct hubspot *client, unsigned generation);

#endif
