/*
 * object/object.h - a declared HubSpot object comes alive, layer 3.
 *
 * From one JSON Schema of a record, and the operator's objects.NAME configuration, it derives the
 * schema of writes and patches, the mapping of names and values, and the routes. Objects are opened
 * at start (inside a plugin's init) and live until object_close_all(). The order of the end is
 * hubspot_destroy(), whose last results are replies, http_destroy(), whose routes borrow the
 * objects, object_close_all(). Loop thread only.
 *
 * What the schema of a record says, and what this module adds to it:
 *
 * - "x-hubspot-property": HubSpot's name of a property; absent: the same name.
 *
 * - "readOnly": comes back, is never sent, is refused in a body.
 *
 * - "id": HubSpot's record id, always. Added when the schema has none, else it must be readOnly.
 *
 * - A property that is not in "required" may be null in a write, which clears it, whatever its
 *   type says.
 *
 * - "additionalProperties": absent means false, unknown members are refused with their names.
 *
 * - {"oneOf": [{"const": "lead", "title": "Lead"}, ...]}, of a property or of the items of an array:
 *   an option may be named by its label too: as it is written, or without regard to (ASCII) case
 *   where that leaves one. A value goes before a label, and is what comes back.
 *
 * Values: HubSpot speaks strings. Out:
 *
 * - null, and "" where null would do, are "", which clears.
 *
 * - Booleans are "true" and "false"; integers are exact; reals are the shortest decimal that reads
 *   back the same. A number that neither an integer of 64 bits nor a double is exactly may be given
 *   as a string, as reads give it: only the nearest double meets the schema's bounds.
 *
 * - Arrays are joined with ";", in their order, an item once; "" and an item with ";" are refused.
 *
 * - Format "date": "2026-09-01", as it is. Format "date-time": UTC in the one form
 *   "2026-09-01T08:30:00Z", with ".250" before the Z where there are milliseconds; what is finer is
 *   cut. One without a time zone is refused with that reason, and so is a time of day for a date.
 *
 * In: by the type and format in the schema, both of HubSpot's forms of dates (ISO 8601 and
 * milliseconds since 1970) in the same one form; what does not fit its type stays a string, and null
 * and "" are left out.
 */
#ifndef OBJECT_OBJECT_H
#define OBJECT_OBJECT_H

#include <hubspot-connector/plugin.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "hubspot/hubspot.h"

struct http;
struct http_problem;
struct http_request;
struct object;

/*
 * Whose object it is: the plugin's name (copied), and what it wants to do with a record (see prepare in the SDK header;
 * `ctx` is borrowed for the object's life), or NULL.
 *
 * `prepare` gets a copy of what the caller sent, once it has met the schema: without "associations", an option by its
 * value whatever it was called, null for "" where it clears; all else as it was written. Its turn comes before an owner
 * is looked up and a key is normalised. What it leaves is written as it is, with the key that is in it then; what is
 * readOnly stays unsent. One that leaves nothing of a record, or a record without the key that it had, is broken: 500
 * "plugin_failed". A PATCH of associations alone has nothing to prepare, nor has a record that a link creates.
 */
struct object_owner {
	const char *name;
	void (*prepare)(json_t *record, json_t *errors, bool is_part, void *ctx);
	void *ctx;
};

/*
 * Opens `declaration` for `owner`: derives, and adds its routes to `http`.
 * `overrides` is the configuration's objects.NAME (borrowed), or NULL. NULL, with one line in
 * `error` that names the object and the culprit.
 */
struct object *object_open(struct http *http, struct hubspot *hubspot,
	const struct hsc_object *declaration, const struct object_owner *owner, const json_t *overrides,
	char *error, size_t error_size) __attribute__((warn_unused_result));
void object_close_all(void);

/* The open object with this path, without its slash ("contacts"); or NULL. */
struct object *object_find(const char *name);

/* The path, without its slash, of the open object whose name is only a few letters off; or NULL. */
const char *object_nearest(const char *name);

/* For each open object, in order of opening. */
void object_each(void (*visit)(const struct object *object, void *ctx), void *ctx);
const char *object_path(const struct object *object);	      /* as declared: "/contacts" */
const char *object_hubspot_type(const struct object *object); /* "contacts", "2-123" */

