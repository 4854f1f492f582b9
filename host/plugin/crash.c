/*
 * The last words. A signal that ends the process is told first: one line in the log's format that
 * names the plugin's callback under way, then a backtrace, both straight to standard error from the
 * handler, which allocates nothing, takes no lock and has a stack of its own (the plugin's may be
 * full). Then whoever had the signal before gets it: the kernel, so that exit status and core file
 * are those of the crash, or a sanitizer. Should the report itself hang (the crash was in the
 * middle of the loader, nobody reads a full pipe), an alarm ends the process all the same.
 */
#include "plugin/plugin.h"

#include "plugin/inside.h"

#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <unistd.h>

#include "base/log.h"

enum { STACK_BYTES = 64 * 1024, FRAMES_MAX = 48, LINE_SIZE = 1024, REPORT_LIMIT_S = 5 };

static const struct {
	int number;
	const char *name;
} SIGNALS[] = {{SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"},
	{SIGABRT, "SIGABRT"}};
enum { SIGNALS_COUNT = sizeof(SIGNALS) / sizeof(SIGNALS[0]) };

static struct {
	bool is_installed;
	bool has_exit_hook;
	pid_t process;
	pthread_t loop_thread;
	stack_t old_stack;
	struct sigaction old[SIGNALS_COUNT];
	atomic_int reporter; /* the thread that reports; 0: none */
	atomic_int reported; /* the signal it reports */
	char stack[STACK_BYTES];
} crash;

/* ---- a line, without what a signal handler may not call ---- */

static struct {
	char text[LINE_SIZE];
	size_t length;
	bool is_json;
} line;

static void add(const char *text) {
	while (*text != '\0' && line.length < LINE_SIZE - 1) {
		line.text[line.length++] = *text++;
	}
}

/* At least `width` digits. */
static void add_number(uint64_t number, unsigned base, size_t width) {
	char digits[24];
	size_t at = sizeof(digits) - 1;
	digits[at] = '\0';
	for (size_t count = 0; number > 0 || count < width; number /= base, count++) {
		digits[--at] = "0123456789abcdef"[number % base];
	}
	add(digits + at);
}

/* The days since 1970 as a date, by the calendar whose years begin in March. */
static void add_date(uint64_t days_since_1970) {
	uint64_t days = days_since_1970 + 719468, era = days / 146097, day = days % 146097;
	uint64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	uint64_t of_year = day - (365 * year + year / 4 - year / 100);
	uint64_t month = (5 * of_year + 2) / 153;
	bool is_next_year = month >= 10;
	add_number(year + era * 400 + is_next_year, 10, 4);
	add("-");
	add_number(is_next_year ? month - 9 : month + 3, 10, 2);
	add("-");
	add_number(of_year - (153 * month + 2) / 5 + 1, 10, 2);
}

static void add_time(void) {
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	uint64_t seconds = (uint64_t)now.tv_sec, of_day = seconds % 86400;
	add_date(seconds / 86400);
	add("T");
	add_number(of_day / 3600, 10, 2);
	add(":");
	add_number(of_day / 60 % 60, 10, 2);
	add(":");
	add_number(of_day % 60, 10, 2);
	add(".");
	add_number((uint64_t)now.tv_nsec / 1000000, 10, 3);
	add("Z");
}

static void open_field(const char *name) {
	add(line.is_json ? ",\"" : " ");
	add(name);
	add(line.is_json ? "\":\"" : "=\"");
}

/* What comes here needs no escape: names and routes are checked when they are registered, request
 * ids when they arrive. */
static void add_field(const char *name, const char *text) {
	if (text != NULL && *text != '\0') {
		open_field(name);
		add(text);
		add("\"");
	}
}

static void write_line(void) {
	add("\n");
	ssize_t written = write(STDERR_FILENO, line.text, line.length);
	(void)written; /* there is nobody left to tell */
}

/* ---- the report ---- */

static bool is_by_kernel(const siginfo_t *about) {
	return about->si_code > 0;
}

static void add_cause(const siginfo_t *about) {
	if (is_by_kernel(about)) {
		open_field("address");
		add("0x");
		add_number((uint64_t)(uintptr_t)about->si_addr, 16, 1);
		add("\"");
	} else if (about->si_pid != crash.process) {
		open_field("sent_by");
		add_number((uint64_t)about->si_pid, 10, 1);
		add("\"");
	}
}

static void add_culprit(void) {
	bool is_loop = pthread_equal(pthread_self(), crash.loop_thread) != 0;
	const struct running *running = is_loop ? running_now() : NULL;
	add_field("in", !is_loop ? "another thread" : running != NULL ? "a plugin" : "the host");
	if (running != NULL) {
		add_field("plugin", running->plugin);
		add_field("callback", running->callback);
		add_field("route", running->route);
		add_field("request_id", running->request_id);
	}
}

static void write_backtrace(void) {
	void *frames[FRAMES_MAX];
	backtrace_symbols_fd(frames, backtrace(frames, FRAMES_MAX), STDERR_FILENO);
}

static void report(const char *name, const siginfo_t *about) {
	log_flush_dying();
	line.is_json = log_is_json();
	line.length = 0;
	add(line.is_json ? "{\"time\":\"" : "");
	add_time();
	add(line.is_json ? "\",\"level\":\"error\",\"event\":\"crash\"" : " error crash");
	add_field("signal", name);
	add_cause(about);
	add_culprit();
	add(line.is_json ? "}" : "");
	write_line();
	write_backtrace();
}

/* ---- the signals ---- */

static _Noreturn void end_by(int number) {
	sigset_t only;
	signal(number, SIG_DFL);
	sigemptyset(&only);
	sigaddset(&only, number);
	pthread_sigmask(SIG_UNBLOCK, &only, NULL);
	raise(number);
	_exit(128 + number);
}

static void give_up(int number) {
	(void)number;
	end_by(atomic_load(&crash.reported));
}

static void limit_report(void) {
	sigset_t only;
	signal(SIGALRM, give_up);
	sigemptyset(&only);
	sigaddset(&only, SIGALRM);
	pthread_sigmask(SIG_UNBLOCK, &only, NULL);
	alarm(REPORT_LIMIT_S);
}

/* What the kernel sent comes again when the handler returns to where it happened; what was sent is
 * sent again, and waits until the handler returns. */
static void hand_on(int number, const struct sigaction *old, const siginfo_t *about) {
	const struct sigaction plain = {.sa_handler = SIG_DFL};
	bool is_handled = old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN;
	if (is_handled) { /* and may know a way on */
		alarm(0);
		atomic_store(&crash.reporter, 0);
	}
	sigaction(number, is_handled ? old : &plain, NULL);
	if (!is_by_kernel(about)) {
		raise(number);
	}
}

static void on_signal(int number, siginfo_t *about, void *context) {
	int nobody = 0, own = gettid(), old_errno = errno;
	(void)context;
	if (!atomic_compare_exchange_strong(&crash.reporter, &nobody, own)) {
		if (nobody == own) { /* the report itself crashed */
			end_by(atomic_load(&crash.reported));
		}
		for (;;) { /* another thread's crash is being told, and ends us all */
			pause();
		}
	}
	size_t which = 0;
	while (which < SIGNALS_COUNT - 1 && SIGNALS[which].number != number) {
		which++;
	}
	atomic_store(&crash.reported, number);
	limit_report();
	report(SIGNALS[which].name, about);
	hand_on(number, &crash.old[which], about);
	errno = old_errno;
}

/* ---- exit() ---- */

/* The host itself returns from main(), with the report uninstalled. Whoever else ends the process
 * would make it look like a clean stop. */
static void tell_exit(void) {
	if (!crash.is_installed || getpid() != crash.process) {
		return;
	}
	bool is_loop = pthread_equal(pthread_self(), crash.loop_thread) != 0;
	const struct running *running = is_loop ? running_now() : NULL;
	const struct running none = {.plugin = NULL};
	const struct running *at = running != NULL ? running : &none;
	LOG_ERROR("exit() called",
		log_text("in",
			!is_loop                  ? "another thread"
				: running != NULL ? "a plugin"
						  : "the host"),
		log_text("plugin", at->plugin), log_text("callback", at->callback),
		log_text("route", at->route),
		log_text("request_id", at->request_id[0] != '\0' ? at->request_id : NULL));
	log_flush();
	write_backtrace();
	_exit(1);
}

/* ---- on and off ---- */

static void hook_exit(void) {
	if (!crash.has_exit_hook) {
		crash.has_exit_hook = true;
		if (atexit(tell_exit) != 0 || at_quick_exit(tell_exit) != 0) {
			LOG_WARN("an exit() of a plugin will not be told");
		}
	}
}

void crash_install(void) {
	void *frame[1];
	const stack_t own = {.ss_sp = crash.stack, .ss_size = sizeof(crash.stack)};
	struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	if (crash.is_installed) {
		return;
	}
	backtrace(frame, 1); /* loads libgcc, which a handler may not */
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < SIGNALS_COUNT; i++) {
		sigaddset(&action.sa_mask, SIGNALS[i].number);
	}
	crash.process = getpid();
	crash.loop_thread = pthread_self();
	sigaltstack(&own, &crash.old_stack);
	for (size_t i = 0; i < SIGNALS_COUNT; i++) {
		sigaction(SIGNALS[i].number, &action, &crash.old[i]);
	}
	hook_exit();
	crash.is_installed = true;
	running_watch();
}

void crash_uninstall(void) {
	if (!crash.is_installed) {
		return;
	}
	running_unwatch();
	for (size_t i = 0; i < SIGNALS_COUNT; i++) {
		sigaction(SIGNALS[i].number, &crash.old[i], NULL);
	}
	sigaltstack(&crash.old_stack, NULL);
	crash.is_installed = false;
}
