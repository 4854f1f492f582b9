/*
 * hubspot-connector/plugin.h - how a plugin talks to the connector.  This file is the whole contract.
 *
 * Version 1.0, frozen: what is here stays as it is for every host of major 1.  sdk/CHANGES keeps its history.
 *
 * Entry     A plugin exports one symbol, the constant `hsc_plugin`.  The host reads it before it
 *           calls any function of the plugin.  A plugin links to nothing of the host's.
 * Version   Another HSC_ABI_MAJOR, or a newer HSC_ABI_MINOR than the host's: refused, both numbers
 *           printed.  Every struct begins with its size.  Fields are only ever appended, and zero in
 *           a new field means what its absence meant.  No struct ends in padding, and no #if in
 *           this file changes a layout.
 * Memory    Nothing changes owner across this line.  What you are handed is borrowed until the call
 *           returns; copy it, or json_incref() it, to keep it.  What you made, you free.
 *           Handles (request, operation, timer) end at the event named beside them.
 * Threads   [init] inside init() only   [loop] on the event loop, where every callback runs   [any] anywhere
 * Callbacks Those given to a function run at most once, and never before it has returned; never at
 *           all when it failed.  `done` runs exactly once for every submit() that returned 0.
 * Errors    0, or a negative HSC_E...  Strings are UTF-8, end in NUL, and are never NULL unless said.
 * Language  C11 or later, or C++20.
 */
#ifndef HUBSPOT_CONNECTOR_PLUGIN_H
#define HUBSPOT_CONNECTOR_PLUGIN_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HSC_ABI_MAJOR 1
#define HSC_ABI_MINOR 0
#ifndef HSC_NEEDS_MINOR
#define HSC_NEEDS_MINOR HSC_ABI_MINOR   /* lower it before the include, and ask HSC_HAS(), to run in older hosts too */
#endif

struct hsc_request;
struct hsc_host;
struct json_t;                  /* jansson 2.x (soname 4): the one foreign type allowed in here */
struct hsc_operation_handle;    /* a HubSpot operation in flight; ends when its callback returns */
struct hsc_timer;               /* ends when it fires or is stopped */
struct hsc_metric;              /* lives as long as the plugin */

enum { HSC_EINVAL = -1,         /* a rule of this file was broken; the log says which */
       HSC_ESTATE = -2,         /* the right call at the wrong time: a second reply, a late route */
       HSC_ENOMEM = -3,
       HSC_EGONE = -4,          /* the client left, or the deadline passed; harmless */
       HSC_EBUSY = -5,          /* the queue to HubSpot is full, or its turn cannot come in time; reply 503 */
       HSC_ENET = -6,           /* HubSpot could not be reached, after retries */
       HSC_EHUBSPOT = -7 };     /* HubSpot replied, and the reply is no: see status and body */

enum { HSC_DEBUG, HSC_INFO, HSC_WARN, HSC_ERROR };

/* ---- serving: one request waits for its one reply ---------------------------------------------- */

/* A request, an operation and a timer are tokens, not memory: never look inside, never make one.  A token
 * whose thing has ended is known as such: every call with it is refused (HSC_ESTATE) and counted.
 * A request ends with your reply, also when its client is long gone.  So: reply to every request, once.
 * One that is never replied to gets its 504 from the host, is counted against the plugin, and its token
 * ends 30 s after its deadline. */

enum { HSC_REPLIED, HSC_LATER };                /* what a handler returns */
enum { HSC_ROUTE_OPEN = 1,                      /* the plugin authenticates by itself (a webhook's signature) */
       HSC_ROUTE_RAW_BODY = 2,                  /* any content type, unparsed: raw_body() */
       HSC_ROUTE_HIDDEN = 4 };                  /* not in the API document, the access log or the request metrics */

struct hsc_object;

