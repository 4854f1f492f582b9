/* HubSpot's own properties of tickets, by name in the order of strcmp(). */
#include "inside.h"

static const char hs_resolution_options[] =
	"ISSUE_FIXED=Issue fixed|COULD_NOT_BE_REPRODUCED=Could not be reproduced|WONT_F"
	"IX=Won't fix|DUPLICATE=Duplicate|OTHER=Other";

static const char hs_ticket_category_options[] =
	"PRODUCT_ISSUE=Product Issue|BILLING_ISSUE=Billing Issue|FEATURE_REQUEST=Featur"
	"e Request|GENERAL_INQUIRY=General Inquiry";

/* clang-format off */
const struct property model_standard_tickets[] = {
	{"closed_date", "Closed Date", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"content", "Ticket description", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"created_by", "Created By", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"createdate", "Create Date", KIND_DATETIME, PROPERTY_STANDARD, NULL},
	{"first_agent_reply_date", "First Agent Reply Date", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_all_owner_ids", "All Owner Ids", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"hs_assignment_method", "Assignment Method", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"hs_conversations_originating_thread_id", "Conversations Originating Thread Id", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_created_by_user_id", "Created By User Id", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_createdate", "Createdate", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_custom_inbox", "Custom Inbox", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_external_object_ids", "External Object Ids", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_file_upload", "File Upload", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_is_closed", "Is Closed", KIND_BOOL, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_is_visible_in_help_desk", "Is Visible In Help Desk", KIND_BOOL, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_last_message_received_at", "Last Message Received At", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_lastactivitydate", "Lastactivitydate", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_lastcontacted", "Lastcontacted", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_lastmodifieddate", "Last Modified Date", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_merged_object_ids", "Merged Object Ids", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_num_associated_companies", "Num Associated Companies", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_num_times_contacted", "Num Times Contacted", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_object_id", "Record ID", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_object_source", "Object Source", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_object_source_id", "Object Source Id", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_object_source_label", "Object Source Label", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_originating_email_engagement_id", "Originating Email Engagement Id", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_pinned_engagement_id", "Pinned Engagement Id", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"hs_pipeline", "Pipeline", KIND_ENUMERATION, PROPERTY_STANDARD | PROPERTY_PIPELINE, NULL},
	{"hs_pipeline_stage", "Ticket status", KIND_ENUMERATION, PROPERTY_STANDARD | PROPERTY_PIPELINE, NULL},
	{"hs_resolution", "Resolution", KIND_ENUMERATION, PROPERTY_STANDARD | PROPERTY_MULTIPLE, hs_resolution_options},
	{"hs_source_from_email", "Source From Email", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_tag_ids", "Tag Ids", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_thread_ids_to_restore", "Thread Ids To Restore", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_ticket_category", "Category", KIND_ENUMERATION, PROPERTY_STANDARD | PROPERTY_MULTIPLE, hs_ticket_category_options},
	{"hs_ticket_id", "Ticket Id", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_ticket_language_ai_tag", "Ticket Language Ai Tag", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"hs_ticket_priority", "Priority", KIND_ENUMERATION, PROPERTY_STANDARD, "LOW=Low|MEDIUM=Medium|HIGH=High|URGENT=Urgent"},
	{"hs_time_to_first_response_sla_status", "Time To First Response Sla Status", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_updated_by_user_id", "Updated By User Id", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_user_ids_of_all_owners", "User Ids Of All Owners", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hubspot_owner_assigneddate", "Hubspot Owner Assigneddate", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hubspot_owner_id", "Ticket owner", KIND_ENUMERATION, PROPERTY_STANDARD | PROPERTY_OWNER, NULL},
	{"hubspot_team_id", "Hubspot Team Id", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"last_engagement_date", "Last Engagement Date", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"last_reply_date", "Last Reply Date", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"notes_last_contacted", "Notes Last Contacted", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"notes_last_updated", "Notes Last Updated", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"notes_next_activity_date", "Notes Next Activity Date", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"num_associated_companies", "Num Associated Companies", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"num_associated_conversations", "Num Associated Conversations", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"num_contacted_notes", "Num Contacted Notes", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"num_notes", "Num Notes", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"source_type", "Source Type", KIND_ENUMERATION, PROPERTY_STANDARD, "CHAT=Chat|EMAIL=Email|FORM=Form|PHONE=Phone"},
	{"subject", "Ticket name", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"time_to_close", "Time To Close", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"time_to_first_agent_reply", "Time To First Agent Reply", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
};
/* clang-format on */

const size_t model_standard_tickets_count =
	sizeof(model_standard_tickets) / sizeof(model_standard_tickets[0]);
