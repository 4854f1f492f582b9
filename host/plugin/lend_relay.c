/*
 * HubSpot's result as the reply to a request: inside done() from what the HubSpot client said, later
 * from what the plugin has kept of it, or made itself.
 */
#include "plugin/inside.h"

#include "http/http.h"
#include "hubspot/hubspot.h"
#include "object/object.h"

/* The status for a client: the one kept with the result, or for one that the plugin made what its
 * error comes near. */
static int status_of(const struct hsc_result *result) {
	if (result->error != 0 && result->reserved >= 400 && result->reserved <= 599) {
		return (int)result->reserved;
	}
	switch (result->error) {
	case 0:
		return result->created != 0 ? 201 : 200;
	case HSC_EBUSY:
		return 503;
	case HSC_EGONE:
		return 504;
	case HSC_EHUBSPOT:
		return result->status == 400 || result->status == 404 || result->status == 409 ||
				result->status == 422
			? result->status
			: 502;
	case HSC_ENET:
		return 503;
	default:
		return 500;
	}
}

static void refuse_copy(struct http_request *http, const struct hsc_result *result, int status) {
	bool is_write = lend_is_write(http);
	bool is_clean = !is_write || result->outcome == HSC_NOT_APPLIED;
	const struct http_problem problem = {.status = status,
		.code = "hubspot_failed",
		.message = "HubSpot did not carry out the operation.",
		.is_retryable = is_clean && (status == 503 || status == 504),
		.outcome = !is_write ? HTTP_OUTCOME_NONE
			: is_clean   ? HTTP_NOT_APPLIED
				     : HTTP_UNKNOWN,
		.retry_after_ms = result->retry_after_ms};
	http_refuse(http, &problem);
}

/* A result that the plugin kept or made: what it says itself is all there is. */
static void relay_copy(struct http_request *http, const struct hsc_result *result) {
	const json_t *body = result->error != 0 ? result->problem : result->body;
	int status = status_of(result);
	if (result->error != 0 && body == NULL) {
		refuse_copy(http, result, status);
		return;
	}
	if (result->error != 0 && result->retry_after_ms > 0) {
		char seconds[16];
		snprintf(seconds, sizeof(seconds), "%u",
			(unsigned)((result->retry_after_ms - 1) / 1000 + 1));
		(void)http_reply_header(http, "Retry-After", seconds);
	}
	http_reply(http, body == NULL ? 204 : status, body);
}

int lend_relay(
	const struct hsc_host *host, struct hsc_request *token, const struct hsc_result *result) {
	int error = 0;
	struct lent_request *request =
		lend_request(host, token, "relay", MISUSE_SECOND_REPLY, &error);
	if (request == NULL) {
		return error;
	}
	if (result == NULL || result->size < sizeof(*result)) {
		return misuse(request->plugin, MISUSE_BAD_ARGUMENT, "relay",
			"no struct hsc_result, or its size is too small");
	}
	bool is_gone = http_is_gone(request->http);
	request->is_replied = true;
	if (request->plugin->plugins->shown == result) {
		const struct shown_result *shown =
			(const struct shown_result *)(const void *)result;
		object_relay(shown->object, (enum hubspot_kind)shown->kind, request->http, shown->inner);
	} else {
		relay_copy(request->http, result);
	}
	return is_gone ? HSC_EGONE : 0;
}
