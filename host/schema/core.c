#include "schema/inside.h"

#include "base/memory.h"
#include "base/str.h"

static bool compile_schema(const struct site *site, struct rule *rule) {
	(void)rule;
	const char *uri = json_string_value(site->value);
	if (!str_is_equal(uri, "https://json-schema.org/draft/2020-12/schema") &&
		!str_is_equal(uri, "https://json-schema.org/draft/2020-12/schema#")) {
		return site_refuse(
			site, "must be \"https://json-schema.org/draft/2020-12/schema\"");
	}
	return true;
}

static bool compile_text(const struct site *site, struct rule *rule) {
	(void)rule;
	return json_is_string(site->value) || site_refuse(site, "must be a string");
}

static bool compile_id(const struct site *site, struct rule *rule) {
	if (!site_is_root(site)) {
		return site_refuse(site, "is known only at the root of a schema");
	}
	return compile_text(site, rule);
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

static bool compile_defs(const struct site *site, struct rule *rule) {
	(void)rule;
	if (!json_is_object(site->value)) {
		return site_refuse(site, "must be an object of schemas");
	}
	const char *name;
	json_t *definition;
	json_object_foreach ((json_t *)site->value, name, definition) {
		const struct place place = {.parent = site->place, .name = name};
		if (node_compile(site->compiler, &place, definition) == NULL) {
			return false;
		}
	}
	return true;
}

static bool compile_ref(const struct site *site, struct rule *rule) {
	const char *uri = json_string_value(site->value);
	if (uri == NULL || uri[0] != '#' || (uri[1] != '\0' && uri[1] != '/')) {
		return site_refuse(
			site, "must be \"#\" or a JSON pointer into this schema, \"#/$defs/...\"");
	}
	char *pointer = must_strdup(uri + 1);
	bool is_taken = str_url_unescape(pointer) ? compiler_refer(site, rule, pointer)
						  : site_refuse(site, "has a bad %%-escape");
	free(pointer);
	return is_taken;
}

static bool validate_ref(struct check *check, const struct rule *rule, const json_t *instance) {
	if (check->refs >= REFS_MAX) {
		return check_fault(check, "$ref", "is nested too deeply");
	}
	check->refs++;
	bool is_valid = node_validate(check, rule->node, instance);
	check->refs--;
	return is_valid;
}

bool node_is_read_only(const struct node *node) {
	for (size_t i = 0; i < node->count && !node->is_read_only; i++) {
		if (node->rules[i].keyword->validate == validate_ref) {
			return node_is_read_only(node->rules[i].node);
		}
	}
	return node->is_read_only;
}

const struct keyword keywords_core[] = {
	{"$schema", compile_schema, NULL, false},
	{"$id", compile_id, NULL, false},
	{"$comment", compile_text, NULL, false},
	{"$defs", compile_defs, NULL, false},
	{"$ref", compile_ref, validate_ref, false},
	{"title", compile_text, NULL, false},
	{"description", compile_text, NULL, false},
	{"default", compile_anything, NULL, false},
	{"examples", compile_list, NULL, false},
	{"deprecated", compile_claim, NULL, false},
	{"readOnly", compile_read_only, NULL, false},
	{"writeOnly", compile_claim, NULL, false},
	{NULL, NULL, NULL, false},
};
