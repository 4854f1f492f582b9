/*
 * A letter, a schema, a line break, and an instance: S reads the schema strictly, F by the standard
 * with formats that assert, P strictly for a patch of what a client may write, anything else by the
 * standard.
 */
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "schema/schema.h"

static bool is_well_told(const json_t *fault) {
	return json_is_string(json_object_get(fault, "field")) &&
		json_string_length(json_object_get(fault, "code")) > 0 &&
		json_string_length(json_object_get(fault, "message")) > 0;
}

static bool is_settled(const json_t *faults) {
	size_t index;
	json_t *fault;
	json_array_foreach (faults, index, fault) {
		if (strcmp(json_string_value(json_object_get(fault, "code")), "too_complex") == 0) {
			return false;
		}
	}
	return true;
}

/* Asked with faults and without, the answer is the same; unless time decides it, as it may with
 * patterns. */
static void validate(
	const struct schema *schema, const json_t *instance, unsigned how, bool has_pattern) {
	json_t *faults = json_array();
	bool is_valid = schema_validate(schema, instance, how, faults);
	MUST(is_valid == (json_array_size(faults) == 0));
	MUST(json_array_size(faults) <= SCHEMA_ERRORS_MAX);
	size_t index;
	json_t *fault;
	json_array_foreach (faults, index, fault) {
		MUST(is_well_told(fault));
	}
	bool is_valid_in_silence = schema_validate(schema, instance, how, NULL);
	MUST(is_valid_in_silence == is_valid || has_pattern || !is_settled(faults));
	json_decref(faults);
}

static void run(const json_t *definition, const json_t *instance, char letter, bool has_pattern) {
	char error[SCHEMA_ERROR_SIZE] = "";
	const struct schema_options options = {
		.is_standard = letter != 'S' && letter != 'P', .asserts_format = letter == 'F'};
	struct schema *schema = schema_compile_with(definition, &options, error);
	if (schema != NULL) {
		validate(schema, instance,
			letter == 'P' ? SCHEMA_PARTIAL | SCHEMA_REFUSE_READ_ONLY : 0, has_pattern);
	}
	schema_destroy(schema);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
	const char *text = (const char *)bytes;
	const char *line = size > 0 ? memchr(text, '\n', size) : NULL;
	if (line == NULL) {
		return 0;
	}
	const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
	json_t *definition =
		json_loadb(text + 1, line > text ? (size_t)(line - text) - 1 : 0, flags, NULL);
	json_t *instance = json_loadb(line + 1, size - (size_t)(line - text) - 1, flags, NULL);
	if (definition != NULL && instance != NULL) {
		/* An escape may hide the name: \u0070attern. */
		bool has_pattern = memmem(text, size, "attern", 6) != NULL ||
			memmem(text, size, "\\u", 2) != NULL;
		run(definition, instance, text[0], has_pattern);
	}
	json_decref(definition);
	json_decref(instance);
	return 0;
}
