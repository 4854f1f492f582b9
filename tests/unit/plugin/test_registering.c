/* What init() registers: scopes and query schemas, objects that prepare, tables, metrics; and
 * structs of other minors. */
#include "border.h"

#include <pthread.h>
#include <string.h>

#include "base/buf.h"
#include "base/metric.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, border_set_up, border_tear_down)

static struct probe probe, other;

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)state;
	host->http->reply(host, request, 204, NULL);
	return HSC_REPLIED;
}

static struct border *open_border(void **state, int (*init)(const struct hsc_host *host)) {
	struct border *border = *state;
	probe = (struct probe){.init = init};
	other = (struct probe){.init = NULL};
	border_probe(border, &probe, NULL);
	return border;
}

/* ---- routes ---- */

static const char *scope_asked;

static int add_scoped(const struct hsc_host *host) {
	const struct hsc_route route = HSC_ROUTE(.method = "GET", .path = "/scoped",
		.scope = scope_asked, .handle = handle);
	return host->http->add_route(host, &route);
}

static void a_scope_goes_to_http(void **state) {
	scope_asked = "leads_2-x:write";
	const struct border *border = open_border(state, add_scoped);
	const struct http_route *route = fake_http_route(border->http, "GET", "/scoped");
	assert_string_equal(route->scope, scope_asked);
}

static int add_bad_scopes(const struct hsc_host *host) {
	static const char *const BAD[] = {"", "leads", "leads:", ":read", "leads:delete",
		"Leads:read", "_leads:read", "-leads:read", "leads:read ", "le ads:read",
		"leads:read:write"};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		scope_asked = BAD[i];
		assert_int_equal(add_scoped(host), HSC_EINVAL);
	}
	static const char *const GOOD[] = {"a:read", "0:admin", "hubspot:raw"};
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
		const char path[] = {'/', (char)('a' + i), '\0'};
		const struct hsc_route route = HSC_ROUTE(.method = "GET", .path = path,
			.scope = GOOD[i], .handle = handle);
		assert_int_equal(host->http->add_route(host, &route), 0);
	}
	return 0;
}

static void a_bad_scope_is_refused(void **state) {
	const struct border *border = open_border(state, add_bad_scopes);
	assert_null(fake_http_route(border->http, "GET", "/scoped"));
	assert_int_equal(fake_http_route_count(border->http), 3);
}

static int add_query(const struct hsc_host *host) {
	struct hsc_route route = HSC_ROUTE(.method = "GET", .path = "/asked",
		.query_schema = "probe.query", .handle = handle);
	assert_int_equal(host->http->add_route(host, &route), HSC_EINVAL); /* not there yet */
	assert_int_equal(host->http->add_schema(host, "probe.query", "{\"type\":\"object\"}"), 0);
	assert_int_equal(host->http->add_route(host, &route), 0);
	route.path = "/unasked";
	route.query_schema = NULL;
	return host->http->add_route(host, &route);
}

static void a_query_schema_goes_to_http(void **state) {
	const struct border *border = open_border(state, add_query);
	assert_non_null(fake_http_route(border->http, "GET", "/asked")->query_schema);
	assert_null(fake_http_route(border->http, "GET", "/unasked")->query_schema);
}

/* ---- structs of other minors ---- */

/* As a newer header has it. */
struct newer_route {
	struct hsc_route now;
	uint64_t later;
};

static int add_sizes(const struct hsc_host *host) {
	struct newer_route newer = {
		.now = HSC_ROUTE(.method = "GET", .path = "/newer", .handle = handle)};
	newer.now.size = sizeof(newer);
	assert_int_equal(host->http->add_route(host, &newer.now), 0);
	newer.now.path = "/unknown";
	newer.later = 1; /* what this host would not do */
	assert_int_equal(host->http->add_route(host, &newer.now), HSC_EINVAL);
	newer.later = 0;
	newer.now.size = 1000000; /* nobody has set it */
	assert_int_equal(host->http->add_route(host, &newer.now), HSC_EINVAL);
	newer.now.size = ROUTE_SIZE_AT_1_0 - 1;
	assert_int_equal(host->http->add_route(host, &newer.now), HSC_EINVAL);
	newer.now.size = 0;
	assert_int_equal(host->http->add_route(host, &newer.now), HSC_EINVAL);
	assert_int_equal(host->http->add_route(host, NULL), HSC_EINVAL);
	return 0;
}

