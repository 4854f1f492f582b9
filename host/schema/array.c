#include "schema/inside.h"

#include "base/str.h"

static bool compile_items(const struct site *site, struct rule *rule) {
	rule->node = node_compile(site->compiler, site->place, site->value);
	return rule->node != NULL;
}

static bool validate_items(struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_valid = true;
	size_t index;
	json_t *item;
	json_array_foreach (instance, index, item) {
		is_valid &= check_item(check, rule->node, index, item);
		if (check->is_over) {
			break;
		}
	}
	return is_valid;
}

static bool compile_size(const struct site *site, struct rule *rule, const char *bound) {
	return site_count(site, &rule->count) &&
		site_say(site, rule,
			str_format("must have at %s %zu item%s", bound, rule->count,
				rule->count == 1 ? "" : "s"));
}

static bool compile_min_items(const struct site *site, struct rule *rule) {
	return compile_size(site, rule, "least");
}

static bool compile_max_items(const struct site *site, struct rule *rule) {
	return compile_size(site, rule, "most");
}

static bool validate_min_items(
	struct check *check, const struct rule *rule, const json_t *instance) {
	return !json_is_array(instance) || json_array_size(instance) >= rule->count ||
		rule_fault(check, rule);
}

static bool validate_max_items(
	struct check *check, const struct rule *rule, const json_t *instance) {
	return !json_is_array(instance) || json_array_size(instance) <= rule->count ||
		rule_fault(check, rule);
}

static bool compile_unique_items(const struct site *site, struct rule *rule) {
	rule->count = json_is_true(site->value);
	return json_is_boolean(site->value) || site_refuse(site, "must be true or false");
}

static bool validate_unique_items(
	struct check *check, const struct rule *rule, const json_t *instance) {
	bool has_twins = false;
	if (rule->count == 0 || !json_is_array(instance)) {
		return true;
	}
	if (!value_has_twins(instance, &has_twins)) {
		return check_fault(
			check, rule->keyword->name, "could not be checked, memory is short");
	}
	return !has_twins ||
		check_fault(check, rule->keyword->name, "must not have the same item twice");
}

const struct keyword keywords_array[] = {
	{"minItems", compile_min_items, validate_min_items, false},
	{"maxItems", compile_max_items, validate_max_items, false},
	{"uniqueItems", compile_unique_items, validate_unique_items, false},
	{"items", compile_items, validate_items, false},
	{NULL, NULL, NULL, false},
};
