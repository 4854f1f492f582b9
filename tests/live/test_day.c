/*
 * A day in the life: a company, its people, deals through their stages, tickets, a search, lists, a
 * batch with some bad rows; and every value is the same when it comes back.
 */
#include "pair.h"

enum { PEOPLE = 500, BATCH = 1000, PATH_SIZE = 256 };

static char company_id[32], person_id[32], deal_id[32], ticket_id[32];

static void copy_id(const struct answer *answer, char id[32]) {
	const char *text = json_string_value(json_at(answer->json, "/id"));
	assert_non_null(text);
	snprintf(id, 32, "%s", text);
}

/* Sends `body` (taken), and remembers the record's id. */
static void create(const char *path, json_t *body, char id[32]) {
	struct answer answer;
	char *text = json_dumps(body, JSON_COMPACT);
	ask(host.base, "POST", path, text, 201, &answer);
	expect(&answer, "/action", "\"created\"");
	copy_id(&answer, id);
	answer_finish(&answer);
	json_decref(body);
	free(text);
}

static json_t *read_record(const char *path, const char *id) {
	struct answer answer;
	char place[PATH_SIZE];
	snprintf(place, sizeof(place), "%s/%s", path, id);
	ask(host.base, "GET", place, NULL, 200, &answer);
	json_t *record = json_incref(answer.json);
	answer_finish(&answer);
	return record;
}

static void patch(const char *path, const char *id, const char *body) {
	struct answer answer;
	char place[PATH_SIZE];
	snprintf(place, sizeof(place), "%s/%s", path, id);
	ask(host.base, "PATCH", place, body, 200, &answer);
	answer_finish(&answer);
}

/* Is all that was sent there again, in the same form? */
static void comes_back(const char *path, const char *id, const json_t *sent) {
	json_t *record = read_record(path, id);
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)sent, name, value) {
		const json_t *stored = json_object_get(record, name);
		if (stored == NULL || !json_equal((json_t *)stored, value)) {
			char *text = json_dumps(record, JSON_INDENT(1));
			fail_msg("%s/%s: %s is not what was sent, in %s", path, id, name, text);
		}
	}
	json_decref(record);
}

static void write_and_read(const char *path, json_t *sent, char id[32]) {
	create(path, json_incref(sent), id);
	comes_back(path, id, sent);
	json_decref(sent);
}

static size_t linked(const char *path, const char *id, const char *to) {
	struct answer answer;
	char place[PATH_SIZE];
	snprintf(place, sizeof(place), "%s/%s/%s", path, id, to);
	ask(host.base, "GET", place, NULL, 200, &answer);
	size_t count = json_array_size(json_at(answer.json, "/results"));
	answer_finish(&answer);
	return count;
}

static void a_company_and_its_people(void) {
	write_and_read("/companies",
		json_pack("{ss ss ss ss si}", "name", "Analytical Engines & Söhne", "domain",
			"engines.example", "city", "London", "phone", "+44 20 7946 0000",
			"numberofemployees", 12),
		company_id);
	write_and_read("/contacts",
		json_pack("{ss ss ss ss ss}", "email", "ada@engines.example", "firstname", "Ada",
			"lastname", "Lovelace \"Countess\"", "jobtitle", "Mathematikerin",
			"website", "https://engines.example/?a=1&b=2"),
		person_id);
	char other[32];
	create("/contacts",
		json_pack("{ss ss s{s[{ss}]}}", "email", "charles@engines.example", "firstname",
			"Charles", "associations", "companies", "domain", "engines.example"),
		other);
	assert_int_equal(linked("/contacts", other, "companies"), 1);
	assert_int_equal(linked("/contacts", person_id, "companies"), 0);
	struct answer answer;
	char place[PATH_SIZE];
	snprintf(place, sizeof(place), "/contacts/%s/companies/%s", person_id, company_id);
	ask(host.base, "PUT", place, NULL, 200, &answer);
	answer_finish(&answer);
	assert_int_equal(linked("/companies", company_id, "contacts"), 2);
}

