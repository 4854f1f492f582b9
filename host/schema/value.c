#include "schema/inside.h"

bool value_is_whole(const json_t *number, json_int_t *integer) {
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
	return is_huge || value_is_whole(value, &integer);
}

int value_compare(const json_t *a, const json_t *b) {
	json_int_t x, y;
	if (value_is_whole(a, &x) && value_is_whole(b, &y)) {
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
	if (json_is_string(a)) {
		size_t length = json_string_length(a);
		return length == json_string_length(b) &&
			memcmp(json_string_value(a), json_string_value(b), length) == 0;
	}
	return true; /* true, false and null are one value each */
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
