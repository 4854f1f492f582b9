/* Associations as operations, against a script: what HubSpot may say, and whom it means. */
#include "links_kit.h"

static struct fake_reply script[8];
static char bodies[8][512];

static struct fake_reply say(const struct call *call, unsigned number, void *ctx) {
	size_t at = number - 1 < 7 ? number - 1 : 7;
	(void)ctx;
	snprintf(bodies[at], sizeof(bodies[at]), "%s", call->body != NULL ? call->body : "");
	return script[at];
}

static void reply_with(size_t number, int status, const char *body) {
	script[number - 1] = (struct fake_reply){
		.end = CALL_ANSWERED, .status = status, .body = body, .after_ms = 20};
}

static void begin_script(void) {
	memset(script, 0, sizeof(script));
	memset(bodies, 0, sizeof(bodies));
	fake_transport_answer(say, NULL);
}

static void inputs_are_as_hubspot_wants_them(void **state) {
	struct link_told told;
	(void)state;
	begin_script();
	reply_with(1, 200,
		"{\"status\":\"COMPLETE\",\"results\":[{\"from\":{\"id\":7},\"to\":{\"id\":9}}]}");
	reply_with(2, 200, "{\"status\":\"COMPLETE\",\"results\":[]}");
	link_up(HUBSPOT_LINK, "7", "9", &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_string_equal(
		bodies[0], "{\"inputs\":[{\"from\":{\"id\":\"7\"},\"to\":{\"id\":\"9\"}}]}");
	link_up(HUBSPOT_UNLINK, "7", "9", &told);
	kit_settle(&kit);
	assert_int_equal(told.failure, HUBSPOT_OK);
	assert_string_equal(
		bodies[1], "{\"inputs\":[{\"from\":{\"id\":\"7\"},\"to\":[{\"id\":\"9\"}]}]}");
}

/* HubSpot tells 1 -> 2 from both ends: it must not count for 2 -> 1, which is another link. */
static void ids_crosswise_are_told_apart(void **state) {
	struct link_told there, back;
	(void)state;
	begin_script();
	reply_with(1, 200,
		"{\"results\":[{\"from\":{\"id\":\"1\"},\"to\":{\"id\":\"2\"}},"
		"{\"from\":{\"id\":\"2\"},\"to\":{\"id\":\"1\"}}]}");
	reply_with(2, 207,
		"{\"results\":[],\"errors\":[{\"category\":\"VALIDATION_ERROR\",\"subCategory\":"
		"\"crm.associations.INVALID_IDENTIFIER\",\"context\":{\"id\":[\"2\"]}}]}");
	link_up(HUBSPOT_LINK, "1", "2", &there);
	link_up(HUBSPOT_LINK, "2", "1", &back);
	kit_settle(&kit);
	assert_int_equal(there.failure, HUBSPOT_OK);
	assert_int_equal(back.failure, HUBSPOT_NOT_FOUND);
	assert_int_equal(fake_transport_calls(), 2);
}

/* The id of an error is one of either type: a row that was told to be done is not meant. */
static void an_error_means_those_that_are_not_done(void **state) {
	struct link_told good, bad;
	(void)state;
	begin_script();
	reply_with(1, 207,
		"{\"results\":[{\"from\":{\"id\":\"5\"},\"to\":{\"id\":\"3\"}}],\"errors\":[{"
		"\"category\":\"VALIDATION_ERROR\",\"message\":\"no\",\"context\":{\"id\":[\"5\"]}}"
		"]}");
	submit(&(struct hubspot_operation){.kind = HUBSPOT_LINK,
		       .object = "contacts",
		       .id = "5",
		       .to_object = "contacts",
		       .to_id = "3"},
		&good);
	submit(&(struct hubspot_operation){.kind = HUBSPOT_LINK,
		       .object = "contacts",
		       .id = "4",
		       .to_object = "contacts",
		       .to_id = "5"},
		&bad);
	kit_settle(&kit);
	assert_int_equal(good.failure, HUBSPOT_OK);
	assert_int_equal(bad.failure, HUBSPOT_INVALID);
	assert_int_equal(fake_transport_calls(), 1);
}

/* Nothing is said of a link that has gone, and an error names no type: contact 5 is not company 5.
 */
static void an_id_of_both_ends_is_not_in_one_call(void **state) {
	struct link_told good, bad, other;
	(void)state;
	begin_script();
	reply_with(1, 200, "{\"status\":\"COMPLETE\",\"results\":[]}");
	reply_with(2, 207,
		"{\"results\":[],\"errors\":[{\"category\":\"VALIDATION_ERROR\",\"subCategory\":"
		"\"crm.associations.INVALID_IDENTIFIER\",\"context\":{\"id\":[\"5\"]}}]}");
	link_up(HUBSPOT_UNLINK, "5", "9", &good);
	link_up(HUBSPOT_UNLINK, "8", "5", &bad);
	link_up(HUBSPOT_UNLINK, "7", "9", &other);
	kit_settle(&kit);
	assert_int_equal(good.failure, HUBSPOT_OK);
	assert_int_equal(other.failure, HUBSPOT_OK);
	assert_int_equal(bad.failure, HUBSPOT_NOT_FOUND);
	assert_int_equal(fake_transport_calls(), 2);
	assert_non_null(strstr(bodies[0], "\"7\""));
}

static size_t count_of(const char *text, const char *part) {
	size_t count = 0;
	for (; (text = strstr(text, part)) != NULL; text++) {
		count++;
	}
	return count;
}

#define GOOD "{\"from\":{\"id\":\"1\"},\"to\":{\"id\":\"2\"}}"

static void equal_links_are_told_once(void **state) {
	enum { COUNT = 150 };
	static struct link_told told[COUNT];
	struct link_told other;
	(void)state;
	for (int kind = HUBSPOT_LINK; kind <= HUBSPOT_UNLINK; kind++) {
		unsigned before = fake_transport_calls();
		begin_script();
		reply_with(before + 1, 200,
			kind == HUBSPOT_LINK ? "{\"results\":[" GOOD "]}" : "{\"results\":[]}");
		for (int i = 0; i < COUNT; i++) {
			link_up((enum hubspot_kind)kind, "1", "2", &told[i]);
		}
		kit_settle(&kit);
		for (int i = 0; i < COUNT; i++) {
			assert_int_equal(told[i].count, 1);
			assert_int_equal(told[i].failure, HUBSPOT_OK);
		}
		assert_int_equal(fake_transport_calls(), before + 1);
		assert_int_equal(count_of(bodies[before], "\"from\""), 1);
	}
	begin_script();
	reply_with(3, 400,
		"{\"status\":\"error\",\"category\":\"VALIDATION_ERROR\",\"message\":\"4 is not a "
		"valid ID\",\"context\":{\"id\":[\"4\"]}}");
	reply_with(4, 200, "{\"results\":[" GOOD "]}");
	reply_with(5, 400,
		"{\"status\":\"error\",\"category\":\"VALIDATION_ERROR\",\"message\":\"no\"}");
	link_up(HUBSPOT_LINK, "1", "2", &other);
	for (int i = 0; i < COUNT; i++) {
		link_up(HUBSPOT_LINK, "3", "4", &told[i]);
	}
	kit_settle(&kit);
	assert_int_equal(other.failure, HUBSPOT_OK);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(told[i].failure, HUBSPOT_INVALID);
	}
	assert_int_equal(fake_transport_calls(), 5);
}

