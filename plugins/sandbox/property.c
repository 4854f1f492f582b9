#include "inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 65536 };

static const char *const stages[] = {"subscriber", "lead", "marketingqualifiedlead",
	"salesqualifiedlead", "opportunity", "customer", "evangelist", "other"};
static const char *const stage_labels[] = {"Subscriber", "Lead", "Marketing Qualified Lead",
	"Sales Qualified Lead", "Opportunity", "Customer", "Evangelist", "Other"};
enum { STAGES = sizeof(stages) / sizeof(stages[0]) };

void model_lower(char *text) {
	for (; *text != '\0'; text++) {
		*text = (char)tolower((unsigned char)*text);
	}
}

static void add_fault(const struct model *model, json_t *faults, const char *name, const char *code,
	json_t *message) {
	json_array_append_new(faults,
		json_pack("{s:b,s:O*,s:s,s:s,s:O*,s:I}", "isValid", 0, "message", message, "error",
			code, "name", name, "localizedErrorMessage", message, "portalId",
			model_portal(model)));
	json_decref(message);
}

/* HubSpot's own test is not published; this one refuses what nobody would call an address. */
static bool is_email(const char *text) {
	const char *at = strchr(text, '@');
	if (at == NULL || at == text || strchr(at + 1, '@') != NULL) {
		return false;
	}
	const char *dot = strrchr(at, '.');
	return at[1] != '.' && dot != NULL && dot[1] != '\0' && dot[-1] != '.' &&
		strstr(text, "..") == NULL && strpbrk(text, " \t\r\n,;<>()\"") == NULL;
}

static int stage_of(const char *value) {
	for (int i = 0; value != NULL && i < (int)STAGES; i++) {
		if (strcmp(stages[i], value) == 0) {
			return i;
		}
	}
	return -1;
}

bool model_properties_is_step_back(const char *now, const char *then) {
	int from = stage_of(now);
	int to = stage_of(then);
	return to >= 0 && to < from;
}

static json_t *option_message(const char *value) {
	json_t *message = json_sprintf("%s was not one of the allowed options: [", value);
	for (int i = 0; i < (int)STAGES; i++) {
		json_t *longer = json_sprintf("%s%slabel: \"%s\"\nvalue: \"%s\"\ndisplay_order: "
					      "%d\nhidden: false\ndescription: \"\"\n"
					      "read_only: false\n",
			json_string_value(message), i == 0 ? "" : ", ", stage_labels[i], stages[i],
			i);
		json_decref(message);
		message = longer;
	}
	json_t *whole = json_sprintf("%s]", json_string_value(message));
	json_decref(message);
	return whole;
}

static void check_value(const struct model *model, const struct type *type, const char *name,
	const char *value, json_t *faults) {
	int flags = model_type_flags(type, name);
	if (flags < 0) {
		add_fault(model, faults, name, "PROPERTY_DOESNT_EXIST",
			json_sprintf("Property \"%s\" does not exist", name));
	} else if ((flags & PROPERTY_READ_ONLY) != 0) {
		add_fault(model, faults, name, "READ_ONLY_VALUE",
			json_sprintf(
				"\"%s\" is a read only property; its value cannot be set.", name));
	} else if (strlen(value) > VALUE_MAX) {
		add_fault(model, faults, name, "VALUE_TOO_LONG",
			json_sprintf("%s is longer than %d characters", name, VALUE_MAX));
	} else if (!type->is_contact || *value == '\0') {
		return;
	} else if (strcmp(name, "email") == 0 && !is_email(value)) {
		add_fault(model, faults, name, "INVALID_EMAIL",
			json_sprintf("Email address %s is invalid", value));
	} else if (strcmp(name, "lifecyclestage") == 0 && stage_of(value) < 0) {
		add_fault(model, faults, name, "INVALID_OPTION", option_message(value));
	}
}

/* A value as HubSpot keeps it: a string, "" for none; NULL for an array or object. */
static json_t *as_string(const json_t *value) {
	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_string(json_string_value(value));
	case JSON_INTEGER:
		return json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	case JSON_REAL:
		return json_sprintf("%.15g", json_real_value(value));
	case JSON_TRUE:
	case JSON_FALSE:
		return json_string(json_is_true(value) ? "true" : "false");
	case JSON_NULL:
		return json_string("");
	default:
		return NULL;
	}
}

static json_t *folded(const char *text) {
	char *copy = strdup(text);
	if (copy == NULL) {
		return NULL;
	}
	model_lower(copy);
	json_t *value = json_string(copy);
	free(copy);
	return value;
}

static bool is_address(const struct type *type, const char *name) {
	return type->is_contact &&
		(strcmp(name, "email") == 0 || strcmp(name, "hs_additional_emails") == 0);
}

json_t *model_properties_clean(struct model *model, const struct type *type, const json_t *given,
	json_t *faults, struct problem *problem) {
	if (!json_is_object(given)) {
		model_problem_malformed(
			problem, 1, 1, "Some required fields were not set: [properties]");
		return NULL;
	}
	json_t *clean = json_object();
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)given, name, value) {
		json_t *text = as_string(value);
		if (text == NULL) {
			json_decref(clean);
			model_problem_malformed(problem, 1, 1,
				"Cannot deserialize value of type `java.lang.String` from a nested "
				"value");
			return NULL;
		}
		check_value(model, type, name, json_string_value(text), faults);
		if (is_address(type, name)) {
			json_t *small = folded(json_string_value(text));
			json_decref(text);
			text = small;
		}
		json_object_set_new(clean, name, text);
	}
	return clean;
}

static void set_default(json_t *properties, const char *name, const char *value) {
	if (json_object_get(properties, name) == NULL) {
		json_object_set_new(properties, name, json_string(value));
	}
}

static void derive_contact(const struct record *record, json_t *properties, const char *iso) {
	char id[ID_SIZE];
	model_id_format(record->id, id);
	const char *email = json_string_value(json_object_get(properties, "email"));
	set_default(properties, "hs_all_contact_vids", id);
	set_default(properties, "hs_is_contact", "true");
	set_default(properties, "hs_is_unworked", "true");
	set_default(properties, "hs_pipeline", "contacts-lifecycle-pipeline");
	set_default(properties, "lifecyclestage", "lead");
	if (stage_of(json_string_value(json_object_get(properties, "lifecyclestage"))) == 1) {
		set_default(properties, "hs_lifecyclestage_lead_date", iso);
	}
	if (email != NULL && strchr(email, '@') != NULL) {
		set_default(properties, "hs_email_domain", strchr(email, '@') + 1);
		set_default(properties, "hs_full_name_or_email", email);
	}
}

void model_properties_derive(const struct model *model, const struct type *type,
	const struct record *record, json_t *properties) {
	char iso[ISO_SIZE];
	char id[ID_SIZE];
	model_iso_format(record->created_ms, iso);
	model_id_format(record->id, id);
	json_object_set_new(properties, "hs_object_id", json_string(id));
	json_object_set_new(properties, type->created_property, json_string(iso));
	set_default(properties, "hs_object_source", "INTEGRATION");
	json_t *portal = json_sprintf("%" JSON_INTEGER_FORMAT, model_portal(model));
	json_object_set_new(properties, "hs_object_source_id", portal);
	if (type->is_contact) {
		derive_contact(record, properties, iso);
	}
}
