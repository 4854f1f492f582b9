/*
 * The limiter, saturated, in virtual time, against a server that counts in a true rolling window, with
 * delays that jitter, stall and overtake each other: nothing is refused, and the quota is used.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "hubspot/inside.h"

enum { W = LIMIT_WINDOW_MS, T0 = 1000000 };

static struct limit *limit;

enum { COUNTED = 1 << 12, FLYING = 200 };

struct server {
	uint32_t max;
	uint64_t counted[COUNTED]; /* moments, a ring */
	size_t first, count;
	uint64_t accepted, refused;
};

static uint32_t seed;

static double chance(void) {
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) / 16777216.0;
}

static bool server_takes(struct server *server, uint64_t now_ms) {
	while (server->count > 0 && server->counted[server->first] + W <= now_ms) {
		server->first = (server->first + 1) % COUNTED;
		server->count--;
	}
	if (server->count >= server->max) {
		server->refused++;
		return false;
	}
	server->counted[(server->first + server->count++) % COUNTED] = now_ms;
	server->accepted++;
	return true;
}

struct flight {
	bool is_flying, is_counted, is_taken;
	uint64_t count_ms, answer_ms;
	int64_t remaining;
};

static void fly(struct flight *flight, uint64_t now_ms) {
	uint64_t there_ms = 5 + (uint64_t)(chance() * 100), back_ms = 5 + (uint64_t)(chance() * 100);
	there_ms += chance() < 0.005 ? 200 + (uint64_t)(chance() * 800) : 0; /* a lost packet */
	back_ms += chance() < 0.02 ? (uint64_t)(chance() * 3000) : 0;
	*flight = (struct flight){.is_flying = true, .count_ms = now_ms + there_ms, .answer_ms = now_ms + there_ms + back_ms};
}

static void step(struct server *server, struct flight *flights, uint64_t now_ms) {
	for (int i = 0; i < FLYING; i++) {
		struct flight *flight = &flights[i];
		if (flight->is_flying && !flight->is_counted && flight->count_ms <= now_ms) {
			flight->is_counted = true;
			flight->is_taken = server_takes(server, now_ms);
			flight->remaining = (int64_t)(server->max - server->count);
		}
		if (flight->is_flying && flight->answer_ms <= now_ms) {
			flight->is_flying = false;
			const struct call_headers headers = {.rate_max = server->max, .rate_remaining = flight->remaining,
				.rate_interval_ms = W, .daily_max = -1, .daily_remaining = -1};
			limit_give(limit, now_ms, flight->is_taken ? 200 : 429, &headers, REFUSAL_TEN_SECONDLY, chance());
		}
		if (!flight->is_flying && limit_when(limit, now_ms) == 0) {
			limit_take(limit, now_ms);
			fly(flight, now_ms);
		}
	}
}

/* A quarter of an hour, saturated; `others` calls were counted just before we came. */
static void saturate(uint32_t max, uint32_t others, uint32_t begin_seed) {
	static struct server server;
	static struct flight flights[FLYING];
	enum { DURATION_MS = 900000 };
	seed = begin_seed;
	server = (struct server){.max = max};
	memset(flights, 0, sizeof(flights));
	for (uint32_t i = 0; i < others; i++) {
		server_takes(&server, T0 - 1);
	}
	limit = limit_create(&(struct limit_settings){.max_calls = FLYING});
	for (uint64_t now_ms = T0; now_ms < T0 + DURATION_MS; now_ms++) {
		if (now_ms % 5 == 0) {
			step(&server, flights, now_ms);
		}
	}
	assert_int_equal(server.refused, 0);
	double use = (double)(server.accepted - others) * W / ((double)max * DURATION_MS);
	assert_true(use > 0.96);
	limit_destroy(limit);
}

static void saturated_no_call_is_refused(void **state) {
	(void)state;
	saturate(190, 0, 1);
	saturate(190, 120, 2);
	saturate(100, 99, 3);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(saturated_no_call_is_refused)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
