/*
 * hubspot/queue.h - what waits, in the order of its turn: the place of one, and how many stand before it, in O(log n).
 *
 * Things are known by a node that they hold; no allocation, no failure. Of one turn the older goes first. At the
 * end, where most arrive, and at the front, where most leave, it costs next to nothing.
 */
#ifndef HUBSPOT_QUEUE_H
#define HUBSPOT_QUEUE_H

#include <stddef.h>
#include <stdint.h>

struct queue_node {
	uint64_t turn, age; /* set by the owner before it enters, and left alone until it leaves; no two are equal in both */
	struct queue_node *up, *left, *right;
	size_t count;       /* with all below it */
	uint32_t luck;      /* none below it has more: this keeps the tree even */
};

/* All zero: empty. */
struct queue {
	struct queue_node *root, *first, *last;
};

void queue_enter(struct queue *queue, struct queue_node *node);
void queue_leave(struct queue *queue, struct queue_node *node);

/* The one after it; NULL: it is the last. */
struct queue_node *queue_next(const struct queue_node *node);

static inline size_t queue_count(const struct queue *queue) {
	return queue->root != NULL ? queue->root->count : 0;
}

/* How many have this turn, or an earlier one. */
size_t queue_count_until(const struct queue *queue, uint64_t turn);

#endif
