/* Everything there is, as one JSON object, and back. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

static json_t *dump_record(const struct record *record) {
	return json_pack("{s:I,s:I,s:I,s:I,s:O}", "id", (json_int_t)record->id, "created_ms",
		(json_int_t)record->created_ms, "updated_ms", (json_int_t)record->updated_ms,
		"archived_ms", (json_int_t)record->archived_ms, "properties", record->properties);
}

static void add_list(json_t *into, const char *name, json_t *value) {
	if (value != NULL) {
		json_object_set_new(into, name, json_deep_copy(value));
	}
}

static json_t *dump_type(const struct type *type) {
	json_t *records = json_array();
	json_t *uniques = json_array();
	for (size_t i = 0; i < type->count; i++) {
		json_array_append_new(records, dump_record(type->records[i]));
	}
	for (size_t i = 0; i < type->unique_count; i++) {
		json_array_append_new(uniques, json_string(type->uniques[i].name));
	}
	json_t *dump = json_pack(
		"{s:s,s:o*,s:o*}", "type", type->id, "records", records, "uniques", uniques);
	add_list(dump, "own", type->own);
	add_list(dump, "archived_own", type->archived_own);
	add_list(dump, "groups", type->groups);
	add_list(dump, "pipelines", type->pipelines);
	add_list(dump, "merged", type->merged);
	return dump;
}

json_t *model_save(const struct model *model) {
	json_t *types = json_array();
	for (size_t i = 0; i < model->type_count; i++) {
		json_array_append_new(types, dump_type(model->types[i]));
	}
	json_t *dump = json_pack("{s:i,s:I,s:I,s:o*}", "version", 1, "last_id",
		(json_int_t)model->last_id, "last_label", model->last_label, "types", types);
	add_list(dump, "account", model->account);
	add_list(dump, "owners", model->owners);
	add_list(dump, "links", model->links);
	add_list(dump, "labels", model->labels);
	return dump;
}

/* ---- and back ---- */

static json_int_t number(const json_t *object, const char *name) {
	return json_integer_value(json_object_get(object, name));
}

static bool are_strings(const json_t *properties) {
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)properties, name, value) {
		if (json_string_length(value) == 0) {
			return false;
		}
	}
	return json_is_object(properties);
}

static bool load_record(struct model *model, struct type *type, const json_t *dump) {
	struct record facts = {.id = (uint64_t)number(dump, "id"),
		.created_ms = (uint64_t)number(dump, "created_ms"),
		.updated_ms = (uint64_t)number(dump, "updated_ms"),
		.archived_ms = (uint64_t)number(dump, "archived_ms"),
		.properties = json_object_get(dump, "properties")};
	return number(dump, "id") > 0 && are_strings(facts.properties) &&
		model_store_restore(model, type, &facts);
}

/* Takes what the dump has under `name`, if it is of the type that `place` has,
 * or none. */
static bool load_member(json_t **place, const json_t *dump, const char *name, json_type kind) {
	json_t *value = json_object_get(dump, name);
	if (value == NULL) {
		return true;
	}
	if (json_typeof(value) != kind) {
		return false;
	}
	json_decref(*place);
	*place = json_deep_copy(value);
	return *place != NULL;
}

/* Every member of the object is of this type. */
static bool are_all(const json_t *object, json_type kind) {
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)object, name, value) {
		if (json_typeof(value) != kind) {
			return false;
		}
	}
	return true;
}

static bool are_links(const json_t *links) {
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)links, name, value) {
		if (!json_is_object(value) || !are_all(value, JSON_ARRAY)) {
			return false;
		}
	}
	return true;
}

static bool load_uniques(struct type *type, const json_t *dump) {
	size_t at;
	json_t *name;
	json_array_foreach (json_object_get(dump, "uniques"), at, name) {
		const char *text = json_string_value(name);
		if (text == NULL || model_store_unique(type, text) == NULL) {
			return false;
		}
	}
	return true;
}

static bool load_type(struct model *model, const json_t *dump) {
	const char *word = json_string_value(json_object_get(dump, "type"));
	struct type *type = word == NULL ? NULL : model_type_find(model, word);
	if (type == NULL || !load_member(&type->own, dump, "own", JSON_OBJECT) ||
		!load_member(&type->archived_own, dump, "archived_own", JSON_OBJECT) ||
		!load_member(&type->groups, dump, "groups", JSON_ARRAY) ||
		!load_member(&type->pipelines, dump, "pipelines", JSON_ARRAY) ||
		!load_member(&type->merged, dump, "merged", JSON_OBJECT)) {
		return false;
	}
	if (!are_all(type->own, JSON_OBJECT) || !are_all(type->archived_own, JSON_OBJECT) ||
		!are_all(type->merged, JSON_STRING)) {
		return false;
	}
	size_t at;
	json_t *record;
	json_array_foreach (json_object_get(dump, "records"), at, record) {
		if (!load_record(model, type, record)) {
			return false;
		}
	}
	return load_uniques(type, dump);
}

static bool load_all(struct model *model, const json_t *dump) {
	size_t at;
	json_t *type;
	json_array_foreach (json_object_get(dump, "types"), at, type) {
		if (!load_type(model, type)) {
			return false;
		}
	}
	model->last_id = (uint64_t)number(dump, "last_id");
	model->last_label = number(dump, "last_label");
	return load_member(&model->account, dump, "account", JSON_OBJECT) &&
		load_member(&model->owners, dump, "owners", JSON_ARRAY) &&
		load_member(&model->links, dump, "links", JSON_OBJECT) &&
		load_member(&model->labels, dump, "labels", JSON_OBJECT) &&
		are_links(model->links) && are_all(model->labels, JSON_ARRAY);
}

static void forget_all(struct model *model) {
	for (size_t i = 0; i < model->type_count; i++) {
		model_type_destroy(model->types[i]);
	}
	model->type_count = 0;
	model->record_count = 0;
	json_object_clear(model->links);
	json_object_clear(model->labels);
}

const char *model_state_load(struct model *model, const json_t *dump) {
	if (number(dump, "version") != 1 || number(dump, "last_id") < 1 ||
		!json_is_array(json_object_get(dump, "types"))) {
		return "load is what GET /sandbox/__dump has given";
	}
	forget_all(model);
	if (!load_all(model, dump)) {
		forget_all(model);
		return "load has a part that no dump has; nothing is left of what there "
		       "was";
	}
	return NULL;
}
