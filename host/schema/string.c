#include "schema/check.h"

#include "base/memory.h"
#include "base/str.h"
#include "schema/format.h"

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

/* The characters are counted only when the bytes do not tell: one has 1 to 4 of them. */
static bool validate_min_length(
	struct check *check, const struct rule *rule, const json_t *instance) {
	size_t bytes = json_string_length(instance);
	if (!json_is_string(instance) || bytes / 4 >= rule->count) {
		return true;
	}
	return check_spend(check, bytes / 64) &&
		(value_length(instance) >= rule->count || rule_fault(check, rule));
}

static bool validate_max_length(
	struct check *check, const struct rule *rule, const json_t *instance) {
	size_t bytes = json_string_length(instance);
	if (!json_is_string(instance) || bytes <= rule->count) {
		return true;
	}
	return check_spend(check, bytes / 64) &&
		(value_length(instance) <= rule->count || rule_fault(check, rule));
}

static bool compile_pattern(const struct site *site, struct rule *rule) {
	const char *expression = json_string_value(site->value);
	char error[PATTERN_ERROR_SIZE];
	if (expression == NULL) {
		return site_refuse(site, "must be a string");
	}
	rule->patterns = must_calloc(1, sizeof(*rule->patterns));
	rule->count = 1;
	rule->patterns[0] = pattern_create(expression, error);
	if (rule->patterns[0] == NULL) {
		return site_refuse(site, "\"%.60s\" is no pattern: %s", expression, error);
	}
	return site_say(site, rule, str_format("does not match the pattern %s", expression));
}

static bool validate_pattern(struct check *check, const struct rule *rule, const json_t *instance) {
	return !json_is_string(instance) ||
		check_pattern(check, rule->patterns[0], json_string_value(instance),
			json_string_length(instance)) ||
		rule_fault(check, rule);
}

static bool compile_format(const struct site *site, struct rule *rule) {
	const char *name = json_string_value(site->value);
	bool is_standard = site->compiler->options->is_standard;
	if (name == NULL) {
		return site_refuse(site, "must be a string");
	}
	rule->format = format_find(name, !is_standard);
	if (rule->format == NULL && !is_standard) {
		return site_refuse(site, "the format \"%.60s\" is not known", name);
	}
	bool asserts = rule->format != NULL && site->compiler->resource->asserts_format;
	return asserts || site_drop(rule);
}

static bool validate_format(struct check *check, const struct rule *rule, const json_t *instance) {
	if (!json_is_string(instance)) {
		return true;
	}
	const char *text = json_string_value(instance);
	size_t length = json_string_length(instance);
	if (!check_spend(check, format_steps(rule->format, text, length))) {
		return false;
	}
	const char *complaint = rule->format->complain(text, length);
	return complaint == NULL || check_fault(check, rule->keyword->name, complaint);
}

static bool compile_content(const struct site *site, struct rule *rule) {
	(void)rule;
	return json_is_string(site->value) || site_refuse(site, "must be a string");
}

const struct keyword keywords_string[] = {
	{"minLength", VALIDATION, HOLDS_NOTHING, compile_min_length, validate_min_length, false,
		false},
	{"maxLength", VALIDATION, HOLDS_NOTHING, compile_max_length, validate_max_length, false,
		false},
	{"pattern", VALIDATION, HOLDS_NOTHING, compile_pattern, validate_pattern, false, false},
	{"format", FORMAT, HOLDS_NOTHING, compile_format, validate_format, false, false},
	{"contentEncoding", CONTENT, HOLDS_NOTHING, compile_content, NULL, false, false},
	{"contentMediaType", CONTENT, HOLDS_NOTHING, compile_content, NULL, false, false},
	{"contentSchema", CONTENT, HOLDS_SCHEMA, site_schema, NULL, false, false},
	{NULL, VALIDATION, HOLDS_NOTHING, NULL, NULL, false, false},
};
