#include "schema/check.h"

#include "base/memory.h"
#include "base/str.h"

static bool validate_all_of(struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_valid = true;
	for (size_t i = 0; i < rule->count && !check->is_over; i++) {
		is_valid &= node_validate(check, rule->nodes[i], instance);
	}
	return is_valid;
}

/* The first that is met will do, unless somebody wants to know what the others look at. */
static bool validate_any_of(struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_valid = false;
	for (size_t i = 0; i < rule->count && !check->is_over; i++) {
		is_valid |= check_try(check, rule->nodes[i], instance, NULL);
		if (is_valid && !check->marks.is_open) {
			return true;
		}
	}
	return !check->is_over && (is_valid || alternatives_fault(check, rule, instance));
}

/* What is left out of a patch may be what tells the branches apart. */
static bool is_lenient(const struct check *check) {
	return check->place->parent == NULL && (check->how & SCHEMA_PARTIAL) != 0;
}

static bool refuse_both(struct check *check, const struct rule *rule, size_t first, size_t second) {
	char sentence[128];
	snprintf(sentence, sizeof(sentence),
		"must be of exactly one of its %zu forms, and is of forms %zu and %zu", rule->count,
		first + 1, second + 1);
	return check_fault(check, rule->keyword->name, sentence);
}

static bool validate_one_of(struct check *check, const struct rule *rule, const json_t *instance) {
	size_t met = rule->count;
	for (size_t i = 0; i < rule->count && !check->is_over; i++) {
		if (!check_try(check, rule->nodes[i], instance, NULL)) {
			continue;
		}
		if (met != rule->count && !is_lenient(check)) {
			return refuse_both(check, rule, met, i);
		}
		met = i;
	}
	return !check->is_over && (met != rule->count || alternatives_fault(check, rule, instance));
}

/* "must be a string" becomes "must not be a string". */
static char *negate(const struct node *node) {
	static const char MUST[] = "must ";
	const char *sentence = node->count == 1 ? node->rules[0].sentence : NULL;
	if (sentence == NULL || !str_starts_with(sentence, MUST)) {
		return str_format("is of a form that is not allowed");
	}
	return str_format("must not %s", sentence + sizeof(MUST) - 1);
}

static bool compile_not(const struct site *site, struct rule *rule) {
	return site_schema(site, rule) && site_say(site, rule, negate(rule->node));
}

static bool validate_not(struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_open = check->marks.is_open;
	check->marks.is_open = false;
	bool is_met = check_ask(check, rule->node, instance);
	check->marks.is_open = is_open;
	return !check->is_over && (!is_met || rule_fault(check, rule));
}

/* "then" and "else" are compiled before: rule->nodes is what they have become, or NULL. */
static bool compile_if(const struct site *site, struct rule *rule) {
	const char *const names[] = {"then", "else"};
	rule->nodes = must_calloc(2, sizeof(struct node *));
	for (size_t i = 0; i < 2; i++) {
		const json_t *branch = json_object_get(site->definition, names[i]);
		rule->nodes[i] = branch != NULL ? index_find(site->compiler, branch) : NULL;
	}
	return site_schema(site, rule);
}

static bool validate_if(struct check *check, const struct rule *rule, const json_t *instance) {
	if (rule->nodes[0] == NULL && rule->nodes[1] == NULL && !check->marks.is_open) {
		return true;
	}
	const struct node *branch = rule->nodes[check_ask(check, rule->node, instance) ? 0 : 1];
	return !check->is_over && (branch == NULL || node_validate(check, branch, instance));
}

const struct keyword keywords_combine[] = {
	{"allOf", APPLICATOR, HOLDS_LIST, site_schemas, validate_all_of, false, true},
	{"anyOf", APPLICATOR, HOLDS_LIST, site_schemas, validate_any_of, false, true},
	{"oneOf", APPLICATOR, HOLDS_LIST, site_schemas, validate_one_of, false, true},
	{"not", APPLICATOR, HOLDS_SCHEMA, compile_not, validate_not, false, true},
	{"then", APPLICATOR, HOLDS_SCHEMA, site_schema, NULL, false, false},
	{"else", APPLICATOR, HOLDS_SCHEMA, site_schema, NULL, false, false},
	{"if", APPLICATOR, HOLDS_SCHEMA, compile_if, validate_if, false, true},
	{NULL, APPLICATOR, HOLDS_NOTHING, NULL, NULL, false, false},
};
