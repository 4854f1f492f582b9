/*
 * Did any operation overtake an older one on the same record?
 *
 * Of two operations the older must come first when both name the record in the same way; when the
 * older one names it by its id, which it owns from the start; when its update of this record was
 * under way before the younger one came; and when it had ended before. A native upsert never learns
 * whose record it writes, so it is in order with those of its own key only.
 */
#include "histories.h"

static bool have_one_handle(const struct act *older, const struct act *younger) {
	return older->handle == younger->handle && older->who == younger->who &&
		older->handle != BY_NOTHING;
}

static bool is_native(const struct history *history, const struct act *act) {
	bool is_by_auto = history->plan.upsert == HUBSPOT_UPSERT_NATIVE;
	return act->kind == HUBSPOT_UPSERT && is_by_auto && act->handle != BY_DOMAIN;
}

static bool had_ended(const struct act *older, const struct act *younger) {
	bool runs_on = older->failure == HUBSPOT_DEADLINE || older->failure == HUBSPOT_CANCELLED;
	return older->told_ms < younger->submitted_ms && !runs_on;
}

static bool must_be_first(const struct history *history, const struct act *older,
	const struct act *younger, uint64_t record) {
	if (have_one_handle(older, younger) || had_ended(older, younger)) {
		return true;
	}
	if (is_native(history, older) || is_native(history, younger)) {
		return false;
	}
	return older->handle == BY_ID ||
		(older->updating == record && older->updating_since_ms < younger->submitted_ms);
}

/* `effects` are in the order in which they happened: is a later one of an operation that must have
 * been first? */
void oracle_order(struct history *history) {
	const struct act *acts = history->plan.acts;
	for (unsigned i = 0; i < history->effect_count; i++) {
		const struct effect *first = &history->effects[i];
		for (unsigned j = i + 1; j < history->effect_count && first->act >= 0; j++) {
			const struct effect *second = &history->effects[j];
			bool is_overtaken = second->record == first->record && second->act >= 0 &&
				second->act < first->act;
			if (is_overtaken &&
				must_be_first(history, &acts[second->act], &acts[first->act],
					history->records[first->record].id)) {
				history_blame(history, "act %d overtakes act %d", first->act,
					second->act);
			}
		}
	}
}
