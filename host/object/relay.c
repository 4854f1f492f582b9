#include "object/inside.h"

#include "base/json.h"
#include "base/str.h"
#include "http/http.h"

static void relay_failure(const struct object *object, enum hubspot_kind kind,
	struct http_request *request, const struct hubspot_result *result) {
	struct http_problem problem;
	struct object_problem_memory memory;
	const char *method = http_method(request);
	object_problem(object, result, &problem, &memory);
	if (kind == HUBSPOT_READ || str_is_equal(method, "GET") || str_is_equal(method, "HEAD")) {
		problem.outcome = HTTP_OUTCOME_NONE;
	}
	http_refuse(request, &problem);
	object_problem_finish(&memory);
}

/* HubSpot did it, and what it did cannot be told. */
static void relay_untold(const struct object *object, enum hubspot_kind kind,
	struct http_request *request, const struct hubspot_result *result,
	enum hubspot_failure failure) {
	struct hubspot_result untold = *result;
	untold.failure = failure;
	untold.outcome = HUBSPOT_UNKNOWN;
	relay_failure(object, kind, request, &untold);
}

/* Replies with `body` and forgets it; NULL: out of memory. */
static void reply_with(const struct object *object, enum hubspot_kind kind,
	struct http_request *request, const struct hubspot_result *result, int status,
	json_t *body) {
	if (body == NULL) {
		relay_untold(object, kind, request, result, HUBSPOT_OUT_OF_MEMORY);
		return;
	}
	http_reply(request, status, body);
	json_decref(body);
}

static void relay_read(const struct object *object, struct http_request *request,
	const struct hubspot_result *result) {
	if (result->record == NULL) {
		relay_untold(object, HUBSPOT_READ, request, result, HUBSPOT_BAD_REPLY);
		return;
	}
	reply_with(object, HUBSPOT_READ, request, result, 200,
		object_from_hubspot(object, result->record));
}

static json_t *written(const struct object *object, const char *id, const char *action) {
	json_t *body = NULL;
	char *message = str_format("%s %s successfully", object->title, action);
	if (message != NULL) {
		body = json_pack("{s:s, s:s, s:s, s:s, s:s}", "status", "success", "message",
			message, object->id_member, id, "id", id, "action", action);
	}
	free(message);
	return body;
}

static void relay_write(const struct object *object, enum hubspot_kind kind,
	struct http_request *request, const struct hubspot_result *result) {
	const char *id = result->id != NULL ? result->id : json_member_text(result->record, "id");
	if (id == NULL) {
		relay_untold(object, kind, request, result, HUBSPOT_BAD_REPLY);
		return;
	}
	bool is_created = kind == HUBSPOT_CREATE || (kind == HUBSPOT_UPSERT && result->is_created);
	reply_with(object, kind, request, result, is_created ? 201 : 200,
		written(object, id, is_created ? "created" : "updated"));
}

void object_relay(const struct object *object, enum hubspot_kind kind, struct http_request *request,
	const struct hubspot_result *result) {
	if (result->failure != HUBSPOT_OK) {
		relay_failure(object, kind, request, result);
	} else if (object == NULL || kind == HUBSPOT_RAW) {
		http_reply(request, result->record != NULL ? 200 : 204, result->record);
	} else if (kind == HUBSPOT_READ) {
		relay_read(object, request, result);
	} else if (kind == HUBSPOT_ARCHIVE) {
		http_reply(request, 204, NULL);
	} else {
		relay_write(object, kind, request, result);
	}
}
