/* The checks that read the file and run nothing of it: file, symbols, undefined. */
#include "check.h"

#include <string.h>

#include "libraries.h"
#include "picture.h"

#include "base/str.h"

enum { ERROR_SIZE = 512 };

/* ---- file ---- */

void check_file(const struct subject *subject, const struct job *job) {
	char error[ERROR_SIZE];
	struct picture picture;
	(void)job;
	if (!picture_open(&picture, subject->file, error, sizeof(error))) {
		fail("%s; a plugin is built with -shared -fPIC", error);
		return;
	}
	if (!picture.is_for_this_machine) {
		fail("is built for another machine than this one; build it here, or run hsc-check "
		     "there");
	}
	picture_close(&picture);
}

/* ---- symbols ---- */

void check_symbols(const struct subject *subject, const struct job *job) {
	char error[ERROR_SIZE];
	struct picture picture;
	(void)job;
	if (!picture_open(&picture, subject->file, error, sizeof(error))) {
		fail("%s", error);
		return;
	}
	bool is_sanitized = picture.is_sanitized;
	for (size_t i = 0; i < picture.exported.count; i++) {
		const char *name = picture.exported.items[i];
		if (is_sanitized && symbol_is_of_sanitizer(name)) {
			note("exports %s too, which a sanitizer adds; a release build does not",
				name);
		} else if (!str_is_equal(name, "hsc_plugin")) {
			fail("exports %s too: make it static, or compile with -fvisibility=hidden",
				name);
		}
	}
	if (!names_have(&picture.exported, "hsc_plugin")) {
		fail("does not export hsc_plugin: declare it with HSC_PLUGIN(...), once");
	}
	picture_close(&picture);
}

/* ---- undefined ---- */

static const struct {
	const char *name; /* ends in "*": whatever begins so */
	enum verdict verdict;
	const char *why;
} STRANGERS[] = {
	{"curl_*", VERDICT_FAIL,
		"HubSpot is reached by host->hubspot->submit(), under the limits of all"},
	{"event_*", VERDICT_FAIL, "the event loop is the host's: host->loop"},
	{"evhttp_*", VERDICT_FAIL, "routes are the host's: host->http->add_route()"},
	{"evbuffer_*", VERDICT_FAIL, "the event loop is the host's: host->loop"},
	{"evdns_*", VERDICT_FAIL, "names are looked up by the host: host->hubspot->submit()"},
	{"evthread_*", VERDICT_FAIL, "the event loop is the host's: host->loop"},
	{"evutil_*", VERDICT_FAIL, "sockets are the host's: host->loop, host->hubspot"},
	{"evconnlistener_*", VERDICT_FAIL, "ports are the host's: host->http->add_route()"},
	{"bufferevent_*", VERDICT_FAIL, "the event loop is the host's: host->loop"},
	{"exit", VERDICT_FAIL, "it ends the host: return an HSC_E..."},
	{"_exit", VERDICT_FAIL, "it ends the host: return an HSC_E..."},
	{"_Exit", VERDICT_FAIL, "it ends the host: return an HSC_E..."},
	{"quick_exit", VERDICT_FAIL, "it ends the host: return an HSC_E..."},
	{"abort", VERDICT_NOTE, "it ends the host: for what can never be, and nothing else"},
	{"fork", VERDICT_FAIL, "a copy of the host has its sockets and its token: no processes"},
	{"vfork", VERDICT_FAIL, "no processes"},
	{"execl", VERDICT_FAIL, "it puts another program in the host's place"},
	{"execle", VERDICT_FAIL, "it puts another program in the host's place"},
	{"execlp", VERDICT_FAIL, "it puts another program in the host's place"},
	{"execv", VERDICT_FAIL, "it puts another program in the host's place"},
	{"execve", VERDICT_FAIL, "it puts another program in the host's place"},
	{"execvp", VERDICT_FAIL, "it puts another program in the host's place"},
	{"execvpe", VERDICT_FAIL, "it puts another program in the host's place"},
	{"fexecve", VERDICT_FAIL, "it puts another program in the host's place"},
	{"daemon", VERDICT_FAIL, "no processes"},
	{"system", VERDICT_FAIL,
		"no processes: it blocks the loop, and a shell reads what a stranger wrote"},
	{"popen", VERDICT_FAIL,
		"no processes: it blocks the loop, and a shell reads what a stranger wrote"},
	{"posix_spawn*", VERDICT_FAIL, "no processes"},
	{"signal", VERDICT_FAIL, "signals are the host's"},
	{"__sysv_signal", VERDICT_FAIL, "signals are the host's"},
	{"bsd_signal", VERDICT_FAIL, "signals are the host's"},
	{"sigaction", VERDICT_FAIL, "signals are the host's"},
	{"setenv", VERDICT_FAIL,
		"other threads read the environment meanwhile: keep it in your state"},
	{"putenv", VERDICT_FAIL,
		"other threads read the environment meanwhile: keep it in your state"},
	{"unsetenv", VERDICT_FAIL,
		"other threads read the environment meanwhile: keep it in your state"},
	{"clearenv", VERDICT_FAIL,
		"other threads read the environment meanwhile: keep it in your state"},
	{"json_set_alloc_funcs*", VERDICT_FAIL, "jansson's memory is everybody's"},
	{"setlocale", VERDICT_NOTE,
		"it changes how the whole process reads and writes numbers: use uselocale() in a "
		"thread of yours"},
	{"chdir", VERDICT_NOTE, "it moves the whole process: use openat() and the like"},
	{"umask", VERDICT_NOTE, "it is the whole process's: give the mode to open()"},
};

