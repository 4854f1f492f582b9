/* Finds what a schema promises to be examples of its own. */
#include "example.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"

enum { PLACE_MAX = 1024, NESTED_MAX = 32 };

struct walk {
	void (*visit)(const char *place, const json_t *schema, const json_t *value, void *ctx);
	void *ctx;
	struct buf place;
	unsigned depth;
};

static void walk_schema(struct walk *walk, const json_t *schema);

static void walk_at(
	struct walk *walk, const char *keyword, const char *name, const json_t *schema) {
	size_t length = walk->place.length;
	buf_printf(&walk->place, "/%s%s%s", keyword, name != NULL ? "/" : "",
		name != NULL ? name : "");
	walk_schema(walk, schema);
	buf_cut(&walk->place, length);
}

static void visit_values(struct walk *walk, const json_t *schema) {
	const json_t *value = json_object_get(schema, "default");
	size_t index;
	if (value != NULL) {
		walk->visit(buf_text(&walk->place), schema, value, walk->ctx);
	}
	json_array_foreach (json_object_get(schema, "examples"), index, value) {
		walk->visit(buf_text(&walk->place), schema, value, walk->ctx);
	}
}

static void walk_schema(struct walk *walk, const json_t *schema) {
	static const char *const NAMED[] = {"properties", "$defs"};
	static const char *const ONE[] = {"items", "additionalProperties"};
	static const char *const ROW[] = {"allOf", "anyOf", "oneOf"};
	if (!json_is_object(schema) || walk->depth >= NESTED_MAX) {
		return;
	}
	walk->depth++;
	visit_values(walk, schema);
	for (size_t i = 0; i < sizeof(NAMED) / sizeof(NAMED[0]); i++) {
		const char *name;
		json_t *part;
		json_object_foreach (json_object_get(schema, NAMED[i]), name, part) {
			walk_at(walk, NAMED[i], name, part);
		}
	}
	for (size_t i = 0; i < sizeof(ONE) / sizeof(ONE[0]); i++) {
		walk_at(walk, ONE[i], NULL, json_object_get(schema, ONE[i]));
	}
	for (size_t i = 0; i < sizeof(ROW) / sizeof(ROW[0]); i++) {
		size_t index;
		const json_t *part;
		json_array_foreach (json_object_get(schema, ROW[i]), index, part) {
			char number[24];
			snprintf(number, sizeof(number), "%zu", index);
			walk_at(walk, ROW[i], number, part);
		}
	}
	walk->depth--;
}

void example_each(const json_t *schema,
	void (*visit)(const char *place, const json_t *schema, const json_t *value, void *ctx),
	void *ctx) {
	struct walk walk = {.visit = visit, .ctx = ctx};
	buf_init(&walk.place, PLACE_MAX);
	walk_schema(&walk, schema);
	buf_finish(&walk.place);
}
