/*
 * check/report.h - tells people, or a program, what came of the checks.
 *
 * People: a line for each check as it ends, and a summary for each file. A program: one JSON value at the end,
 * {"good": bool, "files": [{"file", "good", "counts": {"ok","notes","failed","skipped"}, "checks": [{"name", "verdict": "ok",
 * "note", "fail" or "skipped", "needs": the check that failed before, "findings": [{"verdict","text"}]}]}]}.
 */
#ifndef CHECK_REPORT_H
#define CHECK_REPORT_H

#include "check.h"

enum { FILE_SIZE = 4096 };

struct report {
	bool is_json;
	bool is_good; /* no check of any file has failed */
	unsigned total; /* checks of all files */
	char file[FILE_SIZE]; /* the one in hand */
	json_t *files;
	unsigned counts[VERDICT_SKIPPED + 1]; /* of the file in hand, by verdict */
	json_t *checks;
};

void report_init(struct report *report, bool is_json);
void report_begin(struct report *report, const char *file);

/* A report_fn. */
void report_check(const struct job *job, enum verdict verdict, const struct board *board, const char *needed, void *report);

void report_end(struct report *report);
void report_finish(struct report *report);

#endif
