/*
 * fakes/fake_hubspot.h - hubspot/hubspot.h without HubSpot: operations are recorded, a test ends
 * them by hand.
 *
 *     fake_hubspot_reset();
 *     ... something submits ...
 *     assert_int_equal(fake_operation(0)->asked.kind, HUBSPOT_UPSERT);
 *     fake_finish(0, &(struct hubspot_result){.failure = HUBSPOT_OK, .id = "123", .is_created =
 * true});
 *
 * Strings of an operation are copied when it is submitted, as the real module does, the body is
 * kept by reference.
 */
#ifndef FAKES_FAKE_HUBSPOT_H
#define FAKES_FAKE_HUBSPOT_H

#include "hubspot/hubspot.h"

struct fake_operation {
	struct hubspot_operation asked; /* strings, properties and body are the fake's own */
	bool is_cancelled;
	bool is_done;
};

/* Forgets all operations; those not ended are dropped without `done`. The handle returned serves
 * every call. */
struct hubspot *fake_hubspot_reset(void);

/* Submits are refused from now on (or taken again). */
void fake_hubspot_refuse(bool is_refusing);

/* For so many rows there is room now (else: in 2.5 s), and ever. */
void fake_hubspot_set_room(size_t now, size_t ever);

/* For whom room was asked for last. The name is the asker's. */
struct fake_room {
	struct hubspot_caller caller;
	enum hubspot_priority priority;
	size_t rows;
	uint64_t deadline_ms;
};
const struct fake_room *fake_hubspot_room(void);

size_t fake_operation_count(void);

/* The operation with this number, in order of submission; NULL when there is none. */
const struct fake_operation *fake_operation(size_t number);

/* Ends the operation: its `done` runs, once. False: there is none, or it has ended. */
bool fake_finish(size_t number, const struct hubspot_result *result);

/* The end of the turn: `done` of what was cancelled runs. Returns how many. */
size_t fake_run_cancelled(void);

#endif
