/*
 * schema/inside.h - what the files of the schema module share; check.h has what validates, format.h the
 * formats.
 *
 * A compiled schema is a set of nodes, one for each schema object (or true, or false) of the
 * definition; a node is a small array of rules, one for each keyword that asserts something. All
 * nodes belong to the `struct schema`, so a node may point at any other, in circles too.
 *
 * The keywords stand in tables: core.c ($ref and annotations), any.c (every type), number.c, string.c,
 * array.c, object.c, combine.c (allOf and the like), depend.c, unevaluated.c. To add a keyword is to add
 * a row and its two functions; a row without `validate` is an annotation, whose value is checked and then
 * forgotten.
 *
 * A definition is made of resources: its root, and each schema in it with an $id. A node belongs to the
 * resource it stands in, whose URI is the base of its $refs and whose name is the scope of its anchors.
 */
#ifndef SCHEMA_INSIDE_H
#define SCHEMA_INSIDE_H

#include "base/banned.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/schema.h"

/* STRICT_DEPTH, STANDARD_DEPTH: nesting of a definition's JSON. CHAIN_MAX: schemas applied to one value by
 * $ref, allOf and the like, one inside the other. */
enum { STRICT_DEPTH = 64, STANDARD_DEPTH = 256, CHAIN_MAX = 256, NODES_MAX = 200000 };

struct buf;
struct check;
struct compiler;
struct format;
struct names;
struct pattern;

/* Where we are in a definition or an instance: a chain on the stack, the innermost first. */
struct place {
	const struct place *parent; /* NULL: `name` is the JSON pointer of the start, "" mostly */
	const char *name;           /* NULL: an item, at `index` */
	size_t index;
};

/* error.c: appends the JSON pointer of `place`; a name longer than 256 bytes is cut there, at a whole character. */
void place_write(struct buf *to, const struct place *place);

/* The JSON pointer of `place`; the caller frees it. NULL: out of memory. */
char *pointer_of(const struct place *place);

/* A number as digits * 10^exponent; the sign does not matter where it is used. */
struct decimal {
	uint64_t digits;
	int exponent;
};

/* The schemas that have the $dynamicAnchor `name`, one a resource at most. */
struct dynamic {
	struct dynamic *next;
	char *name;
	size_t count;
	struct dynamic_target {
		size_t resource;
		const struct node *node;
	} *targets;
};

/* One keyword of one node, compiled. A keyword uses what it needs; all of it is freed alike. */
struct rule {
	const struct keyword *keyword;
	char *sentence;        /* what to say when it is not met */
	json_t *value;         /* a copy of the keyword's value */
	size_t count;          /* a bound, or the length of `nodes` or `patterns` */
	size_t most;           /* an upper bound */
	struct node *node;     /* one subschema; the schema owns it */
	struct node **nodes;   /* several */
	struct names *names;   /* names, and their places in `nodes` */
	struct pattern **patterns;
	const struct format *format;
	struct decimal divisor;
	const struct dynamic *dynamic;
	const struct rule *properties; /* those beside it */
	const struct rule *by_pattern;
};

struct node {
	struct node *next;   /* in the schema's list */
	const void *source;  /* the definition's value it was made of: compared while compiling, never read */
	size_t resource;     /* its number */
	bool is_never;       /* the schema `false` */
	bool is_read_only;   /* by itself or, once all is tied, by what it refers to */
	bool has_unevaluated;
	unsigned height;     /* chain.c; 0: not known yet */
	size_t count;
	struct rule *rules;  /* in the order of the tables */
};

struct schema {
	struct node *nodes;
	struct node *root;
	size_t node_count;
	size_t resource_count;
	struct dynamic *dynamics; /* empty: no $dynamicRef has more than one place to go to */
};

/* What a keyword's compile function sees. */
struct site {
	struct compiler *compiler;
	struct node *node;        /* being made; its rules so far are those of earlier rows */
	const json_t *definition; /* the schema object the keyword stands in */
	const json_t *value;
	const struct place *place; /* of the value */
};

enum vocabulary {
	CORE = 1,
	APPLICATOR = 2,
	UNEVALUATED = 4,
	VALIDATION = 8,
	META_DATA = 16,
	FORMAT = 32,
	CONTENT = 64,
	OUTDATED = 128, /* of earlier drafts: known by the standard reading alone */
	ALL_VOCABULARIES = 255
};

