/* Whose each operation is, and how urgent: what a caller's API key says of his requests, and of the
 * records of his batches. */
#include "object/links_kit.h"

#include "base/clock.h"

static const struct http_caller shop = {
	.name = "shop", .priority = HTTP_NORMAL, .batch_priority = HTTP_INTERACTIVE, .weight = 3};
static const struct http_caller night = {
	.name = "night", .priority = HTTP_BULK, .batch_priority = HTTP_BULK, .weight = 1};

static void assert_whose(
	const struct http_caller *caller, enum hubspot_priority priority, size_t number) {
	assert_string_equal(asked(number)->caller.name, caller->name);
	assert_int_equal(asked(number)->caller.weight, caller->weight);
	assert_int_equal(asked(number)->priority, priority);
	assert_int_equal(asked(number)->deadline_ms, FAKE_DEADLINE_MS);
	assert_string_equal(asked(number)->label, FAKE_REQUEST_ID);
}

static void end_all(void) {
	for (size_t i = 0; i < fake_operation_count(); i++) {
		(void)fake_finish(i,
			&(struct hubspot_result){
				.failure = HUBSPOT_BUSY, .outcome = HUBSPOT_NOT_APPLIED});
	}
	assert_null(fake_request());
}

static void test_single_requests(void **state) {
	static const struct {
		const char *method, *target, *body;
	} requests[] = {
		{"POST", "/contacts", "{\"email\":\"a@b.c\"}"},
		{"PATCH", "/contacts/7", "{\"firstname\":\"A\"}"},
		{"PATCH", "/contacts/7", "{\"associations\":{\"companies\":[{\"id\":\"8\"}]}}"},
		{"DELETE", "/contacts/7", NULL},
		{"GET", "/contacts/7", NULL},
		{"GET", "/contacts", NULL},
		{"GET", "/contacts?email=a%40b.c", NULL},
		{"GET", "/contacts?firstname=A", NULL},
		{"POST", "/contacts/search", "{}"},
		{"GET", "/contacts/7/companies", NULL},
		{"GET", "/contacts/a%40b.c/companies?id_property=email", NULL},
		{"PUT", "/contacts/7/companies/8", NULL},
		{"DELETE", "/contacts/7/companies/b.c?other_id_property=domain", NULL},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		fake_set_caller(http, &shop, NULL);
		assert_int_equal(
			fake_send(http, requests[i].method, requests[i].target, requests[i].body),
			HTTP_LATER);
		assert_int_equal(fake_operation_count(), 2 * i + 1);
		assert_whose(&shop, HUBSPOT_NORMAL, 2 * i);
		end_all();
		fake_set_caller(http, NULL, NULL);
		fake_send(http, requests[i].method, requests[i].target, requests[i].body);
		assert_int_equal(asked(2 * i + 1)->priority, HUBSPOT_INTERACTIVE);
		assert_string_equal(asked(2 * i + 1)->caller.name, "");
		end_all();
	}
}

/* All that comes after the first step, too. */
static void test_a_write_to_its_end(void **state) {
	(void)state;
	fake_set_caller(http, &shop, NULL);
	fake_set_header(http, "Prefer", "return=representation");
	fake_send(http, "POST", "/contacts",
		"{\"email\":\"a@b.c\",\"associations\":{\"companies\":[{\"domain\":\"b.c\"}]}}");
	assert_true(fake_finish(0, &(struct hubspot_result){.id = "7"}));
	assert_int_equal(asked(1)->kind, HUBSPOT_READ); /* the company */
	assert_whose(&shop, HUBSPOT_NORMAL, 1);
	assert_true(fake_finish(1, &(struct hubspot_result){.id = "8"}));
	assert_int_equal(asked(2)->kind, HUBSPOT_LINK);
	assert_whose(&shop, HUBSPOT_NORMAL, 2);
	assert_true(fake_finish(2, &(struct hubspot_result){.failure = HUBSPOT_OK}));
	assert_int_equal(asked(3)->kind, HUBSPOT_READ); /* the contact */
	assert_whose(&shop, HUBSPOT_NORMAL, 3);
	end_all();
}

static void test_records_of_a_batch(void **state) {
	static const char body[] =
		"{\"inputs\":[{\"email\":\"a@b.c\"},{\"email\":\"b@b.c\",\"associations\":{"
		"\"companies\":[{\"domain\":\"b.c\",\"create\":true}]}}]}";
	(void)state;
	clock_set_ms(1000);
	fake_set_caller(http, &shop, NULL);
	fake_send(http, "POST", "/contacts/batch", body);
	assert_whose(&shop, HUBSPOT_INTERACTIVE, 0);
	assert_whose(&shop, HUBSPOT_INTERACTIVE, 1);
	assert_string_equal(fake_hubspot_room()->caller.name, "shop");
	assert_int_equal(fake_hubspot_room()->priority, HUBSPOT_INTERACTIVE);
	assert_true(fake_finish(1, &(struct hubspot_result){.id = "7"}));
	assert_int_equal(asked(2)->kind, HUBSPOT_UPSERT);
	assert_whose(&shop, HUBSPOT_INTERACTIVE, 2);
	assert_true(fake_finish(2, &(struct hubspot_result){.id = "8"}));
	assert_whose(&shop, HUBSPOT_INTERACTIVE, 3);
	end_all();
	fake_set_caller(http, NULL, NULL);
	fake_send(http, "POST", "/contacts/batch", body);
	assert_int_equal(asked(4)->priority, HUBSPOT_BULK);
	assert_int_equal(fake_hubspot_room()->priority, HUBSPOT_BULK);
	end_all();
}

