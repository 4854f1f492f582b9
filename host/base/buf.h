/*
 * base/buf.h - a growing byte buffer with a ceiling, layer 0.
 *
 * Every buffer declares its ceiling when it is born; past it, or out of memory, the buffer turns
 * `is_failed`, frees what it held and ignores what follows, so a chain of appends needs one check
 * at its end. The bytes are always followed by a NUL that does not count.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/banned.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *bytes; /* never NULL while !is_failed and length > 0 */
	size_t length;
	size_t capacity;
	size_t ceiling;
	bool is_failed;
};

/* An empty buffer that may grow to `ceiling` bytes. */
void buf_init(struct buf *buf, size_t ceiling);

/* Frees the bytes; the buffer may be used again, empty. */
void buf_finish(struct buf *buf);

/* Forgets the bytes and the failure, keeps the memory. */
void buf_clear(struct buf *buf);

/* The same, and from now on it may grow to `ceiling` bytes. A zeroed one becomes an empty buffer. */
void buf_restart(struct buf *buf, size_t ceiling);

/* Forgets what comes after the first `length` bytes. */
void buf_cut(struct buf *buf, size_t length);

bool buf_add(struct buf *buf, const void *bytes, size_t length);
bool buf_add_text(struct buf *buf, const char *text);
bool buf_add_char(struct buf *buf, char c);
bool buf_add_uint(struct buf *buf, uint64_t number); /* in decimal */
bool buf_add_int(struct buf *buf, int64_t number);
bool buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The bytes as a string, "" when empty or failed; borrowed until the next change. */
const char *buf_text(const struct buf *buf);

/* The bytes as a string of the caller's own (free it), or NULL when failed; the buffer is empty after. */
char *buf_take(struct buf *buf);

#endif
