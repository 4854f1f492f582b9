#include "border.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

#define ONE(name) ((const char *const[]){name, NULL})
#define TEST(name) cmocka_unit_test_setup_teardown(name, border_set_up, border_tear_down)

static struct probe probe, other; /* the plugins' state, until they end after the test */

static void versions(void **state) {
	(void)state;
	assert_true(abi_fits(1, 0, 1, 0));
	assert_false(abi_fits(1, 0, 1, 1));
	assert_false(abi_fits(1, 0, 0, 9));
	assert_true(abi_fits(1, 3, 1, 0));
	assert_true(abi_fits(1, 3, 1, 3));
	assert_false(abi_fits(1, 3, 1, 4));
	assert_false(abi_fits(1, 3, 0, 3));
	assert_false(abi_fits(1, 3, 2, 0));
}

static void names(void **state) {
	(void)state;
	assert_true(is_plugin_name("a"));
	assert_true(is_plugin_name("a-9"));
	assert_true(is_plugin_name("abcdefghijklmnopqrstuvwxyzabcdef"));
	assert_false(is_plugin_name("abcdefghijklmnopqrstuvwxyzabcdefg"));
	assert_false(is_plugin_name(""));
	assert_false(is_plugin_name("9a"));
	assert_false(is_plugin_name("-a"));
	assert_false(is_plugin_name("A"));
	assert_false(is_plugin_name("a_b"));
	assert_false(is_plugin_name("a/b"));
	assert_false(is_plugin_name("a\n"));
}

static void a_refused_plugin_stops_the_start_with_one_line(void **state) {
	static const struct {
		const char *name;
		const char *says;
	} CASES[] = {
		{"text", "not a shared object"},
		{"empty", "not a shared object"},
		{"absent", "cannot be read"},
		{"no-symbol", "without the symbol hsc_plugin"},
		{"other-architecture", "one for another architecture"},
		{"missing-symbol", "function_that_nobody_has"},
		{"missing-library", "libhsc-that-nobody-has.so.7"},
		{"wrong-major", "at most 1.0, found 2.0; the host is too old: upgrade it"},
		{"old-major", "at most 1.0, found 0.0; the plugin is too old: rebuild it"},
		{"newer-minor",
			"at most 1.0, found 1.1; the host is too old: upgrade it to one of plugin "
			"ABI 1.1, or rebuild the plugin with HSC_NEEDS_MINOR 0"},
		{"small-size", "bytes, found 16"},
		{"bad-name", "found \"Bad?name\""},
		{"misnamed", "expected the file name somebody.so"},
		{"no-init", "expected an init(), found NULL"},
		{"bad-config-schema", "expected a JSON Schema as config_schema"},
		{"failing-init", "expected init() to return 0, found -3 (HSC_ENOMEM)"},
		{"submits-in-init", "expected init() to return 0, found -2 (HSC_ESTATE)"},
		{"bad-schema", "found -1 (HSC_EINVAL): add_schema: schema \"odd.schema\""},
		{"bad-object", "expected what the plugin registered to fit the host"},
		{"reserved-route", "add_route: path \"/metrics\" is reserved for the host"},
		{"duplicate-route",
			"GET /twice/{another} is taken by the plugin \"duplicate-route\""},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct border *border = *state;
		char file[64];
		assert_false(border_load(border, ONE(CASES[i].name)));
		snprintf(file, sizeof(file), "/%s.so: ", CASES[i].name);
		if (strstr(border->error, file) == NULL ||
			strstr(border->error, CASES[i].says) == NULL ||
			strchr(border->error, '\n') != NULL) {
			fail_msg("%s: %s", CASES[i].name, border->error);
		}
		assert_int_equal(fake_http_route_count(border->http), 0);
	}
}

