#include "base/metric.h"

#include <inttypes.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/list.h"
#include "base/memory.h"
#include "base/str.h"

struct metric {
	struct list link;
	enum metric_type type;
	char *name;
	char *labels;
	char *help;
	_Atomic int64_t value;
};

static struct list metrics = {&metrics, &metrics};

static bool is_name(const char *name) {
	return *name != '\0' && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name) &&
	       strchr("0123456789", name[0]) == NULL;
}

/* name="value" pairs, with commas between; values are plain, nothing in them needs an escape. */
static bool are_labels(const char *labels) {
	const char *at = labels;
	while (true) {
		size_t name = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_");
		if (name == 0 || strchr("0123456789", *at) != NULL || at[name] != '=' || at[name + 1] != '"') {
			return false;
		}
		at += name + 2;
		at += strcspn(at, "\"\n\\");
		if (*at++ != '"') {
			return false;
		}
		if (*at != ',') {
			return *at == '\0';
		}
		at++;
	}
}

static const struct metric *find_family(const char *name) {
	list_for_each(metric, &metrics, struct metric, link) {
		if (str_is_equal(metric->name, name)) {
			return metric;
		}
	}
	return NULL;
}

static struct metric *find(const char *name, const char *labels) {
	list_for_each(metric, &metrics, struct metric, link) {
		if (str_is_equal(metric->name, name) && str_is_equal(metric->labels, labels)) {
			return metric;
		}
	}
	return NULL;
}

/* The last metric of the same family, so that families stay together in the list; or the list's end. */
static struct list *place_of(const char *name) {
	struct list *place = metrics.prev;
	list_for_each(metric, &metrics, struct metric, link) {
		if (str_is_equal(metric->name, name)) {
			place = &metric->link;
		}
	}
	return place;
}

struct metric *metric_make(enum metric_type type, const char *name, const char *labels, const char *help) {
	if (!is_name(name) || (labels != NULL && !are_labels(labels)) || strpbrk(help, "\n\\") != NULL) {
		return NULL;
	}
	const struct metric *relative = find_family(name);
	if (relative != NULL && relative->type != type) {
		return NULL; /* a family has one TYPE line */
	}
	struct metric *metric = find(name, labels);
	if (metric != NULL) {
		return metric;
	}
	struct list *place = place_of(name);
	metric = must_calloc(1, sizeof(*metric));
	metric->type = type;
	metric->name = must_strdup(name);
	metric->labels = labels != NULL ? must_strdup(labels) : NULL;
	metric->help = must_strdup(help);
	list_insert(place, &metric->link);
	return metric;
}

void metric_add(struct metric *metric, int64_t amount) {
	if (metric != NULL) {
		atomic_fetch_add_explicit(&metric->value, amount, memory_order_relaxed);
	}
}

void metric_set(struct metric *metric, int64_t value) {
	if (metric != NULL) {
		atomic_store_explicit(&metric->value, value, memory_order_relaxed);
	}
}

int64_t metric_value(const struct metric *metric) {
	return metric != NULL ? atomic_load_explicit(&metric->value, memory_order_relaxed) : 0;
}

void metric_render(struct buf *to) {
	const char *family = NULL;
	list_for_each(metric, &metrics, struct metric, link) {
		if (!str_is_equal(family, metric->name)) {
			family = metric->name;
			buf_printf(to, "# HELP %s %s\n# TYPE %s %s\n", family, metric->help, family,
				metric->type == METRIC_COUNTER ? "counter" : "gauge");
		}
		buf_add_text(to, metric->name);
		if (metric->labels != NULL) {
			buf_printf(to, "{%s}", metric->labels);
		}
		buf_printf(to, " %" PRId64 "\n", metric_value(metric));
	}
}
