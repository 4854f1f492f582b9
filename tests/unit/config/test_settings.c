#include "place.h"

#include <sys/resource.h>

#include "base/buf.h"
#include "base/str.h"

static void test_defaults(void **state) {
	(void)state;
	load();
	assert_string_equal(config.base_url, "https://api.hubapi.com");
	assert_string_equal(config_api_version(&config), "2026-09");
	assert_int_equal(config.rate_limit, 0);
	assert_int_equal(config.max_calls, 16);
	assert_int_equal(config.call_timeout_ms, 5000);
	assert_string_equal(config.listen, "127.0.0.1:8080");
	assert_null(config.plugin_dir);
	assert_null(config.plugins);
	assert_int_equal(config.anonymous, CONFIG_ANONYMOUS_UNSET);
	assert_int_equal(config.request_timeout_ms, 20000);
	assert_int_equal(config.max_body_bytes, 1024 * 1024);
	assert_int_equal(config.max_waiting_rows, 10000);
	assert_int_equal(config.drain_ms, 30000);
	assert_false(config_has_token(&config));
	assert_int_equal(json_object_size(config.objects) + json_object_size(config.sections), 0);
	config_finish(&config);
}

static void test_connections_follow_the_open_files(void **state) {
	(void)state;
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	rlim_t hard = limit.rlim_max;
	limit.rlim_cur = 64;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	load();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_true(limit.rlim_cur == hard);
	assert_int_equal(config.max_connections, hard / 2 < 10000 ? hard / 2 : 10000);
	config_finish(&config);
	set("CONNECTOR_MAX_CONNECTIONS=7");
	load();
	assert_int_equal(config.max_connections, 7);
	config_finish(&config);
}

static void test_keys_and_admin(void **state) {
	(void)state;
	load();
	assert_null(config.api_keys_file);
	assert_null(config.admin_listen);
	config_finish(&config);
	set("CONNECTOR_API_KEYS_FILE=/not/there/yet.json"); /* `key new` may make it */
	set("CONNECTOR_ADMIN_LISTEN=[::]:9090");
	load();
	assert_string_equal(config.api_keys_file, "/not/there/yet.json");
	assert_string_equal(config.admin_listen, "[::]:9090");
	config_finish(&config);
	unset_all();
	set("CONNECTOR_ADMIN_LISTEN=9090");
	refuse("CONNECTOR_ADMIN_LISTEN: expected ADDRESS:PORT");
}

/* Every number takes its bounds and refuses what is just outside, with both in the line. */
static void test_bounds(void **state) {
	(void)state;
	char line[256], words[256];
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings_table[i];
		if (setting->type != &SETTING_NUMBER && setting->type != &SETTING_NUMBER_OR_OFF) {
			continue;
		}
		const uint32_t good[] = {setting->min, setting->max};
		for (size_t n = 0; n < 2; n++) {
			unset_all();
			snprintf(line, sizeof(line), "%s=%u", setting->name, good[n]);
			set(line);
			load();
			assert_int_equal(*(uint32_t *)setting_member(setting, &config), good[n]);
			config_finish(&config);
		}
		const long long bad[] = {(long long)setting->min - 1, (long long)setting->max + 1};
		for (size_t n = 0; n < 2; n++) {
			unset_all();
			snprintf(line, sizeof(line), "%s=%lld", setting->name, bad[n]);
			set(line);
			snprintf(words, sizeof(words), "%s: expected a number from %u to %u",
				setting->name, setting->min, setting->max);
			refuse(words);
			snprintf(words, sizeof(words), "found \"%lld\"", bad[n]);
			assert_non_null(strstr(error, words));
		}
	}
}

