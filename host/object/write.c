/*
 * The life of one record's write, whether it came alone or in a batch:
 *
 *     accepted > owner known > sent > linked > read back > told
 *
 * Looking an owner up, linking and reading back are left out where nothing of it was asked for, or
 * the caller has left. One of a batch rests between owner known and sent, until write_go(). Else
 * one thing is under way at any time, and its end takes the next step. Nothing but tell() ends a
 * write that has been sent.
 */
#include "object/write.h"

#include "base/str.h"
#include "http/http.h"

struct write {
	const struct object *object;
	struct write_wanted wanted; /* but not what was borrowed for the start */
	write_told_fn *told;
	void *ctx;
	struct accepted accepted;
	bool is_ready; /* owner known */
	bool is_cancelled;
	struct hubspot_handle *handle; /* of what is under way at HubSpot */
	struct links *links;           /* of the links that are being made */
	char *id; /* PATCH, and once written when more than that is wanted: the record's; or NULL */
	struct answer answer;
};

/* ---- told ---- */

static void write_free(struct write *write) {
	accepted_finish(&write->accepted);
	json_decref(write->answer.body);
	free(write->id);
	free(write);
}

static void tell(struct write *write) {
	write->told(&write->answer, write->ctx);
	write_free(write);
}

/* Something did not go well after the record had been written. */
static void warn(struct write *write, const char *code, const char *message) {
	json_t *warnings = json_object_get(write->answer.body, "warnings");
	if (warnings == NULL) {
		(void)json_object_set_new(write->answer.body, "warnings", json_array());
		warnings = json_object_get(write->answer.body, "warnings");
	}
	(void)json_array_append_new(warnings, field_error(NULL, code, message));
}

/* ---- read back ---- */

static void show(struct write *write, json_t *record, const char *why) {
	static const char what[] = "the record was written, but could not be read back";
	if (record == NULL) {
		char *message = str_format("%s: %s", what, why);
		warn(write, "record_not_read", message != NULL ? message : what);
		free(message);
	}
	(void)json_object_set_new(
		write->answer.body, "record", record != NULL ? record : json_null());
	tell(write);
}

static void was_read(const struct hubspot_result *result, void *ctx) {
	struct write *write = ctx;
	struct http_problem problem;
	struct object_problem_memory memory;
	json_t *record = NULL;
	write->handle = NULL;
	if (result->failure == HUBSPOT_OK && result->record != NULL) {
		record = object_from_hubspot(write->object, result->record);
	}
	object_problem(write->object, result, &problem, &memory);
	show(write, record, result->failure != HUBSPOT_OK ? problem.message : "no room for it");
	object_problem_finish(&memory);
}

static bool submit(
	struct write *write, struct hubspot_operation *operation, hubspot_done_fn *done) {
	operation->object = write->object->hubspot_type;
	return behalf_submit(&write->wanted.behalf, write->object->hubspot, operation, done, write,
		&write->handle);
}

static void read_back(struct write *write) {
	struct hubspot_operation operation = {
		.kind = HUBSPOT_READ, .id = write->id, .properties = write->object->asked};
	if (!write->wanted.wants_record || write->is_cancelled) {
		tell(write);
	} else if (!submit(write, &operation, was_read)) {
		show(write, NULL, "no room for it");
	}
}

/* ---- linked ---- */

static void were_linked(json_t *links, bool are_all_there, void *ctx) {
	struct write *write = ctx;
	write->links = NULL;
	(void)json_object_set(write->answer.body, "associations", links);
	if (!are_all_there) {
		write->answer.status = 207;
	}
	read_back(write);
}

static void link_up(struct write *write) {
	if (write->accepted.associations == NULL) {
		read_back(write);
		return;
	}
	write->links = write->is_cancelled
		? NULL
		: links_start(write->object, write->id, write->accepted.associations,
			  &write->wanted.behalf, were_linked, write);
	if (write->links == NULL) {
		write->answer.status = 207;
		(void)json_object_set_new(write->answer.body, "associations", json_null());
		warn(write, "not_linked", "the record was written; none of its links was made");
		read_back(write);
	}
}

/* ---- sent ---- */

static void was_written(const struct hubspot_result *result, void *ctx) {
	struct write *write = ctx;
	const char *id = NULL;
	write->handle = NULL;
	answer_write(write->object, write->accepted.kind, result, write->wanted.behalf.label,
		&write->answer);
	if (write->answer.status < 300 && write->answer.body != NULL) {
		id = json_string_value(json_object_get(write->answer.body, "id"));
	}
	if (id == NULL || (write->accepted.associations == NULL && !write->wanted.wants_record)) {
		tell(write);
		return;
	}
	free(write->id);
	write->id = strdup(id);
	if (write->id == NULL) {
		warn(write, "not_complete", "the record was written; there was no room for more");
		tell(write);
		return;
	}
	link_up(write);
}

/* A part of the record that has this id. */
static bool send_part(struct write *write) {
	struct hubspot_operation operation = {.kind = HUBSPOT_UPDATE,
		.flags = HUBSPOT_ID_ONLY,
		.id = write->id,
		.id_property = write->wanted.id_property,
		.body = write->accepted.record};
	if (json_object_size(operation.body) == 0) { /* to be linked: it only has to be there */
		operation.kind = HUBSPOT_READ;
		operation.body = NULL;
	}
	return submit(write, &operation, was_written);
}

