#include "border.h"

#include <string.h>

#include "base/clock.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, border_set_up, border_tear_down)

static struct probe probe, other;
static struct hsc_request *token; /* of the request that take() has been given */
static unsigned gone_count;

static int take(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)host;
	(void)state;
	token = request;
	return HSC_LATER;
}

static int lie(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)host;
	(void)state;
	token = request;
	return HSC_REPLIED;
}

static int fail_after_reply(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)state;
	host->http->reply(host, request, 204, NULL);
	return HSC_EINVAL;
}

static int fail_at_once(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)host;
	(void)state;
	token = request;
	return HSC_ENOMEM;
}

static int add(const struct hsc_host *host, const char *method, const char *path, uint32_t flags,
	int (*handle)(const struct hsc_host *, struct hsc_request *, void *)) {
	const struct hsc_route route =
		HSC_ROUTE(.method = method, .path = path, .flags = flags, .handle = handle);
	return host->http->add_route(host, &route);
}

static int add_routes(const struct hsc_host *host) {
	assert_int_equal(add(host, "GET", "/take/{id}", 0, take), 0);
	assert_int_equal(add(host, NULL, "/raw/{rest...}",
				 HSC_ROUTE_OPEN | HSC_ROUTE_RAW_BODY | HSC_ROUTE_HIDDEN, take),
		0);
	assert_int_equal(add(host, "GET", "/lie", 0, lie), 0);
	assert_int_equal(add(host, "GET", "/fail", 0, fail_at_once), 0);
	assert_int_equal(add(host, "GET", "/fail-after-reply", 0, fail_after_reply), 0);
	return 0;
}

static struct border *open_border(void **state) {
	struct border *border = *state;
	probe = (struct probe){.init = add_routes};
	other = (struct probe){.init = NULL};
	token = NULL;
	gone_count = 0;
	border_probe(border, &probe, &other);
	return border;
}

static void registering_is_checked(const struct hsc_host *host) {
	struct hsc_route route = HSC_ROUTE(.method = "GET", .path = "/x", .handle = take);
	assert_int_equal(host->http->add_route(host, NULL), HSC_EINVAL);
	route.size = 8;
	assert_int_equal(host->http->add_route(host, &route), HSC_EINVAL);
	route.size = sizeof(route);
	route.flags = 64;
	assert_int_equal(host->http->add_route(host, &route), HSC_EINVAL);
	route.flags = HSC_ROUTE_RAW_BODY;
	route.body_schema = "known";
	assert_int_equal(host->http->add_schema(host, "known", "{\"type\":\"object\"}"), 0);
	assert_int_equal(host->http->add_schema(host, "known", "{}"), HSC_EINVAL);
	assert_int_equal(host->http->add_schema(host, "broken", "{"), HSC_EINVAL);
	assert_int_equal(host->http->add_schema(host, NULL, "{}"), HSC_EINVAL);
	assert_int_equal(host->http->add_route(host, &route), HSC_EINVAL); /* raw, and a schema */
	route.flags = 0;
	route.reply_schema = "unknown";
	assert_int_equal(host->http->add_route(host, &route), HSC_EINVAL);
	route.reply_schema = NULL;
	route.method = "get";
	assert_int_equal(host->http->add_route(host, &route), HSC_EINVAL);
	route.method = "GET";
	route.path = "x";
	assert_int_equal(host->http->add_route(host, &route), HSC_EINVAL);
	route.path = "/v1/x";
	assert_int_equal(host->http->add_route(host, &route), HSC_EINVAL);
	route.path = NULL;
	assert_int_equal(host->http->add_route(host, &route), HSC_EINVAL);
	route.path = "/x";
	route.handle = NULL;
	assert_int_equal(host->http->add_route(host, &route), HSC_EINVAL);
	route.handle = take;
	assert_int_equal(host->http->add_route(host, &route), 0);
	assert_int_equal(host->http->add_route(host, &route), HSC_EINVAL);
	route.method = "POST";
	assert_int_equal(host->http->add_route(host, &route), 0);
}

static void objects_are_checked(const struct hsc_host *host) {
	struct hsc_object object = HSC_OBJECT(.path = "/things/{id}", .name = "thing",
		.hubspot = "things", .offers = HSC_OBJECT_ALL,
		.schema = "{\"type\":\"object\",\"properties\":{}}");
	assert_int_equal(host->http->add_object(host, &object), HSC_EINVAL);
	object.path = "";
	assert_int_equal(host->http->add_object(host, &object), HSC_EINVAL);
	object.path = "/a/b";
	assert_int_equal(host->http->add_object(host, &object), HSC_EINVAL);
	object.path = "/metrics";
	assert_int_equal(host->http->add_object(host, &object), HSC_EINVAL);
	object.path = "/things";
	object.offers = 0;
	assert_int_equal(host->http->add_object(host, &object), HSC_EINVAL);
	object.offers = HSC_OBJECT_ALL;
	object.schema = "{\"maximun\":1}";
	assert_int_equal(host->http->add_object(host, &object), HSC_EINVAL);
	object.schema = NULL;
	assert_int_equal(host->http->add_object(host, &object), HSC_EINVAL);
}

