/*
 * Every shape in which HubSpot is known to refuse, as its JSON text, through the real client (over
 * a fake transport) and the mapping of errors: what a caller is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "client_kit.h"
#include "http/http.h"
#include "object/inside.h"

struct http *fake_http_make(void); /* its header has a struct fake_reply of its own */

static const char schema[] =
	"{\"type\":\"object\",\"properties\":{"
	"\"email\":{\"type\":\"string\"},"
	"\"stage\":{\"type\":\"string\",\"x-hubspot-property\":\"lifecyclestage\"},"
	"\"external_id\":{\"type\":\"string\",\"x-hubspot-property\":\"ext_id\"},"
	"\"born\":{\"type\":\"string\",\"format\":\"date\",\"x-hubspot-property\":\"date_of_"
	"birth\"},"
	"\"first\":{\"type\":\"string\",\"x-hubspot-property\":\"firstname\"}}}";

static const struct hsc_object declaration =
	HSC_OBJECT(.offers = HSC_OBJECT_ALL, .path = "/contacts", .name = "contact",
		.hubspot = "contacts", .key = "email", .schema = schema);

/* ---- the bed ---- */

static struct kit kit;
static struct http *http;
static struct object *object;
/* What HubSpot says, whatever it is asked. */
static struct {
	int status;
	uint64_t retry_after_ms;
	const char *body;
} said;

static struct told_problem {
	unsigned count;
	json_t *json;
	int status;
	uint64_t retry_after_ms;
	json_t *warnings;
	bool has_record;
	char id[32];
} got;

static int set_up(void **state) {
	char error[256] = "";
	(void)state;
	kit_start(&kit, NULL);
	http = fake_http_make();
	object = object_open(http, kit.client, &declaration, &(struct object_owner){.name = "test"},
		NULL, error, sizeof(error));
	assert_string_equal(error, "");
	return 0;
}

static int tear_down(void **state) {
	(void)state;
	kit_stop(&kit);
	http_destroy(http);
	object_close_all();
	json_decref(got.json);
	json_decref(got.warnings);
	got = (struct told_problem){.count = 0};
	return 0;
}

static struct fake_reply say(const struct call *call, unsigned number, void *ctx) {
	(void)call;
	(void)number;
	(void)ctx;
	return (struct fake_reply){.end = CALL_ANSWERED,
		.status = said.status,
		.body = said.body,
		.after_ms = 10,
		.retry_after_ms = said.retry_after_ms};
}

static void take(const struct hubspot_result *result, void *ctx) {
	struct http_problem problem;
	struct object_problem_memory memory;
	(void)ctx;
	got.count++;
	got.has_record = result->record != NULL;
	snprintf(got.id, sizeof(got.id), "%s", result->id != NULL ? result->id : "");
	got.warnings = object_warnings(object, result);
	if (result->failure != HUBSPOT_OK) {
		object_problem(object, result, &problem, &memory);
		got.status = problem.status;
		got.retry_after_ms = problem.retry_after_ms;
		got.json = http_problem_json(&problem, "r-1");
		object_problem_finish(&memory);
	}
}

/* A RAW stands for what may not be sent twice. */
static void ask(enum hubspot_kind kind) {
	json_auto_t *body = json_pack("{s:s}", "email", "a@b.c");
	bool is_create = kind == HUBSPOT_CREATE;
	struct hubspot_operation operation = {.kind = kind,
		.flags = is_create ? HUBSPOT_ID_ONLY : 0,
		.object = kind == HUBSPOT_RAW ? "POST {objects}/tickets" : "contacts",
		.id = is_create               ? "a@b.c"
			: kind == HUBSPOT_RAW ? NULL
					      : "77",
		.id_property = is_create ? "email" : NULL,
		.body = kind == HUBSPOT_READ ? NULL : body};
	fake_transport_answer(say, NULL);
	assert_true(hubspot_submit(kit.client, &operation, take, NULL, NULL));
	kit_settle(&kit);
	assert_int_equal(got.count, 1);
}

static void begin_again(void **state) {
	tear_down(state);
	set_up(state);
}

/* ---- looks ---- */

static const char *looked_at; /* its name */

static void expect(bool is_so, const char *what) {
	if (!is_so) {
		char *text = json_dumps(got.json, JSON_ENCODE_ANY);
		print_error("%s\n", text != NULL ? text : "no problem");
		free(text);
		fail_msg("%s: %s", looked_at, what);
	}
}

static const char *text_of(const json_t *json, const char *member) {
	return json_string_value(json_object_get(json, member));
}

static bool is_said(const char *words) {
	size_t index = 0;
	json_t *error = NULL;
	bool is_there = strstr(text_of(got.json, "message"), words) != NULL;
	json_array_foreach (json_object_get(got.json, "errors"), index, error) {
		is_there |= strstr(text_of(error, "message"), words) != NULL;
	}
	return is_there;
}

static bool is_same(const char *member, const json_t *reply) {
	return str_is_equal(text_of(got.json, member), text_of(reply, member));
}

static bool is_listed(const json_t *reply) {
	json_auto_t *errors = json_array();
	const json_t *expected = json_object_get(reply, "errors");
	size_t index = 0;
	json_t *error = NULL;
	json_array_foreach (json_object_get(got.json, "errors"), index, error) {
		json_array_append_new(errors,
			json_pack("[O, O]", json_object_get(error, "field"),
				json_object_get(error, "code")));
	}
	return expected == NULL ? json_array_size(errors) == 0 : json_equal(errors, expected);
}

