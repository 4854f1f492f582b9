/*
 * check.h - commands that print and end, on the roof.
 */
#ifndef CHECK_H
#define CHECK_H

struct command;
struct config;

/* Prints the effective settings, then what is loaded; verifies what can be verified without a port
 * and without HubSpot. Each fault is one log line. The exit code: 0, or 1 when `serve` with the
 * same words would be refused. */
int check_run(const struct command *command, struct config *config);

/* Prints how the program is called or, with the topic "settings", every setting. */
void help_print(const char *topic);

#endif
