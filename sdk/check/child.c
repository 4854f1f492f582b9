/*
 * A check's child: a process group of its own, without core dumps, whose output goes to a file in
 * memory. It ends with the check, with a signal, with the plugin's exit(), or with the time that it
 * has; then whatever the plugin may have started is ended with it.
 */
#include "check.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/str.h"

enum { OUTPUT_MAX = 64 * 1024, OUTPUT_BYTES_MAX = 16 * 1024 * 1024, LINE_SHOWN_MAX = 300 };

static struct board *board;

void make_printable(char *text) {
	for (char *c = text; *c != '\0';) {
		size_t length = str_utf8_length(c);
		bool is_control = (unsigned char)*c < 0x20 || *c == 0x7f;
		*c = is_control ? ' ' : length == 0 ? '?' : *c;
		c += length > 0 ? length : 1;
	}
}

/* ---- in the child ---- */

__attribute__((format(printf, 2, 0))) static void find(
	enum verdict verdict, const char *format, va_list args) {
	char text[FINDING_SIZE];
	vsnprintf(text, sizeof(text), format, args);
	make_printable(text);
	for (size_t i = 0; i < board->count; i++) {
		if (str_is_equal(board->findings[i].text, text)) {
			return;
		}
	}
	if (board->count == FINDINGS_MAX && verdict == VERDICT_FAIL) {
		board->count--; /* rather a note less */
	}
	if (board->count < FINDINGS_MAX) {
		struct finding *finding = &board->findings[board->count++];
		finding->verdict = verdict;
		memcpy(finding->text, text, sizeof(text));
	}
}

void fail(const char *format, ...) {
	va_list args;
	va_start(args, format);
	find(VERDICT_FAIL, format, args);
	va_end(args);
}

void note(const char *format, ...) {
	va_list args;
	va_start(args, format);
	find(VERDICT_NOTE, format, args);
	va_end(args);
}

void at_place(const char *format, ...) {
	va_list args;
	va_start(args, format);
	vsnprintf(board->place, sizeof(board->place), format, args);
	va_end(args);
}

void tell(const char *text) {
	snprintf(board->told, sizeof(board->told), "%s", text);
}

bool has_failed(void) {
	for (size_t i = 0; i < board->count; i++) {
		if (board->findings[i].verdict == VERDICT_FAIL) {
			return true;
		}
	}
	return false;
}

static _Noreturn void live(void (*run)(const struct subject *, const struct job *),
	const struct subject *subject, const struct job *job, int output) {
	const struct rlimit none = {0, 0}, much = {OUTPUT_BYTES_MAX, OUTPUT_BYTES_MAX};
	sigset_t nothing;
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_FSIZE, &much); /* of its output */
	sigemptyset(&nothing);
	sigprocmask(SIG_SETMASK, &nothing, NULL);
	signal(SIGPIPE, SIG_IGN); /* as in the host */
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	close(output);
	run(subject, job);
	board->has_ended = true;
	_exit(0);
}

/* ---- in the parent ---- */

/* Waits for the child; false: its time was up, and it has been ended. */
static bool await(pid_t child, uint32_t timeout_ms, int *status) {
	struct timespec now, limit;
	sigset_t ended;
	bool is_in_time = true;
	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	clock_gettime(CLOCK_MONOTONIC, &limit);
	limit.tv_sec += timeout_ms / 1000;
	limit.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	while (waitpid(child, status, WNOHANG) == 0) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		int64_t left_ns = (limit.tv_sec - now.tv_sec) * INT64_C(1000000000) +
			limit.tv_nsec - now.tv_nsec;
		if (left_ns <= 0) {
			is_in_time = false;
			kill(-child, SIGKILL);
			kill(child, SIGKILL);
			waitpid(child, status, 0);
			break;
		}
		const struct timespec left = {left_ns / 1000000000, left_ns % 1000000000};
		sigtimedwait(&ended, NULL, &left);
	}
	kill(-child, SIGKILL);
	return is_in_time;
}

