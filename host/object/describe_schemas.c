/*
 * What follows from a record's schema. Records that are read have what is readOnly and need nothing
 * but an id; a part of a record needs nothing; a write is such a part that needs what is required.
 */
#include "object/describe.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/str.h"
#include "http/http.h"
#include "object/links.h"
#include "object/pages.h"
#include "schema/schema.h"

enum { EXAMPLE_MAX = 5, NAME_SIZE = 320 };

static void copy_member(json_t *to, const json_t *from, const char *name) {
	json_t *member = json_object_get(from, name);
	if (member != NULL) {
		json_object_set_new(to, name, json_deep_copy(member));
	}
}

/* ---- records and writes ---- */

static json_t *record_schema(const struct object *object) {
	json_t *schema = json_pack("{s:s, s:s}", "title", object->title, "type", "object");
	static const char *const kept[] = {"title", "description", "$id", "properties", "$defs"};
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		copy_member(schema, object->record, kept[i]);
	}
	json_object_set_new(schema, "required", json_pack("[s]", "id"));
	return schema;
}

static json_t *patch_schema(const struct object *object) {
	json_auto_t *plain = options_as_enums(object->record);
	json_auto_t *loose = plain != NULL ? loosen(plain) : NULL;
	json_t *schema = json_deep_copy(loose);
	json_t *properties = json_object_get(schema, "properties");
	for (size_t i = 0; i < object->property_count; i++) {
		if (object->properties[i].is_read_only) {
			json_object_del(properties, object->properties[i].name);
		}
	}
	if ((object->offers & HSC_OBJECT_LINKS) != 0) {
		json_object_set_new(properties, "associations",
			json_pack("{s:s}", "$ref", "#/components/schemas/Associations"));
	}
	json_object_del(schema, "required");
	json_object_set_new(schema, "title", json_sprintf("%s, in part", object->title));
	return schema;
}

static json_t *write_schema(const struct object *object, const char *patch) {
	json_t *schema = json_pack("{s:o, s:[{s:o}]}", "title",
		json_sprintf("%s, to be written", object->title), "allOf", "$ref",
		json_sprintf("#/components/schemas/%s", patch));
	json_t *required = json_array();
	size_t index = 0;
	json_t *name = NULL;
	json_array_foreach (json_object_get(object->record, "required"), index, name) {
		const struct property *property = property_by_name(object, json_string_value(name));
		if (property == NULL || !property->is_read_only) {
			json_array_append(required, name);
		}
	}
	if (json_array_size(required) > 0) {
		json_object_set(schema, "required", required);
	}
	json_decref(required);
	return schema;
}

/* ---- associations ---- */

static void add_links_to(const struct object *other, void *ctx) {
	json_t *entry = json_pack("{s:s, s:b, s:i, s:{s:{s:s, s:s, s:s}}}", "type", "object",
		"additionalProperties", 0, "minProperties", 1, "properties", "id", "type", "string",
		"pattern", "^[1-9][0-9]{0,19}$", "description", "HubSpot's id of the record.");
	json_t *properties = json_object_get(entry, "properties");
	if (other->key != NULL) {
		json_object_set_new(properties, other->key->name,
			json_pack("{s:[s, s, s], s:s}", "type", "string", "number", "boolean",
				"description", "The key of the record, in place of its id."));
		json_object_set_new(properties, "create",
			json_pack("{s:s, s:s}", "type", "boolean", "description",
				"With a key: one that is missing is created."));
	}
	json_object_set_new(ctx, other->path + 1,
		json_pack(
			"{s:s, s:i, s:o}", "type", "array", "maxItems", LINKS_MAX, "items", entry));
}

static json_t *associations_schema(void) {
	json_t *properties = json_object();
	object_each(add_links_to, properties);
	return json_pack("{s:s, s:s, s:s, s:b, s:o}", "title", "Links to be made", "description",
		"Records to link it with, by object, each by its id or by its object's key; 100 in "
		"all. The record is written first.",
		"type", "object", "additionalProperties", 0, "properties", properties);
}

static void add(struct http_description *description, const char *name, json_t *schema) {
	http_describe_schema(description, name, schema);
	json_decref(schema);
}

void describe_schemas(
	const struct object *object, const char *noun, struct http_description *description) {
	char patch[NAME_SIZE], write[NAME_SIZE];
	snprintf(patch, sizeof(patch), "%sPatch", noun);
	snprintf(write, sizeof(write), "%sWrite", noun);
	add(description, noun, record_schema(object));
	add(description, patch, patch_schema(object));
	add(description, write, write_schema(object, patch));
	add(description, "Associations", associations_schema());
	add(description, "Search", search_definition());
}

/* ---- examples ---- */

/* The first example of a property, borrowed; or NULL. */
static json_t *example_of(const struct object *object, const char *name) {
	json_t *properties = json_object_get(object->record, "properties");
	json_auto_t *flat = flatten(object->record, json_object_get(properties, name), NULL);
	json_t *example = json_array_get(json_object_get(flat, "examples"), 0);
	json_t *option = json_array_get(json_object_get(flat, "oneOf"), 0);
	return example != NULL ? example : json_object_get(option, "const");
}

