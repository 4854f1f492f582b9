/* A test that is wrong ends at once, with a line that says why. */
#include "kit.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void open_kit(struct hsck **kit) {
	*kit = open_with(&(struct hsck_options){.file = FIXTURE("good")});
}

static void no_json_in_an_answer(void) {
	struct hsck *kit;
	open_kit(&kit);
	hsck_script(kit, 0, NULL, &(struct hsck_answer){.record = "{\"a\":"});
}

static void no_object_as_a_record(void) {
	struct hsck *kit;
	open_kit(&kit);
	hsck_script(kit, 0, NULL, &(struct hsck_answer){.record = "[]"});
}

static void no_array_of_errors(void) {
	struct hsck *kit;
	open_kit(&kit);
	hsck_script(kit, 0, NULL, &(struct hsck_answer){.status = 400, .errors = "{}"});
}

static void no_status(void) {
	struct hsck *kit;
	open_kit(&kit);
	hsck_script(kit, 0, NULL, &(struct hsck_answer){.status = 42});
}

static void a_status_of_no_reply(void) {
	struct hsck *kit;
	open_kit(&kit);
	hsck_script(kit, 0, NULL, &(struct hsck_answer){.ends = HSCK_TIMEOUT, .status = 500});
}

static void no_such_end(void) {
	struct hsck *kit;
	open_kit(&kit);
	hsck_script(kit, 0, NULL, &(struct hsck_answer){.ends = 99});
}

static void a_kind_that_does_not_come(void) {
	struct hsck *kit;
	open_kit(&kit);
	hsck_script(kit, HSC_SEARCH, NULL, &(struct hsck_answer){.id = "1"});
}

static void no_such_operation(void) {
	struct hsck *kit;
	open_kit(&kit);
	hsck_answer(kit, 0, &(struct hsck_answer){.id = "1"});
}

static void no_such_method(void) {
	struct hsck *kit;
	open_kit(&kit);
	hsck_request(kit, "get", "/good/last", NULL);
}

static void nothing_is_remembered(void) {
	struct hsck *kit;
	open_kit(&kit);
	hsck_record(kit, "contacts", "1");
}

static void a_second_kit(void) {
	struct hsck *kit;
	open_kit(&kit);
	hsck_open(&(struct hsck_options){.file = FIXTURE("good")});
}

static void a_second_start(void) {
	struct hsck *kit;
	open_kit(&kit);
	(void)hsck_start(kit);
}

static void no_plugin(void) {
	hsck_open(&(struct hsck_options){.file = NULL});
}

static void no_json_in_the_configuration(void) {
	hsck_open(&(struct hsck_options){.file = FIXTURE("folder/beta"), .config = "size: 3"});
}

static void no_level(void) {
	hsck_open(&(struct hsck_options){.file = FIXTURE("good"), .log_level = 7});
}

static void a_bad_scope(void) {
	struct hsck *kit;
	open_kit(&kit);
	hsck_add_key(kit, "crm", "everything");
}

static const struct {
	void (*mistake)(void);
	const char *line;
} MISTAKES[] = {
	{no_json_in_an_answer, "testkit: an answer's record is no JSON: "},
	{no_object_as_a_record, "testkit: an answer's record is an object"},
	{no_array_of_errors, "testkit: an answer's errors are an array"},
	{no_status, "testkit: an answer's status is one of HTTP's"},
	{a_status_of_no_reply,
		"testkit: an answer's status is one of HTTP's, and of HSCK_DONE only, not 500"},
	{no_such_end, "testkit: an answer ends with one of HSCK_DONE"},
	{a_kind_that_does_not_come, "testkit: an operation of kind 8 does not come to HubSpot"},
	{no_such_operation, "testkit: there is no operation 0"},
	{no_such_method, "testkit: there is no method get"},
	{nothing_is_remembered, "testkit: this kit has no records"},
	{a_second_kit, "testkit: a kit is open already"},
	{a_second_start, "testkit: start() has run already"},
	{no_plugin, "testkit: hsck_open() wants a plugin, or a file"},
	{no_json_in_the_configuration, "testkit: the plugin's configuration is no JSON"},
	{no_level, "testkit: log_level is one of"},
	{a_bad_scope, "testkit: hsck_add_key(): "},
};

/* The child's standard error, and how it ended. */
static int run(void (*mistake)(void), char *text, size_t size) {
	int pipes[2];
	int status = 0;
	assert_int_equal(pipe(pipes), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		dup2(pipes[1], STDERR_FILENO);
		mistake();
		_exit(0);
	}
	close(pipes[1]);
	FILE *stream = fdopen(pipes[0], "r");
	size_t length = fread(text, 1, size - 1, stream);
	text[length] = '\0';
	fclose(stream);
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void test_mistakes(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(MISTAKES) / sizeof(MISTAKES[0]); i++) {
		char text[4096];
		int status = run(MISTAKES[i].mistake, text, sizeof(text));
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) {
			fail_msg("\"%s\" was no end: %s", MISTAKES[i].line, text);
		}
		assert_holds(text, MISTAKES[i].line);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_mistakes)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