static bool is_worth_showing(const char *line, bool is_summary_only) {
	return is_summary_only ? strncmp(line, "SUMMARY: ", 9) == 0 : line[0] != '\0';
}

/* A line of what the child wrote: a sanitizer's summary, or else the last one; "" when there is
 * none. */
static void last_words(int output, char words[LINE_SHOWN_MAX + 1]) {
	char *bytes = must_calloc(1, OUTPUT_MAX + 1);
	off_t size = lseek(output, 0, SEEK_END);
	off_t from = size > OUTPUT_MAX ? size - OUTPUT_MAX : 0;
	ssize_t length = pread(output, bytes, OUTPUT_MAX, from);
	words[0] = '\0';
	for (int pass = 0; pass < 2 && length > 0 && words[0] == '\0'; pass++) {
		for (char *line = bytes, *end; line < bytes + length; line = end + 1) {
			end = line + strcspn(line, "\n");
			char kept = *end;
			*end = '\0';
			if (is_worth_showing(line, pass == 0)) {
				snprintf(words, LINE_SHOWN_MAX + 1, "%s", line);
			}
			*end = kept;
		}
	}
	free(bytes);
}

static void judge_end(bool is_in_time, int status, int output, uint32_t timeout_ms) {
	char words[LINE_SHOWN_MAX + 1];
	const char *place = board->place[0] != '\0' ? board->place : "the start of the check";
	last_words(output, words);
	const char *said = words[0] != '\0' ? "; it said: " : "";
	if (!is_in_time) {
		fail("hangs: not through after %u ms, at: %s%s%s", (unsigned)timeout_ms, place,
			said, words);
	} else if (WIFSIGNALED(status)) {
		fail("crashes: signal %d (%s), at: %s%s%s", WTERMSIG(status),
			strsignal(WTERMSIG(status)), place, said, words);
	} else if (!board->has_ended && str_starts_with(words, "SUMMARY: ")) {
		fail("crashes, at: %s; %s", place, words);
	} else if (!board->has_ended) {
		fail("ends the whole process, with exit code %d, at: %s%s%s", WEXITSTATUS(status),
			place, said, words);
	}
}

/* The board was in reach of a plugin that may write anywhere. */
static void secure_board(void) {
	board->count = board->count > FINDINGS_MAX ? FINDINGS_MAX : board->count;
	board->place[sizeof(board->place) - 1] = '\0';
	board->told[sizeof(board->told) - 1] = '\0';
	make_printable(board->place);
	for (size_t i = 0; i < board->count; i++) {
		struct finding *finding = &board->findings[i];
		finding->text[sizeof(finding->text) - 1] = '\0';
		make_printable(finding->text);
		finding->verdict = finding->verdict == VERDICT_NOTE ? VERDICT_NOTE : VERDICT_FAIL;
	}
}

static void clear_board(void) {
	if (board != NULL) {
		munmap(board, sizeof(*board));
	}
	board = mmap(
		NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (board == MAP_FAILED) {
		fprintf(stderr, "hsc-check: no memory: %s\n", strerror(errno));
		exit(2);
	}
}

const struct board *child_run(void (*run)(const struct subject *, const struct job *),
	const struct subject *subject, const struct job *job, uint32_t timeout_ms) {
	int status = 0;
	clear_board();
	int output = memfd_create("hsc-check", MFD_CLOEXEC);
	fflush(NULL);
	pid_t child = output >= 0 ? fork() : -1;
	if (child == 0) {
		live(run, subject, job, output);
	}
	if (child < 0) {
		fprintf(stderr, "hsc-check: no child: %s\n", strerror(errno));
		exit(2);
	}
	setpgid(child, child); /* whoever of the two is first */
	bool is_in_time = await(child, timeout_ms, &status);
	secure_board();
	judge_end(is_in_time, status, output, timeout_ms);
	close(output);
	return board;
}
