#include "plugin/inside.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"

/* Of an ELF header: class and byte order, then, behind the type, the machine. */
enum { CLASS_AT = 4, MACHINE_AT = 18, HEADER_SIZE = 20, SHOWN_NAME_SIZE = 48, UPGRADE_SIZE = 160 };

/* Our own, by the linker. */
extern const unsigned char __ehdr_start[] __attribute__((visibility("hidden")));

bool abi_fits(
	unsigned host_major, unsigned host_minor, unsigned plugin_major, unsigned plugin_minor) {
	return plugin_major == host_major && plugin_minor <= host_minor;
}

bool is_plugin_name(const char *name) {
	size_t length = strlen(name);
	return length >= 1 && length <= PLUGIN_NAME_MAX && name[0] >= 'a' && name[0] <= 'z' &&
		strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

/* The least size of struct hsc_plugin in a plugin of this minor; a new minor that makes it grow
 * gets its own line. */
static size_t least_size(unsigned minor) {
	(void)minor;
	return offsetof(struct hsc_plugin, fini) + sizeof(((struct hsc_plugin *)NULL)->fini);
}

/* A name from a file nobody has checked: its start, without what could break the line. */
static void show_name(const char *name, char shown[SHOWN_NAME_SIZE]) {
	snprintf(shown, SHOWN_NAME_SIZE, "%s", name);
	for (char *c = shown; *c != '\0'; c++) {
		if (*c < 0x20 || *c > 0x7e) {
			*c = '?';
		}
	}
}

/* dlopen() says "invalid ELF header" of what is no library at all, and "no such file" of one for
 * another machine. */
static const char *header_fault(const unsigned char *header, size_t length) {
	if (length < HEADER_SIZE || memcmp(header, "\177ELF", 4) != 0) {
		return "something else: not a shared object";
	}
	bool is_of_our_kind = memcmp(header + CLASS_AT, __ehdr_start + CLASS_AT, 2) == 0 &&
		memcmp(header + MACHINE_AT, __ehdr_start + MACHINE_AT, 2) == 0;
	return is_of_our_kind
		? NULL
		: "one for another architecture than this host's: build it for this machine";
}

static bool check_header(const char *file, const char *path, char *error, size_t error_size) {
	unsigned char header[HEADER_SIZE];
	FILE *stream = fopen(path, "rbe");
	if (stream == NULL) {
		snprintf(error, error_size,
			"%s: expected a shared object, found a file that cannot be read: %s", file,
			strerror(errno));
		return false;
	}
	size_t length = fread(header, 1, sizeof(header), stream);
	fclose(stream);
	const char *fault = header_fault(header, length);
	if (fault != NULL) {
		snprintf(error, error_size, "%s: expected a shared object, found %s", file, fault);
	}
	return fault == NULL;
}

static const struct hsc_plugin *find_symbol(
	const char *file, const char *path, char *error, size_t error_size) {
	/* NODELETE, and no dlclose: code that once ran may have left threads and pointers behind.
	 */
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (library == NULL) {
		const char *why = dlerror();
		snprintf(error, error_size,
			"%s: expected a shared object with all its symbols, found one that does "
			"not load: %s",
			file, why != NULL ? why : "out of memory");
		return NULL;
	}
	const struct hsc_plugin *declaration = dlsym(library, "hsc_plugin");
	if (declaration == NULL) {
		snprintf(error, error_size,
			"%s: expected a plugin, found a shared object without the symbol "
			"hsc_plugin",
			file);
	}
	return declaration;
}

/* What to do about a plugin that abi_fits() refuses. */
static void name_upgrade(const struct hsc_plugin *found, char *text, size_t size) {
	if (found->abi_major < HSC_ABI_MAJOR) {
		snprintf(text, size, "the plugin is too old: rebuild it with the SDK of this host");
	} else if (found->abi_major > HSC_ABI_MAJOR) {
		snprintf(text, size,
			"the host is too old: upgrade it to one of plugin ABI %u, or rebuild the "
			"plugin "
			"with the SDK of this host",
			found->abi_major);
	} else {
		snprintf(text, size,
			"the host is too old: upgrade it to one of plugin ABI %u.%u, or rebuild "
			"the "
			"plugin with HSC_NEEDS_MINOR %d",
			found->abi_major, found->abi_minor, HSC_ABI_MINOR);
	}
}

/* In the order in which the constant can be read: versions and size come before all that depends on
 * them. */
static bool check_abi(
	const char *file, const struct hsc_plugin *found, char *error, size_t error_size) {
	char what_to_do[UPGRADE_SIZE];
	if (!abi_fits(HSC_ABI_MAJOR, HSC_ABI_MINOR, found->abi_major, found->abi_minor)) {
		name_upgrade(found, what_to_do, sizeof(what_to_do));
		snprintf(error, error_size,
			"%s: expected plugin ABI %d, at most %d.%d, found %u.%u; %s", file,
			HSC_ABI_MAJOR, HSC_ABI_MAJOR, HSC_ABI_MINOR, found->abi_major,
			found->abi_minor, what_to_do);
		return false;
	}
	if (found->size < least_size(found->abi_minor)) {
		snprintf(error, error_size,
			"%s: expected a struct hsc_plugin of at least %zu bytes, found %u", file,
			least_size(found->abi_minor), (unsigned)found->size);
		return false;
	}
	return true;
}

static bool check_name(
	const char *file, const struct hsc_plugin *found, char *error, size_t error_size) {
	char shown[SHOWN_NAME_SIZE] = "NULL";
	if (found->name != NULL) {
		show_name(found->name, shown);
	}
	if (found->name == NULL || !is_plugin_name(found->name)) {
		snprintf(error, error_size,
			"%s: expected a name of the form [a-z][a-z0-9-]{0,31}, found \"%s\"", file,
			shown);
		return false;
	}
	const char *slash = strrchr(file, '/');
	const char *base = slash != NULL ? slash + 1 : file;
	size_t length = strlen(found->name);
	if (strncmp(base, found->name, length) != 0 || !str_is_equal(base + length, ".so")) {
		snprintf(error, error_size,
			"%s: expected the file name %s.so, because the plugin's name is \"%s\", "
			"found %s",
			file, found->name, found->name, base);
		return false;
	}
	return true;
}

static bool check_rest(
	const char *file, const struct hsc_plugin *found, char *error, size_t error_size) {
	if ((found->flags & ~(uint32_t)HSC_PLUGIN_BY_NAME) != 0) {
		snprintf(error, error_size, "%s: expected flags of HSC_PLUGIN_..., found 0x%x",
			file, (unsigned)found->flags);
		return false;
	}
	if (found->init == NULL || found->version == NULL) {
		snprintf(error, error_size, "%s: expected %s, found NULL", file,
			found->init == NULL ? "an init()" : "a version");
		return false;
	}
	return true;
}

const struct hsc_plugin *loader_open(
	const char *file, const char *path, char *error, size_t error_size) {
	const struct hsc_plugin *found = check_header(file, path, error, error_size)
		? find_symbol(file, path, error, error_size)
		: NULL;
	if (found == NULL) {
		return NULL;
	}
	bool is_good = check_abi(file, found, error, error_size) &&
		check_name(file, found, error, error_size) &&
		check_rest(file, found, error, error_size);
	return is_good ? found : NULL;
}
