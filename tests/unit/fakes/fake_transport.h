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
};

/* Called once for every call that starts; `number` counts from 1. */
typedef struct fake_reply fake_answer_fn(const struct call *call, unsigned number, void *ctx);

void fake_transport_answer(fake_answer_fn *answer, void *ctx);

/* Calls started since the last fake_transport_answer(). */
unsigned fake_transport_calls(void);

#endif
