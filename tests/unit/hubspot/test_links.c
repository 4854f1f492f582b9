/* Associations as operations, against the model: what shares a call, what is sent again, and in
 * which order. */
#include "links_kit.h"

#define DEFAULT_OF_COMPANIES "/contacts/companies/batch/associate/default"
#define ARCHIVE_OF_COMPANIES "/contacts/companies/batch/archive"

static int start_legacy(void **state) {
	static const struct hubspot_settings LEGACY = {.base_url = "http://127.0.0.1:1",
		.api_version = "v3",
		.token = "pat-test",
		.is_unlimited = true,
		.max_calls = 16,
		.timeout_ms = 5000,
		.default_deadline_ms = 20000,
		.max_waiting_rows = 10000};
	(void)state;
	kit_start(&kit, &LEGACY);
	return 0;
}

static void make(const char *type, char id[32]) {
	char path[64];
	snprintf(path, sizeof(path), "/crm/v3/objects/%s", type);
	json_t *record = kit_ask(&kit, "POST", path,
		json_pack("{s{ss}}", "properties",
			strcmp(type, "companies") == 0 ? "name" : "firstname", "X"));
	snprintf(id, 32, "%s", json_string_value(json_object_get(record, "id")));
	assert_int_not_equal(id[0], '\0');
	json_decref(record);
}

static size_t linked(const char *id) {
	char path[96];
	snprintf(path, sizeof(path), "/crm/v4/objects/contacts/%s/associations/companies", id);
	json_t *reply = kit_ask(&kit, "GET", path, NULL);
	size_t count = json_array_size(json_object_get(reply, "results"));
	json_decref(reply);
	return count;
}

static void links_of_many_records_share_a_call(void **state) {
	enum { COUNT = 5 };
	char contacts[COUNT][32], company[32];
	struct link_told told[COUNT];
	(void)state;
	make("companies", company);
	for (int i = 0; i < COUNT; i++) {
		make("contacts", contacts[i]);
		link_up(HUBSPOT_LINK, contacts[i], company, &told[i]);
	}
	kit_settle(&kit);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(told[i].count, 1);
		assert_int_equal(told[i].failure, HUBSPOT_OK);
		assert_int_equal(told[i].outcome, HUBSPOT_APPLIED);
		assert_string_equal(told[i].id, contacts[i]);
		assert_false(told[i].has_record);
		assert_int_equal(linked(contacts[i]), 1);
	}
	assert_string_equal(kit.paths, "POST /crm/associations/2026-09" DEFAULT_OF_COMPANIES "\n");
}

static void links_of_one_record_share_a_call(void **state) {
	enum { COUNT = 150 };
	static char companies[COUNT][32];
	static struct link_told told[COUNT];
	char contact[32];
	(void)state;
	make("contacts", contact);
	for (int i = 0; i < COUNT; i++) {
		make("companies", companies[i]);
		link_up(HUBSPOT_LINK, contact, companies[i], &told[i]);
	}
	kit_settle(&kit);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(told[i].failure, HUBSPOT_OK);
	}
	assert_int_equal(linked(contact), COUNT);
	assert_int_equal(fake_transport_calls(), 2);
}

static void another_type_is_another_call(void **state) {
	char contact[32], company[32], other[32];
	struct link_told told[2];
	(void)state;
	make("contacts", contact);
	make("companies", company);
	make("contacts", other);
	link_up(HUBSPOT_LINK, contact, company, &told[0]);
	submit(&(struct hubspot_operation){.kind = HUBSPOT_LINK,
		       .object = "contacts",
		       .id = contact,
		       .to_object = "contacts",
		       .to_id = other},
		&told[1]);
	kit_settle(&kit);
	assert_int_equal(told[0].failure, HUBSPOT_OK);
	assert_int_equal(told[1].failure, HUBSPOT_OK);
	assert_int_equal(kit_calls_to(&kit, DEFAULT_OF_COMPANIES), 1);
	assert_int_equal(kit_calls_to(&kit, "/contacts/contacts/batch/associate/default"), 1);
}

