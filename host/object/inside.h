/*
 * object/inside.h - what the files of the object module share.
 *
 * - open.c       the list of open objects
 * - overrides.c  the operator's objects.NAME: checked, and merged into the record's schema
 * - derive.c     the record's schema -> the table of properties, the names both ways, the key
 * - loosen.c     the record's schema -> the schema of writes and patches
 * - options.c    enumerations: values and labels
 * - convert.c    the gate of writes; names, both ways
 * - value_out.c  one value of a caller's -> HubSpot's string
 * - value_in.c   one string of HubSpot's -> our value
 * - instant.c    dates and moments
 * - owners.c     owners by e-mail
 * - routes.c     the table of routes
 * - describe.h   the API document: describe.c, describe_words.c, describe_schemas.c, operations.schema.json
 * - serve.c      the handlers of single records
 * - write.h      writes: accept.c, prepare.c, write.c, bulk.c, prefer.c
 * - pages.h      lists and searches: list.c, search.c, filter.c, question.c, window.c, page.c, page_in.c
 * - links.h      associations: links_check.c, links.c, link_queue.c, link_find.c, link_routes.c
 * - scopes.c     what a caller may read and write
 * - behalf.c     on whose behalf HubSpot is asked
 * - work.c       an operation on behalf of a request
 * - relay.c      results -> replies
 * - refuse.c     replies that need no HubSpot
 * - problem.c    failures -> the error shape
 *
 * Everything in a struct object is made by object_open() and never changes after it.
 */
#ifndef OBJECT_INSIDE_H
#define OBJECT_INSIDE_H

#include "object/object.h"

#include "base/list.h"

struct http_problem;
struct http_request;
struct schema;

/* What a value of HubSpot's, a string, becomes on its way in. */
enum property_type {
	PROPERTY_TEXT, /* stays as it is: strings, and all that has no single type */
	PROPERTY_INTEGER,
	PROPERTY_NUMBER,
	PROPERTY_BOOLEAN,
	PROPERTY_LIST,
	PROPERTY_DATE,	  /* format "date" */
	PROPERTY_INSTANT, /* format "date-time" */
};

struct property {
	const char *name;    /* ours */
	const char *hubspot; /* HubSpot's */
	enum property_type type;
	bool is_read_only;
	bool is_clearable; /* null and "" may stand for it in a write */
	json_t *labels;	   /* label or value of an option -> its value; null: of several; NULL: none known */
	json_t *folded;	   /* the same of labels in lower case */
};

struct object {
	struct list link;
	struct hubspot *hubspot;
	struct object_owner owner; /* its name is the object's own */
	char *path;	    /* "/contacts" */
	char *name;	    /* "contact" */
	char *title;	    /* "Contact" */
	char *id_member;    /* "hubspot_contact_id" */
	char *hubspot_type; /* "contacts" */
	char *read_scope;   /* "contacts:read" */
	char *write_scope;
	json_t *record;	    /* the record's schema, overrides merged: owns the names below */
	struct schema *body_schema; /* of writes and patches */
	struct schema *route_schema; /* any JSON object: what http checks before a handler sees the body */
	struct schema *search_schema; /* of a search's body */
	struct property *properties; /* in the schema's order */
	size_t property_count;
	json_t *by_name;	    /* our name -> index in properties */
	json_t *by_hubspot;	    /* HubSpot's name -> index in properties */
	const char **asked;	    /* HubSpot's names of all properties, ends in NULL */
	const struct property *key; /* or NULL */
	bool takes_unknown;
	unsigned offers; /* HSC_OBJECT_... */
};

/* Frees `object`; NULL and half-made ones are fine. */
void object_destroy(struct object *object);

/* ---- overrides.c ---- */

/* Could this be HubSpot's name of a type? NULL is none. */
bool type_is_plausible(const char *type);

/* Merges checked overrides (or NULL) into a record's schema. False: out of memory. */
bool overrides_merge(json_t *record, const json_t *overrides) __attribute__((warn_unused_result));

/* ---- derive.c ---- */

