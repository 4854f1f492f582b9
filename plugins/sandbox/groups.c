/* The groups that properties are shown in. */
#include "inside.h"

#include <stdio.h>
#include <string.h>

static json_t *groups_of(struct type *type) {
	if (type->groups == NULL) {
		char name[NAME_SIZE + 16];
		model_group_default(type, name);
		type->groups = json_pack("[{s:s,s:o*,s:i,s:b}]", "name", name, "label",
			json_sprintf("%s information", type->singular), "displayOrder", 0,
			"archived", 0);
	}
	return type->groups;
}

json_t *model_group(struct type *type, const char *name) {
	size_t at;
	json_t *group;
	json_array_foreach (groups_of(type), at, group) {
		const char *own = json_string_value(json_object_get(group, "name"));
		if (own != NULL && strcmp(own, name) == 0) {
			return group;
		}
	}
	return NULL;
}

static void refuse(struct call *call, int status, const char *category, const char *message) {
	struct problem problem = {0};
	model_problem_say(&problem, status, category, "%s", message);
	model_fail(call, &problem);
}

static json_t *find(struct call *call) {
	json_t *group = model_group(call->type, call->match.name);
	if (group == NULL) {
		refuse(call, 404, "OBJECT_NOT_FOUND", "There is no property group of this name");
	}
	return group;
}

void model_groups_list(struct call *call) {
	model_reply_json(
		call, 200, json_pack("{s:o*}", "results", json_deep_copy(groups_of(call->type))));
}

void model_groups_read(struct call *call) {
	const json_t *group = find(call);
	if (group != NULL) {
		model_reply_json(call, 200, json_deep_copy(group));
	}
}

void model_groups_create(struct call *call) {
	json_t *name = json_object_get(call->body, "name");
	json_t *label = json_object_get(call->body, "label");
	json_int_t order = json_integer_value(json_object_get(call->body, "displayOrder"));
	if (json_string_length(name) == 0 || json_string_length(label) == 0) {
		refuse(call, 400, "VALIDATION_ERROR",
			"Some required fields were not set: [name, label]");
		return;
	}
	if (model_group(call->type, json_string_value(name)) != NULL) {
		refuse(call, 409, "OBJECT_ALREADY_EXISTS",
			"A property group of this name already exists.");
		return;
	}
	json_t *group = json_pack("{s:O,s:O,s:I,s:b}", "name", name, "label", label, "displayOrder",
		order, "archived", 0);
	json_array_append_new(groups_of(call->type), group);
	model_reply_json(call, 201, json_deep_copy(group));
}

void model_groups_update(struct call *call) {
	static const char *const members[] = {"label", "displayOrder"};
	json_t *group = find(call);
	for (size_t i = 0; group != NULL && i < sizeof(members) / sizeof(members[0]); i++) {
		json_t *value = json_object_get(call->body, members[i]);
		if (value != NULL) {
			json_object_set(group, members[i], value);
		}
	}
	if (group != NULL) {
		model_reply_json(call, 200, json_deep_copy(group));
	}
}

void model_groups_delete(struct call *call) {
	const json_t *group = find(call);
	json_t *groups = groups_of(call->type);
	for (size_t i = 0; group != NULL && i < json_array_size(groups); i++) {
		if (json_array_get(groups, i) == group) {
			json_array_remove(groups, i);
			call->reply->status = 204;
			return;
		}
	}
}
