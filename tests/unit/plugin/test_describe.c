/* What an API document says of a plugin's routes. */
#include "border.h"

#include "base/json.h"

static int take(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)host;
	(void)request;
	(void)state;
	fail_msg("no handler runs here");
	return HSC_REPLIED;
}

static int add_routes(const struct hsc_host *host) {
	static const struct hsc_route ROUTES[] = {
		HSC_ROUTE(.method = "POST", .path = "/leads", .body_schema = "leads.lead",
			.query_schema = "leads.query", .reply_schema = "answer", .handle = take),
		HSC_ROUTE(.path = "/files/{rest...}", .flags = HSC_ROUTE_RAW_BODY, .handle = take),
		HSC_ROUTE(.method = "GET", .path = "/secret", .flags = HSC_ROUTE_HIDDEN,
			.handle = take)};
	int error = host->http->add_schema(host, "leads.lead",
		"{\"$id\":\"urn:lead\",\"examples\":[{\"name\":\"Ada\"}],\"properties\":{"
		"\"name\":{\"$ref\":\"#/$defs/name\"},\"boss\":{\"$ref\":\"urn:lead\"}},"
		"\"$defs\":{\"name\":{\"type\":\"string\"}}}");
	error |= host->http->add_schema(host, "leads.query",
		"{\"type\":\"object\",\"required\":[\"a\"],\"properties\":{\"a\":{\"type\":"
		"\"integer\",\"description\":\"How many\"},\"b\":{}}}");
	error |= host->http->add_schema(host, "answer", "{\"type\":\"object\"}");
	for (size_t i = 0; i < sizeof(ROUTES) / sizeof(ROUTES[0]); i++) {
		error |= host->http->add_route(host, &ROUTES[i]);
	}
	return error;
}

static struct probe probe = {.init = add_routes};

static const json_t *at(const json_t *json, const char *const *names) {
	for (; *names != NULL; names++) {
		json = json_object_get(json, *names);
	}
	return json;
}
#define AT(json, ...) at(json, (const char *const[]){__VA_ARGS__, NULL})

static void schemas_are_told(void **state) {
	struct border *border = *state;
	border_probe(border, &probe, NULL);
	json_auto_t *operation = json_object();
	json_auto_t *schemas = json_object();
	json_auto_t *tags = json_object();
	struct http_description description = {operation, schemas, tags};
	const struct http_route *route = fake_http_route(border->http, "POST", "/leads");
	assert_true(route->describe(route, &description, route->ctx));

	const json_t *body = AT(operation, "requestBody", "content", "application/json");
	assert_string_equal(
		json_member_text(AT(body, "schema"), "$ref"), "#/components/schemas/leads.lead");
	assert_string_equal(json_member_text(AT(body, "example"), "name"), "Ada");
	const json_t *lead = AT(schemas, "leads.lead");
	assert_null(AT(lead, "$id"));
	assert_string_equal(json_member_text(AT(lead, "properties", "name"), "$ref"),
		"#/components/schemas/leads.lead_name");
	assert_string_equal(json_member_text(AT(lead, "properties", "boss"), "$ref"),
		"#/components/schemas/leads.lead");
	assert_non_null(AT(schemas, "leads.lead_name"));

	const json_t *parameters = AT(operation, "parameters");
	assert_int_equal(json_array_size(parameters), 2);
	const json_t *a = json_array_get(parameters, 0);
	assert_string_equal(json_member_text(a, "in"), "query");
	assert_string_equal(json_member_text(a, "description"), "How many");
	assert_true(json_is_true(AT(a, "required")));
	assert_false(json_is_true(AT(json_array_get(parameters, 1), "required")));

	/* an id without a dot could be an object's */
	assert_string_equal(json_member_text(AT(operation, "responses", "2XX", "content",
						     "application/json", "schema"),
				    "$ref"),
		"#/components/schemas/probe.answer");
	assert_non_null(AT(operation, "responses", "500"));
	assert_non_null(AT(operation, "responses", "default"));
}

static void raw_and_hidden(void **state) {
	struct border *border = *state;
	border_probe(border, &probe, NULL);
	json_auto_t *operation = json_object();
	json_auto_t *schemas = json_object();
	struct http_description description = {operation, schemas, NULL};
	const struct http_route *route = fake_http_route(border->http, NULL, "/files/{rest...}");
	assert_true(route->describe(route, &description, route->ctx));
	assert_non_null(AT(operation, "requestBody", "content", "*/*"));
	assert_null(AT(operation, "responses", "2XX", "content"));
	assert_int_equal(json_object_size(schemas), 0);
	assert_null(fake_http_route(border->http, "GET", "/secret")->describe);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(schemas_are_told, border_set_up, border_tear_down),
		cmocka_unit_test_setup_teardown(raw_and_hidden, border_set_up, border_tear_down),
	};
	return cmocka_run_group_tests_name("plugin/describe", tests, NULL, NULL);
}
