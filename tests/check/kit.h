/* What the tests of hsc-check share: running it, and what it said. */
#ifndef CHECK_KIT_H
#define CHECK_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

struct run {
	int code;    /* its exit code */
	char *out;   /* standard output */
	char *err;   /* standard error */
	json_t *json; /* `out`, where it is JSON; or NULL */
};

/* Runs hsc-check with these arguments (end in NULL), in the folder of the faulty plugins. */
struct run run_check(const char *const *arguments);
void run_finish(struct run *run);

/* The check of that name, of the run's file with that index; NULL: there is none. */
const json_t *run_find(const struct run *run, size_t file, const char *check);

/* Its verdict; "" when there is none. */
const char *run_verdict(const struct run *run, size_t file, const char *check);

/* All texts of its findings in a row; the caller frees it. */
char *run_texts(const struct run *run, size_t file, const char *check);

#endif
