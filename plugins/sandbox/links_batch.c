#include "inside.h"

#include <stdlib.h>
#include <string.h>

enum { LINKS_MAX = 2000, READS_MAX = 1000, PAGE = 500 };

static json_t *id_in(const json_t *input, const char *side) {
	return json_object_get(json_object_get(input, side), "id");
}

static bool inputs_of(struct call *call, size_t most, json_t **inputs) {
	struct problem problem = {0};
	bool is_good = model_batch_inputs(call, most, inputs, &problem);
	if (!is_good) {
		model_fail(call, &problem);
	}
	return is_good;
}

static char *text_of(const json_t *id) {
	return json_is_string(id) ? strdup(json_string_value(id)) : json_dumps(id, JSON_ENCODE_ANY);
}

static void add_invalid(json_t *errors, const json_t *id) {
	char *text = text_of(id);
	json_array_append_new(errors,
		json_pack("{s:s,s:s,s:s,s:o*,s:{s:[s]}}", "status", "error", "category",
			"VALIDATION_ERROR", "subCategory", "crm.associations.INVALID_IDENTIFIER",
			"message",
			json_sprintf("%s is not a valid ID", text == NULL ? "null" : text),
			"context", "id", text == NULL ? "null" : text));
	free(text);
}

static void add_wrong(json_t *errors, const char *message) {
	json_array_append_new(errors,
		json_pack("{s:s,s:s,s:s}", "status", "error", "category", "VALIDATION_ERROR",
			"message", message));
}

/* Both ends of an input; false: an error has been added. */
static bool ends_of(struct call *call, const json_t *input, const json_t *to_id, struct end *from,
	struct end *to, json_t *errors) {
	*from = model_link_end(call->type, id_in(input, "from"));
	*to = model_link_end(call->to, to_id);
	if (from->record == NULL || to->record == NULL) {
		add_invalid(errors, from->record == NULL ? id_in(input, "from") : to_id);
		return false;
	}
	if (from->record == to->record) {
		char *id = text_of(to_id);
		json_t *message = json_sprintf("Object %s cannot be associated to itself (%s)",
			id == NULL ? "" : id, id == NULL ? "" : id);
		add_wrong(errors, json_string_value(message));
		json_decref(message);
		free(id);
		return false;
	}
	return true;
}

void model_links_batch_default(struct call *call) {
	json_t *inputs;
	if (!inputs_of(call, LINKS_MAX, &inputs)) {
		return;
	}
	json_t *results = json_array();
	json_t *errors = json_array();
	size_t at;
	json_t *input;
	json_array_foreach (inputs, at, input) {
		struct end from;
		struct end to;
		if (ends_of(call, input, id_in(input, "to"), &from, &to, errors)) {
			model_link_add(call->model, &from, &to,
				model_link_plain(call->model, from.type, to.type));
			json_array_append_new(results, model_link_spec(call, &from, &to));
			json_array_append_new(results, model_link_spec(call, &to, &from));
		}
	}
	model_batch_reply(call, 200, results, errors);
}

/* v3 names the type in one word; it becomes a list of one. */
static json_t *specs_of(struct call *call, const json_t *input) {
	json_t *specs = json_object_get(input, "types");
	if (specs != NULL || json_object_get(input, "type") == NULL) {
		return json_incref(specs);
	}
	return json_pack("[{s:I}]", "associationTypeId",
		model_link_plain(call->model, call->type, call->to));
}

void model_links_batch_create(struct call *call) {
	json_t *inputs;
	if (!inputs_of(call, LINKS_MAX, &inputs)) {
		return;
	}
	json_t *results = json_array();
	json_t *errors = json_array();
	size_t at;
	json_t *input;
	json_array_foreach (inputs, at, input) {
		struct end from;
		struct end to;
		json_t *specs = specs_of(call, input);
		if (!ends_of(call, input, id_in(input, "to"), &from, &to, errors)) {
			json_decref(specs);
			continue;
		}
		if (model_link_specs_are_known(call, specs)) {
			json_array_append_new(results, model_link_relabel(call, &from, &to, specs));
		} else {
			add_wrong(errors,
				"One or more association types are not valid for these objects");
		}
		json_decref(specs);
	}
	model_batch_reply(call, 201, results, errors);
}

/* ---- reading ---- */

