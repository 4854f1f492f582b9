/*
 * An operation as memory: made from what was submitted, found by its handle, told to its caller,
 * freed.
 *
 * A handle is an index into the client's table and a generation: one whose operation has ended
 * finds nothing, even when the place has been taken again.
 */
#include "hubspot/inside.h"

#include "base/json.h"
#include "base/str.h"

static char **copy_names(const char *const *names) {
	size_t count = 0;
	while (names[count] != NULL) {
		count++;
	}
	char **copy = calloc(count + 1, sizeof(*copy));
	for (size_t i = 0; copy != NULL && i < count; i++) {
		copy[i] = strdup(names[i]);
		if (copy[i] == NULL) {
			while (i > 0) {
				free(copy[--i]);
			}
			free(copy);
			copy = NULL;
		}
	}
	return copy;
}

void operation_free(struct operation *operation) {
	if (operation == NULL) {
		return;
	}
	loop_timer_finish(&operation->deadline);
	ending_clear(&operation->ending);
	json_decref(operation->body);
	json_decref(operation->step_body);
	json_decref(operation->found);
	json_decref(operation->said_ids);
	free(operation->skimmed_id);
	for (char **name = operation->properties; name != NULL && *name != NULL; name++) {
		free(*name);
	}
	free(operation->properties);
	free(operation->object);
	free(operation->id);
	free(operation->id_property);
	free(operation->to_object);
	free(operation->to_id);
	free(operation->pair);
	free(operation->label);
	free(operation->found_id);
	free(operation->conflict_id);
	free(operation);
}

static bool copy_text(char **to, const char *from) {
	*to = from != NULL ? strdup(from) : NULL;
	return *to != NULL || from == NULL;
}

/* A link is told from both its ends, and known by either. */
static bool name_pair(struct operation *operation) {
	const char *id = operation->id, *to_id = operation->to_id;
	if (to_id == NULL) {
		return true;
	}
	bool is_first = strcmp(id, to_id) < 0;
	operation->pair = str_format("%s %s", is_first ? id : to_id, is_first ? to_id : id);
	return operation->pair != NULL;
}

struct operation *operation_create(const struct hubspot_operation *wanted) {
	struct operation *operation = calloc(1, sizeof(*operation));
	if (operation == NULL) {
		return NULL;
	}
	list_init(&operation->link);
	list_init(&operation->all);
	list_init(&operation->deferred);
	list_init(&operation->sharing);
	operation->kind = wanted->kind;
	operation->flags = wanted->flags;
	operation->priority = wanted->priority;
	operation->is_bulk = wanted->priority == HUBSPOT_BULK;
	operation->body = json_incref(wanted->body);
	bool is_whole = copy_text(&operation->object, wanted->object) &&
		copy_text(&operation->id, wanted->id) &&
		copy_text(&operation->id_property, wanted->id_property) &&
		copy_text(&operation->to_object, wanted->to_object) &&
		copy_text(&operation->to_id, wanted->to_id) && name_pair(operation) &&
		copy_text(&operation->label, wanted->label);
	if (is_whole && wanted->properties != NULL) {
		operation->properties = copy_names(wanted->properties);
		is_whole = operation->properties != NULL;
	}
	if (!is_whole) {
		operation_free(operation);
		return NULL;
	}
	return operation;
}

bool operation_take_slot(struct hubspot *client, struct operation *operation) {
	size_t slot = 0;
	/* Slots are found from the last one taken on: with few in use the first look hits. */
	for (size_t i = 0; i < client->slot_count; i++) {
		slot = (client->generation + i) % client->slot_count;
		if (client->slots[slot] == NULL) {
			break;
		}
	}
	if (client->slot_count == 0 || client->slots[slot] != NULL) {
		size_t count = client->slot_count == 0 ? 64 : client->slot_count * 2;
		struct operation **slots = realloc(client->slots, count * sizeof(*slots));
		if (slots == NULL) {
			return false;
		}
		memset(slots + client->slot_count, 0,
			(count - client->slot_count) * sizeof(*slots));
		slot = client->slot_count;
		client->slots = slots;
		client->slot_count = count;
	}
	client->slots[slot] = operation;
	operation->slot = slot;
	operation->generation = ++client->generation;
	return true;
}

struct hubspot_handle *operation_handle(const struct operation *operation) {
	return (struct hubspot_handle *)(((uintptr_t)operation->generation << 32) |
		(operation->slot + 1));
}

struct operation *operation_find(
	const struct hubspot *client, const struct hubspot_handle *handle) {
	size_t slot = ((uintptr_t)handle & UINT32_MAX) - 1;
	unsigned generation = (unsigned)((uintptr_t)handle >> 32);
	struct operation *operation = slot < client->slot_count ? client->slots[slot] : NULL;
	return operation != NULL && operation->generation == generation ? operation : NULL;
}

/* ---- endings and results ---- */

void ending_clear(struct ending *ending) {
	json_decref(ending->record);
	refusal_finish(&ending->refusal);
	*ending = (struct ending){0};
}

bool operation_has_soft_key(const struct operation *operation) {
	return hubspot_is_shared(operation->object, operation->id_property);
}

bool operation_is_safe_again(const struct operation *operation) {
	switch (operation->kind) {
	case HUBSPOT_CREATE:
		return operation->id_property != NULL && !operation_has_soft_key(operation);
	case HUBSPOT_UPSERT:
		return !operation_has_soft_key(
			operation); /* a second company is what it could do */
	case HUBSPOT_RAW:
		return operation->flags & HUBSPOT_REPEATABLE;
	default:
		return true;
	}
}

const char *operation_record_id(const struct operation *operation) {
	const char *id = json_string_value(json_object_get(operation->ending.record, "id"));
	if (id != NULL && operation->kind != HUBSPOT_RAW) {
		return id;
	}
	if (operation->found_id != NULL) {
		return operation->found_id;
	}
	return operation->id_property == NULL ? operation->id : NULL;
}

void operation_run_done(struct operation *operation, const struct ending *ending) {
	const struct refusal *refusal = &ending->refusal;
	json_t *warnings = operation->kind == HUBSPOT_RAW ? NULL : refusal_warnings(ending->record);
	const struct hubspot_result result = {
		.failure = ending->failure,
		.outcome = ending->outcome,
		.status = ending->status,
		.attempts = operation->attempts,
		.is_created = ending->is_created,
		.is_retryable = ending->is_retryable,
		.retry_after_ms = ending->retry_after_ms,
		.id = operation_record_id(operation),
		.record = ending->record,
		.existing_id = refusal->existing_id,
		.existing_ids = refusal->existing_ids,
		.category = refusal->category,
		.message = refusal->message,
		.correlation_id = ending->correlation_id[0] != '\0' ? ending->correlation_id
								    : refusal->correlation_id,
		.errors = refusal->errors,
		.warnings = warnings,
	};
	hubspot_done_fn *done = operation->done;
	operation->done = NULL;
	done(&result, operation->ctx);
	json_decref(warnings);
}
