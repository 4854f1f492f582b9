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

struct buf;

enum { JSON_DEPTH_MAX = 32, JSON_ERROR_SIZE = 160 };

/*
 * Reads `length` bytes at `text` as one JSON value, nested at most `depth` deep. Returns a new
 * reference, or NULL with a sentence in `error` (line, column and what is wrong; never a quotation
 * of the input).
 */
json_t *json_read(const char *text, size_t length, size_t depth, char error[JSON_ERROR_SIZE])
	__attribute__((warn_unused_result));

/* json_plain.c: the same for plain text, and sooner. NULL: it is not that plain, which says nothing
 * about it. For json_read(). */
json_t *json_read_plain(const char *text, size_t length, size_t depth)
	__attribute__((warn_unused_result));

/* The index after the value that begins at `text[i]`, or `length` when it does not end before.
 * Looks at strings and brackets only: for text that is walked over, not read. */
size_t json_skip(const char *text, size_t length, size_t i);

/* Appends `text`, valid UTF-8, as a JSON string with its quotes. */
void json_add_string(struct buf *to, const char *text);

/* Appends `value` as compact JSON. Reals are the shortest decimal that reads back the same (jansson's own writer makes
 * 0.10000000000000001 of 0.1, and takes three times as long). Look at `to` for a failure: no
 * room, or nested deeper than 2,048. */
void json_write(struct buf *to, const json_t *value);

/* The fewest of 15, 16 and 17 significant digits with which `value` reads back the same. */
int json_real_digits(double value);

/* The string member `name` of `object`, borrowed, or NULL when it is absent or no string. */
const char *json_member_text(const json_t *object, const char *name);

#endif