/* Room is asked for by whose it is, before anything else is. */
static void test_room(void **state) {
	uint64_t retry_after_ms = 0;
	(void)state;
	const struct http_route *single = fake_http_route(http, "GET", "/contacts/{id}");
	const struct http_route *batch = fake_http_route(http, "POST", "/contacts/batch");
	fake_set_caller(http, &shop, NULL);
	fake_send(http, "GET", "/contacts/7", NULL);
	assert_true(single->has_room(fake_request(), &retry_after_ms, single->ctx));
	assert_string_equal(fake_hubspot_room()->caller.name, "shop");
	assert_int_equal(fake_hubspot_room()->caller.weight, 3);
	assert_int_equal(fake_hubspot_room()->priority, HUBSPOT_NORMAL);
	assert_int_equal(fake_hubspot_room()->deadline_ms, FAKE_DEADLINE_MS);
	assert_int_equal(fake_hubspot_room()->rows, 1);
	assert_true(batch->has_room(fake_request(), &retry_after_ms, batch->ctx));
	assert_int_equal(fake_hubspot_room()->priority, HUBSPOT_INTERACTIVE);
	fake_hubspot_set_room(0, 10);
	assert_false(single->has_room(fake_request(), &retry_after_ms, single->ctx));
	assert_int_equal(retry_after_ms, 2500);
	end_all();
}

/* ---- a look-up that another caller began is behind his share ---- */

static void found(struct seeker *seeker, const struct hubspot_result *result) {
	(void)seeker;
	(void)result;
}

static void seek(struct seeker *seeker, const char *caller, enum hubspot_priority priority) {
	char name[16];
	snprintf(name, sizeof(name), "%s", caller); /* nobody's any more, once it has begun */
	const struct find_wanted wanted = {.object = contacts,
		.value = "a@b.c",
		.id_property = "email",
		.behalf = {.caller = {.name = name, .weight = 1},
			.priority = priority,
			.deadline_ms = 5000}};
	assert_true(find_start(seeker, &wanted, found));
	memset(name, 'x', sizeof(name) - 1);
}

static void test_look_ups_that_are_shared(void **state) {
	struct seeker seekers[6];
	(void)state;
	seek(&seekers[0], "shop", HUBSPOT_NORMAL);
	seek(&seekers[1], "shop", HUBSPOT_NORMAL);
	seek(&seekers[2], "shop", HUBSPOT_BULK);
	assert_int_equal(fake_operation_count(), 1);
	seek(&seekers[3], "night", HUBSPOT_BULK);
	assert_int_equal(fake_operation_count(), 2);
	seek(&seekers[4], "shop", HUBSPOT_INTERACTIVE);
	assert_int_equal(fake_operation_count(), 3);
	seek(&seekers[5], "", HUBSPOT_BULK);
	assert_int_equal(fake_operation_count(), 4);
	for (size_t i = 0; i < 4; i++) {
		assert_true(fake_finish(i, &(struct hubspot_result){.id = "7"}));
	}
}

static void test_owners_that_are_shared(void **state) {
	static const char body[] = "{\"email\":\"a@b.c\",\"hubspot_owner_id\":\"o@b.c\"}";
	(void)state;
	object_close_all();
	http_destroy(http);
	http = fake_http_make();
	open_contacts("{\"properties\":{\"hubspot_owner_id\":{\"type\":\"string\"}}}");
	fake_set_caller(http, &night, NULL);
	fake_send(http, "POST", "/contacts", body);
	assert_int_equal(asked(0)->kind, HUBSPOT_RAW);
	assert_whose(&night, HUBSPOT_BULK, 0);
	struct http_request *first = fake_request();
	fake_set_caller(http, &shop, NULL);
	fake_send(http, "POST", "/contacts", body);
	assert_ptr_not_equal(fake_request(), first);
	assert_int_equal(asked(1)->kind, HUBSPOT_RAW);
	assert_whose(&shop, HUBSPOT_NORMAL, 1);
	for (size_t i = 0; i < 2; i++) {
		assert_true(fake_finish(i,
			&(struct hubspot_result){
				.failure = HUBSPOT_BUSY, .outcome = HUBSPOT_NOT_APPLIED}));
	}
	assert_int_equal(fake_reply()->count, 2);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_single_requests),
		TEST(test_a_write_to_its_end),
		TEST(test_records_of_a_batch),
		TEST(test_room),
		TEST(test_look_ups_that_are_shared),
		TEST(test_owners_that_are_shared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
