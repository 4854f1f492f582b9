/*
 * Three questions, in this order: which priority leads the next call, which caller's turn it is
 * among those of one priority, and who of one turn is older.
 *
 * Between priorities: strict, with a floor. The highest that waits leads; one that waits below it
 * leads at least every twentieth call of its kind, and rides in free places of all others. Weights
 * (8:4:1, say) would give bulk every ninth call even while somebody waits who came for one answer,
 * and each such call is one more interval of HubSpot's pace, some 50 to 100 ms, on top of a reply
 * that takes little more than that. So, too, the lower ones leave a call or two free to start at
 * once: the first interactive row after a pause finds it, however much bulk waits, and loses
 * nothing to it. Nobody's rate is lower for that, and the floor needs nothing free.
 *
 * Between callers of one priority: start-time fair queueing. A caller has an account for each kind
 * and priority: when its next row would start, were HubSpot's quota shared out evenly. A row's turn
 * is that, or the time on the system's own clock when it is later: so idle time earns nothing. The
 * system's clock is the turn of what goes. What is shared out is calls, not rows: a row that needs
 * a call for itself costs as much as a hundred that share one. In its lane a row has reserved what
 * it will probably cost; when it leaves unsent nothing was used, when it goes it pays its true
 * part. A caller whose rows share calls with its own only, of full size, so gets as many rows as
 * another of its weight; ages alone decide where there is but one caller, since its turns rise with
 * them.
 *
 * A row has its turn from its acceptance to its end: it stays where it stands when it goes again,
 * or for its next step.
 */
#include "hubspot/inside.h"

#define uthash_fatal(message) uthash_refuse()
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "base/memory.h"

enum {
	FLOOR = 20, /* a priority that waits leads one call in so many */
	WEIGHT_MOST = 1000,
	PLACE_COST = 720720, /* of a place in a full call, at weight 1: weights up to 16 divide it.
				In 64 bits that is enough for centuries */
	KNOWN_FEW = 64,      /* so many callers may stay known though they have nothing here ... */
	KNOWN_MOST = 4096,   /* ... and with more, debts are forgiven */
};

struct account {
	uint64_t next;   /* the turn of its next row */
	uint64_t newest; /* the latest turn it has been given: of its rows that wait, none is later
			  */
};

struct caller {
	UT_hash_handle hh;
	size_t operations; /* accepted, and not over */
	struct caller_metrics metrics;
	struct account accounts[LIMIT_KINDS][PRIORITIES];
	char name[];
};

struct shares {
	struct hubspot *client;
	struct caller *callers; /* uthash */
	size_t look_at; /* when there are so many callers: is any of them to be forgotten? */
	size_t operations;
	struct clock {
		uint64_t now;    /* the turn of what went last */
		uint64_t latest; /* the largest `next` there was */
		size_t rows;     /* that wait in lanes */
		unsigned passed; /* calls in a row that others led while some of these waited */
	} clocks[LIMIT_KINDS][PRIORITIES];
};

static uint64_t later(uint64_t a, uint64_t b) {
	return a > b ? a : b;
}

static uint64_t earlier(uint64_t a, uint64_t b) {
	return a < b ? a : b;
}

/* ---- callers ---- */

static const char *name_of(const struct hubspot_caller *caller) {
	return caller->name != NULL ? caller->name : "";
}

struct caller *shares_find(const struct shares *shares, const struct hubspot_caller *caller) {
	struct caller *known = NULL;
	const char *name = name_of(caller);
	size_t length = strlen(name);
	HASH_FIND(hh, shares->callers, name, length, known);
	return known;
}

/* One that owes nothing is as good as new. */
static bool owes(const struct shares *shares, const struct caller *caller) {
	for (size_t kind = 0; kind < LIMIT_KINDS; kind++) {
		for (size_t i = 0; i < PRIORITIES; i++) {
			if (caller->accounts[kind][i].next > shares->clocks[kind][i].now) {
				return true;
			}
		}
	}
	return false;
}

static void forget_some(struct shares *shares) {
	bool are_many = HASH_COUNT(shares->callers) > KNOWN_MOST;
	struct caller *caller, *after;
	HASH_ITER(hh, shares->callers, caller, after) {
		if (caller->operations == 0 && (are_many || !owes(shares, caller))) {
			HASH_DEL(shares->callers, caller);
			free(caller);
		}
	}
	size_t left = 2 * (size_t)HASH_COUNT(shares->callers);
	shares->look_at = left > KNOWN_FEW ? left : KNOWN_FEW;
}

