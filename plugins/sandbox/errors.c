#include "inside.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void model_problem_finish(struct problem *problem) {
	json_decref(problem->body);
	json_decref(problem->row_context);
	memset(problem, 0, sizeof(*problem));
}

void model_problem_say(
	struct problem *problem, int status, const char *category, const char *format, ...) {
	va_list args;
	va_start(args, format);
	json_t *message = json_vsprintf(format, args);
	va_end(args);
	model_problem_finish(problem);
	problem->status = status;
	problem->body = json_pack("{s:s,s:o*}", "status", "error", "message", message);
	if (category != NULL) {
		json_object_set_new(problem->body, "category", json_string(category));
	}
}

/* Adds `value` to the list `name` in the object `context`, which is made when
 * it is NULL. */
static void add_context(json_t **context, const char *name, json_t *value) {
	if (*context == NULL) {
		*context = json_object();
	}
	json_t *list = json_object_get(*context, name);
	if (list == NULL) {
		list = json_array();
		json_object_set_new(*context, name, list);
	}
	json_array_append_new(list, value);
}

void model_problem_context(struct problem *problem, const char *name, const char *value) {
	json_t *context = json_incref(json_object_get(problem->body, "context"));
	add_context(&context, name, json_string(value));
	json_object_set_new(problem->body, "context", context);
}

void model_problem_malformed(struct problem *problem, int line, int column, const char *what) {
	model_problem_say(problem, 400, NULL, "Invalid input JSON on line %d, column %d: %s", line,
		column, what);
}

static json_t *short_fault(const json_t *fault) {
	return json_pack("{s:O*,s:O*,s:{s:[O*]}}", "message", json_object_get(fault, "message"),
		"code", json_object_get(fault, "error"), "context", "propertyName",
		json_object_get(fault, "name"));
}

void model_problem_faults(struct problem *problem, json_t *faults) {
	char *text = json_dumps(faults, JSON_COMPACT);
	json_t *errors = json_array();
	size_t at;
	json_t *fault;
	json_array_foreach (faults, at, fault) {
		json_array_append_new(errors, short_fault(fault));
	}
	model_problem_say(problem, 400, "VALIDATION_ERROR", "Property values were not valid: %s",
		text == NULL ? "[]" : text);
	json_object_set_new(problem->body, "errors", errors);
	free(text);
}

static void email_taken(struct problem *problem, uint64_t holder) {
	if (holder == 0) {
		model_problem_say(problem, 409, "CONFLICT", "Contact already exists");
		return;
	}
	char id[ID_SIZE];
	model_id_format(holder, id);
	model_problem_say(problem, 409, "CONFLICT", "Contact already exists. Existing ID: %s", id);
	add_context(&problem->row_context, "existingId", json_string(id));
}

void model_problem_taken(struct problem *problem, const struct model *model,
	const struct type *type, const struct record *self, const struct taken *taken) {
	if (strcmp(taken->unique->name, "email") == 0 && type->is_contact) {
		email_taken(problem, taken->holder);
		return;
	}
	char holder[ID_SIZE];
	char own[ID_SIZE];
	model_id_format(taken->holder == 0 ? model->last_id + 1 : taken->holder, holder);
	model_id_format(self == NULL ? model->last_id + 1 : self->id, own);
	model_problem_say(problem, 400, "VALIDATION_ERROR",
		"Cannot set PropertyValueCoordinates{portalId=%" JSON_INTEGER_FORMAT
		", objectTypeId=%s, "
		"propertyName=%s, value=%s} on %s. %s already has that value.",
		model_portal(model), type->id, taken->unique->name, taken->value, own, holder);
}

void model_problem_not_found(struct problem *problem, const char *id) {
	if (strspn(id, "0123456789") == strlen(id)) {
		model_problem_say(problem, 404, NULL, "resource not found");
		return;
	}
	model_problem_say(problem, 404, "OBJECT_NOT_FOUND",
		"Object not found.  objectId are usually numeric.");
	model_problem_context(problem, "id", id);
}

void model_problem_missing(
	struct problem *problem, const struct type *type, json_t *ids, bool is_read) {
	char upper[NAME_SIZE];
	snprintf(upper, sizeof(upper), "%s", type->singular);
	for (char *c = upper; *c != '\0'; c++) {
		*c = (char)toupper((unsigned char)*c);
	}
	model_problem_say(problem, 404, "OBJECT_NOT_FOUND",
		"Could not get some %s objects, they may be deleted or not "
		"exist. Check that ids "
		"are valid.",
		upper);
	json_object_set_new(problem->body, "context",
		json_pack("{s:O}", is_read ? "ids" : "missingObjectPropertyValueCoordinates", ids));
}

