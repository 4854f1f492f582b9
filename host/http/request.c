/*
 * A request's life, in the order it is lived: reading (the target, the id, the route, who may
 * call), claiming (its Idempotency-Key, if it has one), checking (the body), working (the handler,
 * and the time until its reply), replied. From working it may become gone instead, when the client
 * leaves or gets its 504: then it is inert until it is replied to or, half a minute after its
 * deadline, forgotten. The bytes are read before this life begins.
 *
 * A request with a key works on when its client leaves, until its deadline: the client is expected
 * back, to ask under the same key what has become of it.
 */
#include "http/inside.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "http/access.h"
#include "http/idempotency.h"

enum { DEADLINE_SLACK_MS = 250, SLOW_MS = 20, HELD_BYTES_MAX = 64 * 1024 * 1024 };

/* True: on to the next state. False: it waits, or has ended. */
typedef bool live_fn(struct http_request *request);

bool request_is_write(const struct http_request *request) {
	const char *method = request->exchange->method;
	return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 &&
		strcmp(method, "OPTIONS") != 0;
}

/* NULL, and left out, without a key. */
static const char *caller_told(const struct http_request *request) {
	return request->api_key == NULL ? NULL : http_caller(request)->name;
}

void request_log(struct http_request *request, int status, size_t bytes_out) {
	const struct route *route = request->match.route;
	bool is_hidden = route != NULL && (route->declared.flags & HTTP_ROUTE_HIDDEN) != 0;
	if (request->is_logged || is_hidden ||
		request->exchange->listener == HTTP_LISTEN_INTERNAL) {
		return;
	}
	request->is_logged = true;
	uint64_t took_ms = clock_precise_ms() - request->exchange->begun_ms;
	tally_count(route == NULL ? &request->http->astray : &route->tally, request->api_key,
		status, took_ms);
	LOG_INFO("request", log_text("method", request->exchange->method),
		log_text("route", route == NULL ? "-" : route->declared.path),
		log_int("status", status), log_uint("ms", took_ms),
		log_uint("bytes_in", request->exchange->body_length),
		log_uint("bytes_out", bytes_out), log_text("request_id", request->id),
		log_text("peer", request->exchange->peer), log_text("caller", caller_told(request)),
		log_bool("gone", request->state == REQUEST_GONE || request->has_left),
		log_text("replay_of", request->replay_of));
}

void request_blame_slow(const struct route *route, const char *what, uint64_t began_ms) {
	uint64_t took_ms = clock_precise_ms() - began_ms;
	if (took_ms > SLOW_MS && route != NULL) {
		LOG_WARN("slow handler", log_text("owner", route->declared.owner),
			log_text("route", route->declared.path), log_text("callback", what),
			log_uint("ms", took_ms));
	}
}

/* ---- working ---- */

static void become_gone(struct http_request *request) {
	void (*gone)(struct http_request *, void *) = request->gone;
	request->state = REQUEST_GONE;
	request->gone = NULL;
	if (gone != NULL) {
		const struct route *route = request->match.route;
		uint64_t began_ms = clock_precise_ms();
		gone(request, request->gone_ctx); /* may end the request */
		request_blame_slow(route, "gone", began_ms);
	}
}

static void forget(struct http_request *request) {
	const struct route *route = request->match.route;
	metric_add(route->forgotten, 1);
	LOG_WARN("request forgotten", log_text("owner", route->declared.owner),
		log_text("route", route->declared.path), log_text("request_id", request->id),
		log_text("caller", caller_told(request)));
}

static bool fail(struct http_request *request) {
	const struct http_problem problem = {.status = 500,
		.code = "internal_error",
		.message = "the request's handler failed",
		.outcome = request_is_write(request) ? HTTP_UNKNOWN : HTTP_OUTCOME_NONE};
	http_refuse(request, &problem);
	return false;
}

/* The first time the deadline (and a little, for a reply that knows more than we do), then the end.
 */
static void time_out(void *ctx) {
	struct http_request *request = ctx;
	if (request->state == REQUEST_GONE) {
		forget(request);
		request_end(request);
		return;
	}
	if (request->state == REQUEST_CLAIMING) {
		idempotency_give_up(request);
		return;
	}
	const struct http_problem problem = {.status = 504,
		.code = "deadline",
		.message = "the request's deadline has passed",
		.is_retryable = !request_is_write(request),
		.outcome = request_is_write(request) ? HTTP_UNKNOWN : HTTP_OUTCOME_NONE};
	uint64_t forget_ms = request->http->forget_ms;
	loop_timer_start(
		&request->timer, forget_ms > DEADLINE_SLACK_MS ? forget_ms - DEADLINE_SLACK_MS : 0);
	reply_problem(request, &problem);
	become_gone(request);
}

static bool wait_for_reply(struct http_request *request) {
	if (request->deadline_ms == UINT64_MAX || request->state == REQUEST_GONE) {
		return false;
	}
	uint64_t now_ms = clock_now_ms();
	uint64_t left_ms = request->deadline_ms > now_ms ? request->deadline_ms - now_ms : 0;
	if (!loop_timer_start(&request->timer, left_ms + DEADLINE_SLACK_MS)) {
		/* Nobody would end it when it is forgotten, so the handler's reply is not waited
		 * for. */
		reply_out_of_memory(request);
	}
	return false;
}

