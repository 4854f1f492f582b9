#include "fragment.h"

#include "base/json.h"
#include "base/str.h"

static bool is_of(const json_t *definition, const char *type) {
	return str_is_equal(json_member_text(definition, "type"), type);
}

/* Can nobody but HubSpot write it? */
static bool is_read_only(const json_t *definition) {
	const json_t *metadata = json_object_get(definition, "modificationMetadata");
	return json_is_true(json_object_get(metadata, "readOnlyValue")) ||
		json_is_true(json_object_get(definition, "calculated"));
}

/* Several options of it at once? */
static bool is_multiple(const json_t *definition) {
	return is_of(definition, "enumeration") &&
		str_is_equal(json_member_text(definition, "fieldType"), "checkbox");
}

bool definition_has_options(const json_t *definition) {
	return is_of(definition, "enumeration") &&
		!json_is_true(json_object_get(definition, "externalOptions")) &&
		json_array_size(json_object_get(definition, "options")) > 0;
}

bool definition_has_option(const json_t *definition, const char *value) {
	size_t index = 0;
	json_t *option = NULL;
	json_array_foreach (json_object_get(definition, "options"), index, option) {
		if (str_is_equal(json_member_text(option, "value"), value) &&
			!json_is_true(json_object_get(option, "archived"))) {
			return true;
		}
	}
	return false;
}

/* ---- options ---- */

static bool is_offered(const json_t *option) {
	return json_string_length(json_object_get(option, "value")) > 0 &&
		!json_is_true(json_object_get(option, "hidden")) &&
		!json_is_true(json_object_get(option, "archived"));
}

/* A new array, perhaps empty; NULL: out of memory. */
static json_t *offered(const json_t *definition) {
	json_t *list = json_array();
	size_t index = 0;
	json_t *option = NULL;
	json_array_foreach (json_object_get(definition, "options"), index, option) {
		if (!is_offered(option)) {
			continue;
		}
		json_t *entry = json_pack("{s:O, s:s*}", "const", json_object_get(option, "value"),
			"title", json_member_text(option, "label"));
		if (json_array_append_new(list, entry) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* One value of an enumeration. */
static json_t *one_of(const json_t *definition) {
	json_t *fragment = json_pack("{s:s}", "type", "string");
	if (!definition_has_options(definition)) {
		return fragment;
	}
	json_auto_t *options = offered(definition);
	bool is_whole = options != NULL &&
		(json_array_size(options) == 0 || json_object_set(fragment, "oneOf", options) == 0);
	if (!is_whole) {
		json_decref(fragment);
		return NULL;
	}
	return fragment;
}

/* ---- types ---- */

static const struct {
	const char *hubspot;
	const char *type;
	const char *format; /* or NULL */
} TYPES[] = {
	{"number", "number", NULL},
	{"bool", "boolean", NULL},
	{"date", "string", "date"},
	{"datetime", "string", "date-time"},
};

static json_t *typed(const json_t *definition) {
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
		if (is_of(definition, TYPES[i].hubspot)) {
			return json_pack(
				"{s:s, s:s*}", "type", TYPES[i].type, "format", TYPES[i].format);
		}
	}
	if (!is_of(definition, "enumeration")) {
		return json_pack("{s:s}", "type", "string");
	}
	if (!is_multiple(definition)) {
		return one_of(definition);
	}
	json_t *items = one_of(definition);
	return items == NULL ? NULL : json_pack("{s:s, s:o}", "type", "array", "items", items);
}

/* A text that says something; or NULL. */
static const char *words(const json_t *definition, const char *member) {
	const char *text = json_member_text(definition, member);
	return text != NULL && *text != '\0' ? text : NULL;
}

json_t *fragment_of(const json_t *definition) {
	json_t *fragment = json_pack("{s:s*, s:s*}", "title", words(definition, "label"),
		"description", words(definition, "description"));
	json_auto_t *type = typed(definition);
	bool is_whole = fragment != NULL && type != NULL &&
		json_object_update(fragment, type) == 0 &&
		(!is_read_only(definition) ||
			json_object_set_new(fragment, "readOnly", json_true()) == 0);
	if (!is_whole) {
		json_decref(fragment);
		return NULL;
	}
	return fragment;
}
