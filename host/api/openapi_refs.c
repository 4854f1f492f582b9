/*
 * A document refers to its components as "#/components/KIND/NAME", or to a part of one. What
 * nothing refers to is of no use to anybody, and linters say so.
 */
#include "api/inside.h"

#include "base/json.h"
#include "base/str.h"

static const char prefix[] = "#/components/";

/* "KIND/NAME" of a reference, for the caller to free; NULL: it refers to no component. */
static char *component_of(const char *ref) {
	if (ref == NULL || !str_starts_with(ref, prefix)) {
		return NULL;
	}
	const char *kind = ref + strlen(prefix);
	const char *name = strchr(kind, '/');
	return name == NULL
		? NULL
		: str_format("%.*s", (int)(name + 1 + strcspn(name + 1, "/") - kind), kind);
}

static json_t *find(json_t *components, const char *which) {
	size_t length = strcspn(which, "/");
	return json_object_get(json_object_getn(components, which, length), which + length + 1);
}

/* Notes in `seen` what `value` refers to, and what that refers to. */
static void follow(json_t *components, const json_t *value, json_t *seen) {
	const char *name = NULL;
	json_t *member = NULL;
	size_t index = 0;
	char *which = component_of(json_member_text(value, "$ref"));
	if (which != NULL && json_object_get(seen, which) == NULL) {
		json_object_set_new(seen, which, json_true());
		follow(components, find(components, which), seen);
	}
	free(which);
	json_object_foreach ((json_t *)value, name, member) {
		follow(components, member, seen);
	}
	json_array_foreach (value, index, member) {
		follow(components, member, seen);
	}
}

void refs_prune(json_t *components, const json_t *paths) {
	json_auto_t *seen = json_object();
	const char *kind = NULL;
	json_t *all = NULL;
	follow(components, paths, seen);
	json_object_foreach (components, kind, all) {
		const char *name = NULL;
		json_t *component = NULL;
		void *next = NULL;
		if (strcmp(kind, "securitySchemes") == 0) { /* these are named, not referred to */
			continue;
		}
		json_object_foreach_safe(all, next, name, component) {
			char *which = str_format("%s/%s", kind, name);
			if (which != NULL && json_object_get(seen, which) == NULL) {
				json_object_del(all, name);
			}
			free(which);
		}
	}
}
