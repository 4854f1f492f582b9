#include "kit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FOLDER_SIZE = 64, SHOWN_LINES = 60, ENVIRONMENT_MAX = 64 };

struct line {
	char *text;
	json_t *json; /* NULL: it is none */
};

struct process {
	pid_t pid;
	bool is_reaped;
	int status;
	char folder[FOLDER_SIZE];
	FILE *log;
	pthread_t reader;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct line *lines;
	size_t count, room;
	bool is_closed; /* no more lines will come */
	bool is_stalled; /* what comes is not read */
};

/* ---- its log ---- */

static void keep(struct process *process, char *text) {
	text[strcspn(text, "\r\n")] = '\0';
	if (getenv("LIVE_VERBOSE") != NULL) {
		fprintf(stderr, "[%d] %s\n", (int)process->pid, text);
	}
	pthread_mutex_lock(&process->lock);
	if (process->count == process->room) {
		process->room = process->room * 2 + 64;
		struct line *lines = realloc(process->lines, process->room * sizeof(*lines));
		if (lines == NULL) {
			abort();
		}
		process->lines = lines;
	}
	process->lines[process->count++] = (struct line){strdup(text), json_loads(text, 0, NULL)};
	pthread_cond_broadcast(&process->changed);
	pthread_mutex_unlock(&process->lock);
}

static void wait_while_stalled(struct process *process) {
	pthread_mutex_lock(&process->lock);
	while (process->is_stalled) {
		pthread_cond_wait(&process->changed, &process->lock);
	}
	pthread_mutex_unlock(&process->lock);
}

static void *read_log(void *ctx) {
	struct process *process = ctx;
	char *text = NULL;
	size_t room = 0;
	while (getline(&text, &room, process->log) > 0) {
		keep(process, text);
		wait_while_stalled(process);
	}
	free(text);
	pthread_mutex_lock(&process->lock);
	process->is_closed = true;
	pthread_cond_broadcast(&process->changed);
	pthread_mutex_unlock(&process->lock);
	return NULL;
}

void process_stall_log(struct process *process, bool is_stalled) {
	pthread_mutex_lock(&process->lock);
	process->is_stalled = is_stalled;
	pthread_cond_broadcast(&process->changed);
	pthread_mutex_unlock(&process->lock);
}

static const json_t *find_line(const struct process *process, const char *event, size_t from) {
	for (size_t i = from; i < process->count; i++) {
		const char *name =
			json_string_value(json_object_get(process->lines[i].json, "event"));
		if (name != NULL && strcmp(name, event) == 0) {
			return process->lines[i].json;
		}
	}
	return NULL;
}

const json_t *process_wait_line(
	struct process *process, const char *event, size_t from, unsigned limit_ms) {
	uint64_t until_ms = now_ms() + limit_ms;
	struct timespec until = {
		.tv_sec = (time_t)(until_ms / 1000), .tv_nsec = (long)(until_ms % 1000) * 1000000};
	pthread_mutex_lock(&process->lock);
	const json_t *found = find_line(process, event, from);
	int error = 0;
	while (found == NULL && !process->is_closed && error != ETIMEDOUT) {
		error = pthread_cond_timedwait(&process->changed, &process->lock, &until);
		found = find_line(process, event, from);
	}
	pthread_mutex_unlock(&process->lock);
	return found;
}

size_t process_line_count(struct process *process) {
	pthread_mutex_lock(&process->lock);
	size_t count = process->count;
	pthread_mutex_unlock(&process->lock);
	return count;
}

const char *process_line(struct process *process, size_t index) {
	pthread_mutex_lock(&process->lock);
	const char *text = index < process->count ? process->lines[index].text : "";
	pthread_mutex_unlock(&process->lock);
	return text;
}

size_t process_count_text(struct process *process, const char *text) {
	size_t found = 0;
	for (size_t i = 0; i < process_line_count(process); i++) {
		found += strstr(process_line(process, i), text) != NULL;
	}
	return found;
}

void process_show(struct process *process) {
	size_t count = process_line_count(process);
	for (size_t i = count > SHOWN_LINES ? count - SHOWN_LINES : 0; i < count; i++) {
		fprintf(stderr, "    [%d] %s\n", (int)process->pid, process_line(process, i));
	}
}

const char *process_refusal(struct process *process) {
	const char *refusal = NULL;
	size_t refusals = 0;
	for (size_t i = 0; i < process_line_count(process); i++) {
		const char *text = process_line(process, i);
		bool is_error = process->lines[i].json == NULL ||
			json_has(process->lines[i].json, "/level", "\"error\"");
		bool is_crash =
			strstr(text, "Sanitizer") != NULL || strstr(text, "runtime error:") != NULL;
		if (is_crash) {
			process_show(process);
			fail_msg("a sanitizer speaks: %s", text);
		}
		refusal = is_error ? text : refusal;
		refusals += is_error;
	}
	if (refusals != 1) {
		process_show(process);
		fail_msg("expected one line that says why, found %zu", refusals);
	}
	return refusal;
}

