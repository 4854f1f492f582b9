/* What an application does with contacts, over real sockets, against the sandbox. */
#include "pair.h"

static int setup(void **state) {
	(void)state;
	start_pair(NULL);
	return 0;
}

static int teardown(void **state) {
	(void)state;
	stop_pair();
	return 0;
}

/* POST /contacts must bring `status`; the record's id goes to `id`. */
static void post(const char *query, const char *body, int status, char id[32]) {
	struct answer answer;
	char path[64];
	snprintf(path, sizeof(path), "/contacts%s", query);
	ask(host.base, "POST", path, body, status, &answer);
	snprintf(id, 32, "%s", json_string_value(json_at(answer.json, "/id")));
	answer_finish(&answer);
}

static void get(const char *path, int status, struct answer *answer) {
	ask(host.base, "GET", path, NULL, status, answer);
}

static void creates_then_updates(void **state) {
	static const char body[] = "{\"email\": \"john.doe@example.com\", \"firstname\": \"John\", "
				   "\"lastname\": \"Doe\", "
				   "\"phone\": \"123-456-7890\", \"company\": \"Example Corp\"}";
	struct answer first, second;
	(void)state;
	ask(host.base, "POST", "/contacts", body, 201, &first);
	expect(&first, "/status", "\"success\"");
	expect(&first, "/message", "\"Contact created successfully\"");
	expect(&first, "/action", "\"created\"");
	assert_true(strlen(json_string_value(json_at(first.json, "/hubspot_contact_id"))) > 0);
	assert_true(
		json_equal(json_at(first.json, "/id"), json_at(first.json, "/hubspot_contact_id")));
	assert_int_equal(json_object_size(first.json), 5);
	ask(host.base, "POST", "/contacts", body, 200, &second);
	expect(&second, "/message", "\"Contact updated successfully\"");
	expect(&second, "/action", "\"updated\"");
	assert_true(json_equal(json_at(first.json, "/id"), json_at(second.json, "/id")));
	answer_finish(&first);
	answer_finish(&second);
}

static void reads_by_id_and_by_address(void **state) {
	struct answer by_id, by_address;
	char id[32], path[128];
	(void)state;
	post("",
		"{\"email\": \"Zoe.Read@Example.com\", \"firstname\": \"Zo\\u00eb\", \"city\": "
		"\"S\\u00e3o Paulo\"}",
		201, id);
	snprintf(path, sizeof(path), "/contacts/%s", id);
	get(path, 200, &by_id);
	expect(&by_id, "/email", "\"zoe.read@example.com\"");
	expect(&by_id, "/firstname", "\"Zo\\u00eb\"");
	expect(&by_id, "/city", "\"S\\u00e3o Paulo\"");
	expect_absent(&by_id, "/lastname");
	assert_string_equal(json_string_value(json_at(by_id.json, "/id")), id);
	assert_non_null(json_at(by_id.json, "/created_at"));
	assert_non_null(json_at(by_id.json, "/updated_at"));
	get("/contacts/ZOE.read@example.com?id_property=email", 200, &by_address);
	assert_true(json_equal(by_id.json, by_address.json));
	answer_finish(&by_id);
	answer_finish(&by_address);
}

static void what_is_not_there_is_404(void **state) {
	static const char *const paths[] = {"/contacts/999999999", "/contacts/not-a-number",
		"/contacts/nobody@example.com?id_property=email"};
	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct answer answer;
		get(paths[i], 404, &answer);
		expect(&answer, "/code", "\"not_found\"");
		expect(&answer, "/retryable", "false");
		expect_absent(&answer, "/outcome");
		answer_finish(&answer);
	}
}

