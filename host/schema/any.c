#include "schema/check.h"

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
	if (json_array_size(values) == 0) {
		buf_add_text(&sentence, "cannot have any value");
		return buf_take(&sentence);
	}
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

/* What comparing with it may cost, in steps. */
static size_t weight_of(const json_t *value) {
	size_t weight = 1 + json_string_length(value) / 256;
	const char *name;
	json_t *below;
	size_t index;
	json_object_foreach ((json_t *)value, name, below) {
		weight += 1 + weight_of(below);
	}
	json_array_foreach (value, index, below) {
		weight += weight_of(below);
	}
	return weight;
}

/* The strings of an enum are looked up when there are many of them and nothing else. */
static void index_strings(struct rule *rule) {
	enum { FEW = 8 };
	size_t index;
	json_t *value;
	bool is_worth_it = json_array_size(rule->value) > FEW;
	json_array_foreach (rule->value, index, value) {
		const char *text = json_string_value(value);
		is_worth_it =
			is_worth_it && text != NULL && strlen(text) == json_string_length(value);
	}
	if (!is_worth_it) {
		return;
	}
	rule->names = names_create(json_array_size(rule->value));
	json_array_foreach (rule->value, index, value) {
		if (!names_find(rule->names, json_string_value(value), &(size_t){0})) {
			names_add(rule->names, json_string_value(value));
		}
	}
}

static bool compile_enum(const struct site *site, struct rule *rule) {
	/* By the standard an empty one should not be, but is a schema that nothing meets. */
	bool is_empty = json_array_size(site->value) == 0;
	if (!json_is_array(site->value) || (is_empty && !site->compiler->options->is_standard)) {
		return site_refuse(site, "must be an array of at least one value");
	}
	if (!site_keep_value(site, rule) || !site_say(site, rule, describe_values(rule->value))) {
		return false;
	}
	rule->most = weight_of(rule->value);
	index_strings(rule);
	return true;
}

static bool is_named(const struct rule *rule, const json_t *instance) {
	const char *text = json_string_value(instance);
	size_t index;
	return text != NULL && strlen(text) == json_string_length(instance) &&
		names_find(rule->names, text, &index);
}

static bool is_listed(const json_t *values, const json_t *instance) {
	size_t index;
	json_t *value;
	json_array_foreach (values, index, value) {
		if (value_is_equal(value, instance)) {
			return true;
		}
	}
	return false;
}

static bool validate_enum(struct check *check, const struct rule *rule, const json_t *instance) {
	if (rule->names != NULL) {
		return is_named(rule, instance) || rule_fault(check, rule);
	}
	return check_spend(check, rule->most) &&
		(is_listed(rule->value, instance) || rule_fault(check, rule));
}

static bool compile_const(const struct site *site, struct rule *rule) {
	json_t *one = json_array();
	if (one != NULL) {
		json_array_append(one, (json_t *)site->value);
	}
	rule->sentence = one != NULL ? describe_values(one) : NULL;
	json_decref(one);
	rule->most = weight_of(site->value);
	return site_say(site, rule, rule->sentence) && site_keep_value(site, rule);
}

static bool validate_const(struct check *check, const struct rule *rule, const json_t *instance) {
	return check_spend(check, rule->most) &&
		(value_is_equal(rule->value, instance) || rule_fault(check, rule));
}

const struct keyword keywords_any[] = {
	{"type", VALIDATION, HOLDS_NOTHING, compile_type, validate_type, true, false},
	{"const", VALIDATION, HOLDS_NOTHING, compile_const, validate_const, false, false},
	{"enum", VALIDATION, HOLDS_NOTHING, compile_enum, validate_enum, false, false},
	{NULL, VALIDATION, HOLDS_NOTHING, NULL, NULL, false, false},
};
