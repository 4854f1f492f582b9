/*
 * bench_schema SCHEMA.json ... - what it costs to validate a record, beside reading it: of each
 * schema, a record made of its examples. Prints, for each, the median of many short rounds that
 * take turns:
 *
 *   NAME  record bytes, compile us, json_loads ns, json_read ns, validate ns, validate / json_loads
 *
 * With --json: the same as one JSON object a line, the record with it, for peers/ajv.js.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/str.h"
#include "schema/schema.h"

enum { ROUNDS = 201, RUNS = 50, NAME_SIZE = 64 };

enum what { LOADS, READ, VALIDATE, COMPILE, WHAT_COUNT };

struct subject {
	char name[NAME_SIZE];
	json_t *definition;
	struct schema *schema;
	json_t *record;
	char *text;
	size_t length;
};

static double now_ns(void) {
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void die(const char *what, const char *why) {
	fprintf(stderr, "bench_schema: %s: %s\n", what, why);
	exit(1);
}

static json_t *record_of(const json_t *definition) {
	json_t *record = json_object();
	const char *name;
	json_t *property;
	json_object_foreach (json_object_get(definition, "properties"), name, property) {
		json_t *example = json_array_get(json_object_get(property, "examples"), 0);
		if (example != NULL) {
			json_object_set(record, name, example);
		}
	}
	return record;
}

static void open_subject(const char *path, struct subject *subject) {
	char error[SCHEMA_ERROR_SIZE];
	json_error_t fault;
	const char *slash = strrchr(path, '/');
	snprintf(subject->name, sizeof(subject->name), "%s", slash != NULL ? slash + 1 : path);
	subject->name[strcspn(subject->name, ".")] = '\0';
	subject->definition = json_load_file(path, 0, &fault);
	if (subject->definition == NULL) {
		die(path, fault.text);
	}
	subject->schema = schema_compile(subject->definition, error);
	if (subject->schema == NULL) {
		die(path, error);
	}
	subject->record = record_of(subject->definition);
	if (!schema_validate(subject->schema, subject->record, 0, NULL)) {
		die(path, "its examples are not valid");
	}
	subject->text = json_dumps(subject->record, JSON_COMPACT);
	subject->length = strlen(subject->text);
}

static void close_subject(struct subject *subject) {
	schema_destroy(subject->schema);
	json_decref(subject->definition);
	json_decref(subject->record);
	free(subject->text);
}

static void run_once(const struct subject *subject, enum what what) {
	char error[SCHEMA_ERROR_SIZE];
	switch (what) {
	case LOADS:
		json_decref(json_loads(subject->text, 0, NULL));
		break;
	case READ:
		json_decref(json_read(subject->text, subject->length, JSON_DEPTH_MAX, error));
		break;
	case VALIDATE:
		if (!schema_validate(subject->schema, subject->record, 0, NULL)) {
			die(subject->name, "not valid any more");
		}
		break;
	default:
		schema_destroy(schema_compile(subject->definition, error));
		break;
	}
}

static int by_size(const void *a, const void *b) {
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* The median nanoseconds of each, measured in turns. */
static void measure(const struct subject *subject, double medians[WHAT_COUNT]) {
	static double all[WHAT_COUNT][ROUNDS];
	for (size_t round = 0; round < ROUNDS; round++) {
		for (int what = 0; what < WHAT_COUNT; what++) {
			int runs = what == COMPILE ? 1 : RUNS;
			double start = now_ns();
			for (int run = 0; run < runs; run++) {
				run_once(subject, (enum what)what);
			}
			all[what][round] = (now_ns() - start) / runs;
		}
	}
	for (int what = 0; what < WHAT_COUNT; what++) {
		qsort(all[what], ROUNDS, sizeof(double), by_size);
		medians[what] = all[what][ROUNDS / 2];
	}
}

static void print_json(const struct subject *subject, const double medians[WHAT_COUNT]) {
	json_t *line = json_pack("{s:s, s:O, s:O, s:f, s:f, s:f, s:f}", "name", subject->name,
		"schema", subject->definition, "record", subject->record, "loads_ns",
		medians[LOADS], "read_ns", medians[READ], "validate_ns", medians[VALIDATE],
		"compile_ns", medians[COMPILE]);
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(line);
}

int main(int count, char **words) {
	bool is_json = count > 1 && str_is_equal(words[1], "--json");
	int first = is_json ? 2 : 1;
	if (first >= count) {
		fprintf(stderr, "usage: bench_schema [--json] SCHEMA.json ...\n");
		return 2;
	}
	if (!is_json) {
		printf("%-10s %7s %11s %14s %13s %12s %9s\n", "", "bytes", "compile us",
			"json_loads ns", "json_read ns", "validate ns", "of loads");
	}
	for (int i = first; i < count; i++) {
		struct subject subject;
		double medians[WHAT_COUNT];
		open_subject(words[i], &subject);
		measure(&subject, medians);
		if (is_json) {
			print_json(&subject, medians);
		} else {
			printf("%-10s %7zu %11.0f %14.0f %13.0f %12.0f %9.2f\n", subject.name,
				subject.length, medians[COMPILE] / 1000, medians[LOADS],
				medians[READ], medians[VALIDATE],
				medians[VALIDATE] / medians[LOADS]);
		}
		close_subject(&subject);
	}
	return 0;
}
