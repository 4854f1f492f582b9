/*
 * Fates. The expected table is written out by hand, a line a step and a letter a sign; then rules that
 * must hold for every question that can be asked, whatever the tables say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "hubspot/inside.h"

enum { NOW = 1000000, DEADLINE = NOW + 20000 };

static struct fate_question ask(enum step step) {
	return (struct fate_question){.step = step, .was_alone = true, .end = CALL_ANSWERED, .status = 200, .is_readable = true,
		.is_in_reply = true, .attempts = 1, .is_safe_again = true, .now_ms = NOW, .deadline_ms = DEADLINE, .random = 0.5};
}

static struct fate_question ask_status(enum step step, int status) {
	struct fate_question question = ask(step);
	question.status = status;
	return question;
}

/* ---- the table ---- */

/* A sign as a call's end and a status; -status: answered, and not readable. */
static const struct {
	enum call_class end;
	int status;
	enum hubspot_failure failure;
	bool is_final;   /* a caller need not try again */
	bool is_unknown; /* a write may have happened */
} SIGNS[] = {
	{CALL_ANSWERED, 200, HUBSPOT_OK, true, false},
	{CALL_ANSWERED, 207, HUBSPOT_OK, true, false},
	{CALL_NOT_SENT, 0, HUBSPOT_UNREACHABLE, false, false},
	{CALL_ANSWERED, 423, HUBSPOT_LIMITED, false, false},
	{CALL_ANSWERED, 429, HUBSPOT_LIMITED, false, false},
	{CALL_ANSWERED, 503, HUBSPOT_SERVER_ERROR, false, true},
	{CALL_ANSWERED, 500, HUBSPOT_SERVER_ERROR, false, true},
	{CALL_ANSWERED, -502, HUBSPOT_SERVER_ERROR, false, true},
	{CALL_ANSWERED, 504, HUBSPOT_SERVER_ERROR, false, true},
	{CALL_ANSWERED, 524, HUBSPOT_SERVER_ERROR, false, true},
	{CALL_ANSWERED, 408, HUBSPOT_SERVER_ERROR, false, true},
	{CALL_ANSWERED, -200, HUBSPOT_BAD_REPLY, false, true},
	{CALL_ANSWERED, 700, HUBSPOT_BAD_REPLY, false, true},
	{CALL_UNKNOWN, 0, HUBSPOT_NO_REPLY, false, true},
	{CALL_UNKNOWN, 200, HUBSPOT_NO_REPLY, false, true},
	{CALL_UNSAFE, 0, HUBSPOT_REFUSED, true, false},
	{CALL_ANSWERED, 302, HUBSPOT_REFUSED, true, false},
	{CALL_ANSWERED, 400, HUBSPOT_INVALID, true, false},
	{CALL_ANSWERED, 422, HUBSPOT_INVALID, true, false},
	{CALL_ANSWERED, 401, HUBSPOT_UNAUTHORIZED, true, false},
	{CALL_ANSWERED, 403, HUBSPOT_FORBIDDEN, true, false},
	{CALL_ANSWERED, 404, HUBSPOT_NOT_FOUND, true, false},
	{CALL_ANSWERED, 405, HUBSPOT_REFUSED, true, false},
	{CALL_ANSWERED, 409, HUBSPOT_CONFLICT, true, false},
	{CALL_ANSWERED, 413, HUBSPOT_REFUSED, true, false},
	{CALL_ANSWERED, 431, HUBSPOT_REFUSED, true, false},
};
enum { SIGNS_COUNT = sizeof(SIGNS) / sizeof(SIGNS[0]) };

/* D done, A again, L look up, - give up; one letter a sign, in the order above. */
static const struct {
	enum step step;
	bool has_key, is_repeatable;
	const char *verdicts;
} STEPS[] = {
	{STEP_READ, false, false,    "DD" "A" "AA" "A" "AAAAA" "AA" "AA" "-----------"},
	{STEP_UPDATE, false, false,  "DD" "A" "AA" "A" "AAAAA" "AA" "AA" "-----------"},
	{STEP_UPSERT, true, false,   "DD" "A" "AA" "A" "AAAAA" "AA" "AA" "--------A--"},
	{STEP_ARCHIVE, false, false, "DD" "A" "AA" "A" "AAAAA" "AA" "AA" "-----------"},
	{STEP_LINK, false, false,    "DD" "A" "AA" "A" "AAAAA" "AA" "AA" "-----------"},
	{STEP_UNLINK, false, false,  "DD" "A" "AA" "A" "AAAAA" "AA" "AA" "-----------"},
	{STEP_CREATE, true, false,   "DD" "A" "AA" "L" "LLLLL" "LL" "LL" "-----------"},
	{STEP_CREATE, false, false,  "DD" "A" "AA" "-" "-----" "--" "--" "-----------"},
	{STEP_RAW, false, false,     "DD" "A" "AA" "-" "-----" "--" "--" "-----------"},
	{STEP_RAW, false, true,      "DD" "A" "AA" "A" "AAAAA" "AA" "AA" "-----------"},
};
enum { STEPS_COUNT = sizeof(STEPS) / sizeof(STEPS[0]) };

