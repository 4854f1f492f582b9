/*
 * What comes after HubSpot has done an operation, as further operations of the same caller,
 * priority and deadline: each link of the record that was written, or each record of a page that
 * was found without its properties (those reads share their calls). When the last has ended so has
 * the operation, also when its plugin is gone meanwhile and nobody hears of it.
 */
#include "plugin/operation.h"

#include <string.h>

#include "base/json.h"
#include "object/object.h"

/* One of them. */
struct step {
	struct follow *follow;
	struct hubspot_handle *handle; /* while HubSpot's client has it */
	const char *name;              /* a link's other object, as the plugin called it */
	const char *id;                /* the other record's; of a page, its own */
	json_t *told;
};

struct follow {
	struct lent_operation *operation;
	struct hubspot_operation
		as;           /* what all steps have in common; its strings and names are our own */
	json_t *associations; /* to be made; NULL: it is a page */
	struct hubspot_result *done;   /* what HubSpot said of the operation itself */
	struct hubspot_result *failed; /* of a page: why a record could not be read; or NULL */
	struct step *steps;
	size_t count;
	size_t waiting; /* steps that have not ended */
	bool is_starting;
	bool has_failed; /* one of them, or all */
};

/* ---- making ---- */

static void free_names(const char *const *names) {
	for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
		free((char *)(uintptr_t)names[i]);
	}
	free((void *)(uintptr_t)names);
}

/* NULL: no memory. */
static const char *const *copy_names(const char *const *names) {
	size_t count = 0;
	while (names[count] != NULL) {
		count++;
	}
	const char **copy = calloc(count + 1, sizeof(*copy));
	for (size_t i = 0; copy != NULL && i < count; i++) {
		copy[i] = strdup(names[i]);
		if (copy[i] == NULL) {
			free_names(copy);
			return NULL;
		}
	}
	return copy;
}

void follow_free(struct follow *follow) {
	if (follow == NULL) {
		return;
	}
	for (size_t i = 0; follow->steps != NULL && i < follow->count; i++) {
		json_decref(follow->steps[i].told);
	}
	free(follow->steps);
	free_names(follow->as.properties);
	free((char *)(uintptr_t)follow->as.object);
	free((char *)(uintptr_t)follow->as.caller.name);
	free((char *)(uintptr_t)follow->as.label);
	json_decref(follow->associations);
	result_forget(follow->done);
	result_forget(follow->failed);
	free(follow);
}

/* `text` may be NULL; false: no memory. */
static bool put_copy(const char **to, const char *text) {
	*to = text != NULL ? strdup(text) : NULL;
	return text == NULL || *to != NULL;
}

struct follow *follow_make(const struct hsc_operation *asked, const struct hubspot_operation *given,
	const char *type) {
	struct follow *follow = calloc(1, sizeof(*follow));
	if (follow == NULL) {
		return NULL;
	}
	bool has_links = asked->associations != NULL;
	follow->as.priority = given->priority;
	follow->as.deadline_ms = given->deadline_ms;
	follow->as.caller.weight = given->caller.weight;
	follow->associations = json_deep_copy(asked->associations);
	follow->as.properties = has_links ? NULL : copy_names(given->properties);
	bool is_made = (has_links ? follow->associations != NULL : follow->as.properties != NULL) &&
		put_copy(&follow->as.object, type) &&
		put_copy(&follow->as.caller.name, given->caller.name) &&
		put_copy(&follow->as.label, given->label);
	if (!is_made) {
		follow_free(follow);
		return NULL;
	}
	return follow;
}

/* ---- the end ---- */

/* In the order in which they were asked for. Links that there was no memory to tell of are null. */
static json_t *links_of(const struct follow *follow) {
	json_t *links = json_array();
	for (size_t i = 0; i < follow->count; i++) {
		json_t *told = follow->steps[i].told;
		(void)json_array_append_new(links, told != NULL ? json_incref(told) : json_null());
	}
	return links;
}

/* The page with its records read; those that were archived meanwhile are left out. NULL: no memory.
 */
