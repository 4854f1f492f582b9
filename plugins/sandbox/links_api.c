#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The two ends that the path names; false: the call has ended. */
static bool ends_of(struct call *call, struct end *from, struct end *to) {
	json_t *from_id = json_string(call->match.id);
	json_t *to_id = json_string(call->match.to_id == NULL ? "" : call->match.to_id);
	*from = model_link_end(call->type, from_id);
	*to = model_link_end(call->to, to_id);
	bool has_both = from->record != NULL && (call->match.to_id == NULL || to->record != NULL);
	json_decref(from_id);
	json_decref(to_id);
	if (!has_both) {
		struct problem problem = {0};
		model_problem_not_found(
			&problem, from->record == NULL ? call->match.id : call->match.to_id);
		model_fail(call, &problem);
	}
	return has_both;
}

static bool refuse(struct call *call, const char *what) {
	struct problem problem = {0};
	model_problem_say(&problem, 400, "VALIDATION_ERROR", "%s", what);
	model_fail(call, &problem);
	return false;
}

static bool is_other(struct call *call, const struct end *from, const struct end *to) {
	if (from->record != to->record) {
		return true;
	}
	struct problem problem = {0};
	model_problem_say(&problem, 400, "VALIDATION_ERROR",
		"Object %s cannot be associated to itself (%s)", call->match.id, call->match.id);
	model_fail(call, &problem);
	return false;
}

/* ---- reading ---- */

json_t *model_link_entry(struct call *call, const char *id, const json_t *types) {
	json_t *list = json_array();
	size_t at;
	json_t *type_id;
	json_array_foreach ((json_t *)types, at, type_id) {
		json_array_append_new(list,
			model_label_spec(
				call->model, call->type, call->to, json_integer_value(type_id)));
	}
	return json_pack(
		"{s:o*,s:o*}", "toObjectId", model_link_id(call, id), "associationTypes", list);
}

static bool is_alive(struct type *type, const char *id) {
	const struct record *record = model_store_by_id(type, id);
	return record != NULL && record->archived_ms == 0;
}

json_t *model_link_entries(struct call *call, const struct end *from, const char *after,
	size_t limit, char next[ID_SIZE]) {
	json_t *results = json_array();
	bool is_there = after == NULL || *after == '\0';
	const char *id;
	json_t *types;
	next[0] = '\0';
	json_object_foreach (model_links_of(call->model, from, call->to), id, types) {
		is_there = is_there || strcmp(id, after) == 0;
		if (!is_there || !is_alive(call->to, id)) {
			continue;
		}
		if (json_array_size(results) == limit) {
			snprintf(next, ID_SIZE, "%s", id);
			break;
		}
		json_array_append_new(results, model_link_entry(call, id, types));
	}
	return results;
}

void model_links_list(struct call *call) {
	struct end from;
	struct end to;
	char next[ID_SIZE];
	long long limit = model_query_number(call, "limit", 500, 1, 500);
	if (limit < 0) {
		refuse(call, "limit must be a number from 1 to 500");
		return;
	}
	if (!ends_of(call, &from, &to)) {
		return;
	}
	json_t *results = model_link_entries(
		call, &from, model_query_value(call, "after"), (size_t)limit, next);
	json_t *body = json_pack("{s:o*}", "results", results);
	if (next[0] != '\0') {
		json_object_set_new(body, "paging", json_pack("{s:{s:s}}", "next", "after", next));
	}
	model_reply_json(call, 200, body);
}

/* ---- writing ---- */

json_t *model_link_spec(struct call *call, const struct end *from, const struct end *to) {
	char from_id[ID_SIZE];
	char to_id[ID_SIZE];
	model_id_format(from->record->id, from_id);
	model_id_format(to->record->id, to_id);
	json_int_t plain = model_link_plain(call->model, from->type, to->type);
	bool is_own = model_label_is_own(call->model, from->type, to->type, plain);
	return json_pack("{s:{s:s},s:{s:s},s:{s:s,s:I}}", "from", "id", from_id, "to", "id", to_id,
		"associationSpec", "associationCategory",
		is_own ? "USER_DEFINED" : "HUBSPOT_DEFINED", "associationTypeId", plain);
}

