/* call.h - the model, a call on its way through it, and what may stop it there. */
#ifndef SANDBOX_CALL_H
#define SANDBOX_CALL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h"

enum { ISO_SIZE = 32, UUID_SIZE = 37, ID_SIZE = 24, NAME_SIZE = 64, TYPES_MAX = 128 };

struct model;
struct call;
struct type;
struct record;
struct taken;

/* ---- limit.c ---- */

enum { WINDOWS_MAX = 64, LIMIT_MAX = 100000, WINDOW_MS = 10000, SEARCHES_MAX = 100 };

struct window {
	uint64_t token;   /* a hash of it */
	uint64_t *stamps; /* owned ring of `capacity`, oldest at `first` */
	uint32_t capacity, first, count;
};

struct limit {
	uint32_t burst; /* 0: off */
	uint32_t daily;
	uint32_t daily_used;
	uint64_t day;
	struct window windows[WINDOWS_MAX];
	size_t window_count;
	uint32_t search; /* searches a second; 0: off */
	uint64_t searches[SEARCHES_MAX];
	size_t search_count;
	uint64_t locked_until_ms; /* for upserts */
	uint64_t upserts_since_ms;
	uint32_t upserts;
};

enum verdict { LIMIT_GRANTED, LIMIT_BURST, LIMIT_DAILY, LIMIT_SECONDLY };

struct call;
enum verdict model_limit_take(struct call *call);
void model_limit_headers(struct call *call);
void model_limit_set_burst(struct limit *limit, uint32_t burst);
/* Counts `rows` upserted rows; false: they come too fast, as far as the switch
 * asks for that. */
bool model_limit_upserts(struct call *call, size_t rows);
uint64_t model_limit_resets_at_ms(uint64_t wall_ms);
void model_limit_finish(struct limit *limit);

/* ---- fault.c: which call is struck; twist.c: replies to batches that HubSpot
 * should not give ---- */

enum { FAULTS_MAX = 64, KINDS_MAX = 32, MILLION = 1000000 };
enum fault_how {
	HOW_STATUS,
	HOW_RESET_BEFORE,
	HOW_RESET_AFTER,
	HOW_CUT,
	HOW_HANG,
	HOW_EMPTY,
	HOW_DROP_ROW,
	HOW_EXTRA_ROW,
	HOW_STRIP_TRACES,
	HOW_IGNORE_TRACES,
	HOW_LOWER_CASE,
	HOW_NO_RATE_HEADERS,
	HOW_NO_CORRELATION,
	HOWS
};
enum fault_body { BODY_JSON, BODY_HTML, BODY_EMPTY };

struct kind {
	enum fault_how how;
	int status;
	enum verdict policy;
};

struct fault {
	json_int_t next; /* calls still to be hit; -1: no end */
	bool is_by_chance;
	uint32_t rate; /* of a million calls, when it is by chance */
	struct kind kind;
	struct kind kinds[KINDS_MAX]; /* one of these, by chance, in the place of `kind` */
	size_t kind_count;
	enum fault_body body;
	json_int_t retry_after_s; /* -1: no such header */
	char path[128];           /* "": every path */
};

/* Reads a control call's "fail"; NULL, or what is wrong with it. */
const char *model_fault_add(struct model *model, const json_t *fail);
/* The fault that hits this call, used up by one, into call->fault; false: none.
 */
bool model_fault_take(struct call *call);
/* Replies in the handler's place. */
void model_fault_reply(struct call *call);
/* Changes what the handler has replied. */
void model_fault_twist(struct call *call);
bool model_ignores_traces(const struct call *call);

/* ---- journal.c ---- */

enum { JOURNAL_SIZE = 10000, PATHS_MAX = 500 };

struct entry {
	char method[8];
	char *path;     /* owned */
	json_t *effect; /* owned: ids, or NULL for none */
	int status;
};

struct journal {
	struct entry *ring; /* owned, JOURNAL_SIZE */
	uint64_t calls;
	uint64_t creates, updates, archives;
	json_t *by_status; /* owned */
	json_t *by_path;   /* owned */
};

bool model_journal_init(struct journal *journal);
void model_journal_finish(struct journal *journal);
void model_journal_note(struct call *call);
json_t *model_journal_last(const struct journal *journal, uint64_t last);
void model_state_reply(struct call *call);

/* ---- route.c ---- */

enum scope {
	SCOPE_NONE,
	SCOPE_READ,
	SCOPE_WRITE,
	SCOPE_SCHEMA_READ,
	SCOPE_SCHEMA_WRITE,
	SCOPE_OWNERS
};

enum { ROUTE_BODY = 1, ROUTE_LIST = 2, ROUTE_SEARCH = 4, ROUTE_OPEN = 8 };

struct route {
	const char *method, *area, *pattern;
	enum scope scope;
	unsigned flags; /* ROUTE_BODY: a JSON object comes with it; ROUTE_LIST: object or array;
			   ROUTE_SEARCH: has a limit of its own; ROUTE_OPEN: needs no token */
	void (*handle)(struct call *call);
};

/* Segments of the path, or NULL: {type}, {id}, {to}, {to_id}, {name} of a
 * pattern. */
struct match {
	const char *type, *id, *to, *to_id, *name;
};

/* The call's route, or NULL; `is_known_path` tells a wrong method from a wrong
 * path. */
const struct route *model_route_find(struct call *call, struct match *match, bool *is_known_path);
/* Fills call->key. */
void model_route_name(struct call *call, const struct route *route, const struct match *match);

/* ---- the model and a call ---- */

