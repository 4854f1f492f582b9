#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/metric.h"
#include "base/str.h"

/* ---- the log: each line without its time ---- */

static void keep_line(const char *line, void *ctx) {
	struct hsck *kit = ctx;
	const char *rest = strchr(line, ' ');
	pthread_mutex_lock(&kit->log_lock);
	buf_add_text(&kit->log, rest != NULL ? rest + 1 : line);
	buf_add_char(&kit->log, '\n');
	pthread_mutex_unlock(&kit->log_lock);
}

void watch_begin(struct hsck *kit) {
	static const enum log_level LEVELS[] = {[HSC_DEBUG] = LOG_DEBUG,
		[HSC_INFO] = LOG_INFO,
		[HSC_WARN] = LOG_WARN,
		[HSC_ERROR] = LOG_ERROR};
	int level = kit->options.log_level;
	if (level < HSC_DEBUG || level > HSC_ERROR) {
		kit_die("log_level is one of HSC_DEBUG ... HSC_ERROR, not %d", level);
	}
	metric_render(&kit->first_metrics);
	log_setup(LEVELS[level], LOG_TEXT);
	log_redirect(keep_line, kit);
}

void watch_end(struct hsck *kit) {
	(void)kit;
	log_redirect(NULL, NULL);
	log_setup(LOG_INFO, LOG_TEXT);
}

/* The copy is the kit's, which the caller sees as const. */
const char *hsck_log(const struct hsck *kit) {
	struct hsck *own = (struct hsck *)(uintptr_t)kit;
	pthread_mutex_lock(&own->log_lock);
	buf_clear(&own->told_log);
	buf_add(&own->told_log, kit->log.bytes, kit->log.length);
	pthread_mutex_unlock(&own->log_lock);
	return buf_text(&kit->told_log);
}

static bool holds(const char *line, size_t length, const char *text) {
	return memmem(line, length, text, strlen(text)) != NULL;
}

unsigned hsck_logged(const struct hsck *kit, const char *text) {
	unsigned count = 0;
	for (const char *line = hsck_log(kit); *line != '\0';) {
		size_t length = strcspn(line, "\n");
		count += holds(line, length, text);
		line += length + 1;
	}
	return count;
}

char *watch_line(const struct hsck *kit, const char *one, const char *two) {
	for (const char *line = hsck_log(kit); *line != '\0';) {
		size_t length = strcspn(line, "\n");
		if (holds(line, length, one) && holds(line, length, two)) {
			return strndup(line, length);
		}
		line += length + 1;
	}
	return strdup("");
}

/* ---- metrics, as the host tells them: "NAME VALUE" ---- */

/* The line of that metric, from behind its name; or NULL. */
static const char *find(const char *metrics, const char *name) {
	size_t length = strlen(name);
	while (*metrics != '\0') {
		if (strncmp(metrics, name, length) == 0 && metrics[length] == ' ') {
			return metrics + length + 1;
		}
		metrics += strcspn(metrics, "\n");
		metrics += *metrics == '\n';
	}
	return NULL;
}

static const char *now(struct hsck *kit) {
	buf_clear(&kit->metrics);
	metric_render(&kit->metrics);
	return buf_text(&kit->metrics);
}

/* All but gauges only grows: earlier kits of this process have no part in it. */
static bool is_gauge(const char *metrics, const char *name) {
	char *type = str_format("# TYPE %.*s", (int)strcspn(name, "{"), name);
	const char *told = type != NULL ? find(metrics, type) : NULL;
	free(type);
	return told != NULL && str_starts_with(told, "gauge\n");
}

/* False: there is no such metric. */
static bool read_value(struct hsck *kit, const char *metrics, const char *name, double *value) {
	const char *text = find(metrics, name);
	if (text == NULL) {
		return false;
	}
	const char *first =
		is_gauge(metrics, name) ? NULL : find(buf_text(&kit->first_metrics), name);
	*value = strtod(text, NULL) - (first != NULL ? strtod(first, NULL) : 0);
	return true;
}

double hsck_metric(struct hsck *kit, const char *name) {
	const char *metrics = now(kit);
	double value = -1;
	char *own = str_format("connector_plugin_%s{plugin=\"%s\"}", name, kit->name);
	if (own == NULL || !read_value(kit, metrics, own, &value)) {
		(void)read_value(kit, metrics, name, &value);
	}
	free(own);
	return value;
}

void watch_each(struct hsck *kit, const char *prefix,
	void (*visit)(const char *name, double grown, void *ctx), void *ctx) {
	const char *metrics = now(kit);
	for (const char *line = metrics; *line != '\0'; line += *line == '\n') {
		size_t length = strcspn(line, "\n");
		char *name = strndup(line, length);
		char *end =
			name != NULL && str_starts_with(name, prefix) ? strrchr(name, ' ') : NULL;
		if (end != NULL) {
			*end = '\0';
			double grown = 0;
			if (read_value(kit, metrics, name, &grown) && grown > 0) {
				visit(name, grown, ctx);
			}
		}
		free(name);
		line += length;
	}
}
