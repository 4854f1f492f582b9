/*
 * testkit/inside.h - what the files of the test kit share; nobody else includes it.
 *
 *   kit.c            opening and closing
 *   load.c           which plugin is loaded, and what it registers on the way
 *   exchange.c       http's wire: requests and replies without sockets
 *   request.c        sending, and what a reply says
 *   callers.c        API keys
 *   hubspot.c        hubspot/hubspot.h: the operations
 *   operations.c     what a test asks of them, and how it ends them
 *   prepared.c       an answer as the kit keeps it; scripts
 *   answer.c         an answer -> a result
 *   memory.c         HSCK_REMEMBER: records and links; memory_raw.c, memory_search.c: lists and searches of them
 *   record.c         one record as HubSpot tells it
 *   faults.c         what the plugin did wrong
 *   watch.c          the log and the metrics
 *   fakes/fake_loop  loop/loop.h in virtual time
 *
 * The rest is the host's own: base, schema, object, plugin, and http but for its sockets.
 */
#ifndef TESTKIT_INSIDE_H
#define TESTKIT_INSIDE_H

#include <hubspot-connector/testkit.h>

#include <jansson.h>
#include <pthread.h>

#include "base/buf.h"
#include "base/list.h"
#include "http/inside.h"
#include "hubspot/hubspot.h"
#include "loop/loop.h"

struct memory;
struct plugins;

enum { KIT_TEXT_MAX = 16 * 1024 * 1024 };

/* ---- kit.c ---- */

struct hsck {
	struct hsck_options options;
	const char *file; /* as the loader is told of the plugin: its path, or that it is linked */
	const char *name; /* the plugin's */
	struct loop *loop;
	struct http *http;
	struct hubspot *hubspot;
	struct plugins *plugins;
	bool is_started;
	json_t *keys;          /* as in a file of them; NULL: nobody needs one */
	const char *key;       /* that hsck_request() sends; or NULL */
	struct list kept;      /* what kit_keep() copied */
	struct list requests;  /* struct hsck_request, in order of sending */
	struct list prepared;  /* all answers ever handed in */
	const struct hsc_plugin *declaration;
	struct hsc_plugin ours;     /* the same, with our init() before its own */
	struct hsc_http lent;       /* what it registers with */
	const struct hsc_http *real;
	struct list declared;  /* load.c */
	pthread_mutex_t log_lock; /* of the next one: the plugin's threads write lines, too */
	struct buf log;
	struct buf told_log;      /* what hsck_log() said */
	struct buf first_metrics; /* all of them, when it was opened */
	struct buf metrics;       /* and now */
	struct buf faults;
};

/* The open one, or NULL. */
extern struct hsck *kit_open;

/* Ends the process with that line: the test is wrong. */
_Noreturn void kit_die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A copy that lives until hsck_close(); NULL stays NULL. */
const char *kit_keep(struct hsck *kit, const char *text);

/* Parsed, a new reference; NULL for NULL. Dies, naming `what`, when it is no JSON. */
json_t *kit_json(const char *text, const char *what);

/* Runs it as a callback of the loop, and what comes at the end of the turn later. */
void kit_call(struct hsck *kit, loop_fn *run, void *ctx);

/* ---- load.c ---- */

/* Says which plugin kit->options means. False, with one line in `error`. */
bool load_name(struct hsck *kit, char *error, size_t error_size);
void load_forget(struct hsck *kit);

/* ---- exchange.c ---- */

struct hsck_request {
	struct list link;
	struct exchange exchange;
	struct hsck *kit;
	const char *url;
	char *body;
	json_t *headers;       /* {"lower-case name": ["value", ...]} */
	bool is_gone;          /* the client */
	bool is_dropped;       /* the host has ended the request */
	struct hsck_reply reply; /* count 0: none */
	char *bytes;           /* the reply's */
	json_t *reply_headers; /* as `headers` */
	char *text;            /* what hsck_text() said */
};

/* Adds `value` to {"name": [...]}; the first one of that name, or NULL. */
void header_add(json_t *headers, const char *name, const char *value);
const char *header_find(const json_t *headers, const char *name);

/* Frees it; the host knows it no more. */
void exchange_free(struct hsck_request *request);

/* ---- prepared.c ---- */

/* An answer of the test's: texts copied, JSON parsed. */
struct prepared {
	struct list link;
	struct hsck_answer told;
	json_t *record; /* or NULL, as the next ones */
	json_t *body;
	json_t *errors;
};

struct prepared *prepared_make(struct hsck *kit, const struct hsck_answer *answer);
void prepared_free(struct prepared *prepared);

/* ---- hubspot.c ---- */

