/*
 * Decider: may a call start now, or when. Held slots: a call takes one of N when it starts, and the slot
 * is free again a whole window after its answer.
 *
 * Why that suffices, whatever the delays: HubSpot counts a call somewhere between our send and its
 * answer. Were N + 1 calls counted within one window that ends at t, each of their slots would be free
 * only after answer + window > t, so N + 1 slots would be held at t; there are N.
 *
 * What others have used before we came is learned from the first reply: until then one call at a time.
 */
#include "hubspot/inside.h"

#include <assert.h>

#include "base/memory.h"

enum {
	DEFAULT_MAX = 100,
	SANE_MAX = 10000,        /* a header that says more is not believed */
	LONGEST_WINDOW_MS = 60000,
	BUCKETS_A_WINDOW = 500,
	BUCKETS = 1024,          /* those of two windows: the window may become longer, once */
	LOCK_HOLD_MS = 2000,     /* 423 */
	MOVING_HOLD_MS = 60000,  /* 477 that does not say how long */
	DAILY_PROBE_MS = 300000,
	LIMITED_HOLD_MS = 1000,  /* the least after a 429 */
	SPREAD_MS = 1000,
};

/* How the first calls go. */
enum start { START_FIRST,   /* nothing is known: one call in flight */
	     START_SPACED,  /* HubSpot replied without rate headers: evenly spaced, for one window */
	     START_OVER };

/* Slots that become free at the same moment. */
struct bucket {
	uint64_t free_ms;
	uint32_t slots;
};

struct limit {
	struct limit_settings settings;
	uint32_t max;
	uint64_t window_ms;
	uint32_t in_flight;
	uint32_t held;                  /* in the buckets */
	struct bucket buckets[BUCKETS]; /* a ring, the soonest first */
	size_t first;
	size_t count;
	uint64_t held_until_ms;
	enum start start;
	uint64_t spaced_until_ms;
	uint64_t next_spaced_ms;
};

struct limit *limit_create(const struct limit_settings *settings) {
	struct limit *limit = must_calloc(1, sizeof(*limit));
	limit->settings = *settings;
	limit->max = settings->rate_limit != 0 ? settings->rate_limit : DEFAULT_MAX;
	limit->window_ms = LIMIT_WINDOW_MS;
	return limit;
}

void limit_destroy(struct limit *limit) {
	free(limit);
}

/* ---- slots ---- */

static struct bucket *bucket_at(struct limit *limit, size_t index) {
	return &limit->buckets[(limit->first + index) % BUCKETS];
}

static void expire(struct limit *limit, uint64_t now_ms) {
	while (limit->count > 0 && bucket_at(limit, 0)->free_ms <= now_ms) {
		limit->held -= bucket_at(limit, 0)->slots;
		limit->first = (limit->first + 1) % BUCKETS;
		limit->count--;
	}
}

/* Rounded up, so that a window has a known number of buckets; the 1 ms is what the clock cut off. */
static uint64_t free_moment(const struct limit *limit, uint64_t now_ms) {
	uint64_t step_ms = limit->window_ms / BUCKETS_A_WINDOW;
	uint64_t at_ms = now_ms + limit->window_ms + 1;
	return (at_ms + step_ms - 1) / step_ms * step_ms;
}

static void hold_slots(struct limit *limit, uint64_t now_ms, uint32_t slots) {
	uint64_t free_ms = free_moment(limit, now_ms);
	struct bucket *last = limit->count > 0 ? bucket_at(limit, limit->count - 1) : NULL;
	if (last == NULL || (last->free_ms < free_ms && limit->count < BUCKETS)) {
		last = bucket_at(limit, limit->count++);
		*last = (struct bucket){.free_ms = free_ms};
	}
	last->free_ms = last->free_ms > free_ms ? last->free_ms : free_ms;
	last->slots += slots;
	limit->held += slots;
}

/* When fewer than `max` slots are taken: 0 for now. */
static uint64_t slot_when(struct limit *limit) {
	uint32_t taken = limit->held + limit->in_flight;
	for (size_t i = 0; taken >= limit->max; i++) {
		if (i == limit->count) {
			return LIMIT_NEVER;
		}
		taken -= bucket_at(limit, i)->slots;
		if (taken < limit->max) {
			return bucket_at(limit, i)->free_ms;
		}
	}
	return 0;
}

/* ---- the start ---- */

static uint64_t spacing_ms(const struct limit *limit) {
	return (limit->window_ms + limit->max - 1) / limit->max;
}

static uint64_t start_when(struct limit *limit, uint64_t now_ms) {
	if (limit->start == START_FIRST) {
		return limit->in_flight > 0 ? LIMIT_NEVER : 0;
	}
	if (limit->start == START_SPACED && now_ms >= limit->spaced_until_ms) {
		limit->start = START_OVER;
	}
	return limit->start == START_SPACED && limit->next_spaced_ms > now_ms ? limit->next_spaced_ms : 0;
}

static uint64_t latest(uint64_t a_ms, uint64_t b_ms) {
	return a_ms > b_ms ? a_ms : b_ms;
}

