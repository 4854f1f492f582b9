#include "inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void model_iso_format(uint64_t wall_ms, char iso[ISO_SIZE]) {
	model_instant_iso((int64_t)wall_ms, iso);
}

void model_id_format(uint64_t id, char text[ID_SIZE]) {
	snprintf(text, ID_SIZE, "%" PRIu64, id);
}

static json_t *around(const struct model *model, const struct type *type,
	const struct record *record, json_t *properties) {
	char id[ID_SIZE];
	char created[ISO_SIZE];
	char updated[ISO_SIZE];
	model_id_format(record->id, id);
	model_iso_format(record->created_ms, created);
	model_iso_format(record->updated_ms, updated);
	json_t *body = json_pack("{s:s,s:o*,s:s,s:s,s:b}", "id", id, "properties", properties,
		"createdAt", created, "updatedAt", updated, "archived", record->archived_ms != 0);
	json_object_set_new(body, "url",
		json_sprintf("https://app.hubspot.com/contacts/%" JSON_INTEGER_FORMAT
			     "/record/%s/%s",
			model_portal(model), type->id, id));
	if (record->archived_ms != 0) {
		char archived[ISO_SIZE];
		model_iso_format(record->archived_ms, archived);
		json_object_set_new(body, "archivedAt", json_string(archived));
	}
	return body;
}

json_t *model_record_written(const struct model *model, const struct type *type,
	const struct record *record, const json_t *written) {
	json_t *properties = json_copy(record->properties);
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)written, name, value) {
		if (json_string_length(value) == 0 && json_object_get(properties, name) == NULL) {
			json_object_set(properties, name, value);
		}
	}
	return around(model, type, record, properties);
}

/* A property that exists and has no value is null; one that does not exist is left out. */
static void show(
	const struct type *type, const struct record *record, const char *name, json_t *into) {
	json_t *value = json_object_get(record->properties, name);
	if (value != NULL) {
		json_object_set(into, name, value);
	} else if (model_type_flags(type, name) >= 0) {
		json_object_set_new(into, name, json_null());
	}
}

json_t *model_record_read(const struct model *model, const struct type *type,
	const struct record *record, const json_t *wanted) {
	json_t *properties = json_object();
	show(type, record, type->created_property, properties);
	show(type, record, type->modified_property, properties);
	show(type, record, "hs_object_id", properties);
	if (wanted == NULL) {
		for (const char *const *name = type->defaults; *name != NULL; name++) {
			show(type, record, *name, properties);
		}
	}
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)wanted, name, value) {
		show(type, record, name, properties);
	}
	return around(model, type, record, properties);
}
