/*
 * One request in one scenario. In the failing ones HubSpot may first do an operation, or two, so
 * that what comes later fails too.
 */
#include "trial.h"

#include <jansson.h>
#include <string.h>

#include "check.h"
#include "measure.h"
#include "stand.h"

#include "base/json.h"
#include "schema/schema.h"

enum { OPERATIONS_MAX = 2000, THREAD_WAIT_MS = 2000, PATIENCE_MS = 31 * 1000, AFTERWARDS_MS = 100 };

const struct scenario SCENARIOS[SCENARIOS_MAX] = {
	{"when HubSpot says ok", IS_DONE, {.ends = HSCK_DONE}},
	{"when HubSpot says 429", IS_ANSWERED,
		{.ends = HSCK_DONE, .status = 429, .retry_after_ms = 1000}},
	{"when HubSpot says 500", IS_ANSWERED, {.ends = HSCK_DONE, .status = 500}},
	{"when HubSpot does not answer in time", IS_ANSWERED, {.ends = HSCK_TIMEOUT}},
	{"when HubSpot answers garbage", IS_ANSWERED, {.ends = HSCK_GARBAGE}},
	{"when submit() is refused as busy", IS_FULL, {.ends = HSCK_BUSY}},
	{"when the client leaves before the reply", IS_LEFT, {.ends = HSCK_DONE}},
	{"when the deadline passes", IS_LATE, {.ends = HSCK_DONE}},
};

static const struct {
	const char *rule;
	const char *advice;
} RULES[RULES_MAX] = {
	{"second_reply", "a second reply to one request: reply once"},
	{"forgotten_reply",
		"a request is never replied to: reply on every way through done(), a failure's "
		"too, and when the client has left"},
	{"stale_token", "a request, operation or timer is used after its end: forget it there"},
	{"bad_argument", "an argument is refused"},
	{"early_call", "a call comes too early"},
	{"late_registration", "registers something after init(): do it there"},
	{"wrong_thread",
		"a [loop] function is called from another thread: come back with "
		"host->loop->post()"},
	{"wrong_return",
		"the handler returns HSC_REPLIED without a reply, or what is no answer: HSC_LATER "
		"when the reply comes later"},
};

/* ---- judging ---- */

static void judge_rules(struct trial *trial, struct hsck *kit, const char *where) {
	char line[512];
	unsigned misuses = hsck_misuses(kit, NULL);
	bool is_told = false;
	if (misuses == trial->misuses) {
		return;
	}
	trial->misuses = misuses;
	for (size_t i = 0; i < RULES_MAX; i++) {
		unsigned count = hsck_misuses(kit, RULES[i].rule);
		if (count > trial->broken[i] && !trial->is_told[i]) {
			fail("%s: %s (rule %s)", where, RULES[i].advice, RULES[i].rule);
			trial->is_told[i] = true;
		}
		is_told = is_told || count > trial->broken[i];
		trial->broken[i] = count;
	}
	if (!is_told) {
		stand_line(hsck_faults(kit), line, sizeof(line));
		fail("%s: %s", where, line);
	}
}

void trial_begin(struct trial *trial, struct hsck *kit) {
	trial->round_us = 0;
	trial->misuses = hsck_misuses(kit, NULL);
	memset(trial->broken, 0, sizeof(trial->broken));
}

/* What it is when all goes well: no failure of the host's or the plugin's, and what the plugin has
 * said it is. */
static void judge_success(
	const struct trial *trial, const struct hsck_request *request, const char *where) {
	const struct hsck_reply *reply = hsck_reply(request);
	const char *message = hsck_text(request, "message");
	const char *colon = message != NULL ? ": " : "";
	message = message != NULL ? message : "";
	if (reply->status >= 500) {
		fail("%s: the reply is %d%s%s", where, reply->status, colon, message);
	} else if (reply->status == 400 || reply->status == 422) {
		note("%s: what was made of the schema is refused with %d%s%s: put \"examples\" "
		     "into the schema",
			where, reply->status, colon, message);
	} else if (trial->reply_schema != NULL && reply->status >= 200 && reply->status < 300 &&
		reply->json != NULL) {
		json_t *errors = json_array();
		if (!schema_validate(trial->reply_schema, reply->json, 0, errors)) {
			const json_t *first = json_array_get(errors, 0);
			note("%s: the reply does not meet reply_schema: %s: %s", where,
				json_member_text(first, "field"),
				json_member_text(first, "message"));
		}
		json_decref(errors);
	}
}

