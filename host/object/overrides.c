#include "object/inside.h"

#include <stdarg.h>

#include "base/json.h"
#include "base/str.h"
#include "schema/schema.h"

struct place {
	const char *name; /* of the object, as in objects.NAME */
	char *error;
	size_t error_size;
};

__attribute__((format(printf, 2, 3))) static bool fail(
	const struct place *place, const char *format, ...) {
	char what[SCHEMA_ERROR_SIZE + 128];
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	snprintf(place->error, place->error_size, "objects.%s%s", place->name, what);
	return false;
}

static bool check_fragment(const struct place *place, const char *name, json_t *fragment) {
	if (*name == '\0' || !json_is_object(fragment)) {
		return fail(place, ".properties.%s must be a JSON Schema, an object", name);
	}
	const json_t *mapped = json_object_get(fragment, "x-hubspot-property");
	if (mapped != NULL && json_string_length(mapped) == 0) {
		return fail(place, ".properties.%s: x-hubspot-property must be a name", name);
	}
	char fault[SCHEMA_ERROR_SIZE];
	json_auto_t *plain = options_as_enums(fragment);
	struct schema *schema = schema_compile(plain, fault);
	if (schema == NULL) {
		return fail(place, ".properties.%s: %s", name, fault);
	}
	schema_destroy(schema);
	return true;
}

static bool check_properties(const struct place *place, json_t *properties) {
	if (!json_is_object(properties)) {
		return fail(place, ".properties must be an object: a JSON Schema for each name");
	}
	const char *name = NULL;
	json_t *fragment = NULL;
	json_object_foreach (properties, name, fragment) {
		if (!check_fragment(place, name, fragment)) {
			return false;
		}
	}
	return true;
}

static bool check_unknown(const struct place *place, json_t *unknown) {
	const char *text = json_string_value(unknown);
	return str_is_equal(text, "refuse") || str_is_equal(text, "pass") ||
		fail(place, ".unknown must be \"refuse\" or \"pass\"");
}

static bool check_key(const struct place *place, json_t *key) {
	return json_string_length(key) > 0 || fail(place, ".key must be the name of a property");
}

static bool check_hubspot(const struct place *place, json_t *type) {
	return type_is_plausible(json_string_value(type)) ||
		fail(place,
			".hubspot must be a HubSpot type, such as \"contacts\" or \"2-123456\"");
}

static const struct member {
	const char *name;
	bool (*check)(const struct place *place, json_t *value);
} members[] = {
	{"properties", check_properties},
	{"unknown", check_unknown},
	{"key", check_key},
	{"hubspot", check_hubspot},
};

static const struct member *find_member(const char *name) {
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (strcmp(members[i].name, name) == 0) {
			return &members[i];
		}
	}
	return NULL;
}

bool type_is_plausible(const char *type) {
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
	return type != NULL && *type != '\0' && type[strspn(type, letters)] == '\0';
}

bool object_check_overrides(
	const char *name, const json_t *overrides, char *error, size_t error_size) {
	const struct place place = {.name = name, .error = error, .error_size = error_size};
	if (!json_is_object(overrides)) {
		return fail(&place, " must be an object");
	}
	const char *member_name = NULL;
	json_t *value = NULL;
	json_object_foreach ((json_t *)overrides, member_name, value) {
		const struct member *member = find_member(member_name);
		if (member == NULL) {
			return fail(&place,
				".%s is unknown: properties, unknown, key and hubspot are known",
				member_name);
		}
		if (!member->check(&place, value)) {
			return false;
		}
	}
	return true;
}

/* A fragment replaces a shipped property, but not its place in HubSpot, unless it names another. */
static bool merge_property(json_t *properties, const char *name, const json_t *fragment) {
	json_auto_t *merged = json_deep_copy(fragment);
	json_t *mapped = json_object_get(json_object_get(properties, name), "x-hubspot-property");
	if (mapped != NULL && json_object_get(merged, "x-hubspot-property") == NULL &&
		json_object_set(merged, "x-hubspot-property", mapped) != 0) {
		return false;
	}
	return json_object_set(properties, name, merged) == 0;
}

bool overrides_merge(json_t *record, const json_t *overrides) {
	json_t *properties = json_object_get(record, "properties");
	const char *name = NULL;
	json_t *fragment = NULL;
	json_object_foreach (json_object_get(overrides, "properties"), name, fragment) {
		if (!merge_property(properties, name, fragment)) {
			return false;
		}
	}
	const char *unknown = json_member_text(overrides, "unknown");
	return unknown == NULL ||
		json_object_set_new(record, "additionalProperties",
			json_boolean(strcmp(unknown, "pass") == 0)) == 0;
}