static void a_missing_record_fails_its_own_row(void **state) {
	char contact[32], second[32], company[32];
	struct link_told good, no_other, no_own, also_good;
	(void)state;
	make("contacts", contact);
	make("contacts", second);
	make("companies", company);
	link_up(HUBSPOT_LINK, contact, company, &good);
	link_up(HUBSPOT_LINK, contact, "99999999", &no_other);
	link_up(HUBSPOT_LINK, "88888888", company, &no_own);
	link_up(HUBSPOT_LINK, second, company, &also_good);
	kit_settle(&kit);
	assert_int_equal(good.failure, HUBSPOT_OK);
	assert_int_equal(also_good.failure, HUBSPOT_OK);
	assert_int_equal(no_other.failure, HUBSPOT_NOT_FOUND);
	assert_int_equal(no_other.outcome, HUBSPOT_NOT_APPLIED);
	assert_string_equal(no_other.message, "99999999 is not a valid ID");
	assert_int_equal(no_own.failure, HUBSPOT_NOT_FOUND);
	assert_int_equal(fake_transport_calls(), 1);
}

static void unlinking_twice_is_no_error(void **state) {
	char contact[32], company[32];
	struct link_told linking, gone, again;
	(void)state;
	make("contacts", contact);
	make("companies", company);
	link_up(HUBSPOT_LINK, contact, company, &linking);
	link_up(HUBSPOT_UNLINK, contact, company, &gone);
	kit_settle(&kit);
	assert_int_equal(linking.failure, HUBSPOT_OK);
	assert_int_equal(gone.failure, HUBSPOT_OK);
	assert_true(gone.at_ms > linking.at_ms);
	assert_int_equal(linked(contact), 0);
	link_up(HUBSPOT_UNLINK, contact, company, &again);
	kit_settle(&kit);
	assert_int_equal(again.failure, HUBSPOT_OK);
	assert_int_equal(kit_calls_to(&kit, ARCHIVE_OF_COMPANIES), 2);
}

static void the_old_version_has_other_paths(void **state) {
	char contact[32], company[32], second[32];
	struct link_told told[3], read;
	(void)state;
	make("contacts", contact);
	make("contacts", second);
	make("companies", company);
	link_up(HUBSPOT_LINK, contact, company, &told[0]);
	kit_settle(&kit);
	submit(&(struct hubspot_operation){.kind = HUBSPOT_RAW,
		       .object = "GET {linked}/contacts/1/associations/companies"},
		&read);
	kit_settle(&kit);
	link_up(HUBSPOT_UNLINK, contact, company, &told[1]);
	link_up(HUBSPOT_UNLINK, second, company, &told[2]);
	kit_settle(&kit);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(told[i].failure, HUBSPOT_OK);
	}
	assert_int_equal(read.failure, HUBSPOT_NOT_FOUND);
	assert_int_equal(linked(contact), 0);
	assert_string_equal(kit.paths,
		"POST /crm/v4/associations" DEFAULT_OF_COMPANIES "\n"
		"GET /crm/v4/objects/contacts/1/associations/companies\n"
		"POST /crm/v4/associations" ARCHIVE_OF_COMPANIES "\n");
}

static void one_that_may_have_happened_is_sent_again(void **state) {
	char contact[32], company[32];
	struct link_told told;
	(void)state;
	make("contacts", contact);
	make("companies", company);
	for (unsigned call = 1; call <= 3; call += 2) {
		kit.odd_call = call;
		kit.is_applied = true;
		kit.odd = (struct fake_reply){.end = CALL_UNKNOWN, .after_ms = 30};
		link_up(call == 1 ? HUBSPOT_LINK : HUBSPOT_UNLINK, contact, company, &told);
		kit_settle(&kit);
		assert_int_equal(told.failure, HUBSPOT_OK);
		assert_int_equal(told.attempts, 2);
		assert_int_equal(linked(contact), call == 1);
	}
}

/* ---- order ---- */

static void writes_of_the_record_do_not_overtake(void **state) {
	char contact[32], company[32], second[32];
	struct link_told first, archived, late, later;
	(void)state;
	make("contacts", contact);
	make("companies", company);
	make("companies", second);
	link_up(HUBSPOT_LINK, contact, company, &first);
	submit(
		&(struct hubspot_operation){
			.kind = HUBSPOT_ARCHIVE, .object = "contacts", .id = contact},
		&archived);
	link_up(HUBSPOT_LINK, contact, company, &late);
	link_up(HUBSPOT_LINK, contact, second, &later);
	kit_settle(&kit);
	assert_int_equal(first.failure, HUBSPOT_OK);
	assert_int_equal(archived.failure, HUBSPOT_OK);
	assert_int_equal(late.failure, HUBSPOT_NOT_FOUND);
	assert_int_equal(later.failure, HUBSPOT_NOT_FOUND);
	assert_true(first.at_ms < archived.at_ms && archived.at_ms < late.at_ms);
	assert_int_equal(late.at_ms, later.at_ms); /* let in together */
	assert_int_equal(fake_transport_calls(), 3);
}

