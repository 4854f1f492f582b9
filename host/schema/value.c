#include "schema/inside.h"

#include <stdint.h>
#include <sys/random.h>

/* A real that is a whole number within json_int_t is taken as that integer, so 1 and 1.0 are one
 * value. */
static bool whole(const json_t *number, json_int_t *integer) {
	if (json_is_integer(number)) {
		*integer = json_integer_value(number);
		return true;
	}
	double real = json_real_value(number);
	if (real < -0x1p63 || real >= 0x1p63 || real != (double)(json_int_t)real) {
		return false;
	}
	*integer = (json_int_t)real;
	return true;
}

bool value_is_integer(const json_t *value) {
	if (!json_is_real(value)) {
		return json_is_integer(value);
	}
	json_int_t integer;
	double real = json_real_value(value);
	bool is_huge = real < -0x1p63 || real >= 0x1p63; /* a double of that size has no fraction */
	return is_huge || whole(value, &integer);
}

int value_compare(const json_t *a, const json_t *b) {
	json_int_t x, y;
	if (whole(a, &x) && whole(b, &y)) {
		return (x > y) - (x < y);
	}
	/* long double holds each int64 and each double exactly where it is wider than a double. */
	long double p = json_is_integer(a) ? (long double)json_integer_value(a)
					   : (long double)json_real_value(a);
	long double q = json_is_integer(b) ? (long double)json_integer_value(b)
					   : (long double)json_real_value(b);
	return (p > q) - (p < q);
}

static bool is_equal_object(const json_t *a, const json_t *b) {
	const char *name;
	json_t *member;
	if (json_object_size(a) != json_object_size(b)) {
		return false;
	}
	json_object_foreach ((json_t *)a, name, member) {
		const json_t *other = json_object_get(b, name);
		if (other == NULL || !value_is_equal(member, other)) {
			return false;
		}
	}
	return true;
}

static bool is_equal_array(const json_t *a, const json_t *b) {
	size_t index;
	json_t *item;
	if (json_array_size(a) != json_array_size(b)) {
		return false;
	}
	json_array_foreach (a, index, item) {
		if (!value_is_equal(item, json_array_get(b, index))) {
			return false;
		}
	}
	return true;
}

bool value_is_equal(const json_t *a, const json_t *b) {
	if (json_is_number(a) && json_is_number(b)) {
		return value_compare(a, b) == 0;
	}
	if (json_typeof(a) != json_typeof(b)) {
		return false;
	}
	if (json_is_object(a)) {
		return is_equal_object(a, b);
	}
	if (json_is_array(a)) {
		return is_equal_array(a, b);
	}
	return json_equal(a, b);
}

size_t value_length(const json_t *string) {
	const char *text = json_string_value(string);
	size_t bytes = json_string_length(string);
	size_t length = 0;
	for (size_t i = 0; i < bytes; i++) {
		length += ((unsigned char)text[i] & 0xc0) != 0x80;
	}
	return length;
}

/* Hashes, so that twins are found in n log n steps; salted, so that nobody can prepare collisions.
 */
static uint64_t mix(uint64_t hash) {
	hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
	hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
	return hash ^ (hash >> 31);
}

static uint64_t hash_bytes(const void *bytes, size_t length, uint64_t salt) {
	const unsigned char *byte = bytes;
	uint64_t hash = salt;
	for (size_t i = 0; i < length; i++) {
		hash = mix(hash + byte[i] + 0x9e3779b97f4a7c15u);
	}
	return hash;
}

static uint64_t hash_number(const json_t *number, uint64_t salt) {
	json_int_t integer;
	if (whole(number, &integer)) {
		return hash_bytes(&integer, sizeof(integer), salt ^ 1);
	}
	double real = json_real_value(number);
	return hash_bytes(&real, sizeof(real), salt ^ 2);
}

static uint64_t hash_value(const json_t *value, uint64_t salt) {
	if (json_is_number(value)) {
		return hash_number(value, salt);
	}
	if (json_is_string(value)) {
		return hash_bytes(json_string_value(value), json_string_length(value), salt ^ 3);
	}
	uint64_t hash = mix(salt + 16 + (uint64_t)json_typeof(value));
	const char *name;
	json_t *below;
	size_t index;
	json_object_foreach ((json_t *)value, name, below) {
		hash += mix(hash_value(
			below, hash_bytes(name, strlen(name), salt ^ 4))); /* in any order */
	}
	json_array_foreach (value, index, below) {
		hash = mix(hash ^ hash_value(below, salt));
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

bool value_has_twins(const json_t *array, bool *twins) {
	size_t count = json_array_size(array);
	struct hashed *items = calloc(count + 1, sizeof(*items));
	if (items == NULL) {
		return false;
	}
	uint64_t salt = new_salt();
	for (size_t i = 0; i < count; i++) {
		items[i].value = json_array_get(array, i);
		items[i].hash = hash_value(items[i].value, salt);
	}
	qsort(items, count, sizeof(*items), by_hash);
	*twins = has_twins_sorted(items, count);
	free(items);
	return true;
}
