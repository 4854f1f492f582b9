/*
 * hubspot-connector/testkit.h - a host for tests of plugins: no network, no HubSpot, no time but the test's.
 *
 * The host around the plugin is the real one, so what a test sees is what a client of the connector
 * would get: routes, 404 and 405, schemas and 422, deadlines and 504, idempotency keys, replies, the
 * objects and their conversion.  Made up are what the host stands on: the wire (a request is a function
 * call), the clock (it stands still until the test lets time pass) and HubSpot (its operations arrive in
 * a list, and the test says how each ends).
 *
 *     struct hsck *kit = hsck_open(&(struct hsck_options){.plugin = &hsc_plugin});
 *     struct hsck_request *request = hsck_request(kit, "POST", "/invoices", "{\"number\": \"A-1\"}");
 *     assert_int_equal(hsck_operation(kit, 0)->kind, HSC_UPSERT);
 *     hsck_answer(kit, 0, &(struct hsck_answer){.id = "12", .is_created = true});
 *     assert_int_equal(hsck_status(request), 201);
 *     assert_string_equal(hsck_text(request, "id"), "12");
 *     assert_string_equal(hsck_close(kit), "");
 *
 * Link      libhsc-testkit.a (CMake: hubspot-connector::testkit), with -ljansson -lpcre2-8 -lidn2 -lpthread.
 *           Nothing but the functions below is visible in it, so a plugin may be linked into the test.
 * One       A process has one open kit at a time; open, close and open again as often as you like.
 * Thread    One thread calls all of this: the loop's.  The plugin's own threads are the plugin's.
 * Turns     A handler runs inside hsck_request(), a done() inside hsck_answer(); what the host has put
 *           off to the end of its turn runs in hsck_run() and hsck_pass().
 * Memory    What you are handed is borrowed: what belongs to a request or an operation until hsck_close(), a text until
 *           the next call with the same kit.  What you hand in is copied.  JSON goes in as text, and comes out parsed.
 * Mistakes  of the test's (a text that is no JSON, a number of no operation, an unknown kind) end the process with a line
 *           that says which; mistakes of the plugin's are what hsck_faults() is for.
 * Language  C11 or later, or C++20.
 */
#ifndef HUBSPOT_CONNECTOR_TESTKIT_H
#define HUBSPOT_CONNECTOR_TESTKIT_H

#include <hubspot-connector/plugin.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define HSCK_EXPORT __attribute__((visibility("default")))
#else
#define HSCK_EXPORT
#endif

struct hsck;
struct hsck_request;

/* ---- opening and closing ------------------------------------------------------------------------ */

enum { HSCK_BY_HAND,            /* an operation without a scripted answer waits for hsck_answer() */
       HSCK_REMEMBER };         /* ... is done at the end of the turn, by a small HubSpot that keeps records (see below) */

struct hsck_options {
	const struct hsc_plugin *plugin;        /* the plugin, linked into the test; or NULL: */
	const char *file;                       /* the plugin's file, ".../NAME.so" */
	const char *const *before;              /* files of plugins that are loaded before it; ends in NULL; or NULL */
	const char *config;                     /* JSON text: its section of the configuration ("plugins": {"NAME": ...}); or NULL */
	const char *objects;                    /* JSON text: the configuration's "objects"; or NULL */
	int hubspot;                            /* HSCK_BY_HAND or HSCK_REMEMBER */
	int log_level;                          /* lines below it are dropped: HSC_DEBUG (all), HSC_INFO, ... */
	uint32_t request_timeout_ms;            /* 0: 30,000 */
	bool is_not_started;                    /* start() runs in hsck_start(), not in hsck_open() */
};

/* Loads the plugin, runs its init() and start().  NULL: the host refuses it, and hsck_error() is what it would say. */
HSCK_EXPORT struct hsck *hsck_open(const struct hsck_options *options);
HSCK_EXPORT const char *hsck_error(void);

