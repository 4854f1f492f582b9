/*
 * An operation's life: made by submit (lend_submit.c), handed to HubSpot's client, which calls
 * operation_done() exactly once; followed up where there is more to do (follow.c); told in tell().
 * Only when the plugin stops before the client does is it told by end_now(): the client's later
 * call, or that of the last of what follows, then finds it without an owner and frees it.
 */
#include "plugin/operation.h"

#include "http/http.h"
#include "object/object.h"

struct lent_operation *operation_make(struct plugin *plugin, const struct hsc_operation *asked) {
	struct lent_operation *operation = calloc(1, sizeof(*operation));
	if (operation == NULL) {
		return NULL;
	}
	*operation = (struct lent_operation){.plugin = plugin,
		.request = asked->request,
		.kind = asked->kind,
		.flags = asked->flags,
		.object = asked->kind != HSC_RAW ? object_find(asked->object) : NULL};
	list_init(&operation->link);
	operation->token = tokens_take(&plugin->plugins->operations, plugin, operation);
	if (operation->token == NULL) {
		free(operation);
		return NULL;
	}
	return operation;
}

void operation_drop(struct lent_operation *operation) {
	tokens_give(&operation->plugin->plugins->operations, operation->token, false);
	follow_free(operation->follow);
	free(operation);
}

/* ---- the end ---- */

static const struct http_request *request_of(const struct lent_operation *operation) {
	enum token_fault fault;
	const struct lent_request *request = operation->request == NULL
		? NULL
		: tokens_find(&operation->plugin->plugins->requests, operation->plugin,
			  operation->request, &fault);
	return request != NULL ? request->http : NULL;
}

static void show(struct lent_operation *operation, const struct hubspot_result *result,
	json_t *links, bool are_all_linked) {
	struct plugins *plugins = operation->plugin->plugins;
	struct shown_result shown;
	struct running running;
	shown_fill(&shown, operation, result, links, are_all_linked);
	plugins->shown = &shown;
	plugins->shown_count = 1;
	running_enter(&running, operation->plugin, "done", request_of(operation));
	operation->done(&shown.result, operation->ctx);
	running_leave(&running);
	plugins->shown_count = 0;
	shown_finish(&shown);
}

/* The token is good inside done(), so that a cancel in there is no misuse. */
static void tell(struct lent_operation *operation, const struct hubspot_result *result,
	json_t *links, bool are_all_linked) {
	list_remove(&operation->link);
	operation->is_cancelled = true; /* there is nothing left to cancel */
	if (operation->all == NULL) {
		show(operation, result, links, are_all_linked);
		tokens_give(&operation->plugin->plugins->operations, operation->token, false);
	} else { /* has no handle, and may be the last one */
		tokens_give(&operation->plugin->plugins->operations, operation->token, false);
		all_take(operation->all, operation, result, links, are_all_linked);
	}
}

void operation_end(struct lent_operation *operation, const struct hubspot_result *result,
	json_t *links, bool are_all_linked) {
	tell(operation, result, links, are_all_linked);
	free(operation);
}

void operation_done(const struct hubspot_result *result, void *ctx) {
	struct lent_operation *operation = ctx;
	struct follow *follow = operation->follow;
	operation->handle = NULL;
	if (operation->plugin != NULL && follow != NULL && result->failure == HUBSPOT_OK) {
		follow_start(operation, result);
		return;
	}
	if (operation->plugin != NULL) {
		tell(operation, result, NULL, true);
	}
	follow_free(follow);
	free(operation);
}

/* What HubSpot's client still has lets go of it later. */
static void end_now(struct lent_operation *operation) {
	struct hubspot_result gone = {.failure = HUBSPOT_CANCELLED, .outcome = HUBSPOT_UNKNOWN};
	(void)follow_so_far(operation->follow, &gone);
	operation_cancel(operation);
	tell(operation, &gone, NULL, false);
	operation->plugin = NULL;
}

void lend_drop_operations(struct plugin *plugin) {
	struct lent_operation *operation;
	while ((operation = tokens_any(&plugin->plugins->operations, plugin)) != NULL) {
		end_now(operation);
	}
}

/* ---- cancelling ---- */

void operation_cancel(struct lent_operation *operation) {
	if (operation->is_cancelled) {
		return;
	}
	operation->is_cancelled = true;
	if (operation->handle != NULL) {
		hubspot_cancel(operation->plugin->plugins->hubspot, operation->handle);
	} else if (operation->follow != NULL) {
		follow_cancel(operation->follow);
	}
}

static void cancel_by_token(const struct hsc_host *host, struct hsc_operation_handle *token) {
	struct plugin *plugin = NULL;
	if (lend_enter(host, "cancel", &plugin) != 0) {
		return;
	}
	if (token == NULL) {
		misuse(plugin, MISUSE_BAD_ARGUMENT, "cancel", "handle is NULL");
		return;
	}
	enum token_fault fault;
	struct lent_operation *operation =
		tokens_find(&plugin->plugins->operations, plugin, token, &fault);
	if (operation == NULL) {
		misuse(plugin, MISUSE_STALE_TOKEN, "cancel",
			"the operation has ended, or is not this plugin's");
		return;
	}
	operation_cancel(operation);
}

void lend_cancel_operations(struct lent_request *request, bool is_ended) {
	list_for_each_safe (operation, after, &request->operations, struct lent_operation, link) {
		if ((operation->flags & HSC_FINISH) == 0) {
			operation_cancel(operation);
		}
		if (is_ended) {
			list_remove(&operation->link);
		}
	}
}

const struct hsc_hubspot LEND_HUBSPOT = {
	.size = sizeof(struct hsc_hubspot),
	.submit = lend_submit,
	.submit_all = lend_submit_all,
	.cancel = cancel_by_token,
	.relay = lend_relay,
};