void model_links_default(struct call *call) {
	struct end from;
	struct end to;
	if (!ends_of(call, &from, &to) || !is_other(call, &from, &to)) {
		return;
	}
	model_link_add(call->model, &from, &to, model_link_plain(call->model, from.type, to.type));
	json_t *results = json_pack(
		"[o,o]", model_link_spec(call, &from, &to), model_link_spec(call, &to, &from));
	model_batch_reply(call, 200, results, json_array());
}

bool model_link_specs_are_known(struct call *call, const json_t *specs) {
	size_t at;
	json_t *spec;
	json_array_foreach ((json_t *)specs, at, spec) {
		json_int_t type_id = json_integer_value(json_object_get(spec, "associationTypeId"));
		if (!model_link_is_known(call->model, call->type, call->to, type_id)) {
			return false;
		}
	}
	return json_array_size(specs) > 0;
}

json_t *model_link_relabel(
	struct call *call, const struct end *from, const struct end *to, const json_t *specs) {
	char from_id[ID_SIZE];
	char to_id[ID_SIZE];
	json_t *labels = json_array();
	size_t at;
	json_t *spec;
	json_array_foreach ((json_t *)specs, at, spec) {
		json_int_t type_id = json_integer_value(json_object_get(spec, "associationTypeId"));
		const char *label = model_label_text(call->model, from->type, to->type, type_id);
		model_link_add(call->model, from, to, type_id);
		if (label != NULL) {
			json_array_append_new(labels, json_string(label));
		}
	}
	model_id_format(from->record->id, from_id);
	model_id_format(to->record->id, to_id);
	return json_pack("{s:s,s:o*,s:s,s:o*,s:o*}", "fromObjectTypeId", from->type->id,
		"fromObjectId", model_link_id(call, from_id), "toObjectTypeId", to->type->id,
		"toObjectId", model_link_id(call, to_id), "labels", labels);
}

/* The given labels stand in the place of those the link had. */
void model_links_label(struct call *call) {
	struct end from;
	struct end to;
	if (!ends_of(call, &from, &to) || !is_other(call, &from, &to)) {
		return;
	}
	if (!model_link_specs_are_known(call, call->body)) {
		refuse(call, "One or more association types are not valid for these objects");
		return;
	}
	model_link_remove(call->model, &from, &to, 0);
	model_reply_json(call, 201, model_link_relabel(call, &from, &to, call->body));
}

void model_links_delete(struct call *call) {
	struct end from;
	struct end to;
	if (ends_of(call, &from, &to)) {
		model_link_remove(call->model, &from, &to, 0);
		call->reply->status = 204;
	}
}

/* ---- the v3 form: the association's type as a number or "contact_to_company"
 * ---- */

static json_int_t old_type(struct call *call) {
	json_int_t type_id = strtoll(call->match.name, NULL, 10);
	if (type_id == 0) {
		char name[PAIR_SIZE];
		snprintf(name, sizeof(name), "%s_to_%s", call->type->singular, call->to->singular);
		bool is_name = strcmp(name, call->match.name) == 0;
		type_id = is_name ? model_link_plain(call->model, call->type, call->to) : -1;
	}
	bool is_known =
		type_id > 0 && model_link_is_known(call->model, call->type, call->to, type_id);
	return is_known || !refuse(call, "The association type is not valid") ? type_id : -1;
}

void model_links_old_put(struct call *call) {
	struct end from;
	struct end to;
	if (!ends_of(call, &from, &to) || !is_other(call, &from, &to)) {
		return;
	}
	json_int_t type_id = old_type(call);
	if (call->reply->status == 0) {
		model_link_add(call->model, &from, &to, type_id);
		model_reply_json(
			call, 200, model_record_read(call->model, call->type, from.record, NULL));
	}
}

void model_links_old_delete(struct call *call) {
	struct end from;
	struct end to;
	if (!ends_of(call, &from, &to)) {
		return;
	}
	json_int_t type_id = old_type(call);
	if (call->reply->status == 0) {
		model_link_remove(call->model, &from, &to, type_id);
		call->reply->status = 204;
	}
}
