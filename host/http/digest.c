#include "http/digest.h"

#include "base/random.h"

static inline uint64_t turn(uint64_t word, unsigned bits) {
	return word << bits | word >> (64 - bits);
}

static void mix(uint64_t v[4], int rounds) {
	for (int i = 0; i < rounds; i++) {
		v[0] += v[1];
		v[1] = turn(v[1], 13) ^ v[0];
		v[0] = turn(v[0], 32);
		v[2] += v[3];
		v[3] = turn(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = turn(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = turn(v[1], 17) ^ v[2];
		v[2] = turn(v[2], 32);
	}
}

static void take_word(struct digesting *digesting, uint64_t word) {
	digesting->v[3] ^= word;
	mix(digesting->v, 2);
	digesting->v[0] ^= word;
}

static uint64_t read_word(const unsigned char *bytes) {
	uint64_t word = 0;
	for (unsigned i = 0; i < 8; i++) {
		word |= (uint64_t)bytes[i] << (8 * i);
	}
	return word;
}

static uint64_t two_words(void) {
	uint64_t high = random_bits();
	return high << 32 | random_bits();
}

void digest_key_make(struct digest_key *key) {
	*key = (struct digest_key){.low = two_words(), .high = two_words()};
}

void digest_begin(struct digesting *digesting, const struct digest_key *key) {
	*digesting = (struct digesting){
		.v = {key->low ^ 0x736f6d6570736575, key->high ^ 0x646f72616e646f6d ^ 0xee,
			key->low ^ 0x6c7967656e657261, key->high ^ 0x7465646279746573}};
}

static void take_byte(struct digesting *digesting, unsigned char byte) {
	digesting->tail |= (uint64_t)byte << (8 * (digesting->count++ % 8));
	if (digesting->count % 8 == 0) {
		take_word(digesting, digesting->tail);
		digesting->tail = 0;
	}
}

void digest_add(struct digesting *digesting, const void *bytes, size_t length) {
	const unsigned char *at = bytes;
	for (; length > 0 && digesting->count % 8 != 0; length--) {
		take_byte(digesting, *at++);
	}
	for (; length >= 8; length -= 8, at += 8) {
		take_word(digesting, read_word(at));
		digesting->count += 8;
	}
	for (; length > 0; length--) {
		take_byte(digesting, *at++);
	}
}

static uint64_t fold(const uint64_t v[4]) {
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct digest digest_end(struct digesting *digesting) {
	struct digest digest;
	uint64_t *v = digesting->v;
	take_word(digesting, digesting->tail | digesting->count << 56);
	v[2] ^= 0xee;
	mix(v, 4);
	digest.low = fold(v);
	v[1] ^= 0xdd;
	mix(v, 4);
	digest.high = fold(v);
	return digest;
}
