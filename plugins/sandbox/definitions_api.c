#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is wrong ---- */

static void say_unknown(struct problem *problem, const char *name) {
	model_problem_say(
		problem, 404, "OBJECT_NOT_FOUND", "No property exists with name '%s'", name);
	json_object_set_new(
		problem->body, "subCategory", json_string("Properties.PROPERTY_NOT_FOUND"));
}

static bool say(struct problem *problem, const char *what, const char *about) {
	model_problem_say(problem, 400, "VALIDATION_ERROR", "%s%s", what, about);
	return false;
}

static bool fits(const char *type, const char *field) {
	static const struct {
		const char *type, *fields;
	} table[] = {
		{"bool", " booleancheckbox calculation_equation "},
		{"enumeration", " booleancheckbox checkbox radio select calculation_equation "},
		{"date", " date "},
		{"datetime", " date "},
		{"string", " file text textarea html phonenumber calculation_equation "},
		{"number", " number calculation_equation "},
	};
	char word[NAME_SIZE];
	snprintf(word, sizeof(word), " %s ", field);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(table[i].type, type) == 0) {
			return strstr(table[i].fields, word) != NULL;
		}
	}
	return false;
}

static bool check_name(const json_t *given, struct problem *problem) {
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	const char *name = json_string_value(json_object_get(given, "name"));
	size_t length = strlen(name);
	bool is_good = strchr(letters, name[0]) != NULL && strspn(name, allowed) == length &&
		length > 0 && length < NAME_SIZE;
	return is_good || say(problem, "The name of a property is not valid: ", name);
}

static bool check_options(const struct call *call, const json_t *given, struct problem *problem) {
	const char *type = json_string_value(json_object_get(given, "type"));
	const json_t *options = json_object_get(given, "options");
	bool is_external = json_is_true(json_object_get(given, "externalOptions"));
	size_t at;
	json_t *entry;
	if (type != NULL && strcmp(type, "enumeration") == 0 && json_array_size(options) == 0 &&
		!is_external) {
		return say(problem, "An enumeration needs options", "");
	}
	json_array_foreach ((json_t *)options, at, entry) {
		if (!json_is_string(json_object_get(entry, "label")) ||
			!json_is_string(json_object_get(entry, "value"))) {
			return say(problem, "An option needs a label and a value", "");
		}
		bool has_order = json_is_integer(json_object_get(entry, "displayOrder"));
		if (!has_order && call->version[0] != 'v') {
			return say(problem, "An option needs a displayOrder", "");
		}
	}
	return true;
}

static bool check_given(struct call *call, const json_t *given, struct problem *problem) {
	static const char *const needed[] = {"name", "label", "type", "fieldType", "groupName"};
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (json_string_length(json_object_get(given, needed[i])) == 0) {
			return say(problem, "Some required fields were not set: ", needed[i]);
		}
	}
	const char *group = json_string_value(json_object_get(given, "groupName"));
	if (!fits(json_string_value(json_object_get(given, "type")),
		    json_string_value(json_object_get(given, "fieldType")))) {
		return say(problem, "The type and the fieldType do not fit together", "");
	}
	if (model_group(call->type, group) == NULL) {
		return say(problem, "There is no property group of this name: ", group);
	}
	return check_name(given, problem) && check_options(call, given, problem);
}

/* ---- one property ---- */

static bool find(struct call *call, const char *name, struct property *property) {
	bool exists = model_type_property(call->type, name, property);
	bool is_made = model_type_own(call->type, name) != NULL ||
		(exists && (property->flags & PROPERTY_STANDARD) != 0);
	if (!is_made) {
		struct problem problem = {0};
		say_unknown(&problem, name);
		model_fail(call, &problem);
	}
	return is_made;
}

/* A new reference to the definition; NULL: `problem` says why not. */
static json_t *create(struct call *call, const json_t *given, struct problem *problem) {
	struct property property;
	if (!check_given(call, given, problem)) {
		return NULL;
	}
	const char *name = json_string_value(json_object_get(given, "name"));
	model_type_property(call->type, name, &property);
	if (model_type_own(call->type, name) != NULL || (property.flags & PROPERTY_STANDARD) != 0) {
		model_problem_say(problem, 409, "OBJECT_ALREADY_EXISTS",
			"A property named '%s' already exists.", name);
		json_object_set_new(problem->body, "subCategory",
			json_string("Properties.PROPERTY_WITH_NAME_EXISTS"));
		return NULL;
	}
	if (!model_definition_add(call->model, call->type, name, given)) {
		say(problem, "A type has at most 10 unique properties", "");
		return NULL;
	}
	return json_deep_copy(model_type_own(call->type, name));
}

void model_definitions_create(struct call *call) {
	struct problem problem = {0};
	json_t *definition = create(call, call->body, &problem);
	if (definition == NULL) {
		model_fail(call, &problem);
		return;
	}
	model_reply_json(call, 201, definition);
}

