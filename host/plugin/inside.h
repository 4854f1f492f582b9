/*
 * plugin/inside.h - what the files of this module share, and nobody else sees.
 *
 * A plugin holds tokens, never our memory: a token is a number in a pointer's clothes (bit 63 set, so
 * no address of user space; a generation, a kind, an index). A table slot knows its owner, so a
 * token that has ended, or is another plugin's, is told from a good one without touching what it meant.
 *
 * Everything here is for the loop thread, but misuse(), lend_host() and what is marked [any].
 */
#ifndef PLUGIN_INSIDE_H
#define PLUGIN_INSIDE_H

#include <hubspot-connector/plugin.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"

struct http;
struct http_description;
struct http_request;
struct http_route;
struct hubspot;
struct hubspot_result;
struct loop;
struct metric;
struct object;
struct plugins_settings;
struct schema;

/* ---- tokens (tokens.c) ---- */

enum token_kind { TOKEN_REQUEST = 1, TOKEN_OPERATION, TOKEN_TIMER };
enum token_fault { TOKEN_GOOD, TOKEN_STALE, TOKEN_REPLIED };

struct token_slot {
	void *thing;           /* NULL: free */
	struct plugin *owner;
	uint32_t generation;   /* of the thing, or of the next one while free; never 0 */
	uint32_t next_free;    /* index + 1; 0: none */
	bool is_by_reply;      /* how the generation before this one ended */
};

struct tokens {
	enum token_kind kind;
	struct token_slot *slots;
	uint32_t count;
	uint32_t first_free;   /* index + 1; 0: none */
	uint32_t last_free;
};

void tokens_init(struct tokens *tokens, enum token_kind kind);
void tokens_finish(struct tokens *tokens);

/* A token of `owner` for `thing` (borrowed, not NULL), or NULL: no memory. */
void *tokens_take(struct tokens *tokens, struct plugin *owner, void *thing);

/* The token's thing, or NULL and why; the thing of another owner is as good as none. */
void *tokens_find(const struct tokens *tokens, const struct plugin *owner, const void *token,
	enum token_fault *fault);

/* Ends a good token; from now on it is stale. */
void tokens_give(struct tokens *tokens, const void *token, bool is_by_reply);

/* Any thing of `owner`, or NULL: to end them all. */
void *tokens_any(const struct tokens *tokens, const struct plugin *owner);

/* ---- one plugin, and all of them ---- */

enum misuse_rule {
	MISUSE_BAD_ARGUMENT,
	MISUSE_STALE_TOKEN,
	MISUSE_SECOND_REPLY,
	MISUSE_FORGOTTEN_REPLY,
	MISUSE_LATE_REGISTRATION,
	MISUSE_EARLY_CALL,
	MISUSE_WRONG_THREAD,
	MISUSE_WRONG_RETURN,
	MISUSE_RULES
};

enum plugin_phase { PLUGIN_INIT, /* may register */
                    PLUGIN_READY,
                    PLUGIN_LEFT_OUT }; /* refused; what http keeps of its routes answers 404 */

enum { PLUGIN_FAULT_SIZE = 384, PLUGIN_NAME_MAX = 32 };

struct plugin {
	struct list link; /* in plugins->list, in order of loading */
	struct hsc_host host;
	struct plugins *plugins;
	const struct hsc_plugin *declaration;
	char name[PLUGIN_NAME_MAX + 1];
	char as_caller[PLUGIN_NAME_MAX + sizeof("plugin:")]; /* no API key can be named so */
	char *file;
	_Atomic enum plugin_phase phase;
	bool is_optional;
	bool is_inited; /* so fini is owed */
	void *state;
	char fault[PLUGIN_FAULT_SIZE]; /* the first registration that was refused; "" if none */
	struct list schemas;
	struct list routes;
	struct list objects;
	struct list metrics;
	struct list provisions; /* tables lent to other plugins */
	struct metric *misuse[MISUSE_RULES];
	_Atomic uint64_t told_ms[MISUSE_RULES];
};

struct plugins {
	struct list link; /* in `stopped` of plugins.c, at its end */
	struct list list;
	struct loop *loop;
	struct http *http;
	struct hubspot *hubspot; /* may be NULL */
	char *version;
	const json_t *objects;   /* during plugins_load() only */
	pthread_t loop_thread;
	struct tokens requests;
	struct tokens operations;
	struct tokens timers;
	const struct shown_result *shown; /* what the running done() looks at ... */
	size_t shown_count;               /* ... and how many; 0: none runs */
	bool submits_are_closed;
	bool is_stopping;
	_Atomic bool are_started; /* or starting: every init() is over */
	pthread_mutex_t post_lock;
	struct list posts; /* under post_lock, with the next one */
	bool posts_are_closed;
};

