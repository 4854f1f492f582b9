/*
 * A trie of segments. A node has children by literal text, one child for a parameter and one for a
 * tail. Parameters are named by each route, not by the node: /a/{id} and /a/{key}/b share one.
 *
 * The path decides first, the method after it: GET on a literal path that only knows POST is 405,
 * even where a parameter beside it would take a GET. Else a misspelled method would turn into a
 * record that is called "search".
 */
#include "http/inside.h"

#include "base/memory.h"
#include "base/metric.h"
#include "base/str.h"
#include "http/api_keys.h"

struct node {
	struct list link; /* among its parent's literals */
	char *literal;
	struct list literals;
	struct node *param;
	struct node *tail;
	struct list routes; /* struct route, one a method */
};

struct router {
	struct node *root;
};

static struct node *node_create(const char *literal) {
	struct node *node = must_calloc(1, sizeof(*node));
	node->literal = literal == NULL ? NULL : must_strdup(literal);
	list_init(&node->link);
	list_init(&node->literals);
	list_init(&node->routes);
	return node;
}

static void route_destroy(struct route *route) {
	free((char *)route->declared.method);
	free((char *)route->declared.path);
	free((char *)route->declared.owner);
	free((char *)route->declared.summary);
	free((char *)route->declared.scope);
	tally_finish(&route->tally);
	for (size_t i = 0; i < route->param_count; i++) {
		free(route->params[i]);
	}
	free(route);
}

static void node_destroy(struct node *node) {
	if (node == NULL) {
		return;
	}
	list_for_each_safe (child, after, &node->literals, struct node, link) {
		node_destroy(child);
	}
	list_for_each_safe (route, next, &node->routes, struct route, link) {
		route_destroy(route);
	}
	node_destroy(node->param);
	node_destroy(node->tail);
	free(node->literal);
	free(node);
}

struct router *router_create(void) {
	struct router *router = must_calloc(1, sizeof(*router));
	router->root = node_create(NULL);
	return router;
}

void router_destroy(struct router *router) {
	if (router != NULL) {
		node_destroy(router->root);
		free(router);
	}
}

/* ---- adding ---- */

static char *copy(const char *text) {
	return text == NULL ? NULL : must_strdup(text);
}

static struct metric *owner_metric(const char *name, const char *owner, const char *help) {
	char labels[96];
	snprintf(labels, sizeof(labels), "owner=\"%s\"", owner);
	return metric_make(METRIC_COUNTER, name, labels, help);
}

static char *make_scope(const struct http_route *declared, const char *owner) {
	char derived[SCOPE_SIZE];
	if (declared->scope != NULL) {
		return must_strdup(declared->scope);
	}
	scope_derive(declared->method, declared->path, owner, derived);
	return must_strdup(derived);
}

static struct route *route_create(const struct http_route *declared) {
	struct route *route = must_calloc(1, sizeof(*route));
	list_init(&route->link);
	route->declared = *declared;
	route->declared.method = copy(declared->method);
	route->declared.path = copy(declared->path);
	route->declared.owner = must_strdup(declared->owner == NULL ? "host" : declared->owner);
	route->declared.summary = copy(declared->summary);
	route->declared.scope = make_scope(declared, route->declared.owner);
	route->failures = owner_metric("connector_handler_failures_total", route->declared.owner,
		"Requests whose handler failed, and got a 500 for it");
	route->forgotten = owner_metric("connector_requests_forgotten_total", route->declared.owner,
		"Requests that were never replied to");
	if ((declared->flags & HTTP_ROUTE_HIDDEN) == 0) {
		tally_init(&route->tally, declared->method, declared->path);
	}
	return route;
}

static struct node *literal_child(struct node *node, const char *literal) {
	list_for_each (child, &node->literals, struct node, link) {
		if (strcmp(child->literal, literal) == 0) {
			return child;
		}
	}
	struct node *child = node_create(literal);
	list_append(&node->literals, &child->link);
	return child;
}

static bool is_name(const char *name) {
	return *name != '\0' &&
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
		strlen(name);
}

/* The child for one segment of a pattern, its name added to the route; NULL: a bad one. */
static struct node *step(struct node *node, struct route *route, char *segment, bool is_last) {
	size_t length = strlen(segment);
	if (strpbrk(segment, "{}") == NULL) {
		return strpbrk(segment, "%?#\\") == NULL ? literal_child(node, segment) : NULL;
	}
	if (segment[0] != '{' || segment[length - 1] != '}' ||
		route->param_count == PATH_PARAMS_MAX) {
		return NULL;
	}
	segment[length - 1] = '\0';
	char *name = segment + 1;
	bool is_tail = str_ends_with(name, "...");
	if (is_tail) {
		name[strlen(name) - 3] = '\0';
	}
	if (!is_name(name) || (is_tail && !is_last)) {
		return NULL;
	}
	for (size_t i = 0; i < route->param_count; i++) {
		if (strcmp(route->params[i], name) == 0) {
			return NULL;
		}
	}
	route->params[route->param_count++] = must_strdup(name);
	route->has_tail = is_tail;
	struct node **child = is_tail ? &node->tail : &node->param;
	if (*child == NULL) {
		*child = node_create(NULL);
	}
	return *child;
}

static struct node *place(struct router *router, struct route *route) {
	char *path = must_strdup(route->declared.path);
	char *rest = path + 1;
	struct node *node = path[0] == '/' ? router->root : NULL;
	while (node != NULL && rest != NULL) {
		char *segment = strsep(&rest, "/");
		bool is_last = rest == NULL;
		bool is_whole_path = segment == path + 1 && is_last;
		node = *segment == '\0' && !is_whole_path ? NULL
							  : step(node, route, segment, is_last);
	}
	free(path);
	return node;
}

