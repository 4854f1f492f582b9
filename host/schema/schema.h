/*
 * schema/schema.h - JSON Schema draft 2020-12, layer 1: compile once, validate many.
 *
 * So far it knows the keywords that the shipped schemas need; a schema that uses any other is refused
 * by that keyword's name, never half-obeyed. Known: $schema, $id (root), $defs, $ref (to #, #/$defs/...),
 * $comment, title, description, default, examples, deprecated, readOnly, writeOnly, x-..., type, enum,
 * const, properties, required, additionalProperties, minProperties, maxProperties, items, minItems,
 * maxItems, uniqueItems, minLength, maxLength, pattern, format, minimum, maximum, exclusiveMinimum,
 * exclusiveMaximum.
 * Formats that are checked: email, uri, date, date-time; another format is refused at compile time.
 *
 * A compiled schema is immutable and does not borrow from the JSON it was made of. Patterns are
 * ECMA-262's, run by PCRE2 with limits: a value on which a pattern gives up (some 0.1 s; any longer than
 * 64 KiB among them) is invalid. Nothing is ever fetched. A $ref that leads back to itself is refused;
 * one that recurses with its instance is followed 64 deep, deeper is a fault with code "$ref".
 */
#ifndef SCHEMA_SCHEMA_H
#define SCHEMA_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct schema;

enum { SCHEMA_ERROR_SIZE = 256, SCHEMA_ERRORS_MAX = 100 };

/* NULL, and one line in `error` that names the place (a JSON pointer) and what is wrong there, when
 * `definition` is no schema, has an unknown keyword or format, a bad pattern, a $ref to nowhere, or is
 * nested deeper than 64 (as JSON). `definition` is borrowed. */
struct schema *schema_compile(const json_t *definition, char error[SCHEMA_ERROR_SIZE])
	__attribute__((warn_unused_result));
void schema_destroy(struct schema *schema);

/* How strict a validation is: a patch needs nothing, and what a client sends may not be readOnly; a
 * member that may not be sent is not "required" of the client either. */
enum { SCHEMA_PARTIAL = 1,       /* the root's "required" is not enforced */
       SCHEMA_REFUSE_READ_ONLY = 2 }; /* a member whose schema says readOnly is an error, code "readOnly" */

/*
 * Is `instance` valid? Every fault is appended to the array `errors` (unless NULL) as
 * {"field": JSON pointer, "code": keyword, "message": a sentence for people}, at most
 * SCHEMA_ERRORS_MAX of them. An unknown member gets code "additionalProperties" and, when one is near,
 * the nearest known name in its sentence; a missing one is reported at its own place ("/email", code
 * "required"). A value of the wrong type gets that one fault. Messages never quote the instance's
 * values; a member's name is cut after 256 bytes in the pointer. With `errors` NULL the first fault
 * ends it. Out of memory: the result stands, a fault may be missing from `errors`.
 */
bool schema_validate(const struct schema *schema, const json_t *instance, unsigned how, json_t *errors)
	__attribute__((warn_unused_result));

#endif
