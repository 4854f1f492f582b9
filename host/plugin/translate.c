#include "plugin/inside.h"

#include <string.h>

#include "hubspot/hubspot.h"
#include "object/object.h"

const char *operation_fault(const struct hsc_operation *asked) {
	if (asked == NULL || asked->size < sizeof(*asked)) {
		return "no struct hsc_operation, or its size is too small";
	}
	if (asked->kind < HSC_READ || asked->kind > HSC_RAW) {
		return "kind is none of HSC_READ ... HSC_RAW";
	}
	if ((asked->flags & ~(uint32_t)(HSC_FINISH | HSC_REPEATABLE)) != 0) {
		return "flags are not all known";
	}
	if (asked->object == NULL || asked->object[0] == '\0') {
		return "object is missing";
	}
	if (asked->kind == HSC_RAW) {
		const char *path = strstr(asked->object, " /");
		return path == NULL || path == asked->object
			? "object of an HSC_RAW is \"METHOD /path\""
			: NULL;
	}
	bool needs_body =
		asked->kind == HSC_CREATE || asked->kind == HSC_UPDATE || asked->kind == HSC_UPSERT;
	if (needs_body && !json_is_object(asked->body)) {
		return "body is no JSON object";
	}
	if (asked->kind == HSC_UPSERT && asked->id_property == NULL) {
		return "an HSC_UPSERT needs id_property";
	}
	return asked->kind != HSC_CREATE && (asked->id == NULL || asked->id[0] == '\0')
		? "id is missing"
		: NULL;
}

static size_t count_of(const char *const *properties) {
	size_t count = 0;
	while (properties != NULL && properties[count] != NULL) {
		count++;
	}
	return count;
}

static bool translate(
	const struct object *object, const struct hsc_operation *asked, struct translation *to) {
	size_t count = count_of(asked->properties);
	if (asked->properties != NULL) {
		to->names = calloc(count + 1, sizeof(*to->names));
		for (size_t i = 0; to->names != NULL && i < count; i++) {
			to->names[i] = object_property_name(object, asked->properties[i]);
		}
	}
	if (asked->id != NULL && asked->id_property != NULL) {
		to->id = object_key_value(object, asked->id_property, asked->id);
	}
	if (asked->body != NULL) {
		to->body = object_to_hubspot(object, asked->body);
	}
	return (asked->properties == NULL || to->names != NULL) &&
		(asked->body == NULL || to->body != NULL) &&
		(asked->id == NULL || asked->id_property == NULL || to->id != NULL);
}

bool translation_open(const struct object *object, const struct hsc_operation *asked,
	struct translation *translation, struct hubspot_operation *given) {
	if (!translate(object, asked, translation)) {
		return false;
	}
	given->object = object_hubspot_type(object);
	given->body = translation->body;
	given->properties =
		translation->names != NULL ? translation->names : object_properties(object);
	if (translation->id != NULL) {
		given->id = translation->id;
		given->id_property = object_property_name(object, asked->id_property);
	}
	return true;
}

void translation_close(struct translation *translation) {
	free(translation->names);
	free(translation->id);
	json_decref(translation->body);
}
