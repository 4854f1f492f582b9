#include "object/inside.h"

#include "base/str.h"
#include "http/http.h"

static enum hubspot_priority priority_of(enum http_priority priority) {
	static const enum hubspot_priority priorities[] = {
		[HTTP_INTERACTIVE] = HUBSPOT_INTERACTIVE,
		[HTTP_NORMAL] = HUBSPOT_NORMAL,
		[HTTP_BULK] = HUBSPOT_BULK,
	};
	return priorities[priority];
}

struct behalf behalf_of(const struct http_request *request, bool is_bulk) {
	const struct http_caller *caller = http_caller(request);
	return (struct behalf){.caller = {.name = caller->name, .weight = caller->weight},
		.priority = priority_of(is_bulk ? caller->batch_priority : caller->priority),
		.deadline_ms = http_deadline_ms(request),
		.label = http_request_id(request),
		.is_bulk = is_bulk};
}

static const char *name_of(const struct behalf *behalf) {
	return behalf->caller.name != NULL ? behalf->caller.name : "";
}

bool behalf_keep(struct behalf *kept, const struct behalf *behalf) {
	*kept = *behalf;
	kept->label = NULL;
	kept->caller.name = strdup(name_of(behalf));
	return kept->caller.name != NULL;
}

void behalf_finish(struct behalf *kept) {
	free((char *)kept->caller.name);
	kept->caller.name = NULL;
}

bool behalf_may_wait(const struct behalf *behalf, const struct behalf *other) {
	return other->priority <= behalf->priority && str_is_equal(name_of(other), name_of(behalf));
}

bool behalf_submit(const struct behalf *behalf, struct hubspot *hubspot,
	struct hubspot_operation *operation, hubspot_done_fn *done, void *ctx,
	struct hubspot_handle **handle) {
	operation->caller = behalf->caller;
	operation->priority = behalf->priority;
	operation->deadline_ms = behalf->deadline_ms;
	operation->label = behalf->label;
	return hubspot_submit(hubspot, operation, done, ctx, handle);
}
