/*
 * bed.h - an api over fakes: each test gets a fresh one; HubSpot's client records what is asked and
 * is answered by hand.
 */
#ifndef BED_H
#define BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/api.h"
#include "fakes/fake_http.h"
#include "fakes/fake_loop.h"
#include "hubspot/hubspot.h"

enum { ASKED_MAX = 32 };

struct asked {
	char object[128];
	char token_key[32]; /* of its body */
	unsigned flags;
	hubspot_done_fn *done;
	void *ctx;
	bool is_ended;
	bool is_cancelled;
};

struct bed {
	struct loop *loop;
	struct http *http;
	struct hubspot *hubspot; /* NULL: none is given to the api */
	struct api *api;
	struct hubspot_state state;
	struct asked asked[ASKED_MAX];
	size_t count;
	bool is_refusing; /* hubspot_submit() says no */
	bool is_held;     /* as hubspot_hold() has it */
	unsigned foreign; /* calls of on_wrong_account */
	char log[16384];  /* all lines, each with a newline */
};

extern struct bed bed;

int bed_open(void **state);
int bed_close(void **state);

/* The same again, for an api that knows this account, or has no HubSpot. */
void bed_reopen(const char *account_id, bool has_hubspot);

/* Ends what was asked as number `number`, with this failure; a record (JSON text) or NULL. */
void finish(size_t number, enum hubspot_failure failure, const char *record);

/* GET `path`: the status; the body is fake_reply()->body. */
int get(const char *path);

/* How often `text` stands in the log. */
unsigned logged(const char *text);

#define DETAILS "GET /account-info/{version}/details"
#define INTROSPECTION "POST /oauth/v2/private-apps/get/access-token-info"
#define ACCOUNT                                                                                    \
	"{\"portalId\":44237313,\"accountType\":\"STANDARD\",\"dataHostingLocation\":\"eu1\"}"

#endif
