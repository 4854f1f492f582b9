/* CONNECTOR_CONFIG: {"objects": {NAME: {...}}, "plugins": {NAME: {...}}}, and nothing else. */
#include "config/inside.h"

#include <errno.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/str.h"

enum { FILE_BYTES_MAX = 4 * 1024 * 1024, PLACE_SIZE = 256 };

struct filler {
	const char *file;
	char *const *environment;
	const struct dotenv *dotenv;
	char *error;
};

__attribute__((format(printf, 2, 3))) static bool fail(
	const struct filler *filler, const char *format, ...) {
	int length = snprintf(
		filler->error, CONFIG_ERROR_SIZE, "CONNECTOR_CONFIG: %.300s: ", filler->file);
	va_list args;
	va_start(args, format);
	vsnprintf(filler->error + length, CONFIG_ERROR_SIZE - (size_t)length, format, args);
	va_end(args);
	return false;
}

/* ---- {"$file": PATH} and {"$env": NAME} ---- */

/* A path is relative to the file that names it. */
static char *beside(const char *file, const char *path) {
	const char *slash = strrchr(file, '/');
	char *whole = *path == '/' || slash == NULL
		? str_format("%s", path)
		: str_format("%.*s/%s", (int)(slash - file), file, path);
	return whole != NULL ? whole : must_strdup(path);
}

static json_t *from_file(const struct filler *filler, const char *place, const char *path) {
	char why[512];
	char *whole = beside(filler->file, path);
	char *text = secret_read(whole, why, sizeof(why));
	json_t *value = text != NULL ? json_string(text) : NULL;
	if (text == NULL) {
		fail(filler, "%s: $file: %s", place, why);
	} else if (value == NULL) {
		fail(filler, "%s: $file: %s is not valid UTF-8", place, whole);
	}
	if (text != NULL) {
		memory_wipe(text, strlen(text));
	}
	free(text);
	free(whole);
	return value;
}

static json_t *from_environment(const struct filler *filler, const char *place, const char *name) {
	const char *text = environment_find(filler->environment, name);
	if (text == NULL) {
		const struct dotenv_entry *entry = dotenv_find(filler->dotenv, name);
		text = entry != NULL ? entry->value : NULL;
	}
	json_t *value = text != NULL ? json_string(text) : NULL;
	if (value == NULL) {
		fail(filler, "%s: $env: expected the variable %s to be set to UTF-8 text", place,
			name);
	}
	return value;
}

static const struct {
	const char *name;
	json_t *(*fill)(const struct filler *filler, const char *place, const char *text);
} FORMS[] = {{"$file", from_file}, {"$env", from_environment}};

/* Is `value` one of these forms? Then *filled is what it stands for, or NULL when that failed. */
static bool is_form(
	const struct filler *filler, const char *place, const json_t *value, json_t **filled) {
	for (size_t i = 0; i < sizeof(FORMS) / sizeof(FORMS[0]); i++) {
		const json_t *text = json_object_get(value, FORMS[i].name);
		if (text == NULL) {
			continue;
		}
		*filled = NULL;
		if (!json_is_string(text) || json_object_size(value) != 1) {
			fail(filler, "%s: expected {\"%s\": \"...\"} and nothing beside it", place,
				FORMS[i].name);
		} else {
			*filled = FORMS[i].fill(filler, place, json_string_value(text));
		}
		return true;
	}
	return false;
}

/* A copy of `value` with all forms filled in, at any depth (bounded by the reader); NULL: failed.
 */
static json_t *fill(const struct filler *filler, const char *place, const json_t *value) {
	json_t *filled = NULL;
	char inner[PLACE_SIZE];
	if (is_form(filler, place, value, &filled)) {
		return filled;
	}
	if (json_is_object(value)) {
		const char *name;
		json_t *member;
		filled = json_object();
		json_object_foreach ((json_t *)(uintptr_t)value, name, member) {
			snprintf(inner, sizeof(inner), "%s.%s", place, name);
			if (json_object_set_new(filled, name, fill(filler, inner, member)) != 0) {
				json_decref(filled);
				return NULL;
			}
		}
	} else if (json_is_array(value)) {
		size_t index;
		json_t *element;
		filled = json_array();
		json_array_foreach ((json_t *)(uintptr_t)value, index, element) {
			snprintf(inner, sizeof(inner), "%s[%zu]", place, index);
			if (json_array_append_new(filled, fill(filler, inner, element)) != 0) {
				json_decref(filled);
				return NULL;
			}
		}
	} else {
		filled = json_deep_copy(value);
	}
	return filled;
}

/* ---- the file ---- */

static json_t *read_json(const struct filler *filler) {
	char *bytes = must_calloc(FILE_BYTES_MAX + 1, 1);
	const char *fault;
	ssize_t length = file_read(filler->file, bytes, FILE_BYTES_MAX + 1, &fault);
	json_t *root = NULL;
	if (length < 0) {
		fail(filler, "cannot be read: %s", fault);
	} else if (length > FILE_BYTES_MAX) {
		fail(filler, "is larger than %d MiB", FILE_BYTES_MAX / 1024 / 1024);
	} else {
		char why[JSON_ERROR_SIZE];
		root = json_read(bytes, (size_t)length, JSON_DEPTH_MAX, why);
		if (root == NULL) {
			fail(filler, "%s", why);
		}
	}
	memory_wipe(bytes, length > 0 ? (size_t)length : 0);
	free(bytes);
	return root;
}

/* Is every member of the part `name` an object? */
static bool check_part(const struct filler *filler, const char *name, const json_t *part) {
	const char *member_name;
	json_t *member;
	if (!json_is_object(part)) {
		return fail(filler, "%s: expected an object", name);
	}
	json_object_foreach ((json_t *)(uintptr_t)part, member_name, member) {
		if (!json_is_object(member)) {
			return fail(filler, "%s.%s: expected an object", name, member_name);
		}
	}
	return true;
}

static bool take_parts(const struct filler *filler, const json_t *root, struct config *config) {
	const char *name;
	json_t *part;
	if (!json_is_object(root)) {
		return fail(filler, "expected an object with \"objects\" and \"plugins\"");
	}
	json_object_foreach ((json_t *)(uintptr_t)root, name, part) {
		bool is_objects = str_is_equal(name, "objects");
		if (!is_objects && !str_is_equal(name, "plugins")) {
			return fail(filler,
				"unknown member \"%.100s\": expected \"objects\" and \"plugins\"",
				name);
		}
		if (!check_part(filler, name, part)) {
			return false;
		}
		json_t *value = is_objects ? json_incref(part) : fill(filler, name, part);
		if (value == NULL) {
			return false;
		}
		json_t **to = is_objects ? &config->objects : &config->sections;
		json_decref(*to);
		*to = value;
	}
	return true;
}

bool config_read_file(struct config *config, const char *path, char *const *environment,
	const struct dotenv *dotenv, char error[CONFIG_ERROR_SIZE]) {
	const struct filler filler = {
		.file = path, .environment = environment, .dotenv = dotenv, .error = error};
	json_auto_t *root = read_json(&filler);
	return root != NULL && take_parts(&filler, root, config);
}
