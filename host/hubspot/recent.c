/*
 * What we wrote lately, by a key that only the search index knows: HubSpot's index lags its writes
 * by seconds, so a company created just now is not found by its domain. Kept for RECENT_MS,
 * bounded, oldest forgotten first.
 */
#include "hubspot/inside.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "base/clock.h"
#include "base/str.h"

enum { RECENT_MS = 120000, RECENT_MAX = 20000 };

struct recent {
	UT_hash_handle hh; /* uthash keeps the order of insertion: oldest first */
	uint64_t at_ms;
	char id[24];
	char name[];
};

static void forget(struct hubspot *client, struct recent *recent) {
	HASH_DEL(client->recent, recent);
	free(recent);
}

static struct recent *find(struct hubspot *client, const struct operation *operation) {
	char *name =
		str_format("%s\n%s\n%s", operation->object, operation->id_property, operation->id);
	struct recent *recent = NULL;
	if (name != NULL) {
		HASH_FIND_STR(client->recent, name, recent);
	}
	free(name);
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
	const struct recent *recent = find(operation->client, operation);
	return recent != NULL ? recent->id : NULL;
}

void recent_forget(const struct operation *operation) {
	struct recent *recent = find(operation->client, operation);
	if (recent != NULL) {
		forget(operation->client, recent);
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
	char *name =
		str_format("%s\n%s\n%s", operation->object, operation->id_property, operation->id);
	size_t length = name != NULL ? strlen(name) : 0;
	struct recent *recent = name != NULL ? calloc(1, sizeof(*recent) + length + 1) : NULL;
	if (recent == NULL || strlen(id) >= sizeof(recent->id)) {
		free(recent); /* not noted: the search finds it once the index has it */
		free(name);
		return;
	}
	memcpy(recent->name, name, length + 1);
	free(name);
	snprintf(recent->id, sizeof(recent->id), "%s", id);
	recent->at_ms = clock_now_ms();
	HASH_ADD_KEYPTR(hh, client->recent, recent->name, length, recent);
	if (recent->hh.tbl == NULL) {
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
