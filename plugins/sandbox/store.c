#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_keys(json_t *keys, const char *values, const char *separator) {
	char *copy = values == NULL ? NULL : strdup(values);
	char *rest = copy;
	for (char *key = strsep(&rest, separator); key != NULL; key = strsep(&rest, separator)) {
		if (*key != '\0') {
			json_array_append_new(keys, json_string(key));
		}
	}
	free(copy);
}

static bool is_email(const struct unique *unique) {
	return strcmp(unique->name, "email") == 0;
}

/* The values by which `properties` may be found: an e-mail address, or one of
 * the additional ones.
 */
static json_t *keys_of(const struct unique *unique, const json_t *properties) {
	json_t *keys = json_array();
	add_keys(keys, json_string_value(json_object_get(properties, unique->name)), "");
	if (is_email(unique)) {
		add_keys(keys,
			json_string_value(json_object_get(properties, "hs_additional_emails")),
			";");
	}
	return keys;
}

static void index_record(struct type *type, struct record *record, bool is_present) {
	for (size_t i = 0; i < type->unique_count; i++) {
		struct unique *unique = &type->uniques[i];
		json_t *keys = keys_of(unique, record->properties);
		size_t at;
		json_t *key;
		json_array_foreach (keys, at, key) {
			if (is_present) {
				json_object_set_new(unique->index, json_string_value(key),
					json_integer((json_int_t)record->id));
			} else {
				json_object_del(unique->index, json_string_value(key));
			}
		}
		json_decref(keys);
	}
}

static struct unique *build_unique(struct type *type, const char *name) {
	if (type->unique_count == UNIQUES_MAX || strlen(name) >= NAME_SIZE) {
		return NULL;
	}
	struct unique *unique = &type->uniques[type->unique_count++];
	snprintf(unique->name, sizeof(unique->name), "%s", name);
	unique->index = json_object();
	for (size_t i = 0; i < type->count; i++) {
		if (type->records[i]->archived_ms == 0) {
			index_record(type, type->records[i], true);
		}
	}
	return unique;
}

struct unique *model_store_unique(struct type *type, const char *name) {
	for (size_t i = 0; i < type->unique_count; i++) {
		if (strcmp(type->uniques[i].name, name) == 0) {
			return &type->uniques[i];
		}
	}
	int flags = model_type_flags(type, name);
	bool is_refused = (flags & PROPERTY_STANDARD) != 0 && (flags & PROPERTY_UNIQUE) == 0;
	return flags < 0 || is_refused ? NULL : build_unique(type, name);
}

