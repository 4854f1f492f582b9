#include "http/connection.h"

#include "base/memory.h"
#include "http/access.h"
#include "http/idempotency.h"

enum { FORGET_MS = 30 * 1000 };

static void tell_idle(void *ctx) {
	struct http *http = ctx;
	void (*idle)(void *) = http->idle;
	if (idle != NULL && http_pending(http) == 0) {
		http->idle = NULL;
		idle(http->idle_ctx);
	}
}

struct http *http_create(struct loop *loop, const struct http_settings *settings) {
	struct http *http = must_calloc(1, sizeof(*http));
	http->loop = loop;
	http->settings = *settings;
	http->forget_ms = FORGET_MS;
	list_init(&http->requests);
	loop_task_init(&http->idle_task, loop, tell_idle, http);
	http->router = router_create();
	http->server = server_create(http);
	http->access = access_create(settings);
	http->idempotency = idempotency_create(http);
	tally_init(&http->astray, NULL, "none");
	tally_connections(&http->connections, &http->server->table);
	return http;
}

void http_destroy(struct http *http) {
	if (http == NULL) {
		return;
	}
	idempotency_destroy(http->idempotency); /* nobody takes over, nobody is told */
	http->idempotency = NULL;
	struct http_request *request;
	while ((request = list_first(&http->requests, struct http_request, link)) != NULL) {
		request_end(request);
	}
	tally_connections_end(&http->connections);
	server_destroy(http->server);
	loop_task_cancel(&http->idle_task);
	router_destroy(http->router);
	tally_finish(&http->astray);
	access_destroy(http->access);
	free(http);
}

bool http_add_route(
	struct http *http, const struct http_route *route, char *error, size_t error_size) {
	if (router_add(http->router, route, error, error_size) == NULL) {
		return false;
	}
	server_allow_body(http->server, route->max_body_bytes);
	return true;
}

void http_each_route(const struct http *http,
	void (*visit)(const struct http_route *route, void *ctx), void *ctx) {
	router_each(http->router, visit, ctx);
}

bool http_listen(struct http *http, const char *address, enum http_listener listener,
	uint16_t *port, char *error, size_t error_size) {
	return server_listen(http->server, address, listener, port, error, error_size);
}

void http_close(struct http *http, enum http_listener listener) {
	server_close(http->server, listener);
}

size_t http_pending(const struct http *http) {
	return server_pending(http->server);
}

void http_look_idle(struct http *http) {
	if (http->idle != NULL && http_pending(http) == 0) {
		loop_task_schedule(&http->idle_task);
	}
}

void http_on_idle(struct http *http, void (*idle)(void *ctx), void *ctx) {
	http->idle = idle;
	http->idle_ctx = ctx;
	http_look_idle(http);
}
