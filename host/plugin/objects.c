/*
 * Objects that plugins declare: checked in init(), opened when it has returned, and from then on
 * asked about each record that is written, when the plugin wants to be.
 */
#include "plugin/inside.h"

#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/str.h"
#include "object/object.h"
#include "schema/schema.h"

struct lent_object {
	struct list link;
	struct plugin *plugin;
	struct hsc_object declaration; /* its strings are ours */
};

/* ---- registering ---- */

static bool has_object(const struct plugins *plugins, const char *path) {
	list_for_each (plugin, &plugins->list, struct plugin, link) {
		list_for_each (object, &plugin->objects, struct lent_object, link) {
			if (plugin->phase != PLUGIN_LEFT_OUT &&
				str_is_equal(object->declaration.path, path)) {
				return true;
			}
		}
	}
	return object_find(path + 1) != NULL;
}

static int check_object(struct plugin *plugin, const struct hsc_object *object) {
	char fault[SCHEMA_ERROR_SIZE];
	if (object->name == NULL || object->hubspot == NULL || object->schema == NULL ||
		object->path == NULL) {
		return registry_refuse(
			plugin, "add_object", "path, name, hubspot and schema are needed");
	}
	if (object->offers == 0 || (object->offers & ~(uint32_t)HSC_OBJECT_ALL) != 0) {
		return registry_refuse(plugin, "add_object",
			"object \"%s\": offers 0x%x is none of HSC_OBJECT_...", object->path,
			(unsigned)object->offers);
	}
	int error = registry_check_path(plugin, "add_object", "", object->path);
	if (error != 0) {
		return error;
	}
	if (strchr(object->path + 1, '/') != NULL || strchr(object->path, '{') != NULL) {
		return registry_refuse(
			plugin, "add_object", "path \"%s\" is not one segment", object->path);
	}
	if (has_object(plugin->plugins, object->path)) {
		return registry_refuse(
			plugin, "add_object", "there is an object \"%s\" already", object->path);
	}
	struct schema *schema = compile_text(object->schema, fault, sizeof(fault));
	if (schema == NULL) {
		return registry_refuse(
			plugin, "add_object", "the schema of \"%s\": %s", object->path, fault);
	}
	schema_destroy(schema);
	return 0;
}

int objects_add(const struct hsc_host *host, const struct hsc_object *given) {
	struct plugin *plugin = NULL;
	struct hsc_object object;
	int error = lend_enter_init(host, "add_object", &plugin);
	if (error != 0) {
		return error;
	}
	const char *fault = take_struct(&object, sizeof(object), given, OBJECT_SIZE_AT_1_0);
	if (fault != NULL) {
		return registry_refuse(plugin, "add_object", "struct hsc_object: %s", fault);
	}
	error = check_object(plugin, &object);
	if (error != 0) {
		return error;
	}
	struct lent_object *lent = must_calloc(1, sizeof(*lent));
	lent->plugin = plugin;
	lent->declaration = object;
	lent->declaration.size = sizeof(lent->declaration);
	lent->declaration.path = registry_copy(object.path);
	lent->declaration.name = registry_copy(object.name);
	lent->declaration.hubspot = registry_copy(object.hubspot);
	lent->declaration.key = registry_copy(object.key);
	lent->declaration.schema = registry_copy(object.schema);
	list_append(&plugin->objects, &lent->link);
	return 0;
}

/* ---- preparing ---- */

/* One fault as the plugin told it, or one in its place when that makes no sense; a new reference.
 */
static json_t *take_fault(struct plugin *plugin, const json_t *told) {
	const char *field = json_member_text(told, "field");
	const char *code = json_member_text(told, "code");
	const char *message = json_member_text(told, "message");
	if (field == NULL || code == NULL || message == NULL) {
		misuse(plugin, MISUSE_BAD_ARGUMENT, "prepare",
			"an error is {\"field\", \"code\", \"message\"}, all of them strings");
		field = "";
		code = "invalid";
		message = "is refused by the plugin";
	}
	return json_pack("{s:s, s:s, s:s}", "field", field, "code", code, "message", message);
}

/* The plugin appends to a list of its own: what others found wrong is not for it to change. */
static void prepare(json_t *record, json_t *errors, bool is_part, void *ctx) {
	struct lent_object *lent = ctx;
	struct plugin *plugin = lent->plugin;
	json_auto_t *told = json_array();
	size_t index = 0;
	json_t *one = NULL;
	if (plugin->phase != PLUGIN_READY) { /* better not written than written unprepared */
		(void)json_array_append_new(errors,
			json_pack("{s:s, s:s, s:s}", "field", "", "code", "plugin_left_out",
				"message", "cannot be checked: its plugin has failed to start"));
		return;
	}
	if (told == NULL) { /* no memory: likewise */
		(void)json_array_append_new(errors, take_fault(plugin, NULL));
		return;
	}
	struct running running;
	running_enter(&running, plugin, "prepare", NULL);
	lent->declaration.prepare(&plugin->host, record, told, is_part, plugin->state);
	running_leave(&running);
	json_array_foreach (told, index, one) {
		(void)json_array_append_new(errors, take_fault(plugin, one));
	}
}

/* ---- opening ---- */

static const json_t *overrides_of(const struct plugin *plugin, const struct hsc_object *object) {
	return json_object_get(plugin->plugins->objects, object->path + 1);
}

bool objects_check(struct plugin *plugin, char *error, size_t error_size) {
	list_for_each (lent, &plugin->objects, struct lent_object, link) {
		const struct hsc_object *object = &lent->declaration;
		const json_t *overrides = overrides_of(plugin, object);
		if (plugin->plugins->hubspot == NULL) {
			snprintf(error, error_size,
				"object %s needs HubSpot, and this host only simulates it",
				object->path);
			return false;
		}
		if (overrides != NULL &&
			!object_check_overrides(object->path + 1, overrides, error, error_size)) {
			return false;
		}
	}
	return true;
}

bool objects_open(struct plugin *plugin, char *error, size_t error_size) {
	list_for_each (lent, &plugin->objects, struct lent_object, link) {
		const struct hsc_object *object = &lent->declaration;
		const struct object_owner owner = {.name = plugin->name,
			.prepare = object->prepare != NULL ? prepare : NULL,
			.ctx = lent};
		if (object_open(plugin->plugins->http, plugin->plugins->hubspot, object, &owner,
			    overrides_of(plugin, object), error, error_size) == NULL) {
			return false;
		}
	}
	return true;
}

static void finish_object(struct lent_object *lent) {
	free((char *)(uintptr_t)lent->declaration.path);
	free((char *)(uintptr_t)lent->declaration.name);
	free((char *)(uintptr_t)lent->declaration.hubspot);
	free((char *)(uintptr_t)lent->declaration.key);
	free((char *)(uintptr_t)lent->declaration.schema);
	free(lent);
}

void objects_finish(struct plugin *plugin) {
	list_for_each_safe (object, after, &plugin->objects, struct lent_object, link) {
		list_remove(&object->link);
		finish_object(object);
	}
}