static void a_row_of_which_nothing_is_said_is_asked_alone(void **state) {
	struct link_told good, bad;
	(void)state;
	begin_script();
	reply_with(1, 207,
		"{\"results\":[{\"from\":{\"id\":\"1\"},\"to\":{\"id\":\"2\"}}],\"errors\":[{"
		"\"category\":\"VALIDATION_ERROR\",\"message\":\"Object 3 cannot be associated to "
		"itself (3)\"}]}");
	reply_with(2, 207,
		"{\"results\":[],\"errors\":[{\"category\":\"VALIDATION_ERROR\",\"message\":"
		"\"Object 3 cannot be associated to itself (3)\"}]}");
	link_up(HUBSPOT_LINK, "1", "2", &good);
	link_up(HUBSPOT_LINK, "3", "3", &bad);
	kit_settle(&kit);
	assert_int_equal(good.failure, HUBSPOT_OK);
	assert_int_equal(bad.failure, HUBSPOT_INVALID);
	assert_string_equal(bad.message, "Object 3 cannot be associated to itself (3)");
	assert_int_equal(fake_transport_calls(), 2);
	assert_null(strstr(bodies[1], "\"1\""));
}

static void a_refusal_of_all_that_names_one(void **state) {
	struct link_told first, bad, last;
	(void)state;
	begin_script();
	reply_with(1, 400,
		"{\"status\":\"error\",\"category\":\"VALIDATION_ERROR\",\"message\":\"4 is not a "
		"valid ID\",\"context\":{\"id\":[\"4\"]}}");
	reply_with(2, 200,
		"{\"results\":[{\"from\":{\"id\":\"1\"},\"to\":{\"id\":\"2\"}},"
		"{\"from\":{\"id\":\"5\"},\"to\":{\"id\":\"6\"}}]}");
	reply_with(3, 400,
		"{\"status\":\"error\",\"category\":\"VALIDATION_ERROR\",\"subCategory\":"
		"\"crm.associations.INVALID_IDENTIFIER\",\"message\":\"4 is not a valid ID\"}");
	link_up(HUBSPOT_LINK, "1", "2", &first);
	link_up(HUBSPOT_LINK, "3", "4", &bad);
	link_up(HUBSPOT_LINK, "5", "6", &last);
	kit_settle(&kit);
	assert_int_equal(first.failure, HUBSPOT_OK);
	assert_int_equal(last.failure, HUBSPOT_OK);
	assert_int_equal(bad.failure, HUBSPOT_NOT_FOUND);
	assert_int_equal(fake_transport_calls(), 3);
}

