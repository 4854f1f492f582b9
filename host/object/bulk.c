/*
 * POST path/batch: many records in one request, each with an answer of its own.
 *
 * A batch is admitted as a whole or not at all. When all its records are ready they go in one turn,
 * in the order of the body: so those that share a key are written in that order, and the others
 * fill whole calls. Then each goes its own way (write.c), and the reply is sent when the last of
 * them has told.
 */
#include "object/links.h"
#include "object/write.h"

#include "base/clock.h"
#include "base/list.h"
#include "base/json.h"
#include "base/str.h"
#include "http/http.h"

enum {
	INPUTS_MAX = 1000,
	OWNERS_MS = 10 * 1000, /* to look them up: at most, and at most ... */
	OWNERS_PART = 3        /* ... this part of the time that there is */
};

struct entry {
	struct batch *batch;
	struct write *write; /* NULL: it has told */
	json_t *reply;
};

struct batch {
	struct list link; /* of unsent, until it has gone */
	const struct object *object;
	struct http_request *request;
	size_t waiting; /* entries that have not told */
	size_t unready; /* of these: their owner is not known yet, and all wait for them */
	size_t created, updated, failed;
	size_t not_applied; /* of those that failed */
	bool has_gone;      /* all are on their way, or over */
	bool is_flawed;     /* something of it went wrong */
	bool has_record;    /* "record" stands in one entry at least */
	uint64_t retry_after_ms;
	size_t count;
	struct entry entries[];
};

static struct list unsent = {&unsent, &unsent};

/* ---- the reply ---- */

static json_t *results_of(const struct batch *batch) {
	json_t *results = json_array();
	for (size_t i = 0; i < batch->count; i++) {
		if (json_array_append(results, batch->entries[i].reply) != 0) {
			json_decref(results);
			return NULL;
		}
	}
	return results;
}

static json_t *reply_of(const struct batch *batch) {
	const char *status = batch->failed == batch->count ? "error"
		: batch->is_flawed                         ? "partial"
							   : "success";
	/* The whole may be sent again with the same Idempotency-Key then. */
	const char *outcome = batch->not_applied == batch->count ? "not_applied" : NULL;
	return json_pack("{s:s, s:s*, s:{s:I, s:I, s:I}, s:o}", "status", status, "outcome",
		outcome, "counts", "created", (json_int_t)batch->created, "updated",
		(json_int_t)batch->updated, "failed", (json_int_t)batch->failed, "results",
		results_of(batch));
}

static void batch_free(struct batch *batch) {
	list_remove(&batch->link);
	for (size_t i = 0; i < batch->count; i++) {
		json_decref(batch->entries[i].reply);
	}
	free(batch);
}

static void finish(struct batch *batch) {
	struct http_request *request = batch->request;
	const struct answer answer = {.status = batch->is_flawed ? 207 : 200,
		.body = reply_of(batch),
		.retry_after_ms = batch->retry_after_ms};
	if (batch->has_record) {
		(void)http_reply_header(request, "Preference-Applied", "return=representation");
	}
	batch_free(batch);
	answer_send(request, &answer);
}

/* ---- its entries ---- */

static void count_in(struct batch *batch, const struct answer *answer) {
	const char *action = json_string_value(json_object_get(answer->body, "action"));
	bool has_failed = answer->body == NULL || answer->status >= 400;
	batch->failed += has_failed;
	batch->not_applied += has_failed &&
		str_is_equal(json_member_text(answer->body, "outcome"), "not_applied");
	batch->created += !has_failed && str_is_equal(action, "created");
	batch->updated += !has_failed && !str_is_equal(action, "created");
	batch->is_flawed |= has_failed || answer->status == 207;
	batch->has_record |= json_is_object(json_object_get(answer->body, "record"));
	if (answer->retry_after_ms > batch->retry_after_ms) {
		batch->retry_after_ms = answer->retry_after_ms;
	}
}

/* Keeps a reference to the answer's body. */
static void keep(struct entry *entry, const struct answer *answer) {
	struct batch *batch = entry->batch;
	count_in(batch, answer);
	entry->reply = json_incref(answer->body);
	if (entry->reply == NULL) {
		entry->reply = json_pack("{s:s, s:s, s:s, s:b, s:s}", "status", "error", "code",
			"unavailable", "message", "the connector has no room for this now",
			"retryable", 0, "outcome", "unknown");
	}
	(void)json_object_set_new(
		entry->reply, "index", json_integer((json_int_t)(entry - batch->entries)));
}

