/*
 * command.h - the command line, on the roof: words -> struct command.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum command_verb { COMMAND_SERVE, COMMAND_SANDBOX, COMMAND_CHECK, COMMAND_OPENAPI, COMMAND_PULL, COMMAND_PLUGIN, COMMAND_KEY_NEW,
                    COMMAND_KEY_LIST, COMMAND_KEY_REVOKE, COMMAND_VERSION, COMMAND_HELP };

enum { COMMAND_PLUGINS_MAX = 64, COMMAND_SCOPES_MAX = 64, COMMAND_ERROR_SIZE = 256 };

/* Of key new, list and revoke; as they were given. */
struct command_key {
	const char *name;
	const char *file;
	const char *scopes[COMMAND_SCOPES_MAX + 1]; /* ends in NULL */
	const char *priority, *batch_priority, *weight, *rate, *expires;
};

/* Borrows from argv. */
struct command {
	enum command_verb verb;
	bool is_sandbox;    /* serve, check and others: the sandbox in HubSpot's place */
	bool is_online;     /* check: HubSpot is asked too */
	const char *listen; /* or NULL, and so are the others */
	const char *plugin_dir;
	const char *env_file;
	const char *topic;                            /* of help: "settings" */
	const char *pull;                             /* properties pull: the object, "contacts" */
	const char *names;                            /* of its properties, apart by commas */
	const char *plugin_name;                      /* plugin new: NAME, */
	const char *from;                             /* of this template, */
	const char *into;                             /* in a folder of this one, */
	const char *singular;                         /* and one record is called so */
	const char *plugins[COMMAND_PLUGINS_MAX + 1]; /* files; ends in NULL */
	struct command_key key;
};

/* False, with one line in `error`, for a command or an option that is not known, or not of that
 * command. */
bool command_parse(struct command *command, int argc, char **argv, char error[COMMAND_ERROR_SIZE])
	__attribute__((warn_unused_result));

/* Appends how the program is called. */
void command_print_usage(struct buf *to);

#endif