/* Runs start(), once.  False: it failed, see hsck_error(). */
HSCK_EXPORT bool hsck_start(struct hsck *kit);

/* Stops the host as it stops itself: what the plugin still holds is ended, fini() runs, everything is freed.  Returns what
 * hsck_faults() said right before, and what went wrong meanwhile, until the next hsck_open(); "": nothing.  NULL is allowed. */
HSCK_EXPORT const char *hsck_close(struct hsck *kit);

/* One line for each fault so far: rules of the contract that the plugin has broken, requests it has not replied to,
 * operations that have not ended.  "": none.  In the middle of a test only the first is one. */
HSCK_EXPORT const char *hsck_faults(struct hsck *kit);

/* How often the plugin has broken a rule: "second_reply", "forgotten_reply", "stale_token", "bad_argument", "early_call",
 * "late_registration", "wrong_thread", "wrong_return"; NULL: all of them. */
HSCK_EXPORT unsigned hsck_misuses(struct hsck *kit, const char *rule);

/* ---- what the plugin has registered ------------------------------------------------------------- */

/* As it was handed over in init(), in that order; NULL: there is no such one.  Strings are copies. */
HSCK_EXPORT const struct hsc_route *hsck_route(const struct hsck *kit, size_t index);
HSCK_EXPORT const struct hsc_object *hsck_object(const struct hsck *kit, size_t index);

/* The text of a schema, or NULL. */
HSCK_EXPORT const char *hsck_schema(const struct hsck *kit, const char *id);

/* The plugin as it declares itself. */
HSCK_EXPORT const struct hsc_plugin *hsck_plugin(const struct hsck *kit);

/* ---- requests ----------------------------------------------------------------------------------- */

/* Sends a request with a JSON body (or NULL: none), from this machine.  In flight until there is a reply. */
HSCK_EXPORT struct hsck_request *hsck_request(struct hsck *kit, const char *method, const char *url, const char *body);

struct hsck_header {
	const char *name;
	const char *value;
};

/* The same with headers (end in a NULL name; or NULL) and any bytes as its body; but for the Host nothing is added: no Content-Type. */
HSCK_EXPORT struct hsck_request *hsck_send(struct hsck *kit, const char *method, const char *url, const struct hsck_header *headers,
                                           const void *body, size_t length);

/* hsck_request(), then hsck_run(): for what needs no time and no answer by hand. */
HSCK_EXPORT struct hsck_request *hsck_ask(struct hsck *kit, const char *method, const char *url, const char *body);

/* The client goes.  Nothing happens when it has its reply. */
HSCK_EXPORT void hsck_leave(struct hsck_request *request);

/* Has the request ended?  Without a reply when its client had left; a 504 of the host's, on the other hand, does not end it:
 * the plugin's reply does. */
HSCK_EXPORT bool hsck_has_ended(const struct hsck_request *request);

/* From now on a request needs an API key, and this is one, of these scopes ("contacts:read contacts:write"); returns its text,
 * for the header X-API-Key.  hsck_use_key(): hsck_request() and hsck_ask() send this key; NULL: none. */
HSCK_EXPORT const char *hsck_add_key(struct hsck *kit, const char *name, const char *scopes);
HSCK_EXPORT void hsck_use_key(struct hsck *kit, const char *key);

struct hsck_reply {
	int status;             /* 0: none of HTTP's (see is_reset, is_raw) */
	bool is_reset;          /* by hsc.wire/1: the connection was reset ... */
	bool is_raw;            /* ... or these bytes were sent */
	unsigned count;         /* of replies: 1 */
	const char *bytes;      /* ends in NUL, which does not count */
	size_t length;
	struct json_t *json;    /* read only: the bytes, where they are JSON; or NULL */
	uint64_t at_ms;         /* on the kit's clock */
};

/* NULL: there is none (yet). */
HSCK_EXPORT const struct hsck_reply *hsck_reply(const struct hsck_request *request);

