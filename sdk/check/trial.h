/*
 * check/trial.h - the trial of one route, in its child: its requests, in every scenario.
 */
#ifndef CHECK_TRIAL_H
#define CHECK_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "poke.h"

struct schema;
struct subject;

enum { WHERE_SIZE = 160, RULES_MAX = 8, SCENARIOS_MAX = 8 };

enum story { IS_DONE,     /* HubSpot does what it is asked */
             IS_ANSWERED, /* it gives the answer below */
             IS_FULL,     /* there is no room for more operations */
             IS_LEFT,     /* the client goes, then HubSpot does what it is asked */
             IS_LATE };   /* nothing comes until the deadline */

struct scenario {
	const char *name; /* "when HubSpot says 500" */
	enum story story;
	struct hsck_answer answer;
};

extern const struct scenario SCENARIOS[SCENARIOS_MAX];

struct trial {
	const struct subject *subject;
	struct pokes pokes;
	struct schema *reply_schema; /* what the plugin says of its 2xx replies; or NULL */
	uint32_t timeout_ms;         /* the longest that a request may take */
	size_t threads;              /* without the plugin */
	unsigned wanted;             /* scenarios: 1 << index */
	unsigned misuses;            /* that the kit in hand has counted ... */
	unsigned broken[RULES_MAX];  /* ... and by rule */
	bool is_told[RULES_MAX];     /* once is enough */
	uint64_t round_us;           /* the longest callback of the round in hand ... */
	char round_where[WHERE_SIZE];
	uint64_t slow_us;            /* ... and of the quickest round: single ones are slow by what else the machine does */
	char slow_where[WHERE_SIZE];
};

/* To be called for each kit before its first request. */
void trial_begin(struct trial *trial, struct hsck *kit);

/* Sends the request and lives through the scenario to its end, in which HubSpot first does `steps` operations; judges the
 * reply, the rules, and the time that callbacks took. Returns how many operations it came to. */
size_t trial_live_through(struct trial *trial, struct hsck *kit, const struct poke *poke, const struct scenario *scenario,
	size_t steps);

#endif
