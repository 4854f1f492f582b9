#include "validate.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "schema/schema.h"

enum { REASON_SIZE = 400, NOT_TOLD = -1 };

static json_t *read_line(const char *line, size_t length, char reason[REASON_SIZE]) {
	const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
	json_error_t error;
	json_t *question = json_loadb(line, length, flags, &error);
	if (question == NULL && json_error_code(&error) == json_error_numeric_overflow) {
		question = json_loadb(line, length, flags | JSON_DECODE_INT_AS_REAL, &error);
	}
	if (question == NULL) {
		snprintf(reason, REASON_SIZE, "no JSON: column %d: %s", error.column, error.text);
	}
	return question;
}

/* Is the validation given up? That is its only fault then, or its last. */
static bool is_given_up(const json_t *faults, char reason[REASON_SIZE]) {
	size_t count = json_array_size(faults);
	const json_t *last = count > 0 ? json_array_get(faults, count - 1) : NULL;
	const char *code = json_string_value(json_object_get(last, "code"));
	bool is_one = str_is_equal(code, "too_complex") || str_is_equal(code, "memory");
	if (is_one) {
		snprintf(reason, REASON_SIZE, "the value %s",
			json_string_value(json_object_get(last, "message")));
	}
	return is_one;
}

/* 1, 0, or NOT_TOLD. */
static int validate(const struct schema *schema, const json_t *value, char reason[REASON_SIZE]) {
	json_t *faults = json_array();
	bool is_valid = schema_validate(schema, value, 0, faults);
	bool is_told = is_valid || !is_given_up(faults, reason);
	json_decref(faults);
	return is_told ? is_valid : NOT_TOLD;
}

static int answer(
	const struct schema_store *store, const json_t *question, char reason[REASON_SIZE]) {
	const json_t *definition = json_object_get(question, "schema");
	const json_t *value = json_object_get(question, "data");
	char error[SCHEMA_ERROR_SIZE] = "";
	if (definition == NULL || value == NULL) {
		snprintf(reason, REASON_SIZE,
			"expected an object with \"schema\" and \"data\", or with \"remote\" and "
			"\"schema\"");
		return NOT_TOLD;
	}
	const struct schema_options options = {.is_standard = true,
		.asserts_format = json_is_true(json_object_get(question, "format")),
		.store = store};
	struct schema *schema = schema_compile_with(definition, &options, error);
	if (schema == NULL) {
		snprintf(reason, REASON_SIZE, "%s", error);
		return NOT_TOLD;
	}
	int verdict = validate(schema, value, reason);
	schema_destroy(schema);
	return verdict;
}

static bool add_remote(
	struct schema_store *store, const json_t *question, char reason[REASON_SIZE]) {
	const char *uri = json_string_value(json_object_get(question, "remote"));
	const json_t *definition = json_object_get(question, "schema");
	char error[SCHEMA_ERROR_SIZE] = "";
	if (uri == NULL || definition == NULL) {
		snprintf(reason, REASON_SIZE, "expected a URI as \"remote\", and \"schema\"");
		return false;
	}
	bool is_taken = schema_store_add(store, uri, definition, error);
	snprintf(reason, REASON_SIZE, "%s", error);
	return is_taken;
}

/* A reason names what is in the schema, line breaks and all. */
static void write_error(FILE *to, char *reason) {
	for (char *c = reason; *c != '\0'; c++) {
		*c = (unsigned char)*c < ' ' || *c == 0x7f ? ' ' : *c;
	}
	fprintf(to, "error %s\n", reason);
}

static void answer_line(struct schema_store *store, const char *line, size_t length, FILE *to) {
	char reason[REASON_SIZE] = "";
	json_t *question = read_line(line, length, reason);
	if (question != NULL && json_object_get(question, "remote") != NULL) {
		if (add_remote(store, question, reason)) {
			fputs("ok\n", to);
		} else {
			write_error(to, reason);
		}
	} else {
		int verdict = question != NULL ? answer(store, question, reason) : NOT_TOLD;
		if (verdict == NOT_TOLD) {
			write_error(to, reason);
		} else {
			fputs(verdict ? "true\n" : "false\n", to);
		}
	}
	json_decref(question);
}

bool validate_lines(FILE *from, FILE *to) {
	struct schema_store *store = schema_store_create();
	char *line = NULL;
	size_t size = 0;
	for (ssize_t length; (length = getline(&line, &size, from)) >= 0;) {
		answer_line(store, line, (size_t)length, to);
		if (fflush(to) != 0) {
			break;
		}
	}
	free(line);
	schema_store_destroy(store);
	return !ferror(from) && !ferror(to);
}
