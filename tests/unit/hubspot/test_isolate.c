/* A batch that is refused as a whole is taken apart until only the bad rows fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "client_kit.h"
#include "peek.h"
#include "spoil.h"

static struct kit kit;

enum { ROWS = 100, MORE_CALLS = 15 };

static struct told told[ROWS];
static bool is_bad[ROWS];

static void start_kit(enum hubspot_upsert upsert) {
	const struct hubspot_settings settings = {.base_url = "http://127.0.0.1:1",
		.api_version = "2026-09",
		.token = "pat-test",
		.is_unlimited = true,
		.upsert = upsert,
		.max_calls = 16,
		.timeout_ms = 5000,
		.default_deadline_ms = 60000,
		.max_waiting_rows = 10000};
	kit_start(&kit, &settings);
	kit_control(&kit, json_pack("{ss}", "traces", "ignore"));
	memset(is_bad, 0, sizeof(is_bad));
}

static int start(void **state) {
	(void)state;
	start_kit(HUBSPOT_UPSERT_AUTO);
	return 0;
}

static int start_native(void **state) {
	(void)state;
	start_kit(HUBSPOT_UPSERT_NATIVE);
	return 0;
}

static int stop(void **state) {
	(void)state;
	kit_stop(&kit);
	return 0;
}

static void name_row(char *to, size_t size, const char *format, int row, const char *tail) {
	snprintf(to, size, "%s%d%s", format, row, tail);
}

/* Every bad row has a fault of its own. */
static void submit_rows(enum hubspot_kind kind) {
	for (int i = 0; i < ROWS; i++) {
		char email[32], bad[32];
		name_row(email, sizeof(email), "row", i, "@example.com");
		name_row(bad, sizeof(bad), "no_such_property_", i, "");
		json_t *body = json_pack("{ssss}", "email", email, "firstname", email);
		if (is_bad[i]) {
			json_object_set_new(body, bad, json_string("x"));
		}
		kit_submit(&kit, kind, email, "email", body, &told[i]);
	}
	kit_settle(&kit);
}

static void check_row(int i) {
	char email[32], bad[32];
	name_row(email, sizeof(email), "row", i, "@example.com");
	name_row(bad, sizeof(bad), "no_such_property_", i, "");
	assert_int_equal(told[i].count, 1);
	if (is_bad[i]) {
		assert_int_equal(told[i].failure, HUBSPOT_INVALID);
		assert_int_equal(told[i].outcome, HUBSPOT_NOT_APPLIED);
		assert_false(told[i].is_retryable);
		assert_string_equal(told[i].bad_property, bad);
	} else {
		assert_int_equal(told[i].failure, HUBSPOT_OK);
		assert_string_equal(told[i].firstname, email);
	}
}

static void check_rows(void) {
	size_t good = 0;
	for (int i = 0; i < ROWS; i++) {
		check_row(i);
		good += !is_bad[i];
	}
	assert_int_equal(peek_count(kit.model, "contacts"), good);
}

static void one_bad_row_of_a_hundred(enum hubspot_kind kind, unsigned calls) {
	for (int bad = 0; bad < ROWS; bad += 33) {
		json_decref(kit_ask(&kit, "POST", "/__control",
			json_pack("{sbss}", "reset", true, "traces", "ignore")));
		memset(is_bad, 0, sizeof(is_bad));
		is_bad[bad] = true;
		unsigned before = fake_transport_calls();
		submit_rows(kind);
		check_rows();
		assert_in_range(fake_transport_calls() - before, calls + 1, calls + MORE_CALLS);
	}
}

static void one_bad_create(void **state) {
	(void)state;
	one_bad_row_of_a_hundred(HUBSPOT_CREATE, 1);
}

static void one_bad_upsert(void **state) {
	(void)state;
	one_bad_row_of_a_hundred(HUBSPOT_UPSERT, 2); /* the look-up is whole */
}

static void one_bad_native_upsert(void **state) {
	(void)state;
	one_bad_row_of_a_hundred(HUBSPOT_UPSERT, 1);
}

static void choose_bad(struct dice *dice, unsigned count) {
	memset(is_bad, 0, sizeof(is_bad));
	while (count > 0) {
		unsigned row = dice_under(dice, ROWS);
		count -= !is_bad[row];
		is_bad[row] = true;
	}
}

static void every_number_of_bad_rows(enum hubspot_kind kind) {
	struct dice dice = {20260901};
	for (unsigned count = 0; count <= ROWS; count++) {
		json_decref(kit_ask(&kit, "POST", "/__control",
			json_pack("{sbss}", "reset", true, "traces", "ignore")));
		choose_bad(&dice, count);
		submit_rows(kind);
		check_rows();
	}
}

