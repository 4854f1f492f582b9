#include "kit.h"

static const char *open_error(const struct hsck_options *options) {
	assert_null(hsck_open(options));
	return hsck_error();
}

static void test_the_host_says_why_it_refuses(void **state) {
	(void)state;
	static const struct {
		const char *file;
		const char *why;
	} refused[] = {{FIXTURE("wrong-major"), "expected plugin ABI"},
		{FIXTURE("newer-minor"), "expected plugin ABI"},
		{FIXTURE("misnamed"), "expected the file name somebody.so"},
		{FIXTURE("no-init"), "expected an init()"},
		{FIXTURE("failing-init"), "expected init() to return 0, found -3 (HSC_ENOMEM)"},
		{FIXTURE("failing-start"), "expected start() to return 0, found -6 (HSC_ENET)"},
		{FIXTURE("bad-schema"), "minimun"}, {FIXTURE("bad-object"), "absent"},
		{FIXTURE("reserved-route"), "reserved"},
		{FIXTURE("missing-symbol"), "does not load"}, {FIXTURE("nowhere"), "nowhere.so"}};
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_holds(open_error(&(struct hsck_options){.file = refused[i].file}),
			refused[i].why);
	}
	close_clean(open_with(&(struct hsck_options){.file = FIXTURE("good")}));
}

static void test_start_runs_when_it_is_called(void **state) {
	(void)state;
	struct hsck *kit = open_with(
		&(struct hsck_options){.file = FIXTURE("failing-start"), .is_not_started = true});
	assert_false(hsck_start(kit));
	assert_holds(hsck_error(), "expected start() to return 0");
	close_clean(kit);
}

/* A plugin that is linked in may have functions of any name, the host's too. */
int http_reply(int value);
int object_open(int value);
int http_reply(int value) {
	return value + 1;
}
int object_open(int value) {
	return value * 2;
}

static int plain_init(const struct hsc_host *host, void **state) {
	*state = NULL;
	return host->abi_major == HSC_ABI_MAJOR && object_open(http_reply(1)) == 4 ? 0 : HSC_EINVAL;
}

static const struct hsc_plugin LINKED = {.size = sizeof(LINKED),
	.abi_major = HSC_ABI_MAJOR,
	.abi_minor = HSC_ABI_MINOR,
	.name = "linked",
	.version = "1",
	.init = plain_init};

static void test_a_linked_plugin_is_examined_too(void **state) {
	(void)state;
	struct hsc_plugin odd = LINKED;
	odd.name = "Bad";
	assert_holds(open_error(&(struct hsck_options){.plugin = &odd}),
		"the linked plugin: expected a name");
	odd = LINKED;
	odd.abi_minor = HSC_ABI_MINOR + 1;
	assert_holds(open_error(&(struct hsck_options){.plugin = &odd}), "expected plugin ABI");
	odd = LINKED;
	odd.flags = 1u << 31;
	assert_holds(open_error(&(struct hsck_options){.plugin = &odd}), "expected flags");
	odd = LINKED;
	odd.version = NULL;
	assert_holds(open_error(&(struct hsck_options){.plugin = &odd}), "expected a version");
	odd = LINKED;
	odd.init = NULL;
	assert_holds(open_error(&(struct hsck_options){.plugin = &odd}), "expected an init()");
	struct hsck *kit = open_with(&(struct hsck_options){.plugin = &LINKED});
	assert_ptr_equal(hsck_plugin(kit), &LINKED);
	close_clean(kit);
}

static void test_configuration(void **state) {
	(void)state;
	close_clean(open_with(
		&(struct hsck_options){.file = FIXTURE("folder/beta"), .config = "{\"size\": 3}"}));
	assert_holds(open_error(&(struct hsck_options){
			     .file = FIXTURE("folder/beta"), .config = "{\"size\": \"three\"}"}),
		"size");
	assert_holds(open_error(&(struct hsck_options){
			     .file = FIXTURE("good"), .config = "{\"size\": 3}"}),
		"good");
}

static void test_one_held_back_by_name_is_asked_for_here(void **state) {
	(void)state;
	struct hsck *kit = open_with(&(struct hsck_options){.file = FIXTURE("folder/by-name")});
	assert_string_equal(hsck_plugin(kit)->name, "by-name");
	close_clean(kit);
}

static void test_plugins_before_it(void **state) {
	(void)state;
	const char *const before[] = {FIXTURE("good"), NULL};
	assert_holds(open_error(&(struct hsck_options){
			     .file = FIXTURE("taken-route"), .before = before}),
		"taken by the plugin \"good\"");
	struct hsck *kit = open_with(
		&(struct hsck_options){.file = FIXTURE("folder/alpha"), .before = before});
	assert_int_equal(hsck_status(hsck_ask(kit, "GET", "/good/last", NULL)), 200);
	close_clean(kit);
}

static void test_what_is_registered(void **state) {
	(void)state;
	struct hsck *kit = open_with(&(struct hsck_options){.file = FIXTURE("good")});
	const struct hsc_route *route = hsck_route(kit, 0);
	assert_string_equal(route->method, "POST");
	assert_string_equal(route->path, "/good/echo");
	assert_string_equal(
		hsck_schema(kit, route->body_schema), "{\"type\":\"object\",\"required\":[\"a\"]}");
	assert_null(hsck_schema(kit, "nobody's"));
	assert_null(hsck_object(kit, 0));
	size_t count = 0;
	while (hsck_route(kit, count) != NULL) {
		count++;
	}
	assert_true(count >= 8);
	close_clean(kit);

	kit = open_with(&(struct hsck_options){.file = PLUGIN("contacts")});
	assert_string_equal(hsck_object(kit, 0)->path, "/contacts");
	assert_string_equal(hsck_object(kit, 0)->key, "email");
	assert_null(hsck_route(kit, 0));
	close_clean(kit);
}

static void test_many_kits_one_after_the_other(void **state) {
	(void)state;
	for (int i = 0; i < 50; i++) {
		struct hsck *kit = open_with(&(struct hsck_options){
			.file = PLUGIN("contacts"), .hubspot = HSCK_REMEMBER});
		assert_int_equal(hsck_status(hsck_ask(
					 kit, "POST", "/contacts", "{\"email\":\"a@b.example\"}")),
			201);
		close_clean(kit);
	}
	assert_string_equal(hsck_close(NULL), "");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_host_says_why_it_refuses),
		cmocka_unit_test(test_start_runs_when_it_is_called),
		cmocka_unit_test(test_a_linked_plugin_is_examined_too),
		cmocka_unit_test(test_configuration),
		cmocka_unit_test(test_one_held_back_by_name_is_asked_for_here),
		cmocka_unit_test(test_plugins_before_it),
		cmocka_unit_test(test_what_is_registered),
		cmocka_unit_test(test_many_kits_one_after_the_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
