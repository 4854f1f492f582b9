/*
 * Room: is there any for what comes, and who of those that wait must be told that there is none.
 *
 * Rows that cannot be answered in time cost HubSpot's quota and help nobody: they are refused when
 * they come, when HubSpot goes away or wants a pause, and when their turn has come too late. Who is
 * refused is the caller whose own rows are too many: others still find a place.
 */
#include "hubspot/inside.h"

#include "base/clock.h"
#include "base/log.h"

enum {
	BULK_PART = 10,   /* so much of the places is never bulk's */
	OTHERS_PART = 20, /* so much is never one caller's, where there are others */
	TIMES_FREE = 4, /* while others wait a caller has at most so many times what is free: alone
			   among the light four fifths, and of n that want all each its part */
	BUSY_MS = 1000,
};

/* A look-up is followed by a write. */
static size_t steps_to_come(const struct operation *row) {
	bool is_look_up = row->kind == HUBSPOT_UPSERT && row->step == STEP_READ;
	return is_look_up ? 2 : 1;
}

/* The calls that the lane makes of its rows of this priority, or of those of them that stand before
 * a turn. */
static size_t calls_of(
	const struct lane *lane, enum hubspot_priority priority, const uint64_t *turn) {
	const struct queue *queue = &lane->rows[priority];
	if (queue->first == NULL) {
		return 0;
	}
	size_t rows = turn != NULL ? queue_count_until(queue, *turn) : queue_count(queue);
	size_t a_call = lane->step == STEP_RAW ? 1 : lane->client->row_ceiling;
	return rows * steps_to_come(list_entry(queue->first, struct operation, in_queue)) / a_call;
}

/* How long until a turn comes: the calls that wait before it, and others that come with it, at
 * HubSpot's pace. Those of a lower priority do not stand before it. */
uint64_t room_wait_ms(struct hubspot *client, enum limit_kind kind, enum hubspot_priority priority,
	uint64_t turn, size_t calls) {
	list_for_each (lane, &client->lanes, struct lane, link) {
		for (size_t i = 0; lane->kind == kind && i <= priority; i++) {
			calls += calls_of(
				lane, (enum hubspot_priority)i, i == priority ? &turn : NULL);
		}
	}
	return limit_predict_ms(client->limit, kind, clock_now_ms(), calls);
}

/* How many operations may wait when one of this priority comes: bulk never fills the house. */
static size_t places_for(const struct hubspot *client, enum hubspot_priority priority) {
	size_t all = client->settings.max_waiting_rows;
	return priority == HUBSPOT_BULK ? all - all / BULK_PART : all;
}

/* The most that one caller ever has of them: where there may be others, some stay free for these.
 */
static size_t most_of_one(
	const struct hubspot *client, const struct hubspot_caller *caller, size_t places) {
	return shares_is_alone(client->shares, caller) ? places : places - places / OTHERS_PART;
}

static bool has_places(const struct hubspot *client, const struct hubspot_caller *caller,
	enum hubspot_priority priority, size_t rows, size_t slack) {
	size_t places = places_for(client, priority);
	size_t taken = shares_places(client->shares);
	size_t own = shares_places_of(shares_find(client->shares, caller));
	if (taken + rows > places) {
		return false;
	}
	if (taken == own) {
		return own + rows <= most_of_one(client, caller, places);
	}
	return own + rows <= 1 + TIMES_FREE * (places - taken - rows) + slack;
}

/* A little more than when it is asked for many: others may have come since these were let in. */
bool room_has_place(const struct hubspot *client, const struct hubspot_caller *caller,
	enum hubspot_priority priority) {
	return has_places(client, caller, priority, 1, places_for(client, priority) / OTHERS_PART);
}

static bool has_room(struct hubspot *client, size_t rows, const struct hubspot_caller *caller,
	enum hubspot_priority priority, uint64_t deadline_ms, uint64_t *retry_after_ms) {
	enum { STEPS_MOST = 2 };
	uint64_t turn = shares_turn_of_next(client->shares, caller, priority, rows);
	size_t calls = rows > 1 ? rows * STEPS_MOST / client->row_ceiling : 0;
	uint64_t wait_ms = room_wait_ms(client, LIMIT_CALL, priority, turn, calls);
	bool may_ever = rows <= most_of_one(client, caller, places_for(client, priority));
	*retry_after_ms = may_ever ? wait_ms + BUSY_MS : 0;
	return has_places(client, caller, priority, rows, 0) &&
		clock_now_ms() + wait_ms <= deadline_ms;
}

