/*
 * config/config.h - the settings, layer 1: where they come from and what they may be.
 *
 * Every setting stands once, in the table of settings.c: name, type, bounds, default, help. From it
 * derive reading, refusing, `check`, `help settings` and .env.example. Sources, the first that
 * names a setting wins: the command line, the environment, a .env file; then CONNECTOR_CONFIG names
 * a JSON file for what is structured. Set to nothing (NAME=) means: the default.
 *
 * Any wrong value, any unknown CONNECTOR_ name: one line that names the setting, what was expected
 * and what was found, but never a secret's value, nor what may hold one.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/banned.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum { CONFIG_ERROR_SIZE = 1024, CONFIG_SETTINGS_MAX = 48 };

enum config_strict { CONFIG_STRICT_UNSET, CONFIG_STRICT_NO, CONFIG_STRICT_YES };
enum config_anonymous { CONFIG_ANONYMOUS_UNSET, CONFIG_ANONYMOUS_LOOPBACK, CONFIG_ANONYMOUS_ANY };

/* Where a value comes from. */
enum config_origin { ORIGIN_DEFAULT, ORIGIN_COMMAND_LINE, ORIGIN_ENVIRONMENT, ORIGIN_FILE };

#define CONFIG_RATE_OFF UINT32_MAX

/*
 * Texts and lists are owned; a text that is not set is NULL, a list ends in NULL and is NULL when
 * not set. A choice is the index of its word in the table, which follows the enum named beside it.
 */
struct config {
	char *token;      /* HubSpot's, when it was given as a value */
	char *token_file; /* ... or as a file; with --sandbox neither is looked at */
	char *account_id;
	char *base_url;
	uint32_t api_version; /* config_api_version() */
	uint32_t rate_limit;  /* calls per 10 s; 0: not set; CONFIG_RATE_OFF */
	uint32_t upsert;      /* enum hubspot_upsert */
	uint32_t max_calls;
	uint32_t call_timeout_ms;
	uint32_t deadline_ms; /* of an operation without a request */
	char *proxy;
	char *ca_file;

	char *listen; /* "ADDRESS:PORT", "[ADDRESS]:PORT" or "unix:PATH" */
	char *admin_listen;
	char *public_url;     /* or NULL */
	char **plugin_dir;
	char **plugins;
	char **plugins_optional;
	char *object_dir;    /* of NAME.object.json files */
	uint32_t strict_plugins; /* enum config_strict */
	char *api_keys_file; /* of the callers' API keys */
	uint32_t anonymous;  /* enum config_anonymous */
	uint32_t log_level;  /* enum log_level */
	uint32_t log_format; /* enum log_format */
	uint32_t request_timeout_ms;
	uint32_t idle_timeout_ms;
	uint32_t max_connections;
	uint32_t max_head_bytes;
	uint32_t max_body_bytes;
	uint32_t max_waiting_rows;
	uint32_t drain_ms;
	char *file;

	json_t *objects;  /* of the JSON file: {"NAME": {...}}, never NULL */
	json_t *sections; /* its "plugins", with $file and $env filled in; never NULL */

	enum config_origin origins[CONFIG_SETTINGS_MAX]; /* by the setting's place in the table */
	char token_name[64]; /* the spelling that was used; "HUBSPOT_PRIVATE_APP_TOKEN" when none
				   was */
};

struct config_sources {
	char **environment;   /* like environ; the value of a secret is overwritten in place */
	const char *env_file; /* NULL: ".env" in the working directory, when it is there */
	bool is_sandbox;      /* the token is wiped unread */
	const char *listen;   /* of the command line, or NULL */
	const char *plugin_dir;
};

/*
 * Reads all sources. False, with one line in `error`: nothing is held. Warnings go to the log.
 * Raises RLIMIT_NOFILE to its hard limit, because the bound of connections derives from it.
 */
bool config_load(struct config *config, const struct config_sources *sources,
	char error[CONFIG_ERROR_SIZE]) __attribute__((warn_unused_result));

/* Frees all, wipes the token; a zeroed config is allowed. */
void config_finish(struct config *config);

/* Wipes the token, when its user has taken a copy. */
void config_forget_token(struct config *config);

bool config_has_token(const struct config *config);

/*
 * The text of `path`, a file that may hold secrets, without one newline at its end; free it, after memory_wipe() where that
 * matters. Symbolic links are followed; it must be a regular file of at most `most` bytes; writable by others: refused;
 * readable by others: warned about. NULL, with "PATH cannot be read: ..." or the like in `error`, which never quotes the text.
 */
char *config_read_secret(const char *path, size_t most, char *error, size_t error_size)
	__attribute__((warn_unused_result));

/* "2026-09", ... */
const char *config_api_version(const struct config *config);

/* Is `address` (as in CONNECTOR_LISTEN) one that no other machine reaches? */
bool config_is_loopback(const char *address);

/* Sets the log's level and format from these variables alone, before anything can be refused; what
 * is wrong with them is told by config_load(). */
void config_setup_log(char *const *environment);

/* Appends the effective settings, one a line: name, value ("(set)" for a secret), where it comes
 * from. */
void config_print(const struct config *config, struct buf *to);

/* Appends every setting with its help and its default, as a .env file: .env.example is this text.
 */
void config_print_example(struct buf *to);

#endif
