#include "object/inside.h"

#include "base/json.h"
#include "base/str.h"

enum { REF_HOPS_MAX = 8 };

static json_t *definition(const json_t *root, const char *ref) {
	static const char prefix[] = "#/$defs/";
	if (!str_starts_with(ref, prefix)) {
		return NULL;
	}
	json_t *found = json_object_get(json_object_get(root, "$defs"), ref + sizeof(prefix) - 1);
	return json_is_object(found) ? found : NULL;
}

bool keyword_is_annotation(const char *keyword) {
	static const char *const names[] = {
		"title", "description", "examples", "default", "deprecated", "$comment"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], keyword) == 0) {
			return true;
		}
	}
	return str_starts_with(keyword, "x-");
}

static bool overlaps(const json_t *fragment, json_t *target) {
	const char *keyword = NULL;
	json_t *value = NULL;
	json_object_foreach (target, keyword, value) {
		if (json_object_get(fragment, keyword) != NULL && !keyword_is_annotation(keyword)) {
			return true;
		}
	}
	return false;
}

json_t *flatten(const json_t *root, json_t *fragment, bool *is_exact) {
	json_t *flat = json_copy(fragment);
	for (int hops = 0; flat != NULL && hops < REF_HOPS_MAX; hops++) {
		const char *ref = json_member_text(flat, "$ref");
		json_t *target = ref == NULL ? NULL : definition(root, ref);
		if (target == NULL) {
			break;
		}
		json_object_del(flat, "$ref");
		if (is_exact != NULL && overlaps(flat, target)) {
			*is_exact = false;
		}
		if (json_object_update_missing(flat, target) != 0) {
			json_decref(flat);
			return NULL;
		}
	}
	return flat;
}

static bool holds(const json_t *array, const json_t *wanted) {
	size_t index = 0;
	json_t *item = NULL;
	json_array_foreach (array, index, item) {
		if (json_equal(item, wanted)) {
			return true;
		}
	}
	return false;
}

/* Sets `keyword` of `flat` to the array `old` (or to one that holds just `old`) with `extra` in it
 * as well. */
static bool extend(json_t *flat, const char *keyword, json_t *old, json_t *extra) {
	json_t *array = json_is_array(old) ? json_copy(old) : json_pack("[O]", old);
	bool is_done =
		array != NULL && (holds(array, extra) || json_array_append(array, extra) == 0);
	return json_object_set_new(flat, keyword, array) == 0 && is_done;
}

static bool allow_null(json_t *flat) {
	json_t *type = json_object_get(flat, "type");
	json_t *options = json_object_get(flat, "enum");
	json_auto_t *null_name = json_string("null");
	json_auto_t *null_value = json_null();
	return null_name != NULL && (type == NULL || extend(flat, "type", type, null_name)) &&
		(!json_is_array(options) || extend(flat, "enum", options, null_value));
}

static bool is_required(const json_t *record, const char *name) {
	size_t index = 0;
	json_t *item = NULL;
	json_array_foreach (json_object_get(record, "required"), index, item) {
		if (str_is_equal(json_string_value(item), name)) {
			return true;
		}
	}
	return false;
}

bool is_clearable(const json_t *record, const char *name, json_t *fragment) {
	bool is_exact = true;
	json_auto_t *flat = flatten(record, fragment, &is_exact);
	return flat != NULL && is_exact && !is_required(record, name) &&
		json_object_get(flat, "$ref") == NULL && json_object_get(flat, "const") == NULL &&
		!json_is_true(json_object_get(flat, "readOnly"));
}

static bool loosen_property(
	const json_t *record, json_t *properties, const char *name, json_t *fragment) {
	if (!is_clearable(record, name, fragment)) {
		return true;
	}
	json_auto_t *flat = flatten(record, fragment, NULL);
	return flat != NULL && allow_null(flat) && json_object_set(properties, name, flat) == 0;
}

json_t *loosen(const json_t *record) {
	json_t *loose = json_copy((json_t *)record);
	json_t *properties = json_copy(json_object_get(record, "properties"));
	if (loose == NULL || json_object_set_new(loose, "properties", properties) != 0) {
		json_decref(loose);
		return NULL;
	}
	const char *name = NULL;
	json_t *fragment = NULL;
	json_object_foreach (json_object_get(record, "properties"), name, fragment) {
		if (!loosen_property(record, properties, name, fragment)) {
			json_decref(loose);
			return NULL;
		}
	}
	return loose;
}
