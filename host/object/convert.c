#include "object/inside.h"

#include <errno.h>
#include <math.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "schema/schema.h"

enum { NUMBER_SIZE = 64, LIST_BYTES_MAX = 16 * 1024 * 1024 };

/* ---- out: JSON values to HubSpot's strings ---- */

/* Drops the zeros that end a decimal fraction: "0.100" -> "0.1", "2.000" -> "2". */
static void trim_fraction(char *text) {
	if (strchr(text, '.') == NULL) {
		return;
	}
	size_t length = strlen(text);
	while (text[length - 1] == '0') {
		length--;
	}
	if (text[length - 1] == '.') {
		length--;
	}
	text[length] = '\0';
}

/* Without an exponent where people write none. */
static void format_real(double value, char text[NUMBER_SIZE]) {
	int digits = json_real_digits(value);
	snprintf(text, NUMBER_SIZE, "%.*e", digits - 1, value);
	const char *mark = strchr(text, 'e');
	long exponent = mark == NULL ? 0 : strtol(mark + 1, NULL, 10);
	if (exponent < -7 || exponent > 20) {
		snprintf(text, NUMBER_SIZE, "%.*g", digits, value);
		return;
	}
	int decimals = digits - 1 - (int)exponent;
	snprintf(text, NUMBER_SIZE, "%.*f", decimals > 0 ? decimals : 0, value == 0 ? 0.0 : value);
	trim_fraction(text);
}

static json_t *value_out(const json_t *value);

static json_t *list_out(const json_t *list) {
	struct buf joined;
	buf_init(&joined, LIST_BYTES_MAX);
	size_t index = 0;
	json_t *item = NULL;
	json_array_foreach (list, index, item) {
		json_auto_t *text = value_out(item);
		if (text == NULL) {
			buf_finish(&joined);
			return NULL;
		}
		if (index > 0) {
			buf_add_char(&joined, ';');
		}
		buf_add(&joined, json_string_value(text), json_string_length(text));
	}
	json_t *value = joined.is_failed ? NULL : json_string(buf_text(&joined));
	buf_finish(&joined);
	return value;
}

static json_t *object_out(const json_t *object) {
	char *text = json_dumps(object, JSON_COMPACT);
	json_t *value = text == NULL ? NULL : json_string(text);
	free(text);
	return value;
}

static json_t *value_out(const json_t *value) {
	char text[NUMBER_SIZE];
	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_incref((json_t *)value);
	case JSON_NULL:
		return json_string("");
	case JSON_TRUE:
		return json_string("true");
	case JSON_FALSE:
		return json_string("false");
	case JSON_INTEGER:
		snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return json_string(text);
	case JSON_REAL:
		format_real(json_real_value(value), text);
		return json_string(text);
	case JSON_ARRAY:
		return list_out(value);
	case JSON_OBJECT:
		return object_out(value);
	}
	return NULL;
}

json_t *object_to_hubspot(const struct object *object, const json_t *record) {
	json_t *converted = json_object();
	const char *name = NULL;
	json_t *value = NULL;
	json_object_foreach ((json_t *)record, name, value) {
		const struct property *property = property_by_name(object, name);
		if (property != NULL && property->is_read_only) {
			continue;
		}
		const char *hubspot = property != NULL ? property->hubspot : name;
		if (json_object_set_new(converted, hubspot, value_out(value)) != 0) {
			json_decref(converted);
			return NULL;
		}
	}
	return converted;
}

/* ---- what no string of HubSpot's can hold ---- */

static bool has_form(const json_t *value) {
	size_t index = 0;
	json_t *item = NULL;
	json_array_foreach (value, index, item) {
		if (!json_is_string(item) || strchr(json_string_value(item), ';') != NULL) {
			return false;
		}
	}
	return !json_is_object(value);
}

json_t *field_error(const char *name, const char *code, const char *message) {
	struct buf field;
	buf_init(&field, 1024 * 1024);
	for (const char *c = name; c != NULL && *c != '\0'; c++) {
		if (c == name) {
			buf_add_char(&field, '/');
		}
		if (*c == '~' || *c == '/') {
			buf_add_text(&field, *c == '~' ? "~0" : "~1");
		} else {
			buf_add_char(&field, *c);
		}
	}
	json_t *error = json_pack(
		"{s:s, s:s, s:s}", "field", buf_text(&field), "code", code, "message", message);
	buf_finish(&field);
	return error;
}

static void add_error(json_t *errors, const char *name, const char *code, const char *message) {
	(void)json_array_append_new(errors, field_error(name, code, message));
}

/* An unknown member under HubSpot's name of one of ours would be a second value of it, or a way
 * around readOnly. */
static bool check_member(
	const struct object *object, const char *name, const json_t *value, json_t *errors) {
	if (!has_form(value)) {
		add_error(errors, name, "type",
			"must be a string, a number, a boolean, null, or an array of strings "
			"without \";\"");
		return false;
	}
	if (property_by_name(object, name) != NULL || property_by_hubspot(object, name) == NULL) {
		return true;
	}
	char *message =
		str_format("is called \"%s\" here", property_by_hubspot(object, name)->name);
	add_error(errors, name, "additionalProperties",
		message != NULL ? message : "has another name here");
	free(message);
	return false;
}

bool convert_check(const struct object *object, const json_t *record, json_t *errors) {
	bool is_valid = true;
	const char *name = NULL;
	json_t *value = NULL;
	json_object_foreach ((json_t *)record, name, value) {
		is_valid = check_member(object, name, value, errors) && is_valid;
	}
	return is_valid;
}

