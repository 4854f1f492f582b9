/*
 * A question -> HubSpot's search. Which way it is paged follows from the question alone, so that
 * all its pages are asked for in one way, whatever their limits.
 */
#include "object/pages.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "http/http.h"

enum {
	BODY_CEILING = 16 * 1024 * 1024,
	ROOM_FOR_PAGE = 100,  /* "limit", "after", and the shortest "properties" */
	ROOM_FOR_FILTER = 110 /* of a window, in a group of its own */
};

/* What HubSpot is asked, but for the page. */
struct core {
	enum window_kind kind;
	uint64_t digest;
	size_t length; /* of its text */
};

void question_finish(struct question *question) {
	json_decref(question->groups);
	json_decref(question->properties);
	question->groups = NULL;
	question->properties = NULL;
}

/* ---- the core ---- */

static json_t *core_body(const struct question *question) {
	const char *sort = question->sort != NULL ? question->sort : RECORD_ID;
	json_t *body = json_pack("{s:O, s:[{s:s, s:s}]}", "filterGroups", question->groups, "sorts",
		"propertyName", sort, "direction",
		question->is_descending ? "DESCENDING" : "ASCENDING");
	if (question->query != NULL &&
		json_object_set_new(body, "query", json_string(question->query)) != 0) {
		json_decref(body);
		return NULL;
	}
	return body;
}

static size_t filters_of(const struct question *question, size_t group) {
	const json_t *filters = json_object_get(json_array_get(question->groups, group), "filters");
	return json_array_size(filters);
}

/* Each group must have room for the filter of a window. */
static bool has_room_for_windows(const struct question *question, size_t length) {
	size_t groups = json_array_size(question->groups);
	size_t windows = groups > 0 ? groups : 1;
	size_t all = windows;
	for (size_t i = 0; i < groups; i++) {
		size_t filters = filters_of(question, i);
		all += filters;
		if (filters >= SEARCH_GROUP_MAX) {
			return false;
		}
	}
	return all <= SEARCH_FILTERS_MAX &&
		length + ROOM_FOR_PAGE + windows * ROOM_FOR_FILTER <= SEARCH_BODY_MAX;
}

/* False: out of memory. */
static bool measure(const json_t *body, size_t *length, uint64_t *digest) {
	struct buf text;
	buf_init(&text, BODY_CEILING);
	json_write(&text, body);
	bool is_done = !text.is_failed;
	*length = text.length;
	if (digest != NULL) {
		*digest = window_digest(*digest, buf_text(&text));
	}
	buf_finish(&text);
	return is_done;
}

static bool read_core(const struct object *object, const struct question *question,
	const json_t *body, struct core *core) {
	core->digest = window_digest(0, object->hubspot_type);
	if (!measure(body, &core->length, &core->digest)) {
		return false;
	}
	bool is_by_id = question->sort == NULL || strcmp(question->sort, RECORD_ID) == 0;
	core->kind =
		is_by_id && has_room_for_windows(question, core->length) ? WINDOW_ID : WINDOW_COUNT;
	return true;
}

/* ---- the page ---- */

static bool add_filter(json_t *filters, const struct window *window) {
	return json_array_append_new(filters,
		       json_pack("{s:s, s:s, s:s}", "propertyName", RECORD_ID, "operator",
			       window->is_descending ? "LT" : "GT", "value", window->from)) == 0;
}

static bool add_filters(json_t *groups, const struct window *window) {
	if (json_array_size(groups) == 0 &&
		json_array_append_new(groups, json_pack("{s:[]}", "filters")) != 0) {
		return false;
	}
	size_t index = 0;
	json_t *group = NULL;
	json_array_foreach (groups, index, group) {
		if (!add_filter(json_object_get(group, "filters"), window)) {
			return false;
		}
	}
	return true;
}

static bool add_window(json_t *body, const struct window *window) {
	if (window->kind == WINDOW_ID) {
		return window->from[0] == '\0' ||
			add_filters(json_object_get(body, "filterGroups"), window);
	}
	return window->told == 0 ||
		json_object_set_new(
			body, "after", json_sprintf("%llu", (unsigned long long)window->told)) == 0;
}

/* With all properties when there is room for their names, else with the ids. */
static bool add_names(
	const struct object *object, const struct question *question, json_t *body, bool *is_bare) {
	size_t length = 0;
	json_t *names = page_names(object, question->properties);
	if (json_object_set_new(body, "properties", names) != 0 || !measure(body, &length, NULL)) {
		return false;
	}
	*is_bare = length > SEARCH_BODY_MAX;
	return !*is_bare ||
		json_object_set_new(body, "properties", json_pack("[s]", RECORD_ID)) == 0;
}

