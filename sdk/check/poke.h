/*
 * check/poke.h - requests for a route, made from what it declares.
 */
#ifndef CHECK_POKE_H
#define CHECK_POKE_H

#include <hubspot-connector/testkit.h>
#include <stdbool.h>
#include <stddef.h>

struct job;

enum { POKES_MAX = 8, JUNK_SIZE = 1024 };

struct poke {
	const char *method;
	const char *what;     /* for people: "with every property", "with 1 KiB of junk" */
	char *url;
	char *body;           /* JSON; or NULL */
	bool is_junk;         /* not JSON: junk_length bytes of junk */
	size_t junk_length;
	bool may_fail;        /* any status is right */
};

struct pokes {
	struct poke list[POKES_MAX];
	size_t count;
	char *hubspot; /* the type of the route's object; or NULL: the route is the plugin's own */
};

/* Makes the requests for the job's route, with notes where the schemas do not tell how. The route is looked up in `kit`;
 * nothing is borrowed from it. */
void pokes_make(struct pokes *pokes, const struct hsck *kit, const struct job *job);
void pokes_finish(struct pokes *pokes);

/* The job's route as the plugin has declared it; NULL: it is an object's. */
const struct hsc_route *poke_route(const struct hsck *kit, const struct job *job);

struct hsck_request *poke_send(const struct poke *poke, struct hsck *kit);

#endif
