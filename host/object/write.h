/*
 * object/write.h - writes of records, one or many.
 *
 * - prefer.c   what a request prefers
 * - accept.c   what a caller sent -> what HubSpot is asked
 * - prepare.c  what the object's owner does with it before that
 * - write.c    the life of one record's write
 * - bulk.c     the handler of batches
 */
#ifndef OBJECT_WRITE_H
#define OBJECT_WRITE_H

#include "object/inside.h"

/* ---- prefer.c ---- */

/* Does the request say "Prefer: return=representation"? */
bool prefers_record(const struct http_request *request);

/* ---- accept.c: what HubSpot is asked to do ---- */

/* Why the object knows no such mode (NULL: "upsert"), in one sentence; NULL: it does. */
const char *write_mode_fault(const struct object *object, const char *mode);

/* `id` and what the body holds are borrowed until write_start() returns, what `behalf` holds until it
 * has told; id_property is one of the object's. */
struct write_wanted {
	const char *mode;	    /* "upsert", "create", "update"; NULL: "upsert" */
	const char *id;		    /* PATCH: a part of this record; NULL: a whole one, known by its key */
	const char *id_property;    /* PATCH: HubSpot's name, the object's own, of what `id` is a value of; or NULL */
	const json_t *body;	    /* a record as a caller sent it */
	bool wants_record;	    /* Prefer: return=representation */
	struct behalf behalf;
	uint64_t owner_by_ms;	    /* its owner must be known by then; 0: by the deadline */
	void (*ready)(void *ctx);   /* NULL: it goes by itself. Else it waits for write_go(); runs when it may, if it could
				     * not at once */
};

/* False: `refused` is the answer, and nothing is to be freed. */
struct accepted {
	enum hubspot_kind kind;
	json_t *record;	      /* owned: in HubSpot's names */
	json_t *associations; /* owned: links_check() found them good; or NULL */
};
bool write_accept(const struct object *object, const struct write_wanted *wanted,
	struct accepted *accepted, struct answer *refused) __attribute__((warn_unused_result));
void accepted_finish(struct accepted *accepted);

/* Out of memory, and nothing was written. */
void answer_no_room(const struct object *object, const char *label, struct answer *answer);

/* ---- prepare.c ---- */

/*
 * What the object's owner makes of a valid record as a caller sent it (without its associations), in
 * HubSpot's names: a new reference, never of what it was given. NULL: what the owner finds wrong with
 * it is appended to `errors`, in the shape of schema_validate(); or *fault says what the owner has
 * broken; or neither: out of memory. Only of objects whose owner prepares.
 */
json_t *record_prepare(const struct object *object, const json_t *record, bool is_part,
	json_t *errors, const char **fault) __attribute__((warn_unused_result));

/* ---- write.c: the life of one record's write, alone or in a batch ---- */

/*
 * `answer` is what this record alone is answered with. Its body may be changed, and is given back
 * after the call: json_incref() it to keep it. Never before write_start() has returned.
 *
 * A record that was written stays written in the answer, whatever came after it: where a link
 * failed the status is 207 and "associations" says which, and when it could not be read back
 * "record" is null and "warnings" says why.
 */
typedef void write_told_fn(const struct answer *answer, void *ctx);

struct write; /* dead once it has told */

/* NULL: nothing was begun, and `refused` is the answer; its body is a new reference. */
struct write *write_start(const struct object *object, const struct write_wanted *wanted,
	write_told_fn *told, void *ctx, struct answer *refused) __attribute__((warn_unused_result));

/* One that waits for write_go(): may it go, as far as it is up to itself? */
bool write_is_ready(const struct write *write);
/* Once, when it is ready. False: it is dead, has not told, and `refused` is the answer. */
bool write_go(struct write *write, struct answer *refused) __attribute__((warn_unused_result));

/* Its caller has left: what is not sent is not sent. One that was sent still tells; one that waits
 * for write_go() must still be told to go, which then refuses it. */
void write_cancel(struct write *write);

/* ---- bulk.c: path/batch; `ctx` is the object ---- */

enum { BULK_TIMEOUT_MS = 60 * 1000, BULK_BODY_BYTES = 8 * 1024 * 1024 };

int serve_batch(struct http_request *request, void *ctx);

#endif
