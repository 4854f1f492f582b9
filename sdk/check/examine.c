/* One file from the first check to the last: which run, and which would only say again what another
 * one has said. */
#include "check.h"

#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/str.h"

const struct check CHECKS[] = {
	{"file", "a shared object for this machine, named NAME.so", NULL, check_file},
	{"symbols", "exports hsc_plugin and nothing else", "file", check_symbols},
	{"undefined", "takes only from libraries it names, and nothing that changes the process",
		"file", check_undefined},
	{"constructors",
		"runs nothing when loaded; no text relocations, executable stack or search path",
		"file", check_constructors},
	{"abi", "loads; hsc_plugin is complete and fits this ABI", "file", check_abi},
	{"config", "config_schema compiles, and the configuration meets it", "abi", check_config},
	{"objects", "init() is taken by the host; examples and defaults meet their schemas",
		"config", check_objects},
	{"load_time", "loading and init() take less than 100 ms of processor time", "objects",
		check_load_time},
	{"life", "init and fini again and again: nothing leaks, nothing stays behind", "objects",
		check_life},
	{"frozen", "registers nothing once init() has returned", "objects", check_frozen},
	{"route",
		"one for each route, \"route METHOD PATH\": one reply to each request, whatever "
		"HubSpot and the client do",
		"objects", check_route},
	{NULL, NULL, NULL, NULL},
};

/* What came of a check, by its place in CHECKS, for those that need it. */
struct examination {
	struct subject *subject;
	const char *only;
	uint32_t timeout_ms;
	report_fn *report;
	void *ctx;
	bool has_config; /* one was looked for */
	bool is_bad[sizeof(CHECKS) / sizeof(CHECKS[0])];
};

/* Is `name` one of the names between the commas? */
static bool is_listed(const char *list, const char *name) {
	size_t length = strlen(name);
	for (const char *at = list; at != NULL; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == '\0')) {
			return true;
		}
	}
	return false;
}

static bool is_wanted(const struct examination *examination, const struct job *job) {
	const char *only = examination->only;
	return only == NULL || is_listed(only, job->name) || is_listed(only, job->check->name);
}

static size_t index_of(const char *name) {
	size_t i = 0;
	while (!str_is_equal(CHECKS[i].name, name)) {
		i++;
	}
	return i;
}

static enum verdict verdict_of(const struct board *board) {
	enum verdict worst = VERDICT_OK;
	for (size_t i = 0; i < board->count; i++) {
		worst = board->findings[i].verdict > worst ? board->findings[i].verdict : worst;
	}
	return worst;
}

/* Without a configuration from outside, one is made. */
static void provide_config(struct examination *examination) {
	struct subject *subject = examination->subject;
	const struct job job = {.check = CHECKS};
	if (examination->has_config) {
		return;
	}
	examination->has_config = true;
	if (subject->config == NULL && !examination->is_bad[index_of("abi")]) {
		const struct board *board =
			child_run(make_config, subject, &job, examination->timeout_ms);
		subject->config = board->told[0] != '\0' ? must_strdup(board->told) : NULL;
	}
}

static void run_job(struct examination *examination, const struct job *job) {
	const struct check *check = job->check;
	size_t index = (size_t)(check - CHECKS);
	if (!is_wanted(examination, job)) {
		return;
	}
	if (check->needs != NULL && examination->is_bad[index_of(check->needs)]) {
		examination->is_bad[index] = true;
		examination->report(job, VERDICT_SKIPPED, NULL, check->needs, examination->ctx);
		return;
	}
	if (index >= index_of("config")) {
		provide_config(examination);
	}
	const struct board *board =
		child_run(check->run, examination->subject, job, examination->timeout_ms);
	enum verdict verdict = verdict_of(board);
	examination->is_bad[index] = verdict == VERDICT_FAIL;
	examination->report(job, verdict, board, NULL, examination->ctx);
}

/* Calls `visit` with a job for each route of the plugin. */
static void each_route(struct examination *examination, const struct check *check,
	void (*visit)(struct examination *examination, const struct job *job)) {
	struct job job = {.check = check, .name = "route"};
	char error[JSON_ERROR_SIZE];
	provide_config(examination);
	const struct board *board =
		child_run(list_routes, examination->subject, &job, examination->timeout_ms);
	json_t *routes = json_read(board->told, strlen(board->told), JSON_DEPTH_MAX, error);
	size_t index;
	const json_t *route;
	json_array_foreach (routes, index, route) {
		const char *method = json_member_text(route, "method");
		snprintf(job.method, sizeof(job.method), "%s", method);
		snprintf(job.path, sizeof(job.path), "%s", json_member_text(route, "path"));
		snprintf(job.object, sizeof(job.object), "%s", json_member_text(route, "object"));
		snprintf(job.name, sizeof(job.name), "route %s %.*s",
			method[0] != '\0' ? method : "*", NAME_SIZE - 32, job.path);
		visit(examination, &job);
	}
	json_decref(routes);
}

static void run_routes(struct examination *examination, const struct check *check) {
	if (examination->is_bad[index_of(check->needs)]) {
		const struct job job = {.check = check, .name = "route"};
		run_job(examination, &job);
	} else {
		each_route(examination, check, run_job);
	}
}

void examine(struct subject *subject, const char *only, uint32_t timeout_ms, report_fn *report,
	void *ctx) {
	struct examination examination = {.subject = subject,
		.only = only,
		.timeout_ms = timeout_ms,
		.report = report,
		.ctx = ctx};
	for (const struct check *check = CHECKS; check->name != NULL; check++) {
		if (str_is_equal(check->name, "route")) {
			run_routes(&examination, check);
			continue;
		}
		struct job job = {.check = check};
		snprintf(job.name, sizeof(job.name), "%s", check->name);
		run_job(&examination, &job);
	}
}

static void print_route(struct examination *examination, const struct job *job) {
	(void)examination;
	printf("%s\n", job->name);
}

void examine_list(struct subject *subject, uint32_t timeout_ms) {
	struct examination examination = {.subject = subject, .timeout_ms = timeout_ms};
	each_route(&examination, &CHECKS[index_of("route")], print_route);
}
