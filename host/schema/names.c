#include "schema/inside.h"

#include "base/memory.h"
#include "base/str.h"

/*
 * A schema's names are looked up once for each member of each instance. They do not change, so the
 * table is never more than half full, and its hash reads three pieces of a name at most: collisions
 * are the schema author's, a stranger cannot make more of them.
 */
struct name {
	char *text;
	size_t length;
};

struct names {
	size_t count;
	size_t mask;
	struct name *names;
	uint32_t *slots; /* 1 + the index of a name, 0: empty */
};

struct names *names_create(size_t most) {
	struct names *names = must_calloc(1, sizeof(*names));
	size_t size = 4;
	while (size < 2 * most) {
		size *= 2;
	}
	names->mask = size - 1;
	names->names = must_calloc(most + 1, sizeof(*names->names));
	names->slots = must_calloc(size, sizeof(*names->slots));
	return names;
}

void names_destroy(struct names *names) {
	if (names == NULL) {
		return;
	}
	for (size_t i = 0; i < names->count; i++) {
		free(names->names[i].text);
	}
	free(names->names);
	free(names->slots);
	free(names);
}

static uint64_t piece(const char *text, size_t length) {
	uint64_t bytes = 0;
	memcpy(&bytes, text, length < sizeof(bytes) ? length : sizeof(bytes));
	return bytes;
}

static uint64_t mix(uint64_t hash, uint64_t bytes) {
	hash = (hash ^ bytes) * 0x9e3779b97f4a7c15u;
	return hash ^ (hash >> 29);
}

static uint64_t hash_of(const char *text, size_t length) {
	uint64_t hash = mix(length, piece(text, length));
	if (length > 8) {
		hash = mix(hash, piece(text + length - 8, 8));
	}
	if (length > 16) {
		hash = mix(hash, piece(text + length / 2 - 4, 8));
	}
	return hash;
}

/* The slot of `text`, or the empty one where it would be. */
static uint32_t *slot_of(const struct names *names, const char *text, size_t length) {
	size_t at = hash_of(text, length) & names->mask;
	while (names->slots[at] != 0) {
		const struct name *name = &names->names[names->slots[at] - 1];
		if (name->length == length && memcmp(name->text, text, length) == 0) {
			break;
		}
		at = (at + 1) & names->mask;
	}
	return &names->slots[at];
}

void names_add(struct names *names, const char *name) {
	size_t length = strlen(name);
	uint32_t *slot = slot_of(names, name, length);
	names->names[names->count] = (struct name){must_strdup(name), length};
	*slot = (uint32_t)++names->count;
}

bool names_find(const struct names *names, const char *name, size_t *index) {
	uint32_t slot = *slot_of(names, name, strlen(name));
	if (slot == 0) {
		return false;
	}
	*index = slot - 1;
	return true;
}

const char *names_nearest(const struct names *names, const char *name) {
	size_t length = strnlen(name, 8);
	size_t least = length < 4 ? 2 : length < 8 ? 3 : 4;
	const char *nearest = NULL;
	for (size_t i = 0; i < names->count; i++) {
		size_t distance = str_distance(name, names->names[i].text, least - 1);
		if (distance < least) {
			least = distance;
			nearest = names->names[i].text;
		}
	}
	return nearest;
}