static json_t *page_of(const struct follow *follow) {
	json_t *page = json_copy(follow->done->record);
	json_t *results = json_array();
	bool is_done = results != NULL;
	for (size_t i = 0; is_done && i < follow->count; i++) {
		json_t *told = follow->steps[i].told;
		is_done = told == NULL || json_array_append(results, told) == 0;
	}
	if (!is_done || json_object_set(page, "results", results) != 0) {
		json_decref(page);
		page = NULL;
	}
	json_decref(results);
	return page;
}

static void end_page(struct follow *follow) {
	struct hubspot_result result = {.failure = HUBSPOT_OUT_OF_MEMORY,
		.outcome = HUBSPOT_NOT_APPLIED,
		.is_retryable = true};
	json_t *page = follow->has_failed ? NULL : page_of(follow);
	if (page != NULL) {
		result = *follow->done;
		result.record = page;
	} else if (follow->failed != NULL) {
		result = *follow->failed;
	}
	operation_end(follow->operation, &result, NULL, true);
	json_decref(page);
}

/* The record is written, whatever became of its links: a cancel that came too late to stop that
 * says so. */
static void end_links(struct follow *follow) {
	struct hubspot_result result = *follow->done;
	json_t *links = links_of(follow);
	if (follow->operation->is_cancelled) {
		result.failure = HUBSPOT_CANCELLED;
	}
	operation_end(follow->operation, &result, links, !follow->has_failed);
	json_decref(links);
}

static void end(struct follow *follow) {
	struct lent_operation *operation = follow->operation;
	operation->follow = NULL; /* ours until the result has been told */
	if (operation->plugin == NULL) {
		free(operation);
	} else if (follow->associations != NULL) {
		end_links(follow);
	} else {
		end_page(follow);
	}
	follow_free(follow);
}

static void step_ended(struct step *step) {
	struct follow *follow = step->follow;
	step->handle = NULL;
	follow->waiting--;
	if (follow->waiting == 0 && !follow->is_starting) {
		end(follow);
	}
}

/* ---- links ---- */

static void tell_link(struct step *step, const struct hubspot_result *result) {
	struct follow *follow = step->follow;
	int status = 0;
	bool is_linked = result->failure == HUBSPOT_OK;
	json_t *told = is_linked
		? json_pack("{s:s, s:s, s:s}", "object", step->name, "id", step->id, "status",
			  "success")
		: problem_of(object_find(step->name), result, false, follow->as.label, &status);
	if (!is_linked) {
		(void)json_object_set_new(told, "object", json_string(step->name));
		(void)json_object_set_new(told, "id", json_string(step->id));
	}
	step->told = told;
	follow->has_failed |= !is_linked || told == NULL;
}

static void was_linked(const struct hubspot_result *result, void *ctx) {
	struct step *step = ctx;
	tell_link(step, result);
	step_ended(step);
}

static void tell_unsent(struct step *step, enum hubspot_failure failure) {
	tell_link(step,
		&(struct hubspot_result){
			.failure = failure, .outcome = HUBSPOT_NOT_APPLIED, .is_retryable = true});
	step_ended(step);
}

static void link_one(struct step *step, struct hubspot *hubspot, const char *id) {
	struct hubspot_operation link = step->follow->as;
	const struct object *other = object_find(step->name);
	link.kind = HUBSPOT_LINK;
	link.id = id;
	link.to_object = other != NULL ? object_hubspot_type(other) : step->name;
	link.to_id = step->id;
	if (id == NULL) {
		tell_unsent(step, HUBSPOT_BAD_REPLY);
	} else if (!hubspot_submit(hubspot, &link, was_linked, step, &step->handle)) {
		tell_unsent(step, HUBSPOT_OUT_OF_MEMORY);
	}
}

static void start_links(struct follow *follow, struct hubspot *hubspot) {
	const struct hubspot_result *done = follow->done;
	const char *id = done->id != NULL ? done->id : json_member_text(done->record, "id");
	const char *name = NULL;
	json_t *ids = NULL;
	size_t index = 0;
	json_t *to_id = NULL;
	struct step *step = follow->steps;
	json_object_foreach (follow->associations, name, ids) {
		json_array_foreach (ids, index, to_id) {
			step->name = name;
			step->id = json_string_value(to_id);
			link_one(step, hubspot, id);
			step++;
		}
	}
}

