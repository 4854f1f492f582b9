/*
 * Decider: what the end of a call means for one row. Three tables, asked in this order:
 *
 *   STATUSES   what HubSpot's status says: which sign it is, how a caller is told, how long to wait
 *   COURSES    what a step may do after a sign: it depends on whether it happened, and on whether a
 *              second time does harm
 *   OUTCOMES   what is known of the write when this sign is the last
 *
 * Then the limits that no table can lift: tries, and the deadline.
 */
#include "hubspot/inside.h"

/* Did it happen? */
enum sign {
	SIGN_DONE,        /* yes, and the reply says so */
	SIGN_NOT_SENT,    /* no: nothing reached HubSpot */
	SIGN_REFUSED,     /* no: not now */
	SIGN_UNAVAILABLE, /* hardly, but nobody promises it */
	SIGN_UNKNOWN,     /* nobody can tell */
	SIGN_ABSENT,      /* a good batch reply that does not name the row: alone it may be told more plainly */
	SIGN_NO_RECORD,   /* no: there is no such record */
	SIGN_CONFLICT,    /* no: another record is in the way */
	SIGN_TOKEN,       /* no: the token */
	SIGN_FINAL,       /* no, and never */
	SIGN_COUNT,
};

enum wait {
	WAIT_NOT,
	WAIT_FAULT,     /* full jitter: 0 to 0.25 s x 2^n */
	WAIT_THROTTLED, /* half and half: it must not collapse to nothing */
	WAIT_LOCK,      /* a record's lock lasts 2 s */
	WAIT_MOVING,    /* the account is being moved: minutes to hours */
	WAIT_DAY,       /* the day's calls are used up */
};

enum course { END, AGAIN, LOOK, ALONE_OR_AGAIN, ALONE_OR_END, DONE_WHEN_REPEATED, AGAIN_ONCE, AGAIN_WITH_TOKEN, DONE };

struct reading {
	enum sign sign;
	enum hubspot_failure failure;
	enum wait wait;
};

static const struct {
	int from, to;
	struct reading reading;
} STATUSES[] = {
	{200, 299, {SIGN_DONE, HUBSPOT_OK, WAIT_NOT}},
	{400, 400, {SIGN_FINAL, HUBSPOT_INVALID, WAIT_NOT}},
	{401, 401, {SIGN_TOKEN, HUBSPOT_UNAUTHORIZED, WAIT_NOT}},
	{403, 403, {SIGN_FINAL, HUBSPOT_FORBIDDEN, WAIT_NOT}},
	{404, 404, {SIGN_NO_RECORD, HUBSPOT_NOT_FOUND, WAIT_NOT}},
	{408, 408, {SIGN_UNKNOWN, HUBSPOT_SERVER_ERROR, WAIT_FAULT}},
	{409, 409, {SIGN_CONFLICT, HUBSPOT_CONFLICT, WAIT_FAULT}},
	{410, 410, {SIGN_NO_RECORD, HUBSPOT_NOT_FOUND, WAIT_NOT}},
	{422, 422, {SIGN_FINAL, HUBSPOT_INVALID, WAIT_NOT}},
	{423, 423, {SIGN_REFUSED, HUBSPOT_LIMITED, WAIT_LOCK}},
	{429, 429, {SIGN_REFUSED, HUBSPOT_LIMITED, WAIT_THROTTLED}},
	{477, 477, {SIGN_REFUSED, HUBSPOT_LIMITED, WAIT_MOVING}},
	{300, 499, {SIGN_FINAL, HUBSPOT_REFUSED, WAIT_NOT}},
	{502, 502, {SIGN_UNKNOWN, HUBSPOT_SERVER_ERROR, WAIT_THROTTLED}},
	{503, 503, {SIGN_UNAVAILABLE, HUBSPOT_SERVER_ERROR, WAIT_FAULT}},
	{504, 504, {SIGN_UNKNOWN, HUBSPOT_SERVER_ERROR, WAIT_THROTTLED}},
	{500, 599, {SIGN_UNKNOWN, HUBSPOT_SERVER_ERROR, WAIT_FAULT}},
};

