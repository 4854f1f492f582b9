/* What must not be, in a call that is sent and in what callers were told. */
#include "histories.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

void history_blame(struct history *history, const char *format, ...) {
	va_list args;
	if (history->wrong[0] != '\0') {
		return;
	}
	va_start(args, format);
	vsnprintf(history->wrong, sizeof(history->wrong), format, args);
	va_end(args);
}

/* ---- a call is sent ---- */

static bool shares_its_record(const struct operation *row, const struct operation *other) {
	return row != other && row->shares == NULL && other->shares == NULL &&
		row->step_id != NULL && other->step_id != NULL &&
		strcasecmp(row->step_id, other->step_id) == 0;
}

static void check_twice(struct history *history, const struct call *call) {
	list_for_each (row, &call->rows, struct operation, link) {
		list_for_each (other, &call->rows, struct operation, link) {
			if (shares_its_record(row, other)) {
				history_blame(history, "%s twice in one call", row->step_id);
			}
		}
	}
}

void oracle_sent(struct history *history, const struct call *call) {
	check_twice(history, call);
	list_for_each (row, &call->rows, struct operation, link) {
		struct act *act = row->ctx;
		int number = (int)(act - history->plan.acts);
		act->sends++;
		if (row->step == STEP_CREATE && act->may_have_created) {
			history_blame(history, "act %d creates again, unseen", number);
		}
		uint64_t id = row->step == STEP_UPDATE || row->step == STEP_ARCHIVE
			? strtoull(row->step_id, NULL, 10)
			: 0;
		if (id != 0 && act->updating != id) {
			act->updating = id;
			act->updating_since_ms = clock_now_ms();
		}
		if (act->told != 0) {
			history_blame(history, "act %d sends after its end", number);
		}
	}
}

/* ---- what an act did ---- */

static const struct effect *last_effect(const struct history *history, int act) {
	for (unsigned i = history->effect_count; i > 0; i--) {
		if (history->effects[i - 1].act == act) {
			return &history->effects[i - 1];
		}
	}
	return NULL;
}

static unsigned creates_of(const struct history *history, int act) {
	unsigned count = 0;
	for (unsigned i = 0; i < history->effect_count; i++) {
		count += history->effects[i].act == act &&
			history->effects[i].kind == EFFECT_CREATE;
	}
	return count;
}

static const struct seen *find_record(const struct history *history, const char *id) {
	uint64_t number = strtoull(id, NULL, 10);
	for (unsigned i = 0; i < history->record_count; i++) {
		if (history->records[i].id == number) {
			return &history->records[i];
		}
	}
	return NULL;
}

/* Is it the record that the act asked for? */
static bool is_its_record(
	const struct history *history, const struct act *act, const struct seen *seen) {
	if (seen == NULL || seen->is_company != (act->handle == BY_DOMAIN)) {
		return false;
	}
	char key[NAME_SIZE_MAX];
	plan_key(act, key);
	switch (act->handle) {
	case BY_NOTHING:
		return seen->key[0] == '\0';
	case BY_ID:
		return seen->id == history->person_ids[act->who];
	default:
		return strcmp(seen->key, key) == 0 || strcmp(seen->more, key) == 0;
	}
}

static bool was_alive(const struct seen *seen, uint64_t from_ms, uint64_t to_ms) {
	return seen->created_ms <= to_ms && (!seen->is_archived || seen->archived_ms >= from_ms);
}

/* A company that the search index may not have yet, and that nobody was told of. */
static bool is_out_of_sight(
	const struct history *history, const struct act *act, const struct seen *seen) {
	return act->handle == BY_DOMAIN && seen->creator >= 0 &&
		(act->kind == HUBSPOT_READ ||
			history->plan.acts[seen->creator].failure != HUBSPOT_OK);
}

