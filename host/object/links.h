/*
 * object/links.h - associations between records.
 *
 * - links_check.c  what a caller may write under "associations"
 * - links.c        the links of a record that was written
 * - link_queue.c   the links of bulk writes, a few at a time
 * - link_find.c    a record's id by a key
 * - link_routes.c  GET path/{id}/{object}, PUT and DELETE path/{id}/{object}/{other}
 *
 * A link has no label of its own here: it is HubSpot's unlabelled association, which stands from both
 * ends. To make one that is there, or to remove one that is not, does nothing.
 */
#ifndef OBJECT_LINKS_H
#define OBJECT_LINKS_H

#include "object/inside.h"

enum {
	LINKS_MAX = 100,	   /* of one write */
	LINKS_UNDER_WAY_MAX = 200, /* of all bulk writes, at once */
	LINKS_PAGE_MAX = 500,	   /* HubSpot's */
};

/* ---- link_queue.c ---- */

struct queue;
struct queued;

/* `is_late`: the deadline has passed. */
typedef void link_queue_go_fn(struct queued *one, bool is_late);

struct queued {
	struct list link;
	struct queue *queue;
	link_queue_go_fn *go;
};

/* `go` runs when one more may be under way, perhaps before this returns; then link_queue_leave() tells its
 * end. `label` is the request's id: the same pointer for all that belong together. False: out of
 * memory, and it does not wait. */
bool link_queue_join(struct queued *one, const char *label, uint64_t deadline_ms, link_queue_go_fn *go)
	__attribute__((warn_unused_result));
void link_queue_leave(struct queued *one);

/* ---- links_check.c ---- */

/* What it may be, as the JSON Schema of a property; a new reference, or NULL. */
json_t *links_schema(void) __attribute__((warn_unused_result));

/* How many links they are. */
size_t links_count(const json_t *associations);

/* The names of all open objects, "contacts, companies". */
void links_known(char *text, size_t size);

/* The value of the other object's key in an entry without "id", as HubSpot is asked for it: the
 * caller frees it. NULL: appended to `errors` (may be NULL), with fields of the entry, is what is
 * wrong with it; or nothing: out of memory. */
char *links_key_value(const struct object *other, const json_t *entry, json_t *errors)
	__attribute__((warn_unused_result));

/* ---- link_find.c ---- */

struct find_wanted {
	const struct object *object;
	const char *value;	 /* of this property, as object_key_value() gives it; borrowed for the start */
	const char *id_property; /* HubSpot's name */
	bool may_create;	 /* what is not there is created, with this value alone; id_property is the key */
	struct behalf behalf;	 /* borrowed for the start */
};

struct seeker;

/* `result`: a failure, or one that has an id. */
typedef void found_fn(struct seeker *seeker, const struct hubspot_result *result);

struct seeker {
	struct list link;
	struct find *find; /* NULL: its `found` has run */
	found_fn *found;
};

/* Looks for a record's id; a caller who looks for the same more than once shares the answer. `found` runs once,
 * never before it returns. False: out of memory. */
bool find_start(struct seeker *seeker, const struct find_wanted *wanted, found_fn *found)
	__attribute__((warn_unused_result));

/* The same, but only if somebody looks for it already. */
bool find_join(struct seeker *seeker, const struct find_wanted *wanted, found_fn *found)
	__attribute__((warn_unused_result));

/* It no longer matters, at most once: `found` still runs, soon if nobody else looks for it. */
void find_cancel(struct seeker *seeker);

/* ---- link_routes.c: handlers; `ctx` is the object ---- */

int serve_links(struct http_request *request, void *ctx);
int serve_link(struct http_request *request, void *ctx);
int serve_unlink(struct http_request *request, void *ctx);

#endif