/* ---- its life ---- */

static void add_inherited(const char **environment, size_t *count, char texts[][256]) {
	static const char *const NAMES[] = {
		"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS"};
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		const char *value = getenv(NAMES[i]);
		if (value != NULL && snprintf(texts[i], 256, "%s=%s", NAMES[i], value) < 256) {
			environment[(*count)++] = texts[i];
		}
	}
	environment[(*count)++] = "HOME=/nonexistent";
}

static void become_host(const struct process *process, int log, const char *const *arguments,
	const char *const *environment) {
	char texts[5][256];
	const char *names[ENVIRONMENT_MAX] = {NULL}, *words[ENVIRONMENT_MAX] = {HOST_BINARY};
	size_t count = 0;
	add_inherited(names, &count, texts);
	for (size_t i = 0; environment[i] != NULL && count < ENVIRONMENT_MAX - 1; i++) {
		names[count++] = environment[i];
	}
	for (size_t i = 0; arguments[i] != NULL && i < ENVIRONMENT_MAX - 2; i++) {
		words[i + 1] = arguments[i];
	}
	int nothing = open("/dev/null", O_RDWR);
	if (chdir(process->folder) != 0 || dup2(nothing, STDIN_FILENO) < 0 ||
		dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0) {
		_exit(126);
	}
	execve(HOST_BINARY, (char *const *)(uintptr_t)words, (char *const *)(uintptr_t)names);
	_exit(127);
}

struct process *process_start(const char *const *arguments, const char *const *environment) {
	struct process *process = calloc(1, sizeof(*process));
	int ends[2];
	assert_non_null(process);
	snprintf(process->folder, sizeof(process->folder), "/tmp/hsc-live-XXXXXX");
	assert_non_null(mkdtemp(process->folder));
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pthread_mutex_init(&process->lock, NULL);
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&process->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	process->pid = fork();
	if (process->pid == 0) {
		become_host(process, ends[1], arguments, environment);
	}
	assert_true(process->pid > 0);
	close(ends[1]);
	process->log = fdopen(ends[0], "r");
	assert_non_null(process->log);
	assert_int_equal(pthread_create(&process->reader, NULL, read_log, process), 0);
	return process;
}

const char *process_folder(const struct process *process) {
	return process->folder;
}

void process_signal(struct process *process, int signal_number) {
	if (!process->is_reaped) {
		kill(process->pid, signal_number);
	}
}

bool process_is_running(struct process *process) {
	if (!process->is_reaped &&
		waitpid(process->pid, &process->status, WNOHANG) == process->pid) {
		process->is_reaped = true;
	}
	return !process->is_reaped;
}

int process_wait(struct process *process, unsigned limit_ms) {
	uint64_t until_ms = now_ms() + limit_ms;
	while (process_is_running(process)) {
		if (now_ms() >= until_ms) {
			return PROCESS_RUNS;
		}
		pause_ms(5);
	}
	pthread_mutex_lock(&process->lock);
	while (!process->is_closed) { /* its last words */
		pthread_cond_wait(&process->changed, &process->lock);
	}
	pthread_mutex_unlock(&process->lock);
	return WIFEXITED(process->status) ? WEXITSTATUS(process->status) : PROCESS_CRASHED;
}

void folder_remove(const char *folder) {
	DIR *listing = opendir(folder);
	for (const struct dirent *entry; listing != NULL && (entry = readdir(listing)) != NULL;) {
		if (entry->d_name[0] != '.' || strlen(entry->d_name) > 2) {
			unlinkat(dirfd(listing), entry->d_name, 0);
		}
	}
	if (listing != NULL) {
		closedir(listing);
	}
	rmdir(folder);
}

void process_destroy(struct process *process) {
	if (process == NULL) {
		return;
	}
	if (process_is_running(process)) {
		fprintf(stderr, "left running, killed: the end of its log\n");
		process_show(process);
		process_signal(process, SIGKILL);
		waitpid(process->pid, &process->status, 0);
	}
	process_stall_log(process, false);
	pthread_join(process->reader, NULL);
	fclose(process->log);
	for (size_t i = 0; i < process->count; i++) {
		free(process->lines[i].text);
		json_decref(process->lines[i].json);
	}
	folder_remove(process->folder);
	pthread_cond_destroy(&process->changed);
	pthread_mutex_destroy(&process->lock);
	free(process->lines);
	free(process);
}
