/*
 * A plugin's operation: translated by its object's schema when its object is a declared one, as it
 * is otherwise. It ends in one place, operation_done(), which the HubSpot client calls exactly
 * once; only when the plugins stop before the client does is it ended by end_now(), and the
 * client's later call finds it without an owner.
 */
#include "plugin/inside.h"

#include <string.h>

#include "base/clock.h"
#include "hubspot/hubspot.h"
#include "http/http.h"
#include "object/object.h"

struct lent_operation {
	struct list link;      /* in its request's operations */
	struct plugin *plugin; /* NULL: ended by end_now() */
	struct hsc_operation_handle *token;
	struct hubspot_handle *handle;
	const struct object *object; /* NULL: nothing is converted */
	struct hsc_request *request; /* or NULL */
	hsc_done_fn *done;
	void *ctx;
	enum hubspot_kind kind;
	uint32_t flags;
	bool is_cancelled;
};

/* ---- results ---- */

static const int ERRORS[] = {
	[HUBSPOT_OK] = 0,
	[HUBSPOT_CANCELLED] = HSC_EGONE,
	[HUBSPOT_DEADLINE] = HSC_EGONE,
	[HUBSPOT_BUSY] = HSC_EBUSY,
	[HUBSPOT_UNREACHABLE] = HSC_ENET,
	[HUBSPOT_NO_REPLY] = HSC_ENET,
	[HUBSPOT_BAD_REPLY] = HSC_ENET,
	[HUBSPOT_SERVER_ERROR] = HSC_EHUBSPOT,
	[HUBSPOT_LIMITED] = HSC_EBUSY,
	[HUBSPOT_UNAUTHORIZED] = HSC_EHUBSPOT,
	[HUBSPOT_FORBIDDEN] = HSC_EHUBSPOT,
	[HUBSPOT_INVALID] = HSC_EHUBSPOT,
	[HUBSPOT_NOT_FOUND] = HSC_EHUBSPOT,
	[HUBSPOT_CONFLICT] = HSC_EHUBSPOT,
	[HUBSPOT_AMBIGUOUS] = HSC_EHUBSPOT,
	[HUBSPOT_REFUSED] = HSC_EHUBSPOT,
	[HUBSPOT_OUT_OF_MEMORY] = HSC_ENOMEM,
};

static const uint32_t OUTCOMES[] = {
	[HUBSPOT_APPLIED] = HSC_APPLIED,
	[HUBSPOT_NOT_APPLIED] = HSC_NOT_APPLIED,
	[HUBSPOT_UNKNOWN] = HSC_UNKNOWN,
};

/* The id of the operation's request, when that still lives; or NULL. */
static const char *request_id_of(const struct lent_operation *operation) {
	enum token_fault fault;
	const struct lent_request *request = operation->request == NULL
		? NULL
		: tokens_find(&operation->plugin->plugins->requests, operation->plugin,
			  operation->request, &fault);
	return request != NULL ? http_request_id(request->http) : NULL;
}

/* The failure as a client would get it, and the status it would get it with. */
static json_t *make_problem(const struct lent_operation *operation,
	const struct hubspot_result *inner, uint32_t *status) {
	struct http_problem problem = {.status = 0};
	struct object_problem_memory memory = {.errors = NULL};
	object_problem(operation->object, inner, &problem, &memory);
	if (operation->kind == HUBSPOT_READ) {
		problem.outcome = HTTP_OUTCOME_NONE;
	}
	json_t *json = http_problem_json(&problem, request_id_of(operation));
	object_problem_finish(&memory);
	*status = (uint32_t)problem.status;
	return json;
}

/* The result's body, a new reference. */
static json_t *make_body(
	const struct lent_operation *operation, const struct hubspot_result *inner) {
	bool is_converted =
		operation->object != NULL && inner->failure == HUBSPOT_OK && inner->record != NULL;
	return is_converted ? object_from_hubspot(operation->object, inner->record)
			    : json_incref(inner->record);
}

