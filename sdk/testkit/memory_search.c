/*
 * HubSpot's search over the memory: filterGroups, query, one sort, limit, after, properties. What
 * is written is found at once, which HubSpot does not promise.
 */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/str.h"

enum { PAGE_DEFAULT = 10 };

/* Numbers by their value, all else by its letters. */
static int compare(const char *a, const char *b) {
	char *end_a = NULL;
	char *end_b = NULL;
	double number_a = strtod(a, &end_a);
	double number_b = strtod(b, &end_b);
	bool are_numbers = *a != '\0' && *b != '\0' && *end_a == '\0' && *end_b == '\0';
	if (!are_numbers) {
		return strcasecmp(a, b);
	}
	return (number_a > number_b) - (number_a < number_b);
}

/* A value of a filter is a string, or a number that somebody wrote as one. */
static const char *text_of(const json_t *value, char number[32]) {
	if (json_is_string(value)) {
		return json_string_value(value);
	}
	if (json_is_integer(value)) {
		snprintf(number, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	} else if (json_is_real(value)) {
		snprintf(number, 32, "%.17g", json_real_value(value));
	} else {
		snprintf(number, 32, "%s",
			json_is_true(value)            ? "true"
				: json_is_false(value) ? "false"
						       : "");
	}
	return number;
}

/* Does one word of `value` begin as the token does? "*" at its end is taken as said. */
static bool has_token(const char *value, const char *token) {
	size_t length = strcspn(token, "*");
	for (const char *at = value; length > 0 && *at != '\0'; at++) {
		bool is_begin = at == value || strchr(" @.,-_/", at[-1]) != NULL;
		if (is_begin && strncasecmp(at, token, length) == 0) {
			return true;
		}
	}
	return length == 0;
}

static bool is_among(const char *value, const json_t *values) {
	size_t index = 0;
	json_t *one = NULL;
	json_array_foreach (values, index, one) {
		char number[32];
		if (strcasecmp(value, text_of(one, number)) == 0) {
			return true;
		}
	}
	return false;
}

/* What is not there meets only the filters that say not. */
static bool meets_absent(const char *operator) {
	return strcmp(operator, "NOT_HAS_PROPERTY") == 0 || strcmp(operator, "NEQ") == 0 ||
		strcmp(operator, "NOT_IN") == 0 || strcmp(operator, "NOT_CONTAINS_TOKEN") == 0;
}

static bool meets(const json_t *record, const json_t *filter) {
	char number[32], high_number[32];
	const char *operator= json_member_text(filter, "operator");
	const char *name = json_member_text(filter, "propertyName");
	const char *value = record_value(record, name != NULL ? name : "");
	const char *wanted = text_of(json_object_get(filter, "value"), number);
	const char *high = text_of(json_object_get(filter, "highValue"), high_number);
	const json_t *values = json_object_get(filter, "values");
	if (operator== NULL) {
		return false;
	}
	if (value == NULL) {
		return meets_absent(operator);
	}
	int order = compare(value, wanted);
	const struct {
		const char *name;
		bool is_met;
	} operators[] = {{"EQ", order == 0}, {"NEQ", order != 0}, {"LT", order < 0},
		{"LTE", order <= 0}, {"GT", order > 0}, {"GTE", order >= 0},
		{"BETWEEN", order >= 0 && compare(value, high) <= 0},
		{"IN", is_among(value, values)}, {"NOT_IN", !is_among(value, values)},
		{"HAS_PROPERTY", true}, {"CONTAINS_TOKEN", has_token(value, wanted)},
		{"NOT_CONTAINS_TOKEN", !has_token(value, wanted)}};
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
		if (strcmp(operator, operators[i].name) == 0) {
			return operators[i].is_met;
		}
	}
	return false;
}

static bool meets_all(const json_t *record, const json_t *filters) {
	size_t index = 0;
	json_t *filter = NULL;
	json_array_foreach (filters, index, filter) {
		if (!meets(record, filter)) {
			return false;
		}
	}
	return true;
}

/* One of the groups, or no group at all. */
static bool meets_groups(const json_t *record, const json_t *groups) {
	size_t index = 0;
	json_t *group = NULL;
	json_array_foreach (groups, index, group) {
		if (meets_all(record, json_object_get(group, "filters"))) {
			return true;
		}
	}
	return json_array_size(groups) == 0;
}

static bool meets_query(const json_t *record, const char *query) {
	const char *name = NULL;
	json_t *value = NULL;
	json_object_foreach (json_object_get(record, "properties"), name, value) {
		if (query != NULL && json_is_string(value) &&
			strcasestr(json_string_value(value), query) != NULL) {
			return true;
		}
	}
	return query == NULL;
}

/* ---- sorting ---- */

struct order {
	const char *property;
	bool is_descending;
};

static struct order order_of(const json_t *question) {
	const json_t *sort = json_array_get(json_object_get(question, "sorts"), 0);
	const char *name = json_is_string(sort) ? json_string_value(sort)
						: json_member_text(sort, "propertyName");
	return (struct order){.property = name,
		.is_descending = str_is_equal(json_member_text(sort, "direction"), "DESCENDING")};
}

/* What has no value comes first. */
static int by_value(const void *a, const void *b, void *ctx) {
	const struct order *order = ctx;
	const json_t *const *one = a;
	const json_t *const *other = b;
	const char *first = record_value(*one, order->property);
	const char *second = record_value(*other, order->property);
	int result = first == NULL || second == NULL ? (first != NULL) - (second != NULL)
						     : compare(first, second);
	return order->is_descending ? -result : result;
}

/* Borrowed ones; the caller frees the array. */
static json_t **find_all(
	struct memory *memory, const char *type, const json_t *question, size_t *count) {
	json_t *records = memory_type(memory, type);
	json_t **found = must_calloc(json_object_size(records) + 1, sizeof(json_t *));
	struct order order = order_of(question);
	const char *id = NULL;
	json_t *record = NULL;
	*count = 0;
	json_object_foreach (records, id, record) {
		if (meets_groups(record, json_object_get(question, "filterGroups")) &&
			meets_query(record, json_member_text(question, "query"))) {
			found[(*count)++] = record;
		}
	}
	if (order.property != NULL) {
		qsort_r(found, *count, sizeof(json_t *), by_value, &order);
	}
	return found;
}

json_t *memory_search(struct memory *memory, const char *type, const json_t *question) {
	size_t count = 0;
	uint64_t after = 0;
	char number[32];
	json_t **found = find_all(memory, type, question, &count);
	json_t *results = json_array();
	const json_t *limit = json_object_get(question, "limit");
	size_t most = json_is_integer(limit) ? (size_t)json_integer_value(limit) : PAGE_DEFAULT;
	(void)str_to_uint(
		text_of(json_object_get(question, "after"), number), 0, UINT32_MAX, &after);
	for (size_t i = after; i < count && i < after + most; i++) {
		json_array_append_new(results,
			record_show_json(found[i], json_object_get(question, "properties")));
	}
	free(found);
	json_t *reply = json_pack("{s:I, s:o}", "total", (json_int_t)count, "results", results);
	size_t next = after + json_array_size(results);
	if (next < count) {
		json_object_set_new(reply, "paging",
			json_pack("{s:{s:o}}", "next", "after", json_sprintf("%zu", next)));
	}
	return reply;
}
