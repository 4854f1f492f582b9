/*
 * Stage: one write at a time per record, in arrival order.
 *
 * A record is known by its key (object, property, value) or by its id (object, id); an operation
 * may own one of each. The key is taken first, on arrival; the id when it is known: on arrival, or
 * after a look-up. Since nobody who owns an id ever waits for a key, two operations cannot wait for
 * each other. Reads and raw operations are not ordered.
 */
#include "hubspot/inside.h"

#define uthash_fatal(message) uthash_refuse()
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "base/log.h"
#include "base/str.h"

enum { WAITING_MAX = 100, BUSY_RETRY_MS = 2000 };

struct record {
	UT_hash_handle hh;
	struct operation *owner; /* NULL only while it is handed over */
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
	list_init(&record->waiting);
	memcpy(record->name, name, length + 1);
	HASH_ADD_KEYPTR(hh, client->records, record->name, length, record);
	if (record->hh.tbl == NULL) { /* HASH_NONFATAL_OOM: it could not be added */
		free(record);
		return NULL;
	}
	return record;
}

enum taken { OWNED, WAITS, REFUSED };

static void refuse(
	struct operation *operation, enum hubspot_failure failure, uint64_t retry_after_ms) {
	operation_fail(operation, failure,
		operation->may_be_applied ? HUBSPOT_UNKNOWN : HUBSPOT_NOT_APPLIED,
		!operation->may_be_applied || operation_is_safe_again(operation), retry_after_ms);
}

static enum taken take(struct operation *operation, struct record **place, const char *property,
	const char *value) {
	char *name = record_name(operation->object, property, value);
	struct record *record = name != NULL ? find_or_make(operation->client, name) : NULL;
	free(name);
	if (record == NULL) {
		refuse(operation, HUBSPOT_OUT_OF_MEMORY, 0);
		return REFUSED;
	}
	if (record->owner == NULL) {
		record->owner = operation;
		*place = record;
		return OWNED;
	}
	if (record->waiting_count >= WAITING_MAX) {
		refuse(operation, HUBSPOT_BUSY, BUSY_RETRY_MS);
		return REFUSED;
	}
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

/* Gives the record to the oldest that waits for it, or forgets it. */
static void hand_over(struct hubspot *client, struct record *record) {
	record->owner = NULL;
	if (list_is_empty(&record->waiting)) {
		HASH_DEL(client->records, record);
		free(record);
		return;
	}
	struct operation *next = list_first(&record->waiting, struct operation, link);
	list_remove(&next->link);
	record->waiting_count--;
	record->owner = next;
	next->place = PLACE_NONE;
	next->stage = 1; /* this stage's, whether it waited on arrival or after its look-up */
	stage_down(next);
}

static void mark_stale(const struct operation *owner, struct record *record) {
	if (owner->kind != HUBSPOT_ARCHIVE || owner->ending.outcome == HUBSPOT_NOT_APPLIED) {
		return;
	}
	list_for_each (operation, &record->waiting, struct operation, link) {
		operation->is_stale = true;
	}
}

static void give(struct operation *operation, struct record **place) {
	struct record *record = *place;
	*place = NULL;
	if (record != NULL && record->owner == operation) {
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
	give(operation, &operation->id_record);
	give(operation, &operation->key_record);
	stage_up(operation);
}

const struct stage order_stage = {"order", order_down, order_up};
