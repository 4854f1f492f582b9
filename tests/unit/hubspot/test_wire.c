/* HubSpot's shapes: what is sent, and whose a result or an error is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>

#include "client_kit.h"

static struct kit kit;

enum { CALLS = 32 };
static char asked[CALLS][4096]; /* "METHOD path body", cut */
static size_t body_lengths[CALLS];
static unsigned rows_of[CALLS];
static const char *script[CALLS]; /* bodies of 200s; NULL: the last one again */

static struct fake_reply say(const struct call *call, unsigned number, void *ctx) {
	unsigned at = number - 1;
	(void)ctx;
	assert_true(number <= CALLS);
	snprintf(asked[at], sizeof(asked[at]), "%s %s %s", call->method, call->path,
		call->body != NULL ? call->body : "");
	body_lengths[at] = call->body_length;
	rows_of[at] = (unsigned)call->row_count;
	while (at > 0 && script[at] == NULL) {
		at--;
	}
	return (struct fake_reply){
		.end = CALL_ANSWERED, .status = 200, .body = script[at], .after_ms = 10};
}

static int start(void **state) {
	(void)state;
	kit_start(&kit, NULL);
	fake_transport_answer(say, NULL);
	memset(script, 0, sizeof(script));
	script[0] = "{\"results\":[]}";
	return 0;
}

static int stop(void **state) {
	(void)state;
	kit_stop(&kit);
	return 0;
}

static void read_by_email(const char *email, struct told *told) {
	kit_submit(&kit, HUBSPOT_READ, email, "email", NULL, told);
}

static void create_nameless(struct told *told) {
	kit_submit(&kit, HUBSPOT_CREATE, NULL, NULL, json_pack("{ss}", "firstname", "Ada"), told);
}

/* ---- whose it is ---- */

static void results_are_told_apart_by_their_values(void **state) {
	struct told a, b, c;
	(void)state;
	script[0] = "{\"results\":["
		    "{\"id\":\"9\",\"properties\":{\"email\":\"stranger@example.com\"}},"
		    "{\"id\":\"3\",\"properties\":{\"email\":\"main@example.com\","
		    "\"hs_additional_emails\":\"x@example.com;c@example.com\"}},"
		    "{\"id\":\"2\",\"properties\":{\"email\":\"b@example.com\"}},"
		    "{\"id\":\"1\",\"properties\":{\"email\":\"a@example.com\"}}]}";
	read_by_email("A@Example.com", &a);
	read_by_email("b@example.com", &b);
	read_by_email("C@EXAMPLE.COM", &c);
	kit_settle(&kit);
	assert_string_equal(a.id, "1");
	assert_string_equal(b.id, "2");
	assert_string_equal(c.id, "3");
	assert_int_equal(fake_transport_calls(), 1);
}

/* The same place in another call. */
static void a_trace_id_of_another_call_is_nobodys(void **state) {
	struct told told;
	(void)state;
	script[0] = "{\"results\":[{\"id\":\"7\",\"properties\":{\"firstname\":\"Ada\"},"
		    "\"objectWriteTraceId\":\"ffffffffffff0000\"}]}";
	create_nameless(&told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_BAD_REPLY);
	assert_int_equal(told.outcome, HUBSPOT_UNKNOWN);
	assert_int_equal(fake_transport_calls(), 1);
}

static void the_only_result_is_the_only_rows(void **state) {
	struct told told;
	(void)state;
	script[0] = "{\"results\":[{\"id\":\"7\",\"properties\":{\"firstname\":\"Ada\"}}]}";
	create_nameless(&told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_string_equal(told.id, "7");
}

static void of_two_results_neither_is_taken_for_it(void **state) {
	static const char *const BODIES[] = {
		"{\"results\":[{\"id\":\"1\",\"properties\":{}},{\"id\":\"7\",\"properties\":{}}]}",
		"{\"results\":[{\"id\":\"1\",\"properties\":{}}],\"errors\":[{\"message\":\"no\","
		"\"category\":\"VALIDATION_ERROR\"}]}"};
	struct told told;
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		script[0] = BODIES[i];
		fake_transport_answer(say, NULL);
		create_nameless(&told);
		kit_settle(&kit);
		assert_int_equal(told.outcome, HUBSPOT_UNKNOWN);
		assert_string_equal(told.id, "");
	}
}

static void the_row_that_has_a_trace_id_is_taken_before_one_without(void **state) {
	struct told told;
	(void)state;
	script[0] =
		"{\"results\":[{\"id\":\"1\",\"properties\":{}},{\"id\":\"7\",\"properties\":{},"
		"\"objectWriteTraceId\":\"${trace}\"}]}";
	create_nameless(&told);
	kit_settle(&kit);
	assert_string_equal(told.id, "7");
}