static struct fate_question question_of(size_t step, size_t sign) {
	struct fate_question question = ask(STEPS[step].step);
	int status = SIGNS[sign].status;
	question.has_key = STEPS[step].has_key;
	question.is_repeatable = STEPS[step].is_repeatable;
	question.end = SIGNS[sign].end;
	question.status = status < 0 ? -status : status;
	question.is_readable = question.is_in_reply = status > 0;
	return question;
}

static void every_sign_of_every_step(void **state) {
	static const char LETTERS[] = {[FATE_DONE] = 'D', [FATE_AGAIN] = 'A', [FATE_ALONE] = '1', [FATE_LOOK_UP] = 'L', [FATE_GIVE_UP] = '-'};
	(void)state;
	for (size_t step = 0; step < STEPS_COUNT; step++) {
		assert_int_equal(strlen(STEPS[step].verdicts), SIGNS_COUNT);
		for (size_t sign = 0; sign < SIGNS_COUNT; sign++) {
			struct fate_question question = question_of(step, sign);
			struct fate fate = fate_decide(&question);
			if (LETTERS[fate.verdict] != STEPS[step].verdicts[sign]) {
				fail_msg("step %zu, sign %zu: %c", step, sign, LETTERS[fate.verdict]);
			}
			assert_int_equal(fate.failure, SIGNS[sign].failure);
		}
	}
}

/* What is said of the write when no try is left. */
static void every_last_word(void **state) {
	(void)state;
	for (size_t step = 0; step < STEPS_COUNT; step++) {
		for (size_t sign = 2; sign < SIGNS_COUNT; sign++) {
			struct fate_question question = question_of(step, sign);
			bool is_archive = question.step == STEP_ARCHIVE;
			question.attempts = FATE_TRIES;
			for (int is_safe = 0; is_safe < 2; is_safe++) {
				question.is_safe_again = is_safe;
				struct fate fate = fate_decide(&question);
				bool is_unknown = SIGNS[sign].is_unknown && question.step != STEP_READ;
				if (fate.verdict == FATE_LOOK_UP || (is_archive && question.status == 404)) {
					continue;
				}
				assert_int_equal(fate.verdict, FATE_GIVE_UP);
				assert_int_equal(fate.outcome, is_unknown ? HUBSPOT_UNKNOWN : HUBSPOT_NOT_APPLIED);
				assert_int_equal(fate.is_retryable, !SIGNS[sign].is_final && (!is_unknown || is_safe));
				assert_true(fate.is_retryable || fate.retry_after_ms == 0);
			}
		}
	}
}

/* ---- rules for all questions ---- */

static void check_rules(const struct fate_question *question) {
	struct fate fate = fate_decide(question);
	bool may_have_happened = question->end == CALL_UNKNOWN ||
				 (question->end == CALL_ANSWERED && (question->status >= 500 ||
					 (question->status < 300 && !(question->is_readable && question->is_in_reply))));
	bool goes_again = fate.verdict == FATE_AGAIN || fate.verdict == FATE_ALONE;
	bool is_once = question->step == STEP_CREATE || (question->step == STEP_RAW && !question->is_repeatable);
	assert_false(goes_again && is_once && may_have_happened);
	assert_false(goes_again && question->attempts >= FATE_TRIES);
	assert_false(goes_again && fate.not_before_ms >= question->deadline_ms);
	assert_false(fate.verdict == FATE_ALONE && question->was_alone);
	assert_false(fate.verdict == FATE_LOOK_UP && !(question->step == STEP_CREATE && question->has_key));
	assert_false(fate.verdict == FATE_DONE && (question->end != CALL_ANSWERED || fate.failure != HUBSPOT_OK));
	assert_false(fate.verdict != FATE_DONE && (fate.failure == HUBSPOT_OK || fate.outcome == HUBSPOT_APPLIED));
	assert_false(fate.is_retryable && fate.outcome == HUBSPOT_UNKNOWN && !question->is_safe_again);
	assert_true(fate.not_before_ms >= question->now_ms);
	if (may_have_happened && fate.verdict == FATE_GIVE_UP && question->step != STEP_READ &&
		question->step != STEP_SEARCH) {
		assert_int_equal(fate.outcome, HUBSPOT_UNKNOWN);
	}
}

