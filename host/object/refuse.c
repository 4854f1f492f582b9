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
struct http_problem invalid_record(
	const struct object *object, const json_t *errors, char message[INVALID_MESSAGE_SIZE]) {
	int length =
		snprintf(message, INVALID_MESSAGE_SIZE, "this is no valid %.64s", object->name);
	if (has_unknown(errors)) {
		snprintf(message + length, INVALID_MESSAGE_SIZE - (size_t)length,
			"; the operator can declare more properties, as objects.%.64s.properties "
			"in the configuration file",
			object->path + 1);
	}
	return (struct http_problem){
		.status = 422, .code = "validation_failed", .message = message, .errors = errors};
}