uint64_t limit_when(struct limit *limit, uint64_t now_ms) {
	if (limit->in_flight >= limit->settings.max_calls) {
		return LIMIT_NEVER;
	}
	uint64_t when_ms = limit->held_until_ms > now_ms ? limit->held_until_ms : 0;
	if (!limit->settings.is_unlimited) {
		expire(limit, now_ms);
		when_ms = latest(when_ms, latest(slot_when(limit), start_when(limit, now_ms)));
	}
	return when_ms;
}

void limit_take(struct limit *limit, uint64_t now_ms) {
	limit->in_flight++;
	limit->next_spaced_ms = now_ms + spacing_ms(limit);
}

/* ---- what a reply teaches ---- */

static bool has_rate(const struct call_headers *headers) {
	return headers->rate_max >= 1 && headers->rate_max <= SANE_MAX;
}

/* A shorter window than the documented one is not believed: too long costs speed, too short a 429. */
static void learn_max(struct limit *limit, const struct call_headers *headers) {
	uint32_t told = (uint32_t)headers->rate_max;
	uint32_t ceiling = limit->settings.rate_limit;
	limit->max = ceiling != 0 && ceiling < told ? ceiling : told;
	if (headers->rate_interval_ms > (int64_t)limit->window_ms && headers->rate_interval_ms <= LONGEST_WINDOW_MS) {
		limit->window_ms = (uint64_t)headers->rate_interval_ms;
	}
}

/* Slots that others on the same token have used: they stand against HubSpot's maximum, not our ceiling. */
static void hold_for_others(struct limit *limit, uint64_t now_ms, const struct call_headers *headers) {
	int64_t used = headers->rate_max - headers->rate_remaining;
	int64_t spare = headers->rate_max - limit->max;
	int64_t others = used - limit->held - spare;
	if (headers->rate_remaining >= 0 && others > 0 && used <= headers->rate_max) {
		hold_slots(limit, now_ms, (uint32_t)others);
	}
}

static void learn(struct limit *limit, uint64_t now_ms, const struct call_headers *headers) {
	if (has_rate(headers)) {
		learn_max(limit, headers);
		if (limit->start != START_OVER) {
			hold_for_others(limit, now_ms, headers);
			limit->start = START_OVER;
		}
	} else if (limit->start == START_FIRST) {
		limit->start = START_SPACED;
		limit->spaced_until_ms = now_ms + limit->window_ms;
	}
}

/* ---- holds ---- */

static uint64_t hold_for_429(struct limit *limit, uint64_t now_ms, const struct call_headers *headers,
	enum refusal_policy policy, double random) {
	uint64_t least_ms = now_ms + LIMITED_HOLD_MS;
	uint64_t spread_ms = (uint64_t)(random * SPREAD_MS);
	switch (policy) {
	case REFUSAL_SECONDLY: /* of searches alone */
		return 0;
	case REFUSAL_DAILY:
		limit->start = START_FIRST; /* what comes after is a probe: one call */
		return now_ms + DAILY_PROBE_MS * 8 / 10 + (uint64_t)(random * DAILY_PROBE_MS * 4 / 10);
	case REFUSAL_TEN_SECONDLY:
		least_ms = latest(least_ms, bucket_at(limit, 0)->free_ms); /* this call's own slot is there at least */
		break;
	default:
		break;
	}
	return latest(least_ms + spread_ms, now_ms + headers->retry_after_ms);
}

static uint64_t hold_until(struct limit *limit, uint64_t now_ms, int status, const struct call_headers *headers,
	enum refusal_policy policy, double random) {
	switch (status) {
	case 423:
		return now_ms + LOCK_HOLD_MS;
	case 477:
		return now_ms + (headers->retry_after_ms != 0 ? headers->retry_after_ms : MOVING_HOLD_MS);
	case 429:
		return limit->settings.is_unlimited ? 0 : hold_for_429(limit, now_ms, headers, policy, random);
	default:
		return 0;
	}
}

void limit_give(struct limit *limit, uint64_t now_ms, int status, const struct call_headers *headers,
	enum refusal_policy policy, double random) {
	assert(limit->in_flight > 0);
	limit->in_flight--;
	if (!limit->settings.is_unlimited) {
		expire(limit, now_ms);
		hold_slots(limit, now_ms, 1);
		if (status != 0) {
			learn(limit, now_ms, headers);
		}
	}
	limit->held_until_ms =
		latest(limit->held_until_ms, hold_until(limit, now_ms, status, headers, policy, random));
}

void limit_state(const struct limit *limit, uint64_t now_ms, struct limit_state *state) {
	*state = (struct limit_state){.max = limit->settings.is_unlimited ? 0 : limit->max,
		.held = limit->held,
		.in_flight = limit->in_flight,
		.held_until_ms = limit->held_until_ms > now_ms ? limit->held_until_ms : 0};
	for (size_t i = 0; i < limit->count; i++) {
		const struct bucket *bucket = &limit->buckets[(limit->first + i) % BUCKETS];
		state->held -= bucket->free_ms <= now_ms ? bucket->slots : 0;
	}
}
