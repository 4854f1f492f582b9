#include "inside.h"

#include <stdio.h>
#include <string.h>

static const struct route routes[] = {
	{"POST", "objects", "{type}", SCOPE_WRITE, true, model_object_create},
	{"GET", "objects", "{type}", SCOPE_READ, false, model_object_list},
	{"GET", "objects", "{type}/{id}", SCOPE_READ, false, model_object_read},
	{"PATCH", "objects", "{type}/{id}", SCOPE_WRITE, true, model_object_update},
	{"DELETE", "objects", "{type}/{id}", SCOPE_WRITE, false, model_object_archive},
	{"POST", "objects", "{type}/batch/create", SCOPE_WRITE, true, model_batch_create},
	{"POST", "objects", "{type}/batch/read", SCOPE_READ, true, model_batch_read},
	{"POST", "objects", "{type}/batch/update", SCOPE_WRITE, true, model_batch_update},
	{"POST", "objects", "{type}/batch/upsert", SCOPE_WRITE, true, model_batch_upsert},
	{"POST", "objects", "{type}/batch/archive", SCOPE_WRITE, true, model_batch_archive},
	{"GET", "account-info", "details", SCOPE_NONE, false, model_account_details},
	{"GET", "account-info", "api-usage/daily/private-apps", SCOPE_NONE, false,
		model_account_usage},
};

static bool is_match(const struct call *call, const char *pattern, struct match *match) {
	for (size_t i = 0; i < call->rest_count; i++) {
		size_t length = strcspn(pattern, "/");
		const char *segment = call->rest[i];
		if (strncmp(pattern, "{type}", length) == 0) {
			match->type = segment;
		} else if (strncmp(pattern, "{id}", length) == 0) {
			match->id = segment;
		} else if (strlen(segment) != length || strncmp(pattern, segment, length) != 0) {
			return false;
		}
		pattern += length;
		bool is_last = i + 1 == call->rest_count;
		if (is_last != (*pattern == '\0')) {
			return false;
		}
		pattern += !is_last;
	}
	return call->rest_count > 0;
}

const struct route *model_route_find(struct call *call, struct match *match, bool *is_known_path) {
	for (size_t i = 0; call->area != NULL && i < sizeof(routes) / sizeof(routes[0]); i++) {
		struct match here = {NULL, NULL};
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
		const char *segment = call->segments[i] == match->id ? "{id}" : call->segments[i];
		length += snprintf(
			call->key + length, sizeof(call->key) - (size_t)length, "/%s", segment);
	}
	if (route == NULL || length >= (int)sizeof(call->key)) {
		snprintf(call->key, sizeof(call->key), "other");
	}
}
