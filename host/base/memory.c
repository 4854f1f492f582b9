#include "base/memory.h"

static void *check(void *memory) {
	if (memory == NULL) {
		fputs("hubspot-connector: out of memory at start\n", stderr);
		abort();
	}
	return memory;
}

void *must_calloc(size_t count, size_t size) {
	return check(calloc(count, size));
}

char *must_strdup(const char *text) {
	return check(strdup(text));
}

void memory_wipe(void *bytes, size_t length) {
	explicit_bzero(bytes, length);
}
