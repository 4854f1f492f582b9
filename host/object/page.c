/*
 * The life of a page: asked for, completed, replied. A page whose records would not fit into the
 * call that finds them is found as ids, and read after that, a hundred at a time.
 *
 * A page that cannot be right (a result without an id, an order that is not the one asked for,
 * nothing where there is said to be more) is refused: the next one would leave records out, and
 * nobody would know.
 */
#include "object/pages.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "http/http.h"

enum { READ_AT_ONCE = 100, CALL_CEILING = 1024 };

struct page {
	const struct object *object;
	struct http_request *request;
	struct hubspot_handle *handle;
	struct window window; /* this one, then the next */
	json_t *properties;   /* wanted; or NULL */
	json_t *results;      /* HubSpot's records; null: gone since it was found */
	size_t read;          /* of the results, when they are bare */
	uint64_t total;
	bool is_bare, tells_total, has_more;
};

static void destroy(struct page *page) {
	json_decref(page->properties);
	json_decref(page->results);
	free(page);
}

json_t *page_names(const struct object *object, const json_t *properties) {
	json_t *names = json_array();
	size_t index = 0;
	json_t *name = NULL;
	bool is_done = names != NULL;
	for (size_t i = 0; properties == NULL && object->asked[i] != NULL; i++) {
		is_done =
			json_array_append_new(names, json_string(object->asked[i])) == 0 && is_done;
	}
	json_array_foreach (properties, index, name) {
		const struct property *property = property_by_name(object, json_string_value(name));
		const char *hubspot =
			strcmp(property->name, "id") == 0 ? RECORD_ID : property->hubspot;
		is_done = json_array_append_new(names, json_string(hubspot)) == 0 && is_done;
	}
	if (!is_done) {
		json_decref(names);
		return NULL;
	}
	return names;
}

/* ---- the reply ---- */

static void fail(struct page *page, const struct hubspot_result *result) {
	object_relay(page->object, HUBSPOT_READ, page->request, result);
	destroy(page);
}

static void fail_as(
	struct page *page, const struct hubspot_result *result, enum hubspot_failure failure) {
	struct hubspot_result told = *result;
	told.failure = failure;
	told.is_retryable = true;
	fail(page, &told);
}

static json_t *reply_body(const struct page *page) {
	char cursor[WINDOW_TEXT_SIZE];
	window_write(&page->window, cursor);
	return page_body(page->tells_total ? (json_int_t)page->total : PAGE_UNCOUNTED,
		page_records(page->object, page->results, page->properties),
		page->has_more ? cursor : NULL);
}

static void reply(struct page *page, const struct hubspot_result *result) {
	json_auto_t *body = reply_body(page);
	if (body == NULL) {
		fail_as(page, result, HUBSPOT_OUT_OF_MEMORY);
		return;
	}
	http_reply(page->request, 200, body);
	destroy(page);
}

/* ---- what was found ---- */

/* Is `a` the smaller id? */
static bool is_before(const char *a, const char *b) {
	size_t lengths[] = {strlen(a), strlen(b)};
	return lengths[0] != lengths[1] ? lengths[0] < lengths[1] : strcmp(a, b) < 0;
}

/* Steps over the results; each must be a record, and in a window of ids beyond the one before. */
static bool step(struct window *window, const json_t *results) {
	size_t index = 0;
	json_t *record = NULL;
	json_array_foreach (results, index, record) {
		const char *id = json_member_text(record, "id");
		if (!id_is_plausible(id)) {
			return false;
		}
		if (window->kind != WINDOW_ID) {
			continue;
		}
		const char *from = window->from;
		if (from[0] != '\0' &&
			!(window->is_descending ? is_before(id, from) : is_before(from, id))) {
			return false;
		}
		snprintf(window->from, sizeof(window->from), "%s", id);
	}
	window->told += json_array_size(results);
	return true;
}

/* A list goes on from where HubSpot says. */
static bool go_on(struct page *page, const char *after) {
	struct window *window = &page->window;
	if (!page->has_more) {
		return true;
	}
	if (after == NULL || *after == '\0' || strlen(after) >= sizeof(window->from) ||
		strcmp(after, window->from) == 0) {
		return false;
	}
	snprintf(window->from, sizeof(window->from), "%s", after);
	return true;
}

