/* Its raw body may be anything, and it waits for more of what it does not like. */
#include "faulty.h"

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	size_t length;
	const char *bytes = host->http->raw_body(host, request, &length);
	return length == 0 || bytes[0] == '{' ? faulty_fine(host, request, state) : HSC_LATER;
}

static int init(const struct hsc_host *host, void **state) {
	static const struct hsc_route route = HSC_ROUTE(.method = "POST", .path = FAULTY_PATH,
		.flags = HSC_ROUTE_OPEN | HSC_ROUTE_RAW_BODY, .handle = handle);
	(void)state;
	return host->http->add_route(host, &route);
}

HSC_PLUGIN(.name = FAULTY_NAME, .version = "1.0", .init = init);
