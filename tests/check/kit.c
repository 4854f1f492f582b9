#include "kit.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 32 };

extern char **environ;

static char *take(int fd) {
	struct stat status;
	assert_int_equal(fstat(fd, &status), 0);
	size_t length = (size_t)status.st_size;
	char *text = calloc(1, length + 1);
	assert_non_null(text);
	assert_int_equal(pread(fd, text, length, 0), (ssize_t)length);
	close(fd);
	return text;
}

struct run run_check(const char *const *arguments) {
	struct run run = {.code = -1};
	char *words[ARGUMENTS_MAX + 2] = {(char *)(uintptr_t) "hsc-check"};
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status;
	for (size_t i = 0; arguments[i] != NULL && i < ARGUMENTS_MAX; i++) {
		words[i + 1] = (char *)(uintptr_t)arguments[i];
	}
	int out = memfd_create("out", MFD_CLOEXEC);
	int err = memfd_create("err", MFD_CLOEXEC);
	assert_int_equal(chdir(HSC_FAULTY), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
	assert_int_equal(posix_spawn(&pid, HSC_CHECK, &actions, NULL, words, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	run.code = WEXITSTATUS(status);
	run.out = take(out);
	run.err = take(err);
	run.json = json_loads(run.out, 0, NULL);
	return run;
}

void run_finish(struct run *run) {
	free(run->out);
	free(run->err);
	json_decref(run->json);
}

const json_t *run_find(const struct run *run, size_t file, const char *check) {
	const json_t *one = json_array_get(json_object_get(run->json, "files"), file);
	size_t index;
	const json_t *found;
	json_array_foreach (json_object_get(one, "checks"), index, found) {
		if (strcmp(json_string_value(json_object_get(found, "name")), check) == 0) {
			return found;
		}
	}
	return NULL;
}

const char *run_verdict(const struct run *run, size_t file, const char *check) {
	const json_t *found = run_find(run, file, check);
	return found != NULL ? json_string_value(json_object_get(found, "verdict")) : "";
}

char *run_texts(const struct run *run, size_t file, const char *check) {
	char *texts = NULL;
	size_t length = 0, index;
	const json_t *finding;
	FILE *stream = open_memstream(&texts, &length);
	assert_non_null(stream);
	json_array_foreach (
		json_object_get(run_find(run, file, check), "findings"), index, finding) {
		fprintf(stream, "%s\n", json_string_value(json_object_get(finding, "text")));
	}
	fclose(stream);
	return texts;
}
