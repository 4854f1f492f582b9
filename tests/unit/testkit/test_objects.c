/* The routes of an object, with the small HubSpot that remembers. */
#include "kit.h"

#include <jansson.h>

static int open_contacts(void **state) {
	*state = open_with(
		&(struct hsck_options){.file = PLUGIN("contacts"), .hubspot = HSCK_REMEMBER});
	return 0;
}

static int close_kit(void **state) {
	close_clean(*state);
	return 0;
}

static void make(struct hsck *kit, const char *email, const char *firstname) {
	char body[256];
	snprintf(body, sizeof(body), "{\"email\":\"%s\",\"firstname\":\"%s\"}", email, firstname);
	assert_int_equal(hsck_status(hsck_ask(kit, "POST", "/contacts", body)), 201);
}

static void test_a_record_lives_and_goes(void **state) {
	struct hsck *kit = *state;
	make(kit, "ada@example.com", "Ada");
	assert_reply(hsck_ask(kit, "POST", "/contacts",
			     "{\"email\":\"ADA@example.com\",\"lastname\":\"Lovelace\"}"),
		200, "action", "updated");
	struct hsck_request *read =
		hsck_ask(kit, "GET", "/contacts/ada@example.com?id_property=email", NULL);
	assert_reply(read, 200, "id", "1");
	assert_reply(read, 200, "firstname", "Ada");
	assert_reply(read, 200, "lastname", "Lovelace");
	assert_int_equal(hsck_status(hsck_ask(kit, "PATCH", "/contacts/1",
				 "{\"firstname\":null,\"city\":\"London\"}")),
		200);
	read = hsck_ask(kit, "GET", "/contacts/1", NULL);
	assert_reply(read, 200, "city", "London");
	assert_null(hsck_text(read, "firstname"));
	assert_int_equal(hsck_status(hsck_ask(kit, "DELETE", "/contacts/1", NULL)), 204);
	assert_int_equal(hsck_status(hsck_ask(kit, "GET", "/contacts/1", NULL)), 404);
	assert_int_equal(hsck_status(hsck_ask(kit, "DELETE", "/contacts/1", NULL)), 404);
	assert_int_equal(
		hsck_status(hsck_ask(kit, "PATCH", "/contacts/1", "{\"city\":\"Rome\"}")), 404);
}

static void test_modes(void **state) {
	struct hsck *kit = *state;
	assert_int_equal(hsck_status(hsck_ask(kit, "POST", "/contacts?mode=update",
				 "{\"email\":\"a@b.example\"}")),
		404);
	assert_int_equal(hsck_status(hsck_ask(kit, "POST", "/contacts?mode=create",
				 "{\"email\":\"a@b.example\"}")),
		201);
	assert_reply(hsck_ask(kit, "POST", "/contacts?mode=create", "{\"email\":\"a@b.example\"}"),
		409, "existing_id", "1");
}

static void test_what_breaks_the_schema(void **state) {
	struct hsck *kit = *state;
	assert_reply(hsck_ask(kit, "POST", "/contacts", "{\"email\":\"nobody\"}"), 422,
		"errors.0.field", "/email");
	assert_reply(hsck_ask(kit, "POST", "/contacts", "{\"emial\":\"a@b.example\"}"), 422, "code",
		"validation_failed");
	assert_int_equal(hsck_status(hsck_ask(kit, "POST", "/contacts", "{\"email\":")), 400);
	assert_int_equal(hsck_status(hsck_ask(kit, "POST", "/contacts", NULL)), 400);
	const struct hsck_header text[] = {{"Content-Type", "text/plain"}, {NULL, NULL}};
	assert_int_equal(hsck_status(hsck_send(kit, "POST", "/contacts", text, "{}", 2)), 415);
	assert_int_equal(hsck_operations(kit), 0);
}

static void test_lists_and_pages(void **state) {
	struct hsck *kit = *state;
	make(kit, "a@x.example", "Ada");
	make(kit, "b@x.example", "Bob");
	make(kit, "c@x.example", "Cyd");
	struct hsck_request *first = hsck_ask(kit, "GET", "/contacts?limit=2", NULL);
	assert_reply(first, 200, "results.0.email", "a@x.example");
	assert_reply(first, 200, "results.1.email", "b@x.example");
	assert_null(hsck_text(first, "results.2"));
	char url[512];
	snprintf(url, sizeof(url), "/contacts?limit=2&after=%s",
		hsck_text(first, "paging.next.after"));
	struct hsck_request *second = hsck_ask(kit, "GET", url, NULL);
	assert_reply(second, 200, "results.0.email", "c@x.example");
	assert_null(hsck_text(second, "results.1"));
	assert_null(hsck_text(second, "paging"));
	assert_reply(hsck_ask(kit, "GET", "/contacts?email=b@x.example", NULL), 200, "results.0.id",
		"2");
	assert_reply(
		hsck_ask(kit, "GET", "/contacts?firstname=Cyd", NULL), 200, "results.0.id", "3");
}

