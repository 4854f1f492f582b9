#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE_MS = 2000 };

static bool fail(const char **why, const char *words) {
	*why = words != NULL ? words : strerror(errno);
	errno = words != NULL ? 0 : errno;
	return false;
}

static bool check_kind(int fd, bool *is_pipe, const char **why) {
	struct stat file;
	if (fstat(fd, &file) != 0) {
		return fail(why, NULL);
	}
	*is_pipe = S_ISFIFO(file.st_mode);
	return S_ISREG(file.st_mode) || *is_pipe || fail(why, "it is neither a file nor a pipe");
}

/* A pipe is opened without waiting for its writer, and is empty until there is one. */
static bool wait_for_writer(int fd, const char **why) {
	struct pollfd in = {.fd = fd, .events = POLLIN};
	int ready;
	while ((ready = poll(&in, 1, PATIENCE_MS)) < 0 && errno == EINTR) {
	}
	return ready > 0 || fail(why, ready < 0 ? NULL : "it is a pipe that nobody writes to");
}

static ssize_t read_all(int fd, bool is_pipe, char *bytes, size_t most, const char **why) {
	size_t length = 0;
	while (length < most) {
		if (is_pipe && !wait_for_writer(fd, why)) {
			return -1;
		}
		ssize_t got = read(fd, bytes + length, most - length);
		if (got < 0 && errno != EINTR && errno != EAGAIN) {
			fail(why, NULL);
			return -1;
		}
		if (got == 0) {
			break;
		}
		length += got > 0 ? (size_t)got : 0;
	}
	return (ssize_t)length;
}

ssize_t file_read(const char *path, void *bytes, size_t most, const char **why) {
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		fail(why, NULL);
		return -1;
	}
	bool is_pipe = false;
	ssize_t length =
		check_kind(fd, &is_pipe, why) ? read_all(fd, is_pipe, bytes, most, why) : -1;
	int saved = errno;
	close(fd);
	errno = saved;
	return length;
}
