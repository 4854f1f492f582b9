/*
 * base/list.h - an intrusive, doubly linked, circular list, layer 0.
 *
 * A `struct list` is either a head or a link inside a thing. The owner of what is listed owns the
 * list; removing a link leaves it alone and safe to remove again. No allocation, no failure.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/banned.h"

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *prev;
	struct list *next;
};

/* Makes `list` an empty head, or a link that stands in no list. */
static inline void list_init(struct list *list) {
	list->prev = list;
	list->next = list;
}

static inline bool list_is_empty(const struct list *list) {
	return list->next == list;
}

/* Puts `link` right after `where`: at the front when `where` is the head. */
static inline void list_insert(struct list *where, struct list *link) {
	link->prev = where;
	link->next = where->next;
	where->next->prev = link;
	where->next = link;
}

/* Puts `link` at the end of the list whose head is `head`. */
static inline void list_append(struct list *head, struct list *link) {
	list_insert(head->prev, link);
}

/* Takes `link` out of the list it stands in, if any. */
static inline void list_remove(struct list *link) {
	link->prev->next = link->next;
	link->next->prev = link->prev;
	list_init(link);
}

static inline size_t list_length(const struct list *head) {
	size_t length = 0;
	for (const struct list *link = head->next; link != head; link = link->next) {
		length++;
	}
	return length;
}

/* The thing of `type` whose `member` is at `link`. */
#define list_entry(link, type, member) ((type *)(void *)((char *)(link) - offsetof(type, member)))

#define list_first(head, type, member)                                                             \
	(list_is_empty(head) ? NULL : list_entry((head)->next, type, member))

/* Visits every thing; `item` itself may be removed by the body only with the _safe form. */
#define list_for_each(item, head, type, member)                                                    \
	for (type *item = list_entry((head)->next, type, member); &item->member != (head);         \
		item = list_entry(item->member.next, type, member))

#define list_for_each_safe(item, after, head, type, member)                                        \
	for (type *item = list_entry((head)->next, type, member),                                  \
		  *after = list_entry(item->member.next, type, member);                            \
		&item->member != (head);                                                           \
		item = after, after = list_entry(item->member.next, type, member))

#endif
