#include "schema/inside.h"

#include "base/memory.h"
#include "base/str.h"

#define DRAFT "https://json-schema.org/draft/2020-12/"

static const struct {
	const char *name;
	unsigned vocabulary;
} VOCABULARIES[] = {
	{"core", CORE},
	{"applicator", APPLICATOR},
	{"unevaluated", UNEVALUATED},
	{"validation", VALIDATION},
	{"meta-data", META_DATA},
	{"format-annotation", FORMAT},
	{"format-assertion", FORMAT},
	{"content", CONTENT},
};

static bool refuse_schema(
	struct compiler *compiler, const struct place *outer, const char *sentence) {
	const struct place place = {.parent = outer, .name = "$schema"};
	return compiler_refuse(compiler, &place, sentence);
}

/* Whoever lists format-assertion, as needed or not, wants it from those who know it. */
static bool add_vocabulary(struct resource *resource, const char *uri) {
	static const char PREFIX[] = DRAFT "vocab/";
	for (size_t i = 0; i < sizeof(VOCABULARIES) / sizeof(VOCABULARIES[0]); i++) {
		if (str_starts_with(uri, PREFIX) &&
			str_is_equal(uri + sizeof(PREFIX) - 1, VOCABULARIES[i].name)) {
			resource->vocabularies |= VOCABULARIES[i].vocabulary;
			resource->asserts_format |= str_ends_with(uri, "format-assertion");
			return true;
		}
	}
	return false;
}

static void know_all(const struct compiler *compiler, struct resource *resource) {
	bool is_standard = compiler->options->is_standard;
	resource->vocabularies = is_standard ? ALL_VOCABULARIES : ALL_VOCABULARIES - OUTDATED;
	resource->asserts_format = !is_standard || compiler->options->asserts_format;
}

static bool read_vocabularies(struct compiler *compiler, const struct place *place,
	const json_t *vocabularies, struct resource *resource) {
	const char *uri;
	json_t *is_needed;
	resource->vocabularies = CORE | OUTDATED;
	json_object_foreach ((json_t *)vocabularies, uri, is_needed) {
		if (!add_vocabulary(resource, uri) && json_is_true(is_needed)) {
			char sentence[160];
			snprintf(sentence, sizeof(sentence),
				"its meta-schema needs the vocabulary \"%.90s\", which is not "
				"known",
				uri);
			return refuse_schema(compiler, place, sentence);
		}
	}
	return true;
}

/* Which keywords the resource knows, by the $schema at its root. */
static bool read_dialect(struct compiler *compiler, const struct place *place,
	const json_t *definition, struct resource *resource) {
	const char *uri = json_string_value(json_object_get(definition, "$schema"));
	if (uri == NULL) {
		return true; /* compile_schema() refuses what is no string */
	}
	know_all(compiler, resource);
	if (str_is_equal(uri, DRAFT "schema") || str_is_equal(uri, DRAFT "schema#")) {
		return true;
	}
	if (!compiler->options->is_standard) {
		return refuse_schema(compiler, place, "must be \"" DRAFT "schema\"");
	}
	char *absolute = uri_resolve(resource->uri, uri);
	const json_t *meta = store_find(compiler->options->store, absolute);
	free(absolute);
	if (meta == NULL) {
		return refuse_schema(compiler, place,
			"is neither \"" DRAFT "schema\" nor a registered meta-schema");
	}
	const json_t *vocabularies = json_object_get(meta, "$vocabulary");
	return vocabularies == NULL || read_vocabularies(compiler, place, vocabularies, resource);
}

/* The URI of a resource by its $id, or where its document comes from; the caller frees it. */
static char *uri_of(
	struct compiler *compiler, const struct place *outer, const json_t *definition) {
	const char *base = compiler->resource != NULL ? compiler->resource->uri : compiler->origin;
	const struct place place = {.parent = outer, .name = "$id"};
	const json_t *value = json_object_get(definition, "$id");
	const char *id = value != NULL ? json_string_value(value) : "";
	if (id == NULL) {
		compiler_refuse(compiler, &place, "must be a string");
		return NULL;
	}
	const char *fragment = strchr(id, '#');
	if (fragment != NULL && fragment[1] != '\0') {
		compiler_refuse(compiler, &place,
			"must not have a fragment; \"$anchor\" names a place in a schema");
		return NULL;
	}
	return uri_resolve(base, id);
}

static struct resource *find_known(const struct compiler *compiler, const char *uri) {
	for (struct resource *known = compiler->resources; known != NULL; known = known->next) {
		if (str_is_equal(known->uri, uri) || str_is_equal(known->origin, uri)) {
			return known;
		}
	}
	return NULL;
}

