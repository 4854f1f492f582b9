/*
 * GET path: all records, or those with these values. One that a key identifies is read by it, never
 * searched: HubSpot's index lags behind its records.
 */
#include "object/pages.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "http/http.h"

enum {
	CALL_CEILING = 256 * 1024,
	CALL_LENGTH_MAX = 8000 /* longer ones some servers refuse */,
	MESSAGE_SIZE = 512
};

/* ---- the query ---- */

static bool is_reserved(const char *name) {
	return strcmp(name, "limit") == 0 || strcmp(name, "after") == 0;
}

/* All properties, and what pages need; ends in NULL. The caller frees it; NULL: out of memory. */
static const char **query_names(const struct object *object) {
	const char **names = calloc(object->property_count + 3, sizeof(*names));
	if (names == NULL) {
		return NULL;
	}
	names[0] = "limit";
	names[1] = "after";
	for (size_t i = 0; i < object->property_count; i++) {
		names[i + 2] = object->properties[i].name;
	}
	return names;
}

/* What is asked for: all, by one value that identifies, or by others. */
struct asked {
	size_t limit;
	const char *after;
	const struct property *key; /* identifies a record by `value`; or NULL */
	const char *value;
	size_t values;
};

/* HubSpot keeps no key unique but those: a company's domain may be many companies'. */
static bool identifies(const struct object *object, const struct property *property) {
	if (strcmp(property->name, "id") == 0) {
		return true;
	}
	return property == object->key &&
		!hubspot_is_shared(object->hubspot_type, property->hubspot);
}

static bool read_limit(struct http_request *request, struct asked *asked) {
	const char *text = http_query_param(request, "limit");
	uint64_t limit = PAGE_DEFAULT;
	if (text != NULL && !str_to_uint(text, 1, LIST_PAGE_MAX, &limit)) {
		refuse(request, 400, "invalid_parameter", "limit must be a number from 1 to 100");
		return false;
	}
	asked->limit = (size_t)limit;
	return true;
}

/* False: the request has been refused. */
static bool read_query(
	const struct object *object, struct http_request *request, struct asked *asked) {
	*asked = (struct asked){.after = http_query_param(request, "after")};
	for (size_t i = 0; i < object->property_count; i++) {
		const struct property *property = &object->properties[i];
		const char *value = is_reserved(property->name)
			? NULL
			: http_query_param(request, property->name);
		if (value == NULL) {
			continue;
		}
		asked->values++;
		if (identifies(object, property)) {
			asked->key = property;
			asked->value = value;
		}
	}
	return read_limit(request, asked);
}

__attribute__((format(printf, 2, 3))) static int refuse_query(
	struct http_request *request, const char *format, ...) {
	char message[MESSAGE_SIZE];
	va_list args;
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return refuse(request, 400, "invalid_parameter", message);
}

/* ---- all ---- */

static bool add_names(struct buf *call, const struct object *object) {
	for (size_t i = 0; object->asked[i] != NULL; i++) {
		buf_add_text(call, i == 0 ? "&properties=" : ",");
		str_add_url_escaped(call, object->asked[i]);
	}
	return !call->is_failed;
}

/* Sets *is_bare when the names do not fit. */
static bool write_call(struct buf *call, const struct object *object, const struct asked *asked,
	const struct window *window, bool *is_bare) {
	buf_add_text(call, "GET {objects}/");
	str_add_url_escaped(call, object->hubspot_type);
	buf_printf(call, "?limit=%zu", asked->limit);
	if (window->from[0] != '\0') {
		buf_add_text(call, "&after=");
		str_add_url_escaped(call, window->from);
	}
	size_t length = call->length;
	bool is_done = add_names(call, object);
	*is_bare = call->length > CALL_LENGTH_MAX;
	if (*is_bare) {
		buf_cut(call, length);
		is_done = buf_add_text(call, "&properties=" RECORD_ID);
	}
	return is_done;
}

static int list_all(
	const struct object *object, struct http_request *request, const struct asked *asked) {
	struct page_wanted wanted = {.window = {.kind = WINDOW_LIST,
					     .question = window_digest(0, object->hubspot_type)}};
	if (!window_read(&wanted.window, asked->after)) {
		return refuse_cursor(object, request);
	}
	struct buf call;
	buf_init(&call, CALL_CEILING);
	int handled = write_call(&call, object, asked, &wanted.window, &wanted.is_bare)
		? page_start(object, request, &wanted,
			  &(struct hubspot_operation){
				  .kind = HUBSPOT_RAW, .object = buf_text(&call)})
		: refuse_for_room(object, HUBSPOT_READ, request);
	buf_finish(&call);
	return handled;
}

