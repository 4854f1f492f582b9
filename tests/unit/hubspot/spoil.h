/*
 * What can become of a call on its way to HubSpot and back: everything that reliability depends on,
 * by chance, from a seed. Most of it the sandbox's model does by itself; what a network adds is done
 * here.
 */
#ifndef SPOIL_H
#define SPOIL_H

#include "client_kit.h"

/* A small generator of random numbers; any seed will do. */
struct dice {
	uint64_t state;
};
uint64_t dice_roll(struct dice *dice);
/* 0 to `sides` - 1 */
unsigned dice_under(struct dice *dice, unsigned sides);
bool dice_percent(struct dice *dice, unsigned percent);

/* Points random_share() at the test's own dice, so that a seed tells all of a run. */
void dice_rule_the_client(struct dice *dice);

struct spoil; /* one kind of fault */

/* One kind by chance, never NULL: once in twenty a hang, once in twenty HubSpot's wish that we wait. */
const struct spoil *spoil_pick(struct dice *dice);
const char *spoil_name(const struct spoil *spoil); /* "none" for NULL */

/* The model's answer to the call, spoiled; NULL: as it is. */
struct fake_reply spoil_answer(
	struct kit *kit, const struct call *call, const struct spoil *spoil);

/* Is the client told for sure, by this reply, that nothing was written? */
bool spoil_is_refusal(const struct fake_reply *reply);

#endif