static void every_number_of_bad_creates(void **state) {
	(void)state;
	every_number_of_bad_rows(HUBSPOT_CREATE);
}

static void every_number_of_bad_native_upserts(void **state) {
	(void)state;
	every_number_of_bad_rows(HUBSPOT_UPSERT);
}

static void every_number_of_bad_rows_with_trace_ids(void **state) {
	(void)state;
	kit_control(&kit, json_pack("{ss}", "traces", "honour"));
	struct dice dice = {7};
	for (unsigned count = 0; count <= ROWS; count += 20) {
		json_decref(kit_ask(
			&kit, "POST", "/__control", json_pack("{sb}", "reset", true)));
		choose_bad(&dice, count);
		unsigned before = fake_transport_calls();
		submit_rows(HUBSPOT_CREATE);
		check_rows();
		assert_int_equal(fake_transport_calls() - before, 1); /* each is told for itself */
	}
}

/* HubSpot names one conflict, and of several says only that there are some. */
static void conflicts_are_told_to_whom_they_concern(void **state) {
	enum { TAKEN = 3 };
	char ids[TAKEN][32];
	(void)state;
	for (int i = 0; i < TAKEN; i++) {
		char email[32];
		name_row(email, sizeof(email), "row", 40 * i, "@example.com");
		json_t *record = kit_ask(&kit, "POST", "/crm/v3/objects/contacts",
			json_pack("{s{ss}}", "properties", "email", email));
		snprintf(ids[i], sizeof(ids[i]), "%s",
			json_string_value(json_object_get(record, "id")));
		json_decref(record);
	}
	submit_rows(HUBSPOT_CREATE);
	for (int i = 0; i < ROWS; i++) {
		if (i % 40 == 0) {
			assert_int_equal(told[i].failure, HUBSPOT_CONFLICT);
			assert_string_equal(told[i].existing_id, ids[i / 40]);
		} else {
			check_row(i);
		}
	}
}

/* ---- scripts ---- */

static char refusal[256];
static char bodies[16][2048];

/* Refuses the first call, then answers as if nothing could go wrong. */
static struct fake_reply refuse_first(const struct call *call, unsigned number, void *ctx) {
	(void)ctx;
	assert_true(number <= 16);
	snprintf(bodies[number - 1], sizeof(bodies[0]), "%s %s", call->path,
		call->body != NULL ? call->body : "");
	if (number == 1) {
		return (struct fake_reply){
			.end = CALL_ANSWERED, .status = 400, .body = refusal, .after_ms = 10};
	}
	static char all[2048];
	snprintf(all, sizeof(all), "{\"id\":\"2\",\"results\":[");
	for (int i = 1; i <= 4; i++) {
		size_t length = strlen(all);
		snprintf(all + length, sizeof(all) - length,
			"%s{\"id\":\"%d\",\"properties\":{}}", i > 1 ? "," : "", i);
	}
	size_t length = strlen(all);
	snprintf(all + length, sizeof(all) - length, "]}");
	return (struct fake_reply){
		.end = CALL_ANSWERED, .status = 200, .body = all, .after_ms = 10};
}

static void update_four(const char *refused_with) {
	snprintf(refusal, sizeof(refusal), "%s", refused_with);
	fake_transport_answer(refuse_first, NULL);
	for (int i = 0; i < 4; i++) {
		char id[8];
		snprintf(id, sizeof(id), "%d", i + 1);
		kit_submit(&kit, HUBSPOT_UPDATE, id, NULL, json_pack("{ss}", "firstname", "X"),
			&told[i]);
	}
	kit_settle(&kit);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(told[i].failure, HUBSPOT_OK);
	}
}

static void named_rows_are_set_aside(void **state) {
	(void)state;
	update_four("{\"status\":\"error\",\"category\":\"VALIDATION_ERROR\",\"message\":\"no\","
		    "\"context\":{\"ids\":[\"2\"]}}");
	assert_int_equal(fake_transport_calls(), 3); /* the named one alone, the rest together */
	unsigned alone = strstr(bodies[1], "/contacts/2 ") != NULL ? 1 : 2;
	assert_non_null(strstr(bodies[alone], "/contacts/2 "));
	const char *rest = bodies[3 - alone];
	assert_non_null(strstr(rest, "batch/update"));
	assert_non_null(strstr(rest, "\"id\":\"1\""));
	assert_null(strstr(rest, "\"id\":\"2\""));
	assert_non_null(strstr(rest, "\"id\":\"4\""));
}

