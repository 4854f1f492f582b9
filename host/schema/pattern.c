#define PCRE2_CODE_UNIT_WIDTH 8
#include "schema/inside.h"

#include <pcre2.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/memory.h"

/*
 * A pattern costs a bounded time on whatever a stranger sends. PCRE2 counts the steps of its
 * matcher, but not the characters that one step runs over, and it counts anew for each place of the
 * text at which a match may start. So the steps shrink as the text grows, and a pattern that is not
 * anchored is tried at a few places at a time, with a look at the clock in between. Past its steps,
 * its time, SUBJECT_MAX or HEAP_KIB the matcher gives up, and the value counts as one that does not
 * match.
 */
enum {
	STEPS_ANCHORED = 100000,
	STEPS_A_PLACE = 10000,
	WORK_ANCHORED = 256000000, /* steps times bytes: some 0.3 s at the worst */
	WORK_A_PLACE = 64000000,
	PLACES_WORK = 16384, /* places at a time, times bytes */
	TIME_MS = 100,
	SUBJECT_MAX = 65536,
	HEAP_KIB = 8192,
	EXPRESSION_MAX = 65536
};

struct pattern {
	pcre2_code *code;
	bool is_anchored;
};

struct matcher {
	pcre2_match_context *context;
	pcre2_match_data *match;
	uint64_t ms;
};

static pcre2_code *compile(
	const struct buf *expression, int *code, char error[PATTERN_ERROR_SIZE]) {
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	if (context == NULL) {
		snprintf(error, PATTERN_ERROR_SIZE, "out of memory");
		return NULL;
	}
	pcre2_set_compile_extra_options(context, PCRE2_EXTRA_ALT_BSUX);
	uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX |
		PCRE2_MATCH_UNSET_BACKREF | PCRE2_ALLOW_EMPTY_CLASS | PCRE2_NEVER_BACKSLASH_C |
		PCRE2_USE_OFFSET_LIMIT;
	PCRE2_SIZE offset = 0;
	pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)buf_text(expression), expression->length,
		options, code, &offset, context);
	pcre2_compile_context_free(context);
	if (compiled == NULL &&
		pcre2_get_error_message(*code, (PCRE2_UCHAR *)error, PATTERN_ERROR_SIZE) < 0) {
		snprintf(error, PATTERN_ERROR_SIZE, "error %d", *code);
	}
	return compiled;
}

/* *code is PCRE2's when it refuses, else 0. */
static pcre2_code *create(const char *expression, int *code, char error[PATTERN_ERROR_SIZE]) {
	struct buf translated;
	buf_init(&translated, EXPRESSION_MAX);
	const char *wrong = ecma_translate(expression, &translated);
	pcre2_code *compiled = NULL;
	*code = 0;
	if (wrong == NULL && translated.is_failed) {
		wrong = "it is too long";
	}
	if (wrong != NULL) {
		snprintf(error, PATTERN_ERROR_SIZE, "%s", wrong);
	} else {
		compiled = compile(&translated, code, error);
	}
	buf_finish(&translated);
	return compiled;
}

struct pattern *pattern_create(const char *expression, char error[PATTERN_ERROR_SIZE]) {
	int refusal;
	pcre2_code *code = create(expression, &refusal, error);
	if (code == NULL) {
		return NULL;
	}
	struct pattern *pattern = must_calloc(1, sizeof(*pattern));
	uint32_t options = 0;
	pcre2_pattern_info(code, PCRE2_INFO_ALLOPTIONS, &options);
	pattern->code = code;
	pattern->is_anchored = (options & PCRE2_ANCHORED) != 0;
	return pattern;
}

bool pattern_is_expression(const char *expression) {
	char error[PATTERN_ERROR_SIZE];
	int refusal;
	pcre2_code *code = create(expression, &refusal, error);
	pcre2_code_free(code);
	return code != NULL || refusal == PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH;
}

void pattern_destroy(struct pattern *pattern) {
	if (pattern != NULL) {
		pcre2_code_free(pattern->code);
		free(pattern);
	}
}

static uint32_t steps_for(const struct pattern *pattern, size_t length) {
	size_t most = pattern->is_anchored ? STEPS_ANCHORED : STEPS_A_PLACE;
	size_t work = pattern->is_anchored ? WORK_ANCHORED : WORK_A_PLACE;
	size_t steps = work / (length + 1);
	return (uint32_t)(steps < most ? steps : most);
}

/* The start of the first character after `at`; `length` + 1 past the last. */
static size_t next_place(const char *text, size_t length, size_t at) {
	do {
		at++;
	} while (at < length && ((unsigned char)text[at] & 0xc0) == 0x80);
	return at;
}

struct matcher *matcher_create(void) {
	struct matcher *matcher = calloc(1, sizeof(*matcher));
	if (matcher == NULL) {
		return NULL;
	}
	matcher->context = pcre2_match_context_create(NULL);
	matcher->match = pcre2_match_data_create(1, NULL);
	if (matcher->context == NULL || matcher->match == NULL) {
		matcher_destroy(matcher);
		return NULL;
	}
	pcre2_set_heap_limit(matcher->context, HEAP_KIB);
	return matcher;
}

void matcher_destroy(struct matcher *matcher) {
	if (matcher != NULL) {
		pcre2_match_data_free(matcher->match);
		pcre2_match_context_free(matcher->context);
		free(matcher);
	}
}

uint64_t matcher_ms(const struct matcher *matcher) {
	return matcher->ms;
}

/* Tries the places one window after the other; the outcome is PCRE2's. */
static int search(
	const struct pattern *pattern, struct matcher *matcher, const char *text, size_t length) {
	size_t window = pattern->is_anchored ? length : PLACES_WORK / (length + 1);
	uint64_t start_ms = clock_precise_ms(), spent_ms = 0;
	uint32_t options = 0;
	int outcome = PCRE2_ERROR_NOMATCH;
	for (size_t at = 0; at <= length && outcome == PCRE2_ERROR_NOMATCH;) {
		size_t last = window < length - at ? at + window : length;
		pcre2_set_offset_limit(matcher->context, last);
		outcome = pcre2_match(pattern->code, (PCRE2_SPTR)text, length, at, options,
			matcher->match, matcher->context);
		options = PCRE2_NO_UTF_CHECK;
		at = next_place(text, length, last);
		spent_ms = clock_precise_ms() - start_ms;
		if (spent_ms > TIME_MS && outcome == PCRE2_ERROR_NOMATCH) {
			outcome = PCRE2_ERROR_MATCHLIMIT;
		}
	}
	matcher->ms += spent_ms;
	return outcome;
}

bool pattern_is_found(
	const struct pattern *pattern, struct matcher *matcher, const char *text, size_t length) {
	if (length > SUBJECT_MAX) {
		return false;
	}
	pcre2_set_match_limit(matcher->context, steps_for(pattern, length));
	return search(pattern, matcher, text, length) >= 0;
}
