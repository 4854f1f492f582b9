#include "fakes/fake_http.h"

#include "base/memory.h"
#include "base/str.h"
#include "fakes/fake_request.h"
#include "schema/schema.h"

enum { ROUTES_MAX = 64 };

struct http {
	struct http_route routes[ROUTES_MAX];
	size_t count;
	unsigned more_routes;
	json_t *headers; /* of the next request */
	const struct http_caller *caller;
	const char *const *scopes;
};

/* ---- life and routes ---- */

struct http *fake_http_make(void) {
	struct http *http = must_calloc(1, sizeof(*http));
	http->headers = json_object();
	http->more_routes = ROUTES_MAX;
	fake_reply_forget();
	return http;
}

struct http *http_create(struct loop *loop, const struct http_settings *settings) {
	(void)loop;
	(void)settings;
	return fake_http_make();
}

void http_destroy(struct http *http) {
	if (fake_request() != NULL) {
		fake_request_end(fake_request());
	}
	for (size_t i = 0; i < http->count; i++) {
		free((void *)http->routes[i].method);
		free((void *)http->routes[i].path);
		free((void *)http->routes[i].owner);
		free((void *)http->routes[i].summary);
		free((void *)http->routes[i].scope);
	}
	json_decref(http->headers);
	free(http);
	fake_reply_forget();
}

static char *copy_text(const char *text) {
	return text == NULL ? NULL : must_strdup(text);
}

void fake_http_take_routes(struct http *http, unsigned count) {
	http->more_routes = count;
}

bool http_add_route(
	struct http *http, const struct http_route *route, char *error, size_t error_size) {
	if (http->count == ROUTES_MAX || http->more_routes == 0 ||
		fake_http_route(http, route->method, route->path) != NULL) {
		snprintf(error, error_size, "the route %s is taken", route->path);
		return false;
	}
	http->more_routes--;
	struct http_route *own = &http->routes[http->count++];
	*own = *route;
	own->method = copy_text(route->method);
	own->path = copy_text(route->path);
	own->owner = copy_text(route->owner);
	own->summary = copy_text(route->summary);
	own->scope = copy_text(route->scope);
	return true;
}

void http_each_route(const struct http *http,
	void (*visit)(const struct http_route *route, void *ctx), void *ctx) {
	for (size_t i = 0; i < http->count; i++) {
		visit(&http->routes[i], ctx);
	}
}

size_t fake_http_route_count(const struct http *http) {
	return http->count;
}

const struct http_route *fake_http_route(
	const struct http *http, const char *method, const char *path) {
	for (size_t i = 0; i < http->count; i++) {
		if (str_is_equal(http->routes[i].method, method) &&
			str_is_equal(http->routes[i].path, path)) {
			return &http->routes[i];
		}
	}
	return NULL;
}

/* ---- sending ---- */

static char *decoded(const char *text, size_t length) {
	char *copy = strndup(text, length);
	return copy != NULL && str_url_unescape(copy) ? copy : (free(copy), must_strdup(""));
}

/* Does `path` (up to '?') meet the pattern? Fills `params`; *literals counts the segments that
 * match letter by letter. */
static bool path_matches(
	const char *pattern, const char *path, json_t *params, unsigned *literals) {
	while (*pattern == '/' && *path == '/') {
		size_t wanted = strcspn(++pattern, "/");
		size_t length = strcspn(++path, "/?");
		if (*pattern == '{') {
			bool is_tail = wanted > 5 && strncmp(pattern + wanted - 4, "...}", 4) == 0;
			length = is_tail ? strcspn(path, "?") : length;
			char *name = strndup(pattern + 1, wanted - (is_tail ? 5 : 2));
			char *value = decoded(path, length);
			json_object_set_new(params, name, json_string(value));
			free(name);
			free(value);
		} else if (wanted == length && strncmp(pattern, path, length) == 0) {
			(*literals)++;
		} else {
			return false;
		}
		pattern += wanted;
		path += length;
	}
	return *pattern == '\0' && (*path == '\0' || *path == '?');
}

