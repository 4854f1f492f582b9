#include "kit.h"

#include <signal.h>

enum { WORDS_MAX = 32, ADDRESS_SIZE = 160 };

struct words {
	char *list[WORDS_MAX + 1]; /* owned; ends in NULL */
	size_t count;
};

static void add(struct words *words, const char *text) {
	assert_true(words->count < WORDS_MAX);
	words->list[words->count] = strdup(text);
	assert_non_null(words->list[words->count++]);
}

/* "NAME=value" takes the place of an earlier "NAME=..."; "NAME" alone takes it out. */
static void change(struct words *words, const char *text) {
	size_t name = strcspn(text, "=");
	for (size_t i = 0; i < words->count; i++) {
		if (strncmp(words->list[i], text, name) == 0 && words->list[i][name] == '=') {
			free(words->list[i]);
			words->list[i] = words->list[--words->count];
			words->list[words->count] = NULL;
			break;
		}
	}
	if (text[name] == '=') {
		add(words, text);
	}
}

static void free_words(struct words *words) {
	for (size_t i = 0; i < words->count; i++) {
		free(words->list[i]);
	}
}

static struct process *start(
	const char *const *arguments, const char *hubspot, const char *const *changes) {
	struct words all = {.count = 0}, environment = {.count = 0};
	char address[ADDRESS_SIZE];
	for (size_t i = 0; arguments != NULL && arguments[i] != NULL; i++) {
		add(&all, arguments[i]);
	}
	add(&all, "--listen");
	add(&all, "127.0.0.1:0");
	add(&environment, "CONNECTOR_LOG_FORMAT=json");
	add(&environment, "CONNECTOR_ALLOW_ANONYMOUS=loopback");
	add(&environment, "CONNECTOR_STRICT_PLUGINS=0"); /* root may test another's checkout */
	add(&environment, "HUBSPOT_RATE_LIMIT=off");
	add(&environment, "HUBSPOT_PRIVATE_APP_TOKEN=" TEST_TOKEN);
	if (hubspot != NULL) {
		snprintf(address, sizeof(address), "HUBSPOT_BASE_URL=%s", hubspot);
		add(&environment, address);
	}
	for (size_t i = 0; changes != NULL && changes[i] != NULL; i++) {
		change(&environment, changes[i]);
	}
	struct process *process =
		process_start((const char *const *)all.list, (const char *const *)environment.list);
	free_words(&all);
	free_words(&environment);
	return process;
}

static void wait_until_ready(struct host *host, const char *path) {
	const json_t *ready = process_wait_line(host->process, "ready", 0, START_LIMIT_MS);
	const char *address = json_string_value(json_object_get(ready, "address"));
	if (address == NULL || strrchr(address, ':') == NULL) {
		process_show(host->process);
		fail_msg("no line \"ready\" with an address came");
	}
	host->port = (uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10);
	snprintf(host->base, sizeof(host->base), "http://127.0.0.1:%u%s", (unsigned)host->port,
		path);
}

void host_start(struct host *host, const char *const *arguments, const char *hubspot,
	const char *const *changes) {
	host->process = start(arguments, hubspot, changes);
	wait_until_ready(host, "");
}

struct process *host_start_refused(
	const char *const *arguments, const char *hubspot, const char *const *changes) {
	return start(arguments, hubspot, changes);
}

void sandbox_start(struct host *sandbox) {
	static const char *const arguments[] = {"sandbox", "--listen", "127.0.0.1:0", NULL};
	static const char *const environment[] = {"CONNECTOR_LOG_FORMAT=json", NULL};
	sandbox->process = process_start(arguments, environment);
	wait_until_ready(sandbox, "/sandbox");
	sandbox_control(sandbox->base, "{\"limit\": \"off\"}");
}

void sandbox_control(const char *base, const char *text) {
	struct answer answer;
	ask(base, "POST", "/__control", text, 200, &answer);
	answer_finish(&answer);
}

json_t *sandbox_state(const char *base, const char *type) {
	struct answer answer;
	char path[64];
	snprintf(path, sizeof(path), type == NULL ? "/__state" : "/__state/%s", type);
	ask(base, "GET", path, NULL, 200, &answer);
	json_t *state = json_incref(answer.json);
	answer_finish(&answer);
	return state;
}

void host_stop(struct host *host) {
	process_signal(host->process, SIGTERM);
	int code = process_wait(host->process, STOP_LIMIT_MS);
	bool is_clean = code == 0;
	for (size_t i = 0; i < process_line_count(host->process); i++) {
		const char *line = process_line(host->process, i);
		is_clean = is_clean && line[0] == '{' && strstr(line, "Sanitizer") == NULL;
	}
	if (!is_clean) {
		process_show(host->process);
		fail_msg("expected exit 0 and nothing but JSON lines, found exit %d", code);
	}
	process_destroy(host->process);
	host->process = NULL;
}

void host_clear(struct host *host) {
	process_destroy(host->process);
	host->process = NULL;
}