static void patches_part_of_a_record(void **state) {
	struct answer answer;
	char id[32], path[64];
	(void)state;
	post("", "{\"email\": \"pat@example.com\", \"firstname\": \"Pat\", \"lastname\": \"Ch\"}",
		201, id);
	snprintf(path, sizeof(path), "/contacts/%s", id);
	ask(host.base, "PATCH", path, "{\"lastname\": \"Changed\", \"firstname\": null}", 200,
		&answer);
	expect(&answer, "/action", "\"updated\"");
	answer_finish(&answer);
	get(path, 200, &answer);
	expect(&answer, "/lastname", "\"Changed\"");
	expect(&answer, "/email", "\"pat@example.com\"");
	expect_absent(&answer, "/firstname");
	answer_finish(&answer);
	ask(host.base, "PATCH", "/contacts/pat@example.com?id_property=email",
		"{\"city\": \"Ulm\"}", 200, &answer);
	answer_finish(&answer);
	get(path, 200, &answer);
	expect(&answer, "/city", "\"Ulm\"");
	answer_finish(&answer);
	ask(host.base, "PATCH", "/contacts/999999999", "{\"city\": \"Ulm\"}", 404, &answer);
	expect(&answer, "/outcome", "\"not_applied\"");
	answer_finish(&answer);
}

static void archives(void **state) {
	struct answer answer;
	char id[32], again[32], path[64];
	(void)state;
	post("", "{\"email\": \"gone@example.com\"}", 201, id);
	snprintf(path, sizeof(path), "/contacts/%s", id);
	ask(host.base, "DELETE", path, NULL, 204, &answer);
	assert_int_equal(answer.length, 0);
	answer_finish(&answer);
	get(path, 404, &answer);
	answer_finish(&answer);
	post("", "{\"email\": \"gone@example.com\"}", 201, again);
	assert_string_not_equal(id, again);
}

static void modes(void **state) {
	struct answer answer;
	char id[32], same[32];
	(void)state;
	ask(host.base, "POST", "/contacts?mode=update", "{\"email\": \"mode@example.com\"}", 404,
		&answer);
	expect(&answer, "/outcome", "\"not_applied\"");
	answer_finish(&answer);
	post("?mode=create", "{\"email\": \"mode@example.com\", \"city\": \"Bonn\"}", 201, id);
	ask(host.base, "POST", "/contacts?mode=create",
		"{\"email\": \"mode@example.com\", \"city\": \"Rome\"}", 409, &answer);
	expect(&answer, "/code", "\"conflict\"");
	assert_string_equal(json_string_value(json_at(answer.json, "/existing_id")), id);
	answer_finish(&answer);
	post("?mode=update", "{\"email\": \"MODE@example.com\", \"city\": \"Oslo\"}", 200, same);
	assert_string_equal(id, same);
	get("/contacts/mode@example.com?id_property=email", 200, &answer);
	expect(&answer, "/city", "\"Oslo\"");
	answer_finish(&answer);
	ask(host.base, "POST", "/contacts?mode=replace", "{\"email\": \"mode@example.com\"}", 400,
		&answer);
	assert_non_null(strstr(answer.text, "mode"));
	answer_finish(&answer);
}

static void a_declared_property_is_converted_both_ways(void **state) {
	struct answer answer;
	char id[32];
	(void)state;
	post("",
		"{\"email\": \"tea@example.com\", \"favourite_tea\": \"Darjeeling\", "
		"\"loyalty_points\": 9007199254740993}",
		201, id);
	get("/contacts/tea@example.com?id_property=email", 200, &answer);
	expect(&answer, "/favourite_tea", "\"Darjeeling\"");
	expect(&answer, "/loyalty_points", "9007199254740993");
	answer_finish(&answer);
	ask(host.base, "POST", "/contacts",
		"{\"email\": \"tea@example.com\", \"loyalty_points\": -1}", 422, &answer);
	expect(&answer, "/errors/0/field", "\"/loyalty_points\"");
	answer_finish(&answer);
	json_t *records = sandbox_state(sandbox.base, "contacts");
	size_t index, found = 0;
	json_t *record;
	json_array_foreach (json_object_get(records, "results"), index, record) {
		found += json_has(record, "/properties/email", "\"tea@example.com\"") &&
			json_has(record, "/properties/loyalty_points", "\"9007199254740993\"");
	}
	assert_int_equal(found, 1);
	json_decref(records);
}

