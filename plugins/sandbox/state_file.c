/* The state in a file: read when the sandbox starts, written when it ends. */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool model_write_file(const struct model *model, const char *path) {
	json_t *name = json_sprintf("%s.new", path);
	json_t *dump = model_save(model);
	const char *aside = json_string_value(name);
	bool is_written = aside != NULL && dump != NULL &&
		json_dump_file(dump, aside, JSON_COMPACT) == 0 && rename(aside, path) == 0;
	json_decref(dump);
	json_decref(name);
	return is_written;
}

const char *model_read_file(struct model *model, const char *path) {
	if (access(path, F_OK) != 0) {
		return NULL; /* the first time */
	}
	json_error_t error;
	json_t *dump = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
	const char *wrong = dump == NULL ? "the state file cannot be read, or is not JSON"
					 : model_state_load(model, dump);
	json_decref(dump);
	return wrong;
}
