#include "inside.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"

#define MISUSE "connector_plugin_misuse_total{"

void faults_of_requests(struct hsck *kit) {
	list_for_each (request, &kit->requests, struct hsck_request, link) {
		if (!request->is_dropped) {
			buf_printf(&kit->faults, "%s %s: the plugin has not replied\n",
				request->exchange.method, request->url);
		}
	}
}

void faults_of_operations(struct hsck *kit) {
	for (size_t i = 0; i < kit->hubspot->count; i++) {
		const struct hsck_operation *shown = &kit->hubspot->operations[i]->shown;
		if (!shown->has_ended) {
			buf_printf(&kit->faults, "operation %zu (%s%s%s): it has not ended\n", i,
				shown->object, shown->id != NULL ? " " : "",
				shown->id != NULL ? shown->id : "");
		}
	}
}

/* "...{plugin="a",rule="second_reply"}" -> "second_reply"; the caller frees it. */
static char *rule_of(const char *metric) {
	static const char before[] = "rule=\"";
	const char *rule = strstr(metric, before);
	return rule != NULL ? strndup(rule + strlen(before), strcspn(rule + strlen(before), "\""))
			    : NULL;
}

static void tell_rule(const char *metric, double times, void *ctx) {
	struct hsck *kit = ctx;
	char *rule = rule_of(metric);
	char *about = str_format("rule=\"%s\"", rule != NULL ? rule : "");
	char *line = about != NULL ? watch_line(kit, "plugin misuse", about) : NULL;
	buf_printf(&kit->faults, "rule broken: %s, times: %.0f, at first: %s\n",
		rule != NULL ? rule : "", times, line != NULL ? line : "");
	free(rule);
	free(about);
	free(line);
}

void faults_of_rules(struct hsck *kit) {
	watch_each(kit, MISUSE, tell_rule, kit);
}

const char *hsck_faults(struct hsck *kit) {
	buf_clear(&kit->faults);
	faults_of_rules(kit);
	faults_of_requests(kit);
	faults_of_operations(kit);
	return buf_text(&kit->faults);
}

struct count {
	const char *rule; /* NULL: any */
	double times;
};

static void count_rule(const char *metric, double times, void *ctx) {
	struct count *count = ctx;
	char *rule = rule_of(metric);
	if (count->rule == NULL || str_is_equal(rule, count->rule)) {
		count->times += times;
	}
	free(rule);
}

unsigned hsck_misuses(struct hsck *kit, const char *rule) {
	struct count count = {.rule = rule};
	watch_each(kit, MISUSE, count_rule, &count);
	return (unsigned)count.times;
}
