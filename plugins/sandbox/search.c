/* A search reads an index that lags behind the records: what was written a
 * moment ago is seen as it was before, or not at all. */
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	GROUPS_MAX = 5,
	GROUP_MAX = 6,
	FILTERS_MAX = 18,
	BODY_MAX = 3000,
	PAGE_MAX = 200,
	WINDOW_MAX = 10000
};

struct hit {
	const struct record *record;
	const json_t *seen; /* borrowed */
};

struct search {
	struct filter filters[FILTERS_MAX];
	size_t filter_count, group_count;
	const char *words; /* `query`; or NULL */
	struct property sort;
	bool is_sorted, is_descending;
	size_t limit, after;
	struct hit *hits; /* owned */
	size_t hit_count;
};

/* ---- reading ---- */

static bool say(struct problem *problem, const char *what) {
	model_problem_say(problem, 400, "VALIDATION_ERROR", "%s", what);
	return false;
}

static bool read_group(
	struct call *call, struct search *search, json_t *filters, struct problem *problem) {
	size_t at;
	json_t *given;
	if (json_array_size(filters) > GROUP_MAX) {
		return say(problem, "A filter group has at most 6 filters");
	}
	json_array_foreach (filters, at, given) {
		if (search->filter_count == FILTERS_MAX) {
			return say(problem, "A search has at most 18 filters");
		}
		struct filter *filter = &search->filters[search->filter_count++];
		filter->group = search->group_count;
		if (!model_search_read_filter(call, filter, given, problem)) {
			return false;
		}
	}
	search->group_count++;
	return true;
}

/* Filters at the top are one group more. */
static bool read_groups(struct call *call, struct search *search, struct problem *problem) {
	json_t *groups = json_object_get(call->body, "filterGroups");
	json_t *alone = json_object_get(call->body, "filters");
	if (json_array_size(groups) + (json_array_size(alone) > 0) > GROUPS_MAX) {
		return say(problem, "A search has at most 5 filter groups");
	}
	size_t at;
	json_t *group;
	json_array_foreach (groups, at, group) {
		json_t *filters = json_object_get(group, "filters");
		if (json_array_size(filters) == 0) {
			return say(problem, "A filter group needs filters");
		}
		if (!read_group(call, search, filters, problem)) {
			return false;
		}
	}
	return json_array_size(alone) == 0 || read_group(call, search, alone, problem);
}

/* "createdate", "-createdate", or {"propertyName", "direction"}. */
static bool read_sort(struct call *call, struct search *search, struct problem *problem) {
	const json_t *sorts = json_object_get(call->body, "sorts");
	const json_t *sort = json_array_get(sorts, 0);
	if (json_array_size(sorts) > 1) {
		return say(problem, "A search has at most one sort");
	}
	const char *name = json_string_value(sort);
	const char *direction = json_string_value(json_object_get(sort, "direction"));
	if (name != NULL && *name == '-') {
		search->is_descending = true;
		name++;
	} else if (name == NULL) {
		name = json_string_value(json_object_get(sort, "propertyName"));
		search->is_descending = direction != NULL && strcmp(direction, "DESCENDING") == 0;
	}
	search->is_sorted = name != NULL;
	if (sort != NULL &&
		(name == NULL || !model_type_property(call->type, name, &search->sort))) {
		return say(problem, "There is no such property to sort by");
	}
	return true;
}

/* A whole number that may be given as text; `missing` when it is not there, or
 * -1. */
static long long number_of(const json_t *body, const char *name, long long missing) {
	const json_t *value = json_object_get(body, name);
	const char *text = json_string_value(value);
	if (value == NULL || json_is_null(value) || (text != NULL && *text == '\0')) {
		return missing;
	}
	if (json_is_integer(value)) {
		return json_integer_value(value);
	}
	bool is_number =
		text != NULL && strlen(text) < 10 && strspn(text, "0123456789") == strlen(text);
	return is_number ? strtoll(text, NULL, 10) : -1;
}

static bool read_page(struct call *call, struct search *search, struct problem *problem) {
	long long limit = number_of(call->body, "limit", 10);
	long long after = number_of(call->body, "after", 0);
	if (limit < 1 || limit > PAGE_MAX) {
		return say(problem, "limit must be a number from 1 to 200");
	}
	if (after < 0 || after > INT32_MAX) {
		return say(problem, "after is no cursor of this search");
	}
	if (after + limit > WINDOW_MAX) {
		return say(problem, "A search pages through at most 10000 results");
	}
	search->limit = (size_t)limit;
	search->after = (size_t)after;
	return true;
}

