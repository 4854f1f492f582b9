/*
 * Stage: one operation of a caller -> the steps that HubSpot is asked for, one after the other.
 *
 * A table of states, in the order they are lived. Each asks one step of the stage below and says
 * what its answer leads to. Reads, archives, raw operations and writes by id are one step (PLAIN).
 *
 *   upsert, resolve   LOOK_UP -> found: UPDATE by id; none: CREATE
 *                     CREATE refused as a conflict -> UPDATE the record that is in the way
 *                     CREATE that may have happened -> LOOK_UP: it carries our values: it was ours
 *                     UPDATE of a record that is gone -> LOOK_UP once more
 *   upsert, native    NATIVE: HubSpot's own upsert
 *   create by key     CREATE; one that may have happened -> LOOK_UP; it had not -> CREATE
 *   update by key     LOOK_UP -> UPDATE, or not found
 *
 * The look-up reads by the unique property itself, never through the search index, which lags. An
 * update by id never carries the key: an address may be the record's secondary one, and writing it
 * would make it the primary.
 */
#include "hubspot/inside.h"

#include "base/json.h"
#include "base/str.h"

enum state { NOT_BEGUN, PLAIN, LOOK_UP, FIND, UPDATE, CREATE, NATIVE };

enum { LOOK_UPS_MAX = 4 };

static void enter(struct operation *operation, enum state state);

static void end(struct operation *operation) {
	stage_up(operation);
}

/* Ends in success without a (further) call. */
static void end_well(struct operation *operation, bool is_created, json_t *record) {
	ending_clear(&operation->ending);
	operation->ending.is_created = is_created;
	operation->ending.record = json_incref(record);
	end(operation);
}

/* The record is there already; nothing was written. */
static void end_in_conflict(struct operation *operation, const char *existing_id) {
	char *id = *existing_id != '\0' ? strdup(existing_id) : NULL;
	ending_clear(&operation->ending);
	operation->ending = (struct ending){.failure = HUBSPOT_CONFLICT,
		/* one that differs from what we wrote may still be ours: HubSpot trims values */
		.outcome = operation->was_create_unknown ? HUBSPOT_UNKNOWN : HUBSPOT_NOT_APPLIED,
		.status =
			operation->attempts > 0 ? 409 : 0, /* from memory: HubSpot was not asked */
		.refusal.existing_id = id};
	end(operation);
}

static bool is_email_of_contact(const char *object, const char *id_property) {
	return (str_is_equal(object, "contacts") || str_is_equal(object, "0-1")) &&
		str_is_equal(id_property, "email");
}

static bool is_native(const struct operation *operation) {
	switch (operation->client->settings.upsert) {
	case HUBSPOT_UPSERT_NATIVE:
		return true;
	case HUBSPOT_UPSERT_RESOLVE:
		return false;
	default: /* HubSpot calls partial upserts by e-mail "not supported" */
		return !is_email_of_contact(operation->object, operation->id_property);
	}
}

static enum state first_state(const struct operation *operation) {
	if (operation_has_soft_key(operation)) {
		return FIND;
	}
	switch (operation->kind) {
	case HUBSPOT_UPSERT:
		return is_native(operation) ? NATIVE : LOOK_UP;
	case HUBSPOT_UPDATE:
		return operation->id_property != NULL ? LOOK_UP : PLAIN;
	case HUBSPOT_CREATE:
		return CREATE;
	default:
		return PLAIN;
	}
}

/* ---- asking ---- */

static void ask(struct operation *operation, enum step step, const char *id,
	const char *id_property, const char *const *properties, json_t *body) {
	json_decref(operation->step_body);
	operation->step_body = json_incref(body);
	operation->step = step;
	operation->step_id = id;
	operation->step_id_property = id_property;
	operation->step_properties = properties;
	operation->tries = 0;
	/* A batch may lose what it has to say of a row; batch/archive says nothing of ids that are
	 * nobody. */
	operation->must_be_alone = step == STEP_ARCHIVE ||
		(step == STEP_CREATE && operation->look_ups >= LOOK_UPS_MAX - 1);
	stage_down(operation);
}

static void ask_plain(struct operation *operation) {
	static const enum step STEPS[] = {
		[HUBSPOT_READ] = STEP_READ,
		[HUBSPOT_UPDATE] = STEP_UPDATE,
		[HUBSPOT_ARCHIVE] = STEP_ARCHIVE,
		[HUBSPOT_RAW] = STEP_RAW,
		[HUBSPOT_LINK] = STEP_LINK,
		[HUBSPOT_UNLINK] = STEP_UNLINK,
	};
	const char *id = operation->pair != NULL ? operation->pair : operation->id;
	ask(operation, STEPS[operation->kind], id, operation->id_property,
		(const char *const *)operation->properties, operation->body);
}

