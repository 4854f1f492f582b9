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
		{"check --online", COMMAND_CHECK}, {"properties pull contacts", COMMAND_PULL}};
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
		{"key new", "unknown command \"key\""},
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
	static const char *const NAMES[] = {
		"serve", "sandbox", "check", "properties", "version", "help"};
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
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_many_plugins),
		cmocka_unit_test(test_usage_names_every_command),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
