/*
 * One filter of a search. HubSpot compares strings, and each type of property in a form of its own:
 * dates and moments as milliseconds since 1970, a list of texts in lower case.
 */
#include "object/pages.h"

#include <errno.h>
#include <math.h>
#include <strings.h>

#include "base/json.h"
#include "base/str.h"
#include "schema/schema.h"

enum { PLACE_SIZE = 96, MESSAGE_SIZE = 320 };

/* ---- faults ---- */

void fault_add(json_t *errors, const char *place, const char *code, const char *message) {
	if (json_array_size(errors) < SCHEMA_ERRORS_MAX) {
		(void)json_array_append_new(errors,
			json_pack("{s:s, s:s, s:s}", "field", place, "code", code, "message",
				message));
	}
}

__attribute__((format(printf, 5, 6))) static void fault_at(json_t *errors, const char *place,
	const char *member, const char *code, const char *format, ...) {
	char whole[PLACE_SIZE];
	char message[MESSAGE_SIZE];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	snprintf(whole, sizeof(whole), "%s%s", place, member);
	fault_add(errors, whole, code, message);
}

/* ---- names ---- */

static const char *nearest_name(const struct object *object, const char *name) {
	size_t length = strnlen(name, 8);
	size_t least = length < 4 ? 2 : length < 8 ? 3 : 4;
	const char *nearest = NULL;
	for (size_t i = 0; i < object->property_count; i++) {
		size_t distance = str_distance(name, object->properties[i].name, least - 1);
		if (distance < least) {
			least = distance;
			nearest = object->properties[i].name;
		}
	}
	return nearest;
}

void property_refuse(
	const struct object *object, const char *name, const char *place, json_t *errors) {
	const struct property *property = property_by_hubspot(object, name);
	const char *nearest = property != NULL ? NULL : nearest_name(object, name);
	if (property != NULL) {
		fault_at(errors, place, "", "enum", "is called \"%s\" here", property->name);
	} else if (nearest != NULL) {
		fault_at(errors, place, "", "enum", "is not a known property; did you mean \"%s\"?",
			nearest);
	} else {
		fault_at(errors, place, "", "enum", "is not a known property");
	}
}

const char *searched_name(
	const struct object *object, const char *name, const char *place, json_t *errors) {
	const struct property *property = property_by_name(object, name);
	if (property != NULL) {
		return strcmp(property->name, "id") == 0 ? RECORD_ID : property->hubspot;
	}
	if (object->takes_unknown && *name != '\0' && property_by_hubspot(object, name) == NULL) {
		return name;
	}
	property_refuse(object, name, place, errors);
	return NULL;
}

/* ---- values: each gives a new reference, or NULL, and then *fault says why, or out of memory ----
 */

static bool is_number(const char *text) {
	char *end = NULL;
	errno = 0;
	double number = strtod(text, &end);
	return end != text && *end == '\0' && errno == 0 && isfinite(number) &&
		text[strspn(text, "+-.0123456789eE")] == '\0';
}

static json_t *moment(const struct property *property, const json_t *value, const char **fault) {
	const char *text = json_string_value(value);
	char epoch[24];
	int64_t ms = 0;
	bool is_date = property->type == PROPERTY_DATE;
	if (text == NULL) {
		*fault = is_date ? "must be a date, such as 2026-09-01"
				 : "must be a date and time, such as 2026-09-01T08:30:00Z";
		return NULL;
	}
	*fault = is_date ? date_read(text, &ms) : instant_read(text, &ms);
	if (*fault != NULL) {
		return NULL;
	}
	snprintf(epoch, sizeof(epoch), "%lld", (long long)ms);
	return json_string(epoch);
}

