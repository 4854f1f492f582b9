#include "report.h"

#include "base/buf.h"
#include "base/json.h"

enum { NAME_WIDTH = 14, JSON_MAX = 64 << 20 };

static const struct {
	const char *shown;
	const char *name;
} VERDICTS[] = {
	[VERDICT_OK] = {"ok  ", "ok"},
	[VERDICT_NOTE] = {"NOTE", "note"},
	[VERDICT_FAIL] = {"FAIL", "fail"},
	[VERDICT_SKIPPED] = {"--  ", "skipped"},
};

void report_init(struct report *report, bool is_json) {
	*report = (struct report){.is_json = is_json, .is_good = true, .files = json_array()};
}

void report_begin(struct report *report, const char *file) {
	for (size_t i = 0; i <= VERDICT_SKIPPED; i++) {
		report->counts[i] = 0;
	}
	snprintf(report->file, sizeof(report->file), "%s", file);
	make_printable(report->file);
	report->checks = json_array();
}

/* "  FAIL  route POST /x    the first finding", and the others below it. */
static void print_check(const struct job *job, enum verdict verdict, const struct board *board,
	const char *needed) {
	printf("  %s  %-*s", VERDICTS[verdict].shown, NAME_WIDTH, job->name);
	if (needed != NULL) {
		printf("  left out: %s has failed", needed);
	}
	for (size_t i = 0; board != NULL && i < board->count; i++) {
		const struct finding *finding = &board->findings[i];
		bool is_other = finding->verdict != verdict;
		printf("\n          %s%s", is_other ? "(note) " : "", finding->text);
	}
	putchar('\n');
	fflush(stdout);
}

static json_t *findings_of(const struct board *board) {
	json_t *findings = json_array();
	for (size_t i = 0; board != NULL && i < board->count; i++) {
		json_array_append_new(findings,
			json_pack("{s:s, s:s}", "verdict",
				VERDICTS[board->findings[i].verdict].name, "text",
				board->findings[i].text));
	}
	return findings;
}

void report_check(const struct job *job, enum verdict verdict, const struct board *board,
	const char *needed, void *ctx) {
	struct report *report = ctx;
	if (!report->is_json && json_array_size(report->checks) == 0) {
		printf("%s\n", report->file);
	}
	report->counts[verdict]++;
	report->total++;
	json_array_append_new(report->checks,
		json_pack("{s:s, s:s, s:s*, s:o}", "name", job->name, "verdict",
			VERDICTS[verdict].name, "needs", needed, "findings", findings_of(board)));
	if (!report->is_json) {
		print_check(job, verdict, board, needed);
	}
}

void report_end(struct report *report) {
	const unsigned *counts = report->counts;
	bool is_good = counts[VERDICT_FAIL] == 0;
	report->is_good = report->is_good && is_good;
	json_array_append_new(report->files,
		json_pack("{s:s, s:b, s:{s:i, s:i, s:i, s:i}, s:o}", "file", report->file, "good",
			is_good, "counts", "ok", (int)counts[VERDICT_OK], "notes",
			(int)counts[VERDICT_NOTE], "failed", (int)counts[VERDICT_FAIL], "skipped",
			(int)counts[VERDICT_SKIPPED], "checks", report->checks));
	bool is_empty = json_array_size(report->checks) == 0;
	report->checks = NULL;
	if (!report->is_json && !is_empty) {
		printf("  %s: %u ok, %u with notes, %u failed", is_good ? "good" : "not good",
			counts[VERDICT_OK], counts[VERDICT_NOTE], counts[VERDICT_FAIL]);
		printf(counts[VERDICT_SKIPPED] > 0 ? ", %u left out\n" : "\n",
			counts[VERDICT_SKIPPED]);
	}
}

void report_finish(struct report *report) {
	if (report->is_json) {
		struct buf text;
		json_t *whole =
			json_pack("{s:b, s:O}", "good", report->is_good, "files", report->files);
		buf_init(&text, JSON_MAX);
		json_write(&text, whole);
		puts(buf_text(&text));
		buf_finish(&text);
		json_decref(whole);
	}
	json_decref(report->files);
	report->files = NULL;
}