bool hubspot_has_room(struct hubspot *client, const struct hubspot_caller *caller,
	enum hubspot_priority priority, uint64_t deadline_ms, uint64_t *retry_after_ms) {
	return has_room(client, 1, caller, priority, deadline_ms, retry_after_ms);
}

/* Somebody who waits for one answer is told by the operation that HubSpot is away. */
bool hubspot_has_room_for(struct hubspot *client, size_t rows, const struct hubspot_caller *caller,
	enum hubspot_priority priority, uint64_t deadline_ms, uint64_t *retry_after_ms) {
	uint64_t away_ms = 0;
	bool has = has_room(client, rows, caller, priority, deadline_ms, retry_after_ms);
	if (*retry_after_ms > 0 && breaker_refuses(&client->breaker, clock_now_ms(), &away_ms)) {
		*retry_after_ms = away_ms;
		return false;
	}
	return has;
}

/* They have left their lanes before any of them ends: an end may move others. */
static void refuse_each(
	struct list *doomed, enum hubspot_failure failure, uint64_t retry_after_ms) {
	while (!list_is_empty(doomed)) {
		struct operation *row = list_first(doomed, struct operation, link);
		list_remove(&row->link);
		operation_refuse(row, failure, retry_after_ms);
	}
}

/* HubSpot is away: those who wait are told so now, not at their deadline. */
void room_refuse_all(struct hubspot *client) {
	uint64_t retry_after_ms = 0;
	breaker_refuses(&client->breaker, clock_now_ms(), &retry_after_ms);
	LOG_ERROR("hubspot is away", log_uint("refused", client->lane_rows),
		log_uint("probe_in_ms", retry_after_ms));
	list_for_each (lane, &client->lanes, struct lane, link) {
		size_t most = lane_row_count(lane); /* an end may let another of its record in,
						       which is refused by itself */
		struct operation *operation;
		while (most-- > 0 && (operation = lane_next(lane, NULL)) != NULL) {
			lane_leave(operation);
			operation_refuse(operation, HUBSPOT_UNREACHABLE, retry_after_ms);
		}
	}
}

/* HubSpot wants a pause, longer than some can wait: they are told so now. */
void room_refuse_hopeless(struct hubspot *client) {
	uint64_t now_ms = clock_now_ms();
	list_for_each (lane, &client->lanes, struct lane, link) {
		uint64_t wait_ms = limit_predict_ms(client->limit, lane->kind, now_ms, 0);
		struct list doomed;
		list_init(&doomed);
		struct operation *after, *row = lane_next(lane, NULL);
		for (; row != NULL; row = after) {
			after = lane_next(lane, row);
			if (now_ms + wait_ms > row->deadline_ms) {
				lane_leave(row);
				list_append(&doomed, &row->link);
			}
		}
		refuse_each(&doomed, HUBSPOT_LIMITED, wait_ms);
	}
}

/* It has waited for others, and what is left of its time is less than HubSpot usually takes: its
 * caller would be told that nobody knows, and a row that comes in time would not have its place.
 * One that need not wait goes whatever its deadline, so a wrong idea of how long HubSpot takes is
 * mended. */
static bool is_too_late(const struct operation *row, uint64_t now_ms, uint64_t answer_ms) {
	uint64_t ready_ms =
		row->not_before_ms > row->in_lane_ms ? row->not_before_ms : row->in_lane_ms;
	return now_ms > ready_ms + answer_ms &&
		row->deadline_ms < now_ms + answer_ms * steps_to_come(row);
}

/* Of the rows that would go, those that cannot be answered in time end here, unsent. */
void room_drop_late(struct hubspot *client, struct lane *lane, uint64_t now_ms) {
	uint64_t answer_ms = limit_answer_ms(client->limit);
	unsigned staying = 0;
	struct list doomed;
	list_init(&doomed);
	struct operation *after, *row = lane_next(lane, NULL);
	for (; row != NULL && staying < client->row_ceiling; row = after) {
		after = lane_next(lane, row);
		if (is_too_late(row, now_ms, answer_ms)) {
			lane_leave(row);
			list_append(&doomed, &row->link);
		} else {
			staying++;
		}
	}
	refuse_each(&doomed, HUBSPOT_DEADLINE, 0);
}