static void show(struct lent_operation *operation, const struct hubspot_result *inner) {
	struct plugin *plugin = operation->plugin;
	struct shown_result shown = {
		.inner = inner, .object = operation->object, .kind = operation->kind};
	shown.result = (struct hsc_result){
		.size = sizeof(shown.result),
		.error = ERRORS[inner->failure],
		.status = inner->status,
		.attempts = inner->attempts,
		.created = inner->is_created,
		.outcome = OUTCOMES[inner->outcome],
		.retry_after_ms = inner->retry_after_ms < UINT32_MAX
			? (uint32_t)inner->retry_after_ms
			: UINT32_MAX,
		.id = inner->id,
		.body = make_body(operation, inner),
		.host = &plugin->host,
		.request = operation->request,
	};
	/* What the header reserves carries the client's status, for relay() of a copy; a plugin has
	 * no use for it. */
	if (inner->failure != HUBSPOT_OK) {
		shown.result.problem = make_problem(operation, inner, &shown.result.reserved);
	}
	/* Converting may fail where HubSpot did not: what was applied is applied, but there is
	 * nothing to show. */
	if (shown.result.body == NULL && inner->failure == HUBSPOT_OK && inner->record != NULL) {
		shown.result.error = HSC_ENOMEM;
	}
	plugin->plugins->shown = &shown.result;
	uint64_t began_ms = clock_precise_ms();
	operation->done(&shown.result, operation->ctx);
	lend_time(plugin, "done", began_ms);
	plugin->plugins->shown = NULL;
	json_decref(shown.result.body);
	json_decref(shown.result.problem);
}

/* The token is good inside done(), so that a cancel in there is no misuse. */
static void end(struct lent_operation *operation, const struct hubspot_result *inner) {
	list_remove(&operation->link);
	operation->is_cancelled = true; /* there is nothing left to cancel */
	show(operation, inner);
	tokens_give(&operation->plugin->plugins->operations, operation->token, false);
}

static void operation_done(const struct hubspot_result *inner, void *ctx) {
	struct lent_operation *operation = ctx;
	if (operation->plugin != NULL) {
		end(operation, inner);
	}
	free(operation);
}

/* The client keeps its reference and lets go of it in operation_done(). */
static void end_now(struct lent_operation *operation) {
	const struct hubspot_result gone = {
		.failure = HUBSPOT_CANCELLED, .outcome = HUBSPOT_UNKNOWN};
	struct plugin *plugin = operation->plugin;
	if (!operation->is_cancelled) {
		hubspot_cancel(plugin->plugins->hubspot, operation->handle);
	}
	end(operation, &gone);
	operation->plugin = NULL;
}

void lend_drop_operations(struct plugin *plugin) {
	struct lent_operation *operation;
	while ((operation = tokens_any(&plugin->plugins->operations, plugin)) != NULL) {
		end_now(operation);
	}
}

/* ---- cancelling ---- */

