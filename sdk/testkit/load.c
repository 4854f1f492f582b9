/*
 * Which plugin is loaded: loader_open() and trust_resolve() of the host's plugin module, before the
 * real ones, which are compiled into the kit as loader_open_file() and trust_resolve_file(). The
 * host gets a copy of the plugin's constant whose init() is ours: that one lends the plugin a table
 * of functions which write down what it registers, and then calls its own.
 */
#include "inside.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/str.h"
#include "plugin/inside.h"

static const char LINKED[] = "the linked plugin";

const struct hsc_plugin *loader_open_file(
	const char *file, const char *path, char *error, size_t error_size);
char *trust_resolve_file(const char *file, bool is_strict, char *error, size_t error_size);

struct declared {
	struct list link;
	const char *schema_id; /* a schema, of this text; or NULL: a route when it has a handler,
				  else an object */
	const char *text;
	struct hsc_route route;
	struct hsc_object object;
};

bool load_name(struct hsck *kit, char *error, size_t error_size) {
	const struct hsck_options *options = &kit->options;
	if ((options->plugin == NULL) == (options->file == NULL)) {
		kit_die("hsck_open() wants a plugin, or a file");
	}
	if (options->plugin != NULL) {
		const char *name = options->plugin->name;
		if (name == NULL || !is_plugin_name(name)) {
			snprintf(error, error_size,
				"%s: expected a name of the form [a-z][a-z0-9-]{0,31}, found "
				"\"%.48s\"",
				LINKED, name != NULL ? name : "NULL");
			return false;
		}
		kit->file = LINKED;
		kit->name = kit_keep(kit, name);
		return true;
	}
	const char *slash = strrchr(options->file, '/');
	char *name = must_strdup(slash != NULL ? slash + 1 : options->file);
	if (str_ends_with(name, ".so")) {
		name[strlen(name) - strlen(".so")] = '\0';
	}
	kit->file = kit_keep(kit, options->file);
	kit->name = kit_keep(kit, name);
	free(name);
	return true;
}

/* ---- writing down ---- */

static struct declared *add(void) {
	struct declared *declared = must_calloc(1, sizeof(*declared));
	list_init(&declared->link);
	list_append(&kit_open->declared, &declared->link);
	return declared;
}

static int add_schema(const struct hsc_host *host, const char *id, const char *text) {
	int error = kit_open->real->add_schema(host, id, text);
	if (error == 0) {
		struct declared *declared = add();
		declared->schema_id = kit_keep(kit_open, id);
		declared->text = kit_keep(kit_open, text);
	}
	return error;
}

/* Both structs may be those of an older header: shorter. */
static size_t least(size_t one, size_t other) {
	return one < other ? one : other;
}

static int add_route(const struct hsc_host *host, const struct hsc_route *route) {
	int error = kit_open->real->add_route(host, route);
	if (error == 0) {
		struct hsc_route *own = &add()->route;
		memcpy(own, route, least(route->size, sizeof(*own)));
		own->method = kit_keep(kit_open, own->method);
		own->path = kit_keep(kit_open, own->path);
		own->summary = kit_keep(kit_open, own->summary);
		own->scope = kit_keep(kit_open, own->scope);
		own->query_schema = kit_keep(kit_open, own->query_schema);
		own->body_schema = kit_keep(kit_open, own->body_schema);
		own->reply_schema = kit_keep(kit_open, own->reply_schema);
	}
	return error;
}

static int add_object(const struct hsc_host *host, const struct hsc_object *object) {
	int error = kit_open->real->add_object(host, object);
	if (error == 0) {
		struct hsc_object *own = &add()->object;
		memcpy(own, object, least(object->size, sizeof(*own)));
		own->path = kit_keep(kit_open, own->path);
		own->name = kit_keep(kit_open, own->name);
		own->hubspot = kit_keep(kit_open, own->hubspot);
		own->key = kit_keep(kit_open, own->key);
		own->schema = kit_keep(kit_open, own->schema);
	}
	return error;
}

