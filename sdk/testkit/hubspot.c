/*
 * hubspot/hubspot.h without HubSpot. An operation ends once: with the answer of a script or of
 * hsck_answer(), with what the memory says, with its cancellation, or with its deadline. But for
 * the deadline and an answer by hand that is at the end of the turn, so never inside
 * hubspot_submit().
 */
#include "inside.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/str.h"

enum { DEFAULT_DEADLINE_MS = 30 * 1000, ROOM_RETRY_MS = 1000, GROW_BY = 64 };

struct hubspot *hubspot_open(struct hsck *kit) {
	struct hubspot *hubspot = must_calloc(1, sizeof(*hubspot));
	hubspot->kit = kit;
	hubspot->memory = kit->options.hubspot == HSCK_REMEMBER ? memory_create() : NULL;
	list_init(&hubspot->scripts);
	return hubspot;
}

/* ---- ending ---- */

static void tell_idle(struct hubspot *hubspot) {
	void (*idle)(void *) = hubspot->idle;
	if (idle != NULL && hsck_waiting(hubspot->kit) == 0) {
		hubspot->idle = NULL;
		idle(hubspot->idle_ctx);
	}
}

void hubspot_end(struct hubspot_handle *operation, const struct hubspot_result *result) {
	operation->shown.has_ended = true;
	loop_timer_finish(&operation->due);
	loop_timer_finish(&operation->deadline);
	loop_task_cancel(&operation->task);
	operation->done(result, operation->ctx);
	tell_idle(operation->hubspot);
}

static void at_deadline(void *ctx) {
	answer_fail(ctx, HUBSPOT_DEADLINE);
}

static void at_end_of_turn(void *ctx) {
	struct hubspot_handle *operation = ctx;
	if (operation->shown.is_cancelled) {
		answer_fail(operation, HUBSPOT_CANCELLED);
	} else if (operation->answer != NULL) {
		answer_give(operation, operation->answer);
	} else if (operation->is_refused) {
		answer_fail(operation, HUBSPOT_BUSY);
	} else {
		memory_answer(operation->hubspot->memory, operation);
	}
}

static void when_due(void *ctx) {
	struct hubspot_handle *operation = ctx;
	answer_give(operation, operation->answer);
}

void hubspot_will_answer(struct hubspot_handle *operation, const struct prepared *answer) {
	operation->answer = answer;
	if (answer->told.after_ms > 0) {
		(void)loop_timer_start(&operation->due, answer->told.after_ms);
	} else {
		loop_task_schedule(&operation->task);
	}
}

/* ---- submitting ---- */

static const char **copy_names(struct hsck *kit, const char *const *names) {
	size_t count = 0;
	while (names != NULL && names[count] != NULL) {
		count++;
	}
	const char **copy = names != NULL ? must_calloc(count + 1, sizeof(*copy)) : NULL;
	for (size_t i = 0; i < count; i++) {
		copy[i] = kit_keep(kit, names[i]);
	}
	return copy;
}

static uint32_t kind_shown(enum hubspot_kind kind) {
	return kind == HUBSPOT_LINK      ? HSC_ASSOCIATE
		: kind == HUBSPOT_UNLINK ? HSC_DISSOCIATE
					 : (uint32_t)kind;
}

static void show(struct hubspot_handle *operation, const struct hubspot_operation *asked) {
	struct hsck *kit = operation->hubspot->kit;
	uint32_t flags = (asked->flags & HUBSPOT_REPEATABLE) != 0 ? HSC_REPEATABLE : 0;
	operation->names = copy_names(kit, asked->properties);
	operation->body = json_incref(asked->body);
	operation->shown = (struct hsck_operation){.kind = kind_shown(asked->kind),
		.flags = flags | (asked->priority == HUBSPOT_BULK ? HSC_BULK : 0u),
		.object = kit_keep(kit, asked->object),
		.id = kit_keep(kit, asked->id),
		.id_property = kit_keep(kit, asked->id_property),
		.to_object = kit_keep(kit, asked->to_object),
		.to_id = kit_keep(kit, asked->to_id),
		.properties = operation->names,
		.body = operation->body,
		.request_id = kit_keep(kit, asked->label),
		.caller = asked->caller.name != NULL ? kit_keep(kit, asked->caller.name) : "",
		.deadline_ms = asked->deadline_ms != 0 ? asked->deadline_ms
						       : clock_now_ms() + DEFAULT_DEADLINE_MS};
}

