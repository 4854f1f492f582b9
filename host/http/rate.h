/*
 * http/rate.h - how often something may be done, for http's own files: a key's requests, and wrong keys from one address.
 *
 * A bucket holds as many tokens as its rate allows at once, and they come back evenly: with 100 in 10 s, 100 at once,
 * then one every 100 ms. A zeroed bucket is full. Times are on clock_now_ms().
 */
#ifndef HTTP_RATE_H
#define HTTP_RATE_H

#include "base/banned.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RATE_REQUESTS_MAX = 1000000, RATE_SECONDS_MAX = 86400 };

struct rate {
	uint32_t requests; /* 0: there is no such rate */
	uint32_t seconds;
};

struct bucket {
	uint64_t spent; /* a token is 1000 * seconds of these, and `requests` of these come back every ms */
	uint64_t at_ms; /* when that was so */
};

static inline bool rate_is_same(const struct rate *a, const struct rate *b) {
	return a->requests == b->requests && a->seconds == b->seconds;
}

/* Takes a token; false: there is none, and nothing is taken. */
bool bucket_take(struct bucket *bucket, const struct rate *rate, uint64_t now_ms);

/* How many tokens there are. */
uint32_t bucket_left(const struct bucket *bucket, const struct rate *rate, uint64_t now_ms);

/* How long until there is one; 0: now. */
uint64_t bucket_wait_ms(const struct bucket *bucket, const struct rate *rate, uint64_t now_ms);

/* How long until it is full; 0: it is. */
uint64_t bucket_full_ms(const struct bucket *bucket, const struct rate *rate, uint64_t now_ms);

/* ---- guess.c: wrong keys by address ---- */

enum { GUESS_PLACES = 1024, GUESS_ADDRESS_SIZE = 16, GUESS_BURST = 20, GUESS_SECONDS = 20 };

struct guesses {
	struct guess {
		unsigned char address[GUESS_ADDRESS_SIZE]; /* of IPv6 the network, 64 bits */
		struct bucket bucket;
		uint64_t last_ms; /* 0: nobody's place */
	} places[GUESS_PLACES];
};

/* A wrong key came from `peer` (an exchange's). True while it may be told so: the first GUESS_BURST, then one a second;
 * false: *wait_ms says when that will be again. Of 1,025 addresses the one that was quiet for the longest is forgotten. */
bool guess_take(struct guesses *guesses, const char *peer, uint64_t now_ms, uint64_t *wait_ms);

#endif
