#include "schema/check.h"

#include "base/str.h"

static bool validate_prefix_items(
	struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_valid = true;
	size_t index;
	json_t *item;
	json_array_foreach (instance, index, item) {
		if (check->is_over || index == rule->count) {
			break;
		}
		is_valid &= check_item(check, rule->nodes[index], index, item);
		mark_one(check, index);
	}
	return is_valid;
}

/* rule->count is the number of items that "prefixItems" beside it takes. */
static bool compile_items(const struct site *site, struct rule *rule) {
	const struct rule *prefix = site_rule(site, "prefixItems");
	rule->count = prefix != NULL ? prefix->count : 0;
	return site_schema(site, rule);
}

static bool validate_items(struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_valid = true;
	size_t count = json_array_size(instance);
	for (size_t i = rule->count; i < count && !check->is_over; i++) {
		is_valid &= check_item(check, rule->node, i, json_array_get(instance, i));
	}
	mark_first(check, count);
	return is_valid;
}

static void say_contains(char *sentence, size_t size, const char *bound, size_t count) {
	snprintf(sentence, size, "must have at %s %zu item%s of a certain form", bound, count,
		count == 1 ? "" : "s");
}

static bool is_bound(const json_t *value, size_t *bound) {
	if (value == NULL || !value_is_count(value)) {
		return false; /* compile_contains_bound() refuses it */
	}
	*bound = (size_t)json_number_value(value);
	return true;
}

/* rule->count and rule->most are the bounds. */
static bool compile_contains(const struct site *site, struct rule *rule) {
	rule->count = 1;
	rule->most = SIZE_MAX;
	bool is_known = (site->compiler->resource->vocabularies & VALIDATION) != 0;
	if (is_known) {
		is_bound(json_object_get(site->definition, "minContains"), &rule->count);
		is_bound(json_object_get(site->definition, "maxContains"), &rule->most);
	}
	return site_schema(site, rule);
}

static bool compile_contains_bound(const struct site *site, struct rule *rule) {
	return site_count(site, &rule->count);
}

/* How many items are of the form: all of them counts, when somebody asks which; else it may stop
 * early. */
static size_t count_items(struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_marking = check->marks.is_open;
	size_t found = 0;
	size_t index;
	json_t *item;
	check->marks.is_open = false;
	json_array_foreach (instance, index, item) {
		bool is_settled =
			rule->most == SIZE_MAX ? found >= rule->count : found > rule->most;
		if (check->is_over || (is_settled && !is_marking)) {
			break;
		}
		if (check_ask(check, rule->node, item)) {
			found++;
			if (is_marking) {
				check->marks.bytes[check->marks.start + index] = 1;
			}
		}
	}
	check->marks.is_open = is_marking;
	return found;
}

static bool validate_contains(
	struct check *check, const struct rule *rule, const json_t *instance) {
	char sentence[96];
	if (!json_is_array(instance)) {
		return true;
	}
	size_t found = count_items(check, rule, instance);
	if (check->is_over) {
		return false;
	}
	if (found < rule->count) {
		say_contains(sentence, sizeof(sentence), "least", rule->count);
		return check_fault(check, rule->count == 1 ? "contains" : "minContains", sentence);
	}
	if (found > rule->most) {
		say_contains(sentence, sizeof(sentence), "most", rule->most);
		return check_fault(check, "maxContains", sentence);
	}
	return true;
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
	size_t steps = 0;
	if (!value_has_twins(instance, &has_twins, &steps)) {
		return check_abort(check, "memory", "could not be checked, memory is short");
	}
	if (!check_spend(check, steps)) {
		return false;
	}
	return !has_twins ||
		check_fault(check, rule->keyword->name, "must not have the same item twice");
}

const struct keyword keywords_array[] = {
	{"minItems", VALIDATION, HOLDS_NOTHING, compile_min_items, validate_min_items, false,
		false},
	{"maxItems", VALIDATION, HOLDS_NOTHING, compile_max_items, validate_max_items, false,
		false},
	{"uniqueItems", VALIDATION, HOLDS_NOTHING, compile_unique_items, validate_unique_items,
		false, false},
	{"prefixItems", APPLICATOR, HOLDS_LIST, site_schemas, validate_prefix_items, false, false},
	{"items", APPLICATOR, HOLDS_SCHEMA, compile_items, validate_items, false, false},
	{"contains", APPLICATOR, HOLDS_SCHEMA, compile_contains, validate_contains, false, false},
	{"minContains", VALIDATION, HOLDS_NOTHING, compile_contains_bound, NULL, false, false},
	{"maxContains", VALIDATION, HOLDS_NOTHING, compile_contains_bound, NULL, false, false},
	{NULL, VALIDATION, HOLDS_NOTHING, NULL, NULL, false, false},
};
