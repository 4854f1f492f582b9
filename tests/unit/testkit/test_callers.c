/* Who may call: keys, scopes, and what the plugin is told of them. */
#include "kit.h"

static int tell(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)state;
	const char *caller = host->http->caller(host, request);
	host->http->reply_bytes(host, request, 200, "text/plain", caller, strlen(caller));
	return HSC_REPLIED;
}

static int init(const struct hsc_host *host, void **state) {
	const struct hsc_route told =
		HSC_ROUTE(.method = "GET", .path = "/callers/me", .handle = tell);
	const struct hsc_route open = HSC_ROUTE(.method = "GET", .path = "/callers/open",
		.flags = HSC_ROUTE_OPEN, .handle = tell);
	const struct hsc_route scoped = HSC_ROUTE(.method = "GET", .path = "/callers/scoped",
		.scope = "deals:admin", .handle = tell);
	*state = NULL;
	int error = host->http->add_route(host, &told);
	error = error != 0 ? error : host->http->add_route(host, &open);
	return error != 0 ? error : host->http->add_route(host, &scoped);
}

static const struct hsc_plugin CALLERS = {.size = sizeof(CALLERS),
	.abi_major = HSC_ABI_MAJOR,
	.abi_minor = HSC_ABI_MINOR,
	.name = "callers",
	.version = "1",
	.init = init};

static int open_kit(void **state) {
	*state = open_with(&(struct hsck_options){.plugin = &CALLERS});
	return 0;
}

static int close_kit(void **state) {
	close_clean(*state);
	return 0;
}

static void test_without_keys_everybody_may(void **state) {
	struct hsck *kit = *state;
	struct hsck_request *request = hsck_ask(kit, "GET", "/callers/scoped", NULL);
	assert_int_equal(hsck_status(request), 200);
	assert_string_equal(hsck_reply(request)->bytes, "");
	assert_string_equal(hsck_header(request, "content-type"), "text/plain");
	assert_null(hsck_json(request));
}

static void test_a_key_and_its_scopes(void **state) {
	struct hsck *kit = *state;
	const char *key = hsck_add_key(kit, "crm", "callers:read contacts:write");
	assert_int_equal(hsck_status(hsck_ask(kit, "GET", "/callers/me", NULL)), 401);
	assert_int_equal(hsck_status(hsck_ask(kit, "GET", "/callers/open", NULL)), 200);
	hsck_use_key(kit, key);
	assert_string_equal(hsck_reply(hsck_ask(kit, "GET", "/callers/me", NULL))->bytes, "crm");
	struct hsck_request *refused = hsck_ask(kit, "GET", "/callers/scoped", NULL);
	assert_int_equal(hsck_status(refused), 403);
	assert_holds(hsck_reply(refused)->bytes, "deals:admin");
	hsck_use_key(kit, NULL);
	assert_int_equal(hsck_status(hsck_ask(kit, "GET", "/callers/me", NULL)), 401);
}

static void test_several_keys(void **state) {
	struct hsck *kit = *state;
	const char *shop = hsck_add_key(kit, "shop", "callers:read");
	const char *sales = hsck_add_key(kit, "sales", "deals:admin");
	hsck_use_key(kit, sales);
	assert_string_equal(
		hsck_reply(hsck_ask(kit, "GET", "/callers/scoped", NULL))->bytes, "sales");
	assert_int_equal(hsck_status(hsck_ask(kit, "GET", "/callers/me", NULL)), 403);
	const struct hsck_header headers[] = {{"X-API-Key", shop}, {NULL, NULL}};
	assert_string_equal(
		hsck_reply(hsck_send(kit, "GET", "/callers/me", headers, NULL, 0))->bytes, "shop");
	const struct hsck_header wrong[] = {{"X-API-Key", "hsc_of_nobody"}, {NULL, NULL}};
	assert_int_equal(hsck_status(hsck_send(kit, "GET", "/callers/me", wrong, NULL, 0)), 401);
}

static void test_an_operation_knows_its_caller(void **state) {
	(void)state;
	struct hsck *kit = open_with(
		&(struct hsck_options){.file = PLUGIN("contacts"), .hubspot = HSCK_REMEMBER});
	hsck_use_key(kit, hsck_add_key(kit, "crm", "contacts:write"));
	assert_int_equal(
		hsck_status(hsck_ask(kit, "POST", "/contacts", "{\"email\":\"a@b.example\"}")),
		201);
	assert_string_equal(hsck_operation(kit, 0)->caller, "crm");
	assert_int_equal(hsck_status(hsck_ask(kit, "GET", "/contacts/1", NULL)), 403);
	close_clean(kit);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_kit, close_kit)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_without_keys_everybody_may),
		TEST(test_a_key_and_its_scopes),
		TEST(test_several_keys),
		cmocka_unit_test(test_an_operation_knows_its_caller),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