void model_problem_not_unique(
	struct problem *problem, const struct type *type, const char *property) {
	model_problem_say(problem, 400, "VALIDATION_ERROR",
		"Unable to perform update/upsert by non-unique %s property %s", type->id, property);
}

void model_problem_too_many(struct problem *problem, size_t most) {
	model_problem_say(problem, 400, "VALIDATION_ERROR",
		"The maximum number of inputs supported in a batch is %zu. "
		"Please reduce the "
		"number of items and try again",
		most);
}

static json_t *joined(json_t *ids) {
	json_t *text = json_string("");
	size_t at;
	json_t *id;
	json_array_foreach (ids, at, id) {
		json_t *longer = json_sprintf("%s%s%s", json_string_value(text),
			at == 0 ? "" : ", ", json_string_value(id));
		json_decref(text);
		text = longer;
	}
	return text;
}

void model_problem_duplicates(struct problem *problem, json_t *ids) {
	json_t *list = joined(ids);
	model_problem_say(problem, 400, "VALIDATION_ERROR",
		"Duplicate IDs found in batch input: [%s]. IDs must be unique",
		list == NULL ? "" : json_string_value(list));
	json_object_set_new(problem->body, "context", json_pack("{s:O}", "ids", ids));
	json_decref(list);
}

void model_problem_full(struct problem *problem) {
	model_problem_say(problem, 507, "SANDBOX_FULL",
		"The sandbox holds as many records as it may. Reset it to go on.");
}

void model_problem_scopes(struct problem *problem, const char *scope) {
	model_problem_say(problem, 403, "MISSING_SCOPES",
		"This app hasn't been granted all required scopes to make this call. "
		"Read more "
		"about "
		"required scopes here: https://developers.hubspot.com/scopes.");
	json_object_set_new(problem->body, "errors",
		json_pack("[{s:s,s:{s:[s]}}]", "message",
			"One or more of the following scopes are required.", "context",
			"requiredGranularScopes", scope));
	json_object_set_new(problem->body, "links",
		json_pack("{s:s}", "scopes", "https://developers.hubspot.com/scopes"));
}

void model_problem_token(struct problem *problem) {
	model_problem_say(problem, 401, "INVALID_AUTHENTICATION",
		"Authentication credentials not found. This API supports OAuth 2.0 "
		"authentication "
		"and you "
		"can find more details at "
		"https://developers.hubspot.com/docs/methods/auth/oauth-overview");
}

void model_problem_limit(struct problem *problem, struct model *model, enum verdict verdict) {
	char request_id[UUID_SIZE];
	json_t *more;
	if (verdict == LIMIT_DAILY) {
		model_problem_say(problem, 429, NULL, "You have reached your daily limit.");
		model_uuid(model, request_id);
		more = json_pack("{s:s,s:s}", "policyName", "DAILY", "requestId", request_id);
	} else if (verdict == LIMIT_SECONDLY) {
		model_problem_say(
			problem, 429, "RATE_LIMITS", "You have reached your secondly limit.");
		if (!model->modes.names_secondly) {
			return;
		}
		json_object_del(problem->body, "category");
		more = json_pack("{s:s}", "policyName", "SECONDLY");
	} else {
		model_problem_say(
			problem, 429, NULL, "You have reached your ten_secondly_rolling limit.");
		more = json_pack("{s:s,s:o}", "policyName", "TEN_SECONDLY_ROLLING", "groupName",
			json_sprintf("publicapi:private-app-api-calls-ten-secondly:"
				     "%" JSON_INTEGER_FORMAT,
				model_portal(model)));
	}
	json_object_set_new(problem->body, "errorType", json_string("RATE_LIMIT"));
	json_object_update(problem->body, more);
	json_decref(more);
}

void model_fail(struct call *call, struct problem *problem) {
	json_object_set_new(problem->body, "correlationId", json_string(call->correlation));
	model_reply_json(call, problem->status, problem->body);
	problem->body = NULL;
	model_problem_finish(problem);
}

json_t *model_problem_row(struct problem *problem, const char *trace_id) {
	json_t *row = problem->body;
	problem->body = NULL;
	json_object_del(row, "errors");
	json_t *context = json_incref(json_object_get(row, "context"));
	if (problem->row_context != NULL || trace_id != NULL) {
		context = context == NULL ? json_object() : context;
		json_object_update(context, problem->row_context);
		if (trace_id != NULL) {
			add_context(&context, "objectWriteTraceId", json_string(trace_id));
		}
		json_object_set(row, "context", context);
	}
	json_decref(context);
	model_problem_finish(problem);
	return row;
}