static const struct reading ENDS[] = {
	[CALL_NOT_SENT] = {SIGN_NOT_SENT, HUBSPOT_UNREACHABLE, WAIT_FAULT},
	[CALL_UNKNOWN] = {SIGN_UNKNOWN, HUBSPOT_NO_REPLY, WAIT_FAULT},
	[CALL_UNSAFE] = {SIGN_FINAL, HUBSPOT_REFUSED, WAIT_NOT},
};

/* Steps that a second time does no harm to, and the two kinds it may do harm to. */
enum manner { READS, READS_BY_ID, WRITES_BY_ID, UPSERTS, ARCHIVES, LINKS, CREATES_WITH_KEY, CREATES, RAW_ONCE, RAW_REPEATABLE, MANNER_COUNT };

static const enum course COURSES[MANNER_COUNT][SIGN_COUNT] = {
#define ALWAYS                                                                                                         \
	[SIGN_DONE] = DONE, [SIGN_NOT_SENT] = AGAIN, [SIGN_REFUSED] = AGAIN, [SIGN_TOKEN] = AGAIN_WITH_TOKEN,          \
	[SIGN_FINAL] = END
	[READS] = {ALWAYS, [SIGN_UNAVAILABLE] = AGAIN, [SIGN_UNKNOWN] = AGAIN, [SIGN_ABSENT] = ALONE_OR_AGAIN,
		[SIGN_NO_RECORD] = END, [SIGN_CONFLICT] = END},
	/* HubSpot's batch form does not follow the id of a merged record, the single form does. */
	[READS_BY_ID] = {ALWAYS, [SIGN_UNAVAILABLE] = AGAIN, [SIGN_UNKNOWN] = AGAIN, [SIGN_ABSENT] = ALONE_OR_AGAIN,
		[SIGN_NO_RECORD] = ALONE_OR_END, [SIGN_CONFLICT] = END},
	[WRITES_BY_ID] = {ALWAYS, [SIGN_UNAVAILABLE] = AGAIN, [SIGN_UNKNOWN] = AGAIN, [SIGN_ABSENT] = ALONE_OR_AGAIN,
		[SIGN_NO_RECORD] = ALONE_OR_END, [SIGN_CONFLICT] = END},
	/* Two upserts of one key at once: one may be told of a conflict, and finds the record the next time. */
	[UPSERTS] = {ALWAYS, [SIGN_UNAVAILABLE] = AGAIN, [SIGN_UNKNOWN] = AGAIN, [SIGN_ABSENT] = ALONE_OR_AGAIN,
		[SIGN_NO_RECORD] = END, [SIGN_CONFLICT] = AGAIN_ONCE},
	[ARCHIVES] = {ALWAYS, [SIGN_UNAVAILABLE] = AGAIN, [SIGN_UNKNOWN] = AGAIN, [SIGN_ABSENT] = AGAIN,
		[SIGN_NO_RECORD] = DONE_WHEN_REPEATED, [SIGN_CONFLICT] = END},
	[LINKS] = {ALWAYS, [SIGN_UNAVAILABLE] = AGAIN, [SIGN_UNKNOWN] = AGAIN, [SIGN_ABSENT] = ALONE_OR_AGAIN,
		[SIGN_NO_RECORD] = END, [SIGN_CONFLICT] = END},
	[CREATES_WITH_KEY] = {ALWAYS, [SIGN_UNAVAILABLE] = LOOK, [SIGN_UNKNOWN] = LOOK, [SIGN_ABSENT] = LOOK,
		[SIGN_NO_RECORD] = END, [SIGN_CONFLICT] = END},
	[CREATES] = {ALWAYS, [SIGN_UNAVAILABLE] = END, [SIGN_UNKNOWN] = END, [SIGN_ABSENT] = END, [SIGN_NO_RECORD] = END,
		[SIGN_CONFLICT] = END},
	[RAW_ONCE] = {ALWAYS, [SIGN_UNAVAILABLE] = END, [SIGN_UNKNOWN] = END, [SIGN_ABSENT] = END, [SIGN_NO_RECORD] = END,
		[SIGN_CONFLICT] = END},
	[RAW_REPEATABLE] = {ALWAYS, [SIGN_UNAVAILABLE] = AGAIN, [SIGN_UNKNOWN] = AGAIN, [SIGN_ABSENT] = AGAIN,
		[SIGN_NO_RECORD] = END, [SIGN_CONFLICT] = END},
#undef ALWAYS
};

