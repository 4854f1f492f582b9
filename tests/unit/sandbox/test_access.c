#include "ask.h"

/* Tokens, scopes, limits, and what the account says of itself. */

static void a_token_is_needed(void **state) {
	static const char *const bad[] = {
		NULL, "", "Bearer ", "Bearer xyz", "Basic pat-na1-x", "pat-na1-x"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		authorization = bad[i];
		assert_int_equal(ask("GET", CONTACTS, NULL), 401);
		assert_text("category", "INVALID_AUTHENTICATION");
		assert_non_null(
			strstr(text_at("message"), "Authentication credentials not found."));
		assert_null(header("X-HubSpot-RateLimit-Max"));
	}
	authorization = "bearer pat-eu1-anything";
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	authorization = "Bearer pat-na1-other";
	assert_int_equal(ask("GET", "/account-info/v3/details", NULL), 200);
}

static void settings_may_name_the_only_token(void **state) {
	(void)state;
	model_destroy(model);
	struct model_settings settings = model_defaults;
	settings.token = "pat-na1-only";
	model = model_create(&settings);
	assert_non_null(model);
	assert_int_equal(ask("GET", CONTACTS, NULL), 401);
	authorization = "Bearer pat-na1-only";
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	control("{\"accept\":\"second\"}");
	authorization = "Bearer second";
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
}

static void a_token_is_revoked_and_accepted_again(void **state) {
	(void)state;
	control("{\"revoke\":\"pat-na1-sandbox\"}");
	assert_int_equal(ask("GET", CONTACTS, NULL), 401);
	control("{\"accept\":\"pat-na1-sandbox\"}");
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	control("{\"revoke\":[\"pat-na1-sandbox\",\"pat-na1-b\"]}");
	assert_int_equal(ask("GET", CONTACTS, NULL), 401);
	control("{\"reset\":true}");
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
}

static void scopes_are_needed_once_they_are_listed(void **state) {
	(void)state;
	control("{\"scopes\":[\"crm.objects.contacts.read\"]}");
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	assert_int_equal(ask("POST", CONTACTS "/batch/read", "{\"inputs\":[]}"), 200);
	assert_int_equal(ask("GET", "/account-info/2026-09/details", NULL), 200);
	assert_int_equal(ask("POST", CONTACTS, "{\"properties\":{\"email\":\"a@b.co\"}}"), 403);
	assert_text("category", "MISSING_SCOPES");
	assert_text("errors.0.message", "One or more of the following scopes are required.");
	assert_text("errors.0.context.requiredGranularScopes.0", "crm.objects.contacts.write");
	assert_text("links.scopes", "https://developers.hubspot.com/scopes");
	assert_int_equal(ask("GET", "/crm/v3/objects/deals", NULL), 403);
	assert_int_equal(ask("GET", "/crm/v3/objects/notes", NULL), 200);
	control("{\"scopes\":null}");
	assert_int_equal(ask("POST", CONTACTS, "{\"properties\":{\"email\":\"a@b.co\"}}"), 201);
}

static void the_window_rolls(void **state) {
	(void)state;
	control("{\"limit\":3}");
	for (int i = 0; i < 3; i++) {
		now_ms = 1000 + (uint64_t)i * 1000;
		assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	}
	assert_string_equal(header("X-HubSpot-RateLimit-Max"), "3");
	assert_string_equal(header("X-HubSpot-RateLimit-Remaining"), "0");
	assert_string_equal(header("X-HubSpot-RateLimit-Interval-Milliseconds"), "10000");
	now_ms = 10999;
	assert_int_equal(ask("GET", CONTACTS, NULL), 429);
	assert_text("policyName", "TEN_SECONDLY_ROLLING");
	assert_text("errorType", "RATE_LIMIT");
	assert_text("message", "You have reached your ten_secondly_rolling limit.");
	assert_null(at("category"));
	assert_null(header("Retry-After"));
	assert_string_equal(header("X-HubSpot-RateLimit-Remaining"), "0");
	now_ms = 11000; /* the first has left, the refused one left no mark */
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	assert_int_equal(ask("GET", CONTACTS, NULL), 429);
	now_ms = 12500;
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	now_ms = 40000;
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	assert_string_equal(header("X-HubSpot-RateLimit-Remaining"), "2");
}

