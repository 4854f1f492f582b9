/* object/pages_kit.h - what the tests of lists and searches share: the last operation asked, and its
 * end. */
#ifndef OBJECT_PAGES_KIT_H
#define OBJECT_PAGES_KIT_H

#include "object/contact.h"

#include "base/buf.h"
#include "base/json.h"

static inline const struct hubspot_operation *asked(size_t number) {
	assert_non_null(fake_operation(number));
	return &fake_operation(number)->asked;
}

/* Ends the last operation with a reply of HubSpot's as JSON text. */
static inline void finish_as(int status, const char *reply) {
	json_auto_t *record = json_loads(reply, 0, NULL);
	assert_non_null(record);
	assert_true(fake_finish(fake_operation_count() - 1,
		&(struct hubspot_result){
			.status = status, .outcome = HUBSPOT_APPLIED, .record = record}));
}

static inline void finish_failed(enum hubspot_failure failure) {
	assert_true(fake_finish(fake_operation_count() - 1,
		&(struct hubspot_result){.failure = failure, .outcome = HUBSPOT_NOT_APPLIED}));
}

/* The cursor of the last reply, copied; "": it is the last page. */
static inline const char *next_cursor(void) {
	static char cursor[1024];
	const json_t *next = json_object_get(json_object_get(fake_reply()->body, "paging"), "next");
	const char *after = json_string_value(json_object_get(next, "after"));
	snprintf(cursor, sizeof(cursor), "%s", after != NULL ? after : "");
	return cursor;
}

/* {"results":[{"id":"FIRST","properties":{}}, ...], "total":TOTAL}: `count` records, `by` apart. */
static inline json_t *found(int first, int count, int by, int total) {
	json_t *results = json_array();
	for (int i = 0; i < count; i++) {
		json_array_append_new(results,
			json_pack("{s:o, s:{}}", "id", json_sprintf("%d", first + i * by),
				"properties"));
	}
	return json_pack("{s:i, s:o}", "total", total, "results", results);
}

static inline void finish_found(int first, int count, int by, int total) {
	json_auto_t *reply = found(first, count, by, total);
	char *text = json_dumps(reply, 0);
	finish_as(200, text);
	free(text);
}

/* Sends a search with `members`, the inside of a JSON object, and perhaps a cursor. */
static inline int search_after(const char *members, const char *after) {
	char *body = str_format("{%s%s\"after\":\"%s\"}", members, *members != '\0' ? "," : "", after);
	int handled = fake_send(http, "POST", "/contacts/search", body);
	free(body);
	return handled;
}

static inline int search(const char *members) {
	char *body = str_format("{%s}", members);
	int handled = fake_send(http, "POST", "/contacts/search", body);
	free(body);
	return handled;
}

/* Is this search refused, with an error for `field` with `code`? */
static inline void assert_fault(const char *members, const char *field, const char *code) {
	assert_int_equal(search(members), HTTP_REPLIED);
	assert_refused(422, "validation_failed");
	assert_error(field, code);
}

#endif
