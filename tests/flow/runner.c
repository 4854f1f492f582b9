/*
 * The flow runner: reads one FILE.flow and plays it. README.md beside it has the grammar.
 *
 *     flow_runner FILE.flow                 0: all came out as the file says
 *     flow_runner --must-fail FILE.flow     0: it failed, for the reason in its line "# must fail:
 * ..."
 */
#include "flow.h"

#include <pthread.h>
#include <signal.h>

enum {
	CLIENTS_MAX = 32,
	SETTINGS_MAX = 16,
	PLUGINS_MAX = 4,
	PROBE_LIMIT_MS = 8000,
	EXIT_LIMIT_MS = 5000
};

struct flow_client {
	char name[32];
	int line;
	pthread_t thread;
	char method[16], path[512];
	char *headers[16]; /* ends in NULL */
	char *body;        /* or NULL */
	struct answer answer;
	bool is_joined, is_expected;
};

static struct {
	pthread_mutex_t lock;
	char failure[1024]; /* the first one; "" */
	struct script script;
	struct host host;
	char folder[64];
	char *settings[SETTINGS_MAX + 1];
	size_t setting_count;
	char *arguments[2 * PLUGINS_MAX + 1]; /* "--plugin", FILE, ...; ends in NULL */
	size_t argument_count;
	struct flow_client clients[CLIENTS_MAX];
	size_t client_count;
	bool is_away;
	bool has_ended; /* the host, as foreseen */
} flow = {.lock = PTHREAD_MUTEX_INITIALIZER};

void flow_fail(int line, const char *format, ...) {
	va_list arguments;
	pthread_mutex_lock(&flow.lock);
	if (flow.failure[0] == '\0') {
		int head = snprintf(
			flow.failure, sizeof(flow.failure), "%s:%d: ", flow.script.file, line);
		va_start(arguments, format);
		vsnprintf(flow.failure + head, sizeof(flow.failure) - (size_t)head, format,
			arguments);
		va_end(arguments);
	}
	pthread_mutex_unlock(&flow.lock);
}

bool flow_has_failed(void) {
	pthread_mutex_lock(&flow.lock);
	bool has_failed = flow.failure[0] != '\0';
	pthread_mutex_unlock(&flow.lock);
	return has_failed;
}

/* ---- the host ---- */

static void start_host(void) {
	char base[64];
	if (flow.host.process != NULL) {
		return;
	}
	snprintf(base, sizeof(base), "http://127.0.0.1:%u", (unsigned)hubspot_port());
	host_start(&flow.host, (const char *const *)flow.arguments, base,
		(const char *const *)flow.settings);
	for (uint64_t until_ms = now_ms() + PROBE_LIMIT_MS; !flow.is_away && !rules_are_probed();
		pause_ms(5)) {
		if (now_ms() > until_ms) {
			flow_fail(0,
				"the host has not asked for the account and the scopes after its "
				"start");
			return;
		}
	}
}

static void play_set(const struct statement *statement, const char *rest) {
	if (flow.host.process != NULL || flow.setting_count == SETTINGS_MAX) {
		flow_fail(statement->line, "a setting comes before the first client");
		return;
	}
	flow.settings[flow.setting_count++] = replace(rest, "${folder}", flow.folder);
}

/* plugin NAME: tests/plugins/NAME, beside those that the host comes with */
static void play_plugin(const struct statement *statement, const char *rest) {
	if (flow.host.process != NULL || flow.argument_count == 2 * PLUGINS_MAX) {
		flow_fail(statement->line, "a plugin comes before the first client");
		return;
	}
	flow.arguments[flow.argument_count++] = strdup("--plugin");
	flow.arguments[flow.argument_count++] =
		replace(PLUGINS "/${name}/${name}.so", "${name}", rest);
}

static void play_file(const struct statement *statement, const char *rest) {
	char name[64];
	if (!next_word(&rest, name, sizeof(name))) {
		flow_fail(statement->line, "file NAME TEXT");
		return;
	}
	write_file(flow.folder, name, rest, NULL, 0);
}

static void play_away(const struct statement *statement, const char *rest) {
	(void)statement;
	(void)rest;
	flow.is_away = true;
	hubspot_away();
}

static void play_back(const struct statement *statement, const char *rest) {
	(void)statement;
	(void)rest;
	flow.is_away = false;
	hubspot_back();
}

static void play_pause(const struct statement *statement, const char *rest) {
	(void)statement;
	pause_ms((unsigned)strtoul(rest, NULL, 10));
}

