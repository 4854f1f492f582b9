/* A request's first state: its id, its target, its route, who calls, and its deadline. */
#include "http/access.h"
#include "http/inside.h"

#include "base/clock.h"
#include "base/random.h"

void request_id_make(char id[REQUEST_ID_MAX + 1]) {
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < 32; i += 8) {
		uint32_t bits = random_bits();
		for (size_t j = 0; j < 8; j++, bits >>= 4) {
			id[i + j] = digits[bits & 15];
		}
	}
	id[32] = '\0';
}

void request_name(struct http_request *request) {
	static const char sane[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	const char *wish = exchange_header(request->exchange, "X-Request-Id");
	size_t length = wish == NULL ? 0 : strlen(wish);
	if (length >= 1 && length <= REQUEST_ID_MAX && strspn(wish, sane) == length) {
		memcpy(request->id, wish, length + 1);
	} else {
		request_id_make(request->id);
	}
}

static bool answer_options(struct http_request *request, const char *allow) {
	if (!http_reply_header(request, "Allow", allow)) {
		return reply_out_of_memory(request);
	}
	http_reply(request, 204, NULL);
	return false;
}

static bool no_route(struct http_request *request) {
	if (!request->match.is_known_path) {
		return reply_refuse(request, 404, "not_found", "no such path");
	}
	if (strcmp(request->exchange->method, "OPTIONS") == 0) {
		return answer_options(request, request->match.allow);
	}
	if (!http_reply_header(request, "Allow", request->match.allow)) {
		return reply_out_of_memory(request);
	}
	return reply_refuse(request, 405, "method_not_allowed",
		"this path does not know that method, see Allow");
}

static bool join_tail(struct http_request *request) {
	const struct route *route = request->match.route;
	const struct target *target = &request->target;
	if (!route->has_tail) {
		return true;
	}
	request->tail = calloc(1, strlen(request->url) + 1); /* decoded is never longer */
	for (size_t i = request->match.tail_at; request->tail != NULL && i < target->segment_count;
		i++) {
		size_t used = strlen(request->tail);
		snprintf(request->tail + used, strlen(request->url) + 1 - used, "%s%s",
			i == request->match.tail_at ? "" : "/", target->segments[i]);
	}
	return request->tail != NULL;
}

static bool read_target(struct http_request *request) {
	const char *why = NULL;
	request->url = strdup(request->exchange->target);
	if (request->url == NULL) {
		return reply_out_of_memory(request);
	}
	switch (target_parse(&request->target, request->url, &why)) {
	case TARGET_OK:
		return true;
	case TARGET_NO_MEMORY:
		return reply_out_of_memory(request);
	default:
		return reply_refuse(request, 400, "bad_target", why);
	}
}

static bool set_deadline(struct http_request *request) {
	const struct http_route *route = &request->match.route->declared;
	uint32_t timeout_ms = route->timeout_ms != 0 ? route->timeout_ms
						     : request->http->settings.request_timeout_ms;
	if (!check_timeout(request, &timeout_ms)) {
		return false;
	}
	request->deadline_ms = request->exchange->listener == HTTP_LISTEN_INTERNAL
		? UINT64_MAX
		: request->exchange->begun_ms + timeout_ms;
	if (clock_now_ms() >= request->deadline_ms) {
		const struct http_problem late = {.status = 504,
			.code = "deadline",
			.is_retryable = true,
			.message = "the deadline passed before the request had arrived"};
		http_refuse(request, &late);
		return false;
	}
	return true;
}

bool request_read(struct http_request *request) {
	struct exchange *exchange = request->exchange;
	if (strcmp(exchange->target, "*") == 0 && strcmp(exchange->method, "OPTIONS") == 0) {
		return answer_options(request, "OPTIONS, GET, HEAD, POST, PUT, PATCH, DELETE");
	}
	if (!read_target(request)) {
		return false;
	}
	router_match(request->http->router, exchange->method, &request->target, exchange->listener,
		&request->match);
	if (request->match.route == NULL) {
		return no_route(request);
	}
	if (!join_tail(request)) {
		return reply_out_of_memory(request);
	}
	return access_allow(request) && set_deadline(request);
}
