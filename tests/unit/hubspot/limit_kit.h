/*
 * One limiter in virtual time, asked and told by hand. For tests of its rules; against a server:
 * limit_sim.h.
 */
#ifndef LIMIT_KIT_H
#define LIMIT_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/log.h"
#include "hubspot/limit.h"

enum { W = LIMIT_WINDOW_MS, T0 = 1000000 };

static struct limit *limit;

/* Of calls in flight; the last to start is the first to end. */
static struct limit_ticket tickets[2000];
static size_t flying;

static void no_log(const char *line, void *ctx) {
	(void)line;
	(void)ctx;
}

static void make(uint32_t rate_limit, bool is_unlimited, uint32_t max_calls) {
	log_redirect(no_log, NULL);
	flying = 0;
	limit = limit_create(&(struct limit_settings){
		.rate_limit = rate_limit, .is_unlimited = is_unlimited, .max_calls = max_calls});
}

static int stop(void **state) {
	(void)state;
	limit_destroy(limit);
	limit = NULL;
	return 0;
}

static struct call_headers rate(int64_t max, int64_t remaining) {
	return (struct call_headers){.rate_max = max,
		.rate_remaining = remaining,
		.rate_interval_ms = W,
		.daily_max = -1,
		.daily_remaining = -1};
}

static inline uint64_t when(uint64_t now_ms) {
	return limit_when(limit, LIMIT_CALL, now_ms, 0);
}

static struct limit_ticket take_kind(enum limit_kind kind, uint64_t now_ms) {
	struct limit_ticket ticket;
	assert_int_equal(limit_when(limit, kind, now_ms, 0), 0);
	limit_take(limit, kind, now_ms, &ticket);
	return ticket;
}

static void take(uint64_t now_ms) {
	tickets[flying++] = take_kind(LIMIT_CALL, now_ms);
}

static void give_ticket(struct limit_ticket ticket, uint64_t now_ms, int status,
	struct call_headers headers, enum refusal_policy policy, double random) {
	limit_give(limit, &ticket, now_ms,
		&(struct limit_end){
			.status = status, .headers = &headers, .policy = policy, .random = random});
}

static void give(uint64_t now_ms, int status, struct call_headers headers) {
	assert_true(flying > 0);
	give_ticket(tickets[--flying], now_ms, status, headers, REFUSAL_NO_POLICY, 0);
}

static inline void refuse(uint64_t now_ms, enum refusal_policy policy, double random) {
	assert_true(flying > 0);
	give_ticket(tickets[--flying], now_ms, 429, rate(-1, -1), policy, random);
}

static struct limit_state state_at(uint64_t now_ms) {
	struct limit_state now;
	limit_state(limit, now_ms, &now);
	return now;
}

/* The first call, answered by a server on which nobody else has called. */
static void begin(uint32_t max) {
	take(T0);
	give(T0, 200, rate(max, max - 1));
}

/* How many calls start until then, each as soon as it may and answered at once. *now_ms: what then
 * is. */
static inline uint32_t run(uint64_t *now_ms, uint64_t until_ms) {
	uint32_t count = 0;
	while (*now_ms < until_ms) {
		uint64_t next_ms = when(*now_ms);
		if (next_ms == 0) {
			take(*now_ms);
			give(*now_ms, 200, rate(-1, -1));
			count++;
		} else {
			*now_ms = next_ms < until_ms ? next_ms : until_ms;
		}
		assert_true(count < 20000);
	}
	return count;
}

/* How many may start at once. */
static inline uint32_t burst(uint64_t now_ms) {
	return run(&now_ms, now_ms + 1);
}

#endif
