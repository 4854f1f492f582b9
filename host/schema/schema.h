/*
 * schema/schema.h - JSON Schema draft 2020-12, layer 1: compile once, validate many.
 *
 * It knows the whole of 2020-12, and reads a definition in one of two ways. Strictly, for our own schemas
 * and plugins': a keyword or a format that nobody knows is refused by its name (x-... is free), a typo is
 * never half-obeyed, and `format` asserts. By the standard, for anybody's schemas: what is unknown is an
 * annotation, $schema may name a registered meta-schema whose $vocabulary is honoured, and `format`
 * asserts when asked for. They differ in one format: a strict "email" is an address as HubSpot takes them
 * (no quotes, no address literals, a dot in its domain), the standard's is RFC 5321's.
 *
 * A compiled schema is immutable and borrows nothing from the JSON it was made of. Nothing is ever fetched:
 * a $ref leads within the definition, into the schema_store it is given, or to 2020-12's own meta-schemas.
 *
 * What a stranger can cost us is bounded: patterns are ECMA-262's, run by PCRE2 with limits (a value on
 * which one gives up is invalid), and a validation that nests deeper than SCHEMA_NEST_MAX schemas, or takes
 * longer than 10 million steps (less than a second) or half a second in patterns, ends as invalid with a
 * fault of code "too_complex". Only a bad schema takes a small instance there: one whose branches double at
 * each level, or whose patterns backtrack. Compiling is not bounded but by a definition's size: a schema
 * comes from whoever may run code here.
 */
#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct schema;
struct schema_store;

enum { SCHEMA_ERROR_SIZE = 256, SCHEMA_ERRORS_MAX = 100, SCHEMA_NEST_MAX = 2000 };

/* NULL, and one line in `error` that names the place (a JSON pointer) and what is wrong there, when
 * `definition`, read strictly, is no schema, has a bad pattern, a $ref to nowhere or back to itself, or is
 * nested deeper than 64 (as JSON). `definition` is borrowed. */
struct schema *schema_compile(const json_t *definition, char error[SCHEMA_ERROR_SIZE])
	__attribute__((warn_unused_result));
void schema_destroy(struct schema *schema);

/* The same with a choice. Zeroed options are schema_compile()'s. All is borrowed for the call. */
struct schema_options {
	bool is_standard;                 /* read it by the standard; it may be nested 256 deep */
	bool asserts_format;              /* and `format` asserts; strictly it always does */
	const char *base_uri;             /* where it comes from: relative $ids and $refs start there; or NULL */
	const struct schema_store *store; /* what a $ref or a $schema may name; or NULL */
};
struct schema *schema_compile_with(const json_t *definition, const struct schema_options *options,
	char error[SCHEMA_ERROR_SIZE]) __attribute__((warn_unused_result));

/* Schemas under their URIs. Schemas compiled with a store do not need it afterwards. */
struct schema_store *schema_store_create(void);
void schema_store_destroy(struct schema_store *store);

/* Registers a copy of `definition` under `uri` (absolute, no fragment), and each schema in it that has an
 * $id under that. It is looked into no further before somebody refers to it. The last of a name counts.
 * False, and a line in `error`: no URI, no object or boolean, or nested deeper than 256. */
bool schema_store_add(struct schema_store *store, const char *uri, const json_t *definition,
	char error[SCHEMA_ERROR_SIZE]) __attribute__((warn_unused_result));

/* How strict a validation is: a patch needs nothing, and what a client sends may not be readOnly; a
 * member that may not be sent is not "required" of the client either. */
enum { SCHEMA_PARTIAL = 1,       /* the root's "required" and "dependentRequired" are not enforced, and its
                                    "oneOf" is met by several too */
       SCHEMA_REFUSE_READ_ONLY = 2 }; /* a member whose schema says readOnly is an error, code "readOnly" */

/*
 * Is `instance` valid? Every fault is appended to the array `errors` (unless NULL) as
 * {"field": JSON pointer, "code": keyword, "message": a sentence for people}, at most
 * SCHEMA_ERRORS_MAX of them. An unknown member gets code "additionalProperties" and, when one is near,
 * the nearest known name in its sentence; a missing one is reported at its own place ("/email", code
 * "required"). A value of the wrong type gets that one fault. What meets no branch of an anyOf or oneOf
 * gets the sentences of all, or one fault and those of the branch it came nearest to. Messages never
 * quote the instance's values; a member's name is cut after 256 bytes in the pointer. With `errors` NULL
 * the first fault ends it. Out of memory: the result stands (invalid, if it cannot be told), a fault may
 * be missing from `errors`.
 */
bool schema_validate(const struct schema *schema, const json_t *instance, unsigned how, json_t *errors)
	__attribute__((warn_unused_result));

#endif