/* What HubSpot might do differently, switched on for good. */
struct modes {
	bool ignores_traces, strips_traces, hides_rate_headers, sends_retry_after,
		refuses_partial_upserts, names_secondly;
	uint32_t write_lock; /* upserted rows a second that lock; 0: never */
};

struct model {
	struct model_settings settings;
	char *token; /* owned copy of the settings' */
	uint64_t random;
	uint64_t last_id;
	uint64_t wall_ms; /* at the call being answered */
	uint32_t latency_ms;
	size_t record_count;
	struct type *types[TYPES_MAX];
	size_t type_count;
	json_t *account;  /* owned: the details */
	json_t *owners;   /* owned: array */
	json_t *accepted; /* owned: token -> true */
	json_t *revoked;  /* owned: token -> true */
	json_t *scopes;   /* owned: scope -> true; NULL: every scope */
	struct fault faults[FAULTS_MAX];
	size_t fault_count;
	struct limit limit;
	struct journal journal;
	uint32_t search_lag_ms;
	uint32_t search_flap_ms;
	struct modes modes;
	json_t *links;  /* owned: "0-1:7>0-2" -> {"9": [type ids]} */
	json_t *labels; /* owned: "0-1>0-2" -> [{"category", "typeId", "label",
			   "name"}] */
	json_int_t last_label;
};

enum { SEGMENTS_MAX = 12 };

struct call {
	struct model *model;
	const struct model_request *request;
	struct model_reply *reply;
	uint64_t now_ms;
	uint64_t token; /* a hash of it */
	char correlation[UUID_SIZE];
	char *path; /* owned: the segments lie in it, decoded */
	const char *segments[SEGMENTS_MAX];
	size_t segment_count;
	const char *area;        /* "objects" of /crm/v3/objects/... and of
				    /crm/objects/2026-09/...; or        NULL */
	const char *version;     /* "v3", "2026-09"; or NULL */
	const char *const *rest; /* the segments after area and version */
	size_t rest_count;
	const struct route *route; /* or NULL */
	struct match match;
	struct type *type; /* match.type's */
	struct type *to;   /* match.to's */
	bool normalises;   /* dates, as 2026-09 does */
	bool has_fault;
	struct fault fault;
	json_t *query;  /* owned: name -> string, repeated ones joined with commas */
	json_t *body;   /* owned, or NULL */
	json_t *effect; /* owned: ids written */
	char key[256];  /* for the counts by path: method and path, with {id} for ids */
};

uint64_t model_random(struct model *model);
void model_uuid(struct model *model, char uuid[UUID_SIZE]);
bool model_start(struct model *model); /* from nothing to what the settings say */
void model_clear(struct model *model);
bool model_accepts(const struct model *model, const char *token);
json_int_t model_portal(const struct model *model);
void model_reply_json(struct call *call, int status, json_t *body); /* steals `body` */
void model_reply_header(struct call *call, const char *name, const char *value);

/* ---- url.c ---- */

bool model_url_split(struct call *call); /* false: bad escape, NUL or not UTF-8 */
bool model_url_query(struct call *call);
const char *model_query_value(const struct call *call, const char *name); /* or NULL */
/* A whole number from the query between `low` and `high`, `missing` when it is
 * not there; or -1. */
long long model_query_number(const struct call *call, const char *name, long long missing,
	long long low, long long high);
bool model_query_is_true(const struct call *call, const char *name);
/* "a,b" as a set; NULL when the query has no `name` */
json_t *model_query_set(const struct call *call, const char *name);

/* ---- errors.c: every error shape ---- */

struct problem {
	int status;          /* 0: none */
	json_t *body;        /* owned; without correlationId */
	json_t *row_context; /* owned: what only a row of a batch adds to its context;
				or NULL */
};

void model_problem_finish(struct problem *problem);
void model_problem_say(struct problem *problem, int status, const char *category,
	const char *format, ...) __attribute__((format(printf, 4, 5)));
void model_problem_context(struct problem *problem, const char *name, const char *value);
void model_problem_malformed(struct problem *problem, int line, int column, const char *what);
void model_problem_faults(struct problem *problem, json_t *faults); /* property faults; borrowed */
void model_problem_taken(struct problem *problem, const struct model *model,
	const struct type *type, const struct record *self, const struct taken *taken);
void model_problem_not_found(struct problem *problem, const char *id); /* of a single call */
void model_problem_missing(
	struct problem *problem, const struct type *type, json_t *ids, bool is_read); /* borrowed */
void model_problem_not_unique(
	struct problem *problem, const struct type *type, const char *property);
void model_problem_too_many(struct problem *problem, size_t most);
void model_problem_duplicates(struct problem *problem, json_t *ids); /* borrowed */
void model_problem_full(struct problem *problem);
void model_problem_scopes(struct problem *problem, const char *scope);
void model_problem_token(struct problem *problem);
void model_problem_limit(struct problem *problem, struct model *model, enum verdict verdict);
/* Ends the call with it, and takes it. */
void model_fail(struct call *call, struct problem *problem);
/* The problem as an entry of a batch's errors; takes it. */
json_t *model_problem_row(struct problem *problem, const char *trace_id);

/* ---- state.c ---- */

/* In the place of all there is. NULL, or what is wrong. */
const char *model_state_load(struct model *model, const json_t *dump);

/* ---- control_modes.c ---- */

bool model_mode_exists(const char *name);
/* Sets every mode that `body` has a member for. NULL, or what is wrong, and
 * with which member. */
const char *model_modes_apply(struct model *model, const json_t *body, const char **about);

#endif