static void rows_named_in_the_list_of_errors_too(void **state) {
	(void)state;
	update_four("{\"status\":\"error\",\"message\":\"no\",\"errors\":[{\"message\":\"no\","
		    "\"context\":{\"ids\":[\"1\",\"3\"]}}]}");
	assert_int_equal(fake_transport_calls(), 4);
}

static void a_refusal_that_names_nobody_is_halved(void **state) {
	(void)state;
	update_four("{\"status\":\"error\",\"message\":\"no\"}");
	assert_int_equal(fake_transport_calls(), 3);
	for (int i = 1; i <= 2; i++) {
		assert_non_null(strstr(bodies[i], "batch/update"));
		assert_true((strstr(bodies[i], "\"id\":\"1\"") != NULL) ==
			(strstr(bodies[i], "\"id\":\"2\"") != NULL));
	}
}

static void one_that_names_everybody_is_halved_too(void **state) {
	(void)state;
	update_four("{\"status\":\"error\",\"message\":\"no\","
		    "\"context\":{\"ids\":[\"1\",\"2\",\"3\",\"4\"]}}");
	assert_int_equal(fake_transport_calls(), 3);
}

/* An empty reply to a hundred rows is no reason for a hundred calls. */
static void many_rows_left_out_go_again_in_halves(void **state) {
	(void)state;
	kit_control(&kit, json_pack("{s{ss}}", "fail", "how", "empty"));
	submit_rows(HUBSPOT_UPSERT);
	check_rows();
	assert_int_equal(kit_calls_to(&kit, "batch/read"), 3);
	assert_in_range(fake_transport_calls(), 4, 5);
}

static void newcomers_stay_out_of_a_refused_batch(void **state) {
	struct told newcomer;
	(void)state;
	snprintf(refusal, sizeof(refusal), "{\"status\":\"error\",\"message\":\"no\"}");
	fake_transport_answer(refuse_first, NULL);
	for (int i = 0; i < 2; i++) {
		char id[8];
		snprintf(id, sizeof(id), "%d", i + 1);
		kit_submit(&kit, HUBSPOT_UPDATE, id, NULL, json_pack("{ss}", "firstname", "X"),
			&told[i]);
	}
	fake_loop_run_ms(kit.loop, 9);
	fake_loop_turn(kit.loop);
	kit_submit(&kit, HUBSPOT_UPDATE, "3", NULL, json_pack("{ss}", "firstname", "X"), &newcomer);
	kit_settle(&kit);
	assert_int_equal(newcomer.failure, HUBSPOT_OK);
	assert_int_equal(newcomer.attempts, 1);
	assert_int_equal(fake_transport_calls(), 4); /* the pair, the newcomer, and each of the pair */
}

static void a_refusal_that_is_not_hubspots_ends_the_rows(void **state) {
	(void)state;
	snprintf(refusal, sizeof(refusal), "<html>no</html>");
	fake_transport_answer(refuse_first, NULL);
	for (int i = 0; i < 2; i++) {
		char id[8];
		snprintf(id, sizeof(id), "%d", i + 1);
		kit_submit(&kit, HUBSPOT_UPDATE, id, NULL, json_pack("{ss}", "firstname", "X"),
			&told[i]);
	}
	kit_settle(&kit);
	assert_int_equal(told[0].failure, HUBSPOT_BAD_REPLY);
	assert_int_equal(told[1].failure, HUBSPOT_BAD_REPLY);
	assert_int_equal(fake_transport_calls(), 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
#define TEST_NATIVE(name) cmocka_unit_test_setup_teardown(name, start_native, stop)
		TEST(one_bad_create),
		TEST(one_bad_upsert),
		TEST_NATIVE(one_bad_native_upsert),
		TEST(every_number_of_bad_creates),
		TEST_NATIVE(every_number_of_bad_native_upserts),
		TEST(every_number_of_bad_rows_with_trace_ids),
		TEST(conflicts_are_told_to_whom_they_concern),
		TEST(named_rows_are_set_aside),
		TEST(rows_named_in_the_list_of_errors_too),
		TEST(a_refusal_that_names_nobody_is_halved),
		TEST(one_that_names_everybody_is_halved_too),
		TEST(many_rows_left_out_go_again_in_halves),
		TEST(newcomers_stay_out_of_a_refused_batch),
		TEST(a_refusal_that_is_not_hubspots_ends_the_rows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
