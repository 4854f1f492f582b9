/*
 * Associations by themselves. An errand knows one record, or two; those that are named by a key are
 * looked up first, one after the other. Then it asks HubSpot once, and replies.
 */
#include "object/links.h"
#include "object/pages.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "http/http.h"

enum { CALL_CEILING = 16 * 1024, KNOWN_SIZE = 256, MESSAGE_SIZE = 512, ID_SIZE = 24 };

struct end {
	const struct object *object;
	char *id;                /* the record's, once it is known */
	char *value;             /* of id_property; or NULL */
	const char *id_property; /* HubSpot's name */
};

struct errand {
	struct seeker seeker;
	enum hubspot_kind kind; /* LINK, UNLINK, or RAW: to read */
	struct http_request *request;
	struct end ends[2]; /* the second of a reading has no record */
	bool is_seeking;
	bool is_gone;
	struct hubspot_handle *handle;
	size_t limit;         /* to read: so many ... */
	struct window window; /* ... from here on */
};

static void destroy(struct errand *errand) {
	for (size_t i = 0; i < 2; i++) {
		free(errand->ends[i].id);
		free(errand->ends[i].value);
	}
	free(errand);
}

/* ---- replies, which end the errand ---- */

static void fail(struct errand *errand, const struct object *object,
	const struct hubspot_result *result, enum hubspot_failure failure) {
	struct hubspot_result told = *result;
	told.failure = failure;
	object_relay(object, errand->kind, errand->request, &told);
	destroy(errand);
}

static void fail_for_room(struct errand *errand) {
	const struct hubspot_result result = {.outcome = HUBSPOT_NOT_APPLIED, .is_retryable = true};
	fail(errand, errand->ends[0].object, &result, HUBSPOT_OUT_OF_MEMORY);
}

/* What HubSpot did cannot be told. */
static void fail_untold(struct errand *errand, enum hubspot_failure failure) {
	const struct hubspot_result result = {.outcome = HUBSPOT_UNKNOWN, .is_retryable = true};
	fail(errand, errand->ends[0].object, &result, failure);
}

static void reply_linked(struct errand *errand) {
	const struct object *object = errand->ends[0].object, *other = errand->ends[1].object;
	char message[MESSAGE_SIZE];
	snprintf(message, sizeof(message), "%.64s linked successfully", object->title);
	json_auto_t *body = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "status", "success",
		"message", message, object->id_member, errand->ends[0].id, "id", errand->ends[0].id,
		"object", other->path + 1, "other_id", errand->ends[1].id, "action", "linked");
	if (body == NULL) {
		fail_untold(errand, HUBSPOT_OUT_OF_MEMORY);
		return;
	}
	http_reply(errand->request, 200, body);
	destroy(errand);
}

/* ---- what is linked ---- */

/* {"category","typeId","label"} -> {"type_id","category","label"} */
static json_t *tell_type(const json_t *type) {
	json_t *told = json_pack("{s:O, s:O}", "type_id", json_object_get(type, "typeId"),
		"category", json_object_get(type, "category"));
	const char *label = json_member_text(type, "label");
	if (told != NULL && label != NULL) {
		(void)json_object_set_new(told, "label", json_string(label));
	}
	return told;
}

/* {"toObjectId","associationTypes"} -> {"id","types"}; NULL: it makes no sense, or no memory. */
static json_t *tell_one(const json_t *result) {
	const json_t *id = json_object_get(result, "toObjectId");
	char text[ID_SIZE];
	int length = json_is_integer(id)
		? snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(id))
		: snprintf(text, sizeof(text), "%s",
			  json_is_string(id) ? json_string_value(id) : "");
	json_t *types = json_array();
	size_t index = 0;
	json_t *type = NULL;
	json_array_foreach (json_object_get(result, "associationTypes"), index, type) {
		(void)json_array_append_new(types, tell_type(type));
	}
	if (length <= 0 || length >= ID_SIZE) {
		json_decref(types);
		return NULL;
	}
	return json_pack("{s:s, s:o}", "id", text, "types", types);
}

static json_t *tell_all(const json_t *results) {
	json_t *told = json_array();
	size_t index = 0;
	json_t *result = NULL;
	json_array_foreach (results, index, result) {
		if (json_array_append_new(told, tell_one(result)) != 0) {
			json_decref(told);
			return NULL;
		}
	}
	return told;
}

