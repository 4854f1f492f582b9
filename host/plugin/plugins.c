/*
 * A plugin's life: found, opened (loader.c), configured, init(), handed over (registry.c), start(),
 * fini(). A plugin that is left out on the way stays in the list, because http may keep routes of
 * it.
 */
#include "plugin/plugin.h"

#include "plugin/inside.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"
#include "loop/loop.h"

enum { ERROR_SIZE = 768 };

/* All that have been stopped, for good: a thread that outlives its plugin's fini() may still log,
 * count and post, and hears HSC_ESTATE. So what only the loop's thread reaches is freed, no more.
 */
static struct list stopped = {&stopped, &stopped};

static const char *error_name(int error) {
	static const char *const NAMES[] = {"", "HSC_EINVAL", "HSC_ESTATE", "HSC_ENOMEM",
		"HSC_EGONE", "HSC_EBUSY", "HSC_ENET", "HSC_EHUBSPOT"};
	return error < 0 && error >= HSC_EHUBSPOT ? NAMES[-error] : "no HSC_E...";
}

static bool is_listed(const char *const *names, const char *name) {
	for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
		if (str_is_equal(names[i], name)) {
			return true;
		}
	}
	return false;
}

static const struct plugin *find(const struct plugins *plugins, const char *name) {
	list_for_each (plugin, &plugins->list, struct plugin, link) {
		if (str_is_equal(plugin->name, name)) {
			return plugin;
		}
	}
	return NULL;
}

/* ---- making and unmaking one ---- */

static struct plugin *make_plugin(
	struct plugins *plugins, const struct found *found, const struct hsc_plugin *declaration) {
	struct plugin *plugin = must_calloc(1, sizeof(*plugin));
	plugin->plugins = plugins;
	plugin->declaration = declaration;
	plugin->file = must_strdup(found->file);
	snprintf(plugin->name, sizeof(plugin->name), "%s", declaration->name);
	snprintf(plugin->as_caller, sizeof(plugin->as_caller), "plugin:%s", plugin->name);
	list_init(&plugin->schemas);
	list_init(&plugin->routes);
	list_init(&plugin->objects);
	list_init(&plugin->metrics);
	list_init(&plugin->provisions);
	list_append(&plugins->list, &plugin->link);
	lend_open(plugin);
	return plugin;
}

static void run_fini(struct plugin *plugin) {
	struct running running;
	if (plugin->is_inited && plugin->declaration->fini != NULL) {
		running_enter(&running, plugin, "fini", NULL);
		plugin->declaration->fini(plugin->state);
		running_leave_quietly(&running);
	}
	plugin->is_inited = false;
}

static void leave_out(struct plugin *plugin) {
	plugin->phase = PLUGIN_LEFT_OUT;
	lend_close(plugin);
	run_fini(plugin);
	lend_close(plugin); /* what its threads had posted before fini() ended them */
}

/* ---- loading ---- */

static bool run_init(struct plugin *plugin, char *error, size_t error_size) {
	struct running running;
	running_enter(&running, plugin, "init", NULL);
	int result = plugin->declaration->init(&plugin->host, &plugin->state);
	running_leave_quietly(&running);
	plugin->is_inited = result == 0;
	if (result != 0) {
		snprintf(error, error_size, "%s: expected init() to return 0, found %d (%s)%s%s",
			plugin->file, result, error_name(result),
			plugin->fault[0] != '\0' ? ": " : "", plugin->fault);
		return false;
	}
	LOG_DEBUG("plugin init done", log_text("plugin", plugin->name),
		log_uint("took_ms", clock_precise_ms() - running.began_ms));
	return true;
}

static bool bring_up(struct plugin *plugin, const struct plugins_settings *settings, char *error,
	size_t error_size) {
	char why[ERROR_SIZE] = "";
	if (!settings_lend(plugin, settings->config, why, sizeof(why))) {
		snprintf(error, error_size, "%s: %s", plugin->file, why);
		return false;
	}
	if (!run_init(plugin, error, error_size)) {
		return false;
	}
	/* From here on nothing more is taken, while it is still in the making for everything else.
	 */
	plugin->phase = PLUGIN_READY;
	if (!registry_hand_over(plugin, why, sizeof(why))) {
		snprintf(error, error_size,
			"%s: expected what the plugin registered to fit the host, found: %s",
			plugin->file, why);
		return false;
	}
	LOG_INFO("plugin loaded", log_text("plugin", plugin->name),
		log_text("version", plugin->declaration->version), log_text("file", plugin->file));
	return true;
}

