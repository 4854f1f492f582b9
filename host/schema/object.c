#include "schema/check.h"

#include "base/memory.h"
#include "base/str.h"

static struct node *property_node(const struct rule *properties, const char *name) {
	size_t index;
	return properties != NULL && names_find(properties->names, name, &index)
		? properties->nodes[index]
		: NULL;
}

static bool validate_properties(
	struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_valid = check_spend(check, json_object_size(instance) / 4);
	size_t index = 0, at;
	const char *name;
	json_t *member;
	json_object_foreach ((json_t *)instance, name, member) {
		if (check->is_over) {
			break;
		}
		if (names_find(rule->names, name, &at)) {
			is_valid &= check_member(check, rule->nodes[at], name, member);
			mark_one(check, index);
		}
		index++;
	}
	return is_valid;
}

static bool compile_pattern_properties(const struct site *site, struct rule *rule) {
	char error[PATTERN_ERROR_SIZE];
	if (!site_named_schemas(site, rule)) {
		rule->count = 0; /* there are no patterns yet to be freed */
		return false;
	}
	rule->patterns = must_calloc(rule->count + 1, sizeof(*rule->patterns));
	size_t at = 0;
	const char *expression;
	json_t *definition;
	json_object_foreach ((json_t *)site->value, expression, definition) {
		rule->patterns[at] = pattern_create(expression, error);
		if (rule->patterns[at++] == NULL) {
			return site_refuse(site, "\"%.60s\" is no pattern: %s", expression, error);
		}
	}
	return true;
}

static bool validate_pattern_properties(
	struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_valid = check_spend(check, json_object_size(instance) * rule->count * 3);
	size_t index = 0;
	const char *name;
	json_t *member;
	json_object_foreach ((json_t *)instance, name, member) {
		size_t length = strlen(name);
		for (size_t i = 0; i < rule->count && !check->is_over; i++) {
			if (check_pattern(check, rule->patterns[i], name, length)) {
				is_valid &= check_member(check, rule->nodes[i], name, member);
				mark_one(check, index);
			}
		}
		index++;
	}
	return is_valid;
}

static bool compile_required(const struct site *site, struct rule *rule) {
	if (!json_is_array(site->value)) {
		return site_refuse(site, "must be an array of names");
	}
	const struct rule *properties = site_rule(site, "properties");
	rule->nodes = must_calloc(json_array_size(site->value) + 1, sizeof(struct node *));
	size_t index;
	json_t *name;
	json_array_foreach (site->value, index, name) {
		if (!json_is_string(name)) {
			return site_refuse(site, "must be an array of names");
		}
		rule->nodes[index] = property_node(properties, json_string_value(name));
	}
	bool has_twins = false;
	size_t steps = 0;
	if (!value_has_twins(site->value, &has_twins, &steps)) {
		return site_refuse(site, "out of memory");
	}
	return has_twins ? site_refuse(site, "has the same name twice")
			 : site_keep_value(site, rule);
}

/* What nobody may write, nobody can be asked to: such a name is required of what we return. */
static bool is_excused(const struct check *check, const struct node *node) {
	return (check->how & SCHEMA_REFUSE_READ_ONLY) != 0 && node != NULL && node->is_read_only;
}

static bool validate_required(
	struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_root = check->place->parent == NULL;
	if (!json_is_object(instance) || (is_root && (check->how & SCHEMA_PARTIAL) != 0)) {
		return true;
	}
	bool is_valid = check_spend(check, json_array_size(rule->value) / 2);
	size_t index;
	json_t *name;
	json_array_foreach (rule->value, index, name) {
		const char *text = json_string_value(name);
		if (check->is_over) {
			break;
		}
		if (json_object_get(instance, text) == NULL &&
			!is_excused(check, rule->nodes[index])) {
			is_valid =
				check_member_fault(check, text, rule->keyword->name, "is required");
		}
	}
	return is_valid;
}

static bool compile_additional(const struct site *site, struct rule *rule) {
	rule->properties = site_rule(site, "properties");
	rule->by_pattern = site_rule(site, "patternProperties");
	return site_schema(site, rule);
}

static bool refuse_member(struct check *check, const struct rule *rule, const char *name) {
	const char *code = rule->keyword->name;
	const char *nearest = check->errors != NULL && rule->properties != NULL
		? names_nearest(rule->properties->names, name)
		: NULL;
	char *sentence = nearest == NULL
		? NULL
		: str_format("is not a known property; did you mean \"%s\"?", nearest);
	check_member_fault(
		check, name, code, sentence != NULL ? sentence : "is not a known property");
	free(sentence);
	return false;
}

