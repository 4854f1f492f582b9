#include "api/api.h"

#include "api/inside.h"
#include "base/memory.h"
#include "http/http.h"

struct api *api_create(
	struct loop *loop, struct hubspot *hubspot, const struct api_settings *settings) {
	struct api *api = must_calloc(1, sizeof(*api));
	api->loop = loop;
	api->hubspot = hubspot;
	api->settings = *settings;
	list_init(&api->objects);
	account_init(api);
	revive_start(api);
	pages_init(api);
	openapi_init(api);
	docs_init(api);
	return api;
}

void api_destroy(struct api *api) {
	if (api == NULL) {
		return;
	}
	loop_timer_finish(&api->again);
	loop_timer_finish(&api->look);
	list_for_each_safe (probed, after, &api->objects, struct probed, link) {
		free(probed->missing);
		free(probed->path);
		free(probed->type);
		free(probed);
	}
	json_decref(api->account);
	openapi_finish(api);
	docs_finish(api);
	free(api);
}

bool api_add_routes(struct api *api, struct http *http, char *error, size_t error_size) {
	static const struct http_route ROUTES[] = {
		{.path = "/healthz",
			.flags = HTTP_ROUTE_OPEN | HTTP_ROUTE_HIDDEN | HTTP_ROUTE_ADMIN,
			.handle = pages_health,
			.describe = openapi_describe,
			.summary = "Is the process alive?"},
		{.path = "/readyz",
			.flags = HTTP_ROUTE_OPEN | HTTP_ROUTE_HIDDEN | HTTP_ROUTE_ADMIN,
			.handle = pages_ready,
			.describe = openapi_describe,
			.summary = "Should requests be sent here?"},
		{.path = "/metrics",
			.flags = HTTP_ROUTE_ADMIN,
			.scope = "connector:admin",
			.handle = pages_metrics,
			.describe = openapi_describe,
			.summary = "Prometheus metrics"},
		{.path = "/openapi.json",
			.flags = HTTP_ROUTE_ADMIN,
			.scope = "",
			.handle = openapi_page,
			.describe = openapi_describe,
			.summary = "This document"},
		{.path = "/docs",
			.flags = HTTP_ROUTE_OPEN | HTTP_ROUTE_ADMIN,
			.handle = docs_page,
			.describe = openapi_describe,
			.summary = "This document as a page"},
		{.path = "/docs/{file}",
			.flags = HTTP_ROUTE_OPEN | HTTP_ROUTE_HIDDEN | HTTP_ROUTE_ADMIN,
			.handle = docs_file,
			.summary = "What the page is made of"},
	};
	for (size_t i = 0; i < sizeof(ROUTES) / sizeof(ROUTES[0]); i++) {
		struct http_route route = ROUTES[i];
		route.method = "GET";
		route.owner = "host";
		route.ctx = api;
		if (!http_add_route(http, &route, error, error_size)) {
			return false;
		}
	}
	return true;
}

void api_add_object(struct api *api, const char *path, const char *hubspot_type) {
	struct probed *probed = must_calloc(1, sizeof(*probed));
	probed->api = api;
	probed->path = must_strdup(path);
	probed->type = must_strdup(hubspot_type);
	list_append(&api->objects, &probed->link);
}

void api_set_ready(struct api *api) {
	api->is_ready = true;
}

void api_drain(struct api *api) {
	if (api == NULL) {
		return;
	}
	api->is_draining = true;
	account_stop(api);
	revive_stop(api);
	scopes_stop(api);
}
