/*
 * The host as it is today with plugins that were built with every frozen header, by every compiler
 * at hand, as C and as C++: all of them at once, and each tries everything that its header has.
 */
#include "kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLUGINS_MAX = 64 };

static struct host sandbox, host;
static char *files;                    /* the list, cut into its files */
static const char *paths[PLUGINS_MAX]; /* ends in NULL */
static char names[PLUGINS_MAX][64];
static size_t plugin_count;

static void cut_list(void) {
	char *rest = files = strdup(ABI_PLUGINS);
	plugin_count = 0;
	for (char *file; (file = strsep(&rest, ":")) != NULL && plugin_count < PLUGINS_MAX - 1;) {
		const char *slash = strrchr(file, '/');
		assert_non_null(slash);
		snprintf(names[plugin_count], sizeof(names[0]), "%.*s", (int)strlen(slash + 1) - 3,
			slash + 1);
		paths[plugin_count++] = file;
	}
	assert_true(plugin_count > 0);
}

static int start(void **state) {
	const char *arguments[2 * PLUGINS_MAX + 2] = {"serve"};
	size_t count = 1;
	(void)state;
	cut_list();
	for (size_t i = 0; i < plugin_count; i++) {
		arguments[count++] = "--plugin";
		arguments[count++] = paths[i];
	}
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, "{\"search_lag_ms\":0}");
	host_start(&host, arguments, sandbox.base, NULL);
	return 0;
}

static int stop(void **state) {
	(void)state;
	host_clear(&host);
	host_clear(&sandbox);
	free(files);
	return 0;
}

/* The path of a plugin's own, "/NAME" with `rest` behind it. */
static const char *path_of(size_t plugin, const char *rest) {
	static char path[256];
	snprintf(path, sizeof(path), "/%.63s%s", names[plugin], rest);
	return path;
}

static void each_finds_what_its_header_says(void **state) {
	static const char *const headers[] = {"X-Try: yes", NULL};
	(void)state;
	struct client *client = client_open(host.base);
	for (size_t i = 0; i < plugin_count; i++) {
		struct answer answer = {.status = 0};
		assert_true(client_ask(client, "POST", path_of(i, "/try/a/b?limit=5"), headers,
			"{\"a\":1}", 7, &answer));
		const json_t *faults = json_object_get(answer.json, "faults");
		if (answer.status != 200 || json_array_size(faults) > 0) {
			fail_msg("%s: %d %s", names[i], answer.status, answer.text);
		}
		assert_string_equal(answer_header(&answer, "x-tried"), "yes");
		answer_finish(&answer);
	}
	client_close(client);
}

static void each_replies_as_it_says(void **state) {
	(void)state;
	for (size_t i = 0; i < plugin_count; i++) {
		struct answer answer;
		char rest[128];
		snprintf(rest, sizeof(rest), "/pass/%.63s@example.com", names[i]);
		ask(host.base, "GET", path_of(i, rest), NULL, 200, &answer);
		assert_non_null(json_object_get(answer.json, "email")); /* in our names */
		answer_finish(&answer);
		ask(host.base, "POST", path_of(i, "/bytes"), "as it is", 200, &answer);
		assert_string_equal(answer.text, "as it is");
		answer_finish(&answer);
		ask(host.base, "GET", path_of(i, "/refuse"), NULL, 409, &answer);
		assert_non_null(strstr(answer.text, "\"tried\""));
		answer_finish(&answer);
		ask(host.base, "POST", path_of(i, "/try/a?limit=many"), "{}", 400, &answer);
		assert_non_null(strstr(answer.text, "bad_query"));
		answer_finish(&answer);
	}
}

static void each_has_its_object(void **state) {
	(void)state;
	for (size_t i = 0; i < plugin_count; i++) {
		struct answer answer;
		ask(host.base, "POST", path_of(i, "-things"), "{\"name\":\"a\",\"size\":3}", 201,
			&answer);
		answer_finish(&answer);
		ask(host.base, "POST", path_of(i, "-things"), "{\"size\":3}", 422, &answer);
		assert_non_null(strstr(answer.text, "is wanted by the plugin"));
		answer_finish(&answer);
	}
}

static void none_broke_a_rule(void **state) {
	struct answer answer;
	(void)state;
	ask(host.base, "GET", "/metrics", NULL, 200, &answer);
	for (size_t i = 0; i < plugin_count; i++) {
		char line[160];
		snprintf(line, sizeof(line),
			"connector_plugin_tries_level{plugin=\"%.63s\"} -2.5\n", names[i]);
		assert_non_null(strstr(answer.text, line));
		snprintf(line, sizeof(line),
			"connector_plugin_tries_seconds_count{plugin=\"%.63s\"} 1\n", names[i]);
		assert_non_null(strstr(answer.text, line));
	}
	static const char misuse[] = "\nconnector_plugin_misuse_total{plugin=\"abi-";
	size_t rules = 0;
	for (const char *line = strstr(answer.text, misuse); line != NULL;
		line = strstr(line + 1, misuse)) {
		const char *number = strstr(line, "} ");
		assert_non_null(number);
		if (strncmp(number, "} 0\n", 4) != 0) {
			fail_msg("%.*s", (int)strcspn(line + 1, "\n"), line + 1);
		}
		rules++;
	}
	assert_true(rules >= plugin_count);
	answer_finish(&answer);
	host_stop(&host);
	host_stop(&sandbox);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_finds_what_its_header_says),
		cmocka_unit_test(each_replies_as_it_says),
		cmocka_unit_test(each_has_its_object),
		cmocka_unit_test(none_broke_a_rule),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
