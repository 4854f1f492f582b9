/* One filter of a search: read from the request, and held against a record. */
#include "inside.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "search.h"

static const char *const operators[OPERATORS] = {
	[OP_EQ] = "EQ",
	[OP_NEQ] = "NEQ",
	[OP_LT] = "LT",
	[OP_LTE] = "LTE",
	[OP_GT] = "GT",
	[OP_GTE] = "GTE",
	[OP_BETWEEN] = "BETWEEN",
	[OP_IN] = "IN",
	[OP_NOT_IN] = "NOT_IN",
	[OP_HAS] = "HAS_PROPERTY",
	[OP_HAS_NOT] = "NOT_HAS_PROPERTY",
	[OP_TOKEN] = "CONTAINS_TOKEN",
	[OP_NO_TOKEN] = "NOT_CONTAINS_TOKEN",
};

/* ---- comparing ---- */

static bool as_number(const struct property *property, const char *text, double *number) {
	struct instant instant;
	if (property->kind == KIND_DATE || property->kind == KIND_DATETIME) {
		bool is_instant = model_instant_read(text, &instant);
		*number = (double)instant.ms;
		return is_instant;
	}
	if (property->kind != KIND_NUMBER) {
		return false;
	}
	char *end = NULL;
	*number = strtod(text, &end);
	return end != text && *end == '\0';
}

int model_search_compare(const struct property *property, const char *a, const char *b) {
	double left;
	double right;
	if (as_number(property, a, &left) && as_number(property, b, &right)) {
		return left < right ? -1 : left > right;
	}
	return property->kind == KIND_ENUMERATION ? strcmp(a, b) : strcasecmp(a, b);
}

static bool is_among(const struct filter *filter, const char *value) {
	size_t at;
	json_t *entry;
	json_array_foreach (filter->values, at, entry) {
		const char *text = json_string_value(entry);
		if (text != NULL && model_search_compare(&filter->property, value, text) == 0) {
			return true;
		}
	}
	return false;
}

/* Letter case apart; '*' stands for any run of bytes. */
static bool is_like(const char *pattern, size_t pattern_length, const char *text, size_t length) {
	size_t p = 0;
	size_t t = 0;
	size_t star = pattern_length;
	size_t resume = 0;
	while (t < length) {
		if (p < pattern_length && pattern[p] == '*') {
			star = p++;
			resume = t;
		} else if (p < pattern_length &&
			tolower((unsigned char)pattern[p]) == tolower((unsigned char)text[t])) {
			p++;
			t++;
		} else if (star < pattern_length) {
			p = star + 1;
			t = ++resume;
		} else {
			return false;
		}
	}
	while (p < pattern_length && pattern[p] == '*') {
		p++;
	}
	return p == pattern_length;
}

static bool is_token_byte(char c) {
	return isalnum((unsigned char)c) || ((unsigned char)c & 0x80) != 0;
}

static size_t token_length(const char *text, bool takes_stars) {
	size_t length = 0;
	while (text[length] != '\0' &&
		(is_token_byte(text[length]) || (takes_stars && text[length] == '*'))) {
		length++;
	}
	return length;
}

static bool has_token(const char *value, const char *word, size_t width) {
	while (*value != '\0') {
		size_t length = token_length(value, false);
		if (length > 0 && is_like(word, width, value, length)) {
			return true;
		}
		value += length > 0 ? length : 1;
	}
	return false;
}

/* The whole value, or each word of `wanted` a word of it. */
static bool has_tokens(const char *value, const char *wanted) {
	if (is_like(wanted, strlen(wanted), value, strlen(value))) {
		return true;
	}
	bool has_any = false;
	while (*wanted != '\0') {
		size_t width = token_length(wanted, true);
		if (width > 0 && !has_token(value, wanted, width)) {
			return false;
		}
		has_any = has_any || width > 0;
		wanted += width > 0 ? width : 1;
	}
	return has_any;
}

bool model_search_has_words(const char *value, const char *query) {
	return strcasestr(value, query) != NULL || has_tokens(value, query);
}

/* ---- holding a filter against a value; a missing one only ever meets
 * NOT_HAS_PROPERTY ---- */

static bool meets(const struct filter *filter, const char *value) {
	const struct property *property = &filter->property;
	if (value == NULL || filter->op == OP_HAS || filter->op == OP_HAS_NOT) {
		return (value == NULL) == (filter->op == OP_HAS_NOT);
	}
	switch (filter->op) {
	case OP_IN:
	case OP_NOT_IN:
		return is_among(filter, value) == (filter->op == OP_IN);
	case OP_TOKEN:
	case OP_NO_TOKEN:
		return has_tokens(value, filter->value) == (filter->op == OP_TOKEN);
	case OP_EQ:
		return model_search_compare(property, value, filter->value) == 0;
	case OP_NEQ:
		return model_search_compare(property, value, filter->value) != 0;
	case OP_LT:
		return model_search_compare(property, value, filter->value) < 0;
	case OP_LTE:
		return model_search_compare(property, value, filter->value) <= 0;
	case OP_GT:
		return model_search_compare(property, value, filter->value) > 0;
	case OP_GTE:
		return model_search_compare(property, value, filter->value) >= 0;
	default:
		return model_search_compare(property, value, filter->value) >= 0 &&
			model_search_compare(property, value, filter->high) <= 0;
	}
}

