/* /openapi.json and /docs over real sockets: who may read them, their headers, and the document
 * printed without a port. */
#include <string.h>

#include "kit.h"

static struct host host;

static int close_host(void **state) {
	(void)state;
	host_clear(&host);
	return 0;
}

static const char *const SERVE[] = {"serve", "--sandbox", NULL};

static void make_key(const char *folder, char path[256], char key[64]) {
	const char *arguments[] = {
		"key", "new", "reader", "--scope", "nothing:read", "--file", path, NULL};
	snprintf(path, 256, "%s/keys.json", folder);
	struct process *process = process_start(arguments, (const char *const[]){NULL});
	assert_int_equal(process_wait(process, START_LIMIT_MS), 0);
	key[0] = '\0';
	for (size_t i = 0; i < process_line_count(process); i++) {
		const char *line = process_line(process, i);
		if (strncmp(line, "hsc_", 4) == 0) {
			snprintf(key, 64, "%.*s", (int)strcspn(line, "{\n"), line);
		}
	}
	assert_true(key[0] != '\0');
	process_destroy(process);
}

/* One exchange with these headers. */
static int get(const char *path, const char *header, struct answer *answer) {
	const char *headers[] = {header, NULL};
	struct client *client = client_open(host.base);
	assert_true(client_ask(client, "GET", path, headers, NULL, 0, answer));
	client_close(client);
	return answer->status;
}

/* POST /contacts in the document; borrowed. */
static json_t *contacts_post(const struct answer *answer) {
	json_t *path = json_object_get(json_at(answer->json, "/paths"), "/contacts");
	return json_object_get(path, "post");
}

static void test_document(void **state) {
	(void)state;
	struct answer answer = {0};
	char header[64];
	host_start(&host, SERVE, NULL,
		(const char *const[]){"CONNECTOR_PUBLIC_URL=https://crm.acme.test/hubspot", NULL});
	ask(host.base, "GET", "/openapi.json", NULL, 200, &answer);
	expect(&answer, "/openapi", "\"3.1.0\"");
	expect(&answer, "/servers/0/url", "\"https://crm.acme.test/hubspot\"");
	assert_string_equal(
		json_string_value(json_object_get(contacts_post(&answer), "operationId")),
		"createOrUpdateContact");
	expect(&answer, "/components/schemas/Contact/properties/lead_status/x-hubspot-property",
		"\"hs_lead_status\"");
	/* The sandbox is no part of what is offered. */
	assert_null(strstr(answer.text, "/sandbox"));
	assert_string_equal(
		answer_header(&answer, "content-type"), "application/json; charset=utf-8");
	assert_string_equal(answer_header(&answer, "cache-control"), "no-cache");
	snprintf(header, sizeof(header), "If-None-Match: %s", answer_header(&answer, "etag"));
	answer_finish(&answer);

	assert_int_equal(get("/v1/openapi.json", header, &answer), 304);
	assert_int_equal(answer.length, 0);
	answer_finish(&answer);
	assert_int_equal(get("/openapi.json", "If-None-Match: \"other\"", &answer), 200);
	answer_finish(&answer);
	ask(host.base, "GET", "/openapi.json?a=1", NULL, 400, &answer);
	answer_finish(&answer);
	host_stop(&host);
}

static void test_page(void **state) {
	(void)state;
	struct answer answer = {0};
	host_start(&host, SERVE, NULL, NULL);
	int status = get("/docs", NULL, &answer);
	if (status == 404) {
		/* Without npm the build has no page, and it says what to do. */
		expect(&answer, "/code", "\"docs_not_installed\"");
		assert_non_null(strstr(answer.text, "--with-docs"));
		answer_finish(&answer);
		host_stop(&host);
		return;
	}
	assert_int_equal(status, 200);
	assert_string_equal(answer_header(&answer, "content-type"), "text/html; charset=utf-8");
	const char *policy = answer_header(&answer, "content-security-policy");
	assert_non_null(strstr(policy, "default-src 'none'"));
	assert_non_null(strstr(policy, "script-src 'self';"));
	assert_null(strstr(policy, "unsafe"));
	assert_null(strstr(answer.text, "https://"));
	assert_null(strstr(answer.text, "style="));
	answer_finish(&answer);
	static const struct {
		const char *path, *type;
	} files[] = {{"/docs/docs.js", "text/javascript; charset=utf-8"},
		{"/v1/docs/docs.css", "text/css; charset=utf-8"},
		{"/docs/docs.svg", "image/svg+xml"},
		{"/docs/swagger-ui.css", "text/css; charset=utf-8"},
		{"/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8"}};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_int_equal(get(files[i].path, NULL, &answer), 200);
		assert_string_equal(answer_header(&answer, "content-type"), files[i].type);
		assert_string_equal(answer_header(&answer, "x-content-type-options"), "nosniff");
		assert_non_null(answer_header(&answer, "etag"));
		answer_finish(&answer);
	}
	ask(host.base, "GET", "/docs/index.html", NULL, 404, &answer);
	answer_finish(&answer);
	ask(host.base, "GET", "/docs/..%2f..%2fhubspot-connector", NULL, 400, &answer);
	answer_finish(&answer);
	host_stop(&host);
}