static void two_rows_without_trace_ids_cannot_be_told_apart(void **state) {
	struct told told[2];
	(void)state;
	script[0] =
		"{\"results\":[{\"id\":\"1\",\"properties\":{}},{\"id\":\"7\",\"properties\":{}}]}";
	create_nameless(&told[0]);
	create_nameless(&told[1]);
	kit_settle(&kit);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(told[i].failure, HUBSPOT_BAD_REPLY);
		assert_int_equal(told[i].outcome, HUBSPOT_UNKNOWN);
	}
	assert_int_equal(fake_transport_calls(), 1);
}

static void an_error_that_names_nobody_is_the_only_rows(void **state) {
	struct told told;
	(void)state;
	script[0] = "{\"results\":[],\"errors\":[{\"status\":\"error\",\"message\":\"it is wrong\","
		    "\"category\":\"VALIDATION_ERROR\"}]}";
	create_nameless(&told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_INVALID);
	assert_string_equal(told.message, "it is wrong");
}

/* A lost result is not "no such record" because another row is. */
static void a_row_left_out_beside_one_not_found_is_asked_for_again(void **state) {
	struct told missing, lost;
	(void)state;
	script[0] = "{\"results\":[],\"errors\":[{\"category\":\"OBJECT_NOT_FOUND\","
		    "\"message\":\"no\",\"context\":{\"ids\":[\"a@x.y\"]}}]}";
	script[1] = "{\"id\":\"2\",\"properties\":{}}";
	kit_submit(&kit, HUBSPOT_READ, "a@x.y", "email", NULL, &missing);
	kit_submit(&kit, HUBSPOT_READ, "b@x.y", "email", NULL, &lost);
	kit_settle(&kit);
	assert_int_equal(missing.failure, HUBSPOT_NOT_FOUND);
	assert_int_equal(lost.failure, HUBSPOT_OK);
	assert_int_equal(fake_transport_calls(), 2);
	assert_non_null(strstr(asked[1], "GET /crm/objects/2026-09/contacts/b%40x.y?idProperty=email"));
}

static void not_found_that_names_nobody_means_all_that_are_missing(void **state) {
	struct told found, missing;
	(void)state;
	script[0] = "{\"results\":[{\"id\":\"1\",\"properties\":{\"email\":\"a@x.y\"}}],\"errors\":["
		    "{\"category\":\"OBJECT_NOT_FOUND\",\"message\":\"no\"}]}";
	kit_submit(&kit, HUBSPOT_READ, "a@x.y", "email", NULL, &found);
	kit_submit(&kit, HUBSPOT_READ, "b@x.y", "email", NULL, &missing);
	kit_settle(&kit);
	assert_int_equal(found.failure, HUBSPOT_OK);
	assert_int_equal(missing.failure, HUBSPOT_NOT_FOUND);
	assert_int_equal(fake_transport_calls(), 1);
}

/* ---- what is sent ---- */

static void a_call_holds_a_hundred_rows(void **state) {
	enum { COUNT = 101 };
	static struct told told[COUNT];
	(void)state;
	for (int i = 0; i < COUNT; i++) {
		create_nameless(&told[i]);
	}
	fake_loop_turn(kit.loop);
	assert_int_equal(fake_transport_calls(), 2);
	assert_int_equal(rows_of[0], 100);
	assert_int_equal(rows_of[1], 1);
	kit_settle(&kit);
}

static void a_call_holds_a_mebibyte(void **state) {
	enum { COUNT = 20, LARGE = 100 * 1000, MEBIBYTE = 1024 * 1024 };
	static struct told told[COUNT];
	static char large[LARGE + 1];
	unsigned rows = 0;
	(void)state;
	memset(large, 'x', LARGE);
	for (int i = 0; i < COUNT; i++) {
		kit_submit(&kit, HUBSPOT_CREATE, NULL, NULL, json_pack("{ss}", "firstname", large),
			&told[i]);
	}
	fake_loop_turn(kit.loop);
	for (unsigned i = 0; i < fake_transport_calls(); i++) {
		assert_in_range(body_lengths[i], LARGE, MEBIBYTE + 64);
		rows += rows_of[i];
	}
	assert_int_equal(rows, COUNT);
	assert_int_equal(fake_transport_calls(), 2);
	kit_settle(&kit);
}

static void a_search_stays_under_its_limit(void **state) {
	enum { COUNT = 100 };
	static struct told told[COUNT];
	unsigned rows = 0;
	(void)state;
	kit.object = "companies";
	script[0] = "{\"total\":0,\"results\":[]}";
	for (int i = 0; i < COUNT; i++) {
		char domain[80];
		snprintf(domain, sizeof(domain),
			"a-company-with-a-rather-long-name-%d.subsidiary.example.com", i);
		kit_submit(&kit, HUBSPOT_READ, domain, "domain", NULL, &told[i]);
	}
	kit_settle(&kit);
	for (unsigned i = 0; i < fake_transport_calls(); i++) {
		assert_true(body_lengths[i] <= 3000);
		rows += rows_of[i];
	}
	assert_int_equal(rows, COUNT);
	assert_in_range(fake_transport_calls(), 2, 4);
}

