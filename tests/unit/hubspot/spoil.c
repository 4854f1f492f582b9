#include "spoil.h"

#include <string.h>

/* ---- chance ---- */

/* splitmix64 */
uint64_t dice_roll(struct dice *dice) {
	uint64_t bits = dice->state += 0x9e3779b97f4a7c15u;
	bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
	bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
	return bits ^ (bits >> 31);
}

unsigned dice_under(struct dice *dice, unsigned sides) {
	return (unsigned)(dice_roll(dice) % sides);
}

bool dice_percent(struct dice *dice, unsigned percent) {
	return dice_under(dice, 100) < percent;
}

static struct dice of_its_own = {1};
static struct dice *ruling = &of_its_own;

void dice_rule_the_client(struct dice *dice) {
	ruling = dice;
}

/* The linker puts this in the place of the client's random_share(). */
double __wrap_random_share(void);
double __wrap_random_share(void) {
	return (double)(dice_roll(ruling) >> 11) / 9007199254740992.0;
}

/* ---- kinds ---- */

enum way {
	BY_MODEL,   /* the model is told to do it */
	NOT_SENT,   /* no connection */
	HANG_AFTER, /* written, and no reply in time */
	HALF,       /* written, and half of the body passes for a whole */
	STATUS_AFTER, /* written, and an error in the place of the reply */
	PAGE_AFTER, /* written, and a page of some proxy in the place of the reply */
};

struct spoil {
	const char *name;
	enum way way;
	int status;
	const char *body; /* "html": of a status that the model gives */
};

static const struct spoil HANGS[] = {
	{"hang", BY_MODEL, 0, NULL},
	{"hang after", HANG_AFTER, 0, NULL},
};

static const struct spoil WAITS[] = {
	{"423", BY_MODEL, 423, "json"},
	{"429", BY_MODEL, 429, "json"},
};

static const struct spoil KINDS[] = {
	{"not sent", NOT_SENT, 0, NULL},
	{"reset_before", BY_MODEL, 0, NULL},
	{"reset_after", BY_MODEL, 0, NULL},
	{"cut", BY_MODEL, 0, NULL},
	{"half", HALF, 0, NULL},
	{"500", BY_MODEL, 500, "json"},
	{"502", BY_MODEL, 502, "html"},
	{"503", BY_MODEL, 503, "html"},
	{"504", BY_MODEL, 504, "empty"},
	{"500 after", STATUS_AFTER, 500, "{\"status\":\"error\",\"message\":\"internal error\"}"},
	{"504 after", STATUS_AFTER, 504, ""},
	{"page after", PAGE_AFTER, 200, "<html><body>Please wait</body></html>"},
	{"empty", BY_MODEL, 0, NULL},
	{"drop_row", BY_MODEL, 0, NULL},
	{"extra_row", BY_MODEL, 0, NULL},
	{"strip_traces", BY_MODEL, 0, NULL},
	{"ignore_traces", BY_MODEL, 0, NULL},
	{"lower_case", BY_MODEL, 0, NULL},
};

const struct spoil *spoil_pick(struct dice *dice) {
	unsigned roll = dice_under(dice, 20);
	if (roll == 0) {
		return &HANGS[dice_under(dice, sizeof(HANGS) / sizeof(HANGS[0]))];
	}
	if (roll == 1) {
		return &WAITS[dice_under(dice, sizeof(WAITS) / sizeof(WAITS[0]))];
	}
	return &KINDS[dice_under(dice, sizeof(KINDS) / sizeof(KINDS[0]))];
}

const char *spoil_name(const struct spoil *spoil) {
	return spoil != NULL ? spoil->name : "none";
}

/* ---- doing it ---- */

static struct fake_reply by_model(
	struct kit *kit, const struct call *call, const struct spoil *spoil) {
	json_t *fail = spoil->status == 0
		? json_pack("{s{ss}}", "fail", "how", spoil->name)
		: json_pack("{s{siss}}", "fail", "status", spoil->status, "body", spoil->body);
	kit_control(kit, fail);
	return kit_ask_model(kit, call);
}

static void halve(struct fake_reply *reply) {
	static char half[1 << 20];
	size_t length = strlen(reply->body) / 2;
	memcpy(half, reply->body, length);
	half[length] = '\0';
	reply->body = half;
}

struct fake_reply spoil_answer(
	struct kit *kit, const struct call *call, const struct spoil *spoil) {
	if (spoil != NULL && spoil->way == NOT_SENT) {
		return (struct fake_reply){.end = CALL_NOT_SENT, .after_ms = kit->latency_ms};
	}
	if (spoil != NULL && spoil->way == BY_MODEL) {
		return by_model(kit, call, spoil);
	}
	struct fake_reply reply = kit_ask_model(kit, call);
	if (spoil == NULL) {
		return reply;
	}
	switch (spoil->way) {
	case HANG_AFTER:
		return (struct fake_reply){
			.end = CALL_UNKNOWN, .is_timeout = true, .after_ms = call->timeout_ms};
	case HALF:
		halve(&reply);
		break;
	default:
		reply.status = spoil->status;
		reply.body = spoil->body;
	}
	return reply;
}

bool spoil_is_refusal(const struct fake_reply *reply) {
	return reply->end == CALL_NOT_SENT ||
		(reply->end == CALL_ANSWERED && reply->status >= 400 && reply->status < 500 &&
			reply->status != 408);
}