static void judge_reply(const struct trial *trial, const struct hsck_request *request,
	const struct poke *poke, const struct scenario *scenario, const char *where) {
	const struct hsck_reply *reply = hsck_reply(request);
	if (!hsck_has_ended(request)) {
		fail("%s: the request is never ended: reply to it, also when the client has left",
			where);
	}
	if (reply == NULL) {
		if (scenario->story != IS_LEFT) {
			fail("%s: there is no reply", where);
		}
		return;
	}
	if (scenario->story == IS_DONE && !poke->may_fail) {
		judge_success(trial, request, where);
	}
}

static void look_at_time(struct trial *trial, struct hsck *kit, const char *where) {
	uint64_t longest_us = hsck_longest_us(kit);
	if (longest_us > trial->round_us) {
		trial->round_us = longest_us;
		snprintf(trial->round_where, sizeof(trial->round_where), "%s", where);
	}
}

/* ---- one request in one scenario ---- */

/* Lets the plugin's own threads come back, when it is for them that the request waits. */
static void wait_for_threads(
	struct trial *trial, struct hsck *kit, const struct hsck_request *request) {
	struct holding now;
	while (!hsck_has_ended(request) && hsck_waiting(kit) == 0) {
		holding_take(&now);
		if (now.thread_count <= trial->threads || !hsck_wait_post(kit, THREAD_WAIT_MS)) {
			return;
		}
	}
}

/* Answers what waits, one after the other, and what is asked then: the first `steps` as done. */
static void answer_all(
	struct hsck *kit, size_t first, size_t steps, const struct hsck_answer *answer) {
	static const struct hsck_answer DONE = {.ends = HSCK_DONE};
	for (size_t i = first; i < hsck_operations(kit) && i < first + OPERATIONS_MAX; i++) {
		hsck_answer(kit, i, i - first < steps ? &DONE : answer);
		hsck_run(kit);
	}
}

static void tell_story(struct hsck *kit, const struct scenario *scenario, size_t first,
	size_t steps, struct hsck_request *request) {
	static const struct hsck_answer DONE = {.ends = HSCK_DONE};
	hsck_run(kit);
	switch (scenario->story) {
	case IS_ANSWERED:
		answer_all(kit, first, steps, &scenario->answer);
		break;
	case IS_LEFT:
		for (size_t i = 0; i < steps && first + i < hsck_operations(kit); i++) {
			hsck_answer(kit, first + i, &DONE);
			hsck_run(kit);
		}
		hsck_leave(request);
		hsck_run(kit);
		answer_all(kit, first, 0, &DONE);
		break;
	case IS_DONE:
	case IS_FULL:
	case IS_LATE:
		break;
	}
	hsck_pass(kit, AFTERWARDS_MS); /* for what the plugin has put off */
}

size_t trial_live_through(struct trial *trial, struct hsck *kit, const struct poke *poke,
	const struct scenario *scenario, size_t steps) {
	char where[WHERE_SIZE];
	size_t first = hsck_operations(kit);
	snprintf(where, sizeof(where), "%s %s, %s%s", poke->method, poke->what, scenario->name,
		steps == 0           ? ""
			: steps == 1 ? ", after one operation"
				     : ", after two operations");
	at_place("%s", where);
	struct hsck_request *request = poke_send(poke, kit);
	tell_story(kit, scenario, first, steps, request);
	if (!hsck_has_ended(request)) {
		wait_for_threads(trial, kit, request);
	}
	if (!hsck_has_ended(request) || hsck_waiting(kit) > 0) {
		hsck_pass(kit, trial->timeout_ms + PATIENCE_MS);
	}
	look_at_time(trial, kit, where);
	judge_reply(trial, request, poke, scenario, where);
	judge_rules(trial, kit, where);
	return hsck_operations(kit) - first;
}
