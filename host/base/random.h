/*
 * base/random.h - random bits for ids, jitter and spreading, layer 0; not for secrets. Loop thread only.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include "base/banned.h"

#include <stdint.h>

/* From the kernel, a pool of many at a time: one system call for hundreds of ids. */
uint32_t random_bits(void);

/* In [0,1). */
double random_share(void);

#endif
