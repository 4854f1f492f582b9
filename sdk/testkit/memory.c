#include "inside.h"

#include <stdio.h>

#include "base/memory.h"
#include "base/str.h"

enum { ID_SIZE = 16 };

struct memory *memory_create(void) {
	struct memory *memory = must_calloc(1, sizeof(*memory));
	memory->types = json_object();
	memory->links = json_object();
	return memory;
}

void memory_destroy(struct memory *memory) {
	if (memory != NULL) {
		json_decref(memory->types);
		json_decref(memory->links);
		free(memory);
	}
}

/* The member, made when it is not there. */
static json_t *member(json_t *of, const char *name) {
	json_t *found = json_object_get(of, name);
	if (found == NULL) {
		json_object_set_new(of, name, json_object());
		found = json_object_get(of, name);
	}
	return found;
}

json_t *memory_type(struct memory *memory, const char *type) {
	return member(memory->types, type);
}

const char *memory_put(struct memory *memory, const char *type, const json_t *properties) {
	char id[ID_SIZE];
	snprintf(id, sizeof(id), "%u", ++memory->last_id);
	json_t *record = record_make(id, properties);
	json_object_set_new(memory_type(memory, type), id, record);
	return json_string_value(json_object_get(record, "id"));
}

/* ---- finding ---- */

/* The record with this value, borrowed, the first one; NULL: none has it. The ids of all are put
 * into `ids`. */
static json_t *find_by(json_t *records, const char *property, const char *value, json_t *ids) {
	const char *id = NULL;
	json_t *record = NULL;
	json_object_foreach (records, id, record) {
		if (str_is_equal(record_value(record, property), value)) {
			json_array_append_new(ids, json_string(id));
		}
	}
	return json_object_get(records, json_string_value(json_array_get(ids, 0)));
}

static json_t *find(struct memory *memory, const struct hsck_operation *asked, json_t *ids) {
	json_t *records = memory_type(memory, asked->object);
	if (asked->id_property != NULL) {
		return find_by(records, asked->id_property, asked->id, ids);
	}
	bool is_id = asked->id != NULL && asked->kind != HSC_CREATE; /* that one has none yet */
	return is_id ? json_object_get(records, asked->id) : NULL;
}

/* ---- answering ---- */

static void nobody(struct hubspot_handle *operation) {
	answer_refuse(operation, 404, "Object not found", NULL);
}

static void show(struct hubspot_handle *operation, int status, bool is_created, json_t *record) {
	json_t *shown = record_show(
		record, operation->kind == HUBSPOT_READ ? operation->shown.properties : NULL);
	answer_done(operation, status, json_string_value(json_object_get(shown, "id")), is_created,
		shown);
	json_decref(shown);
}

static void change(struct hubspot_handle *operation, json_t *record) {
	record_change(record, operation->body);
	show(operation, 200, false, record);
}

/* The key stands in the record, whether the body says it or not. */
static void create(struct memory *memory, struct hubspot_handle *operation) {
	const struct hsck_operation *asked = &operation->shown;
	json_t *properties = operation->body != NULL ? json_copy(operation->body) : json_object();
	if (asked->id_property != NULL && json_object_get(properties, asked->id_property) == NULL) {
		json_object_set_new(properties, asked->id_property, json_string(asked->id));
	}
	const char *id = memory_put(memory, asked->object, properties);
	json_decref(properties);
	show(operation, 201, operation->kind == HUBSPOT_UPSERT,
		json_object_get(memory_type(memory, asked->object), id));
}

static void archive(struct memory *memory, struct hubspot_handle *operation, const json_t *record) {
	const struct hsck_operation *asked = &operation->shown;
	char *id = must_strdup(json_string_value(json_object_get(record, "id")));
	char *end = str_format("%s/%s", asked->object, id);
	const char *other = NULL;
	json_t *links = NULL;
	json_object_del(memory->links, end);
	json_object_foreach (memory->links, other, links) {
		json_object_del(links, end);
	}
	json_object_del(memory_type(memory, asked->object), id);
	free(end);
	answer_done(operation, 204, id, false, NULL);
	free(id);
}

/* ---- links ---- */

bool memory_is_linked(const struct memory *memory, const char *one, const char *other) {
	return json_object_get(json_object_get(memory->links, one), other) != NULL;
}

static void link_up(struct memory *memory, struct hubspot_handle *operation) {
	const struct hsck_operation *asked = &operation->shown;
	bool are_there = json_object_get(memory_type(memory, asked->object), asked->id) != NULL &&
		json_object_get(memory_type(memory, asked->to_object), asked->to_id) != NULL;
	if (operation->kind == HUBSPOT_LINK && !are_there) {
		nobody(operation);
		return;
	}
	char *one = str_format("%s/%s", asked->object, asked->id);
	char *other = str_format("%s/%s", asked->to_object, asked->to_id);
	if (operation->kind == HUBSPOT_LINK) {
		json_object_set_new(member(memory->links, one), other, json_true());
		json_object_set_new(member(memory->links, other), one, json_true());
	} else {
		json_object_del(json_object_get(memory->links, one), other);
		json_object_del(json_object_get(memory->links, other), one);
	}
	free(one);
	free(other);
	answer_done(operation, operation->kind == HUBSPOT_LINK ? 200 : 204, asked->id, false, NULL);
}

/* ---- all of them ---- */

static void answer_record(struct memory *memory, struct hubspot_handle *operation) {
	json_t *ids = json_array();
	json_t *record = find(memory, &operation->shown, ids);
	if (json_array_size(ids) > 1) {
		answer_ambiguous(operation, ids);
	} else if (operation->kind == HUBSPOT_CREATE && record != NULL) {
		answer_refuse(operation, 409, "a record with this value exists already",
			json_string_value(json_object_get(record, "id")));
	} else if (record == NULL &&
		(operation->kind == HUBSPOT_CREATE || operation->kind == HUBSPOT_UPSERT)) {
		create(memory, operation);
	} else if (record == NULL) {
		nobody(operation);
	} else if (operation->kind == HUBSPOT_READ) {
		show(operation, 200, false, record);
	} else if (operation->kind == HUBSPOT_ARCHIVE) {
		archive(memory, operation, record);
	} else {
		change(operation, record);
	}
	json_decref(ids);
}

void memory_answer(struct memory *memory, struct hubspot_handle *operation) {
	if (operation->kind == HUBSPOT_RAW) {
		memory_answer_raw(memory, operation);
	} else if (operation->kind == HUBSPOT_LINK || operation->kind == HUBSPOT_UNLINK) {
		link_up(memory, operation);
	} else {
		answer_record(memory, operation);
	}
}
