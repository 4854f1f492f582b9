/* hubspot/links_kit.h - what the tests of associations share: a client, and links that are asked of
 * it. */
#ifndef LINKS_KIT_H
#define LINKS_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/clock.h"
#include "client_kit.h"

static struct kit kit;

static inline int start(void **state) {
	(void)state;
	kit_start(&kit, NULL);
	return 0;
}

static inline int stop(void **state) {
	(void)state;
	kit_stop(&kit);
	return 0;
}

struct link_told {
	unsigned count;
	enum hubspot_failure failure;
	enum hubspot_outcome outcome;
	int status;
	unsigned attempts;
	uint64_t at_ms;
	char id[32], message[256];
	bool has_record;
};

static void done(const struct hubspot_result *result, void *ctx) {
	struct link_told *told = ctx;
	told->count++;
	told->failure = result->failure;
	told->outcome = result->outcome;
	told->status = result->status;
	told->attempts = result->attempts;
	told->at_ms = clock_now_ms();
	told->has_record = result->record != NULL;
	snprintf(told->id, sizeof(told->id), "%s", result->id != NULL ? result->id : "");
	snprintf(told->message, sizeof(told->message), "%s",
		result->message != NULL ? result->message : "");
}

static inline struct hubspot_handle *submit(
	const struct hubspot_operation *wanted, struct link_told *told) {
	struct hubspot_handle *handle = NULL;
	*told = (struct link_told){0};
	assert_true(hubspot_submit(kit.client, wanted, done, told, &handle));
	assert_int_equal(told->count, 0);
	return handle;
}

static inline struct hubspot_handle *link_up(
	enum hubspot_kind kind, const char *id, const char *to_id, struct link_told *told) {
	return submit(&(struct hubspot_operation){.kind = kind,
			      .priority = kit.priority,
			      .object = kit.object,
			      .id = id,
			      .to_object = "companies",
			      .to_id = to_id},
		told);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, start, stop)

#endif