void load_forget(struct hsck *kit) {
	list_for_each_safe (declared, after, &kit->declared, struct declared, link) {
		list_remove(&declared->link);
		free(declared);
	}
}

/* The host stands inside the plugin module's memory, which is not const. */
static int init(const struct hsc_host *host, void **state) {
	struct hsck *kit = kit_open;
	kit->real = host->http;
	kit->lent = *host->http;
	kit->lent.add_schema = add_schema;
	kit->lent.add_route = add_route;
	kit->lent.add_object = add_object;
	((struct hsc_host *)(uintptr_t)host)->http = &kit->lent;
	return kit->declaration->init(host, state);
}

/* ---- loading ---- */

/* As the loader examines a file's constant; the name has been looked at. */
static bool check_linked(const struct hsc_plugin *found, char *error, size_t error_size) {
	if (!abi_fits(HSC_ABI_MAJOR, HSC_ABI_MINOR, found->abi_major, found->abi_minor)) {
		snprintf(error, error_size, "%s: expected plugin ABI %d.%d (at most), found %u.%u",
			LINKED, HSC_ABI_MAJOR, HSC_ABI_MINOR, found->abi_major, found->abi_minor);
		return false;
	}
	if ((found->flags & ~(uint32_t)HSC_PLUGIN_BY_NAME) != 0) {
		snprintf(error, error_size, "%s: expected flags of HSC_PLUGIN_..., found 0x%x",
			LINKED, (unsigned)found->flags);
		return false;
	}
	if (found->init == NULL || found->version == NULL) {
		snprintf(error, error_size, "%s: expected %s, found NULL", LINKED,
			found->init == NULL ? "an init()" : "a version");
		return false;
	}
	return true;
}

char *trust_resolve(const char *file, bool is_strict, char *error, size_t error_size) {
	return str_is_equal(file, LINKED) ? must_strdup(file)
					  : trust_resolve_file(file, is_strict, error, error_size);
}

const struct hsc_plugin *loader_open(
	const char *file, const char *path, char *error, size_t error_size) {
	struct hsck *kit = kit_open;
	const struct hsc_plugin *found = kit->options.plugin;
	if (!str_is_equal(file, kit->file)) {
		return loader_open_file(file, path, error, error_size);
	}
	if (found == NULL) {
		found = loader_open_file(file, path, error, error_size);
	} else if (!check_linked(found, error, error_size)) {
		found = NULL;
	}
	if (found == NULL) {
		return NULL;
	}
	kit->declaration = found;
	memcpy(&kit->ours, found, least(found->size, sizeof(kit->ours)));
	kit->ours.init = init;
	kit->ours.flags = 0; /* it is asked for */
	return &kit->ours;
}

/* ---- what it has registered ---- */

static bool is_route(const struct declared *declared) {
	return declared->route.handle != NULL;
}

static bool is_object(const struct declared *declared) {
	return declared->schema_id == NULL && !is_route(declared);
}

static const struct declared *find(
	const struct hsck *kit, bool (*fits)(const struct declared *declared), size_t index) {
	list_for_each (declared, &kit->declared, struct declared, link) {
		if (fits(declared) && index-- == 0) {
			return declared;
		}
	}
	return NULL;
}

const struct hsc_route *hsck_route(const struct hsck *kit, size_t index) {
	const struct declared *found = find(kit, is_route, index);
	return found != NULL ? &found->route : NULL;
}

const struct hsc_object *hsck_object(const struct hsck *kit, size_t index) {
	const struct declared *found = find(kit, is_object, index);
	return found != NULL ? &found->object : NULL;
}

const char *hsck_schema(const struct hsck *kit, const char *id) {
	list_for_each (declared, &kit->declared, struct declared, link) {
		if (declared->schema_id != NULL && str_is_equal(declared->schema_id, id)) {
			return declared->text;
		}
	}
	return NULL;
}

const struct hsc_plugin *hsck_plugin(const struct hsck *kit) {
	return kit->declaration;
}
