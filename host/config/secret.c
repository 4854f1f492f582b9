#include "config/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"

enum { TOKEN_MAX = 1024 };

static const char PLACEHOLDER[] = "YOUR_HUBSPOT_PRIVATE_APP_TOKEN";

const char *secret_fault(const char *token) {
	if (strcmp(token, PLACEHOLDER) == 0) {
		return "your own token, found the example's placeholder "
		       "YOUR_HUBSPOT_PRIVATE_APP_TOKEN";
	}
	size_t length = strlen(token);
	bool is_good = length > 0 && length <= TOKEN_MAX;
	for (size_t i = 0; i < length; i++) {
		is_good = is_good && token[i] > ' ' && token[i] < 0x7f;
	}
	return is_good
		? NULL
		: "1 to 1024 printable ASCII characters and no blanks, found others (not shown)";
}

/* False, with words in `error`, when what `fd` leads to is not to be trusted. */
static bool check_file(int fd, const char *path, size_t most, char *error, size_t error_size) {
	struct stat file;
	if (fstat(fd, &file) != 0) {
		snprintf(error, error_size, "%s cannot be read: %s", path, strerror(errno));
	} else if (!S_ISREG(file.st_mode)) {
		snprintf(error, error_size, "%s is no regular file", path);
	} else if ((file.st_mode & S_IWOTH) != 0) {
		snprintf(error, error_size, "%s is writable by others; chmod o-rwx it", path);
	} else if ((uint64_t)file.st_size > most) {
		snprintf(error, error_size, "%s is larger than %zu KiB", path, most / 1024);
	} else {
		if ((file.st_mode & S_IROTH) != 0) {
			LOG_WARN("secret readable by others", log_text("file", path),
				log_text("advice", "chmod o-rwx"));
		}
		return true;
	}
	return false;
}

/* All of it into `text`, which has room for `most` + 1; -1: errno says why. */
static ssize_t read_all(int fd, char *text, size_t most) {
	size_t length = 0;
	ssize_t got = 1;
	while (got > 0 && length < most) {
		got = read(fd, text + length, most - length);
		if (got < 0 && errno == EINTR) {
			got = 1;
			continue;
		}
		length += got > 0 ? (size_t)got : 0;
	}
	return got < 0 ? -1 : (ssize_t)length;
}

static void trim_newline(char *text, size_t length) {
	if (length > 0 && text[length - 1] == '\n') {
		text[--length] = '\0';
		if (length > 0 && text[length - 1] == '\r') {
			text[length - 1] = '\0';
		}
	}
}

char *config_read_secret(const char *path, size_t most, char *error, size_t error_size) {
	/* Not blocking: a pipe without a writer must not hold the start up. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		snprintf(error, error_size, "%s cannot be read: %s", path, strerror(errno));
		return NULL;
	}
	char *text = NULL;
	if (check_file(fd, path, most, error, error_size)) {
		text = must_calloc(most + 1, 1);
		ssize_t length = read_all(fd, text, most);
		const char *fault = length < 0 ? strerror(errno)
			: length > 0 && memchr(text, '\0', (size_t)length) != NULL
			? "it holds a NUL character"
			: NULL;
		if (fault != NULL) {
			snprintf(error, error_size, "%s cannot be used: %s", path, fault);
			memory_wipe(text, most);
			free(text);
			text = NULL;
		} else {
			trim_newline(text, (size_t)length);
		}
	}
	close(fd);
	return text;
}

char *secret_read(const char *path, char *error, size_t error_size) {
	return config_read_secret(path, SECRET_BYTES_MAX, error, error_size);
}
