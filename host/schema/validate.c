#include "schema/inside.h"

bool node_validate(struct check *check, const struct node *node, const json_t *instance) {
	if (node->is_never) {
		return check_fault(check, "false", "is not allowed");
	}
	bool is_member = check->place->parent != NULL;
	if (node->is_read_only && is_member && (check->how & SCHEMA_REFUSE_READ_ONLY) != 0) {
		return check_fault(check, "readOnly", "cannot be written");
	}
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

static bool validate_below(struct check *check, const struct node *node, const struct place *place,
	const json_t *instance) {
	check->place = place;
	bool is_valid = node_validate(check, node, instance);
	check->place = place->parent;
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

bool schema_validate(
	const struct schema *schema, const json_t *instance, unsigned how, json_t *errors) {
	const struct place place = {.name = ""};
	struct check check = {.how = how, .errors = errors, .place = &place};
	return node_validate(&check, schema->root, instance);
}
