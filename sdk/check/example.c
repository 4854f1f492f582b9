#include "example.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

enum { DEPTH_MAX = 8, LENGTH_MAX = 4096, ITEMS_MAX = 64 };

/* What is being made: within which schema, how, how deep, and the how-manieth of a row that must
 * differ. */
struct maker {
	const json_t *root;
	unsigned how;
	unsigned depth;
	size_t number;
};

static json_t *make(struct maker maker, const json_t *schema);

/* ---- what is given ---- */

/* The schema that "$ref" leads to: "#" or "#/...". NULL: nowhere. */
static const json_t *follow(const json_t *root, const char *reference) {
	if (reference[0] != '#') {
		return NULL;
	}
	const json_t *found = root;
	for (const char *at = reference + 1; *at == '/' && found != NULL;) {
		char name[256];
		size_t length = strcspn(++at, "/");
		if (length >= sizeof(name)) {
			return NULL;
		}
		memcpy(name, at, length);
		name[length] = '\0';
		found = json_object_get(found, name);
		at += length;
	}
	return found;
}

/* A value that the schema itself holds, borrowed; or NULL. */
static json_t *given(const struct maker *maker, const json_t *schema) {
	json_t *value = json_object_get(schema, "const");
	const char *const lists[] = {"examples", "enum"};
	value = value != NULL ? value : json_object_get(schema, "default");
	for (size_t i = 0; value == NULL && i < sizeof(lists) / sizeof(lists[0]); i++) {
		json_t *list = json_object_get(schema, lists[i]);
		size_t count = json_array_size(list);
		value = count > 0 ? json_array_get(list, maker->number % count) : NULL;
	}
	return value;
}

/* ---- by type ---- */

static double bound(const json_t *schema, const char *name, double otherwise) {
	const json_t *value = json_object_get(schema, name);
	return json_is_number(value) ? json_number_value(value) : otherwise;
}

static json_t *make_number(const struct maker *maker, const json_t *schema, bool is_integer) {
	double step = bound(schema, "multipleOf", is_integer ? 1 : 0);
	double least = bound(schema, "minimum", -INFINITY);
	double most = bound(schema, "maximum", INFINITY);
	double above = bound(schema, "exclusiveMinimum", -INFINITY);
	double below = bound(schema, "exclusiveMaximum", INFINITY);
	double unit = step > 0 ? step : 1;
	double value = step > 0 ? step : 1;
	if (value < least || value <= above) {
		value = least > above ? least : above;
		value = step > 0 ? ceil(value / step) * step : value;
		value += value <= above ? unit : 0;
	}
	if (value > most || value >= below) {
		value = most < below ? most : below;
		value = step > 0 ? floor(value / step) * step : value;
		value -= value >= below ? unit : 0;
	}
	if (value < least || value <= above) { /* a narrow place: its middle */
		double low = least > above ? least : above;
		double high = most < below ? most : below;
		value = low / 2 + high / 2;
	}
	value += unit * (double)maker->number;
	return is_integer ? json_integer((json_int_t)value) : json_real(value);
}

static const char *of_format(const char *format) {
	static const char *const FORMATS[][2] = {{"email", "person@example.com"},
		{"uri", "https://example.com/"}, {"uri-reference", "/a"}, {"date", "2026-09-01"},
		{"date-time", "2026-09-01T08:30:00Z"}, {"time", "08:30:00Z"},
		{"uuid", "123e4567-e89b-12d3-a456-426614174000"}, {"hostname", "example.com"},
		{"ipv4", "192.0.2.1"}, {"ipv6", "2001:db8::1"}, {"duration", "P1D"}, {"regex", "a"},
		{"json-pointer", "/a"}};
	for (size_t i = 0; i < sizeof(FORMATS) / sizeof(FORMATS[0]); i++) {
		if (str_is_equal(format, FORMATS[i][0])) {
			return FORMATS[i][1];
		}
	}
	return NULL;
}

