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
	const char *known; /* standard properties that are not unique */
} table[] = {
	{"contacts", "contact", "0-1", contact_defaults, NULL},
	{"companies", "company", "0-2", company_defaults, "domain name website phone city country"},
	{"deals", "deal", "0-3", deal_defaults, "dealname amount closedate dealstage pipeline"},
	{"tickets", "ticket", "0-5", ticket_defaults,
		"subject content hs_pipeline hs_pipeline_stage"},
	{"products", "product", "0-7", product_defaults, "name price description"},
	{"line_items", "line_item", "0-8", line_item_defaults, "quantity amount price name"},
	{"quotes", "quote", "0-14", plain_defaults, "hs_title"},
	{"communications", "communication", "0-18", engagement_defaults, NULL},
	{"feedback_submissions", "feedback_submission", "0-19", plain_defaults, NULL},
	{"tasks", "task", "0-27", engagement_defaults, NULL},
	{"notes", "note", "0-46", engagement_defaults, NULL},
	{"meetings", "meeting", "0-47", engagement_defaults, NULL},
	{"calls", "call", "0-48", engagement_defaults, NULL},
	{"emails", "email", "0-49", engagement_defaults, NULL},
	{"invoices", "invoice", "0-53", plain_defaults, NULL},
	{"orders", "order", "0-123", plain_defaults, "hs_order_name"},
	{"leads", "lead", "0-136", plain_defaults, "hs_lead_name"},
	{"carts", "cart", "0-142", plain_defaults, NULL},
	{"services", "service", "0-162", plain_defaults, NULL},
	{"courses", "course", "0-410", plain_defaults, NULL},
	{"listings", "listing", "0-420", plain_defaults, NULL},
	{"appointments", "appointment", "0-421", plain_defaults, NULL},
	{"projects", "project", "0-970", plain_defaults, NULL},
};

static const char contact_written[] =
	"address annualrevenue associatedcompanyid city closedate company company_size country "
	"currentlyinworkflow date_of_birth days_to_close degree email fax field_of_study "
	"first_conversion_date firstname followercount gender graduation_date hs_additional_emails "
	"hs_buying_role hs_content_membership_notes hs_content_membership_status "
	"hs_country_region_code "
	"hs_facebook_click_id hs_facebookid hs_google_click_id hs_googleplusid "
	"hs_inferred_language_codes "
	"hs_job_change_detected_date hs_language hs_latest_source hs_lead_status hs_legal_basis "
	"hs_linkedin_url "
	"hs_linkedinid hs_marketable_reason_id hs_persona hs_pinned_engagement_id hs_role "
	"hs_seniority "
	"hs_state_code hs_sub_role hs_timezone hs_twitterid hs_whatsapp_phone_number "
	"hubspot_owner_id "
	"hubspot_team_id hubspotscore industry ip_city ip_country ip_state job_function jobtitle "
	"kloutscoregeneral lastname lifecyclestage linkedinbio linkedinconnections marital_status "
	"message "
	"military_status mobilephone notes_last_contacted notes_last_updated "
	"notes_next_activity_date num_contacted_notes num_notes numemployees owneremail ownername "
	"phone photo preferred_language relationship_status salutation school seniority start_date "
	"state "
	"surveymonkeyeventlastupdated total_revenue twitterbio twitterhandle twitterprofilephoto "
	"webinareventlastupdated website work_email zip";
static const char contact_computed[] =
	"createdate hs_all_contact_vids hs_calculated_phone_number hs_created_by_user_id "
	"hs_createdate "
	"hs_email_domain hs_full_name_or_email hs_is_contact hs_is_unworked hs_lastmodifieddate "
	"hs_lifecyclestage_lead_date hs_merged_object_ids hs_object_id hs_object_source "
	"hs_object_source_id hs_object_source_label hs_pipeline lastmodifieddate";
static const char plain_computed[] = "createdate hs_createdate hs_lastmodifieddate "
				     "hs_merged_object_ids hs_object_id hs_object_source "
				     "hs_object_source_id hs_object_source_label";

bool model_type_declare(struct type *type, const char *property, unsigned flags) {
	if (strlen(property) >= NAME_SIZE) {
		return false;
	}
	return json_object_set_new(type->properties, property, json_integer((json_int_t)flags)) ==
		0;
}

static bool declare_words(struct type *type, const char *words, unsigned flags) {
	char name[NAME_SIZE];
	while (words != NULL && *words != '\0') {
		size_t length = strcspn(words, " ");
		snprintf(name, sizeof(name), "%.*s", (int)length, words);
		if (!model_type_declare(type, name, flags)) {
			return false;
		}
		words += length + (words[length] == ' ');
	}
	return true;
}

int model_type_flags(const struct type *type, const char *property) {
	const json_t *flags = json_object_get(type->properties, property);
	if (flags == NULL) {
		return type->is_open ? 0 : -1;
	}
	return (int)json_integer_value(flags);
}

static bool declare_all(struct type *type, const char *known) {
	const unsigned computed = PROPERTY_STANDARD | PROPERTY_READ_ONLY;
	if (!type->is_contact) {
		return declare_words(type, known, PROPERTY_STANDARD) &&
			declare_words(type, plain_computed, computed);
	}
	return declare_words(type, contact_written, PROPERTY_STANDARD) &&
		declare_words(type, contact_computed, computed) &&
		model_type_declare(type, "email", PROPERTY_STANDARD | PROPERTY_UNIQUE);
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
	type->is_contact = facts->defaults == contact_defaults;
	type->is_open = !type->is_contact;
	type->created_property =
		facts->defaults == engagement_defaults ? "hs_createdate" : "createdate";
	type->modified_property = type->is_contact ? "lastmodifieddate" : "hs_lastmodifieddate";
	type->properties = json_object();
	bool is_declared = declare_all(type, facts->known) &&
		(!type->is_contact || model_store_unique(type, "email") != NULL);
	if (!is_declared) {
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
		json_decref(type->records[i]->properties);
		free(type->records[i]);
	}
	for (size_t i = 0; i < type->unique_count; i++) {
		json_decref(type->uniques[i].index);
	}
	json_decref(type->properties);
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
	struct facts custom = {word, word, word, plain_defaults, NULL};
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
