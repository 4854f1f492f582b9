/*
 * What is so with the client (lengths, slots, the breaker): read when somebody asks for the
 * metrics.
 *
 * Labels are bounded: the objects of lanes come from plugins, and after OBJECTS_MAX of them the
 * rest is one.
 */
#include "hubspot/inside.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/metric.h"

enum { OBJECTS_MAX = 32, LABELS_SIZE = 128 };

static const struct metric_family LANE_ROWS = {.type = METRIC_GAUGE,
	.name = "connector_hubspot_rows_waiting",
	.help = "Rows that wait for a call, by lane",
	.label = "step",
	.values = STEP_NAMES};
static const struct metric_family LANE_AGE = {.type = METRIC_GAUGE,
	.name = "connector_hubspot_oldest_row_seconds",
	.help = "How long ago the oldest row that waits was accepted, by lane",
	.decimals = 3,
	.label = "step",
	.values = STEP_NAMES};

static const char *const PRIORITY_NAMES[] = {[HUBSPOT_INTERACTIVE] = "interactive",
	[HUBSPOT_NORMAL] = "normal",
	[HUBSPOT_BULK] = "bulk",
	[PRIORITIES] = NULL};
static const struct metric_family PRIORITY_ROWS = {.type = METRIC_GAUGE,
	.name = "connector_hubspot_priority_rows_waiting",
	.help = "Rows that wait for a call, by priority",
	.label = "priority",
	.values = PRIORITY_NAMES};

static const char *const BREAKER_STATES[] = {[BREAKER_CLOSED] = "closed",
	[BREAKER_OPEN] = "open",
	[BREAKER_PROBING] = "probing",
	[BREAKER_RAMPING] = "ramping",
	[BREAKER_RAMPING + 1] = NULL};
static const struct metric_family BREAKER = {.type = METRIC_GAUGE,
	.name = "connector_hubspot_breaker_state",
	.help = "1: the state the breaker is in",
	.label = "state",
	.values = BREAKER_STATES};

enum gauge {
	UP,
	TOKEN_REFUSED,
	OPERATIONS,
	OPERATIONS_LIMIT,
	IN_FLIGHT,
	SLOTS_HELD,
	SLOTS_SHARE,
	SLOTS_LIMIT,
	SEARCHES,
	UNEXPECTED,
	HOLD,
	BUDGET,
	DAILY_USED,
	DAILY_LIMIT,
	GAUGES
};

static const struct metric_family FAMILIES[GAUGES] = {
	[UP] = {.type = METRIC_GAUGE, .name = "connector_hubspot_up", .help = "1: HubSpot answers"},
	[TOKEN_REFUSED] = {.type = METRIC_GAUGE,
		.name = "connector_hubspot_token_refused",
		.help = "1: HubSpot refuses the token"},
	[OPERATIONS] = {.type = METRIC_GAUGE,
		.name = "connector_hubspot_operations_waiting",
		.help = "Operations accepted and not ended"},
	[OPERATIONS_LIMIT] = {.type = METRIC_GAUGE,
		.name = "connector_hubspot_operations_limit",
		.help = "Operations that are accepted at most; more are refused"},
	[IN_FLIGHT] = {.type = METRIC_GAUGE,
		.name = "connector_hubspot_calls_in_flight",
		.help = "Calls to HubSpot under way"},
	[SLOTS_HELD] = {.type = METRIC_GAUGE,
		.name = "connector_hubspot_slots_held",
		.help = "Slots of HubSpot's ten seconds that are taken, calls in flight included"},
	[SLOTS_SHARE] = {.type = METRIC_GAUGE,
		.name = "connector_hubspot_slots_share",
		.help = "Slots that may be taken now: the limit less what others on the token use"},
	[SLOTS_LIMIT] = {.type = METRIC_GAUGE,
		.name = "connector_hubspot_slots_limit",
		.help = "Slots there are: calls in ten seconds"},
	[SEARCHES] = {.type = METRIC_GAUGE,
		.name = "connector_hubspot_searches_held",
		.help = "Search slots that are taken, of five"},
	[UNEXPECTED] = {.type = METRIC_COUNTER,
		.name = "connector_hubspot_unexpected_429_total",
		.help = "Refusals by rate that no known call explains"},
	[HOLD] = {.type = METRIC_GAUGE,
		.name = "connector_hubspot_hold_seconds",
		.help = "How long no call is sent yet, after a 423, 429 or 477, or for the day",
		.decimals = 3},
	[BUDGET] = {.type = METRIC_GAUGE,
		.name = "connector_hubspot_retry_budget",
		.help = "Failed calls that may be sent again now",
		.decimals = 3},
	[DAILY_USED] = {.type = METRIC_GAUGE,
		.name = "connector_hubspot_daily_calls_used",
		.help = "Calls of the account today, as HubSpot's headers say"},
	[DAILY_LIMIT] = {.type = METRIC_GAUGE,
		.name = "connector_hubspot_daily_calls_limit",
		.help = "Calls that the account may make a day, as HubSpot's headers say"},
};