static json_t *make_text(const struct maker *maker, const json_t *schema) {
	const char *fixed = of_format(json_member_text(schema, "format"));
	const char *pattern = json_member_text(schema, "pattern");
	double least = bound(schema, "minLength", 0), most = bound(schema, "maxLength", LENGTH_MAX);
	if (fixed != NULL) {
		return json_string(fixed);
	}
	if (least > LENGTH_MAX) {
		return NULL;
	}
	if (pattern != NULL) {
		char *text = example_text(pattern, (size_t)least);
		json_t *value = text != NULL ? json_string(text) : NULL;
		free(text);
		return value;
	}
	char text[LENGTH_MAX + 32];
	int length = snprintf(text, sizeof(text), "example");
	length += maker->number > 0
		? snprintf(text + length, sizeof(text) - (size_t)length, "%zu", maker->number)
		: 0;
	while (length < (int)least) {
		text[length++] = 'a';
	}
	text[length > (int)most && most >= 0 ? (int)most : length] = '\0';
	return json_string(text);
}

static json_t *make_array(struct maker maker, const json_t *schema) {
	json_t *array = json_array();
	const json_t *items = json_object_get(schema, "items");
	double least = bound(schema, "minItems", 0);
	double most = bound(schema, "maxItems", ITEMS_MAX);
	size_t count = least >= 1 ? (size_t)(least < ITEMS_MAX ? least : ITEMS_MAX) : most >= 1;
	maker.depth++;
	for (size_t i = 0; i < count; i++) {
		maker.number = i;
		json_t *item =
			json_is_object(items) ? make(maker, items) : json_integer((json_int_t)i);
		if (item == NULL && least < 1) {
			break;
		}
		json_array_append_new(array, item);
	}
	return array;
}

static bool is_required(const json_t *schema, const char *name) {
	size_t index;
	const json_t *one;
	json_array_foreach (json_object_get(schema, "required"), index, one) {
		if (str_is_equal(json_string_value(one), name)) {
			return true;
		}
	}
	return false;
}

static bool is_wanted(
	const struct maker *maker, const json_t *schema, const char *name, const json_t *property) {
	if ((maker->how & EXAMPLE_TO_SEND) != 0 &&
		json_is_true(json_object_get(property, "readOnly"))) {
		return false;
	}
	return is_required(schema, name) ||
		((maker->how & EXAMPLE_REQUIRED_ONLY) == 0 && maker->depth < DEPTH_MAX);
}

static json_t *make_object(struct maker maker, const json_t *schema) {
	json_t *object = json_object();
	json_t *properties = json_object_get(schema, "properties");
	const char *name;
	json_t *property;
	size_t index;
	json_t *needed;
	maker.depth++;
	json_object_foreach (properties, name, property) {
		json_t *value =
			is_wanted(&maker, schema, name, property) ? make(maker, property) : NULL;
		if (value != NULL) {
			json_object_set_new(object, name, value);
		}
	}
	json_array_foreach (json_object_get(schema, "required"), index, needed) {
		const char *missing = json_string_value(needed);
		if (missing != NULL && json_object_get(properties, missing) == NULL) {
			json_object_set_new(object, missing, json_string("example"));
		}
	}
	return object;
}

/* The type to make: the first that is not null of several; guessed from its keywords when there is
 * none. */
static const char *type_of(const json_t *schema) {
	const json_t *type = json_object_get(schema, "type");
	const char *text = json_string_value(type);
	size_t index;
	const json_t *one;
	json_array_foreach (type, index, one) {
		if (text == NULL || strcmp(text, "null") == 0) {
			text = json_string_value(one);
		}
	}
	if (text != NULL) {
		return text;
	}
	static const char *const SIGNS[][2] = {{"items", "array"}, {"minItems", "array"},
		{"minLength", "string"}, {"maxLength", "string"}, {"pattern", "string"},
		{"format", "string"}, {"minimum", "number"}, {"maximum", "number"}};
	for (size_t i = 0; i < sizeof(SIGNS) / sizeof(SIGNS[0]); i++) {
		if (json_object_get(schema, SIGNS[i][0]) != NULL) {
			return SIGNS[i][1];
		}
	}
	return "object";
}

