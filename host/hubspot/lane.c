/*
 * The lanes: steps that may share a call wait here, by priority, oldest first. A row that goes
 * again returns to the place of its age. A lane lives while it holds rows.
 *
 * Interactive rows lead, bulk rows ride in the free places of their lane's calls. So that they are
 * never held up for good, bulk rows lead every BULK_TURN'th call of a kind of which they wait for
 * one; the interactive ones of the lane ride then.
 */
#include "hubspot/inside.h"

#include "base/clock.h"
#include "base/str.h"

enum { BULK_TURN = 20 };

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
	for (size_t i = 0; i < PRIORITIES; i++) {
		list_init(&lane->rows[i]);
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

static uint64_t age_at(const struct list *link) {
	return list_entry(link, const struct operation, link)->sequence;
}

/* Older rows stand before younger ones. Most arrive in that order, and those that go again are
 * older than most: so look from the end that is nearer. */
static struct list *place_of(struct list *rows, uint64_t age) {
	struct list *before = rows->prev;
	bool is_old = !list_is_empty(rows) && age < age_at(rows->prev) &&
		(age < age_at(rows->next) || age - age_at(rows->next) < age_at(rows->prev) - age);
	if (is_old) {
		before = rows;
		while (age_at(before->next) < age) {
			before = before->next;
		}
		return before;
	}
	while (before != rows && age_at(before) > age) {
		before = before->prev;
	}
	return before;
}

static void insert_by_age(struct lane *lane, struct operation *operation) {
	struct list *rows = &lane->rows[operation->priority];
	list_insert(place_of(rows, operation->sequence), &operation->link);
	operation->place = PLACE_LANE;
	operation->lane = lane;
	operation->client->lane_rows++;
	lane->row_counts[operation->priority]++;
}

void lane_leave(struct operation *operation) {
	list_remove(&operation->link);
	operation->place = PLACE_NONE;
	operation->client->lane_rows--;
	operation->lane->row_counts[operation->priority]--;
}

void lane_lift(struct operation *operation, enum hubspot_priority priority) {
	struct lane *lane = operation->place == PLACE_LANE ? operation->lane : NULL;
	if (operation->priority <= priority) {
		return;
	}
	if (lane != NULL) {
		lane_leave(operation);
	}
	operation->priority = priority;
	if (lane != NULL) {
		insert_by_age(lane, operation);
	}
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
		count += lane->row_counts[i];
	}
	return count;
}

struct operation *lane_oldest(const struct lane *lane) {
	struct operation *oldest = NULL;
	for (size_t i = 0; i < PRIORITIES; i++) {
		struct operation *first = list_first(&lane->rows[i], struct operation, link);
		if (first != NULL && (oldest == NULL || first->sequence < oldest->sequence)) {
			oldest = first;
		}
	}
	return oldest;
}

/* The priority whose rows go first now. */
static enum hubspot_priority leader(const struct lane *lane) {
	unsigned passed_over = lane->client->passed_over[lane->kind];
	return passed_over >= BULK_TURN - 1 ? HUBSPOT_BULK : HUBSPOT_INTERACTIVE;
}

struct operation *lane_next(const struct lane *lane, const struct operation *row) {
	size_t leads = leader(lane), at = 0;
	if (row != NULL) {
		at = (row->priority + PRIORITIES - leads) % PRIORITIES;
		if (row->link.next != &lane->rows[row->priority]) {
			return list_entry(row->link.next, struct operation, link);
		}
		at++;
	}
	for (; at < PRIORITIES; at++) {
		const struct list *rows = &lane->rows[(leads + at) % PRIORITIES];
		if (!list_is_empty(rows)) {
			return list_first(rows, struct operation, link);
		}
	}
	return NULL;
}

void lane_note_lead(const struct lane *lane, enum hubspot_priority priority) {
	size_t bulk = 0;
	list_for_each (other, &lane->client->lanes, struct lane, link) {
		bulk += other->kind == lane->kind ? other->row_counts[HUBSPOT_BULK] : 0;
	}
	unsigned *passed_over = &lane->client->passed_over[lane->kind];
	*passed_over = bulk == 0 || priority == HUBSPOT_BULK ? 0 : *passed_over + 1;
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

/* Rows that lead go before those that would only ride, and the older one first. */
static bool is_before(
	const struct operation *row, bool leads, const struct operation *other, bool other_leads) {
	return leads != other_leads ? leads : row->sequence < other->sequence;
}

struct lane *lane_most_urgent(
	struct hubspot *client, uint64_t now_ms, const uint64_t when_ms[], uint64_t *next_ms) {
	struct lane *urgent = NULL;
	const struct operation *best = NULL;
	bool best_leads = false;
	list_for_each_safe (lane, after, &client->lanes, struct lane, link) {
		if (lane_row_count(lane) == 0) {
			lane_destroy(lane);
			continue;
		}
		const struct operation *first = lane_first_due(lane, now_ms, next_ms);
		uint64_t own_ms =
			lane->is_association ? limit_associations_when(client->limit, now_ms) : 0;
		uint64_t kind_ms = when_ms[lane->kind] > own_ms ? when_ms[lane->kind] : own_ms;
		if (first == NULL) {
			continue;
		}
		if (kind_ms > now_ms) {
			*next_ms = kind_ms < *next_ms ? kind_ms : *next_ms;
			continue;
		}
		bool leads = first->priority == leader(lane);
		if (best == NULL || is_before(first, leads, best, best_leads)) {
			urgent = lane;
			best = first;
			best_leads = leads;
		}
	}
	return urgent;
}
