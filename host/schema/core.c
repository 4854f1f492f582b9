#include "schema/check.h"

#include "base/str.h"

/* What $schema says is read where a resource begins; below that it has no business. */
static bool compile_schema(const struct site *site, struct rule *rule) {
	(void)rule;
	const struct compiler *compiler = site->compiler;
	if (!json_is_string(site->value)) {
		return site_refuse(site, "must be a string");
	}
	return compiler->options->is_standard || compiler->resource->root == site->definition ||
		site_refuse(site, "belongs at the root of a schema, or beside an $id");
}

static bool compile_text(const struct site *site, struct rule *rule) {
	(void)rule;
	return json_is_string(site->value) || site_refuse(site, "must be a string");
}

static bool compile_anchor(const struct site *site, struct rule *rule) {
	(void)rule;
	return anchor_add(site, false);
}

static bool compile_dynamic_anchor(const struct site *site, struct rule *rule) {
	(void)rule;
	return anchor_add(site, true);
}

static bool compile_vocabulary(const struct site *site, struct rule *rule) {
	(void)rule;
	const char *uri;
	json_t *is_needed;
	bool is_taken = json_is_object(site->value);
	json_object_foreach ((json_t *)site->value, uri, is_needed) {
		is_taken &= json_is_boolean(is_needed);
	}
	return is_taken || site_refuse(site, "must be an object of true and false");
}

static bool compile_list(const struct site *site, struct rule *rule) {
	(void)rule;
	return json_is_array(site->value) || site_refuse(site, "must be an array");
}

static bool compile_anything(const struct site *site, struct rule *rule) {
	(void)site;
	(void)rule;
	return true;
}

static bool compile_claim(const struct site *site, struct rule *rule) {
	(void)rule;
	return json_is_boolean(site->value) || site_refuse(site, "must be true or false");
}

static bool compile_read_only(const struct site *site, struct rule *rule) {
	site->node->is_read_only = json_is_true(site->value);
	return compile_claim(site, rule);
}

static bool validate_ref(struct check *check, const struct rule *rule, const json_t *instance) {
	return node_validate(check, rule->node, instance);
}

/* The target in the resource that was entered first. */
static const struct node *outermost(const struct check *check, const struct rule *rule) {
	const struct node *target = rule->node;
	size_t first = SIZE_MAX;
	for (size_t i = 0; rule->dynamic != NULL && i < rule->dynamic->count; i++) {
		const struct dynamic_target *one = &rule->dynamic->targets[i];
		size_t entered = check->scope[one->resource];
		if (entered != 0 && entered < first) {
			first = entered;
			target = one->node;
		}
	}
	return target;
}

static bool validate_dynamic_ref(
	struct check *check, const struct rule *rule, const json_t *instance) {
	return node_validate(check, outermost(check, rule), instance);
}

const struct keyword keywords_core[] = {
	{"$schema", CORE, HOLDS_NOTHING, compile_schema, NULL, false, false},
	{"$id", CORE, HOLDS_NOTHING, compile_text, NULL, false, false},
	{"$vocabulary", CORE, HOLDS_NOTHING, compile_vocabulary, NULL, false, false},
	{"$comment", CORE, HOLDS_NOTHING, compile_text, NULL, false, false},
	{"$anchor", CORE, HOLDS_NOTHING, compile_anchor, NULL, false, false},
	{"$dynamicAnchor", CORE, HOLDS_NOTHING, compile_dynamic_anchor, NULL, false, false},
	{"$defs", CORE, HOLDS_MAP, site_named_schemas, NULL, false, false},
	{"definitions", OUTDATED, HOLDS_MAP, site_named_schemas, NULL, false, false},
	{"$ref", CORE, HOLDS_NOTHING, ref_note, validate_ref, false, true},
	{"$dynamicRef", CORE, HOLDS_NOTHING, ref_note, validate_dynamic_ref, false, false},
	{"title", META_DATA, HOLDS_NOTHING, compile_text, NULL, false, false},
	{"description", META_DATA, HOLDS_NOTHING, compile_text, NULL, false, false},
	{"default", META_DATA, HOLDS_NOTHING, compile_anything, NULL, false, false},
	{"examples", META_DATA, HOLDS_NOTHING, compile_list, NULL, false, false},
	{"deprecated", META_DATA, HOLDS_NOTHING, compile_claim, NULL, false, false},
	{"readOnly", META_DATA, HOLDS_NOTHING, compile_read_only, NULL, false, false},
	{"writeOnly", META_DATA, HOLDS_NOTHING, compile_claim, NULL, false, false},
	{NULL, CORE, HOLDS_NOTHING, NULL, NULL, false, false},
};
