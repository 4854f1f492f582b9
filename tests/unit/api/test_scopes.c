/* Which scopes the token lacks, from HubSpot's list of them, or from what it lets us read. */
#include "bed.h"

#include "base/json.h"

#define SCOPES(list) "{\"hubId\":1,\"scopes\":[" list "]}"

/* Asks for the account, which comes; the question for the scopes has the number after it. */
static size_t ask_for_scopes(void) {
	size_t number = bed.count;
	api_probe(bed.api);
	finish(number, HUBSPOT_OK, ACCOUNT);
	assert_int_equal(bed.count, number + 2);
	assert_string_equal(bed.asked[number + 1].object, INTROSPECTION);
	return number + 1;
}

/* HubSpot's sentence on the object, or ours; NULL: nothing is missing. */
static const char *missing_of(const char *object) {
	size_t index = 0;
	json_t *missing = NULL;
	assert_int_equal(get("/readyz"), 200);
	json_array_foreach (json_object_get(fake_reply()->body, "missing_scopes"), index, missing) {
		if (strcmp(json_member_text(missing, "object"), object) == 0) {
			return json_member_text(missing, "message");
		}
	}
	return NULL;
}

static int open_objects(void **state) {
	bed_open(state);
	api_add_object(bed.api, "/contacts", "contacts");
	api_add_object(bed.api, "/cars", "2-123/x");
	api_add_object(bed.api, "/tickets", "0-5");
	api_set_ready(bed.api);
	return 0;
}

static void test_the_list_tells(void **state) {
	(void)state;
	size_t number = ask_for_scopes();
	assert_int_equal(bed.asked[number].flags, HUBSPOT_REPEATABLE | HUBSPOT_WITH_TOKEN);
	assert_string_equal(bed.asked[number].token_key, "{token}"); /* the client fills it in */
	finish(number, HUBSPOT_OK,
		SCOPES("\"oauth\",\"crm.objects.contacts.read\",\"tickets\","
		       "\"crm.objects.contacts.write.x\""));
	assert_int_equal(bed.count, number + 1); /* nothing more is asked */
	assert_string_equal(missing_of("contacts"), "the token lacks crm.objects.contacts.write");
	assert_string_equal(missing_of("cars"),
		"the token lacks crm.objects.custom.read and crm.objects.custom.write");
	assert_null(missing_of("tickets"));
	assert_int_equal(logged("scope missing object=\"contacts\" token=\"THE_TOKEN\""), 1);
	assert_int_equal(logged("scope missing"), 2);

	number = ask_for_scopes(); /* they have been given */
	finish(number, HUBSPOT_OK,
		SCOPES("\"crm.objects.contacts.read\",\"crm.objects.contacts.write\","
		       "\"crm.objects.custom.read\",\"crm.objects.custom.write\","
		       "\"crm.objects.tickets.write\""));
	assert_null(missing_of("contacts"));
	assert_null(missing_of("cars"));
	assert_string_equal(missing_of("tickets"), "the token lacks crm.objects.tickets.read");
}

/* The objects that come with the host, and one of a third party. */
static void test_every_object_is_known(void **state) {
	static const char *const NAMES[] = {
		"contacts", "companies", "tickets", "deals", "products"};
	enum { COUNT = sizeof(NAMES) / sizeof(NAMES[0]) };
	(void)state;
	bed_open(state);
	for (size_t i = 0; i < COUNT; i++) {
		char path[32];
		snprintf(path, sizeof(path), "/%s", NAMES[i]);
		api_add_object(bed.api, path, NAMES[i]);
	}
	api_set_ready(bed.api);
	size_t number = ask_for_scopes();
	finish(number, HUBSPOT_OK, SCOPES("\"oauth\""));
	for (size_t i = 0; i < COUNT; i++) {
		char lacks[128];
		snprintf(lacks, sizeof(lacks),
			"the token lacks crm.objects.%s.read and crm.objects.%s.write", NAMES[i],
			NAMES[i]);
		assert_string_equal(missing_of(NAMES[i]), lacks);
	}
	number = ask_for_scopes();
	finish(number, HUBSPOT_OK,
		SCOPES("\"crm.objects.contacts.read\",\"crm.objects.contacts.write\","
		       "\"crm.objects.companies.read\",\"crm.objects.companies.write\","
		       "\"crm.objects.deals.read\",\"crm.objects.deals.write\","
		       "\"tickets\",\"e-commerce\"")); /* older ones that stand for both */
	for (size_t i = 0; i < COUNT; i++) {
		assert_null(missing_of(NAMES[i]));
	}
	assert_int_equal(bed.count, number + 1); /* no record is asked for */
}

