/*
 * The limiter, saturated for a quarter of an hour of virtual time, with delays that jitter, stall
 * and overtake each other: nothing is refused, and the quota is used. With others on the same
 * quota, or a server that counts more coarsely than it says, some is refused, and it settles.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/log.h"
#include "limit_sim.h"

enum { QUARTER_MS = 900000 };

static struct sim sim;

static void begin(uint32_t max, sim_delay_fn *delay) {
	sim = (struct sim){.max = max, .duration_ms = QUARTER_MS, .delay = delay};
}

static void nothing_is_refused_and_the_quota_is_used(void **state) {
	static sim_delay_fn *const DELAYS[] = {sim_lan, sim_jitter, sim_tail};
	static const uint32_t MAXIMA[] = {190, 100};
	(void)state;
	for (size_t i = 0; i < 6; i++) {
		begin(MAXIMA[i % 2], DELAYS[i / 2]);
		sim_run(&sim);
		assert_int_equal(sim.refused, 0);
		assert_true(sim_use(&sim) >= 0.965);
		sim_finish(&sim);
	}
}

/* A slot is away while its call is answered, and no schedule can help that: 10 / (10 + 1.5 x 0.9).
 */
static void slow_answers_cost_use_but_no_refusal(void **state) {
	(void)state;
	begin(190, sim_slow);
	sim.max_calls = 32;
	sim_run(&sim);
	assert_int_equal(sim.refused, 0);
	assert_true(sim_use(&sim) >= 0.87);
	sim_finish(&sim);
}

static void what_others_used_before_us_is_left_alone(void **state) {
	static const uint32_t BEFORE[] = {1, 120, 189, 190};
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		begin(190, sim_tail);
		sim.others_before = BEFORE[i];
		sim_run(&sim);
		assert_true(
			sim.refused <= (BEFORE[i] == 190)); /* the first call can know nothing */
		assert_true(sim_use(&sim) >= 0.94);
		sim_finish(&sim);
	}
}

/* Four calls a second of somebody else's, for five minutes. */
static void others_get_their_room_and_we_the_rest(void **state) {
	(void)state;
	begin(190, sim_tail);
	sim.foreign_a_second = 4;
	sim.foreign_from_ms = 100000;
	sim.foreign_until_ms = 400000;
	sim_run(&sim);
	assert_true(sim.refused <= 10);
	assert_true(sim.foreign_accepted >= 1100);
	assert_true(sim_use(&sim) >= 0.84);
	assert_int_equal(sim.end.foreign, 0);
	assert_int_equal(sim.end.share, 190);
	sim_finish(&sim);
}

static void others_who_take_most_of_it_do_not_starve_us(void **state) {
	(void)state;
	begin(100, sim_tail);
	sim.foreign_a_second = 12;
	sim.foreign_until_ms = QUARTER_MS;
	sim_run(&sim);
	assert_true(sim.accepted >= 200);
	assert_true(sim.refused <= 100);
	sim_finish(&sim);
}

static void a_window_coarser_than_told_settles(void **state) {
	(void)state;
	begin(190, sim_tail);
	sim.window_ms = 11000;
	sim_run(&sim);
	assert_in_range(sim.refused, 1, 10);
	assert_true(sim.last_refused_ms < SIM_T0 + QUARTER_MS / 2);
	assert_true(sim_use(&sim) >= 0.85);
	sim_finish(&sim);
}

static void without_headers_the_cautious_maximum_is_kept(void **state) {
	(void)state;
	begin(100, sim_jitter);
	sim.has_no_headers = true;
	sim_run(&sim);
	assert_int_equal(sim.refused, 0);
	assert_true(sim_use(&sim) >= 0.96);
	sim_finish(&sim);
}

static void no_log(const char *line, void *ctx) {
	(void)line;
	(void)ctx;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_refused_and_the_quota_is_used),
		cmocka_unit_test(slow_answers_cost_use_but_no_refusal),
		cmocka_unit_test(what_others_used_before_us_is_left_alone),
		cmocka_unit_test(others_get_their_room_and_we_the_rest),
		cmocka_unit_test(others_who_take_most_of_it_do_not_starve_us),
		cmocka_unit_test(a_window_coarser_than_told_settles),
		cmocka_unit_test(without_headers_the_cautious_maximum_is_kept),
	};
	log_redirect(no_log, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
