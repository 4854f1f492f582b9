/*
 * The limiter against a server in virtual time: the server counts in a true rolling window (or in
 * one that is coarser than it says), calls take their time to get there and back and overtake each
 * other, others use the same quota, rows arrive and wait. From event to event, so a quarter of an
 * hour takes no time.
 */
#ifndef LIMIT_SIM_H
#define LIMIT_SIM_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "hubspot/inside.h"

enum {
	SIM_T0 = 1000000,
	SIM_COUNTED = 1 << 12,
	SIM_FLYING = 64,
	SIM_ROWS = 1 << 17,
	SIM_LANES = 16
};

typedef void sim_delay_fn(size_t rows, uint64_t *there_ms, uint64_t *back_ms);

struct sim_flight {
	bool is_flying, is_counted, is_taken;
	uint64_t count_ms, answer_ms;
	int64_t remaining;
	struct limit_ticket ticket;
	size_t lane, first_row, rows;
};

struct sim_lane { /* arrivals of its rows, oldest first */
	uint64_t *rows;
	size_t first, count;
	double rows_a_second, next_ms;
};

struct sim {
	/* what is asked for */
	uint32_t max, max_calls;
	uint64_t window_ms; /* in which the server really counts */
	uint64_t duration_ms;
	sim_delay_fn *delay;
	uint32_t others_before;                     /* calls of others, just before we came */
	double foreign_a_second;                    /* calls of others */
	uint64_t foreign_from_ms, foreign_until_ms; /* after the begin */
	bool has_no_headers;
	struct sim_lane lanes[SIM_LANES];
	size_t lane_count; /* 0: saturated */
	/* what comes out */
	uint64_t accepted, refused; /* of ours */
	uint64_t foreign_accepted;
	uint64_t last_refused_ms;
	uint64_t *waits; /* from arrival to answer, in ms */
	size_t wait_count;
	struct limit_state end;
	/* inside */
	uint64_t counted[SIM_COUNTED];
	size_t first, count;
	struct sim_flight flights[SIM_FLYING];
	struct limit *limit;
	double next_foreign_ms;
};

static uint32_t sim_seed = 1;

static double sim_chance(void) {
	sim_seed = sim_seed * 1664525u + 1013904223u;
	return (sim_seed >> 8) / 16777216.0;
}

static uint64_t sim_span(uint64_t from_ms, uint64_t to_ms) {
	return from_ms + (uint64_t)(sim_chance() * (double)(to_ms - from_ms));
}

/* The time to the next of events that come `a_second` times a second, by a rule of thumb for
 * Poisson's. */
static double sim_gap_ms(double a_second) {
	double sum = 0;
	for (int i = 0; i < 3; i++) {
		double x = sim_chance();
		sum += x * x * x;
	}
	return sum * 4 / 3 * 1000 / a_second;
}

static bool sim_server_takes(struct sim *sim, uint64_t now_ms) {
	while (sim->count > 0 && sim->counted[sim->first] + sim->window_ms <= now_ms) {
		sim->first = (sim->first + 1) % SIM_COUNTED;
		sim->count--;
	}
	if (sim->count >= sim->max) {
		return false;
	}
	sim->counted[(sim->first + sim->count++) % SIM_COUNTED] = now_ms;
	return true;
}

/* ---- our calls ---- */

static void sim_count(struct sim *sim, struct sim_flight *flight, uint64_t now_ms) {
	flight->is_counted = true;
	flight->is_taken = sim_server_takes(sim, now_ms);
	flight->remaining = (int64_t)(sim->max - sim->count);
	sim->accepted += flight->is_taken;
	sim->refused += !flight->is_taken;
	sim->last_refused_ms = flight->is_taken ? sim->last_refused_ms : now_ms;
}

static void sim_answer(struct sim *sim, struct sim_flight *flight, uint64_t now_ms) {
	const struct call_headers headers = {
		.rate_max = sim->has_no_headers ? -1 : (int64_t)sim->max,
		.rate_remaining = flight->remaining,
		.rate_interval_ms = LIMIT_WINDOW_MS,
		.daily_max = -1,
		.daily_remaining = -1};
	const struct limit_end end = {.status = flight->is_taken ? 200 : 429,
		.headers = &headers,
		.policy = flight->is_taken ? REFUSAL_NO_POLICY : REFUSAL_TEN_SECONDLY,
		.random = sim_chance()};
	struct sim_lane *lane = &sim->lanes[flight->lane];
	flight->is_flying = false;
	limit_give(sim->limit, &flight->ticket, now_ms, &end);
	for (size_t i = 0; i < flight->rows && flight->is_taken && sim->lane_count > 0; i++) {
		sim->waits[sim->wait_count++] = now_ms - lane->rows[flight->first_row + i];
	}
}