/* The place of the first record whose id is `id` or more. */
static size_t place_of(const struct type *type, uint64_t id) {
	size_t low = 0;
	size_t high = type->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (type->records[middle]->id < id) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static struct record *by_number(const struct type *type, uint64_t id) {
	size_t place = place_of(type, id);
	return place < type->count && type->records[place]->id == id ? type->records[place] : NULL;
}

struct record *model_store_by_id(const struct type *type, const char *id) {
	size_t length = strlen(id);
	if (length == 0 || length > 19 || strspn(id, "0123456789") != length) {
		return NULL;
	}
	return by_number(type, strtoull(id, NULL, 10));
}

struct record *model_store_by_value(struct type *type, struct unique *unique, const char *value) {
	char *folded = strdup(value);
	if (folded == NULL) {
		return NULL;
	}
	if (is_email(unique)) {
		model_lower(folded);
	}
	const json_t *id = json_object_get(unique->index, folded);
	free(folded);
	return id == NULL ? NULL : by_number(type, (uint64_t)json_integer_value(id));
}

struct record *model_store_next(const struct type *type, uint64_t after, bool is_archived) {
	for (size_t i = place_of(type, after + 1); i < type->count; i++) {
		if ((type->records[i]->archived_ms != 0) == is_archived) {
			return type->records[i];
		}
	}
	return NULL;
}

/* Is `key` another's? A value that this row is the first to name becomes its
 * claim. */
static bool is_taken(const struct unique *unique, const struct record *self, const char *key,
	json_t *claims, uint64_t *holder) {
	json_int_t owner = json_integer_value(json_object_get(unique->index, key));
	*holder = (uint64_t)owner;
	if (owner != 0 && (self == NULL || self->id != *holder)) {
		return true;
	}
	*holder = 0;
	json_t *claim = json_sprintf("%s=%s", unique->name, key);
	const char *text = json_string_value(claim);
	bool is_claimed = text != NULL && json_object_get(claims, text) != NULL;
	if (claims != NULL && text != NULL && !is_claimed) {
		json_object_set_new(claims, text, json_true());
	}
	json_decref(claim);
	return is_claimed;
}

static void look_for_taken(const struct unique *unique, const struct record *self, json_t *written,
	json_t *claims, struct taken *taken) {
	json_t *keys = keys_of(unique, written);
	json_t *seen = json_object();
	size_t at;
	json_t *key;
	json_array_foreach (keys, at, key) {
		const char *text = json_string_value(key);
		bool is_repeated = json_object_get(seen, text) != NULL;
		json_object_set_new(seen, text, json_true());
		if (!is_repeated && is_taken(unique, self, text, claims, &taken->holder)) {
			taken->unique = unique;
			snprintf(taken->value, sizeof(taken->value), "%s", text);
			break;
		}
	}
	json_decref(seen);
	json_decref(keys);
}

struct taken model_store_taken(
	const struct type *type, const struct record *self, json_t *written, json_t *claims) {
	struct taken taken = {0};
	for (size_t i = 0; i < type->unique_count && taken.unique == NULL; i++) {
		look_for_taken(&type->uniques[i], self, written, claims, &taken);
	}
	return taken;
}

bool model_store_is_full(const struct model *model, size_t more) {
	return model->record_count + more > model->settings.records_max;
}

static bool make_room(struct type *type) {
	if (type->count < type->capacity) {
		return true;
	}
	size_t capacity = type->capacity == 0 ? 64 : type->capacity * 2;
	struct record **records = realloc(type->records, capacity * sizeof(struct record *));
	if (records == NULL) {
		return false;
	}
	type->records = records;
	type->capacity = capacity;
	return true;
}

static void apply(struct record *record, json_t *written) {
	const char *name;
	json_t *value;
	json_object_foreach (written, name, value) {
		if (json_string_length(value) == 0) {
			json_object_del(record->properties, name);
		} else {
			json_object_set(record->properties, name, value);
		}
	}
}

static void stamp(const struct type *type, struct record *record, uint64_t wall_ms) {
	char iso[ISO_SIZE];
	model_iso_format(wall_ms, iso);
	record->updated_ms = wall_ms;
	json_object_set_new(record->properties, type->modified_property, json_string(iso));
}

/* A search sees for a while what was there before this write. */
static void keep_indexed(const struct model *model, struct record *record, bool is_new) {
	bool is_shown = record->shown_ms <= model->wall_ms;
	if (model->search_lag_ms > 0 && is_shown) {
		json_decref(record->indexed);
		record->indexed = is_new ? json_null() : json_copy(record->properties);
	}
	record->shown_ms = model->wall_ms + model->search_lag_ms;
}

void model_store_free(struct record *record) {
	json_decref(record->properties);
	json_decref(record->indexed);
	free(record);
}

struct record *model_store_create(struct model *model, struct type *type, json_t *written) {
	struct record *record = calloc(1, sizeof(*record));
	json_t *properties = json_object();
	if (record == NULL || properties == NULL || model_store_is_full(model, 1) ||
		!make_room(type)) {
		json_decref(properties);
		free(record);
		return NULL;
	}
	model->last_id += 1 + model_random(model) % 9;
	record->id = model->last_id;
	record->created_ms = model->wall_ms;
	record->properties = properties;
	keep_indexed(model, record, true);
	apply(record, written);
	model_properties_derive(model, type, record, record->properties);
	stamp(type, record, model->wall_ms);
	type->records[type->count++] = record;
	type->alive++;
	model->record_count++;
	model->journal.creates++;
	index_record(type, record, true);
	return record;
}

void model_store_update(
	struct model *model, struct type *type, struct record *record, json_t *written) {
	index_record(type, record, false);
	keep_indexed(model, record, false);
	apply(record, written);
	stamp(type, record, model->wall_ms);
	index_record(type, record, true);
	model->journal.updates++;
}

void model_store_archive(struct model *model, struct type *type, struct record *record) {
	index_record(type, record, false);
	record->archived_ms = model->wall_ms == 0 ? 1 : model->wall_ms;
	type->alive--;
	model->journal.archives++;
}

bool model_store_restore(struct model *model, struct type *type, const struct record *facts) {
	bool is_last = type->count == 0 || type->records[type->count - 1]->id < facts->id;
	struct record *record = calloc(1, sizeof(*record));
	if (record == NULL || !is_last || model_store_is_full(model, 1) || !make_room(type)) {
		free(record);
		return false;
	}
	*record = *facts;
	record->properties = json_copy(facts->properties);
	type->records[type->count++] = record;
	model->record_count++;
	if (record->archived_ms == 0) {
		type->alive++;
		index_record(type, record, true);
	}
	return record->properties != NULL;
}
