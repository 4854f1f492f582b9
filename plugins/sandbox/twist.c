/* Replies to batches as they should not be: rows missing, foreign, unnamed. The
 * call's effect stays what the handler made it. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

bool model_ignores_traces(const struct call *call) {
	return call->model->modes.ignores_traces ||
		(call->has_fault && call->fault.kind.how == HOW_IGNORE_TRACES);
}

static void empty(struct call *call, json_t *results) {
	(void)results;
	json_object_set_new(call->reply->json, "results", json_array());
	json_object_del(call->reply->json, "errors");
	json_object_del(call->reply->json, "numErrors");
	call->reply->status = 200;
}

static void drop_row(struct call *call, json_t *results) {
	size_t count = json_array_size(results);
	if (count > 0) {
		json_array_remove(results, (size_t)(model_random(call->model) % count));
	}
}

/* A record that nobody asked for, with no trace id. */
static void extra_row(struct call *call, json_t *results) {
	size_t count = json_array_size(results);
	json_t *row = json_deep_copy(json_array_get(results, 0));
	row = row == NULL ? json_pack("{s:{}}", "properties") : row;
	json_object_del(row, "objectWriteTraceId");
	json_object_set_new(row, "id", json_string("1"));
	json_t *properties = json_object_get(row, "properties");
	json_object_set_new(properties, "hs_object_id", json_string("1"));
	if (json_object_get(properties, "email") != NULL) {
		json_object_set_new(properties, "email", json_string("foreign@example.com"));
		json_object_del(properties, "hs_additional_emails");
	}
	json_array_insert_new(results, (size_t)(model_random(call->model) % (count + 1)), row);
}

static void strip_list(json_t *rows) {
	size_t at;
	json_t *row;
	json_array_foreach (rows, at, row) {
		json_t *context = json_object_get(row, "context");
		json_object_del(row, "objectWriteTraceId");
		json_object_del(context, "objectWriteTraceId");
		if (context != NULL && json_object_size(context) == 0) {
			json_object_del(row, "context");
		}
	}
}

static void strip_traces(struct call *call, json_t *results) {
	strip_list(results);
	strip_list(json_object_get(call->reply->json, "errors"));
}

static void lower_value(json_t *properties, const char *name) {
	const char *text = json_string_value(json_object_get(properties, name));
	char *copy = text == NULL ? NULL : strdup(text);
	if (copy != NULL) {
		model_lower(copy);
		json_object_set_new(properties, name, json_string(copy));
	}
	free(copy);
}

/* The values by which records are known. */
static void lower_case(struct call *call, json_t *results) {
	size_t at;
	json_t *row;
	json_array_foreach (results, at, row) {
		for (size_t i = 0; i < call->type->unique_count; i++) {
			lower_value(
				json_object_get(row, "properties"), call->type->uniques[i].name);
		}
	}
}

static void twist_batch(struct call *call) {
	static void (*const twists[HOWS])(struct call *, json_t *) = {
		[HOW_EMPTY] = empty,
		[HOW_DROP_ROW] = drop_row,
		[HOW_EXTRA_ROW] = extra_row,
		[HOW_STRIP_TRACES] = strip_traces,
		[HOW_LOWER_CASE] = lower_case,
	};
	json_t *results = json_object_get(call->reply->json, "results");
	if (call->reply->status < 200 || call->reply->status > 299 || results == NULL ||
		call->type == NULL) {
		return;
	}
	if (call->has_fault && twists[call->fault.kind.how] != NULL) {
		twists[call->fault.kind.how](call, results);
	}
	if (call->model->modes.strips_traces) {
		strip_traces(call, results);
	}
}

void model_fault_twist(struct call *call) {
	twist_batch(call);
	if (call->has_fault && call->fault.kind.how == HOW_NO_CORRELATION) {
		json_object_del(call->reply->json, "correlationId");
	}
}
