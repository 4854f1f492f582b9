#include "libraries.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

#include "base/str.h"

const char *library_file(const char *name) {
	struct link_map *map = NULL;
	void *library = dlopen(name, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
	if (library == NULL || dlinfo(library, RTLD_DI_LINKMAP, &map) != 0 || map == NULL) {
		return NULL;
	}
	return map->l_name;
}

const struct hsc_plugin *library_constant(const char *file, char *error, size_t error_size) {
	char *path = str_format(strchr(file, '/') != NULL ? "%s" : "./%s", file);
	void *library = path != NULL ? dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) : NULL;
	free(path);
	const struct hsc_plugin *constant = library != NULL ? dlsym(library, "hsc_plugin") : NULL;
	if (constant == NULL) {
		const char *why = dlerror();
		snprintf(error, error_size, "%s", why != NULL ? why : "out of memory");
	}
	return constant;
}
