/*
 * Decider: may a call start now, or when. All who have a say must agree: the bound in flight, the
 * holds that HubSpot asked for, the start rule, the slots and the pace (slots.c, pace.c), within
 * the share that is ours (quota.c). Searches have slots of their own and do not count among the
 * others. Calls about associations count among the others, and have slots of their own besides;
 * limit_predict_ms() leaves these out.
 *
 * What others have used before we came is learned from the first reply: until then one call at a
 * time.
 */
#include "hubspot/limit.h"

#include <assert.h>

#include "base/memory.h"

enum {
	BURST = 20,
	BURST_PART = 5, /* and at most a fifth of our share */
	SEARCHES = 5,
	SEARCH_WINDOW_MS = 1000,
	SEARCH_INTERVAL_MS = 200,
	SEARCH_HOLD_MS = 1000,  /* a search's 429 */
	LOCK_HOLD_MS = 2000,    /* 423 */
	MOVING_HOLD_MS = 60000, /* 477 that does not say how long */
	LIMITED_HOLD_MS = 1000, /* the least after any other 429 */
	SPREAD_MS = 1000,
};

/* How the first calls go. */
enum start {
	START_FIRST,  /* nothing is known: one call in flight */
	START_SPACED, /* HubSpot replied without rate headers: evenly spaced, for one window */
	START_OVER
};

struct limit {
	struct limit_settings settings;
	struct quota quota;
	struct slots calls, searches, associations;
	struct pace pace;
	uint64_t takes; /* of calls, so far */
	uint64_t next_search_ms;
	uint64_t held_until_ms;
	uint64_t searches_held_until_ms;
	enum start start;
	uint64_t spaced_until_ms;
};

struct limit *limit_create(const struct limit_settings *settings) {
	struct limit *limit = must_calloc(1, sizeof(*limit));
	limit->settings = *settings;
	quota_init(&limit->quota, settings->rate_limit);
	return limit;
}

void limit_destroy(struct limit *limit) {
	free(limit);
}

static uint64_t latest(uint64_t a_ms, uint64_t b_ms) {
	return a_ms > b_ms ? a_ms : b_ms;
}

static uint64_t earliest(uint64_t a_ms, uint64_t b_ms) {
	return a_ms < b_ms ? a_ms : b_ms;
}

static uint32_t in_flight(const struct limit *limit) {
	return limit->calls.in_flight + limit->searches.in_flight;
}

static struct slots *slots_of(struct limit *limit, enum limit_kind kind) {
	return kind == LIMIT_SEARCH ? &limit->searches : &limit->calls;
}

/* ---- who has a say: each gives a moment, 0 for now ---- */

static uint64_t day_when(const struct limit *limit, uint64_t now_ms) {
	if (!limit->quota.is_day_over || limit->settings.is_unlimited) {
		return 0;
	}
	uint64_t probe_ms = in_flight(limit) > 0 ? LIMIT_NEVER : 0; /* one at a time */
	return now_ms < limit->quota.probe_ms ? limit->quota.probe_ms : probe_ms;
}

static uint64_t hold_when(const struct limit *limit, enum limit_kind kind, uint64_t now_ms) {
	uint64_t own_ms = kind == LIMIT_SEARCH ? limit->searches_held_until_ms : 0;
	return latest(latest(limit->held_until_ms, own_ms), day_when(limit, now_ms));
}

static uint64_t interval_us(struct limit *limit, uint64_t now_ms) {
	uint32_t calls = quota_calls(&limit->quota, now_ms);
	return pace_interval_us(
		&limit->pace, quota_window_ms(&limit->quota, now_ms), calls > 0 ? calls : 1);
}

/* After a burst the free slots must last until the first one comes back, or callers would stall
 * then; so it may be up to twice the interval until the next. */
