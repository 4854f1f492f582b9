#include "schema/inside.h"

#include <stdarg.h>

#include "base/buf.h"
#include "base/memory.h"
#include "base/str.h"

/* In the order in which a node's rules are asked: the type first, it makes the others moot. */
static const struct keyword *const VOCABULARIES[] = {keywords_any, keywords_core, keywords_number,
	keywords_string, keywords_array, keywords_object};

enum {
	VOCABULARY_COUNT = sizeof(VOCABULARIES) / sizeof(VOCABULARIES[0]),
	PLACE_SHOWN = 80,
	SENTENCE_SIZE = 168
};

char *pointer_of(const struct place *place) {
	struct buf text;
	buf_init(&text, 65536);
	place_write(&text, place);
	return buf_take(&text);
}

bool compiler_refuse(struct compiler *compiler, const struct place *place, const char *sentence) {
	char *pointer = pointer_of(place);
	const char *shown = pointer != NULL ? pointer : "";
	size_t length = strlen(shown);
	if (length > PLACE_SHOWN) {
		shown += length - PLACE_SHOWN;
	}
	snprintf(compiler->error, SCHEMA_ERROR_SIZE, "#%s%s: %.*s",
		length > PLACE_SHOWN ? "..." : "", shown, SENTENCE_SIZE, sentence);
	free(pointer);
	return false;
}

bool site_refuse(const struct site *site, const char *format, ...) {
	char sentence[SENTENCE_SIZE];
	va_list args;
	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	return compiler_refuse(site->compiler, site->place, sentence);
}

bool site_is_root(const struct site *site) {
	return site->definition == site->compiler->definition;
}

const struct rule *site_rule(const struct site *site, const char *keyword) {
	for (size_t i = 0; i < site->node->count; i++) {
		if (str_is_equal(site->node->rules[i].keyword->name, keyword)) {
			return &site->node->rules[i];
		}
	}
	return NULL;
}

bool site_count(const struct site *site, size_t *count) {
	double number = json_number_value(site->value);
	if (!value_is_integer(site->value) || number < 0 || number > 1e15) {
		return site_refuse(site, "must be an integer, 0 or more");
	}
	*count = (size_t)number;
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

static const struct keyword *find_keyword(const char *name) {
	for (size_t i = 0; i < VOCABULARY_COUNT; i++) {
		for (const struct keyword *keyword = VOCABULARIES[i]; keyword->name != NULL;
			keyword++) {
			if (str_is_equal(keyword->name, name)) {
				return keyword;
			}
		}
	}
	return NULL;
}

static const char *nearest_keyword(const char *name) {
	const char *nearest = NULL;
	size_t least = 3;
	for (size_t i = 0; i < VOCABULARY_COUNT; i++) {
		for (const struct keyword *keyword = VOCABULARIES[i]; keyword->name != NULL;
			keyword++) {
			size_t distance = str_distance(name, keyword->name, least - 1);
			if (distance < least) {
				least = distance;
				nearest = keyword->name;
			}
		}
	}
	return nearest;
}

static bool refuse_unknown(
	struct compiler *compiler, const struct place *place, const json_t *definition) {
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)definition, name, value) {
		if (find_keyword(name) != NULL || str_starts_with(name, "x-")) {
			continue;
		}
		char sentence[SENTENCE_SIZE];
		const char *nearest = nearest_keyword(name);
		snprintf(sentence, sizeof(sentence), "the keyword \"%.60s\" is not known%s%s%s",
			name, nearest != NULL ? "; did you mean \"" : "",
			nearest != NULL ? nearest : "", nearest != NULL ? "\"?" : "");
		return compiler_refuse(compiler, place, sentence);
	}
	return true;
}

static bool compile_keyword(
	struct site *site, const struct place *outer, const struct keyword *keyword) {
	const struct place place = {.parent = outer, .name = keyword->name};
	site->place = &place;
	site->value = json_object_get(site->definition, keyword->name);
	if (site->value == NULL) {
		return true;
	}
	struct rule *rule = &site->node->rules[site->node->count];
	rule->keyword = keyword;
	bool is_taken = keyword->compile(site, rule);
	site->node->count += keyword->validate != NULL;
	return is_taken;
}

static bool compile_keywords(struct compiler *compiler, const struct place *place,
	struct node *node, const json_t *definition) {
	if (!refuse_unknown(compiler, place, definition)) {
		return false;
	}
	/* One more than there can be, for the annotations' scratch at the end. */
	node->rules = must_calloc(json_object_size(definition) + 1, sizeof(*node->rules));
	struct site site = {.compiler = compiler, .node = node, .definition = definition};
	for (size_t i = 0; i < VOCABULARY_COUNT; i++) {
		for (const struct keyword *keyword = VOCABULARIES[i]; keyword->name != NULL;
			keyword++) {
			if (!compile_keyword(&site, place, keyword)) {
				return false;
			}
		}
	}
	return true;
}

struct node *node_compile(
	struct compiler *compiler, const struct place *place, const json_t *definition) {
	if (!json_is_object(definition) && !json_is_boolean(definition)) {
		compiler_refuse(compiler, place, "must be a schema: an object, true or false");
		return NULL;
	}
	struct node *node = must_calloc(1, sizeof(*node));
	node->next = compiler->schema->nodes;
	compiler->schema->nodes = node;
	node->source = definition;
	node->is_never = json_is_false(definition);
	if (json_is_object(definition) && !compile_keywords(compiler, place, node, definition)) {
		return NULL;
	}
	return node;
}

static bool is_within_depth(
	struct compiler *compiler, const struct place *place, const json_t *value, unsigned depth) {
	if ((json_is_object(value) || json_is_array(value)) && depth >= DEPTH_MAX) {
		return compiler_refuse(compiler, place, "nested deeper than 64");
	}
	const char *name;
	json_t *below;
	size_t index;
	json_object_foreach ((json_t *)value, name, below) {
		const struct place inner = {.parent = place, .name = name};
		if (!is_within_depth(compiler, &inner, below, depth + 1)) {
			return false;
		}
	}
	json_array_foreach (value, index, below) {
		const struct place inner = {.parent = place, .index = index};
		if (!is_within_depth(compiler, &inner, below, depth + 1)) {
			return false;
		}
	}
	return true;
}

struct schema *schema_compile(const json_t *definition, char error[SCHEMA_ERROR_SIZE]) {
	struct schema *schema = must_calloc(1, sizeof(*schema));
	struct compiler compiler = {.schema = schema, .definition = definition, .error = error};
	compiler.last = &compiler.refs;
	const struct place place = {.name = ""};
	bool is_taken = is_within_depth(&compiler, &place, definition, 0) &&
		(schema->root = node_compile(&compiler, &place, definition)) != NULL &&
		refs_tie(&compiler);
	refs_forget(&compiler);
	if (!is_taken) {
		schema_destroy(schema);
		return NULL;
	}
	return schema;
}

static void destroy_node(struct node *node) {
	for (size_t i = 0; node->rules != NULL && i < node->count; i++) {
		struct rule *rule = &node->rules[i];
		free(rule->sentence);
		json_decref(rule->value);
		free(rule->nodes);
		pattern_destroy(rule->pattern);
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
	free(schema);
}
