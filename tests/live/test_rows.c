/* Real input, many at once: the 1,000 rows of contacts.jsonl, one address from everywhere, and the
 * rate limit. */
#include "pair.h"

#include <ctype.h>

enum { ROWS_MAX = 2000, CONNECTIONS = 32, PACED_ROWS = 100, LINE_SIZE = 100 * 1024 };

struct row {
	char *text;
	json_t *json;
	char email[128]; /* in lower case, as HubSpot keeps it */
	bool is_first;   /* of its address */
	size_t connection;
	int status;
	char id[32];
	char action[16];
	char what[512]; /* the reply, when it is not the expected one */
};

struct rows {
	struct row list[ROWS_MAX];
	size_t count;
	size_t addresses;
};

static void lower(const char *from, char *to, size_t size) {
	snprintf(to, size, "%s", from);
	for (char *c = to; *c != '\0'; c++) {
		*c = (char)tolower((unsigned char)*c);
	}
}

static size_t hash(const char *text) {
	size_t hash = 5381;
	for (; *text != '\0'; text++) {
		hash = hash * 33 + (unsigned char)*text;
	}
	return hash;
}

static void add_row(struct rows *rows, const char *text) {
	struct row *row = &rows->list[rows->count];
	row->text = strdup(text);
	row->json = json_loads(text, 0, NULL);
	assert_non_null(row->json);
	lower(json_string_value(json_object_get(row->json, "email")), row->email,
		sizeof(row->email));
	row->is_first = true;
	for (size_t i = 0; i < rows->count && row->is_first; i++) {
		row->is_first = strcmp(rows->list[i].email, row->email) != 0;
	}
	row->connection = hash(row->email) % CONNECTIONS;
	rows->addresses += row->is_first;
	rows->count++;
}

static struct rows *read_rows(void) {
	struct rows *rows = calloc(1, sizeof(*rows));
	char *line = malloc(LINE_SIZE);
	FILE *file = fopen(ROWS_FILE, "re");
	assert_true(rows != NULL && line != NULL && file != NULL);
	while (rows->count < ROWS_MAX && fgets(line, LINE_SIZE, file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		add_row(rows, line);
	}
	fclose(file);
	free(line);
	return rows;
}

static void free_rows(struct rows *rows) {
	for (size_t i = 0; i < rows->count; i++) {
		free(rows->list[i].text);
		json_decref(rows->list[i].json);
	}
	free(rows);
}

static void send_row(struct client *client, struct row *row) {
	struct answer answer;
	client_ask(client, "POST", "/contacts", NULL, row->text, strlen(row->text), &answer);
	const char *id = json_string_value(json_at(answer.json, "/hubspot_contact_id"));
	const char *action = json_string_value(json_at(answer.json, "/action"));
	row->status = answer.status;
	snprintf(row->id, sizeof(row->id), "%s", id == NULL ? "" : id);
	snprintf(row->action, sizeof(row->action), "%s", action == NULL ? "" : action);
	snprintf(row->what, sizeof(row->what), "%s%s", answer.text == NULL ? "" : answer.text,
		answer.error);
	answer_finish(&answer);
}

static void send_share(struct client *client, size_t index, void *ctx) {
	struct rows *rows = ctx;
	for (size_t i = 0; i < rows->count; i++) {
		if (rows->list[i].connection == index) {
			send_row(client, &rows->list[i]);
		}
	}
}

/* ---- what must be there afterwards ---- */

/* A value as HubSpot keeps it. */
static void stored(const json_t *value, char *text, size_t size) {
	if (json_is_integer(value)) {
		snprintf(text, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	} else {
		snprintf(text, size, "%s", json_is_string(value) ? json_string_value(value) : "");
	}
}

/* {"address": {"property": "last value"}} */
static json_t *last_values(const struct rows *rows) {
	json_t *all = json_object();
	char *text = malloc(LINE_SIZE);
	assert_non_null(text);
	for (size_t i = 0; i < rows->count; i++) {
		json_t *record = json_object_get(all, rows->list[i].email);
		const char *name;
		json_t *value;
		if (record == NULL) {
			record = json_object();
			json_object_set_new(all, rows->list[i].email, record);
		}
		json_object_foreach (rows->list[i].json, name, value) {
			stored(value, text, LINE_SIZE);
			json_object_set_new(record, name, json_string(text));
		}
		json_object_set_new(record, "email", json_string(rows->list[i].email));
	}
	free(text);
	return all;
}

static void compare_record(const json_t *wanted, const json_t *record) {
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)(uintptr_t)wanted, name, value) {
		const char *found = json_string_value(
			json_object_get(json_object_get(record, "properties"), name));
		const char *expected = json_string_value(value);
		if (strcmp(found == NULL ? "" : found, expected) != 0) {
			fail_msg("%s of %s: expected \"%.200s\", found \"%.200s\"", name,
				json_string_value(json_object_get(wanted, "email")), expected,
				found == NULL ? "" : found);
		}
	}
}

