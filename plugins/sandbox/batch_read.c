#include "inside.h"

#include <stdlib.h>
#include <string.h>

json_t *model_wanted(const struct call *call) {
	const json_t *names = json_object_get(call->body, "properties");
	if (json_array_size(names) == 0) {
		return NULL;
	}
	json_t *wanted = json_object();
	size_t at;
	json_t *name;
	json_array_foreach (names, at, name) {
		if (json_is_string(name)) {
			json_object_set_new(wanted, json_string_value(name), json_true());
		}
	}
	return wanted;
}

enum { HISTORIES_MAX = 50 };

struct reading {
	struct call *call;
	json_t *wanted, *results, *seen, *missing;
	struct unique *unique;
	bool is_archived;
};

/* A record that is asked for twice is given once. */
static void read_one(struct reading *reading, const char *id) {
	struct type *type = reading->call->type;
	struct record *record = reading->unique != NULL
		? model_store_by_value(type, reading->unique, id)
		: model_store_by_id(type, id);
	if (record == NULL || (record->archived_ms != 0) != reading->is_archived) {
		json_array_append_new(reading->missing, json_string(id));
		return;
	}
	char own[ID_SIZE];
	model_id_format(record->id, own);
	if (json_object_get(reading->seen, own) == NULL) {
		json_object_set_new(reading->seen, own, json_true());
		json_array_append_new(reading->results,
			model_record_read(reading->call->model, type, record, reading->wanted));
	}
}

static bool read_ids(struct reading *reading, json_t *inputs, struct problem *problem) {
	size_t at;
	json_t *input;
	json_array_foreach (inputs, at, input) {
		char *id = model_batch_id(input);
		if (id == NULL) {
			model_problem_malformed(
				problem, 1, 1, "Some required fields were not set: [id]");
			return false;
		}
		read_one(reading, id);
		free(id);
	}
	return true;
}

static bool open_reading(struct reading *reading, struct problem *problem) {
	struct call *call = reading->call;
	const char *property = json_string_value(json_object_get(call->body, "idProperty"));
	const char *archived = model_query_value(call, "archived");
	reading->is_archived = archived != NULL && strcmp(archived, "true") == 0;
	bool wants_history =
		json_array_size(json_object_get(call->body, "propertiesWithHistory")) > 0;
	if (wants_history &&
		json_array_size(json_object_get(call->body, "inputs")) > HISTORIES_MAX) {
		model_problem_say(problem, 400, "VALIDATION_ERROR",
			"The maximum number of inputs supported in a batch request for property "
			"histories is 50. Please reduce the number of items and try again");
	} else if (property != NULL && strcmp(property, "hs_object_id") != 0) {
		reading->unique = model_store_unique(call->type, property);
		if (reading->unique == NULL) {
			model_problem_not_unique(problem, call->type, property);
		}
	}
	return problem->status == 0;
}

void model_batch_read(struct call *call) {
	struct problem problem = {0};
	json_t *inputs;
	struct reading reading = {.call = call};
	if (!model_batch_inputs(call, BATCH_MAX, &inputs, &problem) ||
		!open_reading(&reading, &problem)) {
		model_fail(call, &problem);
		return;
	}
	reading.wanted = model_wanted(call);
	reading.results = json_array();
	reading.seen = json_object();
	reading.missing = json_array();
	if (!read_ids(&reading, inputs, &problem)) {
		model_fail(call, &problem);
	} else {
		json_t *errors = json_array();
		if (json_array_size(reading.missing) > 0) {
			model_problem_missing(&problem, call->type, reading.missing, true);
			json_array_append_new(errors, model_problem_row(&problem, NULL));
		}
		model_batch_reply(call, 200, json_incref(reading.results), errors);
	}
	json_decref(reading.wanted);
	json_decref(reading.results);
	json_decref(reading.seen);
	json_decref(reading.missing);
}

void model_batch_archive(struct call *call) {
	struct problem problem = {0};
	json_t *inputs;
	if (!model_batch_inputs(call, BATCH_MAX, &inputs, &problem)) {
		model_fail(call, &problem);
		return;
	}
	size_t at;
	json_t *input;
	json_array_foreach (inputs, at, input) {
		char *id = model_batch_id(input);
		struct record *record = id == NULL ? NULL : model_store_by_id(call->type, id);
		if (record != NULL && record->archived_ms == 0) {
			model_store_archive(call->model, call->type, record);
			json_array_append_new(call->effect, json_string(id));
		}
		free(id);
	}
	call->reply->status = 204;
}
