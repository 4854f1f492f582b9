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

/* ---- refuse.c: each replies to the request, and returns HTTP_REPLIED ---- */

int refuse(struct http_request *request, int status, const char *code, const char *message);

/* Out of memory, before anything was submitted. */
int refuse_for_room(
	const struct object *object, enum hubspot_kind kind, struct http_request *request);

/* 422, with `errors` in the shape of schema_validate(). */
int refuse_body(
	const struct object *object, struct http_request *request, const json_t *errors);
int refuse_keyless(const struct object *object, struct http_request *request);

/* Is the body a record (`how`: SCHEMA_...) that HubSpot can take? False: it has been refused. */
bool body_check(const struct object *object, struct http_request *request, unsigned how)
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

/* ---- routes.c ---- */

/* Adds the routes that the object offers. False, with one line in `error`; *added says whether any
 * was added. */
bool routes_add(struct object *object, struct http *http, unsigned offers, const char *owner,
	bool *added, char *error, size_t error_size) __attribute__((warn_unused_result));

#endif
