#include "schema/inside.h"

#include "base/memory.h"
#include "base/str.h"

/* Nodes are made in one walk down the definition. A $ref may lead to a place that has no node yet,
 * or to none that the walk will ever reach (#/$defs inside a default, say), so refs are noted and
 * tied after the walk; a target without a node is compiled then, which may note more of them, and
 * so is a document of the store, or a meta-schema. */

struct ref {
	struct ref *next;
	struct rule *rule;
	struct resource *resource; /* it stands in */
	const char *where;
	char *uri;
	char *place;
};

/* ---- JSON pointers ---- */

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

/* What the pointer leads to from the resource's root. The resource it ends in is the one of the
 * last schema on the way. */
static const json_t *walk(struct compiler *compiler, const struct resource *resource,
	const char *pointer, size_t *number) {
	char *copy = must_strdup(pointer);
	char *next = *copy == '/' ? copy + 1 : NULL;
	const json_t *value = resource->root;
	*number = resource->number;
	while (next != NULL && value != NULL) {
		char *segment = next;
		next = strchr(segment, '/');
		if (next != NULL) {
			*next++ = '\0';
		}
		value = step(value, segment);
		const struct node *node =
			json_is_object(value) ? index_find(compiler, value) : NULL;
		*number = node != NULL ? node->resource : *number;
	}
	free(copy);
	return value;
}

/* ---- noting and tying ---- */

bool ref_note(const struct site *site, struct rule *rule) {
	struct compiler *compiler = site->compiler;
	const char *uri = json_string_value(site->value);
	if (uri == NULL) {
		return site_refuse(site, "must be a string");
	}
	char *place = pointer_of(site->place);
	if (place == NULL) {
		return site_refuse(site, "out of memory");
	}
	struct ref *ref = must_calloc(1, sizeof(*ref));
	ref->rule = rule;
	ref->resource = compiler->resource;
	ref->where = compiler->where;
	ref->uri = must_strdup(uri);
	ref->place = place;
	*compiler->last_ref = ref;
	compiler->last_ref = &ref->next;
	return true;
}

static bool refuse(struct compiler *compiler, const struct ref *ref, const char *why) {
	char sentence[168];
	const struct place place = {.name = ref->place};
	snprintf(sentence, sizeof(sentence), "\"%.100s\" %s", ref->uri, why);
	return compiler_refuse(compiler, &place, sentence);
}

static struct resource *resource_of(struct compiler *compiler, const struct ref *ref) {
	if (ref->uri[0] == '#' || ref->uri[0] == '\0') {
		return ref->resource;
	}
	char *uri = uri_resolve(ref->resource->uri, ref->uri);
	struct resource *resource = resource_find(compiler, uri);
	free(uri);
	if (resource == NULL && compiler->error[0] == '\0') {
		refuse(compiler, ref, "leads nowhere: no schema of that URI is registered");
	}
	return resource;
}

static struct node *tie_to_anchor(struct compiler *compiler, const struct ref *ref,
	const struct resource *resource, const char *name) {
	const struct anchor *anchor = anchor_find(resource, name);
	if (anchor == NULL) {
		refuse(compiler, ref, "leads nowhere");
		return NULL;
	}
	bool is_dynamic = str_is_equal(ref->rule->keyword->name, "$dynamicRef");
	if (is_dynamic && anchor->is_dynamic) {
		dynamic_note(compiler, ref->rule, name);
	}
	return anchor->node;
}

static struct resource *resource_numbered(const struct compiler *compiler, size_t number) {
	struct resource *resource = compiler->resources;
	while (resource->number != number) {
		resource = resource->next;
	}
	return resource;
}

static struct node *tie_to_pointer(struct compiler *compiler, const struct ref *ref,
	const struct resource *resource, const char *pointer) {
	size_t number;
	const json_t *target = walk(compiler, resource, pointer, &number);
	if (target == NULL) {
		refuse(compiler, ref, "leads nowhere");
		return NULL;
	}
	struct node *node = index_find(compiler, target);
	if (node != NULL) {
		return node;
	}
	const struct place place = {.name = pointer};
	const char *where = compiler->where;
	compiler->where = resource->uri;
	compiler->resource = resource_numbered(compiler, number);
	node = node_compile(compiler, &place, target);
	compiler->where = where;
	return node;
}

static struct node *target_of(struct compiler *compiler, const struct ref *ref) {
	struct resource *resource = resource_of(compiler, ref);
	if (resource == NULL) {
		return NULL;
	}
	const char *hash = strchr(ref->uri, '#');
	char *fragment = must_strdup(hash != NULL ? hash + 1 : "");
	struct node *node = NULL;
	if (!str_url_unescape(fragment)) {
		refuse(compiler, ref, "has a bad %-escape");
	} else if (fragment[0] == '\0' || fragment[0] == '/') {
		node = tie_to_pointer(compiler, ref, resource, fragment);
	} else {
		node = tie_to_anchor(compiler, ref, resource, fragment);
	}
	free(fragment);
	return node;
}

static bool tie(struct compiler *compiler) {
	for (struct ref *ref = compiler->refs; ref != NULL; ref = ref->next) {
		compiler->where = ref->where;
		ref->rule->node = target_of(compiler, ref);
		if (ref->rule->node == NULL) {
			return false;
		}
	}
	dynamics_tie(compiler);
	return true;
}

/* A $ref that leads back to itself without a step into the instance would never end. */
static bool refuse_circles(struct compiler *compiler) {
	for (const struct ref *ref = compiler->refs; ref != NULL; ref = ref->next) {
		if (ref->rule->keyword->is_chained && chain_is_endless(ref->rule->node)) {
			const struct place place = {.name = ref->place};
			compiler->where = ref->where;
			return compiler_refuse(compiler, &place,
				"leads back to itself, or through too many others");
		}
	}
	return true;
}

bool refs_tie(struct compiler *compiler) {
	return tie(compiler) && (compiler->options->is_standard || refuse_circles(compiler));
}

void refs_forget(struct compiler *compiler) {
	while (compiler->refs != NULL) {
		struct ref *ref = compiler->refs;
		compiler->refs = ref->next;
		free(ref->uri);
		free(ref->place);
		free(ref);
	}
	free(compiler->index);
}
