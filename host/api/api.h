/*
 * api/api.h - the host's own pages, layer 3: health, readiness, metrics; and the account probe.
 *
 * GET /healthz   200 {"status":"ok"} while the loop turns; asks nobody.
 *
 * GET /readyz    200 or 503 {"status", "hubspot", "account", "missing_scopes"}. The status is the
 * first of these that holds: "draining", "wrong_account", "token_refused", "starting",
 * "account_unconfirmed", all 503; else "ready", 200. HubSpot being away is told ("hubspot":"down") and changes nothing: a balancer
 * that drops the only instance turns its 503 with Retry-After into a refused connection.
 *
 * GET /metrics   Prometheus text; of an API key it asks the scope connector:admin, unlike the two before, which are open.
 *
 * GET /openapi.json   OpenAPI 3.1 of all that is offered here, and nothing else: made once, by api_make_document(). Once there
 * are API keys it wants one, any of them: what it tells is no secret to those who may call, and none of others' business.
 *
 * GET /docs   a page (Swagger UI) that shows that document and tries its operations. Itself it is open, and so are its files
 * (/docs/{file}): a browser sends no key with a link, and there is nothing in them but what everybody can download. The document
 * it fetches like any other caller, and asks people for a key when it gets a 401. Nothing comes from elsewhere, and a strict
 * Content-Security-Policy holds it to that. Where its files did not come with the build, 404 says how to get them.
 *
 * All of them are offered on an admin listener, too, without a key.
 *
 * The probe asks HubSpot whose token it is and, once that is known, for the token's scopes, to learn
 * of a missing one before a caller does. Where HubSpot does not tell them, or it is not known which
 * an object needs, one record of the object is asked for; that sees scopes for reading only. One log
 * line tells the account, one each object whose scopes are missing. While HubSpot does not answer it
 * asks again, after 1 s, doubling to 60 s.
 *
 * Where an account is expected, nothing but the probe is sent (hubspot_hold()) until HubSpot has
 * confirmed that this token is of it: from api_create() on, and again after a new token. Until then
 * also an answer that does not tell the account is asked again, after 5 s at the most.
 *
 * Order of life: api_create, api_add_routes, api_add_object ..., api_make_document, api_set_ready, api_probe ...,
 * api_drain, and after hubspot_destroy() and http_destroy(), which may still call it, api_destroy.
 * Loop thread only.
 */
#ifndef API_API_H
#define API_API_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "hubspot/hubspot.h"

struct api;
struct http;
struct loop;

struct api_settings {
	const char *account_id; /* the one that is expected, or NULL: any */
	const char *token_name; /* the setting that the token came from, for the log */
	const char *version;     /* the host's, for the document */
	const char *public_url;  /* where callers find it, without a final slash; NULL: where they found the document */
	const char *docs_folder; /* with the files of /docs; during api_create(); NULL: they are not there */
	bool needs_key;          /* whoever calls without an API key is refused */
	/* The account is another one; told once, the log line is written. The host ends: nothing
	 * may be written there. */
	void (*on_wrong_account)(void *ctx);
	void *ctx;
};

/* `hubspot` may be NULL (a host that only simulates): then nothing is probed and nothing said about
 * it. Strings are borrowed for the life of the result. Aborts when out of memory. */
struct api *api_create(
	struct loop *loop, struct hubspot *hubspot, const struct api_settings *settings);

/* Frees. NULL is allowed. */
void api_destroy(struct api *api);

/* False, with one line in `error`: a path is taken. */
bool api_add_routes(struct api *api, struct http *http, char *error, size_t error_size)
	__attribute__((warn_unused_result));

/* An object that will be probed: its path ("/contacts") for people and HubSpot's type. Copied. */
void api_add_object(struct api *api, const char *path, const char *hubspot_type);

/* Makes the document of what `http` offers by now; once, when all routes are there. Aborts when out of memory. */
void api_make_document(struct api *api, const struct http *http);

/* Its text, borrowed for the life of `api`; "" before it was made. */
const char *api_document(const struct api *api, size_t *length);

/* The plugins have started. */
void api_set_ready(struct api *api);

/* The token is another one: asks for its account. */
void api_token_changed(struct api *api);

/* Asks for the account, now; when it is being asked already, once more after that: the token may be
 * a new one. */
void api_probe(struct api *api);

/* Not ready from now on, no more probes, those under way are cancelled: the host is stopping. NULL
 * is allowed. */
void api_drain(struct api *api);

/* ---- the probe's questions, for a command that asks them by itself; without a struct api ---- */

/* Whose is the token, and what may it do? As hubspot_submit(). */
bool api_ask_account(struct hubspot *hubspot, hubspot_done_fn *done, void *ctx,
	struct hubspot_handle **handle) __attribute__((warn_unused_result));
bool api_ask_scopes(struct hubspot *hubspot, hubspot_done_fn *done, void *ctx,
	struct hubspot_handle **handle) __attribute__((warn_unused_result));

/* The answer to the first: {"id","type","region","time_zone","currency"}, only the id always; a new
 * reference. NULL: it does not tell the id, or there is no memory. */
json_t *api_read_account(const json_t *record);

/* What stands for HubSpot's `type` in the names of its scopes, "crm.objects.NAME.read"; NULL: not
 * known. */
const char *api_scope_name(const char *type);

enum api_scopes { API_SCOPES_THERE, API_SCOPES_MISSING, API_SCOPES_NOT_KNOWN };
enum { API_SENTENCE_SIZE = 192 };

/* May a token with these scopes (the array in the answer to the second; NULL or empty: not told)
 * read and write records of `type`? MISSING, and `sentence` says which it lacks. */
enum api_scopes api_judge_scopes(
	const char *type, const json_t *scopes, char sentence[API_SENTENCE_SIZE]);

#endif
