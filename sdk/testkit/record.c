#include "inside.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"

#define RECORD_ID "hs_object_id"

enum { FIRST_DAY_S = 1767225600 }; /* 2026-01-01: tests are of no day */

static json_t *now(void) {
	char text[CLOCK_ISO_SIZE];
	clock_format_iso((uint64_t)FIRST_DAY_S * 1000 + clock_now_ms(), text);
	return json_string(text);
}

static void set_all(json_t *properties, const json_t *changes) {
	const char *name = NULL;
	json_t *value = NULL;
	json_object_foreach ((json_t *)(uintptr_t)changes, name, value) {
		if (json_is_null(value) || str_is_equal(json_string_value(value), "")) {
			json_object_del(properties, name);
		} else {
			json_object_set(properties, name, value);
		}
	}
}

json_t *record_make(const char *id, const json_t *properties) {
	json_t *own = json_object();
	set_all(own, properties);
	return json_pack("{s:s, s:o, s:o, s:o, s:b}", "id", id, "properties", own, "createdAt",
		now(), "updatedAt", now(), "archived", 0);
}

void record_change(json_t *record, const json_t *changes) {
	set_all(json_object_get(record, "properties"), changes);
	json_object_set_new(record, "updatedAt", now());
}

const char *record_value(const json_t *record, const char *property) {
	return str_is_equal(property, RECORD_ID)
		? json_member_text(record, "id")
		: json_member_text(json_object_get(record, "properties"), property);
}

static json_t *with(const json_t *record, json_t *properties) {
	json_t *shown = json_copy((json_t *)(uintptr_t)record);
	json_object_set_new(shown, "properties", properties);
	return shown;
}

static void add(json_t *to, const json_t *record, const char *name) {
	const char *value = record_value(record, name);
	if (value != NULL) {
		json_object_set_new(to, name, json_string(value));
	}
}

static json_t *all_of(const json_t *record) {
	return json_deep_copy(json_object_get(record, "properties"));
}

json_t *record_show(const json_t *record, const char *const *properties) {
	if (properties == NULL) {
		return with(record, all_of(record));
	}
	json_t *some = json_object();
	for (size_t i = 0; properties[i] != NULL; i++) {
		add(some, record, properties[i]);
	}
	return with(record, some);
}

json_t *record_show_json(const json_t *record, const json_t *properties) {
	if (!json_is_array(properties)) {
		return with(record, all_of(record));
	}
	json_t *some = json_object();
	size_t index = 0;
	json_t *name = NULL;
	json_array_foreach (properties, index, name) {
		add(some, record, json_is_string(name) ? json_string_value(name) : "");
	}
	return with(record, some);
}
