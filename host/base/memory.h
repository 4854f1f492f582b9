/*
 * base/memory.h - allocation, layer 0.
 *
 * Small fixed allocations at start-up end the process with a message when memory is gone (must_...).
 * Whatever a stranger's request allocates uses calloc/malloc and fails politely, with a 503.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "base/banned.h"

#include <stddef.h>

/* Zeroed memory for `count` things of `size`; never NULL: prints a message and aborts when there is none. */
void *must_calloc(size_t count, size_t size) __attribute__((malloc, warn_unused_result));

/* A copy of `text`; never NULL, aborts like must_calloc. The caller frees it. */
char *must_strdup(const char *text) __attribute__((malloc, warn_unused_result));

/* Overwrites `length` bytes at `bytes` in a way no compiler removes: for secrets. */
void memory_wipe(void *bytes, size_t length);

#endif
