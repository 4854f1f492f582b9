#include "http/api_keys.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/str.h"

struct api_keys {
	size_t holders;
	json_t *source; /* what names and scopes are borrowed from */
	json_t *places; /* {name: place} */
	struct api_key *keys;
	size_t count;
	size_t *heads;       /* of each bucket: the first one's place plus one; 0: none */
	size_t bucket_count; /* a power of two */
	unsigned char secret[API_KEY_DIGEST_SIZE];
};

static size_t bucket_of(const struct api_keys *keys, const unsigned char tag[API_KEY_DIGEST_SIZE]) {
	size_t bits;
	memcpy(&bits, tag, sizeof(bits));
	return bits & (keys->bucket_count - 1);
}

/* ---- making ---- */

static enum http_priority priority_of(
	const json_t *entry, const char *name, enum http_priority fallback) {
	const char *word = json_member_text(entry, name);
	return word == NULL                         ? fallback
		: str_is_equal(word, "interactive") ? HTTP_INTERACTIVE
		: str_is_equal(word, "normal")      ? HTTP_NORMAL
						    : HTTP_BULK;
}

static uint32_t number_of(const json_t *object, const char *name, uint32_t fallback) {
	const json_t *number = json_object_get(object, name);
	return number == NULL ? fallback : (uint32_t)json_integer_value(number);
}

static bool fill_key(const struct api_keys *keys, struct api_key *key, const json_t *entry) {
	const json_t *rate = json_object_get(entry, "rate");
	const char *expires = json_member_text(entry, "expires");
	unsigned char hash[API_KEY_DIGEST_SIZE];
	key->caller = (struct http_caller){.name = json_member_text(entry, "name"),
		.priority = priority_of(entry, "priority", HTTP_NORMAL),
		.batch_priority = priority_of(entry, "batch_priority", HTTP_BULK),
		.weight = number_of(entry, "weight", 1)};
	key->scopes = json_object_get(entry, "scopes");
	key->rate = (struct rate){.requests = number_of(rate, "requests", 0),
		.seconds = number_of(rate, "seconds", 0)};
	key->expires_ms = UINT64_MAX;
	return (expires == NULL || api_keys_read_time(expires, &key->expires_ms)) &&
		api_key_read_hash(json_member_text(entry, "hash"), hash) &&
		api_key_tag(keys->secret, hash, key->tag);
}

static const json_t *entry_at(const struct api_keys *keys, size_t place) {
	return json_array_get(json_object_get(keys->source, "keys"), place);
}

/* The same key, and not one that has only its name? */
static bool is_same(const struct api_keys *a, size_t i, const struct api_keys *b, size_t j) {
	return str_is_equal(
		json_member_text(entry_at(a, i), "hash"), json_member_text(entry_at(b, j), "hash"));
}

/* What `old` knows of the key at `place` goes on; true: it is the same key. */
static bool inherit(struct api_keys *keys, size_t place, const struct api_keys *old) {
	struct api_key *key = &keys->keys[place];
	const json_t *found = old == NULL ? NULL : json_object_get(old->places, key->caller.name);
	if (found == NULL) {
		return false;
	}
	size_t before = (size_t)json_integer_value(found);
	if (rate_is_same(&key->rate, &old->keys[before].rate)) {
		key->bucket = old->keys[before].bucket;
	}
	return is_same(keys, place, old, before);
}

static bool enter(struct api_keys *keys, size_t place) {
	struct api_key *key = &keys->keys[place];
	size_t *head = &keys->heads[bucket_of(keys, key->tag)];
	key->next = *head;
	*head = place + 1;
	return json_object_set_new(
		       keys->places, key->caller.name, json_integer((json_int_t)place)) == 0;
}

static bool fill(struct api_keys *keys, const struct api_keys *old, size_t *kept) {
	for (size_t i = 0; i < keys->count; i++) {
		if (!fill_key(keys, &keys->keys[i], entry_at(keys, i)) || !enter(keys, i)) {
			return false;
		}
		*kept += inherit(keys, i, old) ? 1 : 0;
	}
	return true;
}

struct api_keys *api_keys_create(
	const json_t *source, const struct api_keys *old, struct http_api_keys_change *change) {
	struct api_keys *keys = calloc(1, sizeof(*keys));
	size_t kept = 0;
	if (keys == NULL) {
		return NULL;
	}
	keys->holders = 1;
	keys->source = json_incref((json_t *)source);
	keys->places = json_object();
	keys->count = json_array_size(json_object_get(source, "keys"));
	keys->bucket_count = 1;
	while (keys->bucket_count < 2 * keys->count) {
		keys->bucket_count *= 2;
	}
	keys->keys = calloc(keys->count + 1, sizeof(*keys->keys));
	keys->heads = calloc(keys->bucket_count, sizeof(*keys->heads));
	if (keys->keys == NULL || keys->heads == NULL || keys->places == NULL ||
		!api_key_random(keys->secret, sizeof(keys->secret)) || !fill(keys, old, &kept)) {
		api_keys_drop(keys);
		return NULL;
	}
	if (change != NULL) {
		*change = (struct http_api_keys_change){.count = keys->count,
			.added = keys->count - kept,
			.gone = (old == NULL ? 0 : old->count) - kept};
	}
	return keys;
}

/* ---- holding ---- */

struct api_keys *api_keys_hold(struct api_keys *keys) {
	keys->holders++;
	return keys;
}

void api_keys_drop(struct api_keys *keys) {
	if (keys == NULL || --keys->holders > 0) {
		return;
	}
	json_decref(keys->source);
	json_decref(keys->places);
	memory_wipe(keys->secret, sizeof(keys->secret));
	free(keys->keys);
	free(keys->heads);
	free(keys);
}

size_t api_keys_count(const struct api_keys *keys) {
	return keys->count;
}

/* ---- finding ---- */

struct api_key *api_keys_find(struct api_keys *keys, const char *text, uint64_t wall_ms) {
	unsigned char hash[API_KEY_DIGEST_SIZE];
	unsigned char tag[API_KEY_DIGEST_SIZE];
	struct api_key *found = NULL;
	size_t length = strnlen(text, API_KEY_TEXT_MAX + 1);
	if (length > API_KEY_TEXT_MAX || !api_key_hash(text, length, hash) ||
		!api_key_tag(keys->secret, hash, tag)) {
		return NULL;
	}
	for (size_t next = keys->heads[bucket_of(keys, tag)]; next != 0;) {
		struct api_key *key = &keys->keys[next - 1];
		found = api_key_is_equal(key->tag, tag) ? key : found;
		next = key->next;
	}
	return found != NULL && wall_ms < found->expires_ms ? found : NULL;
}