static void compare_all(const struct rows *rows) {
	json_t *wanted = last_values(rows);
	json_t *state = sandbox_state(sandbox.base, "contacts");
	size_t index;
	json_t *record;
	assert_int_equal(
		json_array_size(json_object_get(state, "results")), json_object_size(wanted));
	json_array_foreach (json_object_get(state, "results"), index, record) {
		const char *email = json_string_value(json_at(record, "/properties/email"));
		json_t *values = email == NULL ? NULL : json_object_get(wanted, email);
		if (values == NULL) {
			fail_msg("nobody asked for %s",
				email == NULL ? "a record without address" : email);
		}
		compare_record(values, record);
		json_object_del(wanted, email);
	}
	assert_int_equal(json_object_size(wanted), 0);
	json_decref(state);
	json_decref(wanted);
}

static void expect_reply(const struct row *row, bool is_created) {
	const char *action = is_created ? "created" : "updated";
	if (row->status != (is_created ? 201 : 200) || strcmp(row->action, action) != 0 ||
		row->id[0] == '\0') {
		fail_msg(
			"%s: expected %s, found %d %s", row->email, action, row->status, row->what);
	}
}

/* So many records were created, by no more calls than that: rows shared them, and nobody learned by
 * a conflict that another had been faster. */
static void expect_creates(size_t wanted) {
	static const char create[] = "POST /crm/objects/2026-09/contacts/batch/create";
	json_t *counts = sandbox_state(sandbox.base, NULL);
	assert_int_equal(json_integer_value(json_object_get(counts, "creates")), wanted);
	assert_in_range(
		json_integer_value(json_object_get(json_object_get(counts, "by_path"), create)), 1,
		wanted);
	assert_null(json_at(counts, "/by_status/409"));
	json_decref(counts);
}

static void the_thousand_rows(void **state) {
	struct rows *rows = read_rows();
	(void)state;
	assert_int_equal(rows->count, 1000);
	assert_in_range(rows->addresses, 750, 850);
	run_workers(host.base, CONNECTIONS, send_share, rows);
	for (size_t i = 0; i < rows->count; i++) {
		expect_reply(&rows->list[i], rows->list[i].is_first);
		for (size_t j = 0; j < i; j++) { /* one address, one record */
			bool is_same = strcmp(rows->list[i].email, rows->list[j].email) == 0;
			assert_int_equal(is_same, strcmp(rows->list[i].id, rows->list[j].id) == 0);
		}
	}
	compare_all(rows);
	expect_creates(rows->addresses);
	free_rows(rows);
}

/* ---- the same address from everywhere ---- */

static void send_same(struct client *client, size_t index, void *ctx) {
	struct rows *rows = ctx;
	send_row(client, &rows->list[index]);
}

