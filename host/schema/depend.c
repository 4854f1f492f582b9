#include "schema/check.h"

#include "base/memory.h"
#include "base/str.h"

static bool is_list_of_names(const json_t *names) {
	bool is_list = json_is_array(names);
	size_t index;
	json_t *name;
	json_array_foreach (names, index, name) {
		is_list &= json_is_string(name);
	}
	return is_list;
}

static bool compile_dependent_required(const struct site *site, struct rule *rule) {
	bool is_taken = json_is_object(site->value);
	const char *name;
	json_t *needed;
	json_object_foreach ((json_t *)site->value, name, needed) {
		is_taken &= is_list_of_names(needed);
	}
	return is_taken ? site_keep_value(site, rule)
			: site_refuse(site, "must be an object of arrays of names");
}

static bool require(struct check *check, const struct rule *rule, const json_t *instance,
	const char *because, const char *name) {
	if (json_object_get(instance, name) != NULL) {
		return true;
	}
	char *sentence = str_format("is required beside \"%s\"", because);
	check_member_fault(
		check, name, rule->keyword->name, sentence != NULL ? sentence : "is required");
	free(sentence);
	return false;
}

static bool require_all(struct check *check, const struct rule *rule, const json_t *instance,
	const char *because, const json_t *names) {
	bool is_valid = check_spend(check, json_array_size(names));
	size_t index;
	json_t *name;
	json_array_foreach (names, index, name) {
		if (check->is_over) {
			break;
		}
		is_valid &= require(check, rule, instance, because, json_string_value(name));
	}
	return is_valid;
}

/* A patch says nothing about what stands in the record already. */
static bool is_patch(const struct check *check) {
	return check->place->parent == NULL && (check->how & SCHEMA_PARTIAL) != 0;
}

static bool validate_dependent_required(
	struct check *check, const struct rule *rule, const json_t *instance) {
	if (!json_is_object(instance) || is_patch(check)) {
		return true;
	}
	bool is_valid = check_spend(check, json_object_size(rule->value));
	const char *name;
	json_t *needed;
	json_object_foreach (rule->value, name, needed) {
		if (!check->is_over && json_object_get(instance, name) != NULL) {
			is_valid &= require_all(check, rule, instance, name, needed);
		}
	}
	return is_valid;
}

/* rule->value maps a name to the place of its schema in rule->nodes, in both that follow. */
static bool compile_one(
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

static bool compile_dependent_schemas(const struct site *site, struct rule *rule) {
	if (!json_is_object(site->value)) {
		return site_refuse(site, "must be an object of schemas");
	}
	rule->value = json_object();
	rule->nodes = must_calloc(json_object_size(site->value) + 1, sizeof(struct node *));
	const char *name;
	json_t *definition;
	json_object_foreach ((json_t *)site->value, name, definition) {
		if (!compile_one(site, rule, name, definition)) {
			return false;
		}
	}
	return true;
}

/* Of earlier drafts: an array of names, or a schema. */
static bool compile_dependencies(const struct site *site, struct rule *rule) {
	if (!json_is_object(site->value)) {
		return site_refuse(site, "must be an object of schemas and arrays of names");
	}
	rule->value = json_object();
	rule->nodes = must_calloc(json_object_size(site->value) + 1, sizeof(struct node *));
	const char *name;
	json_t *needed;
	json_object_foreach ((json_t *)site->value, name, needed) {
		bool is_list = is_list_of_names(needed);
		if (is_list ? json_object_set_new(rule->value, name, json_deep_copy(needed)) != 0
			    : !compile_one(site, rule, name, needed)) {
			return false;
		}
	}
	return true;
}

static bool validate_dependent_schemas(
	struct check *check, const struct rule *rule, const json_t *instance) {
	bool is_valid = check_spend(check, json_object_size(rule->value));
	const char *name;
	json_t *needed;
	if (!json_is_object(instance)) {
		return true;
	}
	json_object_foreach (rule->value, name, needed) {
		if (check->is_over) {
			break;
		}
		if (json_object_get(instance, name) == NULL) {
			continue;
		}
		is_valid &= json_is_integer(needed)
			? node_validate(check, rule->nodes[json_integer_value(needed)], instance)
			: require_all(check, rule, instance, name, needed);
	}
	return is_valid;
}

const struct keyword keywords_depend[] = {
	{"dependentRequired", VALIDATION, HOLDS_NOTHING, compile_dependent_required,
		validate_dependent_required, false, false},
	{"dependentSchemas", APPLICATOR, HOLDS_MAP, compile_dependent_schemas,
		validate_dependent_schemas, false, false},
	{"dependencies", OUTDATED, HOLDS_MAP, compile_dependencies, validate_dependent_schemas,
		false, false},
	{NULL, VALIDATION, HOLDS_NOTHING, NULL, NULL, false, false},
};
