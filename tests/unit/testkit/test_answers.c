/* Operations by hand and by script, and what becomes of HubSpot's failures. */
#include "kit.h"

#include <jansson.h>

static int open_contacts(void **state) {
	*state = open_with(&(struct hsck_options){.file = PLUGIN("contacts")});
	return 0;
}

static int close_kit(void **state) {
	close_clean(*state);
	return 0;
}

static const char RECORD[] = "{\"email\":\"Ada@Example.com\",\"firstname\":\"Ada\"}";

static void test_an_operation_is_in_hubspots_words(void **state) {
	struct hsck *kit = *state;
	struct hsck_request *request = hsck_request(kit, "POST", "/contacts", RECORD);
	const struct hsck_operation *operation = hsck_operation(kit, 0);
	assert_int_equal(hsck_operations(kit), 1);
	assert_int_equal(hsck_waiting(kit), 1);
	assert_int_equal(operation->kind, HSC_UPSERT);
	assert_string_equal(operation->object, "contacts");
	assert_string_equal(operation->id, "ada@example.com");
	assert_string_equal(operation->id_property, "email");
	assert_string_equal(
		json_string_value(json_object_get(operation->body, "firstname")), "Ada");
	assert_true(operation->deadline_ms > hsck_now_ms(kit));
	assert_string_equal(operation->caller, "");
	assert_null(hsck_operation(kit, 1));
	assert_holds(hsck_faults(kit),
		"POST /contacts: the plugin has not replied\noperation 0 (contacts "
		"ada@example.com): it has not ended");
	assert_true(hsck_answer(kit, 0, &(struct hsck_answer){.id = "12", .is_created = true}));
	assert_false(hsck_answer(kit, 0, &(struct hsck_answer){.id = "13"}));
	assert_reply(request, 201, "hubspot_contact_id", "12");
	assert_reply(request, 201, "action", "created");
	assert_true(operation->has_ended);
	assert_int_equal(hsck_waiting(kit), 0);
	assert_int_equal(hsck_reply(request)->count, 1);
}

static void test_a_record_is_read(void **state) {
	struct hsck *kit = *state;
	struct hsck_request *request = hsck_request(kit, "GET", "/contacts/12", NULL);
	assert_int_equal(hsck_operation(kit, 0)->kind, HSC_READ);
	assert_string_equal(hsck_operation(kit, 0)->id, "12");
	assert_non_null(hsck_operation(kit, 0)->properties);
	hsck_answer(kit, 0, &(struct hsck_answer){.record = RECORD});
	assert_reply(request, 200, "id", "12");
	assert_reply(request, 200, "firstname", "Ada");
	assert_null(hsck_text(request, "lastname"));
	assert_null(hsck_text(request, "firstname.nothing"));
}

/* Each end of an operation, as the caller of an upsert and of a read gets it. */
static const struct {
	struct hsck_answer answer;
	int write;
	const char *code, *outcome;
	int read;
} ENDS[] = {
	{{.status = 400, .message = "no such property"}, 422, "hubspot_invalid", "not_applied",
		422},
	{{.status = 401}, 502, NULL, "not_applied", 502},
	{{.status = 403}, 502, NULL, "not_applied", 502},
	{{.status = 404}, 404, "not_found", "not_applied", 404},
	{{.status = 409, .existing_id = "7"}, 409, "conflict", "not_applied", 409},
	{{.status = 429}, 503, NULL, "not_applied", 503},
	{{.status = 500}, 502, NULL, "unknown", 502},
	{{.ends = HSCK_TIMEOUT}, 504, NULL, "unknown", 504},
	{{.ends = HSCK_UNREACHABLE}, 503, NULL, "not_applied", 503},
	{{.ends = HSCK_GARBAGE}, 502, NULL, "unknown", 502},
	{{.ends = HSCK_BUSY, .retry_after_ms = 2500}, 503, "busy", "not_applied", 503},
	{{.ends = HSCK_DEADLINE}, 504, NULL, "unknown", 504},
};

static void test_failures(void **state) {
	struct hsck *kit = *state;
	for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
		hsck_script(kit, 0, NULL, &ENDS[i].answer);
		struct hsck_request *write = hsck_ask(kit, "POST", "/contacts", RECORD);
		struct hsck_request *read = hsck_ask(kit, "GET", "/contacts/12", NULL);
		assert_reply(write, ENDS[i].write, "outcome", ENDS[i].outcome);
		if (ENDS[i].code != NULL) {
			assert_reply(write, ENDS[i].write, "code", ENDS[i].code);
		}
		assert_int_equal(hsck_status(read), ENDS[i].read);
		assert_null(hsck_text(read, "outcome"));
	}
}

static void test_what_hubspot_says_is_told(void **state) {
	struct hsck *kit = *state;
	hsck_script(kit, HSC_UPSERT, "contacts",
		&(struct hsck_answer){.status = 400,
			.category = "VALIDATION_ERROR",
			.errors = "[{\"property\":\"firstname\",\"code\":\"TOO_LONG\",\"message\":"
				  "\"is too long\"}]"});
	struct hsck_request *request = hsck_ask(kit, "POST", "/contacts", RECORD);
	assert_reply(request, 422, "errors.0.field", "/firstname");
	assert_reply(request, 422, "hubspot.category", "VALIDATION_ERROR");
	hsck_script(kit, 0, NULL, &(struct hsck_answer){.status = 409, .existing_id = "77"});
	assert_reply(hsck_ask(kit, "POST", "/contacts", RECORD), 409, "existing_id", "77");
	hsck_script(kit, 0, NULL, &(struct hsck_answer){.ends = HSCK_BUSY, .retry_after_ms = 2500});
	assert_string_equal(
		hsck_header(hsck_ask(kit, "POST", "/contacts", RECORD), "retry-after"), "3");
}