static void one_that_waits_can_be_cancelled(void **state) {
	char contact[32], company[32], second[32];
	struct link_told first, second_told, gone;
	(void)state;
	make("contacts", contact);
	make("companies", company);
	make("companies", second);
	hubspot_hold(kit.client, true);
	link_up(HUBSPOT_LINK, contact, company, &first);
	struct hubspot_handle *shared = link_up(HUBSPOT_LINK, contact, second, &second_told);
	struct hubspot_handle *waiting = link_up(HUBSPOT_UNLINK, contact, company, &gone);
	hubspot_cancel(kit.client, waiting);
	hubspot_cancel(kit.client, shared);
	fake_loop_turn(kit.loop);
	hubspot_hold(kit.client, false);
	kit_settle(&kit);
	assert_int_equal(first.failure, HUBSPOT_OK);
	assert_int_equal(second_told.failure, HUBSPOT_CANCELLED);
	assert_int_equal(gone.failure, HUBSPOT_CANCELLED);
	assert_int_equal(gone.outcome, HUBSPOT_NOT_APPLIED);
	assert_int_equal(linked(contact), 1);
	link_up(HUBSPOT_UNLINK, contact, company, &gone); /* nobody has kept the record */
	kit_settle(&kit);
	assert_int_equal(gone.failure, HUBSPOT_OK);
}

/* An urgent write waits for bulk links of its record: they do not wait for all that is urgent. */
static void those_that_are_waited_for_become_urgent(void **state) {
	char contact[32], company[32];
	struct link_told bulk, urgent;
	(void)state;
	make("contacts", contact);
	make("companies", company);
	hubspot_hold(kit.client, true);
	kit.priority = HUBSPOT_BULK;
	link_up(HUBSPOT_LINK, contact, company, &bulk);
	const struct operation *row = list_first(&kit.client->operations, struct operation, all);
	assert_int_equal(row->priority, HUBSPOT_BULK);
	kit.priority = HUBSPOT_INTERACTIVE;
	link_up(HUBSPOT_UNLINK, contact, company, &urgent);
	assert_int_equal(row->priority, HUBSPOT_INTERACTIVE);
	hubspot_hold(kit.client, false);
	kit_settle(&kit);
	assert_int_equal(bulk.failure, HUBSPOT_OK);
	assert_int_equal(urgent.failure, HUBSPOT_OK);
}

/* ---- a key that only the search knows ---- */

static void an_id_is_known_before_the_index_has_it(void **state) {
	struct link_told made, exact, lately;
	json_t *company = json_pack("{ss}", "domain", "b.c");
	struct hubspot_operation wanted = {.kind = HUBSPOT_UPSERT,
		.object = "companies",
		.id = "b.c",
		.id_property = "domain",
		.body = company};
	(void)state;
	kit_control(&kit, json_pack("{si}", "search_lag_ms", 10000));
	submit(&wanted, &made);
	json_decref(company);
	kit_settle(&kit);
	assert_int_equal(made.failure, HUBSPOT_OK);
	wanted.kind = HUBSPOT_READ;
	wanted.body = NULL;
	submit(&wanted, &exact);
	wanted.flags = HUBSPOT_RECENT;
	submit(&wanted, &lately);
	fake_loop_turn(kit.loop);
	assert_int_equal(lately.failure, HUBSPOT_OK);
	assert_string_equal(lately.id, made.id);
	assert_int_equal(lately.attempts, 0);
	kit_settle(&kit);
	assert_int_equal(exact.failure, HUBSPOT_NOT_FOUND);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(links_of_many_records_share_a_call),
		TEST(links_of_one_record_share_a_call),
		TEST(another_type_is_another_call),
		TEST(a_missing_record_fails_its_own_row),
		TEST(unlinking_twice_is_no_error),
		TEST(one_that_may_have_happened_is_sent_again),
		TEST(writes_of_the_record_do_not_overtake),
		TEST(one_that_waits_can_be_cancelled),
		TEST(those_that_are_waited_for_become_urgent),
		TEST(an_id_is_known_before_the_index_has_it),
		cmocka_unit_test_setup_teardown(
			the_old_version_has_other_paths, start_legacy, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
