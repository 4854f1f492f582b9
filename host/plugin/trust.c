/*
 * Who else could change a plugin? Its code runs as us, with the token in reach: whoever can write
 * the file, or swap it, or a folder on the way to it, is us. Links are resolved first, and what was
 * examined is what is loaded: none but root and ourselves can change it in between.
 */
#include "plugin/inside.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

enum finding { FINE, GROUP_WRITES, STRANGERS_WRITE };

/* A place on the way from "/" to the file, and what is wrong with it. */
struct place {
	enum finding finding;
	char path[PATH_MAX];
	struct stat status;
};

static bool is_ours(const struct stat *status) {
	return status->st_uid == 0 || status->st_uid == geteuid();
}

/* In a folder of root's that is sticky, like /tmp, nobody can touch what is another's. */
static enum finding judge(const struct stat *status, bool is_parent) {
	bool is_sticky = is_parent && status->st_uid == 0 && (status->st_mode & S_ISVTX) != 0;
	if (!is_ours(status) || ((status->st_mode & S_IWOTH) != 0 && !is_sticky)) {
		return STRANGERS_WRITE;
	}
	return (status->st_mode & S_IWGRP) != 0 && !is_sticky ? GROUP_WRITES : FINE;
}

/* The worst place, the first of several. What cannot be looked at is a stranger's. */
static void walk(const char *path, struct place *worst) {
	size_t length = strlen(path);
	worst->finding = FINE;
	for (size_t i = 1; i <= length; i++) {
		struct place place = {.status = {.st_uid = (uid_t)-1}};
		if (i > 1 && path[i] != '/' && path[i] != '\0') {
			continue;
		}
		snprintf(place.path, sizeof(place.path), "%.*s", (int)i, path);
		place.finding = lstat(place.path, &place.status) == 0
			? judge(&place.status, i < length)
			: STRANGERS_WRITE;
		if (place.finding > worst->finding) {
			*worst = place;
		}
	}
}

/* What to type so that the place is no longer a finding. */
static void name_remedy(const struct place *place, char *remedy, size_t size) {
	const char *mode = (place->status.st_mode & S_IWOTH) != 0 ? "o-w" : "g-w";
	bool is_mode = (place->status.st_mode & (S_IWOTH | S_IWGRP)) != 0;
	if (is_ours(&place->status)) {
		snprintf(remedy, size, "chmod %s '%s'", mode, place->path);
	} else if (is_mode) {
		snprintf(remedy, size, "chown root '%s' && chmod %s '%s'", place->path, mode,
			place->path);
	} else {
		snprintf(remedy, size, "chown root '%s'", place->path);
	}
}

static bool refuse(const char *file, const struct place *place, const char *remedy, char *error,
	size_t error_size) {
	char us[32] = "";
	if (geteuid() != 0) {
		snprintf(us, sizeof(us), " and uid %u", (unsigned)geteuid());
	}
	snprintf(error, error_size,
		"%s: expected a plugin that only root%s can change, found %s of uid %u, mode %04o; "
		"type: %s",
		file, us, place->path, (unsigned)place->status.st_uid,
		(unsigned)place->status.st_mode & 07777, remedy);
	return false;
}

/* To a developer, whose files are his group's wherever the umask says so, that is no news. */
static void warn(const char *file, const struct place *place, const char *remedy, bool is_strict) {
	enum log_level level =
		place->finding == STRANGERS_WRITE || is_strict ? LOG_WARN : LOG_DEBUG;
	char mode[8];
	snprintf(mode, sizeof(mode), "%04o", (unsigned)place->status.st_mode & 07777);
	LOG_LINE(level, "others could change a plugin", log_text("file", file),
		log_text("place", place->path), log_uint("uid", place->status.st_uid),
		log_text("mode", mode), log_text("type", remedy));
}

/* Opening a FIFO would wait for ever, so what is no file is refused unseen, whatever the rules. */
static bool check_kind(const char *file, const char *path, char *error, size_t error_size) {
	struct stat status;
	if (path == NULL || lstat(path, &status) != 0) {
		snprintf(error, error_size,
			"%s: expected a shared object, found a file that cannot be read: %s", file,
			strerror(errno));
		return false;
	}
	if (!S_ISREG(status.st_mode)) {
		snprintf(error, error_size, "%s: expected a shared object, found no regular file",
			file);
		return false;
	}
	return true;
}

static bool examine(
	const char *file, const char *path, bool is_strict, char *error, size_t error_size) {
	struct place worst;
	char remedy[2 * PATH_MAX + 64];
	if (!check_kind(file, path, error, error_size)) {
		return false;
	}
	walk(path, &worst);
	if (worst.finding == FINE) {
		return true;
	}
	name_remedy(&worst, remedy, sizeof(remedy));
	if (worst.finding == STRANGERS_WRITE && is_strict) {
		return refuse(file, &worst, remedy, error, error_size);
	}
	warn(file, &worst, remedy, is_strict);
	return true;
}

char *trust_resolve(const char *file, bool is_strict, char *error, size_t error_size) {
	char *path = realpath(file, NULL);
	if (examine(file, path, is_strict, error, error_size)) {
		return path;
	}
	free(path);
	return NULL;
}
