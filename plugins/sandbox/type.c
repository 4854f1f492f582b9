#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const contact_defaults[] = {
	"createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname", NULL};
static const char *const company_defaults[] = {
	"createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name", NULL};
static const char *const deal_defaults[] = {"amount", "closedate", "createdate", "dealname",
	"dealstage", "hs_lastmodifieddate", "hs_object_id", "pipeline", NULL};
static const char *const ticket_defaults[] = {"content", "createdate", "hs_lastmodifieddate",
	"hs_object_id", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_category",
	"hs_ticket_priority", "subject", NULL};
static const char *const product_defaults[] = {
	"createdate", "description", "hs_lastmodifieddate", "hs_object_id", "name", "price", NULL};
static const char *const line_item_defaults[] = {
	"amount", "createdate", "hs_lastmodifieddate", "hs_object_id", "price", "quantity", NULL};
static const char *const plain_defaults[] = {
	"createdate", "hs_lastmodifieddate", "hs_object_id", NULL};
static const char *const engagement_defaults[] = {
	"hs_createdate", "hs_lastmodifieddate", "hs_object_id", NULL};

static const struct facts {
	const char *name, *singular, *id;
	const char *const *defaults;
	const char *searched; /* the properties a search's `query` looks in */
} table[] = {
	{"contacts", "contact", "0-1", contact_defaults,
		"firstname lastname email phone hs_additional_emails fax mobilephone "
		"company"},
	{"companies", "company", "0-2", company_defaults, "website phone name domain"},
	{"deals", "deal", "0-3", deal_defaults, "dealname pipeline dealstage description dealtype"},
	{"tickets", "ticket", "0-5", ticket_defaults,
		"subject content hs_pipeline_stage hs_ticket_category hs_ticket_id"},
	{"products", "product", "0-7", product_defaults, "name description price"},
	{"line_items", "line_item", "0-8", line_item_defaults, "name description price"},
	{"quotes", "quote", "0-14", plain_defaults, "hs_title"},
	{"communications", "communication", "0-18", engagement_defaults, ""},
	{"feedback_submissions", "feedback_submission", "0-19", plain_defaults, ""},
	{"tasks", "task", "0-27", engagement_defaults, "hs_task_subject hs_task_body"},
	{"notes", "note", "0-46", engagement_defaults, "hs_note_body"},
	{"meetings", "meeting", "0-47", engagement_defaults, "hs_meeting_title"},
	{"calls", "call", "0-48", engagement_defaults, "hs_call_title hs_body_preview"},
	{"emails", "email", "0-49", engagement_defaults, "hs_email_subject"},
	{"invoices", "invoice", "0-53", plain_defaults, ""},
	{"orders", "order", "0-123", plain_defaults, "hs_order_name"},
	{"leads", "lead", "0-136", plain_defaults, "hs_lead_name"},
	{"carts", "cart", "0-142", plain_defaults, ""},
	{"services", "service", "0-162", plain_defaults, ""},
	{"courses", "course", "0-410", plain_defaults, ""},
	{"listings", "listing", "0-420", plain_defaults, ""},
	{"appointments", "appointment", "0-421", plain_defaults, ""},
	{"projects", "project", "0-970", plain_defaults, ""},
};

/* ---- what is known of a type's properties ---- */

static int by_name(const void *key, const void *row) {
	return strcmp(key, ((const struct property *)row)->name);
}

static enum value_kind kind_named(const char *word) {
	static const char *const words[] = {[KIND_STRING] = "string",
		[KIND_NUMBER] = "number",
		[KIND_BOOL] = "bool",
		[KIND_ENUMERATION] = "enumeration",
		[KIND_DATE] = "date",
		[KIND_DATETIME] = "datetime"};
	for (int i = 0; word != NULL && i < (int)(sizeof(words) / sizeof(words[0])); i++) {
		if (strcmp(words[i], word) == 0) {
			return (enum value_kind)i;
		}
	}
	return KIND_STRING;
}

json_t *model_type_own(const struct type *type, const char *property) {
	return json_object_get(type->own, property);
}

static const struct property *standard_of(const struct type *type, const char *name) {
	return bsearch(
		name, type->standard, type->standard_count, sizeof(struct property), by_name);
}

static struct property from_definition(const json_t *own, const struct property *standard) {
	const char *field = json_string_value(json_object_get(own, "fieldType"));
	struct property property = {
		.name = json_string_value(json_object_get(own, "name")),
		.label = json_string_value(json_object_get(own, "label")),
		.kind = kind_named(json_string_value(json_object_get(own, "type"))),
		.flags = standard == NULL ? 0 : standard->flags,
	};
	if (json_is_true(json_object_get(own, "hasUniqueValue"))) {
		property.flags |= PROPERTY_UNIQUE;
	}
	if (field != NULL && strcmp(field, "checkbox") == 0) {
		property.flags |= PROPERTY_MULTIPLE;
	}
	if (json_is_true(json_object_get(own, "calculated"))) {
		property.flags |= PROPERTY_READ_ONLY;
	}
	return property;
}

