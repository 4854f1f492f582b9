/*
 * What becomes of each row when its call has ended: asks wire what the reply says of it and fate
 * what that means, then sends it on: up with its ending, or back into its lane.
 */
#include "hubspot/inside.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/str.h"

void settle_log(const struct call *call) {
	const struct operation *first = list_first(&call->rows, struct operation, link);
	bool is_well = call->end == CALL_ANSWERED && call->status < 400;
	LOG_LINE(is_well ? LOG_INFO : LOG_WARN, "hubspot call",
		log_text("step", STEP_NAMES[first->step]),
		log_text("object", first->step == STEP_RAW ? NULL : first->object),
		log_text("operation", first->label), log_uint("rows", call->row_count),
		log_int("status", call->status), log_uint("ms", call->ended_ms - call->sent_ms),
		log_uint("waited_ms", call->sent_ms - first->submitted_ms),
		log_uint("attempt", first->tries),
		log_text("correlation_id",
			call->headers.correlation_id[0] != '\0' ? call->headers.correlation_id
								: NULL),
		log_text("why", call->error[0] != '\0' ? call->error : NULL));
	watch_call(call);
}

static bool is_reading(const struct operation *operation) {
	return operation->step == STEP_READ || operation->step == STEP_SEARCH;
}

/* This attempt may have written: nobody can tell yet. */
static bool may_have_written(
	const struct operation *operation, const struct call *call, const struct row_end *row) {
	if (is_reading(operation)) {
		return false;
	}
	if (call->end != CALL_ANSWERED) {
		return call->end == CALL_UNKNOWN;
	}
	return call->status >= 500 || call->status == 408 ||
		(call->status < 300 && (!row->is_readable || !row->is_in_reply));
}

static struct fate decide(const struct operation *operation, const struct call *call,
	const struct row_end *row, bool has_new_token) {
	const struct fate_question question = {
		.step = operation->step,
		.is_repeatable = (operation->flags & HUBSPOT_REPEATABLE) != 0 ||
			str_starts_with(operation->object, "GET "),
		.has_key = operation->step_id_property != NULL,
		.was_alone = operation->must_be_alone || call->is_alone,
		.end = call->end,
		.is_timeout = call->is_timeout,
		.status = row->status,
		.may_be_applied = operation->may_be_applied,
		.is_readable = row->is_readable,
		.is_in_reply = row->is_in_reply,
		.are_many_left_out = call->are_many_left_out,
		.has_new_token = has_new_token,
		.retry_after_ms = call->headers.retry_after_ms,
		.policy = row->refusal.policy,
		.attempts = operation->tries,
		.is_safe_again = operation_is_safe_again(operation),
		.now_ms = clock_now_ms(),
		.deadline_ms = operation->deadline_ms,
		.random = call->random,
	};
	return fate_decide(&question);
}

/* What the row learned becomes the step's ending; the row keeps nothing. */
static void fill_ending(struct operation *operation, const struct call *call, struct row_end *row,
	const struct fate *fate) {
	if (operation->skimmed_id != NULL) {
		free(operation->found_id);
		operation->found_id = operation->skimmed_id;
		operation->skimmed_id = NULL;
	}
	ending_clear(&operation->ending);
	operation->ending = (struct ending){
		.failure = fate->verdict == FATE_DONE ? HUBSPOT_OK : fate->failure,
		.outcome = fate->verdict == FATE_DONE ? HUBSPOT_APPLIED : fate->outcome,
		.status = row->status,
		.is_created = row->is_created,
		.is_retryable = fate->is_retryable,
		.is_look_up = fate->verdict == FATE_LOOK_UP,
		.retry_after_ms = fate->retry_after_ms,
		.record = row->record,
		.refusal = row->refusal,
	};
	snprintf(operation->ending.correlation_id, sizeof(operation->ending.correlation_id), "%s",
		call->headers.correlation_id);
	row->record = NULL;
	row->refusal = (struct refusal){0};
	if (operation->may_be_applied && !is_reading(operation) && fate->verdict == FATE_GIVE_UP) {
		operation->ending.outcome =
			HUBSPOT_UNKNOWN; /* an earlier attempt may have written */
		operation->ending.is_retryable =
			operation_is_safe_again(operation) && fate->is_retryable;
	}
}

/* A refusal "not now" costs HubSpot nothing; a failure does, and is paid once a call. */
static bool may_go_again(struct call *call, const struct fate *fate) {
	if (fate->verdict != FATE_AGAIN && fate->verdict != FATE_ALONE &&
		fate->verdict != FATE_LOOK_UP) {
		return false;
	}
	struct breaker *breaker = &call->client->breaker;
	bool is_failure = call->end != CALL_ANSWERED || call->status >= 500;
	if (is_failure && !call->is_retry_decided) {
		call->is_retry_decided = true;
		call->may_retry = !breaker_refuses(breaker, clock_now_ms(), &call->away_ms) &&
			breaker_may_retry(breaker, clock_now_ms());
	}
	return !is_failure || call->may_retry;
}

/* Whom HubSpot's absence sends away is told when it is worth coming again. */
static void give_up(const struct call *call, struct fate *fate) {
	fate->verdict = FATE_GIVE_UP;
	if (call->is_retry_decided && !call->may_retry && fate->is_retryable) {
		fate->retry_after_ms = call->away_ms;
	}
}