/* Of the reply: 0 and NULL while there is none, or no such header. */
HSCK_EXPORT int hsck_status(const struct hsck_request *request);
HSCK_EXPORT const char *hsck_header(const struct hsck_request *request, const char *name);
HSCK_EXPORT struct json_t *hsck_json(const struct hsck_request *request);

/* What stands at `path` ("results.0.properties.email") in the reply's JSON, as text: a string as it is, anything else as
 * compact JSON; NULL: nothing stands there.  A member whose name holds a dot cannot be reached. */
HSCK_EXPORT const char *hsck_text(const struct hsck_request *request, const char *path);

/* ---- turns and time ----------------------------------------------------------------------------- */

/* One turn of the loop: posts, then what was put off to its end.  False: there was nothing to do. */
HSCK_EXPORT bool hsck_turn(struct hsck *kit);

/* Turns until there is nothing to do without time passing. */
HSCK_EXPORT void hsck_run(struct hsck *kit);

/* Lets time pass: timers, deadlines and answers that take their time come due one by one, each followed by hsck_run(). */
HSCK_EXPORT void hsck_pass(struct hsck *kit, uint64_t ms);

/* The clock of the host's now_ms(). */
HSCK_EXPORT uint64_t hsck_now_ms(const struct hsck *kit);

/* Waits, in real time, for a post() from one of the plugin's threads, and runs it.  False: none came in that time. */
HSCK_EXPORT bool hsck_wait_post(struct hsck *kit, uint32_t timeout_ms);

/* The longest that one callback of the loop has kept it so far, the plugin's part and the host's around it, in microseconds
 * of the thread's processor time.  (The host's own warning of slow callbacks looks at the clock, which stands still here.) */
HSCK_EXPORT uint64_t hsck_longest_us(const struct hsck *kit);

/* ---- HubSpot: what it is asked ------------------------------------------------------------------ */

/* An operation in HubSpot's words: its types, its names of properties, strings. */
struct hsck_operation {
	uint32_t kind;                  /* HSC_READ, ...; a list or a search comes as the HSC_RAW that it is to HubSpot */
	uint32_t flags;                 /* HSC_REPEATABLE, HSC_BULK */
	const char *object;             /* "contacts"; HSC_RAW: "GET {objects}/contacts?limit=10": what stands in braces depends on HubSpot's version */
	const char *id;                 /* or NULL */
	const char *id_property;        /* or NULL */
	const char *to_object;          /* HSC_ASSOCIATE, HSC_DISSOCIATE; else NULL */
	const char *to_id;
	const char *const *properties;  /* to be read, ends in NULL; or NULL */
	struct json_t *body;            /* read only: {"property": "value"}, HSC_RAW: the body; or NULL */
	const char *request_id;         /* of the request it is done for; or NULL */
	const char *caller;             /* name of its API key, "" without; the plugin's when it asks for no request */
	uint64_t deadline_ms;           /* on the kit's clock: then it ends by itself */
	bool is_cancelled;              /* nobody wants it any more; its done() runs at the end of the turn */
	bool has_ended;
};

/* The operation with that number, from 0, in the order in which they came; NULL: so many have not come. */
HSCK_EXPORT const struct hsck_operation *hsck_operation(const struct hsck *kit, size_t index);

/* How many have come, and how many of them have not ended. */
HSCK_EXPORT size_t hsck_operations(const struct hsck *kit);
HSCK_EXPORT size_t hsck_waiting(const struct hsck *kit);

/* ---- HubSpot: how it answers -------------------------------------------------------------------- */

enum { HSCK_DONE,               /* it is done; or, with a status of 400 and more, HubSpot's reply is no */
       HSCK_TIMEOUT,            /* it was sent, and no reply came: whether it was applied is unknown */
       HSCK_UNREACHABLE,        /* no connection: not applied */
       HSCK_GARBAGE,            /* a reply that is not HubSpot's: unknown */
       HSCK_BUSY,               /* the queue to HubSpot is full, or its turn cannot come in time: not applied */
       HSCK_DEADLINE };         /* its deadline passed: unknown when it is a write */

