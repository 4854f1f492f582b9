#include "key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/buf.h"
#include "host.h"
#include "http/http.h"
#include "keys.h"

enum { LINKS_MAX = 16, INDENT = 2 };

static bool fail(const char *path, const char *what, const char *why, char *error) {
	snprintf(error, HOST_ERROR_SIZE, "%.400s %s%s%s", path, what, why != NULL ? ": " : "",
		why != NULL ? why : "");
	return false;
}

/* ---- where it is ---- */

/* One step of a symbolic link; false: it is none. One that dangles leads to where the file will be.
 */
static bool follow(struct key_file *file) {
	char target[PATH_MAX];
	ssize_t length = readlink(file->path, target, sizeof(target) - 1);
	if (length <= 0) {
		return false;
	}
	target[length] = '\0';
	const char *slash = strrchr(file->path, '/');
	size_t at = target[0] == '/' || slash == NULL ? 0 : (size_t)(slash - file->path) + 1;
	if (at + (size_t)length >= sizeof(file->path)) {
		return false;
	}
	memcpy(file->path + at, target, (size_t)length + 1);
	return true;
}

static bool find_file(struct key_file *file, const char *path, char *error) {
	size_t length = strlen(path);
	if (length == 0 || length >= sizeof(file->path)) {
		return fail("--file", "has a path that is empty or too long", NULL, error);
	}
	memcpy(file->path, path, length + 1);
	for (int links = 0; follow(file); links++) {
		if (links == LINKS_MAX) {
			return fail(path, "leads over too many symbolic links", NULL, error);
		}
	}
	const char *slash = strrchr(file->path, '/');
	size_t folder = slash == NULL || slash == file->path ? 1 : (size_t)(slash - file->path);
	memcpy(file->folder, slash == NULL ? "." : file->path, folder);
	file->folder[folder] = '\0';
	return true;
}

static bool lock_folder(struct key_file *file, char *error) {
	file->lock = open(file->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file->lock < 0) {
		return fail(file->folder, "cannot be opened", strerror(errno), error);
	}
	while (flock(file->lock, LOCK_EX) != 0) {
		if (errno != EINTR) {
			return fail(file->folder, "cannot be locked", strerror(errno), error);
		}
	}
	return true;
}

static bool read_file(struct key_file *file, bool may_be_new, char *error) {
	if (stat(file->path, &file->before) == 0) {
		file->keys = keys_read(file->path, error);
		return file->keys != NULL;
	}
	file->before = (struct stat){.st_nlink = 0};
	if (errno != ENOENT || !may_be_new) {
		return fail(file->path, "cannot be read", strerror(errno), error);
	}
	file->keys = json_pack("{s:[]}", "keys");
	return file->keys != NULL || fail(file->path, "cannot be made", "out of memory", error);
}

void key_file_init(struct key_file *file) {
	*file = (struct key_file){.lock = -1};
}

bool key_file_open(struct key_file *file, const char *path, bool may_be_new, char *error) {
	return find_file(file, path, error) && lock_folder(file, error) &&
		read_file(file, may_be_new, error);
}

void key_file_close(struct key_file *file) {
	json_decref(file->keys);
	if (file->lock >= 0) {
		close(file->lock); /* the lock ends with it */
	}
	key_file_init(file);
}

/* ---- writing it ---- */

static bool write_all(int fd, const char *bytes, size_t length) {
	while (length > 0) {
		ssize_t written = write(fd, bytes, length);
		if (written < 0 && errno != EINTR) {
			return false;
		}
		bytes += written > 0 ? written : 0;
		length -= written > 0 ? (size_t)written : 0;
	}
	return true;
}

/* Whose the old one was: else the service could not read it after a `sudo ... key new`. */
static bool keep_owner(const struct key_file *file, int fd) {
	const struct stat *before = &file->before;
	if (before->st_nlink == 0) {
		return true;
	}
	bool is_ours = before->st_uid == geteuid() && before->st_gid == getegid();
	return (is_ours || fchown(fd, before->st_uid, before->st_gid) == 0) &&
		fchmod(fd, before->st_mode & 0777) == 0;
}

static bool replace(struct key_file *file, const struct buf *text, char *error) {
	char beside[PATH_MAX + sizeof(".XXXXXX")];
	snprintf(beside, sizeof(beside), "%s.XXXXXX", file->path);
	int fd = mkostemp(beside, O_CLOEXEC); /* mode 0600 */
	if (fd < 0) {
		return fail(file->path, "cannot be written", strerror(errno), error);
	}
	bool is_written = keep_owner(file, fd) && write_all(fd, text->bytes, text->length) &&
		fsync(fd) == 0 && rename(beside, file->path) == 0;
	if (!is_written) {
		fail(file->path, "cannot be written", strerror(errno), error);
		unlink(beside);
	}
	close(fd);
	fsync(file->lock); /* the folder: the new name lasts */
	return is_written;
}

static bool judge(const struct key_file *file, const struct buf *text, char *error) {
	if (text->length > HTTP_API_KEYS_BYTES_MAX) {
		return fail(file->path, "would be too large", NULL, error);
	}
	json_auto_t *read = http_read_api_keys(
		file->path, buf_text(text), text->length, error, HOST_ERROR_SIZE);
	return read != NULL;
}

bool key_file_write(struct key_file *file, char *error, int *code) {
	struct buf text;
	char *json = json_dumps(file->keys, JSON_INDENT(INDENT));
	if (json != NULL && strlen(json) >= HTTP_API_KEYS_BYTES_MAX) { /* nobody reads that by eye */
		free(json);
		json = json_dumps(file->keys, JSON_COMPACT);
	}
	buf_init(&text, HTTP_API_KEYS_BYTES_MAX * 2);
	buf_printf(&text, "%s\n", json != NULL ? json : "");
	free(json);
	bool is_good = false;
	*code = EXIT_FAILED;
	if (json == NULL || text.is_failed) {
		fail(file->path, "cannot be written", "out of memory", error);
	} else if (!judge(file, &text, error)) {
		*code = EXIT_WRONG;
	} else {
		is_good = replace(file, &text, error);
	}
	buf_finish(&text);
	return is_good;
}
