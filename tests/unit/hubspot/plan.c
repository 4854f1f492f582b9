/* Making up a history from a seed. */
#include "histories.h"

#include <stdio.h>

void plan_key(const struct act *act, char key[NAME_SIZE_MAX]) {
	static const char *const FORMATS[] = {[BY_NOTHING] = "",
		[BY_ID] = "",
		[BY_EMAIL] = "p%u@example.com",
		[BY_SECOND_EMAIL] = "second%u@example.com",
		[BY_DOMAIN] = "firm%u.example.com"};
	if (act->handle == BY_NOTHING || act->handle == BY_ID) {
		key[0] = '\0';
		return;
	}
	const char *at = strchr(FORMATS[act->handle], '%');
	snprintf(key, NAME_SIZE_MAX, "%.*s%u%s", (int)(at - FORMATS[act->handle]),
		FORMATS[act->handle], act->who, at + 2);
}

/* What callers do, and how often of 100. */
static const struct {
	unsigned weight;
	enum hubspot_kind kind;
	enum handle handle;
} WISHES[] = {
	{32, HUBSPOT_UPSERT, BY_EMAIL},
	{6, HUBSPOT_UPSERT, BY_SECOND_EMAIL},
	{8, HUBSPOT_CREATE, BY_EMAIL},
	{4, HUBSPOT_CREATE, BY_NOTHING},
	{10, HUBSPOT_UPDATE, BY_ID},
	{8, HUBSPOT_UPDATE, BY_EMAIL},
	{6, HUBSPOT_READ, BY_ID},
	{6, HUBSPOT_READ, BY_EMAIL},
	{3, HUBSPOT_READ, BY_SECOND_EMAIL},
	{4, HUBSPOT_ARCHIVE, BY_ID},
	{9, HUBSPOT_UPSERT, BY_DOMAIN},
	{2, HUBSPOT_CREATE, BY_DOMAIN},
	{1, HUBSPOT_UPDATE, BY_DOMAIN},
	{1, HUBSPOT_READ, BY_DOMAIN},
};

static void wish(struct act *act, struct dice *dice) {
	unsigned roll = dice_under(dice, 100);
	size_t i = 0;
	while (roll >= WISHES[i].weight) {
		roll -= WISHES[i++].weight;
	}
	act->kind = WISHES[i].kind;
	act->handle = WISHES[i].handle;
}

/* A person that can be named so, from some place on; people without an id or a second address have
 * none of that handle. */
static bool find_someone(const struct plan *plan, struct act *act, unsigned from) {
	for (unsigned i = 0; i < plan->people; i++) {
		unsigned who = (from + i) % plan->people;
		bool fits = act->handle == BY_EMAIL || act->handle == BY_NOTHING ||
			(act->handle == BY_ID && plan->is_known[who]) ||
			(act->handle == BY_SECOND_EMAIL && plan->has_second[who]);
		if (fits) {
			act->who = who;
			return true;
		}
	}
	return false;
}

static void choose(struct plan *plan, struct act *act, struct dice *dice) {
	wish(act, dice);
	if (act->handle == BY_DOMAIN) {
		act->who = dice_under(dice, plan->firms);
	} else if (!find_someone(plan, act, dice_under(dice, plan->people))) {
		act->handle = BY_EMAIL;
		act->kind = HUBSPOT_UPSERT;
		act->who = dice_under(dice, plan->people);
	}
	act->wants_only_id = dice_percent(dice, 50);
	act->is_shouted = act->handle != BY_DOMAIN && dice_percent(dice, 20);
}

/* One act a record: whoever comes second to one does something that needs none. */
static void choose_apart(struct plan *plan, struct dice *dice) {
	bool is_person_taken[PEOPLE_MAX] = {false}, is_firm_taken[FIRMS_MAX] = {false};
	unsigned kept = 0;
	for (unsigned i = 0; i < plan->act_count; i++) {
		struct act act = {0};
		choose(plan, &act, dice);
		bool *taken = act.handle == BY_DOMAIN ? &is_firm_taken[act.who]
						       : &is_person_taken[act.who];
		if (act.handle == BY_NOTHING || !*taken) {
			*taken |= act.handle != BY_NOTHING;
			plan->acts[kept++] = act;
		}
	}
	plan->act_count = kept;
}

