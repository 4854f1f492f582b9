#include "schema/inside.h"

#include "base/buf.h"
#include "base/str.h"

enum {
	TYPE_NULL = 1,
	TYPE_BOOLEAN = 2,
	TYPE_OBJECT = 4,
	TYPE_ARRAY = 8,
	TYPE_NUMBER = 16,
	TYPE_STRING = 32,
	TYPE_INTEGER = 64
};

static const struct type {
	const char *name;
	unsigned bit;
	const char *in_words;
} TYPES[] = {
	{"string", TYPE_STRING, "a string"},
	{"integer", TYPE_INTEGER, "an integer"},
	{"number", TYPE_NUMBER, "a number"},
	{"boolean", TYPE_BOOLEAN, "true or false"},
	{"object", TYPE_OBJECT, "an object"},
	{"array", TYPE_ARRAY, "an array"},
	{"null", TYPE_NULL, "null"},
};

enum { TYPE_COUNT = sizeof(TYPES) / sizeof(TYPES[0]), VALUES_SHOWN = 400 };

static bool add_type(const struct site *site, struct rule *rule, const json_t *name) {
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		if (str_is_equal(json_string_value(name), TYPES[i].name)) {
			bool is_new = (rule->count & TYPES[i].bit) == 0;
			rule->count |= TYPES[i].bit;
			return is_new ||
				site_refuse(site, "names the type \"%s\" twice", TYPES[i].name);
		}
	}
	return site_refuse(site, "must be null, boolean, object, array, number, string or integer");
}

static char *describe_types(size_t types) {
	struct buf sentence;
	buf_init(&sentence, 256);
	buf_add_text(&sentence, "must be ");
	const char *between = "";
	for (size_t i = 0; i < TYPE_COUNT; i++) {
		if ((types & TYPES[i].bit) != 0) {
			buf_add_text(&sentence, between);
			buf_add_text(&sentence, TYPES[i].in_words);
			between = " or ";
		}
	}
	return buf_take(&sentence);
}

static bool compile_type(const struct site *site, struct rule *rule) {
	if (!json_is_array(site->value)) {
		return add_type(site, rule, site->value) &&
			site_say(site, rule, describe_types(rule->count));
	}
	if (json_array_size(site->value) == 0) {
		return site_refuse(site, "must name at least one type");
	}
	size_t index;
	json_t *name;
	json_array_foreach (site->value, index, name) {
		if (!add_type(site, rule, name)) {
			return false;
		}
	}
	return site_say(site, rule, describe_types(rule->count));
}

static unsigned types_of(const json_t *value) {
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return TYPE_OBJECT;
	case JSON_ARRAY:
		return TYPE_ARRAY;
	case JSON_STRING:
		return TYPE_STRING;
	case JSON_INTEGER:
	case JSON_REAL:
		return TYPE_NUMBER | (value_is_integer(value) ? TYPE_INTEGER : 0);
	case JSON_TRUE:
	case JSON_FALSE:
		return TYPE_BOOLEAN;
	case JSON_NULL:
		break;
	}
	return TYPE_NULL;
}

static bool validate_type(struct check *check, const struct rule *rule, const json_t *instance) {
	return (rule->count & types_of(instance)) != 0 || rule_fault(check, rule);
}

static void add_value(struct buf *to, const json_t *value) {
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
	buf_add_text(to, text != NULL ? text : "?");
	free(text);
}

static char *describe_values(const json_t *values) {
	struct buf sentence;
	buf_init(&sentence, 1 << 20);
	buf_add_text(&sentence, json_array_size(values) == 1 ? "must be " : "must be one of ");
	size_t index;
	json_t *value;
	json_array_foreach (values, index, value) {
		if (index > 0 && sentence.length > VALUES_SHOWN) {
			buf_printf(&sentence, " or %zu others", json_array_size(values) - index);
			break;
		}
		buf_add_text(&sentence, index > 0 ? ", " : "");
		add_value(&sentence, value);
	}
	return buf_take(&sentence);
}

static bool compile_enum(const struct site *site, struct rule *rule) {
	if (!json_is_array(site->value) || json_array_size(site->value) == 0) {
		return site_refuse(site, "must be an array of at least one value");
	}
	return site_keep_value(site, rule) && site_say(site, rule, describe_values(rule->value));
}

static bool validate_enum(struct check *check, const struct rule *rule, const json_t *instance) {
	size_t index;
	json_t *value;
	json_array_foreach (rule->value, index, value) {
		if (value_is_equal(value, instance)) {
			return true;
		}
	}
	return rule_fault(check, rule);
}

static bool compile_const(const struct site *site, struct rule *rule) {
	json_t *one = json_array();
	if (one != NULL) {
		json_array_append(one, (json_t *)site->value);
	}
	rule->sentence = one != NULL ? describe_values(one) : NULL;
	json_decref(one);
	return site_say(site, rule, rule->sentence) && site_keep_value(site, rule);
}

static bool validate_const(struct check *check, const struct rule *rule, const json_t *instance) {
	return value_is_equal(rule->value, instance) || rule_fault(check, rule);
}

const struct keyword keywords_any[] = {
	{"type", compile_type, validate_type, true},
	{"const", compile_const, validate_const, false},
	{"enum", compile_enum, validate_enum, false},
	{NULL, NULL, NULL, false},
};
