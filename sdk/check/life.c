/* The checks of a whole life, from init() to fini(), again and again: life and frozen. */
#include "check.h"

#include "measure.h"
#include "rounds.h"
#include "stand.h"

enum { PASS_MS = 60 * 1000, LIVES_A_ROUND = 3 };

/* ---- life ---- */

struct registered {
	size_t routes;
	size_t objects;
};

static struct registered count_registered(const struct hsck *kit) {
	struct registered count = {0, 0};
	while (hsck_route(kit, count.routes) != NULL) {
		count.routes++;
	}
	while (hsck_object(kit, count.objects) != NULL) {
		count.objects++;
	}
	return count;
}

struct life {
	const struct subject *subject;
	struct registered first;
	bool is_second; /* or a later one */
};

static bool live_once(struct life *life) {
	struct hsck *kit = stand_open(life->subject, HSCK_REMEMBER, true);
	if (kit == NULL) {
		return false;
	}
	struct registered now = count_registered(kit);
	if (!life->is_second) {
		life->first = now;
	} else if (now.routes != life->first.routes || now.objects != life->first.objects) {
		fail("init() registers %zu routes and %zu objects when it comes again, at first "
		     "%zu and %zu: keep nothing in static variables",
			now.routes, now.objects, life->first.routes, life->first.objects);
	}
	life->is_second = true;
	at_place("the time after start()");
	hsck_run(kit);
	hsck_pass(kit, PASS_MS);
	stand_judge(kit, "without a request");
	stand_close(kit, "at its end");
	return !has_failed();
}

static bool live(void *ctx) {
	bool is_good = true;
	for (int i = 0; i < LIVES_A_ROUND && is_good; i++) {
		is_good = live_once(ctx);
	}
	return is_good;
}

void check_life(const struct subject *subject, const struct job *job) {
	struct life life = {.subject = subject};
	struct growth growth;
	(void)job;
	if (!rounds_run(live, &life, &growth)) {
		return;
	}
	if (growth.threads > 0) { /* which hold memory, too */
		fail("leaves %zu threads after fini(): end them and join them there",
			growth.threads);
	} else if (growth.bytes > 0) {
		fail("init() to fini() leaks %zu bytes each time: what init() and start() "
		     "allocate, fini() frees",
			growth.bytes / LIVES_A_ROUND);
	}
	if (growth.descriptor >= 0) {
		fail("leaves descriptor %d open after fini(): %s", growth.descriptor,
			growth.descriptor_name);
	}
}

/* ---- frozen ---- */

void check_frozen(const struct subject *subject, const struct job *job) {
	(void)job;
	struct hsck *kit = stand_open(subject, HSCK_REMEMBER, true);
	if (kit == NULL) {
		return;
	}
	at_place("the time after start()");
	hsck_run(kit);
	hsck_pass(kit, PASS_MS);
	unsigned count = hsck_misuses(kit, "late_registration");
	if (count > 0) {
		fail("registers something %u times after init() has returned: that is refused; do "
		     "it in init()",
			count);
	}
	hsck_close(kit);
}
