#include "schema/inside.h"

#include "base/memory.h"
#include "base/str.h"

/* One for each registered document, and one for each schema with an $id in it. */
struct entry {
	struct entry *next;
	char *uri;
	const json_t *definition; /* in `document` */
	json_t *document;
};

struct schema_store {
	struct entry *entries; /* the latest first */
};

struct schema_store *schema_store_create(void) {
	return must_calloc(1, sizeof(struct schema_store));
}

void schema_store_destroy(struct schema_store *store) {
	if (store == NULL) {
		return;
	}
	while (store->entries != NULL) {
		struct entry *entry = store->entries;
		store->entries = entry->next;
		json_decref(entry->document);
		free(entry->uri);
		free(entry);
	}
	free(store);
}

static void add(struct schema_store *store, char *uri, const json_t *definition, json_t *document) {
	struct entry *entry = must_calloc(1, sizeof(*entry));
	*entry = (struct entry){store->entries, uri, definition, json_incref(document)};
	store->entries = entry;
}

static void scan(
	struct schema_store *store, const char *base, const json_t *value, json_t *document);

/* The subschemas in what a known keyword holds; an $id elsewhere is somebody's value. */
static void scan_keyword(struct schema_store *store, const char *base,
	const struct keyword *keyword, const json_t *value, json_t *document) {
	const char *name;
	json_t *below;
	size_t index;
	if (keyword->holds == HOLDS_SCHEMA) {
		scan(store, base, value, document);
	} else if (keyword->holds == HOLDS_LIST) {
		json_array_foreach (value, index, below) {
			scan(store, base, below, document);
		}
	} else if (keyword->holds == HOLDS_MAP) {
		json_object_foreach ((json_t *)value, name, below) {
			scan(store, base, below, document);
		}
	}
}

static void scan(
	struct schema_store *store, const char *base, const json_t *value, json_t *document) {
	const char *id = json_string_value(json_object_get(value, "$id"));
	char *own = id != NULL ? uri_resolve(base, id) : NULL;
	if (own != NULL) {
		add(store, own, value, document);
		base = own;
	}
	const char *name;
	json_t *below;
	json_object_foreach ((json_t *)value, name, below) {
		size_t row;
		const struct keyword *keyword = keyword_find(name, &row);
		if (keyword != NULL) {
			scan_keyword(store, base, keyword, below, document);
		}
	}
}

bool schema_store_add(struct schema_store *store, const char *uri, const json_t *definition,
	char error[SCHEMA_ERROR_SIZE]) {
	static const struct schema_options STANDARD = {.is_standard = true};
	struct compiler compiler = {.options = &STANDARD, .error = error, .where = uri};
	const struct place place = {.name = ""};
	if (uri[strcspn(uri, ":/?#")] != ':' || uri[0] == ':' || strchr(uri, '#') != NULL) {
		snprintf(error, SCHEMA_ERROR_SIZE,
			"\"%.100s\" is no absolute URI without a fragment", uri);
		return false;
	}
	if (!json_is_object(definition) && !json_is_boolean(definition)) {
		return compiler_refuse(
			&compiler, &place, "must be a schema: an object, true or false");
	}
	if (!is_within_depth(&compiler, &place, definition, STANDARD_DEPTH)) {
		return false;
	}
	json_t *document = json_deep_copy(definition);
	if (document == NULL) {
		return compiler_refuse(&compiler, &place, "out of memory");
	}
	scan(store, uri, document, document);
	add(store, must_strdup(uri), document, document);
	json_decref(document);
	return true;
}

const json_t *store_find(const struct schema_store *store, const char *uri) {
	const struct entry *entry = store != NULL ? store->entries : NULL;
	while (entry != NULL && !str_is_equal(entry->uri, uri)) {
		entry = entry->next;
	}
	return entry != NULL ? entry->definition : NULL;
}