/* ---- by what identifies ---- */

static int list_one(
	const struct object *object, struct http_request *request, const struct asked *asked) {
	bool is_id = strcmp(asked->key->name, "id") == 0;
	const char *value = asked->value;
	if (asked->values > 1) {
		return refuse_query(request,
			"%.64s identifies a record and cannot stand beside other properties",
			asked->key->name);
	}
	if (asked->after != NULL && *asked->after != '\0') {
		return refuse_cursor(object, request); /* there is no next page */
	}
	if (*value == '\0' || (is_id && !id_is_plausible(value))) {
		return refuse_query(request, "%.64s must %s", asked->key->name,
			is_id ? "be 1 to 20 digits, the first of them no 0" : "not be empty");
	}
	char *key = object_key_value(object, asked->key->name, value);
	if (key == NULL) {
		return refuse_for_room(object, HUBSPOT_READ, request);
	}
	const struct page_wanted wanted = {.tells_total = false};
	int handled = page_start(object, request, &wanted,
		&(struct hubspot_operation){.kind = HUBSPOT_READ,
			.object = object->hubspot_type,
			.id = key,
			.id_property = is_id ? NULL : asked->key->hubspot,
			.properties = object->asked});
	free(key);
	return handled;
}

/* ---- by other values ---- */

/* NULL: see `errors`, or out of memory. */
static json_t *filter_by(const struct object *object, const struct property *property,
	const char *text, json_t *errors) {
	char *value = object_key_value(object, property->name, text);
	json_auto_t *filter = value == NULL
		? NULL
		: json_pack("{s:s, s:s, s:s}", "property", property->name, "operator", "EQ",
			  "value", value);
	free(value);
	return filter == NULL ? NULL : filter_accept(object, filter, "", errors);
}

/* NULL: the request has been refused. */
static json_t *accept(const struct object *object, struct http_request *request,
	const struct property *property) {
	json_auto_t *errors = json_array();
	json_t *accepted =
		filter_by(object, property, http_query_param(request, property->name), errors);
	const char *fault = json_member_text(json_array_get(errors, 0), "message");
	if (accepted == NULL && fault != NULL) {
		refuse_query(request, "%.64s: %s", property->name, fault);
	} else if (accepted == NULL) {
		refuse_for_room(object, HUBSPOT_READ, request);
	}
	return accepted;
}

static int search_by(
	const struct object *object, struct http_request *request, const struct asked *asked) {
	json_auto_t *filters = json_array();
	for (size_t i = 0; i < object->property_count; i++) {
		const struct property *property = &object->properties[i];
		if (is_reserved(property->name) ||
			http_query_param(request, property->name) == NULL) {
			continue;
		}
		json_t *accepted = accept(object, request, property);
		if (accepted == NULL) {
			return HTTP_REPLIED;
		}
		if (json_array_append_new(filters, accepted) != 0) {
			return refuse_for_room(object, HUBSPOT_READ, request);
		}
	}
	struct question question = {.groups = json_pack("[{s:O}]", "filters", filters),
		.limit = asked->limit,
		.after = asked->after};
	int handled = question.groups == NULL ? refuse_for_room(object, HUBSPOT_READ, request)
					      : question_ask(object, request, &question);
	question_finish(&question);
	return handled;
}

int serve_list(struct http_request *request, void *ctx) {
	const struct object *object = ctx;
	const char **names = query_names(object);
	if (names == NULL) {
		return refuse_for_room(object, HUBSPOT_READ, request);
	}
	bool is_known = http_check_query(request, names);
	free(names);
	struct asked asked;
	if (!is_known || !read_query(object, request, &asked)) {
		return HTTP_REPLIED;
	}
	if (asked.key != NULL) {
		return list_one(object, request, &asked);
	}
	if (asked.values > SEARCH_GROUP_MAX) {
		return refuse_query(request, "at most %d properties can be asked for at a time",
			SEARCH_GROUP_MAX);
	}
	return asked.values > 0 ? search_by(object, request, &asked)
				: list_all(object, request, &asked);
}
