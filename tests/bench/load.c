/*
 * load - measures one server from the outside and checks every reply; prints one JSON object. All
 * addresses are on loopback, and everything is bounded in time. See load.h.
 */
#include "load.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { SECONDS_MAX = 600, CONNECTIONS_MAX = 20000, RATE_MAX = 1000000 };

enum option_number {
	TO,
	SANDBOX,
	CONNECTIONS,
	RATE,
	THEN_RATE,
	WARM_UP,
	SECONDS,
	THEN_SECONDS,
	TIMEOUT,
	DRAIN,
	DEADLINE,
	PAUSE_MOST,
	PID,
	NUMBERS, /* those before it take a number */
	WORK = NUMBERS,
	HOLD,
};

static const struct {
	double most, missing;
} numbers[NUMBERS] = {
	[TO] = {UINT16_MAX, 0},
	[SANDBOX] = {UINT16_MAX, 0},
	[CONNECTIONS] = {CONNECTIONS_MAX, 64},
	[RATE] = {RATE_MAX, 0},
	[THEN_RATE] = {RATE_MAX, 0},
	[WARM_UP] = {SECONDS_MAX, 0},
	[SECONDS] = {SECONDS_MAX, 5},
	[THEN_SECONDS] = {SECONDS_MAX, 0},
	[TIMEOUT] = {SECONDS_MAX, 30},
	[DRAIN] = {SECONDS_MAX, 30},
	[DEADLINE] = {SECONDS_MAX * 1000, 0},
	[PAUSE_MOST] = {SECONDS_MAX, 2},
	[PID] = {INT32_MAX, 0},
};

static const struct option options[] = {
	{"to", required_argument, NULL, TO},
	{"sandbox", required_argument, NULL, SANDBOX},
	{"connections", required_argument, NULL, CONNECTIONS},
	{"rate", required_argument, NULL, RATE},
	{"then-rate", required_argument, NULL, THEN_RATE},
	{"warm-up", required_argument, NULL, WARM_UP},
	{"seconds", required_argument, NULL, SECONDS},
	{"then-seconds", required_argument, NULL, THEN_SECONDS},
	{"timeout", required_argument, NULL, TIMEOUT},
	{"drain", required_argument, NULL, DRAIN},
	{"deadline", required_argument, NULL, DEADLINE},
	{"pause-most", required_argument, NULL, PAUSE_MOST},
	{"pid", required_argument, NULL, PID},
	{"work", required_argument, NULL, WORK},
	{"hold", no_argument, NULL, HOLD},
	{0},
};

static const char usage[] =
	"load --to PORT [--work upsert|direct|echo|page] [--connections N] [--rate PER-SECOND]\n"
	"     [--warm-up S] [--seconds S] [--then-rate PER-SECOND --then-seconds S] [--timeout S] "
	"[--drain S]\n"
	"     [--deadline MS] [--pause-most S] [--pid PID] [--sandbox PORT] [--hold]\n"
	"Without --rate each connection sends when it has its reply; with it, requests are due by "
	"the clock.\n";

static void refuse(void) {
	fputs(usage, stderr);
	exit(2);
}

static double number(const char *text, double most) {
	char *end;
	errno = 0;
	double value = strtod(text, &end);
	if (errno != 0 || end == text || *end != '\0' || !(value >= 0 && value <= most)) {
		fprintf(stderr, "load: %s is no number from 0 to %g\n", text, most);
		refuse();
	}
	return value;
}

static void take_numbers(struct settings *settings, const double values[NUMBERS]) {
	settings->port = (uint16_t)values[TO];
	settings->sandbox_port = (uint16_t)values[SANDBOX];
	settings->connections = (unsigned)values[CONNECTIONS];
	settings->timeout_ms = (uint64_t)(values[TIMEOUT] * 1000);
	settings->drain_ms = (uint64_t)(values[DRAIN] * 1000);
	settings->deadline_ms = (unsigned)values[DEADLINE];
	settings->pause_most_s = values[PAUSE_MOST];
	settings->pid = (pid_t)values[PID];
	settings->phases[0] = (struct phase){"warm_up", values[RATE], values[WARM_UP]};
	settings->phases[1] = (struct phase){"main", values[RATE], values[SECONDS]};
	settings->phases[2] = (struct phase){"then", values[THEN_RATE], values[THEN_SECONDS]};
}

static void read_options(struct settings *settings, int count, char **words) {
	double values[NUMBERS];
	int option;
	for (size_t i = 0; i < NUMBERS; i++) {
		values[i] = numbers[i].missing;
	}
	while ((option = getopt_long(count, words, "", options, NULL)) != -1) {
		if (option >= 0 && option < NUMBERS) {
			values[option] = number(optarg, numbers[option].most);
		} else if (option == WORK) {
			settings->work = work_find(optarg);
		} else if (option == HOLD) {
			settings->is_held = true;
		} else {
			refuse();
		}
	}
	take_numbers(settings, values);
	if (optind != count || settings->port == 0 || settings->work == NULL ||
		settings->connections == 0) {
		refuse();
	}
}

static void raise_descriptors(void) {
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static json_t *show_series(const struct run *run, const uint32_t *by_second) {
	double seconds = run->settings->phases[1].seconds + run->settings->phases[2].seconds;
	json_t *series = json_array();
	for (size_t i = 0; i < SERIES_MAX && (double)i < seconds; i++) {
		json_array_append_new(series, json_integer((json_int_t)by_second[i]));
	}
	return series;
}

static void show(struct run *run) {
	const struct settings *settings = run->settings;
	json_t *shown = json_pack("{s:s,s:i}", "work", settings->work->name, "connections",
		(int)settings->connections);
	for (size_t i = 0; i < PHASES; i++) {
		if (settings->phases[i].seconds > 0) {
			json_object_set_new(
				shown, settings->phases[i].name, tally_show(&run->tallies[i]));
		}
	}
	json_object_set_new(shown, "good_by_second", show_series(run, run->good_by_second));
	json_object_set_new(shown, "refused_by_second", show_series(run, run->refused_by_second));
	json_object_set_new(shown, "wrong", json_integer((json_int_t)run->wrong_total));
	if (run->wrong_total > 0) {
		json_object_set_new(shown, "first_wrong",
			json_sprintf(
				"%.*s", (int)strcspn(run->first_wrong, "\r\n"), run->first_wrong));
	}
	if (settings->sandbox_port != 0 && settings->work->is_stored) {
		json_object_set_new(shown, "sandbox", state_verify(run));
	}
	json_dumpf(shown, stdout, JSON_REAL_PRECISION(8));
	putchar('\n');
	json_decref(shown);
}

int main(int count, char **words) {
	struct settings settings = {.work = work_find("upsert")};
	read_options(&settings, count, words);
	raise_descriptors();
	struct run *run = calloc(1, sizeof(*run));
	if (run == NULL) {
		return 1;
	}
	run->settings = &settings;
	loop_run(run);
	if (!settings.is_held) {
		show(run);
	}
	for (size_t i = 0; i < PHASES; i++) {
		tally_finish(&run->tallies[i]);
	}
	for (uint32_t i = 0; i < run->record_count; i++) {
		free(run->records[i]);
	}
	free(run->records);
	free(run);
	return 0;
}
