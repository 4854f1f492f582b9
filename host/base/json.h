/*
 * base/json.h - the one JSON reader for everything that comes from outside, layer 0.
 *
 * Strict: valid UTF-8, no duplicate member, one value and nothing after it, no byte order mark,
 * depth and size bounded. (jansson alone recurses 2,048 deep and takes duplicates.)
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/banned.h"

#include <jansson.h>
#include <stddef.h>

enum { JSON_DEPTH_MAX = 32, JSON_ERROR_SIZE = 160 };

/*
 * Reads `length` bytes at `text` as one JSON value, nested at most `depth` deep. Returns a new
 * reference, or NULL with a sentence in `error` (line, column and what is wrong; never a quotation of
 * the input).
 */
json_t *json_read(const char *text, size_t length, size_t depth, char error[JSON_ERROR_SIZE])
	__attribute__((warn_unused_result));

/*
 * The same, but the value of every member called `name` that is an object or an array is left empty: its
 * text is stepped over, not built. For large replies of which only a little is wanted. What is stepped
 * over is checked for closed strings and brackets and nothing else.
 */
json_t *json_read_without(const char *text, size_t length, size_t depth, const char *name, char error[JSON_ERROR_SIZE])
	__attribute__((warn_unused_result));

/* The string member `name` of `object`, borrowed, or NULL when it is absent or no string. */
const char *json_member_text(const json_t *object, const char *name);

#endif
