#include "border.h"

#include <string.h>

#include "base/clock.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, border_set_up, border_tear_down)

static struct probe probe, other;
static struct hsc_request *token;
static struct hsc_operation_handle *handle;
static unsigned done_count;
static struct hsc_result last; /* its pointers are dead, but for body and problem, which are kept */
static int relayed;
static bool is_relaying;

static int take(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)host;
	(void)state;
	token = request;
	return HSC_LATER;
}

static int declare(const struct hsc_host *host) {
	const struct hsc_route route = HSC_ROUTE(.method = "GET", .path = "/take", .handle = take);
	const struct hsc_object object = HSC_OBJECT(.path = "/things", .name = "thing",
		.hubspot = "2-77", .offers = HSC_OBJECT_ALL, .key = "code",
		.schema = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
			  "\"code\":{\"type\":\"string\"},"
			  "\"size\":{\"type\":\"integer\",\"x-hubspot-property\":\"hs_size\"}}}");
	const struct hsc_operation early =
		HSC_OPERATION(.kind = HSC_READ, .object = "things", .id = "1");
	hsc_done_fn *const nothing = hsc_pass_done;
	assert_int_equal(host->http->add_route(host, &route), 0);
	assert_int_equal(host->http->add_object(host, &object), 0);
	assert_int_equal(host->hubspot->submit(host, &early, nothing, NULL, NULL), HSC_ESTATE);
	return 0;
}

static void forget_last(void) {
	json_decref(last.body);
	json_decref(last.problem);
	last = (struct hsc_result){.size = sizeof(last)};
}

static struct border *open_border(void **state) {
	struct border *border = *state;
	probe = (struct probe){.init = declare};
	other = (struct probe){.init = NULL};
	token = NULL;
	handle = NULL;
	done_count = 0;
	relayed = 1;
	is_relaying = false;
	forget_last();
	border_probe(border, &probe, &other);
	return border;
}

static void done(const struct hsc_result *result, void *ctx) {
	assert_ptr_equal(ctx, &done_count);
	done_count++;
	forget_last();
	last = *result;
	json_incref(last.body);
	json_incref(last.problem);
	if (is_relaying) {
		relayed = result->host->hubspot->relay(result->host, result->request, result);
	}
	if (handle != NULL) {
		result->host->hubspot->cancel(
			result->host, handle); /* ends when done() returns: no misuse */
	}
}

static int submit(const struct hsc_operation *operation) {
	return probe.host->hubspot->submit(probe.host, operation, done, &done_count, &handle);
}

static void names_and_values_of_a_declared_object_are_converted(void **state) {
	static const char *const properties[] = {"size", "code", NULL};
	open_border(state);
	json_t *body = json_pack("{s:i}", "size", 5);
	const struct hsc_operation operation = HSC_OPERATION(.kind = HSC_UPSERT, .object = "things",
		.id = "a", .id_property = "code", .properties = properties, .body = body);
	assert_int_equal(submit(&operation), 0);
	json_decref(body);
	const struct hubspot_operation *asked = &fake_operation(0)->asked;
	assert_int_equal(asked->kind, HUBSPOT_UPSERT);
	assert_string_equal(asked->object, "2-77");
	assert_string_equal(asked->id, "a");
	assert_string_equal(asked->id_property, "code");
	assert_string_equal(asked->properties[0], "hs_size");
	assert_string_equal(json_string_value(json_object_get(asked->body, "hs_size")), "5");
	json_t *record = json_pack("{s:s,s:{s:s}}", "id", "9", "properties", "hs_size", "6");
	fake_finish(0,
		&(struct hubspot_result){.failure = HUBSPOT_OK,
			.status = 201,
			.attempts = 2,
			.id = "9",
			.is_created = true,
			.outcome = HUBSPOT_APPLIED,
			.record = record});
	json_decref(record);
	assert_int_equal(done_count, 1);
	assert_int_equal(last.error, 0);
	assert_int_equal(last.created, 1);
	assert_int_equal(last.attempts, 2);
	assert_null(last.problem);
	assert_int_equal(json_integer_value(json_object_get(last.body, "size")), 6);
}