static json_t *compared(const struct property *property, const json_t *value, const char **fault) {
	const char *text = json_string_value(value);
	if (text != NULL && *text == '\0') {
		*fault = "must not be empty: NOT_HAS_PROPERTY finds records without a value";
		return NULL;
	}
	if (property != NULL && strcmp(property->hubspot, "hubspot_owner_id") == 0 &&
		text != NULL && strchr(text, '@') != NULL) {
		*fault = "must be the owner's id: an address is for writing only";
		return NULL;
	}
	switch (property == NULL ? PROPERTY_TEXT : property->type) {
	case PROPERTY_DATE:
	case PROPERTY_INSTANT:
		return moment(property, value, fault);
	case PROPERTY_INTEGER:
	case PROPERTY_NUMBER:
		*fault = json_is_number(value) || (text != NULL && is_number(text))
			? NULL
			: "must be a number";
		break;
	case PROPERTY_BOOLEAN:
		*fault = json_is_boolean(value) || str_is_equal(text, "true") ||
				str_is_equal(text, "false")
			? NULL
			: "must be true or false";
		break;
	case PROPERTY_TEXT:
	case PROPERTY_LIST:
		break;
	}
	return *fault != NULL ? NULL : value_out(property, value);
}

/* ---- lower case, for letters of one or two bytes in UTF-8 ---- */

static unsigned lower(unsigned c) {
	static const struct {
		unsigned first, last, by; /* by 1: each capital stands before its small letter */
	} capitals[] = {
		{0xC0, 0xD6, 32}, {0xD8, 0xDE, 32},                      /* Latin-1 */
		{0x100, 0x12F, 1}, {0x132, 0x137, 1}, {0x139, 0x148, 1}, /* Latin Extended-A */
		{0x14A, 0x177, 1}, {0x179, 0x17E, 1},                    /* and on */
		{0x391, 0x3A9, 32},                                      /* Greek */
		{0x400, 0x40F, 80}, {0x410, 0x42F, 32},                  /* Cyrillic */
	};
	for (size_t i = 0; i < sizeof(capitals) / sizeof(capitals[0]); i++) {
		bool is_among = c >= capitals[i].first && c <= capitals[i].last;
		if (is_among && (capitals[i].by != 1 || (c - capitals[i].first) % 2 == 0)) {
			return c + capitals[i].by;
		}
	}
	return c;
}

static void lower_text(char *text) {
	str_lower(text);
	for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++) {
		if ((*c & 0xE0) == 0xC0 && (c[1] & 0xC0) == 0x80) {
			unsigned small = lower((*c & 0x1Fu) << 6 | (c[1] & 0x3Fu));
			*c++ = (unsigned char)(0xC0 | small >> 6);
			*c = (unsigned char)(0x80 | (small & 0x3F));
		}
	}
}

/* HubSpot finds a text among values in lower case only, and an option only as it is written. Which
 * of both it is the schema need not tell, so both forms go. */
static bool add_value(json_t *values, const struct property *property, json_t *value) {
	if (json_array_append(values, value) != 0) {
		return false;
	}
	bool has_case = property == NULL || property->type == PROPERTY_TEXT ||
		property->type == PROPERTY_LIST;
	if (!has_case || (property != NULL && property->labels != NULL)) {
		return true;
	}
	char *text = strdup(json_string_value(value));
	if (text == NULL) {
		return false;
	}
	lower_text(text);
	bool is_done = strcmp(text, json_string_value(value)) == 0 ||
		json_array_append_new(values, json_string(text)) == 0;
	free(text);
	return is_done;
}

/* ---- operators ---- */

enum shape { NO_VALUE, ONE_VALUE, TWO_VALUES, MANY_VALUES };

static const struct operator{
	const char *name;
	enum shape shape;
	bool is_about_words; /* of the value as text, whatever its type */
}
operators[] = {
	{"EQ", ONE_VALUE, false},
	{"NEQ", ONE_VALUE, false},
	{"LT", ONE_VALUE, false},
	{"LTE", ONE_VALUE, false},
	{"GT", ONE_VALUE, false},
	{"GTE", ONE_VALUE, false},
	{"BETWEEN", TWO_VALUES, false},
	{"IN", MANY_VALUES, false},
	{"NOT_IN", MANY_VALUES, false},
	{"HAS_PROPERTY", NO_VALUE, false},
	{"NOT_HAS_PROPERTY", NO_VALUE, false},
	{"CONTAINS_TOKEN", ONE_VALUE, true},
	{"NOT_CONTAINS_TOKEN", ONE_VALUE, true},
};

