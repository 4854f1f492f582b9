#include "fakes/fake_request.h"

#include "base/memory.h"

static struct fake_reply last;
struct http_request *fake_current;

static char *copy_text(const char *text) {
	return text == NULL ? NULL : must_strdup(text);
}

void fake_reply_forget(void) {
	json_decref(last.body);
	json_decref(last.headers);
	free(last.bytes);
	free(last.type);
	last = (struct fake_reply){.count = 0};
}

void fake_request_end(struct http_request *request) {
	if (request->end != NULL) {
		request->end(request, request->end_ctx);
	}
	json_decref(request->params);
	json_decref(request->query);
	json_decref(request->headers);
	json_decref(request->reply_headers);
	json_decref(request->body);
	free(request->method);
	free(request->target);
	free(request->raw);
	if (fake_current == request) {
		fake_current = NULL;
	}
	free(request);
}

struct http_request *fake_request(void) {
	return fake_current;
}

void fake_leave(void) {
	fake_current->is_gone = true;
	if (fake_current->gone != NULL) {
		fake_current->gone(fake_current, fake_current->gone_ctx);
	}
}

const struct fake_reply *fake_reply(void) {
	return &last;
}

/* ---- asking ---- */

static const char *text_of(const json_t *texts, const char *name) {
	return json_string_value(json_object_get(texts, name));
}

const char *http_method(const struct http_request *request) {
	return request->method;
}

const char *http_path_param(const struct http_request *request, const char *name) {
	return text_of(request->params, name);
}

const char *http_query_param(struct http_request *request, const char *name) {
	return text_of(request->query, name);
}

const char *http_header(const struct http_request *request, const char *name) {
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach (request->headers, key, value) {
		if (strcasecmp(key, name) == 0) {
			return json_string_value(value);
		}
	}
	return NULL;
}

const char *http_url(const struct http_request *request) {
	return request->target;
}

const char *http_request_id(const struct http_request *request) {
	(void)request;
	return FAKE_REQUEST_ID;
}

uint64_t http_deadline_ms(const struct http_request *request) {
	(void)request;
	return FAKE_DEADLINE_MS;
}

const void *http_raw_body(const struct http_request *request, size_t *length) {
	*length = request->raw == NULL ? 0 : strlen(request->raw);
	return request->raw;
}

json_t *http_body(const struct http_request *request) {
	return request->body;
}

const struct http_route *http_route_of(const struct http_request *request) {
	return request->route;
}

bool http_is_gone(const struct http_request *request) {
	return request->is_gone;
}

const struct http_caller *http_caller(const struct http_request *request) {
	static const struct http_caller nobody = {
		.name = "", .priority = HTTP_INTERACTIVE, .batch_priority = HTTP_BULK, .weight = 1};
	return request->caller != NULL ? request->caller : &nobody;
}

static bool is_among(const char *name, const char *const *names) {
	while (names != NULL && *names != NULL && strcmp(*names, name) != 0) {
		names++;
	}
	return names != NULL && *names != NULL;
}

bool http_check_scope(struct http_request *request, const char *scope) {
	char message[128];
	if (request->scopes == NULL || is_among(scope, request->scopes)) {
		return true;
	}
	snprintf(message, sizeof(message), "the scope %s is missing", scope);
	http_refuse(request,
		&(struct http_problem){.status = 403, .code = "scope_missing", .message = message});
	return false;
}

static bool refuse_query(struct http_request *request, const char *code) {
	http_refuse(request,
		&(struct http_problem){.status = 400, .code = code, .message = "a bad query"});
	return false;
}

bool http_check_query(struct http_request *request, const char *const *names) {
	const char *given = NULL;
	json_t *value = NULL;
	json_object_foreach (request->query, given, value) {
		if (!is_among(given, names)) {
			return refuse_query(request, "unknown_parameter");
		}
	}
	return !request->has_repeat || refuse_query(request, "duplicate_parameter");
}

void http_on_gone(struct http_request *request,
	void (*gone)(struct http_request *request, void *ctx), void *ctx) {
	request->gone = gone;
	request->gone_ctx = ctx;
}

void http_on_end(struct http_request *request, void (*end)(struct http_request *request, void *ctx),
	void *ctx) {
	request->end = end;
	request->end_ctx = ctx;
}

/* ---- replying ---- */

/* Records the end of `request`; takes `bytes` over. */
static bool record(struct http_request *request, struct fake_reply reply) {
	unsigned count = last.count;
	fake_reply_forget();
	last = reply;
	last.count = count + 1;
	last.was_sent = !request->is_gone;
	last.headers = json_incref(request->reply_headers);
	bool was_sent = last.was_sent;
	fake_request_end(request);
	return was_sent;
}

static char *copy_bytes(const void *bytes, size_t length) {
	char *copy = must_calloc(1, length + 1);
	if (length > 0) {
		memcpy(copy, bytes, length);
	}
	return copy;
}

bool http_reply_header(struct http_request *request, const char *name, const char *value) {
	bool is_sane =
		*name != '\0' && strpbrk(name, ": \r\n") == NULL && strpbrk(value, "\r\n") == NULL;
	return is_sane &&
		json_object_set_new(request->reply_headers, name, json_string(value)) == 0;
}

bool http_reply(struct http_request *request, int status, const json_t *body) {
	return record(request, (struct fake_reply){.status = status, .body = json_deep_copy(body)});
}

bool http_reply_bytes(struct http_request *request, int status, const char *type, const void *bytes,
	size_t length) {
	return record(request,
		(struct fake_reply){.status = status,
			.type = copy_text(type),
			.bytes = copy_bytes(bytes, length),
			.length = length});
}

bool http_reply_reset(struct http_request *request) {
	return record(request, (struct fake_reply){.is_reset = true});
}

bool http_reply_wire(struct http_request *request, const void *bytes, size_t length) {
	return record(
		request, (struct fake_reply){.bytes = copy_bytes(bytes, length), .length = length});
}

json_t *http_problem_json(const struct http_problem *problem, const char *request_id) {
	json_t *body = json_pack("{s:s, s:s*, s:s*, s:O*, s:s*, s:b, s:s*, s:O*, s:O*}", "status",
		"error", "code", problem->code, "message", problem->message, "errors",
		problem->errors, "request_id", request_id, "retryable", (int)problem->is_retryable,
		"existing_id", problem->existing_id, "existing_ids", problem->existing_ids,
		"hubspot", problem->hubspot);
	if (body != NULL && problem->outcome != HTTP_OUTCOME_NONE) {
		json_object_set_new(body, "outcome",
			json_string(problem->outcome == HTTP_UNKNOWN ? "unknown" : "not_applied"));
	}
	return body;
}

bool http_refuse(struct http_request *request, const struct http_problem *problem) {
	struct http_problem filled = *problem;
	bool is_read = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
	if (filled.outcome == HTTP_OUTCOME_NONE && !is_read) {
		filled.outcome = HTTP_NOT_APPLIED;
	}
	json_t *body = http_problem_json(&filled, FAKE_REQUEST_ID);
	return record(request,
		(struct fake_reply){.status = problem->status,
			.body = body,
			.retry_after_ms = problem->retry_after_ms});
}