struct caller *shares_know(struct shares *shares, const struct hubspot_caller *wanted) {
	struct caller *caller = shares_find(shares, wanted);
	if (caller != NULL) {
		return caller;
	}
	if (HASH_COUNT(shares->callers) >= shares->look_at) {
		forget_some(shares);
	}
	const char *name = name_of(wanted);
	size_t length = strlen(name);
	caller = calloc(1, sizeof(*caller) + length + 1);
	if (caller == NULL) {
		return NULL;
	}
	memcpy(caller->name, name, length + 1);
	HASH_ADD_KEYPTR(hh, shares->callers, caller->name, length, caller);
	if (caller->hh.tbl == NULL) { /* HASH_NONFATAL_OOM: it could not be added */
		free(caller);
		return NULL;
	}
	caller->metrics = watch_caller(shares->client->watch, caller->name);
	return caller;
}

/* ---- turns ---- */

static uint64_t turn_of_next(
	const struct clock *clock, const struct caller *caller, const struct account *account) {
	uint64_t turn = later(clock->now, account->next);
	return caller->operations > 0 ? later(turn, account->newest) : turn;
}

static uint32_t weight_of(uint32_t weight) {
	return weight == 0 ? 1 : weight < WEIGHT_MOST ? weight : WEIGHT_MOST;
}

uint64_t shares_turn_of_next(const struct shares *shares, const struct hubspot_caller *caller,
	enum hubspot_priority priority, size_t rows) {
	const struct clock *clock = &shares->clocks[LIMIT_CALL][priority];
	const struct caller *known = shares_find(shares, caller);
	uint64_t turn = known == NULL
		? clock->now
		: turn_of_next(clock, known, &known->accounts[LIMIT_CALL][priority]);
	return turn + (rows - 1) * (PLACE_COST / weight_of(caller->weight));
}

void shares_accept(struct operation *operation, uint32_t weight) {
	struct caller *caller = operation->caller;
	struct shares *shares = operation->client->shares;
	for (size_t kind = 0; kind < LIMIT_KINDS; kind++) {
		for (size_t i = 0; i < PRIORITIES; i++) {
			struct account *account = &caller->accounts[kind][i];
			account->newest = turn_of_next(&shares->clocks[kind][i], caller, account);
			operation->turns.of[kind][i] = account->newest;
		}
	}
	operation->weight = weight_of(weight);
	caller->operations++;
	shares->operations++;
}

void shares_release(struct operation *operation) {
	operation->caller->operations--;
	operation->client->shares->operations--;
}

bool shares_is_as_urgent(const struct operation *operation, const struct operation *other) {
	for (size_t kind = 0; kind < LIMIT_KINDS; kind++) {
		for (size_t i = 0; i < PRIORITIES; i++) {
			if (operation->turns.of[kind][i] > other->turns.of[kind][i]) {
				return false;
			}
		}
	}
	return operation->priority <= other->priority;
}

void shares_lift(struct operation *operation, const struct operation *other) {
	for (size_t kind = 0; kind < LIMIT_KINDS; kind++) {
		for (size_t i = 0; i < PRIORITIES; i++) {
			uint64_t *turn = &operation->turns.of[kind][i];
			*turn = earlier(*turn, other->turns.of[kind][i]);
		}
	}
	if (operation->priority > other->priority) {
		operation->priority = other->priority;
	}
}

/* ---- accounts ---- */

static struct account *account_of(const struct operation *operation, enum limit_kind kind) {
	return &operation->caller->accounts[kind][operation->priority];
}

static uint64_t call_cost(const struct hubspot *client) {
	return (uint64_t)PLACE_COST * client->row_ceiling;
}

static void charge(struct account *account, struct clock *clock, uint64_t cost) {
	account->next += cost;
	clock->latest = later(clock->latest, account->next);
}

void shares_enter(struct operation *operation, enum limit_kind kind) {
	struct hubspot *client = operation->client;
	struct clock *clock = &client->shares->clocks[kind][operation->priority];
	struct account *account = account_of(operation, kind);
	bool goes_alone = operation->must_be_alone || operation->step == STEP_RAW;
	operation->reserved = (goes_alone ? call_cost(client) : PLACE_COST) / operation->weight;
	account->next = later(account->next, operation->turns.of[kind][operation->priority]);
	charge(account, clock, operation->reserved);
	clock->rows++;
}

