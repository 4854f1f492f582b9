/*
 * A request's life on this side: lend_handle() makes a struct lent_request and a token when http
 * calls the route; http's end hook (request_ended) is the one place where both end, whoever ended
 * the request: the plugin's reply, the host's 500 after a failed handler, or http's patience with a
 * forgotten one. So after a call that replies, `request` is dead here too.
 */
#include "plugin/inside.h"

#include <string.h>

#include "base/str.h"
#include "http/http.h"

/* ---- life ---- */

/* Last, because the plugin's reply in here ends the request. */
static void request_gone(struct http_request *http, void *ctx) {
	struct lent_request *request = ctx;
	lend_cancel_operations(request, false);
	if (request->gone != NULL) {
		struct running running;
		void (*gone)(struct hsc_request *, void *) = request->gone;
		request->gone = NULL;
		running_enter(&running, request->plugin, "gone", http);
		gone(request->token, request->gone_ctx);
		running_leave(&running);
	}
}

static void forget(struct lent_request *request) {
	lend_cancel_operations(request, true);
	tokens_give(&request->plugin->plugins->requests, request->token, request->is_replied);
	free(request);
}

static void request_ended(struct http_request *http, void *ctx) {
	struct lent_request *request = ctx;
	if (!request->is_replied) {
		misuse(request->plugin, MISUSE_FORGOTTEN_REPLY, http_route_of(http)->path,
			"a request was never replied to");
	}
	forget(request);
}

void lend_drop_requests(struct plugin *plugin) {
	struct lent_request *request;
	while ((request = tokens_any(&plugin->plugins->requests, plugin)) != NULL) {
		http_on_gone(request->http, NULL, NULL);
		http_on_end(request->http, NULL, NULL);
		forget(request);
	}
}

static struct lent_request *make_request(struct plugin *plugin, struct http_request *http) {
	struct lent_request *request = calloc(1, sizeof(*request));
	if (request == NULL) {
		return NULL;
	}
	request->plugin = plugin;
	request->http = http;
	list_init(&request->operations);
	request->token = tokens_take(&plugin->plugins->requests, plugin, request);
	if (request->token == NULL) {
		free(request);
		return NULL;
	}
	http_on_gone(http, request_gone, request);
	http_on_end(http, request_ended, request);
	return request;
}

static int refuse_early(
	struct http_request *http, int status, const char *code, const char *message) {
	const struct http_problem problem = {
		.status = status, .code = code, .message = message, .is_retryable = status == 503};
	http_refuse(http, &problem);
	return HTTP_REPLIED;
}

/* What the handler's return means to http, which replies 500 at once after an error, and after a
 * reply that was none. */
static int conclude(struct plugin *plugin, const struct lent_route *route,
	struct hsc_request *token, int returned) {
	enum token_fault fault;
	struct lent_request *request =
		tokens_find(&plugin->plugins->requests, plugin, token, &fault);
	if (returned > HSC_LATER || (returned == HSC_REPLIED && request != NULL)) {
		misuse(plugin, MISUSE_WRONG_RETURN, route->path,
			"the handler returned HSC_REPLIED without a reply, or what is no answer");
	}
	if (request == NULL) {
		return returned < 0 ? returned : HTTP_REPLIED;
	}
	if (returned == HSC_LATER) {
		return HTTP_LATER;
	}
	request->is_replied = true; /* by http */
	return returned < 0 ? returned : HTTP_REPLIED;
}

int lend_handle(struct http_request *http, void *ctx) {
	const struct lent_route *route = ctx;
	struct plugin *plugin = route->plugin;
	if (plugin->phase != PLUGIN_READY) {
		return refuse_early(http, 404, "not_found", "There is nothing at this path.");
	}
	const struct lent_request *request = make_request(plugin, http);
	if (request == NULL) {
		return refuse_early(
			http, 503, "out_of_memory", "The host is out of memory; try again later.");
	}
	struct running running;
	struct hsc_request *token = request->token;
	running_enter(&running, plugin, "handle", http);
	int returned = route->handle(&plugin->host, token, plugin->state);
	running_leave(&running);
	return conclude(plugin, route, token, returned);
}