/* The key as HubSpot stores it. The record may be the caller's own, which is not to be changed. */
static bool put_key(struct write *write, const char *id) {
	const char *name = write->object->key->hubspot;
	json_t *record = write->accepted.record;
	if (strcmp(json_string_value(json_object_get(record, name)), id) == 0) {
		return true;
	}
	json_t *own = json_copy(record);
	if (json_object_set_new(own, name, json_string(id)) != 0) {
		json_decref(own);
		return false;
	}
	json_decref(record);
	write->accepted.record = own;
	return true;
}

/* A whole record. */
static bool send_whole(struct write *write) {
	const struct property *key = write->object->key;
	json_t *record = write->accepted.record;
	const char *value =
		key != NULL ? json_string_value(json_object_get(record, key->hubspot)) : NULL;
	struct hubspot_operation operation = {
		.kind = write->accepted.kind, .flags = HUBSPOT_ID_ONLY, .body = record};
	if (value == NULL || *value == '\0') {
		return submit(write, &operation, was_written);
	}
	char *id = object_key_value(write->object, key->name, value);
	operation.id = id;
	operation.id_property = key->hubspot;
	bool is_sent = id != NULL && put_key(write, id);
	operation.body = write->accepted.record;
	is_sent = is_sent && submit(write, &operation, was_written);
	free(id);
	return is_sent;
}

/* On its way; else `refused` says why not. */
static bool send_now(struct write *write, struct answer *refused) {
	if (write->is_cancelled) {
		const struct hubspot_result left = {
			.failure = HUBSPOT_CANCELLED, .outcome = HUBSPOT_NOT_APPLIED};
		answer_write(write->object, write->accepted.kind, &left, write->wanted.behalf.label,
			refused);
		return false;
	}
	if (write->id != NULL ? !send_part(write) : !send_whole(write)) {
		answer_no_room(write->object, write->wanted.behalf.label, refused);
		return false;
	}
	json_decref(write->accepted.record); /* the operation has it */
	write->accepted.record = NULL;
	return true;
}

bool write_go(struct write *write, struct answer *refused) {
	bool has_gone = send_now(write, refused);
	if (!has_gone) {
		write_free(write);
	}
	return has_gone;
}

/* ---- owner known ---- */

/* `failed`: why the owner could not be looked up; or NULL. */
static void answer_ownerless(const struct write *write, enum owners_answer owner,
	const struct hubspot_result *failed, struct answer *answer) {
	json_auto_t *errors = owner == OWNERS_NOBODY ? owners_errors(write->object) : NULL;
	if (failed != NULL) {
		struct hubspot_result result = *failed;
		result.outcome = HUBSPOT_NOT_APPLIED;
		answer_write(write->object, write->accepted.kind, &result,
			write->wanted.behalf.label, answer);
	} else if (errors != NULL) {
		char message[INVALID_MESSAGE_SIZE];
		const struct http_problem problem = invalid_record(write->object, errors, message);
		answer_problem(&problem, write->wanted.behalf.label, answer);
	} else {
		answer_no_room(write->object, write->wanted.behalf.label, answer);
	}
}

static void owner_told(enum owners_answer owner, const struct hubspot_result *failed, void *ctx) {
	struct write *write = ctx;
	if (owner != OWNERS_READY) {
		answer_ownerless(write, owner, failed, &write->answer);
		tell(write);
		return;
	}
	write->is_ready = true;
	if (write->wanted.ready != NULL) {
		write->wanted.ready(write->ctx);
	} else if (!send_now(write, &write->answer)) {
		tell(write);
	}
}

/* False: it has been refused. */
static bool find_owner(struct write *write, struct answer *refused) {
	const struct write_wanted *wanted = &write->wanted;
	struct behalf asker = wanted->behalf;
	if (wanted->owner_by_ms != 0) {
		asker.deadline_ms = wanted->owner_by_ms;
	}
	enum owners_answer owner =
		owners_resolve(write->object, write->accepted.record, &asker, owner_told, write);
	write->is_ready = owner == OWNERS_READY;
	if (owner == OWNERS_READY || owner == OWNERS_LATER) {
		return true;
	}
	answer_ownerless(write, owner, NULL, refused);
	return false;
}

/* ---- the start ---- */

static bool start(struct write *write, struct answer *refused) {
	if (!write_accept(write->object, &write->wanted, &write->accepted, refused)) {
		return false;
	}
	write->id = write->wanted.id != NULL ? strdup(write->wanted.id) : NULL;
	if (write->id == NULL && write->wanted.id != NULL) {
		answer_no_room(write->object, write->wanted.behalf.label, refused);
		return false;
	}
	return find_owner(write, refused) &&
		(!write->is_ready || write->wanted.ready != NULL || send_now(write, refused));
}

struct write *write_start(const struct object *object, const struct write_wanted *wanted,
	write_told_fn *told, void *ctx, struct answer *refused) {
	struct write *write = calloc(1, sizeof(*write));
	if (write == NULL) {
		answer_no_room(object, wanted->behalf.label, refused);
		return NULL;
	}
	*write = (struct write){.object = object, .wanted = *wanted, .told = told, .ctx = ctx};
	if (!start(write, refused)) {
		write_free(write);
		return NULL;
	}
	write->wanted.body = NULL;
	write->wanted.id = NULL;
	return write;
}

bool write_is_ready(const struct write *write) {
	return write->is_ready;
}

void write_cancel(struct write *write) {
	write->is_cancelled = true;
	if (write->links != NULL) {
		links_cancel(write->links);
	} else if (write->handle != NULL) {
		hubspot_cancel(write->object->hubspot, write->handle);
	}
}
