/* HubSpot's own properties of deals, by name in the order of strcmp(). */
#include "inside.h"

static const char hs_manual_forecast_category_options[] =
	"OMIT=Not forecasted|PIPELINE=Pipeline|BEST_CASE=Best case|COMMIT=Commit|CLOSED"
	"=Closed won";

/* clang-format off */
const struct property model_standard_deals[] = {
	{"amount", "Amount", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"amount_in_home_currency", "Amount In Home Currency", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"closed_lost_reason", "Closed Lost Reason", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"closed_won_reason", "Closed Won Reason", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"closedate", "Close Date", KIND_DATETIME, PROPERTY_STANDARD, NULL},
	{"createdate", "Create Date", KIND_DATETIME, PROPERTY_STANDARD, NULL},
	{"days_to_close", "Days To Close", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"deal_currency_code", "Deal Currency Code", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"dealname", "Deal Name", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"dealstage", "Deal Stage", KIND_ENUMERATION, PROPERTY_STANDARD | PROPERTY_PIPELINE, NULL},
	{"dealtype", "Deal Type", KIND_ENUMERATION, PROPERTY_STANDARD, "newbusiness=New Business|existingbusiness=Existing Business"},
	{"description", "Description", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_acv", "Acv", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"hs_all_owner_ids", "All Owner Ids", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"hs_analytics_source", "Analytics Source", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_arr", "Arr", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"hs_campaign", "Campaign", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_closed_amount", "Closed Amount", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_closed_amount_in_home_currency", "Closed Amount In Home Currency", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_closed_won_date", "Closed Won Date", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_collaborator_owner_ids", "Collaborator Owner Ids", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"hs_created_by_user_id", "Created By User Id", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_createdate", "Createdate", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_date_entered_closedwon", "Date Entered Closedwon", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_days_to_close_raw", "Days To Close Raw", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_deal_score", "Deal Score", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"hs_deal_stage_probability", "Deal Stage Probability", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_exchange_rate", "Exchange Rate", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"hs_forecast_amount", "Forecast Amount", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_forecast_probability", "Forecast Probability", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"hs_is_closed", "Is Closed", KIND_BOOL, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_is_closed_lost", "Is Closed Lost", KIND_BOOL, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_is_closed_won", "Is Closed Won", KIND_BOOL, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_lastmodifieddate", "Last Modified Date", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_latest_meeting_activity", "Latest Meeting Activity", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_manual_forecast_category", "Manual Forecast Category", KIND_ENUMERATION, PROPERTY_STANDARD, hs_manual_forecast_category_options},
	{"hs_merged_object_ids", "Merged Object Ids", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_mrr", "Mrr", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"hs_next_step", "Next Step", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_num_associated_deal_splits", "Num Associated Deal Splits", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_object_id", "Record ID", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_object_source", "Object Source", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_object_source_id", "Object Source Id", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_object_source_label", "Object Source Label", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_pinned_engagement_id", "Pinned Engagement Id", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"hs_priority", "Priority", KIND_ENUMERATION, PROPERTY_STANDARD, "low=Low|medium=Medium|high=High"},
	{"hs_projected_amount", "Projected Amount", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_tcv", "Tcv", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"hs_updated_by_user_id", "Updated By User Id", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_user_ids_of_all_owners", "User Ids Of All Owners", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hubspot_owner_assigneddate", "Hubspot Owner Assigneddate", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hubspot_owner_id", "Deal owner", KIND_ENUMERATION, PROPERTY_STANDARD | PROPERTY_OWNER, NULL},
	{"hubspot_team_id", "Hubspot Team Id", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"notes_last_contacted", "Notes Last Contacted", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"notes_last_updated", "Notes Last Updated", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"notes_next_activity_date", "Notes Next Activity Date", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"num_associated_contacts", "Num Associated Contacts", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"num_contacted_notes", "Num Contacted Notes", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"num_notes", "Num Notes", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"pipeline", "Pipeline", KIND_ENUMERATION, PROPERTY_STANDARD | PROPERTY_PIPELINE, NULL},
};
/* clang-format on */

const size_t model_standard_deals_count =
	sizeof(model_standard_deals) / sizeof(model_standard_deals[0]);