/* The write is dead, and this is the answer. */
static void settle(struct entry *entry, const struct answer *answer) {
	entry->write = NULL;
	entry->batch->waiting--;
	keep(entry, answer);
}

static void go(struct batch *batch) {
	batch->has_gone = true;
	list_remove(&batch->link);
	list_init(&batch->link);
	for (size_t i = 0; i < batch->count; i++) {
		struct entry *entry = &batch->entries[i];
		struct answer refused;
		if (entry->write != NULL && !write_go(entry->write, &refused)) {
			settle(entry, &refused);
			json_decref(refused.body);
		}
	}
}

/* True: that was its end. */
static bool go_on(struct batch *batch) {
	if (batch->unready == 0 && !batch->has_gone) {
		go(batch);
	}
	if (batch->waiting > 0) {
		return false;
	}
	finish(batch);
	return true;
}

static void ready(void *ctx) {
	struct entry *entry = ctx;
	entry->batch->unready--;
	go_on(entry->batch);
}

static void told(const struct answer *answer, void *ctx) {
	struct entry *entry = ctx;
	struct batch *batch = entry->batch;
	batch->unready -= !batch->has_gone; /* its owner is nobody */
	settle(entry, answer);
	go_on(batch);
}

static void refuse_input(struct entry *entry, const char *label) {
	struct answer refused;
	char message[INVALID_MESSAGE_SIZE];
	json_auto_t *errors = json_array();
	(void)json_array_append_new(errors, field_error(NULL, "type", "must be an object"));
	const struct http_problem problem = invalid_record(entry->batch->object, errors, message);
	answer_problem(&problem, label, &refused);
	keep(entry, &refused);
	json_decref(refused.body);
}

static void start_entry(struct entry *entry, const struct write_wanted *wanted) {
	struct batch *batch = entry->batch;
	struct answer refused;
	if (!json_is_object(wanted->body)) {
		refuse_input(entry, wanted->behalf.label);
		return;
	}
	entry->write = write_start(batch->object, wanted, told, entry, &refused);
	if (entry->write != NULL) {
		batch->waiting++;
		batch->unready += !write_is_ready(entry->write);
		return;
	}
	keep(entry, &refused);
	json_decref(refused.body);
}

/* The client has left. What has been sent runs out unheard. */
static void leave(struct http_request *request, void *ctx) {
	struct batch *batch = ctx;
	(void)request;
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->entries[i].write != NULL) {
			write_cancel(batch->entries[i].write);
		}
	}
}

/* ---- admission ---- */

/* Appends what is wrong with the body as a whole. */
static void check_body(const json_t *body, json_t *errors) {
	const json_t *inputs = json_object_get(body, "inputs");
	size_t count = json_array_size(inputs);
	const char *name = NULL;
	json_t *value = NULL;
	const char *code = inputs == NULL ? "required"
		: !json_is_array(inputs)  ? "type"
		: count == 0              ? "minItems"
		: count > INPUTS_MAX      ? "maxItems"
					  : NULL;
	if (code != NULL) {
		(void)json_array_append_new(errors,
			field_error("inputs", code, "must be an array of 1 to 1,000 records"));
	}
	json_object_foreach ((json_t *)body, name, value) {
		if (strcmp(name, "inputs") != 0) {
			(void)json_array_append_new(errors,
				field_error(name, "additionalProperties", "is not known here"));
		}
	}
}

/* The records of the body, borrowed. NULL: the request has been refused. */
static const json_t *read_inputs(struct http_request *request) {
	const json_t *body = http_body(request);
	json_auto_t *errors = json_array();
	check_body(body, errors);
	if (json_array_size(errors) == 0) {
		return json_object_get(body, "inputs");
	}
	http_refuse(request,
		&(struct http_problem){.status = 422,
			.code = "validation_failed",
			.message =
				"a batch is {\"inputs\": [record, ...]}, with 1 to 1,000 records",
			.errors = errors});
	return NULL;
}

/* False: the request has been refused, for one of its records. */
static bool may_link_all(
	const struct object *object, struct http_request *request, const json_t *inputs) {
	size_t index = 0;
	json_t *record = NULL;
	json_array_foreach (inputs, index, record) {
		if (!may_link(object, request, record)) {
			return false;
		}
	}
	return true;
}

