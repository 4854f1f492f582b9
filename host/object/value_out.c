#include "object/inside.h"

#include <math.h>

#include "base/buf.h"
#include "base/json.h"

enum { NUMBER_SIZE = 96, LIST_BYTES_MAX = 16 * 1024 * 1024 };

/* ---- numbers ---- */

/* HubSpot takes digits and a point, no exponent; beyond this many zeros it may judge one. */
enum { ZEROS_MAX = 40 };

/* `count` digits, of which the first stands for 10 to the `exponent`, as people write them. */
static void lay_out(
	const char *sign, const char *digits, int count, int exponent, char text[NUMBER_SIZE]) {
	static const char zeros[] = "0000000000000000000000000000000000000000";
	if (exponent < 0) {
		snprintf(text, NUMBER_SIZE, "%s0.%.*s%.*s", sign, -exponent - 1, zeros, count,
			digits);
	} else if (exponent < count - 1) {
		snprintf(text, NUMBER_SIZE, "%s%.*s.%.*s", sign, exponent + 1, digits,
			count - exponent - 1, digits + exponent + 1);
	} else {
		snprintf(text, NUMBER_SIZE, "%s%.*s%.*s", sign, count, digits, exponent - count + 1,
			zeros);
	}
}

/* The shortest decimal that reads back the same. */
static void format_real(double value, char text[NUMBER_SIZE]) {
	char scientific[NUMBER_SIZE];
	char digits[NUMBER_SIZE];
	int precision = json_real_digits(value);
	int count = 0;
	snprintf(scientific, sizeof(scientific), "%.*e", precision - 1, fabs(value));
	const char *c = scientific;
	for (; *c != '\0' && *c != 'e'; c++) {
		if (*c != '.') {
			digits[count++] = *c;
		}
	}
	long exponent = *c == 'e' ? strtol(c + 1, NULL, 10) : 0;
	if (exponent < -ZEROS_MAX || exponent > ZEROS_MAX) {
		snprintf(text, NUMBER_SIZE, "%.*g", precision, value);
		return;
	}
	while (count > 1 && digits[count - 1] == '0') {
		count--;
	}
	lay_out(value < 0 ? "-" : "", digits, count, (int)exponent, text);
}

/* ---- one value ---- */

static json_t *object_out(const json_t *object) {
	char *text = json_dumps(object, JSON_COMPACT);
	json_t *value = text == NULL ? NULL : json_string(text);
	free(text);
	return value;
}

/* What is no date stays as it is: it is for value_fault() to say so, or for HubSpot. */
static json_t *text_out(const struct property *property, const json_t *value) {
	char text[INSTANT_SIZE];
	int64_t ms = 0;
	if (property != NULL && property->type == PROPERTY_INSTANT &&
		instant_read(json_string_value(value), &ms) == NULL) {
		instant_write(ms, text);
		return json_string(text);
	}
	return json_incref((json_t *)value);
}

static json_t *scalar_out(const struct property *property, const json_t *value) {
	char text[NUMBER_SIZE];
	switch (json_typeof(value)) {
	case JSON_STRING:
		return text_out(property, value);
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
	case JSON_OBJECT:
	case JSON_ARRAY:
		return object_out(value);
	}
	return NULL;
}

static json_t *option_out(const struct property *property, const json_t *value) {
	const json_t *option = property != NULL ? option_value(property, value) : NULL;
	return scalar_out(property, option != NULL ? option : value);
}

/* ---- lists ---- */

/* A semicolon at the beginning would tell HubSpot to append. */
static bool add_item(struct buf *joined, json_t *seen, const json_t *text) {
	const char *item = json_string_value(text);
	if (json_string_length(text) == 0 || json_object_get(seen, item) != NULL) {
		return true;
	}
	if (joined->length > 0) {
		buf_add_char(joined, ';');
	}
	return buf_add(joined, item, json_string_length(text)) &&
		json_object_set_new(seen, item, json_true()) == 0;
}

static json_t *list_out(const struct property *property, const json_t *list) {
	json_auto_t *seen = json_object();
	struct buf joined;
	buf_init(&joined, LIST_BYTES_MAX);
	size_t index = 0;
	json_t *item = NULL;
	json_t *value = NULL;
	json_array_foreach (list, index, item) {
		json_auto_t *text = option_out(property, item);
		if (text == NULL || !add_item(&joined, seen, text)) {
			goto finish;
		}
	}
	value = json_string(buf_text(&joined));
finish:
	buf_finish(&joined);
	return value;
}

json_t *value_out(const struct property *property, const json_t *value) {
	return json_is_array(value) ? list_out(property, value) : option_out(property, value);
}

/* ---- what has no form at HubSpot ---- */

const char *value_fault(const struct property *property, const json_t *value) {
	int64_t ms = 0;
	if (json_is_object(value)) {
		return "must be a string, a number, a boolean, null, or an array of strings";
	}
	if (property == NULL || json_string_length(value) == 0) {
		return NULL;
	}
	if (property->type == PROPERTY_DATE) {
		return date_read(json_string_value(value), &ms);
	}
	return property->type == PROPERTY_INSTANT ? instant_read(json_string_value(value), &ms)
						  : NULL;
}

const char *item_fault(const json_t *item) {
	if (!json_is_string(item)) {
		return "must be a string";
	}
	if (json_string_length(item) == 0) {
		return "must not be empty";
	}
	return strchr(json_string_value(item), ';') == NULL
		? NULL
		: "must not hold \";\", which stands between the values of a list";
}