static void one_address_from_all_connections(void **state) {
	struct rows *rows = calloc(1, sizeof(*rows));
	size_t created = 0;
	(void)state;
	assert_non_null(rows);
	for (size_t i = 0; i < CONNECTIONS; i++) {
		char text[128];
		snprintf(text, sizeof(text), "{\"email\": \"%s@example.com\", \"city\": \"%zu\"}",
			i % 2 ? "everybody" : "EveryBody", i);
		add_row(rows, text);
	}
	run_workers(host.base, CONNECTIONS, send_same, rows);
	for (size_t i = 0; i < CONNECTIONS; i++) {
		bool is_created = strcmp(rows->list[i].action, "created") == 0;
		created += is_created;
		expect_reply(&rows->list[i], is_created);
		assert_string_equal(rows->list[i].id, rows->list[0].id);
	}
	assert_int_equal(created, 1);
	expect_creates(1);
	free_rows(rows);
}

/* ---- the rate limit ---- */

/* So many new addresses, dealt out to the connections, towards a HubSpot with this limit. */
static void write_paced(
	const char *limit, size_t count, size_t connections, json_int_t calls_least) {
	static const char *const obeys[] = {
		"HUBSPOT_RATE_LIMIT", "CONNECTOR_REQUEST_TIMEOUT_MS=60000", NULL};
	struct rows *rows = calloc(1, sizeof(*rows));
	assert_non_null(rows);
	host_stop(&host); /* this one obeys the limit that HubSpot names */
	sandbox_control(sandbox.base, limit);
	host_start(&host, NULL, sandbox.base, obeys);
	for (size_t i = 0; i < count; i++) {
		char text[128];
		snprintf(text, sizeof(text), "{\"email\": \"paced.%zu@example.com\"}", i);
		add_row(rows, text);
		rows->list[i].connection = i % connections;
	}
	run_workers(host.base, connections, send_share, rows);
	for (size_t i = 0; i < rows->count; i++) {
		expect_reply(&rows->list[i], true);
	}
	json_t *counts = sandbox_state(sandbox.base, NULL);
	assert_true(json_has(counts, "/by_status/429", "0"));
	assert_int_equal(json_integer_value(json_at(counts, "/records/contacts")), count);
	assert_true(json_integer_value(json_object_get(counts, "calls")) >= calls_least);
	json_decref(counts);
	free_rows(rows);
}

static void no_429_at_the_limit(void **state) {
	(void)state;
	write_paced("{\"reset\": true, \"limit\": 190}", PACED_ROWS, CONNECTIONS, 1);
}

/* One after the other, no row can share a call: more calls than the limit gives in ten seconds. */
static void no_429_at_a_limit_that_is_used_up(void **state) {
	(void)state;
	write_paced("{\"reset\": true, \"limit\": 20}", 14, 1, 28);
}

static void the_file_is_what_its_generator_writes(void **state) {
	FILE *made = popen(ROWS_GENERATOR, "r");
	FILE *kept = fopen(ROWS_FILE, "re");
	int a = 0, b = 0;
	size_t length = 0;
	(void)state;
	assert_true(made != NULL && kept != NULL);
	while (a != EOF && a == b) {
		a = getc(made);
		b = getc(kept);
		length++;
	}
	assert_int_equal(a, b);
	assert_true(length > 100000);
	assert_int_equal(pclose(made), 0);
	fclose(kept);
}

static int setup(void **state) {
	(void)state;
	start_pair(NULL);
	return 0;
}

static int teardown(void **state) {
	(void)state;
	if (host.process != NULL && sandbox.process != NULL) {
		stop_pair();
	}
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_is_what_its_generator_writes),
		cmocka_unit_test_setup_teardown(the_thousand_rows, setup, teardown),
		cmocka_unit_test_setup_teardown(one_address_from_all_connections, setup, teardown),
		cmocka_unit_test_setup_teardown(no_429_at_the_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(no_429_at_a_limit_that_is_used_up, setup, teardown),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	clear_pair();
	return failed;
}
