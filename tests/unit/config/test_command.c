#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "command.h"

enum { WORDS_MAX = 80 };

static struct command command;
static char error[COMMAND_ERROR_SIZE];
static char words[1024];
static char program[] = "hubspot-connector";
static char plugin[] = "--plugin=x.so";

/* Parses "serve --sandbox ...", split at blanks. */
static bool parse(const char *line) {
	char *argv[WORDS_MAX + 1] = {program};
	int argc = 1;
	snprintf(words, sizeof(words), "%s", line);
	for (char *at = words; *at != '\0' && argc < WORDS_MAX;) {
		argv[argc++] = at;
		at += strcspn(at, " ");
		if (*at != '\0') {
			*at++ = '\0';
		}
	}
	snprintf(error, sizeof(error), "%s", "");
	return command_parse(&command, argc, argv, error);
}

static void test_verbs(void **state) {
	(void)state;
	static const struct {
		const char *line;
		enum command_verb verb;
	} GOOD[] = {{"", COMMAND_SERVE}, {"serve", COMMAND_SERVE}, {"--sandbox", COMMAND_SERVE},
		{"sandbox", COMMAND_SANDBOX}, {"check", COMMAND_CHECK},
		{"version", COMMAND_VERSION}, {"--version", COMMAND_VERSION},
		{"-V", COMMAND_VERSION}, {"help", COMMAND_HELP}, {"--help", COMMAND_HELP},
		{"serve -h", COMMAND_HELP}, {"--sandbox check", COMMAND_CHECK},
		{"check --online", COMMAND_CHECK}, {"properties pull contacts", COMMAND_PULL},
		{"plugin new a", COMMAND_PLUGIN}};
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
		if (!parse(GOOD[i].line) || command.verb != GOOD[i].verb) {
			fail_msg("%s: %s", GOOD[i].line, error);
		}
	}
}

static void test_options(void **state) {
	(void)state;
	assert_true(parse("serve --sandbox --listen [::1]:9 --plugin-dir=/a:/b --plugin x.so "
			  "--plugin y.so --env-file /e"));
	assert_true(command.is_sandbox);
	assert_string_equal(command.listen, "[::1]:9");
	assert_string_equal(command.plugin_dir, "/a:/b");
	assert_string_equal(command.plugins[0], "x.so");
	assert_string_equal(command.plugins[1], "y.so");
	assert_null(command.plugins[2]);
	assert_string_equal(command.env_file, "/e");
	assert_true(parse("serve"));
	assert_false(command.is_sandbox);
	assert_null(command.listen);
	assert_null(command.plugins[0]);
	assert_true(parse("help settings"));
	assert_string_equal(command.topic, "settings");
	assert_true(parse("help"));
	assert_null(command.topic);
}

static void test_what_is_asked_of_hubspot(void **state) {
	(void)state;
	assert_true(parse("check --sandbox"));
	assert_false(command.is_online);
	assert_null(command.pull);
	assert_true(parse("check --online --listen 1.2.3.4:5"));
	assert_true(command.is_online);
	assert_true(parse("properties pull deals"));
	assert_string_equal(command.pull, "deals");
	assert_null(command.names);
	assert_true(parse("properties --sandbox pull --names a,b deals --plugin x.so"));
	assert_string_equal(command.pull, "deals");
	assert_string_equal(command.names, "a,b");
	assert_string_equal(command.plugins[0], "x.so");
	assert_true(command.is_sandbox);
}

static void test_a_new_plugin(void **state) {
	(void)state;
	assert_true(parse("plugin new invoices"));
	assert_string_equal(command.plugin_name, "invoices");
	assert_null(command.from);
	assert_null(command.into);
	assert_null(command.singular);
	assert_true(parse("plugin --from leads new prospects --into /tmp --singular prospect"));
	assert_string_equal(command.plugin_name, "prospects");
	assert_string_equal(command.from, "leads");
	assert_string_equal(command.into, "/tmp");
	assert_string_equal(command.singular, "prospect");
}

static void test_keys(void **state) {
	(void)state;
	assert_true(parse("key new app --scope contacts:write --scope deals:read --file k.json"));
	assert_int_equal(command.verb, COMMAND_KEY_NEW);
	assert_string_equal(command.key.name, "app");
	assert_string_equal(command.key.file, "k.json");
	assert_string_equal(command.key.scopes[0], "contacts:write");
	assert_string_equal(command.key.scopes[1], "deals:read");
	assert_null(command.key.scopes[2]);
	assert_null(command.key.rate);
	assert_true(parse("key --priority bulk --batch-priority normal --weight 7 --rate 5/1s "
			  "--expires 2030-01-01 new app"));
	assert_string_equal(command.key.priority, "bulk");
	assert_string_equal(command.key.batch_priority, "normal");
	assert_string_equal(command.key.weight, "7");
	assert_string_equal(command.key.rate, "5/1s");
	assert_string_equal(command.key.expires, "2030-01-01");
	assert_true(parse("key list"));
	assert_int_equal(command.verb, COMMAND_KEY_LIST);
	assert_true(parse("key revoke app --env-file x"));
	assert_int_equal(command.verb, COMMAND_KEY_REVOKE);
	assert_string_equal(command.key.name, "app");
}

