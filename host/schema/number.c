#include "schema/check.h"

#include "base/str.h"

static void write_number(const json_t *number, char *text, size_t size) {
	if (json_is_integer(number)) {
		snprintf(text, size, "%" JSON_INTEGER_FORMAT, json_integer_value(number));
	} else {
		snprintf(text, size, "%.15g", json_real_value(number));
	}
}

static bool compile_bound(
	const struct site *site, struct rule *rule, const char *before, const char *after) {
	if (!json_is_number(site->value)) {
		return site_refuse(site, "must be a number");
	}
	char bound[32];
	write_number(site->value, bound, sizeof(bound));
	return site_say(site, rule, str_format("must be %s%s%s", before, bound, after)) &&
		site_keep_value(site, rule);
}

static bool compile_minimum(const struct site *site, struct rule *rule) {
	return compile_bound(site, rule, "", " or more");
}

static bool compile_maximum(const struct site *site, struct rule *rule) {
	return compile_bound(site, rule, "", " or less");
}

static bool compile_exclusive_minimum(const struct site *site, struct rule *rule) {
	return compile_bound(site, rule, "more than ", "");
}

static bool compile_exclusive_maximum(const struct site *site, struct rule *rule) {
	return compile_bound(site, rule, "less than ", "");
}

static bool validate_minimum(struct check *check, const struct rule *rule, const json_t *instance) {
	return !json_is_number(instance) || value_compare(instance, rule->value) >= 0 ||
		rule_fault(check, rule);
}

static bool validate_maximum(struct check *check, const struct rule *rule, const json_t *instance) {
	return !json_is_number(instance) || value_compare(instance, rule->value) <= 0 ||
		rule_fault(check, rule);
}

static bool validate_exclusive_minimum(
	struct check *check, const struct rule *rule, const json_t *instance) {
	return !json_is_number(instance) || value_compare(instance, rule->value) > 0 ||
		rule_fault(check, rule);
}

static bool validate_exclusive_maximum(
	struct check *check, const struct rule *rule, const json_t *instance) {
	return !json_is_number(instance) || value_compare(instance, rule->value) < 0 ||
		rule_fault(check, rule);
}

static bool compile_multiple_of(const struct site *site, struct rule *rule) {
	if (!json_is_number(site->value) || json_number_value(site->value) <= 0) {
		return site_refuse(site, "must be a number above 0");
	}
	char divisor[32];
	write_number(site->value, divisor, sizeof(divisor));
	rule->divisor = value_decimal(site->value);
	return site_say(site, rule, str_format("must be a multiple of %s", divisor));
}

static bool validate_multiple_of(
	struct check *check, const struct rule *rule, const json_t *instance) {
	enum { DECIMAL_STEPS = 32 };
	bool is_plain = json_is_integer(instance) && rule->divisor.exponent == 0;
	if (!json_is_number(instance)) {
		return true;
	}
	return check_spend(check, is_plain ? 0 : DECIMAL_STEPS) &&
		(value_is_multiple(instance, rule->divisor) || rule_fault(check, rule));
}

const struct keyword keywords_number[] = {
	{"multipleOf", VALIDATION, HOLDS_NOTHING, compile_multiple_of, validate_multiple_of, false,
		false},
	{"minimum", VALIDATION, HOLDS_NOTHING, compile_minimum, validate_minimum, false, false},
	{"maximum", VALIDATION, HOLDS_NOTHING, compile_maximum, validate_maximum, false, false},
	{"exclusiveMinimum", VALIDATION, HOLDS_NOTHING, compile_exclusive_minimum,
		validate_exclusive_minimum, false, false},
	{"exclusiveMaximum", VALIDATION, HOLDS_NOTHING, compile_exclusive_maximum,
		validate_exclusive_maximum, false, false},
	{NULL, VALIDATION, HOLDS_NOTHING, NULL, NULL, false, false},
};
