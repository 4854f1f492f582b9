/*
 * Decider: is HubSpot there at all, and may one more call be sent again?
 *
 * The breaker opens after FAILURES_IN_A_ROW, or when most of the last ten seconds' calls failed:
 * not for a slow minority, which retries get over. While it is open nothing is sent but one probe
 * now and then; after PROBES_TO_CLOSE good ones it closes, and the pace grows from a tenth to the
 * whole in ten seconds, so that all who waited do not arrive at once.
 *
 * The budget bounds what retries add to a HubSpot in trouble: a fifth of first attempts, and ten a
 * second on top, without which a slow client could retry nothing. A failed call is charged once,
 * however many rows it carried.
 */
#include "hubspot/inside.h"

enum {
	FAILURES_IN_A_ROW = 10,
	CALLS_TO_JUDGE = 20,
	FAILED_PERCENT = 75,
	FIRST_PAUSE_MS = 5000,
	LONGEST_PAUSE_MS = 60000,
	PROBES_TO_CLOSE = 3,
	RAMP_MS = 10000,
	RAMP_CALLS_A_SECOND = 20, /* at the end of the ramp: HubSpot's own pace */

	BUDGET_MOST = 100 * 1000, /* thousandths of a retry */
	BUDGET_PER_CALL = 200,
	BUDGET_PER_SECOND = 10 * 1000,
};

void breaker_init(struct breaker *breaker) {
	*breaker = (struct breaker){.pause_ms = FIRST_PAUSE_MS, .budget = BUDGET_MOST};
}

/* ---- what the last ten seconds were like ---- */

static struct breaker_second *second_of(struct breaker *breaker, uint64_t now_ms) {
	uint64_t second = now_ms / 1000;
	struct breaker_second *at = &breaker->seconds[second % BREAKER_SECONDS];
	if (at->second != second) {
		*at = (struct breaker_second){.second = second};
	}
	return at;
}

static bool mostly_fails(const struct breaker *breaker, uint64_t now_ms) {
	unsigned calls = 0, failures = 0;
	for (size_t i = 0; i < BREAKER_SECONDS; i++) {
		const struct breaker_second *at = &breaker->seconds[i];
		if (at->second + BREAKER_SECONDS > now_ms / 1000) {
			calls += at->calls;
			failures += at->failures;
		}
	}
	return calls >= CALLS_TO_JUDGE && failures * 100 >= calls * FAILED_PERCENT;
}

/* ---- states ---- */

static void open_breaker(struct breaker *breaker, uint64_t now_ms, double random) {
	uint64_t pause_ms =
		breaker->pause_ms + (uint64_t)((double)breaker->pause_ms * 0.2 * random);
	breaker->state = BREAKER_OPEN;
	breaker->until_ms = now_ms + pause_ms;
	breaker->pause_ms =
		breaker->pause_ms * 2 < LONGEST_PAUSE_MS ? breaker->pause_ms * 2 : LONGEST_PAUSE_MS;
	breaker->good_probes = 0;
	breaker->probes_in_flight = 0;
}

static void start_ramp(struct breaker *breaker, uint64_t now_ms) {
	breaker->state = BREAKER_RAMPING;
	breaker->until_ms = now_ms + RAMP_MS;
	breaker->pause_ms = FIRST_PAUSE_MS;
	breaker->failures_in_a_row = 0;
	memset(breaker->seconds, 0, sizeof(breaker->seconds));
}

/* From a tenth of HubSpot's pace to all of it. */
static uint64_t ramp_spacing_ms(const struct breaker *breaker, uint64_t now_ms) {
	uint64_t passed_ms = RAMP_MS - (breaker->until_ms - now_ms);
	return 1000 * 10 / (RAMP_CALLS_A_SECOND * (1 + 9 * passed_ms / RAMP_MS));
}

uint64_t breaker_when(struct breaker *breaker, uint64_t now_ms) {
	if (breaker->state != BREAKER_CLOSED && breaker->state != BREAKER_PROBING &&
		now_ms >= breaker->until_ms) {
		breaker->state = breaker->state == BREAKER_OPEN ? BREAKER_PROBING : BREAKER_CLOSED;
	}
	switch (breaker->state) {
	case BREAKER_OPEN:
		return breaker->until_ms;
	case BREAKER_PROBING:
		return breaker->probes_in_flight > 0 ? LIMIT_NEVER : 0;
	case BREAKER_RAMPING: {
		uint64_t next_ms = breaker->last_call_ms + ramp_spacing_ms(breaker, now_ms);
		return next_ms > now_ms ? next_ms : 0;
	}
	default:
		return 0;
	}
}

bool breaker_refuses(struct breaker *breaker, uint64_t now_ms, uint64_t *retry_after_ms) {
	uint64_t when_ms = breaker_when(breaker, now_ms);
	if (breaker->state == BREAKER_OPEN) {
		*retry_after_ms = when_ms - now_ms;
		return true;
	}
	*retry_after_ms = FIRST_PAUSE_MS;
	return breaker->state == BREAKER_PROBING && breaker->probes_in_flight > 0;
}

void breaker_sent(struct breaker *breaker, uint64_t now_ms) {
	breaker->last_call_ms = now_ms;
	breaker->probes_in_flight += breaker->state == BREAKER_PROBING;
	breaker->budget += BUDGET_PER_CALL;
	breaker->budget = breaker->budget < BUDGET_MOST ? breaker->budget : BUDGET_MOST;
}

static void end_probe(struct breaker *breaker, uint64_t now_ms, bool is_failure, double random) {
	if (breaker->probes_in_flight == 0) {
		return; /* sent before it opened: says nothing of now */
	}
	breaker->probes_in_flight = 0;
	if (is_failure) {
		open_breaker(breaker, now_ms, random);
	} else if (++breaker->good_probes >= PROBES_TO_CLOSE) {
		start_ramp(breaker, now_ms);
	}
}

void breaker_ended(struct breaker *breaker, uint64_t now_ms, bool is_failure, double random) {
	if (breaker->state == BREAKER_OPEN) {
		return;
	}
	if (breaker->state == BREAKER_PROBING) {
		end_probe(breaker, now_ms, is_failure, random);
		return;
	}
	struct breaker_second *second = second_of(breaker, now_ms);
	second->calls++;
	second->failures += is_failure;
	breaker->failures_in_a_row = is_failure ? breaker->failures_in_a_row + 1 : 0;
	if (breaker->failures_in_a_row >= FAILURES_IN_A_ROW ||
		(is_failure && mostly_fails(breaker, now_ms))) {
		open_breaker(breaker, now_ms, random);
	}
}

bool breaker_may_retry(struct breaker *breaker, uint64_t now_ms) {
	uint64_t passed_ms = breaker->refilled_ms != 0 ? now_ms - breaker->refilled_ms : 0;
	int64_t refill = (int64_t)passed_ms * BUDGET_PER_SECOND / 1000;
	breaker->refilled_ms = now_ms;
	breaker->budget += refill;
	breaker->budget = breaker->budget < BUDGET_MOST ? breaker->budget : BUDGET_MOST;
	if (breaker->budget < 1000) {
		return false;
	}
	breaker->budget -= 1000;
	return true;
}