bool model_search_meets(const struct call *call, const struct filter *filter,
	const struct record *record, const json_t *seen) {
	if (filter->linked != NULL) {
		const struct end end = {call->type, (struct record *)record};
		bool is_linked =
			model_link_exists(call->model, &end, filter->linked, filter->value);
		return is_linked == (filter->op == OP_EQ);
	}
	return meets(filter, json_string_value(json_object_get(seen, filter->property.name)));
}

/* ---- reading ---- */

static bool say(struct problem *problem, const char *what, const char *about) {
	model_problem_say(problem, 400, "VALIDATION_ERROR", "%s%s", what, about);
	return false;
}

static bool read_operator(struct filter *filter, const json_t *given, struct problem *problem) {
	const char *word = json_string_value(json_object_get(given, "operator"));
	for (int i = 0; word != NULL && i < OPERATORS; i++) {
		if (strcmp(operators[i], word) == 0) {
			filter->op = (enum operator)i;
			return true;
		}
	}
	return say(
		problem, "The operator of a filter is not valid: ", word == NULL ? "null" : word);
}

/* Text, as it is compared; a number may be given as one. It stays with the
 * request's body. */
static const char *text_member(json_t *given, const char *name) {
	json_t *value = json_object_get(given, name);
	if (json_is_integer(value)) {
		json_object_set_new(given, name,
			json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(value)));
	} else if (json_is_boolean(value)) {
		json_object_set_new(
			given, name, json_string(json_is_true(value) ? "true" : "false"));
	} else if (json_is_real(value)) {
		json_object_set_new(given, name, json_sprintf("%.15g", json_real_value(value)));
	}
	return json_string_value(json_object_get(given, name));
}

static bool read_values(struct filter *filter, json_t *given, struct problem *problem) {
	bool is_list = filter->op == OP_IN || filter->op == OP_NOT_IN;
	bool needs_value = !is_list && filter->op != OP_HAS && filter->op != OP_HAS_NOT;
	filter->value = text_member(given, "value");
	filter->high = text_member(given, "highValue");
	filter->values = json_object_get(given, "values");
	if (is_list && json_array_size(filter->values) == 0) {
		return say(problem, "IN and NOT_IN need values", "");
	}
	size_t at;
	json_t *entry;
	json_array_foreach (filter->values, at, entry) {
		if (!json_is_string(entry)) {
			return say(problem, "values is a list of strings", "");
		}
	}
	if (needs_value && filter->value == NULL) {
		return say(problem, "A filter needs a value", "");
	}
	return filter->op != OP_BETWEEN || filter->high != NULL ||
		say(problem, "BETWEEN needs highValue", "");
}

/* Values of IN must be in lower case for strings: one that is not never matches. */
static void drop_capitals(struct filter *filter) {
	size_t at;
	json_t *entry;
	json_array_foreach (filter->values, at, entry) {
		const char *text = json_string_value(entry);
		if (filter->property.kind == KIND_STRING && text != NULL &&
			strpbrk(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != NULL) {
			json_array_set_new(filter->values, at, json_null());
		}
	}
}

static bool read_linked(
	struct call *call, struct filter *filter, const char *word, struct problem *problem) {
	filter->linked = model_type_find(call->model, word);
	if (filter->linked == NULL || (filter->op != OP_EQ && filter->op != OP_NEQ)) {
		return say(problem, "This association cannot be filtered by: ", word);
	}
	return true;
}

bool model_search_read_filter(
	struct call *call, struct filter *filter, json_t *given, struct problem *problem) {
	static const char linked[] = "associations.";
	const char *name = json_string_value(json_object_get(given, "propertyName"));
	if (name == NULL) {
		return say(problem, "A filter needs a propertyName", "");
	}
	if (!read_operator(filter, given, problem) || !read_values(filter, given, problem)) {
		return false;
	}
	if (strncmp(name, linked, sizeof(linked) - 1) == 0) {
		return read_linked(call, filter, name + sizeof(linked) - 1, problem);
	}
	if (!model_type_property(call->type, name, &filter->property)) {
		return say(problem, "There is no property of this name to filter by: ", name);
	}
	drop_capitals(filter);
	return true;
}
