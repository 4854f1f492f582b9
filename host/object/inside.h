/*
 * object/inside.h - what the files of the object module share.
 *
 * - open.c       the list of open objects
 * - overrides.c  the operator's objects.NAME: checked, and merged into the record's schema
 * - derive.c     the record's schema -> the table of properties, the names both ways, the key
 * - loosen.c     the record's schema -> the schema of writes and patches
 * - convert.c    names and values, both ways
 * - routes.c     the table of routes
 * - serve.c      the handlers of single records
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

struct http_request;
struct schema;

/* What a value of HubSpot's, a string, becomes on its way in. */
enum property_type {
	PROPERTY_TEXT, /* stays as it is: strings, dates, and all that has no single type */
	PROPERTY_INTEGER,
	PROPERTY_NUMBER,
	PROPERTY_BOOLEAN,
	PROPERTY_LIST,
};

struct property {
	const char *name;    /* ours */
	const char *hubspot; /* HubSpot's */
	enum property_type type;
	bool is_read_only;
};

struct object {
	struct list link;
	struct hubspot *hubspot;
	char *path;	    /* "/contacts" */
	char *name;	    /* "contact" */
	char *title;	    /* "Contact" */
	char *id_member;    /* "hubspot_contact_id" */
	char *hubspot_type; /* "contacts" */
	json_t *record;	    /* the record's schema, overrides merged: owns the names below */
	struct schema *body_schema; /* of writes and patches */
	struct schema *
		route_schema; /* any JSON object: what http checks before a handler sees the body */
	struct property *properties; /* in the schema's order */
	size_t property_count;
	json_t *by_name;	    /* our name -> index in properties */
	json_t *by_hubspot;	    /* HubSpot's name -> index in properties */
	const char **asked;	    /* HubSpot's names of all properties, ends in NULL */
	const struct property *key; /* or NULL */
	bool takes_unknown;
};

/* Frees `object`; NULL and half-made ones are fine. */
void object_destroy(struct object *object);

/* ---- overrides.c ---- */

/* Could this be HubSpot's name of a type? NULL is none. */
bool type_is_plausible(const char *type);

/* Merges checked overrides (or NULL) into a record's schema. False: out of memory. */
bool overrides_merge(json_t *record, const json_t *overrides) __attribute__((warn_unused_result));

/* ---- derive.c ---- */

/* Fills record, schemas, properties, names, key and takes_unknown. False, with one line in `error`.
 */
bool derive(struct object *object, const struct hsc_object *declaration, const json_t *overrides,
	char *error, size_t error_size) __attribute__((warn_unused_result));

/* The object's property, or NULL. */
const struct property *property_by_name(const struct object *object, const char *name);
const struct property *property_by_hubspot(const struct object *object, const char *hubspot);

/* ---- loosen.c ---- */

/* `fragment` with its $ref to #/$defs/NAME of `root` resolved: a new reference to a shallow copy,
 * NULL when out of memory. *is_exact (may be NULL) becomes false when a keyword stands both in it
 * and in the definition, where the copy holds only one. */
json_t *flatten(const json_t *root, json_t *fragment, bool *is_exact)
	__attribute__((warn_unused_result));

/* The schema of writes: the record's, where all that is neither required nor readOnly may be null
 * too. A new reference, or NULL. */
json_t *loosen(const json_t *record) __attribute__((warn_unused_result));

/* ---- convert.c ---- */

/* Can HubSpot take every member of `record`? What the schema lets through and HubSpot has no form
 * for is appended to `errors`, in the shape of schema_validate(). */
bool convert_check(const struct object *object, const json_t *record, json_t *errors)
	__attribute__((warn_unused_result));

/* {"field": a JSON pointer to the member `name`, "code", "message"}; NULL: the whole body. A new
 * reference, or NULL. */
json_t *field_error(const char *name, const char *code, const char *message)
	__attribute__((warn_unused_result));

/*
 * The gate of every write: a record (or, with SCHEMA_PARTIAL in `how`, a part of one) as a caller
 * sent it -> {"hubspot_property": "string"}, a new reference. NULL: appended to `errors`, in the
 * shape of schema_validate(), is all that is wrong with it; or nothing: out of memory.
 */
json_t *record_accept(const struct object *object, const json_t *record, unsigned how,
	json_t *errors) __attribute__((warn_unused_result));

/* ---- refuse.c: each replies to the request, and returns HTTP_REPLIED ---- */

int refuse(struct http_request *request, int status, const char *code, const char *message);

/* Out of memory, before anything was submitted. */
int refuse_for_room(
	const struct object *object, enum hubspot_kind kind, struct http_request *request);

/* 422, with `errors` in the shape of schema_validate(). */
int refuse_body(
	const struct object *object, struct http_request *request, const json_t *errors);
int refuse_keyless(const struct object *object, struct http_request *request);

/* The request's body through record_accept(), a new reference. NULL: it has been refused. */
json_t *body_accept(const struct object *object, struct http_request *request, unsigned how)
	__attribute__((warn_unused_result));

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

/* ---- write.c: the life of one record's write, alone or in a batch ---- */

struct write_wanted {
	const char *mode;	    /* "upsert", "create", "update"; NULL: "upsert" */
	const json_t *body;	    /* a record as a caller sent it, borrowed until write_start() returns */
	bool wants_record;	    /* Prefer: return=representation */
	bool is_bulk;		    /* gives way to everybody else */
	uint64_t deadline_ms;	    /* on clock_now_ms() */
	const char *label;	    /* the request's id */
};

/* `reply` (borrowed; the error shape when status is 400 or more) is what this record alone would be
 * answered with. Never before write_start() has returned. */
typedef void write_told_fn(int status, const json_t *reply, uint64_t retry_after_ms, void *ctx);

struct write; /* dead once it has told */

/* NULL: out of memory. */
struct write *write_start(const struct object *object, const struct write_wanted *wanted,
	write_told_fn *told, void *ctx) __attribute__((warn_unused_result));

/* Its caller has left: what is not sent is not sent. It still tells. */
void write_cancel(struct write *write);

/* ---- links.c: associations ---- */

/*
 * Are these the "associations" of a write: {"companies": [{"id": "1"} or {"domain": "b.c"}, ...]},
 * each the path of an open object, each entry an id, or a value of that object's key, and perhaps
 * "create": true? What is wrong is appended to `errors`, with fields below "/associations".
 */
bool links_check(const struct object *object, const json_t *associations, json_t *errors)
	__attribute__((warn_unused_result));

/* `links`: an array of {"object", "id", "status": "success"} or the error shape with "object" beside
 * it, one for each entry in the order of the body. */
typedef void links_told_fn(json_t *links, bool are_all_there, void *ctx);

struct links; /* dead once it has told */

/* Links record `id` of `object` with all of `associations`, which links_check() found good; keys are
 * looked up, and created where "create" says so. `told` is never run before it returns. NULL: out
 * of memory. */
struct links *links_start(const struct object *object, const char *id, const json_t *associations,
	const struct write_wanted *as, links_told_fn *told, void *ctx)
	__attribute__((warn_unused_result));
void links_cancel(struct links *links);

/* ---- routes.c ---- */

/* Adds the routes that the object offers. False, with one line in `error`; *added says whether any
 * was added. */
bool routes_add(struct object *object, struct http *http, unsigned offers, const char *owner,
	bool *added, char *error, size_t error_size) __attribute__((warn_unused_result));

#endif
