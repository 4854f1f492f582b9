/*
 * The lanes: steps that may share a call wait here, oldest first. A row that goes again returns to
 * the place of its age. A lane lives while it holds rows.
 */
#include "hubspot/inside.h"

#include "base/clock.h"
#include "base/str.h"

/* A search that comes as a raw operation is one all the same. */
enum limit_kind lane_kind(enum step step, const char *object) {
	bool is_search = step == STEP_SEARCH ||
		(step == STEP_RAW && str_starts_with(object, "POST ") &&
			str_ends_with(object, "/search"));
	return is_search ? LIMIT_SEARCH : LIMIT_CALL;
}

static struct lane *find_lane(struct hubspot *client, const struct operation *operation) {
	list_for_each (lane, &client->lanes, struct lane, link) {
		if (lane->step == operation->step &&
			str_is_equal(lane->object, operation->object) &&
			str_is_equal(lane->id_property, operation->step_id_property)) {
			return lane;
		}
	}
	return NULL;
}

void lane_destroy(struct lane *lane) {
	list_remove(&lane->link);
	free(lane->object);
	free(lane->id_property);
	free(lane);
}

static struct lane *make_lane(struct hubspot *client, const struct operation *operation) {
	struct lane *lane = calloc(1, sizeof(*lane));
	if (lane == NULL) {
		return NULL;
	}
	list_init(&lane->rows);
	list_append(&client->lanes, &lane->link);
	lane->step = operation->step;
	lane->kind = lane_kind(operation->step, operation->object);
	lane->object = strdup(operation->object);
	lane->id_property =
		operation->step_id_property != NULL ? strdup(operation->step_id_property) : NULL;
	if (lane->object == NULL ||
		(lane->id_property == NULL && operation->step_id_property != NULL)) {
		lane_destroy(lane);
		return NULL;
	}
	return lane;
}

/* Older rows stand before younger ones; most arrive in that order, so look from the end. */
static void insert_by_age(struct lane *lane, struct operation *operation) {
	struct list *after = lane->rows.prev;
	while (after != &lane->rows &&
		list_entry(after, struct operation, link)->sequence > operation->sequence) {
		after = after->prev;
	}
	list_insert(after, &operation->link);
	operation->place = PLACE_LANE;
	operation->lane = lane;
	operation->in_lane_ms = clock_now_ms();
	operation->client->lane_rows++;
	lane->row_count++;
}

void lane_leave(struct operation *operation) {
	list_remove(&operation->link);
	operation->place = PLACE_NONE;
	operation->client->lane_rows--;
	operation->lane->row_count--;
}

bool lane_enter(struct operation *operation) {
	struct hubspot *client = operation->client;
	struct lane *lane = find_lane(client, operation);
	if (lane == NULL) {
		lane = make_lane(client, operation);
	}
	if (lane == NULL) {
		return false;
	}
	insert_by_age(lane, operation);
	loop_task_schedule(&client->pump);
	return true;
}

void hubspot_hold(struct hubspot *client, bool is_held) {
	client->is_held = is_held;
	loop_task_schedule(&client->pump);
}

static bool is_held(const struct operation *operation) {
	return operation->client->is_held && (operation->flags & HUBSPOT_PROBE) == 0;
}

bool lane_may_go(const struct operation *operation, uint64_t now_ms) {
	return operation->not_before_ms <= now_ms && !is_held(operation);
}

struct operation *lane_first_due(const struct lane *lane, uint64_t now_ms, uint64_t *next_ms) {
	list_for_each (operation, &lane->rows, struct operation, link) {
		if (lane_may_go(operation, now_ms)) {
			return operation;
		}
		if (!is_held(operation) && operation->not_before_ms < *next_ms) {
			*next_ms = operation->not_before_ms;
		}
	}
	return NULL;
}

struct lane *lane_most_urgent(
	struct hubspot *client, uint64_t now_ms, const uint64_t when_ms[], uint64_t *next_ms) {
	struct lane *urgent = NULL;
	uint64_t oldest = UINT64_MAX;
	list_for_each_safe (lane, after, &client->lanes, struct lane, link) {
		if (list_is_empty(&lane->rows)) {
			lane_destroy(lane);
			continue;
		}
		const struct operation *first = lane_first_due(lane, now_ms, next_ms);
		uint64_t kind_ms = when_ms[lane->kind];
		if (first != NULL && kind_ms > now_ms) {
			*next_ms = kind_ms < *next_ms ? kind_ms : *next_ms;
		} else if (first != NULL && first->sequence < oldest) {
			oldest = first->sequence;
			urgent = lane;
		}
	}
	return urgent;
}
