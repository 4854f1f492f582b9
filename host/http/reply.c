#include "http/inside.h"

#include <ctype.h>
#include <strings.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "http/access.h"
#include "http/idempotency.h"

enum { JSON_REPLY_MAX = 64 * 1024 * 1024 };

static const char type_json[] = "application/json; charset=utf-8";

/* Ours and constant: evhttp writes a reason phrase as it is given. */
static const struct {
	int status;
	const char *reason;
} reasons[] = {{200, "OK"}, {201, "Created"}, {202, "Accepted"}, {204, "No Content"},
	{207, "Multi-Status"}, {301, "Moved Permanently"}, {302, "Found"}, {303, "See Other"},
	{304, "Not Modified"}, {307, "Temporary Redirect"}, {308, "Permanent Redirect"},
	{400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"},
	{405, "Method Not Allowed"}, {406, "Not Acceptable"}, {408, "Request Timeout"},
	{409, "Conflict"}, {410, "Gone"}, {412, "Precondition Failed"}, {413, "Content Too Large"},
	{414, "URI Too Long"}, {415, "Unsupported Media Type"}, {417, "Expectation Failed"},
	{422, "Unprocessable Content"}, {423, "Locked"}, {429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"}, {477, "Migrating"},
	{500, "Internal Server Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"},
	{503, "Service Unavailable"}, {504, "Gateway Timeout"}};

const char *reply_reason(int status) {
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status) {
			return reasons[i].reason;
		}
	}
	return status < 400 ? "OK" : "Error";
}

/* ---- headers ---- */

static bool is_token(const char *name) {
	for (const char *at = name; *at != '\0'; at++) {
		unsigned char c = (unsigned char)*at;
		if (c >= 0x80 || (!isalnum(c) && strchr("!#$%&'*+-.^_`|~", c) == NULL)) {
			return false;
		}
	}
	return *name != '\0';
}

static bool is_value(const char *value) {
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;
		if ((c < 0x20 && c != '\t') || c == 0x7f) {
			return false;
		}
	}
	return true;
}

/* Where a reply ends is for the server to say. */
static bool is_framing(const char *name) {
	return strcasecmp(name, "Content-Length") == 0 ||
		strcasecmp(name, "Transfer-Encoding") == 0 || strcasecmp(name, "Connection") == 0;
}

bool http_reply_header(struct http_request *request, const char *name, const char *value) {
	if (!is_token(name) || !is_value(value) || is_framing(name)) {
		return false;
	}
	size_t name_size = strlen(name) + 1;
	size_t value_size = strlen(value) + 1;
	struct reply_header *header = calloc(1, sizeof(*header) + name_size + value_size);
	if (header == NULL) {
		return false;
	}
	list_init(&header->link);
	memcpy(header->name, name, name_size);
	header->value = header->name + name_size;
	memcpy(header->value, value, value_size);
	list_append(&request->headers, &header->link);
	return true;
}

void reply_forget_headers(struct http_request *request) {
	list_for_each_safe (header, after, &request->headers, struct reply_header, link) {
		free(header);
	}
	list_init(&request->headers);
}

bool reply_has_header(const struct list *headers, const char *name) {
	list_for_each (header, headers, struct reply_header, link) {
		if (strcasecmp(header->name, name) == 0) {
			return true;
		}
	}
	return false;
}

/* ---- sending ---- */

static const char out_of_memory_json[] =
	"{\"status\":\"error\",\"code\":\"out_of_memory\",\"message\":\"out of memory, try again\","
	"\"retryable\":true,\"outcome\":\"not_applied\"}";
static const char untold_json[] =
	"{\"status\":\"error\",\"code\":\"out_of_memory\",\"message\":\"out of memory: what became "
	"of this "
	"request cannot be told\",\"retryable\":false,\"outcome\":\"unknown\"}";

/* Constant texts: there is no memory for others. `is_untold`: it may have been carried out. */
static bool send_constant(struct exchange *exchange, bool is_untold) {
	struct list none;
	list_init(&none);
	const struct reply reply = {.status = 503,
		.reason = reply_reason(503),
		.headers = &none,
		.bytes = is_untold ? untold_json : out_of_memory_json,
		.length = (is_untold ? sizeof(untold_json) : sizeof(out_of_memory_json)) - 1,
		.has_body = true,
		.is_head = strcmp(exchange->method, "HEAD") == 0};
	return exchange_reply(exchange, &reply) || exchange_reset(exchange);
}

