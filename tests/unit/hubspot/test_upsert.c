/* The steps of one operation: what is asked of HubSpot, in which order, and what the caller is
 * told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "client_kit.h"

static struct kit kit;

static int start(void **state) {
	(void)state;
	kit_start(&kit, NULL);
	return 0;
}

static int stop(void **state) {
	(void)state;
	kit_stop(&kit);
	return 0;
}

static void seed(const char *email, const char *firstname, const char *additional, char id[32]) {
	json_t *record = kit_ask(&kit, "POST", "/crm/v3/objects/contacts",
		json_pack("{s{ssssss}}", "properties", "email", email, "firstname", firstname,
			"hs_additional_emails", additional));
	snprintf(id, 32, "%s", json_string_value(json_object_get(record, "id")));
	assert_int_not_equal(id[0], '\0');
	json_decref(record);
}

static void a_new_contact_is_created(void **state) {
	struct told told;
	(void)state;
	kit_upsert(&kit, "Ada@Example.com", "Ada", &told);
	kit_settle(&kit);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_true(told.is_created);
	assert_string_equal(kit_stored(&kit, told.id, "email"), "ada@example.com");
	assert_string_equal(kit.paths,
		"POST /crm/objects/2026-09/contacts/batch/read\n"
		"POST /crm/objects/2026-09/contacts/batch/create\n");
}

static void a_known_contact_is_updated_by_its_id(void **state) {
	struct told told;
	char id[32];
	(void)state;
	seed("ada@example.com", "Old", "", id);
	kit_upsert(&kit, "ADA@example.com", "Ada", &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_false(told.is_created);
	assert_string_equal(told.id, id);
	assert_string_equal(kit_stored(&kit, id, "firstname"), "Ada");
	assert_int_equal(kit_calls_to(&kit, "batch/update"), 1);
	assert_int_equal(fake_transport_calls(), 2);
}

static void a_secondary_address_leaves_the_primary_alone(void **state) {
	struct told told;
	char id[32];
	(void)state;
	seed("primary@example.com", "Old", "second@example.com;third@example.com", id);
	kit_upsert(&kit, "third@example.com", "New", &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_false(told.is_created);
	assert_string_equal(told.id, id);
	assert_string_equal(kit_stored(&kit, id, "email"), "primary@example.com");
	assert_string_equal(kit_stored(&kit, id, "firstname"), "New");
}

static void nothing_but_the_key_sends_no_write(void **state) {
	struct told told;
	char id[32];
	(void)state;
	seed("ada@example.com", "Ada", "", id);
	kit_submit(&kit, HUBSPOT_UPSERT, "ada@example.com", "email",
		json_pack("{ss}", "email", "ada@example.com"), &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_string_equal(told.id, id);
	assert_int_equal(fake_transport_calls(), 1);
}

static void an_address_is_taken_between_look_up_and_create(void **state) {
	struct told told;
	char id[32];
	(void)state;
	kit_upsert(&kit, "race@example.com", "Ours", &told);
	fake_loop_run_ms(
		kit.loop, 10); /* the look-up has been answered by the model, not yet heard */
	seed("race@example.com", "Theirs", "", id);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_false(told.is_created);
	assert_string_equal(told.id, id);
	assert_string_equal(kit_stored(&kit, id, "firstname"), "Ours");
	assert_int_equal(kit_calls_to(&kit, "batch/create"), 1);
}

static void a_record_that_goes_away_is_looked_up_once_more(void **state) {
	struct told told;
	char id[32], path[64];
	(void)state;
	seed("gone@example.com", "Old", "", id);
	kit_upsert(&kit, "gone@example.com", "New", &told);
	fake_loop_run_ms(kit.loop, 10);
	snprintf(path, sizeof(path), "/crm/v3/objects/contacts/%s", id);
	json_decref(kit_ask(&kit, "DELETE", path, NULL));
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_true(told.is_created);
	assert_string_not_equal(told.id, id);
	assert_int_equal(kit_calls_to(&kit, "batch/read"), 2);
}

