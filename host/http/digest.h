/*
 * http/digest.h - a keyed digest of 128 bits, for http's own files: SipHash-2-4.
 *
 * No library that the host is linked with offers SHA-256, and none is needed: what is compared are
 * two requests in the memory of one process, and the key is chosen at random when it starts and told
 * to nobody. Without it nobody finds two texts with the same digest, or many for one bucket.
 */
#ifndef HTTP_DIGEST_H
#define HTTP_DIGEST_H

#include "base/banned.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct digest {
	uint64_t low;
	uint64_t high;
};

struct digest_key {
	uint64_t low;
	uint64_t high;
};

/* A digest in the making: of all that is added, in that order, as if it were one text. */
struct digesting {
	uint64_t v[4];
	uint64_t tail;  /* of the bytes that fill no word of eight */
	uint64_t count; /* of all bytes */
};

/* A new key from the kernel's random bits. */
void digest_key_make(struct digest_key *key);

void digest_begin(struct digesting *digesting, const struct digest_key *key);
void digest_add(struct digesting *digesting, const void *bytes, size_t length);
struct digest digest_end(struct digesting *digesting);

static inline bool digest_is_equal(struct digest a, struct digest b) {
	return a.low == b.low && a.high == b.high;
}

#endif
