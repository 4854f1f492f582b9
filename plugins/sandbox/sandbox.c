/*
 * sandbox.c - serves the model of HubSpot under /sandbox, and lends it to other plugins. All it
 * adds is the wire: waiting, and the replies that no honest server sends.
 */
#include <hubspot-connector/plugin.h>
#include <jansson.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model.h"
#include "sandbox.h"

static const char prefix[] = "/sandbox";
enum { PREFIX_LENGTH = sizeof(prefix) - 1 };

struct sandbox {
	struct model *model;
	const struct hsc_wire *wire; /* or NULL */
	struct pending *pending;     /* owned list */
	char *state_file;            /* owned; NULL: nothing is kept */
	const struct hsc_host *host;
	struct hsc_metric *calls, *call_seconds, *records;
};

/* A reply that waits: for its time, or for its caller to leave. */
struct pending {
	struct pending *next;
	struct sandbox *sandbox;
	const struct hsc_host *host;
	struct hsc_request *request;
	struct model_reply reply;
};

static const char config_schema[] =
	"{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
	"\"limit\":{\"description\":\"calls per 10 seconds and token; 0: off\","
	"\"type\":\"integer\",\"minimum\":0,\"maximum\":100000,\"default\":190},"
	"\"latency_ms\":{\"description\":\"the delay of every reply\","
	"\"type\":\"integer\",\"minimum\":0,\"maximum\":100000,\"default\":0},"
	"\"search_lag_ms\":{\"description\":\"until a search sees what was written\","
	"\"type\":\"integer\",\"minimum\":0,\"maximum\":3600000,\"default\":3000},"
	"\"state_file\":{\"description\":\"read at the start, written at the end: all records "
	"and settings of the account\",\"type\":\"string\",\"minLength\":1}}}";

/* ---- lending ---- */

/* Others may look at it after the end. */
static struct {
	struct sandbox_model table;
	struct model *model; /* NULL: there is none, or no more */
} lent;

static void reset_lent(const struct sandbox_model *table) {
	(void)table;
	json_t *members = json_pack("{s:b}", "reset", 1);
	if (lent.model != NULL && members != NULL) {
		(void)!model_control(lent.model, members);
	}
	json_decref(members);
}

static uint64_t count_lent(const struct sandbox_model *table, const char *type) {
	(void)table;
	return lent.model != NULL ? model_count(lent.model, type) : 0;
}

static int lend(const struct sandbox *sandbox) {
	lent.table = (struct sandbox_model){
		.size = sizeof(lent.table), .reset = reset_lent, .count = count_lent};
	lent.model = sandbox->model;
	return sandbox->host->provide(sandbox->host, SANDBOX_MODEL, &lent.table);
}

/* ---- sending ---- */

static int send_whole(
	const struct hsc_host *host, struct hsc_request *request, const struct model_reply *reply) {
	for (size_t i = 0; i < reply->header_count; i++) {
		host->http->reply_header(
			host, request, reply->headers[i].name, reply->headers[i].value);
	}
	const char *bytes = reply->bytes == NULL ? "" : reply->bytes;
	const char *type = *reply->type == '\0' ? "application/json;charset=utf-8" : reply->type;
	return host->http->reply_bytes(host, request, reply->status, type, bytes, reply->length);
}

/* The right Content-Length, half the body, and then nothing more. */
static int send_cut(const struct hsc_wire *wire, const struct hsc_host *host,
	struct hsc_request *request, const struct model_reply *reply) {
	size_t half = reply->length / 2;
	size_t room = 4096 + half;
	char *bytes = malloc(room);
	if (bytes == NULL) {
		return wire->reset(host, request);
	}
	size_t length = (size_t)snprintf(
		bytes, room, "HTTP/1.1 %d Cut\r\nContent-Type: %s\r\n", reply->status, reply->type);
	for (size_t i = 0; i < reply->header_count; i++) {
		length += (size_t)snprintf(bytes + length, room - half - length, "%s: %s\r\n",
			reply->headers[i].name, reply->headers[i].value);
	}
	length += (size_t)snprintf(
		bytes + length, room - half - length, "Content-Length: %zu\r\n\r\n", reply->length);
	if (half > 0) {
		memcpy(bytes + length, reply->bytes, half);
	}
	int error = wire->bytes(host, request, bytes, length + half);
	free(bytes);
	return error;
}

