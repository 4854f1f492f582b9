/* object/links_kit.h - what the tests of associations share: three objects, and looks at what was
 * asked. */
#ifndef OBJECT_LINKS_KIT_H
#define OBJECT_LINKS_KIT_H

#include "object/contact.h"
#include "object/links.h"

static const struct hsc_object company = HSC_OBJECT(.offers = HSC_OBJECT_ALL, .path = "/companies",
	.name = "company", .hubspot = "companies", .key = "domain",
	.schema = "{\"type\":\"object\",\"properties\":{\"domain\":{\"type\":\"string\","
		  "\"maxLength\":20},"
		  "\"name\":{\"type\":\"string\"}}}");
static const struct hsc_object ticket = HSC_OBJECT(.offers = HSC_OBJECT_ALL, .path = "/tickets",
	.name = "ticket", .hubspot = "0-5",
	.schema = "{\"type\":\"object\",\"properties\":{\"subject\":{\"type\":\"string\"}}}");

static struct object *contacts;

static inline int open_all(void **state) {
	set_up(state);
	contacts = open_contacts(NULL);
	assert_non_null(open_with(&company, NULL));
	assert_non_null(open_with(&ticket, NULL));
	return 0;
}

static inline const struct hubspot_operation *asked(size_t number) {
	assert_non_null(fake_operation(number));
	return &fake_operation(number)->asked;
}

static inline void assert_link(size_t number, const char *id, const char *to_object, const char *to_id) {
	assert_int_equal(asked(number)->kind, HUBSPOT_LINK);
	assert_string_equal(asked(number)->object, "contacts");
	assert_string_equal(asked(number)->id, id);
	assert_string_equal(asked(number)->to_object, to_object);
	assert_string_equal(asked(number)->to_id, to_id);
	assert_int_equal(asked(number)->deadline_ms, FAKE_DEADLINE_MS);
	assert_string_equal(asked(number)->label, FAKE_REQUEST_ID);
}

static const struct hubspot_result nobody = {
	.failure = HUBSPOT_NOT_FOUND, .outcome = HUBSPOT_NOT_APPLIED, .status = 404};

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, tear_down)

#endif
