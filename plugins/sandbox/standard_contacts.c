/* HubSpot's own properties of contacts, by name in the order of strcmp(). */
#include "inside.h"

static const char hs_analytics_source_options[] =
	"ORGANIC_SEARCH|PAID_SEARCH|EMAIL_MARKETING|SOCIAL_MEDIA|REFERRALS|OTHER_CAMPAI"
	"GNS|DIRECT_TRAFFIC|OFFLINE|PAID_SOCIAL|AI_REFERRALS";

static const char hs_buying_role_options[] =
	"BLOCKER=Blocker|BUDGET_HOLDER=Budget Holder|CHAMPION=Champion|DECISION_MAKER=D"
	"ecision Maker|END_USER=End User|EXECUTIVE_SPONSOR=Executive Sponsor|INFLUENCER"
	"=Influencer|LEGAL_AND_COMPLIANCE=Legal & Compliance|OTHER=Other";

static const char hs_lead_status_options[] =
	"NEW=New|OPEN=Open|IN_PROGRESS=In Progress|OPEN_DEAL=Open Deal|UNQUALIFIED=Unqu"
	"alified|ATTEMPTED_TO_CONTACT=Attempted to Contact|CONNECTED=Connected|BAD_TIMI"
	"NG=Bad Timing";

static const char hs_legal_basis_options[] =
	"Legitimate interest – prospect/lead|Legitimate interest – existing customer|Le"
	"gitimate interest - other|Performance of a contract|Freely given consent from "
	"contact|Not applicable";

static const char lifecyclestage_options[] =
	"subscriber=Subscriber|lead=Lead|marketingqualifiedlead=Marketing Qualified Lea"
	"d|salesqualifiedlead=Sales Qualified Lead|opportunity=Opportunity|customer=Cus"
	"tomer|evangelist=Evangelist|other=Other";

