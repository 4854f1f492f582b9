/*
 * A HubSpot client in virtual time for tests: fake loop, fake transport, and behind it either a
 * script of the test's own or the sandbox's model of HubSpot.
 */
#ifndef CLIENT_KIT_H
#define CLIENT_KIT_H

#include "fakes/fake_loop.h"
#include "fakes/fake_transport.h"
#include "hubspot/inside.h"
#include "model.h"

struct kit {
	struct loop *loop;
	struct hubspot *client;
	struct model *model;
	const char *object; /* of what is submitted: "contacts", or what a test sets */
	enum hubspot_priority priority; /* of what is submitted */
	struct hubspot_caller caller;   /* who submits it; nobody in particular */
	uint64_t latency_ms;
	/* One call (by number, from 1) that ends otherwise: 0 none. `is_applied`: the model sees it
	 * all the same. */
	unsigned odd_call;
	bool is_applied;
	struct fake_reply odd;
	char paths[4096]; /* "POST /crm/... POST /crm/..." of the calls so far */
};

/* What `done` was told, copied. */
struct told {
	unsigned count;
	enum hubspot_failure failure;
	enum hubspot_outcome outcome;
	int status;
	unsigned attempts;
	bool is_created, is_retryable;
	char id[32], existing_id[32], message[600], firstname[64], email[128];
	char name[64];
	char existing_ids[64]; /* "12 34" */
	char bad_property[64]; /* of the first of the errors */
	uint64_t retry_after_ms;
	uint64_t at_ms;
};

/* `settings` may be NULL: no limit, upsert AUTO, deadlines of 20 s. */
void kit_start(struct kit *kit, const struct hubspot_settings *settings);
void kit_stop(struct kit *kit);

/* Submits; the strings are used at once. Returns the handle. */
struct hubspot_handle *kit_submit(struct kit *kit, enum hubspot_kind kind, const char *id,
	const char *id_property, json_t *body, struct told *told);
struct hubspot_handle *kit_upsert(
	struct kit *kit, const char *email, const char *firstname, struct told *told);

/* Lets time pass until everything is settled. */
void kit_settle(struct kit *kit);

/* What the model says to a call, faults and all; `body` is valid until the next call. */
struct fake_reply kit_ask_model(struct kit *kit, const struct call *call);

/* Does what POST /__control does with `members`, which it takes. */
void kit_control(struct kit *kit, json_t *members);

/* Asks the model directly, as another program on the same account would. */
json_t *kit_ask(struct kit *kit, const char *method, const char *path, json_t *body);

/* How many of the calls so far had `fragment` in "METHOD path". */
unsigned kit_calls_to(const struct kit *kit, const char *fragment);

/* The record with this e-mail (primary or not) as the model has it: property `name`, or NULL. */
const char *kit_stored(struct kit *kit, const char *id, const char *name);

#endif