/* A property of the object's records; all borrowed, for the object's life. */
struct object_property {
	const char *name;    /* ours */
	const char *hubspot; /* HubSpot's */
	const char *type;    /* of its values: "string", "number", "boolean", "array", "date", "date-time" */
	const json_t *schema; /* the operator's fragment merged */
};

/* The one at `index`, in the order of the schema, "id" among them. False: there are no more. */
bool object_property_at(const struct object *object, size_t index, struct object_property *property);

/*
 * Is `overrides` what objects.NAME may be? {"properties": {name: JSON Schema that stands alone},
 * "unknown": "refuse" or "pass", "key": one of our names, "hubspot": a type}, each of them
 * optional. One line in `error` if not. For `check`; whether "key" names a property is known only
 * when the object is opened.
 */
bool object_check_overrides(const char *name, const json_t *overrides, char *error,
	size_t error_size) __attribute__((warn_unused_result));

/* ---- conversion, for operations that plugins submit on a declared object ---- */

/* A record in our names -> {"hubspot_property": "string" or null}. A new reference, or NULL: out of
 * memory. Members that are readOnly are left out; those that the schema does not know keep their
 * name, and HubSpot judges them. */
json_t *object_to_hubspot(const struct object *object, const json_t *record);

/* HubSpot's record {"id","properties",...} -> our flat record, with id; a new reference, or NULL:
 * out of memory. */
json_t *object_from_hubspot(const struct object *object, const json_t *record);

/* A search as POST path/search takes it -> the body of HubSpot's search, a new reference. NULL: appended to `errors` is
 * what is wrong with it, as {"field","code","message"}; or nothing: out of memory. "after" is HubSpot's own cursor here,
 * and HubSpot tells 10,000 results and no more. */
json_t *object_search_to_hubspot(const struct object *object, const json_t *search, json_t *errors);

/* HubSpot's page of records, of a list or a search -> {"results": [record, ...], "paging": {"next": {"after"}}}, "total"
 * where HubSpot has it; `object` NULL: the records stay as they are. A new reference, or NULL: it makes no sense, or out of
 * memory. */
json_t *object_page_from_hubspot(const struct object *object, const json_t *page);

/* HubSpot's name of our property, or `name` itself. */
const char *object_property_name(const struct object *object, const char *name);

/* HubSpot's names of all that a record may hold: what a read asks for. Ends in NULL, lives as long
 * as the object. */
const char *const *object_properties(const struct object *object);

/* `value` of our property `name` as HubSpot compares it (an e-mail address in lower case; a
 * domain too, without scheme, "www.", port, path and final dot): the id
 * of an operation with an id_property. The caller frees it; NULL: out of memory. */
char *object_key_value(const struct object *object, const char *name, const char *value)
	__attribute__((malloc, warn_unused_result));

/* ---- HubSpot's failures in our error shape ---- */

/* Fills `problem` (status, code, message, errors, ...) from a failed result; `object` may be NULL:
 * HubSpot's own names stay. HubSpot's sentences are cut at 500 characters. The outcome is that of a
 * write: take it out for a read. Borrows from `result`; what it allocates is freed by
 * object_problem_finish(). Out of memory, details are missing. */
struct object_problem_memory {
	json_t *errors;
	json_t *hubspot;
	char *message;
};
void object_problem(const struct object *object, const struct hubspot_result *result,
	struct http_problem *problem, struct object_problem_memory *memory);
void object_problem_finish(struct object_problem_memory *memory);

/*
 * Replies to `request` with the result of an operation of `kind`, which ends the request. A
 * failure: the error shape. READ: 200 and the flat record. CREATE, UPDATE, UPSERT: 201 or 200 as
 * POST on the object's path does. ARCHIVE: 204. RAW, or `object` is NULL: 200 and HubSpot's body as
 * it is, 204 when there is none.
 */
void object_relay(const struct object *object, enum hubspot_kind kind, struct http_request *request,
	const struct hubspot_result *result);

/* The body that it replies with to a CREATE, UPDATE or UPSERT that HubSpot did, and its status; a new reference. NULL:
 * HubSpot named no id, or out of memory. */
json_t *object_written(const struct object *object, enum hubspot_kind kind, const struct hubspot_result *result, int *status);

#endif
