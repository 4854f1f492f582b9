/*
 * HubSpot's result as the reply to a request: inside done() from what the HubSpot client said,
 * later from what the plugin has kept of it, or made itself.
 */
#include "plugin/operation.h"

#include "http/http.h"
#include "object/object.h"

/* ---- of a result that done() looks at ---- */

/* Were links asked for? When there was no memory to tell of them, only the status says so. */
static bool has_links(const struct hsc_result *result) {
	return result->error == 0 && (result->associations != NULL || result->reply_status == 207);
}

/* `body`, which is this function's to change, with what became of the links. */
static void put_links(json_t *body, const struct hsc_result *result) {
	json_t *links = result->associations;
	(void)json_object_set_new(
		body, "associations", links != NULL ? json_incref(links) : json_null());
}

/* A written record, and what became of its links. NULL: it cannot be told. */
static json_t *linked_body(const struct shown_result *shown) {
	enum hubspot_kind kind = kind_rule(shown->kind)->as;
	int status = 0;
	json_t *body = shown->object != NULL
		? object_written(shown->object, kind, &shown->inner, &status)
		: json_copy(shown->inner.record);
	put_links(body, &shown->result);
	return body;
}

static void relay_shown(struct http_request *http, const struct shown_result *shown) {
	const struct hsc_result *result = &shown->result;
	const struct kind_rule *rule = kind_rule(shown->kind);
	bool is_link = rule->as == HUBSPOT_LINK || rule->as == HUBSPOT_UNLINK;
	json_t *linked = has_links(result) ? linked_body(shown) : NULL;
	if (linked != NULL) {
		http_reply(http, (int)result->reply_status, linked);
	} else if (result->error == 0 && rule->is_page) {
		http_reply(http, 200, result->body);
	} else if (result->error == 0 && is_link) {
		http_reply(http, 204, NULL);
	} else {
		enum hubspot_kind kind = rule->is_read ? HUBSPOT_READ : rule->as;
		object_relay(shown->object, kind, http, &shown->inner);
	}
	json_decref(linked);
}

static const struct shown_result *find_shown(
	const struct plugins *plugins, const struct hsc_result *result) {
	for (size_t i = 0; i < plugins->shown_count; i++) {
		if (&plugins->shown[i].result == result) {
			return &plugins->shown[i];
		}
	}
	return NULL;
}

/* ---- of one that the plugin kept or made ---- */

/* The status for a client: the one kept with the result, or for one that the plugin made what its
 * error comes near. */
static int status_of(const struct hsc_result *result) {
	int least = result->error != 0 ? 400 : 200;
	int most = result->error != 0 ? 599 : 299;
	if ((int)result->reply_status >= least && (int)result->reply_status <= most) {
		return (int)result->reply_status;
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

static void reply_copy(struct http_request *http, const struct hsc_result *result) {
	json_t *linked = has_links(result) ? json_copy(result->body) : NULL;
	put_links(linked, result);
	http_reply(http, result->body == NULL ? 204 : status_of(result),
		linked != NULL ? linked : result->body);
	json_decref(linked);
}

/* What it says itself is all there is. */
static void relay_copy(struct http_request *http, const struct hsc_result *result) {
	int status = status_of(result);
	if (result->error == 0) {
		reply_copy(http, result);
		return;
	}
	if (result->problem == NULL) {
		refuse_copy(http, result, status);
		return;
	}
	if (result->retry_after_ms > 0) {
		char seconds[16];
		snprintf(seconds, sizeof(seconds), "%u",
			(unsigned)((result->retry_after_ms - 1) / 1000 + 1));
		(void)http_reply_header(http, "Retry-After", seconds);
	}
	http_reply(http, status, result->problem);
}

int lend_relay(
	const struct hsc_host *host, struct hsc_request *token, const struct hsc_result *given) {
	int error = 0;
	struct hsc_result result;
	struct lent_request *request =
		lend_request(host, token, "relay", MISUSE_SECOND_REPLY, &error);
	if (request == NULL) {
		return error;
	}
	const char *fault = take_struct(&result, sizeof(result), given, RESULT_SIZE_AT_1_0);
	if (fault != NULL) {
		return misuse(request->plugin, MISUSE_BAD_ARGUMENT, "relay", fault);
	}
	const struct shown_result *shown = find_shown(request->plugin->plugins, given);
	bool is_gone = http_is_gone(request->http);
	request->is_replied = true;
	if (shown != NULL) {
		relay_shown(request->http, shown);
	} else {
		relay_copy(request->http, &result);
	}
	return is_gone ? HSC_EGONE : 0;
}