static void test_keys(void **state) {
	(void)state;
	struct answer answer = {0};
	char folder[] = "/tmp/hsc-docs-XXXXXX", path[256], key[64], header[96], setting[300];
	assert_non_null(mkdtemp(folder));
	make_key(folder, path, key);
	snprintf(setting, sizeof(setting), "CONNECTOR_API_KEYS_FILE=%s", path);
	host_start(&host, SERVE, NULL,
		(const char *const[]){setting, "CONNECTOR_ALLOW_ANONYMOUS",
			"CONNECTOR_ADMIN_LISTEN=127.0.0.1:0", NULL});

	assert_int_equal(get("/openapi.json", NULL, &answer), 401);
	answer_finish(&answer);
	assert_int_equal(get("/openapi.json", "X-API-Key: hsc_wrong", &answer), 401);
	answer_finish(&answer);
	snprintf(header, sizeof(header), "X-API-Key: %s", key);
	assert_int_equal(get("/openapi.json", header, &answer), 200); /* whatever its scopes */
	json_t *ways = json_object_get(contacts_post(&answer), "security");
	assert_int_equal(json_array_size(ways), 2); /* none without a key */
	answer_finish(&answer);
	assert_int_equal(get("/metrics", header, &answer), 403);
	answer_finish(&answer);
	int page = get("/docs", NULL, &answer);
	assert_true(page == 200 || page == 404); /* it is open, if it is there */
	answer_finish(&answer);

	/* An admin listener asks nobody. */
	const json_t *line = process_wait_line(host.process, "admin listener", 0, START_LIMIT_MS);
	assert_non_null(line);
	char base[96];
	snprintf(base, sizeof(base), "http://%s",
		json_string_value(json_object_get(line, "address")));
	ask(base, "GET", "/openapi.json", NULL, 200, &answer);
	answer_finish(&answer);
	host_stop(&host);
	folder_remove(folder);
}

static void test_printed(void **state) {
	(void)state;
	const char *arguments[] = {"openapi", NULL};
	struct process *process =
		process_start(arguments, (const char *const[]){"CONNECTOR_LOG_FORMAT=json", NULL});
	assert_int_equal(process_wait(process, START_LIMIT_MS), 0);
	assert_int_equal(process_count_text(process, "\"openapi\":\"3.1.0\""), 1);
	assert_int_equal(process_count_text(process, "\"event\":\"ready\""), 0);
	process_destroy(process);

	const char *wrong[] = {"openapi", "--plugin", "/nowhere.so", NULL};
	process = process_start(wrong, (const char *const[]){"CONNECTOR_LOG_FORMAT=json", NULL});
	assert_int_equal(process_wait(process, START_LIMIT_MS), 1);
	assert_non_null(strstr(process_refusal(process), "/nowhere.so"));
	process_destroy(process);

	process = host_start_refused(
		SERVE, NULL, (const char *const[]){"CONNECTOR_PUBLIC_URL=crm.acme.test", NULL});
	assert_int_equal(process_wait(process, START_LIMIT_MS), 2);
	assert_non_null(strstr(process_refusal(process), "CONNECTOR_PUBLIC_URL"));
	process_destroy(process);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_document, close_host),
		cmocka_unit_test_teardown(test_page, close_host),
		cmocka_unit_test_teardown(test_keys, close_host),
		cmocka_unit_test(test_printed),
	};
	return cmocka_run_group_tests_name("live_docs", tests, NULL, NULL);
}