static void a_struct_may_be_of_another_minor(void **state) {
	const struct border *border = open_border(state, add_sizes);
	assert_non_null(fake_http_route(border->http, "GET", "/newer"));
	assert_null(fake_http_route(border->http, "GET", "/unknown"));
}

static void what_is_missing_is_zero(void **state) {
	(void)state;
	unsigned char to[16];
	const struct { uint32_t size, one; } older = {.size = sizeof(older), .one = 7};
	const struct {
		uint32_t size, one;
		uint64_t two;
	} now = {.size = 8, .one = 7, .two = 9};
	memset(to, 0xff, sizeof(to));
	assert_null(take_struct(to, sizeof(to), &older, 8));
	assert_memory_equal(to, &older, 8);
	assert_memory_equal(to + 8, "\0\0\0\0\0\0\0\0", 8);
	assert_null(take_struct(to, sizeof(to), &now, 8));
	assert_memory_equal(to + 8, "\0\0\0\0\0\0\0\0", 8); /* it says it has no more */
	assert_non_null(take_struct(to, sizeof(to), &older, 12));
	assert_non_null(take_struct(to, sizeof(to), NULL, 8));
}

/* ---- prepare ---- */

static unsigned prepared;
static int last_is_part;
static int result_of_prepare; /* what the plugin says: 0 nothing, 1 a fault, 2 nonsense */

static void prepare(const struct hsc_host *host, struct json_t *record, struct json_t *errors,
	int is_part, void *state) {
	assert_ptr_equal(host, probe.host);
	assert_ptr_equal(state, &probe);
	prepared++;
	last_is_part = is_part;
	if (result_of_prepare == 0) {
		json_object_set_new(record, "code", json_string("prepared"));
	} else if (result_of_prepare == 1) {
		json_array_append_new(errors,
			json_pack("{s:s,s:s,s:s,s:i}", "field", "/code", "code", "too_old",
				"message", "is too old", "more", 1));
	} else {
		json_array_append_new(errors, json_string("no object"));
		json_array_append_new(errors,
			json_pack("{s:s,s:i,s:s}", "field", "/a", "code", 7, "message", "b"));
	}
}

static int add_prepared(const struct hsc_host *host) {
	const struct hsc_object object = HSC_OBJECT(.path = "/things", .name = "thing",
		.hubspot = "2-77", .offers = HSC_OBJECT_ALL, .prepare = prepare,
		.schema = "{\"type\":\"object\",\"properties\":{\"code\":{\"type\":\"string\"}}}");
	prepared = 0;
	return host->http->add_object(host, &object);
}

static const json_t *replied_error(size_t index) {
	return json_array_get(json_object_get(fake_reply()->body, "errors"), index);
}

static const char *text_of(const json_t *object, const char *name) {
	return json_string_value(json_object_get(object, name));
}

static void a_plugin_prepares_what_is_written(void **state) {
	struct border *border = open_border(state, add_prepared);
	result_of_prepare = 0;
	fake_send(border->http, "POST", "/things", "{\"code\":\"a\"}");
	assert_int_equal(prepared, 1);
	assert_int_equal(last_is_part, 0);
	assert_string_equal(text_of(fake_operation(0)->asked.body, "code"), "prepared");
	fake_finish(0, &(struct hubspot_result){.failure = HUBSPOT_OK, .id = "1"});
	fake_send(border->http, "PATCH", "/things/1", "{\"code\":\"a\"}");
	assert_int_equal(prepared, 2);
	assert_int_equal(last_is_part, 1);
	fake_finish(1, &(struct hubspot_result){.failure = HUBSPOT_OK, .id = "1"});
}

static void a_plugin_says_what_is_wrong(void **state) {
	struct border *border = open_border(state, add_prepared);
	int64_t before = misuses("probe", "bad_argument");
	result_of_prepare = 1;
	fake_send(border->http, "POST", "/things", "{\"code\":\"a\"}");
	assert_int_equal(fake_reply()->status, 422);
	assert_string_equal(text_of(replied_error(0), "field"), "/code");
	assert_string_equal(text_of(replied_error(0), "code"), "too_old");
	assert_string_equal(text_of(replied_error(0), "message"), "is too old");
	assert_null(json_object_get(replied_error(0), "more"));
	assert_int_equal(misuses("probe", "bad_argument") - before, 0);
	assert_int_equal(fake_operation_count(), 0);
}