static bool read_search(struct call *call, struct search *search, struct problem *problem) {
	const char *words = json_string_value(json_object_get(call->body, "query"));
	search->words = words == NULL || *words == '\0' ? NULL : words;
	if (call->request->length > BODY_MAX) {
		return say(problem, "The body of a search has at most 3000 characters");
	}
	return read_groups(call, search, problem) && read_sort(call, search, problem) &&
		read_page(call, search, problem);
}

/* ---- finding ---- */

/* The record as the index has it now; NULL: the index does not have it. */
static const json_t *seen(struct model *model, const struct record *record) {
	if (record->archived_ms != 0) {
		return NULL;
	}
	if (record->shown_ms > model->wall_ms) {
		return json_is_null(record->indexed) ? NULL : record->indexed;
	}
	bool is_fresh = record->shown_ms + model->search_flap_ms > model->wall_ms;
	bool is_away = is_fresh && model_random(model) % 2 == 0;
	return is_away ? NULL : record->properties;
}

static bool meets_groups(const struct call *call, const struct search *search,
	const struct record *record, const json_t *properties) {
	bool is_met[GROUPS_MAX] = {true, true, true, true, true};
	for (size_t i = 0; i < search->filter_count; i++) {
		const struct filter *filter = &search->filters[i];
		is_met[filter->group] = is_met[filter->group] &&
			model_search_meets(call, filter, record, properties);
	}
	bool is_found = search->group_count == 0;
	for (size_t i = 0; i < search->group_count; i++) {
		is_found = is_found || is_met[i];
	}
	return is_found;
}

static bool meets_words(
	const struct type *type, const struct search *search, const json_t *properties) {
	char name[NAME_SIZE];
	for (const char *list = type->searched; search->words != NULL && *list != '\0';) {
		size_t length = strcspn(list, " ");
		snprintf(name, sizeof(name), "%.*s", (int)length, list);
		const char *value = json_string_value(json_object_get(properties, name));
		if (value != NULL && model_search_has_words(value, search->words)) {
			return true;
		}
		list += length + (list[length] == ' ');
	}
	return search->words == NULL;
}

static int by_sort(const void *a, const void *b, void *ctx) {
	const struct search *search = ctx;
	const struct hit *left = a;
	const struct hit *right = b;
	const char *x = json_string_value(json_object_get(left->seen, search->sort.name));
	const char *y = json_string_value(json_object_get(right->seen, search->sort.name));
	int order = 0;
	if (x == NULL || y == NULL) {
		order = (x == NULL) - (y == NULL);
	} else {
		order = model_search_compare(&search->sort, x, y);
		order = search->is_descending ? -order : order;
	}
	return order != 0
		? order
		: (left->record->id > right->record->id) - (left->record->id < right->record->id);
}

static bool find_all(struct call *call, struct search *search) {
	const struct type *type = call->type;
	search->hits = calloc(type->count + 1, sizeof(*search->hits));
	if (search->hits == NULL) {
		return false;
	}
	for (size_t i = 0; i < type->count; i++) {
		const struct record *record = type->records[i];
		const json_t *properties = seen(call->model, record);
		if (properties != NULL && meets_words(type, search, properties) &&
			meets_groups(call, search, record, properties)) {
			search->hits[search->hit_count++] = (struct hit){record, properties};
		}
	}
	if (search->is_sorted) {
		qsort_r(search->hits, search->hit_count, sizeof(*search->hits), by_sort, search);
	}
	return true;
}

/* ---- replying ---- */

static json_t *show(const struct call *call, const struct hit *hit, const json_t *wanted) {
	struct record view = *hit->record;
	view.properties = (json_t *)hit->seen;
	json_t *body = model_record_read(call->model, call->type, &view, wanted);
	json_object_del(body, "url");
	return body;
}

static void reply(struct call *call, const struct search *search) {
	json_t *wanted = model_wanted(call);
	json_t *results = json_array();
	size_t end = search->after + search->limit;
	for (size_t i = search->after; i < search->hit_count && i < end; i++) {
		json_array_append_new(results, show(call, &search->hits[i], wanted));
	}
	json_t *body =
		json_pack("{s:I,s:o*}", "total", (json_int_t)search->hit_count, "results", results);
	if (end < search->hit_count) {
		json_object_set_new(body, "paging",
			json_pack("{s:{s:o}}", "next", "after", json_sprintf("%zu", end)));
	}
	json_decref(wanted);
	model_reply_json(call, 200, body);
}

void model_search(struct call *call) {
	struct search *search = calloc(1, sizeof(*search));
	struct problem problem = {0};
	if (search == NULL) {
		return;
	}
	if (!read_search(call, search, &problem)) {
		model_fail(call, &problem);
	} else if (find_all(call, search)) {
		reply(call, search);
	}
	free(search->hits);
	free(search);
}