struct hsc_route {
	uint32_t size;
	uint32_t flags;                         /* HSC_ROUTE_... */
	const char *method;                     /* "GET", "POST", ...; NULL: any */
	const char *path;                       /* "/contacts/{id}", "/files/{rest...}" */
	const char *summary;                    /* one line for the API document */
	const char *scope;                      /* what the caller's API key must hold, "leads:write"; NULL: the path's first segment,
	                                         * and read for GET and HEAD, else write.  Of no effect with HSC_ROUTE_OPEN */
	const char *query_schema;               /* id of an object schema that the query must meet, "a=1" as {"a":1} where it wants a number
	                                         * (or integer, or boolean); NULL: the plugin looks at the query by itself */
	uint32_t timeout_ms;                    /* 0: the host's */
	uint32_t max_body_bytes;                /* 0: the host's */
	const char *body_schema;                /* id of the schema the body must meet; NULL: a body is refused (RAW_BODY: taken) */
	const char *reply_schema;               /* id of the schema of a 2xx reply; or NULL */
	/* [loop] Must not block.  Returns HSC_REPLIED, HSC_LATER, or a negative HSC_E...: then the host replies
	 * 500, logs and counts it.  `state` is what init() gave. */
	int (*handle)(const struct hsc_host *, struct hsc_request *, void *state);
};

struct hsc_http {
	uint32_t size;
	uint32_t reserved;
	/* [init] JSON Schema 2020-12, copied; its id, "leads.lead", is one of all plugins', at most 128 bytes.  HSC_EINVAL, here and of the next
	 * two: what is wrong stands in the log, and beside the failure of the start. */
	int (*add_schema)(const struct hsc_host *, const char *id, const char *text);
	int (*add_route)(const struct hsc_host *, const struct hsc_route *);                    /* [init] copied; its schemas were added before */
	int (*add_object)(const struct hsc_host *, const struct hsc_object *);                  /* [init] copied */
	/* [loop] As sent.  What is asked of a request is borrowed until its reply; of one that has ended it is "", NULL or 0. */
	const char *(*method)(const struct hsc_host *, struct hsc_request *);
	const char *(*path_param)(const struct hsc_host *, struct hsc_request *, const char *name);     /* [loop] decoded; or NULL */
	const char *(*query_param)(const struct hsc_host *, struct hsc_request *, const char *name);    /* [loop] decoded, the first of that name; or NULL */
	const char *(*header)(const struct hsc_host *, struct hsc_request *, const char *name);         /* [loop] the first of that name, any case; or NULL */
	const char *(*url)(const struct hsc_host *, struct hsc_request *);      /* [loop] as the client sent it, path and query */
	const char *(*request_id)(const struct hsc_host *, struct hsc_request *);               /* [loop] for logs */
	const char *(*caller)(const struct hsc_host *, struct hsc_request *);                   /* [loop] name of its API key; "" without */
	uint64_t (*deadline_ms)(const struct hsc_host *, struct hsc_request *);                 /* [loop] on the clock of now_ms() */
	const void *(*raw_body)(const struct hsc_host *, struct hsc_request *, size_t *length); /* [loop] its bytes; NULL and 0: there is none */
	struct json_t *(*body)(const struct hsc_host *, struct hsc_request *);  /* [loop] read only; met its schema; or NULL */
	int (*reply_header)(const struct hsc_host *, struct hsc_request *, const char *name, const char *value); /* [loop] of the reply to come */
	/* [loop] Ends the request, as the next two do; status is 200 to 599.  HSC_EGONE: it has ended, but nobody was there any more. */
	int (*reply)(const struct hsc_host *, struct hsc_request *, int status, const struct json_t *body);      /* [loop] body NULL: without one */
	int (*reply_bytes)(const struct hsc_host *, struct hsc_request *, int status, const char *type,
	                   const void *bytes, size_t length);                                   /* [loop] type: of the content */
	/* [loop] In the host's one error shape; status is 400 to 599, errors an array of {"field", "code", "message"}, or NULL. */
	int (*refuse)(const struct hsc_host *, struct hsc_request *, int status, const char *code, const char *message,
	              const struct json_t *errors);
	/* [loop] the client has left, or the deadline has passed; reply all the same */
	int (*on_gone)(const struct hsc_host *, struct hsc_request *, void (*gone)(struct hsc_request *, void *ctx), void *ctx);
};

/* ---- HubSpot: ordered, batched, rate limited, retried and logged by the host -------------------- */

