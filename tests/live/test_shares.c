/* One who waits for its answer beside a key that floods: the real host under HubSpot's real limit.
 */
#include "made_keys.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
	LIMIT = 100,
	LATENCY_MS = 200, /* long beside what a loaded machine adds */
	RUNS = 3,
	ASKED = 10,
	FLOODERS = 18,
	BATCH = 100,
	WAITING_LEAST = 800,
	FLOOD_LIMIT_MS = 30000,
	PAUSE_MS = 100
};

struct flood {
	const char *key;
	atomic_bool is_over;
	atomic_uint records, refused, number;
	char what[700]; /* of one that was neither */
};

static char app[64], import[64], operators[64];

static int ask_with(struct client *client, const char *method, const char *path, const char *key,
	const char *body, struct answer *answer) {
	char authorization[160];
	const char *headers[] = {authorization, "X-Request-Timeout-Ms: 30000", NULL};
	snprintf(authorization, sizeof(authorization), "Authorization: Bearer %s", key);
	client_ask(client, method, path, headers, body, body == NULL ? 0 : strlen(body), answer);
	return answer->status;
}

static void flood_once(struct flood *flood, struct client *client, bool is_single) {
	static const char record[] = "{\"email\": \"flood.%u@example.com\", \"city\": \"Oslo\"}";
	char body[BATCH * 80] = "{\"inputs\": [";
	size_t length = is_single ? 0 : strlen(body);
	size_t rows = is_single ? 1 : BATCH;
	for (size_t i = 0; i < rows; i++) {
		length += (size_t)snprintf(
			body + length, sizeof(body) - length, record, flood->number++);
		body[length++] = i + 1 < rows ? ',' : ' ';
	}
	snprintf(body + length, sizeof(body) - length, "%s", is_single ? "" : "]}");
	struct answer answer;
	int status = ask_with(client, "POST", is_single ? "/contacts" : "/contacts/batch",
		flood->key, body, &answer);
	if (status == 200 || status == 201) {
		flood->records += (unsigned)rows;
	} else if (status == 503) {
		flood->refused++;
		pause_ms(PAUSE_MS);
	} else if (!flood->is_over) {
		snprintf(flood->what, sizeof(flood->what), "%d %.400s%s", status,
			answer.text == NULL ? "" : answer.text, answer.error);
	}
	answer_finish(&answer);
}

/* Two of them one record at a time, the others batches. */
static void flood_on(struct client *client, size_t index, void *ctx) {
	struct flood *flood = ctx;
	while (!flood->is_over) {
		flood_once(flood, client, index < 2);
	}
}

static void *flood_all(void *ctx) {
	run_workers(host.base, FLOODERS, flood_on, ctx);
	return NULL;
}

/* The number in /metrics; 0: it is not there. */
static double told(const char *series) {
	struct client *client = client_open(host.base);
	struct answer answer;
	char line[128];
	assert_int_equal(ask_with(client, "GET", "/metrics", operators, NULL, &answer), 200);
	snprintf(line, sizeof(line), "\n%s ", series);
	const char *at = strstr(answer.text, line);
	double number = at != NULL ? strtod(at + strlen(line), NULL) : 0;
	answer_finish(&answer);
	client_close(client);
	return number;
}

#define BULK_WAITING "connector_hubspot_priority_rows_waiting{priority=\"bulk\"}"

static void wait_for_flood(void) {
	uint64_t until_ms = now_ms() + FLOOD_LIMIT_MS;
	while (told(BULK_WAITING) < WAITING_LEAST && now_ms() < until_ms) {
		pause_ms(50);
	}
	assert_true(told(BULK_WAITING) >= WAITING_LEAST);
}

static int by_size(const void *a, const void *b) {
	uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;
	return first < second ? -1 : first > second;
}

/* The longest of some answers, one after the other: their 95th percentile. */
static uint64_t ask_some(struct client *client) {
	static unsigned person;
	uint64_t longest_ms = 0;
	for (size_t i = 0; i < ASKED; i++) {
		struct answer answer;
		char body[96];
		snprintf(body, sizeof(body),
			"{\"email\": \"app.%u@example.com\", \"city\": \"%u\"}", person % 7,
			person);
		person++;
		int status = ask_with(client, "POST", "/contacts", app, body, &answer);
		if (status != 200 && status != 201) {
			fail_msg("%d %s%s", status, answer.text == NULL ? "" : answer.text,
				answer.error);
		}
		longest_ms = answer.ms > longest_ms ? answer.ms : longest_ms;
		answer_finish(&answer);
	}
	return longest_ms;
}

/* The median of several runs: a machine that stands still for once says nothing. */
static uint64_t measure(void) {
	uint64_t runs_ms[RUNS];
	struct client *client = client_open(host.base);
	for (size_t i = 0; i < RUNS; i++) {
		runs_ms[i] = ask_some(client);
	}
	client_close(client);
	qsort(runs_ms, RUNS, sizeof(runs_ms[0]), by_size);
	return runs_ms[RUNS / 2];
}

static void start_with_keys(void) {
	char setting[140], control[96];
	snprintf(setting, sizeof(setting), "CONNECTOR_API_KEYS_FILE=%s", file);
	const char *changes[] = {
		setting, "CONNECTOR_ALLOW_ANONYMOUS", "HUBSPOT_RATE_LIMIT=100", NULL};
	MAKE(app, "app", "--scope", "contacts:write", "--priority", "interactive");
	MAKE(import, "import", "--scope", "contacts:write", "--priority", "bulk");
	MAKE(operators, "operators", "--scope", "connector:admin");
	start_pair(changes);
	snprintf(
		control, sizeof(control), "{\"limit\": %d, \"latency_ms\": %d}", LIMIT, LATENCY_MS);
	sandbox_control(sandbox.base, control);
}

static void expect_no_429(void) {
	json_t *state = sandbox_state(sandbox.base, NULL);
	assert_int_equal(json_integer_value(json_at(state, "/by_status/429")), 0);
	assert_true(json_integer_value(json_at(state, "/calls")) > 100);
	json_decref(state);
}

static void a_flood_does_not_hold_up_who_waits(void **state) {
	pthread_t thread;
	(void)state;
	start_with_keys();
	struct flood flood = {.key = import};
	uint64_t alone_ms = measure();
	assert_int_equal(pthread_create(&thread, NULL, flood_all, &flood), 0);
	wait_for_flood();
	uint64_t beside_ms = measure();
	double waiting = told(BULK_WAITING);
	double spent = told("connector_hubspot_caller_calls_total{caller=\"import\"}");
	flood.is_over = true;
	pthread_join(thread, NULL);
	print_message("p95 %lu ms alone, %lu ms beside a flood of %u records, %u refused\n",
		(unsigned long)alone_ms, (unsigned long)beside_ms, flood.records, flood.refused);
	assert_string_equal(flood.what, "");
	assert_true(alone_ms >= 2 * LATENCY_MS);
	assert_true(waiting >= WAITING_LEAST / 2); /* it flooded to the end */
	assert_true(flood.records >= BATCH && spent > 10);
	assert_true(beside_ms < 2 * alone_ms);
	expect_no_429();
	stop_pair();
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_flood_does_not_hold_up_who_waits, make_folder, remove_folder),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
