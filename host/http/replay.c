#include "http/replay.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"

enum { BUCKETS = 4096 };

struct replay_store {
	struct replay_bounds bounds;
	struct digest_key secret;
	struct list kept; /* oldest first */
	size_t keys;
	size_t bytes;
	struct list buckets[BUCKETS];
};

struct replay_store *replay_store_create(const struct replay_bounds *bounds) {
	struct replay_store *store = must_calloc(1, sizeof(*store));
	store->bounds = *bounds;
	digest_key_make(&store->secret);
	list_init(&store->kept);
	for (size_t i = 0; i < BUCKETS; i++) {
		list_init(&store->buckets[i]);
	}
	return store;
}

void replay_store_destroy(struct replay_store *store) {
	for (size_t i = 0; store != NULL && i < BUCKETS; i++) {
		list_for_each_safe (replay, after, &store->buckets[i], struct replay, bucket) {
			replay_forget(store, replay);
		}
	}
	free(store);
}

/* The same for the caller "ab" with the key "c" and "a" with "bc": only the place, not the name. */
static struct list *bucket_of(struct replay_store *store, const char *caller, const char *key) {
	struct digesting digesting;
	digest_begin(&digesting, &store->secret);
	digest_add(&digesting, caller, strlen(caller));
	digest_add(&digesting, key, strlen(key));
	return &store->buckets[digest_end(&digesting).low % BUCKETS];
}

static bool is_named(const struct replay *replay, const char *caller, const char *key) {
	size_t caller_size = strlen(caller) + 1;
	size_t key_length = strlen(key);
	return replay->name_length == caller_size + key_length &&
		memcmp(replay->name, caller, caller_size) == 0 &&
		memcmp(replay->name + caller_size, key, key_length) == 0;
}

static bool is_old(const struct replay_store *store, const struct replay *replay) {
	return replay->is_kept && replay->run == NULL &&
		clock_now_ms() - replay->kept_ms >= store->bounds.keep_ms;
}

struct replay *replay_find(struct replay_store *store, const char *caller, const char *key) {
	struct list *bucket = bucket_of(store, caller, key);
	list_for_each_safe (replay, after, bucket, struct replay, bucket) {
		if (!is_named(replay, caller, key)) {
			continue;
		}
		if (!is_old(store, replay)) {
			return replay;
		}
		replay_forget(store, replay);
		return NULL;
	}
	return NULL;
}

static bool evict_oldest(struct replay_store *store) {
	list_for_each (replay, &store->kept, struct replay, age) {
		if (replay->run == NULL) {
			replay_forget(store, replay);
			return true;
		}
	}
	return false;
}

struct replay *replay_begin(struct replay_store *store, const char *caller, const char *key,
	const struct replay_print *print, struct run *run) {
	size_t caller_size = strlen(caller) + 1;
	size_t key_length = strlen(key);
	if (store->keys >= store->bounds.keys && !evict_oldest(store)) {
		return NULL;
	}
	struct replay *replay = calloc(1, sizeof(*replay) + caller_size + key_length);
	if (replay == NULL) {
		return NULL;
	}
	list_init(&replay->age);
	list_init(&replay->bucket);
	replay->run = run;
	replay->print = *print;
	replay->name_length = caller_size + key_length;
	memcpy(replay->name, caller, caller_size);
	memcpy(replay->name + caller_size, key, key_length);
	list_append(bucket_of(store, caller, key), &replay->bucket);
	store->keys++;
	return replay;
}

static size_t size_of(const struct replay_reply *reply) {
	return reply->header_bytes + reply->body_bytes;
}

static bool make_room(struct replay_store *store, size_t bytes) {
	if (bytes > store->bounds.bytes) {
		return false;
	}
	while (store->bounds.bytes - store->bytes < bytes) {
		if (!evict_oldest(store)) {
			return false;
		}
	}
	return true;
}

void replay_keep(struct replay_store *store, struct replay *replay, struct replay_reply *reply) {
	if (make_room(store, size_of(reply))) {
		store->bytes += size_of(reply);
		replay->reply = *reply;
		*reply = (struct replay_reply){.status = 0};
	} else {
		replay_reply_finish(reply);
	}
	replay->is_kept = true;
	replay->kept_ms = clock_now_ms();
	list_append(&store->kept, &replay->age);
}

void replay_forget(struct replay_store *store, struct replay *replay) {
	list_remove(&replay->age);
	list_remove(&replay->bucket);
	store->keys--;
	store->bytes -= size_of(&replay->reply);
	replay_reply_finish(&replay->reply);
	free(replay);
}

uint64_t replay_expire(struct replay_store *store) {
	list_for_each_safe (replay, after, &store->kept, struct replay, age) {
		uint64_t for_ms = clock_now_ms() - replay->kept_ms;
		if (for_ms < store->bounds.keep_ms) {
			return store->bounds.keep_ms - for_ms;
		}
		if (replay->run == NULL) {
			replay_forget(store, replay);
		}
	}
	return UINT64_MAX;
}

size_t replay_key_count(const struct replay_store *store) {
	return store->keys;
}

size_t replay_kept_bytes(const struct replay_store *store) {
	return store->bytes;
}

void replay_reply_finish(struct replay_reply *reply) {
	free(reply->block);
	*reply = (struct replay_reply){.status = 0};
}
