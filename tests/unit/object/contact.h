/* object/contact.h - what the tests of the object module share: a contact to open, and looks at the
 * last reply. */
#ifndef OBJECT_CONTACT_H
#define OBJECT_CONTACT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "fakes/fake_http.h"
#include "fakes/fake_hubspot.h"
#include "object/object.h"

static const char contact_schema[] =
	"{\"type\":\"object\",\"required\":[\"email\"],\"additionalProperties\":false,"
	"\"$defs\":{\"day\":{\"type\":\"string\",\"format\":\"date\"}},\"properties\":{"
	"\"id\":{\"type\":\"string\",\"readOnly\":true},"
	"\"created_at\":{\"type\":\"string\",\"readOnly\":true,\"x-hubspot-property\":"
	"\"createdate\"},"
	"\"email\":{\"type\":\"string\",\"format\":\"email\"},"
	"\"firstname\":{\"type\":\"string\"},"
	"\"notes\":{\"type\":\"string\",\"x-hubspot-property\":\"content\",\"maxLength\":20},"
	"\"children\":{\"type\":\"integer\"},"
	"\"income\":{\"type\":[\"number\",\"null\"]},"
	"\"is_vip\":{\"type\":\"boolean\"},"
	"\"hobbies\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}},"
	"\"birthday\":{\"$ref\":\"#/$defs/day\",\"description\":\"a day\"},"
	"\"tier\":{\"enum\":[\"gold\",\"silver\"]}}}";

static const struct hsc_object plain_contact =
	HSC_OBJECT(.offers = HSC_OBJECT_ALL, .path = "/contacts", .name = "contact",
		.hubspot = "contacts", .key = "email", .schema = contact_schema);

static struct http *http;
static struct hubspot *hubspot;
static char fault[512];
static struct object_owner plugin; /* of what is opened */

static inline int set_up(void **state) {
	(void)state;
	http = fake_http_make();
	hubspot = fake_hubspot_reset();
	fault[0] = '\0';
	plugin = (struct object_owner){.name = "test"};
	return 0;
}

static inline int tear_down(void **state) {
	(void)state;
	hubspot_destroy(hubspot);
	http_destroy(http);
	object_close_all();
	return 0;
}

/* Opens with objects.contacts as JSON text, or NULL. */
static inline struct object *open_with(
	const struct hsc_object *declaration, const char *overrides) {
	json_auto_t *parsed = overrides == NULL ? NULL : json_loads(overrides, 0, NULL);
	assert_true(overrides == NULL || parsed != NULL);
	return object_open(http, hubspot, declaration, &plugin, parsed, fault, sizeof(fault));
}

static inline struct object *open_contacts(const char *overrides) {
	struct object *object = open_with(&plain_contact, overrides);
	assert_string_equal(fault, "");
	assert_non_null(object);
	return object;
}

static inline void assert_json(const json_t *actual, const char *expected) {
	json_auto_t *wanted = json_loads(expected, JSON_DECODE_ANY, NULL);
	assert_non_null(wanted);
	if (!json_equal(actual, wanted)) {
		char *text = actual == NULL ? NULL : json_dumps(actual, JSON_ENCODE_ANY);
		print_error("got:    %s\nwanted: %s\n", text != NULL ? text : "nothing", expected);
		free(text);
		fail();
	}
}

static inline const char *reply_text(const char *member) {
	const char *text = json_string_value(json_object_get(fake_reply()->body, member));
	return text != NULL ? text : "";
}

/* Was the last request replied to with `status` and `code`? */
static inline void assert_refused(int status, const char *code) {
	assert_null(fake_request());
	assert_int_equal(fake_reply()->status, status);
	assert_string_equal(reply_text("code"), code);
	assert_string_equal(reply_text("status"), "error");
}

/* Is there an error for `field` with `code` in the last reply? */
static inline void assert_error(const char *field, const char *code) {
	const json_t *errors = json_object_get(fake_reply()->body, "errors");
	size_t index = 0;
	json_t *error = NULL;
	json_array_foreach (errors, index, error) {
		if (str_is_equal(json_string_value(json_object_get(error, "field")), field) &&
			str_is_equal(json_string_value(json_object_get(error, "code")), code)) {
			return;
		}
	}
	fail_msg("no error %s for %s", code, field);
}

#endif
