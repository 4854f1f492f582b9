#include "schema/inside.h"

#include "base/str.h"

/*
 * Schemas that apply to one and the same value hang together: $ref, allOf and the like. The height
 * of a node is the length of the longest chain that begins there. A chain that comes back to a node
 * it has left never ends; that it does so only for some values (then, dependentSchemas,
 * $dynamicRef) is for the validation to find out.
 */
enum { VISITING = CHAIN_MAX + 1, ENDLESS };

static unsigned height_of(struct node *node, unsigned depth);

/* readOnly is told of the value, wherever it stands: not if it is said in a branch that may not
 * apply. */
static bool passes_read_only(const struct rule *rule) {
	return str_is_equal(rule->keyword->name, "$ref") ||
		str_is_equal(rule->keyword->name, "allOf");
}

static unsigned visit(struct node *node, const struct rule *rule, struct node *below,
	unsigned height, unsigned depth) {
	unsigned found = height_of(below, depth + 1);
	node->is_read_only |= below->is_read_only && passes_read_only(rule);
	return found > height ? found : height;
}

static unsigned height_of(struct node *node, unsigned depth) {
	if (node->height != 0) {
		return node->height == VISITING ? ENDLESS : node->height;
	}
	if (depth >= CHAIN_MAX) {
		return ENDLESS;
	}
	unsigned height = 0;
	node->height = VISITING;
	for (size_t i = 0; i < node->count; i++) {
		const struct rule *rule = &node->rules[i];
		if (!rule->keyword->is_chained) {
			continue;
		}
		if (rule->node != NULL) {
			height = visit(node, rule, rule->node, height, depth);
		}
		for (size_t n = 0; rule->nodes != NULL && n < rule->count; n++) {
			height = visit(node, rule, rule->nodes[n], height, depth);
		}
	}
	node->height = height >= CHAIN_MAX ? ENDLESS : height + 1;
	return node->height;
}

bool chain_is_endless(struct node *node) {
	return height_of(node, 0) == ENDLESS;
}