static void what_a_failed_init_registered_is_gone(void **state) {
	struct border *border = *state;
	border->settings.optional = ONE("failing-init");
	const char *const both[] = {"failing-init", "good", NULL};
	assert_true(border_load(border, both));
	assert_int_equal(plugins_count(border->plugins), 1);
	assert_string_equal(plugins_name(border->plugins, 0), "good");
	assert_string_equal(plugins_version(border->plugins, 0), "1.0");
	assert_null(plugins_name(border->plugins, 1));
	assert_null(fake_http_route(border->http, "GET", "/left-behind"));
	assert_int_equal(lines_with("optional plugin left out", "HSC_ENOMEM"), 1);
	fake_loop_run_ms(border->loop, 100); /* its timer and its post would abort */
}

static void an_optional_one_may_be_no_plugin_at_all(void **state) {
	struct border *border = *state;
	const char *const optional[] = {"text", "absent", NULL};
	const char *const all[] = {"text", "good", "absent", NULL};
	json_object_set_new(
		border->config, "absent", json_object()); /* its section is no mistake either */
	border->settings.optional = optional;
	assert_true(border_load(border, all));
	assert_int_equal(plugins_count(border->plugins), 1);
	assert_int_equal(lines_with("optional plugin left out", ""), 2);
}

static void a_path_of_another_plugin_is_refused_by_name(void **state) {
	struct border *border = *state;
	const char *const both[] = {"good", "taken-route", NULL};
	assert_false(border_load(border, both));
	assert_non_null(strstr(border->error, "GET /good/later is taken by the plugin \"good\""));
}

static void a_route_that_http_refuses_is_the_plugins_failure(void **state) {
	struct border *border = *state;
	border->settings.optional = ONE("good");
	fake_http_take_routes(border->http, 2);
	assert_true(border_load(border, ONE("good")));
	assert_int_equal(plugins_count(border->plugins), 0);
	/* The two routes that http has already answer as if they were not there. */
	assert_int_equal(fake_send(border->http, "GET", "/good/later", NULL), HTTP_REPLIED);
	assert_int_equal(fake_reply()->status, 404);
}

static void folders_go_by_the_alphabet(void **state) {
	struct border *border = *state;
	const char *const folders[] = {HSC_FIXTURES "/nowhere", HSC_FIXTURES "/folder",
		HSC_FIXTURES "/folder/../folder", NULL};
	border->settings.folders = folders;
	assert_true(border_load(border, ONE("good")));
	assert_int_equal(plugins_count(border->plugins), 3); /* not by-name; not alpha twice */
	assert_string_equal(plugins_name(border->plugins, 0), "alpha");
	assert_string_equal(plugins_name(border->plugins, 1), "beta");
	assert_string_equal(plugins_name(border->plugins, 2), "good");
	assert_int_equal(lines_with("plugin folder cannot be read", "nowhere"), 1);
}

static void names_are_loaded_in_their_order(void **state) {
	struct border *border = *state;
	const char *const wanted[] = {"by-name", "alpha", "by-name", NULL};
	border->settings.folders = ONE(HSC_FIXTURES "/folder");
	border->settings.names = wanted;
	assert_true(border_load(border, ONE(NULL)));
	assert_int_equal(plugins_count(border->plugins), 2);
	assert_string_equal(plugins_name(border->plugins, 0), "by-name");
	assert_string_equal(plugins_name(border->plugins, 1), "alpha");
}

static void no_names_are_no_plugins(void **state) {
	struct border *border = *state;
	border->settings.folders = ONE(HSC_FIXTURES "/folder");
	border->settings.names = ONE(NULL);
	assert_true(border_load(border, ONE(NULL)));
	assert_int_equal(plugins_count(border->plugins), 0);
}

static void an_unknown_name_is_told_with_the_nearest(void **state) {
	struct border *border = *state;
	border->settings.folders = ONE(HSC_FIXTURES "/folder");
	border->settings.names = ONE("alhpa");
	assert_false(border_load(border, ONE(NULL)));
	assert_non_null(strstr(border->error, "plugin \"alhpa\""));
	assert_non_null(strstr(border->error, "did you mean \"alpha\"?"));
	border->settings.names = ONE("quite-another");
	assert_false(border_load(border, ONE(NULL)));
	assert_null(strstr(border->error, "did you mean"));
}