static const char NO_OBJECT[] = "none"; /* of raw operations */

struct object_lanes {
	char *object;
	struct metric *rows;
	struct metric *age;
	int64_t waiting[STEP_COUNT];
	int64_t oldest_ms[STEP_COUNT];
};

struct gauges {
	struct hubspot *client;
	struct metric_reader reader;
	struct metric *all[GAUGES];
	struct metric *breaker;
	struct metric *priorities;
	struct object_lanes objects[OBJECTS_MAX + 1]; /* the last: all others */
	size_t object_count;
};

/* ---- lanes ---- */

static bool make_object(struct object_lanes *object, const char *name) {
	char labels[LABELS_SIZE];
	int length = snprintf(labels, sizeof(labels), "object=\"%s\"", name);
	bool fits = length > 0 && (size_t)length < sizeof(labels);
	object->rows = fits ? metric_make_of(&LANE_ROWS, labels) : NULL;
	object->age = fits ? metric_make_of(&LANE_AGE, labels) : NULL;
	if (object->rows == NULL) {
		return false;
	}
	object->object = must_strdup(name);
	return true;
}

static struct object_lanes *object_of(struct gauges *gauges, const struct lane *lane) {
	const char *name = lane->step == STEP_RAW ? NO_OBJECT : lane->object;
	for (size_t i = 0; i < gauges->object_count; i++) {
		if (strcmp(gauges->objects[i].object, name) == 0) {
			return &gauges->objects[i];
		}
	}
	struct object_lanes *object = &gauges->objects[gauges->object_count];
	if (gauges->object_count < OBJECTS_MAX && make_object(object, name)) {
		gauges->object_count++;
		return object;
	}
	object = &gauges->objects[OBJECTS_MAX];
	if (object->object == NULL) {
		make_object(object, "other");
	}
	return object;
}

static void forget_lanes(struct gauges *gauges) {
	for (size_t i = 0; i <= OBJECTS_MAX; i++) {
		memset(gauges->objects[i].waiting, 0, sizeof(gauges->objects[i].waiting));
		memset(gauges->objects[i].oldest_ms, 0, sizeof(gauges->objects[i].oldest_ms));
	}
}

static uint64_t oldest_submitted_ms(const struct lane *lane, uint64_t now_ms) {
	uint64_t oldest_ms = now_ms;
	struct operation *row = NULL;
	while ((row = lane_next(lane, row)) != NULL) {
		oldest_ms = row->submitted_ms < oldest_ms ? row->submitted_ms : oldest_ms;
	}
	return oldest_ms;
}

static void tell_lanes(const struct gauges *gauges) {
	for (size_t i = 0; i <= OBJECTS_MAX; i++) {
		const struct object_lanes *object = &gauges->objects[i];
		for (size_t step = 0; step < STEP_COUNT; step++) {
			metric_set_at(object->rows, step, object->waiting[step]);
			metric_set_at(object->age, step, object->oldest_ms[step]);
		}
	}
}

/* Lanes that differ in their id property alone are told as one. */
static void measure_lanes(struct gauges *gauges) {
	uint64_t now_ms = clock_now_ms();
	forget_lanes(gauges);
	list_for_each (lane, &gauges->client->lanes, struct lane, link) {
		struct object_lanes *object = object_of(gauges, lane);
		int64_t age_ms = (int64_t)(now_ms - oldest_submitted_ms(lane, now_ms));
		object->waiting[lane->step] += (int64_t)lane_row_count(lane);
		if (age_ms > object->oldest_ms[lane->step]) {
			object->oldest_ms[lane->step] = age_ms;
		}
	}
	tell_lanes(gauges);
}

