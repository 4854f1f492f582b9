/*
 * The lanes: steps that may share a call wait here, in the order that shares.c gives them. A row
 * that goes again returns to the place of its turn. A lane lives while it holds rows.
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

static bool is_about_associations(const struct operation *operation) {
	return wire_is_link(operation->step) ||
		(operation->step == STEP_RAW &&
			strstr(operation->object, "/associations/") != NULL);
}

static struct lane *find_lane(struct hubspot *client, const struct operation *operation) {
	list_for_each (lane, &client->lanes, struct lane, link) {
		if (lane->step == operation->step &&
			str_is_equal(lane->object, operation->object) &&
			str_is_equal(lane->to_object, operation->to_object) &&
			str_is_equal(lane->id_property, operation->step_id_property)) {
			return lane;
		}
	}
	return NULL;
}

void lane_destroy(struct lane *lane) {
	list_remove(&lane->link);
	free(lane->object);
	free(lane->to_object);
	free(lane->id_property);
	free(lane);
}

static bool copy_text(char **to, const char *from) {
	*to = from != NULL ? strdup(from) : NULL;
	return *to != NULL || from == NULL;
}

static struct lane *make_lane(struct hubspot *client, const struct operation *operation) {
	struct lane *lane = calloc(1, sizeof(*lane));
	if (lane == NULL) {
		return NULL;
	}
	lane->client = client;
	list_append(&client->lanes, &lane->link);
	lane->step = operation->step;
	lane->kind = lane_kind(operation->step, operation->object);
	lane->is_association = is_about_associations(operation);
	if (!copy_text(&lane->object, operation->object) ||
		!copy_text(&lane->to_object, operation->to_object) ||
		!copy_text(&lane->id_property, operation->step_id_property)) {
		lane_destroy(lane);
		return NULL;
	}
	return lane;
}

static void into_lane(struct lane *lane, struct operation *operation) {
	operation->in_queue.turn = operation->turns.of[lane->kind][operation->priority];
	operation->in_queue.age = operation->sequence;
	queue_enter(&lane->rows[operation->priority], &operation->in_queue);
	operation->place = PLACE_LANE;
	operation->lane = lane;
	operation->client->lane_rows++;
	shares_enter(operation, lane->kind);
}

void lane_leave(struct operation *operation) {
	queue_leave(&operation->lane->rows[operation->priority], &operation->in_queue);
	operation->place = PLACE_NONE;
	operation->client->lane_rows--;
	shares_leave(operation, operation->lane->kind);
}

bool lane_lift(struct operation *operation, const struct operation *other) {
	struct lane *lane = operation->place == PLACE_LANE ? operation->lane : NULL;
	if (shares_is_as_urgent(operation, other)) {
		return false;
	}
	if (lane != NULL) {
		lane_leave(operation);
	}
	shares_lift(operation, other);
	if (lane != NULL) {
		into_lane(lane, operation);
	}
	return true;
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
	into_lane(lane, operation);
	operation->in_lane_ms = clock_now_ms();
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

/* ---- the order in which rows go ---- */

size_t lane_row_count(const struct lane *lane) {
	size_t count = 0;
	for (size_t i = 0; i < PRIORITIES; i++) {
		count += queue_count(&lane->rows[i]);
	}
	return count;
}

static struct operation *row_of(struct queue_node *node) {
	return list_entry(node, struct operation, in_queue);
}

struct operation *lane_next(const struct lane *lane, const struct operation *row) {
	const struct shares *shares = lane->client->shares;
	size_t at = 0;
	if (row != NULL) {
		struct queue_node *next = queue_next(&row->in_queue);
		if (next != NULL) {
			return row_of(next);
		}
		at = shares_rank(shares, lane->kind, row->priority) + 1;
	}
	for (; at < PRIORITIES; at++) {
		const struct queue *rows = &lane->rows[shares_priority_at(shares, lane->kind, at)];
		if (rows->first != NULL) {
			return row_of(rows->first);
		}
	}
	return NULL;
}

struct operation *lane_first_due(const struct lane *lane, uint64_t now_ms, uint64_t *next_ms) {
	struct operation *row = NULL;
	while ((row = lane_next(lane, row)) != NULL) {
		if (lane_may_go(row, now_ms)) {
			return row;
		}
		if (!is_held(row) && row->not_before_ms < *next_ms) {
			*next_ms = row->not_before_ms;
		}
	}
	return NULL;
}

static size_t rank_of(const struct lane *lane, const struct operation *row) {
	return shares_rank(lane->client->shares, lane->kind, row->priority);
}

/* The first of its lane, and `other` of another lane or NULL. Turns of two kinds say nothing of
 * each other. */
static bool is_before(
	const struct operation *row, const struct operation *other, bool are_of_one_kind) {
	if (other == NULL) {
		return true;
	}
	size_t rank = rank_of(row->lane, row), others = rank_of(other->lane, other);
	if (rank != others) {
		return rank < others;
	}
	if (are_of_one_kind && row->in_queue.turn != other->in_queue.turn) {
		return row->in_queue.turn < other->in_queue.turn;
	}
	return row->sequence < other->sequence;
}

/* When a call led by this row may go. */
static uint64_t lane_when(
	const struct lane *lane, const struct operation *row, const struct moments *moments) {
	uint64_t kind_ms = moments->of[lane->kind][row->priority];
	uint64_t own_ms = lane->is_association
		? limit_associations_when(lane->client->limit, moments->now_ms)
		: 0;
	return kind_ms > own_ms ? kind_ms : own_ms;
}

struct lane *lane_most_urgent(
	struct hubspot *client, const struct moments *moments, uint64_t *next_ms) {
	const struct operation *best[LIMIT_KINDS] = {NULL};
	list_for_each_safe (lane, after, &client->lanes, struct lane, link) {
		if (lane_row_count(lane) == 0) {
			lane_destroy(lane);
			continue;
		}
		const struct operation *first = lane_first_due(lane, moments->now_ms, next_ms);
		if (first == NULL) {
			continue;
		}
		uint64_t when_ms = lane_when(lane, first, moments);
		if (when_ms > moments->now_ms) {
			*next_ms = when_ms < *next_ms ? when_ms : *next_ms;
		} else if (is_before(first, best[lane->kind], true)) {
			best[lane->kind] = first;
		}
	}
	const struct operation *call = best[LIMIT_CALL], *search = best[LIMIT_SEARCH];
	const struct operation *row =
		search != NULL && is_before(search, call, false) ? search : call;
	return row != NULL ? row->lane : NULL;
}
