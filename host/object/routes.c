/*
 * The table of all that an object may offer.
 */
#include "object/inside.h"

#include "http/http.h"

static const struct {
	unsigned offer;
	const char *method;
	const char *tail; /* after the object's path */
	const char *verb;
	bool has_body;
	int (*handle)(struct http_request *request, void *ctx);
} routes[] = {
	{HSC_OBJECT_UPSERT, "POST", "", "Create or update a", true, serve_post},
	{HSC_OBJECT_CRUD, "GET", "/{id}", "Read a", false, serve_get},
	{HSC_OBJECT_CRUD, "PATCH", "/{id}", "Update a", true, serve_patch},
	{HSC_OBJECT_CRUD, "DELETE", "/{id}", "Archive a", false, serve_delete},
};

static bool has_room(uint64_t deadline_ms, uint64_t *retry_after_ms, void *ctx) {
	const struct object *object = ctx;
	return hubspot_has_room(object->hubspot, deadline_ms, retry_after_ms);
}

bool routes_add(struct object *object, struct http *http, unsigned offers, const char *owner,
	bool *added, char *error, size_t error_size) {
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if ((offers & routes[i].offer) == 0) {
			continue;
		}
		char path[256];
		char summary[256];
		int length = snprintf(path, sizeof(path), "%s%s", object->path, routes[i].tail);
		if (length < 0 || (size_t)length >= sizeof(path)) {
			snprintf(error, error_size, "its path is too long");
			return false;
		}
		snprintf(summary, sizeof(summary), "%s %.128s", routes[i].verb, object->name);
		struct http_route route = {.method = routes[i].method,
			.path = path,
			.owner = owner,
			.summary = summary,
			.body_schema = routes[i].has_body ? object->route_schema : NULL,
			.handle = routes[i].handle,
			.has_room = has_room,
			.ctx = object};
		if (!http_add_route(http, &route, error, error_size)) {
			return false;
		}
		*added = true;
	}
	return true;
}
