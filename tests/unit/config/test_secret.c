#include "place.h"

#include "base/buf.h"

#define SECRET "pat-na1-very-secret"

static void test_token_and_aliases(void **state) {
	(void)state;
	static const char *const NAMES[] = {
		"HUBSPOT_PRIVATE_APP_TOKEN", "HUBSPOT_ACCESS_TOKEN", "HUBSPOT_SERVICE_KEY"};
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		char line[128];
		unset_all();
		snprintf(line, sizeof(line), "%s=" SECRET, NAMES[i]);
		set(line);
		load();
		assert_string_equal(config.token, SECRET);
		assert_string_equal(config.token_name, NAMES[i]);
		config_forget_token(&config);
		assert_null(config.token);
		config_finish(&config);
		/* Overwritten in place: all that is left is the name. */
		assert_string_equal(strchr(variables[0], '='), "=");
		assert_null(memmem(variables[0], sizeof(variables[0]), SECRET, strlen(SECRET)));
	}
}

static void test_wiped_even_when_refused_or_unused(void **state) {
	(void)state;
	set("HUBSPOT_PRIVATE_APP_TOKEN=" SECRET);
	set("CONNECTOR_DRAIN_MS=x");
	refuse("CONNECTOR_DRAIN_MS");
	assert_null(memmem(variables, sizeof(variables), SECRET, strlen(SECRET)));
	unset_all();
	set("HUBSPOT_PRIVATE_APP_TOKEN=" SECRET);
	sources.is_sandbox = true;
	load();
	assert_false(config_has_token(&config));
	assert_null(memmem(variables, sizeof(variables), SECRET, strlen(SECRET)));
	config_finish(&config);
}

static void test_bad_tokens(void **state) {
	(void)state;
	static const char *const BAD[] = {
		"pat na1", "pat-na1\t", "pat-na1\n", " pat", "pat\x7f", "p\xc3\xa9t", "pat\x01"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		char line[128];
		unset_all();
		snprintf(line, sizeof(line), "HUBSPOT_ACCESS_TOKEN=%s", BAD[i]);
		set(line);
		refuse("HUBSPOT_ACCESS_TOKEN: expected 1 to 1024 printable ASCII characters and no "
		       "blanks");
		assert_null(strstr(error, BAD[i]));
	}
	unset_all();
	set("HUBSPOT_PRIVATE_APP_TOKEN=YOUR_HUBSPOT_PRIVATE_APP_TOKEN");
	refuse("HUBSPOT_PRIVATE_APP_TOKEN: expected your own token");
	char text[1200];
	memset(text, 'x', sizeof(text));
	text[1024] = '\0';
	assert_null(secret_fault(text));
	text[1024] = 'x';
	text[1025] = '\0';
	assert_non_null(secret_fault(text));
	assert_non_null(secret_fault(""));
}

static void test_one_spelling_only(void **state) {
	(void)state;
	set("HUBSPOT_PRIVATE_APP_TOKEN=a");
	set("HUBSPOT_SERVICE_KEY=b");
	refuse("HUBSPOT_PRIVATE_APP_TOKEN and HUBSPOT_SERVICE_KEY are both set");
	unset_all();
	put("token", SECRET, 0600);
	set("HUBSPOT_PRIVATE_APP_TOKEN=a");
	set_path("HUBSPOT_PRIVATE_APP_TOKEN_FILE", "token");
	refuse("HUBSPOT_PRIVATE_APP_TOKEN and HUBSPOT_PRIVATE_APP_TOKEN_FILE are both set");
	unset_all();
	set("HUBSPOT_PRIVATE_APP_TOKEN="); /* nothing is no second one */
	set_path("HUBSPOT_ACCESS_TOKEN_FILE", "token");
	load();
	assert_string_equal(config.token_file, path_of("token"));
	config_finish(&config);
	unset_all();
	put(".env", "HUBSPOT_ACCESS_TOKEN=of-the-file\n", 0600);
	set("HUBSPOT_SERVICE_KEY=of-the-environment");
	load();
	assert_string_equal(config.token, "of-the-environment");
	config_finish(&config);
}

