/*
 * Last words. Each crash happens in a child, whose standard error is read: in the real lending
 * code, with the fakes below it and a plugin (crashes.c) above it.
 */
#include "border.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

enum { TOLD_SIZE = 64 * 1024 };

static struct {
	char text[TOLD_SIZE]; /* what the child said */
	int status;           /* as waitpid() tells it */
} told;

/* As the host begins. cmocka has handlers of its own, which would take the child back into its
 * tests. */
static void install(int to, enum log_format format) {
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		signal(signals[i], SIG_DFL);
	}
	dup2(to, STDERR_FILENO);
	log_redirect(NULL, NULL);
	log_setup(LOG_INFO, format);
	crash_install();
}

/* The way from the plugins' start to their end, past every callback that could crash. */
static _Noreturn void live(struct border *border, const char *in, const char *how) {
	const char *const names[] = {"crashes", NULL};
	LOG_INFO("before");
	json_object_set_new(
		border->config, "crashes", json_pack("{s:s, s:s}", "in", in, "how", how));
	if (!border_load(border, names) ||
		!plugins_start(border->plugins, border->error, sizeof(border->error))) {
		_exit(99);
	}
	fake_send(border->http, "GET", "/crashes", NULL);
	fake_send(border->http, "POST", "/crashes-records", "{\"code\":\"1\"}");
	fake_loop_run_ms(border->loop, 10);
	fake_finish(0, &(struct hubspot_result){.failure = HUBSPOT_NOT_FOUND});
	if (fake_request() != NULL) {
		fake_leave();
	}
	plugins_stop(border->plugins);
	crash_uninstall();
	_exit(98); /* it has survived */
}

static void read_all(int end) {
	size_t length = 0;
	ssize_t more;
	while ((more = read(end, told.text + length, TOLD_SIZE - 1 - length)) > 0) {
		length += (size_t)more;
	}
	told.text[length] = '\0';
	close(end);
}

static void run_child(
	struct border *border, const char *in, const char *how, enum log_format format) {
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t child = fork();
	if (child == 0) {
		install(ends[1], format);
		live(border, in, how);
	}
	assert_true(child > 0);
	close(ends[1]);
	read_all(ends[0]);
	assert_int_equal(waitpid(child, &told.status, 0), child);
}

static void says(const char *text) {
	if (strstr(told.text, text) == NULL) {
		fail_msg("expected \"%s\" in:\n%s", text, told.text);
	}
}

static void ended_by(int signal_number) {
	if (!WIFSIGNALED(told.status) || WTERMSIG(told.status) != signal_number) {
		fail_msg("expected an end by signal %d, found status 0x%x after:\n%s",
			signal_number, (unsigned)told.status, told.text);
	}
}

static void each_callback_is_named(void **state) {
	static const struct {
		const char *in;
		const char *says;
	} CASES[] = {
		{"init", "\"in\":\"a plugin\",\"plugin\":\"crashes\",\"callback\":\"init\"}\n"},
		{"start", "\"plugin\":\"crashes\",\"callback\":\"start\"}\n"},
		{"handle",
			"\"plugin\":\"crashes\",\"callback\":\"handle\",\"route\":\"/crashes\","
			"\"request_id\":\"" FAKE_REQUEST_ID "\"}\n"},
		{"replied",
			"\"callback\":\"handle\",\"route\":\"/crashes\",\"request_id\":"
			"\"" FAKE_REQUEST_ID "\"}\n"},
		{"done",
			"\"plugin\":\"crashes\",\"callback\":\"done\",\"route\":\"/crashes\","
			"\"request_id\":\"" FAKE_REQUEST_ID "\"}\n"},
		{"gone",
			"\"plugin\":\"crashes\",\"callback\":\"gone\",\"route\":\"/crashes\","
			"\"request_id\":\"" FAKE_REQUEST_ID "\"}\n"},
		{"prepare", "\"plugin\":\"crashes\",\"callback\":\"prepare\"}\n"},
		{"timer", "\"plugin\":\"crashes\",\"callback\":\"timer\"}\n"},
		{"post", "\"plugin\":\"crashes\",\"callback\":\"post\"}\n"},
		{"fini", "\"plugin\":\"crashes\",\"callback\":\"fini\"}\n"},
		{"thread", "\"in\":\"another thread\"}\n"},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		run_child(*state, CASES[i].in, "abort", LOG_JSON);
		says("\"event\":\"before\"}\n{\"time\":\"20"); /* what was buffered comes first */
		says("Z\",\"level\":\"error\",\"event\":\"crash\",\"signal\":\"SIGABRT\",\"in\":"
		     "\"");
		says(CASES[i].says);
		says("crashes.so(");
		ended_by(SIGABRT);
	}
}