static int refuse_busy(struct http_request *request, uint64_t retry_after_ms) {
	http_refuse(request,
		&(struct http_problem){.status = 503,
			.code = "busy",
			.message = "none of this batch was taken: HubSpot is away, too much waits "
				   "for it already, or the request's time is too short for so many",
			.is_retryable = true,
			.retry_after_ms = retry_after_ms});
	return HTTP_REPLIED;
}

/* Rows that were admitted, and wait for their owners: HubSpot does not know of them yet. */
static size_t rows_to_come(const struct hubspot *hubspot) {
	size_t rows = 0;
	list_for_each (batch, &unsent, struct batch, link) {
		rows += batch->object->hubspot == hubspot ? batch->waiting : 0;
	}
	return rows;
}

/* For so many, for those to come, and for the links of them all, which take the places of rows that
 * are over before the next batch does: those only where there are so many places. */
static bool has_room(const struct object *object, const struct behalf *behalf, size_t count,
	uint64_t *retry_after_ms) {
	size_t to_come = rows_to_come(object->hubspot);
	const size_t others[] = {to_come + LINKS_UNDER_WAY_MAX, to_come, 0};
	bool has_room = false;
	*retry_after_ms = 0;
	for (size_t i = 0; !has_room && *retry_after_ms == 0 && i < 3; i++) {
		has_room = hubspot_has_room_for(object->hubspot, count + others[i], &behalf->caller,
				   behalf->priority, behalf->deadline_ms, retry_after_ms) &&
			(i < 2 || to_come == 0);
	}
	return has_room;
}

/* NULL: the request has been refused. */
static struct batch *admit(const struct object *object, struct http_request *request,
	const struct behalf *behalf, size_t count) {
	uint64_t retry_after_ms = 0;
	bool is_admitted = has_room(object, behalf, count, &retry_after_ms);
	if (!is_admitted && retry_after_ms == 0) {
		refuse(request, 413, "batch_too_large",
			"this connector never has room for so many records at once");
		return NULL;
	}
	if (!is_admitted) {
		refuse_busy(request, retry_after_ms);
		return NULL;
	}
	struct batch *batch = calloc(1, sizeof(*batch) + count * sizeof(batch->entries[0]));
	if (batch == NULL) {
		refuse_for_room(object, HUBSPOT_UPSERT, request);
		return NULL;
	}
	*batch = (struct batch){.object = object, .request = request, .count = count};
	list_init(&batch->link);
	list_append(&unsent, &batch->link);
	return batch;
}

/* An owner's look-up that hangs is the end of its own row, not of them all. */
static uint64_t owners_by_ms(uint64_t deadline_ms) {
	uint64_t now_ms = clock_now_ms();
	uint64_t part_ms = deadline_ms > now_ms ? (deadline_ms - now_ms) / OWNERS_PART : 0;
	return now_ms + (part_ms < OWNERS_MS ? part_ms : OWNERS_MS);
}

int serve_batch(struct http_request *request, void *ctx) {
	static const char *const query[] = {"mode", NULL};
	const struct object *object = ctx;
	if (!http_check_query(request, query)) {
		return HTTP_REPLIED;
	}
	struct write_wanted wanted = {.mode = http_query_param(request, "mode"),
		.wants_record = prefers_record(request),
		.behalf = behalf_of(request, true),
		.owner_by_ms = owners_by_ms(http_deadline_ms(request)),
		.ready = ready};
	const char *fault = write_mode_fault(object, wanted.mode);
	if (fault != NULL) {
		return refuse(request, 400, "invalid_parameter", fault);
	}
	const json_t *inputs = read_inputs(request);
	if (inputs == NULL || (wanted.wants_record && !may_read(object, request)) ||
		!may_link_all(object, request, inputs)) {
		return HTTP_REPLIED;
	}
	struct batch *batch = admit(object, request, &wanted.behalf, json_array_size(inputs));
	if (batch == NULL) {
		return HTTP_REPLIED;
	}
	for (size_t i = 0; i < batch->count; i++) {
		batch->entries[i].batch = batch;
		wanted.body = json_array_get(inputs, i);
		start_entry(&batch->entries[i], &wanted);
	}
	if (go_on(batch)) {
		return HTTP_REPLIED;
	}
	http_on_gone(request, leave, batch);
	return HTTP_LATER;
}
