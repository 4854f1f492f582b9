/* What a client is told of a failure that a plugin tells of, and the end of a plugin that is left out. */
#include "border.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, border_set_up, border_tear_down)

static struct probe probe;
static struct hsc_request *token;

static const struct hsc_operation READ =
	HSC_OPERATION(.kind = HSC_READ, .object = "things", .id = "1");

static int take(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)host;
	(void)state;
	token = request;
	return HSC_LATER;
}

static int add_routes(const struct hsc_host *host) {
	const struct hsc_route read = HSC_ROUTE(.method = "GET", .path = "/take", .handle = take);
	const struct hsc_route write =
		HSC_ROUTE(.method = "DELETE", .path = "/take", .handle = take);
	assert_int_equal(host->http->add_route(host, &read), 0);
	return host->http->add_route(host, &write);
}

static struct border *open_border(void **state) {
	struct border *border = *state;
	probe = (struct probe){.init = add_routes};
	border_probe(border, &probe, NULL);
	return border;
}

static const char *replied_text(const char *name) {
	return json_string_value(json_object_get(fake_reply()->body, name));
}

static bool is_replied_retryable(void) {
	return json_is_true(json_object_get(fake_reply()->body, "retryable"));
}

static void a_refusal_does_not_promise_too_much(void **state) {
	struct border *border = open_border(state);
	const struct hsc_http *http = probe.host->http;
	fake_send(border->http, "DELETE", "/take", NULL);
	http->refuse(probe.host, token, 500, "failed", "It failed.", NULL);
	assert_string_equal(replied_text("outcome"), "unknown");
	assert_false(is_replied_retryable());
	fake_send(border->http, "DELETE", "/take", NULL);
	http->refuse(probe.host, token, 503, "busy", "It is busy.", NULL);
	assert_string_equal(replied_text("outcome"), "unknown");
	assert_false(is_replied_retryable());
	fake_send(border->http, "DELETE", "/take", NULL);
	http->refuse(probe.host, token, 429, "slower", "Slower.", NULL);
	assert_string_equal(replied_text("outcome"), "not_applied");
	assert_true(is_replied_retryable());
	fake_send(border->http, "GET", "/take", NULL);
	http->refuse(probe.host, token, 503, "busy", "It is busy.", NULL);
	assert_null(replied_text("outcome"));
	assert_true(is_replied_retryable());
}

static void expect_relayed(struct border *border, const char *method,
	const struct hsc_result *result, const char *outcome, bool is_retryable) {
	fake_send(border->http, method, "/take", NULL);
	assert_int_equal(probe.host->hubspot->relay(probe.host, token, result), 0);
	const json_t *told = json_object_get(fake_reply()->body, "outcome");
	if (outcome == NULL) {
		assert_null(told);
	} else {
		assert_string_equal(json_string_value(told), outcome);
	}
	assert_int_equal(
		json_is_true(json_object_get(fake_reply()->body, "retryable")), is_retryable);
}

static void a_made_result_is_relayed_with_its_outcome(void **state) {
	struct border *border = open_border(state);
	struct hsc_result made = {.size = sizeof(made), .error = HSC_EBUSY, .outcome = HSC_UNKNOWN};
	expect_relayed(border, "DELETE", &made, "unknown", false);
	expect_relayed(border, "GET", &made, NULL, true);
	made.outcome = HSC_NOT_APPLIED;
	made.retry_after_ms = 1500;
	expect_relayed(border, "DELETE", &made, "not_applied", true);
	assert_int_equal(fake_reply()->retry_after_ms, 1500);
	made.error = HSC_EGONE;
	expect_relayed(border, "DELETE", &made, "not_applied", true);
	made.error = HSC_EHUBSPOT;
	expect_relayed(border, "DELETE", &made, "not_applied", false);
	made.outcome = HSC_APPLIED; /* and yet no success: nobody knows */
	expect_relayed(border, "DELETE", &made, "unknown", false);
	json_t *problem = json_pack("{s:s,s:b}", "outcome", "unknown", "retryable", 0);
	made.problem = problem;
	expect_relayed(border, "DELETE", &made, "unknown", false);
	assert_string_equal(
		json_string_value(json_object_get(fake_reply()->headers, "Retry-After")), "2");
	json_decref(problem);
}

static unsigned done_count, refused_submits;

static void submit_again(const struct hsc_result *result, void *ctx) {
	done_count++;
	if (result->host->hubspot->submit(result->host, &READ, submit_again, ctx, NULL) ==
		HSC_ESTATE) {
		refused_submits++;
	}
}

static int submit_and_fail(const struct hsc_host *host) {
	assert_int_equal(host->hubspot->submit(host, &READ, submit_again, NULL, NULL), 0);
	assert_int_equal(host->hubspot->submit(host, &READ, submit_again, NULL, NULL), 0);
	return HSC_ENET;
}

static void one_that_is_left_out_submits_nothing_more(void **state) {
	static const char *const OPTIONAL[] = {"probe", NULL};
	struct border *border = *state;
	done_count = refused_submits = 0;
	probe = (struct probe){.start = submit_and_fail};
	border->settings.optional = OPTIONAL;
	border_probe(border, &probe, NULL);
	assert_true(plugins_start(border->plugins, border->error, sizeof(border->error)));
	assert_int_equal(plugins_count(border->plugins), 0);
	assert_int_equal(done_count, 2);
	assert_int_equal(refused_submits, 2);
	assert_int_equal(probe.host->hubspot->submit(probe.host, &READ, submit_again, NULL, NULL),
		HSC_ESTATE);
	assert_int_equal(fake_operation_count(), 2);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(a_refusal_does_not_promise_too_much),
		TEST(a_made_result_is_relayed_with_its_outcome),
		TEST(one_that_is_left_out_submits_nothing_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