/* Of a search `total` are those that are left, beyond the window's id or from the first one on. */
static bool count(struct page *page, const json_t *total, uint64_t told_before) {
	if (!json_is_integer(total) || json_integer_value(total) < 0) {
		return false;
	}
	uint64_t before = page->window.kind == WINDOW_ID ? told_before : 0;
	page->total = before + (uint64_t)json_integer_value(total);
	page->has_more = page->has_more || page->window.told < page->total;
	return !page->has_more || page->window.told > told_before;
}

static enum hubspot_failure take(struct page *page, const json_t *found) {
	json_t *results = json_object_get(found, "results");
	const json_t *next = json_object_get(json_object_get(found, "paging"), "next");
	uint64_t told_before = page->window.told;
	if (!json_is_array(results) || !step(&page->window, results)) {
		return HUBSPOT_BAD_REPLY;
	}
	page->has_more = json_is_object(next);
	bool is_good = page->window.kind == WINDOW_LIST
		? go_on(page, json_member_text(next, "after"))
		: count(page, json_object_get(found, "total"), told_before);
	page->results = json_array();
	bool is_copied = page->results != NULL && json_array_extend(page->results, results) == 0;
	return !is_good ? HUBSPOT_BAD_REPLY : is_copied ? HUBSPOT_OK : HUBSPOT_OUT_OF_MEMORY;
}

/* ---- bare results are read ---- */

static json_t *read_body(const struct page *page) {
	json_t *inputs = json_array();
	json_t *names = page_names(page->object, page->properties);
	size_t end = page->read + READ_AT_ONCE;
	bool is_done = inputs != NULL && names != NULL;
	for (size_t i = page->read; is_done && i < end && i < json_array_size(page->results); i++) {
		json_t *id = json_object_get(json_array_get(page->results, i), "id");
		is_done = json_array_append_new(inputs, json_pack("{s:O}", "id", id)) == 0;
	}
	if (!is_done) {
		json_decref(inputs);
		json_decref(names);
		return NULL;
	}
	return json_pack("{s:o, s:o}", "inputs", inputs, "properties", names);
}

/* A new reference; NULL: out of memory. */
static json_t *index_by_id(const json_t *results) {
	json_t *by_id = json_object();
	size_t index = 0;
	json_t *record = NULL;
	json_array_foreach (results, index, record) {
		const char *id = json_member_text(record, "id");
		if (id != NULL && json_object_set(by_id, id, record) != 0) {
			json_decref(by_id);
			return NULL;
		}
	}
	return by_id;
}

/* Puts the ids that HubSpot says it has not into `gone`; *is_anyone: it does not say of all which
 * they are. False: out of memory. */
static bool read_gone(const json_t *errors, json_t *gone, bool *is_anyone) {
	bool is_done = gone != NULL;
	size_t index = 0;
	json_t *error = NULL;
	json_array_foreach (errors, index, error) {
		const json_t *ids = json_object_get(json_object_get(error, "context"), "ids");
		size_t number = 0;
		json_t *id = NULL;
		if (!str_is_equal(json_member_text(error, "category"), "OBJECT_NOT_FOUND")) {
			continue;
		}
		*is_anyone |= json_array_size(ids) == 0;
		json_array_foreach (ids, number, id) {
			const char *text = json_string_value(id);
			is_done &= text == NULL || json_object_set(gone, text, id) == 0;
		}
	}
	return is_done;
}

/* Puts the records in the places of their ids. One that is not there has been archived meanwhile,
 * if HubSpot says so of it; if it does not, its reply makes no sense. */