/* The lane whose first row is the oldest; NULL: nothing waits. */
static struct sim_lane *sim_urgent(struct sim *sim) {
	struct sim_lane *urgent = NULL;
	for (size_t i = 0; i < sim->lane_count; i++) {
		struct sim_lane *lane = &sim->lanes[i];
		if (lane->first < lane->count &&
			(urgent == NULL || lane->rows[lane->first] < urgent->rows[urgent->first])) {
			urgent = lane;
		}
	}
	return urgent;
}

static void sim_send(struct sim *sim, uint64_t now_ms) {
	struct sim_flight *flight = sim->flights;
	struct sim_lane *lane = sim_urgent(sim);
	uint64_t there_ms, back_ms;
	while (flight->is_flying) {
		flight++;
	}
	size_t waiting = lane != NULL ? lane->count - lane->first : 1;
	*flight = (struct sim_flight){
		.is_flying = true, .rows = waiting < ROWS_MAX ? waiting : ROWS_MAX};
	if (lane != NULL) {
		flight->lane = (size_t)(lane - sim->lanes);
		flight->first_row = lane->first;
		lane->first += flight->rows;
	}
	sim->delay(flight->rows, &there_ms, &back_ms);
	flight->count_ms = now_ms + there_ms;
	flight->answer_ms = flight->count_ms + back_ms;
	limit_take(sim->limit, LIMIT_CALL, now_ms, &flight->ticket);
}

/* ---- events ---- */

static void sim_arrivals(struct sim *sim, uint64_t now_ms) {
	for (size_t i = 0; i < sim->lane_count; i++) {
		struct sim_lane *lane = &sim->lanes[i];
		while (lane->next_ms <= (double)now_ms) {
			assert(lane->count < SIM_ROWS);
			lane->rows[lane->count++] = now_ms;
			lane->next_ms += sim_gap_ms(lane->rows_a_second);
		}
	}
	while (sim->next_foreign_ms <= (double)now_ms) {
		sim->foreign_accepted += sim_server_takes(sim, now_ms);
		sim->next_foreign_ms += sim_gap_ms(sim->foreign_a_second);
	}
	if (sim->next_foreign_ms > (double)(SIM_T0 + sim->foreign_until_ms)) {
		sim->next_foreign_ms = 1e300;
	}
}

/* In the order in which things happen within a millisecond: counted, answered, sent. */
static void sim_step(struct sim *sim, uint64_t now_ms) {
	sim_arrivals(sim, now_ms);
	for (size_t i = 0; i < SIM_FLYING; i++) {
		struct sim_flight *flight = &sim->flights[i];
		if (flight->is_flying && !flight->is_counted && flight->count_ms <= now_ms) {
			sim_count(sim, flight, now_ms);
		}
	}
	for (size_t i = 0; i < SIM_FLYING; i++) {
		struct sim_flight *flight = &sim->flights[i];
		if (flight->is_flying && flight->answer_ms <= now_ms) {
			sim_answer(sim, flight, now_ms);
		}
	}
	while ((sim->lane_count == 0 || sim_urgent(sim) != NULL) &&
		limit_when(sim->limit, LIMIT_CALL, now_ms, 0) == 0) {
		sim_send(sim, now_ms);
	}
}