static void nonsense_from_a_plugin_still_refuses(void **state) {
	struct border *border = open_border(state, add_prepared);
	int64_t before = misuses("probe", "bad_argument");
	result_of_prepare = 2;
	fake_send(border->http, "POST", "/things", "{\"code\":\"a\"}");
	assert_int_equal(fake_reply()->status, 422);
	assert_string_equal(text_of(replied_error(0), "code"), "invalid");
	assert_string_equal(text_of(replied_error(1), "code"), "invalid");
	assert_int_equal(misuses("probe", "bad_argument") - before, 2);
}

static int fail_to_start(const struct hsc_host *host) {
	(void)host;
	return HSC_ENET;
}

static void a_plugin_that_is_left_out_lets_nothing_be_written(void **state) {
	static const char *const OPTIONAL[] = {"probe", NULL};
	struct border *border = *state;
	border->settings.optional = OPTIONAL;
	open_border(state, add_prepared);
	probe.start = fail_to_start;
	assert_true(plugins_start(border->plugins, border->error, sizeof(border->error)));
	fake_send(border->http, "POST", "/things", "{\"code\":\"a\"}");
	assert_int_equal(prepared, 0);
	assert_int_equal(fake_operation_count(), 0);
	assert_int_equal(fake_reply()->status, 422);
	assert_string_equal(text_of(replied_error(0), "code"), "plugin_left_out");
}

/* ---- tables ---- */

static const struct { uint32_t size, number; } TABLE = {.size = sizeof(TABLE), .number = 7};

static const void *found_at_init, *found_at_start;

static int provide(const struct hsc_host *host) {
	static const uint32_t sizeless = 0;
	static const char *const BAD[] = {"probe", "probe.", "probe.x", "probe.x/", "probe.x/0",
		"probe.x/1a", "probe./1", "other.x/1", "probes.x/1", "hsc.x/1", "probe.X/1",
		"probe.x y/1", ""};
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		assert_int_equal(host->provide(host, BAD[i], &TABLE), HSC_EINVAL);
	}
	assert_int_equal(host->provide(host, NULL, &TABLE), HSC_EINVAL);
	assert_int_equal(host->provide(host, "probe.x/1", NULL), HSC_EINVAL);
	assert_int_equal(host->provide(host, "probe.x/1", &sizeless), HSC_EINVAL);
	assert_int_equal(host->provide(host, "probe.x/1", &TABLE), 0);
	assert_int_equal(host->provide(host, "probe.x/1", &TABLE), HSC_EINVAL);
	assert_int_equal(host->provide(host, "probe.x/2", &TABLE), 0);
	assert_null(host->extension(host, "probe.x/1"));
	return 0;
}

static int look_early(const struct hsc_host *host) {
	found_at_init = host->extension(host, "probe.x/1");
	return 0;
}

static int look(const struct hsc_host *host) {
	found_at_start = host->extension(host, "probe.x/1");
	return 0;
}

static struct border *open_two(void **state) {
	struct border *border = *state;
	probe = (struct probe){.init = provide};
	other = (struct probe){.init = look_early, .start = look};
	found_at_init = found_at_start = NULL;
	border_probe(border, &probe, &other);
	return border;
}

static void *find_from_a_thread(void *ctx) {
	const struct hsc_host *host = ctx;
	return (void *)(uintptr_t)host->extension(host, "probe.x/2");
}

static void a_table_is_found_from_start_on(void **state) {
	struct border *border = open_two(state);
	pthread_t thread;
	void *found = NULL;
	assert_null(found_at_init);
	assert_null(other.host->extension(other.host, "probe.x/1"));
	assert_true(plugins_start(border->plugins, border->error, sizeof(border->error)));
	assert_ptr_equal(found_at_start, &TABLE);
	assert_null(other.host->extension(other.host, "probe.x/3"));
	assert_non_null(other.host->extension(other.host, "hsc.wire/1"));
	assert_int_equal(probe.host->provide(probe.host, "probe.y/1", &TABLE), HSC_ESTATE);
	assert_int_equal(
		pthread_create(&thread, NULL, find_from_a_thread, (void *)(uintptr_t)other.host),
		0);
	pthread_join(thread, &found);
	assert_ptr_equal(found, &TABLE);
}

static void a_plugin_that_is_left_out_provides_nothing(void **state) {
	static const char *const OPTIONAL[] = {"probe", NULL};
	struct border *border = *state;
	border->settings.optional = OPTIONAL;
	open_two(state);
	probe.start = fail_to_start;
	assert_true(plugins_start(border->plugins, border->error, sizeof(border->error)));
	assert_int_equal(other.starts, 1);
	assert_null(found_at_start);
}

