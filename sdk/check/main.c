/*
 * hsc-check FILE.so ... - examines plugins before a host meets them.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "measure.h"
#include "report.h"
#include "validate.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/str.h"

enum { EXIT_GOOD, EXIT_FINDINGS, EXIT_USAGE };
enum { CONFIG_MAX = 1 << 20, TIMEOUT_MS = 10000, TIMEOUT_MAX_S = 3600 };

struct command {
	bool is_json;
	bool is_list;
	bool is_validate;
	const char *only;
	uint32_t timeout_ms;
	json_t *config; /* the whole file; or NULL */
	char **files;
};

static const char USAGE[] =
	"usage: hsc-check [--only NAME,...] [--config FILE.json] [--timeout SECONDS] [--json] FILE.so ...\n"
	"       hsc-check --list [FILE.so ...]\n"
	"       hsc-check --validate\n"
	"\n"
	"Examines plugins, each check in a process of its own. Exit code: 0 nothing to fix, 1 something\n"
	"to fix, 2 a mistake in the command line, or a file that cannot be read.\n"
	"\n"
	"  --list           the checks; with files, their routes too\n"
	"  --only NAME,...  these: \"symbols\", \"route\" for all routes, \"route POST /leads\" for one\n"
	"  --config FILE    as the host's configuration file: the plugin gets plugins.NAME, and objects\n"
	"                   counts (without it a configuration is made from config_schema)\n"
	"  --timeout S      a check that takes longer hangs (default 10)\n"
	"  --json           one JSON value instead of lines\n"
	"  --validate       answers lines of JSON on standard input: {\"schema\": S, \"data\": D,\n"
	"                   \"format\": true | false} with true, false or error TEXT, and {\"remote\":\n"
	"                   URI, \"schema\": S}, which other schemas may then refer to, with ok\n"
	"  --help           this text\n";

static int refuse(const char *what, const char *why) {
	fprintf(stderr, "hsc-check: %s%s%s\n", what, why != NULL ? ": " : "",
		why != NULL ? why : "");
	return EXIT_USAGE;
}

/* ---- reading what is given ---- */

static json_t *read_config(const char *path) {
	const char *why = NULL;
	char error[JSON_ERROR_SIZE];
	char *text = must_calloc(1, CONFIG_MAX);
	ssize_t length = file_read(path, text, CONFIG_MAX, &why);
	json_t *config = NULL;
	if (length < 0 || length == CONFIG_MAX) {
		refuse(path, length < 0 ? why : "is larger than 1 MiB");
	} else {
		config = json_read(text, (size_t)length, JSON_DEPTH_MAX, error);
		if (config == NULL) {
			refuse(path, error);
		} else if (!json_is_object(config)) {
			refuse(path, "is no JSON object");
			json_decref(config);
			config = NULL;
		}
	}
	free(text);
	return config;
}

static char *as_text(const json_t *value) {
	struct buf text;
	if (value == NULL) {
		return NULL;
	}
	buf_init(&text, 4 * CONFIG_MAX);
	json_write(&text, value);
	return buf_take(&text);
}

/* What the configuration has for the plugin whose file this is. */
static void choose_config(const json_t *config, struct subject *subject) {
	char name[NAME_SIZE];
	const char *slash = strrchr(subject->file, '/');
	snprintf(name, sizeof(name), "%s", slash != NULL ? slash + 1 : subject->file);
	if (str_ends_with(name, ".so")) {
		name[strlen(name) - 3] = '\0';
	}
	subject->config = as_text(json_object_get(json_object_get(config, "plugins"), name));
	subject->objects = as_text(json_object_get(config, "objects"));
	subject->is_config_given = subject->config != NULL;
}

/* ---- the command line ---- */

