/* Two records become one, and one is forgotten for good. */
#include "inside.h"

#include <stdlib.h>
#include <string.h>

static struct record *named(struct call *call, const char *member, struct problem *problem) {
	json_t *id = json_object_get(call->body, member);
	struct end end = model_link_end(call->type, id);
	if (end.record == NULL && problem->status == 0) {
		model_problem_say(problem, 404, "OBJECT_NOT_FOUND", "resource not found");
	}
	return end.record;
}

/* What the survivor has of its own wins; the loser's address becomes an
 * additional one. */
static json_t *together(const struct type *type, const struct record *kept,
	const struct record *lost, const char *merged_ids) {
	json_t *properties = json_copy(kept->properties);
	json_object_update_missing(properties, lost->properties);
	const char *address = json_string_value(json_object_get(lost->properties, "email"));
	const char *more = json_string_value(json_object_get(properties, "hs_additional_emails"));
	const char *primary = json_string_value(json_object_get(properties, "email"));
	bool is_another = type->is_contact && address != NULL && primary != NULL &&
		strcmp(address, primary) != 0;
	if (is_another) {
		json_object_set_new(properties, "hs_additional_emails",
			json_sprintf("%s%s%s", more == NULL ? "" : more, more == NULL ? "" : ";",
				address));
	}
	json_object_set_new(properties, "hs_merged_object_ids", json_string(merged_ids));
	json_object_del(properties, "hs_object_id");
	return properties;
}

static void remember(struct type *type, const struct record *old, const char *survivor) {
	char id[ID_SIZE];
	model_id_format(old->id, id);
	type->merged = type->merged == NULL ? json_object() : type->merged;
	const char *name;
	json_t *value;
	json_object_foreach (type->merged, name, value) {
		if (strcmp(json_string_value(value), id) == 0) {
			json_object_set_new(type->merged, name, json_string(survivor));
		}
	}
	json_object_set_new(type->merged, id, json_string(survivor));
}

static void move_links(struct call *call, struct record *old, struct record *survivor) {
	const struct end from = {call->type, old};
	const struct end to = {call->type, survivor};
	for (size_t i = 0; i < call->model->type_count; i++) {
		struct type *other = call->model->types[i];
		const char *id;
		json_t *types;
		json_object_foreach (model_links_of(call->model, &from, other), id, types) {
			json_t *text = json_string(id);
			struct end end = model_link_end(other, text);
			json_decref(text);
			size_t at;
			json_t *type_id;
			json_array_foreach (types, at, type_id) {
				if (end.record != NULL && end.record != survivor) {
					model_link_add(call->model, &to, &end,
						json_integer_value(type_id));
				}
			}
		}
	}
}

void model_object_merge(struct call *call) {
	struct problem problem = {0};
	struct record *kept = named(call, "primaryObjectId", &problem);
	struct record *lost = named(call, "objectIdToMerge", &problem);
	if (problem.status == 0 && kept == lost) {
		model_problem_say(
			&problem, 400, "VALIDATION_ERROR", "A record cannot be merged with itself");
	}
	if (problem.status != 0) {
		model_fail(call, &problem);
		return;
	}
	char ids[2][ID_SIZE];
	char survivor_id[ID_SIZE];
	model_id_format(kept->id, ids[0]);
	model_id_format(lost->id, ids[1]);
	json_t *list = json_sprintf("%s;%s", ids[0], ids[1]);
	json_t *properties = together(call->type, kept, lost, json_string_value(list));
	model_store_archive(call->model, call->type, kept);
	model_store_archive(call->model, call->type, lost);
	struct record *survivor = model_store_create(call->model, call->type, properties);
	json_decref(properties);
	json_decref(list);
	if (survivor == NULL) {
		model_problem_full(&problem);
		model_fail(call, &problem);
		return;
	}
	model_id_format(survivor->id, survivor_id);
	move_links(call, kept, survivor);
	move_links(call, lost, survivor);
	remember(call->type, kept, survivor_id);
	remember(call->type, lost, survivor_id);
	json_array_append_new(call->effect, json_string(survivor_id));
	model_reply_json(call, 200, model_record_written(call->model, call->type, survivor, NULL));
}

/* Nothing of the record is left but its id, archived. */
void model_object_forget(struct call *call) {
	struct problem problem = {0};
	const char *id = json_string_value(json_object_get(call->body, "objectId"));
	const char *property = json_string_value(json_object_get(call->body, "idProperty"));
	struct record *record =
		id == NULL ? NULL : model_record_named(call, id, property, &problem);
	if (id == NULL) {
		model_problem_malformed(
			&problem, 1, 1, "Some required fields were not set: [objectId]");
	}
	if (problem.status != 0) {
		model_fail(call, &problem);
		return;
	}
	if (record->archived_ms == 0) {
		model_store_archive(call->model, call->type, record);
	}
	char own[ID_SIZE];
	model_id_format(record->id, own);
	json_object_clear(record->properties);
	json_object_set_new(record->properties, "hs_object_id", json_string(own));
	json_array_append_new(call->effect, json_string(own));
	call->reply->status = 204;
}
