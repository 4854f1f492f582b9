/*
 * ask.h - questions to HubSpot from commands that print and end, on the roof.
 *
 * The host is one that host_open() has made of ask_command(); its plugins are not started. Each
 * question runs the loop until its answer is there, which HUBSPOT_DEADLINE_MS bounds.
 */
#ifndef ASK_H
#define ASK_H

#include <jansson.h>
#include <stdbool.h>

#include "command.h"
#include "host.h"
#include "hubspot/hubspot.h"

/* The command that host_open() gets, so that HubSpot can be asked: with --sandbox the internal
 * listener is opened, as `serve` does. */
struct command ask_command(const struct command *command);

/* Is there a token to ask with? To be asked before host_open(). False, with the line to say. */
bool ask_may(const struct command *command, const struct config *config,
	char error[HOST_ERROR_SIZE]) __attribute__((warn_unused_result));

struct answer {
	enum hubspot_failure failure;
	int status;
	json_t *body;  /* or NULL */
	char *message; /* HubSpot's, of a failure; of missing scopes the sentence that names them; or
			  NULL */
};

/* `call` as the object of a RAW operation: "GET {objects}/contacts?limit=1". */
void ask_call(struct host *host, const char *call, struct answer *answer);
void ask_scopes(struct host *host, struct answer *answer);
void answer_finish(struct answer *answer);

/* Whose is the token? First of all: it may be asked before anything else may. *account is
 * {"id","type","region",...}, a new reference, or NULL: HubSpot does not tell. False, with one line
 * in `error`: the token is refused, HubSpot does not answer, or HUBSPOT_ACCOUNT_ID is another one. */
bool ask_account(struct host *host, json_t **account, char error[HOST_ERROR_SIZE])
	__attribute__((warn_unused_result));

/* HubSpot's definitions of the properties of its `type`, without those that are archived:
 * {name: definition}, a new reference. NULL, with one line in `error`. */
json_t *ask_definitions(struct host *host, const char *type, char error[HOST_ERROR_SIZE])
	__attribute__((warn_unused_result));

#endif
