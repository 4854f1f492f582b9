#include "schema/inside.h"

#include "base/memory.h"

static struct node **slot_of(const struct compiler *compiler, const void *source) {
	size_t mask = compiler->index_size - 1;
	size_t at = ((uintptr_t)source >> 4) * 0x9e3779b97f4a7c15u >> 20 & mask;
	while (compiler->index[at] != NULL && compiler->index[at]->source != source) {
		at = (at + 1) & mask;
	}
	return &compiler->index[at];
}

static void grow(struct compiler *compiler) {
	struct node **old = compiler->index;
	size_t old_size = compiler->index_size;
	compiler->index_size = old_size > 0 ? 2 * old_size : 256;
	compiler->index = must_calloc(compiler->index_size, sizeof(struct node *));
	for (size_t i = 0; i < old_size; i++) {
		if (old[i] != NULL) {
			*slot_of(compiler, old[i]->source) = old[i];
		}
	}
	free(old);
}

void index_add(struct compiler *compiler, struct node *node) {
	if (compiler->schema->node_count * 2 > compiler->index_size) {
		grow(compiler);
	}
	struct node **slot = slot_of(compiler, node->source);
	if (*slot == NULL) {
		*slot = node;
	}
}

struct node *index_find(const struct compiler *compiler, const json_t *source) {
	return compiler->index_size > 0 ? *slot_of(compiler, source) : NULL;
}
