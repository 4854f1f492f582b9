/*
 * Requests with an Idempotency-Key on a test bed, and a route that answers them: POST /work, raw
 * bodies. What the body says is done at once; "hold" waits for one of the reply_...() functions.
 */
#ifndef TESTS_UNIT_HTTP_KEYED_H
#define TESTS_UNIT_HTTP_KEYED_H

#include "bed.h"
#include "http/idempotency.h"
#include "http/replay.h"

/* Indexes of bed->counts. RUNS is what handle_hold() counts. */
enum { RUNS = 0, GONE = 1, ENDED = 2, REPLIED = 3, REFUSING = 4, IDLE = 5, BUSY = 6 };

static inline void created(struct http_request *request, int run) {
	json_t *body = json_pack("{s:s, s:i}", "action", "created", "run", run);
	http_reply_header(request, "X-Kept", "yes");
	http_reply(request, 201, body);
	json_decref(body);
}

static inline void refused(struct http_request *request, int status, enum http_outcome outcome) {
	const struct http_problem problem = {.status = status,
		.code = "told",
		.message = "as the test says",
		.outcome = outcome,
		.retry_after_ms = status == 503 ? 2000 : 0};
	http_refuse(request, &problem);
}

static inline void work_gone(struct http_request *request, void *ctx) {
	struct bed *bed = ctx;
	(void)request;
	count(&bed->counts[GONE]);
}

static inline void work_end(struct http_request *request, void *ctx) {
	struct bed *bed = ctx;
	bed->held = bed->held == request ? NULL : bed->held;
	count(&bed->counts[ENDED]);
}

static inline bool is_body(struct http_request *request, const char *text) {
	size_t length = 0;
	const void *raw = http_raw_body(request, &length);
	return length == strlen(text) && memcmp(raw, text, length) == 0;
}

static inline int handle_work(struct http_request *request, void *ctx) {
	struct bed *bed = ctx;
	http_on_end(request, work_end, bed);
	if (is_body(request, "hold") && !__atomic_load_n(&bed->counts[REFUSING], __ATOMIC_SEQ_CST)) {
		http_on_gone(request, work_gone, bed);
		return handle_hold(request, bed);
	}
	count(&bed->counts[RUNS]);
	if (is_body(request, "fail")) {
		return -1;
	}
	if (is_body(request, "reset")) {
		http_reply_reset(request);
	} else if (is_body(request, "none")) {
		http_reply(request, 204, NULL);
	} else if (is_body(request, "text")) {
		http_reply_header(request, "Location", "/work/1");
		http_reply_header(request, "X-Request-Id", "the-handlers-own");
		http_reply_bytes(request, 202, "text/plain", "a\xff\xfe", 3);
	} else if (is_body(request, "hold")) {
		refused(request, 503, HTTP_OUTCOME_NONE);
	} else {
		created(request, bed->counts[RUNS]);
	}
	return HTTP_REPLIED;
}

/* ---- on the loop ---- */

static inline void reply_created(void *ctx) {
	struct bed *bed = ctx;
	created(bed->held, bed->counts[RUNS]);
	count(&bed->counts[REPLIED]);
}

static inline void reply_not_applied(void *ctx) {
	struct bed *bed = ctx;
	refused(bed->held, 503, HTTP_NOT_APPLIED);
	count(&bed->counts[REPLIED]);
}

static inline void reply_unknown(void *ctx) {
	struct bed *bed = ctx;
	refused(bed->held, 504, HTTP_UNKNOWN);
	count(&bed->counts[REPLIED]);
}

static inline void look_busy(void *ctx) {
	struct bed *bed = ctx;
	const struct table *table = &bed->http->server->table;
	__atomic_store_n(
		&bed->counts[BUSY], (int)table->count[CONNECTION_BUSY], __ATOMIC_SEQ_CST);
}

static inline void do_on_loop(struct bed *bed, void (*run)(void *ctx)) {
	loop_post(bed->loop, run, bed);
}

/* ---- the client's side ---- */

static inline void await_replied(struct bed *bed, void (*reply)(void *ctx)) {
	int before = __atomic_load_n(&bed->counts[REPLIED], __ATOMIC_SEQ_CST);
	do_on_loop(bed, reply);
	await(&bed->counts[REPLIED], before + 1);
}

static inline void tell_keyed(
	int fd, const char *line, const char *key, const char *more, const char *body) {
	char text[2048];
	snprintf(text, sizeof(text),
		"%s HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: %s\r\n%sContent-Length: "
		"%zu\r\n\r\n%s",
		line, key, more, strlen(body), body);
	tell(fd, text);
}

static inline void ask_keyed(struct bed *bed, const char *key, const char *body, char *to) {
	int fd = dial(bed);
	tell_keyed(fd, "POST /work", key, "", body);
	hear(fd, to);
	close(fd);
}

static inline void ask_twice(struct bed *bed, const char *line, const char *key, const char *body, int i) {
	int fd = dial(bed);
	tell_keyed(fd, line, key, "", body);
	hear(fd, bed->saw[i]);
	tell_keyed(fd, line, key, "", body);
	hear(fd, bed->saw[i + 1]);
	close(fd);
}

/* How many requests have arrived and are not replied to. */
static inline int busy_now(struct bed *bed) {
	__atomic_store_n(&bed->counts[BUSY], -1, __ATOMIC_SEQ_CST);
	do_on_loop(bed, look_busy);
	await(&bed->counts[BUSY], 0);
	return __atomic_load_n(&bed->counts[BUSY], __ATOMIC_SEQ_CST);
}

static inline void await_busy(struct bed *bed, int many) {
	for (int i = 0; i < BED_PATIENCE_MS / 2 && busy_now(bed) != many; i++) {
		nap(2);
	}
}

/* The first one with this key, once its handler has it. */
static inline int hold_keyed(struct bed *bed, const char *key, const char *more) {
	int before = __atomic_load_n(&bed->counts[RUNS], __ATOMIC_SEQ_CST);
	int fd = dial(bed);
	tell_keyed(fd, "POST /work", key, more, "hold");
	await(&bed->counts[RUNS], before + 1);
	return fd;
}

/* One more with this key, once it waits. */
static inline int wait_keyed(struct bed *bed, const char *key, const char *more) {
	int before = busy_now(bed);
	int fd = dial(bed);
	tell_keyed(fd, "POST /work", key, more, "hold");
	await_busy(bed, before + 1);
	return fd;
}

static inline const char *body_of(const char *reply) {
	const char *end = strstr(reply, "\r\n\r\n");
	return end == NULL ? "" : end + 4;
}

static inline bool is_replayed(const char *reply) {
	return strstr(reply, "\r\nIdempotent-Replayed: true\r\n") != NULL;
}

static inline struct bed *keyed_bed(uint32_t timeout_ms) {
	struct http_settings settings = bed_settings();
	settings.request_timeout_ms = timeout_ms;
	settings.max_connections = 300;
	struct bed *bed = bed_create(&settings);
	bed_route(bed, "POST", "/work", HTTP_ROUTE_RAW_BODY, handle_work);
	return bed;
}

#endif