static void another_object_goes_as_it_is(void **state) {
	open_border(state);
	json_t *body = json_pack("{s:s}", "x", "y");
	const struct hsc_operation raw = HSC_OPERATION(.kind = HSC_RAW, .flags = HSC_REPEATABLE,
		.object = "POST /crm/{version}/things", .body = body, .timeout_ms = 500);
	const struct hsc_operation update =
		HSC_OPERATION(.kind = HSC_UPDATE, .object = "p1_cars", .id = "3", .body = body);
	assert_int_equal(submit(&raw), 0);
	assert_int_equal(submit(&update), 0);
	assert_string_equal(fake_operation(0)->asked.object, "POST /crm/{version}/things");
	assert_int_equal(fake_operation(0)->asked.flags, HUBSPOT_REPEATABLE);
	assert_int_equal(fake_operation(0)->asked.deadline_ms, clock_now_ms() + 500);
	assert_string_equal(fake_operation(1)->asked.object, "p1_cars");
	assert_int_equal(fake_operation(1)->asked.deadline_ms, 0);
	assert_true(json_equal(fake_operation(1)->asked.body, body));
	json_decref(body);
}

static void a_bad_operation_is_refused(void **state) {
	open_border(state);
	json_t *list = json_array();
	const struct hsc_operation cases[] = {
		{.size = 8, .kind = HSC_READ, .object = "things", .id = "1"},
		HSC_OPERATION(.kind = 0, .object = "things", .id = "1"),
		HSC_OPERATION(.kind = HSC_DISSOCIATE + 1, .object = "things", .id = "1"),
		HSC_OPERATION(.kind = HSC_READ, .flags = 8, .object = "things", .id = "1"),
		HSC_OPERATION(.kind = HSC_READ, .id = "1"),
		HSC_OPERATION(.kind = HSC_READ, .object = "things"),
		HSC_OPERATION(.kind = HSC_ARCHIVE, .object = "things", .id = ""),
		HSC_OPERATION(.kind = HSC_CREATE, .object = "things"),
		HSC_OPERATION(.kind = HSC_UPDATE, .object = "things", .id = "1", .body = list),
		HSC_OPERATION(.kind = HSC_RAW, .object = "/no/method"),
	};
	int64_t before = misuses("probe", "bad_argument");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(submit(&cases[i]), HSC_EINVAL);
	}
	assert_int_equal(submit(NULL), HSC_EINVAL);
	assert_int_equal(
		probe.host->hubspot->submit(probe.host, &cases[1], NULL, NULL, NULL), HSC_EINVAL);
	assert_int_equal(misuses("probe", "bad_argument") - before,
		(int64_t)(sizeof(cases) / sizeof(cases[0])) + 2);
	assert_int_equal(fake_operation_count(), 0);
	json_decref(list);
}

static const struct hsc_operation READ =
	HSC_OPERATION(.kind = HSC_READ, .object = "things", .id = "1");

static void what_the_client_refuses_never_runs(void **state) {
	open_border(state);
	fake_hubspot_refuse(true);
	assert_int_equal(submit(&READ), HSC_ENOMEM);
	fake_hubspot_refuse(false);
	assert_int_equal(done_count, 0);
}

static void cancelling_runs_done_once(void **state) {
	open_border(state);
	int64_t before = misuses("probe", "stale_token") + misuses("probe-other", "stale_token");
	assert_int_equal(submit(&READ), 0);
	other.host->hubspot->cancel(other.host, handle);
	assert_false(fake_operation(0)->is_cancelled);
	probe.host->hubspot->cancel(probe.host, handle);
	probe.host->hubspot->cancel(probe.host, handle);
	assert_int_equal(done_count, 0);
	assert_int_equal(fake_run_cancelled(), 1);
	assert_int_equal(done_count, 1);
	assert_int_equal(last.error, HSC_EGONE);
	assert_int_equal(
		misuses("probe", "stale_token") + misuses("probe-other", "stale_token") - before,
		1);
	probe.host->hubspot->cancel(probe.host, handle);
	probe.host->hubspot->cancel(probe.host, NULL);
	assert_int_equal(
		misuses("probe", "stale_token") + misuses("probe-other", "stale_token") - before,
		2);
}

