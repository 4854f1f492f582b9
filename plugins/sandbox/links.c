/*
 * Associations. A link is kept twice, once from each end: under "0-1:7>0-2"
 * stands, for each id of the other end, the list of its type ids. The plain
 * (unlabelled) type id is always among them.
 */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_SIZE = PAIR_SIZE + ID_SIZE, PARENT_TO_CHILD = 13, CHILD_TO_PARENT = 14 };

static const struct pair {
	const char *from, *to; /* type ids of objects */
	int plain, primary;    /* of the association; 0: none */
} pairs[] = {
	{"0-1", "0-1", 449, 0},
	{"0-1", "0-2", 279, 1},
	{"0-1", "0-3", 4, 0},
	{"0-1", "0-5", 15, 0},
	{"0-1", "0-136", 609, 0},
	{"0-1", "0-46", 201, 0},
	{"0-1", "0-27", 203, 0},
	{"0-1", "0-48", 193, 0},
	{"0-1", "0-49", 197, 0},
	{"0-1", "0-47", 199, 0},
	{"0-2", "0-1", 280, 2},
	{"0-2", "0-2", 450, 0},
	{"0-2", "0-3", 342, 6},
	{"0-2", "0-5", 340, 25},
	{"0-2", "0-136", 611, 0},
	{"0-2", "0-46", 189, 0},
	{"0-2", "0-27", 191, 0},
	{"0-2", "0-48", 181, 0},
	{"0-2", "0-49", 185, 0},
	{"0-2", "0-47", 187, 0},
	{"0-3", "0-1", 3, 0},
	{"0-3", "0-2", 341, 5},
	{"0-3", "0-3", 451, 0},
	{"0-3", "0-5", 27, 0},
	{"0-3", "0-136", 1038, 583},
	{"0-3", "0-46", 213, 0},
	{"0-3", "0-27", 215, 0},
	{"0-3", "0-48", 205, 0},
	{"0-3", "0-49", 209, 0},
	{"0-3", "0-47", 211, 0},
	{"0-3", "0-8", 19, 0},
	{"0-3", "0-14", 63, 0},
	{"0-5", "0-1", 16, 0},
	{"0-5", "0-2", 339, 26},
	{"0-5", "0-3", 28, 0},
	{"0-5", "0-5", 452, 0},
	{"0-5", "0-46", 227, 0},
	{"0-5", "0-27", 229, 0},
	{"0-5", "0-48", 219, 0},
	{"0-5", "0-49", 223, 0},
	{"0-5", "0-47", 225, 0},
	{"0-136", "0-1", 608, 578},
	{"0-136", "0-2", 610, 580},
	{"0-136", "0-3", 1037, 582},
	{"0-136", "0-46", 854, 0},
	{"0-136", "0-27", 646, 0},
	{"0-136", "0-48", 596, 0},
	{"0-136", "0-49", 598, 0},
	{"0-136", "0-47", 600, 0},
	{"0-46", "0-1", 202, 0},
	{"0-46", "0-2", 190, 0},
	{"0-46", "0-3", 214, 0},
	{"0-46", "0-5", 228, 0},
	{"0-46", "0-136", 855, 0},
	{"0-27", "0-1", 204, 0},
	{"0-27", "0-2", 192, 0},
	{"0-27", "0-3", 216, 0},
	{"0-27", "0-5", 230, 0},
	{"0-27", "0-136", 647, 0},
	{"0-48", "0-1", 194, 0},
	{"0-48", "0-2", 182, 0},
	{"0-48", "0-3", 206, 0},
	{"0-48", "0-5", 220, 0},
	{"0-48", "0-136", 597, 0},
	{"0-49", "0-1", 198, 0},
	{"0-49", "0-2", 186, 0},
	{"0-49", "0-3", 210, 0},
	{"0-49", "0-5", 224, 0},
	{"0-47", "0-1", 200, 0},
	{"0-47", "0-2", 188, 0},
	{"0-47", "0-3", 212, 0},
	{"0-47", "0-5", 226, 0},
	{"0-47", "0-136", 601, 0},
	{"0-8", "0-3", 20, 0},
	{"0-8", "0-14", 68, 0},
	{"0-14", "0-8", 67, 0},
	{"0-14", "0-3", 64, 0},
};

static const struct pair *pair_of(const struct type *from, const struct type *to) {
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (strcmp(pairs[i].from, from->id) == 0 && strcmp(pairs[i].to, to->id) == 0) {
			return &pairs[i];
		}
	}
	return NULL;
}

static bool are_companies(const struct type *from, const struct type *to) {
	return strcmp(from->id, "0-2") == 0 && from == to;
}

json_int_t model_link_plain(struct model *model, const struct type *from, const struct type *to) {
	const struct pair *pair = pair_of(from, to);
	return pair != NULL ? pair->plain : model_label_plain(model, from, to);
}

json_int_t model_link_primary(const struct type *from, const struct type *to) {
	const struct pair *pair = pair_of(from, to);
	return pair == NULL ? 0 : pair->primary;
}

bool model_link_is_known(
	struct model *model, const struct type *from, const struct type *to, json_int_t type_id) {
	bool is_family = are_companies(from, to) &&
		(type_id == PARENT_TO_CHILD || type_id == CHILD_TO_PARENT);
	bool is_primary = type_id != 0 && type_id == model_link_primary(from, to);
	return is_family || is_primary || type_id == model_link_plain(model, from, to) ||
		model_label_is_own(model, from, to, type_id);
}

