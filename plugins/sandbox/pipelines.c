#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stage {
	const char *id, *label, *is_closed, *value; /* the probability, or the ticket's state */
};

static const struct stage deal_stages[] = {
	{"appointmentscheduled", "Appointment Scheduled", "false", "0.2"},
	{"qualifiedtobuy", "Qualified To Buy", "false", "0.4"},
	{"presentationscheduled", "Presentation Scheduled", "false", "0.6"},
	{"decisionmakerboughtin", "Decision Maker Bought-In", "false", "0.8"},
	{"contractsent", "Contract Sent", "false", "0.9"},
	{"closedwon", "Closed Won", "true", "1.0"},
	{"closedlost", "Closed Lost", "true", "0.0"},
};
static const struct stage ticket_stages[] = {
	{"1", "New", "false", "OPEN"},
	{"2", "Waiting on contact", "false", "OPEN"},
	{"3", "Waiting on us", "false", "OPEN"},
	{"4", "Closed", "true", "CLOSED"},
};

static const char born[] = "1970-01-01T00:00:00Z";

static bool has_deals(const struct type *type) {
	return strcmp(type->id, "0-3") == 0;
}

static json_t *built_in_stages(const struct type *type) {
	const struct stage *stages = has_deals(type) ? deal_stages : ticket_stages;
	size_t count = has_deals(type) ? sizeof(deal_stages) / sizeof(deal_stages[0])
				       : sizeof(ticket_stages) / sizeof(ticket_stages[0]);
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++) {
		json_array_append_new(list,
			json_pack("{s:s,s:s,s:i,s:{s:s,s:s},s:s,s:s,s:b,s:s}", "id", stages[i].id,
				"label", stages[i].label, "displayOrder", (int)i, "metadata",
				"isClosed", stages[i].is_closed,
				has_deals(type) ? "probability" : "ticketState", stages[i].value,
				"createdAt", born, "updatedAt", born, "archived", 0,
				"writePermissions", "CRM_PERMISSIONS_ENFORCEMENT"));
	}
	return list;
}

json_t *model_pipelines(struct model *model, struct type *type) {
	(void)model;
	bool has_some = has_deals(type) || strcmp(type->id, "0-5") == 0;
	if (type->pipelines == NULL && has_some) {
		type->pipelines = json_pack("[{s:s,s:s,s:i,s:o*,s:s,s:s,s:b}]", "id",
			has_deals(type) ? "default" : "0", "label",
			has_deals(type) ? "Sales Pipeline" : "Support Pipeline", "displayOrder", 0,
			"stages", built_in_stages(type), "createdAt", born, "updatedAt", born,
			"archived", 0);
	} else if (type->pipelines == NULL) {
		type->pipelines = json_array();
	}
	return type->pipelines;
}

json_t *model_entry(const json_t *list, const char *id) {
	size_t at;
	json_t *entry;
	json_array_foreach ((json_t *)list, at, entry) {
		const char *own = json_string_value(json_object_get(entry, "id"));
		if (own != NULL && strcmp(own, id) == 0) {
			return entry;
		}
	}
	return NULL;
}

/* ---- finding what the path names; NULL: the call has ended ---- */

static json_t *not_found(struct call *call) {
	struct problem problem = {0};
	model_problem_say(&problem, 404, NULL, "resource not found");
	model_fail(call, &problem);
	return NULL;
}

static json_t *pipeline_of(struct call *call) {
	json_t *pipeline = model_entry(model_pipelines(call->model, call->type), call->match.id);
	return pipeline == NULL ? not_found(call) : pipeline;
}

static json_t *stages_of(struct call *call) {
	json_t *pipeline = pipeline_of(call);
	return pipeline == NULL ? NULL : json_object_get(pipeline, "stages");
}

static json_t *stage_of(struct call *call) {
	json_t *stages = stages_of(call);
	json_t *stage = stages == NULL ? NULL : model_entry(stages, call->match.name);
	return stages != NULL && stage == NULL ? not_found(call) : stage;
}

static void reply_copy(struct call *call, int status, const json_t *entry) {
	if (entry != NULL) {
		model_reply_json(call, status, json_deep_copy(entry));
	}
}

