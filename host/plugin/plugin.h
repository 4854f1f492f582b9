/*
 * plugin/plugin.h - the border with plugins, layer 4: load, start, stop.
 *
 * A plugin is a shared object that exports one constant, `hsc_plugin`. The host reads it, checks it
 * against the ABI rule, lends it a `struct hsc_host` of its own and calls init(); whatever a plugin
 * does wrong at this border is refused, counted (connector_plugin_misuse_total) and named in the log.
 *
 * What init() registers is checked in the call and given to http and object only when init() has returned
 * 0, so a plugin that is refused leaves nothing behind. One exception: of an optional plugin that fails after that
 * (http or object refuse a part, or start() fails), http keeps the routes, which answer 404 and stay taken, and
 * objects already opened stay open (one whose plugin prepares its records takes none: 422).
 *
 * All of it belongs to the thread that calls plugins_load(), which is to be the loop's.
 */
#ifndef PLUGIN_PLUGIN_H
#define PLUGIN_PLUGIN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct http;
struct hubspot;
struct loop;
struct plugins;

/* What happens to a plugin that others than root and ourselves could change: its file, or a folder above it, is a stranger's, or
 * can be written by everybody (but in a sticky folder of root's, such as /tmp). */
enum plugins_trust { PLUGINS_TRUST_WARN,   /* a warning */
                     PLUGINS_TRUST_STRICT, /* it is refused */
                     PLUGINS_TRUST_AUTO }; /* refused when we are root, or run under systemd (INVOCATION_ID) */

struct plugins_settings {
	const char *version;             /* the host's, "0.9.0" */
	const char *const *folders;      /* searched for NAME.so in this order; ends in NULL */
	const char *const *files;        /* further plugins by path, loaded whatever `names` says; ends in NULL */
	const char *const *names;        /* load just these, in this order; NULL: all in the folders, by the alphabet, but those
	                                  * marked HSC_PLUGIN_BY_NAME */
	enum plugins_trust trust;
	const char *const *optional;     /* names that may fail: warned about and left out; ends in NULL, or NULL */
	const json_t *objects;           /* the configuration's "objects", or NULL */
	const json_t *config;            /* the configuration's "plugins", or NULL: {"NAME": {...}} */
};

/*
 * Loads the plugins and runs their init(). NULL when one that is not optional is refused, with one line in `error`:
 * which file, what was expected, what was found. `hubspot` may be NULL (a host that only simulates): submit() is refused then.
 * Settings are borrowed during the call; http, hubspot and loop for the life of the result.
 */
struct plugins *plugins_load(struct loop *loop, struct http *http, struct hubspot *hubspot, const struct plugins_settings *settings,
	char *error, size_t error_size);

/* Runs every start(), in order of loading; false, with one line, when one that is not optional fails. */
bool plugins_start(struct plugins *plugins, char *error, size_t error_size);

/* A submit without a request is refused from now on (HSC_ESTATE): the host is stopping. */
void plugins_close_submits(struct plugins *plugins);

/*
 * Ends what plugins still hold (an operation's done() hears HSC_EGONE, a request is http's alone, timers and posts never fire),
 * runs every fini(), in reverse order, and frees what only this thread can reach; nothing is ever unloaded. NULL is allowed. Comes when the loop has run
 * for the last time, and before http_destroy(); hubspot_destroy() may come before or after.
 */
void plugins_stop(struct plugins *plugins);

/* Frees what plugins_stop() leaves for threads that outlive their plugin's fini(): for tests that start again and again. */
void plugins_forget(void);

/*
 * A plugin brings the process down with it, but not silently. From crash_install() on, SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT
 * are told on standard error before they end the process as they always do: the signal, the plugin, callback, route and request
 * under way, a backtrace. An exit() that comes before crash_uninstall() is told likewise, and made a failure (status 1). And
 * a thread warns while a plugin's callback holds the loop, from the first second on.
 *
 * Called on the loop's thread, once the log is set up; crash_uninstall() before main() returns. Both may be called twice.
 */
void crash_install(void);
void crash_uninstall(void);

/* How many are loaded, and the name and version of one. */
size_t plugins_count(const struct plugins *plugins);
const char *plugins_name(const struct plugins *plugins, size_t index);
const char *plugins_version(const struct plugins *plugins, size_t index);

#endif
