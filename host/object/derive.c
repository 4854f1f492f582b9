#include "object/links.h"

#include <stdarg.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/str.h"
#include "schema/schema.h"

static const char no_memory[] = "out of memory";

__attribute__((format(printf, 3, 4))) static bool fail(
	char *error, size_t error_size, const char *format, ...) {
	va_list args;
	va_start(args, format);
	vsnprintf(error, error_size, format, args);
	va_end(args);
	return false;
}

static const struct property *property_at(const struct object *object, const json_t *index) {
	return index == NULL ? NULL : &object->properties[json_integer_value(index)];
}

const struct property *property_by_name(const struct object *object, const char *name) {
	return property_at(object, json_object_get(object->by_name, name));
}

const struct property *property_by_hubspot(const struct object *object, const char *hubspot) {
	return property_at(object, json_object_get(object->by_hubspot, hubspot));
}

/* ---- the record's schema ---- */

static bool add_id(json_t *properties) {
	return json_object_get(properties, "id") != NULL ||
		json_object_set_new(properties, "id",
			json_pack("{s:s, s:b, s:s}", "type", "string", "readOnly", 1, "description",
				"HubSpot's id of the record")) == 0;
}

static bool read_record(struct object *object, const char *text, char *error, size_t error_size) {
	char fault[JSON_ERROR_SIZE];
	object->record = json_read(text, strlen(text), JSON_DEPTH_MAX, fault);
	if (object->record == NULL) {
		return fail(error, error_size, "its schema: %s", fault);
	}
	json_t *properties = json_object_get(object->record, "properties");
	if (json_object_size(properties) == 0) {
		return fail(error, error_size, "its schema has no properties");
	}
	const char *name = NULL;
	json_t *fragment = NULL;
	json_object_foreach (properties, name, fragment) {
		if (!json_is_object(fragment)) {
			return fail(error, error_size,
				"its schema: property \"%s\" must be an object", name);
		}
	}
	return true;
}

static bool complete_record(
	struct object *object, const json_t *overrides, char *error, size_t error_size) {
	json_t *record = object->record;
	if (!overrides_merge(record, overrides) || !add_id(json_object_get(record, "properties"))) {
		return fail(error, error_size, no_memory);
	}
	bool is_taken = (object->offers & HSC_OBJECT_LINKS) != 0 &&
		json_object_get(json_object_get(record, "properties"), "associations") != NULL;
	if (is_taken) {
		return fail(error, error_size,
			"property \"associations\": this is what links stand under in a write");
	}
	if (json_object_get(record, "additionalProperties") == NULL &&
		json_object_set_new(record, "additionalProperties", json_false()) != 0) {
		return fail(error, error_size, no_memory);
	}
	object->takes_unknown = !json_is_false(json_object_get(record, "additionalProperties"));
	return true;
}

/* What write.c takes out of a body before this schema sees it stands in it for whoever reads it. */
static bool add_links(const struct object *object, json_t *loose) {
	json_t *properties = json_object_get(loose, "properties");
	return (object->offers & HSC_OBJECT_LINKS) == 0 ||
		json_object_set_new(properties, "associations", links_schema()) == 0;
}

static bool compile(struct object *object, char *error, size_t error_size) {
	char fault[SCHEMA_ERROR_SIZE];
	json_auto_t *plain = options_as_enums(object->record);
	json_auto_t *loose = plain == NULL ? NULL : loosen(plain);
	json_auto_t *any = json_pack("{s:s}", "type", "object");
	if (loose == NULL || any == NULL || !add_links(object, loose)) {
		return fail(error, error_size, no_memory);
	}
	object->body_schema = schema_compile(loose, fault);
	if (object->body_schema != NULL) {
		object->route_schema = schema_compile(any, fault);
	}
	return object->route_schema != NULL || fail(error, error_size, "its schema: %s", fault);
}

/* ---- the table of properties ---- */

static bool one_type(const char *name, enum property_type *type) {
	static const struct {
		const char *name;
		enum property_type type;
	} types[] = {
		{"string", PROPERTY_TEXT},
		{"integer", PROPERTY_INTEGER},
		{"number", PROPERTY_NUMBER},
		{"boolean", PROPERTY_BOOLEAN},
		{"array", PROPERTY_LIST},
	};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (str_is_equal(types[i].name, name)) {
			*type = types[i].type;
			return true;
		}
	}
	return false;
}

static bool is_numeric(enum property_type type) {
	return type == PROPERTY_INTEGER || type == PROPERTY_NUMBER;
}

/* The one type that a "type" keyword leaves beside null; several: text, for HubSpot's strings do
 * not tell which. False: the type is one that HubSpot has no form for. */
