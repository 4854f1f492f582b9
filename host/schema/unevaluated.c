#include "schema/check.h"

static bool compile_unevaluated(const struct site *site, struct rule *rule) {
	site->node->has_unevaluated = true;
	return site_schema(site, rule);
}

static bool validate_unevaluated_properties(
	struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_valid = check_spend(check, json_object_size(instance) / 4);
	size_t index = 0;
	const char *name;
	json_t *member;
	json_object_foreach ((json_t *)instance, name, member) {
		if (check->is_over) {
			break;
		}
		if (!is_marked(check, index)) {
			is_valid &= rule->node->is_never
				? check_member_fault(check, name, rule->keyword->name,
					  "is not a known property")
				: check_member(check, rule->node, name, member);
		}
		index++;
	}
	if (json_is_object(instance)) {
		mark_first(check, json_object_size(instance));
	}
	return is_valid;
}

static bool refuse_item(struct check *check, const struct rule *rule, size_t index) {
	const struct place place = {.parent = check->place, .index = index};
	check->place = &place;
	check_fault(check, rule->keyword->name, "is not allowed");
	check->place = place.parent;
	return false;
}

static bool validate_unevaluated_items(
	struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_valid = check_spend(check, json_array_size(instance) / 4);
	size_t index;
	json_t *item;
	json_array_foreach (instance, index, item) {
		if (check->is_over) {
			break;
		}
		if (!is_marked(check, index)) {
			is_valid &= rule->node->is_never
				? refuse_item(check, rule, index)
				: check_item(check, rule->node, index, item);
		}
	}
	if (json_is_array(instance)) {
		mark_first(check, json_array_size(instance));
	}
	return is_valid;
}

const struct keyword keywords_unevaluated[] = {
	{"unevaluatedProperties", UNEVALUATED, HOLDS_SCHEMA, compile_unevaluated,
		validate_unevaluated_properties, false, false},
	{"unevaluatedItems", UNEVALUATED, HOLDS_SCHEMA, compile_unevaluated,
		validate_unevaluated_items, false, false},
	{NULL, UNEVALUATED, HOLDS_NOTHING, NULL, NULL, false, false},
};
