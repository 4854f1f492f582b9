/*
 * The HSC_RAW operations that the memory knows, each by a pattern of its path.
 */
#include "inside.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/str.h"

enum { PARTS_MAX = 4, PAGE_DEFAULT = 10, PAGE_MAX = 500 };

/* "GET {objects}/contacts?limit=2", taken apart. */
struct asked {
	char *parts[PARTS_MAX]; /* what stood for each "*" */
	size_t count;
	json_t *query;
};

/* ---- reading the path ---- */

/* What comes after the area's name: in braces, as the host itself writes it, or as HubSpot's paths
 * of either kind have it, "/crm/objects/VERSION" and "/crm/v3/objects". NULL: it is another path.
 */
static const char *after_area(const char *path, const char *area) {
	size_t length = strlen(area);
	bool is_linked = strcmp(area, "objects") == 0 && str_starts_with(path, "{linked}");
	if (is_linked) {
		return path + strlen("{linked}");
	}
	if (path[0] == '{') {
		bool is_it = strncmp(path + 1, area, length) == 0 && path[length + 1] == '}';
		return is_it ? path + length + 2 : NULL;
	}
	if (!str_starts_with(path, "/crm/")) {
		return NULL;
	}
	path += strlen("/crm/");
	size_t first = strcspn(path, "/?");
	bool is_old = path[0] == 'v' && path[first] == '/';
	if (is_old) {
		path += first + 1;
		first = strcspn(path, "/?");
	}
	if (first != length || strncmp(path, area, length) != 0) {
		return NULL;
	}
	path += first;
	return is_old ? path : path[0] == '/' ? path + 1 + strcspn(path + 1, "/?") : NULL;
}

/* Each "*" of the pattern is one segment. The query is no part of it. */
static bool matches(const char *pattern, const char *path, struct asked *asked) {
	while (path != NULL && *pattern != '\0') {
		if (*pattern != '*') {
			if (*pattern++ != *path++) {
				return false;
			}
			continue;
		}
		size_t length = strcspn(path, "/?");
		if (length == 0 || asked->count == PARTS_MAX) {
			return false;
		}
		asked->parts[asked->count] = strndup(path, length);
		if (asked->parts[asked->count] == NULL ||
			!str_url_unescape(asked->parts[asked->count++])) {
			return false;
		}
		path += length;
		pattern++;
	}
	return path != NULL && (*path == '\0' || *path == '?');
}

static void asked_finish(struct asked *asked) {
	while (asked->count > 0) {
		free(asked->parts[--asked->count]);
	}
	json_decref(asked->query);
	asked->query = NULL;
}

static json_t *read_query(const char *path) {
	json_t *query = json_object();
	const char *at = strchr(path, '?');
	while (at != NULL && *++at != '\0') {
		size_t length = strcspn(at, "&");
		size_t name_length = strcspn(at, "=&");
		char *name = strndup(at, name_length);
		char *value = name_length < length
			? strndup(at + name_length + 1, length - name_length - 1)
			: must_strdup("");
		if (name != NULL && value != NULL && str_url_unescape(name) &&
			str_url_unescape(value)) {
			json_object_set_new(query, name, json_string(value));
		}
		free(name);
		free(value);
		at = at[length] == '&' ? at + length : NULL;
	}
	return query;
}

/* ---- pages ---- */

static uint64_t number_of(const json_t *query, const char *name, uint64_t otherwise) {
	uint64_t number = otherwise;
	const char *text = json_member_text(query, name);
	return text != NULL && str_to_uint(text, 0, UINT32_MAX, &number) ? number : otherwise;
}

static uint64_t limit_of(const json_t *query) {
	uint64_t limit = number_of(query, "limit", PAGE_DEFAULT);
	return limit == 0 || limit > PAGE_MAX ? PAGE_MAX : limit;
}

/* {"results", "paging"}: those with a number beyond `after`, which is that of the last one told. */
static json_t *page_of(json_t *results, uint64_t last, bool has_more) {
	json_t *page = json_pack("{s:o}", "results", results);
	if (has_more) {
		json_object_set_new(page, "paging",
			json_pack("{s:{s:o}}", "next", "after",
				json_sprintf("%llu", (unsigned long long)last)));
	}
	return page;
}

static uint64_t number_of_id(const char *id) {
	uint64_t number = 0;
	return str_to_uint(id, 1, UINT32_MAX, &number) ? number : 0;
}

/* "a,b" as ["a", "b"]; NULL: all. */
static json_t *names_of(const char *text) {
	json_t *names = text != NULL ? json_array() : NULL;
	while (text != NULL && *text != '\0') {
		size_t length = strcspn(text, ",");
		json_array_append_new(names, json_stringn(text, length));
		text += length + (text[length] == ',');
	}
	return names;
}

