#include "probe.h"

#include <jansson.h>

static int init(const struct hsc_host *host, void **state) {
	struct probe *probe =
		(struct probe *)(uintptr_t)json_integer_value(json_object_get(host->config, "at"));
	*state = probe;
	probe->host = host;
	return probe->init != NULL ? probe->init(host) : 0;
}

static int start(const struct hsc_host *host, void *state) {
	struct probe *probe = state;
	probe->starts++;
	return probe->start != NULL ? probe->start(host) : 0;
}

static void fini(void *state) {
	struct probe *probe = state;
	probe->finis++;
}

HSC_PLUGIN(.name = FIXTURE_NAME, .version = "2.1",
	.config_schema = "{\"type\":\"object\",\"required\":[\"at\"],\"properties\":{\"at\":{"
			 "\"type\":\"integer\"}}}",
	.init = init, .start = start, .fini = fini);
