/*
 * Is HubSpot back? While it is down and nobody asks it anything, nobody would find out, and /readyz
 * and the metrics would say "down" for ever. So now and then whose the account is, is asked again;
 * the client lets such a question through as its own probe.
 */
#include "api/inside.h"

enum { LOOK_MS = 5000, NO_MEMORY_WAIT_MS = 1000 };

/* What it says is of no interest: that it says something is. */
static void heard(const struct hubspot_result *result, void *ctx) {
	(void)result;
	(void)ctx;
}

static void look(void *ctx) {
	struct api *api = ctx;
	struct hubspot_state state;
	hubspot_state(api->hubspot, &state);
	bool is_due = api->account != NULL && !state.is_up && state.waiting == 0;
	bool is_done = !is_due || api_ask_account(api->hubspot, heard, NULL, NULL);
	loop_timer_start(&api->look, is_done ? LOOK_MS : NO_MEMORY_WAIT_MS);
}

void revive_start(struct api *api) {
	loop_timer_init(&api->look, api->loop, look, api);
	if (api->hubspot != NULL) {
		loop_timer_start(&api->look, LOOK_MS);
	}
}

void revive_stop(struct api *api) {
	loop_timer_stop(&api->look);
}
