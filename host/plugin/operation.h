/*
 * plugin/operation.h - a plugin's operations.
 *
 *     submitted > HubSpot has it > followed up > told
 *
 * - translate.c     what a plugin asks for, in HubSpot's words
 * - lend_submit.c   submit() and submit_all(): checked, and handed over
 * - lend_hubspot.c  an operation's life, its end, and its cancelling
 * - follow.c        what comes after HubSpot has done it: the links of the record that it wrote, or the
 *                   records of a page that was too wide for one call
 * - shown.c         a result as its done() sees it
 * - lend_all.c      several of them, told together
 * - lend_relay.c    a result as a reply
 *
 * HubSpot's client ends each of its operations once; what stands in its hands then leads to a struct
 * lent_operation, whose memory therefore lives until the last of these ends, even when its plugin is gone.
 */
#ifndef PLUGIN_OPERATION_H
#define PLUGIN_OPERATION_H

#include "plugin/inside.h"

#include "hubspot/hubspot.h"

/* ---- kinds (translate.c) ---- */

struct kind_rule {
	enum hubspot_kind as;   /* what HubSpot's client is asked for */
	bool needs_id;
	bool needs_body;        /* a JSON object */
	bool may_link;          /* takes `associations` */
	bool is_read;           /* changes nothing */
	bool is_page;           /* its body is a page of records */
};

/* `kind` is one of HSC_READ ... */
const struct kind_rule *kind_rule(uint32_t kind);

/* What is wrong with an operation that a plugin submits, or NULL. */
const char *operation_fault(const struct hsc_operation *asked);

/* How many links `associations` asks for; NULL asks for none. */
size_t count_associations(const json_t *associations);

/* ---- translating (translate.c) ---- */

enum { TRANSLATION_FAULT_SIZE = 256 };

/* What of an operation is said in other words; memory of its own. */
struct translation {
	const char **names; /* or NULL */
	char *id;           /* or NULL */
	char *call;         /* of a page; or NULL */
	json_t *body;       /* or NULL */
	bool is_bare;       /* a page's records do not fit into the call that finds them: it finds their ids */
	char fault[TRANSLATION_FAULT_SIZE];
};

/* Says `given` in HubSpot's words; `object` may be NULL: nothing is converted. A read of a declared object that names no
 * properties gets those of its schema. 0, HSC_ENOMEM, or HSC_EINVAL and translation->fault. `given` borrows from
 * `translation`, which wants its close in any case. */
int translation_open(const struct object *object, const struct hsc_operation *asked, struct translation *translation,
	struct hubspot_operation *given);
void translation_close(struct translation *translation);

/* ---- one operation (lend_hubspot.c) ---- */

struct lent_operation {
	struct list link;      /* in its request's operations */
	struct plugin *plugin; /* NULL: ended by end_now() */
	struct hsc_operation_handle *token;
	struct hubspot_handle *handle; /* while HubSpot's client has it; else NULL */
	struct follow *follow;         /* what comes after; or NULL */
	struct all *all;               /* those it is told with; or NULL: it is told alone */
	size_t index;                  /* among them */
	const struct object *object;   /* NULL: nothing is converted */
	struct hsc_request *request;   /* or NULL */
	hsc_done_fn *done;
	void *ctx;
	uint32_t kind; /* HSC_READ ... */
	uint32_t flags;
	bool is_cancelled;
};

/* One of which HubSpot's client knows nothing yet; NULL: no memory. It ends in operation_end(), or is dropped before. */
struct lent_operation *operation_make(struct plugin *plugin, const struct hsc_operation *asked);
void operation_drop(struct lent_operation *operation);

/* What HubSpot's client calls; `ctx` is the operation. */
void operation_done(const struct hubspot_result *result, void *ctx);

/* Tells the operation's result, and what became of its links (borrowed; NULL: there were none). Its memory ends here, but
 * not that of what follows it. */
void operation_end(struct lent_operation *operation, const struct hubspot_result *result, json_t *links, bool are_all_linked);

void operation_cancel(struct lent_operation *operation);

int lend_submit(const struct hsc_host *host, const struct hsc_operation *asked, hsc_done_fn *done, void *ctx,
	struct hsc_operation_handle **handle);
int lend_submit_all(const struct hsc_host *host, const struct hsc_operation *const *asked, size_t count,
	hsc_all_done_fn *done, void *ctx);

/* ---- what comes after (follow.c) ---- */

/* For an operation whose record is to be linked, or whose page is bare; `given` as the client will get it, its strings are
 * copied. NULL: no memory. */
struct follow *follow_make(const struct hsc_operation *asked, const struct hubspot_operation *given, const char *type);
void follow_free(struct follow *follow);

/* HubSpot has done the operation, with this result. Ends in operation_end(), perhaps before it returns. */
void follow_start(struct lent_operation *operation, const struct hubspot_result *result);
void follow_cancel(struct follow *follow);

/* Has the operation written its record, whose links are still to come? Then *result says so, as of one that was cancelled. */
bool follow_so_far(const struct follow *follow, struct hubspot_result *result);

/* ---- results (shown.c) ---- */

/* What a done() looks at, and what relay() takes from it. */
struct shown_result {
	struct hsc_result result; /* first: relay() gets its address */
	struct hubspot_result inner; /* what it borrows lives as long as what this was made of */
	const struct object *object;
	uint32_t kind; /* HSC_READ ... */
};

/* Fills `shown`, which wants its finish; borrows from `result`. */
void shown_fill(struct shown_result *shown, const struct lent_operation *operation, const struct hubspot_result *result,
	json_t *links, bool are_all_linked);
void shown_finish(struct shown_result *shown);

/* The failure as a client would get it, as JSON, and its status; `object` may be NULL. */
json_t *problem_of(const struct object *object, const struct hubspot_result *result, bool is_read, const char *label,
	int *status);

/* A copy that outlives the callback; NULL: no memory. */
struct hubspot_result *result_keep(const struct hubspot_result *result);
void result_forget(struct hubspot_result *kept);

/* ---- several (lend_all.c) ---- */

/* For `count` operations whose results are told together; NULL: no memory. It ends by itself when the last one has ended. */
struct all *all_make(struct plugin *plugin, size_t count, hsc_all_done_fn *done, void *ctx);

/* One that will end was added, or the last one that could be; after the latter `all` may be gone. */
void all_add(struct all *all);
void all_close(struct all *all, bool is_wanted);

/* An operation's end. */
void all_take(struct all *all, const struct lent_operation *operation, const struct hubspot_result *result, json_t *links,
	bool are_all_linked);

/* ---- relaying (lend_relay.c) ---- */

int lend_relay(const struct hsc_host *host, struct hsc_request *token, const struct hsc_result *result);

#endif
