/*
 * What plugins lend each other, and the host's own extension, "hsc.wire/1". extension() may come
 * from any thread, so nothing here changes once it can find something: tables are registered in
 * init(), and found when all of these have returned, until the last fini(); they are never freed.
 */
#include "plugin/inside.h"

#include <string.h>

#include "base/memory.h"
#include "base/str.h"
#include "http/http.h"

enum { ID_MAX = 128 };

struct provision {
	struct list link;
	char *id;
	const void *table; /* the plugin's */
};

/* ---- providing ---- */

/* NULL, or what is wrong with an id of this plugin's: "NAME.what/1". */
static const char *id_fault(const struct plugin *plugin, const char *id) {
	size_t name = strlen(plugin->name);
	if (id == NULL || strlen(id) > ID_MAX || strncmp(id, plugin->name, name) != 0 ||
		id[name] != '.') {
		return "an id is \"NAME.what/1\" and begins with the plugin's own name";
	}
	if (str_starts_with(id, "hsc.")) {
		return "ids that begin with \"hsc.\" are the host's own";
	}
	const char *what = id + name + 1;
	size_t length = strspn(what, "abcdefghijklmnopqrstuvwxyz0123456789._-");
	const char *number = what + length + 1;
	bool is_numbered = length > 0 && what[length] == '/' && number[0] >= '1' &&
		number[0] <= '9' && strspn(number, "0123456789") == strlen(number);
	return is_numbered
		? NULL
		: "an id is \"NAME.what/1\": small letters, digits and .-_, then a number";
}

static bool has_provided(const struct plugin *plugin, const char *id) {
	list_for_each (provision, &plugin->provisions, struct provision, link) {
		if (str_is_equal(provision->id, id)) {
			return true;
		}
	}
	return false;
}

int lend_provide(const struct hsc_host *host, const char *id, const void *table) {
	struct plugin *plugin = NULL;
	uint32_t size = 0;
	int error = lend_enter_init(host, "provide", &plugin);
	if (error != 0) {
		return error;
	}
	const char *fault = id_fault(plugin, id);
	if (fault != NULL) {
		return registry_refuse(plugin, "provide", "%s", fault);
	}
	if (has_provided(plugin, id)) {
		return registry_refuse(plugin, "provide", "\"%s\" is there already", id);
	}
	if (table != NULL) {
		memcpy(&size, table, sizeof(size));
	}
	if (size < sizeof(size)) {
		return registry_refuse(
			plugin, "provide", "\"%s\": a table begins with its size", id);
	}
	struct provision *provision = must_calloc(1, sizeof(*provision));
	provision->id = must_strdup(id);
	provision->table = table;
	list_append(&plugin->provisions, &provision->link);
	return 0;
}

void lend_drop_provisions(struct plugin *plugin) {
	list_for_each_safe (provision, after, &plugin->provisions, struct provision, link) {
		list_remove(&provision->link);
		free(provision->id);
		free(provision);
	}
}

/* ---- finding ---- */

static const void *find_provision(const struct plugins *plugins, const char *id) {
	if (!atomic_load(&plugins->are_started)) {
		return NULL;
	}
	list_for_each (plugin, &plugins->list, struct plugin, link) {
		if (atomic_load(&plugin->phase) != PLUGIN_READY) {
			continue;
		}
		list_for_each (provision, &plugin->provisions, struct provision, link) {
			if (str_is_equal(provision->id, id)) {
				return provision->table;
			}
		}
	}
	return NULL;
}

const void *lend_extension(const struct hsc_host *host, const char *id) {
	struct plugin *plugin = lend_host(host, "extension");
	if (plugin == NULL) {
		return NULL;
	}
	if (id == NULL) {
		misuse(plugin, MISUSE_BAD_ARGUMENT, "extension", "id is NULL");
		return NULL;
	}
	return str_is_equal(id, "hsc.wire/1") ? &LEND_WIRE : find_provision(plugin->plugins, id);
}

/* ---- "hsc.wire/1" ---- */

static int wire_reset(const struct hsc_host *host, struct hsc_request *token) {
	int error = 0;
	struct lent_request *request =
		lend_request(host, token, "wire reset", MISUSE_SECOND_REPLY, &error);
	if (request == NULL) {
		return error;
	}
	request->is_replied = true;
	return http_reply_reset(request->http) ? 0 : HSC_EGONE;
}

static int wire_bytes(
	const struct hsc_host *host, struct hsc_request *token, const void *bytes, size_t length) {
	int error = 0;
	struct lent_request *request =
		lend_request(host, token, "wire bytes", MISUSE_SECOND_REPLY, &error);
	if (request == NULL) {
		return error;
	}
	if (bytes == NULL && length > 0) {
		return misuse(request->plugin, MISUSE_BAD_ARGUMENT, "wire bytes", "bytes is NULL");
	}
	request->is_replied = true;
	return http_reply_wire(request->http, bytes, length) ? 0 : HSC_EGONE;
}

const struct hsc_wire LEND_WIRE = {
	.size = sizeof(struct hsc_wire),
	.reset = wire_reset,
	.bytes = wire_bytes,
};