static void failures_have_their_errors(void **state) {
	static const struct {
		enum hubspot_failure failure;
		int error;
		int status;
	} CASES[] = {
		{HUBSPOT_CANCELLED, HSC_EGONE, 0},
		{HUBSPOT_DEADLINE, HSC_EGONE, 504},
		{HUBSPOT_BUSY, HSC_EBUSY, 503},
		{HUBSPOT_LIMITED, HSC_EBUSY, 503},
		{HUBSPOT_UNREACHABLE, HSC_ENET, 503},
		{HUBSPOT_NO_REPLY, HSC_ENET, 0},
		{HUBSPOT_SERVER_ERROR, HSC_EHUBSPOT, 502},
		{HUBSPOT_NOT_FOUND, HSC_EHUBSPOT, 404},
		{HUBSPOT_CONFLICT, HSC_EHUBSPOT, 409},
		{HUBSPOT_AMBIGUOUS, HSC_EHUBSPOT, 409},
		{HUBSPOT_OUT_OF_MEMORY, HSC_ENOMEM, 0},
	};
	struct border *border = open_border(state);
	is_relaying = true;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		fake_send(border->http, "GET", "/take", NULL);
		struct hsc_operation operation = READ;
		operation.request = token;
		assert_int_equal(submit(&operation), 0);
		fake_finish(i,
			&(struct hubspot_result){.failure = CASES[i].failure,
				.outcome = HUBSPOT_NOT_APPLIED,
				.retry_after_ms = 1500});
		assert_int_equal(last.error, CASES[i].error);
		assert_int_equal(last.outcome, HSC_NOT_APPLIED);
		assert_int_equal(last.retry_after_ms, 1500);
		assert_true(json_is_object(last.problem));
		assert_int_equal(relayed, 0);
		assert_int_equal(fake_reply()->count, i + 1);
		if (CASES[i].status != 0) {
			assert_int_equal(fake_reply()->status, CASES[i].status);
		}
	}
}

static void a_request_lends_its_deadline_and_id(void **state) {
	struct border *border = open_border(state);
	fake_send(border->http, "GET", "/take", NULL);
	struct hsc_operation operation = READ;
	operation.request = token;
	assert_int_equal(submit(&operation), 0);
	operation.timeout_ms = 60000; /* later than the request's: the request's */
	assert_int_equal(submit(&operation), 0);
	operation.flags = HSC_FINISH; /* it may outlive the request, so its own time holds */
	assert_int_equal(submit(&operation), 0);
	assert_int_equal(fake_operation(0)->asked.deadline_ms, FAKE_DEADLINE_MS);
	assert_string_equal(fake_operation(0)->asked.label, FAKE_REQUEST_ID);
	assert_int_equal(fake_operation(1)->asked.deadline_ms, FAKE_DEADLINE_MS);
	assert_int_equal(fake_operation(2)->asked.deadline_ms, clock_now_ms() + 60000);
	probe.host->http->reply(probe.host, token, 204, NULL);
}

static void a_client_that_leaves_cancels(void **state) {
	struct border *border = open_border(state);
	fake_send(border->http, "GET", "/take", NULL);
	struct hsc_operation operation = READ;
	operation.request = token;
	assert_int_equal(submit(&operation), 0);
	operation.flags = HSC_FINISH;
	assert_int_equal(submit(&operation), 0);
	fake_leave();
	assert_true(fake_operation(0)->is_cancelled);
	assert_false(fake_operation(1)->is_cancelled);
	assert_int_equal(submit(&operation), 0); /* HSC_FINISH, after the client has gone */
	operation.flags = 0;
	assert_int_equal(submit(&operation), HSC_EGONE);
	is_relaying = true;
	handle = NULL;
	fake_run_cancelled();
	assert_int_equal(done_count, 1);
	assert_int_equal(relayed, HSC_EGONE);
	is_relaying = false;
	json_t *record = json_pack("{s:s,s:{}}", "id", "1", "properties");
	fake_finish(1, &(struct hubspot_result){.failure = HUBSPOT_OK, .record = record});
	json_decref(record);
	assert_int_equal(last.error, 0);
}

static void the_plugins_own_reply_cancels_too(void **state) {
	struct border *border = open_border(state);
	fake_send(border->http, "GET", "/take", NULL);
	struct hsc_operation operation = READ;
	operation.request = token;
	assert_int_equal(submit(&operation), 0);
	probe.host->http->reply(probe.host, token, 204, NULL);
	assert_true(fake_operation(0)->is_cancelled);
	is_relaying = true;
	int64_t before = misuses("probe", "second_reply");
	fake_run_cancelled();
	assert_int_equal(relayed, HSC_ESTATE);
	assert_int_equal(misuses("probe", "second_reply") - before, 1);
	assert_int_equal(submit(&operation), HSC_ESTATE); /* the request has ended */
}

