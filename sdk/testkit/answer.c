/*
 * What a test, or the memory, says of an operation -> the result that the real HubSpot client would
 * make of such a reply once it has given up to repeat it.
 */
#include "inside.h"

#include <string.h>

#include "base/str.h"

static bool is_read(const struct hubspot_handle *operation) {
	return operation->kind == HUBSPOT_READ ||
		(operation->kind == HUBSPOT_RAW &&
			(str_starts_with(operation->shown.object, "GET ") ||
				str_ends_with(operation->shown.object, "/search") ||
				str_ends_with(operation->shown.object, "/batch/read")));
}

/* As the client sees it: would sending it again do no harm, whatever became of the first? */
static bool is_safe_again(const struct hubspot_handle *operation) {
	const struct hsck_operation *shown = &operation->shown;
	bool has_soft_key = hubspot_is_shared(shown->object, shown->id_property);
	switch (operation->kind) {
	case HUBSPOT_CREATE:
		return shown->id_property != NULL && !has_soft_key;
	case HUBSPOT_UPSERT:
		return !has_soft_key;
	case HUBSPOT_RAW:
		return (operation->flags & HUBSPOT_REPEATABLE) != 0 || is_read(operation);
	default:
		return true;
	}
}

static enum hubspot_failure failure_of(int status) {
	switch (status) {
	case 400:
	case 422:
		return HUBSPOT_INVALID;
	case 401:
		return HUBSPOT_UNAUTHORIZED;
	case 403:
		return HUBSPOT_FORBIDDEN;
	case 404:
		return HUBSPOT_NOT_FOUND;
	case 409:
		return HUBSPOT_CONFLICT;
	case 423:
	case 429:
	case 477:
		return HUBSPOT_LIMITED;
	default:
		return status >= 500    ? HUBSPOT_SERVER_ERROR
			: status >= 300 ? HUBSPOT_REFUSED
					: HUBSPOT_OK;
	}
}

static bool leaves_open(enum hubspot_failure failure) {
	return failure == HUBSPOT_NO_REPLY || failure == HUBSPOT_BAD_REPLY ||
		failure == HUBSPOT_SERVER_ERROR || failure == HUBSPOT_DEADLINE ||
		failure == HUBSPOT_CANCELLED;
}

static bool is_passing(enum hubspot_failure failure) {
	return failure == HUBSPOT_BUSY || failure == HUBSPOT_UNREACHABLE ||
		failure == HUBSPOT_LIMITED || leaves_open(failure);
}

static struct hubspot_result failed(
	const struct hubspot_handle *operation, enum hubspot_failure failure) {
	bool is_open = leaves_open(failure) && !is_read(operation);
	return (struct hubspot_result){.failure = failure,
		.outcome = is_open ? HUBSPOT_UNKNOWN : HUBSPOT_NOT_APPLIED,
		.is_retryable = is_passing(failure) && (!is_open || is_safe_again(operation)),
		.attempts = 1};
}

void answer_fail(struct hubspot_handle *operation, enum hubspot_failure failure) {
	struct hubspot_result result = failed(operation, failure);
	result.attempts = 0;
	hubspot_end(operation, &result);
}

void answer_refuse(struct hubspot_handle *operation, int status, const char *message,
	const char *existing_id) {
	struct hubspot_result result = failed(operation, failure_of(status));
	result.status = status;
	result.message = message;
	result.existing_id = existing_id;
	hubspot_end(operation, &result);
}

void answer_ambiguous(struct hubspot_handle *operation, json_t *ids) {
	struct hubspot_result result = failed(operation, HUBSPOT_AMBIGUOUS);
	result.status = 200; /* of the search that found them */
	result.existing_ids = ids;
	hubspot_end(operation, &result);
}

void answer_done(struct hubspot_handle *operation, int status, const char *id, bool is_created,
	json_t *record) {
	const struct hubspot_result result = {.failure = HUBSPOT_OK,
		.outcome = HUBSPOT_APPLIED,
		.status = status,
		.attempts = 1,
		.is_created = is_created,
		.id = id,
		.record = record};
	hubspot_end(operation, &result);
}

/* ---- of a test ---- */

static bool has_record(const struct hubspot_handle *operation) {
	return operation->kind == HUBSPOT_READ || operation->kind == HUBSPOT_CREATE ||
		operation->kind == HUBSPOT_UPDATE || operation->kind == HUBSPOT_UPSERT;
}

/* What stands in the record when the test does not say: what was written, or looked for. */
static json_t *properties_of(
	const struct hubspot_handle *operation, const struct prepared *answer) {
	const struct hsck_operation *shown = &operation->shown;
	if (answer->record != NULL) {
		return json_incref(answer->record);
	}
	if (operation->body != NULL) {
		return json_incref(operation->body);
	}
	return shown->id_property != NULL ? json_pack("{s:s}", shown->id_property, shown->id)
					  : json_object();
}

static void give_done(struct hubspot_handle *operation, const struct prepared *answer) {
	const struct hsck_answer *told = &answer->told;
	const struct hsck_operation *shown = &operation->shown;
	bool is_id = shown->id != NULL && shown->id_property == NULL &&
		operation->kind != HUBSPOT_CREATE;
	bool is_new = told->is_created || operation->kind == HUBSPOT_CREATE;
	int status = told->status != 0 ? told->status : is_new ? 201 : 200;
	if (operation->kind == HUBSPOT_RAW) {
		answer_done(operation, answer->body == NULL && told->status == 0 ? 204 : status,
			NULL, false, answer->body);
		return;
	}
	const char *id = told->id != NULL ? told->id : is_id ? shown->id : "1";
	json_t *properties = properties_of(operation, answer);
	json_t *record = has_record(operation) ? record_make(id, properties) : NULL;
	answer_done(operation, status, id, told->is_created, record);
	json_decref(record);
	json_decref(properties);
}

static void give_failure(struct hubspot_handle *operation, const struct prepared *answer) {
	static const enum hubspot_failure FAILURES[] = {[HSCK_DONE] = HUBSPOT_REFUSED,
		[HSCK_TIMEOUT] = HUBSPOT_NO_REPLY,
		[HSCK_UNREACHABLE] = HUBSPOT_UNREACHABLE,
		[HSCK_GARBAGE] = HUBSPOT_BAD_REPLY,
		[HSCK_BUSY] = HUBSPOT_BUSY,
		[HSCK_DEADLINE] = HUBSPOT_DEADLINE};
	const struct hsck_answer *told = &answer->told;
	struct hubspot_result result = failed(operation,
		told->ends == HSCK_DONE ? failure_of(told->status) : FAILURES[told->ends]);
	result.status = told->ends == HSCK_GARBAGE ? 200 : told->status;
	result.message = told->message;
	result.category = told->category;
	result.errors = answer->errors;
	result.existing_id = told->existing_id;
	result.retry_after_ms = told->retry_after_ms;
	result.record = operation->kind == HUBSPOT_RAW ? answer->body : NULL;
	hubspot_end(operation, &result);
}

void answer_give(struct hubspot_handle *operation, const struct prepared *answer) {
	const struct hsck_answer *told = &answer->told;
	if (told->ends == HSCK_DONE && failure_of(told->status) == HUBSPOT_OK) {
		give_done(operation, answer);
	} else {
		give_failure(operation, answer);
	}
}
