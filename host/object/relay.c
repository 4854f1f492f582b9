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
static struct hubspot_result untold(
	const struct hubspot_result *result, enum hubspot_failure failure) {
	struct hubspot_result untold = *result;
	untold.failure = failure;
	untold.outcome = HUBSPOT_UNKNOWN;
	return untold;
}

static void relay_untold(const struct object *object, enum hubspot_kind kind,
	struct http_request *request, const struct hubspot_result *result,
	enum hubspot_failure failure) {
	const struct hubspot_result told = untold(result, failure);
	relay_failure(object, kind, request, &told);
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

/* The reply to a write that HubSpot did; or, when there is none, the failure that takes its place.
 */
static enum hubspot_failure reply_of(const struct object *object, enum hubspot_kind kind,
	const struct hubspot_result *result, int *status, json_t **body) {
	const char *id = result->id != NULL ? result->id : json_member_text(result->record, "id");
	if (id == NULL) {
		return HUBSPOT_BAD_REPLY;
	}
	bool is_created = kind == HUBSPOT_CREATE || (kind == HUBSPOT_UPSERT && result->is_created);
	*status = is_created ? 201 : 200;
	*body = written(object, id, is_created ? "created" : "updated");
	if (result->warnings != NULL) {
		(void)json_object_set_new(*body, "warnings", object_warnings(object, result));
	}
	return *body != NULL ? HUBSPOT_OK : HUBSPOT_OUT_OF_MEMORY;
}

json_t *object_written(const struct object *object, enum hubspot_kind kind,
	const struct hubspot_result *result, int *status) {
	json_t *body = NULL;
	return reply_of(object, kind, result, status, &body) == HUBSPOT_OK ? body : NULL;
}

static void relay_write(const struct object *object, enum hubspot_kind kind,
	struct http_request *request, const struct hubspot_result *result) {
	int status = 0;
	json_t *body = NULL;
	enum hubspot_failure failure = reply_of(object, kind, result, &status, &body);
	if (failure != HUBSPOT_OK) {
		relay_untold(object, kind, request, result, failure);
		return;
	}
	http_reply(request, status, body);
	json_decref(body);
}

/* ---- the same, to be sent later ---- */

void answer_problem(const struct http_problem *problem, const char *label, struct answer *answer) {
	struct http_problem told = *problem;
	if (told.outcome == HTTP_OUTCOME_NONE) {
		told.outcome = HTTP_NOT_APPLIED;
	}
	*answer = (struct answer){.status = told.status,
		.body = http_problem_json(&told, label),
		.retry_after_ms = told.retry_after_ms};
}

static void answer_failure(const struct object *object, const struct hubspot_result *result,
	const char *label, struct answer *answer) {
	struct http_problem problem;
	struct object_problem_memory memory;
	object_problem(object, result, &problem, &memory);
	answer_problem(&problem, label, answer);
	object_problem_finish(&memory);
}

void answer_write(const struct object *object, enum hubspot_kind kind,
	const struct hubspot_result *result, const char *label, struct answer *answer) {
	enum hubspot_failure failure = result->failure;
	*answer = (struct answer){.status = 0};
	if (failure == HUBSPOT_OK) {
		failure = reply_of(object, kind, result, &answer->status, &answer->body);
	}
	if (failure != result->failure) {
		const struct hubspot_result told = untold(result, failure);
		answer_failure(object, &told, label, answer);
	} else if (failure != HUBSPOT_OK) {
		answer_failure(object, result, label, answer);
	}
}

static void add_retry_after(struct http_request *request, uint64_t retry_after_ms) {
	char seconds[24];
	if (retry_after_ms > 0) {
		snprintf(seconds, sizeof(seconds), "%llu",
			(unsigned long long)((retry_after_ms - 1) / 1000 + 1));
		(void)http_reply_header(request, "Retry-After", seconds);
	}
}

void answer_send(struct http_request *request, const struct answer *answer) {
	add_retry_after(request, answer->retry_after_ms);
	if (answer->body == NULL) { /* http has a reply that needs no memory */
		http_refuse(request,
			&(struct http_problem){.status = 503,
				.code = "unavailable",
				.message = "the connector has no room for this now",
				.outcome = HTTP_UNKNOWN});
		return;
	}
	http_reply(request, answer->status, answer->body);
	json_decref(answer->body);
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
