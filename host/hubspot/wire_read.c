/*
 * HubSpot's shapes, from it: one HTTP reply -> what became of each row.
 *
 * Results come in any order. A written row is found by its trace id, which carries the row's place
 * in the call; a read one by its id or key, through a small table of the call's rows. Nothing is
 * ever matched by position, and a result that is nobody's is left alone.
 */
#include "hubspot/inside.h"

#include "base/json.h"
#include "base/str.h"

enum { REPLY_DEPTH = 64, TABLE_SIZE = 512, EXISTING_IDS_MAX = 20 };

json_t *wire_read(const struct call *call) {
	char error[JSON_ERROR_SIZE];
	return call->end == CALL_ANSWERED
		? json_read(buf_text(&call->reply), call->reply.length, REPLY_DEPTH, error)
		: NULL;
}

/* ---- the call's rows, by value ---- */

/* FNV-1a without regard to case: HubSpot lower-cases addresses. Equality is decided by comparing.
 */
uint32_t wire_hash(const char *value, size_t length) {
	uint32_t hash = 2166136261u;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)value[i];
		hash = (hash ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * 16777619u;
	}
	return hash;
}

struct table {
	struct operation *rows[TABLE_SIZE]; /* open addressing; at most ROWS_MAX in it */
	struct operation *by_place[ROWS_MAX];
	bool is_any_case;
	bool is_only_row;
};

static void fill(struct table *table, const struct call *call) {
	memset(table, 0, sizeof(*table));
	list_for_each (row, &call->rows, struct operation, link) {
		row->said = NULL;
		row->said_error = NULL;
		row->said_count = 0;
		json_decref(row->said_ids);
		row->said_ids = NULL;
		if (row->shares != NULL) {
			continue;
		}
		table->by_place[row->place_in_call] = row;
		table->is_any_case = str_is_equal(row->step_id_property, "email");
		if (row->step_id != NULL) {
			size_t at = row->step_hash % TABLE_SIZE;
			while (table->rows[at] != NULL) {
				at = (at + 1) % TABLE_SIZE;
			}
			table->rows[at] = row;
		}
	}
	table->is_only_row = call->input_count == 1;
}

static struct operation *find_value(const struct table *table, const char *value, size_t length) {
	for (size_t at = wire_hash(value, length) % TABLE_SIZE; table->rows[at] != NULL;
		at = (at + 1) % TABLE_SIZE) {
		const char *id = table->rows[at]->step_id;
		bool is_equal = table->is_any_case ? strncasecmp(id, value, length) == 0
						   : strncmp(id, value, length) == 0;
		if (is_equal && id[length] == '\0') {
			return table->rows[at];
		}
	}
	return NULL;
}

static struct operation *find_text(const struct table *table, const char *value) {
	return value != NULL ? find_value(table, value, strlen(value)) : NULL;
}

static struct operation *find_trace(const struct table *table, const char *trace) {
	size_t length = trace != NULL ? strlen(trace) : 0;
	char *end = NULL;
	if (length != TRACE_ID_LENGTH) {
		return NULL;
	}
	unsigned long place = strtoul(trace + length - 4, &end, 16);
	struct operation *row = *end == '\0' && place < ROWS_MAX ? table->by_place[place] : NULL;
	return row != NULL && strcmp(row->trace_id, trace) == 0 ? row : NULL;
}

/* ---- results ---- */

static void note_id(struct operation *row, const json_t *result) {
	if (row->said_ids == NULL) {
		row->said_ids = json_array();
		(void)json_array_append(row->said_ids, json_object_get(row->said, "id"));
	}
	(void)json_array_append(row->said_ids, json_object_get(result, "id"));
}

static void say(struct operation *row, const json_t *result) {
	if (row == NULL) {
		return;
	}
	row->said_count++;
	if (row->said == NULL) {
		row->said = result;
	} else if (row->step == STEP_SEARCH && row->said_count <= EXISTING_IDS_MAX) {
		note_id(row, result);
	}
}

/* A contact may have been asked for by any of its addresses, and by several at once. */
static void say_to_addresses(const struct table *table, const json_t *result, const char *list) {
	while (list != NULL && *list != '\0') {
		size_t length = strcspn(list, ";");
		say(find_value(table, list, length), result);
		list += length + (list[length] == ';');
	}
}