static void a_404_for_all_is_taken_apart(void **state) {
	struct link_told told[2];
	(void)state;
	begin_script();
	reply_with(1, 404, "{\"status\":\"error\",\"message\":\"resource not found\"}");
	reply_with(2, 404, "{\"status\":\"error\",\"message\":\"resource not found\"}");
	reply_with(3, 200, "{\"results\":[{\"from\":{\"id\":\"3\"},\"to\":{\"id\":\"4\"}}]}");
	link_up(HUBSPOT_LINK, "1", "2", &told[0]);
	link_up(HUBSPOT_LINK, "3", "4", &told[1]);
	kit_settle(&kit);
	assert_int_equal(told[0].failure, HUBSPOT_NOT_FOUND);
	assert_int_equal(told[1].failure, HUBSPOT_OK);
}

static void an_envelope_of_unlinking_may_hold_errors(void **state) {
	struct link_told good, bad;
	(void)state;
	begin_script();
	reply_with(1, 207,
		"{\"results\":[],\"errors\":[{\"category\":\"VALIDATION_ERROR\",\"message\":\"no\","
		"\"context\":{\"ids\":[3]}}]}");
	link_up(HUBSPOT_UNLINK, "1", "2", &good);
	link_up(HUBSPOT_UNLINK, "3", "4", &bad);
	kit_settle(&kit);
	assert_int_equal(good.failure, HUBSPOT_OK);
	assert_int_equal(bad.failure, HUBSPOT_INVALID);
	assert_int_equal(fake_transport_calls(), 1);
}

static void nonsense_is_unknown(void **state) {
	struct link_told told;
	(void)state;
	begin_script();
	for (size_t i = 1; i <= 8; i++) {
		reply_with(i, 200, "<html>");
	}
	for (int kind = HUBSPOT_LINK; kind <= HUBSPOT_UNLINK; kind++) {
		link_up((enum hubspot_kind)kind, "1", "2", &told);
		kit_settle(&kit);
		assert_int_equal(told.failure, HUBSPOT_BAD_REPLY);
		assert_int_equal(told.outcome, HUBSPOT_UNKNOWN);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(inputs_are_as_hubspot_wants_them),
		TEST(ids_crosswise_are_told_apart),
		TEST(an_error_means_those_that_are_not_done),
		TEST(an_id_of_both_ends_is_not_in_one_call),
		TEST(equal_links_are_told_once),
		TEST(a_row_of_which_nothing_is_said_is_asked_alone),
		TEST(a_refusal_of_all_that_names_one),
		TEST(a_404_for_all_is_taken_apart),
		TEST(an_envelope_of_unlinking_may_hold_errors),
		TEST(nonsense_is_unknown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