/* Was there, at some moment of the act's life, no record that it could have meant? */
static bool lacked_its_record(const struct history *history, const struct act *act) {
	uint64_t gap_ms = act->submitted_ms;
	for (unsigned i = 0; i < history->record_count; i++) {
		const struct seen *seen = &history->records[i];
		bool covers_gap = is_its_record(history, act, seen) && seen->created_ms < gap_ms &&
			(!seen->is_archived || seen->archived_ms > gap_ms) &&
			!is_out_of_sight(history, act, seen);
		if (covers_gap) {
			gap_ms = seen->is_archived ? seen->archived_ms : UINT64_MAX;
		}
	}
	return gap_ms <= act->told_ms;
}

static bool had_its_record(const struct history *history, const struct act *act) {
	for (unsigned i = 0; i < history->record_count; i++) {
		const struct seen *seen = &history->records[i];
		if (is_its_record(history, act, seen) &&
			was_alive(seen, act->submitted_ms, act->told_ms)) {
			return true;
		}
	}
	return false;
}

/* Did the record have this value at some moment of the act's life? */
static bool had_value(const struct history *history, const struct seen *seen, const char *value,
	const struct act *act) {
	unsigned place = (unsigned)(seen - history->records);
	bool is_it = false;
	for (unsigned i = 0; i < history->effect_count; i++) {
		const struct effect *effect = &history->effects[i];
		if (effect->record != place || effect->kind == EFFECT_ARCHIVE) {
			continue;
		}
		bool is_shown_late = act->handle == BY_DOMAIN; /* the search index stands still while writes go on */
		if (is_it && (effect->at_ms >= act->submitted_ms || is_shown_late)) {
			return true;
		}
		is_it = effect->at_ms <= act->told_ms && strcmp(effect->value, value) == 0;
	}
	return is_it;
}

/* ---- what it was told ---- */

static void judge_read(struct history *history, const struct act *act, int number) {
	const struct seen *seen = find_record(history, act->id);
	if (!is_its_record(history, act, seen)) {
		history_blame(history, "act %d read %s, which is another's", number, act->id);
	} else if (!had_value(history, seen, act->value, act)) {
		history_blame(history, "act %d read \"%s\", which %s did not have then", number,
			act->value, act->id);
	}
}

static void judge_archive(struct history *history, const struct act *act, int number) {
	const struct seen *seen = find_record(history, act->id);
	if (!is_its_record(history, act, seen) || !seen->is_archived ||
		seen->archived_ms > act->told_ms) {
		history_blame(history, "act %d archived %s, which is alive", number, act->id);
	}
}

static void judge_write(struct history *history, const struct act *act, int number) {
	const struct effect *effect = last_effect(history, number);
	const struct seen *seen = find_record(history, act->id);
	bool is_calm = history->faults == 0 && history->plan.other_count == 0;
	if (effect == NULL) {
		history_blame(history, "act %d was told of a write that is not there", number);
	} else if (!is_its_record(history, act, seen)) {
		history_blame(history, "act %d was told %s, which is another's", number, act->id);
	} else if (&history->records[effect->record] != seen) {
		history_blame(history, "act %d was told %s, and wrote another", number, act->id);
	} else if (act->is_bad) {
		history_blame(history, "act %d wrote what is not valid", number);
	} else if (act->is_created && creates_of(history, number) == 0) {
		history_blame(history, "act %d was told that it created", number);
	} else if (is_calm && act->kind == HUBSPOT_UPSERT &&
		act->is_created != (creates_of(history, number) > 0)) {
		history_blame(history, "act %d was not told that it created", number);
	}
}

static void judge_well(struct history *history, const struct act *act, int number) {
	if (act->outcome != HUBSPOT_APPLIED) {
		history_blame(history, "act %d did well, outcome %d", number, act->outcome);
	} else if (act->kind == HUBSPOT_READ) {
		judge_read(history, act, number);
	} else if (act->kind == HUBSPOT_ARCHIVE) {
		judge_archive(history, act, number);
	} else {
		judge_write(history, act, number);
	}
}