static void cancel(struct lent_operation *operation) {
	if (!operation->is_cancelled) {
		operation->is_cancelled = true;
		hubspot_cancel(operation->plugin->plugins->hubspot, operation->handle);
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
	cancel(operation);
}

void lend_cancel_operations(struct lent_request *request, bool is_ended) {
	list_for_each_safe (operation, after, &request->operations, struct lent_operation, link) {
		if ((operation->flags & HSC_FINISH) == 0) {
			cancel(operation);
		}
		if (is_ended) {
			list_remove(&operation->link);
		}
	}
}

/* ---- submitting ---- */

/* The operation's deadline on the loop's clock; 0: the client's default. */
static uint64_t deadline_of(const struct hsc_operation *asked, const struct lent_request *request) {
	uint64_t own_ms = asked->timeout_ms != 0 ? clock_now_ms() + asked->timeout_ms : 0;
	if (request == NULL || (http_is_gone(request->http) && (asked->flags & HSC_FINISH) != 0)) {
		return own_ms;
	}
	uint64_t request_ms = http_deadline_ms(request->http);
	if (request_ms == UINT64_MAX) { /* on an internal listener: none */
		return own_ms;
	}
	bool is_own = own_ms != 0 && ((asked->flags & HSC_FINISH) != 0 || own_ms < request_ms);
	return is_own ? own_ms : request_ms;
}

/* 0 or HSC_E... */
static int hand_over(struct lent_operation *operation, const struct hsc_operation *asked,
	const struct lent_request *request) {
	struct translation translation = {.names = NULL};
	struct hubspot_operation given = {
		.kind = operation->kind,
		.flags = (asked->flags & HSC_REPEATABLE) != 0 ? HUBSPOT_REPEATABLE : 0,
		.object = asked->object,
		.id = asked->id,
		.id_property = asked->id_property,
		.properties = asked->properties,
		.body = (json_t *)(uintptr_t)asked->body, /* kept, never changed */
		.deadline_ms = deadline_of(asked, request),
		.label = request != NULL ? http_request_id(request->http) : NULL,
	};
	bool is_taken = (operation->object == NULL ||
				translation_open(operation->object, asked, &translation, &given)) &&
		hubspot_submit(operation->plugin->plugins->hubspot, &given, operation_done,
			operation, &operation->handle);
	translation_close(&translation);
	return is_taken ? 0 : HSC_ENOMEM;
}

/* May the plugin submit now? 0 or HSC_E...; the request, when it names one, in *request. */
static int check_submit(
	struct plugin *plugin, const struct hsc_operation *asked, struct lent_request **request) {
	const struct plugins *plugins = plugin->plugins;
	if (plugin->phase == PLUGIN_INIT) {
		return misuse(plugin, MISUSE_EARLY_CALL, "submit",
			"called inside init(); start() is the place");
	}
	if (plugins->hubspot == NULL || plugins->is_stopping || plugin->phase == PLUGIN_LEFT_OUT) {
		return HSC_ESTATE;
	}
	if (asked->request == NULL) {
		return plugins->submits_are_closed ? HSC_ESTATE : 0;
	}
	int error = 0;
	*request =
		lend_request(&plugin->host, asked->request, "submit", MISUSE_STALE_TOKEN, &error);
	if (*request == NULL) {
		return error;
	}
	return http_is_gone((*request)->http) && (asked->flags & HSC_FINISH) == 0 ? HSC_EGONE : 0;
}

static int submit(const struct hsc_host *host, const struct hsc_operation *asked, hsc_done_fn *done,
	void *ctx, struct hsc_operation_handle **handle) {
	struct plugin *plugin = NULL;
	struct lent_request *request = NULL;
	int error = lend_enter(host, "submit", &plugin);
	if (error != 0) {
		return error;
	}
	const char *fault = done != NULL ? operation_fault(asked) : "done is NULL";
	if (fault != NULL) {
		return misuse(plugin, MISUSE_BAD_ARGUMENT, "submit", fault);
	}
	error = check_submit(plugin, asked, &request);
	if (error != 0) {
		return error;
	}
	struct lent_operation *operation = calloc(1, sizeof(*operation));
	if (operation == NULL) {
		return HSC_ENOMEM;
	}
	*operation = (struct lent_operation){.plugin = plugin,
		.request = asked->request,
		.done = done,
		.ctx = ctx,
		.kind = (enum hubspot_kind)asked->kind,
		.flags = asked->flags,
		.object = asked->kind != HSC_RAW ? object_find(asked->object) : NULL};
	list_init(&operation->link);
	operation->token = tokens_take(&plugin->plugins->operations, plugin, operation);
	error = operation->token != NULL ? hand_over(operation, asked, request) : HSC_ENOMEM;
	if (error != 0) {
		tokens_give(&plugin->plugins->operations, operation->token, false);
		free(operation);
		return error;
	}
	if (request != NULL) {
		list_append(&request->operations, &operation->link);
	}
	if (handle != NULL) {
		*handle = operation->token;
	}
	return 0;
}

const struct hsc_hubspot LEND_HUBSPOT = {
	.size = sizeof(struct hsc_hubspot),
	.submit = submit,
	.cancel = cancel_by_token,
	.relay = lend_relay,
};