static bool type_of(const json_t *keyword, enum property_type *type) {
	*type = PROPERTY_TEXT;
	if (!json_is_array(keyword)) {
		return keyword == NULL || one_type(json_string_value(keyword), type);
	}
	bool is_found = false;
	size_t index = 0;
	json_t *item = NULL;
	json_array_foreach (keyword, index, item) {
		enum property_type next = PROPERTY_TEXT;
		if (str_is_equal(json_string_value(item), "null")) {
			continue;
		}
		if (!one_type(json_string_value(item), &next)) {
			return false;
		}
		if (is_found && next != *type) {
			next = is_numeric(next) && is_numeric(*type) ? PROPERTY_NUMBER
								     : PROPERTY_TEXT;
		}
		*type = next;
		is_found = true;
	}
	return true;
}

static enum property_type type_by_format(const json_t *format) {
	const char *name = json_string_value(format);
	return str_is_equal(name, "date")         ? PROPERTY_DATE
		: str_is_equal(name, "date-time") ? PROPERTY_INSTANT
						  : PROPERTY_TEXT;
}

static bool fill_property(struct property *property, const char *name, const json_t *flat,
	char *error, size_t error_size) {
	bool is_id = strcmp(name, "id") == 0;
	const json_t *mapped = json_object_get(flat, "x-hubspot-property");
	if (mapped != NULL && json_string_length(mapped) == 0) {
		return fail(error, error_size, "property \"%s\": x-hubspot-property must be a name",
			name);
	}
	property->name = name;
	property->hubspot = mapped != NULL ? json_string_value(mapped)
		: is_id                    ? "hs_object_id"
					   : name;
	property->is_read_only = json_is_true(json_object_get(flat, "readOnly"));
	if (!type_of(json_object_get(flat, "type"), &property->type)) {
		return fail(error, error_size, "property \"%s\": HubSpot has no form for its type",
			name);
	}
	if (property->type == PROPERTY_TEXT) {
		property->type = type_by_format(json_object_get(flat, "format"));
	}
	if (is_id && !property->is_read_only) {
		return fail(error, error_size,
			"property \"id\" must be readOnly: it is HubSpot's record id");
	}
	return true;
}

static bool index_property(
	struct object *object, const struct property *property, char *error, size_t error_size) {
	json_int_t index = property - object->properties;
	const struct property *other = property_by_hubspot(object, property->hubspot);
	if (other != NULL) {
		return fail(error, error_size,
			"properties \"%s\" and \"%s\" are both HubSpot's \"%s\"", other->name,
			property->name, property->hubspot);
	}
	return (json_object_set_new(object->by_name, property->name, json_integer(index)) == 0 &&
		       json_object_set_new(
			       object->by_hubspot, property->hubspot, json_integer(index)) == 0) ||
		fail(error, error_size, no_memory);
}

void properties_finish(struct object *object) {
	for (size_t i = 0; i < object->property_count; i++) {
		json_decref(object->properties[i].labels);
		json_decref(object->properties[i].folded);
	}
	free(object->properties);
	object->properties = NULL;
	object->property_count = 0;
}

static bool list_properties(struct object *object, char *error, size_t error_size) {
	json_t *properties = json_object_get(object->record, "properties");
	object->properties = must_calloc(json_object_size(properties), sizeof(*object->properties));
	object->asked = must_calloc(json_object_size(properties) + 1, sizeof(*object->asked));
	object->by_name = json_object();
	object->by_hubspot = json_object();
	size_t asked = 0;
	const char *name = NULL;
	json_t *fragment = NULL;
	json_object_foreach (properties, name, fragment) {
		struct property *property = &object->properties[object->property_count];
		json_auto_t *flat = flatten(object->record, fragment, NULL);
		if (flat == NULL) {
			return fail(error, error_size, no_memory);
		}
		object->property_count++;
		property->is_clearable = is_clearable(object->record, name, fragment);
		if (!fill_property(property, name, flat, error, error_size) ||
			!index_property(object, property, error, error_size)) {
			return false;
		}
		if (!options_read(property, object->record, flat)) {
			return fail(error, error_size, no_memory);
		}
		if (strcmp(name, "id") != 0) {
			object->asked[asked++] = property->hubspot;
		}
	}
	return true;
}

static bool find_key(struct object *object, const char *name, char *error, size_t error_size) {
	if (name == NULL) {
		return true;
	}
	object->key = property_by_name(object, name);
	if (object->key == NULL) {
		return fail(error, error_size, "its key \"%s\" is no property of its schema", name);
	}
	if (object->key->is_read_only || object->key->type == PROPERTY_LIST ||
		object->key->type == PROPERTY_BOOLEAN) {
		return fail(error, error_size,
			"its key \"%s\" must be a string or a number that can be written", name);
	}
	return true;
}

bool derive(struct object *object, const struct hsc_object *declaration, const json_t *overrides,
	char *error, size_t error_size) {
	const char *key = json_member_text(overrides, "key");
	return read_record(object, declaration->schema, error, error_size) &&
		complete_record(object, overrides, error, error_size) &&
		compile(object, error, error_size) && list_properties(object, error, error_size) &&
		find_key(object, key != NULL ? key : declaration->key, error, error_size);
}