static void each_signal_is_named(void **state) {
	static const struct {
		const char *how;
		const char *says;
		int signal_number;
	} CASES[] = {
		{"segv",
			" error crash signal=\"SIGSEGV\" address=\"0x10\" in=\"a plugin\" "
			"plugin=\"crashes\" "
			"callback=\"handle\" route=\"/crashes\" request_id=\"" FAKE_REQUEST_ID
			"\"\n",
			SIGSEGV},
		{"bus", " error crash signal=\"SIGBUS\" address=\"0x", SIGBUS},
		{"fpe", " error crash signal=\"SIGFPE\" in=\"a plugin\"", SIGFPE},
		{"ill", " error crash signal=\"SIGILL\" in=\"a plugin\"", SIGILL},
		{"abort", " error crash signal=\"SIGABRT\" in=\"a plugin\"", SIGABRT},
		{"overflow", " error crash signal=\"SIGSEGV\" address=\"0x", SIGSEGV},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		run_child(*state, "handle", CASES[i].how, LOG_TEXT);
		says(CASES[i].says);
		says("crashes.so(");
		ended_by(CASES[i].signal_number);
	}
}

/* As if it were a clean stop: that it shall not look like. */
static void an_exit_is_told_and_a_failure(void **state) {
	static const struct {
		const char *in, *how, *says;
	} CASES[] = {
		{"handle", "exit",
			"\"event\":\"exit() called\",\"in\":\"a plugin\",\"plugin\":\"crashes\","
			"\"callback\":\"handle\",\"route\":\"/crashes\",\"request_id\":"
			"\"" FAKE_REQUEST_ID "\"}\n"},
		{"init", "quick-exit",
			"\"in\":\"a plugin\",\"plugin\":\"crashes\",\"callback\":\"init\"}\n"},
		{"thread", "exit", "\"event\":\"exit() called\",\"in\":\"another thread\"}\n"},
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		run_child(*state, CASES[i].in, CASES[i].how, LOG_JSON);
		says(CASES[i].says);
		says("crashes.so(");
		assert_true(WIFEXITED(told.status));
		assert_int_equal(WEXITSTATUS(told.status), 1);
	}
}

static void who_does_not_crash_says_nothing(void **state) {
	run_child(*state, "nowhere", "segv", LOG_JSON);
	assert_true(WIFEXITED(told.status));
	assert_int_equal(WEXITSTATUS(told.status), 98);
	assert_null(strstr(told.text, "crash\""));
}

/* ---- off again, and on ---- */

static void signals_are_given_back(void **state) {
	struct sigaction before, between, after;
	stack_t stack_before, stack_after;
	(void)state;
	sigaction(SIGSEGV, NULL, &before);
	sigaltstack(NULL, &stack_before);
	crash_install();
	crash_install();
	sigaction(SIGSEGV, NULL, &between);
	assert_true((between.sa_flags & SA_ONSTACK) != 0);
	assert_ptr_not_equal(
		(void *)(uintptr_t)between.sa_sigaction, (void *)(uintptr_t)before.sa_sigaction);
	crash_uninstall();
	crash_uninstall();
	sigaction(SIGSEGV, NULL, &after);
	sigaltstack(NULL, &stack_after);
	assert_ptr_equal(
		(void *)(uintptr_t)after.sa_sigaction, (void *)(uintptr_t)before.sa_sigaction);
	assert_ptr_equal(stack_after.ss_sp, stack_before.ss_sp);
	assert_int_equal(stack_after.ss_flags, stack_before.ss_flags);
}

/* Somebody else's signal: systemd's watchdog, an operator who wants a core file. */
static void a_sent_signal_names_its_sender(void **state) {
	int ends[2];
	(void)state;
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		install(ends[1], LOG_JSON);
		LOG_WARN("up");
		for (;;) {
			pause();
		}
	}
	char up[TOLD_SIZE];
	close(ends[1]);
	assert_true(read(ends[0], up, sizeof(up)) > 0);
	assert_int_equal(kill(child, SIGABRT), 0);
	read_all(ends[0]);
	assert_int_equal(waitpid(child, &told.status, 0), child);
	char sender[64];
	snprintf(
		sender, sizeof(sender), "\"sent_by\":\"%d\",\"in\":\"the host\"}\n", (int)getpid());
	says(sender);
	ended_by(SIGABRT);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, border_set_up, border_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(each_callback_is_named),
		TEST(each_signal_is_named),
		TEST(an_exit_is_told_and_a_failure),
		TEST(who_does_not_crash_says_nothing),
		TEST(signals_are_given_back),
		TEST(a_sent_signal_names_its_sender),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
