#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "http/inside.h"

static int handle(struct http_request *request, void *ctx) {
	(void)request;
	(void)ctx;
	return HTTP_LATER;
}

static bool add_with(struct router *router, const char *method, const char *path, unsigned flags) {
	char error[200] = "";
	const struct http_route route = {
		.method = method, .path = path, .owner = "test", .flags = flags, .handle = handle};
	bool is_added = router_add(router, &route, error, sizeof(error)) != NULL;
	assert_int_equal(is_added, error[0] == '\0');
	return is_added;
}

static bool add(struct router *router, const char *method, const char *path) {
	return add_with(router, method, path, 0);
}

static int make(void **state) {
	struct router *router = router_create();
	static const char *const routes[][2] = {{"GET", "/"}, {"POST", "/contacts"},
		{"GET", "/contacts"}, {"GET", "/contacts/{id}"}, {"PATCH", "/contacts/{id}"},
		{"POST", "/contacts/search"}, {"GET", "/contacts/{id}/companies/{other}"},
		{"GET", "/contacts/special/companies/all"}, {"GET", "/files/{rest...}"},
		{"PUT", "/files/{name}/{part}"}, {NULL, "/any/{x}"}, {"GET", "/v1/own"}};
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		assert_true(add(router, routes[i][0], routes[i][1]));
	}
	assert_true(add_with(router, "GET", "/inner/{rest...}", HTTP_ROUTE_INTERNAL));
	*state = router;
	return 0;
}

static int unmake(void **state) {
	router_destroy(*state);
	return 0;
}

static void find(const struct router *router, const char *method, const char *path,
	enum http_listener listener, struct target *target, struct match *match) {
	const char *why = NULL;
	assert_int_equal(target_parse(target, path, &why), TARGET_OK);
	router_match(router, method, target, listener, match);
}

static void test_patterns(void **state) {
	static const struct {
		const char *method, *path, *pattern, *first, *second;
	} cases[] = {
		{"GET", "/", "/", NULL, NULL},
		{"GET", "/contacts", "/contacts", NULL, NULL},
		{"HEAD", "/contacts", "/contacts", NULL, NULL},
		{"GET", "/contacts/", NULL, NULL, NULL},
		{"GET", "//contacts", NULL, NULL, NULL},
		{"GET", "/contact", NULL, NULL, NULL},
		{"GET", "/contacts/17", "/contacts/{id}", "17", NULL},
		{"GET", "/contacts/a%40b.c%20d", "/contacts/{id}", "a@b.c d", NULL},
		{"GET", "/%63ontacts/17", "/contacts/{id}", "17", NULL},
		{"POST", "/contacts/search", "/contacts/search", NULL, NULL},
		{"GET", "/contacts/7/companies/9", "/contacts/{id}/companies/{other}", "7", "9"},
		{"GET", "/contacts/special/companies/all", "/contacts/special/companies/all", NULL,
			NULL},
		{"GET", "/contacts/special/companies/9", "/contacts/{id}/companies/{other}",
			"special", "9"},
		{"GET", "/contacts/7/companies", NULL, NULL, NULL},
		{"GET", "/files/a/b/c", "/files/{rest...}", NULL, NULL},
		{"GET", "/files/", "/files/{rest...}", NULL, NULL},
		{"GET", "/files", NULL, NULL, NULL},
		{"PUT", "/files/a/b", "/files/{name}/{part}", "a", "b"},
		{"DELETE", "/any/1", "/any/{x}", "1", NULL},
		{"OPTIONS", "/any/1", "/any/{x}", "1", NULL},
		{"GET", "/v1/contacts/17", "/contacts/{id}", "17", NULL},
		{"GET", "/v1/own", "/v1/own", NULL, NULL},
		{"GET", "/v1/v1/contacts", NULL, NULL, NULL},
		{"GET", "/v1", NULL, NULL, NULL},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct target target;
		struct match match;
		find(*state, cases[i].method, cases[i].path, HTTP_LISTEN_PUBLIC, &target, &match);
		print_message("%s %s\n", cases[i].method, cases[i].path);
		if (cases[i].pattern == NULL) {
			assert_null(match.route);
			assert_false(match.is_known_path);
		} else {
			assert_non_null(match.route);
			assert_string_equal(match.route->declared.path, cases[i].pattern);
		}
		if (cases[i].first != NULL) {
			assert_string_equal(match.values[0], cases[i].first);
		}
		if (cases[i].second != NULL) {
			assert_string_equal(match.values[1], cases[i].second);
		}
		target_finish(&target);
	}
}

static void expect_allow(void **state, const char *method, const char *path, const char *allow) {
	struct target target;
	struct match match;
	find(*state, method, path, HTTP_LISTEN_PUBLIC, &target, &match);
	assert_null(match.route);
	assert_true(match.is_known_path);
	assert_string_equal(match.allow, allow);
	target_finish(&target);
}

static void test_wrong_method(void **state) {
	expect_allow(state, "DELETE", "/contacts", "OPTIONS, POST, GET, HEAD");
	expect_allow(state, "GET", "/contacts/search", "OPTIONS, POST");
	expect_allow(state, "POST", "/contacts/17", "OPTIONS, GET, HEAD, PATCH");
}

static void test_internal_routes(void **state) {
	struct target target;
	struct match match;
	find(*state, "GET", "/contacts", HTTP_LISTEN_INTERNAL, &target, &match);
	assert_null(match.route);
	assert_false(match.is_known_path);
	target_finish(&target);
	find(*state, "GET", "/inner/a/b", HTTP_LISTEN_INTERNAL, &target, &match);
	assert_non_null(match.route);
	assert_int_equal(match.tail_at, 1);
	target_finish(&target);
	find(*state, "GET", "/inner/a/b", HTTP_LISTEN_PUBLIC, &target, &match);
	assert_non_null(match.route);
	target_finish(&target);
}

