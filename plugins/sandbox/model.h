/*
 * model.h - one model of HubSpot: a request goes in, the reply HubSpot would
 *give comes out.
 *
 * No sockets, no clock, no threads, no global state. Two models with the same
 *settings that are asked the same things at the same times answer the same
 *bytes, correlation ids and shuffles included. The plugin serves it over HTTP;
 *tests run it in their own process, in virtual time. README.md beside this file
 *says of each imitated behaviour whether it is documented, observed or assumed.
 *
 *	struct model *model = model_create(&model_defaults);
 *	model_handle(model, &request, now_ms, &reply);
 *	... reply.status, reply.bytes ...
 *	model_reply_finish(&reply);
 *	model_destroy(model);
 *
 * Paths: HubSpot's own, legacy and dated (/crm/v3/objects/contacts,
 * /crm/objects/2026-09/contacts), and the tests' own: POST /__control, GET
 * /__state, GET /__state/TYPE, GET /__journal?last=N, GET
 *__dump. These need no token, cost nothing of a limit, are never delayed and
 *appear in no count.
 */
#ifndef SANDBOX_MODEL_H
#define SANDBOX_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model;

struct model_settings {
	const char *token;       /* the only token accepted; NULL: any that begins with "pat-" */
	uint64_t wall_offset_ms; /* now_ms + this = milliseconds since 1970, for
				    createdate and the like */
	uint64_t seed;           /* of ids, correlation ids and the order of batch results */
	uint32_t limit;          /* calls per rolling 10 s and token, at most 100,000; 0: off */
	uint32_t daily;          /* calls per day and account */
	uint32_t latency_ms;     /* the delay of every reply */
	uint32_t records_max;    /* records of all types, archived ones included; beyond:
				    507 */
	uint32_t search_limit;   /* searches a second and account, at most 100; 0: off,
				    as it is  whenever `limit` is */
	uint32_t search_lag_ms;  /* until a search sees what was written */
};

extern const struct model_settings model_defaults; /* 190 / 10 s, 625,000 a day, 200,000 records, 5
						    * searches / s that lag 3 s */

struct model_request {
	const char *method;
	const char *path;          /* as it was sent, percent escapes and all, without the query */
	const char *query;         /* without the '?'; or NULL */
	const char *authorization; /* the header's value; or NULL */
	const void *body;
	size_t length;
};

/* What becomes of a reply on its way. The call's effect is already decided when
 * model_handle returns: nothing was written under RESET_BEFORE and HANG, all
 * was written under RESET_AFTER and CUT. */
enum model_fate {
	MODEL_WHOLE,
	MODEL_RESET_BEFORE, /* reset the connection, send nothing */
	MODEL_RESET_AFTER,  /* the same, but the write has happened */
	MODEL_CUT,          /* headers that promise `length` bytes, half of them, then close */
	MODEL_HANG,         /* send nothing until the caller leaves */
};

enum { MODEL_HEADERS_MAX = 12 };

struct model_header {
	const char *name;
	char value[160];
};

struct model_reply {
	int status;
	enum model_fate fate;
	uint32_t delay_ms; /* to wait before anything of it is sent */
	const char *type;  /* the content type; "" when there is no body */
	struct model_header headers[MODEL_HEADERS_MAX];
	size_t header_count;
	json_t *json; /* owned; NULL when the body is not JSON */
	char *bytes;  /* owned; the body as it is sent, NUL at its end; NULL when there
			 is none */
	size_t length;
};

/* `settings` is copied. NULL: out of memory. */
struct model *model_create(const struct model_settings *settings)
	__attribute__((warn_unused_result));
void model_destroy(struct model *model);

/* Answers `request`; `now_ms` is any clock that never goes back. Fills all of
 * `reply`, whatever it held: give it to model_reply_finish(). Out of memory
 * inside is a 500 without a body, or a member less. */
void model_handle(struct model *model, const struct model_request *request, uint64_t now_ms,
	struct model_reply *reply);

/* What POST /__control does with `members` (README.md lists them), without a
 * request. NULL, or what is wrong. Faults and modes can so be set before each
 * call of a test. */
const char *model_control(struct model *model, json_t *members) __attribute__((warn_unused_result));

/* How many records of `type` (its name or id; NULL: of all types) there are, archived ones aside. */
size_t model_count(const struct model *model, const char *type);

/* Everything but faults, modes, limits and counts: types, records, properties,
 * pipelines, owners, associations. A new reference; NULL: out of memory.
 * {"load": ...} of a control call takes it. */
json_t *model_save(const struct model *model) __attribute__((warn_unused_result));

/* The same in a file, written whole or not at all; false: it could not be written. */
bool model_write_file(const struct model *model, const char *path)
	__attribute__((warn_unused_result));

/* Takes what model_write_file() wrote, in the place of all there is; a file that does not exist
 * changes nothing. NULL, or what is wrong. */
const char *model_read_file(struct model *model, const char *path)
	__attribute__((warn_unused_result));

/* Frees what a reply holds and zeroes it; a zeroed one is fine too. */
void model_reply_finish(struct model_reply *reply);

#endif
