#include "http/inside.h"

#include "base/str.h"

enum { QUERY_NAME_TOLD = 64 };

const char *http_method(const struct http_request *request) {
	return request->exchange->method;
}

const char *http_path_param(const struct http_request *request, const char *name) {
	const struct route *route = request->match.route;
	for (size_t i = 0; i < route->param_count; i++) {
		if (strcmp(route->params[i], name) == 0) {
			bool is_tail = route->has_tail && i == route->param_count - 1;
			return is_tail ? request->tail : request->match.values[i];
		}
	}
	return NULL;
}

const char *http_query_param(struct http_request *request, const char *name) {
	for (size_t i = 0; i < request->target.query_count; i++) {
		if (strcmp(request->target.query[i].name, name) == 0) {
			return request->target.query[i].value;
		}
	}
	return NULL;
}

const char *http_header(const struct http_request *request, const char *name) {
	return exchange_header(request->exchange, name);
}

const char *http_url(const struct http_request *request) {
	return request->url;
}

const char *http_request_id(const struct http_request *request) {
	return request->id;
}

uint64_t http_deadline_ms(const struct http_request *request) {
	return request->deadline_ms;
}

const void *http_raw_body(const struct http_request *request, size_t *length) {
	*length = request->exchange->body_length;
	return request->exchange->body_length == 0 ? "" : request->exchange->body;
}

json_t *http_body(const struct http_request *request) {
	return request->body;
}

const struct http_route *http_route_of(const struct http_request *request) {
	return &request->match.route->declared;
}

bool http_is_gone(const struct http_request *request) {
	return request->state == REQUEST_GONE;
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

static bool refuse_query(
	struct http_request *request, const char *code, const char *what, const char *name) {
	char message[QUERY_NAME_TOLD + 80];
	bool is_told = strlen(name) <= QUERY_NAME_TOLD;
	snprintf(message, sizeof(message), "%s%s%s%s", what, is_told ? ": \"" : "",
		is_told ? name : "", is_told ? "\"" : "");
	return reply_refuse(request, 400, code, message);
}

static bool is_among(const char *name, const char *const *names) {
	for (; names != NULL && *names != NULL; names++) {
		if (strcmp(name, *names) == 0) {
			return true;
		}
	}
	return false;
}

bool http_check_query(struct http_request *request, const char *const *names) {
	const struct query_item *query = request->target.query;
	for (size_t i = 0; i < request->target.query_count; i++) {
		if (!is_among(query[i].name, names)) {
			return refuse_query(request, "unknown_parameter", "unknown query parameter",
				query[i].name);
		}
		/* Known names are few, so this is not quadratic in what a stranger sends. */
		if (http_query_param(request, query[i].name) != query[i].value) {
			return refuse_query(request, "duplicate_parameter",
				"query parameter given twice", query[i].name);
		}
	}
	return true;
}
