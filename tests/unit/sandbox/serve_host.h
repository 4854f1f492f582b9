/*
 * serve_host.h - a host of a few lines for sandbox.c: what the plugin registers and sends is kept in `fake`.
 */
#ifndef SANDBOX_SERVE_HOST_H
#define SANDBOX_SERVE_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <hubspot-connector/plugin.h>
#include <jansson.h>

#include "sandbox.h"

extern const struct hsc_plugin hsc_plugin;

static struct {
	const struct hsc_route *route, *journal;
	const struct sandbox_model *lent;
	double values[3]; /* what was last recorded: of calls, of seconds, of records */
	const char *method, *url, *body;
	char headers[2048];
	char sent[4096];
	size_t length;
	int status;
	int replies;
	int resets;
	void (*run)(void *ctx);
	void (*gone)(struct hsc_request *, void *ctx);
	void *ctx;
	uint32_t wait_ms;
	int has_wire;
	int refuses_to_wait;
	char line[256]; /* logged */
} fake;

static int add_route(const struct hsc_host *host, const struct hsc_route *route) {
	(void)host;
	if (route->query_schema == NULL) {
		fake.route = route;
	} else {
		fake.journal = route;
	}
	return 0;
}

static int add_schema(const struct hsc_host *host, const char *id, const char *text) {
	(void)host;
	assert_string_equal(id, "sandbox.journal");
	json_t *schema = json_loads(text, 0, NULL);
	assert_true(json_is_object(schema));
	json_decref(schema);
	return 0;
}

static int provide(const struct hsc_host *host, const char *id, const void *table) {
	(void)host;
	assert_string_equal(id, SANDBOX_MODEL);
	fake.lent = table;
	assert_int_equal(fake.lent->size, sizeof(*fake.lent));
	return 0;
}

static struct hsc_metric *metric(double *value) {
	return (struct hsc_metric *)(void *)value;
}

static struct hsc_metric *add_counter(
	const struct hsc_host *host, const char *name, const char *help) {
	(void)host;
	(void)help;
	assert_string_equal(name, "calls_total");
	return metric(&fake.values[0]);
}

static struct hsc_metric *add_histogram(
	const struct hsc_host *host, const char *name, const char *help) {
	(void)host;
	(void)help;
	assert_string_equal(name, "call_seconds");
	return metric(&fake.values[1]);
}

static struct hsc_metric *add_gauge(
	const struct hsc_host *host, const char *name, const char *help) {
	(void)host;
	(void)help;
	assert_string_equal(name, "records");
	return metric(&fake.values[2]);
}

static void record(struct hsc_metric *where, double value) {
	*(double *)(void *)where = value;
}

static const char *get_method(const struct hsc_host *host, struct hsc_request *request) {
	(void)host;
	(void)request;
	return fake.method;
}

static const char *get_url(const struct hsc_host *host, struct hsc_request *request) {
	(void)host;
	(void)request;
	return fake.url;
}

static const char *get_header(
	const struct hsc_host *host, struct hsc_request *request, const char *name) {
	(void)host;
	(void)request;
	return strcmp(name, "Authorization") == 0 ? "Bearer pat-na1-sandbox" : NULL;
}

static const void *get_body(
	const struct hsc_host *host, struct hsc_request *request, size_t *length) {
	(void)host;
	(void)request;
	*length = fake.body == NULL ? 0 : strlen(fake.body);
	return fake.body;
}

static int take_header(const struct hsc_host *host, struct hsc_request *request, const char *name,
	const char *value) {
	size_t length = strlen(fake.headers);
	(void)host;
	(void)request;
	snprintf(fake.headers + length, sizeof(fake.headers) - length, "%s: %s\n", name, value);
	return 0;
}

static int take_bytes(const struct hsc_host *host, struct hsc_request *request, int status,
	const char *type, const void *bytes, size_t length) {
	(void)host;
	(void)request;
	assert_non_null(type);
	assert_true(length < sizeof(fake.sent));
	memcpy(fake.sent, bytes, length);
	fake.sent[length] = '\0';
	fake.length = length;
	fake.status = status;
	fake.replies++;
	return 0;
}

static int refuse(const struct hsc_host *host, struct hsc_request *request, int status,
	const char *code, const char *message, const struct json_t *errors) {
	(void)host;
	(void)request;
	(void)errors;
	assert_non_null(code);
	assert_non_null(message);
	fake.status = status;
	fake.replies++;
	return 0;
}

static int on_gone(const struct hsc_host *host, struct hsc_request *request,
	void (*gone)(struct hsc_request *, void *ctx), void *ctx) {
	(void)host;
	(void)request;
	fake.gone = gone;
	fake.ctx = ctx;
	return fake.refuses_to_wait ? HSC_EGONE : 0;
}

static struct hsc_timer *after(
	const struct hsc_host *host, uint32_t ms, void (*run)(void *ctx), void *ctx) {
	(void)host;
	fake.wait_ms = ms;
	fake.run = run;
	fake.ctx = ctx;
	return fake.refuses_to_wait ? NULL : (struct hsc_timer *)&fake;
}

static uint64_t now(const struct hsc_host *host) {
	(void)host;
	return 5000;
}

static int reset(const struct hsc_host *host, struct hsc_request *request) {
	(void)host;
	(void)request;
	fake.resets++;
	return 0;
}

static int wire_bytes(const struct hsc_host *host, struct hsc_request *request, const void *bytes,
	size_t length) {
	return take_bytes(host, request, -1, "", bytes, length);
}

static const void *extension(const struct hsc_host *host, const char *id) {
	static const struct hsc_wire wire = {
		.size = sizeof(wire), .reset = reset, .bytes = wire_bytes};
	(void)host;
	return fake.has_wire && strcmp(id, "hsc.wire/1") == 0 ? &wire : NULL;
}

static void take_line(
	const struct hsc_host *host, int level, struct hsc_request *about, const char *line) {
	(void)host;
	(void)about;
	assert_true(level == HSC_ERROR || level == HSC_INFO);
	snprintf(fake.line, sizeof(fake.line), "%s", line);
}

static const struct hsc_http http = {.size = sizeof(http),
	.add_schema = add_schema,
	.add_route = add_route,
	.method = get_method,
	.url = get_url,
	.header = get_header,
	.raw_body = get_body,
	.reply_header = take_header,
	.reply_bytes = take_bytes,
	.refuse = refuse,
	.on_gone = on_gone};
static const struct hsc_loop loop = {.size = sizeof(loop), .after = after, .now_ms = now};
static const struct hsc_watch watch = {.size = sizeof(watch),
	.log = take_line,
	.counter = add_counter,
	.gauge = add_gauge,
	.histogram = add_histogram,
	.record = record};
static struct hsc_host host = {.size = sizeof(host),
	.http = &http,
	.loop = &loop,
	.watch = &watch,
	.extension = extension,
	.provide = provide};

#endif
