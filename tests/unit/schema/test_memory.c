#include "ask.h"

#include <stdlib.h>

/* Each allocation of a validation fails once: nothing crashes or leaks, and nothing that is invalid
 * is valid. */

static size_t left; /* allocations until one fails; 0: none does */

static bool fails(void) {
	return left > 0 && --left == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *bytes, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *bytes, size_t size);

void *__wrap_malloc(size_t size) {
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *bytes, size_t size) {
	return fails() ? NULL : __real_realloc(bytes, size);
}

/* jansson's own go through ours. */
static void *json_allocate(size_t size) {
	return __wrap_malloc(size);
}

static const char SCHEMA[] =
	"{\"$id\":\"http://x/"
	"\",\"$dynamicAnchor\":\"a\",\"properties\":{\"down\":{\"$dynamicRef\":\"#a\"},"
	"\"list\":{\"uniqueItems\":true,\"contains\":{\"const\":7},\"unevaluatedItems\":{\"type\":"
	"\"integer\"}},"
	"\"name\":{\"pattern\":\"^a+$\",\"format\":\"date\"},\"one\":{\"anyOf\":[{\"type\":"
	"\"null\"},{\"items\":"
	"{\"type\":\"null\"}}],\"oneOf\":[{\"type\":\"null\"},{\"type\":\"string\"}]}},"
	"\"allOf\":[{\"propertyNames\":{\"maxLength\":5}}],\"dependentRequired\":{\"one\":[\"two\"]"
	"},"
	"\"unevaluatedProperties\":false}";

static const char VALID[] =
	"{\"down\":{\"list\":[7,1,2,3,4,5,6]},\"list\":[1,2,3,4,5,6,7],\"name\":5}";
static const char INVALID[] = "{\"down\":{\"list\":[7,7,2,3,4,5,6.5]},\"list\":[1],\"one\":[1],"
			      "\"name\":\"b\",\"toolong\":1}";

static size_t run(const char *text, bool expected, bool is_told) {
	size_t failing = 0, refused = 0;
	struct schema *schema = compile(SCHEMA);
	json_t *instance = parse(text);
	for (bool has_failed = true; has_failed;) {
		json_t *faults = is_told ? json_array() : NULL;
		failing++;
		left = failing;
		bool is_valid = schema_validate(schema, instance, 0, faults);
		has_failed = left == 0;
		left = 0;
		assert_true(expected || !is_valid);
		refused += expected && !is_valid;
		assert_true(has_failed || is_valid == expected);
		json_decref(faults);
	}
	json_decref(instance);
	schema_destroy(schema);
	assert_true(failing > 3);
	return refused;
}

static void test_each_allocation_fails_once(void **state) {
	(void)state;
	json_set_alloc_funcs(json_allocate, free);
	/* Without memory for its marks, its scope or its names a valid value is refused, never told
	 * wrong. */
	assert_true(run(VALID, true, true) > 3);
	assert_true(run(VALID, true, false) > 3);
	assert_true(run(INVALID, false, true) == 0);
	assert_true(run(INVALID, false, false) == 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation_fails_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
