#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fill_row(struct call *call, struct row *row, enum row_kind kind) {
	row->kind = kind;
	row->properties = json_object_get(call->body, "properties");
	row->id_property = model_query_value(call, "idProperty");
	row->id = call->match.id == NULL ? NULL : strdup(call->match.id);
}

void model_object_create(struct call *call) {
	struct row row = {0};
	fill_row(call, &row, ROW_CREATE);
	row.id_property = NULL;
	row.links = json_object_get(call->body, "associations");
	if (!model_row_settle(call, &row)) {
		model_fail(call, &row.problem);
		model_row_finish(&row);
		return;
	}
	char location[160];
	char id[ID_SIZE];
	model_id_format(row.record->id, id);
	snprintf(location, sizeof(location), "https://api.hubapi.com/crm/v3/objects/%s/%s",
		call->type->name, id);
	model_reply_header(call, "Location", location);
	model_reply_json(call, 201, model_row_result(call, &row));
	model_row_finish(&row);
}

/* Whatever it was named by: another property, or the id of a record merged into it. */
static void use_own_id(struct row *row, const struct record *record) {
	char id[ID_SIZE];
	model_id_format(record->id, id);
	free(row->id);
	row->id = strdup(id);
	row->id_property = NULL;
}

void model_object_update(struct call *call) {
	struct row row = {0};
	fill_row(call, &row, ROW_UPDATE);
	struct record *record =
		model_record_named(call, call->match.id, row.id_property, &row.problem);
	if (record != NULL && record->archived_ms != 0) {
		model_problem_say(&row.problem, 404, NULL, "resource not found");
	}
	if (record != NULL) {
		use_own_id(&row, record);
	}
	if (row.problem.status != 0 || !model_row_settle(call, &row)) {
		model_fail(call, &row.problem);
	} else {
		model_reply_json(call, 200, model_row_result(call, &row));
	}
	model_row_finish(&row);
}

void model_object_read(struct call *call) {
	struct problem problem = {0};
	struct record *record = model_record_named(
		call, call->match.id, model_query_value(call, "idProperty"), &problem);
	if (record != NULL && (record->archived_ms != 0) != model_query_is_true(call, "archived")) {
		model_problem_say(&problem, 404, NULL, "resource not found");
	}
	if (problem.status != 0 || !model_links_wanted(call, &problem)) {
		model_fail(call, &problem);
		return;
	}
	json_t *wanted = model_query_set(call, "properties");
	model_reply_json(call, 200, model_record_read(call->model, call->type, record, wanted));
	model_links_show(call, record, call->reply->json);
	json_decref(wanted);
}

void model_object_archive(struct call *call) {
	struct problem problem = {0};
	struct record *record = model_record_named(call, call->match.id, NULL, &problem);
	if (record == NULL) {
		model_fail(call, &problem);
		return;
	}
	if (record->archived_ms == 0) {
		model_store_archive(call->model, call->type, record);
		json_array_append_new(call->effect, json_string(call->match.id));
	}
	call->reply->status = 204;
}

static json_t *next_page(const struct call *call, uint64_t after) {
	char id[ID_SIZE];
	model_id_format(after, id);
	json_t *link = json_sprintf(
		"https://api.hubapi.com/crm/v3/objects/%s?after=%s", call->type->name, id);
	return json_pack("{s:{s:s,s:o*}}", "next", "after", id, "link", link);
}

void model_object_list(struct call *call) {
	long long limit = model_query_number(call, "limit", 10, 1, 100);
	long long after = model_query_number(call, "after", 0, 0, 999999999999999999);
	if (limit < 0 || after < 0) {
		struct problem problem = {0};
		model_problem_say(&problem, 400, "VALIDATION_ERROR", "%s",
			limit < 0 ? "limit must be a number from 1 to 100"
				  : "after is no cursor of this list");
		model_fail(call, &problem);
		return;
	}
	struct problem problem = {0};
	if (!model_links_wanted(call, &problem)) {
		model_fail(call, &problem);
		return;
	}
	bool is_archived = model_query_is_true(call, "archived");
	json_t *wanted = model_query_set(call, "properties");
	json_t *results = json_array();
	/* `after` is the first id of the page that follows. */
	struct record *record =
		model_store_next(call->type, after == 0 ? 0 : (uint64_t)after - 1, is_archived);
	for (; record != NULL && limit > 0; limit--) {
		json_t *entry = model_record_read(call->model, call->type, record, wanted);
		model_links_show(call, record, entry);
		json_array_append_new(results, entry);
		record = model_store_next(call->type, record->id, is_archived);
	}
	json_t *body = json_pack("{s:o*}", "results", results);
	if (record != NULL) {
		json_object_set_new(body, "paging", next_page(call, record->id));
	}
	json_decref(wanted);
	model_reply_json(call, 200, body);
}
