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
#include "schema/schema.h"

enum {
	SCHEMA_DEPTH = 64,
	ID_MAX = 128,
	PATH_MAX_BYTES = 512,
	SCOPE_NAME_MAX = 64,
	ROUTE_FLAGS = HSC_ROUTE_OPEN | HSC_ROUTE_RAW_BODY | HSC_ROUTE_HIDDEN
};

int registry_refuse(struct plugin *plugin, const char *function, const char *format, ...) {
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

static const struct lent_schema *find_lent(const struct plugins *plugins, const char *id) {
	if (id == NULL) {
		return NULL;
	}
	list_for_each (plugin, &plugins->list, struct plugin, link) {
		list_for_each (lent, &plugin->schemas, struct lent_schema, link) {
			if (plugin->phase != PLUGIN_LEFT_OUT && str_is_equal(lent->id, id)) {
				return lent;
			}
		}
	}
	return NULL;
}

static const struct schema *find_schema(const struct plugins *plugins, const char *id) {
	const struct lent_schema *lent = find_lent(plugins, id);
	return lent != NULL ? lent->schema : NULL;
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
		return registry_refuse(plugin, "add_schema",
			"id and text are needed, the id of at most %d bytes", ID_MAX);
	}
	if (find_schema(plugin->plugins, id) != NULL) {
		return registry_refuse(
			plugin, "add_schema", "there is a schema \"%s\" already", id);
	}
	struct schema *schema = compile_text(text, fault, sizeof(fault));
	if (schema == NULL) {
		return registry_refuse(plugin, "add_schema", "schema \"%s\": %s", id, fault);
	}
	struct lent_schema *lent = must_calloc(1, sizeof(*lent));
	lent->id = must_strdup(id);
	lent->schema = schema;
	lent->definition = json_read(text, strlen(text), SCHEMA_DEPTH, fault);
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

int registry_check_path(
	struct plugin *plugin, const char *function, const char *method, const char *path) {
	char shape[PATH_MAX_BYTES + 1];
	if (path == NULL || strlen(path) > PATH_MAX_BYTES) {
		return registry_refuse(
			plugin, function, "a path of at most %d bytes is needed", PATH_MAX_BYTES);
	}
	const char *fault = path_fault(path, shape);
	if (fault != NULL) {
		return registry_refuse(plugin, function, "path \"%s\": %s", path, fault);
	}
	if (path_is_reserved(path)) {
		return registry_refuse(
			plugin, function, "path \"%s\" is reserved for the host", path);
	}
	const struct plugin *owner = find_owner(plugin->plugins, method, shape);
	if (owner != NULL) {
		return registry_refuse(plugin, function, "%s %s is taken by the plugin \"%s\"",
			method != NULL ? method : "any method on", path, owner->name);
	}
	return 0;
}

/* [a-z0-9][a-z0-9_-]*:(read|write|admin|raw) */
static bool is_scope(const char *scope) {
	static const char *const RIGHTS[] = {":read", ":write", ":admin", ":raw"};
	size_t name = strspn(scope, "abcdefghijklmnopqrstuvwxyz0123456789_-");
	bool is_named = name > 0 && name <= SCOPE_NAME_MAX && scope[0] != '_' && scope[0] != '-';
	for (size_t i = 0; is_named && i < sizeof(RIGHTS) / sizeof(RIGHTS[0]); i++) {
		if (str_is_equal(scope + name, RIGHTS[i])) {
			return true;
		}
	}
	return false;
}

static int check_route(struct plugin *plugin, const struct hsc_route *route) {
	const char *method = route->method;
	if (route->handle == NULL) {
		return registry_refuse(plugin, "add_route", "handle is NULL");
	}
	if ((route->flags & ~(uint32_t)ROUTE_FLAGS) != 0) {
		return registry_refuse(plugin, "add_route", "flags 0x%x are not all known",
			(unsigned)route->flags);
	}
	if (method != NULL &&
		(method[0] == '\0' || strlen(method) > 16 ||
			strspn(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(method))) {
		return registry_refuse(
			plugin, "add_route", "method \"%.20s\" is not of capital letters", method);
	}
	if (route->body_schema != NULL && (route->flags & HSC_ROUTE_RAW_BODY) != 0) {
		return registry_refuse(plugin, "add_route",
			"a raw body cannot meet body_schema \"%s\"", route->body_schema);
	}
	if (route->scope != NULL && !is_scope(route->scope)) {
		return registry_refuse(plugin, "add_route",
			"scope \"%.64s\" is not NAME:read, NAME:write, NAME:admin or NAME:raw",
			route->scope);
	}
	const char *const ids[] = {route->body_schema, route->reply_schema, route->query_schema};
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (ids[i] != NULL && find_schema(plugin->plugins, ids[i]) == NULL) {
			return registry_refuse(
				plugin, "add_route", "there is no schema \"%s\"", ids[i]);
		}
	}
	return registry_check_path(plugin, "add_route", method, route->path);
}

char *registry_copy(const char *text) {
	return text != NULL ? must_strdup(text) : NULL;
}

int registry_add_route(const struct hsc_host *host, const struct hsc_route *given) {
	struct plugin *plugin = NULL;
	struct hsc_route route;
	int error = lend_enter_init(host, "add_route", &plugin);
	if (error != 0) {
		return error;
	}
	const char *fault = take_struct(&route, sizeof(route), given, ROUTE_SIZE_AT_1_0);
	if (fault != NULL) {
		return registry_refuse(plugin, "add_route", "struct hsc_route: %s", fault);
	}
	error = check_route(plugin, &route);
	if (error != 0) {
		return error;
	}
	struct lent_route *lent = must_calloc(1, sizeof(*lent));
	*lent = (struct lent_route){.plugin = plugin,
		.method = registry_copy(route.method),
		.path = registry_copy(route.path),
		.summary = registry_copy(route.summary),
		.scope = registry_copy(route.scope),
		.flags = route.flags,
		.timeout_ms = route.timeout_ms,
		.max_body_bytes = route.max_body_bytes,
		.body_schema = find_schema(plugin->plugins, route.body_schema),
		.query_schema = find_schema(plugin->plugins, route.query_schema),
		.body = find_lent(plugin->plugins, route.body_schema),
		.query = find_lent(plugin->plugins, route.query_schema),
		.reply = find_lent(plugin->plugins, route.reply_schema),
		.handle = route.handle};
	list_append(&plugin->routes, &lent->link);
	return 0;
}

/* ---- handing over ---- */

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
		.scope = route->scope,
		.flags = flags_of(route),
		.timeout_ms = route->timeout_ms,
		.max_body_bytes = route->max_body_bytes,
		.body_schema = route->body_schema,
		.query_schema = route->query_schema,
		.describe = (route->flags & HSC_ROUTE_HIDDEN) == 0 ? describe_route_lent : NULL,
		.handle = lend_handle,
		.ctx = route};
	route->is_given = http_add_route(route->plugin->plugins->http, &given, error, error_size);
	return route->is_given;
}

bool registry_hand_over(struct plugin *plugin, char *error, size_t error_size) {
	if (!objects_check(plugin, error, error_size)) {
		return false;
	}
	list_for_each (route, &plugin->routes, struct lent_route, link) {
		if (!give_route(route, error, error_size)) {
			return false;
		}
	}
	return objects_open(plugin, error, error_size);
}

void registry_finish(struct plugin *plugin) {
	list_for_each_safe (route, after, &plugin->routes, struct lent_route, link) {
		list_remove(&route->link);
		free(route->method);
		free(route->path);
		free(route->summary);
		free(route->scope);
		free(route);
	}
	objects_finish(plugin);
	list_for_each_safe (schema, rest, &plugin->schemas, struct lent_schema, link) {
		list_remove(&schema->link);
		schema_destroy(schema->schema);
		json_decref(schema->definition);
		free(schema->id);
		free(schema);
	}
}
