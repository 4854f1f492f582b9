/*
 * Stage: one write at a time per record, in arrival order.
 *
 * A record is known by its key (object, property, value) or by its id (object, id); an operation
 * may own one of each. The key is taken first, on arrival; the id when it is known: on arrival, or
 * after a look-up. Since nobody who owns an id ever waits for a key, two operations cannot wait for
 * each other. Reads and raw operations are not ordered.
 *
 * Links of one record to others do not touch each other: any number of them, all made or all
 * removed, own the record together, so that they share calls.
 */
#include "hubspot/inside.h"

#define uthash_fatal(message) uthash_refuse()
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "base/log.h"
#include "base/str.h"

/* Who waits for more than these would wait in vain; bulk was counted when all of it was let in. */
enum { WAITING_MAX = 100, BUSY_RETRY_MS = 2000 };

struct record {
	UT_hash_handle hh;
	struct operation *owner; /* NULL while it is handed over, or shared */
	struct list sharers;     /* operations, by `sharing`, all of one kind */
	struct list waiting;     /* operations, by their link, oldest first */
	size_t waiting_count;
	char name[]; /* object, property ("" for the id) and value, apart by newlines */
};

static char *record_name(const char *object, const char *property, const char *value) {
	char *name = str_format("%s\n%s\n%s", object, property, value);
	if (name != NULL && str_is_equal(property, "email")) {
		str_lower(name); /* as HubSpot compares addresses */
	}
	return name;
}

static struct record *find_or_make(struct hubspot *client, const char *name) {
	struct record *record = NULL;
	size_t length = strlen(name);
	HASH_FIND(hh, client->records, name, length, record);
	if (record != NULL) {
		return record;
	}
	record = calloc(1, sizeof(*record) + length + 1);
	if (record == NULL) {
		return NULL;
	}
	list_init(&record->sharers);
	list_init(&record->waiting);
	memcpy(record->name, name, length + 1);
	HASH_ADD_KEYPTR(hh, client->records, record->name, length, record);
	if (record->hh.tbl == NULL) { /* HASH_NONFATAL_OOM: it could not be added */
		free(record);
		return NULL;
	}
	return record;
}

/* Those that one waits for are as urgent as it is, or it would wait for all that goes before them.
 * `after` is its place in the line, or where it will stand: all before one that is as urgent
 * already are so, too. */
static void lift(struct record *record, const struct list *after, const struct operation *waiting) {
	const struct list *at = after->prev;
	for (; at != &record->waiting; at = at->prev) {
		if (!lane_lift(list_entry(at, struct operation, link), waiting)) {
			return;
		}
	}
	list_for_each (sharer, &record->sharers, struct operation, sharing) {
		lane_lift(sharer, waiting);
	}
	struct operation *owner = record->owner;
	if (owner != NULL && lane_lift(owner, waiting) && owner->place == PLACE_ORDER &&
		owner->id_record != NULL) {
		lift(owner->id_record, &owner->link, waiting);
	}
}

static bool is_link(const struct operation *operation) {
	return operation->kind == HUBSPOT_LINK || operation->kind == HUBSPOT_UNLINK;
}

/* Nobody owns the record, or only those with whom it can be shared. */
static bool may_own(const struct record *record, const struct operation *operation) {
	const struct operation *sharer = list_first(&record->sharers, struct operation, sharing);
	return record->owner == NULL && (sharer == NULL || sharer->kind == operation->kind);
}

static void own(struct record *record, struct operation *operation) {
	if (is_link(operation)) {
		list_append(&record->sharers, &operation->sharing);
	} else {
		record->owner = operation;
	}
}

enum taken { OWNED, WAITS, REFUSED };