/* NULL: HubSpot's reply makes no sense, or no memory. */
static json_t *tell_page(struct errand *errand, const json_t *reply) {
	const json_t *next = json_object_get(json_object_get(reply, "paging"), "next");
	const char *after = json_member_text(next, "after");
	char cursor[WINDOW_TEXT_SIZE];
	struct window *window = &errand->window;
	if (!json_is_array(json_object_get(reply, "results"))) {
		return NULL;
	}
	if (after != NULL) {
		size_t size = strlen(after) + 1;
		if (size > sizeof(window->from) || strcmp(after, window->from) == 0) {
			return NULL;
		}
		memcpy(window->from, after, size);
		window_write(window, cursor);
	}
	json_t *results = tell_all(json_object_get(reply, "results"));
	return page_body(PAGE_UNCOUNTED, results, after != NULL ? cursor : NULL);
}

static void reply_page(struct errand *errand, const json_t *reply) {
	json_auto_t *body = tell_page(errand, reply);
	if (body == NULL) {
		fail_untold(errand, HUBSPOT_BAD_REPLY);
		return;
	}
	http_reply(errand->request, 200, body);
	destroy(errand);
}

/* ---- asked ---- */

static void was_asked(const struct hubspot_result *result, void *ctx) {
	struct errand *errand = ctx;
	if (result->failure != HUBSPOT_OK) {
		fail(errand, errand->ends[0].object, result, result->failure);
	} else if (errand->kind == HUBSPOT_RAW) {
		reply_page(errand, result->record);
	} else if (errand->kind == HUBSPOT_LINK) {
		reply_linked(errand);
	} else {
		http_reply(errand->request, 204, NULL);
		destroy(errand);
	}
}

static bool submit(struct errand *errand, struct hubspot_operation *operation) {
	const struct behalf behalf = behalf_of(errand->request, false);
	return behalf_submit(&behalf, errand->ends[0].object->hubspot, operation, was_asked, errand,
		&errand->handle);
}

static bool ask_to_link(struct errand *errand) {
	return submit(errand,
		&(struct hubspot_operation){.kind = errand->kind,
			.object = errand->ends[0].object->hubspot_type,
			.id = errand->ends[0].id,
			.to_object = errand->ends[1].object->hubspot_type,
			.to_id = errand->ends[1].id});
}

static bool ask_to_read(struct errand *errand) {
	struct buf call;
	buf_init(&call, CALL_CEILING);
	buf_add_text(&call, "GET {linked}/");
	str_add_url_escaped(&call, errand->ends[0].object->hubspot_type);
	buf_printf(&call, "/%s/associations/", errand->ends[0].id);
	str_add_url_escaped(&call, errand->ends[1].object->hubspot_type);
	buf_printf(&call, "?limit=%zu", errand->limit);
	if (errand->window.from[0] != '\0') {
		buf_add_text(&call, "&after=");
		str_add_url_escaped(&call, errand->window.from);
	}
	bool is_asked = !call.is_failed &&
		submit(errand,
			&(struct hubspot_operation){.kind = HUBSPOT_RAW,
				.flags = HUBSPOT_REPEATABLE,
				.object = buf_text(&call)});
	buf_finish(&call);
	return is_asked;
}

/* ---- from the beginning ---- */

static int go_on(struct errand *errand);

static void was_found(struct seeker *seeker, const struct hubspot_result *result) {
	struct errand *errand = list_entry(seeker, struct errand, seeker);
	struct end *end = errand->ends[0].id == NULL ? &errand->ends[0] : &errand->ends[1];
	const struct hubspot_result left = {.outcome = HUBSPOT_NOT_APPLIED};
	errand->is_seeking = false;
	if (result->failure != HUBSPOT_OK) {
		fail(errand, end->object, result, result->failure);
		return;
	}
	end->id = strdup(result->id);
	if (errand->is_gone) {
		fail(errand, end->object, &left, HUBSPOT_CANCELLED);
	} else if (end->id == NULL) {
		fail_for_room(errand);
	} else {
		go_on(errand);
	}
}

static bool seek(struct errand *errand, const struct end *end) {
	const struct find_wanted wanted = {.object = end->object,
		.value = end->value,
		.id_property = end->id_property,
		.behalf = behalf_of(errand->request, false)};
	errand->is_seeking = find_start(&errand->seeker, &wanted, was_found);
	return errand->is_seeking;
}