static struct resource *create(struct compiler *compiler, const json_t *definition, char *uri) {
	const struct resource *outer = compiler->resource;
	struct resource *resource = must_calloc(1, sizeof(*resource));
	resource->uri = uri;
	resource->origin = outer == NULL ? must_strdup(compiler->origin) : NULL;
	resource->root = definition;
	resource->number = compiler->schema->resource_count++;
	resource->document = outer != NULL ? outer->document : resource->number;
	know_all(compiler, resource);
	if (outer != NULL) {
		resource->vocabularies = outer->vocabularies;
		resource->asserts_format = outer->asserts_format;
	}
	*compiler->last_resource = resource;
	compiler->last_resource = &resource->next;
	return resource;
}

struct resource *resource_open(
	struct compiler *compiler, const struct place *place, const json_t *definition) {
	char *uri = uri_of(compiler, place, definition);
	if (uri == NULL) {
		return NULL;
	}
	struct resource *known = uri[0] != '\0' ? find_known(compiler, uri) : NULL;
	if (known != NULL && known->root == definition) {
		free(uri); /* a $ref that leads into what nobody had looked at leads there again */
		return known;
	}
	if (known != NULL && compiler->resource != NULL &&
		known->document == compiler->resource->document) {
		const struct place id = {.parent = place, .name = "$id"};
		compiler_refuse(compiler, &id, "names a schema that is there already");
		free(uri);
		return NULL;
	}
	struct resource *resource = create(compiler, definition, uri);
	return read_dialect(compiler, place, definition, resource) ? resource : NULL;
}

/* Keeps what this compilation has made, to its end; NULL: out of memory. */
static const json_t *keep(struct compiler *compiler, json_t *made) {
	if (compiler->documents == NULL) {
		compiler->documents = json_array();
	}
	return json_array_append_new(compiler->documents, made) == 0 ? made : NULL;
}

static const json_t *read_meta(struct compiler *compiler, const char *uri) {
	const char *text = meta_find(uri);
	return text != NULL ? keep(compiler, json_loads(text, 0, NULL)) : NULL;
}

/* The resource whose root this is: a document may be known by two URIs. */
static struct resource *find_root(const struct compiler *compiler, const json_t *definition) {
	struct resource *known = compiler->resources;
	while (known != NULL && known->root != definition) {
		known = known->next;
	}
	return known;
}

static struct resource *load(struct compiler *compiler, const char *uri, const json_t *definition) {
	const char *where = compiler->where, *origin = compiler->origin;
	struct resource **last = compiler->last_resource;
	const struct place place = {.name = ""};
	const char *kept = json_string_value(keep(compiler, json_string(uri)));
	if (kept == NULL) {
		compiler_refuse(compiler, &place, "out of memory");
		return NULL;
	}
	compiler->where = kept;
	compiler->origin = kept;
	compiler->resource = NULL;
	const struct node *node = node_compile(compiler, &place, definition);
	compiler->where = where;
	compiler->origin = origin;
	return node != NULL ? *last : NULL;
}

struct resource *resource_find(struct compiler *compiler, const char *uri) {
	struct resource *known = find_known(compiler, uri);
	compiler->error[0] = '\0';
	if (known != NULL) {
		return known;
	}
	const json_t *definition = store_find(compiler->options->store, uri);
	if (definition == NULL) {
		definition = read_meta(compiler, uri);
	}
	if (definition == NULL) {
		return NULL;
	}
	known = json_is_object(definition) ? find_root(compiler, definition) : NULL;
	return known != NULL ? known : load(compiler, uri, definition);
}

const struct anchor *anchor_find(const struct resource *resource, const char *name) {
	const struct anchor *anchor = resource->anchors;
	while (anchor != NULL && !str_is_equal(anchor->name, name)) {
		anchor = anchor->next;
	}
	return anchor;
}

static bool is_anchor_name(const char *name) {
	static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
	return name != NULL && name[0] != '\0' && strchr(LETTERS, name[0]) != NULL &&
		name[strspn(name,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
			"0123456789-.")] == '\0';
}

bool anchor_add(const struct site *site, bool is_dynamic) {
	const char *name = json_string_value(site->value);
	struct resource *resource = site->compiler->resource;
	if (!is_anchor_name(name)) {
		return site_refuse(site,
			"must be a name: a letter or _, then letters, digits, _, "
			"- and .");
	}
	struct anchor *known = (struct anchor *)anchor_find(resource, name);
	if (known != NULL) {
		known->is_dynamic |= is_dynamic;
		return known->node->source == site->definition ||
			site_refuse(site, "names a second place \"%.60s\"", name);
	}
	struct anchor *anchor = must_calloc(1, sizeof(*anchor));
	anchor->name = name;
	anchor->node = site->node;
	anchor->is_dynamic = is_dynamic;
	anchor->next = resource->anchors;
	resource->anchors = anchor;
	return true;
}

void resources_forget(struct compiler *compiler) {
	while (compiler->resources != NULL) {
		struct resource *resource = compiler->resources;
		compiler->resources = resource->next;
		while (resource->anchors != NULL) {
			struct anchor *anchor = resource->anchors;
			resource->anchors = anchor->next;
			free(anchor);
		}
		free(resource->uri);
		free(resource->origin);
		free(resource);
	}
	json_decref(compiler->documents);
}
