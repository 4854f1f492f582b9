/* The members of a control call that are one switch each. */
#include "inside.h"

#include <string.h>

static const char *read_number(const json_t *value, uint32_t most, uint32_t *number) {
	json_int_t given = json_integer_value(value);
	if (!json_is_integer(value) || given < 0 || given > (json_int_t)most) {
		return "a whole number from 0 on was expected for ";
	}
	*number = (uint32_t)given;
	return NULL;
}

/* A number, or "off", which is 0. */
static const char *read_switch(const json_t *value, uint32_t most, uint32_t *number) {
	const char *word = json_string_value(value);
	if (word != NULL && strcmp(word, "off") == 0) {
		*number = 0;
		return NULL;
	}
	return read_number(value, most, number);
}

static const char *read_bool(const json_t *value, bool *is_on) {
	if (!json_is_boolean(value)) {
		return "true or false was expected for ";
	}
	*is_on = json_is_true(value);
	return NULL;
}

static const char *apply_lag(struct model *model, const json_t *value) {
	return read_number(value, 3600000, &model->search_lag_ms);
}

static const char *apply_flap(struct model *model, const json_t *value) {
	return read_number(value, 3600000, &model->search_flap_ms);
}

static const char *apply_search_limit(struct model *model, const json_t *value) {
	return read_switch(value, SEARCHES_MAX, &model->limit.search);
}

static const char *apply_write_lock(struct model *model, const json_t *value) {
	return read_switch(value, 1000000, &model->modes.write_lock);
}

static const char *apply_rate_headers(struct model *model, const json_t *value) {
	bool is_shown = !model->modes.hides_rate_headers;
	const char *wrong = read_bool(value, &is_shown);
	model->modes.hides_rate_headers = !is_shown;
	return wrong;
}

static const char *apply_retry_after(struct model *model, const json_t *value) {
	return read_bool(value, &model->modes.sends_retry_after);
}

static const char *apply_traces(struct model *model, const json_t *value) {
	const char *word = json_string_value(value);
	if (word == NULL ||
		(strcmp(word, "honour") != 0 && strcmp(word, "ignore") != 0 &&
			strcmp(word, "strip") != 0)) {
		return "honour, ignore or strip was expected for ";
	}
	model->modes.ignores_traces = strcmp(word, "ignore") == 0;
	model->modes.strips_traces = strcmp(word, "strip") == 0;
	return NULL;
}

static const char *apply_partial(struct model *model, const json_t *value) {
	const char *word = json_string_value(value);
	if (word == NULL || (strcmp(word, "merge") != 0 && strcmp(word, "refuse") != 0)) {
		return "merge or refuse was expected for ";
	}
	model->modes.refuses_partial_upserts = strcmp(word, "refuse") == 0;
	return NULL;
}

static const char *apply_search_429(struct model *model, const json_t *value) {
	const char *word = json_string_value(value);
	if (word == NULL || (strcmp(word, "category") != 0 && strcmp(word, "policy") != 0)) {
		return "category or policy was expected for ";
	}
	model->modes.names_secondly = strcmp(word, "policy") == 0;
	return NULL;
}

static const struct {
	const char *name;
	const char *(*apply)(struct model *model, const json_t *value);
} members[] = {
	{"search_lag_ms", apply_lag},
	{"search_flap_ms", apply_flap},
	{"search_limit", apply_search_limit},
	{"search_429", apply_search_429},
	{"traces", apply_traces},
	{"partial_upsert", apply_partial},
	{"rate_headers", apply_rate_headers},
	{"retry_after", apply_retry_after},
	{"write_lock", apply_write_lock},
};
enum { MEMBERS = sizeof(members) / sizeof(members[0]) };

bool model_mode_exists(const char *name) {
	for (size_t i = 0; i < MEMBERS; i++) {
		if (strcmp(members[i].name, name) == 0) {
			return true;
		}
	}
	return false;
}

const char *model_modes_apply(struct model *model, const json_t *body, const char **about) {
	for (size_t i = 0; i < MEMBERS; i++) {
		const json_t *value = json_object_get(body, members[i].name);
		const char *wrong = value == NULL ? NULL : members[i].apply(model, value);
		if (wrong != NULL) {
			*about = members[i].name;
			return wrong;
		}
	}
	return NULL;
}