enum { HSC_READ = 1,
       HSC_CREATE,
       HSC_UPDATE,
       HSC_UPSERT,              /* by id_property: create, or update what is there */
       HSC_ARCHIVE,
       HSC_RAW,                 /* any path of HubSpot's */
       HSC_LIST,                /* a page of records; body: {"limit": 100 (at the most), "after": "..."}, both optional, or NULL */
       HSC_SEARCH,              /* a page of those that match; body: as POST path/search of a declared object takes it, else HubSpot's */
       HSC_ASSOCIATE,           /* `id` of `object` with `to_id` of `to_object`; done when they are already */
       HSC_DISSOCIATE };        /* done when they were not */
enum { HSC_FINISH = 1,          /* goes on when the client has left */
       HSC_REPEATABLE = 2,      /* an HSC_RAW that may be sent twice */
       HSC_BULK = 4 };          /* one of many that nobody waits for: gives way to others */

struct hsc_operation {
	uint32_t size;
	uint32_t kind;                          /* HSC_READ ... */
	uint32_t timeout_ms;                    /* 0: what is left of the request's, or the host's default */
	uint32_t flags;                         /* HSC_FINISH ... */
	const char *object;                     /* a declared object's path without the slash ("contacts"): names and values are converted by its schema,
	                                         * in the result too; else HubSpot's type, nothing converted; HSC_RAW: "POST /crm/objects/{version}/..." */
	const char *id;                         /* a record, or NULL */
	const char *id_property;                /* `id` is a value of this unique property; or NULL */
	const char *const *properties;          /* to be read, ends in NULL; or NULL: the defaults */
	const struct json_t *body;              /* the record, the page's or search's, or the raw body; not to be changed after submit */
	const struct json_t *associations;      /* of a create, update or upsert: {"companies": ["12"]}, ids of what the record is linked with
	                                         * once it is written, 100 at the most; or NULL */
	const char *to_object;                  /* HSC_ASSOCIATE, HSC_DISSOCIATE: as `object` ... */
	const char *to_id;                      /* ... and `id` of the other end */
	struct hsc_request *request;            /* on behalf of: shares its deadline and id, is cancelled with it; or NULL */
};

enum { HSC_APPLIED,             /* it is so */
       HSC_NOT_APPLIED,         /* nothing has changed */
       HSC_UNKNOWN };           /* it was sent, and how it ended was never heard */

struct hsc_result {
	uint32_t size;
	int32_t error;                          /* 0 or HSC_E... */
	int32_t status;                         /* of HubSpot, 0 when no reply came */
	uint32_t attempts;                      /* calls to HubSpot that carried it */
	uint32_t created;                       /* HSC_UPSERT: 1 created, 0 updated */
	uint32_t outcome;                       /* HSC_APPLIED, HSC_NOT_APPLIED, HSC_UNKNOWN */
	uint32_t retry_after_ms;                /* with HSC_EBUSY and the like; or 0 */
	uint32_t reply_status;                  /* what relay() replies with: 200, 201, 207, 404, 503, ... */
	const char *id;                         /* the record's, when there is one; or NULL */
	struct json_t *body;                    /* may be shared with other callers: read only; or NULL.  HSC_LIST, HSC_SEARCH: {"results": [record, ...],
	                                         * "paging": {"next": {"after": "..."}}}, a search's with "total"; nothing to come: no "paging" */
	struct json_t *associations;            /* read only: one entry for each of the operation's, {"object", "id", "status": "success"} or an error;
	                                         * a link that failed does not fail the operation; or NULL */
	struct json_t *problem;                 /* read only: the error as a client would get it, to put into a reply; NULL on success */
	const struct hsc_host *host;            /* the plugin's own */
	struct hsc_request *request;            /* the operation's; or NULL */
};

typedef void hsc_done_fn(const struct hsc_result *result, void *ctx);                                          /* [loop] */
typedef void hsc_all_done_fn(const struct hsc_result *const *results, size_t count, void *ctx);                /* [loop] */

