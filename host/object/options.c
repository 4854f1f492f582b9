/*
 * Enumerations: {"oneOf": [{"const": "lead", "title": "Lead"}, ...]} says what values there are and
 * how people call them. To the validator it is an enum of the values.
 */
#include "object/inside.h"

#include "base/json.h"
#include "base/str.h"

static bool is_option(const json_t *entry) {
	if (json_object_get(entry, "const") == NULL) {
		return false;
	}
	const char *keyword = NULL;
	json_t *value = NULL;
	json_object_foreach ((json_t *)entry, keyword, value) {
		if (strcmp(keyword, "const") != 0 && !keyword_is_annotation(keyword)) {
			return false;
		}
	}
	return true;
}

/* The fragment's list of options, borrowed; or NULL. */
static json_t *options_of(const json_t *fragment) {
	json_t *options = json_object_get(fragment, "oneOf");
	size_t index = 0;
	json_t *entry = NULL;
	json_array_foreach (options, index, entry) {
		if (!is_option(entry)) {
			return NULL;
		}
	}
	return json_array_size(options) > 0 ? options : NULL;
}

/* ---- for the validator ---- */

static bool replace_options(json_t *fragment) {
	const json_t *options = options_of(fragment);
	if (options == NULL || json_object_get(fragment, "enum") != NULL) {
		return true;
	}
	json_t *values = json_array();
	size_t index = 0;
	json_t *entry = NULL;
	json_array_foreach (options, index, entry) {
		if (json_array_append(values, json_object_get(entry, "const")) != 0) {
			json_decref(values);
			return false;
		}
	}
	return json_object_set_new(fragment, "enum", values) == 0 &&
		json_object_del(fragment, "oneOf") == 0;
}

static bool holds_values(const char *keyword) {
	static const char *const names[] = {"const", "enum", "default", "examples"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], keyword) == 0) {
			return true;
		}
	}
	return false;
}

static bool replace_all(json_t *schema) {
	const char *keyword = NULL;
	json_t *value = NULL;
	if (!replace_options(schema)) {
		return false;
	}
	json_object_foreach (schema, keyword, value) {
		if (!holds_values(keyword) && !replace_all(value)) {
			return false;
		}
	}
	return true;
}

json_t *options_as_enums(const json_t *schema) {
	json_t *plain = json_deep_copy(schema);
	if (plain != NULL && !replace_all(plain)) {
		json_decref(plain);
		return NULL;
	}
	return plain;
}

/* ---- by label ---- */

/* Two options under one name: it names neither. */
static bool add_name(json_t *names, const char *name, json_t *value) {
	const json_t *other = json_object_get(names, name);
	if (other == NULL || json_equal(other, value)) {
		return json_object_set(names, name, value) == 0;
	}
	return json_object_set_new(names, name, json_null()) == 0;
}

static bool add_folded(json_t *names, const char *name, json_t *value) {
	char *folded = strdup(name);
	if (folded == NULL) {
		return false;
	}
	str_lower(folded);
	bool is_added = add_name(names, folded, value);
	free(folded);
	return is_added;
}

static bool add_labels(struct property *property, const json_t *options) {
	size_t index = 0;
	json_t *entry = NULL;
	json_array_foreach (options, index, entry) {
		const char *label = json_member_text(entry, "title");
		json_t *value = json_object_get(entry, "const");
		if (label != NULL &&
			(!add_name(property->labels, label, value) ||
				!add_folded(property->folded, label, value))) {
			return false;
		}
	}
	/* A value is itself, whatever else is called so. */
	json_array_foreach (options, index, entry) {
		json_t *value = json_object_get(entry, "const");
		if (json_is_string(value) &&
			json_object_set(property->labels, json_string_value(value), value) != 0) {
			return false;
		}
	}
	return true;
}

bool options_read(struct property *property, const json_t *record, const json_t *flat) {
	json_t *fragment = (json_t *)flat;
	json_auto_t *items = NULL;
	if (property->type == PROPERTY_LIST && json_object_get(flat, "items") != NULL) {
		items = flatten(record, json_object_get(flat, "items"), NULL);
		fragment = items;
	}
	const json_t *options = options_of(fragment);
	if (options == NULL) {
		return fragment != NULL;
	}
	property->labels = json_object();
	property->folded = json_object();
	return property->labels != NULL && property->folded != NULL &&
		add_labels(property, options);
}

json_t *option_value(const struct property *property, const json_t *value) {
	if (property->labels == NULL || !json_is_string(value)) {
		return NULL;
	}
	json_t *found = json_object_get(property->labels, json_string_value(value));
	if (found == NULL) {
		char *folded = strdup(json_string_value(value));
		if (folded != NULL) {
			str_lower(folded);
			found = json_object_get(property->folded, folded);
		}
		free(folded);
	}
	return json_is_null(found) ? NULL : found;
}