/* The next thing that there is to do. Returns what a handler returns. */
static int go_on(struct errand *errand) {
	bool has_begun = false;
	if (errand->ends[0].id == NULL) {
		has_begun = seek(errand, &errand->ends[0]);
	} else if (errand->kind == HUBSPOT_RAW) {
		has_begun = ask_to_read(errand);
	} else if (errand->ends[1].id == NULL) {
		has_begun = seek(errand, &errand->ends[1]);
	} else {
		has_begun = ask_to_link(errand);
	}
	if (!has_begun) {
		fail_for_room(errand);
	}
	return has_begun ? HTTP_LATER : HTTP_REPLIED;
}

static void leave(struct http_request *request, void *ctx) {
	struct errand *errand = ctx;
	(void)request;
	errand->is_gone = true;
	if (errand->is_seeking) {
		find_cancel(&errand->seeker);
	} else {
		hubspot_cancel(errand->ends[0].object->hubspot, errand->handle);
	}
}

/* ---- the request ---- */

static int refuse_object(struct http_request *request) {
	char known[KNOWN_SIZE], message[MESSAGE_SIZE];
	links_known(known, sizeof(known));
	snprintf(message, sizeof(message), "no object is called so here; there are: %s", known);
	return refuse(request, 404, "not_found", message);
}

/* False: the request has been refused. */
static bool read_end(struct end *end, struct http_request *request, const char *param,
	const char *by, const struct object *object) {
	struct named named;
	if (!name_read(object, request, param, by, &named)) {
		return false;
	}
	end->value = named.value;
	end->id_property = named.id_property;
	end->id = named.value == NULL ? strdup(named.id) : NULL;
	if (named.value == NULL && end->id == NULL) {
		refuse_for_room(object, HUBSPOT_LINK, request);
		return false;
	}
	return true;
}

/* False: the request has been refused. */
static bool read_page(struct errand *errand) {
	const char *text = http_query_param(errand->request, "limit");
	const struct end *end = &errand->ends[0];
	uint64_t limit = PAGE_DEFAULT;
	if (text != NULL && !str_to_uint(text, 1, LINKS_PAGE_MAX, &limit)) {
		refuse(errand->request, 400, "invalid_parameter",
			"limit must be a number from 1 to 500");
		return false;
	}
	errand->limit = (size_t)limit;
	uint64_t question = window_digest(0, end->object->hubspot_type);
	question = window_digest(question, end->value != NULL ? end->id_property : "");
	question = window_digest(question, end->value != NULL ? end->value : end->id);
	question = window_digest(question, errand->ends[1].object->hubspot_type);
	errand->window = (struct window){.kind = WINDOW_LIST, .question = question};
	if (!window_read(&errand->window, http_query_param(errand->request, "after"))) {
		refuse_cursor(end->object, errand->request);
		return false;
	}
	return true;
}

/* False: the request has been refused. */
static bool read_errand(struct errand *errand) {
	struct end *ends = errand->ends;
	if (!read_end(&ends[0], errand->request, "id", "id_property", ends[0].object)) {
		return false;
	}
	return errand->kind == HUBSPOT_RAW
		? read_page(errand)
		: read_end(&ends[1], errand->request, "other", "other_id_property", ends[1].object);
}

static int start(enum hubspot_kind kind, const struct object *object, struct http_request *request,
	const char *const *query) {
	if (!http_check_query(request, query)) {
		return HTTP_REPLIED;
	}
	const struct object *other = object_find(http_path_param(request, "object"));
	if (other == NULL) {
		return refuse_object(request);
	}
	if (kind == HUBSPOT_RAW ? !may_read(other, request) : !may_write(other, request)) {
		return HTTP_REPLIED;
	}
	struct errand *errand = calloc(1, sizeof(*errand));
	if (errand == NULL) {
		return refuse_for_room(object, kind, request);
	}
	*errand = (struct errand){
		.kind = kind, .request = request, .ends = {{.object = object}, {.object = other}}};
	if (!read_errand(errand)) {
		destroy(errand);
		return HTTP_REPLIED;
	}
	http_on_gone(request, leave, errand);
	return go_on(errand);
}

int serve_links(struct http_request *request, void *ctx) {
	static const char *const query[] = {"id_property", "limit", "after", NULL};
	return start(HUBSPOT_RAW, ctx, request, query);
}

static const char *const both[] = {"id_property", "other_id_property", NULL};

int serve_link(struct http_request *request, void *ctx) {
	return start(HUBSPOT_LINK, ctx, request, both);
}

int serve_unlink(struct http_request *request, void *ctx) {
	return start(HUBSPOT_UNLINK, ctx, request, both);
}