static void every_written_row_has_a_trace_id_of_its_own(void **state) {
	static struct told told[3];
	char traces[3][TRACE_ID_LENGTH + 1];
	(void)state;
	for (int i = 0; i < 3; i++) {
		create_nameless(&told[i]);
	}
	fake_loop_turn(kit.loop);
	const char *at = asked[0];
	for (int i = 0; i < 3; i++) {
		at = strstr(at, "\"objectWriteTraceId\":\"");
		assert_non_null(at);
		at += strlen("\"objectWriteTraceId\":\"");
		snprintf(traces[i], sizeof(traces[i]), "%s", at);
		assert_int_equal(strspn(traces[i], "0123456789abcdef"), TRACE_ID_LENGTH);
		for (int j = 0; j < i; j++) {
			assert_string_not_equal(traces[i], traces[j]);
		}
	}
	assert_null(strstr(at, "objectWriteTraceId"));
	kit_settle(&kit);
}

static void a_read_asks_for_what_any_of_its_rows_wants(void **state) {
	static const char *const FIRST[] = {"firstname", "city", NULL},
				 *const SECOND[] = {"city", "zip", NULL};
	(void)state;
	script[0] =
		"{\"results\":[{\"id\":\"1\",\"properties\":{}},{\"id\":\"2\",\"properties\":{}}]}";
	char contacts[] = "contacts";
	struct operation rows[2] = {
		{.step = STEP_READ, .step_id = "1", .object = contacts, .step_properties = FIRST},
		{.step = STEP_READ, .step_id = "2", .object = contacts, .step_properties = SECOND}};
	struct call call = {0};
	list_init(&call.rows);
	assert_true(wire_begin(&call, &rows[0], "v3"));
	for (int i = 0; i < 2; i++) {
		list_init(&rows[i].link);
		assert_true(wire_add(&call, &rows[i]));
		list_append(&call.rows, &rows[i].link);
		call.input_count++;
	}
	assert_true(wire_end(&call));
	assert_string_equal(call.path, "/crm/v3/objects/contacts/batch/read");
	assert_string_equal(call.body,
		"{\"inputs\":[{\"id\":\"1\"},{\"id\":\"2\"}],\"properties\":[\"firstname\","
		"\"city\",\"zip\"]}");
	buf_finish(&call.request);
	free(call.path);
}

/* Alone, an id stands in the path: as one step of it, whatever it looks like. */
static void an_id_is_one_step_of_a_path(void **state) {
	static const char *const IDS[] = {"a/b", "1?x=y", "../x", "%2e", "a b#c"};
	static const char *const PATHS[] = {"a%2Fb", "1%3Fx%3Dy", "..%2Fx", "%252e", "a%20b%23c"};
	(void)state;
	for (size_t i = 0; i < 5; i++) {
		char path[128], contacts[] = "contacts";
		struct operation row = {.step = STEP_ARCHIVE,
			.step_id = IDS[i],
			.object = contacts,
			.must_be_alone = true};
		struct call call = {0};
		list_init(&call.rows);
		assert_true(wire_begin(&call, &row, "2026-09"));
		snprintf(path, sizeof(path), "/crm/objects/2026-09/contacts/%s", PATHS[i]);
		assert_string_equal(call.path, path);
		assert_true(call.is_alone);
		buf_finish(&call.request);
		free(call.path);
	}
}

static void dots_are_never_a_step_of_a_path(void **state) {
	static const char *const IDS[] = {".", ".."};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char contacts[] = "contacts";
		struct operation row = {.step = STEP_ARCHIVE,
			.step_id = IDS[i],
			.object = contacts,
			.must_be_alone = true};
		struct call call = {0};
		list_init(&call.rows);
		assert_true(wire_begin(&call, &row, "2026-09"));
		assert_string_equal(call.path, "/crm/objects/2026-09/contacts/batch/archive");
		assert_false(call.is_alone);
		buf_finish(&call.request);
		free(call.path);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(results_are_told_apart_by_their_values),
		TEST(a_trace_id_of_another_call_is_nobodys),
		TEST(the_only_result_is_the_only_rows),
		TEST(of_two_results_neither_is_taken_for_it),
		TEST(the_row_that_has_a_trace_id_is_taken_before_one_without),
		TEST(two_rows_without_trace_ids_cannot_be_told_apart),
		TEST(an_error_that_names_nobody_is_the_only_rows),
		TEST(a_row_left_out_beside_one_not_found_is_asked_for_again),
		TEST(not_found_that_names_nobody_means_all_that_are_missing),
		TEST(a_call_holds_a_hundred_rows),
		TEST(a_call_holds_a_mebibyte),
		TEST(a_search_stays_under_its_limit),
		TEST(every_written_row_has_a_trace_id_of_its_own),
		TEST(a_read_asks_for_what_any_of_its_rows_wants),
		TEST(an_id_is_one_step_of_a_path),
		TEST(dots_are_never_a_step_of_a_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
