/*
 * One route of an object in an API document: what operations.schema.json says of it, less what this
 * object does not do.
 */
#include "object/describe.h"

#include "base/json.h"
#include "base/str.h"
#include "http/http.h"
#include "object/operations.schema.h"

/* ---- less ---- */

static void drop(json_t *operation, const char *status) {
	json_object_del(json_object_get(operation, "responses"), status);
}

/* Is a record to be named by a key that several may carry? */
static bool is_ambiguous(const struct object *object) {
	return object->key != NULL && hubspot_is_shared(object->hubspot_type, object->key->hubspot);
}

static void take_out(const struct object *object, const char *what, json_t *operation) {
	bool has_links = (object->offers & HSC_OBJECT_LINKS) != 0;
	if (!has_links && !str_starts_with(what, "POST /batch")) {
		drop(operation, "207");
	}
	if (object->owner.prepare == NULL) {
		drop(operation, "500");
	}
	if (strcmp(what, "GET /{id}") == 0 && !is_ambiguous(object)) {
		drop(operation, "409");
	}
}

/* ---- more ---- */

/* The parameters that several operations share. */
static void add_parameters(json_t *parts, const struct words *words, const json_t *parameters) {
	const char *name = NULL;
	json_t *parameter = NULL;
	json_object_foreach ((json_t *)parameters, name, parameter) {
		json_object_set_new(parts, name, words_fill(words, parameter));
	}
}

static void add_tag(const struct object *object, struct http_description *description) {
	const char *name = object->path + 1;
	const char *about = json_member_text(object->record, "description");
	json_object_set_new(description->operation, "tags", json_pack("[s]", name));
	if (json_object_get(description->tags, name) != NULL) {
		return;
	}
	char *text = about != NULL ? str_format("%s", about)
				   : str_format("HubSpot's %s.", object->hubspot_type);
	bool is_own = str_is_equal(object->owner.name, name);
	json_object_set_new(description->tags, name,
		is_own ? json_string(text)
		       : json_sprintf("%s (Plugin %s.)", text, object->owner.name));
	free(text);
}

static void add_schemas(const struct object *object, const struct words *words,
	const json_t *schemas, struct http_description *description) {
	const char *noun = json_member_text(words->texts, "@Noun@");
	if (json_object_get(description->schemas, noun) != NULL) {
		return;
	}
	json_auto_t *filled = words_fill(words, schemas);
	json_object_update_missing(description->schemas, filled);
	describe_schemas(object, noun, description);
}

bool describe_route(
	const struct http_route *route, struct http_description *description, void *ctx) {
	const struct object *object = ctx;
	char error[JSON_ERROR_SIZE];
	json_auto_t *written =
		json_read(operations_schema, sizeof(operations_schema) - 1, JSON_DEPTH_MAX, error);
	char *what = str_format("%s %s", route->method, route->path + strlen(object->path));
	json_t *template = json_object_get(json_object_get(written, "operations"), what);
	struct words words;
	words_init(&words, object);
	add_parameters(words.parts, &words, json_object_get(written, "parameters"));
	json_auto_t *operation = words_fill(&words, template);
	take_out(object, what != NULL ? what : "", operation);
	if (str_is_equal(what, "GET ")) {
		describe_filters(object, json_object_get(operation, "parameters"));
	}
	json_object_update(description->operation, operation);
	add_tag(object, description);
	add_schemas(object, &words, json_object_get(written, "schemas"), description);
	words_finish(&words);
	free(what);
	return operation != NULL;
}