static void test_admin_routes(void **state) {
	struct target target;
	struct match match;
	assert_true(add_with(*state, "GET", "/probe", HTTP_ROUTE_ADMIN));
	find(*state, "GET", "/probe", HTTP_LISTEN_ADMIN, &target, &match);
	assert_non_null(match.route);
	target_finish(&target);
	find(*state, "HEAD", "/v1/probe", HTTP_LISTEN_ADMIN, &target, &match);
	assert_non_null(match.route);
	target_finish(&target);
	find(*state, "GET", "/probe", HTTP_LISTEN_PUBLIC, &target, &match);
	assert_non_null(match.route);
	target_finish(&target);
	find(*state, "GET", "/probe", HTTP_LISTEN_INTERNAL, &target, &match);
	assert_null(match.route);
	target_finish(&target);
	find(*state, "GET", "/inner/a", HTTP_LISTEN_ADMIN, &target, &match);
	assert_null(match.route);
	assert_false(match.is_known_path);
	target_finish(&target);
}

static const struct route *add_scoped(
	struct router *router, const char *path, const char *scope, char error[200]) {
	const struct http_route route = {
		.method = "POST", .path = path, .owner = "test", .scope = scope, .handle = handle};
	return router_add(router, &route, error, 200);
}

static void test_scopes(void **state) {
	char error[200] = "";
	const struct route *route = add_scoped(*state, "/leads", NULL, error);
	assert_string_equal(route->declared.scope, "leads:write");
	route = add_scoped(*state, "/leads/search", "leads:read", error);
	assert_string_equal(route->declared.scope, "leads:read");
	assert_null(add_scoped(*state, "/leads/all", "*:read", error));
	assert_string_equal(error, "/leads/all: not a scope, such as contacts:write: *:read");
	route = add_scoped(*state, "/leads/any", "", error); /* any key will do */
	assert_string_equal(route->declared.scope, "");
	assert_null(add_scoped(*state, "/leads/all", "leads", error));
	assert_non_null(add_scoped(*state, "/leads/all", "hubspot:raw", error));
}

static void test_bad_routes(void **state) {
	static const char *const bad[] = {"", "contacts", "/contacts//x", "/contacts/", "/{", "/{}",
		"/{a b}", "/x{a}", "/{a}x", "/{rest...}/x", "/{...}", "/{a}/{a}", "/a%20b", "/a?b",
		"/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		print_message("%s\n", bad[i]);
		assert_false(add(*state, "GET", bad[i]));
	}
	assert_false(add(*state, "GET", "/contacts"));
	assert_false(add(*state, "GET", "/contacts/{other_name}"));
	assert_false(add(*state, NULL, "/any/{x}"));
	assert_true(add(*state, "GET", "/any/{x}"));
}

static void test_targets(void **state) {
	static const char *const bad[] = {"", "*", "x", "http://a/b", "/a%", "/a%2", "/a%zz",
		"/a%00b", "/a%2fb", "/a%2Fb", "/.", "/a/../b", "/a/%2e%2e/b", "/%2E", "/a b",
		"/a\tb", "/a\\b", "/a#b", "/a%0d%0ab", "/a%7f", "/a%ff", "/a\xc3\xa4", "/a?b=%",
		"/a?%zz=1", "/a?b=%00", "/a?b=%ff"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct target target;
		const char *why = NULL;
		print_message("%s\n", bad[i]);
		assert_int_equal(target_parse(&target, bad[i], &why), TARGET_BAD);
		assert_non_null(why);
		target_finish(&target);
	}
}

static void test_too_many_segments(void **state) {
	char path[2 * SEGMENTS_MAX + 3] = "";
	struct target target;
	const char *why = NULL;
	(void)state;
	for (size_t i = 0; i < SEGMENTS_MAX; i++) {
		memcpy(path + 2 * i, "/x", 3);
	}
	assert_int_equal(target_parse(&target, path, &why), TARGET_OK);
	assert_int_equal(target.segment_count, SEGMENTS_MAX);
	target_finish(&target);
	memcpy(path + 2 * SEGMENTS_MAX, "/x", 3);
	assert_int_equal(target_parse(&target, path, &why), TARGET_BAD);
	target_finish(&target);
}

static void test_query(void **state) {
	struct target target;
	const char *why = NULL;
	(void)state;
	assert_int_equal(
		target_parse(&target, "/a%C3%A4?x=1&&y=a+b%2Bc%3D=d&z&=e&%C3%A4=%2F?", &why),
		TARGET_OK);
	assert_int_equal(target.segment_count, 1);
	assert_string_equal(target.segments[0], "a\xc3\xa4");
	assert_int_equal(target.query_count, 5);
	assert_string_equal(target.query[0].value, "1");
	assert_string_equal(target.query[1].value, "a b+c==d");
	assert_string_equal(target.query[2].name, "z");
	assert_string_equal(target.query[2].value, "");
	assert_string_equal(target.query[3].name, "");
	assert_string_equal(target.query[4].name, "\xc3\xa4");
	assert_string_equal(target.query[4].value, "/?");
	target_finish(&target);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_patterns, make, unmake),
		cmocka_unit_test_setup_teardown(test_wrong_method, make, unmake),
		cmocka_unit_test_setup_teardown(test_internal_routes, make, unmake),
		cmocka_unit_test_setup_teardown(test_admin_routes, make, unmake),
		cmocka_unit_test_setup_teardown(test_scopes, make, unmake),
		cmocka_unit_test_setup_teardown(test_bad_routes, make, unmake),
		cmocka_unit_test(test_targets),
		cmocka_unit_test(test_too_many_segments),
		cmocka_unit_test(test_query),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
