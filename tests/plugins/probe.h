/*
 * A plugin whose code is the test's: its configuration, {"at": ADDRESS}, is the address of a struct
 * probe in this process. The test thereby stands where a plugin stands, with a host of its own from
 * the real loader.
 */
#ifndef PLUGINS_PROBE_H
#define PLUGINS_PROBE_H

#include <hubspot-connector/plugin.h>

struct probe {
	int (*init)(const struct hsc_host *host); /* NULL: nothing to do */
	const struct hsc_host *host;		  /* from init() on */
	int (*start)(const struct hsc_host *host); /* NULL: nothing to do */
	unsigned starts;
	unsigned finis;
};

#endif
