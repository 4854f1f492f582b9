#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const hows[HOWS] = {
	[HOW_STATUS] = "status",
	[HOW_RESET_BEFORE] = "reset_before",
	[HOW_RESET_AFTER] = "reset_after",
	[HOW_CUT] = "cut",
	[HOW_HANG] = "hang",
	[HOW_EMPTY] = "empty",
	[HOW_DROP_ROW] = "drop_row",
	[HOW_EXTRA_ROW] = "extra_row",
	[HOW_STRIP_TRACES] = "strip_traces",
	[HOW_IGNORE_TRACES] = "ignore_traces",
	[HOW_LOWER_CASE] = "lower_case",
	[HOW_NO_RATE_HEADERS] = "no_rate_headers",
	[HOW_NO_CORRELATION] = "no_correlation",
};

static const char *const policies[] = {[LIMIT_GRANTED] = "",
	[LIMIT_BURST] = "TEN_SECONDLY_ROLLING",
	[LIMIT_DAILY] = "DAILY",
	[LIMIT_SECONDLY] = "SECONDLY"};

/* The place of `text` in `words`, or -1. */
static int word_of(const char *text, const char *const *words, int count) {
	for (int i = 0; text != NULL && i < count; i++) {
		if (strcmp(text, words[i]) == 0) {
			return i;
		}
	}
	return -1;
}

static const char *read_next(struct fault *fault, const json_t *value) {
	fault->next = json_integer_value(value);
	return fault->next < 1 ? "fail.next is a number of calls, 1 or more" : NULL;
}

static const char *read_status(struct fault *fault, const json_t *value) {
	json_int_t status = json_integer_value(value);
	fault->kind.status = (int)status;
	return status < 200 || status > 599 ? "fail.status is a status from 200 to 599" : NULL;
}

static const char *read_body(struct fault *fault, const json_t *value) {
	static const char *const words[] = {"json", "html", "empty"};
	int word = word_of(json_string_value(value), words, 3);
	fault->body = word < 0 ? BODY_JSON : (enum fault_body)word;
	return word < 0 ? "fail.body is html, json or empty" : NULL;
}

static const char *read_how(struct fault *fault, const json_t *value) {
	int word = word_of(json_string_value(value), hows, HOWS);
	fault->kind.how = word < 0 ? HOW_STATUS : (enum fault_how)word;
	return word < 0 ? "fail.how is status, reset_before, reset_after, cut, hang, "
			  "empty, "
			  "drop_row, extra_row, strip_traces, ignore_traces, lower_case, "
			  "no_rate_headers or no_correlation"
			: NULL;
}

static const char *read_rate(struct fault *fault, const json_t *value) {
	double rate = json_number_value(value);
	bool is_good = json_is_number(value) && rate >= 0 && rate <= 1;
	fault->is_by_chance = true;
	fault->rate = is_good ? (uint32_t)(rate * MILLION + 0.5) : 0;
	return is_good ? NULL : "fail.rate is a share of the calls, from 0 to 1";
}

/* A word of `how`, a policy of a 429, or a status. */
static bool read_kind(struct kind *kind, const json_t *value) {
	int how = word_of(json_string_value(value), hows, HOWS);
	int policy = word_of(json_string_value(value), policies, 4);
	json_int_t status = json_integer_value(value);
	*kind = (struct kind){.status = 500, .policy = LIMIT_BURST};
	if (how > 0) {
		kind->how = (enum fault_how)how;
	} else if (policy > 0) {
		kind->status = 429;
		kind->policy = (enum verdict)policy;
	} else {
		kind->status = (int)status;
	}
	return how > 0 || policy > 0 || (status >= 200 && status <= 599);
}

static const char *read_kinds(struct fault *fault, const json_t *value) {
	static const char wrong[] = "fail.kinds is a list of 1 to 32 statuses, policies and words "
				    "of fail.how";
	size_t count = json_array_size(value);
	if (count == 0 || count > KINDS_MAX) {
		return wrong;
	}
	for (size_t i = 0; i < count; i++) {
		if (!read_kind(&fault->kinds[i], json_array_get(value, i))) {
			return wrong;
		}
	}
	fault->kind_count = count;
	return NULL;
}

static const char *read_path(struct fault *fault, const json_t *value) {
	const char *path = json_string_value(value);
	if (path == NULL || strlen(path) >= sizeof(fault->path)) {
		return "fail.path is a part of a path, up to 127 bytes";
	}
	snprintf(fault->path, sizeof(fault->path), "%s", path);
	return NULL;
}

static const char *read_retry_after(struct fault *fault, const json_t *value) {
	fault->retry_after_s = json_integer_value(value);
	bool is_good = json_is_integer(value) && fault->retry_after_s >= 0;
	return is_good ? NULL : "fail.retry_after is a number of seconds";
}

static const char *read_policy(struct fault *fault, const json_t *value) {
	int word = word_of(json_string_value(value), policies, 4);
	fault->kind.policy = word < 1 ? LIMIT_BURST : (enum verdict)word;
	return word < 1 ? "fail.policy is TEN_SECONDLY_ROLLING, DAILY or SECONDLY" : NULL;
}