static void reply_list(struct call *call, const json_t *list) {
	if (list != NULL) {
		model_reply_json(call, 200, json_pack("{s:o*}", "results", json_deep_copy(list)));
	}
}

/* ---- reading ---- */

void model_pipelines_list(struct call *call) {
	reply_list(call, model_pipelines(call->model, call->type));
}

void model_pipelines_read(struct call *call) {
	reply_copy(call, 200, pipeline_of(call));
}

void model_stages_list(struct call *call) {
	reply_list(call, stages_of(call));
}

void model_stages_read(struct call *call) {
	reply_copy(call, 200, stage_of(call));
}

/* ---- writing ---- */

static bool refuse(struct call *call, const char *what) {
	struct problem problem = {0};
	model_problem_say(&problem, 400, "VALIDATION_ERROR", "%s", what);
	model_fail(call, &problem);
	return false;
}

static bool is_fit(struct call *call, const json_t *stage) {
	const json_t *metadata = json_object_get(stage, "metadata");
	const char *needed = has_deals(call->type) ? "probability" : "ticketState";
	if (json_string_length(json_object_get(stage, "label")) == 0) {
		return refuse(call, "Some required fields were not set: [label]");
	}
	bool has_it = json_object_get(metadata, needed) != NULL;
	bool is_needed = has_deals(call->type);
	return has_it || !is_needed ||
		refuse(call, "A stage of a deal pipeline needs metadata.probability");
}

/* `given` with what HubSpot adds to it; the id may be chosen, as HubSpot
 * allows. */
static json_t *entry_of(struct call *call, const json_t *given, const char *given_id) {
	char id[ID_SIZE];
	char now[ISO_SIZE];
	const char *chosen = json_string_value(json_object_get(given, given_id));
	model_id_format(++call->model->last_id, id);
	model_iso_format(call->model->wall_ms, now);
	json_int_t order = json_integer_value(json_object_get(given, "displayOrder"));
	return json_pack("{s:s,s:O*,s:I,s:s,s:s,s:b}", "id", chosen == NULL ? id : chosen, "label",
		json_object_get(given, "label"), "displayOrder", order, "createdAt", now,
		"updatedAt", now, "archived", 0);
}

/* Metadata is text, whatever it was given as. */
static json_t *metadata_of(const struct type *type, const json_t *given) {
	json_t *metadata = json_object();
	const char *name;
	json_t *value;
	json_object_foreach (json_object_get(given, "metadata"), name, value) {
		char *text = json_is_string(value) ? strdup(json_string_value(value))
						   : json_dumps(value, JSON_ENCODE_ANY);
		json_object_set_new(metadata, name, json_string(text));
		free(text);
	}
	if (json_object_get(metadata, "isClosed") == NULL) {
		const char *value_name = has_deals(type) ? "probability" : "ticketState";
		const char *state = json_string_value(json_object_get(metadata, value_name));
		bool is_closed = state != NULL &&
			(strcmp(state, "CLOSED") == 0 || strcmp(state, "1.0") == 0 ||
				strcmp(state, "0.0") == 0);
		json_object_set_new(
			metadata, "isClosed", json_string(is_closed ? "true" : "false"));
	}
	return metadata;
}

static json_t *new_stage(struct call *call, const json_t *given) {
	json_t *stage = entry_of(call, given, "stageId");
	json_object_set_new(stage, "metadata", metadata_of(call->type, given));
	json_object_set_new(stage, "writePermissions", json_string("CRM_PERMISSIONS_ENFORCEMENT"));
	return stage;
}

/* A whole pipeline out of the body; NULL: the call has ended. */
static json_t *new_pipeline(struct call *call) {
	const json_t *given = json_object_get(call->body, "stages");
	if (json_string_length(json_object_get(call->body, "label")) == 0 ||
		json_array_size(given) == 0) {
		refuse(call, "Some required fields were not set: [label, stages]");
		return NULL;
	}
	json_t *stages = json_array();
	size_t at;
	json_t *stage;
	json_array_foreach ((json_t *)given, at, stage) {
		if (!is_fit(call, stage)) {
			json_decref(stages);
			return NULL;
		}
		json_array_append_new(stages, new_stage(call, stage));
	}
	json_t *pipeline = entry_of(call, call->body, "pipelineId");
	json_object_set_new(pipeline, "stages", stages);
	return pipeline;
}