static void test_scripts(void **state) {
	struct hsck *kit = *state;
	hsck_script(kit, 0, NULL, &(struct hsck_answer){.status = 500});
	hsck_script(kit, HSC_READ, "contacts", &(struct hsck_answer){.record = RECORD});
	hsck_script(kit, HSC_READ, "contacts", &(struct hsck_answer){.status = 404, .times = 2});
	assert_int_equal(hsck_status(hsck_ask(kit, "GET", "/contacts/1", NULL)), 404);
	assert_int_equal(hsck_status(hsck_ask(kit, "GET", "/contacts/1", NULL)), 404);
	assert_int_equal(hsck_status(hsck_ask(kit, "GET", "/contacts/1", NULL)), 200);
	assert_int_equal(hsck_status(hsck_ask(kit, "DELETE", "/contacts/1", NULL)), 502);
	hsck_script(kit, HSC_RAW, "GET {objects}/contacts",
		&(struct hsck_answer){.body = "{\"results\":[]}"});
	assert_reply(hsck_ask(kit, "GET", "/contacts", NULL), 200, "results", "[]");
	hsck_unscript(kit);
	struct hsck_request *request = hsck_ask(kit, "GET", "/contacts/1", NULL);
	assert_int_equal(hsck_status(request), 0);
	hsck_answer(kit, hsck_operations(kit) - 1, &(struct hsck_answer){.id = "1"});
	assert_int_equal(hsck_status(request), 200);
}

static void test_an_answer_takes_its_time(void **state) {
	struct hsck *kit = *state;
	hsck_script(kit, 0, NULL, &(struct hsck_answer){.record = RECORD, .after_ms = 400});
	struct hsck_request *slow = hsck_ask(kit, "GET", "/contacts/1", NULL);
	hsck_pass(kit, 399);
	assert_null(hsck_reply(slow));
	hsck_pass(kit, 1);
	assert_int_equal(hsck_status(slow), 200);

	/* One by hand takes the place of the script's. */
	struct hsck_request *by_hand = hsck_ask(kit, "GET", "/contacts/1", NULL);
	hsck_answer(kit, 1, &(struct hsck_answer){.status = 404, .after_ms = 1000});
	hsck_pass(kit, 999);
	assert_null(hsck_reply(by_hand));
	hsck_pass(kit, 1);
	assert_int_equal(hsck_status(by_hand), 404);
}

static void test_an_operation_ends_at_its_deadline(void **state) {
	struct hsck *kit = *state;
	const struct hsck_header headers[] = {{"X-Request-Timeout-Ms", "2000"}, {NULL, NULL}};
	struct hsck_request *request = hsck_send(kit, "GET", "/contacts/1", headers, NULL, 0);
	hsck_pass(kit, 1999);
	assert_false(hsck_operation(kit, 0)->has_ended);
	hsck_pass(kit, 1);
	assert_true(hsck_operation(kit, 0)->has_ended);
	assert_reply(request, 504, "code", "deadline");
	assert_int_equal(hsck_reply(request)->at_ms, hsck_now_ms(kit));
}

static void test_there_is_no_room(void **state) {
	struct hsck *kit = *state;
	hsck_set_room(kit, false);
	struct hsck_request *request = hsck_ask(kit, "POST", "/contacts", RECORD);
	assert_reply(request, 503, "code", "busy");
	assert_string_equal(hsck_header(request, "Retry-After"), "1");
	assert_int_equal(hsck_operations(kit), 0);
	hsck_set_room(kit, true);
	hsck_script(kit, 0, NULL, &(struct hsck_answer){.id = "1"});
	assert_int_equal(hsck_status(hsck_ask(kit, "POST", "/contacts", RECORD)), 200);
}

static void test_a_submit_of_the_plugins_is_relayed(void **state) {
	(void)state;
	struct hsck *kit = open_with(&(struct hsck_options){.file = FIXTURE("good")});
	struct hsck_request *request = hsck_request(kit, "GET", "/good/pass/17", NULL);
	assert_string_equal(hsck_operation(kit, 0)->id, "17");
	hsck_answer(kit, 0, &(struct hsck_answer){.record = "{\"email\":\"a@b.example\"}"});
	assert_reply(request, 200, "properties.email", "a@b.example");
	request = hsck_request(kit, "GET", "/good/pass/18", NULL);
	hsck_answer(kit, 1, &(struct hsck_answer){.ends = HSCK_UNREACHABLE});
	assert_int_equal(hsck_status(request), 503);
	hsck_set_room(kit, false);
	request = hsck_request(kit, "GET", "/good/pass/19", NULL);
	hsck_set_room(kit, true);
	hsck_run(kit);
	assert_int_equal(hsck_status(request), 503);
	close_clean(kit);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_contacts, close_kit)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_an_operation_is_in_hubspots_words),
		TEST(test_a_record_is_read),
		TEST(test_failures),
		TEST(test_what_hubspot_says_is_told),
		TEST(test_scripts),
		TEST(test_an_answer_takes_its_time),
		TEST(test_an_operation_ends_at_its_deadline),
		TEST(test_there_is_no_room),
		cmocka_unit_test(test_a_submit_of_the_plugins_is_relayed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