/* Fills record, schemas, properties, names, key, takes_unknown. False, with one line in `error`. */
bool derive(struct object *object, const struct hsc_object *declaration, const json_t *overrides,
	char *error, size_t error_size) __attribute__((warn_unused_result));

/* Frees the table of properties. */
void properties_finish(struct object *object);

/* The object's property, or NULL. */
const struct property *property_by_name(const struct object *object, const char *name);
const struct property *property_by_hubspot(const struct object *object, const char *hubspot);

/* ---- loosen.c ---- */

/* `fragment` with its $ref to #/$defs/NAME of `root` resolved: a new reference to a shallow copy,
 * NULL when out of memory. *is_exact (may be NULL) becomes false when a keyword stands both in it
 * and in the definition, where the copy holds only one. */
json_t *flatten(const json_t *root, json_t *fragment, bool *is_exact)
	__attribute__((warn_unused_result));

/* May null stand for this property of the record's schema: it is neither required nor readOnly, and
 * its schema can be told so? */
bool is_clearable(const json_t *record, const char *name, json_t *fragment);

/* The schema of writes: the record's, where all that is clearable may be null too. A new reference,
 * or NULL. */
json_t *loosen(const json_t *record) __attribute__((warn_unused_result));

/* "title", "x-...": says nothing of what is valid. */
bool keyword_is_annotation(const char *keyword);

/* ---- options.c ---- */

/* A copy of `schema` in which each {"oneOf": [{"const", "title"}, ...]} is {"enum": [...]}: what is
 * compiled. A new reference, or NULL. */
json_t *options_as_enums(const json_t *schema) __attribute__((warn_unused_result));

/* Fills labels and folded of a property from its flat schema, or from that of its items. False: out
 * of memory. */
bool options_read(struct property *property, const json_t *record, const json_t *flat)
	__attribute__((warn_unused_result));

/* The value of the option that a caller names: by its value, its label, or its label without regard
 * to case, where that is one option's alone. Borrowed; NULL: there is none, or none is known. */
json_t *option_value(const struct property *property, const json_t *value);

/* ---- instant.c: RFC 3339, milliseconds since 1970 in UTC ---- */

enum { INSTANT_SIZE = 48 };

/* Each reads all of `text`. NULL, and *ms (of a date: its midnight); or what is wrong with it, in one
 * sentence. */
const char *date_read(const char *text, int64_t *ms) __attribute__((warn_unused_result));
const char *instant_read(const char *text, int64_t *ms) __attribute__((warn_unused_result));

/* The form in which HubSpot stores both: a decimal number. */
bool epoch_read(const char *text, int64_t *ms) __attribute__((warn_unused_result));

/* "2026-09-01", false: it is not midnight; "2026-09-01T08:30:00Z", with milliseconds if there are any. */
bool date_write(int64_t ms, char text[INSTANT_SIZE]) __attribute__((warn_unused_result));
void instant_write(int64_t ms, char text[INSTANT_SIZE]);

/* ---- value_out.c: `property` may be NULL, an unknown one ---- */

/* The string that HubSpot gets, whatever the value; a new reference, or NULL: out of memory. */
json_t *value_out(const struct property *property, const json_t *value)
	__attribute__((warn_unused_result));

/* Why HubSpot has no form for a value, though the schema may allow it, in one sentence; or NULL. Of
 * a list each item is asked about. */
const char *value_fault(const struct property *property, const json_t *value);
const char *item_fault(const json_t *item);

/* ---- value_in.c ---- */

/* What a reply says for HubSpot's value: a new reference, `value` itself where it does not fit. */
json_t *value_in(const struct property *property, json_t *value)
	__attribute__((warn_unused_result));

/* The nearest number to a decimal that a reply would tell as a string, because no number here is
 * exactly that; NULL: it is no such decimal, or not for this property. A new reference. */
json_t *number_beyond(const struct property *property, const char *text)
	__attribute__((warn_unused_result));

/* ---- convert.c ---- */

/* {"field": a JSON pointer to the member `name`, "code", "message"}; NULL: the whole body. A new
 * reference, or NULL. */
json_t *field_error(const char *name, const char *code, const char *message)
	__attribute__((warn_unused_result));