static const struct {
	enum hubspot_outcome outcome; /* of a write; a read has changed nothing */
	bool is_transient;            /* the same may succeed later */
} OUTCOMES[SIGN_COUNT] = {
	[SIGN_DONE] = {HUBSPOT_APPLIED, false},
	[SIGN_NOT_SENT] = {HUBSPOT_NOT_APPLIED, true},
	[SIGN_REFUSED] = {HUBSPOT_NOT_APPLIED, true},
	[SIGN_UNAVAILABLE] = {HUBSPOT_UNKNOWN, true},
	[SIGN_UNKNOWN] = {HUBSPOT_UNKNOWN, true},
	[SIGN_ABSENT] = {HUBSPOT_UNKNOWN, true},
	[SIGN_NO_RECORD] = {HUBSPOT_NOT_APPLIED, false},
	[SIGN_CONFLICT] = {HUBSPOT_NOT_APPLIED, false},
	[SIGN_TOKEN] = {HUBSPOT_NOT_APPLIED, false},
	[SIGN_FINAL] = {HUBSPOT_NOT_APPLIED, false},
};

enum {
	FAULT_BASE_MS = 250,
	FAULT_MOST_MS = 20000,
	THROTTLED_BASE_MS = 500,
	THROTTLED_MOST_MS = 30000,
	LOCK_MS = 2000,
	MOVING_MS = 60000,
	DAY_MS = 300000,
	LEAST_CALL_MS = 50, /* a call begun with less left of its deadline is of no use */
};

/* ---- reading the end ---- */

/* Statuses that speak of the record, so they count only in HubSpot's own words. */
static bool speaks_of_the_record(int status) {
	return status == 400 || status == 404 || status == 409 || status == 410 || status == 422;
}

static struct reading read_status(const struct fate_question *question) {
	if (question->status >= 200 && question->status < 300) {
		bool is_broken = question->was_alone || question->are_many_left_out;
		if (!question->is_readable || (!question->is_in_reply && is_broken)) {
			return (struct reading){SIGN_UNKNOWN, HUBSPOT_BAD_REPLY, WAIT_FAULT};
		}
		if (!question->is_in_reply) {
			return (struct reading){SIGN_ABSENT, HUBSPOT_BAD_REPLY, WAIT_FAULT};
		}
	}
	if (!question->is_readable && question->step != STEP_RAW && speaks_of_the_record(question->status)) {
		return (struct reading){SIGN_FINAL, HUBSPOT_BAD_REPLY, WAIT_NOT};
	}
	for (size_t i = 0; i < sizeof(STATUSES) / sizeof(STATUSES[0]); i++) {
		if (question->status >= STATUSES[i].from && question->status <= STATUSES[i].to) {
			return STATUSES[i].reading;
		}
	}
	return (struct reading){SIGN_UNKNOWN, HUBSPOT_BAD_REPLY, WAIT_FAULT};
}

static struct reading read_end(const struct fate_question *question) {
	struct reading reading =
		question->end == CALL_ANSWERED ? read_status(question) : ENDS[question->end];
	if (question->end == CALL_UNKNOWN && question->is_timeout) {
		reading.wait = WAIT_THROTTLED; /* HubSpot is slow: not all at once */
	}
	if (question->status == 429 && question->policy == REFUSAL_DAILY) {
		reading.wait = WAIT_DAY;
	}
	return reading;
}

static enum manner manner_of(const struct fate_question *question) {
	switch (question->step) {
	case STEP_CREATE:
		return question->has_key ? CREATES_WITH_KEY : CREATES;
	case STEP_RAW:
		return question->is_repeatable ? RAW_REPEATABLE : RAW_ONCE;
	case STEP_UPDATE:
		return WRITES_BY_ID;
	case STEP_UPSERT:
		return UPSERTS;
	case STEP_ARCHIVE:
		return ARCHIVES;
	case STEP_LINK:
	case STEP_UNLINK:
		return LINKS;
	case STEP_READ:
		return question->has_key ? READS : READS_BY_ID;
	default:
		return READS;
	}
}