static void test_wrong_values(void **state) {
	(void)state;
	static const char *const BAD[][2] = {
		{"HUBSPOT_MAX_CALLS=16x",
			"HUBSPOT_MAX_CALLS: expected a number from 1 to 100, found \"16x\""},
		{"HUBSPOT_MAX_CALLS= 16", "found \" 16\""},
		{"HUBSPOT_MAX_CALLS=0x10", "found \"0x10\""},
		{"HUBSPOT_RATE_LIMIT=OFF",
			"expected a number from 1 to 10000, or off, found \"OFF\""},
		{"HUBSPOT_API_VERSION=v4", "expected 2026-09, 2026-03 or v3, found \"v4\""},
		{"HUBSPOT_UPSERT=Auto", "expected auto, resolve or native"},
		{"CONNECTOR_ALLOW_ANONYMOUS=yes", "expected loopback or any, found \"yes\""},
		{"CONNECTOR_LOG_LEVEL=verbose", "expected debug, info, warn or error"},
		{"CONNECTOR_LOG_FORMAT=xml", "expected text or json"},
		{"HUBSPOT_ACCOUNT_ID=12a", "expected a number"},
		{"HUBSPOT_ACCOUNT_ID=012", "expected a number"},
		{"CONNECTOR_PLUGINS=a,,b", "expected names separated by \",\", none of them empty"},
		{"CONNECTOR_PLUGIN_DIR=/a:", "expected folders separated by \":\""},
		{"HUBSPOT_CA_FILE=/nonexistent.pem",
			"expected the path of what is there and can be read"},
		{"CONNECTOR_CONFIG=/nonexistent.json", "CONNECTOR_CONFIG: expected the path"},
	};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		unset_all();
		set(BAD[i][0]);
		refuse(BAD[i][1]);
	}
}

static void test_choices_and_lists(void **state) {
	(void)state;
	set("HUBSPOT_RATE_LIMIT=off");
	set("HUBSPOT_UPSERT=native");
	set("HUBSPOT_API_VERSION=v3");
	set("CONNECTOR_ALLOW_ANONYMOUS=any");
	set("CONNECTOR_LOG_FORMAT=json");
	set("CONNECTOR_PLUGINS= contacts , deals");
	set("CONNECTOR_PLUGIN_DIR=/a b:/c");
	load();
	assert_int_equal(config.rate_limit, CONFIG_RATE_OFF);
	assert_int_equal(config.upsert, 2);
	assert_string_equal(config_api_version(&config), "v3");
	assert_int_equal(config.anonymous, CONFIG_ANONYMOUS_ANY);
	assert_int_equal(config.log_format, LOG_JSON);
	assert_string_equal(config.plugins[0], "contacts");
	assert_string_equal(config.plugins[1], "deals");
	assert_null(config.plugins[2]);
	assert_string_equal(config.plugin_dir[0], "/a b");
	assert_string_equal(config.plugin_dir[1], "/c");
	config_finish(&config);
}

static void check_each(const char *name, const char *const *values, bool is_good) {
	char line[512];
	for (size_t i = 0; values[i] != NULL; i++) {
		unset_all();
		snprintf(line, sizeof(line), "%s=%s", name, values[i]);
		set(line);
		if (config_load(&config, &sources, error) != is_good) {
			fail_msg("%s %s: %s", line, is_good ? "refused" : "taken", error);
		}
		if (is_good) {
			config_finish(&config);
		}
	}
}

static void test_addresses(void **state) {
	(void)state;
	static const char *const GOOD[] = {"127.0.0.1:0", "0.0.0.0:65535", "[::]:80", "[::1]:0",
		"localhost:8080", "unix:/run/x", "unix:x", NULL};
	static const char *const BAD[] = {"127.0.0.1", "8080", ":8080",
		"127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x", "example.com:80",
		"::1:80", "[::1]", "[::1", "[]:80", "[::g]:80", "[127.0.0.1]:80", "256.0.0.1:80",
		"unix:", "127.0.0.1:80:80",
		"unix:/"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaa",
		NULL};
	static const char *const LOCAL[] = {
		"127.0.0.1:0", "127.9.9.9:1", "[::1]:0", "localhost:1", "unix:/x", NULL};
	static const char *const REMOTE[] = {
		"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[fe80::1]:1", "128.0.0.1:1", NULL};
	check_each("CONNECTOR_LISTEN", GOOD, true);
	check_each("CONNECTOR_LISTEN", BAD, false);
	for (size_t i = 0; LOCAL[i] != NULL; i++) {
		assert_true(config_is_loopback(LOCAL[i]));
	}
	for (size_t i = 0; REMOTE[i] != NULL; i++) {
		assert_false(config_is_loopback(REMOTE[i]));
	}
}

