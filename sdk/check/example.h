/*
 * check/example.h - makes a value that meets a JSON Schema, from what the schema says.
 *
 * In this order: "const", "default", the first of "examples" and of "enum"; else by type, with the bounds, formats and
 * patterns as far as possible. Nothing is promised: whoever uses the value validates it first.
 */
#ifndef CHECK_EXAMPLE_H
#define CHECK_EXAMPLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { EXAMPLE_REQUIRED_ONLY = 1, /* of an object's members, at every depth */
       EXAMPLE_TO_SEND = 2 };     /* none that is readOnly */

/* A new reference, or NULL when none could be made. `schema` is borrowed, and is its own root for "$ref". */
json_t *example_make(const json_t *schema, unsigned how) __attribute__((warn_unused_result));

/* Calls `visit` for each value of "examples" and for each "default" in the schema, with the place of the schema that the
 * value is to meet, as a JSON pointer, and that schema. */
void example_each(const json_t *schema,
	void (*visit)(const char *place, const json_t *schema, const json_t *value, void *ctx), void *ctx);

/* A text of at least `least` bytes, if that is possible, that matches the regular expression; the caller frees it. NULL: it
 * has what this maker of texts does not know (looking around, back references), or no memory. */
char *example_text(const char *pattern, size_t least) __attribute__((warn_unused_result));

#endif
