/* GET /metrics of the real host: valid text, right numbers after known traffic, and nothing on the
 * page that the operator's guide does not know, nor an alert on something that is not there. */
#include "exposition.h"
#include "pair.h"

static json_t *page; /* of the last scrape() */

static void scrape(void) {
	char error[EXPOSITION_ERROR_SIZE];
	struct answer answer;
	ask(host.base, "GET", "/metrics", NULL, 200, &answer);
	assert_string_equal(
		answer_header(&answer, "content-type"), "text/plain; version=0.0.4; charset=utf-8");
	json_decref(page);
	page = exposition_read(answer.text, error);
	if (page == NULL) {
		fail_msg("%s", error);
	}
	answer_finish(&answer);
}

/* The series that is written so; 0 for a counter's that is not there. */
static double value(const char *series) {
	return json_number_value(json_object_get(json_object_get(page, "series"), series));
}

static void expect_told(const char *series, double wanted) {
	if (value(series) < wanted - 1e-6 || value(series) > wanted + 1e-6) {
		fail_msg("%s: %g expected, %g found", series, wanted, value(series));
	}
}

static bool has_series_with(const char *part) {
	const char *name;
	json_t *number;
	json_object_foreach (json_object_get(page, "series"), name, number) {
		if (strstr(name, part) != NULL) {
			return true;
		}
	}
	return false;
}

/* All series of this name together. */
static double sum(const char *name) {
	const char *series;
	json_t *number;
	double total = 0;
	json_object_foreach (json_object_get(page, "series"), series, number) {
		bool is_of_it =
			strncmp(series, name, strlen(name)) == 0 && series[strlen(name)] == '{';
		total += is_of_it ? json_number_value(number) : 0;
	}
	return total;
}

static void send(const char *method, const char *path, const char *body, int status) {
	struct answer answer;
	ask(host.base, method, path, body, status, &answer);
	answer_finish(&answer);
}

/* ---- the parser of this test says no ---- */

#define FAMILY "# HELP a_total A.\n# TYPE a_total counter\n"
#define HISTOGRAM "# HELP h H.\n# TYPE h histogram\n"

static void what_is_not_the_format_is_refused(void **state) {
	static const char *const WRONG[] = {"a_total 1\n", FAMILY "b_total 1\n",
		FAMILY "a_total 1\n" FAMILY, FAMILY "a_total 1\na_total 1\n", FAMILY "a_total 1",
		FAMILY "a_total -1\n", FAMILY "a_total NaN\n", FAMILY "a_total  1\n",
		FAMILY "a_total 1 123\n", FAMILY "\na_total 1\n", FAMILY "a_total{} 1\n",
		FAMILY "a_total{b=\"1\",} 1\n", FAMILY "a_total{b=\"1\",b=\"2\"} 1\n",
		FAMILY "a_total{b=\"\\x\"} 1\n", FAMILY "a_total{b=\"1} 1\n",
		FAMILY "a_total{1b=\"1\"} 1\n", FAMILY "a_total{b=\"1\"}1\n",
		FAMILY "# note\na_total 1\n", "# TYPE a_total counter\na_total 1\n",
		"# HELP a_total A.\na_total 1\n", "# HELP a A.\n# TYPE a counter\na 1\n",
		"# HELP a_total A.\n# TYPE a_total gauge\na_total 1\n",
		"# HELP a A.\n# TYPE a summary\na 1\n",
		HISTOGRAM "h_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n",
		HISTOGRAM "h_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n",
		HISTOGRAM "h_bucket{le=\"2\"} 1\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} "
			  "1\nh_sum 1\nh_count 1\n",
		HISTOGRAM "h_bucket{le=\"+Inf\"} 2\nh_sum 1\nh_count 1\n",
		HISTOGRAM "h_bucket{le=\"+Inf\"} 1\nh_count 1\n",
		HISTOGRAM "h_bucket{le=\"+Inf\"} 1\nh_sum 1\n",
		HISTOGRAM "h_bucket{le=\"+Inf\",a=\"1\"} 1\nh_sum 1\nh_count 1\n"};
	char error[EXPOSITION_ERROR_SIZE];
	(void)state;
	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
		json_t *read = exposition_read(WRONG[i], error);
		if (read != NULL) {
			fail_msg("taken for good:\n%s", WRONG[i]);
		}
	}
	json_t *read = exposition_read(FAMILY
		"a_total{b=\"\\\\ \\\" \\n }\",c=\"\"} 1\n" HISTOGRAM
		"h_bucket{a=\"1\",le=\"0.5\"} 1\nh_bucket{a=\"1\",le=\"+Inf\"} 2\n"
		"h_sum{a=\"1\"} 1.5\nh_count{a=\"1\"} 2\n",
		error);
	assert_non_null(read);
	json_decref(read);
}

/* ---- known traffic ---- */

static void upsert(const char *name, int status) {
	char body[128];
	snprintf(body, sizeof(body), "{\"email\": \"%s@example.com\", \"city\": \"Oslo\"}", name);
	send("POST", "/contacts", body, status);
}

