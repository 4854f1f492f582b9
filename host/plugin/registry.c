/*
 * What init() registers is checked at once and kept here; http and object get it when init() has
 * returned 0. A plugin that is left out takes its schemas with it, unless http already has a route
 * that borrows one.
 */
#include "plugin/inside.h"

#include <stdarg.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/str.h"
#include "http/http.h"
#include "object/object.h"
#include "schema/schema.h"

enum {
	SCHEMA_DEPTH = 64,
	ID_MAX = 128,
	PATH_MAX_BYTES = 512,
	ROUTE_FLAGS = HSC_ROUTE_OPEN | HSC_ROUTE_RAW_BODY | HSC_ROUTE_HIDDEN
};

struct lent_schema {
	struct list link;
	char *id;
	struct schema *schema;
};

struct lent_object {
	struct list link;
	struct hsc_object declaration; /* its strings are ours */
};

/* Refuses a registration: the first one is kept for the line about a failing init(). */
__attribute__((format(printf, 3, 4))) static int refuse(
	struct plugin *plugin, const char *function, const char *format, ...) {
	char what[PLUGIN_FAULT_SIZE];
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (plugin->fault[0] == '\0') {
		snprintf(plugin->fault, sizeof(plugin->fault), "%s: %.*s", function,
			PLUGIN_FAULT_SIZE - 32, what);
	}
	return misuse(plugin, MISUSE_BAD_ARGUMENT, function, what);
}

/* ---- schemas ---- */

static const struct schema *find_schema(const struct plugins *plugins, const char *id) {
	if (id == NULL) {
		return NULL;
	}
	list_for_each (plugin, &plugins->list, struct plugin, link) {
		list_for_each (lent, &plugin->schemas, struct lent_schema, link) {
			if (plugin->phase != PLUGIN_LEFT_OUT && str_is_equal(lent->id, id)) {
				return lent->schema;
			}
		}
	}
	return NULL;
}

struct schema *compile_text(const char *text, char *error, size_t error_size) {
	char syntax[JSON_ERROR_SIZE];
	char fault[SCHEMA_ERROR_SIZE];
	json_t *definition = json_read(text, strlen(text), SCHEMA_DEPTH, syntax);
	if (definition == NULL) {
		snprintf(error, error_size, "%s", syntax);
		return NULL;
	}
	struct schema *schema = schema_compile(definition, fault);
	json_decref(definition);
	if (schema == NULL) {
		snprintf(error, error_size, "%s", fault);
	}
	return schema;
}

int registry_add_schema(const struct hsc_host *host, const char *id, const char *text) {
	struct plugin *plugin = NULL;
	char fault[SCHEMA_ERROR_SIZE];
	int error = lend_enter_init(host, "add_schema", &plugin);
	if (error != 0) {
		return error;
	}
	if (id == NULL || text == NULL || id[0] == '\0' || strlen(id) > ID_MAX) {
		return refuse(plugin, "add_schema",
			"id and text are needed, the id of at most %d bytes", ID_MAX);
	}
	if (find_schema(plugin->plugins, id) != NULL) {
		return refuse(plugin, "add_schema", "there is a schema \"%s\" already", id);
	}
	struct schema *schema = compile_text(text, fault, sizeof(fault));
	if (schema == NULL) {
		return refuse(plugin, "add_schema", "schema \"%s\": %s", id, fault);
	}
	struct lent_schema *lent = must_calloc(1, sizeof(*lent));
	lent->id = must_strdup(id);
	lent->schema = schema;
	list_append(&plugin->schemas, &lent->link);
	return 0;
}

/* ---- routes ---- */

/* The plugin that has a route of this method and shape; or NULL. */
static const struct plugin *find_owner(
	const struct plugins *plugins, const char *method, const char *shape) {
	char other[PATH_MAX_BYTES + 1];
	list_for_each (plugin, &plugins->list, struct plugin, link) {
		list_for_each (route, &plugin->routes, struct lent_route, link) {
			bool is_there = plugin->phase != PLUGIN_LEFT_OUT || route->is_given;
			if (is_there && path_fault(route->path, other) == NULL &&
				str_is_equal(other, shape) && str_is_equal(route->method, method)) {
				return plugin;
			}
		}
	}
	return NULL;
}

