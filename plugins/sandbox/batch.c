/*
 * A batch of writes is settled in one of two ways. With a trace id of its own
 * on every row, each row succeeds or fails alone, in the order they stand in.
 * Otherwise all rows are examined before any is written, and the first kind of
 * trouble refuses them all; only rows that name no record are left out by
 * themselves, in both ways.
 */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

struct batch {
	struct row rows[BATCH_MAX];
	size_t count;
	bool is_traced;
};

bool model_batch_inputs(
	const struct call *call, size_t most, json_t **inputs, struct problem *problem) {
	*inputs = json_object_get(call->body, "inputs");
	if (!json_is_array(*inputs)) {
		model_problem_malformed(
			problem, 1, 1, "Some required fields were not set: [inputs]");
	} else if (json_array_size(*inputs) > most) {
		model_problem_too_many(problem, most);
	}
	return problem->status == 0;
}

char *model_batch_id(const json_t *input) {
	const json_t *id = json_object_get(input, "id");
	if (json_is_integer(id)) {
		json_t *text = json_sprintf("%" JSON_INTEGER_FORMAT, json_integer_value(id));
		char *copy = text == NULL ? NULL : strdup(json_string_value(text));
		json_decref(text);
		return copy;
	}
	return json_is_string(id) ? strdup(json_string_value(id)) : NULL;
}

static bool read_row(
	struct row *row, enum row_kind kind, const json_t *input, struct problem *problem) {
	row->kind = kind;
	row->properties = json_object_get(input, "properties");
	row->trace_id = json_string_value(json_object_get(input, "objectWriteTraceId"));
	row->links = kind == ROW_CREATE ? json_object_get(input, "associations") : NULL;
	if (kind != ROW_CREATE) {
		row->id = model_batch_id(input);
		row->id_property = json_string_value(json_object_get(input, "idProperty"));
	}
	if (!json_is_object(row->properties)) {
		model_problem_malformed(
			problem, 1, 1, "Some required fields were not set: [properties]");
	} else if (kind != ROW_CREATE && row->id == NULL) {
		model_problem_malformed(problem, 1, 1, "Some required fields were not set: [id]");
	}
	return problem->status == 0;
}

static void find_traces(const struct call *call, struct batch *batch) {
	json_t *seen = json_object();
	size_t traced = 0;
	for (size_t i = 0; i < batch->count; i++) {
		const char *trace_id = batch->rows[i].trace_id;
		if (trace_id != NULL && *trace_id != '\0') {
			traced++;
			json_object_set_new(seen, trace_id, json_true());
		}
	}
	batch->is_traced = !model_ignores_traces(call) && traced == batch->count &&
		json_object_size(seen) == batch->count;
	json_decref(seen);
}

static void find_duplicates(struct batch *batch, struct problem *problem) {
	json_t *seen = json_object();
	json_t *twice = json_array();
	for (size_t i = 0; i < batch->count && batch->rows[i].id != NULL; i++) {
		char *folded = strdup(batch->rows[i].id);
		if (folded == NULL) {
			break;
		}
		model_lower(folded);
		const json_t *before = json_object_get(seen, folded);
		if (json_is_false(before)) {
			json_array_append_new(twice, json_string(folded));
		}
		json_object_set_new(seen, folded, json_boolean(before != NULL));
		free(folded);
	}
	if (json_array_size(twice) > 0) {
		model_problem_duplicates(problem, twice);
	}
	json_decref(seen);
	json_decref(twice);
}

/* Everything that refuses the whole request, whatever its trace ids say. */
static bool read_batch(
	struct call *call, struct batch *batch, enum row_kind kind, struct problem *problem) {
	json_t *inputs;
	if (!model_batch_inputs(call, BATCH_MAX, &inputs, problem)) {
		return false;
	}
	size_t at;
	json_t *input;
	json_array_foreach (inputs, at, input) {
		if (!read_row(&batch->rows[batch->count++], kind, input, problem)) {
			return false;
		}
	}
	find_traces(call, batch);
	find_duplicates(batch, problem);
	for (size_t i = 0; i < batch->count && problem->status == 0; i++) {
		if (!model_row_name(call, &batch->rows[i])) {
			*problem = batch->rows[i].problem;
			memset(&batch->rows[i].problem, 0, sizeof(batch->rows[i].problem));
		}
	}
	if (problem->status == 0 && model_store_is_full(call->model, batch->count) &&
		kind != ROW_UPDATE) {
		model_problem_full(problem);
	}
	return problem->status == 0;
}

static void move_problem(struct problem *to, struct problem *from) {
	model_problem_finish(to);
	*to = *from;
	memset(from, 0, sizeof(*from));
}

/* All values of all rows: one refusal lists everything that is wrong with any
 * of them. */
static bool examine_values(struct call *call, struct batch *batch, struct problem *problem) {
	json_t *faults = json_array();
	for (size_t i = 0; i < batch->count && problem->status == 0; i++) {
		struct row *row = &batch->rows[i];
		model_row_find(call, row);
		struct problem missing = row->problem;
		memset(&row->problem, 0, sizeof(row->problem));
		if (!model_row_clean(call, row, faults) || !model_links_check(call, row)) {
			move_problem(problem, &row->problem);
		}
		row->problem = missing;
	}
	if (problem->status == 0 && json_array_size(faults) > 0) {
		model_problem_faults(problem, faults);
	}
	json_decref(faults);
	return problem->status == 0;
}

