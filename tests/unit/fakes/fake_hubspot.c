#include "fakes/fake_hubspot.h"

#include "base/memory.h"

enum { OPERATIONS_MAX = 4096, ROOM_RETRY_MS = 2500 };

struct hubspot {
	int unused;
};

struct hubspot_handle {
	struct fake_operation seen;
	hubspot_done_fn *done;
	void *ctx;
};

static struct hubspot the_hubspot;
static struct hubspot_handle *handles[OPERATIONS_MAX];
static size_t handle_count;
static bool is_refusing;
static size_t room_now, room_ever;
static struct fake_room room_asked;

static char *copy_text(const char *text) {
	return text == NULL ? NULL : must_strdup(text);
}

static const char *const *copy_names(const char *const *names) {
	size_t count = 0;
	while (names != NULL && names[count] != NULL) {
		count++;
	}
	const char **copy = must_calloc(count + 1, sizeof(*copy));
	for (size_t i = 0; i < count; i++) {
		copy[i] = must_strdup(names[i]);
	}
	return copy;
}

static void forget(struct hubspot_handle *handle) {
	struct hubspot_operation *asked = &handle->seen.asked;
	for (const char *const *name = asked->properties; name != NULL && *name != NULL; name++) {
		free((void *)*name);
	}
	free((void *)asked->properties);
	free((void *)asked->object);
	free((void *)asked->id);
	free((void *)asked->id_property);
	free((void *)asked->to_object);
	free((void *)asked->to_id);
	free((void *)asked->label);
	free((void *)asked->caller.name);
	json_decref(asked->body);
	free(handle);
}

struct hubspot *fake_hubspot_reset(void) {
	for (size_t i = 0; i < handle_count; i++) {
		forget(handles[i]);
	}
	handle_count = 0;
	is_refusing = false;
	room_now = room_ever = OPERATIONS_MAX;
	return &the_hubspot;
}

void fake_hubspot_refuse(bool refuse) {
	is_refusing = refuse;
}

void fake_hubspot_set_room(size_t now, size_t ever) {
	room_now = now;
	room_ever = ever;
}

const struct fake_room *fake_hubspot_room(void) {
	return &room_asked;
}

size_t fake_operation_count(void) {
	return handle_count;
}

const struct fake_operation *fake_operation(size_t number) {
	return number < handle_count ? &handles[number]->seen : NULL;
}

bool fake_finish(size_t number, const struct hubspot_result *result) {
	if (number >= handle_count || handles[number]->seen.is_done) {
		return false;
	}
	handles[number]->seen.is_done = true;
	handles[number]->done(result, handles[number]->ctx);
	return true;
}

size_t fake_run_cancelled(void) {
	const struct hubspot_result result = {
		.failure = HUBSPOT_CANCELLED, .outcome = HUBSPOT_NOT_APPLIED};
	size_t count = 0;
	for (size_t i = 0; i < handle_count; i++) {
		count += handles[i]->seen.is_cancelled && fake_finish(i, &result);
	}
	return count;
}

/* ---- hubspot.h ---- */

struct hubspot *hubspot_create(struct loop *loop, const struct hubspot_settings *settings,
	char *error, size_t error_size) {
	(void)loop;
	(void)settings;
	snprintf(error, error_size, "%s", "");
	return fake_hubspot_reset();
}

void hubspot_destroy(struct hubspot *hubspot) {
	const struct hubspot_result result = {
		.failure = HUBSPOT_CANCELLED, .outcome = HUBSPOT_UNKNOWN};
	(void)hubspot;
	for (size_t i = 0; i < handle_count; i++) {
		(void)fake_finish(i, &result);
	}
	fake_hubspot_reset();
}

bool hubspot_submit(struct hubspot *hubspot, const struct hubspot_operation *operation,
	hubspot_done_fn *done, void *ctx, struct hubspot_handle **handle) {
	if (hubspot != &the_hubspot || is_refusing || handle_count == OPERATIONS_MAX) {
		return false;
	}
	struct hubspot_handle *own = must_calloc(1, sizeof(*own));
	own->seen.asked = *operation;
	own->seen.asked.object = copy_text(operation->object);
	own->seen.asked.id = copy_text(operation->id);
	own->seen.asked.id_property = copy_text(operation->id_property);
	own->seen.asked.to_object = copy_text(operation->to_object);
	own->seen.asked.to_id = copy_text(operation->to_id);
	own->seen.asked.label = copy_text(operation->label);
	own->seen.asked.caller.name = copy_text(operation->caller.name);
	own->seen.asked.properties =
		operation->properties == NULL ? NULL : copy_names(operation->properties);
	json_incref(own->seen.asked.body);
	own->done = done;
	own->ctx = ctx;
	handles[handle_count++] = own;
	if (handle != NULL) {
		*handle = own;
	}
	return true;
}

void hubspot_cancel(struct hubspot *hubspot, struct hubspot_handle *handle) {
	if (hubspot != &the_hubspot || handle->seen.is_done) {
		fprintf(stderr, "fake_hubspot: cancelled through a dead handle\n");
		abort();
	}
	handle->seen.is_cancelled = true;
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

void hubspot_hold(struct hubspot *hubspot, bool is_held) {
	(void)hubspot;
	(void)is_held;
}

void hubspot_state(const struct hubspot *hubspot, struct hubspot_state *state) {
	(void)hubspot;
	*state = (struct hubspot_state){.is_up = true};
	for (size_t i = 0; i < handle_count; i++) {
		state->waiting += !handles[i]->seen.is_done;
	}
}

void hubspot_on_idle(struct hubspot *hubspot, void (*idle)(void *ctx), void *ctx) {
	(void)hubspot;
	idle(ctx);
}

bool hubspot_has_room(struct hubspot *hubspot, const struct hubspot_caller *caller,
	enum hubspot_priority priority, uint64_t deadline_ms, uint64_t *retry_after_ms) {
	return hubspot_has_room_for(hubspot, 1, caller, priority, deadline_ms, retry_after_ms);
}

bool hubspot_has_room_for(struct hubspot *hubspot, size_t rows, const struct hubspot_caller *caller,
	enum hubspot_priority priority, uint64_t deadline_ms, uint64_t *retry_after_ms) {
	(void)hubspot;
	room_asked = (struct fake_room){
		.caller = caller != NULL ? *caller : (struct hubspot_caller){.name = NULL},
		.priority = priority,
		.rows = rows,
		.deadline_ms = deadline_ms};
	*retry_after_ms = rows <= room_ever ? ROOM_RETRY_MS : 0;
	return rows <= room_now;
}