enum holds { HOLDS_NOTHING, HOLDS_SCHEMA, HOLDS_LIST, HOLDS_MAP };

struct keyword {
	const char *name;
	enum vocabulary vocabulary;
	enum holds holds; /* the subschemas in its value */
	/* Fills `rule` from site->value, or refuses with site_refuse(). What it put into `rule` is freed
	 * by the module, after a refusal too. It may drop the rule: site_drop(). */
	bool (*compile)(const struct site *site, struct rule *rule);
	/* Is the rule met? When not, it has reported why. NULL: the keyword asserts nothing. */
	bool (*validate)(struct check *check, const struct rule *rule, const json_t *instance);
	bool is_decisive; /* when it fails, the other rules of the node have nothing to add */
	bool is_chained;  /* its subschemas apply to the value itself, whatever that is: chain.c */
};

/* The tables; each ends with a row without a name. */
extern const struct keyword keywords_any[], keywords_core[], keywords_number[], keywords_string[], keywords_array[],
	keywords_object[], keywords_combine[], keywords_depend[], keywords_unevaluated[];

/* ---- keywords.c: the tables as one, in the order in which a node's rules are asked ---- */

enum { KEYWORDS_MAX = 80 };

const struct keyword *keyword_find(const char *name, size_t *index); /* and which one it is; or NULL */
const char *keyword_nearest(const char *name);                       /* the one most like `name`, or NULL */

/* ---- compile.c ---- */

struct compiler {
	struct schema *schema;
	const struct schema_options *options;
	char *error;
	const char *where;         /* URI of the document that places are in; "" is the definition itself */
	const char *origin;        /* where that document comes from, "" when nobody says */
	struct resource *resource; /* that is being compiled */
	struct resource *resources;
	struct resource **last_resource;
	struct ref *refs;
	struct ref **last_ref;
	json_t *documents;         /* meta-schemas that were read for this compilation */
	struct node **index;       /* the nodes by their source */
	size_t index_size;
};

/* Writes the place and a sentence as the compile error; returns false. */
bool compiler_refuse(struct compiler *compiler, const struct place *place, const char *sentence);

/* The node of the schema `definition`, or NULL after a refusal. It stands in compiler->resource, or opens
 * a resource of its own. */
struct node *node_compile(struct compiler *compiler, const struct place *place, const json_t *definition)
	__attribute__((warn_unused_result));

/* Is `value` nested at most `most` deep? `place` is where it begins. */
bool is_within_depth(struct compiler *compiler, const struct place *place, const json_t *value, unsigned most);

/* The node of the subschema in the keyword's value, in rule->node; or the nodes of the array or object of
 * subschemas in rule->nodes, with their names in rule->names. Or a refusal. */
bool site_schema(const struct site *site, struct rule *rule);
bool site_schemas(const struct site *site, struct rule *rule);
bool site_named_schemas(const struct site *site, struct rule *rule);

/* The rule of an earlier row of the same node, or NULL. */
const struct rule *site_rule(const struct site *site, const char *keyword);