static void choose_freely(struct plan *plan, struct dice *dice) {
	static const uint64_t SPANS_MS[] = {0, 50, 1000, 10000};
	uint64_t span_ms = SPANS_MS[dice_under(dice, 4)];
	bool are_hurried = dice_percent(dice, 30);
	bool are_bad = dice_percent(dice, 40);
	uint64_t at_ms = 0;
	for (unsigned i = 0; i < plan->act_count; i++) {
		struct act *act = &plan->acts[i];
		choose(plan, act, dice);
		at_ms += span_ms > 0 ? dice_roll(dice) % (2 * span_ms / plan->act_count + 1) : 0;
		act->at_ms = at_ms;
		act->is_bad = are_bad && act->kind != HUBSPOT_READ &&
			act->kind != HUBSPOT_ARCHIVE && dice_percent(dice, 10);
		if (are_hurried && dice_percent(dice, 20)) {
			act->within_ms = 1 + dice_under(dice, 2000);
		}
		if (are_hurried && dice_percent(dice, 20)) {
			act->cancel_ms = 1 + dice_under(dice, 1000);
		}
	}
	plan->other_count = dice_percent(dice, 40) ? dice_under(dice, OTHERS_MAX) : 0;
	for (unsigned i = 0; i < plan->other_count; i++) {
		plan->others[i] = (struct other){.kind = (enum other_kind)dice_under(dice, 3),
			.who = dice_under(dice, plan->people),
			.at_ms = dice_roll(dice) % (at_ms + 1000)};
	}
}

/* Who asks, and how urgently: of each caller in turn something of all priorities. */
static void share_out(struct plan *plan) {
	static const enum hubspot_priority PRIORITIES_OF[] = {HUBSPOT_BULK, HUBSPOT_INTERACTIVE,
		HUBSPOT_INTERACTIVE, HUBSPOT_BULK, HUBSPOT_NORMAL};
	static const struct hubspot_caller CALLERS[] = {
		{NULL, 0}, {"ada", 1}, {"bob", 3}, {"eve", 10}};
	for (unsigned i = 0; i < plan->act_count; i++) {
		plan->acts[i].priority = PRIORITIES_OF[i % 5];
		plan->acts[i].caller = CALLERS[i * 7 / 3 % 4];
	}
}

void plan_make(struct plan *plan, uint64_t seed) {
	static const char *const TRACES[] = {"honour", "honour", "ignore", "strip"};
	static const unsigned PERCENT[] = {0, 0, 5, 30};
	struct dice dice = {seed};
	*plan = (struct plan){.seed = seed};
	plan->is_calm = dice_percent(&dice, 15);
	plan->upsert = (enum hubspot_upsert)dice_under(&dice, 3);
	plan->is_limited = dice_percent(&dice, 50);
	plan->fault_percent = plan->is_calm ? 0 : PERCENT[dice_under(&dice, 4)];
	plan->traces = TRACES[plan->is_calm ? 0 : dice_under(&dice, 4)];
	plan->latency_ms = 1 + dice_under(&dice, dice_percent(&dice, 50) ? 20 : 500);
	plan->people = plan->is_calm ? PEOPLE_MAX : 1 + dice_under(&dice, PEOPLE_MAX);
	plan->firms = 1 + dice_under(&dice, FIRMS_MAX);
	for (unsigned i = 0; i < plan->people; i++) {
		plan->is_known[i] = dice_percent(&dice, 60);
		plan->has_second[i] = plan->is_known[i] &&
			plan->upsert != HUBSPOT_UPSERT_NATIVE && dice_percent(&dice, 40);
	}
	for (unsigned i = 0; i < plan->firms; i++) {
		plan->branches[i] = dice_under(&dice, 8) % 3;
	}
	unsigned most = dice_percent(&dice, 30) ? ACTS_MAX : 20;
	plan->act_count = 1 + dice_under(&dice, most);
	if (plan->is_calm) {
		choose_apart(plan, &dice);
	} else {
		choose_freely(plan, &dice);
	}
	share_out(plan);
}
