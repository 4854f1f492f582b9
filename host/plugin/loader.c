#include "plugin/inside.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"

enum { MAGIC_SIZE = 4, SHOWN_NAME_SIZE = 48 };

bool abi_fits(
	unsigned host_major, unsigned host_minor, unsigned plugin_major, unsigned plugin_minor) {
	if (plugin_major != host_major) {
		return false;
	}
	return host_major == 0 ? plugin_minor == host_minor : plugin_minor <= host_minor;
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

/* dlopen() would say "invalid ELF header" of anything; people want to know that it is no library at
 * all. */
static bool check_magic(const char *file, char *error, size_t error_size) {
	char magic[MAGIC_SIZE] = {0};
	struct stat status;
	if (stat(file, &status) == 0 && !S_ISREG(status.st_mode)) { /* opening a FIFO would wait for ever */
		snprintf(error, error_size, "%s: expected a shared object, found no regular file", file);
		return false;
	}
	FILE *stream = fopen(file, "rbe");
	if (stream == NULL) {
		snprintf(error, error_size,
			"%s: expected a shared object, found a file that cannot be read: %s", file,
			strerror(errno));
		return false;
	}
	size_t length = fread(magic, 1, sizeof(magic), stream);
	fclose(stream);
	if (length != sizeof(magic) || memcmp(magic, "\177ELF", sizeof(magic)) != 0) {
		snprintf(error, error_size,
			"%s: expected a shared object, found something else: not a shared object",
			file);
		return false;
	}
	return true;
}

static const struct hsc_plugin *find_symbol(const char *file, char *error, size_t error_size) {
	char *path = strchr(file, '/') != NULL ? str_format("%s", file) : str_format("./%s", file);
	/* NODELETE, and no dlclose: code that once ran may have left threads and pointers behind.
	 */
	void *library = path != NULL ? dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) : NULL;
	free(path);
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

/* In the order in which the constant can be read: versions and size come before all that depends on
 * them. */
static bool check_abi(
	const char *file, const struct hsc_plugin *found, char *error, size_t error_size) {
	if (!abi_fits(HSC_ABI_MAJOR, HSC_ABI_MINOR, found->abi_major, found->abi_minor)) {
		const char *which = HSC_ABI_MAJOR == 0 ? "exactly" : "at most";
		snprintf(error, error_size, "%s: expected plugin ABI %d.%d (%s), found %u.%u", file,
			HSC_ABI_MAJOR, HSC_ABI_MINOR, which, found->abi_major, found->abi_minor);
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

const struct hsc_plugin *loader_open(const char *file, char *error, size_t error_size) {
	const struct hsc_plugin *found =
		check_magic(file, error, error_size) ? find_symbol(file, error, error_size) : NULL;
	if (found == NULL) {
		return NULL;
	}
	bool is_good = check_abi(file, found, error, error_size) &&
		check_name(file, found, error, error_size) &&
		check_rest(file, found, error, error_size);
	return is_good ? found : NULL;
}