/* Failures that are told of the record: they must be true, faults or not. */
static void judge_reason(struct history *history, const struct act *act, int number) {
	const struct seen *in_the_way = find_record(history, act->existing_id);
	switch (act->failure) {
	case HUBSPOT_INVALID:
		if (!act->is_bad) {
			history_blame(history, "act %d fails as invalid, and is not", number);
		}
		break;
	case HUBSPOT_NOT_FOUND:
		if (!lacked_its_record(history, act)) {
			history_blame(history, "act %d not found, and it is there", number);
		}
		break;
	case HUBSPOT_CONFLICT:
		if (act->kind != HUBSPOT_CREATE || !had_its_record(history, act)) {
			history_blame(history, "act %d fails in a conflict", number);
		} else if (act->existing_id[0] != '\0' &&
			!is_its_record(history, act, in_the_way)) {
			history_blame(history, "act %d is in conflict with %s", number,
				act->existing_id);
		}
		break;
	case HUBSPOT_AMBIGUOUS:
		if (act->handle != BY_DOMAIN) {
			history_blame(history, "act %d is ambiguous", number);
		}
		break;
	default:
		break;
	}
}

static bool is_of_the_record(enum hubspot_failure failure) {
	return failure == HUBSPOT_INVALID || failure == HUBSPOT_NOT_FOUND ||
		failure == HUBSPOT_CONFLICT || failure == HUBSPOT_AMBIGUOUS;
}

/* HubSpot took the trace ids away, and a create without a key has nothing else to be told apart by. */
static bool cannot_be_told(const struct history *history, const struct act *act) {
	bool has_no_key = act->handle == BY_NOTHING || act->handle == BY_DOMAIN;
	return strcmp(history->plan.traces, "strip") == 0 && has_no_key &&
		act->outcome == HUBSPOT_UNKNOWN;
}

static void judge_failure(struct history *history, const struct act *act, int number) {
	const struct effect *effect = last_effect(history, number);
	bool is_hurried = act->within_ms != 0 || act->cancel_ms != 0 ||
		act->told_ms >= act->submitted_ms + 20000; /* so many waited before it */
	if (act->outcome == HUBSPOT_APPLIED) {
		history_blame(history, "act %d failed (%d) and was told applied", number,
			act->failure);
	} else if (act->outcome == HUBSPOT_NOT_APPLIED && effect != NULL) {
		history_blame(history, "act %d was told not applied (%d), and is", number,
			act->failure);
	} else if (history->faults == 0 && !is_hurried && !is_of_the_record(act->failure) &&
		!cannot_be_told(history, act)) {
		history_blame(
			history, "act %d fails (%d) without a cause", number, act->failure);
	}
	judge_reason(history, act, number);
}

/* ---- the whole ---- */

/* A company that we know of, by its write or because the index has it, keeps another away. */
static void judge_companies(struct history *history) {
	for (unsigned i = 0; i < history->record_count; i++) {
		const struct seen *second = &history->records[i];
		for (unsigned j = 0; second->is_company && second->creator >= 0 && j < i; j++) {
			const struct seen *first = &history->records[j];
			const struct act *maker =
				first->creator >= 0 ? &history->plan.acts[first->creator] : NULL;
			bool was_known = maker == NULL ||
				(maker->failure == HUBSPOT_OK &&
					maker->told_ms < second->created_ms);
			if (first->is_company && strcmp(first->key, second->key) == 0 && was_known) {
				history_blame(history, "act %d created a company twice",
					second->creator);
			}
		}
	}
}

static void judge_calls(struct history *history) {
	unsigned needed = oracle_calls_needed(&history->plan);
	if (history->plan.is_calm && history->calls * 10 > needed * 12) {
		history_blame(history, "%u calls, where %u do", history->calls, needed);
	}
}

void oracle_judge(struct history *history) {
	for (unsigned i = 0; i < history->plan.act_count; i++) {
		const struct act *act = &history->plan.acts[i];
		if (act->told != 1) {
			history_blame(history, "act %u was told %u times", i, act->told);
		} else if (act->failure == HUBSPOT_OK) {
			judge_well(history, act, (int)i);
		} else {
			judge_failure(history, act, (int)i);
		}
		if (creates_of(history, (int)i) > 1) {
			history_blame(history, "act %u created twice", i);
		}
	}
	judge_companies(history);
	judge_calls(history);
	oracle_order(history);
}