static void a_pipe_is_refused_and_not_waited_for(void **state) {
	char folder[] = "/tmp/hsc-plugin-XXXXXX";
	char pipe[64];
	char error[256] = "";
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(pipe, sizeof(pipe), "%s/pipe.so", folder);
	assert_int_equal(mkfifo(pipe, 0600), 0);
	assert_null(trust_resolve(pipe, false, error, sizeof(error)));
	assert_int_equal(unlink(pipe), 0);
	assert_int_equal(rmdir(folder), 0);
	assert_non_null(strstr(error, "/pipe.so: expected a shared object, found no regular file"));
}

/* A thread may outlive its plugin: what it asks then is refused, and harms nobody. */
static void a_stopped_plugin_may_still_ask(void **state) {
	probe = (struct probe){.init = NULL};
	struct border *border = *state;
	border_probe(border, &probe, NULL);
	const struct hsc_host *host = probe.host;
	plugins_stop(border->plugins);
	border->plugins = NULL;
	assert_int_equal(host->loop->post(host, free, NULL), HSC_ESTATE);
	assert_true(host->loop->now_ms(host) > 0);
	hsc_log(host, HSC_INFO, NULL, "still here");
	assert_int_equal(lines_with("still here", "probe"), 1);
	assert_non_null(host->extension(host, "hsc.wire/1"));
	assert_null(host->extension(host, "probe.thing/1"));
	assert_string_equal(host->version, "0.9.0");
}

static void two_of_one_name_are_refused(void **state) {
	struct border *border = *state;
	char copy[] = "/tmp/hsc-plugin-XXXXXX";
	assert_non_null(mkdtemp(copy));
	char *command = str_format("cp %s/folder/alpha.so %s/alpha.so", HSC_FIXTURES, copy);
	assert_int_equal(system(command), 0);
	const char *const folders[] = {HSC_FIXTURES "/folder", copy, NULL};
	border->settings.folders = folders;
	bool is_loaded = border_load(border, ONE(NULL));
	free(command);
	command = str_format("rm -r %s", copy);
	assert_int_equal(system(command), 0);
	free(command);
	assert_false(is_loaded);
	assert_non_null(
		strstr(border->error, "expected one plugin named \"alpha\", found a second one"));
}

static void refuse_config(struct border *border, const char *config, const char *says) {
	border->settings.config = json_loads(config, 0, NULL);
	border->settings.folders = ONE(HSC_FIXTURES "/folder");
	bool is_loaded = border_load(border, ONE(NULL));
	json_decref((json_t *)(uintptr_t)border->settings.config);
	border->settings.config = NULL;
	assert_false(is_loaded);
	if (strstr(border->error, says) == NULL) {
		fail_msg("%s", border->error);
	}
}

static void sections_must_fit(void **state) {
	struct border *border = *state;
	refuse_config(border, "{\"beta\":{\"size\":\"big\"}}",
		"plugins.beta of the configuration to meet the plugin's schema, found: /size");
	refuse_config(border, "{\"beta\":[]}", "plugins.beta of the configuration to be an object");
	refuse_config(border, "{\"alpha\":{}}", "takes none, found plugins.alpha");
	refuse_config(border, "{\"bata\":{}}", "found plugins.bata; did you mean \"beta\"?");
	refuse_config(
		border, "{\"by-name\":{}}", "found plugins.by-name"); /* there, and not loaded */
}

static void a_section_reaches_its_plugin_as_a_copy(void **state) {
	probe = (struct probe){.init = NULL};
	struct border *border = *state;
	border_probe(border, &probe, NULL);
	assert_ptr_not_equal(probe.host->config, json_object_get(border->config, "probe"));
	assert_true(json_equal(probe.host->config, json_object_get(border->config, "probe")));
	assert_int_equal(probe.host->size, sizeof(struct hsc_host));
	assert_int_equal(probe.host->abi_minor, HSC_ABI_MINOR);
	assert_string_equal(probe.host->version, "0.9.0");
	assert_non_null(probe.host->extension(probe.host, "hsc.wire/1"));
	assert_null(probe.host->extension(probe.host, "hsc.wire/2"));
}

