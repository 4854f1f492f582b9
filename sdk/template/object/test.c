/* The plugin in a host without a network: what a client of /invoices gets, and what HubSpot is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <hubspot-connector/testkit.h>
#include <jansson.h>

static struct hsck *kit;

static int open_kit(void **state) {
	(void)state;
	kit = hsck_open(&(struct hsck_options){.file = HSC_PLUGIN_FILE, .hubspot = HSCK_REMEMBER});
	if (kit == NULL) {
		print_error("%s\n", hsck_error());
	}
	return kit == NULL;
}

static int close_kit(void **state) {
	(void)state;
	const char *faults = hsck_close(kit);
	print_error("%s", faults);
	return *faults != '\0';
}

static void test_what_is_created_can_be_read(void **state) {
	(void)state;
	struct hsck_request *request = hsck_ask(kit, "POST", "/invoices",
		"{\"number\": \"A-1\", \"amount\": 99.95, \"issued_at\": \"2026-09-01\"}");
	assert_int_equal(hsck_status(request), 201);
	assert_string_equal(hsck_text(request, "hubspot_invoice_id"), "1");

	request = hsck_ask(kit, "GET", "/invoices/1", NULL);
	assert_int_equal(hsck_status(request), 200);
	assert_string_equal(hsck_text(request, "number"), "A-1");
	assert_string_equal(hsck_text(request, "amount"), "99.95");
	assert_string_equal(hsck_text(request, "issued_at"), "2026-09-01");
}

static void test_hubspot_is_asked_in_its_own_words(void **state) {
	(void)state;
	hsck_ask(kit, "POST", "/invoices", "{\"number\": \"A-1\", \"amount\": 1500}");
	const struct hsck_operation *create = hsck_operation(kit, 0);
	assert_int_equal(create->kind, HSC_CREATE);
	assert_string_equal(create->object, hsck_object(kit, 0)->hubspot);
	assert_string_equal(json_string_value(json_object_get(create->body, "hs_number")), "A-1");
	assert_string_equal(json_string_value(json_object_get(create->body, "amount")), "1500");
}

static void test_what_breaks_the_schema_is_refused(void **state) {
	(void)state;
	static const char *const BAD[] = {"{}", "{\"number\": \"\"}", "{\"number\": 1}",
		"{\"number\": \"A-1\", \"currency\": \"euros\"}", "{\"number\": \"A-1\", \"colour\": \"red\"}"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct hsck_request *request = hsck_ask(kit, "POST", "/invoices", BAD[i]);
		assert_int_equal(hsck_status(request), 422);
		assert_string_equal(hsck_text(request, "code"), "validation_failed");
	}
	assert_int_equal(hsck_operations(kit), 0);
}

static void test_what_hubspot_refuses_is_told(void **state) {
	(void)state;
	hsck_script(kit, HSC_CREATE, NULL, &(struct hsck_answer){.status = 400, .message = "no"});
	struct hsck_request *request = hsck_ask(kit, "POST", "/invoices", "{\"number\": \"A-1\"}");
	assert_int_equal(hsck_status(request), 422);
	assert_string_equal(hsck_text(request, "code"), "hubspot_invalid");
	assert_string_equal(hsck_text(request, "outcome"), "not_applied");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_created_can_be_read, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(test_hubspot_is_asked_in_its_own_words, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(test_what_breaks_the_schema_is_refused, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(test_what_hubspot_refuses_is_told, open_kit, close_kit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