static int check_path(
	struct plugin *plugin, const char *function, const char *method, const char *path) {
	char shape[PATH_MAX_BYTES + 1];
	if (path == NULL || strlen(path) > PATH_MAX_BYTES) {
		return refuse(
			plugin, function, "a path of at most %d bytes is needed", PATH_MAX_BYTES);
	}
	const char *fault = path_fault(path, shape);
	if (fault != NULL) {
		return refuse(plugin, function, "path \"%s\": %s", path, fault);
	}
	if (path_is_reserved(path)) {
		return refuse(plugin, function, "path \"%s\" is reserved for the host", path);
	}
	const struct plugin *owner = find_owner(plugin->plugins, method, shape);
	if (owner != NULL) {
		return refuse(plugin, function, "%s %s is taken by the plugin \"%s\"",
			method != NULL ? method : "any method on", path, owner->name);
	}
	return 0;
}

static int check_route(struct plugin *plugin, const struct hsc_route *route) {
	const char *method = route->method;
	if (route->handle == NULL) {
		return refuse(plugin, "add_route", "handle is NULL");
	}
	if ((route->flags & ~(uint32_t)ROUTE_FLAGS) != 0) {
		return refuse(plugin, "add_route", "flags 0x%x are not all known",
			(unsigned)route->flags);
	}
	if (method != NULL &&
		(method[0] == '\0' || strlen(method) > 16 ||
			strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(method))) {
		return refuse(
			plugin, "add_route", "method \"%.20s\" is not of capital letters", method);
	}
	if (route->body_schema != NULL && (route->flags & HSC_ROUTE_RAW_BODY) != 0) {
		return refuse(plugin, "add_route", "a raw body cannot meet body_schema \"%s\"",
			route->body_schema);
	}
	const char *const ids[] = {route->body_schema, route->reply_schema};
	for (size_t i = 0; i < 2; i++) {
		if (ids[i] != NULL && find_schema(plugin->plugins, ids[i]) == NULL) {
			return refuse(plugin, "add_route", "there is no schema \"%s\"", ids[i]);
		}
	}
	return check_path(plugin, "add_route", method, route->path);
}

static char *copy(const char *text) {
	return text != NULL ? must_strdup(text) : NULL;
}

int registry_add_route(const struct hsc_host *host, const struct hsc_route *route) {
	struct plugin *plugin = NULL;
	int error = lend_enter_init(host, "add_route", &plugin);
	if (error != 0) {
		return error;
	}
	if (route == NULL || route->size < sizeof(*route)) {
		return refuse(plugin, "add_route", "no struct hsc_route, or its size is too small");
	}
	error = check_route(plugin, route);
	if (error != 0) {
		return error;
	}
	struct lent_route *lent = must_calloc(1, sizeof(*lent));
	*lent = (struct lent_route){.plugin = plugin,
		.method = copy(route->method),
		.path = copy(route->path),
		.summary = copy(route->summary),
		.flags = route->flags,
		.timeout_ms = route->timeout_ms,
		.max_body_bytes = route->max_body_bytes,
		.body_schema = find_schema(plugin->plugins, route->body_schema),
		.handle = route->handle};
	list_append(&plugin->routes, &lent->link);
	return 0;
}

/* ---- objects ---- */

static bool has_object(const struct plugins *plugins, const char *path) {
	list_for_each (plugin, &plugins->list, struct plugin, link) {
		list_for_each (object, &plugin->objects, struct lent_object, link) {
			if (plugin->phase != PLUGIN_LEFT_OUT &&
				str_is_equal(object->declaration.path, path)) {
				return true;
			}
		}
	}
	return object_find(path + 1) != NULL;
}

static int check_object(struct plugin *plugin, const struct hsc_object *object) {
	char fault[SCHEMA_ERROR_SIZE];
	if (object->name == NULL || object->hubspot == NULL || object->schema == NULL ||
		object->path == NULL) {
		return refuse(plugin, "add_object", "path, name, hubspot and schema are needed");
	}
	if (object->offers == 0 || (object->offers & ~(uint32_t)HSC_OBJECT_ALL) != 0) {
		return refuse(plugin, "add_object",
			"object \"%s\": offers 0x%x is none of HSC_OBJECT_...", object->path,
			(unsigned)object->offers);
	}
	int error = check_path(plugin, "add_object", "", object->path);
	if (error != 0) {
		return error;
	}
	if (strchr(object->path + 1, '/') != NULL || strchr(object->path, '{') != NULL) {
		return refuse(plugin, "add_object", "path \"%s\" is not one segment", object->path);
	}
	if (has_object(plugin->plugins, object->path)) {
		return refuse(
			plugin, "add_object", "there is an object \"%s\" already", object->path);
	}
	struct schema *schema = compile_text(object->schema, fault, sizeof(fault));
	if (schema == NULL) {
		return refuse(
			plugin, "add_object", "the schema of \"%s\": %s", object->path, fault);
	}
	schema_destroy(schema);
	return 0;
}