static void test_searches(void **state) {
	struct hsck *kit = *state;
	make(kit, "a@x.example", "Ada");
	make(kit, "b@y.example", "Bob");
	make(kit, "c@y.example", "Cyd");
	struct hsck_request *found = hsck_ask(kit, "POST", "/contacts/search",
		"{\"filters\":[{\"property\":\"firstname\",\"operator\":\"IN\",\"values\":[\"Ada\","
		"\"Cyd\"]}],\"sort\":\"-firstname\"}");
	assert_reply(found, 200, "total", "2");
	assert_reply(found, 200, "results.0.firstname", "Cyd");
	assert_reply(found, 200, "results.1.firstname", "Ada");
	found = hsck_ask(kit, "POST", "/contacts/search", "{\"query\":\"y.example\",\"limit\":1}");
	assert_reply(found, 200, "total", "2");
	assert_reply(found, 200, "results.0.id", "2");
	assert_null(hsck_text(found, "results.1"));
	char next[1024];
	snprintf(next, sizeof(next), "{\"query\":\"y.example\",\"limit\":1,\"after\":\"%s\"}",
		hsck_text(found, "paging.next.after"));
	found = hsck_ask(kit, "POST", "/contacts/search", next);
	assert_reply(found, 200, "results.0.id", "3");
	assert_null(hsck_text(found, "paging"));
	assert_int_equal(hsck_status(hsck_ask(kit, "POST", "/contacts/search",
				 "{\"filters\":[{\"property\":\"x\",\"operator\":\"EQ\"}]}")),
		422);
}

static void test_a_batch(void **state) {
	struct hsck *kit = *state;
	make(kit, "a@x.example", "Ada");
	struct hsck_request *request = hsck_ask(kit, "POST", "/contacts/batch",
		"{\"inputs\":[{\"email\":\"a@x.example\",\"city\":\"Rome\"},{\"email\":\"b@x."
		"example\"},{\"email\":\"nobody\"}]}");
	assert_int_equal(hsck_status(request), 207);
	assert_reply(request, 207, "counts.created", "1");
	assert_reply(request, 207, "counts.updated", "1");
	assert_reply(request, 207, "counts.failed", "1");
	assert_reply(request, 207, "results.0.action", "updated");
	assert_reply(request, 207, "results.2.errors.0.field", "/email");
	assert_int_equal(hsck_operation(kit, 1)->flags & HSC_BULK, HSC_BULK);
	assert_int_equal(hsck_operation(kit, 0)->flags & HSC_BULK, 0);
}

static void test_links(void **state) {
	(void)state;
	const char *const before[] = {PLUGIN("companies"), NULL};
	struct hsck *kit = open_with(&(struct hsck_options){
		.file = PLUGIN("contacts"), .before = before, .hubspot = HSCK_REMEMBER});
	const char *company = hsck_put_record(kit, "companies", "{\"name\":\"Acme\"}");
	make(kit, "a@x.example", "Ada");
	assert_string_equal(company, "1");
	assert_int_equal(hsck_status(hsck_ask(kit, "PUT", "/contacts/2/companies/1", NULL)), 200);
	assert_true(hsck_is_linked(kit, "companies", "1", "contacts", "2"));
	assert_reply(hsck_ask(kit, "GET", "/contacts/2/companies", NULL), 200, "results.0.id", "1");
	assert_int_equal(hsck_status(hsck_ask(kit, "PUT", "/contacts/2/companies/99", NULL)), 404);
	assert_int_equal(
		hsck_status(hsck_ask(kit, "DELETE", "/contacts/2/companies/1", NULL)), 204);
	assert_false(hsck_is_linked(kit, "contacts", "2", "companies", "1"));
	assert_reply(hsck_ask(kit, "GET", "/contacts/2/companies", NULL), 200, "results", "[]");
	close_clean(kit);
}

static void test_an_idempotency_key(void **state) {
	struct hsck *kit = *state;
	const struct hsck_header headers[] = {
		{"Content-Type", "application/json"}, {"Idempotency-Key", "one"}, {NULL, NULL}};
	static const char body[] = "{\"email\":\"a@x.example\"}";
	struct hsck_request *first =
		hsck_send(kit, "POST", "/contacts", headers, body, strlen(body));
	struct hsck_request *second =
		hsck_send(kit, "POST", "/contacts", headers, body, strlen(body));
	hsck_run(kit);
	assert_int_equal(hsck_operations(kit), 1);
	assert_int_equal(hsck_status(first), 201);
	assert_int_equal(hsck_status(second), 201);
	assert_string_equal(hsck_header(second, "Idempotent-Replayed"), "true");
}

static void test_overrides(void **state) {
	(void)state;
	struct hsck *kit = open_with(&(struct hsck_options){.file = PLUGIN("contacts"),
		.hubspot = HSCK_REMEMBER,
		.objects =
			"{\"contacts\":{\"properties\":{\"shoe_size\":{\"type\":\"integer\"}}}}"});
	assert_int_equal(hsck_status(hsck_ask(kit, "POST", "/contacts",
				 "{\"email\":\"a@x.example\",\"shoe_size\":42}")),
		201);
	json_t *properties = json_object_get(hsck_record(kit, "contacts", "1"), "properties");
	assert_string_equal(json_string_value(json_object_get(properties, "shoe_size")), "42");
	assert_reply(hsck_ask(kit, "GET", "/contacts/1", NULL), 200, "shoe_size", "42");
	close_clean(kit);
}

static void test_a_script_goes_before_the_memory(void **state) {
	struct hsck *kit = *state;
	hsck_script(kit, HSC_UPSERT, NULL, &(struct hsck_answer){.status = 500, .times = 1});
	assert_int_equal(
		hsck_status(hsck_ask(kit, "POST", "/contacts", "{\"email\":\"a@x.example\"}")),
		502);
	assert_null(hsck_record(kit, "contacts", "1"));
	make(kit, "a@x.example", "Ada");
	assert_non_null(hsck_record(kit, "contacts", "1"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_contacts, close_kit)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_a_record_lives_and_goes),
		TEST(test_modes),
		TEST(test_what_breaks_the_schema),
		TEST(test_lists_and_pages),
		TEST(test_searches),
		TEST(test_a_batch),
		cmocka_unit_test(test_links),
		TEST(test_an_idempotency_key),
		cmocka_unit_test(test_overrides),
		TEST(test_a_script_goes_before_the_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
