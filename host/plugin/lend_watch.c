#include "plugin/inside.h"

#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/metric.h"
#include "base/str.h"
#include "http/http.h"

enum { NAME_SIZE = 128, LINE_SIZE = 2048 };

/* The base counts in whole numbers; what a plugin adds in parts waits here until it makes a whole
 * one. */
struct hsc_metric {
	struct list link;
	struct plugin *plugin;
	struct metric *metric;
	_Atomic double rest;
};

static enum log_level level_of(struct plugin *plugin, int level) {
	if (level < HSC_DEBUG || level > HSC_ERROR) {
		misuse(plugin, MISUSE_BAD_ARGUMENT, "log",
			"level is none of HSC_DEBUG ... HSC_ERROR");
		return LOG_ERROR;
	}
	return (enum log_level)level;
}

/* The request's id, or NULL when `about` is NULL or may not be asked here. */
static const char *id_of(struct plugin *plugin, struct hsc_request *about) {
	int error = 0;
	const struct lent_request *request = about != NULL
		? lend_request(&plugin->host, about, "log", MISUSE_STALE_TOKEN, &error)
		: NULL;
	return request != NULL ? http_request_id(request->http) : NULL;
}

static void write_log(
	const struct hsc_host *host, int level, struct hsc_request *about, const char *line) {
	struct plugin *plugin = lend_host(host, "log");
	if (plugin == NULL) {
		return;
	}
	if (line == NULL) {
		misuse(plugin, MISUSE_BAD_ARGUMENT, "log", "line is NULL");
		return;
	}
	enum log_level as = level_of(plugin, level);
	if (log_is_on(as)) {
		char event[LINE_SIZE];
		snprintf(event, sizeof(event), "%s", line);
		const struct log_field fields[] = {log_text("plugin", plugin->name),
			log_text("request_id", id_of(plugin, about))};
		log_write(as, event, fields, sizeof(fields) / sizeof(fields[0]));
	}
}

/* NULL when it may be a counter's name, else what is wrong. */
static const char *name_fault(const char *name, const char *help) {
	if (name == NULL || help == NULL) {
		return "name or help is NULL";
	}
	if (strspn(name, "abcdefghijklmnopqrstuvwxyz_") != strlen(name) ||
		!str_ends_with(name, "_total") || strlen(name) == strlen("_total") ||
		strlen(name) > 64) {
		return "a counter's name is [a-z_]+_total, at most 64 letters";
	}
	if (str_is_equal(name, "misuse_total")) {
		return "misuse_total is the host's own";
	}
	return strpbrk(help, "\n\r\\") != NULL ? "help is not one plain line" : NULL;
}

static struct hsc_metric *find_counter(struct plugin *plugin, const struct metric *metric) {
	list_for_each (counter, &plugin->counters, struct hsc_metric, link) {
		if (counter->metric == metric) {
			return counter;
		}
	}
	return NULL;
}

static struct hsc_metric *add_counter(
	const struct hsc_host *host, const char *name, const char *help) {
	struct plugin *plugin = NULL;
	if (lend_enter_init(host, "counter", &plugin) != 0) {
		return NULL;
	}
	const char *fault = name_fault(name, help);
	if (fault != NULL) {
		misuse(plugin, MISUSE_BAD_ARGUMENT, "counter", fault);
		return NULL;
	}
	char full[NAME_SIZE];
	char label[NAME_SIZE];
	snprintf(full, sizeof(full), "connector_plugin_%s", name);
	snprintf(label, sizeof(label), "plugin=\"%s\"", plugin->name);
	struct metric *metric = metric_make(METRIC_COUNTER, full, label, help);
	if (metric == NULL) {
		misuse(plugin, MISUSE_BAD_ARGUMENT, "counter",
			"the name is taken by a metric of another type");
		return NULL;
	}
	struct hsc_metric *counter = find_counter(plugin, metric);
	if (counter == NULL) {
		counter = must_calloc(1, sizeof(*counter));
		counter->plugin = plugin;
		counter->metric = metric;
		list_append(&plugin->counters, &counter->link);
	}
	return counter;
}

static void record(struct hsc_metric *counter, double value) {
	if (counter == NULL) {
		return; /* of a counter that was refused, and logged, in init() */
	}
	if (!(value >= 0 && value <= 1e15)) { /* not a number comes here too */
		misuse(counter->plugin, MISUSE_BAD_ARGUMENT, "record",
			"a counter takes values from 0 to 1e15");
		return;
	}
	double rest = atomic_load(&counter->rest);
	double sum;
	int64_t whole;
	do {
		sum = rest + value;
		whole = (int64_t)sum;
	} while (!atomic_compare_exchange_weak(&counter->rest, &rest, sum - (double)whole));
	metric_add(counter->metric, whole);
}

void lend_drop_counters(struct plugin *plugin) {
	list_for_each_safe (counter, after, &plugin->counters, struct hsc_metric, link) {
		list_remove(&counter->link);
		free(counter);
	}
}

const struct hsc_watch LEND_WATCH = {
	.size = sizeof(struct hsc_watch),
	.log = write_log,
	.counter = add_counter,
	.record = record,
};
