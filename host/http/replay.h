/*
 * http/replay.h - the store of idempotency keys and of the replies that are kept under them, behind
 * idempotency.c, which decides what is kept, for whom, and who waits.
 *
 * This one is in memory and bounded: what was finished first goes first, what runs never does, and a
 * restart forgets all. A durable store takes the place of replay.c behind these functions; it would
 * have to write a key down in replay_begin(), before anything is sent to HubSpot.
 *
 * Life of a key: replay_begin (its request runs), then replay_keep or replay_forget; a kept one ends
 * after `keep_ms`, or when its room is needed. Loop thread only. Nothing here knows requests.
 */
#ifndef HTTP_REPLAY_H
#define HTTP_REPLAY_H

#include "base/list.h"
#include "http/digest.h"

struct replay_store;
struct run;

enum { REPLAY_ID_SIZE = 65 };

struct replay_bounds {
	size_t keys;      /* running and kept */
	size_t bytes;     /* of kept replies: headers and bodies */
	uint64_t keep_ms; /* from the reply on */
};

/* What was asked: two requests with the same are the same. */
struct replay_print {
	struct digest digest;
	size_t body_length;
};

struct replay_reply {
	int status;          /* 0: it could not be kept, only that there was one */
	char *block;         /* headers as "name" NUL "value" NUL, then the body; owned */
	size_t header_bytes;
	size_t body_bytes;
};

struct replay {
	struct list age;    /* among the kept ones, oldest first */
	struct list bucket;
	struct run *run;    /* idempotency.c's: its request runs, or somebody is still to be told: never evicted */
	bool is_kept;       /* false: its request runs */
	uint64_t kept_ms;   /* since when, on clock_now_ms() */
	struct replay_print print;
	struct replay_reply reply;
	char request_id[REPLAY_ID_SIZE]; /* of the request that runs, or ran */
	size_t name_length;
	char name[];        /* the caller, NUL, the key */
};

/* `bounds` is copied. Aborts when out of memory. */
struct replay_store *replay_store_create(const struct replay_bounds *bounds);
void replay_store_destroy(struct replay_store *store);

/* The key of that caller, or NULL: unknown, or older than keep_ms. Borrowed until the next call that evicts or forgets. */
struct replay *replay_find(struct replay_store *store, const char *caller, const char *key);

/* Enters a key that replay_find() does not know, for `run`; the oldest kept one makes room. NULL: all keys run, or no memory. */
struct replay *replay_begin(struct replay_store *store, const char *caller, const char *key,
	const struct replay_print *print, struct run *run);

/* Takes `reply` (it is empty after) and keeps it; without room for it, status 0 is kept. */
void replay_keep(struct replay_store *store, struct replay *replay, struct replay_reply *reply);
void replay_forget(struct replay_store *store, struct replay *replay);

/* Forgets what is older than keep_ms; how long until the next one is, UINT64_MAX when nothing is kept. */
uint64_t replay_expire(struct replay_store *store);

size_t replay_key_count(const struct replay_store *store);
size_t replay_kept_bytes(const struct replay_store *store);

void replay_reply_finish(struct replay_reply *reply);

#endif
