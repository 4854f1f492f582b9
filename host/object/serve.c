#include "object/write.h"

#include "http/http.h"

/* ---- writes ---- */

static void answer(const struct answer *answer, void *ctx) {
	struct http_request *request = ctx;
	struct answer told = *answer;
	if (json_is_object(json_object_get(told.body, "record"))) {
		(void)http_reply_header(request, "Preference-Applied", "return=representation");
	}
	json_incref(told.body);
	answer_send(request, &told);
}

static void leave(struct http_request *request, void *ctx) {
	(void)request;
	write_cancel(ctx);
}

/* What is not in `wanted` yet comes from the request. */
static int start_write(
	const struct object *object, struct http_request *request, struct write_wanted *wanted) {
	struct answer refused;
	wanted->body = http_body(request);
	wanted->wants_record = prefers_record(request);
	wanted->behalf = behalf_of(request, false);
	if ((wanted->wants_record && !may_read(object, request)) ||
		!may_link(object, request, wanted->body)) {
		return HTTP_REPLIED;
	}
	struct write *write = write_start(object, wanted, answer, request, &refused);
	if (write == NULL) {
		answer_send(request, &refused);
		return HTTP_REPLIED;
	}
	http_on_gone(request, leave, write);
	return HTTP_LATER;
}

int serve_post(struct http_request *request, void *ctx) {
	static const char *const query[] = {"mode", NULL};
	const struct object *object = ctx;
	if (!http_check_query(request, query)) {
		return HTTP_REPLIED;
	}
	const char *mode = http_query_param(request, "mode");
	const char *fault = write_mode_fault(object, mode);
	return fault != NULL ? refuse(request, 400, "invalid_parameter", fault)
			     : start_write(object, request, &(struct write_wanted){.mode = mode});
}

/* ---- path/{id}: read, patch, archive ---- */

bool id_is_plausible(const char *text) {
	size_t length = text != NULL ? strlen(text) : 0;
	return length >= 1 && length <= 20 && strspn(text, "0123456789") == length && *text != '0';
}

static const char *const record_query[] = {"id_property", NULL};

static bool refuse_property(
	const struct object *object, struct http_request *request, const char *by) {
	char message[192];
	snprintf(message, sizeof(message), "%s must be a property of the schema of %.64s", by,
		object->path + 1);
	refuse(request, 400, "invalid_parameter", message);
	return false;
}

bool name_read(const struct object *object, struct http_request *request, const char *param,
	const char *by, struct named *named) {
	const char *name = http_query_param(request, by);
	const struct property *property = name == NULL ? NULL : property_by_name(object, name);
	*named = (struct named){.id = http_path_param(request, param)};
	if (name != NULL && property == NULL) {
		return refuse_property(object, request, by);
	}
	if (property != NULL && strcmp(property->name, "id") != 0) {
		named->value = object_key_value(object, property->name, named->id);
		named->id = named->value;
		named->id_property = property->hubspot;
		if (named->value == NULL) {
			refuse_for_room(object, HUBSPOT_UPDATE, request);
		}
		return named->value != NULL;
	}
	if (!id_is_plausible(named->id)) {
		refuse(request, 404, "not_found",
			"there is no such record: an id is 1 to 20 digits, the first of them no 0");
		return false;
	}
	return true;
}

int serve_get(struct http_request *request, void *ctx) {
	const struct object *object = ctx;
	struct named named;
	if (!http_check_query(request, record_query) ||
		!name_read(object, request, "id", "id_property", &named)) {
		return HTTP_REPLIED;
	}
	int handled = work_start(object, request,
		&(struct hubspot_operation){.kind = HUBSPOT_READ,
			.id = named.id,
			.id_property = named.id_property,
			.properties = object->asked});
	free(named.value);
	return handled;
}

int serve_patch(struct http_request *request, void *ctx) {
	const struct object *object = ctx;
	struct named named;
	if (!http_check_query(request, record_query) ||
		!name_read(object, request, "id", "id_property", &named)) {
		return HTTP_REPLIED;
	}
	int handled = start_write(object, request,
		&(struct write_wanted){.id = named.id, .id_property = named.id_property});
	free(named.value);
	return handled;
}

int serve_delete(struct http_request *request, void *ctx) {
	const struct object *object = ctx;
	struct named named;
	if (!http_check_query(request, record_query)) {
		return HTTP_REPLIED;
	}
	if (http_query_param(request, "id_property") != NULL) {
		return refuse(request, 400, "invalid_parameter",
			"DELETE knows records by their id only: read the record by id_property "
			"first");
	}
	if (!name_read(object, request, "id", "id_property", &named)) {
		return HTTP_REPLIED;
	}
	return work_start(object, request,
		&(struct hubspot_operation){.kind = HUBSPOT_ARCHIVE, .id = named.id});
}
