/*
 * Structs that plugins hand in. A plugin of an older minor hands in less than ours, one built with
 * a newer header (and HSC_NEEDS_MINOR lowered) more: what we lack must then be zero, for nobody
 * here would do what it asks.
 */
#include "plugin/inside.h"

#include <string.h>

/* More than any struct of the header will be: a larger size was never set. */
enum { SIZE_MAX_EVER = 4096 };

#define CHECK_SIZE(type, at_1_0)                                                                   \
	_Static_assert(sizeof(struct type) >= (at_1_0), "struct " #type " has shrunk")

CHECK_SIZE(hsc_route, ROUTE_SIZE_AT_1_0);
CHECK_SIZE(hsc_operation, OPERATION_SIZE_AT_1_0);
CHECK_SIZE(hsc_result, RESULT_SIZE_AT_1_0);
CHECK_SIZE(hsc_object, OBJECT_SIZE_AT_1_0);

static bool are_zero(const unsigned char *bytes, size_t length) {
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] != 0) {
			return false;
		}
	}
	return true;
}

const char *take_struct(void *to, size_t to_size, const void *given, size_t least) {
	uint32_t size = 0;
	if (given != NULL) {
		memcpy(&size, given, sizeof(size));
	}
	if (size < least || size > SIZE_MAX_EVER) {
		return "it is NULL, or its size is not that of the struct";
	}
	size_t known = size < to_size ? size : to_size;
	if (!are_zero((const unsigned char *)given + known, size - known)) {
		return "a member that this host is too old for is not zero";
	}
	memset(to, 0, to_size);
	memcpy(to, given, known);
	return NULL;
}
