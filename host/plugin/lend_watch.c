#include "plugin/inside.h"

#include <math.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/metric.h"
#include "base/str.h"
#include "http/http.h"

enum { NAME_SIZE = 128, LINE_SIZE = 2048, METRIC_NAME_MAX = 64 };

#define COUNTER_MAX 1e15 /* of what is added at once */
#define SECONDS_MAX 1e7

struct hsc_metric {
	struct list link;
	struct plugin *plugin;
	struct metric *metric;
	enum metric_type type;
	_Atomic double rest; /* of a counter: what was added in parts, until it makes a whole one */
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

/* ---- metrics ---- */

/* From 1 ms to 30 s, in microseconds. */
static const int64_t BOUNDS[] = {1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000,
	1000000, 2500000, 5000000, 10000000, 30000000, 0};

/* What a name of each type ends in, or does not. */
static const struct {
	const char *function;
	const char *suffix;
	bool has_suffix;
	const char *rule;
} TYPES[] = {
	[METRIC_COUNTER] = {"counter", "_total", true,
		"a counter's name is [a-z_]+_total, at most 64 letters"},
	[METRIC_REAL] = {"gauge", "_total", false,
		"a gauge's name is [a-z_]+, at most 64 letters, and does not end in _total"},
	[METRIC_HISTOGRAM] = {"histogram", "_seconds", true,
		"a histogram's name is [a-z_]+_seconds, at most 64 letters"},
};

/* NULL when it may be the name of a metric of this type, else what is wrong. */
static const char *name_fault(enum metric_type type, const char *name, const char *help) {
	if (name == NULL || help == NULL) {
		return "name or help is NULL";
	}
	size_t length = strlen(name);
	const char *suffix = TYPES[type].suffix;
	bool is_short = TYPES[type].has_suffix && length <= strlen(suffix);
	if (length == 0 || length > METRIC_NAME_MAX || is_short ||
		strspn(name, "abcdefghijklmnopqrstuvwxyz_") != length ||
		str_ends_with(name, suffix) != TYPES[type].has_suffix) {
		return TYPES[type].rule;
	}
	if (str_is_equal(name, "misuse_total")) {
		return "misuse_total is the host's own";
	}
	return strpbrk(help, "\n\r\\") != NULL ? "help is not one plain line" : NULL;
}

static struct hsc_metric *find_metric(struct plugin *plugin, const struct metric *metric) {
	list_for_each (lent, &plugin->metrics, struct hsc_metric, link) {
		if (lent->metric == metric) {
			return lent;
		}
	}
	return NULL;
}

static struct metric *make_metric(
	const struct plugin *plugin, enum metric_type type, const char *name, const char *help) {
	char full[NAME_SIZE];
	char label[NAME_SIZE];
	snprintf(full, sizeof(full), "connector_plugin_%s", name);
	snprintf(label, sizeof(label), "plugin=\"%s\"", plugin->name);
	bool is_histogram = type == METRIC_HISTOGRAM;
	const struct metric_family family = {.type = type,
		.name = full,
		.help = help,
		.decimals = is_histogram ? 6 : 0,
		.bounds = is_histogram ? BOUNDS : NULL};
	return metric_make_of(&family, label);
}

static struct hsc_metric *add(
	const struct hsc_host *host, enum metric_type type, const char *name, const char *help) {
	struct plugin *plugin = NULL;
	const char *function = TYPES[type].function;
	if (lend_enter_init(host, function, &plugin) != 0) {
		return NULL;
	}
	const char *fault = name_fault(type, name, help);
	if (fault != NULL) {
		misuse(plugin, MISUSE_BAD_ARGUMENT, function, fault);
		return NULL;
	}
	struct metric *metric = make_metric(plugin, type, name, help);
	if (metric == NULL) {
		misuse(plugin, MISUSE_BAD_ARGUMENT, function,
			"the name is taken by a metric of another type");
		return NULL;
	}
	struct hsc_metric *lent = find_metric(plugin, metric);
	if (lent == NULL) {
		lent = must_calloc(1, sizeof(*lent));
		lent->plugin = plugin;
		lent->metric = metric;
		lent->type = type;
		list_append(&plugin->metrics, &lent->link);
	}
	return lent;
}

static struct hsc_metric *add_counter(
	const struct hsc_host *host, const char *name, const char *help) {
	return add(host, METRIC_COUNTER, name, help);
}

static struct hsc_metric *add_gauge(
	const struct hsc_host *host, const char *name, const char *help) {
	return add(host, METRIC_REAL, name, help);
}

static struct hsc_metric *add_histogram(
	const struct hsc_host *host, const char *name, const char *help) {
	return add(host, METRIC_HISTOGRAM, name, help);
}

/* ---- values: on any thread; what is not a number is refused by each comparison ---- */

/* The base counts in whole numbers. */
static const char *count(struct hsc_metric *counter, double value) {
	if (!(value >= 0 && value <= COUNTER_MAX)) {
		return "a counter takes values from 0 to 1e15";
	}
	double rest = atomic_load(&counter->rest);
	double sum;
	int64_t whole;
	do {
		sum = rest + value;
		whole = (int64_t)sum;
	} while (!atomic_compare_exchange_weak(&counter->rest, &rest, sum - (double)whole));
	metric_add(counter->metric, whole);
	return NULL;
}

static const char *set(const struct hsc_metric *gauge, double value) {
	if (!isfinite(value)) {
		return "a gauge takes finite values";
	}
	metric_set_real(gauge->metric, value);
	return NULL;
}

static const char *observe(const struct hsc_metric *histogram, double seconds) {
	if (!(seconds >= 0 && seconds <= SECONDS_MAX)) {
		return "a histogram takes seconds, from 0 to 1e7";
	}
	metric_observe(histogram->metric, (int64_t)(seconds * 1e6 + 0.5));
	return NULL;
}

static void record(struct hsc_metric *metric, double value) {
	if (metric == NULL) {
		return; /* one that was refused, and logged, in init() */
	}
	const char *fault = metric->type == METRIC_COUNTER ? count(metric, value)
		: metric->type == METRIC_REAL              ? set(metric, value)
							   : observe(metric, value);
	if (fault != NULL) {
		misuse(metric->plugin, MISUSE_BAD_ARGUMENT, "record", fault);
	}
}

void lend_drop_metrics(struct plugin *plugin) {
	list_for_each_safe (metric, after, &plugin->metrics, struct hsc_metric, link) {
		list_remove(&metric->link);
		free(metric);
	}
}

const struct hsc_watch LEND_WATCH = {
	.size = sizeof(struct hsc_watch),
	.log = write_log,
	.counter = add_counter,
	.gauge = add_gauge,
	.histogram = add_histogram,
	.record = record,
};