static void check(const json_t *reply, bool has_correlation) {
	const json_t *hubspot = json_object_get(got.json, "hubspot");
	const char *outcome = text_of(reply, "outcome");
	const char *says = text_of(reply, "says");
	json_int_t status = json_integer_value(json_object_get(hubspot, "status"));
	expect(got.json != NULL, "it was no failure");
	expect(got.status == json_integer_value(json_object_get(reply, "http")), "status");
	expect(str_is_equal(text_of(got.json, "status"), "error"), "shape");
	expect(is_same("code", reply), "code");
	expect(is_listed(reply), "errors");
	expect(is_same("existing_id", reply), "existing_id");
	expect(json_is_true(json_object_get(got.json, "retryable")) ==
			json_is_true(json_object_get(reply, "retryable")),
		"retryable");
	expect(str_is_equal(
		       text_of(got.json, "outcome"), outcome != NULL ? outcome : "not_applied"),
		"outcome");
	expect((got.retry_after_ms > 0) == json_is_true(json_object_get(reply, "waits")),
		"Retry-After");
	expect(str_is_equal(text_of(hubspot, "category"), text_of(reply, "category")), "category");
	expect(str_is_equal(text_of(hubspot, "correlation_id"), has_correlation ? "aaaa-1" : NULL),
		"correlation id");
	expect(status >= 200 && status <= 599, "HubSpot's status");
	expect(says == NULL || is_said(says), "what is said");
}

static enum hubspot_kind kind_of(const char *asked) {
	static const char *const names[] = {[HUBSPOT_CREATE] = "create",
		[HUBSPOT_READ] = "read",
		[HUBSPOT_UPDATE] = "update",
		[HUBSPOT_RAW] = "raw"};
	for (size_t kind = HUBSPOT_READ; kind <= HUBSPOT_RAW; kind++) {
		if (names[kind] != NULL && str_is_equal(names[kind], asked)) {
			return (enum hubspot_kind)kind;
		}
	}
	fail_msg("%s is not asked", asked);
	return HUBSPOT_READ;
}

static void play(const json_t *shape) {
	const json_t *body = json_object_get(shape, "hubspot");
	char *text = json_dumps(body, JSON_COMPACT);
	looked_at = text_of(shape, "name");
	said.status = (int)json_integer_value(json_object_get(shape, "status"));
	said.retry_after_ms =
		(uint64_t)json_integer_value(json_object_get(shape, "retry_after_ms"));
	said.body = json_is_string(body) ? json_string_value(body) : text;
	ask(kind_of(text_of(shape, "asked")));
	check(json_object_get(shape, "reply"), text_of(body, "correlationId") != NULL);
	free(text);
}

static void test_every_shape(void **state) {
	json_error_t error;
	json_t *shapes = json_load_file(SHAPES, JSON_REJECT_DUPLICATES, &error);
	size_t index = 0;
	json_t *shape = NULL;
	if (shapes == NULL) {
		fail_msg("%s:%d: %s", SHAPES, error.line, error.text);
	}
	assert_true(json_array_size(shapes) >= 40);
	json_array_foreach (shapes, index, shape) {
		begin_again(state);
		play(shape);
	}
	json_decref(shapes);
}

/* ---- warnings of what went well ---- */

#define RESULT(more)                                                                               \
	"{\"status\":\"COMPLETE\",\"results\":[{\"id\":\"501\",\"properties\":{\"email\":\"a@b."   \
	"c\"},"                                                                                    \
	"\"createdAt\":\"x\",\"updatedAt\":\"x\",\"archived\":false" more                          \
	",\"objectWriteTraceId\":\"${trace}\"}]}"

static void create_is_answered(const char *body) {
	said.status = 201;
	said.body = body;
	ask(HUBSPOT_CREATE);
	assert_string_equal(got.id, "501");
}

static void test_warnings(void **state) {
	(void)state;
	create_is_answered(RESULT(
		",\"warnings\":[{\"category\":\"PROPERTY_VALUE_NORMALIZED\",\"message\":"
		"\"date_of_birth was normalized\",\"context\":{\"propertyName\":\"date_of_birth\","
		"\"rawValue\":\"1579179660000\",\"normalizedValue\":\"2020-01-16\"}},"
		"{\"category\":\"ODD\",\"message\":\"all of it\",\"context\":{}},"
		"{\"category\":\"PROPERTY_VALUE_NORMALIZED\",\"message\":\"m\",\"context\":{"
		"\"propertyName\":[\"zip\"]}}]"));
	char *text = json_dumps(got.warnings, JSON_COMPACT);
	assert_string_equal(text,
		"[{\"field\":\"/born\",\"code\":\"PROPERTY_VALUE_NORMALIZED\",\"message\":"
		"\"date_of_birth was normalized: 1579179660000 became 2020-01-16\"},"
		"{\"field\":\"\",\"code\":\"ODD\",\"message\":\"all of it\"},"
		"{\"field\":\"/zip\",\"code\":\"PROPERTY_VALUE_NORMALIZED\",\"message\":\"m\"}]");
	free(text);
}

/* A reply without any is not read, only looked through for its ids. */
static void test_no_warnings(void **state) {
	static const char *const bodies[] = {RESULT(""), RESULT(",\"warnings\" : [ ]"),
		RESULT(",\"propertiesWithHistory\":{\"warnings\":[1]}")};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		begin_again(state);
		create_is_answered(bodies[i]);
		assert_null(got.warnings);
		assert_false(got.has_record);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_shape, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_warnings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_warnings, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