/* ---- waiting ---- */

static uint64_t doubled(uint64_t base_ms, unsigned times, uint64_t most_ms) {
	while (times-- > 0 && base_ms < most_ms) {
		base_ms *= 2;
	}
	return base_ms < most_ms ? base_ms : most_ms;
}

static uint64_t part_of(uint64_t wait_ms, double random) {
	return (uint64_t)((double)wait_ms * random);
}

/* Never less than our own back-off, whatever HubSpot asks for. */
static uint64_t wait_ms(const struct fate_question *question, enum wait wait) {
	uint64_t own_ms = 0, span_ms;
	switch (wait) {
	case WAIT_NOT:
		break;
	case WAIT_FAULT:
		own_ms = part_of(doubled(FAULT_BASE_MS, question->attempts, FAULT_MOST_MS), question->random);
		break;
	case WAIT_THROTTLED:
		span_ms = doubled(THROTTLED_BASE_MS, question->attempts, THROTTLED_MOST_MS);
		own_ms = span_ms / 2 + part_of(span_ms / 2, question->random);
		break;
	case WAIT_LOCK:
		own_ms = LOCK_MS + part_of(LOCK_MS / 2, question->random);
		break;
	case WAIT_MOVING:
		own_ms = question->retry_after_ms != 0 ? question->retry_after_ms : MOVING_MS;
		break;
	case WAIT_DAY:
		own_ms = DAY_MS;
		break;
	}
	if (question->end != CALL_ANSWERED || wait == WAIT_NOT) {
		return own_ms;
	}
	return own_ms > question->retry_after_ms ? own_ms : question->retry_after_ms;
}

/* ---- deciding ---- */

static enum fate_verdict verdict_of(enum course course, const struct fate_question *question) {
	switch (course) {
	case DONE:
		return FATE_DONE;
	case AGAIN:
		return FATE_AGAIN;
	case LOOK:
		return FATE_LOOK_UP;
	case ALONE_OR_AGAIN:
		return question->was_alone ? FATE_AGAIN : FATE_ALONE;
	case ALONE_OR_END:
		return question->was_alone ? FATE_GIVE_UP : FATE_ALONE;
	case DONE_WHEN_REPEATED:
		return question->may_be_applied ? FATE_DONE : FATE_GIVE_UP;
	case AGAIN_ONCE:
		return question->attempts == 1 ? FATE_AGAIN : FATE_GIVE_UP;
	case AGAIN_WITH_TOKEN:
		return question->has_new_token ? FATE_AGAIN : FATE_GIVE_UP;
	default:
		return FATE_GIVE_UP;
	}
}

struct fate fate_decide(const struct fate_question *question) {
	struct reading reading = read_end(question);
	bool is_read = question->step == STEP_READ || question->step == STEP_SEARCH;
	struct fate fate = {
		.verdict = verdict_of(COURSES[manner_of(question)][reading.sign], question),
		.not_before_ms = question->now_ms,
		.failure = reading.failure,
		.outcome = is_read ? HUBSPOT_NOT_APPLIED : OUTCOMES[reading.sign].outcome,
	};
	if (fate.verdict == FATE_DONE) {
		fate.failure = HUBSPOT_OK;
		fate.outcome = HUBSPOT_APPLIED;
		return fate;
	}
	bool is_to_be_sent = fate.verdict == FATE_AGAIN || fate.verdict == FATE_ALONE;
	uint64_t pause_ms = fate.verdict == FATE_ALONE ? 0 : wait_ms(question, reading.wait);
	fate.not_before_ms += pause_ms;
	if (is_to_be_sent && (question->attempts >= FATE_TRIES ||
				     fate.not_before_ms + LEAST_CALL_MS > question->deadline_ms)) {
		fate.verdict = FATE_GIVE_UP;
	}
	fate.is_retryable = OUTCOMES[reading.sign].is_transient &&
			    (fate.outcome == HUBSPOT_NOT_APPLIED || question->is_safe_again);
	fate.retry_after_ms = fate.is_retryable ? pause_ms : 0;
	return fate;
}
