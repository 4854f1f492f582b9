/* inside.h - what the files of the model share. Nobody but they includes it. */
#ifndef SANDBOX_INSIDE_H
#define SANDBOX_INSIDE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h"

enum { ISO_SIZE = 32, UUID_SIZE = 37, ID_SIZE = 24, NAME_SIZE = 64 };

/* ---- type.c: the object types and what is known of their properties ---- */

enum { PROPERTY_READ_ONLY = 1, PROPERTY_UNIQUE = 2, PROPERTY_STANDARD = 4 };
enum { UNIQUES_MAX = 11, TYPES_MAX = 128 };

struct record {
	uint64_t id;
	uint64_t created_ms; /* wall clock, as the two below */
	uint64_t updated_ms;
	uint64_t archived_ms; /* 0: alive */
	json_t *properties;   /* owned; name -> non-empty string */
};

/* One unique property of a type: which value belongs to which living record. */
struct unique {
	char name[NAME_SIZE];
	json_t *index; /* owned; value -> integer, the record's id */
};

struct type {
	char name[NAME_SIZE]; /* "contacts" */
	char singular[NAME_SIZE];
	char id[NAME_SIZE];	       /* "0-1" */
	const char *const *defaults;   /* what a read gives when nothing is asked for */
	const char *created_property;  /* "createdate" */
	const char *modified_property; /* "lastmodifieddate" */
	bool is_contact;
	bool is_open;		 /* a property nobody declared may be written */
	json_t *properties;	 /* owned; name -> integer, PROPERTY_... */
	struct record **records; /* owned, ascending ids */
	size_t count;
	size_t capacity;
	size_t alive;
	struct unique uniques[UNIQUES_MAX];
	size_t unique_count;
};

/* The type called `word` (plural, singular or id, any letter case), made on first use; NULL: no
 * such. */
struct type *model_type_find(struct model *model, const char *word);
void model_type_destroy(struct type *type);
bool model_type_declare(struct type *type, const char *property, unsigned flags);
/* The flags of a property, or -1 when it does not exist. */
int model_type_flags(const struct type *type, const char *property);

/* ---- store.c: records and the indexes over them ---- */

/* The unique property `name`, its index built if it has none yet; NULL: it is not unique. */
struct unique *model_store_unique(struct type *type, const char *name);
struct record *model_store_by_id(
	const struct type *type, const char *id); /* archived ones too; or NULL */
struct record *model_store_by_value(
	struct type *type, struct unique *unique, const char *value); /* or NULL */
/* The record after `after` (0: the first) that is archived or not; or NULL. */
struct record *model_store_next(const struct type *type, uint64_t after, bool is_archived);
/* A value of `written` that another record than `self` (or, in `claims`, another row) holds
 * already. */
struct taken {
	const struct unique *unique; /* NULL: none */
	uint64_t holder;	     /* 0: another row of the same batch */
	char value[256];
};
struct taken model_store_taken(
	const struct type *type, const struct record *self, json_t *written, json_t *claims);
bool model_store_is_full(const struct model *model, size_t more);
struct record *model_store_create(struct model *model, struct type *type, json_t *written);
void model_store_update(
	struct model *model, struct type *type, struct record *record, json_t *written);
void model_store_archive(struct model *model, struct type *type, struct record *record);

/* ---- limit.c ---- */

enum { WINDOWS_MAX = 64, LIMIT_MAX = 100000, WINDOW_MS = 10000 };

struct window {
	uint64_t token;	  /* a hash of it */
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
};

enum verdict { LIMIT_GRANTED, LIMIT_BURST, LIMIT_DAILY, LIMIT_SECONDLY };

struct call;
enum verdict model_limit_take(struct call *call);
void model_limit_headers(struct call *call);
void model_limit_set_burst(struct limit *limit, uint32_t burst);
uint64_t model_limit_resets_at_ms(uint64_t wall_ms);
void model_limit_finish(struct limit *limit);

/* ---- fault.c ---- */

enum { FAULTS_MAX = 64 };
enum fault_how { HOW_STATUS, HOW_RESET_BEFORE, HOW_RESET_AFTER, HOW_CUT, HOW_HANG };
enum fault_body { BODY_JSON, BODY_HTML, BODY_EMPTY };

struct fault {
	json_int_t next; /* calls still to be hit */
	int status;
	enum fault_how how;
	enum fault_body body;
	enum verdict policy;
	json_int_t retry_after_s; /* -1: no such header */
	char path[128];		  /* "": every path */
};

/* Reads a control call's "fail"; NULL, or what is wrong with it. */
const char *model_fault_add(struct model *model, const json_t *fail);
/* The fault that hits this call, used up by one; false: none. */
bool model_fault_take(struct call *call, struct fault *fault);
void model_fault_reply(struct call *call, const struct fault *fault);

/* ---- journal.c ---- */

enum { JOURNAL_SIZE = 10000, PATHS_MAX = 500 };

struct entry {
	char method[8];
	char *path;	/* owned */
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

/* ---- the model and a call ---- */

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
	json_t *accepted; /* owned: token -> true */
	json_t *revoked;  /* owned: token -> true */
	json_t *scopes;	  /* owned: scope -> true; NULL: every scope */
	struct fault faults[FAULTS_MAX];
	size_t fault_count;
	struct limit limit;
	struct journal journal;
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
	const char *area; /* "objects" of /crm/v3/objects/... and of /crm/objects/2026-09/...; or
			     NULL */
	const char *const *rest; /* the segments after area and version */
	size_t rest_count;
	struct type *type; /* of the objects area */
	const char *id;	   /* the record's, from the path; or NULL */
	json_t *query;	   /* owned: name -> string, repeated ones joined with commas */
	json_t *body;	   /* owned, or NULL */
	json_t *effect;	   /* owned: ids written */
	char key[256];	   /* for the counts by path: method and path, with {id} for ids */
};

