/*
 * schema/check.h - one validation on its way: where it is, what it has found, what it may still spend.
 *
 * A branch of anyOf and the like is tried (check_try): its faults are the caller's to tell or to forget.
 *
 * unevaluatedProperties and unevaluatedItems need to know what the other keywords have looked at. Only a
 * node that has one of them opens a set of marks, a byte for each member or item of the instance, and
 * only while one is open do the keywords mark; so a schema without them pays nothing. A try has marks of its
 * own, which are added to those outside when it succeeds.
 */
#ifndef SCHEMA_CHECK_H
#define SCHEMA_CHECK_H

#include "schema/inside.h"

struct check {
	const struct schema *schema;
	unsigned how;
	json_t *errors;          /* or NULL */
	size_t count;            /* of faults so far */
	bool is_over;            /* invalid for sure, and nobody listens any more */
	const char *aborted;     /* why it cannot be told; or NULL */
	const char *aborted_code;
	unsigned nesting;        /* of nodes */
	size_t steps;
	const struct place *place;
	struct matcher *matcher; /* made when a pattern is first met */
	size_t *scope;           /* by resource: as the how-manieth it was entered, 0: it is not; or NULL */
	size_t scope_depth;
	struct marks {
		bool is_open;
		size_t start, count; /* of the open set */
		unsigned char *bytes;
		size_t used, capacity;
	} marks;
};

/* ---- validate.c ---- */

bool node_validate(struct check *check, const struct node *node, const json_t *instance);

/* Validates a member or an item one step below check->place. */
bool check_member(struct check *check, const struct node *node, const char *name, const json_t *instance);
bool check_item(struct check *check, const struct node *node, size_t index, const json_t *instance);

/* Is `instance` valid? Its faults go to `errors` (or nowhere: NULL) and do not count. */
bool check_try(struct check *check, const struct node *node, const json_t *instance, json_t *errors);

/* The same as a question about the instance: what a client may leave out or not write is no part of it. */
bool check_ask(struct check *check, const struct node *node, const json_t *instance);

/* Counts so many steps; false when they are spent, and the validation is over. */
bool check_spend(struct check *check, size_t steps);

/* Ends the validation: it cannot be told. Returns false. */
bool check_abort(struct check *check, const char *code, const char *why);

/* Is the pattern found in `text`? */
bool check_pattern(struct check *check, const struct pattern *pattern, const char *text, size_t length);

/* ---- marks.c ---- */

/* Opens a set for `instance`; *outer keeps the one before. False: out of memory, and the check is over. */
bool marks_open(struct check *check, const json_t *instance, struct marks *outer);

/* Closes it, and adds its marks to those of the set before when that one is open and `is_kept`. */
void marks_close(struct check *check, const struct marks *outer, bool is_kept);

void mark_one(struct check *check, size_t index);
void mark_first(struct check *check, size_t count);
bool is_marked(const struct check *check, size_t index);

/* ---- error.c ---- */

/* Reports a fault at check->place; returns false. */
bool check_fault(struct check *check, const char *code, const char *sentence);

/* Reports a fault at the member `name` below check->place; returns false. */
bool check_member_fault(struct check *check, const char *name, const char *code, const char *sentence);

/* Reports the rule's own sentence; returns false. */
bool rule_fault(struct check *check, const struct rule *rule);

/* Reports what check_try() has found elsewhere; returns false. */
bool check_tell(struct check *check, const json_t *faults);

/* ---- alternatives.c ---- */

/* Reports that `instance` meets none of the rule's nodes; returns false. */
bool alternatives_fault(struct check *check, const struct rule *rule, const json_t *instance);

#endif
