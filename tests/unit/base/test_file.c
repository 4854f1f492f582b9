/* A small file read whole: what is one, what is none, and pipes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

static char folder[] = "/tmp/hsc-file-XXXXXX";
static char path[64];
static char bytes[16];
static const char *why;

static int open_folder(void **state) {
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/hsc-file-XXXXXX");
	snprintf(path, sizeof(path), "%s/one", mkdtemp(folder));
	memset(bytes, 0, sizeof(bytes));
	why = NULL;
	return 0;
}

static int close_folder(void **state) {
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void put(const char *text) {
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void regular_files(void **state) {
	(void)state;
	put("");
	assert_int_equal(file_read(path, bytes, sizeof(bytes), &why), 0);
	put("0123456789");
	assert_int_equal(file_read(path, bytes, sizeof(bytes), &why), 10);
	assert_memory_equal(bytes, "0123456789", 10);
	assert_int_equal(file_read(path, bytes, 4, &why), 4);
}

static void what_is_no_file(void **state) {
	(void)state;
	assert_int_equal(file_read(path, bytes, sizeof(bytes), &why), -1);
	assert_int_equal(errno, ENOENT);
	assert_string_equal(why, strerror(ENOENT));
	assert_int_equal(file_read(folder, bytes, sizeof(bytes), &why), -1);
	assert_int_equal(errno, 0);
	assert_string_equal(why, "it is neither a file nor a pipe");
}

static void a_pipe_without_a_writer_is_not_waited_for(void **state) {
	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(file_read(path, bytes, sizeof(bytes), &why), -1);
	assert_string_equal(why, "it is a pipe that nobody writes to");
}

static void a_pipe_is_read_to_its_end(void **state) {
	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	pid_t writer = fork();
	assert_true(writer >= 0);
	if (writer == 0) {
		int fd = open(path, O_WRONLY | O_CLOEXEC);
		bool is_written =
			write(fd, "one ", 4) == 4 && usleep(50000) == 0 && write(fd, "two", 3) == 3;
		_exit(is_written ? 0 : 1);
	}
	ssize_t length = file_read(path, bytes, sizeof(bytes), &why);
	int status;
	assert_int_equal(waitpid(writer, &status, 0), writer);
	assert_int_equal(status, 0);
	assert_int_equal(length, 7);
	assert_memory_equal(bytes, "one two", 7);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_folder, close_folder)
	const struct CMUnitTest tests[] = {
		TEST(regular_files),
		TEST(what_is_no_file),
		TEST(a_pipe_without_a_writer_is_not_waited_for),
		TEST(a_pipe_is_read_to_its_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
