#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "http/api_keys.h"

static void the_form(void **state) {
	static const char *const good[] = {
		"contacts:write", "a:read", "0:admin", "hubspot:raw", "a-b_c9:read"};
	static const char *const bad[] = {"", ":", "contacts", "contacts:", ":read",
		"contacts:Read", "Contacts:read", "contacts:wirte", "contacts:write ",
		" contacts:write", "contacts:read:write", "_a:read", "-a:read", "a.b:read",
		"a*:read", "*a:read", "contacts:*", "contacts:readx", "*", "**:read", "a\n:read",
		"\xc3\xa9:read"};
	char text[SCOPE_SIZE + 1];
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(scope_is_good(good[i], false));
		assert_true(scope_is_good(good[i], true));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (scope_is_good(bad[i], true) || scope_is_good(bad[i], false)) {
			fail_msg("taken: \"%s\"", bad[i]);
		}
	}
	assert_true(scope_is_good("*:write", true));
	assert_false(scope_is_good("*:write", false));
	memset(text, 'a', sizeof(text));
	memcpy(text + SCOPE_SIZE - 5, ":read", 6);
	assert_false(scope_is_good(text, true));
	memcpy(text + SCOPE_SIZE - 6, ":read", 6);
	assert_true(scope_is_good(text, true));
}

static bool holds(const char *json, const char *wanted) {
	json_t *scopes = json_loads(json, 0, NULL);
	assert_non_null(scopes);
	bool is_held = scope_is_held(scopes, wanted);
	json_decref(scopes);
	return is_held;
}

static void no_scope_includes_another_one(void **state) {
	(void)state;
	assert_true(holds("[\"a:read\", \"contacts:write\"]", "contacts:write"));
	assert_false(holds("[\"contacts:write\"]", "contacts:read"));
	assert_false(holds("[\"contacts:read\"]", "contacts:write"));
	assert_false(holds("[\"contacts:admin\"]", "contacts:read"));
	assert_false(holds("[\"contacts:admin\"]", "contacts:write"));
	assert_false(holds("[\"contacts:raw\"]", "contacts:read"));
	assert_false(holds("[\"contact:write\"]", "contacts:write"));
	assert_false(holds("[\"contactss:write\"]", "contacts:write"));
	assert_false(holds("[]", "contacts:write"));
	assert_true(holds("[\"*:read\"]", "deals:read"));
	assert_false(holds("[\"*:read\"]", "deals:write"));
	assert_false(holds("[\"*:write\", \"*:read\"]", "connector:admin"));
	assert_true(holds("[\"*:admin\"]", "connector:admin"));
}

static void a_route_that_names_none_has_one(void **state) {
	static const struct {
		const char *method, *path, *scope;
	} cases[] = {{"GET", "/contacts", "contacts:read"}, {"HEAD", "/contacts", "contacts:read"},
		{"POST", "/contacts", "contacts:write"},
		{"DELETE", "/contacts/{id}", "contacts:write"},
		{NULL, "/sandbox/{rest...}", "sandbox:write"}, {"GET", "/v1/leads/x", "leads:read"},
		{"GET", "/v1", "v1:read"}, {"GET", "/openapi.json", "openapi-json:read"},
		{"GET", "/Leads", "leads:read"}, {"GET", "/", "my-plugin:read"},
		{"PUT", "/{id}", "my-plugin:write"}, {"GET", "/_x", "my-plugin:read"},
		{"GET", "", "my-plugin:read"}, {"get", "/contacts", "contacts:write"}};
	char scope[SCOPE_SIZE];
	char path[400] = "/";
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		scope_derive(cases[i].method, cases[i].path, "my-plugin", scope);
		assert_string_equal(scope, cases[i].scope);
		assert_true(scope_is_good(scope, false));
	}
	scope_derive("GET", "/", "?", scope);
	assert_string_equal(scope, "host:read");
	memset(path + 1, 'x', sizeof(path) - 2);
	scope_derive("POST", path, "my-plugin", scope);
	assert_true(scope_is_good(scope, false));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_form),
		cmocka_unit_test(no_scope_includes_another_one),
		cmocka_unit_test(a_route_that_names_none_has_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
