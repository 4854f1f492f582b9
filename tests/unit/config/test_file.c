#include "place.h"

#include "base/json.h"

static void use(const char *text) {
	unset_all();
	put("c.json", text, 0600);
	set_path("CONNECTOR_CONFIG", "c.json");
}

static void test_parts(void **state) {
	(void)state;
	use("{\"objects\":{\"contacts\":{\"unknown\":\"pass\"}},\"plugins\":{\"x\":{\"a\":[1,{"
	    "\"b\":null}],\"c\":true}}}");
	load();
	assert_string_equal(
		json_member_text(json_object_get(config.objects, "contacts"), "unknown"), "pass");
	json_auto_t *expected = json_loads("{\"x\":{\"a\":[1,{\"b\":null}],\"c\":true}}", 0, NULL);
	assert_true(json_equal(config.sections, expected));
	config_finish(&config);
	use("{}");
	load();
	assert_int_equal(json_object_size(config.objects), 0);
	config_finish(&config);
}

static void test_wrong_files(void **state) {
	(void)state;
	static const char *const BAD[][2] = {
		{"", "empty, a JSON value was expected"},
		{"{\n\"a\":", "the text ends too early"},
		{"[]", "expected an object with \"objects\" and \"plugins\""},
		{"{\"object\":{}}", "unknown member \"object\""},
		{"{\"objects\":{},\"objects\":{}}", "twice in one object"},
		{"{\"objects\":[]}", "objects: expected an object"},
		{"{\"objects\":{\"contacts\":1}}", "objects.contacts: expected an object"},
		{"{\"plugins\":{\"x\":null}}", "plugins.x: expected an object"},
		{"{\"plugins\":{\"x\":{\"a\":{\"$env\":1}}}}",
			"plugins.x.a: expected {\"$env\": \"...\"} and nothing beside it"},
		{"{\"plugins\":{\"x\":{\"a\":{\"$file\":\"p\",\"b\":1}}}}",
			"plugins.x.a: expected {\"$file\": \"...\"}"},
		{"{\"plugins\":{\"x\":{\"a\":[0,{\"$env\":\"NOT_SET\"}]}}}",
			"plugins.x.a[1]: $env: expected the variable NOT_SET"},
		{"{\"plugins\":{\"x\":{\"a\":{\"$file\":\"nothing-there\"}}}}",
			"plugins.x.a: $file: "},
	};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		use(BAD[i][0]);
		refuse(BAD[i][1]);
		assert_non_null(strstr(error, "CONNECTOR_CONFIG: "));
		assert_non_null(strstr(error, "c.json: "));
	}
}

static void test_values_from_elsewhere(void **state) {
	(void)state;
	use("{\"plugins\":{\"x\":{\"a\":{\"$file\":\"secret\"},\"b\":[{\"$env\":\"ONE\"},{\"$env\":"
	    "\"TWO\"}]}},"
	    "\"objects\":{\"o\":{\"$env\":\"ONE\"}}}");
	put("secret", "from the file\n", 0600);
	put(".env", "ONE=hidden by the environment\nTWO=from .env\n", 0600);
	set("ONE=from the environment");
	load();
	json_auto_t *expected = json_loads(
		"{\"x\":{\"a\":\"from the file\",\"b\":[\"from the environment\",\"from .env\"]}}",
		0, NULL);
	assert_true(json_equal(config.sections, expected));
	/* Only plugins have secrets: an object's section stays as it is. */
	assert_string_equal(json_member_text(json_object_get(config.objects, "o"), "$env"), "ONE");
	config_finish(&config);
	put("secret", "from the file\n", 0602);
	refuse("is writable by others");
	put("secret", "\xff", 0600);
	refuse("is not valid UTF-8");
}

/* A path is relative to the file that names it, not to where the program was started. */
static void test_relative_paths(void **state) {
	(void)state;
	use("{\"plugins\":{\"x\":{\"a\":{\"$file\":\"secret\"}}}}");
	put("secret", "text", 0600);
	assert_int_equal(chdir("/"), 0);
	load();
	assert_string_equal(json_member_text(json_object_get(config.sections, "x"), "a"), "text");
	config_finish(&config);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_parts, open_place, close_place),
		cmocka_unit_test_setup_teardown(test_wrong_files, open_place, close_place),
		cmocka_unit_test_setup_teardown(
			test_values_from_elsewhere, open_place, close_place),
		cmocka_unit_test_setup_teardown(test_relative_paths, open_place, close_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
