/*
 * The owner of an object may change a record before it is written, and may refuse it. What it
 * leaves is not validated again: only that it still says which record it is, and something of it.
 */
#include "object/write.h"

#include "base/json.h"
#include "schema/schema.h"

static const char *text_or(const json_t *error, const char *name, const char *otherwise) {
	const char *text = json_member_text(error, name);
	return text != NULL ? text : otherwise;
}

/* In the shape that we promise, whatever the owner appended. */
static void take_errors(const json_t *told, json_t *errors) {
	size_t index = 0;
	json_t *error = NULL;
	json_array_foreach (told, index, error) {
		if (json_array_size(errors) >= SCHEMA_ERRORS_MAX) {
			break;
		}
		(void)json_array_append_new(errors,
			json_pack("{s:s, s:s, s:s}", "field", text_or(error, "field", ""), "code",
				text_or(error, "code", "invalid"), "message",
				text_or(error, "message", "is refused")));
	}
}

static bool has_value(const json_t *record, const char *name) {
	const json_t *value = json_object_get(record, name);
	return value != NULL && !json_is_null(value) &&
		!(json_is_string(value) && json_string_length(value) == 0);
}

/* `converted` is what became of `record`. */
static const char *fault_of(
	const struct object *object, const json_t *record, const json_t *converted, bool is_part) {
	const struct property *key = object->key;
	if (json_object_size(record) > 0 && json_object_size(converted) == 0) {
		return "it left nothing of the record";
	}
	if (!is_part && key != NULL && has_value(record, key->name) &&
		!has_value(converted, key->hubspot)) {
		return "it took the record's key away";
	}
	return NULL;
}

json_t *record_prepare(const struct object *object, const json_t *record, bool is_part,
	json_t *errors, const char **fault) {
	const struct object_owner *owner = &object->owner;
	json_auto_t *own = record_meant(object, record);
	json_auto_t *told = json_array();
	if (own == NULL || told == NULL) {
		return NULL;
	}
	owner->prepare(own, told, is_part, owner->ctx);
	if (json_array_size(told) > 0) {
		take_errors(told, errors);
		return NULL;
	}
	json_t *converted = object_to_hubspot(object, own);
	*fault = converted != NULL ? fault_of(object, record, converted, is_part) : NULL;
	if (*fault != NULL) {
		json_decref(converted);
		return NULL;
	}
	return converted;
}
