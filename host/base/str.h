/*
 * base/str.h - questions about strings and small conversions, layer 0. UTF-8, NUL-terminated.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/banned.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Are both the same text? NULL is equal only to NULL. */
bool str_is_equal(const char *a, const char *b);
bool str_starts_with(const char *text, const char *prefix);
bool str_ends_with(const char *text, const char *suffix);

/* The length of the well-formed UTF-8 sequence that `text` begins with; 0: it begins with none. */
size_t str_utf8_length(const char *text);
bool str_is_utf8(const char *text);

/* Changes ASCII letters to lower case in place. */
void str_lower(char *text);

/* Reads all of `text` as a decimal number from `min` to `max`; *value is written only on success. */
bool str_to_uint(const char *text, uint64_t min, uint64_t max, uint64_t *value);

/* A formatted string of the caller's own, or NULL when out of memory. */
char *str_format(const char *format, ...) __attribute__((format(printf, 1, 2), warn_unused_result));

/* Appends `text` as one URL path segment or query value: all but RFC 3986's unreserved becomes %XX.
 * A path segment that is "." or ".." is the caller's to refuse: no escape hides it from a normaliser. */
bool str_add_url_escaped(struct buf *to, const char *text);

/* Decodes %XX in place; false (and `text` untouched from there on) for a bad escape or %00. */
bool str_url_unescape(char *text);

/* How many single-letter edits lead from `a` to `b`, at most `most` + 1. */
size_t str_distance(const char *a, const char *b, size_t most);

#endif
