/*
 * The gate of every write, whole: what a caller sent, alone or in a batch, becomes what HubSpot is
 * asked, or an answer that says all that is wrong with it.
 */
#include "object/links.h"
#include "object/write.h"

#include <assert.h>

#include "base/log.h"
#include "http/http.h"
#include "schema/schema.h"

static const struct mode {
	const char *name;
	enum hubspot_kind with_key;
	enum hubspot_kind without_key; /* 0: there is none */
} modes[] = {
	{"upsert", HUBSPOT_UPSERT, HUBSPOT_CREATE},
	{"create", HUBSPOT_CREATE, HUBSPOT_CREATE},
	{"update", HUBSPOT_UPDATE, 0},
};

static const struct mode *find_mode(const char *name) {
	if (name == NULL) {
		return &modes[0];
	}
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].name, name) == 0) {
			return &modes[i];
		}
	}
	return NULL;
}

const char *write_mode_fault(const struct object *object, const char *name) {
	const struct mode *mode = find_mode(name);
	if (mode == NULL) {
		return "mode must be upsert, create or update";
	}
	return object->key == NULL && mode->without_key == 0
		? "mode=update needs a key, and this object has none: use PATCH with the record's "
		  "id"
		: NULL;
}

/* ---- refusals: each is false ---- */

static bool refuse_invalid(const struct object *object, const struct write_wanted *wanted,
	const json_t *errors, struct answer *refused) {
	char message[INVALID_MESSAGE_SIZE];
	const struct http_problem problem = invalid_record(object, errors, message);
	answer_problem(&problem, wanted->behalf.label, refused);
	return false;
}

/* Nothing that the caller could mend. */
static bool refuse_broken(const struct object *object, const struct write_wanted *wanted,
	const char *fault, struct answer *refused) {
	LOG_ERROR("plugin failed", log_text("plugin", object->owner.name),
		log_text("object", object->path + 1), log_text("callback", "prepare"),
		log_text("why", fault), log_text("request_id", wanted->behalf.label));
	answer_problem(&(struct http_problem){.status = 500,
			       .code = "plugin_failed",
			       .message = "the plugin that this object belongs to failed to "
					  "prepare the record; tell its operator"},
		wanted->behalf.label, refused);
	return false;
}

static bool refuse_keyless(
	const struct object *object, const struct write_wanted *wanted, struct answer *refused) {
	char message[128];
	json_auto_t *errors = json_array();
	snprintf(message, sizeof(message), "is required: it identifies the %.64s", object->name);
	(void)json_array_append_new(errors, field_error(object->key->name, "required", message));
	return refuse_invalid(object, wanted, errors, refused);
}

static bool refuse_empty(const struct write_wanted *wanted, struct answer *refused) {
	static const char why[] = "there is nothing to update: the body has no properties";
	json_auto_t *errors = json_array();
	(void)json_array_append_new(errors, field_error(NULL, "minProperties", why));
	answer_problem(&(struct http_problem){.status = 422,
			       .code = "validation_failed",
			       .message = why,
			       .errors = errors},
		wanted->behalf.label, refused);
	return false;
}

void answer_no_room(const struct object *object, const char *label, struct answer *answer) {
	const struct hubspot_result result = {.failure = HUBSPOT_OUT_OF_MEMORY,
		.outcome = HUBSPOT_NOT_APPLIED,
		.is_retryable = true};
	answer_write(object, HUBSPOT_UPDATE, &result, label, answer);
}

/* ---- the gate ---- */

/* *rest is a new reference to the body without its associations, which stay in `accepted`. */
static bool take_associations(
	const struct object *object, const json_t *body, json_t **rest, struct accepted *accepted) {
	json_t *associations = json_object_get(body, "associations");
	if (associations == NULL || (object->offers & HSC_OBJECT_LINKS) == 0) {
		*rest = json_incref((json_t *)body);
		return true;
	}
	*rest = json_copy((json_t *)body);
	accepted->associations = json_incref(associations);
	return *rest != NULL && json_object_del(*rest, "associations") == 0;
}

/* A part without any property has nothing to prepare. */
static bool is_prepared(const struct object *object, const json_t *record, bool is_part) {
	return object->owner.prepare != NULL && (!is_part || json_object_size(record) > 0);
}

/* A new reference. NULL: see `errors` and *fault; without any: out of memory. */
static json_t *convert_record(const struct object *object, const json_t *record, bool is_part,
	json_t *errors, const char **fault) {
	json_t *accepted = record_accept(object, record, is_part ? SCHEMA_PARTIAL : 0, errors);
	if (accepted == NULL || json_array_size(errors) > 0) { /* these are of the links */
		json_decref(accepted);
		return NULL;
	}
	if (!is_prepared(object, record, is_part)) {
		return accepted;
	}
	json_decref(accepted);
	return record_prepare(object, record, is_part, errors, fault);
}

/* Without a record, errors and *fault: out of memory. */
static void convert_body(const struct object *object, const struct write_wanted *wanted,
	struct accepted *accepted, json_t *errors, const char **fault) {
	json_t *rest = NULL;
	if (take_associations(object, wanted->body, &rest, accepted)) {
		bool are_good = accepted->associations == NULL ||
			links_check(accepted->associations, errors);
		accepted->record = convert_record(object, rest, wanted->id != NULL, errors, fault);
		if (are_good && links_count(accepted->associations) == 0) {
			json_decref(accepted->associations); /* empty lists ask for nothing */
			accepted->associations = NULL;
		}
	}
	json_decref(rest);
}

static bool has_value(const json_t *record, const struct property *property) {
	return json_string_length(json_object_get(record, property->hubspot)) > 0;
}

/* Does it say which record, and what of it? */
static bool is_complete(const struct object *object, const struct write_wanted *wanted,
	const struct accepted *accepted, struct answer *refused) {
	bool is_part = wanted->id != NULL;
	if (is_part && json_object_size(accepted->record) == 0 && accepted->associations == NULL) {
		return refuse_empty(wanted, refused);
	}
	bool needs_key = !is_part && object->key != NULL && accepted->kind != HUBSPOT_CREATE;
	if (needs_key && !has_value(accepted->record, object->key)) {
		return refuse_keyless(object, wanted, refused);
	}
	return true;
}

static enum hubspot_kind kind_of(const struct object *object, const struct write_wanted *wanted) {
	const struct mode *mode = find_mode(wanted->mode);
	if (wanted->id != NULL) {
		return HUBSPOT_UPDATE;
	}
	assert(mode != NULL);
	return object->key != NULL ? mode->with_key : mode->without_key;
}

bool write_accept(const struct object *object, const struct write_wanted *wanted,
	struct accepted *accepted, struct answer *refused) {
	*accepted = (struct accepted){.kind = kind_of(object, wanted)};
	json_auto_t *errors = json_array();
	const char *fault = NULL;
	if (errors != NULL) {
		convert_body(object, wanted, accepted, errors, &fault);
	}
	if (fault != NULL) {
		refuse_broken(object, wanted, fault, refused);
	} else if (accepted->record == NULL && json_array_size(errors) == 0) {
		answer_no_room(object, wanted->behalf.label, refused);
	} else if (accepted->record == NULL) {
		refuse_invalid(object, wanted, errors, refused);
	} else if (is_complete(object, wanted, accepted, refused)) {
		return true;
	}
	accepted_finish(accepted);
	return false;
}

void accepted_finish(struct accepted *accepted) {
	json_decref(accepted->record);
	json_decref(accepted->associations);
	*accepted = (struct accepted){.record = NULL};
}