struct lent_request *lend_request(const struct hsc_host *host, struct hsc_request *token,
	const char *function, enum misuse_rule replied_rule, int *error) {
	struct plugin *plugin = NULL;
	enum token_fault fault;
	*error = lend_enter(host, function, &plugin);
	if (*error != 0) {
		return NULL;
	}
	if (token == NULL) {
		*error = misuse(plugin, MISUSE_BAD_ARGUMENT, function, "request is NULL");
		return NULL;
	}
	struct lent_request *request =
		tokens_find(&plugin->plugins->requests, plugin, token, &fault);
	if (request == NULL) {
		*error = fault == TOKEN_REPLIED
			? misuse(plugin, replied_rule, function, "the request has been replied to")
			: misuse(plugin, MISUSE_STALE_TOKEN, function,
				  "the request has ended, or is not this plugin's");
	}
	return request;
}

/* ---- asking ---- */

static struct http_request *ask(
	const struct hsc_host *host, struct hsc_request *token, const char *function) {
	int error = 0;
	const struct lent_request *request =
		lend_request(host, token, function, MISUSE_STALE_TOKEN, &error);
	return request != NULL ? request->http : NULL;
}

static struct http_request *ask_by_name(const struct hsc_host *host, struct hsc_request *token,
	const char *name, const char *function) {
	int error = 0;
	const struct lent_request *request =
		lend_request(host, token, function, MISUSE_STALE_TOKEN, &error);
	if (request == NULL) {
		return NULL;
	}
	if (name == NULL) {
		misuse(request->plugin, MISUSE_BAD_ARGUMENT, function, "name is NULL");
		return NULL;
	}
	return request->http;
}

static const char *ask_method(const struct hsc_host *host, struct hsc_request *token) {
	const struct http_request *http = ask(host, token, "method");
	return http != NULL ? http_method(http) : "";
}

static const char *ask_path_param(
	const struct hsc_host *host, struct hsc_request *token, const char *name) {
	const struct http_request *http = ask_by_name(host, token, name, "path_param");
	return http != NULL ? http_path_param(http, name) : NULL;
}

static const char *ask_query_param(
	const struct hsc_host *host, struct hsc_request *token, const char *name) {
	struct http_request *http = ask_by_name(host, token, name, "query_param");
	return http != NULL ? http_query_param(http, name) : NULL;
}

static const char *ask_header(
	const struct hsc_host *host, struct hsc_request *token, const char *name) {
	const struct http_request *http = ask_by_name(host, token, name, "header");
	return http != NULL ? http_header(http, name) : NULL;
}

static const char *ask_url(const struct hsc_host *host, struct hsc_request *token) {
	const struct http_request *http = ask(host, token, "url");
	return http != NULL ? http_url(http) : "";
}

static const char *ask_request_id(const struct hsc_host *host, struct hsc_request *token) {
	const struct http_request *http = ask(host, token, "request_id");
	return http != NULL ? http_request_id(http) : "";
}

static const char *ask_caller(const struct hsc_host *host, struct hsc_request *token) {
	const struct http_request *http = ask(host, token, "caller");
	return http != NULL ? http_caller(http)->name : "";
}

static uint64_t ask_deadline_ms(const struct hsc_host *host, struct hsc_request *token) {
	const struct http_request *http = ask(host, token, "deadline_ms");
	return http != NULL ? http_deadline_ms(http) : 0;
}

static const void *ask_raw_body(
	const struct hsc_host *host, struct hsc_request *token, size_t *length) {
	size_t unwanted;
	size_t *to = length != NULL ? length : &unwanted;
	const struct http_request *http = ask(host, token, "raw_body");
	*to = 0;
	return http != NULL ? http_raw_body(http, to) : NULL;
}

static json_t *ask_body(const struct hsc_host *host, struct hsc_request *token) {
	const struct http_request *http = ask(host, token, "body");
	return http != NULL ? http_body(http) : NULL;
}

static int set_gone(const struct hsc_host *host, struct hsc_request *token,
	void (*gone)(struct hsc_request *, void *ctx), void *ctx) {
	int error = 0;
	struct lent_request *request =
		lend_request(host, token, "on_gone", MISUSE_STALE_TOKEN, &error);
	if (request == NULL) {
		return error;
	}
	if (http_is_gone(request->http)) {
		return HSC_EGONE; /* it has happened: `gone` will not run */
	}
	request->gone = gone;
	request->gone_ctx = ctx;
	return 0;
}

/* ---- replying ---- */

static struct lent_request *begin_reply(
	const struct hsc_host *host, struct hsc_request *token, const char *function, int *error) {
	return lend_request(host, token, function, MISUSE_SECOND_REPLY, error);
}

