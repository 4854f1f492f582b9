#include "plugin/inside.h"

#include <pthread.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"

#include "plugin/plugin.h"

enum { TELL_EVERY_MS = 1000, LABELS_SIZE = 96 };

static const struct {
	const char *name;
	int error;
} RULES[MISUSE_RULES] = {
	[MISUSE_BAD_ARGUMENT] = {"bad_argument", HSC_EINVAL},
	[MISUSE_STALE_TOKEN] = {"stale_token", HSC_ESTATE},
	[MISUSE_SECOND_REPLY] = {"second_reply", HSC_ESTATE},
	[MISUSE_FORGOTTEN_REPLY] = {"forgotten_reply", HSC_ESTATE},
	[MISUSE_LATE_REGISTRATION] = {"late_registration", HSC_ESTATE},
	[MISUSE_EARLY_CALL] = {"early_call", HSC_ESTATE},
	[MISUSE_WRONG_THREAD] = {"wrong_thread", HSC_ESTATE},
	[MISUSE_WRONG_RETURN] = {"wrong_return", HSC_EINVAL},
};

/* All counters are made now: misuse() may come from any thread, metric_make() may not. */
void lend_open(struct plugin *plugin) {
	for (int rule = 0; rule < MISUSE_RULES; rule++) {
		char labels[LABELS_SIZE];
		snprintf(labels, sizeof(labels), "plugin=\"%s\",rule=\"%s\"", plugin->name,
			RULES[rule].name);
		plugin->misuse[rule] = metric_make(METRIC_COUNTER, "connector_plugin_misuse_total",
			labels, "Rules of the plugin contract broken, by plugin and rule.");
		atomic_init(&plugin->told_ms[rule], 0);
	}
	plugin->host.size = sizeof(plugin->host);
	plugin->host.abi_major = HSC_ABI_MAJOR;
	plugin->host.abi_minor = HSC_ABI_MINOR;
	plugin->host.version = plugin->plugins->version;
	plugin->host.http = &LEND_HTTP;
	plugin->host.hubspot = &LEND_HUBSPOT;
	plugin->host.loop = &LEND_LOOP;
	plugin->host.watch = &LEND_WATCH;
	plugin->host.extension = lend_extension;
	plugin->host.provide = lend_provide;
}

/* Operations first: their callbacks may still want to reply. */
void lend_close(struct plugin *plugin) {
	lend_drop_operations(plugin);
	lend_drop_requests(plugin);
	lend_drop_timers(plugin);
	lend_drop_posts(plugin);
}

bool is_loop_thread(const struct plugins *plugins) {
	return pthread_equal(pthread_self(), plugins->loop_thread) != 0;
}

struct plugin *lend_host(const struct hsc_host *host, const char *function) {
	if (host == NULL) {
		LOG_WARN("plugin misuse", log_text("rule", RULES[MISUSE_BAD_ARGUMENT].name),
			log_text("function", function), log_text("what", "host is NULL"));
		return NULL;
	}
	/* Each host stands inside its plugin, and no plugin is ever given another's. */
	return (struct plugin *)(void *)((char *)(uintptr_t)host - offsetof(struct plugin, host));
}

int lend_enter(const struct hsc_host *host, const char *function, struct plugin **plugin) {
	struct plugin *caller = lend_host(host, function);
	if (caller == NULL) {
		return HSC_EINVAL;
	}
	if (!is_loop_thread(caller->plugins)) {
		return misuse(caller, MISUSE_WRONG_THREAD, function,
			"called outside the event loop's thread");
	}
	*plugin = caller;
	return 0;
}

int lend_enter_init(const struct hsc_host *host, const char *function, struct plugin **plugin) {
	int error = lend_enter(host, function, plugin);
	if (error == 0 && (*plugin)->phase != PLUGIN_INIT) {
		error = misuse(*plugin, MISUSE_LATE_REGISTRATION, function,
			"called after init() had returned");
	}
	return error;
}

static bool is_time_to_tell(struct plugin *plugin, enum misuse_rule rule) {
	uint64_t now_ms = clock_precise_ms();
	uint64_t told_ms = atomic_load(&plugin->told_ms[rule]);
	bool is_due = told_ms == 0 || now_ms - told_ms >= TELL_EVERY_MS;
	return is_due && atomic_compare_exchange_strong(&plugin->told_ms[rule], &told_ms, now_ms);
}

int misuse(struct plugin *plugin, enum misuse_rule rule, const char *function, const char *what) {
	metric_add(plugin->misuse[rule], 1);
	if (is_time_to_tell(plugin, rule)) {
		LOG_WARN("plugin misuse", log_text("plugin", plugin->name),
			log_text("rule", RULES[rule].name), log_text("function", function),
			log_text("what", what));
	}
	return RULES[rule].error;
}
