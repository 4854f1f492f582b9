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
	LEAST_MARGIN_MS = 200,
	LONGEST_ANSWER_MS = 10000,
	CALLS_IN_MEAN = 32,
	ANSWERS_LATELY = 4,
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

/* The first ones count fully: a mean that begins at nothing would take half a minute to rise. */
static void into_mean(double *mean_ms, double took_ms, unsigned *count, unsigned most) {
	*count += *count < most;
	*mean_ms += (took_ms - *mean_ms) / *count;
}

void pace_ended(struct pace *pace, uint64_t took_ms, bool is_answered) {
	double took = (double)(took_ms < LONGEST_ANSWER_MS ? took_ms : LONGEST_ANSWER_MS);
	into_mean(&pace->answer_ms, took, &pace->calls, CALLS_IN_MEAN);
	if (is_answered) {
		into_mean(&pace->lately_ms, took, &pace->answers, ANSWERS_LATELY);
	}
}

double pace_expect_ms(const struct pace *pace) {
	return pace->answer_ms > pace->lately_ms ? pace->answer_ms : pace->lately_ms;
}
