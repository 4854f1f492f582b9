#include "inside.h"

#include <stdlib.h>
#include <string.h>

void model_row_finish(struct row *row) {
	free(row->id);
	json_decref(row->written);
	json_decref(row->warnings);
	model_problem_finish(&row->problem);
	memset(row, 0, sizeof(*row));
}

static bool is_own_id(const char *property) {
	return property == NULL || strcmp(property, "hs_object_id") == 0;
}

bool model_row_name(struct call *call, struct row *row) {
	if (is_own_id(row->id_property)) {
		row->id_property = NULL;
		return true;
	}
	row->unique = model_store_unique(call->type, row->id_property);
	if (row->unique == NULL) {
		model_problem_not_unique(&row->problem, call->type, row->id_property);
	}
	return row->unique != NULL;
}

/* An upsert that creates gives the new record the value it was looked for by.
 */
static const json_t *with_key(const struct row *row, json_t **made) {
	bool needs_key = row->kind == ROW_UPSERT && row->unique != NULL && row->record == NULL;
	if (!needs_key || !json_is_object(row->properties) ||
		json_object_get(row->properties, row->id_property) != NULL) {
		return row->properties;
	}
	*made = json_copy((json_t *)row->properties);
	json_object_set_new(*made, row->id_property, json_string(row->id));
	return *made;
}

static bool is_partial(const struct call *call, const struct row *row) {
	return call->model->modes.refuses_partial_upserts && row->kind == ROW_UPSERT &&
		row->unique != NULL && json_object_get(row->properties, row->id_property) == NULL;
}

bool model_row_clean(struct call *call, struct row *row, json_t *faults) {
	json_t *made = NULL;
	const json_t *given = with_key(row, &made);
	size_t before = json_array_size(faults);
	row->warnings = json_array();
	struct cleaning cleaning = {.model = call->model,
		.type = call->type,
		.record = row->record,
		.normalises = call->normalises,
		.faults = faults,
		.warnings = row->warnings};
	row->written = model_properties_clean(&cleaning, given, &row->problem);
	json_decref(made);
	if (row->written == NULL && row->problem.status == 0) {
		model_problem_say(&row->problem, 500, NULL, "out of memory");
	} else if (row->problem.status == 0 && is_partial(call, row)) {
		model_problem_say(&row->problem, 400, "VALIDATION_ERROR",
			"Partial upserts by %s are not supported", row->id_property);
	}
	if (row->problem.status != 0) {
		return false;
	}
	/* Rules look at a row whose values are good; what is wrong with others is no
	 * matter. */
	bool is_clean = json_array_size(faults) == before;
	return !is_clean || model_rules_check(call, row, &cleaning);
}

static struct record *look_up(struct call *call, struct unique *unique, const char *id) {
	if (id == NULL) {
		return NULL; /* no memory for it */
	}
	struct record *record = unique != NULL ? model_store_by_value(call->type, unique, id)
					       : model_store_by_id(call->type, id);
	return record == NULL || record->archived_ms != 0 ? NULL : record;
}

static void say_missing(struct call *call, struct row *row) {
	json_t *ids = NULL;
	if (row->unique == NULL) {
		ids = json_pack("[s]", row->id);
	} else {
		ids = json_pack("[o]",
			json_sprintf("PropertyValueCoordinates{portalId=%" JSON_INTEGER_FORMAT
				     ", objectTypeId=%s, propertyName=%s, value=%s}",
				model_portal(call->model), call->type->id, row->id_property,
				row->id));
	}
	model_problem_missing(&row->problem, call->type, ids, row->unique == NULL);
	json_decref(ids);
}

bool model_row_find(struct call *call, struct row *row) {
	if (row->kind == ROW_CREATE) {
		return true;
	}
	row->record = look_up(call, row->unique, row->id);
	bool may_create = row->kind == ROW_UPSERT && row->unique != NULL;
	if (row->record == NULL && !may_create) {
		say_missing(call, row);
		return false;
	}
	return true;
}

/* Life cycle stages only move forward; a step back is ignored, not refused. */
static void drop_step_back(struct call *call, struct row *row) {
	if (row->record == NULL || call->type->is_open) {
		return;
	}
	const char *now =
		json_string_value(json_object_get(row->record->properties, "lifecyclestage"));
	const char *then = json_string_value(json_object_get(row->written, "lifecyclestage"));
	if (model_properties_is_step_back(now, then)) {
		json_object_del(row->written, "lifecyclestage");
	}
}

bool model_row_claim(struct call *call, struct row *row, json_t *claims) {
	struct taken taken = model_store_taken(call->type, row->record, row->written, claims);
	if (taken.unique != NULL) {
		model_problem_taken(&row->problem, call->model, call->type, row->record, &taken);
		return false;
	}
	return true;
}

bool model_row_write(struct call *call, struct row *row) {
	drop_step_back(call, row);
	row->is_new = row->record == NULL;
	if (row->is_new) {
		row->record = model_store_create(call->model, call->type, row->written);
	} else {
		model_store_update(call->model, call->type, row->record, row->written);
	}
	if (row->record == NULL) {
		model_problem_full(&row->problem);
		return false;
	}
	model_links_write(call, row);
	char id[ID_SIZE];
	model_id_format(row->record->id, id);
	json_array_append_new(call->effect, json_string(id));
	return true;
}

bool model_row_settle(struct call *call, struct row *row) {
	json_t *faults = json_array();
	bool is_good = model_row_name(call, row) && model_row_find(call, row) &&
		model_row_clean(call, row, faults);
	if (is_good && json_array_size(faults) > 0) {
		model_problem_faults(&row->problem, faults);
		is_good = false;
	}
	json_decref(faults);
	return is_good && model_links_check(call, row) && model_row_claim(call, row, NULL) &&
		model_row_write(call, row);
}

json_t *model_row_result(const struct call *call, const struct row *row) {
	json_t *result = model_record_written(call->model, call->type, row->record, row->written);
	if (json_array_size(row->warnings) > 0) {
		json_object_set(result, "warnings", row->warnings);
	}
	return result;
}

/* The record that a merged one lives on in. */
static const char *survivor_of(const struct type *type, const char *id) {
	const char *survivor = json_string_value(json_object_get(type->merged, id));
	return survivor == NULL ? id : survivor;
}

struct record *model_record_named(
	struct call *call, const char *id, const char *id_property, struct problem *problem) {
	struct unique *unique = NULL;
	if (!is_own_id(id_property)) {
		unique = model_store_unique(call->type, id_property);
		if (unique == NULL) {
			model_problem_not_unique(problem, call->type, id_property);
			return NULL;
		}
	}
	struct record *record = unique != NULL
		? model_store_by_value(call->type, unique, id)
		: model_store_by_id(call->type, survivor_of(call->type, id));
	if (record == NULL && unique != NULL) {
		model_problem_say(problem, 404, NULL, "resource not found");
	} else if (record == NULL) {
		model_problem_not_found(problem, id);
	}
	return record;
}
