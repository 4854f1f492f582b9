/*
 * hubspot/decide.h - the deciders of this module: refusal, limit, breaker, fate.
 *
 * Functions over a state and a given clock; they hold no operation, know no stage, and are tested
 * without neighbours. batch.c and settle.c ask them.
 */
#ifndef HUBSPOT_DECIDE_H
#define HUBSPOT_DECIDE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hubspot/call.h"
#include "hubspot/hubspot.h"

/* ---- refusal.c: HubSpot's error bodies -> our words ---- */

enum refusal_policy { REFUSAL_NO_POLICY, REFUSAL_TEN_SECONDLY, REFUSAL_SECONDLY, REFUSAL_DAILY };
enum { REFUSAL_ERRORS_MAX = 50, REFUSAL_MESSAGE_MAX = 500 };

struct refusal {
	char *category;       /* "VALIDATION_ERROR"; or NULL */
	char *message;        /* one sentence, without the JSON that HubSpot embeds; at most REFUSAL_MESSAGE_MAX bytes; or NULL */
	char *correlation_id; /* or NULL */
	char *existing_id;    /* the record that is in the way, decimal digits; or NULL */
	json_t *errors;       /* array of {"property","code","message"}; or NULL */
	json_t *existing_ids; /* of a search for one record that found several; or NULL */
	enum refusal_policy policy; /* of a 429 */
};

/* Reads an error object (a whole body, or one entry of "errors" in a 207). Whatever is missing stays NULL: every
 * field is optional to HubSpot. `refusal` is overwritten. */
void refusal_read(const json_t *error, struct refusal *refusal);
void refusal_finish(struct refusal *refusal);

/* What HubSpot remarks on a record that it took: array of {"property","code","message"}, as bounded as the errors; a new
 * reference, NULL when there is nothing. */
json_t *refusal_warnings(const json_t *record);

/* ---- limit.c: may a call start now, or when ---- */

/*
 * HubSpot has two limits a call can meet at once: so many in ten seconds (LIMIT_CALL) and five searches a
 * second (LIMIT_SEARCH, which do not count among the others); and one for the day, which all count for.
 * What the replies tell of them is believed within reason, so the share we use follows the account and
 * leaves room for others on the same token.
 */
struct limit_settings {
	uint32_t rate_limit;  /* calls per window, a ceiling; 0: 100 until a header says Max */
	bool is_unlimited;    /* no slots, no pace, no start rule, no hold but a server's 423 and 477 */
	uint32_t max_calls;   /* in flight at once, of both kinds, always */
};

enum { LIMIT_WINDOW_MS = 10000, LIMIT_KINDS = 2 };
#define LIMIT_NEVER UINT64_MAX /* not before a call in flight ends */

struct limit *limit_create(const struct limit_settings *settings);
void limit_destroy(struct limit *limit);

/* 0: a call of this kind may start now, and `spare` more at once with it, where so many ever may; else the moment when it
 * may, or LIMIT_NEVER. */
uint64_t limit_when(struct limit *limit, enum limit_kind kind, uint64_t now_ms, uint32_t spare);

/* How long until a call is answered that has `calls_ahead` of its kind before it, as far as can be known: the pace,
 * the slots, the bound in flight at the answers' mean time, and the holds. 0: it can start at once. */
uint64_t limit_predict_ms(struct limit *limit, enum limit_kind kind, uint64_t now_ms, size_t calls_ahead);

/* How long HubSpot takes, lately, when it answers. */
uint64_t limit_answer_ms(const struct limit *limit);

/* A call starts now; only after limit_when() said 0. `ticket` is filled in, for its end. */
void limit_take(struct limit *limit, enum limit_kind kind, uint64_t now_ms, struct limit_ticket *ticket);

/* Calls about associations have a limit of their own besides: 0, the moment when one more may start as far as that goes,
 * or LIMIT_NEVER; and one such call has been taken just now. */
uint64_t limit_associations_when(struct limit *limit, uint64_t now_ms);
void limit_take_association(struct limit *limit, struct limit_ticket *ticket);

/* How a call ended. */
struct limit_end {
	int status;                         /* 0: no reply */
	const struct call_headers *headers; /* of the reply; not looked at without one */
	enum refusal_policy policy;         /* of a 429 */
	double random;                      /* [0,1): spreads what many processes would do at once */
};

/* The call ended: its slot is given back a window from now, and the reply teaches what it can. */
void limit_give(
	struct limit *limit, const struct limit_ticket *ticket, uint64_t now_ms, const struct limit_end *end);