static const struct member {
	const char *name;
	const char *(*read)(struct fault *fault, const json_t *value);
} members[] = {
	{"next", read_next},
	{"status", read_status},
	{"body", read_body},
	{"how", read_how},
	{"path", read_path},
	{"retry_after", read_retry_after},
	{"policy", read_policy},
	{"rate", read_rate},
	{"kinds", read_kinds},
};

static const char *read_member(struct fault *fault, const char *name, const json_t *value) {
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (strcmp(members[i].name, name) == 0) {
			return members[i].read(fault, value);
		}
	}
	return "fail has a member that is none of next, status, body, how, path, "
	       "retry_after, "
	       "policy, rate, kinds";
}

static const char *read_all(struct fault *fault, const json_t *fail) {
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)fail, name, value) {
		const char *wrong = read_member(fault, name, value);
		if (wrong != NULL) {
			return wrong;
		}
	}
	if (json_object_get(fail, "policy") != NULL && json_object_get(fail, "status") == NULL) {
		fault->kind.status = 429;
	}
	if (json_object_get(fail, "rate") != NULL && json_object_get(fail, "next") == NULL) {
		fault->next = -1;
	}
	return NULL;
}

const char *model_fault_add(struct model *model, const json_t *fail) {
	struct fault fault = {
		.next = 1, .kind = {.status = 500, .policy = LIMIT_BURST}, .retry_after_s = -1};
	if (json_is_null(fail)) {
		model->fault_count = 0;
		return NULL;
	}
	if (!json_is_object(fail)) {
		return "fail is an object, or null to forget all faults";
	}
	const char *wrong = read_all(&fault, fail);
	if (wrong == NULL && model->fault_count == FAULTS_MAX) {
		wrong = "fail: too many faults are waiting";
	}
	if (wrong == NULL) {
		model->faults[model->fault_count++] = fault;
	}
	return wrong;
}

static bool is_struck(struct call *call, const struct fault *fault) {
	if (strstr(call->request->path, fault->path) == NULL) {
		return false;
	}
	return !fault->is_by_chance || model_random(call->model) % MILLION < fault->rate;
}

static void use_up(struct model *model, size_t place) {
	struct fault *fault = &model->faults[place];
	if (fault->next > 0 && --fault->next == 0) {
		model->fault_count--;
		memmove(fault, fault + 1, (model->fault_count - place) * sizeof(*fault));
	}
}

bool model_fault_take(struct call *call) {
	struct model *model = call->model;
	for (size_t i = 0; i < model->fault_count; i++) {
		if (!is_struck(call, &model->faults[i])) {
			continue;
		}
		call->has_fault = true;
		call->fault = model->faults[i];
		if (call->fault.kind_count > 0) {
			size_t which = (size_t)(model_random(model) % call->fault.kind_count);
			call->fault.kind = call->fault.kinds[which];
		}
		use_up(model, i);
		return true;
	}
	return false;
}

/* What HubSpot says with a status for which nothing better is recorded. */
static const char *sentence(int status) {
	switch (status) {
	case 423:
		return "The resource is locked by another write. Try again in a moment.";
	case 477:
		return "This account is being moved between data centers.";
	case 502:
	case 504:
		return "HubSpot took too long to process the request.";
	case 503:
		return "HubSpot is temporarily unavailable.";
	default:
		return status >= 500 ? "internal error" : "The request was refused.";
	}
}

static void json_fault(struct call *call, const struct fault *fault) {
	struct problem problem = {0};
	if (fault->kind.status < 300) {
		char iso[ISO_SIZE];
		model_iso_format(call->model->wall_ms, iso);
		model_reply_json(call, fault->kind.status,
			json_pack("{s:s,s:[],s:s,s:s}", "status", "COMPLETE", "results",
				"startedAt", iso, "completedAt", iso));
		return;
	}
	if (fault->kind.status == 429) {
		model_problem_limit(&problem, call->model, fault->kind.policy);
	} else if (fault->kind.status == 401) {
		model_problem_token(&problem);
	} else {
		model_problem_say(
			&problem, fault->kind.status, NULL, "%s", sentence(fault->kind.status));
	}
	model_fail(call, &problem);
}

static void html_fault(struct call *call, const struct fault *fault) {
	char page[256];
	snprintf(page, sizeof(page),
		"<html>\r\n<head><title>%d "
		"Error</title></head>\r\n<body>\r\n<center><h1>%d "
		"Error</h1>"
		"</center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n",
		fault->kind.status, fault->kind.status);
	call->reply->status = fault->kind.status;
	call->reply->type = "text/html";
	call->reply->bytes = strdup(page);
	call->reply->length = call->reply->bytes == NULL ? 0 : strlen(page);
}

void model_fault_reply(struct call *call) {
	const struct fault *fault = &call->fault;
	if (fault->retry_after_s >= 0) {
		char seconds[24];
		snprintf(seconds, sizeof(seconds), "%" JSON_INTEGER_FORMAT, fault->retry_after_s);
		model_reply_header(call, "Retry-After", seconds);
	}
	if (fault->body == BODY_HTML) {
		html_fault(call, fault);
	} else if (fault->body == BODY_EMPTY) {
		call->reply->status = fault->kind.status;
	} else {
		json_fault(call, fault);
	}
}
