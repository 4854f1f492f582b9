/* The names of associations: HubSpot's own, and those that the account makes.
 * Kept per pair of types: "0-1>0-2" -> [{"category", "typeId", "label", "name",
 * "inverse"}]. */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *own_of(const struct model *model, const struct type *from, const struct type *to) {
	char key[PAIR_SIZE];
	snprintf(key, sizeof(key), "%s>%s", from->id, to->id);
	return json_object_get(model->labels, key);
}

static json_t *find(const struct model *model, const struct type *from, const struct type *to,
	json_int_t type_id) {
	size_t at;
	json_t *entry;
	json_array_foreach (own_of(model, from, to), at, entry) {
		if (json_integer_value(json_object_get(entry, "typeId")) == type_id) {
			return entry;
		}
	}
	return NULL;
}

/* Takes `label`. */
static void add(struct model *model, const struct type *from, const struct type *to, json_t *label,
	const char *name, json_int_t type_id, json_int_t inverse) {
	char key[PAIR_SIZE];
	json_t *list = own_of(model, from, to);
	if (list == NULL) {
		snprintf(key, sizeof(key), "%s>%s", from->id, to->id);
		list = json_array();
		json_object_set_new(model->labels, key, list);
	}
	json_array_append_new(list,
		json_pack("{s:s,s:I,s:o,s:s,s:I}", "category", "USER_DEFINED", "typeId", type_id,
			"label", label, "name", name, "inverse", inverse));
}

json_int_t model_label_plain(struct model *model, const struct type *from, const struct type *to) {
	size_t at;
	json_t *entry;
	json_array_foreach (own_of(model, from, to), at, entry) {
		if (json_is_null(json_object_get(entry, "label"))) {
			return json_integer_value(json_object_get(entry, "typeId"));
		}
	}
	char name[PAIR_SIZE];
	json_int_t forth = ++model->last_label;
	json_int_t back = from == to ? forth : ++model->last_label;
	snprintf(name, sizeof(name), "%s_to_%s", from->singular, to->singular);
	add(model, from, to, json_null(), name, forth, back);
	if (from != to) {
		snprintf(name, sizeof(name), "%s_to_%s", to->singular, from->singular);
		add(model, to, from, json_null(), name, back, forth);
	}
	return forth;
}

json_int_t model_label_inverse(
	struct model *model, const struct type *from, const struct type *to, json_int_t type_id) {
	json_int_t inverse =
		json_integer_value(json_object_get(find(model, from, to, type_id), "inverse"));
	return inverse == 0 ? type_id : inverse;
}

bool model_label_is_own(
	struct model *model, const struct type *from, const struct type *to, json_int_t type_id) {
	return find(model, from, to, type_id) != NULL;
}

const char *model_label_text(
	struct model *model, const struct type *from, const struct type *to, json_int_t type_id) {
	const json_t *own = find(model, from, to, type_id);
	if (own != NULL) {
		return json_string_value(json_object_get(own, "label"));
	}
	if (type_id != 0 && type_id == model_link_primary(from, to)) {
		return "Primary";
	}
	bool are_companies = strcmp(from->id, "0-2") == 0 && from == to;
	bool is_family = are_companies && (type_id == 13 || type_id == 14);
	return !is_family ? NULL : type_id == 13 ? "Parent Company" : "Child Company";
}

json_t *model_label_spec(
	struct model *model, const struct type *from, const struct type *to, json_int_t type_id) {
	bool is_own = model_label_is_own(model, from, to, type_id);
	return json_pack("{s:s,s:I,s:s?}", "category", is_own ? "USER_DEFINED" : "HUBSPOT_DEFINED",
		"typeId", type_id, "label", model_label_text(model, from, to, type_id));
}

json_t *model_labels_of(struct model *model, const struct type *from, const struct type *to) {
	json_t *list = json_array();
	json_int_t plain = model_link_plain(model, from, to);
	const json_int_t known[] = {model_link_primary(from, to), plain, 13, 14};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		bool is_there = known[i] != 0 && model_link_is_known(model, from, to, known[i]);
		if (is_there && !model_label_is_own(model, from, to, known[i])) {
			json_array_append_new(list, model_label_spec(model, from, to, known[i]));
		}
	}
	size_t at;
	json_t *entry;
	json_array_foreach (own_of(model, from, to), at, entry) {
		json_array_append_new(list,
			model_label_spec(model, from, to,
				json_integer_value(json_object_get(entry, "typeId"))));
	}
	return list;
}

/* ---- the API ---- */

void model_labels_list(struct call *call) {
	model_reply_json(call, 200,
		json_pack("{s:o*}", "results", model_labels_of(call->model, call->type, call->to)));
}

static void refuse(struct call *call, int status, const char *what) {
	struct problem problem = {0};
	model_problem_say(&problem, status, status == 404 ? NULL : "VALIDATION_ERROR", "%s", what);
	model_fail(call, &problem);
}

void model_labels_create(struct call *call) {
	json_t *label = json_object_get(call->body, "label");
	json_t *inverse = json_object_get(call->body, "inverseLabel");
	const char *name = json_string_value(json_object_get(call->body, "name"));
	if (json_string_length(label) == 0 || name == NULL) {
		refuse(call, 400, "Some required fields were not set: [label, name]");
		return;
	}
	bool is_one = call->type == call->to && json_string_length(inverse) == 0;
	json_int_t forth = ++call->model->last_label;
	json_int_t back = is_one ? forth : ++call->model->last_label;
	json_t *other = json_string_length(inverse) > 0 ? inverse : label;
	add(call->model, call->type, call->to, json_incref(label), name, forth, back);
	json_t *results =
		json_pack("[o]", model_label_spec(call->model, call->type, call->to, forth));
	if (!is_one) {
		add(call->model, call->to, call->type, json_incref(other), name, back, forth);
		json_array_append_new(
			results, model_label_spec(call->model, call->to, call->type, back));
	}
	model_reply_json(call, 200, json_pack("{s:o*}", "results", results));
}

void model_labels_update(struct call *call) {
	json_int_t type_id = json_integer_value(json_object_get(call->body, "associationTypeId"));
	json_t *label = json_object_get(call->body, "label");
	json_t *entry = find(call->model, call->type, call->to, type_id);
	if (entry == NULL || json_string_length(label) == 0) {
		refuse(call, entry == NULL ? 404 : 400,
			entry == NULL ? "resource not found"
				      : "Some required fields were not set: [label]");
		return;
	}
	json_object_set(entry, "label", label);
	call->reply->status = 204;
}

static void remove_label(
	struct model *model, const struct type *from, const struct type *to, json_int_t type_id) {
	json_t *list = own_of(model, from, to);
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *entry = json_array_get(list, i);
		if (json_integer_value(json_object_get(entry, "typeId")) == type_id) {
			json_array_remove(list, i);
			return;
		}
	}
}

void model_labels_delete(struct call *call) {
	json_int_t type_id = strtoll(call->match.name, NULL, 10);
	if (!model_label_is_own(call->model, call->type, call->to, type_id)) {
		refuse(call, 404, "resource not found");
		return;
	}
	json_int_t back = model_label_inverse(call->model, call->type, call->to, type_id);
	remove_label(call->model, call->type, call->to, type_id);
	remove_label(call->model, call->to, call->type, back);
	call->reply->status = 204;
}
