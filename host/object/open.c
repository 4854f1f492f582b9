#include "object/inside.h"
#include "object/pages.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/str.h"
#include "schema/schema.h"

static struct list open_objects = {&open_objects, &open_objects};
/* Could not be opened after a route of theirs was taken by http, which goes on borrowing them. */
static struct list abandoned = {&abandoned, &abandoned};

static bool is_word(const char *text) {
	return text != NULL && *text >= 'a' && *text <= 'z' &&
		text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
}

static const char *declaration_fault(const struct hsc_object *declaration) {
	const char *path = declaration->path;
	if (path == NULL || *path != '/' || !is_word(path + 1)) {
		return "its path must be a slash and one word of lower-case letters, digits, \"-\" "
		       "and \"_\"";
	}
	if (!is_word(declaration->name)) {
		return "its name must be one word of lower-case letters, digits, \"-\" and \"_\"";
	}
	if (!type_is_plausible(declaration->hubspot)) {
		return "it has no HubSpot type, such as \"contacts\" or \"2-123456\"";
	}
	if (declaration->schema == NULL) {
		return "it has no schema";
	}
	if ((declaration->offers & ~(uint32_t)HSC_OBJECT_ALL) != 0) {
		return "it offers something that this host does not know";
	}
	return object_find(path + 1) != NULL ? "an object with this path is open already" : NULL;
}

static void replace(char *text, char from, char to) {
	for (; *text != '\0'; text++) {
		*text = *text == from ? to : *text;
	}
}

static char *must_scope(const char *name, const char *what) {
	size_t size = strlen(name) + strlen(what) + 2;
	char *scope = must_calloc(1, size);
	snprintf(scope, size, "%s:%s", name, what);
	return scope;
}

/* "line_item" -> "Line item", "hubspot_line_item_id" */
static void name_object(
	struct object *object, const struct hsc_object *declaration, const json_t *overrides) {
	const char *type = json_member_text(overrides, "hubspot");
	object->path = must_strdup(declaration->path);
	object->name = must_strdup(declaration->name);
	object->hubspot_type = must_strdup(type != NULL ? type : declaration->hubspot);
	object->title = must_strdup(declaration->name);
	replace(object->title, '_', ' ');
	replace(object->title, '-', ' ');
	object->title[0] = (char)(object->title[0] - 'a' + 'A');
	size_t size = strlen(declaration->name) + sizeof("hubspot__id");
	object->id_member = must_calloc(1, size);
	snprintf(object->id_member, size, "hubspot_%s_id", declaration->name);
	replace(object->id_member, '-', '_');
	object->read_scope = must_scope(declaration->path + 1, "read");
	object->write_scope = must_scope(declaration->path + 1, "write");
}

struct object *object_open(struct http *http, struct hubspot *hubspot,
	const struct hsc_object *declaration, const struct object_owner *owner,
	const json_t *overrides, char *error, size_t error_size) {
	const char *path = declaration->path != NULL ? declaration->path : "";
	const char *fault = declaration_fault(declaration);
	if (fault != NULL) {
		snprintf(error, error_size, "object \"%s\": %s", path, fault);
		return NULL;
	}
	if (overrides != NULL && !object_check_overrides(path + 1, overrides, error, error_size)) {
		return NULL;
	}
	struct object *object = must_calloc(1, sizeof(*object));
	list_init(&object->link);
	object->hubspot = hubspot;
	object->owner = *owner;
	object->owner.name = must_strdup(owner->name);
	object->offers = declaration->offers;
	name_object(object, declaration, overrides);
	char why[SCHEMA_ERROR_SIZE + 64] = "";
	bool has_routes = false;
	object->search_schema = search_schema(why, sizeof(why));
	if (object->search_schema != NULL &&
		derive(object, declaration, overrides, why, sizeof(why)) &&
		routes_add(object, http, &has_routes, why, sizeof(why))) {
		list_append(&open_objects, &object->link);
		return object;
	}
	snprintf(error, error_size, "object \"%s\": %s", path, why);
	if (has_routes) {
		list_append(&abandoned, &object->link);
	} else {
		object_destroy(object);
	}
	return NULL;
}

void object_destroy(struct object *object) {
	if (object == NULL) {
		return;
	}
	list_remove(&object->link);
	schema_destroy(object->body_schema);
	schema_destroy(object->route_schema);
	schema_destroy(object->search_schema);
	json_decref(object->by_name);
	json_decref(object->by_hubspot);
	json_decref(object->record);
	properties_finish(object);
	free(object->asked);
	free(object->path);
	free(object->name);
	free(object->title);
	free(object->id_member);
	free(object->hubspot_type);
	free(object->read_scope);
	free(object->write_scope);
	free((char *)object->owner.name);
	free(object);
}

static void destroy_all(struct list *objects) {
	list_for_each_safe (object, after, objects, struct object, link) {
		object_destroy(object);
	}
}

void object_close_all(void) {
	destroy_all(&open_objects);
	destroy_all(&abandoned);
	owners_close();
}

struct object *object_find(const char *name) {
	list_for_each (object, &open_objects, struct object, link) {
		if (strcmp(object->path + 1, name) == 0) {
			return object;
		}
	}
	return NULL;
}

const char *object_nearest(const char *name) {
	enum { NEAR_EDITS = 3 };
	const char *nearest = NULL;
	size_t least = NEAR_EDITS + 1;
	list_for_each (object, &open_objects, struct object, link) {
		size_t edits = str_distance(name, object->path + 1, NEAR_EDITS);
		if (edits < least) {
			least = edits;
			nearest = object->path + 1;
		}
	}
	return nearest;
}

void object_each(void (*visit)(const struct object *object, void *ctx), void *ctx) {
	list_for_each (object, &open_objects, struct object, link) {
		visit(object, ctx);
	}
}

const char *object_path(const struct object *object) {
	return object->path;
}

const char *object_hubspot_type(const struct object *object) {
	return object->hubspot_type;
}

bool object_property_at(
	const struct object *object, size_t index, struct object_property *property) {
	static const char *const words[] = {
		[PROPERTY_TEXT] = "string",
		[PROPERTY_INTEGER] = "number",
		[PROPERTY_NUMBER] = "number",
		[PROPERTY_BOOLEAN] = "boolean",
		[PROPERTY_LIST] = "array",
		[PROPERTY_DATE] = "date",
		[PROPERTY_INSTANT] = "date-time",
	};
	if (index >= object->property_count) {
		return false;
	}
	const struct property *known = &object->properties[index];
	*property = (struct object_property){.name = known->name,
		.hubspot = known->hubspot,
		.type = words[known->type],
		.schema = json_object_get(
			json_object_get(object->record, "properties"), known->name)};
	return true;
}

const char *const *object_properties(const struct object *object) {
	return object->asked;
}
