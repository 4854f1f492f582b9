#include "schema/inside.h"

#include <stdint.h>
#include <sys/random.h>

/* Hashes, so that twins are found in n log n steps; salted, so that nobody can prepare collisions.
 */
static uint64_t mix(uint64_t hash) {
	hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
	hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
	return hash ^ (hash >> 31);
}

struct hasher {
	uint64_t salt;
	size_t steps;
};

static uint64_t hash_bytes(struct hasher *hasher, const void *bytes, size_t length, uint64_t kind) {
	const unsigned char *at = bytes;
	uint64_t hash = mix(hasher->salt + kind) + length;
	hasher->steps += 1 + length / 64;
	for (size_t i = 0; i < length; i += sizeof(uint64_t)) {
		uint64_t word = 0;
		memcpy(&word, at + i, length - i < sizeof(word) ? length - i : sizeof(word));
		hash = mix(hash + word + 0x9e3779b97f4a7c15u);
	}
	return hash;
}

static uint64_t hash_number(struct hasher *hasher, const json_t *number) {
	json_int_t integer;
	if (value_is_whole(number, &integer)) {
		return hash_bytes(hasher, &integer, sizeof(integer), 1);
	}
	double real = json_real_value(number);
	return hash_bytes(hasher, &real, sizeof(real), 2);
}

static uint64_t hash_value(struct hasher *hasher, const json_t *value) {
	if (json_is_number(value)) {
		return hash_number(hasher, value);
	}
	if (json_is_string(value)) {
		return hash_bytes(hasher, json_string_value(value), json_string_length(value), 3);
	}
	uint64_t hash = mix(hasher->salt + 16 + (uint64_t)json_typeof(value));
	const char *name;
	json_t *below;
	size_t index;
	hasher->steps++;
	json_object_foreach ((json_t *)value, name, below) {
		uint64_t of_name = hash_bytes(hasher, name, strlen(name), 4);
		hash += mix(hash_value(hasher, below) ^ of_name); /* in any order */
	}
	json_array_foreach (value, index, below) {
		hash = mix(hash ^ hash_value(hasher, below));
	}
	return hash;
}

struct hashed {
	uint64_t hash;
	const json_t *value;
};

static int by_hash(const void *a, const void *b) {
	uint64_t x = ((const struct hashed *)a)->hash;
	uint64_t y = ((const struct hashed *)b)->hash;
	return (x > y) - (x < y);
}

static bool has_twins_sorted(const struct hashed *items, size_t count) {
	for (size_t i = 0; i < count; i++) {
		for (size_t j = i + 1; j < count && items[j].hash == items[i].hash; j++) {
			if (value_is_equal(items[i].value, items[j].value)) {
				return true;
			}
		}
	}
	return false;
}

static uint64_t new_salt(void) {
	uint64_t salt = 0;
	if (getrandom(&salt, sizeof(salt), GRND_NONBLOCK) != sizeof(salt)) {
		salt = (uint64_t)(uintptr_t)&salt;
	}
	return salt;
}

/* Hashing does not pay for these. */
static bool has_twins_of_few(const json_t *array, size_t count) {
	for (size_t i = 1; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (value_is_equal(json_array_get(array, i), json_array_get(array, j))) {
				return true;
			}
		}
	}
	return false;
}

bool value_has_twins(const json_t *array, bool *twins, size_t *steps) {
	enum { FEW = 5 };
	size_t count = json_array_size(array);
	if (count <= FEW) {
		*twins = has_twins_of_few(array, count);
		*steps = count;
		return true;
	}
	struct hashed *items = calloc(count, sizeof(*items));
	if (items == NULL) {
		return false;
	}
	struct hasher hasher = {.salt = new_salt()};
	for (size_t i = 0; i < count; i++) {
		items[i].value = json_array_get(array, i);
		items[i].hash = hash_value(&hasher, items[i].value);
	}
	qsort(items, count, sizeof(*items), by_hash);
	*twins = has_twins_sorted(items, count);
	*steps = hasher.steps + 4 * count; /* sorting */
	free(items);
	return true;
}