/* clang-format off */
const struct property model_standard_contacts[] = {
	{"address", "Street Address", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"annualrevenue", "Annual Revenue", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"associatedcompanyid", "Associatedcompanyid", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"city", "City", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"closedate", "Close Date", KIND_DATETIME, PROPERTY_STANDARD, NULL},
	{"company", "Company Name", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"company_size", "Company Size", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"country", "Country", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"createdate", "Create Date", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"currentlyinworkflow", "Currentlyinworkflow", KIND_BOOL, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"date_of_birth", "Date Of Birth", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"days_to_close", "Days To Close", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"degree", "Degree", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"email", "Email", KIND_STRING, PROPERTY_STANDARD | PROPERTY_UNIQUE, NULL},
	{"fax", "Fax Number", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"field_of_study", "Field Of Study", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"first_conversion_date", "First Conversion Date", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"firstname", "First Name", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"followercount", "Followercount", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"gender", "Gender", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"graduation_date", "Graduation Date", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_additional_emails", "Additional email addresses", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_all_contact_vids", "All Contact Vids", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_analytics_source", "Analytics Source", KIND_ENUMERATION, PROPERTY_STANDARD | PROPERTY_READ_ONLY, hs_analytics_source_options},
	{"hs_buying_role", "Buying Role", KIND_ENUMERATION, PROPERTY_STANDARD | PROPERTY_MULTIPLE, hs_buying_role_options},
	{"hs_calculated_phone_number", "Calculated Phone Number", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_content_membership_notes", "Content Membership Notes", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_content_membership_status", "Content Membership Status", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"hs_country_region_code", "Country Region Code", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"hs_created_by_user_id", "Created By User Id", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_createdate", "Createdate", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_email_domain", "Email Domain", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_facebook_click_id", "Facebook Click Id", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_facebookid", "Facebookid", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_full_name_or_email", "Full Name Or Email", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_google_click_id", "Google Click Id", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_googleplusid", "Googleplusid", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_inferred_language_codes", "Inferred Language Codes", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_is_contact", "Is Contact", KIND_BOOL, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_is_unworked", "Is Unworked", KIND_BOOL, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_job_change_detected_date", "Job Change Detected Date", KIND_DATE, PROPERTY_STANDARD, NULL},
	{"hs_language", "Language", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"hs_lastmodifieddate", "Last Modified Date", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_latest_source", "Latest Source", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"hs_lead_status", "Lead Status", KIND_ENUMERATION, PROPERTY_STANDARD, hs_lead_status_options},
	{"hs_legal_basis", "Legal Basis", KIND_ENUMERATION, PROPERTY_STANDARD | PROPERTY_MULTIPLE, hs_legal_basis_options},
	{"hs_lifecyclestage_lead_date", "Lifecyclestage Lead Date", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_linkedin_url", "Linkedin Url", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_linkedinid", "Linkedinid", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_marketable_reason_id", "Marketable Reason Id", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_merged_object_ids", "Merged Object Ids", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_object_id", "Record ID", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_object_source", "Object Source", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_object_source_id", "Object Source Id", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_object_source_label", "Object Source Label", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_persona", "Persona", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"hs_pinned_engagement_id", "Pinned Engagement Id", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"hs_pipeline", "Pipeline", KIND_STRING, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"hs_role", "Role", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"hs_seniority", "Seniority", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"hs_state_code", "State Code", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"hs_sub_role", "Sub Role", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"hs_timezone", "Timezone", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"hs_twitterid", "Twitterid", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hs_whatsapp_phone_number", "Whatsapp Phone Number", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"hubspot_owner_id", "Contact owner", KIND_ENUMERATION, PROPERTY_STANDARD | PROPERTY_OWNER, NULL},
	{"hubspot_team_id", "Hubspot Team Id", KIND_ENUMERATION, PROPERTY_STANDARD, NULL},
	{"hubspotscore", "Hubspotscore", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"industry", "Industry", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"ip_city", "Ip City", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"ip_country", "Ip Country", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"ip_state", "Ip State", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"job_function", "Job Function", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"jobtitle", "Job Title", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"kloutscoregeneral", "Kloutscoregeneral", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"lastmodifieddate", "Last Modified Date", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"lastname", "Last Name", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"lifecyclestage", "Lifecycle Stage", KIND_ENUMERATION, PROPERTY_STANDARD, lifecyclestage_options},
	{"linkedinbio", "Linkedinbio", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"linkedinconnections", "Linkedinconnections", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"marital_status", "Marital Status", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"message", "Message", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"military_status", "Military Status", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"mobilephone", "Mobile Phone Number", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"notes_last_contacted", "Notes Last Contacted", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"notes_last_updated", "Notes Last Updated", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"notes_next_activity_date", "Notes Next Activity Date", KIND_DATETIME, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"num_contacted_notes", "Num Contacted Notes", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"num_notes", "Num Notes", KIND_NUMBER, PROPERTY_STANDARD | PROPERTY_READ_ONLY, NULL},
	{"numemployees", "Number of Employees", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"owneremail", "Owneremail", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"ownername", "Ownername", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"phone", "Phone Number", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"photo", "Photo", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"preferred_language", "Preferred Language", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"relationship_status", "Relationship Status", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"salutation", "Salutation", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"school", "School", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"seniority", "Seniority", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"start_date", "Start Date", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"state", "State/Region", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"surveymonkeyeventlastupdated", "Surveymonkeyeventlastupdated", KIND_DATETIME, PROPERTY_STANDARD, NULL},
	{"total_revenue", "Total Revenue", KIND_NUMBER, PROPERTY_STANDARD, NULL},
	{"twitterbio", "Twitterbio", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"twitterhandle", "Twitterhandle", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"twitterprofilephoto", "Twitterprofilephoto", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"webinareventlastupdated", "Webinareventlastupdated", KIND_DATETIME, PROPERTY_STANDARD, NULL},
	{"website", "Website URL", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"work_email", "Work Email", KIND_STRING, PROPERTY_STANDARD, NULL},
	{"zip", "Postal Code", KIND_STRING, PROPERTY_STANDARD, NULL},
};
/* clang-format on */

const size_t model_standard_contacts_count =
	sizeof(model_standard_contacts) / sizeof(model_standard_contacts[0]);
