#include "ours.h"

#include "base/json.h"
#include "base/str.h"
#include "object/object.h"

/* A value that every type but a boolean makes something of: 2026-09-01, midnight. */
static const char PROBE[] = "1788220800000";
static const char PROBE_DATE[] = "2026-09-01";
static const char PROBE_BOOLEAN[] = "true";

/* Our record for one of HubSpot's in which each property has this value. */
static json_t *record_of(const struct object *object, const char *value) {
	json_auto_t *values = json_object();
	for (const char *const *name = object_properties(object); *name != NULL; name++) {
		if (json_object_set_new(values, *name, json_string(value)) != 0) {
			return NULL;
		}
	}
	json_auto_t *record = json_pack("{s:s, s:O}", "id", "1", "properties", values);
	return record == NULL ? NULL : object_from_hubspot(object, record);
}

static const char *type_of(const json_t *probed, const json_t *boolean) {
	const char *text = json_string_value(probed);
	if (json_is_number(probed)) {
		return "number";
	}
	if (json_is_array(probed)) {
		return "array";
	}
	if (json_is_boolean(boolean)) {
		return "boolean";
	}
	if (text == NULL || !str_starts_with(text, PROBE_DATE)) {
		return "string";
	}
	return text[sizeof(PROBE_DATE) - 1] == 'T' ? "date-time" : "date";
}

json_t *ours_of(const struct object *object) {
	json_auto_t *probed = record_of(object, PROBE);
	json_auto_t *booleans = record_of(object, PROBE_BOOLEAN);
	json_t *ours = probed == NULL || booleans == NULL ? NULL : json_object();
	const char *name = NULL;
	json_t *value = NULL;
	json_object_foreach (probed, name, value) {
		json_t *property =
			json_pack("{s:s, s:s}", "hubspot", object_property_name(object, name),
				"type", type_of(value, json_object_get(booleans, name)));
		if (json_object_set_new(ours, name, property) != 0) {
			json_decref(ours);
			return NULL;
		}
	}
	return ours;
}

const char *ours_hubspot(const json_t *ours, const char *name) {
	return json_member_text(json_object_get(ours, name), "hubspot");
}

const char *ours_find(const json_t *ours, const char *hubspot) {
	const char *name = NULL;
	json_t *property = NULL;
	json_object_foreach ((json_t *)ours, name, property) {
		if (str_is_equal(json_member_text(property, "hubspot"), hubspot)) {
			return name;
		}
	}
	return NULL;
}
