/*
 * A plugin, the probe, with two objects of its own (/things, whose property `size` is HubSpot's hs_size, and
 * /boxes) and a route that replies later (/take): what tests of operations stand on.
 */
#ifndef UNIT_PLUGIN_THINGS_H
#define UNIT_PLUGIN_THINGS_H

#include "border.h"

extern struct things {
	struct probe probe;
	struct hsc_request *token;           /* of the last request to /take */
	struct hsc_operation_handle *handle; /* of the last operation submitted */
	unsigned done_count;
	struct hsc_result last;              /* the last one told; its strings are dead, its JSON is kept */
	char last_id[32];
	bool is_relaying;                    /* each result is relayed to its request as it is told */
} things;

/* Loads the probe; nothing has happened. */
struct border *things_open(void **state);

/* Submits, to be told to `things`. */
int things_submit(const struct hsc_operation *operation);

/* What HubSpot's client was asked, in order. */
const struct hubspot_operation *asked(size_t number);

/* HubSpot did it, and this is its record, as JSON. */
void finish_with(size_t number, const char *record);

void expect_json(const json_t *given, const char *expected);

/* cmocka's teardown of a group of tests. */
int things_forget(void **state);

#endif