/* Ids are given in order, so the order of the members is theirs. */
static json_t *list(struct memory *memory, const struct asked *asked, const json_t *body) {
	uint64_t after = number_of(asked->query, "after", 0);
	uint64_t limit = limit_of(asked->query);
	uint64_t last = after;
	bool has_more = false;
	json_t *results = json_array();
	json_t *names = names_of(json_member_text(asked->query, "properties"));
	const char *id = NULL;
	json_t *record = NULL;
	(void)body;
	json_object_foreach (memory_type(memory, asked->parts[0]), id, record) {
		if (number_of_id(id) <= after) {
			continue;
		}
		has_more = json_array_size(results) == limit;
		if (has_more) {
			break;
		}
		last = number_of_id(id);
		json_array_append_new(results, record_show_json(record, names));
	}
	json_decref(names);
	return page_of(results, last, has_more);
}

static json_t *read_one(struct memory *memory, const struct asked *asked, const json_t *body) {
	json_t *record = json_object_get(memory_type(memory, asked->parts[0]), asked->parts[1]);
	json_t *names = names_of(json_member_text(asked->query, "properties"));
	(void)body;
	json_t *shown = record != NULL ? record_show_json(record, names) : NULL;
	json_decref(names);
	return shown;
}

static json_t *search(struct memory *memory, const struct asked *asked, const json_t *body) {
	return memory_search(memory, asked->parts[0], body);
}

static json_t *read_many(struct memory *memory, const struct asked *asked, const json_t *body) {
	json_t *results = json_array();
	json_t *errors = json_array();
	size_t index = 0;
	json_t *input = NULL;
	json_array_foreach (json_object_get(body, "inputs"), index, input) {
		const char *id = json_member_text(input, "id");
		json_t *record = json_object_get(memory_type(memory, asked->parts[0]), id);
		if (record != NULL) {
			json_array_append_new(results,
				record_show_json(record, json_object_get(body, "properties")));
		} else {
			json_array_append_new(errors,
				json_pack("{s:s, s:s, s:{s:[s]}}", "status", "error", "category",
					"OBJECT_NOT_FOUND", "context", "ids",
					id != NULL ? id : ""));
		}
	}
	json_t *reply = json_pack("{s:s, s:o}", "status", "COMPLETE", "results", results);
	if (json_array_size(errors) > 0) {
		json_object_set(reply, "errors", errors);
	}
	json_decref(errors);
	return reply;
}

/* "/TYPE/ID/associations/OTHER": {"toObjectId", "associationTypes"} of each. */
static json_t *linked(struct memory *memory, const struct asked *asked, const json_t *body) {
	uint64_t after = number_of(asked->query, "after", 0);
	uint64_t limit = limit_of(asked->query);
	uint64_t last = after;
	bool has_more = false;
	json_t *results = json_array();
	const char *id = NULL;
	json_t *record = NULL;
	(void)body;
	json_object_foreach (memory_type(memory, asked->parts[2]), id, record) {
		char *one = str_format("%s/%s", asked->parts[0], asked->parts[1]);
		char *other = str_format("%s/%s", asked->parts[2], id);
		bool is_linked =
			one != NULL && other != NULL && memory_is_linked(memory, one, other);
		free(one);
		free(other);
		if (!is_linked || number_of_id(id) <= after) {
			continue;
		}
		has_more = json_array_size(results) == limit;
		if (has_more) {
			break;
		}
		last = number_of_id(id);
		json_array_append_new(results,
			json_pack(
				"{s:I, s:[]}", "toObjectId", (json_int_t)last, "associationTypes"));
	}
	return page_of(results, last, has_more);
}

static json_t *no_owners(struct memory *memory, const struct asked *asked, const json_t *body) {
	(void)memory;
	(void)asked;
	(void)body;
	return json_pack("{s:[]}", "results");
}

/* Of each the answer is a new reference; NULL: there is no such thing. */
static const struct {
	const char *method;
	const char *area;
	const char *rest;
	json_t *(*answer)(struct memory *memory, const struct asked *asked, const json_t *body);
} KNOWN[] = {
	{"GET ", "objects", "/*", list},
	{"GET ", "objects", "/*/*", read_one},
	{"POST ", "objects", "/*/search", search},
	{"POST ", "objects", "/*/batch/read", read_many},
	{"GET ", "objects", "/*/*/associations/*", linked},
	{"GET ", "owners", "", no_owners},
};

static json_t *ask(struct memory *memory, const struct hubspot_handle *operation) {
	const char *text = operation->shown.object;
	for (size_t i = 0; i < sizeof(KNOWN) / sizeof(KNOWN[0]); i++) {
		if (!str_starts_with(text, KNOWN[i].method)) {
			continue;
		}
		struct asked asked = {.query = read_query(text)};
		const char *rest = after_area(text + strlen(KNOWN[i].method), KNOWN[i].area);
		bool is_it = matches(KNOWN[i].rest, rest, &asked);
		json_t *reply = is_it ? KNOWN[i].answer(memory, &asked, operation->body) : NULL;
		asked_finish(&asked);
		if (is_it) {
			return reply;
		}
	}
	return NULL;
}

void memory_answer_raw(struct memory *memory, struct hubspot_handle *operation) {
	json_t *reply = ask(memory, operation);
	if (reply == NULL) {
		answer_refuse(operation, 404, "there is no such thing here", NULL);
		return;
	}
	answer_done(operation, 200, NULL, false, reply);
	json_decref(reply);
}
