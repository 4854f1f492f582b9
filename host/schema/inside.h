/*
 * schema/inside.h - what the files of the schema module share.
 *
 * A compiled schema is a set of nodes, one for each schema object (or true, or false) of the
 * definition; a node is a small array of rules, one for each keyword that asserts something. All
 * nodes belong to the `struct schema`, so a node may point at any other, in circles too.
 *
 * The keywords stand in tables, one a vocabulary: core.c ($ref and annotations), any.c (every type),
 * number.c, string.c, array.c, object.c. To add a keyword is to add a row and its two functions; a
 * row without `validate` is an annotation, whose value is checked and then forgotten.
 */
#ifndef SCHEMA_INSIDE_H
#define SCHEMA_INSIDE_H

#include "base/banned.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "schema/schema.h"

/* DEPTH_MAX: nesting of a definition's JSON. REFS_MAX: $refs followed on the way to one value. */
enum { DEPTH_MAX = 64, REFS_MAX = 64 };

struct buf;
struct compiler;
struct pattern;
struct check;

/* Where we are in a definition or an instance: a chain on the stack, the innermost first. */
struct place {
	const struct place *parent; /* NULL: `name` is the JSON pointer of the start, "" mostly */
	const char *name;           /* NULL: an item, at `index` */
	size_t index;
};

/* One keyword of one node, compiled. A keyword uses what it needs; all of it is freed alike. */
struct rule {
	const struct keyword *keyword;
	char *sentence;        /* what to say when it is not met */
	json_t *value;         /* a copy of the keyword's value, or a set of names */
	size_t count;          /* a bound, or the length of `nodes` */
	struct node *node;     /* one subschema; the schema owns it */
	struct node **nodes;   /* several */
	struct pattern *pattern;
	const struct format *format;
};

struct node {
	struct node *next;   /* in the schema's list */
	const void *source;  /* the definition's value it was made of: compared while compiling, never read */
	bool is_never;       /* the schema `false` */
	bool is_read_only;
	size_t count;
	struct rule *rules;  /* in the order of the tables */
};

struct schema {
	struct node *nodes;
	struct node *root;
};

/* What a keyword's compile function sees. */
struct site {
	struct compiler *compiler;
	struct node *node;        /* being made; its rules so far are those of earlier rows */
	const json_t *definition; /* the schema object the keyword stands in */
	const json_t *value;
	const struct place *place; /* of the value */
};

struct keyword {
	const char *name;
	/* Fills `rule` from site->value, or refuses with site_refuse(). What it put into `rule` is freed
	 * by the module, after a refusal too. */
	bool (*compile)(const struct site *site, struct rule *rule);
	/* Is the rule met? When not, it has reported why. NULL: the keyword asserts nothing. */
	bool (*validate)(struct check *check, const struct rule *rule, const json_t *instance);
	bool is_decisive; /* when it fails, the other rules of the node have nothing to add */
};

/* The vocabularies; each ends with a row without a name. */
extern const struct keyword keywords_any[], keywords_core[], keywords_number[], keywords_string[],
	keywords_array[], keywords_object[];

/* ---- compile.c ---- */

struct compiler {
	struct schema *schema;
	const json_t *definition;
	char *error;
	struct ref *refs;
	struct ref **last;
};

/* Writes the place and a sentence as the compile error; returns false. */
bool compiler_refuse(struct compiler *compiler, const struct place *place, const char *sentence);

/* The JSON pointer of `place`; the caller frees it. NULL: out of memory. */
char *pointer_of(const struct place *place);

/* The node of the schema `definition`, or NULL after a refusal. */
struct node *node_compile(struct compiler *compiler, const struct place *place, const json_t *definition)
	__attribute__((warn_unused_result));

/* Is the keyword in the outermost schema object? */
bool site_is_root(const struct site *site);

/* The rule of an earlier row of the same node, or NULL. */
const struct rule *site_rule(const struct site *site, const char *keyword);

