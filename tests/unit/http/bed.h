/*
 * A test bed: the HTTP module on a real loop in the test's thread, and a client with plain blocking
 * sockets in a thread of its own. The client only writes down what it saw; the test judges after.
 */
#ifndef TESTS_UNIT_HTTP_BED_H
#define TESTS_UNIT_HTTP_BED_H

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "http/connection.h"

enum { BED_SAW = 12, BED_TEXT = 16 * 1024, BED_LOG = 64 * 1024, BED_PATIENCE_MS = 5000 };

struct bed {
	struct loop *loop;
	struct http *http;
	uint16_t port;
	void (*client)(struct bed *bed);
	char saw[BED_SAW][BED_TEXT];
	int number[BED_SAW];
	char log[BED_LOG];
	struct http_request *held; /* by a handler that replies later */
	int counts[BED_SAW];	   /* for handlers and callbacks */
};

static inline void bed_sink(const char *line, void *ctx) {
	struct bed *bed = ctx;
	size_t used = strlen(bed->log);
	snprintf(bed->log + used, sizeof(bed->log) - used, "%s\n", line);
}

static inline struct http_settings bed_settings(void) {
	return (struct http_settings){.request_timeout_ms = 3000,
		.idle_timeout_ms = 3000,
		.max_body_bytes = 1024 * 1024,
		.max_head_bytes = 16 * 1024,
		.max_connections = 100,
		.anonymous = HTTP_ANONYMOUS_LOOPBACK};
}

static inline struct bed *bed_create(const struct http_settings *settings) {
	struct bed *bed = calloc(1, sizeof(*bed));
	const struct http_settings usual = bed_settings();
	assert_non_null(bed);
	log_setup(LOG_INFO, LOG_JSON);
	log_redirect(bed_sink, bed);
	bed->loop = loop_create();
	clock_update();
	bed->http = http_create(bed->loop, settings == NULL ? &usual : settings);
	return bed;
}

static inline void bed_route(struct bed *bed, const char *method, const char *path, unsigned flags,
	int (*handle)(struct http_request *, void *)) {
	char error[200] = "";
	const struct http_route route = {.method = method,
		.path = path,
		.owner = "test",
		.flags = flags,
		.handle = handle,
		.ctx = bed};
	if (!http_add_route(bed->http, &route, error, sizeof(error))) {
		fail_msg("%s", error);
	}
}

static inline void bed_listen(struct bed *bed, const char *address) {
	char error[200] = "";
	if (!http_listen(bed->http, address, HTTP_LISTEN_PUBLIC, &bed->port, error, sizeof(error))) {
		fail_msg("%s", error);
	}
}

static inline void bed_stop(void *ctx) {
	loop_stop(((struct bed *)ctx)->loop);
}

static inline void *bed_thread(void *ctx) {
	struct bed *bed = ctx;
	bed->client(bed);
	loop_post(bed->loop, bed_stop, bed);
	return NULL;
}

static inline void bed_run(struct bed *bed, void (*client)(struct bed *bed)) {
	pthread_t thread;
	bed->client = client;
	if (bed->port == 0) {
		bed_listen(bed, "127.0.0.1:0");
	}
	assert_int_equal(pthread_create(&thread, NULL, bed_thread, bed), 0);
	loop_run(bed->loop);
	pthread_join(thread, NULL);
}

static inline void bed_destroy(struct bed *bed) {
	http_destroy(bed->http);
	loop_destroy(bed->loop);
	log_redirect(NULL, NULL);
	free(bed);
}

/* ---- the client's side ---- */

