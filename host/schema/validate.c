#include "schema/check.h"

enum { STEPS_MAX = 10000000, PATTERN_MS_MAX = 500 };

static const char too_complex[] = "too_complex";

bool check_abort(struct check *check, const char *code, const char *why) {
	if (check->aborted == NULL) {
		check->aborted = why;
		check->aborted_code = code;
	}
	check->is_over = true;
	return false;
}

bool check_spend(struct check *check, size_t steps) {
	check->steps += steps;
	return check->steps <= STEPS_MAX ||
		check_abort(check, too_complex, "takes too long to check");
}

bool check_pattern(
	struct check *check, const struct pattern *pattern, const char *text, size_t length) {
	if (check->matcher == NULL) {
		check->matcher = matcher_create();
	}
	if (check->matcher == NULL) {
		return check_abort(check, "memory", "could not be checked, memory is short");
	}
	bool is_found = pattern_is_found(pattern, check->matcher, text, length);
	if (matcher_ms(check->matcher) > PATTERN_MS_MAX) {
		return check_abort(check, too_complex, "takes too long to check");
	}
	return is_found;
}

static bool validate_rules(struct check *check, const struct node *node, const json_t *instance) {
	bool is_valid = true;
	for (size_t i = 0; i < node->count && !check->is_over; i++) {
		const struct keyword *keyword = node->rules[i].keyword;
		if (!keyword->validate(check, &node->rules[i], instance)) {
			is_valid = false;
			if (keyword->is_decisive) {
				break;
			}
		}
	}
	return is_valid && !check->is_over;
}

static bool validate_marking(struct check *check, const struct node *node, const json_t *instance) {
	struct marks outer;
	if (!marks_open(check, instance, &outer)) {
		return false;
	}
	bool is_valid = validate_rules(check, node, instance);
	marks_close(check, &outer, true);
	return is_valid;
}

/* In the scope of the node's resource: entered here, unless it was on the way. */
static bool validate_scoped(struct check *check, const struct node *node, const json_t *instance) {
	bool is_entered = check->schema->dynamics != NULL && check->scope[node->resource] == 0;
	if (is_entered) {
		check->scope[node->resource] = ++check->scope_depth;
	}
	bool is_valid = node->has_unevaluated ? validate_marking(check, node, instance)
					      : validate_rules(check, node, instance);
	if (is_entered) {
		check->scope[node->resource] = 0;
		check->scope_depth--;
	}
	return is_valid;
}

bool node_validate(struct check *check, const struct node *node, const json_t *instance) {
	if (node->is_never) {
		return check_fault(check, "false", "is not allowed");
	}
	bool is_member = check->place->parent != NULL;
	if (node->is_read_only && is_member && (check->how & SCHEMA_REFUSE_READ_ONLY) != 0) {
		return check_fault(check, "readOnly", "cannot be written");
	}
	if (check->nesting >= SCHEMA_NEST_MAX) {
		return check_abort(check, too_complex, "is nested too deeply");
	}
	if (!check_spend(check, 1)) {
		return false;
	}
	check->nesting++;
	bool is_valid = validate_scoped(check, node, instance);
	check->nesting--;
	return is_valid;
}

/* What is below is another value: who asks for marks does not mean that one's. */
static bool validate_below(struct check *check, const struct node *node, const struct place *place,
	const json_t *instance) {
	bool is_open = check->marks.is_open;
	check->marks.is_open = false;
	check->place = place;
	bool is_valid = node_validate(check, node, instance);
	check->place = place->parent;
	check->marks.is_open = is_open;
	return is_valid;
}

bool check_member(
	struct check *check, const struct node *node, const char *name, const json_t *instance) {
	const struct place place = {.parent = check->place, .name = name};
	return validate_below(check, node, &place, instance);
}

bool check_item(
	struct check *check, const struct node *node, size_t index, const json_t *instance) {
	const struct place place = {.parent = check->place, .index = index};
	return validate_below(check, node, &place, instance);
}

bool check_try(
	struct check *check, const struct node *node, const json_t *instance, json_t *errors) {
	json_t *outer_errors = check->errors;
	size_t outer_count = check->count;
	struct marks outer;
	bool is_marking = check->marks.is_open;
	if (check->is_over || (is_marking && !marks_open(check, instance, &outer))) {
		return false;
	}
	check->errors = errors;
	check->count = 0;
	bool is_valid = node_validate(check, node, instance);
	check->errors = outer_errors;
	check->count = outer_count;
	check->is_over = check->aborted != NULL;
	if (is_marking) {
		marks_close(check, &outer, is_valid);
	}
	return is_valid;
}

bool check_ask(struct check *check, const struct node *node, const json_t *instance) {
	unsigned how = check->how;
	check->how = 0;
	bool is_valid = check_try(check, node, instance, NULL);
	check->how = how;
	return is_valid;
}

static bool prepare(struct check *check) {
	size_t count = check->schema->resource_count;
	if (check->schema->dynamics != NULL) {
		check->scope = calloc(count, sizeof(*check->scope));
	}
	return check->schema->dynamics == NULL || check->scope != NULL ||
		check_abort(check, "memory", "could not be checked, memory is short");
}

bool schema_validate(
	const struct schema *schema, const json_t *instance, unsigned how, json_t *errors) {
	const struct place place = {.name = ""};
	struct check check = {.schema = schema, .how = how, .errors = errors, .place = &place};
	bool is_valid = prepare(&check) && node_validate(&check, schema->root, instance);
	if (check.aborted != NULL) {
		check.is_over = false;
		check_fault(&check, check.aborted_code, check.aborted);
	}
	matcher_destroy(check.matcher);
	free(check.marks.bytes);
	free(check.scope);
	return is_valid;
}
