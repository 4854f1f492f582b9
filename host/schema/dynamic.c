#include "schema/inside.h"

#include "base/memory.h"
#include "base/str.h"

/* A $dynamicRef to a $dynamicAnchor goes to the anchor of that name in the outermost resource that
 * the validation has entered and that has one. Which resources have it is known once all are
 * compiled. */

void dynamic_note(struct compiler *compiler, struct rule *rule, const char *name) {
	struct dynamic *dynamic = compiler->schema->dynamics;
	while (dynamic != NULL && !str_is_equal(dynamic->name, name)) {
		dynamic = dynamic->next;
	}
	if (dynamic == NULL) {
		dynamic = must_calloc(1, sizeof(*dynamic));
		dynamic->name = must_strdup(name);
		dynamic->next = compiler->schema->dynamics;
		compiler->schema->dynamics = dynamic;
	}
	rule->dynamic = dynamic;
}

static const struct anchor *find(const struct resource *resource, const char *name) {
	const struct anchor *anchor = anchor_find(resource, name);
	return anchor != NULL && anchor->is_dynamic ? anchor : NULL;
}

static void collect(const struct compiler *compiler, struct dynamic *dynamic) {
	size_t count = 0;
	for (const struct resource *at = compiler->resources; at != NULL; at = at->next) {
		count += find(at, dynamic->name) != NULL;
	}
	dynamic->targets = must_calloc(count + 1, sizeof(*dynamic->targets));
	for (const struct resource *at = compiler->resources; at != NULL; at = at->next) {
		const struct anchor *anchor = find(at, dynamic->name);
		if (anchor != NULL) {
			dynamic->targets[dynamic->count++] =
				(struct dynamic_target){at->number, anchor->node};
		}
	}
}

void dynamics_tie(struct compiler *compiler) {
	for (struct dynamic *at = compiler->schema->dynamics; at != NULL; at = at->next) {
		collect(compiler, at);
	}
}

void dynamics_destroy(struct schema *schema) {
	while (schema->dynamics != NULL) {
		struct dynamic *dynamic = schema->dynamics;
		schema->dynamics = dynamic->next;
		free(dynamic->name);
		free(dynamic->targets);
		free(dynamic);
	}
}
