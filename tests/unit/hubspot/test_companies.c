/* Companies by domain: nothing at HubSpot keeps it unique, and only the search knows it. */
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

static void make(const char *domain, const char *name, char id[32]) {
	json_t *record = kit_ask(&kit, "POST", "/crm/v3/objects/companies",
		json_pack("{so}", "properties", named(domain, name)));
	snprintf(id, 32, "%s", json_string_value(json_object_get(record, "id")));
	json_decref(record);
}

static void let_the_index_catch_up(void) {
	fake_loop_run_ms(kit.loop, 10000);
}

/* The name of the company at this place in the store. */
static const char *stored(size_t place) {
	return peek_at(kit.model, "companies", place).value;
}

static size_t count(void) {
	return peek_count(kit.model, "companies");
}

static void one_that_the_search_finds_is_updated(void **state) {
	struct told told;
	char id[32];
	(void)state;
	make("acme.com", "Old", id);
	let_the_index_catch_up();
	upsert("acme.com", "Acme", &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_false(told.is_created);
	assert_string_equal(told.id, id);
	assert_string_equal(stored(0), "Acme");
	assert_string_equal(kit.paths,
		"POST /crm/objects/2026-09/companies/search\n"
		"POST /crm/objects/2026-09/companies/batch/update\n");
}

static void one_that_is_nowhere_is_created(void **state) {
	struct told told;
	(void)state;
	upsert("acme.com", "Acme", &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_true(told.is_created);
	assert_int_equal(count(), 1);
	assert_string_equal(stored(0), "Acme");
}

static void what_was_written_lately_is_known_before_the_index_has_it(void **state) {
	struct told made, again;
	(void)state;
	upsert("acme.com", "First", &made);
	kit_settle(&kit);
	upsert("acme.com", "Second", &again);
	kit_settle(&kit);
	assert_int_equal(again.failure, HUBSPOT_OK);
	assert_false(again.is_created);
	assert_string_equal(again.id, made.id);
	assert_int_equal(count(), 1);
	assert_string_equal(stored(0), "Second");
	assert_int_equal(kit_calls_to(&kit, "/search"), 1);
}

static void after_two_minutes_the_search_is_asked_again(void **state) {
	struct told told;
	(void)state;
	upsert("acme.com", "First", &told);
	kit_settle(&kit);
	fake_loop_run_ms(kit.loop, 119000);
	upsert("acme.com", "Second", &told);
	kit_settle(&kit);
	assert_int_equal(kit_calls_to(&kit, "/search"), 1);
	fake_loop_run_ms(kit.loop, 121000);
	upsert("acme.com", "Third", &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_false(told.is_created);
	assert_int_equal(kit_calls_to(&kit, "/search"), 2);
	assert_int_equal(count(), 1);
}

static void many_at_once_create_one(void **state) {
	enum { COUNT = 30 };
	static struct told told[COUNT];
	unsigned created = 0;
	(void)state;
	for (int i = 0; i < COUNT; i++) {
		char name[16];
		snprintf(name, sizeof(name), "Name%d", i);
		upsert("acme.com", name, &told[i]);
	}
	kit_settle(&kit);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(told[i].failure, HUBSPOT_OK);
		assert_string_equal(told[i].id, told[0].id);
		created += told[i].is_created;
	}
	assert_int_equal(created, 1);
	assert_int_equal(count(), 1);
	assert_string_equal(stored(0), "Name29");
}

static void several_with_one_domain_are_left_alone(void **state) {
	struct told upserted, updated, made, read;
	char first[32], second[32], both[64];
	(void)state;
	make("acme.com", "Paris", first);
	make("acme.com", "Lyon", second);
	let_the_index_catch_up();
	snprintf(both, sizeof(both), "%s %s", first, second);
	upsert("acme.com", "Acme", &upserted);
	kit_submit(&kit, HUBSPOT_UPDATE, "acme.com", "domain", json_pack("{ss}", "name", "Acme"),
		&updated);
	kit_submit(&kit, HUBSPOT_CREATE, "acme.com", "domain", named("acme.com", "Acme"), &made);
	kit_submit(&kit, HUBSPOT_READ, "acme.com", "domain", NULL, &read);
	kit_settle(&kit);
	const struct told *all[] = {&upserted, &updated, &made, &read};
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(all[i]->failure, HUBSPOT_AMBIGUOUS);
		assert_int_equal(all[i]->outcome, HUBSPOT_NOT_APPLIED);
		assert_string_equal(all[i]->existing_ids, both);
	}
	assert_int_equal(count(), 2);
	assert_string_equal(stored(0), "Paris");
	assert_string_equal(stored(1), "Lyon");
}

static void a_create_that_is_lost_is_not_repeated(void **state) {
	struct told told;
	(void)state;
	for (int is_applied = 0; is_applied < 2; is_applied++) {
		const char *domain = is_applied ? "yes.com" : "no.com";
		kit.odd_call = fake_transport_calls() + 2; /* after its search */
		kit.is_applied = is_applied;
		kit.odd = (struct fake_reply){.end = CALL_UNKNOWN, .after_ms = 30};
		upsert(domain, "Acme", &told);
		kit_settle(&kit);
		assert_int_equal(told.failure, HUBSPOT_NO_REPLY);
		assert_int_equal(told.outcome, HUBSPOT_UNKNOWN);
		assert_false(told.is_retryable);
		assert_int_equal(count(), is_applied);
	}
	assert_int_equal(kit_calls_to(&kit, "batch/create"), 2);
}

static void a_search_that_is_lost_is_repeated(void **state) {
	struct told told;
	char id[32];
	(void)state;
	make("acme.com", "Old", id);
	let_the_index_catch_up();
	kit.odd_call = 1;
	kit.odd = (struct fake_reply){.end = CALL_UNKNOWN, .after_ms = 30};
	upsert("acme.com", "Acme", &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_string_equal(told.id, id);
	assert_int_equal(kit_calls_to(&kit, "/search"), 2);
}

/* Nothing is created on the word of a search that found more than it shows. */
static void results_that_are_missing_are_noticed(void **state) {
	static const char *const HOWS[] = {"empty", "drop_row", "extra_row"};
	struct told told;
	char id[32];
	(void)state;
	make("acme.com", "Old", id);
	let_the_index_catch_up();
	for (size_t i = 0; i < 3; i++) {
		kit_control(&kit, json_pack("{s{ss}}", "fail", "how", HOWS[i]));
		upsert("acme.com", HOWS[i], &told);
		kit_settle(&kit);
		assert_int_equal(told.failure, HUBSPOT_OK);
		assert_string_equal(told.id, id);
		fake_loop_run_ms(kit.loop, 130000);
	}
	assert_int_equal(count(), 1);
	assert_int_equal(kit_calls_to(&kit, "/search"), 6);
}

static void create_only_creates_or_tells_which_is_there(void **state) {
	struct told made, again, found;
	char id[32];
	(void)state;
	make("old.com", "Old", id);
	let_the_index_catch_up();
	kit_submit(&kit, HUBSPOT_CREATE, "new.com", "domain", named("new.com", "New"), &made);
	kit_submit(&kit, HUBSPOT_CREATE, "old.com", "domain", named("old.com", "New"), &found);
	kit_settle(&kit);
	kit_submit(&kit, HUBSPOT_CREATE, "new.com", "domain", named("new.com", "Newer"), &again);
	kit_settle(&kit);
	assert_int_equal(made.failure, HUBSPOT_OK);
	assert_int_equal(found.failure, HUBSPOT_CONFLICT);
	assert_int_equal(found.outcome, HUBSPOT_NOT_APPLIED);
	assert_string_equal(found.existing_id, id);
	assert_int_equal(again.failure, HUBSPOT_CONFLICT); /* before the index has it */
	assert_string_equal(again.existing_id, made.id);
	assert_int_equal(count(), 2);
	assert_string_equal(stored(0), "Old");
	assert_string_equal(stored(1), "New");
}

static void update_only_updates_or_finds_nothing(void **state) {
	struct told found, missing;
	char id[32];
	(void)state;
	make("old.com", "Old", id);
	let_the_index_catch_up();
	kit_submit(
		&kit, HUBSPOT_UPDATE, "old.com", "domain", json_pack("{ss}", "name", "New"), &found);
	kit_submit(&kit, HUBSPOT_UPDATE, "none.com", "domain", json_pack("{ss}", "name", "New"),
		&missing);
	kit_settle(&kit);
	assert_int_equal(found.failure, HUBSPOT_OK);
	assert_string_equal(found.id, id);
	assert_string_equal(stored(0), "New");
	assert_int_equal(missing.failure, HUBSPOT_NOT_FOUND);
	assert_int_equal(missing.outcome, HUBSPOT_NOT_APPLIED);
	assert_int_equal(count(), 1);
}

static void read_by_domain(void **state) {
	struct told found, missing;
	char id[32];
	(void)state;
	make("old.com", "Old", id);
	let_the_index_catch_up();
	kit_submit(&kit, HUBSPOT_READ, "old.com", "domain", NULL, &found);
	kit_submit(&kit, HUBSPOT_READ, "none.com", "domain", NULL, &missing);
	kit_settle(&kit);
	assert_int_equal(found.failure, HUBSPOT_OK);
	assert_string_equal(found.id, id);
	assert_int_equal(missing.failure, HUBSPOT_NOT_FOUND);
	assert_int_equal(fake_transport_calls(), 1);
}

static void one_that_was_archived_meanwhile_is_looked_for_again(void **state) {
	struct told made, again;
	char path[64];
	(void)state;
	upsert("acme.com", "First", &made);
	kit_settle(&kit);
	snprintf(path, sizeof(path), "/crm/v3/objects/companies/%s", made.id);
	json_decref(kit_ask(&kit, "DELETE", path, NULL));
	upsert("acme.com", "Second", &again);
	kit_settle(&kit);
	assert_int_equal(again.failure, HUBSPOT_OK);
	assert_true(again.is_created);
	assert_string_not_equal(again.id, made.id);
}

static void fifty_domains_share_a_search_and_a_create(void **state) {
	enum { COUNT = 50 };
	static struct told told[COUNT];
	(void)state;
	for (int i = 0; i < COUNT; i++) {
		char domain[32];
		snprintf(domain, sizeof(domain), "firm%d.example.com", i);
		upsert(domain, domain, &told[i]);
	}
	kit_settle(&kit);
	for (int i = 0; i < COUNT; i++) {
		char domain[32];
		snprintf(domain, sizeof(domain), "firm%d.example.com", i);
		assert_int_equal(told[i].failure, HUBSPOT_OK);
		assert_string_equal(told[i].name, domain);
	}
	assert_int_equal(count(), COUNT);
	assert_int_equal(kit_calls_to(&kit, "/search"), 1);
	assert_int_equal(kit_calls_to(&kit, "batch/create"), 1);
}

/* A page of 200 says nothing of a domain that comes after it. */
static void more_than_a_page_is_asked_for_one_by_one(void **state) {
	struct told crowded, single;
	char id[32];
	(void)state;
	for (int i = 0; i < 201; i++) {
		make("crowd.com", "Old", id);
	}
	make("single.com", "Old", id);
	let_the_index_catch_up();
	upsert("crowd.com", "New", &crowded);
	upsert("single.com", "New", &single);
	kit_settle(&kit);
	assert_int_equal(crowded.failure, HUBSPOT_AMBIGUOUS);
	assert_int_equal(single.failure, HUBSPOT_OK);
	assert_string_equal(single.id, id);
	assert_int_equal(count(), 202);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(one_that_the_search_finds_is_updated),
		TEST(one_that_is_nowhere_is_created),
		TEST(what_was_written_lately_is_known_before_the_index_has_it),
		TEST(after_two_minutes_the_search_is_asked_again),
		TEST(many_at_once_create_one),
		TEST(several_with_one_domain_are_left_alone),
		TEST(a_create_that_is_lost_is_not_repeated),
		TEST(a_search_that_is_lost_is_repeated),
		TEST(results_that_are_missing_are_noticed),
		TEST(create_only_creates_or_tells_which_is_there),
		TEST(update_only_updates_or_finds_nothing),
		TEST(read_by_domain),
		TEST(one_that_was_archived_meanwhile_is_looked_for_again),
		TEST(fifty_domains_share_a_search_and_a_create),
		TEST(more_than_a_page_is_asked_for_one_by_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
