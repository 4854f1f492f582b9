/*
 * hubspot/limit.h - the parts that limit.c is made of: slots, pace, quota. Only they include it.
 *
 * Each is a state and a given clock, like the decider they make up; decide.h says what that offers.
 */
#ifndef HUBSPOT_LIMIT_H
#define HUBSPOT_LIMIT_H

#include "hubspot/decide.h"

/* ---- slots.c: never more than so many calls within one window ---- */

enum { SLOTS_BUCKETS = 1024 };

struct slots {
	uint32_t in_flight;
	uint32_t held;  /* answered; in the buckets */
	struct slots_bucket { uint64_t free_ms; uint32_t slots; } buckets[SLOTS_BUCKETS]; /* a ring */
	size_t first, count;
};

/* Forgets what is free by now; comes before every other question. */
void slots_expire(struct slots *slots, uint64_t now_ms);

/* A call in flight was answered: its slot is free again when a window has passed. */
void slots_hold(struct slots *slots, uint64_t now_ms, uint64_t window_ms);

/* When one of `most` slots is there for a call, after `ahead` others have taken theirs. 0: now.
 * LIMIT_NEVER: what is held does not suffice; *missing calls, in flight or ahead, must end first. */
uint64_t slots_when(const struct slots *slots, uint32_t most, size_t ahead, size_t *missing);

/* When the slot that is held longest becomes free; 0: none is held. */
uint64_t slots_first_ms(const struct slots *slots);

/* How many are held at `now_ms`, those in flight not counted. */
uint32_t slots_held(const struct slots *slots, uint64_t now_ms);

/* ---- pace.c: evenly, after a burst ---- */

struct pace {
	uint64_t due_us;   /* when the next call would start, were all evenly spaced */
	double answer_ms;  /* the moving mean of how long a call takes */
	double lately_ms;  /* the same of the last few that were answered */
	unsigned calls, answers; /* in the means so far */
};

/* How far apart calls start, when `calls` (at least 1) may start in `window_ms`. */
uint64_t pace_interval_us(const struct pace *pace, uint64_t window_ms, uint32_t calls);

/* When the call after `ahead` others may start; after a rest `burst` (at least 1) start at once. 0: now. */
uint64_t pace_when(const struct pace *pace, uint64_t now_ms, uint64_t interval_us, uint32_t burst,
	size_t ahead);
void pace_take(struct pace *pace, uint64_t now_ms, uint64_t interval_us);
/* Nothing starts until `until_ms`, and then without a burst: all who waited for it would go at once. */
void pace_rest(struct pace *pace, uint64_t until_ms, uint64_t interval_us, uint32_t burst);
void pace_ended(struct pace *pace, uint64_t took_ms, bool is_answered);

/* How long the next answer may take: the longer of the two means, for when HubSpot slows down. */
double pace_expect_ms(const struct pace *pace);

/* ---- quota.c: what HubSpot's replies say of our share in ten seconds, and of the day ---- */

struct quota {
	uint32_t ceiling;          /* the setting; or 0 */
	uint32_t max;              /* HubSpot's, once it has said one */
	uint64_t window_ms;
	uint32_t others;           /* used by others before we came: certain until others_until_ms */
	uint64_t others_until_ms;
	double foreign;            /* calls of others in the window, at the least */
	uint64_t foreign_since_ms; /* when that last changed */
	uint32_t guard_ms;         /* how much longer than its window a slot is held */
	uint64_t guard_since_ms;   /* when that last changed */
	uint64_t impossible;       /* 429s that our own books cannot explain */
	int64_t daily_max, daily_remaining; /* -1: never told */
	bool is_day_short;         /* said so in the log */
	bool is_day_over;          /* only probes go */
	uint64_t probe_ms;         /* the next one */
};

void quota_init(struct quota *quota, uint32_t ceiling);

/* HubSpot's maximum, or the ceiling when that is lower. */
uint32_t quota_max(const struct quota *quota);

/* How many calls of ours may be held or in flight; 0 only while others are certain to use all. */
uint32_t quota_calls(const struct quota *quota, uint64_t now_ms);

/* The window with its guard: how long a slot is held. */
uint64_t quota_window_ms(struct quota *quota, uint64_t now_ms);

/* A reply came; `ours` is the most that HubSpot can have counted of our calls when it answered.
 * True: it had rate headers. */
bool quota_learn(
	struct quota *quota, uint64_t now_ms, const struct call_headers *headers, uint32_t ours);

/* The first reply with rate headers: what others have used counts as held for a window. */
void quota_begin(
	struct quota *quota, uint64_t now_ms, const struct call_headers *headers, uint32_t ours);

/* A 429 for the ten-second limit, of a call sent at `sent_ms`. */
void quota_refused(struct quota *quota, uint64_t now_ms, uint64_t sent_ms, uint32_t ours);

/* Any reply, for the day. */
void quota_learn_day(struct quota *quota, uint64_t now_ms, uint64_t sent_ms, int status,
	const struct call_headers *headers, bool is_refused, double random);

#endif