int registry_add_object(const struct hsc_host *host, const struct hsc_object *object) {
	struct plugin *plugin = NULL;
	int error = lend_enter_init(host, "add_object", &plugin);
	if (error != 0) {
		return error;
	}
	if (object == NULL || object->size < sizeof(*object)) {
		return refuse(
			plugin, "add_object", "no struct hsc_object, or its size is too small");
	}
	error = check_object(plugin, object);
	if (error != 0) {
		return error;
	}
	struct lent_object *lent = must_calloc(1, sizeof(*lent));
	lent->declaration = (struct hsc_object){.size = sizeof(lent->declaration),
		.offers = object->offers,
		.path = copy(object->path),
		.name = copy(object->name),
		.hubspot = copy(object->hubspot),
		.key = copy(object->key),
		.schema = copy(object->schema)};
	list_append(&plugin->objects, &lent->link);
	return 0;
}

/* ---- handing over ---- */

static const json_t *overrides_of(const struct plugin *plugin, const struct hsc_object *object) {
	return json_object_get(plugin->plugins->objects, object->path + 1);
}

static bool check_objects(struct plugin *plugin, char *error, size_t error_size) {
	list_for_each (lent, &plugin->objects, struct lent_object, link) {
		const struct hsc_object *object = &lent->declaration;
		const json_t *overrides = overrides_of(plugin, object);
		if (plugin->plugins->hubspot == NULL) {
			snprintf(error, error_size,
				"object %s needs HubSpot, and this host only simulates it",
				object->path);
			return false;
		}
		if (overrides != NULL &&
			!object_check_overrides(object->path + 1, overrides, error, error_size)) {
			return false;
		}
	}
	return true;
}

static unsigned flags_of(const struct lent_route *route) {
	unsigned flags = 0;
	flags |= (route->flags & HSC_ROUTE_OPEN) != 0 ? HTTP_ROUTE_OPEN : 0;
	flags |= (route->flags & HSC_ROUTE_RAW_BODY) != 0 ? HTTP_ROUTE_RAW_BODY : 0;
	flags |= (route->flags & HSC_ROUTE_HIDDEN) != 0 ? HTTP_ROUTE_HIDDEN : 0;
	/* What needs no key of ours and appears in no document of ours may be reached by the host
	 * itself: simulators. */
	bool is_internal = (flags & HTTP_ROUTE_OPEN) != 0 && (flags & HTTP_ROUTE_HIDDEN) != 0;
	return flags | (is_internal ? HTTP_ROUTE_INTERNAL : 0);
}

static bool give_route(struct lent_route *route, char *error, size_t error_size) {
	const struct http_route given = {.method = route->method,
		.path = route->path,
		.owner = route->plugin->name,
		.summary = route->summary,
		.flags = flags_of(route),
		.timeout_ms = route->timeout_ms,
		.max_body_bytes = route->max_body_bytes,
		.body_schema = route->body_schema,
		.handle = lend_handle,
		.ctx = route};
	route->is_given = http_add_route(route->plugin->plugins->http, &given, error, error_size);
	return route->is_given;
}

bool registry_hand_over(struct plugin *plugin, char *error, size_t error_size) {
	const struct plugins *plugins = plugin->plugins;
	if (!check_objects(plugin, error, error_size)) {
		return false;
	}
	list_for_each (route, &plugin->routes, struct lent_route, link) {
		if (!give_route(route, error, error_size)) {
			return false;
		}
	}
	list_for_each (lent, &plugin->objects, struct lent_object, link) {
		if (object_open(plugins->http, plugins->hubspot, &lent->declaration, plugin->name,
			    overrides_of(plugin, &lent->declaration), error, error_size) == NULL) {
			return false;
		}
	}
	return true;
}

static void finish_object(struct lent_object *lent) {
	free((char *)(uintptr_t)lent->declaration.path);
	free((char *)(uintptr_t)lent->declaration.name);
	free((char *)(uintptr_t)lent->declaration.hubspot);
	free((char *)(uintptr_t)lent->declaration.key);
	free((char *)(uintptr_t)lent->declaration.schema);
	free(lent);
}

void registry_finish(struct plugin *plugin) {
	list_for_each_safe (route, after, &plugin->routes, struct lent_route, link) {
		list_remove(&route->link);
		free(route->method);
		free(route->path);
		free(route->summary);
		free(route);
	}
	list_for_each_safe (object, next, &plugin->objects, struct lent_object, link) {
		list_remove(&object->link);
		finish_object(object);
	}
	list_for_each_safe (schema, rest, &plugin->schemas, struct lent_schema, link) {
		list_remove(&schema->link);
		schema_destroy(schema->schema);
		free(schema->id);
		free(schema);
	}
}
