/*
 * The table of all that an object may offer.
 */
#include "object/describe.h"
#include "object/links.h"
#include "object/pages.h"
#include "object/write.h"

#include "http/http.h"

static const struct {
	unsigned offer;
	const char *method;
	const char *tail; /* after the object's path */
	const char *verb;
	bool has_body;
	bool is_batch;
	bool is_read; /* changes nothing, whatever its method */
	int (*handle)(struct http_request *request, void *ctx);
} routes[] = {
	{HSC_OBJECT_UPSERT, "POST", "", "Create or update a", true, false, false, serve_post},
	{HSC_OBJECT_CRUD, "GET", "/{id}", "Read a", false, false, true, serve_get},
	{HSC_OBJECT_CRUD, "PATCH", "/{id}", "Update a", true, false, false, serve_patch},
	{HSC_OBJECT_CRUD, "DELETE", "/{id}", "Archive a", false, false, false, serve_delete},
	{HSC_OBJECT_BATCH, "POST", "/batch", "Create or update a batch, each one a", true, true,
		false, serve_batch},
	{HSC_OBJECT_LIST, "GET", "", "Page through (limit 1 to 100, else 100) each", false, false,
		true, serve_list},
	{HSC_OBJECT_LIST, "POST", "/search", "Search (limit 1 to 200, else 100) for a", true, false,
		true, serve_search},
	{HSC_OBJECT_LINKS, "GET", "/{id}/{object}",
		"Page through (limit 1 to 500, else 100) what is linked to a", false, false, true,
		serve_links},
	{HSC_OBJECT_LINKS, "PUT", "/{id}/{object}/{other}", "Link another record to a", false,
		false, false, serve_link},
	{HSC_OBJECT_LINKS, "DELETE", "/{id}/{object}/{other}", "Unlink another record from a",
		false, false, false, serve_unlink},
};

static bool has_room(const struct http_request *request, uint64_t *retry_after_ms, void *ctx) {
	const struct object *object = ctx;
	const struct behalf behalf = behalf_of(request, false);
	return hubspot_has_room(object->hubspot, &behalf.caller, behalf.priority,
		behalf.deadline_ms, retry_after_ms);
}

static bool has_room_for_bulk(
	const struct http_request *request, uint64_t *retry_after_ms, void *ctx) {
	const struct object *object = ctx;
	const struct behalf behalf = behalf_of(request, true);
	return hubspot_has_room_for(object->hubspot, 1, &behalf.caller, behalf.priority,
		behalf.deadline_ms, retry_after_ms);
}

bool routes_add(
	struct object *object, struct http *http, bool *added, char *error, size_t error_size) {
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if ((object->offers & routes[i].offer) == 0) {
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
			.owner = object->owner.name,
			.summary = summary,
			.scope = routes[i].is_read ? object->read_scope : object->write_scope,
			.body_schema = routes[i].has_body ? object->route_schema : NULL,
			.handle = routes[i].handle,
			.describe = describe_route,
			.has_room = routes[i].is_batch ? has_room_for_bulk : has_room,
			.timeout_ms = routes[i].is_batch ? BULK_TIMEOUT_MS : 0,
			.max_body_bytes = routes[i].is_batch ? BULK_BODY_BYTES : 0,
			.ctx = object};
		if (!http_add_route(http, &route, error, error_size)) {
			return false;
		}
		*added = true;
	}
	return true;
}
