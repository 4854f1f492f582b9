#include "inside.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const stages[] = {"subscriber", "lead", "marketingqualifiedlead",
	"salesqualifiedlead", "opportunity", "customer", "evangelist", "other"};
enum { STAGES = sizeof(stages) / sizeof(stages[0]) };

void model_lower(char *text) {
	for (; *text != '\0'; text++) {
		*text = (char)tolower((unsigned char)*text);
	}
}

/* HubSpot's own test is not published; this one refuses what nobody would call
 * an address. */
bool model_is_email(const char *text) {
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

/* Without an exponent, which HubSpot does not take. */
static json_t *from_real(double number) {
	char text[400];
	snprintf(text, sizeof(text), "%.15g", number);
	return strchr(text, 'e') == NULL ? json_string(text) : json_sprintf("%.15f", number);
}

/* A value as HubSpot keeps it: a string, "" for none; NULL for an array or
 * object. */
static json_t *as_string(const json_t *value) {
	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_string(json_string_value(value));
	case JSON_INTEGER:
		return json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	case JSON_REAL:
		return from_real(json_real_value(value));
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

static json_t *clean_one(const struct cleaning *cleaning, const char *name, const char *text) {
	struct property property;
	if (!model_type_property(cleaning->type, name, &property)) {
		model_fault_property(cleaning, name, "PROPERTY_DOESNT_EXIST",
			json_sprintf("Property \"%s\" does not exist", name));
		return NULL;
	}
	return model_value_clean(cleaning, &property, text);
}

json_t *model_properties_clean(
	const struct cleaning *cleaning, const json_t *given, struct problem *problem) {
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
		json_t *kept = clean_one(cleaning, name, json_string_value(text));
		if (kept != NULL && is_address(cleaning->type, name)) {
			json_t *small = folded(json_string_value(kept));
			json_decref(kept);
			kept = small;
		}
		json_decref(text);
		if (kept != NULL) {
			json_object_set_new(clean, name, kept);
		}
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
	set_default(properties, type->created_property, iso);
	set_default(properties, "hs_object_source", "INTEGRATION");
	json_t *portal = json_sprintf("%" JSON_INTEGER_FORMAT, model_portal(model));
	json_object_set_new(properties, "hs_object_source_id", portal);
	bool has_stages = model_type_flags(type, "lifecyclestage") >= 0 && !type->is_open;
	if (has_stages) {
		set_default(properties, "lifecyclestage", "lead");
	}
	if (type->is_contact) {
		derive_contact(record, properties, iso);
	}
	if (strcmp(type->id, "0-5") == 0) {
		set_default(properties, "hs_ticket_id", id);
	}
}
