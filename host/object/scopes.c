/*
 * What a caller may, beyond the scope of the route that he came by: a request may tell of other
 * objects, or change them. Asked before anything is looked up.
 */
#include "object/inside.h"

#include <strings.h>

#include "http/http.h"

bool may_read(const struct object *object, struct http_request *request) {
	return http_check_scope(request, object->read_scope);
}

bool may_write(const struct object *object, struct http_request *request) {
	return http_check_scope(request, object->write_scope);
}

/* Names of no object are told as what is wrong with the record. */
bool may_link(const struct object *object, struct http_request *request, const json_t *record) {
	const json_t *associations = json_object_get(record, "associations");
	const char *name = NULL;
	json_t *entries = NULL;
	if ((object->offers & HSC_OBJECT_LINKS) == 0) {
		return true;
	}
	json_object_foreach ((json_t *)associations, name, entries) {
		const struct object *other = object_find(name);
		if (other != NULL && !may_write(other, request)) {
			return false;
		}
	}
	return true;
}

struct wanted {
	const char *type; /* as HubSpot calls it behind "associations." */
	const struct object *object;
};

static void find_type(const struct object *object, void *ctx) {
	struct wanted *wanted = ctx;
	if (wanted->object == NULL &&
		(strcasecmp(object->name, wanted->type) == 0 ||
			strcasecmp(object->hubspot_type, wanted->type) == 0 ||
			strcasecmp(object->path + 1, wanted->type) == 0)) {
		wanted->object = object;
	}
}

/* What no object here stands for has a scope that those hold who may read everything. */
bool may_search_by(struct http_request *request, const char *hubspot) {
	static const char links[] = "associations.";
	if (strncasecmp(hubspot, links, strlen(links)) != 0) {
		return true;
	}
	struct wanted wanted = {.type = hubspot + strlen(links)};
	object_each(find_type, &wanted);
	if (wanted.object != NULL) {
		return may_read(wanted.object, request);
	}
	return http_check_scope(request, "associations:read");
}
