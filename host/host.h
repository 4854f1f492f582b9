/*
 * host.h - the roof: what is put together, and in which order it starts and ends.
 *
 * host_open()   from the settings to a host that could serve: HubSpot's client, plugins, objects,
 * pages. It sends nothing and opens no port but, with the sandbox in HubSpot's place, the internal
 * one. host_run()    opens the port, starts the plugins, serves until the stop has been carried out
 * (stop.c). host_close()  ends and frees what is left, in the order that host.c says.
 */
#ifndef HOST_H
#define HOST_H

#include "config/config.h"

#include "loop/loop.h"

struct api;
struct command;
struct http;
struct hubspot;
struct plugins;

enum { HOST_ERROR_SIZE = 1024 };

/* Exit codes of the program. */
enum { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_WRONG = 2 };

/* How far a stop has come; the order is lived in stop.c. */
enum stop_state { STOP_NOT, STOP_REQUESTS, STOP_HUBSPOT, STOP_INTERNAL, STOP_PLUGINS, STOP_DONE };

struct host {
	const struct command *command;
	struct config *config;
	struct loop *loop;
	struct http *http;
	struct hubspot *hubspot; /* NULL: the sandbox alone */
	struct plugins *plugins;
	struct api *api;
	json_t *api_keys; /* the callers' API keys, as their file has them; NULL: there is none */

	enum stop_state stop;
	struct loop_timer grace;
	struct loop_timer reload; /* a SIGHUP came soon after another one */
	uint64_t reloaded_ms;     /* on clock_precise_ms(); 0: never */
	int exit_code;
};

/* Before anything else: a broken pipe is no end, files are ours alone, and nobody looks into a
 * process that has secrets. */
void host_protect(bool has_secrets);

/* False, with one line in `error`; host_close() is due all the same. */
bool host_open(struct host *host, const struct command *command, struct config *config,
	char error[HOST_ERROR_SIZE]) __attribute__((warn_unused_result));

/* The exit code; false starts are logged. */
int host_run(struct host *host);
void host_close(struct host *host);

/* Is everything there that a serving host needs: a token, and the operator's word on who may call?
 * False, with the line to say; it is a wrong setting, not a failure. */
bool host_may_serve(const struct command *command, const struct config *config,
	char error[HOST_ERROR_SIZE]) __attribute__((warn_unused_result));

/* ---- parts (folders.c, stop.c) ---- */

/* The file of a plugin of ours that is needed: in the plugin folders, then beside the host's own. The
 * caller frees it; NULL, with a line. */
char *plugin_find(const struct config *config, const char *name, char error[HOST_ERROR_SIZE]);

/* The folders to look for plugins in: those of the setting, or else the host's own. Ends in NULL,
 * the caller frees it and not what it points to. */
const char **plugin_folders(const struct config *config);

/* The path `relative` to the folder that the program lies in, in its plain form; the caller frees
 * it. NULL: nothing is there. */
char *folder_beside(const char *relative);

/* SIGTERM and SIGINT: the first begins the stop, the second ends the process. */
bool stop_on_signals(struct host *host);

/* Ends the process, now, with exit 1: what waits is dropped, and the log says what that is. `why`
 * NULL: the log has been told. */
_Noreturn void stop_now(struct host *host, const char *why);

#endif