static bool send_out_of_memory(struct http_request *request) {
	bool may_have_worked = request->state == REQUEST_WORKING ||
		(request->state == REQUEST_CLAIMING && request->run != NULL); /* another one's */
	bool is_untold = may_have_worked && request_is_write(request) &&
		request->outcome != HTTP_NOT_APPLIED;
	request->outcome = is_untold ? HTTP_UNKNOWN : request->outcome;
	bool is_sent =
		request->state != REQUEST_GONE && send_constant(request->exchange, is_untold);
	request_log(
		request, 503, (is_untold ? sizeof(untold_json) : sizeof(out_of_memory_json)) - 1);
	return is_sent;
}

static int status_in_range(int status) {
	if (status >= 200 && status <= 599) {
		return status;
	}
	LOG_ERROR("reply with an impossible status", log_int("status", status));
	return 500;
}

/* A reply that has no reader is of use only to a run: it may tell others how it ended. */
static bool is_useless(const struct http_request *request) {
	return request->state == REQUEST_GONE && request->run == NULL;
}

/* The request itself goes on. */
static bool send_reply(struct http_request *request, int status, const char *type,
	const void *bytes, size_t length) {
	if (is_useless(request)) {
		return false;
	}
	status = status_in_range(status);
	bool has_body = status != 204 && status != 304;
	bool is_head = strcmp(request->exchange->method, "HEAD") == 0;
	char policy[ACCESS_RATE_SIZE], rate[ACCESS_RATE_SIZE];
	bool has_rate = access_tell_rate(request, policy, rate);
	const struct reply reply = {.status = status,
		.reason = reply_reason(status),
		.headers = &request->headers,
		.defaults = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"},
			{"X-Request-Id", request->id},
			{has_body && type != NULL ? "Content-Type" : NULL, type},
			{has_rate ? "RateLimit-Policy" : NULL, policy},
			{has_rate ? "RateLimit" : NULL, rate}},
		.bytes = bytes,
		.length = length,
		.has_body = has_body,
		.is_head = is_head};
	bool has_reader = request->state != REQUEST_GONE && !request->has_left;
	bool is_sent = has_reader &&
		(exchange_reply(request->exchange, &reply) || send_out_of_memory(request));
	request_log(request, status, is_head || !has_body ? 0 : length);
	if (request->run != NULL) {
		idempotency_hear(request, &reply);
	}
	return is_sent;
}

static bool end(struct http_request *request, bool is_sent) {
	request->state = request->state == REQUEST_GONE ? REQUEST_GONE : REQUEST_REPLIED;
	request_end(request);
	return is_sent;
}

bool http_reply_bytes(struct http_request *request, int status, const char *type, const void *bytes,
	size_t length) {
	return end(request, send_reply(request, status, type, bytes, length));
}

static bool send_json(struct http_request *request, int status, const json_t *body) {
	struct buf text;
	buf_init(&text, JSON_REPLY_MAX);
	json_write(&text, body);
	if (text.is_failed) {
		buf_finish(&text);
		return send_out_of_memory(request);
	}
	bool is_sent = send_reply(request, status, type_json, text.bytes, text.length);
	buf_finish(&text);
	return is_sent;
}

bool http_reply(struct http_request *request, int status, const json_t *body) {
	if (is_useless(request)) {
		return end(request, false);
	}
	if (request->run != NULL && (status >= 400 || status == 207)) {
		request->outcome = idempotency_outcome(body);
	}
	return end(request,
		body == NULL ? send_reply(request, status, NULL, NULL, 0)
			     : send_json(request, status, body));
}

bool reply_out_of_memory(struct http_request *request) {
	end(request, send_out_of_memory(request));
	return false;
}

void reply_without_request(struct exchange *exchange) {
	send_constant(exchange, false);
	exchange_drop(exchange);
}

bool http_reply_reset(struct http_request *request) {
	bool is_sent = request->state != REQUEST_GONE && exchange_reset(request->exchange);
	request_log(request, 0, 0);
	return end(request, is_sent);
}

bool http_reply_wire(struct http_request *request, const void *bytes, size_t length) {
	bool is_sent =
		request->state != REQUEST_GONE && exchange_wire(request->exchange, bytes, length);
	request_log(request, 0, length);
	return end(request, is_sent);
}