bool model_type_property(const struct type *type, const char *name, struct property *property) {
	const struct property *standard = standard_of(type, name);
	const json_t *own = model_type_own(type, name);
	if (own != NULL) {
		*property = from_definition(own, standard);
		property->name = property->name == NULL ? name : property->name;
	} else if (standard != NULL) {
		*property = *standard;
	} else {
		*property = (struct property){.name = name, .label = name, .kind = KIND_STRING};
	}
	return own != NULL || standard != NULL || type->is_open;
}

int model_type_flags(const struct type *type, const char *name) {
	struct property property;
	return model_type_property(type, name, &property) ? (int)property.flags : -1;
}

/* ---- making and finding types ---- */

static void set_standard(struct type *type) {
	static const struct {
		const char *id;
		const struct property *rows;
		const size_t *count;
	} sets[] = {
		{"0-1", model_standard_contacts, &model_standard_contacts_count},
		{"0-2", model_standard_companies, &model_standard_companies_count},
		{"0-3", model_standard_deals, &model_standard_deals_count},
		{"0-5", model_standard_tickets, &model_standard_tickets_count},
	};
	type->is_open = true;
	type->standard = model_standard_others;
	type->standard_count = model_standard_others_count;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		if (strcmp(sets[i].id, type->id) == 0) {
			type->is_open = false;
			type->standard = sets[i].rows;
			type->standard_count = *sets[i].count;
		}
	}
}

static struct type *type_create(const struct facts *facts) {
	struct type *type = calloc(1, sizeof(*type));
	if (type == NULL) {
		return NULL;
	}
	snprintf(type->name, sizeof(type->name), "%s", facts->name);
	snprintf(type->singular, sizeof(type->singular), "%s", facts->singular);
	snprintf(type->id, sizeof(type->id), "%s", facts->id);
	type->defaults = facts->defaults;
	type->searched = facts->searched;
	type->is_contact = facts->defaults == contact_defaults;
	set_standard(type);
	type->created_property =
		facts->defaults == engagement_defaults ? "hs_createdate" : "createdate";
	type->modified_property = type->is_contact ? "lastmodifieddate" : "hs_lastmodifieddate";
	type->own = json_object();
	type->archived_own = json_object();
	bool is_made = type->own != NULL && type->archived_own != NULL &&
		(!type->is_contact || model_store_unique(type, "email") != NULL);
	if (!is_made) {
		model_type_destroy(type);
		return NULL;
	}
	return type;
}

void model_type_destroy(struct type *type) {
	if (type == NULL) {
		return;
	}
	for (size_t i = 0; i < type->count; i++) {
		model_store_free(type->records[i]);
	}
	for (size_t i = 0; i < type->unique_count; i++) {
		json_decref(type->uniques[i].index);
	}
	json_decref(type->own);
	json_decref(type->archived_own);
	json_decref(type->groups);
	json_decref(type->pipelines);
	json_decref(type->merged);
	free(type->records);
	free(type);
}

static bool is_custom(const char *word) {
	size_t length = strlen(word);
	return strncmp(word, "2-", 2) == 0 && length > 2 && length < 24 &&
		strspn(word + 2, "0123456789") == length - 2;
}

static bool is_called(const char *word, const char *name, const char *singular, const char *id) {
	return strcasecmp(word, name) == 0 || strcasecmp(word, singular) == 0 ||
		strcmp(word, id) == 0;
}

static struct type *type_make(struct model *model, const char *word) {
	if (model->type_count == TYPES_MAX) {
		return NULL;
	}
	struct facts custom = {word, word, word, plain_defaults, ""};
	const struct facts *facts = is_custom(word) ? &custom : NULL;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]) && facts == NULL; i++) {
		if (is_called(word, table[i].name, table[i].singular, table[i].id)) {
			facts = &table[i];
		}
	}
	struct type *type = facts == NULL ? NULL : type_create(facts);
	if (type != NULL) {
		model->types[model->type_count++] = type;
	}
	return type;
}

struct type *model_type_find(struct model *model, const char *word) {
	for (size_t i = 0; i < model->type_count; i++) {
		struct type *type = model->types[i];
		if (is_called(word, type->name, type->singular, type->id)) {
			return type;
		}
	}
	return type_make(model, word);
}
