#include "bed.h"

#include <unistd.h>

#include "base/json.h"
#include "base/metric.h"
#include "base/str.h"

static void assert_status(int status, const char *word) {
	assert_int_equal(get("/readyz"), status);
	assert_string_equal(json_member_text(fake_reply()->body, "status"), word);
}

static void test_health_asks_nobody(void **state) {
	(void)state;
	bed.state.is_up = false;
	bed.state.is_token_refused = true;
	assert_int_equal(get("/healthz"), 200);
	assert_string_equal(json_member_text(fake_reply()->body, "status"), "ok");
	assert_int_equal(json_object_size(fake_reply()->body), 1);
	api_drain(bed.api);
	assert_int_equal(get("/healthz"), 200);
	assert_int_equal(bed.count, 0);
}

static void test_ready_stages(void **state) {
	(void)state;
	assert_status(503, "starting");
	api_set_ready(bed.api);
	assert_status(200, "ready");
	bed.state.is_token_refused = true;
	assert_status(503, "token_refused");
	bed.state.is_token_refused = false;
	assert_status(200, "ready");
	api_drain(bed.api);
	assert_status(503, "draining");
	bed.state.is_token_refused = true;
	assert_status(503, "draining");
}

static void test_ready_does_not_follow_hubspot(void **state) {
	(void)state;
	api_set_ready(bed.api);
	bed.state.is_up = false;
	assert_status(200, "ready");
	assert_string_equal(json_member_text(fake_reply()->body, "hubspot"), "down");
	bed.state.is_up = true;
	assert_status(200, "ready");
	assert_string_equal(json_member_text(fake_reply()->body, "hubspot"), "up");
}

static void test_ready_leaves_out_what_is_unknown(void **state) {
	(void)state;
	assert_status(503, "starting");
	assert_null(json_object_get(fake_reply()->body, "account"));
	assert_null(json_object_get(fake_reply()->body, "missing_scopes"));
	bed_reopen(NULL, false);
	api_set_ready(bed.api);
	assert_status(200, "ready");
	assert_int_equal(json_object_size(fake_reply()->body), 1);
}

static void test_metrics(void **state) {
	(void)state;
	metric_add(metric_make(METRIC_COUNTER, "test_things_total", NULL, "Things"), 3);
	assert_int_equal(get("/metrics"), 200);
	assert_string_equal(fake_reply()->type, "text/plain; version=0.0.4; charset=utf-8");
	assert_non_null(strstr(fake_reply()->bytes, "\ntest_things_total 3\n"));
}

/* The number on the line that begins with `name`, or -1. */
static double told(const char *name) {
	char line[96];
	snprintf(line, sizeof(line), "\n%s ", name);
	const char *at = strstr(fake_reply()->bytes, line);
	return at == NULL ? -1 : strtod(at + strlen(line), NULL);
}

static void test_metrics_of_the_process(void **state) {
	(void)state;
	int fds[2];
	assert_int_equal(get("/metrics"), 200);
	double before = told("process_open_fds");
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(get("/metrics"), 200);
	assert_int_equal(told("process_open_fds"), before + 2);
	close(fds[0]);
	close(fds[1]);
	assert_true(before >= 3 && before < told("process_max_fds"));
	assert_true(told("process_resident_memory_bytes") > 1024 * 1024);
	assert_true(told("process_cpu_seconds_total") > 0);
	double age = (double)time(NULL) - told("process_start_time_seconds");
	assert_true(age > -2 && age < 120);
	assert_int_equal(told("connector_log_lines_lost_total"), 0);
}

/* Health and readiness are for a balancer, which has no key; metrics are not. */
static void test_who_may_ask(void **state) {
	(void)state;
	static const struct {
		const char *path;
		unsigned flags;
		const char *scope;
	} PAGES[] = {{"/healthz", HTTP_ROUTE_OPEN | HTTP_ROUTE_HIDDEN | HTTP_ROUTE_ADMIN, NULL},
		{"/readyz", HTTP_ROUTE_OPEN | HTTP_ROUTE_HIDDEN | HTTP_ROUTE_ADMIN, NULL},
		{"/metrics", HTTP_ROUTE_ADMIN, "connector:admin"},
		{"/openapi.json", HTTP_ROUTE_ADMIN, ""},
		{"/docs", HTTP_ROUTE_OPEN | HTTP_ROUTE_ADMIN, NULL},
		{"/docs/{file}", HTTP_ROUTE_OPEN | HTTP_ROUTE_HIDDEN | HTTP_ROUTE_ADMIN, NULL}};
	for (size_t i = 0; i < sizeof(PAGES) / sizeof(PAGES[0]); i++) {
		const struct http_route *route = fake_http_route(bed.http, "GET", PAGES[i].path);
		assert_non_null(route);
		assert_int_equal(route->flags, PAGES[i].flags);
		assert_true(str_is_equal(route->scope, PAGES[i].scope));
		assert_string_equal(route->owner, "host");
	}
	assert_int_equal(
		fake_http_route_count(bed.http), sizeof(PAGES) / sizeof(PAGES[0]));
}

static void test_taken_route(void **state) {
	(void)state;
	char error[256] = "";
	fake_http_take_routes(bed.http, 1);
	assert_false(api_add_routes(bed.api, bed.http, error, sizeof(error)));
	assert_string_not_equal(error, "");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_health_asks_nobody, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_ready_stages, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(
			test_ready_does_not_follow_hubspot, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(
			test_ready_leaves_out_what_is_unknown, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_metrics, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_metrics_of_the_process, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_who_may_ask, bed_open, bed_close),
		cmocka_unit_test_setup_teardown(test_taken_route, bed_open, bed_close),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
