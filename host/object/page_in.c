/*
 * HubSpot's pages of records -> ours, whoever asked for them.
 */
#include "object/pages.h"

#include "base/json.h"

/* The flat record with no more than what is wanted. */
static json_t *tell(const struct object *object, const json_t *record, const json_t *properties) {
	json_t *flat = object_from_hubspot(object, record);
	if (flat == NULL || properties == NULL) {
		return flat;
	}
	json_t *told = json_pack("{s:O}", "id", json_object_get(flat, "id"));
	size_t index = 0;
	json_t *name = NULL;
	bool is_done = told != NULL;
	json_array_foreach (properties, index, name) {
		json_t *value = json_object_get(flat, json_string_value(name));
		is_done = is_done &&
			(value == NULL ||
				json_object_set(told, json_string_value(name), value) == 0);
	}
	json_decref(flat);
	if (!is_done) {
		json_decref(told);
		return NULL;
	}
	return told;
}

json_t *page_records(const struct object *object, const json_t *results, const json_t *properties) {
	json_t *told = json_array();
	size_t index = 0;
	json_t *record = NULL;
	json_array_foreach (results, index, record) {
		if (!json_is_null(record) &&
			json_array_append_new(told, tell(object, record, properties)) != 0) {
			json_decref(told);
			return NULL;
		}
	}
	return told;
}

json_t *page_body(json_int_t total, json_t *results, const char *after) {
	json_auto_t *own = results;
	json_auto_t *body = json_object();
	if (own == NULL || body == NULL ||
		(total != PAGE_UNCOUNTED &&
			json_object_set_new(body, "total", json_integer(total)) != 0) ||
		json_object_set(body, "results", own) != 0) {
		return NULL;
	}
	if (after != NULL &&
		json_object_set_new(
			body, "paging", json_pack("{s:{s:s}}", "next", "after", after)) != 0) {
		return NULL;
	}
	return json_incref(body);
}

static bool are_records(const json_t *results) {
	size_t index = 0;
	json_t *record = NULL;
	json_array_foreach (results, index, record) {
		if (!id_is_plausible(json_member_text(record, "id"))) {
			return false;
		}
	}
	return true;
}

json_t *object_page_from_hubspot(const struct object *object, const json_t *page) {
	json_t *results = json_object_get(page, "results");
	const json_t *next = json_object_get(json_object_get(page, "paging"), "next");
	const json_t *total = json_object_get(page, "total");
	const char *after = json_member_text(next, "after");
	bool has_more = json_is_object(next);
	if (!json_is_array(results) || (has_more && (after == NULL || *after == '\0')) ||
		(object != NULL && !are_records(results))) {
		return NULL;
	}
	return page_body(json_is_integer(total) ? json_integer_value(total) : PAGE_UNCOUNTED,
		object != NULL ? page_records(object, results, NULL) : json_incref(results), after);
}
