#include "object/inside.h"

#include "base/str.h"
#include "http/http.h"
#include "schema/schema.h"

/* An operation on behalf of a request: made by start(), freed by finish(), which always runs. */
struct work {
	const struct object *object;
	struct http_request *request;
	struct hubspot_handle *handle;
	enum hubspot_kind kind;
};

/* ---- from a request to an operation and back ---- */

static void finish(const struct hubspot_result *result, void *ctx) {
	struct work *work = ctx;
	object_relay(work->object, work->kind, work->request, result);
	free(work);
}

static void leave(struct http_request *request, void *ctx) {
	struct work *work = ctx;
	(void)request;
	hubspot_cancel(work->object->hubspot, work->handle);
}

static int refuse_for_room(
	const struct object *object, enum hubspot_kind kind, struct http_request *request) {
	const struct hubspot_result result = {.failure = HUBSPOT_OUT_OF_MEMORY,
		.outcome = HUBSPOT_NOT_APPLIED,
		.is_retryable = true};
	object_relay(object, kind, request, &result);
	return HTTP_REPLIED;
}

static int start(const struct object *object, struct http_request *request,
	struct hubspot_operation *operation) {
	operation->object = object->hubspot_type;
	operation->deadline_ms = http_deadline_ms(request);
	operation->label = http_request_id(request);
	operation->flags |= operation->kind == HUBSPOT_READ ? 0 : HUBSPOT_ID_ONLY;
	struct work *work = calloc(1, sizeof(*work));
	if (work == NULL) {
		return refuse_for_room(object, operation->kind, request);
	}
	*work = (struct work){.object = object, .request = request, .kind = operation->kind};
	if (!hubspot_submit(object->hubspot, operation, finish, work, &work->handle)) {
		free(work);
		return refuse_for_room(object, operation->kind, request);
	}
	http_on_gone(request, leave, work);
	return HTTP_LATER;
}

/* ---- refusing ---- */

static int refuse(struct http_request *request, int status, const char *code, const char *message) {
	http_refuse(request,
		&(struct http_problem){.status = status, .code = code, .message = message});
	return HTTP_REPLIED;
}

static bool has_unknown(const json_t *errors) {
	size_t index = 0;
	json_t *error = NULL;
	json_array_foreach (errors, index, error) {
		if (str_is_equal(json_string_value(json_object_get(error, "code")),
			    "additionalProperties")) {
			return true;
		}
	}
	return false;
}

/* One who posts an unknown member may be right about the account, and the schema behind it: it says
 * who can help. */
static int refuse_body(
	const struct object *object, struct http_request *request, const json_t *errors) {
	char message[320];
	int length = snprintf(message, sizeof(message), "the body is no valid %.64s", object->name);
	if (has_unknown(errors)) {
		snprintf(message + length, sizeof(message) - (size_t)length,
			"; the operator can declare more properties, as objects.%.64s.properties "
			"in the configuration file",
			object->path + 1);
	}
	http_refuse(request,
		&(struct http_problem){.status = 422,
			.code = "validation_failed",
			.message = message,
			.errors = errors});
	return HTTP_REPLIED;
}

static int refuse_keyless(const struct object *object, struct http_request *request) {
	char message[128];
	json_auto_t *errors = json_array();
	snprintf(message, sizeof(message), "is required: it identifies the %.64s", object->name);
	(void)json_array_append_new(errors, field_error(object->key->name, "required", message));
	return refuse_body(object, request, errors);
}

/* False: the body broke the schema and the request has been replied to. The check stands here, not
 * in http, which does not know who can declare a missing property. */
static bool check_body(const struct object *object, struct http_request *request, unsigned how) {
	const json_t *body = http_body(request);
	json_auto_t *errors = json_array();
	if (schema_validate(object->body_schema, body, how | SCHEMA_REFUSE_READ_ONLY, errors) &&
		convert_check(object, body, errors)) {
		return true;
	}
	refuse_body(object, request, errors);
	return false;
}