/* EXIT_GOOD: go on; else the exit code. */
static int parse(struct command *command, int count, char **words, bool *is_done) {
	enum { LIST = 256, ONLY, CONFIG, TIMEOUT, AS_JSON, VALIDATE, HELP };
	static const struct option OPTIONS[] = {{"list", no_argument, NULL, LIST},
		{"only", required_argument, NULL, ONLY},
		{"config", required_argument, NULL, CONFIG},
		{"timeout", required_argument, NULL, TIMEOUT}, {"json", no_argument, NULL, AS_JSON},
		{"validate", no_argument, NULL, VALIDATE}, {"help", no_argument, NULL, HELP}, {NULL, 0, NULL, 0}};
	uint64_t seconds;
	for (int option; (option = getopt_long(count, words, "", OPTIONS, NULL)) != -1;) {
		switch (option) {
		case LIST:
			command->is_list = true;
			break;
		case ONLY:
			command->only = optarg;
			break;
		case CONFIG:
			json_decref(command->config);
			command->config = read_config(optarg);
			if (command->config == NULL) {
				return EXIT_USAGE;
			}
			break;
		case TIMEOUT:
			if (!str_to_uint(optarg, 1, TIMEOUT_MAX_S, &seconds)) {
				return refuse("--timeout", "expected seconds, 1 to 3600");
			}
			command->timeout_ms = (uint32_t)seconds * 1000;
			break;
		case AS_JSON:
			command->is_json = true;
			break;
		case VALIDATE:
			command->is_validate = true;
			break;
		case HELP:
			fputs(USAGE, stdout);
			*is_done = true;
			return EXIT_GOOD;
		default:
			fputs(USAGE, stderr);
			return EXIT_USAGE;
		}
	}
	command->files = words + optind;
	if (command->is_validate ? command->files[0] != NULL
				 : command->files[0] == NULL && !command->is_list) {
		fputs(USAGE, stderr);
		return EXIT_USAGE;
	}
	return EXIT_GOOD;
}

/* The name of no check in --only, to be told; or NULL. */
static const char *unknown_check(const char *only, char *name, size_t size) {
	for (const char *at = only; at != NULL; at = strchr(at, ',')) {
		at += *at == ',';
		snprintf(name, size, "%.*s", (int)strcspn(at, ","), at);
		bool is_known = str_starts_with(name, "route ");
		for (const struct check *check = CHECKS; check->name != NULL; check++) {
			is_known = is_known || str_is_equal(check->name, name);
		}
		if (!is_known) {
			return name;
		}
	}
	return NULL;
}

/* ---- doing it ---- */

static int list_checks(const struct command *command) {
	for (const struct check *check = CHECKS; check->name != NULL; check++) {
		printf("%-14s  %s\n", check->name, check->what);
	}
	for (char **file = command->files; *file != NULL; file++) {
		struct subject subject = {.file = *file};
		choose_config(command->config, &subject);
		printf("\n%s\n", *file);
		examine_list(&subject, command->timeout_ms);
		free(subject.config);
		free(subject.objects);
	}
	return EXIT_GOOD;
}

static int examine_all(const struct command *command) {
	struct report report;
	report_init(&report, command->is_json);
	for (char **file = command->files; *file != NULL; file++) {
		struct subject subject = {.file = *file};
		choose_config(command->config, &subject);
		report_begin(&report, *file);
		examine(&subject, command->only, command->timeout_ms, report_check, &report);
		report_end(&report);
		free(subject.config);
		free(subject.objects);
	}
	if (report.total == 0) {
		json_decref(report.files);
		return refuse("--only", "no file has such a route; see --list FILE.so");
	}
	bool is_good = report.is_good;
	report_finish(&report);
	return is_good ? EXIT_GOOD : EXIT_FINDINGS;
}

static int run(const struct command *command) {
	char name[NAME_SIZE];
	if (command->is_validate) {
		return validate_lines(stdin, stdout) ? EXIT_GOOD
						     : refuse("--validate", strerror(errno));
	}
	if (unknown_check(command->only, name, sizeof(name)) != NULL) {
		fprintf(stderr, "hsc-check: --only: there is no check \"%s\"; see --list\n", name);
		return EXIT_USAGE;
	}
	for (char **file = command->files; *file != NULL; file++) {
		if (access(*file, R_OK) != 0) {
			return refuse(*file, strerror(errno));
		}
	}
	return command->is_list ? list_checks(command) : examine_all(command);
}

int main(int count, char **words) {
	struct command command = {.timeout_ms = TIMEOUT_MS};
	bool is_done = false;
	sigset_t ended;
	measure_prepare(words);
	/* For child_run(), which waits for it. */
	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ended, NULL);
	int code = parse(&command, count, words, &is_done);
	if (code == EXIT_GOOD && !is_done) {
		code = run(&command);
	}
	json_decref(command.config);
	return code;
}