/* One conflict is named; of several HubSpot says only that there are some. */
static bool examine_conflicts(struct call *call, struct batch *batch, struct problem *problem) {
	json_t *claims = json_object();
	size_t conflicts = 0;
	for (size_t i = 0; i < batch->count; i++) {
		struct row *row = &batch->rows[i];
		if (row->problem.status == 0 && !model_row_claim(call, row, claims)) {
			move_problem(problem, &row->problem);
			conflicts++;
		}
	}
	json_decref(claims);
	if (conflicts > 1 && problem->status == 409) {
		model_problem_say(problem, 409, "CONFLICT", "Contact already exists");
	}
	return conflicts == 0;
}

static bool settle_together(struct call *call, struct batch *batch, struct problem *problem) {
	if (!examine_values(call, batch, problem) || !examine_conflicts(call, batch, problem)) {
		return false;
	}
	for (size_t i = 0; i < batch->count; i++) {
		if (batch->rows[i].problem.status == 0) {
			model_row_write(call, &batch->rows[i]);
		}
	}
	return true;
}

static void shuffle(struct model *model, json_t *results) {
	for (size_t left = json_array_size(results); left > 1; left--) {
		size_t other = (size_t)(model_random(model) % left);
		json_t *a = json_incref(json_array_get(results, left - 1));
		json_t *b = json_incref(json_array_get(results, other));
		json_array_set_new(results, left - 1, b);
		json_array_set_new(results, other, a);
	}
}

static json_t *result_of(const struct call *call, const struct row *row) {
	json_t *result = model_row_result(call, row);
	if (row->kind == ROW_UPSERT) {
		json_object_set_new(result, "new", json_boolean(row->is_new));
	}
	if (row->trace_id != NULL) {
		json_object_set_new(result, "objectWriteTraceId", json_string(row->trace_id));
	}
	return result;
}

/* Rows without a trace id that name no record share one entry with all their
 * ids. */
static void add_error(json_t *errors, struct row *row, bool is_traced) {
	json_t *entry = model_problem_row(&row->problem, is_traced ? row->trace_id : NULL);
	if (is_traced || json_array_size(errors) == 0) {
		json_array_append_new(errors, entry);
		return;
	}
	json_t *shared = json_object_get(json_array_get(errors, 0), "context");
	const char *name;
	json_t *ids;
	json_object_foreach (json_object_get(entry, "context"), name, ids) {
		json_t *list = json_object_get(shared, name);
		if (list == NULL) {
			json_object_set(shared, name, ids);
		} else {
			json_array_extend(list, ids);
		}
	}
	json_decref(entry);
}

void model_batch_reply(struct call *call, int status, json_t *results, json_t *errors) {
	char iso[ISO_SIZE];
	model_iso_format(call->model->wall_ms, iso);
	shuffle(call->model, results);
	json_t *body = json_pack("{s:s,s:o*,s:s,s:s}", "status", "COMPLETE", "results", results,
		"startedAt", iso, "completedAt", iso);
	size_t count = json_array_size(errors);
	if (count > 0) {
		json_object_set_new(body, "numErrors", json_integer((json_int_t)count));
		json_object_set(body, "errors", errors);
	}
	json_decref(errors);
	model_reply_json(call, count > 0 ? 207 : status, body);
}

static void reply_rows(struct call *call, struct batch *batch, int status) {
	json_t *results = json_array();
	json_t *errors = json_array();
	for (size_t i = 0; i < batch->count; i++) {
		struct row *row = &batch->rows[i];
		if (row->problem.status == 0) {
			json_array_append_new(results, result_of(call, row));
		} else {
			add_error(errors, row, batch->is_traced);
		}
	}
	model_batch_reply(call, status, results, errors);
}

static void batch_write(struct call *call, enum row_kind kind, int status) {
	struct batch *batch = calloc(1, sizeof(*batch));
	struct problem problem = {0};
	if (batch == NULL) {
		return;
	}
	bool is_good = read_batch(call, batch, kind, &problem);
	if (is_good && kind == ROW_UPSERT && !model_limit_upserts(call, batch->count)) {
		is_good = false;
		model_problem_say(&problem, 423, NULL,
			"The resource is locked by another write. Try again in a moment.");
	}
	if (is_good && batch->is_traced) {
		for (size_t i = 0; i < batch->count; i++) {
			model_row_settle(call, &batch->rows[i]);
		}
	} else if (is_good) {
		is_good = settle_together(call, batch, &problem);
	}
	if (is_good) {
		reply_rows(call, batch, status);
	} else {
		model_fail(call, &problem);
	}
	for (size_t i = 0; i < batch->count; i++) {
		model_row_finish(&batch->rows[i]);
	}
	free(batch);
}

void model_batch_create(struct call *call) {
	batch_write(call, ROW_CREATE, 201);
}

void model_batch_update(struct call *call) {
	batch_write(call, ROW_UPDATE, 200);
}

void model_batch_upsert(struct call *call) {
	batch_write(call, ROW_UPSERT, 200);
}