/* What went wrong last is what the caller is told. */
static void give_up_looking(struct operation *operation) {
	struct ending *ending = &operation->ending;
	if (ending->failure == HUBSPOT_OK) {
		operation_fail(operation, HUBSPOT_BAD_REPLY, HUBSPOT_NOT_APPLIED, true, 0);
		return;
	}
	ending->is_look_up = false;
	ending->outcome = operation->may_be_applied ? HUBSPOT_UNKNOWN : ending->outcome;
	end(operation);
}

static void ask_look_up(struct operation *operation) {
	static const char *const ONLY_THE_KEY[] = {
		NULL}; /* wire adds the key to every read by key */
	json_decref(operation->found);
	operation->found = NULL;
	if (operation->look_ups++ >= LOOK_UPS_MAX) {
		give_up_looking(operation);
		return;
	}
	ask(operation, STEP_READ, operation->id, operation->id_property, ONLY_THE_KEY,
		/* the names of what we wrote are read too: to recognise our own */
		operation->was_create_unknown ? operation->body : NULL);
}

static void look_again(struct operation *operation) {
	if (operation_has_soft_key(operation)) {
		recent_forget(operation);
		enter(operation, FIND);
	} else {
		enter(operation, LOOK_UP);
	}
}

/* What of the body an update sends: all but the key, unless the caller means to change it. */
static json_t *changes(const struct operation *operation) {
	json_t *body = json_copy(operation->body);
	if (operation->id_property == NULL) {
		return body;
	}
	const char *value = json_member_text(body, operation->id_property);
	if (operation->kind != HUBSPOT_UPDATE ||
		(value != NULL && strcasecmp(value, operation->id) == 0)) {
		json_object_del(body, operation->id_property);
	}
	return body;
}

static void ask_update(struct operation *operation) {
	if (operation->is_stale) {
		operation->is_stale = false;
		order_give_id(operation);
		look_again(operation);
		return;
	}
	json_t *body = changes(operation);
	if (body == NULL) {
		operation_fail(operation, HUBSPOT_OUT_OF_MEMORY, HUBSPOT_NOT_APPLIED, true, 0);
	} else if (json_object_size(body) == 0) {
		end_well(operation, false, operation->found);
	} else {
		ask(operation, STEP_UPDATE, operation->found_id, NULL, NULL, body);
	}
	json_decref(body);
}

static void update_found(struct operation *operation, const char *id);

/* By a key that only the search index knows; what we wrote lately may not be in it yet. */
static void ask_find(struct operation *operation) {
	bool is_exact = operation->kind == HUBSPOT_READ && !(operation->flags & HUBSPOT_RECENT);
	const char *id = is_exact ? NULL : recent_find(operation);
	json_decref(operation->found);
	operation->found = NULL;
	if (operation->look_ups++ >= LOOK_UPS_MAX) {
		operation_fail(operation, HUBSPOT_BAD_REPLY, HUBSPOT_NOT_APPLIED, true, 0);
	} else if (id == NULL) {
		ask(operation, STEP_SEARCH, operation->id, operation->id_property,
			(const char *const *)operation->properties, NULL);
	} else if (operation->kind == HUBSPOT_CREATE) {
		end_in_conflict(operation, id);
	} else if (operation->kind == HUBSPOT_READ) {
		operation->found_id = strdup(id);
		end_well(operation, false, NULL);
	} else {
		update_found(operation, id);
	}
}

static void ask_create(struct operation *operation) {
	bool is_soft = operation_has_soft_key(operation); /* HubSpot would create it twice */
	ask(operation, STEP_CREATE, is_soft ? NULL : operation->id,
		is_soft ? NULL : operation->id_property, NULL, operation->body);
}

static void ask_native(struct operation *operation) {
	ask(operation, STEP_UPSERT, operation->id, operation->id_property, NULL, operation->body);
}

/* ---- answers ---- */

/* The record's id is known: own it, then update it. It may have to wait, and then come down here
 * again. */
static void update_found(struct operation *operation, const char *id) {
	char *copy = strdup(id);
	if (copy == NULL) {
		operation_fail(operation, HUBSPOT_OUT_OF_MEMORY, HUBSPOT_NOT_APPLIED, true, 0);
		return;
	}
	free(operation->found_id);
	operation->found_id = copy;
	operation->state = UPDATE;
	ending_clear(&operation->ending);
	if (order_take_id(operation)) {
		enter(operation, UPDATE);
	}
}

/* Does `record` carry every value that we wrote? */
static bool carries_our_values(const struct operation *operation, const json_t *record) {
	const char *name;
	json_t *value;
	const json_t *properties = json_object_get(record, "properties");
	json_object_foreach (operation->body, name, value) {
		const char *ours = json_is_null(value) ? "" : json_string_value(value);
		const char *theirs = json_member_text(properties, name);
		bool is_key = str_is_equal(name, operation->id_property);
		theirs = theirs != NULL ? theirs : "";
		if (ours == NULL ||
			(is_key ? strcasecmp(ours, theirs) : strcmp(ours, theirs)) != 0) {
			return false;
		}
	}
	return true;
}

