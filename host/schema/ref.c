#include "schema/inside.h"

#include "base/memory.h"
#include "base/str.h"

/* Nodes are made in one walk down the definition. A $ref may lead to a place that has no node yet,
 * or to none that the walk will ever reach (#/$defs inside a default, say), so refs are noted and
 * tied after the walk; a target without a node is compiled then, which may note more of them. */

struct ref {
	struct ref *next;
	struct rule *rule;
	const json_t *target;
	char *pointer; /* of the target */
	char *place;   /* of the $ref */
};

/* Decodes one segment of a JSON pointer in place: ~1 is a slash, ~0 a tilde. */
static bool decode_segment(char *segment) {
	char *to = segment;
	for (const char *from = segment; *from != '\0'; from++) {
		if (*from == '~' && from[1] != '0' && from[1] != '1') {
			return false;
		}
		*to++ = *from != '~' ? *from : *++from == '0' ? '~' : '/';
	}
	*to = '\0';
	return true;
}

static const json_t *step(const json_t *value, char *segment) {
	uint64_t index;
	if (!decode_segment(segment)) {
		return NULL;
	}
	if (json_is_object(value)) {
		return json_object_get(value, segment);
	}
	bool is_padded = segment[0] == '0' && segment[1] != '\0';
	if (json_is_array(value) && !is_padded && str_to_uint(segment, 0, SIZE_MAX, &index)) {
		return json_array_get(value, (size_t)index);
	}
	return NULL;
}

static const json_t *walk(const json_t *value, const char *pointer) {
	char *copy = must_strdup(pointer);
	char *next = *copy == '/' ? copy + 1 : NULL;
	while (next != NULL && value != NULL) {
		char *segment = next;
		next = strchr(segment, '/');
		if (next != NULL) {
			*next++ = '\0';
		}
		value = step(value, segment);
	}
	free(copy);
	return value;
}

bool compiler_refer(const struct site *site, struct rule *rule, const char *pointer) {
	struct compiler *compiler = site->compiler;
	const json_t *target = walk(compiler->definition, pointer);
	if (target == NULL) {
		return site_refuse(site, "\"#%.100s\" leads nowhere", pointer);
	}
	char *place = pointer_of(site->place);
	if (place == NULL) {
		return site_refuse(site, "out of memory");
	}
	struct ref *ref = must_calloc(1, sizeof(*ref));
	ref->rule = rule;
	ref->target = target;
	ref->pointer = must_strdup(pointer);
	ref->place = place;
	*compiler->last = ref;
	compiler->last = &ref->next;
	return true;
}

static struct node *find_node(const struct schema *schema, const json_t *source) {
	struct node *node = schema->nodes;
	while (node != NULL && node->source != source) {
		node = node->next;
	}
	return node;
}

static bool tie(struct compiler *compiler) {
	for (struct ref *ref = compiler->refs; ref != NULL; ref = ref->next) {
		struct node *node = find_node(compiler->schema, ref->target);
		if (node == NULL) {
			const struct place place = {.name = ref->pointer};
			node = node_compile(compiler, &place, ref->target);
		}
		if (node == NULL) {
			return false;
		}
		ref->rule->node = node;
	}
	return true;
}

static const struct node *next_of(const struct node *node) {
	for (size_t i = 0; i < node->count; i++) {
		if (str_is_equal(node->rules[i].keyword->name, "$ref")) {
			return node->rules[i].node;
		}
	}
	return NULL;
}

/* A $ref that leads back to itself without a step into the instance would never end. */
static bool refuse_circles(struct compiler *compiler) {
	for (const struct ref *ref = compiler->refs; ref != NULL; ref = ref->next) {
		const struct node *node = ref->rule->node;
		unsigned steps = 1;
		while (node != NULL && steps <= REFS_MAX) {
			node = next_of(node);
			steps++;
		}
		if (node != NULL) {
			const struct place place = {.name = ref->place};
			return compiler_refuse(compiler, &place,
				"leads back to itself, or through too many others");
		}
	}
	return true;
}

bool refs_tie(struct compiler *compiler) {
	return tie(compiler) && refuse_circles(compiler);
}

void refs_forget(struct compiler *compiler) {
	while (compiler->refs != NULL) {
		struct ref *ref = compiler->refs;
		compiler->refs = ref->next;
		free(ref->pointer);
		free(ref->place);
		free(ref);
	}
}