json_t *record_accept(
	const struct object *object, const json_t *record, unsigned how, json_t *errors) {
	bool is_valid = schema_validate(object->body_schema, record, how | SCHEMA_REFUSE_READ_ONLY,
				errors) &&
		convert_check(object, record, errors);
	return is_valid ? object_to_hubspot(object, record) : NULL;
}

/* ---- in: HubSpot's strings to JSON values; NULL when the string does not fit ---- */

static json_t *integer_in(const char *text) {
	if (*text == '\0' || text[strspn(text, "+-0123456789")] != '\0') {
		return NULL;
	}
	char *end = NULL;
	errno = 0;
	long long number = strtoll(text, &end, 10);
	return errno != 0 || end == text || *end != '\0' ? NULL : json_integer(number);
}

/* A decimal as its sign, its digits without zeros at both ends, and its exponent: "-01.50" ->
 * "-15e-1". False: it has more digits than a double could hold. */
static bool normalise(const char *text, char to[NUMBER_SIZE]) {
	char digits[NUMBER_SIZE / 2];
	size_t length = 0;
	long exponent = 0;
	bool is_fraction = false;
	const char *sign = *text == '-' ? "-" : "";
	for (text += *text == '-' || *text == '+'; *text != '\0' && strchr("eE", *text) == NULL;
		text++) {
		is_fraction |= *text == '.';
		exponent -= is_fraction && *text != '.';
		if (*text == '.' || (length == 0 && *text == '0')) {
			continue;
		}
		if (length == sizeof(digits) - 1) {
			return false;
		}
		digits[length++] = *text;
	}
	for (; length > 0 && digits[length - 1] == '0'; length--) {
		exponent++;
	}
	exponent = length == 0 ? 0 : exponent + (*text != '\0' ? strtol(text + 1, NULL, 10) : 0);
	snprintf(to, NUMBER_SIZE, "%s%.*se%ld", sign, (int)length, digits, exponent);
	return true;
}

/* Would a reply say the same number that HubSpot said? */
static bool is_exact(const char *text, double value) {
	char own[NUMBER_SIZE], theirs[NUMBER_SIZE], ours[NUMBER_SIZE];
	snprintf(own, sizeof(own), "%.*e", json_real_digits(value) - 1, value);
	return normalise(text, theirs) && normalise(own, ours) && strcmp(theirs, ours) == 0;
}

static json_t *number_in(const char *text) {
	json_t *integer = integer_in(text);
	if (integer != NULL || *text == '\0' || text[strspn(text, "+-.0123456789eE")] != '\0') {
		return integer;
	}
	char *end = NULL;
	double number = strtod(text, &end);
	bool is_number = end != text && *end == '\0' && isfinite(number);
	return is_number && is_exact(text, number) ? json_real(number) : NULL;
}

/* HubSpot writes some integers as "5.0". */
static json_t *whole_in(const char *text) {
	json_t *number = number_in(text);
	if (!json_is_real(number)) {
		return number;
	}
	double value = json_real_value(number);
	json_decref(number);
	const double exact_max = 9007199254740992.0;
	bool is_whole =
		value >= -exact_max && value <= exact_max && (double)(json_int_t)value == value;
	return is_whole ? json_integer((json_int_t)value) : NULL;
}

static json_t *boolean_in(const char *text) {
	if (strcmp(text, "true") == 0) {
		return json_true();
	}
	return strcmp(text, "false") == 0 ? json_false() : NULL;
}

static json_t *list_in(const char *text) {
	json_t *list = json_array();
	while (*text != '\0') {
		size_t length = strcspn(text, ";");
		if (length > 0 && json_array_append_new(list, json_stringn(text, length)) != 0) {
			json_decref(list);
			return NULL;
		}
		text += length + (text[length] == ';');
	}
	return list;
}

static json_t *value_in(const struct property *property, json_t *value) {
	static json_t *(*const readers[])(const char *) = {
		[PROPERTY_INTEGER] = whole_in,
		[PROPERTY_NUMBER] = number_in,
		[PROPERTY_BOOLEAN] = boolean_in,
		[PROPERTY_LIST] = list_in,
	};
	json_t *typed = NULL;
	if (property->type != PROPERTY_TEXT && json_is_string(value)) {
		typed = readers[property->type](json_string_value(value));
	}
	return typed != NULL ? typed : json_incref(value);
}

static bool has_value(const json_t *value) {
	return value != NULL && !json_is_null(value) &&
		!(json_is_string(value) && json_string_length(value) == 0);
}

json_t *object_from_hubspot(const struct object *object, const json_t *record) {
	json_t *flat = json_object();
	const json_t *properties = json_object_get(record, "properties");
	json_t *id = json_object_get(record, "id");
	bool is_done = flat != NULL && (id == NULL || json_object_set(flat, "id", id) == 0);
	for (size_t i = 0; is_done && i < object->property_count; i++) {
		const struct property *property = &object->properties[i];
		json_t *value = json_object_get(properties, property->hubspot);
		if (has_value(value) && strcmp(property->name, "id") != 0) {
			is_done = json_object_set_new(
					  flat, property->name, value_in(property, value)) == 0;
		}
	}
	if (!is_done) {
		json_decref(flat);
		return NULL;
	}
	return flat;
}

/* ---- names and keys ---- */

const char *object_property_name(const struct object *object, const char *name) {
	const struct property *property = property_by_name(object, name);
	return property != NULL ? property->hubspot : name;
}

char *object_key_value(const struct object *object, const char *name, const char *value) {
	char *key = strdup(value);
	if (key != NULL && strcmp(object_property_name(object, name), "email") == 0) {
		str_lower(key);
	}
	return key;
}