static bool is_strict(const struct plugins_settings *settings) {
	return settings->trust == PLUGINS_TRUST_STRICT ||
		(settings->trust == PLUGINS_TRUST_AUTO &&
			(geteuid() == 0 || getenv("INVOCATION_ID") != NULL));
}

/* A library's constructors run when it is loaded: before there is a plugin, but in its name. */
static const struct hsc_plugin *open_file(const struct found *found,
	const struct plugins_settings *settings, char *error, size_t error_size) {
	struct running running;
	struct plugin unborn = {.name = "?"};
	char *path = trust_resolve(found->file, is_strict(settings), error, error_size);
	if (path == NULL) {
		return NULL;
	}
	if (is_plugin_name(found->name)) {
		snprintf(unborn.name, sizeof(unborn.name), "%s", found->name);
	}
	running_enter(&running, &unborn, "load", NULL);
	const struct hsc_plugin *declaration = loader_open(found->file, path, error, error_size);
	running_leave_quietly(&running);
	free(path);
	return declaration;
}

/* One file. True when it is loaded, or rightly held back. */
static bool load(struct plugins *plugins, const struct found *found,
	const struct plugins_settings *settings, char *error, size_t error_size) {
	if (found->is_missing) {
		snprintf(error, error_size, "%s", found->file);
		return false;
	}
	const struct hsc_plugin *declaration = open_file(found, settings, error, error_size);
	if (declaration == NULL) {
		return false;
	}
	if ((declaration->flags & HSC_PLUGIN_BY_NAME) != 0 && !found->is_by_name) {
		LOG_DEBUG("plugin not asked for", log_text("plugin", declaration->name));
		return true;
	}
	const struct plugin *other = find(plugins, declaration->name);
	if (other != NULL) {
		snprintf(error, error_size,
			"%s: expected one plugin named \"%s\", found a second one; the first is %s",
			found->file, declaration->name, other->file);
		return false;
	}
	struct plugin *plugin = make_plugin(plugins, found, declaration);
	plugin->is_optional = is_listed(settings->optional, plugin->name);
	if (!bring_up(plugin, settings, error, error_size)) {
		leave_out(plugin);
		return false;
	}
	return true;
}

static bool load_all(struct plugins *plugins, const struct plugins_settings *settings, char *error,
	size_t error_size) {
	struct list found;
	bool is_good = true;
	search_find(settings, &found);
	list_for_each (one, &found, struct found, link) {
		char why[ERROR_SIZE] = "";
		is_good = load(plugins, one, settings, why, sizeof(why));
		if (!is_good && is_listed(settings->optional, one->name)) {
			LOG_WARN("optional plugin left out", log_text("plugin", one->name),
				log_text("why", why));
			is_good = true;
		}
		if (!is_good) {
			snprintf(error, error_size, "%s", why);
			break;
		}
	}
	search_finish(&found);
	return is_good;
}

/* A section for an optional plugin is no mistake, even when its file is not there or is no plugin.
 */
static bool check_sections(const struct plugins *plugins, const struct plugins_settings *settings,
	char *error, size_t error_size) {
	json_t *others =
		settings->config != NULL ? json_copy((json_t *)(uintptr_t)settings->config) : NULL;
	for (size_t i = 0; settings->optional != NULL && settings->optional[i] != NULL; i++) {
		json_object_del(others, settings->optional[i]);
	}
	bool is_good = settings_check_names(plugins, others, error, error_size);
	json_decref(others);
	return is_good;
}

