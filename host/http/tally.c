/*
 * How many requests, with which status, and how long they took: by route, so that a request adds to
 * its own route's metrics and looks nothing up. What has no route (no such path or method, or no
 * request that could be read) is counted under "none".
 */
#include "http/connection.h"

#include "base/memory.h"
#include "base/metric.h"
#include "base/str.h"
#include "http/api_keys.h"
#include "http/idempotency.h"
#include "http/replay.h"

enum { LABELS_SIZE = 640, STATUS_MAX = 599, KEYS_TOLD = 100, KEY_LABEL_SIZE = 80 };

/* The last two: any other, and none at all (the client left before its reply, or it was no HTTP).
 */
static const char *const STATUSES[] = {"200", "201", "202", "204", "207", "301", "302", "303",
	"304", "307", "308", "400", "401", "403", "404", "405", "406", "408", "409", "410", "412",
	"413", "414", "415", "417", "422", "423", "429", "431", "500", "501", "502", "503", "504",
	"other", "none", NULL};
enum { STATUS_NONE = sizeof(STATUSES) / sizeof(STATUSES[0]) - 2, STATUS_OTHER = STATUS_NONE - 1 };

static const int64_t BOUNDS_MS[] = {
	1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 0};

static const struct metric_family REQUESTS = {.type = METRIC_COUNTER,
	.name = "connector_requests_total",
	.help = "Requests by route and status",
	.label = "status",
	.values = STATUSES};

static const struct metric_family DURATION = {.type = METRIC_HISTOGRAM,
	.name = "connector_request_duration_seconds",
	.help = "From the first byte of a request to its reply",
	.decimals = 3,
	.bounds = BOUNDS_MS};

static uint8_t cells[STATUS_MAX + 1]; /* status -> place in STATUSES */

static void number_statuses(void) {
	memset(cells, STATUS_OTHER, sizeof(cells));
	cells[0] = STATUS_NONE;
	for (size_t i = 0; i < STATUS_OTHER; i++) {
		uint64_t status = 0;
		str_to_uint(STATUSES[i], 0, STATUS_MAX, &status);
		cells[status] = (uint8_t)i;
	}
}

/* ---- by key ---- */

/* The requests of one route by the key they came with: the first KEYS_TOLD keys that the process
 * sees have their own label, all others share one. Made when the first request comes. */
struct keyed_tally {
	struct metric *requests[KEYS_TOLD + 1];
	char labels[]; /* of the route */
};

/* A name's place, for the life of the process: a key that comes back after a reload goes on. */
static size_t place_of(const char *name) {
	static char *names[KEYS_TOLD];
	size_t place = 0;
	while (place < KEYS_TOLD && names[place] != NULL) {
		if (strcmp(names[place], name) == 0) {
			return place;
		}
		place++;
	}
	if (place < KEYS_TOLD) {
		names[place] = must_strdup(name);
	}
	return place;
}

static struct metric *metric_of_key(struct keyed_tally *keyed, struct api_key *key) {
	char labels[LABELS_SIZE + KEY_LABEL_SIZE];
	if (key->tally_place == 0) {
		key->tally_place = 1 + place_of(key->caller.name);
	}
	size_t place = key->tally_place - 1;
	if (keyed->requests[place] == NULL) {
		snprintf(labels, sizeof(labels), "%s,key=\"%s\"", keyed->labels,
			place < KEYS_TOLD ? key->caller.name : "other");
		keyed->requests[place] = metric_make_of(&REQUESTS, labels);
	}
	return keyed->requests[place];
}

static struct keyed_tally *make_keyed(const char *labels) {
	size_t size = strlen(labels) + 1;
	struct keyed_tally *keyed = must_calloc(1, sizeof(*keyed) + size);
	memcpy(keyed->labels, labels, size);
	return keyed;
}

/* ---- by route ---- */

