#include "object/inside.h"

#include "http/http.h"
#include "schema/schema.h"

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
		return work_start(object, request, &operation);
	}
	char *id = object_key_value(object, object->key->name, value);
	if (id == NULL || json_object_set_new(record, object->key->hubspot, json_string(id)) != 0) {
		free(id);
		return refuse_for_room(object, kind, request);
	}
	operation.id = id;
	operation.id_property = object->key->hubspot;
	int handled = work_start(object, request, &operation);
	free(id);
	return handled;
}

int serve_post(struct http_request *request, void *ctx) {
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
	json_auto_t *record = body_accept(object, request, 0);
	if (record == NULL) {
		return HTTP_REPLIED;
	}
	if (object->key != NULL) {
		return write_by_key(object, request, kind, record);
	}
	return work_start(
		object, request, &(struct hubspot_operation){.kind = kind, .body = record});
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
		return work_start(object, request, operation);
	}
	char *value = object_key_value(object, property->name, id);
	if (value == NULL) {
		return refuse_for_room(object, operation->kind, request);
	}
	operation->id = value;
	operation->id_property = property->hubspot;
	int handled = work_start(object, request, operation);
	free(value);
	return handled;
}

static const char *const record_query[] = {"id_property", NULL};

int serve_get(struct http_request *request, void *ctx) {
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

int serve_patch(struct http_request *request, void *ctx) {
	const struct object *object = ctx;
	if (!http_check_query(request, record_query)) {
		return HTTP_REPLIED;
	}
	json_auto_t *record = body_accept(object, request, SCHEMA_PARTIAL);
	if (record == NULL) {
		return HTTP_REPLIED;
	}
	if (json_object_size(http_body(request)) == 0) {
		return refuse_empty(request);
	}
	return start_on_record(object, request,
		&(struct hubspot_operation){.kind = HUBSPOT_UPDATE, .body = record});
}

int serve_delete(struct http_request *request, void *ctx) {
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