struct script {
	struct list link;
	uint32_t kind;
	const char *object;
	const struct prepared *answer;
	unsigned left; /* of its times; 0: without end */
};

struct hubspot {
	struct hsck *kit;
	struct hubspot_handle **operations; /* all that came, in order */
	size_t count;
	struct list scripts; /* the last one first */
	struct memory *memory; /* NULL: HSCK_BY_HAND */
	bool is_full;
	void (*idle)(void *ctx);
	void *idle_ctx;
};

struct hubspot_handle {
	struct hsck_operation shown; /* its strings are the kit's */
	struct hubspot *hubspot;
	enum hubspot_kind kind;
	unsigned flags;
	hubspot_done_fn *done;
	void *ctx;
	json_t *body;
	const char **names; /* shown.properties */
	const struct prepared *answer; /* that is on its way; or NULL */
	bool is_refused;            /* there was no room */
	struct loop_timer due;      /* the answer's */
	struct loop_timer deadline;
	struct loop_task task;      /* the end of the turn: the answer, the cancellation, or the memory */
};

/* Aborts when out of memory. */
struct hubspot *hubspot_open(struct hsck *kit);

/* The operation will end with this answer, after its time. */
void hubspot_will_answer(struct hubspot_handle *operation, const struct prepared *answer);

/* Ends it. */
void hubspot_end(struct hubspot_handle *operation, const struct hubspot_result *result);

/* The answer that a script has for it; or NULL. */
const struct prepared *script_find(struct hubspot *hubspot, const struct hubspot_handle *operation);
void scripts_forget(struct hubspot *hubspot);

/* ---- answer.c ---- */

/* Ends the operation with it. */
void answer_give(struct hubspot_handle *operation, const struct prepared *answer);

/* Ends it with a failure of the host's own, without any reply of HubSpot's. */
void answer_fail(struct hubspot_handle *operation, enum hubspot_failure failure);

/* The same with a reply: `id` and `record` as in a result (borrowed, or NULL). */
void answer_done(struct hubspot_handle *operation, int status, const char *id, bool is_created, json_t *record);
void answer_refuse(struct hubspot_handle *operation, int status, const char *message, const char *existing_id);

/* Several records have the value that should be one's. */
void answer_ambiguous(struct hubspot_handle *operation, json_t *ids);

/* ---- record.c: {"id", "properties", "createdAt", "updatedAt", "archived"} ---- */

/* A new reference; properties are copied, and those that are "" or null left out. */
json_t *record_make(const char *id, const json_t *properties);

/* Sets the properties that stand in `changes`. */
void record_change(json_t *record, const json_t *changes);

/* The value of a property, or NULL; hs_object_id is the id. */
const char *record_value(const json_t *record, const char *property);

/* The record with these of its properties (ends in NULL; NULL: all); a new reference. */
json_t *record_show(const json_t *record, const char *const *properties);
json_t *record_show_json(const json_t *record, const json_t *properties); /* an array of names, or NULL: all */

/* ---- memory.c ---- */

struct memory {
	json_t *types; /* {"contacts": {"1": record}} */
	json_t *links; /* {"contacts/1": {"companies/2": true}}, both ways */
	unsigned last_id;
};

struct memory *memory_create(void);
void memory_destroy(struct memory *memory);

/* Carries the operation out, and ends it. */
void memory_answer(struct memory *memory, struct hubspot_handle *operation);

/* All records of a type: {"id": record}, borrowed. Those of an unknown type are none. */
json_t *memory_type(struct memory *memory, const char *type);
const char *memory_put(struct memory *memory, const char *type, const json_t *properties);
bool memory_is_linked(const struct memory *memory, const char *one, const char *other);

/* memory_raw.c: the HSC_RAW ones. memory_search.c: what HubSpot's search would say, a new reference. */
void memory_answer_raw(struct memory *memory, struct hubspot_handle *operation);
json_t *memory_search(struct memory *memory, const char *type, const json_t *question);

/* ---- faults.c: each adds lines to kit->faults ---- */

void faults_of_requests(struct hsck *kit);
void faults_of_operations(struct hsck *kit);
void faults_of_rules(struct hsck *kit);

/* ---- watch.c ---- */

void watch_begin(struct hsck *kit);
void watch_end(struct hsck *kit);

/* Calls `visit` for each metric that has grown since the kit was opened and whose name begins with `prefix`. */
void watch_each(struct hsck *kit, const char *prefix, void (*visit)(const char *name, double grown, void *ctx), void *ctx);

/* The first line of the log that holds both texts, without its newline; "" if there is none. The caller frees it. */
char *watch_line(const struct hsck *kit, const char *one, const char *two);

#endif