static uint64_t spread_us(struct limit *limit, uint64_t now_ms) {
	uint32_t calls = quota_calls(&limit->quota, now_ms);
	uint32_t taken = limit->calls.held + limit->calls.in_flight;
	uint64_t first_ms = slots_first_ms(&limit->calls);
	uint64_t even_us = interval_us(limit, now_ms), wanted_us = even_us;
	if (first_ms > now_ms) {
		wanted_us = (first_ms - now_ms) * 1000 / (calls > taken ? calls - taken + 1 : 1);
	}
	return latest(even_us, earliest(wanted_us, 2 * even_us));
}

static uint32_t burst(const struct limit *limit, uint64_t now_ms) {
	uint32_t part = quota_calls(&limit->quota, now_ms) / BURST_PART;
	bool is_spaced = limit->start == START_SPACED && now_ms < limit->spaced_until_ms;
	if (part == 0 || is_spaced) {
		return 1;
	}
	return part < BURST ? part : BURST;
}

/* What is to be spared of it, but one is always left. */
static uint32_t less_by(uint32_t most, uint32_t spare) {
	uint32_t one = most > 0 ? 1 : 0;
	return most > spare ? most - spare : one;
}

static uint64_t window_ms(struct limit *limit, enum limit_kind kind, uint64_t now_ms) {
	return kind == LIMIT_SEARCH ? SEARCH_WINDOW_MS : quota_window_ms(&limit->quota, now_ms);
}

/* Slots that only calls in flight, or those ahead, will give back come one by one in a round from
 * now. */
static uint64_t slot_when(
	struct limit *limit, enum limit_kind kind, uint64_t now_ms, size_t ahead, uint32_t spare) {
	uint32_t most = kind == LIMIT_SEARCH ? SEARCHES
					     : less_by(quota_calls(&limit->quota, now_ms), spare);
	size_t missing;
	slots_expire(slots_of(limit, kind), now_ms);
	uint64_t when_ms = slots_when(slots_of(limit, kind), most, ahead, &missing);
	if (missing > 0 && ahead > 0) {
		uint64_t away_ms = window_ms(limit, kind, now_ms) + (uint64_t)limit->pace.answer_ms;
		when_ms = now_ms + away_ms * (most + missing - 1) / (most > 0 ? most : 1);
	}
	bool may_grow = kind == LIMIT_CALL && now_ms < limit->quota.others_until_ms;
	if (when_ms > now_ms && may_grow) {
		when_ms = earliest(when_ms, limit->quota.others_until_ms);
	}
	return when_ms;
}

static uint64_t pace_of(
	struct limit *limit, enum limit_kind kind, uint64_t now_ms, size_t ahead, uint32_t spare) {
	if (kind == LIMIT_SEARCH) {
		return latest(limit->next_search_ms, now_ms) + ahead * SEARCH_INTERVAL_MS;
	}
	return pace_when(&limit->pace, now_ms, interval_us(limit, now_ms),
		less_by(burst(limit, now_ms), spare), ahead);
}

uint64_t limit_when(struct limit *limit, enum limit_kind kind, uint64_t now_ms, uint32_t spare) {
	if (in_flight(limit) >= less_by(limit->settings.max_calls, spare)) {
		return LIMIT_NEVER;
	}
	uint64_t when_ms = hold_when(limit, kind, now_ms);
	if (!limit->settings.is_unlimited) {
		bool is_first = kind == LIMIT_CALL && limit->start == START_FIRST &&
			limit->calls.in_flight > 0;
		when_ms = is_first ? LIMIT_NEVER : when_ms;
		when_ms = latest(when_ms, slot_when(limit, kind, now_ms, 0, spare));
		when_ms = latest(when_ms, pace_of(limit, kind, now_ms, 0, spare));
	}
	return when_ms > now_ms ? when_ms : 0;
}

