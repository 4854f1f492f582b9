#include "schema/inside.h"

#include <stdarg.h>

#include "base/memory.h"
#include "base/str.h"

enum { SENTENCE_SIZE = 168 };

bool site_refuse(const struct site *site, const char *format, ...) {
	char sentence[SENTENCE_SIZE];
	va_list args;
	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	return compiler_refuse(site->compiler, site->place, sentence);
}

bool site_drop(struct rule *rule) {
	rule->keyword = NULL;
	return true;
}

const struct rule *site_rule(const struct site *site, const char *keyword) {
	for (size_t i = 0; i < site->node->count; i++) {
		if (str_is_equal(site->node->rules[i].keyword->name, keyword)) {
			return &site->node->rules[i];
		}
	}
	return NULL;
}

bool value_is_count(const json_t *value) {
	double number = json_number_value(value);
	return json_is_number(value) && value_is_integer(value) && number >= 0 && number <= 1e15;
}

bool site_count(const struct site *site, size_t *count) {
	if (!value_is_count(site->value)) {
		return site_refuse(site, "must be an integer, 0 or more");
	}
	*count = (size_t)json_number_value(site->value);
	return true;
}

bool site_say(const struct site *site, struct rule *rule, char *sentence) {
	rule->sentence = sentence;
	return sentence != NULL || site_refuse(site, "out of memory");
}

bool site_keep_value(const struct site *site, struct rule *rule) {
	rule->value = json_deep_copy(site->value);
	return rule->value != NULL || site_refuse(site, "out of memory");
}

bool site_schema(const struct site *site, struct rule *rule) {
	rule->node = node_compile(site->compiler, site->place, site->value);
	return rule->node != NULL;
}

bool site_schemas(const struct site *site, struct rule *rule) {
	if (!json_is_array(site->value) || json_array_size(site->value) == 0) {
		return site_refuse(site, "must be an array of at least one schema");
	}
	rule->nodes = must_calloc(json_array_size(site->value), sizeof(struct node *));
	size_t index;
	json_t *definition;
	json_array_foreach (site->value, index, definition) {
		const struct place place = {.parent = site->place, .index = index};
		struct node *node = node_compile(site->compiler, &place, definition);
		if (node == NULL) {
			return false;
		}
		rule->nodes[rule->count++] = node;
	}
	return true;
}

bool site_named_schemas(const struct site *site, struct rule *rule) {
	if (!json_is_object(site->value)) {
		return site_refuse(site, "must be an object of schemas");
	}
	size_t most = json_object_size(site->value);
	rule->names = names_create(most);
	rule->nodes = must_calloc(most + 1, sizeof(struct node *));
	const char *name;
	json_t *definition;
	json_object_foreach ((json_t *)site->value, name, definition) {
		const struct place place = {.parent = site->place, .name = name};
		struct node *node = node_compile(site->compiler, &place, definition);
		if (node == NULL) {
			return false;
		}
		names_add(rule->names, name);
		rule->nodes[rule->count++] = node;
	}
	return true;
}
