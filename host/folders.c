/* Where plugins are: the operator's folders, or those that came with the program. */
#include "host.h"

#include <unistd.h>

#include "base/memory.h"
#include "base/str.h"

enum { PATH_BYTES = 4096 };

/* In a build tree, plugins/ stands beside the folder of the binary; else it is where they were
 * installed. */
static const char *own_folder(void) {
	static char folder[PATH_BYTES];
	static const char BESIDE[] = "/../plugins";
	ssize_t length = readlink("/proc/self/exe", folder, sizeof(folder) - sizeof(BESIDE));
	char *slash = NULL;
	if (length > 0) {
		folder[length] = '\0';
		slash = strrchr(folder, '/');
	}
	if (slash != NULL) {
		memcpy(slash, BESIDE, sizeof(BESIDE));
	}
	return slash != NULL && access(folder, R_OK | X_OK) == 0 ? folder : HSC_PLUGIN_DIR;
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

static char *find_in(const char *folder) {
	char *file = str_format("%s/sandbox.so", folder);
	if (file != NULL && access(file, R_OK) != 0) {
		free(file);
		file = NULL;
	}
	return file;
}

char *sandbox_find(const struct config *config, char error[HOST_ERROR_SIZE]) {
	const char **folders = plugin_folders(config);
	char *file = NULL;
	for (size_t i = 0; folders[i] != NULL && file == NULL; i++) {
		file = find_in(folders[i]);
	}
	free(folders);
	file = file != NULL ? file : find_in(own_folder());
	if (file == NULL) {
		snprintf(error, HOST_ERROR_SIZE,
			"expected sandbox.so in the plugin folders or in %.512s, found none",
			own_folder());
	}
	return file;
}
