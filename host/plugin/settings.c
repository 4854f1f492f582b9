#include "plugin/inside.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "schema/schema.h"

enum { NEAR_EDITS = 3 };

/* The first fault as a sentence; the others are its company. */
static void tell_first(
	const struct plugin *plugin, const json_t *errors, char *error, size_t error_size) {
	const json_t *first = json_array_get(errors, 0);
	const char *field = json_member_text(first, "field");
	const char *message = json_member_text(first, "message");
	snprintf(error, error_size,
		"expected plugins.%s of the configuration to meet the plugin's schema, found: %s: "
		"%s (%zu faults)",
		plugin->name, field != NULL && field[0] != '\0' ? field : "the section",
		message != NULL ? message : "invalid", json_array_size(errors));
}

static bool meets_schema(
	const struct plugin *plugin, const json_t *section, char *error, size_t error_size) {
	char fault[SCHEMA_ERROR_SIZE];
	struct schema *schema =
		compile_text(plugin->declaration->config_schema, fault, sizeof(fault));
	if (schema == NULL) {
		snprintf(error, error_size, "expected a JSON Schema as config_schema, found: %s",
			fault);
		return false;
	}
	json_t *errors = json_array();
	bool is_valid = schema_validate(schema, section, 0, errors);
	if (!is_valid) {
		tell_first(plugin, errors, error, error_size);
	}
	json_decref(errors);
	schema_destroy(schema);
	return is_valid;
}

bool settings_lend(struct plugin *plugin, const json_t *config, char *error, size_t error_size) {
	const json_t *given = json_object_get(config, plugin->name);
	if (given != NULL && !json_is_object(given)) {
		snprintf(error, error_size,
			"expected plugins.%s of the configuration to be an object, found another "
			"type",
			plugin->name);
		return false;
	}
	if (given != NULL && plugin->declaration->config_schema == NULL) {
		snprintf(error, error_size,
			"expected no configuration, because the plugin takes none, found "
			"plugins.%s",
			plugin->name);
		return false;
	}
	/* A copy: what one plugin does to its section must not reach the host's. */
	plugin->host.config = given != NULL ? json_deep_copy(given) : json_object();
	if (plugin->host.config == NULL) {
		snprintf(error, error_size, "expected memory for its configuration, found none");
		return false;
	}
	return plugin->declaration->config_schema == NULL ||
		meets_schema(plugin, plugin->host.config, error, error_size);
}

static const struct plugin *find(const struct plugins *plugins, const char *name) {
	list_for_each (plugin, &plugins->list, struct plugin, link) {
		if (str_is_equal(plugin->name, name)) {
			return plugin;
		}
	}
	return NULL;
}

static const char *nearest(const struct plugins *plugins, const char *name) {
	const char *best = NULL;
	size_t distance = NEAR_EDITS + 1;
	list_for_each (plugin, &plugins->list, struct plugin, link) {
		size_t edits = str_distance(name, plugin->name, NEAR_EDITS);
		if (edits < distance) {
			distance = edits;
			best = plugin->name;
		}
	}
	return best;
}

bool settings_check_names(
	const struct plugins *plugins, const json_t *config, char *error, size_t error_size) {
	const char *name;
	json_t *section;
	json_object_foreach ((json_t *)(uintptr_t)config, name, section) {
		if (find(plugins, name) != NULL) {
			continue;
		}
		const char *near = nearest(plugins, name);
		snprintf(error, error_size,
			"configuration: expected only plugins that are loaded, found "
			"plugins.%.64s%s%s%s",
			name, near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
			near != NULL ? "\"?" : "");
		return false;
	}
	return true;
}