void tally_init(struct tally *tally, const char *method, const char *path) {
	char labels[LABELS_SIZE];
	int length = snprintf(labels, sizeof(labels), "method=\"%s\",route=\"%s\"",
		method == NULL ? "any" : method, path);
	if (cells[0] != STATUS_NONE) {
		number_statuses();
	}
	/* A path that no label can hold is not counted; no plugin's path is one. */
	bool fits = length > 0 && (size_t)length < sizeof(labels);
	tally->requests = fits ? metric_make_of(&REQUESTS, labels) : NULL;
	tally->duration = fits ? metric_make_of(&DURATION, labels) : NULL;
	tally->keyed = fits ? make_keyed(labels) : NULL;
}

void tally_finish(struct tally *tally) {
	free(tally->keyed);
	tally->keyed = NULL;
}

void tally_count(const struct tally *tally, struct api_key *key, int status, uint64_t took_ms) {
	size_t cell = status >= 0 && status <= STATUS_MAX ? cells[status] : STATUS_OTHER;
	bool is_keyed = key != NULL && tally->keyed != NULL;
	metric_add_at(is_keyed ? metric_of_key(tally->keyed, key) : tally->requests, cell, 1);
	metric_observe(tally->duration, (int64_t)took_ms);
}

/* ---- connections ---- */

static const char *const STATES[] = {[CONNECTION_IDLE] = "idle",
	[CONNECTION_READING] = "reading",
	[CONNECTION_BUSY] = "busy",
	[CONNECTION_STATES] = NULL};

static const struct metric_family CONNECTIONS = {.type = METRIC_GAUGE,
	.name = "connector_connections_open",
	.help = "Connections of clients, by what they do",
	.label = "state",
	.values = STATES};

static void measure(void *ctx) {
	const struct connection_tally *connections = ctx;
	for (size_t i = 0; i < CONNECTION_STATES; i++) {
		metric_set_at(connections->open, i, (int64_t)connections->table->count[i]);
	}
	metric_set(connections->limit, (int64_t)connections->table->bound);
}

void tally_connections(struct connection_tally *connections, const struct table *table) {
	connections->table = table;
	connections->open = metric_make_of(&CONNECTIONS, NULL);
	connections->limit = metric_make(METRIC_GAUGE, "connector_connections_limit", NULL,
		"Connections of clients that are accepted at most");
	metric_on_render(&connections->reader, measure, connections);
}

void tally_connections_end(struct connection_tally *connections) {
	metric_off_render(&connections->reader);
}

/* ---- idempotency keys ---- */

static const char *const KEY_EVENTS_TOLD[] = {[KEY_FIRST] = "first",
	[KEY_REPLAYED] = "replayed",
	[KEY_REUSED] = "reused",
	[KEY_MALFORMED] = "malformed",
	[KEY_BUSY] = "busy",
	[KEY_LATE] = "late",
	[KEY_EVENTS] = NULL};

static const struct metric_family KEY_REQUESTS = {.type = METRIC_COUNTER,
	.name = "connector_idempotency_requests_total",
	.help = "Requests with an Idempotency-Key, by what became of them",
	.label = "end",
	.values = KEY_EVENTS_TOLD};

static void measure_keys(void *ctx) {
	const struct key_tally *tally = ctx;
	metric_set(tally->keys, (int64_t)replay_key_count(tally->store));
	metric_set(tally->bytes, (int64_t)replay_kept_bytes(tally->store));
}

void tally_keys(struct key_tally *tally, const struct replay_store *store) {
	tally->store = store;
	tally->requests = metric_make_of(&KEY_REQUESTS, NULL);
	tally->keys = metric_make(METRIC_GAUGE, "connector_idempotency_keys", NULL,
		"Idempotency keys whose request runs or whose reply is kept");
	tally->bytes = metric_make(METRIC_GAUGE, "connector_idempotency_kept_bytes", NULL,
		"Replies that are kept to be given again");
	metric_on_render(&tally->reader, measure_keys, tally);
}

void tally_keys_end(struct key_tally *tally) {
	metric_off_render(&tally->reader);
}
