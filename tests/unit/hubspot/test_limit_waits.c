/*
 * What pacing is for: rows that arrive all the time do not wait for slots that a burst has used up.
 * And what limit_predict_ms() says beforehand comes true.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "limit_sim.h"

static struct sim sim;

static void run(double rows_a_second, uint64_t duration_ms, size_t lanes) {
	sim = (struct sim){
		.max = 190, .duration_ms = duration_ms, .delay = sim_batch, .lane_count = lanes};
	for (size_t i = 0; i < lanes; i++) {
		sim.lanes[i].rows_a_second = rows_a_second / (double)lanes;
	}
	sim_run(&sim);
	assert_int_equal(sim.refused, 0);
}

/* A call takes about 120 ms and 3 a row. Without pacing the 99th percentile is 7 to 9 s. */
static void no_row_waits_for_a_burst_to_come_back(void **state) {
	static const struct {
		double rows_a_second;
		uint64_t p99_ms;
	} LOADS[] = {
		{2, 200}, {18, 300}, {30, 300}, {60, 300}, {200, 350}, {1000, 500}, {1700, 650}};
	(void)state;
	for (size_t i = 0; i < sizeof(LOADS) / sizeof(LOADS[0]); i++) {
		run(LOADS[i].rows_a_second, 60000, 1);
		assert_true(sim_percentile(&sim, 99) <= LOADS[i].p99_ms);
		assert_true(sim_percentile(&sim, 100) <= 2 * LOADS[i].p99_ms);
		sim_finish(&sim);
	}
}

static void a_quarter_of_an_hour_at_sixty_rows_a_second(void **state) {
	(void)state;
	run(60, 900000, 1);
	assert_true(sim_percentile(&sim, 99) <= 300);
	assert_true(sim_percentile(&sim, 100) <= 500);
	sim_finish(&sim);
}

/* Oldest first fills the calls by itself: the longer rows wait, the more of their lane go with
 * them. */
static void many_lanes_share_the_calls(void **state) {
	(void)state;
	run(1600, 60000, 10);
	assert_true(sim_percentile(&sim, 99) <= 1500);
	assert_true(sim.wait_count > 1550 * 60);
	sim_finish(&sim);
}

/* ---- predictions ---- */

static const struct call_headers HEADERS = {.rate_max = 190,
	.rate_remaining = -1,
	.rate_interval_ms = LIMIT_WINDOW_MS,
	.daily_max = -1,
	.daily_remaining = -1};

/* `count` calls start as soon as they may, each answered in 120 ms; when the last one of them
 * started. */
static uint64_t start_calls(struct limit *limit, uint64_t now_ms, size_t count) {
	struct limit_ticket tickets[16];
	size_t first = 0, last = 0;
	while (count > 0) {
		while (first < last && tickets[first % 16].sent_ms + 120 <= now_ms) {
			limit_give(limit, &tickets[first++ % 16], now_ms,
				&(struct limit_end){.status = 200, .headers = &HEADERS});
		}
		if (limit_when(limit, LIMIT_CALL, now_ms, 0) == 0) {
			limit_take(limit, LIMIT_CALL, now_ms, &tickets[last++ % 16]);
			count--;
		} else {
			now_ms++;
		}
	}
	uint64_t started_ms = now_ms;
	for (; first < last; first++) {
		limit_give(limit, &tickets[first % 16], now_ms + 120,
			&(struct limit_end){.status = 200, .headers = &HEADERS});
	}
	return started_ms;
}

static void predictions_come_true(void **state) {
	static const size_t AHEAD[] = {0, 1, 18, 50, 180, 200, 500, 1500};
	(void)state;
	for (size_t i = 0; i < sizeof(AHEAD) / sizeof(AHEAD[0]); i++) {
		struct limit *limit = limit_create(&(struct limit_settings){.max_calls = 16});
		uint64_t now_ms = start_calls(limit, SIM_T0, 1 + i * 40) +
			120; /* idle, or a while under load */
		uint64_t told_ms = limit_predict_ms(limit, LIMIT_CALL, now_ms, AHEAD[i]);
		uint64_t took_ms = start_calls(limit, now_ms, AHEAD[i] + 1) - now_ms;
		assert_in_range(told_ms,
			took_ms * 8 / 10 - (took_ms < 600 ? took_ms * 8 / 10 : 500),
			took_ms * 12 / 10 + 200);
		limit_destroy(limit);
	}
}

static void slow_answers_are_in_the_prediction(void **state) {
	struct limit *limit =
		limit_create(&(struct limit_settings){.max_calls = 4, .is_unlimited = true});
	struct limit_ticket ticket;
	(void)state;
	for (int i = 0; i < 200; i++) {
		limit_take(limit, LIMIT_CALL, SIM_T0, &ticket);
		limit_give(limit, &ticket, SIM_T0 + 2000,
			&(struct limit_end){.status = 200, .headers = &HEADERS});
	}
	assert_int_equal(limit_predict_ms(limit, LIMIT_CALL, SIM_T0, 0), 0);
	assert_int_equal(limit_predict_ms(limit, LIMIT_CALL, SIM_T0, 3), 0);
	assert_in_range(limit_predict_ms(limit, LIMIT_CALL, SIM_T0, 43), 21000,
		22500); /* 40 calls, 4 in 2 s */
	limit_destroy(limit);
}

static void holds_are_in_the_prediction(void **state) {
	struct limit *limit = limit_create(&(struct limit_settings){.max_calls = 4});
	struct call_headers headers = HEADERS;
	struct limit_ticket ticket;
	(void)state;
	headers.retry_after_ms = 90000;
	limit_take(limit, LIMIT_CALL, SIM_T0, &ticket);
	limit_give(limit, &ticket, SIM_T0, &(struct limit_end){.status = 477, .headers = &headers});
	assert_int_equal(limit_predict_ms(limit, LIMIT_CALL, SIM_T0, 0), 90000);
	assert_in_range(
		limit_predict_ms(limit, LIMIT_CALL, SIM_T0, 100), 90000 + 4500, 90000 + 6500);
	assert_int_equal(limit_predict_ms(limit, LIMIT_SEARCH, SIM_T0, 0), 90000);
	limit_destroy(limit);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_row_waits_for_a_burst_to_come_back),
		cmocka_unit_test(a_quarter_of_an_hour_at_sixty_rows_a_second),
		cmocka_unit_test(many_lanes_share_the_calls),
		cmocka_unit_test(predictions_come_true),
		cmocka_unit_test(slow_answers_are_in_the_prediction),
		cmocka_unit_test(holds_are_in_the_prediction),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