/* ---- POST path: upsert, create, update by the key ---- */

static const struct mode {
	const char *name;
	enum hubspot_kind with_key;
	enum hubspot_kind without_key; /* 0: there is none */
} modes[] = {
	{"upsert", HUBSPOT_UPSERT, HUBSPOT_CREATE},
	{"create", HUBSPOT_CREATE, HUBSPOT_CREATE},
	{"update", HUBSPOT_UPDATE, 0},
};

static const struct mode *find_mode(const char *name) {
	if (name == NULL) {
		return &modes[0];
	}
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].name, name) == 0) {
			return &modes[i];
		}
	}
	return NULL;
}

/* `record` is in HubSpot's names; its key becomes the normalised one, as HubSpot stores it. */
static int write_by_key(const struct object *object, struct http_request *request,
	enum hubspot_kind kind, json_t *record) {
	const char *value = json_string_value(json_object_get(record, object->key->hubspot));
	if (kind != HUBSPOT_CREATE && (value == NULL || *value == '\0')) {
		return refuse_keyless(object, request);
	}
	struct hubspot_operation operation = {.kind = kind, .body = record};
	if (value == NULL || *value == '\0') {
		return start(object, request, &operation);
	}
	char *id = object_key_value(object, object->key->name, value);
	if (id == NULL || json_object_set_new(record, object->key->hubspot, json_string(id)) != 0) {
		free(id);
		return refuse_for_room(object, kind, request);
	}
	operation.id = id;
	operation.id_property = object->key->hubspot;
	int handled = start(object, request, &operation);
	free(id);
	return handled;
}

static int serve_post(struct http_request *request, void *ctx) {
	static const char *const query[] = {"mode", NULL};
	const struct object *object = ctx;
	if (!http_check_query(request, query)) {
		return HTTP_REPLIED;
	}
	const struct mode *mode = find_mode(http_query_param(request, "mode"));
	if (mode == NULL) {
		return refuse(
			request, 400, "invalid_parameter", "mode must be upsert, create or update");
	}
	enum hubspot_kind kind = object->key != NULL ? mode->with_key : mode->without_key;
	if (kind == 0) {
		return refuse(request, 400, "invalid_parameter",
			"mode=update needs a key, and this object has none: use PATCH with the "
			"record's id");
	}
	if (!check_body(object, request, 0)) {
		return HTTP_REPLIED;
	}
	json_auto_t *record = object_to_hubspot(object, http_body(request));
	if (record == NULL) {
		return refuse_for_room(object, kind, request);
	}
	if (object->key != NULL) {
		return write_by_key(object, request, kind, record);
	}
	return start(object, request, &(struct hubspot_operation){.kind = kind, .body = record});
}

/* ---- path/{id}: read, patch, archive ---- */

static bool is_record_id(const char *text) {
	size_t length = strlen(text);
	return length >= 1 && length <= 20 && strspn(text, "0123456789") == length;
}

/* Submits `operation` on the record that the path and id_property name. */
static int start_on_record(const struct object *object, struct http_request *request,
	struct hubspot_operation *operation) {
	const char *id = http_path_param(request, "id");
	const char *by = http_query_param(request, "id_property");
	const struct property *property = by == NULL ? NULL : property_by_name(object, by);
	if (by != NULL && property == NULL) {
		return refuse(request, 400, "invalid_parameter",
			"id_property must be a property of this object's schema");
	}
	if (property == NULL || strcmp(property->name, "id") == 0) {
		if (!is_record_id(id)) {
			return refuse(request, 404, "not_found",
				"there is no such record: an id is 1 to 20 digits");
		}
		operation->id = id;
		return start(object, request, operation);
	}
	char *value = object_key_value(object, property->name, id);
	if (value == NULL) {
		return refuse_for_room(object, operation->kind, request);
	}
	operation->id = value;
	operation->id_property = property->hubspot;
	int handled = start(object, request, operation);
	free(value);
	return handled;
}

