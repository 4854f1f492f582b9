/* api/inside.h - what the pages and the probe share. */
#ifndef API_INSIDE_H
#define API_INSIDE_H

#include "api/api.h"

#include <jansson.h>
#include <stdint.h>

#include "base/list.h"
#include "hubspot/hubspot.h"
#include "loop/loop.h"

struct http_description;
struct http_request;
struct http_route;
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

/* What is replied as it is, to those who do not have it yet. */
enum { ETAG_SIZE = 24, DOCS_FILES_MAX = 6 };
struct text {
	char *bytes; /* NULL: it is not there */
	size_t length;
	char etag[ETAG_SIZE];
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

	json_t *written;      /* openapi.schema.json, read */
	struct text document; /* OpenAPI */
	struct text docs[DOCS_FILES_MAX]; /* in the order of docs.c's table */
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

/* ---- openapi.c: the document; openapi_page.c: the page of it ---- */

void openapi_init(struct api *api);
void openapi_finish(struct api *api);
int openapi_page(struct http_request *request, void *ctx);

/* What openapi.schema.json says of one of the host's own pages, as http_route's describe. */
bool openapi_describe(const struct http_route *route, struct http_description *description, void *ctx);

/* ---- openapi_operation.c: one route of it ---- */

/* A document while it is made. */
struct document {
	json_t *paths;
	json_t *schemas;
	json_t *tags;   /* {"name": "description"} */
	json_t *shapes; /* {"/a/{}": "/a/{id}"}: which path stands for all that differ in names only */
	json_t *ids;    /* {"operationId": true} */
	bool needs_key;
	bool are_host_pages; /* these are being added, or all others */
};

/* Adds the operations of `route`. Of those that share a path and a method the first one counts. */
void operations_add(struct document *document, const struct http_route *route);

/* ---- openapi_refs.c ---- */

/* Removes components that nothing refers to. */
void refs_prune(json_t *components, const json_t *paths);

/* ---- text.c ---- */

/* Takes over `bytes`. */
void text_init(struct text *text, char *bytes, size_t length);
void text_finish(struct text *text);

/* 304 where the request has it already, by If-None-Match; else 200. Returns what a handler returns. */
int text_reply(struct http_request *request, const struct text *text, const char *type);

/* ---- docs.c ---- */

void docs_init(struct api *api);
void docs_finish(struct api *api);
int docs_page(struct http_request *request, void *ctx);
int docs_file(struct http_request *request, void *ctx);

/* ---- pages.c ---- */

void pages_init(struct api *api);
int pages_health(struct http_request *request, void *ctx);
int pages_ready(struct http_request *request, void *ctx);
int pages_metrics(struct http_request *request, void *ctx);

#endif