static const struct http_route *match(
	const struct http *http, const char *method, const char *target, json_t *params) {
	const struct http_route *best = NULL;
	unsigned best_literals = 0;
	for (size_t i = 0; i < http->count; i++) {
		const struct http_route *route = &http->routes[i];
		unsigned literals = 0;
		json_auto_t *found = json_object();
		if ((route->method == NULL || strcmp(route->method, method) == 0) &&
			path_matches(route->path, target, found, &literals) &&
			(best == NULL || literals > best_literals)) {
			best = route;
			best_literals = literals;
			json_object_clear(params);
			json_object_update(params, found);
		}
	}
	return best;
}

static void read_query(struct http_request *request, const char *target) {
	const char *pair = strchr(target, '?');
	while (pair != NULL && *++pair != '\0') {
		size_t length = strcspn(pair, "&");
		size_t name_length = strcspn(pair, "=&");
		char *name = decoded(pair, name_length);
		char *value = name_length < length
			? decoded(pair + name_length + 1, length - name_length - 1)
			: must_strdup("");
		if (json_object_get(request->query, name) != NULL) {
			request->has_repeat = true;
		} else {
			json_object_set_new(request->query, name, json_string(value));
		}
		free(name);
		free(value);
		pair = pair[length] == '&' ? pair + length : NULL;
	}
}

/* False: it has been refused. */
static bool check_scope(struct http_request *request) {
	const struct http_route *route = request->route;
	return (route->flags & HTTP_ROUTE_OPEN) != 0 || route->scope == NULL ||
		http_check_scope(request, route->scope);
}

/* As the real module: false when the request has been refused. */
static bool take_body(struct http_request *request, const char *body) {
	const struct http_route *route = request->route;
	request->raw = copy_text(body);
	if ((route->flags & HTTP_ROUTE_RAW_BODY) != 0 ||
		(body == NULL && route->body_schema == NULL)) {
		return true;
	}
	request->body = json_loads(
		body != NULL ? body : "", JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
	json_auto_t *errors = json_array();
	struct http_problem problem = {
		.status = 400, .code = "invalid_json", .message = "no JSON, or no body wanted"};
	if (request->body != NULL && route->body_schema != NULL) {
		if (schema_validate(route->body_schema, request->body, route->body_how, errors)) {
			return true;
		}
		problem = (struct http_problem){.status = 422,
			.code = "validation_failed",
			.message = "invalid",
			.errors = errors};
	}
	http_refuse(request, &problem);
	return false;
}

int fake_send(struct http *http, const char *method, const char *target, const char *body) {
	json_t *params = json_object();
	const struct http_route *route = match(http, method, target, params);
	if (route == NULL) {
		json_decref(params);
		return FAKE_NO_ROUTE;
	}
	struct http_request *request = must_calloc(1, sizeof(*request));
	request->route = route;
	request->caller = http->caller;
	request->scopes = http->scopes;
	request->method = must_strdup(method);
	request->target = must_strdup(target);
	request->params = params;
	request->query = json_object();
	request->headers = json_copy(http->headers);
	json_object_clear(http->headers);
	request->reply_headers = json_object();
	fake_current = request;
	read_query(request, target);
	return check_scope(request) && take_body(request, body) ? route->handle(request, route->ctx)
								: HTTP_REPLIED;
}

void fake_set_header(struct http *http, const char *name, const char *value) {
	json_object_set_new(http->headers, name, json_string(value));
}

void fake_set_caller(
	struct http *http, const struct http_caller *caller, const char *const *scopes) {
	http->caller = caller;
	http->scopes = scopes;
}

/* ---- listening: nothing to do ---- */

bool http_listen(struct http *http, const char *address, enum http_listener listener,
	uint16_t *port, char *error, size_t error_size) {
	(void)http;
	(void)address;
	(void)listener;
	(void)port;
	snprintf(error, error_size, "the fake has no sockets");
	return false;
}

void http_close(struct http *http, enum http_listener listener) {
	(void)http;
	(void)listener;
}

size_t http_pending(const struct http *http) {
	(void)http;
	return fake_request() != NULL;
}

void http_on_idle(struct http *http, void (*idle)(void *ctx), void *ctx) {
	(void)http;
	idle(ctx);
}
