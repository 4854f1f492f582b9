#include "things.h"

struct things things;

static int take(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)host;
	(void)state;
	things.token = request;
	return HSC_LATER;
}

#define PROPERTIES                                                                                 \
	"{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"                     \
	"\"code\":{\"type\":\"string\"},"                                                          \
	"\"size\":{\"type\":\"integer\",\"x-hubspot-property\":\"hs_size\"}}}"

static int declare(const struct hsc_host *host) {
	const struct hsc_route read = HSC_ROUTE(.method = "GET", .path = "/take", .handle = take);
	const struct hsc_route write = HSC_ROUTE(.method = "POST", .path = "/take", .handle = take);
	const struct hsc_object of_things = HSC_OBJECT(.path = "/things", .name = "thing",
		.hubspot = "2-77", .offers = HSC_OBJECT_ALL, .key = "code", .schema = PROPERTIES);
	const struct hsc_object of_boxes = HSC_OBJECT(.path = "/boxes", .name = "box",
		.hubspot = "2-88", .offers = HSC_OBJECT_ALL, .schema = PROPERTIES);
	assert_int_equal(host->http->add_route(host, &read), 0);
	assert_int_equal(host->http->add_route(host, &write), 0);
	assert_int_equal(host->http->add_object(host, &of_things), 0);
	return host->http->add_object(host, &of_boxes);
}

static void forget_last(void) {
	json_decref(things.last.body);
	json_decref(things.last.problem);
	json_decref(things.last.associations);
	things.last = (struct hsc_result){.size = 0};
}

struct border *things_open(void **state) {
	struct border *border = *state;
	forget_last();
	things = (struct things){.probe = {.init = declare}};
	border_probe(border, &things.probe, NULL);
	return border;
}

static void done(const struct hsc_result *result, void *ctx) {
	assert_ptr_equal(ctx, &things);
	things.done_count++;
	forget_last();
	things.last = *result;
	snprintf(
		things.last_id, sizeof(things.last_id), "%s", result->id != NULL ? result->id : "");
	json_incref(things.last.body);
	json_incref(things.last.problem);
	json_incref(things.last.associations);
	if (things.is_relaying) {
		(void)result->host->hubspot->relay(result->host, result->request, result);
	}
}

int things_submit(const struct hsc_operation *operation) {
	const struct hsc_host *host = things.probe.host;
	return host->hubspot->submit(host, operation, done, &things, &things.handle);
}

const struct hubspot_operation *asked(size_t number) {
	return &fake_operation(number)->asked;
}

void finish_with(size_t number, const char *text) {
	json_t *record = json_loads(text, 0, NULL);
	assert_non_null(record);
	assert_true(fake_finish(number,
		&(struct hubspot_result){.failure = HUBSPOT_OK, .status = 200, .record = record}));
	json_decref(record);
}

void expect_json(const json_t *given, const char *text) {
	json_t *expected = json_loads(text, 0, NULL);
	assert_non_null(expected);
	if (!json_equal(given, expected)) {
		char *dump = json_dumps(given, 0);
		fail_msg("%s\nis not\n%s", dump != NULL ? dump : "nothing", text);
	}
	json_decref(expected);
}

int things_forget(void **state) {
	(void)state;
	forget_last();
	return 0;
}