static void settle_row(
	struct operation *operation, struct call *call, struct row_end *row, bool has_new_token) {
	struct fate fate = decide(operation, call, row, has_new_token);
	if (may_have_written(operation, call, row)) {
		operation->may_be_applied = true;
	} else if (fate.verdict == FATE_DONE && !is_reading(operation)) {
		operation->may_be_applied = false;
	}
	bool may_go = operation->done != NULL && may_go_again(call, &fate);
	if (may_go && fate.verdict != FATE_LOOK_UP) {
		operation->not_before_ms = fate.not_before_ms;
		operation->must_be_alone |= fate.verdict == FATE_ALONE;
		if (lane_enter(operation)) {
			watch_row_again(operation);
			return;
		}
	}
	if (may_go && fate.verdict == FATE_LOOK_UP) {
		operation->step_not_before_ms = fate.not_before_ms;
	} else if (fate.verdict !=
		FATE_DONE) { /* final; or detached, the budget used up, no memory to wait in */
		give_up(call, &fate);
	}
	fill_ending(operation, call, row, &fate);
	watch_row_ended(operation);
	stage_up(operation);
}

static struct operation *take_row(struct call *call) {
	struct operation *row = list_first(&call->rows, struct operation, link);
	if (row != NULL) {
		list_remove(&row->link);
		row->place = PLACE_NONE;
	}
	return row;
}

/* All rows go back into their lane, in the groups that isolate() gave them: nothing of them was
 * written. */
static void send_apart(struct call *call) {
	struct operation *row;
	while ((row = take_row(call)) != NULL) {
		row->tries--; /* not this row's failure */
		watch_row_apart(row);
		row->not_before_ms = 0;
		if (row->done == NULL || !lane_enter(row)) {
			operation_fail(row,
				row->done == NULL ? HUBSPOT_CANCELLED : HUBSPOT_OUT_OF_MEMORY,
				row->may_be_applied ? HUBSPOT_UNKNOWN : HUBSPOT_NOT_APPLIED,
				operation_is_safe_again(row), 0);
		}
	}
}

static bool has_results(const struct call *call, const json_t *reply) {
	return call->status >= 200 && call->status < 300 && !call->is_alone &&
		json_is_array(json_object_get(reply, "results"));
}

void settle_call(struct call *call, const json_t *reply, bool has_new_token) {
	struct operation *row;
	if (isolate_applies(call, reply)) {
		isolate(call, reply);
		send_apart(call);
		return;
	}
	wire_match(call, reply);
	call->random = random_share();
	call->are_many_left_out = has_results(call, reply) && isolate_left_out(call);
	while ((row = take_row(call)) != NULL) {
		struct row_end end;
		wire_row(call, reply, row, &end);
		settle_row(row, call, &end, has_new_token);
		row_end_finish(&end);
	}
}

enum refusal_policy settle_policy(const struct call *call, const json_t *reply) {
	struct refusal refusal;
	if (call->status != 429 || reply == NULL) {
		return REFUSAL_NO_POLICY;
	}
	refusal_read(reply, &refusal);
	enum refusal_policy policy = refusal.policy;
	refusal_finish(&refusal);
	return policy;
}

/* ---- an operation that has failed ---- */

static const char *const FAILURES[] = {
	[HUBSPOT_OK] = NULL,
	[HUBSPOT_CANCELLED] = "cancelled",
	[HUBSPOT_DEADLINE] = "deadline",
	[HUBSPOT_BUSY] = "busy",
	[HUBSPOT_UNREACHABLE] = "unreachable",
	[HUBSPOT_NO_REPLY] = "no_reply",
	[HUBSPOT_BAD_REPLY] = "bad_reply",
	[HUBSPOT_SERVER_ERROR] = "server_error",
	[HUBSPOT_LIMITED] = "limited",
	[HUBSPOT_UNAUTHORIZED] = "unauthorized",
	[HUBSPOT_FORBIDDEN] = "forbidden",
	[HUBSPOT_INVALID] = "invalid",
	[HUBSPOT_NOT_FOUND] = "not_found",
	[HUBSPOT_CONFLICT] = "conflict",
	[HUBSPOT_AMBIGUOUS] = "ambiguous",
	[HUBSPOT_REFUSED] = "refused",
	[HUBSPOT_OUT_OF_MEMORY] = "out_of_memory",
};

/* What a caller asked wrongly is no trouble of ours. */
static bool is_callers(enum hubspot_failure failure) {
	return failure == HUBSPOT_INVALID || failure == HUBSPOT_NOT_FOUND ||
		failure == HUBSPOT_CONFLICT || failure == HUBSPOT_AMBIGUOUS ||
		failure == HUBSPOT_CANCELLED;
}

/* The path of a raw one is not told: it has ids in it. */
void settle_log_failure(const struct operation *operation) {
	static const char *const OUTCOMES[] = {[HUBSPOT_APPLIED] = "applied",
		[HUBSPOT_NOT_APPLIED] = "not_applied",
		[HUBSPOT_UNKNOWN] = "unknown"};
	const struct ending *ending = &operation->ending;
	LOG_LINE(is_callers(ending->failure) ? LOG_INFO : LOG_WARN, "operation failed",
		log_text("operation", operation->label),
		log_text("object", operation->kind == HUBSPOT_RAW ? NULL : operation->object),
		log_text("why", FAILURES[ending->failure]),
		log_text("outcome", OUTCOMES[ending->outcome]),
		log_bool("retryable", ending->is_retryable), log_int("status", ending->status),
		log_uint("attempts", operation->attempts),
		log_uint("ms", clock_now_ms() - operation->submitted_ms),
		log_text("category", ending->refusal.category),
		log_text("correlation_id",
			ending->correlation_id[0] != '\0' ? ending->correlation_id : NULL));
}