static json_t *make_of_type(struct maker maker, const json_t *schema) {
	const char *type = type_of(schema);
	if (strcmp(type, "object") == 0) {
		return make_object(maker, schema);
	}
	if (strcmp(type, "array") == 0) {
		return make_array(maker, schema);
	}
	if (strcmp(type, "string") == 0) {
		return make_text(&maker, schema);
	}
	if (strcmp(type, "boolean") == 0) {
		return json_true();
	}
	if (strcmp(type, "null") == 0) {
		return json_null();
	}
	return make_number(&maker, schema, strcmp(type, "integer") == 0);
}

/* ---- one value ---- */

/* The schema with the keywords of `more`, one of those below `keyword`, added to it; what it has
 * itself stays, and of "allOf" those after `more`. A new reference. */
static json_t *merged(const json_t *schema, const char *keyword, const json_t *more) {
	json_t *both = json_copy((json_t *)(uintptr_t)schema);
	json_t *properties = json_copy(json_object_get(schema, "properties"));
	json_t *rest = json_copy(json_object_get(schema, keyword));
	json_array_remove(rest, 0);
	json_object_del(both, keyword);
	if (strcmp(keyword, "allOf") == 0 && json_array_size(rest) > 0) {
		json_object_set(both, keyword, rest);
	}
	json_decref(rest);
	json_object_update_missing(both, (json_t *)(uintptr_t)more);
	if (properties != NULL) {
		json_object_update_missing(properties, json_object_get(more, "properties"));
		json_object_set_new(both, "properties", properties);
	}
	return both;
}

/* What meets the first of several parts, and, of "allOf", the others as the next call finds them.
 */
static json_t *make_part(
	struct maker maker, const json_t *schema, const char *keyword, const json_t *part) {
	json_t *both = merged(schema, keyword, part);
	maker.depth++;
	json_t *made = make(maker, both);
	json_decref(both);
	return made;
}

/* A copy of what the schema holds, without what may not be sent. */
static json_t *copy_given(const struct maker *maker, const json_t *schema, const json_t *value) {
	json_t *copy = json_deep_copy(value);
	const char *name;
	json_t *property;
	json_object_foreach (json_object_get(schema, "properties"), name, property) {
		if ((maker->how & EXAMPLE_TO_SEND) != 0 &&
			json_is_true(json_object_get(property, "readOnly"))) {
			json_object_del(copy, name);
		}
	}
	return copy;
}

static json_t *make(struct maker maker, const json_t *schema) {
	static const char *const PARTS[] = {"allOf", "anyOf", "oneOf"};
	const json_t *value = given(&maker, schema);
	const char *reference = json_member_text(schema, "$ref");
	if (value != NULL) {
		return copy_given(&maker, schema, value);
	}
	if (!json_is_object(schema) || maker.depth > 2 * DEPTH_MAX) {
		return json_is_true(schema) ? json_object() : NULL;
	}
	if (reference != NULL) {
		maker.depth++;
		const json_t *target = follow(maker.root, reference);
		return target != NULL ? make(maker, target) : NULL;
	}
	for (size_t i = 0; i < sizeof(PARTS) / sizeof(PARTS[0]); i++) {
		const json_t *part = json_array_get(json_object_get(schema, PARTS[i]), 0);
		if (json_is_object(part)) {
			return make_part(maker, schema, PARTS[i], part);
		}
	}
	return make_of_type(maker, schema);
}

json_t *example_make(const json_t *schema, unsigned how) {
	return make((struct maker){.root = schema, .how = how}, schema);
}