static const char *const record_query[] = {"id_property", NULL};

static int serve_get(struct http_request *request, void *ctx) {
	const struct object *object = ctx;
	if (!http_check_query(request, record_query)) {
		return HTTP_REPLIED;
	}
	return start_on_record(object, request,
		&(struct hubspot_operation){.kind = HUBSPOT_READ, .properties = object->asked});
}

static int refuse_empty(struct http_request *request) {
	static const char why[] = "there is nothing to update: the body has no properties";
	json_auto_t *errors = json_array();
	(void)json_array_append_new(errors, field_error(NULL, "minProperties", why));
	http_refuse(request,
		&(struct http_problem){.status = 422,
			.code = "validation_failed",
			.message = why,
			.errors = errors});
	return HTTP_REPLIED;
}

static int serve_patch(struct http_request *request, void *ctx) {
	const struct object *object = ctx;
	if (!http_check_query(request, record_query) ||
		!check_body(object, request, SCHEMA_PARTIAL)) {
		return HTTP_REPLIED;
	}
	if (json_object_size(http_body(request)) == 0) {
		return refuse_empty(request);
	}
	json_auto_t *record = object_to_hubspot(object, http_body(request));
	if (record == NULL) {
		return refuse_for_room(object, HUBSPOT_UPDATE, request);
	}
	return start_on_record(object, request,
		&(struct hubspot_operation){.kind = HUBSPOT_UPDATE, .body = record});
}

static int serve_delete(struct http_request *request, void *ctx) {
	const struct object *object = ctx;
	if (!http_check_query(request, record_query)) {
		return HTTP_REPLIED;
	}
	if (http_query_param(request, "id_property") != NULL) {
		return refuse(request, 400, "invalid_parameter",
			"DELETE knows records by their id only: read the record by id_property "
			"first");
	}
	return start_on_record(
		object, request, &(struct hubspot_operation){.kind = HUBSPOT_ARCHIVE});
}

/* ---- the routes: all that an object may offer. A list, search, batch and associations are rows
 * here, each with its handlers in a file beside this one. ---- */

static const struct {
	unsigned offer;
	const char *method;
	const char *tail; /* after the object's path */
	const char *verb;
	bool has_body;
	int (*handle)(struct http_request *request, void *ctx);
} routes[] = {
	{HSC_OBJECT_UPSERT, "POST", "", "Create or update a", true, serve_post},
	{HSC_OBJECT_CRUD, "GET", "/{id}", "Read a", false, serve_get},
	{HSC_OBJECT_CRUD, "PATCH", "/{id}", "Update a", true, serve_patch},
	{HSC_OBJECT_CRUD, "DELETE", "/{id}", "Archive a", false, serve_delete},
};

static bool has_room(uint64_t deadline_ms, uint64_t *retry_after_ms, void *ctx) {
	const struct object *object = ctx;
	return hubspot_has_room(object->hubspot, deadline_ms, retry_after_ms);
}

bool serve_add_routes(struct object *object, struct http *http, unsigned offers, const char *owner,
	bool *added, char *error, size_t error_size) {
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if ((offers & routes[i].offer) == 0) {
			continue;
		}
		char path[256];
		char summary[256];
		int length = snprintf(path, sizeof(path), "%s%s", object->path, routes[i].tail);
		if (length < 0 || (size_t)length >= sizeof(path)) {
			snprintf(error, error_size, "its path is too long");
			return false;
		}
		snprintf(summary, sizeof(summary), "%s %.128s", routes[i].verb, object->name);
		struct http_route route = {.method = routes[i].method,
			.path = path,
			.owner = owner,
			.summary = summary,
			.body_schema = routes[i].has_body ? object->route_schema : NULL,
			.handle = routes[i].handle,
			.has_room = has_room,
			.ctx = object};
		if (!http_add_route(http, &route, error, error_size)) {
			return false;
		}
		*added = true;
	}
	return true;
}
