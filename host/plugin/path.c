#include "plugin/inside.h"

#include <string.h>

#include "base/str.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
#define LITERAL_CHARACTERS NAME_CHARACTERS "-.~:@!$&'()*+,;="

/* The host's own places, and everything below them. "/v1" is its alias of every other path. */
static const char *const RESERVED[] = {
	"/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/v1"};

bool path_is_reserved(const char *path) {
	for (size_t i = 0; i < sizeof(RESERVED) / sizeof(RESERVED[0]); i++) {
		size_t length = strlen(RESERVED[i]);
		if (str_starts_with(path, RESERVED[i]) &&
			(path[length] == '\0' || path[length] == '/')) {
			return true;
		}
	}
	return false;
}

/* A "{name}" or "{name...}" of `length` bytes. */
static const char *parameter_fault(
	const char *segment, size_t length, bool is_last, const char **shape) {
	size_t name = strspn(segment + 1, NAME_CHARACTERS);
	bool is_tail = strncmp(segment + 1 + name, "...}", 4) == 0 && name + 5 == length;
	if (name == 0 || (!is_tail && (segment[1 + name] != '}' || name + 2 != length))) {
		return "a parameter is {name}, or {name...} for the rest";
	}
	if (is_tail && !is_last) {
		return "{name...} must be the last segment";
	}
	*shape = is_tail ? "{...}" : "{}";
	return NULL;
}

static const char *segment_fault(
	const char *segment, size_t length, bool is_last, const char **shape) {
	*shape = NULL;
	if (length == 0) {
		return "a segment is empty";
	}
	if (segment[0] == '{') {
		return parameter_fault(segment, length, is_last, shape);
	}
	return strspn(segment, LITERAL_CHARACTERS) < length
		? "a segment has a character that no literal path has"
		: NULL;
}

const char *path_fault(const char *path, char *shape) {
	if (path[0] != '/') {
		return "it does not begin with a slash";
	}
	while (*path == '/') {
		const char *segment = path + 1;
		size_t length = strcspn(segment, "/");
		const char *as = NULL;
		const char *fault = segment_fault(segment, length, segment[length] == '\0', &as);
		if (fault != NULL) {
			return fault;
		}
		size_t written = as != NULL ? strlen(as) : length;
		*shape++ = '/';
		memcpy(shape, as != NULL ? as : segment, written);
		shape += written;
		path = segment + length;
	}
	*shape = '\0';
	return NULL;
}
