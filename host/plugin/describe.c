/*
 * A plugin's route in an API document: what its schemas say. What it may reply beyond them, nobody
 * knows: "2XX" and "default".
 */
#include "plugin/inside.h"

#include <ctype.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/str.h"
#include "http/http.h"

/* A component's name is of letters, digits, ".", "-" and "_", and objects' have no ".". */
static char *component_name(const struct plugin *plugin, const char *id) {
	char *name =
		strchr(id, '.') != NULL ? must_strdup(id) : str_format("%s.%s", plugin->name, id);
	for (char *c = name; c != NULL && *c != '\0'; c++) {
		bool is_good = isalnum((unsigned char)*c) || strchr(".-_", *c) != NULL;
		*c = is_good ? *c : '_';
	}
	return name;
}

/* {"$ref"} to the schema as a component, a new reference. */
static json_t *refer(const struct plugin *plugin, const struct lent_schema *schema,
	struct http_description *description) {
	char *name = component_name(plugin, schema->id);
	http_describe_schema(description, name, schema->definition);
	json_t *ref = json_pack("{s:o}", "$ref", json_sprintf("#/components/schemas/%s", name));
	free(name);
	return ref;
}

/* {"application/json": ...}, with the schema's first example. */
static json_t *content(const struct plugin *plugin, const struct lent_schema *schema,
	struct http_description *description) {
	json_t *example = json_array_get(json_object_get(schema->definition, "examples"), 0);
	return json_pack("{s:{s:o, s:O*}}", "application/json", "schema",
		refer(plugin, schema, description), "example", example);
}

static void add_body(const struct lent_route *route, struct http_description *description) {
	json_t *body = NULL;
	if (route->body != NULL) {
		body = json_pack("{s:b, s:o}", "required", 1, "content",
			content(route->plugin, route->body, description));
	} else if ((route->flags & HSC_ROUTE_RAW_BODY) != 0) {
		body = json_pack("{s:s, s:{s:{s:{}}}}", "description",
			"What the plugin takes, of any type.", "content", "*/*", "schema");
	}
	if (body != NULL) {
		json_object_set_new(description->operation, "requestBody", body);
	}
}

static bool is_required(const json_t *definition, const char *name) {
	size_t index = 0;
	json_t *item = NULL;
	json_array_foreach (json_object_get(definition, "required"), index, item) {
		if (str_is_equal(json_string_value(item), name)) {
			return true;
		}
	}
	return false;
}

/* Each property of the query's schema is a parameter. */
static void add_query(const struct lent_route *route, struct http_description *description) {
	if (route->query == NULL) {
		return;
	}
	char *component = component_name(route->plugin, route->query->id);
	http_describe_schema(description, component, route->query->definition);
	json_t *schema = json_object_get(description->schemas, component);
	json_t *parameters = json_array();
	const char *name = NULL;
	json_t *property = NULL;
	json_object_foreach (json_object_get(schema, "properties"), name, property) {
		json_array_append_new(parameters,
			json_pack("{s:s, s:s, s:b, s:s*, s:o}", "name", name, "in", "query",
				"required", is_required(schema, name), "description",
				json_member_text(property, "description"), "schema",
				json_deep_copy(property)));
	}
	json_object_set_new(description->operation, "parameters", parameters);
	free(component);
}

bool describe_route_lent(
	const struct http_route *declared, struct http_description *description, void *ctx) {
	const struct lent_route *route = ctx;
	(void)declared;
	if (route->plugin->phase == PLUGIN_LEFT_OUT) {
		return false;
	}
	add_query(route, description);
	add_body(route, description);
	json_t *done = json_pack("{s:s}", "description", "It is done.");
	if (route->reply != NULL) {
		json_object_set_new(
			done, "content", content(route->plugin, route->reply, description));
	}
	json_object_set_new(description->operation, "responses",
		json_pack("{s:o, s:{s:s}, s:{s:s}}", "2XX", done, "500", "$ref",
			"#/components/responses/Failed", "default", "$ref",
			"#/components/responses/Other"));
	return true;
}