void model_definitions_read(struct call *call) {
	struct property property;
	if (find(call, call->match.name, &property)) {
		model_reply_json(call, 200, model_definition(call->type, &property));
	}
}

void model_definitions_update(struct call *call) {
	struct property property;
	struct problem problem = {0};
	char now[ISO_SIZE];
	if (!find(call, call->match.name, &property)) {
		return;
	}
	if (!check_options(call, call->body, &problem)) {
		model_fail(call, &problem);
		return;
	}
	json_t *definition = model_definition(call->type, &property);
	json_t *given = json_copy(call->body);
	json_object_del(given, "hasUniqueValue"); /* only ever set with a create */
	model_definition_take(definition, given);
	json_decref(given);
	model_iso_format(call->model->wall_ms, now);
	json_object_set_new(definition, "updatedAt", json_string(now));
	json_object_set_new(call->type->own, call->match.name, definition);
	model_reply_json(call, 200, json_deep_copy(definition));
}

static void archive(struct type *type, const char *name) {
	json_t *own = model_type_own(type, name);
	if (own != NULL && !json_is_true(json_object_get(own, "hubspotDefined"))) {
		json_object_set_new(own, "archived", json_true());
		json_object_set(type->archived_own, name, own);
		json_object_del(type->own, name);
	}
}

void model_definitions_delete(struct call *call) {
	struct property property;
	if (!find(call, call->match.name, &property)) {
		return;
	}
	if ((property.flags & PROPERTY_STANDARD) != 0) {
		struct problem problem = {0};
		say(&problem, "HubSpot's own properties cannot be deleted: ", call->match.name);
		model_fail(call, &problem);
		return;
	}
	archive(call->type, call->match.name);
	call->reply->status = 204;
}

/* ---- all of them ---- */

void model_definitions_list(struct call *call) {
	const struct type *type = call->type;
	json_t *results = json_array();
	const char *name;
	json_t *own;
	if (model_query_is_true(call, "archived")) {
		json_object_foreach (type->archived_own, name, own) {
			json_array_append_new(results, json_deep_copy(own));
		}
		model_reply_json(call, 200, json_pack("{s:o*}", "results", results));
		return;
	}
	for (size_t i = 0; i < type->standard_count; i++) {
		json_array_append_new(results, model_definition(type, &type->standard[i]));
	}
	json_object_foreach (type->own, name, own) {
		if (!json_is_true(json_object_get(own, "hubspotDefined"))) {
			json_array_append_new(results, json_deep_copy(own));
		}
	}
	model_reply_json(call, 200, json_pack("{s:o*}", "results", results));
}

/* ---- batches ---- */

static bool inputs_of(struct call *call, json_t **inputs) {
	struct problem problem = {0};
	bool is_good = model_batch_inputs(call, BATCH_MAX, inputs, &problem);
	if (!is_good) {
		model_fail(call, &problem);
	}
	return is_good;
}

void model_definitions_batch_create(struct call *call) {
	json_t *inputs;
	if (!inputs_of(call, &inputs)) {
		return;
	}
	json_t *results = json_array();
	json_t *errors = json_array();
	size_t at;
	json_t *input;
	json_array_foreach (inputs, at, input) {
		struct problem problem = {0};
		json_t *definition = create(call, input, &problem);
		if (definition != NULL) {
			json_array_append_new(results, definition);
		} else {
			json_array_append_new(errors, model_problem_row(&problem, NULL));
		}
	}
	model_batch_reply(call, 201, results, errors);
}

void model_definitions_batch_read(struct call *call) {
	json_t *inputs;
	if (!inputs_of(call, &inputs)) {
		return;
	}
	json_t *results = json_array();
	json_t *errors = json_array();
	size_t at;
	json_t *input;
	json_array_foreach (inputs, at, input) {
		struct property property;
		const char *name = json_string_value(json_object_get(input, "name"));
		name = name == NULL ? "" : name;
		bool exists = model_type_property(call->type, name, &property);
		if (model_type_own(call->type, name) != NULL ||
			(exists && (property.flags & PROPERTY_STANDARD) != 0)) {
			json_array_append_new(results, model_definition(call->type, &property));
		} else {
			struct problem problem = {0};
			say_unknown(&problem, name);
			json_array_append_new(errors, model_problem_row(&problem, NULL));
		}
	}
	model_batch_reply(call, 200, results, errors);
}

void model_definitions_batch_archive(struct call *call) {
	json_t *inputs;
	if (!inputs_of(call, &inputs)) {
		return;
	}
	size_t at;
	json_t *input;
	json_array_foreach (inputs, at, input) {
		const char *name = json_string_value(json_object_get(input, "name"));
		archive(call->type, name == NULL ? "" : name);
	}
	call->reply->status = 204;
}