static int send_now(const struct sandbox *sandbox, const struct hsc_host *host,
	struct hsc_request *request, const struct model_reply *reply) {
	if (reply->fate == MODEL_WHOLE) {
		return send_whole(host, request, reply);
	}
	if (reply->fate == MODEL_HANG) {
		return host->http->refuse(
			host, request, 504, "hang", "Nobody waits for this any more.", NULL);
	}
	if (sandbox->wire == NULL) {
		return host->http->refuse(host, request, 501, "no_wire",
			"This fault needs the extension hsc.wire/1, which this host does not have.",
			NULL);
	}
	if (reply->fate == MODEL_CUT) {
		return send_cut(sandbox->wire, host, request, reply);
	}
	return sandbox->wire->reset(host, request);
}

/* ---- waiting ---- */

static void forget(struct pending *pending) {
	struct pending **link = &pending->sandbox->pending;
	while (*link != pending) {
		link = &(*link)->next;
	}
	*link = pending->next;
	model_reply_finish(&pending->reply);
	free(pending);
}

static void finish(struct pending *pending) {
	/* A caller that has left meanwhile is no concern of ours: HSC_EGONE is dropped. */
	send_now(pending->sandbox, pending->host, pending->request, &pending->reply);
	forget(pending);
}

static void on_time(void *ctx) {
	finish(ctx);
}

static void on_gone(struct hsc_request *request, void *ctx) {
	struct pending *pending = ctx;
	(void)request;
	finish(pending);
}

static int wait_for(struct pending *pending) {
	const struct hsc_host *host = pending->host;
	if (pending->reply.fate == MODEL_HANG) {
		return host->http->on_gone(host, pending->request, on_gone, pending);
	}
	bool has_timer = host->loop->after(host, pending->reply.delay_ms, on_time, pending) != NULL;
	return has_timer ? 0 : HSC_ENOMEM;
}

/* Takes `reply`. */
static int send_later(struct sandbox *sandbox, const struct hsc_host *host,
	struct hsc_request *request, struct model_reply *reply) {
	struct pending *pending = calloc(1, sizeof(*pending));
	if (pending == NULL) {
		model_reply_finish(reply);
		return HSC_ENOMEM;
	}
	pending->sandbox = sandbox;
	pending->host = host;
	pending->request = request;
	pending->reply = *reply;
	pending->next = sandbox->pending;
	sandbox->pending = pending;
	int error = wait_for(pending);
	if (error != 0) {
		forget(pending);
		return error;
	}
	return HSC_LATER;
}

/* ---- the route ---- */

static double seconds_now(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void ask(const struct hsc_host *host, struct hsc_request *request, struct sandbox *sandbox,
	char *url, struct model_reply *reply) {
	char *start = strstr(url, prefix); /* behind an alias, /v1/sandbox/... */
	char *path = start == NULL ? url : start + PREFIX_LENGTH;
	char *query = strchr(path, '?');
	if (query != NULL) {
		*query++ = '\0';
	}
	struct model_request question = {
		.method = host->http->method(host, request),
		.path = path,
		.query = query,
		.authorization = host->http->header(host, request, "Authorization"),
	};
	question.body = host->http->raw_body(host, request, &question.length);
	double began = seconds_now();
	model_handle(sandbox->model, &question, host->loop->now_ms(host), reply);
	host->watch->record(sandbox->call_seconds, seconds_now() - began);
	host->watch->record(sandbox->calls, 1);
	host->watch->record(sandbox->records, (double)model_count(sandbox->model, NULL));
}

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	struct sandbox *sandbox = state;
	struct model_reply reply;
	char *url = strdup(host->http->url(host, request));
	if (url == NULL) {
		return HSC_ENOMEM;
	}
	ask(host, request, sandbox, url, &reply);
	free(url);
	if (reply.fate == MODEL_HANG || reply.delay_ms > 0) {
		return send_later(sandbox, host, request, &reply);
	}
	send_now(sandbox, host, request, &reply);
	model_reply_finish(&reply);
	return HSC_REPLIED;
}