static enum taken take(struct operation *operation, struct record **place, const char *property,
	const char *value) {
	char *name = record_name(operation->object, property, value);
	struct record *record = name != NULL ? find_or_make(operation->client, name) : NULL;
	free(name);
	if (record == NULL) {
		operation_refuse(operation, HUBSPOT_OUT_OF_MEMORY, 0);
		return REFUSED;
	}
	if (may_own(record, operation) && list_is_empty(&record->waiting)) {
		own(record, operation);
		*place = record;
		return OWNED;
	}
	if (!operation->is_bulk && record->waiting_count >= WAITING_MAX) {
		operation_refuse(operation, HUBSPOT_BUSY, BUSY_RETRY_MS);
		return REFUSED;
	}
	lift(record, &record->waiting, operation);
	record->waiting_count++;
	list_append(&record->waiting, &operation->link);
	operation->place = PLACE_ORDER;
	*place = record;
	return WAITS;
}

static bool is_ordered(const struct operation *operation) {
	return operation->kind != HUBSPOT_READ && operation->kind != HUBSPOT_RAW &&
		operation->id != NULL;
}

static void order_down(struct operation *operation) {
	enum taken taken = OWNED;
	if (is_ordered(operation)) {
		taken = operation->id_property != NULL
			? take(operation, &operation->key_record, operation->id_property,
				  operation->id)
			: take(operation, &operation->id_record, "", operation->id);
	}
	if (taken == OWNED) {
		stage_down(operation);
	}
}

bool order_take_id(struct operation *operation) {
	return take(operation, &operation->id_record, "", operation->found_id) == OWNED;
}

/* Gives the record to the oldest that waits for it, and to those behind it that can share it; or
 * forgets it. */
static void hand_over(struct hubspot *client, struct record *record) {
	struct list owners; /* they have the record before any of them goes, and may end */
	list_init(&owners);
	record->owner = NULL;
	while (!list_is_empty(&record->waiting)) {
		struct operation *next = list_first(&record->waiting, struct operation, link);
		if (!may_own(record, next)) {
			break;
		}
		list_remove(&next->link);
		list_append(&owners, &next->link);
		record->waiting_count--;
		own(record, next);
		next->place = PLACE_NONE;
	}
	if (list_is_empty(&owners)) {
		HASH_DEL(client->records, record);
		free(record);
	}
	while (!list_is_empty(&owners)) {
		struct operation *next = list_first(&owners, struct operation, link);
		list_remove(&next->link);
		next->stage =
			1; /* this stage's, whether it waited on arrival or after its look-up */
		stage_down(next);
	}
}

/* Has the owner given the record another value of the key by which `operation` has found it? */
static bool has_changed_key(const struct operation *owner, const struct operation *operation) {
	const json_t *value = owner->step == STEP_UPDATE && operation->id_property != NULL
		? json_object_get(owner->step_body, operation->id_property)
		: NULL;
	const char *text = json_string_value(value);
	return value != NULL && (text == NULL || strcasecmp(text, operation->id) != 0);
}

static void mark_stale(const struct operation *owner, struct record *record) {
	if (owner->ending.outcome == HUBSPOT_NOT_APPLIED) {
		return;
	}
	list_for_each (operation, &record->waiting, struct operation, link) {
		operation->is_stale |=
			owner->kind == HUBSPOT_ARCHIVE || has_changed_key(owner, operation);
	}
}

static void give(struct operation *operation, struct record **place) {
	struct record *record = *place;
	*place = NULL;
	bool is_shared = !list_is_empty(&operation->sharing);
	if (record == NULL || (!is_shared && record->owner != operation)) {
		return;
	}
	list_remove(&operation->sharing);
	if (list_is_empty(&record->sharers)) {
		mark_stale(operation, record);
		hand_over(operation->client, record);
	}
}

void order_give_id(struct operation *operation) {
	give(operation, &operation->id_record);
}

void order_withdraw(struct operation *operation) {
	if (operation->place != PLACE_ORDER) {
		return;
	}
	struct record **place =
		operation->id_record != NULL && operation->id_record->owner != operation
		? &operation->id_record
		: &operation->key_record;
	(*place)->waiting_count--;
	*place = NULL;
	list_remove(&operation->link);
	operation->place = PLACE_NONE;
}

static void order_up(struct operation *operation) {
	recent_learn(operation);
	give(operation, &operation->id_record);
	give(operation, &operation->key_record);
	stage_up(operation);
}

const struct stage order_stage = {"order", order_down, order_up};
