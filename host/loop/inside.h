/*
 * loop/inside.h - what the files of this module share.
 */
#ifndef LOOP_INSIDE_H
#define LOOP_INSIDE_H

#include "loop/loop.h"

struct resolver;

struct resolver *loop_resolver(struct loop *loop);

/* One pass over what is ready, without waiting: for an end that must let libevent's own put-off
 * callbacks run. */
void loop_pass(struct loop *loop);

/* ---- resolve.c ---- */

struct resolver *resolver_create(struct loop *loop);

/* Drops the questions that wait, without their `done`; may let the loop make a pass. */
void resolver_destroy(struct resolver *resolver);

/* ---- lookup.c ---- */

struct lookup;

/* Asks the name servers of the file `resolv_conf`; `done` runs later, once, in 2.5 s at the most.
 * NULL: no memory, or a name that cannot be asked for. */
struct lookup *lookup_begin(struct loop *loop, const char *resolv_conf, const char *name,
	loop_resolved_fn *done, void *ctx);

/* Ends all, without their `done`; the loop may make a pass for it. */
void lookups_end(struct loop *loop);

/* Where they stand. */
struct list *loop_lookups(struct loop *loop);

/* ---- hosts.c ---- */

/* Adds the addresses that the hosts file `path` gives for `name`, IPv6 first; count stays 0 when it
 * gives none, or cannot be read. */
void hosts_find(const char *path, const char *name, struct loop_addresses *to);

/* Adds one address (AF_INET or AF_INET6, in network order) while there is room. */
void addresses_add(struct loop_addresses *to, int family, const void *bytes);

#endif