static bool add_limit(json_t *body, size_t limit) {
	return json_object_set_new(body, "limit", json_integer((json_int_t)limit)) == 0;
}

/* ---- refusals ---- */

static int refuse_long(const struct object *object, struct http_request *request) {
	json_auto_t *errors = json_array();
	fault_add(errors, "", "maxLength",
		"is too long: HubSpot takes 3,000 characters, names and marks included; ask for "
		"fewer values at a time");
	return refuse_search(object, request, errors);
}

static int refuse_beyond(struct http_request *request) {
	json_auto_t *errors = json_array();
	static const char why[] =
		"HubSpot tells the first 10,000 results of this search only, and there are more: "
		"narrow it, or leave out \"sort\" (or sort by \"id\") with at most 5 filters in a "
		"group, for the order of the ids has no such end";
	fault_add(errors, "/after", "search_window", why);
	http_refuse(request,
		&(struct http_problem){
			.status = 422, .code = "search_window", .message = why, .errors = errors});
	return HTTP_REPLIED;
}

/* ---- asking ---- */

static int submit(const struct object *object, struct http_request *request, json_t *body,
	const struct page_wanted *wanted) {
	struct buf call;
	buf_init(&call, 1024);
	buf_add_text(&call, "POST {objects}/");
	str_add_url_escaped(&call, object->hubspot_type);
	buf_add_text(&call, "/search");
	int handled = call.is_failed
		? refuse_for_room(object, HUBSPOT_READ, request)
		: page_start(object, request, wanted,
			  &(struct hubspot_operation){
				  .kind = HUBSPOT_RAW, .object = buf_text(&call), .body = body});
	buf_finish(&call);
	return handled;
}

/* False: the request has been refused. */
static bool may_ask(struct http_request *request, const struct question *question) {
	size_t index = 0;
	json_t *group = NULL;
	json_array_foreach (question->groups, index, group) {
		size_t number = 0;
		json_t *filter = NULL;
		json_array_foreach (json_object_get(group, "filters"), number, filter) {
			if (!may_search_by(request, json_member_text(filter, "propertyName"))) {
				return false;
			}
		}
	}
	return question->sort == NULL || may_search_by(request, question->sort);
}

int question_ask(
	const struct object *object, struct http_request *request, struct question *question) {
	if (!may_ask(request, question)) {
		return HTTP_REPLIED;
	}
	json_auto_t *body = core_body(question);
	struct core core;
	if (body == NULL || !read_core(object, question, body, &core)) {
		return refuse_for_room(object, HUBSPOT_READ, request);
	}
	if (core.length + ROOM_FOR_PAGE > SEARCH_BODY_MAX) {
		return refuse_long(object, request);
	}
	struct page_wanted wanted = {.window = {.kind = core.kind,
					     .question = core.digest,
					     .is_descending = question->is_descending},
		.properties = question->properties,
		.tells_total = question->tells_total};
	struct window *window = &wanted.window;
	if (!window_read(window, question->after)) {
		return refuse_cursor(object, request);
	}
	size_t limit = question->limit;
	if (window->kind == WINDOW_COUNT) {
		if (window->told >= SEARCH_RESULTS_MAX) {
			return refuse_beyond(request);
		}
		size_t left = SEARCH_RESULTS_MAX - (size_t)window->told;
		limit = limit < left ? limit : left;
	}
	if (!add_window(body, window) || !add_limit(body, limit) ||
		!add_names(object, question, body, &wanted.is_bare)) {
		return refuse_for_room(object, HUBSPOT_READ, request);
	}
	return submit(object, request, body, &wanted);
}

/* ---- for those who ask by themselves, a page at a time as HubSpot counts them ---- */

/* All that is asked for goes into one call, or is refused: nobody reads it afterwards. */
static json_t *whole_body(
	const struct object *object, const struct question *question, json_t *errors) {
	const char *after = question->after;
	bool is_bare = false;
	json_auto_t *body = core_body(question);
	if (body == NULL || !add_limit(body, question->limit) ||
		(after != NULL && *after != '\0' &&
			json_object_set_new(body, "after", json_string(after)) != 0) ||
		!add_names(object, question, body, &is_bare)) {
		return NULL;
	}
	if (is_bare) {
		fault_add(errors, "", "maxLength",
			"is too long: HubSpot takes 3,000 characters, names and marks included; "
			"ask for fewer values at a time, or for fewer \"properties\"");
		return NULL;
	}
	return json_incref(body);
}

json_t *object_search_to_hubspot(
	const struct object *object, const json_t *search, json_t *errors) {
	struct question question;
	json_t *body = question_read(&question, object, search, errors)
		? whole_body(object, &question, errors)
		: NULL;
	question_finish(&question);
	return body;
}
