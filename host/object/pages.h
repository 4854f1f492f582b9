/*
 * object/pages.h - lists and searches: many records, a page at a time.
 *
 * - list.c      GET path
 * - search.c    POST path/search: what a caller sends -> a question
 * - filter.c    what a caller filters by -> HubSpot's filters
 * - question.c  a question -> HubSpot's search
 * - window.c    `after`: where a page begins
 * - page.c      the life of a page: asked for, completed, replied
 * - page_in.c   HubSpot's pages -> ours
 *
 * HubSpot's search tells 10,000 results and no more, counted from the first. So a search whose order is
 * the caller's is paged by counting, and refused at that wall; any other is told in the order of the
 * ids, and each page asks for those beyond the last one that was told: this has no end, and tells no
 * record twice. But HubSpot's index lags behind its records, and not in the order of the ids: a record
 * that was written while the pages were told, or shortly before, may be left out by all of them.
 */
#ifndef OBJECT_PAGES_H
#define OBJECT_PAGES_H

#include "object/inside.h"

enum {
	LIST_PAGE_MAX = 100,	    /* HubSpot's, as the next ones */
	SEARCH_PAGE_MAX = 200,
	SEARCH_RESULTS_MAX = 10000,
	SEARCH_BODY_MAX = 3000,
	SEARCH_GROUPS_MAX = 5,
	SEARCH_GROUP_MAX = 6,	    /* filters of one group */
	SEARCH_FILTERS_MAX = 18,    /* of all */
	PAGE_DEFAULT = 100,	    /* ours */
};

#define RECORD_ID "hs_object_id"

/* ---- window.c ---- */

enum window_kind { WINDOW_LIST,	    /* from where HubSpot says */
		   WINDOW_ID,	    /* those after an id */
		   WINDOW_COUNT };  /* those after so many */

enum { WINDOW_FROM_SIZE = 512, WINDOW_TEXT_SIZE = WINDOW_FROM_SIZE + 64 };

struct window {
	enum window_kind kind;
	bool is_descending;	     /* ID: those before it */
	uint64_t question;	     /* what is asked, as a digest: its cursors are good for nothing else */
	uint64_t told;		     /* results on the pages before */
	char from[WINDOW_FROM_SIZE]; /* LIST: HubSpot's own cursor; ID: the last one told; "": the beginning */
};

/* Adds `text` to a digest that began with 0. */
uint64_t window_digest(uint64_t digest, const char *text);

/* Fills `told` and `from` from a cursor; NULL and "": the beginning. False: no cursor that
 * window_write() has written for this kind and question. */
bool window_read(struct window *window, const char *cursor) __attribute__((warn_unused_result));
void window_write(const struct window *window, char cursor[WINDOW_TEXT_SIZE]);

/* ---- filter.c ---- */

/* Appends why there is no property of this name, with the nearest one. */
void property_refuse(
	const struct object *object, const char *name, const char *place, json_t *errors);

/* HubSpot's name of a property to search or sort by. NULL: appended to `errors`, as an error at
 * `place`, is why there is none. */
const char *searched_name(
	const struct object *object, const char *name, const char *place, json_t *errors);

/*
 * {"property","operator","value","values","high_value"}, of the types that these have, -> HubSpot's
 * filter, a new reference. NULL: appended to `errors`, with fields below `place`, is what is wrong
 * with it; or nothing: out of memory.
 */
json_t *filter_accept(const struct object *object, const json_t *filter, const char *place,
	json_t *errors) __attribute__((warn_unused_result));

/* Appends {"field","code","message"}. */
void fault_add(json_t *errors, const char *place, const char *code, const char *message);

/* ---- search.c, question.c ---- */

struct question {
	json_t *groups;		  /* HubSpot's filterGroups, owned */
	const char *query;	  /* or NULL */
	const char *sort;	  /* HubSpot's name; NULL: none is wanted */
	bool is_descending;
	json_t *properties;	  /* those of ours that are wanted, each once, owned; NULL: all */
	size_t limit;
	const char *after;	  /* or NULL */
	bool tells_total;
};

/* From a search as a caller sends it, which it borrows from. False: appended to `errors` is what is
 * wrong with it; or nothing: out of memory. It is to be finished in any case. */
bool question_read(struct question *question, const struct object *object, const json_t *search,
	json_t *errors) __attribute__((warn_unused_result));

/* Frees what it owns. */
void question_finish(struct question *question);

/* Asks, and replies; changes the groups. Returns what a handler returns. */
int question_ask(
	const struct object *object, struct http_request *request, struct question *question);

/* ---- page.c ---- */

struct page_wanted {
	struct window window;
	const json_t *properties; /* those of ours that are wanted; NULL: all */
	bool is_bare;		  /* the first reply has ids only: the records are read after it, as
				   * they are by then */
	bool tells_total;
};

/* Submits `operation` on behalf of the request, and replies with the page that it gives: RAW, a list
 * or a search; or READ, a record or none. Returns what a handler returns. */
int page_start(const struct object *object, struct http_request *request,
	const struct page_wanted *wanted, struct hubspot_operation *operation);

/* HubSpot's names of those of ours, or of all; a new reference, or NULL. */
json_t *page_names(const struct object *object, const json_t *properties)
	__attribute__((warn_unused_result));

/* ---- page_in.c ---- */

#define PAGE_UNCOUNTED ((json_int_t)-1)

/* Our records in place of HubSpot's, with no more than these properties of ours (NULL: all); what is
 * null is left out. A new reference, or NULL. */
json_t *page_records(const struct object *object, const json_t *results, const json_t *properties)
	__attribute__((warn_unused_result));

/* {"total","results","paging"}; `results` is taken over. `after` NULL: it is the last page. A new
 * reference; NULL: out of memory, or there are no results. */
json_t *page_body(json_int_t total, json_t *results, const char *after)
	__attribute__((warn_unused_result));

/* ---- refusals: as refuse() ---- */

/* The cursor is none of this question's. */
int refuse_cursor(const struct object *object, struct http_request *request);

/* 422, with `errors` in the shape of schema_validate(). */
int refuse_search(
	const struct object *object, struct http_request *request, const json_t *errors);

/* ---- handlers; `ctx` is the object ---- */

int serve_list(struct http_request *request, void *ctx);
int serve_search(struct http_request *request, void *ctx);

/* What a search's body may be; a new reference, or NULL. */
json_t *search_definition(void) __attribute__((warn_unused_result));

/* The schema of it. NULL, with one line in `error`. */
struct schema *search_schema(char *error, size_t error_size) __attribute__((warn_unused_result));

#endif