static int add_badly(const struct hsc_host *host) {
	registering_is_checked(host);
	objects_are_checked(host);
	return 0; /* having been refused is no failure: this plugin knows what it does */
}

static void what_is_registered_is_checked_in_the_call(void **state) {
	struct border *border = *state;
	int64_t before = misuses("probe", "bad_argument");
	probe = (struct probe){.init = add_badly};
	border_probe(border, &probe, NULL);
	assert_int_equal(fake_http_route_count(border->http), 2);
	assert_non_null(fake_http_route(border->http, "POST", "/x")->body_schema);
	assert_int_equal(misuses("probe", "bad_argument") - before, 21);
	assert_int_equal(lines_with("plugin misuse", "bad_argument"), 1); /* once a second */
}

static void flags_are_mapped(void **state) {
	struct border *border = open_border(state);
	assert_int_equal(fake_http_route(border->http, "GET", "/take/{id}")->flags, 0);
	assert_int_equal(fake_http_route(border->http, NULL, "/raw/{rest...}")->flags,
		HTTP_ROUTE_OPEN | HTTP_ROUTE_RAW_BODY | HTTP_ROUTE_HIDDEN | HTTP_ROUTE_INTERNAL);
	assert_string_equal(fake_http_route(border->http, "GET", "/lie")->owner, "probe");
}

static void a_request_can_be_asked(void **state) {
	struct border *border = open_border(state);
	const struct hsc_http *http = probe.host->http;
	size_t length = 7;
	fake_set_header(border->http, "X-One", "1");
	assert_int_equal(fake_send(border->http, "PUT", "/raw/a/b?q=2", "{}"), HTTP_LATER);
	assert_string_equal(http->method(probe.host, token), "PUT");
	assert_string_equal(http->path_param(probe.host, token, "rest"), "a/b");
	assert_null(http->path_param(probe.host, token, "id"));
	assert_string_equal(http->query_param(probe.host, token, "q"), "2");
	assert_string_equal(http->header(probe.host, token, "x-one"), "1");
	assert_string_equal(http->url(probe.host, token), "/raw/a/b?q=2");
	assert_string_equal(http->request_id(probe.host, token), FAKE_REQUEST_ID);
	assert_int_equal(http->deadline_ms(probe.host, token), FAKE_DEADLINE_MS);
	assert_memory_equal(http->raw_body(probe.host, token, &length), "{}", 2);
	assert_int_equal(length, 2);
	assert_null(http->body(probe.host, token));
	assert_null(http->header(probe.host, token, NULL));
	assert_int_equal(http->reply_bytes(probe.host, token, 200, "text/plain", "abc", 3), 0);
	assert_string_equal(fake_reply()->bytes, "abc");
}

static void a_second_reply_is_refused_and_counted(void **state) {
	struct border *border = open_border(state);
	const struct hsc_http *http = probe.host->http;
	int64_t before = misuses("probe", "second_reply");
	fake_send(border->http, "GET", "/take/1", NULL);
	assert_int_equal(http->reply(probe.host, token, 204, NULL), 0);
	assert_int_equal(http->reply(probe.host, token, 204, NULL), HSC_ESTATE);
	assert_int_equal(http->refuse(probe.host, token, 400, "no", "No.", NULL), HSC_ESTATE);
	assert_int_equal(
		http->reply_bytes(probe.host, token, 200, "text/plain", "", 0), HSC_ESTATE);
	assert_int_equal(http->reply_header(probe.host, token, "A", "b"), HSC_ESTATE);
	assert_int_equal(misuses("probe", "second_reply") - before, 4);
	assert_int_equal(fake_reply()->count, 1);
	assert_int_equal(lines_with("second_reply", "\"plugin\":\"probe\""), 1);
	clock_set_ms(clock_now_ms() + 1000);
	http->reply(probe.host, token, 204, NULL);
	assert_int_equal(
		lines_with("second_reply", "\"plugin\":\"probe\""), 2); /* the next second */
}

