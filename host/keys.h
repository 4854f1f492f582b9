/*
 * keys.h - the file of API keys, on the roof: read, told, and changed.
 */
#ifndef KEYS_H
#define KEYS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct buf;
struct command;
struct host;

/* The keys of the file at `path`, a new reference; NULL, with one line in `error` (HOST_ERROR_SIZE). */
json_t *keys_read(const char *path, char *error) __attribute__((warn_unused_result));

/* Appends a line for each: name, scopes, priorities, rate, expiry; never a hash. `margin` stands before it. */
void keys_print(const json_t *keys, const char *margin, struct buf *to);

/* The keys of CONNECTOR_API_KEYS_FILE, if it is set, are the host's from now on. False, with one line in `error`
 * (HOST_ERROR_SIZE). */
bool keys_load(struct host *host, char *error) __attribute__((warn_unused_result));

/* The same on SIGHUP: what is wrong is logged, and the old keys stay. */
void keys_reload(struct host *host);

/* The commands key new, list and revoke (key.c). The exit code: 0; 1: the file; 2: what was asked for. */
int key_run(const struct command *command);

#endif
