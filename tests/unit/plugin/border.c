#include "border.h"

#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/metric.h"
#include "base/str.h"

enum { LINES_MAX = 256, FILES_MAX = 8 };

static char *lines[LINES_MAX];
static unsigned line_count;
static char *files[FILES_MAX + 1];

static void keep_line(const char *line, void *ctx) {
	(void)ctx;
	if (line_count < LINES_MAX) {
		lines[line_count++] = must_strdup(line);
	}
}

static void forget_lines(void) {
	while (line_count > 0) {
		free(lines[--line_count]);
	}
}

static void forget_files(void) {
	for (size_t i = 0; files[i] != NULL; i++) {
		free(files[i]);
		files[i] = NULL;
	}
}

int border_set_up(void **state) {
	struct border *border = must_calloc(1, sizeof(*border));
	log_setup(LOG_DEBUG, LOG_JSON);
	log_redirect(keep_line, NULL);
	border->loop = loop_create();
	border->http = fake_http_make();
	border->hubspot = fake_hubspot_reset();
	border->config = json_object();
	border->settings = (struct plugins_settings){.version = "0.9.0", .config = border->config};
	*state = border;
	return 0;
}

int border_tear_down(void **state) {
	struct border *border = *state;
	plugins_stop(border->plugins);
	object_close_all();
	http_destroy(border->http);
	fake_run_cancelled();
	fake_hubspot_reset();
	loop_destroy(border->loop);
	json_decref(border->config);
	free(border);
	log_redirect(NULL, NULL);
	forget_lines();
	forget_files();
	return 0;
}

bool border_load(struct border *border, const char *const *names) {
	forget_files();
	for (size_t i = 0; names[i] != NULL && i < FILES_MAX; i++) {
		files[i] = str_format("%s/%s.so", HSC_FIXTURES, names[i]);
	}
	border->settings.files = (const char *const *)files;
	border->error[0] = '\0';
	border->plugins = plugins_load(border->loop, border->http, border->hubspot,
		&border->settings, border->error, sizeof(border->error));
	return border->plugins != NULL;
}

void border_probe(struct border *border, struct probe *probe, struct probe *other) {
	const char *const names[] = {"probe", other != NULL ? "probe-other" : NULL, NULL};
	json_object_set_new(
		border->config, "probe", json_pack("{s:I}", "at", (json_int_t)(intptr_t)probe));
	if (other != NULL) {
		json_object_set_new(border->config, "probe-other",
			json_pack("{s:I}", "at", (json_int_t)(intptr_t)other));
	}
	if (!border_load(border, names)) {
		fail_msg("%s", border->error);
	}
}

int64_t misuses(const char *plugin, const char *rule) {
	char labels[128];
	snprintf(labels, sizeof(labels), "plugin=\"%s\",rule=\"%s\"", plugin, rule);
	return metric_value(
		metric_make(METRIC_COUNTER, "connector_plugin_misuse_total", labels, ""));
}

unsigned lines_with(const char *one, const char *two) {
	unsigned count = 0;
	for (unsigned i = 0; i < line_count; i++) {
		count += strstr(lines[i], one) != NULL && strstr(lines[i], two) != NULL;
	}
	return count;
}

int replied_code(void) {
	return (int)json_integer_value(json_object_get(fake_reply()->body, "code"));
}
