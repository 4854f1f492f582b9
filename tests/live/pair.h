/*
 * pair.h - the pair that most live tests need: a sandbox in a process of its own, with two
 * properties that the account has of its own, and a host towards it that has been told of them.
 */
#ifndef LIVE_PAIR_H
#define LIVE_PAIR_H

#include "kit.h"

static struct host sandbox, host;

/* `changes` as for host_start(); the configuration file comes on top. */
static inline void start_pair(const char *const *changes) {
	static const char objects[] =
		"{\"objects\": {\"contacts\": {\"properties\": {"
		"\"favourite_tea\": {\"type\": \"string\", \"maxLength\": 100}, "
		"\"loyalty_points\": {\"type\": \"integer\", \"minimum\": 0}}}}}";
	const char *all[8] = {NULL};
	char path[128], config[160];
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base,
		"{\"properties\": {\"contacts\": [\"favourite_tea\", \"loyalty_points\"]}}");
	write_file(process_folder(sandbox.process), "config.json", objects, path, sizeof(path));
	snprintf(config, sizeof(config), "CONNECTOR_CONFIG=%s", path);
	all[0] = config;
	for (size_t i = 0; changes != NULL && changes[i] != NULL && i < 6; i++) {
		all[i + 1] = changes[i];
	}
	host_start(&host, NULL, sandbox.base, all);
}

static inline void stop_pair(void) {
	host_stop(&host);
	host_stop(&sandbox);
}

/* What a failed test has left. */
static inline void clear_pair(void) {
	host_clear(&host);
	host_clear(&sandbox);
}

#endif