struct hsc_hubspot {
	uint32_t size;
	uint32_t reserved;
	/* [loop] From start() on.  What it is given is copied, json_t is kept by reference.  handle may be NULL. */
	int (*submit)(const struct hsc_host *, const struct hsc_operation *, hsc_done_fn *done, void *ctx,
	              struct hsc_operation_handle **handle);
	/* [loop] All of them (1 to 1000), or none: `done` runs once, when the last has ended; results are in the order of the operations. */
	int (*submit_all)(const struct hsc_host *, const struct hsc_operation *const *operations, size_t count, hsc_all_done_fn *done, void *ctx);
	void (*cancel)(const struct hsc_host *, struct hsc_operation_handle *);          /* [loop] done still runs: HSC_EGONE, and the outcome */
	int (*relay)(const struct hsc_host *, struct hsc_request *, const struct hsc_result *);  /* [loop] replies with it, errors mapped */
};

/* ---- the rest of the host ----------------------------------------------------------------------- */

struct hsc_loop {
	uint32_t size;
	uint32_t reserved;
	int (*post)(const struct hsc_host *, void (*run)(void *ctx), void *ctx);   /* [any] runs it on the loop; HSC_ESTATE once the host stops */
	struct hsc_timer *(*after)(const struct hsc_host *, uint32_t ms, void (*run)(void *ctx), void *ctx); /* [loop] once; NULL: no memory */
	void (*stop)(const struct hsc_host *, struct hsc_timer *);                                                       /* [loop] before it fires */
	uint64_t (*now_ms)(const struct hsc_host *);                                            /* [any] monotonic */
};

struct hsc_watch {
	uint32_t size;
	uint32_t reserved;
	void (*log)(const struct hsc_host *, int level, struct hsc_request *about, const char *line);  /* [any] HSC_DEBUG ...; about: [loop] only, or NULL */
	struct hsc_metric *(*counter)(const struct hsc_host *, const char *name, const char *help);       /* [init] name: [a-z_]+_total */
	struct hsc_metric *(*gauge)(const struct hsc_host *, const char *name, const char *help);         /* [init] name: [a-z_]+ */
	struct hsc_metric *(*histogram)(const struct hsc_host *, const char *name, const char *help);     /* [init] name: [a-z_]+_seconds */
	void (*record)(struct hsc_metric *, double value);      /* [any] adds it to a counter, sets a gauge, observes it in a histogram */
};

/* Each plugin gets a host of its own, so the host knows whose line, metric or route it is. */
struct hsc_host {
	uint32_t size;
	uint16_t abi_major, abi_minor;          /* the host's */
	const char *version;                    /* the host's, "1.0.0" */
	struct json_t *config;                  /* read only: this plugin's section, met its schema; {} if none */
	const struct hsc_http *http;
	const struct hsc_hubspot *hubspot;
	const struct hsc_loop *loop;
	const struct hsc_watch *watch;
	const void *(*extension)(const struct hsc_host *, const char *id);      /* "hsc.wire/1", or what another plugin provides; or NULL [any] */
	/* [init] Lends a table to other plugins, under an id "NAME.what/1" that begins with this plugin's name: another one finds it
	 * from start() on, and until fini().  It begins with its size, and outlives the plugin's fini(). */
	int (*provide)(const struct hsc_host *, const char *id, const void *table);
};

/* ---- extension "hsc.wire/1": replies that no honest server sends, for simulators and tests ------ */

struct hsc_wire {
	uint32_t size;
	uint32_t reserved;
	int (*reset)(const struct hsc_host *, struct hsc_request *);    /* [loop] ends it: the connection is reset, nothing sent */
	int (*bytes)(const struct hsc_host *, struct hsc_request *, const void *bytes, size_t length);  /* [loop] ends it: these bytes
	                                                                 * as they are, status line included, then the connection closes */
};

/* ---- declaring: a HubSpot object needs little code, or none -------------------------------------
 *
 * Its JSON Schema is the declaration.  The host takes from it the validation, the API document, the
 * mapping both ways ("x-hubspot-property": "content" beside a property names it to HubSpot; absent:
 * the same name) and the conversion of values (HubSpot speaks strings).  "readOnly" properties come
 * back and are never sent; "required" holds for creates, not for patches.  The operator may add
 * properties, change the HubSpot type and name the key in the configuration (objects.NAME).
 */