static void an_ended_request_tells_nothing(void **state) {
	struct border *border = open_border(state);
	const struct hsc_http *http = probe.host->http;
	size_t length = 7;
	int64_t before = misuses("probe", "stale_token");
	fake_send(border->http, "GET", "/take/1", NULL);
	http->reply(probe.host, token, 204, NULL);
	assert_string_equal(http->method(probe.host, token), "");
	assert_string_equal(http->url(probe.host, token), "");
	assert_string_equal(http->request_id(probe.host, token), "");
	assert_null(http->path_param(probe.host, token, "id"));
	assert_null(http->query_param(probe.host, token, "id"));
	assert_null(http->header(probe.host, token, "id"));
	assert_null(http->raw_body(probe.host, token, &length));
	assert_int_equal(length, 0);
	assert_null(http->body(probe.host, token));
	assert_int_equal(http->deadline_ms(probe.host, token), 0);
	assert_int_equal(http->on_gone(probe.host, token, NULL, NULL), HSC_ESTATE);
	assert_int_equal(misuses("probe", "stale_token") - before, 10);
}

static void another_plugins_token_is_refused(void **state) {
	struct border *border = open_border(state);
	int64_t before = misuses("probe-other", "stale_token");
	fake_send(border->http, "GET", "/take/1", NULL);
	assert_int_equal(other.host->http->reply(other.host, token, 204, NULL), HSC_ESTATE);
	assert_int_equal(misuses("probe-other", "stale_token") - before, 1);
	assert_int_equal(probe.host->http->reply(probe.host, NULL, 204, NULL), HSC_EINVAL);
	assert_int_equal(probe.host->http->reply(NULL, token, 204, NULL), HSC_EINVAL);
	assert_int_equal(probe.host->http->reply(
				 probe.host, (struct hsc_request *)(void *)&probe, 204, NULL),
		HSC_ESTATE);
	assert_int_equal(probe.host->http->reply(probe.host, token, 204, NULL), 0);
}

static void bad_arguments_leave_the_request_alone(void **state) {
	struct border *border = open_border(state);
	const struct hsc_http *http = probe.host->http;
	json_t *object = json_object();
	fake_send(border->http, "GET", "/take/1", NULL);
	assert_int_equal(http->reply(probe.host, token, 99, NULL), HSC_EINVAL);
	assert_int_equal(http->reply_bytes(probe.host, token, 200, NULL, "a", 1), HSC_EINVAL);
	assert_int_equal(
		http->reply_bytes(probe.host, token, 200, "text/plain", NULL, 1), HSC_EINVAL);
	int64_t before = misuses("probe", "bad_argument");
	assert_int_equal(
		http->reply_bytes(probe.host, token, 200, "text/plain\r\nX-Evil: 1", "a", 1),
		HSC_EINVAL);
	assert_int_equal(http->reply_bytes(probe.host, token, 200, "a\x7f", "a", 1), HSC_EINVAL);
	assert_int_equal(misuses("probe", "bad_argument") - before, 2);
	assert_int_equal(http->refuse(probe.host, token, 200, "a", "b", NULL), HSC_EINVAL);
	assert_int_equal(http->refuse(probe.host, token, 400, NULL, "b", NULL), HSC_EINVAL);
	assert_int_equal(http->refuse(probe.host, token, 400, "a", "b", object), HSC_EINVAL);
	assert_int_equal(http->reply_header(probe.host, token, NULL, "b"), HSC_EINVAL);
	assert_int_equal(http->refuse(probe.host, token, 409, "taken", "It is taken.", NULL), 0);
	assert_int_equal(fake_reply()->status, 409);
	json_decref(object);
}

static void count_gone(struct hsc_request *request, void *ctx) {
	gone_count++;
	assert_ptr_equal(request, token);
	if (ctx != NULL) {
		assert_int_equal(
			probe.host->http->reply(probe.host, request, 204, NULL), HSC_EGONE);
	}
}

static void a_client_that_leaves_is_told_once(void **state) {
	struct border *border = open_border(state);
	const struct hsc_http *http = probe.host->http;
	fake_send(border->http, "GET", "/take/1", NULL);
	assert_int_equal(http->on_gone(probe.host, token, count_gone, NULL), 0);
	assert_int_equal(gone_count, 0);
	fake_leave();
	assert_int_equal(gone_count, 1);
	assert_string_equal(http->method(probe.host, token), "GET"); /* lives until the reply */
	assert_int_equal(http->on_gone(probe.host, token, count_gone, NULL), HSC_EGONE);
	int64_t before = misuses("probe", "stale_token") + misuses("probe", "second_reply");
	assert_int_equal(http->reply(probe.host, token, 204, NULL), HSC_EGONE);
	assert_int_equal(
		misuses("probe", "stale_token") + misuses("probe", "second_reply"), before);
	assert_int_equal(gone_count, 1);
	assert_int_equal(http->reply(probe.host, token, 204, NULL), HSC_ESTATE);
}