static bool fits(const char *pattern, const char *name) {
	size_t length = strlen(pattern) - 1;
	return pattern[length] == '*' ? strncmp(pattern, name, length) == 0
				      : strcmp(pattern, name) == 0;
}

static bool judge_stranger(const char *name) {
	for (size_t i = 0; i < sizeof(STRANGERS) / sizeof(STRANGERS[0]); i++) {
		if (!fits(STRANGERS[i].name, name)) {
			continue;
		}
		if (STRANGERS[i].verdict == VERDICT_FAIL) {
			fail("calls %s(): %s", name, STRANGERS[i].why);
		} else {
			note("calls %s(): %s", name, STRANGERS[i].why);
		}
		return true;
	}
	return false;
}

static bool is_of_system(const char *library) {
	return str_starts_with(library, "libc.so") || str_starts_with(library, "ld-linux") ||
		str_starts_with(library, "ld64.so") || str_starts_with(library, "ld-musl") ||
		str_starts_with(library, "libc.musl") || str_starts_with(library, "linux-vdso");
}

static bool is_expected(const char *library) {
	return is_of_system(library) || str_starts_with(library, "libjansson.so") ||
		str_starts_with(library, "libpthread.so") ||
		str_starts_with(library, "libgcc_s.so");
}

static bool is_sanitizer_library(const char *library) {
	return str_starts_with(library, "libasan.so") || str_starts_with(library, "libubsan.so") ||
		str_starts_with(library, "libtsan.so") || str_starts_with(library, "liblsan.so") ||
		str_starts_with(library, "libclang_rt.");
}

enum { LIBRARIES_MAX = 64 };

struct providers {
	struct picture pictures[LIBRARIES_MAX];
	size_t count;
	bool is_whole; /* each library was found and read */
};

static void add_provider(struct providers *providers, const char *library) {
	char error[ERROR_SIZE];
	const char *file = library_file(library);
	if (file == NULL) {
		providers->is_whole = false;
		note("needs %s, which is not on this machine", library);
	} else if (providers->count < LIBRARIES_MAX &&
		picture_open(&providers->pictures[providers->count], file, error, sizeof(error))) {
		providers->count++;
	} else {
		providers->is_whole = false;
	}
}

static void open_providers(struct providers *providers, const struct picture *plugin) {
	static const char *const ALWAYS[] = {
		"libc.so.6", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"};
	providers->count = 0;
	providers->is_whole = true;
	for (size_t i = 0; i < plugin->needed.count; i++) {
		const char *library = plugin->needed.items[i];
		at_place("loading %s", library);
		if (is_sanitizer_library(library)) {
			note("names %s, which a sanitizer adds", library);
			continue;
		}
		add_provider(providers, library);
		if (!is_expected(library)) {
			note("names %s: it must be on every machine that the plugin runs on",
				library);
		}
	}
	for (size_t i = 0; i < sizeof(ALWAYS) / sizeof(ALWAYS[0]); i++) {
		if (!names_have(&plugin->needed, ALWAYS[i]) && library_file(ALWAYS[i]) != NULL) {
			add_provider(providers, ALWAYS[i]);
		}
	}
}

static bool is_provided(const struct providers *providers, const char *name) {
	for (size_t i = 0; i < providers->count; i++) {
		if (names_have(&providers->pictures[i].exported, name)) {
			return true;
		}
	}
	return false;
}

void check_undefined(const struct subject *subject, const struct job *job) {
	char error[ERROR_SIZE];
	struct picture picture;
	static struct providers providers;
	(void)job;
	if (!picture_open(&picture, subject->file, error, sizeof(error))) {
		fail("%s", error);
		return;
	}
	bool is_sanitized = picture.is_sanitized;
	open_providers(&providers, &picture);
	for (size_t i = 0; i < picture.undefined.count; i++) {
		const char *name = picture.undefined.items[i];
		if (judge_stranger(name) || (is_sanitized && symbol_is_of_sanitizer(name))) {
			continue;
		}
		if (providers.is_whole && !is_provided(&providers, name)) {
			fail("needs %s, which is in no library that it names: link that library to "
			     "the plugin",
				name);
		}
	}
	for (size_t i = 0; i < picture.undefined_weak.count; i++) {
		judge_stranger(picture.undefined_weak.items[i]);
	}
	for (size_t i = 0; i < providers.count; i++) {
		picture_close(&providers.pictures[i]);
	}
	picture_close(&picture);
}
