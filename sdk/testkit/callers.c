/*
 * API keys of a test's. The host's own digests need libcrypto, which no test of a plugin should
 * have to link for keys that are nobody's secret: these stand in for host/http/api_key.c.
 */
#include "inside.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/str.h"
#include "http/api_keys.h"

enum { ERROR_SIZE = 512, HEX_SIZE = 2 * API_KEY_DIGEST_SIZE + 1 };

static const char PREFIX[] = "sha256:";

/* ---- digests: 64 bits of FNV-1a at a time, each beginning elsewhere ---- */

static void digest(
	const void *bytes, size_t length, uint64_t begin, unsigned char to[API_KEY_DIGEST_SIZE]) {
	const unsigned char *from = bytes;
	for (size_t part = 0; part < API_KEY_DIGEST_SIZE / sizeof(uint64_t); part++) {
		uint64_t hash = (begin ^ 0xcbf29ce484222325u) + part * 0x9e3779b97f4a7c15u;
		for (size_t i = 0; i < length; i++) {
			hash = (hash ^ from[i]) * 0x100000001b3u;
		}
		memcpy(to + part * sizeof(hash), &hash, sizeof(hash));
	}
}

bool api_key_random(void *bytes, size_t length) {
	unsigned char *to = bytes;
	for (size_t i = 0; i < length; i++) {
		to[i] = (unsigned char)random_bits();
	}
	return true;
}

bool api_key_hash(const char *text, size_t length, unsigned char hash[API_KEY_DIGEST_SIZE]) {
	digest(text, length, 0, hash);
	return true;
}

bool api_key_tag(const unsigned char secret[API_KEY_DIGEST_SIZE],
	const unsigned char hash[API_KEY_DIGEST_SIZE], unsigned char tag[API_KEY_DIGEST_SIZE]) {
	uint64_t begin;
	memcpy(&begin, secret, sizeof(begin));
	digest(hash, API_KEY_DIGEST_SIZE, begin, tag);
	return true;
}

bool api_key_is_equal(
	const unsigned char a[API_KEY_DIGEST_SIZE], const unsigned char b[API_KEY_DIGEST_SIZE]) {
	return memcmp(a, b, API_KEY_DIGEST_SIZE) == 0;
}

bool api_key_read_hash(const char *text, unsigned char hash[API_KEY_DIGEST_SIZE]) {
	static const char DIGITS[] = "0123456789abcdef";
	if (!str_starts_with(text, PREFIX) || strlen(text) != strlen(PREFIX) + HEX_SIZE - 1) {
		return false;
	}
	text += strlen(PREFIX);
	for (size_t i = 0; i < API_KEY_DIGEST_SIZE; i++) {
		const char *high = strchr(DIGITS, text[2 * i]);
		const char *low = strchr(DIGITS, text[2 * i + 1]);
		if (high == NULL || low == NULL) {
			return false;
		}
		hash[i] = (unsigned char)((high - DIGITS) * 16 + (low - DIGITS));
	}
	return true;
}

/* ---- keys ---- */

static json_t *hash_of(const char *key) {
	unsigned char hash[API_KEY_DIGEST_SIZE];
	char hex[HEX_SIZE] = "";
	digest(key, strlen(key), 0, hash);
	for (size_t i = 0; i < API_KEY_DIGEST_SIZE; i++) {
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	}
	return json_sprintf("%s%s", PREFIX, hex);
}

static json_t *words_of(const char *text) {
	json_t *words = json_array();
	while (*(text += strspn(text, " ")) != '\0') {
		size_t length = strcspn(text, " ");
		json_array_append_new(words, json_stringn(text, length));
		text += length;
	}
	return words;
}

/* All keys anew, as from a file of them. */
static void use(struct hsck *kit) {
	char error[ERROR_SIZE];
	struct buf text;
	buf_init(&text, KIT_TEXT_MAX);
	json_write(&text, kit->keys);
	json_t *keys = http_read_api_keys(
		"hsck_add_key()", buf_text(&text), text.length, error, sizeof(error));
	buf_finish(&text);
	if (keys == NULL) {
		kit_die("%s", error);
	}
	if (!http_use_api_keys(kit->http, keys, NULL)) {
		kit_die("out of memory");
	}
	json_decref(keys);
}

const char *hsck_add_key(struct hsck *kit, const char *name, const char *scopes) {
	char *made = str_format("hsc_of_%s", name);
	const char *key = kit_keep(kit, made);
	free(made);
	if (key == NULL || name == NULL || scopes == NULL) {
		kit_die("a key has a name and scopes");
	}
	if (kit->keys == NULL) {
		kit->keys = json_pack("{s:[]}", "keys");
	}
	json_array_append_new(json_object_get(kit->keys, "keys"),
		json_pack("{s:s, s:o, s:o}", "name", name, "hash", hash_of(key), "scopes",
			words_of(scopes)));
	use(kit);
	return key;
}

void hsck_use_key(struct hsck *kit, const char *key) {
	kit->key = kit_keep(kit, key);
}