static void a_secondary_address_keeps_the_primary_one(void **state) {
	struct answer answer;
	char id[32];
	(void)state;
	sandbox_control(sandbox.base,
		"{\"seed\": [{\"type\": \"contacts\", \"properties\": {\"email\": "
		"\"main@example.com\", "
		"\"hs_additional_emails\": \"old@example.com;older@example.com\"}}]}");
	get("/contacts/main@example.com?id_property=email", 200, &answer);
	snprintf(id, sizeof(id), "%s", json_string_value(json_at(answer.json, "/id")));
	answer_finish(&answer);
	ask(host.base, "POST", "/contacts",
		"{\"email\": \"Older@example.com\", \"city\": \"Kyiv\"}", 200, &answer);
	expect(&answer, "/action", "\"updated\"");
	assert_string_equal(json_string_value(json_at(answer.json, "/id")), id);
	answer_finish(&answer);
	get("/contacts/main@example.com?id_property=email", 200, &answer);
	expect(&answer, "/email", "\"main@example.com\"");
	expect(&answer, "/city", "\"Kyiv\"");
	answer_finish(&answer);
	ask(host.base, "POST", "/contacts?mode=create", "{\"email\": \"old@example.com\"}", 409,
		&answer);
	assert_string_equal(json_string_value(json_at(answer.json, "/existing_id")), id);
	answer_finish(&answer);
}

static void the_hosts_own_pages(void **state) {
	struct answer answer;
	(void)state;
	get("/healthz", 200, &answer);
	expect(&answer, "/status", "\"ok\"");
	answer_finish(&answer);
	get("/readyz", 200, &answer);
	expect(&answer, "/status", "\"ready\"");
	expect(&answer, "/hubspot", "\"up\"");
	answer_finish(&answer);
	get("/metrics", 200, &answer);
	assert_non_null(strstr(answer.text, "connector_hubspot_calls_total"));
	answer_finish(&answer);
}

static void the_log_tells_the_request_and_never_its_query(void **state) {
	const char *headers[] = {"X-Request-Id: my-own.id_7", NULL};
	struct client *client = client_open(host.base);
	struct answer answer;
	size_t from = process_line_count(host.process);
	(void)state;
	assert_true(client_ask(client, "GET", "/contacts/secret.name@example.com?id_property=email",
		headers, NULL, 0, &answer));
	assert_string_equal(answer_header(&answer, "x-request-id"), "my-own.id_7");
	expect(&answer, "/request_id", "\"my-own.id_7\"");
	answer_finish(&answer);
	client_close(client);
	const json_t *line = process_wait_line(host.process, "request", from, 2000);
	assert_true(json_has(line, "/request_id", "\"my-own.id_7\""));
	assert_true(json_has(line, "/route", "\"/contacts/{id}\""));
	assert_true(json_has(line, "/status", "404"));
	assert_int_equal(process_count_text(host.process, "id_property"), 0);
	assert_int_equal(process_count_text(host.process, "secret.name"), 0);
	assert_int_equal(process_count_text(host.process, TEST_TOKEN), 0);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creates_then_updates),
		cmocka_unit_test(reads_by_id_and_by_address),
		cmocka_unit_test(what_is_not_there_is_404),
		cmocka_unit_test(patches_part_of_a_record),
		cmocka_unit_test(archives),
		cmocka_unit_test(modes),
		cmocka_unit_test(a_declared_property_is_converted_both_ways),
		cmocka_unit_test(a_secondary_address_keeps_the_primary_one),
		cmocka_unit_test(the_hosts_own_pages),
		cmocka_unit_test(the_log_tells_the_request_and_never_its_query),
	};
	int failed = cmocka_run_group_tests(tests, setup, teardown);
	clear_pair();
	return failed;
}
