#include "api/inside.h"

#include "base/buf.h"
#include "base/metric.h"
#include "http/http.h"

enum { METRICS_BYTES_MAX = 4 * 1024 * 1024 };

static int refuse_memory(struct http_request *request) {
	http_refuse(request,
		&(struct http_problem){.status = 503,
			.code = "out_of_memory",
			.message = "the host is out of memory",
			.is_retryable = true,
			.retry_after_ms = 1000});
	return HTTP_REPLIED;
}

static int reply(struct http_request *request, int status, json_t *body) {
	if (body == NULL) {
		return refuse_memory(request);
	}
	http_reply_header(request, "Cache-Control", "no-store");
	http_reply(request, status, body);
	json_decref(body);
	return HTTP_REPLIED;
}

int pages_health(struct http_request *request, void *ctx) {
	(void)ctx;
	return reply(request, 200, json_pack("{s:s}", "status", "ok"));
}

static const char *status_of(const struct api *api, const struct hubspot_state *state) {
	return api->is_draining           ? "draining"
		: api->is_wrong_account   ? "wrong_account"
		: state->is_token_refused ? "token_refused"
		: !api->is_ready          ? "starting"
					  : "ready";
}

int pages_ready(struct http_request *request, void *ctx) {
	struct api *api = ctx;
	struct hubspot_state state = {.is_up = true};
	if (api->hubspot != NULL) {
		hubspot_state(api->hubspot, &state);
	}
	const char *status = status_of(api, &state);
	bool is_ready = strcmp(status, "ready") == 0;
	/* json_pack: "*" leaves out what is NULL. */
	json_t *body = json_pack("{s:s,s:s*,s:O*,s:o*}", "status", status, "hubspot",
		api->hubspot == NULL  ? NULL
			: state.is_up ? "up"
				      : "down",
		"account", api->account, "missing_scopes", scopes_missing(api));
	return reply(request, is_ready ? 200 : 503, body);
}

/* Lengths of lists are gauges that are read when somebody asks. */
static void measure(const struct hubspot *hubspot) {
	struct hubspot_state state;
	hubspot_state(hubspot, &state);
	metric_set(metric_make(METRIC_GAUGE, "connector_hubspot_waiting", NULL,
			   "Operations accepted and not ended"),
		(int64_t)state.waiting);
	metric_set(metric_make(METRIC_GAUGE, "connector_hubspot_calls_in_flight", NULL,
			   "Calls to HubSpot under way"),
		(int64_t)state.in_flight);
	metric_set(metric_make(METRIC_GAUGE, "connector_hubspot_up", NULL, "1: HubSpot answers"),
		state.is_up);
}

int pages_metrics(struct http_request *request, void *ctx) {
	const struct api *api = ctx;
	struct buf text;
	if (api->hubspot != NULL) {
		measure(api->hubspot);
	}
	buf_init(&text, METRICS_BYTES_MAX);
	metric_render(&text);
	if (text.is_failed) {
		refuse_memory(request);
	} else {
		http_reply_bytes(request, 200, "text/plain; version=0.0.4; charset=utf-8",
			buf_text(&text), text.length);
	}
	buf_finish(&text);
	return HTTP_REPLIED;
}
