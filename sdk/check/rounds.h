/*
 * check/rounds.h - does something again and again, and looks at what stays behind.
 *
 * The first rounds warm up: caches fill, tables get their size. What grows in every round after them, many times in a
 * row, is a leak; what grows in some is not.
 */
#ifndef CHECK_ROUNDS_H
#define CHECK_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>

#include "measure.h"

struct growth {
	size_t bytes;    /* a round, at the least; 0: it does not grow */
	int descriptor;  /* one that was not open before; -1: none */
	char descriptor_name[HOLDING_NAME_SIZE];
	size_t threads;  /* more than before */
};

/* False as soon as a round is false. The first round may open what stays (a library's own descriptor). */
bool rounds_run(bool (*round)(void *ctx), void *ctx, struct growth *growth);

#endif