/* Writes the place and a sentence as the compile error; returns false. */
bool site_refuse(const struct site *site, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The keyword turns out to assert nothing here; returns true. */
bool site_drop(struct rule *rule);

/* Reads the keyword's value as a count (an integer from 0, 2.0 counts as 2), or refuses. */
bool site_count(const struct site *site, size_t *count) __attribute__((warn_unused_result));
bool value_is_count(const json_t *value);

/* Keeps `sentence` (freed by the rule), or refuses when memory is gone and it is NULL. */
bool site_say(const struct site *site, struct rule *rule, char *sentence);

/* Keeps a deep copy of the keyword's value, or refuses when memory is gone. */
bool site_keep_value(const struct site *site, struct rule *rule);

/* ---- resource.c ---- */

struct resource {
	struct resource *next;
	char *uri;          /* of its $id, or where its document comes from; "" when nobody says */
	char *origin;       /* where its document comes from, for the root of one; or NULL */
	const json_t *root;
	struct node *node;
	size_t number;
	size_t document;    /* the number of its root */
	unsigned vocabularies;
	bool asserts_format;
	struct anchor {
		struct anchor *next;
		const char *name; /* the definition's */
		struct node *node;
		bool is_dynamic;
	} *anchors;
};

/* The resource that begins at `definition`, a document's root or a schema with an $id. NULL: refused. */
struct resource *resource_open(struct compiler *compiler, const struct place *place, const json_t *definition);

/* The resource of that URI: of the definition, of the store, or a meta-schema. NULL: there is none, and
 * compiler->error is empty; or it was refused. */
struct resource *resource_find(struct compiler *compiler, const char *uri);

const struct anchor *anchor_find(const struct resource *resource, const char *name);
bool anchor_add(const struct site *site, bool is_dynamic);
void resources_forget(struct compiler *compiler);

/* ---- store.c ---- */

/* What is registered under `uri` and where relative URIs in it start, or NULL. `store` may be NULL. */
const json_t *store_find(const struct schema_store *store, const char *uri);

/* meta.c: the text of one of 2020-12's own meta-schemas, or NULL. */
const char *meta_find(const char *uri);

/* ---- reference.c: RFC 3986, section 5.2 ---- */

/* `reference` (its fragment is ignored) seen from `base`, which has no fragment; the caller frees it. */
char *uri_resolve(const char *base, const char *reference);

/* ---- ref.c ---- */

/* Notes that `rule->node` is to become what the keyword's value leads to, once all nodes are made. */
bool ref_note(const struct site *site, struct rule *rule);

/* Gives each rule noted its node, which may compile more; strictly, refuses circles. */
bool refs_tie(struct compiler *compiler);
void refs_forget(struct compiler *compiler);

/* index.c: nodes by what they were made of. */
void index_add(struct compiler *compiler, struct node *node);
struct node *index_find(const struct compiler *compiler, const json_t *source);

/* dynamic.c: where $dynamicRefs may lead to. */
void dynamic_note(struct compiler *compiler, struct rule *rule, const char *name);
void dynamics_tie(struct compiler *compiler); /* once all resources are there */
void dynamics_destroy(struct schema *schema);

/* chain.c: may the node apply schemas to one value for ever, or one in another through too many? Also
 * completes its is_read_only. */
bool chain_is_endless(struct node *node);

/* ---- names.c: a set of names, found fast ---- */

struct names *names_create(size_t most);
void names_destroy(struct names *names);
void names_add(struct names *names, const char *name); /* its index is the number of those before it */
bool names_find(const struct names *names, const char *name, size_t *index);
const char *names_nearest(const struct names *names, const char *name); /* near enough for a typo, or NULL */

/* ---- value.c, decimal.c: JSON values as JSON Schema sees them ---- */

bool value_is_integer(const json_t *value);             /* 1.0 is one */
bool value_is_whole(const json_t *number, json_int_t *integer); /* that fits; 1.0 and 1 are one value */
int value_compare(const json_t *a, const json_t *b);    /* two numbers: below, at or above 0 */
bool value_is_equal(const json_t *a, const json_t *b);  /* 1 equals 1.0; members in any order */
size_t value_length(const json_t *string);              /* in code points */
struct decimal value_decimal(const json_t *number);     /* as it is written, 0.1 and not its double */
bool value_is_multiple(const json_t *number, struct decimal divisor);

/* twins.c. False: out of memory. *steps is what it cost. */
bool value_has_twins(const json_t *array, bool *twins, size_t *steps);

/* ---- pattern.c ---- */

enum { PATTERN_ERROR_SIZE = 160 };

struct matcher;

/* Compiles an ECMA-262 regular expression (as with its `u` flag), or returns NULL and says why. */
struct pattern *pattern_create(const char *expression, char error[PATTERN_ERROR_SIZE])
	__attribute__((warn_unused_result));
void pattern_destroy(struct pattern *pattern);

/* Is it one, even if it is one that PCRE2 cannot run (a lookbehind of any length)? */
bool pattern_is_expression(const char *expression);

/* What the matches of one validation share. NULL: out of memory. */
struct matcher *matcher_create(void);
void matcher_destroy(struct matcher *matcher);
uint64_t matcher_ms(const struct matcher *matcher); /* spent so far */

/* Is the expression found in `text`? Also false when the matcher gives up: see pattern.c. */
bool pattern_is_found(
	const struct pattern *pattern, struct matcher *matcher, const char *text, size_t length);

/* ecma.c: translates an expression into PCRE2's dialect; NULL, or a sentence on what it does not take. */
const char *ecma_translate(const char *expression, struct buf *to);

#endif