struct hsck_answer {
	int ends;                       /* HSCK_DONE, ... */
	int status;                     /* HubSpot's; 0: 200, or 201 when is_created or of an HSC_CREATE.  400, 401, 403, 404, 409, 429, 500, ... */
	const char *id;                 /* the record's; NULL: the operation's, where that is an id, else "1" */
	bool is_created;                /* HSC_UPSERT: it was not there */
	const char *record;             /* JSON text of the record's properties in HubSpot's words; NULL: those of the operation's body */
	const char *body;               /* HSC_RAW: JSON text of HubSpot's reply; NULL: none */
	const char *message;            /* of a refusal, in HubSpot's words; or NULL */
	const char *category;           /* "VALIDATION_ERROR"; or NULL */
	const char *errors;             /* JSON text: [{"property": "...", "code": "...", "message": "..."}]; or NULL */
	const char *existing_id;        /* with 409: the record in the way; or NULL */
	uint32_t retry_after_ms;        /* with 429, HSCK_BUSY and the like; or 0 */
	uint32_t after_ms;              /* the answer takes so long */
	unsigned times;                 /* of hsck_script(): good for so many operations; 0: for all that come */
};

/* Ends the operation with that number, after its after_ms.  False: it had ended before. */
HSCK_EXPORT bool hsck_answer(struct hsck *kit, size_t index, const struct hsck_answer *answer);

/* From now on operations of this kind (0: any) on this object (NULL: any; of HSC_RAW, what it begins with: "GET {owners}") end so,
 * at the end of the turn in which they come.  The last one that fits an operation counts. */
HSCK_EXPORT void hsck_script(struct hsck *kit, uint32_t kind, const char *object, const struct hsck_answer *answer);

/* Forgets all scripted answers. */
HSCK_EXPORT void hsck_unscript(struct hsck *kit);

/* Is there room for more?  false: whoever asks before it submits is told to come again in a second, and submits end as busy. */
HSCK_EXPORT void hsck_set_room(struct hsck *kit, bool has_room);

/*
 * HSCK_REMEMBER: ids are 1, 2, 3, ... in order of creation, over all types; there are records and links between them, no
 * definitions of properties, no unique ones but those that an operation names, no owners.  Archived is gone.  A list, and a search
 * with HubSpot's operators, sorted by at most one property, find what is there at once.  Any other HSC_RAW is 404.
 *
 * The record as HubSpot would tell it, {"id", "properties", "createdAt", "updatedAt"}, read only, whoever wrote it; NULL: there is none.
 */
HSCK_EXPORT struct json_t *hsck_record(struct hsck *kit, const char *object, const char *id);

/* Puts a record there, with these properties (JSON text, HubSpot's words); returns its id. */
HSCK_EXPORT const char *hsck_put_record(struct hsck *kit, const char *object, const char *properties);

/* Are these two linked? */
HSCK_EXPORT bool hsck_is_linked(struct hsck *kit, const char *object, const char *id, const char *to_object, const char *to_id);

/* ---- what the host would log and count ---------------------------------------------------------- */

/* All lines since hsck_open(), one after the other, without their times: "warn  plugin misuse plugin="invoices" rule=...". */
HSCK_EXPORT const char *hsck_log(const struct hsck *kit);

/* How many of those lines hold this text. */
HSCK_EXPORT unsigned hsck_logged(const struct hsck *kit, const char *text);

/* A metric of the plugin's by its own name ("lines_total"), or any of the host's as /metrics tells it
 * ("connector_plugin_misuse_total{plugin=\"invoices\",rule=\"second_reply\"}").  Counters, and a histogram's NAME_count and
 * NAME_sum, since hsck_open().  -1: there is none. */
HSCK_EXPORT double hsck_metric(struct hsck *kit, const char *name);

#ifdef __cplusplus
}
#endif
#endif