static void requests_are_counted(void **state) {
	(void)state;
	for (int i = 0; i < 5; i++) {
		char name[16];
		snprintf(name, sizeof(name), "m%d", i);
		upsert(name, 201);
	}
	upsert("m1", 200);
	upsert("M2", 200);
	send("POST", "/v1/contacts", "{\"email\": \"no address\"}", 422);
	send("GET", "/contacts/m1@example.com?id_property=email", NULL, 200);
	send("GET", "/contacts/1", NULL, 404);
	send("GET", "/nowhere/m1@example.com", NULL, 404);
	send("PUT", "/contacts", "{}", 405);
	send("GET", "/healthz", NULL, 200);
	send("GET", "/readyz", NULL, 200);
	scrape();
#define REQUESTS "connector_requests_total"
	expect_told(REQUESTS "{method=\"POST\",route=\"/contacts\",status=\"201\"}", 5);
	expect_told(REQUESTS "{method=\"POST\",route=\"/contacts\",status=\"200\"}", 2);
	expect_told(REQUESTS "{method=\"POST\",route=\"/contacts\",status=\"422\"}", 1);
	expect_told(REQUESTS "{method=\"GET\",route=\"/contacts/{id}\",status=\"200\"}", 1);
	expect_told(REQUESTS "{method=\"GET\",route=\"/contacts/{id}\",status=\"404\"}", 1);
	expect_told(REQUESTS "{method=\"any\",route=\"none\",status=\"404\"}", 1);
	expect_told(REQUESTS "{method=\"any\",route=\"none\",status=\"405\"}", 1);
	assert_int_equal(sum(REQUESTS), 12); /* hidden ones are not, this scrape not yet */
	expect_told(
		"connector_request_duration_seconds_count{method=\"POST\",route=\"/contacts\"}", 8);
	scrape();
	expect_told(REQUESTS "{method=\"GET\",route=\"/metrics\",status=\"200\"}", 1);
	assert_false(has_series_with("healthz"));
	assert_false(has_series_with("nowhere"));
	assert_false(has_series_with("example.com"));
}

static double sandbox_calls(void) {
	json_t *state = sandbox_state(sandbox.base, NULL);
	double calls = json_number_value(json_object_get(state, "calls"));
	json_decref(state);
	return calls;
}

/* The host's own questions at its start may not be answered yet when the first requests are. */
static void scrape_when_all_is_quiet(void) {
	uint64_t until_ms = now_ms() + 5000;
	scrape();
	while (value("connector_hubspot_operations_waiting") > 0 && now_ms() < until_ms) {
		pause_ms(20);
		scrape();
	}
}

/* Follows the traffic above: seven upserts by look-up, two reads. */
static void calls_and_rows_are_counted(void **state) {
	(void)state;
	scrape_when_all_is_quiet();
	assert_int_equal(sum("connector_hubspot_calls_total"), sandbox_calls());
	assert_int_equal(sum("connector_hubspot_call_duration_seconds_count"), sandbox_calls());
	expect_told("connector_hubspot_rows_total{step=\"read\",end=\"refused\"}", 5 + 1);
	expect_told("connector_hubspot_rows_total{step=\"read\",end=\"done\"}", 2 + 1);
	expect_told("connector_hubspot_rows_total{step=\"create\",end=\"done\"}", 5);
	expect_told("connector_hubspot_rows_total{step=\"update\",end=\"done\"}", 2);
	expect_told("connector_hubspot_call_rows_sum{step=\"create\"}", 5);
	expect_told("connector_hubspot_late_results_total", 0);
	assert_int_equal(sum("connector_hubspot_retries_total"), 1); /* an id that is nobody is asked for alone too */
	expect_told("connector_hubspot_operations_waiting", 0);
	expect_told("connector_hubspot_calls_in_flight", 0);
}

static void limits_are_told(void **state) {
	(void)state;
	scrape();
	expect_told("connector_hubspot_slots_limit", 150);
	assert_int_equal(value("connector_hubspot_slots_held") > 0, 1);
	assert_true(value("connector_hubspot_slots_held") <= sandbox_calls());
	expect_told("connector_hubspot_daily_calls_limit", 1000);
	expect_told("connector_hubspot_daily_calls_used", sandbox_calls());
	expect_told("connector_hubspot_hold_seconds", 0);
	expect_told("connector_hubspot_retry_budget", 100);
	expect_told("connector_hubspot_breaker_state{state=\"closed\"}", 1);
	expect_told("connector_hubspot_up", 1);
	expect_told("connector_hubspot_token_refused", 0);
}

static void a_failed_call_is_told(void **state) {
	(void)state;
	sandbox_control(sandbox.base,
		"{\"fail\": {\"next\": 1, \"how\": \"status\", \"status\": 503, \"path\": "
		"\"batch/read\"}}");
	upsert("again", 201);
	sandbox_control(sandbox.base,
		"{\"fail\": {\"next\": 1, \"how\": \"reset_before\", \"path\": \"batch/read\"}}");
	upsert("reset", 201);
	scrape();
	expect_told("connector_hubspot_calls_total{step=\"read\",status=\"503\"}", 1);
	expect_told("connector_hubspot_calls_total{step=\"read\",status=\"broken\"}", 1);
	expect_told("connector_hubspot_retries_total{step=\"read\"}", 3);
	expect_told("connector_hubspot_rows_total{step=\"read\",end=\"again\"}", 3);
}

