/*
 * The lanes: steps that may share a call wait here, oldest first. A row that goes again returns to
 * the place of its age. A lane lives while it holds rows.
 */
#include "hubspot/inside.h"

#include "base/str.h"

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
	operation->client->lane_rows++;
}

void lane_leave(struct operation *operation) {
	list_remove(&operation->link);
	operation->place = PLACE_NONE;
	operation->client->lane_rows--;
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

struct operation *lane_first_due(const struct lane *lane, uint64_t now_ms, uint64_t *next_ms) {
	list_for_each (operation, &lane->rows, struct operation, link) {
		if (operation->not_before_ms <= now_ms) {
			return operation;
		}
		if (operation->not_before_ms < *next_ms) {
			*next_ms = operation->not_before_ms;
		}
	}
	return NULL;
}

/* The lane whose oldest row that may go is the oldest of all. *next_ms: when a row that may not go
 * yet may. */
struct lane *lane_most_urgent(struct hubspot *client, uint64_t now_ms, uint64_t *next_ms) {
	struct lane *urgent = NULL;
	uint64_t oldest = UINT64_MAX;
	list_for_each_safe (lane, after, &client->lanes, struct lane, link) {
		if (list_is_empty(&lane->rows)) {
			lane_destroy(lane);
			continue;
		}
		const struct operation *first = lane_first_due(lane, now_ms, next_ms);
		if (first != NULL && first->sequence < oldest) {
			oldest = first->sequence;
			urgent = lane;
		}
	}
	return urgent;
}