static void test_many_scopes(void **state) {
	(void)state;
	static char key[] = "key", new[] = "new", app[] = "app", scope[] = "--scope=a:read";
	char *argv[COMMAND_SCOPES_MAX + 6] = {program, key, new, app};
	for (size_t i = 0; i <= COMMAND_SCOPES_MAX; i++) {
		argv[4 + i] = scope;
	}
	assert_true(command_parse(&command, COMMAND_SCOPES_MAX + 4, argv, error));
	assert_non_null(command.key.scopes[COMMAND_SCOPES_MAX - 1]);
	assert_null(command.key.scopes[COMMAND_SCOPES_MAX]);
	char *again[COMMAND_SCOPES_MAX + 6] = {program, key, new, app};
	for (size_t i = 0; i <= COMMAND_SCOPES_MAX; i++) {
		again[4 + i] = scope;
	}
	assert_false(command_parse(&command, COMMAND_SCOPES_MAX + 5, again, error));
	assert_non_null(strstr(error, "more than 64 times --scope"));
}

static void test_refusals(void **state) {
	(void)state;
	static const struct {
		const char *line, *words;
	} BAD[] = {
		{"server", "unknown command \"server\""},
		{"serve check", "one word too many \"check\""},
		{"help me", "no help about \"me\""},
		{"help settings x", "one word too many \"x\""},
		{"--sandbx", "unknown option \"--sandbx\", did you mean sandbox?"},
		{"--completely-other", "unknown option \"--completely-other\";"},
		{"-x", "unknown option \"-x\""},
		{"--listen", "a value is missing after \"--listen\""},
		{"sandbox --sandbox", "sandbox does not take --sandbox"},
		{"sandbox --plugin x.so", "sandbox does not take --plugin;"},
		{"version --listen 1:1", "version does not take --listen"},
		{"help --sandbox", "help does not take --sandbox"},
		{"key", "new, list or revoke is missing after \"key\""},
		{"key make app", "new, list or revoke is missing after \"key\""},
		{"key new", "a name is missing"},
		{"key new a b", "one word too many \"b\""},
		{"key new a --scope", "a value is missing after \"--scope\""},
		{"key list a", "one word too many \"a\""},
		{"key list --scope a:read", "key list does not take --scope"},
		{"key revoke", "a name is missing"},
		{"key revoke a --rate 1/1s", "key revoke does not take --rate"},
		{"serve --file x", "serve does not take --file"},
		{"properties", "expected pull after properties, found \"\""},
		{"properties push contacts", "found \"push\""},
		{"properties pull", "an object, such as contacts, is missing"},
		{"properties pull a b", "one word too many \"b\""},
		{"properties pull a --names ,", "a value is missing after \"--names\""},
		{"properties pull a --names", "a value is missing after \"--names\""},
		{"properties pull a --listen 1:1", "properties does not take --listen"},
		{"check --names a", "check does not take --names"},
		{"serve --online", "serve does not take --online"},
		{"--onlne", "did you mean online?"},
		{"plugin", "expected new after plugin, found \"\""},
		{"plugin old invoices", "found \"old\""},
		{"plugin new", "a name, such as invoices, is missing"},
		{"plugin new a b", "one word too many \"b\""},
		{"plugin new a --sandbox", "plugin does not take --sandbox"},
		{"serve --from leads", "serve does not take --from"},
	};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		if (parse(BAD[i].line)) {
			fail_msg("taken: %s", BAD[i].line);
		}
		if (strstr(error, BAD[i].words) == NULL || strchr(error, '\n') != NULL) {
			fail_msg("%s: expected ... %s, found %s", BAD[i].line, BAD[i].words, error);
		}
	}
}

static void test_many_plugins(void **state) {
	(void)state;
	char *argv[COMMAND_PLUGINS_MAX + 3] = {program};
	for (size_t i = 1; i <= COMMAND_PLUGINS_MAX + 1; i++) {
		argv[i] = plugin;
	}
	assert_true(command_parse(&command, COMMAND_PLUGINS_MAX + 1, argv, error));
	assert_non_null(command.plugins[COMMAND_PLUGINS_MAX - 1]);
	assert_false(command_parse(&command, COMMAND_PLUGINS_MAX + 2, argv, error));
	assert_non_null(strstr(error, "more than 64 times --plugin"));
}

static void test_usage_names_every_command(void **state) {
	(void)state;
	struct buf text;
	buf_init(&text, 65536);
	command_print_usage(&text);
	static const char *const NAMES[] = {"serve", "sandbox", "check", "properties", "plugin",
		"key new", "key list", "key revoke", "version", "help"};
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		char line[64];
		snprintf(line, sizeof(line), "\nhubspot-connector %s", NAMES[i]);
		assert_non_null(strstr(buf_text(&text), line));
	}
	buf_finish(&text);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verbs),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_what_is_asked_of_hubspot),
		cmocka_unit_test(test_a_new_plugin),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_many_scopes),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_many_plugins),
		cmocka_unit_test(test_usage_names_every_command),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