struct limit_state {
	uint32_t max;              /* HubSpot's, or the setting when that is lower; 0: unlimited */
	uint32_t held, in_flight;  /* slots held after their answer; slots of calls in flight */
	uint64_t held_until_ms;    /* a hold after 429, 423, 477, or for the day; or 0 */
	uint32_t share;            /* how many may be held or in flight now: max, less what others use; 0: unlimited */
	uint32_t foreign;          /* calls of others on the same token within the window, at the least */
	uint32_t guard_ms;         /* how much longer than the window slots are held, after unexpected 429s */
	uint64_t unexpected;       /* 429s that neither our calls nor those of others explain, so far */
	uint32_t searches;         /* in flight or held, of five */
	int64_t daily_max, daily_remaining; /* as HubSpot told last; -1: never */
};
void limit_state(const struct limit *limit, uint64_t now_ms, struct limit_state *state);

/* ---- breaker.c: is HubSpot there at all; may one more call be sent again ---- */

enum { BREAKER_SECONDS = 10 };

struct breaker {
	enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_PROBING, BREAKER_RAMPING } state;
	uint64_t until_ms;       /* OPEN: the first probe; RAMPING: the end */
	uint64_t pause_ms;       /* of the next opening */
	uint64_t last_call_ms;
	unsigned failures_in_a_row;
	unsigned good_probes;
	unsigned probes_in_flight;
	struct breaker_second { uint64_t second; unsigned calls, failures; } seconds[BREAKER_SECONDS];
	int64_t budget;          /* thousandths of a retry */
	uint64_t refilled_ms;
};

void breaker_init(struct breaker *breaker);

/* 0: a call may start now; else the moment when one may, or LIMIT_NEVER: not before a probe has ended. */
uint64_t breaker_when(struct breaker *breaker, uint64_t now_ms);

/* Must a new row be refused at once? Then also after how long it is worth coming again. */
bool breaker_refuses(struct breaker *breaker, uint64_t now_ms, uint64_t *retry_after_ms);

void breaker_sent(struct breaker *breaker, uint64_t now_ms);

/* A call ended; a failure is one without a whole reply of HubSpot's, or a 5xx: never a 4xx. */
void breaker_ended(struct breaker *breaker, uint64_t now_ms, bool is_failure, double random);

/* Takes one retry from the budget; false: it is used up. Once a failed call, however many rows it carried. */
bool breaker_may_retry(struct breaker *breaker, uint64_t now_ms);

/* ---- fate.c: what a call's outcome means for one row ---- */

enum step { STEP_READ, STEP_SEARCH, STEP_CREATE, STEP_UPDATE, STEP_UPSERT, STEP_ARCHIVE, STEP_LINK, STEP_UNLINK, STEP_RAW };

struct fate_question {
	enum step step;
	bool is_repeatable;    /* STEP_RAW: may be sent twice */
	bool has_key;          /* STEP_CREATE: carries a value that HubSpot keeps unique */
	bool was_alone;        /* it was the only row, in the single form where there is one */
	enum call_class end;
	bool is_timeout;
	int status;            /* of the row when HubSpot gave it one, else of the call */
	bool is_readable;      /* answered, and the body was HubSpot's: what this step's reply must have was there */
	bool may_be_applied;   /* an earlier attempt of this step may have written */
	bool is_in_reply;      /* the row was in the reply's results or errors; a 2xx without it is unknown */
	bool are_many_left_out;/* it was not, and neither were many others */
	bool has_new_token;    /* 401: the token has changed since the call was sent */
	uint64_t retry_after_ms;
	enum refusal_policy policy;
	unsigned attempts;     /* calls that carried this step, this one included */
	bool is_safe_again;    /* the whole operation, sent again by its caller, cannot do harm */
	uint64_t now_ms;
	uint64_t deadline_ms;
	double random;         /* [0,1) */
};

enum fate_verdict {
	FATE_DONE,     /* it happened */
	FATE_AGAIN,    /* send again, not before not_before_ms */
	FATE_ALONE,    /* send again in the single form, not before not_before_ms */
	FATE_LOOK_UP,  /* a create with a key that may have happened: look whether it did */
	FATE_GIVE_UP,  /* the end: failure, outcome, is_retryable, retry_after_ms */
};

struct fate {
	enum fate_verdict verdict;
	uint64_t not_before_ms;
	enum hubspot_failure failure;
	enum hubspot_outcome outcome;
	bool is_retryable;
	uint64_t retry_after_ms;
};

enum { FATE_TRIES = 7 };
struct fate fate_decide(const struct fate_question *question);

#endif
