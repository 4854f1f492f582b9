/*
 * Did any row go before its turn, or a caller's operation get an earlier one than those before it?
 */
#include "histories.h"

#include "base/clock.h"

/* Of one caller turns rise with ages; those that were waited for have better ones. */
static bool is_in_turn(const struct operation *older, const struct operation *younger) {
	for (size_t kind = 0; kind < LIMIT_KINDS; kind++) {
		for (size_t i = 0; i < PRIORITIES; i++) {
			if (older->turns.of[kind][i] > younger->turns.of[kind][i]) {
				return false;
			}
		}
	}
	return true;
}

void oracle_accepted(struct history *history) {
	const struct list *operations = &history->kit.client->operations;
	const struct operation *youngest =
		list_entry(operations->prev, const struct operation, all);
	list_for_each (other, operations, const struct operation, all) {
		if (other->caller == youngest->caller && other->stage >= 0 &&
			!is_in_turn(other, youngest)) {
			history_blame(history, "act %d has its turn after act %d",
				(int)((struct act *)other->ctx - history->plan.acts),
				(int)((struct act *)youngest->ctx - history->plan.acts));
		}
	}
}

static bool is_before(const struct operation *row, const struct operation *other) {
	return row->in_queue.turn != other->in_queue.turn
		? row->in_queue.turn < other->in_queue.turn
		: row->sequence < other->sequence;
}

static bool is_of_one_lane(const struct operation *row, const struct operation *other) {
	bool has_property = row->step_id_property != NULL;
	return row->step == other->step && strcmp(row->object, other->object) == 0 &&
		has_property == (other->step_id_property != NULL) &&
		(!has_property || strcmp(row->step_id_property, other->step_id_property) == 0);
}

/* Another row of the call is the same record's. */
static bool has_its_record(const struct call *call, const struct operation *row) {
	list_for_each (other, &call->rows, const struct operation, link) {
		if (row->step_id != NULL && other->step_id != NULL &&
			strcasecmp(row->step_id, other->step_id) == 0) {
			return true;
		}
	}
	return false;
}

/* Could it have gone in this call, in which there is still room? */
static bool was_left_behind(const struct call *call, const struct operation *row) {
	const struct operation *first = list_first(&call->rows, const struct operation, link);
	return row->place == PLACE_LANE && lane_may_go(row, clock_now_ms()) &&
		is_of_one_lane(row, first) && row->group == first->group && !row->must_be_alone &&
		!first->must_be_alone && !call->is_alone && !has_its_record(call, row);
}

void oracle_turn(struct history *history, const struct call *call) {
	list_for_each (row, &history->kit.client->operations, const struct operation, all) {
		if (!was_left_behind(call, row)) {
			continue;
		}
		list_for_each (sent, &call->rows, const struct operation, link) {
			if (sent->priority == row->priority && is_before(row, sent)) {
				history_blame(history, "act %d goes before act %d",
					(int)((struct act *)sent->ctx - history->plan.acts),
					(int)((struct act *)row->ctx - history->plan.acts));
			}
		}
	}
}

void oracle_empty(struct history *history) {
	const struct shares *shares = history->kit.client->shares;
	size_t left = shares_places(shares);
	for (size_t i = 0; i < PRIORITIES; i++) {
		left += shares_waiting(shares, LIMIT_CALL, (enum hubspot_priority)i) +
			shares_waiting(shares, LIMIT_SEARCH, (enum hubspot_priority)i);
	}
	if (left != 0) {
		history_blame(history, "places are taken when nobody is there");
	}
}