/* ---- a page ---- */

/* The first failure is the page's: one that lacks a record without saying so is no page. */
static void fail_page(struct follow *follow, const struct hubspot_result *result) {
	follow->has_failed = true;
	follow->failed = follow->failed != NULL ? follow->failed : result_keep(result);
}

/* What was archived since it was found is left out. */
static void was_read(const struct hubspot_result *result, void *ctx) {
	struct step *step = ctx;
	struct hubspot_result told = *result;
	if (told.failure == HUBSPOT_OK && told.record == NULL) {
		told.failure = HUBSPOT_BAD_REPLY;
	}
	if (told.failure == HUBSPOT_OK) {
		step->told = json_incref(told.record);
	} else if (told.failure != HUBSPOT_NOT_FOUND) {
		fail_page(step->follow, &told);
	}
	step_ended(step);
}

static void read_one(struct step *step, struct hubspot *hubspot) {
	struct hubspot_operation read = step->follow->as;
	enum hubspot_failure failure = step->id == NULL ? HUBSPOT_BAD_REPLY : HUBSPOT_OUT_OF_MEMORY;
	read.kind = HUBSPOT_READ;
	read.id = step->id;
	if (step->id == NULL || !hubspot_submit(hubspot, &read, was_read, step, &step->handle)) {
		fail_page(step->follow,
			&(struct hubspot_result){.failure = failure,
				.outcome = HUBSPOT_NOT_APPLIED,
				.is_retryable = true});
		step_ended(step);
	}
}

static void start_page(struct follow *follow, struct hubspot *hubspot) {
	json_t *results = json_object_get(follow->done->record, "results");
	for (size_t i = 0; i < follow->count; i++) {
		follow->steps[i].id = json_member_text(json_array_get(results, i), "id");
		read_one(&follow->steps[i], hubspot);
	}
}

/* ---- the start ---- */

/* No memory for what comes after. */
static void give_up(struct lent_operation *operation, const struct hubspot_result *result) {
	struct follow *follow = operation->follow;
	struct hubspot_result told = *result;
	bool has_links = follow->associations != NULL;
	if (!has_links) {
		told.failure = HUBSPOT_OUT_OF_MEMORY;
	}
	operation->follow = NULL;
	operation_end(operation, &told, NULL, !has_links);
	follow_free(follow);
}

static void begin(struct follow *follow, struct hubspot *hubspot) {
	for (size_t i = 0; i < follow->count; i++) {
		follow->steps[i].follow = follow;
	}
	follow->waiting = follow->count;
	follow->is_starting = true;
	if (follow->associations != NULL) {
		start_links(follow, hubspot);
	} else {
		start_page(follow, hubspot);
	}
	follow->is_starting = false;
	if (follow->waiting == 0) {
		end(follow);
	}
}

void follow_start(struct lent_operation *operation, const struct hubspot_result *result) {
	struct follow *follow = operation->follow;
	const json_t *results = json_object_get(result->record, "results");
	bool has_links = follow->associations != NULL;
	follow->operation = operation;
	follow->count =
		has_links ? count_associations(follow->associations) : json_array_size(results);
	follow->steps = calloc(follow->count + 1, sizeof(*follow->steps));
	follow->done = result_keep(result);
	if (!has_links && !json_is_array(results)) { /* no page at all */
		operation->follow = NULL;
		operation_end(operation, result, NULL, true);
		follow_free(follow);
	} else if (follow->steps == NULL || follow->done == NULL) {
		give_up(operation, result);
	} else {
		begin(follow, operation->plugin->plugins->hubspot);
	}
}

bool follow_so_far(const struct follow *follow, struct hubspot_result *result) {
	bool is_written = follow != NULL && follow->done != NULL && follow->associations != NULL;
	if (is_written) {
		*result = *follow->done;
		result->failure = HUBSPOT_CANCELLED;
	}
	return is_written;
}

void follow_cancel(struct follow *follow) {
	for (size_t i = 0; follow->steps != NULL && i < follow->count; i++) {
		struct step *step = &follow->steps[i];
		if (step->handle != NULL) {
			hubspot_cancel(follow->operation->plugin->plugins->hubspot, step->handle);
		}
	}
}