static void test_files(void **state) {
	(void)state;
	put("token", SECRET "\n", 0600);
	set_path("HUBSPOT_PRIVATE_APP_TOKEN_FILE", "token");
	load();
	assert_null(config.token);
	assert_string_equal(config.token_file, path_of("token"));
	assert_true(config_has_token(&config));
	assert_string_equal(warnings, "");
	struct buf text;
	buf_init(&text, 65536);
	config_print(&config, &text);
	assert_non_null(strstr(buf_text(&text), "(from file /tmp/hsc-config-"));
	assert_null(strstr(buf_text(&text), SECRET));
	buf_finish(&text);
	config_finish(&config);

	put("token", SECRET "\n", 0644);
	load();
	config_finish(&config);
	assert_non_null(strstr(warnings, "secret readable by others"));
	put("token", SECRET "\n", 0602);
	refuse("is writable by others");
	put("token", SECRET "\n\n", 0600);
	refuse("HUBSPOT_PRIVATE_APP_TOKEN_FILE (in the file): expected 1 to 1024 printable");
	assert_null(strstr(error, SECRET));
	put("token", "", 0600);
	refuse("HUBSPOT_PRIVATE_APP_TOKEN_FILE (in the file): expected");
	put("token", "YOUR_HUBSPOT_PRIVATE_APP_TOKEN\n", 0600);
	refuse("expected your own token");
	unlink(path_of("token"));
	refuse("HUBSPOT_PRIVATE_APP_TOKEN_FILE: ");
	unset_all();
	set("HUBSPOT_PRIVATE_APP_TOKEN_FILE=/tmp");
	refuse("/tmp is no regular file");
}

static char *read_secret(const char *name) {
	return secret_read(path_of(name), error, sizeof(error));
}

static void test_reading(void **state) {
	(void)state;
	static const char *const TEXTS[][2] = {{"a", "a"}, {"a\n", "a"}, {"a\r\n", "a"},
		{"a\n\n", "a\n"}, {"\n", ""}, {"", ""}, {" a ", " a "}, {"a\r", "a\r"}};
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		put("secret", TEXTS[i][0], 0600);
		char *text = read_secret("secret");
		assert_non_null(text);
		assert_string_equal(text, TEXTS[i][1]);
		free(text);
	}
	assert_int_equal(symlink("secret", path_of("link")), 0);
	put("secret", "through a link\n", 0600);
	char *text = read_secret("link");
	assert_string_equal(text, "through a link");
	free(text);
	assert_int_equal(truncate(path_of("secret"), 4), 0);
	assert_int_equal(truncate(path_of("secret"), 5), 0); /* ends in NUL */
	assert_null(read_secret("secret"));
	assert_non_null(strstr(error, "NUL character"));
	assert_int_equal(truncate(path_of("secret"), SECRET_BYTES_MAX + 1), 0);
	assert_null(read_secret("secret"));
	assert_non_null(strstr(error, "larger than 64 KiB"));
	free(config_read_secret(path_of("secret"), SECRET_BYTES_MAX + 1, error, sizeof(error)));
	assert_non_null(strstr(error, "NUL character")); /* whoever reads says how much it may be */
	put("secret", "more than a few bytes", 0600);
	assert_null(config_read_secret(path_of("secret"), 8, error, sizeof(error)));
	assert_non_null(strstr(error, "larger than"));
	assert_int_equal(mkfifo(path_of("token"), 0600), 0);
	assert_null(read_secret("token"));
	assert_non_null(strstr(error, "no regular file"));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_token_and_aliases, open_place, close_place),
		cmocka_unit_test_setup_teardown(
			test_wiped_even_when_refused_or_unused, open_place, close_place),
		cmocka_unit_test_setup_teardown(test_bad_tokens, open_place, close_place),
		cmocka_unit_test_setup_teardown(test_one_spelling_only, open_place, close_place),
		cmocka_unit_test_setup_teardown(test_files, open_place, close_place),
		cmocka_unit_test_setup_teardown(test_reading, open_place, close_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