enum { HSC_OBJECT_UPSERT = 1,           /* POST path: create or update by the key, or create when there is none */
       HSC_OBJECT_CRUD = 2,             /* GET, PATCH and DELETE path/{id} */
       HSC_OBJECT_LIST = 4,             /* GET path, POST path/search */
       HSC_OBJECT_BATCH = 8,            /* POST path/batch */
       HSC_OBJECT_LINKS = 16,           /* GET, PUT and DELETE path/{id}/{object}..., "associations" in a write */
       HSC_OBJECT_ALL = 31 };

struct hsc_object {
	uint32_t size;
	uint32_t offers;                        /* HSC_OBJECT_... */
	const char *path;                       /* "/contacts" */
	const char *name;                       /* "contact": "hubspot_contact_id", "Contact created ..." */
	const char *hubspot;                    /* "contacts", "2-123456" */
	const char *key;                        /* the property that identifies a record ("email"); or NULL */
	const char *schema;                     /* JSON Schema text of one record */
	/* [loop] May change a record that met the schema before the object's routes write it, and may say what is wrong with it by
	 * appending {"field": "/due_date", "code": "...", "message": "..."} to `errors`: that record, alone in its batch, then gets
	 * 422.  is_part: of a PATCH.  `state` is what init() gave.  Or NULL. */
	void (*prepare)(const struct hsc_host *, struct json_t *record, struct json_t *errors, int is_part, void *state);
};

enum { HSC_PLUGIN_BY_NAME = 1 };

struct hsc_plugin {
	uint32_t size;
	uint16_t abi_major, abi_minor;
	uint32_t flags;                         /* HSC_PLUGIN_BY_NAME: loaded only when asked for by name */
	uint32_t reserved;
	const char *name;                       /* [a-z][a-z0-9-]{0,31}, the file is NAME.so; also the name of its section in the config */
	const char *version;
	const char *config_schema;              /* JSON Schema text; NULL: it takes no config */
	int (*init)(const struct hsc_host *, void **state);     /* registers everything; a failure stops the start */
	int (*start)(const struct hsc_host *, void *state);              /* [loop] the port is open: timers, reads; may be NULL */
	void (*fini)(void *state);              /* after the last callback; may be NULL; init may come again, unloading never */
};

#if defined(__GNUC__)
#define HSC_EXPORT __attribute__((visibility("default")))
#define HSC_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define HSC_EXPORT
#define HSC_PRINTF(f, a)
#endif

#define HSC_PLUGIN(...) \
	extern HSC_EXPORT const struct hsc_plugin hsc_plugin; \
	const struct hsc_plugin hsc_plugin = { .size = sizeof(struct hsc_plugin), \
		.abi_major = HSC_ABI_MAJOR, .abi_minor = HSC_NEEDS_MINOR, __VA_ARGS__ }
#define HSC_OBJECT(...) { .size = sizeof(struct hsc_object), __VA_ARGS__ }
#define HSC_OPERATION(...) { .size = sizeof(struct hsc_operation), __VA_ARGS__ }
#define HSC_ROUTE(...) { .size = sizeof(struct hsc_route), __VA_ARGS__ }

/* Is this member there?  For anything younger than minor 0: if (HSC_HAS(host->loop, fd_watch)) ... */
#define HSC_HAS(table, member) \
	((table)->size >= offsetof(__typeof__(*(table)), member) + sizeof((table)->member))

/* ---- sugar: no new powers, only shorter lines --------------------------------------------------- */

/* Submit for a request and hand HubSpot's reply through: `return hsc_pass(host, &operation);` */
static inline void hsc_pass_done(const struct hsc_result *result, void *ctx) {
	(void)ctx;
	result->host->hubspot->relay(result->host, result->request, result);
}

static inline int hsc_pass(const struct hsc_host *host, const struct hsc_operation *operation) {
	int error = host->hubspot->submit(host, operation, hsc_pass_done, NULL, NULL);
	return error ? error : HSC_LATER;       /* a handler's negative return: 500, logged and counted */
}

HSC_PRINTF(4, 5)
static inline void hsc_log(const struct hsc_host *host, int level, struct hsc_request *about,
                           const char *format, ...) {
	char line[512];
	va_list args;
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	host->watch->log(host, level, about, line);
}

#ifdef __cplusplus
}
#endif
#endif
