/* What init() registers, taken by a host: the check objects, the list of routes, and how long it
 * takes: load_time. */
#include "check.h"

#include <string.h>

#include "measure.h"
#include "stand.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"

enum { WHOSE_SIZE = 256, NOTE_US = 100 * 1000, FAIL_US = 1000 * 1000 };

/* ---- objects ---- */

static void judge_schema(const struct hsck *kit, const char *id) {
	const char *text = id != NULL ? hsck_schema(kit, id) : NULL;
	char whose[WHOSE_SIZE];
	if (text != NULL) {
		snprintf(whose, sizeof(whose), "schema \"%s\"", id);
		judge_promises(whose, text);
	}
}

void check_objects(const struct subject *subject, const struct job *job) {
	(void)job;
	struct hsck *kit = stand_open(subject, HSCK_BY_HAND, false);
	const struct hsc_route *route;
	const struct hsc_object *object;
	if (kit == NULL) {
		return;
	}
	size_t count = 0;
	for (size_t i = 0; (route = hsck_route(kit, i)) != NULL; i++, count++) {
		judge_schema(kit, route->body_schema);
		judge_schema(kit, route->query_schema);
		judge_schema(kit, route->reply_schema);
	}
	for (size_t i = 0; (object = hsck_object(kit, i)) != NULL; i++, count++) {
		char whose[WHOSE_SIZE];
		snprintf(whose, sizeof(whose), "the schema of %s", object->path);
		judge_promises(whose, object->schema);
	}
	if (count == 0) {
		note("registers neither a route nor an object");
	}
	stand_judge(kit, "init()");
	hsck_close(kit);
}

/* ---- load_time ---- */

void check_load_time(const struct subject *subject, const struct job *job) {
	(void)job;
	uint64_t began_us = measure_cpu_us();
	struct hsck *kit = stand_open(subject, HSCK_BY_HAND, false);
	uint64_t took_us = measure_cpu_us() - began_us;
	if (kit == NULL) {
		return;
	}
	if (took_us > FAIL_US) {
		fail("loading and init() take %u ms of processor time: begin in start(), and go on "
		     "in turns of the loop or in a "
		     "thread",
			(unsigned)(took_us / 1000));
	} else if (took_us > NOTE_US) {
		note("loading and init() take %u ms of processor time", (unsigned)(took_us / 1000));
	}
	hsck_close(kit);
}

/* ---- the routes ---- */

/* Those that the host makes of a declared object. */
static const struct {
	uint32_t offer;
	const char *method;
	const char *rest;
} OBJECT_ROUTES[] = {
	{HSC_OBJECT_UPSERT, "POST", ""},
	{HSC_OBJECT_LIST, "GET", ""},
	{HSC_OBJECT_LIST, "POST", "/search"},
	{HSC_OBJECT_BATCH, "POST", "/batch"},
	{HSC_OBJECT_CRUD, "GET", "/{id}"},
	{HSC_OBJECT_CRUD, "PATCH", "/{id}"},
	{HSC_OBJECT_CRUD, "DELETE", "/{id}"},
	{HSC_OBJECT_LINKS, "GET", "/{id}/{object}"},
	{HSC_OBJECT_LINKS, "PUT", "/{id}/{object}/{other}"},
	{HSC_OBJECT_LINKS, "DELETE", "/{id}/{object}/{other}"},
};

static void add_object_routes(json_t *routes, const struct hsc_object *object) {
	for (size_t i = 0; i < sizeof(OBJECT_ROUTES) / sizeof(OBJECT_ROUTES[0]); i++) {
		char path[PATH_SIZE];
		if ((object->offers & OBJECT_ROUTES[i].offer) != 0) {
			snprintf(path, sizeof(path), "%s%s", object->path, OBJECT_ROUTES[i].rest);
			json_array_append_new(routes,
				json_pack("{s:s, s:s, s:s}", "method", OBJECT_ROUTES[i].method,
					"path", path, "object", object->path));
		}
	}
}

void list_routes(const struct subject *subject, const struct job *job) {
	(void)job;
	struct hsck *kit = stand_open(subject, HSCK_BY_HAND, false);
	json_t *routes = json_array();
	const struct hsc_route *route;
	const struct hsc_object *object;
	struct buf text;
	for (size_t i = 0; kit != NULL && (route = hsck_route(kit, i)) != NULL; i++) {
		json_array_append_new(routes,
			json_pack("{s:s, s:s, s:s}", "method",
				route->method != NULL ? route->method : "", "path", route->path,
				"object", ""));
	}
	for (size_t i = 0; kit != NULL && (object = hsck_object(kit, i)) != NULL; i++) {
		add_object_routes(routes, object);
	}
	buf_init(&text, TOLD_SIZE - 1);
	json_write(&text, routes);
	tell(buf_text(&text));
	buf_finish(&text);
	json_decref(routes);
	hsck_close(kit);
}
