#include "bed.h"

#include "base/json.h"
#include "base/str.h"

/* ---- a document of a test's own routes ---- */

static int never(struct http_request *request, void *ctx) {
	(void)request;
	(void)ctx;
	fail_msg("no handler runs here");
	return HTTP_REPLIED;
}

static void add(struct http_route route) {
	char error[128] = "";
	route.handle = never;
	route.owner = route.owner != NULL ? route.owner : "quotes";
	route.scope = route.scope != NULL ? route.scope : "quotes:read";
	assert_true(http_add_route(bed.http, &route, error, sizeof(error)));
}

/* The document, borrowed until the next call. */
static json_t *make(void) {
	static json_t *document;
	size_t length = 0;
	json_decref(document);
	document = NULL;
	if (bed.api == NULL) {
		return NULL;
	}
	api_make_document(bed.api, bed.http);
	const char *text = api_document(bed.api, &length);
	assert_int_equal(strlen(text), length);
	document = json_loads(text, 0, NULL);
	assert_non_null(document);
	return document;
}

static int close_all(void **state) {
	struct api *api = bed.api;
	bed.api = NULL;
	make();
	bed.api = api;
	return bed_close(state);
}

static json_t *operation(json_t *document, const char *path, const char *method) {
	return json_object_get(json_object_get(json_object_get(document, "paths"), path), method);
}

static const char *id_of(json_t *document, const char *path, const char *method) {
	return json_member_text(operation(document, path, method), "operationId");
}

static json_t *response(
	json_t *document, const char *path, const char *method, const char *status) {
	return json_object_get(
		json_object_get(operation(document, path, method), "responses"), status);
}

/* ---- which routes, and how they are called ---- */

static void test_names(void **state) {
	(void)state;
	add((struct http_route){.method = "GET", .path = "/quotes/{id}/line-items"});
	add((struct http_route){.method = "POST", .path = "/quotes"});
	add((struct http_route){.method = "GET", .path = "/quotes"});
	add((struct http_route){.method = "GET", .path = "/quo-tes"});
	add((struct http_route){.method = "GET", .path = "/quo/tes"});
	json_t *document = make();
	assert_string_equal(
		id_of(document, "/quotes/{id}/line-items", "get"), "getQuotesByIdLineItems");
	assert_string_equal(id_of(document, "/quotes", "post"), "postQuotes");
	assert_string_equal(id_of(document, "/quotes", "get"), "getQuotes");
	assert_string_equal(id_of(document, "/quo-tes", "get"), "getQuoTes");
	assert_string_equal(id_of(document, "/quo/tes", "get"), "getQuoTes2");
}

static void test_any_method_and_tail(void **state) {
	(void)state;
	static const char *const METHODS[] = {"get", "post", "put", "patch", "delete"};
	add((struct http_route){.path = "/through/{rest...}", .flags = HTTP_ROUTE_RAW_BODY});
	json_t *document = make();
	for (size_t i = 0; i < sizeof(METHODS) / sizeof(METHODS[0]); i++) {
		json_t *one = operation(document, "/through/{rest}", METHODS[i]);
		json_t *parameter = json_array_get(json_object_get(one, "parameters"), 0);
		assert_string_equal(json_member_text(parameter, "name"), "rest");
		assert_true(json_is_true(json_object_get(parameter, "required")));
	}
	assert_int_equal(json_object_size(json_object_get(
				 json_object_get(document, "paths"), "/through/{rest}")),
		5);
}

/* OpenAPI takes "/a/{b}" and "/a/{c}" for one path. */
static void test_one_path_for_a_shape(void **state) {
	(void)state;
	add((struct http_route){.method = "GET", .path = "/a/{b}/x"});
	add((struct http_route){.method = "PUT", .path = "/a/{c}/x"});
	json_t *document = make();
	assert_null(operation(document, "/a/{c}/x", "put"));
	json_t *parameters = json_object_get(operation(document, "/a/{b}/x", "put"), "parameters");
	assert_string_equal(json_member_text(json_array_get(parameters, 0), "name"), "b");
}

static void test_what_is_left_out(void **state) {
	(void)state;
	add((struct http_route){.method = "GET", .path = "/hidden", .flags = HTTP_ROUTE_HIDDEN});
	add((struct http_route){.method = "GET",
		.path = "/internal",
		.flags = HTTP_ROUTE_INTERNAL | HTTP_ROUTE_OPEN});
	add((struct http_route){.method = "PURGE", .path = "/purge"});
	json_t *paths = json_object_get(make(), "paths");
	assert_null(json_object_get(paths, "/hidden"));
	assert_null(json_object_get(paths, "/internal"));
	assert_null(json_object_get(paths, "/purge"));
	assert_null(json_object_get(paths, "/docs/{file}"));
	static const char *const OWN[] = {
		"/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"};
	for (size_t i = 0; i < sizeof(OWN) / sizeof(OWN[0]); i++) {
		assert_non_null(json_object_get(paths, OWN[i]));
	}
	assert_int_equal(json_object_size(paths), 5);
}

/* ---- what http adds ---- */

