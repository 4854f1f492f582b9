/*
 * `plugin new`: all of a template is read and renamed first, so that what can go wrong has gone
 * wrong before anything is written.
 */
#include "template.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "command.h"
#include "host.h"
#include "rename.h"

enum { FILES_MAX = 16, FILE_BYTES_MAX = 64 * 1024, ERROR_SIZE = 512 };

static const struct kind {
	const char *name, *plural, *singular;
} KINDS[] = {{"object", "invoices", "invoice"}, {"leads", "leads", "lead"}};

struct file {
	char *name;
	struct buf text;
};

struct work {
	struct renaming renaming;
	char *from; /* the template's folder */
	char *into; /* the plugin's */
	struct file files[FILES_MAX];
	size_t count;
	size_t written;
	char error[ERROR_SIZE];
};

static bool fail(struct work *work, const char *what, const char *path, const char *why) {
	snprintf(work->error, sizeof(work->error), "%s %.300s: %s", what, path != NULL ? path : "",
		path != NULL ? why : "out of memory");
	return false;
}

/* ---- reading ---- */

/* In an installed tree, or else where the sources are. */
static char *find_template(const char *kind) {
	char *folder = folder_beside(HSC_TEMPLATES_FROM_BIN);
	char *found = str_format("%s/%s", folder != NULL ? folder : HSC_TEMPLATE_DIR, kind);
	free(folder);
	return found;
}

static bool rename_file(struct work *work, const char *name, const char *text) {
	struct file *file = &work->files[work->count++];
	struct buf renamed;
	buf_init(&renamed, PATH_MAX);
	buf_init(&file->text, 2 * (size_t)FILE_BYTES_MAX);
	bool is_renamed = rename_text(&work->renaming, name, false, &renamed) &&
		rename_text(&work->renaming, text, str_ends_with(name, ".c"), &file->text);
	file->name = buf_take(&renamed);
	return is_renamed && file->name != NULL;
}

static bool read_file(struct work *work, const char *name) {
	const char *why = NULL;
	char *path = str_format("%s/%s", work->from, name);
	char *text = calloc(1, FILE_BYTES_MAX + 1);
	ssize_t length =
		path == NULL || text == NULL ? -1 : file_read(path, text, FILE_BYTES_MAX, &why);
	bool is_whole = length < FILE_BYTES_MAX && work->count < FILES_MAX;
	bool is_read = length >= 0 && is_whole && rename_file(work, name, text);
	if (!is_read) {
		fail(work, "cannot copy", path,
			why != NULL        ? why
				: is_whole ? "out of memory"
					   : "too many files, or too large ones");
	}
	free(text);
	free(path);
	return is_read;
}

static int is_shown(const struct dirent *entry) {
	return *entry->d_name != '.' && entry->d_type != DT_DIR;
}

static bool read_template(struct work *work) {
	struct dirent **entries = NULL;
	int count = work->from != NULL ? scandir(work->from, &entries, is_shown, alphasort) : -1;
	if (count < 0) {
		return fail(work, "cannot read the template's folder", work->from, strerror(errno));
	}
	bool is_read = true;
	for (int i = 0; i < count; i++) {
		is_read = is_read && read_file(work, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return is_read;
}

/* ---- writing ---- */

static bool write_file(struct work *work, const struct file *file) {
	char *path = str_format("%s/%s", work->into, file->name);
	int fd = path != NULL ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666) : -1;
	bool is_written = fd >= 0;
	if (is_written) {
		work->written++;
		ssize_t length = (ssize_t)file->text.length;
		is_written = write(fd, buf_text(&file->text), file->text.length) == length;
		is_written = close(fd) == 0 && is_written;
	}
	if (!is_written) {
		fail(work, "cannot write", path, strerror(errno));
	}
	free(path);
	return is_written;
}

static void unmake(const struct work *work) {
	for (size_t i = 0; i < work->written; i++) {
		char *path = str_format("%s/%s", work->into, work->files[i].name);
		if (path != NULL) {
			unlink(path);
		}
		free(path);
	}
	rmdir(work->into);
}

static bool write_plugin(struct work *work) {
	if (work->into == NULL || mkdir(work->into, 0777) != 0) {
		return fail(work, "cannot make", work->into,
			errno == EEXIST ? "it is there already" : strerror(errno));
	}
	for (size_t i = 0; i < work->count; i++) {
		if (!write_file(work, &work->files[i])) {
			unmake(work);
			return false;
		}
	}
	return true;
}

/* ---- what to type next ---- */

/* Where CMake finds the package; NULL: it does so by itself. The caller frees it. */
static char *find_prefix(void) {
	char *config = folder_beside("../sdk/cmake/hubspot-connector-config.cmake");
	char *prefix = folder_beside(config != NULL ? "../sdk" : "..");
	free(config);
	if (str_is_equal(prefix, "/usr") || str_is_equal(prefix, "/usr/local")) {
		free(prefix);
		prefix = NULL;
	}
	return prefix;
}

static void say(const struct work *work) {
	const char *name = work->renaming.name;
	char *prefix = find_prefix();
	char *program = prefix != NULL ? realpath("/proc/self/exe", NULL) : NULL;
	printf("%s:", work->into);
	for (size_t i = 0; i < work->count; i++) {
		printf(" %s", work->files[i].name);
	}
	printf("\n\nIts README.md tells what is what. Next:\n"
	       "  cd %s\n"
	       "  cmake -S . -B build%s%s\n"
	       "  cmake --build build\n"
	       "  ctest --test-dir build --output-on-failure\n"
	       "  %s serve --sandbox --plugin build/%s.so\n",
		work->into, prefix != NULL ? " -DCMAKE_PREFIX_PATH=" : "",
		prefix != NULL ? prefix : "", program != NULL ? program : "hubspot-connector",
		name);
	fflush(stdout);
	free(program);
	free(prefix);
}

static const struct kind *find_kind(const char *name) {
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
		if (str_is_equal(KINDS[i].name, name)) {
			return &KINDS[i];
		}
	}
	return NULL;
}

static void finish(struct work *work) {
	for (size_t i = 0; i < work->count; i++) {
		free(work->files[i].name);
		buf_finish(&work->files[i].text);
	}
	free(work->from);
	free(work->into);
}

int template_run(const struct command *command) {
	struct work work = {.count = 0};
	const struct kind *kind = find_kind(command->from != NULL ? command->from : KINDS[0].name);
	int code = EXIT_WRONG;
	if (kind == NULL) {
		snprintf(work.error, sizeof(work.error),
			"there is no template \"%.80s\"; there are object and leads",
			command->from);
	} else if (command->into != NULL && command->into[0] == '\0') {
		snprintf(work.error, sizeof(work.error), "--into names no folder");
	} else if (renaming_init(
			   &work.renaming, command->plugin_name, command->singular, work.error)) {
		work.renaming.plural = kind->plural;
		work.renaming.singular = kind->singular;
		work.from = find_template(kind->name);
		work.into = command->into == NULL
			? str_format("%s", command->plugin_name)
			: str_format("%s/%s", command->into, command->plugin_name);
		code = read_template(&work) && write_plugin(&work) ? EXIT_GOOD : EXIT_FAILED;
	}
	if (code == EXIT_GOOD) {
		say(&work);
	} else {
		LOG_ERROR("no plugin made", log_text("why", work.error));
	}
	finish(&work);
	return code;
}
