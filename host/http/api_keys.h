/*
 * http/api_keys.h - the API keys of callers, for http's own files: what a key is, and a set of them.
 *
 * A key is "hsc_" and 43 characters of 62, so 256 random bits: a plain SHA-256 of it is as hard to guess, and is all
 * that the operator's file holds (its hash). In memory a key is found by its tag, HMAC-SHA256 of the hash under a key
 * that is made at random with each set and told to nobody: who measures how long an answer takes learns of tags he can
 * neither choose nor compute. Tags are compared in constant time, and all that might be it are.
 *
 * A set does not change, but for what its keys have left of their rates. It ends when nobody holds it: the access rules
 * hold the newest one, a request the one that its key was found in. Loop thread only.
 */
#ifndef HTTP_API_KEYS_H
#define HTTP_API_KEYS_H

#include "http/http.h"
#include "http/rate.h"

enum { API_KEY_DIGEST_SIZE = 32, API_KEY_TEXT_MAX = 256, SCOPE_SIZE = 80 };

struct api_key {
	struct http_caller caller;
	const json_t *scopes; /* array of texts */
	struct rate rate;     /* no requests: none */
	struct bucket bucket;
	uint64_t expires_ms;  /* on clock_wall_ms(); UINT64_MAX: never */
	unsigned char tag[API_KEY_DIGEST_SIZE];
	size_t next;          /* of the same bucket of the set, plus one; 0: none */
	size_t tally_place;   /* tally.c's */
};

struct api_keys;

/* A set of what http_read_api_keys() gave, held once. A key that `old` (or NULL) has under the same name with the same rate
 * goes on with what is left of it. *change (or NULL) is against `old`. NULL: no memory, or no random bits. */
struct api_keys *api_keys_create(const json_t *source, const struct api_keys *old, struct http_api_keys_change *change);

struct api_keys *api_keys_hold(struct api_keys *keys);
void api_keys_drop(struct api_keys *keys); /* NULL is nothing */

/* The key whose text this is, unless it has expired at `wall_ms`; or NULL. */
struct api_key *api_keys_find(struct api_keys *keys, const char *text, uint64_t wall_ms);
size_t api_keys_count(const struct api_keys *keys);

/* ---- api_keys_time.c ---- */

/* A moment as RFC 3339 writes it, on clock_wall_ms(). */
bool api_keys_read_time(const char *text, uint64_t *wall_ms);

/* ---- api_key.c: the digests ---- */

/* False: no random bits. */
bool api_key_random(void *bytes, size_t length);

/* False: the library has failed. */
bool api_key_hash(const char *text, size_t length, unsigned char hash[API_KEY_DIGEST_SIZE]);
bool api_key_tag(const unsigned char secret[API_KEY_DIGEST_SIZE], const unsigned char hash[API_KEY_DIGEST_SIZE],
	unsigned char tag[API_KEY_DIGEST_SIZE]);

/* In constant time. */
bool api_key_is_equal(const unsigned char a[API_KEY_DIGEST_SIZE], const unsigned char b[API_KEY_DIGEST_SIZE]);

/* "sha256:" and lower-case hex digits; false: it is not that. */
bool api_key_read_hash(const char *text, unsigned char hash[API_KEY_DIGEST_SIZE]);

/* ---- scope.c ---- */

/* Is it of the form? `may_be_any`: "*" for the object is. */
bool scope_is_good(const char *scope, bool may_be_any);

/* Is it among these, as it is or by one with "*"? */
bool scope_is_held(const json_t *scopes, const char *wanted);

/* The scope of a route that names none: its path's first segment, read for GET and HEAD, else write. `method` NULL: any. */
void scope_derive(const char *method, const char *path, const char *owner, char scope[SCOPE_SIZE]);

#endif
