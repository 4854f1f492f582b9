/* record.h - types, their properties, and records: what is known, kept, checked and shown. */
#ifndef SANDBOX_RECORD_H
#define SANDBOX_RECORD_H

#include "call.h"

/* ---- type.c: the object types and what is known of their properties ---- */

enum {
	PROPERTY_READ_ONLY = 1,
	PROPERTY_UNIQUE = 2,
	PROPERTY_STANDARD = 4, /* HubSpot's own */
	PROPERTY_MULTIPLE = 8, /* "a;b" */
	PROPERTY_OWNER = 16,   /* an owner's id */
	PROPERTY_PIPELINE = 32 /* a pipeline's or a stage's id */
};
enum { UNIQUES_MAX = 11 };

enum value_kind { KIND_STRING, KIND_NUMBER, KIND_BOOL, KIND_ENUMERATION, KIND_DATE, KIND_DATETIME };

struct property {
	const char *name, *label;
	enum value_kind kind;
	unsigned flags;
	const char *options; /* "value=Label|value"; NULL: none, or not known here */
};

/* standard_TYPE.c, sorted by name */
extern const struct property model_standard_contacts[], model_standard_companies[],
	model_standard_deals[], model_standard_tickets[], model_standard_others[];
extern const size_t model_standard_contacts_count, model_standard_companies_count,
	model_standard_deals_count, model_standard_tickets_count, model_standard_others_count;

struct record {
	uint64_t id;
	uint64_t created_ms; /* wall clock, as the two below */
	uint64_t updated_ms;
	uint64_t archived_ms; /* 0: alive */
	json_t *properties;   /* owned; name -> non-empty string */
	uint64_t shown_ms;    /* from then on a search sees it as it is now */
	json_t *indexed;      /* owned: as a search sees it until then; null: not at all */
};

/* One unique property of a type: which value belongs to which living record. */
struct unique {
	char name[NAME_SIZE];
	json_t *index; /* owned; value -> integer, the record's id */
};

struct type {
	char name[NAME_SIZE]; /* "contacts" */
	char singular[NAME_SIZE];
	char id[NAME_SIZE];            /* "0-1" */
	const char *const *defaults;   /* what a read gives when nothing is asked for */
	const char *created_property;  /* "createdate" */
	const char *modified_property; /* "lastmodifieddate" */
	const char *searched;
	bool is_contact;
	bool is_open; /* a property nobody declared may be written */
	const struct property *standard;
	size_t standard_count;
	json_t *own;             /* owned; name -> definition, of the account's own and changed
				    ones */
	json_t *archived_own;    /* owned; the same, of deleted ones */
	json_t *groups;          /* owned; array; NULL: nobody asked */
	json_t *pipelines;       /* owned; array; NULL: nobody asked */
	json_t *merged;          /* owned; id -> survivor's id; NULL: none */
	struct record **records; /* owned, ascending ids */
	size_t count;
	size_t capacity;
	size_t alive;
	struct unique uniques[UNIQUES_MAX];
	size_t unique_count;
};

/* The type called `word` (plural, singular or id, any letter case), made on
 * first use; NULL: no such. */
struct type *model_type_find(struct model *model, const char *word);
void model_type_destroy(struct type *type);
bool model_type_property(const struct type *type, const char *name, struct property *property);
json_t *model_type_own(const struct type *type, const char *property); /* borrowed, or NULL */
/* The flags of a property, or -1 when it does not exist. */
int model_type_flags(const struct type *type, const char *property);

/* ---- store.c: records and the indexes over them ---- */

/* The unique property `name`, its index built if it has none yet; NULL: it is
 * not unique. */
struct unique *model_store_unique(struct type *type, const char *name);
struct record *model_store_by_id(
	const struct type *type, const char *id); /* archived ones too; or NULL */
struct record *model_store_by_value(
	struct type *type, struct unique *unique, const char *value); /* or NULL */
/* The record after `after` (0: the first) that is archived or not; or NULL. */
struct record *model_store_next(const struct type *type, uint64_t after, bool is_archived);
/* A value of `written` that another record than `self` (or, in `claims`,
 * another row) holds already. */
struct taken {
	const struct unique *unique; /* NULL: none */
	uint64_t holder;             /* 0: another row of the same batch */
	char value[256];
};
struct taken model_store_taken(
	const struct type *type, const struct record *self, json_t *written, json_t *claims);
bool model_store_is_full(const struct model *model, size_t more);
struct record *model_store_create(struct model *model, struct type *type, json_t *written);
void model_store_update(
	struct model *model, struct type *type, struct record *record, json_t *written);