static void test_without_a_list_records_tell(void **state) {
	static const struct {
		enum hubspot_failure failure;
		const char *reply;
	} CASES[] = {{HUBSPOT_NOT_FOUND, NULL}, {HUBSPOT_REFUSED, NULL}, {HUBSPOT_BAD_REPLY, NULL},
		{HUBSPOT_OK, "{}"}, {HUBSPOT_OK, "{\"scopes\":[]}"}, {HUBSPOT_OK, "[]"}};
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		size_t number = ask_for_scopes();
		finish(number, CASES[i].failure, CASES[i].reply);
		assert_int_equal(bed.count, number + 4);
		assert_string_equal(
			bed.asked[number + 1].object, "GET {objects}/contacts?limit=1");
		assert_string_equal(
			bed.asked[number + 2].object, "GET {objects}/2-123%2Fx?limit=1");
		finish(number + 1, HUBSPOT_OK, "{}");
		finish(number + 2, HUBSPOT_FORBIDDEN, NULL);
		finish(number + 3, HUBSPOT_NOT_FOUND, NULL);
		assert_null(missing_of("contacts"));
		assert_string_equal(missing_of("cars"), "HubSpot's own words");
		assert_int_equal(logged("scope missing object=\"cars\""), i + 1);
		assert_int_equal(logged("scope not known object=\"tickets\""), i + 1);
		bed.count = 0; /* there is room for a few only */
	}
}

static void test_an_unknown_type_is_read(void **state) {
	(void)state;
	bed_open(state);
	api_add_object(bed.api, "/contacts", "contacts");
	api_add_object(bed.api, "/notes", "notes");
	api_set_ready(bed.api);
	size_t number = ask_for_scopes();
	finish(number, HUBSPOT_OK,
		SCOPES("\"crm.objects.contacts.read\",\"crm.objects.contacts.write\""));
	assert_int_equal(bed.count, number + 2);
	assert_string_equal(bed.asked[number + 1].object, "GET {objects}/notes?limit=1");
	finish(number + 1, HUBSPOT_FORBIDDEN, NULL);
	assert_null(missing_of("contacts"));
	assert_string_equal(missing_of("notes"), "HubSpot's own words");
}

static void test_a_new_token_while_it_is_asked(void **state) {
	(void)state;
	size_t number = ask_for_scopes();
	fake_loop_run_ms(bed.loop, 5);
	api_token_changed(bed.api);
	finish(number + 1, HUBSPOT_OK, ACCOUNT);
	assert_int_equal(bed.count, number + 2);
	finish(number, HUBSPOT_OK, SCOPES("\"oauth\"")); /* of the old one */
	assert_int_equal(bed.count, number + 3);
	assert_string_equal(bed.asked[number + 2].object, INTROSPECTION);
	assert_int_equal(logged("scope missing"), 0);
}

/* What HubSpot says of a token may quote it. */
static void test_a_refusal_is_not_quoted(void **state) {
	(void)state;
	size_t number = ask_for_scopes();
	finish(number, HUBSPOT_INVALID, NULL);
	assert_int_equal(logged("HubSpot's own words"), 0);
}

static void test_drain_cancels_the_question(void **state) {
	(void)state;
	size_t number = ask_for_scopes();
	api_drain(bed.api);
	assert_true(bed.asked[number].is_cancelled);
	finish(number, HUBSPOT_CANCELLED, NULL);
	assert_int_equal(bed.count, number + 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_objects, bed_close)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_the_list_tells),
		TEST(test_without_a_list_records_tell),
		cmocka_unit_test_setup_teardown(test_every_object_is_known, NULL, bed_close),
		cmocka_unit_test_setup_teardown(test_an_unknown_type_is_read, NULL, bed_close),
		TEST(test_a_new_token_while_it_is_asked),
		TEST(test_a_refusal_is_not_quoted),
		TEST(test_drain_cancels_the_question),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