struct route *router_add(
	struct router *router, const struct http_route *declared, char *error, size_t error_size) {
	struct route *route = route_create(declared);
	struct node *node = place(router, route);
	if (node == NULL) {
		snprintf(error, error_size, "not a route's path: %s", declared->path);
		route_destroy(route);
		return NULL;
	}
	if (*route->declared.scope != '\0' && !scope_is_good(route->declared.scope, false)) {
		snprintf(error, error_size, "%s: not a scope, such as contacts:write: %.100s",
			declared->path, route->declared.scope);
		route_destroy(route);
		return NULL;
	}
	list_for_each (other, &node->routes, struct route, link) {
		if (str_is_equal(other->declared.method, route->declared.method)) {
			snprintf(error, error_size, "%s %s is taken by %s (%s)",
				declared->method == NULL ? "any method on" : declared->method,
				declared->path, other->declared.owner, other->declared.path);
			route_destroy(route);
			return NULL;
		}
	}
	list_append(&node->routes, &route->link);
	return route;
}

/* ---- telling ---- */

typedef void visit_fn(const struct http_route *route, void *ctx);

static void each(const struct node *node, visit_fn *visit, void *ctx) {
	if (node == NULL) {
		return;
	}
	list_for_each (route, &node->routes, struct route, link) {
		visit(&route->declared, ctx);
	}
	list_for_each (child, &node->literals, struct node, link) {
		each(child, visit, ctx);
	}
	each(node->param, visit, ctx);
	each(node->tail, visit, ctx);
}

void router_each(const struct router *router, visit_fn *visit, void *ctx) {
	each(router->root, visit, ctx);
}

/* ---- matching ---- */

struct search {
	const struct target *target;
	enum http_listener listener;
	const char *values[PATH_PARAMS_MAX];
	size_t value_count;
	size_t tail_at;
};

static bool is_offered(const struct route *route, enum http_listener listener) {
	static const unsigned wanted[] = {[HTTP_LISTEN_PUBLIC] = 0,
		[HTTP_LISTEN_INTERNAL] = HTTP_ROUTE_INTERNAL,
		[HTTP_LISTEN_ADMIN] = HTTP_ROUTE_ADMIN};
	return (route->declared.flags & wanted[listener]) == wanted[listener];
}

static const struct node *if_offered(const struct node *node, enum http_listener listener) {
	list_for_each (route, &node->routes, struct route, link) {
		if (is_offered(route, listener)) {
			return node;
		}
	}
	return NULL;
}

static const struct node *descend(const struct node *node, size_t at, struct search *search);

static const struct node *descend_param(const struct node *node, size_t at, struct search *search) {
	const char *segment = search->target->segments[at];
	if (node->param == NULL || *segment == '\0') {
		return NULL;
	}
	search->values[search->value_count++] = segment;
	const struct node *found = descend(node->param, at + 1, search);
	if (found == NULL) {
		search->value_count--;
	}
	return found;
}

static const struct node *descend(const struct node *node, size_t at, struct search *search) {
	if (at == search->target->segment_count) {
		return if_offered(node, search->listener);
	}
	const struct node *found = NULL;
	list_for_each (child, &node->literals, struct node, link) {
		if (strcmp(child->literal, search->target->segments[at]) == 0) {
			found = descend(child, at + 1, search);
			break;
		}
	}
	if (found == NULL) {
		found = descend_param(node, at, search);
	}
	if (found == NULL && node->tail != NULL) {
		found = if_offered(node->tail, search->listener);
		search->tail_at = at;
	}
	return found;
}

static const struct route *by_method(
	const struct node *node, const char *method, enum http_listener listener) {
	const struct route *any = NULL;
	list_for_each (route, &node->routes, struct route, link) {
		if (!is_offered(route, listener)) {
			continue;
		}
		if (route->declared.method == NULL) {
			any = route;
		} else if (strcmp(route->declared.method, method) == 0) {
			return route;
		}
	}
	return any;
}

static void list_methods(
	const struct node *node, enum http_listener listener, char *allow, size_t size) {
	bool has_head = by_method(node, "HEAD", listener) != NULL;
	snprintf(allow, size, "OPTIONS");
	list_for_each (route, &node->routes, struct route, link) {
		const char *method = route->declared.method;
		if (method == NULL || !is_offered(route, listener) ||
			strcmp(method, "OPTIONS") == 0) {
			continue;
		}
		size_t used = strlen(allow);
		bool adds_head = strcmp(method, "GET") == 0 && !has_head;
		snprintf(allow + used, size - used, ", %s%s", method, adds_head ? ", HEAD" : "");
	}
}

void router_match(const struct router *router, const char *method, const struct target *target,
	enum http_listener listener, struct match *match) {
	struct search search = {.target = target, .listener = listener};
	*match = (struct match){.route = NULL};
	const struct node *node = descend(router->root, 0, &search);
	if (node == NULL && target->segment_count > 1 && strcmp(target->segments[0], "v1") == 0) {
		search.value_count = 0;
		node = descend(router->root, 1, &search);
	}
	if (node == NULL) {
		return;
	}
	match->is_known_path = true;
	match->route = by_method(node, method, listener);
	if (match->route == NULL && strcmp(method, "HEAD") == 0) {
		match->route = by_method(node, "GET", listener);
	}
	list_methods(node, listener, match->allow, sizeof(match->allow));
	memcpy(match->values, search.values, sizeof(search.values));
	match->tail_at = search.tail_at;
}