uint64_t limit_predict_ms(
	struct limit *limit, enum limit_kind kind, uint64_t now_ms, size_t calls_ahead) {
	size_t flying = in_flight(limit) + calls_ahead + 1, most = limit->settings.max_calls;
	size_t ends = flying > most ? flying - most : 0;
	double answer_ms = pace_expect_ms(&limit->pace);
	uint64_t when_ms = now_ms + (uint64_t)((double)ends * answer_ms / (double)most);
	uint64_t hold_ms = hold_when(limit, kind, now_ms);
	when_ms = hold_ms != LIMIT_NEVER ? latest(when_ms, hold_ms) : when_ms;
	if (!limit->settings.is_unlimited) {
		uint64_t slot_ms = slot_when(limit, kind, now_ms, calls_ahead, 0);
		when_ms = slot_ms != LIMIT_NEVER ? latest(when_ms, slot_ms) : when_ms;
		when_ms = latest(when_ms, pace_of(limit, kind, now_ms, calls_ahead, 0));
	}
	/* One that waits must be answered too; one that need not wait has always been sent at once.
	 */
	uint64_t wait_ms = when_ms - now_ms;
	return wait_ms > 0 ? wait_ms + (uint64_t)answer_ms : 0;
}

uint64_t limit_answer_ms(const struct limit *limit) {
	return (uint64_t)limit->pace.lately_ms;
}

/* ---- a call starts ---- */

void limit_take(
	struct limit *limit, enum limit_kind kind, uint64_t now_ms, struct limit_ticket *ticket) {
	slots_of(limit, kind)->in_flight++;
	if (kind == LIMIT_SEARCH) {
		limit->next_search_ms = now_ms + SEARCH_INTERVAL_MS;
	} else {
		slots_expire(&limit->calls, now_ms);
		pace_take(&limit->pace, now_ms, spread_us(limit, now_ms));
		limit->takes++;
	}
	*ticket = (struct limit_ticket){.kind = kind,
		.sent_ms = now_ms,
		.taken = limit->calls.held + limit->calls.in_flight,
		.takes = limit->takes};
}

/* ---- associations ---- */

/* HubSpot's table: so many of them for an account that may make so many calls in all. */
static uint32_t most_associations(const struct limit *limit) {
	uint32_t max = limit->quota.max;
	return max >= 250 ? 200 : max >= 190 ? 150 : 100;
}

uint64_t limit_associations_when(struct limit *limit, uint64_t now_ms) {
	size_t missing;
	if (limit->settings.is_unlimited) {
		return 0;
	}
	slots_expire(&limit->associations, now_ms);
	return slots_when(&limit->associations, most_associations(limit), 0, &missing);
}

void limit_take_association(struct limit *limit, struct limit_ticket *ticket) {
	ticket->is_association = true;
	limit->associations.in_flight++;
}

/* ---- what its end teaches ---- */

/* The most that HubSpot can have counted of ours when it answered: what was held when the call was
 * sent, and all that was sent since. */
static uint32_t ours(const struct limit *limit, const struct limit_ticket *ticket) {
	return (uint32_t)(ticket->taken + (limit->takes - ticket->takes));
}

static void learn(struct limit *limit, const struct limit_ticket *ticket, uint64_t now_ms,
	const struct limit_end *end) {
	if (end->status == 429 && end->policy == REFUSAL_TEN_SECONDLY &&
		limit->start != START_FIRST) {
		quota_refused(&limit->quota, now_ms, ticket->sent_ms, ours(limit, ticket));
	}
	bool has_rate = quota_learn(&limit->quota, now_ms, end->headers, ours(limit, ticket));
	if (has_rate && limit->start != START_OVER) {
		quota_begin(&limit->quota, now_ms, end->headers, ours(limit, ticket));
		limit->start = START_OVER;
	} else if (limit->start == START_FIRST) {
		limit->start = START_SPACED;
		limit->spaced_until_ms = now_ms + limit->quota.window_ms;
	}
}

/* HubSpot's own ten seconds are over when the oldest of our slots is free, if not before. */
static uint64_t hold_for_429(
	const struct limit *limit, uint64_t now_ms, const struct limit_end *end) {
	uint64_t least_ms = now_ms + LIMITED_HOLD_MS;
	if (end->policy == REFUSAL_DAILY) {
		return 0; /* quota's */
	}
	if (end->policy == REFUSAL_TEN_SECONDLY) {
		least_ms = latest(least_ms, slots_first_ms(&limit->calls));
	}
	return latest(least_ms + (uint64_t)(end->random * SPREAD_MS),
		now_ms + end->headers->retry_after_ms);
}

