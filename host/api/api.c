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
	free(api);
}

bool api_add_routes(struct api *api, struct http *http, char *error, size_t error_size) {
	static const struct http_route ROUTES[] = {
		{.path = "/healthz",
			.flags = HTTP_ROUTE_OPEN | HTTP_ROUTE_HIDDEN,
			.handle = pages_health,
			.summary = "Is the process alive?"},
		{.path = "/readyz",
			.flags = HTTP_ROUTE_OPEN | HTTP_ROUTE_HIDDEN,
			.handle = pages_ready,
			.summary = "Should requests be sent here?"},
		{.path = "/metrics", .handle = pages_metrics, .summary = "Prometheus metrics"},
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
