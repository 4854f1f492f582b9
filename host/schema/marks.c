#include "schema/check.h"

/* All open sets lie behind each other in one piece of memory, which only grows. */
static bool make_room(struct check *check, size_t count) {
	struct marks *marks = &check->marks;
	if (marks->capacity - marks->used >= count && marks->bytes != NULL) {
		return true;
	}
	size_t capacity = 2 * (marks->used + count) + 64;
	unsigned char *bytes = realloc(marks->bytes, capacity);
	if (bytes == NULL) {
		return check_abort(check, "memory", "could not be checked, memory is short");
	}
	marks->bytes = bytes;
	marks->capacity = capacity;
	return true;
}

bool marks_open(struct check *check, const json_t *instance, struct marks *outer) {
	struct marks *marks = &check->marks;
	size_t count =
		json_is_object(instance) ? json_object_size(instance) : json_array_size(instance);
	*outer = *marks;
	if (!check_spend(check, count / 8) || !make_room(check, count)) {
		return false;
	}
	marks->is_open = true;
	marks->start = marks->used;
	marks->count = count;
	marks->used += count;
	memset(marks->bytes + marks->start, 0, count);
	return true;
}

void marks_close(struct check *check, const struct marks *outer, bool is_kept) {
	struct marks *marks = &check->marks;
	if (is_kept && outer->is_open) {
		for (size_t i = 0; i < marks->count; i++) {
			marks->bytes[outer->start + i] |= marks->bytes[marks->start + i];
		}
	}
	marks->is_open = outer->is_open;
	marks->start = outer->start;
	marks->count = outer->count;
	marks->used = outer->used;
}

void mark_one(struct check *check, size_t index) {
	if (check->marks.is_open) {
		check->marks.bytes[check->marks.start + index] = 1;
	}
}

void mark_first(struct check *check, size_t count) {
	if (check->marks.is_open) {
		memset(check->marks.bytes + check->marks.start, 1, count);
	}
}

bool is_marked(const struct check *check, size_t index) {
	return check->marks.bytes[check->marks.start + index] != 0;
}
