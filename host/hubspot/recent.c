/*
 * What we wrote lately, by a key that only the search index knows: HubSpot's index lags its writes
 * by seconds, so a company created just now is not found by its domain. Kept for RECENT_MS,
 * bounded, oldest forgotten first.
 *
 * A company has one domain at a time, so an entry is found by either. What takes the domain from
 * the company makes a former one of the entry: for as long, the index may still tell what is over.
 * What may have done so, or may have done anything, has the entry forgotten.
 */
#include "hubspot/inside.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"

enum { RECENT_MS = 120000, RECENT_MAX = 20000 };

#define KEY "domain" /* the only such key, of companies: operation_has_soft_key() */

struct recent {
	UT_hash_handle hh; /* by name; uthash keeps the order of insertion: oldest first */
	UT_hash_handle by_id;
	uint64_t at_ms;
	bool is_former; /* the record had the key, and has it no more */
	char id[24];
	char name[]; /* the key's value */
};

static void forget(struct hubspot *client, struct recent *recent) {
	HASH_DELETE(hh, client->recent, recent);
	HASH_DELETE(by_id, client->recent_ids, recent);
	free(recent);
}

static struct recent *find(const struct operation *operation) {
	struct recent *recent = NULL;
	HASH_FIND_STR(operation->client->recent, operation->id, recent);
	return recent;
}

static struct recent *find_id(struct hubspot *client, const char *id) {
	struct recent *recent = NULL;
	if (id != NULL) {
		HASH_FIND(by_id, client->recent_ids, id, strlen(id), recent);
	}
	return recent;
}

static void forget_old(struct hubspot *client) {
	uint64_t now_ms = clock_now_ms();
	while (client->recent != NULL &&
		(client->recent->at_ms + RECENT_MS <= now_ms ||
			HASH_COUNT(client->recent) > RECENT_MAX)) {
		forget(client, client->recent);
	}
}

const char *recent_find(const struct operation *operation) {
	forget_old(operation->client);
	const struct recent *recent = find(operation);
	return recent != NULL && !recent->is_former ? recent->id : NULL;
}

void recent_forget(const struct operation *operation) {
	struct recent *recent = find(operation);
	if (recent != NULL) {
		forget(operation->client, recent);
	}
}

/* False: no memory; it is not linked then. */
static bool add(struct hubspot *client, struct recent *recent) {
	HASH_ADD_KEYPTR(hh, client->recent, recent->name, strlen(recent->name), recent);
	if (recent->hh.tbl == NULL) {
		return false;
	}
	HASH_ADD_KEYPTR(by_id, client->recent_ids, recent->id, strlen(recent->id), recent);
	if (recent->by_id.tbl == NULL) {
		HASH_DELETE(hh, client->recent, recent);
		return false;
	}
	return true;
}

/* It is the youngest from now on. */
static void renew(struct hubspot *client, struct recent *recent) {
	HASH_DELETE(hh, client->recent, recent);
	HASH_DELETE(by_id, client->recent_ids, recent);
	recent->at_ms = clock_now_ms();
	if (!add(client, recent)) {
		free(recent);
	}
}

void recent_note(const struct operation *operation) {
	struct hubspot *client = operation->client;
	const char *id = operation_record_id(operation);
	if (operation->ending.failure != HUBSPOT_OK || id == NULL ||
		!operation_has_soft_key(operation)) {
		return;
	}
	recent_forget(operation); /* noted again it is the youngest */
	struct recent *other = find_id(client, id);
	if (other != NULL) {
		forget(client, other);
	}
	size_t length = strlen(operation->id);
	struct recent *recent = calloc(1, sizeof(*recent) + length + 1);
	if (recent == NULL || strlen(id) >= sizeof(recent->id)) {
		free(recent); /* not noted: the search finds it once the index has it */
		return;
	}
	memcpy(recent->name, operation->id, length + 1);
	snprintf(recent->id, sizeof(recent->id), "%s", id);
	recent->at_ms = clock_now_ms();
	if (!add(client, recent)) {
		free(recent);
		return;
	}
	forget_old(client);
}

void recent_finish(struct hubspot *client) {
	while (client->recent != NULL) {
		forget(client, client->recent);
	}
}

/* ---- what makes an entry untrue ---- */

static bool is_of_companies(const char *object) {
	return str_is_equal(object, "companies") || str_is_equal(object, "0-2");
}

/* A plugin's own call may write any company, or merge two. */
static bool is_raw_write(const struct operation *operation) {
	const char *call = operation->object;
	return operation->kind == HUBSPOT_RAW && !str_starts_with(call, "GET ") &&
		(strstr(call, "/companies") != NULL || strstr(call, "/0-2") != NULL) &&
		!str_ends_with(call, "/search") && !str_ends_with(call, "/batch/read") &&
		strstr(call, "/associations/") == NULL;
}

static void learn_of(const struct operation *operation, const char *id) {
	const struct ending *ending = &operation->ending;
	struct recent *recent = find_id(operation->client, id);
	const json_t *value = json_object_get(operation->step_body, KEY);
	bool is_archive = operation->step == STEP_ARCHIVE;
	if (recent == NULL ||
		(!is_archive && value == NULL && ending->failure != HUBSPOT_NOT_FOUND)) {
		return;
	}
	if (ending->failure != HUBSPOT_OK) {
		if (!recent->is_former || ending->failure != HUBSPOT_NOT_FOUND) {
			forget(operation->client, recent);
		}
		return;
	}
	const char *now = is_archive ? NULL : json_string_value(value);
	bool is_former = now == NULL || strcasecmp(now, recent->name) != 0;
	if (is_former || recent->is_former) {
		recent->is_former = is_former;
		renew(operation->client, recent);
	}
}

void recent_learn(const struct operation *operation) {
	struct hubspot *client = operation->client;
	const struct ending *ending = &operation->ending;
	bool is_gone = ending->failure == HUBSPOT_NOT_FOUND;
	if (client->recent == NULL || (ending->outcome == HUBSPOT_NOT_APPLIED && !is_gone)) {
		return;
	}
	bool is_write = operation->step == STEP_UPDATE || operation->step == STEP_UPSERT ||
		operation->step == STEP_ARCHIVE;
	const char *id = operation_record_id(operation);
	bool is_unnamed = id == NULL && json_object_get(operation->step_body, KEY) != NULL;
	if (is_raw_write(operation)) {
		recent_finish(client);
	} else if (is_write && is_of_companies(operation->object) && is_unnamed && !is_gone) {
		recent_finish(client); /* nobody knows whose domain it was */
	} else if (is_write && is_of_companies(operation->object)) {
		learn_of(operation, id);
		/* the record may have answered by another id: that of a merge */
		learn_of(operation, operation->id_property == NULL ? operation->id : NULL);
	}
}

void recent_correct(struct operation *operation) {
	struct ending *ending = &operation->ending;
	const struct recent *recent = find(operation);
	if (operation->kind != HUBSPOT_READ && ending->failure == HUBSPOT_OK && recent != NULL &&
		recent->is_former &&
		str_is_equal(recent->id, json_member_text(ending->record, "id"))) {
		ending_clear(ending);
		*ending = (struct ending){.failure = HUBSPOT_NOT_FOUND,
			.outcome = HUBSPOT_NOT_APPLIED,
			.status = 404};
	}
}