void model_store_archive(struct model *model, struct type *type, struct record *record);
void model_store_free(struct record *record);
/* A record from a dump, copied from `facts`; the properties are copied too. Ids
 * must ascend. */
bool model_store_restore(struct model *model, struct type *type, const struct record *facts);

/* ---- property.c ---- */

/* What cleaning values needs to know, and where it tells what it found. */
struct cleaning {
	const struct model *model;
	const struct type *type;
	const struct record *record; /* as it is now; NULL: a new one */
	bool normalises;             /* as 2026-09 does with dates */
	json_t *faults;              /* borrowed arrays, appended to */
	json_t *warnings;
};

/* What is to be stored of `given`: a new object of strings, "" to clear. What
 * is wrong is appended to the faults. NULL: `given` is no object of plain
 * values, `problem` says so. */
json_t *model_properties_clean(
	const struct cleaning *cleaning, const json_t *given, struct problem *problem);
bool model_is_email(const char *text);

/* ---- value.c ---- */

/* `value` as it is kept, new; or NULL and a fault. */
json_t *model_value_clean(
	const struct cleaning *cleaning, const struct property *property, const char *value);
/* Takes `message`. */
void model_fault_property(
	const struct cleaning *cleaning, const char *name, const char *code, json_t *message);
/* `value` is none of `options`, which it takes. */
void model_fault_option(
	const struct cleaning *cleaning, const char *name, const char *value, json_t *options);
/* A new array of {"label", "value", "displayOrder", "hidden"}. */
json_t *model_property_options(const struct type *type, const struct property *property);

/* ---- instant.c: dates and moments ---- */

struct instant {
	int64_t ms; /* since 1970 */
	bool is_number, is_date;
	int fraction_digits;
};

bool model_instant_read(const char *text, struct instant *instant);
int64_t model_instant_past_midnight(int64_t ms);
void model_instant_date(int64_t ms, char text[ISO_SIZE]);
void model_instant_iso(int64_t ms, char text[ISO_SIZE]);

/* ---- rules.c: what a type asks of a whole record ---- */

struct row;
/* Completes row->written (default pipelines) and checks it; false:
 * row->problem, or a fault. */
bool model_rules_check(struct call *call, struct row *row, const struct cleaning *cleaning);

/* ---- pipelines.c and owners.c ---- */

/* The type's pipelines, made when first asked for; borrowed; NULL: it has none.
 */
json_t *model_pipelines(struct model *model, struct type *type);
/* The entry of a list of objects with this id; borrowed, or NULL. */
json_t *model_entry(const json_t *list, const char *id);
json_t *model_owners_default(void); /* new */
bool model_owner_exists(const struct model *model, const char *id);

/* The values HubSpot computes by itself on a create, added to `properties`. */
void model_properties_derive(const struct model *model, const struct type *type,
	const struct record *record, json_t *properties);
/* Is `then` an earlier life cycle stage than `now`? False when either is none.
 */
bool model_properties_is_step_back(const char *now, const char *then);
void model_lower(char *text);

/* ---- record.c: a record as JSON ---- */

void model_iso_format(uint64_t wall_ms, char iso[ISO_SIZE]);
void model_id_format(uint64_t id, char text[ID_SIZE]);
/* After a write: everything stored, and "" for what `written` cleared (may be
 * NULL). */
json_t *model_record_written(const struct model *model, const struct type *type,
	const struct record *record, const json_t *written);
/* For a read: the properties of the set `wanted`, or the defaults when it is
 * NULL. */
json_t *model_record_read(const struct model *model, const struct type *type,
	const struct record *record, const json_t *wanted);

/* ---- row.c: one record to be written, alone or in a batch ---- */

enum row_kind { ROW_CREATE, ROW_UPDATE, ROW_UPSERT };

struct row {
	enum row_kind kind;
	const json_t *properties; /* borrowed, as given */
	const char *trace_id;     /* borrowed; or NULL */
	char *id;                 /* owned; NULL for a create */
	const char *id_property;  /* borrowed; NULL: the record's own id */
	struct unique *unique;    /* of id_property */
	json_t *written;          /* owned: cleaned properties */
	json_t *warnings;         /* owned; or NULL */
	const json_t *links;      /* borrowed: inline associations; or NULL */
	struct record *record;    /* found, then written */
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
/* The record as a reply to the write. */
json_t *model_row_result(const struct call *call, const struct row *row);
struct record *model_record_named(
	struct call *call, const char *id, const char *id_property, struct problem *problem);

#endif
