#include "schema/inside.h"

#include <stdarg.h>

#include "base/buf.h"
#include "base/memory.h"
#include "base/str.h"

enum { PLACE_SHOWN = 80, WHERE_SHOWN = 60, SENTENCE_SIZE = 168 };

bool compiler_refuse(struct compiler *compiler, const struct place *place, const char *sentence) {
	char *pointer = pointer_of(place);
	const char *shown = pointer != NULL ? pointer : "";
	size_t length = strlen(shown);
	bool is_cut = length > PLACE_SHOWN;
	shown += is_cut ? length - PLACE_SHOWN : 0;
	snprintf(compiler->error, SCHEMA_ERROR_SIZE, "%.*s#%s%s: %.*s", WHERE_SHOWN,
		compiler->where, is_cut ? "..." : "", shown, SENTENCE_SIZE, sentence);
	free(pointer);
	return false;
}

static bool refuse_unknown(struct compiler *compiler, const struct place *place, const char *name) {
	if (str_starts_with(name, "x-")) {
		return true;
	}
	char sentence[SENTENCE_SIZE];
	const char *nearest = keyword_nearest(name);
	snprintf(sentence, sizeof(sentence), "the keyword \"%.60s\" is not known%s%s%s", name,
		nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
		nearest != NULL ? "\"?" : "");
	return compiler_refuse(compiler, place, sentence);
}

struct found {
	const struct keyword *keyword;
	const json_t *value;
};

/* Puts each keyword at its index. Names that nobody knows are a mistake, or nothing. */
static bool sort_keywords(struct compiler *compiler, const struct place *place,
	const json_t *definition, struct found all[KEYWORDS_MAX]) {
	unsigned known = compiler->resource->vocabularies;
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)definition, name, value) {
		size_t index = 0;
		const struct keyword *keyword = keyword_find(name, &index);
		if (keyword != NULL && (keyword->vocabulary & known) != 0) {
			all[index] = (struct found){keyword, value};
		} else if (!compiler->options->is_standard &&
			!refuse_unknown(compiler, place, name)) {
			return false;
		}
	}
	return true;
}

static void finish_rule(struct rule *rule) {
	free(rule->sentence);
	json_decref(rule->value);
	free(rule->nodes);
	names_destroy(rule->names);
	for (size_t i = 0; rule->patterns != NULL && i < rule->count; i++) {
		pattern_destroy(rule->patterns[i]);
	}
	free(rule->patterns);
}

static bool compile_keyword(
	struct site *site, const struct place *outer, const struct keyword *keyword) {
	const struct place place = {.parent = outer, .name = keyword->name};
	site->place = &place;
	struct rule *rule = &site->node->rules[site->node->count];
	rule->keyword = keyword;
	bool is_taken = keyword->compile(site, rule);
	if (keyword->validate != NULL && rule->keyword != NULL) {
		site->node->count++;
	} else {
		finish_rule(rule);
		memset(rule, 0, sizeof(*rule));
	}
	return is_taken;
}

static bool compile_keywords(struct compiler *compiler, const struct place *place,
	struct node *node, const json_t *definition) {
	struct found all[KEYWORDS_MAX] = {{NULL, NULL}};
	if (!sort_keywords(compiler, place, definition, all)) {
		return false;
	}
	/* One more than there can be, for the annotations' scratch at the end. */
	node->rules = must_calloc(json_object_size(definition) + 1, sizeof(*node->rules));
	struct site site = {.compiler = compiler, .node = node, .definition = definition};
	for (size_t i = 0; i < KEYWORDS_MAX; i++) {
		site.value = all[i].value;
		if (all[i].value != NULL && !compile_keyword(&site, place, all[i].keyword)) {
			return false;
		}
	}
	return true;
}