static bool live_working(struct http_request *request) {
	const struct route *route = request->match.route;
	bool has_ended = false;
	request->has_ended = &has_ended;
	if (request->run != NULL) {
		idempotency_work(request);
	}
	uint64_t began_ms = clock_precise_ms();
	int result = route->declared.handle(request, route->declared.ctx);
	request_blame_slow(route, "handle", began_ms);
	if (result < 0) {
		metric_add(route->failures, 1);
		LOG_ERROR("handler failed", log_text("owner", route->declared.owner),
			log_text("route", route->declared.path), log_int("result", result));
	}
	if (has_ended) {
		return false;
	}
	request->has_ended = NULL;
	if (result < 0) {
		return fail(request);
	}
	if (result == HTTP_REPLIED) {
		forget(request);
		return fail(request);
	}
	return wait_for_reply(request);
}

/* A body waits with its request, and what is made of it is some times as large. */
static bool hold_body(struct http_request *request) {
	bool is_counted = request->exchange->listener != HTTP_LISTEN_INTERNAL;
	size_t bytes = is_counted ? request->exchange->body_length : 0;
	if (bytes > 0 && request->http->held_bytes + bytes > HELD_BYTES_MAX) {
		return false;
	}
	request->held_bytes = bytes;
	request->http->held_bytes += bytes;
	return true;
}

/* What cannot be served in time is told so before anything is spent on it. */
static bool has_room(struct http_request *request) {
	const struct http_route *route = http_route_of(request);
	uint64_t retry_after_ms = 1000;
	if (hold_body(request) &&
		(route->has_room == NULL ||
			route->has_room(request, &retry_after_ms, route->ctx))) {
		return true;
	}
	http_refuse(request,
		&(struct http_problem){.status = 503,
			.code = "busy",
			.message = "too much waits already",
			.is_retryable = true,
			.retry_after_ms = retry_after_ms});
	return false;
}

static bool live_claiming(struct http_request *request) {
	enum claim claim = idempotency_claim(request, http_caller(request)->name);
	return claim == CLAIM_WAIT ? wait_for_reply(request) : claim == CLAIM_GO;
}

static bool live_checking(struct http_request *request) {
	return check_query(request) && has_room(request) && check_body(request);
}

/* The life as a table; what comes after working is brought by events. */
static live_fn *const life[] = {
	[REQUEST_READING] = request_read,
	[REQUEST_CLAIMING] = live_claiming,
	[REQUEST_CHECKING] = live_checking,
	[REQUEST_WORKING] = live_working,
};

static void live(struct http_request *request) {
	while (life[request->state](request)) {
		request->state++;
	}
}

void request_go_on(struct http_request *request) {
	request->state++;
	live(request);
}

void request_arrive(struct http *http, struct exchange *exchange) {
	struct http_request *request = calloc(1, sizeof(*request));
	if (request == NULL) {
		if (exchange->listener != HTTP_LISTEN_INTERNAL) {
			tally_count(&http->astray, NULL, 503, 0);
		}
		reply_without_request(exchange);
		return;
	}
	request->http = http;
	request->exchange = exchange;
	exchange->request = request;
	list_init(&request->link);
	list_init(&request->headers);
	list_append(&http->requests, &request->link);
	loop_timer_init(&request->timer, http->loop, time_out, request);
	request_name(request);
	live(request);
}

/* Nothing has been done for one that waits; what is being done for one that works goes on. */
static void leave_run(struct http_request *request) {
	request->has_left = true;
	request_log(request, 0, 0);
	if (request->state == REQUEST_CLAIMING) {
		request_end(request);
	}
}

void request_leave(struct http_request *request) {
	if (request->run != NULL) {
		leave_run(request);
		return;
	}
	uint64_t now_ms = clock_now_ms();
	bool has_deadline = request->deadline_ms != UINT64_MAX && request->deadline_ms > now_ms;
	uint64_t left_ms = has_deadline ? request->deadline_ms - now_ms : 0;
	request->state = REQUEST_GONE;
	request_log(request, 0, 0);
	loop_timer_start(&request->timer, left_ms + request->http->forget_ms);
	become_gone(request);
}

void request_end(struct http_request *request) {
	const struct route *route = request->match.route;
	if (request->has_ended != NULL) {
		*request->has_ended = true;
	}
	if (request->end != NULL) {
		uint64_t began_ms = clock_precise_ms();
		request->end(request, request->end_ctx);
		request_blame_slow(route, "end", began_ms);
	}
	if (request->run != NULL) {
		idempotency_release(request);
	}
	request->http->held_bytes -= request->held_bytes;
	list_remove(&request->link);
	loop_timer_finish(&request->timer);
	reply_forget_headers(request);
	json_decref(request->body);
	target_finish(&request->target);
	free(request->tail);
	free(request->url);
	exchange_drop(request->exchange);
	access_forget(request);
	free(request);
}
