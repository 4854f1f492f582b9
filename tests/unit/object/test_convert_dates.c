/* Dates and moments: what is taken, in which one form it goes to HubSpot, and how it comes back. */
#include "object/contact.h"

#include "object/inside.h"

static const char overrides[] =
	"{\"properties\":{\"seen\":{\"type\":\"string\",\"format\":\"date-time\","
	"\"x-hubspot-property\":\"last_seen\"},"
	"\"due\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}}}";

static json_t *accept(
	const struct object *object, const char *name, const char *value, json_t *errors) {
	json_auto_t *record = json_pack("{s:s, s:s}", "email", "a@b.c", name, value);
	assert_non_null(record);
	return record_accept(object, record, 0, errors);
}

static void assert_goes_out(
	const struct object *object, const char *name, const char *value, const char *sent) {
	json_auto_t *errors = json_array();
	json_auto_t *converted = accept(object, name, value, errors);
	const char *is =
		json_string_value(json_object_get(converted, object_property_name(object, name)));
	if (is == NULL || strcmp(is, sent) != 0) {
		fail_msg("%s became %s, not %s", value, is != NULL ? is : "nothing", sent);
	}
	assert_int_equal(json_array_size(errors), 0);
}

static void assert_refused_with(
	const struct object *object, const char *name, const char *value, const char *reason) {
	json_auto_t *errors = json_array();
	json_auto_t *converted = accept(object, name, value, errors);
	assert_null(converted);
	const json_t *error = json_array_get(errors, 0);
	const char *message = json_string_value(json_object_get(error, "message"));
	if (json_array_size(errors) != 1 || message == NULL || strstr(message, reason) == NULL) {
		fail_msg("%s: %s, not %s", value, message != NULL ? message : "nothing", reason);
	}
	assert_string_equal(json_string_value(json_object_get(error, "code")), "format");
	assert_int_equal(json_string_value(json_object_get(error, "field"))[0], '/');
	assert_string_equal(json_string_value(json_object_get(error, "field")) + 1, name);
}

static void test_moments_out(void **state) {
	(void)state;
	static const struct {
		const char *value;
		const char *sent;
	} cases[] = {
		{"2026-09-01T08:30:00Z", "2026-09-01T08:30:00Z"},
		{"2026-09-01t08:30:00z", "2026-09-01T08:30:00Z"},
		{"2026-09-01T08:30:00+02:00", "2026-09-01T06:30:00Z"},
		{"2026-09-01T00:30:00+02:00", "2026-08-31T22:30:00Z"},
		{"2025-12-31T23:30:00-01:30", "2026-01-01T01:00:00Z"},
		{"2026-09-01T08:30:00-00:00", "2026-09-01T08:30:00Z"},
		{"2026-09-01T08:30:00.000Z", "2026-09-01T08:30:00Z"},
		{"2026-09-01T08:30:00.5Z", "2026-09-01T08:30:00.500Z"},
		{"2026-09-01T08:30:00.123Z", "2026-09-01T08:30:00.123Z"},
		{"2026-09-01T08:30:00.123999+00:00", "2026-09-01T08:30:00.123Z"},
		{"2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"},
		{"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
		{"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
		{"9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"},
		{"1990-12-31T23:59:60Z", "1991-01-01T00:00:00Z"},
		{"1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00Z"},
	};
	struct object *object = open_contacts(overrides);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_goes_out(object, "seen", cases[i].value, cases[i].sent);
		assert_goes_out(object, "due", cases[i].value, cases[i].sent);
	}
}

static void test_moments_refused(void **state) {
	(void)state;
	static const struct {
		const char *value;
		const char *reason;
	} cases[] = {
		{"2026-09-01T08:30:00", "has no time zone: it must end with Z or an offset"},
		{"2026-09-01T08:30:00.123", "has no time zone"},
		{"2026-09-01", "must be a date and time"},
		{"2026-09-01 08:30:00Z", "must be a date and time"},
		{"2026-09-01T08:30Z", "must be a date and time"},
		{"tomorrow", "must be a date and time"},
		{"1756715400000", "must be a date and time"},
		{"2026-02-29T08:30:00Z", "there is no such date"},
		{"2100-02-29T08:30:00Z", "there is no such date"},
		{"2026-13-01T08:30:00Z", "there is no such date"},
		{"2026-00-01T08:30:00Z", "there is no such date"},
		{"2026-09-31T08:30:00Z", "there is no such date"},
		{"2026-09-00T08:30:00Z", "there is no such date"},
		{"2026-09-01T24:00:00Z", "there is no such time of day"},
		{"2026-09-01T08:60:00Z", "there is no such time of day"},
		{"2026-09-01T08:30:61Z", "there is no such time of day"},
		{"2026-09-01T08:30:60Z", "there is no such time of day"},
		{"2026-09-01T08:30:00.Z", "must be a date and time"},
		{"2026-09-01T08:30:00CET", "must end with Z or an offset"},
		{"2026-09-01T08:30:00+0200", "must end with Z or an offset"},
		{"2026-09-01T08:30:00+24:00", "must end with Z or an offset"},
		{"2026-09-01T08:30:00Z ", "must end with Z or an offset"},
	};
	struct object *object = open_contacts(overrides);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_refused_with(object, "seen", cases[i].value, cases[i].reason);
	}
	/* RFC 3339 has them; counted in UTC they have no four-digit year. */
	assert_refused_with(
		object, "seen", "9999-12-31T23:59:59-01:00", "in the years 0000 to 9999");
	assert_refused_with(
		object, "seen", "0000-01-01T00:00:00+01:00", "in the years 0000 to 9999");
}

