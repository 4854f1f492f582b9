/*
 * hubspot/shares.h - whose turn it is: the order in which rows go. One piece, to be replaced as one; lane.c, batch.c and
 * room.c ask it.
 *
 * An operation is accepted with its turns, enters and leaves lanes, and is released when it is over. The calls it goes in
 * are paid for by its caller.
 */
#ifndef HUBSPOT_SHARES_H
#define HUBSPOT_SHARES_H

#include "hubspot/decide.h"

struct operation;
struct caller; /* what is remembered of one: it stays while it has operations or owes something */
struct shares;

enum { PRIORITIES = HUBSPOT_BULK + 1 };

/* When an operation goes among those of one priority, for each it may come to have: the smaller goes first. Numbers of
 * one kind and priority can be compared. */
struct turns { uint64_t of[LIMIT_KINDS][PRIORITIES]; };

struct shares *shares_create(struct hubspot *client);
void shares_destroy(struct shares *shares);

/* Known from now on. NULL: no memory. */
struct caller *shares_know(struct shares *shares, const struct hubspot_caller *caller);
/* The same, for who only asks. NULL: it is not known. */
struct caller *shares_find(const struct shares *shares, const struct hubspot_caller *caller);

/* The operation, whose caller is set, has its turns and takes a place; it is over, and its place is free. */
void shares_accept(struct operation *operation, uint32_t weight);
void shares_release(struct operation *operation);

/* It waits in a lane of this kind now, at its priority; it does no longer. */
void shares_enter(struct operation *operation, enum limit_kind kind);
void shares_leave(struct operation *operation, enum limit_kind kind);

/* A call goes, led by a row of this priority: the callers of its rows pay for it. */
void shares_pay(const struct call *call, enum limit_kind kind, enum hubspot_priority led_by);

/* Is the operation as urgent as `other`, which waits for it, in its priority and all its turns? If not, it becomes so,
 * while it is in no lane. */
bool shares_is_as_urgent(const struct operation *operation, const struct operation *other);
void shares_lift(struct operation *operation, const struct operation *other);

/* The priority that goes first now, second, ...: `at` below PRIORITIES; and where one stands in this row. */
enum hubspot_priority shares_priority_at(const struct shares *shares, enum limit_kind kind, size_t at);
size_t shares_rank(const struct shares *shares, enum limit_kind kind, enum hubspot_priority priority);
/* How many calls must be free to start besides, before a row of this priority starts one. */
uint32_t shares_spare(const struct shares *shares, enum limit_kind kind, enum hubspot_priority priority);

/* The turn, for calls, of the last of `rows` operations that come now. */
uint64_t shares_turn_of_next(const struct shares *shares, const struct hubspot_caller *caller, enum hubspot_priority priority,
	size_t rows);
/* How many of this kind and priority wait in lanes. */
size_t shares_waiting(const struct shares *shares, enum limit_kind kind, enum hubspot_priority priority);
/* The places that are taken: all of them; those of one caller (NULL: none). */
size_t shares_places(const struct shares *shares), shares_places_of(const struct caller *known);
/* Is it nobody in particular, and has nobody else ever come? Then it need not think of others. */
bool shares_is_alone(const struct shares *shares, const struct hubspot_caller *caller);

#endif