static void play_signal(const struct statement *statement, const char *rest) {
	if (strcmp(rest, "HUP") != 0) {
		flow_fail(statement->line, "signal HUP is all there is");
		return;
	}
	start_host();
	process_signal(flow.host.process, SIGHUP);
}

/* ---- clients ---- */

static void *send_request(void *ctx) {
	struct flow_client *client = ctx;
	struct client *connection = client_open(flow.host.base);
	client_ask(connection, client->method, client->path, (const char *const *)client->headers,
		client->body, client->body == NULL ? 0 : strlen(client->body), &client->answer);
	client_close(connection);
	return NULL;
}

static void split_headers(struct flow_client *client, char *headers) {
	size_t count = 0;
	for (char *line = headers; *line != '\0' &&
		count < sizeof(client->headers) / sizeof(client->headers[0]) - 1;) {
		size_t length = strcspn(line, "\r");
		client->headers[count++] = strndup(line, length);
		line += length + strspn(line + length, "\r\n");
	}
	free(headers);
}

/* client [NAME] METHOD PATH */
static void play_client(const struct statement *statement, const char *rest) {
	struct flow_client *client = &flow.clients[flow.client_count];
	char words[3][512];
	size_t count = 0;
	char *headers;
	while (count < 3 && next_word(&rest, words[count], sizeof(words[count]))) {
		count++;
	}
	if (count < 2 || flow.client_count == CLIENTS_MAX || *rest != '\0') {
		flow_fail(statement->line, "client [NAME] METHOD PATH, and at most %d of them",
			CLIENTS_MAX);
		return;
	}
	start_host();
	*client = (struct flow_client){.line = statement->line};
	snprintf(client->name, sizeof(client->name), "%.31s", count == 3 ? words[0] : "");
	snprintf(client->method, sizeof(client->method), "%.15s", words[count - 2]);
	snprintf(client->path, sizeof(client->path), "%s", words[count - 1]);
	read_message(statement, NULL, &headers, &client->body);
	split_headers(client, headers);
	flow.client_count++;
	if (pthread_create(&client->thread, NULL, send_request, client) != 0) {
		abort();
	}
}

static void join(struct flow_client *client) {
	if (!client->is_joined) {
		pthread_join(client->thread, NULL);
		client->is_joined = true;
	}
}

/* The last one of this name, with its answer; or NULL. */
static const struct flow_client *answered(const char *name) {
	for (size_t i = flow.client_count; i > 0; i--) {
		struct flow_client *client = &flow.clients[i - 1];
		if (strcmp(client->name, name) == 0) {
			join(client);
			client->is_expected = true;
			return client;
		}
	}
	return NULL;
}

static void client_finish(struct flow_client *client) {
	join(client);
	for (size_t i = 0; client->headers[i] != NULL; i++) {
		free(client->headers[i]);
	}
	free(client->body);
	answer_finish(&client->answer);
}

/* ---- what must come out ---- */

/* expect [NAME] STATUS[|STATUS] */
static void play_expect(const struct statement *statement, const char *rest) {
	char name[32] = "", word[32];
	if (next_word(&rest, word, sizeof(word)) && *rest != '\0') {
		snprintf(name, sizeof(name), "%s", word);
		snprintf(word, sizeof(word), "%s", rest);
	}
	const struct flow_client *client = answered(name);
	if (client == NULL) {
		flow_fail(statement->line, "no client \"%s\" has asked", name);
		return;
	}
	check_answer(statement, word, &client->answer);
}

/* calls all|[METHOD] PATH =|<=|>= N */
static void play_calls(const struct statement *statement, const char *rest) {
	char words[4][256];
	size_t count = 0;
	while (count < 4 && next_word(&rest, words[count], sizeof(words[count]))) {
		count++;
	}
	if (count < 3) {
		flow_fail(statement->line, "calls all|[METHOD] PATH = N");
		return;
	}
	const char *sign = words[count - 2], *path = words[count - 3];
	size_t found =
		rules_calls(count == 4 ? words[0] : NULL, strcmp(path, "all") == 0 ? NULL : path);
	size_t wanted = strtoul(words[count - 1], NULL, 10);
	bool is_true = strcmp(sign, "=") == 0 ? found == wanted
		: strcmp(sign, "<=") == 0     ? found <= wanted
					      : strcmp(sign, ">=") == 0 && found >= wanted;
	if (!is_true) {
		flow_fail(statement->line, "expected: %s; found: %zu", statement->words, found);
	}
}