uint64_t model_random(struct model *model);
void model_uuid(struct model *model, char uuid[UUID_SIZE]);
bool model_start(struct model *model); /* from nothing to what the settings say */
void model_clear(struct model *model);
json_int_t model_portal(const struct model *model);
void model_reply_json(struct call *call, int status, json_t *body); /* steals `body` */
void model_reply_header(struct call *call, const char *name, const char *value);

/* ---- url.c ---- */

bool model_url_split(struct call *call); /* false: bad escape, NUL or not UTF-8 */
bool model_url_query(struct call *call);
const char *model_query_value(const struct call *call, const char *name); /* or NULL */
/* "a,b" as a set; NULL when the query has no `name` */
json_t *model_query_set(const struct call *call, const char *name);

/* ---- route.c ---- */

enum scope { SCOPE_NONE, SCOPE_READ, SCOPE_WRITE };

struct route {
	const char *method, *area, *pattern;
	enum scope scope;
	bool needs_body;
	void (*handle)(struct call *call);
};

struct match {
	const char *type, *id; /* segments of the path; or NULL */
};

/* The call's route, or NULL; `is_known_path` tells a wrong method from a wrong path. */
const struct route *model_route_find(struct call *call, struct match *match, bool *is_known_path);
/* Fills call->key. */
void model_route_name(struct call *call, const struct route *route, const struct match *match);

/* ---- errors.c: every error shape ---- */

struct problem {
	int status;	     /* 0: none */
	json_t *body;	     /* owned; without correlationId */
	json_t *row_context; /* owned: what only a row of a batch adds to its context; or NULL */
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
void model_problem_too_many(struct problem *problem);
void model_problem_duplicates(struct problem *problem, json_t *ids); /* borrowed */
void model_problem_full(struct problem *problem);
void model_problem_scopes(struct problem *problem, const char *scope);
void model_problem_token(struct problem *problem);
void model_problem_limit(struct problem *problem, struct model *model, enum verdict verdict);
/* Ends the call with it, and takes it. */
void model_fail(struct call *call, struct problem *problem);
/* The problem as an entry of a batch's errors; takes it. */
json_t *model_problem_row(struct problem *problem, const char *trace_id);

/* ---- property.c ---- */

/* What is to be stored of `given`: a new object of strings, "" to clear. What is wrong is appended
 * to `faults`. NULL: `given` is no object of plain values, `problem` says so. */
json_t *model_properties_clean(struct model *model, const struct type *type, const json_t *given,
	json_t *faults, struct problem *problem);
/* The values HubSpot computes by itself on a create, added to `properties`. */
void model_properties_derive(const struct model *model, const struct type *type,
	const struct record *record, json_t *properties);
/* Is `then` an earlier life cycle stage than `now`? False when either is none. */
bool model_properties_is_step_back(const char *now, const char *then);
void model_lower(char *text);

/* ---- record.c: a record as JSON ---- */

void model_iso_format(uint64_t wall_ms, char iso[ISO_SIZE]);
void model_id_format(uint64_t id, char text[ID_SIZE]);
/* After a write: everything stored, and "" for what `written` cleared (may be NULL). */
json_t *model_record_written(const struct model *model, const struct type *type,
	const struct record *record, const json_t *written);
/* For a read: the properties of the set `wanted`, or the defaults when it is NULL. */
json_t *model_record_read(const struct model *model, const struct type *type,
	const struct record *record, const json_t *wanted);

/* ---- row.c: one record to be written, alone or in a batch ---- */

enum row_kind { ROW_CREATE, ROW_UPDATE, ROW_UPSERT };

struct row {
	enum row_kind kind;
	const json_t *properties; /* borrowed, as given */
	const char *trace_id;	  /* borrowed; or NULL */
	char *id;		  /* owned; NULL for a create */
	const char *id_property;  /* borrowed; NULL: the record's own id */
	struct unique *unique;	  /* of id_property */
	json_t *written;	  /* owned: cleaned properties */
	struct record *record;	  /* found, then written */
	bool is_new;
	struct problem problem;
};

void model_row_finish(struct row *row);
/* Each of these gives false when row->problem has been set. */
bool model_row_name(struct call *call, struct row *row); /* resolves id_property */
bool model_row_clean(struct call *call, struct row *row, json_t *faults);
bool model_row_find(struct call *call, struct row *row);
bool model_row_claim(struct call *call, struct row *row, json_t *claims);
bool model_row_write(struct call *call, struct row *row);
/* All of the above, in this order. */
bool model_row_settle(struct call *call, struct row *row);
struct record *model_record_named(
	struct call *call, const char *id, const char *id_property, struct problem *problem);

/* ---- the handlers ---- */

/* What the batches share: at most 100 inputs; an input's id as text of its own, or NULL; the
 * envelope, shuffled, 207 when there are errors, which takes both lists. */
enum { BATCH_MAX = 100 };
bool model_batch_inputs(const struct call *call, json_t **inputs, struct problem *problem);
char *model_batch_id(const json_t *input);
void model_batch_reply(struct call *call, int status, json_t *results, json_t *errors);

void model_object_create(struct call *call);
void model_object_read(struct call *call);
void model_object_update(struct call *call);
void model_object_archive(struct call *call);
void model_object_list(struct call *call);
void model_batch_create(struct call *call);
void model_batch_read(struct call *call);
void model_batch_update(struct call *call);
void model_batch_upsert(struct call *call);
void model_batch_archive(struct call *call);
void model_account_details(struct call *call);
void model_account_usage(struct call *call);
void model_control_handle(struct call *call);

#endif
