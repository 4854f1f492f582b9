/* The check of one route: its requests in every scenario, round after round, and what stays behind.
 */
#include "check.h"

#include <string.h>

#include "measure.h"
#include "rounds.h"
#include "stand.h"
#include "trial.h"

#include "schema/schema.h"

enum { SLOW_US = 20 * 1000, STEPS_MAX = 3, DEADLINE_MS = 30 * 1000, WAIT_MS = 24 * 60 * 60 * 1000 };

/* ---- rounds ---- */

static bool is_wanted(const struct trial *trial, size_t scenario) {
	return (trial->wanted & (1u << scenario)) != 0;
}

static void run_scenario(struct trial *trial, struct hsck *kit, const struct scenario *scenario) {
	size_t steps_max =
		scenario->story == IS_ANSWERED || scenario->story == IS_LEFT ? STEPS_MAX : 1;
	for (size_t i = 0; i < trial->pokes.count; i++) {
		size_t steps = 0;
		while (steps < steps_max &&
			trial_live_through(trial, kit, &trial->pokes.list[i], scenario, steps) >
				steps) {
			steps++;
		}
	}
}

/* When HubSpot does what it is asked, the kit's memory answers at once; else operations wait for
 * our answers. */
static void set_up(struct trial *trial, struct hsck *kit, const struct scenario *scenario) {
	static const struct hsck_answer LATER = {.after_ms = WAIT_MS};
	hsck_unscript(kit);
	hsck_set_room(kit, scenario->story != IS_FULL);
	if (scenario->story != IS_DONE) {
		hsck_script(kit, 0, NULL, &LATER);
	} else if (trial->pokes.hubspot != NULL) {
		hsck_put_record(kit, trial->pokes.hubspot, "{}");
	}
}

static bool run_round(void *ctx) {
	struct trial *trial = ctx;
	struct hsck *kit = stand_open(trial->subject, HSCK_REMEMBER, true);
	if (kit == NULL) {
		return false;
	}
	trial_begin(trial, kit);
	for (size_t i = 0; i < SCENARIOS_MAX; i++) {
		if (is_wanted(trial, i)) {
			set_up(trial, kit, &SCENARIOS[i]);
			run_scenario(trial, kit, &SCENARIOS[i]);
		}
	}
	stand_close(kit, "at its end, after requests");
	if (trial->slow_where[0] == '\0' || trial->round_us < trial->slow_us) {
		trial->slow_us = trial->round_us;
		memcpy(trial->slow_where, trial->round_where, sizeof(trial->slow_where));
	}
	return !has_failed();
}

/* ---- the check ---- */

/* Which scenario is it that leaks? */
static const char *find_leak(struct trial *trial, const struct growth *whole) {
	struct growth growth;
	for (size_t i = 0; i < SCENARIOS_MAX; i++) {
		trial->wanted = 1u << i;
		bool is_through = rounds_run(run_round, trial, &growth);
		if (is_through &&
			(growth.bytes > 0 || (whole->bytes == 0 && growth.descriptor >= 0))) {
			return SCENARIOS[i].name;
		}
	}
	return "in some of the cases";
}

/* Takes from `growth` what stays behind when the plugin only lives, without a request: that is for
 * the check `life`. */
static void forgive_life(struct trial *trial, struct growth *growth) {
	struct growth idle;
	size_t count = trial->pokes.count;
	trial->pokes.count = 0;
	if (rounds_run(run_round, trial, &idle)) {
		bool is_restless = idle.threads > 0; /* what they hold varies */
		growth->bytes -=
			is_restless || idle.bytes > growth->bytes ? growth->bytes : idle.bytes;
		growth->descriptor = is_restless || idle.descriptor >= 0 ? -1 : growth->descriptor;
		growth->threads = is_restless ? 0 : growth->threads;
	}
	trial->pokes.count = count;
}

static void judge_growth(struct trial *trial, struct growth *growth) {
	if (growth->bytes > 0 || growth->descriptor >= 0 || growth->threads > 0) {
		forgive_life(trial, growth);
	}
	if (growth->threads > 0) { /* which hold memory, too */
		fail("%zu threads are left after fini(): end them and join them there",
			growth->threads);
	} else if (growth->bytes > 0 || growth->descriptor >= 0) {
		const char *where = find_leak(trial, growth);
		if (growth->bytes > 0) {
			fail("%s: memory leaks, %zu bytes in each round of requests", where,
				growth->bytes);
		}
		if (growth->descriptor >= 0) {
			fail("%s: descriptor %d stays open: %s", where, growth->descriptor,
				growth->descriptor_name);
		}
	}
}

/* What else the route says of itself, or the host of all. */
static void read_route(struct trial *trial, const struct hsck *kit, const struct job *job) {
	const struct hsc_route *route = poke_route(kit, job);
	const char *text = route != NULL && route->reply_schema != NULL
		? hsck_schema(kit, route->reply_schema)
		: NULL;
	char error[SCHEMA_FAULT_SIZE];
	trial->reply_schema = text != NULL ? schema_read(text, NULL, error) : NULL;
	trial->timeout_ms =
		route != NULL && route->timeout_ms > DEADLINE_MS ? route->timeout_ms : DEADLINE_MS;
}

void check_route(const struct subject *subject, const struct job *job) {
	struct trial trial = {.subject = subject, .wanted = (1u << SCENARIOS_MAX) - 1};
	struct holding alone;
	struct growth growth;
	holding_take(&alone);
	trial.threads = alone.thread_count;
	struct hsck *kit = stand_open(subject, HSCK_BY_HAND, false);
	if (kit == NULL) {
		return;
	}
	pokes_make(&trial.pokes, kit, job);
	read_route(&trial, kit, job);
	hsck_close(kit);
	if (rounds_run(run_round, &trial, &growth)) {
		if (trial.slow_us > SLOW_US) {
			fail("%s: a callback keeps the loop for %u ms of processor time, and 20 ms "
			     "are allowed: do it in a thread, or in small parts",
				trial.slow_where, (unsigned)(trial.slow_us / 1000));
		}
		judge_growth(&trial, &growth);
	}
	pokes_finish(&trial.pokes);
	schema_destroy(trial.reply_schema);
}
