/* search.h - what search.c and filter.c share. */
#ifndef SANDBOX_SEARCH_H
#define SANDBOX_SEARCH_H

#include "inside.h"

enum operator{
	OP_EQ,
	OP_NEQ,
	OP_LT,
	OP_LTE,
	OP_GT,
	OP_GTE,
	OP_BETWEEN,
	OP_IN,
	OP_NOT_IN,
	OP_HAS,
	OP_HAS_NOT,
	OP_TOKEN,
	OP_NO_TOKEN,
	OPERATORS
};

struct filter {
	size_t group; /* all of a group must be met, of one group */
	struct property property;
	struct type *linked; /* of associations.TYPE; or NULL */
	enum operator op;
	const char *value, *high; /* borrowed from the request's body */
	json_t *values;
};

bool model_search_read_filter(
	struct call *call, struct filter *filter, json_t *given, struct problem *problem);
/* `seen`: the record's properties as the index has them. */
bool model_search_meets(const struct call *call, const struct filter *filter,
	const struct record *record, const json_t *seen);
int model_search_compare(const struct property *property, const char *a, const char *b);
bool model_search_has_words(const char *value, const char *query);

#endif