/*
 * The gate of every write: a record (or, with SCHEMA_PARTIAL in `how`, a part of one) as a caller
 * sent it -> {"hubspot_property": "string"}, a new reference, perhaps of `record` itself (which
 * owners_resolve() changes, and nothing else may). NULL: appended to `errors`, in the
 * shape of schema_validate(), is all that is wrong with it; or nothing: out of memory.
 */
json_t *record_accept(const struct object *object, const json_t *record, unsigned how,
	json_t *errors) __attribute__((warn_unused_result));

/* A copy of a record as a caller sent it, to the last of its members, with the values of options in
 * place of their labels, and null for "" where it clears. A new reference, or NULL. */
json_t *record_meant(const struct object *object, const json_t *record)
	__attribute__((warn_unused_result));

/* ---- behalf.c: on whose behalf HubSpot is asked ---- */

/* Strings are borrowed; those of a request live as long as it does. */
struct behalf {
	struct hubspot_caller caller;
	enum hubspot_priority priority;
	uint64_t deadline_ms; /* on clock_now_ms() */
	const char *label;    /* the request's id; or NULL */
	bool is_bulk;	      /* a row of a batch: its links wait for each other */
};

/* Of a request, or of each row of a batch. */
struct behalf behalf_of(const struct http_request *request, bool is_bulk);

/* One that outlives the request: a copy without its label. False: out of memory. */
bool behalf_keep(struct behalf *kept, const struct behalf *behalf)
	__attribute__((warn_unused_result));
void behalf_finish(struct behalf *kept);

/* May one wait for what is asked already for the other: for the same caller, and no later than his
 * own would be? Nobody waits behind another one's share. */
bool behalf_may_wait(const struct behalf *behalf, const struct behalf *other);

/* As hubspot_submit(), for it: fills in all that it says. */
bool behalf_submit(const struct behalf *behalf, struct hubspot *hubspot,
	struct hubspot_operation *operation, hubspot_done_fn *done, void *ctx,
	struct hubspot_handle **handle) __attribute__((warn_unused_result));

/* ---- scopes.c: may the caller? False: the request has been replied to ---- */

bool may_read(const struct object *object, struct http_request *request)
	__attribute__((warn_unused_result));
bool may_write(const struct object *object, struct http_request *request)
	__attribute__((warn_unused_result));

/* Write the objects that the "associations" of a record as a caller sent it name. */
bool may_link(const struct object *object, struct http_request *request, const json_t *record)
	__attribute__((warn_unused_result));

/* Read what this name of HubSpot's, a property to search or sort by, tells of: "associations.company"
 * tells what is linked. */
bool may_search_by(struct http_request *request, const char *hubspot)
	__attribute__((warn_unused_result));

/* ---- problem.c ---- */

/* What HubSpot remarked on the record that it took, in our names: array of {"field","code",
 * "message"}, a new reference; NULL when there is nothing, or no memory for it. */
json_t *object_warnings(const struct object *object, const struct hubspot_result *result)
	__attribute__((warn_unused_result));

/* ---- owners.c: owners by e-mail ---- */

enum owners_answer {
	OWNERS_READY,  /* the record holds no address, or the owner's id in its place */
	OWNERS_NOBODY, /* the address is nobody's */
	OWNERS_FAILED, /* nobody could be asked, and nothing has been written */
	OWNERS_LATER,  /* `told` will run, once, never inside owners_resolve() */
};

/* `failed`: why nobody could be asked; NULL: out of memory. */
typedef void owners_told_fn(
	enum owners_answer answer, const struct hubspot_result *failed, void *ctx);

/*
 * An e-mail address as HubSpot's hubspot_owner_id in `record` (in HubSpot's names, changed in place,
 * and nobody else's meanwhile) becomes the id of the owner who has it. Answers are kept for 10
 * minutes, that of nobody for one; a caller who asks for the same at once shares a look-up with
 * himself. There is nothing to cancel: `told` runs by the asker's deadline, and borrows until then what
 * he has.
 */
enum owners_answer owners_resolve(const struct object *object, json_t *record,
	const struct behalf *asker, owners_told_fn *told, void *ctx)
	__attribute__((warn_unused_result));