static void test_urls(void **state) {
	(void)state;
	static const char *const GOOD[] = {"https://api.hubapi.com", "https://h:1/x/y",
		"http://127.0.0.1:80/sandbox", "http://localhost", "http://[::1]:9",
		"https://[::2]", NULL};
	static const char *const BAD[] = {"api.hubapi.com", "ftp://h", "https://", "https:///x",
		"https://h/", "https://h/x/", "https://h?x=1", "https://h#x", "https://u:p@h",
		"https://u@h", "https://h:0", "https://h:65536", "https://h:x", "https://h/a b",
		"https://h//x", "http://api.hubapi.com", "http://127.evil.example",
		"http://127.0.0.1.evil.example", "http://10.0.0.1", "HTTPS://h", "https://h\\x",
		NULL};
	static const char *const PROXIES[] = {
		"http://p:3128", "http://user:pass@p:3128", "http://[::1]:1", NULL};
	static const char *const NO_PROXIES[] = {"p:3128", "http://p", "https://p:1",
		"socks5://p:1", "http://p:1/", "http://p:0", "http://:1", NULL};
	check_each("HUBSPOT_BASE_URL", GOOD, true);
	check_each("HUBSPOT_BASE_URL", BAD, false);
	check_each("HUBSPOT_PROXY", PROXIES, true);
	check_each("HUBSPOT_PROXY", NO_PROXIES, false);
}

/* What may hold a password is not repeated, neither in a refusal nor by `check`. */
static void test_passwords_are_not_repeated(void **state) {
	(void)state;
	struct buf text;
	set("HUBSPOT_BASE_URL=https://user:hunter2@h");
	refuse("HUBSPOT_BASE_URL: expected https://HOST");
	assert_null(strstr(error, "hunter2"));
	unset_all();
	set("CONNECTOR_LISTEN=PAT-na1-11111111-2222"); /* pasted into the wrong line */
	refuse("CONNECTOR_LISTEN: expected");
	assert_null(strcasestr(error, "pat-"));
	unset_all();
	set("HUBSPOT_PROXY=http://user:hunter2@proxy:3128");
	load();
	buf_init(&text, 65536);
	config_print(&config, &text);
	assert_null(strstr(buf_text(&text), "hunter2"));
	assert_non_null(strstr(buf_text(&text), "http://(hidden)@proxy:3128"));
	buf_finish(&text);
	config_finish(&config);
}

static void test_unknown_names(void **state) {
	(void)state;
	set("CONNECTOR_LISTN=x");
	refuse("CONNECTOR_LISTN: there is no such setting; did you mean CONNECTOR_LISTEN?");
	unset_all();
	set("CONNECTOR_SOMETHING_ELSE=x");
	refuse("CONNECTOR_SOMETHING_ELSE: there is no such setting; hubspot-connector help "
	       "settings");
	unset_all();
	put(".env", "\nCONNECTOR_PORT=8080\n", 0600);
	refuse("CONNECTOR_PORT (.env, line 2): there is no such setting");
	put(".env", "OTHER=1\n", 0600);
	set("CONNECTOR_SERVICE_HOST=10.0.0.1");
	set("CONNECTOR_SERVICE_PORT=80");
	set("CONNECTOR_SERVICE_PORT_HTTP=80");
	set("CONNECTOR_PORT=tcp://10.0.0.1:80");
	set("CONNECTOR_PORT_80_TCP_ADDR=10.0.0.1");
	set("connector_listn=x");
	set("HUBSPOT_SOMETHING_ELSE=x");
	load();
	config_finish(&config);
	assert_string_equal(warnings, "");
	set("HUBSPOT_ACCES_TOKEN=x");
	load();
	config_finish(&config);
	assert_non_null(strstr(warnings,
		"unknown variable name=\"HUBSPOT_ACCES_TOKEN\" "
		"did_you_mean=\"HUBSPOT_ACCESS_TOKEN\""));
}