static void the_default_is_190_and_each_token_has_its_own(void **state) {
	(void)state;
	for (int i = 0; i < 190; i++) {
		assert_int_equal(ask("GET", CONTACTS "/1", NULL), 404);
	}
	assert_string_equal(header("X-HubSpot-RateLimit-Secondly"), "19");
	assert_string_equal(header("X-HubSpot-RateLimit-Secondly-Remaining"), "0");
	assert_int_equal(ask("GET", CONTACTS "/1", NULL), 429);
	authorization = "Bearer pat-na1-second";
	assert_int_equal(ask("GET", CONTACTS "/1", NULL), 404);
	assert_string_equal(header("X-HubSpot-RateLimit-Remaining"), "189");
	/* The day is the account's, refused calls included. */
	assert_string_equal(header("X-HubSpot-RateLimit-Daily"), "625000");
	assert_string_equal(header("X-HubSpot-RateLimit-Daily-Remaining"), "624808");
}

static void a_limit_changes_while_it_counts(void **state) {
	(void)state;
	control("{\"limit\":5}");
	for (int i = 0; i < 4; i++) {
		now_ms = (uint64_t)i * 100;
		assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	}
	control("{\"limit\":2}");
	assert_int_equal(ask("GET", CONTACTS, NULL), 429);
	now_ms = 10200; /* the third is the older of the two that still count */
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	assert_int_equal(ask("GET", CONTACTS, NULL), 429);
	control("{\"limit\":3}");
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	control("{\"limit\":\"off\"}");
	for (int i = 0; i < 500; i++) {
		assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	}
	assert_null(header("X-HubSpot-RateLimit-Max"));
	assert_non_null(header("X-HubSpot-RateLimit-Daily"));
	control("{\"limit\":1}");
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	assert_int_equal(ask("GET", CONTACTS, NULL), 429);
}

static void many_tokens_need_no_more_memory(void **state) {
	(void)state;
	control("{\"limit\":2}");
	for (int i = 0; i < 200; i++) {
		char token[64];
		snprintf(token, sizeof(token), "Bearer pat-na1-%d", i);
		authorization = token;
		assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	}
}

static void the_day_has_a_limit_and_ends(void **state) {
	(void)state;
	control("{\"daily\":2}");
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
	assert_int_equal(ask("GET", "/account-info/v3/api-usage/daily/private-apps", NULL), 200);
	assert_text("results.0.name", "private-apps-api-calls-daily");
	assert_int_equal(number_at("results.0.usageLimit"), 2);
	assert_int_equal(number_at("results.0.currentUsage"), 2);
	assert_text("results.0.fetchStatus", "SUCCESS");
	assert_text("results.0.resetsAt", "2026-09-22T04:00:00Z");
	assert_int_equal(ask("GET", CONTACTS, NULL), 429);
	assert_text("policyName", "DAILY");
	assert_text("message", "You have reached your daily limit.");
	assert_int_equal(strlen(text_at("requestId")), 36);
	assert_string_equal(header("X-HubSpot-RateLimit-Daily-Remaining"), "0");
	now_ms = 1790049600000 - 1790000000123 - 1;
	assert_int_equal(ask("GET", CONTACTS, NULL), 429);
	now_ms++;
	assert_int_equal(ask("GET", CONTACTS, NULL), 200);
}

static void the_account_tells_who_it_is(void **state) {
	(void)state;
	assert_int_equal(ask("GET", "/account-info/v3/details", NULL), 200);
	assert_int_equal(number_at("portalId"), 44237313);
	assert_text("accountType", "SANDBOX");
	assert_text("dataHostingLocation", "na1");
	control("{\"account\":{\"portalId\":77,\"accountType\":\"STANDARD\"}}");
	assert_int_equal(ask("GET", "/account-info/2026-03/details", NULL), 200);
	assert_int_equal(number_at("portalId"), 77);
	assert_text("accountType", "STANDARD");
	char id[32];
	make_contact("a@b.co", id);
	assert_non_null(strstr(text_at("url"), "/contacts/77/record/"));
	assert_int_equal(ask("POST", "/__control", "{\"account\":{\"portalId\":\"77\"}}"), 400);
	assert_int_equal(ask("POST", "/__control", "{\"account\":{\"bogus\":1}}"), 400);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(a_token_is_needed),
		TEST(settings_may_name_the_only_token),
		TEST(a_token_is_revoked_and_accepted_again),
		TEST(scopes_are_needed_once_they_are_listed),
		TEST(the_window_rolls),
		TEST(the_default_is_190_and_each_token_has_its_own),
		TEST(a_limit_changes_while_it_counts),
		TEST(many_tokens_need_no_more_memory),
		TEST(the_day_has_a_limit_and_ends),
		TEST(the_account_tells_who_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