/* Do the keywords beside it take that member? */
static bool is_taken(struct check *check, const struct rule *rule, const char *name) {
	size_t at;
	if (rule->properties != NULL && names_find(rule->properties->names, name, &at)) {
		return true;
	}
	const struct rule *by_pattern = rule->by_pattern;
	for (size_t i = 0; by_pattern != NULL && i < by_pattern->count; i++) {
		if (check_pattern(check, by_pattern->patterns[i], name, strlen(name))) {
			return true;
		}
	}
	return false;
}

static bool validate_additional(
	struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_valid = check_spend(check, json_object_size(instance) / 4);
	size_t index = 0;
	const char *name;
	json_t *member;
	json_object_foreach ((json_t *)instance, name, member) {
		bool is_other = !check->is_over && !is_taken(check, rule, name);
		if (check->is_over) {
			break;
		}
		if (is_other) {
			is_valid &= rule->node->is_never
				? refuse_member(check, rule, name)
				: check_member(check, rule->node, name, member);
			mark_one(check, index);
		}
		index++;
	}
	return is_valid;
}

/* Tells the first thing that is wrong with the name. */
static bool refuse_name(
	struct check *check, const struct rule *rule, const char *name, const json_t *faults) {
	const char *why = json_string_value(json_object_get(json_array_get(faults, 0), "message"));
	char *sentence = why != NULL ? str_format("has a name that %s", why) : NULL;
	check_member_fault(check, name, rule->keyword->name,
		sentence != NULL ? sentence : "has a name that is not allowed");
	free(sentence);
	return false;
}

static bool validate_name(struct check *check, const struct rule *rule, const char *name) {
	json_t *text = json_string(name);
	json_t *faults = check->errors != NULL ? json_array() : NULL;
	unsigned how = check->how;
	check->how = 0;
	bool is_valid = text != NULL
		? check_try(check, rule->node, text, faults)
		: check_abort(check, "memory", "could not be checked, memory is short");
	check->how = how;
	if (!is_valid && !check->is_over) {
		refuse_name(check, rule, name, faults);
	}
	json_decref(faults);
	json_decref(text);
	return is_valid;
}

static bool validate_property_names(
	struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_valid = check_spend(check, json_object_size(instance) * 8);
	bool is_open = check->marks.is_open;
	const char *name;
	json_t *member;
	check->marks.is_open = false;
	json_object_foreach ((json_t *)instance, name, member) {
		if (check->is_over) {
			break;
		}
		is_valid &= validate_name(check, rule, name);
	}
	check->marks.is_open = is_open;
	return is_valid;
}

static bool compile_size(const struct site *site, struct rule *rule, const char *bound) {
	return site_count(site, &rule->count) &&
		site_say(site, rule,
			str_format("must have at %s %zu propert%s", bound, rule->count,
				rule->count == 1 ? "y" : "ies"));
}

static bool compile_min_properties(const struct site *site, struct rule *rule) {
	return compile_size(site, rule, "least");
}

static bool compile_max_properties(const struct site *site, struct rule *rule) {
	return compile_size(site, rule, "most");
}

static bool validate_min_properties(
	struct check *check, const struct rule *rule, const json_t *instance) {
	return !json_is_object(instance) || json_object_size(instance) >= rule->count ||
		rule_fault(check, rule);
}

static bool validate_max_properties(
	struct check *check, const struct rule *rule, const json_t *instance) {
	return !json_is_object(instance) || json_object_size(instance) <= rule->count ||
		rule_fault(check, rule);
}

/* "properties" first: the rows after it look at its rule. */
const struct keyword keywords_object[] = {
	{"properties", APPLICATOR, HOLDS_MAP, site_named_schemas, validate_properties, false,
		false},
	{"patternProperties", APPLICATOR, HOLDS_MAP, compile_pattern_properties,
		validate_pattern_properties, false, false},
	{"required", VALIDATION, HOLDS_NOTHING, compile_required, validate_required, false, false},
	{"additionalProperties", APPLICATOR, HOLDS_SCHEMA, compile_additional, validate_additional,
		false, false},
	{"propertyNames", APPLICATOR, HOLDS_SCHEMA, site_schema, validate_property_names, false,
		false},
	{"minProperties", VALIDATION, HOLDS_NOTHING, compile_min_properties,
		validate_min_properties, false, false},
	{"maxProperties", VALIDATION, HOLDS_NOTHING, compile_max_properties,
		validate_max_properties, false, false},
	{NULL, VALIDATION, HOLDS_NOTHING, NULL, NULL, false, false},
};