static void measure_priorities(struct gauges *gauges) {
	const struct shares *shares = gauges->client->shares;
	for (size_t i = 0; i < PRIORITIES; i++) {
		enum hubspot_priority priority = (enum hubspot_priority)i;
		size_t rows = shares_waiting(shares, LIMIT_CALL, priority) +
			shares_waiting(shares, LIMIT_SEARCH, priority);
		metric_set_at(gauges->priorities, i, (int64_t)rows);
	}
}

/* ---- the deciders ---- */

/* Both deciders let time have its effect only when they are asked, so copies are asked. */
static void measure_breaker(struct gauges *gauges) {
	struct breaker breaker = gauges->client->breaker;
	uint64_t now_ms = clock_now_ms();
	breaker_when(&breaker, now_ms);
	for (size_t i = 0; BREAKER_STATES[i] != NULL; i++) {
		metric_set_at(gauges->breaker, i, i == breaker.state);
	}
	int64_t taken = breaker_may_retry(&breaker, now_ms) ? 1000 : 0;
	metric_set(gauges->all[BUDGET], breaker.budget + taken);
}

static int64_t known(bool is_known, int64_t value) {
	return is_known ? value : METRIC_UNKNOWN;
}

static void measure_limit(struct gauges *gauges) {
	struct limit_state state;
	uint64_t now_ms = clock_now_ms();
	limit_state(gauges->client->limit, now_ms, &state);
	uint64_t hold_ms = state.held_until_ms > now_ms ? state.held_until_ms - now_ms : 0;
	int64_t taken = (int64_t)state.held + state.in_flight;
	bool has_slots = state.max > 0;
	bool has_daily = state.daily_max >= 0 && state.daily_remaining >= 0;
	metric_set(gauges->all[SLOTS_HELD], known(has_slots, taken));
	metric_set(gauges->all[SLOTS_SHARE], known(has_slots, state.share));
	metric_set(gauges->all[SLOTS_LIMIT], known(has_slots, state.max));
	metric_set(gauges->all[SEARCHES], known(has_slots, state.searches));
	metric_set(gauges->all[UNEXPECTED], (int64_t)state.unexpected);
	metric_set(gauges->all[HOLD], (int64_t)hold_ms);
	metric_set(gauges->all[DAILY_LIMIT], known(has_daily, state.daily_max));
	metric_set(
		gauges->all[DAILY_USED], known(has_daily, state.daily_max - state.daily_remaining));
}

static void measure(void *ctx) {
	struct gauges *gauges = ctx;
	const struct hubspot *client = gauges->client;
	metric_set(gauges->all[UP], client->is_up);
	metric_set(gauges->all[TOKEN_REFUSED], client->is_token_refused);
	metric_set(gauges->all[OPERATIONS], (int64_t)client->waiting);
	metric_set(gauges->all[OPERATIONS_LIMIT], client->settings.max_waiting_rows);
	metric_set(gauges->all[IN_FLIGHT], (int64_t)client->in_flight);
	measure_limit(gauges);
	measure_breaker(gauges);
	measure_lanes(gauges);
	measure_priorities(gauges);
}

/* ---- life ---- */

struct gauges *gauges_create(struct hubspot *client) {
	struct gauges *gauges = must_calloc(1, sizeof(*gauges));
	gauges->client = client;
	gauges->breaker = metric_make_of(&BREAKER, NULL);
	gauges->priorities = metric_make_of(&PRIORITY_ROWS, NULL);
	for (size_t i = 0; i < GAUGES; i++) {
		gauges->all[i] = metric_make_of(&FAMILIES[i], NULL);
	}
	make_object(&gauges->objects[gauges->object_count++], NO_OBJECT);
	metric_on_render(&gauges->reader, measure, gauges);
	return gauges;
}

void gauges_destroy(struct gauges *gauges) {
	metric_off_render(&gauges->reader);
	for (size_t i = 0; i <= OBJECTS_MAX; i++) {
		free(gauges->objects[i].object);
	}
	free(gauges);
}
