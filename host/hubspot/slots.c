/*
 * Held slots: a call takes one when it starts, and the slot is free again a whole window after its
 * answer.
 *
 * Why that suffices, whatever the delays: HubSpot counts a call somewhere between our send and its
 * answer. Were N + 1 calls counted within one window that ends at t, each of their slots would be
 * free only after answer + window > t, so N + 1 slots would be held at t; there are N.
 */
#include "hubspot/limit.h"

enum { BUCKETS_A_WINDOW = 500 };

static size_t place_of(const struct slots *slots, size_t index) {
	return (slots->first + index) % SLOTS_BUCKETS;
}

void slots_expire(struct slots *slots, uint64_t now_ms) {
	while (slots->count > 0 && slots->buckets[slots->first].free_ms <= now_ms) {
		slots->held -= slots->buckets[slots->first].slots;
		slots->first = place_of(slots, 1);
		slots->count--;
	}
}

/* Rounded up, so that a window has a known number of buckets; the 1 ms is what the clock cut off.
 */
static uint64_t free_moment(uint64_t now_ms, uint64_t window_ms) {
	uint64_t step_ms = window_ms / BUCKETS_A_WINDOW;
	uint64_t at_ms = now_ms + window_ms + 1;
	return (at_ms + step_ms - 1) / step_ms * step_ms;
}

/* A window that became shorter, or more buckets than there are: the last one serves, which is late
 * at worst. */
void slots_hold(struct slots *slots, uint64_t now_ms, uint64_t window_ms) {
	uint64_t free_ms = free_moment(now_ms, window_ms);
	struct slots_bucket *last =
		slots->count > 0 ? &slots->buckets[place_of(slots, slots->count - 1)] : NULL;
	if (last == NULL || (last->free_ms < free_ms && slots->count < SLOTS_BUCKETS)) {
		last = &slots->buckets[place_of(slots, slots->count++)];
		*last = (struct slots_bucket){.free_ms = free_ms};
	}
	last->free_ms = last->free_ms > free_ms ? last->free_ms : free_ms;
	last->slots++;
	slots->in_flight--;
	slots->held++;
}

uint64_t slots_when(const struct slots *slots, uint32_t most, size_t ahead, size_t *missing) {
	size_t wanted = (size_t)slots->held + slots->in_flight + ahead + 1;
	size_t over = wanted > most ? wanted - most : 0;
	uint64_t when_ms = 0;
	for (size_t i = 0; over > 0 && i < slots->count; i++) {
		const struct slots_bucket *bucket = &slots->buckets[place_of(slots, i)];
		over -= over < bucket->slots ? over : bucket->slots;
		when_ms = bucket->free_ms;
	}
	*missing = over;
	return over > 0 ? LIMIT_NEVER : when_ms;
}

uint64_t slots_first_ms(const struct slots *slots) {
	return slots->count > 0 ? slots->buckets[slots->first].free_ms : 0;
}

uint32_t slots_held(const struct slots *slots, uint64_t now_ms) {
	uint32_t held = slots->held;
	for (size_t i = 0; i < slots->count; i++) {
		const struct slots_bucket *bucket = &slots->buckets[place_of(slots, i)];
		held -= bucket->free_ms <= now_ms ? bucket->slots : 0;
	}
	return held;
}