static void test_dates(void **state) {
	(void)state;
	struct object *object = open_contacts(overrides);
	assert_goes_out(object, "birthday", "2000-02-29", "2000-02-29");
	assert_goes_out(object, "birthday", "0001-01-01", "0001-01-01");
	assert_refused_with(object, "birthday", "1900-02-29", "there is no such date");
	assert_refused_with(object, "birthday", "2000-1-1", "must be a date, such as");
	assert_refused_with(object, "birthday", "01.02.2000", "must be a date, such as");
	assert_refused_with(object, "birthday", "2000-01-31x", "must be a date, such as");
	assert_refused_with(object, "birthday", "2000-01-31T00:00:00Z", "must be a date alone");
	assert_refused_with(object, "birthday", "2000-01-31T10:00:00", "must be a date alone");
}

static void assert_comes_in(
	const struct object *object, const char *theirs, const char *text, const char *value) {
	json_auto_t *record = json_pack("{s:{s:s}}", "properties", theirs, text);
	json_auto_t *flat = object_from_hubspot(object, record);
	const struct property *property = property_by_hubspot(object, theirs);
	const char *is = json_string_value(json_object_get(flat, property->name));
	if (is == NULL || strcmp(is, value) != 0) {
		fail_msg("%s became %s, not %s", text, is != NULL ? is : "nothing", value);
	}
}

static void test_back(void **state) {
	(void)state;
	struct object *object = open_contacts(overrides);
	assert_comes_in(object, "last_seen", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z");
	assert_comes_in(object, "last_seen", "2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00Z");
	assert_comes_in(
		object, "last_seen", "2024-01-01T02:00:00.120+02:00", "2024-01-01T00:00:00.120Z");
	assert_comes_in(object, "last_seen", "1430438400000", "2015-05-01T00:00:00Z");
	assert_comes_in(object, "last_seen", "1430438400001", "2015-05-01T00:00:00.001Z");
	assert_comes_in(object, "last_seen", "0", "1970-01-01T00:00:00Z");
	assert_comes_in(object, "last_seen", "-1", "1969-12-31T23:59:59.999Z");
	assert_comes_in(object, "birthday", "2015-05-01", "2015-05-01");
	assert_comes_in(object, "birthday", "1430438400000", "2015-05-01");
	assert_comes_in(object, "birthday", "-86400000", "1969-12-31");
	assert_comes_in(object, "birthday", "2015-05-01T00:00:00Z", "2015-05-01");
}

/* HubSpot may have another type for it than the schema says: nothing is made up. */
static void test_what_is_none_stays(void **state) {
	(void)state;
	struct object *object = open_contacts(overrides);
	static const char *const moments[] = {
		"soon", "2024-01-01", "2024-01-01T00:00:00", "9999999999999999", "-", "1.5"};
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		assert_comes_in(object, "last_seen", moments[i], moments[i]);
	}
	static const char *const dates[] = {
		"soon", "1430438400001", "2015-05-01T10:00:00Z", "2015-02-29"};
	for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
		assert_comes_in(object, "birthday", dates[i], dates[i]);
	}
	json_auto_t *record = json_pack("{s:s}", "seen", "2026-09-01T08:30:00");
	json_auto_t *converted = object_to_hubspot(object, record);
	assert_json(converted, "{\"last_seen\":\"2026-09-01T08:30:00\"}");
}

static void test_cleared(void **state) {
	(void)state;
	struct object *object = open_contacts(overrides);
	json_auto_t *errors = json_array();
	json_auto_t *record = json_loads(
		"{\"email\":\"a@b.c\",\"seen\":\"\",\"due\":null,\"birthday\":\"\"}", 0, NULL);
	json_auto_t *converted = record_accept(object, record, 0, errors);
	assert_json(converted,
		"{\"email\":\"a@b.c\",\"last_seen\":\"\",\"due\":\"\",\"birthday\":\"\"}");
}

/* Every day of 800 years there and back, and a moment in it. */
static void test_every_day(void **state) {
	(void)state;
	char date[INSTANT_SIZE], moment[INSTANT_SIZE];
	const int64_t day_ms = 86400000;
	for (int64_t day = -719528; day<2932897; day += day> - 150000 && day < 150000 ? 1 : 97) {
		int64_t ms = 0;
		assert_true(date_write(day * day_ms, date));
		assert_null(date_read(date, &ms));
		assert_true(ms == day * day_ms);
		int64_t at = day * day_ms + (day & 0xffff) * 1234 % day_ms;
		instant_write(at, moment);
		assert_null(instant_read(moment, &ms));
		assert_true(ms == at);
		assert_memory_equal(moment, date, 10);
	}
	assert_false(date_write(1, date));
	assert_true(date_write(951782400000, date));
	assert_string_equal(date, "2000-02-29");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_moments_out),
		TEST(test_moments_refused),
		TEST(test_dates),
		TEST(test_back),
		TEST(test_what_is_none_stays),
		TEST(test_cleared),
		TEST(test_every_day),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
