/* One key: its random bits, its text, its digests. The only file that knows libcrypto. */
#include "http/api_keys.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sys/random.h>

#include "base/memory.h"
#include "base/str.h"

enum { LETTERS = 62, KEY_LETTERS = 43 }; /* 62^43 > 2^256 */

static const char KEY_PREFIX[] = "hsc_";
static const char HASH_PREFIX[] = "sha256:";

_Static_assert(sizeof(KEY_PREFIX) + KEY_LETTERS == HTTP_API_KEY_SIZE, "a key fits");
_Static_assert(
	sizeof(HASH_PREFIX) + 2 * SHA256_DIGEST_LENGTH == HTTP_API_KEY_HASH_SIZE, "a hash fits");
_Static_assert((int)API_KEY_DIGEST_SIZE == SHA256_DIGEST_LENGTH, "a digest fits");

bool api_key_random(void *bytes, size_t length) {
	char *to = bytes;
	while (length > 0) {
		ssize_t got = getrandom(to, length, 0);
		if (got < 0 && errno != EINTR) {
			return false;
		}
		to += got > 0 ? got : 0;
		length -= got > 0 ? (size_t)got : 0;
	}
	return true;
}

/* Bytes that no multiple of 62 covers are thrown away: else some letters would be more likely. */
static bool fill_letters(char *to, size_t count) {
	static const char letters[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	unsigned char bytes[64];
	while (count > 0) {
		if (!api_key_random(bytes, sizeof(bytes))) {
			return false;
		}
		for (size_t i = 0; i < sizeof(bytes) && count > 0; i++) {
			if (bytes[i] < 256 / LETTERS * LETTERS) {
				*to++ = letters[bytes[i] % LETTERS];
				count--;
			}
		}
	}
	memory_wipe(bytes, sizeof(bytes));
	return true;
}

static void write_hash(
	const unsigned char hash[API_KEY_DIGEST_SIZE], char text[HTTP_API_KEY_HASH_SIZE]) {
	int length = snprintf(text, HTTP_API_KEY_HASH_SIZE, "%s", HASH_PREFIX);
	for (size_t i = 0; i < API_KEY_DIGEST_SIZE; i++) {
		snprintf(text + (size_t)length + 2 * i, 3, "%02x", hash[i]);
	}
}

static int hex_value(char c) {
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool api_key_read_hash(const char *text, unsigned char hash[API_KEY_DIGEST_SIZE]) {
	if (strlen(text) != HTTP_API_KEY_HASH_SIZE - 1 || !str_starts_with(text, HASH_PREFIX)) {
		return false;
	}
	const char *digits = text + strlen(HASH_PREFIX);
	for (size_t i = 0; i < API_KEY_DIGEST_SIZE; i++) {
		int high = hex_value(digits[2 * i]), low = hex_value(digits[2 * i + 1]);
		if (high < 0 || low < 0) {
			return false;
		}
		hash[i] = (unsigned char)(high * 16 + low);
	}
	return true;
}

bool http_make_api_key(char key[HTTP_API_KEY_SIZE], char hash[HTTP_API_KEY_HASH_SIZE]) {
	unsigned char digest[API_KEY_DIGEST_SIZE];
	snprintf(key, HTTP_API_KEY_SIZE, "%s", KEY_PREFIX);
	if (!fill_letters(key + strlen(KEY_PREFIX), KEY_LETTERS)) {
		return false;
	}
	key[HTTP_API_KEY_SIZE - 1] = '\0';
	if (!api_key_hash(key, strlen(key), digest)) {
		return false;
	}
	write_hash(digest, hash);
	return true;
}

bool api_key_hash(const char *text, size_t length, unsigned char hash[API_KEY_DIGEST_SIZE]) {
	return EVP_Digest(text, length, hash, NULL, EVP_sha256(), NULL) == 1;
}

bool api_key_tag(const unsigned char secret[API_KEY_DIGEST_SIZE],
	const unsigned char hash[API_KEY_DIGEST_SIZE], unsigned char tag[API_KEY_DIGEST_SIZE]) {
	unsigned length = 0;
	return HMAC(EVP_sha256(), secret, API_KEY_DIGEST_SIZE, hash, API_KEY_DIGEST_SIZE, tag,
		       &length) != NULL;
}

bool api_key_is_equal(
	const unsigned char a[API_KEY_DIGEST_SIZE], const unsigned char b[API_KEY_DIGEST_SIZE]) {
	return CRYPTO_memcmp(a, b, API_KEY_DIGEST_SIZE) == 0;
}