bool lend_is_write(const struct http_request *http) {
	static const char *const READS[] = {"GET", "HEAD", "OPTIONS"};
	for (size_t i = 0; i < sizeof(READS) / sizeof(READS[0]); i++) {
		if (strcmp(http_method(http), READS[i]) == 0) {
			return false;
		}
	}
	return true;
}

static bool is_status(int status) {
	return status >= 200 && status <= 599;
}

static int set_reply_header(const struct hsc_host *host, struct hsc_request *token,
	const char *name, const char *value) {
	int error = 0;
	struct lent_request *request = begin_reply(host, token, "reply_header", &error);
	if (request == NULL) {
		return error;
	}
	if (name == NULL || value == NULL || !http_reply_header(request->http, name, value)) {
		return misuse(request->plugin, MISUSE_BAD_ARGUMENT, "reply_header",
			"no header's name, or a control character in its value");
	}
	return 0;
}

static int send_reply(
	const struct hsc_host *host, struct hsc_request *token, int status, const json_t *body) {
	int error = 0;
	struct lent_request *request = begin_reply(host, token, "reply", &error);
	if (request == NULL) {
		return error;
	}
	if (!is_status(status)) {
		return misuse(request->plugin, MISUSE_BAD_ARGUMENT, "reply",
			"status is not from 200 to 599");
	}
	request->is_replied = true;
	return http_reply(request->http, status, body) ? 0 : HSC_EGONE;
}

/* The same rule as http's for a header's value. */
static bool has_control(const char *text) {
	for (const char *c = text; *c != '\0'; c++) {
		if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f) {
			return true;
		}
	}
	return false;
}

static int send_bytes(const struct hsc_host *host, struct hsc_request *token, int status,
	const char *type, const void *bytes, size_t length) {
	int error = 0;
	struct lent_request *request = begin_reply(host, token, "reply_bytes", &error);
	if (request == NULL) {
		return error;
	}
	if (!is_status(status) || type == NULL || has_control(type) ||
		(bytes == NULL && length > 0)) {
		return misuse(request->plugin, MISUSE_BAD_ARGUMENT, "reply_bytes",
			"status is not from 200 to 599, type or bytes is NULL, or a control "
			"character is in type");
	}
	request->is_replied = true;
	return http_reply_bytes(request->http, status, type, bytes, length) ? 0 : HSC_EGONE;
}

static int send_refusal(const struct hsc_host *host, struct hsc_request *token, int status,
	const char *code, const char *message, const json_t *errors) {
	int error = 0;
	struct lent_request *request = begin_reply(host, token, "refuse", &error);
	if (request == NULL) {
		return error;
	}
	bool is_text = code != NULL && message != NULL && str_is_utf8(code) && str_is_utf8(message);
	if (status < 400 || status > 599 || !is_text ||
		(errors != NULL && !json_is_array(errors))) {
		return misuse(request->plugin, MISUSE_BAD_ARGUMENT, "refuse",
			"status is not from 400 to 599, code or message is NULL or not UTF-8, or "
			"errors is no array");
	}
	/* A plugin that fails in the middle of a write cannot say here how far it came. */
	bool is_unknown = status >= 500 && lend_is_write(request->http);
	const struct http_problem problem = {.status = status,
		.code = code,
		.message = message,
		.errors = errors,
		.is_retryable = status == 429 || (status == 503 && !is_unknown),
		.outcome = is_unknown ? HTTP_UNKNOWN : HTTP_OUTCOME_NONE};
	request->is_replied = true;
	return http_refuse(request->http, &problem) ? 0 : HSC_EGONE;
}

const struct hsc_http LEND_HTTP = {
	.size = sizeof(struct hsc_http),
	.add_schema = registry_add_schema,
	.add_route = registry_add_route,
	.add_object = objects_add,
	.method = ask_method,
	.path_param = ask_path_param,
	.query_param = ask_query_param,
	.header = ask_header,
	.url = ask_url,
	.request_id = ask_request_id,
	.caller = ask_caller,
	.deadline_ms = ask_deadline_ms,
	.raw_body = ask_raw_body,
	.body = ask_body,
	.reply_header = set_reply_header,
	.reply = send_reply,
	.reply_bytes = send_bytes,
	.refuse = send_refusal,
	.on_gone = set_gone,
};