/* One bit of `bits` a flag. */
static void check_all_flags(struct fate_question question) {
	for (unsigned bits = 0; bits < 512; bits++) {
		question.is_repeatable = bits & 1;
		question.has_key = bits & 2;
		question.was_alone = bits & 4;
		question.is_timeout = bits & 8;
		question.is_readable = bits & 16;
		question.is_in_reply = bits & 32;
		question.has_new_token = bits & 64;
		question.is_safe_again = bits & 128;
		question.attempts = bits & 256 ? FATE_TRIES : 2;
		check_rules(&question);
	}
}

static void the_rules_hold_for_everything(void **state) {
	(void)state;
	for (enum step step = STEP_READ; step <= STEP_RAW; step++) {
		for (int end = CALL_ANSWERED; end <= CALL_UNSAFE; end++) {
			for (int status = 100; status < 620; status += end == CALL_ANSWERED ? 1 : 100) {
				struct fate_question question = ask_status(step, status);
				question.end = (enum call_class)end;
				check_all_flags(question);
			}
		}
	}
}

/* ---- single cases ---- */

static void assert_verdict(const struct fate_question *question, enum fate_verdict verdict) {
	struct fate fate = fate_decide(question);
	assert_int_equal(fate.verdict, verdict);
}

static void a_row_missing_from_a_batch_is_asked_alone(void **state) {
	struct fate_question question = ask(STEP_UPDATE);
	(void)state;
	question.is_in_reply = question.was_alone = false;
	assert_verdict(&question, FATE_ALONE);
	question.step = STEP_READ;
	assert_verdict(&question, FATE_ALONE);
	question.step = STEP_UPSERT;
	assert_verdict(&question, FATE_ALONE);
	question.step = STEP_CREATE;
	assert_verdict(&question, FATE_GIVE_UP);
	question.has_key = true;
	assert_verdict(&question, FATE_LOOK_UP);
}

static void many_rows_missing_from_a_batch_go_again_together(void **state) {
	struct fate_question question = ask(STEP_UPDATE);
	(void)state;
	question.is_in_reply = question.was_alone = false;
	question.are_many_left_out = true;
	assert_verdict(&question, FATE_AGAIN);
	question.step = STEP_READ;
	assert_verdict(&question, FATE_AGAIN);
	question.step = STEP_UPSERT;
	assert_verdict(&question, FATE_AGAIN);
	question.step = STEP_CREATE;
	assert_verdict(&question, FATE_GIVE_UP);
}

static void an_update_of_nobody_is_asked_alone_once(void **state) {
	struct fate_question question = ask_status(STEP_UPDATE, 404);
	(void)state;
	question.was_alone = false;
	assert_verdict(&question, FATE_ALONE);
	question.was_alone = true;
	assert_verdict(&question, FATE_GIVE_UP);
}

static void a_repeated_archive_of_nobody_is_done(void **state) {
	struct fate_question question = ask_status(STEP_ARCHIVE, 404);
	(void)state;
	assert_verdict(&question, FATE_GIVE_UP);
	question.attempts = 2; /* the first was refused, not lost */
	assert_verdict(&question, FATE_GIVE_UP);
	question.may_be_applied = true;
	assert_verdict(&question, FATE_DONE);
}

static void a_conflict_of_upserts_is_tried_once_more(void **state) {
	struct fate_question question = ask_status(STEP_UPSERT, 409);
	(void)state;
	assert_verdict(&question, FATE_AGAIN);
	question.attempts = 2;
	assert_verdict(&question, FATE_GIVE_UP);
}

static void a_401_goes_again_with_a_new_token_only(void **state) {
	struct fate_question question = ask_status(STEP_CREATE, 401);
	(void)state;
	assert_verdict(&question, FATE_GIVE_UP);
	question.has_new_token = true;
	assert_verdict(&question, FATE_AGAIN);
	question.attempts = FATE_TRIES;
	assert_verdict(&question, FATE_GIVE_UP);
}

