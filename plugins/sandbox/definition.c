/* What a property is, as the properties API tells it. HubSpot's own are told
 * from the tables; a definition is kept only of those that the account made or
 * changed. */
#include "inside.h"

#include <stdio.h>
#include <string.h>

static const char born[] = "2019-08-06T02:41:08.029Z";

static const char *type_word(enum value_kind kind) {
	static const char *const words[] = {[KIND_STRING] = "string",
		[KIND_NUMBER] = "number",
		[KIND_BOOL] = "bool",
		[KIND_ENUMERATION] = "enumeration",
		[KIND_DATE] = "date",
		[KIND_DATETIME] = "datetime"};
	return words[kind];
}

static const char *field_word(const struct property *property) {
	static const char *const words[] = {[KIND_STRING] = "text",
		[KIND_NUMBER] = "number",
		[KIND_BOOL] = "booleancheckbox",
		[KIND_ENUMERATION] = "select",
		[KIND_DATE] = "date",
		[KIND_DATETIME] = "date"};
	bool is_multiple = (property->flags & PROPERTY_MULTIPLE) != 0;
	return is_multiple ? "checkbox" : words[property->kind];
}

void model_group_default(const struct type *type, char name[NAME_SIZE + 16]) {
	bool is_built_in = !type->is_open;
	snprintf(name, NAME_SIZE + 16, "%s%sinformation", type->singular, is_built_in ? "" : "_");
}

static json_t *metadata(bool is_own, bool is_read_only) {
	return json_pack("{s:b,s:b,s:b}", "archivable", is_own, "readOnlyDefinition", !is_own,
		"readOnlyValue", is_read_only);
}

json_t *model_definition(const struct type *type, const struct property *property) {
	const json_t *own = model_type_own(type, property->name);
	if (own != NULL) {
		return json_deep_copy(own);
	}
	bool is_read_only = (property->flags & PROPERTY_READ_ONLY) != 0;
	bool is_external = (property->flags & (PROPERTY_OWNER | PROPERTY_PIPELINE)) != 0 ||
		(property->kind == KIND_ENUMERATION && property->options == NULL);
	char group[NAME_SIZE + 16];
	model_group_default(type, group);
	return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:o*,s:i,s:b,s:b,s:b,s:b,s:b,s:b,s:o*,s:s,s:s,"
			 "s:s}",
		"name", property->name, "label", property->label, "type", type_word(property->kind),
		"fieldType", field_word(property), "description", "", "groupName", group, "options",
		model_property_options(type, property), "displayOrder", -1, "calculated", 0,
		"externalOptions", is_external, "hasUniqueValue",
		(property->flags & PROPERTY_UNIQUE) != 0, "hidden", 0, "hubspotDefined", 1,
		"formField", !is_read_only, "modificationMetadata", metadata(false, is_read_only),
		"dataSensitivity", "non_sensitive", "createdAt", born, "updatedAt", born);
}

/* The members of a definition that a caller may give. */
static const char *const given_members[] = {"label", "type", "fieldType", "groupName",
	"description", "displayOrder", "hidden", "formField", "hasUniqueValue", "externalOptions",
	"dataSensitivity"};

void model_definition_take(json_t *definition, const json_t *given) {
	for (size_t i = 0; i < sizeof(given_members) / sizeof(given_members[0]); i++) {
		json_t *value = json_object_get(given, given_members[i]);
		if (value != NULL && !json_is_null(value)) {
			json_object_set(definition, given_members[i], value);
		}
	}
	const json_t *options = json_object_get(given, "options");
	if (!json_is_array(options)) {
		return;
	}
	json_t *list = json_deep_copy(options);
	size_t at;
	json_t *entry;
	json_array_foreach (list, at, entry) {
		json_t *defaults =
			json_pack("{s:I,s:b}", "displayOrder", (json_int_t)at, "hidden", 0);
		json_object_update_missing(entry, defaults);
		json_decref(defaults);
	}
	json_object_set_new(definition, "options", list);
}

bool model_definition_add(
	struct model *model, struct type *type, const char *name, const json_t *given) {
	if (strlen(name) >= NAME_SIZE || *name == '\0') {
		return false;
	}
	char group[NAME_SIZE + 16];
	char now[ISO_SIZE];
	model_group_default(type, group);
	model_iso_format(model->wall_ms, now);
	json_t *own =
		json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:[],s:i,s:b,s:b,s:b,s:b,s:b,s:o*,s:s,s:s,"
			  "s:s}",
			"name", name, "label", name, "type", "string", "fieldType", "text",
			"description", "", "groupName", group, "options", "displayOrder", -1,
			"calculated", 0, "externalOptions", 0, "hasUniqueValue", 0, "hidden", 0,
			"formField", 0, "modificationMetadata", metadata(true, false),
			"dataSensitivity", "non_sensitive", "createdAt", now, "updatedAt", now);
	model_definition_take(own, given);
	json_object_del(type->archived_own, name);
	bool is_set = json_object_set(type->own, name, own) == 0;
	bool is_unique = json_is_true(json_object_get(own, "hasUniqueValue"));
	json_decref(own);
	if (is_set && is_unique && model_store_unique(type, name) == NULL) {
		json_object_del(type->own, name);
		is_set = false;
	}
	return is_set;
}
