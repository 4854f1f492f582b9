/* What runs when the file is loaded, before the host has had a word; and how the file is put
 * together. */
#include "check.h"

#include <string.h>

#include "picture.h"

#include "base/str.h"

enum { ERROR_SIZE = 512 };

/* What gcc and clang put into an empty library. */
static bool is_of_compiler(const char *function) {
	return str_is_equal(function, "frame_dummy") ||
		str_is_equal(function, "register_tm_clones");
}

static void judge_constructors(const struct picture *picture, bool is_sanitized) {
	size_t unnamed = 0;
	bool has_dummy = false;
	for (size_t i = 0; i < picture->init.count; i++) {
		const char *function = picture->init.items[i];
		if (is_of_compiler(function)) {
			has_dummy = true;
		} else if (is_sanitized && symbol_is_of_sanitizer(function)) {
			note("runs %s() when loaded, which a sanitizer adds", function);
		} else if (str_is_equal(function, "?")) {
			unnamed++;
		} else {
			fail("runs %s() when loaded: do it in init(), where it may fail, and where "
			     "the host is there",
				function);
		}
	}
	/* Of a stripped file only the number is known: the first is the compiler's own. */
	size_t allowed = has_dummy ? 0 : 1;
	if (unnamed > allowed && is_sanitized) {
		note("runs %zu functions when loaded; with a sanitizer, and stripped, it cannot be "
		     "told whose they are",
			unnamed - allowed);
	} else if (unnamed > allowed) {
		fail("runs %zu functions when loaded: do it in init(), where it may fail, and "
		     "where the host is there",
			unnamed - allowed);
	}
	if (picture->has_own_init) {
		fail("has a function of its own as DT_INIT (ld -init): do it in init()");
	}
}

/* A folder that is neither absolute nor beside the plugin is one that a stranger may choose. */
static bool is_loose(const char *path) {
	for (const char *at = path; at != NULL; at = strchr(at, ':')) {
		at += *at == ':';
		if (*at != '/' && !str_starts_with(at, "$ORIGIN") &&
			!str_starts_with(at, "${ORIGIN}")) {
			return true;
		}
	}
	return false;
}

static void judge_path(const char *name, const char *path) {
	if (path != NULL && is_loose(path)) {
		fail("%s \"%s\" depends on the folder in which the host starts: link without "
		     "-rpath",
			name, path);
	} else if (path != NULL) {
		note("%s \"%s\": its libraries are looked for there first", name, path);
	}
}

void check_constructors(const struct subject *subject, const struct job *job) {
	char error[ERROR_SIZE];
	struct picture picture;
	(void)job;
	if (!picture_open(&picture, subject->file, error, sizeof(error))) {
		fail("%s", error);
		return;
	}
	judge_constructors(&picture, picture.is_sanitized);
	if (picture.has_text_relocations) {
		fail("has text relocations: compile every file of it with -fPIC");
	}
	if (picture.has_executable_stack) {
		fail("asks for an executable stack: link with -Wl,-z,noexecstack; assembler files "
		     "need a .note.GNU-stack");
	}
	if (picture.has_writable_code) {
		fail("has a part that is writable and executable at once: link without -N and "
		     "-z,rwx");
	}
	judge_path("RPATH", picture.rpath);
	judge_path("RUNPATH", picture.runpath);
	picture_close(&picture);
}