static inline int dial(const struct bed *bed) {
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct timeval patience = {.tv_sec = BED_PATIENCE_MS / 1000};
	const struct sockaddr_in where = {.sin_family = AF_INET,
		.sin_port = htons(bed->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (const struct sockaddr *)&where, sizeof(where)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static inline void tell_bytes(int fd, const char *bytes, size_t length) {
	while (length > 0) {
		ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
		if (sent <= 0) {
			return;
		}
		bytes += sent;
		length -= (size_t)sent;
	}
}

static inline void tell(int fd, const char *text) {
	tell_bytes(fd, text, strlen(text));
}

static inline bool is_whole(const char *text) {
	const char *end = strstr(text, "\r\n\r\n");
	const char *length = strstr(text, "Content-Length: ");
	if (end == NULL) {
		return false;
	}
	size_t needed = length == NULL || length > end ? 0 : strtoul(length + 16, NULL, 10);
	return strlen(end + 4) >= needed;
}

/* One reply, or what came until the end: "EOF", "RESET" or "TIMEOUT" is written behind it then. */
static inline void hear_until(int fd, char *to, bool to_the_end, bool is_head) {
	size_t used = 0;
	to[0] = '\0';
	while (to_the_end || !(is_head ? strstr(to, "\r\n\r\n") != NULL : is_whole(to))) {
		ssize_t got = recv(fd, to + used, to_the_end ? BED_TEXT - 16 - used : 1, 0);
		if (got <= 0) {
			const char *why = got == 0    ? "EOF"
				: errno == ECONNRESET ? "RESET"
						      : "TIMEOUT";
			snprintf(to + used, BED_TEXT - used, "%s", why);
			return;
		}
		used += (size_t)got;
		to[used] = '\0';
	}
}

static inline void hear(int fd, char *to) {
	hear_until(fd, to, false, false);
}

static inline void hear_all(int fd, char *to) {
	hear_until(fd, to, true, false);
}

/* A request on a connection of its own; `rest` is what follows the Host header, from its line's end
 * on. */
static inline void ask(const struct bed *bed, const char *line, const char *rest, char *to) {
	char text[4096];
	int fd = dial(bed);
	snprintf(text, sizeof(text), "%s HTTP/1.1\r\nHost: localhost\r\n%s", line, rest);
	tell(fd, text);
	hear_until(fd, to, false, strncmp(line, "HEAD", 4) == 0);
	close(fd);
}

static inline void ask_body(
	const struct bed *bed, const char *line, const char *type, const char *body, char *to) {
	char rest[4000];
	snprintf(rest, sizeof(rest), "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n%s", type,
		strlen(body), body);
	ask(bed, line, rest, to);
}

static inline void nap(int ms) {
	poll(NULL, 0, ms);
}

/* Waits until the loop's thread has made *number at least `least`. */
static inline bool await(const int *number, int least) {
	for (int i = 0; i < BED_PATIENCE_MS / 5; i++) {
		if (__atomic_load_n(number, __ATOMIC_SEQ_CST) >= least) {
			return true;
		}
		nap(5);
	}
	return false;
}

static inline void count(int *number) {
	__atomic_add_fetch(number, 1, __ATOMIC_SEQ_CST);
}

static inline void assert_has(const char *text, const char *part) {
	if (strstr(text, part) == NULL) {
		fail_msg("\"%s\" is not in:\n%s", part, text);
	}
}

static inline void assert_lacks(const char *text, const char *part) {
	if (strstr(text, part) != NULL) {
		fail_msg("\"%s\" is in:\n%s", part, text);
	}
}

static inline void assert_status(const char *reply, int status) {
	char line[32];
	snprintf(line, sizeof(line), "HTTP/1.1 %d ", status);
	if (strncmp(reply, line, strlen(line)) != 0) {
		fail_msg("status %d expected:\n%s", status, reply);
	}
}

/* The reply is the one error shape, with this status and code; gives the JSON (free it). */
static inline json_t *assert_problem(const char *reply, int status, const char *code) {
	assert_status(reply, status);
	assert_has(reply, "\r\nContent-Type: application/json; charset=utf-8\r\n");
	assert_has(reply, "\r\nCache-Control: no-store\r\n");
	assert_has(reply, "\r\nX-Content-Type-Options: nosniff\r\n");
	assert_has(reply, "\r\nX-Request-Id: ");
	json_t *body = json_loads(strstr(reply, "\r\n\r\n") + 4, 0, NULL);
	assert_non_null(body);
	assert_string_equal(json_string_value(json_object_get(body, "status")), "error");
	assert_string_equal(json_string_value(json_object_get(body, "code")), code);
	assert_non_null(json_object_get(body, "message"));
	assert_non_null(json_object_get(body, "request_id"));
	assert_true(json_is_boolean(json_object_get(body, "retryable")));
	return body;
}

static inline void assert_refused(const char *reply, int status, const char *code) {
	json_decref(assert_problem(reply, status, code));
}

/* ---- handlers ---- */

static inline int handle_hello(struct http_request *request, void *ctx) {
	json_t *body = json_pack("{s:s}", "hello", "world");
	(void)ctx;
	http_reply(request, 200, body);
	json_decref(body);
	return HTTP_REPLIED;
}

static inline int handle_hold(struct http_request *request, void *ctx) {
	struct bed *bed = ctx;
	bed->held = request;
	count(&bed->counts[0]);
	return HTTP_LATER;
}

#endif