/* ---- the loader's parts ---- */

/* Does a host of one ABI version take a plugin of another? The same major, and no newer minor. */
bool abi_fits(unsigned host_major, unsigned host_minor, unsigned plugin_major, unsigned plugin_minor);

/* Is it [a-z][a-z0-9-]{0,31}? */
bool is_plugin_name(const char *name);

/* The file behind `file`, links resolved, for the caller to free. NULL, with one line in `error`: there is no such regular
 * file, or the rules of trust.c are broken and `is_strict`; otherwise those are warned about. */
char *trust_resolve(const char *file, bool is_strict, char *error, size_t error_size);

/* Loads the file at `path` and examines its constant; `file` is its name, for the rule about names and for the words.
 * NULL, with one line in `error`. */
const struct hsc_plugin *loader_open(const char *file, const char *path, char *error, size_t error_size);

/* Which files to load, in order. */
struct found {
	struct list link;
	char *name;       /* the file's, without ".so" */
	char *file;
	bool is_by_name;  /* asked for: HSC_PLUGIN_BY_NAME does not hold it back */
	bool is_missing;  /* a name in the settings that no file has; `file` is the line to say so */
};
void search_find(const struct plugins_settings *settings, struct list *found);
void search_finish(struct list *found);

/* Checks the plugin's section against its config_schema and lends it. False, with one line without the file's name. */
bool settings_lend(struct plugin *plugin, const json_t *config, char *error, size_t error_size);

/* False, with one line, when a section of `config` belongs to no plugin that was tried. */
bool settings_check_names(const struct plugins *plugins, const json_t *config, char *error,
	size_t error_size);

/* ---- lending (lend.c) ---- */

/* Fills plugin->host; the name is set. */
void lend_open(struct plugin *plugin);

/* Ends what the plugin holds: operations hear HSC_EGONE, requests are http's alone, timers and posts never fire. */
void lend_close(struct plugin *plugin);

/* The plugin behind `host`; or NULL, logged, when that is NULL. [any] */
struct plugin *lend_host(const struct hsc_host *host, const char *function);

/* 0 and *plugin, when `host` is one and this is the loop's thread; else the error to return, counted. [any] */
int lend_enter(const struct hsc_host *host, const char *function, struct plugin **plugin);

/* The same for what belongs into init(). */
int lend_enter_init(const struct hsc_host *host, const char *function, struct plugin **plugin);

/* Counts a broken rule, logs it once a second, and returns the error that belongs to it. [any] */
int misuse(struct plugin *plugin, enum misuse_rule rule, const char *function, const char *what);

bool is_loop_thread(const struct plugins *plugins);

/* ---- what runs now (running.c), told by crash.c ---- */

enum { RUNNING_ID_SIZE = 72 };

/* One callback of a plugin, while it runs; it lies in its caller's frame. */
struct running {
	const struct running *outer;
	const char *plugin;
	const char *callback;                 /* load, init, start, fini, handle, gone, done, prepare, timer, post */
	const char *route;                    /* or NULL */
	char request_id[RUNNING_ID_SIZE];     /* "": none; a copy, because the callback may end the request */
	uint64_t began_ms, held_ms;           /* on clock_precise_ms(): this one's begin, and that of the outermost */
};

/* Around every call into a plugin, on the loop's thread. `http` is the request it is about, or NULL. running_leave() logs a
 * callback that has held the loop for over 20 ms. */
void running_enter(struct running *running, const struct plugin *plugin, const char *callback,
	const struct http_request *http);
void running_leave(const struct running *running);

/* The same where nobody waits for the loop yet, or any more. */
void running_leave_quietly(const struct running *running);

/* The innermost callback, or NULL; on the loop's thread, a signal's handler included. */
const struct running *running_now(void);

/* A thread that warns while a callback holds the loop, from the first second on. */
void running_watch(void);
void running_unwatch(void);

/* ---- structs that plugins hand in (taken.c) ---- */

/* What each was at 1.0, which is the least it can be. */
enum {
	ROUTE_SIZE_AT_1_0 = 80,
	OPERATION_SIZE_AT_1_0 = 88,
	RESULT_SIZE_AT_1_0 = 80,
	OBJECT_SIZE_AT_1_0 = 56,
};

/* Copies what a plugin hands in to `to`; what its minor did not know is zero there. NULL, or what is wrong with it. */
const char *take_struct(void *to, size_t to_size, const void *given, size_t least);

