/* Associations as part of a record: given with a create, shown by a read. */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- with a create ---- */

/* Which type the association `type_id` of `from` leads to; NULL: there is no
 * such. */
static struct type *target_of(struct model *model, const struct type *from, json_int_t type_id) {
	static const char *const words[] = {"0-1", "0-2", "0-3", "0-5", "0-8", "0-14", "0-27",
		"0-46", "0-47", "0-48", "0-49", "0-136"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct type *to = model_type_find(model, words[i]);
		if (to != NULL && model_link_is_known(model, from, to, type_id)) {
			return to;
		}
	}
	for (size_t i = 0; i < model->type_count; i++) {
		if (model_label_is_own(model, from, model->types[i], type_id)) {
			return model->types[i];
		}
	}
	return NULL;
}

static bool say_invalid(struct problem *problem) {
	model_problem_say(problem, 400, "VALIDATION_ERROR", "One or more associations are invalid");
	return false;
}

static json_int_t type_id_of(const json_t *spec) {
	return json_integer_value(json_object_get(spec, "associationTypeId"));
}

static json_t *id_of(const json_t *link) {
	return json_object_get(json_object_get(link, "to"), "id");
}

static bool check_link(struct call *call, struct problem *problem, const json_t *link) {
	const json_t *specs = json_object_get(link, "types");
	size_t at;
	json_t *spec;
	if (json_array_size(specs) == 0) {
		return say_invalid(problem);
	}
	json_array_foreach ((json_t *)specs, at, spec) {
		struct type *to = target_of(call->model, call->type, type_id_of(spec));
		if (to == NULL || model_link_end(to, id_of(link)).record == NULL) {
			return say_invalid(problem);
		}
	}
	return true;
}

bool model_links_check(struct call *call, struct row *row) {
	size_t at;
	json_t *link;
	json_array_foreach ((json_t *)row->links, at, link) {
		if (!check_link(call, &row->problem, link)) {
			return false;
		}
	}
	return true;
}

void model_links_write(struct call *call, const struct row *row) {
	const struct end from = {call->type, row->record};
	size_t at;
	json_t *link;
	json_array_foreach ((json_t *)row->links, at, link) {
		size_t place;
		json_t *spec;
		json_array_foreach (json_object_get(link, "types"), place, spec) {
			struct type *type = target_of(call->model, call->type, type_id_of(spec));
			struct end to = model_link_end(type, id_of(link));
			model_link_add(call->model, &from, &to, type_id_of(spec));
		}
	}
}

/* ---- with a read ---- */

/* The next word of "a,b"; false: no more. */
static bool next_word(const char **list, char word[NAME_SIZE]) {
	*list += strspn(*list, ",");
	size_t length = strcspn(*list, ",");
	snprintf(word, NAME_SIZE, "%.*s", (int)length, *list);
	*list += length;
	return length > 0;
}

bool model_links_wanted(struct call *call, struct problem *problem) {
	const char *list = model_query_value(call, "associations");
	char word[NAME_SIZE];
	while (list != NULL && next_word(&list, word)) {
		if (model_type_find(call->model, word) == NULL) {
			model_problem_say(
				problem, 400, NULL, "Unable to infer object type from: %s", word);
			return false;
		}
	}
	return true;
}

/* "contact_to_company" for the primary one where there is such, "..._unlabeled"
 * for the plain. */
static json_t *name_of(
	struct model *model, const struct type *from, const struct type *to, json_int_t type_id) {
	bool has_primary = model_link_primary(from, to) != 0;
	bool is_plain = type_id == model_link_plain(model, from, to);
	const char *label = model_label_text(model, from, to, type_id);
	if (label != NULL && type_id != model_link_primary(from, to)) {
		return json_string(label);
	}
	return json_sprintf("%s_to_%s%s", from->singular, to->singular,
		has_primary && is_plain ? "_unlabeled" : "");
}

static json_t *linked(struct call *call, const struct end *from, struct type *to) {
	json_t *results = json_array();
	const char *id;
	json_t *types;
	json_object_foreach (model_links_of(call->model, from, to), id, types) {
		json_t *text = json_string(id);
		bool is_alive = model_link_end(to, text).record != NULL;
		size_t at;
		json_t *type_id;
		json_array_foreach (types, at, type_id) {
			if (is_alive) {
				json_array_append_new(results,
					json_pack("{s:O,s:o*}", "id", text, "type",
						name_of(call->model, from->type, to,
							json_integer_value(type_id))));
			}
		}
		json_decref(text);
	}
	return results;
}

void model_links_show(struct call *call, const struct record *record, json_t *body) {
	const char *list = model_query_value(call, "associations");
	const struct end from = {call->type, (struct record *)record};
	char word[NAME_SIZE];
	json_t *all = NULL;
	while (list != NULL && next_word(&list, word)) {
		struct type *to = model_type_find(call->model, word);
		json_t *results = to == NULL ? NULL : linked(call, &from, to);
		if (json_array_size(results) == 0) {
			json_decref(results);
			continue;
		}
		all = all == NULL ? json_object() : all;
		json_object_set_new(all, to->name, json_pack("{s:o}", "results", results));
	}
	if (all != NULL) {
		json_object_set_new(body, "associations", all);
	}
}