/* What to say of OWNERS_NOBODY, in the shape of schema_validate(); a new reference, or NULL. */
json_t *owners_errors(const struct object *object) __attribute__((warn_unused_result));

/* Forgets what is kept. Nothing may be under way. */
void owners_close(void);

/* ---- refuse.c: each replies to the request, and returns HTTP_REPLIED ---- */

int refuse(struct http_request *request, int status, const char *code, const char *message);

/* Out of memory, before anything was submitted. */
int refuse_for_room(
	const struct object *object, enum hubspot_kind kind, struct http_request *request);

/* 422: a record breaks its schema, with `errors` in the shape of schema_validate(); `message` is the
 * problem's. */
enum { INVALID_MESSAGE_SIZE = 320 };
struct http_problem invalid_record(const struct object *object, const json_t *errors,
	char message[INVALID_MESSAGE_SIZE]);

/* ---- relay.c ---- */

/* What a request, or one record of a batch, is answered with. */
struct answer {
	int status;
	json_t *body;		 /* the error shape when status is 400 or more; NULL: out of memory */
	uint64_t retry_after_ms; /* 0: unknown */
};

/* As http_refuse() would answer a write; label is the request's id. The body is a new reference. */
void answer_problem(const struct http_problem *problem, const char *label, struct answer *answer);

/* As object_relay() answers with the result of a CREATE, UPDATE or UPSERT. */
void answer_write(const struct object *object, enum hubspot_kind kind,
	const struct hubspot_result *result, const char *label, struct answer *answer);

/* Ends the request with it; the body's reference is given back. */
void answer_send(struct http_request *request, const struct answer *answer);

/* ---- work.c ---- */

/* Submits `operation` on behalf of the request, whose deadline and id it gets, and which its result
 * will be the reply to. Returns what a handler returns. */
int work_start(const struct object *object, struct http_request *request,
	struct hubspot_operation *operation);

/* ---- serve.c: handlers of single records; `ctx` is the object ---- */

int serve_post(struct http_request *request, void *ctx);
int serve_get(struct http_request *request, void *ctx);
int serve_patch(struct http_request *request, void *ctx);
int serve_delete(struct http_request *request, void *ctx);

/* Could HubSpot's id of a record be this: 1 to 20 digits, the first no 0? NULL is none. */
bool id_is_plausible(const char *text);

/* A record as the path and the query name it. */
struct named {
	char *value;		 /* owned: of the property; or NULL */
	const char *id;		 /* the record's, or `value` */
	const char *id_property; /* HubSpot's name; or NULL */
};
/* By the path's {param}, which is a value of the property that the query's `by` names; or an id.
 * False: the request has been refused. */
bool name_read(const struct object *object, struct http_request *request, const char *param,
	const char *by, struct named *named) __attribute__((warn_unused_result));

/* ---- links_check.c, links.c: associations ---- */

/*
 * Are these the "associations" of a write: {"companies": [{"id": "1"} or {"domain": "b.c"}, ...]},
 * each the path of an open object, each entry an id, or a value of that object's key, and perhaps
 * "create": true? What is wrong is appended to `errors`, with fields below "/associations".
 */
bool links_check(const json_t *associations, json_t *errors) __attribute__((warn_unused_result));

/* `links`: an array of {"object", "id", "status": "success"} or the error shape with "object" beside
 * it, one for each entry in the order of the body. */
typedef void links_told_fn(json_t *links, bool are_all_there, void *ctx);

struct links; /* dead once it has told */

/* Links record `id` of `object` with all of `associations`, which links_check() found good; keys are
 * looked up, and created where "create" says so. Equal entries are one link, told for each. `told` is
 * never run before it returns. NULL: out of memory. */
struct links *links_start(const struct object *object, const char *id, const json_t *associations,
	const struct behalf *behalf, links_told_fn *told, void *ctx)
	__attribute__((warn_unused_result));
void links_cancel(struct links *links);

/* ---- routes.c ---- */

/* Adds the routes that the object offers. False, with one line in `error`; *added says whether any
 * was added. */
bool routes_add(struct object *object, struct http *http, bool *added, char *error,
	size_t error_size) __attribute__((warn_unused_result));

#endif