static void play_log(const struct statement *statement, const char *rest) {
	if (process_count_text(flow.host.process, rest) == 0) {
		flow_fail(statement->line, "no line of the log says: %s", rest);
	}
}

static void play_secret(const struct statement *statement, const char *rest) {
	if (process_count_text(flow.host.process, rest) != 0) {
		flow_fail(statement->line, "the log holds: %s", rest);
	}
}

/* exits CODE: by itself */
static void play_exits(const struct statement *statement, const char *rest) {
	start_host();
	int code = process_wait(flow.host.process, EXIT_LIMIT_MS);
	if (code != (int)strtol(rest, NULL, 10)) {
		flow_fail(statement->line, "the host ended with %d (%d: it still runs)", code,
			PROCESS_RUNS);
		return;
	}
	flow.has_ended = true;
}

static void play_nothing(const struct statement *statement, const char *rest) {
	(void)statement;
	(void)rest;
}

static void play(const struct statement *statement) {
	static const struct {
		const char *verb;
		void (*play)(const struct statement *statement, const char *rest);
	} VERBS[] = {{"set", play_set}, {"plugin", play_plugin}, {"file", play_file},
		{"hubspot", play_nothing}, {"away", play_away}, {"back", play_back},
		{"client", play_client}, {"expect", play_expect}, {"calls", play_calls},
		{"pause", play_pause}, {"signal", play_signal}, {"log", play_log},
		{"secret", play_secret}, {"exits", play_exits}};
	for (size_t i = 0; i < sizeof(VERBS) / sizeof(VERBS[0]); i++) {
		const char *rest;
		if (is_verb(statement->words, VERBS[i].verb, &rest)) {
			VERBS[i].play(statement, rest);
			return;
		}
	}
	flow_fail(statement->line, "no such statement: %s", statement->words);
}

/* ---- the whole ---- */

static void play_all(void) {
	for (size_t i = 0; i < flow.script.count && !flow_has_failed(); i++) {
		play(&flow.script.statements[i]);
	}
	for (size_t i = 0; i < flow.client_count; i++) {
		if (!flow.clients[i].is_expected) {
			flow_fail(flow.clients[i].line, "nothing is expected for this client");
		}
	}
	if (flow.client_count == 0) {
		flow_fail(0, "a flow without a client shows nothing");
	}
	if (!flow_has_failed()) {
		rules_check_used();
	}
	if (flow_has_failed() && flow.host.process != NULL) {
		rules_show();
		process_show(flow.host.process);
	}
}

static void finish(void) {
	if (flow.host.process != NULL && flow_has_failed()) {
		process_signal(flow.host.process, SIGKILL);
		process_wait(flow.host.process, STOP_LIMIT_MS);
	}
	for (size_t i = 0; i < flow.client_count; i++) {
		client_finish(&flow.clients[i]);
	}
	if (flow.host.process != NULL && !flow.has_ended && !flow_has_failed()) {
		host_stop(&flow.host);
	}
	host_clear(&flow.host);
	hubspot_stop();
	rules_finish();
	for (size_t i = 0; i < flow.setting_count; i++) {
		free(flow.settings[i]);
	}
	for (size_t i = 0; i < flow.argument_count; i++) {
		free(flow.arguments[i]);
	}
	folder_remove(flow.folder);
}

int main(int count, char **words) {
	bool must_fail = count == 3 && strcmp(words[1], "--must-fail") == 0;
	if ((count != 2 && !must_fail) || !script_read(&flow.script, words[count - 1]) ||
		!rules_read(&flow.script)) {
		fprintf(stderr, "flow_runner [--must-fail] FILE.flow\n");
		return 2;
	}
	snprintf(flow.folder, sizeof(flow.folder), "/tmp/hsc-flow-XXXXXX");
	if (mkdtemp(flow.folder) == NULL) {
		return 2;
	}
	hubspot_back();
	play_all();
	finish();
	bool is_as_foretold = flow.script.must_fail != NULL &&
		strstr(flow.failure, flow.script.must_fail) != NULL;
	bool is_good = must_fail ? is_as_foretold : !flow_has_failed();
	fprintf(stderr, "%s%s: %s\n", flow.failure, flow.failure[0] == '\0' ? flow.script.file : "",
		is_good ? "ok" : "FAILED");
	script_finish(&flow.script);
	return is_good ? 0 : 1;
}
