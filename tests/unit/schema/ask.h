/* What the tests of the schema module share: one line to ask whether JSON text meets schema text. */
#ifndef TEST_ASK_H
#define TEST_ASK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/json.h"
#include "schema/schema.h"

static inline json_t *parse(const char *text) {
	json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
	if (value == NULL) {
		fail_msg("no JSON: %s", text);
	}
	return value;
}

static inline struct schema *compile(const char *text) {
	char error[SCHEMA_ERROR_SIZE] = "";
	json_t *definition = parse(text);
	struct schema *schema = schema_compile(definition, error);
	json_decref(definition); /* before any use: nothing may be borrowed from it */
	if (schema == NULL) {
		fail_msg("refused: %s", error);
	}
	return schema;
}

/* Validates and returns the faults; both ways of asking must agree. */
static inline json_t *faults_of(const char *schema_text, const char *instance_text, unsigned how) {
	struct schema *schema = compile(schema_text);
	json_t *instance = parse(instance_text);
	json_t *faults = json_array();
	bool is_valid = schema_validate(schema, instance, how, faults);
	assert_int_equal(is_valid, json_array_size(faults) == 0);
	assert_int_equal(is_valid, schema_validate(schema, instance, how, NULL));
	json_decref(instance);
	schema_destroy(schema);
	return faults;
}

static inline void expect_valid(const char *schema, const char *instance) {
	json_t *faults = faults_of(schema, instance, 0);
	if (json_array_size(faults) != 0) {
		fail_msg("%s should meet %s", instance, schema);
	}
	json_decref(faults);
}

static inline void expect_fault_at(const json_t *faults, size_t index, const char *field, const char *code,
	const char *message) {
	const json_t *fault = json_array_get(faults, index);
	assert_non_null(fault);
	assert_string_equal(json_member_text(fault, "field"), field);
	assert_string_equal(json_member_text(fault, "code"), code);
	assert_string_equal(json_member_text(fault, "message"), message);
}

/* Exactly one fault, and this one. */
static inline void expect_fault(const char *schema, const char *instance, const char *field,
	const char *code, const char *message) {
	json_t *faults = faults_of(schema, instance, 0);
	if (json_array_size(faults) != 1) {
		fail_msg("%zu faults, not 1: %s for %s", json_array_size(faults), instance, schema);
	}
	expect_fault_at(faults, 0, field, code, message);
	json_decref(faults);
}

/* The definition is refused, at this place and with these words among others. */
static inline void expect_refused(const char *schema_text, const char *place, const char *words) {
	char error[SCHEMA_ERROR_SIZE] = "";
	json_t *definition = parse(schema_text);
	struct schema *schema = schema_compile(definition, error);
	json_decref(definition);
	if (schema != NULL) {
		schema_destroy(schema);
		fail_msg("not refused: %s", schema_text);
	}
	if (strncmp(error, place, strlen(place)) != 0 || error[strlen(place)] != ':' ||
		strstr(error, words) == NULL) {
		fail_msg("for %s\nexpected %s: ... %s\nfound    %s", schema_text, place, words, error);
	}
}

#endif