/* With nobody left all begin anew, whatever they have had. */
void shares_leave(struct operation *operation, enum limit_kind kind) {
	struct clock *clock = &operation->client->shares->clocks[kind][operation->priority];
	account_of(operation, kind)->next -= operation->reserved;
	operation->reserved = 0;
	if (--clock->rows == 0) {
		clock->now = later(clock->now, clock->latest);
	}
}

static void note_lead(struct shares *shares, enum limit_kind kind, enum hubspot_priority led_by) {
	for (size_t i = HUBSPOT_INTERACTIVE + 1; i < PRIORITIES; i++) {
		struct clock *clock = &shares->clocks[kind][i];
		clock->passed = clock->rows == 0 || i == led_by ? 0 : clock->passed + 1;
	}
}

static size_t count_rows(const struct call *call, enum hubspot_priority priority) {
	size_t count = 0;
	list_for_each (row, &call->rows, const struct operation, link) {
		count += row->priority == priority;
	}
	return count;
}

/* Those of the priority that leads share the price of the call; the others pay for their places,
 * so that they stay in turn among themselves, though these cost nobody anything. */
void shares_pay(const struct call *call, enum limit_kind kind, enum hubspot_priority led_by) {
	struct shares *shares = call->client->shares;
	size_t leading = count_rows(call, led_by);
	uint64_t first[PRIORITIES] = {UINT64_MAX, UINT64_MAX, UINT64_MAX};
	list_for_each (row, &call->rows, const struct operation, link) {
		bool leads = row->priority == led_by;
		uint64_t cost = leads ? call_cost(call->client) / leading : PLACE_COST;
		charge(account_of(row, kind), &shares->clocks[kind][row->priority],
			cost / row->weight);
		first[row->priority] =
			earlier(first[row->priority], row->turns.of[kind][row->priority]);
		watch_sent(&row->caller->metrics, leads ? leading : 0);
	}
	for (size_t i = 0; i < PRIORITIES; i++) {
		uint64_t *now = &shares->clocks[kind][i].now;
		*now = first[i] != UINT64_MAX ? later(*now, first[i]) : *now;
	}
	note_lead(shares, kind, led_by);
}

/* ---- priorities ---- */

/* Two may be owed a call at once: the upper one asks earlier, so that none has it too late. */
static bool is_owed(const struct clock clocks[], size_t priority) {
	return clocks[priority].passed + PRIORITIES - priority >= FLOOR;
}

static enum hubspot_priority leader(const struct shares *shares, enum limit_kind kind) {
	const struct clock *clocks = shares->clocks[kind];
	size_t leads = HUBSPOT_INTERACTIVE;
	for (size_t i = 0; i < PRIORITIES; i++) {
		if (is_owed(clocks, i) && clocks[i].passed > clocks[leads].passed) {
			leads = i;
		}
	}
	return (enum hubspot_priority)leads;
}

enum hubspot_priority shares_priority_at(
	const struct shares *shares, enum limit_kind kind, size_t at) {
	size_t leads = leader(shares, kind);
	return (enum hubspot_priority)(at == 0 ? leads : at <= leads ? at - 1 : at);
}

size_t shares_rank(
	const struct shares *shares, enum limit_kind kind, enum hubspot_priority priority) {
	size_t leads = leader(shares, kind);
	return priority == leads ? 0 : priority < leads ? priority + 1u : priority;
}

uint32_t shares_spare(
	const struct shares *shares, enum limit_kind kind, enum hubspot_priority priority) {
	return shares_rank(shares, kind, priority) == 0 ? 0 : priority;
}

/* ---- places ---- */

size_t shares_waiting(
	const struct shares *shares, enum limit_kind kind, enum hubspot_priority priority) {
	return shares->clocks[kind][priority].rows;
}

size_t shares_places(const struct shares *shares) {
	return shares->operations;
}

size_t shares_places_of(const struct caller *known) {
	return known != NULL ? known->operations : 0;
}

bool shares_is_alone(const struct shares *shares, const struct hubspot_caller *caller) {
	size_t itself = shares_find(shares, caller) != NULL;
	return *name_of(caller) == '\0' && HASH_COUNT(shares->callers) == itself;
}

/* ---- life ---- */

struct shares *shares_create(struct hubspot *client) {
	struct shares *shares = must_calloc(1, sizeof(*shares));
	shares->client = client;
	shares->look_at = KNOWN_FEW;
	return shares;
}

void shares_destroy(struct shares *shares) {
	if (shares == NULL) {
		return;
	}
	struct caller *caller, *after;
	HASH_ITER(hh, shares->callers, caller, after) {
		HASH_DEL(shares->callers, caller);
		free(caller);
	}
	free(shares);
}
