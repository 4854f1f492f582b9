#include "object/inside.h"

#include "base/str.h"
#include "http/http.h"

int refuse_for_room(
	const struct object *object, enum hubspot_kind kind, struct http_request *request) {
	const struct hubspot_result result = {.failure = HUBSPOT_OUT_OF_MEMORY,
		.outcome = HUBSPOT_NOT_APPLIED,
		.is_retryable = true};
	object_relay(object, kind, request, &result);
	return HTTP_REPLIED;
}

int refuse(struct http_request *request, int status, const char *code, const char *message) {
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
int refuse_body(const struct object *object, struct http_request *request, const json_t *errors) {
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

int refuse_keyless(const struct object *object, struct http_request *request) {
	char message[128];
	json_auto_t *errors = json_array();
	snprintf(message, sizeof(message), "is required: it identifies the %.64s", object->name);
	(void)json_array_append_new(errors, field_error(object->key->name, "required", message));
	return refuse_body(object, request, errors);
}

/* Not left to http, which does not know who can declare a missing property. */
json_t *body_accept(const struct object *object, struct http_request *request, unsigned how) {
	json_auto_t *errors = json_array();
	json_t *record = record_accept(object, http_body(request), how, errors);
	if (record == NULL && json_array_size(errors) == 0) {
		refuse_for_room(object, HUBSPOT_UPDATE, request);
	} else if (record == NULL) {
		refuse_body(object, request, errors);
	}
	return record;
}
