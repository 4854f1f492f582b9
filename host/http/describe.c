/*
 * A schema that moves into a document: what it called "#" is a part of that now, and its
 * definitions become components beside it, which generators of clients know what to do with.
 */
#include "http/http.h"

#include <ctype.h>

#include "base/json.h"
#include "base/str.h"

struct move {
	const char *name;
	const char *id; /* what the schema called itself; or NULL */
};

/* The part of `ref` from its "#" on, when that leads to the schema itself; or NULL. */
static const char *own_fragment(const struct move *move, const char *ref) {
	size_t length = move->id != NULL ? strlen(move->id) : 0;
	if (length > 0 && strncmp(ref, move->id, length) == 0) {
		ref += length;
	}
	if (*ref == '\0') {
		return "#";
	}
	bool is_own = strcmp(ref, "#") == 0 || str_starts_with(ref, "#/");
	return is_own && !str_starts_with(ref, "#/components/") ? ref : NULL;
}

/* The name of a definition's component, for the caller to free. */
static char *name_definition(const struct move *move, const char *name, size_t length) {
	char *component = str_format("%s_%.*s", move->name, (int)length, name);
	for (char *c = component; c != NULL && *c != '\0'; c++) {
		*c = isalnum((unsigned char)*c) || strchr(".-_", *c) != NULL ? *c : '_';
	}
	return component;
}

static json_t *moved_ref(const struct move *move, const char *fragment) {
	static const char definitions[] = "#/$defs/";
	const char *name = strstr(fragment, definitions);
	if (name != fragment) {
		return json_sprintf("#/components/schemas/%s%s", move->name, fragment + 1);
	}
	name += strlen(definitions);
	size_t length = strcspn(name, "/");
	char *component = name_definition(move, name, length);
	json_t *moved = json_sprintf("#/components/schemas/%s%s", component, name + length);
	free(component);
	return moved;
}

static void move_ref(const struct move *move, json_t *schema, const char *keyword) {
	const char *ref = json_member_text(schema, keyword);
	const char *fragment = ref != NULL ? own_fragment(move, ref) : NULL;
	if (fragment != NULL) {
		json_object_set_new(schema, keyword, moved_ref(move, fragment));
	}
}

static bool is_among(const char *keyword, const char *const *names) {
	for (; *names != NULL; names++) {
		if (strcmp(keyword, *names) == 0) {
			return true;
		}
	}
	return false;
}

static void move_refs(const struct move *move, json_t *schema);

static void move_each(const struct move *move, json_t *value) {
	const char *name = NULL;
	json_t *member = NULL;
	size_t index = 0;
	json_object_foreach (value, name, member) {
		move_refs(move, member);
	}
	json_array_foreach (value, index, member) {
		move_refs(move, member);
	}
}

static void move_refs(const struct move *move, json_t *schema) {
	static const char *const values[] = {"const", "enum", "default", "examples", NULL};
	static const char *const maps[] = {"properties", "patternProperties", "$defs",
		"definitions", "dependentSchemas", NULL};
	const char *keyword = NULL;
	json_t *value = NULL;
	move_ref(move, schema, "$ref");
	move_ref(move, schema, "$dynamicRef");
	json_object_foreach (schema, keyword, value) {
		if (is_among(keyword, values)) {
			continue;
		}
		if (is_among(keyword, maps) || json_is_array(value)) {
			move_each(move, value);
		} else if (json_is_object(value)) {
			move_refs(move, value);
		}
	}
}

static void add_definitions(
	const struct move *move, json_t *definitions, struct http_description *description) {
	const char *name = NULL;
	json_t *definition = NULL;
	json_object_foreach (definitions, name, definition) {
		char *component = name_definition(move, name, strlen(name));
		json_object_set(description->schemas, component, definition);
		free(component);
	}
}

void http_describe_schema(
	struct http_description *description, const char *name, const json_t *schema) {
	if (json_object_get(description->schemas, name) != NULL) {
		return;
	}
	json_auto_t *moved = json_deep_copy(schema);
	json_auto_t *id = json_incref(json_object_get(moved, "$id"));
	const struct move move = {.name = name, .id = json_string_value(id)};
	move_refs(&move, moved);
	add_definitions(&move, json_object_get(moved, "$defs"), description);
	json_object_del(moved, "$defs");
	json_object_del(moved, "$id");
	json_object_del(moved, "$schema");
	json_object_set(description->schemas, name, moved);
}