static uint64_t sim_next_ms(struct sim *sim, uint64_t now_ms) {
	double next_ms = sim->next_foreign_ms;
	for (size_t i = 0; i < SIM_FLYING; i++) {
		const struct sim_flight *flight = &sim->flights[i];
		double event_ms =
			(double)(flight->is_counted ? flight->answer_ms : flight->count_ms);
		next_ms = flight->is_flying && event_ms < next_ms ? event_ms : next_ms;
	}
	for (size_t i = 0; i < sim->lane_count; i++) {
		next_ms = sim->lanes[i].next_ms < next_ms ? sim->lanes[i].next_ms : next_ms;
	}
	if (sim->lane_count == 0 || sim_urgent(sim) != NULL) {
		uint64_t when_ms = limit_when(sim->limit, LIMIT_CALL, now_ms, 0);
		next_ms = when_ms != LIMIT_NEVER && (double)when_ms < next_ms ? (double)when_ms
									      : next_ms;
	}
	uint64_t whole_ms = (uint64_t)next_ms;
	whole_ms += (double)whole_ms < next_ms;
	return whole_ms > now_ms ? whole_ms : now_ms + 1;
}

static void sim_run(struct sim *sim) {
	sim->window_ms = sim->window_ms != 0 ? sim->window_ms : LIMIT_WINDOW_MS;
	sim->max_calls = sim->max_calls != 0 ? sim->max_calls : 16;
	sim->next_foreign_ms =
		sim->foreign_a_second > 0 ? SIM_T0 + (double)sim->foreign_from_ms : 1e300;
	sim->waits = calloc(SIM_ROWS, sizeof(*sim->waits));
	for (size_t i = 0; i < sim->lane_count; i++) {
		sim->lanes[i].rows = calloc(SIM_ROWS, sizeof(uint64_t));
		sim->lanes[i].next_ms = SIM_T0 + sim_gap_ms(sim->lanes[i].rows_a_second);
	}
	for (uint32_t i = 0; i < sim->others_before; i++) {
		sim_server_takes(sim, SIM_T0 - 1);
	}
	sim->limit = limit_create(&(struct limit_settings){.max_calls = sim->max_calls});
	uint64_t now_ms = SIM_T0;
	while (now_ms < SIM_T0 + sim->duration_ms) {
		sim_step(sim, now_ms);
		now_ms = sim_next_ms(sim, now_ms);
	}
	limit_state(sim->limit, now_ms, &sim->end);
	limit_destroy(sim->limit);
	for (size_t i = 0; i < sim->lane_count; i++) {
		free(sim->lanes[i].rows);
	}
}

/* The part of HubSpot's maximum that was used by us. */
static inline double sim_use(const struct sim *sim) {
	return (double)sim->accepted * LIMIT_WINDOW_MS /
		((double)sim->max * (double)sim->duration_ms);
}

static int sim_compare(const void *a, const void *b) {
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* The wait that `percent` of the rows did not exceed; sorts. */
static inline uint64_t sim_percentile(struct sim *sim, unsigned percent) {
	assert(sim->wait_count > 0);
	qsort(sim->waits, sim->wait_count, sizeof(*sim->waits), sim_compare);
	return sim->waits[(sim->wait_count - 1) * percent / 100];
}

static void sim_finish(struct sim *sim) {
	free(sim->waits);
	sim->waits = NULL;
}

/* ---- delays ---- */

static inline void sim_lan(size_t rows, uint64_t *there_ms, uint64_t *back_ms) {
	(void)rows;
	*there_ms = sim_span(10, 15);
	*back_ms = sim_span(10, 15);
}

static inline void sim_jitter(size_t rows, uint64_t *there_ms, uint64_t *back_ms) {
	(void)rows;
	*there_ms = sim_span(5, 110);
	*back_ms = sim_span(5, 110);
}

/* Lost packets on the way there and back, and a slow answer now and then. */
static inline void sim_tail(size_t rows, uint64_t *there_ms, uint64_t *back_ms) {
	sim_jitter(rows, there_ms, back_ms);
	*there_ms += sim_chance() < 0.005 ? sim_span(200, 1000) : 0;
	*back_ms += sim_chance() < 0.02 ? sim_span(0, 3000) : 0;
}

/* HubSpot on a bad day. */
static inline void sim_slow(size_t rows, uint64_t *there_ms, uint64_t *back_ms) {
	(void)rows;
	*there_ms = sim_span(50, 500);
	*back_ms = sim_span(250, 1000);
}

/* A batch: counted at the begin, answered when all its rows are done. */
static inline void sim_batch(size_t rows, uint64_t *there_ms, uint64_t *back_ms) {
	*there_ms = sim_span(20, 60);
	*back_ms = sim_span(60, 100) + 3 * rows;
}

#endif
