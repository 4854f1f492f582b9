/* The calls that the rows of a calm history need, when each step of all rows goes together. Archives do not:
 * HubSpot's batch form says nothing of ids that are nobody. */
#include "histories.h"

#include <string.h>

enum lane_kind {
	READ_BY_ID,
	READ_BY_KEY,
	SEARCH,
	CREATE_AT_ONCE,
	CREATE_MISSING,
	CREATE_WITHOUT,
	UPDATE_AT_ONCE,
	UPDATE_FOUND,
	NATIVE_UPSERT,
	CREATE_FIRM,
	UPDATE_FIRM,
	LANES
};

static void firm_lanes(const struct plan *plan, const struct act *act, bool *used) {
	unsigned branches = plan->branches[act->who];
	used[SEARCH] = true;
	bool writes = act->kind != HUBSPOT_READ && branches < 2;
	used[UPDATE_FIRM] |= writes && branches == 1 && act->kind != HUBSPOT_CREATE;
	used[CREATE_FIRM] |= writes && branches == 0 && act->kind != HUBSPOT_UPDATE;
}

static void upsert_lanes(const struct plan *plan, bool is_there, bool *used) {
	if (plan->upsert == HUBSPOT_UPSERT_NATIVE) {
		used[NATIVE_UPSERT] = true;
		return;
	}
	used[READ_BY_KEY] = true;
	used[is_there ? UPDATE_FOUND : CREATE_MISSING] = true;
}

static void person_lanes(const struct plan *plan, const struct act *act, bool *used) {
	bool is_there = plan->is_known[act->who];
	switch (act->kind) {
	case HUBSPOT_UPSERT:
		upsert_lanes(plan, is_there, used);
		break;
	case HUBSPOT_CREATE:
		used[act->handle == BY_NOTHING ? CREATE_WITHOUT : CREATE_AT_ONCE] = true;
		break;
	case HUBSPOT_READ:
		used[act->handle == BY_ID ? READ_BY_ID : READ_BY_KEY] = true;
		break;
	case HUBSPOT_ARCHIVE: /* a call of its own */
		break;
	default:
		used[act->handle == BY_ID ? UPDATE_AT_ONCE : READ_BY_KEY] = true;
		used[UPDATE_FOUND] |= act->handle != BY_ID && is_there;
		break;
	}
}

unsigned oracle_calls_needed(const struct plan *plan) {
	bool used[LANES] = {false};
	unsigned count = 0;
	for (unsigned i = 0; i < plan->act_count; i++) {
		const struct act *act = &plan->acts[i];
		count += act->kind == HUBSPOT_ARCHIVE;
		if (act->handle == BY_DOMAIN) {
			firm_lanes(plan, act, used);
		} else {
			person_lanes(plan, act, used);
		}
	}
	for (unsigned i = 0; i < LANES; i++) {
		count += used[i];
	}
	return count;
}