static void test_refusals(void **state) {
	(void)state;
	add((struct http_route){.method = "GET", .path = "/a"});
	add((struct http_route){.method = "POST", .path = "/a"});
	add((struct http_route){.method = "POST", .path = "/open", .flags = HTTP_ROUTE_OPEN});
	json_t *document = make();
	assert_non_null(response(document, "/a", "get", "401"));
	assert_non_null(response(document, "/a", "get", "403"));
	assert_non_null(response(document, "/a", "get", "429"));
	assert_null(response(document, "/a", "get", "422"));
	assert_null(response(document, "/a", "get", "415"));
	assert_non_null(response(document, "/a", "post", "422")); /* its Idempotency-Key */
	assert_null(response(document, "/open", "post", "401"));
	assert_null(response(document, "/open", "post", "422"));
	assert_int_equal(
		json_array_size(json_object_get(operation(document, "/open", "post"), "security")),
		0);
	json_t *secured = operation(document, "/a", "get");
	assert_int_equal(json_array_size(json_object_get(secured, "security")), 3);
	assert_non_null(strstr(json_member_text(secured, "description"), "`quotes:read`"));
}

static bool describe(
	const struct http_route *route, struct http_description *description, void *ctx) {
	json_auto_t *schema = json_loads(
		"{\"$ref\":\"#/$defs/n\",\"$defs\":{\"n\":{\"type\":\"integer\"}}}", 0, NULL);
	assert_string_equal(route->path, "/a/{id}");
	http_describe_schema(description, "Used", schema);
	http_describe_schema(description, "Unused", schema);
	json_object_set_new(description->operation, "responses",
		json_loads("{\"200\":{\"description\":\"Yes.\",\"content\":{\"application/json\":"
			   "{\"schema\":{\"$ref\":\"#/components/schemas/Used\"}}}}}",
			0, NULL));
	json_object_set_new(description->operation, "operationId", json_string("own"));
	return ctx == NULL;
}

static void test_described(void **state) {
	(void)state;
	static int left_out;
	add((struct http_route){.method = "GET", .path = "/a/{id}", .describe = describe});
	add((struct http_route){
		.method = "PUT", .path = "/a/{id}", .describe = describe, .ctx = &left_out});
	json_t *document = make();
	json_t *schemas = json_object_get(json_object_get(document, "components"), "schemas");
	assert_string_equal(id_of(document, "/a/{id}", "get"), "own");
	assert_null(operation(document, "/a/{id}", "put"));
	assert_string_equal(json_member_text(json_object_get(schemas, "Used"), "$ref"),
		"#/components/schemas/Used_n");
	assert_non_null(json_object_get(schemas, "Used_n"));
	assert_null(json_object_get(schemas, "Unused"));
	json_t *headers = json_object_get(response(document, "/a/{id}", "get", "200"), "headers");
	assert_non_null(json_object_get(headers, "X-Request-Id"));
	assert_null(json_object_get(headers, "Idempotent-Replayed"));
	/* What is described is all that it may reply, with http's own. */
	assert_null(response(document, "/a/{id}", "get", "default"));
}

static void test_tags_in_order(void **state) {
	(void)state;
	add((struct http_route){.method = "GET", .path = "/b", .owner = "beta"});
	add((struct http_route){.method = "GET", .path = "/a", .owner = "alpha"});
	json_t *tags = json_object_get(make(), "tags");
	assert_int_equal(json_array_size(tags), 3);
	assert_string_equal(json_member_text(json_array_get(tags, 0), "name"), "beta");
	assert_string_equal(json_member_text(json_array_get(tags, 2), "name"), "connector");
}

/* ---- the page of it ---- */

static void test_page(void **state) {
	(void)state;
	assert_int_equal(get("/openapi.json"), 503);
	assert_string_equal(json_member_text(fake_reply()->body, "code"), "starting");
	make();
	assert_int_equal(get("/openapi.json"), 200);
	assert_string_equal(fake_reply()->type, "application/json; charset=utf-8");
	char etag[64];
	snprintf(etag, sizeof(etag), "%s", json_member_text(fake_reply()->headers, "ETag"));
	fake_set_header(bed.http, "If-None-Match", etag);
	assert_int_equal(get("/openapi.json"), 304);
	fake_set_header(bed.http, "If-None-Match", "\"another\"");
	assert_int_equal(get("/openapi.json"), 200);
	assert_int_equal(get("/openapi.json?a=1"), 400);
}

static void test_docs_that_are_not_there(void **state) {
	(void)state;
	assert_int_equal(get("/docs"), 404);
	assert_string_equal(json_member_text(fake_reply()->body, "code"), "docs_not_installed");
	assert_non_null(strstr(json_member_text(fake_reply()->body, "message"), "--with-docs"));
	assert_int_equal(get("/docs/docs.js"), 404);
	assert_int_equal(get("/docs/passwd"), 404);
	assert_string_equal(json_member_text(fake_reply()->body, "code"), "not_found");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bed_open, close_all)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_names),
		TEST(test_any_method_and_tail),
		TEST(test_one_path_for_a_shape),
		TEST(test_what_is_left_out),
		TEST(test_refusals),
		TEST(test_described),
		TEST(test_tags_in_order),
		TEST(test_page),
		TEST(test_docs_that_are_not_there),
	};
	return cmocka_run_group_tests_name("api/openapi", tests, NULL, NULL);
}