void model_pipelines_create(struct call *call) {
	json_t *pipeline = new_pipeline(call);
	if (pipeline != NULL) {
		json_array_append(model_pipelines(call->model, call->type), pipeline);
		reply_copy(call, 201, pipeline);
		json_decref(pipeline);
	}
}

/* Everything but the id and the birthday is new. */
void model_pipelines_replace(struct call *call) {
	json_t *old = pipeline_of(call);
	json_t *pipeline = old == NULL ? NULL : new_pipeline(call);
	if (pipeline == NULL) {
		return;
	}
	json_object_set(pipeline, "id", json_object_get(old, "id"));
	json_object_set(pipeline, "createdAt", json_object_get(old, "createdAt"));
	json_object_clear(old);
	json_object_update(old, pipeline);
	json_decref(pipeline);
	reply_copy(call, 200, old);
}

void model_stages_create(struct call *call) {
	json_t *stages = stages_of(call);
	if (stages == NULL || !is_fit(call, call->body)) {
		return;
	}
	json_t *stage = new_stage(call, call->body);
	json_array_append(stages, stage);
	reply_copy(call, 201, stage);
	json_decref(stage);
}

static void change(struct call *call, json_t *entry) {
	static const char *const members[] = {"label", "displayOrder"};
	char now[ISO_SIZE];
	if (entry == NULL) {
		return;
	}
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		json_t *value = json_object_get(call->body, members[i]);
		if (value != NULL) {
			json_object_set(entry, members[i], value);
		}
	}
	if (json_object_get(call->body, "metadata") != NULL) {
		json_object_set_new(entry, "metadata", metadata_of(call->type, call->body));
	}
	model_iso_format(call->model->wall_ms, now);
	json_object_set_new(entry, "updatedAt", json_string(now));
	reply_copy(call, 200, entry);
}

void model_pipelines_update(struct call *call) {
	change(call, pipeline_of(call));
}

void model_stages_update(struct call *call) {
	change(call, stage_of(call));
}

/* The ids of living records whose `property` is `value`. */
static json_t *users_of(const struct type *type, const char *property, const char *value) {
	json_t *ids = json_array();
	for (size_t i = 0; i < type->count; i++) {
		const struct record *record = type->records[i];
		const char *own = json_string_value(json_object_get(record->properties, property));
		if (record->archived_ms == 0 && own != NULL && strcmp(own, value) == 0) {
			char id[ID_SIZE];
			model_id_format(record->id, id);
			json_array_append_new(ids, json_string(id));
		}
	}
	return ids;
}

static void remove_entry(struct call *call, json_t *list, const json_t *entry, const char *property,
	const char *sub_category) {
	const char *id = json_string_value(json_object_get(entry, "id"));
	json_t *ids = users_of(call->type, property, id);
	if (json_array_size(ids) > 0) {
		struct problem problem = {0};
		model_problem_say(&problem, 400, "VALIDATION_ERROR",
			"%s is in use and cannot be deleted", id);
		json_object_set_new(problem.body, "subCategory", json_string(sub_category));
		json_object_set_new(problem.body, "context",
			json_pack("{s:[s],s:O}", "stageIds", id, "objectIds", ids));
		model_fail(call, &problem);
	} else {
		for (size_t i = 0; i < json_array_size(list); i++) {
			if (json_array_get(list, i) == entry) {
				json_array_remove(list, i);
				break;
			}
		}
		call->reply->status = 204;
	}
	json_decref(ids);
}

void model_pipelines_delete(struct call *call) {
	json_t *pipeline = pipeline_of(call);
	if (pipeline != NULL) {
		remove_entry(call, model_pipelines(call->model, call->type), pipeline,
			has_deals(call->type) ? "pipeline" : "hs_pipeline",
			"PipelineError.PIPELINE_ID_IN_USE");
	}
}

void model_stages_delete(struct call *call) {
	json_t *stage = stage_of(call);
	if (stage != NULL) {
		remove_entry(call, stages_of(call), stage,
			has_deals(call->type) ? "dealstage" : "hs_pipeline_stage",
			"PipelineError.STAGE_ID_IN_USE");
	}
}
