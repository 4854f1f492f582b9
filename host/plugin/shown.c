/*
 * A result as a plugin sees it.
 */
#include "plugin/operation.h"

#include <string.h>

#include "base/json.h"
#include "http/http.h"
#include "object/object.h"

static const int ERRORS[] = {
	[HUBSPOT_OK] = 0,
	[HUBSPOT_CANCELLED] = HSC_EGONE,
	[HUBSPOT_DEADLINE] = HSC_EGONE,
	[HUBSPOT_BUSY] = HSC_EBUSY,
	[HUBSPOT_UNREACHABLE] = HSC_ENET,
	[HUBSPOT_NO_REPLY] = HSC_ENET,
	[HUBSPOT_BAD_REPLY] = HSC_ENET,
	[HUBSPOT_SERVER_ERROR] = HSC_EHUBSPOT,
	[HUBSPOT_LIMITED] = HSC_EBUSY,
	[HUBSPOT_UNAUTHORIZED] = HSC_EHUBSPOT,
	[HUBSPOT_FORBIDDEN] = HSC_EHUBSPOT,
	[HUBSPOT_INVALID] = HSC_EHUBSPOT,
	[HUBSPOT_NOT_FOUND] = HSC_EHUBSPOT,
	[HUBSPOT_CONFLICT] = HSC_EHUBSPOT,
	[HUBSPOT_AMBIGUOUS] = HSC_EHUBSPOT,
	[HUBSPOT_REFUSED] = HSC_EHUBSPOT,
	[HUBSPOT_OUT_OF_MEMORY] = HSC_ENOMEM,
};

static const uint32_t OUTCOMES[] = {
	[HUBSPOT_APPLIED] = HSC_APPLIED,
	[HUBSPOT_NOT_APPLIED] = HSC_NOT_APPLIED,
	[HUBSPOT_UNKNOWN] = HSC_UNKNOWN,
};

/* ---- failures ---- */

json_t *problem_of(const struct object *object, const struct hubspot_result *result, bool is_read,
	const char *label, int *status) {
	struct http_problem problem = {.status = 0};
	struct object_problem_memory memory = {.errors = NULL};
	object_problem(object, result, &problem, &memory);
	if (is_read) {
		problem.outcome = HTTP_OUTCOME_NONE;
	}
	json_t *json = http_problem_json(&problem, label);
	object_problem_finish(&memory);
	*status = problem.status;
	return json;
}

/* The id of the operation's request, when that still lives; or NULL. */
static const char *request_id_of(const struct lent_operation *operation) {
	enum token_fault fault;
	const struct lent_request *request = operation->request == NULL
		? NULL
		: tokens_find(&operation->plugin->plugins->requests, operation->plugin,
			  operation->request, &fault);
	return request != NULL ? http_request_id(request->http) : NULL;
}

/* ---- successes ---- */

/* The body of what HubSpot did, a new reference; NULL when there is none, or it cannot be told. */
static json_t *body_of(const struct lent_operation *operation, const struct hubspot_result *inner) {
	if (kind_rule(operation->kind)->is_page) {
		return object_page_from_hubspot(operation->object, inner->record);
	}
	return operation->object != NULL && inner->record != NULL
		? object_from_hubspot(operation->object, inner->record)
		: json_incref(inner->record);
}

static bool is_write(enum hubspot_kind kind) {
	return kind == HUBSPOT_CREATE || kind == HUBSPOT_UPDATE || kind == HUBSPOT_UPSERT;
}

static uint32_t status_of(const struct shown_result *shown) {
	enum hubspot_kind kind = kind_rule(shown->kind)->as;
	if (is_write(kind) && shown->object != NULL) {
		bool is_created = kind == HUBSPOT_CREATE || shown->inner.is_created;
		return is_created ? 201 : 200;
	}
	return shown->result.body != NULL ? 200 : 204;
}