static uint64_t hold_until(
	const struct limit *limit, uint64_t now_ms, const struct limit_end *end) {
	switch (end->status) {
	case 423:
		return now_ms + LOCK_HOLD_MS;
	case 477:
		return now_ms +
			(end->headers->retry_after_ms != 0 ? end->headers->retry_after_ms
							   : MOVING_HOLD_MS);
	case 429:
		return limit->settings.is_unlimited ? 0 : hold_for_429(limit, now_ms, end);
	default:
		return 0;
	}
}

/* A 429 of the searches' own limit: it says so, or it says nothing and answers a search. */
static bool is_searches_429(const struct limit_ticket *ticket, const struct limit_end *end) {
	return end->status == 429 &&
		(end->policy == REFUSAL_SECONDLY ||
			(end->policy == REFUSAL_NO_POLICY && ticket->kind == LIMIT_SEARCH));
}

static void give_back(struct limit *limit, struct slots *slots, const struct limit_ticket *ticket,
	uint64_t now_ms) {
	assert(slots->in_flight > 0);
	if (limit->settings.is_unlimited) {
		slots->in_flight--;
		return;
	}
	slots_expire(slots, now_ms);
	slots_hold(slots, now_ms, window_ms(limit, ticket->kind, now_ms));
}

void limit_give(struct limit *limit, const struct limit_ticket *ticket, uint64_t now_ms,
	const struct limit_end *end) {
	pace_ended(&limit->pace, now_ms - ticket->sent_ms, end->status != 0);
	give_back(limit, slots_of(limit, ticket->kind), ticket, now_ms);
	if (ticket->is_association) {
		give_back(limit, &limit->associations, ticket, now_ms);
	}
	if (end->status == 0) {
		return;
	}
	quota_learn_day(&limit->quota, now_ms, ticket->sent_ms, end->status, end->headers,
		end->status == 429 && end->policy == REFUSAL_DAILY, end->random);
	if (!limit->settings.is_unlimited && ticket->kind == LIMIT_CALL) {
		learn(limit, ticket, now_ms, end);
	}
	if (is_searches_429(ticket, end)) {
		uint64_t wait_ms = latest(SEARCH_HOLD_MS, end->headers->retry_after_ms);
		limit->searches_held_until_ms = latest(limit->searches_held_until_ms,
			limit->settings.is_unlimited ? 0 : now_ms + wait_ms);
	} else {
		limit->held_until_ms = latest(limit->held_until_ms, hold_until(limit, now_ms, end));
		pace_rest(&limit->pace, limit->held_until_ms, interval_us(limit, now_ms),
			burst(limit, now_ms));
	}
}

void limit_state(const struct limit *limit, uint64_t now_ms, struct limit_state *state) {
	const struct quota *quota = &limit->quota;
	bool is_unlimited = limit->settings.is_unlimited;
	uint64_t until_ms = latest(
		limit->held_until_ms, is_unlimited || !quota->is_day_over ? 0 : quota->probe_ms);
	*state = (struct limit_state){
		.max = is_unlimited ? 0 : quota_max(quota),
		.held = slots_held(&limit->calls, now_ms),
		.in_flight = limit->calls.in_flight,
		.held_until_ms = until_ms > now_ms ? until_ms : 0,
		.share = is_unlimited ? 0 : quota_calls(quota, now_ms),
		.foreign = (uint32_t)(quota->foreign + 0.5),
		.guard_ms = quota->guard_ms,
		.unexpected = quota->impossible,
		.searches = slots_held(&limit->searches, now_ms) + limit->searches.in_flight,
		.daily_max = quota->daily_max,
		.daily_remaining = quota->daily_remaining,
	};
}