/* A proxy's 404 must not make a create out of an upsert. */
static void a_404_in_html_is_no_not_found(void **state) {
	struct fate_question question = ask_status(STEP_READ, 404);
	(void)state;
	question.is_readable = false;
	assert_int_equal(fate_decide(&question).failure, HUBSPOT_BAD_REPLY);
	question.step = STEP_RAW;
	assert_int_equal(fate_decide(&question).failure, HUBSPOT_NOT_FOUND);
}

static uint64_t pause_after(struct fate_question question, unsigned attempts, double random) {
	question.attempts = attempts;
	question.random = random;
	question.deadline_ms = UINT64_MAX / 2;
	struct fate fate = fate_decide(&question);
	assert_int_equal(fate.verdict, FATE_AGAIN);
	return fate.not_before_ms - NOW;
}

static void pauses_grow_and_are_spread(void **state) {
	struct fate_question fault = ask_status(STEP_READ, 503), slow = ask_status(STEP_READ, 504), lock = ask_status(STEP_READ, 423);
	(void)state;
	assert_int_equal(pause_after(fault, 1, 0), 0);
	assert_int_equal(pause_after(fault, 1, 0.5), 250);
	assert_int_equal(pause_after(fault, 2, 0.5), 500);
	assert_int_equal(pause_after(fault, 6, 0.5), 8000);
	assert_int_equal(pause_after(slow, 1, 0), 500);
	assert_int_equal(pause_after(slow, 1, 0.5), 750);
	assert_int_equal(pause_after(slow, 6, 0.999), 29985);
	assert_int_equal(pause_after(lock, 1, 0), 2000);
	assert_int_equal(pause_after(lock, 6, 0.5), 2500);
	fault.retry_after_ms = 3000;
	assert_int_equal(pause_after(fault, 1, 0.5), 3000);
	assert_int_equal(pause_after(fault, 6, 0.5), 8000);
	fault.end = CALL_UNKNOWN;
	fault.is_timeout = true;
	assert_int_equal(pause_after(fault, 1, 0), 500);
}

static void no_waiting_past_the_deadline(void **state) {
	struct fate_question question = ask_status(STEP_CREATE, 429);
	(void)state;
	question.retry_after_ms = 30000;
	struct fate fate = fate_decide(&question);
	assert_int_equal(fate.verdict, FATE_GIVE_UP);
	assert_int_equal(fate.failure, HUBSPOT_LIMITED);
	assert_int_equal(fate.outcome, HUBSPOT_NOT_APPLIED);
	assert_true(fate.is_retryable);
	assert_int_equal(fate.retry_after_ms, 30000);
	question.retry_after_ms = 19950;
	assert_verdict(&question, FATE_AGAIN);
	question.retry_after_ms = 19951;
	assert_verdict(&question, FATE_GIVE_UP);
}

static void hours_are_passed_on(void **state) {
	struct fate_question question = ask_status(STEP_UPDATE, 477);
	(void)state;
	assert_int_equal(fate_decide(&question).retry_after_ms, 60000);
	question.retry_after_ms = 86400000;
	assert_int_equal(fate_decide(&question).retry_after_ms, 86400000);
	question = ask_status(STEP_UPDATE, 429);
	question.policy = REFUSAL_DAILY;
	assert_int_equal(fate_decide(&question).verdict, FATE_GIVE_UP);
	assert_int_equal(fate_decide(&question).retry_after_ms, 300000);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sign_of_every_step),
		cmocka_unit_test(every_last_word),
		cmocka_unit_test(the_rules_hold_for_everything),
		cmocka_unit_test(a_row_missing_from_a_batch_is_asked_alone),
		cmocka_unit_test(many_rows_missing_from_a_batch_go_again_together),
		cmocka_unit_test(an_update_of_nobody_is_asked_alone_once),
		cmocka_unit_test(a_repeated_archive_of_nobody_is_done),
		cmocka_unit_test(a_conflict_of_upserts_is_tried_once_more),
		cmocka_unit_test(a_401_goes_again_with_a_new_token_only),
		cmocka_unit_test(a_404_in_html_is_no_not_found),
		cmocka_unit_test(pauses_grow_and_are_spread),
		cmocka_unit_test(no_waiting_past_the_deadline),
		cmocka_unit_test(hours_are_passed_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