static uint64_t wall_ms(void) {
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint32_t setting(const struct hsc_host *host, const char *name, uint32_t missing) {
	const json_t *value = json_object_get(host->config, name);
	return json_is_integer(value) ? (uint32_t)json_integer_value(value) : missing;
}

static struct model *open_model(const struct hsc_host *host) {
	struct model_settings settings = model_defaults;
	settings.wall_offset_ms = wall_ms() - host->loop->now_ms(host);
	settings.seed = settings.wall_offset_ms;
	settings.limit = setting(host, "limit", settings.limit);
	settings.latency_ms = setting(host, "latency_ms", 0);
	settings.search_lag_ms = setting(host, "search_lag_ms", settings.search_lag_ms);
	return model_create(&settings);
}

static void complain(const struct sandbox *sandbox, const char *what) {
	hsc_log(sandbox->host, HSC_ERROR, NULL, "%s: %s", sandbox->state_file, what);
}

static int read_state(struct sandbox *sandbox) {
	const char *path = json_string_value(json_object_get(sandbox->host->config, "state_file"));
	sandbox->state_file = path == NULL ? NULL : strdup(path);
	if (sandbox->state_file == NULL) {
		return path == NULL ? 0 : HSC_ENOMEM;
	}
	const char *wrong = model_read_file(sandbox->model, path);
	if (wrong != NULL) {
		complain(sandbox, wrong);
		free(sandbox->state_file); /* so that the end does not write over it */
		sandbox->state_file = NULL;
	}
	return wrong == NULL ? 0 : HSC_EINVAL;
}

static void write_state(const struct sandbox *sandbox) {
	if (sandbox->state_file != NULL && sandbox->model != NULL &&
		!model_write_file(sandbox->model, sandbox->state_file)) {
		complain(sandbox, "the state could not be written");
	}
}

static void fini(void *state) {
	struct sandbox *sandbox = state;
	write_state(sandbox);
	free(sandbox->state_file);
	while (sandbox->pending != NULL) {
		forget(sandbox->pending);
	}
	lent.model = NULL;
	model_destroy(sandbox->model);
	free(sandbox);
}

static void add_metrics(struct sandbox *sandbox) {
	const struct hsc_host *host = sandbox->host;
	sandbox->calls = host->watch->counter(host, "calls_total", "Calls that the sandbox took.");
	sandbox->call_seconds = host->watch->histogram(
		host, "call_seconds", "How long the sandbox's model worked on a call.");
	sandbox->records = host->watch->gauge(
		host, "records", "Records that the sandbox holds, archived ones aside.");
}

/* 0 or HSC_E... */
static int add_routes(const struct hsc_host *host) {
	static const char journal_query[] =
		"{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
		"\"last\":{\"description\":\"how many calls, the last ones\",\"type\":\"integer\","
		"\"minimum\":0,\"maximum\":999999999}}}";
	static const struct hsc_route routes[] = {
		HSC_ROUTE(.flags = HSC_ROUTE_OPEN | HSC_ROUTE_RAW_BODY | HSC_ROUTE_HIDDEN,
			.path = "/sandbox/{path...}",
			.summary = "A local HubSpot, for trying out and for tests",
			.timeout_ms = 120000, .max_body_bytes = 16 * 1024 * 1024, .handle = handle),
		HSC_ROUTE(.flags = HSC_ROUTE_OPEN | HSC_ROUTE_HIDDEN, .method = "GET",
			.path = "/sandbox/__journal", .summary = "The sandbox's last calls",
			.query_schema = "sandbox.journal", .handle = handle),
	};
	int error = host->http->add_schema(host, "sandbox.journal", journal_query);
	for (size_t i = 0; error == 0 && i < sizeof(routes) / sizeof(routes[0]); i++) {
		error = host->http->add_route(host, &routes[i]);
	}
	return error;
}

static int init(const struct hsc_host *host, void **state) {
	struct sandbox *sandbox = calloc(1, sizeof(*sandbox));
	if (sandbox == NULL) {
		return HSC_ENOMEM;
	}
	sandbox->host = host;
	sandbox->model = open_model(host);
	sandbox->wire = host->extension(host, "hsc.wire/1");
	int error = sandbox->model == NULL ? HSC_ENOMEM : read_state(sandbox);
	error = error != 0 ? error : add_routes(host);
	error = error != 0 ? error : lend(sandbox);
	add_metrics(sandbox);
	if (error != 0) {
		fini(sandbox);
		return error;
	}
	*state = sandbox;
	return 0;
}

/* What a state file had is there by now. */
static int start(const struct hsc_host *host, void *state) {
	const struct sandbox *sandbox = state;
	size_t records = model_count(sandbox->model, NULL);
	host->watch->record(sandbox->records, (double)records);
	hsc_log(host, HSC_INFO, NULL, "the sandbox is ready, with %zu records", records);
	return 0;
}

HSC_PLUGIN(.name = "sandbox", .version = "0.9.0", .flags = HSC_PLUGIN_BY_NAME,
	.config_schema = config_schema, .init = init, .start = start, .fini = fini);
