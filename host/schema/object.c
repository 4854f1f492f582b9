#include "schema/inside.h"

#include "base/memory.h"
#include "base/str.h"

static bool compile_property(
	const struct site *site, struct rule *rule, const char *name, const json_t *definition) {
	const struct place place = {.parent = site->place, .name = name};
	struct node *node = node_compile(site->compiler, &place, definition);
	if (node == NULL) {
		return false;
	}
	if (json_object_set_new(rule->value, name, json_integer((json_int_t)rule->count)) != 0) {
		return site_refuse(site, "out of memory");
	}
	rule->nodes[rule->count++] = node;
	return true;
}

/* rule->value maps each name to its place in rule->nodes. */
static bool compile_properties(const struct site *site, struct rule *rule) {
	if (!json_is_object(site->value)) {
		return site_refuse(site, "must be an object of schemas");
	}
	rule->value = json_object();
	rule->nodes = must_calloc(json_object_size(site->value) + 1, sizeof(struct node *));
	const char *name;
	json_t *definition;
	json_object_foreach ((json_t *)site->value, name, definition) {
		if (!compile_property(site, rule, name, definition)) {
			return false;
		}
	}
	return true;
}

static struct node *property_node(const struct rule *properties, const char *name) {
	const json_t *index = json_object_get(properties->value, name);
	return index != NULL ? properties->nodes[json_integer_value(index)] : NULL;
}

static bool validate_properties(
	struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_valid = true;
	const char *name;
	json_t *member;
	json_object_foreach ((json_t *)instance, name, member) {
		const struct node *node = property_node(rule, name);
		if (node != NULL) {
			is_valid &= check_member(check, node, name, member);
		}
		if (check->is_over) {
			break;
		}
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
		if (properties != NULL) {
			rule->nodes[index] = property_node(properties, json_string_value(name));
		}
	}
	bool has_twins = false;
	if (!value_has_twins(site->value, &has_twins)) {
		return site_refuse(site, "out of memory");
	}
	return has_twins ? site_refuse(site, "has the same name twice")
			 : site_keep_value(site, rule);
}

/* What nobody may write, nobody can be asked to: such a name is required of what we return. */
static bool is_excused(const struct check *check, const struct node *node) {
	return (check->how & SCHEMA_REFUSE_READ_ONLY) != 0 && node != NULL &&
		node_is_read_only(node);
}

static bool validate_required(
	struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_root = check->place->parent == NULL;
	if (!json_is_object(instance) || (is_root && (check->how & SCHEMA_PARTIAL) != 0)) {
		return true;
	}
	bool is_valid = true;
	size_t index;
	json_t *name;
	json_array_foreach (rule->value, index, name) {
		const char *text = json_string_value(name);
		if (json_object_get(instance, text) == NULL &&
			!is_excused(check, rule->nodes[index])) {
			is_valid =
				check_member_fault(check, text, rule->keyword->name, "is required");
		}
		if (check->is_over) {
			break;
		}
	}
	return is_valid;
}

/* rule->value is the set of names that "properties" beside it knows. */
static bool compile_additional(const struct site *site, struct rule *rule) {
	const struct rule *properties = site_rule(site, "properties");
	rule->value = properties != NULL ? json_copy(properties->value) : json_object();
	if (rule->value == NULL) {
		return site_refuse(site, "out of memory");
	}
	rule->node = node_compile(site->compiler, site->place, site->value);
	return rule->node != NULL;
}

static const char *nearest_name(const json_t *names, const char *name) {
	size_t length = strnlen(name, 8);
	size_t least = length < 4 ? 2 : length < 8 ? 3 : 4;
	const char *nearest = NULL;
	const char *known;
	json_t *index;
	json_object_foreach ((json_t *)names, known, index) {
		size_t distance = str_distance(name, known, least - 1);
		if (distance < least) {
			least = distance;
			nearest = known;
		}
	}
	return nearest;
}

static bool refuse_member(struct check *check, const struct rule *rule, const char *name) {
	const char *code = rule->keyword->name;
	const char *nearest = check->errors != NULL ? nearest_name(rule->value, name) : NULL;
	char *sentence = nearest == NULL
		? NULL
		: str_format("is not a known property; did you mean \"%s\"?", nearest);
	check_member_fault(
		check, name, code, sentence != NULL ? sentence : "is not a known property");
	free(sentence);
	return false;
}

static bool validate_additional(
	struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_valid = true;
	const char *name;
	json_t *member;
	json_object_foreach ((json_t *)instance, name, member) {
		if (json_object_get(rule->value, name) == NULL) {
			is_valid &= rule->node->is_never
				? refuse_member(check, rule, name)
				: check_member(check, rule->node, name, member);
		}
		if (check->is_over) {
			break;
		}
	}
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
	{"properties", compile_properties, validate_properties, false},
	{"required", compile_required, validate_required, false},
	{"additionalProperties", compile_additional, validate_additional, false},
	{"minProperties", compile_min_properties, validate_min_properties, false},
	{"maxProperties", compile_max_properties, validate_max_properties, false},
	{NULL, NULL, NULL, false},
};