static bool is_required(const struct object *object, const struct property *property) {
	size_t index = 0;
	json_t *name = NULL;
	json_array_foreach (json_object_get(object->record, "required"), index, name) {
		if (str_is_equal(json_string_value(name), property->name)) {
			return true;
		}
	}
	return property == object->key;
}

static bool add_example(const struct object *object, const struct property *property, json_t *to) {
	json_t *example = example_of(object, property->name);
	return example != NULL && json_object_set(to, property->name, example) == 0;
}

json_t *example_write(const struct object *object) {
	json_auto_t *record = json_object();
	bool is_whole = true;
	for (size_t i = 0; i < object->property_count; i++) {
		const struct property *property = &object->properties[i];
		if (property->is_read_only) {
			continue;
		}
		bool is_needed = is_required(object, property);
		bool is_wanted = json_object_size(record) < EXAMPLE_MAX &&
			property->type != PROPERTY_LIST &&
			strcmp(property->hubspot, "hubspot_owner_id") != 0;
		if (is_needed || is_wanted) {
			is_whole =
				(add_example(object, property, record) || !is_needed) && is_whole;
		}
	}
	bool is_valid = is_whole && json_object_size(record) > 0 &&
		schema_validate(object->body_schema, record, SCHEMA_REFUSE_READ_ONLY, NULL);
	return is_valid ? json_incref(record) : NULL;
}

json_t *example_record(const struct object *object, const json_t *write) {
	if (write == NULL) {
		return NULL;
	}
	json_t *record = json_pack("{s:s}", "id", "171596044869");
	json_object_update(record, (json_t *)write);
	for (size_t i = 0; i < object->property_count; i++) {
		const struct property *property = &object->properties[i];
		bool is_time = property->is_read_only && property->type == PROPERTY_INSTANT;
		if (is_time && json_object_size(record) < EXAMPLE_MAX + 3) {
			(void)add_example(object, property, record);
		}
	}
	return record;
}

/* The last of them that nobody needs. */
json_t *example_patch(const struct object *object, const json_t *write) {
	const char *last = NULL;
	const char *name = NULL;
	json_t *value = NULL;
	json_object_foreach ((json_t *)write, name, value) {
		if (!is_required(object, property_by_name(object, name))) {
			last = name;
		}
	}
	return last == NULL ? NULL : json_pack("{s:O}", last, json_object_get(write, last));
}

json_t *example_search(const struct object *object, const json_t *write) {
	const char *name = NULL;
	json_t *value = NULL;
	json_object_foreach ((json_t *)write, name, value) {
		const struct property *property = property_by_name(object, name);
		if (json_is_string(value) && (object->key == NULL || property == object->key)) {
			return json_pack("{s:[{s:s, s:s, s:O}], s:i}", "filters", "property", name,
				"operator", "EQ", "value", value, "limit", 10);
		}
	}
	return NULL;
}

/* ---- lists ---- */

static json_t *filter_schema(const struct property *property) {
	static const struct {
		const char *type, *format;
	} types[] = {
		[PROPERTY_TEXT] = {"string", NULL},
		[PROPERTY_INTEGER] = {"integer", NULL},
		[PROPERTY_NUMBER] = {"number", NULL},
		[PROPERTY_BOOLEAN] = {"boolean", NULL},
		[PROPERTY_LIST] = {"string", NULL},
		[PROPERTY_DATE] = {"string", "date"},
		[PROPERTY_INSTANT] = {"string", "date-time"},
	};
	json_t *schema = json_pack("{s:s, s:s*}", "type", types[property->type].type, "format",
		types[property->type].format);
	if (strcmp(property->name, "id") == 0) {
		json_object_set_new(schema, "pattern", json_string("^[1-9][0-9]{0,19}$"));
	} else if (types[property->type].format == NULL &&
		strcmp(types[property->type].type, "string") == 0) {
		json_object_set_new(schema, "minLength", json_integer(1));
	}
	return schema;
}

static void add_filter(
	const struct object *object, const struct property *property, json_t *parameters) {
	json_t *properties = json_object_get(object->record, "properties");
	json_auto_t *flat =
		flatten(object->record, json_object_get(properties, property->name), NULL);
	const char *title = json_member_text(flat, "title");
	bool is_reserved =
		strcmp(property->name, "limit") == 0 || strcmp(property->name, "after") == 0;
	if (!is_reserved) {
		json_array_append_new(parameters,
			json_pack("{s:s, s:s, s:s, s:o}", "name", property->name, "in", "query",
				"description", title != NULL ? title : property->name, "schema",
				filter_schema(property)));
	}
}

void describe_filters(const struct object *object, json_t *parameters) {
	if (object->key != NULL) {
		add_filter(object, object->key, parameters);
	}
	for (size_t i = 0; i < object->property_count; i++) {
		if (&object->properties[i] != object->key) {
			add_filter(object, &object->properties[i], parameters);
		}
	}
}