static void match_result(
	const struct table *table, const json_t *result, const struct operation *first) {
	const char *trace = json_member_text(result, "objectWriteTraceId");
	const json_t *properties = json_object_get(result, "properties");
	if (json_member_text(result, "id") == NULL) {
		return;
	}
	if (trace != NULL && first->step != STEP_READ && first->step != STEP_SEARCH) {
		say(find_trace(table, trace), result);
	} else if (first->step_id_property != NULL) {
		say(find_text(table, json_member_text(properties, first->step_id_property)),
			result);
		if (table->is_any_case) {
			say_to_addresses(table, result,
				json_member_text(properties, WIRE_ADDITIONAL_EMAILS));
		}
	} else if (first->step_id != NULL) {
		say(find_text(table, json_member_text(result, "id")), result);
	} else if (table->is_only_row) { /* a create without a key: nothing else tells it apart */
		say(table->by_place[0], result);
	}
}

/* ---- errors ---- */

static void say_error(struct operation *row, const json_t *error) {
	if (row != NULL && row->said_error == NULL) {
		row->said_error = error;
	}
}

/* An entry that says in no words of HubSpot's what is wrong is taken for a fault of HubSpot's own.
 */
static int status_of(const json_t *error) {
	static const struct {
		const char *category;
		int status;
	} STATUSES[] = {{"VALIDATION_ERROR", 400}, {"INVALID_PARAMS", 400},
		{"OBJECT_NOT_FOUND", 404}, {"CONFLICT", 409}, {"OBJECT_ALREADY_EXISTS", 409},
		{"RATE_LIMITS", 429}, {"MISSING_SCOPES", 403}, {"FORBIDDEN", 403},
		{"INVALID_AUTHENTICATION", 401}};
	const char *category = json_member_text(error, "category");
	if (wire_link_is_to_nobody(error)) {
		return 404;
	}
	for (size_t i = 0; i < sizeof(STATUSES) / sizeof(STATUSES[0]); i++) {
		if (str_is_equal(category, STATUSES[i].category)) {
			return STATUSES[i].status;
		}
	}
	return category == NULL ? 400 : 500;
}

static void match_error(const struct table *table, const json_t *error) {
	const json_t *context = json_object_get(error, "context");
	size_t index;
	json_t *item;
	json_array_foreach (json_object_get(context, "objectWriteTraceId"), index, item) {
		say_error(find_trace(table, json_string_value(item)), error);
	}
	json_array_foreach (json_object_get(context, "ids"), index, item) {
		say_error(find_text(table, json_string_value(item)), error);
	}
	say_error(find_text(table, json_member_text(error, "id")), error);
	bool names_any = json_object_get(context, "objectWriteTraceId") != NULL ||
		json_object_get(context, "ids") != NULL;
	if (table->is_only_row && !names_any && table->by_place[0]->said == NULL) {
		say_error(table->by_place[0], error); /* there is nobody else whom it could mean */
	}
}

/* A read whose row is in no result, while HubSpot says that some were not found without saying
 * which, was not found. */
static const json_t *find_not_found(const json_t *errors) {
	size_t index;
	json_t *error;
	json_array_foreach (errors, index, error) {
		const json_t *ids = json_object_get(json_object_get(error, "context"), "ids");
		if (status_of(error) == 404 && json_array_size(ids) == 0) {
			return error;
		}
	}
	return NULL;
}

void wire_match(struct call *call, const json_t *reply) {
	const struct operation *first = list_first(&call->rows, struct operation, link);
	const json_t *errors = json_object_get(reply, "errors");
	struct table table;
	size_t index;
	json_t *item;
	if (first == NULL) {
		return;
	}
	if (wire_is_link(first->step)) {
		wire_link_match(call, reply);
		return;
	}
	fill(&table, call);
	table.is_only_row &=
		json_array_size(json_object_get(reply, "results")) + json_array_size(errors) == 1;
	json_array_foreach (json_object_get(reply, "results"), index, item) {
		match_result(&table, item, first);
	}
	json_array_foreach (errors, index, item) {
		match_error(&table, item);
	}
	const json_t *not_found = first->step == STEP_READ ? find_not_found(errors) : NULL;
	list_for_each (row, &call->rows, struct operation, link) {
		if (row->shares != NULL) { /* its leader stands before it */
			row->said = row->shares->said;
			row->said_count = row->shares->said_count;
			row->said_ids = json_incref(row->shares->said_ids);
			row->said_error = row->shares->said_error;
		} else if (row->said == NULL && row->said_error == NULL) {
			row->said_error = not_found;
		}
	}
}

