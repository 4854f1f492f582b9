/*
 * check.h - commands that print and end, on the roof.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>

struct command;
struct config;
struct host;

/* Prints the effective settings, then what is loaded; verifies what can be verified without a port
 * and without HubSpot, and with --online what HubSpot says of it. Each fault is one log line. The
 * exit code: 0, or 1 when `serve` with the same words would be refused, or HubSpot lacks something. */
int check_run(const struct command *command, struct config *config);

/* Asks HubSpot (online.c): is the token accepted, are its scopes, the account's properties, their
 * types and options as the loaded objects need them? Prints what is so; false: there are faults. */
bool online_check(struct host *host) __attribute__((warn_unused_result));

/* Prints (pull.c) the fragments of command->pull's properties, those that the plugin's own schema does
 * not have or those of command->names, as JSON; one log line says how many, and from which account.
 * A fault is one log line. The exit code: 0; 1: HubSpot, or what is loaded; 2: no token, no such object. */
int pull_run(const struct command *command, struct config *config);

/* Prints (openapi.c) the API document, without a port and without HubSpot. The exit code: 0, or 1 with one log line. */
int openapi_run(const struct command *command, struct config *config);

/* Prints how the program is called or, with the topic "settings", every setting. */
void help_print(const char *topic);

#endif
