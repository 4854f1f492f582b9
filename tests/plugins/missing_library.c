/* A plugin that needs a library that no machine has; or that library, at the time the plugin is
 * linked. */
#include <hubspot-connector/plugin.h>

HSC_EXPORT int answer_of_nobody(void);

#ifdef IS_LIBRARY
int answer_of_nobody(void) {
	return 0;
}
#else
static int init(const struct hsc_host *host, void **state) {
	(void)host;
	(void)state;
	return answer_of_nobody();
}

HSC_PLUGIN(.name = FIXTURE_NAME, .version = "1", .init = init);
#endif
