/*
 * The links of bulk writes wait here for each other: a thousand records with twenty each would not
 * find room at HubSpot's door, all at once. They go in the order in which they came, one of each
 * request in turn.
 *
 * A request has at least one under way as long as any of its own waits. So there is always an end
 * to come by its deadline, which lets the next ones go, or tells all of them that it is too late:
 * no request waits for another one's deadline.
 */
#include "object/links.h"

#include "base/clock.h"

struct queue {
	struct list link;
	const char *label; /* of one request, as long as any of its links is here */
	uint64_t deadline_ms;
	struct list waiting;
	size_t under_way;
};

static struct list queues = {&queues, &queues};
static size_t under_way; /* of all */
static bool is_pumping;

static bool is_late(const struct queue *queue) {
	return queue->deadline_ms <= clock_now_ms();
}

static struct queue *next_queue(void) {
	list_for_each (queue, &queues, struct queue, link) {
		bool may_go =
			under_way < LINKS_UNDER_WAY_MAX || queue->under_way == 0 || is_late(queue);
		if (may_go && !list_is_empty(&queue->waiting)) {
			return queue;
		}
	}
	return NULL;
}

static void drop_empty(void) {
	list_for_each_safe (queue, after, &queues, struct queue, link) {
		if (queue->under_way == 0 && list_is_empty(&queue->waiting)) {
			list_remove(&queue->link);
			free(queue);
		}
	}
}

/* One that goes may end at once, and others with it: they come back here, and find it pumping. */
static void pump(void) {
	struct queue *queue;
	if (is_pumping) {
		return;
	}
	is_pumping = true;
	while ((queue = next_queue()) != NULL) {
		struct queued *one = list_first(&queue->waiting, struct queued, link);
		list_remove(&one->link);
		list_remove(&queue->link);
		list_append(&queues, &queue->link);
		queue->under_way++;
		under_way++;
		one->go(one, is_late(queue));
	}
	is_pumping = false;
	drop_empty();
}

static struct queue *find_queue(const char *label, uint64_t deadline_ms) {
	list_for_each (queue, &queues, struct queue, link) {
		if (queue->label == label && queue->deadline_ms == deadline_ms) {
			return queue;
		}
	}
	struct queue *queue = calloc(1, sizeof(*queue));
	if (queue != NULL) {
		*queue = (struct queue){.label = label, .deadline_ms = deadline_ms};
		list_init(&queue->waiting);
		list_init(&queue->link);
		list_append(&queues, &queue->link);
	}
	return queue;
}

bool link_queue_join(
	struct queued *one, const char *label, uint64_t deadline_ms, link_queue_go_fn *go) {
	struct queue *queue = find_queue(label, deadline_ms);
	*one = (struct queued){.queue = queue, .go = go};
	if (queue == NULL) {
		return false;
	}
	list_init(&one->link);
	list_append(&queue->waiting, &one->link);
	pump();
	return true;
}

void link_queue_leave(struct queued *one) {
	one->queue->under_way--;
	under_way--;
	one->queue = NULL;
	pump();
}
