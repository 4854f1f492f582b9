/* Any JSON text as a schema: refused with a sentence, or compiled; what is taken strictly is a
 * schema of the standard. */
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "schema/schema.h"

static bool compiles(const json_t *definition, const struct schema_options *options) {
	char error[SCHEMA_ERROR_SIZE] = "";
	struct schema *schema = schema_compile_with(definition, options, error);
	bool is_taken = schema != NULL;
	MUST(is_taken || error[0] != '\0');
	MUST(strlen(error) < SCHEMA_ERROR_SIZE);
	schema_destroy(schema);
	return is_taken;
}

static void compile_by_reference(const json_t *definition, bool is_taken) {
	char error[SCHEMA_ERROR_SIZE] = "";
	struct schema_store *store = schema_store_create();
	json_t *reference = json_pack("{s:s}", "$ref", "urn:fuzz");
	const struct schema_options options = {.is_standard = true, .store = store};
	if (schema_store_add(store, "urn:fuzz", definition, error)) {
		/* It may name what only the store knows, itself: then it is more than it was alone.
		 */
		MUST(compiles(reference, &options) || !is_taken);
	} else {
		MUST(error[0] != '\0' && !is_taken);
	}
	json_decref(reference);
	schema_store_destroy(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
	static const struct schema_options STRICT = {0};
	static const struct schema_options STANDARD = {.is_standard = true, .asserts_format = true};
	json_t *definition =
		json_loadb((const char *)bytes, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	if (definition == NULL) {
		return 0;
	}
	bool is_strict = compiles(definition, &STRICT);
	bool is_standard = compiles(definition, &STANDARD);
	MUST(is_standard || !is_strict);
	compile_by_reference(definition, is_standard);
	json_decref(definition);
	return 0;
}
