#include "inside.h"

#include <stdio.h>
#include <string.h>

static const struct route routes[] = {
	{"POST", "objects", "{type}", SCOPE_WRITE, ROUTE_BODY, model_object_create},
	{"GET", "objects", "{type}", SCOPE_READ, 0, model_object_list},
	{"GET", "objects", "{type}/{id}", SCOPE_READ, 0, model_object_read},
	{"PATCH", "objects", "{type}/{id}", SCOPE_WRITE, ROUTE_BODY, model_object_update},
	{"DELETE", "objects", "{type}/{id}", SCOPE_WRITE, 0, model_object_archive},
	{"POST", "objects", "{type}/search", SCOPE_READ, ROUTE_BODY | ROUTE_SEARCH, model_search},
	{"POST", "objects", "{type}/merge", SCOPE_WRITE, ROUTE_BODY, model_object_merge},
	{"POST", "objects", "{type}/gdpr-delete", SCOPE_WRITE, ROUTE_BODY, model_object_forget},
	{"POST", "objects", "{type}/batch/create", SCOPE_WRITE, ROUTE_BODY, model_batch_create},
	{"POST", "objects", "{type}/batch/read", SCOPE_READ, ROUTE_BODY, model_batch_read},
	{"POST", "objects", "{type}/batch/update", SCOPE_WRITE, ROUTE_BODY, model_batch_update},
	{"POST", "objects", "{type}/batch/upsert", SCOPE_WRITE, ROUTE_BODY, model_batch_upsert},
	{"POST", "objects", "{type}/batch/archive", SCOPE_WRITE, ROUTE_BODY, model_batch_archive},

	{"GET", "objects", "{type}/{id}/associations/{to}", SCOPE_READ, 0, model_links_list},
	{"PUT", "objects", "{type}/{id}/associations/default/{to}/{to_id}", SCOPE_WRITE, 0,
		model_links_default},
	{"PUT", "objects", "{type}/{id}/associations/{to}/{to_id}", SCOPE_WRITE, ROUTE_LIST,
		model_links_label},
	{"DELETE", "objects", "{type}/{id}/associations/{to}/{to_id}", SCOPE_WRITE, 0,
		model_links_delete},
	{"PUT", "objects", "{type}/{id}/associations/{to}/{to_id}/{name}", SCOPE_WRITE, 0,
		model_links_old_put},
	{"DELETE", "objects", "{type}/{id}/associations/{to}/{to_id}/{name}", SCOPE_WRITE, 0,
		model_links_old_delete},
	{"POST", "associations", "{type}/{to}/batch/associate/default", SCOPE_WRITE, ROUTE_BODY,
		model_links_batch_default},
	{"POST", "associations", "{type}/{to}/batch/create", SCOPE_WRITE, ROUTE_BODY,
		model_links_batch_create},
	{"POST", "associations", "{type}/{to}/batch/read", SCOPE_READ, ROUTE_BODY,
		model_links_batch_read},
	{"POST", "associations", "{type}/{to}/batch/archive", SCOPE_WRITE, ROUTE_BODY,
		model_links_batch_archive},
	{"POST", "associations", "{type}/{to}/batch/labels/archive", SCOPE_WRITE, ROUTE_BODY,
		model_links_batch_unlabel},
	{"GET", "associations", "{type}/{to}/labels", SCOPE_READ, 0, model_labels_list},
	{"POST", "associations", "{type}/{to}/labels", SCOPE_WRITE, ROUTE_BODY,
		model_labels_create},
	{"PUT", "associations", "{type}/{to}/labels", SCOPE_WRITE, ROUTE_BODY, model_labels_update},
	{"DELETE", "associations", "{type}/{to}/labels/{name}", SCOPE_WRITE, 0,
		model_labels_delete},

	{"GET", "properties", "{type}", SCOPE_SCHEMA_READ, 0, model_definitions_list},
	{"POST", "properties", "{type}", SCOPE_SCHEMA_WRITE, ROUTE_BODY, model_definitions_create},
	{"GET", "properties", "{type}/groups", SCOPE_SCHEMA_READ, 0, model_groups_list},
	{"POST", "properties", "{type}/groups", SCOPE_SCHEMA_WRITE, ROUTE_BODY,
		model_groups_create},
	{"GET", "properties", "{type}/groups/{name}", SCOPE_SCHEMA_READ, 0, model_groups_read},
	{"PATCH", "properties", "{type}/groups/{name}", SCOPE_SCHEMA_WRITE, ROUTE_BODY,
		model_groups_update},
	{"DELETE", "properties", "{type}/groups/{name}", SCOPE_SCHEMA_WRITE, 0,
		model_groups_delete},
	{"POST", "properties", "{type}/batch/create", SCOPE_SCHEMA_WRITE, ROUTE_BODY,
		model_definitions_batch_create},
	{"POST", "properties", "{type}/batch/read", SCOPE_SCHEMA_READ, ROUTE_BODY,
		model_definitions_batch_read},
	{"POST", "properties", "{type}/batch/archive", SCOPE_SCHEMA_WRITE, ROUTE_BODY,
		model_definitions_batch_archive},
	{"GET", "properties", "{type}/{name}", SCOPE_SCHEMA_READ, 0, model_definitions_read},
	{"PATCH", "properties", "{type}/{name}", SCOPE_SCHEMA_WRITE, ROUTE_BODY,
		model_definitions_update},
	{"DELETE", "properties", "{type}/{name}", SCOPE_SCHEMA_WRITE, 0, model_definitions_delete},

	{"GET", "pipelines", "{type}", SCOPE_READ, 0, model_pipelines_list},
	{"POST", "pipelines", "{type}", SCOPE_WRITE, ROUTE_BODY, model_pipelines_create},
	{"GET", "pipelines", "{type}/{id}", SCOPE_READ, 0, model_pipelines_read},
	{"PATCH", "pipelines", "{type}/{id}", SCOPE_WRITE, ROUTE_BODY, model_pipelines_update},
	{"PUT", "pipelines", "{type}/{id}", SCOPE_WRITE, ROUTE_BODY, model_pipelines_replace},
	{"DELETE", "pipelines", "{type}/{id}", SCOPE_WRITE, 0, model_pipelines_delete},
	{"GET", "pipelines", "{type}/{id}/stages", SCOPE_READ, 0, model_stages_list},
	{"POST", "pipelines", "{type}/{id}/stages", SCOPE_WRITE, ROUTE_BODY, model_stages_create},
	{"GET", "pipelines", "{type}/{id}/stages/{name}", SCOPE_READ, 0, model_stages_read},
	{"PATCH", "pipelines", "{type}/{id}/stages/{name}", SCOPE_WRITE, ROUTE_BODY,
		model_stages_update},
	{"PUT", "pipelines", "{type}/{id}/stages/{name}", SCOPE_WRITE, ROUTE_BODY,
		model_stages_update},
	{"DELETE", "pipelines", "{type}/{id}/stages/{name}", SCOPE_WRITE, 0, model_stages_delete},

	{"GET", "owners", "", SCOPE_OWNERS, 0, model_owners_list},
	{"GET", "owners", "{id}", SCOPE_OWNERS, 0, model_owners_read},
	{"GET", "account-info", "details", SCOPE_NONE, 0, model_account_details},
	{"GET", "account-info", "api-usage/daily/private-apps", SCOPE_NONE, 0, model_account_usage},
	{"POST", "oauth", "private-apps/get/access-token-info", SCOPE_NONE, ROUTE_BODY | ROUTE_OPEN,
		model_token_info},
};

