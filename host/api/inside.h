/* api/inside.h - what the pages and the probe share. */
#ifndef API_INSIDE_H
#define API_INSIDE_H

#include "api/api.h"

#include <jansson.h>
#include <stdint.h>

#include "base/list.h"
#include "hubspot/hubspot.h"
#include "loop/loop.h"

struct http_request;
struct metric;

/* An object to be probed. */
struct probed {
	struct list link;
	struct api *api;
	char *path;
	char *type;
	struct hubspot_handle *handle; /* NULL: not being asked */
	char *missing;                 /* a sentence on the scopes that it lacks; or NULL */
};

/* The metrics of the process (pages.c). */
enum process_metric {
	PROCESS_START,
	PROCESS_CPU,
	PROCESS_MEMORY,
	PROCESS_FDS,
	PROCESS_MAX_FDS,
	PROCESS_LOG_LOST,
	PROCESS_METRICS
};

struct api {
	struct loop *loop;
	struct hubspot *hubspot;
	struct api_settings settings;
	bool is_ready;
	bool is_draining;
	bool is_wrong_account;
	bool is_held; /* an account is expected, and not confirmed for this token */
	struct metric *process[PROCESS_METRICS];

	/* the probe (account.c) */
	struct loop_timer again;
	uint64_t asked_ms;             /* when the running probe was begun */
	uint64_t wait_ms;              /* before the next try, when this one fails */
	struct hubspot_handle *handle; /* of the account's operation; NULL: not being asked */
	bool asks_once_more;
	const char *told;    /* the failure that the log has been told; NULL: none since the last
				success */
	json_t *account;     /* {"id","type","region",...}; NULL: not known */
	struct list objects; /* of struct probed */
	struct hubspot_handle *scopes; /* of the question for all scopes; NULL: not being asked */
	bool asks_scopes_once_more;

	struct loop_timer look; /* revive.c's */
};

/* ---- account.c, scopes.c ---- */

void revive_start(struct api *api);
void revive_stop(struct api *api);

void account_init(struct api *api);

/* Cancels what is under way and stops asking. */
void account_stop(struct api *api);

/* Asks for the token's scopes, and what they do not tell for a record of each object. */
void scopes_ask(struct api *api);
void scopes_stop(struct api *api);

/* Array of {"object","message"}, new; NULL: nothing is missing. */
json_t *scopes_missing(const struct api *api);

/* ---- pages.c ---- */

void pages_init(struct api *api);
int pages_health(struct http_request *request, void *ctx);
int pages_ready(struct http_request *request, void *ctx);
int pages_metrics(struct http_request *request, void *ctx);

#endif
