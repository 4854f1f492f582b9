/*
 * How a plugin is tested: this one is linked into the test, HubSpot says what the test lets it say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <hubspot-connector/testkit.h>

extern const struct hsc_plugin hsc_plugin;

static int open_kit(void **state) {
	*state = hsck_open(&(struct hsck_options){.plugin = &hsc_plugin});
	return *state != NULL ? 0 : -1;
}

/* What the plugin forgot, or did twice, is told here. */
static int close_kit(void **state) {
	assert_string_equal(hsck_close(*state), "");
	return 0;
}

static void test_a_product_is_created(void **state) {
	struct hsck *kit = *state;
	struct hsck_request *request =
		hsck_request(kit, "POST", "/products", "{\"name\": \"Hammer\", \"price\": 12.5}");
	const struct hsck_operation *operation = hsck_operation(kit, 0);
	assert_int_equal(operation->kind, HSC_CREATE);
	assert_string_equal(operation->object, "products");
	assert_int_equal(hsck_status(request), 0);
	hsck_answer(kit, 0, &(struct hsck_answer){.id = "12"});
	hsck_run(kit);
	assert_int_equal(hsck_status(request), 201);
	assert_string_equal(hsck_text(request, "hubspot_product_id"), "12");
}

static void test_hubspot_is_busy(void **state) {
	struct hsck *kit = *state;
	hsck_script(kit, 0, NULL, &(struct hsck_answer){.status = 429, .retry_after_ms = 3000});
	struct hsck_request *request = hsck_ask(kit, "GET", "/products/12", NULL);
	assert_int_equal(hsck_status(request), 503);
	assert_string_equal(hsck_header(request, "Retry-After"), "3");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_product_is_created, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(test_hubspot_is_busy, open_kit, close_kit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
