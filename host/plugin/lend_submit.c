#include "plugin/operation.h"

#include "base/clock.h"
#include "http/http.h"
#include "object/object.h"

enum { ALL_MAX = 1000 };

/* ---- on whose behalf ---- */

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

/* Without a request the plugin asks by itself, and nobody waits for it. */
static void set_caller(const struct plugin *plugin, const struct hsc_operation *asked,
	const struct lent_request *request, struct hubspot_operation *given) {
	static const enum hubspot_priority PRIORITIES[] = {[HTTP_INTERACTIVE] = HUBSPOT_INTERACTIVE,
		[HTTP_NORMAL] = HUBSPOT_NORMAL,
		[HTTP_BULK] = HUBSPOT_BULK};
	given->caller = (struct hubspot_caller){.name = plugin->as_caller, .weight = 1};
	given->priority = HUBSPOT_NORMAL;
	if (request != NULL) {
		const struct http_caller *caller = http_caller(request->http);
		given->caller =
			(struct hubspot_caller){.name = caller->name, .weight = caller->weight};
		given->priority = PRIORITIES[caller->priority];
	}
	if ((asked->flags & HSC_BULK) != 0) {
		given->priority = HUBSPOT_BULK;
	}
}

/* ---- one ---- */

/* What comes after it; false: no memory. */
static bool prepare_follow(struct lent_operation *operation, const struct hsc_operation *asked,
	const struct translation *translation, const struct hubspot_operation *given) {
	if (count_associations(asked->associations) == 0 && !translation->is_bare) {
		return true;
	}
	const char *type =
		operation->object != NULL ? object_hubspot_type(operation->object) : asked->object;
	operation->follow = follow_make(asked, given, type);
	return operation->follow != NULL;
}

/* 0 or HSC_E... */
static int hand_over(struct lent_operation *operation, const struct hsc_operation *asked,
	const struct lent_request *request) {
	struct plugin *plugin = operation->plugin;
	const struct kind_rule *rule = kind_rule(asked->kind);
	bool has_body = rule->needs_body || asked->kind == HSC_RAW;
	struct translation translation = {.names = NULL};
	struct hubspot_operation given = {
		.kind = rule->as,
		.flags = (asked->flags & HSC_REPEATABLE) != 0 ? HUBSPOT_REPEATABLE : 0,
		.object = asked->object,
		.id = asked->id,
		.id_property = asked->id_property,
		.properties = asked->properties,
		.body = has_body ? (json_t *)(uintptr_t)asked->body
				 : NULL, /* kept, never changed */
		.deadline_ms = deadline_of(asked, request),
		.label = request != NULL ? http_request_id(request->http) : NULL,
	};
	set_caller(plugin, asked, request, &given);
	int error = translation_open(operation->object, asked, &translation, &given);
	if (error == HSC_EINVAL) {
		misuse(plugin, MISUSE_BAD_ARGUMENT, "submit", translation.fault);
	} else if (error == 0) {
		bool is_taken = prepare_follow(operation, asked, &translation, &given) &&
			hubspot_submit(plugin->plugins->hubspot, &given, operation_done, operation,
				&operation->handle);
		error = is_taken ? 0 : HSC_ENOMEM;
	}
	translation_close(&translation);
	return error;
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

/* 0 and *operation, on its way; or HSC_E... */
static int submit(struct plugin *plugin, const struct hsc_operation *given,
	const struct lent_operation *as, struct lent_operation **operation) {
	struct hsc_operation asked;
	struct lent_request *request = NULL;
	const char *fault = take_struct(&asked, sizeof(asked), given, OPERATION_SIZE_AT_1_0);
	fault = fault == NULL ? operation_fault(&asked) : fault;
	if (fault != NULL) {
		return misuse(plugin, MISUSE_BAD_ARGUMENT, "submit", fault);
	}
	int error = check_submit(plugin, &asked, &request);
	if (error != 0) {
		return error;
	}
	struct lent_operation *made = operation_make(plugin, &asked);
	if (made == NULL) {
		return HSC_ENOMEM;
	}
	made->done = as->done;
	made->ctx = as->ctx;
	made->all = as->all;
	made->index = as->index;
	error = hand_over(made, &asked, request);
	if (error != 0) {
		operation_drop(made);
		return error;
	}
	if (request != NULL) {
		list_append(&request->operations, &made->link);
	}
	*operation = made;
	return 0;
}

int lend_submit(const struct hsc_host *host, const struct hsc_operation *asked, hsc_done_fn *done,
	void *ctx, struct hsc_operation_handle **handle) {
	struct plugin *plugin = NULL;
	struct lent_operation *operation = NULL;
	int error = lend_enter(host, "submit", &plugin);
	if (error != 0) {
		return error;
	}
	if (done == NULL) {
		return misuse(plugin, MISUSE_BAD_ARGUMENT, "submit", "done is NULL");
	}
	const struct lent_operation as = {.done = done, .ctx = ctx};
	error = submit(plugin, asked, &as, &operation);
	if (error == 0 && handle != NULL) {
		*handle = operation->token;
	}
	return error;
}

/* ---- several ---- */

/* Those that were taken before one was refused are taken back: nothing of them has been sent,
 * because that happens at the end of the loop's turn. */
static int submit_each(struct plugin *plugin, const struct hsc_operation *const *asked,
	struct all *all, struct lent_operation **taken, size_t count) {
	int error = 0;
	size_t taken_count = 0;
	while (error == 0 && taken_count < count) {
		const struct lent_operation as = {.all = all, .index = taken_count};
		error = submit(plugin, asked[taken_count], &as, &taken[taken_count]);
		if (error == 0) {
			all_add(all);
			taken_count++;
		}
	}
	for (size_t i = 0; error != 0 && i < taken_count; i++) {
		operation_cancel(taken[i]);
	}
	return error;
}

int lend_submit_all(const struct hsc_host *host, const struct hsc_operation *const *asked,
	size_t count, hsc_all_done_fn *done, void *ctx) {
	struct plugin *plugin = NULL;
	int error = lend_enter(host, "submit_all", &plugin);
	if (error != 0) {
		return error;
	}
	if (asked == NULL || done == NULL || count < 1 || count > ALL_MAX) {
		return misuse(plugin, MISUSE_BAD_ARGUMENT, "submit_all",
			"operations or done is NULL, or count is not from 1 to 1000");
	}
	struct lent_operation **taken = calloc(count, sizeof(*taken));
	struct all *all = taken != NULL ? all_make(plugin, count, done, ctx) : NULL;
	if (all == NULL) {
		free(taken);
		return HSC_ENOMEM;
	}
	error = submit_each(plugin, asked, all, taken, count);
	all_close(all, error == 0);
	free(taken);
	return error;
}