static void a_deal_through_its_stages(void) {
	write_and_read("/deals",
		json_pack("{ss ss sf ss}", "name", "Difference engine no. 2", "stage",
			"appointmentscheduled", "amount", 17470.35, "closedate",
			"2026-12-24T10:30:00Z"),
		deal_id);
	static const char *const stages[] = {"qualifiedtobuy", "contractsent", "closedwon"};
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		char body[64];
		snprintf(body, sizeof(body), "{\"stage\": \"%s\"}", stages[i]);
		patch("/deals", deal_id, body);
		json_t *deal = read_record("/deals", deal_id);
		assert_string_equal(json_string_value(json_object_get(deal, "stage")), stages[i]);
		assert_float_equal(json_number_value(json_object_get(deal, "amount")), 17470.35, 0);
		json_decref(deal);
	}
	struct answer answer;
	ask(host.base, "POST", "/deals", "{\"name\": \"x\", \"stage\": \"no such stage\"}", 422,
		&answer);
	expect(&answer, "/errors/0/field", "\"/stage\"");
	answer_finish(&answer);
}

static void a_ticket(void) {
	write_and_read("/tickets",
		json_pack("{ss ss ss}", "subject", "The gears grind", "description",
			"Since Tuesday.\nBadly.", "stage", "1"),
		ticket_id);
	patch("/tickets", ticket_id, "{\"description\": null, \"priority\": \"HIGH\"}");
	json_t *ticket = read_record("/tickets", ticket_id);
	assert_null(json_object_get(ticket, "description"));
	assert_string_equal(json_string_value(json_object_get(ticket, "priority")), "HIGH");
	json_decref(ticket);
	struct answer answer;
	char place[PATH_SIZE];
	snprintf(place, sizeof(place), "/tickets/%s", ticket_id);
	ask(host.base, "DELETE", place, NULL, 204, &answer);
	answer_finish(&answer);
	ask(host.base, "GET", place, NULL, 404, &answer);
	answer_finish(&answer);
}

/* The contact of this number, as it is sent: no two have a value in common, but for the city. */
static json_t *person(size_t number) {
	static const char *const names[] = {
		"Zoë", "Łukasz", "Ἀθηνᾶ", "名前", "😀 O'Neil", "a;b \"c\\"};
	return json_pack("{so so ss}", "email", json_sprintf("person.%zu@many.example", number),
		"firstname",
		json_sprintf("%s %zu", names[number % (sizeof(names) / sizeof(names[0]))], number),
		"city", "Turin");
}

/* `count` contacts numbered from `first`, those at `bad` (ends in 0) without an address that could
 * be one. */
static char *batch_of(size_t first, size_t count, const size_t *bad) {
	json_t *inputs = json_array();
	for (size_t i = 0; i < count; i++) {
		json_t *input = person(first + i);
		if (*bad != 0 && *bad == i) {
			json_object_set_new(input, "email", json_sprintf("nobody %zu", first + i));
			bad++;
		}
		json_array_append_new(inputs, input);
	}
	json_t *body = json_pack("{so}", "inputs", inputs);
	char *text = json_dumps(body, JSON_COMPACT);
	json_decref(body);
	return text;
}

static void a_batch_with_bad_rows(void) {
	static const size_t bad[] = {1, 500, 999, 0};
	struct answer answer;
	char *body = batch_of(1, BATCH, bad);
	ask(host.base, "POST", "/contacts/batch", body, 207, &answer);
	expect(&answer, "/status", "\"partial\"");
	expect(&answer, "/counts", "{\"created\": 997, \"updated\": 0, \"failed\": 3}");
	for (size_t i = 0; i < BATCH; i++) {
		const json_t *result = json_array_get(json_at(answer.json, "/results"), i);
		bool is_bad = i == bad[0] || i == bad[1] || i == bad[2];
		assert_int_equal(json_integer_value(json_object_get(result, "index")), i);
		assert_string_equal(json_string_value(json_object_get(result, "status")),
			is_bad ? "error" : "success");
	}
	answer_finish(&answer);
	ask(host.base, "POST", "/contacts/batch", body, 207, &answer);
	expect(&answer, "/counts", "{\"created\": 0, \"updated\": 997, \"failed\": 3}");
	answer_finish(&answer);
	free(body);
}

/* Is this one of a batch, and all of it as it was sent? Then it is one of `people`, once. */
static void compare(const json_t *record, json_t *people) {
	const char *email = json_string_value(json_object_get(record, "email"));
	size_t number = 0;
	if (email == NULL || sscanf(email, "person.%zu@", &number) != 1) {
		return;
	}
	json_t *sent = person(number);
	const char *name;
	json_t *value;
	json_object_foreach (sent, name, value) {
		const json_t *told = json_object_get(record, name);
		if (told == NULL || !json_equal(told, value)) {
			fail_msg("%s of person %zu is not what was sent", name, number);
		}
	}
	json_decref(sent);
	assert_null(json_object_get(people, email));
	json_object_set_new(people, email, json_true());
}

