/*
 * check/measure.h - what this process holds: memory, descriptors, threads; and how much of the processor it has used.
 */
#ifndef CHECK_MEASURE_H
#define CHECK_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that malloc() has given out and not got back. */
size_t measure_allocated(void);

/* To be the first of main(): starts the program again, once, so that malloc() counts exactly (the C library's cache of free
 * blocks, of each thread, counts as given out). Returns in the program that is to go on. */
void measure_prepare(char **words);

/* Processor time of the calling thread. */
uint64_t measure_cpu_us(void);

/* Does a sanitizer run in this process? Everything is slower then. */
bool measure_is_sanitized(void);

enum { HOLDING_MAX = 256, HOLDING_NAME_SIZE = 200 };

/* Open descriptors and running threads. */
struct holding {
	int descriptors[HOLDING_MAX];
	size_t descriptor_count;
	size_t thread_count;
};

void holding_take(struct holding *holding);

/* The same, but waits, up to a second, for threads that are about to end: until there are no more than `threads`. */
void holding_settle(struct holding *holding, size_t threads);

/* A descriptor of `after` that `before` has not, and what it is ("socket:[123]"); -1: none. */
int holding_new_descriptor(const struct holding *before, const struct holding *after, char name[HOLDING_NAME_SIZE]);

#endif
