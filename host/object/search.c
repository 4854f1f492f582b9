/*
 * POST path/search: what a caller sends -> a question.
 */
#include "object/pages.h"

#include <strings.h>

#include "base/json.h"
#include "base/str.h"
#include "http/http.h"
#include "schema/schema.h"

enum { PLACE_SIZE = 64 };

/* ---- what a body may be ---- */

static const char body_schema[] = // clang-format off
	"{\"title\":\"A search\",\"type\":\"object\",\"additionalProperties\":false,"
	"\"$defs\":{"
		"\"value\":{\"type\":[\"string\",\"number\",\"boolean\"]},"
		"\"filter\":{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"property\",\"operator\"],"
			"\"properties\":{"
			"\"property\":{\"type\":\"string\",\"maxLength\":255},"
			"\"operator\":{\"description\":\"EQ, NEQ, LT, LTE, GT, GTE, BETWEEN (value, high_value), IN, NOT_IN (values), "
				"HAS_PROPERTY, NOT_HAS_PROPERTY, CONTAINS_TOKEN or NOT_CONTAINS_TOKEN.\",\"type\":\"string\"},"
			"\"value\":{\"$ref\":\"#/$defs/value\"},"
			"\"high_value\":{\"$ref\":\"#/$defs/value\"},"
			"\"values\":{\"type\":\"array\",\"minItems\":1,\"items\":{\"$ref\":\"#/$defs/value\"}}}},"
		"\"group\":{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"filters\"],\"properties\":{"
			"\"filters\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":6,\"items\":{\"$ref\":\"#/$defs/filter\"}}}}},"
	"\"properties\":{"
		"\"filters\":{\"description\":\"All of them must be met.\",\"type\":\"array\",\"maxItems\":6,"
			"\"items\":{\"$ref\":\"#/$defs/filter\"}},"
		"\"filter_groups\":{\"description\":\"One of them must be met, with all its filters.\",\"type\":\"array\","
			"\"maxItems\":5,\"items\":{\"$ref\":\"#/$defs/group\"}},"
		"\"query\":{\"description\":\"Words to look for in the properties that HubSpot searches by default.\","
			"\"type\":\"string\",\"maxLength\":3000},"
		"\"sort\":{\"description\":\"A property, with - before it for descending; or {property, direction}.\","
			"\"type\":[\"string\",\"object\"],\"additionalProperties\":false,\"required\":[\"property\"],"
			"\"properties\":{\"property\":{\"type\":\"string\",\"maxLength\":255},"
				"\"direction\":{\"description\":\"ascending or descending.\",\"type\":\"string\"}}},"
		"\"properties\":{\"description\":\"Those that are wanted; without it, all.\",\"type\":\"array\","
			"\"minItems\":1,\"maxItems\":500,\"items\":{\"type\":\"string\",\"maxLength\":255}},"
		"\"limit\":{\"description\":\"So many to a page; without it, 100.\",\"type\":\"integer\",\"minimum\":1,\"maximum\":200},"
		"\"after\":{\"description\":\"The paging.next.after of the page before.\",\"type\":[\"string\",\"null\"]}}}"; // clang-format on

json_t *search_definition(void) {
	return json_loads(body_schema, 0, NULL);
}

struct schema *search_schema(char *error, size_t error_size) {
	char fault[SCHEMA_ERROR_SIZE] = "out of memory";
	json_auto_t *parsed = search_definition();
	struct schema *schema = parsed == NULL ? NULL : schema_compile(parsed, fault);
	if (schema == NULL) {
		snprintf(error, error_size, "the schema of a search: %s", fault);
	}
	return schema;
}

/* ---- refusals ---- */

int refuse_search(const struct object *object, struct http_request *request, const json_t *errors) {
	char message[96];
	snprintf(message, sizeof(message), "this is no valid search for a %.64s", object->name);
	http_refuse(request,
		&(struct http_problem){.status = 422,
			.code = "validation_failed",
			.message = message,
			.errors = errors});
	return HTTP_REPLIED;
}

int refuse_cursor(const struct object *object, struct http_request *request) {
	if (http_body(request) == NULL) {
		return refuse(request, 400, "invalid_parameter",
			"after must be the paging.next.after of this very list");
	}
	json_auto_t *errors = json_array();
	fault_add(errors, "/after", "cursor",
		"must be the paging.next.after of this very search: of the same filters, query and "
		"sort");
	return refuse_search(object, request, errors);
}

/* ---- filters ---- */

/* A group of HubSpot's, a new reference; NULL: see `errors`. */
static json_t *read_group(
	const struct object *object, const json_t *filters, const char *place, json_t *errors) {
	json_t *read = json_array();
	bool is_done = read != NULL;
	size_t index = 0;
	json_t *filter = NULL;
	json_array_foreach (filters, index, filter) {
		char at[PLACE_SIZE];
		snprintf(at, sizeof(at), "%s/%zu", place, index);
		json_t *accepted = filter_accept(object, filter, at, errors);
		is_done = json_array_append_new(read, accepted) == 0 && is_done;
	}
	if (!is_done) {
		json_decref(read);
		return NULL;
	}
	return json_pack("{s:o}", "filters", read);
}