static void test_order_of_sources(void **state) {
	(void)state;
	put(".env", "CONNECTOR_LISTEN=127.0.0.1:1\nHUBSPOT_MAX_CALLS=3\nHUBSPOT_TIMEOUT_MS=700\n",
		0600);
	set("CONNECTOR_LISTEN=127.0.0.1:2");
	set("HUBSPOT_TIMEOUT_MS="); /* the default, whatever .env says */
	load();
	assert_string_equal(config.listen, "127.0.0.1:2");
	assert_int_equal(config.max_calls, 3);
	assert_int_equal(config.call_timeout_ms, 5000);
	config_finish(&config);
	sources.listen = "127.0.0.1:3";
	sources.plugin_dir = "/x:/y";
	load();
	assert_string_equal(config.listen, "127.0.0.1:3");
	assert_string_equal(config.plugin_dir[1], "/y");
	config_finish(&config);
	sources.listen = "nonsense";
	refuse("CONNECTOR_LISTEN (command line): expected ADDRESS:PORT");
	unset_all();
	put(".env", "\n\nHUBSPOT_MAX_CALLS=0\n", 0600);
	refuse("HUBSPOT_MAX_CALLS (.env, line 3): expected a number from 1 to 100, found \"0\"");
	put("my.env", "HUBSPOT_MAX_CALLS=4\n", 0600);
	sources.env_file = "my.env";
	load();
	assert_int_equal(config.max_calls, 4);
	config_finish(&config);
	sources.env_file = "none.env";
	refuse("none.env cannot be read");
}

static void test_print(void **state) {
	(void)state;
	struct buf text;
	put(".env", "HUBSPOT_MAX_CALLS=3\n", 0600);
	set("CONNECTOR_PLUGINS=a,b");
	load();
	buf_init(&text, 65536);
	config_print(&config, &text);
	for (size_t i = 0; i < settings_count; i++) {
		assert_non_null(strstr(buf_text(&text), settings_table[i].name));
	}
	assert_non_null(strstr(buf_text(&text),
		"HUBSPOT_MAX_CALLS              3                                .env\n"));
	assert_non_null(strstr(buf_text(&text),
		"CONNECTOR_PLUGINS              a,b                              environment\n"));
	assert_non_null(strstr(buf_text(&text),
		"HUBSPOT_RATE_LIMIT             (not set)                        default\n"));
	buf_finish(&text);
	config_finish(&config);
}

/* .env.example is what `help settings` prints; read with every "#" before a name taken off, it is
 * all defaults. */
static void test_example(void **state) {
	(void)state;
	struct buf text;
	static char file[65536];
	FILE *stream = fopen(ENV_EXAMPLE, "r");
	assert_non_null(stream);
	file[fread(file, 1, sizeof(file) - 1, stream)] = '\0';
	fclose(stream);
	buf_init(&text, sizeof(file));
	config_print_example(&text);
	assert_string_equal(file, buf_text(&text));
	assert_non_null(
		strstr(file, "\nHUBSPOT_PRIVATE_APP_TOKEN=YOUR_HUBSPOT_PRIVATE_APP_TOKEN\n"));
	buf_finish(&text);
	for (size_t i = 0; i < settings_count; i++) {
		char *line = str_format("\n%s%s=%s\n", settings_table[i].example != NULL ? "" : "#",
			settings_table[i].name,
			settings_table[i].example != NULL ? settings_table[i].example
							  : settings_table[i].fallback);
		assert_non_null(strstr(file, line));
		free(line);
	}
	put(".env", file, 0600);
	refuse("placeholder YOUR_HUBSPOT_PRIVATE_APP_TOKEN");
	sources.is_sandbox = true;
	load();
	config_finish(&config);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_defaults, open_place, close_place),
		cmocka_unit_test_setup_teardown(
			test_connections_follow_the_open_files, open_place, close_place),
		cmocka_unit_test_setup_teardown(test_keys_and_admin, open_place, close_place),
		cmocka_unit_test_setup_teardown(test_bounds, open_place, close_place),
		cmocka_unit_test_setup_teardown(test_wrong_values, open_place, close_place),
		cmocka_unit_test_setup_teardown(test_choices_and_lists, open_place, close_place),
		cmocka_unit_test_setup_teardown(test_addresses, open_place, close_place),
		cmocka_unit_test_setup_teardown(test_urls, open_place, close_place),
		cmocka_unit_test_setup_teardown(
			test_passwords_are_not_repeated, open_place, close_place),
		cmocka_unit_test_setup_teardown(test_unknown_names, open_place, close_place),
		cmocka_unit_test_setup_teardown(test_order_of_sources, open_place, close_place),
		cmocka_unit_test_setup_teardown(test_print, open_place, close_place),
		cmocka_unit_test_setup_teardown(test_example, open_place, close_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