static void start_and_fini(void **state) {
	probe = other = (struct probe){.init = NULL};
	struct border *border = *state;
	border_probe(border, &probe, &other);
	assert_int_equal(probe.starts, 0);
	assert_true(plugins_start(border->plugins, border->error, sizeof(border->error)));
	assert_int_equal(probe.starts, 1);
	assert_int_equal(other.starts, 1);
	plugins_stop(border->plugins);
	border->plugins = NULL;
	assert_int_equal(probe.finis, 1);
	assert_int_equal(other.finis, 1);
}

static void a_failing_start_is_told_or_left_out(void **state) {
	struct border *border = *state;
	assert_true(border_load(border, ONE("failing-start")));
	assert_false(plugins_start(border->plugins, border->error, sizeof(border->error)));
	assert_non_null(strstr(border->error,
		"failing-start.so: expected start() to return 0, found -6 (HSC_ENET)"));
	plugins_stop(border->plugins);
	border->settings.optional = ONE("failing-start");
	assert_true(border_load(border, ONE("failing-start")));
	assert_true(plugins_start(border->plugins, border->error, sizeof(border->error)));
	assert_int_equal(plugins_count(border->plugins), 0);
}

static int add_thing(const struct hsc_host *host) {
	const struct hsc_object object = HSC_OBJECT(.path = "/things", .name = "thing",
		.hubspot = "things", .offers = HSC_OBJECT_ALL,
		.schema = "{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"}}}");
	assert_int_equal(host->http->add_object(host, &object), 0);
	assert_int_equal(host->http->add_object(host, &object), HSC_EINVAL);
	return 0;
}

static void an_object_comes_alive(void **state) {
	probe = (struct probe){.init = add_thing};
	struct border *border = *state;
	border_probe(border, &probe, NULL);
	assert_non_null(object_find("things"));
	assert_non_null(fake_http_route(border->http, "POST", "/things"));
}

static void an_object_needs_hubspot(void **state) {
	probe = (struct probe){.init = add_thing};
	struct border *border = *state;
	border->hubspot = NULL;
	json_object_set_new(
		border->config, "probe", json_pack("{s:I}", "at", (json_int_t)(intptr_t)&probe));
	assert_false(border_load(border, ONE("probe")));
	assert_non_null(strstr(border->error, "object /things needs HubSpot"));
	assert_int_equal(probe.finis, 1); /* its init had returned 0 */
}

static void overrides_are_checked_before_anything_is_given(void **state) {
	probe = (struct probe){.init = add_thing};
	struct border *border = *state;
	json_t *objects = json_pack("{s:{s:s}}", "things", "unknwon", "pass");
	border->settings.objects = objects;
	json_object_set_new(
		border->config, "probe", json_pack("{s:I}", "at", (json_int_t)(intptr_t)&probe));
	bool is_loaded = border_load(border, ONE("probe"));
	json_decref(objects);
	assert_false(is_loaded);
	assert_non_null(strstr(border->error, "unknwon"));
	assert_int_equal(fake_http_route_count(border->http), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(versions),
		TEST(names),
		TEST(a_refused_plugin_stops_the_start_with_one_line),
		TEST(what_a_failed_init_registered_is_gone),
		TEST(an_optional_one_may_be_no_plugin_at_all),
		TEST(a_path_of_another_plugin_is_refused_by_name),
		TEST(a_route_that_http_refuses_is_the_plugins_failure),
		TEST(folders_go_by_the_alphabet),
		TEST(names_are_loaded_in_their_order),
		TEST(no_names_are_no_plugins),
		TEST(an_unknown_name_is_told_with_the_nearest),
		TEST(a_pipe_is_refused_and_not_waited_for),
		TEST(a_stopped_plugin_may_still_ask),
		TEST(two_of_one_name_are_refused),
		TEST(sections_must_fit),
		TEST(a_section_reaches_its_plugin_as_a_copy),
		TEST(start_and_fini),
		TEST(a_failing_start_is_told_or_left_out),
		TEST(an_object_comes_alive),
		TEST(an_object_needs_hubspot),
		TEST(overrides_are_checked_before_anything_is_given),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