bool wire_names(const struct call *call, const json_t *reply) {
	struct table table;
	size_t index;
	json_t *error;
	bool is_any_named = false;
	const struct operation *first = list_first(&call->rows, struct operation, link);
	if (first != NULL && wire_is_link(first->step)) {
		return wire_link_names(call, reply);
	}
	fill(&table, call);
	match_error(&table, reply);
	json_array_foreach (json_object_get(reply, "errors"), index, error) {
		match_error(&table, error);
	}
	list_for_each (row, &call->rows, struct operation, link) {
		is_any_named |= row->said_error != NULL;
	}
	return is_any_named;
}

/* ---- one row ---- */

static void read_batch_row(
	const json_t *reply, const struct operation *operation, struct row_end *row) {
	bool is_unlink = operation->step == STEP_UNLINK && operation->said != NULL;
	row->is_readable = is_unlink || json_is_array(json_object_get(reply, "results"));
	if (operation->said != NULL) {
		bool is_link = wire_is_link(operation->step);
		row->is_in_reply = true;
		row->is_created = json_is_true(json_object_get(operation->said, "new"));
		row->record = is_link ? NULL : json_incref((json_t *)operation->said);
	} else if (operation->said_error != NULL) {
		row->is_readable = row->is_in_reply = true;
		row->status = status_of(operation->said_error);
		refusal_read(operation->said_error, &row->refusal);
	}
}

/* Are all results there that the search says it found? */
static bool is_whole_page(const json_t *reply, bool is_last_page) {
	const json_t *results = json_object_get(reply, "results");
	const json_t *total = json_object_get(reply, "total");
	return json_is_array(results) &&
		(!is_last_page || !json_is_integer(total) ||
			json_integer_value(total) == (json_int_t)json_array_size(results));
}

/* A page that is not the last says nothing for sure of many rows; of one it says that there are
 * several. */
static void read_search_row(const struct call *call, const json_t *reply,
	const struct operation *operation, struct row_end *row) {
	bool is_last_page = json_object_get(json_object_get(reply, "paging"), "next") == NULL;
	row->is_readable = is_whole_page(reply, is_last_page);
	row->is_in_reply = is_last_page || call->input_count == 1;
	if (operation->said_count == 0) {
		row->status = 404;
	} else if (operation->said_count > 1 || !is_last_page) {
		row->status = 409;
		row->refusal.existing_ids = json_incref(operation->said_ids);
	} else {
		row->record = json_incref((json_t *)operation->said);
	}
	if (!row->is_in_reply || !row->is_readable) {
		row->status = call->status;
	}
}

static void read_success(const struct call *call, const json_t *reply,
	const struct operation *operation, struct row_end *row) {
	bool may_be_empty = operation->step == STEP_RAW || operation->step == STEP_UNLINK;
	if (operation->step == STEP_ARCHIVE || (may_be_empty && call->reply.length == 0)) {
		row->is_readable = row->is_in_reply = true;
	} else if (operation->step == STEP_RAW) {
		row->is_readable = row->is_in_reply = reply != NULL;
		row->record = json_incref((json_t *)reply);
	} else if (operation->skimmed_id != NULL) {
		row->is_readable = row->is_in_reply = true;
		row->is_created = operation->is_skimmed_new;
	} else if (operation->step == STEP_SEARCH) {
		read_search_row(call, reply, operation, row);
	} else if (call->is_alone) {
		row->is_readable = row->is_in_reply = json_member_text(reply, "id") != NULL;
		row->record = row->is_readable ? json_incref((json_t *)reply) : NULL;
	} else {
		read_batch_row(reply, operation, row);
	}
}

void wire_row(const struct call *call, const json_t *reply, const struct operation *operation,
	struct row_end *row) {
	*row = (struct row_end){.status = call->status};
	if (call->end != CALL_ANSWERED) {
		return;
	}
	if (call->status >= 200 && call->status < 300) {
		read_success(call, reply, operation, row);
		return;
	}
	row->is_in_reply = true;
	row->is_readable = json_is_object(reply);
	if (row->is_readable) {
		refusal_read(reply, &row->refusal);
		row->status = wire_link_is_to_nobody(reply) ? 404 : row->status;
	}
}

void row_end_finish(struct row_end *row) {
	json_decref(row->record);
	refusal_finish(&row->refusal);
	*row = (struct row_end){0};
}
