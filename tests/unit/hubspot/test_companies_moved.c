/* Companies by domain: what we remember of a record ends when it is archived or gets another
 * domain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "client_kit.h"
#include "peek.h"

static struct kit kit;

static int start(void **state) {
	(void)state;
	kit_start(&kit, NULL);
	kit.object = "companies";
	return 0;
}

static int stop(void **state) {
	(void)state;
	kit_stop(&kit);
	return 0;
}

static json_t *named(const char *domain, const char *name) {
	return json_pack("{ssss}", "domain", domain, "name", name);
}

static void upsert(const char *domain, const char *name, struct told *told) {
	kit_submit(&kit, HUBSPOT_UPSERT, domain, "domain", named(domain, name), told);
}

static void made(const char *domain, struct told *told) {
	upsert(domain, "First", told);
	kit_settle(&kit);
	assert_true(told->is_created);
}

/* The second company has the old domain; the first is as it was. */
static void assert_apart(const struct told *first, const struct told *second) {
	assert_int_equal(second->failure, HUBSPOT_OK);
	assert_true(second->is_created);
	assert_string_not_equal(second->id, first->id);
	assert_int_equal(peek_count(kit.model, "companies"), 2);
	assert_string_equal(peek_at(kit.model, "companies", 0).value, "First");
}

static void by_id(const char *id, const char *domain, struct told *told) {
	kit_submit(&kit, HUBSPOT_UPDATE, id, NULL, json_pack("{ss}", "domain", domain), told);
}

static void one_that_got_another_domain_is_left_alone(void **state) {
	struct told first, moved, second;
	(void)state;
	made("old.com", &first);
	by_id(first.id, "new.com", &moved);
	kit_settle(&kit);
	assert_int_equal(moved.failure, HUBSPOT_OK);
	upsert("old.com", "Second", &second);
	kit_settle(&kit);
	assert_apart(&first, &second);
}

static void the_same_by_its_domain(void **state) {
	struct told first, moved, second;
	(void)state;
	made("old.com", &first);
	kit_submit(&kit, HUBSPOT_UPDATE, "old.com", "domain",
		json_pack("{ss}", "domain", "new.com"), &moved);
	kit_settle(&kit);
	assert_int_equal(moved.failure, HUBSPOT_OK);
	upsert("old.com", "Second", &second);
	kit_settle(&kit);
	assert_apart(&first, &second);
}

static void one_that_waits_for_the_change_looks_again(void **state) {
	struct told first, moved, second;
	(void)state;
	made("old.com", &first);
	by_id(first.id, "new.com", &moved);
	upsert("old.com", "Second", &second);
	kit_settle(&kit);
	assert_int_equal(moved.failure, HUBSPOT_OK);
	assert_apart(&first, &second);
}

/* The change is answered for after its caller has gone. */
static void a_change_that_nobody_heard_of_counts(void **state) {
	struct told first, moved, second;
	(void)state;
	made("old.com", &first);
	kit.latency_ms = 25000;
	by_id(first.id, "new.com", &moved);
	kit_settle(&kit);
	assert_int_equal(moved.outcome, HUBSPOT_UNKNOWN);
	kit.latency_ms = 50;
	upsert("old.com", "Second", &second);
	kit_settle(&kit);
	assert_apart(&first, &second);
}

static void the_same_domain_once_more_changes_nothing(void **state) {
	struct told first, same, second;
	(void)state;
	kit_control(&kit, json_pack("{si}", "search_lag_ms", 10000));
	made("old.com", &first);
	by_id(first.id, "Old.com", &same);
	kit_settle(&kit);
	upsert("old.com", "Second", &second);
	kit_settle(&kit);
	assert_false(second.is_created);
	assert_string_equal(second.id, first.id);
}

static void one_that_was_archived_is_not_in_the_way(void **state) {
	struct told first, again, gone, second;
	(void)state;
	made("old.com", &first);
	kit_submit(&kit, HUBSPOT_CREATE, "old.com", "domain", named("old.com", "X"), &again);
	kit_settle(&kit);
	assert_int_equal(again.failure, HUBSPOT_CONFLICT);
	assert_int_equal(again.status, 0); /* from memory: HubSpot has not said so */
	kit_submit(&kit, HUBSPOT_ARCHIVE, first.id, NULL, NULL, &gone);
	kit_settle(&kit);
	assert_int_equal(gone.failure, HUBSPOT_OK);
	kit_submit(&kit, HUBSPOT_CREATE, "old.com", "domain", named("old.com", "Y"), &second);
	kit_settle(&kit);
	assert_int_equal(second.failure, HUBSPOT_OK);
	assert_true(second.is_created);
	assert_string_not_equal(second.id, first.id);
}

static void one_whose_archiving_is_unknown_is_looked_for(void **state) {
	struct told first, gone, second;
	(void)state;
	made("old.com", &first);
	kit.latency_ms = 25000;
	kit_submit(&kit, HUBSPOT_ARCHIVE, first.id, NULL, NULL, &gone);
	kit_settle(&kit);
	assert_int_equal(gone.outcome, HUBSPOT_UNKNOWN);
	kit.latency_ms = 50;
	kit_submit(&kit, HUBSPOT_CREATE, "old.com", "domain", named("old.com", "Y"), &second);
	kit_settle(&kit);
	assert_int_equal(second.failure, HUBSPOT_OK);
	assert_true(second.is_created);
}

/* A plugin's own call, such as a merge: nothing is known of any company then. */
static void a_raw_write_makes_all_unknown(void **state) {
	struct told first, raw, second;
	char call[64];
	(void)state;
	made("old.com", &first);
	snprintf(call, sizeof(call), "PATCH {objects}/companies/%s", first.id);
	kit.object = call;
	kit_submit(&kit, HUBSPOT_RAW, NULL, NULL,
		json_pack("{s{ss}}", "properties", "domain", "new.com"), &raw);
	kit_settle(&kit);
	assert_int_equal(raw.failure, HUBSPOT_OK);
	kit.object = "companies";
	upsert("old.com", "Second", &second);
	kit_settle(&kit);
	assert_apart(&first, &second);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(one_that_got_another_domain_is_left_alone),
		TEST(the_same_by_its_domain),
		TEST(one_that_waits_for_the_change_looks_again),
		TEST(a_change_that_nobody_heard_of_counts),
		TEST(the_same_domain_once_more_changes_nothing),
		TEST(one_that_was_archived_is_not_in_the_way),
		TEST(one_whose_archiving_is_unknown_is_looked_for),
		TEST(a_raw_write_makes_all_unknown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
