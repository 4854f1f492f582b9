/*
 * Room: is there any for what comes, and who of those that wait must be told that there is none.
 *
 * Rows that cannot be answered in time cost HubSpot's quota and help nobody: they are refused when
 * they come, when HubSpot goes away or wants a pause, and when their turn has come too late.
 */
#include "hubspot/inside.h"

#include "base/clock.h"
#include "base/log.h"

/* A look-up is followed by a write. */
static size_t steps_to_come(const struct operation *row) {
	bool is_look_up = row->kind == HUBSPOT_UPSERT && row->step == STEP_READ;
	return is_look_up ? 2 : 1;
}

/* The calls that the lane makes of its rows of this priority. */
static size_t calls_of(const struct lane *lane, enum hubspot_priority priority) {
	const struct operation *first = list_first(&lane->rows[priority], struct operation, link);
	size_t a_call = lane->step == STEP_RAW ? 1 : lane->client->row_ceiling;
	return first != NULL ? lane->row_counts[priority] * steps_to_come(first) / a_call : 0;
}

/* How long until rows that come now have their turn: the calls that wait before them, and their
 * own, at HubSpot's pace. Those of a lower priority do not stand before them. */
uint64_t room_wait_ms(
	struct hubspot *client, enum limit_kind kind, enum hubspot_priority priority, size_t rows) {
	enum { STEPS_MOST = 2 };
	size_t calls = rows > 1 ? rows * STEPS_MOST / client->row_ceiling : 0;
	list_for_each (lane, &client->lanes, struct lane, link) {
		for (size_t i = 0; lane->kind == kind && i <= priority; i++) {
			calls += calls_of(lane, (enum hubspot_priority)i);
		}
	}
	return limit_predict_ms(client->limit, kind, clock_now_ms(), calls);
}

/* How many operations may wait when one of this priority comes: bulk never fills the house. */
size_t room_places(const struct hubspot *client, enum hubspot_priority priority) {
	size_t all = client->settings.max_waiting_rows;
	return priority == HUBSPOT_BULK ? all - all / 10 : all;
}

bool hubspot_has_room(struct hubspot *client, uint64_t deadline_ms, uint64_t *retry_after_ms) {
	return hubspot_has_room_for(client, 1, HUBSPOT_INTERACTIVE, deadline_ms, retry_after_ms);
}

bool hubspot_has_room_for(struct hubspot *client, size_t rows, enum hubspot_priority priority,
	uint64_t deadline_ms, uint64_t *retry_after_ms) {
	uint64_t wait_ms = room_wait_ms(client, LIMIT_CALL, priority, rows);
	size_t places = room_places(client, priority);
	if (priority == HUBSPOT_BULK && rows <= places &&
		breaker_refuses(&client->breaker, clock_now_ms(), retry_after_ms)) {
		return false; /* somebody who waits for it is told by the operation that it is away */
	}
	*retry_after_ms = rows <= places ? wait_ms + 1000 : 0;
	return client->waiting + rows <= places && clock_now_ms() + wait_ms <= deadline_ms;
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
		while (most-- > 0 && (operation = lane_oldest(lane)) != NULL) {
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