static void lose_reply(unsigned call, bool is_applied) {
	kit.odd_call = call;
	kit.is_applied = is_applied;
	kit.odd = (struct fake_reply){.end = CALL_UNKNOWN, .after_ms = 30};
}

static void a_create_that_happened_unheard_is_recognised(void **state) {
	struct told told;
	(void)state;
	lose_reply(2, true);
	kit_upsert(&kit, "lost@example.com", "Ada", &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_true(told.is_created);
	assert_int_equal(kit_calls_to(&kit, "batch/create"), 1);
	assert_int_equal(kit_calls_to(&kit, "batch/update"), 0);
	assert_string_equal(kit_stored(&kit, told.id, "firstname"), "Ada");
}

static void a_create_that_did_not_happen_is_sent_again_after_a_look_up(void **state) {
	struct told told;
	(void)state;
	lose_reply(2, false);
	kit_upsert(&kit, "lost@example.com", "Ada", &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_true(told.is_created);
	assert_string_equal(kit.paths,
		"POST /crm/objects/2026-09/contacts/batch/read\n"
		"POST /crm/objects/2026-09/contacts/batch/create\n"
		"POST /crm/objects/2026-09/contacts/batch/read\n"
		"POST /crm/objects/2026-09/contacts/batch/create\n");
}

static void a_create_without_a_key_is_never_sent_twice(void **state) {
	struct told told;
	(void)state;
	lose_reply(1, true);
	kit_submit(&kit, HUBSPOT_CREATE, NULL, NULL, json_pack("{ss}", "firstname", "Ada"), &told);
	kit_settle(&kit);
	assert_int_equal(told.count, 1);
	assert_int_equal(told.failure, HUBSPOT_NO_REPLY);
	assert_int_equal(told.outcome, HUBSPOT_UNKNOWN);
	assert_false(told.is_retryable);
	assert_int_equal(fake_transport_calls(), 1);
}

static void create_only_tells_the_record_in_the_way(void **state) {
	struct told told;
	char id[32];
	(void)state;
	seed("ada@example.com", "Old", "", id);
	kit_submit(&kit, HUBSPOT_CREATE, "ada@example.com", "email",
		json_pack("{ssss}", "email", "ada@example.com", "firstname", "New"), &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_CONFLICT);
	assert_int_equal(told.outcome, HUBSPOT_NOT_APPLIED);
	assert_string_equal(told.existing_id, id);
	assert_string_equal(kit_stored(&kit, id, "firstname"), "Old");
}

static void update_only_of_a_stranger_is_not_found(void **state) {
	struct told told;
	(void)state;
	kit_submit(&kit, HUBSPOT_UPDATE, "nobody@example.com", "email",
		json_pack("{ss}", "firstname", "New"), &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_NOT_FOUND);
	assert_int_equal(told.outcome, HUBSPOT_NOT_APPLIED);
	assert_int_equal(kit_calls_to(&kit, "batch/create"), 0);
}

static void an_update_by_key_may_change_the_key(void **state) {
	struct told told;
	char id[32];
	(void)state;
	seed("old@example.com", "Ada", "", id);
	kit_submit(&kit, HUBSPOT_UPDATE, "old@example.com", "email",
		json_pack("{ss}", "email", "new@example.com"), &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_string_equal(kit_stored(&kit, id, "email"), "new@example.com");
}

static void native_upsert_is_one_call(void **state) {
	static const struct hubspot_settings NATIVE = {.base_url = "http://127.0.0.1:1",
		.api_version = "v3",
		.token = "pat-test",
		.is_unlimited = true,
		.upsert = HUBSPOT_UPSERT_NATIVE,
		.max_calls = 16,
		.timeout_ms = 5000,
		.default_deadline_ms = 20000,
		.max_waiting_rows = 10000};
	struct told first, second;
	(void)state;
	kit_stop(&kit);
	kit_start(&kit, &NATIVE);
	kit_upsert(&kit, "ada@example.com", "Ada", &first);
	kit_settle(&kit);
	kit_upsert(&kit, "ada@example.com", "Eve", &second);
	kit_settle(&kit);
	assert_true(first.is_created);
	assert_int_equal(second.failure, HUBSPOT_OK);
	assert_false(second.is_created);
	assert_string_equal(second.id, first.id);
	assert_string_equal(kit.paths,
		"POST /crm/v3/objects/contacts/batch/upsert\n"
		"POST /crm/v3/objects/contacts/batch/upsert\n");
}

static void a_bad_value_is_told_with_hubspots_words(void **state) {
	struct told told;
	(void)state;
	kit_submit(&kit, HUBSPOT_UPSERT, "ada@example.com", "email",
		json_pack("{ssss}", "email", "ada@example.com", "no_such_property", "x"), &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_INVALID);
	assert_int_equal(told.outcome, HUBSPOT_NOT_APPLIED);
	assert_false(told.is_retryable);
	assert_string_equal(told.bad_property, "no_such_property");
	assert_int_not_equal(told.message[0], '\0');
}

static void a_read_by_key_finds_secondary_addresses_too(void **state) {
	struct told told, nobody;
	char id[32];
	(void)state;
	seed("primary@example.com", "Ada", "second@example.com", id);
	kit_submit(&kit, HUBSPOT_READ, "second@example.com", "email", NULL, &told);
	kit_submit(&kit, HUBSPOT_READ, "nobody@example.com", "email", NULL, &nobody);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_string_equal(told.id, id);
	assert_string_equal(told.email, "primary@example.com");
	assert_int_equal(nobody.failure, HUBSPOT_NOT_FOUND);
}

static void a_merged_record_is_read_and_archived_by_its_old_id(void **state) {
	struct told read, archived, gone, nobody;
	char survivor[32], merged[32], path[64];
	(void)state;
	seed("one@example.com", "One", "", survivor);
	seed("two@example.com", "Two", "", merged);
	json_decref(kit_ask(&kit, "POST", "/crm/v3/objects/contacts/merge",
		json_pack("{ssss}", "primaryObjectId", survivor, "objectIdToMerge", merged)));
	kit_submit(&kit, HUBSPOT_READ, merged, NULL, NULL, &read);
	kit_settle(&kit);
	assert_int_equal(read.failure, HUBSPOT_OK);
	snprintf(path, sizeof(path), "%s", read.id);
	kit_submit(&kit, HUBSPOT_ARCHIVE, merged, NULL, NULL, &archived);
	kit_settle(&kit);
	assert_int_equal(archived.failure, HUBSPOT_OK);
	kit_submit(&kit, HUBSPOT_READ, path, NULL, NULL, &gone);
	kit_submit(&kit, HUBSPOT_ARCHIVE, "1234567", NULL, NULL, &nobody);
	kit_settle(&kit);
	assert_int_equal(gone.failure, HUBSPOT_NOT_FOUND);
	assert_int_equal(nobody.failure, HUBSPOT_NOT_FOUND);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(a_new_contact_is_created),
		TEST(a_known_contact_is_updated_by_its_id),
		TEST(a_secondary_address_leaves_the_primary_alone),
		TEST(nothing_but_the_key_sends_no_write),
		TEST(an_address_is_taken_between_look_up_and_create),
		TEST(a_record_that_goes_away_is_looked_up_once_more),
		TEST(a_create_that_happened_unheard_is_recognised),
		TEST(a_create_that_did_not_happen_is_sent_again_after_a_look_up),
		TEST(a_create_without_a_key_is_never_sent_twice),
		TEST(create_only_tells_the_record_in_the_way),
		TEST(update_only_of_a_stranger_is_not_found),
		TEST(an_update_by_key_may_change_the_key),
		TEST(native_upsert_is_one_call),
		TEST(a_bad_value_is_told_with_hubspots_words),
		TEST(a_read_by_key_finds_secondary_addresses_too),
		TEST(a_merged_record_is_read_and_archived_by_its_old_id),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