static void the_process_and_its_parts_are_told(void **state) {
	struct answer answer;
	(void)state;
	scrape();
	assert_true(has_series_with("connector_build_info{version=\""));
	assert_true(has_series_with("connector_plugin_info{plugin=\"contacts\",version=\""));
	assert_false(has_series_with("connector_plugin_info{plugin=\"sandbox\""));
	expect_told("connector_connections_open{state=\"busy\"}", 1);
	assert_true(value("connector_loop_turn_seconds_count") > 20);
	assert_true(
		value("connector_loop_turn_seconds_sum") < value("process_cpu_seconds_total") + 5);
	expect_told("connector_log_lines_lost_total", 0);
	double before = value("process_open_fds");
	struct client *client = client_open(host.base);
	assert_true(client_ask(client, "GET", "/healthz", NULL, NULL, 0, &answer));
	answer_finish(&answer);
	scrape();
	assert_int_equal(value("process_open_fds"), before + 1);
	expect_told("connector_connections_open{state=\"idle\"}", 1);
	client_close(client);
}

/* ---- what the operator has been told ---- */

static char *read_file(const char *name) {
	static char text[256 * 1024];
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", OPERATORS_FOLDER, name);
	FILE *file = fopen(path, "re");
	if (file == NULL) {
		fail_msg("no file %s", path);
	}
	size_t length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	fclose(file);
	return text;
}

static bool is_word(char c) {
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool has_word(const char *text, const char *word) {
	size_t length = strlen(word);
	for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
		if ((at == text || !is_word(at[-1])) && !is_word(at[length])) {
			return true;
		}
	}
	return false;
}

static void every_metric_stands_in_the_guide(void **state) {
	const char *guide = strstr(read_file("README.md"), "\n## Metrics\n");
	const char *name;
	json_t *type;
	(void)state;
	assert_non_null(guide);
	scrape();
	json_object_foreach (json_object_get(page, "types"), name, type) {
		if (!has_word(guide, name)) {
			fail_msg("etc/README.md does not know %s", name);
		}
	}
}

/* A series of a histogram is named after it. */
static bool is_on_page(const char *word) {
	static const char *const SUFFIXES[] = {"", "_bucket", "_sum", "_count"};
	const json_t *types = json_object_get(page, "types");
	for (size_t i = 0; i < sizeof(SUFFIXES) / sizeof(SUFFIXES[0]); i++) {
		char name[128];
		size_t length = strlen(word), tail = strlen(SUFFIXES[i]);
		if (length > tail && strcmp(word + length - tail, SUFFIXES[i]) == 0) {
			snprintf(name, sizeof(name), "%.*s", (int)(length - tail), word);
			bool is_histogram =
				json_has(json_object_get(types, name), "", "\"histogram\"");
			if (i == 0 ? json_object_get(types, name) != NULL : is_histogram) {
				return true;
			}
		}
	}
	return false;
}

static void every_alert_is_on_a_metric_that_there_is(void **state) {
	static const char *const PREFIXES[] = {"connector_", "process_"};
	const char *alerts = read_file("alerts.yml");
	size_t words = 0;
	(void)state;
	scrape();
	for (size_t i = 0; i < sizeof(PREFIXES) / sizeof(PREFIXES[0]); i++) {
		for (const char *at = strstr(alerts, PREFIXES[i]); at != NULL;
			at = strstr(at + 1, PREFIXES[i])) {
			char word[128];
			size_t length = 0;
			while (is_word(at[length])) {
				length++;
			}
			snprintf(word, sizeof(word), "%.*s", (int)length, at);
			if (!is_word(at[-1]) && !is_on_page(word)) {
				fail_msg("etc/alerts.yml asks for %s", word);
			}
			words++;
		}
	}
	assert_true(words > 15);
}

static int setup(void **state) {
	static const char *const limit[] = {"HUBSPOT_RATE_LIMIT=150", NULL};
	(void)state;
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, "{\"limit\": 190, \"daily\": 1000}");
	host_start(&host, NULL, sandbox.base, limit);
	return 0;
}

static int teardown(void **state) {
	(void)state;
	json_decref(page);
	page = NULL;
	if (host.process != NULL && sandbox.process != NULL) {
		stop_pair();
	}
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_the_format_is_refused),
		cmocka_unit_test(requests_are_counted),
		cmocka_unit_test(calls_and_rows_are_counted),
		cmocka_unit_test(limits_are_told),
		cmocka_unit_test(a_failed_call_is_told),
		cmocka_unit_test(the_process_and_its_parts_are_told),
		cmocka_unit_test(every_metric_stands_in_the_guide),
		cmocka_unit_test(every_alert_is_on_a_metric_that_there_is),
	};
	int failed = cmocka_run_group_tests(tests, setup, teardown);
	clear_pair();
	return failed;
}
