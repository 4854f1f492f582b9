/* HubSpot's own properties of every other type of object, which takes unknown properties too, by name in the order of strcmp(). */
#include "inside.h"

/* clang-format off */
const struct property model_standard_others[] = {
	{"amount", "Amount", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"createdate", "Create Date", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"description", "Description", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_call_title", "Call Title", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_cost_of_goods_sold", "Unit Cost", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"hs_created_by_user_id", "Created By User Id", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_createdate", "Createdate", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_lastmodifieddate", "Last Modified Date", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_lead_name", "Lead Name", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_meeting_title", "Meeting Title", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_merged_object_ids", "Merged Object Ids", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_note_body", "Note Body", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_object_id", "Record ID", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_object_source", "Object Source", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_object_source_id", "Object Source Id", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_object_source_label", "Object Source Label", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_order_name", "Order Name", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_recurring_billing_period", "Term", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_sku", "SKU", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_task_subject", "Task Subject", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_timestamp", "Timestamp", KIND_DATETIME, PROPERTY_STANDARD, NULL},
	{"hs_title", "Title", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_url", "URL", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hubspot_owner_id", "Record owner", KIND_ENUMERATION, PROPERTY_STANDARD | PROPERTY_OWNER, NULL},
	{"name", "Name", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"price", "Price", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"quantity", "Quantity", KIND_NUMBER, PROPERTY_STANDARD, NULL},
};
/* clang-format on */

const size_t model_standard_others_count =
	sizeof(model_standard_others) / sizeof(model_standard_others[0]);