static const struct operator*
	find_operator(const json_t *filter, const char *place, json_t *errors) {
	const char *name = json_member_text(filter, "operator");
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (strcasecmp(operators[i].name, name) == 0) {
			return &operators[i];
		}
	}
	fault_at(errors, place, "/operator", "enum",
		"must be EQ, NEQ, LT, LTE, GT, GTE, BETWEEN, IN, NOT_IN, HAS_PROPERTY, "
		"NOT_HAS_PROPERTY, CONTAINS_TOKEN or NOT_CONTAINS_TOKEN");
	return NULL;
}

/* The members that a filter may hold beside its property and operator. */
static const struct member {
	const char *name;
	const char *place;
	const char *hubspot;
	unsigned shapes; /* of the operators that need it */
} members[] = {
	{"value", "/value", "value", 1u << ONE_VALUE | 1u << TWO_VALUES},
	{"high_value", "/high_value", "highValue", 1u << TWO_VALUES},
	{"values", "/values", "values", 1u << MANY_VALUES},
};

enum { MEMBERS = sizeof(members) / sizeof(members[0]) };

static bool check_members(
	const struct operator* operator, const json_t * filter, const char *place, json_t *errors) {
	bool is_valid = true;
	for (size_t i = 0; i < MEMBERS; i++) {
		const struct member *member = &members[i];
		bool is_there = json_object_get(filter, member->name) != NULL;
		bool is_needed = (member->shapes & 1u << operator->shape) != 0;
		if (is_needed && !is_there) {
			fault_at(errors, place, member->place, "required",
				"is required by %s", operator->name);
		} else if (is_there && !is_needed) {
			fault_at(errors, place, member->place, "operator",
				"means nothing to %s", operator->name);
		}
		is_valid = is_valid && is_there == is_needed;
	}
	return is_valid;
}

/* ---- a filter ---- */

struct reading {
	const struct property *property; /* NULL: unknown, or its words are meant */
	const char *place;
	json_t *errors;
};

static json_t *read_value(const struct reading *reading, const json_t *value, const char *member) {
	const char *fault = NULL;
	json_t *read = compared(reading->property, value, &fault);
	if (fault != NULL) {
		fault_at(reading->errors, reading->place, member, "type", "%s", fault);
	}
	return read;
}

static json_t *read_values(const struct reading *reading, const json_t *values) {
	json_t *read = json_array();
	bool is_done = read != NULL;
	size_t index = 0;
	json_t *value = NULL;
	json_array_foreach (values, index, value) {
		char member[32];
		snprintf(member, sizeof(member), "/values/%zu", index);
		json_auto_t *text = read_value(reading, value, member);
		is_done = text != NULL && add_value(read, reading->property, text) && is_done;
	}
	if (!is_done) {
		json_decref(read);
		return NULL;
	}
	return read;
}

/* All that is wrong is told, not the first fault alone. */
static bool read_members(const struct reading *reading, const json_t *filter, json_t *to) {
	bool is_done = true;
	for (size_t i = 0; i < MEMBERS; i++) {
		const json_t *given = json_object_get(filter, members[i].name);
		if (given == NULL) {
			continue;
		}
		json_t *read = json_is_array(given) ? read_values(reading, given)
						    : read_value(reading, given, members[i].place);
		is_done = read != NULL && json_object_set_new(to, members[i].hubspot, read) == 0 &&
			is_done;
	}
	return is_done;
}

json_t *filter_accept(
	const struct object *object, const json_t *filter, const char *place, json_t *errors) {
	char at[PLACE_SIZE];
	snprintf(at, sizeof(at), "%s/property", place);
	const char *name = json_member_text(filter, "property");
	const char *hubspot = searched_name(object, name, at, errors);
	const struct operator* operator= find_operator(filter, place, errors);
	if (operator== NULL || !check_members(operator, filter, place, errors) || hubspot == NULL) {
		return NULL;
	}
	const struct reading reading = {
		.property = operator->is_about_words ? NULL : property_by_name(object, name),
		.place = place,
		.errors = errors};
	json_t *accepted =
		json_pack("{s:s, s:s}", "propertyName", hubspot, "operator", operator->name);
	if (!read_members(&reading, filter, accepted)) {
		json_decref(accepted);
		return NULL;
	}
	return accepted;
}