/* ---- the one error shape ---- */

static const char *outcome_word(enum http_outcome outcome) {
	return outcome == HTTP_UNKNOWN ? "unknown" : "not_applied";
}

json_t *http_problem_json(const struct http_problem *problem, const char *request_id) {
	json_t *body = json_pack("{s:s, s:s, s:s}", "status", "error", "code", problem->code,
		"message", problem->message);
	int failed = body == NULL;
	if (problem->errors != NULL) {
		failed |= json_object_set(body, "errors", (json_t *)problem->errors);
	}
	if (request_id != NULL) {
		failed |= json_object_set_new(body, "request_id", json_string(request_id));
	}
	failed |= json_object_set_new(body, "retryable", json_boolean(problem->is_retryable));
	if (problem->outcome != HTTP_OUTCOME_NONE) {
		failed |= json_object_set_new(
			body, "outcome", json_string(outcome_word(problem->outcome)));
	}
	if (problem->existing_id != NULL) {
		failed |=
			json_object_set_new(body, "existing_id", json_string(problem->existing_id));
	}
	if (problem->existing_ids != NULL) {
		failed |= json_object_set(body, "existing_ids", (json_t *)problem->existing_ids);
	}
	if (problem->hubspot != NULL) {
		failed |= json_object_set(body, "hubspot", (json_t *)problem->hubspot);
	}
	if (failed != 0) {
		json_decref(body);
		return NULL;
	}
	return body;
}

bool reply_problem(struct http_request *request, const struct http_problem *problem) {
	struct http_problem told = *problem;
	if (told.outcome == HTTP_OUTCOME_NONE && request_is_write(request)) {
		told.outcome = HTTP_NOT_APPLIED;
	}
	if (told.retry_after_ms > 0) {
		char seconds[24];
		snprintf(seconds, sizeof(seconds), "%llu",
			(unsigned long long)((told.retry_after_ms - 1) / 1000 + 1));
		if (!reply_has_header(&request->headers, "Retry-After")) {
			http_reply_header(request, "Retry-After", seconds);
		}
	}
	request->outcome = told.outcome;
	json_auto_t *body = http_problem_json(&told, request->id);
	if (body == NULL) {
		return send_out_of_memory(request);
	}
	return send_json(request, told.status, body);
}

bool http_refuse(struct http_request *request, const struct http_problem *problem) {
	bool is_sent = !is_useless(request) && reply_problem(request, problem);
	return end(request, is_sent);
}

bool reply_refuse(struct http_request *request, int status, const char *code, const char *message) {
	const struct http_problem problem = {.status = status, .code = code, .message = message};
	http_refuse(request, &problem);
	return false;
}

/* What evhttp can refuse before there is a request. */
static const struct {
	int status;
	const char *code;
	const char *message;
} pages[] = {{400, "bad_request", "this is not an HTTP request that can be read"},
	{413, "body_too_large", "the body is larger than any path takes"},
	{417, "expectation_failed", "only Expect: 100-continue is known"},
	{501, "method_not_implemented", "no such method"},
	{503, "out_of_memory", "out of memory, try again"},
	{0, "internal_error", "the request could not be served"}};

size_t reply_page(int status, char *to, size_t size) {
	char id[REQUEST_ID_MAX + 1] = "";
	char body[320];
	size_t i = 0;
	while (pages[i].status != status && pages[i].status != 0) {
		i++;
	}
	request_id_make(id);
	int length = snprintf(body, sizeof(body),
		"{\"status\":\"error\",\"code\":\"%s\",\"message\":\"%s\",\"request_id\":\"%s\","
		"\"retryable\":%s,"
		"\"outcome\":\"not_applied\"}",
		pages[i].code, pages[i].message, id, status == 503 ? "true" : "false");
	int whole = snprintf(to, size,
		"HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nCache-Control: "
		"no-store\r\n%s"
		"X-Content-Type-Options: nosniff\r\nX-Request-Id: %s\r\nConnection: "
		"close\r\n\r\n%s",
		status, reply_reason(status), type_json, length,
		status == 503 ? "Retry-After: 1\r\n" : "", id, body);
	return whole < 0 ? 0 : (size_t)whole < size ? (size_t)whole : size - 1;
}
