/*
 * Histories: what many callers and other writers do to a few records over some seconds, while calls
 * go wrong; all of it from one seed. plan.c makes one up, history.c lives it in virtual time and
 * notes what really happened, oracle.c says what of it must not have been.
 */
#ifndef HISTORIES_H
#define HISTORIES_H

#include "spoil.h"

enum {
	ACTS_MAX = 60,
	OTHERS_MAX = 20,
	PEOPLE_MAX = 8,
	FIRMS_MAX = 3,
	RECORDS_MAX = 200,
	EFFECTS_MAX = 1000,
	NAME_SIZE_MAX = 32
};

/* By what an operation names its record. */
enum handle { BY_NOTHING, BY_ID, BY_EMAIL, BY_SECOND_EMAIL, BY_DOMAIN };

/* One operation: what a caller wants, and what came of it. */
struct act {
	enum hubspot_kind kind;
	enum handle handle;
	unsigned who;	   /* which person or firm */
	enum hubspot_priority priority;
	struct hubspot_caller caller;
	bool is_bad;	   /* writes a property that does not exist */
	bool is_shouted;   /* the key in capitals */
	bool wants_only_id;
	uint64_t at_ms;	   /* from the begin of the history; acts stand in this order */
	uint64_t within_ms;/* its deadline, from at_ms; 0: the client's default */
	uint64_t cancel_ms;/* from at_ms; 0: never */
	/* as it was lived */
	struct hubspot_handle *token;
	uint64_t submitted_ms, told_ms;
	unsigned told;
	enum hubspot_failure failure;
	enum hubspot_outcome outcome;
	int status;
	bool is_created;
	char id[NAME_SIZE_MAX], existing_id[NAME_SIZE_MAX], value[NAME_SIZE_MAX];
	unsigned sends;		  /* calls that carried it */
	bool may_have_created;	  /* no look-up since a create that may have happened */
	uint64_t updating;	  /* the record that its last update was sent to; 0: none */
	uint64_t updating_since_ms;
};

enum other_kind { OTHER_CHANGES, OTHER_ARCHIVES, OTHER_CREATES };

struct other {
	enum other_kind kind;
	unsigned who;
	uint64_t at_ms;
};

struct plan {
	uint64_t seed;
	enum hubspot_upsert upsert;
	bool is_calm;	     /* no faults, no others, nobody in a hurry: all at once, each on a record of its own */
	bool is_limited;
	unsigned fault_percent;
	const char *traces;  /* "honour", "ignore", "strip" */
	uint64_t latency_ms; /* at most, each way */
	unsigned people, firms;
	bool is_known[PEOPLE_MAX], has_second[PEOPLE_MAX];
	unsigned branches[FIRMS_MAX]; /* companies with this domain from the start */
	struct act acts[ACTS_MAX];
	unsigned act_count;
	struct other others[OTHERS_MAX];
	unsigned other_count;
};

void plan_make(struct plan *plan, uint64_t seed);

/* A record as it was last seen in the model's store. */
struct seen {
	bool is_company, is_archived;
	uint64_t id;
	char key[NAME_SIZE_MAX], more[NAME_SIZE_MAX]; /* its address or domain, and its second address; or "" */
	char value[NAME_SIZE_MAX];
	uint64_t created_ms, archived_ms;
	int creator;	/* an act's place; or -1 */
};

enum effect_kind { EFFECT_CREATE, EFFECT_WRITE, EFFECT_ARCHIVE };

struct effect {
	enum effect_kind kind;
	uint64_t at_ms;
	unsigned call;	/* 0: another writer */
	int act;	/* its place; -1: not one of ours */
	unsigned record;/* its place in `records` */
	char value[NAME_SIZE_MAX];
};

struct history {
	struct plan plan;
	struct kit kit;
	struct dice dice;
	uint64_t begin_ms;
	unsigned calls, faults;
	struct seen records[RECORDS_MAX];
	unsigned record_count;
	unsigned seen_contacts, seen_companies;
	unsigned contacts[RECORDS_MAX], companies[RECORDS_MAX]; /* place in the model -> in `records` */
	struct effect effects[EFFECTS_MAX];
	unsigned effect_count;
	uint64_t person_ids[PEOPLE_MAX];
	bool is_traced;	    /* printed as it is lived */
	char wrong[300];    /* the first thing that must not be; "" */
};

/* Lives the history of `seed`; `wrong` says what came out. */
void history_live(struct history *history, uint64_t seed, bool is_traced);

/* Notes the first thing that is wrong; the rest is its consequence. */
void history_blame(struct history *history, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The key that `act` goes by, in small letters. */
void plan_key(const struct act *act, char key[NAME_SIZE_MAX]);

/* oracle.c: a call is sent; what was told and done, when all is over. */
void oracle_sent(struct history *history, const struct call *call);
void oracle_judge(struct history *history);
/* oracle_shares.c: an operation was accepted; a call is sent; all is over. */
void oracle_accepted(struct history *history);
void oracle_turn(struct history *history, const struct call *call);
void oracle_empty(struct history *history);
/* oracle_order.c: did any operation overtake an older one? */
void oracle_order(struct history *history);
/* oracle_calls.c: calls that the plan of a calm history needs. */
unsigned oracle_calls_needed(const struct plan *plan);

#endif
