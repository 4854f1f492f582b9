#include "ours.h"

#include "base/json.h"
#include "base/str.h"
#include "object/object.h"

json_t *ours_of(const struct object *object) {
	json_t *ours = json_object();
	struct object_property property;
	for (size_t i = 0; object_property_at(object, i, &property); i++) {
		json_t *told = json_pack("{s:s, s:s, s:O}", "hubspot", property.hubspot, "type",
			property.type, "schema", property.schema);
		if (json_object_set_new(ours, property.name, told) != 0) {
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