static enum hubspot_failure complete(struct page *page, const json_t *reply) {
	json_auto_t *by_id = index_by_id(json_object_get(reply, "results"));
	json_auto_t *gone = json_object();
	bool is_anyone_gone = false;
	bool is_read = read_gone(json_object_get(reply, "errors"), gone, &is_anyone_gone);
	if (by_id == NULL || !is_read) {
		return HUBSPOT_OUT_OF_MEMORY;
	}
	size_t end = page->read + READ_AT_ONCE;
	for (; page->read < end && page->read < json_array_size(page->results); page->read++) {
		json_t *bare = json_array_get(page->results, page->read);
		const char *id = json_member_text(bare, "id");
		json_t *record = json_object_get(by_id, id);
		if (record == NULL && !is_anyone_gone && json_object_get(gone, id) == NULL) {
			return HUBSPOT_BAD_REPLY;
		}
		(void)json_array_set_new(page->results, page->read,
			record != NULL ? json_incref(record) : json_null());
	}
	return HUBSPOT_OK;
}

static bool submit(struct page *page, struct hubspot_operation *operation, hubspot_done_fn *done) {
	const struct behalf behalf = behalf_of(page->request, false);
	operation->flags |= operation->kind == HUBSPOT_RAW ? HUBSPOT_REPEATABLE : 0;
	return behalf_submit(&behalf, page->object->hubspot, operation, done, page, &page->handle);
}

static void was_read(const struct hubspot_result *result, void *ctx);

static bool ask_to_read(struct page *page) {
	json_auto_t *body = read_body(page);
	struct buf call;
	buf_init(&call, CALL_CEILING);
	buf_add_text(&call, "POST {objects}/");
	str_add_url_escaped(&call, page->object->hubspot_type);
	buf_add_text(&call, "/batch/read");
	bool is_asked = body != NULL && !call.is_failed &&
		submit(page,
			&(struct hubspot_operation){
				.kind = HUBSPOT_RAW, .object = buf_text(&call), .body = body},
			was_read);
	buf_finish(&call);
	return is_asked;
}

static void read_on(struct page *page, const struct hubspot_result *result) {
	if (!page->is_bare || page->read == json_array_size(page->results)) {
		reply(page, result);
	} else if (!ask_to_read(page)) {
		fail_as(page, result, HUBSPOT_OUT_OF_MEMORY);
	}
}

/* The reply has been taken in, or is `failure`. */
static void went(
	struct page *page, const struct hubspot_result *result, enum hubspot_failure failure) {
	if (failure != HUBSPOT_OK) {
		fail_as(page, result, failure);
	} else {
		read_on(page, result);
	}
}

static void was_read(const struct hubspot_result *result, void *ctx) {
	struct page *page = ctx;
	if (result->failure != HUBSPOT_OK) {
		fail(page, result);
	} else {
		went(page, result, complete(page, result->record));
	}
}

/* ---- from the beginning ---- */

static void was_found(const struct hubspot_result *result, void *ctx) {
	struct page *page = ctx;
	if (result->failure != HUBSPOT_OK) {
		fail(page, result);
	} else {
		went(page, result, take(page, result->record));
	}
}

/* A record, or none. */
static void was_looked_up(const struct hubspot_result *result, void *ctx) {
	struct page *page = ctx;
	if (result->failure != HUBSPOT_OK && result->failure != HUBSPOT_NOT_FOUND) {
		fail(page, result);
		return;
	}
	page->results =
		result->failure == HUBSPOT_OK ? json_pack("[O]", result->record) : json_array();
	if (page->results == NULL) {
		fail_as(page, result, HUBSPOT_OUT_OF_MEMORY);
		return;
	}
	reply(page, result);
}

static void leave(struct http_request *request, void *ctx) {
	struct page *page = ctx;
	(void)request;
	hubspot_cancel(page->object->hubspot, page->handle);
}

int page_start(const struct object *object, struct http_request *request,
	const struct page_wanted *wanted, struct hubspot_operation *operation) {
	struct page *page = calloc(1, sizeof(*page));
	if (page == NULL) {
		return refuse_for_room(object, HUBSPOT_READ, request);
	}
	*page = (struct page){.object = object,
		.request = request,
		.window = wanted->window,
		.properties = json_incref((json_t *)wanted->properties),
		.is_bare = wanted->is_bare,
		.tells_total = wanted->tells_total};
	if (!submit(page, operation, operation->kind == HUBSPOT_READ ? was_looked_up : was_found)) {
		destroy(page);
		return refuse_for_room(object, HUBSPOT_READ, request);
	}
	http_on_gone(request, leave, page);
	return HTTP_LATER;
}