static const char **place_of(struct match *match, const char *pattern, size_t length) {
	const struct {
		const char *name;
		const char **place;
	} places[] = {
		{"{type}", &match->type},
		{"{id}", &match->id},
		{"{to}", &match->to},
		{"{to_id}", &match->to_id},
		{"{name}", &match->name},
	};
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && *pattern == '{'; i++) {
		if (strlen(places[i].name) == length &&
			strncmp(places[i].name, pattern, length) == 0) {
			return places[i].place;
		}
	}
	return NULL;
}

static bool is_match(const struct call *call, const char *pattern, struct match *match) {
	for (size_t i = 0; i < call->rest_count; i++) {
		size_t length = strcspn(pattern, "/");
		const char *segment = call->rest[i];
		const char **place = place_of(match, pattern, length);
		if (place != NULL) {
			*place = segment;
		} else if (length == 0 || strlen(segment) != length ||
			strncmp(pattern, segment, length) != 0) {
			return false;
		}
		pattern += length;
		bool is_last = i + 1 == call->rest_count;
		if (is_last != (*pattern == '\0')) {
			return false;
		}
		pattern += !is_last;
	}
	return *pattern == '\0';
}

const struct route *model_route_find(struct call *call, struct match *match, bool *is_known_path) {
	for (size_t i = 0; call->area != NULL && i < sizeof(routes) / sizeof(routes[0]); i++) {
		struct match here = {0};
		if (strcmp(routes[i].area, call->area) != 0 ||
			!is_match(call, routes[i].pattern, &here)) {
			continue;
		}
		*is_known_path = true;
		if (strcmp(routes[i].method, call->request->method) == 0) {
			*match = here;
			return &routes[i];
		}
	}
	return NULL;
}

void model_route_name(struct call *call, const struct route *route, const struct match *match) {
	int length = snprintf(call->key, sizeof(call->key), "%s ", call->request->method);
	for (size_t i = 0; i < call->segment_count && length < (int)sizeof(call->key); i++) {
		const char *segment = call->segments[i];
		bool is_id =
			segment == match->id || segment == match->to_id || segment == match->name;
		segment = is_id ? "{id}" : segment;
		length += snprintf(
			call->key + length, sizeof(call->key) - (size_t)length, "/%s", segment);
	}
	if (route == NULL || length >= (int)sizeof(call->key)) {
		snprintf(call->key, sizeof(call->key), "other");
	}
}
