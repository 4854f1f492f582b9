/* The plugin in a host without a network, beside the plugins whose objects it writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <hubspot-connector/testkit.h>
#include <jansson.h>

static const char LEAD[] = "{\"contact\": {\"email\": \"ada@example.com\"}, \"company\": {\"domain\": \"example.com\"},"
			   " \"deal\": {\"name\": \"Engine\", \"amount\": 48000}}";

static struct hsck *kit;

static int open_with(const char *config) {
	static const char *const BEFORE[] = {HSC_PLUGIN_DIR "/contacts.so", HSC_PLUGIN_DIR "/companies.so",
		HSC_PLUGIN_DIR "/deals.so", NULL};
	kit = hsck_open(&(struct hsck_options){.file = HSC_PLUGIN_FILE, .before = BEFORE, .config = config,
		.hubspot = HSCK_REMEMBER});
	if (kit == NULL) {
		print_error("%s\n", hsck_error());
	}
	return kit == NULL;
}

static int open_kit(void **state) {
	(void)state;
	return open_with(NULL);
}

static int open_configured(void **state) {
	(void)state;
	return open_with("{\"stage\": \"qualifiedtobuy\", \"pipeline\": \"b2b\"}");
}

static int close_kit(void **state) {
	(void)state;
	const char *faults = hsck_close(kit);
	print_error("%s", faults);
	return *faults != '\0';
}

static struct hsck_request *post(void) {
	return hsck_ask(kit, "POST", "/leads", LEAD);
}

static void assert_is_linked(const struct hsck_request *request, const char *object, const char *part_id) {
	assert_true(hsck_is_linked(kit, "deals", hsck_text(request, "deal.id"), object, part_id));
}

static const char *property(const char *object, const char *id, const char *name) {
	json_t *record = hsck_record(kit, object, id);
	assert_non_null(record);
	return json_string_value(json_object_get(json_object_get(record, "properties"), name));
}

static void test_all_three_are_made_and_linked(void **state) {
	(void)state;
	struct hsck_request *request = post();
	assert_int_equal(hsck_status(request), 201);
	assert_string_equal(hsck_text(request, "status"), "success");
	assert_string_equal(hsck_text(request, "contact.action"), "created");
	assert_string_equal(hsck_text(request, "company.action"), "created");
	assert_string_equal(hsck_text(request, "deal.action"), "created");
	char contact[32], company[32];
	snprintf(contact, sizeof(contact), "%s", hsck_text(request, "contact.id"));
	snprintf(company, sizeof(company), "%s", hsck_text(request, "company.id"));
	assert_is_linked(request, "contacts", contact);
	assert_is_linked(request, "companies", company);
	assert_true(hsck_metric(kit, "received_total") == 1);

	request = post(); /* the same people, another deal */
	assert_int_equal(hsck_status(request), 201);
	assert_string_equal(hsck_text(request, "contact.action"), "updated");
	assert_string_equal(hsck_text(request, "contact.id"), contact);
	assert_string_equal(hsck_text(request, "company.id"), company);
	assert_string_equal(hsck_text(request, "deal.action"), "created");
}

static void test_a_deal_has_the_stage_it_needs(void **state) {
	(void)state;
	struct hsck_request *request = post();
	assert_string_equal(property("deals", hsck_text(request, "deal.id"), "dealstage"), "appointmentscheduled");
	assert_string_equal(property("deals", hsck_text(request, "deal.id"), "amount"), "48000");
}

static void test_the_settings_say_which_stage(void **state) {
	(void)state;
	struct hsck_request *request = post();
	assert_string_equal(property("deals", hsck_text(request, "deal.id"), "dealstage"), "qualifiedtobuy");
	assert_string_equal(property("deals", hsck_text(request, "deal.id"), "pipeline"), "b2b");
}

static void test_what_fails_is_told_part_by_part(void **state) {
	(void)state;
	hsck_script(kit, 0, "companies", &(struct hsck_answer){.status = 400, .message = "no such domain", .times = 1});
	struct hsck_request *request = post();
	assert_int_equal(hsck_status(request), 207);
	assert_string_equal(hsck_text(request, "status"), "partial");
	assert_string_equal(hsck_text(request, "company.status"), "error");
	assert_string_equal(hsck_text(request, "company.code"), "hubspot_invalid");
	assert_string_equal(hsck_text(request, "contact.status"), "success");
	assert_string_equal(hsck_text(request, "deal.status"), "success");
	char contact[32];
	snprintf(contact, sizeof(contact), "%s", hsck_text(request, "contact.id"));
	assert_is_linked(request, "contacts", contact);
}

static void test_a_deal_that_fails_is_told(void **state) {
	(void)state;
	hsck_script(kit, HSC_CREATE, "deals", &(struct hsck_answer){.ends = HSCK_TIMEOUT});
	struct hsck_request *request = post();
	assert_int_equal(hsck_status(request), 207);
	assert_string_equal(hsck_text(request, "contact.status"), "success");
	assert_string_equal(hsck_text(request, "company.status"), "success");
	assert_string_equal(hsck_text(request, "deal.status"), "error");
	assert_string_equal(hsck_text(request, "deal.outcome"), "unknown");
}

static void test_it_is_finished_when_the_client_leaves(void **state) {
	(void)state;
	struct hsck_request *request = hsck_request(kit, "POST", "/leads", LEAD);
	assert_null(hsck_reply(request));
	hsck_leave(request);
	hsck_run(kit);
	assert_true(hsck_has_ended(request));
	assert_int_equal(hsck_waiting(kit), 0);
	request = hsck_ask(kit, "GET", "/deals", NULL);
	assert_string_equal(hsck_text(request, "results.0.name"), "Engine");
}

static void test_it_is_finished_when_the_time_is_over(void **state) {
	(void)state;
	static const struct hsck_header HEADERS[] = {
		{"Content-Type", "application/json"}, {"X-Request-Timeout-Ms", "1000"}, {NULL, NULL}};
	const char *id = hsck_put_record(kit, "contacts", "{\"email\": \"ada@example.com\"}");
	hsck_script(kit, HSC_UPSERT, "contacts", &(struct hsck_answer){.id = id, .after_ms = 5000});
	struct hsck_request *request = hsck_send(kit, "POST", "/leads", HEADERS, LEAD, strlen(LEAD));
	hsck_pass(kit, 2000);
	assert_int_equal(hsck_status(request), 504);
	assert_false(hsck_has_ended(request));
	hsck_pass(kit, 5000);
	assert_true(hsck_has_ended(request));
	request = hsck_ask(kit, "GET", "/deals", NULL);
	assert_string_equal(hsck_text(request, "results.0.name"), "Engine");
	assert_true(hsck_is_linked(kit, "deals", hsck_text(request, "results.0.id"), "contacts", "1"));
}

static void test_what_breaks_the_schema_is_refused(void **state) {
	(void)state;
	struct hsck_request *request = hsck_ask(kit, "POST", "/leads", "{\"contact\": {\"email\": \"nobody\"}}");
	assert_int_equal(hsck_status(request), 422);
	assert_int_equal(hsck_operations(kit), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_three_are_made_and_linked, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(test_a_deal_has_the_stage_it_needs, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(test_the_settings_say_which_stage, open_configured, close_kit),
		cmocka_unit_test_setup_teardown(test_what_fails_is_told_part_by_part, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(test_a_deal_that_fails_is_told, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(test_it_is_finished_when_the_client_leaves, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(test_it_is_finished_when_the_time_is_over, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(test_what_breaks_the_schema_is_refused, open_kit, close_kit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