/* Writes the place and a sentence as the compile error; returns false. */
bool site_refuse(const struct site *site, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reads the keyword's value as a count (an integer from 0, 2.0 counts as 2), or refuses. */
bool site_count(const struct site *site, size_t *count) __attribute__((warn_unused_result));

/* Keeps `sentence` (freed by the rule), or refuses when memory is gone and it is NULL. */
bool site_say(const struct site *site, struct rule *rule, char *sentence);

/* Keeps a deep copy of the keyword's value, or refuses when memory is gone. */
bool site_keep_value(const struct site *site, struct rule *rule);

/* ---- ref.c ---- */

/* Notes that `rule->node` is to become the node at `pointer` ("" or "/..."), once all are made. */
bool compiler_refer(const struct site *site, struct rule *rule, const char *pointer);

/* Gives each rule noted its node, which may compile more; refuses circles. */
bool refs_tie(struct compiler *compiler);
void refs_forget(struct compiler *compiler);

/* ---- validate.c ---- */

struct check {
	unsigned how;
	json_t *errors;            /* or NULL */
	size_t count;              /* of faults so far */
	unsigned refs;             /* followed on the way here */
	bool is_over;              /* invalid for sure, and nobody listens any more */
	const struct place *place;
};

bool node_validate(struct check *check, const struct node *node, const json_t *instance);

/* Validates a member or an item one step below check->place. */
bool check_member(struct check *check, const struct node *node, const char *name, const json_t *instance);
bool check_item(struct check *check, const struct node *node, size_t index, const json_t *instance);

/* Is writing refused at `node`, by itself or by what it refers to? (core.c) */
bool node_is_read_only(const struct node *node);

/* ---- error.c ---- */

/* Appends the JSON pointer of `place`; a name longer than 256 bytes is cut there, at a whole character. */
void place_write(struct buf *to, const struct place *place);

/* Reports a fault at check->place; returns false. */
bool check_fault(struct check *check, const char *code, const char *sentence);

/* Reports a fault at the member `name` below check->place; returns false. */
bool check_member_fault(struct check *check, const char *name, const char *code, const char *sentence);

/* Reports the rule's own sentence; returns false. */
bool rule_fault(struct check *check, const struct rule *rule);

/* ---- value.c: JSON values as JSON Schema sees them ---- */

bool value_is_integer(const json_t *value);             /* 1.0 is one */
int value_compare(const json_t *a, const json_t *b);    /* two numbers: below, at or above 0 */
bool value_is_equal(const json_t *a, const json_t *b);  /* 1 equals 1.0; members in any order */
size_t value_length(const json_t *string);              /* in code points */
bool value_has_twins(const json_t *array, bool *twins); /* false: out of memory */

/* ---- format.c ---- */

struct format {
	const char *name;
	/* NULL when `text` (NUL-terminated, `length` bytes) is of this format, else a sentence. */
	const char *(*complain)(const char *text, size_t length);
};

const struct format *format_find(const char *name);
const char *email_complain(const char *text, size_t length); /* email.c */
const char *uri_complain(const char *text, size_t length);   /* uri.c */

/* ---- pattern.c ---- */

enum { PATTERN_ERROR_SIZE = 160 };

/* Compiles an ECMA-262 regular expression (as with its `u` flag), or returns NULL and says why. */
struct pattern *pattern_create(const char *expression, char error[PATTERN_ERROR_SIZE])
	__attribute__((warn_unused_result));
void pattern_destroy(struct pattern *pattern);

/* Is the expression found in `text`? Also false when the matcher gives up: see pattern.c. */
bool pattern_is_found(const struct pattern *pattern, const char *text, size_t length);

/* ecma.c: translates an expression into PCRE2's dialect; NULL, or a sentence on what it does not take. */
const char *ecma_translate(const char *expression, struct buf *to);

#endif
