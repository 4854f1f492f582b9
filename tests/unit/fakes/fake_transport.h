/*
 * hubspot/inside.h's transport without a network: each call is shown to the test, which says how
 * and when it ends. For tests that link this file instead of host/hubspot/transport.c.
 */
#ifndef FAKE_TRANSPORT_H
#define FAKE_TRANSPORT_H

#include "hubspot/inside.h"

/* How a call ends. `body` is copied; "${trace}" in it is replaced by the first row's trace id. */
struct fake_reply {
	enum call_class end;
	bool is_timeout;
	int status;
	const char *body;
	uint64_t after_ms;
	uint64_t retry_after_ms; /* the header; 0: none */
	struct call_headers rate;/* the headers of this kind; rate_max 0: those of a HubSpot without limits */
};

/* Called once for every call that starts; `number` counts from 1. */
typedef struct fake_reply fake_answer_fn(const struct call *call, unsigned number, void *ctx);

void fake_transport_answer(fake_answer_fn *answer, void *ctx);

/* Called when a call starts, with the same `ctx`: how long it is on its way, in ms, before the answer
 * function is asked; so calls overtake each other. Until the next fake_transport_answer(). */
typedef uint64_t fake_way_fn(const struct call *call, unsigned number, void *ctx);

void fake_transport_way(fake_way_fn *way);

/* Calls started since the last fake_transport_answer(). */
unsigned fake_transport_calls(void);

#endif