static void found(struct operation *operation) {
	operation->found = json_incref(operation->ending.record);
	/* Only an upsert has seen before its create that nobody was there. */
	bool is_ours = operation->was_create_unknown && operation->kind == HUBSPOT_UPSERT &&
		carries_our_values(operation, operation->found);
	if (is_ours) {
		end_well(operation, true, operation->found);
	} else if (operation->kind == HUBSPOT_CREATE) {
		end_in_conflict(operation, json_member_text(operation->found, "id"));
	} else {
		char *id = strdup(json_member_text(operation->found, "id"));
		if (id != NULL) {
			update_found(operation, id);
		} else {
			operation_fail(
				operation, HUBSPOT_OUT_OF_MEMORY, HUBSPOT_NOT_APPLIED, true, 0);
		}
		free(id);
	}
}

static void searched(struct operation *operation) {
	struct ending *ending = &operation->ending;
	recent_correct(operation);
	if (ending->failure == HUBSPOT_CONFLICT) {
		ending->failure = HUBSPOT_AMBIGUOUS;
		end(operation);
	} else if (ending->failure == HUBSPOT_OK && operation->kind != HUBSPOT_READ) {
		found(operation);
	} else if (ending->failure == HUBSPOT_NOT_FOUND &&
		(operation->kind == HUBSPOT_UPSERT || operation->kind == HUBSPOT_CREATE)) {
		enter(operation, CREATE);
	} else {
		end(operation);
	}
}

static void looked_up(struct operation *operation) {
	bool is_nobody = operation->ending.failure == HUBSPOT_NOT_FOUND;
	if (operation->ending.failure == HUBSPOT_OK) {
		found(operation);
	} else if (is_nobody &&
		operation->conflict_id != NULL) { /* it is not the key that was in the way */
		end_in_conflict(operation, operation->conflict_id);
	} else if (is_nobody && operation->kind != HUBSPOT_UPDATE) {
		enter(operation, CREATE); /* one of ours that was lost may still arrive: that stays
					     unknown */
	} else {
		if (operation->may_be_applied) {
			operation->ending.outcome = HUBSPOT_UNKNOWN;
			operation->ending.is_retryable = operation_is_safe_again(operation);
		}
		end(operation);
	}
}

static void updated(struct operation *operation) {
	if (operation->ending.failure == HUBSPOT_NOT_FOUND && operation->look_ups < LOOK_UPS_MAX) {
		order_give_id(operation);
		look_again(operation);
		return;
	}
	recent_note(operation);
	end(operation);
}

/* The record in the way, when HubSpot's words can only mean the key; else NULL: it has to be looked
 * for. */
static const char *known_conflict(const struct operation *operation) {
	bool is_about_key = is_email_of_contact(operation->object, operation->id_property);
	return is_about_key && !operation->was_create_unknown
		? operation->ending.refusal.existing_id
		: NULL;
}

static void conflicted(struct operation *operation) {
	const char *existing_id = known_conflict(operation);
	if (existing_id != NULL && operation->kind == HUBSPOT_UPSERT) {
		char *id = strdup(existing_id);
		if (id != NULL) {
			update_found(operation, id);
		} else {
			operation_fail(
				operation, HUBSPOT_OUT_OF_MEMORY, HUBSPOT_NOT_APPLIED, true, 0);
		}
		free(id);
	} else if (operation->kind == HUBSPOT_UPSERT || operation->was_create_unknown) {
		const char *id = operation->ending.refusal.existing_id;
		free(operation->conflict_id);
		operation->conflict_id = strdup(id != NULL ? id : "");
		enter(operation, LOOK_UP);
	} else { /* creating is all that was asked for */
		end(operation);
	}
}

static void created(struct operation *operation) {
	struct ending *ending = &operation->ending;
	if (ending->is_look_up) {
		operation->may_be_applied = true;
		operation->was_create_unknown = true;
		enter(operation, LOOK_UP);
	} else if (ending->failure == HUBSPOT_CONFLICT && operation->id_property != NULL) {
		conflicted(operation);
	} else {
		ending->is_created = ending->failure == HUBSPOT_OK;
		recent_note(operation);
		end(operation);
	}
}

static const struct {
	const char *name;
	void (*ask)(struct operation *operation);
	void (*answered)(struct operation *operation);
} STATES[] = {
	[PLAIN] = {"plain", ask_plain, end},
	[LOOK_UP] = {"look-up", ask_look_up, looked_up},
	[FIND] = {"find", ask_find, searched},
	[UPDATE] = {"update", ask_update, updated},
	[CREATE] = {"create", ask_create, created},
	[NATIVE] = {"native", ask_native, end},
};

static void enter(struct operation *operation, enum state state) {
	operation->state = (int)state;
	STATES[state].ask(operation);
}

static void upsert_down(struct operation *operation) {
	enter(operation,
		operation->state == NOT_BEGUN ? first_state(operation)
					      : (enum state)operation->state);
}

static void upsert_up(struct operation *operation) {
	if (operation->done == NULL) { /* detached: no further step */
		end(operation);
		return;
	}
	STATES[operation->state].answered(operation);
}

const struct stage upsert_stage = {"upsert", upsert_down, upsert_up};
