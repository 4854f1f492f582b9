/*
 * check/check.h - what the files of hsc-check share.
 *
 * A check is a function that runs in a child process of its own, so whatever the plugin does there (crash, hang, exit,
 * change of the process) is that check's finding and touches nothing else. It tells what it finds on a board in shared
 * memory, which outlives the child; so do the findings before a crash, and the place where it happened.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- what is examined ---- */

enum { NAME_SIZE = 160, METHOD_SIZE = 20, PATH_SIZE = 520, FINDING_SIZE = 1000, FINDINGS_MAX = 16, PLACE_SIZE = 256 };

/* A plugin's file, and what it is given. */
struct subject {
	const char *file;
	char *config;  /* JSON text of its section, given or made; or NULL: none (yet) */
	char *objects; /* JSON text of the configuration's "objects"; or NULL */
	bool is_config_given;
};

/* One check of one file: a row of the table, or one of the plugin's routes. */
struct job {
	const struct check *check;
	char name[NAME_SIZE];     /* "symbols", "route POST /contacts" */
	char method[METHOD_SIZE]; /* of a route: as declared; "" for any */
	char path[PATH_SIZE];
	char object[PATH_SIZE];   /* the path of the declared object whose route it is; "": the plugin's own */
};

struct check {
	const char *name;
	const char *what;  /* one line for --list */
	const char *needs; /* the check without which it makes no sense; or NULL */
	void (*run)(const struct subject *subject, const struct job *job);
};

/* The checks in order; the last one stands for every route. Ends in a NULL name. */
extern const struct check CHECKS[];

void check_file(const struct subject *subject, const struct job *job);
void check_symbols(const struct subject *subject, const struct job *job);
void check_undefined(const struct subject *subject, const struct job *job);
void check_constructors(const struct subject *subject, const struct job *job);
void check_abi(const struct subject *subject, const struct job *job);
void check_load_time(const struct subject *subject, const struct job *job);
void check_config(const struct subject *subject, const struct job *job);
void check_objects(const struct subject *subject, const struct job *job);
void check_life(const struct subject *subject, const struct job *job);
void check_frozen(const struct subject *subject, const struct job *job);
void check_route(const struct subject *subject, const struct job *job);

/* Not checks, but run like them: they tell their text (see tell()) and find nothing. The first tells the configuration made
 * for the plugin, the second its routes, as a JSON array of {"method", "path", "object"}. */
void make_config(const struct subject *subject, const struct job *job);
void list_routes(const struct subject *subject, const struct job *job);

/* ---- what a check says, in its child ---- */

enum verdict { VERDICT_OK, VERDICT_NOTE, VERDICT_FAIL, VERDICT_SKIPPED };

struct finding {
	enum verdict verdict;
	char text[FINDING_SIZE]; /* the culprit, and what to do */
};

enum { TOLD_SIZE = 1 << 20 };

struct board {
	struct finding findings[FINDINGS_MAX];
	size_t count;
	char place[PLACE_SIZE]; /* what is being done */
	bool has_ended;         /* the check returned */
	char told[TOLD_SIZE];   /* memory that is never written to costs nothing */
};

/* Something to fix, something to know; those beyond FINDINGS_MAX are left out. */
void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Where we are, in case this is the last thing that is heard of us: "init()", "the request, when HubSpot says 500". */
void at_place(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The text that this run is for. */
void tell(const char *text);

/* Has the running check failed so far? */
bool has_failed(void);

/* Replaces what is no UTF-8, and control characters. */
void make_printable(char *text);

/* ---- running it, in the parent ---- */

/* Runs `run` in a child. What it found, or how it died, is on the board, which belongs to the caller (munmap it), and is
 * valid until the next call. */
const struct board *child_run(void (*run)(const struct subject *, const struct job *), const struct subject *subject,
	const struct job *job, uint32_t timeout_ms);

/* ---- one file ---- */

/* Examines `subject->file`; of the checks only those that `only` has ("route" for all routes), NULL: all. `report` is called
 * once for each, in order. */
typedef void report_fn(const struct job *job, enum verdict verdict, const struct board *board, const char *needed, void *ctx);
void examine(struct subject *subject, const char *only, uint32_t timeout_ms, report_fn *report, void *ctx);

/* Prints the names of the checks of its routes, a line each. */
void examine_list(struct subject *subject, uint32_t timeout_ms);

#endif
