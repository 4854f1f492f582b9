/*
 * schema_suite TESTS REMOTES MANDATORY OPTIONAL FORMAT - the official JSON Schema test suite.
 *
 * TESTS is its folder for draft 2020-12, REMOTES that of the schemas it refers to. Each mandatory
 * test must pass; of the optional ones and of those of formats, the percentages given. Names each
 * test that fails. MANDATORY is how many mandatory tests there must be at least, so that an empty
 * folder is not a success.
 */
#define _XOPEN_SOURCE 700
#include <ftw.h>
#include <glob.h>
#include <inttypes.h>

#include "base/buf.h"
#include "base/str.h"
#include "schema/schema.h"

enum { PATH_BYTES = 4096, FOLDERS_MAX = 32 };

static struct schema_store *store;
static size_t remotes_length;

struct tally {
	const char *name;
	size_t passed, failed;
};

/* Numbers that no int64 holds are read as the nearest double. */
static json_t *read_file(const char *path) {
	json_error_t error;
	json_t *value = json_load_file(path, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	if (value == NULL) {
		value = json_load_file(
			path, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &error);
	}
	if (value == NULL) {
		fprintf(stderr, "%s:%d: %s\n", path, error.line, error.text);
		exit(1);
	}
	return value;
}

static int add_remote(const char *path, const struct stat *status, int type, struct FTW *where) {
	(void)status;
	(void)where;
	char error[SCHEMA_ERROR_SIZE];
	if (type != FTW_F || !str_ends_with(path, ".json")) {
		return 0;
	}
	char *uri = str_format("http://localhost:1234%s", path + remotes_length);
	json_t *definition = read_file(path);
	bool is_taken = uri != NULL && schema_store_add(store, uri, definition, error);
	if (!is_taken) {
		fprintf(stderr, "%s: %s\n", path, error);
	}
	json_decref(definition);
	free(uri);
	return is_taken ? 0 : 1;
}

/* Has each fault its three texts? */
static bool is_told(bool is_valid, const json_t *faults) {
	size_t index;
	json_t *fault;
	json_array_foreach (faults, index, fault) {
		if (json_string_length(json_object_get(fault, "message")) == 0 ||
			json_string_length(json_object_get(fault, "code")) == 0 ||
			!json_is_string(json_object_get(fault, "field"))) {
			return false;
		}
	}
	return is_valid == (json_array_size(faults) == 0);
}

/* Both ways of asking must say what the suite says. NULL, or what is wrong. */
static const char *judge(const struct schema *schema, const json_t *test) {
	const json_t *instance = json_object_get(test, "data");
	bool expected = json_is_true(json_object_get(test, "valid"));
	json_t *faults = json_array();
	bool is_valid = schema_validate(schema, instance, 0, faults);
	bool is_well_told = is_told(is_valid, faults);
	json_decref(faults);
	if (schema_validate(schema, instance, 0, NULL) != is_valid) {
		return "with and without faults it says different things";
	}
	if (!is_well_told) {
		return "its faults are not told";
	}
	return is_valid == expected ? NULL : is_valid ? "is taken" : "is refused";
}

static const char *text_of(const json_t *of) {
	return json_string_value(json_object_get(of, "description"));
}

static void run_case(struct tally *tally, const char *file, const json_t *of, bool asserts_format) {
	char error[SCHEMA_ERROR_SIZE] = "";
	const struct schema_options options = {
		.is_standard = true, .asserts_format = asserts_format, .store = store};
	struct schema *schema = schema_compile_with(json_object_get(of, "schema"), &options, error);
	size_t index;
	json_t *test;
	json_array_foreach (json_object_get(of, "tests"), index, test) {
		const char *why = schema != NULL ? judge(schema, test) : error;
		if (why == NULL) {
			tally->passed++;
			continue;
		}
		tally->failed++;
		printf("%s: %s: %s, %s: %s\n", tally->name, file, text_of(of), text_of(test), why);
	}
	schema_destroy(schema);
}

static void run_folder(struct tally *tally, const char *folder, bool asserts_format) {
	char *pattern = str_format("%s/*.json", folder);
	glob_t files = {0};
	if (pattern != NULL) {
		glob(pattern, 0, NULL, &files);
	}
	for (size_t i = 0; i < files.gl_pathc; i++) {
		json_t *cases = read_file(files.gl_pathv[i]);
		size_t index;
		json_t *of;
		json_array_foreach (cases, index, of) {
			run_case(tally, strrchr(files.gl_pathv[i], '/') + 1, of, asserts_format);
		}
		json_decref(cases);
	}
	globfree(&files);
	free(pattern);
}

/* Prints the count; is it at least `floor` of a hundred? */
static bool is_enough(const struct tally *tally, uint64_t floor) {
	size_t all = tally->passed + tally->failed;
	printf("%s: %zu of %zu\n", tally->name, tally->passed, all);
	return all > 0 && tally->passed * 100 >= all * floor;
}

int main(int count, char **words) {
	uint64_t least, optional_floor, format_floor;
	if (count != 6 || !str_to_uint(words[3], 1, 100000, &least) ||
		!str_to_uint(words[4], 0, 100, &optional_floor) ||
		!str_to_uint(words[5], 0, 100, &format_floor)) {
		fprintf(stderr, "usage: schema_suite TESTS REMOTES MANDATORY OPTIONAL FORMAT\n");
		return 2;
	}
	char optional[PATH_BYTES], formats[PATH_BYTES];
	snprintf(optional, sizeof(optional), "%s/optional", words[1]);
	snprintf(formats, sizeof(formats), "%s/optional/format", words[1]);
	struct tally all[] = {{"mandatory", 0, 0}, {"optional", 0, 0}, {"format", 0, 0}};
	store = schema_store_create();
	remotes_length = strlen(words[2]);
	if (nftw(words[2], add_remote, FOLDERS_MAX, FTW_PHYS) != 0) {
		fprintf(stderr, "%s: cannot be read\n", words[2]);
		return 1;
	}
	run_folder(&all[0], words[1], false);
	run_folder(&all[1], optional, false);
	run_folder(&all[2], formats, true);
	schema_store_destroy(store);
	bool is_good = is_enough(&all[0], 100) && all[0].passed >= least;
	is_good &= is_enough(&all[1], optional_floor);
	is_good &= is_enough(&all[2], format_floor);
	return is_good ? 0 : 1;
}