static void gone_may_reply_or_be_taken_back(void **state) {
	struct border *border = open_border(state);
	fake_send(border->http, "GET", "/take/1", NULL);
	probe.host->http->on_gone(probe.host, token, count_gone, &probe);
	fake_leave();
	assert_int_equal(gone_count, 1);
	assert_null(fake_request());
	fake_send(border->http, "GET", "/take/1", NULL);
	probe.host->http->on_gone(probe.host, token, count_gone, &probe);
	probe.host->http->on_gone(probe.host, token, NULL, NULL);
	fake_leave();
	assert_int_equal(gone_count, 1);
	probe.host->http->reply(probe.host, token, 204, NULL);
}

static void what_a_handler_returns_must_be_true(void **state) {
	struct border *border = open_border(state);
	int64_t before = misuses("probe", "wrong_return");
	int64_t forgotten = misuses("probe", "forgotten_reply");
	assert_int_equal(fake_send(border->http, "GET", "/lie", NULL), HTTP_REPLIED);
	http_reply(fake_request(), 500, NULL); /* as http does, because it is still there */
	assert_int_equal(misuses("probe", "wrong_return") - before, 1);
	assert_int_equal(fake_send(border->http, "GET", "/fail-after-reply", NULL), HSC_EINVAL);
	assert_int_equal(fake_send(border->http, "GET", "/fail", NULL), HSC_ENOMEM);
	http_reply(fake_request(), 500, NULL);
	assert_int_equal(misuses("probe", "wrong_return") - before, 1);
	assert_int_equal(
		misuses("probe", "forgotten_reply"), forgotten); /* not another fault of the same */
}

static void a_forgotten_request_is_counted_when_http_ends_it(void **state) {
	struct border *border = open_border(state);
	int64_t before = misuses("probe", "forgotten_reply");
	fake_send(border->http, "GET", "/take/1", NULL);
	fake_leave();
	assert_int_equal(misuses("probe", "forgotten_reply") - before, 0);
	http_reply(
		fake_request(), 504, NULL); /* http's patience ends it, behind the plugin's back */
	assert_int_equal(misuses("probe", "forgotten_reply") - before, 1);
	int64_t stale = misuses("probe", "stale_token");
	assert_int_equal(probe.host->http->reply(probe.host, token, 204, NULL), HSC_ESTATE);
	assert_int_equal(
		misuses("probe", "stale_token") - stale, 1); /* late, but not a second one */
}

static void a_request_outlives_the_plugins(void **state) {
	struct border *border = open_border(state);
	int64_t before = misuses("probe", "forgotten_reply");
	fake_send(border->http, "GET", "/take/1", NULL);
	plugins_stop(border->plugins);
	border->plugins = NULL;
	http_reply(fake_request(), 503, NULL);
	assert_int_equal(misuses("probe", "forgotten_reply"), before);
}

static void late_registration_is_refused(void **state) {
	open_border(state);
	int64_t before = misuses("probe", "late_registration");
	const struct hsc_object object = HSC_OBJECT(.path = "/late");
	assert_int_equal(add(probe.host, "GET", "/late", 0, take), HSC_ESTATE);
	assert_int_equal(probe.host->http->add_schema(probe.host, "late", "{}"), HSC_ESTATE);
	assert_int_equal(probe.host->http->add_object(probe.host, &object), HSC_ESTATE);
	assert_null(probe.host->watch->counter(probe.host, "late_total", "Late."));
	assert_int_equal(misuses("probe", "late_registration") - before, 4);
}

static void the_wire(void **state) {
	struct border *border = open_border(state);
	const struct hsc_wire *wire = probe.host->extension(probe.host, "hsc.wire/1");
	fake_send(border->http, "GET", "/take/1", NULL);
	assert_int_equal(wire->bytes(probe.host, token, NULL, 3), HSC_EINVAL);
	assert_int_equal(wire->bytes(probe.host, token, "HTTP/1.1 200 OK\r\n", 17), 0);
	assert_string_equal(fake_reply()->bytes, "HTTP/1.1 200 OK\r\n");
	assert_int_equal(wire->reset(probe.host, token), HSC_ESTATE);
	fake_send(border->http, "GET", "/take/1", NULL);
	assert_int_equal(wire->reset(probe.host, token), 0);
	assert_true(fake_reply()->is_reset);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(what_is_registered_is_checked_in_the_call),
		TEST(flags_are_mapped),
		TEST(a_request_can_be_asked),
		TEST(a_second_reply_is_refused_and_counted),
		TEST(an_ended_request_tells_nothing),
		TEST(another_plugins_token_is_refused),
		TEST(bad_arguments_leave_the_request_alone),
		TEST(a_client_that_leaves_is_told_once),
		TEST(gone_may_reply_or_be_taken_back),
		TEST(what_a_handler_returns_must_be_true),
		TEST(a_forgotten_request_is_counted_when_http_ends_it),
		TEST(a_request_outlives_the_plugins),
		TEST(late_registration_is_refused),
		TEST(the_wire),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