/* No filters at all are no group. */
static bool add_group(struct question *question, const struct object *object, const json_t *filters,
	const char *place, json_t *errors) {
	return json_array_size(filters) == 0 ||
		json_array_append_new(
			question->groups, read_group(object, filters, place, errors)) == 0;
}

static bool read_groups(struct question *question, const struct object *object, const json_t *body,
	json_t *errors) {
	const json_t *filters = json_object_get(body, "filters");
	const json_t *groups = json_object_get(body, "filter_groups");
	bool is_done = add_group(question, object, filters, "/filters", errors);
	size_t count = 0;
	size_t index = 0;
	json_t *group = NULL;
	json_array_foreach (groups, index, group) {
		char place[PLACE_SIZE];
		const json_t *own = json_object_get(group, "filters");
		snprintf(place, sizeof(place), "/filter_groups/%zu/filters", index);
		count += json_array_size(own);
		is_done = add_group(question, object, own, place, errors) && is_done;
	}
	if (filters != NULL && groups != NULL) {
		fault_add(errors, "/filter_groups", "oneOf",
			"cannot stand beside \"filters\": make these one of the groups");
	}
	if (count > SEARCH_FILTERS_MAX) {
		fault_add(errors, "/filter_groups", "maxItems",
			"must not have more than 18 filters in all");
	}
	return is_done;
}

/* ---- the rest ---- */

static bool is_descending(const char *direction, json_t *errors) {
	bool is_known = direction == NULL || strcasecmp(direction, "ascending") == 0 ||
		strcasecmp(direction, "descending") == 0;
	if (!is_known) {
		fault_add(errors, "/sort/direction", "enum", "must be ascending or descending");
	}
	return direction != NULL && strcasecmp(direction, "descending") == 0;
}

static void read_sort(struct question *question, const struct object *object, const json_t *sort,
	json_t *errors) {
	const char *place = "/sort";
	const char *name = json_string_value(sort);
	if (name != NULL) {
		question->is_descending = *name == '-';
		name += question->is_descending;
	} else if (sort != NULL) {
		place = "/sort/property";
		name = json_member_text(sort, "property");
		question->is_descending =
			is_descending(json_member_text(sort, "direction"), errors);
	}
	if (name != NULL) {
		question->sort = searched_name(object, name, place, errors);
	}
}

/* Each of them once. False: out of memory. */
static bool read_properties(struct question *question, const struct object *object,
	const json_t *properties, json_t *errors) {
	json_auto_t *seen = json_object();
	bool is_done = properties == NULL || seen != NULL;
	size_t index = 0;
	json_t *name = NULL;
	question->properties = properties == NULL ? NULL : json_array();
	json_array_foreach (properties, index, name) {
		char place[PLACE_SIZE];
		const char *text = json_string_value(name);
		if (json_object_get(seen, text) != NULL) {
			continue;
		}
		snprintf(place, sizeof(place), "/properties/%zu", index);
		if (property_by_name(object, text) == NULL) {
			property_refuse(object, text, place, errors);
		}
		is_done = json_object_set(seen, text, name) == 0 &&
			json_array_append(question->properties, name) == 0 && is_done;
	}
	return is_done;
}

bool question_read(struct question *question, const struct object *object, const json_t *search,
	json_t *errors) {
	const json_t *limit = json_object_get(search, "limit");
	*question = (struct question){.groups = NULL};
	if (!json_is_object(search)) {
		fault_add(errors, "", "type", "must be an object");
		return false;
	}
	if (!schema_validate(object->search_schema, search, 0, errors)) {
		return false;
	}
	*question = (struct question){.groups = json_array(),
		.query = json_member_text(search, "query"),
		.limit = limit != NULL ? (size_t)json_number_value(limit) : PAGE_DEFAULT,
		.after = json_member_text(search, "after"),
		.tells_total = true};
	if (str_is_equal(question->query, "")) {
		question->query = NULL;
	}
	bool is_done = read_groups(question, object, search, errors);
	read_sort(question, object, json_object_get(search, "sort"), errors);
	is_done =
		read_properties(question, object, json_object_get(search, "properties"), errors) &&
		is_done;
	return is_done && json_array_size(errors) == 0;
}

int serve_search(struct http_request *request, void *ctx) {
	static const char *const query[] = {NULL};
	const struct object *object = ctx;
	if (!http_check_query(request, query)) {
		return HTTP_REPLIED;
	}
	json_auto_t *errors = json_array();
	struct question question;
	int handled = HTTP_REPLIED;
	if (question_read(&question, object, http_body(request), errors)) {
		handled = question_ask(object, request, &question);
	} else if (json_array_size(errors) > 0) {
		handled = refuse_search(object, request, errors);
	} else {
		handled = refuse_for_room(object, HUBSPOT_READ, request);
	}
	question_finish(&question);
	return handled;
}
