/* A plugin with a function that nobody has. */
#include <hubspot-connector/plugin.h>

extern int function_that_nobody_has(const struct hsc_host *host);

static int init(const struct hsc_host *host, void **state) {
	(void)state;
	return function_that_nobody_has(host);
}

HSC_PLUGIN(.name = FIXTURE_NAME, .version = "1", .init = init);
