/* The checks of the constant: abi; and what is done before any check: a configuration for the
 * plugin. */
#include "check.h"

#include <string.h>

#include "libraries.h"

#include "base/str.h"

enum { ERROR_SIZE = 1024, PLUGIN_NAME_MAX = 32 };

/* Is it [a-z][a-z0-9-]{0,31}? */
static bool is_plugin_name(const char *name) {
	size_t length = strlen(name);
	return length >= 1 && length <= PLUGIN_NAME_MAX && name[0] >= 'a' && name[0] <= 'z' &&
		strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

static void judge_name(const char *file, const struct hsc_plugin *plugin) {
	const char *slash = strrchr(file, '/');
	const char *base = slash != NULL ? slash + 1 : file;
	if (plugin->name == NULL || !is_plugin_name(plugin->name)) {
		fail(".name is not of the form [a-z][a-z0-9-]{0,31}");
		return;
	}
	size_t length = strlen(plugin->name);
	if (strncmp(base, plugin->name, length) != 0 || !str_is_equal(base + length, ".so")) {
		fail("the file is called %s, and .name is \"%s\": name the file %s.so", base,
			plugin->name, plugin->name);
	}
}

/* True when the rest of the constant may be looked at. */
static bool judge_version(const struct hsc_plugin *plugin) {
	if (plugin->abi_major != HSC_ABI_MAJOR || plugin->abi_minor > HSC_ABI_MINOR) {
		fail("is built for ABI %u.%u, and this is %d.%d: build it with the header of the "
		     "host that it is for",
			plugin->abi_major, plugin->abi_minor, HSC_ABI_MAJOR, HSC_ABI_MINOR);
		return false;
	}
	/* What a plugin of minor 0 has. */
	size_t least = offsetof(struct hsc_plugin, fini) + sizeof(plugin->fini);
	if (plugin->size < least) {
		fail(".size is %u, expected %zu: declare it with HSC_PLUGIN(...)",
			(unsigned)plugin->size, least);
		return false;
	}
	return true;
}

void check_abi(const struct subject *subject, const struct job *job) {
	char error[ERROR_SIZE];
	(void)job;
	at_place("loading the file");
	const struct hsc_plugin *plugin = library_constant(subject->file, error, sizeof(error));
	if (plugin == NULL) {
		fail("does not load: %s", error);
		return;
	}
	at_place("reading hsc_plugin");
	if (!judge_version(plugin)) {
		return;
	}
	judge_name(subject->file, plugin);
	if (plugin->version == NULL || plugin->version[0] == '\0') {
		fail(".version is missing: name one, \"1.0\"");
	}
	if (plugin->init == NULL) {
		fail(".init is missing: it registers everything");
	}
	if ((plugin->flags & ~(uint32_t)HSC_PLUGIN_BY_NAME) != 0) {
		fail(".flags is 0x%x: none but HSC_PLUGIN_... are known", (unsigned)plugin->flags);
	}
	if (plugin->reserved != 0) {
		fail(".reserved is 0x%x: leave it out", (unsigned)plugin->reserved);
	}
}