/* ---- metrics ---- */

static struct hsc_metric *gauge, *histogram;

static int add_metrics(const struct hsc_host *host) {
	const struct hsc_watch *watch = host->watch;
	gauge = watch->gauge(host, "things_open", "Things.");
	histogram = watch->histogram(host, "thing_seconds", "How long.");
	assert_non_null(gauge);
	assert_non_null(histogram);
	assert_ptr_equal(watch->gauge(host, "things_open", "Things."), gauge);
	assert_ptr_equal(watch->histogram(host, "thing_seconds", "How long."), histogram);
	assert_null(watch->gauge(host, "things_total", "A counter's name."));
	assert_null(watch->gauge(host, "", "No name."));
	assert_null(watch->gauge(host, "things-2", "Not of letters."));
	assert_null(watch->gauge(host, "thing_seconds", "A histogram."));
	assert_null(watch->gauge(host, "thing_seconds_sum", "A histogram's line."));
	assert_null(watch->histogram(host, "_seconds", "No name."));
	assert_null(watch->histogram(host, "thing_ms", "Not in seconds."));
	assert_null(watch->histogram(host, "other_seconds", "Two\nlines."));
	return 0;
}

static void expect_line(const char *line) {
	struct buf text;
	buf_init(&text, 1000000);
	metric_render(&text);
	if (strstr(buf_text(&text), line) == NULL) {
		fail_msg("%s is missing in\n%s", line, buf_text(&text));
	}
	buf_finish(&text);
}

static void a_gauge_takes_any_number(void **state) {
	open_border(state, add_metrics);
	const struct hsc_watch *watch = probe.host->watch;
	int64_t before = misuses("probe", "bad_argument");
	expect_line("# TYPE connector_plugin_things_open gauge\n");
	watch->record(gauge, -2.5);
	expect_line("\nconnector_plugin_things_open{plugin=\"probe\"} -2.5\n");
	watch->record(gauge, 0.1);
	watch->record(gauge, 1.0 / 0.0);
	watch->record(gauge, 0.0 / 0.0);
	expect_line("\nconnector_plugin_things_open{plugin=\"probe\"} 0.1\n");
	watch->record(gauge, 1e20);
	expect_line("\nconnector_plugin_things_open{plugin=\"probe\"} 1e+20\n");
	assert_int_equal(misuses("probe", "bad_argument") - before, 2);
}

static void a_histogram_takes_seconds(void **state) {
	open_border(state, add_metrics);
	const struct hsc_watch *watch = probe.host->watch;
	int64_t before = misuses("probe", "bad_argument");
	watch->record(histogram, 0.0015);
	watch->record(histogram, 0.03);
	watch->record(histogram, 100);
	watch->record(histogram, -1);
	watch->record(histogram, 0.0 / 0.0);
	watch->record(histogram, 1e9);
	assert_int_equal(misuses("probe", "bad_argument") - before, 3);
	expect_line("\nconnector_plugin_thing_seconds_bucket{plugin=\"probe\",le=\"0.001\"} 0\n");
	expect_line("\nconnector_plugin_thing_seconds_bucket{plugin=\"probe\",le=\"0.0025\"} 1\n");
	expect_line("\nconnector_plugin_thing_seconds_bucket{plugin=\"probe\",le=\"0.05\"} 2\n");
	expect_line("\nconnector_plugin_thing_seconds_bucket{plugin=\"probe\",le=\"30\"} 2\n");
	expect_line("\nconnector_plugin_thing_seconds_bucket{plugin=\"probe\",le=\"+Inf\"} 3\n");
	expect_line("\nconnector_plugin_thing_seconds_sum{plugin=\"probe\"} 100.0315\n");
	expect_line("\nconnector_plugin_thing_seconds_count{plugin=\"probe\"} 3\n");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(a_scope_goes_to_http),
		TEST(a_bad_scope_is_refused),
		TEST(a_query_schema_goes_to_http),
		TEST(a_struct_may_be_of_another_minor),
		TEST(what_is_missing_is_zero),
		TEST(a_plugin_prepares_what_is_written),
		TEST(a_plugin_says_what_is_wrong),
		TEST(nonsense_from_a_plugin_still_refuses),
		TEST(a_plugin_that_is_left_out_lets_nothing_be_written),
		TEST(a_table_is_found_from_start_on),
		TEST(a_plugin_that_is_left_out_provides_nothing),
		TEST(a_gauge_takes_any_number),
		TEST(a_histogram_takes_seconds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
