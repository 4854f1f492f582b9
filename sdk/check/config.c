/* What the plugin is given as its section of the configuration: making one, and the check config.
 */
#include "check.h"

#include <string.h>

#include "example.h"
#include "libraries.h"
#include "stand.h"

#include "base/buf.h"
#include "base/json.h"
#include "schema/schema.h"

enum { ERROR_SIZE = 1024, CONFIG_MAX = 1 << 20, DEPTH_MAX = 64 };

/* The plugin's config_schema; or NULL: it has none, or does not load, which another check says. */
static const char *config_schema(const struct subject *subject) {
	char error[ERROR_SIZE];
	at_place("loading the file");
	const struct hsc_plugin *plugin = library_constant(subject->file, error, sizeof(error));
	at_place("reading config_schema");
	return plugin != NULL ? plugin->config_schema : NULL;
}

/* True when it could be told. */
static bool tell_example(const struct schema *schema, const json_t *definition, unsigned how) {
	struct buf text;
	json_t *config = example_make(definition, how);
	bool is_valid = config != NULL && schema_validate(schema, config, 0, NULL);
	if (is_valid) {
		buf_init(&text, CONFIG_MAX);
		json_write(&text, config);
		tell(buf_text(&text));
		buf_finish(&text);
	}
	json_decref(config);
	return is_valid;
}

void make_config(const struct subject *subject, const struct job *job) {
	char error[SCHEMA_FAULT_SIZE];
	json_t *definition = NULL;
	(void)job;
	const char *text = config_schema(subject);
	struct schema *schema = text != NULL ? schema_read(text, &definition, error) : NULL;
	if (schema != NULL && !tell_example(schema, definition, EXAMPLE_REQUIRED_ONLY)) {
		(void)tell_example(schema, definition, 0);
	}
	schema_destroy(schema);
	json_decref(definition);
}

static void judge_config(const struct subject *subject, const struct schema *schema) {
	char syntax[JSON_ERROR_SIZE];
	json_t *errors = json_array();
	json_t *config = json_read(subject->config, strlen(subject->config), DEPTH_MAX, syntax);
	if (!schema_validate(schema, config, 0, errors)) {
		const json_t *first = json_array_get(errors, 0);
		const char *field = json_member_text(first, "field");
		fail("the configuration given does not meet config_schema: %s: %s",
			field != NULL && field[0] != '\0' ? field : "the section",
			json_member_text(first, "message"));
	}
	json_decref(config);
	json_decref(errors);
}

void check_config(const struct subject *subject, const struct job *job) {
	char error[SCHEMA_FAULT_SIZE];
	(void)job;
	const char *text = config_schema(subject);
	struct schema *schema = text != NULL ? schema_read(text, NULL, error) : NULL;
	if (text == NULL) {
		if (subject->is_config_given) {
			fail("a configuration is given, and the plugin takes none: it has no "
			     "config_schema");
		}
	} else if (schema == NULL) {
		fail("config_schema: %s", error);
	} else if (subject->config != NULL) {
		judge_config(subject, schema);
		judge_promises("config_schema", text);
	} else {
		fail("no configuration that meets config_schema could be made: give its members a "
		     "default or an example, or give one with --config");
	}
	schema_destroy(schema);
}