static struct node *node_create(
	struct compiler *compiler, const struct place *place, const json_t *definition) {
	struct schema *schema = compiler->schema;
	if (!json_is_object(definition) && !json_is_boolean(definition)) {
		compiler_refuse(compiler, place, "must be a schema: an object, true or false");
		return NULL;
	}
	if (schema->node_count >= NODES_MAX) {
		compiler_refuse(compiler, place, "is one subschema too many");
		return NULL;
	}
	struct node *node = must_calloc(1, sizeof(*node));
	node->next = schema->nodes;
	schema->nodes = node;
	schema->node_count++;
	node->source = definition;
	node->is_never = json_is_false(definition);
	index_add(compiler, node);
	return node;
}

struct node *node_compile(
	struct compiler *compiler, const struct place *place, const json_t *definition) {
	struct resource *outer = compiler->resource;
	struct node *node = node_create(compiler, place, definition);
	if (node == NULL) {
		return NULL;
	}
	bool is_taken = true;
	if (outer == NULL || json_object_get(definition, "$id") != NULL) {
		compiler->resource = resource_open(compiler, place, definition);
		is_taken = compiler->resource != NULL;
	}
	if (is_taken) {
		node->resource = compiler->resource->number;
		if (compiler->resource->root == definition && compiler->resource->node == NULL) {
			compiler->resource->node = node;
		}
		is_taken = !json_is_object(definition) ||
			compile_keywords(compiler, place, node, definition);
	}
	compiler->resource = outer;
	return is_taken ? node : NULL;
}

bool is_within_depth(
	struct compiler *compiler, const struct place *place, const json_t *value, unsigned most) {
	const char *name;
	json_t *below;
	size_t index;
	if (!json_is_object(value) && !json_is_array(value)) {
		return true;
	}
	if (most == 0) {
		return compiler_refuse(compiler, place,
			compiler->options->is_standard ? "nested deeper than 256"
						       : "nested deeper than 64");
	}
	json_object_foreach ((json_t *)value, name, below) {
		const struct place inner = {.parent = place, .name = name};
		if (!is_within_depth(compiler, &inner, below, most - 1)) {
			return false;
		}
	}
	json_array_foreach (value, index, below) {
		const struct place inner = {.parent = place, .index = index};
		if (!is_within_depth(compiler, &inner, below, most - 1)) {
			return false;
		}
	}
	return true;
}

static bool compile(struct compiler *compiler, const json_t *definition) {
	const struct place place = {.name = ""};
	unsigned depth = compiler->options->is_standard ? STANDARD_DEPTH : STRICT_DEPTH;
	if (!is_within_depth(compiler, &place, definition, depth)) {
		return false;
	}
	compiler->schema->root = node_compile(compiler, &place, definition);
	if (compiler->schema->root == NULL || !refs_tie(compiler)) {
		return false;
	}
	for (struct node *node = compiler->schema->nodes; node != NULL; node = node->next) {
		chain_is_endless(node);
	}
	return true;
}

struct schema *schema_compile_with(const json_t *definition, const struct schema_options *options,
	char error[SCHEMA_ERROR_SIZE]) {
	struct schema *schema = must_calloc(1, sizeof(*schema));
	struct compiler compiler = {.schema = schema,
		.options = options,
		.error = error,
		.where = "",
		.origin = options->base_uri != NULL ? options->base_uri : ""};
	compiler.last_ref = &compiler.refs;
	compiler.last_resource = &compiler.resources;
	bool is_taken = compile(&compiler, definition);
	refs_forget(&compiler);
	resources_forget(&compiler);
	if (!is_taken) {
		schema_destroy(schema);
		return NULL;
	}
	return schema;
}

struct schema *schema_compile(const json_t *definition, char error[SCHEMA_ERROR_SIZE]) {
	static const struct schema_options STRICT = {0};
	return schema_compile_with(definition, &STRICT, error);
}

static void destroy_node(struct node *node) {
	for (size_t i = 0; node->rules != NULL && i < node->count; i++) {
		finish_rule(&node->rules[i]);
	}
	free(node->rules);
	free(node);
}

void schema_destroy(struct schema *schema) {
	if (schema == NULL) {
		return;
	}
	while (schema->nodes != NULL) {
		struct node *node = schema->nodes;
		schema->nodes = node->next;
		destroy_node(node);
	}
	dynamics_destroy(schema);
	free(schema);
}