json_int_t model_link_inverse(
	struct model *model, const struct type *from, const struct type *to, json_int_t type_id) {
	if (type_id == model_link_plain(model, from, to)) {
		return model_link_plain(model, to, from);
	}
	if (type_id == model_link_primary(from, to)) {
		return model_link_primary(to, from);
	}
	if (type_id == PARENT_TO_CHILD || type_id == CHILD_TO_PARENT) {
		return PARENT_TO_CHILD + CHILD_TO_PARENT - type_id;
	}
	return model_label_inverse(model, from, to, type_id);
}

/* ---- keeping ---- */

static void key_of(const struct end *from, const struct type *to, char key[KEY_SIZE]) {
	char id[ID_SIZE];
	model_id_format(from->record->id, id);
	snprintf(key, KEY_SIZE, "%s:%s>%s", from->type->id, id, to->id);
}

json_t *model_links_of(const struct model *model, const struct end *from, const struct type *to) {
	char key[KEY_SIZE];
	key_of(from, to, key);
	return json_object_get(model->links, key);
}

static size_t place_of(const json_t *types, json_int_t type_id) {
	size_t place = 0;
	while (place < json_array_size(types) &&
		json_integer_value(json_array_get(types, place)) != type_id) {
		place++;
	}
	return place;
}

static void add_one(
	struct model *model, const struct end *from, const struct end *to, json_int_t type_id) {
	char key[KEY_SIZE];
	char id[ID_SIZE];
	key_of(from, to->type, key);
	model_id_format(to->record->id, id);
	json_t *links = json_object_get(model->links, key);
	if (links == NULL) {
		links = json_object();
		json_object_set_new(model->links, key, links);
	}
	json_t *types = json_object_get(links, id);
	if (types == NULL) {
		types = json_array();
		json_object_set_new(links, id, types);
	}
	if (place_of(types, type_id) == json_array_size(types)) {
		json_array_append_new(types, json_integer(type_id));
	}
}

static void remove_one(
	struct model *model, const struct end *from, const struct end *to, json_int_t type_id) {
	char id[ID_SIZE];
	json_t *links = model_links_of(model, from, to->type);
	model_id_format(to->record->id, id);
	json_t *types = json_object_get(links, id);
	size_t place = place_of(types, type_id);
	if (type_id == 0) {
		json_object_del(links, id);
	} else if (place < json_array_size(types)) {
		json_array_remove(types, place);
	}
}

static void add_both(
	struct model *model, const struct end *from, const struct end *to, json_int_t type_id) {
	add_one(model, from, to, type_id);
	add_one(model, to, from, model_link_inverse(model, from->type, to->type, type_id));
}

/* The other end that has this type id; a record without an id when there is
 * none. */
static bool holder_of(const struct model *model, const struct end *from, struct type *to,
	json_int_t type_id, struct end *holder) {
	const char *id;
	json_t *types;
	json_object_foreach (model_links_of(model, from, to), id, types) {
		if (place_of(types, type_id) < json_array_size(types)) {
			*holder = (struct end){to, model_store_by_id(to, id)};
			return holder->record != NULL && holder->record->archived_ms == 0;
		}
	}
	return false;
}

/* The first company of a record is its primary one; a company named primary
 * takes the place. */
static void settle_primary(
	struct model *model, const struct end *from, const struct end *to, json_int_t type_id) {
	bool is_company = strcmp(to->type->id, "0-2") == 0;
	json_int_t primary = model_link_primary(from->type, to->type);
	struct end holder;
	if (!is_company || primary == 0) {
		return;
	}
	bool is_held = holder_of(model, from, to->type, primary, &holder);
	if (is_held && type_id == primary && holder.record != to->record) {
		remove_one(model, from, &holder, primary);
		remove_one(model, &holder, from, model_link_primary(to->type, from->type));
	}
	if (!is_held || type_id == primary) {
		add_both(model, from, to, primary);
	}
}

void model_link_add(
	struct model *model, const struct end *from, const struct end *to, json_int_t type_id) {
	json_int_t inverse = model_link_inverse(model, from->type, to->type, type_id);
	add_both(model, from, to, model_link_plain(model, from->type, to->type));
	settle_primary(model, from, to, type_id);
	settle_primary(model, to, from, inverse);
	add_both(model, from, to, type_id);
}

/* Without its plain type a link is gone, labels and all. */
void model_link_remove(
	struct model *model, const struct end *from, const struct end *to, json_int_t type_id) {
	bool is_plain = type_id == model_link_plain(model, from->type, to->type);
	json_int_t forth = is_plain ? 0 : type_id;
	json_int_t back = forth == 0 ? 0 : model_link_inverse(model, from->type, to->type, type_id);
	remove_one(model, from, to, forth);
	remove_one(model, to, from, back);
}

bool model_link_exists(
	const struct model *model, const struct end *from, const struct type *to, const char *id) {
	return json_object_get(model_links_of(model, from, to), id) != NULL;
}

struct end model_link_end(struct type *type, const json_t *id) {
	struct end end = {type, NULL};
	char text[ID_SIZE];
	if (json_is_integer(id) && json_integer_value(id) > 0) {
		model_id_format((uint64_t)json_integer_value(id), text);
		end.record = model_store_by_id(type, text);
	} else if (json_is_string(id)) {
		end.record = model_store_by_id(type, json_string_value(id));
	}
	if (end.record != NULL && end.record->archived_ms != 0) {
		end.record = NULL;
	}
	return end;
}

json_t *model_link_id(const struct call *call, const char *id) {
	bool is_legacy = call->version != NULL && call->version[0] == 'v';
	return is_legacy ? json_integer(strtoll(id, NULL, 10)) : json_string(id);
}
