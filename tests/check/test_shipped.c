/* The plugins that come with the connector pass; so do those of the tests that do right. */
#include "kit.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 24, PATH_BYTES = 512 };

static glob_t find(void) {
	glob_t found;
	assert_int_equal(glob(HSC_PLUGINS "/*.so", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 5 && found.gl_pathc < FILES_MAX);
	return found;
}

static void all_pass(void **state) {
	glob_t found = find();
	const char *arguments[FILES_MAX + 2] = {"--json"};
	(void)state;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		arguments[i + 1] = found.gl_pathv[i];
	}
	struct run run = run_check(arguments);
	if (run.code != 0) {
		fail_msg("%s", run.out);
	}
	assert_string_equal(run.err, "");
	assert_true(json_is_true(json_object_get(run.json, "good")));
	assert_int_equal(json_array_size(json_object_get(run.json, "files")), found.gl_pathc);
	run_finish(&run);
	globfree(&found);
}

/* That they pass says something only when their routes have been tried. */
static void the_routes_of_an_object_are_tried(void **state) {
	static const char *const ROUTES[] = {"route POST /contacts", "route GET /contacts",
		"route POST /contacts/search", "route POST /contacts/batch",
		"route GET /contacts/{id}", "route PATCH /contacts/{id}",
		"route DELETE /contacts/{id}", "route GET /contacts/{id}/{object}",
		"route PUT /contacts/{id}/{object}/{other}",
		"route DELETE /contacts/{id}/{object}/{other}"};
	struct run run = run_check((const char *const[]){
		"--json", "--only", "route", HSC_PLUGINS "/contacts.so", NULL});
	(void)state;
	for (size_t i = 0; i < sizeof(ROUTES) / sizeof(ROUTES[0]); i++) {
		/* ok, and no note: a body that meets the schema could be made of it. */
		assert_string_equal(run_verdict(&run, 0, ROUTES[i]), "ok");
	}
	run_finish(&run);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_pass),
		cmocka_unit_test(the_routes_of_an_object_are_tried),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
