#include "inside.h"

#include <stdio.h>
#include <string.h>

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
	fault->status = (int)status;
	return status < 200 || status > 599 ? "fail.status is a status from 200 to 599" : NULL;
}

static const char *read_body(struct fault *fault, const json_t *value) {
	static const char *const words[] = {"json", "html", "empty"};
	int word = word_of(json_string_value(value), words, 3);
	fault->body = word < 0 ? BODY_JSON : (enum fault_body)word;
	return word < 0 ? "fail.body is html, json or empty" : NULL;
}

static const char *read_how(struct fault *fault, const json_t *value) {
	static const char *const words[] = {"status", "reset_before", "reset_after", "cut", "hang"};
	int word = word_of(json_string_value(value), words, 5);
	fault->how = word < 0 ? HOW_STATUS : (enum fault_how)word;
	return word < 0 ? "fail.how is status, reset_before, reset_after, cut or hang" : NULL;
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
	static const char *const words[] = {"", "TEN_SECONDLY_ROLLING", "DAILY", "SECONDLY"};
	int word = word_of(json_string_value(value), words, 4);
	fault->policy = word < 1 ? LIMIT_BURST : (enum verdict)word;
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
};

static const char *read_member(struct fault *fault, const char *name, const json_t *value) {
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (strcmp(members[i].name, name) == 0) {
			return members[i].read(fault, value);
		}
	}
	return "fail has a member that is none of next, status, body, how, path, retry_after, "
	       "policy";
}

const char *model_fault_add(struct model *model, const json_t *fail) {
	struct fault fault = {.next = 1, .status = 500, .policy = LIMIT_BURST, .retry_after_s = -1};
	if (json_is_null(fail)) {
		model->fault_count = 0;
		return NULL;
	}
	if (!json_is_object(fail)) {
		return "fail is an object, or null to forget all faults";
	}
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)fail, name, value) {
		const char *wrong = read_member(&fault, name, value);
		if (wrong != NULL) {
			return wrong;
		}
	}
	if (json_object_get(fail, "policy") != NULL && json_object_get(fail, "status") == NULL) {
		fault.status = 429;
	}
	if (model->fault_count == FAULTS_MAX) {
		return "fail: too many faults are waiting";
	}
	model->faults[model->fault_count++] = fault;
	return NULL;
}

bool model_fault_take(struct call *call, struct fault *fault) {
	struct model *model = call->model;
	for (size_t i = 0; i < model->fault_count; i++) {
		struct fault *candidate = &model->faults[i];
		if (strstr(call->request->path, candidate->path) == NULL) {
			continue;
		}
		candidate->next--;
		*fault = *candidate;
		if (candidate->next == 0) {
			model->fault_count--;
			memmove(candidate, candidate + 1,
				(model->fault_count - i) * sizeof(*candidate));
		}
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
	if (fault->status < 300) {
		char iso[ISO_SIZE];
		model_iso_format(call->model->wall_ms, iso);
		model_reply_json(call, fault->status,
			json_pack("{s:s,s:[],s:s,s:s}", "status", "COMPLETE", "results",
				"startedAt", iso, "completedAt", iso));
		return;
	}
	if (fault->status == 429) {
		model_problem_limit(&problem, call->model, fault->policy);
	} else if (fault->status == 401) {
		model_problem_token(&problem);
	} else {
		model_problem_say(&problem, fault->status, NULL, "%s", sentence(fault->status));
	}
	model_fail(call, &problem);
}

static void html_fault(struct call *call, const struct fault *fault) {
	char page[256];
	snprintf(page, sizeof(page),
		"<html>\r\n<head><title>%d Error</title></head>\r\n<body>\r\n<center><h1>%d "
		"Error</h1>"
		"</center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n",
		fault->status, fault->status);
	call->reply->status = fault->status;
	call->reply->type = "text/html";
	call->reply->bytes = strdup(page);
	call->reply->length = call->reply->bytes == NULL ? 0 : strlen(page);
}

void model_fault_reply(struct call *call, const struct fault *fault) {
	if (fault->retry_after_s >= 0) {
		char seconds[24];
		snprintf(seconds, sizeof(seconds), "%" JSON_INTEGER_FORMAT, fault->retry_after_s);
		model_reply_header(call, "Retry-After", seconds);
	}
	if (fault->body == BODY_HTML) {
		html_fault(call, fault);
	} else if (fault->body == BODY_EMPTY) {
		call->reply->status = fault->status;
	} else {
		json_fault(call, fault);
	}
}
