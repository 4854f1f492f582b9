/*
 * object/describe.h - what an API document says of an object's routes.
 *
 * - operations.schema.json  the operations and schemas of any object, with words like @noun@ in them
 * - describe_words.c        those words, filled in
 * - describe_schemas.c      what follows from the record's schema: records, writes, examples
 * - describe.c              one route
 *
 * At start only: what cannot be allocated is left out, or aborts.
 */
#ifndef OBJECT_DESCRIBE_H
#define OBJECT_DESCRIBE_H

#include "object/inside.h"

struct http_description;
struct http_route;

/* As http_route's describe; `ctx` is the object. */
bool describe_route(const struct http_route *route, struct http_description *description, void *ctx);

/* ---- describe_words.c ---- */

/* "line_item" -> "LineItem"; another object's, or one of the document's own names, is avoided. For the caller to free. */
char *describe_noun(const struct object *object);

/* What stands for the words in a template. */
struct words {
	json_t *texts; /* {"@noun@": "contact"}, inside strings and names of members */
	json_t *parts; /* {"@example record@": ...}, in place of a whole string; what is null there is left out */
};
void words_init(struct words *words, const struct object *object);
void words_finish(struct words *words);

/* A copy of `value` with its words filled in; a new reference. NULL: it is to be left out. */
json_t *words_fill(const struct words *words, const json_t *value);

/* ---- describe_schemas.c ---- */

/* Adds NOUN, NOUNPatch and NOUNWrite, Associations and Search. */
void describe_schemas(const struct object *object, const char *noun, struct http_description *description);

/* A record as one might send it, and as it is read; new references. NULL: its schema has no examples for it. */
json_t *example_write(const struct object *object);
json_t *example_record(const struct object *object, const json_t *write);
json_t *example_patch(const struct object *object, const json_t *write);
json_t *example_search(const struct object *object, const json_t *write);

/* The properties as parameters of a list's query, added to `parameters`. */
void describe_filters(const struct object *object, json_t *parameters);

#endif
