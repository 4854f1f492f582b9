#include "schema/inside.h"

#include "base/str.h"

static bool compile_length(const struct site *site, struct rule *rule, const char *bound) {
	return site_count(site, &rule->count) &&
		site_say(site, rule,
			str_format("must be at %s %zu character%s long", bound, rule->count,
				rule->count == 1 ? "" : "s"));
}

static bool compile_min_length(const struct site *site, struct rule *rule) {
	return compile_length(site, rule, "least");
}

static bool compile_max_length(const struct site *site, struct rule *rule) {
	return compile_length(site, rule, "most");
}

static bool validate_min_length(
	struct check *check, const struct rule *rule, const json_t *instance) {
	return !json_is_string(instance) || value_length(instance) >= rule->count ||
		rule_fault(check, rule);
}

static bool validate_max_length(
	struct check *check, const struct rule *rule, const json_t *instance) {
	return !json_is_string(instance) || value_length(instance) <= rule->count ||
		rule_fault(check, rule);
}

static bool compile_pattern(const struct site *site, struct rule *rule) {
	const char *expression = json_string_value(site->value);
	char error[PATTERN_ERROR_SIZE];
	if (expression == NULL) {
		return site_refuse(site, "must be a string");
	}
	rule->pattern = pattern_create(expression, error);
	if (rule->pattern == NULL) {
		return site_refuse(site, "\"%.60s\" is no pattern: %s", expression, error);
	}
	return site_say(site, rule, str_format("does not match the pattern %s", expression));
}

static bool validate_pattern(struct check *check, const struct rule *rule, const json_t *instance) {
	return !json_is_string(instance) ||
		pattern_is_found(
			rule->pattern, json_string_value(instance), json_string_length(instance)) ||
		rule_fault(check, rule);
}

static bool compile_format(const struct site *site, struct rule *rule) {
	const char *name = json_string_value(site->value);
	if (name == NULL) {
		return site_refuse(site, "must be a string");
	}
	rule->format = format_find(name);
	return rule->format != NULL || site_refuse(site, "the format \"%.60s\" is not known", name);
}

static bool validate_format(struct check *check, const struct rule *rule, const json_t *instance) {
	if (!json_is_string(instance)) {
		return true;
	}
	const char *complaint =
		rule->format->complain(json_string_value(instance), json_string_length(instance));
	return complaint == NULL || check_fault(check, rule->keyword->name, complaint);
}

const struct keyword keywords_string[] = {
	{"minLength", compile_min_length, validate_min_length, false},
	{"maxLength", compile_max_length, validate_max_length, false},
	{"pattern", compile_pattern, validate_pattern, false},
	{"format", compile_format, validate_format, false},
	{NULL, NULL, NULL, false},
};
