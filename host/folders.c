/* Where plugins are: the operator's folders, or those that came with the program; and what else
 * came with it. */
#include "host.h"

#include <unistd.h>

#include "base/memory.h"
#include "base/str.h"

enum { PATH_BYTES = 4096 };

char *folder_beside(const char *relative) {
	char path[PATH_BYTES];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (length <= 0) {
		return NULL;
	}
	path[length] = '\0';
	char *slash = strrchr(path, '/');
	char *joined =
		slash == NULL ? NULL : str_format("%.*s/%s", (int)(slash - path), path, relative);
	char *folder = joined != NULL ? realpath(joined, NULL) : NULL;
	free(joined);
	return folder;
}

/* As an installed tree has it, wherever it stands; as a build tree has it; where it was meant to be
 * installed. */
static const char *own_folder(void) {
	static const char *const PLACES[] = {HSC_PLUGINS_FROM_BIN, "../plugins"};
	static char *folder; /* does not change: found once */
	for (size_t i = 0; i < sizeof(PLACES) / sizeof(PLACES[0]) && folder == NULL; i++) {
		folder = folder_beside(PLACES[i]);
	}
	return folder != NULL ? folder : HSC_PLUGIN_DIR;
}

const char **plugin_folders(const struct config *config) {
	size_t count = 0;
	while (config->plugin_dir != NULL && config->plugin_dir[count] != NULL) {
		count++;
	}
	const char **folders = must_calloc(count + 2, sizeof(*folders));
	for (size_t i = 0; i < count; i++) {
		folders[i] = config->plugin_dir[i];
	}
	if (count == 0) {
		folders[0] = own_folder();
	}
	return folders;
}

static char *find_in(const char *folder, const char *name) {
	char *file = str_format("%s/%s.so", folder, name);
	if (file != NULL && access(file, R_OK) != 0) {
		free(file);
		file = NULL;
	}
	return file;
}

char *plugin_find(const struct config *config, const char *name, char error[HOST_ERROR_SIZE]) {
	const char **folders = plugin_folders(config);
	char *file = NULL;
	for (size_t i = 0; folders[i] != NULL && file == NULL; i++) {
		file = find_in(folders[i], name);
	}
	free(folders);
	file = file != NULL ? file : find_in(own_folder(), name);
	if (file == NULL) {
		snprintf(error, HOST_ERROR_SIZE,
			"expected %s.so in the plugin folders or in %.512s, found none", name,
			own_folder());
	}
	return file;
}
