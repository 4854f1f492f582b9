/*
 * A treap: a search tree by turn and age, and a heap by luck, which is drawn from the age. So its
 * depth is that of a tree filled in random order, whatever the order in which rows come.
 */
#include "hubspot/queue.h"

#include <stdbool.h>

static bool is_before(const struct queue_node *node, const struct queue_node *other) {
	return node->turn != other->turn ? node->turn < other->turn : node->age < other->age;
}

/* Ages follow each other: mixed well (splitmix64), or the tree would grow into a list. */
static uint32_t luck_of(uint64_t age) {
	uint64_t bits = (age + 1) * 0x9e3779b97f4a7c15;
	bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
	bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
	return (uint32_t)(bits >> 32);
}

static void count_again(struct queue_node *node) {
	node->count = 1 + (node->left != NULL ? node->left->count : 0) +
		(node->right != NULL ? node->right->count : 0);
}

/* Where the tree points to `node`. */
static struct queue_node **pointer_to(struct queue *queue, const struct queue_node *node) {
	if (node->up == NULL) {
		return &queue->root;
	}
	return node->up->left == node ? &node->up->left : &node->up->right;
}

/* The node and the one above it change places; the order stays. */
static void rise(struct queue *queue, struct queue_node *node) {
	struct queue_node *above = node->up;
	bool is_left = above->left == node;
	struct queue_node *between = is_left ? node->right : node->left;
	*pointer_to(queue, above) = node;
	node->up = above->up;
	above->up = node;
	if (is_left) {
		above->left = between;
		node->right = above;
	} else {
		above->right = between;
		node->left = above;
	}
	if (between != NULL) {
		between->up = above;
	}
	count_again(above);
	count_again(node);
}

/* Whose child it becomes. */
static struct queue_node *parent_for(const struct queue *queue, const struct queue_node *node) {
	struct queue_node *at = queue->root, *parent = queue->last;
	if (is_before(queue->last, node)) {
		return queue->last;
	}
	while (at != NULL) {
		parent = at;
		at = is_before(node, at) ? at->left : at->right;
	}
	return parent;
}

static void hang(struct queue *queue, struct queue_node *parent, struct queue_node *node) {
	bool is_left = is_before(node, parent);
	*(is_left ? &parent->left : &parent->right) = node;
	node->up = parent;
	if (is_left && parent == queue->first) {
		queue->first = node;
	} else if (!is_left && parent == queue->last) {
		queue->last = node;
	}
	for (struct queue_node *above = parent; above != NULL; above = above->up) {
		above->count++;
	}
}

void queue_enter(struct queue *queue, struct queue_node *node) {
	node->up = node->left = node->right = NULL;
	node->count = 1;
	node->luck = luck_of(node->age);
	if (queue->root == NULL) {
		queue->root = queue->first = queue->last = node;
		return;
	}
	hang(queue, parent_for(queue, node), node);
	while (node->up != NULL && node->up->luck < node->luck) {
		rise(queue, node);
	}
}

static struct queue_node *luckier_child(const struct queue_node *node) {
	if (node->left == NULL || node->right == NULL) {
		return node->left != NULL ? node->left : node->right;
	}
	return node->left->luck > node->right->luck ? node->left : node->right;
}

static struct queue_node *previous(const struct queue_node *node) {
	if (node->left != NULL) {
		node = node->left;
		while (node->right != NULL) {
			node = node->right;
		}
		return (struct queue_node *)node;
	}
	while (node->up != NULL && node->up->left == node) {
		node = node->up;
	}
	return node->up;
}

struct queue_node *queue_next(const struct queue_node *node) {
	if (node->right != NULL) {
		node = node->right;
		while (node->left != NULL) {
			node = node->left;
		}
		return (struct queue_node *)node;
	}
	while (node->up != NULL && node->up->right == node) {
		node = node->up;
	}
	return node->up;
}

void queue_leave(struct queue *queue, struct queue_node *node) {
	if (node == queue->first) {
		queue->first = queue_next(node);
	}
	if (node == queue->last) {
		queue->last = previous(node);
	}
	for (struct queue_node *child; (child = luckier_child(node)) != NULL;) {
		rise(queue, child);
	}
	*pointer_to(queue, node) = NULL;
	for (struct queue_node *above = node->up; above != NULL; above = above->up) {
		above->count--;
	}
	node->up = NULL;
}

size_t queue_count_until(const struct queue *queue, uint64_t turn) {
	size_t count = 0;
	const struct queue_node *at = queue->root;
	while (at != NULL) {
		if (at->turn > turn) {
			at = at->left;
		} else {
			count += 1 + (at->left != NULL ? at->left->count : 0);
			at = at->right;
		}
	}
	return count;
}