static void a_kept_result_can_be_relayed_later(void **state) {
	struct border *border = open_border(state);
	const struct hsc_hubspot *hubspot = probe.host->hubspot;
	json_t *record = json_pack("{s:s}", "id", "9");
	assert_int_equal(submit(&READ), 0);
	fake_finish(0,
		&(struct hubspot_result){.failure = HUBSPOT_OK, .status = 200, .record = record});
	json_decref(record);
	fake_send(border->http, "GET", "/take", NULL);
	assert_int_equal(hubspot->relay(probe.host, token, NULL), HSC_EINVAL);
	assert_int_equal(hubspot->relay(probe.host, token, &last), 0);
	assert_int_equal(fake_reply()->status, 200);
	assert_string_equal(json_string_value(json_object_get(fake_reply()->body, "id")), "9");
	assert_int_equal(submit(&READ), 0);
	fake_finish(1, &(struct hubspot_result){.failure = HUBSPOT_INVALID, .status = 400});
	fake_send(border->http, "GET", "/take", NULL);
	assert_int_equal(hubspot->relay(probe.host, token, &last), 0);
	assert_int_equal(fake_reply()->status, 422); /* as when it is relayed inside done() */
	assert_string_equal(
		json_string_value(json_object_get(fake_reply()->body, "code")), "hubspot_invalid");
	assert_int_equal(hubspot->relay(probe.host, token, &last), HSC_ESTATE);
	const struct hsc_result made = {.size = sizeof(made), .error = HSC_EBUSY};
	fake_send(border->http, "GET", "/take", NULL);
	assert_int_equal(hubspot->relay(probe.host, token, &made), 0);
	assert_int_equal(fake_reply()->status, 503);
}

static void a_stopping_host_takes_only_what_requests_need(void **state) {
	struct border *border = open_border(state);
	fake_send(border->http, "GET", "/take", NULL);
	struct hsc_operation operation = READ;
	operation.request = token;
	plugins_close_submits(border->plugins);
	assert_int_equal(submit(&READ), HSC_ESTATE);
	assert_int_equal(submit(&operation), 0);
	fake_finish(0, &(struct hubspot_result){.failure = HUBSPOT_OK});
}

static void stopping_early_still_runs_every_done(void **state) {
	struct border *border = open_border(state);
	is_relaying = true;
	fake_send(border->http, "GET", "/take", NULL);
	struct hsc_operation operation = READ;
	operation.request = token;
	assert_int_equal(submit(&operation), 0);
	assert_int_equal(submit(&operation), 0);
	plugins_stop(border->plugins);
	border->plugins = NULL;
	assert_int_equal(done_count, 2);
	assert_int_equal(last.error, HSC_EGONE);
	assert_int_equal(last.outcome, HSC_UNKNOWN);
	assert_int_equal(probe.finis, 1);
	fake_run_cancelled(); /* the client's own end of them is heard by nobody */
	assert_int_equal(done_count, 2);
}

static void without_hubspot_nothing_is_submitted(void **state) {
	struct border *border = *state;
	probe = (struct probe){.init = NULL};
	border->hubspot = NULL;
	border_probe(border, &probe, NULL);
	assert_int_equal(submit(&READ), HSC_ESTATE);
}

static int forget(void **state) {
	(void)state;
	forget_last();
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(names_and_values_of_a_declared_object_are_converted),
		TEST(another_object_goes_as_it_is),
		TEST(a_bad_operation_is_refused),
		TEST(what_the_client_refuses_never_runs),
		TEST(cancelling_runs_done_once),
		TEST(failures_have_their_errors),
		TEST(a_request_lends_its_deadline_and_id),
		TEST(a_client_that_leaves_cancels),
		TEST(the_plugins_own_reply_cancels_too),
		TEST(a_kept_result_can_be_relayed_later),
		TEST(a_stopping_host_takes_only_what_requests_need),
		TEST(stopping_early_still_runs_every_done),
		TEST(without_hubspot_nothing_is_submitted),
	};
	return cmocka_run_group_tests(tests, NULL, forget);
}