/* Each record once, by the pages of a list or a search; how many there are. All of the batches that
 * are among them are as they were sent; those are `people`. */
static size_t page_through(const char *method, const char *city, size_t people) {
	json_t *seen = json_object();
	json_t *compared = json_object();
	char after[2048] = "";
	do {
		struct answer answer;
		char path[4096], body[4096];
		snprintf(path, sizeof(path), "/contacts?limit=100%s%s",
			*after != '\0' ? "&after=" : "", after);
		snprintf(body, sizeof(body),
			"{\"filters\": [{\"property\": \"city\", \"operator\": \"EQ\", \"value\": "
			"\"%s\"}], "
			"\"limit\": 100%s%s%s}",
			city, *after != '\0' ? ", \"after\": \"" : "", after,
			*after != '\0' ? "\"" : "");
		bool is_search = strcmp(method, "POST") == 0;
		ask(host.base, method, is_search ? "/contacts/search" : path,
			is_search ? body : NULL, 200, &answer);
		size_t index;
		json_t *record;
		json_array_foreach (json_at(answer.json, "/results"), index, record) {
			const char *id = json_string_value(json_object_get(record, "id"));
			assert_null(json_object_get(seen, id));
			json_object_set_new(seen, id, json_true());
			compare(record, compared);
		}
		const char *next = json_string_value(json_at(answer.json, "/paging/next/after"));
		snprintf(after, sizeof(after), "%s", next != NULL ? next : "");
		answer_finish(&answer);
	} while (*after != '\0');
	size_t count = json_object_size(seen);
	assert_int_equal(json_object_size(compared), people);
	json_decref(compared);
	json_decref(seen);
	return count;
}

static void pages(void) {
	static const size_t none[] = {0};
	struct answer answer;
	char *body = batch_of(2000, PEOPLE, none);
	ask(host.base, "POST", "/contacts/batch", body, 200, &answer);
	answer_finish(&answer);
	free(body);
	const size_t people = BATCH - 3 + PEOPLE;
	assert_int_equal(page_through("GET", NULL, people), people + 2);
	assert_int_equal(page_through("POST", "Turin", people), people);
	assert_int_equal(page_through("POST", "Nowhere", 0), 0);
}

static void a_day_in_the_life(void **state) {
	(void)state;
	start_pair(NULL);
	sandbox_control(sandbox.base, "{\"search_lag_ms\": 0}");
	a_company_and_its_people();
	a_deal_through_its_stages();
	a_ticket();
	a_batch_with_bad_rows();
	pages();
	patch("/contacts", person_id,
		"{\"jobtitle\": \"\", \"website\": null, \"city\": \"Paris\"}");
	json_t *person = read_record("/contacts", person_id);
	assert_null(json_object_get(person, "jobtitle"));
	assert_null(json_object_get(person, "website"));
	assert_string_equal(json_string_value(json_object_get(person, "city")), "Paris");
	json_decref(person);
	stop_pair();
}

/* ---- fifty at once with one Idempotency-Key ---- */

enum { AT_ONCE = 50 };

static char *replies[AT_ONCE];

static void post_with_key(struct client *client, size_t index, void *ctx) {
	static const char *const headers[] = {"Idempotency-Key: \"4711\"", NULL};
	const char *body = "{\"subject\": \"Only once\", \"stage\": \"1\"}";
	struct answer answer;
	(void)ctx;
	client_ask(client, "POST", "/tickets", headers, body, strlen(body), &answer);
	replies[index] = answer.status == 201 ? strdup(answer.text) : NULL;
	answer_finish(&answer);
}

static void one_ticket_for_fifty_with_one_key(void **state) {
	(void)state;
	start_pair(NULL);
	sandbox_control(sandbox.base, "{\"latency_ms\": 50}");
	run_workers(host.base, AT_ONCE, post_with_key, NULL);
	for (size_t i = 0; i < AT_ONCE; i++) {
		assert_non_null(replies[i]);
		assert_string_equal(replies[i], replies[0]);
	}
	for (size_t i = 0; i < AT_ONCE; i++) {
		free(replies[i]);
	}
	json_t *counts = sandbox_state(sandbox.base, NULL);
	assert_true(json_has(counts, "/records/tickets", "1"));
	json_decref(counts);
	stop_pair();
}

static int clear(void **state) {
	(void)state;
	clear_pair();
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_day_in_the_life, clear),
		cmocka_unit_test_teardown(one_ticket_for_fifty_with_one_key, clear),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