/* ---- registering (registry.c) ---- */

struct lent_schema {
	struct list link;
	char *id;
	struct schema *schema;
	json_t *definition;
};

struct lent_route {
	struct list link;
	struct plugin *plugin;
	char *method; /* NULL: any */
	char *path;
	char *summary;
	char *scope; /* NULL: http's choice */
	uint32_t flags;
	uint32_t timeout_ms;
	uint32_t max_body_bytes;
	const struct schema *body_schema;
	const struct schema *query_schema;
	const struct lent_schema *body, *query, *reply; /* the same, and the reply's, to be told; or NULL */
	bool is_given; /* http has it, for good */
	int (*handle)(const struct hsc_host *, struct hsc_request *, void *state);
};

int registry_add_schema(const struct hsc_host *host, const char *id, const char *text);
int registry_add_route(const struct hsc_host *host, const struct hsc_route *route);

/* Refuses a registration: counted, logged, and the first one kept for the line about a failing init(). */
int registry_refuse(struct plugin *plugin, const char *function, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* 0 when a route of this method (NULL: any) may stand at this path; else refused. */
int registry_check_path(struct plugin *plugin, const char *function, const char *method, const char *path);

/* A copy, or NULL of NULL. */
char *registry_copy(const char *text);

/* The JSON Schema in `text`, compiled; or NULL, with one line in `error`. */
struct schema *compile_text(const char *text, char *error, size_t error_size);

/* Gives what init() registered to http and object. False, with one line: routes given so far stay and
 * answer 404, objects stay open; so all that can be checked is checked before the first is given. */
bool registry_hand_over(struct plugin *plugin, char *error, size_t error_size);
void registry_finish(struct plugin *plugin);

/* ---- objects (objects.c) ---- */

int objects_add(const struct hsc_host *host, const struct hsc_object *object);

/* All that can be known before the first one is opened; then opens them. False, with one line. */
bool objects_check(struct plugin *plugin, char *error, size_t error_size);
bool objects_open(struct plugin *plugin, char *error, size_t error_size);
void objects_finish(struct plugin *plugin);

/* A line why `path` is no path of a route, or NULL. `shape`, as large as the path with its NUL, gets it
 * without the parameters' names: two routes of one shape are the same place. */
const char *path_fault(const char *path, char *shape);
bool path_is_reserved(const char *path);

/* ---- requests (lend_http.c) ---- */

struct lent_request {
	struct plugin *plugin;
	struct http_request *http;
	struct hsc_request *token;
	void (*gone)(struct hsc_request *request, void *ctx);
	void *gone_ctx;
	struct list operations;
	bool is_replied; /* or about to be: its end is no forgotten reply */
};

/* The route's handler towards http; ctx is its struct lent_route. */
int lend_handle(struct http_request *http, void *ctx);

/* What an API document says of it (describe.c), as http_route's describe. */
bool describe_route_lent(const struct http_route *route, struct http_description *description, void *ctx);

/* The plugin's live request; or NULL, counted, and in *error what to return. A token that was ended by a
 * reply breaks `replied_rule`. */
struct lent_request *lend_request(const struct hsc_host *host, struct hsc_request *token, const char *function,
	enum misuse_rule replied_rule, int *error);

/* Does the request want something changed? */
bool lend_is_write(const struct http_request *http);

/* From now on the plugin's requests are http's alone. */
void lend_drop_requests(struct plugin *plugin);

/* ---- operations (operation.h has what only their own files need) ---- */

/* The request has lost its client, or has ended: operations that need not finish are cancelled, and all, if
 * `is_ended`, let go. */
void lend_cancel_operations(struct lent_request *request, bool is_ended);
void lend_drop_operations(struct plugin *plugin);

/* ---- timers, posts, metrics, tables ---- */

/* For plugins_forget(). */
void lend_drop_metrics(struct plugin *plugin);
void lend_drop_provisions(struct plugin *plugin);

void lend_drop_timers(struct plugin *plugin);
void lend_drop_posts(struct plugin *plugin);

/* host->provide, host->extension (extension.c). */
int lend_provide(const struct hsc_host *host, const char *id, const void *table);
const void *lend_extension(const struct hsc_host *host, const char *id);

extern const struct hsc_http LEND_HTTP;
extern const struct hsc_wire LEND_WIRE;
extern const struct hsc_hubspot LEND_HUBSPOT;
extern const struct hsc_loop LEND_LOOP;
extern const struct hsc_watch LEND_WATCH;

#endif