struct plugins *plugins_load(struct loop *loop, struct http *http, struct hubspot *hubspot,
	const struct plugins_settings *settings, char *error, size_t error_size) {
	struct plugins *plugins = must_calloc(1, sizeof(*plugins));
	list_init(&plugins->list);
	list_init(&plugins->posts);
	plugins->loop = loop;
	plugins->http = http;
	plugins->hubspot = hubspot;
	plugins->version = must_strdup(settings->version);
	plugins->objects = settings->objects;
	plugins->loop_thread = pthread_self();
	tokens_init(&plugins->requests, TOKEN_REQUEST);
	tokens_init(&plugins->operations, TOKEN_OPERATION);
	tokens_init(&plugins->timers, TOKEN_TIMER);
	pthread_mutex_init(&plugins->post_lock, NULL);
	if (!load_all(plugins, settings, error, error_size) ||
		!check_sections(plugins, settings, error, error_size)) {
		plugins_stop(plugins);
		return NULL;
	}
	plugins->objects = NULL;
	return plugins;
}

/* ---- starting and stopping ---- */

static bool start(struct plugin *plugin, char *error, size_t error_size) {
	if (plugin->phase != PLUGIN_READY || plugin->declaration->start == NULL) {
		return true;
	}
	struct running running;
	running_enter(&running, plugin, "start", NULL);
	int result = plugin->declaration->start(&plugin->host, plugin->state);
	running_leave(&running);
	if (result != 0) {
		snprintf(error, error_size, "%s: expected start() to return 0, found %d (%s)",
			plugin->file, result, error_name(result));
	}
	return result == 0;
}

bool plugins_start(struct plugins *plugins, char *error, size_t error_size) {
	atomic_store(&plugins->are_started, true);
	list_for_each (plugin, &plugins->list, struct plugin, link) {
		char why[ERROR_SIZE] = "";
		if (start(plugin, why, sizeof(why))) {
			continue;
		}
		if (!plugin->is_optional) {
			snprintf(error, error_size, "%s", why);
			return false;
		}
		LOG_WARN("optional plugin left out", log_text("plugin", plugin->name),
			log_text("why", why));
		leave_out(plugin);
	}
	return true;
}

void plugins_close_submits(struct plugins *plugins) {
	plugins->submits_are_closed = true;
}

static void close_posts(struct plugins *plugins) {
	pthread_mutex_lock(&plugins->post_lock);
	plugins->posts_are_closed = true;
	pthread_mutex_unlock(&plugins->post_lock);
}

void plugins_stop(struct plugins *plugins) {
	if (plugins == NULL) {
		return;
	}
	plugins->is_stopping = true;
	close_posts(plugins);
	list_for_each (plugin, &plugins->list, struct plugin, link) {
		lend_close(plugin);
	}
	for (struct list *link = plugins->list.prev; link != &plugins->list; link = link->prev) {
		run_fini(list_entry(link, struct plugin, link));
	}
	atomic_store(&plugins->are_started, false);
	list_for_each (plugin, &plugins->list, struct plugin, link) {
		registry_finish(plugin);
	}
	tokens_finish(&plugins->requests);
	tokens_finish(&plugins->operations);
	tokens_finish(&plugins->timers);
	list_append(&stopped, &plugins->link);
}

void plugins_forget(void) {
	list_for_each_safe (plugins, rest, &stopped, struct plugins, link) {
		list_for_each_safe (plugin, after, &plugins->list, struct plugin, link) {
			lend_drop_metrics(plugin);
			lend_drop_provisions(plugin);
			json_decref(plugin->host.config);
			free(plugin->file);
			free(plugin);
		}
		list_remove(&plugins->link);
		pthread_mutex_destroy(&plugins->post_lock);
		free(plugins->version);
		free(plugins);
	}
}

/* ---- asking ---- */

static const struct plugin *at(const struct plugins *plugins, size_t index) {
	list_for_each (plugin, &plugins->list, struct plugin, link) {
		if (plugin->phase == PLUGIN_READY && index-- == 0) {
			return plugin;
		}
	}
	return NULL;
}

size_t plugins_count(const struct plugins *plugins) {
	size_t count = 0;
	while (at(plugins, count) != NULL) {
		count++;
	}
	return count;
}

const char *plugins_name(const struct plugins *plugins, size_t index) {
	const struct plugin *plugin = at(plugins, index);
	return plugin != NULL ? plugin->name : NULL;
}

const char *plugins_version(const struct plugins *plugins, size_t index) {
	const struct plugin *plugin = at(plugins, index);
	return plugin != NULL ? plugin->declaration->version : NULL;
}