static void append(struct hubspot *hubspot, struct hubspot_handle *operation) {
	if (hubspot->count % GROW_BY == 0) {
		struct hubspot_handle **more =
			must_calloc(hubspot->count + GROW_BY, sizeof(struct hubspot_handle *));
		for (size_t i = 0; i < hubspot->count; i++) {
			more[i] = hubspot->operations[i];
		}
		free(hubspot->operations);
		hubspot->operations = more;
	}
	hubspot->operations[hubspot->count++] = operation;
}

/* On an internal listener a request has no deadline, and neither has its operation. */
static void start_deadline(struct hubspot_handle *operation) {
	uint64_t now_ms = clock_now_ms();
	uint64_t at_ms = operation->shown.deadline_ms;
	if (at_ms != UINT64_MAX) {
		(void)loop_timer_start(&operation->deadline, at_ms > now_ms ? at_ms - now_ms : 0);
	}
}

bool hubspot_submit(struct hubspot *hubspot, const struct hubspot_operation *asked,
	hubspot_done_fn *done, void *ctx, struct hubspot_handle **handle) {
	struct hubspot_handle *operation = must_calloc(1, sizeof(*operation));
	struct loop *loop = hubspot->kit->loop;
	operation->hubspot = hubspot;
	operation->kind = asked->kind;
	operation->flags = asked->flags;
	operation->done = done;
	operation->ctx = ctx;
	show(operation, asked);
	append(hubspot, operation);
	loop_timer_init(&operation->due, loop, when_due, operation);
	loop_timer_init(&operation->deadline, loop, at_deadline, operation);
	loop_task_init(&operation->task, loop, at_end_of_turn, operation);
	start_deadline(operation);
	operation->is_refused = hubspot->is_full;
	const struct prepared *answer = hubspot->is_full ? NULL : script_find(hubspot, operation);
	if (answer != NULL) {
		hubspot_will_answer(operation, answer);
	} else if (operation->is_refused || hubspot->memory != NULL) {
		loop_task_schedule(&operation->task);
	}
	if (handle != NULL) {
		*handle = operation;
	}
	return true;
}

void hubspot_cancel(struct hubspot *hubspot, struct hubspot_handle *handle) {
	(void)hubspot;
	handle->shown.is_cancelled = true;
	loop_timer_stop(&handle->due);
	loop_task_schedule(&handle->task);
}

/* ---- the rest ---- */

bool hubspot_has_room(struct hubspot *hubspot, const struct hubspot_caller *caller,
	enum hubspot_priority priority, uint64_t deadline_ms, uint64_t *retry_after_ms) {
	return hubspot_has_room_for(hubspot, 1, caller, priority, deadline_ms, retry_after_ms);
}

bool hubspot_has_room_for(struct hubspot *hubspot, size_t rows, const struct hubspot_caller *caller,
	enum hubspot_priority priority, uint64_t deadline_ms, uint64_t *retry_after_ms) {
	(void)rows;
	(void)caller;
	(void)priority;
	(void)deadline_ms;
	if (hubspot->is_full) {
		*retry_after_ms = ROOM_RETRY_MS;
	}
	return !hubspot->is_full;
}

void hubspot_hold(struct hubspot *hubspot, bool is_held) {
	(void)hubspot;
	(void)is_held;
}

bool hubspot_reload(struct hubspot *hubspot, char *error, size_t error_size) {
	(void)hubspot;
	snprintf(error, error_size, "%s", "");
	return true;
}

void hubspot_on_token_change(struct hubspot *hubspot, void (*changed)(void *ctx), void *ctx) {
	(void)hubspot;
	(void)changed;
	(void)ctx;
}

void hubspot_state(const struct hubspot *hubspot, struct hubspot_state *state) {
	*state = (struct hubspot_state){.waiting = hsck_waiting(hubspot->kit), .is_up = true};
}

void hubspot_on_idle(struct hubspot *hubspot, void (*idle)(void *ctx), void *ctx) {
	hubspot->idle = idle;
	hubspot->idle_ctx = ctx;
	tell_idle(hubspot);
}

void hubspot_destroy(struct hubspot *hubspot) {
	for (size_t i = 0; i < hubspot->count; i++) {
		if (!hubspot->operations[i]->shown.has_ended) {
			answer_fail(hubspot->operations[i], HUBSPOT_CANCELLED);
		}
	}
	for (size_t i = 0; i < hubspot->count; i++) {
		json_decref(hubspot->operations[i]->body);
		free(hubspot->operations[i]->names);
		free(hubspot->operations[i]);
	}
	scripts_forget(hubspot);
	memory_destroy(hubspot->memory);
	free(hubspot->operations);
	free(hubspot);
}