/* Why a success cannot be told as one; HUBSPOT_OK: it can. */
static enum hubspot_failure untold(const struct shown_result *shown) {
	const struct hubspot_result *inner = &shown->inner;
	const struct kind_rule *rule = kind_rule(shown->kind);
	bool has_id = shown->result.id != NULL;
	if (rule->is_page && shown->result.body == NULL) {
		return HUBSPOT_BAD_REPLY;
	}
	if (inner->record != NULL && shown->result.body == NULL) {
		return HUBSPOT_OUT_OF_MEMORY;
	}
	bool is_lacking = (rule->as == HUBSPOT_READ && inner->record == NULL) ||
		(is_write(rule->as) && shown->object != NULL && !has_id);
	return is_lacking ? HUBSPOT_BAD_REPLY : HUBSPOT_OK;
}

static void fill_success(
	struct shown_result *shown, const struct lent_operation *operation, bool are_all_linked) {
	struct hsc_result *result = &shown->result;
	result->body = body_of(operation, &shown->inner);
	shown->inner.failure = untold(shown);
	result->error = ERRORS[shown->inner.failure];
	result->reply_status = are_all_linked ? status_of(shown) : 207;
}

void shown_fill(struct shown_result *shown, const struct lent_operation *operation,
	const struct hubspot_result *inner, json_t *links, bool are_all_linked) {
	const char *id = inner->id != NULL ? inner->id : json_member_text(inner->record, "id");
	*shown = (struct shown_result){
		.inner = *inner, .object = operation->object, .kind = operation->kind};
	shown->result = (struct hsc_result){
		.size = sizeof(shown->result),
		.error = ERRORS[inner->failure],
		.status = inner->status,
		.attempts = inner->attempts,
		.created = inner->is_created,
		.outcome = OUTCOMES[inner->outcome],
		.retry_after_ms = inner->retry_after_ms < UINT32_MAX
			? (uint32_t)inner->retry_after_ms
			: UINT32_MAX,
		.id = operation->kind == HSC_RAW ? inner->id : id,
		.associations = json_incref(links),
		.host = &operation->plugin->host,
		.request = operation->request,
	};
	if (inner->failure == HUBSPOT_OK) {
		fill_success(shown, operation, are_all_linked);
	} else {
		shown->result.body = json_incref(inner->record);
	}
	if (shown->inner.failure != HUBSPOT_OK) {
		int status = 0;
		shown->result.problem = problem_of(operation->object, &shown->inner,
			kind_rule(operation->kind)->is_read, request_id_of(operation), &status);
		shown->result.reply_status = (uint32_t)status;
	}
}

void shown_finish(struct shown_result *shown) {
	json_decref(shown->result.body);
	json_decref(shown->result.associations);
	json_decref(shown->result.problem);
}

/* ---- kept ---- */

enum { TEXTS = 5 };

struct kept {
	struct hubspot_result result; /* first */
	char texts[];
};

/* Its strings, to be copied. */
static void list_texts(struct hubspot_result *result, const char **texts[TEXTS]) {
	texts[0] = &result->id;
	texts[1] = &result->existing_id;
	texts[2] = &result->category;
	texts[3] = &result->message;
	texts[4] = &result->correlation_id;
}

static size_t texts_size(struct hubspot_result result) {
	const char **texts[TEXTS];
	size_t size = 0;
	list_texts(&result, texts);
	for (size_t i = 0; i < TEXTS; i++) {
		size += *texts[i] != NULL ? strlen(*texts[i]) + 1 : 0;
	}
	return size;
}

struct hubspot_result *result_keep(const struct hubspot_result *result) {
	const char **texts[TEXTS];
	struct kept *kept = calloc(1, sizeof(*kept) + texts_size(*result));
	if (kept == NULL) {
		return NULL;
	}
	char *to = kept->texts;
	kept->result = *result;
	list_texts(&kept->result, texts);
	for (size_t i = 0; i < TEXTS; i++) {
		size_t size = *texts[i] != NULL ? strlen(*texts[i]) + 1 : 0;
		if (size > 0) {
			*texts[i] = memcpy(to, *texts[i], size);
			to += size;
		}
	}
	json_incref(kept->result.record);
	json_incref(kept->result.existing_ids);
	json_incref(kept->result.errors);
	json_incref(kept->result.warnings);
	return &kept->result;
}

void result_forget(struct hubspot_result *kept) {
	if (kept == NULL) {
		return;
	}
	json_decref(kept->record);
	json_decref(kept->existing_ids);
	json_decref(kept->errors);
	json_decref(kept->warnings);
	free(kept);
}
