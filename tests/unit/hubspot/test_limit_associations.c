/* Associations have a limit of their own, below the one that they share with all calls. */
#include "limit_kit.h"

#include "client_kit.h"

/* How many start within a window, each answered at once. */
static uint32_t associations_in(uint64_t from_ms) {
	uint32_t count = 0;
	for (uint64_t now_ms = from_ms; now_ms < from_ms + W; now_ms++) {
		while (limit_associations_when(limit, now_ms) == 0 && when(now_ms) == 0) {
			struct limit_ticket ticket = take_kind(LIMIT_CALL, now_ms);
			limit_take_association(limit, &ticket);
			give_ticket(ticket, now_ms, 200, rate(-1, -1), REFUSAL_NO_POLICY, 0);
			count++;
		}
	}
	return count;
}

static void they_have_a_part_of_all_calls(void **state) {
	static const struct {
		uint32_t max, most;
	} ACCOUNTS[] = {{100, 100}, {110, 100}, {190, 150}, {250, 200}};
	(void)state;
	for (size_t i = 0; i < sizeof(ACCOUNTS) / sizeof(ACCOUNTS[0]); i++) {
		uint64_t start_ms = T0 + 2 * W;
		limit_destroy(limit);
		make(0, false, 16);
		begin(ACCOUNTS[i].max);
		assert_int_equal(state_at(start_ms).max, ACCOUNTS[i].max);
		assert_in_range(associations_in(start_ms), ACCOUNTS[i].most - 5, ACCOUNTS[i].most);
		assert_in_range(associations_in(start_ms + W + 50), 1, ACCOUNTS[i].most);
	}
}

/* Through the client: links wait for their own slots, and a write goes before them. */
static void others_do_not_wait_for_them(void **state) {
	static const struct hubspot_settings LIMITED = {.base_url = "http://127.0.0.1:1",
		.api_version = "2026-09",
		.token = "pat-test",
		.max_calls = 16,
		.timeout_ms = 5000,
		.default_deadline_ms = 20000,
		.max_waiting_rows = 10000};
	struct told read, write;
	struct kit kit;
	(void)state;
	kit_start(&kit, &LIMITED);
	kit_upsert(&kit, "a@example.com", "A", &write);
	kit_settle(&kit);
	struct limit_ticket ticket = {.kind = LIMIT_CALL};
	for (int i = 0; i < 200; i++) {
		limit_take_association(kit.client->limit, &ticket);
	}
	kit.object = "GET {linked}/contacts/1/associations/companies";
	kit_submit(&kit, HUBSPOT_RAW, NULL, NULL, NULL, &read);
	kit.object = "contacts";
	kit_upsert(&kit, "a@example.com", "B", &write);
	kit_settle(&kit);
	assert_int_equal(write.failure, HUBSPOT_OK);
	assert_int_equal(read.failure, HUBSPOT_DEADLINE);
	assert_int_equal(kit_calls_to(&kit, "/associations/"), 0);
	kit_stop(&kit);
}

static void those_in_flight_count(void **state) {
	struct limit_ticket ticket = {.kind = LIMIT_CALL};
	(void)state;
	make(0, false, 500);
	begin(100);
	for (int i = 0; i < 100; i++) {
		limit_take_association(limit, &ticket);
	}
	assert_true(limit_associations_when(limit, T0) == LIMIT_NEVER);
	limit_destroy(limit);
	make(0, true, 500);
	for (int i = 0; i < 300; i++) {
		limit_take_association(limit, &ticket);
	}
	assert_int_equal(limit_associations_when(limit, T0), 0); /* unlimited */
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, stop)
		TEST(they_have_a_part_of_all_calls),
		TEST(others_do_not_wait_for_them),
		TEST(those_in_flight_count),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
