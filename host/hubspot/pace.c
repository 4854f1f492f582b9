/*
 * Pacing: slots alone let all calls of a window start at once, and then none until they are free
 * again; rows that come in between would wait for seconds. So after a burst, which is what idle
 * traffic needs, calls start one interval apart (GCRA: `due_us` may run ahead of the clock by the
 * burst).
 *
 * The interval is a little longer than the window shared out evenly, by more than the answers take:
 * then slots come back faster than they are lent, and what a burst has bunched up is spread out
 * again within some windows. With a shorter interval it stays, and callers stall every ten seconds.
 */
#include "hubspot/limit.h"

enum {
	LEAST_MARGIN_MS = 300,
	LONGEST_ANSWER_MS = 10000,
	ANSWERS_IN_MEAN = 32,
};

uint64_t pace_interval_us(const struct pace *pace, uint64_t window_ms, uint32_t calls) {
	uint64_t margin_ms = (uint64_t)(pace->answer_ms * 1.5);
	margin_ms = margin_ms > LEAST_MARGIN_MS ? margin_ms : LEAST_MARGIN_MS;
	return (window_ms + margin_ms) * 1000 / calls;
}

uint64_t pace_when(const struct pace *pace, uint64_t now_ms, uint64_t interval_us, uint32_t burst,
	size_t ahead) {
	uint64_t now_us = now_ms * 1000;
	uint64_t due_us = pace->due_us > now_us ? pace->due_us : now_us;
	uint64_t early_us = (burst - 1) * interval_us;
	due_us += ahead * interval_us;
	return due_us > now_us + early_us ? (due_us - early_us + 999) / 1000 : 0;
}

void pace_take(struct pace *pace, uint64_t now_ms, uint64_t interval_us) {
	uint64_t now_us = now_ms * 1000;
	pace->due_us = (pace->due_us > now_us ? pace->due_us : now_us) + interval_us;
}

void pace_rest(struct pace *pace, uint64_t until_ms, uint64_t interval_us, uint32_t burst) {
	uint64_t due_us = until_ms * 1000 + (burst - 1) * interval_us;
	pace->due_us = pace->due_us > due_us ? pace->due_us : due_us;
}

void pace_answered(struct pace *pace, uint64_t took_ms) {
	double took = (double)(took_ms < LONGEST_ANSWER_MS ? took_ms : LONGEST_ANSWER_MS);
	pace->answer_ms += (took - pace->answer_ms) / ANSWERS_IN_MEAN;
}