static void add_none(struct call *call, const char *id, json_t *errors) {
	json_array_append_new(errors,
		json_pack("{s:s,s:s,s:s,s:o*,s:{s:[s],s:[s],s:[s]}}", "status", "error", "category",
			"OBJECT_NOT_FOUND", "subCategory", "crm.associations.NO_ASSOCIATIONS_FOUND",
			"message",
			json_sprintf("No %s is associated with %s %s.", call->to->singular,
				call->type->singular, id),
			"context", "fromObjectId", id, "fromObjectType", call->type->singular,
			"toObjectType", call->to->singular));
}

/* v3 gives {"id", "type"} for each type id. */
static json_t *as_old(struct call *call, json_t *entries) {
	json_t *list = json_array();
	size_t at;
	json_t *entry;
	json_array_foreach (entries, at, entry) {
		char *id = text_of(json_object_get(entry, "toObjectId"));
		json_array_append_new(list,
			json_pack("{s:s,s:o*}", "id", id == NULL ? "" : id, "type",
				json_sprintf(
					"%s_to_%s", call->type->singular, call->to->singular)));
		free(id);
	}
	json_decref(entries);
	return list;
}

static void read_one(struct call *call, const json_t *input, json_t *results, json_t *errors) {
	char next[ID_SIZE];
	const json_t *id = json_object_get(input, "id");
	struct end from = model_link_end(call->type, id);
	char *text = text_of(id);
	json_t *entries = from.record == NULL
		? json_array()
		: model_link_entries(call, &from,
			  json_string_value(json_object_get(input, "after")), PAGE, next);
	if (json_array_size(entries) == 0) {
		add_none(call, text == NULL ? "null" : text, errors);
		json_decref(entries);
		free(text);
		return;
	}
	if (call->version != NULL && strcmp(call->version, "v3") == 0) {
		entries = as_old(call, entries);
	}
	json_t *result =
		json_pack("{s:{s:s},s:o*}", "from", "id", text == NULL ? "" : text, "to", entries);
	if (next[0] != '\0') {
		json_object_set_new(
			result, "paging", json_pack("{s:{s:s}}", "next", "after", next));
	}
	json_array_append_new(results, result);
	free(text);
}

void model_links_batch_read(struct call *call) {
	json_t *inputs;
	if (!inputs_of(call, READS_MAX, &inputs)) {
		return;
	}
	json_t *results = json_array();
	json_t *errors = json_array();
	size_t at;
	json_t *input;
	json_array_foreach (inputs, at, input) {
		read_one(call, input, results, errors);
	}
	model_batch_reply(call, 200, results, errors);
}

/* ---- removing: what is not there is no error ---- */

static void remove_pair(
	struct call *call, const json_t *input, const json_t *to_id, const json_t *specs) {
	struct end from = model_link_end(call->type, id_in(input, "from"));
	struct end to = model_link_end(call->to, to_id);
	if (from.record == NULL || to.record == NULL) {
		return;
	}
	if (specs == NULL) {
		model_link_remove(call->model, &from, &to, 0);
	}
	size_t at;
	json_t *spec;
	json_array_foreach ((json_t *)specs, at, spec) {
		model_link_remove(call->model, &from, &to,
			json_integer_value(json_object_get(spec, "associationTypeId")));
	}
}

/* Legacy versions say nothing, dated ones give an envelope. */
static void reply_removed(struct call *call) {
	if (call->version != NULL && call->version[0] == 'v') {
		call->reply->status = 204;
	} else {
		model_batch_reply(call, 200, json_array(), json_array());
	}
}

void model_links_batch_archive(struct call *call) {
	json_t *inputs;
	if (!inputs_of(call, LINKS_MAX, &inputs)) {
		return;
	}
	size_t at;
	json_t *input;
	json_array_foreach (inputs, at, input) {
		json_t *to = json_object_get(input, "to");
		if (json_is_object(to)) {
			remove_pair(call, input, json_object_get(to, "id"), NULL);
		}
		size_t place;
		json_t *other;
		json_array_foreach (to, place, other) {
			remove_pair(call, input, json_object_get(other, "id"), NULL);
		}
	}
	reply_removed(call);
}

void model_links_batch_unlabel(struct call *call) {
	json_t *inputs;
	if (!inputs_of(call, LINKS_MAX, &inputs)) {
		return;
	}
	size_t at;
	json_t *input;
	json_array_foreach (inputs, at, input) {
		json_t *specs = json_object_get(input, "types");
		if (json_array_size(specs) > 0) {
			remove_pair(call, input, id_in(input, "to"), specs);
		}
	}
	reply_removed(call);
}
